//! The `reach` question as a script for an SMT solver, so that a test can ask an independent one.
//!
//! One script asks for one audience, in the words of SMT-LIB 2.6: strings and integers, reals only where a number is
//! compared. `sat` says that somebody gets in, `unsat` that nobody does. Matching, conditions and the way from statements
//! to a decision are encoded anew from the facts; only the tables are shared with [`crate::reach()`]: who is tried for an
//! audience, which values a key can have for whom, and which actions there are.
//!
//! | variable | what |
//! |---|---|
//! | `who` | the caller, a choice among those of the audience; `name` where any name of its kind is meant |
//! | `internet` | the way in: the internet, or a VPC endpoint |
//! | `action` | a choice among actions that the policies tell apart |
//! | `resource` | the ARN |
//! | `key?` and `key` | whether the request carries a context key, and its text, number, time or address |
//! | `key[0]?`, `key[0]`, … | the values of a key with several |
//!
//! Not encoded, and an error instead: what could not be read or is not known yet, an organisation whose accounts are not
//! all known, given keys, access points, resources of which the ARN is not known, `BinaryEquals`, more than four
//! conditions on one set, operators of different types on one key, a variable that is no text, in any case, beside a `?`,
//! or before the resource part of an ARN, and characters that no symbol can have. ACLs of single objects, which
//! nobody lists, are left out of the question.

mod action;
mod key;
mod pattern;
mod term;
mod who;

use std::collections::{BTreeMap, BTreeSet};

use crate::condition::Condition;
use crate::decide::{Env, Stance, permits};
use crate::document::{Document, Effect, Statement};
use crate::principal::CallerKind;
use crate::reach::callers::{Who, callers};
use crate::reach::domain::{Domain, Mode, Setting, domain};
use crate::status::is_public;
use crate::tables::{Control, control};
use crate::{Audience, Context, Layers, Ownership, Question, Reading, Request, Target};
use action::{Class, classes, universe};
use key::{Key, Lookup, Reach, covers_resource, holds, variables};
use term::{Term, and, equal, implies, literal, not, or, truth};
use who::{Person, USER, is_service_linked};

/// Why a question has no script.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not encoded: {what}")]
pub struct NotEncoded {
    what: String,
}

impl NotEncoded {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into() }
    }
}

/// The script that asks whether anybody of the question's one audience gets in.
///
/// # Errors
/// [`NotEncoded`] names what the module's documentation lists as not encoded.
pub fn smt_lib(question: &Question) -> Result<String, NotEncoded> {
    let &[audience] = question.audiences.as_slice() else {
        return Err(NotEncoded::new("other than one audience"));
    };
    if !question.given.is_empty() {
        return Err(NotEncoded::new("given keys"));
    }
    let sources = Sources::of(&question.target)?;
    let whos = callers(audience, &question.target, &sources.named(), Stance::Open);
    Script::new(question, audience, &sources, &whos)?.write()
}

/// The documents of a target, all of them known.
struct Sources<'q> {
    policy: Option<&'q Document>,
    rcp: Vec<&'q Document>,
}

impl<'q> Sources<'q> {
    fn of(target: &'q Target) -> Result<Self, NotEncoded> {
        let unread = || NotEncoded::new("what could not be read");
        let policy = match &target.policy {
            Reading::Read(policy) => policy.as_deref(),
            Reading::Unreadable => return Err(unread()),
        };
        let Reading::Read(levels) = &target.rcp else { return Err(unread()) };
        let block = &target.block_public_access;
        if target.acl == Reading::Unreadable || [&block.account, &block.bucket].contains(&&Reading::Unreadable) {
            return Err(unread());
        }
        if !target.access_points.is_empty() {
            return Err(NotEncoded::new("access points"));
        }
        if !target.organization.accounts_complete {
            return Err(NotEncoded::new("an organisation whose accounts are not all known"));
        }
        let sources = Self { policy, rcp: levels.iter().flatten().map(|document| &**document).collect() };
        if sources.all().iter().any(|document| document.has_holes()) {
            return Err(NotEncoded::new("a value that is not known yet"));
        }
        Ok(sources)
    }

    fn named(&self) -> Vec<&'q Document> {
        self.policy.into_iter().collect()
    }

    fn all(&self) -> Vec<&'q Document> {
        self.policy.into_iter().chain(self.rcp.iter().copied()).collect()
    }

    /// Every statement, and whether it is of a resource control policy.
    fn statements(&self) -> impl Iterator<Item = (&'q Statement, bool)> {
        let own = self.policy.into_iter().flat_map(Document::statements).map(|statement| (statement, false));
        own.chain(self.rcp.iter().flat_map(|document| document.statements()).map(|statement| (statement, true)))
    }
}

/// A statement, and where it stands.
struct Rule<'q> {
    statement: &'q Statement,
    /// Of a resource control policy.
    rcp: bool,
}

impl Rule<'_> {
    /// That it names a caller; one of a resource control policy without a principal names everybody.
    fn names(&self, person: &Person<'_>) -> Term {
        let everybody = self.rcp && self.statement.principal.is_none();
        if everybody { truth(true) } else { person.is_named(self.statement) }
    }

    fn is_near(&self, person: &Person<'_>) -> bool {
        (self.rcp && self.statement.principal.is_none()) || person.is_near(self.statement)
    }
}

/// A caller on a way in, with what looks at the keys of its requests.
struct Visit<'q> {
    person: usize,
    mode: Mode,
    conditions: Vec<&'q Condition>,
}

struct Script<'q> {
    target: &'q Target,
    audience: Audience,
    policy: Option<&'q Document>,
    rules: Vec<Rule<'q>>,
    people: Vec<Person<'q>>,
    visits: Vec<Visit<'q>>,
    keys: BTreeMap<&'q str, Key>,
    classes: Vec<Class>,
    resources: Vec<Domain>,
    text: Vec<String>,
}

impl Lookup for BTreeMap<&str, Key> {
    fn key(&self, name: &str) -> Result<&Key, NotEncoded> {
        self.get(name).ok_or_else(|| NotEncoded::new(format!("the key `{name}`")))
    }
}

impl<'q> Script<'q> {
    fn new(
        question: &'q Question,
        audience: Audience,
        sources: &Sources<'q>,
        whos: &'q [Who],
    ) -> Result<Self, NotEncoded> {
        let rules: Vec<Rule<'q>> = sources.statements().map(|(statement, rcp)| Rule { statement, rcp }).collect();
        let conditions = rules.iter().flat_map(|rule| &rule.statement.conditions);
        let standing = variables(&sources.all());
        let names: BTreeSet<&'q str> =
            conditions.map(|condition| condition.key.as_str()).chain(standing.iter().copied()).collect();
        let universe = universe(question, &rules)?;
        let mut script = Self {
            target: &question.target,
            audience,
            policy: sources.policy,
            people: whos.iter().map(Person::new).collect(),
            visits: Vec::new(),
            keys: BTreeMap::new(),
            classes: classes(universe.actions, &rules, &names, whos),
            rules,
            resources: universe.resources,
            text: Vec::new(),
        };
        script.visits = script.visits();
        for name in names {
            let near = |rule: &&Rule<'q>| script.people.iter().any(|person| rule.is_near(person));
            let conditions = script.rules.iter().filter(near).flat_map(|rule| &rule.statement.conditions);
            let all: Vec<&'q Condition> = conditions.filter(|condition| condition.key == name).collect();
            let many = script
                .visits
                .iter()
                .any(|visit| matches!(script.domain(visit, name), Some(Domain::Texts(texts)) if texts.many));
            let key = Key::new(name, &all, many)?;
            if standing.contains(name) && !(key.is_text() && is_textual(name)) {
                return Err(NotEncoded::new(format!("the variable `{name}`, which is no text")));
            }
            script.keys.insert(name, key);
        }
        Ok(script)
    }

    /// The callers on the two ways in. Where nothing looks at the network the ways are one, and nobody is let in for
    /// being in one.
    fn visits(&self) -> Vec<Visit<'q>> {
        let mut visits = Vec::new();
        for (index, person) in self.people.iter().enumerate() {
            let near = self.rules.iter().filter(|rule| rule.is_near(person));
            let conditions: Vec<&'q Condition> = near.flat_map(|rule| &rule.statement.conditions).collect();
            let networked =
                conditions.iter().any(|condition| matches!(control(&condition.key), Control::Vpc | Control::Address));
            if networked || self.audience != Audience::AnyoneInNetwork {
                visits.push(Visit { person: index, mode: Mode::Internet, conditions: conditions.clone() });
            }
            // A network that keeps callers out singles none in.
            let by_vpc = conditions.iter().any(|condition| control(&condition.key) == Control::Vpc);
            if networked && (by_vpc || self.audience != Audience::AnyoneInNetwork) {
                visits.push(Visit { person: index, mode: Mode::Vpc, conditions });
            }
        }
        visits
    }

    /// The domain of a key; `None` where it follows from a name that is free.
    fn domain(&self, visit: &Visit<'q>, name: &str) -> Option<Domain> {
        let person = self.people.get(visit.person)?;
        if person.who.free_name && person.caller.keys_of_name().contains(&name) {
            return None;
        }
        let base = Request {
            principal: person.who.principal.clone(),
            action: String::new(),
            resource: String::new(),
            resource_account: Some(self.target.account.clone()),
            context: Context::default(),
        };
        let layers = Layers::default();
        let env = Env::new(&layers, &base);
        if let Some(value) = env.key(name) {
            return Some(Domain::Finite(vec![Some(value)]));
        }
        let setting = Setting {
            mode: visit.mode,
            audience: self.audience,
            target: self.target,
            stance: Stance::Open,
            for_anybody: false,
        };
        Some(domain(name, &visit.on(name), &env, setting))
    }

    /// That a key has a value which this caller can have on this way.
    fn values(&self, visit: &Visit<'q>, name: &str) -> Result<Term, NotEncoded> {
        let key = self.keys.key(name)?;
        let Some(domain) = self.domain(visit, name) else {
            let person = self.people.get(visit.person);
            let text = match name {
                "aws:username" => USER.to_owned(),
                "aws:userid" => person.map(Person::id).unwrap_or_default(),
                _ => person.map(Person::text).unwrap_or_default(),
            };
            return key.is(&text);
        };
        if matches!(&domain, Domain::Finite(values) if *values == [None]) {
            return Ok(not(&key.present()));
        }
        match name {
            "aws:sourceip" => {
                let reach = match self.audience {
                    Audience::AnyoneInNetwork => Reach::SingledOut,
                    Audience::Anyone | Audience::AnyAwsAccount | Audience::FederatedStranger => Reach::Elsewhere,
                    _ => Reach::Public,
                };
                key.is_address(reach, &visit.on(name))
            }
            "aws:vpcsourceip" => key.is_address(Reach::Any, &visit.on(name)),
            name if is_textual(name) => key.is_in(&domain),
            _ => key.is_of_any_size(domain.may_lack()),
        }
    }

    fn line(&mut self, line: impl Into<String>) {
        self.text.push(line.into());
    }

    fn assert(&mut self, term: &str) {
        if *term != truth(true) {
            self.line(format!("(assert {term})"));
        }
    }

    fn write(mut self) -> Result<String, NotEncoded> {
        if self.visits.is_empty() || self.classes.is_empty() {
            // Nobody to try.
            self.text = vec!["(set-logic QF_SLIA)".to_owned(), "(assert false)".to_owned(), "(check-sat)".to_owned()];
            return Ok(self.text.join("\n") + "\n");
        }
        self.declare()?;
        self.consistency()?;
        let covers = self.covers()?;
        let passes = self.passes(&covers);
        self.assert(&passes);
        self.line("(check-sat)");
        Ok(self.text.join("\n") + "\n")
    }

    fn declare(&mut self) -> Result<(), NotEncoded> {
        let reals = self.keys.values().any(Key::is_real);
        self.line(format!("(set-logic {})", if reals { "ALL" } else { "QF_SLIA" }));
        self.line(format!("; {:?} on {}", self.audience, self.target.arn.as_deref().unwrap_or("a resource")));
        for (index, person) in self.people.iter().enumerate() {
            let any = if person.who.free_name { ", or one of another name" } else { "" };
            self.text.push(format!("; who = {index}: {:?}{any}", person.who.principal));
        }
        for (index, class) in self.classes.iter().enumerate() {
            self.text.push(format!("; action = {index}: {}", class.choice.name));
        }
        for (name, sort) in [("who", "Int"), ("internet", "Bool"), ("action", "Int"), ("resource", "String")] {
            self.line(format!("(declare-const {name} {sort})"));
        }
        if self.people.iter().any(|person| person.who.free_name) {
            self.text.extend(who::grammar(self.keys.contains_key("aws:username")));
        }
        for (name, key) in &self.keys {
            let declared = key.declare().ok_or_else(|| NotEncoded::new(format!("the name of `{name}`")))?;
            self.text.extend(declared);
        }
        Ok(())
    }

    /// Who can call, from where, for what, and with which keys.
    fn consistency(&mut self) -> Result<(), NotEncoded> {
        let visits = or(self.visits.iter().map(Visit::guard));
        self.assert(&visits);
        let actions = or((0..self.classes.len()).map(|index| equal("action", &index.to_string())));
        self.assert(&actions);
        for visit in &self.visits {
            let never = self.actions(|class| !class.made_by.get(visit.person).copied().unwrap_or_default());
            if !never.is_empty() {
                self.text.push(format!("(assert {})", implies(&visit.guard(), not(&or(never)))));
            }
            if let Some(person) = self.people.get(visit.person) {
                let named = implies(&visit.guard(), person.has_a_fitting_name());
                self.text.push(format!("(assert {named})"));
            }
        }
        for (form, domain) in self.resources.iter().enumerate() {
            let about = or(self.actions(|class| class.choice.forms.contains(&form)));
            self.text.push(format!("(assert {})", implies(&about, resource_in(domain))));
        }
        for (name, key) in &self.keys {
            let invariant = key.invariant();
            self.text.push(format!("(assert {invariant})"));
            let without = or(self.actions(|class| !class.carries.contains(*name)));
            self.text.push(format!("(assert {})", implies(&without, not(&key.present()))));
            // Callers with the same values share a line.
            let mut shared: BTreeMap<Term, Vec<Term>> = BTreeMap::new();
            for visit in &self.visits {
                shared.entry(self.values(visit, name)?).or_default().push(visit.guard());
            }
            for (values, guards) in shared {
                let premise = if guards.len() == self.visits.len() { truth(true) } else { or(guards) };
                let values = or([without.clone(), values]);
                self.text.push(format!("(assert {})", implies(&premise, values)));
            }
        }
        self.text.retain(|line| line != "(assert true)");
        Ok(())
    }

    fn actions(&self, wanted: impl Fn(&Class) -> bool) -> Vec<Term> {
        let all = self.classes.iter().enumerate().filter(|(_, class)| wanted(class));
        all.map(|(index, _)| equal("action", &index.to_string())).collect()
    }

    fn any_action(&self, wanted: impl Fn(&Class) -> bool) -> Term {
        if self.classes.iter().all(&wanted) { truth(true) } else { or(self.actions(wanted)) }
    }

    /// That someone of these calls.
    fn any_caller(&self, wanted: impl Fn(&Person<'_>) -> bool) -> Term {
        if self.people.iter().all(&wanted) {
            return truth(true);
        }
        let all = self.people.iter().enumerate().filter(|(_, person)| wanted(person));
        or(all.map(|(index, _)| calls(index)))
    }

    /// For each statement the name of what says that it covers the request.
    fn covers(&mut self) -> Result<Vec<Term>, NotEncoded> {
        let mut names = Vec::new();
        for index in 0..self.rules.len() {
            let Some(rule) = self.rules.get(index) else { continue };
            let mut named: BTreeMap<Term, Vec<usize>> = BTreeMap::new();
            for (index, person) in self.people.iter().enumerate() {
                named.entry(rule.names(person)).or_default().push(index);
            }
            let who = named.into_iter().map(|(term, people)| {
                let everybody = people.len() == self.people.len();
                let someone = if everybody { truth(true) } else { or(people.into_iter().map(calls)) };
                and([someone, term])
            });
            let mut parts = vec![or(who), self.any_action(|class| class.about.get(index) == Some(&true))];
            if let Some(element) = &rule.statement.resource {
                let patterns = element.entries.iter().map(|entry| covers_resource("resource", &entry.text, &self.keys));
                let any = or(patterns.collect::<Result<Vec<Term>, NotEncoded>>()?);
                parts.push(if element.negated { not(&any) } else { any });
            }
            for condition in &rule.statement.conditions {
                parts.push(holds(condition, &self.keys)?);
            }
            let layer = if rule.rcp { "rcp" } else { "policy" };
            let name = format!("{layer}-{index}");
            let definition = format!("(define-fun {name} () Bool {})", and(parts));
            self.line(definition);
            names.push(name);
        }
        Ok(names)
    }

    /// That the request gets in: no Deny covers it, and the side of the resource lets it in (facts A1, A3, A7, A9).
    fn passes(&self, covers: &[Term]) -> Term {
        let of = |effect: Effect, rcp: bool| {
            let all = self.rules.iter().zip(covers);
            or(all.filter(|(rule, _)| rule.statement.effect == effect && rule.rcp == rcp).map(|(_, name)| name.clone()))
        };
        let allowed = of(Effect::Allow, false);
        let mends = and([
            self.any_caller(|person| person.caller.kind == CallerKind::Root && self.is_own(person)),
            self.any_action(|class| class.mends_policy),
        ]);
        let denied = and([of(Effect::Deny, false), not(&mends)]);
        let guarded = and([
            of(Effect::Deny, true),
            not(&self.any_caller(is_service_linked)),
            self.any_action(|class| class.under_rcp),
        ]);
        let block = &self.target.block_public_access;
        let on = |switch: fn(&crate::BlockSettings) -> bool| {
            [&block.account, &block.bucket].iter().any(|setting| matches!(setting, Reading::Read(read) if switch(read)))
        };
        let restricted = on(|settings| settings.restrict_public_buckets)
            && self.policy.is_some_and(|policy| is_public(policy, false));
        let ignored = on(|settings| settings.ignore_public_acls);
        let mut ways: BTreeMap<Term, Vec<Term>> = BTreeMap::new();
        for (index, person) in self.people.iter().enumerate() {
            let way = if self.is_own(person) {
                // What must allow by itself does so even at home (fact A10).
                or([not(&self.any_action(|class| class.must_allow)), allowed.clone()])
            } else if restricted && person.caller.kind != CallerKind::Service {
                truth(false)
            } else {
                or([allowed.clone(), self.any_action(|class| self.acl_lets(person, class, ignored))])
            };
            ways.entry(way).or_default().push(calls(index));
        }
        let let_in = or(ways.into_iter().map(|(way, people)| {
            let everybody = people.len() == self.people.len();
            and([if everybody { truth(true) } else { or(people) }, way])
        }));
        and([let_in, not(&denied), not(&guarded)])
    }

    fn is_own(&self, person: &Person<'_>) -> bool {
        person.caller.account == Some(self.target.account.as_str())
    }

    /// Whether a grant of the bucket's ACL lets a caller in (facts F6, F8).
    fn acl_lets(&self, person: &Person<'_>, class: &Class, ignored: bool) -> bool {
        let Reading::Read(Some(acl)) = &self.target.acl else { return false };
        let lower = class.choice.name.to_ascii_lowercase();
        acl.ownership != Ownership::BucketOwnerEnforced
            && acl.grants.iter().any(|grant| {
                let reaches = match grant.grantee.as_str() {
                    "AllUsers" => !ignored && person.caller.kind != CallerKind::Service,
                    "AuthenticatedUsers" => !ignored && person.caller.account.is_some(),
                    "LogDelivery" => person.caller.text == "logging.s3.amazonaws.com",
                    _ => false,
                };
                reaches && permits(&grant.permission, &lower)
            })
    }
}

impl<'q> Visit<'q> {
    fn on(&self, name: &str) -> Vec<&'q Condition> {
        self.conditions.iter().filter(|condition| condition.key == name).copied().collect()
    }

    fn guard(&self) -> Term {
        let internet = "internet".to_owned();
        and([calls(self.person), if self.mode == Mode::Internet { internet } else { not(&internet) }])
    }
}

fn calls(person: usize) -> Term {
    equal("who", &person.to_string())
}

/// Whether a key is a text and not a time, a size or an address.
fn is_textual(name: &str) -> bool {
    !matches!(
        name,
        "aws:sourceip"
            | "aws:vpcsourceip"
            | "aws:currenttime"
            | "aws:epochtime"
            | "aws:tokenissuetime"
            | "aws:multifactorauthage"
    )
}

fn resource_in(domain: &Domain) -> Term {
    match domain {
        Domain::Finite(values) => or(values.iter().flatten().filter_map(|value| match value {
            crate::ContextValue::One(one) => Some(equal("resource", &literal(one))),
            crate::ContextValue::Many(_) => None,
        })),
        Domain::Texts(texts) => {
            let within = or(texts.within.iter().map(|glob| pattern::matches("resource", glob)));
            let within = if texts.within.is_empty() { truth(true) } else { within };
            and([within, not(&or(texts.except.iter().map(|glob| pattern::matches("resource", glob))))])
        }
    }
}
