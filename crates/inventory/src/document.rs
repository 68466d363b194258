//! The text of a policy as AWS gave it.

use std::sync::Arc;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The text of a policy document, byte for byte as AWS gave it (percent-decoded where the API encodes it).
///
/// It may not be JSON at all: parsing belongs to the policy engine. In JSON it is a string; an object is accepted
/// too, so that samples written by hand stay readable.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyText(Arc<str>);

impl PolicyText {
    /// Keeps `text` as it is.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Serialize for PolicyText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for PolicyText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(text) => Ok(Self::new(text)),
            object @ serde_json::Value::Object(_) => Ok(Self::new(object.to_string())),
            _ => Err(D::Error::custom("a policy document is a string or an object")),
        }
    }
}
