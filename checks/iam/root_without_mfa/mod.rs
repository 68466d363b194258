#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, Judge, Reason, Severity, Verdict};
use forewarn_inventory::{Account, Fact};

use super::root::{Root, root};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "iam.root_without_mfa",
    title: "Root user has no MFA",
    severity: Severity::Critical,
    needs: &[Fact::AccountSummary, Fact::CredentialReport],
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
    if let Root::Without(reason) = root(account) {
        return Verdict::not_applicable(reason);
    }
    let summary = account
        .iam
        .account_summary
        .read()
        .map(|summary| summary.and_then(forewarn_inventory::AccountSummary::root_mfa_enabled));
    let row = || {
        let report = account.iam.credential_report.present()?;
        report.root()?.mfa_active.value().copied()
    };
    match (summary, row()) {
        (Ok(Some(true)), _) | (_, Some(true)) => Verdict::Pass,
        (Ok(Some(false)), _) => {
            let evidence =
                crate::on_account(account, &account.iam, "/account_summary/AccountMFAEnabled", "no MFA device");
            Verdict::fail("the root user has no active MFA device", evidence)
        }
        (_, Some(false)) => {
            let evidence =
                crate::on_account(account, &account.iam, "/credential_report/rows", "mfa_active of the root row");
            Verdict::fail("the root user has no active MFA device", evidence)
        }
        (Err(gap), None) => Verdict::unknown(gap),
        (Ok(None), None) => Verdict::unknown(Reason {
            code: "not_reported".to_owned(),
            message: "neither the account summary nor the credential report says whether the root user has MFA"
                .to_owned(),
            gap: None,
        }),
    }
}
