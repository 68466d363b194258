//! One caller's attempt at one technique.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::members::Members;
use super::names::{exactly, of_frames};
use super::roles::More;
use super::solve::{Solver, Tried, exceeds_boundary};
use super::technique::{BOUNDED_CALLER, BOUNDED_ROLE, is_assuming};
use super::trust::{Lets, providers};
use super::{Escalation, Roles, Step, Technique, Where};
use crate::decide::Stance;
use crate::reach::callers::Who;
use crate::reach::domain::Domain;
use crate::reach::holder::Holder;
use crate::reach::hunt::{Effort, Stack};
use crate::reach::universe::Universe;
use crate::{Context, ContextValue, Doubt, Layers, Principal, Reading, Request};

const USER_NAME: &str = "aws:username";

/// An answer, or why there is none.
pub(super) type Sure<T> = Result<Option<T>, Vec<Doubt>>;

/// One caller, one technique, and one of the services that will do.
pub(super) struct Attempt<'s, 'g> {
    pub(super) solver: &'s Solver<'g>,
    pub(super) technique: &'s Technique,
    pub(super) who: Who,
    pub(super) service: &'s str,
    pub(super) stance: Stance,
}

/// Something that a target can be; of a role its place among those that are known.
struct Candidate<'c, 'g> {
    arn: Cow<'c, str>,
    role: Option<(&'g Roles, usize)>,
}

/// What a step is asked about.
pub(super) enum About<'a> {
    /// One thing.
    This(&'a str),
    /// Anything that the action takes.
    Anything,
    /// Things of a type: `ec2:instance`.
    Kind(String),
    /// Things of these shapes, which the text stands for.
    Shapes(String, &'a [Domain]),
}

/// What was found of a technique so far: requests by step, and what targets are.
#[derive(Default)]
struct Fit {
    requests: Vec<(usize, Vec<Request>)>,
    targets: Vec<(String, String)>,
    assumes: Vec<String>,
}

impl<'g> Attempt<'_, 'g> {
    /// A free name must be one and the same in all steps, whatever each of them would like best.
    pub(super) fn run(&self) -> Tried {
        let first = match self.with_this_name() {
            Tried::Works(escalation) if self.who.free_name => escalation,
            tried => return tried,
        };
        if self.is_of_one(&first) {
            return Tried::Works(first);
        }
        let plain = ["user/bob", "role/other"].map(|name| format!("arn:aws:iam::{}:{name}", self.solver.account));
        let of_kind = |arn: &&String| arn.contains(":user/") == self.name().contains(":user/");
        let of_steps = first.steps.iter().filter_map(|step| match &step.principal {
            Principal::Arn(arn) => Some(arn),
            _ => None,
        });
        let itself = self.itself(&first).map(|request| &request.resource);
        let mut seen = BTreeSet::new();
        let names = itself.chain(of_steps).chain(plain.iter().filter(of_kind)).filter(|name| seen.insert(*name));
        for name in names {
            let who = Who::named(Principal::Arn(name.clone()));
            let attempt = Attempt { who, solver: self.solver, technique: self.technique, ..*self };
            if let Tried::Works(mut escalation) = attempt.with_this_name() {
                if !plain.contains(name) {
                    escalation.assumes.push(format!("the policies are held by {name}"));
                    escalation.assumes.sort();
                }
                return Tried::Works(escalation);
            }
        }
        // Without a condition on it one name is as good as another.
        if self.name_matters() { Tried::Unsure(vec![Doubt::too_complex()]) } else { Tried::Fails }
    }

    pub(super) fn name(&self) -> &str {
        match &self.who.principal {
            Principal::Arn(arn) => arn,
            _ => "",
        }
    }

    /// The steps that the caller takes on itself.
    fn itself<'e>(&'e self, escalation: &'e Escalation) -> impl Iterator<Item = &'e Request> {
        let wanted = |request: &&Request| {
            let steps = self.technique.steps.iter().filter(|step| step.resource.as_deref() == Some("$self"));
            steps.into_iter().any(|step| step.action == request.action)
        };
        escalation.steps.iter().filter(wanted)
    }

    /// Whether one caller makes all calls, about itself where it should, and wins the rights of somebody else.
    fn is_of_one(&self, escalation: &Escalation) -> bool {
        let Some(Request { principal: Principal::Arn(name), .. }) = escalation.steps.first() else { return true };
        let gained = self.technique.gains.as_ref().and_then(|gains| escalation.targets.get(gains));
        escalation.steps.iter().all(|request| matches!(&request.principal, Principal::Arn(arn) if arn == name))
            && self.itself(escalation).all(|request| request.resource == *name)
            && gained != Some(name)
    }

    fn name_matters(&self) -> bool {
        let stack = Stack::new(&self.solver.layers, self.stance);
        let mut conditions = stack.statements.iter().flat_map(|placed| &placed.statement.conditions);
        conditions.any(|condition| ["aws:username", "aws:userid", "aws:principalarn"].contains(&condition.key.as_str()))
    }

    fn with_this_name(&self) -> Tried {
        match self.found() {
            Ok(Some(escalation)) => Tried::Works(escalation),
            Ok(None) => Tried::Fails,
            Err(doubts) => Tried::Unsure(doubts),
        }
    }

    fn found(&self) -> Sure<Escalation> {
        let mut assumes: BTreeSet<String> = self.technique.assumes.iter().cloned().collect();
        if self.solver.principal.is_none() {
            assumes.extend(self.technique.caller.map(super::CallerIs::assumption));
        }
        if self.technique.is_bounded("$self") && !self.is_bounded(&mut assumes)? {
            return Ok(None);
        }
        let mut found: BTreeMap<usize, Vec<Request>> = BTreeMap::new();
        let mut targets = BTreeMap::new();
        // What needs no target is quick to fail.
        let steps = self.technique.steps.iter().enumerate();
        for (index, step) in steps.filter(|(_, step)| !self.has_target(step)) {
            match self.calls(step, self.resources(step), None)? {
                Some(requests) => found.insert(index, requests),
                None => return Ok(None),
            };
        }
        for (name, kind) in &self.technique.targets {
            if self.follows_a_role(name) {
                continue;
            }
            match self.target(name, kind, &mut assumes)? {
                Some(fit) => {
                    targets.extend(fit.targets);
                    found.extend(fit.requests);
                    assumes.extend(fit.assumes);
                }
                None => return Ok(None),
            }
        }
        let steps = found.into_values().flatten().collect();
        Ok(Some(Escalation { steps, targets, assumes: assumes.into_iter().collect() }))
    }

    /// Whether the caller's boundary keeps it from anything. Of a principal that is not known the boundary is not either.
    fn is_bounded(&self, assumes: &mut BTreeSet<String>) -> Result<bool, Vec<Doubt>> {
        let layers = &self.solver.grantee.layers;
        if layers.boundary.is_none() && self.solver.principal.is_none() {
            assumes.insert(BOUNDED_CALLER.to_owned());
            return Ok(true);
        }
        self.taken(More::from(exceeds_boundary(layers)))
    }

    /// An answer about something that may not be readable, as the stance has it.
    fn taken(&self, answer: More) -> Result<bool, Vec<Doubt>> {
        match answer {
            More::No => Ok(false),
            More::Unknown(doubts) if self.stance == Stance::Tight => Err(doubts),
            More::Yes | More::Unknown(_) => Ok(true),
        }
    }

    fn has_target(&self, step: &Step) -> bool {
        step.resource.as_ref().is_some_and(|name| self.technique.targets.contains_key(name))
    }

    /// What a step without a target can be about.
    fn resources<'a>(&'a self, step: &'a Step) -> About<'a> {
        match step.resource.as_deref() {
            Some("$self") if !self.who.free_name => About::This(self.name()),
            None | Some("$self") => About::Anything,
            Some(fixed) => About::This(fixed),
        }
    }

    /// The requests of one step: about what it is about, and about each further type that is checked with it.
    fn calls(&self, step: &Step, main: About<'_>, owner: Option<(&Roles, usize)>) -> Sure<Vec<Request>> {
        let (prefix, _) = step.action.split_once(':').unwrap_or_default();
        let own = (step.resource.is_some() || step.on.is_empty()).then_some(main);
        let besides = step.on.iter().map(|kind| About::Kind(format!("{prefix}:{kind}")));
        let mut found = Vec::new();
        for about in own.into_iter().chain(besides) {
            match self.step(step, &about, owner)? {
                Some(request) => found.push(request),
                None => return Ok(None),
            }
        }
        Ok(Some(found))
    }

    /// A request for one step; `owner` is the role that it is about, whose trust policy counts.
    pub(super) fn step(&self, step: &Step, about: &About<'_>, owner: Option<(&Roles, usize)>) -> Sure<Request> {
        let owner = owner.filter(|_| is_assuming(&step.action));
        let what = match about {
            About::This(arn) => format!("on {arn}"),
            About::Anything => "on anything".to_owned(),
            About::Kind(kind) => format!("on a {kind}"),
            About::Shapes(text, _) => format!("on one of {text}"),
        };
        let given: Vec<(&str, &str)> =
            step.given.iter().map(|(key, value)| (key.as_str(), self.filled(value))).collect();
        let trust = owner.map(|(roles, place)| roles.trust_of(place));
        let (stance, free, name, action) = (self.stance, self.who.free_name, self.name(), &step.action);
        let question = format!("{stance:?} {free} {name} {action} {what} {given:?} {trust:?}");
        self.solver.step(question, || {
            let universe = match about {
                About::This(arn) => Universe::one(&step.action, exactly(arn)),
                About::Anything => self.anything(&step.action),
                About::Kind(kind) => of_frames(&step.action, &self.frames(kind)),
                About::Shapes(_, frames) => of_frames(&step.action, frames),
            };
            self.step_anew(&universe, &given, owner)
        })
    }

    fn step_anew(&self, universe: &Universe, given: &[(&str, &str)], owner: Option<(&Roles, usize)>) -> Sure<Request> {
        let mut effort = Effort::default();
        let with_owner;
        let layers = match owner.and_then(|(roles, place)| roles.role(place)) {
            Some(role) => {
                with_owner = Layers { resource: Some(role.trust.clone()), ..self.solver.layers.clone() };
                &with_owner
            }
            None => &self.solver.layers,
        };
        let given = given.iter().map(|(key, value)| ((*key).to_owned(), ContextValue::One((*value).to_owned())));
        let mut given: BTreeMap<String, ContextValue> = given.collect();
        let nobody = ContextValue::Many(Vec::new());
        if !self.name().contains(":user/") {
            // Only users have a name (fact E2); a list of nothing is no value (fact C3).
            given.insert(USER_NAME.to_owned(), nobody.clone());
        }
        let holder = Holder::new(self.who.clone(), layers, self.stance).given(Context(given));
        match holder.find(Some(universe), &mut effort) {
            Some((mut request, _)) => {
                if request.context.0.get(USER_NAME) == Some(&nobody) {
                    request.context.0.remove(USER_NAME);
                }
                Ok(Some(request))
            }
            None if effort.is_proof() => Ok(None),
            None => Err(vec![Doubt::too_complex()]),
        }
    }

    fn filled<'a>(&'a self, text: &'a str) -> &'a str {
        if text == "$service" { self.service } else { text }
    }

    /// Whether a target is an identity provider that is looked for in the trust policies of known roles.
    fn follows_a_role(&self, name: &str) -> bool {
        self.solver.roles.is_some() && self.trusting().any(|(_, by)| by == name)
    }

    /// Who must be trusted by which target.
    fn trusting(&self) -> impl Iterator<Item = (&str, &str)> {
        self.technique.conditions.iter().filter_map(|condition| match condition {
            Where::Trusts(role, by) => Some((role.as_str(), by.as_str())),
            Where::Bounded(_) => None,
        })
    }

    fn steps_on(&self, name: &str) -> Vec<(usize, &Step)> {
        let steps = self.technique.steps.iter().enumerate();
        steps.filter(|(_, step)| step.resource.as_deref() == Some(name)).collect()
    }

    /// What a target can be, with the requests of the steps that name it.
    fn target(&self, name: &str, kind: &str, assumes: &mut BTreeSet<String>) -> Sure<Fit> {
        let steps = self.steps_on(name);
        let roles = self.solver.roles.filter(|_| kind == "iam:role");
        let likely = roles.map(|roles| self.likely(roles, name, &steps));
        let of_roles = likely.iter().zip(roles).flat_map(|(likely, roles)| {
            let all = likely.iter().filter_map(move |place| Some((roles.role(place)?, place)));
            all.map(move |(role, place)| Candidate { arn: Cow::Borrowed(&role.arn), role: Some((roles, place)) })
        });
        let known = match kind {
            "own:policy" => self.solver.grantee.policies.as_deref().map(Cow::Borrowed),
            "own:group" => self.solver.grantee.groups.as_deref().map(Cow::Borrowed),
            _ => None,
        };
        let (names, all) = match known {
            _ if roles.is_some() => (Cow::Borrowed(&[][..]), true),
            Some(known) => (known, true),
            None => {
                assumes.extend(self.technique.assumed_of(name));
                let (names, all) = self.open(name, kind, &steps)?;
                (Cow::Owned(names), all)
            }
        };
        let of_names = names.iter().map(|arn| Candidate { arn: Cow::Borrowed(arn), role: None });
        let mut unsure = Vec::new();
        for candidate in of_roles.chain(of_names) {
            match self.candidate(name, &candidate, &steps) {
                Ok(Some(fit)) => return Ok(Some(fit)),
                Ok(None) => {}
                Err(doubts) => unsure.extend(doubts),
            }
        }
        match (all, unsure.is_empty()) {
            (true, true) => Ok(None),
            (_, false) => Err(unsure),
            (false, true) => Err(vec![Doubt::too_complex()]),
        }
    }

    /// The roles that a target can be as far as a look at them tells: of thousands a few are left to be asked about.
    fn likely(&self, roles: &Roles, name: &str, steps: &[(usize, &Step)]) -> Members {
        let solver = self.solver;
        if self.technique.gains.as_deref() == Some(name) && solver.has_all(roles) {
            return roles.nobody();
        }
        let mut likely = roles.everybody();
        for (_, by) in self.trusting().filter(|(role, _)| *role == name) {
            if self.technique.targets.contains_key(by) {
                likely.keep(roles.federated());
            } else {
                likely.keep(&roles.trusting(&solver.account, self.filled(by), self.stance));
            }
        }
        for (_, step) in steps {
            if is_assuming(&step.action) {
                likely.keep(&solver.admitting(roles));
            } else {
                likely.keep(&solver.touched(roles, &step.action));
            }
        }
        if self.technique.is_bounded(name) && solver.principal.is_some() {
            likely.keep(roles.bounded());
        }
        likely
    }

    /// Whether every step that names a target works on this one, and what must hold besides does.
    fn candidate(&self, name: &str, candidate: &Candidate<'_, 'g>, steps: &[(usize, &Step)]) -> Sure<Fit> {
        let gains = self.technique.gains.as_deref() == Some(name);
        if gains && !self.who.free_name && candidate.arn == self.name() {
            return Ok(None);
        }
        let freed = self.technique.is_bounded(name);
        let role = candidate.role;
        if gains && role.is_some_and(|(roles, place)| self.solver.is_no_gain(roles, place, freed)) {
            return Ok(None);
        }
        let mut fit = Fit { targets: vec![(name.to_owned(), candidate.arn.clone().into_owned())], ..Fit::default() };
        let mut unsure = Vec::new();
        for (_, by) in self.trusting().filter(|(role, _)| *role == name) {
            let Some(known) = candidate.role else { continue };
            let found = if self.technique.targets.contains_key(by) {
                self.provider(known, by)
            } else {
                match self.lets(known, self.filled(by)) {
                    Lets::Yes => Ok(Some(Fit::default())),
                    Lets::No => Ok(None),
                    Lets::Unsure => Err(vec![Doubt::too_complex()]),
                }
            };
            match found {
                Ok(Some(more)) => {
                    fit.requests.extend(more.requests);
                    fit.targets.extend(more.targets);
                }
                Ok(None) => return Ok(None),
                Err(doubts) => unsure.extend(doubts),
            }
        }
        for (index, step) in steps {
            match self.calls(step, About::This(&candidate.arn), candidate.role) {
                Ok(Some(requests)) => fit.requests.push((*index, requests)),
                Ok(None) => return Ok(None),
                Err(doubts) => unsure.extend(doubts),
            }
        }
        if let Some((roles, place)) = candidate.role {
            // Where not even the holder of the policies is known, a boundary that is not given may be there.
            let given = roles.bounded().has(place) || self.solver.principal.is_some();
            if freed && !given {
                fit.assumes.push(BOUNDED_ROLE.to_owned());
            }
            let exceeds = (freed && given).then(|| roles.exceeds(place));
            let asked = [exceeds, gains.then(|| self.solver.gains(roles, place, freed))];
            for answer in asked.into_iter().flatten() {
                match self.taken(answer) {
                    Ok(true) => {}
                    Ok(false) => return Ok(None),
                    Err(doubts) => unsure.extend(doubts),
                }
            }
        }
        if unsure.is_empty() { Ok(Some(fit)) } else { Err(unsure) }
    }

    fn lets(&self, (roles, place): (&Roles, usize), by: &str) -> Lets {
        roles.lets(place, &self.solver.account, by, self.stance)
    }

    /// An identity provider that a role trusts and that the steps about it work on.
    fn provider(&self, known: (&'g Roles, usize), by: &str) -> Sure<Fit> {
        let kind = self.technique.targets.get(by).map_or("", String::as_str);
        let steps = self.steps_on(by);
        let (roles, place) = known;
        let Some(role) = roles.role(place) else { return Ok(None) };
        if role.trust == Reading::Unreadable && self.stance == Stance::Open {
            return self.target(by, kind, &mut BTreeSet::new());
        }
        let shape = kind.rsplit(':').next().unwrap_or_default();
        let mut unsure = Vec::new();
        for arn in providers(role, &self.solver.account) {
            if !arn.contains(&format!(":{shape}/")) {
                continue;
            }
            match self.lets(known, &arn) {
                Lets::Yes => {}
                Lets::No => continue,
                Lets::Unsure => unsure.push(Doubt::too_complex()),
            }
            match self.candidate(by, &Candidate { arn: Cow::Owned(arn), role: None }, &steps) {
                Ok(Some(fit)) => return Ok(Some(fit)),
                Ok(None) => {}
                Err(doubts) => unsure.extend(doubts),
            }
        }
        if unsure.is_empty() { Ok(None) } else { Err(unsure) }
    }

    /// Sees that no role would do that a look passes over; gives their number.
    #[cfg(test)]
    pub(super) fn passed_over(&self) -> usize {
        let Some(roles) = self.solver.roles else { return 0 };
        let mut seen = 0;
        for (name, _) in self.technique.targets.iter().filter(|(_, kind)| *kind == "iam:role") {
            let steps = self.steps_on(name);
            let likely = self.likely(roles, name, &steps);
            for (place, role) in roles.all().iter().enumerate().filter(|(place, _)| !likely.has(*place)) {
                let candidate = Candidate { arn: Cow::Borrowed(&role.arn), role: Some((roles, place)) };
                let fit = self.candidate(name, &candidate, &steps);
                assert!(matches!(fit, Ok(None)), "{}: {}", self.technique.id, role.arn);
                seen += 1;
            }
        }
        seen
    }
}
