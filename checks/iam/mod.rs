//! Checks about identities and their credentials.

use forewarn_findings::Check;
use forewarn_inventory::Fact;

mod access_key_made_with_user;
mod access_key_old;
mod access_key_shared;
mod can_escalate_to_admin;
mod cloudshell_full_access_attached;
mod credential_unused;
mod credentials;
mod group_empty;
mod group_with_one_user;
mod identity_untagged;
mod instance_role_can_be_admin;
mod key_user_without_mfa;
mod oidc_trust_open_to_strangers;
mod password_policy_weak;
mod people_sign_in_as_users;
mod policy_allows_decrypt_of_every_key;
mod policy_allows_everything;
mod policy_allows_whole_service;
mod policy_changes_permissions_everywhere;
mod policy_lint_error;
mod policy_writes_everywhere;
mod role_trusts_account_without_external_id;
mod role_trusts_anyone;
mod root;
mod root_access_key;
mod root_mfa_virtual;
mod root_recently_used;
mod root_without_mfa;
mod server_certificate_expired;
mod service_access_unused;
mod service_credential_never_expires;
mod service_credential_old;
mod service_credentials;
mod service_user_with_password;
mod sets;
mod support_role_missing;
mod two_active_access_keys;
mod user_in_no_group;
mod user_mfa_virtual;
mod user_policy_attached_directly;
mod user_shared_by_people;
mod user_where_role_would_do;
mod user_without_mfa;
mod ways;

/// The checks of this folder.
#[rustfmt::skip]
pub(crate) const CHECKS: &[&Check] = &[
    &access_key_made_with_user::CHECK,
    &access_key_old::CHECK,
    &access_key_shared::CHECK,
    &can_escalate_to_admin::CHECK,
    &cloudshell_full_access_attached::CHECK,
    &credential_unused::CHECK,
    &group_empty::CHECK,
    &group_with_one_user::CHECK,
    &identity_untagged::CHECK,
    &instance_role_can_be_admin::CHECK,
    &key_user_without_mfa::CHECK,
    &oidc_trust_open_to_strangers::CHECK,
    &password_policy_weak::CHECK,
    &people_sign_in_as_users::CHECK,
    &policy_allows_decrypt_of_every_key::CHECK,
    &policy_allows_everything::CHECK,
    &policy_allows_whole_service::CHECK,
    &policy_changes_permissions_everywhere::CHECK,
    &policy_lint_error::CHECK,
    &policy_writes_everywhere::CHECK,
    &role_trusts_account_without_external_id::CHECK,
    &role_trusts_anyone::CHECK,
    &root_access_key::CHECK,
    &root_mfa_virtual::CHECK,
    &root_recently_used::CHECK,
    &root_without_mfa::CHECK,
    &server_certificate_expired::CHECK,
    &service_access_unused::CHECK,
    &service_credential_never_expires::CHECK,
    &service_credential_old::CHECK,
    &service_user_with_password::CHECK,
    &support_role_missing::CHECK,
    &two_active_access_keys::CHECK,
    &user_in_no_group::CHECK,
    &user_mfa_virtual::CHECK,
    &user_policy_attached_directly::CHECK,
    &user_shared_by_people::CHECK,
    &user_where_role_would_do::CHECK,
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

/// What a question about who is an administrator, or can become one, rests on.
pub(crate) const STANDING: &[Fact] = &[
    Fact::Users,
    Fact::Groups,
    Fact::Roles,
    Fact::Policies,
    Fact::Organization,
    Fact::OrganizationAccounts,
    Fact::OrganizationUnits,
    Fact::ServiceControlPolicies,
];
