//! Patterns as regular expressions, and as positions in a text where a variable is in them.

use crate::glob::{Glob, Token};
use crate::smt::term::{Term, and, concat, equal, literal, truth};
use crate::text::{Piece, Text};

/// Any character.
const ANY: &str = "re.allchar";
/// Any character but a colon.
pub(super) const NO_COLON: &str = r#"(re.union (re.range "\u{0}" "9") (re.range ";" "\u{2ffff}"))"#;
/// Any character but a colon or a slash.
pub(super) const NO_SLASH: &str = r#"(re.union (re.range "\u{0}" ".") (re.range "0" "9") (re.range ";" "\u{2ffff}"))"#;

/// A regular expression, piece by piece.
#[derive(Default)]
struct Expression {
    parts: Vec<Term>,
    text: String,
}

impl Expression {
    fn is(&mut self, c: char) {
        self.text.push(c);
    }

    fn add(&mut self, part: String) {
        if !self.text.is_empty() {
            self.parts.push(format!("(str.to_re {})", literal(&self.text)));
            self.text.clear();
        }
        self.parts.push(part);
    }

    fn run_of(&mut self, characters: &str) {
        self.add(if characters == ANY { "re.all".to_owned() } else { format!("(re.* {characters})") });
    }

    fn either_case(&mut self, c: char) {
        let (lower, upper) = (c.to_ascii_lowercase(), c.to_ascii_uppercase());
        if lower == upper {
            self.is(c);
        } else {
            let one = |c: char| format!("(str.to_re {})", literal(&c.to_string()));
            self.add(format!("(re.union {} {})", one(lower), one(upper)));
        }
    }

    fn whole(mut self) -> Term {
        if self.parts.is_empty() || !self.text.is_empty() {
            let last = format!("(str.to_re {})", literal(&self.text));
            self.text.clear();
            self.parts.push(last);
        }
        match self.parts.as_slice() {
            [one] => one.clone(),
            parts => format!("(re.++ {})", parts.join(" ")),
        }
    }
}

fn within(text: &str, expression: Expression) -> Term {
    if expression.parts.is_empty() {
        return equal(text, &literal(&expression.text));
    }
    match expression.whole().as_str() {
        "re.all" => truth(true),
        whole => format!("(str.in_re {text} {whole})"),
    }
}

/// `text` matches a pattern of the tables.
pub(super) fn matches(text: &str, glob: &Glob) -> Term {
    let mut expression = Expression::default();
    for token in glob.tokens() {
        match token {
            Token::Is(c) => expression.is(*c),
            Token::AnyCase(c) => expression.either_case(*c),
            Token::One => expression.add(ANY.to_owned()),
            Token::OneInSegment => expression.add(NO_COLON.to_owned()),
            Token::OneInName => expression.add(NO_SLASH.to_owned()),
            Token::Run => expression.run_of(ANY),
            Token::RunInSegment => expression.run_of(NO_COLON),
            Token::RunInName => expression.run_of(NO_SLASH),
        }
    }
    within(text, expression)
}

/// `text` is this text in any case of its ASCII letters.
pub(super) fn equal_in_any_case(text: &str, wanted: &str) -> Term {
    let mut expression = Expression::default();
    wanted.chars().for_each(|c| expression.either_case(c));
    within(text, expression)
}

/// `text` matches a pattern without variables in which `*` is any run of characters (fact C6).
pub(super) fn like(text: &str, pattern: &Text) -> Term {
    let mut expression = Expression::default();
    for piece in &pattern.pieces {
        match piece {
            Piece::Literal(words) => words.chars().for_each(|c| expression.is(c)),
            Piece::Run => expression.run_of(ANY),
            Piece::One => expression.add(ANY.to_owned()),
            Piece::Variable { .. } | Piece::Hole(_) => return truth(false),
        }
    }
    within(text, expression)
}

/// `text` is an ARN, each segment of which matches that of a pattern without variables (fact C7). Where `resource`, the
/// pattern is one for resources, in which a `*` that ends a segment goes on behind the colon (fact B3), and which need not
/// have six segments.
pub(super) fn like_arn(text: &str, pattern: &Text, resource: bool) -> Term {
    let mut expression = Expression::default();
    if !resource && pattern.pieces == [Piece::Run] {
        "arn:".chars().for_each(|c| expression.is(c));
        for _ in 0..4 {
            expression.run_of(NO_COLON);
            expression.is(':');
        }
        expression.run_of(ANY);
        return within(text, expression);
    }
    let mut colons = 0;
    let mut pieces = pattern.pieces.iter().peekable();
    while let Some(piece) = pieces.next() {
        let ends = match pieces.peek() {
            None => true,
            Some(Piece::Literal(words)) => words.starts_with(':'),
            Some(_) => false,
        };
        match piece {
            Piece::Literal(words) => {
                colons += words.matches(':').count();
                words.chars().for_each(|c| expression.is(c));
            }
            Piece::Run if colons < 5 && !(resource && ends) => expression.run_of(NO_COLON),
            Piece::Run => expression.run_of(ANY),
            Piece::One => expression.add(if colons < 5 { NO_COLON } else { ANY }.to_owned()),
            Piece::Variable { .. } | Piece::Hole(_) => return truth(false),
        }
    }
    if resource {
        return within(text, expression);
    }
    // An ARN begins with `arn`, whatever the pattern leaves open there.
    let begins = match pattern.pieces.first() {
        Some(Piece::Literal(words)) if words.starts_with("arn:") => truth(true),
        _ => format!("(str.prefixof \"arn:\" {text})"),
    };
    if colons < 5 { truth(false) } else { and([begins, within(text, expression)]) }
}

/// A part of a text with variables in it: a fixed string, or a `*`.
pub(super) enum Chunk {
    Fixed(Vec<Term>),
    Run,
}

/// `text` matches fixed strings with runs between them: each is looked for behind the one before, and the leftmost place
/// is as good as any. `None` where there are more than two between the first and the last.
pub(super) fn in_order(text: &str, chunks: &[Chunk]) -> Option<Term> {
    let mut fixed: Vec<Vec<Term>> = vec![Vec::new()];
    for chunk in chunks {
        match chunk {
            Chunk::Fixed(parts) => fixed.last_mut()?.extend(parts.iter().cloned()),
            Chunk::Run => fixed.push(Vec::new()),
        }
    }
    let strings: Vec<Term> = fixed.iter().map(|parts| concat(parts)).collect();
    let (first, rest) = strings.split_first()?;
    let Some((last, between)) = rest.split_last() else { return Some(equal(text, first)) };
    let between: Vec<&Term> = between.iter().filter(|part| **part != literal("")).collect();
    if between.len() > 2 {
        return None;
    }
    let mut place = format!("(str.len {first})");
    let mut terms = vec![format!("(str.prefixof {first} {text})")];
    for part in between {
        let found = format!("(str.indexof {text} {part} {place})");
        terms.push(format!("(>= {found} 0)"));
        place = format!("(+ {found} (str.len {part}))");
    }
    if *last != literal("") {
        terms.push(format!("(str.suffixof {last} {text})"));
        terms.push(format!("(>= (- (str.len {text}) (str.len {last})) {place})"));
    }
    Some(and(terms))
}

/// The segments of an ARN, the last one with all that is behind the fifth colon; they mean something only where
/// [`has_six_segments`].
pub(super) fn segments(text: &str) -> Vec<Term> {
    let mut found = Vec::new();
    let mut from = "0".to_owned();
    for _ in 0..5 {
        let colon = format!("(str.indexof {text} \":\" {from})");
        found.push(format!("(str.substr {text} {from} (- {colon} {from}))"));
        from = format!("(+ {colon} 1)");
    }
    found.push(format!("(str.substr {text} {from} (str.len {text}))"));
    found
}

/// `text` has five colons and begins with `arn`.
pub(super) fn has_six_segments(text: &str) -> Term {
    let mut expression = Expression::default();
    "arn:".chars().for_each(|c| expression.is(c));
    for _ in 0..4 {
        expression.run_of(NO_COLON);
        expression.is(':');
    }
    expression.run_of(ANY);
    within(text, expression)
}
