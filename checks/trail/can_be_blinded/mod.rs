#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, In, Judge, Protects, Reason, Severity, Side, Verdict};
use forewarn_inventory::{Fact, Key, Trail};

use super::log_bucket::{log_bucket, of_another_account};
use super::people::{self, Deed};
use crate::joined;

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "trail.can_be_blinded",
    title: "The log can be switched off by others than its keepers",
    severity: Severity::High,
    protects: &[Protects::Integrity],
    side: Side::Customer,
    needs: &joined::<13>(&[super::LOG_KEEPERS, &[Fact::KeyPolicy]]),
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
        besides: &[],
        resource: trail.arn.clone(),
        own: None,
    }];
    let bucket = log_bucket(case, trail);
    let asked = bucket.as_ref().ok().map(|bucket| case.bucket(bucket));
    match (&bucket, &asked) {
        (Ok(bucket), Some(asked)) if bucket.account.id == trail.account.id => deeds.push(Deed {
            word: "let it expire or shut CloudTrail out",
            actions: &["s3:PutLifecycleConfiguration", "s3:DeleteBucket", "s3:PutBucketPolicy"],
            besides: &[],
            resource: bucket.arn.clone(),
            own: Some(asked),
        }),
        // The people of the bucket's account are not those of the trail's: trail.bucket_not_restricted looks at them.
        (Ok(_), _) => {}
        (Err(reason), _) => doubts.push((**reason).clone()),
    }
    let key = trail.kms_key.as_deref().map(|named| own_key(trail, named).ok_or(named));
    let policy = key.as_ref().and_then(|key| key.as_ref().ok()).map(|key| (key.arn.clone(), case.key(key)));
    match (&policy, key) {
        (Some((arn, asked)), _) => deeds.push(Deed {
            word: "make it unreadable",
            actions: &["kms:DisableKey", "kms:ScheduleKeyDeletion", "kms:PutKeyPolicy"],
            besides: &[],
            resource: arn.clone(),
            own: Some(asked),
        }),
        (None, Some(Err(named))) => doubts.push(Reason {
            code: "key_not_read".to_owned(),
            message: format!("who may disable {named} is said by its policy, which was not read"),
            gap: None,
        }),
        (None, _) => {}
    }
    people::judge(case, trail, trail.account, &deeds, doubts)
}

/// The key of a trail, where it is one of the trail's account.
fn own_key<'a>(trail: &In<'a, Trail>, named: &str) -> Option<In<'a, Key>> {
    let keys = trail.account.kms.keys.iter();
    let key = keys.into_iter().find(|key| key.arn == named)?;
    (named.split(':').nth(4) == Some(trail.account.id.as_str())).then(|| In::new(trail.account, key))
}
