//! Actions against the resources of their statement.

use std::collections::BTreeMap;

use crate::catalogue::{Action, Service};
use crate::glob::Glob;
use crate::lint::actions::{Actions, Named};
use crate::lint::read::{Entry, Statement};
use crate::lint::resources::{LONGEST, Pattern};
use crate::lint::{Sink, codes};

/// Which types of resource of a service some pattern of the statement can name.
struct Reached<'a> {
    patterns: &'a [Pattern<'a>],
    known: BTreeMap<(&'static str, &'static str), bool>,
}

impl Reached<'_> {
    fn is(&mut self, service: &'static Service, name: &'static str, sink: &mut Sink) -> bool {
        let patterns = self.patterns;
        *self.known.entry((&service.prefix, name)).or_insert_with(|| {
            let Some(resource) = service.resource(name) else { return true };
            if !sink.afford(patterns.len()) {
                return true;
            }
            patterns.iter().any(|pattern| pattern.names(resource, sink))
        })
    }
}

/// Services that ask about ARNs also for actions that the reference lists without a type: refusals of CloudWatch Logs name
/// a log group, and AWS's own policies for Session Manager list sessions.
const ASKED_WITH_ARNS: [&str; 2] = ["logs", "ssmmessages"];

/// Prefixes that two services share. Of an action that both have, the reference's data keep one service's types.
const SHARED: [&str; 2] = ["apigateway", "elasticloadbalancing"];

/// Reports actions that no resource of the statement can be a resource of. An action without types of resource is asked
/// with the resource `*` (fact B5), which only a pattern that matches this very text takes.
pub(super) fn judge(statement: &Statement<'_>, actions: &Actions<'_>, sink: &mut Sink) {
    let Some(element) = statement.resource.as_ref().filter(|element| !element.negated) else { return };
    if actions.negated || element.entries.is_empty() || element.entries.iter().any(|entry| entry.text.len() > LONGEST) {
        return;
    }
    let patterns: Vec<Pattern<'_>> = element.entries.iter().map(Pattern::new).collect();
    // What is no ARN has its own diagnostic, and may mean anything.
    let unclear = |pattern: &Pattern<'_>| !pattern.at.text.starts_with("arn:");
    if patterns.iter().any(|pattern| pattern.is_everything() || unclear(pattern)) {
        return;
    }
    let takes_star = patterns.iter().any(|pattern| pattern.glob.matches("*"));
    let mut reached = Reached { patterns: &patterns, known: BTreeMap::new() };
    for named in &actions.named {
        match named {
            Named::Everything => {}
            Named::Whole { service, at } => {
                let none = !service.resources.is_empty()
                    && !service.resources.iter().any(|resource| reached.is(service, &resource.name, sink));
                if none && !foreign(service, &patterns) {
                    misfit(at, service, &[], &patterns, sink);
                }
            }
            Named::Some { service, actions, at } => {
                if !sink.afford(actions.len() * 2) {
                    return;
                }
                let mut fits = |action: &&'static Action| {
                    if action.resources.is_empty() {
                        takes_star
                    } else {
                        action.resources.iter().any(|on| reached.is(service, &on.name, sink))
                    }
                };
                if actions.iter().any(&mut fits) {
                    continue;
                }
                let shared = SHARED.contains(&service.prefix.as_str());
                if shared && service.resources.iter().any(|resource| reached.is(service, &resource.name, sink)) {
                    continue;
                }
                if actions.iter().all(|action| action.resources.is_empty()) {
                    if ASKED_WITH_ARNS.contains(&service.prefix.as_str()) {
                        continue;
                    }
                    let message =
                        format!("`{}` takes no specific resource: it matches only where `Resource` is `*`", at.text);
                    sink.report(&codes::ACTION_NEEDS_STAR, at.span, &at.pointer, message);
                } else {
                    misfit(at, service, actions, &patterns, sink);
                }
            }
        }
    }
}

/// Whether a whole service stands beside resources of its own name that the catalogue knows no type of: then the
/// resource is at fault and says so itself.
fn foreign(service: &Service, patterns: &[Pattern<'_>]) -> bool {
    let own = Glob::exactly(&service.prefix);
    patterns.iter().filter_map(|pattern| pattern.segments.as_ref()).any(|[_, _, name, ..]| name.meets(&own))
}

fn misfit(
    at: &Entry<'_>,
    service: &'static Service,
    actions: &[&'static Action],
    patterns: &[Pattern<'_>],
    sink: &mut Sink,
) {
    let mut wanted: Vec<&str> =
        actions.iter().flat_map(|action| &action.resources).map(|on| on.name.as_str()).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let wanted = match wanted.as_slice() {
        [] => format!("resources of `{}`", service.prefix),
        [one] => format!(
            "the type `{one}` ({})",
            service.resource(one).and_then(|known| known.arns.first()).map_or("", String::as_str)
        ),
        many => {
            format!("the types {}", many.iter().take(6).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "))
        }
    };
    let given = match patterns {
        [one] => format!("`{}` is none", one.at.text),
        many => format!("none of the {} resources of the statement is one", many.len()),
    };
    let message = format!("`{}` is about {wanted}, and {given}", at.text);
    sink.report(&codes::ACTION_RESOURCE_MISMATCH, at.span, &at.pointer, message);
}
