#![doc = include_str!("README.md")]

use forewarn_findings::{
    Case, Check, Findings, In, Judge, Parameter, ParameterKind, Protects, Severity, Side, Verdict,
};
use forewarn_inventory::{CredentialRow, Fact, Reported};

use super::credentials::{each_row, not_reported};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "iam.user_where_role_would_do",
    title: "Machine works with the key of a user where a role would do",
    severity: Severity::Low,
    protects: Protects::EVERYTHING,
    side: Side::Customer,
    needs: &[Fact::CredentialReport, Fact::Users],
    parameters: &[Parameter {
        name: "used_days",
        kind: ParameterKind::Days,
        default: 90,
        doc: "a key that was used within so many days is at work",
    }],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    each_row(case, findings, |row| (!row.is_root()).then(|| judge(case, row)));
}

fn judge(case: &Case<'_>, row: &In<'_, CredentialRow>) -> Verdict {
    let most = case.parameter("used_days");
    match row.password_enabled.value() {
        Some(false) => {}
        Some(true) => return Verdict::not_applicable("has a console password, so a person may be behind it"),
        None => return not_reported("whether the user has a password"),
    }
    let (mut unknown, mut active) = (false, 0);
    for (slot, key) in row.keys.iter().enumerate() {
        match (key.active.value(), &key.last_used) {
            (Some(false), _) => {}
            (Some(true), Reported::Value(used)) if case.days_since(*used) <= most => {
                let service = key.last_used_service.value().map_or("a service", String::as_str);
                let days = case.days_since(*used);
                let reason = format!("{} called {service} with key {} {days} days ago", row.user, slot + 1);
                return Verdict::fail(
                    reason,
                    row.evidence(&format!("/keys/{slot}/last_used"), "when it was last used"),
                )
                .also(row.evidence("/password_enabled", "no person signs in"));
            }
            (Some(true), Reported::Value(_) | Reported::NotApplicable | Reported::NoInformation) => active += 1,
            _ => unknown = true,
        }
    }
    match (unknown, active) {
        (true, _) => not_reported("whether an access key was used"),
        (false, 0) => Verdict::not_applicable("no active access key"),
        (false, _) => Verdict::Pass,
    }
}
