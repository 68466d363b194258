//! The AWS Security Finding Format (version 2018-10-08), as `aws securityhub batch-import-findings` takes it.
//!
//! The file is a JSON array with a finding on each line; [`findings`] gives the same one at a time to whoever sends them.
//! A Fail is `FAILED`, a Pass `PASSED`, an Unknown `WARNING`, what does not apply `NOT_AVAILABLE`; what an earlier run had
//! and this one saw not to be there is `PASSED` and `ARCHIVED`. What somebody accepted is suppressed when it is sent first; later
//! the service keeps the workflow that people gave it. The id of a finding stays the same for a check on a
//! resource, so that the next run updates it.
//!
//! Security Hub takes up to 240 KB a finding and cuts no text itself: titles are cut at 256 characters, descriptions at
//! 1 024, the fix at 512, and evidence is told in the description only.

use std::io::{self, Write};

use forewarn_findings::{
    Answered, CheckCard, Earlier, Exception, Finding, Fingerprint, Report, Resource, Severity, VerdictKind,
};
use serde::Serialize;

use crate::arn::Arn;
use crate::inert::{inert, one_line};
use crate::json::compact;
use crate::{place, unseen, words};

/// What the ids of our findings begin with, and their generators.
pub const PREFIX: &str = "forewarn/";

/// Controls that the service takes with a finding.
const MOST_REQUIREMENTS: usize = 32;

/// Where findings about a global resource are filed in each partition.
fn home(partition: &str) -> &'static str {
    match partition {
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        _ => "us-east-1",
    }
}

/// Writes `report`, a finding at a time.
///
/// # Errors
/// What `out` says.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut before = "[\n";
    for finding in findings(report) {
        out.write_all(before.as_bytes())?;
        compact(&finding, out)?;
        before = ",\n";
    }
    out.write_all(if before == "[\n" { b"[]\n" } else { b"\n]\n" })
}

/// Every finding of `report` in the format, each only when it is asked for.
pub fn findings(report: &Report) -> impl Iterator<Item = Asff> + '_ {
    let card = unseen::card();
    let unseen = unseen::findings(report).into_iter().map(move |finding| of(report, Some(&card), &finding));
    let answered = Answered::of(&report.compliance);
    let results = report.findings.iter().map(move |finding| {
        let mut asff = of(report, report.checks.get(&*finding.check), finding);
        let controls = answered.by(&finding.check).iter().take(MOST_REQUIREMENTS);
        asff.compliance.related_requirements =
            controls.map(|(framework, control)| cut(&framework.reference(control), 64)).collect();
        asff
    });
    let gone = report.since.iter().flat_map(|since| &since.gone).map(|earlier| resolved(report, earlier));
    unseen.chain(results).chain(gone)
}

/// A finding, as the service takes it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Asff {
    schema_version: &'static str,
    /// Its id, the same in each run.
    pub id: String,
    /// The product that it comes from: the account's own default one, in a region.
    pub product_arn: String,
    product_name: &'static str,
    company_name: &'static str,
    generator_id: String,
    /// The account that it is about, and that has to send it.
    pub aws_account_id: String,
    types: [&'static str; 1],
    /// When it was made first.
    pub created_at: String,
    updated_at: String,
    last_observed_at: String,
    severity: Label,
    title: String,
    description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    remediation: Option<Remediation>,
    product_fields: ProductFields,
    resources: [AsffResource; 1],
    compliance: Compliance,
    #[serde(skip_serializing_if = "Option::is_none")]
    workflow: Option<Workflow>,
    /// `ACTIVE`, or `ARCHIVED` for what is not there any more.
    pub record_state: &'static str,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Workflow {
    status: &'static str,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Label {
    label: &'static str,
    original: &'static str,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Remediation {
    recommendation: Recommendation,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Recommendation {
    text: String,
}

#[derive(Debug, Clone, Serialize)]
struct ProductFields {
    #[serde(rename = "forewarn/check")]
    check: String,
    #[serde(rename = "forewarn/resource")]
    resource: String,
    #[serde(rename = "forewarn/verdict")]
    verdict: &'static str,
    #[serde(rename = "forewarn/fingerprint")]
    fingerprint: Fingerprint,
    #[serde(rename = "forewarn/run")]
    run: String,
    #[serde(rename = "forewarn/version")]
    version: String,
    #[serde(rename = "forewarn/proof", skip_serializing_if = "Option::is_none")]
    proof: Option<String>,
    #[serde(rename = "forewarn/exception", skip_serializing_if = "Option::is_none")]
    exception: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct AsffResource {
    r#type: &'static str,
    id: String,
    partition: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Compliance {
    status: &'static str,
    /// The controls of frameworks that ask for it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_requirements: Vec<String>,
}

/// The id of the finding of a check about a resource, the same in each run.
pub fn id(check: &str, account: &str, arn: &str) -> String {
    format!("{PREFIX}{}", place::id(check, account, arn))
}

impl Asff {
    /// `FAILED`, `PASSED`, `WARNING` or `NOT_AVAILABLE`.
    pub fn status(&self) -> &'static str {
        self.compliance.status
    }
}

fn of(report: &Report, card: Option<&CheckCard>, finding: &Finding) -> Asff {
    let grounds = &finding.grounds;
    let open = matches!(finding.verdict, VerdictKind::Fail | VerdictKind::Unknown);
    let proof = grounds.witness.as_ref().map(words::witness);
    let mut said =
        if grounds.reason.is_empty() { words::verdict(finding.verdict).to_owned() } else { grounds.reason.to_string() };
    let more = [
        proof.as_deref().map(|proof| format!("Proof: {proof}")),
        words::unless(&grounds.unless).map(|unless| format!("Unless {unless}")),
    ];
    for sentence in more.into_iter().flatten() {
        said = format!("{said}. {sentence}");
    }
    let mut asff = plain(report, card, &finding.check, finding.severity, &finding.resource, &said);
    asff.id = format!("{PREFIX}{}", place::of(finding));
    asff.product_fields.verdict = words::verdict(finding.verdict);
    asff.product_fields.fingerprint = finding.fingerprint;
    asff.product_fields.proof = proof.map(|proof| cut(&proof, 2_000));
    asff.compliance.status = match finding.verdict {
        VerdictKind::Fail => "FAILED",
        VerdictKind::Unknown => "WARNING",
        VerdictKind::Pass => "PASSED",
        VerdictKind::NotApplicable => "NOT_AVAILABLE",
    };
    if let Some(exception) = finding.exception.as_deref().filter(|_| finding.is_excepted()) {
        let Exception { id, owner, reason, expires, .. } = exception;
        asff.product_fields.exception = Some(cut(&format!("{id}: {reason} ({owner}, until {expires})"), 2_000));
        asff.workflow = Some(Workflow { status: "SUPPRESSED" });
    }
    if open {
        asff.remediation =
            card.map(|card| Remediation { recommendation: Recommendation { text: cut(&one_line(&card.fix), 512) } });
    } else {
        asff.severity.label = label(Severity::Informational);
    }
    asff
}

/// What an earlier run had and `report` saw not to be there: passed, and out of sight.
pub fn resolved(report: &Report, earlier: &Earlier) -> Asff {
    let card = report.checks.get(&earlier.check);
    let said = format!("No longer there. It was: {}", earlier.reason);
    let mut asff = plain(report, card, &earlier.check, earlier.severity, &earlier.resource, &said);
    asff.id = format!("{PREFIX}{}", place::of_earlier(earlier));
    asff.product_fields.fingerprint = earlier.fingerprint;
    asff.severity.label = label(Severity::Informational);
    asff.record_state = "ARCHIVED";
    asff
}

/// A pass of a check on a resource.
fn plain(
    report: &Report,
    card: Option<&CheckCard>,
    check: &str,
    severity: Severity,
    resource: &Resource,
    said: &str,
) -> Asff {
    let arn = Arn::of(&resource.arn);
    let partition = arn.partition.unwrap_or("aws");
    let region = resource.region.as_deref().unwrap_or_else(|| home(partition));
    let time = report.run.instant.to_string();
    let account = cut(&resource.account, 64);
    let id = if arn.kind() == "AwsAccount" { format!("AWS::::Account:{account}") } else { cut(&resource.arn, 512) };
    Asff {
        schema_version: "2018-10-08",
        id: String::new(),
        product_arn: format!("arn:{partition}:securityhub:{region}:{account}:product/{account}/default"),
        product_name: "forewarn",
        company_name: "forewarn",
        generator_id: format!("{PREFIX}{check}"),
        aws_account_id: account,
        types: ["Software and Configuration Checks/AWS Security Best Practices"],
        created_at: time.clone(),
        updated_at: time.clone(),
        last_observed_at: time,
        severity: Label { label: label(severity), original: severity.word() },
        title: cut(card.map_or(check, |card| card.title.as_str()), 256),
        description: cut(said, 1_024),
        remediation: None,
        product_fields: ProductFields {
            check: cut(check, 256),
            resource: cut(&resource.arn, 2_000),
            verdict: words::verdict(VerdictKind::Pass),
            fingerprint: Fingerprint([0; 16]),
            run: report.run.id.clone(),
            version: report.run.tool_version.clone(),
            proof: None,
            exception: None,
        },
        resources: [AsffResource {
            r#type: arn.kind(),
            id,
            partition: partition.to_owned(),
            region: resource.region.clone(),
        }],
        compliance: Compliance { status: "PASSED", related_requirements: Vec::new() },
        workflow: None,
        record_state: "ACTIVE",
    }
}

fn label(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "CRITICAL",
        Severity::High => "HIGH",
        Severity::Medium => "MEDIUM",
        Severity::Low => "LOW",
        Severity::Informational => "INFORMATIONAL",
    }
}

/// At most so many characters, what hides shown; an empty text is a dash, because the service refuses a blank one.
fn cut(text: &str, most: usize) -> String {
    let shown = inert(text);
    if shown.trim().is_empty() {
        return "-".to_owned();
    }
    match shown.char_indices().nth(most) {
        None => shown.into_owned(),
        Some(_) => shown.chars().take(most - 1).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests;
