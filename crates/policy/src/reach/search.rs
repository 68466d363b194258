//! The search itself: callers, ways in and allow statements, and the ways around the denies.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use crate::catalogue;
use crate::condition::Condition;
use crate::decide::{Env, Stance, Tri};
use crate::document::{Document, Effect, Statement};
use crate::glob::{Glob, Token};
use crate::principal::{Arn, Caller, CallerKind, Naming, PrincipalEntry};
use crate::reach::callers::{Who, callers, undecided_services};
use crate::reach::domain::{Domain, Mode, Setting, Texts, domain};
use crate::reach::hunt::{Effort, Hunt, Placed, Stack, covered, keys, names, naming};
use crate::reach::layers_through;
use crate::reach::solve::{Choice, Demand, Space};
use crate::reach::universe::{Places, Universe, services, told_apart};
use crate::reach::values::one;
use crate::services::{BUCKET_ACTIONS, OBJECT_ACTIONS};
use crate::tables::{Control, control};
use crate::work::{spend, within_budget};
use crate::{
    AccessPoint, Acl, AclGrant, Audience, Context, ContextValue, Hit, LayerName, Layers, Ownership, Principal,
    Question, Reading, Request, ResourceKind, Target,
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
    /// What must not let the request through, and how its unknowns are read.
    except: Option<(&'q Target, Stance)>,
    effort: Effort,
}

/// The documents of a target that name callers; a guardrail names those that it spares.
pub(crate) fn documents(target: &Target) -> Vec<&Document> {
    let points = target.access_points.iter().map(|point| &point.policy);
    let guardrails = match &target.rcp {
        Reading::Read(levels) => levels.as_slice(),
        Reading::Unreadable => &[],
    };
    std::iter::once(&target.policy)
        .chain(points)
        .filter_map(|reading| match reading {
            Reading::Read(Some(document)) => Some(&**document),
            Reading::Read(None) | Reading::Unreadable => None,
        })
        .chain(guardrails.iter().flatten().map(|document| &**document))
        .collect()
}

impl<'q> Search<'q> {
    pub(crate) fn new(question: &'q Question, audience: Audience, stance: Stance) -> Self {
        let callers = callers(audience, &question.target, &documents(&question.target), stance);
        Self { question, audience, stance, callers, object_acl: false, except: None, effort: Effort::default() }
    }

    /// With the assumption that some object has a public ACL.
    pub(crate) fn with_object_acl(mut self) -> Self {
        self.object_acl = true;
        self
    }

    /// Only requests that the other target does not let through.
    pub(crate) fn except(mut self, other: &'q Target, stance: Stance) -> Self {
        let all = [documents(&self.question.target), documents(other)].concat();
        self.callers = callers(self.audience, &self.question.target, &all, self.stance);
        if self.audience == Audience::AwsServiceOfAnyone {
            self.callers.extend(undecided_services(&self.question.target, &all));
        }
        self.except = Some((other, stance));
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

    pub(crate) fn run(self) -> Sought {
        within_budget(|| self.run_within())
    }

    fn run_within(mut self) -> Sought {
        let target = &*self.question.target;
        // A stranger from anywhere does not come from the VPC that an access point is bound to.
        let anywhere =
            matches!(self.audience, Audience::Anyone | Audience::AnyAwsAccount | Audience::FederatedStranger);
        let points = target.access_points.iter().filter(|point| !(anywhere && point.vpc.is_some()));
        let through = self.question.given.iter().find(|(key, _)| key.eq_ignore_ascii_case("s3:DataAccessPointArn"));
        let is_asked = |route: Option<&AccessPoint>| {
            through.is_none_or(|(_, arn)| *arn == route.map(|point| ContextValue::One(point.arn.clone())))
        };
        for route in std::iter::once(None).chain(points.map(Some)).filter(|route| is_asked(*route)) {
            let layers = layers_through(target, route);
            let layers = if self.object_acl { with_public_objects(layers) } else { layers };
            let layers = self.as_compared(layers);
            let way = Stack::new(&layers, self.stance);
            let except = self.except.and_then(|(other, stance)| {
                let same = |point: &AccessPoint| route.is_some_and(|route| route.arn == point.arn);
                let point = other.access_points.iter().find(|point| same(point));
                (route.is_some() == point.is_some()).then(|| (self.as_compared(layers_through(other, point)), stance))
            });
            let except = except.as_ref().map(|(layers, stance)| Stack::new(layers, *stance));
            let way = match &except {
                Some(except) => way.sparing(except, LayerName::Resource),
                None => way,
            };
            let mut tried = BTreeSet::new();
            let of_all = OnceCell::new();
            for who in self.callers.clone() {
                for mode in [Mode::Internet, Mode::Vpc] {
                    if let Some(hit) = self.through((&way, &of_all), except.as_ref(), &who, mode, &mut tried) {
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

    /// The layers as a comparison sees them: what the owner's own policies allow its principals besides is no difference.
    fn as_compared(&self, layers: Layers) -> Layers {
        let own = self.except.is_some() && self.audience == Audience::SameAccount;
        if own { Layers { identity: Some(Vec::new()), ..layers } } else { layers }
    }

    fn target(&self) -> &'q Target {
        &self.question.target
    }

    /// Tries one caller on one way in. What can be done there is found out once, where it does not depend on the caller.
    fn through<'w>(
        &mut self,
        (way, of_all): (&Stack<'w>, &OnceCell<Option<Universe>>),
        except: Option<&Stack<'w>>,
        who: &Who,
        mode: Mode,
        tried: &mut BTreeSet<Likeness>,
    ) -> Option<Hit> {
        spend(50 + way.statements.len());
        let base = self.base(way, who);
        let env = Env::new(way.layers, &base);
        // Only statements that name the caller, or someone of a free name, matter.
        let naming = |stack: &Stack<'w>| -> Vec<Placed<'w>> {
            stack.statements.iter().copied().filter(|placed| Self::may_name(&env, who, placed)).collect()
        };
        let near = naming(way);
        let far = except.map(naming).unwrap_or_default();
        let keys = keys(near.iter().chain(&far));
        let looks_at = |wanted: &[Control]| keys.keys().any(|key| wanted.contains(&control(key)));
        let networked =
            looks_at(&[Control::Vpc, Control::Address]) || way.route().is_some_and(|point| point.vpc.is_some());
        // Where nothing looks at the network, the two ways are one, and nobody is let in for being in one.
        if !networked && (mode == Mode::Vpc || self.audience == Audience::AnyoneInNetwork) {
            return None;
        }
        // A network that keeps callers out singles none in.
        let by_vpc = looks_at(&[Control::Vpc]) || way.route().is_some_and(|point| point.vpc.is_some());
        if self.audience == Audience::AnyoneInNetwork && mode == Mode::Vpc && !by_vpc {
            return None;
        }
        if except.is_none()
            && way.route().is_none()
            && let Some(likeness) = Likeness::of(&env, &near, &keys, mode)
            && (likeness.is_tried(tried, self.target()) || !tried.insert(likeness))
        {
            return None;
        }
        let sources = self.sources(way, &near, &env);
        if sources.is_empty() {
            return None;
        }
        let setting = Setting {
            mode,
            audience: self.audience,
            target: self.target(),
            stance: self.stance,
            for_anybody: self.except.is_some(),
        };
        let domains = keys
            .iter()
            .filter(|(key, _)| env.key(key).is_none())
            .map(|(key, conditions)| (*key, self.given(key).unwrap_or_else(|| domain(key, conditions, &env, setting))))
            .collect();
        let statements: Vec<&Statement> = near.iter().chain(&far).map(|placed| placed.statement).collect();
        let own;
        let universe = if let Some(of_all) = of_all.get_or_init(|| self.universe(way)) {
            of_all
        } else {
            own = self.asked(self.of_services(way, &near));
            &own
        };
        let acls = way.layers.acl.is_some() || except.is_some_and(|except| except.layers.acl.is_some());
        let Universe { actions, resources } = universe.distinct(|action| does(who, action), &statements, &keys, acls);
        let space = Space {
            stance: self.stance,
            free_name: who.free_name,
            any_name: who.free_name,
            layers: way.layers,
            actions,
            resources,
            keys,
            domains,
            base: base.clone(),
        };
        // Where the callers get in is chosen here; their own side allows everything.
        let mut settled = vec![(LayerName::Resource, 0), (LayerName::AccessPoint, 0)];
        for source in sources {
            let mut hunt = Hunt { space: &space, stack: way, except, effort: &mut self.effort };
            let found = if source.is_empty() {
                // Nothing says which action is allowed: each is tried.
                let all = 0..space.actions.len();
                all.into_iter().find_map(|action| hunt.find(&mut vec![Demand::ActionIs(action)], &mut settled))
            } else {
                let mut demands = source.iter().flat_map(|placed| covered(placed, way.route())).collect();
                hunt.find(&mut demands, &mut settled)
            };
            if let Some((witness, because)) = found {
                return Some(Hit { audience: self.audience, witness: witness.into(), because, unless: Vec::new() });
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
                .filter(|placed| names(placed, env) != Tri::No && !way.spares(placed))
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
        let inside = self.audience == Audience::SameAccount && self.except.is_none();
        layers.acl.is_some() || inside || (unread && self.stance == Stance::Open)
    }

    /// The actions to try on a way in, and the resources that each can be about; `None` = that depends on the caller.
    fn universe(&self, way: &Stack<'_>) -> Option<Universe> {
        let target = self.target();
        let universe = match target.kind {
            ResourceKind::BucketPolicy | ResourceKind::AccessPointPolicy => {
                let named = || named_bucket(&way.statements).unwrap_or_else(|| EXAMPLE_BUCKET.to_owned());
                bucket(target.arn.clone().unwrap_or_else(named))
            }
            ResourceKind::RoleTrust => {
                let role = || format!("arn:aws:iam::{}:role/example", target.account);
                let itself = Domain::Finite(vec![one(target.arn.clone().unwrap_or_else(role))]);
                let actions = TRUST_ACTIONS.iter().map(|name| Choice::new(name, vec![0])).collect();
                Universe { actions, resources: vec![itself] }
            }
            ResourceKind::ResourcePolicy => {
                let arn = target.arn.as_ref()?;
                Arn::parse(arn).filter(|arn| arn.service == "s3")?;
                bucket(arn.clone())
            }
        };
        Some(self.asked(universe))
    }

    /// What the statements that may name a caller let it do to a resource that is no bucket.
    fn of_services(&self, way: &Stack<'_>, near: &[Placed<'_>]) -> Universe {
        let target = self.target();
        let unread = way.layers.resource == Some(Reading::Unreadable);
        of_services(target.arn.as_deref(), &target.account, near, unread)
    }

    /// Only the actions that the question is about.
    fn asked(&self, mut universe: Universe) -> Universe {
        let wanted: Vec<Glob> =
            self.question.actions.iter().map(|pattern| Glob::new(&pattern.to_ascii_lowercase())).collect();
        universe.actions.retain(|Choice { lower, .. }| {
            (wanted.is_empty() || wanted.iter().any(|glob| glob.matches(lower)))
                && (!self.object_acl || ["s3:getobject", "s3:getobjectversion"].contains(&&**lower))
        });
        universe
    }
}

/// What tells callers of one way in apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Likeness {
    account: String,
    /// Its kind, where that is one of which less is true than of users and roles, or more.
    kind: Option<CallerKind>,
    mode: Mode,
    /// The statements that may name it, whether they do, and how.
    named: Vec<(LayerName, (usize, usize), Tri, Naming)>,
    /// The keys that follow from the caller.
    values: Vec<Option<ContextValue>>,
}

impl Likeness {
    /// What a caller has for this policy: one who has the same was tried before. `None` where the name counts.
    fn of(env: &Env<'_>, near: &[Placed<'_>], keys: &BTreeMap<&str, Vec<&Condition>>, mode: Mode) -> Option<Self> {
        let account = env.caller.account?;
        if env.caller.keys_of_name().iter().any(|key| keys.contains_key(key)) || env.caller.is_service_linked_role() {
            return None;
        }
        let named = near.iter().map(|placed| {
            let (whether, how) = naming(placed, env);
            (placed.layer, placed.place(), whether, how)
        });
        Some(Self {
            account: account.to_owned(),
            kind: Some(env.caller.kind).filter(|kind| matches!(kind, CallerKind::Root | CallerKind::FederatedUser)),
            mode,
            named: named.collect(),
            values: keys.keys().map(|key| env.key(key)).collect(),
        })
    }

    /// Whether somebody was tried who can do all that this caller can. A federated user has no MFA and calls no STS, the
    /// root user has no session; but in its own account that one mends the bucket policy (fact A1).
    fn is_tried(&self, tried: &BTreeSet<Self>, target: &Target) -> bool {
        let less = match self.kind {
            Some(CallerKind::Root) => self.account != target.account,
            kind => kind.is_some(),
        };
        less && tried.contains(&Self { kind: None, ..self.clone() })
    }
}

/// What can be done to a bucket and its objects.
pub(crate) fn bucket(arn: String) -> Universe {
    static ACTIONS: LazyLock<Vec<Choice>> = LazyLock::new(|| {
        let objects = OBJECT_ACTIONS.iter().map(|name| Choice::new(name, vec![1]));
        objects.chain(BUCKET_ACTIONS.iter().map(|name| Choice::new(name, vec![0]))).collect()
    });
    let actions = ACTIONS.clone();
    let frame = arn.chars().map(Token::Is).chain([Token::Is('/'), Token::One, Token::Run]);
    let inside = Texts { within: vec![Glob::from_tokens(frame)], plain: vec![format!("{arn}/x")], ..Texts::default() };
    Universe { actions, resources: vec![Domain::Finite(vec![one(arn)]), Domain::Texts(inside)] }
}

/// What the service of a resource can do to it; where the resource is not known, the services that the statements name.
fn of_services(arn: Option<&str>, account: &str, near: &[Placed<'_>], unread: bool) -> Universe {
    let allows = || near.iter().filter(|placed| placed.statement.effect == Effect::Allow);
    let places = Places::of(account, near.iter().map(|placed| placed.document));
    let mut names: Vec<&str> = if let Some(arn) = arn.and_then(Arn::parse) {
        catalogue::prefixes().filter(|prefix| *prefix == arn.service).collect()
    } else {
        let apart = told_apart(near.iter().map(|placed| placed.statement));
        allows().flat_map(|placed| services(placed.statement, &apart)).collect()
    };
    names.sort_unstable();
    names.dedup();
    if unread && arn.is_none() {
        names.extend(WITH_POLICIES);
    }
    if names.len() > FEW {
        names.retain(|name| WITH_POLICIES.contains(name));
    }
    let mut universe = Universe::default();
    for service in names.into_iter().filter_map(catalogue::service) {
        universe.add(Universe::service(service, &places));
    }
    for unknown in allows().filter_map(|placed| Universe::unknown(placed.statement)) {
        universe.add(unknown);
    }
    if let Some(arn) = arn {
        universe.resources = vec![Domain::Finite(vec![one(arn)])];
        universe.actions.iter_mut().for_each(|choice| *choice = choice.on([0]));
    }
    universe
}

/// How many services a policy may name before it means any.
const FEW: usize = 12;

/// Services whose resources have policies, for a policy that names neither resource nor service.
const WITH_POLICIES: [&str; 12] = [
    "s3",
    "kms",
    "sqs",
    "sns",
    "lambda",
    "secretsmanager",
    "ecr",
    "dynamodb",
    "events",
    "logs",
    "backup",
    "elasticfilesystem",
];

/// Whether a caller ever makes a call (an action in lower case): identities of a provider are known by a token, everybody
/// else is by a signature.
pub(crate) fn does(who: &Who, action: &str) -> bool {
    let federated = matches!(&who.principal, Principal::Federated(_));
    match action {
        action if who.kind == CallerKind::FederatedUser && action.starts_with("sts:") => false,
        "sts:assumerole" => !federated,
        "sts:assumerolewithwebidentity" | "sts:assumerolewithsaml" => federated,
        _ => who.actions.is_empty() || who.actions.contains(&action),
    }
}

const EXAMPLE_BUCKET: &str = "arn:aws:s3:::example";

/// What a trust policy can allow.
pub(crate) const TRUST_ACTIONS: [&str; 5] = [
    "sts:AssumeRole",
    "sts:AssumeRoleWithWebIdentity",
    "sts:AssumeRoleWithSAML",
    "sts:TagSession",
    "sts:SetSourceIdentity",
];

fn same_account(entry: &PrincipalEntry, account: Option<&str>) -> bool {
    match entry {
        PrincipalEntry::User { account: named, .. }
        | PrincipalEntry::Role { account: named, .. }
        | PrincipalEntry::FederatedUser { account: named, .. } => account == Some(named),
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
