//! One event as a snapshot keeps it: the record as CloudTrail wrote it, without secrets, and its typed view.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::Record;

/// A record together with the JSON that it was read from. On disk it is that JSON.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The typed view.
    pub record: Record,
    raw: Value,
}

impl Event {
    /// Reads the JSON of one record.
    ///
    /// # Errors
    /// What does not fit.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        Self::new(serde_json::from_str(text)?)
    }

    /// Takes one record. Whatever is a credential in it goes ([`without_secrets`]).
    ///
    /// # Errors
    /// What does not fit.
    pub fn new(mut raw: Value) -> Result<Self, serde_json::Error> {
        without_secrets(&mut raw);
        Ok(Self { record: Record::deserialize(&raw)?, raw })
    }

    /// The record as CloudTrail wrote it.
    pub fn raw(&self) -> &Value {
        &self.raw
    }

    /// The id of the event; empty in some old and some hand-made logs.
    pub fn id(&self) -> &str {
        self.record.event_id.as_deref().unwrap_or_default()
    }
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.raw.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(Value::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// What stands in the place of a secret.
pub const HIDDEN: &str = "(not kept)";

/// Takes the values of all fields away whose name says that they are credentials. CloudTrail hides most of them itself;
/// session tokens it does not. A policy stays as it is: what it names are condition keys.
pub fn without_secrets(value: &mut Value) {
    match value {
        Value::Object(fields) if !fields.contains_key("Statement") => {
            for (name, value) in fields {
                if is_secret(name) && !value.is_null() {
                    *value = HIDDEN.into();
                } else {
                    without_secrets(value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(without_secrets),
        _ => {}
    }
}

fn is_secret(name: &str) -> bool {
    const SECRETS: [&str; 8] = [
        "sessiontoken",
        "secretaccesskey",
        "password",
        "privatekey",
        "secretstring",
        "secretbinary",
        "servicepassword",
        "webidentitytoken",
    ];
    // Every field of every event is asked: nothing is copied.
    let ends = |end: &str| {
        let tail = name.len().checked_sub(end.len()).and_then(|start| name.as_bytes().get(start..));
        tail.is_some_and(|tail| tail.eq_ignore_ascii_case(end.as_bytes()))
    };
    SECRETS.iter().any(|secret| ends(secret))
        || ["samlassertion", "signintoken"].iter().any(|one| name.eq_ignore_ascii_case(one))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_is_the_json_that_it_was_read_from_but_for_secrets() {
        let raw = json!({
            "eventTime": "2026-01-02T03:04:05Z", "eventName": "AssumeRole", "eventID": "e-1",
            "requestParameters": { "newPassword": "hush", "policy": { "Statement": [{ "Condition": { "Bool": { "x": {
                "sessionToken": "kept" } } } }] } },
            "responseElements": { "credentials": { "accessKeyId": "ASIAEXAMPLE", "sessionToken": "hush" }, "password": null },
        });
        let event = Event::new(raw.clone()).unwrap();
        assert_eq!(event.id(), "e-1");
        let mut expected = raw;
        expected["requestParameters"]["newPassword"] = HIDDEN.into();
        expected["responseElements"]["credentials"]["sessionToken"] = HIDDEN.into();
        assert_eq!(serde_json::to_value(&event).unwrap(), expected);
        assert_eq!(serde_json::from_value::<Event>(expected).unwrap(), event);
    }

    #[test]
    fn what_is_no_record_is_an_error() {
        assert!(Event::parse("{").is_err());
        assert!(Event::parse(r#"{"eventName": "x"}"#).is_err());
        assert!(serde_json::from_str::<Event>("7").is_err());
    }
}
