//! The rows of an edition.

use std::borrow::Cow;
use std::collections::HashMap;

use forewarn_findings::{Control, ControlCheck, Finding, Framework, Report, Results, VerdictKind};
use sha2::{Digest as _, Sha256};

use crate::arn::Arn;
use crate::inert::one_line;
use crate::words;

/// The version of the columns.
pub const SCHEMA_VERSION: &str = "1.0";

/// What a spreadsheet takes a cell for, where it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Number,
    /// `2026-11-24 06:12:00`, UTC.
    Time,
    /// `2026-11-24`.
    Day,
}

macro_rules! columns {
    ($($column:ident $name:literal $kind:ident),+ $(,)?) => {
        /// A column.
        #[derive(Debug, Clone, Copy)]
        enum Column { $($column),+ }

        /// The header.
        pub(crate) const COLUMNS: [&str; [$($name),+].len()] = [$($name),+];

        /// What stands in each column.
        pub(crate) const KINDS: [Kind; COLUMNS.len()] = [$(Kind::$kind),+];
    };
}

columns! {
    SchemaVersion "schema_version" Text,
    RunId "run_id" Text,
    AssessedAtUtc "assessed_at_utc" Time,
    ToolVersion "tool_version" Text,
    Framework "framework" Text,
    FrameworkVersion "framework_version" Text,
    ControlId "control_id" Text,
    ControlRef "control_ref" Text,
    ControlTitle "control_title" Text,
    ControlLevel "control_level" Text,
    AssessmentType "assessment_type" Text,
    CheckId "check_id" Text,
    Status "status" Text,
    StatusReason "status_reason" Text,
    Severity "severity" Text,
    AccountId "account_id" Text,
    AccountRef "account_ref" Text,
    AccountName "account_name" Text,
    Region "region" Text,
    ResourceType "resource_type" Text,
    ResourceArn "resource_arn" Text,
    FindingId "finding_id" Text,
    EvidenceApi "evidence_api" Text,
    EvidenceTimeUtc "evidence_time_utc" Time,
    EvidenceSha256 "evidence_sha256" Text,
    PopulationEvaluated "population_evaluated" Number,
    PopulationFailed "population_failed" Number,
    PopulationUnknown "population_unknown" Number,
    FirstSeenUtc "first_seen_utc" Time,
    DaysOpen "days_open" Number,
    ExceptionId "exception_id" Text,
    ExceptionOwner "exception_owner" Text,
    ExceptionExpires "exception_expires" Day,
    Remediation "remediation" Text,
    DocUrl "doc_url" Text,
}

/// The cells of a row.
pub(crate) type Row<'r> = [Cow<'r, str>; COLUMNS.len()];

/// What every row of a report needs.
pub(crate) struct Rows<'r> {
    report: &'r Report,
    results: &'r Results<'r>,
    /// An Unknown for each account that could not be entered: every automated control rests on them.
    unseen: &'r [Finding],
    assessed_at: String,
    names: HashMap<&'r str, &'r str>,
    cards: HashMap<&'r str, Card>,
}

/// What every row of a check says.
struct Card {
    /// The operations that it rests on.
    operations: String,
    /// Its fix, on one line.
    fix: String,
    doc_url: String,
}

/// How many resources a check judged for a control, how many fail, and how many are unknown.
#[derive(Clone)]
struct Population([String; 3]);

impl<'r> Rows<'r> {
    pub(crate) fn new(report: &'r Report, results: &'r Results<'r>, unseen: &'r [Finding]) -> Self {
        let accounts = report.coverage.accounts.iter();
        let names = accounts.filter_map(|account| Some((account.id.as_str(), account.name.as_deref()?))).collect();
        let cards = report.checks.iter().map(|(id, card)| {
            let (operations, fix) = (card.operations.join("; "), one_line(&card.fix));
            (id.as_str(), Card { operations, fix, doc_url: doc_url(id) })
        });
        let assessed_at = words::utc(report.run.instant);
        Self { report, results, unseen, assessed_at, names, cards: cards.collect() }
    }

    /// Every row of an edition, in the order of its controls.
    pub(crate) fn of<'s>(&'s self, framework: &'r Framework) -> impl Iterator<Item = Row<'s>> + use<'s, 'r> {
        let rows = self;
        framework.controls.iter().flat_map(move |control| {
            let results = rows.results;
            let by_check = control.checks.iter().map(move |check| (check, results.said(check)));
            let nothing = by_check.clone().all(|(_, said)| said.is_some_and(<[_]>::is_empty));
            let unseen = if control.is_automated() { rows.unseen } else { &[] };
            let alone = (nothing && unseen.is_empty()).then(|| rows.alone(framework, control));
            let of_unseen = unseen.iter().map(move |finding| rows.judged(framework, control, finding, None));
            let judged = by_check.flat_map(move |(check, said)| {
                let population = Population::of(said.unwrap_or_default());
                let missing = said.is_none().then(|| rows.not_run(framework, control, check));
                let found = said.unwrap_or_default().iter();
                missing
                    .into_iter()
                    .chain(found.map(move |finding| rows.judged(framework, control, finding, Some(&population))))
            });
            alone.into_iter().chain(judged).chain(of_unseen)
        })
    }

    /// The cells that every row of a control has.
    fn row<'s>(&'s self, framework: &'s Framework, control: &'s Control) -> Cells<'s> {
        let mut cells = Cells::default();
        cells.set(Column::SchemaVersion, SCHEMA_VERSION);
        cells.set(Column::RunId, self.report.run.id.as_str());
        cells.set(Column::AssessedAtUtc, self.assessed_at.as_str());
        cells.set(Column::ToolVersion, self.report.run.tool_version.as_str());
        cells.set(Column::Framework, framework.name.as_str());
        cells.set(Column::FrameworkVersion, framework.version.as_str());
        cells.set(Column::ControlId, control.id.as_str());
        cells.set(Column::ControlRef, framework.reference(control));
        cells.set(Column::ControlTitle, control.title.as_str());
        cells.set(Column::ControlLevel, control.level.as_str());
        cells.set(Column::AssessmentType, if control.is_automated() { "automated" } else { "manual" });
        cells
    }

    /// A control without a result: no check answers it, or there is nothing that its checks could be about.
    fn alone<'s>(&'s self, framework: &'s Framework, control: &'s Control) -> Row<'s> {
        let mut cells = self.row(framework, control);
        if control.is_automated() {
            cells.set(Column::CheckId, control.checks.iter().map(named).collect::<Vec<_>>().join("; "));
            cells.set(Column::Status, "NOT_APPLICABLE");
            cells.set(Column::StatusReason, "there is no resource that it could be about");
            for column in [Column::PopulationEvaluated, Column::PopulationFailed, Column::PopulationUnknown] {
                cells.set(column, "0");
            }
        } else {
            cells.set(Column::Status, "MANUAL");
            cells.set(Column::StatusReason, control.not_covered.as_deref().unwrap_or_default());
        }
        cells.0
    }

    fn not_run<'s>(&'s self, framework: &'s Framework, control: &'s Control, check: &'s ControlCheck) -> Row<'s> {
        let mut cells = self.row(framework, control);
        cells.set(Column::CheckId, named(check));
        cells.set(Column::Status, "UNKNOWN");
        cells.set(Column::StatusReason, "the check was not part of this run");
        cells.0
    }

    fn judged<'s>(
        &'s self,
        framework: &'s Framework,
        control: &'s Control,
        finding: &'s Finding,
        all: Option<&Population>,
    ) -> Row<'s> {
        let mut cells = self.row(framework, control);
        let resource = &finding.resource;
        cells.set(Column::CheckId, &*finding.check);
        cells.set(Column::Status, status(finding));
        cells.set(Column::StatusReason, &*finding.grounds.reason);
        cells.set(Column::Severity, finding.severity.word());
        cells.set(Column::AccountId, resource.account.as_str());
        cells.set(Column::AccountRef, format!("acct-{}", resource.account));
        cells.set(Column::AccountName, self.names.get(resource.account.as_str()).copied().unwrap_or_default());
        cells.set(Column::Region, resource.region.as_deref().unwrap_or_default());
        cells.set(Column::ResourceType, Arn::of(&resource.arn).kind());
        cells.set(Column::ResourceArn, resource.arn.as_str());
        cells.set(Column::FindingId, finding.fingerprint.to_string());
        match finding.grounds.as_of {
            Some(as_of) => cells.set(Column::EvidenceTimeUtc, words::utc(as_of)),
            None => cells.set(Column::EvidenceTimeUtc, self.assessed_at.as_str()),
        }
        if !finding.grounds.evidence.is_empty() {
            cells.set(Column::EvidenceSha256, evidence_hash(finding));
        }
        if let Some(seen) = finding.first_seen() {
            cells.set(Column::FirstSeenUtc, words::utc(seen));
        }
        if let Some(days) = finding.days_open(self.report.run.instant) {
            cells.set(Column::DaysOpen, days.to_string());
        }
        if let Some(exception) = &finding.exception {
            cells.set(Column::ExceptionId, exception.id.as_str());
            cells.set(Column::ExceptionOwner, exception.owner.as_str());
            cells.set(Column::ExceptionExpires, exception.expires.to_string());
        }
        if let Some(Population([evaluated, failed, unknown])) = all.cloned() {
            cells.set(Column::PopulationEvaluated, evaluated);
            cells.set(Column::PopulationFailed, failed);
            cells.set(Column::PopulationUnknown, unknown);
        }
        if let Some(card) = self.cards.get(&*finding.check) {
            cells.set(Column::EvidenceApi, card.operations.as_str());
            cells.set(Column::DocUrl, card.doc_url.as_str());
            if matches!(finding.verdict, VerdictKind::Fail | VerdictKind::Unknown) {
                cells.set(Column::Remediation, card.fix.as_str());
            }
        }
        cells.0
    }
}

/// The cells of a row.
struct Cells<'r>(Row<'r>);

impl Default for Cells<'_> {
    fn default() -> Self {
        Self([const { Cow::Borrowed("") }; COLUMNS.len()])
    }
}

impl<'r> Cells<'r> {
    fn set(&mut self, column: Column, value: impl Into<Cow<'r, str>>) {
        if let Some(cell) = self.0.get_mut(column as usize) {
            *cell = value.into();
        }
    }
}

impl Population {
    fn of(findings: &[&Finding]) -> Self {
        let count = |verdict: VerdictKind| findings.iter().filter(|finding| finding.verdict == verdict).count();
        let (failed, unknown) = (count(VerdictKind::Fail), count(VerdictKind::Unknown));
        Self([failed + unknown + count(VerdictKind::Pass), failed, unknown].map(|number| number.to_string()))
    }
}

/// A check with the thresholds of the control.
fn named(check: &ControlCheck) -> String {
    check.parameters.iter().fold(check.check.clone(), |named, (name, value)| format!("{named} {name}={value}"))
}

fn status(finding: &Finding) -> &'static str {
    match finding.verdict {
        _ if finding.is_excepted() => "EXCEPTED",
        VerdictKind::Fail => "FAIL",
        VerdictKind::Unknown => "UNKNOWN",
        VerdictKind::Pass => "PASS",
        VerdictKind::NotApplicable => "NOT_APPLICABLE",
    }
}

/// The README of the check, from the root of the repository.
fn doc_url(check: &str) -> String {
    format!("checks/{}/README.md", check.replacen('.', "/", 1))
}

/// A hash of where the evidence stands and what it says, in the order that the finding has it.
fn evidence_hash(finding: &Finding) -> String {
    let mut hash = Sha256::new();
    for evidence in &finding.grounds.evidence {
        for part in [&*evidence.resource, &evidence.pointer, evidence.content.as_str()] {
            hash.update(part.len().to_le_bytes());
            hash.update(part.as_bytes());
        }
    }
    hex::encode(hash.finalize())
}
