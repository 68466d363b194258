//! One caller's attempt at one technique.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::names::{exactly, of_frames};
use super::solve::{Solver, Tried, exceeds_boundary};
use super::technique::{BOUNDED_CALLER, BOUNDED_ROLE, is_assuming};
use super::trust::providers;
use super::{Escalation, RoleRights, Step, Technique, Where};
use crate::decide::Stance;
use crate::reach::callers::Who;
use crate::reach::holder::Holder;
use crate::reach::hunt::{Effort, Stack};
use crate::reach::search::Sought;
use crate::reach::universe::Universe;
use crate::{Answer, Context, ContextValue, Document, Doubt, Layers, Principal, Reading, Request};

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

/// Something that a target can be.
struct Candidate<'g> {
    arn: String,
    role: Option<&'g RoleRights>,
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
        self.taken(exceeds_boundary(layers))
    }

    /// An answer about something that may not be readable, as the stance has it.
    fn taken(&self, answer: Answer<Doubt>) -> Result<bool, Vec<Doubt>> {
        match answer {
            Answer::No => Ok(false),
            Answer::Unknown(doubts) if self.stance == Stance::Tight => Err(doubts),
            Answer::Yes(_) | Answer::Unknown(_) => Ok(true),
        }
    }

    fn has_target(&self, step: &Step) -> bool {
        step.resource.as_ref().is_some_and(|name| self.technique.targets.contains_key(name))
    }

    /// What a step without a target can be about.
    fn resources(&self, step: &Step) -> Universe {
        match step.resource.as_deref() {
            Some("$self") if !self.who.free_name => Universe::one(&step.action, exactly(self.name())),
            None | Some("$self") => self.anything(&step.action),
            Some(fixed) => Universe::one(&step.action, exactly(fixed)),
        }
    }

    /// The requests of one step: about what it is about, and about each further type that is checked with it.
    fn calls(&self, step: &Step, main: Universe, owner: Option<&Reading<Arc<Document>>>) -> Sure<Vec<Request>> {
        let (prefix, _) = step.action.split_once(':').unwrap_or_default();
        let own = (step.resource.is_some() || step.on.is_empty()).then_some(main);
        let besides = step.on.iter().map(|kind| of_frames(&step.action, &self.frames(&format!("{prefix}:{kind}"))));
        let mut found = Vec::new();
        for universe in own.into_iter().chain(besides) {
            match self.step(step, &universe, owner)? {
                Some(request) => found.push(request),
                None => return Ok(None),
            }
        }
        Ok(Some(found))
    }

    /// A request for one step; `owner` is the trust policy of the role that it is about.
    pub(super) fn step(
        &self,
        step: &Step,
        universe: &Universe,
        owner: Option<&Reading<Arc<Document>>>,
    ) -> Sure<Request> {
        let mut effort = Effort::default();
        let with_owner;
        let layers = match owner {
            Some(trust) if is_assuming(&step.action) => {
                with_owner = Layers { resource: Some(trust.clone()), ..self.solver.layers.clone() };
                &with_owner
            }
            _ => &self.solver.layers,
        };
        let given = step.given.iter();
        let mut given: BTreeMap<String, ContextValue> =
            given.map(|(key, value)| (key.clone(), ContextValue::One(self.filled(value).to_owned()))).collect();
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
        let known: Option<Vec<Candidate<'g>>> = match kind {
            "iam:role" => self.solver.roles.map(|roles| {
                let all = roles.iter().map(|role| Candidate { arn: role.arn.clone(), role: Some(role) });
                all.collect()
            }),
            "own:policy" => self.solver.grantee.policies.as_deref().map(named),
            "own:group" => self.solver.grantee.groups.as_deref().map(named),
            _ => None,
        };
        let (candidates, all) = if let Some(known) = known {
            (known, true)
        } else {
            assumes.extend(self.technique.assumed_of(name));
            let (names, all) = self.open(name, kind, &steps)?;
            (named(&names), all)
        };
        let mut unsure = Vec::new();
        for candidate in candidates {
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

    /// Whether every step that names a target works on this one, and what must hold besides does.
    fn candidate(&self, name: &str, candidate: &Candidate<'g>, steps: &[(usize, &Step)]) -> Sure<Fit> {
        let gains = self.technique.gains.as_deref() == Some(name);
        if gains && !self.who.free_name && candidate.arn == self.name() {
            return Ok(None);
        }
        let may_be =
            |step: &Step| is_assuming(&step.action) || self.solver.may_be_allowed_on(&step.action, &candidate.arn);
        if candidate.role.is_some() && gains && self.solver.has_all {
            return Ok(None);
        }
        if candidate.role.is_some() && !steps.iter().all(|(_, step)| may_be(step)) {
            return Ok(None);
        }
        let mut fit = Fit { targets: vec![(name.to_owned(), candidate.arn.clone())], ..Fit::default() };
        let mut unsure = Vec::new();
        for (_, by) in self.trusting().filter(|(role, _)| *role == name) {
            let Some(known) = candidate.role else { continue };
            let found = if self.technique.targets.contains_key(by) {
                self.provider(known, by)
            } else {
                match self.solver.trusts(known, self.filled(by), self.stance) {
                    Sought::Found(_) => Ok(Some(Fit::default())),
                    Sought::Nothing => Ok(None),
                    Sought::Unsure => Err(vec![Doubt::too_complex()]),
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
            let universe = Universe::one(&step.action, exactly(&candidate.arn));
            match self.calls(step, universe, candidate.role.map(|role| &role.trust)) {
                Ok(Some(requests)) => fit.requests.push((*index, requests)),
                Ok(None) => return Ok(None),
                Err(doubts) => unsure.extend(doubts),
            }
        }
        if let Some(role) = candidate.role {
            let freed = self.technique.is_bounded(name);
            // Where not even the holder of the policies is known, a boundary that is not given may be there.
            let given = role.layers.boundary.is_some() || self.solver.principal.is_some();
            if freed && !given {
                fit.assumes.push(BOUNDED_ROLE.to_owned());
            }
            let asked =
                [(freed && given).then(|| self.solver.exceeds(role)), gains.then(|| self.solver.gains(role, freed))];
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

    /// An identity provider that a role trusts and that the steps about it work on.
    fn provider(&self, role: &'g RoleRights, by: &str) -> Sure<Fit> {
        let kind = self.technique.targets.get(by).map_or("", String::as_str);
        let steps = self.steps_on(by);
        if role.trust == Reading::Unreadable && self.stance == Stance::Open {
            return self.target(by, kind, &mut BTreeSet::new());
        }
        let shape = kind.rsplit(':').next().unwrap_or_default();
        let mut unsure = Vec::new();
        for arn in providers(role, &self.solver.account) {
            if !arn.contains(&format!(":{shape}/")) {
                continue;
            }
            match self.solver.trusts(role, &arn, self.stance) {
                Sought::Found(_) => {}
                Sought::Nothing => continue,
                Sought::Unsure => unsure.push(Doubt::too_complex()),
            }
            match self.candidate(by, &Candidate { arn, role: None }, &steps) {
                Ok(Some(fit)) => return Ok(Some(fit)),
                Ok(None) => {}
                Err(doubts) => unsure.extend(doubts),
            }
        }
        if unsure.is_empty() { Ok(None) } else { Err(unsure) }
    }
}

fn named<'g>(arns: &[String]) -> Vec<Candidate<'g>> {
    arns.iter().map(|arn| Candidate { arn: arn.clone(), role: None }).collect()
}
