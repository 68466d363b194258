//! Comparisons of small policies.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::super::made_up::short;
use super::super::{counted, full, with_holes};
use super::{allow, deny, policy};
use crate::{Document, Reading, Side, compare};

/// Comparisons of small policies, each way.
#[test]
fn comparisons() {
    let own = |more: Value| {
        let mut statement = allow(more);
        statement.as_object_mut().unwrap().remove("Principal");
        statement
    };
    let not = |more: Value| {
        let mut statement = own(more);
        statement["Effect"] = json!("Deny");
        statement
    };
    let given = |operator: &str, key: &str, value: Value| json!({ "Condition": { operator: { key: value } } });
    let pairs: Vec<(&str, Vec<Value>, Vec<Value>)> = vec![
        ("identity", vec![own(json!({}))], vec![own(json!({ "NotAction": "iam:*" }))]),
        (
            "identity",
            vec![own(json!({ "Action": "s3:*" }))],
            vec![own(json!({ "Action": ["s3:Get*", "s3:Put*", "s3:L*"] }))],
        ),
        (
            "identity",
            vec![own(json!({ "Action": "s3:GetObject" }))],
            vec![own(json!({ "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*" }))],
        ),
        (
            "identity",
            vec![own(json!({})), not(json!({ "Action": "iam:*" }))],
            vec![own(json!({})), not(json!({ "Action": "iam:P*" }))],
        ),
        (
            "identity",
            vec![own(
                json!({ "Action": "dynamodb:Query", "Resource": "arn:aws:dynamodb:us-east-1:111111111111:table/a/index/b" }),
            )],
            vec![own(
                json!({ "Action": "dynamodb:Query", "Resource": "arn:aws:dynamodb:us-east-1:111111111111:table/a/b/index/c" }),
            )],
        ),
        ("identity", vec![own(json!({ "Action": "foo:Bar" }))], vec![own(json!({ "Action": "foo:Baz" }))]),
        (
            "identity",
            vec![own(given("StringEquals", "aws:ResourceAccount", json!(["444444444444", "555555555555"])))],
            vec![own(given("StringEquals", "aws:ResourceAccount", json!("444444444444")))],
        ),
        (
            "identity",
            vec![own(given("ArnLike", "aws:PrincipalArn", json!("arn:aws:iam::444444444444:role/*")))],
            vec![own(given("StringLike", "aws:PrincipalArn", json!("arn:aws:iam::4*:role/a*")))],
        ),
        (
            "identity",
            vec![own(given("IpAddress", "aws:SourceIp", json!("203.0.113.0/24")))],
            vec![own(given("IpAddress", "aws:SourceIp", json!("203.0.113.0/25")))],
        ),
        (
            "identity",
            vec![own(given("StringEquals", "aws:SourceVpc", json!(["vpc-1", "vpc-2"])))],
            vec![own(given("StringEquals", "aws:SourceVpc", json!("vpc-1")))],
        ),
        (
            "identity",
            vec![own(given("Bool", "aws:MultiFactorAuthPresent", json!("true")))],
            vec![own(given("BoolIfExists", "aws:MultiFactorAuthPresent", json!("true")))],
        ),
        ("resource", vec![allow(json!({}))], vec![allow(json!({ "Principal": { "AWS": "*" } }))]),
        (
            "resource",
            vec![allow(json!({ "Principal": { "AWS": ["444444444444", "555555555555"] } }))],
            vec![allow(json!({ "Principal": { "AWS": "444444444444" } }))],
        ),
        (
            "resource",
            vec![allow(json!({ "Principal": { "Service": ["cloudtrail.amazonaws.com", "new.amazonaws.com"] } }))],
            vec![allow(json!({ "Principal": { "Service": "cloudtrail.amazonaws.com" } }))],
        ),
        (
            "resource",
            vec![allow(json!({ "Action": "s3:*", "Resource": "arn:aws:s3:::b/*" }))],
            vec![
                allow(json!({ "Action": "s3:*", "Resource": "arn:aws:s3:::b/*" })),
                deny(json!({ "Action": "s3:Put*", "Principal": { "AWS": "444444444444" } })),
            ],
        ),
        (
            "resource",
            vec![allow(
                json!({ "Action": "s3:Get*", "Condition": { "StringEquals": { "aws:ResourceAccount": "444444444444" } } }),
            )],
            vec![allow(json!({ "Action": "s3:GetObject" }))],
        ),
        (
            "resource",
            vec![
                json!({ "Effect": "Allow", "Principal": { "AWS": ["444444444444", "222222222222"] }, "Action": "sts:AssumeRole" }),
            ],
            vec![
                json!({ "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::444444444444:role/r" }, "Action": "sts:AssumeRole" }),
            ],
        ),
        (
            "resource",
            vec![allow(json!({ "Principal": { "Service": "cloudtrail.amazonaws.com" },
                "Condition": { "ForAnyValue:StringLike": { "aws:SourceOrgPaths": ["o-a/*", "o-b/*"] } } }))],
            vec![allow(json!({ "Principal": { "Service": "cloudtrail.amazonaws.com" },
                "Condition": { "ForAllValues:StringLike": { "aws:SourceOrgPaths": "o-a/*" } } }))],
        ),
        ("resource", vec![], vec![allow(json!({}))]),
    ];
    let mut told = String::new();
    for (kind, new, old) in pairs {
        let case = |new: &[Value], old: &[Value]| {
            let list = |statements: &[Value]| {
                statements.iter().map(|one| policy(std::slice::from_ref(one))).collect::<Vec<_>>()
            };
            json!({ "op": "compare", "kind": kind, "new": list(new), "old": list(old) })
        };
        writeln!(told, "\n{kind}: {} against {}", json!(new), json!(old)).unwrap();
        writeln!(told, "  {}\n  {}", full(&case(&new, &old)), full(&case(&old, &new))).unwrap();
    }
    insta::assert_snapshot!(told);
}

/// Where what is known is too much for the search, what is not known may still be the reason.
#[test]
fn comparisons_in_doubt() {
    let read = |statement: Value| {
        Reading::Read(with_holes(&Document::parse(&policy(&[statement]).to_string()).unwrap()).unwrap())
    };
    let team = "aws:PrincipalTag/team";
    let unsure = read(json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": {
        "StringEquals": { "aws:PrincipalTag/other": "A" }, "StringEqualsIgnoreCase": { team: "X${aws:PrincipalTag/other}" },
        "StringNotEqualsIgnoreCase": { team: "xa" }, "StringLike": { team: "x*" } } }));
    let later = |effect: &str| {
        read(json!({ "Effect": effect, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::${later}/*" }))
    };
    let (allows, denies) = (later("Allow"), later("Deny"));
    let secure = read(
        json!({ "Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::${later}/*", "Condition": {
        "Bool": { "aws:SecureTransport": "true" } } }),
    );
    let sides = [
        (vec![unsure.clone(), allows.clone()], vec![]),
        (vec![unsure.clone(), denies.clone()], vec![]),
        (vec![unsure.clone()], vec![denies]),
        (vec![unsure], vec![]),
        (vec![read(json!({ "Effect": "Allow", "Action": "s3:PutObject", "Resource": "*" }))], vec![secure]),
        (vec![allows.clone()], vec![allows]),
    ];
    let told: Vec<String> =
        sides.iter().map(|(new, old)| short(counted(|| compare(new, old, Side::Identity)))).collect();
    insta::assert_snapshot!(told.join("\n"));
}
