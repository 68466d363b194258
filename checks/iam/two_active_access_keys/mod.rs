#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, In, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::{CredentialRow, Fact};

use super::credentials::{each_row, not_reported};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "iam.two_active_access_keys",
    title: "User has two active access keys",
    severity: Severity::Low,
    protects: Protects::EVERYTHING,
    side: Side::Customer,
    needs: &[Fact::CredentialReport, Fact::Users],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    each_row(case, findings, |row| Some(judge(row)));
}

fn judge(row: &In<'_, CredentialRow>) -> Verdict {
    let [first, second] = &row.keys;
    match (first.active.value(), second.active.value()) {
        (Some(true), Some(true)) => {
            let reason = format!("both access keys of {} are active", row.user);
            Verdict::fail(reason, row.evidence("/keys/0/active", "key 1")).also(row.evidence("/keys/1/active", "key 2"))
        }
        (Some(false), _) | (_, Some(false)) => Verdict::Pass,
        _ => not_reported("which keys are active"),
    }
}
