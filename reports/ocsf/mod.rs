//! OCSF: one Compliance Finding (class 2003, schema 1.6, profile `cloud`) for each verdict.
//!
//! The file is a JSON array with an event on each line. `time` is the instant of the run in milliseconds, as the schema
//! has it. What the schema's own words can say:
//!
//! | verdict | `compliance.status_id` | `status_id` |
//! |---|---|---|
//! | Fail | 3 Fail | 1 New |
//! | Unknown | 0 Unknown | 1 New |
//! | Fail or Unknown that somebody accepted | as without | 3 Suppressed |
//! | Pass | 1 Pass | 4 Resolved |
//! | Not applicable | 99 Other | 99 Other |
//!
//! `finding_info.uid` stays the same for a check on a resource; the fingerprint, which changes with the evidence, is its
//! `uid_alt`. `compliance.requirements` names the controls that the verdict answers. Against an earlier run `activity_id` says Create, Update or Close. What has no field stands in `unmapped`.

pub mod detection;
mod wire;

use std::io::{self, Write};

use forewarn_findings::{
    Answered, Change, CheckCard, Earlier, Finding, Fingerprint, Report, Resource, Severity, VerdictKind,
};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use self::wire::{
    Account, Activity, Analytic, Check, Cloud, Compliance, Event, Evidence, FindingInfo, Metadata, Named, Observable,
    Product, Remediation, ResourceDetails, Status,
};
use crate::arn::Arn;
use crate::inert::one_line;
use crate::json::compact;
use crate::{place, unseen, words};

/// The version of the schema.
pub const SCHEMA_VERSION: &str = "1.6.0";

/// Writes `report`, an event at a time.
///
/// # Errors
/// What `out` says.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let unseen = unseen::findings(report);
    let card = unseen::card();
    let told = Told { report, answered: &Answered::of(&report.compliance) };
    let of_accounts = unseen.iter().map(|finding| event(told, Some(&card), finding));
    let of_checks = report.findings.iter().map(|finding| event(told, report.checks.get(&*finding.check), finding));
    let gone = report.since.iter().flat_map(|since| &since.gone).map(|earlier| closed(told, earlier));
    let mut before = "[\n";
    for event in of_accounts.chain(of_checks).chain(gone) {
        out.write_all(before.as_bytes())?;
        compact(&event, out)?;
        before = ",\n";
    }
    out.write_all(if before == "[\n" { b"[]\n" } else { b"\n]\n" })
}

/// What the events of a report are told from.
#[derive(Clone, Copy)]
struct Told<'a> {
    report: &'a Report,
    answered: &'a Answered<'a>,
}

/// A verdict as an event.
fn event<'a>(told: Told<'a>, card: Option<&'a CheckCard>, finding: &'a Finding) -> Event<'a> {
    let open = matches!(finding.verdict, VerdictKind::Fail | VerdictKind::Unknown);
    let activity = match finding.change {
        Some(Change::Changed | Change::Unchanged) => Activity::UPDATE,
        Some(Change::New) | None => Activity::CREATE,
    };
    let compliance = match finding.verdict {
        VerdictKind::Fail => Named::new(3, "Fail"),
        VerdictKind::Unknown => Named::new(0, "Unknown"),
        VerdictKind::Pass => Named::new(1, "Pass"),
        VerdictKind::NotApplicable => Named::new(99, "Not applicable"),
    };
    let status = match finding.verdict {
        _ if finding.is_excepted() => Status::SUPPRESSED,
        VerdictKind::Fail | VerdictKind::Unknown => Status::NEW,
        VerdictKind::Pass => Status::RESOLVED,
        VerdictKind::NotApplicable => Named::new(99, "Not applicable"),
    };
    let seen = finding.grounds.evidence.iter().map(|evidence| Evidence {
        name: Some(&evidence.note),
        data: json!({
            "resource": evidence.resource,
            "pointer": evidence.pointer,
            "content": evidence.content,
            "role": evidence.role,
        }),
    });
    let proof = finding.grounds.witness.iter().map(|witness| Evidence {
        name: Some("a request that the policies allow"),
        data: json!({ "witness": witness, "says": words::witness(witness) }),
    });
    let because = &finding.grounds.unknown_because;
    let more = [
        ("unless", words::unless(&finding.grounds.unless).map(Value::from)),
        ("unknown_because", Some(json!(because)).filter(|_| !because.is_empty())),
        ("as_of", finding.grounds.as_of.map(|as_of| json!(as_of))),
        ("change", finding.change.map(|change| words::change(change).into())),
    ];
    let more: Map<String, Value> =
        more.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
    let about = About {
        check: &finding.check,
        card,
        severity: finding.severity,
        resource: &finding.resource,
        reason: &finding.grounds.reason,
        fingerprint: finding.fingerprint,
        uid: place::of(finding),
    };
    Event {
        evidences: proof.chain(seen).collect(),
        remediation: card.filter(|_| open).map(|card| Remediation { desc: one_line(&card.fix) }),
        unmapped: more,
        ..about.event(told, activity, compliance, status, open)
    }
}

/// What an earlier run had and this one saw not to be there.
fn closed<'a>(told: Told<'a>, earlier: &'a Earlier) -> Event<'a> {
    let about = About {
        check: &earlier.check,
        card: told.report.checks.get(&earlier.check),
        severity: earlier.severity,
        resource: &earlier.resource,
        reason: &earlier.reason,
        fingerprint: earlier.fingerprint,
        uid: place::of_earlier(earlier),
    };
    about.event(told, Activity::CLOSE, Named::new(1, "Pass"), Status::RESOLVED, false)
}

/// What every event says.
struct About<'a> {
    check: &'a str,
    card: Option<&'a CheckCard>,
    severity: Severity,
    resource: &'a Resource,
    reason: &'a str,
    fingerprint: Fingerprint,
    uid: Fingerprint,
}

impl<'a> About<'a> {
    fn event(self, told: Told<'a>, activity: Activity, compliance: Named, status: Named, open: bool) -> Event<'a> {
        let Told { report, answered } = told;
        let run = &report.run;
        let controls = answered.by(self.check);
        let mut standards: Vec<String> =
            controls.iter().map(|(framework, _)| format!("{} {}", framework.name, framework.version)).collect();
        standards.dedup();
        let time = run.instant.as_millisecond();
        let title = self.card.map_or(self.check, |card| card.title.as_str());
        // What does not fail is no danger, whatever the check looks for; its severity stands with the check.
        let severity = severity(if open { self.severity } else { Severity::Informational });
        let of_check = self::severity(self.severity);
        let arn = Arn::of(&self.resource.arn);
        let partition = arn.partition.unwrap_or("aws");
        Event {
            activity_id: activity.id,
            activity_name: activity.name,
            category_uid: 2,
            category_name: "Findings",
            class_uid: 2003,
            class_name: "Compliance Finding",
            type_uid: 200_300 + activity.id,
            type_name: activity.type_name,
            time,
            severity_id: severity.id,
            severity: severity.name,
            status_id: status.id,
            status: status.name,
            status_detail: Some(self.reason).filter(|reason| !reason.is_empty()),
            message: if self.reason.is_empty() { title } else { self.reason },
            metadata: Metadata {
                version: SCHEMA_VERSION,
                product: Product {
                    name: "forewarn",
                    vendor_name: "forewarn",
                    version: &run.tool_version,
                    uid: "forewarn",
                },
                profiles: ["cloud"],
                uid: format!("{}-{}", run.id, self.uid),
                correlation_uid: &run.id,
                event_code: self.check,
                log_name: "forewarn",
                original_time: run.instant.to_string(),
                processed_time: run.finished.map(Timestamp::as_millisecond),
            },
            cloud: Cloud {
                provider: "AWS",
                account: Account {
                    uid: &self.resource.account,
                    name: name(report, &self.resource.account),
                    type_id: 10,
                    r#type: "AWS Account",
                },
                region: self.resource.region.as_deref(),
                cloud_partition: partition,
            },
            finding_info: FindingInfo {
                uid: self.uid,
                uid_alt: self.fingerprint,
                title,
                desc: self.card.map(|card| one_line(&card.what)),
                types: ["Configuration"],
                created_time: time,
                analytic: Analytic { uid: self.check, name: title, type_id: 1, r#type: "Rule" },
            },
            compliance: Compliance {
                status_id: compliance.id,
                status: compliance.name,
                status_details: Some(self.reason).filter(|reason| !reason.is_empty()).into_iter().collect(),
                control: self.check,
                desc: self.card.map(|card| one_line(&card.why)),
                standards,
                requirements: controls.iter().map(|(framework, control)| framework.reference(control)).collect(),
                checks: [Check {
                    uid: self.check,
                    name: title,
                    severity_id: of_check.id,
                    severity: of_check.name,
                    status_id: compliance.id,
                    status: compliance.name,
                }],
            },
            resources: [ResourceDetails {
                uid: &self.resource.arn,
                name: arn.name(),
                r#type: arn.kind(),
                region: self.resource.region.as_deref(),
                cloud_partition: partition,
                role_id: 3,
                role: "Affected",
            }],
            observables: [Observable {
                name: "resources[0].uid",
                type_id: 10,
                r#type: "Resource UID",
                value: &self.resource.arn,
            }],
            evidences: Vec::new(),
            remediation: None,
            unmapped: Map::new(),
        }
    }
}

/// The name of an account, where the organisation tells it.
fn name<'a>(report: &'a Report, account: &str) -> Option<&'a str> {
    report.coverage.accounts.iter().find(|known| known.id == account)?.name.as_deref()
}

fn severity(severity: Severity) -> Named {
    match severity {
        Severity::Critical => Named::new(5, "Critical"),
        Severity::High => Named::new(4, "High"),
        Severity::Medium => Named::new(3, "Medium"),
        Severity::Low => Named::new(2, "Low"),
        Severity::Informational => Named::new(1, "Informational"),
    }
}

#[cfg(test)]
mod tests;
