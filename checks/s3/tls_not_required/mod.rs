#![doc = include_str!("README.md")]

use forewarn_findings::{Answer, Ask, Audience, Case, Check, Findings, In, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::Bucket;

use crate::s3::BUCKET_REACH;

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "s3.tls_not_required",
    title: "Bucket answers requests over plain HTTP",
    severity: Severity::Medium,
    protects: &[Protects::Confidentiality, Protects::Integrity],
    side: Side::Shared,
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

/// What is asked about: objects, and what lists or removes them. The owner's root user may always mend the bucket policy,
/// whatever the policy says (fact A1); that is no way to the data.
const ACTIONS: &[&str] = &["s3:*Object*", "s3:ListBucket*", "s3:*BucketAcl", "s3:DeleteBucket"];

/// Asks whether anybody at all gets in without TLS, the account's own people among them.
fn judge<'a>(case: &Case<'a>, bucket: &In<'a, Bucket>) -> Verdict {
    let asked = case.bucket(bucket);
    let plain = [("aws:SecureTransport", Some("false"))];
    let by = |audiences: &[Audience]| case.reach_with(&asked, &Ask { audiences, actions: ACTIONS, given: &plain });
    // The account's own people are enough for a finding; others matter only where those are kept out.
    let answer = match by(&[Audience::SameAccount]) {
        Answer::Yes(proof) => Answer::Yes(proof),
        Answer::Unknown(reasons) => Answer::Unknown(reasons),
        Answer::No => by(&Audience::ALL.into_iter().filter(|one| *one != Audience::SameAccount).collect::<Vec<_>>()),
    };
    Verdict::from_answer(answer, |proof| {
        Verdict::proved(format!("{} can {} over plain HTTP", proof.caller(), proof.action()), proof)
    })
}
