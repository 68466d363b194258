//! Values whose type real logs do not keep to.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// Text that some writers give as a number, a boolean, a list or an object; then it is the JSON of that.
#[derive(Debug, Default)]
pub(super) struct Loose<'a>(Option<Cow<'a, str>>);

impl<'a> Loose<'a> {
    /// The text; an empty one says nothing.
    pub(super) fn text(self) -> Option<Cow<'a, str>> {
        self.0.filter(|text| !text.is_empty())
    }

    /// The boolean, which may be written as text.
    pub(super) fn flag(&self) -> Option<bool> {
        self.0.as_deref()?.parse().ok()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Loose<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Text(PhantomData))
    }
}

struct Text<'a>(PhantomData<&'a ()>);

impl<'de: 'a, 'a> Visitor<'de> for Text<'a> {
    type Value = Loose<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Loose(Some(Cow::Borrowed(text))))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Loose(Some(Cow::Owned(text.to_owned()))))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Loose(Some(Cow::Borrowed(if flag { "true" } else { "false" }))))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Loose(Some(Cow::Owned(number.to_string()))))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Loose(Some(Cow::Owned(number.to_string()))))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Loose(Some(Cow::Owned(number.to_string()))))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Loose(None))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        let value = Value::deserialize(SeqAccessDeserializer::new(seq))?;
        Ok(Loose(Some(Cow::Owned(value.to_string()))))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let value = Value::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Loose(Some(Cow::Owned(value.to_string()))))
    }
}

/// What is read to where it is: an object of many fields is never moved from hand to hand.
pub(super) trait Fill<'de>: Sized {
    /// Reads a value into it.
    fn fill<D: Deserializer<'de>>(&mut self, from: D) -> Result<(), D::Error>;
}

impl<'de: 'a, 'a> Fill<'de> for Loose<'a> {
    fn fill<D: Deserializer<'de>>(&mut self, from: D) -> Result<(), D::Error> {
        *self = Self::deserialize(from)?;
        Ok(())
    }
}

/// A place that is filled.
pub(super) struct Place<'p, T>(pub(super) &'p mut T);

impl<'de, T: Fill<'de>> DeserializeSeed<'de> for Place<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        self.0.fill(from)
    }
}

/// What a visitor that looks for texts or objects does with a number, a boolean or `null`: nothing.
macro_rules! passes_over_scalars {
    () => {
        fn visit_bool<E>(self, _: bool) -> Result<(), E> {
            Ok(())
        }

        fn visit_u64<E>(self, _: u64) -> Result<(), E> {
            Ok(())
        }

        fn visit_i64<E>(self, _: i64) -> Result<(), E> {
            Ok(())
        }

        fn visit_f64<E>(self, _: f64) -> Result<(), E> {
            Ok(())
        }

        fn visit_unit<E>(self) -> Result<(), E> {
            Ok(())
        }
    };
}

pub(super) use passes_over_scalars;

/// Makes an object of these fields, each with its names, that may be `null` or anything else; then it stays empty.
macro_rules! object {
    ($(#[$about:meta])* $name:ident { $($field:ident: $kind:ty = $first:literal $(| $other:literal)*,)* }) => {
        $(#[$about])*
        #[derive(Default)]
        struct $name<'a> {
            $($field: $kind,)*
        }

        impl<'de: 'a, 'a> $crate::normal::loose::Fields<'de> for $name<'a> {
            fn fields<A: serde::de::MapAccess<'de>>(&mut self, mut map: A) -> Result<(), A::Error> {
                $(let mut $field = false;)*
                while let Some($crate::normal::Key(name)) = map.next_key()? {
                    match name.as_ref() {
                        $($first $(| $other)* => {
                            if std::mem::replace(&mut $field, true) {
                                return Err(serde::de::Error::duplicate_field($first));
                            }
                            map.next_value_seed($crate::normal::loose::Place(&mut self.$field))?;
                        })*
                        _ => {
                            map.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(())
            }
        }
    };
}

pub(super) use object;

/// An object that knows its fields.
pub(super) trait Fields<'de>: Sized {
    /// Reads all of them.
    fn fields<A: MapAccess<'de>>(&mut self, map: A) -> Result<(), A::Error>;
}

impl<'de, T: Fields<'de>> Fill<'de> for T {
    fn fill<D: Deserializer<'de>>(&mut self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(Object(self))
    }
}

struct Object<'p, T>(&'p mut T);

impl<'de, T: Fields<'de>> Visitor<'de> for Object<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        self.0.fields(map)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    passes_over_scalars!();
}
