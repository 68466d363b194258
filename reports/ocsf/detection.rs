//! OCSF: Detection Findings (class 2004, schema 1.6, profile `cloud`), for what was found in events.

use std::io::{self, Write};

use forewarn_findings::{Fingerprint, Severity};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{SCHEMA_VERSION, severity};
use crate::arn::Arn;
use crate::json::compact;

/// Something that was found in events.
#[derive(Debug, Clone, PartialEq)]
pub struct Detected<'a> {
    /// The id of the detection, such as `ec2.mass_termination`.
    pub check: &'a str,
    /// One line.
    pub title: &'a str,
    /// What was found, in a sentence.
    pub message: String,
    /// How bad it is.
    pub severity: Severity,
    /// Stays the same for the same thing.
    pub fingerprint: Fingerprint,
    /// The person behind it, or whoever called.
    pub actor: &'a str,
    /// The address that it came from, where there is one.
    pub address: Option<&'a str>,
    /// The account.
    pub account: &'a str,
    /// The region; `None` for what is global, or in several.
    pub region: Option<&'a str>,
    /// What it was done to: ARNs and ids.
    pub resources: Vec<&'a str>,
    /// When the first event was.
    pub first_time: Timestamp,
    /// When the last one was.
    pub last_time: Timestamp,
    /// How many of what is counted.
    pub count: u64,
    /// The events.
    pub event_ids: Vec<&'a str>,
    /// Techniques of MITRE ATT&CK, such as `T1485` and `T1578.003`.
    pub techniques: Vec<&'a str>,
    /// Why it could not be decided; `None` = it happened.
    pub unknown: Option<String>,
    /// It is over: what was opened is shut again.
    pub resolved: bool,
    /// What else there is to say.
    pub more: Value,
}

/// Writes a JSON array with an event on each line.
///
/// `time` is that of the last event, in milliseconds. What could not be decided has the status 0 Unknown.
///
/// # Errors
/// What `out` says.
pub fn write<'a>(
    found: impl IntoIterator<Item = Detected<'a>>,
    tool_version: &str,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut before = "[\n";
    for detected in found {
        out.write_all(before.as_bytes())?;
        compact(&event(&detected, tool_version), out)?;
        before = ",\n";
    }
    out.write_all(if before == "[\n" { b"[]\n" } else { b"\n]\n" })
}

fn event(found: &Detected<'_>, tool_version: &str) -> Value {
    let severity = severity(found.severity);
    let time = found.last_time.as_millisecond();
    let (status_id, status) = match (&found.unknown, found.resolved) {
        (Some(_), _) => (0, "Unknown"),
        (None, true) => (4, "Resolved"),
        (None, false) => (1, "New"),
    };
    let arn = found.resources.first().map(|first| Arn::of(first));
    let partition = arn.and_then(|arn| arn.partition).unwrap_or("aws");
    let related: Vec<Value> = found
        .event_ids
        .iter()
        .map(|id| json!({ "uid": id, "product": { "vendor_name": "AWS", "name": "CloudTrail" } }))
        .collect();
    let mut finding = json!({
        "uid": found.fingerprint,
        "title": found.title,
        "desc": found.message,
        "types": ["CloudTrail"],
        "created_time": time,
        "first_seen_time": found.first_time.as_millisecond(),
        "last_seen_time": time,
        "analytic": { "uid": found.check, "name": found.title, "type_id": 1, "type": "Rule" },
        "related_events_count": found.event_ids.len(),
        "related_events": related,
    });
    let attacks: Vec<Value> = found.techniques.iter().map(|id| attack(id)).collect();
    put(&mut finding, "attacks", Some(attacks).filter(|attacks| !attacks.is_empty()));
    let resources: Vec<Value> = found
        .resources
        .iter()
        .map(|uid| {
            let arn = Arn::of(uid);
            let mut resource = json!({ "uid": uid, "type": arn.kind(), "cloud_partition": partition });
            put(&mut resource, "name", arn.name());
            put(&mut resource, "region", found.region);
            resource
        })
        .collect();
    let mut evidence = json!({ "actor": { "user": { "uid": found.actor } }, "data": { "event_ids": found.event_ids } });
    let address = found.address.filter(|address| address.parse::<std::net::IpAddr>().is_ok());
    put(&mut evidence, "src_endpoint", address.map(|address| json!({ "ip": address })));
    let mut cloud = json!({ "provider": "AWS", "cloud_partition": partition,
        "account": { "uid": found.account, "type_id": 10, "type": "AWS Account" } });
    put(&mut cloud, "region", found.region);
    let mut unmapped = found.more.clone();
    put(&mut unmapped, "unknown_because", found.unknown.clone());
    json!({
        "activity_id": 1, "activity_name": "Create",
        "category_uid": 2, "category_name": "Findings",
        "class_uid": 2004, "class_name": "Detection Finding",
        "type_uid": 200_401, "type_name": "Detection Finding: Create",
        "time": time, "start_time": found.first_time.as_millisecond(), "end_time": time,
        "count": i32::try_from(found.count).unwrap_or(i32::MAX),
        "severity_id": severity.id, "severity": severity.name,
        "status_id": status_id, "status": status,
        "message": found.message,
        "metadata": {
            "version": SCHEMA_VERSION, "profiles": ["cloud"], "log_name": "forewarn", "event_code": found.check,
            "uid": found.fingerprint,
            "product": { "name": "forewarn", "vendor_name": "forewarn", "version": tool_version, "uid": "forewarn" },
        },
        "cloud": cloud,
        "finding_info": finding,
        "resources": resources,
        "evidences": [evidence],
        "unmapped": unmapped,
    })
}

/// Adds a field where there is a value for it.
fn put(object: &mut Value, name: &str, value: Option<impl Into<Value>>) {
    if let (Value::Object(fields), Some(value)) = (object, value) {
        fields.insert(name.to_owned(), value.into());
    }
}

/// A technique, and the sub-technique where the id names one.
fn attack(id: &str) -> Value {
    match id.split_once('.') {
        Some((technique, _)) => json!({ "technique": { "uid": technique }, "sub_technique": { "uid": id } }),
        None => json!({ "technique": { "uid": id } }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detected() -> Detected<'static> {
        Detected {
            check: "trail.tampering",
            title: "A trail was stopped",
            message: "StopLogging by alice".to_owned(),
            severity: Severity::High,
            fingerprint: Fingerprint([7; 16]),
            actor: "arn:aws:iam::111111111111:user/alice",
            address: Some("198.51.100.7"),
            account: "111111111111",
            region: Some("eu-west-1"),
            resources: vec!["arn:aws:cloudtrail:eu-west-1:111111111111:trail/main"],
            first_time: "2026-01-02T03:04:05Z".parse().unwrap(),
            last_time: "2026-01-02T03:05:05Z".parse().unwrap(),
            count: 2,
            event_ids: vec!["e-1", "e-2"],
            techniques: vec!["T1562.008"],
            unknown: None,
            resolved: false,
            more: json!({}),
        }
    }

    fn written(found: Vec<Detected<'_>>) -> Vec<Value> {
        let mut out = Vec::new();
        write(found, "1.0.0", &mut out).unwrap();
        serde_json::from_slice(&out).unwrap()
    }

    #[test]
    fn what_was_found_is_a_detection_finding() {
        let event = written(vec![detected()]).remove(0);
        for (pointer, expected) in [
            ("/class_uid", json!(2004)),
            ("/type_uid", json!(200_401)),
            ("/severity_id", json!(4)),
            ("/status_id", json!(1)),
            ("/time", json!(1_767_323_105_000_i64)),
            ("/finding_info/uid", json!("07070707070707070707070707070707")),
            ("/finding_info/related_events/1/uid", json!("e-2")),
            ("/finding_info/attacks/0/sub_technique/uid", json!("T1562.008")),
            ("/finding_info/attacks/0/technique/uid", json!("T1562")),
            ("/evidences/0/src_endpoint/ip", json!("198.51.100.7")),
            ("/resources/0/name", json!("main")),
            ("/cloud/account/uid", json!("111111111111")),
        ] {
            assert_eq!(event.pointer(pointer), Some(&expected), "{pointer}\n{event:#}");
        }
    }

    #[test]
    fn what_is_not_decided_or_over_says_so() {
        let unknown = Detected { unknown: Some("a policy is unread".to_owned()), ..detected() };
        let over = Detected { resolved: true, techniques: Vec::new(), address: Some("AWS Internal"), ..detected() };
        let events = written(vec![unknown, over]);
        assert_eq!(
            (&events[0]["status_id"], &events[0]["unmapped"]["unknown_because"]),
            (&json!(0), &json!("a policy is unread"))
        );
        assert_eq!(events[1]["status_id"], json!(4));
        assert!(
            events[1]["finding_info"].get("attacks").is_none()
                && events[1]["evidences"][0].get("src_endpoint").is_none()
        );
        assert!(written(Vec::new()).is_empty());
    }
}
