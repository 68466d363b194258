#![doc = include_str!("README.md")]

use forewarn_findings::{Audience, Case, Check, Findings, In, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::{Fact, Trail};

use super::log_bucket::judged_bucket;
use crate::joined;
use crate::s3::{BUCKET_REACH, reach_writing_first};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "trail.bucket_reachable_by_outsider",
    title: "Bucket of the log can be reached from outside",
    severity: Severity::Critical,
    protects: &[Protects::Confidentiality, Protects::Integrity],
    side: Side::Customer,
    needs: &joined::<14>(&[BUCKET_REACH, &[Fact::Trails]]),
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for trail in case.trails() {
        findings.record(&trail, judge(case, &trail));
    }
}

fn judge<'a>(case: &Case<'a>, trail: &In<'a, Trail>) -> Verdict {
    let bucket = match judged_bucket(case, trail) {
        Ok(bucket) => bucket,
        Err(verdict) => return *verdict,
    };
    Verdict::from_answer(reach_writing_first(case, &case.bucket(&bucket), &Audience::OUTSIDERS_BUT_SERVICES), |proof| {
        let who = match proof.hit.audience {
            Audience::Anyone => "anyone, without signing in,".to_owned(),
            Audience::AnyAwsAccount => "any AWS account".to_owned(),
            Audience::AnyoneInNetwork => "anyone in a network that the policy names".to_owned(),
            _ => proof.caller(),
        };
        let reason = format!(
            "{who} can {} on {}, where the log of {} is",
            proof.action(),
            proof.hit.witness.resource,
            trail.name
        );
        Verdict::proved(reason, proof).also(trail.evidence("/bucket", "the log is delivered there").related())
    })
}
