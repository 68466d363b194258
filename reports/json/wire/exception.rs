//! A finding that somebody accepted.

use std::borrow::Cow;

use forewarn_findings as model;
use jiff::civil::Date;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::Print;

/// Who accepted a finding, why and until when.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object that describes an exception")]
pub(super) struct Exception {
    /// What names it: derived from what it accepts.
    id: String,
    /// The id of the check.
    check: String,
    /// The pattern for the ARN of the resource.
    resource: String,
    /// The one finding that is accepted; null = whatever the check says of the resource.
    fingerprint: Option<Print>,
    /// Who answers for it.
    owner: String,
    /// Why it is accepted.
    reason: String,
    /// The last day on which it holds, UTC.
    expires: Day,
}

/// A day, UTC.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Day(Date);

impl JsonSchema for Day {
    fn schema_name() -> Cow<'static, str> {
        "Day".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date", "description": "A day, UTC." })
    }
}

impl Exception {
    pub(super) fn of(exception: &model::Exception) -> Self {
        let model::Exception { id, check, resource, fingerprint, owner, reason, expires } = exception.clone();
        let (fingerprint, expires) = (fingerprint.map(Print), Day(expires));
        Self { id, check, resource, fingerprint, owner, reason, expires }
    }

    pub(super) fn into_model(self) -> model::Exception {
        let Self { id, check, resource, fingerprint, owner, reason, expires } = self;
        let (fingerprint, expires) = (fingerprint.map(|print| print.0), expires.0);
        model::Exception { id, check, resource, fingerprint, owner, reason, expires }
    }
}
