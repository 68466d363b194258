//! Rights that are plainly a part of others, seen without a search.
//!
//! What a stack lets through is what each of its layers allows and nothing of it denies. So it is a part of another
//! where each layer of the other allows what some layer here does, and each Deny of the other stands here too or is
//! about something else. Statements are compared one by one, by what is written.

use std::sync::Arc;

use crate::condition::Condition;
use crate::document::{Effect, Element, Statement};
use crate::glob::Glob;
use crate::text::ResourcePattern;
use crate::{Document, LayerName, Layers, Reading};

/// Whether all that `less` lets through `more` plainly does too.
///
/// A No means nothing: two statements can cover together what neither does alone.
pub(super) fn is_plainly_within(less: &Layers, more: &Layers) -> bool {
    let (Some(less), Some(more)) = (Side::of(less), Side::of(more)) else { return false };
    more.layers.iter().all(|whole| less.layers.iter().any(|part| part.counts_for(whole) && part.is_within(whole)))
        && more.denies().all(|(at, deny)| {
            let stands = less.denies().any(|(layer, other)| at.is_in_reach_of(layer) && covers(other, deny));
            let is_elsewhere = |part: &Layer<'_>| part.allows().all(|allow| are_apart(allow, deny));
            stands || less.layers.iter().any(|part| part.name != LayerName::Scp && is_elsewhere(part))
        })
}

/// The layers that must allow a request, each with all its statements.
struct Side<'a> {
    layers: Vec<Layer<'a>>,
}

struct Layer<'a> {
    name: LayerName,
    documents: Vec<&'a Document>,
}

impl<'a> Side<'a> {
    /// `None` where something could not be read.
    fn of(layers: &'a Layers) -> Option<Self> {
        let mut found = Vec::new();
        let mut add = |name: LayerName, documents: &'a [Reading<Arc<Document>>]| {
            let documents = documents.iter().map(|reading| match reading {
                Reading::Read(document) if !document.has_holes() => Some(&**document),
                Reading::Read(_) | Reading::Unreadable => None,
            });
            let documents = documents.collect::<Option<Vec<_>>>();
            documents.map(|documents| found.push(Layer { name, documents }))
        };
        add(LayerName::Identity, layers.identity.as_deref()?)?;
        for (name, documents) in [(LayerName::Boundary, &layers.boundary), (LayerName::Session, &layers.session)] {
            documents.as_deref().map_or(Some(()), |documents| add(name, documents))?;
        }
        for level in layers.scp.iter().flatten() {
            add(LayerName::Scp, level)?;
        }
        Some(Self { layers: found })
    }

    fn denies(&self) -> impl Iterator<Item = (LayerName, &'a Statement)> {
        let all = self.layers.iter().flat_map(|layer| layer.statements().map(|statement| (layer.name, statement)));
        all.filter(|(_, statement)| statement.effect() == Effect::Deny)
    }
}

impl LayerName {
    /// Whether a Deny of another layer stops whatever one of this layer does: service control policies spare roles that
    /// are linked to a service (fact A4).
    fn is_in_reach_of(self, other: Self) -> bool {
        self == Self::Scp || other != Self::Scp
    }
}

impl<'a> Layer<'a> {
    fn statements(&self) -> impl Iterator<Item = &'a Statement> + use<'_, 'a> {
        self.documents.iter().flat_map(|document| document.statements())
    }

    fn allows(&self) -> impl Iterator<Item = &'a Statement> + use<'_, 'a> {
        self.statements().filter(|statement| statement.effect() == Effect::Allow)
    }

    /// Whether a request that must pass the other layer must pass this one.
    fn counts_for(&self, other: &Self) -> bool {
        other.name.is_in_reach_of(self.name)
    }

    /// Whether the other layer allows whatever this one does.
    fn is_within(&self, whole: &Self) -> bool {
        let pairs = |part: &'a Statement| {
            // An element that says what is left out is covered as a whole.
            let actions = part.action.entries.iter().map(Some).filter(|_| !part.action.negated);
            let actions: Vec<Option<&Glob>> = if part.action.negated { vec![None] } else { actions.collect() };
            let named = part.resource.as_ref().filter(|element| !element.negated);
            let resources: Vec<Option<&ResourcePattern>> =
                named.map_or_else(|| vec![None], |element| element.entries.iter().map(Some).collect());
            actions.into_iter().all(|action| {
                resources.iter().all(|resource| {
                    whole.allows().any(|statement| {
                        has_conditions_of(part, statement)
                            && covers_action(&statement.action, &part.action, action)
                            && covers_resource(statement, part, *resource)
                    })
                })
            })
        };
        self.allows().all(pairs)
    }
}

/// Whether a statement is about all that another one is about.
fn covers(whole: &Statement, part: &Statement) -> bool {
    let of_actions = if part.action.negated {
        covers_action(&whole.action, &part.action, None)
    } else {
        part.action.entries.iter().all(|entry| covers_action(&whole.action, &part.action, Some(entry)))
    };
    let of_resources = match part.resource.as_ref().filter(|element| !element.negated) {
        Some(element) => element.entries.iter().all(|entry| covers_resource(whole, part, Some(entry))),
        None => covers_resource(whole, part, None),
    };
    has_conditions_of(part, whole) && of_actions && of_resources
}

/// Whether all conditions of a statement stand in another one.
fn has_conditions_of(statement: &Statement, other: &Statement) -> bool {
    let same = |one: &Condition, other: &Condition| {
        let values = || one.values.iter().zip(&other.values);
        one.operator == other.operator
            && one.key == other.key
            && one.values.len() == other.values.len()
            && values().all(|(one, other)| one.raw == other.raw && one.text == other.text)
    };
    other.conditions.iter().all(|wanted| statement.conditions.iter().any(|condition| same(condition, wanted)))
}

/// Whether an element takes in one entry of another, or all of one that says what is left out.
fn covers_action(whole: &Element<Glob>, part: &Element<Glob>, entry: Option<&Glob>) -> bool {
    match (whole.negated, entry) {
        (false, Some(entry)) => whole.entries.iter().any(|own| own.covers(entry)),
        (false, None) => whole.entries.iter().any(Glob::is_everything),
        (true, Some(entry)) => whole.entries.iter().all(|own| are_of_two_services(own, entry)),
        (true, None) => whole.entries.iter().all(|own| part.entries.iter().any(|left_out| left_out.covers(own))),
    }
}

/// The same for resources; a pattern with a variable in it covers itself.
fn covers_resource(whole: &Statement, part: &Statement, entry: Option<&ResourcePattern>) -> bool {
    let covers_one = |own: &ResourcePattern, entry: &ResourcePattern| match (own.fixed(), entry.fixed()) {
        (Some(own), _) if own.is_everything() => true,
        (Some(own), Some(entry)) => own.covers(entry),
        _ => own.text == entry.text,
    };
    let Some(element) = &whole.resource else { return part.resource.is_none() };
    let is_all = || element.entries.iter().any(|own| own.fixed().is_some_and(Glob::is_everything));
    match (element.negated, entry, &part.resource) {
        (false, Some(entry), _) => element.entries.iter().any(|own| covers_one(own, entry)),
        (false, None, _) => is_all(),
        (true, None, Some(left_out)) => {
            let own = &element.entries;
            own.iter().all(|own| left_out.entries.iter().any(|left_out| covers_one(left_out, own)))
        }
        (true, ..) => false,
    }
}

/// Whether two statements are plainly about different services.
fn are_apart(one: &Statement, other: &Statement) -> bool {
    let apart = |one: &Element<Glob>, other: &Element<Glob>| {
        one.entries.iter().all(|one| other.entries.iter().all(|other| are_of_two_services(one, other)))
    };
    let within = |part: &Element<Glob>, left_out: &Element<Glob>| {
        part.entries.iter().all(|part| left_out.entries.iter().any(|left_out| left_out.covers(part)))
    };
    match (one.action.negated, other.action.negated) {
        (false, false) => apart(&one.action, &other.action),
        (false, true) => within(&one.action, &other.action),
        (true, false) => within(&other.action, &one.action),
        (true, true) => false,
    }
}

fn are_of_two_services(one: &Glob, other: &Glob) -> bool {
    match (one.before_colon().literal(), other.before_colon().literal()) {
        (Some(one), Some(other)) => one != other,
        _ => false,
    }
}
