#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, In, Judge, Severity, Verdict};
use forewarn_inventory::{Fact, User};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "iam.user_policy_attached_directly",
    title: "User has policies of its own instead of a group's",
    severity: Severity::Low,
    needs: &[Fact::Users],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for user in case.users() {
        findings.record(&user, judge(&user));
    }
}

fn judge(user: &In<'_, User>) -> Verdict {
    let names: Vec<&str> = user
        .attached
        .iter()
        .map(|policy| policy.name.as_str())
        .chain(user.inline.iter().map(|policy| policy.name.as_str()))
        .collect();
    if names.is_empty() {
        return Verdict::Pass;
    }
    let at = if user.attached.is_empty() { "/inline/0/name" } else { "/attached/0/arn" };
    let reason = format!("{} on the user itself: {}", count(names.len()), names.join(", "));
    Verdict::fail(reason, user.evidence(at, "the first of them"))
}

fn count(policies: usize) -> String {
    if policies == 1 { "1 policy stands".to_owned() } else { format!("{policies} policies stand") }
}
