//! Every context key that the tables know, looked at in every manner, for every audience.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::super::question;
use super::of_all;

const KEYS: [(&str, &str); 44] = [
    ("aws:PrincipalArn", "arn:aws:iam::444444444444:role/x"),
    ("aws:PrincipalAccount", "444444444444"),
    ("aws:PrincipalType", "User"),
    ("aws:userid", "AIDA99999999X"),
    ("aws:username", "eve"),
    ("aws:PrincipalIsAWSService", "true"),
    ("aws:PrincipalServiceName", "cloudtrail.amazonaws.com"),
    ("aws:PrincipalServiceNamesList", "cloudtrail.amazonaws.com"),
    ("aws:PrincipalOrgID", "o-a"),
    ("aws:PrincipalOrgPaths", "o-a/r-root/ou-1/"),
    ("aws:PrincipalTag/team", "red"),
    ("aws:SourceIp", "203.0.113.0/24"),
    ("aws:SourceVpc", "vpc-1"),
    ("aws:SourceVpce", "vpce-1"),
    ("aws:SourceVpcArn", "arn:aws:ec2:us-east-1:111111111111:vpc/vpc-1"),
    ("aws:VpcSourceIp", "10.0.0.0/16"),
    ("aws:VpceAccount", "111111111111"),
    ("aws:VpceOrgID", "o-a"),
    ("aws:VpceOrgPaths", "o-a/r-root/"),
    ("aws:SourceArn", "arn:aws:cloudtrail:us-east-1:111111111111:trail/t"),
    ("aws:SourceAccount", "111111111111"),
    ("aws:SourceOwner", "444444444444"),
    ("aws:SourceOrgID", "o-a"),
    ("aws:SourceOrgPaths", "o-a/r-root/"),
    ("aws:MultiFactorAuthPresent", "true"),
    ("aws:MultiFactorAuthAge", "3600"),
    ("aws:TokenIssueTime", "2026-01-01T00:00:00Z"),
    ("aws:SecureTransport", "true"),
    ("aws:ViaAWSService", "true"),
    ("aws:CalledVia", "athena.amazonaws.com"),
    ("aws:CalledViaFirst", "athena.amazonaws.com"),
    ("aws:CurrentTime", "2026-01-01T00:00:00Z"),
    ("aws:UserAgent", "acme/1"),
    ("aws:Referer", "https://acme.example/"),
    ("aws:RequestedRegion", "eu-west-1"),
    ("sts:ExternalId", "x"),
    ("sts:RoleSessionName", "s"),
    ("aws:ResourceOrgID", "o-a"),
    ("aws:ResourceAccount", "111111111111"),
    ("s3:prefix", "home/"),
    ("s3:DataAccessPointAccount", "111111111111"),
    ("s3:AccessPointNetworkOrigin", "VPC"),
    ("token.actions.githubusercontent.com:sub", "repo:acme/app:ref:refs/heads/main"),
    ("saml:aud", "https://signin.aws.amazon.com/saml"),
];

/// Ways to look at a value.
fn manners(key: &str, value: &str) -> Vec<Value> {
    let on = |operator: &str, value: Value| json!({ operator: { key: value } });
    let measure = match key {
        "aws:SourceIp" | "aws:VpcSourceIp" => vec![on("IpAddress", json!(value)), on("NotIpAddress", json!(value))],
        "aws:MultiFactorAuthAge" => vec![on("NumericLessThan", json!(value)), on("NumericGreaterThan", json!(value))],
        "aws:TokenIssueTime" | "aws:CurrentTime" => {
            vec![on("DateLessThan", json!(value)), on("DateGreaterThanEquals", json!(value))]
        }
        "aws:PrincipalArn" | "aws:SourceArn" => vec![on("ArnLike", json!(format!("{value}*")))],
        _ => vec![on("StringLike", json!(format!("{value}*")))],
    };
    let of_all = [
        on("StringEquals", json!(value)),
        on("StringNotEqualsIgnoreCase", json!([value, "other"])),
        on("Null", json!("true")),
        on("Null", json!("false")),
        on("ForAnyValue:StringLike", json!([value, "x*"])),
        on("ForAllValues:StringNotLike", json!(value)),
    ];
    measure.into_iter().chain(of_all).collect()
}

fn all(wrap: impl Fn(Value) -> Value) -> String {
    let mut told = String::new();
    for (key, value) in KEYS {
        for condition in manners(key, value) {
            let case = wrap(condition.clone());
            writeln!(told, "{condition}: {}", of_all(&question(&case).unwrap())).unwrap();
        }
    }
    told
}

/// A bucket that is open but for the condition.
#[test]
fn of_an_allow_on_a_bucket() {
    insta::assert_snapshot!(all(|condition| {
        let callers =
            json!({ "AWS": ["*", "arn:aws:iam::444444444444:user/eve"], "Service": "cloudtrail.amazonaws.com" });
        json!({ "id": "", "op": "reach", "kind": "bucket_policy", "account": "111111111111", "resource": "arn:aws:s3:::b",
            "organization": { "id": "o-a", "accounts": ["111111111111", "222222222222"] },
            "policy": { "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Principal": callers,
                "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"],
                "Condition": condition }] } })
    }));
}

/// A bucket of which two things are said, one by a Deny; nothing is known of the organisation.
#[test]
fn of_a_deny_on_a_bucket() {
    insta::assert_snapshot!(all(|condition| {
        json!({ "id": "", "op": "reach", "kind": "bucket_policy", "account": "111111111111", "resource": "arn:aws:s3:::b",
            "policy": { "Version": "2012-10-17", "Statement": [
                { "Effect": "Allow", "Principal": { "AWS": ["444444444444", "111111111111"] }, "Action": "s3:GetObject",
                    "Resource": "arn:aws:s3:::b/*" },
                { "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": condition }] } })
    }));
}

/// A role that a provider's identities, an account and a service may take.
#[test]
fn of_the_trust_in_a_role() {
    insta::assert_snapshot!(all(|condition| {
        let callers = json!({ "AWS": "444444444444", "Service": "ec2.amazonaws.com", "Federated": [
            "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com",
            "arn:aws:iam::111111111111:saml-provider/idp" ] });
        json!({ "id": "", "op": "reach", "kind": "role_trust", "account": "111111111111",
            "resource": "arn:aws:iam::111111111111:role/r",
            "policy": { "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Principal": callers,
                "Action": ["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML"],
                "Condition": condition }] } })
    }));
}
