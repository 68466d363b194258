//! Whether policies leave nothing out.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Grantee;
use crate::compare::more_for;
use crate::decide::Stance;
use crate::document::{Effect, Statement};
use crate::glob::Glob;
use crate::reach::callers::Who;
use crate::reach::domain::Domain;
use crate::reach::holder::{self, Holder, OWN_ACCOUNT, delegation};
use crate::reach::hunt::{Effort, Placed, Stack};
use crate::reach::key::spelled;
use crate::reach::search::Sought;
use crate::reach::universe::Universe;
use crate::reach::values::one;
use crate::{Answer, Audience, Document, Doubt, Hit, LayerName, Layers, Principal, Reading};

/// Whether policies amount to every action of every service on every resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdminEquivalent {
    /// Yes with the statements and a request as proof, No, or why it is not known.
    pub answer: Answer<Doubt>,
    /// Condition keys that stand in the way and that the principal can satisfy by itself, such as MFA.
    pub conditions: Vec<String>,
}

/// Whether the principal can bring about the value of a key by itself, so that it keeps it from nothing.
fn is_own_choice(key: &str) -> bool {
    const KEYS: [&str; 9] = [
        "aws:multifactorauthpresent",
        "aws:multifactorauthage",
        "aws:currenttime",
        "aws:epochtime",
        "aws:tokenissuetime",
        "aws:securetransport",
        "aws:sourceip",
        "aws:useragent",
        "aws:referer",
    ];
    KEYS.contains(&key)
}

/// Decides whether a principal's policies, after its boundary and the service control policies, leave no action on any
/// resource out.
///
/// `NotAction` that names nothing real to leave out, and a split over several statements, count; a policy that leaves
/// out one service does not. A condition that the principal can satisfy by itself does not stand in the way.
pub fn admin_equivalent(grantee: &Grantee) -> AdminEquivalent {
    let no = AdminEquivalent { answer: Answer::No, conditions: Vec::new() };
    let layers = &grantee.layers;
    let doubts = crate::decide::doubts(layers);
    let attempt = Attempt { grantee };
    if attempt.lacks_something_plain(Stance::Open) {
        return no;
    }
    // First without any statement that a condition holds back.
    let unconditional = changed(layers, &|statement: &Statement| {
        let held_back = statement.effect() == Effect::Allow && !statement.conditions.is_empty();
        (!held_back).then(|| statement.clone())
    });
    let conditions = own_conditions(layers);
    let stripped = (!conditions.is_empty()).then(|| changed(layers, &without_own_choice));
    for (reading, keys) in [(Some(&unconditional), &[][..]), (stripped.as_ref(), conditions.as_slice())] {
        let Some(reading) = reading else { continue };
        match attempt.leaves_out(reading, Stance::Tight) {
            // What it can avoid it must be able to avoid wherever the Deny stands.
            Sought::Nothing if !keys.is_empty() && !attempt.avoids_all(layers) => return no,
            Sought::Nothing => return AdminEquivalent { answer: attempt.proof(layers), conditions: keys.to_vec() },
            Sought::Unsure => {
                return AdminEquivalent {
                    answer: Answer::Unknown(vec![Doubt::too_complex()]),
                    conditions: keys.to_vec(),
                };
            }
            Sought::Found(_) => {}
        }
    }
    if !doubts.is_empty() && attempt.leaves_out(stripped.as_ref().unwrap_or(layers), Stance::Open) == Sought::Nothing {
        return AdminEquivalent { answer: Answer::Unknown(doubts), conditions };
    }
    no
}

/// Every document of the layers with its statements changed.
pub(super) fn changed(layers: &Layers, change: &dyn Fn(&Statement) -> Option<Statement>) -> Layers {
    let one = |reading: &Reading<Arc<Document>>| match reading {
        Reading::Read(document) => Reading::Read(Arc::new(document.reduced(change))),
        Reading::Unreadable => Reading::Unreadable,
    };
    let list = |list: &Option<Vec<Reading<Arc<Document>>>>| list.as_ref().map(|list| list.iter().map(one).collect());
    let levels = layers.scp.as_ref().map(|levels| levels.iter().map(|level| level.iter().map(one).collect()).collect());
    Layers {
        identity: list(&layers.identity),
        boundary: list(&layers.boundary),
        session: list(&layers.session),
        scp: levels,
        ..layers.clone()
    }
}

/// An Allow as if the principal had done what it can; a Deny that it can avoid is none.
pub(super) fn without_own_choice(statement: &Statement) -> Option<Statement> {
    let mut changed = statement.clone();
    match statement.effect() {
        Effect::Deny => {
            let avoidable = statement.conditions.iter().any(|condition| is_own_choice(&condition.key));
            (!avoidable).then_some(changed)
        }
        Effect::Allow => {
            changed.conditions.retain(|condition| !is_own_choice(&condition.key));
            Some(changed)
        }
    }
}

/// The keys of conditions that the principal can satisfy by itself.
pub(super) fn own_conditions(layers: &Layers) -> Vec<String> {
    let stack = Stack::new(layers, Stance::Open);
    let conditions = stack.statements.iter().flat_map(|placed| &placed.statement.conditions);
    let keys: BTreeSet<String> =
        conditions.filter(|condition| is_own_choice(&condition.key)).map(|condition| spelled(&condition.key)).collect();
    keys.into_iter().collect()
}

/// Calls that an administrator can make, of different services, on a resource of the account; the first is the proof.
const PLAIN: [(&str, &str); 6] = [
    ("iam:AttachUserPolicy", "arn:aws:iam::{account}:user/example"),
    ("iam:CreateUser", "arn:aws:iam::{account}:user/example"),
    ("s3:PutObject", "arn:aws:s3:::example/x"),
    ("ec2:TerminateInstances", "arn:aws:ec2:us-east-1:{account}:instance/i-0fedcba9876543210"),
    ("kms:ScheduleKeyDeletion", "arn:aws:kms:us-east-1:{account}:key/00000000-0000-0000-0000-000000000000"),
    ("cloudtrail:StopLogging", "arn:aws:cloudtrail:us-east-1:{account}:trail/example"),
];

pub(super) struct Attempt<'g> {
    pub(super) grantee: &'g Grantee,
}

impl Attempt<'_> {
    fn account(&self) -> String {
        let of_principal = self.grantee.principal.as_deref().and_then(crate::principal::Arn::parse);
        let of_principal = of_principal.map(|arn| arn.account.to_owned());
        self.grantee.account.clone().or(of_principal).unwrap_or_else(|| OWN_ACCOUNT.to_owned())
    }

    pub(super) fn who(&self) -> Who {
        match &self.grantee.principal {
            Some(arn) => Who::named(Principal::Arn(arn.clone())),
            None => Who::any(&self.account(), "user/alice"),
        }
    }

    /// A request for one plain call, with whatever its conditions ask for.
    fn call(&self, layers: &Layers, stance: Stance, (action, resource): (&str, &str)) -> Result<Option<Hit>, ()> {
        let account = self.account();
        let layers = Layers { resource: delegation(&account), ..layers.clone() };
        let universe = Universe::one(action, Domain::Finite(vec![one(resource.replace("{account}", &account))]));
        let mut effort = Effort::default();
        match Holder::new(self.who(), &layers, stance).find(Some(&universe), &mut effort) {
            Some((witness, mut because)) => {
                because.retain(|at| at.layer != LayerName::Resource);
                Ok(Some(Hit { audience: Audience::SameAccount, witness: witness.into(), because, unless: Vec::new() }))
            }
            None if effort.is_proof() => Ok(None),
            None => Err(()),
        }
    }

    /// Whether even a call that every administrator can make is not allowed; most principals end here.
    fn lacks_something_plain(&self, stance: Stance) -> bool {
        PLAIN.into_iter().any(|call| self.call(&self.grantee.layers, stance, call) == Ok(None))
    }

    /// Whether something that each avoidable Deny is about can be done all the same.
    pub(super) fn avoids_all(&self, layers: &Layers) -> bool {
        let layers = Layers { resource: delegation(&self.account()), ..layers.clone() };
        let stack = Stack::new(&layers, Stance::Tight);
        let denies = stack.statements.iter().map(|placed| placed.statement);
        let avoidable = denies.filter(|statement| {
            statement.effect() == Effect::Deny
                && statement.conditions.iter().any(|condition| is_own_choice(&condition.key))
        });
        avoidable.into_iter().all(|statement| {
            let holder = Holder::new(self.who(), &layers, Stance::Tight).about(statement);
            holder.find(None, &mut Effort::default()).is_some()
        })
    }

    /// A request that these layers do not allow.
    fn leaves_out(&self, layers: &Layers, stance: Stance) -> Sought {
        if allows_all_plainly(layers, stance) {
            return Sought::Nothing;
        }
        let Some(everything) = everything() else { return Sought::Unsure };
        more_for(&[self.who()], &everything, layers, Stance::Tight, stance)
    }

    /// A request that proves it.
    fn proof(&self, layers: &Layers) -> Answer<Doubt> {
        match PLAIN.into_iter().find_map(|call| self.call(layers, Stance::Tight, call).ok().flatten()) {
            Some(hit) => Answer::Yes(hit),
            None => Answer::Unknown(vec![Doubt::too_complex()]),
        }
    }
}

/// Whether every layer has one statement that allows all, and nothing is denied: how most administrators are made. Read
/// as open as it can be, what could not be read is such a statement.
pub(super) fn allows_all_plainly(layers: &Layers, stance: Stance) -> bool {
    let stack = Stack::new(layers, stance);
    let plain = |placed: &Placed<'_>| {
        let statement = placed.statement;
        let all_actions = !statement.action.negated && statement.action.entries.iter().any(Glob::is_everything);
        let all_resources = statement.resource.as_ref().is_some_and(|element| {
            !element.negated && element.entries.iter().any(|pattern| pattern.fixed().is_some_and(Glob::is_everything))
        });
        statement.effect() == Effect::Allow && statement.conditions.is_empty() && all_actions && all_resources
    };
    let open =
        |documents: &[Reading<Arc<Document>>]| stance == Stance::Open && documents.contains(&Reading::Unreadable);
    let has = |layer: LayerName, level: usize, documents: &[Reading<Arc<Document>>]| {
        let mut placed = stack.statements.iter().filter(|placed| placed.layer == layer && placed.level == level);
        open(documents) || placed.any(plain)
    };
    let flat = [
        (LayerName::Identity, &layers.identity),
        (LayerName::Boundary, &layers.boundary),
        (LayerName::Session, &layers.session),
    ];
    flat.iter().all(|(layer, documents)| documents.as_ref().is_none_or(|documents| has(*layer, 0, documents)))
        && layers.scp.iter().flatten().enumerate().all(|(level, documents)| has(LayerName::Scp, level, documents))
        && stack.statements.iter().all(|placed| placed.statement.effect() == Effect::Allow)
        && (stance == Stance::Open || crate::decide::doubts(layers).is_empty())
}

/// Every action on every resource.
pub(super) fn everything() -> Option<Layers> {
    Some(Layers { identity: Some(vec![holder::everything()?]), ..Layers::default() })
}
