//! The coverage as it stands in the file.

use std::collections::BTreeMap;

use forewarn_findings as model;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::exception::Exception;
use super::{Cause, Instant, RegionStatus};

/// What was asked for and what was seen.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object that describes the coverage")]
pub(crate) struct Coverage {
    /// Every account that was asked for.
    accounts: Vec<AccountCoverage>,
    /// Why there may be more accounts than those: the organisation did not name all of its own.
    #[serde(default)]
    unlisted: Vec<Gap>,
    /// Every fact that a check needs.
    facts: Vec<FactCoverage>,
    /// What could not be read, by cause and operation.
    gaps: Vec<GapCoverage>,
    /// Faults of forewarn itself.
    internal_errors: Vec<String>,
    /// Exceptions that accept nothing although their check ran.
    #[serde(default)]
    idle_exceptions: Vec<Exception>,
}

/// One account in the coverage.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object that describes an account")]
struct AccountCoverage {
    /// Its id.
    id: String,
    /// Its name, where the organisation tells it.
    #[serde(default)]
    name: Option<String>,
    /// Why it could not be entered; null where it was assessed, or is not to be.
    gap: Option<Gap>,
    /// Why it is not to be assessed, such as that it is closed; null where it is.
    #[serde(default)]
    not_applicable: Option<String>,
    /// Its regions.
    regions: BTreeMap<String, RegionStatus>,
    /// Families of resources that exist and are not assessed, with how many were seen.
    unassessed: BTreeMap<String, usize>,
    /// How far back each question to CloudTrail was answered.
    #[serde(default)]
    looked_back: Vec<LookedBack>,
}

/// A question to CloudTrail's memory of the last days, and how far back its answer goes.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object that says how far back was looked")]
struct LookedBack {
    /// The region.
    region: String,
    /// The attribute that was asked for, such as `EventName`.
    attribute: String,
    /// Its value.
    value: String,
    /// From when on every such event is known.
    since: Instant,
}

/// How much of a fact was seen.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object that describes a fact")]
struct FactCoverage {
    /// The fact, such as `bucket_policy`. (The table of names belongs to the inventory, which keeps them for ever.)
    #[schemars(with = "String")]
    fact: model::Fact,
    /// Places that it has.
    places: usize,
    /// Places that were read.
    observed: usize,
}

/// Reads that failed in the same way.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object that describes a gap")]
struct GapCoverage {
    /// Why.
    cause: Cause,
    /// The operation as IAM names it, such as `s3:GetBucketPolicy`.
    operation: String,
    /// The accounts concerned.
    accounts: Vec<String>,
    /// How often.
    count: usize,
    /// Some of the resources.
    resources: Vec<String>,
    /// What AWS said, the first time.
    detail: Option<String>,
    /// The checks that need what was not read.
    checks: Vec<String>,
}

impl Coverage {
    pub(crate) fn of(coverage: &model::Coverage) -> Self {
        let model::Coverage { accounts, unlisted, facts, gaps, internal_errors, idle_exceptions } = coverage;
        Self {
            accounts: accounts.iter().map(AccountCoverage::of).collect(),
            unlisted: unlisted.iter().cloned().map(Gap::of).collect(),
            facts: facts
                .iter()
                .map(|model::FactCoverage { fact, places, observed }| FactCoverage {
                    fact: *fact,
                    places: *places,
                    observed: *observed,
                })
                .collect(),
            gaps: gaps.iter().map(GapCoverage::of).collect(),
            internal_errors: internal_errors.clone(),
            idle_exceptions: idle_exceptions.iter().map(|exception| Exception::of(exception)).collect(),
        }
    }

    pub(super) fn into_model(self) -> model::Coverage {
        let Self { accounts, unlisted, facts, gaps, internal_errors, idle_exceptions } = self;
        model::Coverage {
            accounts: accounts.into_iter().map(AccountCoverage::into_model).collect(),
            unlisted: unlisted.into_iter().map(Gap::into_model).collect(),
            facts: facts
                .into_iter()
                .map(|FactCoverage { fact, places, observed }| model::FactCoverage { fact, places, observed })
                .collect(),
            gaps: gaps.into_iter().map(GapCoverage::into_model).collect(),
            internal_errors,
            idle_exceptions: idle_exceptions.into_iter().map(|exception| exception.into_model().into()).collect(),
        }
    }
}

impl AccountCoverage {
    fn of(account: &model::AccountCoverage) -> Self {
        let model::AccountCoverage { id, name, gap, not_applicable, regions, unassessed, looked_back } =
            account.clone();
        let back = |model::LookedBack { region, attribute, value, since }| LookedBack {
            region,
            attribute,
            value,
            since: Instant(since),
        };
        Self {
            id,
            name,
            gap: gap.map(Gap::of),
            not_applicable,
            regions: regions.into_iter().map(|(region, status)| (region, status.into())).collect(),
            unassessed,
            looked_back: looked_back.into_iter().map(back).collect(),
        }
    }

    fn into_model(self) -> model::AccountCoverage {
        let Self { id, name, gap, not_applicable, regions, unassessed, looked_back } = self;
        let back = |LookedBack { region, attribute, value, since }| model::LookedBack {
            region,
            attribute,
            value,
            since: since.0,
        };
        model::AccountCoverage {
            id,
            name,
            gap: gap.map(Gap::into_model),
            not_applicable,
            regions: regions.into_iter().map(|(region, status)| (region, status.into())).collect(),
            unassessed,
            looked_back: looked_back.into_iter().map(back).collect(),
        }
    }
}

impl GapCoverage {
    fn of(gap: &model::GapCoverage) -> Self {
        let model::GapCoverage { cause, operation, accounts, count, resources, detail, checks } = gap.clone();
        Self { cause: cause.into(), operation, accounts, count, resources, detail, checks }
    }

    fn into_model(self) -> model::GapCoverage {
        let Self { cause, operation, accounts, count, resources, detail, checks } = self;
        model::GapCoverage { cause: cause.into(), operation, accounts, count, resources, detail, checks }
    }
}

/// A read that failed.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object that describes a gap")]
pub(super) struct Gap {
    /// Why.
    cause: Cause,
    /// The operation as IAM names it.
    operation: String,
    /// What it was asked about.
    resource: Option<String>,
    /// What AWS said.
    detail: Option<String>,
}

impl Gap {
    pub(super) fn of(gap: model::Gap) -> Self {
        let model::Unread { cause, operation, resource, detail } = gap.into();
        Self { cause: cause.into(), operation, resource, detail }
    }

    pub(super) fn into_model(self) -> model::Gap {
        let Self { cause, operation, resource, detail } = self;
        model::Unread { cause: cause.into(), operation, resource, detail }.into()
    }
}
