#![doc = include_str!("README.md")]

use forewarn_findings::{
    Case, Check, Findings, In, Judge, Parameter, ParameterKind, Protects, Reason, Severity, Side, Verdict,
};
use forewarn_inventory::{Fact, ServerCertificate};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "iam.server_certificate_expired",
    title: "Server certificate in IAM has ended",
    severity: Severity::Medium,
    protects: &[Protects::Integrity, Protects::Availability],
    side: Side::Customer,
    needs: &[Fact::ServerCertificates],
    parameters: &[Parameter {
        name: "days_left",
        kind: ParameterKind::Days,
        default: 0,
        doc: "a certificate that ends within so many days fails too",
    }],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for certificate in case.server_certificates() {
        findings.record(&certificate, judge(case, &certificate));
    }
}

fn judge(case: &Case<'_>, certificate: &In<'_, ServerCertificate>) -> Verdict {
    let least = case.parameter("days_left");
    let Some(expires) = certificate.expires else {
        return Verdict::unknown(Reason {
            code: "not_reported".to_owned(),
            message: format!("AWS does not say when {} ends", certificate.name),
            gap: None,
        });
    };
    let over = case.days_since(expires);
    if expires <= case.instant() {
        let reason = format!("{} ended {over} days ago", certificate.name);
        Verdict::fail(reason, certificate.evidence("/expires", "it is over"))
    } else if -over <= least {
        let reason = format!("{} ends in {} days; {least} are wanted", certificate.name, -over);
        Verdict::fail(reason, certificate.evidence("/expires", "it is nearly over"))
    } else {
        Verdict::Pass
    }
}
