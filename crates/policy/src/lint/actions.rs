//! Which actions a statement names.

use crate::catalogue::{self, Action, Service};
use crate::lint::read::{Entry, Statement};
use crate::lint::suggest::nearest;
use crate::lint::{PolicyKind, Sink, codes, resources};

/// What an entry of `Action` or `NotAction` names.
#[derive(Debug)]
pub(super) enum Named<'a> {
    /// `*`.
    Everything,
    /// Every action of a service.
    Whole {
        service: &'static Service,
        at: Entry<'a>,
    },
    Some {
        service: &'static Service,
        actions: Vec<&'static Action>,
        at: Entry<'a>,
    },
}

impl Named<'_> {
    pub(super) fn service(&self) -> Option<&'static Service> {
        match self {
            Self::Everything => None,
            Self::Whole { service, .. } | Self::Some { service, .. } => Some(service),
        }
    }

    /// Whether it takes this action of this service in.
    pub(super) fn takes(&self, service: &str, action: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Whole { service: known, .. } => known.prefix == service,
            Self::Some { service: known, actions, .. } => {
                known.prefix == service && actions.iter().any(|known| known.name.eq_ignore_ascii_case(action))
            }
        }
    }
}

/// The actions of a statement, as far as they are known.
#[derive(Debug, Default)]
pub(super) struct Actions<'a> {
    pub(super) named: Vec<Named<'a>>,
    /// Whether the statement is about all but these.
    pub(super) negated: bool,
    /// Whether every entry could be made out; where not, nothing can be said about all of them.
    pub(super) complete: bool,
}

impl Actions<'_> {
    pub(super) fn takes(&self, service: &str, action: &str) -> bool {
        !self.negated && self.named.iter().any(|named| named.takes(service, action))
    }

    pub(super) fn takes_everything(&self) -> bool {
        !self.negated && self.named.iter().any(|named| matches!(named, Named::Everything))
    }
}

pub(super) fn judge<'a>(statement: &Statement<'a>, kind: PolicyKind, sink: &mut Sink) -> Actions<'a> {
    let Some(element) = &statement.action else { return Actions::default() };
    let mut found = Actions { named: Vec::new(), negated: element.negated, complete: true };
    for entry in &element.entries {
        match named(entry, sink) {
            Some(named) => found.named.push(named),
            None => found.complete = false,
        }
    }
    if kind == PolicyKind::Rcp {
        reached(&found, sink);
    }
    resources::redundant(&element.entries, &codes::REDUNDANT_ACTION, sink);
    found
}

fn named<'a>(entry: &Entry<'a>, sink: &mut Sink) -> Option<Named<'a>> {
    let text = entry.text;
    if text == "*" || text == "*:*" {
        return Some(Named::Everything);
    }
    let invalid = |message: String, sink: &mut Sink| {
        sink.report(&codes::INVALID_ACTION, entry.span, &entry.pointer, message);
        None
    };
    // Variables say themselves that they are not taken here.
    if text.contains("${") {
        return None;
    }
    let Some((prefix, name)) = text.split_once(':') else {
        return invalid(format!("an action is `*` or `service:name`, and `{text}` is neither"), sink);
    };
    if prefix.contains(['*', '?']) {
        return invalid(format!("`{prefix}` must be one service: only `*` alone stands for all services"), sink);
    }
    let spelled = |c: char| c.is_ascii_alphanumeric() || matches!(c, '*' | '?' | '-' | '_');
    if name.is_empty() || !name.chars().all(spelled) || !prefix.chars().all(spelled) {
        let message = format!("`{text}` is no action: a service, a colon and a name of letters, `*` and `?`");
        return invalid(message, sink);
    }
    let Some(service) = catalogue::service(prefix) else {
        let hint = if sink.is_full() { None } else { nearest(prefix, catalogue::prefixes()) };
        let hint = hint.map_or(String::new(), |hint| format!("; did you mean `{hint}`?"));
        let message = format!("no service has the prefix `{prefix}` in the catalogue of {}{hint}", catalogue::date());
        sink.report(&codes::UNKNOWN_SERVICE, entry.span, &entry.pointer, message);
        return None;
    };
    if name.bytes().all(|byte| byte == b'*') {
        return Some(Named::Whole { service, at: entry.clone() });
    }
    let wild = name.contains(['*', '?']);
    if !wild {
        return match service.action(name) {
            Some(action) => Some(Named::Some { service, actions: vec![action], at: entry.clone() }),
            None if is_of_old(service, name) => None,
            None => unknown(entry, service, name, sink),
        };
    }
    if !sink.afford(service.actions.len() * 2) {
        return None;
    }
    let actions: Vec<_> = service.actions_matching(name).collect();
    if actions.is_empty() {
        let message =
            format!("no action of `{}` matches `{text}` in the catalogue of {}", service.prefix, catalogue::date());
        sink.report(&codes::ACTION_MATCHES_NOTHING, entry.span, &entry.pointer, message);
        return None;
    }
    Some(Named::Some { service, actions, at: entry.clone() })
}

/// Actions that the reference does not list, and that AWS itself writes into the policies it starts with.
fn is_of_old(service: &Service, name: &str) -> bool {
    service.prefix == "sns" && name.eq_ignore_ascii_case("Receive")
}

fn unknown<'a>(entry: &Entry<'a>, service: &'static Service, name: &str, sink: &mut Sink) -> Option<Named<'a>> {
    let hint =
        if sink.is_full() { None } else { nearest(name, service.actions.iter().map(|action| action.name.as_str())) };
    let hint = hint.map_or(String::new(), |hint| format!("; did you mean `{}:{hint}`?", service.prefix));
    let message =
        format!("`{}` has no action `{name}` in the catalogue of {}{hint}", service.prefix, catalogue::date());
    sink.report(&codes::UNKNOWN_ACTION, entry.span, &entry.pointer, message);
    None
}

/// Resource control policies reach some services only (fact A3).
fn reached(found: &Actions<'_>, sink: &mut Sink) {
    for named in &found.named {
        let (Named::Whole { service, at } | Named::Some { service, at, .. }) = named else { continue };
        if !catalogue::has_resource_control_policies(&service.prefix) {
            let message =
                format!("resource control policies do not reach `{}`, so that this denies nothing", service.prefix);
            sink.report(&codes::RCP_DOES_NOT_REACH, at.span, &at.pointer, message);
        }
    }
}
