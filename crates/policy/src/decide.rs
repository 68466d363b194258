//! What AWS answers to one request (facts A1 to A14).

use std::borrow::Cow;

use crate::condition::single;
use crate::document::{Document, Effect, Element, Statement};
use crate::principal::{Arn, Caller, CallerKind, Naming, PrincipalEntry, given};
use crate::services::has_resource_control_policies;
use crate::status::is_public;
use crate::{
    AccessPoint, Acl, BlockSettings, ContextValue, Decided, Decision, Doubt, LayerName, Layers, Outcome, Ownership,
    Reading, Request, StatementRef,
};
use std::sync::Arc;

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

/// Whether something matches; a hole makes it a maybe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tri {
    No,
    Maybe,
    Yes,
}

impl Tri {
    fn new(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }

    fn negate_if(self, negate: bool) -> Self {
        match (negate, self) {
            (true, Self::Yes) => Self::No,
            (true, Self::No) => Self::Yes,
            (_, same) => same,
        }
    }

    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Yes, Self::Yes) => Self::Yes,
            _ => Self::Maybe,
        }
    }

    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Yes, _) | (_, Self::Yes) => Self::Yes,
            (Self::No, Self::No) => Self::No,
            _ => Self::Maybe,
        }
    }
}

/// The request with all that follows from it.
#[derive(Debug)]
pub(crate) struct Env<'a> {
    pub(crate) request: &'a Request,
    pub(crate) caller: Caller<'a>,
    action: String,
    pub(crate) resource_account: Option<Cow<'a, str>>,
    access_point: Option<&'a AccessPoint>,
    has_boundary: bool,
}

impl<'a> Env<'a> {
    pub(crate) fn new(layers: &'a Layers, request: &'a Request) -> Self {
        let caller = Caller::new(&request.principal);
        let in_arn = Arn::parse(&request.resource).map(|arn| arn.account).filter(|account| !account.is_empty());
        let owner = request.resource_account.as_deref().or(in_arn).or(caller.account);
        Self {
            request,
            action: request.action.to_ascii_lowercase(),
            resource_account: owner.map(Cow::Borrowed),
            access_point: layers.access_point.as_ref(),
            has_boundary: layers.boundary.is_some(),
            caller,
        }
    }

    /// The value of a condition key, in lower case: given, or following from caller and resource.
    pub(crate) fn key(&self, key: &str) -> Option<ContextValue> {
        if let Some(value) = given(&self.request.context, key) {
            return Some(value.clone());
        }
        let one = |text: &str| Some(ContextValue::One(text.to_owned()));
        match key {
            "aws:resourceaccount" | "s3:resourceaccount" => self.resource_account.as_deref().and_then(one),
            "s3:dataaccesspointarn" => self.access_point.and_then(|point| one(&point.arn)),
            "s3:dataaccesspointaccount" => self.access_point.and_then(|point| one(&point.account)),
            "s3:accesspointnetworkorigin" => {
                self.access_point.and_then(|point| one(if point.vpc.is_some() { "VPC" } else { "Internet" }))
            }
            key => self.caller.key(key),
        }
    }

    fn same_account(&self) -> bool {
        self.caller.account.is_some() && self.caller.account == self.resource_account.as_deref()
    }

    /// Whether everything but the principal of a statement matches. `resource` is what the layer calls the resource.
    pub(crate) fn covers(&self, statement: &Statement, resource: &str) -> Tri {
        self.covers_action(statement).and_then_with(|| self.covers_resource(statement, resource)).and_then_with(|| {
            statement.conditions.iter().fold(Tri::Yes, |so_far, condition| {
                so_far.and_then_with(|| {
                    let found = self.key(&condition.key);
                    let lookup = |key: &str| self.key(key);
                    let with = |hole: bool| condition.holds_for(found.as_ref(), &lookup, hole);
                    if condition.has_hole() && with(true) != with(false) { Tri::Maybe } else { Tri::new(with(false)) }
                })
            })
        })
    }

    fn covers_action(&self, statement: &Statement) -> Tri {
        let any = statement.action.entries.iter().any(|glob| glob.matches(&self.action));
        Tri::new(any != statement.action.negated)
    }

    fn covers_resource(&self, statement: &Statement, resource: &str) -> Tri {
        let Some(element) = &statement.resource else { return Tri::Yes };
        let any = element.entries.iter().fold(Tri::No, |so_far, pattern| {
            let matched = match pattern.fixed() {
                Some(glob) => Tri::new(glob.matches(resource)),
                None if pattern.has_hole() => Tri::Maybe,
                None => {
                    let filled = pattern.glob(&|key| single(self.key(key)));
                    Tri::new(filled.is_some_and(|glob| glob.matches(resource)))
                }
            };
            so_far.or(matched)
        });
        any.negate_if(element.negated)
    }

    /// How the principal element of a statement names the caller.
    pub(crate) fn named(&self, element: &Element<PrincipalEntry>, effect: Effect) -> (Tri, Naming) {
        if element.negated {
            if effect == Effect::Deny && self.has_boundary {
                return (Tri::Yes, Naming::Everyone);
            }
            let maybe = element.entries.contains(&PrincipalEntry::Hole);
            let excluded = match effect {
                Effect::Deny => self.caller.excluded_by(&element.entries),
                Effect::Allow => element.entries.iter().any(|entry| self.caller.named_by(entry).is_some()),
            };
            return match (excluded, maybe) {
                (true, _) => (Tri::No, Naming::Everyone),
                (false, true) => (Tri::Maybe, Naming::Everyone),
                (false, false) => (Tri::Yes, Naming::Everyone),
            };
        }
        match element.entries.iter().filter_map(|entry| self.caller.named_by(entry)).max() {
            Some(naming) => (Tri::Yes, naming),
            None if element.entries.contains(&PrincipalEntry::Hole) => (Tri::Maybe, Naming::Itself),
            None => (Tri::No, Naming::Itself),
        }
    }
}

impl Tri {
    fn and_then_with(self, next: impl FnOnce() -> Self) -> Self {
        if self == Self::No { Self::No } else { self.and(next()) }
    }
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
            _ if self.env.caller.account.is_none() => (false, Vec::new()),
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

    fn block_settings(&self) -> BlockSettings {
        let block = &self.layers.block_public_access;
        let point = self.layers.access_point.as_ref().map(|point| &point.block_public_access);
        [Some(&block.account), Some(&block.bucket), point].into_iter().flatten().fold(
            BlockSettings::default(),
            |so_far, setting| {
                let more = self.setting(setting);
                BlockSettings {
                    block_public_acls: so_far.block_public_acls || more.block_public_acls,
                    ignore_public_acls: so_far.ignore_public_acls || more.ignore_public_acls,
                    block_public_policy: so_far.block_public_policy || more.block_public_policy,
                    restrict_public_buckets: so_far.restrict_public_buckets || more.restrict_public_buckets,
                }
            },
        )
    }

    fn setting(&self, setting: &Reading<BlockSettings>) -> BlockSettings {
        let all = |on: bool| BlockSettings {
            block_public_acls: on,
            ignore_public_acls: on,
            block_public_policy: on,
            restrict_public_buckets: on,
        };
        match setting {
            Reading::Read(settings) => *settings,
            Reading::Unreadable => all(self.reading == Stance::Tight),
        }
    }

    /// Whether the bucket's policy is public in AWS's sense; a hole may make it either.
    fn policy_is_public(&self) -> bool {
        match &self.layers.resource {
            Some(Reading::Read(document)) if document.has_holes() => self.reading == Stance::Tight,
            Some(Reading::Read(document)) => is_public(document, false),
            Some(Reading::Unreadable) => self.reading == Stance::Tight,
            None => false,
        }
    }

    fn acl(&self, settings: BlockSettings) -> AclSide {
        let nothing = AclSide { by: Vec::new(), blocked: false };
        let at = |statement| StatementRef { layer: LayerName::Acl, policy: 0, statement };
        let acl: &Acl = match (&self.layers.acl, self.reading) {
            (None, _) | (Some(Reading::Unreadable), Stance::Tight) => return nothing,
            (Some(Reading::Unreadable), Stance::Open) => {
                let is_s3 = self.env.action.starts_with("s3:");
                let by = if is_s3 && !settings.ignore_public_acls { vec![at(0)] } else { Vec::new() };
                return AclSide { by, blocked: false };
            }
            (Some(Reading::Read(acl)), _) => acl,
        };
        if acl.ownership == Ownership::BucketOwnerEnforced {
            return nothing;
        }
        let mut side = nothing;
        for (index, grant) in acl.grants.iter().enumerate() {
            let (public, reaches) = match grant.grantee.as_str() {
                "AllUsers" => (true, self.env.caller.kind != CallerKind::Service),
                "AuthenticatedUsers" => (true, self.env.caller.account.is_some()),
                "LogDelivery" => (false, self.env.caller.text == "logging.s3.amazonaws.com"),
                _ => (false, false),
            };
            if !(reaches && permits(&grant.permission, &self.env.action)) {
                continue;
            }
            if public && settings.ignore_public_acls {
                side.blocked = true;
            } else {
                side.by.push(at(index));
            }
        }
        side
    }

    fn access_point(&self) -> Option<Point<'a>> {
        let point = self.layers.access_point.as_ref()?;
        let resource = through_point(&self.env.request.resource, &point.arn);
        let mut policy = Said::default();
        match &point.policy {
            Reading::Read(None) => {}
            Reading::Read(Some(document)) => {
                self.listen(&mut policy, LayerName::AccessPoint, 0, Seen::Document(document), &resource);
            }
            Reading::Unreadable if self.reading == Stance::Open => {
                self.listen(&mut policy, LayerName::AccessPoint, 0, Seen::Open, &resource);
            }
            Reading::Unreadable => policy.denies = true,
        }
        let network_fits = point.vpc.as_ref().is_none_or(|vpc| {
            self.env.key("aws:sourcevpc").is_some_and(|found| found == ContextValue::One(vpc.clone()))
        });
        Some(Point { itself: point, policy, network_fits })
    }

    /// What the owner of the access point says to the caller (fact F9).
    fn point_side(&self, point: &Point<'_>, caller: &CallerSide) -> Side {
        let inside = self.env.caller.account == Some(point.itself.account.as_str());
        let service = self.env.caller.kind == CallerKind::Service;
        let public = match &point.itself.policy {
            Reading::Read(Some(document)) if document.has_holes() => self.reading == Stance::Tight,
            Reading::Read(Some(document)) => point.itself.vpc.is_none() && is_public(document, true),
            Reading::Read(None) => false,
            Reading::Unreadable => self.reading == Stance::Tight,
        };
        let restricted = public && self.block_settings().restrict_public_buckets && !inside && !service;
        let grants: &[(StatementRef, Naming)] = if restricted { &[] } else { &point.policy.allowed_by };
        if inside && let Some(side) = self.named_inside(grants, Vec::new(), caller) {
            return side;
        }
        // A delegation, or a grant to somebody of another account: the caller's own side must allow too (fact A9).
        let own = if self.env.caller.account.is_some() { caller.closed() } else { None };
        match own {
            None if inside || !grants.is_empty() => {
                let by = grants.iter().map(|(at, _)| at.clone());
                Side::Open(by.chain(caller.by.iter().cloned()).collect())
            }
            Some(layer) if !grants.is_empty() => Side::Closed(layer),
            _ if restricted && point.policy.allows => Side::Closed(LayerName::BlockPublicAccess),
            _ => Side::Closed(LayerName::AccessPoint),
        }
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

struct AclSide {
    by: Vec<StatementRef>,
    /// A grant would let the caller in if public ACLs were not ignored.
    blocked: bool,
}

struct Point<'a> {
    itself: &'a AccessPoint,
    policy: Said,
    network_fits: bool,
}

/// The name of a bucket's object or the bucket itself, as an access point's policy calls it.
pub(crate) fn through_point(resource: &str, point: &str) -> String {
    match Arn::parse(resource).filter(|arn| arn.service == "s3" && arn.account.is_empty()) {
        Some(arn) => match arn.resource.split_once('/') {
            Some((_, key)) => format!("{point}/object/{key}"),
            None => point.to_owned(),
        },
        None => resource.to_owned(),
    }
}

/// `READ` on an object: what the search assumes of an object that nobody lists (fact F8).
pub(crate) const OBJECT_READ: &str = "OBJECT_READ";

/// Whether an ACL permission on a bucket covers an action
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#permissions>).
fn permits(permission: &str, action: &str) -> bool {
    let read = ["s3:listbucket", "s3:listbucketversions", "s3:listbucketmultipartuploads"];
    let write = ["s3:putobject", "s3:deleteobject", "s3:deleteobjectversion"];
    let has = |list: &[&str]| list.contains(&action);
    match permission {
        "READ" => has(&read),
        "WRITE" => has(&write),
        OBJECT_READ => action == "s3:getobject" || action == "s3:getobjectversion",
        "READ_ACP" => action == "s3:getbucketacl",
        "WRITE_ACP" => action == "s3:putbucketacl",
        "FULL_CONTROL" => has(&read) || has(&write) || action == "s3:getbucketacl" || action == "s3:putbucketacl",
        _ => false,
    }
}

fn outcome(decision: Decision, decided_by: Vec<StatementRef>, blocked_by: Option<LayerName>) -> Outcome {
    Outcome { decision: Decided::Known(decision), decided_by, blocked_by }
}

/// What is not known in these layers.
pub(crate) fn doubts(layers: &Layers) -> Vec<Doubt> {
    let mut found = Vec::new();
    let mut document = |layer: LayerName, reading: &Reading<Arc<Document>>| match reading {
        Reading::Unreadable => found.push(Doubt::unreadable(layer)),
        Reading::Read(document) if document.has_holes() => found.push(Doubt::hole(layer)),
        Reading::Read(_) => {}
    };
    let lists = [
        (LayerName::Identity, &layers.identity),
        (LayerName::Boundary, &layers.boundary),
        (LayerName::Session, &layers.session),
        (LayerName::Endpoint, &layers.endpoint),
    ];
    for (layer, documents) in lists {
        documents.iter().flatten().for_each(|reading| document(layer, reading));
    }
    for (layer, levels) in [(LayerName::Scp, &layers.scp), (LayerName::Rcp, &layers.rcp)] {
        levels.iter().flatten().flatten().for_each(|reading| document(layer, reading));
    }
    if let Some(reading) = &layers.resource {
        document(LayerName::Resource, reading);
    }
    let mut settings = vec![&layers.block_public_access.account, &layers.block_public_access.bucket];
    if let Some(point) = &layers.access_point {
        match &point.policy {
            Reading::Unreadable => found.push(Doubt::unreadable(LayerName::AccessPoint)),
            Reading::Read(Some(document)) if document.has_holes() => found.push(Doubt::hole(LayerName::AccessPoint)),
            Reading::Read(_) => {}
        }
        settings.push(&point.block_public_access);
    }
    if settings.contains(&&Reading::Unreadable) {
        found.push(Doubt::unreadable(LayerName::BlockPublicAccess));
    }
    if layers.acl == Some(Reading::Unreadable) {
        found.push(Doubt::unreadable(LayerName::Acl));
    }
    found.sort();
    found.dedup();
    found
}
