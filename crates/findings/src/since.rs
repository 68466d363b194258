//! What changed since an earlier run.

use std::collections::{BTreeMap, BTreeSet};

use forewarn_inventory::RegionStatus;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Finding, Fingerprint, Report, Resource, Severity, VerdictKind};

/// How a Fail or an Unknown stands to the earlier run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// The check did not say so of the resource.
    New,
    /// It did, on other evidence: another statement, another key.
    Changed,
    /// It did, on the same evidence.
    Unchanged,
}

/// The earlier run, and what of it is not there any more.
#[derive(Debug, Clone, PartialEq)]
pub struct Since {
    /// Id of the earlier run.
    pub run: String,
    /// When its collection began.
    pub instant: Timestamp,
    /// What failed then and was seen not to fail now.
    pub gone: Vec<Earlier>,
    /// What failed then and could not be assessed now: nobody knows whether it is gone.
    pub unassessed: Vec<Earlier>,
}

/// A Fail of the earlier run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    /// The check's id.
    pub check: String,
    /// Its severity then.
    pub severity: Severity,
    /// What it was about.
    pub resource: Resource,
    /// What was said.
    pub reason: String,
    /// The identity of the finding.
    pub fingerprint: Fingerprint,
}

/// Check, account and ARN: what a verdict is about.
type Place<'a> = (&'a str, &'a str, &'a str);

fn place(finding: &Finding) -> Place<'_> {
    (&finding.check, &finding.resource.account, &finding.resource.arn)
}

impl Report {
    /// The same report with every Fail and Unknown held against an earlier run.
    ///
    /// What the earlier run itself could not assess and had from the run before counts as its Fail, so that nothing is
    /// forgotten by a night on which AWS did not answer.
    #[must_use]
    pub fn since(mut self, earlier: &Self) -> Self {
        let fails = earlier.failed();
        let failed: BTreeMap<Place<'_>, Fingerprint> =
            fails.iter().map(|fail| (fail.place(), fail.fingerprint)).collect();
        let unknown = earlier.findings.iter().filter(|finding| finding.verdict == VerdictKind::Unknown);
        let unknown: BTreeSet<Place<'_>> = unknown.map(place).collect();
        for finding in &mut self.findings {
            let here = place(finding);
            finding.change = match finding.verdict {
                VerdictKind::Pass | VerdictKind::NotApplicable => None,
                VerdictKind::Fail => Some(match failed.get(&here) {
                    None => Change::New,
                    Some(fingerprint) if *fingerprint == finding.fingerprint => Change::Unchanged,
                    Some(_) => Change::Changed,
                }),
                // An Unknown rests on no evidence that could be another.
                VerdictKind::Unknown => Some(if unknown.contains(&here) { Change::Unchanged } else { Change::New }),
            };
        }
        let fates = self.fates();
        let (mut gone, mut unassessed) = (Vec::new(), Vec::new());
        for fail in fails {
            match fates.of(&fail.check, &fail.resource) {
                Fate::StillFails => {}
                Fate::Gone => gone.push(fail),
                Fate::Unassessed => unassessed.push(fail),
            }
        }
        self.since = Some(Since { run: earlier.run.id.clone(), instant: earlier.run.instant, gone, unassessed });
        self
    }

    /// Whether a finding of this verdict that nobody accepted is new since the earlier run, or rests on other evidence
    /// than then.
    pub fn has_new(&self, verdict: VerdictKind) -> bool {
        let new = |finding: &Finding| matches!(finding.change, Some(Change::New | Change::Changed));
        self.open(verdict).any(new)
    }

    /// What this run saw, to be asked what became of the findings of an earlier one.
    pub fn fates(&self) -> Fates<'_> {
        self.fates_among(&self.findings)
    }

    /// The same for results of controls with thresholds of their own.
    pub fn fates_among<'a>(&'a self, findings: &'a [Finding]) -> Fates<'a> {
        let whole_account = |finding: &&Finding| {
            finding.verdict == VerdictKind::Unknown && finding.resource.arn == account_arn(&finding.resource)
        };
        let in_doubt = findings.iter().filter(whole_account);
        Fates {
            report: self,
            verdicts: findings.iter().map(|finding| (place(finding), finding.verdict)).collect(),
            in_doubt: in_doubt.map(|finding| (&*finding.check, finding.resource.account.as_str())).collect(),
        }
    }

    /// What fails, and what failed when it could last be assessed.
    fn failed(&self) -> Vec<Earlier> {
        let fails = self.findings.iter().filter(|finding| finding.verdict == VerdictKind::Fail).map(Earlier::of);
        let kept = self.since.iter().flat_map(|since| since.unassessed.iter().cloned());
        fails.chain(kept).collect()
    }
}

impl Earlier {
    fn place(&self) -> Place<'_> {
        (&self.check, &self.resource.account, &self.resource.arn)
    }

    /// What a later run will know of a finding.
    pub fn of(finding: &Finding) -> Self {
        Self {
            check: finding.check.to_string(),
            severity: finding.severity,
            resource: Resource::clone(&finding.resource),
            reason: finding.grounds.reason.to_string(),
            fingerprint: finding.fingerprint,
        }
    }
}

/// What became of something that an earlier run had found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The check fails on the resource, on whatever evidence.
    StillFails,
    /// It was looked at and does not fail, or it was looked for and is not there.
    Gone,
    /// Nobody knows.
    Unassessed,
}

/// What a run saw, for the question what of an earlier one is gone.
#[derive(Debug)]
pub struct Fates<'a> {
    report: &'a Report,
    verdicts: BTreeMap<Place<'a>, VerdictKind>,
    /// Check and account where something the check needs was not whole: a resource without a verdict may be there still.
    in_doubt: BTreeSet<(&'a str, &'a str)>,
}

impl Fates<'_> {
    /// What became of what a check had found on a resource.
    pub fn of(&self, check: &str, resource: &Resource) -> Fate {
        match self.verdicts.get(&(check, resource.account.as_str(), resource.arn.as_str())) {
            Some(VerdictKind::Fail) => Fate::StillFails,
            Some(VerdictKind::Pass | VerdictKind::NotApplicable) => Fate::Gone,
            None if self.was_looked_for(check, resource) => Fate::Gone,
            Some(VerdictKind::Unknown) | None => Fate::Unassessed,
        }
    }

    /// Whether a resource that has no verdict would have one if it were there.
    fn was_looked_for(&self, check: &str, resource: &Resource) -> bool {
        let Some(account) = self.report.coverage.accounts.iter().find(|known| known.id == resource.account) else {
            return false;
        };
        let region_seen = resource
            .region
            .as_ref()
            .is_none_or(|region| account.regions.get(region).is_none_or(|status| *status == RegionStatus::Assessed));
        account.is_assessed()
            && region_seen
            && self.report.checks.contains_key(check)
            && !self.in_doubt.contains(&(check, resource.account.as_str()))
            && !self.report.run.interrupted
    }
}

/// The ARN under which verdicts about a whole account stand, in the partition of the resource.
fn account_arn(resource: &Resource) -> String {
    let partition = resource.arn.split(':').nth(1).unwrap_or("aws");
    format!("arn:{partition}:iam::{}:root", resource.account)
}

#[cfg(test)]
mod tests;
