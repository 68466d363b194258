//! The search itself: callers, ways in and allow statements, and the ways around the denies.

use std::collections::{BTreeMap, BTreeSet};

use crate::condition::Condition;
use crate::decide::{Env, Stance, Tri};
use crate::document::{Document, Effect};
use crate::glob::{Glob, Token};
use crate::principal::{Arn, Caller, PrincipalEntry};
use crate::reach::callers::{Who, callers};
use crate::reach::domain::{Domain, Mode, Setting, Texts, domain};
use crate::reach::hunt::{Effort, Hunt, Placed, Stack, covered, names};
use crate::reach::layers_through;
use crate::reach::solve::{Choice, Demand, Space};
use crate::reach::values::one;
use crate::services::{BUCKET_ACTIONS, OBJECT_ACTIONS};
use crate::tables::{Control, control};
use crate::{
    Acl, AclGrant, Audience, Context, ContextValue, Hit, LayerName, Layers, Ownership, Question, Reading, Request,
    ResourceKind, Target,
};

/// What a search came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sought {
    Found(Box<Hit>),
    /// No request is left.
    Nothing,
    /// Not every request could be ruled out.
    Unsure,
}

pub(crate) struct Search<'q> {
    question: &'q Question,
    audience: Audience,
    stance: Stance,
    callers: Vec<Who>,
    object_acl: bool,
    effort: Effort,
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
        Self { question, audience, stance, callers, object_acl: false, effort: Effort::default() }
    }

    /// With the assumption that some object has a public ACL.
    pub(crate) fn with_object_acl(mut self) -> Self {
        self.object_acl = true;
        self
    }

    /// With these callers only.
    pub(crate) fn with_callers(mut self, callers: Vec<Who>) -> Self {
        self.callers = callers;
        self
    }

    /// The accounts of the callers.
    pub(crate) fn caller_accounts(&self) -> BTreeSet<String> {
        self.callers.iter().filter_map(|who| Caller::new(&who.principal).account).map(str::to_owned).collect()
    }

    pub(crate) fn callers_of(&self, account: &str) -> Vec<Who> {
        self.callers.iter().filter(|who| Caller::new(&who.principal).account == Some(account)).cloned().collect()
    }

    pub(crate) fn run(mut self) -> Sought {
        let target = &*self.question.target;
        for route in std::iter::once(None).chain(target.access_points.iter().map(Some)) {
            let layers = layers_through(target, route);
            let layers = if self.object_acl { with_public_objects(layers) } else { layers };
            let way = Stack::new(&layers, self.stance);
            for who in self.callers.clone() {
                for mode in [Mode::Internet, Mode::Vpc] {
                    if let Some(hit) = self.through(&way, &who, mode) {
                        return Sought::Found(Box::new(hit));
                    }
                    if self.effort.is_spent() {
                        return Sought::Unsure;
                    }
                }
            }
        }
        if self.effort.is_proof() { Sought::Nothing } else { Sought::Unsure }
    }

    fn target(&self) -> &'q Target {
        &self.question.target
    }

    /// Tries one caller on one way in.
    fn through(&mut self, way: &Stack<'_>, who: &Who, mode: Mode) -> Option<Hit> {
        let base = self.base(way, who);
        let env = Env::new(way.layers, &base);
        // Only statements that name the caller, or someone of a free name, matter.
        let near: Vec<Placed<'_>> =
            way.statements.iter().copied().filter(|placed| Self::may_name(&env, who, placed)).collect();
        let mut keys: BTreeMap<&str, Vec<&Condition>> = BTreeMap::new();
        for condition in near.iter().flat_map(|placed| &placed.statement.conditions) {
            keys.entry(&condition.key).or_default().push(condition);
        }
        let looks_at = |wanted: &[Control]| keys.keys().any(|key| wanted.contains(&control(key)));
        let networked =
            looks_at(&[Control::Vpc, Control::Address]) || way.route().is_some_and(|point| point.vpc.is_some());
        // Where nothing looks at the network, the two ways are one, and nobody is let in for being in one.
        if !networked && (mode == Mode::Vpc || self.audience == Audience::AnyoneInNetwork) {
            return None;
        }
        let setting = Setting { mode, audience: self.audience, target: self.target(), stance: self.stance };
        let domains = keys
            .iter()
            .filter(|(key, _)| env.key(key).is_none())
            .map(|(key, conditions)| (*key, self.given(key).unwrap_or_else(|| domain(key, conditions, &env, setting))))
            .collect();
        let (actions, resources) = self.actions(way, &near);
        let space = Space {
            stance: self.stance,
            free_name: who.free_name,
            layers: way.layers,
            actions,
            resources,
            keys,
            domains,
            base: base.clone(),
        };
        // Where the callers get in is chosen here; their own side allows everything.
        let mut settled = vec![(LayerName::Resource, 0), (LayerName::AccessPoint, 0)];
        for source in self.sources(way, &near, &env) {
            let mut hunt = Hunt { space: &space, stack: way, except: None, effort: &mut self.effort };
            let found = if source.is_empty() {
                // Nothing says which action is allowed: each is tried.
                let all = 0..space.actions.len();
                all.into_iter().find_map(|action| hunt.find(&mut vec![Demand::ActionIs(action)], &mut settled))
            } else {
                let mut demands = source.iter().flat_map(|placed| covered(placed, way.route())).collect();
                hunt.find(&mut demands, &mut settled)
            };
            if let Some((witness, because)) = found {
                return Some(Hit { audience: self.audience, witness, because, unless: Vec::new() });
            }
            if self.effort.is_spent() {
                return None;
            }
        }
        None
    }

    /// The request before anything is asked of it.
    fn base(&self, way: &Stack<'_>, who: &Who) -> Request {
        let mut context = Context::default();
        if let Some(point) = way.route() {
            context.0.insert("s3:DataAccessPointArn".to_owned(), ContextValue::One(point.arn.clone()));
            if let Some(vpc) = &point.vpc {
                context.0.insert("aws:SourceVpc".to_owned(), ContextValue::One(vpc.clone()));
            }
        }
        let given = self.question.given.iter();
        context.0.extend(given.filter_map(|(key, value)| Some((key.clone(), value.clone()?))));
        Request {
            principal: who.principal.clone(),
            action: String::new(),
            resource: String::new(),
            resource_account: Some(self.target().account.clone()),
            context,
        }
    }

    /// The one value of a key that the question gives; only its absence is left where the request has none.
    fn given(&self, key: &str) -> Option<Domain> {
        let given = self.question.given.iter().find(|(given, _)| given.eq_ignore_ascii_case(key));
        given.map(|(_, value)| Domain::Finite(vec![value.clone()]))
    }

    fn may_name(env: &Env<'_>, who: &Who, placed: &Placed<'_>) -> bool {
        let element = placed.statement.principal.as_ref().filter(|element| who.free_name && !element.negated);
        names(placed, env) != Tri::No
            || element
                .is_some_and(|element| element.entries.iter().any(|entry| same_account(entry, env.caller.account)))
    }

    /// What may let the caller in: one statement, or one of the bucket and one of the access point. An empty list
    /// stands for what is no statement: an ACL, what could not be read, or being of the account itself.
    fn sources<'w>(&self, way: &Stack<'w>, near: &[Placed<'w>], env: &Env<'_>) -> Vec<Vec<Placed<'w>>> {
        let allows = |layer: LayerName| {
            let mut found: Vec<Placed<'w>> = near
                .iter()
                .copied()
                .filter(|placed| placed.layer == layer && placed.statement.effect == Effect::Allow)
                .filter(|placed| names(placed, env) != Tri::No)
                .collect();
            // The answer does not depend on the order of statements.
            found.sort_by_key(Placed::source);
            found
        };
        let silent = self.silent(way.layers);
        let own = allows(LayerName::Resource).into_iter().map(|placed| vec![placed]);
        let mut sources: Vec<Vec<Placed<'w>>> = own.chain(silent.then(Vec::new)).collect();
        if let Some(point) = way.route() {
            let through = allows(LayerName::AccessPoint);
            let owner = env.caller.account == Some(point.account.as_str());
            let unread = point.policy == Reading::Unreadable && self.stance == Stance::Open;
            sources = sources
                .into_iter()
                .flat_map(|source| {
                    let with = through.iter().map(|placed| [source.as_slice(), &[*placed]].concat());
                    let mut both: Vec<Vec<Placed<'w>>> = with.collect();
                    if owner || unread {
                        both.push(source);
                    }
                    both
                })
                .collect();
        }
        sources
    }

    /// Whether something other than a statement may let the caller in.
    fn silent(&self, layers: &Layers) -> bool {
        let unread = matches!(layers.resource, Some(Reading::Unreadable));
        layers.acl.is_some() || self.audience == Audience::SameAccount || (unread && self.stance == Stance::Open)
    }

    /// The actions to try, and the resources that each can be about.
    fn actions(&self, way: &Stack<'_>, near: &[Placed<'_>]) -> (Vec<Choice>, Vec<Domain>) {
        let target = self.target();
        let named: Vec<(String, bool)> = match target.kind {
            ResourceKind::BucketPolicy | ResourceKind::AccessPointPolicy => {
                let objects = OBJECT_ACTIONS.iter().map(|name| ((*name).to_owned(), true));
                objects.chain(BUCKET_ACTIONS.iter().map(|name| ((*name).to_owned(), false))).collect()
            }
            ResourceKind::RoleTrust => TRUST_ACTIONS.iter().map(|name| ((*name).to_owned(), false)).collect(),
            ResourceKind::ResourcePolicy => named_actions(near),
        };
        let wanted: Vec<Glob> =
            self.question.actions.iter().map(|pattern| Glob::new(&pattern.to_ascii_lowercase())).collect();
        let asked = |name: &str| {
            let lower = name.to_ascii_lowercase();
            (wanted.is_empty() || wanted.iter().any(|glob| glob.matches(&lower)))
                && (!self.object_acl || ["s3:getobject", "s3:getobjectversion"].contains(&lower.as_str()))
        };
        let choices = named.iter().filter(|(name, _)| asked(name));
        let choices = choices.map(|(name, on_object)| Choice::new(name, usize::from(*on_object))).collect();
        let own = target.arn.clone();
        let bucket = own.clone().or_else(|| named_bucket(&way.statements)).unwrap_or_else(|| EXAMPLE_BUCKET.to_owned());
        let frame = bucket.chars().map(Token::Is).chain([Token::Is('/'), Token::One, Token::Run]);
        let objects =
            Texts { within: vec![Glob::from_tokens(frame)], plain: vec![format!("{bucket}/x")], ..Texts::default() };
        let itself = own.map_or_else(|| named_resources(&way.statements, target), |arn| vec![arn]);
        let itself = Domain::Finite(itself.into_iter().map(one).collect());
        (choices, vec![itself, Domain::Texts(objects)])
    }
}

const EXAMPLE_BUCKET: &str = "arn:aws:s3:::example";

/// What a trust policy can allow.
const TRUST_ACTIONS: [&str; 5] = [
    "sts:AssumeRole",
    "sts:AssumeRoleWithWebIdentity",
    "sts:AssumeRoleWithSAML",
    "sts:TagSession",
    "sts:SetSourceIdentity",
];

fn same_account(entry: &PrincipalEntry, account: Option<&str>) -> bool {
    match entry {
        PrincipalEntry::User { account: named, .. } | PrincipalEntry::Role { account: named, .. } => {
            account == Some(named)
        }
        _ => false,
    }
}

/// The same layers where every object has an ACL that lets everybody read it.
fn with_public_objects(layers: Layers) -> Layers {
    let grants = vec![AclGrant { grantee: "AllUsers".to_owned(), permission: crate::decide::OBJECT_READ.to_owned() }];
    Layers { acl: Some(Reading::Read(Acl { ownership: Ownership::ObjectWriter, grants })), ..layers }
}

fn named_bucket(statements: &[Placed<'_>]) -> Option<String> {
    statements
        .iter()
        .flat_map(|placed| placed.statement.resource.iter().flat_map(|element| &element.entries))
        .filter_map(|pattern| pattern.fixed()?.literal())
        .filter_map(|arn| arn.split('/').next().map(str::to_owned))
        .find(|arn| arn.starts_with("arn:"))
}

/// Resources of a policy whose own resource nobody named.
fn named_resources(statements: &[Placed<'_>], target: &Target) -> Vec<String> {
    let mut found: Vec<String> = statements
        .iter()
        .flat_map(|placed| placed.statement.resource.iter().flat_map(|element| &element.entries))
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
fn named_actions(statements: &[Placed<'_>]) -> Vec<(String, bool)> {
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
    let entries = || statements.iter().flat_map(|placed| &placed.statement.action.entries);
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
