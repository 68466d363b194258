//! What a policy of each kind must have and may not have.

use std::collections::HashSet;

use crate::lint::read::{Document, Statement, Version, Whose};
use crate::lint::{PolicyKind, Sink, codes};

pub(super) fn judge(document: &Document<'_>, kind: PolicyKind, sink: &mut Sink) {
    match document.version {
        Version::Current | Version::Unknown => {}
        Version::Missing => {
            let message = "the document has no `Version`, so that it is read by the rules of 2008-10-17";
            sink.report(&codes::MISSING_VERSION, document.span, "", message);
        }
        Version::Old => {
            let message = "version 2008-10-17 has no policy variables; 2012-10-17 is the current one";
            sink.report(&codes::OLD_VERSION, document.version_span, "/Version", message);
        }
    }
    sids(document, kind, sink);
    for statement in &document.statements {
        match kind {
            PolicyKind::Identity | PolicyKind::Scp | PolicyKind::Boundary => {
                no_principal(statement, kind, sink);
                needs_resource(statement, kind, sink);
            }
            PolicyKind::Resource => needs_principal(statement, kind, sink),
            PolicyKind::Trust => {
                needs_principal(statement, kind, sink);
                no_not_principal(statement, kind, sink);
                if let Some(resource) = &statement.resource {
                    let message = "a trust policy is about the role it belongs to and takes no `Resource`";
                    sink.report(&codes::RESOURCE_NOT_ALLOWED, resource.span, &resource.pointer, message);
                }
            }
            PolicyKind::Rcp => {
                needs_principal(statement, kind, sink);
                needs_resource(statement, kind, sink);
                no_not_principal(statement, kind, sink);
                resource_control(statement, sink);
            }
        }
    }
    if kind == PolicyKind::Boundary
        && !document.statements.is_empty()
        && document.statements.iter().all(Statement::denies)
    {
        let message = "no statement allows anything, so that who has this boundary can do nothing at all";
        sink.report(&codes::BOUNDARY_WITHOUT_ALLOW, document.span, "", message);
    }
}

/// An empty `Sid` counts as none, as IAM takes it.
fn sids(document: &Document<'_>, kind: PolicyKind, sink: &mut Sink) {
    let mut seen = HashSet::new();
    for sid in document.statements.iter().filter_map(|statement| statement.sid.as_ref()) {
        if sid.text.is_empty() {
            continue;
        }
        // Services other than IAM store policies with the same `Sid` twice; AWS's own samples have some.
        if !seen.insert(sid.text) && kind != PolicyKind::Resource {
            let message = format!("another statement has the `Sid` `{}` already", sid.text);
            sink.report(&codes::DUPLICATE_SID, sid.span, &sid.pointer, message);
        }
        // Key policies and others of single services take spaces and more.
        if kind != PolicyKind::Resource && !sid.text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            let message = format!("the `Sid` of {} has letters A to Z and digits only", kind.words());
            sink.report(&codes::INVALID_SID, sid.span, &sid.pointer, message);
        }
    }
}

fn no_principal(statement: &Statement<'_>, kind: PolicyKind, sink: &mut Sink) {
    if let Some(principal) = &statement.principal {
        let message = format!("{} is about whoever it is attached to and takes no principal", kind.words());
        sink.report(&codes::PRINCIPAL_NOT_ALLOWED, principal.span, &principal.pointer, message);
    }
}

fn needs_principal(statement: &Statement<'_>, kind: PolicyKind, sink: &mut Sink) {
    if statement.principal.is_none() {
        let message = format!("a statement of {} says whom it is about, in `Principal`", kind.words());
        sink.report(&codes::MISSING_PRINCIPAL, statement.span, &statement.pointer, message);
    }
}

fn needs_resource(statement: &Statement<'_>, kind: PolicyKind, sink: &mut Sink) {
    if statement.resource.is_none() && statement.action.is_some() {
        let message = format!("a statement of {} says what it is about, in `Resource`", kind.words());
        sink.report(&codes::MISSING_ELEMENT, statement.span, &statement.pointer, message);
    }
}

/// Fact B8.
fn no_not_principal(statement: &Statement<'_>, kind: PolicyKind, sink: &mut Sink) {
    if let Some(principal) = statement.principal.as_ref().filter(|principal| principal.negated) {
        let message = format!("{} takes no `NotPrincipal`", kind.words());
        sink.report(&codes::NOT_PRINCIPAL_NOT_ALLOWED, principal.span, &principal.pointer, message);
    }
}

/// Fact A3.
fn resource_control(statement: &Statement<'_>, sink: &mut Sink) {
    if statement.allows() {
        let message = "a resource control policy only denies; what it does not deny, RCPFullAWSAccess lets pass";
        sink.report(&codes::RCP_ALLOWS, statement.span, &statement.pointer, message);
    }
    if let Some(principal) = statement.principal.as_ref().filter(|principal| !principal.negated) {
        let everyone = |whose: Whose, text: &str| whose == Whose::Everyone || (whose == Whose::Aws && text == "*");
        for named in principal.entries.iter().filter(|named| !everyone(named.whose, named.entry.text)) {
            let message = "the principal of a resource control policy is `*`; say whom it spares in `Condition`";
            sink.report(&codes::RCP_PRINCIPAL, named.entry.span, &named.entry.pointer, message);
        }
    }
    if let Some(action) = statement.action.as_ref().filter(|action| action.negated) {
        let message = "a resource control policy takes no `NotAction`";
        sink.report(&codes::RCP_NOT_ACTION, action.span, &action.pointer, message);
    }
}
