//! What is known of an account's root user, from two sources (fact H2): the account summary, which is of now, and the
//! root row of the credential report, which may be hours old and which not every account has.

use forewarn_findings::{Findings, Reason, Reasons, Verdict};
use forewarn_inventory::{Account, AccountSummary, CredentialRow};

/// What a check asks of the root user.
pub(crate) struct Question {
    /// Whether the summary shows the bad state; `None` = it does not say.
    pub(crate) summary: fn(&AccountSummary) -> Option<bool>,
    /// The counter of the summary that shows it.
    pub(crate) counter: &'static str,
    /// Whether the root row shows it, and the pointer into the row that decides; `None` = it does not say.
    pub(crate) row: fn(&CredentialRow) -> Option<(bool, &'static str)>,
    /// The bad state as a sentence.
    pub(crate) bad: &'static str,
    /// The question after `whether`.
    pub(crate) asked: &'static str,
}

/// Judges the root user of `account`. A verdict that rests on the report carries the report's time.
pub(crate) fn record(account: &Account, question: &Question, findings: &mut Findings) {
    if let Some(reason) = without_root(account) {
        return findings.record(account, Verdict::not_applicable(reason));
    }
    let summary = account.iam.account_summary.read();
    let report = account.iam.credential_report.read();
    let now = summary.ok().flatten().and_then(question.summary);
    let row = report.ok().flatten().and_then(|report| {
        let (index, row) = report.rows.iter().enumerate().find(|(_, row)| row.is_root())?;
        let (bad, at) = (question.row)(row)?;
        Some((bad, format!("/credential_report/rows/{index}{at}"), report.generated))
    });
    let fail = |pointer: &str, note: &str| {
        Verdict::fail(question.bad, crate::on_account(account, &account.iam, pointer, note))
    };
    match (now, row) {
        // One of the two is out of date, and hiding either must not turn the verdict around.
        (Some(now), Some((then, _, generated))) if now != then => {
            let say = |bad| if bad { "shows it" } else { "does not" };
            findings.record_as_of(
                account,
                Verdict::unknown(Reason {
                    code: "sources_disagree".to_owned(),
                    message: format!(
                        "{}: the account summary {}, the credential report of {generated} {}",
                        question.bad,
                        say(now),
                        say(then)
                    ),
                    gap: None,
                }),
                generated,
            );
        }
        // Whether a bad state is one depends on whether there is anything to protect.
        (Some(true), _) if summary.ok().flatten().is_some_and(may_have_no_credentials) => {
            let message =
                "the account summary (iam:GetAccountSummary) does not say whether the root user has a password";
            let reason = Reason { code: "not_reported".to_owned(), message: message.to_owned(), gap: None };
            findings.record(account, Verdict::unknown(reason));
        }
        (Some(true), _) => {
            let pointer = format!("/account_summary/{}", question.counter);
            findings.record(account, fail(&pointer, "the account summary"));
        }
        (Some(false), _) => findings.record(account, Verdict::Pass),
        (None, Some((true, pointer, generated))) => {
            findings.record_as_of(account, fail(&pointer, "the root row of the credential report"), generated);
        }
        (None, Some((false, _, generated))) => findings.record_as_of(account, Verdict::Pass, generated),
        (None, None) => {
            let gaps = [summary.err(), report.err()].into_iter().flatten().map(Reason::from);
            let reasons = Reasons::all(gaps).unwrap_or_else(|| {
                Reasons::one(Reason {
                    code: "not_reported".to_owned(),
                    message: format!(
                        "neither the account summary nor the credential report says whether {}",
                        question.asked
                    ),
                    gap: None,
                })
            });
            findings.record(account, Verdict::Unknown(reasons));
        }
    }
}

/// Why there is no root user to judge, where there is none (fact H2).
pub(crate) fn without_root(account: &Account) -> Option<&'static str> {
    if account.partition == "aws-us-gov" {
        return Some("accounts of AWS GovCloud have no root user of this kind");
    }
    let summary = account.iam.account_summary.present()?;
    credentials(summary).iter().all(|flag| *flag == Some(false)).then_some("the root user has no credentials")
}

/// Whether a summary names no credential of the root user and leaves open whether there is one (fact H2).
fn may_have_no_credentials(summary: &AccountSummary) -> bool {
    !credentials(summary).contains(&Some(true))
}

/// Password, access keys, MFA: whether the root user has them; `None` = the summary does not say.
fn credentials(summary: &AccountSummary) -> [Option<bool>; 3] {
    [summary.root_password_present(), summary.root_access_keys_present(), summary.root_mfa_enabled()]
}
