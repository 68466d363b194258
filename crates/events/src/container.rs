//! The file that CloudTrail delivers: `{"Records": […]}`.

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::Record;

/// What was read of a container, and what was not.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Parsed {
    /// The records that were understood, in the order of the file.
    pub records: Vec<Record>,
    /// What was not understood.
    pub faults: Vec<Fault>,
}

/// A record or a container that was not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// One record does not fit; the others do.
    #[error("record {index} is not a CloudTrail record: {reason}")]
    Record {
        /// Its place in the file, from 0.
        index: usize,
        /// What does not fit.
        reason: String,
    },
    /// The container ends or breaks after the records that were read.
    #[error("after {read} records: {reason}")]
    Container {
        /// Records that were read before.
        read: usize,
        /// What is wrong, with line and column.
        reason: String,
    },
}

/// Reads a container. Never fails as a whole: what was read before a fault is kept, and the fault says where.
pub fn parse(text: &str) -> Parsed {
    let mut parsed = Parsed::default();
    let mut seen = 0;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let outcome = Container { parsed: &mut parsed, seen: &mut seen }.deserialize(&mut deserializer);
    match outcome.and_then(|found| deserializer.end().map(|()| found)) {
        Ok(true) => {}
        Ok(false) => {
            parsed.faults.push(Fault::Container { read: seen, reason: "there is no `Records` list".to_owned() });
        }
        Err(error) => parsed.faults.push(Fault::Container { read: seen, reason: error.to_string() }),
    }
    parsed
}

/// Reads the object around the records; whether it had any `Records`.
struct Container<'a> {
    parsed: &'a mut Parsed,
    seen: &'a mut usize,
}

impl<'de> DeserializeSeed<'de> for Container<'_> {
    type Value = bool;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Container<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object with a `Records` list")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        let mut found = false;
        while let Some(key) = map.next_key::<String>()? {
            if key == "Records" {
                found = true;
                map.next_value_seed(Records { parsed: &mut *self.parsed, seen: &mut *self.seen })?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

/// Reads the list of records, each as raw text first.
struct Records<'a> {
    parsed: &'a mut Parsed,
    seen: &'a mut usize,
}

impl<'de> DeserializeSeed<'de> for Records<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Records<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list of records")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(raw) = seq.next_element::<&'de RawValue>()? {
            match serde_json::from_str(raw.get()) {
                Ok(record) => self.parsed.records.push(record),
                Err(error) => {
                    self.parsed.faults.push(Fault::Record { index: *self.seen, reason: error.to_string() });
                }
            }
            *self.seen += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SourceAddress;

    const WHOLE: &str = r#"{"Records": [
        {"eventVersion": "1.08", "eventTime": "2026-01-02T03:04:05Z", "eventName": "PutBucketPolicy",
         "eventSource": "s3.amazonaws.com", "eventID": "e-1", "awsRegion": "us-east-1",
         "sourceIPAddress": "198.51.100.7", "userAgent": ["a", "b"], "readOnly": "false",
         "userIdentity": {"type": "AssumedRole", "arn": "arn:aws:sts::111111111111:assumed-role/ops/alice",
           "accountId": 111111111111,
           "sessionContext": {"sessionIssuer": {}, "sourceIdentity": "alice"}},
         "requestParameters": null, "resources": [{"ARN": "arn:aws:s3:::b"}, "odd"]}
    ]}"#;

    #[test]
    fn a_record_is_read_with_its_odd_shapes() {
        let parsed = parse(WHOLE);
        assert_eq!(parsed.faults, []);
        let record = &parsed.records[0];
        assert_eq!(record.event_name, "PutBucketPolicy");
        assert_eq!(record.event_time, "2026-01-02T03:04:05Z".parse().unwrap());
        assert_eq!(record.source_address, SourceAddress::Address("198.51.100.7".parse().unwrap()));
        assert_eq!(record.user_agent.as_deref(), Some(r#"["a","b"]"#));
        assert_eq!(record.read_only, Some(false));
        assert_eq!(record.user_identity.account_id.as_deref(), Some("111111111111"));
        let session = record.user_identity.session.as_ref().unwrap();
        assert_eq!((session.source_identity.as_deref(), session.issuer.arn.as_deref()), (Some("alice"), None));
        assert_eq!(record.resources.len(), 1);
        assert!(!record.failed());
    }

    #[test]
    fn a_time_may_lack_its_zone_or_have_an_offset() {
        let read = |time: &str| {
            parse(&format!(r#"{{"Records":[{{"eventTime":"{time}","eventName":"x"}}]}}"#)).records[0].event_time
        };
        let expected = "2022-12-11T19:42:55Z".parse().unwrap();
        assert_eq!(read("2022-12-11 19:42:55"), expected);
        assert_eq!(read("2022-12-12T06:42:55+11:00"), expected);
    }

    #[test]
    fn addresses_are_told_apart() {
        let read = |address: &str| {
            let text = format!(
                r#"{{"Records":[{{"eventTime":"2026-01-01T00:00:00Z","eventName":"x","sourceIPAddress":{address}}}]}}"#
            );
            parse(&text).records[0].source_address.clone()
        };
        assert_eq!(read(r#""AWS Internal""#), SourceAddress::Service("AWS Internal".to_owned()));
        assert_eq!(read(r#""ec2.amazonaws.com""#), SourceAddress::Service("ec2.amazonaws.com".to_owned()));
        assert_eq!(read(r#""035.249.253.232""#), SourceAddress::Other("035.249.253.232".to_owned()));
        assert_eq!(read("null"), SourceAddress::Absent);
    }

    #[test]
    fn a_refused_sign_in_has_no_error_code() {
        let text = r#"{"Records":[{"eventTime":"2026-01-01T00:00:00Z","eventName":"ConsoleLogin",
            "responseElements":{"ConsoleLogin":"Failure"}}]}"#;
        assert!(parse(text).records[0].failed());
    }

    #[test]
    fn a_broken_record_loses_itself_only() {
        let parsed = parse(r#"{"Records":[{"eventName":"a"},{"eventTime":"2026-01-01T00:00:00Z","eventName":"b"},7]}"#);
        assert_eq!(parsed.records.len(), 1);
        assert_eq!(parsed.records[0].event_name, "b");
        let places: Vec<usize> = parsed
            .faults
            .iter()
            .map(|fault| match fault {
                Fault::Record { index, .. } => *index,
                Fault::Container { .. } => usize::MAX,
            })
            .collect();
        assert_eq!(places, [0, 2]);
    }

    #[test]
    fn a_container_that_breaks_off_keeps_what_came_before() {
        let text = r#"{"Records":[{"eventTime":"2026-01-01T00:00:00Z","eventName":"a"},{"eventTime":"2026"#;
        let parsed = parse(text);
        assert_eq!(parsed.records.len(), 1);
        assert!(matches!(&parsed.faults[..], [Fault::Container { read: 1, .. }]), "{:?}", parsed.faults);
    }

    #[test]
    fn a_container_without_records_says_so() {
        assert_eq!(
            parse(r#"{"Items": []}"#).faults,
            [Fault::Container { read: 0, reason: "there is no `Records` list".to_owned() }]
        );
        assert!(matches!(&parse("[]").faults[..], [Fault::Container { read: 0, .. }]));
        assert!(matches!(&parse("").faults[..], [Fault::Container { read: 0, .. }]));
    }
}
