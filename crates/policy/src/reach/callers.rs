//! Who is tried for an audience.

use std::collections::BTreeSet;

use crate::decide::Stance;
use crate::document::Document;
use crate::glob::Glob;
use crate::principal::{Arn, PrincipalEntry, is_account};
use crate::reach::values::texts;
use crate::tables::{AWS_ACCOUNTS, Driven, driven, provider};
use crate::{Audience, Principal, ResourceKind, Target};

/// An account that belongs to nobody we know.
pub(crate) const STRANGER: &str = "999999999999";

/// The callers to try, plain ones first.
pub(crate) fn callers(audience: Audience, target: &Target, documents: &[&Document], stance: Stance) -> Vec<Principal> {
    let named = Named::of(documents);
    let trust = target.kind == ResourceKind::RoleTrust;
    match audience {
        Audience::Anyone if trust => Vec::new(),
        Audience::Anyone => vec![Principal::Anonymous],
        Audience::AnyAwsAccount => in_account(STRANGER, &named),
        Audience::AnyoneInNetwork => {
            let anonymous = (!trust).then_some(Principal::Anonymous);
            anonymous.into_iter().chain(in_account(STRANGER, &named)).collect()
        }
        Audience::FederatedStranger => federated(&named, |host| provider(host).is_some()),
        Audience::Federated => federated(&named, |_| true),
        Audience::Accounts => {
            let mut accounts: Vec<String> =
                named.accounts.iter().filter(|id| is_foreign(target, id, stance)).cloned().collect();
            let own = target.organization.id.as_ref();
            let sure = own.is_some() || target.organization.accounts_complete || stance == Stance::Open;
            if sure && named.organizations.iter().any(|id| Some(id) != own) {
                accounts.push(STRANGER.to_owned());
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
            // Named ones first: of the others, one stands for all.
            let (first, rest): (Vec<&String>, Vec<&String>) =
                accounts.into_iter().partition(|id| named.accounts.contains(*id));
            let other = rest.first().map(|id| (*id).clone()).or_else(|| {
                let may = target.organization.id.is_some() && !target.organization.accounts_complete;
                may.then(|| "888888888888".to_owned())
            });
            first.into_iter().cloned().chain(other).flat_map(|account| in_account(&account, &named)).collect()
        }
        Audience::SameAccount => in_account(&target.account, &named),
        Audience::AwsServiceOfAnyone => services(&named, trust, |kind| kind == Driven::ByAnyone),
        Audience::AwsService => {
            let mut all = services(&named, trust, |_| true);
            all.extend(named.identities.iter().map(|arn| Principal::Arn(arn.clone())));
            let owned = named.accounts.iter().filter(|id| AWS_ACCOUNTS.contains(&id.as_str()));
            all.extend(owned.flat_map(|account| in_account(account, &named)));
            all
        }
    }
}

/// Services whose place in the confused-deputy table nobody knows.
pub(crate) fn undecided_services(target: &Target, documents: &[&Document]) -> Vec<Principal> {
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
    principal_patterns: Vec<Glob>,
}

impl Named {
    fn of(documents: &[&Document]) -> Self {
        let mut named = Self::default();
        for statement in documents.iter().flat_map(|document| document.statements()) {
            for entry in statement.principal.iter().flat_map(|element| &element.entries) {
                named.entry(entry);
            }
            for condition in &statement.conditions {
                for value in &condition.values {
                    match condition.key.as_str() {
                        "aws:principalaccount" if is_account(&value.raw) => {
                            named.accounts.insert(value.raw.clone());
                        }
                        "aws:principalarn" => {
                            if let Some(arn) = Arn::parse(&value.raw).filter(|arn| is_account(arn.account)) {
                                named.accounts.insert(arn.account.to_owned());
                            }
                            if value.text.is_fixed() {
                                named.arns.insert(value.raw.clone());
                            }
                            named.principal_patterns.push(value.text.glob());
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

/// Identities of one account: what the documents name of it, a user, a role and the root, and one of every class of
/// ARN that conditions tell apart.
fn in_account(account: &str, named: &Named) -> Vec<Principal> {
    let own = |arn: &&String| Arn::parse(arn).is_some_and(|arn| arn.account == account);
    let mut arns: Vec<String> = named.arns.iter().filter(own).filter(|arn| !arn.contains('*')).cloned().collect();
    let defaults = [format!("arn:aws:iam::{account}:user/alice"), format!("arn:aws:iam::{account}:role/example")];
    let within = ["user", "role"].map(|kind| Glob::in_segment(&format!("arn:aws:iam::{account}:{kind}/?*")));
    let plain: Vec<&str> = defaults.iter().map(String::as_str).collect();
    let (found, _) = texts(&named.principal_patterns, &within, &plain);
    arns.extend(found);
    arns.extend(defaults);
    arns.push(format!("arn:aws:iam::{account}:root"));
    let mut seen = BTreeSet::new();
    arns.retain(|arn| seen.insert(arn.clone()));
    arns.into_iter().map(Principal::Arn).collect()
}

fn federated(named: &Named, wanted: impl Fn(&str) -> bool) -> Vec<Principal> {
    named.providers.iter().filter(|provider| wanted(provider)).cloned().map(Principal::Federated).collect()
}

fn services(named: &Named, trust: bool, wanted: impl Fn(Driven) -> bool) -> Vec<Principal> {
    named.services.iter().filter(|name| wanted(driven(name, trust))).cloned().map(Principal::Service).collect()
}
