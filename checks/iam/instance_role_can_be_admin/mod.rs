#![doc = include_str!("README.md")]

use forewarn_findings::{
    Answer, Case, Check, Findings, Identity, In, Judge, Protects, Reasons, Severity, Side, Verdict,
};
use forewarn_inventory::Role;

use super::ways;

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "iam.instance_role_can_be_admin",
    title: "Role of EC2 instances is an administrator or can become one",
    severity: Severity::High,
    protects: Protects::EVERYTHING,
    side: Side::Customer,
    needs: super::STANDING,
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

/// EC2 as trust policies name it; the second name is that of the regions in China.
const EC2: [&str; 2] = ["ec2.amazonaws.com", "ec2.amazonaws.com.cn"];

fn run(case: &Case<'_>, findings: &mut Findings) {
    for role in case.roles() {
        findings.record(&role, judge(case, &role));
    }
}

fn judge<'a>(case: &Case<'a>, role: &In<'a, Role>) -> Verdict {
    let Some(profile) = role.instance_profiles.first() else {
        return Verdict::not_applicable("no instance profile holds it");
    };
    if role.is_reserved() {
        return Verdict::not_applicable("AWS owns the role; the account cannot change what it may do");
    }
    if let Some(verdict) = without_ec2(case, role) {
        return verdict;
    }
    let standing = case.standing(role.account);
    if let Some(reasons) = standing.undecided.get(&role.arn) {
        return Verdict::Unknown(reasons.clone());
    }
    let rights = case.rights(Identity::Role(*role));
    let whoever = format!("whoever runs code on an instance with the profile {profile}");
    let verdict = match case.is_administrator(&rights).0 {
        Answer::Yes(proof) => Verdict::proved(format!("{whoever} is the administrator {}", role.name), *proof),
        Answer::No | Answer::Unknown(_) => {
            let (found, doubts) = case.ways_to_admin(&rights, &standing);
            let who = format!("{whoever} is {} and", role.name);
            match ways::fail(&who, found) {
                Some(verdict) => verdict,
                None => return Reasons::all(doubts).map_or(Verdict::Pass, Verdict::Unknown),
            }
        }
    };
    verdict
        .also(role.evidence("/instance_profiles", "instances get the role through these").related())
        .also(role.evidence("/trust", "lets EC2 assume it").related())
}

/// What is said of a role that EC2 cannot assume, or of which that is not known; `None` = EC2 can.
fn without_ec2<'a>(case: &Case<'a>, role: &In<'a, Role>) -> Option<Verdict> {
    let mut unsure = Vec::new();
    for service in EC2 {
        match case.is_assumed_by(role, service) {
            Ok(true) => return None,
            Ok(false) => {}
            Err(reason) => unsure.push(*reason),
        }
    }
    let not_at_all = || Verdict::not_applicable("EC2 cannot assume it, so that no instance gets it");
    Some(Reasons::all(unsure).map_or_else(not_at_all, Verdict::Unknown))
}
