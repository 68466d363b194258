//! Facts E: the condition keys that say who calls, and which of them follow from the caller.

use serde_json::{Value, json};

use super::case::{
    ACCOUNT, ALICE, BUCKET, FEDERATED, ROLE, ROOT, SESSION, allows, anonymous, call, federated, reaches, service,
};

/// What a key is for a caller: the value for which `StringEquals` holds, `missing`, or `other`.
fn sees(who: &Value, key: &str, expected: &str) -> String {
    let asks = |condition: Value| {
        let policies =
            json!({ "identity": "allow_all", "resource": allows!("Principal": "*", "Condition": condition) });
        call(who.clone()).owned_by("222222222222").passes(&policies)
    };
    if asks(json!({ "Null": { key: "true" } })) {
        // A negated operator holds for what is missing.
        assert!(asks(json!({ "StringNotEquals": { key: "anything" } })), "{who} {key}");
        return "missing".to_owned();
    }
    let found = asks(json!({ "ForAnyValue:StringEquals": { key: expected } }));
    assert_eq!(asks(json!({ "ForAllValues:StringNotEquals": { key: expected } })), !found, "{who} {key}");
    if found { expected.to_owned() } else { "other".to_owned() }
}

fn check(who: &Value, rows: &[(&str, &str)]) {
    for (key, expected) in rows {
        assert_eq!(sees(who, key, expected), *expected, "{key} of {who}");
    }
}

#[test]
fn e1_an_anonymous_caller_has_no_identity() {
    check(
        &anonymous(),
        &[
            ("aws:PrincipalArn", "missing"),
            ("aws:PrincipalAccount", "missing"),
            ("aws:PrincipalOrgID", "missing"),
            ("aws:PrincipalOrgPaths", "missing"),
            ("aws:PrincipalTag/team", "missing"),
            ("aws:username", "missing"),
            ("aws:PrincipalType", "Anonymous"),
            ("aws:userid", "anonymous"),
        ],
    );
    // So a negated condition lets it in, and so does one that asks only where the key exists.
    for (condition, expected) in [
        (json!({ "StringNotEquals": { "aws:PrincipalOrgID": "o-bad" } }), true),
        (json!({ "StringEqualsIfExists": { "aws:PrincipalOrgID": "o-own" } }), true),
        (json!({ "StringNotEquals": { "aws:PrincipalAccount": "444444444444" } }), true),
        (json!({ "ArnNotLike": { "aws:PrincipalArn": "arn:aws:iam::9*:*" } }), true),
        (json!({ "StringEquals": { "aws:PrincipalOrgID": "o-own" } }), false),
        (json!({ "Null": { "aws:PrincipalOrgID": "false" } }), false),
    ] {
        let policies = json!({ "resource": allows!("Principal": "*", "Condition": condition) });
        assert_eq!(call(anonymous()).passes(&policies), expected, "{condition}");
    }
}

#[test]
fn e2_keys_follow_from_the_caller() {
    check(
        &json!(ALICE),
        &[
            ("aws:PrincipalArn", ALICE),
            ("aws:PrincipalAccount", ACCOUNT),
            ("aws:PrincipalType", "User"),
            ("aws:username", "Alice"),
            ("aws:PrincipalIsAWSService", "false"),
        ],
    );
    check(&json!("arn:aws:iam::111111111111:user/team/Alice"), &[("aws:username", "Alice")]);
    // A session is known by its role.
    check(
        &json!(SESSION),
        &[
            ("aws:PrincipalArn", ROLE),
            ("aws:PrincipalAccount", ACCOUNT),
            ("aws:PrincipalType", "AssumedRole"),
            ("aws:username", "missing"),
            ("aws:PrincipalIsAWSService", "false"),
        ],
    );
    check(
        &json!("arn:aws-cn:sts::111111111111:assumed-role/R/s"),
        &[("aws:PrincipalArn", "arn:aws-cn:iam::111111111111:role/R")],
    );
    check(&json!(ROLE), &[("aws:PrincipalArn", ROLE), ("aws:PrincipalType", "AssumedRole")]);
    check(
        &json!(FEDERATED),
        &[
            ("aws:PrincipalArn", FEDERATED),
            ("aws:PrincipalType", "FederatedUser"),
            ("aws:userid", "111111111111:Alice"),
            ("aws:username", "missing"),
        ],
    );
    check(
        &json!(ROOT),
        &[
            ("aws:PrincipalArn", ROOT),
            ("aws:PrincipalAccount", ACCOUNT),
            ("aws:PrincipalType", "Account"),
            ("aws:userid", ACCOUNT),
            ("aws:username", "missing"),
        ],
    );
    // What does not follow is missing unless it is given: the organisation, and the keys of temporary credentials.
    for who in [ALICE, SESSION, ROOT] {
        check(
            &json!(who),
            &[
                ("aws:PrincipalOrgID", "missing"),
                ("aws:MultiFactorAuthPresent", "missing"),
                ("aws:TokenIssueTime", "missing"),
            ],
        );
    }
}

#[test]
fn e2_the_owner_of_the_resource_follows_from_it() {
    let sees = |resource: &str, owner: Option<&str>, wanted: &str| {
        let only = allows!("Condition": { "StringEquals": { "aws:ResourceAccount": wanted } });
        let policies = json!({ "identity": "allow_all", "resource": allows!("Principal": "*"), "scp": [[only]] });
        let call = call(ALICE).on(resource);
        match owner {
            Some(owner) => call.owned_by(owner).passes(&policies),
            None => call.of_no_owner().passes(&policies),
        }
    };
    let queue = "arn:aws:sqs:us-east-1:222222222222:q";
    for (resource, owner, wanted) in [
        ("arn:aws:s3:::b/k", Some("333333333333"), "333333333333"),
        (queue, Some("333333333333"), "333333333333"),
        (queue, None, "222222222222"),
        ("arn:aws:s3:::b/k", None, ACCOUNT),
        ("*", None, ACCOUNT),
    ] {
        assert!(sees(resource, owner, wanted), "{resource} of {owner:?}");
        assert!(!sees(resource, owner, "444444444444"), "{resource} of {owner:?}");
    }
}

#[test]
fn e2_what_the_case_gives_goes_before_what_follows() {
    let policies = json!({ "identity": [allows!("Condition": { "StringEquals": { "aws:username": "Bob" } })] });
    assert!(!call(ALICE).passes(&policies));
    assert!(call(ALICE).given(json!({ "aws:username": "Bob" })).passes(&policies));
    assert!(call(ALICE).given(json!({ "AWS:UserName": "Bob" })).passes(&policies));
}

#[test]
fn e2_some_conditions_on_mfa_protect_and_some_do_not() {
    let long_term = json!({});
    let without = json!({ "aws:MultiFactorAuthPresent": "false" });
    let with = json!({ "aws:MultiFactorAuthPresent": "true" });
    let key = "aws:MultiFactorAuthPresent";
    for (effect, condition, expected) in [
        ("Allow", json!({ "Bool": { key: "true" } }), [false, false, true]),
        ("Allow", json!({ "BoolIfExists": { key: "true" } }), [true, false, true]),
        ("Allow", json!({ "Null": { key: "false" } }), [false, true, true]),
        ("Deny", json!({ "BoolIfExists": { key: "false" } }), [false, false, true]),
        ("Deny", json!({ "Bool": { key: "false" } }), [true, false, true]),
    ] {
        for (context, expected) in [&long_term, &without, &with].into_iter().zip(expected) {
            let one = super::case::one(effect, json!({ "Condition": condition }));
            let identity = if effect == "Allow" { json!([one]) } else { json!([allows!(), one]) };
            let passes = call(ALICE).given(context.clone()).passes(&json!({ "identity": identity }));
            assert_eq!(passes, expected, "{effect} {condition} in {context}");
        }
    }
}

#[test]
fn e3_a_service_is_known_by_its_names_only() {
    check(
        &service("cloudtrail.amazonaws.com"),
        &[
            ("aws:PrincipalIsAWSService", "true"),
            ("aws:PrincipalServiceName", "cloudtrail.amazonaws.com"),
            ("aws:PrincipalServiceNamesList", "cloudtrail.amazonaws.com"),
            ("aws:PrincipalOrgID", "missing"),
            ("aws:PrincipalAccount", "missing"),
            ("aws:PrincipalArn", "missing"),
            ("aws:SourceArn", "missing"),
            ("aws:SourceAccount", "missing"),
        ],
    );
    for who in [json!(ALICE), json!(SESSION), anonymous(), federated("gitlab.com")] {
        check(&who, &[("aws:PrincipalServiceName", "missing"), ("aws:PrincipalServiceNamesList", "missing")]);
    }
    check(&anonymous(), &[("aws:PrincipalIsAWSService", "missing")]);
}

/// Who gets in, widest first, where everybody is held to a condition.
fn reached(condition: &Value) -> (String, String) {
    let policy = allows!("Principal": "*", "Condition": condition);
    let reached = reaches(json!({ "kind": "bucket_policy", "policy": policy, "resource": BUCKET,
                                  "organization": { "id": "o-own", "accounts": [ACCOUNT] } }));
    let text = |key: &str| reached[key].as_str().unwrap().to_owned();
    (text("reachable_by_outsider"), text("audience"))
}

#[test]
fn e2_the_session_part_of_a_user_id_is_whatever_its_caller_likes() {
    for (condition, outside, audience) in [
        (json!({ "StringLike": { "aws:userid": "*:admin" } }), "yes", "any_aws_account"),
        (json!({ "StringLike": { "aws:userid": "AROAEXAMPLEEXAMPLEEXA:*" } }), "no", "same_account"),
        (json!({ "StringEquals": { "aws:userid": "AIDAEXAMPLEEXAMPLEEXA" } }), "no", "same_account"),
    ] {
        assert_eq!(reached(&condition), (outside.to_owned(), audience.to_owned()), "{condition}");
    }
}

#[test]
fn e4_a_call_comes_from_an_address_or_through_an_endpoint() {
    for (condition, outside, audience) in [
        (
            json!({ "IpAddress": { "aws:SourceIp": "198.51.100.0/24" }, "StringEquals": { "aws:SourceVpce": "vpce-1" } }),
            "no",
            "same_account",
        ),
        // But for what a service calls by itself.
        (json!({ "Null": { "aws:SourceIp": "true", "aws:SourceVpce": "true" } }), "yes", "aws_service_of_anyone"),
        (
            json!({ "IpAddress": { "aws:SourceIp": "198.51.100.0/24" }, "Null": { "aws:SourceVpce": "true" } }),
            "yes",
            "anyone_in_network",
        ),
        // A public address is never a private one.
        (json!({ "IpAddress": { "aws:SourceIp": "10.0.0.0/8" } }), "no", "same_account"),
        (
            json!({ "IpAddress": { "aws:SourceIp": ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"] } }),
            "no",
            "same_account",
        ),
        (json!({ "NotIpAddress": { "aws:SourceIp": "10.0.0.0/8" } }), "yes", "anyone"),
        // Inside a VPC of one's own any private address can be had.
        (json!({ "IpAddress": { "aws:VpcSourceIp": "10.0.0.0/8" } }), "yes", "anyone"),
        (json!({ "Bool": { "aws:SecureTransport": "true" } }), "yes", "anyone"),
        (json!({ "Null": { "aws:SecureTransport": "true" } }), "no", "same_account"),
    ] {
        assert_eq!(reached(&condition), (outside.to_owned(), audience.to_owned()), "{condition}");
    }
}

#[test]
fn e5_a_key_that_the_caller_chooses_protects_nothing() {
    for (condition, audience) in [
        (json!({ "StringLike": { "aws:Referer": "https://example.org/*" } }), "anyone"),
        (json!({ "StringEquals": { "aws:UserAgent": "secret" } }), "anyone"),
        (json!({ "StringEquals": { "s3:prefix": "home/" } }), "anyone"),
        (json!({ "StringEquals": { "s3:x-amz-acl": "bucket-owner-full-control" } }), "anyone"),
        (json!({ "StringEquals": { "s3:x-amz-storage-class": "GLACIER" } }), "anyone"),
        (json!({ "StringEquals": { "aws:RequestTag/team": "red" } }), "anyone"),
        (json!({ "ForAllValues:StringEquals": { "aws:TagKeys": ["team"] } }), "anyone"),
        (json!({ "ForAnyValue:StringEquals": { "aws:TagKeys": ["team"] } }), "anyone"),
        (json!({ "StringEquals": { "aws:RequestedRegion": "eu-west-1" } }), "anyone"),
        (json!({ "DateGreaterThan": { "aws:CurrentTime": "2099-01-01T00:00:00Z" } }), "anyone"),
        (json!({ "Bool": { "aws:SecureTransport": "false" } }), "anyone"),
        (json!({ "StringEquals": { "aws:PrincipalTag/team": "red" } }), "any_aws_account"),
        (json!({ "StringEquals": { "aws:username": "admin" } }), "any_aws_account"),
        (json!({ "StringEquals": { "aws:PrincipalType": "AssumedRole" } }), "any_aws_account"),
        (json!({ "StringEquals": { "aws:PrincipalType": "Anonymous" } }), "anyone"),
    ] {
        assert_eq!(reached(&condition), ("yes".to_owned(), audience.to_owned()), "{condition}");
    }
    for (key, value) in
        [("sts:ExternalId", "secret"), ("sts:RoleSessionName", "admin"), ("sts:SourceIdentity", "admin")]
    {
        let trust = |principal: Value| {
            let policy = allows!("Principal": principal, "Action": "sts:AssumeRole", "Resource": null,
                                 "Condition": { "StringEquals": { key: value } });
            reaches(json!({ "kind": "role_trust", "policy": policy, "resource": ROLE }))["audience"].clone()
        };
        assert_eq!(trust(json!("*")), "any_aws_account", "{key}");
        assert_eq!(trust(json!({ "AWS": "444444444444" })), "accounts", "{key}");
        assert_eq!(trust(json!({ "AWS": ACCOUNT })), "same_account", "{key}");
    }
}

#[test]
fn c14_keys_with_several_values_are_sets_in_a_request() {
    for (condition, key, expected) in [
        (json!({ "ForAnyValue:StringEquals": { "aws:TagKeys": "team" } }), "aws:TagKeys", json!(["team"])),
        (
            json!({ "ForAnyValue:StringEquals": { "aws:CalledVia": "athena.amazonaws.com" } }),
            "aws:CalledVia",
            json!(["athena.amazonaws.com"]),
        ),
        (json!({ "StringEquals": { "aws:RequestTag/team": "red" } }), "aws:RequestTag/team", json!("red")),
        (
            json!({ "ForAnyValue:StringEquals": { "aws:PrincipalTag/team": "red" } }),
            "aws:PrincipalTag/team",
            json!("red"),
        ),
    ] {
        let policy = allows!("Principal": "*", "Condition": condition);
        let reached = reaches(json!({ "kind": "bucket_policy", "policy": policy, "resource": BUCKET }));
        let context = reached["witness"]["context"].as_object().unwrap();
        let found = context.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value.clone());
        assert_eq!(found, Some(expected), "{reached}");
    }
}

/// What a service is let do to a bucket, held to a condition: the verdict, and the first code of doubt.
fn driven(service: &str, condition: &Value) -> (String, Value) {
    let policy = allows!("Principal": { "Service": service }, "Action": "s3:PutObject", "Condition": condition);
    let reached = reaches(json!({ "kind": "bucket_policy", "policy": policy, "resource": BUCKET,
                                  "organization": { "id": "o-own", "accounts": [ACCOUNT] } }));
    (reached["reachable_by_outsider"].as_str().unwrap().to_owned(), reached["unknown_because"][0]["code"].clone())
}

#[test]
fn e6_who_can_drive_a_service_is_a_table() {
    for (service, expected, why) in [
        ("cloudtrail.amazonaws.com", "yes", json!(null)),
        ("config.amazonaws.com", "yes", json!(null)),
        ("sns.amazonaws.com", "yes", json!(null)),
        ("s3.amazonaws.com", "yes", json!(null)),
        ("logging.s3.amazonaws.com", "no", json!(null)),
        ("never-heard-of.amazonaws.com", "unknown", json!("service_unknown")),
    ] {
        assert_eq!(driven(service, &json!({})), (expected.to_owned(), why), "{service}");
    }
    // A role gets to a service by PassRole, which no other account can use.
    for service in ["lambda.amazonaws.com", "ec2.amazonaws.com", "never-heard-of.amazonaws.com"] {
        let policy = allows!("Principal": { "Service": service }, "Action": "sts:AssumeRole", "Resource": null);
        let reached = reaches(json!({ "kind": "role_trust", "policy": policy, "resource": ROLE }));
        assert_eq!(
            (&reached["reachable_by_outsider"], &reached["audience"]),
            (&json!("no"), &json!("aws_service")),
            "{service}"
        );
    }
}

#[test]
fn e6_a_fixed_source_of_our_own_closes_it() {
    let trail = "arn:aws:cloudtrail:us-east-1:111111111111:trail/t";
    for (condition, expected) in [
        (json!({ "StringEquals": { "aws:SourceAccount": ACCOUNT } }), "no"),
        (json!({ "StringEquals": { "aws:SourceOrgID": "o-own" } }), "no"),
        (json!({ "StringEquals": { "aws:SourceArn": trail } }), "no"),
        (json!({ "ArnLike": { "aws:SourceArn": "arn:aws:cloudtrail:*:111111111111:trail/*" } }), "no"),
        (json!({ "StringEqualsIfExists": { "aws:SourceAccount": ACCOUNT } }), "yes"),
        (json!({ "ArnLikeIfExists": { "aws:SourceArn": trail } }), "yes"),
        (json!({ "ArnLike": { "aws:SourceArn": "arn:aws:cloudtrail:*:*:trail/*" } }), "yes"),
        (json!({ "StringNotEquals": { "aws:SourceAccount": "222222222222" } }), "yes"),
        (json!({ "Bool": { "aws:SecureTransport": "true" } }), "yes"),
    ] {
        assert_eq!(driven("cloudtrail.amazonaws.com", &condition).0, expected, "{condition}");
    }
}
