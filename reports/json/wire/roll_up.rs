//! The counts by tag as they stand in the file. They are derived, so reading them back is not worth a model of its own.

use forewarn_findings as model;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The results counted by the tags of their checks. A result counts once for each thing that its check protects.
#[derive(Serialize, Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields, expecting = "an object with `protects` and `side`")]
pub(super) struct RollUp {
    /// By what suffers where the bad state is used.
    protects: ByProtects,
    /// By whose side of the line between AWS and its customer the check is on.
    side: BySide,
}

/// A tally for each thing that is protected.
#[derive(Serialize, Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields, expecting = "an object with a tally for each of the three")]
struct ByProtects {
    /// Somebody reads what they should not.
    confidentiality: Tally,
    /// Somebody changes what they should not.
    integrity: Tally,
    /// What is needed is gone.
    availability: Tally,
}

/// A tally for each side.
#[derive(Serialize, Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields, expecting = "an object with a tally for each of the two")]
struct BySide {
    /// "Security in the cloud": the customer alone decides.
    customer: Tally,
    /// A shared control: AWS does a part of it.
    shared: Tally,
}

/// How many results of each verdict.
#[derive(Serialize, Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields, expecting = "an object with a number for each verdict")]
struct Tally {
    /// The bad state is there.
    fail: usize,
    /// It could not be decided.
    unknown: usize,
    /// It is not there.
    pass: usize,
    /// The question does not arise.
    not_applicable: usize,
    /// A fail or an unknown that somebody accepted; it counts here only.
    #[serde(default)]
    excepted: usize,
}

impl RollUp {
    pub(super) fn of(roll_up: &model::RollUp) -> Self {
        let model::RollUp { protects: [confidentiality, integrity, availability], side: [customer, shared] } = *roll_up;
        let of = |model::Tally { fail, unknown, pass, not_applicable, excepted }| Tally {
            fail,
            unknown,
            pass,
            not_applicable,
            excepted,
        };
        Self {
            protects: ByProtects {
                confidentiality: of(confidentiality),
                integrity: of(integrity),
                availability: of(availability),
            },
            side: BySide { customer: of(customer), shared: of(shared) },
        }
    }
}
