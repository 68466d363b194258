//! The first screen: the verdict, how much was seen, what changed, what to fix first.

use std::io;

use forewarn_findings::{Change, Protects, Report, RollUp, Severity, VerdictKind};

use super::markup::{Markup, put};
use super::prose;
use crate::text::findings::{Group, groups, news};
use crate::words;

/// How many things to fix first.
const FIRST: usize = 10;
/// Resources that each of them names.
const NAMED: usize = 3;

/// The verdict strip.
pub(super) fn verdict(page: &mut Markup<'_>, report: &Report) -> io::Result<()> {
    put!(page, "<section class=\"verdict\" aria-labelledby=\"verdict-title\"><h1 id=\"verdict-title\">");
    put!(page, (headline(report)), "</h1>");
    if report.run.interrupted {
        put!(
            page,
            "<p class=\"alarm\"><strong>Interrupted.</strong> This report is partial; what was not read is unknown.</p>"
        );
    }
    if !report.coverage.internal_errors.is_empty() {
        let faults = words::count(report.coverage.internal_errors.len(), "fault");
        put!(page, "<p class=\"alarm\"><strong>Internal error:</strong> ", (faults));
        put!(page, " of forewarn itself, named under Coverage. Please report it.</p>");
    }
    if report.coverage.lacks_accounts() {
        put!(page, "<p class=\"alarm\"><strong>Accounts are missing.</strong> The reasons stand under Coverage.</p>");
    }
    let excepted = report.excepted().count();
    if excepted > 0 {
        put!(
            page,
            "<p class=\"excepted\"><strong>",
            (words::count(excepted, "finding")),
            " excepted:</strong> accepted by an"
        );
        put!(page, " owner, counted nowhere else, shown under <a href=\"#findings\">Findings</a>.</p>");
    }
    put!(page, "<div class=\"tiles\"><table class=\"counts\"><caption>Verdicts by severity</caption><thead><tr>");
    put!(page, "<th scope=\"col\">Severity</th><th scope=\"col\">Fail</th><th scope=\"col\">Unknown</th>");
    put!(page, "<th scope=\"col\">Pass</th></tr></thead><tbody>");
    for severity in Severity::WORST_FIRST {
        let count = |verdict| report.open(verdict).filter(|finding| finding.severity == severity).count();
        let counts = [count(VerdictKind::Fail), count(VerdictKind::Unknown), count(VerdictKind::Pass)];
        if counts == [0; 3] {
            continue;
        }
        put!(page, "<tr><th scope=\"row\">");
        badge(page, severity)?;
        put!(page, "</th>");
        for (number, class) in counts.into_iter().zip(["fail", "unknown", "pass"]) {
            let class = if number == 0 { "none" } else { class };
            put!(page, "<td class=\"", (class), "\">", (number), "</td>");
        }
        put!(page, "</tr>");
    }
    put!(page, "</tbody></table>");
    protects(page, report)?;
    meter(page, report)?;
    since(page, report)?;
    put!(page, "</div></section>");
    Ok(())
}

/// One sentence that a manager can repeat.
fn headline(report: &Report) -> String {
    let fails = report.count(VerdictKind::Fail);
    let unknown = report.count(VerdictKind::Unknown);
    let worst = report.worst(VerdictKind::Fail);
    if report.findings.is_empty() {
        return "Nothing was judged.".to_owned();
    }
    match (fails, unknown, worst) {
        (0, 0, _) => "Nothing failed, and every question was decided.".to_owned(),
        (0, unknown, _) => format!("Nothing failed, but {} could not be reached.", words::count(unknown, "verdict")),
        (fails, _, Some(worst)) => {
            let worst_ones = report.open(VerdictKind::Fail).filter(|finding| finding.severity == worst).count();
            if worst_ones == fails {
                format!(
                    "{}, {}.",
                    words::count(fails, "finding"),
                    if fails == 1 { worst.word().to_owned() } else { format!("all {}", worst.word()) }
                )
            } else {
                format!("{}, {worst_ones} of them {}.", words::count(fails, "finding"), worst.word())
            }
        }
        (fails, _, None) => words::count(fails, "finding"),
    }
}

/// A severity by shape and word.
pub(super) fn badge(page: &mut Markup<'_>, severity: Severity) -> io::Result<()> {
    let (class, shape) = match severity {
        Severity::Critical => ("critical", "◆"),
        Severity::High => ("high", "▲"),
        Severity::Medium => ("medium", "●"),
        Severity::Low => ("low", "○"),
        Severity::Informational => ("info", "·"),
    };
    put!(page, "<span class=\"badge ", (class), "\"><span aria-hidden=\"true\">", (shape), "</span> ");
    put!(page, (severity.word()), "</span>");
    Ok(())
}

/// What suffers where the bad states are used.
fn protects(page: &mut Markup<'_>, report: &Report) -> io::Result<()> {
    let all = RollUp::of(report);
    put!(
        page,
        "<table class=\"counts\"><caption>By what is at stake</caption><thead><tr><th scope=\"col\">At stake</th>"
    );
    put!(page, "<th scope=\"col\">Fail</th><th scope=\"col\">Unknown</th></tr></thead><tbody>");
    for (word, tally) in Protects::ALL.iter().map(|tag| tag.word()).zip(all.protects) {
        put!(page, "<tr><th scope=\"row\">", (word), "</th>");
        for (verdict, class) in [(VerdictKind::Fail, "fail"), (VerdictKind::Unknown, "unknown")] {
            let count = tally.of(verdict);
            put!(page, "<td class=\"", (if count == 0 { "none" } else { class }), "\">", (count), "</td>");
        }
        put!(page, "</tr>");
    }
    put!(page, "</tbody></table>");
    Ok(())
}

/// The share of the needed facts that were read.
fn meter(page: &mut Markup<'_>, report: &Report) -> io::Result<()> {
    let (observed, places) = report.coverage.observed();
    put!(page, "<div class=\"tile\"><h2>Coverage</h2>");
    if places == 0 {
        put!(page, "<p>Nothing was asked for, so nothing is known.</p></div>");
        return Ok(());
    }
    // Rounded down: 100 % is all of it.
    let percent = observed.saturating_mul(100) / places;
    put!(page, "<p class=\"figure\">", (percent), " %</p>");
    put!(page, "<svg class=\"meter\" viewBox=\"0 0 100 6\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"");
    put!(
        page,
        (percent),
        " percent of the needed facts were read\"><rect class=\"track\" width=\"100\" height=\"6\"/>"
    );
    put!(page, "<rect class=\"bar\" width=\"", (percent), "\" height=\"6\"/></svg><p>", (observed), " of ", (places));
    put!(page, " facts that the checks need were read. ");
    if observed < places {
        put!(page, "What was not read is unknown, never a pass. <a href=\"#coverage\">What was refused</a>");
    }
    put!(page, "</p></div>");
    Ok(())
}

/// What changed since the baseline.
fn since(page: &mut Markup<'_>, report: &Report) -> io::Result<()> {
    let Some(since) = &report.since else {
        put!(
            page,
            "<div class=\"tile\"><h2>Since the baseline</h2><p>No earlier run was given; <code>--baseline</code>"
        );
        put!(page, " compares with one.</p></div>");
        return Ok(());
    };
    let count = |change| {
        report.findings.iter().filter(|finding| finding.change == Some(change) && !finding.is_excepted()).count()
    };
    put!(page, "<div class=\"tile\"><h2>Since ", (words::utc(since.instant)), " UTC</h2><dl class=\"deltas\">");
    put!(page, "<div><dt>new</dt><dd>+", (count(Change::New)), "</dd></div>");
    put!(page, "<div><dt>on other evidence</dt><dd>", (count(Change::Changed)), "</dd></div>");
    put!(page, "<div><dt>as before</dt><dd>", (count(Change::Unchanged)), "</dd></div>");
    put!(page, "<div><dt>gone</dt><dd>−", (since.gone.len()), "</dd></div>");
    if !since.unassessed.is_empty() {
        put!(page, "<div><dt>not assessed this time</dt><dd>", (since.unassessed.len()), "</dd></div>");
    }
    put!(page, "</dl></div>");
    Ok(())
}

/// What to do first: the worst checks, why, and the command.
pub(super) fn fix_first(page: &mut Markup<'_>, report: &Report) -> io::Result<()> {
    put!(page, "<section id=\"fix-first\" aria-labelledby=\"fix-title\"><h2 id=\"fix-title\">Fix first</h2>");
    let groups = groups(report);
    if groups.is_empty() {
        let unknown = report.count(VerdictKind::Unknown);
        put!(page, "<p class=\"empty\">No check failed.");
        if unknown > 0 {
            put!(
                page,
                " To settle what is unknown, run <code>forewarn doctor</code>: it names the permissions that are missing."
            );
        }
        put!(page, "</p></section>");
        return Ok(());
    }
    put!(page, "<ol class=\"fixes\">");
    for group in groups.iter().take(FIRST) {
        fix(page, report, group)?;
    }
    put!(page, "</ol>");
    let rest = groups.len().saturating_sub(FIRST);
    if rest > 0 {
        put!(page, "<p class=\"quiet\">", (words::count(rest, "further check")), " failed: see Findings.</p>");
    }
    put!(page, "</section>");
    Ok(())
}

fn fix(page: &mut Markup<'_>, report: &Report, group: &Group<'_>) -> io::Result<()> {
    put!(page, "<li><div class=\"fix-head\">");
    badge(page, group.severity)?;
    put!(page, "<h3>", (group.title), "</h3><span class=\"quiet\">");
    put!(page, (words::count(group.findings.len(), "resource")));
    let new = news(group);
    if new > 0 {
        put!(page, ", ", (new), " new");
    }
    put!(page, "</span></div>");
    let card = report.checks.get(group.check);
    if let Some(card) = card {
        put!(page, "<p>", (prose::first_sentence(&card.why)), "</p>");
    }
    put!(page, "<ul class=\"named\">");
    for finding in group.findings.iter().take(NAMED) {
        put!(page, "<li><code>", (finding.resource.arn), "</code>");
        if let Some(witness) = &finding.grounds.witness {
            put!(page, "<span class=\"proof\">", (words::witness(witness)), "</span>");
        }
        put!(page, "</li>");
    }
    let rest = group.findings.len().saturating_sub(NAMED);
    if rest > 0 {
        put!(page, "<li class=\"quiet\">and ", (rest), " more</li>");
    }
    put!(page, "</ul>");
    put!(page, "<div class=\"remedy\">");
    prose::write(page, &group.remedy)?;
    put!(page, "</div>");
    if let Some(command) = card.and_then(|card| prose::command(&card.fix)) {
        put!(page, "<pre tabindex=\"0\"><code>");
        page.lines(&command)?;
        put!(page, "</code></pre>");
    }
    put!(page, "<p class=\"quiet\"><code>", (group.check), "</code></p></li>");
    Ok(())
}
