//! Sigma rules (<https://sigmahq.io/docs/>): ours, which are part of the program, and those that a user brings.
//!
//! A crate parses the rules and evaluates their conditions against the raw record. What could not be honoured is an error
//! that names file and line, never a rule that never fires. Events that one rule matches for one person within an hour of
//! each other are one hit.

mod correlate;
mod document;
mod fill;
mod first;
mod view;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use forewarn_findings::Severity;
use jiff::{SignedDuration, Timestamp};
use rsigma_eval::{Engine, compile_rule};
use rsigma_parser::{ConditionExpr, CorrelationRule, Detection, FilterRule, FilterRuleTarget, Level, SigmaRule};

pub use document::RuleError;

use crate::folders::{FOLDERS, Folder};
use crate::run::{Found, Hit};
use crate::window::KEPT;
use crate::{About, Glance, Lists, Seen};
use correlate::{Correlation, Under};
use document::{Document, Place};
use first::First;
use view::View;

/// Matches of one rule for one person that lie no further apart are one hit.
const TOGETHER: SignedDuration = SignedDuration::from_hours(1);

/// Rules that were read and found good.
pub struct Rules {
    engine: Engine,
    first: First,
    singles: Vec<Single>,
    /// Each after those that it is over.
    correlations: Vec<Combined>,
    /// The time of the last event.
    clock: Option<Timestamp>,
    /// Our rules that need a list which was not given, with its name.
    pub without_list: Vec<(String, String)>,
    /// Documents for other log sources, by source, with how many there are.
    pub aside: BTreeMap<String, usize>,
}

struct Single {
    about: About,
    /// Whether it is a detection by itself; else it serves correlations only.
    reports: bool,
    /// The correlations over it.
    serves: Vec<usize>,
    /// What goes on for a person in an account.
    open: BTreeMap<(String, String), Episode>,
    done: Vec<Found>,
}

/// A correlation, and those that are over it. Its number goes on after those of the rules.
struct Combined {
    about: About,
    /// Whether it is a detection by itself; else it serves others only.
    reports: bool,
    serves: Vec<usize>,
    correlation: Correlation,
}

/// Matches of one rule that belong together.
struct Episode {
    first: Timestamp,
    last: Timestamp,
    events: u64,
    ids: Vec<String>,
    resources: BTreeSet<String>,
    calls: BTreeSet<String>,
}

/// A rule on its way in.
struct Loaded<R> {
    place: Place,
    rule: R,
    /// The id of the folder where it is ours.
    own: Option<&'static str>,
}

#[derive(Default)]
struct Loading {
    rules: Vec<Loaded<SigmaRule>>,
    correlations: Vec<Loaded<CorrelationRule>>,
    filters: Vec<Loaded<FilterRule>>,
    aside: BTreeMap<String, usize>,
    /// What correlations call the rules that were set aside.
    aside_names: BTreeSet<String>,
    errors: Vec<RuleError>,
}

impl Rules {
    /// Our own rules, and those of the files given, each with its name and its text.
    ///
    /// # Errors
    /// Every rule that cannot be honoured.
    pub fn read(given: &[(String, String)], lists: &Lists) -> Result<Self, Vec<RuleError>> {
        Self::of(FOLDERS, given, lists)
    }

    /// The rules of these folders and files.
    ///
    /// # Errors
    /// As [`Rules::read`].
    pub fn of(folders: &'static [Folder], given: &[(String, String)], lists: &Lists) -> Result<Self, Vec<RuleError>> {
        let mut loading = Loading::default();
        for folder in folders {
            if let Some(text) = folder.rule {
                loading.file(
                    &format!("checks/detections/{}/rule.yml", folder.id.replace('.', "/")),
                    text,
                    Some(folder.id),
                );
            }
        }
        for (file, text) in given {
            loading.file(file, text, None);
        }
        loading.finish(lists)
    }

    /// Every rule that is a detection, ours and given.
    pub fn about(&self) -> impl Iterator<Item = &About> {
        let singles = self.singles.iter().filter(|single| single.reports).map(|single| &single.about);
        singles.chain(self.correlations.iter().filter(|one| one.reports).map(|one| &one.about))
    }

    /// Whether a rule may hold for an event.
    pub(crate) fn wants(&mut self, glance: &Glance<'_>) -> bool {
        self.first.wants(glance)
    }

    pub(crate) fn see(&mut self, seen: &Seen<'_>) {
        let at = seen.event.record.event_time;
        if self.clock.is_none_or(|clock| clock < at) {
            self.settle();
            self.clock = Some(at);
        }
        let view = View::new(seen);
        let number = |id: Option<String>| id?.strip_prefix('#')?.parse::<usize>().ok();
        let mut matched: Vec<usize> =
            self.engine.evaluate(&view).into_iter().filter_map(|result| number(result.header.rule_id)).collect();
        matched.sort_unstable();
        let mut served: BTreeSet<usize> = BTreeSet::new();
        for number in &matched {
            let Some(single) = self.singles.get_mut(*number) else { continue };
            served.extend(&single.serves);
            if single.reports {
                single.see(seen);
            }
        }
        for correlation in served {
            if let Some(one) = self.correlations.get_mut(correlation) {
                one.correlation.see(&matched, &view, seen);
            }
        }
    }

    /// All events of an instant are there: what correlations found in them goes to those that are over them.
    fn settle(&mut self) {
        for inner in 0..self.correlations.len() {
            let Some(one) = self.correlations.get_mut(inner).filter(|one| !one.serves.is_empty()) else { continue };
            let grown = one.correlation.settle();
            if grown.is_empty() {
                continue;
            }
            let (serves, fields) = (one.serves.clone(), one.correlation.fields().to_vec());
            for outer in serves {
                let Some(one) = self.correlations.get_mut(outer) else { continue };
                for grown in &grown {
                    one.correlation.hear(self.singles.len() + inner, &fields, grown);
                }
            }
        }
    }

    pub(crate) fn finish(&mut self) -> Vec<Hit> {
        let mut hits = Vec::new();
        for single in &mut self.singles {
            for ((person, account), episode) in std::mem::take(&mut single.open) {
                single.done.push(episode.found(person, account));
            }
            hits.extend(single.done.drain(..).map(|found| Hit::new(&single.about, found)));
        }
        self.settle();
        for one in self.correlations.iter_mut().filter(|one| one.reports) {
            hits.extend(one.correlation.finish().into_iter().map(|found| Hit::new(&one.about, found)));
        }
        hits
    }
}

impl Single {
    fn see(&mut self, seen: &Seen<'_>) {
        let at = seen.event.record.event_time;
        let key = (seen.person.to_owned(), seen.account.to_owned());
        let over = self.open.get(&key).is_some_and(|open| at.duration_since(open.last) > TOGETHER);
        if over && let Some(episode) = self.open.remove(&key) {
            self.done.push(episode.found(key.0.clone(), key.1.clone()));
        }
        let open = self.open.entry(key).or_insert_with(|| Episode {
            first: at,
            last: at,
            events: 0,
            ids: Vec::new(),
            resources: BTreeSet::new(),
            calls: BTreeSet::new(),
        });
        open.add(seen);
    }
}

/// How many resources and calls are kept of one episode.
const NAMED: usize = 100;

impl Episode {
    fn add(&mut self, seen: &Seen<'_>) {
        let record = &seen.event.record;
        self.last = record.event_time;
        self.events += 1;
        if self.ids.len() < KEPT {
            self.ids.push(seen.id.to_owned());
        }
        if self.resources.len() < NAMED {
            self.resources.extend(named(seen));
        }
        if self.calls.len() < NAMED {
            let failed = if record.failed() { " (refused)" } else { "" };
            self.calls.insert(format!("{}{failed}", record.event_name));
        }
    }

    fn found(self, actor: String, account: String) -> Found {
        let calls: Vec<&str> = self.calls.iter().map(String::as_str).take(5).collect();
        let more = if self.calls.len() > calls.len() { ", …" } else { "" };
        Found {
            actor,
            account,
            first: self.first,
            last: self.last,
            count: self.events,
            counted: "events".into(),
            event_ids: self.ids,
            resources: self.resources.into_iter().collect(),
            rests_on: vec![format!("called {}{more}", calls.join(", "))],
            unknown: None,
        }
    }
}

/// The resources of an event: those that it lists, else what the request names.
fn named(seen: &Seen<'_>) -> Vec<String> {
    let record = &seen.event.record;
    let listed: Vec<String> = record.resources.iter().filter_map(|resource| resource.arn.clone()).collect();
    if !listed.is_empty() {
        return listed;
    }
    let parameters = record.request_parameters.as_object().into_iter().flatten();
    let names = parameters.filter(|(name, _)| {
        ["name", "id", "arn", "identifier"].iter().any(|end| name.to_ascii_lowercase().ends_with(end))
    });
    names.filter_map(|(_, value)| value.as_str().map(str::to_owned)).filter(|name| name.len() <= 2048).collect()
}

/// What the parser says about a rule, in our terms.
fn about(
    check: String,
    place: &Place,
    (title, level, tags, false_positives): (&str, Option<Level>, &[String], &[String]),
    lists: BTreeSet<String>,
) -> About {
    let technique = |tag: &String| {
        let name = tag.strip_prefix("attack.t")?;
        name.starts_with(|c: char| c.is_ascii_digit()).then(|| format!("T{name}"))
    };
    About {
        id: check,
        title: title.to_owned(),
        severity: match level {
            Some(Level::Critical) => Severity::Critical,
            Some(Level::High) => Severity::High,
            Some(Level::Low) => Severity::Low,
            Some(Level::Informational) => Severity::Informational,
            Some(Level::Medium) | None => Severity::Medium,
        },
        techniques: tags.iter().filter_map(technique).collect(),
        false_positives: false_positives.join(" "),
        lists: lists.into_iter().collect(),
        file: Some(place.file().to_owned()),
    }
}

/// The field of the item that a rule cannot be compiled for; empty where it is none.
fn faulty(rule: &SigmaRule) -> String {
    let mut field = String::new();
    let mut detections = rule.detection.clone();
    for (name, detection) in fill::in_order(&mut detections.named) {
        fill::items(detection, &mut |item| {
            let mut alone = rule.clone();
            alone.detection.named = HashMap::from([(name.clone(), Detection::AllOf(vec![item.clone()]))]);
            alone.detection.conditions = vec![ConditionExpr::Identifier(name.clone())];
            if field.is_empty() && compile_rule(&alone).is_err() {
                field = item.field.name.clone().unwrap_or_default();
            }
        });
    }
    field
}

/// What hits of a rule are called: ours by the folder, others by their own id or name.
fn check<R>(loaded: &Loaded<R>, id: Option<&String>, name: Option<&String>) -> Result<String, RuleError> {
    match (loaded.own, id.or(name)) {
        (Some(_), _) if name.is_some() => Ok(name.cloned().unwrap_or_default()),
        (None, Some(said)) => Ok(format!("sigma.{said}")),
        _ => Err(loaded.place.error(&["title"], "it has neither `id` nor `name`, so nothing could be called by it")),
    }
}

impl Loading {
    fn file(&mut self, file: &str, text: &str, own: Option<&'static str>) {
        for (place, document) in document::read(file, text, &mut self.errors) {
            match document {
                Document::Rule(rule) => self.rules.push(Loaded { place, rule: *rule, own }),
                Document::Correlation(rule) => self.correlations.push(Loaded { place, rule: *rule, own }),
                Document::Filter(rule) => self.filters.push(Loaded { place, rule: *rule, own }),
                Document::Aside(source, names) => {
                    *self.aside.entry(source).or_default() += 1;
                    self.aside_names.extend(names);
                }
            }
        }
    }

    fn finish(mut self, lists: &Lists) -> Result<Rules, Vec<RuleError>> {
        let mut without_list = Vec::new();
        let mut names: BTreeMap<String, usize> = BTreeMap::new();
        let mut left_out: BTreeSet<String> = BTreeSet::new();
        let mut singles: Vec<Single> = Vec::new();
        let mut ready: Vec<SigmaRule> = Vec::new();
        for mut loaded in std::mem::take(&mut self.rules) {
            let called: Vec<String> = [&loaded.rule.id, &loaded.rule.name].into_iter().flatten().cloned().collect();
            let id = match check(&loaded, loaded.rule.id.as_ref(), loaded.rule.name.as_ref()) {
                Ok(id) => id,
                Err(error) => {
                    self.errors.push(error);
                    continue;
                }
            };
            let Some(asked) = self.fill(&mut loaded, lists, &mut without_list) else {
                left_out.extend(called);
                continue;
            };
            if let Err(error) = compile_rule(&loaded.rule) {
                let field = faulty(&loaded.rule);
                let words = [format!("{field}|"), field, "detection:".to_owned()];
                self.errors.push(loaded.place.error(&words.each_ref().map(String::as_str), error.to_string()));
                continue;
            }
            let number = ready.len();
            for name in called {
                if names.insert(name.clone(), number).is_some() {
                    let message = format!("another rule is called `{name}` too");
                    self.errors.push(loaded.place.error(&[name.as_str()], message));
                }
            }
            let rule = &mut loaded.rule;
            let words = (rule.title.as_str(), rule.level, rule.tags.as_slice(), rule.falsepositives.as_slice());
            singles.push(Single {
                about: about(id, &loaded.place, words, asked),
                reports: true,
                serves: Vec::new(),
                open: BTreeMap::new(),
                done: Vec::new(),
            });
            rule.id = Some(format!("#{number}"));
            ready.push(loaded.rule);
        }
        let mut correlations: Vec<Combined> = Vec::new();
        let mut alone: BTreeSet<usize> = BTreeSet::new();
        let mut served: BTreeSet<usize> = BTreeSet::new();
        for loaded in self.in_order() {
            let rule = &loaded.rule;
            let called: Vec<String> = [&rule.id, &rule.name].into_iter().flatten().cloned().collect();
            if !rule.rules.is_empty() && rule.rules.iter().all(|name| self.aside_names.contains(name)) {
                *self.aside.entry("correlations over other log sources".to_owned()).or_default() += 1;
                self.aside_names.extend(called);
                continue;
            }
            if rule.rules.iter().any(|name| left_out.contains(name)) {
                left_out.extend(called);
                continue;
            }
            let made = check(&loaded, rule.id.as_ref(), rule.name.as_ref()).and_then(|id| {
                let under = |name: &str| {
                    let number = *names.get(name)?;
                    let over = number.checked_sub(singles.len()).and_then(|over| correlations.get(over));
                    Some(Under { number, fields: over.map(|over| over.correlation.fields()) })
                };
                let correlation = Correlation::new(rule, under);
                correlation.map(|made| (id, made)).map_err(|(word, why)| loaded.place.error(&[word.as_str()], why))
            });
            match made {
                Ok((id, made)) => {
                    let number = correlations.len();
                    let mut lists: BTreeSet<String> = BTreeSet::new();
                    for under in &made.rules {
                        if let Some(single) = singles.get_mut(*under) {
                            single.serves.push(number);
                            lists.extend(single.about.lists.iter().cloned());
                        } else if let Some(inner) = correlations.get_mut(under - singles.len()) {
                            inner.serves.push(number);
                            inner.correlation.tell();
                            lists.extend(inner.about.lists.iter().cloned());
                        }
                        served.insert(*under);
                        if rule.generate {
                            alone.insert(*under);
                        }
                    }
                    let words = (rule.title.as_str(), rule.level, rule.tags.as_slice(), rule.falsepositives.as_slice());
                    let about = about(id, &loaded.place, words, lists);
                    for name in called {
                        if names.insert(name.clone(), singles.len() + number).is_some() {
                            let message = format!("another rule is called `{name}` too");
                            self.errors.push(loaded.place.error(&[name.as_str()], message));
                        }
                    }
                    correlations.push(Combined { about, reports: true, serves: Vec::new(), correlation: made });
                }
                Err(error) => {
                    // What is over it is not at fault.
                    left_out.extend(called);
                    self.errors.push(error);
                }
            }
        }
        let reports = |number: usize| alone.contains(&number) || !served.contains(&number);
        for (number, one) in (singles.len()..).zip(&mut correlations) {
            one.reports = reports(number);
        }
        for (number, single) in singles.iter_mut().enumerate() {
            single.reports = reports(number);
        }
        without_list.dedup();
        let mut engine = Engine::new();
        for (number, error) in engine.add_rules(&ready) {
            let place = ready.get(number).map_or_else(String::new, |rule| rule.title.clone());
            self.errors.push(RuleError { file: place, line: 1, rule: None, message: error.to_string() });
        }
        names.retain(|_, number| *number < ready.len());
        self.filters(&mut engine, &names, lists);
        let mut ids: BTreeSet<&str> = BTreeSet::new();
        let abouts = singles.iter().filter(|single| single.reports).map(|single| &single.about);
        for about in abouts.chain(correlations.iter().filter(|one| one.reports).map(|one| &one.about)) {
            if !ids.insert(&about.id) {
                let file = about.file.clone().unwrap_or_default();
                let message = format!("another rule is called `{}` too", about.id);
                self.errors.push(RuleError { file, line: 1, rule: Some(about.title.clone()), message });
            }
        }
        if self.errors.is_empty() {
            let first = First::of(&ready);
            return Ok(Rules { engine, first, singles, correlations, clock: None, without_list, aside: self.aside });
        }
        self.errors.sort();
        self.errors.dedup();
        Err(self.errors)
    }

    /// The correlations, each after those that it is over; those that are over one another are errors.
    fn in_order(&mut self) -> Vec<Loaded<CorrelationRule>> {
        fn under<'l>(loaded: &'l Loaded<CorrelationRule>, names: &BTreeSet<String>) -> Option<&'l String> {
            loaded.rule.rules.iter().find(|name| names.contains(*name))
        }
        let called = |loaded: &Loaded<CorrelationRule>| [loaded.rule.id.clone(), loaded.rule.name.clone()];
        let mut waiting = std::mem::take(&mut self.correlations);
        let mut ordered = Vec::new();
        while !waiting.is_empty() {
            let names: BTreeSet<String> = waiting.iter().flat_map(called).flatten().collect();
            let (ready, rest): (Vec<_>, Vec<_>) =
                waiting.into_iter().partition(|loaded| under(loaded, &names).is_none());
            if ready.is_empty() {
                for loaded in &rest {
                    let name = under(loaded, &names).map_or("", String::as_str);
                    let message = format!("it is over `{name}`, and these correlations are over one another");
                    // The line of `rules`, not that of a name of its own which has this one in it.
                    self.errors.push(loaded.place.error(&[&format!("- {name}"), name], message));
                }
                return ordered;
            }
            ordered.extend(ready);
            waiting = rest;
        }
        ordered
    }

    /// Fills the placeholders of a rule; `None` where it cannot be run.
    fn fill(
        &mut self,
        loaded: &mut Loaded<SigmaRule>,
        lists: &Lists,
        without_list: &mut Vec<(String, String)>,
    ) -> Option<BTreeSet<String>> {
        let optional: Vec<String> = match loaded.own {
            Some(_) => loaded.rule.custom_attributes.get("optional_lists").and_then(yaml_serde::Value::as_sequence),
            None => None,
        }
        .into_iter()
        .flatten()
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect();
        let (asked, faults) = fill::fill(&mut loaded.rule.detection, lists, &optional);
        if let Some(own) = loaded.own
            && let Some((_, fill::Fault::Missing(list))) = faults.first()
        {
            without_list.push((own.to_owned(), list.clone()));
            return None;
        }
        let failed = !faults.is_empty();
        self.errors.extend(faults.iter().map(|(word, fault)| loaded.place.error(&[word.as_str()], fault.to_string())));
        (!failed).then_some(asked)
    }

    fn filters(&mut self, engine: &mut Engine, names: &BTreeMap<String, usize>, lists: &Lists) {
        for mut loaded in std::mem::take(&mut self.filters) {
            let (_, faults) = fill::fill(&mut loaded.rule.detection, lists, &[]);
            let place = &loaded.place;
            self.errors.extend(faults.iter().map(|(word, fault)| place.error(&[word.as_str()], fault.to_string())));
            if !faults.is_empty() {
                continue;
            }
            if let FilterRuleTarget::Specific(rules) = &mut loaded.rule.rules {
                for rule in rules {
                    match names.get(rule) {
                        Some(number) => *rule = format!("#{number}"),
                        None if self.aside_names.contains(rule) => {}
                        None => {
                            let message = format!("it filters the rule `{rule}`, which is not there");
                            self.errors.push(place.error(&[rule.as_str()], message));
                        }
                    }
                }
            }
            if let Err(error) = engine.apply_filter(&loaded.rule) {
                self.errors.push(place.error(&["filter:"], error.to_string()));
            }
        }
    }
}
