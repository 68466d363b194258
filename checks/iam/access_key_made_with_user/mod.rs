#![doc = include_str!("README.md")]

use forewarn_findings::{
    Case, Check, Findings, In, Judge, Parameter, ParameterKind, Protects, Severity, Side, Verdict,
};
use forewarn_inventory::{CredentialRow, Fact, Reported};

use super::credentials::{each_row, not_reported};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "iam.access_key_made_with_user",
    title: "Access key was made together with the user and never used",
    severity: Severity::Low,
    protects: Protects::EVERYTHING,
    side: Side::Customer,
    needs: &[Fact::CredentialReport, Fact::Users],
    parameters: &[Parameter {
        name: "within_minutes",
        kind: ParameterKind::Count,
        default: 60,
        doc: "a key made within so many minutes of its user was made with it",
    }],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    each_row(case, findings, |row| (!row.is_root()).then(|| judge(case, row)));
}

fn judge(case: &Case<'_>, row: &In<'_, CredentialRow>) -> Verdict {
    let most = case.parameter("within_minutes");
    match row.password_enabled.value() {
        Some(true) => {}
        Some(false) => return Verdict::not_applicable("no console password"),
        None => return not_reported("whether the user has a password"),
    }
    let Some(created) = row.created.value() else { return not_reported("when the user was made") };
    let (mut found, mut unknown, mut active) = (None, false, 0);
    for (slot, key) in row.keys.iter().enumerate() {
        match key.active.value() {
            Some(true) => active += 1,
            Some(false) => continue,
            None => {
                unknown = true;
                continue;
            }
        }
        let never = matches!(key.last_used, Reported::NotApplicable | Reported::NoInformation);
        match (key.last_rotated.value(), &key.last_used) {
            (Some(made), _) if never && (made.as_second() - created.as_second()).abs() <= most.saturating_mul(60) => {
                found = found.or(Some(slot));
            }
            (_, Reported::Value(_)) | (Some(_), Reported::NotApplicable | Reported::NoInformation) => {}
            _ => unknown = true,
        }
    }
    match found {
        Some(slot) => {
            let reason = format!("key {} of {} was made with the user and never used since", slot + 1, row.user);
            Verdict::fail(reason, row.evidence(&format!("/keys/{slot}/last_rotated"), "when the key was made"))
                .also(row.evidence("/created", "when the user was made"))
        }
        None if unknown => not_reported("when an access key was made or used"),
        None if active == 0 => Verdict::not_applicable("no active access key"),
        None => Verdict::Pass,
    }
}
