#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, In, Judge, Protects, Reason, Severity, Side, Verdict};
use forewarn_inventory::{Bucket, Fact};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "s3.policy_status_public",
    title: "AWS calls the bucket policy public",
    severity: Severity::Medium,
    protects: &[Protects::Confidentiality, Protects::Integrity],
    side: Side::Customer,
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
    let public = match case.public_statements(bucket, text) {
        Ok(public) => public,
        Err(reason) => return Verdict::unknown(*reason),
    };
    let said = match bucket.policy_status.read() {
        Ok(said) => said.copied(),
        Err(gap) => return Verdict::unknown(gap),
    };
    let Some(said) = said else {
        return Verdict::unknown(Reason {
            code: "not_reported".to_owned(),
            message: format!("AWS gives no status for the policy of {}", bucket.name),
            gap: None,
        });
    };
    let statements = public.len();
    let mut evidence = public.into_iter();
    match (evidence.next(), said) {
        (Some(first), true) => {
            let these = if statements == 1 { "one statement".to_owned() } else { format!("{statements} statements") };
            let reason = format!("AWS counts the policy of {} as public, because of {these}", bucket.name);
            evidence.fold(Verdict::fail(reason, first), Verdict::also)
        }
        (None, false) => Verdict::Pass,
        (ours, said) => {
            let word = |public: bool| if public { "public" } else { "not public" };
            let message = format!(
                "AWS disagrees: by its published rule the policy is {}, and it says {}",
                word(ours.is_some()),
                word(said)
            );
            case.status_in_doubt(bucket, text, message)
        }
    }
}
