#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::{Account, CredentialReport, Fact};

use super::credentials::not_reported;

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "iam.people_sign_in_as_users",
    title: "People sign in as users of the account",
    severity: Severity::Low,
    protects: &[Protects::Confidentiality, Protects::Integrity],
    side: Side::Customer,
    needs: &[Fact::CredentialReport],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

/// How many users are pointed at.
const SHOWN: usize = 5;

fn run(case: &Case<'_>, findings: &mut Findings) {
    for (account, report) in case.credential_reports() {
        match report {
            Ok(report) => findings.record_as_of(account, judge(account, report), report.generated),
            Err(reason) => findings.record(account, Verdict::unknown(reason)),
        }
    }
}

fn judge(account: &Account, report: &CredentialReport) -> Verdict {
    let users = || report.rows.iter().enumerate().filter(|(_, row)| !row.is_root());
    let people: Vec<usize> =
        users().filter(|(_, row)| row.password_enabled.value() == Some(&true)).map(|(at, _)| at).collect();
    let mut evidence = people.iter().take(SHOWN).map(|at| {
        let pointer = format!("/credential_report/rows/{at}/user");
        crate::on_account(account, &account.iam, &pointer, "has a console password")
    });
    match evidence.next() {
        Some(first) => {
            let reason = format!("{} with a password of the account's own", count(people.len()));
            evidence.fold(Verdict::fail(reason, first), Verdict::also)
        }
        None if users().any(|(_, row)| row.password_enabled.value().is_none()) => {
            not_reported("which users have a password")
        }
        None => Verdict::Pass,
    }
}

fn count(people: usize) -> String {
    if people == 1 { "1 user signs in".to_owned() } else { format!("{people} users sign in") }
}
