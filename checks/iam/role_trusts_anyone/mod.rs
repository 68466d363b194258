#![doc = include_str!("README.md")]

use forewarn_findings::{Audience, Case, Check, Findings, In, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::Role;

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "iam.role_trusts_anyone",
    title: "Role can be assumed by anyone",
    severity: Severity::Critical,
    protects: Protects::EVERYTHING,
    side: Side::Customer,
    needs: super::ROLE_REACH,
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for role in case.roles() {
        findings.record(&role, judge(case, &role));
    }
}

fn judge<'a>(case: &Case<'a>, role: &In<'a, Role>) -> Verdict {
    if role.is_reserved() {
        return Verdict::not_applicable("AWS owns the role; the account cannot change its trust");
    }
    let audiences = [Audience::Anyone, Audience::AnyAwsAccount];
    Verdict::from_answer(case.reach(&case.role(role), &audiences), |proof| {
        Verdict::proved(format!("a principal of any AWS account can assume {}", role.name), proof)
    })
}
