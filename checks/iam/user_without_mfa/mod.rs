#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, In, Judge, Reason, Severity, Verdict};
use forewarn_inventory::{CredentialRow, Fact};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "iam.user_without_mfa",
    title: "User with a console password has no MFA",
    severity: Severity::High,
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
        for row in report.rows.iter().filter(|row| !row.is_root()) {
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
    match (row.password_enabled.value(), row.mfa_active.value()) {
        (Some(false), _) => Verdict::not_applicable("the user has no console password"),
        (Some(true), Some(true)) => Verdict::Pass,
        (Some(true), Some(false)) => {
            let reason = format!("{} signs in to the console with a password alone", row.user);
            Verdict::fail(reason, row.evidence("/mfa_active", "no MFA device is active"))
                .also(row.evidence("/password_enabled", "a console password exists"))
        }
        _ => Verdict::unknown(Reason {
            code: "not_reported".to_owned(),
            message: "the credential report does not say whether the user has a password and MFA".to_owned(),
            gap: None,
        }),
    }
}
