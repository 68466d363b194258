#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, Judge, Parameter, ParameterKind, Protects, Severity, Side, Verdict};
use forewarn_inventory::{Account, CredentialRow, Fact, Reported};
use jiff::Timestamp;

use super::credentials::not_reported;
use super::root::without_root;

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "iam.root_recently_used",
    title: "Root user was used lately",
    severity: Severity::High,
    protects: Protects::EVERYTHING,
    side: Side::Customer,
    needs: &[Fact::AccountSummary, Fact::CredentialReport],
    parameters: &[Parameter {
        name: "quiet_days",
        kind: ParameterKind::Days,
        default: 90,
        doc: "a use of the root user within this many days fails",
    }],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for (account, report) in case.credential_reports() {
        if let Some(reason) = without_root(account) {
            findings.record(account, Verdict::not_applicable(reason));
            continue;
        }
        match report {
            Ok(report) => {
                let root = report.rows.iter().enumerate().find(|(_, row)| row.is_root());
                let verdict = root.map_or_else(
                    || not_reported("anything of the root user"),
                    |(index, row)| judge(case, account, index, row),
                );
                findings.record_as_of(account, verdict, report.generated);
            }
            Err(reason) => findings.record(account, Verdict::unknown(reason)),
        }
    }
}

/// The ways in that the report dates: the field, the words, and when it was last taken.
fn uses(row: &CredentialRow) -> [(&'static str, &'static str, &Reported<Timestamp>); 3] {
    let [first, second] = &row.keys;
    [
        ("/password_last_used", "the password", &row.password_last_used),
        ("/keys/0/last_used", "access key 1", &first.last_used),
        ("/keys/1/last_used", "access key 2", &second.last_used),
    ]
}

fn judge(case: &Case<'_>, account: &Account, index: usize, row: &CredentialRow) -> Verdict {
    let most = case.parameter("quiet_days");
    let mut recent = Vec::new();
    let mut unknown = false;
    for (field, what, used) in uses(row) {
        match used {
            Reported::Value(at) if case.days_since(*at) <= most => recent.push((*at, field, what)),
            Reported::Missing => unknown = true,
            Reported::Value(_) | Reported::NotApplicable | Reported::NotSupported | Reported::NoInformation => {}
        }
    }
    recent.sort();
    let Some((at, _, what)) = recent.last() else {
        return if unknown { not_reported("when the root user was last used") } else { Verdict::Pass };
    };
    let days = match case.days_since(*at) {
        0 => "less than a day ago".to_owned(),
        1 => "a day ago".to_owned(),
        days => format!("{days} days ago"),
    };
    let reason = format!("{what} of the root user was used {days}, on {at}");
    let mut evidence = recent.iter().rev().map(|(_, field, what)| {
        let pointer = format!("/credential_report/rows/{index}{field}");
        crate::on_account(account, &account.iam, &pointer, &format!("the last use of {what}"))
    });
    match evidence.next() {
        Some(first) => evidence.fold(Verdict::fail(reason, first), Verdict::also),
        None => Verdict::Pass,
    }
}
