#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, In, Judge, Protects, Reason, Severity, Side, Verdict};
use forewarn_inventory::{CredentialRow, Fact};

use super::credentials::{each_row, not_reported};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "iam.user_mfa_virtual",
    title: "MFA of a user is an app and not a piece of hardware",
    severity: Severity::Low,
    protects: Protects::EVERYTHING,
    side: Side::Customer,
    needs: &[Fact::CredentialReport, Fact::Users, Fact::VirtualMfaDevices],
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
    match row.mfa_active.value() {
        Some(true) => {}
        Some(false) => return Verdict::not_applicable("no MFA, which is a finding of its own"),
        None => return not_reported("whether the user has MFA"),
    }
    let devices = &row.account.iam.virtual_mfa_devices;
    let own = devices.iter().enumerate().find(|(_, device)| device.user_arn.as_deref() == Some(row.arn.as_str()));
    match (own, devices.rest.first()) {
        (Some((at, _)), _) => {
            let pointer = format!("/virtual_mfa_devices/{at}/serial");
            let note = "assigned to the user";
            let evidence = crate::on_account(row.account, &row.account.iam, &pointer, note);
            Verdict::fail(format!("{} signs in with a virtual MFA device", row.user), evidence)
        }
        (None, Some(gap)) => Verdict::unknown(Reason::from(gap)),
        (None, None) => Verdict::Pass,
    }
}
