//! Reading a pattern.

use super::{Comparison, Condition, Literal, Pattern, Selector, Step, Test};

/// How deep parentheses may go: a bound against a hostile pattern. AWS takes 1024 characters in all.
const DEPTH: usize = 64;

/// Why a pattern in braces cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at character {at}: {expected}")]
pub struct ParseError {
    /// The character, counted from 1.
    pub at: usize,
    /// What should stand there.
    pub expected: &'static str,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// Where a pattern in braces stops making sense. Every other text is a pattern of some form.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let trimmed = text.trim();
        if trimmed.is_empty() || trimmed == "\"\"" {
            return Ok(Self::Everything);
        }
        if trimmed.starts_with('[') && trimmed.ends_with(']') {
            return Ok(Self::Columns(trimmed.to_owned()));
        }
        if !trimmed.starts_with('{') {
            return Ok(Self::Text(trimmed.to_owned()));
        }
        let letters: Vec<char> = text.chars().collect();
        let mut reader = Reader { letters: &letters, at: 0 };
        reader.token("{", "`{`")?;
        let condition = reader.any(0)?;
        reader.token("}", "`}`, `&&` or `||`")?;
        reader.space();
        if reader.at < letters.len() { Err(reader.expected("the end")) } else { Ok(Self::Json(condition)) }
    }
}

struct Reader<'a> {
    letters: &'a [char],
    at: usize,
}

impl Reader<'_> {
    fn expected(&self, expected: &'static str) -> ParseError {
        ParseError { at: self.at + 1, expected }
    }

    fn peek(&self) -> Option<char> {
        self.letters.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let letter = self.peek();
        self.at += usize::from(letter.is_some());
        letter
    }

    fn space(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    /// Takes a token where it stands next, spaces before it apart.
    fn takes(&mut self, token: &str) -> bool {
        self.space();
        let length = token.chars().count();
        let rest = self.letters.get(self.at..self.at + length);
        let found = rest.is_some_and(|rest| rest.iter().copied().eq(token.chars()));
        self.at += if found { length } else { 0 };
        found
    }

    fn token(&mut self, token: &str, expected: &'static str) -> Result<(), ParseError> {
        if self.takes(token) { Ok(()) } else { Err(self.expected(expected)) }
    }

    /// Takes a word, in capitals or not, that no letter follows.
    fn word(&mut self, word: &str) -> bool {
        self.space();
        let length = word.len();
        let Some(rest) = self.letters.get(self.at..self.at + length) else { return false };
        let same = rest.iter().zip(word.chars()).all(|(one, other)| one.eq_ignore_ascii_case(&other));
        let ends = self.letters.get(self.at + length).is_none_or(|next| !next.is_alphanumeric());
        self.at += if same && ends { length } else { 0 };
        same && ends
    }

    fn any(&mut self, depth: usize) -> Result<Condition, ParseError> {
        let mut parts = vec![self.all(depth)?];
        while self.takes("||") {
            parts.push(self.all(depth)?);
        }
        Ok(one_or(parts, Condition::Any))
    }

    fn all(&mut self, depth: usize) -> Result<Condition, ParseError> {
        let mut parts = vec![self.single(depth)?];
        while self.takes("&&") {
            parts.push(self.single(depth)?);
        }
        Ok(one_or(parts, Condition::All))
    }

    fn single(&mut self, depth: usize) -> Result<Condition, ParseError> {
        if depth > DEPTH {
            return Err(self.expected("fewer parentheses"));
        }
        if self.takes("(") {
            let inner = self.any(depth + 1)?;
            self.token(")", "`)`, `&&` or `||`")?;
            return Ok(inner);
        }
        let selector = self.selector()?;
        if self.word("NOT") {
            return if self.word("EXISTS") {
                Ok(Condition::Test(selector, Test::Missing))
            } else {
                Err(self.expected("`EXISTS`"))
            };
        }
        if self.word("EXISTS") {
            return Ok(Condition::Test(selector, Test::Exists));
        }
        if self.word("IS") {
            let tests = [("NULL", Test::Null), ("TRUE", Test::True), ("FALSE", Test::False)];
            return match tests.into_iter().find(|(word, _)| self.word(word)) {
                Some((_, test)) => Ok(Condition::Test(selector, test)),
                None => Err(self.expected("`NULL`, `TRUE` or `FALSE`")),
            };
        }
        let comparison = self.comparison()?;
        Ok(Condition::Compare(selector, comparison, self.literal()?))
    }

    fn comparison(&mut self) -> Result<Comparison, ParseError> {
        let all = [
            ("!=", Comparison::NotEqual),
            ("<=", Comparison::AtMost),
            (">=", Comparison::AtLeast),
            ("=", Comparison::Equal),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
        ];
        let found = all.into_iter().find(|(token, _)| self.takes(token));
        found
            .map(|(_, comparison)| comparison)
            .ok_or_else(|| self.expected("a comparison, `IS`, `EXISTS` or `NOT EXISTS`"))
    }

    fn selector(&mut self) -> Result<Selector, ParseError> {
        self.token("$", "a selector such as `$.eventName`")?;
        let mut steps = Vec::new();
        loop {
            match self.peek() {
                Some('.') => {
                    self.at += 1;
                    if self.peek() != Some('[') {
                        steps.push(Step::Field(self.name()?));
                    }
                }
                Some('[') => {
                    self.at += 1;
                    steps.push(self.bracket()?);
                }
                _ if steps.is_empty() => return Err(self.expected("`.` and a name")),
                _ => return Ok(Selector(steps)),
            }
        }
    }

    fn name(&mut self) -> Result<String, ParseError> {
        let start = self.at;
        while self.peek().is_some_and(is_of_name) {
            self.at += 1;
        }
        match self.letters.get(start..self.at) {
            Some(letters) if !letters.is_empty() => Ok(letters.iter().collect()),
            _ => Err(self.expected("a name")),
        }
    }

    fn bracket(&mut self) -> Result<Step, ParseError> {
        self.space();
        let step = if let Some(quote @ ('"' | '\'')) = self.peek() {
            self.at += 1;
            Step::Field(self.quoted(quote)?)
        } else {
            let start = self.at;
            while self.peek().is_some_and(|letter| letter.is_ascii_digit()) {
                self.at += 1;
            }
            let digits: String = self.letters.get(start..self.at).unwrap_or_default().iter().collect();
            Step::Place(digits.parse().map_err(|_| self.expected("a place in the array"))?)
        };
        self.token("]", "`]`")?;
        Ok(step)
    }

    fn literal(&mut self) -> Result<Literal, ParseError> {
        self.space();
        match self.peek() {
            Some(quote @ ('"' | '\'')) => {
                self.at += 1;
                Ok(Literal::Text(self.quoted(quote)?))
            }
            Some('%') => {
                self.at += 1;
                let start = self.at;
                while self.peek().is_some_and(|letter| letter != '%') {
                    self.at += 1;
                }
                let inner = self.letters.get(start..self.at).unwrap_or_default().iter().collect();
                self.token("%", "`%` at the end of the regular expression")?;
                Ok(Literal::Regex(inner))
            }
            _ => {
                let start = self.at;
                while self.peek().is_some_and(is_plain) {
                    self.at += 1;
                }
                let plain: String = self.letters.get(start..self.at).unwrap_or_default().iter().collect();
                match plain.parse::<f64>() {
                    _ if plain.is_empty() => Err(self.expected("a value")),
                    Ok(number) if number.is_finite() && plain.contains(|letter: char| letter.is_ascii_digit()) => {
                        Ok(Literal::Number(plain))
                    }
                    _ => Ok(Literal::Text(plain)),
                }
            }
        }
    }

    /// What stands in quotes; a backslash takes the next character as it is.
    fn quoted(&mut self, quote: char) -> Result<String, ParseError> {
        let mut text = String::new();
        loop {
            match self.next() {
                Some('\\') => text.extend(self.next()),
                Some(letter) if letter == quote => return Ok(text),
                Some(letter) => text.push(letter),
                None => return Err(self.expected("a closing quote")),
            }
        }
    }
}

fn one_or(mut parts: Vec<Condition>, join: fn(Vec<Condition>) -> Condition) -> Condition {
    match (parts.pop(), parts.is_empty()) {
        (Some(only), true) => only,
        (last, _) => {
            parts.extend(last);
            join(parts)
        }
    }
}

/// What a name in a selector may hold without quotes.
pub(super) fn is_of_name(letter: char) -> bool {
    letter.is_alphanumeric() || "_-@:".contains(letter)
}

/// What a value may hold without quotes: everything that ends no condition.
pub(super) fn is_plain(letter: char) -> bool {
    !letter.is_whitespace() && !"(){}&|=<>!\"'%".contains(letter)
}
