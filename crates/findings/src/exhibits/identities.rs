//! Who is who: what an identity can sign in with, and whether it may do everything.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use forewarn_inventory::{Account, CredentialReport, CredentialRow, KeyCall, Reported};
use jiff::Timestamp;

use super::{IdentityExhibit, IdentityKind, KeyExhibit, Setting};
use crate::{Case, Identity, Resource, Standing};

/// Root users, users and roles, by account. `rights`: whether somebody needs to know who is an administrator;
/// `credentials`: whether the credential report was wanted; `used`: whether the use of keys was.
pub(super) fn all(case: Case<'_>, rights: bool, credentials: bool, used: bool) -> Vec<IdentityExhibit> {
    let mut all = Vec::with_capacity(case.users().count() + case.roles().count() + case.accounts().count());
    for account in case.accounts() {
        let standing = rights.then(|| case.standing(account));
        let keys = if used { keys(case, account) } else { BTreeMap::new() };
        let keys_of = |arn: &str| keys.get(arn).cloned().unwrap_or_default();
        let report = credentials.then(|| account.iam.credential_report.read());
        let rows = report.iter().filter_map(|report| report.as_ref().ok().copied().flatten());
        let rows: HashMap<&str, &CredentialRow> =
            rows.flat_map(|report| &report.rows).map(|row| (row.user.as_str(), row)).collect();
        let root = report.and_then(|report| root(account, report.ok().flatten()?));
        let root = root.map(|root| IdentityExhibit { keys: keys_of(&root.resource.arn), ..root });
        let each = case.identities_of(account).filter(|identity| !identity.is_reserved());
        let each = each.map(|identity| {
            let known = match identity {
                Identity::Role(role) => role_exhibit(&identity, role.last_used.as_ref().map(|used| used.at)),
                Identity::User(user) => {
                    let row = report.map(|report| {
                        report.map(|_| rows.get(user.name.as_str()).copied()).map_err(ToString::to_string)
                    });
                    user_exhibit(&identity, row)
                }
            };
            let administrator = standing.as_deref().map(|standing| administrator(standing, identity.arn()));
            let keys = keys_of(identity.arn());
            IdentityExhibit { administrator, policies: policies(case, &identity), keys, ..known }
        });
        all.extend(root.into_iter().chain(each));
    }
    all
}

fn administrator(standing: &Standing, arn: &str) -> Setting {
    match standing.undecided.get(arn) {
        Some(reasons) => {
            let why: Vec<&str> = reasons.iter().map(|reason| reason.message.as_str()).collect();
            Setting::unknown(&why.join("; "))
        }
        None => Setting::of(standing.administrators.contains(arn)),
    }
}

fn plain(resource: Resource, kind: IdentityKind) -> IdentityExhibit {
    IdentityExhibit {
        resource,
        kind,
        administrator: None,
        password: None,
        mfa: None,
        active_keys: None,
        oldest_key: None,
        created: None,
        last_used: None,
        boundary: None,
        policies: Vec::new(),
        keys: Vec::new(),
    }
}

/// The long-lived keys that were seen in use, by the ARN of their user.
fn keys(case: Case<'_>, account: &Account) -> BTreeMap<String, Vec<KeyExhibit>> {
    let log = &account.trail.key_use;
    let mut calls: BTreeMap<(&str, &str), Vec<&KeyCall>> = BTreeMap::new();
    for call in log {
        calls.entry((&call.user, &call.key)).or_default().push(call);
    }
    let mut keys: BTreeMap<String, Vec<KeyExhibit>> = BTreeMap::new();
    for ((user, key), calls) in calls {
        let networks: BTreeSet<String> =
            calls.iter().filter_map(|call| call.address).filter_map(|address| case.network(address)).collect();
        let times = calls.iter().map(|call| call.time);
        let (Some(since), Some(last_used)) = (times.clone().min(), times.max()) else { continue };
        keys.entry(user.to_owned()).or_default().push(KeyExhibit {
            id: key.to_owned(),
            networks: u32::try_from(networks.len()).unwrap_or(u32::MAX),
            at_least: !log.rest.is_empty(),
            since,
            last_used,
        });
    }
    keys
}

fn role_exhibit(identity: &Identity<'_>, last_used: Option<Timestamp>) -> IdentityExhibit {
    let created = Some(identity.created());
    let boundary = identity.boundary().map(str::to_owned);
    IdentityExhibit { created, last_used, boundary, ..plain(Resource::from(identity), IdentityKind::Role) }
}

/// A user; `row` = its row of the credential report, where that was wanted: absent, or why it could not be read.
fn user_exhibit(identity: &Identity<'_>, row: Option<Result<Option<&CredentialRow>, String>>) -> IdentityExhibit {
    let created = Some(identity.created());
    let boundary = identity.boundary().map(str::to_owned);
    let user = IdentityExhibit { created, boundary, ..plain(Resource::from(identity), IdentityKind::User) };
    match row {
        None => user,
        Some(Ok(Some(row))) => signed_in_with(user, row),
        Some(Ok(None)) => {
            let why = Setting::unknown("younger than AWS's credential report");
            IdentityExhibit { password: Some(why.clone()), mfa: Some(why), ..user }
        }
        Some(Err(gap)) => {
            let why = Setting::unknown(&gap);
            IdentityExhibit { password: Some(why.clone()), mfa: Some(why), ..user }
        }
    }
}

/// The root user, which is in the credential report only.
fn root(account: &Account, report: &CredentialReport) -> Option<IdentityExhibit> {
    let row = report.root()?;
    let root = plain(Resource { arn: row.arn.clone(), ..Resource::account(account) }, IdentityKind::Root);
    Some(IdentityExhibit { created: row.created.value().copied(), ..signed_in_with(root, row) })
}

fn signed_in_with(identity: IdentityExhibit, row: &CredentialRow) -> IdentityExhibit {
    let flag = |cell: &Reported<bool>| match cell {
        Reported::Value(on) => Setting::of(*on),
        Reported::NotApplicable => Setting::off(),
        Reported::NotSupported | Reported::NoInformation | Reported::Missing => {
            Setting::unknown("AWS's credential report does not say")
        }
    };
    let active: Vec<_> = row.keys.iter().filter(|key| key.active.value() == Some(&true)).collect();
    let used = row.keys.iter().filter_map(|key| key.last_used.value()).chain(row.password_last_used.value());
    IdentityExhibit {
        password: Some(flag(&row.password_enabled)),
        mfa: Some(flag(&row.mfa_active)),
        active_keys: u32::try_from(active.len()).ok(),
        oldest_key: active.iter().filter_map(|key| key.last_rotated.value()).min().copied(),
        last_used: used.max().copied(),
        ..identity
    }
}

/// Names of all its policies.
fn policies(case: Case<'_>, identity: &Identity<'_>) -> Vec<String> {
    let (inline, attached) = identity.policies();
    let mut names: Vec<String> = inline.iter().map(|policy| policy.name.clone()).collect();
    names.extend(attached.iter().map(|policy| policy.name.clone()));
    if let Identity::User(user) = identity {
        for group in user.groups.iter().filter_map(|name| case.group(user.account, name)) {
            names.extend(group.inline.iter().map(|policy| policy.name.clone()));
            names.extend(group.attached.iter().map(|policy| policy.name.clone()));
        }
    }
    names.sort();
    names.dedup();
    names
}
