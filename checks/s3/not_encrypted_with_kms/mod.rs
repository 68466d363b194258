#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, In, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::{Bucket, Fact};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "s3.not_encrypted_with_kms",
    title: "Objects are not under a KMS key by default",
    severity: Severity::Low,
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
    let encryption = match bucket.encryption.read() {
        Ok(Some(encryption)) => encryption,
        Ok(None) => {
            let reason = format!("{} has no default encryption", bucket.name);
            return Verdict::fail(reason, bucket.evidence("/encryption", "none is set"));
        }
        Err(gap) => return Verdict::unknown(gap),
    };
    if matches!(encryption.algorithm.as_str(), "aws:kms" | "aws:kms:dsse") {
        Verdict::Pass
    } else {
        let reason = format!("new objects of {} are under {}, a key of S3 itself", bucket.name, encryption.algorithm);
        Verdict::fail(reason, bucket.evidence("/encryption/algorithm", "the default encryption"))
    }
}
