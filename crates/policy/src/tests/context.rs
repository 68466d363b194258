//! Facts E: the condition keys that say who calls, and which of them follow from the caller.

use serde_json::{Value, json};

use super::case::{ACCOUNT, ALICE, FEDERATED, ROLE, ROOT, SESSION, allows, anonymous, call, federated, service};

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
        (json!({ "StringNotEquals": { "aws:PrincipalAccount": "999999999999" } }), true),
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
        &[("aws:PrincipalArn", FEDERATED), ("aws:PrincipalType", "FederatedUser"), ("aws:username", "missing")],
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
