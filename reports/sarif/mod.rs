//! SARIF 2.1.0, for code scanning: what failed and what could not be decided, at its place in the saved snapshot.
//!
//! A Fail is a result of kind `fail`, an Unknown one of kind `open`; passes are counted in the properties of the run. Where
//! the snapshot is saved beside (`--save-snapshot inventory.json`), a result is at the line of its evidence in it;
//! elsewhere at a path made of account and region, because GitHub wants a place for every result.
//!
//! GitHub's limits are kept: 25 000 results (the worst, and a notification says how many are left out), one place and at
//! most ten related ones a result, at most ten tags a rule.

pub(crate) mod lines;

use std::cmp::Reverse;
use std::io::{self, Write};

use forewarn_findings::{Change, CheckCard, EvidenceRole, Finding, Report, Severity, VerdictKind};
use serde_json::{Map, Value, json};

use crate::inert::{inert, one_line};
use crate::json::compact;
use crate::{place, unseen, words};

pub use self::lines::Lines;

/// Results of a run that GitHub accepts.
pub const MOST_RESULTS: usize = 25_000;

/// Places that explain a result.
const MOST_RELATED: usize = 10;

/// Writes `report`, a result at a time; `lines` knows the places in the saved snapshot.
///
/// # Errors
/// What `out` says.
pub fn write(report: &Report, lines: Option<&Lines>, out: &mut dyn Write) -> io::Result<()> {
    let unseen = unseen::findings(report);
    let open = |finding: &&Finding| matches!(finding.verdict, VerdictKind::Fail | VerdictKind::Unknown);
    let mut results: Vec<&Finding> = unseen.iter().chain(report.findings.iter().filter(open)).collect();
    // Stable: what is equally bad stays in the order of the report.
    results.sort_by_key(|finding| (Reverse(finding.severity), finding.verdict));
    let left_out = results.len().saturating_sub(MOST_RESULTS);
    results.truncate(MOST_RESULTS);
    let card = unseen::card();
    let mut rules: Vec<(&str, &CheckCard)> = report.checks.iter().map(|(id, card)| (id.as_str(), card)).collect();
    if !unseen.is_empty() {
        rules.push((unseen::CHECK, &card));
        rules.sort_by_key(|(id, _)| *id);
    }
    out.write_all(b"{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":\"2.1.0\",\"runs\":[{\n\"tool\":{\"driver\":")?;
    let described: Vec<Value> = rules.iter().map(|(id, card)| rule(id, card)).collect();
    let driver = json!({ "name": "forewarn", "semanticVersion": report.run.tool_version, "rules": described });
    compact(&driver, out)?;
    out.write_all(b"},\n\"automationDetails\":")?;
    compact(&json!({ "id": category(report) }), out)?;
    out.write_all(b",\n\"invocations\":[")?;
    compact(&invocation(report, left_out, lines.is_none()), out)?;
    out.write_all(b"],\n\"properties\":")?;
    compact(&counts(report), out)?;
    out.write_all(b",\n\"columnKind\":\"unicodeCodePoints\",\n\"results\":[")?;
    let mut before = "\n";
    for finding in results {
        out.write_all(before.as_bytes())?;
        let index = rules.binary_search_by_key(&&*finding.check, |(id, _)| id).ok();
        compact(&result(report, finding, index, lines), out)?;
        before = ",\n";
    }
    out.write_all(b"\n]}]}\n")
}

/// A check as a rule.
pub(crate) fn rule(id: &str, card: &CheckCard) -> Value {
    let mut tags = vec!["security".to_owned(), "aws".to_owned(), card.side.word().to_owned()];
    tags.extend(card.protects.iter().map(|protects| protects.word().to_owned()));
    let problem = if level(card.severity) == "note" { "recommendation" } else { level(card.severity) };
    let mut properties = json!({ "tags": tags, "precision": "very-high", "problem.severity": problem });
    if let Some(score) = score(card.severity) {
        properties = with(properties, "security-severity", score);
    }
    let help = format!("## Why it matters\n\n{}\n\n## How to fix\n\n{}\n", card.why, card.fix);
    json!({
        "id": id,
        "name": id,
        "shortDescription": { "text": card.title },
        "fullDescription": { "text": one_line(&card.what) },
        "help": { "text": one_line(&format!("{} {}", card.why, card.fix)), "markdown": help },
        "defaultConfiguration": { "level": level(card.severity) },
        "properties": properties,
    })
}

/// How grave a rule is for whoever reads SARIF.
pub(crate) fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Informational => "note",
    }
}

/// The number that GitHub makes its own severities of: critical from 9, high from 7, medium from 4.
fn score(severity: Severity) -> Option<&'static str> {
    match severity {
        Severity::Critical => Some("9.5"),
        Severity::High => Some("8.0"),
        Severity::Medium => Some("5.5"),
        Severity::Low => Some("2.5"),
        Severity::Informational => None,
    }
}

/// What keeps the results of other accounts apart in one repository, and the run behind it.
fn category(report: &Report) -> String {
    let whom = match &report.coverage.accounts[..] {
        [only] => only.id.as_str(),
        _ => "accounts",
    };
    format!("forewarn/{whom}/{}", report.run.id)
}

/// How the run went, and what nobody should take for silence.
fn invocation(report: &Report, left_out: usize, nowhere: bool) -> Value {
    let run = &report.run;
    let mut said = Vec::new();
    let mut say = |level: &str, text: String| said.push(json!({ "level": level, "message": { "text": plain(&text) } }));
    if run.interrupted {
        say("error", "The run was stopped before it was done: this report is partial.".to_owned());
    }
    for fault in &report.coverage.internal_errors {
        say("error", format!("forewarn itself failed: {fault}"));
    }
    for gap in &report.coverage.gaps {
        say("warning", format!("{} {} {}", gap.operation, gap.cause.words(), words::count(gap.count, "time")));
    }
    if left_out > 0 {
        say(
            "warning",
            format!(
                "{} left out: GitHub takes {MOST_RESULTS}. The json format has them all.",
                words::count(left_out, "result")
            ),
        );
    }
    if nowhere {
        say(
            "note",
            "No snapshot was saved with this run, so results have no lines; --save-snapshot inventory.json gives them."
                .to_owned(),
        );
    }
    let mut invocation = json!({
        "executionSuccessful": !run.interrupted && report.coverage.internal_errors.is_empty(),
        "startTimeUtc": run.instant.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
        "toolExecutionNotifications": said,
    });
    if let Some(finished) = run.finished {
        invocation = with(invocation, "endTimeUtc", finished.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string());
    }
    invocation
}

fn counts(report: &Report) -> Value {
    json!({
        "runId": report.run.id,
        "fail": report.count(VerdictKind::Fail),
        "unknown": report.count(VerdictKind::Unknown),
        "pass": report.count(VerdictKind::Pass),
        "notApplicable": report.count(VerdictKind::NotApplicable),
    })
}

/// A verdict as a result.
fn result(report: &Report, finding: &Finding, index: Option<usize>, lines: Option<&Lines>) -> Value {
    let grounds = &finding.grounds;
    let mut text = grounds.reason.to_string();
    if text.trim().is_empty() {
        words::verdict(finding.verdict).clone_into(&mut text);
    }
    let proof = grounds.witness.as_ref().map(|witness| format!("Proof: {}", words::witness(witness)));
    let unless = words::unless(&grounds.unless).map(|unless| format!("Unless {unless}"));
    let subject = format!("Resource: {}", words::resource(&finding.resource));
    for sentence in [Some(subject), proof, unless].into_iter().flatten() {
        text.push_str(". ");
        text.push_str(&sentence);
    }
    let primary = grounds.evidence.iter().find(|evidence| evidence.role == EvidenceRole::Primary);
    let at = primary.map_or((finding.resource.arn.as_str(), ""), |evidence| (&*evidence.resource, &*evidence.pointer));
    let logical = json!([{ "fullyQualifiedName": finding.resource.arn, "kind": "resource" }]);
    let location = with(location(finding, at, lines), "logicalLocations", logical);
    let related = grounds.evidence.iter().take(MOST_RELATED).zip(1..).map(|(evidence, id)| {
        let related = with(self::location(finding, (&evidence.resource, &evidence.pointer), lines), "id", id);
        let said = format!("{} at {}: {}", evidence.resource, evidence.pointer, evidence.note);
        with(related, "message", json!({ "text": plain(&said) }))
    });
    let fails = finding.verdict == VerdictKind::Fail;
    let place = place::of(finding);
    let mut result = Map::new();
    let mut put = |name: &str, value: Value| result.insert(name.to_owned(), value);
    put("ruleId", (&*finding.check).into());
    if let Some(index) = index {
        put("ruleIndex", index.into());
    }
    put("kind", if fails { "fail" } else { "open" }.into());
    put("level", if fails { level(finding.severity) } else { "none" }.into());
    put("message", json!({ "text": plain(&text) }));
    put("locations", json!([location]));
    let related: Vec<Value> = related.collect();
    if !related.is_empty() {
        put("relatedLocations", related.into());
    }
    // GitHub recognises a result of the run before by the first of these alone.
    put(
        "partialFingerprints",
        json!({ "primaryLocationLineHash": format!("{place}:1"), "forewarnEvidence/v1": finding.fingerprint }),
    );
    if let Some(exception) = &finding.exception {
        let why = format!("excepted until {} by {}: {}", exception.expires, exception.owner, exception.reason);
        put("suppressions", json!([{ "kind": "external", "status": "accepted", "justification": inert(&why) }]));
    }
    if report.since.is_some() {
        let state = match finding.change {
            Some(Change::New) | None => "new",
            Some(Change::Changed) => "updated",
            Some(Change::Unchanged) => "unchanged",
        };
        put("baselineState", state.into());
    }
    put(
        "properties",
        json!({ "severity": finding.severity.word(), "account": finding.resource.account, "region": finding.resource.region }),
    );
    Value::Object(result)
}

/// Where it is: in the snapshot, or at a path made of account and region.
fn location(finding: &Finding, (arn, pointer): (&str, &str), lines: Option<&Lines>) -> Value {
    let account = &finding.resource.account;
    let (path, line) = if let Some(lines) = lines {
        (lines.uri().to_owned(), lines.line(arn, pointer, account))
    } else {
        let region = finding.resource.region.as_deref().unwrap_or("global");
        (format!("aws/{}/{}", lines::encoded(account), lines::encoded(region)), 1)
    };
    json!({ "physicalLocation": { "artifactLocation": { "uri": path }, "region": { "startLine": line } } })
}

/// The same object with one more field.
fn with(mut object: Value, name: &str, value: impl Into<Value>) -> Value {
    if let Value::Object(fields) = &mut object {
        fields.insert(name.to_owned(), value.into());
    }
    object
}

/// Text of a message: what hides is shown, and neither a link nor a place for an argument begins anywhere.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in inert(text).chars() {
        match c {
            '\\' | '[' | ']' => plain.extend(['\\', c]),
            '{' | '}' => plain.extend([c, c]),
            c => plain.push(c),
        }
    }
    plain
}

#[cfg(test)]
mod tests;
