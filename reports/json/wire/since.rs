//! What changed since an earlier run.

use forewarn_findings as model;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Instant, Print, Severity};

/// The earlier run, and what of it is not there any more.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object that describes an earlier run")]
pub(super) struct Since {
    /// Id of the earlier run.
    run_id: String,
    /// When its collection began.
    instant: Instant,
    /// What failed then and was seen not to fail now.
    gone: Vec<Earlier>,
    /// What failed then and could not be assessed now: nobody knows whether it is gone.
    unassessed: Vec<Earlier>,
}

/// A fail of the earlier run.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object that describes an earlier fail")]
pub(crate) struct Earlier {
    /// The check's id.
    check: String,
    /// Its severity then.
    severity: Severity,
    /// The resource's ARN.
    resource_arn: String,
    /// The account that it belongs to.
    account: String,
    /// Its region; null for a global resource.
    region: Option<String>,
    /// What was said.
    reason: String,
    /// The identity of the finding.
    fingerprint: Print,
}

impl Since {
    pub(super) fn of(since: &model::Since) -> Self {
        let model::Since { run, instant, gone, unassessed } = since.clone();
        let earlier = |all: Vec<model::Earlier>| all.into_iter().map(Earlier::of).collect();
        Self { run_id: run, instant: Instant(instant), gone: earlier(gone), unassessed: earlier(unassessed) }
    }

    pub(super) fn into_model(self) -> model::Since {
        let Self { run_id, instant, gone, unassessed } = self;
        let earlier = |all: Vec<Earlier>| all.into_iter().map(Earlier::into_model).collect();
        model::Since { run: run_id, instant: instant.0, gone: earlier(gone), unassessed: earlier(unassessed) }
    }
}

impl Earlier {
    pub(crate) fn of(earlier: model::Earlier) -> Self {
        let model::Earlier { check, severity, resource, reason, fingerprint } = earlier;
        let model::Resource { arn, account, region } = resource;
        Self {
            check,
            severity: severity.into(),
            resource_arn: arn,
            account,
            region,
            reason,
            fingerprint: Print(fingerprint),
        }
    }

    fn into_model(self) -> model::Earlier {
        let Self { check, severity, resource_arn, account, region, reason, fingerprint } = self;
        let resource = model::Resource { arn: resource_arn, account, region };
        model::Earlier { check, severity: severity.into(), resource, reason, fingerprint: fingerprint.0 }
    }
}
