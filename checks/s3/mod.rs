//! Checks about buckets.

use forewarn_findings::{Answer, Ask, Asked, Audience, Case, Check, In};
use forewarn_inventory::{Bucket, Fact, Gap};
use forewarn_policy::BlockSettings;

mod access_logging_off;
mod access_point_block_public_access_off;
mod access_point_reachable_by_outsider;
mod acl_grants_public;
mod acls_enabled;
mod block_public_access_off;
mod default_encryption_off;
mod foreign;
mod lifecycle_missing;
mod logs_or_inventory_to_foreign_bucket;
mod mfa_delete_off;
mod multi_region_access_point_block_public_access_off;
mod not_encrypted_with_kms;
mod object_lock_off;
mod outsiders_read_what_many_write;
mod policy_status_public;
mod predictable_service_bucket_not_owned;
mod reachable_by_anyone;
mod reachable_by_aws_service_of_anyone;
mod reachable_by_other_account;
mod replicates_outside_organization;
mod replication_off;
mod sse_c_allowed;
mod tls_not_required;
mod versioning_off;

pub(crate) use foreign::{Owner, owner, unread_bucket};

/// The checks of this folder.
#[rustfmt::skip]
pub(crate) const CHECKS: &[&Check] = &[
    &access_logging_off::CHECK,
    &access_point_block_public_access_off::CHECK,
    &access_point_reachable_by_outsider::CHECK,
    &acl_grants_public::CHECK,
    &acls_enabled::CHECK,
    &block_public_access_off::CHECK,
    &default_encryption_off::CHECK,
    &lifecycle_missing::CHECK,
    &logs_or_inventory_to_foreign_bucket::CHECK,
    &mfa_delete_off::CHECK,
    &multi_region_access_point_block_public_access_off::CHECK,
    &not_encrypted_with_kms::CHECK,
    &object_lock_off::CHECK,
    &outsiders_read_what_many_write::CHECK,
    &policy_status_public::CHECK,
    &predictable_service_bucket_not_owned::CHECK,
    &reachable_by_anyone::CHECK,
    &reachable_by_aws_service_of_anyone::CHECK,
    &reachable_by_other_account::CHECK,
    &replicates_outside_organization::CHECK,
    &replication_off::CHECK,
    &sse_c_allowed::CHECK,
    &tls_not_required::CHECK,
    &versioning_off::CHECK,
];

/// What a question about who reaches a bucket rests on.
pub(crate) const BUCKET_REACH: &[Fact] = &[
    Fact::Buckets,
    Fact::BucketPolicy,
    Fact::BucketAcl,
    Fact::BucketOwnership,
    Fact::PublicAccessBlock,
    Fact::AccountPublicAccessBlock,
    Fact::AccessPoints,
    Fact::AccessPointPolicy,
    Fact::AccessPointPublicAccessBlock,
    Fact::Organization,
    Fact::OrganizationAccounts,
    Fact::OrganizationUnits,
    Fact::ResourceControlPolicies,
];

/// Actions that change what others read.
const WRITES: &[&str] =
    &["s3:Put*", "s3:Delete*", "s3:AbortMultipartUpload", "s3:Replicate*", "s3:BypassGovernanceRetention"];

/// Whether anybody of these audiences gets in, with a request that writes where there is one, and else any.
pub(crate) fn reach_writing_first<'a>(case: &Case<'a>, asked: &Asked<'a>, audiences: &[Audience]) -> Answer {
    match case.reach_with(asked, &Ask { audiences, actions: WRITES, given: &[] }) {
        Answer::Yes(proof) => Answer::Yes(proof),
        Answer::No | Answer::Unknown(_) => case.reach(asked, audiences),
    }
}

/// A switch of Block Public Access.
pub(crate) type Switch = fn(&BlockSettings) -> bool;

/// The four switches by AWS's names.
pub(crate) const SWITCHES: [(&str, Switch); 4] = [
    ("BlockPublicAcls", |settings| settings.block_public_acls),
    ("IgnorePublicAcls", |settings| settings.ignore_public_acls),
    ("BlockPublicPolicy", |settings| settings.block_public_policy),
    ("RestrictPublicBuckets", |settings| settings.restrict_public_buckets),
];

/// Whether a switch is on for a bucket: on the bucket or on its account (fact F6).
///
/// # Errors
/// The gap that keeps it from being known.
pub(crate) fn effective<'a>(bucket: &In<'a, Bucket>, switch: Switch) -> Result<bool, &'a Gap> {
    let account: &'a forewarn_inventory::Account = bucket.account;
    let on = |settings: Option<&BlockSettings>| settings.is_some_and(switch);
    match (bucket.item().public_access_block.read(), account.s3.public_access_block.read()) {
        (Ok(own), Ok(shared)) => Ok(on(own) || on(shared)),
        (Ok(known), Err(gap)) | (Err(gap), Ok(known)) => {
            if on(known) {
                Ok(true)
            } else {
                Err(gap)
            }
        }
        (Err(gap), Err(_)) => Err(gap),
    }
}
