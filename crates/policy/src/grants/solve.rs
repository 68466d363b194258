//! Whether a technique works: each of its calls is looked for, and those that share a target on the same thing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{CallerIs, Escalation, Feasible, Grantee, RoleRights, Step, Technique, Where, techniques};
use crate::catalogue;
use crate::compare::compare_identity;
use crate::decide::Stance;
use crate::document::Effect;
use crate::glob::Glob;
use crate::principal::Arn;
use crate::reach::callers::Who;
use crate::reach::domain::Domain;
use crate::reach::holder::{Holder, OWN_ACCOUNT, delegation};
use crate::reach::hunt::{Effort, Stack};
use crate::reach::search::{Search, Sought};
use crate::reach::solve::Asked;
use crate::reach::universe::{Places, Universe, resources};
use crate::reach::values::one;
use crate::{
    Answer, Audience, BlockPublicAccess, Context, ContextValue, Document, Doubt, LayerName, Layers, Organization,
    Principal, Question, Reading, Request, ResourceKind, Target,
};

/// How many combinations of statements are tried for a target that several steps share.
const COMBINATIONS: usize = 256;

/// Every technique that works for a principal or could not be decided, in the order of [`techniques`].
///
/// `roles` are all roles of the account, where they are known; otherwise what is not known about them is taken as the
/// caller would like it, and named in [`Escalation::assumes`].
pub fn escalations(grantee: &Grantee, roles: Option<&[RoleRights]>) -> Vec<(&'static Technique, Feasible)> {
    let solver = Solver::new(grantee, roles);
    let all = techniques().iter().map(|technique| (technique, solver.feasible(technique)));
    all.filter(|(_, feasible)| *feasible != Feasible::No).collect()
}

/// What a search for one technique came to.
enum Tried {
    Works(Escalation),
    Fails,
    Unsure(Vec<Doubt>),
}

struct Solver<'g> {
    grantee: &'g Grantee,
    account: String,
    roles: Option<&'g [RoleRights]>,
    /// The caller's layers, with an owner of every resource that leaves all to the caller's own policies.
    layers: Layers,
    places: Places,
    doubts: Vec<Doubt>,
    /// Roles with rights that the caller lacks, each asked once.
    gains: std::cell::RefCell<BTreeMap<&'g str, Answer<Doubt>>>,
}

impl<'g> Solver<'g> {
    fn new(grantee: &'g Grantee, roles: Option<&'g [RoleRights]>) -> Self {
        let of_principal = grantee.principal.as_deref().and_then(Arn::parse).map(|arn| arn.account.to_owned());
        let account = grantee.account.clone().or(of_principal).unwrap_or_else(|| OWN_ACCOUNT.to_owned());
        let layers = Layers { resource: delegation(&account), ..grantee.layers.clone() };
        let stack = Stack::new(&layers, Stance::Open);
        let places = Places::of(&account, stack.statements.iter().map(|placed| placed.document));
        let doubts = crate::decide::doubts(&layers);
        let gains = std::cell::RefCell::default();
        Self { grantee, account, roles, layers, places, doubts, gains }
    }

    fn feasible(&self, technique: &Technique) -> Feasible {
        if !technique.steps.iter().all(|step| self.may_be_allowed(&step.action)) {
            return Feasible::No;
        }
        match self.tried(technique, Stance::Tight) {
            Tried::Works(escalation) => Feasible::Yes(Box::new(escalation)),
            Tried::Fails if self.doubts.is_empty() => Feasible::No,
            Tried::Unsure(doubts) if self.doubts.is_empty() => Feasible::Unknown(doubts),
            Tried::Fails | Tried::Unsure(_) => match self.tried(technique, Stance::Open) {
                Tried::Works(_) => Feasible::Unknown(self.doubts.clone()),
                Tried::Fails => Feasible::No,
                Tried::Unsure(doubts) => Feasible::Unknown(doubts),
            },
        }
    }

    /// Whether any statement speaks for an action; most techniques end here.
    fn may_be_allowed(&self, action: &str) -> bool {
        let lower = action.to_ascii_lowercase();
        let identity = self.layers.identity.as_deref();
        identity.is_none_or(|documents| {
            documents.iter().any(|reading| match reading {
                Reading::Unreadable => true,
                Reading::Read(document) => document.statements().iter().any(|statement| {
                    statement.effect() == Effect::Allow
                        && statement.action.entries.iter().any(|glob| glob.matches(&lower)) != statement.action.negated
                }),
            })
        })
    }

    /// The callers that the technique is for.
    fn callers(&self, technique: &Technique) -> Vec<Who> {
        let fits = |arn: &str| match technique.caller {
            None => true,
            Some(CallerIs::User) => arn.contains(":user/"),
            Some(CallerIs::Role) => arn.contains(":role/"),
        };
        match &self.grantee.principal {
            Some(arn) if fits(arn) => vec![Who::named(Principal::Arn(arn.clone()))],
            Some(_) => Vec::new(),
            None => {
                let any = ["user/alice", "role/example"].map(|name| format!("arn:aws:iam::{}:{name}", self.account));
                let any = any.into_iter().filter(|arn| fits(arn));
                any.map(|arn| Who { principal: Principal::Arn(arn), free_name: true }).collect()
            }
        }
    }

    fn tried(&self, technique: &Technique, stance: Stance) -> Tried {
        let mut unsure = Vec::new();
        for who in self.callers(technique) {
            match (Attempt { solver: self, technique, who, stance }).run() {
                Tried::Fails => {}
                Tried::Unsure(doubts) => unsure.extend(doubts),
                works @ Tried::Works(_) => return works,
            }
        }
        unsure.sort();
        unsure.dedup();
        if unsure.is_empty() { Tried::Fails } else { Tried::Unsure(unsure) }
    }

    /// Whether a role may do something that the caller may not.
    fn gains(&self, role: &'g RoleRights) -> Answer<Doubt> {
        if let Some(known) = self.gains.borrow().get(role.arn.as_str()) {
            return known.clone();
        }
        let answer = compare_identity(&role.layers, &self.grantee.layers);
        self.gains.borrow_mut().insert(&role.arn, answer.clone());
        answer
    }
}

struct Attempt<'s, 'g> {
    solver: &'s Solver<'g>,
    technique: &'s Technique,
    who: Who,
    stance: Stance,
}

/// Something that a target can be.
struct Candidate<'g> {
    arn: String,
    role: Option<&'g RoleRights>,
}

impl<'g> Attempt<'_, 'g> {
    fn run(&self) -> Tried {
        let mut found: BTreeMap<usize, Request> = BTreeMap::new();
        let mut targets = BTreeMap::new();
        let mut assumes: BTreeSet<String> = self.technique.assumes.iter().cloned().collect();
        for (name, kind) in &self.technique.targets {
            match self.target(name, kind, &mut assumes) {
                Ok(Some((arn, requests))) => {
                    targets.insert(name.clone(), arn);
                    found.extend(requests);
                }
                Ok(None) => return Tried::Fails,
                Err(doubts) => return Tried::Unsure(doubts),
            }
        }
        for (index, step) in self.technique.steps.iter().enumerate() {
            if found.contains_key(&index) {
                continue;
            }
            match self.step(step, self.resources(step, &mut assumes), None) {
                Ok(Some(request)) => found.insert(index, request),
                Ok(None) => return Tried::Fails,
                Err(doubts) => return Tried::Unsure(doubts),
            };
        }
        Tried::Works(Escalation {
            steps: found.into_values().collect(),
            targets,
            assumes: assumes.into_iter().collect(),
        })
    }

    /// What a step without a target can be about.
    fn resources(&self, step: &Step, assumes: &mut BTreeSet<String>) -> Universe {
        let Principal::Arn(arn) = &self.who.principal else { return Universe::default() };
        match step.resource.as_deref() {
            Some("$self") if !self.who.free_name => Universe::one(&step.action, exactly(arn)),
            // Who holds the policies is not known: it may be whatever they are about.
            Some("$self") => {
                assumes.insert("the policies are held by the principal that they let change itself".to_owned());
                Universe::action(&step.action, &self.solver.places)
            }
            Some(fixed) => Universe::one(&step.action, exactly(fixed)),
            None => Universe::action(&step.action, &self.solver.places),
        }
    }

    /// A request for one step; `owner` is the trust policy of the role that it is about.
    fn step(
        &self,
        step: &Step,
        universe: Universe,
        owner: Option<&Reading<Arc<Document>>>,
    ) -> Result<Option<Request>, Vec<Doubt>> {
        let mut effort = Effort::default();
        let with_owner;
        let layers = match owner {
            Some(trust) if step.action.to_ascii_lowercase().starts_with("sts:assumerole") => {
                with_owner = Layers { resource: Some(trust.clone()), ..self.solver.layers.clone() };
                &with_owner
            }
            _ => &self.solver.layers,
        };
        let given = step.given.iter().map(|(key, value)| (key.clone(), ContextValue::One(value.clone()))).collect();
        let holder = Holder::new(self.who.clone(), layers, self.stance).given(Context(given));
        match holder.find(Some(&universe), &mut effort) {
            Some((request, _)) => Ok(Some(request)),
            None if effort.is_proof() => Ok(None),
            None => Err(vec![Doubt::too_complex()]),
        }
    }

    /// What a target can be, with the requests of the steps that name it.
    fn target(
        &self,
        name: &str,
        kind: &str,
        assumes: &mut BTreeSet<String>,
    ) -> Result<Option<(String, Vec<(usize, Request)>)>, Vec<Doubt>> {
        let steps: Vec<(usize, &Step)> = self
            .technique
            .steps
            .iter()
            .enumerate()
            .filter(|(_, step)| step.resource.as_deref() == Some(name))
            .collect();
        let known: Option<Vec<Candidate<'g>>> = match kind {
            "iam:role" => self.solver.roles.map(|roles| {
                let all = roles.iter().map(|role| Candidate { arn: role.arn.clone(), role: Some(role) });
                all.collect()
            }),
            "own:policy" => self.solver.grantee.policies.as_deref().map(named),
            "own:group" => self.solver.grantee.groups.as_deref().map(named),
            _ => None,
        };
        let mut unsure = Vec::new();
        if let Some(candidates) = known {
            for candidate in candidates {
                match self.candidate(name, &candidate, &steps) {
                    Ok(Some(requests)) => return Ok(Some((candidate.arn, requests))),
                    Ok(None) => {}
                    Err(doubts) => unsure.extend(doubts),
                }
            }
            return if unsure.is_empty() { Ok(None) } else { Err(unsure) };
        }
        assumes.extend(self.taken_for_granted(name, kind));
        let shape = match kind {
            "own:policy" => "iam:policy",
            "own:group" => "iam:group",
            other => other,
        };
        let (candidates, all) = self.open(shape, &steps)?;
        for arn in candidates {
            match self.candidate(name, &Candidate { arn: arn.clone(), role: None }, &steps) {
                Ok(Some(requests)) => return Ok(Some((arn, requests))),
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

    fn taken_for_granted(&self, name: &str, kind: &str) -> Vec<String> {
        let mut found = Vec::new();
        match kind {
            "own:policy" => found.push("a customer managed policy that can be changed is attached to the caller"),
            "own:group" => found.push("the caller is in the group that can be changed"),
            _ => {}
        }
        if self.technique.gains.as_deref() == Some(name) {
            found.push(match kind {
                "iam:role" => "a role with more rights can be taken over",
                "iam:user" => "a user with more rights exists",
                _ => "it has more rights than the caller",
            });
        }
        let mut found: Vec<String> = found.into_iter().map(str::to_owned).collect();
        let trusts = self.technique.conditions.iter().filter_map(|Where::Trusts(target, service)| {
            (target == name).then(|| format!("the role trusts {service}"))
        });
        found.extend(trusts);
        found
    }

    /// Whether every step that names a target works on this one, and what must hold besides does.
    fn candidate(
        &self,
        name: &str,
        candidate: &Candidate<'g>,
        steps: &[(usize, &Step)],
    ) -> Result<Option<Vec<(usize, Request)>>, Vec<Doubt>> {
        let mut unsure = Vec::new();
        let mut requests = Vec::new();
        for (index, step) in steps {
            let universe = Universe::one(&step.action, exactly(&candidate.arn));
            match self.step(step, universe, candidate.role.map(|role| &role.trust)) {
                Ok(Some(request)) => requests.push((*index, request)),
                Ok(None) => return Ok(None),
                Err(doubts) => unsure.extend(doubts),
            }
        }
        if let Some(role) = candidate.role {
            for Where::Trusts(target, service) in &self.technique.conditions {
                if target == name {
                    match trusts(role, &self.solver.account, service, self.stance) {
                        Sought::Found(_) => {}
                        Sought::Nothing => return Ok(None),
                        Sought::Unsure => unsure.push(Doubt::too_complex()),
                    }
                }
            }
            if self.technique.gains.as_deref() == Some(name) {
                match self.solver.gains(role) {
                    Answer::Yes(_) => {}
                    Answer::No => return Ok(None),
                    Answer::Unknown(doubts) if self.stance == Stance::Tight => unsure.extend(doubts),
                    Answer::Unknown(_) => {}
                }
            }
        }
        if unsure.is_empty() { Ok(Some(requests)) } else { Err(unsure) }
    }

    /// Names that a target can have, and whether those that are left out cannot work either.
    fn open(&self, kind: &str, steps: &[(usize, &Step)]) -> Result<(Vec<String>, bool), Vec<Doubt>> {
        let frames: Vec<Domain> = match kind.split_once(':') {
            Some((prefix, name)) => catalogue::service(prefix)
                .map(|service| resources(service, name, &self.solver.places))
                .unwrap_or_default(),
            None => Vec::new(),
        };
        let mut candidates: Vec<String> = Vec::new();
        for (_, step) in steps {
            let mut universe = Universe::one(&step.action, Domain::Finite(Vec::new()));
            universe.resources.clone_from(&frames);
            for choice in &mut universe.actions {
                choice.forms = (0..frames.len()).collect();
            }
            match self.step(step, universe, None)? {
                Some(request) => candidates.push(request.resource),
                None => return Ok((Vec::new(), true)),
            }
        }
        if steps.is_empty() {
            let plain = frames.iter().find_map(|domain| match domain {
                Domain::Texts(texts) => texts.plain.first().cloned(),
                Domain::Finite(_) => None,
            });
            return Ok((plain.into_iter().collect(), true));
        }
        if steps.len() == 1 {
            return Ok((candidates, true));
        }
        let (shared, all) = self.shared(&frames, steps);
        candidates.extend(shared);
        let mut seen = BTreeSet::new();
        candidates.retain(|arn| seen.insert(arn.clone()));
        Ok((candidates, all))
    }

    /// Names that one Allow of each step covers together, outside all that is denied and, where that fails, anywhere.
    fn shared(&self, frames: &[Domain], steps: &[(usize, &Step)]) -> (Vec<String>, bool) {
        let stack = Stack::new(&self.solver.layers, self.stance);
        let about = |effect: Effect, action: &str| {
            let lower = action.to_ascii_lowercase();
            let of_caller = stack.statements.iter().filter(|placed| placed.layer != LayerName::Resource);
            let fitting = of_caller.filter(|placed| {
                let entries = &placed.statement.action;
                placed.statement.effect == effect
                    && entries.entries.iter().any(|glob| glob.matches(&lower)) != entries.negated
            });
            fitting.collect::<Vec<_>>()
        };
        let principal = Request {
            principal: self.who.principal.clone(),
            action: String::new(),
            resource: String::new(),
            resource_account: None,
            context: Context::default(),
        };
        let mut denied: Vec<Glob> = Vec::new();
        let mut may_escape = false;
        for (_, step) in steps {
            for placed in about(Effect::Deny, &step.action) {
                let element = placed.statement.resource.as_ref().filter(|element| !element.negated);
                let globs = element.map(|element| Asked::globs_of(element, &self.solver.layers, &principal));
                denied.extend(globs.unwrap_or_default());
                may_escape |= !placed.statement.conditions.is_empty() || element.is_none();
            }
        }
        let mut choices: Vec<Vec<&crate::document::Element<_>>> = vec![Vec::new()];
        let mut all = true;
        for (_, step) in steps {
            let allows: Vec<_> = about(Effect::Allow, &step.action)
                .into_iter()
                .filter(|placed| placed.layer == LayerName::Identity)
                .filter_map(|placed| placed.statement.resource.as_ref())
                .collect();
            choices = choices
                .iter()
                .flat_map(|so_far| allows.iter().map(move |element| [so_far.as_slice(), &[*element]].concat()))
                .collect();
            all &= choices.len() <= COMBINATIONS;
            choices.truncate(COMBINATIONS);
        }
        let mut found = Vec::new();
        for choice in choices {
            for none in [denied.as_slice(), &[]] {
                let mut asked = Asked::default();
                asked.none.extend_from_slice(none);
                for element in &choice {
                    let globs = Asked::globs_of(element, &self.solver.layers, &principal);
                    if element.negated { asked.none.extend(globs) } else { asked.all.push(globs) }
                }
                found.extend(asked.first(frames));
            }
        }
        // A name inside a Deny that a condition lifts is not looked for.
        (found, all && !may_escape)
    }
}

fn named<'g>(arns: &[String]) -> Vec<Candidate<'g>> {
    arns.iter().map(|arn| Candidate { arn: arn.clone(), role: None }).collect()
}

fn exactly(arn: &str) -> Domain {
    Domain::Finite(vec![one(arn)])
}

/// Whether a role lets a service assume it.
fn trusts(role: &RoleRights, account: &str, service: &str, stance: Stance) -> Sought {
    let policy = match &role.trust {
        Reading::Read(document) => Reading::Read(Some(Arc::clone(document))),
        Reading::Unreadable => Reading::Unreadable,
    };
    let target = Target {
        kind: ResourceKind::RoleTrust,
        arn: Some(role.arn.clone()),
        account: account.to_owned(),
        policy,
        organization: Organization::default(),
        block_public_access: BlockPublicAccess::default(),
        acl: Reading::Read(None),
        access_points: Vec::new(),
        rcp: Reading::Read(Vec::new()),
        trusted_accounts: BTreeSet::new(),
    };
    let question = Question {
        target: Arc::new(target),
        audiences: Vec::new(),
        actions: vec!["sts:AssumeRole".to_owned(), "sts:AssumeRoleWithWebIdentity".to_owned()],
        given: Vec::new(),
    };
    let service = if service.ends_with(".amazonaws.com") && !service.starts_with("cognito-identity") {
        Principal::Service(service.to_owned())
    } else {
        Principal::Federated(service.to_owned())
    };
    Search::new(&question, Audience::AwsService, stance).with_callers(vec![Who::named(service)]).run()
}
