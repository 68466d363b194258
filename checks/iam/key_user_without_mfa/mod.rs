#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, In, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::{CredentialRow, Fact};

use super::credentials::{each_row, not_reported};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "iam.key_user_without_mfa",
    title: "User with an access key and no password has no MFA",
    severity: Severity::Low,
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
    match row.password_enabled.value() {
        Some(false) => {}
        Some(true) => return Verdict::not_applicable("has a password, which `iam.user_without_mfa` is about"),
        None => return not_reported("whether the user has a password"),
    }
    let active: Vec<Option<&bool>> = row.keys.iter().map(|key| key.active.value()).collect();
    let Some(slot) = active.iter().position(|active| *active == Some(&true)) else {
        if active.contains(&None) {
            return not_reported("whether the user has an active access key");
        }
        return Verdict::not_applicable("no active access key");
    };
    match row.mfa_active.value() {
        Some(true) => Verdict::Pass,
        Some(false) => {
            let reason = format!("the access key of {} is all that a caller needs", row.user);
            Verdict::fail(reason, row.evidence("/mfa_active", "no MFA device is active"))
                .also(row.evidence(&format!("/keys/{slot}/active"), "an active access key"))
        }
        None => not_reported("whether the user has MFA"),
    }
}
