#![doc = include_str!("README.md")]

use forewarn_findings::monitoring::watch::ROUTE_TABLE_CHANGES;
use forewarn_findings::{Check, Judge, Protects, Severity, Side};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "monitoring.route_table_changes_not_alarmed",
    title: "Changes of route tables raise no alarm",
    severity: Severity::Low,
    protects: &[Protects::Integrity],
    side: Side::Customer,
    needs: super::CHAIN,
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(|case, findings| super::judge(case, findings, &ROUTE_TABLE_CHANGES)),
};
