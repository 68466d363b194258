#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, In, Judge, Protects, Reason, Severity, Side, Verdict};
use forewarn_inventory::Trail;

use super::log_bucket::{log_bucket, of_another_account};
use super::people::{self, Deed};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "trail.can_be_blinded",
    title: "The log can be switched off by others than its keepers",
    severity: Severity::High,
    protects: &[Protects::Integrity],
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
    if let Some(verdict) = of_another_account(case, trail) {
        return verdict;
    }
    let mut doubts = Vec::new();
    let mut deeds = vec![Deed {
        word: "switch it off",
        actions: &[
            "cloudtrail:StopLogging",
            "cloudtrail:DeleteTrail",
            "cloudtrail:UpdateTrail",
            "cloudtrail:PutEventSelectors",
        ],
        resource: trail.arn.clone(),
        own: None,
        assumes: None,
    }];
    let bucket = log_bucket(case, trail);
    let asked = bucket.as_ref().ok().map(|bucket| case.bucket(bucket));
    match (&bucket, &asked) {
        (Ok(bucket), Some(asked)) if bucket.account.id == trail.account.id => deeds.push(Deed {
            word: "let it expire or shut CloudTrail out",
            actions: &["s3:PutLifecycleConfiguration", "s3:DeleteBucket", "s3:PutBucketPolicy"],
            resource: bucket.arn.clone(),
            own: Some(asked),
            assumes: None,
        }),
        // The people of the bucket's account are not those of the trail's: trail.bucket_not_restricted looks at them.
        (Ok(_), _) => {}
        (Err(reason), _) => doubts.push((**reason).clone()),
    }
    match trail.kms_key.as_deref() {
        Some(key) if is_key_of(key, &trail.account.id) => deeds.push(Deed {
            word: "make it unreadable",
            actions: &["kms:DisableKey", "kms:ScheduleKeyDeletion"],
            resource: key.to_owned(),
            own: None,
            assumes: Some("the policy of the key, which is not read, leaves it to the account"),
        }),
        Some(key) => doubts.push(Reason {
            code: "key_not_read".to_owned(),
            message: format!("who may disable {key} is said by its policy, which is not read"),
            gap: None,
        }),
        None => {}
    }
    people::judge(case, trail, trail.account, &deeds, doubts)
}

/// Whether an ARN is that of a key, and not of an alias, in this account.
fn is_key_of(arn: &str, account: &str) -> bool {
    let mut parts = arn.splitn(6, ':').skip(4);
    parts.next() == Some(account) && parts.next().is_some_and(|resource| resource.starts_with("key/"))
}
