//! Small policies, each for one thing that the search does and that the generators seldom meet.

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::{Value, json};

use super::super::question;
use super::made_up::{decided as in_short, short};
use super::{counted, full, of_audience, with_holes};
use crate::{
    Audience, Context, ContextValue, Document, Principal, Question, Reading, Request, Side, Target, compare, layers,
};

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
    cases.iter().map(|case| format!("\n{}\n{}", shown(case), asked(case))).collect()
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

/// Which actions are tried, and on what, for resources of services.
#[test]
fn resources_of_services() {
    let queue = |statements: &[Value]| of("resource_policy", Some(QUEUE), statements);
    let somewhere = |statements: &[Value]| of("resource_policy", None, statements);
    let names = |services: &[&str]| services.iter().map(|service| format!("{service}:*")).collect::<Vec<_>>();
    let thirteen =
        ["sqs", "sns", "kms", "lambda", "ecr", "events", "logs", "backup", "iam", "ec2", "dynamodb", "glue", "athena"];
    insta::assert_snapshot!(all(&[
        queue(&[allow(json!({}))]),
        queue(&[allow(json!({ "Action": "sqs:Send*", "Resource": QUEUE }))]),
        queue(&[allow(json!({ "NotAction": "sqs:*" }))]),
        queue(&[allow(json!({ "Action": "sqs:NewThing" }))]),
        queue(&[allow(json!({ "Action": ["foo:Bar", "foo:B?z*"] }))]),
        queue(&[allow(json!({ "Resource": "arn:aws:sqs:*:*:other" }))]),
        queue(&[allow(json!({ "Action": "sqs:SendMessage", "Principal": { "Service": "sns.amazonaws.com" } }))]),
        of(
            "resource_policy",
            Some(KEY),
            &[allow(json!({ "Principal": { "AWS": "444444444444" }, "Action": "kms:*" }))]
        ),
        of(
            "resource_policy",
            Some(KEY),
            &[
                allow(json!({ "Principal": { "AWS": "111111111111" } })),
                allow(
                    json!({ "Principal": { "AWS": "*" }, "Condition": { "StringEquals": { "kms:CallerAccount": "444444444444" } } })
                ),
            ]
        ),
        of("resource_policy", Some("arn:aws:s3:::b"), &[allow(json!({ "Action": "s3:PutObject" }))]),
        somewhere(&[allow(json!({ "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:eu-west-1:444444444444:*" }))]),
        somewhere(&[allow(json!({ "Action": "sqs:SendMessage", "Resource": "arn:aws-cn:sqs:cn-north-1:*:q-?" }))]),
        somewhere(&[allow(json!({ "Action": ["sns:Publish", "foo:Bar"] }))]),
        somewhere(&[allow(json!({ "Action": names(&thirteen[..12]) })), deny(json!({ "Action": "sqs:*" }))]),
        somewhere(&[allow(json!({ "Action": names(&thirteen) })), deny(json!({ "Action": ["sqs:*", "sns:*"] }))]),
        somewhere(&[allow(json!({ "NotAction": ["s3:*", "kms:*"] }))]),
        somewhere(&[allow(
            json!({ "Action": "secretsmanager:GetSecretValue", "Condition": { "StringEquals": { "aws:ResourceTag/team": "red" } } })
        )]),
        somewhere(&[
            allow(json!({ "Action": "sts:GetCallerIdentity", "Principal": { "AWS": "444444444444" } })),
            deny(json!({ "Action": "sts:*" })),
        ]),
        with(somewhere(&[]), "policy", json!("unreadable")),
        with(queue(&[]), "policy", json!("unreadable")),
    ]));
}

/// Names that stand as variables, in conditions and in resources.
#[test]
fn variables() {
    let caller = |caller: &str| json!({ "AWS": caller });
    let home = |variable: &str| format!("arn:aws:s3:::b/home/{variable}/*");
    let on = |operator: &str, key: &str, value: Value| json!({ operator: { key: value } });
    let any = |resource: &str, condition: Value| {
        bucket(&[allow(json!({ "Action": "s3:GetObject", "Resource": resource, "Condition": condition }))])
    };
    let like = |key: &str, value: &str| on("StringLike", key, json!(value));
    let both = |username: &str, arn: &str| json!({ "StringLike": { "aws:username": username }, "ArnLike": { "aws:PrincipalArn": arn } });
    insta::assert_snapshot!(all(&[
        any(&home("${aws:username}"), like("aws:username", "b*")),
        any(&home("${aws:username}"), on("StringNotLike", "aws:username", json!(["alice", "b*"]))),
        any(&home("${aws:PrincipalTag/team}"), like("aws:PrincipalTag/team", "red-?")),
        any(&home("${aws:PrincipalTag/team, 'none'}"), on("Null", "aws:PrincipalTag/team", json!("true"))),
        any(&home("${aws:PrincipalTag/team}"), on("StringEquals", "aws:PrincipalTag/team", json!("${aws:username}"))),
        any("arn:aws:s3:::b/*", on("StringEquals", "aws:PrincipalTag/team", json!("${aws:PrincipalTag/other}"))),
        any("arn:aws:s3:::b/*", on("StringNotEquals", "aws:PrincipalTag/team", json!("${aws:PrincipalTag/team}"))),
        any(
            "arn:aws:s3:::b/*",
            on("StringNotEqualsIgnoreCase", "aws:PrincipalTag/team", json!("x${aws:PrincipalTag/other}"))
        ),
        any("arn:aws:s3:::b/*", on("StringEquals", "aws:PrincipalAccount", json!("${aws:PrincipalTag/home}"))),
        any("arn:aws:s3:::b/*", on("StringEquals", "aws:ResourceAccount", json!("${aws:PrincipalAccount}"))),
        any(
            "arn:aws:s3:::b/*",
            on("ArnEquals", "aws:PrincipalArn", json!("arn:aws:iam::${aws:PrincipalTag/home}:user/*"))
        ),
        any("arn:aws:s3:::b/*", both("a*", "arn:aws:iam::*:user/al*")),
        // The name is chosen for the one and does not do for the other: that is no proof.
        any("arn:aws:s3:::b/*", both("a*", "arn:aws:iam::*:user/ab*")),
        any("arn:aws:s3:::b/*", both("a*", "arn:aws:iam::*:role/*")),
        any("arn:aws:s3:::b/*", like("aws:PrincipalArn", "arn:aws:iam::*:role/adm*")),
        bucket(&[
            allow(
                json!({ "Action": "s3:GetObject", "Principal": caller("444444444444"), "Resource": home("${aws:username}") })
            ),
            deny(json!({ "Action": "s3:GetObject", "Resource": home("alice") })),
        ]),
        bucket(&[
            allow(
                json!({ "Action": "s3:GetObject", "Principal": caller("444444444444"), "Resource": home("${aws:username}") })
            ),
            deny(
                json!({ "Action": "s3:GetObject", "NotResource": ["arn:aws:s3:::b/home/bob/*", "arn:aws:s3:::b/home/eve/*"] })
            ),
        ]),
        bucket(&[
            allow(
                json!({ "Action": "s3:GetObject", "Principal": caller("444444444444"), "Resource": home("${aws:PrincipalTag/team}") })
            ),
            deny(json!({ "Action": "s3:GetObject", "Resource": home("${aws:PrincipalTag/team}") })),
        ]),
        bucket(&[
            allow(json!({ "Action": "s3:ListBucket", "Principal": caller("444444444444"),
                "Condition": { "StringLike": { "s3:prefix": ["home/${aws:username}/*", "home/${aws:username}"] } } })),
            deny(json!({ "Action": "s3:ListBucket", "Condition": { "StringNotLike": { "s3:prefix": "home/b*" } } })),
        ]),
        bucket(&[
            allow(json!({ "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/${aws:SourceAccount}/*",
                "Principal": { "Service": "cloudtrail.amazonaws.com" } })),
            deny(json!({ "Condition": { "StringEquals": { "aws:SourceAccount": "999999999999" } } })),
        ]),
    ]));
}

/// Who is tried, by what the documents name.
#[test]
fn callers() {
    let from = |principal: Value| bucket(&[allow(json!({ "Action": "s3:GetObject", "Principal": principal }))]);
    let given = |condition: Value| {
        bucket(&[allow(json!({ "Action": "s3:GetObject", "Principal": { "AWS": "*" }, "Condition": condition }))])
    };
    let organization = |accounts: Value| json!({ "id": "o-a", "accounts": accounts });
    let arn_of = |account: &str| json!({ "ArnLike": { "aws:PrincipalArn": format!("arn:aws:iam::{account}:user/*") } });
    let account = |account: Value| json!({ "StringLike": { "aws:PrincipalAccount": account } });
    let in_organization = |id: &str| json!({ "StringEquals": { "aws:PrincipalOrgID": id } });
    let nines: Vec<String> = (1..=9).map(|digit| digit.to_string().repeat(12)).collect();
    let restricted = json!({ "account": { "restrict_public_buckets": true, "ignore_public_acls": true,
        "block_public_acls": true, "block_public_policy": true } });
    insta::assert_snapshot!(all(&[
        given(arn_of("4444*")),
        given(arn_of("444444444444")),
        given(arn_of("*4")),
        given(account(json!(["99999999999*", "4*"]))),
        given(account(json!("999999999999"))),
        with(given(account(json!("9*"))), "organization", organization(json!(["111111111111", "999999999999"]))),
        with(given(json!({})), "organization", organization(json!(["111111111111", "999999999999", "888888888888"]))),
        with(
            given(json!({ "StringNotEquals": { "aws:PrincipalAccount": nines } })),
            "trusted_accounts",
            json!(["999999999999"])
        ),
        with(
            given(in_organization("o-a")),
            "organization",
            organization(json!(["111111111111", "222222222222", "333333333333"]))
        ),
        with(given(in_organization("o-a")), "organization", json!({ "id": "o-a", "accounts_complete": false })),
        with(given(in_organization("o-b")), "organization", organization(json!(["111111111111"]))),
        with(given(in_organization("o-b")), "organization", json!({ "id": "o-a", "accounts_complete": false })),
        given(in_organization("o-b")),
        given(json!({ "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": "o-b/r-1/*" } })),
        with(
            from(json!({ "AWS": ["222222222222", "333333333333"] })),
            "organization",
            json!({ "id": "o-a", "accounts": ["222222222222"], "accounts_complete": false })
        ),
        with(
            from(json!({ "AWS": ["222222222222", "333333333333"] })),
            "organization",
            organization(json!(["111111111111", "222222222222"]))
        ),
        with(given(in_organization("o-b")), "organization", json!("unreadable")),
        with(given(json!({ "StringNotEquals": { "aws:PrincipalOrgID": "o-b" } })), "organization", json!("unreadable")),
        with(
            bucket(&[allow(
                json!({ "Principal": { "AWS": ["111111111111", "444444444444"] }, "Condition": in_organization("o-b") })
            )]),
            "organization",
            json!("unreadable")
        ),
        with(
            bucket(&[
                allow(json!({ "Principal": { "AWS": ["111111111111", "444444444444"] } })),
                deny(json!({ "Condition": { "StringNotEquals": { "aws:PrincipalOrgID": "o-b" } } })),
            ]),
            "organization",
            json!("unreadable"),
        ),
        // The first of the two is never let in, which says nothing of the second.
        bucket(&[
            allow(
                json!({ "Principal": { "AWS": "arn:aws:iam::444444444444:user/eve" }, "Condition": { "Null": { "aws:SecureTransport": "true" } } })
            ),
            allow(
                json!({ "Principal": { "AWS": "arn:aws:iam::444444444444:user/zed" }, "Condition": { "Null": { "aws:SecureTransport": "false" } } })
            ),
        ]),
        // What a root user has no session for.
        bucket(&[allow(
            json!({ "Principal": { "AWS": "444444444444" }, "Condition": { "Null": { "aws:TokenIssueTime": "true" },
            "StringLike": { "aws:PrincipalType": "Account" } } })
        )]),
        with(
            from(json!({ "AWS": ["333333333333", "111111111111", "127311923021"] })),
            "organization",
            json!({ "id": "o-a", "accounts": ["222222222222"], "accounts_complete": false })
        ),
        with(
            from(json!({ "AWS": ["222222222222", "333333333333"] })),
            "trusted_accounts",
            json!(["222222222222", "444444444444"])
        ),
        from(
            json!({ "AWS": ["arn:aws:iam::444444444444:user/eve", "arn:aws:iam::444444444444:role/r", "arn:aws:sts::555555555555:assumed-role/r/s"] })
        ),
        from(json!({ "AWS": ["arn:aws:iam::444444444444:root", "AROAEXAMPLE1"] })),
        from(json!({ "AWS": "127311923021" })),
        from(json!({ "AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1" })),
        from(json!({ "CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be" })),
        from(json!({ "Service": ["cloudtrail.amazonaws.com", "ec2.amazonaws.com", "new.amazonaws.com"] })),
        from(json!({ "Service": "logging.s3.amazonaws.com" })),
        given(json!({ "Bool": { "aws:PrincipalIsAWSService": "true" } })),
        bucket(&[allow(json!({ "Condition": { "Bool": { "aws:PrincipalIsAWSService": "true" } } }))]),
        with(bucket(&[allow(json!({}))]), "block_public_access", restricted.clone()),
        with(from(json!({ "AWS": "444444444444" })), "block_public_access", restricted),
        with(
            from(json!({ "AWS": "444444444444" })),
            "acl",
            json!({ "ownership": "ObjectWriter", "grants": [
            { "grantee": "AuthenticatedUsers", "permission": "READ" }, { "grantee": "LogDelivery", "permission": "WRITE" }] })
        ),
        with(
            bucket(&[]),
            "acl",
            json!({ "ownership": "BucketOwnerPreferred", "grants": [
            { "grantee": "AllUsers", "permission": "WRITE_ACP" }, { "grantee": "AllUsers", "permission": "FULL_CONTROL" }] })
        ),
        with(
            bucket(&[deny(json!({ "Action": "s3:List*" }))]),
            "acl",
            json!({ "ownership": "BucketOwnerPreferred", "grants": [
            { "grantee": "AllUsers", "permission": "READ" }] })
        ),
        with(bucket(&[]), "acl", json!("unreadable")),
        with(bucket(&[]), "policy", json!("unreadable")),
        of("role_trust", None, &[json!({ "Effect": "Allow", "Principal": { "AWS": "*" }, "Action": "sts:*" })]),
        of(
            "role_trust",
            None,
            &[json!({ "Effect": "Allow", "Principal": { "Federated": ["accounts.google.com", "example.com"] },
            "Action": "sts:AssumeRoleWithWebIdentity" })]
        ),
        of(
            "role_trust",
            None,
            &[
                json!({ "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "AWS": ["444444444444", "222222222222"] },
            "Condition": { "Bool": { "aws:MultiFactorAuthPresent": "true" }, "StringEquals": { "sts:ExternalId": "x" } } })
            ]
        ),
        with(of("role_trust", None, &[]), "policy", json!("unreadable")),
        of(
            "bucket_policy",
            None,
            &[allow(json!({ "Action": "s3:*", "Resource": ["arn:aws:s3:::logs/*", "arn:aws:s3:::logs"] }))]
        ),
        of("bucket_policy", None, &[allow(json!({ "Action": "s3:*", "Resource": "*" }))]),
        of(
            "access_point_policy",
            Some(POINT),
            &[allow(json!({ "Action": "s3:GetObject", "Resource": format!("{POINT}/object/*") }))]
        ),
    ]));
}

/// Buckets behind access points, of the own account and of others, on the internet and in a network.
#[test]
fn access_points() {
    let handed = |condition: Value| bucket(&[allow(json!({ "Condition": condition }))]);
    let point = |account: &str, name: &str, statements: &[Value], vpc: Option<&str>| {
        json!({ "arn": format!("arn:aws:s3:eu-west-1:{account}:accesspoint/{name}"), "account": account,
            "policy": policy(statements), "vpc": vpc })
    };
    let own = "111111111111";
    let in_account = |account: &str| json!({ "StringEquals": { "s3:DataAccessPointAccount": account } });
    let objects = |name: &str| format!("arn:aws:s3:eu-west-1:111111111111:accesspoint/{name}/object/*");
    let open = point(own, "p", &[allow(json!({ "Action": "s3:GetObject", "Resource": objects("p") }))], None);
    let named = |caller: &str| {
        point(own, "q", &[allow(json!({ "Principal": { "AWS": caller }, "Resource": objects("q") }))], None)
    };
    let inner = point(
        own,
        "v",
        &[allow(json!({ "Resource": [objects("v"), "arn:aws:s3:eu-west-1:111111111111:accesspoint/v"] }))],
        Some("vpc-1"),
    );
    let denied = point(own, "d", &[allow(json!({})), deny(json!({ "Resource": objects("d") }))], None);
    let foreign = point("444444444444", "f", &[allow(json!({ "Principal": { "AWS": "555555555555" } }))], None);
    let unread = with(open.clone(), "policy", json!("unreadable"));
    let restricted = with(open.clone(), "block_public_access", json!({ "restrict_public_buckets": true }));
    let behind = |case: Value, points: &[&Value]| with(case, "access_points", json!(points));
    let doubtful = point(own, "p", &[allow(json!({ "Resource": "arn:aws:s3:e*1:accesspoint/p/object/*" }))], None);
    let denied_doubtfully = point(
        own,
        "p",
        &[allow(json!({})), deny(json!({ "Resource": "arn:aws:s3:e*1:accesspoint/p/object/*" }))],
        None,
    );
    let closed = point("444444444444", "f", &[deny(json!({}))], None);
    let unread_restricted = with(restricted.clone(), "policy", json!("unreadable"));
    let open_but = |guardrail: &str| {
        with(bucket(&[allow(json!({}))]), "rcp", json!([[policy(&[deny(json!({ "Resource": guardrail }))])]]))
    };
    let origin = |origin: &str| json!({ "StringEquals": { "s3:AccessPointNetworkOrigin": origin } });
    insta::assert_snapshot!(all(&[
        behind(handed(in_account(own)), &[&open, &inner]),
        behind(handed(in_account(own)), &[&named("444444444444"), &inner]),
        behind(handed(in_account(own)), &[&denied]),
        behind(handed(in_account(own)), &[&unread]),
        behind(handed(in_account(own)), &[&doubtful]),
        behind(handed(in_account(own)), &[&denied_doubtfully]),
        behind(handed(in_account(own)), &[&restricted]),
        behind(handed(in_account("444444444444")), &[&foreign, &open]),
        behind(handed(in_account("444444444444")), &[]),
        behind(handed(in_account("444444444444")), &[&closed]),
        behind(handed(in_account(own)), &[&unread_restricted]),
        open_but("arn:aws:s??::b/*"),
        open_but("arn:aws:s3:::b/*"),
        behind(
            handed(json!({ "ArnLike": { "s3:DataAccessPointArn": "arn:aws:s3:*:666666666666:accesspoint/*" } })),
            &[]
        ),
        behind(handed(origin("VPC")), &[&open, &inner]),
        behind(handed(origin("Internet")), &[&open, &inner]),
        behind(
            bucket(&[
                allow(json!({ "Condition": in_account(own) })),
                deny(json!({ "Action": "s3:Get*", "Resource": "arn:aws:s3:::b/secret/*" }))
            ]),
            &[&open]
        ),
    ]));
}

/// Texts that only one of two kinds of pattern matches.
#[test]
fn patterns() {
    let tagged = |condition: Value| bucket(&[allow(json!({ "Action": "s3:GetObject", "Condition": condition }))]);
    let team = "aws:PrincipalTag/team";
    let both = |first: &str, value: &str, second: &str, other: &str| {
        tagged(json!({ first: { team: value }, second: { team: other } }))
    };
    insta::assert_snapshot!(all(&[
        // A wildcard of an ARN stays in its segment, one of a text does not (fact C7).
        both("StringLike", "arn:aws:sqs:?:1:q", "ArnNotLike", "arn:aws:sqs:?:1:q"),
        both("StringLike", "arn:aws:sqs:*:1:q", "ArnNotLike", "arn:aws:sqs:*:1:q"),
        both("StringLike", "arn:aws:sqs:us:1:q?", "ArnNotLike", "arn:aws:sqs:us:1:q?"),
        both("StringEquals", "arn:aws:sqs:us:1::", "ArnLike", "arn:aws:sqs:us:1:?"),
        both("StringEquals", "arn:aws:sqs:us:1:a:b", "ArnLike", "arn:aws:sqs:us:1:*"),
        both("StringLike", "arn:*", "ArnNotLike", "*"),
        both("StringLike", "x*", "StringNotLike", "x*y"),
        both("StringEqualsIgnoreCase", "Red", "StringNotEquals", "Red"),
        both("StringEqualsIgnoreCase", "Red", "StringLike", "?e?"),
        both("StringLike", "1*", "NumericLessThan", "12"),
        both("StringLike", "2*", "DateGreaterThan", "2026-01-01T00:00:00Z"),
        both("StringLike", "10.*", "NotIpAddress", "10.0.0.0/9"),
        tagged(
            json!({ "StringEquals": { team: "${aws:PrincipalTag/other}" }, "StringNotEquals": { team: "${aws:PrincipalTag/other}" } })
        ),
        tagged(
            json!({ "StringEquals": { team: "${aws:PrincipalTag/other}" }, "StringNotEquals": { team: "${aws:PrincipalTag/third}" } })
        ),
        tagged(json!({ "StringEquals": { team: "${aws:PrincipalTag/other}" }, "StringNotEquals": { team: "red" },
            "StringLike": { "aws:PrincipalTag/other": "red" } })),
        // Whatever the other tag is, no text meets all of it; what is tried is no proof of that.
        tagged(
            json!({ "StringEquals": { "aws:PrincipalTag/other": "A" }, "StringEqualsIgnoreCase": { team: "X${aws:PrincipalTag/other}" },
            "StringNotEqualsIgnoreCase": { team: "xa" }, "StringLike": { team: "x*" } })
        ),
        tagged(json!({ "StringEquals": { "aws:PrincipalTag/other": "A", team: "X${aws:PrincipalTag/other}" },
            "StringNotEqualsIgnoreCase": { team: "xa" }, "StringLike": { team: "x*" } })),
    ]));
}

/// What is not known yet, in each place where it may stand.
#[test]
fn holes() {
    let hole = "${later}";
    let object = "arn:aws:s3:::b/${later}/*";
    let everybody = allow(json!({ "Action": "s3:GetObject" }));
    let given = |operator: &str, value: Value| json!({ "Action": "s3:GetObject", "Condition": { operator: { "aws:PrincipalTag/team": value } } });
    let restricted = json!({ "bucket": { "restrict_public_buckets": true, "ignore_public_acls": true,
        "block_public_acls": true, "block_public_policy": true } });
    let behind = |statements: &[Value], block: Value| {
        let point = json!({ "arn": POINT, "account": "111111111111", "policy": policy(statements), "block_public_access": block });
        with(
            bucket(&[allow(
                json!({ "Condition": { "StringEquals": { "s3:DataAccessPointAccount": "111111111111" } } }),
            )]),
            "access_points",
            json!([point]),
        )
    };
    let objects = format!("{POINT}/object/*");
    let to =
        |caller: &str| allow(json!({ "Principal": { "AWS": caller }, "Action": "s3:GetObject", "Resource": objects }));
    let cases = [
        bucket(&[allow(json!({ "Principal": { "AWS": hole } }))]),
        bucket(&[allow(json!({ "Principal": { "AWS": [hole, "444444444444"] } }))]),
        bucket(&[allow(json!({ "NotPrincipal": { "AWS": hole } }))]),
        bucket(&[everybody.clone(), deny(json!({ "Principal": { "AWS": hole } }))]),
        bucket(&[
            everybody.clone(),
            deny(json!({ "NotPrincipal": { "AWS": [hole, "arn:aws:iam::444444444444:role/r"] } })),
        ]),
        bucket(&[allow(json!({ "Action": "s3:GetObject", "Resource": object }))]),
        bucket(&[allow(json!({ "Action": "s3:GetObject", "NotResource": object }))]),
        bucket(&[everybody.clone(), deny(json!({ "Action": "s3:*", "Resource": object }))]),
        bucket(&[everybody.clone(), deny(json!({ "Action": "s3:*", "NotResource": object }))]),
        bucket(&[everybody.clone(), deny(json!({ "Action": "s3:*", "Resource": [object, "arn:aws:s3:::b/a*"] }))]),
        bucket(&[allow(given("StringEquals", json!(hole)))]),
        bucket(&[allow(given("StringEquals", json!([hole, "red"])))]),
        bucket(&[allow(given("StringNotEquals", json!(hole)))]),
        bucket(&[allow(given("StringLike", json!("a-${later}-*")))]),
        bucket(&[everybody.clone(), deny(given("StringEquals", json!(hole)))]),
        bucket(&[everybody.clone(), deny(given("StringNotEquals", json!([hole, "red"])))]),
        bucket(&[everybody.clone(), deny(given("ForAllValues:StringLike", json!(hole)))]),
        bucket(&[allow(json!({ "Condition": { "IpAddress": { "aws:SourceIp": hole } } }))]),
        bucket(&[allow(
            json!({ "Principal": { "AWS": "444444444444" }, "Condition": { "StringEquals": { "aws:PrincipalOrgID": hole } } }),
        )]),
        with(
            bucket(&[allow(json!({ "Principal": { "AWS": "444444444444" }, "Resource": object }))]),
            "block_public_access",
            restricted.clone(),
        ),
        with(bucket(&[allow(json!({ "Resource": object }))]), "block_public_access", restricted.clone()),
        behind(&[to(hole)], json!({})),
        behind(&[to("444444444444"), deny(json!({ "Resource": format!("{POINT}/object/${{later}}") }))], json!({})),
        behind(
            &[to("444444444444"), deny(json!({ "Resource": format!("{POINT}/object/${{later}}") }))],
            json!({ "restrict_public_buckets": true }),
        ),
        behind(&[to("*"), deny(json!({ "Principal": { "AWS": hole } }))], json!({ "restrict_public_buckets": true })),
        of(
            "role_trust",
            None,
            &[
                json!({ "Effect": "Allow", "Principal": { "Federated": hole }, "Action": "sts:AssumeRoleWithWebIdentity" }),
            ],
        ),
        of(
            "role_trust",
            None,
            &[json!({ "Effect": "Allow", "Principal": { "AWS": hole }, "Action": "sts:AssumeRole" })],
        ),
        of(
            "role_trust",
            None,
            &[json!({ "Effect": "Allow", "Principal": { "Service": hole }, "Action": "sts:AssumeRole" })],
        ),
        of(
            "resource_policy",
            Some(QUEUE),
            &[allow(json!({ "Principal": { "Service": ["sns.amazonaws.com", hole] } }))],
        ),
    ];
    let requests: String = cases.iter().map(|case| format!("\n{}\n{}", case["policy"], decided(case))).collect();
    insta::assert_snapshot!(format!("{}\nRequests\n{requests}", all(&cases)));
}

/// Requests about what differs for a few of them only.
#[test]
fn requests() {
    let asked = |principal: &str, action: &str, resource: &str, policies: Value| {
        let case = json!({ "op": "decide", "policies": policies, "request": { "principal": principal, "action": action,
            "resource": resource, "resource_account": "111111111111", "context": {} } });
        format!("{principal} {action} {resource} {policies}\n  {}\n", full(&case))
    };
    let alice = "arn:aws:iam::111111111111:user/alice";
    let eve = "arn:aws:iam::444444444444:user/eve";
    let object = format!("{POINT}/object/x");
    let point = json!({ "arn": POINT, "account": "111111111111",
        "policy": policy(&[allow(json!({ "Resource": format!("{POINT}/object/?") }))]) });
    let through = json!({ "access_point": point, "resource": policy(&[allow(json!({}))]), "identity": "allow_all" });
    let all = json!({ "identity": "allow_all" });
    let alias = "arn:aws:kms:eu-west-1:111111111111:alias/a";
    let role = "arn:aws:iam::111111111111:role/r";
    let delegated = json!({ "identity": "allow_all", "resource": policy(&[allow(json!({ "Principal": { "AWS": "111111111111" } }))]) });
    let told = [
        asked(alice, "kms:CreateAlias", alias, all.clone()),
        asked(alice, "kms:CreateAlias", KEY, all.clone()),
        asked(alice, "kms:Encrypt", KEY, delegated.clone()),
        asked(alice, "sts:GetFederationToken", alice, all.clone()),
        asked(alice, "sts:AssumeRole", role, all.clone()),
        asked(alice, "sts:AssumeRole", role, delegated),
        asked(alice, "iam:PassRole", role, all),
        asked(eve, "s3:GetObject", &object, through.clone()),
        asked(eve, "s3:GetObject", "arn:aws:s3:::b/x", through),
    ];
    insta::assert_snapshot!(told.concat());
}

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
