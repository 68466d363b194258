//! For programs. The fields are listed here and not taken from the model, so that a change of the model cannot change the
//! file.

use std::io::{self, Write};

use forewarn_findings::{AccessDelta, Evidence, Finding, Gain, Of, Review, Sources, Understood, Witness};
use serde_json::{Value, json};

use super::{Counts, Subject, about, about_access, gained, place, title};
use crate::words;

/// Version of the format, `major.minor`.
const SCHEMA_VERSION: &str = "1.0";

pub(super) fn write(review: &Review, out: &mut dyn Write) -> io::Result<()> {
    let (counts, sources) = (Counts::of(review), review.sources());
    let run = &review.report.run;
    let accounts: Vec<&str> = review.report.coverage.accounts.iter().map(|account| account.id.as_str()).collect();
    let gone = review.report.since.iter().flat_map(|since| &since.gone);
    let written = json!({
        "schema_version": SCHEMA_VERSION,
        "tool_version": run.tool_version,
        "accounts": accounts,
        "as_of": run.instant.to_string(),
        "whole": counts.undecided + counts.open + counts.lost == 0,
        "counts": {
            "introduced": counts.introduced, "fixed": counts.fixed, "unchanged": counts.unchanged,
            "undecided": counts.undecided, "access_gained": counts.gains, "access_undecided": counts.open,
            "resources_not_understood": counts.lost,
        },
        "notes": review.notes,
        "introduced": each(review, &sources, &review.introduced()),
        "undecided": each(review, &sources, &review.undecided()),
        "unchanged": each(review, &sources, &review.unchanged().collect::<Vec<_>>()),
        "fixed": gone.map(|gone| json!({
            "check": &*gone.check, "severity": gone.severity.word(), "resource_arn": gone.resource.arn,
            "account": gone.resource.account, "reason": gone.reason, "fingerprint": gone.fingerprint.to_string(),
        })).collect::<Vec<_>>(),
        "access": review.access.iter().map(|delta| access(&sources, delta)).collect::<Vec<_>>(),
        "resources": review.proposed.iter().map(|proposed| {
            let (state, why): (&str, Vec<&str>) = match &proposed.understood {
                Understood::Whole => ("whole", Vec::new()),
                Understood::Partly(why) => ("partly", why.iter().map(String::as_str).collect()),
                Understood::Not(why) => ("not", vec![why]),
                Understood::NotRelevant => ("not_relevant", Vec::new()),
            };
            json!({
                "address": proposed.address, "kind": proposed.kind, "action": proposed.action.word(),
                "understood": state, "why": why, "about": proposed.about, "file": proposed.place.file,
                "line": proposed.place.line,
            })
        }).collect::<Vec<_>>(),
        "internal_errors": review.report.coverage.internal_errors,
    });
    serde_json::to_writer_pretty(&mut *out, &written)?;
    out.write_all(b"\n")
}

fn each(review: &Review, sources: &Sources<'_>, found: &[&Finding]) -> Vec<Value> {
    let one = |finding: &&Finding| {
        let grounds = &finding.grounds;
        let reasons: Vec<Value> = grounds
            .unknown_because
            .iter()
            .map(|reason| json!({ "code": reason.code, "message": reason.message }))
            .collect();
        json!({
            "check": &*finding.check, "title": title(review, finding), "severity": finding.severity.word(),
            "resource_arn": finding.resource.arn, "account": finding.resource.account, "region": finding.resource.region,
            "reason": grounds.reason, "witness": grounds.witness.as_deref().map(witness),
            "unless": words::unless(&grounds.unless), "evidence": evidence(&grounds.evidence),
            "unknown_because": reasons, "source": source(sources, about(finding)),
            "fingerprint": finding.fingerprint.to_string(),
        })
    };
    found.iter().map(one).collect()
}

fn access(sources: &Sources<'_>, delta: &AccessDelta) -> Value {
    let of = match delta.of {
        Of::Identity => "identity",
        Of::Trust => "trust",
        Of::Bucket => "bucket",
        Of::Key => "key",
    };
    let (verdict, gain, proof, reasons) = match &delta.gains {
        Gain::Nothing => ("nothing", None, Vec::new(), Vec::new()),
        Gain::Yes(gain) => ("gains", Some(witness(&gain.0)), evidence(&gain.1), Vec::new()),
        Gain::Unknown(reasons) => {
            let reasons = reasons.iter().map(|reason| json!({ "code": reason.code, "message": reason.message }));
            ("unknown", None, Vec::new(), reasons.collect())
        }
    };
    json!({
        "resource_arn": delta.resource.arn, "account": delta.resource.account, "of": of, "verdict": verdict,
        "said": gained(delta), "witness": gain, "evidence": proof, "unknown_because": reasons,
        "loses": delta.loses.as_ref().map(witness), "source": source(sources, about_access(delta)),
    })
}

fn witness(witness: &Witness) -> Value {
    json!({ "said": words::witness(witness), "audience": witness.audience, "request": witness.request })
}

fn evidence(all: &[Evidence]) -> Vec<Value> {
    let one = |evidence: &Evidence| {
        json!({
            "resource_arn": evidence.resource, "pointer": evidence.pointer, "content": evidence.content,
            "note": evidence.note,
        })
    };
    all.iter().map(one).collect()
}

fn source(sources: &Sources<'_>, subject: Subject<'_>) -> Option<Value> {
    let (place, address) = place(sources, subject)?;
    Some(json!({ "file": place.file, "line": place.line, "address": address }))
}
