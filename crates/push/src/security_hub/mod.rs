//! The import of a stored run into AWS Security Hub.
//!
//! What fails is sent in every run, so that Security Hub knows when it was last seen; what fails no longer is sent once,
//! passed and archived. It counts as no longer failing only where the run looked at its whole scope: a check that could not
//! be decided, an account that could not be entered or a region that was left out archives nothing.
//!
//! An account takes findings about itself only, so there is one [`Import`] for each.

mod calls;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use forewarn_findings::{
    Content, Earlier, Evidence, EvidenceRole, Finding, Fingerprint, Grounds, Report, Resource, Severity, VerdictKind,
};
use forewarn_reports::asff::{self, Asff};
use serde_json::Value;

pub use self::calls::{Answer, Failed, MOST_BYTES, MOST_FINDINGS, calls, estimate, filters};

/// Where the findings of an account go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hub {
    /// The account.
    pub account: String,
    /// Its partition.
    pub partition: String,
    /// The region of the Security Hub.
    pub region: String,
}

impl Hub {
    /// The account's own product, which custom findings come from.
    pub fn product(&self) -> String {
        let Self { account, partition, region } = self;
        format!("arn:{partition}:securityhub:{region}:{account}:product/{account}/default")
    }
}

/// What to send about one account.
#[derive(Debug, Clone, Default)]
pub struct Import {
    /// The findings, in the order of the report; what is resolved comes last.
    pub findings: Vec<Value>,
    /// How many of them fail.
    pub failing: usize,
    /// How many are sent only because all were asked for.
    pub others: usize,
    /// How many fail no longer and are archived.
    pub resolved: usize,
    /// How many Security Hub has as failing that this run could not judge again; they stay as they are.
    pub left: usize,
}

/// A finding that Security Hub has of us.
struct Known {
    earlier: Earlier,
    created_at: Option<String>,
}

impl Import {
    /// What `report` says of the account of `hub`, held against the active findings that Security Hub has (`known`).
    pub fn of(report: &Report, hub: &Hub, known: &[Value], everything: bool) -> Self {
        let mut import = Self::default();
        let mut all: BTreeMap<String, Known> = BTreeMap::new();
        for finding in known.iter().filter(|finding| is_ours(finding, hub)) {
            match (text(finding, "/Id"), read(finding, hub)) {
                (Some(id), Some(known)) => {
                    all.insert(id.to_owned(), known);
                }
                // Whatever it is about, nobody may say that it is gone.
                _ => import.left += 1,
            }
        }
        let mut sent: BTreeSet<String> = BTreeSet::new();
        // What an earlier run had is told by Security Hub itself, which knows what was sent.
        let now = Report { since: None, ..report.clone() };
        for mut finding in asff::findings(&now).filter(|finding| finding.aws_account_id == hub.account) {
            match finding.status() {
                "FAILED" => import.failing += 1,
                _ if everything => import.others += 1,
                _ => continue,
            }
            if let Some(created) = all.get(&finding.id).and_then(|known| known.created_at.clone()) {
                finding.created_at = created;
            }
            sent.insert(finding.id.clone());
            import.put(finding, hub);
        }
        let before = was(&now, all.values().map(|known| &known.earlier));
        let Some(since) = now.since(&before).since else { return import };
        import.left += since.unassessed.len();
        for earlier in &since.gone {
            let mut finding = asff::resolved(report, earlier);
            // Where everything is sent, what passes has just been sent as active.
            if let Some(created) = all.get(&finding.id).and_then(|known| known.created_at.clone()) {
                finding.created_at = created;
            }
            if sent.contains(&finding.id) {
                continue;
            }
            import.resolved += 1;
            import.put(finding, hub);
        }
        import
    }

    fn put(&mut self, mut finding: Asff, hub: &Hub) {
        finding.product_arn = hub.product();
        // A finding is made of texts and numbers, which are always JSON.
        self.findings.push(serde_json::to_value(&finding).unwrap_or_default());
    }
}

/// Whether a finding of Security Hub was sent by forewarn about this account and still stands.
fn is_ours(finding: &Value, hub: &Hub) -> bool {
    text(finding, "/Id").is_some_and(|id| id.starts_with(asff::PREFIX))
        && text(finding, "/GeneratorId").is_some_and(|generator| generator.starts_with(asff::PREFIX))
        && text(finding, "/AwsAccountId") == Some(&hub.account)
        && text(finding, "/RecordState") != Some("ARCHIVED")
        && text(finding, "/Compliance/Status") == Some("FAILED")
}

/// The text at a place of a finding.
fn text<'f>(finding: &'f Value, pointer: &str) -> Option<&'f str> {
    finding.pointer(pointer)?.as_str()
}

/// What it is about; `None` where its id is not that of the check and the resource that it names.
fn read(finding: &Value, hub: &Hub) -> Option<Known> {
    let field = |name: &str| finding.get("ProductFields")?.get(name)?.as_str();
    let (check, arn) = (field("forewarn/check")?, field("forewarn/resource")?);
    if text(finding, "/Id")? != asff::id(check, &hub.account, arn) {
        return None;
    }
    let severity = text(finding, "/Severity/Original");
    let severity = Severity::WORST_FIRST.into_iter().find(|known| Some(known.word()) == severity);
    let region = text(finding, "/Resources/0/Region").map(str::to_owned);
    let resource = Resource { arn: arn.to_owned(), account: hub.account.clone(), region };
    Some(Known {
        earlier: Earlier {
            check: check.to_owned(),
            severity: severity.unwrap_or(Severity::Medium),
            resource,
            reason: text(finding, "/Description").unwrap_or_default().to_owned(),
            fingerprint: field("forewarn/fingerprint")
                .and_then(|text| text.parse().ok())
                .unwrap_or(Fingerprint([0; 16])),
        },
        created_at: text(finding, "/CreatedAt").map(str::to_owned),
    })
}

/// What Security Hub has, as the report of an earlier run.
fn was<'a>(report: &Report, known: impl Iterator<Item = &'a Earlier>) -> Report {
    let failed = |earlier: &Earlier| Finding {
        check: earlier.check.as_str().into(),
        verdict: VerdictKind::Fail,
        severity: earlier.severity,
        resource: Arc::new(earlier.resource.clone()),
        grounds: Arc::new(Grounds {
            reason: earlier.reason.as_str().into(),
            evidence: [Evidence {
                resource: earlier.resource.arn.as_str().into(),
                pointer: "".into(),
                content: Content::default(),
                note: "as Security Hub has it".into(),
                role: EvidenceRole::Related,
            }]
            .into(),
            ..Grounds::default()
        }),
        fingerprint: earlier.fingerprint,
        change: None,
        age: None,
        exception: None,
    };
    Report { run: report.run.clone(), findings: known.map(failed).collect(), ..Report::default() }
}

#[cfg(test)]
mod tests;
