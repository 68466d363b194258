#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, In, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::{Fact, User};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "iam.user_in_no_group",
    title: "User is in no group",
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
    if !user.groups.is_empty() {
        return Verdict::Pass;
    }
    let own = user.inline.len() + user.attached.len();
    let held = if own == 0 { "and has no policy at all" } else { "and lives on policies of its own" };
    Verdict::fail(format!("{} is in no group {held}", user.name), user.evidence("/groups", "in no group"))
}
