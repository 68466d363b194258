//! Who hears of what trails record: the log groups, metric filters and alarms of trails, and the topics of those alarms.
//!
//! Only log groups of the account itself are asked about; that of an organisation's trail is asked about where it lives.

use std::collections::{BTreeMap, BTreeSet};

use forewarn_inventory::{
    Alarm, Fact, Listing, LogGroup, LogGroupDetails, MetricFilter, MetricTransformation, Monitoring, Observed,
    Subscription, Topic, Trail,
};
use futures_util::StreamExt as _;
use futures_util::future::join_all;
use futures_util::stream;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::alarms::{self, Described};
use crate::call::{Ask, Caller};
use crate::operations::{
    DESCRIBE_ALARMS, DESCRIBE_LOG_GROUPS, DESCRIBE_METRIC_FILTERS, LIST_SUBSCRIPTIONS_BY_TOPIC, Operation,
};
use crate::pages::{Part, gathered, pages};
use crate::session::Session;
use crate::signed::{Members, Query, Request};
use crate::unasked::{Unasked as _, unasked};

/// The most log groups and metric filters that AWS puts on a page.
const PAGE: i32 = 50;

/// Asks CloudWatch, CloudWatch Logs and SNS.
pub(crate) struct Asker<'a> {
    pub(crate) session: &'a Session,
    pub(crate) caller: &'a Caller,
    pub(crate) needs: &'a BTreeSet<Fact>,
    /// How many topics are asked about side by side.
    pub(crate) side_by_side: usize,
}

impl Asker<'_> {
    /// What comes after the trails.
    pub(crate) async fn all(&self, trails: &Listing<Trail>) -> Monitoring {
        let named = trails.iter().filter_map(|trail| trail.log_group_arn.as_deref()).map(LogGroup::arn_of);
        let own: BTreeSet<&str> = named.filter(|arn| arn.split(':').nth(4) == Some(&self.session.account)).collect();
        let groups: Vec<LogGroup> = own
            .into_iter()
            .map(|arn| LogGroup {
                arn: arn.to_owned(),
                details: Observed::Unreadable(unasked(Fact::LogGroups).on(arn)),
            })
            .collect();
        let (log_groups, metric_filters) = tokio::join!(self.log_groups(&groups), self.metric_filters(&groups));
        let alarms = self.alarms(&groups, &metric_filters.items).await;
        let topics = self.topics(&alarms.items).await;
        Monitoring { log_groups, metric_filters, alarms, topics }
    }

    async fn log_groups(&self, groups: &[LogGroup]) -> Listing<LogGroup> {
        if !self.needs.contains(&Fact::LogGroups) {
            return Listing::whole(groups.to_vec());
        }
        Listing::whole(join_all(groups.iter().map(|group| self.log_group(group))).await)
    }

    async fn log_group(&self, group: &LogGroup) -> LogGroup {
        LogGroup { arn: group.arn.clone(), details: self.details(group).await }
    }

    async fn details(&self, group: &LogGroup) -> Observed<LogGroupDetails> {
        let ask = Ask::new(&DESCRIBE_LOG_GROUPS, group.region()).on(&group.arn);
        let mut found = Observed::Absent;
        let gap = pages(
            ask,
            self.caller,
            |token| self.logs(&DESCRIBE_LOG_GROUPS, group.region(), "logGroupNamePrefix", group.name(), token),
            |page: Value| {
                let listed = page.get("logGroups").and_then(Value::as_array);
                for one in listed.ok_or_else(|| ask.malformed("no list of log groups in it"))? {
                    let name = one.get("logGroupName").and_then(Value::as_str);
                    if name.ok_or_else(|| ask.malformed("a log group without a name"))? == group.name() {
                        found = Observed::Present(LogGroupDetails {
                            retention_days: one.get("retentionInDays").and_then(Value::as_i64),
                            kms_key: one.get("kmsKeyId").and_then(Value::as_str).map(str::to_owned),
                        });
                        return Ok(None);
                    }
                }
                Ok(page.get("nextToken").and_then(Value::as_str).map(str::to_owned))
            },
        );
        gap.await.err().map_or(found, Observed::Unreadable)
    }

    async fn metric_filters(&self, groups: &[LogGroup]) -> Listing<MetricFilter> {
        if !self.needs.contains(&Fact::MetricFilters) {
            return Listing::unasked(Fact::MetricFilters);
        }
        let mut found = gathered(join_all(groups.iter().map(|group| self.filters_of(group))).await);
        found.items.sort_by(|one, other| {
            (&one.region, &one.log_group, &one.name).cmp(&(&other.region, &other.log_group, &other.name))
        });
        found
    }

    async fn filters_of(&self, group: &LogGroup) -> Part<MetricFilter> {
        let ask = Ask::new(&DESCRIBE_METRIC_FILTERS, group.region()).on(&group.arn);
        let mut found = Vec::new();
        let gap = pages(
            ask,
            self.caller,
            |token| self.logs(&DESCRIBE_METRIC_FILTERS, group.region(), "logGroupName", group.name(), token),
            |page: Value| {
                let listed = page.get("metricFilters").and_then(Value::as_array);
                for one in listed.ok_or_else(|| ask.malformed("no list of metric filters in it"))? {
                    found.push(filter(one, group).ok_or_else(|| ask.malformed("a metric filter without its parts"))?);
                }
                Ok(page.get("nextToken").and_then(Value::as_str).map(str::to_owned))
            },
        );
        let gap = gap.await.err();
        (found, gap)
    }

    /// One page of a list of CloudWatch Logs that belongs to one log group.
    async fn logs(
        &self,
        operation: &'static Operation,
        region: &str,
        by: &str,
        name: &str,
        token: Option<String>,
    ) -> Result<Value, crate::signed::Error> {
        let mut body = json!({ by: name, "limit": PAGE });
        if let (Some(token), Some(fields)) = (token, body.as_object_mut()) {
            fields.insert("nextToken".to_owned(), token.into());
        }
        let host = self.session.host("logs", region);
        let request = Request::enveloped("logs", "Logs_20140328", operation.name, region, host, body);
        request.send(&self.session.config, self.caller.now()).await
    }

    async fn alarms(&self, groups: &[LogGroup], filters: &[MetricFilter]) -> Listing<Alarm> {
        if !self.needs.contains(&Fact::Alarms) {
            return Listing::unasked(Fact::Alarms);
        }
        let regions: BTreeSet<&str> = groups.iter().map(LogGroup::region).collect();
        let asked = regions.into_iter().map(|region| self.alarms_in(region, filters));
        let mut found = gathered(join_all(asked).await);
        found.items.sort_by(|one, other| (&one.region, &one.name).cmp(&(&other.region, &other.name)));
        found
    }

    async fn alarms_in(&self, region: &str, filters: &[MetricFilter]) -> Part<Alarm> {
        let here = filters.iter().filter(|filter| filter.region == region).flat_map(|filter| &filter.metrics);
        let written: BTreeSet<(&str, &str)> =
            here.map(|metric| (metric.namespace.as_str(), metric.name.as_str())).collect();
        let ask = Ask::new(&DESCRIBE_ALARMS, region).on(region);
        let query = |token: Option<String>| {
            let kinds = [("AlarmTypes.member.1", "MetricAlarm"), ("AlarmTypes.member.2", "CompositeAlarm")];
            let mut parameters: Vec<(&'static str, String)> =
                kinds.into_iter().map(|(name, kind)| (name, kind.to_owned())).collect();
            parameters.push(("MaxRecords", "100".to_owned()));
            parameters.extend(token.map(|token| ("NextToken", token)));
            Query {
                service: "monitoring",
                operation: DESCRIBE_ALARMS.name,
                version: "2010-08-01",
                region,
                host: self.session.host("monitoring", region),
                parameters,
            }
        };
        let mut found = Vec::new();
        let gap = pages(
            ask,
            self.caller,
            |token| query(token).send(&self.session.config, self.caller.now()),
            |page: Described| {
                let (alarms, next) = alarms::read(page.result, region, &written)
                    .ok_or_else(|| ask.malformed("an alarm without its parts"))?;
                found.extend(alarms);
                Ok(next)
            },
        );
        let gap = gap.await.err();
        (found, gap)
    }

    /// The topics that alarms name, in any account.
    async fn topics(&self, alarms: &[Alarm]) -> Listing<Topic> {
        let actions = alarms.iter().flat_map(|alarm| &alarm.actions);
        let named: BTreeSet<String> =
            actions.filter(|action| action.split(':').nth(2) == Some("sns")).cloned().collect();
        let asked = stream::iter(named).map(|arn| self.topic(arn));
        Listing::whole(asked.buffered(self.side_by_side).collect().await)
    }

    async fn topic(&self, arn: String) -> Topic {
        let subscriptions = if self.needs.contains(&Fact::TopicSubscriptions) {
            self.subscriptions(&arn).await
        } else {
            Observed::Unreadable(unasked(Fact::TopicSubscriptions).on(&arn))
        };
        Topic { arn, subscriptions }
    }

    async fn subscriptions(&self, arn: &str) -> Observed<Vec<Subscription>> {
        let region = arn.split(':').nth(3).unwrap_or_default();
        let ask = Ask::new(&LIST_SUBSCRIPTIONS_BY_TOPIC, region).on(arn);
        let query = |token: Option<String>| {
            let mut parameters = vec![("TopicArn", arn.to_owned())];
            parameters.extend(token.map(|token| ("NextToken", token)));
            Query {
                service: "sns",
                operation: LIST_SUBSCRIPTIONS_BY_TOPIC.name,
                version: "2010-03-31",
                region,
                host: self.session.host("sns", region),
                parameters,
            }
        };
        let mut found: Option<Vec<Subscription>> = None;
        let gap = pages(
            ask,
            self.caller,
            |token| query(token).send(&self.session.config, self.caller.now()),
            |page: Subscribed| {
                let listed =
                    page.result.subscriptions.ok_or_else(|| ask.malformed("no list of subscriptions in it"))?;
                found.get_or_insert_default().extend(
                    listed
                        .member
                        .into_iter()
                        .map(|one| Subscription { confirmed: one.arn.starts_with("arn:"), protocol: one.protocol }),
                );
                Ok(page.result.next)
            },
        );
        if let Err(gap) = gap.await {
            return Observed::Unreadable(gap);
        }
        found.map_or(Observed::Absent, |mut found| {
            found.sort();
            Observed::Present(found)
        })
    }
}

/// A metric filter of a log group; `None` where something is missing that it must have.
fn filter(given: &Value, group: &LogGroup) -> Option<MetricFilter> {
    let text = |field: &str| given.get(field).and_then(Value::as_str).map(str::to_owned);
    let metrics = given.get("metricTransformations").and_then(Value::as_array)?;
    Some(MetricFilter {
        name: text("filterName")?,
        log_group: group.name().to_owned(),
        region: group.region().to_owned(),
        pattern: text("filterPattern").unwrap_or_default(),
        selection_criteria: text("fieldSelectionCriteria").filter(|criteria| !criteria.is_empty()),
        metrics: metrics.iter().map(transformation).collect::<Option<_>>()?,
    })
}

fn transformation(given: &Value) -> Option<MetricTransformation> {
    let text = |field: &str| given.get(field).and_then(Value::as_str).map(str::to_owned);
    let dimensions = given.get("dimensions").and_then(Value::as_object);
    let dimension = |(name, field): (&String, &Value)| Some((name.clone(), field.as_str()?.to_owned()));
    Some(MetricTransformation {
        namespace: text("metricNamespace")?,
        name: text("metricName")?,
        value: text("metricValue")?,
        default_value: given.get("defaultValue").filter(|value| value.is_number()).map(ToString::to_string),
        dimensions: dimensions.map_or(Some(BTreeMap::new()), |given| given.iter().map(dimension).collect())?,
    })
}

/// The answer of SNS.
#[derive(Debug, Deserialize)]
struct Subscribed {
    #[serde(rename = "ListSubscriptionsByTopicResult")]
    result: SubscribedPage,
}

#[derive(Debug, Deserialize)]
struct SubscribedPage {
    #[serde(rename = "Subscriptions")]
    subscriptions: Option<Members<OneSubscription>>,
    #[serde(rename = "NextToken")]
    next: Option<String>,
}

#[derive(Debug, Deserialize)]
struct OneSubscription {
    #[serde(rename = "SubscriptionArn")]
    arn: String,
    #[serde(rename = "Protocol")]
    protocol: String,
}
