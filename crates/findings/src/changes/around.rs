//! What stands around the policy of a resource at the time of a change: Block Public Access, the ACL, the policy itself.
//!
//! It is known from an earlier event, or from a snapshot of before the change. What neither has counts as not there, so that
//! the documents are compared by themselves.

use std::collections::BTreeMap;

use forewarn_events::{Before, Change, Place, Subject};
use forewarn_inventory::{Account, Inventory, Observed};
use forewarn_policy::{Acl, AclGrant, BlockPublicAccess, BlockSettings, Ownership, Reading};
use jiff::Timestamp;
use serde_json::Value;

use super::levels;

/// What is known to stand around the policy of a bucket before and since a change; `None` = not known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Around {
    pub(super) before: Stands,
    pub(super) after: Stands,
}

/// Settings of a bucket at an instant; `None` = not known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Stands {
    pub(super) of_account: Option<BlockSettings>,
    pub(super) of_bucket: Option<BlockSettings>,
    pub(super) ownership: Option<Ownership>,
    pub(super) grants: Option<Vec<AclGrant>>,
    pub(super) policy: Option<Before>,
}

impl Stands {
    /// Block Public Access; what is not known of it is off.
    pub(super) fn block(&self) -> BlockPublicAccess {
        let of = |known: Option<BlockSettings>| Reading::Read(known.unwrap_or_default());
        BlockPublicAccess { account: of(self.of_account), bucket: of(self.of_bucket) }
    }

    /// The ACL, where it is known to count.
    pub(super) fn acl(&self) -> Option<Acl> {
        let ownership = self.ownership.filter(|ownership| *ownership != Ownership::BucketOwnerEnforced)?;
        Some(Acl { ownership, grants: self.grants.clone()? })
    }
}

/// One thing that an event set.
#[derive(Debug, Clone)]
enum Set {
    Block(BlockSettings),
    Ownership(Ownership),
    Grants(Option<Vec<AclGrant>>),
    Policy(Before),
}

/// What the events of an account set around its buckets, by resource and time.
#[derive(Debug, Default)]
pub(super) struct Past {
    by_resource: BTreeMap<String, Vec<(Timestamp, String, Set)>>,
}

impl Past {
    /// Gathers it out of changes that are in order.
    pub(super) fn of(changes: &[Change<'_>]) -> Self {
        let mut found = Self::default();
        for change in changes.iter().filter(|change| !change.event.record.failed()) {
            let at = (change.event.record.event_time, change.event.id().to_owned());
            let mut set = |what: Set| {
                let of = found.by_resource.entry(change.resource.clone()).or_default();
                of.push((at.0, at.1.clone(), what));
            };
            match (change.rule.subject, change.rule.place) {
                (Subject::PublicAccessBlock, _) => set(Set::Block(block_in(change))),
                (Subject::BucketAcl, _) if change.rule.name.ends_with("OwnershipControls") => {
                    set(Set::Ownership(ownership_in(change)));
                }
                (Subject::BucketAcl, _) => set(Set::Grants(grants_in(&change.event.record.request_parameters))),
                (Subject::Bucket, Place::Bucket) => {
                    change.after().into_iter().for_each(|after| set(Set::Policy(after)));
                }
                _ => {}
            }
        }
        found
    }

    /// What stood around a bucket when a change of it, or of its account, was made.
    pub(super) fn around(&self, account: &Account, earlier: Option<&Inventory>, change: &Change<'_>) -> Around {
        if !matches!(change.rule.place, Place::Bucket) {
            return Around::default();
        }
        let (time, id) = (change.event.record.event_time, change.event.id());
        let seen = earlier.and_then(|inventory| in_inventory(inventory, &account.id, &change.resource));
        let (mut before, mut after) = (seen.clone().unwrap_or_default(), seen.unwrap_or_default());
        let root = format!("arn:{}:iam::{}:root", account.partition, account.id);
        for (resource, of_account) in [(&root, true), (&change.resource, false)] {
            for (at, by, set) in self.by_resource.get(resource).into_iter().flatten() {
                let is_itself = by == id && *at == time;
                if !is_itself && (*at, by.as_str()) > (time, id) {
                    break;
                }
                if !is_itself {
                    before.put(set, of_account);
                }
                after.put(set, of_account);
            }
        }
        // S3 refuses a grant where ACLs are void: where one was made, they count.
        let granted =
            change.rule.name == "PutBucketAcl" && after.grants.as_ref().is_some_and(|grants| !grants.is_empty());
        if granted {
            for setting in [&mut before, &mut after] {
                let void = setting.ownership.is_none_or(|ownership| ownership == Ownership::BucketOwnerEnforced);
                if void {
                    setting.ownership = Some(Ownership::ObjectWriter);
                }
            }
        }
        Around { before, after }
    }
}

impl Stands {
    fn put(&mut self, set: &Set, of_account: bool) {
        match set {
            Set::Block(block) if of_account => self.of_account = Some(*block),
            Set::Block(block) => self.of_bucket = Some(*block),
            Set::Ownership(ownership) => self.ownership = Some(*ownership),
            Set::Grants(grants) => self.grants.clone_from(grants),
            Set::Policy(policy) => self.policy = Some(policy.clone()),
        }
    }
}

fn in_inventory(inventory: &Inventory, account: &str, arn: &str) -> Option<Stands> {
    let account = inventory.accounts.iter().find(|known| known.id == account)?;
    let block = |read: &Observed<BlockSettings>| read.read().ok().map(|block| block.copied().unwrap_or_default());
    let of_account = block(&account.s3.public_access_block);
    let Some(bucket) = account.s3.buckets.iter().find(|bucket| bucket.arn == arn) else {
        return Some(Stands { of_account, ..Stands::default() });
    };
    let text = bucket.policy.read().ok();
    Some(Stands {
        of_account,
        of_bucket: block(&bucket.public_access_block),
        ownership: bucket.ownership.read().ok().map(|ownership| ownership.copied().unwrap_or_default()),
        grants: bucket.acl.read().ok().map(|acl| acl.map(|acl| acl.grants.clone()).unwrap_or_default()),
        policy: text.map(|text| match text {
            Some(text) => Before::Document { document: text.as_str().to_owned(), event: String::new() },
            None => Before::Nothing,
        }),
    })
}

/// The four switches as a call leaves them.
fn block_in(change: &Change<'_>) -> BlockSettings {
    let sets = levels::moves(change).map(|moves| moves.sets).unwrap_or_default();
    let on = |name: &str| sets.get(name) == Some(&levels::Level::On);
    BlockSettings {
        block_public_acls: on("BlockPublicAcls"),
        ignore_public_acls: on("IgnorePublicAcls"),
        block_public_policy: on("BlockPublicPolicy"),
        restrict_public_buckets: on("RestrictPublicBuckets"),
    }
}

/// Without a rule ACLs count, as before there were rules.
fn ownership_in(change: &Change<'_>) -> Ownership {
    let rule = change.event.record.request_parameters.pointer("/OwnershipControls/Rule");
    let said = rule.map(|rule| rule.get(0).unwrap_or(rule)).and_then(|rule| rule.get("ObjectOwnership")?.as_str());
    match said {
        Some("BucketOwnerEnforced") => Ownership::BucketOwnerEnforced,
        Some("BucketOwnerPreferred") => Ownership::BucketOwnerPreferred,
        _ => Ownership::ObjectWriter,
    }
}

const ALL: &str = "AllUsers";
const SIGNED_IN: &str = "AuthenticatedUsers";
const DELIVERY: &str = "LogDelivery";

/// Grants of `PutBucketAcl` to others than the owner: a canned ACL, headers, or a list; `None` = not understood.
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl>)
pub(super) fn grants_in(parameters: &Value) -> Option<Vec<AclGrant>> {
    let grant =
        |grantee: &str, permission: &str| AclGrant { grantee: grantee.to_owned(), permission: permission.to_owned() };
    let first = |value: &Value| value.get(0).unwrap_or(value).as_str().map(str::to_owned);
    if let Some(canned) = parameters.get("x-amz-acl").and_then(first) {
        return Some(match canned.as_str() {
            // Two of them are about objects, and say nothing of a bucket.
            "private" | "bucket-owner-read" | "bucket-owner-full-control" => Vec::new(),
            "public-read" => vec![grant(ALL, "READ")],
            "public-read-write" => vec![grant(ALL, "READ"), grant(ALL, "WRITE")],
            "authenticated-read" => vec![grant(SIGNED_IN, "READ")],
            "log-delivery-write" => vec![grant(DELIVERY, "WRITE"), grant(DELIVERY, "READ_ACP")],
            _ => return None,
        });
    }
    if let Some(policy) = parameters.get("AccessControlPolicy") {
        let owner = policy.pointer("/Owner/ID").and_then(Value::as_str);
        let listed = policy.pointer("/AccessControlList/Grant");
        let grants = match listed {
            Some(Value::Array(grants)) => grants.iter().collect(),
            Some(one @ Value::Object(_)) => vec![one],
            _ => Vec::new(),
        };
        let grants = grants.into_iter().map(|one| {
            let permission = one.get("Permission")?.as_str()?;
            let grantee = one.get("Grantee")?;
            let by = |name: &str| grantee.get(name).and_then(Value::as_str);
            let id = by("URI").map(group).or_else(|| by("ID")).or_else(|| by("EmailAddress"))?;
            Some(grant(id, permission))
        });
        let grants: Option<Vec<AclGrant>> = grants.collect();
        return grants.map(|grants| grants.into_iter().filter(|one| Some(one.grantee.as_str()) != owner).collect());
    }
    let headers = [
        ("x-amz-grant-read", "READ"),
        ("x-amz-grant-write", "WRITE"),
        ("x-amz-grant-read-acp", "READ_ACP"),
        ("x-amz-grant-write-acp", "WRITE_ACP"),
        ("x-amz-grant-full-control", "FULL_CONTROL"),
    ];
    let mut found = Vec::new();
    for (header, permission) in headers {
        let Some(said) = parameters.get(header).and_then(first) else { continue };
        for part in said.split(',') {
            let (_, value) = part.trim().split_once('=')?;
            found.push(grant(group(value.trim_matches('"')), permission));
        }
    }
    (!found.is_empty()).then_some(found)
}

/// The word of the engine for a group of S3's.
fn group(uri: &str) -> &str {
    match uri.rsplit('/').next() {
        Some(name @ (ALL | SIGNED_IN | DELIVERY)) if uri.contains("acs.amazonaws.com/groups/") => name,
        _ => uri,
    }
}

#[cfg(test)]
mod tests;
