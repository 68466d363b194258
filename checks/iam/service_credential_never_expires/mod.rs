#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, Judge, Protects, Severity, Side};
use forewarn_inventory::Fact;

use super::service_credentials::each_user;

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "iam.service_credential_never_expires",
    title: "Service-specific credential never expires",
    severity: Severity::Medium,
    protects: &[Protects::Confidentiality, Protects::Integrity],
    side: Side::Customer,
    needs: &[Fact::ServiceCredentials, Fact::Users],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    each_user(case, findings, |credential| credential.expires.is_none().then(|| ("never expires".to_owned(), "/id")));
}
