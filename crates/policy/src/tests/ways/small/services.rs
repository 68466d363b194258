//! Which actions are tried on what, and names that stand as variables.

use serde_json::{Value, json};

use super::{KEY, QUEUE, all, allow, bucket, deny, of, with};

/// Which actions are tried, and on what, for resources of services.
#[test]
fn resources_of_services() {
    let queue = |statements: &[Value]| of("resource_policy", Some(QUEUE), statements);
    let somewhere = |statements: &[Value]| of("resource_policy", None, statements);
    let names = |services: &[&str]| services.iter().map(|service| format!("{service}:*")).collect::<Vec<_>>();
    let thirteen =
        ["sqs", "sns", "kms", "lambda", "ecr", "events", "logs", "backup", "iam", "ec2", "dynamodb", "glue", "athena"];
    let told = all(&[
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
            &[allow(json!({ "Principal": { "AWS": "444444444444" }, "Action": "kms:*" }))],
        ),
        of(
            "resource_policy",
            Some(KEY),
            &[
                allow(json!({ "Principal": { "AWS": "111111111111" } })),
                allow(
                    json!({ "Principal": { "AWS": "*" }, "Condition": { "StringEquals": { "kms:CallerAccount": "444444444444" } } }),
                ),
            ],
        ),
        of("resource_policy", Some("arn:aws:s3:::b"), &[allow(json!({ "Action": "s3:PutObject" }))]),
        somewhere(&[allow(json!({ "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:eu-west-1:444444444444:*" }))]),
        somewhere(&[allow(json!({ "Action": "sqs:SendMessage", "Resource": "arn:aws-cn:sqs:cn-north-1:*:q-?" }))]),
        somewhere(&[allow(json!({ "Action": ["sns:Publish", "foo:Bar"] }))]),
        somewhere(&[allow(json!({ "Action": names(&thirteen[..12]) })), deny(json!({ "Action": "sqs:*" }))]),
        somewhere(&[allow(json!({ "Action": names(&thirteen) })), deny(json!({ "Action": ["sqs:*", "sns:*"] }))]),
        somewhere(&[allow(json!({ "NotAction": ["s3:*", "kms:*"] }))]),
        somewhere(&[allow(
            json!({ "Action": "secretsmanager:GetSecretValue", "Condition": { "StringEquals": { "aws:ResourceTag/team": "red" } } }),
        )]),
        somewhere(&[
            allow(json!({ "Action": "sts:GetCallerIdentity", "Principal": { "AWS": "444444444444" } })),
            deny(json!({ "Action": "sts:*" })),
        ]),
        with(somewhere(&[]), "policy", json!("unreadable")),
        with(queue(&[]), "policy", json!("unreadable")),
    ]);
    insta::assert_snapshot!(told);
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
    let told = all(&[
        any(&home("${aws:username}"), like("aws:username", "b*")),
        any(&home("${aws:username}"), on("StringNotLike", "aws:username", json!(["alice", "b*"]))),
        any(&home("${aws:PrincipalTag/team}"), like("aws:PrincipalTag/team", "red-?")),
        any(&home("${aws:PrincipalTag/team, 'none'}"), on("Null", "aws:PrincipalTag/team", json!("true"))),
        any(&home("${aws:PrincipalTag/team}"), on("StringEquals", "aws:PrincipalTag/team", json!("${aws:username}"))),
        any("arn:aws:s3:::b/*", on("StringEquals", "aws:PrincipalTag/team", json!("${aws:PrincipalTag/other}"))),
        any("arn:aws:s3:::b/*", on("StringNotEquals", "aws:PrincipalTag/team", json!("${aws:PrincipalTag/team}"))),
        any(
            "arn:aws:s3:::b/*",
            on("StringNotEqualsIgnoreCase", "aws:PrincipalTag/team", json!("x${aws:PrincipalTag/other}")),
        ),
        any("arn:aws:s3:::b/*", on("StringEquals", "aws:PrincipalAccount", json!("${aws:PrincipalTag/home}"))),
        any("arn:aws:s3:::b/*", on("StringEquals", "aws:ResourceAccount", json!("${aws:PrincipalAccount}"))),
        any(
            "arn:aws:s3:::b/*",
            on("ArnEquals", "aws:PrincipalArn", json!("arn:aws:iam::${aws:PrincipalTag/home}:user/*")),
        ),
        any("arn:aws:s3:::b/*", both("a*", "arn:aws:iam::*:user/al*")),
        // The name is chosen for the one and does not do for the other: that is no proof.
        any("arn:aws:s3:::b/*", both("a*", "arn:aws:iam::*:user/ab*")),
        any("arn:aws:s3:::b/*", both("a*", "arn:aws:iam::*:role/*")),
        any("arn:aws:s3:::b/*", like("aws:PrincipalArn", "arn:aws:iam::*:role/adm*")),
        bucket(&[
            allow(
                json!({ "Action": "s3:GetObject", "Principal": caller("444444444444"), "Resource": home("${aws:username}") }),
            ),
            deny(json!({ "Action": "s3:GetObject", "Resource": home("alice") })),
        ]),
        bucket(&[
            allow(
                json!({ "Action": "s3:GetObject", "Principal": caller("444444444444"), "Resource": home("${aws:username}") }),
            ),
            deny(
                json!({ "Action": "s3:GetObject", "NotResource": ["arn:aws:s3:::b/home/bob/*", "arn:aws:s3:::b/home/eve/*"] }),
            ),
        ]),
        bucket(&[
            allow(
                json!({ "Action": "s3:GetObject", "Principal": caller("444444444444"), "Resource": home("${aws:PrincipalTag/team}") }),
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
    ]);
    insta::assert_snapshot!(told);
}
