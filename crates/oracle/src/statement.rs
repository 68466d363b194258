//! Whether a statement speaks of a request: principal, action, resource, condition.

use serde_json::Value;

use crate::condition::{holds, texts};
use crate::request::{Caller, Kind, Request, account_part, last, resource_part};
use crate::text::{globs, pieces, within_segments};

/// The statements of a document: one or a list (B1).
pub(crate) fn statements(document: &Value) -> Vec<&Value> {
    match document.get("Statement") {
        Some(Value::Array(many)) => many.iter().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    }
}

pub(crate) fn denies(statement: &Value) -> bool {
    statement.get("Effect").and_then(Value::as_str) == Some("Deny")
}

/// Variables and their kin exist since 2012 only (B1, D1).
pub(crate) fn has_variables(document: &Value) -> bool {
    document.get("Version").and_then(Value::as_str) == Some("2012-10-17")
}

/// Whether action, resource and condition fit; who asks is another question.
///
/// `resource` is not always the request's: an access point's policy speaks of the access point.
pub(crate) fn fits(document: &Value, statement: &Value, request: &Request, resource: &str) -> bool {
    let variables = has_variables(document);
    names_action(statement, &request.action)
        && names_resource(statement, request, resource, variables)
        && statement.get("Condition").is_none_or(|block| holds(block, &request.context, variables))
}

fn names_action(statement: &Value, action: &str) -> bool {
    let listed = |value: &Value| {
        texts(value).iter().any(|pattern| {
            pieces(&pattern.to_lowercase(), true, None).is_some_and(|pattern| globs(&pattern, &action.to_lowercase()))
        })
    };
    match (statement.get("Action"), statement.get("NotAction")) {
        (Some(value), _) => listed(value),
        (None, Some(value)) => !listed(value),
        (None, None) => false,
    }
}

fn names_resource(statement: &Value, request: &Request, resource: &str, variables: bool) -> bool {
    let listed = |value: &Value| {
        texts(value).iter().any(|pattern| {
            let pattern = pieces(pattern, true, variables.then_some(&request.context));
            // A variable without a value: the entry matches nothing (B4).
            pattern.is_some_and(|pattern| globs(&within_segments(&pattern), resource))
        })
    };
    match (statement.get("Resource"), statement.get("NotResource")) {
        (Some(value), _) => listed(value),
        (None, Some(value)) => !listed(value),
        // A trust policy speaks of its own role.
        (None, None) => request.is_trust(),
    }
}

/// How a resource-based statement takes in a caller (A8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Named {
    /// By its account: the account's own policies decide.
    Account,
    /// As a session of a role: boundary and session policy still cap.
    Role,
    /// As itself, or as everyone.
    Directly,
}

/// The ways in which a `Principal` element, or one entry of it, names the caller.
fn names(principals: &Value, caller: &Caller) -> Vec<Named> {
    entries(principals).iter().filter_map(|(kind, text)| named(kind, text, caller)).collect()
}

/// Kind and text of each entry; `"*"` is `{"AWS": "*"}` (B6).
fn entries(principals: &Value) -> Vec<(String, String)> {
    match principals {
        Value::String(text) => vec![("AWS".to_owned(), text.clone())],
        Value::Object(kinds) => kinds
            .iter()
            .flat_map(|(kind, values)| texts(values).into_iter().map(move |text| (kind.clone(), text)))
            .collect(),
        _ => Vec::new(),
    }
}

fn named(kind: &str, text: &str, caller: &Caller) -> Option<Named> {
    let exactly = |wanted: Kind| (caller.kind == wanted && caller.name == text).then_some(Named::Directly);
    match kind {
        "AWS" if text == "*" => Some(Named::Directly),
        "AWS" if is_account(text) => (caller.account.as_deref() == Some(account_of(text))).then_some(Named::Account),
        "AWS" => match resource_part(text).split('/').next() {
            Some("user") if is_token_of(text, caller) => Some(Named::Role),
            Some("user") => exactly(Kind::User),
            Some("assumed-role") => exactly(Kind::Session),
            Some("federated-user") => exactly(Kind::FederatedUser),
            Some("role") => is_role(text, caller).then_some(Named::Role),
            // Unique ids of deleted principals, patterns and the like match nobody (B6).
            _ => None,
        },
        "Service" if text != "*" => exactly(Kind::Service),
        "Federated" if text != "*" => exactly(Kind::Provider),
        // Whose canonical id it is cannot be told.
        _ => None,
    }
}

/// A federated user holds the token of the user whose name it has (A8).
fn is_token_of(user: &str, caller: &Caller) -> bool {
    let last = |arn: &str| arn.rsplit('/').next().map(str::to_owned);
    caller.kind == Kind::FederatedUser
        && caller.account.as_deref() == Some(account_of(user))
        && last(user) == last(&caller.name)
}

/// An account id or its `:root`.
fn is_account(text: &str) -> bool {
    text.len() == 12 && text.chars().all(|letter| letter.is_ascii_digit())
        || text.starts_with("arn:") && resource_part(text) == "root"
}

fn account_of(text: &str) -> &str {
    if text.starts_with("arn:") { account_part(text) } else { text }
}

/// A session's ARN leaves out the path of its role (B7).
fn is_role(arn: &str, caller: &Caller) -> bool {
    match caller.kind {
        Kind::Role => caller.name == arn,
        Kind::Session => {
            caller.account.as_deref() == Some(account_part(arn)) && caller.role_name() == Some(last(resource_part(arn)))
        }
        _ => false,
    }
}

/// How the statement of a resource-based policy takes in the caller; empty: not at all.
///
/// A statement with neither element matches nobody (A14).
pub(crate) fn takes_in(statement: &Value, caller: &Caller, has_boundary: bool) -> Vec<Named> {
    match (statement.get("Principal"), statement.get("NotPrincipal")) {
        (Some(principals), _) => names(principals, caller),
        (None, Some(principals)) => {
            // Of a Deny the whole chain must be listed, and a boundary undoes the exception; an Allow is for everyone
            // except those listed (B8).
            let spared = if denies(statement) {
                !has_boundary && spares(principals, caller)
            } else {
                !names(principals, caller).is_empty()
            };
            if spared { Vec::new() } else { vec![Named::Directly] }
        }
        (None, None) => Vec::new(),
    }
}

/// Whether an exception covers the caller and everything above it (B8).
fn spares(principals: &Value, caller: &Caller) -> bool {
    let entries = entries(principals);
    let listed = |test: &dyn Fn(&str) -> bool| entries.iter().any(|(kind, text)| kind == "AWS" && test(text));
    let account = listed(&|text| is_account(text) && caller.account.as_deref() == Some(account_of(text)));
    let itself = listed(&|text| text == caller.name);
    if listed(&|text| text == "*") {
        return true;
    }
    match caller.kind {
        Kind::Anonymous => false,
        Kind::Service | Kind::Provider => !names(principals, caller).is_empty(),
        Kind::Root => account,
        Kind::User | Kind::Role | Kind::FederatedUser => account && itself,
        Kind::Session => {
            account && itself && listed(&|text| resource_part(text).starts_with("role/") && is_role(text, caller))
        }
    }
}
