//! Frameworks: which checks answer which control, and what became of the control in a run.
//!
//! A framework is a list of controls; a control names checks, with the thresholds that it asks for. The denominator is the
//! framework: a control that no check answers is there too, as manual.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::{Finding, Report, VerdictKind};

/// Values of a check's parameters by name.
pub type Parameters = BTreeMap<String, i64>;

/// An edition of a framework.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Framework {
    /// What it is called on the command line and in the names of files, such as `cis-aws-3.0.0`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its edition.
    pub version: String,
    /// What goes before the id of a control where it stands alone, such as `CIS-3.0.0`.
    pub reference: String,
    /// Whether it says what is to be achieved and not how: checks then contribute evidence, and decide nothing.
    pub outcome: bool,
    /// Its controls, in its own order.
    pub controls: Vec<Control>,
}

/// A control of a framework.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Control {
    /// Its id, a text: `1.10` is not `1.1`.
    pub id: String,
    /// Its title in our own words.
    pub title: String,
    /// Its level, baseline or severity, as the framework has it.
    pub level: String,
    /// Whether its publisher calls it automated or manual, where it says.
    pub published_as: Option<String>,
    /// The checks that answer it; none = manual.
    pub checks: Vec<ControlCheck>,
    /// What of it no check answers.
    pub not_covered: Option<String>,
}

/// A check with the thresholds that a control asks for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ControlCheck {
    /// The check's id.
    pub check: String,
    /// Parameters that are not left as they are.
    pub parameters: Parameters,
}

/// What a report says of frameworks.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Compliance {
    /// The frameworks.
    pub frameworks: Vec<Framework>,
    /// Results of checks with thresholds other than those of the findings list.
    pub variants: Vec<Variant>,
}

/// What a check says with other thresholds.
#[derive(Debug, Clone, PartialEq)]
pub struct Variant {
    /// The check and the thresholds.
    pub of: ControlCheck,
    /// One per resource.
    pub findings: Vec<Finding>,
}

/// What became of a control.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ControlStatus {
    /// A check fails.
    Fail,
    /// None fails, and one could not be decided or did not run, or an account could not be entered.
    Unknown,
    /// What fails or is unknown somebody accepted.
    Excepted,
    /// Every check passes where it applies.
    Pass,
    /// There is nothing that the control could be about.
    NotApplicable,
    /// No check answers it.
    Manual,
}

impl ControlStatus {
    /// Every status, those to act on first.
    pub const ALL: [Self; 6] =
        [Self::Fail, Self::Unknown, Self::Excepted, Self::Pass, Self::NotApplicable, Self::Manual];
}

impl Framework {
    /// The id of a control where it stands without its framework, such as `CIS-3.0.0:1.10`.
    pub fn reference(&self, control: &Control) -> String {
        format!("{}:{}", self.reference, control.id)
    }

    /// What a pass of its controls means.
    pub fn claim(&self) -> &'static str {
        if self.outcome { "contributes evidence to" } else { "checked against" }
    }
}

impl Control {
    /// Whether a check answers it.
    pub fn is_automated(&self) -> bool {
        !self.checks.is_empty()
    }
}

/// The controls that checks answer, by check.
#[derive(Debug, Default)]
pub struct Answered<'a>(HashMap<&'a str, Vec<(&'a Framework, &'a Control)>>);

impl<'a> Answered<'a> {
    /// Those of a report. A control with thresholds of its own is answered by other results than those of the list.
    pub fn of(compliance: &'a Compliance) -> Self {
        let mut controls: HashMap<&str, Vec<_>> = HashMap::new();
        for framework in &compliance.frameworks {
            for control in &framework.controls {
                for asked in control.checks.iter().filter(|asked| asked.parameters.is_empty()) {
                    controls.entry(&asked.check).or_default().push((framework, control));
                }
            }
        }
        Self(controls)
    }

    /// The controls that the results of a check answer, in the order of the frameworks.
    pub fn by(&self, check: &str) -> &[(&'a Framework, &'a Control)] {
        self.0.get(check).map_or(&[], Vec::as_slice)
    }
}

/// The results of a report by check, so that each control finds its own.
#[derive(Debug)]
pub struct Results<'a> {
    by_check: HashMap<&'a str, Vec<&'a Finding>>,
    variants: BTreeMap<&'a ControlCheck, Vec<&'a Finding>>,
    ran: BTreeSet<&'a str>,
    /// Whether an account that was asked for could not be entered: what is wrong there nobody knows.
    lacks_accounts: bool,
}

impl<'a> Results<'a> {
    /// Those of a report.
    pub fn of(report: &'a Report) -> Self {
        let mut by_check: HashMap<&str, Vec<&Finding>> = HashMap::new();
        for finding in &report.findings {
            by_check.entry(&finding.check).or_default().push(finding);
        }
        let variants = &report.compliance.variants;
        let variants = variants.iter().map(|variant| (&variant.of, variant.findings.iter().collect())).collect();
        Self {
            by_check,
            variants,
            ran: report.checks.keys().map(String::as_str).collect(),
            lacks_accounts: report.coverage.lacks_accounts(),
        }
    }

    /// What a check of a control says; `None` = it did not run.
    pub fn said(&self, check: &ControlCheck) -> Option<&[&'a Finding]> {
        if let Some(found) = self.variants.get(check) {
            return Some(found);
        }
        let ran = self.ran.contains(check.check.as_str());
        ran.then(|| self.by_check.get(check.check.as_str()).map_or(&[][..], Vec::as_slice))
    }

    /// What became of a control: a Fail outweighs an Unknown, and an Unknown a Pass.
    pub fn status(&self, control: &Control) -> ControlStatus {
        if !control.is_automated() {
            return ControlStatus::Manual;
        }
        let mut status = if self.lacks_accounts { ControlStatus::Unknown } else { ControlStatus::NotApplicable };
        for check in &control.checks {
            let Some(findings) = self.said(check) else {
                status = status.min(ControlStatus::Unknown);
                continue;
            };
            for finding in findings {
                status = status.min(match finding.verdict {
                    VerdictKind::Fail | VerdictKind::Unknown if finding.is_excepted() => ControlStatus::Excepted,
                    VerdictKind::Fail => ControlStatus::Fail,
                    VerdictKind::Unknown => ControlStatus::Unknown,
                    VerdictKind::Pass => ControlStatus::Pass,
                    VerdictKind::NotApplicable => ControlStatus::NotApplicable,
                });
            }
        }
        status
    }

    /// How many controls of a framework there are of each status.
    pub fn tally(&self, framework: &Framework) -> BTreeMap<ControlStatus, usize> {
        let mut tally: BTreeMap<ControlStatus, usize> = BTreeMap::new();
        for control in &framework.controls {
            *tally.entry(self.status(control)).or_default() += 1;
        }
        tally
    }
}

#[cfg(test)]
mod tests;
