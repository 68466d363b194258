//! Who is tried for an audience.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::decide::Stance;
use crate::document::{Document, Effect};
use crate::principal::{Arn, Caller, CallerKind, PrincipalEntry, is_account};
use crate::reach::holder::OWN_ACCOUNT;
use crate::tables::{AWS_ACCOUNTS, Driven, driven, provider};
use crate::{Audience, Principal, Reading, ResourceKind, Target};

/// An account that belongs to nobody we know, where nothing names it.
pub(crate) const STRANGER: &str = "999999999999";

/// A caller to try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Who {
    pub(crate) principal: Principal,
    pub(crate) kind: CallerKind,
    /// Whether it stands for every name of its kind and account.
    pub(crate) free_name: bool,
    /// All that it ever does, in lower case; empty = anything.
    pub(crate) actions: &'static [&'static str],
}

impl Who {
    pub(crate) fn named(principal: Principal) -> Self {
        Self { kind: Caller::new(&principal).kind, principal, free_name: false, actions: &[] }
    }

    /// Any identity of an account and a kind, by a plain name of it: `user/alice`.
    pub(crate) fn any(account: &str, name: &str) -> Self {
        Self { free_name: true, ..Self::named(Principal::Arn(format!("arn:aws:iam::{account}:{name}"))) }
    }

    /// Any federated user of an account.
    fn any_federated(account: &str) -> Self {
        Self { free_name: true, ..Self::federated(account, "alice") }
    }

    fn federated(account: &str, name: &str) -> Self {
        Self::named(Principal::Arn(format!("arn:aws:sts::{account}:federated-user/{name}")))
    }
}

/// Services that anyone can drive, with what they do, for policies that let in everyone or all but some: of each sort one.
/// They count as everyone, and Block Public Access does not stop them (fact A13).
const UNNAMED: [(&str, &[&str]); 3] = [
    ("cloudtrail.amazonaws.com", &["s3:putobject", "s3:getbucketacl"]),
    ("sns.amazonaws.com", &["sqs:sendmessage", "lambda:invokefunction"]),
    ("s3.amazonaws.com", &["sns:publish", "sqs:sendmessage", "lambda:invokefunction"]),
];

/// The callers to try, plain ones first.
pub(crate) fn callers(audience: Audience, target: &Target, documents: &[&Document], stance: Stance) -> Vec<Who> {
    let mut named = Named::of(documents);
    named.accounts.extend(target.access_points.iter().map(|point| point.account.clone()));
    let trust = target.kind == ResourceKind::RoleTrust;
    let strangers = || named.strangers(target).into_iter().flat_map(|account| in_account(&account, &named));
    // What could not be read may name anybody.
    let anybody = stance == Stance::Open && names_are_missing(target);
    let perhaps = |caller: &str| {
        let principal = match audience {
            Audience::FederatedStranger | Audience::Federated => {
                Principal::Federated(format!("arn:aws:iam::{}:oidc-provider/{caller}", target.account))
            }
            _ => Principal::Service(caller.to_owned()),
        };
        anybody.then_some(Who::named(principal))
    };
    match audience {
        Audience::Anyone if trust => Vec::new(),
        Audience::Anyone => vec![Who::named(Principal::Anonymous)],
        Audience::AnyAwsAccount => strangers().collect(),
        Audience::AnyoneInNetwork => {
            let anonymous = (!trust).then_some(Who::named(Principal::Anonymous));
            anonymous.into_iter().chain(strangers()).collect()
        }
        Audience::FederatedStranger => {
            let missing = perhaps("token.actions.githubusercontent.com").filter(|_| trust);
            federated(&named, |host| provider(host).is_some()).into_iter().chain(missing).collect()
        }
        Audience::Federated => {
            let missing = perhaps("example.com").filter(|_| trust);
            federated(&named, |_| true).into_iter().chain(missing).collect()
        }
        Audience::Accounts => {
            let mut accounts: Vec<String> =
                named.accounts.iter().filter(|id| is_foreign(target, id, stance)).cloned().collect();
            let own = target.organization.id.as_ref();
            let sure = own.is_some() || target.organization.accounts_complete || stance == Stance::Open;
            if anybody || (sure && named.organizations.iter().any(|id| Some(id) != own)) {
                accounts.push(named.stranger(target));
            }
            accounts.iter().flat_map(|account| in_account(account, &named)).collect()
        }
        Audience::Organization => {
            let known = target.organization.accounts.iter().chain(&target.trusted_accounts);
            let mut accounts: BTreeSet<&String> = known.filter(|account| **account != target.account).collect();
            if !target.organization.accounts_complete && stance == Stance::Open {
                let perhaps =
                    named.accounts.iter().filter(|id| **id != target.account && !AWS_ACCOUNTS.contains(&id.as_str()));
                accounts.extend(perhaps);
            }
            // Named ones first: of the others, one member of the organisation stands for all, and one that is none.
            let (first, rest): (Vec<&String>, Vec<&String>) =
                accounts.into_iter().partition(|id| named.accounts.contains(*id));
            let (members, trusted): (Vec<&String>, Vec<&String>) =
                rest.into_iter().partition(|id| target.organization.accounts.contains(*id));
            let member = members.first().map(|id| (*id).clone()).or_else(|| {
                let may = target.organization.id.is_some() && !target.organization.accounts_complete;
                may.then(|| "888888888888".to_owned())
            });
            let others = member.into_iter().chain(trusted.first().map(|id| (*id).clone()));
            first.into_iter().cloned().chain(others).flat_map(|account| in_account(&account, &named)).collect()
        }
        Audience::SameAccount => in_account(&target.account, &named),
        Audience::AwsServiceOfAnyone => {
            let mut all = services(&named, trust, |kind| kind == Driven::ByAnyone);
            if !trust && named.everyone {
                all.extend(
                    UNNAMED
                        .iter()
                        .map(|(name, actions)| Who { actions, ..Who::named(Principal::Service((*name).to_owned())) }),
                );
            }
            all.extend(perhaps("cloudtrail.amazonaws.com").filter(|_| !trust));
            all
        }
        Audience::AwsService => {
            let mut all = services(&named, trust, |_| true);
            all.extend(perhaps("ec2.amazonaws.com"));
            all.extend(named.identities.iter().map(|arn| Who::named(Principal::Arn(arn.clone()))));
            let owned = named.accounts.iter().filter(|id| AWS_ACCOUNTS.contains(&id.as_str()));
            all.extend(owned.flat_map(|account| in_account(account, &named)));
            all
        }
    }
}

/// Whether a policy that grants could not be read, or has a principal that is not known yet.
fn names_are_missing(target: &Target) -> bool {
    let missing = |reading: &Reading<Option<Arc<Document>>>| match reading {
        Reading::Unreadable => true,
        Reading::Read(document) => document.as_ref().is_some_and(|document| document.has_holes()),
    };
    missing(&target.policy) || target.access_points.iter().any(|point| missing(&point.policy))
}

/// The accounts that documents name as callers.
pub(crate) fn accounts<'d>(documents: impl IntoIterator<Item = &'d Document>) -> BTreeSet<String> {
    Named::of(&documents.into_iter().collect::<Vec<_>>()).accounts
}

/// An account that is not known: of one digit, the digits tried in this order, and where all of these are known another.
fn plain_account(digits: impl Iterator<Item = char>, known: impl Fn(&String) -> bool) -> Option<String> {
    let others = (123_456_789_012_u64..).map(|number| number.to_string());
    digits.map(|digit| digit.to_string().repeat(12)).chain(others).find(|account| !known(account))
}

/// An account that stands for whoever owns what is asked about, and is none of these.
pub(crate) fn owner_beside(named: &BTreeSet<String>) -> String {
    plain_account('1'..='9', |account| named.contains(account)).unwrap_or_else(|| OWN_ACCOUNT.to_owned())
}

/// Services whose place in the confused-deputy table nobody knows.
pub(crate) fn undecided_services(target: &Target, documents: &[&Document]) -> Vec<Who> {
    services(&Named::of(documents), target.kind == ResourceKind::RoleTrust, |kind| kind == Driven::Unknown)
}

/// Whether an account is a foreign one. While the organisation's accounts are not all known, one that is not among
/// them may be a member: then it is foreign in the open reading only.
fn is_foreign(target: &Target, account: &str, stance: Stance) -> bool {
    let known = account == target.account
        || target.organization.accounts.contains(account)
        || target.trusted_accounts.contains(account)
        || AWS_ACCOUNTS.contains(&account);
    !known && (target.organization.accounts_complete || stance == Stance::Open)
}

/// All that the documents name.
#[derive(Debug, Default)]
struct Named {
    accounts: BTreeSet<String>,
    arns: BTreeSet<String>,
    identities: BTreeSet<String>,
    services: BTreeSet<String>,
    providers: BTreeSet<String>,
    organizations: BTreeSet<String>,
    /// Accounts that patterns of callers name in part, filled up.
    partial: BTreeSet<String>,
    /// Whether something lets in everyone, or all but some.
    everyone: bool,
}

impl Named {
    fn of(documents: &[&Document]) -> Self {
        let mut named = Self::default();
        for statement in documents.iter().flat_map(|document| document.statements()) {
            if let Some(element) = &statement.principal {
                let everyone = element.negated || element.entries.contains(&PrincipalEntry::Everyone);
                named.everyone |= everyone && statement.effect == Effect::Allow;
                element.entries.iter().for_each(|entry| named.entry(entry));
            }
            for condition in &statement.conditions {
                for value in &condition.values {
                    match condition.key.as_str() {
                        "aws:principalaccount" | "kms:calleraccount" if is_account(&value.raw) => {
                            named.accounts.insert(value.raw.clone());
                        }
                        "aws:principalaccount" | "kms:calleraccount" => named.partial.extend(filled_up(&value.raw)),
                        "aws:principalarn" => {
                            let account = Arn::parse(&value.raw).map(|arn| arn.account).unwrap_or_default();
                            if is_account(account) {
                                named.accounts.insert(account.to_owned());
                            } else {
                                named.partial.extend(filled_up(account));
                            }
                            if value.text.is_fixed() {
                                named.arns.insert(value.raw.clone());
                            }
                        }
                        "aws:principalorgid" if value.text.is_fixed() => {
                            named.organizations.insert(value.raw.clone());
                        }
                        "aws:principalorgpaths" => {
                            named.organizations.extend(value.raw.split('/').next().map(str::to_owned));
                        }
                        "aws:principalservicename" => {
                            named.services.insert(value.raw.clone());
                        }
                        _ => {}
                    }
                }
            }
        }
        named
    }

    /// An account that nobody names.
    fn stranger(&self, target: &Target) -> String {
        let known = |account: &String| {
            self.accounts.contains(account)
                || target.organization.accounts.contains(account)
                || target.trusted_accounts.contains(account)
                || *account == target.account
        };
        plain_account(('1'..='9').rev(), known).unwrap_or_else(|| STRANGER.to_owned())
    }

    /// Accounts that are nobody's we know: any one, and those that a pattern asks for.
    fn strangers(&self, target: &Target) -> Vec<String> {
        let known = &target.organization.accounts;
        let foreign = |account: &&String| {
            **account != target.account && !known.contains(*account) && !target.trusted_accounts.contains(*account)
        };
        let partial = self.partial.iter().filter(foreign).filter(|account| !self.accounts.contains(*account));
        std::iter::once(self.stranger(target)).chain(partial.cloned()).collect()
    }

    fn entry(&mut self, entry: &PrincipalEntry) {
        match entry {
            PrincipalEntry::Account(account) => {
                self.accounts.insert(account.clone());
            }
            PrincipalEntry::User { account, arn }
            | PrincipalEntry::Role { account, arn, .. }
            | PrincipalEntry::Session { account, arn }
            | PrincipalEntry::FederatedUser { account, arn } => {
                self.accounts.insert(account.clone());
                self.arns.insert(arn.clone());
            }
            PrincipalEntry::Service(name) => {
                self.services.insert(name.clone());
            }
            PrincipalEntry::Federated(provider) => {
                self.providers.insert(provider.clone());
            }
            PrincipalEntry::OriginAccessIdentity(arn) => {
                self.identities.insert(arn.clone());
            }
            PrincipalEntry::Everyone
            | PrincipalEntry::CanonicalUser(_)
            | PrincipalEntry::Nobody(_)
            | PrincipalEntry::Hole => {}
        }
    }
}

/// Identities of one account: what the documents name of it, and any user, any role, any federated user and the root.
/// Whoever names a user names the federated user of that name too (fact A8).
fn in_account(account: &str, named: &Named) -> Vec<Who> {
    let own = |arn: &&String| Arn::parse(arn).is_some_and(|arn| arn.account == account);
    let spelled_out = named.arns.iter().filter(own).filter(|arn| !arn.contains(['*', '?']));
    let users = spelled_out.clone().filter_map(|arn| Arn::parse(arn).filter(|arn| arn.kind() == "user"));
    let tokens = users.filter_map(|user| Some(Who::federated(account, user.name().rsplit('/').next()?)));
    let tokens: Vec<Who> = tokens.collect();
    let mut found: Vec<Who> = spelled_out.cloned().map(Principal::Arn).map(Who::named).collect();
    found.extend([Who::any(account, "user/alice"), Who::any(account, "role/example")]);
    found.extend(tokens.into_iter().chain([Who::any_federated(account)]));
    found.push(Who::named(Principal::Arn(format!("arn:aws:iam::{account}:root"))));
    found
}

/// An account that a pattern with one run in it matches.
fn filled_up(pattern: &str) -> Option<String> {
    let (before, behind) = pattern.split_once('*')?;
    let missing = 12_usize.checked_sub(before.len() + behind.len()).filter(|missing| *missing < 12)?;
    Some(format!("{before}{}{behind}", "9".repeat(missing))).filter(|account| is_account(account))
}

fn federated(named: &Named, wanted: impl Fn(&str) -> bool) -> Vec<Who> {
    let providers = named.providers.iter().filter(|provider| wanted(provider)).cloned();
    providers.map(Principal::Federated).map(Who::named).collect()
}

fn services(named: &Named, trust: bool, wanted: impl Fn(Driven) -> bool) -> Vec<Who> {
    let services = named.services.iter().filter(|name| wanted(driven(name, trust))).cloned();
    services.map(Principal::Service).map(Who::named).collect()
}
