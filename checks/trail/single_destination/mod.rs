#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, In, Judge, Protects, Reason, Reasons, Severity, Side, Verdict};
use forewarn_inventory::{Bucket, Fact, Gap, Trail};

use super::copies::{copies_the_log, records_as_much};
use super::log_bucket::unread_bucket;

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "trail.single_destination",
    title: "The log has no second copy out of reach",
    severity: Severity::Medium,
    protects: &[Protects::Integrity, Protects::Availability],
    side: Side::Customer,
    needs: &[
        Fact::Trails,
        Fact::TrailStatus,
        Fact::TrailSelectors,
        Fact::Buckets,
        Fact::BucketReplication,
        Fact::BucketObjectLock,
    ],
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
        match records_as_much(case, trail, &other) {
            Ok(true) => return Verdict::Pass,
            Ok(false) => {}
            Err(gaps) => doubts.extend(gaps.into_iter().map(Reason::from)),
        }
    }
    let Some(bucket) = case.buckets().find(|bucket| bucket.name == trail.bucket) else {
        doubts.push(unread_bucket(trail));
        return Reasons::all(doubts).map_or(Verdict::Pass, Verdict::Unknown);
    };
    match kept(&bucket, trail) {
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

/// Whether the bucket replicates the log, or locks it in a mode that nobody can lift.
fn kept<'a>(bucket: &In<'a, Bucket>, trail: &Trail) -> Result<bool, &'a Gap> {
    let locked = bucket
        .item()
        .object_lock
        .read()
        .map(|lock| lock.is_some_and(|lock| lock.mode.as_deref() == Some("COMPLIANCE")));
    let copied = bucket.item().replication.read().map(|replication| {
        replication.is_some_and(|replication| replication.rules.iter().any(|rule| copies_the_log(rule, bucket, trail)))
    });
    match (locked, copied) {
        (Ok(true), _) | (_, Ok(true)) => Ok(true),
        (Ok(false), Ok(false)) => Ok(false),
        (Err(gap), _) | (_, Err(gap)) => Err(gap),
    }
}
