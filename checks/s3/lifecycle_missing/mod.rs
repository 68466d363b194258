#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, In, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::{Bucket, Fact};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "s3.lifecycle_missing",
    title: "Bucket has no lifecycle rule",
    severity: Severity::Low,
    protects: &[Protects::Confidentiality, Protects::Availability],
    side: Side::Customer,
    needs: &[Fact::Buckets, Fact::BucketLifecycle],
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
    let rules = match bucket.lifecycle.read() {
        Ok(rules) => rules.map(Vec::as_slice).unwrap_or_default(),
        Err(gap) => return Verdict::unknown(gap),
    };
    if rules.iter().any(|rule| rule.enabled) {
        Verdict::Pass
    } else if rules.is_empty() {
        let reason = format!("nothing in {} ever ends", bucket.name);
        Verdict::fail(reason, bucket.evidence("/lifecycle", "no rule"))
    } else {
        let reason = format!("every lifecycle rule of {} is switched off", bucket.name);
        Verdict::fail(reason, bucket.evidence("/lifecycle", "no rule is enabled"))
    }
}
