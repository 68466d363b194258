//! The bucket that a trail delivers to.

use forewarn_findings::{Case, In, Reason, Verdict};
use forewarn_inventory::{Bucket, Trail};

/// What is said of a trail that another account owns: a member of an organisation sees the organisation's trail and cannot
/// change it. `None` = it is this account's own.
pub(crate) fn of_another_account(case: &Case<'_>, trail: &In<'_, Trail>) -> Option<Verdict> {
    let owner = trail.arn.split(':').nth(4).unwrap_or_default();
    if owner == trail.account.id {
        return None;
    }
    if case.accounts().any(|account| account.id == owner) {
        return Some(Verdict::not_applicable(format!("the trail belongs to account {owner} and is judged there")));
    }
    Some(Verdict::unknown(Reason {
        code: "trail_of_another_account".to_owned(),
        message: format!("{} belongs to account {owner}, which was not read", trail.name),
        gap: None,
    }))
}

/// The bucket, where it is among those that were read.
///
/// # Errors
/// Why it is not.
pub(crate) fn log_bucket<'a>(case: &Case<'a>, trail: &In<'a, Trail>) -> Result<In<'a, Bucket>, Box<Reason>> {
    case.buckets().find(|bucket| bucket.name == trail.bucket).ok_or_else(|| Box::new(unread_bucket(trail)))
}

/// The bucket of a trail that is judged in this account.
///
/// # Errors
/// What is said of the trail where it is another account's, or its bucket was not read.
pub(crate) fn judged_bucket<'a>(case: &Case<'a>, trail: &In<'a, Trail>) -> Result<In<'a, Bucket>, Box<Verdict>> {
    match of_another_account(case, trail) {
        Some(verdict) => Err(Box::new(verdict)),
        None => log_bucket(case, trail).map_err(|reason| Box::new(Verdict::unknown(*reason))),
    }
}

/// Why the bucket is not among those that were read.
pub(crate) fn unread_bucket(trail: &In<'_, Trail>) -> Reason {
    crate::s3::unread_bucket(trail.account, &trail.bucket)
}

/// The ARN pattern of all that CloudTrail writes for a trail: logs and digests, under the trail's prefix.
pub(crate) fn log_files(bucket: &Bucket, trail: &Trail) -> String {
    let prefix = trail.prefix.as_deref().map_or_else(String::new, |own| format!("{}/", own.trim_end_matches('/')));
    format!("{}/{prefix}AWSLogs/*", bucket.arn)
}
