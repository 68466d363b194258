#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::{Account, Fact};

use super::Region;

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "monitoring.security_hub_off",
    title: "Security Hub is not on in every region",
    severity: Severity::Medium,
    protects: &[Protects::Integrity],
    side: Side::Customer,
    needs: &[Fact::Hubs],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for account in case.accounts() {
        findings.record_one_suffices(account, judge(account));
    }
}

fn judge(account: &Account) -> Verdict {
    super::each_region(account, "Security Hub", "no hub", |region| {
        let on = account.detection.hubs.iter().any(|hub| hub.region == region);
        if on { Region::On } else { Region::Off("not on".to_owned()) }
    })
}
