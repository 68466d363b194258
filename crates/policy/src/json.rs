//! A reader of JSON that keeps where everything stands.
//!
//! serde's data model has no places; diagnostics, evidence and underlined sources need them. Nothing else is special:
//! RFC 8259, with a limit on depth so that a hostile document cannot overflow the stack.

use std::fmt;

/// How deep a document may nest. IAM's own grammar needs six.
const DEEPEST: usize = 64;

/// How many faults [`read_forgiving`] passes over. A text with more is no policy that somebody mistyped.
const FORGIVEN: usize = 100;

/// A piece of the source: byte offsets, the end exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// First byte after it.
    pub end: usize,
}

/// A value with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    pub(crate) span: Span,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    Bool(bool),
    /// The text of the number as it stands.
    Number(String),
    Text(String),
    List(Vec<Node>),
    Object(Vec<Member>),
}

/// A key and its value. A key may stand twice; both are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) key: String,
    pub(crate) key_span: Span,
    pub(crate) value: Node,
}

impl Kind {
    /// What it is, for a message.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "a string",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
        }
    }
}

/// What is wrong with a text, and at which byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) message: String,
    pub(crate) at: usize,
}

/// Reads a whole text.
pub(crate) fn read(text: &str) -> Result<Node, Wrong> {
    Reader::new(text, 0).whole()
}

/// Reads as much of a text as can be made out, and says all that is wrong with it: what is forgiven is a comma too many
/// or too few, a line break in a string, and an end that comes too early or too late.
pub(crate) fn read_forgiving(text: &str) -> (Option<Node>, Vec<Wrong>) {
    let mut reader = Reader::new(text, FORGIVEN);
    let read = reader.whole();
    let mut wrongs = reader.wrongs;
    match read {
        Ok(node) => (Some(node), wrongs),
        Err(last) => {
            wrongs.push(last);
            (None, wrongs)
        }
    }
}

/// Line and column, both from 1, the column in characters.
pub(crate) fn place(text: &str, at: usize) -> (usize, usize) {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or(before).chars().count() + 1;
    (line, column)
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    /// What was forgiven so far.
    wrongs: Vec<Wrong>,
    /// How many faults may be.
    forgives: usize,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str, forgives: usize) -> Self {
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { text, bytes: text.as_bytes(), at, wrongs: Vec::new(), forgives }
    }

    fn whole(&mut self) -> Result<Node, Wrong> {
        let node = self.value(0)?;
        self.space();
        if self.peek().is_some() {
            self.forgive("there is more after the end of the document")?;
        }
        Ok(node)
    }

    /// Notes a fault and goes on where the reader may.
    fn forgive(&mut self, message: impl fmt::Display) -> Result<(), Wrong> {
        let wrong = self.wrong(message);
        if self.wrongs.len() >= self.forgives {
            return Err(wrong);
        }
        self.wrongs.push(wrong);
        Ok(())
    }

    fn wrong(&self, message: impl fmt::Display) -> Wrong {
        Wrong { message: message.to_string(), at: self.at }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn expect(&mut self, wanted: u8) -> Result<(), Wrong> {
        self.space();
        match self.peek() {
            Some(found) if found == wanted => {
                self.at += 1;
                Ok(())
            }
            Some(_) => Err(self.wrong(format_args!("`{}` is expected here", char::from(wanted)))),
            None => Err(self.wrong(format_args!("the document ends where `{}` is expected", char::from(wanted)))),
        }
    }

    fn value(&mut self, depth: usize) -> Result<Node, Wrong> {
        self.space();
        if depth > DEEPEST {
            return Err(self.wrong(format_args!("nested more than {DEEPEST} deep")));
        }
        let start = self.at;
        let kind = match self.peek() {
            None => return Err(self.wrong("the document ends where a value is expected")),
            Some(b'{') => Kind::Object(self.object(depth)?),
            Some(b'[') => Kind::List(self.list(depth)?),
            Some(b'"') => Kind::Text(self.string()?),
            Some(b't') => self.word("true", Kind::Bool(true))?,
            Some(b'f') => self.word("false", Kind::Bool(false))?,
            Some(b'n') => self.word("null", Kind::Null)?,
            Some(b'-' | b'0'..=b'9') => Kind::Number(self.number()?),
            Some(_) => return Err(self.wrong("this is not JSON")),
        };
        Ok(Node { kind, span: Span { start, end: self.at } })
    }

    fn word(&mut self, word: &str, kind: Kind) -> Result<Kind, Wrong> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if rest.starts_with(word.as_bytes()) {
            self.at += word.len();
            Ok(kind)
        } else {
            Err(self.wrong("this is not JSON"))
        }
    }

    fn number(&mut self) -> Result<String, Wrong> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let whole = self.digits()?;
        if whole > 1 && self.bytes.get(self.at - whole) == Some(&b'0') {
            return Err(self.wrong("a number does not begin with 0"));
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(self.text.get(start..self.at).unwrap_or_default().to_owned())
    }

    fn digits(&mut self) -> Result<usize, Wrong> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start { Err(self.wrong("a digit is expected here")) } else { Ok(self.at - start) }
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Node>, Wrong> {
        self.at += 1;
        let mut items = Vec::new();
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(items);
        }
        loop {
            items.push(self.value(depth + 1)?);
            if self.ends(b']')? {
                return Ok(items);
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Vec<Member>, Wrong> {
        self.at += 1;
        let mut members = Vec::new();
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(members);
        }
        loop {
            self.space();
            let start = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.wrong("a key in double quotes is expected here"));
            }
            let key = self.string()?;
            let key_span = Span { start, end: self.at };
            self.expect(b':')?;
            members.push(Member { key, key_span, value: self.value(depth + 1)? });
            if self.ends(b'}')? {
                return Ok(members);
            }
        }
    }

    /// Whether a list or an object ends here, or goes on behind a comma.
    fn ends(&mut self, end: u8) -> Result<bool, Wrong> {
        self.space();
        let close = char::from(end);
        match self.peek() {
            Some(b',') => {
                let comma = self.at;
                self.at += 1;
                self.space();
                if self.peek() != Some(end) {
                    return Ok(false);
                }
                let behind = std::mem::replace(&mut self.at, comma);
                self.forgive(format_args!("no `,` may stand before `{close}`"))?;
                self.at = behind + 1;
                Ok(true)
            }
            Some(found) if found == end => {
                self.at += 1;
                Ok(true)
            }
            None => {
                self.forgive(format_args!("the document ends where `,` or `{close}` is expected"))?;
                Ok(true)
            }
            Some(found) if found == b'"' || (end == b']' && matches!(found, b'{' | b'[' | b'-' | b'0'..=b'9')) => {
                self.forgive(format_args!("`,` or `{close}` is expected here"))?;
                Ok(false)
            }
            Some(_) => Err(self.wrong(format_args!("`,` or `{close}` is expected here"))),
        }
    }

    fn string(&mut self) -> Result<String, Wrong> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let start = self.at;
            while self.peek().is_some_and(|byte| byte != b'"' && byte != b'\\' && byte >= 0x20) {
                self.at += 1;
            }
            out.push_str(self.text.get(start..self.at).unwrap_or_default());
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => out.push(self.escape()?),
                Some(control) => {
                    self.forgive("a control character must be escaped in a string")?;
                    out.push(char::from(control));
                    self.at += 1;
                }
                None => return Err(self.wrong("the document ends inside a string")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Wrong> {
        self.at += 1;
        let escaped = match self.peek() {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => return Err(self.wrong("this escape is not known")),
        };
        self.at += 1;
        Ok(escaped)
    }

    fn unicode(&mut self) -> Result<char, Wrong> {
        let high = self.four()?;
        if !(0xd800..0xe000).contains(&high) {
            return char::from_u32(high).ok_or_else(|| self.wrong("this is no character"));
        }
        if high < 0xdc00 && self.peek() == Some(b'\\') && self.bytes.get(self.at + 1) == Some(&b'u') {
            self.at += 1;
            let low = self.four()?;
            if (0xdc00..0xe000).contains(&low) {
                let joined = 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                return char::from_u32(joined).ok_or_else(|| self.wrong("this is no character"));
            }
        }
        Err(self.wrong("half of a surrogate pair"))
    }

    /// Four hexadecimal digits after the `u` that stands at the reader.
    fn four(&mut self) -> Result<u32, Wrong> {
        let digits =
            self.text.get(self.at + 1..self.at + 5).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        let value = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        match value {
            Some(value) => {
                self.at += 5;
                Ok(value)
            }
            None => Err(self.wrong("four hexadecimal digits are expected here")),
        }
    }
}
