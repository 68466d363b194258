//! For a person at a terminal.

use std::io::{self, Write};

use anstyle::Style;
use forewarn_findings::{Finding, Gain, Review, Understood};

use super::{Counts, about, about_access, gained, groups, place_words, said, understood};
use crate::text::styles::{ALARM, BAD, BOLD, DIM, GOOD, WARN, style};
use crate::text::{Line, Page, TextOptions};
use crate::words;

/// Lines of a list, where not all are wanted.
const MOST: usize = 12;

/// Resources of a check, where not all are wanted.
const EACH: usize = 3;

const INTRODUCED: &str = "Introduced";

pub(super) fn write(review: &Review, options: &TextOptions, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page::new(out, options.width, options.color);
    let counts = Counts::of(review);
    head(&mut page, review, &counts)?;
    findings(&mut page, review, &review.introduced(), INTRODUCED, options)?;
    access(&mut page, review, options)?;
    findings(&mut page, review, &review.undecided(), "Not decided", options)?;
    fixed(&mut page, review, options)?;
    change(&mut page, review, options)
}

fn head(page: &mut Page<'_>, review: &Review, counts: &Counts) -> io::Result<()> {
    let run = &review.report.run;
    let accounts: Vec<&str> = review.report.coverage.accounts.iter().map(|account| account.id.as_str()).collect();
    let whom = match accounts.as_slice() {
        [only] => format!("over account {only}"),
        all => format!("over {}", words::count(all.len(), "account")),
    };
    let line = Line::default().styled(BOLD, &format!("forewarn {}", run.tool_version));
    page.put(0, &line.say(&format!("· review {whom} · as of {} UTC", words::utc(run.instant))))?;
    page.gap()?;
    let (color, word) = match counts {
        Counts { introduced: 1.., gains: 1.., .. } => (ALARM, "OPENS"),
        Counts { introduced: 1.., .. } => (ALARM, "NEW FINDINGS"),
        Counts { undecided: 1.., .. }
        | Counts { open: 1.., .. }
        | Counts { lost: 1.., .. }
        | Counts { unread: true, .. } => (WARN, "NOT WHOLE"),
        Counts { gains: 1.., .. } => (WARN, "MORE ACCESS"),
        _ => (GOOD, "NO NEW FINDING"),
    };
    page.hang(2, 4, &Line::default().styled(color, word).say(&format!("{}.", counts.verdict())))?;
    let numbers = [
        ("introduced", counts.introduced),
        ("fixed", counts.fixed),
        ("unchanged", counts.unchanged),
        ("not decided", counts.undecided + counts.open + counts.lost),
    ];
    let numbers: Vec<String> = numbers.iter().map(|(word, number)| format!("{number} {word}")).collect();
    page.put(2, &Line::default().styled(DIM, &numbers.join(" · ")))?;
    for note in &review.notes {
        page.hang(2, 4, &Line::default().styled(DIM, "Note:").say(note))?;
    }
    for fault in &review.report.coverage.internal_errors {
        page.hang(2, 4, &Line::default().styled(ALARM, "INTERNAL ERROR").say(fault))?;
    }
    Ok(())
}

fn findings(
    page: &mut Page<'_>,
    review: &Review,
    found: &[&Finding],
    heading: &str,
    options: &TextOptions,
) -> io::Result<()> {
    if found.is_empty() {
        return Ok(());
    }
    page.section(Style::new(), &format!("{heading}: {}", words::count(found.len(), "finding")))?;
    let (groups, sources) = (groups(review, found), review.sources());
    let (most, each) = if options.all { (usize::MAX, usize::MAX) } else { (MOST, EACH) };
    for group in groups.iter().take(most) {
        let line = Line::default().padded(style(group.severity).bold(), words::tag(group.severity), 8);
        let line = line.styled(BOLD, group.title).styled(DIM, group.check);
        let many = group.found.len() > 1;
        let many = many.then(|| format!("· {}", words::count(group.found.len(), "resource")));
        page.hang(2, 11, &many.iter().fold(line, |line, many| line.styled(DIM, many)))?;
        // What to do comes before where: it is the same for all of them.
        if heading == INTRODUCED && !group.remedy.is_empty() {
            page.hang(11, 13, &Line::default().styled(GOOD, "Fix:").say(&group.remedy))?;
        }
        for finding in group.found.iter().take(each) {
            page.hang(11, 13, &Line::default().styled(BOLD, &finding.resource.arn))?;
            if let Some(place) = place_words(&sources, about(finding)) {
                page.hang(13, 13, &Line::default().styled(DIM, "in").say(&place))?;
            }
            page.hang(13, 13, &Line::of(&said(finding)))?;
        }
        if let Some(hidden) = group.found.len().checked_sub(each).filter(|hidden| *hidden > 0) {
            page.put(11, &Line::default().styled(DIM, &format!("… and {hidden} more (--all has them)")))?;
        }
    }
    left(page, groups.len(), most)?;
    if let (INTRODUCED, Some(worst)) = (heading, groups.first()) {
        let said =
            format!("`forewarn checks explain {}` says more about why it matters and how to fix it.", worst.check);
        page.hang(2, 4, &Line::default().styled(DIM, &said))?;
    }
    Ok(())
}

fn access(page: &mut Page<'_>, review: &Review, options: &TextOptions) -> io::Result<()> {
    if review.access.is_empty() {
        return Ok(());
    }
    page.section(Style::new(), "Access")?;
    let sources = review.sources();
    let most = if options.all { usize::MAX } else { MOST };
    let more: Vec<_> = review.access.iter().filter(|delta| delta.gains != Gain::Nothing).collect();
    for delta in more.iter().take(most) {
        let (color, sign) = match delta.gains {
            Gain::Unknown(_) => (WARN, "?"),
            _ => (BAD, "+"),
        };
        page.hang(2, 4, &Line::default().styled(color, sign).say(&gained(delta).unwrap_or_default()))?;
        if let Some(place) = place_words(&sources, about_access(delta)) {
            page.hang(4, 4, &Line::default().styled(DIM, &format!("in {place}")))?;
        }
    }
    left(page, more.len(), most)?;
    let less: Vec<_> = review.access.iter().filter_map(|delta| Some((delta, delta.loses.as_ref()?))).collect();
    for (delta, witness) in less.iter().take(most) {
        let line = Line::default().styled(GOOD, "-");
        let said = format!("{} does not let this through any more: {}", delta.resource.arn, words::witness(witness));
        page.hang(2, 4, &line.say(&said))?;
    }
    left(page, less.len(), most)?;
    let same = review.access.iter().filter(|delta| delta.gains == Gain::Nothing && delta.loses.is_none()).count();
    if same > 0 {
        let said = format!("{} changed and mean the same as before.", words::count(same, "set of policies"));
        page.put(2, &Line::default().styled(DIM, &said))?;
    }
    Ok(())
}

fn fixed(page: &mut Page<'_>, review: &Review, options: &TextOptions) -> io::Result<()> {
    let Some(since) = review.report.since.as_ref().filter(|since| !since.gone.is_empty()) else { return Ok(()) };
    page.section(GOOD, &format!("Fixed: {}", words::count(since.gone.len(), "finding")))?;
    let most = if options.all { usize::MAX } else { MOST };
    for earlier in since.gone.iter().take(most) {
        let line = Line::default().padded(style(earlier.severity), words::tag(earlier.severity), 8);
        page.hang(2, 11, &line.say(&earlier.check).say(&earlier.resource.arn))?;
    }
    left(page, since.gone.len(), most)
}

/// What the change consists of, and what of it is not in the verdict.
fn change(page: &mut Page<'_>, review: &Review, options: &TextOptions) -> io::Result<()> {
    page.section(Style::new(), &format!("The change: {}", words::count(review.proposed.len(), "resource")))?;
    let [whole, partly, beside, not] = understood(review);
    let line = format!("{whole} understood, {partly} partly, {not} not, {beside} of kinds that no check is about.");
    page.put(2, &Line::of(&line))?;
    let most = if options.all { usize::MAX } else { MOST };
    let open: Vec<(&str, String)> = review
        .proposed
        .iter()
        .filter_map(|proposed| match &proposed.understood {
            Understood::Not(why) => Some((proposed.address.as_str(), why.clone())),
            Understood::Partly(why) => Some((proposed.address.as_str(), why.join("; "))),
            Understood::Whole | Understood::NotRelevant => None,
        })
        .collect();
    for (address, why) in open.iter().take(most) {
        page.hang(2, 4, &Line::default().styled(WARN, "?").say(&format!("{address}: {why}")))?;
    }
    left(page, open.len(), most)
}

fn left(page: &mut Page<'_>, all: usize, most: usize) -> io::Result<()> {
    match all.checked_sub(most) {
        None | Some(0) => Ok(()),
        Some(hidden) => page.put(2, &Line::default().styled(DIM, &format!("… and {hidden} more (--all has them)"))),
    }
}
