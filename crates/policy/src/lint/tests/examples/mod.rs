//! For every code a document that earns it and one that just does not.

mod access;
mod conditions;
mod document;
mod entries;
mod needless;

use crate::lint::PolicyKind;

pub(super) struct Example {
    pub(super) code: &'static str,
    pub(super) kind: PolicyKind,
    pub(super) earns: String,
    pub(super) near_miss: String,
}

/// Two documents of one statement each, given by what stands between its braces.
fn statements(code: &'static str, kind: PolicyKind, earns: &str, near_miss: &str) -> Example {
    let document = |body: &str| format!(r#"{{"Version":"2012-10-17","Statement":[{{{body}}}]}}"#);
    Example { code, kind, earns: document(earns), near_miss: document(near_miss) }
}

/// Two whole documents.
fn documents(code: &'static str, kind: PolicyKind, earns: impl Into<String>, near_miss: impl Into<String>) -> Example {
    Example { code, kind, earns: earns.into(), near_miss: near_miss.into() }
}

/// Two conditions of a statement that is fine otherwise.
fn conditions(code: &'static str, kind: PolicyKind, frame: &str, earns: &str, near_miss: &str) -> Example {
    let with = |condition: &str| format!(r#"{frame},"Condition":{{{condition}}}"#);
    statements(code, kind, &with(earns), &with(near_miss))
}

const GET: &str = r#""Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*""#;
const DENY: &str = r#""Effect":"Deny","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*""#;
const PUBLIC: &str = r#""Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*""#;
const GITHUB: &str = r#""Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"},"Action":"sts:AssumeRoleWithWebIdentity""#;

pub(super) fn all() -> Vec<Example> {
    let parts = [
        document::of_the_text(),
        document::of_elements(),
        document::of_principals(),
        entries::of_actions(),
        entries::of_resources(),
        conditions::of_conditions(),
        conditions::of_variables(),
        access::of_access(),
        needless::of_statements(),
    ];
    parts.into_iter().flatten().collect()
}
