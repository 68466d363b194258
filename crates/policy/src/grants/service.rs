//! Which services policies grant as a whole.

use std::sync::Arc;

use super::Grantee;
use super::admin::{Attempt, changed, own_conditions, without_own_choice};
use crate::catalogue::{self, Access, Service};
use crate::compare::more_for;
use crate::decide::Stance;
use crate::document::{Effect, Element, Statement};
use crate::glob::Glob;
use crate::reach::holder::{Holder, delegation};
use crate::reach::hunt::{Effort, Stack};
use crate::reach::search::Sought;
use crate::reach::universe::{Places, Universe};
use crate::{Audience, Document, Doubt, Hit, LayerName, Layers, Reading};

/// The services of which identity policies leave nothing out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WholeServices {
    /// Their prefixes, the most sensitive first.
    pub services: Vec<&'static str>,
    /// A request of the first one, one that changes permissions or writes where it can; with the statements behind it.
    pub proof: Option<Hit>,
    /// Why it could not be decided of others.
    pub doubts: Vec<Doubt>,
}

/// Services with which other rights, secrets or the log can be had.
const SENSITIVE: [&str; 16] = [
    "iam",
    "organizations",
    "sts",
    "sso",
    "identitystore",
    "kms",
    "secretsmanager",
    "s3",
    "cloudtrail",
    "lambda",
    "ec2",
    "ssm",
    "cloudformation",
    "ecs",
    "dynamodb",
    "rds",
];

/// The services of which identity policies, taken together, allow every action on every resource.
///
/// `NotAction`, and a split over several statements, count. A condition that the principal can satisfy by itself does not
/// stand in the way, as for [`crate::admin_equivalent`]. Services that can only be read are left aside. The account is the one that the policies are of.
pub fn whole_services(documents: &[Reading<Arc<Document>>], account: &str) -> WholeServices {
    let layers = Layers { identity: Some(documents.to_vec()), ..Layers::default() };
    let stripped = changed(&layers, &without_own_choice);
    let grantee = Grantee { account: Some(account.to_owned()), layers: layers.clone(), ..Grantee::default() };
    let attempt = Attempt { grantee: &grantee };
    let reading = if own_conditions(&layers).is_empty() || attempt.avoids_all(&layers) { &stripped } else { &layers };
    let stack = Stack::new(reading, Stance::Tight);
    let statements: Vec<&Statement> = stack.statements.iter().map(|placed| placed.statement).collect();
    let allows = || statements.iter().filter(|statement| statement.effect() == Effect::Allow);
    let all = || SENSITIVE.into_iter().chain(catalogue::prefixes().filter(|prefix| !SENSITIVE.contains(prefix)));
    let mut found = WholeServices::default();
    let about = About::of(allows().copied());
    for prefix in all().filter(|prefix| about.takes(prefix)) {
        let Some(service) = catalogue::service(prefix).filter(|service| changes_something(service)) else { continue };
        match extent(service, reading, &statements, &attempt) {
            Extent::Whole => found.services.push(prefix),
            Extent::Unsure => found.doubts.push(Doubt::too_complex()),
            Extent::Part => {}
        }
    }
    found.doubts.dedup();
    found.proof =
        found.services.first().and_then(|prefix| proof(catalogue::service(prefix)?, &layers, &attempt, account));
    found
}

/// Whether a service has an action that does more than read. Prices and the like are no rights worth narrowing.
fn changes_something(service: &Service) -> bool {
    service.actions.iter().any(|action| action.access >= Access::Tagging)
}

/// How much of a service is granted.
enum Extent {
    Whole,
    Part,
    Unsure,
}

fn extent(service: &Service, layers: &Layers, statements: &[&Statement], attempt: &Attempt<'_>) -> Extent {
    let allows = || statements.iter().filter(|statement| statement.effect() == Effect::Allow);
    let denies = statements.iter().copied().filter(|statement| statement.effect() == Effect::Deny);
    let denied = About::of(denies).takes(&service.prefix);
    if !denied && allows().any(|statement| is_plainly_whole(statement, &service.prefix)) {
        return Extent::Whole;
    }
    // Most policies do not even speak for every action.
    let silent = service.actions.iter().any(|action| {
        let name = format!("{}:{}", service.prefix, action.name).to_ascii_lowercase();
        !allows().any(|statement| speaks_for(&statement.action, &name))
    });
    if silent {
        return Extent::Part;
    }
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"{}:*","Resource":"*"}}}}"#,
        service.prefix
    );
    let Ok(whole) = Document::parse(&text) else { return Extent::Unsure };
    let whole = Layers { identity: Some(vec![Reading::Read(Arc::new(whole))]), ..Layers::default() };
    match more_for(&[attempt.who()], &whole, layers, Stance::Tight, Stance::Tight) {
        Sought::Nothing => Extent::Whole,
        Sought::Found(_) => Extent::Part,
        Sought::Unsure => Extent::Unsure,
    }
}

/// Which services the actions of statements can be of; hundreds are asked about.
pub(super) struct About<'s>(Vec<(&'s Element<Glob>, Vec<Glob>)>);

impl<'s> About<'s> {
    pub(super) fn of(statements: impl Iterator<Item = &'s Statement>) -> Self {
        let services = |action: &Element<Glob>| action.entries.iter().map(Glob::before_colon).collect();
        Self(statements.map(|statement| (&statement.action, services(&statement.action))).collect())
    }

    /// Whether an action of the service can be one of theirs.
    pub(super) fn takes(&self, prefix: &str) -> bool {
        self.0.iter().any(|(action, services)| {
            let named = services.iter().any(|service| service.matches(prefix));
            if action.negated {
                let whole = || Glob::new(&format!("{prefix}:*"));
                !named || !action.entries.iter().any(|glob| glob.covers(&whole()))
            } else {
                named
            }
        })
    }
}

pub(super) fn speaks_for(action: &Element<Glob>, name: &str) -> bool {
    action.entries.iter().any(|glob| glob.matches(name)) != action.negated
}

/// Whether one Allow without a condition takes in all of a service on all resources.
fn is_plainly_whole(statement: &Statement, prefix: &str) -> bool {
    let all_actions = if statement.action.negated {
        statement.action.entries.iter().all(|glob| !glob.before_colon().matches(prefix))
    } else {
        let whole = Glob::new(&format!("{prefix}:*"));
        statement.action.entries.iter().any(|glob| glob.covers(&whole))
    };
    let all_resources = statement.resource.as_ref().is_some_and(|element| {
        !element.negated && element.entries.iter().any(|pattern| pattern.fixed().is_some_and(Glob::is_everything))
    });
    statement.conditions.is_empty() && all_actions && all_resources
}

/// A request that the policies let through, the most telling action first.
fn proof(service: &Service, layers: &Layers, attempt: &Attempt<'_>, account: &str) -> Option<Hit> {
    let layers = Layers { resource: delegation(account), ..layers.clone() };
    let documents = layers.identity.iter().flatten().filter_map(|reading| match reading {
        Reading::Read(document) => Some(&**document),
        Reading::Unreadable => None,
    });
    let mut universe = Universe::service(service, &Places::of(account, documents));
    let rank = |name: &str| {
        let known = name.split_once(':').and_then(|(_, name)| service.action(name));
        known.map_or(Access::List, |action| action.access)
    };
    universe.actions.sort_by_key(|choice| std::cmp::Reverse(rank(&choice.name)));
    let holder = Holder::new(attempt.who(), &layers, Stance::Tight);
    let (witness, mut because) = holder.find(Some(&universe), &mut Effort::default())?;
    // What stands in for the owner of the resource is nobody's statement.
    because.retain(|at| at.layer != LayerName::Resource);
    Some(Hit { audience: Audience::SameAccount, witness: witness.into(), because, unless: Vec::new() })
}
