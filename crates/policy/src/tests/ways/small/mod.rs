//! Small policies, each for one thing that the search does and that the generators seldom meet.

mod compared;
mod holes;
mod people;
mod services;

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::{Value, json};

use super::super::question;
use super::made_up::decided as in_short;
use super::{of_audience, with_holes};
use crate::{Audience, Context, ContextValue, Document, Principal, Question, Reading, Request, Target, layers};

const QUEUE: &str = "arn:aws:sqs:eu-west-1:111111111111:q";
const KEY: &str = "arn:aws:kms:eu-west-1:111111111111:key/k";
const POINT: &str = "arn:aws:s3:eu-west-1:111111111111:accesspoint/p";

/// A statement that allows, with more elements or others.
fn allow(more: Value) -> Value {
    let mut statement = json!({ "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*" });
    for (key, value) in more.as_object().unwrap() {
        let named = key.strip_prefix("Not").unwrap_or(key);
        statement.as_object_mut().unwrap().remove(named);
        statement[key] = value.clone();
    }
    statement
}

fn deny(more: Value) -> Value {
    let mut statement = allow(more);
    statement["Effect"] = json!("Deny");
    statement
}

fn policy(statements: &[Value]) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

fn of(kind: &str, resource: Option<&str>, statements: &[Value]) -> Value {
    json!({ "id": "", "op": "reach", "kind": kind, "account": "111111111111", "resource": resource,
        "policy": policy(statements) })
}

fn bucket(statements: &[Value]) -> Value {
    of("bucket_policy", Some("arn:aws:s3:::b"), statements)
}

fn with(mut case: Value, key: &str, value: Value) -> Value {
    case[key] = value;
    case
}

/// The answers that are not a plain No, a line each, and what all of them took.
fn asked(case: &Value) -> String {
    let question = read(case);
    let mut told = String::new();
    let mut all = 0;
    for audience in Audience::ALL {
        let (answer, steps) = of_audience(&question, audience);
        all += steps;
        if answer != "no" {
            writeln!(told, "  {} in {steps} steps, {answer}", json!(audience).as_str().unwrap()).unwrap();
        }
    }
    format!("{all} steps in all\n{told}")
}

/// The question of a case, in which `${later}` stands for what is not known yet.
fn read(case: &Value) -> Question {
    let asked = question(case).unwrap();
    let holed = |reading: &Reading<Option<Arc<Document>>>| match reading {
        Reading::Read(Some(document)) => Reading::Read(with_holes(document)),
        other => other.clone(),
    };
    let mut target = Target { policy: holed(&asked.target.policy), ..(*asked.target).clone() };
    for point in &mut target.access_points {
        point.policy = holed(&point.policy);
    }
    Question { target: Arc::new(target), ..asked }
}

fn all(cases: &[Value]) -> String {
    let shown = |case: &Value| {
        let mut case = case.clone();
        let fields = case.as_object_mut().unwrap();
        for key in ["id", "op", "account"] {
            fields.remove(key);
        }
        fields.retain(|_, value| !value.is_null());
        case.to_string()
    };
    let each: Vec<String> = cases.iter().map(|case| format!("\n{}\n{}", shown(case), asked(case))).collect();
    each.concat()
}

/// What is decided of some requests for the object `x`, through the access point where there is one.
fn decided(case: &Value) -> String {
    let target = read(case).target;
    let one = |arn: &str| Principal::Arn(arn.to_owned());
    let callers =
        [Principal::Anonymous, one("arn:aws:iam::444444444444:user/alice"), one("arn:aws:iam::444444444444:role/r")];
    let through = target
        .access_points
        .first()
        .map(|point| ("s3:DataAccessPointArn".to_owned(), ContextValue::One(point.arn.clone())));
    let mut told = String::new();
    for principal in callers {
        let request = Request {
            principal,
            action: "s3:GetObject".to_owned(),
            resource: "arn:aws:s3:::b/x".to_owned(),
            resource_account: Some(target.account.clone()),
            context: Context(through.clone().into_iter().collect()),
        };
        writeln!(told, "  {}", in_short(&layers(&target, &request), &request)).unwrap();
    }
    told
}
