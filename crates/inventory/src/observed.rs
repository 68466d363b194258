//! Facts that may be missing, and why they are.

use std::ops::{Deref, DerefMut};

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Why a fact could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// AWS refused the call: no permission, or credentials that are expired or invalid.
    Denied,
    /// AWS asked to slow down until the retries ran out.
    Throttled,
    /// No answer within the time-out.
    TimedOut,
    /// An answer that could not be understood.
    Malformed,
    /// The service or region does not know the operation.
    Unsupported,
    /// AWS answered with a server error, or the connection broke.
    Failed,
    /// No selected check needs it, or the snapshot was written before it existed.
    NotAsked,
    /// The user stopped the run.
    Interrupted,
    /// The budget of calls or time was used up.
    OutOfBudget,
    /// A proposed value that is known only after the change is applied.
    KnownAfterApply,
}

impl Cause {
    /// One or two words for a person.
    pub fn words(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::Throttled => "throttled",
            Self::TimedOut => "timed out",
            Self::Malformed => "malformed answer",
            Self::Unsupported => "not supported",
            Self::Failed => "failed",
            Self::NotAsked => "not asked",
            Self::Interrupted => "interrupted",
            Self::OutOfBudget => "out of budget",
            Self::KnownAfterApply => "known after apply",
        }
    }
}

/// A fact that could not be read: why, by which operation, on what.
///
/// It stands elsewhere, so that a fact that was read, as nearly all are, has no room set aside for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Gap(Box<Unread>);

/// What there is to say of a [`Gap`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unread {
    /// Why.
    pub cause: Cause,
    /// The operation as IAM names it, such as `s3:GetBucketPolicy`.
    pub operation: String,
    /// What it was asked about: an ARN, a bucket name, or a region for a regional list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// What AWS said: the error code and no secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl Gap {
    /// A gap of `cause` in `operation`, about nothing in particular.
    pub fn new(cause: Cause, operation: impl Into<String>) -> Self {
        Unread { cause, operation: operation.into(), resource: None, detail: None }.into()
    }

    /// The same gap, about `resource`.
    #[must_use]
    pub fn on(mut self, resource: impl Into<String>) -> Self {
        self.resource = Some(resource.into());
        self
    }

    /// The same gap with what AWS said.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }
}

impl From<Unread> for Gap {
    fn from(unread: Unread) -> Self {
        Self(Box::new(unread))
    }
}

impl From<Gap> for Unread {
    fn from(gap: Gap) -> Self {
        *gap.0
    }
}

impl Deref for Gap {
    type Target = Unread;

    fn deref(&self) -> &Unread {
        &self.0
    }
}

impl DerefMut for Gap {
    fn deref_mut(&mut self) -> &mut Unread {
        &mut self.0
    }
}

impl std::fmt::Display for Gap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.operation, self.cause.words())?;
        if let Some(resource) = &self.resource {
            write!(f, " on {resource}")?;
        }
        if let Some(detail) = &self.detail {
            write!(f, " ({detail})")?;
        }
        Ok(())
    }
}

/// A fact about one resource: seen, seen to be absent, or not readable.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Observed<T> {
    /// AWS answered with it.
    Present(T),
    /// AWS answered that there is none.
    Absent,
    /// It could not be read.
    Unreadable(Gap),
}

impl<T> Observed<T> {
    /// The value where it is present.
    pub fn present(&self) -> Option<&T> {
        match self {
            Self::Present(value) => Some(value),
            Self::Absent | Self::Unreadable(_) => None,
        }
    }

    /// The value, `None` where it is absent, or the gap.
    ///
    /// # Errors
    /// The gap where it could not be read.
    pub fn read(&self) -> Result<Option<&T>, &Gap> {
        match self {
            Self::Present(value) => Ok(Some(value)),
            Self::Absent => Ok(None),
            Self::Unreadable(gap) => Err(gap),
        }
    }

    /// The gap where it could not be read.
    pub fn gap(&self) -> Option<&Gap> {
        self.read().err()
    }

    /// Applies `f` to a present value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Observed<U> {
        match self {
            Self::Present(value) => Observed::Present(f(value)),
            Self::Absent => Observed::Absent,
            Self::Unreadable(gap) => Observed::Unreadable(gap),
        }
    }
}

/// A fact nobody asked for; what a missing field of a snapshot means.
impl<T> Default for Observed<T> {
    fn default() -> Self {
        Self::Unreadable(Gap::new(Cause::NotAsked, "snapshot"))
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Unreadable<G> {
    unreadable: G,
}

impl<T: Serialize> Serialize for Observed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Present(value) => value.serialize(serializer),
            Self::Absent => serializer.serialize_none(),
            Self::Unreadable(gap) => Unreadable { unreadable: gap }.serialize(serializer),
        }
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Observed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::Null => Ok(Self::Absent),
            serde_json::Value::Object(map) if map.len() == 1 && map.contains_key("unreadable") => {
                serde_json::from_value::<Unreadable<Gap>>(serde_json::Value::Object(map))
                    .map(|found| Self::Unreadable(found.unreadable))
                    .map_err(D::Error::custom)
            }
            value => serde_json::from_value(value).map(Self::Present).map_err(D::Error::custom),
        }
    }
}

/// A list as far as it could be read. Half a list is not a list: `rest` says why it ends.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Listing<T> {
    /// What was read.
    pub items: Vec<T>,
    /// Why it is not whole; empty when it is. A list that is read region by region may be cut in more than one.
    pub rest: Vec<Gap>,
}

impl<T> Listing<T> {
    /// A whole list.
    pub fn whole(items: Vec<T>) -> Self {
        Self { items, rest: Vec::new() }
    }

    /// A list of which nothing could be read.
    pub fn unreadable(gap: Gap) -> Self {
        Self { items: Vec::new(), rest: vec![gap] }
    }

    /// What was read.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.items.iter()
    }

    /// Whether nothing is missing.
    pub fn is_whole(&self) -> bool {
        self.rest.is_empty()
    }
}

impl<'a, T> IntoIterator for &'a Listing<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// A list nobody asked for; what a missing field of a snapshot means.
impl<T> Default for Listing<T> {
    fn default() -> Self {
        Self::unreadable(Gap::new(Cause::NotAsked, "snapshot"))
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cut<I, R> {
    items: I,
    rest: R,
}

impl<T: Serialize> Serialize for Listing<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.is_whole() {
            self.items.serialize(serializer)
        } else {
            Cut { items: &self.items, rest: &self.rest }.serialize(serializer)
        }
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Listing<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<T>(std::marker::PhantomData<T>);

        impl<'de, T: DeserializeOwned> serde::de::Visitor<'de> for Either<T> {
            type Value = Listing<T>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an array, or an object with `items` and `rest`")
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(Listing::whole(items))
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                let cut: Cut<Vec<T>, Vec<Gap>> = Cut::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
                Ok(Listing { items: cut.items, rest: cut.rest })
            }
        }

        deserializer.deserialize_any(Either(std::marker::PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn gap() -> Gap {
        Gap::new(Cause::Denied, "s3:GetBucketPolicy").on("b").detail("AccessDenied")
    }

    fn round<T: Serialize + DeserializeOwned>(value: &T) -> (serde_json::Value, T) {
        let written = serde_json::to_value(value).unwrap();
        (written.clone(), serde_json::from_value(written).unwrap())
    }

    #[test]
    fn the_three_states_of_a_fact_stay_apart_on_disk() {
        for (fact, written) in [
            (Observed::Present(7), json!(7)),
            (Observed::Absent, json!(null)),
            (
                Observed::Unreadable(gap()),
                json!({ "unreadable": {
                    "cause": "denied", "operation": "s3:GetBucketPolicy", "resource": "b", "detail": "AccessDenied",
                } }),
            ),
        ] {
            assert_eq!(round(&fact), (written, fact));
        }
    }

    #[test]
    fn a_cut_list_stays_cut_on_disk() {
        let whole = Listing::whole(vec![1, 2]);
        assert_eq!(round(&whole), (json!([1, 2]), whole));
        let cut = Listing { items: vec![1], rest: vec![gap()] };
        let (written, read) = round(&cut);
        assert_eq!((written["items"].clone(), read), (json!([1]), cut));
    }

    #[test]
    fn a_fact_nobody_wrote_down_is_a_gap() {
        assert_eq!(Observed::<u8>::default().gap().map(|gap| gap.cause), Some(Cause::NotAsked));
        assert!(!Listing::<u8>::default().is_whole());
    }

    #[test]
    fn a_gap_says_what_where_and_why() {
        assert_eq!(gap().to_string(), "s3:GetBucketPolicy denied on b (AccessDenied)");
    }
}
