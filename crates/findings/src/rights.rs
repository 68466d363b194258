//! What a user or a role may do: all policies that judge it are gathered here, and the engine is asked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use forewarn_inventory::{
    Account, AttachedPolicy, Cause, Gap, Group, InlinePolicy, ManagedPolicy, PolicyText, Role, User,
};
use forewarn_policy::{
    self as policy, Calls, Document, Feasible, Grantee, LayerName, Layers, Reading, RoleRights, StatementRef, Technique,
};

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
    pub fn evidence(&self, pointer: &str, note: impl Into<String>) -> Evidence {
        match self {
            Self::User(user) => user.evidence(pointer, note),
            Self::Role(role) => role.evidence(pointer, note),
        }
    }

    fn boundary(&self) -> Option<&'a str> {
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
    grantee: Grantee,
    held: Vec<Text<'a>>,
    gaps: Vec<(LayerName, Gap)>,
    /// Organisation guardrails that could not be read and may stop it all the same.
    unless: Vec<LayerName>,
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

/// A technique that works for somebody, as the inventory shows it.
#[derive(Debug, Clone)]
pub struct Way {
    /// The technique.
    pub technique: &'static Technique,
    /// What each target is.
    pub targets: BTreeMap<String, String>,
    /// What no policy says and is taken for granted.
    pub assumes: Vec<String>,
    /// The request of each step, with the statements that allow it.
    pub proofs: Vec<Proof>,
}

/// Who stands where in one account.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    /// ARNs of users and roles that may do everything.
    pub administrators: BTreeSet<String>,
    roles: Vec<RoleRights>,
    admin_roles: Vec<RoleRights>,
    admin_users: Vec<String>,
}

impl<'a> Case<'a> {
    /// Users and roles.
    pub fn identities(&self) -> impl Iterator<Item = Identity<'a>> + use<'a> {
        self.users().map(Identity::User).chain(self.roles().map(Identity::Role))
    }

    /// Everything that judges what a user or role does: its own policies, those of its groups, its boundary, and the
    /// service control policies above its account.
    pub fn rights(&self, identity: Identity<'a>) -> Rights<'a> {
        let account = identity.account();
        let mut gather = Gather { case: *self, account, held: Vec::new(), gaps: Vec::new() };
        let (inline, attached): (&'a [InlinePolicy], &'a [AttachedPolicy]) = match identity {
            Identity::User(user) => (&user.item().inline, &user.item().attached),
            Identity::Role(role) => (&role.item().inline, &role.item().attached),
        };
        let mut documents = gather.inline(Holder::Identity(identity), inline);
        documents.extend(attached.iter().map(|policy| gather.attached(LayerName::Identity, &policy.arn)));
        let mut policies: Vec<String> = attached.iter().map(|policy| policy.arn.clone()).collect();
        let mut groups = Vec::new();
        if let Identity::User(user) = identity {
            for name in &user.item().groups {
                let Some(group) = self.groups().find(|group| group.account.id == account.id && group.name == *name)
                else {
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
        let (scp, unless) = self.scps(&account.id);
        let own = |arn: &String| arn.split(':').nth(4) == Some(account.id.as_str());
        let grantee = Grantee {
            principal: Some(identity.arn().to_owned()),
            account: Some(account.id.clone()),
            layers: Layers { identity: Some(documents), boundary, scp, ..Layers::default() },
            policies: Some(policies.into_iter().filter(own).collect()),
            groups: Some(groups),
        };
        Rights { identity, grantee, held: gather.held, gaps: gather.gaps, unless }
    }

    /// The service control policies above an account; where they cannot be read none, and their name.
    fn scps(&self, account: &str) -> (Option<Vec<Vec<Reading<Arc<Document>>>>>, Vec<LayerName>) {
        let levels = crate::guardrails::levels(&self.inventory().organization, account, |known| &known.scps);
        let parsed = levels.ok().and_then(|levels| {
            let level = |level: &Vec<PolicyText>| {
                let documents = level.iter().map(|text| self.document(text).map(Reading::Read));
                documents.collect::<Result<Vec<_>, String>>().ok()
            };
            levels.iter().map(level).collect::<Option<Vec<_>>>()
        });
        match parsed {
            Some(levels) if levels.is_empty() => (None, Vec::new()),
            Some(levels) => (Some(levels), Vec::new()),
            None => (None, vec![LayerName::Scp]),
        }
    }

    /// Whether an identity can make any of these calls on a resource, by its own policies or by that of the resource.
    ///
    /// `own` is the resource with its policy; without it the resource is taken to have none.
    pub fn can(&self, rights: &Rights<'a>, actions: &[&str], resource: &str, own: Option<&Asked<'a>>) -> Answer {
        let calls = Calls::new(actions, resource, own.and_then(Asked::policy));
        match policy::can(&rights.grantee, &calls) {
            policy::Answer::No => Answer::No,
            policy::Answer::Yes(hit) => {
                let hit = policy::Hit { unless: rights.unless.clone(), ..hit };
                let mut evidence = hit.because.iter().map(|at| match (at.layer, own) {
                    (LayerName::Resource, Some(own)) => own.evidence(at),
                    _ => rights.evidence(at),
                });
                let first = evidence.next().unwrap_or_else(|| rights.identity.evidence("/arn", "may do it"));
                let more = evidence.collect();
                Answer::Yes(Box::new(Proof { hit, first, more }))
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

    /// Whether an identity may do everything, and the condition keys that it can satisfy itself on the way.
    pub fn is_administrator(&self, rights: &Rights<'a>) -> (Answer, Vec<String>) {
        let found = policy::admin_equivalent(&rights.grantee);
        let answer = match found.answer {
            policy::Answer::No => Answer::No,
            policy::Answer::Yes(hit) => Answer::Yes(Box::new(rights.proof(hit))),
            policy::Answer::Unknown(doubts) => {
                let reasons = doubts.iter().flat_map(|doubt| rights.reasons(doubt));
                Reasons::all(reasons).map_or(Answer::No, Answer::Unknown)
            }
        };
        (answer, found.conditions)
    }

    /// The roles of an account and who of its identities is an administrator.
    pub fn standing(&self, account: &'a Account) -> Standing {
        let mut standing = Standing::default();
        for identity in self.identities().filter(|identity| identity.account().id == account.id) {
            let rights = self.rights(identity);
            let is_admin = matches!(self.is_administrator(&rights).0, Answer::Yes(_));
            if is_admin {
                standing.administrators.insert(identity.arn().to_owned());
            }
            match identity {
                Identity::Role(role) => {
                    let trust = self.document(&role.item().trust).map_or(Reading::Unreadable, Reading::Read);
                    let role = RoleRights { arn: role.item().arn.clone(), trust, layers: rights.grantee.layers };
                    if is_admin {
                        standing.admin_roles.push(role.clone());
                    }
                    standing.roles.push(role);
                }
                Identity::User(user) if is_admin => standing.admin_users.push(user.item().arn.clone()),
                Identity::User(_) => {}
            }
        }
        standing
    }

    /// The ways in which an identity could become an administrator, and why others could not be decided.
    ///
    /// A role or user whose rights are won is an administrator; where a technique changes rights at will, any target does.
    pub fn ways_to_admin(&self, rights: &Rights<'a>, standing: &Standing) -> (Vec<Way>, Vec<Reason>) {
        let mut ways = Vec::new();
        let mut doubtful = Vec::new();
        for (won, roles) in [(false, &standing.roles), (true, &standing.admin_roles)] {
            for (technique, feasible) in policy::escalations(&rights.grantee, Some(roles)) {
                if technique.gains.is_some() != won {
                    continue;
                }
                match feasible {
                    Feasible::Yes(found) => ways.extend(self.way(rights, standing, technique, *found)),
                    Feasible::Unknown(doubts) => doubtful.extend(doubts.iter().flat_map(|doubt| rights.reasons(doubt))),
                    Feasible::No => {}
                }
            }
        }
        ways.sort_by_key(|way| policy::techniques().iter().position(|known| known.id == way.technique.id));
        (ways, doubtful)
    }

    /// A technique that works, with its proofs; none where the user that it takes over would have to be one who is no
    /// administrator.
    fn way(
        &self,
        rights: &Rights<'a>,
        standing: &Standing,
        technique: &'static Technique,
        found: policy::Escalation,
    ) -> Option<Way> {
        let mut targets = found.targets;
        let won =
            technique.gains.as_ref().filter(|won| technique.targets.get(*won).is_some_and(|kind| kind == "iam:user"));
        let mut steps = found.steps;
        if let Some(won) = won {
            let actions: Vec<&str> = technique
                .steps
                .iter()
                .filter(|step| step.resource.as_ref() == Some(won))
                .map(|step| step.action.as_str())
                .collect();
            let others = standing.admin_users.iter().filter(|arn| *arn != rights.identity.arn());
            let (arn, requests) = others.into_iter().find_map(|arn| {
                let requests: Option<Vec<policy::Request>> = actions
                    .iter()
                    .map(|action| match self.can(rights, &[action], arn, None) {
                        Answer::Yes(proof) => Some(proof.hit.witness),
                        Answer::No | Answer::Unknown(_) => None,
                    })
                    .collect();
                Some((arn.clone(), requests?))
            })?;
            targets.insert(won.clone(), arn);
            steps = requests;
        }
        let proofs = steps.into_iter().map(|witness| {
            let outcome = policy::decide(&policy::with_delegation(&rights.grantee.layers, &witness), &witness);
            let audience = policy::Audience::SameAccount;
            rights.proof(policy::Hit { audience, witness, because: outcome.decided_by, unless: Vec::new() })
        });
        let proofs = proofs.collect();
        Some(Way { technique, targets, assumes: found.assumes, proofs })
    }
}

impl Rights<'_> {
    /// A hit as proof, with the statements behind it.
    fn proof(&self, hit: policy::Hit) -> Proof {
        let hit = policy::Hit { unless: self.unless.clone(), ..hit };
        let own = |at: &&StatementRef| at.layer != LayerName::Resource;
        let mut evidence = hit.because.iter().filter(own).map(|at| self.evidence(at));
        let first = evidence.next().unwrap_or_else(|| self.identity.evidence("/arn", "may do it"));
        let more = evidence.collect();
        Proof { hit, first, more }
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
    fn reasons(&self, doubt: &policy::Doubt) -> Vec<Reason> {
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
        let found = self.case.policies().find(|policy| policy.account.id == self.account.id && policy.arn == *arn);
        let Some(policy) = found else {
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
                let gap = Case::malformed("iam:GetAccountAuthorizationDetails", name, error);
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
