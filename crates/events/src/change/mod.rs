//! Changes of who may do what, out of events: what was changed, into what, and what was there before.

mod statement;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

pub use table::{Effect, Place, RULES, Rule, Subject};

use crate::{Event, Record};

/// A change.
#[derive(Debug, Clone, PartialEq)]
pub struct Change<'a> {
    /// The event.
    pub event: &'a Event,
    /// Its row in the table.
    pub rule: &'static Rule,
    /// ARN of what was changed. IAM does not say the path of a user, group or role: none is in it.
    pub resource: String,
    /// What tells its documents apart, such as the name of an inline policy.
    pub slot: Option<&'a str>,
    /// The policy that the request carries, with the pointer to it in the record; of a statement that is added, a policy of
    /// that statement.
    pub document: Option<(String, String)>,
    /// The policy that a call chooses among those that are there, where it is known.
    pub selected: Option<String>,
    /// What was there before, as far as earlier events tell.
    pub before: Before,
}

/// What a document was before a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Before {
    /// This one; an earlier event put it there.
    Document {
        /// The policy.
        document: String,
        /// The id of the event.
        event: String,
    },
    /// None: an earlier event took it away.
    Nothing,
    /// No event that was read says.
    NotSeen,
}

/// The changes among `events`, each once, by time.
pub fn changes<'a>(events: impl IntoIterator<Item = &'a Event>, partition: &str, account: &str) -> Vec<Change<'a>> {
    changes_with(events, partition, account, &|_, _| None)
}

/// The same, where `version` knows the text of a version of a managed policy by ARN and id.
pub fn changes_with<'a>(
    events: impl IntoIterator<Item = &'a Event>,
    partition: &str,
    account: &str,
    version: &dyn Fn(&str, &str) -> Option<String>,
) -> Vec<Change<'a>> {
    let mut found: Vec<Change<'a>> =
        events.into_iter().filter_map(|event| Change::of(event, partition, account)).collect();
    for change in found.iter_mut().filter(|change| change.rule.effect == Effect::Selects) {
        change.selected = change.parameter("versionId").and_then(|id| version(&change.resource, &id));
    }
    found.sort_by_key(|change| (change.event.record.event_time, change.event.id()));
    found.dedup_by_key(|change| (change.event.record.event_time, change.event.id(), change.rule.name));
    let mut known: BTreeMap<(String, Option<String>), Before> = BTreeMap::new();
    // What was made has no policy but those that it was made with.
    let mut made: BTreeSet<String> = BTreeSet::new();
    for change in &mut found {
        let resource = without_path(&change.resource);
        let of = (resource.clone(), change.slot.map(str::to_owned));
        if let Some(before) = known.get(&of) {
            change.before = before.clone();
        } else if made.contains(&resource) || (change.rule.subject == Subject::Grant && change.document.is_some()) {
            // Every grant is a new one.
            change.before = Before::Nothing;
        }
        let Some(after) = change.after() else { continue };
        match change.rule.effect {
            Effect::Ends => {
                let had = known.range_mut((resource.clone(), None)..).take_while(|((of, _), _)| *of == resource);
                had.for_each(|(_, before)| *before = Before::Nothing);
            }
            Effect::Creates => {
                made.insert(resource);
            }
            _ => {}
        }
        known.insert(of, after);
    }
    found
}

/// The ARN without the path of a user, group or role, which most events leave out.
fn without_path(arn: &str) -> String {
    let Some((head, path)) = arn.split_once('/') else { return arn.to_owned() };
    let has_path = [":user", ":group", ":role"].iter().any(|kind| head.ends_with(kind)) && head.contains(":iam::");
    let name = path.rsplit('/').next().unwrap_or(path);
    if has_path { format!("{head}/{name}") } else { arn.to_owned() }
}

impl<'a> Change<'a> {
    fn of(event: &'a Event, partition: &str, account: &str) -> Option<Self> {
        let record = &event.record;
        let rule = Rule::of(&record.event_source, &record.event_name)?;
        let mut document =
            policy_in(&record.request_parameters).map(|(at, text)| (format!("/requestParameters{at}"), text));
        let resource = resource(record, rule.place, partition, account);
        if document.is_none() && (rule.effect == Effect::Adds || rule.subject == Subject::Grant) {
            document = statement::added(record, &resource);
        }
        if rule.effect == Effect::MayPut && document.is_none() && !names_a_policy(&record.request_parameters, DEPTH) {
            return None;
        }
        Some(Self {
            event,
            rule,
            resource,
            slot: rule.slot.and_then(|slot| said(record, slot)?.as_str()),
            document,
            selected: None,
            before: Before::NotSeen,
        })
    }

    /// Whether `document` is one statement that the call adds to a policy. (`PutPermission` takes either.)
    pub fn is_one_statement(&self) -> bool {
        let whole = self.document.as_ref().is_some_and(|(at, _)| at.starts_with("/requestParameters/"));
        self.rule.effect == Effect::Adds && !whole
    }

    /// Whether a policy is among the parameters, with a document that can be read or without.
    pub fn names_a_policy(&self) -> bool {
        names_a_policy(&self.event.record.request_parameters, DEPTH)
    }

    /// What stands there once the call was made; `None` where it was refused, or is about something else.
    pub fn after(&self) -> Option<Before> {
        if self.event.record.failed() {
            return None;
        }
        match self.rule.effect {
            // A version that is not made the default is not in force.
            Effect::Puts | Effect::Creates if self.is_in_force() => Some(match &self.document {
                Some((_, text)) => Before::Document { document: text.clone(), event: self.event.id().to_owned() },
                None if self.rule.effect == Effect::Creates => Before::Nothing,
                None => Before::NotSeen,
            }),
            Effect::Adds | Effect::Drops => Some(self.laid()),
            // Settings that name a policy and hold none take it away.
            Effect::MayPut => Some(match &self.document {
                Some((_, text)) => Before::Document { document: text.clone(), event: self.event.id().to_owned() },
                None => Before::Nothing,
            }),
            Effect::Removes | Effect::Ends => Some(Before::Nothing),
            Effect::Selects => Some(match &self.selected {
                Some(text) => Before::Document { document: text.clone(), event: self.event.id().to_owned() },
                None => Before::NotSeen,
            }),
            _ => None,
        }
    }

    /// The policy before with a statement more or less; not known where the one before is not.
    fn laid(&self) -> Before {
        let is = |document: String| Before::Document { document, event: self.event.id().to_owned() };
        let laid = match (&self.document, &self.before) {
            (Some((_, text)), _) if !self.is_one_statement() => Some(is(text.clone())),
            (Some((_, more)), Before::Nothing) => statement::with(None, more).map(is),
            (Some((_, more)), Before::Document { document, .. }) => statement::with(Some(document), more).map(is),
            (None, _) if self.parameter("removeAllPermissions").is_some_and(|said| said == "true") => {
                Some(Before::Nothing)
            }
            (None, Before::Document { document, .. }) if self.rule.effect == Effect::Drops => {
                let sid = ["statementId", "label"].iter().find_map(|name| self.parameter(name));
                let left = sid.and_then(|sid| statement::without(document, &sid));
                left.map(|(left, statements)| if statements == 0 { Before::Nothing } else { is(left) })
            }
            _ => None,
        };
        laid.unwrap_or(Before::NotSeen)
    }

    /// Whether the policy in the request is the one that counts from then on.
    pub fn is_in_force(&self) -> bool {
        self.rule.name != "CreatePolicyVersion" || self.parameter("setAsDefault").is_some_and(|said| said == "true")
    }

    /// A parameter of the request, as text.
    pub fn parameter(&self, name: &str) -> Option<String> {
        parameter(&self.event.record, name)
    }
}

/// A value that tells one thing of a resource from another: asked for, or made by the call.
fn said<'r>(record: &'r Record, name: &str) -> Option<&'r Value> {
    let found = [&record.request_parameters, &record.response_elements, &record.additional_event_data];
    found.into_iter().find_map(|values| values.get(name).filter(|value| !value.is_null()))
}

fn parameter(record: &Record, name: &str) -> Option<String> {
    match record.request_parameters.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Null => None,
        other => Some(other.to_string()),
    }
}

/// Nested deeper than this, a request holds no policy.
const DEPTH: usize = 6;

/// The first policy in the parameters of a request, with the pointer to it: an object, or a text that is one,
/// percent-encoded or not. Services put it under different names.
pub fn policy_in(parameters: &Value) -> Option<(String, String)> {
    fn look(at: &Value, pointer: &str, depth: usize) -> Option<(String, String)> {
        match at {
            Value::Object(fields) if fields.contains_key("Statement") => Some((pointer.to_owned(), at.to_string())),
            Value::Object(fields) if depth > 0 => fields.iter().find_map(|(name, value)| {
                let name = name.replace('~', "~0").replace('/', "~1");
                look(value, &format!("{pointer}/{name}"), depth - 1)
            }),
            Value::String(text) => is_policy(text)
                .then(|| text.clone())
                .or_else(|| decoded(text).filter(|decoded| is_policy(decoded)))
                .map(|text| (pointer.to_owned(), text)),
            _ => None,
        }
    }
    look(parameters, "", DEPTH)
}

/// Whether a setting that is a policy is among the parameters, with a document or without.
fn names_a_policy(parameters: &Value, depth: usize) -> bool {
    let Value::Object(fields) = parameters else { return false };
    fields.iter().any(|(name, value)| {
        let name = name.to_ascii_lowercase();
        let is_one = matches!(name.as_str(), "policy" | "policydocument" | "accesspolicies" | "resetpolicy")
            || (name == "attributename" && value == "Policy");
        is_one || (depth > 0 && names_a_policy(value, depth - 1))
    })
}

fn is_policy(text: &str) -> bool {
    text.trim_start().starts_with('{')
        && serde_json::from_str::<Value>(text).is_ok_and(|value| value.get("Statement").is_some())
}

/// Undoes percent-encoding, where there is any.
fn decoded(text: &str) -> Option<String> {
    if !text.starts_with("%7B") && !text.starts_with("%7b") {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let mut digit = || char::from(rest.next()?).to_digit(16);
            let (high, low) = (digit()?, digit()?);
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// The ARN of what a request is about; the account's where it does not say, as refused calls often do not.
fn resource(record: &Record, place: Place, partition: &str, account: &str) -> String {
    let region = record.aws_region.as_deref().unwrap_or("us-east-1");
    let of = |names: &[&str]| names.iter().find_map(|name| parameter(record, name)).filter(|text| !text.is_empty());
    let answered = |pointers: &[&str]| {
        pointers.iter().find_map(|at| record.response_elements.pointer(at)?.as_str()).map(str::to_owned)
    };
    let iam = |kind: &str, name: String| format!("arn:{partition}:iam::{account}:{kind}/{name}");
    let arn_or =
        |text: String, made: &dyn Fn(&str) -> String| if text.starts_with("arn:") { text } else { made(&text) };
    let found = match place {
        // Who leaves the name out means the own user.
        Place::User => of(&["userName"])
            .or_else(|| record.user_identity.user_name.clone().filter(|_| names_itself(record)))
            .map(|name| iam("user", name)),
        Place::Group => of(&["groupName"]).map(|name| iam("group", name)),
        Place::Role => answered(&["/role/arn"]).or_else(|| of(&["roleName"]).map(|name| iam("role", name))),
        Place::Policy => of(&["policyArn"])
            .or_else(|| answered(&["/policy/arn"]))
            .or_else(|| of(&["policyName"]).map(|name| iam("policy", name))),
        Place::Provider => of(&["openIDConnectProviderArn", "sAMLProviderArn"])
            .or_else(|| answered(&["/openIDConnectProviderArn", "/sAMLProviderArn"])),
        Place::Bucket => of(&["bucketName"]).map(|name| format!("arn:{partition}:s3:::{name}")),
        Place::AccessPoint => of(&["name"]).map(|name| {
            let region = if record.event_name.contains("MultiRegion") { "" } else { region };
            format!("arn:{partition}:s3:{region}:{account}:accesspoint/{name}")
        }),
        Place::Key => of(&["keyId"]).or_else(|| key_among(record)).map(|id| {
            arn_or(id, &|id| {
                let kind = if id.starts_with("alias/") { "" } else { "key/" };
                format!("arn:{partition}:kms:{region}:{account}:{kind}{id}")
            })
        }),
        Place::Trail => answered(&["/trailARN"]).or_else(|| {
            let named = of(&["name", "trailName", "eventDataStore"])?;
            Some(arn_or(named, &|name| format!("arn:{partition}:cloudtrail:{region}:{account}:trail/{name}")))
        }),
        Place::OrganizationPolicy => answered(&["/policy/policySummary/arn"])
            .or_else(|| of(&["policyId"]).map(|id| format!("arn:{partition}:organizations::{account}:policy/{id}"))),
        Place::Account => None,
        Place::Other => other(record, partition, region, account),
    };
    found.unwrap_or_else(|| format!("arn:{partition}:iam::{account}:root"))
}

/// Whether a call that names no user is about the one that calls.
fn names_itself(record: &Record) -> bool {
    record.user_identity.kind.as_deref() == Some("IAMUser")
}

/// The key among the resources of a call that names its grant by a token only.
fn key_among(record: &Record) -> Option<String> {
    record.resources.iter().find_map(|resource| resource.arn.clone().filter(|arn| arn.contains(":key/")))
}

/// Services, the parameter that names what a call of theirs is about, and what stands before the name in its ARN.
const OTHERS: &[(&str, &[&str], &str)] = &[
    ("backup", &["backupVaultName"], "backup-vault:"),
    ("dynamodb", &["resourceArn"], ""),
    ("ec2", &["vpcEndpointId"], "vpc-endpoint/"),
    ("ecr", &["repositoryName"], "repository/"),
    ("elasticfilesystem", &["fileSystemId"], "file-system/"),
    ("es", &["domainName"], "domain/"),
    ("events", &["eventBusName"], "event-bus/"),
    ("glacier", &["vaultName"], "vaults/"),
    ("glue", &["resourceArn"], "catalog"),
    ("kinesis", &["resourceARN", "resourceArn"], ""),
    ("lambda", &["functionName"], "function:"),
    ("logs", &["resourceArn", "policyName"], "resource-policy:"),
    ("organizations", &["policyId"], "resourcepolicy/"),
    ("secretsmanager", &["secretId"], "secret:"),
    ("sns", &["topicArn", "name"], ""),
    ("sqs", &["queueUrl", "queueName"], ""),
    ("sso", &["permissionSetArn"], "permissionSet/"),
];

/// The ARN of a resource of a service that names it in its own way.
fn other(record: &Record, partition: &str, region: &str, account: &str) -> Option<String> {
    let service = record.event_source.split('.').next()?;
    if let Some(layer) = parameter(record, "layerName").filter(|_| service == "lambda") {
        // Each version of a layer has a policy of its own.
        let layer = if layer.starts_with("arn:") {
            layer
        } else {
            format!("arn:{partition}:lambda:{region}:{account}:layer:{layer}")
        };
        return Some(format!("{layer}:{}", parameter(record, "versionNumber").unwrap_or_default()));
    }
    if let Some(made) = record.response_elements.pointer("/permissionSet/permissionSetArn").and_then(Value::as_str) {
        return Some(made.to_owned());
    }
    let (_, names, kind) = OTHERS.iter().find(|(known, _, _)| *known == service)?;
    let nested =
        record.request_parameters.get("ModifyVpcEndpointRequest").and_then(|request| request.get("VpcEndpointId"));
    let named = names.iter().find_map(|name| parameter(record, name)).filter(|text| !text.is_empty());
    let named = named.or_else(|| nested?.as_str().map(str::to_owned)).unwrap_or_default();
    if named.starts_with("arn:") {
        return Some(named);
    }
    // A queue goes by its address, which ends in its name.
    let name = named.rsplit('/').next().filter(|_| service == "sqs").unwrap_or(&named);
    Some(format!("arn:{partition}:{service}:{region}:{account}:{kind}{name}"))
}

#[cfg(test)]
mod tests;
