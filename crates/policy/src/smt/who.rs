//! Callers, and whom a statement names (facts B6 to B8).

use crate::document::{Effect, Statement};
use crate::principal::{Arn, Caller, CallerKind, PrincipalEntry};
use crate::reach::callers::Who;
use crate::smt::pattern::{NO_COLON, NO_SLASH};
use crate::smt::term::{Term, and, concat, equal, literal, not, or, truth};

/// The name of a caller that may have any, with its path.
pub(super) const NAME: &str = "name";
/// The path alone.
const PATH: &str = "path";
/// The name alone.
pub(super) const USER: &str = "user";

/// What a name is made of; `parts`: something looks at the name without its path.
pub(super) fn grammar(parts: bool) -> Vec<String> {
    let assert = |term: String| format!("(assert {term})");
    let mut lines = vec![declare(NAME)];
    if parts {
        let path = format!("(re.opt (re.++ (re.* {NO_COLON}) (str.to_re \"/\")))");
        lines.extend([declare(PATH), declare(USER)]);
        lines.push(assert(format!("(= {NAME} (str.++ {PATH} {USER}))")));
        lines.push(assert(format!("(str.in_re {USER} (re.+ {NO_SLASH}))")));
        lines.push(assert(format!("(str.in_re {PATH} {path})")));
    } else {
        lines.push(assert(format!("(str.in_re {NAME} (re.+ {NO_COLON}))")));
    }
    lines
}

fn declare(name: &str) -> String {
    format!("(declare-const {name} String)")
}

/// A caller, taken apart.
pub(super) struct Person<'w> {
    pub(super) who: &'w Who,
    pub(super) caller: Caller<'w>,
    is_session: bool,
}

/// How a statement can name a caller (fact B8).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Link {
    Everyone,
    Account,
    Issuer,
    Itself,
}

impl<'w> Person<'w> {
    pub(super) fn new(who: &'w Who) -> Self {
        let caller = Caller::new(&who.principal);
        let is_session = Arn::parse(caller.text).is_some_and(|arn| arn.service == "sts");
        Self { who, caller, is_session }
    }

    /// What its ARN begins with, where its name is free.
    fn before_name(&self) -> &str {
        self.caller.text.strip_suffix(self.caller.name).unwrap_or_default()
    }

    /// The ARN, host or service name.
    pub(super) fn text(&self) -> Term {
        if self.who.free_name {
            concat(&[literal(self.before_name()), NAME.to_owned()])
        } else {
            literal(self.caller.text)
        }
    }

    /// `aws:userid` of a federated user, whose name is free.
    pub(super) fn id(&self) -> Term {
        concat(&[literal(&format!("{}:", self.caller.account.unwrap_or_default())), NAME.to_owned()])
    }

    /// That its name could be one of its kind: only users and roles have paths.
    pub(super) fn has_a_fitting_name(&self) -> Term {
        if self.who.free_name && self.caller.kind == CallerKind::FederatedUser {
            format!("(str.in_re {NAME} (re.+ {NO_SLASH}))")
        } else {
            truth(true)
        }
    }

    fn is(&self, text: &str) -> Term {
        if !self.who.free_name {
            return truth(self.caller.text == text);
        }
        match text.strip_prefix(self.before_name()) {
            Some(name) => equal(NAME, &literal(name)),
            None => truth(false),
        }
    }

    fn link(&self, entry: &PrincipalEntry) -> Option<(Link, Term)> {
        let Caller { kind, account, text, name, .. } = self.caller;
        let last = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
        let sure = |link: Link, holds: bool| Some((link, truth(holds)));
        match entry {
            PrincipalEntry::Everyone => sure(Link::Everyone, true),
            PrincipalEntry::Account(id) => sure(Link::Account, account == Some(id)),
            PrincipalEntry::User { account: id, arn } => match kind {
                CallerKind::User => Some((Link::Itself, self.is(arn))),
                CallerKind::FederatedUser if account != Some(id) => None,
                CallerKind::FederatedUser if self.who.free_name => {
                    Some((Link::Issuer, equal(NAME, &literal(&last(arn)))))
                }
                CallerKind::FederatedUser => sure(Link::Issuer, last(arn) == name),
                _ => None,
            },
            PrincipalEntry::Role { account: id, name: role, arn } if kind == CallerKind::Role => {
                if self.is_session {
                    sure(Link::Issuer, account == Some(id) && last(name) == *role)
                } else {
                    Some((Link::Issuer, self.is(arn)))
                }
            }
            PrincipalEntry::Session { arn, .. }
            | PrincipalEntry::FederatedUser { arn, .. }
            | PrincipalEntry::OriginAccessIdentity(arn) => Some((Link::Itself, self.is(arn))),
            PrincipalEntry::Service(service) => sure(Link::Itself, kind == CallerKind::Service && service == text),
            PrincipalEntry::Federated(provider) if kind == CallerKind::Federated => {
                let hosted = |arn: &str, host: &str| arn.ends_with(&format!(":oidc-provider/{host}"));
                sure(Link::Itself, provider == text || hosted(provider, text) || hosted(text, provider))
            }
            _ => None,
        }
    }

    /// That a statement of a resource's policy names it.
    pub(super) fn is_named(&self, statement: &Statement) -> Term {
        let Some(element) = &statement.principal else { return truth(false) };
        let links = || element.entries.iter().filter_map(|entry| self.link(entry));
        let by = |wanted: &[Link]| or(links().filter(|(link, _)| wanted.contains(link)).map(|(_, term)| term));
        let any = || by(&[Link::Everyone, Link::Account, Link::Issuer, Link::Itself]);
        match (element.negated, statement.effect) {
            (false, _) => any(),
            (true, Effect::Allow) => not(&any()),
            (true, Effect::Deny) => {
                // The whole chain must be listed.
                let chain = match self.caller.kind {
                    CallerKind::Anonymous => truth(false),
                    CallerKind::Root => by(&[Link::Account]),
                    CallerKind::Service | CallerKind::Federated => by(&[Link::Itself]),
                    CallerKind::Role if self.is_session => {
                        and([by(&[Link::Account]), by(&[Link::Issuer]), by(&[Link::Itself])])
                    }
                    _ => and([by(&[Link::Account]), by(&[Link::Issuer, Link::Itself])]),
                };
                not(&or([by(&[Link::Everyone]), chain]))
            }
        }
    }

    /// Whether the tables of values count the statement among those that look at this caller's keys.
    pub(super) fn is_near(&self, statement: &Statement) -> bool {
        let Some(element) = &statement.principal else { return false };
        let neighbour = |entry: &PrincipalEntry| match entry {
            PrincipalEntry::User { account, .. }
            | PrincipalEntry::Role { account, .. }
            | PrincipalEntry::FederatedUser { account, .. } => self.caller.account == Some(account),
            _ => false,
        };
        self.is_named(statement) != truth(false)
            || (self.who.free_name && !element.negated && element.entries.iter().any(neighbour))
    }
}

/// A service-linked role, which organisation policies pass by (fact A3).
pub(super) fn is_service_linked(person: &Person<'_>) -> bool {
    let Person { who, caller, .. } = person;
    !who.free_name
        && caller.kind == CallerKind::Role
        && (caller.name.starts_with("aws-service-role/")
            || caller.name.rsplit('/').next().is_some_and(|name| name.starts_with("AWSServiceRoleFor")))
}
