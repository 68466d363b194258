#![doc = include_str!("README.md")]

use forewarn_findings::monitoring::watch::KEY_REMOVAL;
use forewarn_findings::{Check, Judge, Protects, Severity, Side};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "monitoring.key_removal_not_alarmed",
    title: "Disabling or deleting KMS keys raises no alarm",
    severity: Severity::Medium,
    protects: &[Protects::Integrity],
    side: Side::Customer,
    needs: super::CHAIN,
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(|case, findings| super::judge(case, findings, &KEY_REMOVAL)),
};
