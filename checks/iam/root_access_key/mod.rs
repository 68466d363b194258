#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, Judge, Reason, Severity, Verdict};
use forewarn_inventory::{Account, Fact};

use super::root::{Root, root};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "iam.root_access_key",
    title: "Root user has an access key",
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
        .map(|summary| summary.and_then(forewarn_inventory::AccountSummary::root_access_keys_present));
    let row = || {
        let root = account.iam.credential_report.present()?.root()?;
        let active: Vec<bool> = root.keys.iter().filter_map(|key| key.active.value().copied()).collect();
        if active.contains(&true) { Some(true) } else { (active.len() == root.keys.len()).then_some(false) }
    };
    match (summary, row()) {
        (Ok(Some(true)), _) => {
            let evidence =
                crate::on_account(account, &account.iam, "/account_summary/AccountAccessKeysPresent", "a key exists");
            Verdict::fail("the root user has an access key", evidence)
        }
        // The summary is of now, the report may be hours old.
        (Ok(Some(false)), _) | (_, Some(false)) => Verdict::Pass,
        (_, Some(true)) => {
            let evidence =
                crate::on_account(account, &account.iam, "/credential_report/rows", "an active key of the root row");
            Verdict::fail("the root user has an active access key", evidence)
        }
        (Err(gap), None) => Verdict::unknown(gap),
        (Ok(None), None) => Verdict::unknown(Reason {
            code: "not_reported".to_owned(),
            message: "neither the account summary nor the credential report says whether the root user has keys"
                .to_owned(),
            gap: None,
        }),
    }
}
