//! Patterns as a list of pieces, matched by plain recursion.

use crate::request::{Context, Held};

/// One place of a pattern. `across` says whether a wildcard may stand for a colon too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece {
    Exactly(char),
    One { across: bool },
    Run { across: bool },
}

/// Reads a pattern; `None` when a variable in it has neither value nor default (D4).
///
/// Without `wildcards` a `*` or `?` is itself (C6). Substituted text is always itself (D5). Without `variables` a `${…}` is
/// literal text (B1: documents of 2008).
pub(crate) fn pieces(text: &str, wildcards: bool, variables: Option<&Context>) -> Option<Vec<Piece>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        if let (Some(context), Some(opened)) = (variables, rest.strip_prefix("${"))
            && let Some((name, after)) = opened.split_once('}')
        {
            found.extend(variable(name, context)?.chars().map(Piece::Exactly));
            rest = after;
            continue;
        }
        found.push(match letter {
            '*' if wildcards => Piece::Run { across: true },
            '?' if wildcards => Piece::One { across: true },
            other => Piece::Exactly(other),
        });
        rest = rest.strip_prefix(letter)?;
    }
    Some(found)
}

/// What `${name}` stands for: D2, D3. A key with several values is no value (D1).
fn variable(name: &str, context: &Context) -> Option<String> {
    if matches!(name, "*" | "?" | "$") {
        return Some(name.to_owned());
    }
    let (key, default) = match name.split_once(", '") {
        Some((key, default)) => (key, default.strip_suffix('\'')),
        None => (name, None),
    };
    match context.get(&key.to_lowercase()) {
        Some(Held::One(value)) => Some(value.clone()),
        Some(Held::Many(_)) => None,
        None => default.map(str::to_owned),
    }
}

/// Whether the whole of `text` is matched.
pub(crate) fn matches(pattern: &[Piece], text: &[char]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((Piece::Exactly(letter), rest)) => {
            text.split_first().is_some_and(|(first, tail)| first == letter && matches(rest, tail))
        }
        Some((Piece::One { across }, rest)) => {
            text.split_first().is_some_and(|(first, tail)| (*across || *first != ':') && matches(rest, tail))
        }
        Some((Piece::Run { across }, rest)) => {
            matches(rest, text)
                || text.split_first().is_some_and(|(first, tail)| (*across || *first != ':') && matches(pattern, tail))
        }
    }
}

/// Whether `text` matches, letter by letter.
pub(crate) fn globs(pattern: &[Piece], text: &str) -> bool {
    matches(pattern, &text.chars().collect::<Vec<_>>())
}

/// Keeps the wildcards of an ARN pattern within their segment, but for a `*` that ends its segment (B3).
///
/// Everything after the fifth colon is one segment, in which wildcards run across colons.
pub(crate) fn within_segments(pattern: &[Piece]) -> Vec<Piece> {
    let mut colons = 0;
    let mut kept = Vec::new();
    for (at, piece) in pattern.iter().enumerate() {
        let ends = matches!(pattern.get(at + 1), None | Some(Piece::Exactly(':')));
        kept.push(match piece {
            Piece::Run { .. } => Piece::Run { across: colons >= 5 || ends },
            Piece::One { .. } => Piece::One { across: colons >= 5 },
            Piece::Exactly(letter) => Piece::Exactly(*letter),
        });
        if *piece == Piece::Exactly(':') {
            colons += 1;
        }
    }
    kept
}

/// The six parts of an ARN pattern; the last holds whatever colons follow (C7).
pub(crate) fn arn_parts(pattern: &[Piece]) -> Option<Vec<Vec<Piece>>> {
    let mut parts: Vec<Vec<Piece>> = vec![Vec::new()];
    for piece in pattern {
        if *piece == Piece::Exactly(':') && parts.len() < 6 {
            parts.push(Vec::new());
        } else if let Some(last) = parts.last_mut() {
            last.push(*piece);
        }
    }
    (parts.len() == 6).then_some(parts)
}
