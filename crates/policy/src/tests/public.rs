//! Facts F: what S3 calls public, and what Block Public Access, ACLs and access points do about it.

use serde_json::{Value, json};

use super::case::{
    ACCOUNT, ALICE, BUCKET, MALLORY, ROLE, SESSION, allows, anonymous, ask, call, denies, joined, of_2008, reaches,
    service,
};

fn status(policy: &Value) -> Value {
    ask(&json!({ "op": "status", "policy": policy, "account": ACCOUNT }))
}

fn is_public(policy: &Value) -> bool {
    match status(policy)["s3_policy_status"].as_str().unwrap() {
        "public" => true,
        "not_public" => false,
        other => panic!("{other}"),
    }
}

/// Whether everybody, held to this condition, is public.
fn held_to(condition: &Value) -> bool {
    is_public(&allows!("Principal": "*", "Condition": condition))
}

#[test]
fn f1_a_fixed_principal_is_not_public() {
    for (principal, public) in [
        (json!("*"), true),
        (json!({ "AWS": "*" }), true),
        (json!({ "AWS": [MALLORY, "*"] }), true),
        (json!({ "AWS": MALLORY }), false),
        (json!({ "AWS": "444444444444" }), false),
        (json!({ "AWS": "arn:aws:iam::444444444444:root" }), false),
        (json!({ "AWS": ["arn:aws:iam::444444444444:role/R", "arn:aws:sts::444444444444:assumed-role/R/s"] }), false),
        (json!({ "Service": "cloudtrail.amazonaws.com" }), false),
        (json!({ "AWS": MALLORY, "Service": "cloudtrail.amazonaws.com" }), false),
        (json!({ "CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be" }), false),
    ] {
        assert_eq!(is_public(&allows!("Principal": principal)), public, "{principal}");
    }
    assert!(is_public(&allows!("NotPrincipal": { "AWS": MALLORY })));
    assert!(!is_public(&allows!()), "a statement that names nobody");
    assert!(!is_public(&json!({ "Version": "2012-10-17", "Statement": [] })));
    // The action does not matter: also one that does not exist yet.
    assert!(is_public(&allows!("Principal": "*", "Action": "s3:NoSuchThing")));
}

#[test]
fn f1_each_limiting_key_held_to_a_fixed_value_is_not_public() {
    let trail = "arn:aws:cloudtrail:us-east-1:111111111111:trail/t";
    let point = "arn:aws:s3:us-east-1:111111111111:accesspoint/p";
    for (key, value) in [
        ("aws:PrincipalOrgID", "o-abc"),
        ("aws:PrincipalAccount", ACCOUNT),
        ("aws:PrincipalArn", ALICE),
        ("aws:SourceArn", trail),
        ("aws:SourceVpc", "vpc-1"),
        ("aws:SourceVpce", "vpce-1"),
        ("aws:SourceOwner", ACCOUNT),
        ("aws:SourceAccount", ACCOUNT),
        ("s3:x-amz-server-side-encryption-aws-kms-key-id", "arn:aws:kms:us-east-1:111111111111:key/1"),
        ("aws:userid", "AIDAEXAMPLE"),
        ("s3:DataAccessPointArn", point),
        ("s3:DataAccessPointAccount", ACCOUNT),
    ] {
        for (operator, value, public) in [
            ("StringEquals", json!(value), false),
            ("StringEquals", json!([value, "x"]), false),
            ("StringLike", json!(value), false),
            ("StringEqualsIgnoreCase", json!(value), false),
            ("ForAnyValue:StringEquals", json!(value), false),
            // No wildcards, no variables, in any of the values.
            ("StringLike", json!("*"), true),
            ("StringLike", json!([value, "*"]), true),
            ("StringEquals", json!([value, "x*"]), true),
            ("StringEquals", json!("${aws:username}"), true),
            // Only what holds the key to its values counts.
            ("StringNotEquals", json!(value), true),
            ("StringEqualsIfExists", json!(value), true),
            ("ForAllValues:StringEquals", json!(value), true),
            ("Null", json!("false"), true),
        ] {
            assert_eq!(held_to(&json!({ operator: { key: value } })), public, "{operator} {key} {value}");
        }
        assert!(!held_to(&json!({ "StringEquals": { key.to_uppercase(): value } })), "{key} in any case");
        assert!(!held_to(&json!({ "StringEquals": { key: value, "aws:UserAgent": "x" } })), "{key} and another");
    }
    for (key, value) in [
        ("aws:UserAgent", "x"),
        ("aws:Referer", "https://example.com"),
        ("aws:PrincipalType", "User"),
        ("aws:PrincipalTag/team", "red"),
        ("aws:username", "Alice"),
        ("aws:PrincipalOrgPaths", "o-abc/r-1/"),
        ("s3:prefix", "x"),
    ] {
        assert!(held_to(&json!({ "StringEquals": { key: value } })), "{key}");
    }
    assert!(held_to(&json!({ "Bool": { "aws:SecureTransport": "true" } })));
    assert!(!held_to(&json!({ "ArnEquals": { "aws:SourceArn": trail } })));
    assert!(held_to(&json!({ "ArnLike": { "aws:SourceArn": "arn:aws:cloudtrail:*:111111111111:trail/t" } })));
    // A principal of a session, by whoever names it.
    assert!(held_to(&json!({ "StringLike": { "aws:userid": "AROAEXAMPLE:*" } })));
    assert!(!held_to(&json!({ "StringLike": { "aws:userid": "AROAEXAMPLE:session" } })));
    // A variable is text where variables do not count.
    let old = of_2008(allows!("Principal": "*", "Condition": { "StringEquals": { "aws:SourceVpc": "${x}" } }));
    assert!(!is_public(&old));
}

#[test]
fn f1_only_the_name_of_an_access_point_may_be_wild() {
    for (pattern, public) in [
        ("arn:aws:s3:us-east-1:111111111111:accesspoint/*", false),
        ("arn:aws:s3:us-east-1:111111111111:accesspoint/p-*", false),
        ("arn:aws:s3:us-east-1:*:accesspoint/p", true),
        ("arn:aws:s3:us-east-1:11111111111?:accesspoint/*", true),
        ("arn:aws:s3:*:111111111111:accesspoint/*", true),
        ("arn:*:s3:us-east-1:111111111111:accesspoint/*", true),
        ("arn:aws:s?:us-east-1:111111111111:accesspoint/*", true),
        ("arn:aws:s3:us-east-1:111111111111:*", true),
        ("arn:aws:s3:us-east-1:111111111111:accesspoint/${aws:username}", true),
        ("*", true),
    ] {
        for operator in ["StringLike", "ArnLike", "ArnEquals"] {
            let condition = json!({ operator: { "s3:DataAccessPointArn": pattern } });
            assert_eq!(held_to(&condition), public, "{operator} {pattern}");
        }
    }
}

#[test]
fn f2_a_network_as_wide_as_a_continent_is_public() {
    for (network, public) in [
        ("198.51.100.0/24", false),
        ("198.51.100.7", false),
        ("52.0.0.0/8", false),
        ("52.0.0.0/7", true),
        ("0.0.0.0/1", true),
        ("0.0.0.0/0", true),
        ("10.0.0.0/8", false),
        ("172.16.0.0/12", false),
        ("192.168.0.0/16", false),
        ("2001:db8::/32", false),
        ("2001:db8::/31", true),
        ("::/0", true),
        ("not a network", true),
    ] {
        assert_eq!(held_to(&json!({ "IpAddress": { "aws:SourceIp": network } })), public, "{network}");
    }
    assert!(
        held_to(&json!({ "IpAddress": { "aws:SourceIp": ["198.51.100.0/24", "0.0.0.0/0"] } })),
        "the widest counts"
    );
    assert!(held_to(&json!({ "NotIpAddress": { "aws:SourceIp": "198.51.100.0/24" } })));
    assert!(held_to(&json!({ "IpAddressIfExists": { "aws:SourceIp": "198.51.100.0/24" } })));
    assert!(held_to(&json!({ "IpAddress": { "aws:VpcSourceIp": "10.0.0.0/8" } })));
}

/// What a SAML provider is, the documentation does not say: its identities belong to whoever set it up.
#[test]
fn f3_a_web_identity_is_public() {
    for (provider, public) in [
        ("cognito-identity.amazonaws.com", true),
        ("www.amazon.com", true),
        ("arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com", true),
        ("arn:aws:iam::111111111111:saml-provider/Corp", false),
    ] {
        assert_eq!(is_public(&allows!("Principal": { "Federated": provider })), public, "{provider}");
        assert_eq!(is_public(&allows!("Principal": { "AWS": MALLORY, "Federated": provider })), public, "{provider}");
    }
}

#[test]
fn f3_only_a_positive_match_limits() {
    for (condition, public) in [
        (json!({ "StringEquals": { "aws:PrincipalOrgID": "o-abc" } }), false),
        (json!({ "StringNotEquals": { "aws:PrincipalOrgID": "o-abc" } }), true),
        (json!({ "StringNotLike": { "aws:PrincipalArn": "arn:aws:iam::1:*" } }), true),
        (json!({ "ArnNotEquals": { "aws:SourceArn": "arn:aws:s3:::b" } }), true),
    ] {
        assert_eq!(held_to(&condition), public, "{condition}");
    }
}

#[test]
fn f4_a_deny_does_not_help_and_one_public_statement_is_enough() {
    let (open, fixed) = (allows!("Principal": "*"), allows!("Principal": { "AWS": MALLORY }));
    let shut = denies!("Principal": "*");
    for (statements, public, because) in [
        (vec![open.clone(), shut.clone()], true, vec![0]),
        (vec![shut.clone(), fixed.clone()], false, vec![]),
        (vec![fixed.clone(), open.clone(), fixed.clone(), open.clone()], true, vec![1, 3]),
        (vec![shut], false, vec![]),
    ] {
        let answer = status(&joined(&statements));
        assert_eq!(answer["s3_policy_status"] == "public", public);
        let because: Vec<Value> =
            because.iter().map(|statement| json!({ "layer": "resource", "statement": statement })).collect();
        assert_eq!(answer["because"], json!(because));
    }
    // One public statement takes the fixed grant beside it along.
    let block = json!({ "bucket": { "restrict_public_buckets": true } });
    let under =
        |resource: Value| json!({ "identity": "allow_all", "resource": resource, "block_public_access": block });
    assert_eq!(call(MALLORY).under(&under(fixed.clone())), "allow");
    let both = joined(&[fixed, allows!("Principal": "*", "Action": "s3:ListBucket")]);
    assert_eq!(call(MALLORY).under(&under(both)), "implicit_deny by block_public_access");
}

/// A bucket that hands its decisions to the access point, and the point with this policy.
fn through(point: &Value) -> Value {
    let delegates =
        allows!("Principal": "*", "Condition": { "StringEquals": { "s3:DataAccessPointAccount": ACCOUNT } });
    json!({ "identity": "allow_all", "resource": delegates, "access_point": point })
}

#[test]
fn f5_an_access_point_of_a_vpc_is_never_public_and_a_wild_point_is() {
    let point = |policy: Value, vpc: Value| {
        through(&json!({ "account": ACCOUNT, "policy": policy, "vpc": vpc,
                         "block_public_access": { "restrict_public_buckets": true } }))
    };
    let named =
        |pattern: &str| allows!("Principal": "*", "Condition": { "StringLike": { "s3:DataAccessPointArn": pattern } });
    let from_vpc = || call(MALLORY).given(json!({ "aws:SourceVpc": "vpc-1" }));
    let own = "arn:aws:s3:us-east-1:111111111111:accesspoint/example";
    let wild = "arn:aws:s3:us-east-1:111111111111:accesspoint/*";
    for (policy, vpc, expected) in [
        (allows!("Principal": "*"), json!(null), "implicit_deny by block_public_access"),
        (allows!("Principal": "*"), json!("vpc-1"), "allow"),
        (allows!("Principal": "*"), json!("vpc-2"), "implicit_deny by access_point"),
        (allows!("Principal": { "AWS": MALLORY }), json!(null), "allow"),
        (named(own), json!(null), "allow"),
        (named(wild), json!(null), "implicit_deny by block_public_access"),
        (named(wild), json!("vpc-1"), "allow"),
    ] {
        assert_eq!(from_vpc().under(&point(policy.clone(), vpc.clone())), expected, "{policy} {vpc}");
    }
    assert_eq!(call(MALLORY).under(&point(allows!("Principal": "*"), json!("vpc-1"))), "implicit_deny by access_point");
}

#[test]
fn f6_an_acl_for_everybody_is_ignored_by_either_setting() {
    let list = |who: &Value| call(who.clone()).does("s3:ListBucket").on(BUCKET);
    let granted = |grantee: &str, block: Value| {
        json!({ "identity": "allow_all", "acl": { "ownership": "ObjectWriter", "grants": [{ "grantee": grantee, "permission": "READ" }] },
                "block_public_access": block })
    };
    let canonical = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be";
    for (grantee, who, expected) in [
        ("AllUsers", anonymous(), "allow"),
        ("AllUsers", json!(MALLORY), "allow"),
        ("AuthenticatedUsers", json!(MALLORY), "allow"),
        ("AuthenticatedUsers", anonymous(), "implicit_deny by resource"),
        (canonical, anonymous(), "implicit_deny by resource"),
        (canonical, json!(MALLORY), "implicit_deny by resource"),
        ("LogDelivery", json!(MALLORY), "implicit_deny by resource"),
        ("LogDelivery", service("logging.s3.amazonaws.com"), "allow"),
    ] {
        assert_eq!(list(&who).under(&granted(grantee, json!({}))), expected, "{who} by {grantee}");
        let public = expected == "allow" && grantee != "LogDelivery";
        for level in ["account", "bucket"] {
            let ignored = granted(grantee, json!({ level: { "ignore_public_acls": true } }));
            let expected = if public { "implicit_deny by block_public_access" } else { expected };
            assert_eq!(list(&who).under(&ignored), expected, "{who} by {grantee}, ignored by the {level}");
            // The switches for what comes next, and the one for policies, change nothing.
            let others = json!({ level: { "block_public_acls": true, "block_public_policy": true, "restrict_public_buckets": true } });
            let still = if public { "allow" } else { expected };
            assert_eq!(list(&who).under(&granted(grantee, others)), still, "{who} by {grantee}");
        }
    }
}

#[test]
fn f6_a_permission_covers_its_own_actions() {
    let granted = |permission: &str, action: &str| {
        let acl = json!({ "ownership": "BucketOwnerPreferred", "grants": [{ "grantee": "AllUsers", "permission": permission }] });
        call(anonymous()).does(action).on(BUCKET).passes(&json!({ "acl": acl }))
    };
    for (action, permission) in [
        ("s3:ListBucket", "READ"),
        ("s3:PutObject", "WRITE"),
        ("s3:DeleteObject", "WRITE"),
        ("s3:GetBucketAcl", "READ_ACP"),
        ("s3:PutBucketAcl", "WRITE_ACP"),
    ] {
        for other in ["READ", "WRITE", "READ_ACP", "WRITE_ACP"] {
            assert_eq!(granted(other, action), other == permission, "{other} and {action}");
        }
        assert!(granted("FULL_CONTROL", action), "{action}");
    }
    for action in ["s3:GetObject", "s3:GetBucketPolicy", "s3:DeleteBucket"] {
        assert!(!granted("FULL_CONTROL", action), "{action}: objects have ACLs of their own");
    }
}

#[test]
fn f6_the_settings_of_account_and_bucket_are_one() {
    let public = allows!("Principal": "*");
    let under = |account: bool, bucket: bool| {
        json!({ "resource": public, "block_public_access": {
            "account": { "restrict_public_buckets": account }, "bucket": { "restrict_public_buckets": bucket } } })
    };
    for (account, bucket, expected) in
        [(false, false, true), (true, false, false), (false, true, false), (true, true, false)]
    {
        assert_eq!(call(anonymous()).passes(&under(account, bucket)), expected, "{account} {bucket}");
    }
    // A block on new policies leaves the one that is there.
    let block =
        json!({ "account": { "block_public_policy": true, "block_public_acls": true, "ignore_public_acls": true } });
    assert!(call(anonymous()).passes(&json!({ "resource": public, "block_public_access": block })));
}

#[test]
fn f7_public_and_reachable_are_two_answers() {
    let shut = joined(&[allows!("Principal": "*"), denies!("Principal": "*")]);
    let foreign = allows!("Principal": { "AWS": MALLORY });
    let restricted = || json!({ "bucket": { "restrict_public_buckets": true } });
    for (policy, block, status, outside) in [
        (allows!("Principal": "*"), json!({}), "public", "yes"),
        (shut, json!({}), "public", "no"),
        (foreign, json!({}), "not_public", "yes"),
        (allows!("Principal": { "AWS": ALICE }), json!({}), "not_public", "no"),
        (allows!("Principal": "*", "Action": "s3:GetObject"), restricted(), "public", "no"),
        // A trail of anybody's writes on (fact A13).
        (allows!("Principal": "*", "Action": "s3:PutObject"), restricted(), "public", "yes"),
    ] {
        let reached = reaches(
            json!({ "kind": "bucket_policy", "policy": policy, "resource": BUCKET, "block_public_access": block }),
        );
        assert_eq!(reached["s3_policy_status"], status, "{policy}");
        assert_eq!(reached["reachable_by_outsider"], outside, "{policy}");
    }
    let capped = reaches(json!({ "kind": "bucket_policy", "policy": allows!("Principal": "*"), "resource": BUCKET,
                                 "rcp": [[denies!("Principal": "*")]] }));
    assert_eq!((&capped["s3_policy_status"], &capped["reachable_by_outsider"]), (&json!("public"), &json!("no")));
}

#[test]
fn f8_acls_live_unless_the_bucket_owner_is_enforced() {
    let everybody = json!([{ "grantee": "AllUsers", "permission": "READ" }]);
    for (ownership, passes) in [("ObjectWriter", true), ("BucketOwnerPreferred", true), ("BucketOwnerEnforced", false)]
    {
        let acl = json!({ "acl": { "ownership": ownership, "grants": everybody } });
        assert_eq!(call(anonymous()).does("s3:ListBucket").on(BUCKET).passes(&acl), passes, "{ownership}");
    }
    assert!(!call(anonymous()).does("s3:ListBucket").on(BUCKET).passes(&json!({})), "no ACL");
}

#[test]
fn f8_objects_may_be_public_while_acls_live() {
    let reached = |acl: Value, block: Value| {
        let answer = reaches(
            json!({ "kind": "bucket_policy", "policy": null, "resource": BUCKET, "acl": acl, "block_public_access": block }),
        );
        (answer["reachable_by_outsider"].clone(), answer["unknown_because"][0]["code"].clone())
    };
    let ignoring = json!({ "account": { "ignore_public_acls": true } });
    for (acl, block, outside, why) in [
        (json!({ "ownership": "ObjectWriter" }), json!({}), "unknown", json!("acl_on_objects")),
        (json!({ "ownership": "BucketOwnerPreferred" }), json!({}), "unknown", json!("acl_on_objects")),
        (json!({ "ownership": "BucketOwnerEnforced" }), json!({}), "no", json!(null)),
        (json!({ "ownership": "ObjectWriter" }), ignoring, "no", json!(null)),
        (
            json!({ "ownership": "ObjectWriter", "grants": [{ "grantee": "AllUsers", "permission": "READ" }] }),
            json!({}),
            "yes",
            json!(null),
        ),
        (json!(null), json!({}), "no", json!(null)),
    ] {
        assert_eq!(reached(acl.clone(), block), (json!(outside), why), "{acl}");
    }
}

#[test]
fn f9_an_access_point_and_its_bucket_must_both_allow() {
    let open = || allows!("Principal": "*");
    let by_arn = allows!("Principal": "*", "Condition": { "ArnLike": { "s3:DataAccessPointArn": "arn:aws:s3:*:111111111111:accesspoint/*" } });
    let by_account = |account: &str| allows!("Principal": "*", "Condition": { "StringEquals": { "s3:DataAccessPointAccount": account } });
    for (bucket, point, expected) in [
        (open(), open(), "allow"),
        (by_account(ACCOUNT), open(), "allow"),
        (by_arn, open(), "allow"),
        (by_account("222222222222"), open(), "implicit_deny by resource"),
        (json!(null), open(), "implicit_deny by resource"),
        (open(), json!(null), "implicit_deny by access_point"),
        (open(), allows!("Principal": { "AWS": ALICE }), "implicit_deny by access_point"),
        (joined(&[open(), denies!("Principal": "*")]), open(), "explicit_deny by resource"),
        (open(), joined(&[open(), denies!("Principal": "*")]), "explicit_deny by access_point"),
    ] {
        let policies = json!({ "identity": "allow_all", "resource": bucket, "access_point": { "account": ACCOUNT, "policy": point } });
        assert_eq!(call(MALLORY).under(&policies), expected, "{bucket} {point}");
    }
    // Block Public Access closes what the access point would open, and nothing else.
    for (action, expected) in
        [("s3:GetObject", "implicit_deny by block_public_access"), ("s3:PutObject", "implicit_deny by access_point")]
    {
        let point = json!({ "account": ACCOUNT, "policy": allows!("Principal": "*", "Action": "s3:GetObject") });
        let restricted = json!({ "account": { "restrict_public_buckets": true } });
        let policies = json!({ "identity": "allow_all", "resource": by_account(ACCOUNT), "access_point": point,
                               "block_public_access": restricted });
        assert_eq!(call(MALLORY).does(action).under(&policies), expected);
    }
    // Inside the account the identity policy stands in for either.
    let own = json!({ "identity": [allows!()], "access_point": { "account": ACCOUNT } });
    assert_eq!(call(ALICE).under(&own), "allow");
    let silent = json!({ "access_point": { "account": ACCOUNT } });
    assert_eq!(call(ALICE).under(&silent), "implicit_deny by identity");
}

#[test]
fn f9_a_grant_of_an_access_point_is_worth_what_it_names() {
    let silent = || json!([allows!("Action": "ec2:*")]);
    for (who, named, policies, expected) in [
        (ALICE, json!({ "AWS": ALICE }), json!({}), "allow"),
        (ALICE, json!("*"), json!({ "boundary": silent() }), "allow"),
        (ALICE, json!({ "AWS": ACCOUNT }), json!({}), "implicit_deny by identity"),
        (ALICE, json!({ "AWS": ACCOUNT }), json!({ "identity": [allows!()] }), "allow"),
        (
            ALICE,
            json!({ "AWS": ACCOUNT }),
            json!({ "identity": [allows!()], "boundary": silent() }),
            "implicit_deny by boundary",
        ),
        (SESSION, json!({ "AWS": ROLE }), json!({}), "allow"),
        (SESSION, json!({ "AWS": ROLE }), json!({ "boundary": silent() }), "implicit_deny by boundary"),
        (SESSION, json!({ "AWS": ROLE }), json!({ "session": silent() }), "implicit_deny by session"),
        (SESSION, json!({ "AWS": SESSION }), json!({ "session": silent() }), "allow"),
    ] {
        let mut all = through(&json!({ "account": ACCOUNT, "policy": allows!("Principal": named) }));
        all["identity"] = json!([]);
        for (layer, documents) in policies.as_object().unwrap() {
            all[layer] = documents.clone();
        }
        assert_eq!(call(who).under(&all), expected, "{who} by {named} under {policies}");
    }
    // Where the access point is another account's, its side must allow and the caller's own too.
    let mut foreign = through(&json!({ "account": "222222222222", "policy": allows!("Principal": { "AWS": ALICE }) }));
    foreign["resource"] = allows!("Principal": "*");
    assert_eq!(call(ALICE).under(&foreign), "allow");
    foreign["identity"] = json!([]);
    assert_eq!(call(ALICE).under(&foreign), "implicit_deny by identity");
}

#[test]
fn f9_the_policy_of_an_access_point_calls_objects_by_its_own_name() {
    let arn = "arn:aws:s3:us-east-1:111111111111:accesspoint/p";
    for (resource, expected) in [
        (format!("{arn}/object/k"), true),
        (format!("{arn}/object/*"), true),
        (format!("{arn}/object/x"), false),
        (arn.to_owned(), false),
        ("arn:aws:s3:::b/k".to_owned(), false),
        ("*".to_owned(), true),
    ] {
        let point =
            json!({ "arn": arn, "account": ACCOUNT, "policy": allows!("Principal": "*", "Resource": resource) });
        assert_eq!(call(MALLORY).passes(&through(&point)), expected, "{resource}");
    }
    let point = json!({ "arn": arn, "account": ACCOUNT, "policy": allows!("Principal": "*", "Resource": arn) });
    assert!(call(MALLORY).does("s3:ListBucket").on(BUCKET).passes(&through(&point)));
}

#[test]
fn f9_the_settings_of_the_access_point_count_too() {
    let public = allows!("Principal": "*");
    for (account, bucket, point, expected) in [
        (false, false, false, true),
        (true, false, false, false),
        (false, true, false, false),
        (false, false, true, false),
    ] {
        let on = |on: bool| json!({ "restrict_public_buckets": on });
        let policies = json!({ "identity": "allow_all", "resource": public,
            "access_point": { "account": ACCOUNT, "policy": public, "block_public_access": on(point) },
            "block_public_access": { "account": on(account), "bucket": on(bucket) } });
        assert_eq!(call(MALLORY).passes(&policies), expected, "{account} {bucket} {point}");
    }
}

#[test]
fn f9_a_restricted_bucket_keeps_the_owner_of_the_access_point() {
    let owner = "arn:aws:iam::222222222222:user/Olga";
    let policies = json!({ "identity": "allow_all", "resource": allows!("Principal": "*"),
        "access_point": { "account": "222222222222", "policy": allows!("Principal": { "AWS": [owner, MALLORY] }) },
        "block_public_access": { "bucket": { "restrict_public_buckets": true } } });
    assert_eq!(call(owner).under(&policies), "allow");
    assert_eq!(call(ALICE).under(&policies), "implicit_deny by access_point");
    assert_eq!(call(MALLORY).under(&policies), "implicit_deny by block_public_access");
    let mut direct = policies;
    direct.as_object_mut().unwrap().remove("access_point");
    assert_eq!(call(owner).under(&direct), "implicit_deny by block_public_access", "past the access point");
}
