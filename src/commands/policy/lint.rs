//! `forewarn policy lint`: what is wrong with a policy.

use std::collections::BTreeSet;
use std::io;

use anstyle::Style;
use forewarn_policy::batch::answers;
use forewarn_policy::lint::codes;
use forewarn_policy::{Diagnostic, Document, PolicyKind, ResourceKind, Severity, lint_thoroughly};
use forewarn_reports::{Line, Page, styles, words};

use super::excerpt::Excerpt;
use super::source::Reader;
use super::wrapped::Found;
use super::{aside, capital, show, show_json, verdict, worst};
use crate::cli::{Form, Lint};
use crate::exit::{Exit, Failed};
use crate::terminal::Terminal;

/// Diagnostics of a file that are shown; `-f json` has all of them.
const SHOWN: usize = 50;

pub(super) fn run(asked: &Lint, terminal: &Terminal) -> Result<Exit, Failed> {
    let mut reader = Reader::default();
    let found: Vec<_> = asked.files.iter().filter_map(|name| reader.read_text(name)).collect();
    reader.finish(terminal)?;
    let threshold = Severity::from(asked.fail_on);
    let mut exit = Exit::Clean;
    for (index, (name, found)) in found.into_iter().enumerate() {
        let kind = asked.kind.map_or_else(|| guess(&found.text), PolicyKind::from);
        let diagnostics = lint_thoroughly(&found.text, kind);
        // The worst severity is the least.
        if diagnostics.iter().any(|diagnostic| diagnostic.severity <= threshold) {
            exit = worst(exit, Exit::Findings);
        }
        let linted = Linted { name, found, kind, is_guessed: asked.kind.is_none(), diagnostics };
        match asked.answer.format {
            Form::Json => show_json(&linted.name, answers::linted(&linted.diagnostics, true))?,
            Form::Text => show(|page| {
                if index > 0 {
                    page.gap()?;
                }
                linted.write(page)
            })?,
        }
    }
    Ok(exit)
}

/// What a policy is attached to, told from its text, which may be no policy at all.
fn guess(text: &str) -> PolicyKind {
    let (names_principals, is_trust) = if let Ok(document) = Document::parse(text) {
        (document.names_principals(), document.guess().kind == ResourceKind::RoleTrust)
    } else {
        let assumes = text.contains("\"sts:AssumeRole") && !text.contains("Resource\"");
        (text.contains("Principal\""), assumes)
    };
    match (names_principals, is_trust) {
        (false, _) => PolicyKind::Identity,
        (true, true) => PolicyKind::Trust,
        (true, false) => PolicyKind::Resource,
    }
}

fn kind_words(kind: PolicyKind) -> &'static str {
    match kind {
        PolicyKind::Identity => "a policy of an identity",
        PolicyKind::Resource => "a policy of a resource",
        PolicyKind::Trust => "the trust policy of a role",
        PolicyKind::Scp => "a service control policy",
        PolicyKind::Rcp => "a resource control policy",
        PolicyKind::Boundary => "a permissions boundary",
    }
}

fn severity_style(severity: Severity) -> (&'static str, Style) {
    match severity {
        Severity::Error => ("ERROR", styles::BAD),
        Severity::Security => ("SECURITY", styles::ALARM),
        Severity::Warning => ("WARNING", styles::WARN),
        Severity::Suggestion => ("SUGGESTION", styles::BOLD),
    }
}

/// A policy with what is wrong with it.
struct Linted {
    name: String,
    found: Found,
    kind: PolicyKind,
    is_guessed: bool,
    diagnostics: Vec<Diagnostic>,
}

impl Linted {
    fn write(&self, page: &mut Page<'_>) -> io::Result<()> {
        let head = Line::default().styled(styles::BOLD, &self.name).say(&format!("· {}", kind_words(self.kind)));
        page.hang(0, 2, &head)?;
        if let Some(taken) = &self.found.taken {
            aside(page, &format!("{}.", capital(taken)))?;
        }
        if self.is_guessed {
            aside(page, "Told from the document; --kind says otherwise.")?;
        }
        page.gap()?;
        let mut told = BTreeSet::new();
        for diagnostic in self.diagnostics.iter().take(SHOWN) {
            self.diagnostic(page, diagnostic, told.insert(diagnostic.code))?;
            page.gap()?;
        }
        if let Some(more) = self.diagnostics.len().checked_sub(SHOWN).filter(|more| *more > 0) {
            aside(page, &format!("… and {more} more (-f json has them all)"))?;
            page.gap()?;
        }
        self.summary(page)
    }

    /// One diagnostic; how to mend it is said the first time only.
    fn diagnostic(&self, page: &mut Page<'_>, diagnostic: &Diagnostic, is_first: bool) -> io::Result<()> {
        let (word, style) = severity_style(diagnostic.severity);
        let place = &diagnostic.place;
        let head = Line::default()
            .styled(style, word)
            .styled(styles::BOLD, &format!("{}:{}:{}", self.name, place.line, place.column))
            .say(&capital(&diagnostic.message))
            .styled(styles::DIM, &format!("({})", diagnostic.code));
        page.hang(0, 2, &head)?;
        let style = if diagnostic.severity == Severity::Security { styles::BAD } else { style };
        let excerpt = Excerpt { source: &self.found.text, whole: place.span, marks: vec![place.span], style };
        excerpt.write_first_line(page)?;
        let code = codes().iter().find(|code| code.name == diagnostic.code).filter(|_| is_first);
        code.map_or(Ok(()), |code| page.hang(2, 7, &Line::default().styled(styles::DIM, "Fix:").say(code.fix)))
    }

    /// How many of each severity.
    fn summary(&self, page: &mut Page<'_>) -> io::Result<()> {
        let count = |severity: Severity, noun: &str| {
            let number = self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count();
            (number > 0).then(|| words::count(number, noun))
        };
        let counts = [
            count(Severity::Error, "error"),
            count(Severity::Security, "security risk"),
            count(Severity::Warning, "warning"),
            count(Severity::Suggestion, "suggestion"),
        ];
        let counts: Vec<String> = counts.into_iter().flatten().collect();
        match self.diagnostics.iter().map(|diagnostic| diagnostic.severity).min() {
            None => verdict(page, styles::GOOD, "CLEAN", "there is nothing to mend"),
            Some(worst) => {
                let (_, style) = severity_style(worst);
                verdict(page, style, &counts.join(", "), &format!("in {}", self.name))
            }
        }
    }
}
