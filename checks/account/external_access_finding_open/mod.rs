#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Evidence, Findings, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::{Account, Analyzer, Fact};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "account.external_access_finding_open",
    title: "Access Analyzer found access from outside that nobody dealt with",
    severity: Severity::Medium,
    protects: &[Protects::Confidentiality, Protects::Integrity],
    side: Side::Customer,
    needs: &[Fact::Analyzers, Fact::AnalyzerFindings],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

/// How many resources a reason names.
const NAMED: usize = 3;

fn run(case: &Case<'_>, findings: &mut Findings) {
    for account in case.accounts() {
        findings.record(account, judge(account));
    }
}

fn judge(account: &Account) -> Verdict {
    let mut looking = account.iam.analyzers.iter().filter(|analyzer| analyzer.finds_outsiders()).peekable();
    if looking.peek().is_none() && account.iam.analyzers.is_whole() {
        return Verdict::not_applicable("no analyzer of the account looks for access from outside");
    }
    let mut resources = Vec::new();
    let mut evidence = Vec::new();
    for (at, analyzer) in account.iam.analyzers.iter().enumerate() {
        for (number, finding) in analyzer.findings.iter().enumerate() {
            resources.push(finding.resource.as_str());
            evidence.push(pointer(account, at, number, analyzer));
        }
    }
    let mut evidence = evidence.into_iter();
    let Some(first) = evidence.next() else { return Verdict::Pass };
    let count = resources.len();
    resources.sort_unstable();
    resources.dedup();
    let more = resources.len().saturating_sub(NAMED);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    let named = resources.into_iter().take(NAMED).collect::<Vec<_>>().join(", ") + &rest;
    let findings = if count == 1 { "1 active finding".to_owned() } else { format!("{count} active findings") };
    evidence.fold(Verdict::fail(format!("{findings} about access from outside: {named}"), first), Verdict::also)
}

/// The id alone: when a resource was last looked at is no part of what was found.
fn pointer(account: &Account, analyzer: usize, number: usize, whose: &Analyzer) -> Evidence {
    let pointer = format!("/analyzers/{analyzer}/findings/{number}/id");
    crate::on_account(account, &account.iam, &pointer, &format!("an active finding of {}", whose.arn))
}
