#![doc = include_str!("README.md")]

use forewarn_findings::{Ask, Audience, Case, Check, Findings, In, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::Role;

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "iam.role_trusts_account_without_external_id",
    title: "Role trusts a foreign account without an external id",
    severity: Severity::Medium,
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

/// Asks for a request of a named foreign account that carries no external id.
fn judge<'a>(case: &Case<'a>, role: &In<'a, Role>) -> Verdict {
    if role.is_reserved() {
        return Verdict::not_applicable("AWS owns the role; the account cannot change its trust");
    }
    let ask =
        Ask { audiences: &[Audience::Accounts], actions: &["sts:AssumeRole"], given: &[("sts:ExternalId", None)] };
    Verdict::from_answer(case.reach_with(&case.role(role), &ask), |proof| {
        Verdict::proved(format!("{} can assume {} without an external id", proof.caller(), role.name), proof)
    })
}
