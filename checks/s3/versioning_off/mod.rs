#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, In, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::{Bucket, Fact};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "s3.versioning_off",
    title: "Bucket keeps no earlier versions of its objects",
    severity: Severity::Low,
    protects: &[Protects::Integrity, Protects::Availability],
    side: Side::Shared,
    needs: &[Fact::Buckets, Fact::BucketVersioning],
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
    match bucket.versioning.read() {
        Ok(Some(versioning)) if versioning.enabled => Verdict::Pass,
        Ok(Some(_)) => {
            let reason = format!("versioning of {} is suspended: what is overwritten now is gone", bucket.name);
            Verdict::fail(reason, bucket.evidence("/versioning/enabled", "suspended"))
        }
        Ok(None) => {
            let reason = format!("versioning of {} was never turned on", bucket.name);
            Verdict::fail(reason, bucket.evidence("/versioning", "never turned on"))
        }
        Err(gap) => Verdict::unknown(gap),
    }
}
