//! XML, written element by element.

use std::fmt::Display;

use bytes::Bytes;
use jiff::Timestamp;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use crate::text;

/// A document under construction. Whatever is written as text is escaped.
pub(crate) struct Xml(Writer<Vec<u8>>);

impl Xml {
    /// A document with the declaration that AWS sends, and one root element.
    pub(crate) fn document(root: &str, namespace: &str, inside: impl FnOnce(&mut Self)) -> Bytes {
        let mut xml = Self(Writer::new(Vec::with_capacity(1024)));
        xml.event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
        let attributes: &[(&str, &str)] = if namespace.is_empty() { &[] } else { &[("xmlns", namespace)] };
        xml.node_with(root, attributes, inside);
        Bytes::from(xml.0.into_inner())
    }

    /// An element with children.
    pub(crate) fn node(&mut self, name: &str, inside: impl FnOnce(&mut Self)) {
        self.node_with(name, &[], inside);
    }

    /// An element with attributes and children.
    pub(crate) fn node_with(&mut self, name: &str, attributes: &[(&str, &str)], inside: impl FnOnce(&mut Self)) {
        let mut start = BytesStart::new(name);
        for attribute in attributes {
            start.push_attribute(*attribute);
        }
        self.event(Event::Start(start));
        inside(self);
        self.event(Event::End(BytesEnd::new(name)));
    }

    /// A list: an element that holds one `item` element for each of `items`.
    pub(crate) fn list<T>(
        &mut self,
        name: &str,
        item: &str,
        items: impl IntoIterator<Item = T>,
        each: impl Fn(&mut Self, T),
    ) {
        self.node(name, |xml| {
            for value in items {
                xml.node(item, |xml| each(xml, value));
            }
        });
    }

    /// An element with text.
    pub(crate) fn text(&mut self, name: &str, value: &str) {
        self.node(name, |xml| xml.content(value));
    }

    /// An element with a number or a truth value.
    pub(crate) fn value(&mut self, name: &str, value: impl Display) {
        self.text(name, &value.to_string());
    }

    /// An element with text, where there is one.
    pub(crate) fn optional(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(name, value);
        }
    }

    /// An element with a time.
    pub(crate) fn time(&mut self, name: &str, at: Timestamp) {
        self.text(name, &text::iso(at));
    }

    /// Text of the open element. Characters that XML cannot hold become U+FFFD.
    pub(crate) fn content(&mut self, value: &str) {
        if value.chars().any(is_unwritable) {
            let clean: String = value.chars().map(|c| if is_unwritable(c) { '\u{fffd}' } else { c }).collect();
            self.event(Event::Text(BytesText::new(&clean)));
        } else {
            self.event(Event::Text(BytesText::new(value)));
        }
    }

    fn event(&mut self, event: Event<'_>) {
        // INVARIANT: writing to memory does not fail.
        let _ = self.0.write_event(event);
    }
}

fn is_unwritable(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}
