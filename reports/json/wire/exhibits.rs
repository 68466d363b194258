//! The exhibits as they stand in the file.

use forewarn_findings as model;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Instant, Reason, StandsOut, Witness};

/// What is worth seeing whatever a check says of it.
#[derive(Serialize, Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields, expecting = "an object that holds exhibits")]
pub(super) struct Exhibits {
    /// Recent changes of who may do what, by account and time; empty where no check needs them.
    changes: Vec<RecentChange>,
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
}

impl Exhibits {
    pub(super) fn of(exhibits: &model::Exhibits) -> Self {
        let model::Exhibits { changes } = exhibits;
        Self { changes: changes.iter().cloned().map(RecentChange::of).collect() }
    }

    pub(super) fn into_model(self) -> model::Exhibits {
        model::Exhibits { changes: self.changes.into_iter().map(RecentChange::into_model).collect() }
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
        }
    }
}
