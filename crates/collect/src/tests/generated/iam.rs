//! IAM, made up.

use std::collections::BTreeMap;

use forewarn_inventory::{
    AccountSummary, Analyzer, AnalyzerFinding, AttachedPolicy, CredentialReport, CredentialRow, Group, Iam,
    InlinePolicy, LastAccessed, LastUsed, Listing, ManagedPolicy, OidcDetails, OidcProvider, PasswordPolicy,
    PolicyVersion, Reported, ReportedCertificate, ReportedKey, Role, SamlProvider, ServerCertificate, ServiceAccess,
    ServiceCredential, User, VirtualMfaDevice,
};
use jiff::Timestamp;
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};

use super::{ACCOUNT, Place, cut, document, gap, listed, observed, on, seen, some_text, tags, time};
use crate::operations::{
    GET_ACCOUNT_AUTHORIZATION_DETAILS, GET_ACCOUNT_PASSWORD_POLICY, GET_ACCOUNT_SUMMARY, GET_CREDENTIAL_REPORT,
    GET_OPEN_ID_CONNECT_PROVIDER, GET_SERVICE_LAST_ACCESSED_DETAILS, LIST_ACCOUNT_ALIASES, LIST_ANALYZERS,
    LIST_FINDINGS, LIST_OPEN_ID_CONNECT_PROVIDERS, LIST_SAML_PROVIDERS, LIST_SERVER_CERTIFICATES,
    LIST_SERVICE_SPECIFIC_CREDENTIALS, LIST_VIRTUAL_MFA_DEVICES,
};

/// Managed policies that anything may refer to.
const MANAGED: &[&str] = &["aws:policy/ReadOnlyAccess", "aws:policy/job-function/Billing", "123456789012:policy/ops"];

/// The most that a number of IAM may be.
const MOST: u32 = i32::MAX as u32;

fn name() -> impl Strategy<Value = String> {
    "[A-Za-z0-9+=,.@_-]{1,12}"
}

fn id() -> impl Strategy<Value = String> {
    "[A-Z0-9]{8}"
}

fn path() -> impl Strategy<Value = &'static str> {
    select(vec!["/", "/", "/ops/", "/a/b/"])
}

fn inline() -> impl Strategy<Value = Vec<InlinePolicy>> {
    let named = btree_map(name(), document(), 0..3);
    named.prop_map(|named| named.into_iter().map(|(name, document)| InlinePolicy { name, document }).collect())
}

fn managed(partition: &'static str) -> impl Strategy<Value = String> {
    select(MANAGED.to_vec()).prop_map(move |rest| format!("arn:{partition}:iam::{rest}"))
}

fn attached(partition: &'static str) -> impl Strategy<Value = Vec<AttachedPolicy>> {
    let named = btree_map(managed(partition), name(), 0..3);
    named.prop_map(|named| named.into_iter().map(|(arn, name)| AttachedPolicy { name, arn }).collect())
}

fn sorted(names: impl Strategy<Value = std::collections::BTreeSet<String>>) -> impl Strategy<Value = Vec<String>> {
    names.prop_map(|names| names.into_iter().collect())
}

fn users(partition: &'static str) -> impl Strategy<Value = Vec<User>> + 'static {
    let one = (
        path(),
        id(),
        time(),
        sorted(btree_set(name(), 0..3)),
        inline(),
        attached(partition),
        option::weighted(0.3, managed(partition)),
        tags(),
    );
    btree_map(name(), one, 0..5).prop_map(move |named| {
        let user = |(name, (path, id, created, groups, inline, attached, boundary, tags))| User {
            arn: format!("arn:{partition}:iam::{ACCOUNT}:user{path}{name}"),
            id,
            path: String::from(path),
            created,
            groups,
            inline,
            attached,
            boundary,
            tags,
            name,
        };
        named.into_iter().map(user).collect()
    })
}

fn groups(partition: &'static str) -> impl Strategy<Value = Vec<Group>> + 'static {
    let one = (path(), id(), time(), inline(), attached(partition));
    btree_map(name(), one, 0..3).prop_map(move |named| {
        let group = |(name, (path, id, created, inline, attached))| Group {
            arn: format!("arn:{partition}:iam::{ACCOUNT}:group{path}{name}"),
            id,
            path: String::from(path),
            created,
            inline,
            attached,
            name,
        };
        named.into_iter().map(group).collect()
    })
}

fn roles(partition: &'static str) -> impl Strategy<Value = Vec<Role>> + 'static {
    let region = option::of(select(vec!["us-east-1", "eu-west-1"]).prop_map(str::to_owned));
    let last_used = (time(), region).prop_map(|(at, region)| LastUsed { at, region });
    let one = (
        (path(), id(), time(), document(), inline(), attached(partition)),
        option::weighted(0.3, managed(partition)),
        option::of(last_used),
        sorted(btree_set("[A-Za-z]{1,8}", 0..3)),
        tags(),
    );
    btree_map(name(), one, 0..5).prop_map(move |named| {
        let role = |(name, (own, boundary, last_used, instance_profiles, tags))| {
            let (path, id, created, trust, inline, attached) = own;
            Role {
                arn: format!("arn:{partition}:iam::{ACCOUNT}:role{path}{name}"),
                id,
                path: String::from(path),
                created,
                trust,
                inline,
                attached,
                boundary,
                last_used,
                instance_profiles,
                tags,
                name,
            }
        };
        named.into_iter().map(role).collect()
    })
}

fn policies(partition: &'static str) -> impl Strategy<Value = Vec<ManagedPolicy>> + 'static {
    let own = (path(), name()).prop_map(|(path, name)| (false, format!("{ACCOUNT}:policy{path}{name}")));
    let owner = prop_oneof![own, select(MANAGED.to_vec()).prop_map(|rest| (rest.starts_with("aws"), rest.to_owned()))];
    let versions = vec((time(), document()), 1..4);
    let uses = (0..MOST, 0..MOST);
    let one = (id(), time(), time(), versions, any::<Index>(), uses);
    btree_map(owner, one, 0..5).prop_map(move |named| {
        let policy = |((aws, rest), (id, created, updated, versions, default, uses)): ((bool, String), _)| {
            let (before, name) = rest.rsplit_once('/').unwrap();
            let (_, path) = before.split_once(":policy").unwrap();
            let versions: Vec<PolicyVersion> = (1..)
                .zip(versions)
                .map(|(number, (created, document))| PolicyVersion { id: format!("v{number}"), created, document })
                .collect();
            let (attachments, boundary_uses): (u32, u32) = uses;
            ManagedPolicy {
                name: name.to_owned(),
                id,
                path: format!("{path}/"),
                created,
                updated,
                default_version: Index::get(&default, &versions).id.clone(),
                versions,
                // AWS gives a policy of its own only where something has it.
                attachments: attachments.max(u32::from(aws)),
                boundary_uses,
                arn: format!("arn:{partition}:iam::{rest}"),
            }
        };
        let mut policies: Vec<ManagedPolicy> = named.into_iter().map(policy).collect();
        policies.sort_by(|one, other| one.arn.cmp(&other.arn));
        policies
    })
}

fn reported<T: std::fmt::Debug + Clone + 'static>(
    value: impl Strategy<Value = T> + 'static,
) -> BoxedStrategy<Reported<T>> {
    prop_oneof![
        4 => value.prop_map(Reported::Value),
        1 => Just(Reported::NotApplicable),
        1 => Just(Reported::NotSupported),
        1 => Just(Reported::NoInformation),
        1 => Just(Reported::Missing),
    ]
    .boxed()
}

fn key() -> impl Strategy<Value = ReportedKey> {
    let word = |words: Vec<&'static str>| reported(select(words).prop_map(str::to_owned));
    let cells = (
        reported(any::<bool>()),
        reported(time()),
        reported(time()),
        word(vec!["us-east-1", "eu-west-1"]),
        word(vec!["s3", "iam, \"quoted\""]),
    );
    cells.prop_map(|(active, last_rotated, last_used, last_used_region, last_used_service)| ReportedKey {
        active,
        last_rotated,
        last_used,
        last_used_region,
        last_used_service,
    })
}

fn certificate() -> impl Strategy<Value = ReportedCertificate> {
    (reported(any::<bool>()), reported(time()))
        .prop_map(|(active, last_rotated)| ReportedCertificate { active, last_rotated })
}

fn credential_report(partition: &'static str) -> impl Strategy<Value = CredentialReport> {
    let times = (reported(time()), reported(time()), reported(time()), reported(time()));
    let row = (
        times,
        reported(any::<bool>()),
        reported(any::<bool>()),
        [key().boxed(), key().boxed()],
        [certificate().boxed(), certificate().boxed()],
    );
    let user = prop_oneof![4 => name(), 1 => Just("<root_account>".to_owned())];
    (time(), btree_map(user, row, 0..5)).prop_map(move |(generated, named)| {
        let rows = named.into_iter().map(|(user, (times, password_enabled, mfa_active, keys, certificates))| {
            let (created, password_last_used, password_last_changed, password_next_rotation) = times;
            CredentialRow {
                arn: format!("arn:{partition}:iam::{ACCOUNT}:user/{user}"),
                created,
                password_enabled,
                password_last_used,
                password_last_changed,
                password_next_rotation,
                mfa_active,
                keys,
                certificates,
                user,
            }
        });
        CredentialReport { generated, rows: rows.collect() }
    })
}

fn virtual_mfa_devices(partition: &'static str) -> impl Strategy<Value = Vec<VirtualMfaDevice>> {
    let user = prop_oneof![name().prop_map(|name| format!("user/{name}")), Just("root".to_owned())];
    btree_map("[a-z]{1,8}", (user, option::of(time())), 0..4).prop_map(move |named| {
        let device = |(name, (user, enabled)): (String, (String, Option<Timestamp>))| VirtualMfaDevice {
            serial: format!("arn:{partition}:iam::{ACCOUNT}:mfa/{name}"),
            user_arn: Some(format!("arn:{partition}:iam::{ACCOUNT}:{user}")),
            enabled,
        };
        named.into_iter().map(device).collect()
    })
}

fn service_credentials() -> impl Strategy<Value = Vec<ServiceCredential>> {
    let one =
        (select(vec!["codecommit.amazonaws.com", "bedrock.amazonaws.com"]), any::<bool>(), time(), option::of(time()));
    btree_map((name(), id()), one, 0..4).prop_map(|named| {
        let credential = |((user, id), (service, active, created, expires))| ServiceCredential {
            id,
            user,
            service: String::from(service),
            active,
            created,
            expires,
        };
        named.into_iter().map(credential).collect()
    })
}

fn server_certificates(partition: &'static str) -> impl Strategy<Value = Vec<ServerCertificate>> {
    btree_map(name(), (path(), option::of(time()), option::of(time())), 0..4).prop_map(move |named| {
        let certificate = |(name, (path, uploaded, expires))| ServerCertificate {
            arn: format!("arn:{partition}:iam::{ACCOUNT}:server-certificate{path}{name}"),
            uploaded,
            expires,
            name,
        };
        named.into_iter().map(certificate).collect()
    })
}

fn password_policy() -> impl Strategy<Value = PasswordPolicy> {
    let switches = proptest::array::uniform6(any::<bool>());
    (0..MOST, switches, option::of(1..MOST), option::of(1..MOST)).prop_map(
        |(minimum_length, [symbols, numbers, uppercase, lowercase, change, hard], max_age_days, reuse_prevention)| {
            PasswordPolicy {
                minimum_length,
                require_symbols: symbols,
                require_numbers: numbers,
                require_uppercase: uppercase,
                require_lowercase: lowercase,
                allow_users_to_change: change,
                max_age_days,
                reuse_prevention,
                hard_expiry: hard,
            }
        },
    )
}

fn account_summary() -> impl Strategy<Value = AccountSummary> {
    let counters = subsequence(vec!["AccountMFAEnabled", "AccountAccessKeysPresent", "Users", "SomethingNew"], 1..=4);
    (counters, any::<i32>()).prop_map(|(counters, first)| {
        let counted = counters.into_iter().zip(i64::from(first / 2)..);
        AccountSummary(counted.map(|(name, count)| (name.to_owned(), count)).collect::<BTreeMap<_, _>>())
    })
}

fn oidc_providers(partition: &'static str) -> impl Strategy<Value = Vec<OidcProvider>> {
    let details = (vec(some_text(), 0..3), vec("[a-f0-9]{40}", 0..2), option::of(time()));
    let one = seen(&GET_OPEN_ID_CONNECT_PROVIDER, details);
    btree_map("[a-z]{1,8}(/[a-z]{1,4})?", one, 0..3).prop_map(move |named| {
        let provider = |(host, details): (String, _)| {
            let arn = format!("arn:{partition}:iam::{ACCOUNT}:oidc-provider/{host}.example.com");
            let details = on(details, &arn).map(|(client_ids, thumbprints, created)| OidcDetails {
                url: format!("{host}.example.com"),
                client_ids,
                thumbprints,
                created,
            });
            OidcProvider { arn, details }
        };
        let mut providers: Vec<OidcProvider> = named.into_iter().map(provider).collect();
        providers.sort_by(|one, other| one.arn.cmp(&other.arn));
        providers
    })
}

fn saml_providers(partition: &'static str) -> impl Strategy<Value = Vec<SamlProvider>> {
    btree_map("[A-Za-z]{1,8}", (option::of(time()), option::of(time())), 0..3).prop_map(move |named| {
        let provider = |(name, (valid_until, created)): (String, _)| SamlProvider {
            arn: format!("arn:{partition}:iam::{ACCOUNT}:saml-provider/{name}"),
            valid_until,
            created,
        };
        named.into_iter().map(provider).collect()
    })
}

fn analyzer_findings(partition: &'static str) -> impl Strategy<Value = Listing<AnalyzerFinding>> {
    let resource = select(vec!["s3:::acme", "iam::111122223333:role/ci", "kms:us-east-1:111122223333:key/1"]);
    let principal = btree_map(select(vec!["AWS", "Federated", "CanonicalUser"]), "[a-z0-9]{1,8}", 0..2);
    let found =
        (resource, any::<bool>(), principal, time()).prop_map(move |(resource, public, principal, analyzed)| {
            let principal = principal.into_iter().map(|(kind, name)| (kind.to_owned(), name)).collect();
            let resource = format!("arn:{partition}:{resource}");
            (resource, public, principal, analyzed)
        });
    (btree_map("[a-f0-9]{1,8}", found, 0..3), cut(&LIST_FINDINGS)).prop_map(|(named, cut)| {
        let finding = |(id, (resource, public, principal, analyzed))| AnalyzerFinding {
            id,
            resource,
            public,
            principal,
            analyzed,
        };
        Listing { items: named.into_iter().map(finding).collect(), rest: cut.into_iter().collect() }
    })
}

fn analyzers(place: &Place) -> impl Strategy<Value = Listing<Analyzer>> + use<> {
    let partition = place.partition;
    let kind = select(vec!["ACCOUNT", "ORGANIZATION", "ACCOUNT_UNUSED_ACCESS", "ORGANIZATION_INTERNAL_ACCESS"]);
    let status = select(vec!["ACTIVE", "CREATING", "DISABLED", "FAILED"]);
    let items = btree_map("[a-z]{1,8}", (select(place.assessed()), kind, status, analyzer_findings(partition)), 0..4);
    (items, cut(&LIST_ANALYZERS), select(place.assessed())).prop_map(move |(named, cut, at)| {
        let analyzer = |(name, (region, kind, status, findings)): (String, (String, &str, &str, Listing<_>))| {
            let arn = format!("arn:{partition}:access-analyzer:{region}:{ACCOUNT}:analyzer/{name}");
            let (kind, status) = (kind.to_owned(), status.to_owned());
            let mut analyzer = Analyzer { arn, region, kind, status, findings: Listing::whole(Vec::new()) };
            if analyzer.finds_outsiders() {
                let rest = findings.rest.into_iter().map(|gap| gap.on(&analyzer.arn)).collect();
                analyzer.findings = Listing { items: findings.items, rest };
            }
            analyzer
        };
        let mut items: Vec<Analyzer> = named.into_iter().map(analyzer).collect();
        items.sort_by(|one, other| one.arn.cmp(&other.arn));
        Listing { items, rest: cut.into_iter().map(|gap| gap.on(&at)).collect() }
    })
}

/// A list that comes in one answer: it is whole, or nothing of it was read.
fn at_once<T: std::fmt::Debug>(list: Listing<T>) -> Listing<T> {
    match list.rest.into_iter().next() {
        Some(gap) => Listing::unreadable(gap),
        None => Listing::whole(list.items),
    }
}

pub(super) fn iam(place: &Place) -> impl Strategy<Value = Iam> + use<> {
    let partition = place.partition;
    // The four lists come in one and are cut together.
    let details = (
        users(partition).boxed(),
        groups(partition).boxed(),
        roles(partition).boxed(),
        policies(partition).boxed(),
        cut(&GET_ACCOUNT_AUTHORIZATION_DETAILS),
    );
    let report = prop_oneof![
        5 => credential_report(partition).boxed().prop_map(forewarn_inventory::Observed::Present),
        1 => gap(&GET_CREDENTIAL_REPORT).prop_map(forewarn_inventory::Observed::Unreadable),
    ];
    let credentials = (
        report.boxed(),
        listed(&LIST_VIRTUAL_MFA_DEVICES, virtual_mfa_devices(partition)),
        listed(&LIST_SERVICE_SPECIFIC_CREDENTIALS, service_credentials()),
        listed(&LIST_SERVER_CERTIFICATES, server_certificates(partition)),
    );
    let account = (
        observed(&GET_ACCOUNT_PASSWORD_POLICY, password_policy()),
        seen(&GET_ACCOUNT_SUMMARY, account_summary()),
        listed(&LIST_ACCOUNT_ALIASES, sorted(btree_set("[a-z]{3,8}", 0..3))),
        listed(&LIST_OPEN_ID_CONNECT_PROVIDERS, oidc_providers(partition)).prop_map(at_once),
        listed(&LIST_SAML_PROVIDERS, saml_providers(partition)).prop_map(at_once),
        analyzers(place),
    );
    let services = btree_map("[a-z]{2,9}", option::of(time()), 0..4)
        .prop_map(|used| used.into_iter().map(|(service, last)| ServiceAccess { service, last }).collect::<Vec<_>>());
    let accessed = vec(seen(&GET_SERVICE_LAST_ACCESSED_DETAILS, services), 12);
    (details, credentials, account, accessed).prop_map(|(details, credentials, account, accessed)| {
        let (users, groups, roles, policies, cut) = details;
        let (credential_report, virtual_mfa_devices, service_credentials, server_certificates) = credentials;
        let (password_policy, account_summary, aliases, oidc_providers, saml_providers, analyzers) = account;
        let rest: Vec<_> = cut.into_iter().collect();
        let own = roles.iter().filter(|role| !role.is_reserved()).map(|role| role.arn.clone());
        let mut arns: Vec<String> = users.iter().map(|user| user.arn.clone()).chain(own).collect();
        arns.sort();
        let last_accessed = arns.into_iter().zip(accessed).map(|(arn, services)| {
            let services = on(services, &arn);
            LastAccessed { arn, services }
        });
        Iam {
            last_accessed: Listing { items: last_accessed.collect(), rest: rest.clone() },
            users: Listing { items: users, rest: rest.clone() },
            groups: Listing { items: groups, rest: rest.clone() },
            roles: Listing { items: roles, rest: rest.clone() },
            policies: Listing { items: policies, rest },
            credential_report,
            virtual_mfa_devices,
            service_credentials,
            server_certificates,
            password_policy,
            account_summary,
            aliases,
            oidc_providers,
            saml_providers,
            analyzers,
        }
    })
}
