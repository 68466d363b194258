#![doc = include_str!("README.md")]

use forewarn_findings::{Audience, Case, Check, Findings, In, Judge, Proof, Protects, Severity, Side, Verdict};
use forewarn_inventory::Role;

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "iam.oidc_trust_open_to_strangers",
    title: "Role can be assumed by any tenant of a shared identity provider",
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
    Verdict::from_answer(case.reach(&case.role(role), &[Audience::FederatedStranger]), |proof| {
        Verdict::proved(reason(case, role, &proof), proof)
    })
}

/// Whose identities get in, and what would tell them apart.
fn reason<'a>(case: &Case<'a>, role: &In<'a, Role>, proof: &Proof) -> String {
    let Some(claims) = case.tenant_claims(role, proof) else {
        return format!("an identity that a stranger can have at {} can assume {}", proof.caller(), role.name);
    };
    let why = if claims.asked.is_empty() {
        let usual = claims.keys.first().map_or("a claim", String::as_str);
        format!("no condition asks for {usual} or another claim that says whose identity it is")
    } else {
        format!("the condition on {} fits strangers too", claims.asked.join(" and "))
    };
    format!("any tenant of {} can assume {}: {why}", claims.host, role.name)
}
