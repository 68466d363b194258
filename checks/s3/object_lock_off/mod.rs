#![doc = include_str!("README.md")]

use forewarn_findings::{
    Case, Check, Findings, In, Judge, Parameter, ParameterKind, Protects, Severity, Side, Verdict,
};
use forewarn_inventory::{Bucket, Fact};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "s3.object_lock_off",
    title: "Bucket has no object lock",
    severity: Severity::Low,
    protects: &[Protects::Integrity, Protects::Availability],
    side: Side::Shared,
    needs: &[Fact::Buckets, Fact::BucketObjectLock],
    parameters: &[Parameter {
        name: "retention_days",
        kind: ParameterKind::Days,
        default: 0,
        doc: "the default retention must be at least this long; 0 = do not ask",
    }],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for bucket in case.buckets() {
        findings.record(&bucket, judge(case, &bucket));
    }
}

fn judge(case: &Case<'_>, bucket: &In<'_, Bucket>) -> Verdict {
    let least = case.parameter("retention_days");
    let lock = match bucket.object_lock.read() {
        Ok(Some(lock)) => lock,
        Ok(None) => {
            let reason = format!("versions of objects in {} can be deleted at any time", bucket.name);
            return Verdict::fail(reason, bucket.evidence("/object_lock", "none"));
        }
        Err(gap) => return Verdict::unknown(gap),
    };
    let days = i64::from(lock.days.unwrap_or_default()) + 365 * i64::from(lock.years.unwrap_or_default());
    if days < least {
        let reason = format!("new objects of {} are locked for {days} days, {least} are wanted", bucket.name);
        return Verdict::fail(reason, bucket.evidence("/object_lock", "the default retention"));
    }
    Verdict::Pass
}
