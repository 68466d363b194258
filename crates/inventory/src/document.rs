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

    /// What stands in a text for a value that is known only after apply: `${⟨cause⟩}`.
    ///
    /// AWS stores no policy with a character beyond U+00FF, so no text of an account can be taken for it. Of the cause
    /// nothing is kept that could end the mark or a JSON string.
    pub fn hole(cause: &str) -> String {
        let harmless = |c: char| if c.is_control() || "\"\\{}⟨⟩".contains(c) { '\'' } else { c };
        format!("${{⟨{}⟩}}", cause.chars().map(harmless).collect::<String>())
    }

    /// The cause, for the text between `${` and `}` of a [`PolicyText::hole`].
    pub fn cause(inside: &str) -> Option<String> {
        inside.strip_prefix('⟨')?.strip_suffix('⟩').map(str::to_owned)
    }

    /// The causes of all holes in the text, each once, sorted.
    pub fn causes(&self) -> Vec<String> {
        causes(&self.0)
    }
}

/// The causes of all holes in a text.
fn causes(text: &str) -> Vec<String> {
    let ends = text.split("${⟨").skip(1).filter_map(|rest| rest.split_once("⟩}"));
    let mut causes: Vec<String> = ends.map(|(cause, _)| cause.to_owned()).collect();
    causes.sort();
    causes.dedup();
    causes
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hole_keeps_its_cause_and_cannot_break_out_of_its_text() {
        let hole = PolicyText::hole("depends on x[\"a\"].arn");
        assert_eq!(hole, "${⟨depends on x['a'].arn⟩}");
        let text = PolicyText::new(format!("[\"a{hole}/*\", \"{hole}\", \"{}\"]", PolicyText::hole("b}⟩\n")));
        assert!(serde_json::from_str::<serde_json::Value>(text.as_str()).is_ok());
        assert_eq!(text.causes(), ["b'''", "depends on x['a'].arn"]);
        assert_eq!(PolicyText::cause("⟨b⟩").as_deref(), Some("b"));
        assert_eq!(PolicyText::cause("aws:username"), None);
    }
}
