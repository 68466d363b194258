#![doc = include_str!("README.md")]

use forewarn_findings::{Audience, Case, Check, Findings, In, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::Bucket;

use crate::s3::{BUCKET_REACH, reach_writing_first};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "s3.reachable_by_anyone",
    title: "Bucket can be read or written by anyone",
    severity: Severity::Critical,
    protects: Protects::EVERYTHING,
    side: Side::Customer,
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

/// Asks the policy engine for a request that a stranger could make: one that writes, and else any.
fn judge<'a>(case: &Case<'a>, bucket: &In<'a, Bucket>) -> Verdict {
    let answer = reach_writing_first(case, &case.bucket(bucket), &[Audience::Anyone, Audience::AnyAwsAccount]);
    Verdict::from_answer(answer, |proof| {
        let who = match proof.hit.audience {
            Audience::Anyone => "anyone, without signing in,",
            _ => "any AWS account",
        };
        Verdict::proved(format!("{who} can {} on {}", proof.action(), proof.hit.witness.resource), proof)
    })
}
