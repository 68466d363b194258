//! How the catalogue lies in its file. The reader and the chore that writes the file compile this one description.
//!
//! | part | what |
//! |---|---|
//! | a line of text | magic word, format, version and date of the data, and the length of the index in bytes |
//! | index | [`Index`] as JSON in a zstd frame |
//! | dictionary | text in a zstd frame: what services have in common |
//! | global keys | a list of [`PackedKey`] as JSON in a zstd frame |
//! | a part per service | [`Packed`] as JSON in a zstd frame with the dictionary, in the order of the index |
//!
//! A frame of its own per service is what makes reading lazy; the dictionary wins back a quarter of the size that many
//! small frames cost. JSON needs no further dependency, and what repeats in it zstd takes out.
//!
//! zstd itself, and not a decoder in Rust, because snapshots bring it into the program anyway.

use std::cmp::Ordering;
use std::io::Read as _;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The first word of the file.
pub(crate) const MAGIC: &str = "forewarn-catalogue";

/// The format, counted up when a reader of the one before would misread the file.
pub(crate) const FORMAT: &str = "1";

/// A service of AWS, as its policies know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// What its actions begin with: `s3`.
    pub prefix: String,
    /// Its name for people: `Amazon S3`.
    pub name: String,
    /// Sorted by name, without regard to letter case.
    pub actions: Vec<Action>,
    /// Sorted by name, without regard to letter case.
    pub resources: Vec<ResourceType>,
    /// The condition keys that AWS documents for this service, `aws:TagKeys` and its kin among them; sorted likewise.
    pub keys: Vec<ConditionKey>,
}

/// An action of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// Without the prefix: `GetObject`.
    pub name: String,
    /// What it does, in AWS's five classes.
    pub access: Access,
    /// The types of resource that it may be granted on; empty where only `*` will do.
    pub resources: Vec<ActionResource>,
    /// Full names of the condition keys that are there whatever the resource, as [`ConditionKey::name`] spells them.
    pub keys: Vec<String>,
    /// Actions that a caller needs besides, with their prefixes. The data of 2026-09 has none.
    pub dependents: Vec<String>,
}

/// A type of resource that an action takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionResource {
    /// The name of a [`ResourceType`] of the same service.
    pub name: String,
    /// Whether every request names one; AWS marks these with an asterisk.
    pub required: bool,
    /// Full names of the condition keys that are there only with this type of resource.
    pub keys: Vec<String>,
}

/// What an action does, in AWS's classes. Tagging and permissions management also write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Access {
    /// Sees that things exist, not what is in them.
    #[serde(rename = "L")]
    List,
    /// Sees what is in things.
    #[serde(rename = "R")]
    Read,
    /// Changes tags and nothing else.
    #[serde(rename = "T")]
    Tagging,
    /// Creates, changes or deletes.
    #[serde(rename = "W")]
    Write,
    /// Grants or changes permissions.
    #[serde(rename = "P")]
    PermissionsManagement,
}

/// A type of resource of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceType {
    /// As AWS writes it: `object`.
    pub name: String,
    /// What its ARNs look like: `arn:${Partition}:s3:::${BucketName}/${ObjectName}`. Mostly one; a few types have more.
    pub arns: Vec<String>,
    /// Full names of the condition keys that go with it.
    pub keys: Vec<String>,
}

/// A condition key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionKey {
    /// The full name as AWS writes it, with `${TagKey}` or `<key>` where the policy's author puts a name.
    pub name: String,
    /// The kind of its values, which says which operators go with it.
    pub kind: KeyKind,
    /// Whether one request can carry more than one value (fact C14).
    pub many: bool,
}

/// The kind of a condition key's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum KeyKind {
    /// Text.
    #[serde(rename = "s")]
    String,
    /// An ARN.
    #[serde(rename = "a")]
    Arn,
    /// `true` or `false`.
    #[serde(rename = "b")]
    Bool,
    /// A number.
    #[serde(rename = "n")]
    Numeric,
    /// A date, or seconds since 1970.
    #[serde(rename = "d")]
    Date,
    /// An address, compared with ranges of addresses.
    #[serde(rename = "i")]
    IpAddress,
    /// Bytes, in base64.
    #[serde(rename = "x")]
    Binary,
}

/// The first line and what lies behind it.
#[derive(Debug)]
pub(crate) struct Head<'a> {
    pub(crate) version: &'a str,
    pub(crate) date: &'a str,
    /// The index, packed.
    pub(crate) index: &'a [u8],
    /// All other parts, one after the other.
    pub(crate) rest: &'a [u8],
}

impl<'a> Head<'a> {
    /// Reads the first line; nothing is unpacked. None when this is another file or another format.
    pub(crate) fn read(file: &'a [u8]) -> Option<Self> {
        let end = file.iter().position(|byte| *byte == b'\n')?;
        let (line, rest) = (file.get(..end)?, file.get(end + 1..)?);
        let mut words = std::str::from_utf8(line).ok()?.split(' ');
        if words.next() != Some(MAGIC) || words.next() != Some(FORMAT) {
            return None;
        }
        let (version, date) = (words.next()?, words.next()?);
        let (index, rest) = rest.split_at_checked(words.next()?.parse().ok()?)?;
        Some(Self { version, date, index, rest })
    }
}

/// Which services there are and how long their parts are.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Index {
    /// The length of the dictionary's part in bytes.
    pub(crate) dictionary: usize,
    /// The length of the global keys' part in bytes.
    pub(crate) keys: usize,
    /// Sorted by prefix, which is in lower case.
    pub(crate) services: Vec<Entry>,
}

/// A service in the index: its prefix, the length of its part in bytes, and whether resource control policies reach it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Entry(pub(crate) String, pub(crate) usize, pub(crate) bool);

/// A condition key: name, kind, and whether it has many values.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PackedKey(pub(crate) String, pub(crate) KeyKind, pub(crate) bool);

impl PackedKey {
    pub(crate) fn unpack(self) -> ConditionKey {
        let Self(name, kind, many) = self;
        ConditionKey { name, kind, many }
    }
}

/// A service: name, keys, resources and actions, in which keys and resources stand as their places in those lists.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Packed(
    pub(crate) String,
    pub(crate) Vec<PackedKey>,
    pub(crate) Vec<PackedResource>,
    pub(crate) Vec<PackedAction>,
);

/// A type of resource: name, ARNs, keys.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PackedResource(pub(crate) String, pub(crate) Vec<String>, pub(crate) Vec<usize>);

/// An action: name, access, keys, resources with whether they are required and their keys, dependents.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PackedAction(
    pub(crate) String,
    pub(crate) Access,
    pub(crate) Vec<usize>,
    pub(crate) Vec<(usize, bool, Vec<usize>)>,
    pub(crate) Vec<String>,
);

impl Packed {
    /// The service as its users see it; none when a place leads nowhere.
    pub(crate) fn unpack(self, prefix: &str) -> Option<Service> {
        let Self(name, keys, resources, actions) = self;
        let key_names = |places: &[usize]| -> Option<Vec<String>> {
            places.iter().map(|place| Some(keys.get(*place)?.0.clone())).collect()
        };
        let actions = actions.into_iter().map(|PackedAction(name, access, keys, on, dependents)| {
            let on = on.into_iter().map(|(place, required, keys)| {
                Some(ActionResource { name: resources.get(place)?.0.clone(), required, keys: key_names(&keys)? })
            });
            let resources = on.collect::<Option<_>>()?;
            Some(Action { name, access, resources, keys: key_names(&keys)?, dependents })
        });
        let actions = actions.collect::<Option<_>>()?;
        let resources = resources
            .into_iter()
            .map(|PackedResource(name, arns, keys)| Some(ResourceType { name, arns, keys: key_names(&keys)? }));
        let resources = resources.collect::<Option<_>>()?;
        let keys = keys.into_iter().map(PackedKey::unpack).collect();
        Some(Service { prefix: prefix.to_owned(), name, actions, resources, keys })
    }
}

/// The order of every list in the catalogue: letter case does not count, as it does not in policies.
pub(crate) fn order(one: &str, other: &str) -> Ordering {
    let lower = |byte: u8| byte.to_ascii_lowercase();
    one.bytes().map(lower).cmp(other.bytes().map(lower))
}

/// Unpacks a part; only services' parts have a dictionary.
pub(crate) fn unpack(part: &[u8], dictionary: &[u8]) -> Option<Vec<u8>> {
    let mut unpacked = Vec::new();
    zstd::Decoder::with_dictionary(part, dictionary).ok()?.read_to_end(&mut unpacked).ok()?;
    Some(unpacked)
}

/// Unpacks a part and reads it.
pub(crate) fn read<T: DeserializeOwned>(part: &[u8], dictionary: &[u8]) -> Option<T> {
    serde_json::from_slice(&unpack(part, dictionary)?).ok()
}
