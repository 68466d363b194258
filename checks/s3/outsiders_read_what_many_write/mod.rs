#![doc = include_str!("README.md")]

use forewarn_findings::{
    Answer, Ask, Audience, Case, Check, Evidence, Findings, In, Judge, Parameter, ParameterKind, Proof, Protects,
    Reason, Reasons, Severity, Side, Verdict,
};
use forewarn_inventory::{Bucket, Fact};

use super::BUCKET_REACH;

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "s3.outsiders_read_what_many_write",
    title: "Outsiders read from a bucket into which many can write",
    severity: Severity::High,
    protects: &[Protects::Integrity],
    side: Side::Customer,
    needs: &NEEDS,
    parameters: &[Parameter {
        name: "writers",
        kind: ParameterKind::Count,
        default: 10,
        doc: "so many users and roles of the account may write into a bucket that outsiders read",
    }],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

const NEEDS: [Fact; 18] = crate::joined(&[
    BUCKET_REACH,
    &[Fact::Users, Fact::Groups, Fact::Roles, Fact::Policies, Fact::ServiceControlPolicies],
]);

/// What hands an object out.
const READS: &[&str] = &["s3:GetObject", "s3:GetObjectVersion"];

/// What puts another object in its place.
const WRITES: &[&str] = &["s3:PutObject"];

/// How many of those who can write are named.
const NAMED: usize = 5;

fn run(case: &Case<'_>, findings: &mut Findings) {
    for bucket in case.buckets() {
        findings.record(&bucket, judge(case, &bucket));
    }
}

fn judge<'a>(case: &Case<'a>, bucket: &In<'a, Bucket>) -> Verdict {
    let asked = case.bucket(bucket);
    let ask = |audiences, actions| case.reach_with(&asked, &Ask { audiences, actions, given: &[] });
    let reads = match ask(&Audience::OUTSIDERS, READS) {
        Answer::Yes(proof) => proof,
        Answer::No => return Verdict::not_applicable("no outsider reads from it"),
        Answer::Unknown(reasons) => return Verdict::Unknown(reasons),
    };
    let who = format!("{} can {} on {}", reads.caller(), reads.action(), reads.hit.witness.resource);
    let mut doubts: Vec<Reason> = Vec::new();
    match ask(&[&Audience::OUTSIDERS[..], &[Audience::Organization]].concat(), WRITES) {
        Answer::Yes(writes) => {
            let reason = format!("{who}, and {} can {} there", writes.caller(), writes.action());
            return Verdict::proved(reason, *writes).also(told(&reads));
        }
        Answer::No => {}
        Answer::Unknown(reasons) => doubts.extend(reasons.iter().cloned()),
    }
    let most = usize::try_from(case.parameter("writers")).unwrap_or_default();
    let objects = format!("{}/*", bucket.arn);
    let mut able: Vec<(&'a str, Proof)> = Vec::new();
    for identity in case.identities_of(bucket.account).filter(|identity| !identity.is_reserved()) {
        match case.can(&case.rights(identity), WRITES, &objects, Some(&asked)) {
            Answer::Yes(proof) => able.push((identity.arn(), *proof)),
            Answer::No => {}
            Answer::Unknown(reasons) => doubts.extend(reasons.iter().cloned()),
        }
    }
    able.sort_by_key(|(arn, _)| *arn);
    if able.len() > most
        && let Some((_, first)) = able.first()
    {
        let names: Vec<&str> =
            able.iter().take(NAMED).map(|(arn, _)| arn.rsplit_once('/').map_or(*arn, |(_, name)| name)).collect();
        let more = able.len() - names.len();
        let names = if more == 0 { names.join(", ") } else { format!("{} and {more} more", names.join(", ")) };
        let count = able.len();
        let reason = format!("{who}, and {count} users and roles can write there: {names}; {most} are allowed");
        return Verdict::proved(reason, first.clone()).also(told(&reads));
    }
    doubts.extend(case.unlisted_identities(bucket.account).map(Reason::from));
    Reasons::all(doubts).map_or(Verdict::Pass, Verdict::Unknown)
}

/// The statement by which outsiders read, with the request that shows it.
fn told(reads: &Proof) -> Evidence {
    let mut evidence = reads.evidence().clone();
    evidence.note = format!("lets {} read: {} on {}", reads.caller(), reads.action(), reads.hit.witness.resource);
    evidence
}
