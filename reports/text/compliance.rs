//! Frameworks in short: the controls stand in the page, the folder and the workbook.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io;

use anstyle::Style;
use forewarn_findings::{ControlStatus, Framework, Report, Results};
use unicode_width::UnicodeWidthStr as _;

use super::page::{Line, Page};
use super::styles::{ALARM, DIM, GOOD, WARN};
use super::{TextOptions, cut};
use crate::words;

/// Editions that are listed.
const MOST: usize = 3;
/// Columns of a number, and the fewest of an edition's name.
const NUMBER: usize = 8;
const WHO: usize = 34;
/// What is counted; what does not apply is left out.
const COUNTED: [(ControlStatus, Style); 4] = [
    (ControlStatus::Fail, ALARM),
    (ControlStatus::Unknown, WARN),
    (ControlStatus::Pass, GOOD),
    (ControlStatus::Manual, Style::new()),
];

/// The editions of which most controls fail.
pub(super) fn write(page: &mut Page<'_>, report: &Report, options: &TextOptions) -> io::Result<()> {
    let frameworks = &report.compliance.frameworks;
    if frameworks.is_empty() || report.findings.is_empty() {
        return Ok(());
    }
    page.section(Style::new(), &format!("Compliance: {}", words::count(frameworks.len(), "edition")))?;
    let results = Results::of(report);
    let mut rows: Vec<_> = frameworks.iter().map(|framework| (framework, results.tally(framework))).collect();
    let count = |tally: &BTreeMap<ControlStatus, usize>, status| tally.get(&status).copied().unwrap_or_default();
    rows.sort_by_key(|(_, tally)| Reverse(count(tally, ControlStatus::Fail)));
    let (shown, hidden) = cut(rows.len(), MOST, options);
    let name = |framework: &Framework| format!("{} {}", framework.name, framework.version);
    let names = rows.iter().take(shown).map(|(framework, _)| name(framework).width());
    let who = names.max().unwrap_or_default().max(WHO);
    let head = COUNTED.iter().fold(Line::default().padded(DIM, "controls", who), |line, (status, _)| {
        line.right(DIM, words::control_status(*status), NUMBER)
    });
    page.put(2, &head)?;
    for (framework, tally) in rows.into_iter().take(shown) {
        let named = Line::default().padded(Style::new(), &name(framework), who);
        let line = COUNTED.iter().fold(named, |line, (status, style)| {
            let number = count(&tally, *status);
            line.right(if number == 0 { DIM } else { *style }, &number.to_string(), NUMBER)
        });
        page.put(2, &line)?;
    }
    if hidden > 0 {
        let said =
            format!("… and {hidden} more (--all lists them; -f compliance=DIR and -f xlsx=FILE have each control)");
        page.hang(2, 4, &Line::default().styled(DIM, &said))?;
    }
    Ok(())
}
