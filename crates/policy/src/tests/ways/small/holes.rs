//! Texts that few patterns match, and what is not known yet.

use serde_json::{Value, json};

use super::super::full;
use super::{KEY, POINT, QUEUE, all, allow, bucket, decided, deny, of, policy, with};

/// Texts that only one of two kinds of pattern matches.
#[test]
fn patterns() {
    let tagged = |condition: Value| bucket(&[allow(json!({ "Action": "s3:GetObject", "Condition": condition }))]);
    let team = "aws:PrincipalTag/team";
    let both = |first: &str, value: &str, second: &str, other: &str| {
        tagged(json!({ first: { team: value }, second: { team: other } }))
    };
    let told = all(&[
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
            json!({ "StringEquals": { team: "${aws:PrincipalTag/other}" }, "StringNotEquals": { team: "${aws:PrincipalTag/other}" } }),
        ),
        tagged(
            json!({ "StringEquals": { team: "${aws:PrincipalTag/other}" }, "StringNotEquals": { team: "${aws:PrincipalTag/third}" } }),
        ),
        tagged(json!({ "StringEquals": { team: "${aws:PrincipalTag/other}" }, "StringNotEquals": { team: "red" },
            "StringLike": { "aws:PrincipalTag/other": "red" } })),
        // Whatever the other tag is, no text meets all of it; what is tried is no proof of that.
        tagged(
            json!({ "StringEquals": { "aws:PrincipalTag/other": "A" }, "StringEqualsIgnoreCase": { team: "X${aws:PrincipalTag/other}" },
            "StringNotEqualsIgnoreCase": { team: "xa" }, "StringLike": { team: "x*" } }),
        ),
        tagged(json!({ "StringEquals": { "aws:PrincipalTag/other": "A", team: "X${aws:PrincipalTag/other}" },
            "StringNotEqualsIgnoreCase": { team: "xa" }, "StringLike": { team: "x*" } })),
    ]);
    insta::assert_snapshot!(told);
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
    let requests: Vec<String> = cases.iter().map(|case| format!("\n{}\n{}", case["policy"], decided(case))).collect();
    insta::assert_snapshot!(format!("{}\nRequests\n{}", all(&cases), requests.concat()));
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
