#![doc = include_str!("README.md")]

use forewarn_findings::monitoring::watch::ROOT_USE;
use forewarn_findings::{Check, Judge, Protects, Severity, Side};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "monitoring.root_use_not_alarmed",
    title: "Use of the root user raises no alarm",
    severity: Severity::High,
    protects: &[Protects::Integrity],
    side: Side::Customer,
    needs: super::CHAIN,
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(|case, findings| super::judge(case, findings, &ROOT_USE)),
};
