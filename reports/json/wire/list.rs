//! Lists that are turned into their wire form an entry at a time, while they are written.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A list in the file. What is written is [made](List::of) out of the model while it is written, so that a large report
/// is not held twice; what was read is held.
pub(crate) enum List<'a, W> {
    /// Entries that were read.
    Held(Vec<W>),
    /// Entries that are to be written.
    Made(Box<Entries<'a, W>>),
}

type Entries<'a, W> = dyn Fn() -> Box<dyn Iterator<Item = W> + 'a> + 'a;

impl<'a, W: 'a> List<'a, W> {
    /// A list of what `make` makes of each entry of the model.
    pub(crate) fn of<M>(all: &'a [M], make: impl Fn(&'a M) -> W + Copy + 'a) -> Self {
        Self::Made(Box::new(move || Box::new(all.iter().map(make))))
    }
}

impl<W> List<'_, W> {
    /// What the entries mean.
    pub(crate) fn into_model<M>(self, meaning: impl Fn(W) -> M) -> Vec<M> {
        match self {
            Self::Held(all) => all.into_iter().map(meaning).collect(),
            Self::Made(make) => make().map(meaning).collect(),
        }
    }
}

impl<W> Default for List<'_, W> {
    fn default() -> Self {
        Self::Held(Vec::new())
    }
}

impl<W: Serialize> Serialize for List<'_, W> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Held(all) => serializer.collect_seq(all),
            Self::Made(make) => serializer.collect_seq(make()),
        }
    }
}

impl<'de, W: Deserialize<'de>> Deserialize<'de> for List<'_, W> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::Held)
    }
}

impl<W: JsonSchema> JsonSchema for List<'_, W> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        Vec::<W>::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Vec::<W>::json_schema(generator)
    }
}
