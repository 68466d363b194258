//! The credential report, user by user (fact H3): it has no key ids, may be four hours old, and does not know the users
//! that were made since.

use std::collections::{BTreeMap, BTreeSet};

use forewarn_findings::{Case, Findings, In, Reason, Verdict};
use forewarn_inventory::CredentialRow;
use jiff::Timestamp;

/// Judges every row of every credential report, as of the time that AWS made the report; `None` = a row that the check
/// is not about.
///
/// A user who was made after the report is Unknown, also where the report has a row of that name: it is then the row of
/// an earlier user, whose password and keys went with it.
pub(crate) fn each_row<'a>(
    case: &Case<'a>,
    findings: &mut Findings,
    judge: impl Fn(&In<'a, CredentialRow>) -> Option<Verdict>,
) {
    for (account, report) in case.credential_reports() {
        let report = match report {
            Ok(report) => report,
            Err(reason) => {
                findings.record(account, Verdict::unknown(reason));
                continue;
            }
        };
        let known: BTreeSet<&str> = report.rows.iter().map(|row| row.user.as_str()).collect();
        let younger: BTreeMap<&str, Timestamp> = account
            .iam
            .users
            .iter()
            .filter(|user| user.created > report.generated || !known.contains(user.name.as_str()))
            .map(|user| (user.name.as_str(), user.created))
            .collect();
        for row in report.rows.iter().filter(|row| !younger.contains_key(row.user.as_str())) {
            let row = In::new(account, row);
            if let Some(verdict) = judge(&row) {
                findings.record_as_of(&row, verdict, report.generated);
            }
        }
        for user in account.iam.users.iter().filter(|user| younger.contains_key(user.name.as_str())) {
            let reason = Reason {
                code: "younger_than_report".to_owned(),
                message: format!(
                    "{} was made at {}, and the credential report of {} (iam:GetCredentialReport) does not know the user",
                    user.name, user.created, report.generated
                ),
                gap: None,
            };
            findings.record_as_of(&In::new(account, user), Verdict::unknown(reason), report.generated);
        }
    }
}

/// The report has no such column, or no information in it.
pub(crate) fn not_reported(what: &str) -> Verdict {
    Verdict::unknown(Reason {
        code: "not_reported".to_owned(),
        message: format!("the credential report does not say {what}"),
        gap: None,
    })
}
