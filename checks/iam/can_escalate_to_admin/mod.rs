#![doc = include_str!("README.md")]

use forewarn_findings::{
    Answer, Case, Check, Findings, Identity, Judge, Protects, Reasons, Severity, Side, Verdict, Way,
};
use forewarn_inventory::Fact;

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "iam.can_escalate_to_admin",
    title: "User or role can make itself an administrator",
    severity: Severity::High,
    protects: Protects::EVERYTHING,
    side: Side::Customer,
    needs: &[
        Fact::Users,
        Fact::Groups,
        Fact::Roles,
        Fact::Policies,
        Fact::Organization,
        Fact::OrganizationAccounts,
        Fact::OrganizationUnits,
        Fact::ServiceControlPolicies,
    ],
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
    let (mut ways, doubts) = case.ways_to_admin(&case.rights(identity), &standing);
    ways.sort_by_key(|way| (!way.assumes.is_empty(), way.proofs.len()));
    let Some((way, others)) = ways.split_first() else {
        return Verdict::from_answer(Reasons::all(doubts).map_or(Answer::No, Answer::Unknown), |_| Verdict::Pass);
    };
    let Some((first, steps)) = way.proofs.split_first() else { return Verdict::Pass };
    let verdict = Verdict::proved(reason(identity, way, others), first.clone());
    steps.iter().fold(verdict, |verdict, step| {
        let mut evidence = step.evidence().clone();
        evidence.note = format!("allows {}", step.action());
        verdict.also(evidence)
    })
}

/// The technique with its steps, what is taken for granted, and what else works.
fn reason(identity: Identity<'_>, way: &Way, others: &[Way]) -> String {
    let name = identity.arn().rsplit_once('/').map_or(identity.arn(), |(_, name)| name);
    let steps: Vec<String> = way
        .proofs
        .iter()
        .map(|step| match step.hit.witness.resource.as_str() {
            "*" => step.action().to_owned(),
            resource => format!("{} on {resource}", step.action()),
        })
        .collect();
    let id = &way.technique.id;
    let mut said =
        format!("{name} can become an administrator ({id}: {}): {}", way.technique.title, steps.join(", then "));
    if !way.assumes.is_empty() {
        said.push_str("; it is assumed that ");
        said.push_str(&way.assumes.join(" and that "));
    }
    let others: Vec<&str> = others.iter().map(|way| way.technique.id.as_str()).collect();
    let more = match others.as_slice() {
        [] => String::new(),
        [one] => format!("; {one} works too"),
        all if all.len() <= FEW => format!("; {} work too", all.join(", ")),
        all => format!("; {} other techniques work too", all.len()),
    };
    said + &more
}

/// How many other techniques are named.
const FEW: usize = 5;
