//! What CloudTrail remembers of the last days, as far as it was looked up.

use forewarn_events::{Event, SourceAddress, long_lived_key, origin};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Cause, Gap};

/// Events of a span of time, and how far back the looking went.
///
/// CloudTrail is asked region by region, by one attribute at a time, newest first. A question that could not be asked to
/// its end has an entry in `reached` with a later `since`, and its region has a gap in `rest`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lookback<T> {
    /// Where the span begins; it ends when the collection began. `None` = nothing was asked.
    pub since: Option<Timestamp>,
    /// What was found, by time.
    pub items: Vec<T>,
    /// How far back each question was answered, sorted.
    pub reached: Vec<Reached>,
    /// Why it is not whole; empty when it is.
    pub rest: Vec<Gap>,
}

/// Nobody asked; what a missing field of a snapshot means.
impl<T> Default for Lookback<T> {
    fn default() -> Self {
        Self::unreadable(Gap::new(Cause::NotAsked, "snapshot"))
    }
}

impl<T> Lookback<T> {
    /// Events of which none could be read.
    pub fn unreadable(gap: Gap) -> Self {
        Self { since: None, items: Vec::new(), reached: Vec::new(), rest: vec![gap] }
    }

    /// What was found.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.items.iter()
    }
}

impl<'a, T> IntoIterator for &'a Lookback<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// One question to CloudTrail in one region, and how far back its answer goes: from `since` on, every event that it is
/// about is known, be it from this answer or from one that holds more.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reached {
    /// The region.
    pub region: String,
    /// What was asked for.
    pub by: LookedUp,
    /// From when on it was answered.
    pub since: Timestamp,
}

/// What CloudTrail was asked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LookedUp {
    /// Every call that can write.
    Writes,
    /// Every call that only reads.
    Reads,
    /// Every call of this name.
    Name(String),
    /// Every call of the user with this name.
    User(String),
}

impl LookedUp {
    /// The attribute and its value, as CloudTrail names them.
    pub fn attribute(&self) -> (&'static str, &str) {
        match self {
            Self::Writes => ("ReadOnly", "false"),
            Self::Reads => ("ReadOnly", "true"),
            Self::Name(name) => ("EventName", name),
            Self::User(name) => ("Username", name),
        }
    }
}

/// A call that was signed with a long-lived access key, without what it was about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyCall {
    /// When.
    pub time: Timestamp,
    /// The id of the event.
    pub event: String,
    /// The region.
    pub region: String,
    /// The operation.
    pub name: String,
    /// The service.
    pub source: String,
    /// The id of the key.
    pub key: String,
    /// The user's ARN, or that of the account root.
    pub user: String,
    /// The network address; `None` = an AWS service, or a call that one made on the user's behalf.
    #[serde(default)]
    pub address: Option<std::net::IpAddr>,
    /// What stands in the record in place of an address, where a service called.
    #[serde(default)]
    pub service: Option<String>,
    /// What the client said it was.
    #[serde(default)]
    pub agent: Option<String>,
}

impl KeyCall {
    /// The call of an event that came in `region`; `None` where no long-lived key signed it.
    pub fn of(event: &Event, region: &str) -> Option<Self> {
        let record = &event.record;
        let address = origin(record);
        let service = record.user_identity.invoked_by.clone().or_else(|| match &record.source_address {
            SourceAddress::Service(name) | SourceAddress::Other(name) => Some(name.clone()),
            SourceAddress::Address(_) | SourceAddress::Absent => None,
        });
        Some(Self {
            time: record.event_time,
            event: event.id().to_owned(),
            region: region.to_owned(),
            name: record.event_name.clone(),
            source: record.event_source.clone(),
            key: long_lived_key(record)?.to_owned(),
            user: record.user_identity.arn.clone().unwrap_or_default(),
            service: service.filter(|_| address.is_none()),
            address,
            agent: record.user_agent.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_call_keeps_where_it_came_from_and_not_what_it_was_about() {
        let event = |address: &str, invoked_by: Option<&str>| {
            Event::new(json!({
                "eventTime": "2026-01-02T03:04:05Z", "eventName": "PutUserPolicy", "eventSource": "iam.amazonaws.com",
                "eventID": "e-1", "sourceIPAddress": address, "userAgent": "aws-cli/2", "requestParameters": { "a": 1 },
                "userIdentity": { "type": "IAMUser", "arn": "arn:aws:iam::111111111111:user/u", "accessKeyId": "AKIA1",
                    "invokedBy": invoked_by },
            }))
            .unwrap()
        };
        let call = KeyCall::of(&event("198.51.100.7", None), "us-east-1").unwrap();
        assert_eq!((call.address, call.service.as_deref()), (Some("198.51.100.7".parse().unwrap()), None));
        assert!(!serde_json::to_string(&call).unwrap().contains("requestParameters"));
        let by = |address, invoked| KeyCall::of(&event(address, invoked), "us-east-1").unwrap();
        for (call, service) in [
            (by("cloudformation.amazonaws.com", Some("cloudformation.amazonaws.com")), "cloudformation.amazonaws.com"),
            (by("AWS Internal", None), "AWS Internal"),
            (by("198.51.100.7", Some("athena.amazonaws.com")), "athena.amazonaws.com"),
        ] {
            assert_eq!((call.address, call.service.as_deref()), (None, Some(service)));
        }
    }

    #[test]
    fn what_was_reached_reads_as_it_is_written() {
        let reached = Reached {
            region: "eu-west-1".to_owned(),
            by: LookedUp::Name("StopLogging".to_owned()),
            since: "2026-01-02T03:04:05Z".parse().unwrap(),
        };
        let written = serde_json::to_value(&reached).unwrap();
        assert_eq!(written["by"], json!({ "name": "StopLogging" }));
        assert_eq!(serde_json::from_value::<Reached>(written).unwrap(), reached);
        let unread: Lookback<KeyCall> = serde_json::from_value(json!({})).unwrap();
        assert_eq!(unread.rest[0].cause, Cause::NotAsked);
    }
}
