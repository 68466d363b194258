//! Strings of a policy: literal text, wildcards, policy variables and holes (facts B3, D1 to D5).

use crate::glob::{Glob, Token};

/// Says, for the text between `${` and `}`, why its value is not known yet; `None` where it is an ordinary variable.
pub type HoleReader<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A part of a string.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Piece {
    Literal(String),
    /// `*`.
    Run,
    /// `?`.
    One,
    /// `${key}` or `${key, 'default'}`; the key in lower case.
    Variable {
        key: String,
        default: Option<String>,
    },
    /// A value that is not known yet, and why.
    Hole(String),
}

/// A string of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Text {
    pub(crate) pieces: Vec<Piece>,
}

impl Text {
    /// Reads a string. Without `variables` (version 2008-10-17) `${` is literal text.
    pub(crate) fn parse(text: &str, variables: bool, hole: HoleReader<'_>) -> Self {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(next) = rest.chars().next() {
            if let Some((piece, behind)) = variable(rest, variables, hole) {
                match piece {
                    Piece::Literal(text) => literal.push_str(&text),
                    piece => {
                        flush(&mut pieces, &mut literal);
                        pieces.push(piece);
                    }
                }
                rest = behind;
                continue;
            }
            match next {
                '*' | '?' => {
                    flush(&mut pieces, &mut literal);
                    pieces.push(if next == '*' { Piece::Run } else { Piece::One });
                }
                _ => literal.push(next),
            }
            rest = rest.strip_prefix(next).unwrap_or_default();
        }
        flush(&mut pieces, &mut literal);
        Self { pieces }
    }

    pub(crate) fn has_hole(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::Hole(_)))
    }

    /// The keys of its variables, in lower case.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Variable { key, .. } => Some(key.as_str()),
            _ => None,
        })
    }

    /// Whether it is the same text for every request.
    pub(crate) fn is_fixed(&self) -> bool {
        self.pieces.iter().all(|piece| matches!(piece, Piece::Literal(_)))
    }

    /// Whether it has a wildcard.
    pub(crate) fn is_wild(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::Run | Piece::One))
    }

    /// Puts values in place of variables; what is put in is data, not a pattern (fact D5). `None` where a variable has
    /// neither value nor default (fact D4), or a hole is left.
    pub(crate) fn fill(&self, value: &dyn Fn(&str) -> Option<String>) -> Option<Self> {
        let pieces = self.pieces.iter().map(|piece| match piece {
            Piece::Variable { key, default } => value(key).or_else(|| default.clone()).map(Piece::Literal),
            Piece::Hole(_) => None,
            other => Some(other.clone()),
        });
        pieces.collect::<Option<Vec<_>>>().map(|pieces| Self { pieces })
    }

    /// As plain text, wildcards as themselves.
    pub(crate) fn plain(&self) -> String {
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Literal(text) => text.clone(),
                Piece::Run => "*".to_owned(),
                Piece::One => "?".to_owned(),
                Piece::Variable { key, .. } => format!("${{{key}}}"),
                Piece::Hole(_) => String::new(),
            })
            .collect()
    }

    /// As a pattern. Variables and holes must have been filled; what is left of them matches nothing.
    pub(crate) fn glob(&self) -> Glob {
        Glob::from_tokens(self.tokens())
    }

    /// Whether every variable that it needs a value for is among these, and one is there at all.
    pub(crate) fn is_free(&self, variables: &[&str]) -> bool {
        let mut needed = self.pieces.iter().filter_map(|piece| match piece {
            Piece::Variable { key, default } => Some((key.as_str(), default.is_some())),
            _ => None,
        });
        let free = |key: &str| variables.contains(&key);
        needed.clone().any(|(key, _)| free(key)) && needed.all(|(key, has_default)| free(key) || has_default)
    }

    /// A pattern of all that the text can become, whatever its variables stand for; `any_case`: where case does not count.
    pub(crate) fn wide(&self, any_case: bool) -> Glob {
        let letter = if any_case { Token::AnyCase } else { Token::Is };
        Glob::from_tokens(self.pieces.iter().flat_map(|piece| match piece {
            Piece::Literal(text) => text.chars().map(letter).collect::<Vec<_>>(),
            Piece::Run | Piece::Variable { .. } | Piece::Hole(_) => vec![Token::Run],
            Piece::One => vec![Token::One],
        }))
    }

    fn tokens(&self) -> impl Iterator<Item = Token> {
        self.pieces.iter().flat_map(|piece| match piece {
            Piece::Literal(text) => text.chars().map(Token::Is).collect::<Vec<_>>(),
            Piece::Run => vec![Token::Run],
            Piece::One => vec![Token::One],
            Piece::Variable { .. } | Piece::Hole(_) => vec![Token::Is('\u{fffe}')],
        })
    }
}

fn flush(pieces: &mut Vec<Piece>, literal: &mut String) {
    if !literal.is_empty() {
        pieces.push(Piece::Literal(std::mem::take(literal)));
    }
}

/// The variable, hole or escaped character that `text` begins with, and what stands behind it.
fn variable<'t>(text: &'t str, variables: bool, hole: HoleReader<'_>) -> Option<(Piece, &'t str)> {
    let (inside, behind) = text.strip_prefix("${")?.split_once('}')?;
    if let Some(cause) = hole(inside) {
        return Some((Piece::Hole(cause), behind));
    }
    if !variables {
        return None;
    }
    if let "*" | "?" | "$" = inside {
        return Some((Piece::Literal(inside.to_owned()), behind));
    }
    let (key, default) = match inside.split_once(',') {
        Some((key, default)) => {
            let default = default.trim().strip_prefix('\'')?.strip_suffix('\'')?;
            (key, Some(default.to_owned()))
        }
        None => (inside, None),
    };
    Some((Piece::Variable { key: key.trim().to_ascii_lowercase(), default }, behind))
}

/// A pattern over resource ARNs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ResourcePattern {
    pub(crate) text: Text,
    compiled: Option<Glob>,
    /// Whether a wildcard inside a segment may pass a colon (fact B3).
    wide: bool,
}

impl ResourcePattern {
    /// Reads a pattern; variables count behind the fifth colon only (fact D1).
    pub(crate) fn new(text: &str, variables: bool, hole: HoleReader<'_>) -> Self {
        let (head, tail) = at_fifth_colon(text);
        let mut text = Text::parse(head, false, hole);
        text.pieces.extend(Text::parse(tail, variables, hole).pieces);
        let open = text.pieces.iter().any(|piece| matches!(piece, Piece::Variable { .. } | Piece::Hole(_)));
        let compiled = (!open).then(|| resource_glob(&text, false));
        Self { text, compiled, wide: false }
    }

    pub(crate) fn has_hole(&self) -> bool {
        self.text.has_hole()
    }

    /// Whether it matters if a wildcard inside a segment may pass a colon.
    pub(crate) fn is_ambiguous(&self) -> bool {
        resource_glob(&self.text, true) != resource_glob(&self.text, false)
    }

    /// The same pattern, in which a wildcard inside a segment may pass a colon.
    pub(crate) fn widened(&self) -> Self {
        let compiled = self.compiled.as_ref().map(|_| resource_glob(&self.text, true));
        Self { text: self.text.clone(), compiled, wide: true }
    }

    /// The pattern for one request; `None` where a variable has no value, so that it matches nothing (fact B4).
    pub(crate) fn glob(&self, value: &dyn Fn(&str) -> Option<String>) -> Option<std::borrow::Cow<'_, Glob>> {
        match &self.compiled {
            Some(glob) => Some(std::borrow::Cow::Borrowed(glob)),
            None => self.text.fill(value).map(|text| std::borrow::Cow::Owned(resource_glob(&text, self.wide))),
        }
    }

    /// The pattern where no variable is in it.
    pub(crate) fn fixed(&self) -> Option<&Glob> {
        self.compiled.as_ref()
    }
}

/// What stands up to the fifth colon, and what behind it; colons inside `${}` do not count.
fn at_fifth_colon(text: &str) -> (&str, &str) {
    let (mut inside, mut colons) = (false, 0);
    let fifth = text.char_indices().find(|(at, c)| {
        match c {
            '$' if text.get(*at..).is_some_and(|rest| rest.starts_with("${")) => inside = true,
            '}' => inside = false,
            ':' if !inside => colons += 1,
            _ => {}
        }
        colons == 5
    });
    fifth.map_or((text, ""), |(at, _)| text.split_at(at + 1))
}

/// The one place that says how far a `*` reaches in an ARN (fact B3): as the last character of a segment, or in the
/// resource part, it takes anything; elsewhere it stays in its segment, unless the `wide` reading is asked for. The two
/// differ where a pattern names a service, region or account in part.
pub(crate) fn resource_glob(text: &Text, wide: bool) -> Glob {
    if wide {
        return text.glob();
    }
    let tokens: Vec<Token> = text.tokens().collect();
    let mut colons = 0;
    let reach = tokens.iter().enumerate().map(|(index, token)| {
        if *token == Token::Is(':') {
            colons += 1;
        }
        let last = matches!(tokens.get(index + 1), None | Some(Token::Is(':')));
        match token {
            Token::Run if colons < 5 && !last => Token::RunInSegment,
            Token::One if colons < 5 => Token::OneInSegment,
            other => *other,
        }
    });
    Glob::from_tokens(reach.collect::<Vec<_>>())
}
