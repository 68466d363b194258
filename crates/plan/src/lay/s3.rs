//! Buckets, what is split out of them, access points, and the block of the account.

use forewarn_inventory::{
    BucketAcl, Encryption, InventoryConfiguration, LifecycleRule, LogTarget, ObjectLock, Observed, Replication,
    ReplicationRule, Versioning, Website,
};
use forewarn_policy::{AclGrant, BlockSettings, Ownership};

use super::Outcome;
use crate::draft::Draft;
use crate::value::{Attrs, Known, later};

pub(super) const KINDS: &[&str] = &[
    "aws_s3_bucket",
    "aws_s3_bucket_policy",
    "aws_s3_bucket_public_access_block",
    "aws_s3_bucket_ownership_controls",
    "aws_s3_bucket_acl",
    "aws_s3_bucket_server_side_encryption_configuration",
    "aws_s3_bucket_versioning",
    "aws_s3_bucket_logging",
    "aws_s3_bucket_inventory",
    "aws_s3_bucket_object_lock_configuration",
    "aws_s3_bucket_lifecycle_configuration",
    "aws_s3_bucket_replication_configuration",
    "aws_s3_bucket_website_configuration",
    "aws_s3_account_public_access_block",
    "aws_s3_access_point",
    "aws_s3control_access_point_policy",
];

pub(super) fn lay(draft: &mut Draft, kind: &str, attrs: Attrs<'_>, outcome: &mut Outcome) {
    match kind {
        "aws_s3_bucket" => return bucket(draft, attrs, outcome),
        "aws_s3_account_public_access_block" => {
            draft.account.s3.public_access_block = block(attrs, "s3:GetAccountPublicAccessBlock", outcome);
            return;
        }
        "aws_s3_access_point" => return access_point(draft, attrs, outcome),
        "aws_s3control_access_point_policy" => {
            let Some(arn) = outcome.name(attrs, "access_point_arn") else { return };
            let point = draft.access_point(&arn);
            if let Some(text) = attrs.policy("policy") {
                outcome.policy("policy", &text);
                point.policy = Observed::Present(text);
            }
            outcome.about(&arn);
            return;
        }
        _ => {}
    }
    let Some(name) = outcome.name(attrs, "bucket") else { return };
    outcome.about(&draft.bucket_arn(&name));
    let part = kind.strip_prefix("aws_s3_bucket_").unwrap_or(kind);
    set(draft, &name, part, attrs, outcome);
}

/// One part of a bucket's configuration.
fn set(draft: &mut Draft, name: &str, part: &str, attrs: Attrs<'_>, outcome: &mut Outcome) {
    if part == "policy" {
        let Some(text) = attrs.policy("policy") else {
            outcome.not = Some("it has no `policy`".to_owned());
            return;
        };
        outcome.policy("policy", &text);
        draft.set_bucket_policy(name, Observed::Present(text));
        return;
    }
    let bucket = draft.bucket(name);
    match part {
        "public_access_block" => bucket.public_access_block = block(attrs, "s3:GetBucketPublicAccessBlock", outcome),
        "ownership_controls" => {
            let ownership = match attrs.block("rule") {
                Known::Yes(rule) => rule.text("object_ownership").map(|word| ownership(&word)),
                other => other.map(|_| None),
            };
            match ownership {
                Known::Yes(Some(ownership)) => own(bucket, Observed::Present(ownership)),
                Known::Yes(None) | Known::No => own(bucket, Observed::Absent),
                Known::Hole(cause) => {
                    outcome.open("object_ownership", &cause);
                    own(bucket, Observed::Unreadable(later("s3:GetBucketOwnershipControls", cause)));
                }
            }
        }
        "acl" => acl(bucket, attrs, outcome),
        "server_side_encryption_configuration" => encryption(bucket, attrs, outcome),
        "versioning" => {
            let versioning = match attrs.block("versioning_configuration") {
                Known::Yes(block) => block.text("status").map(|status| Versioning {
                    enabled: status == "Enabled",
                    mfa_delete: block.text("mfa_delete").yes().is_some_and(|word| word == "Enabled"),
                }),
                other => other.map(|_| Versioning { enabled: false, mfa_delete: false }),
            };
            bucket.versioning = noted("versioning", versioning, "s3:GetBucketVersioning", outcome);
        }
        "logging" => {
            let target = attrs.text("target_bucket");
            let prefix = attrs.text("target_prefix").yes().unwrap_or_default();
            let target = target.map(|bucket| LogTarget { bucket, prefix });
            bucket.logging = noted("target_bucket", target, "s3:GetBucketLogging", outcome);
        }
        "inventory" => {
            let destination = attrs.block("destination").yes().and_then(|block| block.block("bucket").yes());
            let Some(destination) = destination else { return };
            let Some(arn) = outcome.take("bucket_arn", destination.text("bucket_arn")) else { return };
            let configuration = InventoryConfiguration {
                id: attrs.text("name").yes().unwrap_or_default(),
                enabled: attrs.flag("enabled").yes().unwrap_or(true),
                destination: arn,
                destination_account: destination.text("account_id").yes(),
            };
            match &mut bucket.inventories {
                Observed::Present(known) => {
                    known.retain(|one| one.id != configuration.id);
                    known.push(configuration);
                }
                Observed::Absent => bucket.inventories = Observed::Present(vec![configuration]),
                Observed::Unreadable(_) => {}
            }
        }
        "object_lock_configuration" => bucket.object_lock = Observed::Present(lock(attrs)),
        "lifecycle_configuration" => {
            let rules = attrs.blocks("rule").map(|rules| rules.into_iter().map(lifecycle_rule).collect());
            bucket.lifecycle = noted("rule", rules, "s3:GetBucketLifecycleConfiguration", outcome);
        }
        "replication_configuration" => {
            let role = attrs.text("role").yes().unwrap_or_default();
            let rules = attrs
                .blocks("rule")
                .map(|rules| Replication { role, rules: rules.into_iter().map(replication_rule).collect() });
            bucket.replication = noted("rule", rules, "s3:GetBucketReplication", outcome);
        }
        "website_configuration" => bucket.website = Observed::Present(website(attrs)),
        _ => {}
    }
}

pub(super) fn remove(draft: &mut Draft, kind: &str, attrs: Attrs<'_>, outcome: &mut Outcome) {
    match kind {
        "aws_s3_account_public_access_block" => {
            draft.account.s3.public_access_block = Observed::Absent;
            return;
        }
        "aws_s3_access_point" => {
            let Some(name) = outcome.name(attrs, "name") else { return };
            draft.account.s3.access_points.items.retain(|point| point.name != name);
            return;
        }
        "aws_s3control_access_point_policy" => {
            let Some(arn) = outcome.name(attrs, "access_point_arn") else { return };
            draft.access_point(&arn).policy = Observed::Absent;
            return;
        }
        _ => {}
    }
    let Some(name) = outcome.name(attrs, "bucket") else { return };
    outcome.about(&draft.bucket_arn(&name));
    if kind == "aws_s3_bucket" {
        draft.remove_bucket(&name);
        return;
    }
    if !draft.has_bucket(&name) {
        return;
    }
    if kind == "aws_s3_bucket_policy" {
        draft.set_bucket_policy(&name, Observed::Absent);
        return;
    }
    let bucket = draft.bucket(&name);
    match kind {
        "aws_s3_bucket_public_access_block" => bucket.public_access_block = Observed::Absent,
        "aws_s3_bucket_ownership_controls" => own(bucket, Observed::Absent),
        // S3 goes back to keys of its own (fact F11).
        "aws_s3_bucket_server_side_encryption_configuration" => bucket.encryption = Observed::Present(plain()),
        "aws_s3_bucket_versioning" => {
            if let Observed::Present(versioning) = &mut bucket.versioning {
                versioning.enabled = false;
            }
        }
        "aws_s3_bucket_logging" => bucket.logging = Observed::Absent,
        "aws_s3_bucket_inventory" => {
            let id = attrs.text("name").yes().unwrap_or_default();
            if let Observed::Present(known) = &mut bucket.inventories {
                known.retain(|one| one.id != id);
            }
        }
        "aws_s3_bucket_object_lock_configuration" => bucket.object_lock = Observed::Present(ObjectLock::default()),
        "aws_s3_bucket_lifecycle_configuration" => bucket.lifecycle = Observed::Absent,
        "aws_s3_bucket_replication_configuration" => bucket.replication = Observed::Absent,
        "aws_s3_bucket_website_configuration" => bucket.website = Observed::Absent,
        // The provider forgets an ACL and leaves it as it is.
        _ => {}
    }
}

/// A bucket, with what the provider before version 4 has inside it.
fn bucket(draft: &mut Draft, attrs: Attrs<'_>, outcome: &mut Outcome) {
    let Some(name) = outcome.name(attrs, "bucket") else { return };
    if !draft.has_bucket(&name) {
        draft.make_bucket(&name);
    }
    outcome.about(&draft.bucket_arn(&name));
    if let Some(text) = attrs.policy("policy") {
        outcome.policy("policy", &text);
        draft.set_bucket_policy(&name, Observed::Present(text));
    }
    let bucket = draft.bucket(&name);
    if let Some(tags) = attrs.tags() {
        bucket.tags = if tags.is_empty() { Observed::Absent } else { Observed::Present(tags) };
    }
    if attrs.text("acl").yes().is_some_and(|acl| acl != "private") || attrs.blocks("grant").yes().is_some() {
        // Such a bucket was made when ACLs counted; on a new one AWS refuses it.
        if bucket.ownership == Observed::Present(Ownership::BucketOwnerEnforced) {
            outcome.partly.push("AWS refuses an ACL where ownership is BucketOwnerEnforced".to_owned());
        }
        acl(bucket, attrs, outcome);
    }
    if attrs.blocks("server_side_encryption_configuration") != Known::No {
        let inside = attrs.block("server_side_encryption_configuration").yes();
        encryption(bucket, inside.unwrap_or(attrs), outcome);
    }
    if let Known::Yes(block) = attrs.block("versioning") {
        let versioning = block
            .flag("enabled")
            .map(|enabled| Versioning { enabled, mfa_delete: block.flag("mfa_delete").yes().unwrap_or(false) });
        // The provider writes a block that says "off" for a bucket that never had versioning.
        if versioning != Known::Yes(Versioning { enabled: false, mfa_delete: false })
            || bucket.versioning != Observed::Absent
        {
            bucket.versioning = noted("versioning", versioning, "s3:GetBucketVersioning", outcome);
        }
    }
    for (inside, part) in [
        ("logging", "logging"),
        ("website", "website_configuration"),
        ("replication_configuration", "replication_configuration"),
    ] {
        match attrs.block(inside) {
            Known::Yes(block) if inside == "replication_configuration" => {
                let role = block.text("role").yes().unwrap_or_default();
                let rules = block
                    .blocks("rules")
                    .map(|rules| Replication { role, rules: rules.into_iter().map(replication_rule).collect() });
                draft.bucket(&name).replication = noted("rules", rules, "s3:GetBucketReplication", outcome);
            }
            Known::Yes(block) => set(draft, &name, part, block, outcome),
            Known::No | Known::Hole(_) => {}
        }
    }
    if let Known::Yes(rules) = attrs.blocks("lifecycle_rule") {
        draft.bucket(&name).lifecycle = Observed::Present(rules.into_iter().map(lifecycle_rule).collect());
    }
    if attrs.flag("object_lock_enabled") == Known::Yes(true) && draft.bucket(&name).object_lock == Observed::Absent {
        draft.bucket(&name).object_lock = Observed::Present(ObjectLock::default());
    }
}

fn noted<T>(what: &str, value: Known<T>, operation: &str, outcome: &mut Outcome) -> Observed<T> {
    if let Known::Hole(cause) = &value {
        outcome.open(what, cause);
    }
    value.observed(operation)
}

/// Block Public Access: what nobody says is off.
pub(super) fn block(attrs: Attrs<'_>, operation: &str, outcome: &mut Outcome) -> Observed<BlockSettings> {
    let flag = |name: &str| attrs.flag(name).or(false);
    let read = || -> Result<BlockSettings, String> {
        Ok(BlockSettings {
            block_public_acls: flag("block_public_acls")?,
            ignore_public_acls: flag("ignore_public_acls")?,
            block_public_policy: flag("block_public_policy")?,
            restrict_public_buckets: flag("restrict_public_buckets")?,
        })
    };
    match read() {
        Ok(block) => Observed::Present(block),
        Err(cause) => {
            outcome.open("Block Public Access", &cause);
            Observed::Unreadable(later(operation, cause))
        }
    }
}

fn ownership(word: &str) -> Option<Ownership> {
    Some(match word {
        "BucketOwnerEnforced" => Ownership::BucketOwnerEnforced,
        "BucketOwnerPreferred" => Ownership::BucketOwnerPreferred,
        "ObjectWriter" => Ownership::ObjectWriter,
        _ => return None,
    })
}

/// Sets who owns objects. An ACL that was void, and that nobody read for that, counts again (fact F8).
fn own(bucket: &mut forewarn_inventory::Bucket, ownership: Observed<Ownership>) {
    let void = bucket.ownership == Observed::Present(Ownership::BucketOwnerEnforced);
    if void && ownership != bucket.ownership && bucket.acl == Observed::Absent && bucket.created.is_some() {
        let gap = later("s3:GetBucketAcl", "ACLs that were void count again, and nobody knows what they say");
        bucket.acl = Observed::Unreadable(gap);
    }
    bucket.ownership = ownership;
}

/// The ACL, canned or written out (fact F8).
fn acl(bucket: &mut forewarn_inventory::Bucket, attrs: Attrs<'_>, outcome: &mut Outcome) {
    let grant =
        |grantee: &str, permission: &str| AclGrant { grantee: grantee.to_owned(), permission: permission.to_owned() };
    let canned = attrs.text("acl");
    if let Known::Hole(cause) = canned {
        outcome.open("acl", &cause);
        bucket.acl = Observed::Unreadable(later("s3:GetBucketAcl", cause));
        return;
    }
    let grants = match canned.yes().as_deref() {
        Some("private" | "bucket-owner-read" | "bucket-owner-full-control") => Vec::new(),
        Some("public-read") => vec![grant("AllUsers", "READ")],
        Some("public-read-write") => vec![grant("AllUsers", "READ"), grant("AllUsers", "WRITE")],
        Some("authenticated-read") => vec![grant("AuthenticatedUsers", "READ")],
        Some("log-delivery-write") => vec![grant("LogDelivery", "WRITE"), grant("LogDelivery", "READ_ACP")],
        Some(other) => {
            outcome.partly.push(format!("`{other}` is no canned ACL that is known here"));
            bucket.acl = Observed::Unreadable(later("s3:GetBucketAcl", format!("the canned ACL {other}")));
            return;
        }
        None => match written_out(attrs) {
            Known::Yes(grants) => grants,
            Known::No => return,
            Known::Hole(cause) => {
                outcome.open("grant", &cause);
                bucket.acl = Observed::Unreadable(later("s3:GetBucketAcl", cause));
                return;
            }
        },
    };
    bucket.acl = Observed::Present(BucketAcl { owner: None, grants });
}

/// Grants of `access_control_policy`, or of the bucket itself in the provider before version 4.
fn written_out(attrs: Attrs<'_>) -> Known<Vec<AclGrant>> {
    let inside = attrs.block("access_control_policy").yes().unwrap_or(attrs);
    let blocks = match inside.blocks("grant") {
        Known::Yes(blocks) => blocks,
        other => return other.map(|_| Vec::new()),
    };
    let mut grants = Vec::new();
    for block in blocks {
        let who = block.block("grantee").yes().unwrap_or(block);
        let grantee = match (who.text("uri"), who.text("id")) {
            (Known::Hole(cause), _) | (_, Known::Hole(cause)) => return Known::Hole(cause),
            (Known::Yes(uri), _) => uri.rsplit('/').next().unwrap_or_default().to_owned(),
            (_, Known::Yes(id)) => id,
            (Known::No, Known::No) => continue,
        };
        let permissions = match (block.texts("permissions"), block.text("permission")) {
            (Known::Hole(cause), _) | (_, Known::Hole(cause)) => return Known::Hole(cause),
            (Known::Yes(all), _) => all,
            (_, Known::Yes(one)) => vec![one],
            (Known::No, Known::No) => continue,
        };
        grants.extend(permissions.into_iter().map(|permission| AclGrant { grantee: grantee.clone(), permission }));
    }
    Known::Yes(grants)
}

fn plain() -> Encryption {
    Encryption { algorithm: "AES256".to_owned(), kms_key: None, bucket_key: false, blocked: vec!["SSE-C".to_owned()] }
}

fn encryption(bucket: &mut forewarn_inventory::Bucket, attrs: Attrs<'_>, outcome: &mut Outcome) {
    let operation = "s3:GetBucketEncryption";
    let rule = match attrs.block("rule") {
        Known::Yes(rule) => rule,
        Known::No => return,
        Known::Hole(cause) => {
            outcome.open("rule", &cause);
            bucket.encryption = Observed::Unreadable(later(operation, cause));
            return;
        }
    };
    let default = rule.block("apply_server_side_encryption_by_default").yes().unwrap_or(rule);
    let algorithm = default.text("sse_algorithm");
    // Which key it is may be open; that there is one is not.
    let kms_key = default.open_text("kms_master_key_id");
    if let Some(cause) = kms_key.as_deref().and_then(crate::value::hole) {
        outcome.open("kms_master_key_id", &cause);
    }
    // What nobody says of blocked kinds stays as it is: new buckets have SSE-C blocked, older ones may not (fact F11).
    let blocked = bucket.encryption.present().map(|known| known.blocked.clone()).unwrap_or_default();
    let encryption = algorithm.map(|algorithm| Encryption {
        algorithm,
        kms_key: kms_key.clone(),
        bucket_key: rule.flag("bucket_key_enabled").yes().unwrap_or(false),
        blocked: rule.texts("blocked_encryption_types").yes().unwrap_or(blocked),
    });
    bucket.encryption = noted("sse_algorithm", encryption, operation, outcome);
}

fn lock(attrs: Attrs<'_>) -> ObjectLock {
    let retention = attrs.block("rule").yes().and_then(|rule| rule.block("default_retention").yes());
    let number =
        |name: &str| retention?.number(name).yes().and_then(|number| u32::try_from(number).ok()).filter(|n| *n > 0);
    ObjectLock {
        mode: retention.and_then(|retention| retention.text("mode").yes()),
        days: number("days"),
        years: number("years"),
    }
}

fn lifecycle_rule(rule: Attrs<'_>) -> LifecycleRule {
    let days = |block: &str, name: &str| {
        rule.block(block).yes()?.number(name).yes().and_then(|days| u32::try_from(days).ok()).filter(|days| *days > 0)
    };
    let filter = rule.block("filter").yes();
    let inside = filter.and_then(|filter| filter.block("and").yes()).or(filter).unwrap_or(rule);
    LifecycleRule {
        id: rule.text("id").yes(),
        enabled: rule
            .text("status")
            .yes()
            .map_or_else(|| rule.flag("enabled").yes().unwrap_or(true), |word| word == "Enabled"),
        prefix: inside.text("prefix").yes().or_else(|| rule.text("prefix").yes()),
        expiration_days: days("expiration", "days"),
        noncurrent_days: days("noncurrent_version_expiration", "noncurrent_days")
            .or_else(|| days("noncurrent_version_expiration", "days")),
        abort_upload_days: days("abort_incomplete_multipart_upload", "days_after_initiation").or_else(|| {
            rule.number("abort_incomplete_multipart_upload_days").yes().and_then(|days| u32::try_from(days).ok())
        }),
    }
}

fn replication_rule(rule: Attrs<'_>) -> ReplicationRule {
    let destination = rule.block("destination").yes();
    let filter = rule.block("filter").yes();
    let inside = filter.and_then(|filter| filter.block("and").yes()).or(filter);
    ReplicationRule {
        id: rule.text("id").yes(),
        enabled: rule.text("status").yes().is_none_or(|status| status == "Enabled"),
        prefix: inside.and_then(|filter| filter.text("prefix").yes()).or_else(|| rule.text("prefix").yes()),
        tag_filter: inside.is_some_and(|filter| {
            filter
                .get("tag")
                .or(filter.get("tags"))
                .is_some_and(|tag| tag.as_array().is_none_or(|tags| !tags.is_empty()))
        }),
        destination: destination.and_then(|to| to.open_text("bucket")).unwrap_or_default(),
        destination_account: destination
            .and_then(|to| to.text("account").yes().or_else(|| to.text("account_id").yes())),
        delete_markers: rule
            .block("delete_marker_replication")
            .yes()
            .and_then(|block| block.text("status").yes())
            .is_some_and(|status| status == "Enabled"),
    }
}

fn website(attrs: Attrs<'_>) -> Website {
    let index = attrs.block("index_document").yes().and_then(|block| block.text("suffix").yes());
    let redirect = attrs.block("redirect_all_requests_to").yes().and_then(|block| block.text("host_name").yes());
    Website {
        index: index.or_else(|| attrs.text("index_document").yes()),
        redirect_host: redirect.or_else(|| attrs.text("redirect_all_requests_to").yes()),
    }
}

fn access_point(draft: &mut Draft, attrs: Attrs<'_>, outcome: &mut Outcome) {
    let (Some(name), Some(bucket)) = (outcome.name(attrs, "name"), outcome.name(attrs, "bucket")) else { return };
    let bucket = bucket.strip_prefix("arn:aws:s3:::").unwrap_or(&bucket).to_owned();
    let owner = attrs.text("bucket_account_id").yes();
    // AWS turns all four switches on where nobody says otherwise.
    let block = match attrs.block("public_access_block_configuration") {
        Known::Yes(inside) => {
            let flag = |name: &str| inside.flag(name).or(true);
            match (
                flag("block_public_acls"),
                flag("ignore_public_acls"),
                flag("block_public_policy"),
                flag("restrict_public_buckets"),
            ) {
                (
                    Ok(block_public_acls),
                    Ok(ignore_public_acls),
                    Ok(block_public_policy),
                    Ok(restrict_public_buckets),
                ) => Observed::Present(BlockSettings {
                    block_public_acls,
                    ignore_public_acls,
                    block_public_policy,
                    restrict_public_buckets,
                }),
                _ => Observed::Unreadable(later("s3:GetAccessPoint", "Block Public Access of the access point")),
            }
        }
        Known::No => Observed::Present(crate::draft::BLOCKED),
        Known::Hole(cause) => Observed::Unreadable(later("s3:GetAccessPoint", cause)),
    };
    let vpc = attrs.block("vpc_configuration").yes().and_then(|vpc| vpc.open_text("vpc_id"));
    let point = draft.access_point(&name);
    point.bucket = bucket;
    point.vpc = vpc;
    point.public_access_block = block;
    if owner.is_some() {
        point.bucket_account = owner;
    }
    if let Some(text) = attrs.policy("policy").filter(|text| text.as_str() != "{}") {
        outcome.policy("policy", &text);
        point.policy = Observed::Present(text);
    }
    let arn = point.arn.clone();
    outcome.about(&arn);
}
