//! Statements that make a difference, and some that make none.

use super::{Example, documents};
use crate::lint::PolicyKind::{Identity, Resource};

fn list(statements: &[&str]) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","))
}

pub(super) fn of_statements() -> Vec<Example> {
    let read = r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}"#;
    let read_one = r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/one/*"}"#;
    let read_other = r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::c/*"}"#;
    let deny = r#"{"Effect":"Deny","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/one/*"}"#;
    let deny_other = r#"{"Effect":"Deny","Action":"s3:GetObject","Resource":"arn:aws:s3:::c/*"}"#;
    let on = |condition: &str| {
        list(&[&format!(
            r#"{{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*","Condition":{condition}}}"#
        )])
    };
    let public = |rest: &str| format!(r#"{{"Effect":"Allow","Principal":"*",{rest}}}"#);
    vec![
        documents("needless_statement", Identity, list(&[read, read_one]), list(&[read, read_other])),
        documents("needless_statement", Identity, list(&[read, deny_other]), list(&[read, deny])),
        documents(
            "needless_statement",
            Resource,
            list(&[
                &public(r#""Action":"s3:Get*","Resource":"arn:aws:s3:::b/*""#),
                r#"{"Effect":"Allow","Principal":{"AWS":"444444444444"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/x"}"#,
            ]),
            list(&[
                &public(r#""Action":"s3:Get*","Resource":"arn:aws:s3:::b/*""#),
                r#"{"Effect":"Allow","Principal":{"AWS":"444444444444"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::b/x"}"#,
            ]),
        ),
        documents(
            "unreachable_statement",
            Identity,
            on(
                r#"{"StringEquals":{"aws:RequestedRegion":"eu-west-1"},"StringNotEquals":{"aws:RequestedRegion":["eu-west-1","eu-west-2"]}}"#,
            ),
            on(
                r#"{"StringLike":{"aws:RequestedRegion":"eu-*"},"StringNotEquals":{"aws:RequestedRegion":["eu-west-1","eu-west-2"]}}"#,
            ),
        ),
    ]
}
