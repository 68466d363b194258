//! The roles of an account, and what is asked about them again and again.
//!
//! What a role trusts, wins or has a boundary for does not depend on the name of who asks, only on documents; and
//! thousands of roles share a few hundred of those. Each such question is answered once for all that ask it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::admin::everything;
use super::cover::is_plainly_within;
use super::members::Members;
use super::solve::{Solver, doubts_of, exceeds_boundary, unbounded};
use super::technique::known;
use super::trust::{Lets, providers, trusts};
use super::{Feasible, Grantee, RoleRights, Technique};
use crate::compare::compare_identity;
use crate::decide::{Env, Stance, Tri, decide_as, doubts};
use crate::document::{Effect, Statement};
use crate::glob::Glob;
use crate::principal::{Arn, Caller, PrincipalEntry};
use crate::reach::holder::{OWN_ACCOUNT, delegation};
use crate::{Answer, Context, Decided, Decision, Document, Doubt, Layers, Principal, Reading, Request};

/// All roles of an account: built once, and asked for each principal.
#[derive(Debug, Default)]
pub struct Roles {
    /// By ARN, so that the order in which they were given changes no answer.
    all: Vec<RoleRights>,
    /// The stack of policies that each holds, with its boundary and without.
    stacks: Vec<[usize; 2]>,
    trusts: Vec<Trust>,
    /// Which of the trust policies each has.
    trust_of: Vec<usize>,
    by_arn: HashMap<String, usize>,
    by_name: HashMap<(String, String), usize>,
    bounded: Members,
    federated: Members,
    is_doubtful: bool,
    memo: Mutex<Memo>,
}

/// A trust policy, and the roles that have it.
#[derive(Debug)]
struct Trust {
    document: Reading<Arc<Document>>,
    roles: Members,
    admits: Admits,
}

/// Whom of AWS's own principals a trust policy may let in, conditions apart.
#[derive(Debug, Default)]
struct Admits {
    /// Whoever it is: `*`, `NotPrincipal`, or what is not known.
    anybody: bool,
    accounts: Vec<String>,
    /// Names of users, roles and sessions.
    names: Vec<String>,
}

/// Whether a role wins something, or has a boundary that keeps it from anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum More {
    Yes,
    No,
    Unknown(Vec<Doubt>),
}

/// How many questions there were.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Those that were asked.
    pub asked: usize,
    /// Those among them that nobody had asked before.
    pub distinct: usize,
}

#[derive(Debug, Default)]
struct Memo {
    stacks: HashMap<Layers, usize>,
    /// What the Allows of a document speak for, of the actions that techniques know.
    actions: HashMap<Arc<Document>, Arc<Members>>,
    /// Roles that a pattern for resources matches.
    matching: HashMap<Glob, Arc<Members>>,
    lets: HashMap<(usize, String, String, bool), Lets>,
    trusting: HashMap<(String, String, bool), Arc<Members>>,
    gains: HashMap<(usize, usize), More>,
    exceeds: HashMap<usize, More>,
    /// Requests that a stack of policies lets through and another did not.
    telling: HashMap<usize, Vec<Request>>,
    /// Policies of resources that leave everything to an account.
    delegations: BTreeMap<String, Option<Reading<Arc<Document>>>>,
    tally: Tally,
}

/// How many requests are kept of a stack.
const TELLING: usize = 24;

impl Roles {
    /// The roles, in any order.
    pub fn new(mut all: Vec<RoleRights>) -> Self {
        all.sort_by(|one, other| one.arn.cmp(&other.arn));
        let count = all.len();
        let mut roles = Self { bounded: Members::none(count), federated: Members::none(count), ..Self::default() };
        let mut known: HashMap<Reading<Arc<Document>>, usize> = HashMap::new();
        for (place, role) in all.iter().enumerate() {
            let next = roles.trusts.len();
            let trust = *known.entry(role.trust.clone()).or_insert(next);
            if trust == next {
                roles.trusts.push(Trust {
                    document: role.trust.clone(),
                    roles: Members::none(count),
                    admits: Admits::of(&role.trust),
                });
            }
            if let Some(trust) = roles.trusts.get_mut(trust) {
                trust.roles.insert(place);
            }
            roles.trust_of.push(trust);
            let bounded = roles.stack(&role.layers);
            let freed = if role.layers.boundary.is_some() { roles.stack(&unbounded(&role.layers)) } else { bounded };
            roles.stacks.push([bounded, freed]);
            if role.layers.boundary.is_some() {
                roles.bounded.insert(place);
            }
            if role.trust == Reading::Unreadable || !providers(role, "").is_empty() {
                roles.federated.insert(place);
            }
            roles.is_doubtful |= !doubts_of(role).is_empty();
            roles.by_arn.entry(role.arn.clone()).or_insert(place);
            if let Some(arn) = Arn::parse(&role.arn).filter(|arn| arn.kind() == "role") {
                let name = arn.name().rsplit('/').next().unwrap_or_default().to_owned();
                roles.by_name.entry((arn.account.to_owned(), name)).or_insert(place);
            }
        }
        Self { all, ..roles }
    }

    /// The roles, by ARN.
    pub fn all(&self) -> &[RoleRights] {
        &self.all
    }

    /// The role with this ARN.
    pub fn of(&self, arn: &str) -> Option<&RoleRights> {
        self.by_arn.get(arn).and_then(|place| self.role(*place))
    }

    /// Those of the wanted techniques that work for a principal or could not be decided, in the order of
    /// [`techniques`](super::techniques).
    pub fn escalations(
        &self,
        grantee: &Grantee,
        wanted: impl Fn(&Technique) -> bool,
    ) -> Vec<(&'static Technique, Feasible)> {
        Solver::new(grantee, Some(self)).escalations(wanted)
    }

    /// How many questions were asked about the roles and by whom they can be taken over, and how many were new.
    pub fn tally(&self) -> Tally {
        self.memo().tally
    }

    fn memo(&self) -> MutexGuard<'_, Memo> {
        self.memo.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a question that is answered elsewhere.
    pub(super) fn count(&self, asked: usize, distinct: usize) {
        let tally = &mut self.memo().tally;
        tally.asked += asked;
        tally.distinct += distinct;
    }

    pub(super) fn role(&self, place: usize) -> Option<&RoleRights> {
        self.all.get(place)
    }

    pub(super) fn trust_of(&self, place: usize) -> usize {
        self.trust_of.get(place).copied().unwrap_or_default()
    }

    pub(super) fn named(&self, account: &str, name: &str) -> Option<&RoleRights> {
        self.by_name.get(&(account.to_owned(), name.to_owned())).and_then(|place| self.role(*place))
    }

    pub(super) fn everybody(&self) -> Members {
        Members::all(self.all.len())
    }

    pub(super) fn nobody(&self) -> Members {
        Members::none(self.all.len())
    }

    /// Those with a boundary.
    pub(super) fn bounded(&self) -> &Members {
        &self.bounded
    }

    /// Those whose trust policy names identity providers, or could not be read.
    pub(super) fn federated(&self) -> &Members {
        &self.federated
    }

    /// Whether anything of any of them could not be read.
    pub(super) fn is_doubtful(&self) -> bool {
        self.is_doubtful
    }

    /// The number of a stack of policies; equal ones have the same.
    pub(super) fn stack(&self, layers: &Layers) -> usize {
        let mut memo = self.memo();
        let next = memo.stacks.len();
        if let Some(known) = memo.stacks.get(layers) {
            return *known;
        }
        memo.stacks.insert(layers.clone(), next);
        next
    }

    /// What the Allows of a document speak for, of the actions that techniques know.
    pub(super) fn actions(&self, document: &Arc<Document>) -> Arc<Members> {
        let mut memo = self.memo();
        if let Some(found) = memo.actions.get(document) {
            return Arc::clone(found);
        }
        let found = Arc::new(actions_of(document));
        memo.actions.insert(Arc::clone(document), Arc::clone(&found));
        found
    }

    /// The roles that a pattern for resources matches.
    pub(super) fn matching(&self, pattern: &Glob) -> Arc<Members> {
        if let Some(found) = self.memo().matching.get(pattern) {
            return Arc::clone(found);
        }
        let mut found = self.nobody();
        match pattern.literal() {
            Some(arn) => self.by_arn.get(&arn).into_iter().for_each(|place| found.insert(*place)),
            None if pattern.is_everything() => found = self.everybody(),
            None => {
                let all = self.all.iter().enumerate().filter(|(_, role)| pattern.matches(&role.arn));
                all.for_each(|(place, _)| found.insert(place));
            }
        }
        let found = Arc::new(found);
        self.memo().matching.insert(pattern.clone(), Arc::clone(&found));
        found
    }

    /// Whether a role lets a service or an identity provider assume it.
    pub(super) fn lets(&self, place: usize, account: &str, by: &str, stance: Stance) -> Lets {
        let trust = self.trust_of(place);
        let key = (trust, account.to_owned(), by.to_owned(), stance == Stance::Open);
        let known = self.memo().lets.get(&key).copied();
        self.count(1, usize::from(known.is_none()));
        known.unwrap_or_else(|| {
            let answer = self.role(place).map_or(Lets::No, |role| trusts(role, account, by, stance));
            self.memo().lets.insert(key, answer);
            answer
        })
    }

    /// The roles that let a service assume them, or of which that is not known.
    pub(super) fn trusting(&self, account: &str, by: &str, stance: Stance) -> Arc<Members> {
        let key = (account.to_owned(), by.to_owned(), stance == Stance::Open);
        if let Some(found) = self.memo().trusting.get(&key) {
            return Arc::clone(found);
        }
        let mut found = self.nobody();
        for trust in &self.trusts {
            let first = trust.roles.iter().next();
            if first.is_some_and(|place| self.lets(place, account, by, stance) != Lets::No) {
                found.add(&trust.roles);
            }
        }
        let found = Arc::new(found);
        self.memo().trusting.insert(key, Arc::clone(&found));
        found
    }

    /// The roles whose trust policy may let a principal assume them: by itself, or together with the principal's own
    /// policies where those are about the role.
    pub(super) fn admitting(&self, principal: Option<&str>, touched: &Members) -> Members {
        let mut found = self.nobody();
        let arn = principal.and_then(Arn::parse).filter(|arn| matches!(arn.kind(), "user" | "role"));
        let name = arn.as_ref().map(|arn| arn.name().rsplit('/').next().unwrap_or_default());
        for trust in &self.trusts {
            let Admits { anybody, accounts, names } = &trust.admits;
            let (Some(arn), Some(name), Some(principal)) = (&arn, name, principal) else {
                if *anybody || !accounts.is_empty() || !names.is_empty() {
                    found.add(&trust.roles);
                }
                continue;
            };
            if names.iter().any(|known| known == name) || (*anybody && trust.may_admit(principal)) {
                found.add(&trust.roles);
            } else if accounts.iter().any(|account| account == arn.account) {
                let mut own = trust.roles.clone();
                own.keep(touched);
                found.add(&own);
            }
        }
        found
    }

    /// The stack of policies of a role, with its boundary or without.
    fn stack_of(&self, place: usize, freed: bool) -> usize {
        self.stacks.get(place).and_then(|stacks| stacks.get(usize::from(freed))).copied().unwrap_or_default()
    }

    /// What [`Roles::gains`] said the last time.
    pub(super) fn known_gains(&self, place: usize, freed: bool, caller: usize) -> Option<More> {
        self.memo().gains.get(&(self.stack_of(place, freed), caller)).cloned()
    }

    /// Whether a role may do something that a caller may not; `freed` = once its boundary is gone. The caller is known
    /// by the number of its stack, and by what it may do at best.
    pub(super) fn gains(&self, place: usize, freed: bool, (caller, at_best): (usize, &Layers)) -> More {
        let own = self.stack_of(place, freed);
        let known = self.known_gains(place, freed, caller);
        self.count(1, usize::from(known.is_none()));
        known.unwrap_or_else(|| {
            let Some(role) = self.role(place) else { return More::No };
            let layers = if freed { &unbounded(&role.layers) } else { &role.layers };
            let answer = self.gains_anew(role, layers, own, caller, at_best);
            self.memo().gains.insert((own, caller), answer.clone());
            answer
        })
    }

    fn gains_anew(&self, role: &RoleRights, layers: &Layers, own: usize, caller: usize, at_best: &Layers) -> More {
        // Nobody has more than itself.
        if own == caller && doubts(layers).is_empty() {
            return More::No;
        }
        // What told the role from others may tell it from this one.
        let telling = self.memo().telling.get(&own).cloned().unwrap_or_default();
        if telling.iter().any(|request| !self.allows(at_best, request)) {
            return More::Yes;
        }
        if is_plainly_within(layers, at_best) {
            return gains_unread(role, layers, at_best);
        }
        match compare_identity(layers, at_best) {
            Answer::Yes(hit) => {
                let mut memo = self.memo();
                let telling = memo.telling.entry(own).or_default();
                if telling.len() < TELLING {
                    telling.push(Arc::unwrap_or_clone(hit.witness));
                }
                More::Yes
            }
            Answer::No => gains_unread(role, layers, at_best),
            Answer::Unknown(doubts) => More::Unknown(doubts),
        }
    }

    /// Whether a stack, read as open as it can be, lets a request through.
    fn allows(&self, layers: &Layers, request: &Request) -> bool {
        let account = Caller::new(&request.principal).account.unwrap_or(OWN_ACCOUNT);
        let mut memo = self.memo();
        let owner = memo.delegations.entry(account.to_owned()).or_insert_with(|| delegation(account)).clone();
        drop(memo);
        let layers = Layers { resource: owner, ..layers.clone() };
        decide_as(&layers, request, Stance::Open).decision == Decided::Known(Decision::Allow)
    }

    /// Whether a role has a boundary that keeps it from something.
    pub(super) fn exceeds(&self, place: usize) -> More {
        let Some((role, [stack, _])) = self.role(place).zip(self.stacks.get(place)) else { return More::No };
        let known = self.memo().exceeds.get(stack).cloned();
        self.count(1, usize::from(known.is_none()));
        known.unwrap_or_else(|| {
            let answer = More::from(exceeds_boundary(&role.layers));
            self.memo().exceeds.insert(*stack, answer.clone());
            answer
        })
    }
}

impl From<Answer<Doubt>> for More {
    fn from(answer: Answer<Doubt>) -> Self {
        match answer {
            Answer::Yes(_) => Self::Yes,
            Answer::No => Self::No,
            Answer::Unknown(doubts) => Self::Unknown(doubts),
        }
    }
}

/// The answer where what could be read of a role gives it nothing more: the rest may give it anything.
fn gains_unread(role: &RoleRights, layers: &Layers, at_best: &Layers) -> More {
    let identity = layers.identity.as_deref().unwrap_or_default();
    let Some(everything) = everything().filter(|_| identity.contains(&Reading::Unreadable)) else {
        return More::No;
    };
    let open = Layers { identity: everything.identity, ..layers.clone() };
    match compare_identity(&open, at_best) {
        Answer::Yes(_) => More::Unknown(doubts_of(role)),
        answer => answer.into(),
    }
}

/// What the Allows of a document speak for, of the actions that techniques know.
pub(super) fn actions_of(document: &Document) -> Members {
    let actions = &known().actions;
    let mut found = Members::none(actions.len());
    for (place, action) in actions.iter().enumerate() {
        if document.statements().iter().any(|statement| speaks_for(statement, action)) {
            found.insert(place);
        }
    }
    found
}

/// Whether an Allow is about an action, whatever else it says.
pub(super) fn speaks_for(statement: &Statement, lower: &str) -> bool {
    let named = || statement.action.entries.iter().any(|glob| glob.matches(lower));
    statement.effect() == Effect::Allow && named() != statement.action.negated
}

impl Admits {
    fn of(trust: &Reading<Arc<Document>>) -> Self {
        let Reading::Read(document) = trust else { return Self { anybody: true, ..Self::default() } };
        let mut found = Self::default();
        let allows = document.statements().iter().filter(|statement| statement.effect() == Effect::Allow);
        for element in allows.filter_map(|statement| statement.principal.as_ref()) {
            found.anybody |= element.negated;
            for entry in &element.entries {
                match entry {
                    PrincipalEntry::Everyone | PrincipalEntry::Hole => found.anybody = true,
                    PrincipalEntry::Account(account) => found.accounts.push(account.clone()),
                    PrincipalEntry::User { arn, .. }
                    | PrincipalEntry::Role { arn, .. }
                    | PrincipalEntry::Session { arn, .. }
                    | PrincipalEntry::FederatedUser { arn, .. } => {
                        found.names.extend(arn.split('/').skip(1).map(str::to_owned));
                    }
                    PrincipalEntry::Service(_)
                    | PrincipalEntry::Federated(_)
                    | PrincipalEntry::CanonicalUser(_)
                    | PrincipalEntry::OriginAccessIdentity(_)
                    | PrincipalEntry::Nobody(_) => {}
                }
            }
        }
        found
    }
}

impl Trust {
    /// Whether an Allow names a principal, and no condition on who it is stands against it.
    fn may_admit(&self, principal: &str) -> bool {
        let Reading::Read(document) = &self.document else { return true };
        let request = Request {
            principal: Principal::Arn(principal.to_owned()),
            action: "sts:AssumeRole".to_owned(),
            resource: String::new(),
            resource_account: None,
            context: Context::default(),
        };
        let layers = Layers::default();
        let env = Env::new(&layers, &request);
        document.statements().iter().filter(|statement| statement.effect() == Effect::Allow).any(|statement| {
            let named = statement.principal.as_ref().map(|element| env.named(element, Effect::Allow).0);
            let met = statement.conditions.iter().all(|condition| {
                let value = env.caller.key(&condition.key);
                value.is_none()
                    || condition.has_hole()
                    || condition.holds_for(value.as_ref(), &|key| env.caller.key(key), false)
                    || condition.values.iter().any(|value| value.text.variables().next().is_some())
            });
            named.is_some_and(|named| named != Tri::No) && met
        })
    }
}
