//! `%placeholders%` of the modifier `expand`, filled from the lists of the user.

use std::collections::BTreeSet;
use std::net::IpAddr;

use ipnet::IpNet;
use rsigma_parser::{Detection, DetectionItem, Detections, Modifier, SigmaString, SigmaValue};

use crate::Lists;

/// The names between two percent signs in a text.
fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    text.split('%').skip(1).step_by(2).filter(|name| !name.is_empty())
}

/// Visits the items of a detection.
pub(super) fn items(detection: &mut Detection, visit: &mut dyn FnMut(&mut DetectionItem)) {
    match detection {
        Detection::AllOf(all) => all.iter_mut().for_each(visit),
        Detection::AnyOf(parts) | Detection::And(parts) => parts.iter_mut().for_each(|part| items(part, visit)),
        Detection::ArrayMatch { body, .. } => items(body, visit),
        Detection::Conditional { named, .. } => in_order(named).for_each(|(_, part)| items(part, visit)),
        Detection::Keywords(_) => {}
    }
}

/// The named parts, by name: the map has no order.
pub(super) fn in_order<T>(named: &mut std::collections::HashMap<String, T>) -> impl Iterator<Item = (&String, &mut T)> {
    let mut parts: Vec<(&String, &mut T)> = named.iter_mut().collect();
    parts.sort_by_key(|(name, _)| *name);
    parts.into_iter()
}

/// Fills every placeholder. Returns the lists that were asked for, and what went wrong, each with the text it stands in.
/// A list in `optional` that was not given has no entry.
pub(super) fn fill(
    detections: &mut Detections,
    lists: &Lists,
    optional: &[String],
) -> (BTreeSet<String>, Vec<(String, Fault)>) {
    let (mut asked, mut faults) = (BTreeSet::new(), Vec::new());
    for (_, detection) in in_order(&mut detections.named) {
        items(detection, &mut |item| {
            if !item.field.has_modifier(Modifier::Expand) {
                return;
            }
            item.field.modifiers.retain(|modifier| *modifier != Modifier::Expand);
            let mut filled = Vec::new();
            for value in &item.values {
                let SigmaValue::String(text) = value else {
                    faults.push((value.to_string(), Fault::NoPlaceholder(value.to_string())));
                    continue;
                };
                let names: Vec<&str> = placeholders(&text.original).collect();
                if names.is_empty() {
                    faults.push((text.original.clone(), Fault::NoPlaceholder(text.original.clone())));
                }
                let mut texts = vec![text.original.clone()];
                for name in names {
                    asked.insert(name.to_owned());
                    if lists.of(name).next().is_none() && !optional.iter().any(|list| list == name) {
                        let name = name.to_owned();
                        let fault = if lists.has(&name) { Fault::Empty(name) } else { Fault::Missing(name) };
                        faults.push((text.original.clone(), fault));
                    }
                    let place = format!("%{name}%");
                    texts = texts
                        .iter()
                        .flat_map(|text| lists.of(name).map(|entry| text.replacen(&place, entry, 1)))
                        .collect();
                }
                if item.field.has_modifier(Modifier::Cidr) {
                    // An address by itself is a network of one.
                    let block = |text: String| text.parse::<IpAddr>().map_or(text, |one| IpNet::from(one).to_string());
                    texts = texts.into_iter().map(block).collect();
                    let wrong = texts.iter().find(|text| text.parse::<IpNet>().is_err());
                    faults.extend(wrong.map(|entry| (text.original.clone(), Fault::NoNetwork(entry.clone()))));
                }
                filled.extend(texts.iter().map(|text| SigmaValue::String(SigmaString::new(text))));
            }
            item.values = filled;
        });
    }
    (asked, faults)
}

/// Why a placeholder cannot be filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// The list was not given.
    Missing(String),
    /// The list has no entry.
    Empty(String),
    /// `expand` on a value that has no placeholder.
    NoPlaceholder(String),
    /// An entry of a list of networks.
    NoNetwork(String),
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing(list) => {
                write!(f, "it asks for the list `{list}`; give it with `--list {list}=FILE`")
            }
            Self::Empty(list) => write!(f, "the list `{list}` has no entry, so the rule could not hold"),
            Self::NoNetwork(entry) => write!(f, "`{entry}`, which a list gives it, is not a network"),
            Self::NoPlaceholder(value) => write!(f, "`expand` stands on `{value}`, which has no `%placeholder%`"),
        }
    }
}
