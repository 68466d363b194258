//! Buckets: what guards them, who empties them.

use serde_json::Value;

use super::{Counting, Of, flag};
use crate::window::Filled;
use crate::{Detector, Glance, Seen, Settings, Short};

const S3: &str = "s3.amazonaws.com";

fn may_read(glance: &Glance<'_>) -> bool {
    glance.is(S3, "GetObject") && !glance.has_error() && glance.user_type != Some("AWSService")
}

/// The parameter that names the key that an object is encrypted with.
const KEY: &str = "x-amz-server-side-encryption-aws-kms-key-id";

/// A name may be written with escapes.
fn may_name_key(glance: &Glance<'_>) -> bool {
    let writes = matches!(glance.operation, "CopyObject" | "PutObject" | "CreateMultipartUpload");
    writes && !glance.has_error() && (glance.raw.contains(KEY) || glance.raw.contains("\\u00"))
}

pub(super) fn may_remove_block(glance: &Glance<'_>) -> bool {
    glance.operation.ends_with("PublicAccessBlock")
}

/// Distinct objects of one bucket by person: two hundred within ten minutes.
pub(super) fn mass_read(settings: &Settings) -> Box<dyn Detector> {
    const ID: &str = "s3.mass_read";
    let least = settings.count(ID, "objects");
    // Half of a log may be reads: what they need is few fields.
    let of = |short: &Short<'_>| {
        if short.actor.is_service {
            return None;
        }
        let text = |name| short.parameters.get(name).and_then(Value::as_str);
        let (bucket, key) = (text("bucketName")?, text("key")?);
        Some((bucket.to_owned(), vec![format!("{bucket}/{key}")]))
    };
    let of = Of::Short { of: Box::new(of), is: |seen| super::is(seen, S3, "GetObject") && !seen.event.record.failed() };
    let words = |episode: &crate::window::Episode| vec![format!("bucket {}", episode.key.1)];
    let full = Box::new(move |filled: &Filled<'_>| filled.counts.len() >= least);
    Counting::detector(settings.threshold(ID, "minutes"), full, "objects", (may_read, of), words)
}

/// Distinct objects by person that are written with a key of a foreign account: ten within ten minutes.
pub(super) fn foreign_key(settings: &Settings) -> Box<dyn Detector> {
    const ID: &str = "s3.encrypted_with_key_of_other_account";
    let lists = settings.lists.clone();
    let of = move |seen: &Seen<'_>| {
        let record = &seen.event.record;
        let writes = matches!(record.event_name.as_str(), "CopyObject" | "PutObject" | "CreateMultipartUpload");
        if record.event_source != S3 || !writes || record.failed() {
            return None;
        }
        let text = |name| record.request_parameters.get(name).and_then(Value::as_str);
        let owner = text(KEY)?.split(':').nth(4)?;
        let known = owner.is_empty() || owner == seen.account || lists.contains("trusted_accounts", owner);
        let (bucket, key) = (text("bucketName")?, text("key")?);
        (!known).then(|| (owner.to_owned(), vec![format!("{bucket}/{key}")]))
    };
    let least = settings.count(ID, "objects");
    let full = Box::new(move |filled: &Filled<'_>| filled.counts.len() >= least);
    let words = |episode: &crate::window::Episode| vec![format!("the key belongs to account {}", episode.key.1)];
    Counting::detector(
        settings.threshold(ID, "minutes"),
        full,
        "objects",
        (may_name_key, Of::Whole(Box::new(of))),
        words,
    )
}

fn may_copy(glance: &Glance<'_>) -> bool {
    matches!(glance.operation, "CopyObject" | "UploadPartCopy") && !glance.has_error()
}

/// Distinct objects by person that are copied into buckets of a foreign account: ten within ten minutes.
pub(super) fn copied_away(settings: &Settings) -> Box<dyn Detector> {
    const ID: &str = "s3.copied_to_other_account";
    let lists = settings.lists.clone();
    let of = move |seen: &Seen<'_>| {
        let record = &seen.event.record;
        let copies = matches!(record.event_name.as_str(), "CopyObject" | "UploadPartCopy");
        if record.event_source != S3 || !copies || record.failed() || seen.actor.is_service {
            return None;
        }
        let text = |name| record.request_parameters.get(name).and_then(Value::as_str);
        let (bucket, key) = (text("bucketName")?, text("key")?);
        let arn = format!("arn:aws:s3:::{bucket}");
        let target = record.resources.iter().find(|resource| resource.arn.as_deref() == Some(&*arn));
        let owner = target?.account.as_deref().filter(|owner| !owner.is_empty())?;
        let known = owner == seen.account || lists.contains("trusted_accounts", owner);
        (!known).then(|| (owner.to_owned(), vec![format!("{bucket}/{key}")]))
    };
    let least = settings.count(ID, "objects");
    let full = Box::new(move |filled: &Filled<'_>| filled.counts.len() >= least);
    let words = |episode: &crate::window::Episode| vec![format!("the bucket belongs to account {}", episode.key.1)];
    Counting::detector(settings.threshold(ID, "minutes"), full, "objects", (may_copy, Of::Whole(Box::new(of))), words)
}

/// One of the four switches off, or all of them gone.
pub(super) fn public_access_block_removed(seen: &Seen<'_>) -> Option<(Vec<String>, Vec<String>)> {
    let record = &seen.event.record;
    if !matches!(record.event_source.as_str(), S3 | "s3control.amazonaws.com" | "s3express.amazonaws.com") {
        return None;
    }
    let bucket = record.request_parameters.get("bucketName").and_then(Value::as_str);
    let resource = bucket.map_or_else(|| format!("account {}", seen.account), |name| format!("arn:aws:s3:::{name}"));
    match record.event_name.as_str() {
        "DeleteBucketPublicAccessBlock" | "DeleteAccountPublicAccessBlock" | "DeletePublicAccessBlock" => {
            Some((vec![resource], vec!["all four switches are gone".to_owned()]))
        }
        "PutBucketPublicAccessBlock" | "PutAccountPublicAccessBlock" | "PutPublicAccessBlock" => {
            let settings = record.request_parameters.get("PublicAccessBlockConfiguration")?;
            let switches = ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"];
            let off = switches.into_iter().filter(|name| settings.get(name).and_then(flag) != Some(true));
            let off: Vec<String> = off.map(|name| format!("{name} is off")).collect();
            (!off.is_empty()).then(|| (vec![resource], off))
        }
        _ => None,
    }
}
