//! Which condition keys there are, and where they apply.

use crate::catalogue::{self, Action, ConditionKey, Service};
use crate::lint::actions::{Actions, Named};
use crate::lint::suggest::nearest;

/// What is known of a key's name.
#[derive(Debug, Clone, Copy)]
pub(super) enum Key {
    Known(&'static ConditionKey),
    /// A claim of an identity provider; which there are is the provider's affair.
    Claim,
    Unknown,
}

/// Looks a key up: among those of every request, those of its own service, and those of the statement's services, which
/// may have keys with the prefix of another.
pub(super) fn find(name: &str, actions: &Actions<'_>) -> Key {
    let Some((prefix, _)) = name.split_once(':') else { return Key::Unknown };
    if prefix.contains(['.', '/']) || prefix.eq_ignore_ascii_case("saml") {
        return Key::Claim;
    }
    let own = if prefix.eq_ignore_ascii_case("aws") {
        catalogue::global_key(name)
    } else {
        catalogue::service(prefix).and_then(|service| service.key(name).or_else(|| open_ended(service, name)))
    };
    own.or_else(|| actions.named.iter().filter_map(Named::service).find_map(|service| service.key(name)))
        .map_or(Key::Unknown, Key::Known)
}

/// Some references end a key in `/`, or in `tag-key`, where the author's own name belongs.
fn open_ended(service: &'static Service, name: &str) -> Option<&'static ConditionKey> {
    service.keys.iter().find(|key| {
        let start = key.name.strip_suffix("tag-key").unwrap_or(&key.name);
        start.ends_with('/') && name.len() > start.len() && begins(name, start)
    })
}

/// What an unknown key may have been meant to be.
pub(super) fn suggest(name: &str) -> Option<String> {
    let (prefix, local) = name.split_once(':').unwrap_or(("aws", name));
    if let Some(global) = catalogue::global_key(&format!("aws:{local}")) {
        return Some(global.name.clone());
    }
    let service = catalogue::service(prefix);
    let own = service.into_iter().flat_map(|service| &service.keys).map(|key| key.name.as_str());
    let whole = if name.contains(':') { name.to_owned() } else { format!("aws:{name}") };
    let near = nearest(&whole, own.chain(GLOBAL.iter().copied()));
    near.map(str::to_owned)
}

/// Global keys that people mistype.
const GLOBAL: [&str; 38] = [
    "aws:CalledVia",
    "aws:CalledViaFirst",
    "aws:CalledViaLast",
    "aws:CurrentTime",
    "aws:EpochTime",
    "aws:FederatedProvider",
    "aws:MultiFactorAuthAge",
    "aws:MultiFactorAuthPresent",
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalIsAWSService",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalServiceName",
    "aws:PrincipalServiceNamesList",
    "aws:PrincipalType",
    "aws:RequestedRegion",
    "aws:ResourceAccount",
    "aws:ResourceOrgID",
    "aws:ResourceOrgPaths",
    "aws:SecureTransport",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceIdentity",
    "aws:SourceIp",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
    "aws:SourceVpc",
    "aws:SourceVpcArn",
    "aws:SourceVpce",
    "aws:TagKeys",
    "aws:TokenIssueTime",
    "aws:UserAgent",
    "aws:ViaAWSService",
    "aws:VpceAccount",
    "aws:VpceOrgID",
    "aws:VpcSourceIp",
    "aws:username",
];

/// Whether a request for one of the statement's actions can carry the key.
pub(super) fn applies(key: &ConditionKey, actions: &Actions<'_>) -> bool {
    if actions.negated || !actions.complete || actions.named.is_empty() || !is_of_a_service(&key.name) {
        return true;
    }
    actions.named.iter().any(|named| match named {
        Named::Everything => true,
        Named::Whole { service, .. } => service.keys.iter().any(|known| same(&known.name, &key.name)),
        Named::Some { service, actions, .. } => actions.iter().any(|action| carries(service, action, &key.name)),
    })
}

/// Keys that say where the caller's credentials come from; a request to any service carries them.
const OF_CREDENTIALS: [&str; 7] = [
    "ec2:SourceInstanceARN",
    "ec2:RoleDelivery",
    "ssm:SourceInstanceARN",
    "lambda:SourceFunctionArn",
    "glue:RoleAssumedBy",
    "glue:CredentialIssuingService",
    "identitystore:UserId",
];

/// Whether only some services send it. The global keys about tags are such keys: the reference lists them by action.
fn is_of_a_service(name: &str) -> bool {
    let tags = ["aws:RequestTag/", "aws:TagKeys"];
    let with_credentials = OF_CREDENTIALS.iter().any(|known| same(known, name));
    !(begins(name, "aws:") || with_credentials) || tags.iter().any(|tag| begins(name, tag))
}

fn begins(name: &str, start: &str) -> bool {
    name.get(..start.len()).is_some_and(|found| found.eq_ignore_ascii_case(start))
}

fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

fn carries(service: &Service, action: &Action, key: &str) -> bool {
    let has = |keys: &[String]| keys.iter().any(|known| same(known, key));
    has(&action.keys)
        || action
            .resources
            .iter()
            .any(|on| has(&on.keys) || service.resource(&on.name).is_some_and(|known| has(&known.keys)))
}
