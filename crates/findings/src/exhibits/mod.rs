//! What is worth seeing whatever a check says of it: who reaches what, who is who, what is logged.
//!
//! Exhibits are gathered from the same case that the checks ask, so that a question is asked once. Each is there only
//! where a check needs the facts that it shows; else nobody read them.

mod documents;
mod exposure;
mod identities;
mod logging;

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use forewarn_inventory::{Fact, Gap};
use forewarn_policy::{Audience, LayerName};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::case::World;
use crate::changes::became;
use crate::parallel::side_by_side;
use crate::run::said;
use crate::{Case, ChangeExhibit, Check, Evidence, Finding, Reason, Resource, Witness};

/// What is worth seeing whatever a check says of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Exhibits {
    /// Recent changes of who may do what, by account and time; empty where no check needs them.
    pub changes: Vec<ChangeExhibit>,
    /// Every bucket with what protects it.
    pub buckets: Vec<BucketExhibit>,
    /// Users, roles and root users.
    pub identities: Vec<IdentityExhibit>,
    /// Who outside an account reaches what in it, or may. What is not among them was asked of every bucket of `buckets`
    /// and every role of `identities`, and is No.
    pub exposures: Vec<Exposure>,
    /// Every trail with the steps from the call to the alarm.
    pub logging: Vec<LoggingExhibit>,
    /// The policies that findings and exposures point into, by hash of their text.
    pub documents: BTreeMap<String, DocumentExhibit>,
}

/// How something is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SettingState {
    /// It is there.
    On,
    /// Some of it is there.
    Partly,
    /// It is not there.
    Off,
    /// It could not be read.
    Unknown,
}

/// A setting and what there is to say of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// How it is set.
    pub state: SettingState,
    /// A few words; empty where the state says it all.
    pub said: String,
}

impl Setting {
    fn of(on: bool) -> Self {
        Self { state: if on { SettingState::On } else { SettingState::Off }, said: String::new() }
    }

    fn off() -> Self {
        Self::of(false)
    }

    fn unknown(why: &(impl ToString + ?Sized)) -> Self {
        Self { state: SettingState::Unknown, said: why.to_string() }
    }

    fn saying(self, said: impl Into<String>) -> Self {
        Self { said: said.into(), ..self }
    }

    /// What was read; absent = off.
    fn read<T>(read: Result<Option<&T>, &Gap>, shown: impl FnOnce(&T) -> Self) -> Self {
        match read {
            Ok(Some(value)) => shown(value),
            Ok(None) => Self::off(),
            Err(gap) => Self::unknown(gap),
        }
    }
}

/// A bucket and what protects it.
#[derive(Debug, Clone, PartialEq)]
pub struct BucketExhibit {
    /// The bucket.
    pub resource: Resource,
    /// S3 Block Public Access, of the bucket and the account together.
    pub block_public_access: Setting,
    /// Whether ACLs are out of force.
    pub acls_disabled: Setting,
    /// Default encryption with a key of KMS; S3 encrypts with its own at least.
    pub kms_encryption: Setting,
    /// Versioning.
    pub versioning: Setting,
    /// Server access logging.
    pub access_logging: Setting,
}

/// What an identity is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentityKind {
    /// The root user.
    Root,
    /// An IAM user.
    User,
    /// A role.
    Role,
}

/// A user or role, and what it can sign in with.
#[derive(Debug, Clone, PartialEq)]
pub struct IdentityExhibit {
    /// It.
    pub resource: Resource,
    /// What it is.
    pub kind: IdentityKind,
    /// Whether it may do everything in its account; `None` = no check needed to know.
    pub administrator: Option<Setting>,
    /// Whether it has a password for the console; `None` for a role.
    pub password: Option<Setting>,
    /// Whether an MFA device is active; `None` for a role.
    pub mfa: Option<Setting>,
    /// How many access keys are active, where that is known.
    pub active_keys: Option<u32>,
    /// When the oldest active access key was made or last rotated.
    pub oldest_key: Option<Timestamp>,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// When it was last used, as far as AWS tracks that.
    pub last_used: Option<Timestamp>,
    /// ARN of its permissions boundary.
    pub boundary: Option<String>,
    /// Names of its policies, its own and those of its groups.
    pub policies: Vec<String>,
    /// The long-lived keys that it was seen to use, by id; empty where no check needed to know.
    pub keys: Vec<KeyExhibit>,
}

/// A long-lived key, as far as calls with it were seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyExhibit {
    /// Its id.
    pub id: String,
    /// How many networks it was used from: /16, or /32 of IPv6, or one that the user named. Addresses inside a VPC, and
    /// services that called on somebody's behalf, do not count.
    pub networks: u32,
    /// Whether there may be more: not every call is known.
    pub at_least: bool,
    /// The first call that was seen.
    pub since: Timestamp,
    /// The last one.
    pub last_used: Timestamp,
}

impl KeyExhibit {
    /// `key AKIA… used from 3 networks since 2026-03-01`.
    pub fn words(&self) -> String {
        let networks = match self.networks {
            0 => "no public network".to_owned(),
            1 => "1 network".to_owned(),
            many => format!("{many} networks"),
        };
        let least = if self.at_least { "at least " } else { "" };
        format!("key {} used from {least}{networks} since {}", self.id, self.since.strftime("%Y-%m-%d"))
    }
}

/// What a caller can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ability {
    /// List the objects of a bucket.
    List,
    /// Read objects.
    Read,
    /// Write or delete objects.
    Write,
    /// Change who may do what with a bucket, or what is kept of it.
    Administer,
    /// Assume a role.
    Assume,
    /// Something else.
    Other,
}

/// That a class of callers outside an account reaches a resource in it, or may.
#[derive(Debug, Clone, PartialEq)]
pub struct Exposure {
    /// The resource.
    pub resource: Resource,
    /// The callers.
    pub audience: Audience,
    /// Who of them: accounts, or the caller of the witness where that is a service or a provider; may be empty.
    pub callers: Vec<String>,
    /// What they can do; empty where it could not be decided whether they get in.
    pub abilities: Vec<Ability>,
    /// A request that is allowed; `None` where it could not be decided.
    pub witness: Option<Witness>,
    /// The statements that allow it.
    pub evidence: Vec<Evidence>,
    /// Layers that could not be read and might close it all the same.
    pub unless: Vec<LayerName>,
    /// Why it could not be decided; empty where it was.
    pub undecided: Vec<Reason>,
}

/// A link of the chain from a call to somebody who hears of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoggingLink {
    /// The trail records.
    Recording,
    /// It records every region.
    EveryRegion,
    /// It arrives in its bucket.
    Bucket,
    /// Digests prove that nothing was changed.
    Validation,
    /// It is encrypted with a key of KMS.
    Encryption,
    /// It arrives in a log group, where alarms can see it.
    LogGroup,
    /// Deliveries are announced on a topic.
    Topic,
}

/// One link and its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggingStep {
    /// The link.
    pub link: LoggingLink,
    /// Its state.
    pub setting: Setting,
}

/// A trail as a chain.
#[derive(Debug, Clone, PartialEq)]
pub struct LoggingExhibit {
    /// The trail.
    pub resource: Resource,
    /// Whether it records the whole organisation.
    pub organization: bool,
    /// Its links, in order.
    pub steps: Vec<LoggingStep>,
}

/// A place that has a document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DocumentPlace {
    /// ARN of the resource.
    pub resource: String,
    /// JSON pointer to the text; the pointers of evidence go on inside.
    pub pointer: String,
}

/// A policy document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentExhibit {
    /// Its text as AWS has it.
    pub text: String,
    /// Where it stands, as far as something points there.
    pub places: Vec<DocumentPlace>,
}

/// Gathers what the needs of the checks cover. An exhibit that breaks off is missing, and a fault of forewarn.
pub(crate) fn gathered(
    checks: &[&'static Check],
    world: &World<'_>,
    findings: &[Finding],
    faults: &mut Vec<String>,
) -> Exhibits {
    let Some(check) = checks.first() else { return Exhibits::default() };
    let needed: BTreeSet<Fact> = checks.iter().flat_map(|check| check.needs).copied().collect();
    let needs = |facts: &[Fact]| facts.iter().all(|fact| needed.contains(fact));
    let case = Case::new(world, check);
    let parts: [Part<'_>; 6] = [
        ("changes", needs(&[Fact::RecentChanges]), &|all| {
            let changes = case.recent_changes();
            let became = became(&case, &changes);
            all.changes = changes.iter().zip(became).map(|(change, became)| change.exhibit(became)).collect();
        }),
        ("buckets", needs(&[Fact::Buckets]), &|all| all.buckets = exposure::buckets(case)),
        ("identities", needs(&[Fact::Users, Fact::Roles]), &|all| {
            let rights = needs(&[Fact::Groups, Fact::Policies]);
            all.identities = identities::all(case, rights, needs(&[Fact::CredentialReport]), needs(&[Fact::KeyUse]));
        }),
        ("exposed buckets", needs(&[Fact::Buckets, Fact::BucketPolicy]), &|all| {
            all.exposures = exposure::of_buckets(case);
        }),
        ("exposed roles", needs(&[Fact::Roles]), &|all| all.exposures = exposure::of_roles(case)),
        ("logging", needs(&[Fact::Trails]), &|all| all.logging = logging::chains(case)),
    ];
    let mut gathered = Exhibits::default();
    for (own, fault) in side_by_side(&parts, gather) {
        gathered.add(own);
        faults.extend(fault);
    }
    let documents: Part<'_> = ("documents", true, &|all| {
        let exposed = gathered.exposures.iter().flat_map(|exposure| &exposure.evidence);
        let shown = findings.iter().flat_map(|finding| &finding.grounds.evidence).chain(exposed);
        all.documents = documents::behind(case.inventory(), shown);
    });
    let (own, fault) = gather(&documents);
    gathered.add(own);
    faults.extend(fault);
    gathered
}

/// The name of an exhibit, whether it is wanted, and how it is gathered.
type Part<'p> = (&'static str, bool, &'p (dyn Fn(&mut Exhibits) + Sync));

/// What one exhibit shows, and the fault where it broke off.
fn gather((name, wanted, gather): &Part<'_>) -> (Exhibits, Option<String>) {
    let mut own = Exhibits::default();
    let fault = wanted.then(|| catch_unwind(AssertUnwindSafe(|| gather(&mut own)))).and_then(Result::err);
    (own, fault.map(|panic| format!("the exhibit of {name} broke off: {}", said(&*panic))))
}

/// Most parts are the only ones of their kind: such a list is taken as it is.
fn append<T>(list: &mut Vec<T>, more: Vec<T>) {
    if list.is_empty() {
        *list = more;
    } else {
        list.extend(more);
    }
}

impl Exhibits {
    fn add(&mut self, more: Self) {
        let Self { changes, buckets, identities, exposures, logging, documents } = more;
        append(&mut self.changes, changes);
        append(&mut self.buckets, buckets);
        append(&mut self.identities, identities);
        append(&mut self.exposures, exposures);
        append(&mut self.logging, logging);
        self.documents.extend(documents);
    }
}

#[cfg(test)]
mod tests;
