//! Pointers into the inventory that a verdict rests on.

use serde::{Deserialize, Serialize};
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

/// A place in the inventory with what stands there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// ARN of the resource that the pointer starts at.
    pub resource: String,
    /// JSON pointer into the resource as the snapshot writes it; it goes on inside a policy's text.
    pub pointer: String,
    /// What stands there.
    pub content: Value,
    /// What it means, for a person.
    pub note: String,
    /// Whether it decides.
    pub role: EvidenceRole,
}

impl Evidence {
    /// What stands at `pointer` of `node`, which is the resource `arn` as the snapshot writes it.
    pub fn at(arn: &str, node: &impl Serialize, pointer: &str, note: impl Into<String>) -> Self {
        let content = follow(node, pointer).unwrap_or(Value::Null);
        Self {
            resource: arn.to_owned(),
            pointer: pointer.to_owned(),
            content,
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pointer_goes_on_inside_a_policy_text() {
        let bucket = json!({ "policy": "{\"Statement\":[{\"Sid\":\"a/b\"}]}" });
        let evidence = Evidence::at("arn:aws:s3:::b", &bucket, "/policy/Statement/0/Sid", "note");
        assert_eq!(evidence.content, json!("a/b"));
    }

    #[test]
    fn a_pointer_to_nowhere_has_no_content() {
        assert_eq!(Evidence::at("arn", &json!({ "a": [1] }), "/a/1", "note").content, Value::Null);
    }
}
