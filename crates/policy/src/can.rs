//! Whether one principal can make certain calls.

use std::sync::Arc;

use crate::catalogue;
use crate::decide::{Stance, doubts};
use crate::document::Effect;
use crate::glob::Glob;
use crate::principal::Caller;
use crate::reach::callers::Who;
use crate::reach::domain::{Domain, Texts};
use crate::reach::holder::{Holder, OWN_ACCOUNT, delegation};
use crate::reach::hunt::Effort;
use crate::reach::solve::Choice;
use crate::reach::universe::Universe;
use crate::reach::values::one;
use crate::{Answer, Audience, Document, Doubt, Grantee, Hit, Layers, Principal, Reading, Request};

/// Calls of one resource that somebody might make.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Calls {
    /// Full names of actions; any of them will do.
    pub actions: Vec<String>,
    /// The ARN of the resource; with `*` in it, any resource that the pattern matches.
    pub resource: String,
    /// The policy of the resource; `None` = it has none.
    pub policy: Option<Reading<Arc<Document>>>,
}

/// Whether a principal can make any of these calls, by its own policies or by the policy of the resource.
///
/// Conditions that the principal can satisfy are satisfied in the witness; the calls are tried in the order given.
pub fn can(grantee: &Grantee, calls: &Calls) -> Answer<Doubt> {
    if !calls.actions.iter().any(|action| may_allow(&grantee.layers, calls.policy.as_ref(), action)) {
        return Answer::No;
    }
    let layers = Layers { resource: calls.policy.clone(), ..grantee.layers.clone() };
    let attempt = |stance: Stance| -> Result<Option<Hit>, ()> {
        let mut effort = Effort::default();
        let holder = Holder::new(who(grantee), &layers, stance);
        match holder.find(Some(&universe(calls)), &mut effort) {
            Some((witness, because)) => {
                Ok(Some(Hit { audience: Audience::SameAccount, witness: witness.into(), because, unless: Vec::new() }))
            }
            None if effort.is_proof() => Ok(None),
            None => Err(()),
        }
    };
    let doubts = doubts(&layers);
    let tight = attempt(Stance::Tight);
    if let Ok(Some(hit)) = tight {
        return Answer::Yes(hit);
    }
    let open = if doubts.is_empty() { tight } else { attempt(Stance::Open) };
    match open {
        Ok(None) => Answer::No,
        Ok(Some(_)) => Answer::Unknown(doubts),
        Err(()) => Answer::Unknown(vec![Doubt::too_complex()]),
    }
}

/// Whether any Allow of the principal's own policies, or of the resource's, speaks for an action at all; whatever else it
/// says. A cheap No, where most questions about most principals end.
pub fn may_allow(layers: &Layers, resource: Option<&Reading<Arc<Document>>>, action: &str) -> bool {
    let lower = action.to_ascii_lowercase();
    let speaks = |reading: &Reading<Arc<Document>>| match reading {
        Reading::Unreadable => true,
        Reading::Read(document) => document.statements().iter().any(|statement| {
            let named = statement.action.entries.iter().any(|glob| glob.matches(&lower));
            statement.effect() == Effect::Allow && named != statement.action.negated
        }),
    };
    layers.identity.as_ref().is_none_or(|documents| documents.iter().any(speaks)) || resource.is_some_and(speaks)
}

/// The layers of a principal with an owner of every resource that leaves all to the principal's account: what
/// [`crate::escalations`] takes for granted of other resources' policies.
pub fn with_delegation(layers: &Layers, request: &Request) -> Layers {
    let account = Caller::new(&request.principal).account.unwrap_or(OWN_ACCOUNT);
    Layers { resource: delegation(account), ..layers.clone() }
}

fn who(grantee: &Grantee) -> Who {
    if let Some(arn) = &grantee.principal {
        return Who::named(Principal::Arn(arn.clone()));
    }
    let account = grantee.account.as_deref().unwrap_or(OWN_ACCOUNT);
    Who::any(account, "user/alice")
}

/// The calls as choices; one that takes no resource is about `*` (fact B5).
fn universe(calls: &Calls) -> Universe {
    let resource = if calls.resource.contains(['*', '?']) {
        let plain = calls.resource.replace('*', "example").replace('?', "x");
        Domain::Texts(Texts { within: vec![Glob::new(&calls.resource)], plain: vec![plain], ..Texts::default() })
    } else {
        Domain::Finite(vec![one(calls.resource.as_str())])
    };
    let takes_none = |name: &str| {
        let known = name.split_once(':').and_then(|(prefix, name)| catalogue::service(prefix)?.action(name));
        known.is_some_and(|action| action.resources.is_empty())
    };
    let actions = calls.actions.iter().map(|name| Choice::new(name, vec![usize::from(takes_none(name))]));
    Universe { actions: actions.collect(), resources: vec![resource, Domain::Finite(vec![one("*")])] }
}

impl Calls {
    /// These actions on a resource of the caller's account whose policy, if it has one, counts too.
    pub fn new(actions: &[&str], resource: &str, policy: Option<Reading<Arc<Document>>>) -> Self {
        let actions = actions.iter().map(|action| (*action).to_owned()).collect();
        Self { actions, resource: resource.to_owned(), policy }
    }

    /// These actions on a resource that leaves everything to the policies of its account (fact A8).
    pub fn delegated(actions: &[&str], resource: &str, account: &str) -> Self {
        Self::new(actions, resource, delegation(account))
    }
}
