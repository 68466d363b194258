//! The whole: accounts, the organisation, and how they were read.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{CloudTrail, CopyOnWrite, Detection, Gap, Iam, Kms, Monitoring, Observed, Organization, S3};

/// A typed snapshot of accounts at an instant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inventory {
    /// When the collection began; the clock of every age that a check computes.
    pub instant: Timestamp,
    /// The accounts that were read, sorted by id.
    pub accounts: Vec<Account>,
    /// Accounts that were asked for and could not be entered.
    #[serde(default)]
    pub unreached: Vec<Unreached>,
    /// Accounts that were asked for and are not to be assessed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
    /// Why there may be accounts that were asked for and that nobody knows of: the organisation did not name all of its
    /// own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unlisted: Vec<Gap>,
    /// The organisation; absent = the accounts belong to none.
    #[serde(default)]
    pub organization: Observed<Organization>,
    /// How it was read.
    #[serde(default)]
    pub collection: Collection,
}

/// One account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Twelve digits.
    pub id: String,
    /// `aws`, `aws-cn` or `aws-us-gov`.
    pub partition: String,
    /// The regions of the partition, and whether each was looked at.
    #[serde(default)]
    pub regions: BTreeMap<String, RegionStatus>,
    /// IAM: most of a large account, which clones share.
    #[serde(default)]
    pub iam: CopyOnWrite<Iam>,
    /// S3.
    #[serde(default)]
    pub s3: S3,
    /// CloudTrail.
    #[serde(default)]
    pub trail: CloudTrail,
    /// Whom AWS writes to.
    #[serde(default)]
    pub contacts: Contacts,
    /// Who hears of what trails record.
    #[serde(default)]
    pub monitoring: Monitoring,
    /// AWS Config, Security Hub, GuardDuty.
    #[serde(default)]
    pub detection: Detection,
    /// KMS.
    #[serde(default)]
    pub kms: Kms,
    /// Families of resources that forewarn does not assess, such as S3 Express, where any were seen or where it could
    /// not be asked; by name of the family.
    #[serde(default)]
    pub unassessed: Vec<Unassessed>,
}

/// Whom AWS writes to beside the owner of the account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Contacts {
    /// The alternate contact for security; absent = none is registered.
    pub security: Observed<AlternateContact>,
}

/// An alternate contact. Names and telephone numbers are not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlternateContact {
    /// The address that AWS writes to.
    pub email: String,
}

/// Whether a region was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegionStatus {
    /// Looked at.
    Assessed,
    /// The account has not opted in.
    NotOptedIn,
    /// The user left it out.
    NotSelected,
}

/// A family of resources that exists here, or may, and is not assessed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unassessed {
    /// The family, such as [`Unassessed::EXPRESS`].
    pub family: String,
    /// How many were seen.
    pub count: usize,
    /// Where there may be more: what could not be asked, by region. No check needs it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rest: Vec<Gap>,
}

impl Unassessed {
    /// Instances of S3 Access Grants: access to S3 that no policy of a bucket shows.
    pub const ACCESS_GRANTS: &'static str = "S3 Access Grants instances";
    /// Directory buckets of S3 Express One Zone.
    pub const EXPRESS: &'static str = "S3 Express directory buckets";
    /// Table buckets of S3 Tables.
    pub const TABLES: &'static str = "S3 Tables table buckets";
    /// Vector buckets of S3 Vectors.
    pub const VECTORS: &'static str = "S3 Vectors vector buckets";
}

/// An account that was asked for and could not be entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unreached {
    /// Its id.
    pub id: String,
    /// Why.
    pub gap: Gap,
}

/// An account that was asked for and is not to be assessed: it is closed, or the user left it out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// Its id.
    pub id: String,
    /// Why, as a sentence without a full stop.
    pub reason: String,
}

/// How an inventory was read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Collection {
    /// The ARN that asked.
    pub caller_arn: Option<String>,
    /// When the last answer arrived.
    pub finished: Option<Timestamp>,
    /// Whether the user stopped it.
    pub interrupted: bool,
    /// The calls made, by operation such as `s3:GetBucketPolicy`.
    pub calls: BTreeMap<String, CallCount>,
}

/// How often an operation was called.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CallCount {
    /// Requests sent, retries included.
    pub sent: u64,
    /// Calls that ended without an answer that could be used.
    pub failed: u64,
    /// Requests that AWS throttled.
    pub throttled: u64,
}

impl Inventory {
    /// An inventory in which nothing has been asked.
    pub fn unasked(instant: Timestamp) -> Self {
        Self {
            instant,
            accounts: Vec::new(),
            unreached: Vec::new(),
            left_out: Vec::new(),
            unlisted: Vec::new(),
            organization: Observed::default(),
            collection: Collection::default(),
        }
    }

    /// What it has of the people of one of its accounts, all else unasked.
    #[must_use]
    pub fn people_of(&self, account: &Account) -> Self {
        let people = Account {
            regions: account.regions.clone(),
            iam: account.iam.clone(),
            contacts: account.contacts.clone(),
            ..Account::unasked(&account.id, &account.partition)
        };
        Self { accounts: vec![people], organization: self.organization.clone(), ..Self::unasked(self.instant) }
    }
}

impl Account {
    /// An account of which nothing has been asked.
    pub fn unasked(id: &str, partition: &str) -> Self {
        Self {
            id: id.to_owned(),
            partition: partition.to_owned(),
            regions: BTreeMap::new(),
            iam: CopyOnWrite::default(),
            s3: S3::default(),
            trail: CloudTrail::default(),
            contacts: Contacts::default(),
            monitoring: Monitoring::default(),
            detection: Detection::default(),
            kms: Kms::default(),
            unassessed: Vec::new(),
        }
    }

    /// The ARN that stands for the account as a resource.
    pub fn arn(&self) -> String {
        format!("arn:{}:iam::{}:root", self.partition, self.id)
    }
}
