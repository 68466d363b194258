//! Requests that meet a list of demands, key by key.
//!
//! A request that an allow statement covers meets a conjunction of demands on its action, its resource and the keys of
//! its context. The keys are independent of each other, policy variables apart, so each is solved alone: the demands on
//! a text become one search over the product of their patterns, those on an address, a number or a time a choice among
//! the bounds.

use std::collections::{BTreeMap, BTreeSet};

use crate::condition::{Condition, Quantifier, Test, single};
use crate::decide::{Env, Stance};
use crate::document::Element;
use crate::glob::{Glob, Search, Token, search};
use crate::principal::Arn;
use crate::reach::domain::{Domain, Texts};
use crate::reach::values::{arn_glob, every_address, one, ordered};
use crate::text::{Piece, ResourcePattern, Text};
use crate::{AccessPoint, ContextValue, Layers, Principal, Request};

/// What a request has to meet.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Demand<'a> {
    /// A condition holds, or does not.
    Condition(&'a Condition, bool),
    /// An action element covers the action, or does not.
    Action(&'a Element<Glob>, bool),
    /// The action is this one of [`Space::actions`].
    ActionIs(usize),
    /// A resource element covers the resource, or does not; an access point calls it by a name of its own.
    Resource(&'a Element<ResourcePattern>, Option<&'a AccessPoint>, bool),
    /// The caller is somebody else than this one.
    NotNamed(&'a str),
}

impl Demand<'_> {
    /// Whether nothing meets both, by what is written alone: whatever the variables in it stand for, what matches some
    /// values matches more of them.
    fn excludes(&self, other: &Self) -> bool {
        match (self, other) {
            (Demand::Condition(met, true), Demand::Condition(unmet, false)) => {
                met.operator == unmet.operator
                    && met.key == unmet.key
                    && if met.operator.negated { among(unmet, met) } else { among(met, unmet) }
            }
            (Demand::Resource(met, by, true), Demand::Resource(unmet, other_by, false)) => {
                let among = |few: &Element<ResourcePattern>, many: &Element<ResourcePattern>| {
                    few.entries.iter().all(|entry| many.entries.iter().any(|known| known.text == entry.text))
                };
                by.map(|point| &point.arn) == other_by.map(|point| &point.arn)
                    && met.negated == unmet.negated
                    && if met.negated { among(unmet, met) } else { among(met, unmet) }
            }
            _ => false,
        }
    }
}

/// Whether all values of a condition are among those of another.
fn among(few: &Condition, many: &Condition) -> bool {
    few.values.iter().all(|value| many.values.iter().any(|known| known.text == value.text && known.raw == value.raw))
}

/// An action to try, with the resources that it can be about.
#[derive(Debug, Clone)]
pub(crate) struct Choice {
    pub(crate) name: String,
    lower: String,
    /// Which of [`Space::resources`], the plain ones first.
    pub(crate) forms: Vec<usize>,
}

impl Choice {
    pub(crate) fn new(name: &str, forms: Vec<usize>) -> Self {
        Self { name: name.to_owned(), lower: name.to_ascii_lowercase(), forms }
    }
}

/// The requests of one caller on one way in.
pub(crate) struct Space<'a> {
    pub(crate) stance: Stance,
    /// The caller, the owner of the resource and what is given.
    pub(crate) base: Request,
    /// Whether the caller's name is free within its kind and account.
    pub(crate) free_name: bool,
    pub(crate) layers: &'a Layers,
    pub(crate) actions: Vec<Choice>,
    pub(crate) resources: Vec<Domain>,
    /// The keys that something looks at, with all their conditions.
    pub(crate) keys: BTreeMap<&'a str, Vec<&'a Condition>>,
    pub(crate) domains: BTreeMap<&'a str, Domain>,
}

/// What solving came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Solved<T> {
    Found(T),
    /// There is none.
    Nothing,
    /// There may be one that was not found.
    Unsure,
}

/// How many values are tried for policy variables.
const VARIABLE_TRIES: usize = 48;

impl<'a> Space<'a> {
    /// A request that meets all demands.
    pub(crate) fn solve(&self, demands: &[Demand<'a>]) -> Solved<Request> {
        if demands.iter().any(|one| demands.iter().any(|other| one.excludes(other))) {
            return Solved::Nothing;
        }
        let mut unsure = false;
        let mut tried = BTreeSet::new();
        let choices = self.actions.iter().enumerate().filter(|(index, choice)| fits(*index, choice, demands));
        for (_, choice) in choices {
            // Which keys a request carries depends on the action.
            let carried: Vec<bool> = self.keys.keys().map(|key| carries(&choice.lower, key)).collect();
            for form in &choice.forms {
                if !tried.insert((*form, carried.clone())) {
                    continue;
                }
                match self.at(choice, *form, demands) {
                    Solved::Found(request) => return Solved::Found(request),
                    Solved::Nothing => {}
                    Solved::Unsure => unsure = true,
                }
            }
        }
        if unsure { Solved::Unsure } else { Solved::Nothing }
    }

    fn at(&self, choice: &Choice, form: usize, demands: &[Demand<'a>]) -> Solved<Request> {
        let mut request = Request { action: choice.name.clone(), ..self.base.clone() };
        match self.caller(demands) {
            Solved::Found(None) => {}
            Solved::Found(Some(name)) => request.principal = Principal::Arn(name),
            Solved::Nothing => return Solved::Nothing,
            Solved::Unsure => return Solved::Unsure,
        }
        let mut by_key: BTreeMap<&str, Vec<(&Condition, bool)>> = BTreeMap::new();
        for demand in demands {
            if let Demand::Condition(condition, holds) = demand {
                by_key.entry(&condition.key).or_default().push((condition, *holds));
            }
        }
        // Keys that every request of this caller carries, wherever something looks at them.
        for (key, domain) in &self.domains {
            if !domain.may_lack() && carries(&choice.lower, key) {
                by_key.entry(key).or_default();
            }
        }
        let resources: Vec<_> = demands
            .iter()
            .filter_map(|demand| match demand {
                Demand::Resource(element, through, matches) => Some((*element, *through, *matches)),
                _ => None,
            })
            .collect();
        let variables = self.free_variables(&request, &by_key, &resources);
        let attempt = Attempt { space: self, choice, form, by_key: &by_key, resources: &resources, missing: &[] };
        if variables.is_empty() {
            return attempt.run(request, &[]);
        }
        let mut combinations: Vec<Vec<(&str, Option<ContextValue>)>> = vec![Vec::new()];
        for key in &variables {
            let values = attempt.values_of_variable(key, &request);
            combinations = combinations
                .iter()
                .flat_map(|so_far| {
                    values.iter().map(move |value| [so_far.as_slice(), &[(*key, value.clone())]].concat())
                })
                .take(VARIABLE_TRIES)
                .collect();
        }
        for combination in combinations {
            let mut filled = request.clone();
            let mut missing = Vec::new();
            for (key, value) in combination {
                match value {
                    Some(value) => {
                        filled.context.0.insert(spelled(key), value);
                    }
                    None => missing.push(key),
                }
            }
            if let Solved::Found(found) = (Attempt { missing: &missing, ..attempt }).run(filled, &[]) {
                return Solved::Found(found);
            }
        }
        // Without what a variable could be asked for there may be no request all the same.
        match attempt.run(request, &variables) {
            Solved::Nothing => Solved::Nothing,
            Solved::Found(_) | Solved::Unsure => Solved::Unsure,
        }
    }

    /// Keys that stand as variables in what is demanded and have no value yet.
    fn free_variables(
        &self,
        request: &Request,
        by_key: &BTreeMap<&str, Vec<(&'a Condition, bool)>>,
        resources: &[(&'a Element<ResourcePattern>, Option<&'a AccessPoint>, bool)],
    ) -> Vec<&'a str> {
        let env = Env::new(self.layers, request);
        let in_conditions =
            by_key.values().flatten().flat_map(|(condition, _)| &condition.values).map(|value| &value.text);
        let in_resources = resources.iter().flat_map(|(element, ..)| &element.entries).map(|pattern| &pattern.text);
        let mut found: Vec<&'a str> = in_conditions
            .chain(in_resources)
            .flat_map(Text::variables)
            .filter(|key| env.key(key).is_none())
            .filter(|key| !matches!(self.domains.get(key), Some(Domain::Finite(values)) if *values == [None]))
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The caller's ARN, where its name is free and something looks at it.
    fn caller(&self, demands: &[Demand<'a>]) -> Solved<Option<String>> {
        let Principal::Arn(arn) = &self.base.principal else { return Solved::Found(None) };
        if !self.free_name {
            // The demand is only made of a caller that is named.
            let named = demands.iter().any(|demand| matches!(demand, Demand::NotNamed(_)));
            return if named { Solved::Nothing } else { Solved::Found(None) };
        }
        let of = |key: &str| -> Vec<(&Condition, bool)> {
            let conditions = demands.iter().filter_map(|demand| match demand {
                Demand::Condition(condition, holds) if condition.key == key => Some((*condition, *holds)),
                _ => None,
            });
            conditions.collect()
        };
        let (by_arn, by_name) = (of("aws:principalarn"), of("aws:username"));
        let Some(parts) = Arn::parse(arn) else { return Solved::Found(None) };
        let frame = Glob::in_segment(&format!("arn:aws:iam::{}:{}/?*", parts.account, parts.kind()));
        // A role may be named without its path (fact B7).
        let not_named = demands.iter().flat_map(|demand| match demand {
            Demand::NotNamed(name) => {
                let last = name.rsplit('/').next().unwrap_or(name);
                vec![
                    Glob::exactly(name),
                    Glob::from_tokens([Token::Run].into_iter().chain(format!("/{last}").chars().map(Token::Is))),
                ]
            }
            _ => Vec::new(),
        });
        let mut texts =
            Texts { within: vec![frame], except: not_named.collect(), plain: vec![arn.clone()], ..Texts::default() };
        let lookup = |key: &str| Env::new(self.layers, &self.base).key(key);
        if parts.kind() == "user" && !by_name.is_empty() {
            let names = Texts {
                within: vec![Glob::new("?*")],
                except: vec![Glob::new("*/*")],
                plain: vec!["alice".to_owned()],
                ..Texts::default()
            };
            let solved = Key { demands: &by_name, lookup: &lookup, stance: self.stance, free: &[] }.solve_texts(&names);
            match solved {
                Solved::Found(Some(ContextValue::One(name))) => {
                    let prefix = format!("arn:aws:iam::{}:user/", parts.account);
                    texts.plain.insert(0, format!("{prefix}{name}"));
                    texts.within = vec![Glob::exactly(&format!("{prefix}{name}"))];
                }
                Solved::Found(_) | Solved::Nothing => return Solved::Nothing,
                Solved::Unsure => return Solved::Unsure,
            }
        }
        let found = Key { demands: &by_arn, lookup: &lookup, stance: self.stance, free: &[] }.solve_texts(&texts);
        match found {
            Solved::Found(Some(ContextValue::One(name))) => Solved::Found(Some(name)),
            Solved::Nothing if by_name.is_empty() => Solved::Nothing,
            _ => Solved::Unsure,
        }
    }
}

fn fits(index: usize, choice: &Choice, demands: &[Demand<'_>]) -> bool {
    demands.iter().all(|demand| match demand {
        Demand::ActionIs(wanted) => *wanted == index,
        Demand::Action(element, matches) => {
            (element.entries.iter().any(|glob| glob.matches(&choice.lower)) != element.negated) == *matches
        }
        _ => true,
    })
}

/// Whether a request for an action can carry a key at all.
fn carries(action: &str, key: &str) -> bool {
    let listing = matches!(action, "s3:listbucket" | "s3:listbucketversions");
    match key {
        "s3:prefix" | "s3:delimiter" | "s3:max-keys" => listing || !action.starts_with("s3:"),
        _ => true,
    }
}

#[derive(Clone, Copy)]
struct Attempt<'s, 'a> {
    space: &'s Space<'a>,
    choice: &'s Choice,
    form: usize,
    by_key: &'s BTreeMap<&'s str, Vec<(&'a Condition, bool)>>,
    resources: &'s [(&'a Element<ResourcePattern>, Option<&'a AccessPoint>, bool)],
    /// Keys that are taken to be missing.
    missing: &'s [&'s str],
}

impl Attempt<'_, '_> {
    /// Solves the resource and every key. The `free` variables stand for any text, so that nothing that could be met is
    /// missed; what is found with them may not be met by any text.
    fn run(&self, mut request: Request, free: &[&str]) -> Solved<Request> {
        let mut unsure = false;
        let resource = {
            let env = Env::new(self.space.layers, &request);
            self.resource(&|key| env.key(key), free)
        };
        match resource {
            Solved::Found(resource) => request.resource = resource,
            Solved::Nothing => return Solved::Nothing,
            Solved::Unsure => unsure = true,
        }
        let env = Env::new(self.space.layers, &request);
        let lookup = |key: &str| env.key(key);
        let mut values: Vec<(&str, ContextValue)> = Vec::new();
        for (key, demands) in self.by_key {
            let solver = Key { demands, lookup: &lookup, stance: self.space.stance, free };
            let solved = match (env.key(key), self.space.domains.get(key)) {
                _ if self.missing.contains(key) || !carries(&self.choice.lower, key) => solver.solve_finite(&[None]),
                // The caller's own keys follow from its name, which has been chosen.
                (Some(value), _) => solver.solve_finite(&[Some(value)]),
                (None, Some(Domain::Finite(all))) => solver.solve_finite(all),
                (None, Some(Domain::Texts(texts))) => solver.solve_texts(texts),
                (None, None) => solver.solve_finite(&[None]),
            };
            match solved {
                Solved::Found(Some(value)) if env.key(key).is_none() => values.push((key, value)),
                Solved::Found(_) => {}
                Solved::Nothing => return Solved::Nothing,
                Solved::Unsure => unsure = true,
            }
        }
        if unsure {
            return Solved::Unsure;
        }
        request.context.0.extend(values.into_iter().map(|(key, value)| (spelled(key), value)));
        Solved::Found(request)
    }

    fn resource(&self, lookup: &dyn Fn(&str) -> Option<ContextValue>, free: &[&str]) -> Solved<String> {
        let Some(domain) = self.space.resources.get(self.form) else { return Solved::Nothing };
        let mut asked = Asked::default();
        let unwanted = self.resources.iter().filter(|(element, _, matches)| *matches == element.negated);
        let refused: Vec<&Text> =
            unwanted.flat_map(|(element, ..)| &element.entries).map(|pattern| &pattern.text).collect();
        for (element, through, matches) in self.resources {
            let mut globs = Vec::new();
            for pattern in &element.entries {
                if pattern.has_hole() {
                    // The reading decides whether what is not known matches.
                    let favourable = self.space.stance == Stance::Open;
                    if favourable == (*matches != element.negated) {
                        globs.push(Glob::new("*"));
                    }
                    continue;
                }
                let wanted = *matches != element.negated;
                let glob = match pattern.glob(&|key| single(lookup(key))) {
                    Some(glob) => glob.into_owned(),
                    // One that has to match and must not match, whatever it stands for, does not.
                    None if wanted && pattern.text.is_free(free) && !refused.contains(&&pattern.text) => {
                        pattern.text.wide()
                    }
                    None => continue,
                };
                globs.extend(match through {
                    Some(point) => as_bucket(&glob, point, domain),
                    None => vec![glob],
                });
            }
            if *matches == element.negated {
                asked.none.extend(globs);
            } else {
                asked.all.push(globs);
            }
        }
        match domain {
            Domain::Finite(all) => {
                let found = all.iter().flatten().find_map(|value| match value {
                    ContextValue::One(text) if asked.accepts(text) => Some(text.clone()),
                    _ => None,
                });
                found.map_or(Solved::Nothing, Solved::Found)
            }
            Domain::Texts(texts) => asked.find(texts),
        }
    }

    /// Values worth trying for a key that stands as a variable somewhere.
    fn values_of_variable(&self, key: &str, request: &Request) -> Vec<Option<ContextValue>> {
        let env = Env::new(self.space.layers, request);
        let lookup = |key: &str| env.key(key);
        let default = Domain::Texts(Texts { plain: vec!["example".to_owned()], may_lack: true, ..Texts::default() });
        let domain = self.space.domains.get(key).unwrap_or(&default);
        let own = self.by_key.get(key).cloned().unwrap_or_default();
        let solver = Key { demands: &own, lookup: &lookup, stance: self.space.stance, free: &[] };
        let mut tries: Vec<Option<ContextValue>> = Vec::new();
        let texts = match domain {
            Domain::Finite(all) => return all.clone(),
            Domain::Texts(texts) => Texts { many: false, ..texts.clone() },
        };
        // What the other demands on the same key or resource leave for the variable.
        for (other, demands) in self.by_key {
            let named = demands
                .iter()
                .flat_map(|(condition, _)| &condition.values)
                .any(|value| value.text.variables().any(|found| found == key));
            if !named {
                continue;
            }
            let plain: Vec<(&Condition, bool)> = demands
                .iter()
                .filter(|(condition, _)| condition.values.iter().all(|value| value.text.variables().next().is_none()))
                .copied()
                .collect();
            // Both keys are the same: the demands on both hold.
            let joint = Key {
                demands: &[plain.as_slice(), &own].concat(),
                lookup: &lookup,
                stance: self.space.stance,
                free: &[],
            };
            if let Solved::Found(found @ Some(_)) = joint.solve_texts(&Texts { may_lack: false, ..texts.clone() }) {
                tries.push(found);
            }
            let fixed = lookup(other).and_then(|value| single(Some(value)));
            let literals =
                demands.iter().flat_map(|(condition, _)| &condition.values).filter(|value| value.text.is_fixed());
            let known: Vec<String> = fixed.into_iter().chain(literals.map(|value| value.raw.clone())).collect();
            let patterns = demands.iter().flat_map(|(condition, _)| &condition.values).map(|value| &value.text);
            tries.extend(patterns.flat_map(|text| stripped(text, key, &known)).map(one));
        }
        let entries = || self.resources.iter().flat_map(|(element, ..)| &element.entries);
        let known: Vec<String> = entries().filter_map(|pattern| pattern.fixed()?.literal()).collect();
        tries.extend(entries().flat_map(|pattern| stripped(&pattern.text, key, &known)).map(one));
        tries.extend(texts.plain.iter().map(one));
        match solver.solve_texts(&texts) {
            Solved::Found(found) => tries.push(found),
            Solved::Nothing | Solved::Unsure => {}
        }
        if texts.may_lack {
            tries.push(None);
        }
        tries.retain(|value| solver.accepts(value.as_ref()));
        let mut seen = BTreeSet::new();
        tries.retain(|value| seen.insert(value.clone()));
        tries
    }
}

/// What a variable would have to be for a pattern to give one of the known texts.
fn stripped(pattern: &Text, key: &str, known: &[String]) -> Vec<String> {
    let is_it = |piece: &Piece| matches!(piece, Piece::Variable { key: found, .. } if found == key);
    let mut halves = pattern.pieces.splitn(2, is_it);
    let (Some(before), Some(behind)) = (halves.next(), halves.next()) else { return Vec::new() };
    let plain = |pieces: &[Piece]| Text { pieces: pieces.to_vec() }.plain();
    let (before, behind) = (plain(before), plain(behind));
    let behind = behind.trim_end_matches('*');
    known
        .iter()
        .filter_map(|text| {
            let rest = text.strip_prefix(&before)?;
            let value = if behind.is_empty() { rest } else { rest.split_once(behind)?.0 };
            (!value.is_empty()).then(|| value.to_owned())
        })
        .collect()
}

/// The patterns of an access point's policy as patterns over the bucket's own names.
fn as_bucket(glob: &Glob, point: &AccessPoint, domain: &Domain) -> Vec<Glob> {
    let bucket = match domain {
        // The bucket itself is the access point itself.
        Domain::Finite(all) => {
            let matched = glob.matches(&point.arn);
            return all
                .iter()
                .flatten()
                .filter_map(|value| single(Some(value.clone())))
                .filter(|_| matched)
                .map(|text| Glob::exactly(&text))
                .collect();
        }
        Domain::Texts(texts) => texts.within.first().map(Glob::literal_prefix).unwrap_or_default(),
    };
    glob.after(&format!("{}/object/", point.arn))
        .into_iter()
        .map(|rest| Glob::from_tokens(bucket.chars().map(Token::Is).chain(rest.tokens().iter().copied())))
        .collect()
}

/// Patterns that a text has to match: one of each list, and none of the others.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    pub(crate) all: Vec<Vec<Glob>>,
    pub(crate) none: Vec<Glob>,
}

impl Asked {
    /// The patterns of a resource element, with what the caller's own keys put into them.
    pub(crate) fn globs_of(element: &Element<ResourcePattern>, layers: &Layers, request: &Request) -> Vec<Glob> {
        let env = Env::new(layers, request);
        let filled = element.entries.iter().filter_map(|pattern| pattern.glob(&|key| single(env.key(key))));
        filled.map(std::borrow::Cow::into_owned).collect()
    }

    /// The first text of these domains that is asked for.
    pub(crate) fn first(&self, domains: &[Domain]) -> Option<String> {
        domains.iter().find_map(|domain| match domain {
            Domain::Finite(all) => {
                let texts = all.iter().flatten().filter_map(|value| single(Some(value.clone())));
                texts.into_iter().find(|text| self.accepts(text))
            }
            Domain::Texts(texts) => match (Self { all: self.all.clone(), none: self.none.clone() }).find(texts) {
                Solved::Found(text) => Some(text),
                Solved::Nothing | Solved::Unsure => None,
            },
        })
    }

    fn accepts(&self, text: &str) -> bool {
        self.all.iter().all(|any| any.iter().any(|glob| glob.matches(text)))
            && !self.none.iter().any(|glob| glob.matches(text))
    }

    /// A text of a domain that is asked for, plain ones first.
    fn find(mut self, texts: &Texts) -> Solved<String> {
        if !texts.within.is_empty() {
            self.all.push(texts.within.clone());
        }
        self.none.extend(texts.except.iter().cloned());
        if let Some(plain) = texts.plain.iter().find(|plain| self.accepts(plain)) {
            return Solved::Found(plain.clone());
        }
        if self.all.iter().any(Vec::is_empty) {
            return Solved::Nothing;
        }
        // Where one list has nothing but plain words, it is one of them.
        let words = self.all.iter().find_map(|any| any.iter().map(Glob::literal).collect::<Option<Vec<String>>>());
        if let Some(words) = words {
            let found = words.into_iter().find(|word| self.accepts(word));
            return found.map_or(Solved::Nothing, Solved::Found);
        }
        let samples = self.all.iter().flatten().flat_map(Glob::samples);
        if let Some(found) = samples.into_iter().find(|sample| !sample.is_empty() && self.accepts(sample)) {
            return Solved::Found(found);
        }
        let something = vec![Glob::from_tokens([Token::One, Token::Run])];
        let all: Vec<&[Glob]> = self.all.iter().chain(std::iter::once(&something)).map(Vec::as_slice).collect();
        match search(&all, &self.none, "x0a/:-") {
            Search::Found(text) => Solved::Found(text),
            Search::None => Solved::Nothing,
            Search::OutOfBudget => Solved::Unsure,
        }
    }
}

/// The demands on one key.
struct Key<'k, 'a> {
    demands: &'k [(&'a Condition, bool)],
    lookup: &'k dyn Fn(&str) -> Option<ContextValue>,
    stance: Stance,
    /// Variables that stand for any text.
    free: &'k [&'k str],
}

impl Key<'_, '_> {
    /// Whether a value meets every demand; what is not known is read as the stance says.
    fn accepts(&self, value: Option<&ContextValue>) -> bool {
        self.demands.iter().all(|(condition, wanted)| {
            if self.is_open(condition) {
                return self.may_meet(condition, *wanted, value);
            }
            let with = |hole: bool| condition.holds_for(value, self.lookup, hole) == *wanted;
            if !condition.has_hole() {
                return with(false);
            }
            match self.stance {
                Stance::Open => with(true) || with(false),
                Stance::Tight => with(true) && with(false),
            }
        })
    }

    /// Whether a condition has a variable that stands for any text.
    fn is_open(&self, condition: &Condition) -> bool {
        condition.values.iter().flat_map(|value| value.text.variables()).any(|key| self.free.contains(&key))
    }

    /// Whether a value can meet an open condition for some text of its variables.
    fn may_meet(&self, condition: &Condition, wanted: bool, value: Option<&ContextValue>) -> bool {
        match value {
            None => condition.holds_for(None, self.lookup, false) == wanted,
            Some(ContextValue::One(text)) if wanted != condition.operator.negated => {
                !is_textual(condition.operator.test)
                    || self.globs(condition, true).iter().any(|glob| glob.matches(text))
            }
            Some(_) => true,
        }
    }

    fn solve_finite(&self, all: &[Option<ContextValue>]) -> Solved<Option<ContextValue>> {
        let found = all.iter().find(|value| self.accepts(value.as_ref()));
        found.map_or(Solved::Nothing, |value| Solved::Found(value.clone()))
    }

    fn solve_texts(&self, texts: &Texts) -> Solved<Option<ContextValue>> {
        if texts.may_lack && self.accepts(None) {
            return Solved::Found(None);
        }
        if texts.many { self.solve_set(texts) } else { self.solve_one(texts) }
    }

    fn solve_one(&self, texts: &Texts) -> Solved<Option<ContextValue>> {
        let in_domain = |text: &String| {
            (texts.within.is_empty() || texts.within.iter().any(|glob| glob.matches(text)))
                && !texts.except.iter().any(|glob| glob.matches(text))
        };
        let accepted = |text: &String| in_domain(text) && self.accepts(one(text.as_str()).as_ref());
        let others = self.demands.iter().any(|(condition, _)| !is_textual(condition.operator.test));
        let mut tries = texts.plain.clone();
        if others {
            tries.extend(self.measured());
        }
        if let Some(text) = tries.into_iter().find(accepted) {
            return Solved::Found(one(text));
        }
        let mut asked = Asked::default();
        for (condition, wanted) in self.demands {
            self.ask(&mut asked, condition, *wanted);
        }
        match asked.find(texts) {
            Solved::Found(text) if accepted(&text) => Solved::Found(one(text)),
            Solved::Found(_) if !others => Solved::Unsure,
            // Numbers, times and addresses were all among the tries.
            Solved::Found(_) | Solved::Nothing => Solved::Nothing,
            Solved::Unsure => Solved::Unsure,
        }
    }

    /// Adds what a condition asks of a text that is there.
    fn ask(&self, asked: &mut Asked, condition: &Condition, wanted: bool) {
        if !is_textual(condition.operator.test) {
            return;
        }
        let matches = wanted != condition.operator.negated;
        let globs = self.globs(condition, matches);
        if matches {
            asked.all.push(globs);
        } else {
            asked.none.extend(globs);
        }
    }

    /// The patterns of a condition's values. A value that is not known yet is any or none, as the stance says.
    fn globs(&self, condition: &Condition, matches: bool) -> Vec<Glob> {
        let filled = condition.values.iter().filter_map(|value| {
            if value.text.has_hole() {
                let any = (self.stance == Stance::Open) == matches;
                return any.then(|| Glob::new("*"));
            }
            let Some(text) = value.text.fill(&|key| single((self.lookup)(key))) else {
                let refused = || {
                    let unmet = self.demands.iter().filter(|(other, wanted)| {
                        *wanted == other.operator.negated && other.operator.test == condition.operator.test
                    });
                    unmet.flat_map(|(other, _)| &other.values).any(|other| other.text == value.text)
                };
                return (matches && value.text.is_free(self.free) && !refused()).then(|| value.text.wide());
            };
            match condition.operator.test {
                Test::StringLike => Some(text.glob()),
                Test::Arn => arn_glob(&text),
                Test::StringEqualsIgnoreCase => Some(Glob::exactly_ignoring_case(&text.plain())),
                _ => Some(Glob::exactly(&text.plain())),
            }
        });
        filled.collect()
    }

    /// Numbers, times, addresses and truth values that the conditions tell apart.
    fn measured(&self) -> Vec<String> {
        let conditions: Vec<&Condition> = self.demands.iter().map(|(condition, _)| *condition).collect();
        let mut found = ordered(&conditions);
        found.extend(every_address(&conditions));
        found.extend(["true", "false", "0"].map(str::to_owned));
        found.extend(conditions.iter().flat_map(|condition| &condition.values).map(|value| value.raw.clone()));
        found
    }

    /// A set: what all its values must be, and what some value must be (fact C13).
    fn solve_set(&self, texts: &Texts) -> Solved<Option<ContextValue>> {
        let mut everyone = Vec::new();
        let mut someone = Vec::new();
        for (condition, wanted) in self.demands {
            match (condition.operator.test, condition.operator.quantifier, wanted) {
                (Test::Null, ..) => {}
                // An operator for one value looks at a set of one.
                (_, Quantifier::All, true) | (_, Quantifier::Any, false) | (_, Quantifier::Single, _) => {
                    everyone.push((*condition, *wanted));
                }
                (_, Quantifier::All, false) | (_, Quantifier::Any, true) => someone.push((*condition, *wanted)),
            }
        }
        let alone = Texts { may_lack: false, many: false, ..texts.clone() };
        let element = |demands: &[(&Condition, bool)]| {
            Key { demands, lookup: self.lookup, stance: self.stance, free: &[] }.solve_one(&alone)
        };
        let mut tries: Vec<Vec<String>> = Vec::new();
        let mut unsure = false;
        // One value for all, and one for each.
        if let Solved::Found(Some(ContextValue::One(text))) = element(&[everyone.as_slice(), &someone].concat()) {
            tries.push(vec![text]);
        }
        let mut each = Vec::new();
        for demand in &someone {
            match element(&[everyone.as_slice(), &[*demand]].concat()) {
                Solved::Found(Some(ContextValue::One(text))) => each.push(text),
                Solved::Found(_) | Solved::Nothing => return Solved::Nothing,
                Solved::Unsure => unsure = true,
            }
        }
        each.dedup();
        tries.push(each);
        let found =
            tries.into_iter().filter(|values| !values.is_empty()).map(|values| Some(ContextValue::Many(values)));
        match found.into_iter().find(|value| self.accepts(value.as_ref())) {
            Some(value) => Solved::Found(value),
            None if unsure => Solved::Unsure,
            None => Solved::Nothing,
        }
    }
}

fn is_textual(test: Test) -> bool {
    matches!(test, Test::StringEquals | Test::StringEqualsIgnoreCase | Test::StringLike | Test::Arn)
}

/// A key as AWS spells it, where it is known.
pub(crate) fn spelled(key: &str) -> String {
    const KNOWN: [&str; 34] = [
        "aws:SourceIp",
        "aws:SourceVpc",
        "aws:SourceVpce",
        "aws:VpcSourceIp",
        "aws:SecureTransport",
        "aws:PrincipalOrgID",
        "aws:PrincipalOrgPaths",
        "aws:PrincipalArn",
        "aws:PrincipalAccount",
        "aws:PrincipalType",
        "aws:PrincipalServiceName",
        "aws:PrincipalIsAWSService",
        "aws:SourceArn",
        "aws:SourceAccount",
        "aws:SourceOrgID",
        "aws:SourceOrgPaths",
        "aws:MultiFactorAuthPresent",
        "aws:MultiFactorAuthAge",
        "aws:TokenIssueTime",
        "aws:CurrentTime",
        "aws:EpochTime",
        "aws:UserAgent",
        "aws:Referer",
        "aws:RequestedRegion",
        "aws:TagKeys",
        "aws:CalledVia",
        "aws:ViaAWSService",
        "sts:ExternalId",
        "sts:RoleSessionName",
        "sts:SourceIdentity",
        "s3:TlsVersion",
        "s3:authType",
        "s3:signatureversion",
        "aws:ResourceOrgID",
    ];
    KNOWN
        .iter()
        .find(|known| known.eq_ignore_ascii_case(key))
        .map_or_else(|| key.to_owned(), |known| (*known).to_owned())
}
