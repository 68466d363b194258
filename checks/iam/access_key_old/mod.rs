#![doc = include_str!("README.md")]

use forewarn_findings::{
    Case, Check, Findings, In, Judge, Parameter, ParameterKind, Protects, Severity, Side, Verdict,
};
use forewarn_inventory::{CredentialRow, Fact};

use super::credentials::{each_row, not_reported};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "iam.access_key_old",
    title: "Access key is older than it should be",
    severity: Severity::Medium,
    protects: Protects::EVERYTHING,
    side: Side::Customer,
    needs: &[Fact::CredentialReport, Fact::Users],
    parameters: &[Parameter {
        name: "max_age_days",
        kind: ParameterKind::Days,
        default: 90,
        doc: "an active key older than this fails",
    }],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    each_row(case, findings, |row| Some(judge(case, row)));
}

fn judge(case: &Case<'_>, row: &In<'_, CredentialRow>) -> Verdict {
    let most = case.parameter("max_age_days");
    let mut old = Vec::new();
    let mut unknown = false;
    let mut active = 0;
    for (slot, key) in row.keys.iter().enumerate() {
        match (key.active.value(), key.last_rotated.value()) {
            (Some(false), _) => {}
            (Some(true), Some(rotated)) => {
                active += 1;
                let days = case.days_since(*rotated);
                if days > most {
                    old.push((slot, days));
                }
            }
            _ => unknown = true,
        }
    }
    let mut evidence =
        old.iter().map(|(slot, _)| row.evidence(&format!("/keys/{slot}/last_rotated"), "when the key was made"));
    match evidence.next() {
        Some(first) => {
            let words: Vec<String> =
                old.iter().map(|(slot, days)| format!("key {} is {days} days old", slot + 1)).collect();
            let reason = format!("{}; {most} are allowed", words.join(", "));
            evidence.fold(Verdict::fail(reason, first), Verdict::also)
        }
        None if unknown => not_reported("how old a key is"),
        None if active == 0 => Verdict::not_applicable("no active access key"),
        None => Verdict::Pass,
    }
}
