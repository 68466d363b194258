#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, Judge, Protects, Severity, Side};
use forewarn_inventory::{Analyzer, Fact};

use super::analyzers::watched;

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "account.external_access_analyzer_missing",
    title: "No analyzer looks for access from outside in a region",
    severity: Severity::Low,
    protects: &[Protects::Confidentiality, Protects::Integrity],
    side: Side::Customer,
    needs: &[Fact::Analyzers, Fact::Organization],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for account in case.accounts() {
        findings.record(account, watched(case, account, "access from outside", Analyzer::finds_outsiders));
    }
}
