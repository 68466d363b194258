#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, Judge, Protects, Reason, Severity, Side, Verdict};
use forewarn_inventory::{Account, AccountSummary, Fact};

use super::root::without_root;

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "iam.root_mfa_virtual",
    title: "MFA of the root user is an app and not a piece of hardware",
    severity: Severity::Medium,
    protects: Protects::EVERYTHING,
    side: Side::Customer,
    needs: &[Fact::VirtualMfaDevices, Fact::AccountSummary],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for account in case.accounts() {
        findings.record(account, judge(account));
    }
}

fn judge(account: &Account) -> Verdict {
    let devices = &account.iam.virtual_mfa_devices;
    let root = account.arn();
    let device = devices.iter().position(|device| device.user_arn.as_deref() == Some(root.as_str()));
    if let Some(at) = device {
        let pointer = format!("/virtual_mfa_devices/{at}/serial");
        let evidence = crate::on_account(account, &account.iam, &pointer, "assigned to the root user");
        return Verdict::fail("the root user signs in with a virtual MFA device", evidence);
    }
    if let Some(reason) = without_root(account) {
        return Verdict::not_applicable(reason);
    }
    let summary = match account.iam.account_summary.read() {
        Ok(summary) => summary,
        Err(gap) => return Verdict::unknown(gap),
    };
    match summary.and_then(AccountSummary::root_mfa_enabled) {
        Some(true) => Verdict::Pass,
        Some(false) => Verdict::not_applicable("the root user has no MFA, which is a finding of its own"),
        None => Verdict::unknown(Reason {
            code: "not_reported".to_owned(),
            message: "the account summary (iam:GetAccountSummary) does not say whether the root user has MFA"
                .to_owned(),
            gap: None,
        }),
    }
}
