//! Accounts that nobody could look into, as results: formats that have nothing but results would leave them out.

use std::sync::Arc;

use forewarn_findings::{
    CheckCard, Finding, Gap, Grounds, Protects, Reason, Report, Resource, Severity, Side, VerdictKind,
};

/// The id that such results have; no check has it.
pub(crate) const CHECK: &str = "forewarn.account_not_assessed";

/// What is to be said of [`CHECK`].
pub(crate) fn card() -> CheckCard {
    CheckCard {
        title: "Account could not be assessed".to_owned(),
        severity: Severity::Critical,
        protects: Protects::EVERYTHING.to_vec(),
        side: Side::Customer,
        operations: vec!["sts:AssumeRole".to_owned()],
        what: "An account that was asked for and could not be entered, or that the organisation did not name.".to_owned(),
        why: "Nothing is known about it: whatever is wrong there is in no other result.".to_owned(),
        fix: "Give the caller leave to enter it: `forewarn permissions --org` prints what that takes, `forewarn permissions --member` what the role in the account needs.".to_owned(),
    }
}

/// One Unknown for each account that was asked for and could not be entered, and for each reason why there may be more.
pub(crate) fn findings(report: &Report) -> Vec<Finding> {
    let accounts = report.coverage.accounts.iter();
    let closed = accounts.filter_map(|account| Some(unknown(report, &account.id, account.gap.as_ref()?, "")));
    let own = caller(report);
    let unlisted = report
        .coverage
        .unlisted
        .iter()
        .map(|gap| unknown(report, own, gap, "there may be more accounts than those that were named: "));
    closed.chain(unlisted).collect()
}

/// The account of whoever asked.
fn caller(report: &Report) -> &str {
    let asked = report.run.caller_arn.as_deref().and_then(|arn| arn.split(':').nth(4));
    let assessed = || report.coverage.accounts.first().map(|account| account.id.as_str());
    asked.or_else(assessed).unwrap_or("000000000000")
}

fn unknown(report: &Report, account: &str, gap: &Gap, before: &str) -> Finding {
    let partition = report.run.caller_arn.as_deref().and_then(|arn| arn.split(':').nth(1)).unwrap_or("aws");
    let because = Reason::from(gap);
    Finding {
        check: CHECK.into(),
        verdict: VerdictKind::Unknown,
        severity: Severity::Critical,
        resource: Arc::new(Resource {
            arn: format!("arn:{partition}:iam::{account}:root"),
            account: account.to_owned(),
            region: None,
        }),
        grounds: Arc::new(Grounds {
            reason: format!("{before}{}", because.message).into(),
            unknown_because: [because].into(),
            ..Grounds::default()
        }),
        fingerprint: crate::place::id(CHECK, account, &gap.operation),
        change: None,
        exception: None,
        age: None,
    }
}
