//! Rights that are plainly a part of others, seen without a search.

use crate::document::{Effect, Element, Statement};
use crate::glob::Glob;
use crate::text::ResourcePattern;
use crate::{Document, Layers, Reading};

/// Whether each Allow of `less` lies within one Allow of `more` that nothing holds back.
///
/// A No means nothing: two statements can cover together what neither does alone.
pub(super) fn is_plainly_within(less: &Layers, more: &Layers) -> bool {
    let limited = more.boundary.is_some() || more.session.is_some() || (more.scp.is_some() && more.scp != less.scp);
    let (Some(less), Some(more)) = (allows(less), allows(more).filter(|_| !limited)) else { return false };
    // A Deny on the lesser side only takes away; on the other it would have to be looked at.
    let denied = more.iter().any(|statement| statement.effect() == Effect::Deny);
    let free: Vec<&&Statement> = more.iter().filter(|statement| statement.conditions.is_empty()).collect();
    let within = |part: &Statement| {
        let Some(resource) = part.resource.as_ref().filter(|element| !element.negated) else { return false };
        !part.action.negated
            && part.action.entries.iter().all(|action| {
                resource.entries.iter().all(|pattern| free.iter().any(|whole| covers(whole, action, pattern)))
            })
    };
    !denied && less.iter().filter(|statement| statement.effect() == Effect::Allow).all(|part| within(part))
}

/// The statements of the caller's own policies, where all could be read.
fn allows(layers: &Layers) -> Option<Vec<&Statement>> {
    let documents = layers.identity.as_deref()?.iter().map(|reading| match reading {
        Reading::Read(document) if !document.has_holes() => Some(&**document),
        Reading::Read(_) | Reading::Unreadable => None,
    });
    let documents: Vec<&Document> = documents.collect::<Option<_>>()?;
    Some(documents.into_iter().flat_map(Document::statements).collect())
}

/// Whether a statement is about every action and resource of these patterns.
fn covers(whole: &Statement, action: &Glob, resource: &ResourcePattern) -> bool {
    let of_resource = |element: &Element<ResourcePattern>| {
        let Some(resource) = resource.fixed() else { return false };
        let patterns = element.entries.iter().filter_map(ResourcePattern::fixed);
        !element.negated && patterns.into_iter().any(|pattern| pattern.covers(resource))
    };
    let of_action = if whole.action.negated {
        whole.action.entries.iter().all(|entry| are_of_two_services(entry, action))
    } else {
        whole.action.entries.iter().any(|entry| entry.covers(action))
    };
    of_action && whole.resource.as_ref().is_some_and(of_resource)
}

fn are_of_two_services(one: &Glob, other: &Glob) -> bool {
    match (one.before_colon().literal(), other.before_colon().literal()) {
        (Some(one), Some(other)) => one != other,
        _ => false,
    }
}
