#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, In, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::Trail;

use super::log_bucket::{judged_bucket, log_files};
use super::people::{self, Deed};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "trail.bucket_not_restricted",
    title: "The log can be read, overwritten or deleted by others than its keepers",
    severity: Severity::Medium,
    protects: &[Protects::Confidentiality, Protects::Integrity],
    side: Side::Customer,
    needs: super::LOG_KEEPERS,
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
    let asked = case.bucket(&bucket);
    let own = Some(&asked);
    let files = log_files(bucket.item(), trail.item());
    let on_files = |word, actions| Deed { word, actions, besides: &[], resource: files.clone(), own };
    let deeds = [
        on_files("delete it", &["s3:DeleteObject", "s3:DeleteObjectVersion"]),
        Deed {
            word: "delete it",
            actions: &["s3:PutLifecycleConfiguration", "s3:PutBucketPolicy", "s3:DeleteBucket"],
            besides: &[],
            resource: bucket.arn.clone(),
            own,
        },
        on_files("overwrite it", &["s3:PutObject"]),
        on_files("read it", &["s3:GetObject"]),
    ];
    people::judge(case, trail, bucket.account, &deeds, Vec::new())
}
