//! `forewarn policy`: questions about documents.

mod batch;
mod compare;
mod decide;
mod excerpt;
mod grants;
mod lint;
mod reach;
mod source;
mod stack;
mod wrapped;

use std::io;

use anstyle::Style;
use forewarn_policy::{Doubt, Request};
use forewarn_reports::{Line, Page, styles};
use serde_json::{Value, json};

use crate::cli::Policy;
use crate::exit::{Exit, Failed};
use crate::terminal::Terminal;

pub(crate) fn run(command: &Policy, terminal: &Terminal, verbose: bool) -> Result<Exit, Failed> {
    match command {
        Policy::Reach(asked) => reach::run(asked, terminal),
        Policy::Decide(asked) => decide::run(asked, terminal),
        Policy::Compare(asked) => compare::run(asked, terminal),
        Policy::Grants(asked) => grants::run(asked, terminal, verbose),
        Policy::Lint(asked) => lint::run(asked, terminal),
        Policy::Batch { file } => batch::run(file.as_deref()),
    }
}

/// Writes a page for a person.
fn show(write: impl FnOnce(&mut Page<'_>) -> io::Result<()>) -> Result<(), Failed> {
    let page = |out: &mut dyn io::Write| write(&mut Page::new(out, Terminal::width(), Terminal::color()));
    Terminal::data(page).map_err(Failed::internal)
}

/// Writes an answer for a program: a line of JSON.
fn show_json(id: &str, answer: Value) -> Result<(), Failed> {
    let mut whole = json!({ "id": id });
    if let (Value::Object(whole), Value::Object(mut answer)) = (&mut whole, answer) {
        whole.append(&mut answer);
    }
    Terminal::data(|out| writeln!(out, "{whole}")).map_err(Failed::internal)
}

/// The first line of an answer: a word in capitals and a sentence.
fn verdict(page: &mut Page<'_>, style: Style, word: &str, sentence: &str) -> io::Result<()> {
    page.hang(0, 2, &Line::default().styled(style, word).styled(styles::BOLD, sentence))
}

/// Something that was taken for granted, or that helps to read the answer.
fn aside(page: &mut Page<'_>, text: &str) -> io::Result<()> {
    page.hang(2, 4, &Line::default().styled(styles::DIM, text))
}

/// Why something is not known.
fn doubts(page: &mut Page<'_>, doubts: &[Doubt]) -> io::Result<()> {
    doubts.iter().try_for_each(|doubt| {
        page.hang(
            2,
            4,
            &Line::of(&format!("{}.", capital(&doubt.message))).styled(styles::DIM, &format!("({})", doubt.code)),
        )
    })
}

/// A request as JSON, to be copied.
fn request(page: &mut Page<'_>, request: &Request) -> io::Result<()> {
    let text = serde_json::to_string_pretty(request).unwrap_or_default();
    page.put(2, &Line::default().styled(styles::DIM, "The request:"))?;
    text.lines().try_for_each(|line| page.verbatim(4, &[(Style::new(), line.to_owned())]))
}

/// A sentence begins with a capital; an ARN or the name of a thing stays as it is.
fn capital(text: &str) -> String {
    let first = text.split([' ', ',']).next().unwrap_or_default();
    let mut chars = text.chars();
    match chars.next() {
        Some(c) if first.chars().all(char::is_alphabetic) => c.to_uppercase().chain(chars).collect(),
        _ => text.to_owned(),
    }
}

/// Whoever holds some policies, with one that stands for all.
fn holder(example: &str) -> String {
    format!("whoever holds this (such as {example})")
}

/// Of several answers the worst ends the program: a Yes, then what is not known.
fn worst(one: Exit, other: Exit) -> Exit {
    match (one, other) {
        (Exit::Findings, _) | (_, Exit::Findings) => Exit::Findings,
        (Exit::Unknown, _) | (_, Exit::Unknown) => Exit::Unknown,
        _ => Exit::Clean,
    }
}
