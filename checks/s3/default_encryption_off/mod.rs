#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, In, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::{Bucket, Fact};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "s3.default_encryption_off",
    title: "Bucket has no default encryption",
    severity: Severity::Medium,
    protects: &[Protects::Confidentiality],
    side: Side::Shared,
    needs: &[Fact::Buckets, Fact::BucketEncryption],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for bucket in case.buckets() {
        findings.record(&bucket, judge(&bucket));
    }
}

fn judge(bucket: &In<'_, Bucket>) -> Verdict {
    match bucket.encryption.read() {
        Ok(Some(_)) => Verdict::Pass,
        Ok(None) => {
            let reason = format!("{} has no default encryption", bucket.name);
            Verdict::fail(reason, bucket.evidence("/encryption", "none is set"))
        }
        Err(gap) => Verdict::unknown(gap),
    }
}
