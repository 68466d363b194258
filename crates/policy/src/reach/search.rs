//! The search itself: callers, actions, resources and contexts, tried with the concrete evaluator.

use std::collections::{BTreeMap, BTreeSet};

use crate::condition::Condition;
use crate::decide::{Env, Stance, Tri, decide_as};
use crate::document::{Document, Effect, Statement};
use crate::glob::Glob;
use crate::principal::{Arn, Caller, CallerKind};
use crate::reach::callers::callers;
use crate::reach::context::{Mode, values};
use crate::reach::layers_through;
use crate::reach::values::{Values, texts};
use crate::services::{BUCKET_ACTIONS, OBJECT_ACTIONS};
use crate::tables::{Control, control};
use crate::{
    AccessPoint, Acl, AclGrant, Audience, Context, ContextValue, Decided, Decision, Hit, LayerName, Layers, Ownership,
    Principal, Question, Reading, Request, ResourceKind, Target,
};

/// How many requests a search tries at most; past it the answer is that it does not know.
const BUDGET: usize = 50_000;

/// What a search came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sought {
    Found(Box<Hit>),
    /// Every class of requests was tried.
    Nothing,
    /// Not every class could be tried.
    Unsure,
}

pub(crate) struct Search<'q> {
    question: &'q Question,
    audience: Audience,
    stance: Stance,
    callers: Vec<Principal>,
    object_acl: bool,
    tried: usize,
    exact: bool,
}

/// The documents of a target that name callers.
pub(crate) fn documents(target: &Target) -> Vec<&Document> {
    let points = target.access_points.iter().map(|point| &point.policy);
    std::iter::once(&target.policy)
        .chain(points)
        .filter_map(|reading| match reading {
            Reading::Read(Some(document)) => Some(&**document),
            Reading::Read(None) | Reading::Unreadable => None,
        })
        .collect()
}

impl<'q> Search<'q> {
    pub(crate) fn new(question: &'q Question, audience: Audience, stance: Stance) -> Self {
        let callers = callers(audience, &question.target, &documents(&question.target), stance);
        Self { question, audience, stance, callers, object_acl: false, tried: 0, exact: true }
    }

    /// With the assumption that some object has a public ACL.
    pub(crate) fn with_object_acl(mut self) -> Self {
        self.object_acl = true;
        self
    }

    /// With these callers only.
    pub(crate) fn with_callers(mut self, callers: Vec<Principal>) -> Self {
        self.callers = callers;
        self
    }

    /// The accounts of the callers.
    pub(crate) fn caller_accounts(&self) -> BTreeSet<String> {
        self.callers.iter().filter_map(|caller| Caller::new(caller).account).map(str::to_owned).collect()
    }

    pub(crate) fn callers_of(&self, account: &str) -> Vec<Principal> {
        self.callers.iter().filter(|caller| Caller::new(caller).account == Some(account)).cloned().collect()
    }

    pub(crate) fn run(mut self) -> Sought {
        let target = &*self.question.target;
        let routes = std::iter::once(None).chain(target.access_points.iter().map(Some));
        for route in routes {
            let layers = layers_through(target, route);
            for caller in self.callers.clone() {
                if let Some(hit) = self.through(&layers, route, &caller) {
                    return Sought::Found(Box::new(hit));
                }
                if self.tried > BUDGET {
                    return Sought::Unsure;
                }
            }
        }
        if self.exact { Sought::Nothing } else { Sought::Unsure }
    }

    fn target(&self) -> &'q Target {
        &self.question.target
    }

    /// Tries one caller on one way in.
    fn through(&mut self, layers: &Layers, route: Option<&AccessPoint>, caller: &Principal) -> Option<Hit> {
        let statements = statements(layers);
        // Which resources are told apart does not depend on the action.
        let objects = self.resources(caller, true, &statements);
        let others = self.resources(caller, false, &statements);
        for (action, on_object) in self.actions(caller, &statements) {
            for resource in if on_object { objects.clone() } else { others.clone() } {
                let hit = self.at(layers, route, caller, &action, &resource);
                if hit.is_some() || self.tried > BUDGET {
                    return hit;
                }
            }
        }
        None
    }

    /// One action of each class that the documents tell apart, and whether it is on an object.
    fn actions(&mut self, caller: &Principal, statements: &[(LayerName, &Statement)]) -> Vec<(String, bool)> {
        let caller = Caller::new(caller);
        let known: Vec<(String, bool)> = match self.target().kind {
            ResourceKind::BucketPolicy | ResourceKind::AccessPointPolicy => {
                let objects = OBJECT_ACTIONS.iter().map(|name| ((*name).to_owned(), true));
                objects.chain(BUCKET_ACTIONS.iter().map(|name| ((*name).to_owned(), false))).collect()
            }
            ResourceKind::RoleTrust => {
                let name = match caller.kind {
                    CallerKind::Federated if caller.text.contains(":saml-provider/") => "sts:AssumeRoleWithSAML",
                    CallerKind::Federated => "sts:AssumeRoleWithWebIdentity",
                    _ => "sts:AssumeRole",
                };
                vec![(name.to_owned(), false)]
            }
            ResourceKind::ResourcePolicy => named_actions(statements),
        };
        let wanted: Vec<Glob> =
            self.question.actions.iter().map(|pattern| Glob::new(&pattern.to_ascii_lowercase())).collect();
        let mut seen = BTreeSet::new();
        known
            .into_iter()
            .filter(|(name, _)| {
                let lower = name.to_ascii_lowercase();
                wanted.is_empty() || wanted.iter().any(|glob| glob.matches(&lower))
            })
            .filter(|(name, on_object)| {
                let lower = name.to_ascii_lowercase();
                let signs: Vec<bool> = statements
                    .iter()
                    .flat_map(|(_, statement)| &statement.action.entries)
                    .map(|glob| glob.matches(&lower))
                    .collect();
                // ACLs and the bucket policy's own calls tell more actions apart than the documents do.
                let special = [
                    "s3:getobject",
                    "s3:putobject",
                    "s3:deleteobject",
                    "s3:listbucket",
                    "s3:getbucketacl",
                    "s3:putbucketacl",
                ];
                seen.insert((signs, *on_object, special.iter().position(|known| *known == lower)))
            })
            .collect()
    }

    /// One resource of each class that the documents tell apart.
    fn resources(
        &mut self,
        caller: &Principal,
        on_object: bool,
        statements: &[(LayerName, &Statement)],
    ) -> Vec<String> {
        let target = self.target();
        let own = target.arn.clone();
        if !on_object {
            return match own {
                Some(arn) => vec![arn],
                None => named_resources(statements, target),
            };
        }
        let bucket = own.or_else(|| named_bucket(statements)).unwrap_or_else(|| "arn:aws:s3:::example".to_owned());
        let request = Request {
            principal: caller.clone(),
            action: String::new(),
            resource: bucket.clone(),
            resource_account: Some(target.account.clone()),
            context: Context::default(),
        };
        let layers = Layers::default();
        let env = Env::new(&layers, &request);
        let mut patterns = Vec::new();
        for (layer, statement) in statements {
            for pattern in statement.resource.iter().flat_map(|element| &element.entries) {
                match pattern.glob(&|key| crate::condition::single(env.key(key))) {
                    Some(glob) if *layer == LayerName::AccessPoint => patterns.extend(as_bucket(&glob, &bucket)),
                    Some(glob) => patterns.push(glob.into_owned()),
                    None if pattern.has_hole() => {}
                    None => self.exact = false,
                }
            }
        }
        let within = [Glob::new(&format!("{bucket}/?*"))];
        let plain = format!("{bucket}/x");
        let (found, exact) = texts(&patterns, &within, &[plain.as_str()]);
        self.exact &= exact;
        found
    }

    /// Tries the contexts of one caller, action and resource.
    fn at(
        &mut self,
        layers: &Layers,
        route: Option<&AccessPoint>,
        caller: &Principal,
        action: &str,
        resource: &str,
    ) -> Option<Hit> {
        let mut request = Request {
            principal: caller.clone(),
            action: action.to_owned(),
            resource: resource.to_owned(),
            resource_account: Some(self.target().account.clone()),
            context: Context::default(),
        };
        if let Some(point) = route {
            request.context.0.insert("s3:DataAccessPointArn".to_owned(), ContextValue::One(point.arn.clone()));
            if let Some(vpc) = &point.vpc {
                request.context.0.insert("aws:SourceVpc".to_owned(), ContextValue::One(vpc.clone()));
            }
        }
        for (key, value) in &self.question.given {
            if let Some(value) = value {
                request.context.0.insert(key.clone(), value.clone());
            }
        }
        let with_acl = self.object_acl.then(|| with_public_object(layers, action)).flatten();
        let layers = with_acl.as_ref().unwrap_or(layers);
        let relevant = relevant(layers, &request);
        let sources =
            relevant.allows.iter().map(|statement| Some(*statement)).chain(self.silent_source(layers).then_some(None));
        for source in sources {
            for mode in [Mode::Internet, Mode::Vpc] {
                let hit = self.contexts(layers, &request, source, &relevant.denies, mode);
                if hit.is_some() || self.tried > BUDGET {
                    return hit;
                }
            }
        }
        None
    }

    /// Whether something other than a statement may let the caller in: an ACL, what could not be read, or being of the
    /// account itself.
    fn silent_source(&self, layers: &Layers) -> bool {
        let unread = matches!(layers.resource, Some(Reading::Unreadable))
            || layers.access_point.as_ref().is_some_and(|point| point.policy == Reading::Unreadable);
        layers.acl.is_some() || self.audience == Audience::SameAccount || (unread && self.stance == Stance::Open)
    }

    /// Tries every combination of values of the keys that one allow statement and the denies look at.
    fn contexts(
        &mut self,
        layers: &Layers,
        request: &Request,
        source: Option<&Statement>,
        denies: &[&Statement],
        mode: Mode,
    ) -> Option<Hit> {
        let wanted: Vec<&Condition> = source.into_iter().flat_map(|statement| &statement.conditions).collect();
        let all = wanted.iter().copied().chain(denies.iter().flat_map(|statement| &statement.conditions));
        let mut by_key: BTreeMap<&str, Vec<&Condition>> = BTreeMap::new();
        for condition in all {
            by_key.entry(&condition.key).or_default().push(condition);
        }
        let given: BTreeSet<String> = self.question.given.iter().map(|(key, _)| key.to_ascii_lowercase()).collect();
        let env = Env::new(layers, request);
        let mut choices: Vec<(&str, Vec<Option<ContextValue>>)> = Vec::new();
        for (key, conditions) in &by_key {
            if given.contains(*key) || env.key(key).is_some() {
                continue;
            }
            let Values { all, exact } = values(key, conditions, &env, mode, self.audience, self.target(), self.stance);
            self.exact &= exact;
            let lookup = |key: &str| env.key(key);
            let fitting = all.into_iter().filter(|value| {
                wanted.iter().filter(|condition| condition.key == *key).all(|condition| {
                    let plain = condition.values.iter().all(|value| value.text.variables().next().is_none());
                    !plain || condition.holds_for(value.as_ref(), &lookup, self.stance == Stance::Open)
                })
            });
            let fitting: Vec<Option<ContextValue>> = fitting.collect();
            if fitting.is_empty() {
                return None;
            }
            choices.push((key, fitting));
        }
        let looks_at = |wanted: &[Control]| by_key.keys().any(|key| wanted.contains(&control(key)));
        if mode == Mode::Vpc && !looks_at(&[Control::Vpc]) {
            return None;
        }
        // Where nothing looks at the network, nobody is let in for being in one.
        if self.audience == Audience::AnyoneInNetwork && !looks_at(&[Control::Vpc, Control::Address]) {
            return None;
        }
        let mut picks = vec![0_usize; choices.len()];
        loop {
            let mut tried = request.clone();
            for ((key, values), pick) in choices.iter().zip(&picks) {
                if let Some(Some(value)) = values.get(*pick) {
                    tried.context.0.insert(spelled(key), value.clone());
                }
            }
            self.tried += 1;
            if self.tried > BUDGET {
                return None;
            }
            let outcome = decide_as(layers, &tried, self.stance);
            if outcome.decision == Decided::Known(Decision::Allow) {
                return Some(Hit {
                    audience: self.audience,
                    witness: tried,
                    because: outcome.decided_by,
                    unless: Vec::new(),
                });
            }
            // The next combination, the last key first.
            let mut place = choices.len();
            loop {
                if place == 0 {
                    return None;
                }
                place -= 1;
                let most = choices.get(place).map_or(0, |(_, values)| values.len());
                let pick = picks.get_mut(place)?;
                *pick += 1;
                if *pick < most {
                    break;
                }
                *pick = 0;
            }
        }
    }
}

struct Relevant<'a> {
    allows: Vec<&'a Statement>,
    denies: Vec<&'a Statement>,
}

/// The statements that look at a request once its context fits.
fn relevant<'a>(layers: &'a Layers, request: &Request) -> Relevant<'a> {
    let env = Env::new(layers, request);
    let mut found = Relevant { allows: Vec::new(), denies: Vec::new() };
    for (layer, statement) in statements(layers) {
        if env.may_cover(statement, layer) == Tri::No {
            continue;
        }
        match statement.effect {
            Effect::Allow if layer != LayerName::Rcp => found.allows.push(statement),
            Effect::Allow => {}
            Effect::Deny => found.denies.push(statement),
        }
    }
    found
}

/// The statements of all documents that judge a request.
fn statements(layers: &Layers) -> Vec<(LayerName, &Statement)> {
    let mut found = Vec::new();
    if let Some(Reading::Read(document)) = &layers.resource {
        found.extend(document.statements().iter().map(|statement| (LayerName::Resource, statement)));
    }
    if let Some(Reading::Read(Some(document))) = layers.access_point.as_ref().map(|point| &point.policy) {
        found.extend(document.statements().iter().map(|statement| (LayerName::AccessPoint, statement)));
    }
    for document in layers.rcp.iter().flatten().flatten() {
        if let Reading::Read(document) = document {
            found.extend(document.statements().iter().map(|statement| (LayerName::Rcp, statement)));
        }
    }
    found
}

/// The same layers with an object in reach whose own ACL lets everybody read it.
fn with_public_object(layers: &Layers, action: &str) -> Option<Layers> {
    let reads = ["s3:GetObject", "s3:GetObjectVersion"].contains(&action);
    reads.then(|| Layers {
        acl: Some(Reading::Read(Acl {
            ownership: Ownership::ObjectWriter,
            grants: vec![AclGrant {
                grantee: "AllUsers".to_owned(),
                permission: crate::decide::OBJECT_READ.to_owned(),
            }],
        })),
        ..layers.clone()
    })
}

/// An access point's pattern as a pattern over the bucket's own names, where it is one.
fn as_bucket(glob: &Glob, bucket: &str) -> Option<Glob> {
    let plain = glob.with_runs("*");
    if glob.is_everything() {
        return Some(glob.clone());
    }
    plain.split_once("/object/").map(|(_, key)| Glob::new(&format!("{bucket}/{key}")))
}

fn named_bucket(statements: &[(LayerName, &Statement)]) -> Option<String> {
    statements
        .iter()
        .flat_map(|(_, statement)| statement.resource.iter().flat_map(|element| &element.entries))
        .filter_map(|pattern| pattern.fixed()?.literal())
        .filter_map(|arn| arn.split('/').next().map(str::to_owned))
        .find(|arn| arn.starts_with("arn:"))
}

/// Resources of a policy whose own resource nobody named.
fn named_resources(statements: &[(LayerName, &Statement)], target: &Target) -> Vec<String> {
    let mut found: Vec<String> = statements
        .iter()
        .flat_map(|(_, statement)| statement.resource.iter().flat_map(|element| &element.entries))
        .filter_map(|pattern| pattern.fixed())
        .filter_map(|glob| glob.samples().into_iter().find(|sample| Arn::parse(sample).is_some()))
        .collect();
    if found.is_empty() {
        found.push(format!("arn:aws:iam::{}:role/example", target.account));
    }
    found.sort();
    found.dedup();
    found
}

/// Actions of a policy on a resource whose service is only known from the policy.
fn named_actions(statements: &[(LayerName, &Statement)]) -> Vec<(String, bool)> {
    const KNOWN: [&str; 12] = [
        "sqs:SendMessage",
        "sqs:ReceiveMessage",
        "sns:Publish",
        "sns:Subscribe",
        "kms:Decrypt",
        "kms:CreateGrant",
        "lambda:InvokeFunction",
        "secretsmanager:GetSecretValue",
        "ecr:BatchGetImage",
        "dynamodb:GetItem",
        "elasticfilesystem:ClientMount",
        "events:PutEvents",
    ];
    let entries = || statements.iter().flat_map(|(_, statement)| &statement.action.entries);
    let mut found: Vec<String> = entries().filter_map(Glob::literal).collect();
    found.extend(
        KNOWN
            .iter()
            .filter(|known| entries().any(|glob| glob.matches(&known.to_ascii_lowercase())))
            .map(|known| (*known).to_owned()),
    );
    found.extend(
        entries()
            .filter(|glob| glob.literal().is_none())
            .map(|glob| glob.with_runs("x"))
            .filter(|text| text.contains(':')),
    );
    found.into_iter().map(|name| (name, false)).collect()
}

/// A key as AWS spells it, where it is known.
fn spelled(key: &str) -> String {
    const KNOWN: [&str; 34] = [
        "aws:SourceIp",
        "aws:SourceVpc",
        "aws:SourceVpce",
        "aws:VpcSourceIp",
        "aws:SecureTransport",
        "aws:PrincipalOrgID",
        "aws:PrincipalOrgPaths",
        "aws:PrincipalArn",
        "aws:PrincipalAccount",
        "aws:PrincipalType",
        "aws:PrincipalServiceName",
        "aws:PrincipalIsAWSService",
        "aws:SourceArn",
        "aws:SourceAccount",
        "aws:SourceOrgID",
        "aws:SourceOrgPaths",
        "aws:MultiFactorAuthPresent",
        "aws:MultiFactorAuthAge",
        "aws:TokenIssueTime",
        "aws:CurrentTime",
        "aws:EpochTime",
        "aws:UserAgent",
        "aws:Referer",
        "aws:RequestedRegion",
        "aws:TagKeys",
        "aws:CalledVia",
        "aws:ViaAWSService",
        "sts:ExternalId",
        "sts:RoleSessionName",
        "sts:SourceIdentity",
        "s3:TlsVersion",
        "s3:authType",
        "s3:signatureversion",
        "aws:ResourceOrgID",
    ];
    KNOWN
        .iter()
        .find(|known| known.eq_ignore_ascii_case(key))
        .map_or_else(|| key.to_owned(), |known| (*known).to_owned())
}
