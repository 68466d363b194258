//! Alarms as CloudWatch's Query protocol describes them.

use std::collections::BTreeSet;

use forewarn_inventory::{Alarm, MetricTrigger, Trigger};
use serde::Deserialize;

use crate::signed::Members;

/// How a metric is compared with a threshold. The others, such as those with a band, are not decided.
const COMPARISONS: [&str; 4] =
    ["GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanOrEqualToThreshold", "LessThanThreshold"];

/// The answer to `DescribeAlarms`.
#[derive(Debug, Deserialize)]
pub(crate) struct Described {
    #[serde(rename = "DescribeAlarmsResult")]
    pub(crate) result: Page,
}

/// A page of alarms of both kinds.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Page {
    #[serde(default)]
    metric_alarms: Members<MetricAlarm>,
    #[serde(default)]
    composite_alarms: Members<CompositeAlarm>,
    next_token: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MetricAlarm {
    alarm_name: Option<String>,
    alarm_arn: Option<String>,
    actions_enabled: Option<bool>,
    #[serde(default)]
    alarm_actions: Members<String>,
    namespace: Option<String>,
    metric_name: Option<String>,
    #[serde(default)]
    dimensions: Members<Dimension>,
    statistic: Option<String>,
    extended_statistic: Option<String>,
    period: Option<i64>,
    evaluation_periods: Option<i64>,
    datapoints_to_alarm: Option<i64>,
    comparison_operator: Option<String>,
    threshold: Option<f64>,
    treat_missing_data: Option<String>,
    #[serde(default)]
    metrics: Members<Query>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CompositeAlarm {
    alarm_name: Option<String>,
    alarm_arn: Option<String>,
    actions_enabled: Option<bool>,
    #[serde(default)]
    alarm_actions: Members<String>,
    alarm_rule: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Dimension {
    name: String,
    #[serde(default)]
    value: String,
}

/// A metric or an expression of metric math.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Query {
    expression: Option<String>,
    metric_stat: Option<MetricStat>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MetricStat {
    metric: Named,
    period: Option<i64>,
    stat: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Named {
    namespace: Option<String>,
    metric_name: Option<String>,
    #[serde(default)]
    dimensions: Members<Dimension>,
}

/// The alarms of a page that are composite, or on one of the metrics `written`, and the mark of the next page; `None` where
/// an alarm lacks what it must have.
pub(crate) fn read(page: Page, region: &str, written: &BTreeSet<(&str, &str)>) -> Option<(Vec<Alarm>, Option<String>)> {
    let mut alarms = Vec::new();
    for given in page.metric_alarms.member {
        let of = given.metrics_of();
        if of.iter().any(|(namespace, name)| written.contains(&(namespace.as_str(), name.as_str()))) {
            alarms.push(given.alarm(region)?);
        }
    }
    for given in page.composite_alarms.member {
        alarms.push(Alarm {
            name: given.alarm_name?,
            arn: given.alarm_arn?,
            region: region.to_owned(),
            actions_enabled: given.actions_enabled.unwrap_or(true),
            actions: given.alarm_actions.member,
            trigger: Trigger::Rule(given.alarm_rule?),
        });
    }
    Some((alarms, page.next_token))
}

impl MetricAlarm {
    /// The metrics that it looks at.
    fn metrics_of(&self) -> Vec<(String, String)> {
        let inner = self.metrics.member.iter().filter_map(|query| query.metric_stat.as_ref());
        let inner = inner.filter_map(|stat| Some((stat.metric.namespace.clone()?, stat.metric.metric_name.clone()?)));
        let own = self.namespace.clone().zip(self.metric_name.clone());
        own.into_iter().chain(inner).collect()
    }

    fn alarm(self, region: &str) -> Option<Alarm> {
        Some(Alarm {
            name: self.alarm_name.clone()?,
            arn: self.alarm_arn.clone()?,
            region: region.to_owned(),
            actions_enabled: self.actions_enabled.unwrap_or(true),
            actions: self.alarm_actions.member.clone(),
            trigger: self.trigger()?,
        })
    }

    fn trigger(self) -> Option<Trigger> {
        let comparison = self.comparison_operator?;
        let expression = self.metrics.member.iter().find_map(|query| query.expression.clone());
        if let Some(expression) = expression {
            return Some(Trigger::Other(expression));
        }
        let Some(threshold) = self.threshold.filter(|_| COMPARISONS.contains(&comparison.as_str())) else {
            return Some(Trigger::Other(comparison));
        };
        let stat = self.metrics.member.into_iter().find_map(|query| query.metric_stat);
        let (namespace, name, dimensions, statistic, period) = match stat {
            Some(stat) => {
                (stat.metric.namespace, stat.metric.metric_name, stat.metric.dimensions, stat.stat, stat.period)
            }
            None => (
                self.namespace,
                self.metric_name,
                self.dimensions,
                self.statistic.or(self.extended_statistic),
                self.period,
            ),
        };
        Some(Trigger::Metric(MetricTrigger {
            namespace: namespace?,
            name: name?,
            dimensions: dimensions.member.into_iter().map(|one| (one.name, one.value)).collect(),
            statistic: statistic?,
            period: period?,
            evaluation_periods: self.evaluation_periods?,
            datapoints: self.datapoints_to_alarm,
            comparison,
            threshold,
            missing_data: self.treat_missing_data,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comparison_that_is_not_known_is_not_decided() {
        let page = |comparison: &str| -> Page {
            let alarm = format!(
                "<Page><MetricAlarms><member><AlarmName>a</AlarmName><AlarmArn>arn:a</AlarmArn><Namespace>n</Namespace>\
                 <MetricName>m</MetricName><Statistic>Sum</Statistic><Period>300</Period><EvaluationPeriods>1\
                 </EvaluationPeriods><Threshold>1</Threshold><ComparisonOperator>{comparison}</ComparisonOperator>\
                 </member></MetricAlarms></Page>"
            );
            quick_xml::de::from_str(&alarm).unwrap()
        };
        let written = BTreeSet::from([("n", "m")]);
        let trigger = |comparison: &str| read(page(comparison), "us-east-1", &written).unwrap().0.remove(0).trigger;
        assert!(matches!(trigger("GreaterThanThreshold"), Trigger::Metric(_)));
        assert_eq!(trigger("LessThanSomethingNew"), Trigger::Other("LessThanSomethingNew".to_owned()));
    }
}
