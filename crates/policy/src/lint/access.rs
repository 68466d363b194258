//! Statements that let in more than their author is likely to want.

use crate::condition::{Quantifier, Test as Kind};
use crate::glob::Glob;
use crate::lint::actions::Actions;
use crate::lint::read::{Document, Entry, Statement, Test, Whose};
use crate::lint::resources::{LONGEST, Pattern};
use crate::lint::{PolicyKind, Sink, codes};
use crate::tables::{self, Control};

pub(super) fn judge(statement: &Statement<'_>, actions: &Actions<'_>, kind: PolicyKind, sink: &mut Sink) {
    // Guardrails grant nothing, whatever they say.
    if !statement.allows() || !matches!(kind, PolicyKind::Identity | PolicyKind::Resource | PolicyKind::Trust) {
        return;
    }
    if let Some(action) = statement.action.as_ref().filter(|action| action.negated) {
        let message = "this allows every action but those listed, of services still to come too";
        sink.report(&codes::NOT_ACTION_WITH_ALLOW, action.span, &action.pointer, message);
    }
    let Some(resource) = &statement.resource else { return };
    if resource.negated {
        let message = "this allows every resource but those listed, also those still to come";
        sink.report(&codes::NOT_RESOURCE_WITH_ALLOW, resource.span, &resource.pointer, message);
    }
    if kind == PolicyKind::Identity && !resource.negated {
        identity(statement, actions, &resource.entries, sink);
    }
}

/// What a user or a role should not have without a limit.
fn identity(statement: &Statement<'_>, actions: &Actions<'_>, resources: &[Entry<'_>], sink: &mut Sink) {
    let everything =
        resources.iter().any(|entry| !entry.text.is_empty() && entry.text.bytes().all(|byte| byte == b'*'));
    if actions.takes_everything() {
        if everything && statement.conditions.is_empty() {
            let message = "every action on every resource: who has this policy is an administrator";
            sink.report(&codes::ALLOWS_EVERYTHING, statement.span, &statement.pointer, message);
        }
        return;
    }
    let any_role = || resources.iter().find(|entry| is_any_role(entry));
    let has = |keys: &[&str]| statement.conditions.iter().any(|test| is_one_of(test.key, keys));
    if actions.takes("iam", "PassRole")
        && !has(&["iam:passedtoservice", "iam:associatedresourcearn"])
        && let Some(at) = any_role()
    {
        let message = format!("`{}` lets every role be passed to every service, those of administrators too", at.text);
        sink.report(&codes::PASSES_ANY_ROLE, at.span, &at.pointer, message);
    }
    let bounded = statement.conditions.iter().any(|test| {
        let key = test.key.to_ascii_lowercase();
        is_one_of(&key, &["aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths"])
            || key.contains("resourcetag/")
    });
    if actions.takes("sts", "AssumeRole")
        && !bounded
        && let Some(at) = any_role()
    {
        let message = format!("`{}` lets every role that trusts this account be assumed, in any account", at.text);
        sink.report(&codes::ASSUMES_ANY_ROLE, at.span, &at.pointer, message);
    }
}

fn is_one_of(key: &str, keys: &[&str]) -> bool {
    keys.iter().any(|known| known.eq_ignore_ascii_case(key))
}

/// Whether a pattern takes roles whatever their name, in one account or all.
fn is_any_role(entry: &Entry<'_>) -> bool {
    if entry.text.len() > LONGEST {
        return false;
    }
    let pattern = Pattern::new(entry);
    if pattern.is_everything() {
        return true;
    }
    let any = |resource: &Glob| ["role/x", "role/path/to/another"].iter().all(|role| resource.matches(role));
    pattern.segments.is_some_and(|[_, _, service, _, _, resource]| service.matches("iam") && any(&resource))
}

/// Resource and trust policies that are open to everybody, as far as that shows without a search: a denial that looks at
/// who calls may close what a statement opens, and is left to `reach`.
pub(super) fn judge_document(document: &Document<'_>, kind: PolicyKind, sink: &mut Sink) {
    if !matches!(kind, PolicyKind::Resource | PolicyKind::Trust) {
        return;
    }
    let closes = |statement: &Statement<'_>| {
        let by_condition = statement.conditions.iter().any(|test| !is_chosen_by_caller(test.key));
        let by_name = statement.principal.as_ref().is_some_and(|principal| principal.negated);
        statement.denies() && (by_condition || by_name)
    };
    if document.statements.iter().any(closes) {
        return;
    }
    for statement in document.statements.iter().filter(|statement| statement.allows()) {
        let Some(principal) = statement.principal.as_ref().filter(|principal| !principal.negated) else { continue };
        let everyone = |whose: Whose, text: &str| whose == Whose::Everyone || (whose == Whose::Aws && text == "*");
        let Some(named) = principal.entries.iter().find(|named| everyone(named.whose, named.entry.text)) else {
            continue;
        };
        let (span, pointer) = (named.entry.span, &named.entry.pointer);
        if statement.conditions.is_empty() {
            let message = "everybody on the internet is let in here, without any condition";
            sink.report(&codes::OPEN_TO_EVERYONE, span, pointer, message);
        } else if statement.conditions.iter().all(|test| is_chosen_by_caller(test.key)) {
            let mut keys: Vec<&str> = statement.conditions.iter().map(|test| test.key).collect();
            keys.dedup();
            let message = format!("everybody is let in who sets {}, which any caller can", listed(&keys));
            sink.report(&codes::ONLY_CALLER_CHOSEN_KEYS, span, pointer, message);
        }
    }
}

fn listed(keys: &[&str]) -> String {
    keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ")
}

/// Keys whose value a stranger brings along (fact E5).
fn is_chosen_by_caller(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    // They say whose the caller or the way in is, though the table of global keys does not list them.
    let binding = [
        "kms:calleraccount",
        "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn",
        "elasticfilesystem:accessedviamounttarget",
        "elasticfilesystem:accesspointarn",
        "sts:externalid",
    ];
    if is_one_of(&key, &binding) {
        return false;
    }
    match tables::control(&key) {
        Control::Caller | Control::Transport | Control::Credentials | Control::Forwarded => true,
        Control::Identity => is_one_of(&key, &["aws:username", "aws:principaltype"]),
        Control::Vpc => key == "aws:vpcsourceip",
        Control::Organization | Control::Address | Control::Source | Control::Claim => false,
    }
}

/// Whether a test of an `Allow` can hold only for the values it lists: neither negated nor passed over where the key is
/// missing.
pub(super) fn demands(test: &Test<'_>) -> bool {
    let operator = test.operator;
    !operator.negated
        && !operator.if_exists
        && operator.quantifier != Quantifier::All
        && !matches!(operator.test, Kind::Null | Kind::Unknown)
}
