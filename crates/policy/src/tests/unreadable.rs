//! What could not be read is open as it can be once and tight once: the answer is unknown only where that matters.

use serde_json::{Value, json};

use super::case::{
    ACCOUNT, ALICE, BUCKET, MALLORY, SESSION, allows, anonymous, call, denies, joined, reaches, service,
};

/// Calls and policies of which one layer was not readable, and the decision; `None` = unknown, for that layer.
fn check(layer: &str, rows: Vec<(Value, &str, Value, Option<&str>)>) {
    for (who, action, policies, expected) in rows {
        let call = call(who.clone()).does(action);
        let answer = call.asked(&policies);
        assert_eq!(call.under(&policies), expected.unwrap_or("unknown"), "{who} under {policies}");
        let doubts: Vec<&Value> =
            answer["unknown_because"].as_array().unwrap().iter().map(|doubt| &doubt["layer"]).collect();
        let expected = if expected.is_none() { vec![&json!(layer)] == doubts } else { doubts.is_empty() };
        assert!(expected, "{answer} to {policies}");
        if answer["decision"] == "unknown" {
            assert_eq!(answer["unknown_because"][0]["code"], "unreadable");
        }
    }
}

const GET: &str = "s3:GetObject";

fn unread() -> Value {
    json!("unreadable")
}

#[test]
fn an_identity_policy_matters_where_nothing_else_decides() {
    let open = || allows!("Principal": "*");
    for identity in [unread(), json!([allows!("Action": "ec2:*"), "unreadable"])] {
        check(
            "identity",
            vec![
                (json!(ALICE), GET, json!({ "identity": identity }), None),
                // It may hold a Deny.
                (json!(ALICE), GET, json!({ "identity": identity, "resource": open() }), None),
                (
                    json!(ALICE),
                    GET,
                    json!({ "identity": identity, "scp": [[denies!()]] }),
                    Some("explicit_deny by scp"),
                ),
                (json!(ALICE), GET, json!({ "identity": identity, "boundary": [] }), Some("implicit_deny by boundary")),
                (json!(MALLORY), GET, json!({ "identity": identity }), Some("implicit_deny by resource")),
                (anonymous(), GET, json!({ "identity": identity, "resource": open() }), Some("allow")),
                (
                    service("config.amazonaws.com"),
                    GET,
                    json!({ "identity": identity, "resource": open() }),
                    Some("allow"),
                ),
            ],
        );
    }
    check(
        "identity",
        vec![(json!(ALICE), GET, json!({ "identity": [denies!(), "unreadable"] }), Some("explicit_deny by identity"))],
    );
}

#[test]
fn a_boundary_and_a_session_policy_matter_where_the_rest_allows() {
    for layer in ["boundary", "session"] {
        let with = |mut policies: Value| {
            policies[layer] = unread();
            policies
        };
        check(
            layer,
            vec![
                (json!(SESSION), GET, with(json!({ "identity": [allows!()] })), None),
                (json!(SESSION), GET, with(json!({ "resource": allows!("Principal": { "AWS": SESSION }) })), None),
                (json!(SESSION), GET, with(json!({})), Some("implicit_deny by identity")),
                (json!(SESSION), GET, with(json!({ "identity": [denies!()] })), Some("explicit_deny by identity")),
                (anonymous(), GET, with(json!({ "resource": allows!("Principal": "*") })), Some("allow")),
            ],
        );
    }
}

#[test]
fn a_resource_policy_matters_unless_something_denies() {
    check(
        "resource",
        vec![
            (json!(ALICE), GET, json!({ "resource": unread() }), None),
            (json!(ALICE), GET, json!({ "resource": unread(), "identity": [allows!()] }), None),
            (json!(MALLORY), GET, json!({ "resource": unread(), "identity": "allow_all" }), None),
            (anonymous(), GET, json!({ "resource": unread() }), None),
            (json!(MALLORY), GET, json!({ "resource": unread() }), Some("implicit_deny by identity")),
            (
                json!(ALICE),
                GET,
                json!({ "resource": unread(), "identity": [denies!()] }),
                Some("explicit_deny by identity"),
            ),
            (
                anonymous(),
                GET,
                json!({ "resource": unread(), "rcp": [[denies!("Principal": "*")]] }),
                Some("explicit_deny by rcp"),
            ),
        ],
    );
}

#[test]
fn guardrails_and_endpoint_policies_matter_where_they_judge() {
    let own = || json!([allows!()]);
    let open = || allows!("Principal": "*");
    for levels in [unread(), json!([[allows!()], "unreadable"]), json!([[allows!(), "unreadable"]])] {
        check(
            "scp",
            vec![
                (json!(ALICE), GET, json!({ "scp": levels, "identity": own() }), None),
                (json!(ALICE), GET, json!({ "scp": levels }), Some("implicit_deny by identity")),
                (anonymous(), GET, json!({ "scp": levels, "resource": open() }), Some("allow")),
            ],
        );
    }
    check(
        "scp",
        vec![(
            json!(ALICE),
            GET,
            json!({ "scp": [[], "unreadable"], "identity": own() }),
            Some("implicit_deny by scp"),
        )],
    );
    check(
        "rcp",
        vec![
            (json!(ALICE), GET, json!({ "rcp": unread(), "identity": own() }), None),
            (anonymous(), GET, json!({ "rcp": unread(), "resource": open() }), None),
            (anonymous(), GET, json!({ "rcp": unread() }), Some("implicit_deny by resource")),
            (json!(ALICE), "iam:GetUser", json!({ "rcp": unread(), "identity": own() }), Some("allow")),
            (json!(ALICE), "kms:RetireGrant", json!({ "rcp": unread(), "identity": own() }), Some("allow")),
        ],
    );
    check(
        "endpoint",
        vec![
            (json!(ALICE), GET, json!({ "endpoint": unread(), "identity": own() }), None),
            (anonymous(), GET, json!({ "endpoint": unread(), "resource": open() }), None),
            (json!(ALICE), GET, json!({ "endpoint": unread() }), Some("implicit_deny by identity")),
        ],
    );
}

#[test]
fn block_public_access_matters_where_a_policy_or_an_acl_is_public() {
    let open = || allows!("Principal": "*");
    let public_acl =
        json!({ "ownership": "ObjectWriter", "grants": [{ "grantee": "AllUsers", "permission": "READ" }] });
    for block in [unread(), json!({ "account": "unreadable" }), json!({ "bucket": "unreadable" })] {
        let with = |mut policies: Value| {
            policies["block_public_access"] = block.clone();
            policies
        };
        let foreign = allows!("Principal": { "AWS": MALLORY });
        check(
            "block_public_access",
            vec![
                (anonymous(), GET, with(json!({ "resource": open() })), None),
                (json!(MALLORY), GET, with(json!({ "resource": open(), "identity": "allow_all" })), None),
                (anonymous(), "s3:ListBucket", with(json!({ "acl": public_acl })), None),
                (anonymous(), GET, with(json!({ "acl": public_acl })), Some("implicit_deny by resource")),
                (json!(ALICE), GET, with(json!({ "resource": open() })), Some("allow")),
                (json!(MALLORY), GET, with(json!({ "resource": foreign, "identity": "allow_all" })), Some("allow")),
                (service("config.amazonaws.com"), GET, with(json!({ "resource": open() })), Some("allow")),
            ],
        );
    }
    let on = json!({ "account": { "restrict_public_buckets": true }, "bucket": "unreadable" });
    let known = json!({ "resource": open(), "block_public_access": on });
    check("block_public_access", vec![(anonymous(), GET, known, Some("implicit_deny by block_public_access"))]);
}

#[test]
fn an_acl_matters_where_no_policy_allows() {
    let open = || allows!("Principal": "*");
    let ignored = json!({ "bucket": { "ignore_public_acls": true } });
    check(
        "acl",
        vec![
            (anonymous(), "s3:ListBucket", json!({ "acl": unread() }), None),
            (json!(MALLORY), "s3:ListBucket", json!({ "acl": unread(), "identity": "allow_all" }), None),
            (json!(MALLORY), "s3:ListBucket", json!({ "acl": unread() }), Some("implicit_deny by identity")),
            (anonymous(), "s3:ListBucket", json!({ "acl": unread(), "resource": open() }), Some("allow")),
            (anonymous(), "sqs:SendMessage", json!({ "acl": unread() }), Some("implicit_deny by resource")),
            (
                anonymous(),
                "s3:ListBucket",
                json!({ "acl": unread(), "block_public_access": ignored }),
                Some("implicit_deny by resource"),
            ),
        ],
    );
}

#[test]
fn an_access_point_matters_where_its_bucket_allows() {
    let open = || allows!("Principal": "*");
    let point = |policy: Value| json!({ "account": ACCOUNT, "policy": policy });
    let shut = joined(&[open(), denies!("Principal": "*")]);
    check(
        "access_point",
        vec![
            (
                json!(MALLORY),
                GET,
                json!({ "identity": "allow_all", "resource": open(), "access_point": point(unread()) }),
                None,
            ),
            (
                json!(MALLORY),
                GET,
                json!({ "identity": "allow_all", "access_point": point(unread()) }),
                Some("implicit_deny by resource"),
            ),
            (
                json!(MALLORY),
                GET,
                json!({ "identity": "allow_all", "resource": shut, "access_point": point(unread()) }),
                Some("explicit_deny by resource"),
            ),
        ],
    );
    let all = json!({ "identity": "allow_all", "resource": open(), "access_point": "unreadable" });
    assert_eq!(call(MALLORY).under(&all), "unknown");
}

/// The verdict, the layers and codes of the doubts, and what the answer holds unless it is stopped by.
fn reached(mut case: Value) -> (String, Vec<Value>, Value) {
    case["kind"] = json!("bucket_policy");
    case["resource"] = json!(BUCKET);
    let reached = reaches(case);
    let doubts = reached["unknown_because"].as_array().cloned().unwrap_or_default();
    let codes = doubts.into_iter().map(|doubt| json!([doubt["code"], doubt["layer"]])).collect();
    (reached["reachable_by_outsider"].as_str().unwrap().to_owned(), codes, reached["unless"].clone())
}

#[test]
fn a_question_about_everybody_has_the_same_two_readings() {
    let open = || allows!("Principal": "*");
    let readable = || allows!("Principal": "*", "Action": "s3:GetObject");
    let foreign = || allows!("Principal": { "AWS": MALLORY });
    let rcp = || json!([[denies!("Principal": "*")]]);
    let ignored = json!({ "account": { "ignore_public_acls": true } });
    let restricted = json!({ "account": { "restrict_public_buckets": true }, "bucket": "unreadable" });
    for (case, outside, doubt) in [
        (json!({ "policy": unread() }), "unknown", Some(json!(["unreadable", "resource"]))),
        (json!({ "policy": unread(), "rcp": rcp() }), "no", None),
        (
            json!({ "policy": readable(), "block_public_access": unread() }),
            "unknown",
            Some(json!(["unreadable", "block_public_access"])),
        ),
        // A service of anybody's comes in either way (fact A13).
        (json!({ "policy": open(), "block_public_access": unread() }), "yes", None),
        (json!({ "policy": foreign(), "block_public_access": unread() }), "yes", None),
        (json!({ "policy": readable(), "block_public_access": restricted }), "no", None),
        (json!({ "policy": null, "block_public_access": unread() }), "no", None),
        (json!({ "policy": null, "acl": unread() }), "unknown", Some(json!(["unreadable", "acl"]))),
        (json!({ "policy": open(), "acl": unread() }), "yes", None),
        (json!({ "policy": null, "acl": unread(), "block_public_access": ignored }), "no", None),
        (json!({ "policy": null, "access_points": unread() }), "no", None),
        (json!({ "policy": open(), "access_points": unread() }), "yes", None),
        (
            json!({ "policy": foreign(), "organization": unread() }),
            "unknown",
            Some(json!(["organization_unknown", null])),
        ),
        (json!({ "policy": open(), "organization": unread() }), "yes", None),
        (json!({ "policy": allows!("Principal": { "AWS": ACCOUNT }), "organization": unread() }), "no", None),
    ] {
        let (verdict, doubts, unless) = reached(case.clone());
        assert_eq!(verdict, outside, "{case}");
        assert_eq!(doubts, Vec::from_iter(doubt), "{case}");
        assert_eq!(unless, json!([]), "{case}");
    }
}

#[test]
fn an_unread_access_point_matters_where_the_bucket_delegates() {
    let delegates =
        allows!("Principal": "*", "Condition": { "StringEquals": { "s3:DataAccessPointAccount": ACCOUNT } });
    let point = |policy: Value| json!([{ "arn": "arn:aws:s3:us-east-1:111111111111:accesspoint/p", "account": ACCOUNT, "policy": policy }]);
    for (points, outside) in [
        (point(unread()), "unknown"),
        (point(allows!("Principal": "*")), "yes"),
        (point(json!(null)), "no"),
        (json!([]), "no"),
    ] {
        assert_eq!(reached(json!({ "policy": delegates, "access_points": points })).0, outside, "{points}");
    }
}

#[test]
fn an_unread_resource_control_policy_leaves_a_yes_a_yes_and_says_so() {
    for (policy, outside) in [
        (allows!("Principal": "*"), "yes"),
        (allows!("Principal": { "AWS": MALLORY }), "yes"),
        (joined(&[allows!("Principal": "*"), denies!("Principal": "*")]), "no"),
        (unread(), "unknown"),
    ] {
        for rcp in [unread(), json!([[], "unreadable"]), json!([["unreadable"]])] {
            let (verdict, _, unless) = reached(json!({ "policy": policy, "rcp": rcp }));
            assert_eq!(verdict, outside, "{policy} under {rcp}");
            assert!(outside != "yes" || unless == json!(["rcp"]), "{policy} under {rcp}");
        }
        let (_, _, known) = reached(json!({ "policy": policy, "rcp": [[]] }));
        assert_eq!(known, json!([]), "{policy}");
    }
    // What was read and closes it is lost with the rest: it is not called closed.
    let half = json!({ "policy": allows!("Principal": "*"), "rcp": [[denies!("Principal": "*")], "unreadable"] });
    assert_eq!(reached(half).0, "yes");
}
