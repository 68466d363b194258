//! What records and who hears of it: trails, log groups, metric filters, alarms, topics, and the keys of KMS.

use std::collections::BTreeMap;

use forewarn_inventory::{
    Alarm, EventDataStore, EventSelector, FieldSelector, KeyDetails, LogGroup, LogGroupDetails, MetricFilter,
    MetricTransformation, MetricTrigger, Observed, PolicyText, Selectors, Subscription, Topic, Trail, TrailStatus,
    Trigger,
};
use serde_json::{Value, json};

use super::Outcome;
use crate::draft::Draft;
use crate::value::{Attrs, Known, later};

pub(super) const KINDS: &[&str] = &[
    "aws_cloudtrail",
    "aws_cloudtrail_event_data_store",
    "aws_cloudwatch_log_group",
    "aws_cloudwatch_log_metric_filter",
    "aws_cloudwatch_metric_alarm",
    "aws_cloudwatch_composite_alarm",
    "aws_sns_topic",
    "aws_sns_topic_subscription",
    "aws_kms_key",
    "aws_kms_key_policy",
];

pub(super) fn lay(draft: &mut Draft, kind: &str, attrs: Attrs<'_>, outcome: &mut Outcome) {
    match kind {
        "aws_cloudtrail" => trail(draft, attrs, outcome),
        "aws_cloudtrail_event_data_store" => {
            let Some(name) = outcome.name(attrs, "name") else { return };
            let arn =
                attrs.text("arn").yes().unwrap_or_else(|| draft.arn("cloudtrail", &format!("eventdatastore/{name}")));
            let region = draft.region.clone();
            let stores = &mut draft.account.trail.event_data_stores.items;
            if !stores.iter().any(|store| store.arn == arn) {
                stores.push(EventDataStore { arn: arn.clone(), name, region, status: Some("ENABLED".to_owned()) });
            }
            outcome.about(&arn);
        }
        "aws_cloudwatch_log_group" => {
            let Some(name) = outcome.name(attrs, "name") else { return };
            let arn = draft.arn("logs", &format!("log-group:{name}"));
            let details = attrs.number("retention_in_days").or(0).map(|days| LogGroupDetails {
                retention_days: (days > 0).then_some(days),
                kms_key: attrs.open_text("kms_key_id"),
            });
            let details = match details {
                Ok(details) => Observed::Present(details),
                Err(cause) => {
                    outcome.open("retention_in_days", &cause);
                    Observed::Unreadable(later("logs:DescribeLogGroups", cause))
                }
            };
            let groups = &mut draft.account.monitoring.log_groups.items;
            groups.retain(|group| group.arn != arn);
            groups.push(LogGroup { arn: arn.clone(), details });
            outcome.about(&arn);
        }
        "aws_cloudwatch_log_metric_filter" => metric_filter(draft, attrs, outcome),
        "aws_cloudwatch_metric_alarm" | "aws_cloudwatch_composite_alarm" => alarm(draft, kind, attrs, outcome),
        "aws_sns_topic" => {
            let Some(name) = outcome.name(attrs, "name") else { return };
            let arn = draft.arn("sns", &name);
            topic(draft, &arn);
            outcome.about(&arn);
        }
        "aws_sns_topic_subscription" => {
            let Some(arn) = outcome.name(attrs, "topic_arn") else { return };
            let protocol = outcome.take("protocol", attrs.text("protocol")).unwrap_or_default();
            // Mail has to be confirmed by whoever reads it; what AWS delivers to itself is confirmed at once.
            let confirmed = !matches!(protocol.as_str(), "email" | "email-json" | "http" | "https");
            if let Observed::Present(subscriptions) = &mut topic(draft, &arn).subscriptions {
                subscriptions.push(Subscription { protocol, confirmed });
            }
            outcome.about(&arn);
        }
        "aws_kms_key" | "aws_kms_key_policy" => key(draft, kind, attrs, outcome),
        _ => {}
    }
}

pub(super) fn remove(draft: &mut Draft, kind: &str, attrs: Attrs<'_>, outcome: &mut Outcome) {
    let name = |outcome: &mut Outcome, attribute: &str| outcome.name(attrs, attribute);
    let region = draft.region.clone();
    match kind {
        "aws_cloudtrail" => {
            let Some(name) = name(outcome, "name") else { return };
            let region = attrs.text("home_region").yes().unwrap_or(region);
            let gone = |trail: &Trail| trail.name == name && trail.home_region == region;
            if let Some(trail) = draft.account.trail.trails.iter().find(|trail| gone(trail)) {
                outcome.about(&trail.arn);
            }
            draft.account.trail.trails.items.retain(|trail| !gone(trail));
        }
        "aws_cloudtrail_event_data_store" => {
            let Some(arn) = name(outcome, "arn") else { return };
            draft.account.trail.event_data_stores.items.retain(|store| store.arn != arn);
        }
        "aws_cloudwatch_log_group" => {
            let Some(name) = name(outcome, "name") else { return };
            let arn = draft.arn("logs", &format!("log-group:{name}"));
            draft.account.monitoring.log_groups.items.retain(|group| group.arn != arn);
            draft
                .account
                .monitoring
                .metric_filters
                .items
                .retain(|filter| filter.log_group != name || filter.region != region);
            outcome.about(&arn);
        }
        "aws_cloudwatch_log_metric_filter" => {
            let (Some(name), Some(group)) = (name(outcome, "name"), name(outcome, "log_group_name")) else { return };
            let gone =
                |filter: &MetricFilter| filter.name == name && filter.log_group == group && filter.region == region;
            draft.account.monitoring.metric_filters.items.retain(|filter| !gone(filter));
        }
        "aws_cloudwatch_metric_alarm" | "aws_cloudwatch_composite_alarm" => {
            let Some(name) = name(outcome, "alarm_name") else { return };
            draft.account.monitoring.alarms.items.retain(|alarm| alarm.name != name || alarm.region != region);
        }
        "aws_sns_topic" => {
            let Some(arn) = attrs.text("arn").yes().or_else(|| Some(draft.arn("sns", &attrs.text("name").yes()?)))
            else {
                return;
            };
            draft.account.monitoring.topics.items.retain(|topic| topic.arn != arn);
            outcome.about(&arn);
        }
        "aws_sns_topic_subscription" => {
            let (Some(arn), Some(protocol)) = (name(outcome, "topic_arn"), name(outcome, "protocol")) else { return };
            let topic = draft.account.monitoring.topics.items.iter_mut().find(|topic| topic.arn == arn);
            if let Some(Observed::Present(subscriptions)) = topic.map(|topic| &mut topic.subscriptions)
                && let Some(at) = subscriptions.iter().position(|one| one.protocol == protocol)
            {
                subscriptions.remove(at);
            }
        }
        "aws_kms_key" => {
            let Some(arn) = name(outcome, "arn") else { return };
            // It stays for a week at least and cannot be used.
            if let Some(key) = draft.account.kms.keys.items.iter_mut().find(|key| key.arn == arn)
                && let Observed::Present(details) = &mut key.details
            {
                "PendingDeletion".clone_into(&mut details.state);
            }
            outcome.about(&arn);
        }
        "aws_kms_key_policy" => {
            let Some(id) = name(outcome, "key_id") else { return };
            let text = default_key_policy(draft);
            let key = draft.key(&id);
            key.policy = Observed::Present(text);
            outcome.about(&key.arn);
        }
        _ => {}
    }
}

fn trail(draft: &mut Draft, attrs: Attrs<'_>, outcome: &mut Outcome) {
    let Some(name) = outcome.name(attrs, "name") else { return };
    let (now, region) = (draft.instant(), draft.region.clone());
    let arn = draft.arn("cloudtrail", &format!("trail/{name}"));
    let trails = &mut draft.account.trail.trails.items;
    let at = trails.iter().position(|trail| trail.arn == arn).unwrap_or_else(|| {
        let status =
            TrailStatus { logging: true, started: Some(now), latest_delivery: Some(now), ..TrailStatus::default() };
        trails.push(Trail {
            name: name.clone(),
            arn: arn.clone(),
            home_region: region,
            bucket: String::new(),
            prefix: None,
            multi_region: false,
            organization: false,
            global_events: true,
            log_validation: false,
            kms_key: None,
            log_group_arn: None,
            sns_topic_arn: None,
            status: Observed::Present(status),
            selectors: Observed::Absent,
            insights: Observed::Absent,
        });
        trails.len() - 1
    });
    let Some(trail) = trails.get_mut(at) else { return };
    outcome.about(&arn);
    let mut open = Vec::new();
    let mut flag = |name: &str, other: bool| {
        attrs.flag(name).or(other).unwrap_or_else(|cause| {
            open.push((name.to_owned(), cause));
            other
        })
    };
    trail.multi_region = flag("is_multi_region_trail", false);
    trail.organization = flag("is_organization_trail", false);
    trail.global_events = flag("include_global_service_events", true);
    trail.log_validation = flag("enable_log_file_validation", false);
    let logging = flag("enable_logging", true);
    for (name, cause) in open {
        outcome.open(&name, &cause);
    }
    trail.bucket = attrs.open_text("s3_bucket_name").unwrap_or_default();
    trail.prefix = attrs.open_text("s3_key_prefix");
    trail.kms_key = attrs.open_text("kms_key_id");
    trail.log_group_arn = attrs.open_text("cloud_watch_logs_group_arn");
    for name in ["s3_bucket_name", "kms_key_id", "cloud_watch_logs_group_arn"] {
        outcome.take(name, attrs.text(name));
    }
    match &mut trail.status {
        Observed::Present(status) => status.logging = logging,
        other => {
            *other = Observed::Present(TrailStatus { logging, latest_delivery: Some(now), ..TrailStatus::default() });
        }
    }
    let selectors = selectors(attrs);
    if let Known::Hole(cause) = &selectors {
        outcome.open("event_selector", cause);
    }
    trail.selectors = selectors.observed("cloudtrail:GetEventSelectors");
    trail.insights = attrs
        .blocks("insight_selector")
        .map(|blocks| blocks.iter().filter_map(|block| block.text("insight_type").yes()).collect())
        .observed("cloudtrail:GetInsightSelectors");
}

/// What the trail records; where nobody says, all management events.
fn selectors(attrs: Attrs<'_>) -> Known<Selectors> {
    let (basic, advanced) = (attrs.blocks("event_selector"), attrs.blocks("advanced_event_selector"));
    let texts = |block: Attrs<'_>, name: &str| block.texts(name).yes().unwrap_or_default();
    match (basic, advanced) {
        (Known::Hole(cause), _) | (_, Known::Hole(cause)) => Known::Hole(cause),
        (Known::No, Known::No) => {
            let all =
                EventSelector { read_write: "All".to_owned(), management_events: true, ..EventSelector::default() };
            Known::Yes(Selectors { basic: vec![all], advanced: Vec::new() })
        }
        (basic, advanced) => {
            let basic = basic.yes().unwrap_or_default().into_iter().map(|block| EventSelector {
                read_write: block.text("read_write_type").yes().unwrap_or_else(|| "All".to_owned()),
                management_events: block.flag("include_management_events").yes().unwrap_or(true),
                excluded_sources: texts(block, "exclude_management_event_sources"),
                data: block
                    .blocks("data_resource")
                    .yes()
                    .unwrap_or_default()
                    .into_iter()
                    .map(|data| (data.text("type").yes().unwrap_or_default(), texts(data, "values")))
                    .collect(),
            });
            let advanced = advanced.yes().unwrap_or_default().into_iter().map(|block| {
                let fields = block.blocks("field_selector").yes().unwrap_or_default();
                fields
                    .into_iter()
                    .map(|field| FieldSelector {
                        field: field.text("field").yes().unwrap_or_default(),
                        equals: texts(field, "equals"),
                        starts_with: texts(field, "starts_with"),
                        ends_with: texts(field, "ends_with"),
                        not_equals: texts(field, "not_equals"),
                        not_starts_with: texts(field, "not_starts_with"),
                        not_ends_with: texts(field, "not_ends_with"),
                    })
                    .collect()
            });
            Known::Yes(Selectors { basic: basic.collect(), advanced: advanced.collect() })
        }
    }
}

fn metric_filter(draft: &mut Draft, attrs: Attrs<'_>, outcome: &mut Outcome) {
    let (Some(name), Some(log_group)) = (outcome.name(attrs, "name"), outcome.name(attrs, "log_group_name")) else {
        return;
    };
    let pattern = match attrs.text("pattern") {
        Known::Hole(cause) => {
            outcome.not = Some(format!("its `pattern` is known only after apply: {cause}"));
            return;
        }
        other => other.yes().unwrap_or_default(),
    };
    let metrics =
        attrs.blocks("metric_transformation").yes().unwrap_or_default().into_iter().map(|block| MetricTransformation {
            namespace: block.text("namespace").yes().unwrap_or_default(),
            name: block.text("name").yes().unwrap_or_default(),
            value: block.text("value").yes().unwrap_or_default(),
            default_value: block.text("default_value").yes(),
            dimensions: dimensions(block.get("dimensions")),
        });
    let region = draft.region.clone();
    let filter =
        MetricFilter { name, log_group, region, pattern, selection_criteria: None, metrics: metrics.collect() };
    let filters = &mut draft.account.monitoring.metric_filters.items;
    filters.retain(|one| one.name != filter.name || one.log_group != filter.log_group || one.region != filter.region);
    filters.push(filter);
}

fn dimensions(value: Option<&Value>) -> BTreeMap<String, String> {
    let entries = value.and_then(Value::as_object).into_iter().flatten();
    entries.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
}

fn alarm(draft: &mut Draft, kind: &str, attrs: Attrs<'_>, outcome: &mut Outcome) {
    let Some(name) = outcome.name(attrs, "alarm_name") else { return };
    let actions = match attrs.get("alarm_actions") {
        Some(Value::Array(items)) => items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect(),
        other => other.and_then(|value| value.as_str().map(str::to_owned)).into_iter().collect(),
    };
    outcome.take("alarm_actions", attrs.texts("alarm_actions"));
    let trigger = if kind == "aws_cloudwatch_composite_alarm" {
        attrs
            .text("alarm_rule")
            .yes()
            .map_or_else(|| Trigger::Other("a rule that is not known yet".to_owned()), Trigger::Rule)
    } else {
        metric(attrs).map_or_else(
            || Trigger::Other("metric math, or a threshold that is not known yet".to_owned()),
            Trigger::Metric,
        )
    };
    let (arn, region) = (draft.arn("cloudwatch", &format!("alarm:{name}")), draft.region.clone());
    let actions_enabled = attrs.flag("actions_enabled").yes().unwrap_or(true);
    let alarms = &mut draft.account.monitoring.alarms.items;
    alarms.retain(|alarm| alarm.arn != arn);
    outcome.about(&arn);
    alarms.push(Alarm { name, arn, region, actions_enabled, actions, trigger });
}

fn metric(attrs: Attrs<'_>) -> Option<MetricTrigger> {
    let threshold = attrs.get("threshold").and_then(|value| value.as_f64().or_else(|| value.as_str()?.parse().ok()))?;
    Some(MetricTrigger {
        namespace: attrs.text("namespace").yes()?,
        name: attrs.text("metric_name").yes()?,
        dimensions: dimensions(attrs.get("dimensions")),
        statistic: attrs.text("statistic").yes().or_else(|| attrs.text("extended_statistic").yes())?,
        period: attrs.number("period").yes().unwrap_or(300),
        evaluation_periods: attrs.number("evaluation_periods").yes().unwrap_or(1),
        datapoints: attrs.number("datapoints_to_alarm").yes().filter(|points| *points > 0),
        comparison: attrs.text("comparison_operator").yes()?,
        threshold,
        missing_data: attrs.text("treat_missing_data").yes(),
    })
}

fn topic<'d>(draft: &'d mut Draft, arn: &str) -> &'d mut Topic {
    let topics = &mut draft.account.monitoring.topics.items;
    let at = topics.iter().position(|topic| topic.arn == arn).unwrap_or_else(|| {
        topics.push(Topic { arn: arn.to_owned(), subscriptions: Observed::Present(Vec::new()) });
        topics.len() - 1
    });
    #[expect(clippy::indexing_slicing, reason = "INVARIANT: `at` was found in the list or is that of its last item")]
    &mut topics[at]
}

/// The policy that KMS gives a key whose maker gives none: the account may decide by its own policies.
fn default_key_policy(draft: &Draft) -> PolicyText {
    let root = format!("arn:{}:iam::{}:root", draft.partition(), draft.account.id);
    let all = json!({ "Effect": "Allow", "Principal": { "AWS": root }, "Action": "kms:*", "Resource": "*" });
    PolicyText::new(json!({ "Version": "2012-10-17", "Statement": [all] }).to_string())
}

fn key(draft: &mut Draft, kind: &str, attrs: Attrs<'_>, outcome: &mut Outcome) {
    let Some(id) = outcome.name(attrs, if kind == "aws_kms_key" { "arn" } else { "key_id" }) else { return };
    let text = attrs.policy("policy");
    if let Some(text) = &text {
        outcome.policy("policy", text);
    }
    let default = default_key_policy(draft);
    let key = draft.key(&id);
    outcome.about(&key.arn);
    match text {
        Some(text) => key.policy = Observed::Present(text),
        None if key.policy == Observed::Absent => key.policy = Observed::Present(default),
        None => {}
    }
    if kind == "aws_kms_key" {
        key.details = Observed::Present(KeyDetails {
            arn: key.arn.clone(),
            aws_managed: false,
            state: if attrs.flag("is_enabled") == Known::Yes(false) { "Disabled" } else { "Enabled" }.to_owned(),
            spec: attrs.text("customer_master_key_spec").yes().unwrap_or_else(|| "SYMMETRIC_DEFAULT".to_owned()),
            origin: "AWS_KMS".to_owned(),
        });
        key.rotation = Observed::Present(attrs.flag("enable_key_rotation").yes().unwrap_or(false));
    }
}
