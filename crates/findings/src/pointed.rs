//! What stands at a JSON pointer of a value that serializes, found on the way there: nodes are large (an account has all
//! of its users), every finding follows a few pointers, and nothing is made into a [`Value`] but what is found.

use std::fmt::Display;

use serde::ser::{
    Error as _, Impossible, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeTuple,
    SerializeTupleStruct, Serializer,
};
use serde_json::{Error, Value};

/// Follows a JSON pointer; where it meets a text that is JSON itself (a policy), it goes on inside. `None` = there is
/// nothing.
pub(crate) fn follow<T: Serialize + ?Sized>(node: &T, pointer: &str) -> Option<Value> {
    let way: Vec<String> =
        pointer.split('/').skip(1).map(|token| token.replace("~1", "/").replace("~0", "~")).collect();
    // What serializes in a way that no step knows is made into a value after all.
    found(node, &way).or_else(|_| found(&serde_json::to_value(node)?, &way)).ok().flatten()
}

type Found = Result<Option<Value>, Error>;

fn found<T: Serialize + ?Sized>(node: &T, way: &[String]) -> Found {
    match way.split_first() {
        None => serde_json::to_value(node).map(Some),
        Some((token, rest)) => node.serialize(Step { token, rest }),
    }
}

/// A serializer that goes where the way leads, and past everything else.
#[derive(Clone, Copy)]
struct Step<'w> {
    /// The field or index that is next.
    token: &'w str,
    /// What comes after.
    rest: &'w [String],
}

/// The members of an object or array, as they go by.
struct Members<'w> {
    step: Step<'w>,
    /// How many went by.
    index: usize,
    /// Whether the next value is the one.
    next: bool,
    found: Option<Value>,
}

impl<'w> Members<'w> {
    fn of(step: Step<'w>) -> Self {
        Self { step, index: 0, next: false, found: None }
    }

    fn field<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Error> {
        if name == self.step.token {
            self.found = found(value, self.step.rest)?;
        }
        Ok(())
    }

    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        if self.step.token.parse() == Ok(self.index) {
            self.found = found(value, self.step.rest)?;
        }
        self.index += 1;
        Ok(())
    }
}

macro_rules! nothing_inside {
    ($($method:ident($($kind:ty),*);)+) => {$(
        fn $method(self, $(_: $kind),*) -> Found {
            Ok(None)
        }
    )+};
}

impl<'w> Serializer for Step<'w> {
    type Ok = Option<Value>;
    type Error = Error;
    type SerializeSeq = Members<'w>;
    type SerializeTuple = Members<'w>;
    type SerializeTupleStruct = Members<'w>;
    type SerializeTupleVariant = Impossible<Self::Ok, Error>;
    type SerializeMap = Members<'w>;
    type SerializeStruct = Members<'w>;
    type SerializeStructVariant = Impossible<Self::Ok, Error>;

    nothing_inside! {
        serialize_bool(bool);
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_i64(i64);
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_u64(u64);
        serialize_f32(f32);
        serialize_f64(f64);
        serialize_char(char);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(&'static str);
        serialize_unit_variant(&'static str, u32, &'static str);
    }

    fn serialize_str(self, text: &str) -> Found {
        // Bare numbers are JSON too; nothing is inside them.
        serde_json::from_str::<Value>(text).map_or(Ok(None), |inside| inside.serialize(self))
    }

    fn collect_str<T: Display + ?Sized>(self, text: &T) -> Found {
        self.serialize_str(&text.to_string())
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Found {
        bytes.serialize(self)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Found {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Found {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Found {
        if variant == self.token { found(value, self.rest) } else { Ok(None) }
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Members<'w>, Error> {
        Ok(Members::of(self))
    }

    fn serialize_tuple(self, _: usize) -> Result<Members<'w>, Error> {
        Ok(Members::of(self))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Members<'w>, Error> {
        Ok(Members::of(self))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Members<'w>, Error> {
        Ok(Members::of(self))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Members<'w>, Error> {
        Ok(Members::of(self))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Error> {
        Err(Error::custom("a variant with several fields"))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Error> {
        Err(Error::custom("a variant with several fields"))
    }
}

impl SerializeSeq for Members<'_> {
    type Ok = Option<Value>;
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.element(value)
    }

    fn end(self) -> Found {
        Ok(self.found)
    }
}

impl SerializeTuple for Members<'_> {
    type Ok = Option<Value>;
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.element(value)
    }

    fn end(self) -> Found {
        Ok(self.found)
    }
}

impl SerializeTupleStruct for Members<'_> {
    type Ok = Option<Value>;
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.element(value)
    }

    fn end(self) -> Found {
        Ok(self.found)
    }
}

impl SerializeMap for Members<'_> {
    type Ok = Option<Value>;
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        // A key that is a number stands there as a text.
        let key = serde_json::to_value(key)?;
        self.next = key.as_str().map_or_else(|| key.to_string(), str::to_owned) == self.step.token;
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        if self.next {
            self.found = found(value, self.step.rest)?;
        }
        Ok(())
    }

    fn end(self) -> Found {
        Ok(self.found)
    }
}

impl SerializeStruct for Members<'_> {
    type Ok = Option<Value>;
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Error> {
        self.field(name, value)
    }

    fn end(self) -> Found {
        Ok(self.found)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde::Serialize;
    use serde_json::json;

    use super::*;

    #[derive(Serialize)]
    enum Kind {
        Plain,
        One(u8),
        Two(u8, u8),
        Named { size: u8 },
    }

    #[derive(Serialize)]
    struct Wrapped(Vec<Kind>);

    #[derive(Serialize)]
    struct Node {
        name: &'static str,
        wrapped: Wrapped,
        pair: (bool, Option<char>),
        numbers: BTreeMap<u16, Option<Vec<u8>>>,
        #[serde(flatten)]
        rest: BTreeMap<&'static str, Kind>,
    }

    fn node() -> Node {
        Node {
            name: "{\"a/b\": [1, \"[2]\"]}",
            wrapped: Wrapped(vec![Kind::Plain, Kind::One(7), Kind::Two(1, 2), Kind::Named { size: 3 }]),
            pair: (true, Some('c')),
            numbers: [(3, Some(vec![4, 5])), (30, None)].into(),
            rest: [("kind", Kind::Named { size: 9 })].into(),
        }
    }

    /// Every pointer into a value, with what stands there.
    fn every_place(at: &str, value: &Value, places: &mut Vec<(String, Value)>) {
        places.push((at.to_owned(), value.clone()));
        let escaped = |key: &str| key.replace('~', "~0").replace('/', "~1");
        match value {
            Value::Object(fields) => {
                fields.iter().for_each(|(key, value)| every_place(&format!("{at}/{}", escaped(key)), value, places));
            }
            Value::Array(items) => {
                items
                    .iter()
                    .enumerate()
                    .for_each(|(index, value)| every_place(&format!("{at}/{index}"), value, places));
            }
            _ => {}
        }
    }

    #[test]
    fn what_is_found_is_what_stands_in_the_whole_value() {
        let (node, mut places) = (node(), Vec::new());
        every_place("", &serde_json::to_value(&node).unwrap(), &mut places);
        assert_eq!(places.len(), 24);
        for (pointer, value) in places {
            assert_eq!(follow(&node, &pointer), Some(value), "{pointer}");
        }
        for nowhere in ["/x", "/pair/2", "/pair/0/0", "/wrapped/1/Two", "/numbers/30/0", "/wrapped/-1", "/wrapped/0/0"]
        {
            assert_eq!(follow(&node, nowhere), None, "{nowhere}");
        }
    }

    #[test]
    fn the_way_goes_on_inside_a_text() {
        assert_eq!(follow(&node(), "/name/a~1b/0"), Some(json!(1)));
        assert_eq!(follow(&node(), "/name/a~1b/1/0"), Some(json!(2)));
        assert_eq!(follow(&node(), "/name/c"), None);
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf =
            prop_oneof![Just(json!(null)), any::<bool>().prop_map(Value::from), "[a-c~/0]{0,2}".prop_map(Value::from)];
        leaf.prop_recursive(4, 24, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::btree_map("[a-c~/0]{0,2}", inner, 0..3)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_place_of_a_made_up_value_is_found(value in values()) {
            let mut places = Vec::new();
            every_place("", &value, &mut places);
            for (pointer, there) in places {
                prop_assert_eq!(follow(&value, &pointer), Some(there));
            }
        }
    }
}
