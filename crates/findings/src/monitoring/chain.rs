//! The way from an event to somebody who hears of it, and where it breaks.

use std::collections::BTreeSet;

use forewarn_inventory::{
    Account, Alarm, LogGroup, MetricFilter, MetricTransformation, MetricTrigger, Observed, Topic, Trail, Trigger,
};

use super::pattern::Pattern;
use super::recorded::left_out;
use super::rule::{self, Alarms, Outcome};
use super::watched::{Event, Watched, ordinary};
use crate::{Case, Evidence, In, Reason, Reasons, Verdict};

/// A link of the way, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Link {
    /// A trail of every region records the event.
    Trail,
    /// It delivers to a log group that is there.
    LogGroup,
    /// It arrives there.
    Delivery,
    /// A metric filter takes the event.
    Filter,
    /// An alarm on the metric goes off on one event.
    Alarm,
    /// The alarm does something.
    Action,
    /// What it does is to publish to a topic that is there.
    Topic,
    /// Somebody has subscribed and confirmed it.
    Subscriber,
}

/// How long ago the last delivery to a log group may be.
const DAY: i64 = 24 * 60 * 60;

/// How far a way goes.
#[derive(Debug, Clone)]
pub(super) enum Way {
    /// To somebody.
    Whole,
    /// To a link that breaks.
    Broken(Box<Break>),
    /// It is not known how far.
    Unknown(Reasons),
}

/// A broken link.
#[derive(Debug, Clone)]
pub(super) struct Break {
    pub(super) link: Link,
    pub(super) reason: String,
    pub(super) evidence: Evidence,
    pub(super) passed: Vec<Evidence>,
}

impl Way {
    fn broken(link: Link, reason: impl Into<String>, evidence: Evidence) -> Self {
        Self::Broken(Box::new(Break { link, reason: reason.into(), evidence, passed: Vec::new() }))
    }

    fn unknown(reason: impl Into<Reason>) -> Self {
        Self::Unknown(Reasons::one(reason))
    }

    /// The same way with something passed before it.
    fn past(mut self, passed: Evidence) -> Self {
        if let Self::Broken(broken) = &mut self {
            broken.passed.insert(0, passed);
        }
        self
    }

    /// The best of several ways to the same end: one that is whole, or else one that may be, or else the longest.
    fn best(ways: impl IntoIterator<Item = Self>) -> Option<Self> {
        ways.into_iter().reduce(|one, other| match (&one, &other) {
            (Self::Whole, _) => one,
            (_, Self::Whole) => other,
            (Self::Unknown(first), Self::Unknown(second)) => Self::Unknown(first.clone().and(second.iter().cloned())),
            (Self::Unknown(_), _) => one,
            (_, Self::Unknown(_)) => other,
            (Self::Broken(first), Self::Broken(second)) => {
                if second.link > first.link {
                    other
                } else {
                    one
                }
            }
        })
    }
}

/// A reason that no read failed for.
fn doubt(code: &str, message: impl Into<String>) -> Reason {
    Reason { code: code.to_owned(), message: message.into(), gap: None }
}

impl<'a> Case<'a> {
    /// Whether somebody hears of every event of a kind that happens in an account.
    pub fn watched(&self, account: &'a Account, what: &Watched) -> Verdict {
        let mut trails: Vec<In<'a, Trail>> = account.trail.trails.iter().map(|trail| In::new(account, trail)).collect();
        trails.sort_by(|one, other| one.arn.cmp(&other.arn));
        let owner = |trail: &In<'a, Trail>| trail.arn.split(':').nth(4).unwrap_or_default().to_owned();
        let mut ways = Vec::new();
        let mut judged_elsewhere = None;
        for trail in trails.iter().filter(|trail| trail.multi_region) {
            let id = owner(trail);
            let Some(home) = self.accounts().find(|known| known.id == id) else {
                let message = format!("{} belongs to account {id}, which was not read", trail.name);
                ways.push(Way::unknown(doubt("trail_of_another_account", message)));
                continue;
            };
            // A member sees the trail of its organisation, and nothing of what hangs on it.
            let own = home.trail.trails.iter().find(|known| known.arn == trail.arn).map(|known| In::new(home, known));
            let way = self.way_from(&own.unwrap_or(*trail), what);
            if home.id != account.id && matches!(way, Way::Broken(_)) {
                judged_elsewhere = Some(id);
                continue;
            }
            ways.push(way);
        }
        let none = || {
            let reason = "no trail of the account records every region";
            match trails.first() {
                Some(trail) => Way::broken(Link::Trail, reason, trail.evidence("/multi_region", "one region only")),
                None => Way::broken(
                    Link::Trail,
                    "the account has no trail",
                    Evidence::at(&account.arn(), &account.trail, "/trails", "no trail"),
                ),
            }
        };
        match (Way::best(ways), judged_elsewhere) {
            (None, Some(id)) => {
                let reason = format!("the trail of the organisation belongs to account {id} and is judged there");
                Verdict::not_applicable(reason)
            }
            (way, _) => verdict(way.unwrap_or_else(none), what),
        }
    }

    /// How far the events go that a trail records: as far as the one that goes least far.
    fn way_from(&self, trail: &In<'a, Trail>, what: &Watched) -> Way {
        let events = what.events();
        let group = match self.group_of(trail, what, &events) {
            Ok(group) => group,
            Err(way) => return *way,
        };
        let shown = trail.evidence("/log_group_arn", "delivers here");
        let mut filters: Vec<&'a MetricFilter> = trail
            .account
            .monitoring
            .metric_filters
            .iter()
            .filter(|filter| filter.region == group.region() && filter.log_group == group.name())
            .collect();
        filters.sort_by(|one, other| one.name.cmp(&other.name));
        let taking: Vec<(Taking, Way)> =
            filters.iter().map(|filter| (Taking::of(filter), way_behind(trail.account, group, filter))).collect();
        let mut shortest: Option<Way> = None;
        let mut missed: BTreeSet<&str> = BTreeSet::new();
        for event in &events {
            let ways = taking.iter().filter_map(|(taking, way)| match taking.takes(event) {
                Some(true) => Some(way.clone()),
                Some(false) => None,
                None => Some(taking.undecided(event)),
            });
            let way = Way::best(ways).unwrap_or_else(|| {
                missed.insert(&event.name);
                Way::broken(
                    Link::Filter,
                    "",
                    Evidence::at(&group.arn, group, "/arn", "no metric filter of it takes them"),
                )
            });
            shortest = Some(match (shortest, way) {
                (None | Some(Way::Whole), way) | (Some(Way::Unknown(_)), way @ Way::Broken(_)) => way,
                (Some(Way::Broken(known)), Way::Broken(other)) if other.link < known.link => Way::Broken(other),
                (Some(known), _) => known,
            });
        }
        let mut way = shortest.unwrap_or_else(|| Way::unknown(doubt("no_event", "no event of this kind is known")));
        if let Way::Broken(broken) = &mut way
            && broken.link == Link::Filter
        {
            let named = group.name();
            broken.reason = if filters.is_empty() {
                format!("log group {named} has no metric filter")
            } else {
                format!("no metric filter of log group {named} takes {}", listed(&missed))
            };
            let closest = taking
                .iter()
                .max_by_key(|(taking, _)| events.iter().filter(|event| taking.takes(event) == Some(true)).count());
            if let Some((taking, _)) =
                closest.filter(|(taking, _)| events.iter().any(|event| taking.takes(event) == Some(true)))
            {
                broken.passed.push(Evidence::at(&group.arn, taking.filter, "/pattern", "takes the others").related());
            }
        }
        way.past(shown)
    }

    /// The log group that a trail delivers these events to.
    fn group_of(&self, trail: &In<'a, Trail>, what: &Watched, events: &[Event]) -> Result<&'a LogGroup, Box<Way>> {
        let mut doubts: Vec<Reason> = Vec::new();
        let status = trail.item().status.read();
        match status {
            Ok(Some(status)) if !status.logging => {
                let reason = format!("trail {} is stopped", trail.name);
                return Err(Box::new(Way::broken(
                    Link::Trail,
                    reason,
                    trail.evidence("/status/logging", "not logging"),
                )));
            }
            Ok(Some(_)) => {}
            Ok(None) => doubts.push(doubt("not_reported", "AWS gave no status for the trail")),
            Err(gap) => doubts.push(Reason::from(gap)),
        }
        match trail.item().selectors.read() {
            Ok(selectors) => {
                let sources: BTreeSet<&str> = events.iter().map(|event| event.source.as_str()).collect();
                let lost: Vec<String> = left_out(selectors)
                    .into_iter()
                    .filter(|left| match left.as_str() {
                        "reads" => what.reads,
                        other => !other.contains(".amazonaws.com") || sources.contains(other),
                    })
                    .collect();
                if !lost.is_empty() {
                    let reason = format!("trail {} leaves out {}", trail.name, lost.join(", "));
                    return Err(Box::new(Way::broken(
                        Link::Trail,
                        reason,
                        trail.evidence("/selectors", "what it takes"),
                    )));
                }
            }
            Err(gap) => doubts.push(Reason::from(gap)),
        }
        let Some(named) = trail.item().log_group_arn.as_deref().map(LogGroup::arn_of) else {
            let reason = format!("trail {} delivers to no log group", trail.name);
            return Err(Box::new(Way::broken(
                Link::LogGroup,
                reason,
                trail.evidence("/log_group_arn", "no log group"),
            )));
        };
        let Some(group) = trail.account.monitoring.log_groups.iter().find(|group| group.arn == named) else {
            let first = doubt("log_group_not_read", format!("log group {named} was not read"));
            return Err(Box::new(Way::Unknown(Reasons::one(first).and(doubts))));
        };
        match group.details.read() {
            Ok(None) => {
                let reason =
                    format!("trail {} delivers to log group {}, which does not exist", trail.name, group.name());
                let evidence = Evidence::at(&group.arn, group, "/details", "no such log group");
                return Err(Box::new(Way::broken(Link::LogGroup, reason, evidence)));
            }
            Ok(Some(_)) => {}
            Err(gap) => doubts.push(Reason::from(gap)),
        }
        if let Ok(Some(status)) = status {
            let late =
                status.latest_log_group_delivery.is_none_or(|last| self.instant().as_second() - last.as_second() > DAY);
            if let Some(error) = &status.log_group_error {
                let reason = format!("what trail {} records does not arrive in the log group: {error}", trail.name);
                let evidence = trail.evidence("/status/log_group_error", "the error of the last delivery");
                return Err(Box::new(Way::broken(Link::Delivery, reason, evidence)));
            }
            if late {
                let reason = format!("trail {} has delivered nothing to the log group for a day", trail.name);
                let evidence = trail.evidence("/status/latest_log_group_delivery", "the last delivery");
                return Err(Box::new(Way::broken(Link::Delivery, reason, evidence)));
            }
        }
        Reasons::all(doubts).map_or(Ok(group), |reasons| Err(Box::new(Way::Unknown(reasons))))
    }
}

/// How far an event goes that a filter has taken.
fn way_behind<'a>(account: &'a Account, group: &'a LogGroup, filter: &'a MetricFilter) -> Way {
    let shown = Evidence::at(&group.arn, filter, "/pattern", "takes the event");
    let mut here: Vec<&'a Alarm> =
        account.monitoring.alarms.iter().filter(|alarm| alarm.region == filter.region).collect();
    here.sort_by(|one, other| one.name.cmp(&other.name));
    let by_name: Alarms<'a> = here.iter().map(|alarm| (alarm.name.as_str(), *alarm)).collect();
    let ways = filter.metrics.iter().map(|metric| {
        let alarms = here.iter().filter_map(|alarm| match &alarm.trigger {
            Trigger::Metric(on) if on.namespace == metric.namespace && on.name == metric.name => {
                Some(match silent(metric, on) {
                    Some(why) => Way::broken(
                        Link::Alarm,
                        format!("alarm {} does not go off on one event: {why}", alarm.name),
                        Evidence::at(&alarm.arn, alarm, "/trigger", "what it goes off on"),
                    ),
                    None => told(account, &by_name, alarm),
                })
            }
            Trigger::Other(expression) => {
                let message = format!("alarm {} goes off on `{expression}`, which is not decided here", alarm.name);
                Some(Way::unknown(doubt("metric_math", message)))
            }
            Trigger::Metric(_) | Trigger::Rule(_) => None,
        });
        Way::best(alarms).unwrap_or_else(|| {
            Way::broken(
                Link::Alarm,
                format!(
                    "no alarm is on metric {}/{}, which filter {} writes",
                    metric.namespace, metric.name, filter.name
                ),
                Evidence::at(&group.arn, filter, "/name", "no alarm on its metric"),
            )
        })
    });
    let none = || {
        let evidence = Evidence::at(&group.arn, filter, "/name", "writes no metric");
        Way::broken(Link::Alarm, format!("filter {} writes no metric", filter.name), evidence)
    };
    Way::best(ways).unwrap_or_else(none).past(shown)
}

/// What follows from a way.
fn verdict(way: Way, what: &Watched) -> Verdict {
    match way {
        Way::Whole => Verdict::Pass,
        Way::Unknown(reasons) => Verdict::Unknown(reasons),
        Way::Broken(broken) => {
            let Break { reason, evidence, passed, .. } = *broken;
            let reason = format!("nobody hears of {}: {reason}", what.words);
            passed.into_iter().map(Evidence::related).fold(Verdict::fail(reason, evidence), Verdict::also)
        }
    }
}

/// A filter with what it takes.
struct Taking<'a> {
    filter: &'a MetricFilter,
    pattern: Result<Pattern, String>,
}

impl<'a> Taking<'a> {
    fn of(filter: &'a MetricFilter) -> Self {
        Self { filter, pattern: Pattern::parse(&filter.pattern).map_err(|error| error.to_string()) }
    }

    /// Whether it takes an event; one that takes everything takes nothing. `None` = not to be decided.
    fn takes(&self, event: &Event) -> Option<bool> {
        let pattern = self.pattern.as_ref().ok()?;
        match pattern.matches(&event.record) {
            Some(true) if pattern.matches(&ordinary().record) != Some(false) => Some(false),
            Some(true) if self.filter.selection_criteria.is_some() => None,
            other => other,
        }
    }

    fn undecided(&self, event: &Event) -> Way {
        let name = &self.filter.name;
        Way::unknown(match &self.pattern {
            Err(error) => {
                doubt("pattern_not_understood", format!("the pattern of filter {name} cannot be read {error}"))
            }
            Ok(_) => {
                doubt("pattern_undecided", format!("whether filter {name} takes {} is not decided here", event.name))
            }
        })
    }
}

/// Names of events, the first of them.
fn listed(names: &BTreeSet<&str>) -> String {
    const SHOWN: usize = 3;
    let shown: Vec<&str> = names.iter().take(SHOWN).copied().collect();
    match names.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Why an alarm stays silent on one event, or says nothing by going off; `None` where it goes off.
fn silent(metric: &MetricTransformation, on: &MetricTrigger) -> Option<String> {
    if !metric.dimensions.is_empty() {
        return Some("the metric is split by dimensions, and it sees a part of them".to_owned());
    }
    if !on.dimensions.is_empty() {
        return Some("it is on dimensions that the metric does not have".to_owned());
    }
    let Ok(value) = metric.value.parse::<f64>() else {
        return Some(format!("the value is {}, which may be anything", metric.value));
    };
    let quiet = metric.default_value.as_deref().and_then(|value| value.parse::<f64>().ok());
    let needed = on.datapoints.unwrap_or(on.evaluation_periods);
    if needed > 1 {
        return Some(format!("it wants events in {needed} periods"));
    }
    // Where events that do not match write a value too, they count in everything but a sum with 0 and a maximum.
    let diluted = quiet.is_some() && on.period > 60;
    let seen = match on.statistic.as_str() {
        "Sum" => value,
        "Maximum" => quiet.map_or(value, |quiet| value.max(quiet)),
        "SampleCount" => 1.0,
        statistic if diluted => return Some(format!("events that do not match count in its {statistic} too")),
        _ => value,
    };
    let breaches = |value: f64| match on.comparison.as_str() {
        "GreaterThanOrEqualToThreshold" => value >= on.threshold,
        "GreaterThanThreshold" => value > on.threshold,
        "LessThanThreshold" => value < on.threshold,
        "LessThanOrEqualToThreshold" => value <= on.threshold,
        _ => false,
    };
    if !breaches(seen) {
        return Some(format!("one event makes {seen}, and its threshold is {}", on.threshold));
    }
    let always = if on.statistic == "SampleCount" { None } else { quiet };
    let always = always.is_some_and(breaches) || (on.missing_data.as_deref() == Some("breaching") && quiet.is_none());
    always.then(|| "it has gone off already while nothing happens".to_owned())
}

/// How far it goes once an alarm on a metric has gone off: by itself, or by a composite alarm that goes off with it.
fn told<'a>(account: &'a Account, alarms: &Alarms<'a>, alarm: &'a Alarm) -> Way {
    let shown = |alarm: &Alarm| Evidence::at(&alarm.arn, alarm, "/trigger", "goes off");
    let composite = alarms.values().filter_map(|other| {
        if !matches!(other.trigger, Trigger::Rule(_)) {
            return None;
        }
        let why = match rule::outcome(alarms, other, &alarm.name) {
            Outcome::GoesOff => return Some(acts(account, other).past(shown(other))),
            Outcome::Elsewhere => return None,
            Outcome::Unreadable => {
                let message = format!("the rule of composite alarm {} cannot be read", other.name);
                return Some(Way::unknown(doubt("rule_not_understood", message)));
            }
            Outcome::NotByItself => format!("does not go off by {} alone", alarm.name),
            Outcome::Always => "has gone off already, whatever happens".to_owned(),
            Outcome::Never => "can never go off: its rule holds in no state of its alarms".to_owned(),
            Outcome::Cycle => "names itself by way of others".to_owned(),
        };
        let evidence = Evidence::at(&other.arn, other, "/trigger", "its rule");
        Some(Way::broken(Link::Alarm, format!("composite alarm {} {why}", other.name), evidence))
    });
    let own = acts(account, alarm);
    // An alarm that is there for a composite one does nothing itself; then that one is what breaks.
    let own_is_bare = alarm.actions.is_empty();
    let composite = Way::best(composite.collect::<Vec<_>>());
    let way = match composite {
        Some(composite) if own_is_bare => composite,
        composite => Way::best(std::iter::once(own.clone()).chain(composite)).unwrap_or(own),
    };
    way.past(shown(alarm))
}

/// How far it goes by what an alarm does.
fn acts(account: &Account, alarm: &Alarm) -> Way {
    if !alarm.actions.is_empty() && !alarm.actions_enabled {
        let evidence = Evidence::at(&alarm.arn, alarm, "/actions_enabled", "switched off");
        return Way::broken(Link::Action, format!("the actions of alarm {} are switched off", alarm.name), evidence);
    }
    let mut actions: Vec<&String> = alarm.actions.iter().collect();
    actions.sort();
    let ways = actions.into_iter().map(|action| {
        if action.split(':').nth(2) != Some("sns") {
            let message = format!("alarm {} acts by {action}, which is not followed", alarm.name);
            return Way::unknown(doubt("action_not_followed", message));
        }
        match account.monitoring.topics.iter().find(|topic| topic.arn == *action) {
            Some(topic) => heard(topic),
            None => Way::unknown(doubt("topic_not_read", format!("topic {action} was not read"))),
        }
    });
    Way::best(ways.collect::<Vec<_>>()).unwrap_or_else(|| {
        let evidence = Evidence::at(&alarm.arn, alarm, "/actions", "nothing is done");
        Way::broken(Link::Action, format!("alarm {} does nothing when it goes off", alarm.name), evidence)
    })
}

/// Whether anybody hears of what is published to a topic.
fn heard(topic: &Topic) -> Way {
    let name = topic.arn.rsplit(':').next().unwrap_or_default();
    match &topic.subscriptions {
        Observed::Unreadable(gap) => Way::unknown(gap),
        Observed::Absent => {
            let evidence = Evidence::at(&topic.arn, topic, "/subscriptions", "no such topic");
            Way::broken(Link::Topic, format!("topic {name} does not exist"), evidence)
        }
        Observed::Present(all) if all.iter().any(|subscription| subscription.confirmed) => Way::Whole,
        Observed::Present(all) => {
            let who =
                if all.is_empty() { "nobody has subscribed to" } else { "nobody has confirmed a subscription of" };
            let evidence = Evidence::at(&topic.arn, topic, "/arn", "no confirmed subscriber");
            Way::broken(Link::Subscriber, format!("{who} topic {name}"), evidence)
        }
    }
}
