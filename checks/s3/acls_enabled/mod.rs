#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, In, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::{Bucket, Fact};
use forewarn_policy::Ownership;

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "s3.acls_enabled",
    title: "Access control lists of the bucket and its objects still count",
    severity: Severity::Medium,
    protects: &[Protects::Confidentiality, Protects::Integrity],
    side: Side::Customer,
    needs: &[Fact::Buckets, Fact::BucketOwnership],
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
    let ownership = match bucket.ownership.read() {
        Ok(ownership) => ownership.copied(),
        Err(gap) => return Verdict::unknown(gap),
    };
    match ownership {
        Some(Ownership::BucketOwnerEnforced) => Verdict::Pass,
        Some(Ownership::BucketOwnerPreferred) => {
            let reason = format!("whoever writes an object into {} may give it an ACL", bucket.name);
            Verdict::fail(reason, bucket.evidence("/ownership", "ACLs count"))
        }
        Some(Ownership::ObjectWriter) | None => {
            let reason = format!("whoever writes an object into {} owns it, and may give it an ACL", bucket.name);
            Verdict::fail(reason, bucket.evidence("/ownership", "the writer owns the object"))
        }
    }
}
