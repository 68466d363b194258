//! What watches the account, made up: it hangs on the trails that were made up before.

use std::collections::BTreeMap;

use forewarn_inventory::{
    Alarm, CloudTrail, Detection, Detector, DetectorDetails, Gap, Hub, Key, KeyDetails, Kms, Listing, LogGroup,
    LogGroupDetails, MetricFilter, MetricTransformation, MetricTrigger, Monitoring, Observed, PolicyText, Recorder,
    RecorderStatus, Subscription, Topic, Trigger,
};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};

use super::{ACCOUNT, Place, cut, document, observed, on, seen, some_text};
use crate::operations::{
    DESCRIBE_ALARMS, DESCRIBE_CONFIGURATION_RECORDER_STATUS, DESCRIBE_CONFIGURATION_RECORDERS,
    DESCRIBE_DELIVERY_CHANNELS, DESCRIBE_HUB, DESCRIBE_KEY, DESCRIBE_LOG_GROUPS, DESCRIBE_METRIC_FILTERS, GET_DETECTOR,
    GET_KEY_POLICY, GET_KEY_ROTATION_STATUS, LIST_DETECTORS, LIST_SUBSCRIPTIONS_BY_TOPIC,
};

/// Text that XML gives back as it is: no space at its end.
fn word() -> impl Strategy<Value = String> {
    "[!-~äß€]([ -~äß€]{0,8}[!-~äß€])?"
}

/// Parts to make everything of, once it is known which log groups and keys the trails name.
#[derive(Debug, Clone)]
pub(super) struct Parts {
    groups: Vec<Observed<LogGroupDetails>>,
    filters: Vec<BTreeMap<String, MetricFilter>>,
    alarms: Vec<(Alarm, Index)>,
    subscriptions: Vec<Observed<Vec<Subscription>>>,
    cut_filters: Option<Gap>,
    cut_alarms: Option<Gap>,
    keys: Vec<Key>,
}

fn filter() -> impl Strategy<Value = MetricFilter> {
    let dimensions = btree_map("[a-z]{1,4}", some_text(), 0..2);
    let number = option::of(select(vec!["0", "1", "2.5"]).prop_map(str::to_owned));
    let metric = (some_text(), word(), some_text(), number, dimensions).prop_map(
        |(namespace, name, value, default_value, dimensions)| MetricTransformation {
            namespace: namespace.trim().to_owned(),
            name,
            value,
            default_value,
            dimensions,
        },
    );
    (some_text(), option::weighted(0.2, some_text()), vec(metric, 1..3)).prop_map(
        |(pattern, selection_criteria, metrics)| MetricFilter {
            name: String::new(),
            log_group: String::new(),
            region: String::new(),
            pattern,
            selection_criteria,
            metrics,
        },
    )
}

/// An alarm whose metric, and for an expression whether there is any, is settled later.
fn alarm() -> impl Strategy<Value = (Alarm, Index)> {
    let words = |list: Vec<&'static str>| select(list).prop_map(str::to_owned);
    let metric = (
        btree_map("[a-z]{1,4}", word(), 0..2),
        words(vec!["Sum", "Maximum", "SampleCount", "p99", "tm(10%:90%)"]),
        (60_i64..600, 1_i64..5, option::of(1_i64..5)),
        words(vec!["GreaterThanOrEqualToThreshold", "LessThanThreshold"]),
        select(vec![0.0, 1.0, 2.5, -3.0]),
        option::of(words(vec!["missing", "notBreaching"])),
    )
        .prop_map(
            |(dimensions, statistic, (period, evaluation_periods, datapoints), comparison, threshold, missing)| {
                Trigger::Metric(MetricTrigger {
                    namespace: String::new(),
                    name: String::new(),
                    dimensions,
                    statistic,
                    period,
                    evaluation_periods,
                    datapoints,
                    comparison,
                    threshold,
                    missing_data: missing,
                })
            },
        );
    let trigger = prop_oneof![4 => metric, 2 => word().prop_map(Trigger::Rule), 1 => word().prop_map(Trigger::Other)];
    let action = select(vec!["sns:{}:one", "sns:{}:two", "lambda:{}:function"]);
    (word(), any::<bool>(), vec(action, 0..3), trigger, any::<Index>()).prop_map(
        |(name, actions_enabled, actions, trigger, at)| {
            let actions = actions.into_iter().map(str::to_owned).collect();
            (Alarm { name, arn: String::new(), region: String::new(), actions_enabled, actions, trigger }, at)
        },
    )
}

fn key() -> impl Strategy<Value = Key> {
    let details = (any::<bool>(), select(vec!["Enabled", "PendingDeletion"]), any::<bool>()).prop_map(
        |(aws_managed, state, rotates)| KeyDetails {
            arn: String::new(),
            aws_managed,
            state: state.to_owned(),
            spec: if rotates { "SYMMETRIC_DEFAULT" } else { "RSA_2048" }.to_owned(),
            origin: "AWS_KMS".to_owned(),
        },
    );
    (observed(&DESCRIBE_KEY, details), seen(&GET_KEY_POLICY, document()), seen(&GET_KEY_ROTATION_STATUS, any::<bool>()))
        .prop_map(|(details, policy, rotation): (_, Observed<PolicyText>, _)| match &details {
            Observed::Absent => {
                Key { arn: String::new(), details, policy: Observed::Absent, rotation: Observed::Absent }
            }
            Observed::Present(known) if !known.is_rotatable() => {
                Key { arn: String::new(), details, policy, rotation: Observed::Absent }
            }
            _ => Key { arn: String::new(), details, policy, rotation },
        })
}

pub(super) fn parts() -> impl Strategy<Value = Parts> {
    let details = (option::of(1_i64..400), option::of(some_text()))
        .prop_map(|(retention_days, kms_key)| LogGroupDetails { retention_days, kms_key });
    let subscription = (select(vec!["email", "https"]), any::<bool>())
        .prop_map(|(protocol, confirmed)| Subscription { protocol: protocol.to_owned(), confirmed });
    let subscriptions = vec(subscription, 0..4).prop_map(|mut all| {
        all.sort();
        all
    });
    (
        vec(observed(&DESCRIBE_LOG_GROUPS, details), 4),
        vec(btree_map(some_text(), filter(), 0..4), 4),
        vec(alarm(), 0..6),
        vec(observed(&LIST_SUBSCRIPTIONS_BY_TOPIC, subscriptions), 2),
        (cut(&DESCRIBE_METRIC_FILTERS), cut(&DESCRIBE_ALARMS)),
        vec(key(), 4),
    )
        .prop_map(|(groups, filters, alarms, subscriptions, (cut_filters, cut_alarms), keys)| Parts {
            groups,
            filters,
            alarms,
            subscriptions,
            cut_filters,
            cut_alarms,
            keys,
        })
}

impl Parts {
    /// What watches these trails.
    pub(super) fn of(self, trails: &CloudTrail, partition: &str) -> (Monitoring, Kms) {
        let keys = self.keys_of(trails);
        let mut arns: Vec<&str> =
            trails.trails.iter().filter_map(|trail| trail.log_group_arn.as_deref()).map(LogGroup::arn_of).collect();
        arns.sort_unstable();
        arns.dedup();
        let groups: Vec<LogGroup> = arns
            .iter()
            .zip(self.groups)
            .map(|(arn, details)| LogGroup { arn: (*arn).to_owned(), details: on(details, arn) })
            .collect();
        let known = groups.iter().zip(self.filters).filter(|(group, _)| group.details != Observed::Absent);
        let (mut filters, mut about) = (Vec::new(), None);
        for (group, named) in known {
            about.get_or_insert_with(|| group.arn.clone());
            filters.extend(named.into_iter().map(|(name, filter)| MetricFilter {
                name,
                log_group: group.name().to_owned(),
                region: group.region().to_owned(),
                ..filter
            }));
        }
        filters.sort_by(|one, other| {
            (&one.region, &one.log_group, &one.name).cmp(&(&other.region, &other.log_group, &other.name))
        });
        let mut alarms: BTreeMap<(String, String), Alarm> = BTreeMap::new();
        for (alarm, at) in self.alarms.into_iter().filter(|_| !groups.is_empty()) {
            let region = at.get(&groups).region().to_owned();
            if let Some(alarm) = settled(alarm, at, &region, &filters, partition) {
                alarms.insert((region, alarm.name.clone()), alarm);
            }
        }
        let alarms: Vec<Alarm> = alarms.into_values().collect();
        let mut named: Vec<&String> =
            alarms.iter().flat_map(|alarm| &alarm.actions).filter(|action| action.contains(":sns:")).collect();
        named.sort();
        named.dedup();
        let topics = named.iter().zip(self.subscriptions.iter().cycle());
        let topics = topics.map(|(arn, found)| Topic { arn: (*arn).clone(), subscriptions: on(found.clone(), arn) });
        let first = groups.first().map(|group| group.region().to_owned());
        let monitoring = Monitoring {
            topics: Listing::whole(topics.collect()),
            metric_filters: Listing {
                items: filters,
                rest: self.cut_filters.zip(about).map(|(gap, about)| gap.on(about)).into_iter().collect(),
            },
            alarms: Listing {
                items: alarms,
                rest: self.cut_alarms.zip(first).map(|(gap, region)| gap.on(region)).into_iter().collect(),
            },
            log_groups: Listing::whole(groups),
        };
        (monitoring, keys)
    }

    fn keys_of(&self, trails: &CloudTrail) -> Kms {
        let mut arns: Vec<&str> = trails.trails.iter().filter_map(|trail| trail.kms_key.as_deref()).collect();
        arns.sort_unstable();
        arns.dedup();
        let keys = arns.into_iter().zip(&self.keys).map(|(arn, key)| {
            let mut key = Key { arn: arn.to_owned(), ..key.clone() };
            if let Observed::Present(details) = &mut key.details {
                details.arn = arn.replace(":alias/", ":key/of-");
            }
            key.details = on(key.details, arn);
            key.policy = on(key.policy, arn);
            key.rotation = on(key.rotation, arn);
            key
        });
        Kms { keys: Listing::whole(keys.collect()) }
    }
}

/// The alarm in its region, on a metric that a filter there writes; `None` where there is none to be on.
fn settled(alarm: Alarm, at: Index, region: &str, filters: &[MetricFilter], partition: &str) -> Option<Alarm> {
    let written: Vec<&MetricTransformation> =
        filters.iter().filter(|filter| filter.region == region).flat_map(|filter| &filter.metrics).collect();
    let trigger = match alarm.trigger {
        Trigger::Rule(rule) => Trigger::Rule(rule),
        _ if written.is_empty() => return None,
        Trigger::Metric(metric) => {
            let on = at.get(&written);
            Trigger::Metric(MetricTrigger { namespace: on.namespace.clone(), name: on.name.clone(), ..metric })
        }
        Trigger::Other(expression) => Trigger::Other(expression),
    };
    let actions = alarm.actions.iter();
    Some(Alarm {
        arn: format!("arn:{partition}:cloudwatch:{region}:{ACCOUNT}:alarm:{}", alarm.name),
        region: region.to_owned(),
        actions: actions
            .map(|action| format!("arn:{partition}:{}", action.replace("{}", &format!("{region}:{ACCOUNT}"))))
            .collect(),
        trigger,
        ..alarm
    })
}

pub(super) fn detection(place: &Place) -> impl Strategy<Value = Detection> + use<> {
    let partition = place.partition;
    let kinds = || vec(some_text(), 0..3);
    let status = (any::<bool>(), option::of(some_text()))
        .prop_map(|(recording, last_status)| RecorderStatus { recording, last_status });
    let recorder = (
        some_text(),
        (any::<bool>(), any::<bool>()),
        (kinds(), kinds()),
        observed(&DESCRIBE_CONFIGURATION_RECORDER_STATUS, status),
        observed(&DESCRIBE_DELIVERY_CHANNELS, some_text()),
    );
    let features = subsequence(vec!["EKS_AUDIT_LOGS", "S3_DATA_EVENTS"], 0..=2);
    let details = (any::<bool>(), features).prop_map(|(enabled, features)| DetectorDetails {
        enabled,
        features: features.into_iter().map(str::to_owned).collect(),
    });
    let detector = ("[a-f0-9]{8}", seen(&GET_DETECTOR, details));
    let here = place.assessed();
    let one = (option::of(recorder), any::<bool>(), option::of(detector));
    let regions = vec(one, here.len());
    let cuts = (cut(&DESCRIBE_CONFIGURATION_RECORDERS), cut(&DESCRIBE_HUB), cut(&LIST_DETECTORS));
    (regions, cuts, any::<Index>()).prop_map(move |(regions, (recorders, hubs, detectors), at)| {
        let mut found = Detection {
            recorders: Listing::whole(Vec::new()),
            hubs: Listing::whole(Vec::new()),
            detectors: Listing::whole(Vec::new()),
        };
        let closed = at.get(&here).clone();
        for (region, (recorder, hub, detector)) in here.iter().zip(regions) {
            let is_cut = |gap: &Option<Gap>| gap.is_some() && *region == closed;
            if let Some((name, (all_types, global_types), (excluded_types, types), status, channel)) =
                recorder.filter(|_| !is_cut(&recorders))
            {
                found.recorders.items.push(Recorder {
                    name,
                    region: region.clone(),
                    all_types,
                    global_types,
                    excluded_types,
                    types,
                    status: on(status, region),
                    channel: on(channel, region),
                });
            }
            if hub && !is_cut(&hubs) {
                let arn = format!("arn:{partition}:securityhub:{region}:{ACCOUNT}:hub/default");
                found.hubs.items.push(Hub { arn, region: region.clone() });
            }
            if let Some((id, details)) = detector {
                let details = on(details, &id);
                found.detectors.items.push(Detector { id, region: region.clone(), details });
            }
        }
        let at = |gap: Option<Gap>| gap.map(|gap| gap.on(&closed)).into_iter().collect();
        found.recorders.rest = at(recorders.clone());
        found.hubs.rest = at(hubs.clone());
        found.detectors.rest = at(detectors.clone());
        found
    })
}
