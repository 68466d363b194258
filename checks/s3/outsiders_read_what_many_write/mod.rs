#![doc = include_str!("README.md")]

use forewarn_findings::{
    Answer, Ask, Asked, Audience, Case, Check, Evidence, Findings, In, Judge, Parameter, ParameterKind, Proof,
    Protects, Reason, Reasons, Resource, Rights, Severity, Side, Verdict,
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
    for account in case.accounts() {
        let mut read = Vec::new();
        for bucket in account.s3.buckets.iter().map(|bucket| In::new(account, bucket)) {
            match Read::of(case, bucket) {
                Ok(bucket) => read.push(bucket),
                Err(verdict) => findings.record(&bucket, *verdict),
            }
        }
        // Identity by identity, as what each may do is gathered from many policies.
        let anybody = !read.is_empty();
        for identity in case.identities_of(account).filter(|identity| anybody && !identity.is_reserved()) {
            let rights = case.rights(identity);
            let by_own = rights.may_allow(WRITES);
            for bucket in read.iter_mut().filter(|bucket| by_own || bucket.may_allow) {
                bucket.ask(case, &rights);
            }
        }
        for bucket in read {
            let resource = Resource::from(&bucket.bucket);
            findings.record(resource, bucket.verdict(case));
        }
    }
}

/// A bucket that outsiders read, and into which none of them writes.
struct Read<'a> {
    bucket: In<'a, Bucket>,
    asked: Asked<'a>,
    reads: Proof,
    /// Whether its policy allows anybody to write.
    may_allow: bool,
    able: Vec<(&'a str, Proof)>,
    doubts: Vec<Reason>,
}

impl<'a> Read<'a> {
    /// Asks who outside reads and writes; the verdict where that settles it.
    fn of(case: &Case<'a>, bucket: In<'a, Bucket>) -> Result<Self, Box<Verdict>> {
        let asked = case.bucket(&bucket);
        let ask = |audiences, actions| case.reach_with(&asked, &Ask { audiences, actions, given: &[] });
        let reads = match ask(&Audience::OUTSIDERS, READS) {
            Answer::Yes(proof) => *proof,
            Answer::No => return Err(Box::new(Verdict::not_applicable("no outsider reads from it"))),
            Answer::Unknown(reasons) => return Err(Box::new(Verdict::Unknown(reasons))),
        };
        let mut doubts: Vec<Reason> = Vec::new();
        match ask(&[&Audience::OUTSIDERS[..], &[Audience::Organization]].concat(), WRITES) {
            Answer::Yes(writes) => {
                let reason = format!("{}, and {} can {} there", who(&reads), writes.caller(), writes.action());
                return Err(Box::new(Verdict::proved(reason, *writes).also(told(&reads))));
            }
            Answer::No => {}
            Answer::Unknown(reasons) => doubts.extend(reasons.iter().cloned()),
        }
        let may_allow = asked.may_allow(WRITES);
        Ok(Self { bucket, asked, reads, may_allow, able: Vec::new(), doubts })
    }

    /// Whether somebody of the account writes into it.
    fn ask(&mut self, case: &Case<'a>, rights: &Rights<'a>) {
        match case.can(rights, WRITES, &format!("{}/*", self.bucket.arn), Some(&self.asked)) {
            Answer::Yes(proof) => self.able.push((rights.identity.arn(), *proof)),
            Answer::No => {}
            Answer::Unknown(reasons) => self.doubts.extend(reasons.iter().cloned()),
        }
    }

    fn verdict(mut self, case: &Case<'a>) -> Verdict {
        let most = usize::try_from(case.parameter("writers")).unwrap_or_default();
        self.able.sort_by_key(|(arn, _)| *arn);
        let count = self.able.len();
        if let Some((_, first)) = self.able.first().filter(|_| count > most) {
            let name = |arn: &'a str| arn.rsplit_once('/').map_or(arn, |(_, name)| name);
            let names: Vec<&str> = self.able.iter().take(NAMED).map(|(arn, _)| name(arn)).collect();
            let more = count - names.len();
            let names = if more == 0 { names.join(", ") } else { format!("{} and {more} more", names.join(", ")) };
            let who = who(&self.reads);
            let reason = format!("{who}, and {count} users and roles can write there: {names}; {most} are allowed");
            return Verdict::proved(reason, first.clone()).also(told(&self.reads));
        }
        self.doubts.extend(case.unlisted_identities(self.bucket.account).map(Reason::from));
        Reasons::all(self.doubts).map_or(Verdict::Pass, Verdict::Unknown)
    }
}

fn who(reads: &Proof) -> String {
    format!("{} can {} on {}", reads.caller(), reads.action(), reads.hit.witness.resource)
}

/// The statement by which outsiders read, with the request that shows it.
fn told(reads: &Proof) -> Evidence {
    let mut evidence = reads.evidence().clone();
    evidence.note =
        format!("lets {} read: {} on {}", reads.caller(), reads.action(), reads.hit.witness.resource).into();
    evidence
}
