//! S3: buckets, access points and what stands before them.

use std::collections::BTreeMap;

use forewarn_policy::{AclGrant, BlockSettings, Ownership};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Listing, Observed, PolicyText};

/// All of S3 in one account.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct S3 {
    /// Account-level Block Public Access; absent = all four switches off.
    pub public_access_block: Observed<BlockSettings>,
    /// General purpose buckets.
    pub buckets: Listing<Bucket>,
    /// Access points owned by the account.
    pub access_points: Listing<AccessPoint>,
    /// Multi-region access points owned by the account.
    pub multi_region_access_points: Listing<MultiRegionAccessPoint>,
}

/// A general purpose bucket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bucket {
    /// The name.
    pub name: String,
    /// The ARN.
    pub arn: String,
    /// The region.
    #[serde(default)]
    pub region: Observed<String>,
    /// When it was made.
    #[serde(default)]
    pub created: Option<Timestamp>,
    /// The bucket policy.
    #[serde(default)]
    pub policy: Observed<PolicyText>,
    /// Whether AWS calls the policy public (`s3:GetBucketPolicyStatus`); absent without a policy.
    #[serde(default)]
    pub policy_status: Observed<bool>,
    /// The ACL; absent where ownership makes it void, so that nobody asked.
    #[serde(default)]
    pub acl: Observed<BucketAcl>,
    /// Object ownership; absent = `ObjectWriter` (fact F8).
    #[serde(default)]
    pub ownership: Observed<Ownership>,
    /// The bucket's own Block Public Access; absent = all four switches off.
    #[serde(default)]
    pub public_access_block: Observed<BlockSettings>,
    /// Default encryption.
    #[serde(default)]
    pub encryption: Observed<Encryption>,
    /// Versioning; absent = never turned on.
    #[serde(default)]
    pub versioning: Observed<Versioning>,
    /// Server access logging; absent = off.
    #[serde(default)]
    pub logging: Observed<LogTarget>,
    /// S3 Inventory: lists of all objects that S3 writes somewhere; absent = none.
    #[serde(default)]
    pub inventories: Observed<Vec<InventoryConfiguration>>,
    /// Object lock; absent = none.
    #[serde(default)]
    pub object_lock: Observed<ObjectLock>,
    /// Lifecycle rules.
    #[serde(default)]
    pub lifecycle: Observed<Vec<LifecycleRule>>,
    /// Replication.
    #[serde(default)]
    pub replication: Observed<Replication>,
    /// Tags.
    #[serde(default)]
    pub tags: Observed<BTreeMap<String, String>>,
    /// Static website hosting.
    #[serde(default)]
    pub website: Observed<Website>,
}

/// The ACL of a bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BucketAcl {
    /// Canonical id of the owner.
    pub owner: Option<String>,
    /// The grants: `AllUsers`, `AuthenticatedUsers`, `LogDelivery` or a canonical user id.
    pub grants: Vec<AclGrant>,
}

/// Default encryption of a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Encryption {
    /// `AES256`, `aws:kms` or `aws:kms:dsse`.
    pub algorithm: String,
    /// The KMS key, where one is named.
    #[serde(default)]
    pub kms_key: Option<String>,
    /// Whether a bucket key spares KMS calls.
    #[serde(default)]
    pub bucket_key: bool,
    /// Encryption types that uploads may not use, such as `SSE-C` (fact F11).
    #[serde(default)]
    pub blocked: Vec<String>,
}

/// Versioning of a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Versioning {
    /// On, or suspended after having been on.
    pub enabled: bool,
    /// Whether deleting a version needs MFA.
    #[serde(default)]
    pub mfa_delete: bool,
}

/// Where server access logs go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogTarget {
    /// The bucket.
    pub bucket: String,
    /// The key prefix.
    #[serde(default)]
    pub prefix: String,
}

/// One list of all objects that S3 writes every day or week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InventoryConfiguration {
    /// Its id.
    pub id: String,
    /// Whether it is written.
    pub enabled: bool,
    /// ARN of the bucket that it is written to.
    pub destination: String,
    /// The account that owns that bucket, where the configuration names it.
    #[serde(default)]
    pub destination_account: Option<String>,
}

/// Object lock of a bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ObjectLock {
    /// The default retention's mode, `GOVERNANCE` or `COMPLIANCE`; `None` = no default retention.
    pub mode: Option<String>,
    /// Its days.
    pub days: Option<u32>,
    /// Its years.
    pub years: Option<u32>,
}

/// One lifecycle rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LifecycleRule {
    /// Its id.
    #[serde(default)]
    pub id: Option<String>,
    /// Whether it is enabled.
    pub enabled: bool,
    /// The key prefix that it is about; `None` = every object.
    #[serde(default)]
    pub prefix: Option<String>,
    /// Days after which current objects expire.
    #[serde(default)]
    pub expiration_days: Option<u32>,
    /// Days after which noncurrent versions expire.
    #[serde(default)]
    pub noncurrent_days: Option<u32>,
    /// Days after which unfinished multipart uploads are dropped.
    #[serde(default)]
    pub abort_upload_days: Option<u32>,
}

/// Replication of a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replication {
    /// The role that copies.
    pub role: String,
    /// The rules.
    pub rules: Vec<ReplicationRule>,
}

/// One replication rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplicationRule {
    /// Its id.
    #[serde(default)]
    pub id: Option<String>,
    /// Whether it is enabled.
    pub enabled: bool,
    /// The key prefix that it is about; `None` = every object, or a filter by tags.
    #[serde(default)]
    pub prefix: Option<String>,
    /// Whether a tag filter narrows it.
    #[serde(default)]
    pub tag_filter: bool,
    /// ARN of the destination bucket.
    pub destination: String,
    /// The account that owns the destination, where the rule names it.
    #[serde(default)]
    pub destination_account: Option<String>,
    /// Whether delete markers are copied.
    #[serde(default)]
    pub delete_markers: bool,
}

/// Static website hosting of a bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Website {
    /// The index document.
    pub index: Option<String>,
    /// The host that every request is redirected to.
    pub redirect_host: Option<String>,
}

/// An access point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessPoint {
    /// The name.
    pub name: String,
    /// The ARN.
    pub arn: String,
    /// The region.
    pub region: String,
    /// The bucket that it leads to.
    pub bucket: String,
    /// The account that owns the bucket.
    #[serde(default)]
    pub bucket_account: Option<String>,
    /// The VPC that it is bound to.
    #[serde(default)]
    pub vpc: Option<String>,
    /// Its policy.
    #[serde(default)]
    pub policy: Observed<PolicyText>,
    /// Its own Block Public Access.
    #[serde(default)]
    pub public_access_block: Observed<BlockSettings>,
}

/// A multi-region access point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MultiRegionAccessPoint {
    /// The name.
    pub name: String,
    /// The ARN.
    pub arn: String,
    /// The buckets that it leads to.
    #[serde(default)]
    pub buckets: Vec<String>,
    /// Its policy.
    #[serde(default)]
    pub policy: Observed<PolicyText>,
    /// Its own Block Public Access.
    #[serde(default)]
    pub public_access_block: Observed<BlockSettings>,
}
