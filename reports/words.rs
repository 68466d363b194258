//! Sentences that more than one format needs. They carry names of the account as they are: whoever prints one cleans it.

use forewarn_findings::{
    Ability, Audience, Change, ContextValue, ControlStatus, IdentityKind, LayerName, LoggingLink, Principal, Request,
    Resource, SettingState, Severity, VerdictKind, Witness,
};
use jiff::Timestamp;

/// What became of a control, in words.
pub(crate) fn control_status(status: ControlStatus) -> &'static str {
    match status {
        ControlStatus::Fail => "fail",
        ControlStatus::Unknown => "unknown",
        ControlStatus::Excepted => "excepted",
        ControlStatus::Pass => "pass",
        ControlStatus::NotApplicable => "not applicable",
        ControlStatus::Manual => "manual",
    }
}

/// The word for a verdict in files.
pub(crate) fn verdict(verdict: VerdictKind) -> &'static str {
    match verdict {
        VerdictKind::Fail => "fail",
        VerdictKind::Unknown => "unknown",
        VerdictKind::Pass => "pass",
        VerdictKind::NotApplicable => "not_applicable",
    }
}

/// The word in files for how a finding stands to the earlier run.
pub(crate) fn change(change: Change) -> &'static str {
    match change {
        Change::New => "new",
        Change::Changed => "changed",
        Change::Unchanged => "unchanged",
    }
}

/// The word for a severity in front of a line, at most eight letters.
pub(crate) fn tag(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "CRITICAL",
        Severity::High => "HIGH",
        Severity::Medium => "MEDIUM",
        Severity::Low => "LOW",
        Severity::Informational => "INFO",
    }
}

/// A witness as a sentence without a full stop: who may call what.
pub(crate) fn witness(witness: &Witness) -> String {
    format!("{} may {}", caller(witness.audience, &witness.request.principal), call(&witness.request))
}

/// What a request calls, to follow "may": `call s3:GetObject on arn:aws:s3:::b/x, given aws:Referer = …`.
pub fn call(request: &Request) -> String {
    let mut sentence = format!("call {}", request.action);
    if request.resource != "*" {
        sentence.push_str(" on ");
        sentence.push_str(&request.resource);
    }
    let given: Vec<String> =
        request.context.0.iter().map(|(key, value)| format!("{key} = {}", values(value))).collect();
    if !given.is_empty() {
        sentence.push_str(", given ");
        sentence.push_str(&given.join(", "));
    }
    sentence
}

/// Who calls, and whom that one stands for.
pub fn caller(audience: Audience, principal: &Principal) -> String {
    let who = match principal {
        Principal::Anonymous => return "anyone, without signing in,".to_owned(),
        Principal::Arn(arn) => arn.clone(),
        Principal::Service(name) => format!("the service {name}"),
        Principal::Federated(provider) => format!("an identity of {provider}"),
    };
    let stands_for = match audience {
        Audience::Anyone => "anyone",
        Audience::AnyAwsAccount => "any AWS account",
        Audience::AnyoneInNetwork => "anyone in a network",
        Audience::FederatedStranger => "a stranger to the owner",
        Audience::Accounts => "an outside account",
        Audience::AwsServiceOfAnyone => "driven from any account",
        Audience::Organization => "in the organisation",
        Audience::Federated | Audience::AwsService | Audience::SameAccount => return who,
    };
    format!("{who} ({stands_for})")
}

fn values(value: &ContextValue) -> String {
    match value {
        ContextValue::One(value) => value.clone(),
        ContextValue::Many(values) => format!("[{}]", values.join(", ")),
    }
}

/// What might close a finding all the same, to follow the word "unless".
pub fn unless(layers: &[LayerName]) -> Option<String> {
    let names: Vec<&str> = layers.iter().copied().map(layer).collect();
    (!names.is_empty()).then(|| format!("{} that could not be read closes it", names.join(" or ")))
}

/// What a layer is called.
pub fn layer(layer: LayerName) -> &'static str {
    match layer {
        LayerName::Identity => "a policy of the caller",
        LayerName::Boundary => "a permissions boundary",
        LayerName::Session => "a session policy",
        LayerName::Resource => "the policy of the resource",
        LayerName::AccessPoint => "the policy of an access point",
        LayerName::Scp => "a service control policy (SCP)",
        LayerName::Rcp => "a resource control policy (RCP)",
        LayerName::Endpoint => "the policy of a VPC endpoint",
        LayerName::BlockPublicAccess => "S3 Block Public Access",
        LayerName::Acl => "an ACL",
    }
}

/// A class of callers, at the head of a column.
pub(crate) fn audience(audience: Audience) -> &'static str {
    match audience {
        Audience::Anyone => "Anyone",
        Audience::AnyAwsAccount => "Any AWS account",
        Audience::AnyoneInNetwork => "Anyone in a network",
        Audience::FederatedStranger => "Strangers of a provider",
        Audience::Accounts => "Named outside accounts",
        Audience::Federated => "Named federated identities",
        Audience::AwsServiceOfAnyone => "AWS service for anyone",
        Audience::AwsService => "AWS service",
        Audience::Organization => "The organisation",
        Audience::SameAccount => "The account itself",
    }
}

/// What a caller can do, in a word.
pub(crate) fn ability(ability: Ability) -> &'static str {
    match ability {
        Ability::List => "list",
        Ability::Read => "read",
        Ability::Write => "write",
        Ability::Administer => "administer",
        Ability::Assume => "assume",
        Ability::Other => "other calls",
    }
}

/// What an identity is, in words.
pub(crate) fn identity(kind: IdentityKind) -> &'static str {
    match kind {
        IdentityKind::Root => "root user",
        IdentityKind::User => "user",
        IdentityKind::Role => "role",
    }
}

/// How something is set, in a word.
pub(crate) fn state(state: SettingState) -> &'static str {
    match state {
        SettingState::On => "yes",
        SettingState::Partly => "partly",
        SettingState::Off => "no",
        SettingState::Unknown => "unknown",
    }
}

/// A link of the chain from a call to somebody who hears of it.
pub(crate) fn link(link: LoggingLink) -> &'static str {
    match link {
        LoggingLink::Recording => "Records",
        LoggingLink::EveryRegion => "Every region",
        LoggingLink::Bucket => "Arrives in its bucket",
        LoggingLink::Validation => "Digests (tamper proof)",
        LoggingLink::Encryption => "Own KMS key",
        LoggingLink::LogGroup => "Log group for alarms",
        LoggingLink::Topic => "Announced on a topic",
    }
}

/// A resource by its ARN, with account and region where that does not name them.
pub(crate) fn resource(resource: &Resource) -> String {
    let parts = [Some(resource.account.as_str()), resource.region.as_deref()];
    let missing: Vec<&str> = parts.into_iter().flatten().filter(|part| !resource.arn.contains(part)).collect();
    if missing.is_empty() { resource.arn.clone() } else { format!("{} ({})", resource.arn, missing.join(", ")) }
}

/// An instant as spreadsheets and people read it, in UTC, without its fraction of a second.
pub(crate) fn utc(instant: Timestamp) -> String {
    instant.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// `1 day`, `2 days`.
pub(crate) fn days(number: i64) -> String {
    format!("{number} day{}", if number == 1 { "" } else { "s" })
}

/// `1 account`, `2 accounts`.
pub fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
