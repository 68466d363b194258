//! Each row of the audience table, from both sides; every witness is fed back to the evaluator by [`reaches`].

use serde_json::{Value, json};

use super::case::{ACCOUNT, ALICE, BUCKET, MALLORY, allows, denies, joined, reaches};

const OURS: &str = "333333333333";

/// A bucket in an organisation of two accounts, with one more that is trusted.
fn bucket(policy: Value) -> Value {
    json!({
        "kind": "bucket_policy", "policy": policy, "resource": BUCKET,
        "organization": { "id": "o-own", "accounts": [ACCOUNT, OURS] }, "trusted_accounts": ["555555555555"],
    })
}

fn held_to(condition: Value) -> Value {
    bucket(allows!("Principal": "*", "Condition": condition))
}

fn trust(principal: Value, condition: Value) -> Value {
    let policy = allows!("Principal": principal, "Condition": condition, "Resource": null, "Action": "sts:*");
    let mut case = bucket(policy);
    case["kind"] = json!("role_trust");
    case["resource"] = json!("arn:aws:iam::111111111111:role/R");
    case
}

/// Whether an outsider gets in, and who does, widest first.
fn check(rows: Vec<(Value, &str, &[&str])>) {
    for (case, outside, audiences) in rows {
        let reached = reaches(case.clone());
        assert_eq!(reached["reachable_by_outsider"], outside, "{reached} to {case}");
        assert_eq!(reached["audiences"], json!(audiences), "{reached} to {case}");
        let first = audiences.first().copied().unwrap_or("none");
        assert_eq!(reached["audience"], first, "{reached} to {case}");
    }
}

const SIGNED: &[&str] = &["any_aws_account", "organization", "same_account"];
const INSIDE: &[&str] = &["organization", "same_account"];
const OWN: &[&str] = &["same_account"];

#[test]
fn anyone_is_who_need_not_sign() {
    let all: &[&str] = &["anyone", "any_aws_account", "aws_service_of_anyone", "organization", "same_account"];
    let unsigned = denies!("Principal": "*", "Condition": { "Null": { "aws:PrincipalArn": "true" } });
    check(vec![
        (bucket(allows!("Principal": "*")), "yes", all),
        (bucket(allows!("Principal": { "AWS": "*" })), "yes", all),
        (bucket(joined(&[allows!("Principal": "*"), unsigned])), "yes", SIGNED),
        // The owner's root user can mend the policy (fact A1).
        (bucket(joined(&[allows!("Principal": "*"), denies!("Principal": "*")])), "no", OWN),
        (bucket(json!(null)), "no", OWN),
    ]);
    let capped = |rcp: Value| {
        let mut case = bucket(allows!("Principal": "*"));
        case["rcp"] = json!([[rcp]]);
        case
    };
    let outside = json!({ "StringNotEqualsIfExists": { "aws:PrincipalOrgID": "o-own" } });
    let outside_or_unsigned = json!({ "StringNotEquals": { "aws:PrincipalOrgID": "o-own" } });
    check(vec![
        (capped(denies!("Principal": "*", "Condition": outside_or_unsigned)), "no", INSIDE),
        (capped(denies!("Principal": "*", "Condition": outside)), "no", INSIDE),
        (capped(denies!("Principal": "*", "Action": "s3:Put*")), "yes", all),
    ]);
}

#[test]
fn any_aws_account_is_who_must_sign_and_nothing_more() {
    check(vec![
        (held_to(json!({ "Null": { "aws:PrincipalArn": "false" } })), "yes", SIGNED),
        (held_to(json!({ "StringLike": { "aws:PrincipalArn": "*" } })), "yes", SIGNED),
        (held_to(json!({ "StringEquals": { "aws:PrincipalOrgID": "o-own" } })), "no", INSIDE),
        (held_to(json!({ "StringEquals": { "aws:PrincipalAccount": ACCOUNT } })), "no", OWN),
    ]);
}

/// A federated user is known by an ARN of STS and an id that ends in its name (fact E2), and assumes no role.
#[test]
fn a_federated_user_is_one_of_its_account() {
    let federated = |name: &str| format!("arn:aws:sts::999999999999:federated-user/{name}");
    for (condition, name) in [
        (
            json!({ "StringNotLike": { "aws:PrincipalArn": "arn:aws:iam::*" }, "Null": { "aws:PrincipalArn": "false" } }),
            "alice",
        ),
        (json!({ "StringLike": { "aws:PrincipalArn": "arn:aws:sts::*:federated-user/ci-*" } }), "ci-"),
        (json!({ "StringEquals": { "aws:PrincipalType": "FederatedUser" } }), "alice"),
        (
            json!({ "StringEquals": { "aws:PrincipalType": "FederatedUser" }, "StringLike": { "aws:userid": "*:bob" } }),
            "bob",
        ),
    ] {
        let signed = reaches(held_to(condition.clone()));
        assert_eq!(signed["audiences"], json!(SIGNED), "{condition}");
        assert_eq!(signed["witness"]["principal"], federated(name), "{condition}");
        let trusted = trust(json!("*"), condition.clone());
        check(vec![(trusted, "no", &[])]);
    }
    // Nobody has two names, and what could be no name of one names none.
    check(vec![
        (
            held_to(json!({ "StringLike": { "aws:PrincipalArn": "*:federated-user/ci", "aws:userid": "*:bob" } })),
            "no",
            OWN,
        ),
        (held_to(json!({ "StringLike": { "aws:PrincipalArn": "arn:aws:sts::*:federated-user/ci/x" } })), "no", OWN),
        (
            held_to(json!({ "StringEquals": { "aws:PrincipalType": "FederatedUser" },
                "Bool": { "aws:MultiFactorAuthPresent": "true" } })),
            "no",
            OWN,
        ),
    ]);
}

/// Who is named on another way in is tried here too, and stands for nobody who has MFA.
#[test]
fn a_federated_user_does_not_stand_for_those_with_mfa() {
    for account in ["444444444444", ACCOUNT] {
        let with_mfa = json!({ "Bool": { "aws:MultiFactorAuthPresent": "true" } });
        let without = json!({ "BoolIfExists": { "aws:MultiFactorAuthPresent": "false" } });
        let theirs = allows!("Principal": { "AWS": account }, "Condition": with_mfa);
        let mut case = bucket(joined(&[theirs, denies!("Principal": "*", "Condition": without)]));
        let token = format!("arn:aws:sts::{account}:federated-user/ci");
        case["access_points"] = json!([{
            "arn": format!("arn:aws:s3:eu-west-1:{ACCOUNT}:accesspoint/p"), "account": ACCOUNT,
            "policy": allows!("Principal": { "AWS": token }, "Action": "s3:GetObject"),
        }]);
        let audience = if account == ACCOUNT { "same_account" } else { "accounts" };
        let reached = reaches(case);
        assert!(reached["audiences"].as_array().unwrap().contains(&json!(audience)), "{reached}");
    }
}

/// Fact A8: whoever names a user names the federated user of that name.
#[test]
fn a_federated_user_gets_in_by_the_name_of_its_user() {
    let only = json!({ "StringEquals": { "aws:PrincipalType": "FederatedUser" } });
    let mallory = || json!({ "AWS": "arn:aws:iam::444444444444:user/team/mallory" });
    let token = "arn:aws:sts::444444444444:federated-user/mallory";
    let named = reaches(bucket(allows!("Principal": mallory(), "Condition": only.clone())));
    assert_eq!((&named["audience"], &named["witness"]["principal"]), (&json!("accounts"), &json!(token)));
    // And whoever denies one, denies the other; those of other names get in.
    let account = || json!({ "AWS": "444444444444" });
    for denied in [mallory(), json!({ "AWS": token })] {
        let policies = [
            allows!("Principal": account(), "Condition": { "StringLike": { "aws:PrincipalArn": "*:federated-user/mallor*" } }),
            denies!("Principal": denied),
        ];
        let beside = reaches(bucket(joined(&policies)));
        assert_eq!(beside["audience"], "accounts", "{denied}");
        assert_ne!(beside["witness"]["principal"], token, "{denied}");
    }
}

/// However many accounts a policy keeps out, there are others.
#[test]
fn a_stranger_is_found_beside_all_accounts_of_one_digit() {
    let plain: Vec<String> = (1..=9).map(|digit: u8| digit.to_string().repeat(12)).collect();
    let signed =
        json!({ "StringNotEquals": { "aws:PrincipalAccount": plain }, "Null": { "aws:PrincipalArn": "false" } });
    check(vec![(held_to(signed), "yes", &["any_aws_account", "same_account"])]);
}

#[test]
fn anyone_in_network_is_who_comes_from_what_is_spelled_out() {
    let network = "anyone_in_network";
    for condition in [
        json!({ "IpAddress": { "aws:SourceIp": "198.51.100.0/24" } }),
        json!({ "StringEquals": { "aws:SourceVpce": "vpce-1" } }),
        json!({ "StringEquals": { "aws:SourceVpc": ["vpc-1", "vpc-2"] } }),
    ] {
        let reached = reaches(held_to(condition.clone()));
        assert_eq!(reached["reachable_by_outsider"], "yes", "{condition}");
        assert_eq!(reached["audience"], network, "{condition}");
    }
    // Nobody is let in for being in a network where none is spelled out, or where it takes more than that.
    for (condition, audience) in [
        (json!({ "IpAddress": { "aws:SourceIp": ["0.0.0.0/0", "::/0"] } }), "anyone"),
        (
            json!({ "IpAddress": { "aws:SourceIp": "198.51.100.0/24" }, "StringEquals": { "aws:PrincipalOrgID": "o-own" } }),
            "organization",
        ),
    ] {
        let reached = reaches(held_to(condition.clone()));
        assert_eq!(reached["audience"], audience, "{condition}");
        assert!(!reached["audiences"].as_array().unwrap().contains(&json!(network)), "{reached} to {condition}");
    }
}

const GITHUB: &str = "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com";

#[test]
fn a_federated_stranger_is_whoever_gets_a_token_of_a_provider_of_many() {
    let sub = |pattern: &str| json!({ "StringLike": { "token.actions.githubusercontent.com:sub": pattern } });
    let github = || json!({ "Federated": GITHUB });
    check(vec![
        (trust(github(), json!({})), "yes", &["federated_stranger", "federated"]),
        (trust(github(), sub("repo:*")), "yes", &["federated_stranger", "federated"]),
        (trust(github(), sub("repo:acme/app:*")), "yes", &["federated"]),
        (
            trust(
                json!({ "Federated": "arn:aws:iam::111111111111:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/ABC" }),
                json!({}),
            ),
            "yes",
            &["federated"],
        ),
    ]);
}

#[test]
fn accounts_are_those_that_nobody_vouches_for() {
    let foreign: &[&str] = &["accounts"];
    check(vec![
        (bucket(allows!("Principal": { "AWS": "444444444444" })), "yes", &["accounts", "same_account"]),
        (bucket(allows!("Principal": { "AWS": "555555555555" })), "no", INSIDE),
        (bucket(allows!("Principal": { "AWS": OURS })), "no", INSIDE),
        (bucket(allows!("Principal": { "AWS": ACCOUNT })), "no", OWN),
        (trust(json!({ "AWS": "444444444444" }), json!({})), "yes", foreign),
        (trust(json!({ "AWS": "555555555555" }), json!({})), "no", &["organization"]),
    ]);
    let several =
        bucket(allows!("Principal": { "AWS": [MALLORY, "666666666666", OURS, "arn:aws:iam::222222222222:role/R"] }));
    assert_eq!(reaches(several)["accounts"], json!(["222222222222", "444444444444", "666666666666"]));
    let by_condition = held_to(json!({ "StringEquals": { "aws:PrincipalAccount": "444444444444" } }));
    assert_eq!(reaches(by_condition)["accounts"], json!(["444444444444"]));
    assert_eq!(reaches(bucket(allows!("Principal": { "AWS": OURS })))["accounts"], json!([]));
}

#[test]
fn federated_identities_are_those_of_a_provider_of_our_own() {
    let saml = json!({ "Federated": "arn:aws:iam::111111111111:saml-provider/Corp" });
    let aud = |value: &str| json!({ "StringEquals": { "SAML:aud": value } });
    check(vec![
        (trust(saml.clone(), aud("https://signin.aws.amazon.com/saml")), "yes", &["federated"]),
        (trust(saml.clone(), json!({})), "yes", &["federated"]),
        (
            trust(
                saml,
                json!({ "Bool": { "aws:SecureTransport": ["true", "x"] }, "StringEquals": { "aws:PrincipalOrgID": "o-own" } }),
            ),
            "no",
            &[],
        ),
        (trust(json!({ "AWS": ALICE }), json!({})), "no", OWN),
    ]);
}

#[test]
fn an_aws_service_is_of_anyone_unless_its_source_is_ours() {
    let by = |service: &str, condition: Value| {
        bucket(allows!("Principal": { "Service": service }, "Action": "s3:PutObject", "Condition": condition))
    };
    let cloudtrail = |condition: Value| by("cloudtrail.amazonaws.com", condition);
    let ours: &[&str] = &["aws_service", "same_account"];
    let theirs: &[&str] = &["aws_service_of_anyone", "aws_service", "same_account"];
    check(vec![
        (cloudtrail(json!({})), "yes", theirs),
        (cloudtrail(json!({ "StringEquals": { "aws:SourceAccount": ACCOUNT } })), "no", ours),
        (by("logging.s3.amazonaws.com", json!({})), "no", ours),
        // A service calls from no address and through no network of anybody's (fact E3).
        (cloudtrail(json!({ "IpAddress": { "aws:SourceIp": "198.51.100.0/24" } })), "no", OWN),
        (cloudtrail(json!({ "StringLike": { "aws:SourceVpc": "*" } })), "no", OWN),
    ]);
}

#[test]
fn the_organization_is_its_other_accounts() {
    check(vec![
        (bucket(allows!("Principal": { "AWS": OURS })), "no", INSIDE),
        (held_to(json!({ "StringEquals": { "aws:PrincipalOrgID": "o-own" } })), "no", INSIDE),
        (
            held_to(json!({ "StringEquals": { "aws:PrincipalOrgID": "o-own", "aws:PrincipalAccount": ACCOUNT } })),
            "no",
            OWN,
        ),
    ]);
    let path = |pattern: &str| held_to(json!({ "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": pattern } }));
    check(vec![
        (path("o-own/r-root/ou-*"), "no", INSIDE),
        (path("o-own/*"), "no", INSIDE),
        (path("o-own/x-*"), "no", OWN),
        (path("*"), "yes", &["any_aws_account", "accounts", "organization", "same_account"]),
    ]);
    let strange = reaches(held_to(json!({ "StringEquals": { "aws:PrincipalOrgID": "o-other" } })));
    assert_eq!((&strange["reachable_by_outsider"], &strange["audience"]), (&json!("yes"), &json!("accounts")));
}

#[test]
fn the_same_account_gets_in_by_its_own_policies() {
    check(vec![
        (bucket(json!(null)), "no", OWN),
        (bucket(allows!("Principal": { "AWS": ALICE })), "no", OWN),
        (trust(json!({ "AWS": ACCOUNT }), json!({})), "no", OWN),
        (trust(json!({ "Service": "lambda.amazonaws.com" }), json!({})), "no", &["aws_service"]),
        (
            trust(
                json!({ "Service": "ec2.amazonaws.com" }),
                json!({ "StringEquals": { "aws:PrincipalAccount": ACCOUNT } }),
            ),
            "no",
            &[],
        ),
    ]);
}

/// Who gets in that no document names as a caller: access points of another account, which only it can list (fact F9), and a
/// canonical user, whose account cannot be seen.
#[test]
fn accounts_that_nobody_names_are_a_doubt() {
    let delegates = |account: &str| held_to(json!({ "StringEquals": { "s3:DataAccessPointAccount": account } }));
    let canonical = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be";
    let blocked = {
        let policy = joined(&[delegates("999999999999")["policy"].clone(), denies!("Principal": "*")]);
        bucket(policy)
    };
    for (case, code) in [
        (delegates("999999999999"), Some("foreign_access_point")),
        (delegates(ACCOUNT), None),
        (delegates(OURS), None),
        (delegates("555555555555"), None),
        (blocked, None),
        (bucket(allows!("Principal": { "CanonicalUser": canonical })), Some("canonical_user")),
    ] {
        let reached = reaches(case.clone());
        let codes: Vec<&str> = reached["unknown_because"]
            .as_array()
            .map(|reasons| reasons.iter().filter_map(|reason| reason["code"].as_str()).collect())
            .unwrap_or_default();
        assert_eq!(codes, code.into_iter().collect::<Vec<_>>(), "{reached} to {case}");
        let expected = if code.is_some() { "unknown" } else { "no" };
        assert_eq!(reached["reachable_by_outsider"], expected, "{reached} to {case}");
    }
}

/// A tag is any text, so it may be an address too, where a condition compares it as one.
#[test]
fn a_tag_may_be_an_address() {
    let tag = "aws:PrincipalTag/desk";
    let within = |net: &str| ("IpAddress".to_owned(), json!({ tag: net }));
    let outside = |net: &str| ("NotIpAddress".to_owned(), json!({ tag: net }));
    for (conditions, expected) in [
        (vec![within("203.0.113.0/24")], "yes"),
        (vec![within("203.0.113.0/24"), outside("203.0.113.0/25")], "yes"),
        (vec![within("203.0.113.0/24"), outside("203.0.0.0/16")], "no"),
    ] {
        let reached = reaches(held_to(conditions.into_iter().collect()));
        assert_eq!(reached["reachable_by_outsider"], expected, "{reached}");
    }
}

/// Time goes on by itself, so a date that is past or to come closes nothing; two that exclude each other do.
#[test]
fn a_date_is_waited_for() {
    let between = |from: &str, to: &str| {
        held_to(json!({ "DateGreaterThan": { "aws:CurrentTime": from }, "DateLessThan": { "aws:CurrentTime": to } }))
    };
    let all: &[&str] = &["anyone", "any_aws_account", "aws_service_of_anyone", "organization", "same_account"];
    check(vec![
        (held_to(json!({ "DateGreaterThan": { "aws:CurrentTime": "2099-01-01T00:00:00Z" } })), "yes", all),
        (held_to(json!({ "NumericGreaterThan": { "aws:EpochTime": "4102444800" } })), "yes", all),
        (held_to(json!({ "Null": { "aws:CurrentTime": "true" } })), "no", OWN),
        (between("2030-01-01T00:00:00Z", "2031-01-01T00:00:00Z"), "yes", all),
        (between("2031-01-01T00:00:00Z", "2030-01-01T00:00:00Z"), "no", OWN),
    ]);
}

/// An endpoint belongs to an account: to one that is spelled out, or to any stranger's.
#[test]
fn an_endpoint_is_of_some_account() {
    for account in ["999999999999", "444444444444"] {
        let reached = reaches(held_to(json!({ "StringEquals": { "aws:VpceAccount": account } })));
        assert_eq!(reached["reachable_by_outsider"], "yes", "{reached}");
        assert_eq!(reached["witness"]["context"]["aws:vpceaccount"], account, "{reached}");
    }
}
