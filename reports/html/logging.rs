//! The logging chain: from a call to somebody who hears of it.

use std::collections::BTreeMap;
use std::io;

use forewarn_findings::{Finding, Report, SettingState, VerdictKind};

use super::markup::{Markup, put};
use crate::words;

pub(super) fn write(page: &mut Markup<'_>, report: &Report) -> io::Result<()> {
    put!(page, "<section id=\"logging\" aria-labelledby=\"logging-title\"><h2 id=\"logging-title\">Logging chain</h2>");
    if report.exhibits.logging.is_empty() {
        put!(
            page,
            "<p class=\"empty\">No trail was seen in this run: whether anything is logged, the findings say.</p>"
        );
    }
    for trail in &report.exhibits.logging {
        put!(page, "<article class=\"chain\"><h3><code>", (trail.resource.arn), "</code></h3>");
        if trail.organization {
            put!(page, "<p class=\"quiet\">It records the whole organisation.</p>");
        }
        put!(page, "<ol>");
        for step in &trail.steps {
            let (class, shape) = shape(step.setting.state);
            put!(page, "<li class=\"", (class), "\"><span class=\"step\">", (words::link(step.link)), "</span>");
            put!(page, "<span class=\"state\"><span aria-hidden=\"true\">", (shape), "</span> ");
            put!(page, (words::state(step.setting.state)), "</span>");
            if !step.setting.said.is_empty() {
                put!(page, "<span class=\"said\">", (step.setting.said), "</span>");
            }
            put!(page, "</li>");
        }
        put!(page, "</ol></article>");
    }
    alarms(page, report)?;
    put!(page, "</section>");
    Ok(())
}

/// What happens to a kind of event behind the trail: metric filter, metric, alarm, topic, subscriber. The checks have followed
/// each of them to its first broken link.
fn alarms(page: &mut Markup<'_>, report: &Report) -> io::Result<()> {
    let mut kinds: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in &report.findings {
        if finding.check.starts_with("monitoring.") && finding.check.ends_with("_not_alarmed") {
            kinds.entry(&finding.check).or_default().push(finding);
        }
    }
    if kinds.is_empty() {
        return Ok(());
    }
    put!(
        page,
        "<h3>Who hears of what</h3><div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Alarms\"><table>"
    );
    put!(page, "<thead><tr><th scope=\"col\">Event</th><th scope=\"col\">Accounts where somebody hears of it</th>");
    put!(page, "<th scope=\"col\">First broken link</th></tr></thead><tbody>");
    for (check, findings) in kinds {
        let of = |verdict| findings.iter().filter(move |finding| finding.verdict == verdict);
        let heard = of(VerdictKind::Pass).count();
        let broken = of(VerdictKind::Fail).chain(of(VerdictKind::Unknown)).next();
        let state = match (broken.map(|finding| finding.verdict), heard) {
            (None, _) => SettingState::On,
            (Some(VerdictKind::Unknown), 0) => SettingState::Unknown,
            (Some(_), 0) => SettingState::Off,
            (Some(_), _) => SettingState::Partly,
        };
        let (class, glyph) = shape(state);
        let title = report.checks.get(check).map_or(check, |card| &card.title);
        let title = title.trim_end_matches(" raise no alarm").trim_end_matches(" raises no alarm");
        put!(page, "<tr><th scope=\"row\"><a href=\"#findings\" data-search=\"", (check), "\">", (title), "</a></th>");
        put!(page, "<td class=\"", (class), "\"><span aria-hidden=\"true\">", (glyph), "</span> ", (heard), " of ");
        put!(page, (findings.len()), "</td><td>");
        if let Some(finding) = broken {
            put!(page, (finding.grounds.reason));
        }
        put!(page, "</td></tr>");
    }
    put!(page, "</tbody></table></div>");
    Ok(())
}

/// Class and shape of a state.
fn shape(state: SettingState) -> (&'static str, &'static str) {
    match state {
        SettingState::On => ("on", "✓"),
        SettingState::Partly => ("partly", "◐"),
        SettingState::Off => ("off", "✕"),
        SettingState::Unknown => ("unsure", "?"),
    }
}
