//! What a user or a role may do: all policies that judge it are gathered here, and the engine is asked.

use std::sync::Arc;

use forewarn_inventory::{
    Account, AttachedPolicy, Cause, Gap, Group, InlinePolicy, ManagedPolicy, PolicyText, Role, User,
};
use forewarn_policy::{
    self as policy, Calls, Decided, Decision, Document, Grantee, LayerName, Layers, Reading, StatementRef,
};

use crate::parallel::lock;
use crate::{Answer, Asked, Case, Evidence, In, Proof, Reason, Reasons, Resource};

/// A user or a role of the inventory.
#[derive(Debug, Clone, Copy)]
pub enum Identity<'a> {
    /// A user.
    User(In<'a, User>),
    /// A role.
    Role(In<'a, Role>),
}

impl<'a> Identity<'a> {
    /// Its ARN.
    pub fn arn(&self) -> &'a str {
        match self {
            Self::User(user) => &user.item().arn,
            Self::Role(role) => &role.item().arn,
        }
    }

    /// Its account.
    pub fn account(&self) -> &'a Account {
        match self {
            Self::User(user) => user.account,
            Self::Role(role) => role.account,
        }
    }

    /// Whether AWS owns it, so that the account cannot edit it (fact B9).
    pub fn is_reserved(&self) -> bool {
        match self {
            Self::User(_) => false,
            Self::Role(role) => role.is_reserved(),
        }
    }

    /// A pointer into it, with what it means.
    pub fn evidence(&self, pointer: &str, note: impl Into<Arc<str>>) -> Evidence {
        match self {
            Self::User(user) => user.evidence(pointer, note),
            Self::Role(role) => role.evidence(pointer, note),
        }
    }

    /// When it was made.
    pub(crate) fn created(&self) -> jiff::Timestamp {
        match self {
            Self::User(user) => user.item().created,
            Self::Role(role) => role.item().created,
        }
    }

    /// Its own inline and attached policies.
    pub(crate) fn policies(&self) -> (&'a [InlinePolicy], &'a [AttachedPolicy]) {
        match self {
            Self::User(user) => (&user.item().inline, &user.item().attached),
            Self::Role(role) => (&role.item().inline, &role.item().attached),
        }
    }

    /// ARN of its permissions boundary.
    pub(crate) fn boundary(&self) -> Option<&'a str> {
        match self {
            Self::User(user) => user.item().boundary.as_deref(),
            Self::Role(role) => role.item().boundary.as_deref(),
        }
    }
}

impl From<&Identity<'_>> for Resource {
    fn from(identity: &Identity<'_>) -> Self {
        match identity {
            Identity::User(user) => Self::from(user),
            Identity::Role(role) => Self::from(role),
        }
    }
}

/// A user or role with every policy that judges what it does.
#[derive(Debug, Clone)]
pub struct Rights<'a> {
    /// Whose they are.
    pub identity: Identity<'a>,
    pub(crate) grantee: Grantee,
    held: Vec<Text<'a>>,
    gaps: Vec<(LayerName, Gap)>,
    /// Organisation guardrails that could not be read and may stop it all the same.
    pub(crate) unless: Vec<LayerName>,
}

/// Where the text of a policy stands.
#[derive(Debug, Clone)]
struct Text<'a> {
    holder: Holder<'a>,
    pointer: String,
    document: Option<Arc<Document>>,
}

#[derive(Debug, Clone, Copy)]
enum Holder<'a> {
    Identity(Identity<'a>),
    Group(In<'a, Group>),
    Policy(In<'a, ManagedPolicy>),
    Nowhere,
}

/// The service control policies above an account, and which layer could not be read.
#[derive(Debug, Default)]
pub(crate) struct Guardrails {
    scp: Option<Vec<Vec<Reading<Arc<Document>>>>>,
    unread: Option<LayerName>,
}

impl<'a> Case<'a> {
    /// Users and roles.
    pub fn identities(&self) -> impl Iterator<Item = Identity<'a>> + use<'a> {
        self.users().map(Identity::User).chain(self.roles().map(Identity::Role))
    }

    /// Users and roles of one account.
    pub fn identities_of(&self, account: &'a Account) -> impl Iterator<Item = Identity<'a>> + use<'a> {
        let users = account.iam.users.iter().map(move |user| Identity::User(In::new(account, user)));
        users.chain(account.iam.roles.iter().map(move |role| Identity::Role(In::new(account, role))))
    }

    /// Everything that judges what a user or role does: its own policies, those of its groups, its boundary, and the
    /// service control policies above its account.
    pub fn rights(&self, identity: Identity<'a>) -> Rights<'a> {
        let account = identity.account();
        let mut gather = Gather { case: *self, account, held: Vec::new(), gaps: Vec::new() };
        let (inline, attached) = identity.policies();
        let mut documents = gather.inline(Holder::Identity(identity), inline);
        documents.extend(attached.iter().map(|policy| gather.attached(LayerName::Identity, &policy.arn)));
        let mut policies: Vec<String> = attached.iter().map(|policy| policy.arn.clone()).collect();
        let mut groups = Vec::new();
        if let Identity::User(user) = identity {
            for name in &user.item().groups {
                let Some(group) = self.group(account, name) else {
                    let gap = lost(&account.iam.groups.rest, name);
                    documents.push(gather.unread(LayerName::Identity, gap));
                    continue;
                };
                groups.push(group.arn.clone());
                documents.extend(gather.inline(Holder::Group(group), &group.item().inline));
                for policy in &group.item().attached {
                    documents.push(gather.attached(LayerName::Identity, &policy.arn));
                    policies.push(policy.arn.clone());
                }
            }
        }
        let boundary = identity.boundary().map(|arn| vec![gather.limit(LayerName::Boundary, arn)]);
        let guardrails = self.scps(&account.id);
        let own = |arn: &String| arn.split(':').nth(4) == Some(account.id.as_str());
        let grantee = Grantee {
            principal: Some(identity.arn().to_owned()),
            account: Some(account.id.clone()),
            layers: Layers { identity: Some(documents), boundary, scp: guardrails.scp.clone(), ..Layers::default() },
            policies: Some(policies.into_iter().filter(own).collect()),
            groups: Some(groups),
        };
        let unless = guardrails.unread.into_iter().collect();
        Rights { identity, grantee, held: gather.held, gaps: gather.gaps, unless }
    }

    /// The service control policies above an account; where they cannot be read none, and their name.
    fn scps(&self, account: &str) -> Arc<Guardrails> {
        let mut known = lock(&self.world.guardrails);
        let found = known.entry(account.to_owned()).or_insert_with(|| {
            let levels = crate::guardrails::levels(&self.inventory().organization, account, |known| &known.scps);
            let parsed = levels.ok().and_then(|levels| {
                let level = |level: &Vec<PolicyText>| {
                    let documents = level.iter().map(|text| self.document(text).map(Reading::Read));
                    documents.collect::<Result<Vec<_>, String>>().ok()
                };
                levels.iter().map(level).collect::<Option<Vec<_>>>()
            });
            Arc::new(match parsed {
                Some(levels) => Guardrails { scp: (!levels.is_empty()).then_some(levels), unread: None },
                None => Guardrails { scp: None, unread: Some(LayerName::Scp) },
            })
        });
        Arc::clone(found)
    }

    /// Why the users and roles of an account, or what they hold, may not all be known. A verdict about all of them stands
    /// on it; one about a single identity does not.
    pub fn unlisted_identities(&self, account: &'a Account) -> impl Iterator<Item = &'a Gap> + use<'a> {
        account.iam.users.rest.iter().chain(&account.iam.roles.rest)
    }

    /// Whether an identity can make any of these calls on a resource, by its own policies or by that of the resource.
    ///
    /// `own` is the resource with its policy. Without it the resource is taken to leave all to the account (fact A8): a
    /// trail, which has no policy, or a key whose policy nobody read.
    pub fn can(&self, rights: &Rights<'a>, actions: &[&str], resource: &str, own: Option<&Asked<'a>>) -> Answer {
        let mut grantee = rights.grantee.clone();
        let mut unless = rights.unless.clone();
        let calls = if let Some(own) = own {
            grantee.layers.rcp = own.rcp();
            unless.extend(grantee.layers.rcp.is_none().then_some(LayerName::Rcp));
            Calls::new(actions, resource, own.policy())
        } else {
            if !rights.may_allow(actions) {
                return Answer::No;
            }
            Calls::delegated(actions, resource, &rights.identity.account().id)
        };
        match policy::can(&grantee, &calls) {
            policy::Answer::No => Answer::No,
            policy::Answer::Yes(hit) => {
                let layers = Layers { resource: calls.policy, ..grantee.layers };
                let outcome = policy::decide(&layers, &hit.witness);
                if outcome.decision != Decided::Known(Decision::Allow) {
                    return self.does_not_replay(resource, &outcome.decision);
                }
                let hit = policy::Hit { unless, ..hit };
                let mut evidence = hit.because.iter().filter_map(|at| match (at.layer, own) {
                    (LayerName::Resource, None) => None,
                    (LayerName::Resource, Some(own)) => Some(own.evidence(at, &hit.witness)),
                    _ => Some(rights.evidence(at)),
                });
                let first = evidence.next().unwrap_or_else(|| rights.identity.evidence("/arn", "may do it"));
                let more = evidence.collect();
                Answer::Yes(Box::new(Proof { hit, accounts: Vec::new(), first, more }))
            }
            policy::Answer::Unknown(doubts) => {
                let organization = self.inventory().organization.gap();
                let reasons = doubts.iter().flat_map(|doubt| match (doubt.layer, own) {
                    (Some(LayerName::Resource), Some(own)) => own.reasons(doubt, organization),
                    _ => rights.reasons(doubt),
                });
                Reasons::all(reasons).map_or(Answer::No, Answer::Unknown)
            }
        }
    }
}

impl<'a> Case<'a> {
    /// Whether an identity would make a call on a resource of somebody else's who lets everybody in: what its own policies
    /// and the guardrails above it say of an owner whom nobody expected.
    pub fn would_call_strangers(&self, rights: &Rights<'a>, action: &str, resource: &str) -> Answer {
        // No account has this id.
        const STRANGER: &str = "000000000000";
        let open =
            r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#;
        let Ok(open) = Document::parse(open) else { return Answer::No };
        let layers = Layers { resource: Some(Reading::Read(Arc::new(open))), ..rights.grantee.layers.clone() };
        let request = policy::Request {
            principal: policy::Principal::Arn(rights.identity.arn().to_owned()),
            action: action.to_owned(),
            resource: resource.to_owned(),
            resource_account: Some(STRANGER.to_owned()),
            context: policy::Context::default(),
        };
        let outcome = policy::decide(&layers, &request);
        match outcome.decision {
            Decided::Known(Decision::Allow) => Answer::Yes(Box::new(rights.proof(policy::Hit {
                audience: policy::Audience::SameAccount,
                witness: request.into(),
                because: outcome.decided_by,
                unless: Vec::new(),
            }))),
            Decided::Known(_) => Answer::No,
            Decided::Unknown(doubts) => {
                let reasons = doubts.iter().flat_map(|doubt| rights.reasons(doubt));
                Reasons::all(reasons).map_or(Answer::No, Answer::Unknown)
            }
        }
    }
}

impl Rights<'_> {
    /// Whether its own policies speak for any of these calls, whatever the resource. Where neither they nor the policy of
    /// the resource do, the answer of [`Case::can`] is No.
    pub fn may_allow(&self, actions: &[&str]) -> bool {
        actions.iter().any(|action| policy::may_allow(&self.grantee.layers, None, action))
    }

    /// The layers that judge what it does.
    pub(crate) fn layers(&self) -> &Layers {
        &self.grantee.layers
    }

    /// A hit as proof, with the statements behind it.
    pub(crate) fn proof(&self, hit: policy::Hit) -> Proof {
        let hit = policy::Hit { unless: self.unless.clone(), ..hit };
        let own = |at: &&StatementRef| at.layer != LayerName::Resource;
        let mut evidence = hit.because.iter().filter(own).map(|at| self.evidence(at));
        let first = evidence.next().unwrap_or_else(|| self.identity.evidence("/arn", "may do it"));
        let more = evidence.collect();
        Proof { hit, accounts: Vec::new(), first, more }
    }

    fn evidence(&self, at: &StatementRef) -> Evidence {
        let Some(text) = self.held.get(at.policy).filter(|_| at.layer == LayerName::Identity) else {
            return self.identity.evidence("/arn", "a guardrail lets it through").related();
        };
        let statement = text.document.as_ref().and_then(|document| document.statements().get(at.statement));
        let pointer = format!("{}{}", text.pointer, statement.map(policy::Statement::pointer).unwrap_or_default());
        let note = "this statement allows it";
        match text.holder {
            Holder::Identity(identity) => identity.evidence(&pointer, note),
            Holder::Group(group) => group.evidence(&pointer, note),
            Holder::Policy(policy) => policy.evidence(&pointer, note),
            Holder::Nowhere => self.identity.evidence("/arn", note),
        }
    }

    /// The reads behind a doubt of the engine, or the doubt itself.
    pub(crate) fn reasons(&self, doubt: &policy::Doubt) -> Vec<Reason> {
        let behind = self.gaps.iter().filter(|(layer, _)| Some(*layer) == doubt.layer);
        let gaps: Vec<Reason> = behind.map(|(_, gap)| Reason::from(gap)).collect();
        if gaps.is_empty() { vec![Reason::from(doubt)] } else { gaps }
    }
}

/// Gathers the policies of one identity and remembers where they stand and what could not be read.
struct Gather<'a> {
    case: Case<'a>,
    account: &'a Account,
    held: Vec<Text<'a>>,
    gaps: Vec<(LayerName, Gap)>,
}

impl<'a> Gather<'a> {
    fn inline(&mut self, holder: Holder<'a>, policies: &'a [InlinePolicy]) -> Vec<Reading<Arc<Document>>> {
        let each = policies.iter().enumerate().map(|(index, policy)| {
            let pointer = format!("/inline/{index}/document");
            self.text(LayerName::Identity, holder, pointer, &policy.name, &policy.document)
        });
        each.collect()
    }

    fn attached(&mut self, layer: LayerName, arn: &str) -> Reading<Arc<Document>> {
        let Some(policy) = self.case.policy(self.account, arn) else {
            let gap = lost(&self.account.iam.policies.rest, arn);
            return self.unread(layer, gap);
        };
        let versions = &policy.item().versions;
        let version = versions.iter().enumerate().find(|(_, version)| version.id == policy.item().default_version);
        match version {
            Some((index, version)) => {
                let pointer = format!("/versions/{index}/document");
                self.text(layer, Holder::Policy(policy), pointer, arn, &version.document)
            }
            None => self.unread(layer, lost(&[], arn)),
        }
    }

    /// The policy of a boundary, which is no evidence.
    fn limit(&mut self, layer: LayerName, arn: &str) -> Reading<Arc<Document>> {
        let before = self.held.len();
        let reading = self.attached(layer, arn);
        self.held.truncate(before);
        reading
    }

    fn text(
        &mut self,
        layer: LayerName,
        holder: Holder<'a>,
        pointer: String,
        name: &str,
        text: &PolicyText,
    ) -> Reading<Arc<Document>> {
        match self.case.document(text) {
            Ok(document) => {
                self.held.push(Text { holder, pointer, document: Some(Arc::clone(&document)) });
                Reading::Read(document)
            }
            Err(error) => {
                let gap = Case::malformed("iam:GetAccountAuthorizationDetails", name, text, error);
                self.unread(layer, gap)
            }
        }
    }

    fn unread(&mut self, layer: LayerName, gap: Gap) -> Reading<Arc<Document>> {
        self.gaps.push((layer, gap));
        self.held.push(Text { holder: Holder::Nowhere, pointer: String::new(), document: None });
        Reading::Unreadable
    }
}

/// Why a policy or a group that is named is not there.
fn lost(rest: &[Gap], name: &str) -> Gap {
    rest.first().cloned().unwrap_or_else(|| {
        let gap = Gap::new(Cause::Malformed, "iam:GetAccountAuthorizationDetails").on(name);
        gap.detail("AWS names it and did not give its text")
    })
}
