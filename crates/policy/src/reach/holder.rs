//! Requests that a principal's own policies let through.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::catalogue;
use crate::decide::{Env, Stance};
use crate::document::{Document, Effect, Statement};
use crate::principal::{Arn, is_account};
use crate::reach::callers::{STRANGER, Who};
use crate::reach::domain::{Domain, Mode, Setting, domain};
use crate::reach::hunt::{Effort, Found, Hunt, Placed, Stack, covered, keys};
use crate::reach::solve::{Demand, Space};
use crate::reach::universe::{Places, Universe, services, told_apart};
use crate::tables::{Control, control};
use crate::work::within_budget;
use crate::{
    Audience, BlockPublicAccess, Context, LayerName, Layers, Principal, Reading, Request, ResourceKind, Target,
};

/// The account that a principal is in where nothing says which.
pub(crate) const OWN_ACCOUNT: &str = "111111111111";

/// A search for a request of one principal.
pub(crate) struct Holder<'h> {
    who: Who,
    account: String,
    stance: Stance,
    layers: &'h Layers,
    /// What must not let the request through, and how its unknowns are read.
    except: Option<(&'h Layers, Stance)>,
    /// Context keys that are given.
    given: Context,
    /// The accounts that the resource can be in.
    owners: Vec<String>,
    /// A statement whose actions and resources the request is about.
    about: Option<&'h Statement>,
}

impl<'h> Holder<'h> {
    pub(crate) fn new(who: Who, layers: &'h Layers, stance: Stance) -> Self {
        let account = match &who.principal {
            Principal::Arn(arn) => Arn::parse(arn).map_or(OWN_ACCOUNT, |arn| arn.account).to_owned(),
            _ => OWN_ACCOUNT.to_owned(),
        };
        let owners = vec![account.clone()];
        Self { who, account, stance, layers, except: None, given: Context::default(), owners, about: None }
    }

    /// Only requests that these layers do not let through.
    pub(crate) fn except(mut self, layers: &'h Layers, stance: Stance) -> Self {
        self.except = Some((layers, stance));
        self
    }

    /// Only requests with these keys in their context.
    pub(crate) fn given(mut self, given: Context) -> Self {
        self.given = given;
        self
    }

    /// Also resources of these accounts.
    pub(crate) fn owners(mut self, accounts: Vec<String>) -> Self {
        self.owners = accounts;
        self
    }

    /// Only requests about the actions and resources of a statement.
    pub(crate) fn about(mut self, statement: &'h Statement) -> Self {
        self.about = Some(statement);
        self
    }

    /// A request about any of these actions, or about any action at all.
    pub(crate) fn find(&self, only: Option<&Universe>, effort: &mut Effort) -> Option<Found> {
        within_budget(|| self.find_within(only, effort))
    }

    fn find_within(&self, only: Option<&Universe>, effort: &mut Effort) -> Option<Found> {
        let stack = Stack::new(self.layers, self.stance);
        let except = self.except.map(|(layers, stance)| Stack::new(layers, stance));
        let stack = match &except {
            Some(except) => stack.sparing(except, LayerName::Identity),
            None => stack,
        };
        for owner in &self.owners {
            for mode in [Mode::Internet, Mode::Vpc] {
                let world = World { holder: self, stack: &stack, except: except.as_ref(), owner, mode };
                let found = world.find(only, effort);
                if found.is_some() {
                    return found;
                }
                // The budget may end here, and what it left out is not to be forgotten.
                if effort.is_spent() {
                    effort.exact = false;
                    return None;
                }
            }
        }
        None
    }
}

/// One owner of the resource and one way to it.
struct World<'s, 'h> {
    holder: &'s Holder<'h>,
    stack: &'s Stack<'h>,
    except: Option<&'s Stack<'h>>,
    owner: &'s str,
    mode: Mode,
}

impl<'h> World<'_, 'h> {
    fn find(&self, only: Option<&Universe>, effort: &mut Effort) -> Option<Found> {
        let Holder { who, layers, stance, account, given, .. } = self.holder;
        let all = self.stack.statements.iter().chain(self.except.iter().flat_map(|stack| &stack.statements));
        let keys = keys(all.clone());
        let networked = keys.keys().any(|key| [Control::Vpc, Control::Address].contains(&control(key)));
        if matches!(self.mode, Mode::Vpc) && !networked {
            return None;
        }
        let base = Request {
            principal: who.principal.clone(),
            action: String::new(),
            resource: String::new(),
            resource_account: Some(self.owner.to_owned()),
            context: given.clone(),
        };
        let target = somewhere(account);
        let setting = Setting {
            mode: self.mode,
            audience: Audience::SameAccount,
            target: &target,
            // Nothing is known of the organisation, so anything can be.
            stance: Stance::Open,
            for_anybody: false,
        };
        let env = Env::new(layers, &base);
        let domains: BTreeMap<&'h str, Domain> = keys
            .iter()
            .filter(|(key, _)| env.key(key).is_none())
            .map(|(key, conditions)| (*key, domain(key, conditions, &env, setting)))
            .collect();
        let space = |universe: &Universe| Space {
            stance: *stance,
            free_name: who.free_name,
            any_name: who.free_name,
            layers,
            actions: universe.actions.clone(),
            resources: universe.resources.clone(),
            keys: keys.clone(),
            domains: domains.clone(),
            base: base.clone(),
        };
        let mut settled = Vec::new();
        if let Some(universe) = only {
            let space = space(universe);
            let mut hunt = Hunt { space: &space, stack: self.stack, except: self.except, effort };
            let actions = 0..universe.actions.len();
            return actions.into_iter().find_map(|action| hunt.find(&mut vec![Demand::ActionIs(action)], &mut settled));
        }
        let documents: Vec<&Document> = all.map(|placed| placed.document).collect();
        let places = Places::of(account, documents);
        for service in self.services() {
            let universe = match service {
                Wanted::Service(name) => catalogue::service(name).map(|service| Universe::service(service, &places)),
                Wanted::Unknown(placed) => Universe::unknown(placed.statement),
            };
            let Some(universe) = universe else { continue };
            let space = space(&universe);
            for source in self.sources() {
                let mut hunt = Hunt { space: &space, stack: self.stack, except: self.except, effort };
                let mut demands = covered(&source, None);
                if let Some(statement) = self.holder.about {
                    demands.push(Demand::Action(&statement.action, true));
                    demands.extend(statement.resource.iter().map(|element| Demand::Resource(element, None, true)));
                }
                let found = hunt.find(&mut demands, &mut vec![(LayerName::Identity, 0)]);
                if found.is_some() || effort.is_spent() {
                    return found;
                }
            }
        }
        None
    }

    /// Statements that grant something.
    fn sources(&self) -> Vec<Placed<'h>> {
        let allow = |placed: &&Placed<'_>| {
            let granting = placed.layer == LayerName::Identity && placed.statement.effect == Effect::Allow;
            granting && !self.stack.spares(placed)
        };
        let mut found: Vec<Placed<'h>> = self.stack.statements.iter().filter(allow).copied().collect();
        found.sort_by_key(Placed::source);
        found
    }

    /// The services that the statements are about, each once.
    fn services(&self) -> Vec<Wanted<'h>> {
        let mut seen = std::collections::BTreeSet::new();
        let sources = self.sources();
        let all = self.stack.statements.iter().chain(self.except.iter().flat_map(|stack| &stack.statements));
        let apart = told_apart(all.map(|placed| placed.statement).chain(self.holder.about));
        let known =
            sources.iter().flat_map(|placed| services(placed.statement, &apart)).filter(|name| seen.insert(*name));
        let known: Vec<Wanted<'h>> = known.map(Wanted::Service).collect();
        known.into_iter().chain(sources.into_iter().map(Wanted::Unknown)).collect()
    }
}

enum Wanted<'h> {
    Service(&'static str),
    /// What this statement names and the catalogue does not know.
    Unknown(Placed<'h>),
}

/// An account of which nothing else is known.
fn somewhere(account: &str) -> Target {
    Target {
        kind: ResourceKind::ResourcePolicy,
        arn: None,
        account: account.to_owned(),
        policy: Reading::Read(None),
        organization: Arc::default(),
        block_public_access: BlockPublicAccess::default(),
        acl: Reading::Read(None),
        access_points: Vec::new(),
        rcp: Reading::Read(Vec::new()),
        trusted_accounts: std::collections::BTreeSet::new(),
    }
}

/// A policy of the resource that leaves everything to the policies of an account (fact A8).
pub(crate) fn delegation(account: &str) -> Option<Reading<Arc<Document>>> {
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{{"AWS":"{account}"}},"Action":"*","Resource":"*"}}}}"#
    );
    Document::parse(&text).ok().map(|document| Reading::Read(Arc::new(document)))
}

/// A policy that allows every action on every resource.
pub(crate) fn everything() -> Option<Reading<Arc<Document>>> {
    let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    Document::parse(text).ok().map(|document| Reading::Read(Arc::new(document)))
}

/// Accounts that conditions of documents name, for the caller or for the owner of the resource.
pub(crate) fn accounts_in<'d>(key: &str, documents: impl IntoIterator<Item = &'d Document>) -> Vec<String> {
    let statements = documents.into_iter().flat_map(Document::statements);
    let conditions = statements.flat_map(|statement| &statement.conditions).filter(|condition| condition.key == key);
    let mut found: Vec<String> = Vec::new();
    for value in conditions.flat_map(|condition| &condition.values) {
        let account = Arn::parse(&value.raw).map_or(value.raw.as_str(), |arn| arn.account);
        if is_account(account) {
            found.push(account.to_owned());
        } else if value.text.is_wild() {
            found.push(STRANGER.to_owned());
        }
    }
    found.sort();
    found.dedup();
    found
}
