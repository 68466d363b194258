#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, In, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::{Bucket, Fact};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "s3.access_logging_off",
    title: "Bucket writes no server access log",
    severity: Severity::Low,
    protects: &[Protects::Integrity],
    side: Side::Shared,
    needs: &[Fact::Buckets, Fact::BucketLogging],
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
    match bucket.logging.read() {
        Ok(Some(_)) => Verdict::Pass,
        Ok(None) => {
            let reason = format!("nothing logs who reads and writes {}", bucket.name);
            Verdict::fail(reason, bucket.evidence("/logging", "server access logging is off"))
        }
        Err(gap) => Verdict::unknown(gap),
    }
}
