//! Pointers into the inventory that a verdict rests on.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::pointed::follow;

/// Whether an evidence decides, or only helps to understand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceRole {
    /// The verdict rests on it.
    Primary,
    /// Context.
    Related,
}

/// A place in the inventory with what stands there. A large account has a hundred thousand of them, which share their texts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// ARN of the resource that the pointer starts at.
    pub resource: Arc<str>,
    /// JSON pointer into the resource as the snapshot writes it; it goes on inside a policy's text.
    pub pointer: Arc<str>,
    /// What stands there.
    pub content: Content,
    /// What it means, for a person.
    pub note: Arc<str>,
    /// Whether it decides.
    pub role: EvidenceRole,
}

impl Evidence {
    /// What stands at `pointer` of `node`, which is the resource `arn` as the snapshot writes it.
    pub fn at(arn: &str, node: &impl Serialize, pointer: &str, note: impl Into<Arc<str>>) -> Self {
        let content = follow(node, pointer).unwrap_or(Value::Null);
        Self {
            resource: arn.into(),
            pointer: pointer.into(),
            content: content.into(),
            note: note.into(),
            role: EvidenceRole::Primary,
        }
    }

    /// The same evidence as mere context.
    #[must_use]
    pub fn related(mut self) -> Self {
        self.role = EvidenceRole::Related;
        self
    }
}

/// A JSON value as its text, without blanks and with sorted keys: a tree of it takes some ten times the room.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Content(Arc<str>);

impl Content {
    /// The value.
    pub fn value(&self) -> Value {
        // The text was written from a value; one that is nested too deeply to be read again is shown as it stands.
        serde_json::from_str(&self.0).unwrap_or_else(|_| Value::String(self.0.to_string()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether nothing stands there.
    pub fn is_null(&self) -> bool {
        &*self.0 == "null"
    }

    pub(crate) fn text_mut(&mut self) -> &mut Arc<str> {
        &mut self.0
    }
}

impl From<Value> for Content {
    fn from(value: Value) -> Self {
        Self(value.to_string().into())
    }
}

impl Default for Content {
    fn default() -> Self {
        Value::Null.into()
    }
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Content {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pointer_goes_on_inside_a_policy_text() {
        let bucket = json!({ "policy": "{\"Statement\":[{\"Sid\":\"a/b\"}]}" });
        let evidence = Evidence::at("arn:aws:s3:::b", &bucket, "/policy/Statement/0/Sid", "note");
        assert_eq!(evidence.content, json!("a/b").into());
    }

    #[test]
    fn what_is_nested_too_deeply_to_be_read_again_is_not_lost() {
        let deep = (0..200).fold(json!("bottom"), |inside, _| json!([inside]));
        let content = Content::from(deep);
        assert!(content.value().as_str().is_some_and(|text| text.contains("bottom")), "{content}");
    }

    #[test]
    fn a_pointer_to_nowhere_has_no_content() {
        assert!(Evidence::at("arn", &json!({ "a": [1] }), "/a/1", "note").content.is_null());
    }
}
