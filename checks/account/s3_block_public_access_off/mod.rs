#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::{Account, Fact};

use crate::s3::SWITCHES;

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "account.s3_block_public_access_off",
    title: "Block Public Access is not fully on for the account",
    severity: Severity::Medium,
    protects: &[Protects::Confidentiality, Protects::Integrity],
    side: Side::Customer,
    needs: &[Fact::AccountPublicAccessBlock],
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
    let settings = match account.s3.public_access_block.read() {
        Ok(settings) => settings.copied().unwrap_or_default(),
        Err(gap) => return Verdict::unknown(gap),
    };
    let off: Vec<&str> = SWITCHES.iter().filter(|(_, on)| !on(&settings)).map(|(name, _)| *name).collect();
    if off.is_empty() {
        Verdict::Pass
    } else {
        let evidence = crate::on_account(account, &account.s3, "/public_access_block", "the account's switches");
        Verdict::fail(format!("off for the account: {}", off.join(", ")), evidence)
    }
}
