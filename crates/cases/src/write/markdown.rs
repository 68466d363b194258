//! A case as Markdown: for a ticket or a wiki.

use std::fmt::Write as _;
use std::io::{self, Write};

use forewarn_reports::markdown::{code, said};

use super::SHOWN;
use crate::fact::{Ids, Needs, Sentence};
use crate::{Case, Lead};

/// Writes a case for people.
///
/// # Errors
/// What `out` says.
pub fn write(case: &Case, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "# {}\n", case.id)?;
    writeln!(out, "{}\n", sentence(&case.title))?;
    if !case.log.unread.is_empty() {
        writeln!(out, "**Not all was read**, so not all can be in this case:\n")?;
        for (source, why) in case.log.unread.iter().take(20) {
            writeln!(out, "- {}: {}", code(source), said(why))?;
        }
        writeln!(out)?;
    }
    writeln!(out, "| | |\n|---|---|")?;
    writeln!(out, "| Began with | {} |", case.start.iter().map(|word| cell(word)).collect::<Vec<_>>().join(", "))?;
    writeln!(out, "| Actor | {} |", cell(&case.actor))?;
    writeln!(out, "| Account | {} |", case.account.as_deref().map_or_else(|| "not said".to_owned(), cell))?;
    writeln!(out, "| Episode | {} to {} |", case.episode.0, case.episode.1)?;
    writeln!(out, "| Questions | {} speak for something wrong, {} against it |\n", case.alarming, case.easing)?;
    writeln!(out, "## What happened\n")?;
    for told in &case.narrative {
        writeln!(out, "- {}", sentence(told))?;
    }
    writeln!(out, "\n## What to do\n\nNothing of this was run. Read each command first.\n")?;
    for (index, step) in case.recommendation.iter().enumerate() {
        writeln!(out, "{}. **{}.** {}", index + 1, step.title, sentence(&step.why))?;
        for command in &step.commands {
            writeln!(out, "   - {}", code(command))?;
        }
        for needs in &step.needs {
            writeln!(out, "   - {}", lacking(needs))?;
        }
    }
    writeln!(out, "\n## Questions and answers\n\n| | question | answer |\n|---|---|---|")?;
    for one in &case.answers {
        let mut parts: Vec<String> = one.answer.sentences().iter().map(sentence).collect();
        parts.extend(one.answer.needs().iter().map(lacking));
        writeln!(out, "| {} | {} | {} |", one.id, one.question, parts.join("<br>"))?;
    }
    writeln!(out, "\n## Artifacts\n\n| kind | value | unusual |\n|---|---|---|")?;
    for one in case.artifacts.iter().take(MOST) {
        let value = if one.value.is_empty() { "*(empty)*".to_owned() } else { cell(&one.value) };
        writeln!(out, "| {} | {value} | {} |", one.kind, one.unusual.unwrap_or_default())?;
    }
    cut(out, case.artifacts.len())?;
    writeln!(out, "\n## Followed\n\n| step | what | events | with whom |\n|---|---|---|---|")?;
    for lead in case.followed.iter().take(MOST) {
        writeln!(out, "{}", row(lead))?;
    }
    cut(out, case.followed.len())?;
    writeln!(out, "\n## Set aside\n")?;
    if case.set_aside.is_empty() {
        writeln!(out, "Nothing.")?;
    }
    for one in case.set_aside.iter().take(MOST) {
        let word = if one.harmless { "harmless" } else { "not followed" };
        writeln!(out, "- {} {} ({word}): {}", one.value.word(), code(one.value.text()), said(&one.why))?;
    }
    cut(out, case.set_aside.len())?;
    writeln!(out, "\n## What was looked at\n")?;
    let day = |at: Option<jiff::Timestamp>| at.map_or_else(|| "never".to_owned(), |at| at.to_string());
    writeln!(out, "{} events from {} to {}.", case.log.events, day(case.log.since), day(case.log.until))?;
    for limit in &case.log.limits {
        writeln!(out, "- {}", said(limit))?;
    }
    Ok(())
}

/// Rows of a table; the JSON has all.
const MOST: usize = 60;

fn cut(out: &mut dyn Write, all: usize) -> io::Result<()> {
    match all.saturating_sub(MOST) {
        0 => Ok(()),
        more => writeln!(out, "\n{more} more are in `case.json`."),
    }
}

/// Code in a cell of a table: a bar ends the cell even in code.
fn cell(text: &str) -> String {
    code(text).replace('|', "\\|")
}

fn sentence(sentence: &Sentence) -> String {
    let mut text = said(sentence.text()).replace('|', "\\|").replace("\\\\|", "\\|");
    // Writing into a string cannot fail.
    let _ = write!(text, " ({})", ids(sentence.ids()));
    if !sentence.also_from().is_empty() {
        let files: Vec<String> = sentence.also_from().iter().map(|file| cell(file)).collect();
        let _ = write!(text, " (also {})", files.join(", "));
    }
    text
}

fn ids(ids: &Ids) -> String {
    let shown: Vec<String> = ids.iter().take(SHOWN).map(cell).collect();
    match ids.count().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn lacking(needs: &Needs) -> String {
    format!("*not available: needs* {}", said(needs.words()).replace('|', "\\|"))
}

fn row(lead: &Lead) -> String {
    let people: Vec<String> =
        lead.people.iter().take(3).map(|(name, events)| format!("{} ({events})", cell(name))).collect();
    format!(
        "| {} | {} {} | {} | {} |",
        lead.followed.step,
        lead.followed.value.word(),
        cell(lead.followed.value.text()),
        lead.events,
        people.join(", ")
    )
}
