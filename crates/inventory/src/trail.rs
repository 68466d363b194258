//! CloudTrail: what records, what it records, and whether it arrives.

use forewarn_events::Event;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{KeyCall, Listing, Lookback, Observed};

/// All of CloudTrail that the account can see.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CloudTrail {
    /// Trails, each once, under its home region. Shadow trails (copies of a multi-region or organisation trail
    /// that other regions show) are folded into it.
    pub trails: Listing<Trail>,
    /// Event data stores of CloudTrail Lake.
    pub event_data_stores: Listing<EventDataStore>,
    /// Events that may have changed who may do what, and those that gave out the sessions in which it was done.
    pub changes: Lookback<Event>,
    /// Calls with long-lived access keys.
    pub key_use: Lookback<KeyCall>,
}

/// A trail.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trail {
    /// The name.
    pub name: String,
    /// The ARN; its account is the management account's for an organisation trail.
    pub arn: String,
    /// The region that it lives in.
    pub home_region: String,
    /// The bucket that it delivers to.
    pub bucket: String,
    /// The key prefix.
    #[serde(default)]
    pub prefix: Option<String>,
    /// Whether it records every region.
    #[serde(default)]
    pub multi_region: bool,
    /// Whether it records the whole organisation.
    #[serde(default)]
    pub organization: bool,
    /// Whether it records events of global services such as IAM.
    #[serde(default)]
    pub global_events: bool,
    /// Whether digests are written (log file validation).
    #[serde(default)]
    pub log_validation: bool,
    /// The KMS key.
    #[serde(default)]
    pub kms_key: Option<String>,
    /// The CloudWatch log group's ARN.
    #[serde(default)]
    pub log_group_arn: Option<String>,
    /// The SNS topic's ARN.
    #[serde(default)]
    pub sns_topic_arn: Option<String>,
    /// Whether it is logging, and whether it arrives.
    #[serde(default)]
    pub status: Observed<TrailStatus>,
    /// What it records.
    #[serde(default)]
    pub selectors: Observed<Selectors>,
    /// Insight types that are on, such as `ApiCallRateInsight`; absent = none.
    #[serde(default)]
    pub insights: Observed<Vec<String>>,
}

/// The state of a trail.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrailStatus {
    /// Whether it is recording.
    pub logging: bool,
    /// When it was started.
    pub started: Option<Timestamp>,
    /// When it was stopped.
    pub stopped: Option<Timestamp>,
    /// The last delivery to the bucket.
    pub latest_delivery: Option<Timestamp>,
    /// The error of the last delivery to the bucket, such as `NoSuchBucket`.
    pub delivery_error: Option<String>,
    /// The error of the last digest.
    pub digest_error: Option<String>,
    /// The last delivery to the log group.
    pub latest_log_group_delivery: Option<Timestamp>,
    /// The error of the last delivery to the log group.
    pub log_group_error: Option<String>,
    /// The error of the last notification.
    pub notification_error: Option<String>,
}

/// What a trail records: either kind of selector, as CloudTrail has it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Selectors {
    /// Basic event selectors.
    pub basic: Vec<EventSelector>,
    /// Advanced event selectors: each is a conjunction of field selectors.
    pub advanced: Vec<Vec<FieldSelector>>,
}

/// A basic event selector.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EventSelector {
    /// `ReadOnly`, `WriteOnly` or `All`.
    pub read_write: String,
    /// Whether management events are recorded.
    pub management_events: bool,
    /// Services left out, such as `kms.amazonaws.com`.
    pub excluded_sources: Vec<String>,
    /// Data resources: the type and its ARN prefixes.
    pub data: Vec<(String, Vec<String>)>,
}

/// One field of an advanced event selector.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FieldSelector {
    /// The field, such as `eventCategory`.
    pub field: String,
    /// Values it must equal one of.
    pub equals: Vec<String>,
    /// Prefixes it must have one of.
    pub starts_with: Vec<String>,
    /// Suffixes it must have one of.
    pub ends_with: Vec<String>,
    /// Values it must not equal.
    pub not_equals: Vec<String>,
    /// Prefixes it must not have.
    pub not_starts_with: Vec<String>,
    /// Suffixes it must not have.
    pub not_ends_with: Vec<String>,
}

/// An event data store of CloudTrail Lake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventDataStore {
    /// The ARN.
    pub arn: String,
    /// The name.
    pub name: String,
    /// The region.
    pub region: String,
    /// `ENABLED`, `STOPPED_INGESTION`, …
    #[serde(default)]
    pub status: Option<String>,
}
