#![doc = include_str!("README.md")]

use forewarn_findings::monitoring::watch::IAM_CHANGES;
use forewarn_findings::{Check, Judge, Protects, Severity, Side};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "monitoring.iam_changes_not_alarmed",
    title: "Changes of IAM policies raise no alarm",
    severity: Severity::Medium,
    protects: &[Protects::Integrity],
    side: Side::Customer,
    needs: super::CHAIN,
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(|case, findings| super::judge(case, findings, &IAM_CHANGES)),
};
