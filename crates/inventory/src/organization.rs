//! The organisation, as far as the caller can read it.

use serde::{Deserialize, Serialize};

use crate::{Listing, Observed, PolicyText};

/// An AWS organisation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organization {
    /// The id, `o-…`.
    pub id: String,
    /// The management account.
    pub management_account: String,
    /// Its accounts.
    #[serde(default)]
    pub accounts: Listing<OrgAccount>,
    /// Its roots and organisational units.
    #[serde(default)]
    pub units: Listing<OrgUnit>,
    /// Service control policies.
    #[serde(default)]
    pub scps: Listing<OrgPolicy>,
    /// Resource control policies.
    #[serde(default)]
    pub rcps: Listing<OrgPolicy>,
    /// Accounts that administer a service for all others.
    #[serde(default)]
    pub delegated_administrators: Listing<DelegatedAdministrator>,
    /// What IAM does for the root users of all accounts, such as `RootCredentialsManagement`; absent = IAM was never let in.
    #[serde(default)]
    pub root_features: Observed<Vec<String>>,
}

/// An account of the organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrgAccount {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
    /// Whether it is active.
    pub active: bool,
    /// AWS's word for its state, such as `PENDING_CLOSURE`, where it is not active.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// The root or unit that holds it; absent where it could not be read.
    #[serde(default)]
    pub parent: Option<String>,
}

/// An account that administers a service for the organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DelegatedAdministrator {
    /// The id of the account.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// A root or an organisational unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrgUnit {
    /// The id, `r-…` or `ou-…`.
    pub id: String,
    /// The name.
    pub name: String,
    /// The unit above; `None` for a root.
    #[serde(default)]
    pub parent: Option<String>,
}

/// A service or resource control policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrgPolicy {
    /// The id, `p-…`.
    pub id: String,
    /// The name.
    pub name: String,
    /// The ARN.
    pub arn: String,
    /// Whether AWS owns it.
    #[serde(default)]
    pub aws_managed: bool,
    /// Its text.
    #[serde(default)]
    pub document: Observed<PolicyText>,
    /// Ids of the roots, units and accounts that it is attached to.
    #[serde(default)]
    pub targets: Listing<String>,
}
