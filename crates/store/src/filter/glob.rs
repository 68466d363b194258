//! `*` and `?` in values.

/// A value that may have `*` (anything) and `?` (one character) in it. Case does not matter: both sides are read in lower
/// case, as `lower` of SQL makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glob(Vec<char>);

impl Glob {
    /// Every text is one.
    pub fn new(text: &str) -> Self {
        Self(text.to_lowercase().chars().collect())
    }

    /// What it is made of, in lower case.
    pub(super) fn chars(&self) -> &[char] {
        &self.0
    }

    /// Whether a text fits as a whole.
    pub fn fits(&self, text: &str) -> bool {
        let lower;
        let text = if text.is_ascii() {
            text
        } else {
            lower = text.to_lowercase();
            &lower
        };
        // Where to go back to: after the last star, one character further in the text.
        let mut back: Option<(usize, std::str::Chars<'_>)> = None;
        let (mut at, mut rest) = (0, text.chars());
        loop {
            let here = rest.clone();
            match (self.0.get(at), rest.next()) {
                (Some('*'), _) => {
                    at += 1;
                    back = Some((at, here.clone()));
                    rest = here;
                }
                (Some('?'), Some(_)) => at += 1,
                (Some(one), Some(other)) if *one == other.to_ascii_lowercase() => at += 1,
                (None, None) => return true,
                _ => {
                    let Some((star, mut from)) = back.take() else { return false };
                    if from.next().is_none() {
                        return false;
                    }
                    (at, rest) = (star, from.clone());
                    back = Some((star, from));
                }
            }
        }
    }
}
