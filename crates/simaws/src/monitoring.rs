//! CloudWatch Logs (JSON 1.1), CloudWatch and SNS (the Query protocol).

use forewarn_inventory::{Alarm, LogGroup, MetricFilter, MetricTrigger, Trigger};
use serde_json::{Map, Value, json};

use crate::answer::Reply;
use crate::call::{Call, Service};
use crate::fault::{Trouble, read};
use crate::page::Page;
use crate::sts::document;
use crate::xml::Xml;

/// Subscriptions on a page of SNS, which the caller cannot choose.
const SUBSCRIPTIONS: usize = 100;

pub(crate) fn answer(call: &Call<'_>) -> Result<Reply, Trouble> {
    match (call.service, call.action()) {
        (Service::Logs, "DescribeLogGroups") => log_groups(call),
        (Service::Logs, "DescribeMetricFilters") => metric_filters(call),
        (Service::CloudWatch, "DescribeAlarms") => alarms(call),
        (Service::Sns, "ListSubscriptionsByTopic") => subscriptions(call),
        _ => Err(call.unserved()),
    }
}

/// The log groups of the region whose name begins as the call says.
fn log_groups(call: &Call<'_>) -> Result<Reply, Trouble> {
    let prefix = call.parameter("logGroupNamePrefix").unwrap_or_default();
    let here = call.account.monitoring.log_groups.iter().filter(|group| group.region() == call.region);
    let mut listed = Vec::new();
    for group in here.filter(|group| group.name().starts_with(prefix)) {
        match read(&group.details) {
            Ok(Some(details)) => listed.push(described(group, details.retention_days, details.kms_key.as_deref())),
            // A list in which one cannot be read is given to who asks for that one alone.
            Err(trouble) if group.name() == prefix => return Err(trouble),
            Ok(None) | Err(_) => {}
        }
    }
    paged(call, "logGroups", &listed, None)
}

fn described(group: &LogGroup, retention: Option<i64>, key: Option<&str>) -> Value {
    let mut made = Map::new();
    made.insert("logGroupName".to_owned(), group.name().into());
    made.insert("arn".to_owned(), format!("{}:*", group.arn).into());
    made.extend(retention.map(|days| ("retentionInDays".to_owned(), days.into())));
    made.extend(key.map(|key| ("kmsKeyId".to_owned(), key.into())));
    Value::Object(made)
}

/// The metric filters of a log group.
fn metric_filters(call: &Call<'_>) -> Result<Reply, Trouble> {
    let filters = &call.account.monitoring.metric_filters;
    let name = call.parameter("logGroupName");
    if let Some(name) = name {
        let groups = &call.account.monitoring.log_groups;
        let known = groups.iter().find(|group| group.region() == call.region && group.name() == name);
        if known.is_none_or(|group| group.details == forewarn_inventory::Observed::Absent) {
            return Err(Call::failure(400, "ResourceNotFoundException", "The specified log group does not exist."));
        }
    }
    let here = filters.iter().filter(|filter| filter.region == call.region);
    let listed: Vec<Value> =
        here.filter(|filter| name.is_none_or(|name| filter.log_group == name)).map(metric_filter).collect();
    let about = name.map(|name| format!(":log-group:{name}"));
    let cut = filters.rest.iter().find(|gap| match (gap.resource.as_deref(), &about) {
        (Some(resource), Some(about)) => resource.ends_with(about.as_str()) && resource.contains(&call.region),
        _ => true,
    });
    paged(call, "metricFilters", &listed, cut)
}

fn metric_filter(filter: &MetricFilter) -> Value {
    let metrics = filter.metrics.iter().map(|metric| {
        let mut made = Map::new();
        made.insert("metricName".to_owned(), metric.name.as_str().into());
        made.insert("metricNamespace".to_owned(), metric.namespace.as_str().into());
        made.insert("metricValue".to_owned(), metric.value.as_str().into());
        if let Some(value) = metric.default_value.as_deref().and_then(|value| serde_json::from_str::<Value>(value).ok())
        {
            made.insert("defaultValue".to_owned(), value);
        }
        if !metric.dimensions.is_empty() {
            made.insert("dimensions".to_owned(), json!(metric.dimensions));
        }
        Value::Object(made)
    });
    let mut made = Map::new();
    made.insert("filterName".to_owned(), filter.name.as_str().into());
    made.insert("filterPattern".to_owned(), filter.pattern.as_str().into());
    made.insert("logGroupName".to_owned(), filter.log_group.as_str().into());
    made.insert("metricTransformations".to_owned(), metrics.collect());
    made.extend(
        filter.selection_criteria.as_deref().map(|criteria| ("fieldSelectionCriteria".to_owned(), criteria.into())),
    );
    Value::Object(made)
}

fn paged(
    call: &Call<'_>,
    field: &str,
    listed: &[Value],
    cut: Option<&forewarn_inventory::Gap>,
) -> Result<Reply, Trouble> {
    let page = call.page(listed.len(), cut, "nextToken", "limit")?;
    let mut body = json!({ field: page.of(listed) });
    if let (Some(next), Some(fields)) = (page.next.clone(), body.as_object_mut()) {
        fields.insert("nextToken".to_owned(), next.into());
    }
    Ok(Reply::json(&body))
}

/// The alarms of the region; a page counts those of both kinds.
fn alarms(call: &Call<'_>) -> Result<Reply, Trouble> {
    let alarms = &call.account.monitoring.alarms;
    let kinds: Vec<&str> =
        (1..=3).filter_map(|number| call.parameter(&format!("AlarmTypes.member.{number}"))).collect();
    let is_asked = |alarm: &&Alarm| match alarm.trigger {
        Trigger::Rule(_) => kinds.contains(&"CompositeAlarm"),
        Trigger::Metric(_) | Trigger::Other(_) => kinds.is_empty() || kinds.contains(&"MetricAlarm"),
    };
    let here: Vec<&Alarm> = alarms.iter().filter(|alarm| alarm.region == call.region).filter(is_asked).collect();
    let page: Page = call.page(here.len(), call.regional_cut(&alarms.rest), "NextToken", "MaxRecords")?;
    let of_kind = |composite: bool| {
        let chosen = page.of(&here).iter().copied();
        chosen.filter(move |alarm| matches!(alarm.trigger, Trigger::Rule(_)) == composite).collect::<Vec<&Alarm>>()
    };
    Ok(document(call, |xml| {
        xml.list("CompositeAlarms", "member", of_kind(true), |xml, alarm| {
            head(xml, alarm);
            if let Trigger::Rule(rule) = &alarm.trigger {
                xml.text("AlarmRule", rule);
            }
        });
        xml.list("MetricAlarms", "member", of_kind(false), |xml, alarm| {
            head(xml, alarm);
            match &alarm.trigger {
                Trigger::Metric(metric) => metric_trigger(xml, metric),
                Trigger::Other(expression) => other_trigger(call, xml, expression),
                Trigger::Rule(_) => {}
            }
        });
        xml.optional("NextToken", page.next.as_deref());
    }))
}

fn head(xml: &mut Xml, alarm: &Alarm) {
    xml.text("AlarmName", &alarm.name);
    xml.text("AlarmArn", &alarm.arn);
    xml.value("ActionsEnabled", alarm.actions_enabled);
    xml.list("AlarmActions", "member", &alarm.actions, |xml, action| xml.content(action));
    xml.list("OKActions", "member", [] as [&str; 0], Xml::content);
    xml.text("StateValue", "OK");
}

fn metric_trigger(xml: &mut Xml, metric: &MetricTrigger) {
    xml.text("Namespace", &metric.namespace);
    xml.text("MetricName", &metric.name);
    xml.list("Dimensions", "member", &metric.dimensions, |xml, (name, value)| {
        xml.text("Name", name);
        xml.text("Value", value);
    });
    let plain = ["SampleCount", "Average", "Sum", "Minimum", "Maximum"].contains(&metric.statistic.as_str());
    xml.text(if plain { "Statistic" } else { "ExtendedStatistic" }, &metric.statistic);
    xml.value("Period", metric.period);
    xml.value("EvaluationPeriods", metric.evaluation_periods);
    if let Some(datapoints) = metric.datapoints {
        xml.value("DatapointsToAlarm", datapoints);
    }
    xml.text("ComparisonOperator", &metric.comparison);
    xml.value("Threshold", metric.threshold);
    xml.optional("TreatMissingData", metric.missing_data.as_deref());
}

/// An alarm on an expression. Of which metrics it is made the inventory does not say: of all that filters write here.
fn other_trigger(call: &Call<'_>, xml: &mut Xml, expression: &str) {
    xml.text("ComparisonOperator", "GreaterThanOrEqualToThreshold");
    xml.value("Threshold", 1);
    xml.value("EvaluationPeriods", 1);
    let filters = call.account.monitoring.metric_filters.iter().filter(|filter| filter.region == call.region);
    xml.node("Metrics", |xml| {
        xml.node("member", |xml| {
            xml.text("Id", "e1");
            xml.text("Expression", expression);
            xml.value("ReturnData", true);
        });
        for (number, metric) in filters.flat_map(|filter| &filter.metrics).enumerate() {
            xml.node("member", |xml| {
                xml.text("Id", &format!("m{number}"));
                xml.node("MetricStat", |xml| {
                    xml.node("Metric", |xml| {
                        xml.text("Namespace", &metric.namespace);
                        xml.text("MetricName", &metric.name);
                    });
                    xml.value("Period", 300);
                    xml.text("Stat", "Sum");
                });
                xml.value("ReturnData", false);
            });
        }
    });
}

/// The subscriptions of a topic, in this account's view of any account's topic.
fn subscriptions(call: &Call<'_>) -> Result<Reply, Trouble> {
    let arn = call.parameter("TopicArn").unwrap_or_default();
    let topic = call.account.monitoring.topics.iter().find(|topic| topic.arn == arn);
    let found = topic.map(|topic| read(&topic.subscriptions)).transpose()?.flatten();
    let Some(found) = found else {
        return Err(Call::failure(404, "NotFound", "Topic does not exist"));
    };
    let cap = call.world.settings.page_sizes.get(call.operation).copied().unwrap_or(SUBSCRIPTIONS).max(1);
    let page = crate::page::page(found.len(), None, call.parameter("NextToken"), cap.min(SUBSCRIPTIONS))
        .map_err(|_| call.bad_input("NextToken is not valid"))?;
    Ok(document(call, |xml| {
        xml.list("Subscriptions", "member", page.of(found).iter().enumerate(), |xml, (number, subscription)| {
            let confirmed = format!("{arn}:0f9ac1de-0000-4000-8000-{:012}", page.start + number);
            xml.text("SubscriptionArn", if subscription.confirmed { &confirmed } else { "PendingConfirmation" });
            xml.text("Owner", &call.account.id);
            xml.text("Protocol", &subscription.protocol);
            xml.text("Endpoint", "somebody@example.com");
            xml.text("TopicArn", arn);
        });
        xml.optional("NextToken", page.next.as_deref());
    }))
}
