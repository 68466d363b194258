#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, In, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::{Fact, User};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "iam.user_policy_attached_directly",
    title: "User has policies of its own instead of a group's",
    severity: Severity::Low,
    protects: &[Protects::Integrity],
    side: Side::Customer,
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
    let reason = format!("{} on the user itself: {}", count(names.len()), names.join(", "));
    let attached = (0..user.attached.len()).map(|at| (format!("/attached/{at}/arn"), "attached to the user"));
    let inline = (0..user.inline.len()).map(|at| (format!("/inline/{at}/name"), "embedded in the user"));
    let mut evidence = attached.chain(inline).map(|(at, note)| user.evidence(&at, note));
    match evidence.next() {
        Some(first) => evidence.fold(Verdict::fail(reason, first), Verdict::also),
        None => Verdict::Pass,
    }
}

fn count(policies: usize) -> String {
    if policies == 1 { "1 policy stands".to_owned() } else { format!("{policies} policies stand") }
}
