#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, In, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::{CredentialRow, Fact, Reported, ReportedKey};

use super::credentials::{each_row, not_reported};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "iam.service_user_with_password",
    title: "User that only machines use has a console password",
    severity: Severity::Medium,
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
        Some(true) => {}
        Some(false) => return Verdict::not_applicable("no console password"),
        None => return not_reported("whether the user has a password"),
    }
    match row.password_last_used {
        Reported::Value(_) => return Verdict::Pass,
        Reported::NotApplicable | Reported::NoInformation => {}
        Reported::NotSupported | Reported::Missing => return not_reported("when the password was last used"),
    }
    let used = |key: &ReportedKey| key.active.value() == Some(&true) && key.last_used.value().is_some();
    let open = |key: &ReportedKey| {
        key.active.value().is_none()
            || (key.active.value() == Some(&true)
                && matches!(key.last_used, Reported::Missing | Reported::NotSupported))
    };
    if let Some(slot) = row.keys.iter().position(used) {
        let reason = format!("{} works with key {} and never signed in with its password", row.user, slot + 1);
        Verdict::fail(reason, row.evidence("/password_last_used", "the password was never used"))
            .also(row.evidence(&format!("/keys/{slot}/last_used"), "the key was"))
    } else if row.keys.iter().any(open) {
        not_reported("whether an access key was used")
    } else {
        Verdict::Pass
    }
}
