//! What is wrong with a policy document: from a comma too many to a trust policy that strangers can use.
//!
//! `lint` never stops at the first fault. It reads the JSON forgivingly, takes from it whatever looks like a statement,
//! and lets every part be judged by itself, so that a document which AWS would refuse still gets all its diagnostics.
//! Each kind of diagnostic has a code; [`codes()`] lists them with what they mean and how to mend them.
//!
//! Facts about services, actions, types of resource and condition keys are those of the [catalogue](crate::catalogue),
//! and so have its date. Where AWS leaves a question open, nothing is reported.

mod access;
mod actions;
mod codes;
mod conditions;
mod document;
mod fit;
mod keys;
mod needless;
mod principals;
mod read;
mod regions;
mod resources;
mod size;
mod suggest;
#[cfg(test)]
mod tests;
mod trust;
mod values;
mod variables;

use serde::{Deserialize, Serialize};

use crate::document::Place;
use crate::json::{self, Span};

pub use codes::{Code, codes};
pub use needless::lint_thoroughly;

/// What a policy is attached to; that decides which elements it must have and what they may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyKind {
    /// Attached to a user, a group or a role, managed or inline.
    Identity,
    /// Attached to a resource: a bucket, a key, a queue.
    Resource,
    /// Says who may assume a role.
    Trust,
    /// A service control policy of an organisation.
    Scp,
    /// A resource control policy of an organisation.
    Rcp,
    /// The permissions boundary of a user or a role.
    Boundary,
}

impl PolicyKind {
    /// Whether its statements say whom they are about.
    fn names_principals(self) -> bool {
        matches!(self, Self::Resource | Self::Trust | Self::Rcp)
    }

    /// Whether IAM itself stores it, with IAM's rules for characters.
    fn is_stored_by_iam(self) -> bool {
        matches!(self, Self::Identity | Self::Trust | Self::Boundary)
    }

    /// What it is called, for a message.
    fn words(self) -> &'static str {
        match self {
            Self::Identity => "an identity policy",
            Self::Resource => "a resource policy",
            Self::Trust => "a trust policy",
            Self::Scp => "a service control policy",
            Self::Rcp => "a resource control policy",
            Self::Boundary => "a permissions boundary",
        }
    }
}

/// How much a diagnostic matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// AWS refuses the document, or a part of it can never do what it says.
    Error,
    /// It lets in more than its author is likely to want.
    Security,
    /// It is likely to mean something else than it says.
    Warning,
    /// It works, and could be plainer.
    Suggestion,
}

/// Something that is wrong with a document, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The name of its [`Code`].
    pub code: &'static str,
    /// How much it matters; the same for every diagnostic of a code.
    pub severity: Severity,
    /// Where it stands.
    pub place: Place,
    /// What is wrong here, with the names that stand in the document.
    pub message: String,
}

/// How many diagnostics a document gets. What is beyond is counted, not listed; AWS stores no document that could earn so many.
const MOST: usize = 1_000;

/// Reads a document and says all that is wrong with it, in the order of the text.
///
/// A text that is no JSON or no policy is no error: its faults are among the diagnostics. A document without any has
/// none.
pub fn lint(source: &str, kind: PolicyKind) -> Vec<Diagnostic> {
    let mut sink = Sink::default();
    let Some(size) = size::readable(source, kind, &mut sink) else { return sink.finish(source) };
    let (root, wrongs) = json::read_forgiving(source);
    for wrong in wrongs {
        sink.report(&codes::INVALID_JSON, Span { start: wrong.at, end: wrong.at }, "", wrong.message);
    }
    size::judge(source, size, kind, root.as_ref(), &mut sink);
    if let Some(root) = &root {
        let document = read::document(root, &mut sink);
        document::judge(&document, kind, &mut sink);
        judge_statements(&document, kind, &mut sink);
    }
    sink.finish(source)
}

/// All that needs the catalogue or looks at entries in pairs.
fn judge_statements(document: &read::Document<'_>, kind: PolicyKind, sink: &mut Sink) {
    for statement in &document.statements {
        principals::judge(statement, kind, sink);
        let named = actions::judge(statement, kind, sink);
        resources::judge(statement, &named, kind, sink);
        fit::judge(statement, &named, sink);
        conditions::judge(statement, &named, sink);
        variables::judge(statement, document.version, sink);
        access::judge(statement, &named, kind, sink);
        trust::judge(statement, &named, kind, sink);
    }
    access::judge_document(document, kind, sink);
}

/// Where diagnostics are gathered.
#[derive(Debug, Default)]
struct Sink {
    found: Vec<Found>,
    /// How many were not kept.
    beyond: usize,
    steps: Steps,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    span: Span,
    code: &'static str,
    severity: Severity,
    pointer: String,
    message: String,
}

/// The work that one document may still cause; a hostile one must not cost more than an honest one of its size.
#[derive(Debug)]
struct Steps(usize);

impl Default for Steps {
    fn default() -> Self {
        Self(2_000_000)
    }
}

impl Sink {
    fn report(&mut self, code: &'static Code, span: Span, pointer: &str, message: impl Into<String>) {
        if self.is_full() {
            self.beyond += 1;
            return;
        }
        self.found.push(Found {
            span,
            code: code.name,
            severity: code.severity,
            pointer: pointer.to_owned(),
            message: message.into(),
        });
    }

    /// Whether what is reported from now on is only counted, so that a message need not be made with care.
    fn is_full(&self) -> bool {
        self.found.len() >= MOST
    }

    /// Takes from the work that is left; false when nothing is left.
    fn afford(&mut self, steps: usize) -> bool {
        self.steps.0 = self.steps.0.saturating_sub(steps);
        self.steps.0 > 0
    }

    /// Sorts the diagnostics and finds their lines and columns in one pass over the text.
    fn finish(mut self, source: &str) -> Vec<Diagnostic> {
        self.found.sort();
        self.found.dedup();
        if self.steps.0 == 0 {
            let message = "the document takes more comparisons than one that AWS stores; some of them were not made";
            self.note(message.to_owned());
        }
        if self.beyond > 0 {
            self.note(format!("there are {} more diagnostics than the {MOST} that are listed", self.beyond));
        }
        let mut cursor = Cursor { line: 1, column: 1, at: 0 };
        let place = |found: Found| {
            let (line, column) = cursor.advance(source, found.span.start);
            let place = Place { span: found.span, line, column, pointer: found.pointer };
            Diagnostic { code: found.code, severity: found.severity, place, message: found.message }
        };
        self.found.into_iter().map(place).collect()
    }

    /// Puts a diagnostic about the whole document first.
    fn note(&mut self, message: String) {
        let Code { name: code, severity, .. } = codes::NOT_EXAMINED;
        self.found.insert(0, Found { span: Span::default(), code, severity, pointer: String::new(), message });
    }
}

/// A place in the text that only moves forward.
struct Cursor {
    line: usize,
    column: usize,
    at: usize,
}

impl Cursor {
    /// Line and column of a byte, both from 1, the column in characters.
    fn advance(&mut self, source: &str, to: usize) -> (usize, usize) {
        let mut to = to.min(source.len());
        while !source.is_char_boundary(to) {
            to -= 1;
        }
        for passed in source.get(self.at..to).unwrap_or_default().chars() {
            if passed == '\n' {
                self.line += 1;
                self.column = 1;
            } else {
                self.column += 1;
            }
        }
        self.at = self.at.max(to);
        (self.line, self.column)
    }
}
