//! An event as Sigma rules see it: the fields of the raw record, and a few that this program adds.

use std::borrow::Cow;

use rsigma_eval::event::{EventValue, JsonEvent};
use serde_json::Value;

use crate::Seen;

/// The person behind the session; where the events do not tell, whoever called.
const PERSON: &str = "forewarn.person";
/// The account that the event is of.
const ACCOUNT: &str = "forewarn.account";
/// `success` or `failure`: some public rules ask for it, and the record has it in several forms only.
const STATUS: &str = "status";

/// The fields of a record at its top
/// (<https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>).
const FIELDS: [&str; 34] = [
    "addendum",
    "additionalEventData",
    "apiVersion",
    "awsRegion",
    "edgeDeviceDetails",
    "errorCode",
    "errorMessage",
    "eventCategory",
    "eventContext",
    "eventID",
    "eventName",
    "eventSource",
    "eventTime",
    "eventType",
    "eventVersion",
    "insightDetails",
    "managementEvent",
    "readOnly",
    "recipientAccountId",
    "requestID",
    "requestParameters",
    "resources",
    "responseElements",
    "serviceEventDetails",
    "sessionCredentialFromConsole",
    "sharedEventID",
    "sourceIPAddress",
    STATUS,
    "tlsDetails",
    "userAgent",
    "userIdentity",
    "vpcEndpointAccountId",
    "vpcEndpointId",
    "forewarn",
];

/// The fields of `userIdentity`.
const IDENTITY: [&str; 13] = [
    "accessKeyId",
    "accountId",
    "arn",
    "credentialId",
    "identityProvider",
    "identityStoreArn",
    "inScopeOf",
    "invokedBy",
    "onBehalfOf",
    "principalId",
    "sessionContext",
    "type",
    "userName",
];

/// Why a record never has this field; `None` = it may have it.
pub(super) fn unknown(field: &str) -> Option<String> {
    let mut parts = field.split('.').map(|part| part.split(['[', '\\']).next().unwrap_or_default());
    let top = parts.next().unwrap_or_default();
    let close = |known: &[&'static str], said: &str| {
        let same = known.iter().find(|known| known.eq_ignore_ascii_case(said));
        same.map_or_else(String::new, |known| format!("; did you mean `{known}`?"))
    };
    if !FIELDS.contains(&top) {
        return Some(format!("records of CloudTrail have no field `{top}`{}", close(&FIELDS, top)));
    }
    let next = parts.next();
    match (top, next) {
        ("forewarn", _) if field != PERSON && field != ACCOUNT => {
            Some(format!("there is no field `{field}`; there are `{PERSON}` and `{ACCOUNT}`"))
        }
        ("userIdentity", Some(part)) if !IDENTITY.contains(&part) => {
            Some(format!("`userIdentity` has no field `{part}`{}", close(&IDENTITY, part)))
        }
        _ => None,
    }
}

/// An event before the rules.
pub(super) struct View<'a> {
    json: JsonEvent<'a>,
    seen: &'a Seen<'a>,
}

impl<'a> View<'a> {
    pub(super) fn new(seen: &'a Seen<'a>) -> Self {
        Self { json: JsonEvent::borrow(seen.event.raw()), seen }
    }

    /// The texts of a field, one for each member of a list; nothing where it is absent or null.
    pub(super) fn texts(&self, field: &str) -> Vec<String> {
        fn add(value: &EventValue<'_>, found: &mut Vec<String>) {
            match value {
                EventValue::Array(items) => items.iter().for_each(|item| add(item, found)),
                EventValue::Map(_) => found.push(value.to_json().to_string()),
                other => found.extend(other.as_str().map(Cow::into_owned)),
            }
        }
        let mut found = Vec::new();
        if let Some(value) = rsigma_eval::Event::get_field(self, field) {
            add(&value, &mut found);
        }
        found
    }
}

impl rsigma_eval::Event for View<'_> {
    fn get_field(&self, path: &str) -> Option<EventValue<'_>> {
        let said = |text| Some(EventValue::Str(Cow::Borrowed(text)));
        match path {
            PERSON => said(self.seen.person),
            ACCOUNT => said(self.seen.account),
            STATUS => said(if self.seen.event.record.failed() { "failure" } else { "success" }),
            // Rules such as `requestParameters|contains` mean the text of the whole object.
            path => self.json.get_field(path).map(|value| match value {
                EventValue::Map(_) => EventValue::Str(Cow::Owned(value.to_json().to_string())),
                other => other,
            }),
        }
    }

    fn any_string_value(&self, test: &dyn Fn(&str) -> bool) -> bool {
        self.json.any_string_value(test)
    }

    fn all_string_values(&self) -> Vec<Cow<'_, str>> {
        self.json.all_string_values()
    }

    fn visit_string_values(&self, visit: &mut dyn FnMut(&str)) {
        self.json.visit_string_values(visit);
    }

    fn to_json(&self) -> Value {
        self.json.to_json()
    }

    fn top_level_keys(&self) -> Option<Vec<Cow<'_, str>>> {
        let mut keys = self.json.top_level_keys()?;
        keys.extend(["forewarn", STATUS].map(Cow::Borrowed));
        Some(keys)
    }

    fn visit_top_level_keys(&self, visit: &mut dyn FnMut(&str)) -> bool {
        visit("forewarn");
        visit(STATUS);
        self.json.visit_top_level_keys(visit)
    }
}
