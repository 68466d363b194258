//! Policies that let outsiders in: of buckets, of roles, and of all else that has one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use forewarn_events::{Before, Effect, Place, Rule, Subject, changes, policy_in};
use forewarn_policy::{
    Answer, Audience, BlockPublicAccess, Document, Organization, Question, Reading, ResourceKind, Side, Target,
    compare, reach,
};
use serde_json::Value;

use crate::run::Found;
use crate::{Detector, Glance, Lists, Seen};

/// Whose policies a detector looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// Buckets and access points.
    Buckets,
    /// The trust policies of roles.
    Roles,
    /// Keys, topics, queues, secrets, repositories and whatever else has a policy.
    Others,
}

impl Of {
    /// Who counts as an outsider. A role that trusts a provider of the account's own is made so on purpose.
    fn audiences(self) -> Vec<Audience> {
        let all = Audience::OUTSIDERS_BUT_SERVICES.into_iter();
        all.filter(|audience| self != Self::Roles || *audience != Audience::Federated).collect()
    }
}

/// Each policy against the one before where that was seen.
struct Opened {
    of: Of,
    trusted: BTreeSet<String>,
    /// The policy of each resource as the last event left it.
    known: BTreeMap<String, Before>,
    found: Vec<Found>,
}

pub(super) fn detector(of: Of, lists: &Lists) -> Box<dyn Detector> {
    let trusted = lists.of("trusted_accounts").map(str::to_owned).collect();
    Box::new(Opened { of, trusted, known: BTreeMap::new(), found: Vec::new() })
}

/// A policy that an event puts, or takes away.
struct Put {
    resource: String,
    kind: ResourceKind,
    /// `None` = there is none from then on.
    text: Option<String>,
}

/// Calls that put the policy of a resource, with the service, and the parameter that names the resource.
const OTHERS: [(&str, &str, &str); 20] = [
    ("kms", "PutKeyPolicy", "keyId"),
    ("kms", "CreateKey", "keyId"),
    ("sns", "SetTopicAttributes", "topicArn"),
    ("sns", "CreateTopic", "name"),
    ("sqs", "SetQueueAttributes", "queueUrl"),
    ("sqs", "CreateQueue", "queueName"),
    ("secretsmanager", "PutResourcePolicy", "secretId"),
    ("ecr", "SetRepositoryPolicy", "repositoryName"),
    ("backup", "PutBackupVaultAccessPolicy", "backupVaultName"),
    ("dynamodb", "PutResourcePolicy", "resourceArn"),
    ("kinesis", "PutResourcePolicy", "resourceARN"),
    ("elasticfilesystem", "PutFileSystemPolicy", "fileSystemId"),
    ("es", "UpdateDomainConfig", "domainName"),
    ("es", "CreateDomain", "domainName"),
    ("es", "CreateElasticsearchDomain", "domainName"),
    ("es", "UpdateElasticsearchDomainConfig", "domainName"),
    ("glacier", "SetVaultAccessPolicy", "vaultName"),
    ("events", "PutPermission", "eventBusName"),
    ("glue", "PutResourcePolicy", "resourceArn"),
    ("codeartifact", "PutRepositoryPermissionsPolicy", "repository"),
];

impl Of {
    fn may_put(self, glance: &Glance<'_>) -> bool {
        let source = glance.service.trim();
        match (self, Rule::of(source, glance.operation).map(|rule| rule.subject)) {
            (Self::Buckets, Some(Subject::Bucket | Subject::AccessPoint)) | (Self::Roles, Some(Subject::Trust)) => true,
            (Self::Others, _) => {
                let service = source.strip_suffix(".amazonaws.com");
                OTHERS.iter().any(|(of, name, _)| Some(*of) == service && *name == glance.operation)
            }
            _ => false,
        }
    }

    fn put(self, seen: &Seen<'_>) -> Option<Put> {
        let record = &seen.event.record;
        if record.failed() {
            return None;
        }
        if self == Self::Others {
            let service = record.event_source.strip_suffix(".amazonaws.com")?;
            let call = |(of, name, _): &&(&str, &str, &str)| *of == service && *name == record.event_name;
            let (.., parameter) = OTHERS.iter().find(call)?;
            let (_, text) = policy_in(&record.request_parameters)?;
            let name = record.request_parameters.get(*parameter).and_then(Value::as_str);
            let made = || record.response_elements.pointer("/keyMetadata/arn").and_then(Value::as_str);
            let name = name.or_else(made).unwrap_or(service);
            let resource = if name.starts_with("arn:") { name.to_owned() } else { format!("{service} {name}") };
            return Some(Put { resource, kind: ResourceKind::ResourcePolicy, text: Some(text) });
        }
        let changed = changes([seen.event], "aws", seen.account);
        let change = changed.first()?;
        let kind = match (self, change.rule.subject) {
            (Self::Buckets, Subject::Bucket) => ResourceKind::BucketPolicy,
            (Self::Buckets, Subject::AccessPoint) => ResourceKind::AccessPointPolicy,
            (Self::Roles, Subject::Trust) if change.rule.place == Place::Role => ResourceKind::RoleTrust,
            _ => return None,
        };
        let text = change.document.as_ref().map(|(_, text)| text.clone());
        let removed = change.rule.effect == Effect::Removes;
        (text.is_some() || removed).then(|| Put { resource: change.resource.clone(), kind, text })
    }
}

impl Detector for Opened {
    fn wants(&mut self, glance: &Glance<'_>) -> bool {
        !glance.has_error() && self.of.may_put(glance)
    }

    fn see(&mut self, seen: &Seen<'_>) {
        let Some(Put { resource, kind, text }) = self.of.put(seen) else { return };
        let before = self.known.get(&resource).cloned().unwrap_or(Before::NotSeen);
        let Some(text) = text else {
            self.known.insert(resource, Before::Nothing);
            return;
        };
        let (widest, unknown) = match self.judge(seen.account, &resource, kind, &text, &before) {
            Judged::Opened(words) => (Some(words), None),
            Judged::Unknown(why) => (Some(Vec::new()), Some(why)),
            Judged::Closed => (None, None),
        };
        if let Some(widest) = widest {
            let mut found = Found::one(seen, vec![resource.clone()], widest);
            found.unknown = unknown;
            self.found.push(found);
        }
        self.known.insert(resource, Before::Document { document: text, event: seen.id.to_owned() });
    }

    fn finish(&mut self) -> Vec<Found> {
        std::mem::take(&mut self.found)
    }
}

enum Judged {
    Opened(Vec<String>),
    Closed,
    Unknown(String),
}

impl Opened {
    fn judge(&self, account: &str, resource: &str, kind: ResourceKind, text: &str, before: &Before) -> Judged {
        let Ok(new) = Document::parse(text).map(Arc::new) else {
            return Judged::Unknown("the new policy cannot be read".to_owned());
        };
        let target = Target {
            kind,
            arn: Some(resource.to_owned()).filter(|resource| resource.starts_with("arn:")),
            account: account.to_owned(),
            policy: Reading::Read(Some(Arc::clone(&new))),
            organization: Arc::new(Organization { accounts_complete: true, ..Organization::default() }),
            block_public_access: BlockPublicAccess::default(),
            acl: Reading::Read(None),
            access_points: Vec::new(),
            rcp: Reading::Read(Vec::new()),
            trusted_accounts: self.trusted.clone(),
        };
        let question = Question {
            target: Arc::new(target),
            audiences: self.of.audiences(),
            actions: Vec::new(),
            given: Vec::new(),
        };
        let answers = reach(&question);
        let Some((audience, hit)) = answers.answers.iter().find_map(|(audience, answer)| match answer {
            Answer::Yes(hit) => Some((audience, hit)),
            _ => None,
        }) else {
            return match answers.doubts_about_outsiders().first() {
                Some(doubt) => Judged::Unknown(doubt.message.clone()),
                None => Judged::Closed,
            };
        };
        let who = serde_json::to_value(audience).ok();
        let who = who.as_ref().and_then(Value::as_str).unwrap_or_default().replace('_', " ");
        let mut words = vec![format!("{who} can call {} on {}", hit.witness.action, hit.witness.resource)];
        match before {
            Before::NotSeen => words.push("what the policy was before is in no event that was read".to_owned()),
            Before::Nothing => words.push("there was no policy before".to_owned()),
            Before::Document { document, event } => {
                let Ok(old) = Document::parse(document).map(Arc::new) else {
                    return Judged::Unknown("the policy before cannot be read".to_owned());
                };
                match compare(&[Reading::Read(new)], &[Reading::Read(old)], Side::Resource) {
                    Answer::Yes(hit) => words.push(format!(
                        "the policy of event {event} did not allow {} on {}",
                        hit.witness.action, hit.witness.resource
                    )),
                    Answer::No => return Judged::Closed,
                    Answer::Unknown(doubts) => {
                        return Judged::Unknown(doubts.first().map_or_else(String::new, |doubt| doubt.message.clone()));
                    }
                }
            }
        }
        if self.of == Of::Buckets {
            words.push("Block Public Access is not seen in events and may stop it".to_owned());
        }
        Judged::Opened(words)
    }
}
