//! Reading what the user names: files, stdin, or the word for what could not be read.

use std::fs::File;
use std::io::{self, Read as _};
use std::sync::Arc;

use anyhow::anyhow;
use forewarn_policy::{Document, Reading, Span};
use forewarn_reports::{Page, inert, styles};

use super::excerpt::Excerpt;
use super::wrapped::{self, Found};
use crate::exit::Failed;
use crate::terminal::Terminal;

/// The largest file that is read; AWS stores no policy of a thousandth of it.
const LARGEST: u64 = 64 << 20;

/// What stands for a policy that could not be read, as in the cases of `policy batch`.
const UNREADABLE: &str = "unreadable";

/// A policy with where it came from.
#[derive(Debug, Clone)]
pub(super) struct Source {
    /// As the user named it.
    pub(super) name: String,
    pub(super) policy: Reading<Arc<Document>>,
    /// Where it was taken from, where that was not the whole file.
    pub(super) taken: Option<String>,
    /// The ARN of the role whose trust policy it is.
    pub(super) role: Option<String>,
}

impl Source {
    /// The document, where it was read.
    pub(super) fn document(&self) -> Option<&Arc<Document>> {
        match &self.policy {
            Reading::Read(document) => Some(document),
            Reading::Unreadable => None,
        }
    }
}

/// Reads policies and gathers what is wrong with them, so that the user hears of all of it at once.
#[derive(Debug, Default)]
pub(super) struct Reader {
    faults: Vec<String>,
    notes: Vec<String>,
    has_read_stdin: bool,
}

impl Reader {
    /// Reads a policy. What is returned counts only once [`Reader::finish`] has said that all is well.
    pub(super) fn read(&mut self, name: &str) -> Source {
        let unread = Source { name: name.to_owned(), policy: Reading::Unreadable, taken: None, role: None };
        if name == UNREADABLE {
            return unread;
        }
        match self.text(name).and_then(|text| self.parse(name, &text)) {
            Ok(source) => source,
            Err(fault) => {
                self.faults.push(fault);
                unread
            }
        }
    }

    /// Reads a policy without judging it: its name for a person, and its text.
    pub(super) fn read_text(&mut self, name: &str) -> Option<(String, Found)> {
        let text = match name {
            UNREADABLE => Err("a policy that could not be read cannot be looked at".to_owned()),
            name => self.text(name),
        };
        match text {
            Ok(text) => Some((shown(name), wrapped::find(&text))),
            Err(fault) => {
                self.faults.push(fault);
                None
            }
        }
    }

    /// Reads the levels of an organisation: each option is one, its files stand side by side.
    pub(super) fn levels(&mut self, options: &[String]) -> Vec<Vec<Source>> {
        let level = |names: &String| names.split(',').map(|name| self.read(name)).collect();
        options.iter().map(level).collect()
    }

    /// Says what there is to say, and whether everything was read.
    pub(super) fn finish(self, terminal: &Terminal) -> Result<(), Failed> {
        self.notes.iter().for_each(|note| terminal.note(note));
        match self.faults.as_slice() {
            [] => Ok(()),
            faults => Err(Failed::usage(anyhow!("{}", faults.join("\nerror: ")))),
        }
    }

    fn text(&mut self, name: &str) -> Result<String, String> {
        let mut bytes = Vec::new();
        let read = if name == "-" {
            if std::mem::replace(&mut self.has_read_stdin, true) {
                return Err("stdin (`-`) can be read only once".to_owned());
            }
            io::stdin().lock().take(LARGEST + 1).read_to_end(&mut bytes)
        } else {
            File::open(name).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes))
        };
        let shown = shown(name);
        read.map_err(|error| format!("cannot read `{shown}`: {error}"))?;
        if bytes.len() as u64 > LARGEST {
            return Err(format!("cannot read `{shown}`: it is larger than {} MiB", LARGEST >> 20));
        }
        if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
            return Err(format!("cannot read `{shown}`: it is UTF-16, save it as UTF-8"));
        }
        String::from_utf8(bytes).map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            let before = error.as_bytes().get(..valid).map(String::from_utf8_lossy).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            format!("{shown}:{line}:{column}: this is not UTF-8")
        })
    }

    fn parse(&mut self, name: &str, text: &str) -> Result<Source, String> {
        let found = wrapped::find(text);
        let shown = shown(name);
        let document = Document::parse(&found.text).map_err(|error| {
            let place = &error.place;
            let within = found.taken.as_ref().map_or_else(String::new, |taken| format!(" (in the policy {taken})"));
            let message = inert(&error.message).into_owned();
            let head = format!("{shown}:{}:{}: {message}{within}", place.line, place.column);
            format!("{head}\n{}", pointed_at(&found.text, place.span))
        })?;
        for twice in document.duplicate_keys() {
            let key = inert(&twice.pointer).into_owned();
            self.notes.push(format!(
                "{shown}:{}:{}: `{key}` stands there twice; the last one counts, and AWS stores no such policy",
                twice.line, twice.column
            ));
        }
        let policy = Reading::Read(Arc::new(document));
        Ok(Source { name: shown, policy, taken: found.taken, role: found.role })
    }
}

/// A name as it may be printed.
fn shown(name: &str) -> String {
    if name == "-" { "stdin".to_owned() } else { inert(name).into_owned() }
}

/// The line with what is wrong underlined, for stderr.
fn pointed_at(text: &str, span: Span) -> String {
    let mut out = Vec::new();
    let mut page = Page::new(&mut out, Terminal::width(), Terminal::error_color());
    let excerpt = Excerpt { source: text, whole: span, marks: vec![span], style: styles::BAD };
    // Writing into memory cannot fail.
    let _ = excerpt.write_first_line(&mut page);
    String::from_utf8_lossy(&out).trim_end().to_owned()
}
