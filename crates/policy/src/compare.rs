//! Whether one policy allows more than another.
//!
//! A request is looked for that the new side lets through and the old side does not. What is not known is read against
//! the answer on both sides: a Yes holds with the new side as tight as it can be and the old one as open, a No the other
//! way round.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::decide::Stance;
use crate::document::Document;
use crate::parts::unnamed_account;
use crate::principal::Caller;
use crate::reach::callers::{Who, owner_beside};
use crate::reach::holder::{Holder, OWN_ACCOUNT, accounts_in, delegation, everything};
use crate::reach::hunt::Effort;
use crate::reach::search::{Search, Sought};
use crate::work::{is_spent, within_budget};
use crate::{
    Answer, Audience, BlockPublicAccess, Doubt, Hit, LayerName, Layers, Organization, Principal, Question, Reading,
    ResourceKind, Target,
};

/// What the policies that are compared hang on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// A user, group or role.
    Identity,
    /// A resource; a policy without resource elements is a role's trust policy.
    Resource,
}

/// Whether `new` allows a request that `old` does not; several policies on a side count together.
///
/// Which principal holds them, or which resource they hang on, is left open: any will do.
pub fn compare(new: &[Reading<Arc<Document>>], old: &[Reading<Arc<Document>>], side: Side) -> Answer<Doubt> {
    match side {
        Side::Identity => {
            let layers = |documents: &[Reading<Arc<Document>>]| Layers {
                identity: Some(documents.to_vec()),
                ..Layers::default()
            };
            compare_identity(&layers(new), &layers(old))
        }
        Side::Resource => compare_resources(new, old),
    }
}

/// Whether a principal can do more under one stack of policies than under another: its own policies with boundary,
/// session and service control policies.
pub fn compare_identity(new: &Layers, old: &Layers) -> Answer<Doubt> {
    decided(doubts_of(new, old), |new_stance, old_stance| more_for_identity(new, old, new_stance, old_stance))
}

/// The same for a principal that is known: whether this one can do more, to resources of its own account and of others
/// that let it.
pub fn compare_principal(principal: &Principal, new: &Layers, old: &Layers) -> Answer<Doubt> {
    let whos = [Who::named(principal.clone())];
    let own = Caller::new(principal).account.unwrap_or(OWN_ACCOUNT).to_owned();
    let documents = [new, old].into_iter().flat_map(|layers| read(layers.identity.as_deref().unwrap_or_default()));
    let others = accounts_in("aws:resourceaccount", documents).into_iter().filter(|owner| *owner != own);
    let owners: Vec<String> = std::iter::once(own.clone()).chain(others).collect();
    decided(doubts_of(new, old), |new_stance, old_stance| more_of(&whos, &owners, new, old, new_stance, old_stance))
}

fn doubts_of(new: &Layers, old: &Layers) -> Vec<Doubt> {
    let mut doubts = [crate::decide::doubts(new), crate::decide::doubts(old)].concat();
    doubts.sort();
    doubts.dedup();
    doubts
}

/// Whether anybody can do more to a resource as it would be than to the resource as it is, with everything that stands
/// before either: Block Public Access, ACLs, access points, resource control policies.
pub fn compare_access(new: &Target, old: &Target) -> Answer<Doubt> {
    compare_access_of(new, old, &Audience::ALL)
}

/// The same for callers of some audiences only.
pub fn compare_access_of(new: &Target, old: &Target, audiences: &[Audience]) -> Answer<Doubt> {
    let mut doubts = crate::reach::doubts(new);
    doubts.extend(crate::reach::doubts(old));
    doubts.sort();
    doubts.dedup();
    let question = |target: &Target| Question {
        target: Arc::new(target.clone()),
        audiences: Vec::new(),
        actions: Vec::new(),
        given: Vec::new(),
    };
    let (new, old) = (question(new), question(old));
    decided(doubts, |new_stance, old_stance| more_for_some(&new, &old.target, audiences, new_stance, old_stance))
}

/// Asks twice where something is not known.
fn decided(doubts: Vec<Doubt>, more: impl Fn(Stance, Stance) -> Sought) -> Answer<Doubt> {
    within_budget(|| decided_within(doubts, more))
}

fn decided_within(doubts: Vec<Doubt>, more: impl Fn(Stance, Stance) -> Sought) -> Answer<Doubt> {
    let too_complex = || Answer::Unknown(vec![Doubt::too_complex()]);
    match more(Stance::Tight, Stance::Open) {
        Sought::Found(hit) => return Answer::Yes(*hit),
        Sought::Unsure if doubts.is_empty() => return too_complex(),
        Sought::Nothing if doubts.is_empty() => return Answer::No,
        Sought::Unsure | Sought::Nothing => {}
    }
    match more(Stance::Open, Stance::Tight) {
        Sought::Found(_) => Answer::Unknown(doubts),
        Sought::Nothing => Answer::No,
        Sought::Unsure => too_complex(),
    }
}

fn read(documents: &[Reading<Arc<Document>>]) -> impl Iterator<Item = &Document> {
    documents.iter().filter_map(|reading| match reading {
        Reading::Read(document) => Some(&**document),
        Reading::Unreadable => None,
    })
}

fn more_for_identity(new: &Layers, old: &Layers, new_stance: Stance, old_stance: Stance) -> Sought {
    let all = || [new, old].into_iter().flat_map(|layers| read(layers.identity.as_deref().unwrap_or_default()));
    let keys = ["aws:principalaccount", "aws:principalarn"];
    let named: BTreeSet<String> = keys.iter().flat_map(|key| accounts_in(key, all())).collect();
    // First an account that nothing names: the policies may be held anywhere.
    let own = std::iter::once(owner_beside(&named)).chain(named.iter().cloned());
    let owners = accounts_in("aws:resourceaccount", all());
    let mut unsure = false;
    for account in own {
        // The holder's own account first, and each of the others.
        let others = owners.iter().filter(|owner| **owner != account);
        let owners: Vec<String> = std::iter::once(&account).chain(others).cloned().collect();
        let whos = ["user/alice", "role/example"].map(|kind| Who::any(&account, kind));
        match more_of(&whos, &owners, new, old, new_stance, old_stance) {
            found @ Sought::Found(_) => return found,
            Sought::Unsure => unsure = true,
            Sought::Nothing => {}
        }
    }
    if unsure { Sought::Unsure } else { Sought::Nothing }
}

/// A request of one of these callers, about resources of their own account, that `new` lets through and `old` does not.
pub(crate) fn more_for(whos: &[Who], new: &Layers, old: &Layers, new_stance: Stance, old_stance: Stance) -> Sought {
    let account = whos.first().and_then(|who| Caller::new(&who.principal).account).unwrap_or(OWN_ACCOUNT);
    more_of(whos, &[account.to_owned()], new, old, new_stance, old_stance)
}

fn more_of(
    whos: &[Who],
    owners: &[String],
    new: &Layers,
    old: &Layers,
    new_stance: Stance,
    old_stance: Stance,
) -> Sought {
    let mut effort = Effort::default();
    for who in whos {
        let account = Caller::new(&who.principal).account.unwrap_or(OWN_ACCOUNT);
        // The owner of the resource leaves all to the caller's own policies.
        let with_owner = |layers: &Layers| Layers { resource: delegation(account), ..layers.clone() };
        let (mut new, old) = (with_owner(new), with_owner(old));
        if new_stance == Stance::Open {
            granting_all_that_was_not_read(&mut new);
        }
        let holder = Holder::new(who.clone(), &new, new_stance).except(&old, old_stance).owners(owners.to_vec());
        if let Some((witness, mut because)) = holder.find(None, &mut effort) {
            // What stands in for the owner of the resource is nobody's statement.
            because.retain(|at| at.layer != LayerName::Resource);
            let hit = Hit { audience: Audience::SameAccount, witness: witness.into(), because, unless: Vec::new() };
            return Sought::Found(Box::new(hit));
        }
    }
    if effort.is_proof() { Sought::Nothing } else { Sought::Unsure }
}

/// A policy that could not be read grants everything in the open reading: the search begins with statements that grant.
fn granting_all_that_was_not_read(layers: &mut Layers) {
    for reading in layers.identity.iter_mut().flatten().filter(|reading| **reading == Reading::Unreadable) {
        if let Some(everything) = everything() {
            *reading = everything;
        }
    }
}

fn more_for_some(
    new: &Question,
    old: &Target,
    audiences: &[Audience],
    new_stance: Stance,
    old_stance: Stance,
) -> Sought {
    let mut unsure = false;
    for audience in audiences {
        if is_spent() {
            return Sought::Unsure;
        }
        match Search::new(new, *audience, new_stance).except(old, old_stance).run() {
            Sought::Found(hit) => return Sought::Found(hit),
            Sought::Unsure => unsure = true,
            Sought::Nothing => {}
        }
    }
    if unsure { Sought::Unsure } else { Sought::Nothing }
}

/// Compares policies of a resource of which nothing else is known.
fn compare_resources(new: &[Reading<Arc<Document>>], old: &[Reading<Arc<Document>>]) -> Answer<Doubt> {
    let statements = || read(new).chain(read(old)).flat_map(Document::statements);
    let is_trust = statements().all(|statement| statement.resource.is_none());
    let kind = if is_trust { ResourceKind::RoleTrust } else { ResourceKind::ResourcePolicy };
    // The account is none that the policies name: what an account's own policies allow besides is not compared.
    let own = accounts_in("aws:resourceaccount", read(new).chain(read(old))).into_iter().next();
    let account = own.unwrap_or_else(|| unnamed_account(read(new).chain(read(old))));
    let target = |documents: &[Reading<Arc<Document>>]| Target {
        kind,
        arn: is_trust.then(|| format!("arn:aws:iam::{account}:role/example")),
        account: account.clone(),
        policy: together(documents),
        // Every account that is named may be anybody's.
        organization: Arc::new(Organization { accounts_complete: true, ..Organization::default() }),
        block_public_access: BlockPublicAccess::default(),
        acl: Reading::Read(None),
        access_points: Vec::new(),
        rcp: Reading::Read(Vec::new()),
        trusted_accounts: BTreeSet::new(),
    };
    compare_access(&target(new), &target(old))
}

/// Several policies of one resource as one: their statements side by side.
fn together(documents: &[Reading<Arc<Document>>]) -> Reading<Option<Arc<Document>>> {
    if documents.contains(&Reading::Unreadable) {
        return Reading::Unreadable;
    }
    Reading::Read(Some(Arc::new(Document::joined(read(documents)))))
}
