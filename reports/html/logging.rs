//! The logging chain: from a call to somebody who hears of it.

use std::io;

use forewarn_findings::{Report, SettingState};

use super::markup::{Markup, put};
use crate::words;

pub(super) fn write(page: &mut Markup<'_>, report: &Report) -> io::Result<()> {
    put!(page, "<section id=\"logging\" aria-labelledby=\"logging-title\"><h2 id=\"logging-title\">Logging chain</h2>");
    if report.exhibits.logging.is_empty() {
        put!(
            page,
            "<p class=\"empty\">No trail was seen in this run: whether anything is logged, the findings say.</p></section>"
        );
        return Ok(());
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
    put!(page, "</section>");
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
