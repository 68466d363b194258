//! Terms of SMT-LIB as text, with what is constant folded away.

/// What is always so.
const TRUE: &str = "true";
/// What is never so.
const FALSE: &str = "false";

/// A term of SMT-LIB.
pub(super) type Term = String;

pub(super) fn truth(holds: bool) -> Term {
    if holds { TRUE } else { FALSE }.to_owned()
}

pub(super) fn not(term: &str) -> Term {
    match term {
        TRUE => truth(false),
        FALSE => truth(true),
        _ => format!("(not {term})"),
    }
}

pub(super) fn and(terms: impl IntoIterator<Item = Term>) -> Term {
    joined(terms, "and", TRUE, FALSE)
}

pub(super) fn or(terms: impl IntoIterator<Item = Term>) -> Term {
    joined(terms, "or", FALSE, TRUE)
}

pub(super) fn implies(premise: &str, conclusion: Term) -> Term {
    match (premise, conclusion.as_str()) {
        (FALSE, _) | (_, TRUE) => truth(true),
        (TRUE, _) => conclusion,
        (_, FALSE) => not(premise),
        _ => format!("(=> {premise} {conclusion})"),
    }
}

pub(super) fn equal(one: &str, other: &str) -> Term {
    if one == other { truth(true) } else { format!("(= {one} {other})") }
}

fn joined(terms: impl IntoIterator<Item = Term>, word: &str, neutral: &str, final_word: &str) -> Term {
    let mut kept: Vec<Term> = Vec::new();
    for term in terms {
        if term == final_word {
            return term;
        }
        if term != neutral && !kept.contains(&term) {
            kept.push(term);
        }
    }
    match kept.as_slice() {
        [] => neutral.to_owned(),
        [one] => one.clone(),
        _ => format!("({word} {})", kept.join(" ")),
    }
}

/// A string literal; the standard has no other escape than `\u{…}`.
pub(super) fn literal(text: &str) -> Term {
    let mut term = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => term.push_str("\"\""),
            ' '..='~' if c != '\\' => term.push(c),
            _ => term.extend(c.escape_unicode()),
        }
    }
    term.push('"');
    term
}

/// Strings one after another.
pub(super) fn concat(parts: &[Term]) -> Term {
    match parts {
        [] => literal(""),
        [one] => one.clone(),
        _ => format!("(str.++ {})", parts.join(" ")),
    }
}

/// A symbol of this name; `None` where no symbol can have it.
pub(super) fn symbol(name: &str) -> Option<Term> {
    let plain = name.chars().all(|c| (' '..='~').contains(&c) && c != '|' && c != '\\');
    plain.then(|| format!("|{name}|"))
}

/// A whole number.
pub(super) fn integer(value: i128) -> Term {
    if value < 0 { format!("(- {})", value.unsigned_abs()) } else { value.to_string() }
}

/// A decimal number.
pub(super) fn decimal(value: f64) -> Term {
    let digits = value.abs().to_string();
    let digits = if digits.contains('.') { digits } else { format!("{digits}.0") };
    if value < 0.0 { format!("(- {digits})") } else { digits }
}
