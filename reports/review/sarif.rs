//! For code scanning: every introduced finding, open question and gain on the line of the change that brings it.

use std::collections::BTreeMap;
use std::io::{self, Write};

use forewarn_findings::{Finding, Gain, Review, SourcePlace, Sources};
use serde_json::{Value, json};

use super::{Subject, about, about_access, gained, is_unknown, place, said};
use crate::inert::inert;
use crate::sarif::{self as shared, lines::uri, plain};

/// The rule of what is no finding of a check: access that is gained, or may be.
const ACCESS: &str = "review.access_gained";

pub(super) fn write(review: &Review, out: &mut dyn Write) -> io::Result<()> {
    let sources = review.sources();
    let mut found = review.introduced();
    found.extend(review.undecided());
    let mut rules: BTreeMap<String, Value> = BTreeMap::new();
    let mut results: Vec<Value> = Vec::new();
    for finding in &found {
        rules.entry(finding.check.to_string()).or_insert_with(|| rule(review, finding));
        let level = if is_unknown(finding) { "note" } else { shared::level(finding.severity) };
        let open = if is_unknown(finding) { "Not decided: " } else { "" };
        results.push(json!({
            "ruleId": &*finding.check,
            "level": level,
            "message": { "text": plain(&format!("{open}{}", said(finding))) },
            "locations": [location(review, &sources, about(finding))],
            "partialFingerprints": { "forewarn/v1": finding.fingerprint.to_string() },
        }));
    }
    for delta in &review.access {
        let Some(said) = gained(delta) else { continue };
        rules.entry(ACCESS.to_owned()).or_insert_with(|| {
            json!({
                "id": ACCESS,
                "shortDescription": { "text": "The change lets through what is kept out today" },
                "defaultConfiguration": { "level": "note" },
            })
        });
        let level = if matches!(delta.gains, Gain::Unknown(_)) { "note" } else { "warning" };
        results.push(json!({
            "ruleId": ACCESS,
            "level": level,
            "message": { "text": plain(&said) },
            "locations": [location(review, &sources, about_access(delta))],
        }));
    }
    let rules: Vec<Value> = rules.into_values().collect();
    for result in &mut results {
        let index = rules.iter().position(|rule| rule.get("id") == result.get("ruleId"));
        if let (Value::Object(fields), Some(index)) = (result, index) {
            fields.insert("ruleIndex".to_owned(), json!(index));
        }
    }
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "forewarn", "semanticVersion": review.report.run.tool_version, "rules": rules,
            } },
            "results": results,
            "columnKind": "unicodeCodePoints",
        }],
    });
    serde_json::to_writer_pretty(&mut *out, &log)?;
    out.write_all(b"\n")
}

/// The rule of a check, as the report of an audit has it.
fn rule(review: &Review, finding: &Finding) -> Value {
    let known = review.report.checks.get(&*finding.check);
    known.map_or_else(|| json!({ "id": &*finding.check }), |card| shared::rule(&finding.check, card))
}

/// Where it stands. GitHub wants a place for every result: one that no resource of the change is behind stands at the head
/// of the first file.
fn location(review: &Review, sources: &Sources<'_>, subject: Subject<'_>) -> Value {
    let first = || review.proposed.first().map(|proposed| (&proposed.place, proposed.address.as_str()));
    let (place, address) =
        place(sources, subject).or_else(first).map_or((None, subject.0), |(at, name)| (Some(at), name));
    let nowhere = SourcePlace { file: "unknown".to_owned(), line: None };
    let at = place.unwrap_or(&nowhere);
    json!({
        "physicalLocation": {
            "artifactLocation": { "uri": uri(&at.file) },
            "region": { "startLine": at.line.unwrap_or(1) },
        },
        "logicalLocations": [{ "fullyQualifiedName": inert(address), "kind": "resource" }],
    })
}
