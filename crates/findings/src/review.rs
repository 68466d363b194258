//! What a proposed change would open: findings held against those of today, and who gains what.
//!
//! The access delta asks the policy engine about the whole stack of layers before and after: policies, boundary, guardrails,
//! Block Public Access, ACL, access points. A Yes has a request that passes after the change and does not pass today, and
//! is replayed on both sides before anybody sees it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use forewarn_inventory::{
    Account, Bucket, Inventory, Key, Listing, Observed, Proposed, ProposedAction, Role, Understood,
};
use forewarn_policy::{self as policy, Decided, Decision, Layers};
use serde::{Deserialize, Serialize};

use crate::case::{Memo, World};
use crate::parallel::side_by_side;
use crate::run::{Begun, judged};
use crate::{
    Asked, Case, Change, Check, Evidence, Fact, Finding, Identity, In, Judge, Protects, Reason, Report, Resource,
    Rights, Settings, Severity, Side, Subject, VerdictKind, Witness,
};

/// A change judged before it is applied.
#[derive(Debug, Clone, PartialEq)]
pub struct Review {
    /// The report of the proposed inventory, held against that of today.
    pub report: Report,
    /// Every document, identity and resource that the change touches, with what it lets in that was kept out.
    pub access: Vec<AccessDelta>,
    /// The resources of the change, in its own order.
    pub proposed: Vec<Proposed>,
    /// What a reader must know of how the change was read.
    pub notes: Vec<String>,
}

/// What an access delta is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Of {
    /// What a user or role may do.
    Identity,
    /// Who may assume a role.
    Trust,
    /// Who may do what with a bucket.
    Bucket,
    /// Who may do what with a key.
    Key,
}

/// What a user, role, bucket or key lets in after the change and not today.
#[derive(Debug, Clone, PartialEq)]
pub struct AccessDelta {
    /// Whose policies changed.
    pub resource: Resource,
    /// What the delta is of.
    pub of: Of,
    /// What is gained.
    pub gains: Gain,
    /// What passes today and not after the change; `None` = nothing, or not decided.
    pub loses: Option<Witness>,
}

/// Whether anything is gained.
#[derive(Debug, Clone, PartialEq)]
pub enum Gain {
    /// This request passes after the change and not today, and these statements let it.
    Yes(Box<(Witness, Vec<Evidence>)>),
    /// Nothing: whatever passes after the change passes today.
    Nothing,
    /// It could not be decided; never empty.
    Unknown(Vec<Reason>),
}

impl Review {
    /// Judges the inventory of today and the proposed one.
    pub fn of(
        checks: &[&'static Check],
        today: &Inventory,
        after: &Inventory,
        proposed: Vec<Proposed>,
        settings: &Settings,
        tool_version: &str,
    ) -> Self {
        // A change is held against what is there today, not against frameworks.
        let settings = Settings { frameworks: Vec::new(), ..settings.clone() };
        let memo: Arc<Memo> = Arc::default();
        let world = |inventory| World::remembering(inventory, &settings, Arc::clone(&memo));
        let (old, new) = (world(today), world(after));
        let before = judged(checks, &old, tool_version, Begun::default());
        let mut report = judged(checks, &new, tool_version, Begun::default()).since(&before);
        drop(before);
        let access = deltas(&Pair { old: Case::new(&old, &ASKS), new: Case::new(&new, &ASKS) });
        let faults = old.into_faults().into_iter().chain(new.into_faults()).collect::<BTreeSet<_>>();
        report.coverage.internal_errors.extend(faults);
        let mut review = Self { report, access, proposed, notes: Vec::new() };
        review.settle();
        review
    }

    /// A Fail on other evidence than today is a new one only where the change is about its resource, or lets more through to
    /// it: an old finding that now names one person more is not what the change brings in.
    fn settle(&mut self) {
        let mut gains: BTreeMap<&str, bool> = BTreeMap::new();
        for delta in &self.access {
            *gains.entry(&delta.resource.arn).or_default() |= delta.gains != Gain::Nothing;
        }
        let changed = self.proposed.iter().filter(|proposed| proposed.action != ProposedAction::Keep);
        let about: BTreeSet<&str> = changed.flat_map(|proposed| proposed.about.iter().map(String::as_str)).collect();
        for finding in &mut self.report.findings {
            let arn = finding.resource.arn.as_str();
            let new = gains.get(arn).copied().unwrap_or_else(|| about.contains(arn));
            if finding.change == Some(Change::Changed) && !new {
                finding.change = Some(Change::Unchanged);
            }
        }
    }

    /// Fails that are not there today, or are there on other evidence; the worst first.
    pub fn introduced(&self) -> Vec<&Finding> {
        self.changed(VerdictKind::Fail)
    }

    /// What could be judged today and cannot be after the change, and what rests on a value that only the change will
    /// make known; the worst first.
    pub fn undecided(&self) -> Vec<&Finding> {
        self.changed(VerdictKind::Unknown)
    }

    fn changed(&self, verdict: VerdictKind) -> Vec<&Finding> {
        let open = |finding: &Finding| {
            finding.grounds.unknown_because.iter().any(|reason| {
                let later = |gap: &crate::Gap| gap.cause == crate::Cause::KnownAfterApply;
                reason.code == "known_after_apply" || reason.gap.as_ref().is_some_and(later)
            })
        };
        let mut found: Vec<&Finding> = self
            .report
            .findings
            .iter()
            .filter(|finding| finding.verdict == verdict)
            .filter(|finding| matches!(finding.change, Some(Change::New | Change::Changed)) || open(finding))
            .collect();
        found.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        found
    }

    /// Fails that are there today and stay.
    pub fn unchanged(&self) -> impl Iterator<Item = &Finding> {
        let stays = |finding: &&Finding| finding.change == Some(Change::Unchanged);
        self.report.findings.iter().filter(|finding| finding.verdict == VerdictKind::Fail).filter(stays)
    }

    /// What of the change each ARN comes from.
    pub fn sources(&self) -> Sources<'_> {
        let mut about: HashMap<&str, Vec<&Proposed>> = HashMap::new();
        for proposed in &self.proposed {
            for arn in &proposed.about {
                about.entry(arn).or_default().push(proposed);
            }
        }
        Sources { about }
    }

    /// Why the review is not whole: resources that were not understood, and access that could not be decided.
    pub fn is_incomplete(&self) -> bool {
        let lost = |proposed: &Proposed| matches!(proposed.understood, Understood::Not(_));
        self.proposed.iter().any(lost) || self.access.iter().any(|delta| matches!(delta.gains, Gain::Unknown(_)))
    }
}

/// The resources of a change by what they are about.
#[derive(Debug)]
pub struct Sources<'r> {
    about: HashMap<&'r str, Vec<&'r Proposed>>,
}

impl<'r> Sources<'r> {
    /// The resource of the change that something is about: of several the one that changes, and of those the one that has
    /// the part of the resource in its type that `pointer` leads into (a bucket policy for `/policy/Statement/0`).
    pub fn of(&self, arn: &str, pointer: Option<&str>) -> Option<&'r Proposed> {
        let part = pointer.and_then(|pointer| pointer.split('/').nth(1)).filter(|part| !part.is_empty());
        // What stands inline in an identity is a policy to whoever declares it.
        let part = part.map(|part| if part == "inline" { "policy".to_owned() } else { part.replace('_', "") });
        let fits = |proposed: &Proposed| {
            let kind = proposed.kind.replace('_', "").to_ascii_lowercase();
            part.as_ref().is_some_and(|part| kind.contains(part))
        };
        // The first of those that are equally good.
        let about = self.about.get(arn)?.iter().rev().copied();
        about.max_by_key(|proposed| (proposed.action != ProposedAction::Keep, fits(proposed)))
    }
}

/// What the review itself asks as; it judges nothing.
static ASKS: Check = Check {
    id: "review.access",
    title: "Access that a change opens",
    severity: Severity::Informational,
    protects: &[Protects::Confidentiality],
    side: Side::Customer,
    needs: &[Fact::Users, Fact::Roles],
    parameters: &[],
    docs: "",
    judge: Judge::Inventory(|_, _| {}),
};

/// Every user, role, bucket and key whose layers differ.
fn deltas(pair: &Pair<'_>) -> Vec<AccessDelta> {
    let mut differ = Vec::new();
    for account in pair.new.accounts() {
        let before = pair.old.accounts().find(|before| before.id == account.id);
        pair.identities(before, account, &mut differ);
        pair.resources(before, account, &mut differ);
    }
    side_by_side(&differ, |layers| pair.delta(layers)).into_iter().flatten().collect()
}

/// Something whose layers may differ, as it is after the change and as it is today.
enum Differs<'a> {
    Identity(Identity<'a>, Option<Identity<'a>>),
    Bucket(In<'a, Bucket>, Option<In<'a, Bucket>>),
    Trust(In<'a, Role>, Option<In<'a, Role>>),
    Key(In<'a, Key>, Option<In<'a, Key>>),
}

struct Pair<'a> {
    old: Case<'a>,
    new: Case<'a>,
}

impl<'a> Pair<'a> {
    fn delta(&self, differs: &Differs<'a>) -> Option<AccessDelta> {
        match differs {
            Differs::Identity(now, earlier) => self.identity(*now, *earlier),
            Differs::Bucket(now, earlier) => {
                let closed = bucket_without_access(now);
                let before = match earlier {
                    Some(earlier) => self.old.bucket(earlier),
                    None => self.new.bucket(&In::new(now.account, &closed)).without_access_points(),
                };
                self.resource(Resource::from(now), Of::Bucket, &self.new.bucket(now), &before)
            }
            Differs::Trust(now, earlier) => {
                let asked = self.new.role(now);
                let before = earlier.map_or_else(|| self.new.role(now).without_policy(), |role| self.old.role(&role));
                self.resource(Resource::from(now), Of::Trust, &asked, &before)
            }
            Differs::Key(now, earlier) => {
                let asked = self.new.key(now);
                let before = earlier.map_or_else(|| self.new.key(now).without_policy(), |key| self.old.key(&key));
                self.resource(Resource::from(now), Of::Key, &asked, &before)
            }
        }
    }

    fn identities(&self, before: Option<&'a Account>, account: &'a Account, differ: &mut Vec<Differs<'a>>) {
        let known: BTreeMap<&str, Identity<'a>> = before
            .into_iter()
            .flat_map(|before| self.old.identities_of(before))
            .map(|identity| (identity.arn(), identity))
            .collect();
        // Only what an identity holds, or what stands over all of them, can change what it may do.
        let shared = before.is_some_and(|before| {
            before.iam.policies == account.iam.policies
                && before.iam.groups == account.iam.groups
                && self.old.inventory().organization == self.new.inventory().organization
        });
        for identity in self.new.identities_of(account) {
            let earlier = known.get(identity.arn()).copied();
            if shared && earlier.is_some_and(|earlier| same_identity(&earlier, &identity)) {
                continue;
            }
            differ.push(Differs::Identity(identity, earlier));
        }
    }

    fn identity(&self, identity: Identity<'a>, earlier: Option<Identity<'a>>) -> Option<AccessDelta> {
        let rights = self.new.rights(identity);
        let earlier = earlier.map(|earlier| self.old.rights(earlier));
        let nothing = Layers { identity: Some(Vec::new()), ..rights.layers().clone() };
        let layers = earlier.as_ref().map_or(&nothing, |earlier| earlier.layers());
        if rights.layers() == layers {
            return None;
        }
        let who = policy::Principal::Arn(identity.arn().to_owned());
        let gains = match policy::compare_principal(&who, rights.layers(), layers) {
            policy::Answer::No => Gain::Nothing,
            policy::Answer::Unknown(doubts) => Gain::Unknown(reasons(&rights, earlier.as_ref(), &doubts)),
            policy::Answer::Yes(hit) => self.identity_gains(&rights, layers, hit),
        };
        let loses = match policy::compare_principal(&who, layers, rights.layers()) {
            policy::Answer::Yes(hit) => Some(Witness { audience: hit.audience, request: hit.witness }),
            policy::Answer::No | policy::Answer::Unknown(_) => None,
        };
        Some(AccessDelta { resource: Resource::from(&identity), of: Of::Identity, gains, loses })
    }

    /// Replays a gain of an identity on both sides.
    fn identity_gains(&self, rights: &Rights<'a>, before: &Layers, hit: policy::Hit) -> Gain {
        let passes = |layers: &Layers| policy::decide(&policy::with_delegation(layers, &hit.witness), &hit.witness);
        let (now, then) = (passes(rights.layers()), passes(before));
        if let Some(fault) = self.replayed(rights.identity.arn(), &now.decision, &then.decision) {
            return fault;
        }
        let proof = rights.proof(hit);
        let evidence = std::iter::once(proof.first).chain(proof.more).collect();
        let witness = Witness { audience: proof.hit.audience, request: proof.hit.witness };
        Gain::Yes(Box::new((witness, evidence)))
    }

    fn resources(&self, before: Option<&'a Account>, account: &'a Account, differ: &mut Vec<Differs<'a>>) {
        let organization = self.old.inventory().organization == self.new.inventory().organization;
        let same_block = before.is_some_and(|before| {
            before.s3.public_access_block == account.s3.public_access_block
                && before.s3.access_points == account.s3.access_points
        });
        let earlier = by_arn(before, |account| &account.s3.buckets);
        for bucket in &account.s3.buckets {
            let old = earlier.get(bucket.arn.as_str()).copied();
            if !(organization && same_block && old.is_some_and(|old| old.item() == bucket)) {
                differ.push(Differs::Bucket(In::new(account, bucket), old));
            }
        }
        let earlier = by_arn(before, |account| &account.iam.roles);
        for role in &account.iam.roles {
            let old = earlier.get(role.arn.as_str()).copied();
            if !(organization && old.is_some_and(|old| old.trust == role.trust)) {
                differ.push(Differs::Trust(In::new(account, role), old));
            }
        }
        let earlier = by_arn(before, |account| &account.kms.keys);
        for key in &account.kms.keys {
            let old = earlier.get(key.arn.as_str()).copied();
            if !(organization && old.is_some_and(|old| old.policy == key.policy)) {
                differ.push(Differs::Key(In::new(account, key), old));
            }
        }
    }

    fn resource(&self, resource: Resource, of: Of, asked: &Asked<'a>, earlier: &Asked<'a>) -> Option<AccessDelta> {
        let (new, old) = (asked.target(), earlier.target());
        if new == old {
            return None;
        }
        let gains = match policy::compare_access(new, old) {
            policy::Answer::No => Gain::Nothing,
            policy::Answer::Unknown(doubts) => {
                let organization = self.new.inventory().organization.gap();
                let all = doubts.iter().flat_map(|doubt| {
                    [asked, earlier].into_iter().flat_map(|side| side.reasons(doubt, organization)).collect::<Vec<_>>()
                });
                Gain::Unknown(once(all))
            }
            policy::Answer::Yes(hit) => {
                let way = policy::route(new, &hit.witness).is_some();
                let then = if way && policy::route(old, &hit.witness).is_none() {
                    // There is no such way in today.
                    Decided::Known(Decision::ImplicitDeny)
                } else {
                    passes(old, &hit)
                };
                self.replayed(&resource.arn, &passes(new, &hit), &then).unwrap_or_else(|| {
                    let evidence = hit.because.iter().map(|at| asked.evidence(at, &hit.witness)).collect();
                    let witness = Witness { audience: hit.audience, request: hit.witness.clone() };
                    Gain::Yes(Box::new((witness, evidence)))
                })
            }
        };
        let loses = match policy::compare_access(old, new) {
            policy::Answer::Yes(hit) => Some(Witness { audience: hit.audience, request: hit.witness }),
            policy::Answer::No | policy::Answer::Unknown(_) => None,
        };
        Some(AccessDelta { resource, of, gains, loses })
    }

    /// What is to be said of a witness that does not pass after the change, or passes today; `None` = it holds.
    fn replayed(&self, at: &str, now: &Decided, then: &Decided) -> Option<Gain> {
        if *now == Decided::Known(Decision::Allow) && *then != Decided::Known(Decision::Allow) {
            return None;
        }
        self.new.fault(format!("a gain on `{at}` does not replay: {now:?} after the change, {then:?} today"));
        Some(Gain::Unknown(vec![Reason {
            code: "internal_error".to_owned(),
            message: "the request that was found does not replay; please report this".to_owned(),
            gap: None,
        }]))
    }
}

/// The things of an account by their ARN.
fn by_arn<'a, T: Subject>(
    account: Option<&'a Account>,
    things: impl Fn(&'a Account) -> &'a Listing<T>,
) -> HashMap<&'a str, In<'a, T>> {
    let all = account.into_iter().flat_map(|account| things(account).iter().map(move |item| In::new(account, item)));
    all.map(|thing| (thing.item().arn(), thing)).collect()
}

/// What becomes of a witness. A principal of the account itself is asked with nothing but the policy of the resource: what
/// its own policies allow it besides is no difference.
fn passes(target: &policy::Target, hit: &policy::Hit) -> Decided {
    let mut layers = policy::layers(target, &hit.witness);
    if hit.audience == policy::Audience::SameAccount {
        layers.identity = Some(Vec::new());
    }
    policy::decide(&layers, &hit.witness).decision
}

fn same_identity(one: &Identity<'_>, other: &Identity<'_>) -> bool {
    match (one, other) {
        (Identity::User(one), Identity::User(other)) => one.item() == other.item(),
        (Identity::Role(one), Identity::Role(other)) => one.item() == other.item(),
        _ => false,
    }
}

/// A bucket of that name as it is before anybody gives it a policy or an ACL: nobody from outside gets in.
fn bucket_without_access(bucket: &Bucket) -> Bucket {
    Bucket {
        policy: Observed::Absent,
        policy_status: Observed::Absent,
        acl: Observed::Absent,
        ownership: Observed::Present(policy::Ownership::BucketOwnerEnforced),
        public_access_block: Observed::Absent,
        ..bucket.clone()
    }
}

fn reasons(rights: &Rights<'_>, earlier: Option<&Rights<'_>>, doubts: &[policy::Doubt]) -> Vec<Reason> {
    let all = doubts.iter().flat_map(|doubt| {
        let old = earlier.map(|earlier| earlier.reasons(doubt)).unwrap_or_default();
        rights.reasons(doubt).into_iter().chain(old)
    });
    once(all)
}

/// Each reason once; those that name a read leave out the doubt that stands for it.
fn once(all: impl Iterator<Item = Reason>) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = all.collect();
    reasons.sort();
    reasons.dedup();
    let named: BTreeSet<String> = reasons.iter().filter(|r| r.gap.is_some()).map(|r| r.code.clone()).collect();
    reasons.retain(|reason| reason.gap.is_some() || !named.contains(&reason.code));
    reasons
}

#[cfg(test)]
mod tests;
