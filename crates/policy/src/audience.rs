//! The classes of callers a question is asked for.

/// A class of callers. The order is the order in which answers are listed: the widest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Not signed in, from anywhere.
    Anyone,
    /// Any principal of any account, signed in.
    AnyAwsAccount,
    /// Anyone, but only from fixed addresses, VPCs or endpoints.
    AnyoneInNetwork,
    /// An identity of a federated provider that a stranger can be.
    FederatedStranger,
    /// Named accounts outside the account, the organisation and the trusted accounts.
    Accounts,
    /// Only federated identities that the policy names.
    Federated,
    /// An AWS service that a foreign account can drive (confused deputy).
    AwsServiceOfAnyone,
    /// An AWS service for this account.
    AwsService,
    /// Other accounts of the organisation, and trusted accounts.
    Organization,
    /// Principals of the account itself.
    SameAccount,
}

impl Audience {
    /// Every audience, widest first.
    pub const ALL: [Self; 10] = [
        Self::Anyone,
        Self::AnyAwsAccount,
        Self::AnyoneInNetwork,
        Self::FederatedStranger,
        Self::Accounts,
        Self::Federated,
        Self::AwsServiceOfAnyone,
        Self::AwsService,
        Self::Organization,
        Self::SameAccount,
    ];

    /// The audiences whose callers do not belong to the owner of the resource.
    pub const OUTSIDERS: [Self; 7] = [
        Self::Anyone,
        Self::AnyAwsAccount,
        Self::AnyoneInNetwork,
        Self::FederatedStranger,
        Self::Accounts,
        Self::Federated,
        Self::AwsServiceOfAnyone,
    ];

    /// The outsiders but services, which come in by a way of their own: Block Public Access lets them pass.
    pub const OUTSIDERS_BUT_SERVICES: [Self; 6] = [
        Self::Anyone,
        Self::AnyAwsAccount,
        Self::AnyoneInNetwork,
        Self::FederatedStranger,
        Self::Accounts,
        Self::Federated,
    ];

    /// Whether its callers are strangers to the owner of the resource.
    pub fn is_outsider(self) -> bool {
        Self::OUTSIDERS.contains(&self)
    }
}
