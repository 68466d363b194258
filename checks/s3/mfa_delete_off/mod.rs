#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, In, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::{Bucket, Fact};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "s3.mfa_delete_off",
    title: "Versions can be deleted without MFA",
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
        Ok(Some(versioning)) if versioning.mfa_delete => Verdict::Pass,
        Ok(Some(_)) => {
            let reason = format!("versions of {} can be deleted without MFA", bucket.name);
            Verdict::fail(reason, bucket.evidence("/versioning/mfa_delete", "off"))
        }
        Ok(None) => {
            let reason = format!("{} keeps no versions, so there is no MFA for deleting them", bucket.name);
            Verdict::fail(reason, bucket.evidence("/versioning", "never turned on"))
        }
        Err(gap) => Verdict::unknown(gap),
    }
}
