//! Frameworks: what became of each control, all of each framework and not only what a check answers.

use std::io;

use forewarn_findings::{Control, ControlStatus, Framework, Report, Results, VerdictKind};

use super::markup::{Markup, put};
use crate::words;

pub(super) fn write(page: &mut Markup<'_>, report: &Report) -> io::Result<()> {
    put!(page, "<section id=\"compliance\" class=\"compliance\" aria-labelledby=\"compliance-title\">");
    put!(page, "<h2 id=\"compliance-title\">Compliance</h2>");
    if report.compliance.frameworks.is_empty() {
        put!(page, "<p class=\"empty\">No framework was asked for in this run.</p></section>");
        return Ok(());
    }
    put!(
        page,
        "<p class=\"quiet\">Counted over all controls of an edition. What rests on anything unknown is unknown, "
    );
    put!(page, "and a control that no check answers is for a person to look at.</p>");
    let results = Results::of(report);
    for framework in &report.compliance.frameworks {
        edition(page, framework, &results)?;
    }
    put!(page, "</section>");
    Ok(())
}

fn edition(page: &mut Markup<'_>, framework: &Framework, results: &Results<'_>) -> io::Result<()> {
    put!(page, "<details><summary>", (framework.name), " ", (framework.version), " <span class=\"tally\">");
    for (status, count) in results.tally(framework) {
        let (class, shape) = look(status);
        put!(page, "<span class=\"", (class), "\"><span aria-hidden=\"true\">", (shape), "</span> ");
        put!(page, (count), " ", (words::control_status(status)), "</span> ");
    }
    put!(page, "</span></summary>");
    if framework.outcome {
        put!(
            page,
            "<p class=\"quiet\">It says what is to be achieved: checks contribute evidence, and decide nothing.</p>"
        );
    }
    put!(page, "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Controls of ");
    put!(page, (framework.name), " ", (framework.version), "\"><table><thead><tr><th scope=\"col\">Control</th>");
    put!(
        page,
        "<th scope=\"col\">Status</th><th scope=\"col\">Title</th><th scope=\"col\">Answered by</th></tr></thead><tbody>"
    );
    for control in &framework.controls {
        let status = results.status(control);
        let (class, shape) = look(status);
        put!(page, "<tr><th scope=\"row\">", (control.id), "</th><td class=\"", (class), "\">");
        put!(page, "<span aria-hidden=\"true\">", (shape), "</span> ", (words::control_status(status)), "</td><td>");
        put!(page, (control.title));
        if let Some(missing) = &control.not_covered {
            put!(page, "<br><span class=\"quiet\">", (missing), "</span>");
        }
        put!(page, "</td><td>");
        checks(page, control, results)?;
        put!(page, "</td></tr>\n");
    }
    put!(page, "</tbody></table></div></details>");
    Ok(())
}

/// The checks of a control, and how many resources each of them judged otherwise than well.
fn checks(page: &mut Markup<'_>, control: &Control, results: &Results<'_>) -> io::Result<()> {
    for (index, check) in control.checks.iter().enumerate() {
        if index > 0 {
            put!(page, "<br>");
        }
        put!(page, "<a href=\"#findings\" data-search=\"", (check.check), "\"><code>", (check.check), "</code></a>");
        for (name, value) in &check.parameters {
            put!(page, " <span class=\"quiet\">", (name), " ", (value), "</span>");
        }
        let Some(said) = results.said(check) else {
            put!(page, " <span class=\"quiet\">not part of this run</span>");
            continue;
        };
        for (verdict, class) in [(VerdictKind::Fail, "off"), (VerdictKind::Unknown, "unsure")] {
            let count = said.iter().filter(|finding| finding.verdict == verdict && !finding.is_excepted()).count();
            if count > 0 {
                put!(page, " <span class=\"", (class), "\">", (count), " ", (words::verdict(verdict)), "</span>");
            }
        }
    }
    Ok(())
}

/// Class and shape of a status.
fn look(status: ControlStatus) -> (&'static str, &'static str) {
    match status {
        ControlStatus::Fail => ("off", "✕"),
        ControlStatus::Unknown => ("unsure", "?"),
        ControlStatus::Excepted => ("low", "◇"),
        ControlStatus::Pass => ("on", "✓"),
        ControlStatus::NotApplicable => ("quiet", "–"),
        ControlStatus::Manual => ("quiet", "☐"),
    }
}
