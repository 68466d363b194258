//! IAM: identities, their policies and credentials.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Listing, Observed, PolicyText};

/// All of IAM in one account.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Iam {
    /// Users, from `iam:GetAccountAuthorizationDetails`.
    pub users: Listing<User>,
    /// Groups, likewise.
    pub groups: Listing<Group>,
    /// Roles, likewise.
    pub roles: Listing<Role>,
    /// Customer managed policies, and AWS managed ones that are attached, likewise.
    pub policies: Listing<ManagedPolicy>,
    /// The credential report.
    pub credential_report: Observed<CredentialReport>,
    /// Virtual MFA devices that are assigned.
    pub virtual_mfa_devices: Listing<VirtualMfaDevice>,
    /// Service-specific credentials of all users (fact H4).
    pub service_credentials: Listing<ServiceCredential>,
    /// Server certificates kept in IAM.
    pub server_certificates: Listing<ServerCertificate>,
    /// The password policy; absent = AWS's default applies.
    pub password_policy: Observed<PasswordPolicy>,
    /// The account summary.
    pub account_summary: Observed<AccountSummary>,
    /// Account aliases.
    pub aliases: Listing<String>,
    /// OIDC providers.
    pub oidc_providers: Listing<OidcProvider>,
    /// SAML providers.
    pub saml_providers: Listing<SamlProvider>,
    /// Which services users and roles used, where it was asked for; roles that AWS owns are left out.
    pub last_accessed: Listing<LastAccessed>,
    /// Analyzers of IAM Access Analyzer, of all regions.
    pub analyzers: Listing<Analyzer>,
}

/// A policy embedded in a user, group or role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InlinePolicy {
    /// Its name.
    pub name: String,
    /// Its text.
    pub document: PolicyText,
}

/// A managed policy attached to a user, group or role; its text is in [`Iam::policies`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttachedPolicy {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
}

/// An IAM user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// The name.
    pub name: String,
    /// The ARN.
    pub arn: String,
    /// The unique id, `AIDA…`.
    pub id: String,
    /// The path, `/` at least.
    pub path: String,
    /// When it was created.
    pub created: Timestamp,
    /// Names of its groups.
    #[serde(default)]
    pub groups: Vec<String>,
    /// Inline policies.
    #[serde(default)]
    pub inline: Vec<InlinePolicy>,
    /// Attached managed policies.
    #[serde(default)]
    pub attached: Vec<AttachedPolicy>,
    /// ARN of the permissions boundary.
    #[serde(default)]
    pub boundary: Option<String>,
    /// Tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

/// An IAM group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// The name.
    pub name: String,
    /// The ARN.
    pub arn: String,
    /// The unique id, `AGPA…`.
    pub id: String,
    /// The path.
    pub path: String,
    /// When it was created.
    pub created: Timestamp,
    /// Inline policies.
    #[serde(default)]
    pub inline: Vec<InlinePolicy>,
    /// Attached managed policies.
    #[serde(default)]
    pub attached: Vec<AttachedPolicy>,
}

/// When a role was last used, as AWS tracks it (400 days).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LastUsed {
    /// When.
    pub at: Timestamp,
    /// In which region.
    #[serde(default)]
    pub region: Option<String>,
}

/// An IAM role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// The name.
    pub name: String,
    /// The ARN.
    pub arn: String,
    /// The unique id, `AROA…`.
    pub id: String,
    /// The path.
    pub path: String,
    /// When it was created.
    pub created: Timestamp,
    /// The trust policy.
    pub trust: PolicyText,
    /// Inline policies.
    #[serde(default)]
    pub inline: Vec<InlinePolicy>,
    /// Attached managed policies.
    #[serde(default)]
    pub attached: Vec<AttachedPolicy>,
    /// ARN of the permissions boundary.
    #[serde(default)]
    pub boundary: Option<String>,
    /// When it was last used; `None` = not in the tracked time.
    #[serde(default)]
    pub last_used: Option<LastUsed>,
    /// Names of the instance profiles that hold it.
    #[serde(default)]
    pub instance_profiles: Vec<String>,
    /// Tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

impl Role {
    /// Whether AWS owns the role, so that the account cannot edit it (fact B9).
    pub fn is_reserved(&self) -> bool {
        self.path.starts_with("/aws-service-role/") || self.path.starts_with("/aws-reserved/")
    }
}

/// One version of a managed policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyVersion {
    /// `v1`, `v2`, …
    pub id: String,
    /// When it was written.
    pub created: Timestamp,
    /// Its text.
    pub document: PolicyText,
}

/// A managed policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManagedPolicy {
    /// The name.
    pub name: String,
    /// The ARN.
    pub arn: String,
    /// The unique id, `ANPA…`.
    pub id: String,
    /// The path.
    pub path: String,
    /// When it was created.
    pub created: Timestamp,
    /// When it was last changed.
    pub updated: Timestamp,
    /// The id of the version in force.
    pub default_version: String,
    /// The versions that AWS gave.
    pub versions: Vec<PolicyVersion>,
    /// Users, groups and roles that it is attached to.
    pub attachments: u32,
    /// Users and roles that have it as their boundary.
    pub boundary_uses: u32,
}

impl ManagedPolicy {
    /// The text in force; `None` when AWS did not give that version.
    pub fn document(&self) -> Option<&PolicyText> {
        self.versions.iter().find(|version| version.id == self.default_version).map(|version| &version.document)
    }

    /// Whether AWS owns it (its ARN has `aws` in place of the account).
    pub fn is_aws_managed(&self) -> bool {
        self.arn.split(':').nth(4) == Some("aws")
    }
}

/// A cell of the credential report.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reported<T> {
    /// A value.
    Value(T),
    /// `N/A`: does not apply, or never happened.
    NotApplicable,
    /// `not_supported`, as AWS says of the root user's password.
    NotSupported,
    /// `no_information`: older than AWS's tracking.
    NoInformation,
    /// The report has no such column.
    #[default]
    Missing,
}

impl<T> Reported<T> {
    /// The value, where there is one.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::NotApplicable | Self::NotSupported | Self::NoInformation | Self::Missing => None,
        }
    }
}

/// One of the two access keys of a user as the credential report shows it: by slot, without its id (fact H3).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReportedKey {
    /// Whether it is active.
    pub active: Reported<bool>,
    /// When it was made or last rotated.
    pub last_rotated: Reported<Timestamp>,
    /// When it was last used.
    pub last_used: Reported<Timestamp>,
    /// Where.
    pub last_used_region: Reported<String>,
    /// For which service.
    pub last_used_service: Reported<String>,
}

/// One of the two signing certificates of a user as the credential report shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReportedCertificate {
    /// Whether it is active.
    pub active: Reported<bool>,
    /// When it was made or last rotated.
    pub last_rotated: Reported<Timestamp>,
}

/// One row of the credential report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CredentialRow {
    /// The user's name, or `<root_account>`.
    pub user: String,
    /// The user's ARN.
    pub arn: String,
    /// When the user was created.
    #[serde(default)]
    pub created: Reported<Timestamp>,
    /// Whether a console password exists.
    #[serde(default)]
    pub password_enabled: Reported<bool>,
    /// When it was last used.
    #[serde(default)]
    pub password_last_used: Reported<Timestamp>,
    /// When it was last changed.
    #[serde(default)]
    pub password_last_changed: Reported<Timestamp>,
    /// When it must be changed.
    #[serde(default)]
    pub password_next_rotation: Reported<Timestamp>,
    /// Whether any MFA device is active, of whatever kind.
    #[serde(default)]
    pub mfa_active: Reported<bool>,
    /// The two access key slots.
    #[serde(default)]
    pub keys: [ReportedKey; 2],
    /// The two signing certificate slots.
    #[serde(default)]
    pub certificates: [ReportedCertificate; 2],
}

impl CredentialRow {
    /// Whether the row is the root user's.
    pub fn is_root(&self) -> bool {
        self.user == "<root_account>"
    }
}

/// The credential report of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CredentialReport {
    /// When AWS made it; up to four hours before the collection (fact H3).
    pub generated: Timestamp,
    /// One row per user, and the root user's where AWS gives it.
    pub rows: Vec<CredentialRow>,
}

impl CredentialReport {
    /// The row of the user with this name.
    pub fn row(&self, user: &str) -> Option<&CredentialRow> {
        self.rows.iter().find(|row| row.user == user)
    }

    /// The row of the root user.
    pub fn root(&self) -> Option<&CredentialRow> {
        self.rows.iter().find(|row| row.is_root())
    }
}

/// A virtual MFA device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VirtualMfaDevice {
    /// The serial number, an ARN.
    pub serial: String,
    /// The ARN of the user that it is assigned to; the root user's ends in `:root`.
    #[serde(default)]
    pub user_arn: Option<String>,
    /// Since when.
    #[serde(default)]
    pub enabled: Option<Timestamp>,
}

/// A service-specific credential (CodeCommit, Keyspaces, Bedrock): never its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceCredential {
    /// The id, `ACCA…`.
    pub id: String,
    /// The user's name.
    pub user: String,
    /// The service, such as `bedrock.amazonaws.com`.
    pub service: String,
    /// Whether it is active.
    pub active: bool,
    /// When it was made.
    pub created: Timestamp,
    /// When it ends; `None` = never.
    #[serde(default)]
    pub expires: Option<Timestamp>,
}

/// A server certificate kept in IAM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerCertificate {
    /// The name.
    pub name: String,
    /// The ARN.
    pub arn: String,
    /// When it was uploaded.
    #[serde(default)]
    pub uploaded: Option<Timestamp>,
    /// When it ends.
    #[serde(default)]
    pub expires: Option<Timestamp>,
}

/// The account's own password policy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PasswordPolicy {
    /// Least length.
    pub minimum_length: u32,
    /// A symbol is required.
    pub require_symbols: bool,
    /// A digit is required.
    pub require_numbers: bool,
    /// An uppercase letter is required.
    pub require_uppercase: bool,
    /// A lowercase letter is required.
    pub require_lowercase: bool,
    /// Users may change their own password.
    pub allow_users_to_change: bool,
    /// Days until a password must be changed; `None` = never.
    pub max_age_days: Option<u32>,
    /// How many earlier passwords cannot be used again; `None` = not remembered.
    pub reuse_prevention: Option<u32>,
    /// An expired password can only be reset by an administrator.
    pub hard_expiry: bool,
}

/// The counters of `iam:GetAccountSummary`, by AWS's own names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountSummary(pub BTreeMap<String, i64>);

impl AccountSummary {
    /// Whether the root user has an active MFA device (fact H2); `None` when AWS does not say.
    pub fn root_mfa_enabled(&self) -> Option<bool> {
        self.flag("AccountMFAEnabled")
    }

    /// Whether the root user has access keys.
    pub fn root_access_keys_present(&self) -> Option<bool> {
        self.flag("AccountAccessKeysPresent")
    }

    /// Whether the root user has a password.
    pub fn root_password_present(&self) -> Option<bool> {
        self.flag("AccountPasswordPresent")
    }

    fn flag(&self, name: &str) -> Option<bool> {
        self.0.get(name).map(|count| *count > 0)
    }
}

/// An OIDC identity provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OidcProvider {
    /// The ARN; its end is the host and path of the provider.
    pub arn: String,
    /// Client ids (audiences) and the like.
    pub details: Observed<OidcDetails>,
}

/// What `iam:GetOpenIDConnectProvider` says of a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OidcDetails {
    /// The URL without scheme.
    pub url: String,
    /// Accepted audiences.
    #[serde(default)]
    pub client_ids: Vec<String>,
    /// Certificate thumbprints.
    #[serde(default)]
    pub thumbprints: Vec<String>,
    /// When it was made.
    #[serde(default)]
    pub created: Option<Timestamp>,
}

/// A SAML identity provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SamlProvider {
    /// The ARN.
    pub arn: String,
    /// Until when its metadata is valid.
    #[serde(default)]
    pub valid_until: Option<Timestamp>,
    /// When it was made.
    #[serde(default)]
    pub created: Option<Timestamp>,
}

/// Which services a user or role used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LastAccessed {
    /// ARN of the user or role.
    pub arn: String,
    /// The services that its policies let it call, by AWS's account.
    #[serde(default)]
    pub services: Observed<Vec<ServiceAccess>>,
}

/// When a service was last called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceAccess {
    /// The prefix of its actions, such as `s3`.
    pub service: String,
    /// When; `None` = not in the time that AWS keeps track of (400 days).
    #[serde(default)]
    pub last: Option<Timestamp>,
}

/// An analyzer of IAM Access Analyzer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Analyzer {
    /// The ARN.
    pub arn: String,
    /// The region that it looks at.
    pub region: String,
    /// What it looks for and whose: `ACCOUNT`, `ORGANIZATION`, `ACCOUNT_UNUSED_ACCESS`, `ORGANIZATION_UNUSED_ACCESS`, …
    pub kind: String,
    /// AWS's word for its state; one that works is `ACTIVE`.
    pub status: String,
    /// What it found and nobody archived, about buckets, roles and keys; none where it does not look for outsiders.
    #[serde(default)]
    pub findings: Listing<AnalyzerFinding>,
}

/// An active finding of IAM Access Analyzer: somebody outside gets in. AWS services are left out of them, and where it
/// cannot decide it reports (fact G2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnalyzerFinding {
    /// Its id.
    pub id: String,
    /// ARN of the resource.
    pub resource: String,
    /// Whether the public gets in.
    #[serde(default)]
    pub public: bool,
    /// Who gets in, by the kind of principal (`AWS`, `Federated`, `CanonicalUser`).
    #[serde(default)]
    pub principal: BTreeMap<String, String>,
    /// When the resource was looked at.
    pub analyzed: Timestamp,
}

impl Analyzer {
    /// Whether it looks for access from outside, and works.
    pub fn finds_outsiders(&self) -> bool {
        self.is_active() && matches!(self.kind.as_str(), "ACCOUNT" | "ORGANIZATION")
    }

    /// Whether it looks for access that nobody uses, and works.
    pub fn finds_unused_access(&self) -> bool {
        self.is_active() && matches!(self.kind.as_str(), "ACCOUNT_UNUSED_ACCESS" | "ORGANIZATION_UNUSED_ACCESS")
    }

    /// Whether it looks at all accounts of the organisation.
    pub fn is_of_organization(&self) -> bool {
        self.kind.starts_with("ORGANIZATION")
    }

    fn is_active(&self) -> bool {
        self.status == "ACTIVE"
    }
}
