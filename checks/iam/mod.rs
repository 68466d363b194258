//! Checks about identities and their credentials.

use forewarn_findings::Check;
use forewarn_inventory::Fact;

mod access_key_old;
mod access_key_shared;
mod can_escalate_to_admin;
mod credential_unused;
mod credentials;
mod group_empty;
mod oidc_trust_open_to_strangers;
mod password_policy_weak;
mod policy_allows_everything;
mod policy_allows_whole_service;
mod policy_lint_error;
mod role_trusts_account_without_external_id;
mod role_trusts_anyone;
mod root;
mod root_access_key;
mod root_recently_used;
mod root_without_mfa;
mod service_credential_never_expires;
mod service_credential_old;
mod service_credentials;
mod sets;
mod two_active_access_keys;
mod user_policy_attached_directly;
mod user_without_mfa;

/// The checks of this folder.
#[rustfmt::skip]
pub(crate) const CHECKS: &[&Check] = &[
    &access_key_old::CHECK,
    &access_key_shared::CHECK,
    &can_escalate_to_admin::CHECK,
    &credential_unused::CHECK,
    &group_empty::CHECK,
    &oidc_trust_open_to_strangers::CHECK,
    &password_policy_weak::CHECK,
    &policy_allows_everything::CHECK,
    &policy_allows_whole_service::CHECK,
    &policy_lint_error::CHECK,
    &role_trusts_account_without_external_id::CHECK,
    &role_trusts_anyone::CHECK,
    &root_access_key::CHECK,
    &root_recently_used::CHECK,
    &root_without_mfa::CHECK,
    &service_credential_never_expires::CHECK,
    &service_credential_old::CHECK,
    &two_active_access_keys::CHECK,
    &user_policy_attached_directly::CHECK,
    &user_without_mfa::CHECK,
];

/// What a question about who assumes a role rests on.
pub(crate) const ROLE_REACH: &[Fact] = &[
    Fact::Roles,
    Fact::Organization,
    Fact::OrganizationAccounts,
    Fact::OrganizationUnits,
    Fact::ResourceControlPolicies,
];
