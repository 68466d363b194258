#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, Judge, Parameter, ParameterKind, Protects, Severity, Side};
use forewarn_inventory::Fact;

use super::service_credentials::each_user;

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "iam.service_credential_old",
    title: "Service-specific credential is older than it should be",
    severity: Severity::Medium,
    protects: &[Protects::Confidentiality, Protects::Integrity],
    side: Side::Customer,
    needs: &[Fact::ServiceCredentials, Fact::Users],
    parameters: &[Parameter {
        name: "max_age_days",
        kind: ParameterKind::Days,
        default: 90,
        doc: "an active credential older than this fails",
    }],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    let most = case.parameter("max_age_days");
    each_user(case, findings, |credential| {
        let days = case.days_since(credential.created);
        (days > most).then(|| (format!("is {days} days old; {most} are allowed"), "/created"))
    });
}
