//! Damaged text, such as a record that went through a word processor: what it must have been, and each change that makes
//! it so. Only where somebody asks for repair; otherwise damage is an error.

use super::Repair;

/// Quotes that stand for `"` in text that was typeset.
const QUOTES: [char; 6] = ['“', '”', '„', '‟', '″', '＂'];

/// JSON made of damaged text, a value a line.
pub(super) struct Mended {
    pub(super) text: String,
    pub(super) repairs: Vec<Repair>,
}

/// Makes JSON of a text.
pub(super) fn mend(text: &str) -> Mended {
    let mut mender =
        Mender { text, at: 0, out: String::new(), open: Vec::new(), repairs: Vec::new(), places: Vec::new() };
    while let Some(token) = mender.token() {
        mender.take(token);
    }
    if !mender.open.is_empty() {
        mender.say(text.len(), "the text ends inside a value: what is open is closed");
    }
    while !mender.open.is_empty() {
        mender.close();
    }
    mender.finish()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expects {
    Name,
    Colon,
    Value,
    Comma,
}

struct Frame {
    is_object: bool,
    expects: Expects,
    is_empty: bool,
}

#[derive(Debug)]
enum Token {
    Open(char),
    Close(char),
    Comma,
    Colon,
    Text(String),
    /// A number, a literal, or a text that lacks its quotes.
    Word(String),
}

struct Mender<'t> {
    text: &'t str,
    at: usize,
    out: String,
    open: Vec<Frame>,
    /// Where a repair was made and what it is.
    places: Vec<(usize, &'static str)>,
    repairs: Vec<Repair>,
}

impl<'t> Mender<'t> {
    fn say(&mut self, at: usize, what: &'static str) {
        self.places.push((at, what));
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The next token; comments are dropped.
    fn token(&mut self) -> Option<Token> {
        loop {
            let trimmed = self.rest().trim_start();
            self.at = self.text.len() - trimmed.len();
            let comment = match trimmed.get(..2) {
                Some("//") => trimmed.find('\n').unwrap_or(trimmed.len()),
                Some("/*") => trimmed.find("*/").map_or(trimmed.len(), |end| end + 2),
                _ => break,
            };
            self.say(self.at, "a comment is left out");
            self.at += comment;
        }
        let start = self.at;
        let c = self.rest().chars().next()?;
        self.at += c.len_utf8();
        Some(match c {
            '{' | '[' => Token::Open(c),
            '}' | ']' => Token::Close(c),
            ',' => Token::Comma,
            ':' => Token::Colon,
            '"' => Token::Text(self.plain(start)),
            c if QUOTES.contains(&c) => Token::Text(self.typeset(start)),
            _ => {
                let ends = |c: char| matches!(c, '{' | '}' | '[' | ']' | ',' | ':' | '"' | '\n') || QUOTES.contains(&c);
                let word = self.rest().split(ends).next().unwrap_or_default().len();
                self.at += word;
                Token::Word(self.text.get(start..self.at).unwrap_or_default().trim().to_owned())
            }
        })
    }

    /// The rest of a text in straight quotes, with its escapes undone.
    fn plain(&mut self, start: usize) -> String {
        let mut escaped = false;
        let end = self.rest().char_indices().find(|(_, c)| {
            let ends = *c == '"' && !escaped;
            escaped = *c == '\\' && !escaped;
            ends
        });
        let (inside, after) = end.map_or((self.rest().len(), 0), |(end, _)| (end, 1));
        let said = self.rest().get(..inside).unwrap_or_default().to_owned();
        self.at += inside + after;
        if after == 0 {
            self.say(start, "a quote that closes is missing");
        }
        serde_json::from_str(&format!("\"{said}\"")).unwrap_or_else(|_| {
            self.say(start, "a character that must not stand in a text is escaped");
            said
        })
    }

    /// The rest of a text in typographic quotes: it ends at one that a mark follows.
    fn typeset(&mut self, start: usize) -> String {
        self.say(start, "typographic quotes become straight ones");
        let quote = |c: char| c == '"' || QUOTES.contains(&c);
        let rest = self.rest();
        let end = rest.char_indices().find(|(at, c)| {
            quote(*c) && {
                let after = rest.get(at + c.len_utf8()..).unwrap_or_default().trim_start();
                after.is_empty() || after.starts_with([':', ',', '}', ']'])
            }
        });
        let (inside, after) = end.map_or((rest.len(), 0), |(end, c)| (end, c.len_utf8()));
        let said = rest.get(..inside).unwrap_or_default().to_owned();
        self.at += inside + after;
        if after == 0 {
            self.say(start, "a quote that closes is missing");
        }
        if said.trim() != said {
            self.say(start, "spaces around a value are left out");
        }
        said.trim().to_owned()
    }

    fn take(&mut self, token: Token) {
        let start = self.at;
        let Some(frame) = self.open.last() else {
            match token {
                Token::Open(c) => self.begin(c),
                // Between values a comma says nothing.
                Token::Comma => {}
                _ => self.say(start, "text outside of any value is left out"),
            }
            return;
        };
        let (is_object, expects) = (frame.is_object, frame.expects);
        match (token, expects) {
            (Token::Close(c), _) if (c == '}') == is_object => {
                if expects == Expects::Colon || expects == Expects::Value && is_object {
                    self.say(start, "a value is missing: null");
                    self.out.push_str(if expects == Expects::Colon { ":null" } else { "null" });
                }
                self.close();
            }
            (Token::Close(c), _) if self.open.iter().any(|frame| frame.is_object == (c == '}')) => {
                self.say(start, "a bracket that closes is missing");
                self.close();
                self.take(Token::Close(c));
            }
            (Token::Close(_), _) => self.say(start, "a bracket that closes nothing is left out"),
            (Token::Comma, Expects::Comma) => self.expect(if is_object { Expects::Name } else { Expects::Value }),
            (Token::Comma, Expects::Name) => self.say(start, "a comma too many is left out"),
            (Token::Comma, Expects::Value) if !is_object => self.say(start, "a comma too many is left out"),
            (Token::Comma, _) => {
                self.say(start, "a value is missing: null");
                self.out.push_str(if expects == Expects::Colon { ":null" } else { "null" });
                self.expect(Expects::Name);
            }
            (Token::Colon, Expects::Colon) => {
                self.out.push(':');
                self.expect(Expects::Value);
            }
            (Token::Colon, _) => self.say(start, "a colon too many is left out"),
            (Token::Text(name), Expects::Name) => self.name(&name),
            (Token::Word(name), Expects::Name) => {
                self.say(start, "a name gets its quotes");
                self.name(&name);
            }
            (Token::Open(c), Expects::Name | Expects::Comma) if is_object => {
                self.say(start, "a bracket that closes is missing");
                self.close();
                if let Some(parent) = self.open.last_mut().filter(|parent| !parent.is_object) {
                    parent.expects = Expects::Value;
                }
                self.take(Token::Open(c));
            }
            (token, Expects::Comma) => {
                self.say(start, "a comma is missing");
                self.expect(if is_object { Expects::Name } else { Expects::Value });
                self.take(token);
            }
            (token, Expects::Colon) => {
                self.say(start, "a colon is missing");
                self.out.push(':');
                self.expect(Expects::Value);
                self.take(token);
            }
            (Token::Open(c), _) => self.begin(c),
            (Token::Text(text), _) => {
                self.separate();
                self.quoted(&text);
                self.expect(Expects::Comma);
            }
            (Token::Word(word), _) => {
                self.separate();
                self.word(start, &word);
                self.expect(Expects::Comma);
            }
        }
    }

    fn expect(&mut self, what: Expects) {
        if let Some(frame) = self.open.last_mut() {
            frame.expects = what;
        }
    }

    /// A comma before all items of a list but the first.
    fn separate(&mut self) {
        let list = self.open.last_mut().filter(|frame| !frame.is_object);
        if list.is_some_and(|frame| !std::mem::replace(&mut frame.is_empty, false)) {
            self.out.push(',');
        }
    }

    fn begin(&mut self, c: char) {
        self.separate();
        self.out.push(c);
        let is_object = c == '{';
        let expects = if is_object { Expects::Name } else { Expects::Value };
        self.open.push(Frame { is_object, expects, is_empty: true });
    }

    fn close(&mut self) {
        let Some(frame) = self.open.pop() else { return };
        match (frame.is_object, frame.expects) {
            (true, Expects::Colon) if !self.out.ends_with("null") => self.out.push_str(":null"),
            (true, Expects::Value) if self.out.ends_with(':') => self.out.push_str("null"),
            _ => {}
        }
        self.out.push(if frame.is_object { '}' } else { ']' });
        self.expect(Expects::Comma);
        if self.open.is_empty() {
            self.out.push('\n');
        }
    }

    fn name(&mut self, name: &str) {
        let first = self.open.last_mut().is_some_and(|frame| std::mem::replace(&mut frame.is_empty, false));
        if !first {
            self.out.push(',');
        }
        self.quoted(name);
        self.expect(Expects::Colon);
    }

    fn quoted(&mut self, text: &str) {
        self.out.push_str(&serde_json::Value::from(text).to_string());
    }

    fn word(&mut self, at: usize, word: &str) {
        let known = match word {
            "None" => "null",
            "True" => "true",
            "False" => "false",
            _ => word,
        };
        if serde_json::from_str::<serde_json::Value>(known).is_ok() {
            self.out.push_str(known);
        } else {
            self.say(at, "a value gets its quotes");
            self.quoted(word);
        }
    }

    fn finish(mut self) -> Mended {
        let (mut line, mut counted) = (1, 0);
        for (at, what) in std::mem::take(&mut self.places) {
            let at = at.min(self.text.len());
            if at >= counted {
                let between = self.text.as_bytes().get(counted..at).unwrap_or_default();
                line += memchr::memchr_iter(b'\n', between).count() as u64;
                counted = at;
            }
            self.repairs.push(Repair { line, byte: at as u64, what });
        }
        Mended { text: self.out, repairs: self.repairs }
    }
}
