#![doc = include_str!("README.md")]

use forewarn_findings::{Audience, Case, Check, Findings, In, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::{Bucket, Fact};

use crate::s3::reach_writing_first;

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "s3.reachable_by_aws_service_of_anyone",
    title: "Bucket can be reached through an AWS service on behalf of any account",
    severity: Severity::Medium,
    protects: &[Protects::Confidentiality, Protects::Integrity],
    side: Side::Shared,
    // Block Public Access and ACLs do not concern services that a policy names.
    needs: &[
        Fact::Buckets,
        Fact::BucketPolicy,
        Fact::AccessPoints,
        Fact::AccessPointPolicy,
        Fact::Organization,
        Fact::OrganizationAccounts,
        Fact::OrganizationUnits,
        Fact::ResourceControlPolicies,
    ],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for bucket in case.buckets() {
        findings.record(&bucket, judge(case, &bucket));
    }
}

fn judge<'a>(case: &Case<'a>, bucket: &In<'a, Bucket>) -> Verdict {
    let answer = reach_writing_first(case, &case.bucket(bucket).for_services(), &[Audience::AwsServiceOfAnyone]);
    Verdict::from_answer(answer, |proof| {
        let reason = format!(
            "{} can {} on {} on behalf of any AWS account that tells it to",
            proof.caller(),
            proof.action(),
            proof.hit.witness.resource
        );
        Verdict::proved(reason, proof)
    })
}
