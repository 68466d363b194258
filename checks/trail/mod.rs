//! Checks about the log of the account.

use forewarn_findings::Check;
use forewarn_inventory::Fact;

mod bucket_access_logging_off;
mod bucket_missing_or_foreign;
mod bucket_not_restricted;
mod bucket_reachable_by_outsider;
mod can_be_blinded;
mod copies;
mod data_events_off_for_reachable_bucket;
mod delivery_failing;
mod every_copy_can_be_altered;
mod key_not_rotated;
mod log_bucket;
mod log_group_expires_early;
mod log_validation_off;
mod management_events_not_recorded;
mod no_multi_region_trail;
mod not_encrypted_with_kms;
mod not_logging;
mod not_sent_to_log_group;
mod people;
mod recent_policy_change;
mod recorded;
mod single_destination;

/// The checks of this folder.
#[rustfmt::skip]
pub(crate) const CHECKS: &[&Check] = &[
    &bucket_access_logging_off::CHECK,
    &bucket_missing_or_foreign::CHECK,
    &bucket_not_restricted::CHECK,
    &bucket_reachable_by_outsider::CHECK,
    &can_be_blinded::CHECK,
    &data_events_off_for_reachable_bucket::CHECK,
    &delivery_failing::CHECK,
    &every_copy_can_be_altered::CHECK,
    &key_not_rotated::CHECK,
    &log_group_expires_early::CHECK,
    &log_validation_off::CHECK,
    &management_events_not_recorded::CHECK,
    &no_multi_region_trail::CHECK,
    &not_encrypted_with_kms::CHECK,
    &not_logging::CHECK,
    &not_sent_to_log_group::CHECK,
    &recent_policy_change::CHECK,
    &single_destination::CHECK,
];

/// What a question about who can get at the log of a trail rests on.
pub(crate) const LOG_KEEPERS: &[Fact] = &[
    Fact::Trails,
    Fact::Buckets,
    Fact::BucketPolicy,
    Fact::Users,
    Fact::Groups,
    Fact::Roles,
    Fact::Policies,
    Fact::Organization,
    Fact::OrganizationAccounts,
    Fact::OrganizationUnits,
    Fact::ServiceControlPolicies,
    Fact::ResourceControlPolicies,
];
