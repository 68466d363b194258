//! What a question is asked about, and the shapes of the answers.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::{Audience, ContextValue, Document, Request};

/// A document or a setting as it was read: known, or not readable.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Reading<T> {
    /// It was read.
    Read(T),
    /// It exists or may exist, and could not be read.
    Unreadable,
}

/// The layers that a decision can rest on, in the words of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LayerName {
    /// Policies of the caller.
    Identity,
    /// The caller's permissions boundary.
    Boundary,
    /// The policy of the session.
    Session,
    /// The policy of the resource.
    Resource,
    /// The policy of the access point that the call goes through.
    AccessPoint,
    /// Service control policies.
    Scp,
    /// Resource control policies.
    Rcp,
    /// The policy of the VPC endpoint.
    Endpoint,
    /// S3 Block Public Access.
    BlockPublicAccess,
    /// S3 access control lists.
    Acl,
}

/// One statement of one document of a layer; both count from 0.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct StatementRef {
    /// The layer.
    pub layer: LayerName,
    /// The document within the layer.
    pub policy: usize,
    /// The statement within the document (the grant, for an ACL).
    pub statement: usize,
}

/// The four switches of S3 Block Public Access at one level.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BlockSettings {
    /// New public ACLs are refused.
    pub block_public_acls: bool,
    /// Public ACLs have no effect.
    pub ignore_public_acls: bool,
    /// New public policies are refused.
    pub block_public_policy: bool,
    /// A public policy serves only the account itself and AWS services.
    pub restrict_public_buckets: bool,
}

/// Block Public Access of the account and of the bucket (the effective setting is the OR of both, fact F6).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BlockPublicAccess {
    /// The account's setting.
    pub account: Reading<BlockSettings>,
    /// The bucket's setting.
    pub bucket: Reading<BlockSettings>,
}

impl Default for BlockPublicAccess {
    fn default() -> Self {
        Self { account: Reading::Read(BlockSettings::default()), bucket: Reading::Read(BlockSettings::default()) }
    }
}

/// Who owns new objects, and whether ACLs count (fact F8).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Ownership {
    /// ACLs are void.
    BucketOwnerEnforced,
    /// ACLs count; the bucket owner owns objects written with the right canned ACL.
    BucketOwnerPreferred,
    /// ACLs count; the writer owns.
    #[default]
    ObjectWriter,
}

/// One grant of an S3 ACL.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AclGrant {
    /// `AllUsers`, `AuthenticatedUsers`, `LogDelivery` or a canonical user id.
    pub grantee: String,
    /// `READ`, `WRITE`, `READ_ACP`, `WRITE_ACP` or `FULL_CONTROL`.
    pub permission: String,
}

/// The ACL of a bucket together with the ownership that decides whether it counts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Acl {
    /// Object ownership; not given is `ObjectWriter` (fact F8).
    #[serde(default)]
    pub ownership: Ownership,
    /// The grants.
    #[serde(default)]
    pub grants: Vec<AclGrant>,
}

/// An S3 access point of a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AccessPoint {
    /// Its ARN.
    pub arn: String,
    /// The account that owns the access point.
    pub account: String,
    /// Its policy; `None` = it has none.
    pub policy: Reading<Option<Arc<Document>>>,
    /// Its own Block Public Access.
    pub block_public_access: Reading<BlockSettings>,
    /// The VPC that it is bound to.
    pub vpc: Option<String>,
}

/// The kind of resource that a policy hangs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResourceKind {
    /// An S3 bucket.
    BucketPolicy,
    /// An S3 access point.
    AccessPointPolicy,
    /// The trust policy of a role.
    RoleTrust,
    /// Any other resource with a policy.
    ResourcePolicy,
}

/// The organisation that the account of a resource belongs to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Organization {
    /// Its id, such as `o-abc`.
    pub id: Option<String>,
    /// The accounts known to belong to it.
    pub accounts: BTreeSet<String>,
    /// Whether `accounts` is the whole list.
    pub accounts_complete: bool,
}

/// A resource with all that stands between it and its callers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Target {
    /// What the policy hangs on.
    pub kind: ResourceKind,
    /// The ARN of the resource, where known.
    pub arn: Option<String>,
    /// The account that owns it.
    pub account: String,
    /// Its policy; `None` = it has none.
    pub policy: Reading<Option<Arc<Document>>>,
    /// The organisation of `account`.
    pub organization: Arc<Organization>,
    /// Block Public Access (S3 only).
    pub block_public_access: BlockPublicAccess,
    /// The ACL; `None` = ACLs are void (BucketOwnerEnforced).
    pub acl: Reading<Option<Acl>>,
    /// Access points of the bucket.
    pub access_points: Vec<AccessPoint>,
    /// Resource control policies, one list per level; `Read(vec![])` = none apply.
    pub rcp: Reading<Vec<Vec<Arc<Document>>>>,
    /// Accounts that the user trusts although they are outside the organisation.
    pub trusted_accounts: BTreeSet<String>,
}

/// A question: who of these audiences can do any of these actions on the target?
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Question {
    /// The resource.
    pub target: Arc<Target>,
    /// The audiences asked for.
    pub audiences: Vec<Audience>,
    /// Action patterns to look at, such as `s3:Get*`; empty = any action.
    pub actions: Vec<String>,
    /// Context keys that are given: a value, or `None` for a key that must be absent.
    pub given: Vec<(String, Option<ContextValue>)>,
}

/// The answer to a question about all requests. `D` is the kind of doubt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer<D> {
    /// There is such a request.
    Yes(Hit),
    /// There is none.
    No,
    /// It could not be decided; never empty.
    Unknown(Vec<D>),
}

/// A request that gets in, and why.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Hit {
    /// The audience of the caller.
    pub audience: Audience,
    /// The request; `decide` allows it.
    pub witness: Arc<Request>,
    /// The statements that allow it.
    pub because: Vec<StatementRef>,
    /// Layers that could not be read and might stop it all the same (RCP only).
    pub unless: Vec<LayerName>,
}

/// Why the engine cannot decide.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Doubt {
    /// A stable code, such as `unreadable_policy` or `acl_on_objects`; all of them are listed in the crate docs.
    pub code: String,
    /// The layer that is in doubt, where one is.
    pub layer: Option<LayerName>,
    /// One sentence for a person.
    pub message: String,
}

/// What `reach` found, audience by audience.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// One answer per audience asked for, widest first.
    pub answers: Vec<(Audience, Answer<Doubt>)>,
    /// The foreign accounts behind `Audience::Accounts`, sorted.
    pub accounts: Vec<String>,
}

impl Reach {
    /// Why it is not known whether an outsider gets in; empty where it is known of every audience.
    pub fn doubts_about_outsiders(&self) -> Vec<Doubt> {
        let outsiders = self.answers.iter().filter(|(audience, _)| audience.is_outsider());
        let mut doubts: Vec<Doubt> = outsiders
            .filter_map(|(_, answer)| match answer {
                Answer::Unknown(doubts) => Some(doubts.clone()),
                Answer::Yes(_) | Answer::No => None,
            })
            .flatten()
            .collect();
        doubts.sort();
        doubts.dedup();
        doubts
    }
}

/// All policies that judge one request.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Layers {
    /// Policies of the caller; `None` = the caller's own side allows everything.
    pub identity: Option<Vec<Reading<Arc<Document>>>>,
    /// The permissions boundary, where one applies.
    pub boundary: Option<Vec<Reading<Arc<Document>>>>,
    /// Session policies, where they apply.
    pub session: Option<Vec<Reading<Arc<Document>>>>,
    /// The resource's policy, where it has one.
    pub resource: Option<Reading<Arc<Document>>>,
    /// The access point that the call goes through.
    pub access_point: Option<AccessPoint>,
    /// Service control policies, one list per level.
    pub scp: Option<Vec<Vec<Reading<Arc<Document>>>>>,
    /// Resource control policies, one list per level.
    pub rcp: Option<Vec<Vec<Reading<Arc<Document>>>>>,
    /// VPC endpoint policies.
    pub endpoint: Option<Vec<Reading<Arc<Document>>>>,
    /// S3 Block Public Access.
    pub block_public_access: BlockPublicAccess,
    /// The S3 ACL; `None` = void.
    pub acl: Option<Reading<Acl>>,
}

/// What AWS answers to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// The request passes.
    Allow,
    /// A Deny statement stops it.
    ExplicitDeny,
    /// Nothing allows it.
    ImplicitDeny,
}

/// A decision, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decided {
    /// Decided.
    Known(Decision),
    /// A layer that matters could not be read.
    Unknown(Vec<Doubt>),
}

/// A decision with the statements and the layer that made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The decision.
    pub decision: Decided,
    /// The allow or deny statements that decided.
    pub decided_by: Vec<StatementRef>,
    /// For a deny, the first layer that stopped the request.
    pub blocked_by: Option<LayerName>,
}
