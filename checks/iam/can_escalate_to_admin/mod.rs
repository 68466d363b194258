#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, Identity, Judge, Protects, Reasons, Severity, Side, Verdict};

use super::ways;

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "iam.can_escalate_to_admin",
    title: "User or role can make itself an administrator",
    severity: Severity::High,
    protects: Protects::EVERYTHING,
    side: Side::Customer,
    needs: super::STANDING,
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for identity in case.identities() {
        findings.record(&identity, judge(case, identity));
    }
}

fn judge<'a>(case: &Case<'a>, identity: Identity<'a>) -> Verdict {
    if identity.is_reserved() {
        return Verdict::not_applicable("AWS owns the role; the account cannot change what it may do");
    }
    if case.is_security_principal(identity.arn()) {
        return Verdict::not_applicable("it is configured as a security principal");
    }
    let standing = case.standing(identity.account());
    if standing.administrators.contains(identity.arn()) {
        return Verdict::not_applicable("it is an administrator already");
    }
    if let Some(reasons) = standing.undecided.get(identity.arn()) {
        return Verdict::Unknown(reasons.clone());
    }
    let (ways, doubts) = case.ways_to_admin(&case.rights(identity), &standing);
    let name = identity.arn().rsplit_once('/').map_or(identity.arn(), |(_, name)| name);
    ways::fail(name, ways).unwrap_or_else(|| Reasons::all(doubts).map_or(Verdict::Pass, Verdict::Unknown))
}
