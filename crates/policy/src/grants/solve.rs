//! Whether a technique works: each of its calls is looked for, and those that share a target on the same thing.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use super::admin::{allows_all_plainly, changed, without_own_choice};
use super::attempt::{Attempt, Sure};
use super::members::Members;
use super::roles::{More, actions_of, speaks_for};
use super::technique::known;
use super::{CallerIs, Escalation, Feasible, Grantee, RoleRights, Roles, Technique, techniques};
use crate::compare::compare_identity;
use crate::decide::Stance;
use crate::principal::Arn;
use crate::reach::callers::Who;
use crate::reach::holder::{OWN_ACCOUNT, delegation};
use crate::reach::hunt::Stack;
use crate::reach::universe::Places;
use crate::{Answer, Doubt, LayerName, Layers, Principal, Reading, Request};

/// Every technique that works for a principal or could not be decided, in the order of [`techniques`].
///
/// `roles` are all roles of the account, where they are known; otherwise what is not known about them is taken as the
/// caller would like it, and named in [`Escalation::assumes`]. Who asks for many principals of an account asks
/// [`Roles::escalations`].
pub fn escalations(grantee: &Grantee, roles: Option<&[RoleRights]>) -> Vec<(&'static Technique, Feasible)> {
    let roles = roles.map(|roles| Roles::new(roles.to_vec()));
    Solver::new(grantee, roles.as_ref()).escalations(|_| true)
}

/// What a search for one technique came to.
pub(super) enum Tried {
    Works(Escalation),
    Fails,
    Unsure(Vec<Doubt>),
}

/// A principal, and what is known around it.
pub(super) struct Solver<'g> {
    pub(super) grantee: &'g Grantee,
    /// The principal; a session is the role behind it.
    pub(super) principal: Option<String>,
    pub(super) account: String,
    pub(super) roles: Option<&'g Roles>,
    /// The caller's layers, with an owner of every resource that leaves all to the caller's own policies.
    pub(super) layers: Layers,
    /// What of the caller's own policies is not known.
    doubts: Vec<Doubt>,
    places: OnceCell<Places>,
    best: OnceCell<Best>,
    asked: RefCell<Asked>,
}

/// What a caller can do at best.
struct Best {
    /// The number of its stack of policies among those that are known.
    stack: usize,
    /// Its layers as if it had done what it can do by itself, such as to sign in with MFA.
    layers: Layers,
    /// Whether that is everything, so that nobody has more.
    is_all: bool,
}

/// Answers about one caller, so that each is asked for once.
#[derive(Default)]
struct Asked {
    steps: HashMap<String, Sure<Request>>,
    touched: HashMap<String, Rc<Members>>,
    admitting: Option<Rc<Members>>,
}

impl<'g> Solver<'g> {
    pub(super) fn new(grantee: &'g Grantee, roles: Option<&'g Roles>) -> Self {
        let principal = grantee.principal.as_deref().map(|arn| role_of_session(arn, roles));
        let of_principal = principal.as_deref().and_then(Arn::parse).map(|arn| arn.account.to_owned());
        let account = grantee.account.clone().or(of_principal).unwrap_or_else(|| OWN_ACCOUNT.to_owned());
        let layers = Layers { resource: delegation(&account), ..grantee.layers.clone() };
        let doubts = crate::decide::doubts(&layers);
        let (places, best, asked) = Default::default();
        Self { grantee, principal, account, roles, layers, doubts, places, best, asked }
    }

    /// Those of the wanted techniques that work or could not be decided.
    pub(super) fn escalations(&self, wanted: impl Fn(&Technique) -> bool) -> Vec<(&'static Technique, Feasible)> {
        let spoken_for = self.spoken_for();
        let may_work = |actions: &[usize]| actions.iter().all(|action| spoken_for.has(*action));
        let all = techniques().iter().zip(&known().of);
        let all = all.filter(|(technique, actions)| may_work(actions) && wanted(technique));
        let all = all.map(|(technique, _)| (technique, self.feasible(technique)));
        all.filter(|(_, feasible)| *feasible != Feasible::No).collect()
    }

    /// Places that the caller's policies name.
    pub(super) fn places(&self) -> &Places {
        self.places.get_or_init(|| {
            let stack = Stack::new(&self.layers, Stance::Open);
            Places::of(&self.account, stack.statements.iter().map(|placed| placed.document))
        })
    }

    fn best(&self, roles: &Roles) -> &Best {
        self.best.get_or_init(|| {
            let layers = changed(&self.grantee.layers, &without_own_choice);
            let is_all = allows_all_plainly(&layers, Stance::Tight);
            Best { stack: roles.stack(&self.grantee.layers), layers, is_all }
        })
    }

    #[cfg(test)]
    pub(super) fn passed_over(&self, technique: &Technique, stance: Stance) -> usize {
        let attempts = self.callers(technique).into_iter();
        attempts.map(|who| Attempt { solver: self, technique, who, service: "", stance }.passed_over()).sum()
    }

    fn feasible(&self, technique: &Technique) -> Feasible {
        let tight = match self.tried(technique, Stance::Tight) {
            Tried::Works(escalation) => return Feasible::Yes(Box::new(escalation)),
            tight => tight,
        };
        if self.is_in_doubt(technique) {
            return match self.tried(technique, Stance::Open) {
                Tried::Works(escalation) => Feasible::Unknown(self.doubts_about(&escalation)),
                Tried::Fails => Feasible::No,
                Tried::Unsure(doubts) => Feasible::Unknown(doubts),
            };
        }
        match tight {
            Tried::Unsure(doubts) => Feasible::Unknown(doubts),
            Tried::Fails | Tried::Works(_) => Feasible::No,
        }
    }

    /// Whether anything that the technique rests on could not be read.
    fn is_in_doubt(&self, technique: &Technique) -> bool {
        let about_roles = technique.targets.values().any(|kind| kind == "iam:role");
        !self.doubts.is_empty() || (about_roles && self.roles.is_some_and(Roles::is_doubtful))
    }

    /// What is not known of the caller and of the roles that it would take over.
    fn doubts_about(&self, escalation: &Escalation) -> Vec<Doubt> {
        let mut found = self.doubts.clone();
        let named = |role: &&RoleRights| escalation.targets.values().any(|arn| *arn == role.arn);
        found.extend(self.roles.map(Roles::all).unwrap_or_default().iter().filter(named).flat_map(doubts_of));
        found.sort();
        found.dedup();
        if found.is_empty() { vec![Doubt::too_complex()] } else { found }
    }

    /// The actions of techniques that any statement speaks for; most techniques end here.
    fn spoken_for(&self) -> Members {
        let actions = &known().actions;
        let Some(documents) = &self.layers.identity else { return Members::all(actions.len()) };
        let mut found = Members::none(actions.len());
        for reading in documents {
            match (reading, self.roles) {
                (Reading::Unreadable, _) => return Members::all(actions.len()),
                (Reading::Read(document), Some(roles)) => found.add(&roles.actions(document)),
                (Reading::Read(document), None) => found.add(&actions_of(document)),
            }
        }
        // A trust policy that names the caller is enough by itself (fact A10).
        if self.roles.is_some() && self.principal.is_some() {
            known().assuming.iter().for_each(|place| found.insert(*place));
        }
        found
    }

    /// The roles that any statement speaks for an action on; most roles are none that the caller can touch.
    pub(super) fn touched(&self, roles: &Roles, action: &str) -> Rc<Members> {
        if let Some(known) = self.asked.borrow().touched.get(action) {
            return Rc::clone(known);
        }
        let found = Rc::new(self.touched_anew(roles, &action.to_ascii_lowercase()));
        self.asked.borrow_mut().touched.insert(action.to_owned(), Rc::clone(&found));
        found
    }

    fn touched_anew(&self, roles: &Roles, lower: &str) -> Members {
        let Some(documents) = &self.layers.identity else { return roles.everybody() };
        let mut found = roles.nobody();
        for reading in documents {
            let Reading::Read(document) = reading else { return roles.everybody() };
            for statement in document.statements().iter().filter(|statement| speaks_for(statement, lower)) {
                let Some(element) = statement.resource.as_ref().filter(|element| !element.negated) else {
                    return roles.everybody();
                };
                for pattern in &element.entries {
                    match pattern.fixed() {
                        Some(glob) => found.add(&roles.matching(glob)),
                        None => return roles.everybody(),
                    }
                }
            }
        }
        found
    }

    /// The roles that the caller may be able to assume.
    pub(super) fn admitting(&self, roles: &Roles) -> Rc<Members> {
        if let Some(known) = &self.asked.borrow().admitting {
            return Rc::clone(known);
        }
        let touched = self.touched(roles, "sts:AssumeRole");
        let found = Rc::new(roles.admitting(self.principal.as_deref(), &touched));
        self.asked.borrow_mut().admitting = Some(Rc::clone(&found));
        found
    }

    /// The answer to a question about one step, by a text that says all that it depends on.
    pub(super) fn step(&self, question: String, answer: impl FnOnce() -> Sure<Request>) -> Sure<Request> {
        let known = self.asked.borrow().steps.get(&question).cloned();
        if let Some(roles) = self.roles {
            roles.count(1, usize::from(known.is_none()));
        }
        known.unwrap_or_else(|| {
            let answer = answer();
            self.asked.borrow_mut().steps.insert(question, answer.clone());
            answer
        })
    }

    /// Whether the caller may do everything, so that no role wins it more.
    pub(super) fn has_all(&self, roles: &Roles) -> bool {
        self.best(roles).is_all
    }

    /// Whether it is known already that a role wins the caller nothing.
    pub(super) fn is_no_gain(&self, roles: &Roles, role: usize, freed: bool) -> bool {
        roles.known_gains(role, freed, self.best(roles).stack) == Some(More::No)
    }

    /// Whether a role may do something that the caller may not; `freed` = once its boundary is gone.
    pub(super) fn gains(&self, roles: &Roles, role: usize, freed: bool) -> More {
        let best = self.best(roles);
        roles.gains(role, freed, (best.stack, &best.layers))
    }

    /// The callers that the technique is for.
    fn callers(&self, technique: &Technique) -> Vec<Who> {
        let fits = |arn: &str| match technique.caller {
            None => true,
            Some(CallerIs::User) => arn.contains(":user/"),
            Some(CallerIs::Role) => arn.contains(":role/"),
        };
        match &self.principal {
            Some(arn) if fits(arn) => vec![Who::named(Principal::Arn(arn.clone()))],
            Some(_) => Vec::new(),
            None => {
                let any = ["user/alice", "role/example"].map(|name| format!("arn:aws:iam::{}:{name}", self.account));
                let any = any.into_iter().filter(|arn| fits(arn));
                any.map(|arn| Who { free_name: true, ..Who::named(Principal::Arn(arn)) }).collect()
            }
        }
    }

    fn tried(&self, technique: &Technique, stance: Stance) -> Tried {
        let mut unsure = Vec::new();
        let services = if technique.services.is_empty() { vec![""] } else { Vec::new() };
        let services = services.into_iter().chain(technique.services.iter().map(String::as_str));
        for service in services {
            for who in self.callers(technique) {
                match (Attempt { solver: self, technique, who, service, stance }).run() {
                    Tried::Fails => {}
                    Tried::Unsure(doubts) => unsure.extend(doubts),
                    works @ Tried::Works(_) => return works,
                }
            }
        }
        unsure.sort();
        unsure.dedup();
        if unsure.is_empty() { Tried::Fails } else { Tried::Unsure(unsure) }
    }
}

/// The role behind a session, with its path where the role is known; any other ARN as it is.
fn role_of_session(arn: &str, roles: Option<&Roles>) -> String {
    let session = Arn::parse(arn).filter(|parsed| parsed.service == "sts" && parsed.kind() == "assumed-role");
    let Some(session) = session else { return arn.to_owned() };
    let name = session.name().split('/').next().unwrap_or_default();
    roles.and_then(|roles| roles.named(session.account, name)).map_or_else(
        || format!("arn:{}:iam::{}:role/{name}", session.partition, session.account),
        |role| role.arn.clone(),
    )
}

/// What of a role could not be read.
pub(super) fn doubts_of(role: &RoleRights) -> Vec<Doubt> {
    let mut found = crate::decide::doubts(&role.layers);
    match &role.trust {
        Reading::Unreadable => found.push(Doubt::unreadable(LayerName::Resource)),
        Reading::Read(document) if document.has_holes() => found.push(Doubt::hole(LayerName::Resource, document)),
        Reading::Read(_) => {}
    }
    found
}

pub(super) fn unbounded(layers: &Layers) -> Layers {
    Layers { boundary: None, ..layers.clone() }
}

/// Whether a principal could do more without its boundary; one without a boundary could not.
pub(super) fn exceeds_boundary(layers: &Layers) -> Answer<Doubt> {
    match &layers.boundary {
        None => Answer::No,
        Some(boundary)
            if allows_all_plainly(&Layers { identity: Some(boundary.clone()), ..Layers::default() }, Stance::Tight) =>
        {
            Answer::No
        }
        Some(_) => compare_identity(&unbounded(layers), layers),
    }
}
