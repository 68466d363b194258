//! The objects of the schema that an event has, with the fields that are filled.

use forewarn_findings::Fingerprint;
use serde::Serialize;
use serde_json::{Map, Value};

/// A number of an enumeration and its caption.
#[derive(Clone, Copy)]
pub(super) struct Named {
    pub(super) id: u32,
    pub(super) name: &'static str,
}

impl Named {
    pub(super) const fn new(id: u32, name: &'static str) -> Self {
        Self { id, name }
    }
}

/// What happened to the finding.
#[derive(Clone, Copy)]
pub(super) struct Activity {
    pub(super) id: u32,
    pub(super) name: &'static str,
    pub(super) type_name: &'static str,
}

impl Activity {
    pub(super) const CREATE: Self = Self { id: 1, name: "Create", type_name: "Compliance Finding: Create" };
    pub(super) const UPDATE: Self = Self { id: 2, name: "Update", type_name: "Compliance Finding: Update" };
    pub(super) const CLOSE: Self = Self { id: 3, name: "Close", type_name: "Compliance Finding: Close" };
}

/// Where a finding stands with the people who work on it.
pub(super) struct Status;

impl Status {
    pub(super) const NEW: Named = Named::new(1, "New");
    pub(super) const SUPPRESSED: Named = Named::new(3, "Suppressed");
    pub(super) const RESOLVED: Named = Named::new(4, "Resolved");
}

#[derive(Serialize)]
pub(super) struct Event<'a> {
    pub(super) activity_id: u32,
    pub(super) activity_name: &'static str,
    pub(super) category_uid: u32,
    pub(super) category_name: &'static str,
    pub(super) class_uid: u32,
    pub(super) class_name: &'static str,
    pub(super) type_uid: u32,
    pub(super) type_name: &'static str,
    pub(super) time: i64,
    pub(super) severity_id: u32,
    pub(super) severity: &'static str,
    pub(super) status_id: u32,
    pub(super) status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status_detail: Option<&'a str>,
    pub(super) message: &'a str,
    pub(super) metadata: Metadata<'a>,
    pub(super) cloud: Cloud<'a>,
    pub(super) finding_info: FindingInfo<'a>,
    pub(super) compliance: Compliance<'a>,
    pub(super) resources: [ResourceDetails<'a>; 1],
    pub(super) observables: [Observable<'a>; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) evidences: Vec<Evidence<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) remediation: Option<Remediation>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub(super) unmapped: Map<String, Value>,
}

#[derive(Serialize)]
pub(super) struct Metadata<'a> {
    pub(super) version: &'static str,
    pub(super) product: Product<'a>,
    pub(super) profiles: [&'static str; 1],
    pub(super) uid: String,
    pub(super) correlation_uid: &'a str,
    pub(super) event_code: &'a str,
    pub(super) log_name: &'static str,
    pub(super) original_time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) processed_time: Option<i64>,
}

#[derive(Serialize)]
pub(super) struct Product<'a> {
    pub(super) name: &'static str,
    pub(super) vendor_name: &'static str,
    pub(super) version: &'a str,
    pub(super) uid: &'static str,
}

#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "the schema has them so")]
pub(super) struct Cloud<'a> {
    pub(super) provider: &'static str,
    pub(super) account: Account<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) region: Option<&'a str>,
    pub(super) cloud_partition: &'a str,
}

#[derive(Serialize)]
pub(super) struct Account<'a> {
    pub(super) uid: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<&'a str>,
    pub(super) type_id: u32,
    pub(super) r#type: &'static str,
}

#[derive(Serialize)]
pub(super) struct FindingInfo<'a> {
    pub(super) uid: Fingerprint,
    pub(super) uid_alt: Fingerprint,
    pub(super) title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) desc: Option<String>,
    pub(super) types: [&'static str; 1],
    pub(super) created_time: i64,
    pub(super) analytic: Analytic<'a>,
}

#[derive(Serialize)]
pub(super) struct Analytic<'a> {
    pub(super) uid: &'a str,
    pub(super) name: &'a str,
    pub(super) type_id: u32,
    pub(super) r#type: &'static str,
}

#[derive(Serialize)]
pub(super) struct Compliance<'a> {
    pub(super) status_id: u32,
    pub(super) status: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) status_details: Vec<&'a str>,
    pub(super) control: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) desc: Option<String>,
    /// The frameworks that ask for it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) standards: Vec<String>,
    /// Their controls.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) requirements: Vec<String>,
    pub(super) checks: [Check<'a>; 1],
}

#[derive(Serialize)]
pub(super) struct Check<'a> {
    pub(super) uid: &'a str,
    pub(super) name: &'a str,
    pub(super) severity_id: u32,
    pub(super) severity: &'static str,
    pub(super) status_id: u32,
    pub(super) status: &'static str,
}

#[derive(Serialize)]
pub(super) struct ResourceDetails<'a> {
    pub(super) uid: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<&'a str>,
    pub(super) r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) region: Option<&'a str>,
    pub(super) cloud_partition: &'a str,
    pub(super) role_id: u32,
    pub(super) role: &'static str,
}

#[derive(Serialize)]
pub(super) struct Observable<'a> {
    pub(super) name: &'static str,
    pub(super) type_id: u32,
    pub(super) r#type: &'static str,
    pub(super) value: &'a str,
}

#[derive(Serialize)]
pub(super) struct Evidence<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<&'a str>,
    pub(super) data: Value,
}

#[derive(Serialize)]
pub(super) struct Remediation {
    pub(super) desc: String,
}
