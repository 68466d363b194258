#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, In, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::{Bucket, Fact};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "s3.replication_off",
    title: "Bucket is not copied anywhere",
    severity: Severity::Low,
    protects: &[Protects::Availability],
    side: Side::Shared,
    needs: &[Fact::Buckets, Fact::BucketReplication],
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
    let rules = match bucket.replication.read() {
        Ok(replication) => replication.map(|replication| replication.rules.as_slice()).unwrap_or_default(),
        Err(gap) => return Verdict::unknown(gap),
    };
    if rules.iter().any(|rule| rule.enabled) {
        return Verdict::Pass;
    }
    let reason = format!("no enabled rule copies objects of {} to another bucket", bucket.name);
    Verdict::fail(reason, bucket.evidence("/replication", "no enabled rule"))
}
