//! What AWS answers to one request (facts A1 to A14).

mod doubts;
mod env;
mod s3;

use std::sync::Arc;

use crate::document::{Document, Effect};
use crate::principal::{Arn, CallerKind, Naming, PrincipalEntry};
use crate::services::has_resource_control_policies;
use crate::{Decided, Decision, LayerName, Layers, Outcome, Reading, Request, StatementRef};
use s3::AclSide;

pub(crate) use doubts::doubts;
pub(crate) use env::{Env, Tri};
pub(crate) use s3::{OBJECT_READ, permits, through_point};

/// Decides one request.
///
/// A document or setting that is [`Reading::Unreadable`], and a string with a hole, is read twice: as open as it can
/// be and as tight. Where both readings end alike that is the answer, else it is unknown with what is in doubt.
pub fn decide(layers: &Layers, request: &Request) -> Outcome {
    let env = Env::new(layers, request);
    let doubts = doubts(layers);
    if doubts.is_empty() {
        return Eval { layers, env: &env, reading: Stance::Open }.run();
    }
    let open = Eval { layers, env: &env, reading: Stance::Open }.run();
    let tight = Eval { layers, env: &env, reading: Stance::Tight }.run();
    let allowed = |outcome: &Outcome| outcome.decision == Decided::Known(Decision::Allow);
    match (allowed(&open), allowed(&tight)) {
        // What stops it in the open reading stops it in any.
        (false, _) => open,
        (true, true) => tight,
        (true, false) => Outcome { decision: Decided::Unknown(doubts), decided_by: Vec::new(), blocked_by: None },
    }
}

/// Decides one request with what is not known read in one way.
pub(crate) fn decide_as(layers: &Layers, request: &Request, reading: Stance) -> Outcome {
    let env = Env::new(layers, request);
    Eval { layers, env: &env, reading }.run()
}

/// The level of the organisation's policies that has nothing to allow a request; 0 where none is lacking.
pub(crate) fn stopping_level(layers: &Layers, request: &Request, reading: Stance) -> usize {
    let env = Env::new(layers, request);
    let eval = Eval { layers, env: &env, reading };
    let levels = eval.levels(LayerName::Scp, layers.scp.as_deref(), eval.scp_applies());
    levels.iter().position(|level| !level.allows).unwrap_or_default()
}

/// How what is not known is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stance {
    /// As open as it can be.
    Open,
    /// As tight as it can be.
    Tight,
}

/// A document as one stance sees it.
#[derive(Debug, Clone, Copy)]
enum Seen<'a> {
    Document(&'a Document),
    /// Allows everything and denies nothing.
    Open,
    /// Denies everything.
    Tight,
}

/// What a layer says to a request.
#[derive(Debug, Default)]
struct Said {
    denies: bool,
    denied_by: Vec<StatementRef>,
    allows: bool,
    allowed_by: Vec<(StatementRef, Naming)>,
}

struct Eval<'a> {
    layers: &'a Layers,
    env: &'a Env<'a>,
    reading: Stance,
}

impl<'a> Eval<'a> {
    fn run(&self) -> Outcome {
        if self.env.action == "sts:getcalleridentity" && self.env.caller.account.is_some() {
            return outcome(Decision::Allow, Vec::new(), None);
        }
        let resource = self.env.request.resource.as_str();
        let rcp = self.levels(LayerName::Rcp, self.layers.rcp.as_deref(), self.rcp_applies());
        let scp = self.levels(LayerName::Scp, self.layers.scp.as_deref(), self.scp_applies());
        let endpoint = self.layers.endpoint.as_deref().map(|documents| self.flat(LayerName::Endpoint, documents));
        let own = self.resource_policy(resource);
        let point = self.access_point();
        let has_own_side = self.env.caller.account.is_some();
        let own_side = |layer, documents: &Option<Vec<Reading<Arc<Document>>>>| {
            documents.as_deref().filter(|_| has_own_side).map(|documents| self.flat(layer, documents))
        };
        let identity = own_side(LayerName::Identity, &self.layers.identity);
        let boundary = own_side(LayerName::Boundary, &self.layers.boundary);
        let session = own_side(LayerName::Session, &self.layers.session);

        // A Deny anywhere is final (fact A1); the owner's root can always mend its bucket policy.
        let mending = self.mends_its_bucket_policy();
        let stacked =
            rcp.iter().map(|said| (LayerName::Rcp, said)).chain(scp.iter().map(|said| (LayerName::Scp, said)));
        let single = [
            (LayerName::Endpoint, endpoint.as_ref()),
            (LayerName::Resource, (!mending).then_some(&own)),
            (LayerName::AccessPoint, point.as_ref().map(|point| &point.policy)),
            (LayerName::Identity, identity.as_ref()),
            (LayerName::Boundary, boundary.as_ref()),
            (LayerName::Session, session.as_ref()),
        ];
        let layers = stacked.chain(single.into_iter().filter_map(|(layer, said)| said.map(|said| (layer, said))));
        for (layer, said) in layers {
            if said.denies {
                return outcome(Decision::ExplicitDeny, said.denied_by.clone(), Some(layer));
            }
        }
        let stopped = |layer| outcome(Decision::ImplicitDeny, Vec::new(), Some(layer));
        if self.is_refused_by_its_token() {
            return stopped(LayerName::Session);
        }
        if scp.iter().any(|level| !level.allows) {
            return stopped(LayerName::Scp);
        }
        if endpoint.as_ref().is_some_and(|said| !said.allows) {
            return stopped(LayerName::Endpoint);
        }
        if point.as_ref().is_some_and(|point| !point.network_fits) {
            return stopped(LayerName::AccessPoint);
        }

        let caller_side = self.caller_side(identity.as_ref(), boundary.as_ref(), session.as_ref());
        let bucket_side = self.resource_side(&own, &caller_side, mending);
        let point_side = point.as_ref().map(|point| self.point_side(point, &caller_side));
        let mut by = Vec::new();
        for side in [Some(&bucket_side), point_side.as_ref()].into_iter().flatten() {
            match side {
                Side::Open(statements) => by.extend(statements.iter().cloned()),
                Side::Closed(layer) => return stopped(*layer),
            }
        }
        by.sort();
        by.dedup();
        outcome(Decision::Allow, by, None)
    }

    fn seen(&self, document: &'a Reading<Arc<Document>>) -> Seen<'a> {
        match (document, self.reading) {
            (Reading::Read(document), _) => Seen::Document(document),
            (Reading::Unreadable, Stance::Open) => Seen::Open,
            (Reading::Unreadable, Stance::Tight) => Seen::Tight,
        }
    }

    fn flat(&self, layer: LayerName, documents: &'a [Reading<Arc<Document>>]) -> Said {
        let mut said = Said::default();
        for (index, document) in documents.iter().enumerate() {
            self.listen(&mut said, layer, index, self.seen(document), &self.env.request.resource);
        }
        said
    }

    /// One verdict per level; documents count through all levels.
    fn levels(&self, layer: LayerName, levels: Option<&'a [Vec<Reading<Arc<Document>>>]>, applies: bool) -> Vec<Said> {
        let mut index = 0;
        let levels = levels.filter(|_| applies).unwrap_or_default();
        levels
            .iter()
            .map(|level| {
                let mut said = Said::default();
                for document in level {
                    self.listen(&mut said, layer, index, self.seen(document), &self.env.request.resource);
                    index += 1;
                }
                said
            })
            .collect()
    }

    /// Adds what one document says.
    fn listen(&self, said: &mut Said, layer: LayerName, policy: usize, document: Seen<'_>, resource: &str) {
        let document = match document {
            Seen::Document(document) => document,
            Seen::Open => {
                said.allows = true;
                said.allowed_by.push((StatementRef { layer, policy, statement: 0 }, Naming::Everyone));
                return;
            }
            Seen::Tight => {
                said.denies = true;
                return;
            }
        };
        let names_principals = matches!(layer, LayerName::Resource | LayerName::AccessPoint);
        for (index, statement) in document.statements().iter().enumerate() {
            let (named, naming) = match &statement.principal {
                Some(element) if names_principals || matches!(layer, LayerName::Rcp | LayerName::Endpoint) => {
                    self.env.named(element, statement.effect)
                }
                // A statement of a resource policy without a principal never matches (fact A14).
                None if names_principals => continue,
                _ => (Tri::Yes, Naming::Everyone),
            };
            let matched = named.and_then_with(|| self.env.covers(statement, resource));
            let counts = match (matched, statement.effect, self.reading) {
                (Tri::Yes, _, _)
                | (Tri::Maybe, Effect::Allow, Stance::Open)
                | (Tri::Maybe, Effect::Deny, Stance::Tight) => true,
                (Tri::No | Tri::Maybe, _, _) => false,
            };
            if !counts {
                continue;
            }
            let at = StatementRef { layer, policy, statement: index };
            // A principal that is not known yet may be the caller itself.
            let hole = statement.principal.iter().any(|element| element.entries.contains(&PrincipalEntry::Hole));
            let naming = if hole && self.reading == Stance::Open { Naming::Itself } else { naming };
            match statement.effect {
                Effect::Deny => {
                    said.denies = true;
                    said.denied_by.push(at);
                }
                Effect::Allow => {
                    said.allows = true;
                    said.allowed_by.push((at, naming));
                }
            }
        }
    }

    fn resource_policy(&self, resource: &str) -> Said {
        let mut said = Said::default();
        if let Some(document) = &self.layers.resource {
            self.listen(&mut said, LayerName::Resource, 0, self.seen(document), resource);
        }
        said
    }

    /// SCPs limit identities of member accounts, their root too; not services, strangers without a signature, or
    /// service-linked roles (fact A4).
    fn scp_applies(&self) -> bool {
        self.env.caller.account.is_some() && !self.env.caller.is_service_linked_role()
    }

    /// RCPs limit access to resources of some services, whoever calls; not service-linked roles (fact A3).
    fn rcp_applies(&self) -> bool {
        let service = self.env.action.split(':').next().unwrap_or_default();
        has_resource_control_policies(service)
            && self.env.action != "kms:retiregrant"
            && !self.env.caller.is_service_linked_role()
    }

    /// The owner's root user may always read, write and delete its bucket policy (fact A1).
    fn mends_its_bucket_policy(&self) -> bool {
        let policy_calls = ["s3:getbucketpolicy", "s3:putbucketpolicy", "s3:deletebucketpolicy"];
        self.env.caller.kind == CallerKind::Root
            && self.env.same_account()
            && policy_calls.contains(&self.env.action.as_str())
    }

    /// The token of a federated user is good for no call of STS but `GetCallerIdentity` (the page of
    /// `GetFederationToken`).
    fn is_refused_by_its_token(&self) -> bool {
        self.env.caller.kind == CallerKind::FederatedUser && self.env.action.starts_with("sts:")
    }

    fn caller_side(&self, identity: Option<&Said>, boundary: Option<&Said>, session: Option<&Said>) -> CallerSide {
        let open = |said: Option<&Said>| said.is_none_or(|said| said.allows);
        let capped = if !open(boundary) {
            Some(LayerName::Boundary)
        } else if !open(session) {
            Some(LayerName::Session)
        } else {
            None
        };
        let root = self.env.caller.kind == CallerKind::Root;
        // A federation token without a session policy gets nothing from identity policies (fact A6).
        let tokenless = self.env.caller.kind == CallerKind::FederatedUser && self.layers.session.is_none();
        let (granted, by) = match identity {
            _ if root => (true, Vec::new()),
            None => (true, Vec::new()),
            Some(_) if tokenless => (false, Vec::new()),
            Some(said) => (said.allows, said.allowed_by.iter().map(|(at, _)| at.clone()).collect()),
        };
        CallerSide { granted, by, capped }
    }

    /// What the owner of the resource says to the caller.
    fn resource_side(&self, own: &Said, caller: &CallerSide, mending: bool) -> Side {
        let settings = self.block_settings();
        // The account of the access point that the call comes through counts as inside too (fact F9).
        let owns_point =
            self.env.access_point.is_some_and(|point| self.env.caller.account == Some(point.account.as_str()));
        let inside = self.env.same_account() || owns_point || self.env.caller.kind == CallerKind::Service;
        let restricted = settings.restrict_public_buckets && !inside && self.policy_is_public();
        let grants: &[(StatementRef, Naming)] = if restricted { &[] } else { &own.allowed_by };
        // Nothing lets a stranger past the restriction, an ACL neither (fact A13).
        let acl = if restricted { AclSide { by: Vec::new(), blocked: false } } else { self.acl(settings) };
        let by = |wanted: &dyn Fn(Naming) -> bool| -> Vec<StatementRef> {
            grants.iter().filter(|(_, naming)| wanted(*naming)).map(|(at, _)| at.clone()).collect()
        };
        let closed = |or: LayerName| {
            let cut = restricted && own.allows;
            Side::Closed(if cut || acl.blocked { LayerName::BlockPublicAccess } else { or })
        };
        if self.env.caller.account.is_none() {
            let mut found = by(&|naming| matches!(naming, Naming::Everyone | Naming::Itself));
            found.extend(acl.by);
            return if found.is_empty() { closed(LayerName::Resource) } else { Side::Open(found) };
        }
        if !self.env.same_account() {
            // Both sides must allow (fact A9).
            let mut found = by(&|_| true);
            found.extend(acl.by);
            if found.is_empty() {
                return closed(LayerName::Resource);
            }
            return match caller.closed() {
                Some(layer) => Side::Closed(layer),
                None => Side::Open([found, caller.by.clone()].concat()),
            };
        }
        if mending {
            return Side::Open(Vec::new());
        }
        if let Some(side) = self.named_inside(grants, acl.by, caller) {
            return side;
        }
        let delegated = by(&|naming| naming == Naming::Account);
        if self.must_allow_itself() && delegated.is_empty() {
            return Side::Closed(LayerName::Resource);
        }
        match caller.closed() {
            Some(layer) => Side::Closed(layer),
            None => Side::Open([delegated, caller.by.clone()].concat()),
        }
    }

    /// What grants to a caller of the owner's account are worth, delegations apart. Named itself or by `*`: final
    /// (fact A8). The user behind a federation token or the role behind a session: boundary and session policy still
    /// cap. The root user is its account.
    fn named_inside(
        &self,
        grants: &[(StatementRef, Naming)],
        acl: Vec<StatementRef>,
        caller: &CallerSide,
    ) -> Option<Side> {
        let by = |wanted: &dyn Fn(Naming) -> bool| -> Vec<StatementRef> {
            grants.iter().filter(|(_, naming)| wanted(*naming)).map(|(at, _)| at.clone()).collect()
        };
        let direct = by(&|naming| match naming {
            Naming::Everyone | Naming::Itself => true,
            Naming::Account => self.env.caller.kind == CallerKind::Root,
            Naming::Issuer => false,
        });
        let direct = [direct, acl].concat();
        if !direct.is_empty() {
            return Some(Side::Open(direct));
        }
        let through = by(&|naming| naming == Naming::Issuer);
        match caller.capped {
            _ if through.is_empty() => None,
            Some(layer) => Some(Side::Closed(layer)),
            None => Some(Side::Open(through)),
        }
    }

    /// Trust policies and key policies must allow by themselves, even inside the account (fact A10).
    fn must_allow_itself(&self) -> bool {
        let action = self.env.action.as_str();
        let is = |service: &str, kind: &str| {
            Arn::parse(&self.env.request.resource)
                .is_some_and(|arn| arn.service == service && arn.resource.starts_with(kind))
        };
        (action.starts_with("sts:") && is("iam", "role/")) || (action.starts_with("kms:") && is("kms", "key/"))
    }
}

/// What the caller's own policies say.
struct CallerSide {
    granted: bool,
    by: Vec<StatementRef>,
    /// The layer that caps, where one does.
    capped: Option<LayerName>,
}

impl CallerSide {
    /// The layer that stops the caller's own side, where one does.
    fn closed(&self) -> Option<LayerName> {
        if self.granted { self.capped } else { Some(LayerName::Identity) }
    }
}

/// One side of a decision.
enum Side {
    Open(Vec<StatementRef>),
    Closed(LayerName),
}

fn outcome(decision: Decision, decided_by: Vec<StatementRef>, blocked_by: Option<LayerName>) -> Outcome {
    Outcome { decision: Decided::Known(decision), decided_by, blocked_by }
}
