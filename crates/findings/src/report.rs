//! The report: all that a report format sees.

use std::collections::BTreeMap;
use std::sync::Arc;

use forewarn_inventory::{CallCount, Cause, Fact, Gap, RegionStatus};
use forewarn_policy::{Audience, LayerName, Request};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    Age, Change, Compliance, Evidence, Exception, Exhibits, Fingerprint, Protects, Reason, Resource, Severity, Side,
    Since,
};

/// What an assessment found, with what it rests on and what it could not see.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Report {
    /// The run.
    pub run: Run,
    /// What was asked for and what was seen.
    pub coverage: Coverage,
    /// The checks that ran, by id.
    pub checks: BTreeMap<String, CheckCard>,
    /// One per check and resource, by check, then resource.
    pub findings: Vec<Finding>,
    /// What it says of frameworks.
    pub compliance: Compliance,
    /// What changed since an earlier run, where one was given.
    pub since: Option<Since>,
    /// What is worth seeing whatever a check says of it.
    pub exhibits: Exhibits,
}

/// The run behind a report. Everything in it derives from the inventory.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Run {
    /// Hash of the inventory: the same inventory, the same id.
    pub id: String,
    /// When the collection began.
    pub instant: Timestamp,
    /// When the last answer arrived, where the collection says.
    pub finished: Option<Timestamp>,
    /// The version of forewarn.
    pub tool_version: String,
    /// The ARN that asked.
    pub caller_arn: Option<String>,
    /// Whether the user stopped the collection.
    pub interrupted: bool,
    /// SHA-256 of what the user gave beside the inventory: `configuration`, `exceptions`, `baseline`.
    pub inputs: BTreeMap<String, String>,
    /// Calls by operation.
    pub calls: BTreeMap<String, CallCount>,
}

/// What a report needs to say about a check: its prose, once.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckCard {
    /// One line.
    pub title: String,
    /// How bad a fail is.
    pub severity: Severity,
    /// What suffers where the bad state is used.
    pub protects: Vec<Protects>,
    /// Whose side of the line between AWS and its customer it is on.
    pub side: Side,
    /// The operations that it rests on, as IAM names them; sorted.
    pub operations: Vec<String>,
    /// *What it finds*, Markdown.
    pub what: String,
    /// *Why it matters*, Markdown.
    pub why: String,
    /// *How to fix*, Markdown.
    pub fix: String,
}

/// The kind of a verdict, without what it carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerdictKind {
    /// The bad state is there.
    Fail,
    /// It could not be decided.
    Unknown,
    /// It is not there.
    Pass,
    /// The question does not arise.
    NotApplicable,
}

/// A request that the policy engine allows, as proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Witness {
    /// The class of its caller.
    pub audience: Audience,
    /// The request, shared with the answer of the engine.
    pub request: Arc<Request>,
}

/// A verdict made durable.
///
/// A large organisation has a million of them, nearly all a Pass: what they have in common is shared, and what only a Fail
/// or an Unknown has stands in the [grounds](Grounds).
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The check's id.
    pub check: Arc<str>,
    /// The verdict.
    pub verdict: VerdictKind,
    /// The check's severity.
    pub severity: Severity,
    /// What it is about.
    pub resource: Arc<Resource>,
    /// What the verdict rests on.
    pub grounds: Arc<Grounds>,
    /// The identity of the finding across runs.
    pub fingerprint: Fingerprint,
    /// How a Fail or an Unknown stands to the earlier run, where one was given.
    pub change: Option<Change>,
    /// Who accepts it, where somebody does.
    pub exception: Option<Arc<Exception>>,
    /// Since when a Fail or an Unknown is known, where a history is kept.
    pub age: Option<Box<Age>>,
}

/// What a verdict rests on.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Grounds {
    /// One sentence; empty for a Pass.
    pub reason: Arc<str>,
    /// Where it is seen; never empty for a Fail.
    pub evidence: Box<[Evidence]>,
    /// The engine's proof.
    pub witness: Option<Witness>,
    /// Layers that could not be read and might close it all the same.
    pub unless: Box<[LayerName]>,
    /// Why it is Unknown; never empty for an Unknown.
    pub unknown_because: Box<[Reason]>,
    /// When AWS made the report that the verdict rests on (fact H3).
    pub as_of: Option<Timestamp>,
}

/// What was asked for and what was seen.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Coverage {
    /// Every account that was asked for.
    pub accounts: Vec<AccountCoverage>,
    /// Why there may be more of them: the organisation did not name all of its own.
    pub unlisted: Vec<Gap>,
    /// Every fact that a check needs.
    pub facts: Vec<FactCoverage>,
    /// What could not be read, by cause and operation.
    pub gaps: Vec<GapCoverage>,
    /// Faults of forewarn itself; a report that has any is an internal error.
    pub internal_errors: Vec<String>,
    /// Exceptions that accept nothing although their check ran.
    pub idle_exceptions: Vec<Arc<Exception>>,
}

/// One account in the coverage.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AccountCoverage {
    /// Its id.
    pub id: String,
    /// Its name, where the organisation tells it.
    pub name: Option<String>,
    /// Why it could not be entered; `None` = it was assessed, or is not to be.
    pub gap: Option<Gap>,
    /// Why it is not to be assessed, such as that it is closed.
    pub not_applicable: Option<String>,
    /// Its regions.
    pub regions: BTreeMap<String, RegionStatus>,
    /// Families of resources that exist and are not assessed, with how many were seen.
    pub unassessed: BTreeMap<String, usize>,
    /// How far back each question to CloudTrail was answered.
    pub looked_back: Vec<LookedBack>,
}

/// A question to CloudTrail's memory of the last days, and how far back its answer goes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LookedBack {
    /// The region.
    pub region: String,
    /// The attribute that was asked for, such as `EventName`.
    pub attribute: String,
    /// Its value.
    pub value: String,
    /// From when on every such event is known.
    pub since: Timestamp,
}

impl AccountCoverage {
    /// Whether it was assessed.
    pub fn is_assessed(&self) -> bool {
        self.gap.is_none() && self.not_applicable.is_none()
    }

    /// How many of its regions were looked at.
    pub fn assessed_regions(&self) -> usize {
        self.regions.values().filter(|status| **status == RegionStatus::Assessed).count()
    }
}

/// How much of a fact was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactCoverage {
    /// The fact.
    pub fact: Fact,
    /// Places that it has.
    pub places: usize,
    /// Places that were read.
    pub observed: usize,
}

/// Reads that failed in the same way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GapCoverage {
    /// Why.
    pub cause: Cause,
    /// The operation.
    pub operation: String,
    /// The accounts concerned.
    pub accounts: Vec<String>,
    /// How often.
    pub count: usize,
    /// Some of the resources, at most [`GapCoverage::SAMPLES`].
    pub resources: Vec<String>,
    /// What AWS said, the first time.
    pub detail: Option<String>,
    /// The checks that need what was not read; none where it is of a family that no check assesses.
    pub checks: Vec<String>,
}

impl GapCoverage {
    /// How many resources a gap names.
    pub const SAMPLES: usize = 5;
}

impl Report {
    /// Every finding, also those of controls with thresholds of their own.
    pub(crate) fn every_finding_mut(&mut self) -> impl Iterator<Item = &mut Finding> {
        let variants = self.compliance.variants.iter_mut().flat_map(|variant| &mut variant.findings);
        self.findings.iter_mut().chain(variants)
    }

    /// The findings of this verdict that nobody accepted.
    pub fn open(&self, verdict: VerdictKind) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(move |finding| finding.verdict == verdict && !finding.is_excepted())
    }

    /// How many findings have this verdict and are not accepted.
    pub fn count(&self, verdict: VerdictKind) -> usize {
        self.open(verdict).count()
    }

    /// The worst severity among the findings of this verdict that are not accepted.
    pub fn worst(&self, verdict: VerdictKind) -> Option<Severity> {
        self.open(verdict).map(|finding| finding.severity).max()
    }
}

impl Coverage {
    /// How many accounts were assessed.
    pub fn assessed(&self) -> usize {
        self.accounts.iter().filter(|account| account.is_assessed()).count()
    }

    /// Whether an account that was asked for could not be entered, or may not even be known. What is wrong there nobody
    /// knows, so a report without findings says little.
    pub fn lacks_accounts(&self) -> bool {
        !self.unlisted.is_empty() || self.accounts.iter().any(|account| account.gap.is_some())
    }

    /// Needed places that were read, and needed places in all.
    pub fn observed(&self) -> (usize, usize) {
        self.facts.iter().fold((0, 0), |(seen, all), fact| (seen + fact.observed, all + fact.places))
    }
}
