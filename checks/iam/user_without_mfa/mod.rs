#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, In, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::{CredentialRow, Fact};

use super::credentials::{each_row, not_reported};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "iam.user_without_mfa",
    title: "User with a console password has no MFA",
    severity: Severity::High,
    protects: Protects::EVERYTHING,
    side: Side::Customer,
    needs: &[Fact::CredentialReport, Fact::Users],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    each_row(case, findings, |row| (!row.is_root()).then(|| judge(row)));
}

fn judge(row: &In<'_, CredentialRow>) -> Verdict {
    match (row.password_enabled.value(), row.mfa_active.value()) {
        (Some(false), _) => Verdict::not_applicable("the user has no console password"),
        (Some(true), Some(true)) => Verdict::Pass,
        (Some(true), Some(false)) => {
            let reason = format!("{} signs in to the console with a password alone", row.user);
            Verdict::fail(reason, row.evidence("/mfa_active", "no MFA device is active"))
                .also(row.evidence("/password_enabled", "a console password exists"))
        }
        _ => not_reported("whether the user has a password and MFA"),
    }
}
