//! What watches an account: who hears of an event, what records the configuration, which detectors are on.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Listing, Observed};

/// The way from a log group to people: metric filters, alarms, topics and their subscribers.
///
/// It is read only where a trail of the account delivers to a log group.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Monitoring {
    /// The log groups of the account that trails name. What is short of this list is the list of trails.
    pub log_groups: Listing<LogGroup>,
    /// Metric filters of those log groups.
    pub metric_filters: Listing<MetricFilter>,
    /// Alarms of the same regions: those on a metric of such a filter, and all composite ones.
    pub alarms: Listing<Alarm>,
    /// The topics that those alarms name.
    pub topics: Listing<Topic>,
}

/// A log group that a trail names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogGroup {
    /// The ARN, without `:*` at its end.
    pub arn: String,
    /// What is known of it; absent = there is no such log group.
    #[serde(default)]
    pub details: Observed<LogGroupDetails>,
}

impl LogGroup {
    /// The ARN of a log group as a trail names it: CloudTrail adds `:*`.
    pub fn arn_of(named: &str) -> &str {
        named.strip_suffix(":*").unwrap_or(named)
    }

    /// Its name: what follows `log-group:`.
    pub fn name(&self) -> &str {
        self.arn.splitn(7, ':').nth(6).unwrap_or_default()
    }

    /// Its region.
    pub fn region(&self) -> &str {
        self.arn.split(':').nth(3).unwrap_or_default()
    }
}

/// What is known of a log group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogGroupDetails {
    /// Days until events expire; `None` = never.
    pub retention_days: Option<i64>,
    /// The KMS key.
    pub kms_key: Option<String>,
}

/// A metric filter of a log group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricFilter {
    /// The name, unique in its log group.
    pub name: String,
    /// The name of the log group.
    pub log_group: String,
    /// The region.
    pub region: String,
    /// The pattern.
    #[serde(default)]
    pub pattern: String,
    /// What narrows it beside the pattern: by account or region of the event.
    #[serde(default)]
    pub selection_criteria: Option<String>,
    /// The metrics that it writes.
    #[serde(default)]
    pub metrics: Vec<MetricTransformation>,
}

/// What a metric filter writes for an event that matches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricTransformation {
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
    /// A number, or the field of the event that has it.
    pub value: String,
    /// The value where events come and none matches, as a decimal.
    #[serde(default)]
    pub default_value: Option<String>,
    /// Dimensions: name and the field of the event that has the value. They split the metric.
    #[serde(default)]
    pub dimensions: BTreeMap<String, String>,
}

/// An alarm of either kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alarm {
    /// The name, unique in a region.
    pub name: String,
    /// The ARN.
    pub arn: String,
    /// The region.
    pub region: String,
    /// Whether it does anything when its state changes.
    #[serde(default)]
    pub actions_enabled: bool,
    /// ARNs of what it does when it goes off.
    #[serde(default)]
    pub actions: Vec<String>,
    /// What it goes off on.
    pub trigger: Trigger,
}

/// What an alarm goes off on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// One metric against a threshold.
    Metric(MetricTrigger),
    /// Other alarms, by a rule.
    Rule(String),
    /// Something else: the expression of metric math, or the comparison with an anomaly band.
    Other(String),
}

/// One metric against a threshold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricTrigger {
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
    /// Dimensions: name and value.
    #[serde(default)]
    pub dimensions: BTreeMap<String, String>,
    /// `Sum`, `SampleCount`, `Average`, `Maximum`, `Minimum`, or a percentile such as `p99`.
    pub statistic: String,
    /// Seconds of a period.
    pub period: i64,
    /// Periods that are looked at.
    pub evaluation_periods: i64,
    /// Periods of those that must breach; `None` = all.
    #[serde(default)]
    pub datapoints: Option<i64>,
    /// `GreaterThanOrEqualToThreshold`, …
    pub comparison: String,
    /// The threshold.
    pub threshold: f64,
    /// What a period without data counts as; `None` = missing.
    #[serde(default)]
    pub missing_data: Option<String>,
}

/// An SNS topic that an alarm names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topic {
    /// The ARN.
    pub arn: String,
    /// Who hears of what is published; absent = there is no such topic.
    #[serde(default)]
    pub subscriptions: Observed<Vec<Subscription>>,
}

/// A subscription of a topic. Its endpoint is not kept: it is somebody's address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subscription {
    /// `email`, `https`, `lambda`, …
    pub protocol: String,
    /// Whether it was confirmed; nothing is delivered before.
    pub confirmed: bool,
}

/// The detective services, region by region.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Detection {
    /// Recorders of AWS Config.
    pub recorders: Listing<Recorder>,
    /// Hubs of Security Hub CSPM.
    pub hubs: Listing<Hub>,
    /// Detectors of GuardDuty.
    pub detectors: Listing<Detector>,
}

/// A configuration recorder of AWS Config; each region has at most one of the account's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recorder {
    /// The name.
    pub name: String,
    /// The region.
    pub region: String,
    /// Whether it records every type of resource that it can.
    #[serde(default)]
    pub all_types: bool,
    /// Whether it records global types, such as IAM roles.
    #[serde(default)]
    pub global_types: bool,
    /// Types that it leaves out.
    #[serde(default)]
    pub excluded_types: Vec<String>,
    /// Types that it names, where it does not record all.
    #[serde(default)]
    pub types: Vec<String>,
    /// How it is doing; absent = AWS gave none.
    #[serde(default)]
    pub status: Observed<RecorderStatus>,
    /// The bucket of the delivery channel of its region; absent = there is no channel.
    #[serde(default)]
    pub channel: Observed<String>,
}

/// How a recorder is doing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RecorderStatus {
    /// Whether it is recording.
    pub recording: bool,
    /// `Success`, `Failure`, `Pending`.
    pub last_status: Option<String>,
}

/// Security Hub in a region where it is on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hub {
    /// The ARN.
    pub arn: String,
    /// The region.
    pub region: String,
}

/// A detector of GuardDuty; each region has at most one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Detector {
    /// The id.
    pub id: String,
    /// The region.
    pub region: String,
    /// What it does.
    #[serde(default)]
    pub details: Observed<DetectorDetails>,
}

/// What a detector does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DetectorDetails {
    /// Whether it is on.
    pub enabled: bool,
    /// Features that are on, such as `S3_DATA_EVENTS`, sorted.
    pub features: Vec<String>,
}

/// The KMS keys that trails, and the buckets that trails deliver to, use.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Kms {
    /// The keys, each once, as they are named. What is short of this list are the lists of trails and buckets.
    pub keys: Listing<Key>,
}

/// A KMS key that is in use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// The ARN by which it is named: of the key, or of an alias.
    pub arn: String,
    /// What KMS says of it; absent = there is no such key.
    #[serde(default)]
    pub details: Observed<KeyDetails>,
    /// Its policy.
    #[serde(default)]
    pub policy: Observed<crate::PolicyText>,
    /// Whether it is rotated each year; absent = it is of a kind that KMS does not rotate.
    #[serde(default)]
    pub rotation: Observed<bool>,
}

/// What KMS says of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyDetails {
    /// The ARN of the key itself.
    pub arn: String,
    /// Whether AWS manages it for the account.
    #[serde(default)]
    pub aws_managed: bool,
    /// `Enabled`, `Disabled`, `PendingDeletion`, …
    pub state: String,
    /// `SYMMETRIC_DEFAULT`, …
    pub spec: String,
    /// Where the material is from: `AWS_KMS`, `EXTERNAL`, …
    pub origin: String,
}

impl KeyDetails {
    /// Whether KMS can rotate it by itself: its own material, and symmetric.
    pub fn is_rotatable(&self) -> bool {
        self.spec == "SYMMETRIC_DEFAULT" && self.origin == "AWS_KMS"
    }
}
