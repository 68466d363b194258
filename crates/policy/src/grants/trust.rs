//! Whom a role trusts.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::RoleRights;
use crate::decide::Stance;
use crate::document::{Effect, Statement};
use crate::principal::PrincipalEntry;
use crate::reach::callers::Who;
use crate::reach::search::{Search, Sought};
use crate::{Audience, BlockPublicAccess, Principal, Question, Reading, ResourceKind, Target};

/// Whether a role lets somebody assume it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lets {
    Yes,
    No,
    Unsure,
}

/// Whether a role lets a service, or whoever an identity provider vouches for, assume it.
pub(super) fn trusts(role: &RoleRights, account: &str, by: &str, stance: Stance) -> Lets {
    let policy = match &role.trust {
        Reading::Read(document) if !document.statements().iter().any(|statement| may_name(statement, by)) => {
            return Lets::No;
        }
        Reading::Read(document) => Reading::Read(Some(Arc::clone(document))),
        Reading::Unreadable if stance == Stance::Tight => return Lets::No,
        Reading::Unreadable => Reading::Unreadable,
    };
    let target = Target {
        kind: ResourceKind::RoleTrust,
        arn: Some(role.arn.clone()),
        account: account.to_owned(),
        policy,
        organization: Arc::default(),
        block_public_access: BlockPublicAccess::default(),
        acl: Reading::Read(None),
        access_points: Vec::new(),
        rcp: Reading::Read(Vec::new()),
        trusted_accounts: BTreeSet::new(),
    };
    let (caller, actions) = if is_service(by) {
        (Principal::Service(by.to_owned()), &["sts:AssumeRole"][..])
    } else {
        (Principal::Federated(by.to_owned()), &["sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML"][..])
    };
    let question = Question {
        target: Arc::new(target),
        audiences: Vec::new(),
        actions: actions.iter().map(|action| (*action).to_owned()).collect(),
        given: Vec::new(),
    };
    match Search::new(&question, Audience::AwsService, stance).with_callers(vec![Who::named(caller)]).run() {
        Sought::Found(_) => Lets::Yes,
        Sought::Nothing => Lets::No,
        Sought::Unsure => Lets::Unsure,
    }
}

/// Whether a role lets an AWS service assume it; `None` = that could not be decided.
pub fn lets_service(role: &RoleRights, account: &str, service: &str) -> Option<bool> {
    match trusts(role, account, service, Stance::Tight) {
        Lets::Yes => Some(true),
        Lets::No | Lets::Unsure => (trusts(role, account, service, Stance::Open) == Lets::No).then_some(false),
    }
}

/// Whether a statement could let somebody in; most trust policies name one service, and it is another.
fn may_name(statement: &Statement, by: &str) -> bool {
    let names = |entry: &PrincipalEntry| match entry {
        PrincipalEntry::Service(name) => name == by,
        PrincipalEntry::Federated(_) => !is_service(by),
        PrincipalEntry::Everyone | PrincipalEntry::Hole => true,
        _ => false,
    };
    let principal = statement.principal.as_ref();
    statement.effect() == Effect::Allow
        && principal.is_some_and(|element| element.negated || element.entries.iter().any(names))
}

/// Cognito identity pools hand out roles as an identity provider does, not as a service.
fn is_service(name: &str) -> bool {
    let of_aws = name.ends_with(".amazonaws.com") || name.ends_with(".amazonaws.com.cn");
    of_aws && !name.starts_with("cognito-identity")
}

/// The identity providers of an account that a role's trust policy names, by ARN.
pub(super) fn providers(role: &RoleRights, account: &str) -> Vec<String> {
    let Reading::Read(document) = &role.trust else { return Vec::new() };
    let allows = document.statements().iter().filter(|statement| statement.effect() == Effect::Allow);
    let entries = allows.flat_map(|statement| &statement.principal).flat_map(|element| &element.entries);
    let mut found: Vec<String> = entries
        .filter_map(|entry| match entry {
            PrincipalEntry::Federated(arn) if arn.starts_with("arn:") => Some(arn.clone()),
            // The providers that IAM knows by itself are nobody's to change.
            PrincipalEntry::Federated(host) if is_service(host) || host.contains("cognito-identity") => None,
            PrincipalEntry::Federated(host) => Some(format!("arn:aws:iam::{account}:oidc-provider/{host}")),
            _ => None,
        })
        .collect();
    found.sort();
    found.dedup();
    found
}
