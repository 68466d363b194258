#![doc = include_str!("README.md")]

use forewarn_findings::{Answer, Ask, Audience, Case, Check, Findings, In, Judge, Severity, Verdict};
use forewarn_inventory::Bucket;

use crate::s3::BUCKET_REACH;

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "s3.reachable_by_anyone",
    title: "Bucket can be read or written by anyone",
    severity: Severity::Critical,
    needs: BUCKET_REACH,
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for bucket in case.buckets() {
        findings.record(&bucket, judge(case, &bucket));
    }
}

/// Actions that change what others read.
const WRITES: &[&str] =
    &["s3:Put*", "s3:Delete*", "s3:AbortMultipartUpload", "s3:Replicate*", "s3:BypassGovernanceRetention"];

/// Asks the policy engine for a request that a stranger could make: one that writes, and else any.
fn judge<'a>(case: &Case<'a>, bucket: &In<'a, Bucket>) -> Verdict {
    let asked = case.bucket(bucket);
    let audiences = &[Audience::Anyone, Audience::AnyAwsAccount];
    let answer = match case.reach_with(&asked, &Ask { audiences, actions: WRITES, given: &[] }) {
        Answer::Yes(proof) => Answer::Yes(proof),
        Answer::No | Answer::Unknown(_) => case.reach(&asked, audiences),
    };
    Verdict::from_answer(answer, |proof| {
        let who = match proof.hit.audience {
            Audience::Anyone => "anyone, without signing in,",
            _ => "any AWS account",
        };
        Verdict::proved(format!("{who} can {} on {}", proof.action(), proof.hit.witness.resource), proof)
    })
}
