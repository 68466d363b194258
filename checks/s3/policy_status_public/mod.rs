#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, In, Judge, Reason, Severity, Verdict};
use forewarn_inventory::{Bucket, Fact};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "s3.policy_status_public",
    title: "AWS calls the bucket policy public",
    severity: Severity::Medium,
    needs: &[Fact::Buckets, Fact::BucketPolicy, Fact::BucketPolicyStatus],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for bucket in case.buckets() {
        findings.record(&bucket, judge(case, &bucket));
    }
}

/// Holds AWS's answer against the rule that AWS publishes; where they differ, nobody knows.
fn judge(case: &Case<'_>, bucket: &In<'_, Bucket>) -> Verdict {
    let text = match bucket.policy.read() {
        Ok(None) => return Verdict::Pass,
        Ok(Some(text)) => text,
        Err(gap) => return Verdict::unknown(gap),
    };
    let computed = match case.policy_status(bucket, text) {
        Ok(computed) => computed,
        Err(reason) => return Verdict::unknown(*reason),
    };
    let said = match bucket.policy_status.read() {
        Ok(said) => said.copied(),
        Err(gap) => return Verdict::unknown(gap),
    };
    match (computed, said) {
        (Some(first), Some(true)) => Verdict::fail("AWS counts the policy as public because of this statement", first),
        (None, Some(false)) => Verdict::Pass,
        (computed, said) => {
            let word = |public: bool| if public { "public" } else { "not public" };
            let aws = said.map_or("gives no status", word);
            Verdict::unknown(Reason {
                code: "aws_disagrees".to_owned(),
                message: format!("by its published rule the policy is {}, AWS says: {aws}", word(computed.is_some())),
                gap: None,
            })
        }
    }
}
