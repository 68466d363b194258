#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, Judge, Protects, Severity, Side};
use forewarn_inventory::{Analyzer, Fact};

use super::analyzers::watched_anywhere;

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "account.unused_access_analyzer_missing",
    title: "No analyzer looks for access that nobody uses",
    severity: Severity::Informational,
    protects: &[Protects::Confidentiality, Protects::Integrity],
    side: Side::Customer,
    needs: &[Fact::Analyzers, Fact::Organization],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for account in case.accounts() {
        findings
            .record(account, watched_anywhere(case, account, "access that nobody uses", Analyzer::finds_unused_access));
    }
}
