//! Who is tried, and by which way.

use serde_json::{Value, json};

use super::{POINT, all, allow, bucket, deny, of, policy, with};

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
    let told = all(&[
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
            json!(["999999999999"]),
        ),
        with(
            given(in_organization("o-a")),
            "organization",
            organization(json!(["111111111111", "222222222222", "333333333333"])),
        ),
        with(given(in_organization("o-a")), "organization", json!({ "id": "o-a", "accounts_complete": false })),
        with(given(in_organization("o-b")), "organization", organization(json!(["111111111111"]))),
        with(given(in_organization("o-b")), "organization", json!({ "id": "o-a", "accounts_complete": false })),
        given(in_organization("o-b")),
        given(json!({ "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": "o-b/r-1/*" } })),
        with(
            from(json!({ "AWS": ["222222222222", "333333333333"] })),
            "organization",
            json!({ "id": "o-a", "accounts": ["222222222222"], "accounts_complete": false }),
        ),
        with(
            from(json!({ "AWS": ["222222222222", "333333333333"] })),
            "organization",
            organization(json!(["111111111111", "222222222222"])),
        ),
        with(given(in_organization("o-b")), "organization", json!("unreadable")),
        with(given(json!({ "StringNotEquals": { "aws:PrincipalOrgID": "o-b" } })), "organization", json!("unreadable")),
        with(
            bucket(&[allow(
                json!({ "Principal": { "AWS": ["111111111111", "444444444444"] }, "Condition": in_organization("o-b") }),
            )]),
            "organization",
            json!("unreadable"),
        ),
        with(
            bucket(&[
                allow(json!({ "Principal": { "AWS": ["111111111111", "444444444444"] } })),
                deny(json!({ "Condition": { "StringNotEquals": { "aws:PrincipalOrgID": "o-b" } } })),
            ]),
            "organization",
            json!("unreadable"),
        ),
        with(given(json!({})), "trusted_accounts", json!(["999999999999"])),
        with(given(json!({})), "account", json!("999999999999")),
        // The first of the two is never let in, which says nothing of the second.
        bucket(&[
            allow(
                json!({ "Principal": { "AWS": "arn:aws:iam::444444444444:user/eve" }, "Condition": { "Null": { "aws:SecureTransport": "true" } } }),
            ),
            allow(
                json!({ "Principal": { "AWS": "arn:aws:iam::444444444444:user/zed" }, "Condition": { "Null": { "aws:SecureTransport": "false" } } }),
            ),
        ]),
        // What a root user has no session for.
        bucket(&[allow(
            json!({ "Principal": { "AWS": "444444444444" }, "Condition": { "Null": { "aws:TokenIssueTime": "true" },
            "StringLike": { "aws:PrincipalType": "Account" } } }),
        )]),
        with(
            from(json!({ "AWS": ["333333333333", "111111111111", "127311923021"] })),
            "organization",
            json!({ "id": "o-a", "accounts": ["222222222222"], "accounts_complete": false }),
        ),
        with(
            from(json!({ "AWS": ["222222222222", "333333333333"] })),
            "trusted_accounts",
            json!(["222222222222", "444444444444"]),
        ),
        from(
            json!({ "AWS": ["arn:aws:iam::444444444444:user/eve", "arn:aws:iam::444444444444:role/r", "arn:aws:sts::555555555555:assumed-role/r/s"] }),
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
            { "grantee": "AuthenticatedUsers", "permission": "READ" }, { "grantee": "LogDelivery", "permission": "WRITE" }] }),
        ),
        with(
            bucket(&[]),
            "acl",
            json!({ "ownership": "BucketOwnerPreferred", "grants": [
            { "grantee": "AllUsers", "permission": "WRITE_ACP" }, { "grantee": "AllUsers", "permission": "FULL_CONTROL" }] }),
        ),
        with(
            bucket(&[deny(json!({ "Action": "s3:List*" }))]),
            "acl",
            json!({ "ownership": "BucketOwnerPreferred", "grants": [
            { "grantee": "AllUsers", "permission": "READ" }] }),
        ),
        with(bucket(&[]), "acl", json!("unreadable")),
        with(bucket(&[]), "policy", json!("unreadable")),
        of("role_trust", None, &[json!({ "Effect": "Allow", "Principal": { "AWS": "*" }, "Action": "sts:*" })]),
        of(
            "role_trust",
            None,
            &[json!({ "Effect": "Allow", "Principal": { "Federated": ["accounts.google.com", "example.com"] },
            "Action": "sts:AssumeRoleWithWebIdentity" })],
        ),
        of(
            "role_trust",
            None,
            &[
                json!({ "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "AWS": ["444444444444", "222222222222"] },
            "Condition": { "Bool": { "aws:MultiFactorAuthPresent": "true" }, "StringEquals": { "sts:ExternalId": "x" } } }),
            ],
        ),
        with(of("role_trust", None, &[]), "policy", json!("unreadable")),
        of(
            "bucket_policy",
            None,
            &[allow(json!({ "Action": "s3:*", "Resource": ["arn:aws:s3:::logs/*", "arn:aws:s3:::logs"] }))],
        ),
        of("bucket_policy", None, &[allow(json!({ "Action": "s3:*", "Resource": "*" }))]),
        of(
            "access_point_policy",
            Some(POINT),
            &[allow(json!({ "Action": "s3:GetObject", "Resource": format!("{POINT}/object/*") }))],
        ),
    ]);
    insta::assert_snapshot!(told);
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
    let told = all(&[
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
            &[],
        ),
        behind(handed(origin("VPC")), &[&open, &inner]),
        behind(handed(origin("Internet")), &[&open, &inner]),
        behind(
            bucket(&[
                allow(json!({ "Condition": in_account(own) })),
                deny(json!({ "Action": "s3:Get*", "Resource": "arn:aws:s3:::b/secret/*" })),
            ]),
            &[&open],
        ),
    ]);
    insta::assert_snapshot!(told);
}
