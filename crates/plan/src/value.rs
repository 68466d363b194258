//! Attributes of a declared resource, some of which only the apply will make known.
//!
//! A value that is not known yet is a string with a hole in it ([`PolicyText::hole`]), whatever its type will be: one
//! form for a name, a number and a whole policy, and the cause goes with it wherever it is put.

use std::collections::BTreeMap;

use forewarn_inventory::{Cause, Gap, Observed, PolicyText};
use serde_json::Value;

/// What a declaration says of an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Known<T> {
    /// It says this.
    Yes(T),
    /// It says nothing.
    No,
    /// It says something that only the apply makes known: the cause.
    Hole(String),
}

impl<T> Known<T> {
    pub(crate) fn yes(self) -> Option<T> {
        match self {
            Self::Yes(value) => Some(value),
            Self::No | Self::Hole(_) => None,
        }
    }

    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> Known<U> {
        match self {
            Self::Yes(value) => Known::Yes(change(value)),
            Self::No => Known::No,
            Self::Hole(cause) => Known::Hole(cause),
        }
    }

    /// As a fact; `operation` is what would read it.
    pub(crate) fn observed(self, operation: &str) -> Observed<T> {
        match self {
            Self::Yes(value) => Observed::Present(value),
            Self::No => Observed::Absent,
            Self::Hole(cause) => Observed::Unreadable(later(operation, cause)),
        }
    }

    /// The value, or this one where nothing is said; the cause where it is open.
    pub(crate) fn or(self, other: T) -> Result<T, String> {
        match self {
            Self::Yes(value) => Ok(value),
            Self::No => Ok(other),
            Self::Hole(cause) => Err(cause),
        }
    }
}

/// The gap of what only the apply makes known.
pub(crate) fn later(operation: &str, cause: impl Into<String>) -> Gap {
    Gap::new(Cause::KnownAfterApply, operation).detail(cause)
}

/// The cause of the first hole in a text.
pub(crate) fn hole(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("${⟨")?;
    rest.split_once("⟩}").map(|(cause, _)| cause.to_owned())
}

/// A value that is open for this cause.
pub(crate) fn open(cause: &str) -> Value {
    Value::String(PolicyText::hole(cause))
}

/// The attributes of a resource or of a block in it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Attrs<'v>(pub(crate) &'v Value);

impl<'v> Attrs<'v> {
    /// The value as it stands; what is null says nothing.
    pub(crate) fn get(self, name: &str) -> Option<&'v Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    fn read<T>(self, name: &str, read: impl FnOnce(&'v Value) -> Option<T>) -> Known<T> {
        let Some(value) = self.get(name) else { return Known::No };
        if let Some(cause) = value.as_str().and_then(hole) {
            return Known::Hole(cause);
        }
        read(value).map_or(Known::No, Known::Yes)
    }

    /// A text that is known whole; an empty one says nothing.
    pub(crate) fn text(self, name: &str) -> Known<String> {
        self.read(name, |value| scalar(value).filter(|text| !text.is_empty()))
    }

    /// A text with whatever holes are in it.
    pub(crate) fn open_text(self, name: &str) -> Option<String> {
        self.get(name).and_then(scalar).filter(|text| !text.is_empty())
    }

    /// A policy: text, or an object that is written out.
    pub(crate) fn policy(self, name: &str) -> Option<PolicyText> {
        match self.get(name)? {
            Value::String(text) if text.trim().is_empty() => None,
            Value::String(text) => Some(PolicyText::new(text.as_str())),
            object @ Value::Object(_) => Some(PolicyText::new(object.to_string())),
            _ => None,
        }
    }

    pub(crate) fn flag(self, name: &str) -> Known<bool> {
        self.read(name, |value| match value {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) => text.to_ascii_lowercase().parse().ok(),
            _ => None,
        })
    }

    pub(crate) fn number(self, name: &str) -> Known<i64> {
        self.read(name, |value| match value {
            #[expect(clippy::cast_possible_truncation, reason = "days and counts; a fraction of one means nothing")]
            Value::Number(number) => number.as_i64().or_else(|| number.as_f64().map(|float| float as i64)),
            Value::String(text) => text.parse().ok(),
            _ => None,
        })
    }

    /// A list of texts; a text by itself is a list of one.
    pub(crate) fn texts(self, name: &str) -> Known<Vec<String>> {
        self.read(name, |value| match value {
            Value::Array(items) => Some(items.iter().filter_map(scalar).collect::<Vec<_>>()),
            other => scalar(other).map(|text| vec![text]),
        })
        .and_known(|texts| texts.iter().find_map(|text| hole(text)))
    }

    /// The tags, those of the provider too; `None` = nothing is said of them.
    pub(crate) fn tags(self) -> Option<BTreeMap<String, String>> {
        let tags = self.get("tags_all").filter(|tags| tags.is_object()).or_else(|| self.get("tags"))?.as_object()?;
        Some(tags.iter().filter_map(|(key, value)| Some((key.clone(), scalar(value)?))).collect())
    }

    /// The one block of that name.
    pub(crate) fn block(self, name: &str) -> Known<Attrs<'v>> {
        self.blocks(name).map_or_none(|blocks| blocks.first().copied())
    }

    /// All blocks of that name.
    pub(crate) fn blocks(self, name: &str) -> Known<Vec<Attrs<'v>>> {
        let blocks = self.read(name, |value| match value {
            Value::Array(items) => Some(items.iter().filter(|item| item.is_object()).map(Attrs).collect::<Vec<_>>()),
            Value::Object(_) => Some(vec![Attrs(value)]),
            _ => None,
        });
        // A list that is open in part has a hole where a block would be.
        let open = self.get(name).and_then(Value::as_array).into_iter().flatten().find_map(|item| hole(item.as_str()?));
        blocks.and_known(|_| open).map_or_none(|blocks| (!blocks.is_empty()).then_some(blocks))
    }
}

impl<T> Known<T> {
    /// Open after all, where the value says so.
    fn and_known(self, open: impl FnOnce(&T) -> Option<String>) -> Self {
        match self {
            Self::Yes(value) => open(&value).map_or_else(|| Self::Yes(value), Self::Hole),
            other => other,
        }
    }

    fn map_or_none<U>(self, change: impl FnOnce(T) -> Option<U>) -> Known<U> {
        match self {
            Self::Yes(value) => change(value).map_or(Known::No, Known::Yes),
            Self::No => Known::No,
            Self::Hole(cause) => Known::Hole(cause),
        }
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_said_what_is_not_and_what_is_open_stay_apart() {
        let hole = PolicyText::hole("depends on x.y");
        let value = json!({ "a": "t", "n": "30", "f": "True", "none": null, "empty": "", "h": hole,
            "list": ["x", format!("p{hole}")], "one": "x", "b": [{ "k": 1 }], "o": { "k": 2 }, "bs": [{ "k": 1 }, hole],
            "nothing": [] });
        let attrs = Attrs(&value);
        let cause = || "depends on x.y".to_owned();
        assert_eq!(attrs.text("a"), Known::Yes("t".to_owned()));
        assert_eq!((attrs.text("none"), attrs.text("empty"), attrs.text("gone")), (Known::No, Known::No, Known::No));
        assert_eq!(attrs.text("h"), Known::Hole(cause()));
        assert_eq!(
            (attrs.number("n"), attrs.flag("f"), attrs.flag("h")),
            (Known::Yes(30), Known::Yes(true), Known::Hole(cause()))
        );
        assert_eq!(attrs.texts("list"), Known::Hole(cause()));
        assert_eq!(attrs.texts("one"), Known::Yes(vec!["x".to_owned()]));
        assert_eq!(attrs.block("b").yes().unwrap().number("k"), Known::Yes(1));
        assert_eq!(attrs.block("o").yes().unwrap().number("k"), Known::Yes(2));
        assert!(matches!(attrs.blocks("bs"), Known::Hole(_)));
        assert!(matches!(attrs.blocks("nothing"), Known::No));
        assert!(attrs.policy("h").unwrap().as_str().contains("depends on"));
        assert_eq!(attrs.policy("o").unwrap().as_str(), "{\"k\":2}");
    }
}
