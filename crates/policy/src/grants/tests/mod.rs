//! What techniques there are, and that each is found where it works and nowhere else.

#[path = "../../tests/account/mod.rs"]
mod account;
mod cases;
mod data;
mod facts;
mod page;
mod roles;
mod shared;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::*;

const ACCOUNT: &str = "111111111111";

/// A policy with these statements.
fn policy(statements: &Value) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

fn reading(document: &Value) -> Reading<Arc<Document>> {
    match document.as_str() {
        Some("unreadable") => Reading::Unreadable,
        _ => {
            Reading::Read(Arc::new(Document::parse(&document.to_string()).unwrap_or_else(|error| panic!("{error:?}"))))
        }
    }
}

/// A principal of the account with one policy of these statements; `unreadable` = with one that could not be read.
fn grantee(principal: Option<&str>, statements: &Value) -> Grantee {
    let document = if statements.is_string() { statements.clone() } else { policy(statements) };
    Grantee {
        principal: principal.map(str::to_owned),
        account: Some(ACCOUNT.to_owned()),
        layers: Layers { identity: Some(vec![reading(&document)]), ..Layers::default() },
        ..Grantee::default()
    }
}

/// A role of the account that trusts a principal and holds a policy.
fn role(name: &str, principal: &Value, statements: &Value) -> RoleRights {
    let federated = principal.get("Federated").is_some();
    let action = if federated {
        json!(["sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"])
    } else {
        json!("sts:AssumeRole")
    };
    let trust = policy(&json!([{ "Effect": "Allow", "Principal": principal, "Action": action }]));
    RoleRights {
        arn: format!("arn:aws:iam::{ACCOUNT}:role/{name}"),
        trust: reading(&trust),
        layers: grantee(None, statements).layers,
    }
}

fn everything() -> Value {
    json!([{ "Effect": "Allow", "Action": "*", "Resource": "*" }])
}

/// What was found, by the technique's id.
fn found(grantee: &Grantee, roles: Option<&[RoleRights]>) -> BTreeMap<&'static str, Feasible> {
    let all = escalations(grantee, roles);
    all.into_iter().map(|(technique, feasible)| (technique.id.as_str(), feasible)).collect()
}

fn technique(id: &str) -> &'static Technique {
    techniques().iter().find(|technique| technique.id == id).unwrap_or_else(|| panic!("{id}"))
}
