#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, In, Judge, Reason, Reasons, Severity, Verdict};
use forewarn_inventory::{Bucket, Fact, Gap, Trail};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "trail.single_destination",
    title: "The log has no second copy out of reach",
    severity: Severity::Medium,
    needs: &[Fact::Trails, Fact::TrailStatus, Fact::Buckets, Fact::BucketReplication, Fact::BucketObjectLock],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for trail in case.trails() {
        findings.record(&trail, judge(case, &trail));
    }
}

/// Whether what this trail records stands somewhere else too, or cannot be removed where it stands.
fn judge(case: &Case<'_>, trail: &In<'_, Trail>) -> Verdict {
    let mut doubts: Vec<Reason> = Vec::new();
    for other in case.trails() {
        match records_as_much(trail, &other) {
            Ok(true) => return Verdict::Pass,
            Ok(false) => {}
            Err(gap) => doubts.push(Reason::from(gap)),
        }
    }
    let Some(bucket) = case.buckets().find(|bucket| bucket.name == trail.bucket) else {
        return elsewhere(trail, doubts);
    };
    match kept(&bucket, trail.prefix.as_deref()) {
        Ok(true) => return Verdict::Pass,
        Ok(false) => {}
        Err(gap) => doubts.push(Reason::from(gap)),
    }
    if let Some(reasons) = Reasons::all(doubts) {
        Verdict::Unknown(reasons)
    } else {
        let reason =
            format!("all that {} records stands in {} alone, where it can be deleted", trail.name, trail.bucket);
        Verdict::fail(reason, trail.evidence("/bucket", "the only destination"))
            .also(bucket.evidence("/replication", "no replication that covers the log").related())
            .also(bucket.evidence("/object_lock", "no lock in compliance mode").related())
    }
}

/// The bucket is not among those that were read.
fn elsewhere(trail: &In<'_, Trail>, mut doubts: Vec<Reason>) -> Verdict {
    let cut = trail.account.s3.buckets.rest.first();
    doubts.push(cut.map_or_else(
        || Reason {
            code: "bucket_of_another_account".to_owned(),
            message: format!("{} belongs to an account that was not read, or does not exist", trail.bucket),
            gap: None,
        },
        Reason::from,
    ));
    Reasons::all(doubts).map_or(Verdict::Pass, Verdict::Unknown)
}

/// Whether another running trail sends at least as much into another bucket.
fn records_as_much<'a>(trail: &In<'a, Trail>, other: &In<'a, Trail>) -> Result<bool, &'a Gap> {
    let covers = other.multi_region || (!trail.multi_region && other.home_region == trail.home_region);
    if other.arn == trail.arn || other.bucket == trail.bucket || other.account.id != trail.account.id || !covers {
        return Ok(false);
    }
    Ok(other.item().status.read()?.is_some_and(|status| status.logging && status.delivery_error.is_none()))
}

/// Whether the bucket replicates the log, or locks it in a mode that nobody can lift.
fn kept<'a>(bucket: &In<'a, Bucket>, prefix: Option<&str>) -> Result<bool, &'a Gap> {
    let locked = |lock: Option<&forewarn_inventory::ObjectLock>| {
        lock.is_some_and(|lock| lock.mode.as_deref() == Some("COMPLIANCE"))
    };
    let logs =
        prefix.map_or_else(|| "AWSLogs/".to_owned(), |prefix| format!("{}/AWSLogs/", prefix.trim_end_matches('/')));
    let copied = |replication: Option<&forewarn_inventory::Replication>| {
        replication.is_some_and(|replication| {
            replication.rules.iter().any(|rule| {
                let covers = rule.prefix.as_deref().is_none_or(|prefix| logs.starts_with(prefix));
                rule.enabled && !rule.tag_filter && covers && rule.destination != bucket.arn
            })
        })
    };
    match (bucket.item().object_lock.read(), bucket.item().replication.read()) {
        (Ok(lock), Ok(replication)) => Ok(locked(lock) || copied(replication)),
        (Ok(lock), Err(gap)) => {
            if locked(lock) {
                Ok(true)
            } else {
                Err(gap)
            }
        }
        (Err(gap), Ok(replication)) => {
            if copied(replication) {
                Ok(true)
            } else {
                Err(gap)
            }
        }
        (Err(gap), Err(_)) => Err(gap),
    }
}
