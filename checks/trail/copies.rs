//! The copies of what a trail records: where they lie, and who can alter each.

use std::collections::BTreeSet;

use forewarn_findings::monitoring::left_out;
use forewarn_findings::{Asked, Case, In, Reason};
use forewarn_inventory::{Bucket, Gap, Key, ReplicationRule, Trail};

use super::log_bucket::{log_bucket, log_files};
use super::people::{self, Able, Deed};
use super::recorded::{with_selectors, with_status};

/// One copy of a trail's log.
pub(crate) struct LogCopy<'a> {
    /// The name of its bucket.
    pub(crate) name: String,
    /// The bucket, where it was read.
    pub(crate) bucket: Result<In<'a, Bucket>, Reason>,
    /// The ARN pattern of its files.
    files: String,
    /// The KMS key that the trail names; `None` = the bucket says.
    key: Option<&'a str>,
    /// Why it may be no copy.
    pub(crate) doubts: Vec<Reason>,
}

/// What is known of who can alter a copy.
pub(crate) enum Altered<'a> {
    /// These can, each alone; the worst first.
    By(Vec<Able<'a>>),
    /// Nobody but the keepers of the log.
    ByNobody,
    /// It could not be decided.
    Unknown(Vec<Reason>),
}

/// The copies of a trail's log, its own bucket first, and why there may be others.
///
/// A copy is the bucket of the trail, that of another trail that records as much, and the bucket that either replicates to.
pub(crate) fn copies<'a>(case: &Case<'a>, trail: &In<'a, Trail>) -> (Vec<LogCopy<'a>>, Vec<Reason>) {
    let mut all = vec![delivered(case, trail, Vec::new())];
    for other in case.trails() {
        match records_as_much(case, trail, &other) {
            Ok(true) => all.push(delivered(case, &other, Vec::new())),
            Ok(false) => {}
            Err(gaps) => all.push(delivered(case, &other, gaps.into_iter().map(Reason::from).collect())),
        }
    }
    let mut more = Vec::new();
    let mut replicas: Vec<LogCopy<'a>> = Vec::new();
    for copy in &all {
        let Ok(bucket) = &copy.bucket else { continue };
        match bucket.item().replication.read() {
            Ok(replication) => {
                let rules = replication.iter().flat_map(|replication| &replication.rules);
                let whole = rules.filter(|rule| copies_the_log(rule, bucket, trail));
                replicas.extend(whole.map(|rule| replicated(case, trail, copy, bucket, rule)));
            }
            Err(gap) => more.push(Reason::from(gap)),
        }
    }
    for replica in replicas {
        if all.iter().all(|copy| copy.name != replica.name) {
            all.push(replica);
        }
    }
    (all, more)
}

/// What a trail delivers.
fn delivered<'a>(case: &Case<'a>, trail: &In<'a, Trail>, doubts: Vec<Reason>) -> LogCopy<'a> {
    let bucket = log_bucket(case, trail).map_err(|reason| *reason);
    let files = bucket.as_ref().map_or_else(|_| String::new(), |bucket| log_files(bucket.item(), trail.item()));
    LogCopy { name: trail.bucket.clone(), bucket, files, key: trail.item().kms_key.as_deref(), doubts }
}

/// What a rule makes of a copy.
fn replicated<'a>(
    case: &Case<'a>,
    trail: &In<'a, Trail>,
    copy: &LogCopy<'a>,
    from: &In<'a, Bucket>,
    rule: &ReplicationRule,
) -> LogCopy<'a> {
    let name = rule.destination.rsplit(':').next().unwrap_or_default().to_owned();
    let found = case.buckets().find(|bucket| bucket.arn == rule.destination);
    let files = found.map_or_else(String::new, |bucket| log_files(bucket.item(), trail.item()));
    let mut doubts = copy.doubts.clone();
    match is_under_kms(copy.key, from) {
        Ok(false) => {}
        Ok(true) => doubts.push(Reason {
            code: "replication_of_encrypted_objects_not_read".to_owned(),
            message: format!("whether {} copies objects under a KMS key to {name} is not read", from.name),
            gap: None,
        }),
        Err(gap) => doubts.push(Reason::from(gap)),
    }
    let bucket = found.ok_or_else(|| crate::s3::unread_bucket(from.account, &name));
    LogCopy { name, bucket, files, key: None, doubts }
}

/// Who can alter a copy: delete or overwrite what its bucket keeps, or take the key away under which it can be read.
pub(crate) fn altered<'a>(case: &Case<'a>, copy: &LogCopy<'a>) -> Altered<'a> {
    let bucket = match &copy.bucket {
        Ok(bucket) => bucket,
        Err(reason) => return Altered::Unknown(vec![reason.clone()]),
    };
    let asked = case.bucket(bucket);
    let (tight, open, gaps) = kept(bucket.item());
    let by = |kept: Kept| people::able(case, bucket.account, &deeds(copy, bucket, &asked, kept));
    let (mut all, mut doubts) = by(tight);
    match key(case, copy, bucket) {
        Ok(None) => {}
        Ok(Some((key, arn))) => {
            let policy = case.key(&key);
            let deed = Deed {
                word: "make it unreadable",
                actions: &["kms:ScheduleKeyDeletion", "kms:DisableKey", "kms:PutKeyPolicy"],
                besides: &[],
                resource: arn,
                own: Some(&policy),
            };
            let (more, unsure) = people::able(case, key.account, &[deed]);
            all.extend(more);
            doubts.extend(unsure);
        }
        Err(reason) => doubts.push(*reason),
    }
    let mut seen = BTreeSet::new();
    all.retain(|able| seen.insert(able.arn().to_owned()));
    if !all.is_empty() {
        return Altered::By(all);
    }
    if !gaps.is_empty() {
        let (may, unsure) = by(open);
        if !may.is_empty() || !unsure.is_empty() {
            doubts.extend(gaps.into_iter().map(Reason::from));
        }
        doubts.extend(unsure);
    }
    if doubts.is_empty() { Altered::ByNobody } else { Altered::Unknown(doubts) }
}

/// What a bucket keeps from whoever may delete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kept {
    /// Nothing: what is deleted or overwritten is gone.
    Nothing,
    /// Versions, until somebody deletes them.
    Versions,
    /// Versions, for anybody who may not go around the lock.
    Governed,
    /// Versions, for anybody but the root user with an MFA device; or for all until the lock ends.
    Everything,
}

/// What a bucket keeps where all that could not be read protects it, and where nothing of it does; and what that is.
fn kept(bucket: &Bucket) -> (Kept, Kept, Vec<&Gap>) {
    let versioning = bucket.versioning.read();
    let lock = bucket.object_lock.read();
    let of_lock = |mode: Option<&str>| match mode {
        Some("COMPLIANCE") => Kept::Everything,
        Some("GOVERNANCE") => Kept::Governed,
        _ => Kept::Nothing,
    };
    let of_versions = match versioning {
        Ok(Some(versioning)) if versioning.enabled && versioning.mfa_delete => Ok(Kept::Everything),
        Ok(Some(versioning)) if versioning.enabled => Ok(Kept::Versions),
        Ok(_) => Ok(Kept::Nothing),
        Err(gap) => Err(gap),
    };
    let of_lock = lock.map(|lock| of_lock(lock.and_then(|lock| lock.mode.as_deref())));
    let both = |unread: Kept| of_lock.unwrap_or(unread).max(of_versions.unwrap_or(unread));
    let gaps = [of_lock.err(), of_versions.err()].into_iter().flatten().collect();
    (both(Kept::Everything), both(Kept::Nothing), gaps)
}

/// What can be done to the files of a copy.
fn deeds<'d, 'a>(copy: &LogCopy<'a>, bucket: &In<'a, Bucket>, asked: &'d Asked<'a>, kept: Kept) -> Vec<Deed<'d, 'a>> {
    let on_files =
        |word, actions, besides| Deed { word, actions, besides, resource: copy.files.clone(), own: Some(asked) };
    let on_bucket =
        |actions| Deed { word: "delete it", actions, besides: &[], resource: bucket.arn.clone(), own: Some(asked) };
    match kept {
        Kept::Nothing => vec![
            on_files("delete it", &["s3:DeleteObject", "s3:DeleteObjectVersion"], &[]),
            on_bucket(&["s3:PutLifecycleConfiguration", "s3:PutBucketPolicy"]),
            on_files("overwrite it", &["s3:PutObject"], &[]),
        ],
        Kept::Versions => vec![
            on_files("delete it", &["s3:DeleteObjectVersion"], &[]),
            on_bucket(&["s3:PutLifecycleConfiguration", "s3:PutBucketPolicy"]),
        ],
        Kept::Governed => vec![
            on_files("delete it", &["s3:DeleteObjectVersion"], &["s3:BypassGovernanceRetention"]),
            on_bucket(&["s3:PutBucketPolicy"]),
        ],
        Kept::Everything => Vec::new(),
    }
}

/// Whether the files of a copy are encrypted under a key of KMS, be it one that AWS manages.
fn is_under_kms<'a>(of_trail: Option<&'a str>, bucket: &In<'a, Bucket>) -> Result<bool, &'a Gap> {
    if of_trail.is_some() {
        return Ok(true);
    }
    let encryption = bucket.item().encryption.read()?;
    Ok(encryption.is_some_and(|encryption| encryption.algorithm.starts_with("aws:kms")))
}

/// The KMS key that the files of a copy are encrypted with by default, as it is named; `None` = one of S3's own.
fn encrypting<'a>(of_trail: Option<&'a str>, bucket: &In<'a, Bucket>) -> Result<Option<&'a str>, &'a Gap> {
    if of_trail.is_some() {
        return Ok(of_trail);
    }
    let encryption = bucket.item().encryption.read()?;
    Ok(encryption.and_then(|encryption| encryption.kms_key.as_deref()))
}

/// The key of a copy that somebody could take away, with the ARN of the key itself; `None` = there is none.
fn key<'a>(
    case: &Case<'a>,
    copy: &LogCopy<'a>,
    bucket: &In<'a, Bucket>,
) -> Result<Option<(In<'a, Key>, String)>, Box<Reason>> {
    let named = match encrypting(copy.key, bucket) {
        Ok(None) => return Ok(None),
        Ok(Some(named)) => named,
        Err(gap) => return Err(Box::new(Reason::from(gap))),
    };
    let unread = |what: &str| {
        let message = format!("who may disable {named} is said by its policy, {what}");
        Box::new(Reason { code: "key_not_read".to_owned(), message, gap: None })
    };
    let mut keys = case.accounts().flat_map(|account| account.kms.keys.iter().map(move |key| In::new(account, key)));
    let known = keys.find(|key| is_named(key, named, &bucket.account.id));
    let key = known.ok_or_else(|| unread("which was not read"))?;
    match key.item().details.read() {
        Ok(Some(details)) if details.aws_managed => Ok(None),
        Ok(Some(details)) => Ok(Some((key, details.arn.clone()))),
        Ok(None) => Err(unread("and there is no such key")),
        // An alias says nothing of its key.
        Err(gap) if key.arn.contains(":alias/") => Err(Box::new(Reason::from(gap))),
        Err(_) => Ok(Some((key, key.arn.clone()))),
    }
}

/// Whether a key of its own account is the one of this name: an ARN, or the id or alias in the account of a bucket.
fn is_named(key: &In<'_, Key>, named: &str, account: &str) -> bool {
    let own = key.arn.split(':').nth(4) == Some(key.account.id.as_str());
    let last = key.arn.rsplit(':').next().unwrap_or_default();
    let short = key.account.id == account && (last == named || last.strip_prefix("key/") == Some(named));
    own && (key.arn == named || short)
}

/// Whether another running trail of the account sends at least as much into another bucket: all management events, or
/// what this one is set to record.
pub(crate) fn records_as_much<'a>(
    case: &Case<'a>,
    trail: &In<'a, Trail>,
    other: &In<'a, Trail>,
) -> Result<bool, Vec<&'a Gap>> {
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

/// Whether a rule copies the whole log of a trail to another bucket.
pub(crate) fn copies_the_log(rule: &ReplicationRule, from: &Bucket, trail: &Trail) -> bool {
    let covers = rule.prefix.as_deref().is_none_or(|prefix| holds_the_log(prefix, trail));
    rule.enabled && !rule.tag_filter && covers && rule.destination != from.arn
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

#[cfg(test)]
#[path = "copies_tests.rs"]
mod tests;
