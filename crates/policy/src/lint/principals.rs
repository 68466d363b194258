//! Whom a statement names (facts B6 to B8).

use std::collections::BTreeSet;

use crate::lint::read::{Element, Named, Statement, Whose};
use crate::lint::{PolicyKind, Sink, codes};
use crate::principal::{Arn, PrincipalEntry, is_account};

pub(super) fn judge(statement: &Statement<'_>, kind: PolicyKind, sink: &mut Sink) {
    let Some(principal) = &statement.principal else { return };
    if !kind.names_principals() {
        return;
    }
    for Named { whose, entry } in &principal.entries {
        // Variables say themselves that they are not taken here.
        if entry.text.contains("${") {
            continue;
        }
        if *whose == Whose::Aws && is_unique_id(entry.text) {
            let message = format!(
                "`{}` is what is left of a deleted principal: it matches nobody, also when the name comes back",
                entry.text
            );
            sink.report(&codes::DELETED_PRINCIPAL, entry.span, &entry.pointer, message);
        } else if let Some(message) = invalid(*whose, entry.text) {
            sink.report(&codes::INVALID_PRINCIPAL, entry.span, &entry.pointer, message);
        }
    }
    if principal.negated {
        all_but(statement, principal, sink);
    }
}

/// `AROA…`, `AIDA…`: what AWS puts in place of the ARN when the principal is deleted (fact B6).
fn is_unique_id(text: &str) -> bool {
    let kinds = ["AROA", "AIDA", "AGPA", "AIPA"];
    text.len() >= 16
        && kinds.iter().any(|kind| text.starts_with(kind))
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

fn invalid(whose: Whose, text: &str) -> Option<String> {
    match whose {
        Whose::Everyone => None,
        Whose::Aws => invalid_aws(text),
        Whose::Service => invalid_service(text),
        Whose::Federated => {
            let arn = Arn::parse(text);
            let provider = arn.is_some_and(|arn| {
                arn.service == "iam"
                    && matches!(arn.kind(), "oidc-provider" | "saml-provider")
                    && !arn.name().is_empty()
            });
            let host = arn.is_none() && text.contains('.') && !text.contains("://");
            let fits = (provider || host) && !text.contains(['*', '?']);
            (!fits).then(|| format!("`{text}` is neither the ARN of an identity provider nor the host of one"))
        }
        Whose::CanonicalUser => {
            let fits = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
            (!fits).then(|| format!("`{text}` is no canonical user id: 64 hexadecimal digits"))
        }
    }
}

fn invalid_aws(text: &str) -> Option<String> {
    if text.ends_with(".amazonaws.com") {
        return Some(format!("`{text}` is a service: it stands under `Service`"));
    }
    if text != "*" && text.contains(['*', '?']) {
        return Some(format!(
            "a principal takes no wildcard but `*` alone, so that `{text}` names nobody; use `*` and `aws:PrincipalArn` in `Condition`"
        ));
    }
    let nameless = Arn::parse(text).is_some_and(|arn| !matches!(arn.resource, "root") && arn.name().is_empty());
    match PrincipalEntry::aws(text) {
        PrincipalEntry::Nobody(_) if Arn::parse(text).is_some_and(|arn| arn.kind() == "group") => {
            Some(format!("`{text}` is a group, which is no principal; name its users or a role"))
        }
        PrincipalEntry::Nobody(_) => Some(match Arn::parse(text) {
            Some(arn) if !is_account(arn.account) => {
                format!("`{}` in `{text}` is no account: twelve digits", arn.account)
            }
            Some(_) => format!("`{text}` is no user, role, session or account"),
            None => format!("`{text}` is no account, no ARN and not `*`"),
        }),
        _ if nameless => Some(format!("`{text}` names nobody behind its last part")),
        _ => None,
    }
}

fn invalid_service(text: &str) -> Option<String> {
    if text.contains(['*', '?']) {
        return Some(format!("`{text}` names no service: a service principal takes no wildcard"));
    }
    let domains = [".amazonaws.com", ".amazonaws.com.cn", ".amazon.com", ".aws.internal", ".amazonaws.eu"];
    let spelled = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'));
    let fits = spelled && domains.iter().any(|domain| text.len() > domain.len() && text.ends_with(domain));
    (!fits).then(|| format!("`{text}` is no service principal such as `lambda.amazonaws.com`"))
}

/// Fact B8.
fn all_but(statement: &Statement<'_>, principal: &Element<Named<'_>>, sink: &mut Sink) {
    if statement.allows() {
        let message = "`Allow` with `NotPrincipal` lets in everybody who is not listed; AWS refuses to store it";
        sink.report(&codes::NOT_PRINCIPAL_WITH_ALLOW, principal.span, &principal.pointer, message);
        return;
    }
    let entries: Vec<(&Named<'_>, PrincipalEntry)> = principal
        .entries
        .iter()
        .filter(|named| named.whose == Whose::Aws)
        .map(|named| (named, PrincipalEntry::aws(named.entry.text)))
        .collect();
    let identity = |entry: &PrincipalEntry| match entry {
        PrincipalEntry::User { account, .. }
        | PrincipalEntry::Role { account, .. }
        | PrincipalEntry::Session { account, .. }
        | PrincipalEntry::FederatedUser { account, .. } => Some(account.clone()),
        _ => None,
    };
    let spared: Vec<&str> =
        entries.iter().filter(|(_, entry)| identity(entry).is_some()).map(|(named, _)| named.entry.text).collect();
    if let Some(first) = spared.first() {
        let message = match spared.len() {
            1 => format!("`{first}` is denied all the same if it has a permissions boundary"),
            more => {
                format!(
                    "`{first}` and {} more are denied all the same where they have a permissions boundary",
                    more - 1
                )
            }
        };
        sink.report(&codes::NOT_PRINCIPAL_DENIES_BOUNDED, principal.span, &principal.pointer, message);
    }
    let mut accounts = BTreeSet::new();
    let mut with_role = BTreeSet::new();
    for (_, entry) in &entries {
        match entry {
            PrincipalEntry::Account(account) => accounts.insert(account.clone()),
            PrincipalEntry::Role { account, .. } => with_role.insert(account.clone()),
            _ => false,
        };
    }
    for (named, entry) in &entries {
        let Some(account) = identity(entry) else { continue };
        let lacks = if !accounts.contains(&account) {
            format!("its account {account}")
        } else if matches!(entry, PrincipalEntry::Session { .. }) && !with_role.contains(&account) {
            "its role".to_owned()
        } else {
            continue;
        };
        let message = format!("`{}` is denied all the same: {lacks} is not listed", named.entry.text);
        sink.report(&codes::NOT_PRINCIPAL_WITHOUT_ACCOUNT, named.entry.span, &named.entry.pointer, message);
    }
}
