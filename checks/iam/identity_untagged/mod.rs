#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::Fact;

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "iam.identity_untagged",
    title: "User or role has no tags",
    severity: Severity::Informational,
    protects: &[Protects::Integrity],
    side: Side::Customer,
    needs: &[Fact::Users, Fact::Roles],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for user in case.users() {
        let verdict = if user.tags.is_empty() {
            Verdict::fail(format!("{} has no tags", user.name), user.evidence("/tags", "none"))
        } else {
            Verdict::Pass
        };
        findings.record(&user, verdict);
    }
    for role in case.roles() {
        let verdict = if role.is_reserved() {
            Verdict::not_applicable("AWS owns the role")
        } else if role.tags.is_empty() {
            Verdict::fail(format!("{} has no tags", role.name), role.evidence("/tags", "none"))
        } else {
            Verdict::Pass
        };
        findings.record(&role, verdict);
    }
}
