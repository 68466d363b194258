//! Requests that meet a list of demands, key by key.
//!
//! A request that an allow statement covers meets a conjunction of demands on its action, its resource and the keys of
//! its context. The keys are independent of each other, policy variables apart, so each is solved alone: the demands on
//! a text become one search over the product of their patterns, those on an address, a number or a time a choice among
//! the bounds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::condition::{Condition, single};
use crate::decide::{Env, Stance};
use crate::document::Element;
use crate::glob::{Glob, Token};
use crate::principal::{Arn, Caller, CallerKind};
use crate::reach::domain::{Domain, Texts};
use crate::reach::key::{Asked, Key, Part, spelled};
use crate::reach::values::one;
use crate::text::{Piece, ResourcePattern, Text};
use crate::work::{is_spent, spend};
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
                    spend(few.entries.len() * many.entries.len() / 4);
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
    spend(few.values.len() * many.values.len() / 4);
    few.values.iter().all(|value| many.values.iter().any(|known| known.text == value.text))
}

/// An action to try, with the resources that it can be about. Every search has a hundred of them and more, so that their
/// texts are shared.
#[derive(Debug, Clone)]
pub(crate) struct Choice {
    pub(crate) name: Arc<str>,
    pub(crate) lower: Arc<str>,
    /// Which of [`Space::resources`], the plain ones first.
    pub(crate) forms: Arc<[usize]>,
}

impl Choice {
    pub(crate) fn new(name: &str, forms: Vec<usize>) -> Self {
        Self { name: name.into(), lower: name.to_ascii_lowercase().into(), forms: forms.into() }
    }

    /// The same action on other resources.
    pub(crate) fn on(&self, forms: impl IntoIterator<Item = usize>) -> Self {
        Self { forms: forms.into_iter().collect(), ..self.clone() }
    }
}

/// The requests of one caller on one way in.
pub(crate) struct Space<'a> {
    pub(crate) stance: Stance,
    /// The caller, the owner of the resource and what is given.
    pub(crate) base: Request,
    /// Whether the caller's name is free within its kind and account.
    pub(crate) free_name: bool,
    /// Whether the callers are all who bear such a name, and not one of whom the name is not known.
    pub(crate) any_name: bool,
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

impl<T> Solved<T> {
    pub(crate) fn map<U>(self, made: impl FnOnce(T) -> U) -> Solved<U> {
        match self {
            Self::Found(found) => Solved::Found(made(found)),
            Self::Nothing => Solved::Nothing,
            Self::Unsure => Solved::Unsure,
        }
    }
}

/// How many values are tried for policy variables.
const VARIABLE_TRIES: usize = 48;

impl<'a> Space<'a> {
    /// A request that meets all demands.
    pub(crate) fn solve(&self, demands: &[Demand<'a>]) -> Solved<Request> {
        spend(demands.len() * demands.len() / 4);
        if demands.iter().any(|one| demands.iter().any(|other| one.excludes(other))) {
            return Solved::Nothing;
        }
        let mut unsure = false;
        let mut tried = BTreeSet::new();
        let choices = self.actions.iter().enumerate().filter(|(index, choice)| fits(*index, choice, demands));
        for (_, choice) in choices {
            // Which keys a request carries depends on the action.
            let carried: Vec<bool> = self.keys.keys().map(|key| carries(&choice.lower, key)).collect();
            for form in &*choice.forms {
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
        spend(20 + demands.len());
        if is_spent() {
            return Solved::Unsure;
        }
        let mut request = Request { action: choice.name.to_string(), ..self.base.clone() };
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
        let attempt = Attempt { space: self, choice, form, by_key: &by_key, resources: &resources, missing: &[] };
        let found = attempt.with_variables(&request, &[]);
        if !(self.any_name && attempt.names_stand()) || matches!(found, Solved::Found(_)) {
            return found;
        }
        // The name was chosen for what is asked of it alone; where it stands as a variable, others may do better.
        for principal in attempt.other_names(&request, demands) {
            let other = Request { principal, ..request.clone() };
            if let found @ Solved::Found(_) = attempt.with_variables(&other, &[]) {
                return found;
            }
        }
        match attempt.with_variables(&request, Caller::new(&self.base.principal).keys_of_name()) {
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
        let Some(parts) = Arn::parse(arn) else { return Solved::Found(None) };
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
        let paths = (!has_paths(&parts)).then(|| Glob::new("*/*/*"));
        let texts = Texts {
            within: vec![Glob::in_segment(&format!("{}?*", before_name(&parts)))],
            except: not_named.chain(paths).collect(),
            plain: vec![arn.clone()],
            ..Texts::default()
        };
        let lookup = |key: &str| Env::new(self.layers, &self.base).key(key);
        let by_arn = of("aws:principalarn");
        let whole = Key { demands: &by_arn, lookup: &lookup, stance: self.stance, free: &[] };
        let found = match KeyOfName::of(&Caller::new(&self.base.principal)) {
            None => whole.solve_with(None, &texts),
            Some(of_name) => {
                let by_name = of(of_name.key);
                let part = Part {
                    key: &Key { demands: &by_name, lookup: &lookup, stance: self.stance, free: &[] },
                    of: &|arn| of_name.value(arn),
                    plain: &|value| of_name.arn(&value, &parts),
                    whole: &|value| of_name.arns(value, &parts),
                };
                whole.solve_with(Some(&part), &texts)
            }
        };
        found.map(Some)
    }
}

/// Whether there may be a path before the name.
fn has_paths(parts: &Arn<'_>) -> bool {
    parts.service == "iam"
}

/// The ARN of an identity up to its name.
fn before_name(parts: &Arn<'_>) -> String {
    format!("arn:aws:{}::{}:{}/", parts.service, parts.account, parts.kind())
}

/// A key that is a caller's name without its path, behind a head that is always the same (fact E2).
struct KeyOfName {
    key: &'static str,
    head: String,
}

impl KeyOfName {
    fn of(caller: &Caller<'_>) -> Option<Self> {
        match caller.kind {
            CallerKind::User => Some(Self { key: "aws:username", head: String::new() }),
            CallerKind::FederatedUser => {
                Some(Self { key: "aws:userid", head: format!("{}:", caller.account.unwrap_or_default()) })
            }
            _ => None,
        }
    }

    /// The value for the identity of this ARN.
    fn value(&self, arn: &str) -> String {
        format!("{}{}", self.head, arn.rsplit('/').next().unwrap_or_default())
    }

    /// The ARN without a path that has this value.
    fn arn(&self, value: &str, like: &Arn<'_>) -> Option<String> {
        Some(format!("{}{}", before_name(like), value.strip_prefix(&self.head)?))
    }

    /// The ARNs that have a value that matches.
    fn arns(&self, value: &Glob, like: &Arn<'_>) -> Vec<Glob> {
        let prefix: Vec<Token> = before_name(like).chars().map(Token::Is).collect();
        let path = [Token::OneInName, Token::RunInSegment, Token::Is('/')];
        let paths = [&path[..0], &path[..]].into_iter().take(if has_paths(like) { 2 } else { 1 });
        let names: Vec<Glob> = value.after(&self.head).into_iter().filter_map(Glob::in_name).collect();
        let with = |path: &[Token]| -> Vec<Glob> {
            let arns = names.iter().map(|name| prefix.iter().chain(path).chain(name.tokens()).copied());
            arns.map(Glob::from_tokens).collect()
        };
        paths.flat_map(with).collect()
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
pub(crate) fn carries(action: &str, key: &str) -> bool {
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

impl<'s, 'a> Attempt<'s, 'a> {
    /// Solves it with values for the variables that have none; those of `open` stand for any text.
    fn with_variables(&self, request: &Request, open: &[&str]) -> Solved<Request> {
        let mut variables = self.space.free_variables(request, self.by_key, self.resources);
        variables.retain(|key| carries(&self.choice.lower, key));
        if variables.is_empty() {
            return self.run(request.clone(), open);
        }
        let mut combinations: Vec<Vec<(&str, Option<ContextValue>)>> = vec![Vec::new()];
        for key in &variables {
            let values = self.values_of_variable(key, request);
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
            if let Solved::Found(found) = (Attempt { missing: &missing, ..*self }).run(filled, open) {
                return Solved::Found(found);
            }
        }
        // Without what a variable could be asked for there may be no request all the same.
        match self.run(request.clone(), &[variables.as_slice(), open].concat()) {
            Solved::Nothing => Solved::Nothing,
            Solved::Found(_) | Solved::Unsure => Solved::Unsure,
        }
    }

    /// The texts in which a variable may stand.
    fn texts(&self) -> impl Iterator<Item = &'s Text> + use<'s, 'a> {
        let in_conditions =
            self.by_key.values().flatten().flat_map(|(condition, _)| &condition.values).map(|value| &value.text);
        let in_resources = self.resources.iter().flat_map(|(element, ..)| &element.entries);
        in_conditions.chain(in_resources.map(|pattern| &pattern.text))
    }

    fn names_stand(&self) -> bool {
        let of_name = Caller::new(&self.space.base.principal).keys_of_name();
        self.texts().flat_map(Text::variables).any(|key| of_name.contains(&key))
    }

    /// Further names for the caller: what the texts would have them be, and one that nobody thought of.
    fn other_names(&self, request: &Request, demands: &[Demand<'a>]) -> Vec<Principal> {
        let Principal::Arn(arn) = &request.principal else { return Vec::new() };
        let Some(parts) = Arn::parse(arn) else { return Vec::new() };
        let prefix = before_name(&parts);
        let entries = self.resources.iter().flat_map(|(element, ..)| &element.entries);
        let samples = entries.filter_map(|pattern| pattern.fixed()).flat_map(Glob::samples);
        let literals = self.texts().filter(|text| text.is_fixed()).map(Text::plain);
        let known: Vec<String> = samples.chain(literals).collect();
        let key_of_name = KeyOfName::of(&Caller::new(&request.principal));
        let names = key_of_name.iter().flat_map(|KeyOfName { key, head }| {
            let values = self.texts().flat_map(|text| stripped(text, key, &known));
            values.filter_map(|value| value.strip_prefix(head.as_str()).map(str::to_owned))
        });
        let arns = self.texts().flat_map(|text| stripped(text, "aws:principalarn", &known));
        let plain = ["bob", "zoe.x-7"].map(|name| format!("{prefix}{name}"));
        let mut found: Vec<String> =
            names.map(|name| format!("{prefix}{name}")).chain(arns).chain(plain).filter(|name| name != arn).collect();
        found.retain(|name| {
            let frame = name.strip_prefix(&prefix).is_some_and(|name| !name.is_empty() && !name.contains(':'));
            frame && demands.iter().all(|demand| !matches!(demand, Demand::NotNamed(other) if other == name))
        });
        found.into_iter().map(Principal::Arn).collect()
    }

    /// Solves the resource and every key. The `free` variables stand for any text, so that nothing that could be met is
    /// missed; what is found with them may not be met by any text.
    fn run(&self, mut request: Request, free: &[&str]) -> Solved<Request> {
        spend(10 + self.by_key.len() + self.texts().count());
        if is_spent() {
            return Solved::Unsure;
        }
        let mut unsure = false;
        let resource = {
            let env = Env::new(self.space.layers, &request);
            self.resource(&|key| if free.contains(&key) { None } else { env.key(key) }, free)
        };
        match resource {
            Solved::Found(resource) => request.resource = resource,
            Solved::Nothing => return Solved::Nothing,
            Solved::Unsure => unsure = true,
        }
        let env = Env::new(self.space.layers, &request);
        let lookup = |key: &str| if free.contains(&key) { None } else { env.key(key) };
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
                        pattern.text.wide(false)
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
        let own = self.by_key.get(key).cloned().unwrap_or_default();
        let solver = Key { demands: &own, lookup: &lookup, stance: self.space.stance, free: &[] };
        let mut tries: Vec<Option<ContextValue>> = Vec::new();
        let texts = match self.space.domains.get(key) {
            None => return vec![None],
            Some(Domain::Finite(all)) => return all.clone(),
            Some(Domain::Texts(texts)) => Texts { many: false, ..texts.clone() },
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
