#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, In, Judge, Parameter, ParameterKind, Reason, Severity, Verdict};
use forewarn_inventory::{CredentialRow, Fact};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "iam.access_key_old",
    title: "Access key is older than it should be",
    severity: Severity::Medium,
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
    for (account, report) in case.credential_reports() {
        let report = match report {
            Ok(report) => report,
            Err(reason) => {
                findings.record(account, Verdict::unknown(reason));
                continue;
            }
        };
        for row in &report.rows {
            let row = In::new(account, row);
            findings.record_as_of(&row, judge(case, &row), report.generated);
        }
        for user in account.iam.users.iter().filter(|user| report.row(&user.name).is_none()) {
            let user = In::new(account, user);
            findings.record_as_of(&user, Verdict::unknown(super::younger_than_report()), report.generated);
        }
    }
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
    match (old.first(), unknown) {
        (Some((slot, _)), _) => {
            let words: Vec<String> =
                old.iter().map(|(slot, days)| format!("key {} is {days} days old", slot + 1)).collect();
            let reason = format!("{}; {most} are allowed", words.join(", "));
            Verdict::fail(reason, row.evidence(&format!("/keys/{slot}/last_rotated"), "when the key was made"))
        }
        (None, true) => Verdict::unknown(Reason {
            code: "not_reported".to_owned(),
            message: "the credential report does not say how old a key is".to_owned(),
            gap: None,
        }),
        (None, false) if active == 0 => Verdict::not_applicable("no active access key"),
        (None, false) => Verdict::Pass,
    }
}
