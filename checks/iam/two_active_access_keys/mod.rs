#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, In, Judge, Reason, Severity, Verdict};
use forewarn_inventory::{CredentialRow, Fact};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "iam.two_active_access_keys",
    title: "User has two active access keys",
    severity: Severity::Low,
    needs: &[Fact::CredentialReport, Fact::Users],
    parameters: &[],
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
            findings.record_as_of(&row, judge(&row), report.generated);
        }
        for user in account.iam.users.iter().filter(|user| report.row(&user.name).is_none()) {
            let user = In::new(account, user);
            findings.record_as_of(&user, Verdict::unknown(super::younger_than_report()), report.generated);
        }
    }
}

fn judge(row: &In<'_, CredentialRow>) -> Verdict {
    let [first, second] = &row.keys;
    match (first.active.value(), second.active.value()) {
        (Some(true), Some(true)) => {
            let reason = format!("both access keys of {} are active", row.user);
            Verdict::fail(reason, row.evidence("/keys/0/active", "key 1")).also(row.evidence("/keys/1/active", "key 2"))
        }
        (Some(false), _) | (_, Some(false)) => Verdict::Pass,
        _ => Verdict::unknown(Reason {
            code: "not_reported".to_owned(),
            message: "the credential report does not say which keys are active".to_owned(),
            gap: None,
        }),
    }
}
