//! What a JSON value is, one level deep: the parts stay text until somebody wants them.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::normal::Key;

/// A value, taken apart one level; a list of records inside an object is taken apart too, so that a delivered file is
/// walked through once.
#[derive(Debug)]
pub(super) enum Shape<'a> {
    Object {
        fields: Vec<(Cow<'a, str>, &'a RawValue)>,
        /// The name of a list of [`LISTS`] and its items.
        list: Option<(Cow<'a, str>, Vec<&'a RawValue>)>,
    },
    List(Vec<&'a RawValue>),
    Text(Cow<'a, str>),
    Other,
}

/// Fields that hold the list of a container.
const LISTS: [&str; 6] = ["Records", "records", "Events", "events", "logEvents", "QueryResultRows"];

/// Names of fields that stand at the top of a record, and of no container.
pub(super) const OF_A_RECORD: [&str; 18] = [
    "additionalEventData",
    "apiVersion",
    "awsRegion",
    "errorCode",
    "errorMessage",
    "eventCategory",
    "eventID",
    "eventName",
    "eventSource",
    "eventTime",
    "eventType",
    "eventVersion",
    "managementEvent",
    "readOnly",
    "recipientAccountId",
    "requestParameters",
    "sourceIPAddress",
    "userIdentity",
];

impl<'de: 'a, 'a> Deserialize<'de> for Shape<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Take)
    }
}

struct Take;

impl<'de> Visitor<'de> for Take {
    type Value = Shape<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut fields, mut list) = (Vec::new(), None);
        while let Some(Key(name)) = map.next_key::<Key<'de>>()? {
            if list.is_none() && LISTS.contains(&name.as_ref()) {
                match map.next_value::<Items<'de>>()? {
                    Items::List(items) => list = Some((name, items)),
                    Items::Other => {}
                }
            } else {
                fields.push((name, map.next_value()?));
            }
        }
        Ok(Shape::Object { fields, list })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Shape::List(items))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Shape::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Shape::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Shape::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Shape::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Shape::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Shape::Other)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Shape::Other)
    }
}

/// A field that should hold a list.
enum Items<'a> {
    List(Vec<&'a RawValue>),
    Other,
}

impl<'de: 'a, 'a> Deserialize<'de> for Items<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Shape::deserialize(deserializer)? {
            Shape::List(items) => Self::List(items),
            _ => Self::Other,
        })
    }
}

/// The name of the first field of an object, as it stands in the text.
pub(super) fn first_field(text: &[u8]) -> Option<&[u8]> {
    let inside = text.trim_ascii_start().strip_prefix(b"{")?.trim_ascii_start().strip_prefix(b"\"")?;
    inside.iter().take(32).position(|byte| *byte == b'"').and_then(|end| inside.get(..end))
}

/// Whether a text begins as a record does.
pub(super) fn begins_as_record(text: &[u8]) -> bool {
    first_field(text).is_some_and(|name| OF_A_RECORD.iter().any(|one| one.as_bytes() == name))
}
