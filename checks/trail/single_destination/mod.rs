#![doc = include_str!("README.md")]

use forewarn_findings::monitoring::left_out;
use forewarn_findings::{Case, Check, Findings, In, Judge, Protects, Reason, Reasons, Severity, Side, Verdict};
use forewarn_inventory::{Bucket, Fact, Gap, Trail};

use super::log_bucket::unread_bucket;
use super::recorded::{with_selectors, with_status};

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

/// Whether another running trail of the account sends at least as much into another bucket: all management events, or
/// what this one is set to record.
fn records_as_much<'a>(case: &Case<'a>, trail: &In<'a, Trail>, other: &In<'a, Trail>) -> Result<bool, Vec<&'a Gap>> {
    let covers = other.multi_region || (!trail.multi_region && other.home_region == trail.home_region);
    if other.arn == trail.arn || other.bucket == trail.bucket || other.account.id != trail.account.id || !covers {
        return Ok(false);
    }
    let arrives = with_status(case, other)
        .item()
        .status
        .read()
        .map(|status| status.is_some_and(|status| status.logging && status.delivery_error.is_none()));
    let theirs = with_selectors(case, other).item().selectors.read();
    let ours = with_selectors(case, trail).item().selectors.read();
    let enough = match (theirs, ours) {
        (Ok(theirs), _) if left_out(theirs).is_empty() => Ok(true),
        (Ok(theirs), Ok(ours)) => Ok(theirs == ours),
        (Err(gap), _) | (_, Err(gap)) => Err(gap),
    };
    match (arrives, enough) {
        (Ok(false), _) | (_, Ok(false)) => Ok(false),
        (Ok(true), Ok(true)) => Ok(true),
        (arrives, enough) => Err([arrives.err(), enough.err()].into_iter().flatten().collect()),
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
        replication.is_some_and(|replication| {
            replication.rules.iter().any(|rule| {
                let covers = rule.prefix.as_deref().is_none_or(|prefix| holds_the_log(prefix, trail));
                rule.enabled && !rule.tag_filter && covers && rule.destination != bucket.arn
            })
        })
    });
    match (locked, copied) {
        (Ok(true), _) | (_, Ok(true)) => Ok(true),
        (Ok(false), Ok(false)) => Ok(false),
        (Err(gap), _) | (_, Err(gap)) => Err(gap),
    }
}

/// Whether every log file of the trail lies under `prefix`. CloudTrail writes to `AWSLogs/ACCOUNT/CloudTrail/`, and an
/// organisation trail to `AWSLogs/o-…/ACCOUNT/CloudTrail/`.
fn holds_the_log(prefix: &str, trail: &Trail) -> bool {
    let root = trail.prefix.as_deref().map_or_else(String::new, |own| format!("{}/", own.trim_end_matches('/')));
    let root = format!("{root}AWSLogs/");
    if trail.organization {
        let organization = prefix.strip_prefix(root.as_str()).map(|rest| rest.strip_suffix('/').unwrap_or(rest));
        return root.starts_with(prefix) || organization.is_some_and(|id| id.starts_with("o-") && !id.contains('/'));
    }
    let account = trail.arn.split(':').nth(4).unwrap_or_default();
    format!("{root}{account}/CloudTrail/").starts_with(prefix)
}
