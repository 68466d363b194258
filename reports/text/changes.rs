//! The timeline of recent changes: what stands out first, the rest counted.

use std::io;

use anstyle::Style;
use forewarn_findings::{ChangeExhibit, Report, State};

use super::page::{Line, Page};
use super::styles::{BOLD, DIM, WARN};
use super::{TextOptions, cut, more};
use crate::words;

/// Changes that are listed.
const MOST: usize = 5;

pub(super) fn write(page: &mut Page<'_>, report: &Report, options: &TextOptions) -> io::Result<()> {
    let all = &report.exhibits.changes;
    if all.is_empty() {
        return Ok(());
    }
    page.section(Style::new(), &format!("Recent changes: {}", words::count(all.len(), "event")))?;
    let mut shown: Vec<&ChangeExhibit> =
        all.iter().filter(|change| !change.stands_out.is_empty() || options.all).collect();
    shown.sort_by_key(|change| std::cmp::Reverse(change.time));
    let (most, hidden) = cut(shown.len(), MOST, options);
    for change in shown.iter().take(most) {
        page.hang(2, 22, &head(change))?;
        page.hang(22, 24, &who(change))?;
        if let Some(witness) = &change.witness {
            page.hang(22, 24, &Line::default().styled(DIM, "Since then").say(&words::witness(witness)))?;
        }
        if let Some(became) = &change.became {
            page.hang(22, 24, &Line::default().styled(style(became.state), &became.words()))?;
        }
        if options.verbose {
            for reason in &change.undecided {
                page.hang(22, 24, &Line::default().styled(DIM, "Undecided:").say(&reason.message))?;
            }
            page.hang(22, 24, &Line::default().styled(DIM, "Event").say(&change.event))?;
        }
    }
    more(page, 2, hidden)?;
    let quiet = all.len() - shown.len();
    if quiet > 0 {
        let refused = all.iter().filter(|change| change.stands_out.is_empty() && change.refused.is_some()).count();
        let refused = if refused > 0 { format!(", {refused} of them refused") } else { String::new() };
        let said =
            format!("{} beside these{refused} (--all lists them, -f json has them)", words::count(quiet, "change"));
        page.put(2, &Line::default().styled(DIM, &said))?;
    }
    Ok(())
}

fn style(state: State) -> Style {
    match state {
        State::OpenedAgain | State::OpenedAndNeverReset | State::PartlyReset | State::Unknown => WARN,
        State::Reset | State::Refused | State::NothingOpened => DIM,
    }
}

/// When, what, and why it stands out.
fn head(change: &ChangeExhibit) -> Line {
    let line =
        Line::default().padded(DIM, &words::utc(change.time), 19).styled(BOLD, &change.name).say(&change.resource.arn);
    let why: Vec<&str> = change.stands_out.iter().map(|why| why.words()).collect();
    let line = if why.is_empty() { line } else { line.styled(WARN, &why.join(", ")) };
    match &change.refused {
        Some(code) => line.styled(DIM, &format!("refused: {code}")),
        None => line,
    }
}

/// Who did it, from where.
fn who(change: &ChangeExhibit) -> Line {
    let mut line = Line::default().styled(DIM, "by").say(&change.actor);
    if let Some(person) = &change.person {
        line = line.say(&format!("({person})"));
    }
    if let Some(address) = &change.address {
        line = line.styled(DIM, "from").say(address);
    }
    line
}
