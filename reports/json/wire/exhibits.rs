//! The exhibits as they stand in the file.

use std::collections::BTreeMap;

use forewarn_findings as model;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::list::List;
use super::{
    Ability, Audience, Evidence, IdentityKind, Instant, LayerName, LoggingLink, Reason, SettingState, StandsOut, State,
    Witness,
};

/// What is worth seeing whatever a check says of it.
#[derive(Serialize, Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields, expecting = "an object that holds exhibits")]
pub(super) struct Exhibits<'a> {
    /// Recent changes of who may do what, by account and time; empty where no check needs them.
    changes: List<'a, RecentChange>,
    /// Every bucket with what protects it; empty where no check needs buckets, as below.
    #[serde(default)]
    buckets: List<'a, BucketRow>,
    /// Root users, users and roles.
    #[serde(default)]
    identities: List<'a, IdentityRow>,
    /// Who outside an account reaches what in it, or may: asked of every bucket and role; what is not here is No.
    #[serde(default)]
    exposures: List<'a, Exposure>,
    /// Every trail with the links from the call to the alarm.
    #[serde(default)]
    logging: List<'a, LoggingRow>,
    /// The policies that evidence points into, by hash of their text.
    #[serde(default)]
    documents: BTreeMap<String, PolicyDocument>,
}

/// How something is set.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with `state` and `said`")]
struct Setting {
    /// How it is set.
    state: SettingState,
    /// A few words; may be empty.
    said: String,
}

/// A bucket and what protects it.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object that describes a bucket")]
struct BucketRow {
    /// Its ARN.
    resource_arn: String,
    /// The account that it belongs to.
    account: String,
    /// Its region.
    region: Option<String>,
    /// S3 Block Public Access, of the bucket and the account together.
    block_public_access: Setting,
    /// Whether ACLs are out of force.
    acls_disabled: Setting,
    /// Default encryption with a key of KMS.
    kms_encryption: Setting,
    /// Versioning.
    versioning: Setting,
    /// Server access logging.
    access_logging: Setting,
}

/// A user or role, and what it can sign in with.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object that describes an identity")]
struct IdentityRow {
    /// Its ARN.
    resource_arn: String,
    /// The account that it belongs to.
    account: String,
    /// Its region, which is always null.
    region: Option<String>,
    /// What it is.
    kind: IdentityKind,
    /// Whether it may do everything in its account; null where no check needed to know.
    administrator: Option<Setting>,
    /// Whether it has a password for the console.
    password: Option<Setting>,
    /// Whether an MFA device is active.
    mfa: Option<Setting>,
    /// How many access keys are active.
    active_keys: Option<u32>,
    /// When the oldest active access key was made or last rotated.
    oldest_key: Option<Instant>,
    /// When it was made.
    created: Option<Instant>,
    /// When it was last used, as far as AWS tracks that.
    last_used: Option<Instant>,
    /// ARN of its permissions boundary.
    boundary: Option<String>,
    /// Names of its policies, its own and those of its groups.
    policies: Vec<String>,
    /// The long-lived keys that it was seen to use, by id.
    #[serde(default)]
    keys: Vec<UsedKey>,
}

/// A long-lived key, as far as calls with it were seen.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object that describes an access key")]
struct UsedKey {
    /// Its id.
    id: String,
    /// How many networks it was used from: /16, or /32 of IPv6, or one that the user named.
    networks: u32,
    /// Whether there may be more: not every call is known.
    at_least: bool,
    /// The first call that was seen.
    since: Instant,
    /// The last one.
    last_used: Instant,
}

/// That a class of callers outside an account reaches a resource in it, or may.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object that describes an exposure")]
struct Exposure {
    /// The resource's ARN.
    resource_arn: String,
    /// The account that it belongs to.
    account: String,
    /// Its region; null for a global resource.
    region: Option<String>,
    /// The callers.
    audience: Audience,
    /// Who of them, where that can be said.
    callers: Vec<String>,
    /// What they can do; empty where it could not be decided whether they get in.
    abilities: Vec<Ability>,
    /// A request that is allowed.
    witness: Option<Witness>,
    /// The statements that allow it.
    evidence: Vec<Evidence>,
    /// Layers that could not be read and might close it all the same.
    unless: Vec<LayerName>,
    /// Why it could not be decided; empty where it was.
    undecided: Vec<Reason>,
}

/// A trail as a chain.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object that describes a trail")]
struct LoggingRow {
    /// The trail's ARN.
    resource_arn: String,
    /// The account in whose list it stands.
    account: String,
    /// Its home region.
    region: Option<String>,
    /// Whether it records the whole organisation.
    organization: bool,
    /// Its links, in order.
    steps: Vec<LoggingStep>,
}

/// A link of a chain and its state.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with `link`, `state` and `said`")]
struct LoggingStep {
    /// The link.
    link: LoggingLink,
    /// Its state.
    state: SettingState,
    /// A few words; may be empty.
    said: String,
}

/// A policy document.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with `text` and `places`")]
struct PolicyDocument {
    /// Its text as AWS has it.
    text: String,
    /// Where it stands, as far as evidence points there.
    places: Vec<DocumentPlace>,
}

/// A place that has a document.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with `resource` and `pointer`")]
struct DocumentPlace {
    /// ARN of the resource.
    resource: String,
    /// JSON pointer to the text.
    pointer: String,
}

/// A change in the timeline.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object that describes a change")]
struct RecentChange {
    /// When the call ended.
    time: Instant,
    /// The id of the CloudTrail event.
    event: String,
    /// The operation.
    name: String,
    /// The service, such as `s3.amazonaws.com`.
    source: String,
    /// The region that answered.
    region: Option<String>,
    /// ARN of what was changed.
    resource_arn: String,
    /// The account that it belongs to.
    account: String,
    /// Its region; null for a global resource.
    resource_region: Option<String>,
    /// A word for what it changes, such as `trust`.
    changes: String,
    /// ARN or name of who made the call.
    actor: String,
    /// The person behind a session, where that is known.
    person: Option<String>,
    /// Address or service that the call came from.
    address: Option<String>,
    /// What the client said it was.
    agent: Option<String>,
    /// The error code of a refused call.
    refused: Option<String>,
    /// Whether it opened access; null where it was not compared, or could not be decided.
    opened: Option<bool>,
    /// A request that is allowed since.
    witness: Option<Witness>,
    /// Why it could not be decided whether it opened access.
    undecided: Vec<Reason>,
    /// Why it stands out.
    stands_out: Vec<StandsOut>,
    /// What became of what it opened; null where it opened nothing, or where no event store says what came after it.
    #[serde(default)]
    became: Option<Became>,
}

/// What became of what a change opened.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with `state`, `reset` and `as_of`")]
struct Became {
    /// `reset`, or how what it opened stands.
    state: State,
    /// What shut it again.
    reset: Option<Reset>,
    /// Up to when the events are known.
    as_of: Instant,
}

/// How something was shut again.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with `event`, `time` and `open_for_seconds`")]
struct Reset {
    /// The id of the CloudTrail event.
    event: String,
    /// When.
    time: Instant,
    /// How long it was open.
    open_for_seconds: i64,
}

impl<'a> Exhibits<'a> {
    pub(super) fn of(exhibits: &'a model::Exhibits) -> Self {
        let model::Exhibits { changes, buckets, identities, exposures, logging, documents } = exhibits;
        let document =
            |(hash, document): (&String, &model::DocumentExhibit)| (hash.clone(), PolicyDocument::of(document.clone()));
        Self {
            changes: List::of(changes, |change| RecentChange::of(change.clone())),
            buckets: List::of(buckets, |bucket| BucketRow::of(bucket.clone())),
            identities: List::of(identities, |identity| IdentityRow::of(identity.clone())),
            exposures: List::of(exposures, |exposure| Exposure::of(exposure.clone())),
            logging: List::of(logging, |trail| LoggingRow::of(trail.clone())),
            documents: documents.iter().map(document).collect(),
        }
    }

    pub(super) fn into_model(self) -> model::Exhibits {
        let documents = self.documents.into_iter();
        model::Exhibits {
            changes: self.changes.into_model(RecentChange::into_model),
            buckets: self.buckets.into_model(BucketRow::into_model),
            identities: self.identities.into_model(IdentityRow::into_model),
            exposures: self.exposures.into_model(Exposure::into_model),
            logging: self.logging.into_model(LoggingRow::into_model),
            documents: documents.map(|(hash, document)| (hash, document.into_model())).collect(),
        }
    }
}

impl Setting {
    fn of(setting: model::Setting) -> Self {
        let model::Setting { state, said } = setting;
        Self { state: state.into(), said }
    }

    fn into_model(self) -> model::Setting {
        model::Setting { state: self.state.into(), said: self.said }
    }
}

impl BucketRow {
    fn of(bucket: model::BucketExhibit) -> Self {
        let model::BucketExhibit {
            resource: model::Resource { arn, account, region },
            block_public_access,
            acls_disabled,
            kms_encryption,
            versioning,
            access_logging,
        } = bucket;
        Self {
            resource_arn: arn,
            account,
            region,
            block_public_access: Setting::of(block_public_access),
            acls_disabled: Setting::of(acls_disabled),
            kms_encryption: Setting::of(kms_encryption),
            versioning: Setting::of(versioning),
            access_logging: Setting::of(access_logging),
        }
    }

    fn into_model(self) -> model::BucketExhibit {
        model::BucketExhibit {
            resource: model::Resource { arn: self.resource_arn, account: self.account, region: self.region },
            block_public_access: self.block_public_access.into_model(),
            acls_disabled: self.acls_disabled.into_model(),
            kms_encryption: self.kms_encryption.into_model(),
            versioning: self.versioning.into_model(),
            access_logging: self.access_logging.into_model(),
        }
    }
}

impl IdentityRow {
    fn of(identity: model::IdentityExhibit) -> Self {
        let model::IdentityExhibit {
            resource: model::Resource { arn, account, region },
            kind,
            administrator,
            password,
            mfa,
            active_keys,
            oldest_key,
            created,
            last_used,
            boundary,
            policies,
            keys,
        } = identity;
        Self {
            resource_arn: arn,
            account,
            region,
            kind: kind.into(),
            administrator: administrator.map(Setting::of),
            password: password.map(Setting::of),
            mfa: mfa.map(Setting::of),
            active_keys,
            oldest_key: oldest_key.map(Instant),
            created: created.map(Instant),
            last_used: last_used.map(Instant),
            boundary,
            policies,
            keys: keys.into_iter().map(UsedKey::of).collect(),
        }
    }

    fn into_model(self) -> model::IdentityExhibit {
        model::IdentityExhibit {
            resource: model::Resource { arn: self.resource_arn, account: self.account, region: self.region },
            kind: self.kind.into(),
            administrator: self.administrator.map(Setting::into_model),
            password: self.password.map(Setting::into_model),
            mfa: self.mfa.map(Setting::into_model),
            active_keys: self.active_keys,
            oldest_key: self.oldest_key.map(|instant| instant.0),
            created: self.created.map(|instant| instant.0),
            last_used: self.last_used.map(|instant| instant.0),
            boundary: self.boundary,
            policies: self.policies,
            keys: self.keys.into_iter().map(UsedKey::into_model).collect(),
        }
    }
}

impl UsedKey {
    fn of(key: model::KeyExhibit) -> Self {
        let model::KeyExhibit { id, networks, at_least, since, last_used } = key;
        Self { id, networks, at_least, since: Instant(since), last_used: Instant(last_used) }
    }

    fn into_model(self) -> model::KeyExhibit {
        let Self { id, networks, at_least, since, last_used } = self;
        model::KeyExhibit { id, networks, at_least, since: since.0, last_used: last_used.0 }
    }
}

impl Became {
    fn of(became: model::Became) -> Self {
        let model::Became { state, reset, as_of } = became;
        let reset = reset.map(|model::Reset { event_id, time, open_for_seconds }| Reset {
            event: event_id,
            time: Instant(time),
            open_for_seconds,
        });
        Self { state: state.into(), reset, as_of: Instant(as_of) }
    }

    fn into_model(self) -> model::Became {
        let reset = self.reset.map(|Reset { event, time, open_for_seconds }| model::Reset {
            event_id: event,
            time: time.0,
            open_for_seconds,
        });
        model::Became { state: self.state.into(), reset, as_of: self.as_of.0 }
    }
}

impl Exposure {
    fn of(exposure: model::Exposure) -> Self {
        let model::Exposure {
            resource: model::Resource { arn, account, region },
            audience,
            callers,
            abilities,
            witness,
            evidence,
            unless,
            undecided,
        } = exposure;
        Self {
            resource_arn: arn,
            account,
            region,
            audience: audience.into(),
            callers,
            abilities: abilities.into_iter().map(Ability::from).collect(),
            witness: witness.map(Witness::of),
            evidence: evidence.into_iter().map(Evidence::of).collect(),
            unless: unless.into_iter().map(LayerName::from).collect(),
            undecided: undecided.into_iter().map(Reason::of).collect(),
        }
    }

    fn into_model(self) -> model::Exposure {
        model::Exposure {
            resource: model::Resource { arn: self.resource_arn, account: self.account, region: self.region },
            audience: self.audience.into(),
            callers: self.callers,
            abilities: self.abilities.into_iter().map(model::Ability::from).collect(),
            witness: self.witness.map(Witness::into_model),
            evidence: self.evidence.into_iter().map(Evidence::into_model).collect(),
            unless: self.unless.into_iter().map(model::LayerName::from).collect(),
            undecided: self.undecided.into_iter().map(Reason::into_model).collect(),
        }
    }
}

impl LoggingRow {
    fn of(trail: model::LoggingExhibit) -> Self {
        let model::LoggingExhibit { resource: model::Resource { arn, account, region }, organization, steps } = trail;
        let steps = steps.into_iter().map(|model::LoggingStep { link, setting: model::Setting { state, said } }| {
            LoggingStep { link: link.into(), state: state.into(), said }
        });
        Self { resource_arn: arn, account, region, organization, steps: steps.collect() }
    }

    fn into_model(self) -> model::LoggingExhibit {
        let steps = self.steps.into_iter().map(|LoggingStep { link, state, said }| model::LoggingStep {
            link: link.into(),
            setting: model::Setting { state: state.into(), said },
        });
        model::LoggingExhibit {
            resource: model::Resource { arn: self.resource_arn, account: self.account, region: self.region },
            organization: self.organization,
            steps: steps.collect(),
        }
    }
}

impl PolicyDocument {
    fn of(document: model::DocumentExhibit) -> Self {
        let model::DocumentExhibit { text, places } = document;
        let places = places.into_iter();
        let place = |model::DocumentPlace { resource, pointer }| DocumentPlace { resource, pointer };
        Self { text, places: places.map(place).collect() }
    }

    fn into_model(self) -> model::DocumentExhibit {
        let places = self.places.into_iter();
        let place = |DocumentPlace { resource, pointer }| model::DocumentPlace { resource, pointer };
        model::DocumentExhibit { text: self.text, places: places.map(place).collect() }
    }
}

impl RecentChange {
    fn of(change: model::ChangeExhibit) -> Self {
        let model::ChangeExhibit {
            time,
            event,
            name,
            source,
            region,
            resource: model::Resource { arn, account, region: resource_region },
            changes,
            actor,
            person,
            address,
            agent,
            refused,
            opened,
            witness,
            undecided,
            stands_out,
            became,
        } = change;
        Self {
            time: Instant(time),
            event,
            name,
            source,
            region,
            resource_arn: arn,
            account,
            resource_region,
            changes,
            actor,
            person,
            address,
            agent,
            refused,
            opened,
            witness: witness.map(Witness::of),
            undecided: undecided.into_iter().map(Reason::of).collect(),
            stands_out: stands_out.into_iter().map(StandsOut::from).collect(),
            became: became.map(Became::of),
        }
    }

    fn into_model(self) -> model::ChangeExhibit {
        model::ChangeExhibit {
            time: self.time.0,
            event: self.event,
            name: self.name,
            source: self.source,
            region: self.region,
            resource: model::Resource { arn: self.resource_arn, account: self.account, region: self.resource_region },
            changes: self.changes,
            actor: self.actor,
            person: self.person,
            address: self.address,
            agent: self.agent,
            refused: self.refused,
            opened: self.opened,
            witness: self.witness.map(Witness::into_model),
            undecided: self.undecided.into_iter().map(Reason::into_model).collect(),
            stands_out: self.stands_out.into_iter().map(model::StandsOut::from).collect(),
            became: self.became.map(Became::into_model),
        }
    }
}
