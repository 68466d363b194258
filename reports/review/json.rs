//! For programs. The fields are listed here and not taken from the model, so that a change of the model cannot change the
//! file; they stand in the order of the alphabet.

use std::io::{self, Write};

use forewarn_findings::{
    AccessDelta, Content, Evidence, Finding, Gain, Of, Proposed, Reason, Review, Since, Sources, Understood, Witness,
};
use serde::Serialize;
use serde_json::{Value, json};

use super::{Counts, Subject, about, about_access, gained, place, title};
use crate::words;

/// Version of the format, `major.minor`.
const SCHEMA_VERSION: &str = "1.0";

#[derive(Serialize)]
struct Written<'r> {
    access: Vec<Access<'r>>,
    accounts: Vec<&'r str>,
    as_of: String,
    counts: Value,
    fixed: Vec<Value>,
    internal_errors: &'r [String],
    introduced: Vec<Entry<'r>>,
    notes: &'r [String],
    resources: Vec<Resource<'r>>,
    schema_version: &'static str,
    tool_version: &'r str,
    unchanged: Vec<Entry<'r>>,
    undecided: Vec<Entry<'r>>,
    whole: bool,
}

#[derive(Serialize)]
struct Entry<'r> {
    account: &'r str,
    check: &'r str,
    evidence: Vec<Shown<'r>>,
    fingerprint: String,
    reason: &'r str,
    region: Option<&'r str>,
    resource_arn: &'r str,
    severity: &'static str,
    source: Option<Source<'r>>,
    title: &'r str,
    unknown_because: Vec<Why<'r>>,
    unless: Option<String>,
    witness: Option<Value>,
}

#[derive(Serialize)]
struct Access<'r> {
    account: &'r str,
    evidence: Vec<Shown<'r>>,
    loses: Option<Value>,
    of: &'static str,
    resource_arn: &'r str,
    said: Option<String>,
    source: Option<Source<'r>>,
    unknown_because: Vec<Why<'r>>,
    verdict: &'static str,
    witness: Option<Value>,
}

#[derive(Serialize)]
struct Shown<'r> {
    content: &'r Content,
    note: &'r str,
    pointer: &'r str,
    resource_arn: &'r str,
}

#[derive(Serialize)]
struct Why<'r> {
    code: &'r str,
    message: &'r str,
}

#[derive(Serialize)]
struct Source<'r> {
    address: &'r str,
    file: &'r str,
    line: Option<usize>,
}

#[derive(Serialize)]
struct Resource<'r> {
    about: &'r [String],
    action: &'static str,
    address: &'r str,
    file: &'r str,
    kind: &'r str,
    line: Option<usize>,
    understood: &'static str,
    why: Vec<&'r str>,
}

pub(super) fn write(review: &Review, out: &mut dyn Write) -> io::Result<()> {
    let (counts, sources) = (Counts::of(review), review.sources());
    let run = &review.report.run;
    let written = Written {
        access: review.access.iter().map(|delta| access(&sources, delta)).collect(),
        accounts: review.report.coverage.accounts.iter().map(|account| account.id.as_str()).collect(),
        as_of: run.instant.to_string(),
        counts: json!({
            "introduced": counts.introduced, "fixed": counts.fixed, "unchanged": counts.unchanged,
            "undecided": counts.undecided, "access_gained": counts.gains, "access_undecided": counts.open,
            "resources_not_understood": counts.lost,
        }),
        fixed: review.report.since.as_ref().map(fixed).unwrap_or_default(),
        internal_errors: &review.report.coverage.internal_errors,
        introduced: entries(review, &sources, review.introduced()),
        notes: &review.notes,
        resources: review.proposed.iter().map(resource).collect(),
        schema_version: SCHEMA_VERSION,
        tool_version: &run.tool_version,
        unchanged: entries(review, &sources, review.unchanged()),
        undecided: entries(review, &sources, review.undecided()),
        whole: counts.undecided + counts.open + counts.lost == 0,
    };
    serde_json::to_writer_pretty(&mut *out, &written)?;
    out.write_all(b"\n")
}

fn fixed(since: &Since) -> Vec<Value> {
    let gone = since.gone.iter().map(|gone| {
        json!({
            "check": &*gone.check, "severity": gone.severity.word(), "resource_arn": gone.resource.arn,
            "account": gone.resource.account, "reason": gone.reason, "fingerprint": gone.fingerprint.to_string(),
        })
    });
    gone.collect()
}

fn entries<'r>(
    review: &'r Review,
    sources: &Sources<'r>,
    found: impl IntoIterator<Item = &'r Finding>,
) -> Vec<Entry<'r>> {
    found.into_iter().map(|finding| entry(review, sources, finding)).collect()
}

fn entry<'r>(review: &'r Review, sources: &Sources<'r>, finding: &'r Finding) -> Entry<'r> {
    let grounds = &finding.grounds;
    Entry {
        account: &finding.resource.account,
        check: &finding.check,
        evidence: shown(&grounds.evidence),
        fingerprint: finding.fingerprint.to_string(),
        reason: &grounds.reason,
        region: finding.resource.region.as_deref(),
        resource_arn: &finding.resource.arn,
        severity: finding.severity.word(),
        source: source(sources, about(finding)),
        title: title(review, finding),
        unknown_because: why(&grounds.unknown_because),
        unless: words::unless(&grounds.unless),
        witness: grounds.witness.as_ref().map(witness),
    }
}

fn access<'r>(sources: &Sources<'r>, delta: &'r AccessDelta) -> Access<'r> {
    let of = match delta.of {
        Of::Identity => "identity",
        Of::Trust => "trust",
        Of::Bucket => "bucket",
        Of::Key => "key",
    };
    let (verdict, gain, proof, reasons) = match &delta.gains {
        Gain::Nothing => ("nothing", None, Vec::new(), Vec::new()),
        Gain::Yes(gain) => ("gains", Some(witness(&gain.0)), shown(&gain.1), Vec::new()),
        Gain::Unknown(reasons) => ("unknown", None, Vec::new(), why(reasons)),
    };
    Access {
        account: &delta.resource.account,
        evidence: proof,
        loses: delta.loses.as_ref().map(witness),
        of,
        resource_arn: &delta.resource.arn,
        said: gained(delta),
        source: source(sources, about_access(delta)),
        unknown_because: reasons,
        verdict,
        witness: gain,
    }
}

fn witness(witness: &Witness) -> Value {
    json!({ "said": words::witness(witness), "audience": witness.audience, "request": witness.request })
}

fn shown(all: &[Evidence]) -> Vec<Shown<'_>> {
    let shown = all.iter().map(|evidence| Shown {
        content: &evidence.content,
        note: &evidence.note,
        pointer: &evidence.pointer,
        resource_arn: &evidence.resource,
    });
    shown.collect()
}

fn why(reasons: &[Reason]) -> Vec<Why<'_>> {
    reasons.iter().map(|reason| Why { code: &reason.code, message: &reason.message }).collect()
}

fn source<'r>(sources: &Sources<'r>, subject: Subject<'_>) -> Option<Source<'r>> {
    let (place, address) = place(sources, subject)?;
    Some(Source { address, file: &place.file, line: place.line })
}

fn resource(proposed: &Proposed) -> Resource<'_> {
    let (understood, why): (&str, Vec<&str>) = match &proposed.understood {
        Understood::Whole => ("whole", Vec::new()),
        Understood::Partly(why) => ("partly", why.iter().map(String::as_str).collect()),
        Understood::Not(why) => ("not", vec![why.as_str()]),
        Understood::NotRelevant => ("not_relevant", Vec::new()),
    };
    Resource {
        about: &proposed.about,
        action: proposed.action.word(),
        address: &proposed.address,
        file: &proposed.place.file,
        kind: &proposed.kind,
        line: proposed.place.line,
        understood,
        why,
    }
}
