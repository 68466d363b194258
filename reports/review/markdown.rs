//! For a comment on a pull request. Names come from strangers: they stand in code spans, and what is prose cannot link,
//! mention, or become markup.

use std::fmt::Write as _;
use std::io::{self, Write};

use forewarn_findings::{Finding, Gain, Review, Sources, Understood};

use super::{Counts, Group, about, about_access, gained, groups, place_words, said, understood};
use crate::markdown::escape::{code, said as prose};
use crate::words;

/// Items of a list: a comment has 65 536 characters at most.
const MOST: usize = 20;

/// Resources of a check.
const EACH: usize = 3;

pub(super) fn write(review: &Review, out: &mut dyn Write) -> io::Result<()> {
    let (counts, sources) = (Counts::of(review), review.sources());
    let mut page = String::new();
    // Writing into a string cannot fail.
    let _ = writeln!(page, "### forewarn review\n\n**{}.**\n", counts.verdict());
    let _ = writeln!(
        page,
        "{} introduced · {} fixed · {} unchanged · {} not decided\n",
        counts.introduced,
        counts.fixed,
        counts.unchanged,
        counts.undecided + counts.open + counts.lost
    );
    for note in &review.notes {
        let _ = writeln!(page, "> {}\n", prose(note));
    }
    let items = |found: &[&Finding], fix: bool| -> Vec<String> {
        groups(review, found).iter().map(|group| item(&sources, group, fix)).collect()
    };
    list(&mut page, "Introduced", items(&review.introduced(), true).into_iter());
    let gains = review.access.iter().filter_map(|delta| {
        let sign = if matches!(delta.gains, Gain::Unknown(_)) { "Not known" } else { "Gained" };
        let place = place_words(&sources, about_access(delta)).map(|place| format!(" ({})", code(&place)));
        Some(format!("{sign}: {}{}", prose(&gained(delta)?), place.unwrap_or_default()))
    });
    list(&mut page, "Access", gains);
    list(&mut page, "Not decided", items(&review.undecided(), false).into_iter());
    folded(&mut page, review);
    out.write_all(page.as_bytes())
}

/// A check with what to do, and the resources that it is about.
fn item(sources: &Sources<'_>, group: &Group<'_>, fix: bool) -> String {
    let mut item = format!("**{}** {} ({})", words::tag(group.severity), prose(group.title), code(group.check));
    // Writing into a string cannot fail.
    if group.found.len() > 1 {
        let _ = write!(item, ", {}", words::count(group.found.len(), "resource"));
    }
    if fix && !group.remedy.is_empty() {
        let _ = write!(item, "\n  *Fix:* {}", prose(&group.remedy));
    }
    for finding in group.found.iter().take(EACH) {
        let place = place_words(sources, about(finding)).map(|place| format!(" in {}", code(&place)));
        let (arn, place) = (code(&finding.resource.arn), place.unwrap_or_default());
        let _ = write!(item, "\n  - {arn}{place}\n    {}", prose(&said(finding)));
    }
    if let Some(hidden) = group.found.len().checked_sub(EACH).filter(|hidden| *hidden > 0) {
        let _ = write!(item, "\n  - … and {hidden} more");
    }
    item
}

fn list(page: &mut String, heading: &str, items: impl Iterator<Item = String>) {
    let items: Vec<String> = items.collect();
    if items.is_empty() {
        return;
    }
    let _ = writeln!(page, "#### {heading}\n");
    for item in items.iter().take(MOST) {
        let _ = writeln!(page, "- {item}");
    }
    if let Some(hidden) = items.len().checked_sub(MOST).filter(|hidden| *hidden > 0) {
        let _ = writeln!(page, "- … and {hidden} more");
    }
    page.push('\n');
}

/// What is fixed, what access is lost, and what the change consists of: behind a fold.
fn folded(page: &mut String, review: &Review) {
    let [whole, partly, beside, not] = understood(review);
    let all = words::count(review.proposed.len(), "resource");
    let _ = writeln!(page, "<details><summary>{all} of the change, and what is fixed</summary>\n");
    let _ =
        writeln!(page, "{whole} understood, {partly} partly, {not} not, {beside} of kinds that no check is about.\n");
    let open = review.proposed.iter().filter_map(|proposed| match &proposed.understood {
        Understood::Not(why) => Some(format!("{}: {}", code(&proposed.address), prose(why))),
        Understood::Partly(why) => Some(format!("{}: {}", code(&proposed.address), prose(&why.join("; ")))),
        Understood::Whole | Understood::NotRelevant => None,
    });
    list(page, "Not whole", open);
    let gone = review.report.since.iter().flat_map(|since| &since.gone);
    list(page, "Fixed", gone.map(|gone| format!("{} on {}", code(&gone.check), code(&gone.resource.arn))));
    let lost = review.access.iter().filter_map(|delta| {
        let witness = delta.loses.as_ref()?;
        Some(format!("{} lets this through no more: {}", code(&delta.resource.arn), prose(&words::witness(witness))))
    });
    list(page, "Access that goes", lost);
    page.push_str("</details>\n");
}
