//! Whether a technique works: each of its calls is looked for, and those that share a target on the same thing.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::admin::{allows_all_plainly, changed, everything, without_own_choice};
use super::attempt::Attempt;
use super::cover::is_plainly_within;
use super::technique::is_assuming;
use super::trust::trusts;
use super::{CallerIs, Escalation, Feasible, Grantee, RoleRights, Technique, techniques};
use crate::compare::compare_identity;
use crate::decide::Stance;
use crate::document::{Effect, Statement};
use crate::principal::Arn;
use crate::reach::callers::Who;
use crate::reach::holder::{OWN_ACCOUNT, delegation};
use crate::reach::hunt::Stack;
use crate::reach::search::Sought;
use crate::reach::universe::Places;
use crate::text::ResourcePattern;
use crate::{Answer, Doubt, LayerName, Layers, Principal, Reading};

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
    pub(super) roles: Option<&'g [RoleRights]>,
    /// The caller's layers, with an owner of every resource that leaves all to the caller's own policies.
    pub(super) layers: Layers,
    pub(super) places: Places,
    /// What of the caller's own policies is not known.
    doubts: Vec<Doubt>,
    /// The caller's layers as if it had done what it can do by itself, such as to sign in with MFA.
    at_best: Layers,
    /// Whether that is everything, so that nobody has more.
    pub(super) has_all: bool,
    asked: Asked<'g>,
}

/// Answers about roles, so that each is asked for once.
#[derive(Default)]
struct Asked<'g> {
    gains: RefCell<BTreeMap<(&'g str, bool), Answer<Doubt>>>,
    touched: RefCell<BTreeMap<String, BTreeMap<String, bool>>>,
    exceeds: RefCell<BTreeMap<&'g str, Answer<Doubt>>>,
    trusts: RefCell<BTreeMap<(&'g str, String, bool), Sought>>,
}

impl<'g> Solver<'g> {
    fn new(grantee: &'g Grantee, roles: Option<&'g [RoleRights]>) -> Self {
        let principal = grantee.principal.as_deref().map(|arn| role_of_session(arn, roles));
        let of_principal = principal.as_deref().and_then(Arn::parse).map(|arn| arn.account.to_owned());
        let account = grantee.account.clone().or(of_principal).unwrap_or_else(|| OWN_ACCOUNT.to_owned());
        let layers = Layers { resource: delegation(&account), ..grantee.layers.clone() };
        let stack = Stack::new(&layers, Stance::Open);
        let places = Places::of(&account, stack.statements.iter().map(|placed| placed.document));
        let doubts = crate::decide::doubts(&layers);
        let at_best = changed(&grantee.layers, &without_own_choice);
        let has_all = allows_all_plainly(&at_best, Stance::Tight);
        Self { has_all, at_best, grantee, principal, account, roles, layers, places, doubts, asked: Asked::default() }
    }

    fn feasible(&self, technique: &Technique) -> Feasible {
        if !technique.steps.iter().all(|step| self.may_be_allowed(&step.action)) {
            return Feasible::No;
        }
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
        let doubtful = |role: &RoleRights| !doubts_of(role).is_empty();
        !self.doubts.is_empty() || (about_roles && self.roles.is_some_and(|roles| roles.iter().any(doubtful)))
    }

    /// What is not known of the caller and of the roles that it would take over.
    fn doubts_about(&self, escalation: &Escalation) -> Vec<Doubt> {
        let mut found = self.doubts.clone();
        let named = |role: &&RoleRights| escalation.targets.values().any(|arn| *arn == role.arn);
        found.extend(self.roles.unwrap_or_default().iter().filter(named).flat_map(doubts_of));
        found.sort();
        found.dedup();
        if found.is_empty() { vec![Doubt::too_complex()] } else { found }
    }

    /// Whether any statement speaks for an action; most techniques end here.
    fn may_be_allowed(&self, action: &str) -> bool {
        // A trust policy that names the caller is enough by itself (fact A10).
        if is_assuming(action) && self.roles.is_some() && self.principal.is_some() {
            return true;
        }
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

    /// Whether any statement speaks for an action on a resource; most roles are none that the caller can touch.
    pub(super) fn may_be_allowed_on(&self, action: &str, resource: &str) -> bool {
        let known = self.asked.touched.borrow().get(resource).and_then(|actions| actions.get(action).copied());
        if let Some(known) = known {
            return known;
        }
        let lower = action.to_ascii_lowercase();
        let speaks = |statement: &Statement| {
            let matches = |pattern: &ResourcePattern| pattern.fixed().is_none_or(|glob| glob.matches(resource));
            let of_action =
                statement.action.entries.iter().any(|glob| glob.matches(&lower)) != statement.action.negated;
            let of_resource = statement
                .resource
                .as_ref()
                .is_none_or(|element| element.negated || element.entries.iter().any(matches));
            statement.effect() == Effect::Allow && of_action && of_resource
        };
        let answer = self.layers.identity.as_deref().is_none_or(|documents| {
            documents.iter().any(|reading| match reading {
                Reading::Unreadable => true,
                Reading::Read(document) => document.statements().iter().any(speaks),
            })
        });
        let mut touched = self.asked.touched.borrow_mut();
        touched.entry(resource.to_owned()).or_default().insert(action.to_owned(), answer);
        answer
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

    /// Whether a role may do something that the caller may not; `freed` = once its boundary is gone.
    pub(super) fn gains(&self, role: &'g RoleRights, freed: bool) -> Answer<Doubt> {
        let key = (role.arn.as_str(), freed);
        if let Some(known) = self.asked.gains.borrow().get(&key) {
            return known.clone();
        }
        let layers = if freed { unbounded(&role.layers) } else { role.layers.clone() };
        let answer = match compare_identity_quickly(&layers, &self.at_best) {
            Answer::No => self.gains_unread(role, &layers),
            answer => answer,
        };
        self.asked.gains.borrow_mut().insert(key, answer.clone());
        answer
    }

    /// The answer where what could be read of a role gives it nothing more: the rest may give it anything.
    fn gains_unread(&self, role: &RoleRights, layers: &Layers) -> Answer<Doubt> {
        let identity = layers.identity.as_deref().unwrap_or_default();
        let Some(everything) = everything().filter(|_| identity.contains(&Reading::Unreadable)) else {
            return Answer::No;
        };
        let open = Layers { identity: everything.identity, ..layers.clone() };
        match compare_identity(&open, &self.at_best) {
            Answer::Yes(_) => Answer::Unknown(doubts_of(role)),
            answer => answer,
        }
    }

    /// Whether a role has a boundary that keeps it from something.
    pub(super) fn exceeds(&self, role: &'g RoleRights) -> Answer<Doubt> {
        if let Some(known) = self.asked.exceeds.borrow().get(role.arn.as_str()) {
            return known.clone();
        }
        let answer = exceeds_boundary(&role.layers);
        self.asked.exceeds.borrow_mut().insert(&role.arn, answer.clone());
        answer
    }

    /// Whether a role lets a service or an identity provider assume it.
    pub(super) fn trusts(&self, role: &'g RoleRights, by: &str, stance: Stance) -> Sought {
        let key = (role.arn.as_str(), by.to_owned(), stance == Stance::Open);
        if let Some(known) = self.asked.trusts.borrow().get(&key) {
            return known.clone();
        }
        let answer = trusts(role, &self.account, by, stance);
        self.asked.trusts.borrow_mut().insert(key, answer.clone());
        answer
    }
}

/// The role behind a session, with its path where the role is known; any other ARN as it is.
fn role_of_session(arn: &str, roles: Option<&[RoleRights]>) -> String {
    let session = Arn::parse(arn).filter(|parsed| parsed.service == "sts" && parsed.kind() == "assumed-role");
    let Some(session) = session else { return arn.to_owned() };
    let name = session.name().split('/').next().unwrap_or_default();
    let same = |role: &&RoleRights| {
        Arn::parse(&role.arn).is_some_and(|role| {
            role.account == session.account && role.kind() == "role" && role.name().rsplit('/').next() == Some(name)
        })
    };
    roles.unwrap_or_default().iter().find(same).map_or_else(
        || format!("arn:{}:iam::{}:role/{name}", session.partition, session.account),
        |role| role.arn.clone(),
    )
}

/// What of a role could not be read.
fn doubts_of(role: &RoleRights) -> Vec<Doubt> {
    let mut found = crate::decide::doubts(&role.layers);
    match &role.trust {
        Reading::Unreadable => found.push(Doubt::unreadable(LayerName::Resource)),
        Reading::Read(document) if document.has_holes() => found.push(Doubt::hole(LayerName::Resource)),
        Reading::Read(_) => {}
    }
    found
}

/// What [`compare_identity`] says, without a search where a look is enough.
fn compare_identity_quickly(new: &Layers, old: &Layers) -> Answer<Doubt> {
    if is_plainly_within(new, old) { Answer::No } else { compare_identity(new, old) }
}

fn unbounded(layers: &Layers) -> Layers {
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
