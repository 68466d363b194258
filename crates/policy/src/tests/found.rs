//! Where the engine had read a fact wrongly, found by asking the second opinion.

use serde_json::{Value, json};

use super::answer;

fn holds(condition: &Value, context: &Value) -> bool {
    let case = json!({ "id": "1", "op": "condition", "condition": condition, "context": context });
    answer(&case)["matches"].as_bool().unwrap()
}

/// Fact C9.
#[test]
fn bool_compares_truths_and_no_other_text() {
    let condition = json!({ "Bool": { "aws:SourceVpce": "vpce-1" } });
    assert!(!holds(&condition, &json!({ "aws:SourceVpce": "vpce-1" })));
    let condition = json!({ "Bool": { "aws:SecureTransport": "TRUE" } });
    assert!(holds(&condition, &json!({ "aws:SecureTransport": "true" })));
    assert!(!holds(&condition, &json!({ "aws:SecureTransport": "false" })));
}

/// Fact C8.
#[test]
fn few_digits_are_seconds_and_four_are_a_year() {
    let before = |policy: &str, request: &str| {
        holds(&json!({ "DateLessThan": { "aws:CurrentTime": policy } }), &json!({ "aws:CurrentTime": request }))
    };
    assert!(before("300", "10"));
    assert!(!before("10", "300"));
    assert!(before("1970-01-01T00:00:01Z", "-1"));
    assert!(before("2024", "2023-12-31T23:59:59Z"));
    assert!(!before("2024", "2024-01-01T00:00:00Z"));
}

/// Facts C12 and C14.
#[test]
fn a_set_needs_a_set_operator_even_where_it_holds_one_value() {
    let one = json!({ "aws:TagKeys": ["a"] });
    assert!(!holds(&json!({ "StringEquals": { "aws:TagKeys": "a" } }), &one));
    assert!(holds(&json!({ "StringNotEquals": { "aws:TagKeys": "a" } }), &one));
    assert!(holds(&json!({ "ForAnyValue:StringEquals": { "aws:TagKeys": "a" } }), &one));
    // A key of one value may be written as a list of one.
    assert!(holds(&json!({ "StringEquals": { "aws:username": "a" } }), &json!({ "aws:username": ["a"] })));
}

fn decide(principal: &str, resource_policy: &Value, more: &[(&str, Value)]) -> Value {
    let mut policies = json!({ "identity": "allow_all", "resource": resource_policy });
    for (layer, value) in more {
        policies[*layer] = value.clone();
    }
    let request = json!({ "principal": principal, "action": "s3:ListBucket", "resource": "arn:aws:s3:::b",
        "resource_account": "111111111111" });
    answer(&json!({ "id": "1", "op": "decide", "request": request, "policies": policies }))
}

fn public() -> Value {
    json!({ "Version": "2012-10-17",
        "Statement": { "Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*" } })
}

/// Fact A13.
#[test]
fn a_restricted_public_bucket_keeps_strangers_out_whatever_its_acl_says() {
    let acl = json!({ "ownership": "ObjectWriter", "grants": [{ "grantee": "AllUsers", "permission": "READ" }] });
    let restricted = json!({ "bucket": { "restrict_public_buckets": true } });
    let layers = [("acl", acl), ("block_public_access", restricted)];
    let answer = decide("arn:aws:iam::222222222222:user/u", &public(), &layers);
    assert_eq!((&answer["decision"], &answer["blocked_by"]), (&json!("implicit_deny"), &json!("block_public_access")));
    assert_eq!(decide("arn:aws:iam::111111111111:user/u", &public(), &layers)["decision"], "allow");
}

/// Fact F9.
#[test]
fn a_restricted_public_bucket_keeps_the_account_of_the_access_point() {
    let point = json!({ "arn": "arn:aws:s3:us-east-1:222222222222:accesspoint/ap", "account": "222222222222" });
    let restricted = json!({ "bucket": { "restrict_public_buckets": true } });
    let layers = [("access_point", point), ("block_public_access", restricted)];
    assert_eq!(decide("arn:aws:iam::222222222222:user/u", &public(), &layers)["decision"], "allow");
    let stranger = decide("arn:aws:iam::333333333333:user/u", &public(), &layers);
    assert_eq!(stranger["blocked_by"], "block_public_access");
}

#[test]
fn the_key_of_the_access_point_names_it_where_the_case_does_not() {
    let arn = "arn:aws:s3:us-east-1:111111111111:accesspoint/ap";
    let allows = |resource: &str| {
        let statement = json!({ "Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": resource });
        let point = json!({ "account": "111111111111", "policy": { "Statement": statement } });
        let request = json!({ "principal": { "type": "anonymous" }, "action": "s3:GetObject",
            "resource": "arn:aws:s3:::b/k", "resource_account": "111111111111",
            "context": { "s3:DataAccessPointArn": arn } });
        let policies = json!({ "access_point": point, "resource": public() });
        answer(&json!({ "id": "1", "op": "decide", "request": request, "policies": policies }))["decision"] == "allow"
    };
    assert!(allows(&format!("{arn}/object/*")));
    assert!(!allows(&format!("{arn}2/object/*")));
}

/// Fact F8.
#[test]
fn an_acl_may_lack_its_ownership_and_may_be_half_read() {
    let none = json!({ "Version": "2012-10-17", "Statement": [] });
    let decision = |acl: Value| decide("arn:aws:iam::222222222222:user/u", &none, &[("acl", acl)])["decision"].clone();
    let grants = json!([{ "grantee": "AllUsers", "permission": "READ" }]);
    assert_eq!(decision(json!({ "grants": grants })), "allow");
    assert_eq!(decision(json!({ "grants": grants, "ownership": "BucketOwnerEnforced" })), "implicit_deny");
    assert_eq!(decision(json!({ "grants": grants, "ownership": "unreadable" })), "unknown");
    assert_eq!(decision(json!({ "grants": "unreadable", "ownership": "ObjectWriter" })), "unknown");
}

/// Facts A8 and A9.
#[test]
fn an_access_point_of_another_account_or_one_that_delegates_needs_the_callers_own_policies_too() {
    let through = |account: &str, principal: Value, identity: Value| {
        let statement = json!({ "Effect": "Allow", "Principal": principal, "Action": "*", "Resource": "*" });
        let point = json!({ "arn": format!("arn:aws:s3:us-east-1:{account}:accesspoint/ap"), "account": account,
            "policy": { "Statement": statement } });
        let layers = [("access_point", point), ("identity", identity)];
        decide("arn:aws:iam::111111111111:user/u", &public(), &layers)["decision"].clone()
    };
    let everyone = || json!("*");
    let account = || json!({ "AWS": "111111111111" });
    assert_eq!(through("222222222222", everyone(), json!([])), "implicit_deny");
    assert_eq!(through("222222222222", everyone(), json!("allow_all")), "allow");
    assert_eq!(through("111111111111", account(), json!([])), "implicit_deny");
    assert_eq!(through("111111111111", account(), json!("allow_all")), "allow");
    assert_eq!(through("111111111111", everyone(), json!([])), "allow");
}

/// What could not be read may name any account, service or provider: each audience is asked by itself.
#[test]
fn a_policy_that_could_not_be_read_may_name_anybody() {
    use std::sync::Arc;

    use crate::{Answer, Audience, Question, Reading, ResourceKind, Target, reach};

    let unknown = |kind: ResourceKind, audience: Audience| {
        let target = Target {
            kind,
            arn: Some(
                if kind == ResourceKind::RoleTrust { "arn:aws:iam::111111111111:role/r" } else { "arn:aws:s3:::b" }
                    .to_owned(),
            ),
            account: "111111111111".to_owned(),
            policy: Reading::Unreadable,
            organization: Arc::new(crate::Organization { accounts_complete: true, ..Default::default() }),
            block_public_access: crate::BlockPublicAccess::default(),
            acl: Reading::Read(None),
            access_points: Vec::new(),
            rcp: Reading::Read(Vec::new()),
            trusted_accounts: std::collections::BTreeSet::new(),
        };
        let question =
            Question { target: Arc::new(target), audiences: vec![audience], actions: Vec::new(), given: Vec::new() };
        matches!(reach(&question).answers.as_slice(), [(_, Answer::Unknown(_))])
    };
    for audience in [Audience::Accounts, Audience::AwsServiceOfAnyone, Audience::AwsService] {
        assert!(unknown(ResourceKind::BucketPolicy, audience), "{audience:?}");
    }
    for audience in [Audience::Accounts, Audience::FederatedStranger, Audience::Federated, Audience::AwsService] {
        assert!(unknown(ResourceKind::RoleTrust, audience), "{audience:?}");
    }
}

/// Fact A10.
#[test]
fn a_trust_policy_must_allow_every_call_on_its_role() {
    let case = json!({ "id": "1", "op": "reach", "kind": "role_trust", "policy": null, "account": "111111111111",
        "resource": "arn:aws:iam::111111111111:role/T" });
    assert_eq!(answer(&case)["audiences"], json!([]));
    let request = json!({ "principal": "arn:aws:iam::111111111111:user/u", "action": "sts:TagSession",
        "resource": "arn:aws:iam::111111111111:role/T" });
    let case = json!({ "id": "1", "op": "decide", "request": request, "policies": { "identity": "allow_all" } });
    assert_eq!(answer(&case)["decision"], "implicit_deny");
}

/// Fact E2: a trusted account need not belong to the organisation.
#[test]
fn a_trusted_account_outside_the_organisation_gets_in_where_its_members_do_not() {
    let policy = json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Principal": "*",
        "Action": "s3:GetObject", "Resource": "*", "Condition": { "StringNotEquals": { "aws:PrincipalOrgID": "o-a" } } } });
    let case = json!({ "id": "1", "op": "reach", "kind": "bucket_policy", "policy": policy, "account": "111111111111",
        "organization": { "id": "o-a", "accounts": ["111111111111", "333333333333"] },
        "trusted_accounts": ["444444444444"] });
    let audiences = answer(&case)["audiences"].clone();
    assert!(audiences.as_array().unwrap().contains(&json!("organization")), "{audiences}");
}

/// Fact B7: the search went round and round with a session of a denied role, and gave up on everyone after it.
#[test]
fn a_session_does_not_escape_a_deny_of_its_role() {
    let policy = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Deny", "Principal": { "AWS": "arn:aws:iam::111111111111:role/R" }, "Action": "*", "Resource": "*" },
        { "Effect": "Allow", "Principal": { "AWS": "arn:aws:sts::111111111111:assumed-role/R/s" }, "Action": "*",
          "Resource": "*" }] });
    let case = json!({ "id": "1", "op": "reach", "kind": "bucket_policy", "policy": policy, "account": "111111111111",
        "resource": "arn:aws:s3:::b" });
    assert_eq!(answer(&case)["audiences"], json!(["same_account"]));
}

/// Fact A3: who is let in by everyone's Allow may be named by the guardrail alone.
#[test]
fn an_account_that_a_resource_control_policy_spares_gets_in() {
    let rcp = json!({ "Version": "2012-10-17", "Statement": { "Effect": "Deny", "Principal": "*", "Action": "*",
        "Resource": "*", "Condition": { "StringNotEquals": { "aws:PrincipalAccount": "333333333333" } } } });
    let case = json!({ "id": "1", "op": "reach", "kind": "bucket_policy", "policy": public(), "rcp": [[rcp]],
        "account": "111111111111", "resource": "arn:aws:s3:::b" });
    let found = answer(&case);
    assert_eq!((&found["reachable_by_outsider"], &found["accounts"]), (&json!("yes"), &json!(["333333333333"])));
}

/// Fact F1: the name of an access point may be a pattern, whatever the operator.
#[test]
fn the_name_of_an_access_point_may_be_wild_under_string_equals_too() {
    let status = |arn: &str| {
        let statement = json!({ "Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*",
            "Condition": { "StringEquals": { "s3:DataAccessPointArn": arn } } });
        let policy = json!({ "Version": "2012-10-17", "Statement": statement });
        answer(&json!({ "id": "1", "op": "status", "policy": policy }))["s3_policy_status"].clone()
    };
    assert_eq!(status("arn:aws:s3:us-east-1:111111111111:accesspoint/*"), "not_public");
    assert_eq!(status("arn:aws:s3:us-east-1:*:accesspoint/ap"), "public");
}
