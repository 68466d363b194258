//! Asking the policy engine about resources of the inventory: the layers are gathered here, and its doubts are traced
//! back to the reads that failed.

use std::sync::Arc;

use forewarn_inventory::{Bucket, Cause, Gap, Key, Observed, PolicyText, Role};
use forewarn_policy::{
    self as policy, Acl, Audience, BlockPublicAccess, BlockSettings, ContextValue, Decided, Decision, Document, Doubt,
    Hit, LayerName, Ownership, Reading, ResourceKind, StatementRef, Target, TenantClaims,
};

use crate::case::{About, Asking, remembered};
use crate::second::disagreement;
use crate::{Answer, Case, Evidence, In, Reason, Reasons, Verdict};

/// A proof of the policy engine: the request, and the statements that let it in as evidence.
#[derive(Debug, Clone, PartialEq)]
pub struct Proof {
    /// The request and what it rests on.
    pub hit: Hit,
    /// The foreign accounts that get in, where the answer is about [`Audience::Accounts`]; sorted.
    pub accounts: Vec<String>,
    pub(crate) first: Evidence,
    pub(crate) more: Vec<Evidence>,
}

impl Proof {
    /// The principal of the witness in words.
    pub fn caller(&self) -> String {
        match &self.hit.witness.principal {
            policy::Principal::Arn(arn) => arn.clone(),
            policy::Principal::Anonymous => "an unsigned request".to_owned(),
            policy::Principal::Service(name) | policy::Principal::Federated(name) => name.clone(),
        }
    }

    /// The statement that decides, or the first of them.
    pub fn evidence(&self) -> &Evidence {
        &self.first
    }

    /// The action of the witness.
    pub fn action(&self) -> &str {
        &self.hit.witness.action
    }
}

/// A resource of the inventory with all that the engine must know about it.
#[derive(Debug, Clone)]
pub struct Asked<'a> {
    layered: Layered,
    node: Node<'a>,
}

/// The layers that judge who gets into a resource.
#[derive(Debug, Clone)]
pub(crate) struct Layered {
    target: Arc<About>,
    /// What could not be read of them.
    gaps: Arc<[(LayerName, Gap)]>,
}

#[derive(Debug, Clone, Copy)]
enum Node<'a> {
    Bucket(In<'a, Bucket>),
    Role(In<'a, Role>),
    Key(In<'a, Key>),
}

/// What is asked of the engine.
#[derive(Debug, Clone, Default)]
pub struct Ask<'a> {
    /// The audiences; the widest that gets in is the answer.
    pub audiences: &'a [Audience],
    /// Action patterns; empty = any.
    pub actions: &'a [&'a str],
    /// Context keys that are given: a value, or `None` for a key that must be absent.
    pub given: &'a [(&'a str, Option<&'a str>)],
}

impl<'a> Case<'a> {
    /// A bucket with its policy, ACL, Block Public Access, access points and the guardrails of its account.
    pub fn bucket(&self, bucket: &In<'a, Bucket>) -> Asked<'a> {
        let key = (bucket.account.id.clone(), bucket.arn.clone());
        let layered = remembered(&self.world.buckets, key, |_| self.layered(bucket));
        Asked { layered, node: Node::Bucket(*bucket) }
    }

    fn layered(&self, bucket: &In<'a, Bucket>) -> Layered {
        let mut gather = Gather { case: *self, gaps: Vec::new() };
        let account = bucket.account;
        let mut access_points: Vec<policy::AccessPoint> = self
            .access_points()
            .filter(|point| {
                let owner = point.bucket_account.as_deref().unwrap_or(&point.account.id);
                point.bucket == bucket.name && owner == account.id
            })
            .map(|point| policy::AccessPoint {
                arn: point.arn.clone(),
                account: point.account.id.clone(),
                policy: gather.document(LayerName::AccessPoint, &point.policy, "s3:GetAccessPointPolicy", &point.arn),
                block_public_access: gather.block(&point.public_access_block),
                vpc: point.vpc.clone(),
            })
            .collect();
        if let Some(gap) = account.s3.access_points.rest.first() {
            // There may be one that we do not know: it can open the bucket only where the bucket's own side delegates.
            gather.gaps.push((LayerName::AccessPoint, gap.clone()));
            access_points.push(policy::AccessPoint {
                arn: format!("arn:{}:s3:us-east-1:{}:accesspoint/unlisted", account.partition, account.id),
                account: account.id.clone(),
                policy: Reading::Unreadable,
                block_public_access: Reading::Unreadable,
                vpc: None,
            });
        }
        let target = Target {
            kind: ResourceKind::BucketPolicy,
            arn: Some(bucket.arn.clone()),
            account: account.id.clone(),
            policy: gather.document(LayerName::Resource, &bucket.policy, "s3:GetBucketPolicy", &bucket.arn),
            organization: self.organization(),
            block_public_access: BlockPublicAccess {
                account: gather.block(&account.s3.public_access_block),
                bucket: gather.block(&bucket.public_access_block),
            },
            acl: gather.acl(bucket),
            access_points,
            rcp: gather.rcp(&account.id),
            trusted_accounts: self.trusted_accounts().clone(),
        };
        Layered { target: Arc::new(target.into()), gaps: gather.gaps.into() }
    }

    /// A role with its trust policy and the guardrails of its account.
    pub fn role(&self, role: &In<'a, Role>) -> Asked<'a> {
        let mut gather = Gather { case: *self, gaps: Vec::new() };
        let trust = Observed::Present(role.trust.clone());
        let target = Target {
            kind: ResourceKind::RoleTrust,
            arn: Some(role.arn.clone()),
            account: role.account.id.clone(),
            policy: gather.document(LayerName::Resource, &trust, "iam:GetAccountAuthorizationDetails", &role.arn),
            organization: self.organization(),
            block_public_access: BlockPublicAccess::default(),
            acl: Reading::Read(None),
            access_points: Vec::new(),
            rcp: gather.rcp(&role.account.id),
            trusted_accounts: self.trusted_accounts().clone(),
        };
        let layered = Layered { target: Arc::new(target.into()), gaps: gather.gaps.into() };
        Asked { layered, node: Node::Role(*role) }
    }

    /// Whether an AWS service can assume a role.
    ///
    /// # Errors
    /// Why that could not be decided.
    pub fn is_assumed_by(&self, role: &In<'a, Role>, service: &str) -> Result<bool, Box<Reason>> {
        let operation = "iam:GetAccountAuthorizationDetails";
        let document = self.document(&role.trust).map_err(|error| {
            let gap = Case::malformed(operation, &role.arn, &role.trust, error);
            Box::new(Reason::from(&gap))
        })?;
        let trust = Reading::Read(document);
        let asked = policy::RoleRights { arn: role.arn.clone(), trust, layers: policy::Layers::default() };
        policy::lets_service(&asked, &role.account.id, service).ok_or_else(|| {
            let causes = role.trust.causes();
            Box::new(if causes.is_empty() {
                Reason {
                    code: "too_complex".to_owned(),
                    message: format!(
                        "whether the trust policy of {} lets {service} in took too long to decide",
                        role.name
                    ),
                    gap: None,
                }
            } else {
                Reason::from(&Gap::new(Cause::KnownAfterApply, operation).on(&role.arn).detail(causes.join(", ")))
            })
        })
    }

    /// A KMS key with its policy and the guardrails of its account. Nothing but its policy says what its account decides
    /// (fact A8).
    pub fn key(&self, key: &In<'a, Key>) -> Asked<'a> {
        let mut gather = Gather { case: *self, gaps: Vec::new() };
        let target = Target {
            kind: ResourceKind::ResourcePolicy,
            arn: Some(key.arn.clone()),
            account: key.account.id.clone(),
            policy: gather.document(LayerName::Resource, &key.policy, "kms:GetKeyPolicy", &key.arn),
            organization: self.organization(),
            block_public_access: BlockPublicAccess::default(),
            acl: Reading::Read(None),
            access_points: Vec::new(),
            rcp: gather.rcp(&key.account.id),
            trusted_accounts: self.trusted_accounts().clone(),
        };
        let layered = Layered { target: Arc::new(target.into()), gaps: gather.gaps.into() };
        Asked { layered, node: Node::Key(*key) }
    }

    /// What a trust policy asks of the provider's identity that a proof assumes the role with; `None` for another caller.
    pub fn tenant_claims(&self, role: &In<'a, Role>, proof: &Proof) -> Option<TenantClaims> {
        let policy::Principal::Federated(provider) = &proof.hit.witness.principal else { return None };
        let document = self.document(&role.trust).ok()?;
        let at = proof.hit.because.iter().find(|at| at.layer == LayerName::Resource)?;
        policy::tenant_claims(provider, document.statements().get(at.statement)?)
    }

    /// The statements that make a bucket policy public in AWS's own sense (facts F1 to F5); empty where none does.
    ///
    /// # Errors
    /// Why the text is not a policy.
    pub fn public_statements(&self, bucket: &In<'a, Bucket>, text: &PolicyText) -> Result<Vec<Evidence>, Box<Reason>> {
        let gap = |error| Case::malformed("s3:GetBucketPolicy", &bucket.arn, text, error);
        let document = self.document(text).map_err(|error| Box::new(Reason::from(&gap(error))))?;
        let because = policy::s3_policy_status(&document).because;
        let public = because.iter().filter_map(|at| document.statements().get(at.statement));
        Ok(public
            .map(|statement| bucket.evidence(&format!("/policy{}", statement.pointer()), "AWS counts this as public"))
            .collect())
    }

    /// Unknown, as AWS says otherwise of the policy of a bucket than [`Case::public_statements`] does; the question comes
    /// with it.
    pub fn status_in_doubt(&self, bucket: &In<'a, Bucket>, text: &PolicyText, message: String) -> Verdict {
        let question = |document| policy::batch::answers::status_case(&document, &bucket.account.id);
        let again = self.document(text).map_or(serde_json::Value::Null, question);
        Verdict::Unknown(disagreement(message, &bucket.arn, again))
    }

    /// The first of [`Case::public_statements`].
    ///
    /// # Errors
    /// Why the text is not a policy.
    pub fn policy_status(&self, bucket: &In<'a, Bucket>, text: &PolicyText) -> Result<Option<Evidence>, Box<Reason>> {
        self.public_statements(bucket, text).map(|public| public.into_iter().next())
    }

    /// Whether anybody of these audiences gets in; the widest audience that does is the answer.
    pub fn reach(&self, asked: &Asked<'a>, audiences: &[Audience]) -> Answer {
        self.reach_with(asked, &Ask { audiences, ..Ask::default() })
    }

    /// The same, for certain actions or with certain context keys given.
    pub fn reach_with(&self, asked: &Asked<'a>, ask: &Ask<'_>) -> Answer {
        let reach = self.reach_of(asked, ask);
        let mut doubts: Vec<&Doubt> = Vec::new();
        for (_, answer) in &reach.answers {
            match answer {
                policy::Answer::Yes(hit) => return self.replayed(asked, hit, &reach.accounts),
                policy::Answer::No => {}
                policy::Answer::Unknown(why) => doubts.extend(why),
            }
        }
        self.doubted(asked, &doubts, || self.contradicted(asked, ask))
    }

    /// The answer for each of the audiences, the widest first.
    pub(crate) fn reach_of_each(&self, asked: &Asked<'a>, ask: &Ask<'_>) -> Vec<(Audience, Answer)> {
        let reach = self.reach_of(asked, ask);
        let answers = reach.answers.iter().map(|(audience, answer)| {
            let accounts: &[String] = if *audience == Audience::Accounts { &reach.accounts } else { &[] };
            let answer = match answer {
                policy::Answer::Yes(hit) => self.replayed(asked, hit, accounts),
                policy::Answer::No => {
                    let one = Ask { audiences: std::slice::from_ref(audience), ..ask.clone() };
                    self.doubted(asked, &[], || self.contradicted(asked, &one))
                }
                policy::Answer::Unknown(why) => self.doubted(asked, &why.iter().collect::<Vec<_>>(), || None),
            };
            (*audience, answer)
        });
        answers.collect()
    }

    fn reach_of(&self, asked: &Asked<'a>, ask: &Ask<'_>) -> Arc<policy::Reach> {
        let asking = Asking {
            audiences: ask.audiences.to_vec(),
            actions: ask.actions.iter().map(|action| (*action).to_owned()).collect(),
            given: ask
                .given
                .iter()
                .map(|(key, value)| ((*key).to_owned(), value.map(|value| ContextValue::One(value.to_owned()))))
                .collect(),
        };
        self.ask(&asked.layered.target, asking)
    }

    /// Unknown for what the engine doubts, else No unless somebody else says otherwise.
    fn doubted(&self, asked: &Asked<'a>, doubts: &[&Doubt], otherwise: impl FnOnce() -> Option<Reasons>) -> Answer {
        let organization = self.inventory().organization.gap();
        match Reasons::all(doubts.iter().flat_map(|doubt| asked.reasons(doubt, organization))) {
            Some(reasons) => Answer::Unknown(reasons),
            None => otherwise().map_or(Answer::No, Answer::Unknown),
        }
    }

    /// Whether the engine is sure that nobody of them gets in.
    pub(crate) fn lets_nobody_in(&self, asked: &Asked<'a>, ask: &Ask<'_>) -> bool {
        self.reach_of(asked, ask).answers.iter().all(|(_, answer)| matches!(answer, policy::Answer::No))
    }

    /// Replays a witness through the concrete evaluator before anybody sees it.
    fn replayed(&self, asked: &Asked<'a>, hit: &Hit, accounts: &[String]) -> Answer {
        let outcome = policy::decide(&policy::layers(&asked.layered.target, &hit.witness), &hit.witness);
        if outcome.decision == Decided::Known(Decision::Allow) {
            let mut evidence = hit.because.iter().map(|statement| asked.evidence(statement, &hit.witness));
            let (first, more) = match evidence.next() {
                Some(first) => (first, evidence.collect()),
                None => asked.nothing_stops_it(),
            };
            Answer::Yes(Box::new(Proof { hit: hit.clone(), accounts: accounts.to_vec(), first, more }))
        } else {
            self.does_not_replay(asked.layered.target.arn.as_deref().unwrap_or("a resource"), &outcome.decision)
        }
    }

    /// A witness that the evaluator does not let through is a fault of our own, and no finding.
    pub(crate) fn does_not_replay(&self, at: &str, decision: &Decided) -> Answer {
        self.fault(format!("a witness on `{at}` does not replay to allow: {decision:?}"));
        Answer::Unknown(Reasons::one(Reason {
            code: "internal_error".to_owned(),
            message: "the request that was found does not replay; please report this".to_owned(),
            gap: None,
        }))
    }
}

impl Asked<'_> {
    /// The question as a case of `forewarn policy batch`.
    pub(crate) fn again(&self) -> serde_json::Value {
        policy::batch::answers::reach_case(&self.layered.target)
    }

    /// Its ARN.
    pub(crate) fn arn(&self) -> Option<&str> {
        self.layered.target.arn.as_deref()
    }

    /// Whether it is a role, which can only be assumed.
    pub(crate) fn is_role(&self) -> bool {
        matches!(self.node, Node::Role(_))
    }

    /// All that the engine is told of it.
    pub(crate) fn target(&self) -> &Target {
        &self.layered.target
    }

    /// The same resource without a policy, as it is before it is made.
    pub(crate) fn without_policy(self) -> Self {
        let target = Target { policy: Reading::Read(None), ..Target::clone(&self.layered.target) };
        Self { layered: Layered { target: Arc::new(target.into()), ..self.layered }, ..self }
    }

    /// The same bucket without access points.
    pub(crate) fn without_access_points(self) -> Self {
        let target = Target { access_points: Vec::new(), ..Target::clone(&self.layered.target) };
        Self { layered: Layered { target: Arc::new(target.into()), ..self.layered }, ..self }
    }

    /// The policy of the resource; `None` = it has none.
    pub(crate) fn policy(&self) -> Option<Reading<Arc<Document>>> {
        match &self.layered.target.policy {
            Reading::Read(None) => None,
            Reading::Read(Some(document)) => Some(Reading::Read(Arc::clone(document))),
            Reading::Unreadable => Some(Reading::Unreadable),
        }
    }

    /// Whether its policy allows any of these calls to anybody. See [`Rights::may_allow`](crate::Rights::may_allow).
    pub fn may_allow(&self, actions: &[&str]) -> bool {
        let nothing = policy::Layers { identity: Some(Vec::new()), ..policy::Layers::default() };
        let own = self.policy();
        actions.iter().any(|action| policy::may_allow(&nothing, own.as_ref(), action))
    }

    /// The same bucket without what does not concern an AWS service that a policy names: Block Public Access lets it pass
    /// (fact A13), and no ACL names it.
    #[must_use]
    pub fn for_services(mut self) -> Self {
        let target = Target {
            acl: Reading::Read(None),
            block_public_access: BlockPublicAccess::default(),
            access_points: self
                .layered
                .target
                .access_points
                .iter()
                .map(|point| policy::AccessPoint {
                    block_public_access: Reading::Read(BlockSettings::default()),
                    ..point.clone()
                })
                .collect(),
            ..Target::clone(&self.layered.target)
        };
        self.layered.target = Arc::new(target.into());
        self
    }

    /// The resource control policies above it; `None` = they could not be read.
    pub(crate) fn rcp(&self) -> Option<Vec<Vec<Reading<Arc<Document>>>>> {
        match &self.layered.target.rcp {
            Reading::Unreadable => None,
            Reading::Read(levels) => {
                Some(levels.iter().map(|level| level.iter().cloned().map(Reading::Read).collect()).collect())
            }
        }
    }

    /// The reads behind a doubt of the engine, or the doubt itself.
    pub(crate) fn reasons(&self, doubt: &Doubt, organization: Option<&Gap>) -> Vec<Reason> {
        if let (Some(gap), "organization_unknown") = (organization, doubt.code.as_str()) {
            return vec![Reason::from(gap)];
        }
        let behind = self.layered.gaps.iter().filter(|(layer, _)| Some(*layer) == doubt.layer);
        let gaps: Vec<Reason> = behind.map(|(_, gap)| Reason::from(gap)).collect();
        if gaps.is_empty() { vec![Reason::from(doubt)] } else { gaps }
    }

    /// A statement that lets the witness in.
    pub(crate) fn evidence(&self, at: &StatementRef, witness: &policy::Request) -> Evidence {
        let statement = |root: &str, text: Option<&Reading<Option<Arc<Document>>>>| {
            let document = text.and_then(|text| match text {
                Reading::Read(document) => document.as_ref(),
                Reading::Unreadable => None,
            });
            let pointer =
                document.and_then(|document| document.statements().get(at.statement)).map(policy::Statement::pointer);
            format!("{root}{}", pointer.unwrap_or_default())
        };
        let own = || {
            statement(
                if matches!(self.node, Node::Role(_)) { "/trust" } else { "/policy" },
                Some(&self.layered.target.policy),
            )
        };
        match (self.node, at.layer) {
            (Node::Bucket(bucket), LayerName::Acl) => {
                bucket.evidence(&format!("/acl/grants/{}", at.statement), "this grant allows it")
            }
            (Node::Bucket(bucket), LayerName::AccessPoint) => {
                let point = policy::route(&self.layered.target, witness);
                let pointer = statement("/policy", point.map(|point| &point.policy));
                let known = bucket
                    .account
                    .s3
                    .access_points
                    .iter()
                    .find(|known| Some(&known.arn) == point.map(|point| &point.arn));
                match known {
                    Some(known) => In::new(bucket.account, known)
                        .evidence(&pointer, "this statement of the access point allows it"),
                    None => bucket.evidence("/name", "reached through an access point"),
                }
            }
            (Node::Bucket(bucket), _) => bucket.evidence(&own(), "this statement allows it"),
            (Node::Role(role), _) => role.evidence(&own(), "this statement allows it"),
            (Node::Key(key), _) => key.evidence(&own(), "this statement allows it"),
        }
    }

    /// What decides is that nothing does; the whole policy is shown beside it, and is no part of the finding's identity: it
    /// may change in places that have nothing to do with it.
    fn nothing_stops_it(&self) -> (Evidence, Vec<Evidence>) {
        let (note, shown) = ("no statement stops it", "its policy");
        match self.node {
            Node::Bucket(bucket) => (bucket.evidence("/arn", note), vec![bucket.evidence("/policy", shown).related()]),
            Node::Role(role) => (role.evidence("/arn", note), vec![role.evidence("/trust", shown).related()]),
            Node::Key(key) => (key.evidence("/arn", note), vec![key.evidence("/policy", shown).related()]),
        }
    }
}

/// Gathers layers and remembers what could not be read.
struct Gather<'a> {
    case: Case<'a>,
    gaps: Vec<(LayerName, Gap)>,
}

impl Gather<'_> {
    fn document(
        &mut self,
        layer: LayerName,
        text: &Observed<PolicyText>,
        operation: &str,
        resource: &str,
    ) -> Reading<Option<Arc<Document>>> {
        let parsed = match text.read() {
            Ok(None) => return Reading::Read(None),
            Ok(Some(text)) => {
                self.case.document(text).map_err(|error| Case::malformed(operation, resource, text, error))
            }
            Err(gap) => Err(gap.clone()),
        };
        match parsed {
            Ok(document) => Reading::Read(Some(document)),
            Err(gap) => {
                self.gaps.push((layer, gap));
                Reading::Unreadable
            }
        }
    }

    fn block(&mut self, settings: &Observed<BlockSettings>) -> Reading<BlockSettings> {
        match settings.read() {
            Ok(settings) => Reading::Read(settings.copied().unwrap_or_default()),
            Err(gap) => {
                self.gaps.push((LayerName::BlockPublicAccess, gap.clone()));
                Reading::Unreadable
            }
        }
    }

    fn acl(&mut self, bucket: &Bucket) -> Reading<Option<Acl>> {
        let ownership = match bucket.ownership.read() {
            Ok(ownership) => ownership.copied().unwrap_or(Ownership::ObjectWriter),
            Err(gap) => {
                self.gaps.push((LayerName::Acl, gap.clone()));
                return Reading::Unreadable;
            }
        };
        if ownership == Ownership::BucketOwnerEnforced {
            return Reading::Read(None);
        }
        match bucket.acl.read() {
            Ok(acl) => {
                let grants = acl.map(|acl| acl.grants.clone()).unwrap_or_default();
                Reading::Read(Some(Acl { ownership, grants }))
            }
            Err(gap) => {
                self.gaps.push((LayerName::Acl, gap.clone()));
                Reading::Unreadable
            }
        }
    }

    fn rcp(&mut self, account: &str) -> Reading<Vec<Vec<Arc<Document>>>> {
        let levels = crate::guardrails::levels(&self.case.inventory().organization, account, |known| &known.rcps);
        let parsed = levels.and_then(|levels| {
            levels
                .iter()
                .map(|level| {
                    level
                        .iter()
                        .map(|text| {
                            self.case
                                .document(text)
                                .map_err(|error| Case::malformed("organizations:DescribePolicy", account, text, error))
                        })
                        .collect::<Result<Vec<_>, Gap>>()
                })
                .collect::<Result<Vec<_>, Gap>>()
        });
        match parsed {
            Ok(levels) => Reading::Read(levels),
            Err(gap) => {
                self.gaps.push((LayerName::Rcp, gap));
                Reading::Unreadable
            }
        }
    }
}
