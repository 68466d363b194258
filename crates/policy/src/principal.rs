//! Who calls, and whom a policy names (facts A8, B6, B7, B8).

use crate::{Context, ContextValue, Principal};

/// One entry of a `Principal` element.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum PrincipalEntry {
    /// `*` or `{"AWS": "*"}`.
    Everyone,
    /// An account: its id or its root ARN.
    Account(String),
    /// A user, by ARN.
    User { account: String, arn: String },
    /// A role: account, name without path, and the ARN as it stands.
    Role { account: String, name: String, arn: String },
    /// One session of a role, by ARN.
    Session { account: String, arn: String },
    /// A federated user session, by ARN.
    FederatedUser { account: String, arn: String },
    /// A service principal.
    Service(String),
    /// A SAML provider's ARN, or an OIDC provider's ARN or host.
    Federated(String),
    /// A canonical user id of S3; whose it is cannot be seen from the outside.
    CanonicalUser(String),
    /// An AWS-owned identity that is no stranger: the origin access identity of a CloudFront distribution (fact B9).
    OriginAccessIdentity(String),
    /// The unique id of a principal that was deleted, or text that means nothing: it matches nobody (fact B6).
    Nobody(String),
    /// A principal that is not known yet.
    Hole,
}

impl PrincipalEntry {
    /// Reads an entry of `{"AWS": …}`.
    pub(crate) fn aws(text: &str) -> Self {
        if text == "*" {
            return Self::Everyone;
        }
        if is_account(text) {
            return Self::Account(text.to_owned());
        }
        let Some(arn) = Arn::parse(text) else { return Self::Nobody(text.to_owned()) };
        let account = arn.account.to_owned();
        let owned = text.to_owned();
        if account == "cloudfront" && arn.service == "iam" {
            return Self::OriginAccessIdentity(owned);
        }
        if !is_account(&account) || text.contains(['*', '?']) {
            return Self::Nobody(owned);
        }
        match (arn.service, arn.kind(), arn.name()) {
            ("iam", "root", "") => Self::Account(account),
            ("iam", "user", _) => Self::User { account, arn: owned },
            ("iam", "role", name) => Self::Role { account, name: last(name).to_owned(), arn: owned },
            ("sts", "assumed-role", _) => Self::Session { account, arn: owned },
            ("sts", "federated-user", _) => Self::FederatedUser { account, arn: owned },
            _ => Self::Nobody(owned),
        }
    }
}

/// Twelve digits.
pub(crate) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The parts of an ARN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arn<'a> {
    pub(crate) partition: &'a str,
    pub(crate) service: &'a str,
    pub(crate) region: &'a str,
    pub(crate) account: &'a str,
    pub(crate) resource: &'a str,
}

impl<'a> Arn<'a> {
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        let (arn, partition, service) = (parts.next()?, parts.next()?, parts.next()?);
        let (region, account, resource) = (parts.next()?, parts.next()?, parts.next()?);
        (arn == "arn").then_some(Self { partition, service, region, account, resource })
    }

    /// `user` of `user/path/name`.
    pub(crate) fn kind(&self) -> &'a str {
        self.resource.split('/').next().unwrap_or(self.resource)
    }

    /// `path/name` of `user/path/name`.
    pub(crate) fn name(&self) -> &'a str {
        self.resource.split_once('/').map_or("", |(_, name)| name)
    }
}

/// The kind of the calling identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum CallerKind {
    Root,
    User,
    /// A session of a role; called by the role's own ARN, it is any session of it.
    Role,
    FederatedUser,
    Anonymous,
    Service,
    Federated,
    /// An ARN of another kind.
    Other,
}

/// A caller, taken apart once for every statement that looks at it.
#[derive(Debug, Clone)]
pub(crate) struct Caller<'a> {
    pub(crate) kind: CallerKind,
    pub(crate) account: Option<&'a str>,
    partition: &'a str,
    /// The ARN, host or service name as it was given.
    pub(crate) text: &'a str,
    /// The role's or user's name with its path.
    pub(crate) name: &'a str,
    session: Option<&'a str>,
}

impl<'a> Caller<'a> {
    pub(crate) fn new(principal: &'a Principal) -> Self {
        let plain = |kind, text| Self { kind, account: None, partition: "aws", text, name: "", session: None };
        let text = match principal {
            Principal::Anonymous => return plain(CallerKind::Anonymous, ""),
            Principal::Service(name) => return plain(CallerKind::Service, name.as_str()),
            Principal::Federated(provider) => return plain(CallerKind::Federated, provider.as_str()),
            Principal::Arn(arn) => arn.as_str(),
        };
        let Some(arn) = Arn::parse(text) else { return plain(CallerKind::Other, text) };
        let (kind, name, session) = match (arn.service, arn.kind()) {
            ("iam", "root") => (CallerKind::Root, "", None),
            ("iam", "user") => (CallerKind::User, arn.name(), None),
            ("iam", "role") => (CallerKind::Role, arn.name(), None),
            ("sts", "assumed-role") => match arn.name().rsplit_once('/') {
                Some((role, session)) => (CallerKind::Role, role, Some(session)),
                None => (CallerKind::Role, arn.name(), None),
            },
            ("sts", "federated-user") => (CallerKind::FederatedUser, arn.name(), None),
            _ => (CallerKind::Other, "", None),
        };
        Self { kind, account: Some(arn.account), partition: arn.partition, text, name, session }
    }

    /// Whether organisation policies pass it by: a service-linked role (facts A3, A4).
    pub(crate) fn is_service_linked_role(&self) -> bool {
        self.kind == CallerKind::Role
            && (last(self.name).starts_with("AWSServiceRoleFor") || self.name.starts_with("aws-service-role/"))
    }

    /// The value of a context key that follows from the caller (facts E1 to E3); the key in lower case.
    pub(crate) fn key(&self, key: &str) -> Option<ContextValue> {
        let one = |text: &str| Some(ContextValue::One(text.to_owned()));
        match (key, self.kind) {
            ("aws:principalarn", CallerKind::Role) => {
                let role = if self.session.is_some() {
                    format!("arn:{}:iam::{}:role/{}", self.partition, self.account.unwrap_or_default(), self.name)
                } else {
                    self.text.to_owned()
                };
                Some(ContextValue::One(role))
            }
            (
                "aws:principalarn",
                CallerKind::Root | CallerKind::User | CallerKind::FederatedUser | CallerKind::Other,
            )
            | ("aws:principalservicename", CallerKind::Service) => one(self.text),
            // KMS calls it by a name of its own.
            ("aws:principalaccount" | "kms:calleraccount", _) | ("aws:userid", CallerKind::Root) => {
                self.account.and_then(one)
            }
            ("aws:principaltype", kind) => match kind {
                CallerKind::Root => one("Account"),
                CallerKind::User => one("User"),
                CallerKind::Role => one("AssumedRole"),
                CallerKind::FederatedUser => one("FederatedUser"),
                CallerKind::Anonymous => one("Anonymous"),
                CallerKind::Service | CallerKind::Federated | CallerKind::Other => None,
            },
            ("aws:userid", CallerKind::Anonymous) => one("anonymous"),
            ("aws:userid", CallerKind::FederatedUser) => {
                one(&format!("{}:{}", self.account.unwrap_or_default(), self.name))
            }
            ("aws:username", CallerKind::User) => one(last(self.name)),
            ("aws:principalisawsservice", CallerKind::Anonymous) => None,
            ("aws:principalisawsservice", kind) => one(if kind == CallerKind::Service { "true" } else { "false" }),
            ("aws:principalservicenameslist", CallerKind::Service) => {
                Some(ContextValue::Many(vec![self.text.to_owned()]))
            }
            _ => None,
        }
    }

    /// The keys that follow from its name.
    pub(crate) fn keys_of_name(&self) -> &'static [&'static str] {
        match self.kind {
            CallerKind::User => &["aws:principalarn", "aws:username"],
            CallerKind::FederatedUser => &["aws:principalarn", "aws:userid"],
            _ => &["aws:principalarn"],
        }
    }

    /// How an entry names this caller; `None` = not at all.
    pub(crate) fn named_by(&self, entry: &PrincipalEntry) -> Option<Naming> {
        let is = |name: &str| self.text == name;
        match entry {
            PrincipalEntry::Everyone => Some(Naming::Everyone),
            PrincipalEntry::Account(account) => (self.account == Some(account)).then_some(Naming::Account),
            PrincipalEntry::User { account, arn } => match self.kind {
                CallerKind::User => is(arn).then_some(Naming::Itself),
                CallerKind::FederatedUser => {
                    let issuer = arn.rsplit('/').next() == Some(self.name) && self.account == Some(account);
                    issuer.then_some(Naming::Issuer)
                }
                _ => None,
            },
            PrincipalEntry::Role { account, name, arn } => {
                let same = self.kind == CallerKind::Role
                    && self.account == Some(account)
                    && (last(self.name) == name)
                    && (self.session.is_some() || is(arn));
                same.then_some(Naming::Issuer)
            }
            PrincipalEntry::Session { arn, .. } | PrincipalEntry::FederatedUser { arn, .. } => {
                is(arn).then_some(Naming::Itself)
            }
            PrincipalEntry::Service(name) => (self.kind == CallerKind::Service && is(name)).then_some(Naming::Itself),
            PrincipalEntry::Federated(provider) => {
                (self.kind == CallerKind::Federated && same_provider(self.text, provider)).then_some(Naming::Itself)
            }
            PrincipalEntry::OriginAccessIdentity(arn) => is(arn).then_some(Naming::Itself),
            PrincipalEntry::CanonicalUser(_) | PrincipalEntry::Nobody(_) | PrincipalEntry::Hole => None,
        }
    }

    /// Whether a `NotPrincipal` list leaves this caller out of its Deny (fact B8): the whole chain must be listed,
    /// its account and itself. A service or a federated identity is its own chain.
    pub(crate) fn excluded_by(&self, entries: &[PrincipalEntry]) -> bool {
        let named = |wanted: &[Naming]| {
            entries.iter().filter_map(|entry| self.named_by(entry)).any(|naming| wanted.contains(&naming))
        };
        if named(&[Naming::Everyone]) {
            return true;
        }
        match self.kind {
            CallerKind::Root => named(&[Naming::Account]),
            CallerKind::Role if self.session.is_some() => {
                named(&[Naming::Account]) && named(&[Naming::Issuer]) && named(&[Naming::Itself])
            }
            CallerKind::User | CallerKind::Role | CallerKind::FederatedUser | CallerKind::Other => {
                named(&[Naming::Account]) && named(&[Naming::Itself, Naming::Issuer])
            }
            CallerKind::Anonymous => false,
            CallerKind::Service | CallerKind::Federated => named(&[Naming::Itself]),
        }
    }
}

/// How a policy names a caller; what that grants differs (fact A8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Naming {
    /// Its account: the account may pass the right on.
    Account,
    /// The role or user behind its session.
    Issuer,
    /// Everybody.
    Everyone,
    /// Itself.
    Itself,
}

/// A provider may be named by its ARN or, for OIDC, by its host. Two ARNs of one host are providers of two accounts.
fn same_provider(one: &str, other: &str) -> bool {
    let host = |text: &str| text.split_once(":oidc-provider/").map(|(_, host)| host.to_owned());
    match (host(one), host(other)) {
        (Some(host), None) => host == other,
        (None, Some(host)) => host == one,
        _ => one == other,
    }
}

/// Looks a key up without regard to case.
pub(crate) fn given<'c>(context: &'c Context, key: &str) -> Option<&'c ContextValue> {
    context
        .0
        .get(key)
        .or_else(|| context.0.iter().find(|(given, _)| given.eq_ignore_ascii_case(key)).map(|(_, value)| value))
}
