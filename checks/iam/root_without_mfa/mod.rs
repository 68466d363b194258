#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, Judge, Protects, Severity, Side};
use forewarn_inventory::Fact;

use super::root::{Question, record};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "iam.root_without_mfa",
    title: "Root user has no MFA",
    severity: Severity::Critical,
    protects: Protects::EVERYTHING,
    side: Side::Customer,
    needs: &[Fact::AccountSummary, Fact::CredentialReport],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    let question = Question {
        summary: |summary| summary.root_mfa_enabled().map(|enabled| !enabled),
        counter: "AccountMFAEnabled",
        row: |row| row.mfa_active.value().map(|active| (!active, "/mfa_active")),
        bad: "the root user has no active MFA device",
        asked: "the root user has MFA",
    };
    for account in case.accounts() {
        record(account, &question, findings);
    }
}
