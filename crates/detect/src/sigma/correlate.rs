//! Correlations: rules that hold together, within a time, for one group of fields.
//!
//! The conditions of a rule are evaluated by the engine, the windows are ours: exact at both edges, and the same for events
//! in any order.

use std::collections::{BTreeMap, VecDeque};

use jiff::SignedDuration;
use rsigma_parser::{
    ConditionExpr, ConditionOperator, CorrelationCondition, CorrelationRule, CorrelationType, Quantifier,
};

use super::view::{self, View};
use crate::Seen;
use crate::run::Found;
use crate::window::{Entry, Episode, Filled, Full, Grown, Window};

/// A correlation on its way through the events.
pub(super) struct Correlation {
    /// The rules that it is over, by number, in its order.
    pub(super) rules: Vec<usize>,
    group_by: Vec<String>,
    /// The field that an alias stands for, by alias and rule.
    aliases: BTreeMap<String, BTreeMap<usize, String>>,
    counts: Counts,
    counted: String,
    window: Window,
    /// Whether some of what it is over are correlations.
    is_over_found: bool,
}

/// What a correlation is over, as it is called in its rule.
#[derive(Clone, Copy)]
pub(super) struct Under<'r> {
    pub(super) number: usize,
    /// The fields that a correlation groups by; `None` = a rule, which has the whole event.
    pub(super) fields: Option<&'r [String]>,
}

/// What tells the texts of an event, by field.
type Texts<'t> = dyn Fn(&str) -> Vec<String> + 't;

/// What differs in the events of a window.
enum Counts {
    Events,
    /// What correlations found: each time counts once, however many events it has.
    Found,
    Values(Vec<String>),
    Rules,
}

impl Correlation {
    /// Gets one ready; `under` knows rules and correlations by what it calls them.
    ///
    /// # Errors
    /// What is not honoured, after words of the line that it stands in.
    pub(super) fn new<'r>(
        rule: &CorrelationRule,
        under: impl Fn(&str) -> Option<Under<'r>>,
    ) -> Result<Self, (String, String)> {
        let fault = |words: &str, message: String| (words.to_owned(), message);
        let mut all = Vec::new();
        for name in &rule.rules {
            let Some(under) = under(name) else {
                return Err(fault(name, format!("it is over the rule `{name}`, which is not there")));
            };
            all.push(under);
        }
        if all.is_empty() {
            return Err(fault("rules", "it is over no rule".to_owned()));
        }
        let aliases = aliases(rule, &all)?;
        for field in rule.group_by.iter().filter(|field| !aliases.contains_key(*field)) {
            lacking(rule, &all, field)?;
        }
        let is_over_found = all.iter().any(|under| under.fields.is_some());
        let is_over_events = all.iter().any(|under| under.fields.is_none());
        let Ok(seconds) = i64::try_from(rule.timespan.seconds) else {
            return Err(fault("timespan", "its time is too long".to_owned()));
        };
        if matches!(rule.timespan.original.chars().last(), Some('M' | 'y')) || seconds == 0 {
            return Err(fault(&rule.timespan.original, "its time is no exact time; write it in days".to_owned()));
        }
        let (counts, full, counted): (Counts, Full, String) = match rule.correlation_type {
            CorrelationType::EventCount if is_over_found && is_over_events => {
                let message = "`event_count` is over rules or over correlations, not over both: an event is no hit";
                return Err(fault("rules", message.to_owned()));
            }
            CorrelationType::EventCount if is_over_found => {
                let least = least(rule)?;
                (Counts::Found, Box::new(move |filled| filled.counts.len() >= least), "hits".to_owned())
            }
            CorrelationType::EventCount => {
                let least = least(rule)?;
                (Counts::Events, Box::new(move |filled| filled.entries.len() >= least), "events".to_owned())
            }
            CorrelationType::ValueCount => {
                let fields = match &rule.condition {
                    CorrelationCondition::Threshold { field: Some(fields), .. } => fields.clone(),
                    _ => return Err(fault("condition", "`value_count` wants a `field` in its condition".to_owned())),
                };
                for field in fields.iter().filter(|field| !aliases.contains_key(*field)) {
                    lacking(rule, &all, field)?;
                }
                let counted = format!("values of {}", fields.join(", "));
                let least = least(rule)?;
                (Counts::Values(fields), Box::new(move |filled| filled.counts.len() >= least), counted)
            }
            CorrelationType::Temporal => {
                let full: Full = match &rule.condition {
                    CorrelationCondition::Extended(condition) => together(rule, condition.clone())?,
                    CorrelationCondition::Threshold { .. } => {
                        let all = rule.rules.len();
                        Box::new(move |filled| filled.counts.len() >= all)
                    }
                };
                (Counts::Rules, full, "events".to_owned())
            }
            CorrelationType::TemporalOrdered => {
                if matches!(rule.condition, CorrelationCondition::Extended(_)) {
                    let message = "`temporal_ordered` takes its order from `rules`; a condition is not honoured";
                    return Err(fault("condition", message.to_owned()));
                }
                let steps = all.len();
                let full: Full =
                    Box::new(move |filled| filled.counts.len() >= steps && in_order(filled.entries, steps));
                (Counts::Rules, full, "events".to_owned())
            }
            other => {
                let known = "event_count, value_count, temporal and temporal_ordered are";
                return Err(fault(other.as_str(), format!("`{}` is not honoured; {known}", other.as_str())));
            }
        };
        let window = Window::new(SignedDuration::from_secs(seconds), full);
        let rules = all.iter().map(|under| under.number).collect();
        Ok(Self { rules, group_by: rule.group_by.clone(), aliases, counts, counted, window, is_over_found })
    }

    /// The fields that it groups by.
    pub(super) fn fields(&self) -> &[String] {
        &self.group_by
    }

    /// From here on another correlation is over it.
    pub(super) fn tell(&mut self) {
        self.window.tell();
    }

    /// What the events of the last instant added to what it found: all of them are there.
    pub(super) fn settle(&mut self) -> Vec<Grown> {
        self.window.settle()
    }

    /// Takes an event together with the rules that hold for it.
    pub(super) fn see(&mut self, matched: &[usize], view: &View<'_>, seen: &Seen<'_>) {
        self.take(matched, "", &|field| view.texts(field), |values| Entry::of(seen, values));
    }

    /// Takes what another correlation found, as far as an instant added to it.
    pub(super) fn hear(&mut self, number: usize, fields: &[String], grown: &Grown) {
        let texts: Vec<Vec<String>> = serde_json::from_str(&grown.key.1).unwrap_or_default();
        let of = |field: &str| {
            let place = fields.iter().position(|known| known == field);
            place.and_then(|place| texts.get(place)).cloned().unwrap_or_default()
        };
        let found = format!("{number} {} {}", grown.key.0, grown.first);
        self.take(&[number], &found, &of, |values| Entry {
            at: grown.at,
            ids: grown.ids.clone(),
            account: grown.account.clone(),
            actor: grown.actor.clone(),
            values,
        });
    }

    /// `found` tells what was found apart from what else was.
    fn take(&mut self, matched: &[usize], found: &str, texts: &Texts<'_>, entry: impl Fn(Vec<String>) -> Entry) {
        let mut groups: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
        for (step, rule) in self.rules.iter().enumerate().filter(|(_, rule)| matched.contains(rule)) {
            let values = match &self.counts {
                Counts::Events => vec!["an event".to_owned()],
                Counts::Found => vec![found.to_owned()],
                Counts::Rules => vec![step.to_string()],
                Counts::Values(fields) => {
                    let fields: Vec<&str> = fields.iter().map(|field| self.own(*rule, field)).collect();
                    differing(texts, &fields)
                }
            };
            if !values.is_empty() {
                groups.entry(self.group(*rule, texts)).or_default().extend(values);
            }
        }
        for (group, mut values) in groups {
            values.sort();
            values.dedup();
            self.window.see(&group, entry(values));
        }
    }

    /// The field of a rule that an alias stands for, or the field itself.
    fn own<'f>(&'f self, rule: usize, field: &'f str) -> &'f str {
        self.aliases.get(field).and_then(|by_rule| by_rule.get(&rule)).map_or(field, String::as_str)
    }

    /// The values that tell groups apart, in words and, for a correlation over this one, as they are; an absent field is a
    /// value of its own.
    fn group(&self, rule: usize, texts: &Texts<'_>) -> (String, String) {
        let of = |(field, texts): (&String, &Vec<String>)| match texts.as_slice() {
            [] => format!("{field} is absent"),
            [one] => format!("{field} is {one:?}"),
            several => format!("{field} is {several:?}"),
        };
        let all: Vec<Vec<String>> = self.group_by.iter().map(|field| texts(self.own(rule, field))).collect();
        let words = self.group_by.iter().zip(&all).map(of).collect::<Vec<_>>().join(" and ");
        let told = if self.window.tells() { serde_json::to_string(&all).unwrap_or_default() } else { String::new() };
        (words, told)
    }

    pub(super) fn finish(&mut self) -> Vec<Found> {
        let each_once = |episode: Episode| if self.is_over_found { episode.each_once() } else { episode };
        let found = self.window.finish().into_iter().map(each_once).map(|episode| {
            let values = matches!(self.counts, Counts::Values(_));
            let count = match self.counts {
                Counts::Values(_) | Counts::Found => episode.values.len() as u64,
                Counts::Events | Counts::Rules => episode.events,
            };
            let mut rests_on = vec![format!(
                "{count} {} in {} events from {} to {}",
                self.counted, episode.events, episode.first, episode.last
            )];
            rests_on.extend(Some(episode.key.0.clone()).filter(|group| !group.is_empty()));
            Found {
                actor: episode.actors.iter().cloned().collect::<Vec<_>>().join(", "),
                account: episode.account.clone(),
                first: episode.first,
                last: episode.last,
                count,
                counted: self.counted.clone().into(),
                resources: if values { episode.values.iter().cloned().collect() } else { Vec::new() },
                event_ids: episode.event_ids(),
                rests_on,
                unknown: None,
            }
        });
        found.collect()
    }
}

/// The values of an event: of one field each member of a list, of several fields what they say together.
fn differing(texts: &Texts<'_>, fields: &[&str]) -> Vec<String> {
    match fields {
        [field] => texts(field),
        several => {
            let each: Vec<Vec<String>> = several.iter().map(|field| texts(field)).collect();
            if each.iter().any(Vec::is_empty) { Vec::new() } else { vec![format!("{each:?}")] }
        }
    }
}

fn least(rule: &CorrelationRule) -> Result<usize, (String, String)> {
    let CorrelationCondition::Threshold { predicates, .. } = &rule.condition else {
        return Err(("condition".to_owned(), "a count wants a condition such as `gte: 10`".to_owned()));
    };
    let mut least = 0;
    for (operator, count) in predicates {
        let bound = match operator {
            ConditionOperator::Gte => *count,
            ConditionOperator::Gt => count.saturating_add(1),
            _ => return Err(("condition".to_owned(), "only `gte` and `gt` are honoured".to_owned())),
        };
        least = least.max(usize::try_from(bound).unwrap_or(usize::MAX));
    }
    if least == 0 {
        return Err(("condition".to_owned(), "its condition holds without any event".to_owned()));
    }
    Ok(least)
}

/// Refuses a field that some of what a correlation is over cannot have.
fn lacking(rule: &CorrelationRule, all: &[Under<'_>], field: &str) -> Result<(), (String, String)> {
    let lacking = rule.rules.iter().zip(all).find_map(|(name, under)| missing(name, under, field));
    lacking.map_or(Ok(()), |why| Err((field.to_owned(), why)))
}

/// Why a rule or correlation never has this field; `None` = it may have it.
fn missing(name: &str, under: &Under<'_>, field: &str) -> Option<String> {
    match under.fields {
        None => view::unknown(field),
        Some(fields) if fields.iter().any(|known| known == field) => None,
        Some(fields) => {
            let has = if fields.is_empty() { "nothing".to_owned() } else { format!("`{}`", fields.join("`, `")) };
            Some(format!("the correlation `{name}` has no field `{field}`; it groups by {has}"))
        }
    }
}

fn aliases(
    rule: &CorrelationRule,
    all: &[Under<'_>],
) -> Result<BTreeMap<String, BTreeMap<usize, String>>, (String, String)> {
    let mut found = BTreeMap::new();
    for alias in &rule.aliases {
        let mut fields = BTreeMap::new();
        for (name, under) in rule.rules.iter().zip(all) {
            let Some(field) = alias.mapping.get(name) else {
                return Err((alias.alias.clone(), format!("its alias `{}` has no field for `{name}`", alias.alias)));
            };
            if let Some(why) = missing(name, under, field) {
                return Err((field.clone(), why));
            }
            fields.insert(under.number, field.clone());
        }
        found.insert(alias.alias.clone(), fields);
    }
    Ok(found)
}

/// A condition over the rules of a `temporal` correlation: which of them must hold.
fn together(rule: &CorrelationRule, condition: ConditionExpr) -> Result<Full, (String, String)> {
    fn check(condition: &ConditionExpr, rules: &[String]) -> Result<(), String> {
        match condition {
            ConditionExpr::And(parts) | ConditionExpr::Or(parts) => {
                parts.iter().try_for_each(|part| check(part, rules))
            }
            ConditionExpr::Identifier(name) if rules.contains(name) => Ok(()),
            ConditionExpr::Identifier(name) => Err(format!("its condition names `{name}`, which is not in `rules`")),
            ConditionExpr::Selector { quantifier: Quantifier::Any | Quantifier::All, .. } => Ok(()),
            other => Err(format!("`{other}` is not honoured in the condition of a correlation")),
        }
    }
    fn holds(condition: &ConditionExpr, rules: &[String], seen: &dyn Fn(usize) -> bool) -> bool {
        match condition {
            ConditionExpr::And(parts) => parts.iter().all(|part| holds(part, rules, seen)),
            ConditionExpr::Or(parts) => parts.iter().any(|part| holds(part, rules, seen)),
            ConditionExpr::Identifier(name) => rules.iter().position(|rule| rule == name).is_some_and(seen),
            ConditionExpr::Selector { quantifier, pattern } => {
                let mut of =
                    (0..).zip(rules).filter(|(_, name)| pattern.matches_detection_name(name)).map(|(step, _)| step);
                if *quantifier == Quantifier::All { of.all(seen) } else { of.any(seen) }
            }
            ConditionExpr::Not(_) => false,
        }
    }
    check(&condition, &rule.rules).map_err(|message| ("condition".to_owned(), message))?;
    let rules = rule.rules.clone();
    Ok(Box::new(move |filled: &Filled<'_>| {
        holds(&condition, &rules, &|step| filled.counts.contains_key(&step.to_string()))
    }))
}

/// Whether events for all steps follow one another. An event serves one step; of events in one second any may be the first.
fn in_order(entries: &VecDeque<(u64, Entry)>, steps: usize) -> bool {
    let mut done = 0;
    let mut instant: Vec<&Entry> = Vec::new();
    for (_, entry) in entries {
        if instant.last().is_some_and(|last| last.at != entry.at) {
            done = advance(&instant, done, steps);
            instant.clear();
        }
        instant.push(entry);
    }
    advance(&instant, done, steps) == steps
}

/// As many further steps as the events of one instant can serve.
fn advance(instant: &[&Entry], mut done: usize, steps: usize) -> usize {
    let mut serves = vec![None; instant.len()];
    while done < steps && assign(done, instant, &mut serves, &mut vec![false; instant.len()]) {
        done += 1;
    }
    done
}

/// Finds an event for a step, if need be by giving the step of another event to a third.
fn assign(step: usize, instant: &[&Entry], serves: &mut [Option<usize>], tried: &mut [bool]) -> bool {
    for (place, entry) in instant.iter().enumerate() {
        let Some(tried_it) = tried.get_mut(place) else { continue };
        if *tried_it || !entry.values.contains(&step.to_string()) {
            continue;
        }
        *tried_it = true;
        let other = serves.get(place).copied().flatten();
        if other.is_none_or(|other| assign(other, instant, serves, tried)) {
            if let Some(slot) = serves.get_mut(place) {
                *slot = Some(step);
            }
            return true;
        }
    }
    false
}
