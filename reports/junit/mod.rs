//! JUnit XML, for the test pages of CI systems: a suite for each check, a case for each resource.
//!
//! A Fail is a `failure`, an Unknown an `error` (the question could not be put to the end), a check that does not apply is
//! `skipped`. An account that could not be entered is an error too. Times are 0: nothing was timed here.

use std::io::{self, Write};

use forewarn_findings::{CheckCard, Finding, Report, VerdictKind};

use crate::html::markup::{Markup, put};
use crate::inert::one_line;
use crate::{unseen, words};

/// Writes `report`, a case at a time.
///
/// # Errors
/// What `out` says.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Markup::new(out);
    let unseen = unseen::findings(report);
    let count = |verdict| report.count(verdict);
    put!(page, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"forewarn\" tests=\"");
    put!(page, (report.findings.len() + unseen.len()), "\" failures=\"", (count(VerdictKind::Fail)));
    put!(page, "\" errors=\"", (count(VerdictKind::Unknown) + unseen.len()), "\" time=\"0\">\n");
    if !unseen.is_empty() {
        suite(&mut page, report, Some(&unseen::card()), &unseen)?;
    }
    for group in report.findings.chunk_by(|one, next| one.check == next.check) {
        let card = group.first().and_then(|first| report.checks.get(&*first.check));
        suite(&mut page, report, card, group)?;
    }
    page.literal("</testsuites>\n")
}

/// The verdicts of one check.
fn suite(page: &mut Markup<'_>, report: &Report, card: Option<&CheckCard>, group: &[Finding]) -> io::Result<()> {
    let Some(first) = group.first() else { return Ok(()) };
    let count = |verdict| group.iter().filter(|finding| finding.verdict == verdict && !finding.is_excepted()).count();
    let excepted = group.iter().filter(|finding| finding.is_excepted()).count();
    put!(page, "  <testsuite name=\"", (first.check), "\" tests=\"", (group.len()), "\" failures=\"");
    put!(page, (count(VerdictKind::Fail)), "\" errors=\"", (count(VerdictKind::Unknown)), "\" skipped=\"");
    put!(page, (count(VerdictKind::NotApplicable) + excepted), "\" time=\"0\" timestamp=\"");
    put!(page, (report.run.instant.strftime("%Y-%m-%dT%H:%M:%S")), "\">\n");
    if let Some(card) = card {
        put!(page, "    <properties>\n      <property name=\"title\" value=\"", (card.title), "\"/>\n");
        put!(page, "      <property name=\"severity\" value=\"", (card.severity.word()), "\"/>\n");
        put!(page, "      <property name=\"run\" value=\"", (report.run.id), "\"/>\n    </properties>\n");
    }
    for finding in group {
        case(page, card, finding)?;
    }
    page.literal("  </testsuite>\n")
}

/// One verdict.
fn case(page: &mut Markup<'_>, card: Option<&CheckCard>, finding: &Finding) -> io::Result<()> {
    put!(page, "    <testcase classname=\"", (finding.check), "\" name=\"", (words::resource(&finding.resource)));
    put!(page, "\" time=\"0\"");
    if let Some(exception) = &finding.exception {
        put!(page, ">\n      <skipped message=\"excepted until ", (exception.expires), " by ", (exception.owner), ": ");
        put!(page, (exception.reason), "\"/>\n    </testcase>\n");
        return Ok(());
    }
    match finding.verdict {
        VerdictKind::Pass => return page.literal("/>\n"),
        VerdictKind::NotApplicable => {
            put!(page, ">\n      <skipped message=\"", (finding.grounds.reason), "\"/>\n    </testcase>\n");
            return Ok(());
        }
        VerdictKind::Fail => put!(page, ">\n      <failure type=\""),
        VerdictKind::Unknown => put!(page, ">\n      <error type=\"unknown:"),
    }
    put!(page, (finding.severity.word()), "\" message=\"", (finding.grounds.reason), "\">");
    for line in details(card, finding) {
        put!(page, (line), "\n");
    }
    match finding.verdict {
        VerdictKind::Fail => page.literal("</failure>\n    </testcase>\n"),
        _ => page.literal("</error>\n    </testcase>\n"),
    }
}

/// What a person reads who opens the case.
fn details(card: Option<&CheckCard>, finding: &Finding) -> Vec<String> {
    let mut lines = Vec::new();
    lines.extend(card.map(|card| card.title.clone()));
    lines.extend(finding.grounds.witness.as_ref().map(|witness| format!("Proof: {}", words::witness(witness))));
    lines.extend(words::unless(&finding.grounds.unless).map(|unless| format!("Unless {unless}")));
    lines.extend(
        finding
            .grounds
            .evidence
            .iter()
            .map(|evidence| format!("Seen at {} of {}: {}", evidence.pointer, evidence.resource, evidence.note)),
    );
    lines.extend(finding.grounds.as_of.map(|as_of| format!("As of AWS's report of {} UTC", words::utc(as_of))));
    lines.extend(card.map(|card| format!("Fix: {}", one_line(&card.fix))));
    lines.push(format!("Fingerprint: {}", finding.fingerprint));
    lines
}

#[cfg(test)]
mod tests;
