//! Rights that are given, rights that are used, and calls that are refused.

use std::collections::BTreeMap;
use std::sync::Arc;

use forewarn_events::{Subject, changes, role_of};
use forewarn_policy::{Answer, Document, Feasible, Grantee, Layers, Reading, admin_equivalent, escalations, may_allow};
use jiff::{SignedDuration, Timestamp};

use super::{Counting, Of};
use crate::run::Found;
use crate::{Detector, Glance, Seen, Settings};

/// Refused calls of eight kinds, or twice as many less one of three kinds, within five minutes.
pub(super) fn denied_burst(settings: &Settings) -> Box<dyn Detector> {
    const ID: &str = "iam.denied_burst";
    let kinds = settings.count(ID, "kinds");
    let many = (2 * kinds).saturating_sub(1);
    let of = |seen: &Seen<'_>| {
        let record = &seen.event.record;
        let code = record.error_code.as_deref()?;
        let denied = code.contains("AccessDenied") || code.contains("Unauthorized") || code == "AuthFailure";
        let call = format!("{}:{}", service(seen), record.event_name);
        (denied && !seen.actor.is_service).then(|| (String::new(), vec![call]))
    };
    Counting::detector(
        settings.threshold(ID, "minutes"),
        Box::new(move |filled| {
            let (calls, events) = (filled.counts.len(), filled.entries.len());
            calls >= kinds || calls >= 3 && events >= many
        }),
        "refused calls",
        (may_be_refused, Of::Whole(Box::new(of))),
        |_| Vec::new(),
    )
}

fn may_be_refused(glance: &Glance<'_>) -> bool {
    glance
        .error
        .is_some_and(|code| ["AccessDenied", "Unauthorized", "AuthFailure"].iter().any(|word| code.contains(word)))
}

fn service<'s>(seen: &Seen<'s>) -> &'s str {
    let source = seen.event.record.event_source.as_str();
    source.split_once('.').map_or(source, |(service, _)| service)
}

/// The managed policies of AWS that lead to administrator, with what they say. Their text is in no event.
const OF_AWS: [(&str, &str); 2] = [
    ("AdministratorAccess", r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#),
    ("IAMFullAccess", r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"}]}"#),
];

/// Whether an event may be one that gives rights.
fn may_give(glance: &Glance<'_>) -> bool {
    const CALLS: [&str; 9] = [
        "CreatePolicy",
        "CreatePolicyVersion",
        "PutUserPolicy",
        "PutRolePolicy",
        "PutGroupPolicy",
        "AttachUserPolicy",
        "AttachRolePolicy",
        "AttachGroupPolicy",
        "AddUserToGroup",
    ];
    CALLS.contains(&glance.operation) && !glance.has_error()
}

/// Rights that somebody was given.
#[derive(Clone)]
struct Gain {
    /// The user, group, role or policy.
    resource: String,
    /// What the rights lead to.
    leads: String,
    document: Arc<Document>,
}

enum Given {
    Gain(Gain),
    Unknown(String, String),
}

/// What policies say, as far as events tell.
#[derive(Default)]
struct Policies {
    /// The document in force of each managed policy.
    managed: BTreeMap<String, String>,
    /// Groups that lead to administrator.
    groups: BTreeMap<String, Gain>,
    /// What was decided of a document.
    decided: BTreeMap<String, Judged>,
}

#[derive(Clone)]
enum Judged {
    Leads(String, Arc<Document>),
    No,
    Unknown(String),
}

impl Policies {
    /// What an event gives, where it gives rights that lead to administrator.
    fn given(&mut self, seen: &Seen<'_>) -> Option<Given> {
        let record = &seen.event.record;
        if record.event_source != "iam.amazonaws.com" || record.failed() {
            return None;
        }
        let changed = changes([seen.event], "aws", seen.account);
        let change = changed.first().filter(|change| change.rule.subject == Subject::Identity)?;
        let resource = change.resource.clone();
        let text = match record.event_name.as_str() {
            "CreatePolicy" => {
                let (_, text) = change.document.as_ref()?;
                self.managed.insert(resource, text.clone());
                return None;
            }
            "CreatePolicyVersion" if change.is_in_force() => {
                let (_, text) = change.document.as_ref()?;
                self.managed.insert(resource.clone(), text.clone());
                text.clone()
            }
            "PutUserPolicy" | "PutRolePolicy" | "PutGroupPolicy" => change.document.as_ref()?.1.clone(),
            "AttachUserPolicy" | "AttachRolePolicy" | "AttachGroupPolicy" => {
                let arn = change.slot?;
                let of_aws = OF_AWS.iter().find(|(name, _)| arn.ends_with(&format!(":aws:policy/{name}")));
                of_aws.map(|(_, text)| (*text).to_owned()).or_else(|| self.managed.get(arn).cloned())?
            }
            "AddUserToGroup" => {
                let group = format!("arn:aws:iam::{}:group/{}", seen.account, change.slot?);
                let user = change.parameter("userName")?;
                let gain = self.groups.get(&group)?.clone();
                let resource = format!("arn:aws:iam::{}:user/{user}", seen.account);
                return Some(Given::Gain(Gain { resource, ..gain }));
            }
            _ => return None,
        };
        match self.judge(&text) {
            Judged::Leads(leads, document) => {
                let gain = Gain { resource, leads, document };
                if gain.resource.contains(":group/") {
                    self.groups.insert(gain.resource.clone(), gain.clone());
                }
                Some(Given::Gain(gain))
            }
            Judged::Unknown(why) => Some(Given::Unknown(resource, why)),
            Judged::No => None,
        }
    }

    fn judge(&mut self, text: &str) -> Judged {
        if let Some(known) = self.decided.get(text) {
            return known.clone();
        }
        let judged = judge(text);
        self.decided.insert(text.to_owned(), judged.clone());
        judged
    }
}

/// Whether a policy by itself is administrator, or leads to more.
fn judge(text: &str) -> Judged {
    let Ok(document) = Document::parse(text).map(Arc::new) else {
        return Judged::Unknown("the policy cannot be read".to_owned());
    };
    let layers = Layers { identity: Some(vec![Reading::Read(Arc::clone(&document))]), ..Layers::default() };
    let grantee = Grantee { layers, ..Grantee::default() };
    match admin_equivalent(&grantee).answer {
        Answer::Yes(_) => return Judged::Leads("administrator".to_owned(), document),
        Answer::Unknown(doubts) => {
            return Judged::Unknown(doubts.first().map_or_else(String::new, |doubt| doubt.message.clone()));
        }
        Answer::No => {}
    }
    let works = escalations(&grantee, None);
    let way = works.iter().find_map(|(technique, feasible)| match feasible {
        Feasible::Yes(escalation) if escalation.assumes.is_empty() => Some(technique.id.clone()),
        _ => None,
    });
    way.map_or(Judged::No, |way| Judged::Leads(format!("administrator by `{way}`"), document))
}

/// Account, kind and name: events leave the path of a user or role out.
fn identity(arn: &str) -> Option<(String, String, String)> {
    let (head, rest) = arn.split_once(":iam::")?;
    let (account, rest) = rest.split_once(':').filter(|_| head.starts_with("arn:"))?;
    let (kind, name) = rest.split_once('/')?;
    Some((account.to_owned(), kind.to_owned(), name.rsplit('/').next()?.to_owned()))
}

fn caller(seen: &Seen<'_>) -> Option<(String, String, String)> {
    identity(seen.actor.role.as_deref().unwrap_or(&seen.actor.name))
}

fn words(seen: &Seen<'_>, gain: &Gain) -> Vec<String> {
    let by_itself = identity(&gain.resource).is_some_and(|identity| caller(seen) == Some(identity));
    let given = format!("{} by {} leads to {}", seen.event.record.event_name, seen.person, gain.leads);
    if by_itself { vec![given, "whoever gave it is who has it".to_owned()] } else { vec![given] }
}

#[derive(Default)]
struct PrivilegeGained {
    policies: Policies,
    found: Vec<Found>,
}

pub(super) fn privilege_gained() -> Box<dyn Detector> {
    Box::<PrivilegeGained>::default()
}

impl Detector for PrivilegeGained {
    fn wants(&mut self, glance: &Glance<'_>) -> bool {
        may_give(glance)
    }

    fn see(&mut self, seen: &Seen<'_>) {
        match self.policies.given(seen) {
            Some(Given::Gain(gain)) => {
                let words = words(seen, &gain);
                self.found.push(Found::one(seen, vec![gain.resource], words));
            }
            Some(Given::Unknown(resource, why)) => {
                let mut found = Found::one(seen, vec![resource], Vec::new());
                found.unknown = Some(why);
                self.found.push(found);
            }
            None => {}
        }
    }

    fn finish(&mut self) -> Vec<Found> {
        std::mem::take(&mut self.found)
    }
}

/// How long after rights were given their use is of interest.
const WITHIN: SignedDuration = SignedDuration::from_hours(1);

/// Rights that were given not long ago, and what was done with them.
struct Fresh {
    at: Timestamp,
    id: String,
    gain: Gain,
    words: Vec<String>,
    used: Option<Found>,
}

#[derive(Default)]
struct GainedThenUsed {
    policies: Policies,
    fresh: BTreeMap<(String, String, String), Fresh>,
    found: Vec<Found>,
}

impl GainedThenUsed {
    /// Whether an event may be a call of somebody who was given rights.
    fn may_use(&self, glance: &Glance<'_>) -> bool {
        if self.fresh.is_empty() || glance.has_error() || glance.read_only != Some(false) {
            return false;
        }
        // Without an ARN only the record says who it is.
        let Some(user) = glance.user.filter(|user| user.starts_with("arn:")) else {
            return glance.user_type != Some("AWSService");
        };
        let role = role_of(user);
        let names = [glance.issuer, Some(user), role.as_deref()];
        let mut given = names.into_iter().flatten().filter_map(identity).filter_map(|who| self.fresh.get(&who));
        given.any(|fresh| glance.time.duration_since(fresh.at) <= WITHIN)
    }
}

pub(super) fn privilege_gained_then_used() -> Box<dyn Detector> {
    Box::<GainedThenUsed>::default()
}

impl Detector for GainedThenUsed {
    fn wants(&mut self, glance: &Glance<'_>) -> bool {
        may_give(glance) || self.may_use(glance)
    }

    fn see(&mut self, seen: &Seen<'_>) {
        let record = &seen.event.record;
        if let Some(who) = caller(seen)
            && let Some(fresh) = self.fresh.get_mut(&who)
            && !record.failed()
            && record.read_only == Some(false)
            && record.event_time.duration_since(fresh.at) <= WITHIN
            && allows(&fresh.gain.document, &format!("{}:{}", service(seen), record.event_name))
        {
            let used = fresh.used.get_or_insert_with(|| {
                let mut found = Found::one(seen, vec![fresh.gain.resource.clone()], fresh.words.clone());
                (found.first, found.count, found.counted) = (fresh.at, 0, "calls".into());
                found.event_ids = vec![fresh.id.clone()];
                found
            });
            used.last = record.event_time;
            used.count += 1;
            if used.event_ids.len() < crate::window::KEPT {
                used.event_ids.push(seen.id.to_owned());
            }
        }
        if let Some(Given::Gain(gain)) = self.policies.given(seen)
            && let Some(who) = identity(&gain.resource).filter(|(_, kind, _)| kind == "user" || kind == "role")
        {
            let words = words(seen, &gain);
            let fresh = Fresh { at: record.event_time, id: seen.id.to_owned(), gain, words, used: None };
            self.found.extend(self.fresh.insert(who, fresh).and_then(|old| old.used));
        }
    }

    fn finish(&mut self) -> Vec<Found> {
        self.found.extend(std::mem::take(&mut self.fresh).into_values().filter_map(|fresh| fresh.used));
        std::mem::take(&mut self.found)
    }
}

/// Whether a policy speaks for a call. The names of a few events differ from those of the actions; those are not seen.
fn allows(document: &Arc<Document>, action: &str) -> bool {
    let layers = Layers { identity: Some(vec![Reading::Read(Arc::clone(document))]), ..Layers::default() };
    may_allow(&layers, None, action)
}
