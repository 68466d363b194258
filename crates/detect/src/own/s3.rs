//! Buckets: who gets in, what guards them, who empties them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use forewarn_events::{Before, Effect, Subject, changes};
use forewarn_policy::{
    Answer, Audience, BlockPublicAccess, Document, Organization, Question, Reading, ResourceKind, Side, Target,
    compare, reach,
};
use serde_json::Value;

use super::{Counting, flag};
use crate::run::Found;
use crate::window::Filled;
use crate::{Detector, Lists, Seen, Settings};

const S3: &str = "s3.amazonaws.com";

/// Distinct objects of one bucket by person: two hundred within ten minutes.
pub(super) fn mass_read(settings: &Settings) -> Box<dyn Detector> {
    const ID: &str = "s3.mass_read";
    let least = settings.count(ID, "objects");
    let of = |seen: &Seen<'_>| {
        let record = &seen.event.record;
        if !super::is(seen, S3, "GetObject") || record.failed() || seen.actor.is_service {
            return None;
        }
        let text = |name| record.request_parameters.get(name).and_then(Value::as_str);
        let (bucket, key) = (text("bucketName")?, text("key")?);
        Some((bucket.to_owned(), vec![format!("{bucket}/{key}")]))
    };
    let words = |episode: &crate::window::Episode| vec![format!("bucket {}", episode.key.1)];
    let full = Box::new(move |filled: &Filled<'_>| filled.counts.len() >= least);
    Counting::detector(settings.threshold(ID, "minutes"), full, "objects", Box::new(of), words)
}

/// One of the four switches off, or all of them gone.
pub(super) fn public_access_block_removed(seen: &Seen<'_>) -> Option<(Vec<String>, Vec<String>)> {
    let record = &seen.event.record;
    if !matches!(record.event_source.as_str(), S3 | "s3control.amazonaws.com" | "s3express.amazonaws.com") {
        return None;
    }
    let bucket = record.request_parameters.get("bucketName").and_then(Value::as_str);
    let resource = bucket.map_or_else(|| format!("account {}", seen.account), |name| format!("arn:aws:s3:::{name}"));
    match record.event_name.as_str() {
        "DeleteBucketPublicAccessBlock" | "DeleteAccountPublicAccessBlock" | "DeletePublicAccessBlock" => {
            Some((vec![resource], vec!["all four switches are gone".to_owned()]))
        }
        "PutBucketPublicAccessBlock" | "PutAccountPublicAccessBlock" | "PutPublicAccessBlock" => {
            let settings = record.request_parameters.get("PublicAccessBlockConfiguration")?;
            let switches = ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"];
            let off = switches.into_iter().filter(|name| settings.get(name).and_then(flag) != Some(true));
            let off: Vec<String> = off.map(|name| format!("{name} is off")).collect();
            (!off.is_empty()).then(|| (vec![resource], off))
        }
        _ => None,
    }
}

/// Policies of buckets and access points, each against the one before where that was seen.
struct PolicyOpened {
    trusted: BTreeSet<String>,
    /// The policy of each resource as the last event left it.
    known: BTreeMap<String, Before>,
    found: Vec<Found>,
}

pub(super) fn policy_opened(lists: &Lists) -> Box<dyn Detector> {
    let trusted = lists.of("trusted_accounts").map(str::to_owned).collect();
    Box::new(PolicyOpened { trusted, known: BTreeMap::new(), found: Vec::new() })
}

impl Detector for PolicyOpened {
    fn see(&mut self, seen: &Seen<'_>) {
        if seen.event.record.event_source != S3 || seen.event.record.failed() {
            return;
        }
        let changed = changes([seen.event], "aws", seen.account);
        let Some(change) = changed.first() else { return };
        if !matches!(change.rule.subject, Subject::Bucket | Subject::AccessPoint) {
            return;
        }
        let resource = change.resource.clone();
        let before = self.known.get(&resource).cloned().unwrap_or(Before::NotSeen);
        match (&change.document, change.rule.effect) {
            (Some((_, text)), _) => {
                let (widest, unknown) = match self.judge(seen.account, &resource, change.rule.subject, text, &before) {
                    Judged::Opened(words) => (words, None),
                    Judged::Unknown(why) => (Vec::new(), Some(why)),
                    Judged::Closed => (Vec::new(), Some(String::new())),
                };
                if unknown.as_deref() != Some("") {
                    let mut found = Found::one(seen, vec![resource.clone()], widest);
                    found.unknown = unknown;
                    self.found.push(found);
                }
                self.known.insert(resource, Before::Document { document: text.clone(), event: seen.id.to_owned() });
            }
            (None, Effect::Removes) => {
                self.known.insert(resource, Before::Nothing);
            }
            _ => {}
        }
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

impl PolicyOpened {
    fn judge(&self, account: &str, arn: &str, subject: Subject, text: &str, before: &Before) -> Judged {
        let Ok(new) = Document::parse(text).map(Arc::new) else {
            return Judged::Unknown("the new policy cannot be read".to_owned());
        };
        let kind = match subject {
            Subject::AccessPoint => ResourceKind::AccessPointPolicy,
            _ => ResourceKind::BucketPolicy,
        };
        let target = Target {
            kind,
            arn: Some(arn.to_owned()),
            account: account.to_owned(),
            policy: Reading::Read(Some(Arc::clone(&new))),
            organization: Organization { id: None, accounts: BTreeSet::new(), accounts_complete: true },
            block_public_access: BlockPublicAccess::default(),
            acl: Reading::Read(None),
            access_points: Vec::new(),
            rcp: Reading::Read(Vec::new()),
            trusted_accounts: self.trusted.clone(),
        };
        let question = Question {
            target: Arc::new(target),
            audiences: Audience::OUTSIDERS_BUT_SERVICES.to_vec(),
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
        words.push("Block Public Access is not seen in events and may stop it".to_owned());
        Judged::Opened(words)
    }
}
