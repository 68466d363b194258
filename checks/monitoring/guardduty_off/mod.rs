#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, Judge, Protects, Severity, Side};
use forewarn_inventory::Fact;

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "monitoring.guardduty_off",
    title: "GuardDuty is not on in every region",
    severity: Severity::High,
    protects: &[Protects::Integrity],
    side: Side::Customer,
    needs: &[Fact::Detectors, Fact::DetectorDetails],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for account in case.accounts() {
        let verdict = super::each_detector(account, |details| (!details.enabled).then_some("suspended"));
        findings.record_one_suffices(account, verdict);
    }
}
