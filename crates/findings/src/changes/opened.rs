//! Whether a change opened access: the policy engine compares what was with what is.
//!
//! What was there before is known from an earlier event of the span, from an earlier snapshot, or, for a managed policy, from
//! its versions. What an identity holds besides is taken as it stands now.

use std::collections::BTreeSet;
use std::sync::Arc;

use forewarn_events::{Before, Change, Effect, Place, Subject};
use forewarn_inventory::{Account, AttachedPolicy, InlinePolicy, Listing, PolicyText, PolicyVersion};
use forewarn_policy::{
    self as policy, Audience, Document, Organization, Ownership, Reading, ResourceKind, Side, Target,
};
use serde_json::{Value, json};

use super::around::{Around, Stands};
use super::{Opened, RecentChange};
use crate::{Case, Reason, Witness};

/// Managed policies of AWS whose text never changes and says all in a line; that of the others is in snapshots only.
const OF_AWS: [(&str, &str); 2] = [
    ("AdministratorAccess", r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#),
    ("IAMFullAccess", r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"}]}"#),
];

/// An account that no policy names.
const BESIDE: &str = "000000000001";

pub(super) type Documents = Vec<Reading<Arc<Document>>>;

/// A change with what it is a change of.
#[derive(Debug, Clone, Copy)]
pub(super) struct At<'c, 'a> {
    pub(super) account: &'a Account,
    pub(super) change: &'c Change<'a>,
    pub(super) arn: &'c str,
    pub(super) around: &'c Around,
}

impl<'a> RecentChange<'a> {
    pub(super) fn at(&self) -> At<'_, 'a> {
        At { account: self.account, change: &self.change, arn: &self.resource.arn, around: &self.around }
    }
}

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
    pub(super) fn opened(&self, at: At<'_, 'a>) -> Opened {
        let change = at.change;
        match (change.rule.subject, change.rule.effect) {
            (
                Subject::Bucket | Subject::AccessPoint | Subject::Resource,
                Effect::Puts | Effect::MayPut | Effect::Removes,
            )
            | (Subject::Key | Subject::Trust | Subject::Grant, Effect::Puts) => self.replaced(at),
            // What is gone lets nobody in, and a grant that is gone lets in fewer.
            (Subject::AccessPoint | Subject::Resource | Subject::Identity, Effect::Ends) | (Subject::Grant, _) => {
                Opened::No
            }
            (Subject::Resource, Effect::Adds | Effect::Drops) => self.one_statement(at),
            (subject, Effect::Creates) if subject != Subject::Identity => self.lets_in(at),
            (Subject::Organization, Effect::Puts) => self.loosened(at),
            (Subject::PublicAccessBlock, _) => self.unblocked(at),
            (Subject::BucketAcl, _) => self.granted(at),
            // A permission set: which roles it becomes, and what they have besides, no event says.
            (Subject::Identity, Effect::Sets) => unknown("assignment", "what the permission set allows is in no event"),
            (Subject::Identity, effect) => self.opened_identity(at, effect),
            _ => Opened::NotAsked,
        }
    }

    /// What documents allow that those in whose place they stand did not.
    pub(super) fn newly(&self, at: At<'_, 'a>, new: &Documents, old: &Documents) -> Opened {
        if is_same(new, old) {
            return Opened::No;
        }
        let At { account, change, arn, .. } = at;
        match change.rule.subject {
            Subject::Bucket | Subject::AccessPoint => self.newly_in_s3(at, new, old),
            Subject::Organization => self.newly_unguarded(new, old),
            Subject::Identity if change.rule.place != Place::Policy => {
                let held = change.slot.map(|slot| self.held_besides(account, change.rule.place, arn, change, slot));
                let held = held.unwrap_or_else(|| vec![Reading::Unreadable]);
                let with = |own: &Documents| held.iter().cloned().chain(own.iter().cloned()).collect::<Documents>();
                compared(&policy::compare(&with(new), &with(old), Side::Identity))
            }
            Subject::Identity => compared(&policy::compare(new, old, Side::Identity)),
            _ => self.let_in(at, new, old),
        }
    }

    /// Whether a resource lets in with `new` what it does not with `old`, with what stands around either.
    fn let_in(&self, at: At<'_, 'a>, new: &Documents, old: &Documents) -> Opened {
        Self::among(at, [&self.target(at, new, &at.around.after), &self.target(at, old, &at.around.after)])
    }

    /// The same for the resource as it is since, and as it was: first strangers, then the account's own people.
    fn among(at: At<'_, 'a>, [new, old]: [&Target; 2]) -> Opened {
        let others: Vec<Audience> = Audience::ALL.into_iter().filter(|one| *one != Audience::SameAccount).collect();
        let opened = compared(&policy::compare_access_of(new, old, &others));
        if opened != Opened::No {
            return opened;
        }
        // Elsewhere the account's own policies are enough, so that to leave all to them is no gain.
        let must_let_in = matches!(at.change.rule.subject, Subject::Trust | Subject::Key | Subject::Grant);
        if !must_let_in && policy::compare_access_of(new, old, &[Audience::SameAccount]) == policy::Answer::No {
            return Opened::No;
        }
        Self::own_people(at, [new, old])
    }

    /// Whether the account's own people are let in who were not, all that their own policies could say granted. What was left
    /// to the account already is nothing new to one of them.
    fn own_people(at: At<'_, 'a>, [new, old]: [&Target; 2]) -> Opened {
        // Seen from beside the account, its own policies allow them everything.
        let beside = [new, old].map(|target| Target {
            account: BESIDE.to_owned(),
            organization: Arc::new(Organization {
                accounts: [at.account.id.clone()].into(),
                accounts_complete: true,
                ..Organization::default()
            }),
            block_public_access: policy::BlockPublicAccess::default(),
            ..target.clone()
        });
        let [new, old] = &beside;
        match compared(&policy::compare_access_of(new, old, &[Audience::Organization])) {
            Opened::Yes(mut witness) => {
                witness.audience = Audience::SameAccount;
                if witness.request.resource_account.as_deref() == Some(BESIDE) {
                    Arc::make_mut(&mut witness.request).resource_account = Some(at.account.id.clone());
                }
                Opened::Yes(witness)
            }
            told => told,
        }
    }

    /// The resource of a change as the engine is told of it.
    fn target(&self, at: At<'_, 'a>, documents: &Documents, around: &Stands) -> Target {
        let place = at.change.rule.place;
        let kind = match at.change.rule.subject {
            Subject::Bucket | Subject::BucketAcl | Subject::PublicAccessBlock if place == Place::Bucket => {
                ResourceKind::BucketPolicy
            }
            Subject::Trust => ResourceKind::RoleTrust,
            _ => ResourceKind::ResourcePolicy,
        };
        // Elsewhere the ARN may be a made-up one, which the policy does not name.
        let known = kind != ResourceKind::ResourcePolicy && !at.arn.ends_with(":root");
        Target {
            kind,
            arn: known.then(|| at.arn.to_owned()),
            account: at.account.id.clone(),
            policy: together(documents),
            // Where no organisation is known, every account that is named may be anybody's.
            organization: Arc::new(Organization { accounts_complete: true, ..(*self.organization()).clone() }),
            block_public_access: around.block(),
            acl: Reading::Read(around.acl()),
            access_points: Vec::new(),
            rcp: Reading::Read(Vec::new()),
            trusted_accounts: self.trusted_accounts().clone(),
        }
    }

    /// A statement that is added, or taken away by its name: it is laid over the policy where that is known.
    fn one_statement(&self, at: At<'_, 'a>) -> Opened {
        if let (Ok(new), Some(old)) = (self.after(at.change), self.before(at.change, at.arn)) {
            return self.newly(at, &new, &old);
        }
        // Whatever the policy was: a statement that lets nobody in by itself lets nobody in beside others.
        if let Some((_, text)) = at.change.document.as_ref().filter(|_| at.change.rule.effect == Effect::Adds)
            && let Ok(added) = self.read(text)
            && self.let_in(at, &vec![added], &Vec::new()) == Opened::No
        {
            return Opened::No;
        }
        unknown("statement_only", "the event has one statement, and no event that was read has the rest of the policy")
    }

    /// Whether an ACL lets in whom the one before did not.
    fn granted(&self, at: At<'_, 'a>) -> Opened {
        let Around { before, after } = at.around;
        let is_void = after.ownership == Some(Ownership::BucketOwnerEnforced);
        if is_void || after.grants.as_ref().is_some_and(Vec::is_empty) {
            return Opened::No;
        }
        let not_known = || unknown("acl_before", "the ACL or ownership before is not known");
        if after.grants.is_none() {
            return not_known();
        }
        let is_known = before.grants.is_some() && before.ownership.is_some();
        match self.around_it(at) {
            Opened::Yes(_) if !is_known => not_known(),
            told => told,
        }
    }

    /// Whether less of Block Public Access lets somebody in, where the policy and the ACL behind it are known.
    fn unblocked(&self, at: At<'_, 'a>) -> Opened {
        if blocks_all(at.change) {
            return Opened::No;
        }
        let Around { before, after } = at.around;
        let was_known = before.of_bucket.is_some();
        if at.change.rule.place != Place::Bucket || !was_known || after.policy.is_none() {
            // That a guardrail was touched is what there is to say.
            return Opened::NotAsked;
        }
        match self.around_it(at) {
            told @ Opened::Yes(_) => told,
            _ => Opened::NotAsked,
        }
    }

    /// Whether what stands around a policy since lets in more than what stood there before.
    fn around_it(&self, at: At<'_, 'a>) -> Opened {
        let of = |stands: &Stands| self.target(at, &self.policy_then(stands), stands);
        Self::among(at, [&of(&at.around.after), &of(&at.around.before)])
    }

    /// The policy that stands around a change of something else; none where it is not known.
    fn policy_then(&self, around: &Stands) -> Documents {
        match &around.policy {
            Some(Before::Document { document, .. }) => vec![self.read(document).unwrap_or(Reading::Unreadable)],
            _ => Vec::new(),
        }
    }

    /// Policies of S3: what outsiders gain, and what the account's own people gain where a Deny goes.
    fn newly_in_s3(&self, at: At<'_, 'a>, new: &Documents, old: &Documents) -> Opened {
        let opened = self.let_in(at, new, old);
        if opened != Opened::No || old.is_empty() {
            return opened;
        }
        let own = json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Principal": { "AWS": at.account.arn() }, "Action": "*", "Resource": "*" }] });
        let Ok(own) = self.read(&own.to_string()) else { return opened };
        let with = |documents: &Documents| documents.iter().cloned().chain([own.clone()]).collect::<Documents>();
        let of = |documents: &Documents| self.target(at, &with(documents), &at.around.after);
        Self::own_people(at, [&of(new), &of(old)])
    }

    /// Whether something new lets in more than its own account and the services that its policy names: what everything new
    /// does is no opening.
    fn lets_in(&self, at: At<'_, 'a>) -> Opened {
        let change = at.change;
        let Some((_, text)) = &change.document else {
            // A role never is without a trust policy; anything else may be made without a policy.
            let hidden = change.rule.subject == Subject::Trust || change.names_a_policy();
            return if hidden { unknown("no_document", "the event does not hold the policy") } else { Opened::No };
        };
        let new = match self.after(change) {
            Ok(new) => new,
            Err(reason) => return Opened::Unknown(vec![*reason]),
        };
        let mut services = BTreeSet::new();
        // What could not be read has been left above.
        named_services(&serde_json::from_str(text).unwrap_or_default(), &mut services);
        // A trust policy has no resources.
        let statement = |more: Value| {
            let mut statement = match change.rule.subject {
                Subject::Trust => json!({ "Effect": "Allow", "Action": "*" }),
                _ => json!({ "Effect": "Allow", "Action": "*", "Resource": "*" }),
            };
            if let (Value::Object(statement), Value::Object(more)) = (&mut statement, more) {
                statement.extend(more);
            }
            statement
        };
        let its_own = json!({ "StringEquals": { "aws:PrincipalAccount": at.account.id } });
        let mut own = vec![statement(json!({ "Principal": { "AWS": "*" }, "Condition": its_own }))];
        own.extend(services.into_iter().map(|service| statement(json!({ "Principal": { "Service": service } }))));
        match self.read(&json!({ "Version": "2012-10-17", "Statement": own }).to_string()) {
            Ok(own) => self.let_in(at, &new, &vec![own]),
            Err(reason) => Opened::Unknown(vec![*reason]),
        }
    }

    /// A guardrail in the place of another: beside a policy that allows everything, does less of it stop?
    fn newly_unguarded(&self, new: &Documents, old: &Documents) -> Opened {
        let everything = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
        let Ok(everything) = self.read(everything) else { return Opened::NotAsked };
        let with = |documents: &Documents| documents.iter().cloned().chain([everything.clone()]).collect::<Documents>();
        compared(&policy::compare(&with(new), &with(old), Side::Identity))
    }

    fn loosened(&self, at: At<'_, 'a>) -> Opened {
        let At { change, arn, .. } = at;
        // Where the earlier one is not known, that a guardrail was touched is what there is to say.
        let (Some(old), Ok(new)) = (self.before(change, arn), self.after(change)) else { return Opened::NotAsked };
        self.newly(at, &new, &old)
    }

    /// A document in the place of another, or of none.
    fn replaced(&self, at: At<'_, 'a>) -> Opened {
        match (self.after(at.change), self.before(at.change, at.arn)) {
            (Err(reason), _) => Opened::Unknown(vec![*reason]),
            (Ok(new), Some(old)) => self.newly(at, &new, &old),
            (Ok(_), None) => not_seen(),
        }
    }

    fn opened_identity(&self, at: At<'_, 'a>, effect: Effect) -> Opened {
        let At { account, change, arn, .. } = at;
        match (change.rule.place, effect) {
            // A version that is not in force, and a policy that nobody holds yet.
            (Place::Policy | Place::User | Place::Group | Place::Other, Effect::Creates) => Opened::No,
            (Place::Policy, _) if !change.is_in_force() => Opened::No,
            (Place::Policy, _) => self.opened_version(account, change, arn),
            _ => {
                let Some(slot) = change.slot.or_else(|| (change.rule.place == Place::Other).then_some("")) else {
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
        let new = match (&change.document, &change.selected) {
            (None, None) => {
                return unknown("document_not_known", "the version that is in force since is not known");
            }
            _ => match self.after(change) {
                Ok(new) => new,
                Err(reason) => return Opened::Unknown(vec![*reason]),
            },
        };
        match (self.before(change, arn), version_before(account, change)) {
            (Some(old), _) => compared(&policy::compare(&new, &old, Side::Identity)),
            (None, Some(version)) => match self.text(&version.document) {
                Ok(old) => compared(&policy::compare(&new, &[old], Side::Identity)),
                Err(reason) => Opened::Unknown(vec![*reason]),
            },
            (None, None) => not_seen(),
        }
    }

    /// What stands there since the change: nothing, or the document of the request.
    pub(super) fn after(&self, change: &Change<'a>) -> Result<Documents, Box<Reason>> {
        match (&change.document, change.rule.effect) {
            (_, Effect::Removes | Effect::Ends) | (None, Effect::MayPut | Effect::Creates) => Ok(Vec::new()),
            (_, Effect::Adds | Effect::Drops) => match change.after() {
                Some(Before::Document { document, .. }) => Ok(vec![self.read(&document)?]),
                Some(Before::Nothing) => Ok(Vec::new()),
                _ => Err(Box::new(reason("statement_only", "the policy that the statement belongs to is not known"))),
            },
            (Some((_, text)), _) => Ok(vec![self.read(text)?]),
            (None, Effect::Selects) if change.selected.is_some() => {
                change.selected.iter().map(|text| self.read(text)).collect()
            }
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
            // What a permission set has besides, and what its holder has besides it, nobody asked.
            Place::Other => vec![Reading::Unreadable],
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

/// The version of a managed policy that was the newest before a change: another may have been in force, which no read tells.
pub(super) fn version_before<'a>(account: &'a Account, change: &Change<'_>) -> Option<&'a PolicyVersion> {
    if change.rule.place != Place::Policy {
        return None;
    }
    let number = |id: &str| id.strip_prefix('v').and_then(|number| number.parse::<u32>().ok());
    let answered = change.event.record.response_elements.pointer("/policyVersion/versionId");
    let id = change.parameter("versionId").or_else(|| Some(answered?.as_str()?.to_owned()));
    let at = change.event.record.event_time;
    let earlier =
        |version: &&PolicyVersion| match (&change.document, number(&version.id), id.as_deref().and_then(number)) {
            (Some(_), Some(one), Some(new)) => one < new,
            _ => id.as_deref() != Some(version.id.as_str()) && version.created <= at,
        };
    let known = account.iam.policies.iter().find(|known| known.arn == change.resource)?;
    known.versions.iter().filter(earlier).max_by_key(|version| number(&version.id))
}

/// Several policies of one resource as one: their statements side by side.
fn together(documents: &Documents) -> Reading<Option<Arc<Document>>> {
    let read = documents.iter().map(|reading| match reading {
        Reading::Read(document) => Some(&**document),
        Reading::Unreadable => None,
    });
    match read.collect::<Option<Vec<&Document>>>() {
        None => Reading::Unreadable,
        Some(all) if all.is_empty() => Reading::Read(None),
        Some(all) => Reading::Read(Some(Arc::new(Document::joined(all)))),
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
    fn on(at: &Value, found: &mut usize) {
        const SWITCHES: [&str; 4] =
            ["blockpublicacls", "ignorepublicacls", "blockpublicpolicy", "restrictpublicbuckets"];
        let Value::Object(fields) = at else { return };
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

/// The services that a policy names as principals.
fn named_services(at: &Value, into: &mut BTreeSet<String>) {
    match at {
        Value::Object(fields) => {
            for (name, value) in fields {
                match (name.as_str(), value) {
                    ("Service", Value::String(one)) => {
                        into.insert(one.clone());
                    }
                    ("Service", Value::Array(all)) => {
                        into.extend(all.iter().filter_map(Value::as_str).map(str::to_owned));
                    }
                    ("Statement" | "Principal", inner) => named_services(inner, into),
                    _ => {}
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| named_services(item, into)),
        _ => {}
    }
}
