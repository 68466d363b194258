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
use correlate::Correlation;
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
    correlations: Vec<(About, Correlation)>,
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
        singles.chain(self.correlations.iter().map(|(about, _)| about))
    }

    /// Whether a rule may hold for an event.
    pub(crate) fn wants(&mut self, glance: &Glance<'_>) -> bool {
        self.first.wants(glance)
    }

    pub(crate) fn see(&mut self, seen: &Seen<'_>) {
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
            if let Some((_, correlation)) = self.correlations.get_mut(correlation) {
                correlation.see(&matched, &view, seen);
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
        for (about, correlation) in &mut self.correlations {
            hits.extend(correlation.finish().into_iter().map(|found| Hit::new(about, found)));
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
        let mut correlations = Vec::new();
        let mut alone: BTreeSet<usize> = BTreeSet::new();
        let mut served: BTreeSet<usize> = BTreeSet::new();
        let others = self.correlations.iter().flat_map(|loaded| [&loaded.rule.id, &loaded.rule.name]);
        let others: BTreeSet<String> = others.flatten().cloned().collect();
        for loaded in std::mem::take(&mut self.correlations) {
            let rule = &loaded.rule;
            if let Some(name) = rule.rules.iter().find(|name| others.contains(*name)) {
                let message = format!(
                    "`{name}` is a correlation too, and a correlation over a correlation is not honoured; \
                     write it over the rules of `{name}`"
                );
                // The line of `rules`, not that of a name of its own which has this one in it.
                self.errors.push(loaded.place.error(&[&format!("- {name}"), name], message));
                continue;
            }
            if !rule.rules.is_empty() && rule.rules.iter().all(|name| self.aside_names.contains(name)) {
                *self.aside.entry("correlations over other log sources".to_owned()).or_default() += 1;
                continue;
            }
            if rule.rules.iter().any(|name| left_out.contains(name)) {
                continue;
            }
            let made = check(&loaded, rule.id.as_ref(), rule.name.as_ref()).and_then(|id| {
                let correlation = Correlation::new(rule, |name| names.get(name).copied());
                correlation.map(|made| (id, made)).map_err(|(word, why)| loaded.place.error(&[word.as_str()], why))
            });
            match made {
                Ok((id, made)) => {
                    let lists = made.rules.iter().filter_map(|number| singles.get(*number));
                    let lists = lists.flat_map(|single| single.about.lists.iter().cloned()).collect();
                    let words = (rule.title.as_str(), rule.level, rule.tags.as_slice(), rule.falsepositives.as_slice());
                    let about = about(id, &loaded.place, words, lists);
                    for number in &made.rules {
                        if let Some(single) = singles.get_mut(*number) {
                            single.serves.push(correlations.len());
                        }
                        served.insert(*number);
                        if rule.generate {
                            alone.insert(*number);
                        }
                    }
                    correlations.push((about, made));
                }
                Err(error) => self.errors.push(error),
            }
        }
        for (number, single) in singles.iter_mut().enumerate() {
            single.reports = alone.contains(&number) || !served.contains(&number);
        }
        without_list.dedup();
        let mut engine = Engine::new();
        for (number, error) in engine.add_rules(&ready) {
            let place = ready.get(number).map_or_else(String::new, |rule| rule.title.clone());
            self.errors.push(RuleError { file: place, line: 1, rule: None, message: error.to_string() });
        }
        self.filters(&mut engine, &names, lists);
        let mut ids: BTreeSet<&str> = BTreeSet::new();
        let abouts = singles.iter().filter(|single| single.reports).map(|single| &single.about);
        for about in abouts.chain(correlations.iter().map(|(about, _)| about)) {
            if !ids.insert(&about.id) {
                let file = about.file.clone().unwrap_or_default();
                let message = format!("another rule is called `{}` too", about.id);
                self.errors.push(RuleError { file, line: 1, rule: Some(about.title.clone()), message });
            }
        }
        if self.errors.is_empty() {
            let first = First::of(&ready);
            return Ok(Rules { engine, first, singles, correlations, without_list, aside: self.aside });
        }
        self.errors.sort();
        self.errors.dedup();
        Err(self.errors)
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
