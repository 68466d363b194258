//! Whether a change opened access: the policy engine compares what was with what is.
//!
//! What was there before is known from an earlier event of the span, from an earlier snapshot, or, for a managed policy, from
//! its versions. What an identity holds besides is taken as it stands now.

use std::sync::Arc;

use forewarn_events::{Before, Change, Effect, Place, Subject};
use forewarn_inventory::{Account, AttachedPolicy, InlinePolicy, Listing, ManagedPolicy, PolicyText, PolicyVersion};
use forewarn_policy::{self as policy, Document, Reading, Side};

use super::Opened;
use crate::{Case, Reason, Witness};

/// Managed policies of AWS whose text never changes and says all in a line; that of the others is in snapshots only.
const OF_AWS: [(&str, &str); 2] = [
    ("AdministratorAccess", r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#),
    ("IAMFullAccess", r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"}]}"#),
];

pub(super) type Documents = Vec<Reading<Arc<Document>>>;

/// The ARN of what was changed with the path that IAM leaves out of its events, where the inventory knows the name.
pub(super) fn full_arn(account: &Account, change: &Change<'_>) -> String {
    fn named<T>(list: &Listing<T>, of: impl Fn(&T) -> (&str, &str), name: &str) -> Option<String> {
        list.iter().map(of).find(|(known, _)| *known == name).map(|(_, arn)| arn.to_owned())
    }
    let name = change.resource.rsplit('/').next().unwrap_or_default();
    let iam = &account.iam;
    let found = match change.rule.place {
        Place::User => named(&iam.users, |user| (&user.name, &user.arn), name),
        Place::Group => named(&iam.groups, |group| (&group.name, &group.arn), name),
        Place::Role => named(&iam.roles, |role| (&role.name, &role.arn), name),
        _ => None,
    };
    found.unwrap_or_else(|| change.resource.clone())
}

impl<'a> Case<'a> {
    /// Whether a change opened access.
    pub(super) fn opened(&self, account: &'a Account, change: &Change<'a>, arn: &str) -> Opened {
        match (change.rule.subject, change.rule.effect) {
            (
                Subject::Bucket | Subject::AccessPoint | Subject::Resource,
                Effect::Puts | Effect::MayPut | Effect::Removes | Effect::Ends,
            )
            | (Subject::Key | Subject::Trust, Effect::Puts) => self.replaced(account, change, arn),
            // A statement that is added or taken away.
            (Subject::Resource, _) => unknown("statement_only", "the event has one statement and not the policy"),
            (Subject::Organization, Effect::Puts) => self.loosened(account, change, arn),
            (Subject::PublicAccessBlock, _) if blocks_all(change) => Opened::No,
            (Subject::BucketAcl, _) => {
                if shuts_acls(change) {
                    Opened::No
                } else {
                    unknown("acl_before", "the ACL or ownership before is not known")
                }
            }
            // A permission set: which roles it becomes, and what they have besides, no event says.
            (Subject::Identity, Effect::Sets) => unknown("assignment", "what the permission set allows is in no event"),
            (Subject::Identity, Effect::Ends) => Opened::No,
            (Subject::Identity, effect) => self.opened_identity(account, change, arn, effect),
            _ => Opened::NotAsked,
        }
    }

    /// What documents allow that those in whose place they stand did not.
    pub(super) fn newly(
        &self,
        account: &'a Account,
        change: &Change<'a>,
        arn: &str,
        new: &Documents,
        old: &Documents,
    ) -> Opened {
        if is_same(new, old) {
            return Opened::No;
        }
        match change.rule.subject {
            Subject::Bucket | Subject::AccessPoint => self.newly_in_s3(account, new, old),
            Subject::Organization => self.newly_unguarded(new, old),
            Subject::Identity if change.rule.place != Place::Policy => {
                let held = change.slot.map(|slot| self.held_besides(account, change.rule.place, arn, change, slot));
                let held = held.unwrap_or_else(|| vec![Reading::Unreadable]);
                let with = |own: &Documents| held.iter().cloned().chain(own.iter().cloned()).collect::<Documents>();
                compared(&policy::compare(&with(new), &with(old), Side::Identity))
            }
            Subject::Identity => compared(&policy::compare(new, old, Side::Identity)),
            _ => compared(&policy::compare(new, old, Side::Resource)),
        }
    }

    /// Policies of S3: what outsiders gain, and what the account's own people gain where a Deny goes.
    fn newly_in_s3(&self, account: &Account, new: &Documents, old: &Documents) -> Opened {
        let opened = compared(&policy::compare(new, old, Side::Resource));
        if opened != Opened::No || old.is_empty() {
            return opened;
        }
        let own = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"arn:{}:iam::{}:root"}},"Action":"*","Resource":"*"}}]}}"#,
            account.partition, account.id
        );
        let Ok(own) = self.read(&own) else { return opened };
        let with = |documents: &Documents| documents.iter().cloned().chain([own.clone()]).collect::<Documents>();
        compared(&policy::compare(&with(new), &with(old), Side::Resource))
    }

    /// A guardrail in the place of another: beside a policy that allows everything, does less of it stop?
    fn newly_unguarded(&self, new: &Documents, old: &Documents) -> Opened {
        let everything = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
        let Ok(everything) = self.read(everything) else { return Opened::NotAsked };
        let with = |documents: &Documents| documents.iter().cloned().chain([everything.clone()]).collect::<Documents>();
        compared(&policy::compare(&with(new), &with(old), Side::Identity))
    }

    fn loosened(&self, account: &'a Account, change: &Change<'a>, arn: &str) -> Opened {
        // Where the earlier one is not known, that a guardrail was touched is what there is to say.
        let (Some(old), Ok(new)) = (self.before(change, arn), self.after(change)) else { return Opened::NotAsked };
        self.newly(account, change, arn, &new, &old)
    }

    /// A document in the place of another, or of none.
    fn replaced(&self, account: &'a Account, change: &Change<'a>, arn: &str) -> Opened {
        match (self.after(change), self.before(change, arn)) {
            (Err(reason), _) => Opened::Unknown(vec![*reason]),
            (Ok(new), Some(old)) => self.newly(account, change, arn, &new, &old),
            (Ok(_), None) => not_seen(),
        }
    }

    fn opened_identity(&self, account: &'a Account, change: &Change<'a>, arn: &str, effect: Effect) -> Opened {
        match (change.rule.place, effect) {
            // A version that is not in force, and a policy that nobody holds yet.
            (Place::Policy | Place::User | Place::Group, Effect::Creates) => Opened::No,
            (Place::Policy, _) if !change.is_in_force() => Opened::No,
            (Place::Policy, _) => self.opened_version(account, change, arn),
            _ => {
                let Some(slot) = change.slot else {
                    return unknown("no_parameters", "the event does not say which policy it is about");
                };
                let others = self.held_besides(account, change.rule.place, arn, change, slot);
                let with = |more: Documents| others.iter().cloned().chain(more).collect::<Documents>();
                let moved = match effect {
                    Effect::Puts => {
                        let new = match self.after(change) {
                            Ok(new) => with(new),
                            Err(reason) => return Opened::Unknown(vec![*reason]),
                        };
                        return match self.before(change, arn) {
                            Some(old) => compared(&policy::compare(&new, &with(old), Side::Identity)),
                            // Whatever it was before, a Deny among it: only what allows nothing at all opened nothing.
                            None => match policy::compare(&new, &[], Side::Identity) {
                                policy::Answer::No => Opened::No,
                                _ => not_seen(),
                            },
                        };
                    }
                    Effect::Removes => self.before(change, arn),
                    _ => self.named(account, change, slot),
                };
                let Some(moved) = moved else {
                    return unknown("document_not_known", "the policy that it is about is not known");
                };
                match effect {
                    Effect::Attaches => compared(&policy::compare(&with(moved), &with(Vec::new()), Side::Identity)),
                    // To take away opens only where a Deny goes.
                    _ => compared(&policy::compare(&with(Vec::new()), &with(moved), Side::Identity)),
                }
            }
        }
    }

    /// Another version of a managed policy.
    fn opened_version(&self, account: &'a Account, change: &Change<'a>, arn: &str) -> Opened {
        let known = account.iam.policies.iter().find(|known| known.arn == arn);
        let number = |id: &str| id.strip_prefix('v').and_then(|number| number.parse::<u32>().ok());
        let answered = change.event.record.response_elements.pointer("/policyVersion/versionId");
        let id = change.parameter("versionId").or_else(|| Some(answered?.as_str()?.to_owned()));
        let version = |id: &str| known.and_then(|policy| policy.versions.iter().find(|version| version.id == id));
        let new = match &change.document {
            Some((_, text)) => self.read(text),
            None => match id.as_deref().and_then(version) {
                Some(version) => self.text(&version.document),
                None => return unknown("document_not_known", "the version that is in force since is not known"),
            },
        };
        let new = match new {
            Ok(new) => new,
            Err(reason) => return Opened::Unknown(vec![*reason]),
        };
        // The latest one before: another may have been in force, which no read tells.
        let earlier =
            |version: &&PolicyVersion| match (&change.document, number(&version.id), id.as_deref().and_then(number)) {
                (Some(_), Some(one), Some(new)) => one < new,
                _ => id.as_deref() != Some(version.id.as_str()),
            };
        let latest = |policy: &'a ManagedPolicy| {
            policy.versions.iter().filter(earlier).max_by_key(|version| number(&version.id))
        };
        let known = || known.and_then(latest).map(|version| self.text(&version.document));
        let old = match (self.before(change, arn), known) {
            (Some(old), _) => old,
            (None, known) => match known() {
                Some(Ok(old)) => vec![old],
                Some(Err(reason)) => return Opened::Unknown(vec![*reason]),
                None => return not_seen(),
            },
        };
        compared(&policy::compare(&[new], &old, Side::Identity))
    }

    /// What stands there since the change: nothing, or the document of the request.
    pub(super) fn after(&self, change: &Change<'a>) -> Result<Documents, Box<Reason>> {
        match (&change.document, change.rule.effect) {
            (_, Effect::Removes | Effect::Ends) | (None, Effect::MayPut | Effect::Creates) => Ok(Vec::new()),
            (Some((_, text)), _) => Ok(vec![self.read(text)?]),
            (None, _) => Err(Box::new(reason("no_document", "the event does not hold the policy"))),
        }
    }

    /// What stood there before, which may be nothing: `None` = not known.
    pub(super) fn before(&self, change: &Change<'a>, arn: &str) -> Option<Documents> {
        if change.rule.effect == Effect::Creates {
            return Some(Vec::new());
        }
        match &change.before {
            Before::Nothing => Some(Vec::new()),
            Before::Document { document, .. } => Some(vec![self.read(document).ok()?]),
            Before::NotSeen => {
                let texts = self.world.settings().earlier.as_ref()?.documents(change, arn)?;
                texts.into_iter().map(|text| self.text(text).ok()).collect()
            }
        }
    }

    pub(super) fn read(&self, text: &str) -> Result<Reading<Arc<Document>>, Box<Reason>> {
        self.text(&PolicyText::new(text))
    }

    fn text(&self, text: &PolicyText) -> Result<Reading<Arc<Document>>, Box<Reason>> {
        let unread =
            |error| Box::new(reason("malformed", &format!("a policy of the comparison cannot be read: {error}")));
        self.document(text).map(Reading::Read).map_err(unread)
    }

    /// The documents of the policy or group that a call attaches or detaches.
    pub(super) fn named(&self, account: &'a Account, change: &Change<'a>, slot: &str) -> Option<Documents> {
        if change.rule.slot == Some("groupName") {
            return self.of_group(account, slot);
        }
        if let Some(policy) = self.policy(account, slot) {
            return Some(vec![self.text(policy.item().document()?).ok()?]);
        }
        let (_, text) = OF_AWS.iter().find(|(name, _)| slot.ends_with(&format!(":iam::aws:policy/{name}")))?;
        Some(vec![self.read(text).ok()?])
    }

    fn of_group(&self, account: &'a Account, name: &str) -> Option<Documents> {
        let group = self.group(account, name)?.item();
        Some(self.own(account, &group.inline, &group.attached, ""))
    }

    /// What an identity holds besides the policy or group that a change is about.
    fn held_besides(
        &self,
        account: &'a Account,
        place: Place,
        arn: &str,
        change: &Change<'a>,
        slot: &str,
    ) -> Documents {
        let iam = &account.iam;
        let by_group = change.rule.slot == Some("groupName");
        let skip = if by_group { "" } else { slot };
        let lost = |rest: &[_]| if rest.is_empty() { Vec::new() } else { vec![Reading::Unreadable] };
        match place {
            Place::User => match iam.users.iter().find(|user| user.arn == arn) {
                Some(user) => {
                    let mut held = self.own(account, &user.inline, &user.attached, skip);
                    for group in user.groups.iter().filter(|group| !by_group || *group != slot) {
                        held.extend(self.of_group(account, group).unwrap_or_else(|| vec![Reading::Unreadable]));
                    }
                    held
                }
                None => lost(&iam.users.rest),
            },
            Place::Role => match iam.roles.iter().find(|role| role.arn == arn) {
                Some(role) => self.own(account, &role.inline, &role.attached, skip),
                None => lost(&iam.roles.rest),
            },
            _ => match iam.groups.iter().find(|group| group.arn == arn) {
                Some(group) => self.own(account, &group.inline, &group.attached, skip),
                None => lost(&iam.groups.rest),
            },
        }
    }

    fn own(&self, account: &'a Account, inline: &[InlinePolicy], attached: &[AttachedPolicy], skip: &str) -> Documents {
        let unless = |reading: Option<Reading<Arc<Document>>>| reading.unwrap_or(Reading::Unreadable);
        let inline = inline.iter().filter(|policy| policy.name != skip);
        let attached = attached.iter().filter(|policy| policy.arn != skip);
        let texts = inline.map(|policy| unless(self.text(&policy.document).ok()));
        let managed = attached.map(|policy| {
            let text = self.policy(account, &policy.arn).and_then(|policy| policy.item().document());
            unless(text.and_then(|text| self.text(text).ok()))
        });
        texts.chain(managed).collect()
    }
}

/// Whether the same texts stand on both sides. (Each text is parsed once.)
fn is_same(one: &Documents, other: &Documents) -> bool {
    one.len() == other.len()
        && one.iter().zip(other).all(|two| match two {
            (Reading::Read(one), Reading::Read(other)) => Arc::ptr_eq(one, other),
            _ => false,
        })
}

fn reason(code: &str, message: &str) -> Reason {
    Reason { code: code.to_owned(), message: message.to_owned(), gap: None }
}

fn unknown(code: &str, message: &str) -> Opened {
    Opened::Unknown(vec![reason(code, message)])
}

fn not_seen() -> Opened {
    unknown("no_earlier_document", "what the policy was before is in no event, version or snapshot")
}

pub(super) fn compared(answer: &policy::Answer<policy::Doubt>) -> Opened {
    match answer {
        policy::Answer::Yes(hit) => {
            Opened::Yes(Box::new(Witness { audience: hit.audience, request: hit.witness.clone() }))
        }
        policy::Answer::No => Opened::No,
        policy::Answer::Unknown(doubts) => Opened::Unknown(doubts.iter().map(Reason::from).collect()),
    }
}

/// Whether all four switches of Block Public Access are on in the request.
fn blocks_all(change: &Change<'_>) -> bool {
    fn on(at: &serde_json::Value, found: &mut usize) {
        const SWITCHES: [&str; 4] =
            ["blockpublicacls", "ignorepublicacls", "blockpublicpolicy", "restrictpublicbuckets"];
        let serde_json::Value::Object(fields) = at else { return };
        for (name, value) in fields {
            let is_on = value == true || value == "true";
            if SWITCHES.contains(&name.to_ascii_lowercase().as_str()) && is_on {
                *found += 1;
            } else {
                on(value, found);
            }
        }
    }
    let mut found = 0;
    on(&change.event.record.request_parameters, &mut found);
    found == 4
}

/// Whether the request makes ACLs void, or leaves the owner alone in one.
fn shuts_acls(change: &Change<'_>) -> bool {
    let parameters = &change.event.record.request_parameters;
    let canned = parameters.get("x-amz-acl").or_else(|| parameters.get("x-amz-acl".to_uppercase().as_str()));
    let private =
        canned.is_some_and(|canned| *canned == "private" || canned.get(0).is_some_and(|one| one == "private"));
    let rule = parameters.pointer("/OwnershipControls/Rule");
    let ownership = rule.and_then(|rule| rule.get(0).unwrap_or(rule).get("ObjectOwnership"));
    private || ownership.is_some_and(|ownership| ownership == "BucketOwnerEnforced")
}
