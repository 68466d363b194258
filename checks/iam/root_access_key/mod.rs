#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, Judge, Protects, Severity, Side};
use forewarn_inventory::{CredentialRow, Fact, Reported};

use super::root::{Question, record};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "iam.root_access_key",
    title: "Root user has an access key",
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
        summary: |summary| summary.root_access_keys_present(),
        counter: "AccountAccessKeysPresent",
        row: key,
        bad: "the root user has an access key",
        asked: "the root user has access keys",
    };
    for account in case.accounts() {
        record(account, &question, findings);
    }
}

/// Whether the root row shows a key. One that is turned off is there all the same: it has a date, and no key has none.
fn key(row: &CredentialRow) -> Option<(bool, &'static str)> {
    let mut none = true;
    let slots = [("/keys/0/active", "/keys/0/last_rotated"), ("/keys/1/active", "/keys/1/last_rotated")];
    for (key, (active, made)) in row.keys.iter().zip(slots) {
        match (key.active.value(), &key.last_rotated) {
            (Some(true), _) => return Some((true, active)),
            (_, Reported::Value(_)) => return Some((true, made)),
            (Some(false), Reported::NotApplicable) => {}
            _ => none = false,
        }
    }
    none.then_some((false, "/keys"))
}
