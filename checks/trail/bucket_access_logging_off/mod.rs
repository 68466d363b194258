#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, In, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::{Fact, Trail};

use super::log_bucket::judged_bucket;

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "trail.bucket_access_logging_off",
    title: "Nobody records who reads the bucket of the log",
    severity: Severity::Low,
    protects: &[Protects::Confidentiality, Protects::Integrity],
    side: Side::Shared,
    needs: &[Fact::Trails, Fact::Buckets, Fact::BucketLogging],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for trail in case.trails() {
        findings.record(&trail, judge(case, &trail));
    }
}

fn judge<'a>(case: &Case<'a>, trail: &In<'a, Trail>) -> Verdict {
    let bucket = match judged_bucket(case, trail) {
        Ok(bucket) => bucket,
        Err(verdict) => return *verdict,
    };
    match bucket.logging.read() {
        Ok(Some(_)) => Verdict::Pass,
        Ok(None) => {
            let reason = format!("nothing logs who reads {}, where the log of {} is", bucket.name, trail.name);
            Verdict::fail(reason, bucket.evidence("/logging", "server access logging is off"))
                .also(trail.evidence("/bucket", "the log is delivered there").related())
        }
        Err(gap) => Verdict::unknown(gap),
    }
}
