//! The request with all that follows from it, and whether a statement is about it (facts B2 to B8, C1 to D5).

use std::borrow::Cow;

use crate::condition::single;
use crate::document::{Effect, Element, Statement};
use crate::principal::{Arn, Caller, Naming, PrincipalEntry, given};
use crate::work::spend;
use crate::{AccessPoint, ContextValue, Layers, Request};

/// Whether something matches; a hole makes it a maybe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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
    pub(super) action: String,
    pub(crate) resource_account: Option<Cow<'a, str>>,
    pub(super) access_point: Option<&'a AccessPoint>,
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

    pub(super) fn same_account(&self) -> bool {
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
        spend(1 + element.entries.len());
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
    pub(super) fn and_then_with(self, next: impl FnOnce() -> Self) -> Self {
        if self == Self::No { Self::No } else { self.and(next()) }
    }
}
