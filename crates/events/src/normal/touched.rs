//! What a call touched: names and ids out of its parameters and its answer.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::loose::{Fill, passes_over_scalars};

/// Parameters whose value names a thing, whatever it looks like.
const NAMES: [&str; 11] = [
    "accessKeyId",
    "bucketName",
    "dBInstanceIdentifier",
    "functionName",
    "groupName",
    "instanceProfileName",
    "keyId",
    "policyName",
    "roleName",
    "secretId",
    "userName",
];

/// Prefixes of the ids that EC2 gives to what people look for (the id itself is hexadecimal).
const EC2: [&str; 12] = ["ami", "eipalloc", "eni", "i", "igw", "nat", "rtb", "sg", "snap", "subnet", "vol", "vpc"];

/// The names and ids that stand in a value.
#[derive(Debug, Default)]
pub(super) struct Touched<'a> {
    pub(super) found: Vec<Cow<'a, str>>,
    /// Whether it is the answer to a sign-in that was refused.
    pub(super) refused: bool,
}

impl<'de: 'a, 'a> Fill<'de> for Touched<'a> {
    fn fill<D: Deserializer<'de>>(&mut self, from: D) -> Result<(), D::Error> {
        Walk { into: self, named: false, sign_in: false, of: PhantomData }.deserialize(from)
    }
}

/// Walks through a value. `serde_json` stops at a depth of 128.
struct Walk<'w, 'a> {
    into: &'w mut Touched<'a>,
    /// Whether the field is one of [`NAMES`].
    named: bool,
    /// Whether the field says how a sign-in ended.
    sign_in: bool,
    of: PhantomData<&'a ()>,
}

impl<'a> Walk<'_, 'a> {
    fn take(&mut self, text: Cow<'a, str>) {
        self.into.refused |= self.sign_in && text == "Failure";
        if !text.is_empty() && (self.named || is_id(&text)) {
            self.into.found.push(text);
        }
    }
}

/// Whether a text is an ARN, an access key id or an id of EC2.
fn is_id(text: &str) -> bool {
    if text.starts_with("arn:") {
        return !text.contains(['\n', ' ']) || text.starts_with("arn:aws:s3:::");
    }
    if text.len() == 20 && (text.starts_with("AKIA") || text.starts_with("ASIA")) {
        return text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    }
    text.len() <= 32
        && text.split_once('-').is_some_and(|(prefix, id)| {
            EC2.contains(&prefix) && id.len() >= 6 && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
}

impl<'de: 'a, 'a> DeserializeSeed<'de> for Walk<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de: 'a, 'a> Visitor<'de> for Walk<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_borrowed_str<E>(mut self, text: &'de str) -> Result<(), E> {
        self.take(Cow::Borrowed(text));
        Ok(())
    }

    fn visit_str<E>(mut self, text: &str) -> Result<(), E> {
        self.take(Cow::Owned(text.to_owned()));
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Key(key)) = map.next_key::<Key<'de>>()? {
            let (named, sign_in) = (NAMES.contains(&key.as_ref()), key == "ConsoleLogin");
            map.next_value_seed(Walk { into: &mut *self.into, named, sign_in, of: PhantomData })?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let (named, sign_in) = (self.named, self.sign_in);
        while seq.next_element_seed(Walk { into: &mut *self.into, named, sign_in, of: PhantomData })?.is_some() {}
        Ok(())
    }

    passes_over_scalars!();
}

/// The name of a field, borrowed where it has no escapes.
pub(crate) struct Key<'a>(pub(crate) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Key<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name<'a>(PhantomData<&'a ()>);

        impl<'de: 'a, 'a> Visitor<'de> for Name<'a> {
            type Value = Key<'a>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a field")
            }

            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Key<'a>, E> {
                Ok(Key(Cow::Borrowed(name)))
            }

            fn visit_str<E>(self, name: &str) -> Result<Key<'a>, E> {
                Ok(Key(Cow::Owned(name.to_owned())))
            }
        }

        deserializer.deserialize_str(Name(PhantomData))
    }
}
