#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::{Account, Fact};

use super::Region;

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
        findings.record_one_suffices(account, judge(account));
    }
}

fn judge(account: &Account) -> Verdict {
    super::each_region(account, "GuardDuty", "no detector that is on", |region| {
        let mut here = account.detection.detectors.iter().filter(|detector| detector.region == region);
        let Some(detector) = here.next() else { return Region::Off("no detector".to_owned()) };
        match detector.details.read() {
            Ok(Some(details)) if details.enabled => Region::On,
            Ok(_) => Region::Off("suspended".to_owned()),
            Err(gap) => Region::Unknown(gap.into()),
        }
    })
}
