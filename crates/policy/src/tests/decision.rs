//! Facts A: which layers judge a request, and how they combine.

use serde_json::{Value, json};

use super::case::{
    ACCOUNT, ALICE, BUCKET, FEDERATED, MALLORY, OBJECT, ROLE, ROOT, SESSION, allows, anonymous, call, denies,
    federated, joined, service,
};

const NOTHING: &str = "ec2:DescribeInstances";

/// Every layer there is, each of which lets the call through.
fn everything() -> Value {
    json!({
        "identity": [allows!()], "boundary": [allows!()], "session": [allows!()], "resource": allows!("Principal": "*"),
        "scp": [[allows!()]], "rcp": [[]], "endpoint": [allows!("Principal": "*")],
        "access_point": { "account": ACCOUNT, "policy": allows!("Principal": "*") },
    })
}

fn with(mut policies: Value, layer: &str, value: Value) -> Value {
    policies[layer] = value;
    policies
}

/// A layer that lets nothing of what is asked through.
fn closed() -> Value {
    json!([allows!("Action": NOTHING)])
}

#[test]
fn a1_without_an_allow_it_is_denied_and_the_root_user_is_allowed() {
    for (who, policies, expected) in [
        (ALICE, json!({}), "implicit_deny by identity"),
        (ALICE, json!({ "identity": [] }), "implicit_deny by identity"),
        (ALICE, json!({ "identity": [allows!()] }), "allow"),
        (SESSION, json!({}), "implicit_deny by identity"),
        (ROOT, json!({}), "allow"),
        (ROOT, json!({ "resource": denies!("Principal": "*") }), "explicit_deny by resource"),
        (ROOT, json!({ "scp": [[denies!()]] }), "explicit_deny by scp"),
        (ROOT, json!({ "scp": [closed()] }), "implicit_deny by scp"),
        (ROOT, json!({ "rcp": [[denies!("Principal": "*")]] }), "explicit_deny by rcp"),
        ("arn:aws:iam::444444444444:root", json!({}), "implicit_deny by resource"),
    ] {
        assert_eq!(call(who).under(&policies), expected, "{who} under {policies}");
    }
}

#[test]
fn a1_a_deny_in_any_layer_is_final() {
    assert_eq!(call(SESSION).under(&everything()), "allow");
    let principal = denies!("Principal": "*");
    for (layer, denying) in [
        ("scp", json!([[allows!(), denies!()]])),
        ("rcp", json!([[principal]])),
        ("resource", joined(&[allows!("Principal": "*"), principal.clone()])),
        ("identity", json!([allows!(), denies!()])),
        ("boundary", json!([allows!(), denies!()])),
        ("session", json!([allows!(), denies!()])),
        ("endpoint", json!([allows!("Principal": "*"), principal])),
        (
            "access_point",
            json!({ "account": ACCOUNT, "policy": joined(&[allows!("Principal": "*"), principal.clone()]) }),
        ),
    ] {
        let policies = with(everything(), layer, denying);
        assert_eq!(call(SESSION).under(&policies), format!("explicit_deny by {layer}"));
        // Even where the caller is named itself.
        if layer != "resource" {
            let policies = with(policies, "resource", allows!("Principal": { "AWS": SESSION }));
            assert_eq!(call(SESSION).under(&policies), format!("explicit_deny by {layer}"));
        }
    }
}

#[test]
fn a1_the_owners_root_user_can_always_mend_its_bucket_policy() {
    let shut = || json!({ "resource": denies!("Principal": "*") });
    let mend = |who: &str, action: &str| call(who).does(action).on(BUCKET);
    for action in ["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"] {
        assert_eq!(mend(ROOT, action).under(&shut()), "allow", "{action}");
        for (layer, denying) in [
            ("scp", json!([[denies!()]])),
            ("rcp", json!([[denies!("Principal": "*")]])),
            ("endpoint", json!([denies!("Principal": "*")])),
        ] {
            let policies = with(shut(), layer, denying);
            assert_eq!(mend(ROOT, action).under(&policies), format!("explicit_deny by {layer}"), "{action}");
        }
        let own = with(shut(), "identity", json!([allows!()]));
        assert_eq!(mend(ALICE, action).under(&own), "explicit_deny by resource", "{action}");
        assert_eq!(mend("arn:aws:iam::444444444444:root", action).under(&own), "explicit_deny by resource", "{action}");
    }
    for action in ["s3:DeleteBucket", "s3:PutBucketAcl", "s3:ListBucket"] {
        assert_eq!(mend(ROOT, action).under(&shut()), "explicit_deny by resource", "{action}");
    }
}

#[test]
fn a2_the_first_layer_in_order_is_the_reason() {
    let layers = ["rcp", "scp", "resource", "identity", "boundary", "session"];
    // Denies: the order of the evaluation, though any of them would do.
    let mut policies = json!({
        "rcp": [[denies!("Principal": "*")]], "scp": [[denies!()]], "resource": denies!("Principal": "*"),
        "identity": [denies!()], "boundary": [denies!()], "session": [denies!()],
    });
    for layer in layers {
        assert_eq!(call(SESSION).under(&policies), format!("explicit_deny by {layer}"));
        policies.as_object_mut().unwrap().remove(layer);
    }
    // Silence: the same order.
    let mut policies = json!({ "scp": [closed()], "identity": [], "boundary": closed(), "session": closed() });
    for (layer, open) in [
        ("scp", json!([[allows!()]])),
        ("identity", json!([allows!()])),
        ("boundary", json!([allows!()])),
        ("session", json!([allows!()])),
    ] {
        assert_eq!(call(SESSION).under(&policies), format!("implicit_deny by {layer}"));
        policies = with(policies, layer, open);
    }
    assert_eq!(call(SESSION).under(&policies), "allow");
}

#[test]
fn a2_the_statements_that_decided_are_named() {
    let by = |policies: Value| call(ALICE).asked(&policies)["decided_by"].clone();
    let at =
        |layer: &str, policy: u8, statement: u8| json!({ "layer": layer, "policy": policy, "statement": statement });
    let second = joined(&[allows!("Action": NOTHING), allows!()]);
    assert_eq!(by(json!({ "identity": [allows!("Action": NOTHING), second] })), json!([at("identity", 1, 1)]));
    assert_eq!(by(json!({ "identity": [allows!(), denies!()] })), json!([at("identity", 1, 0)]));
    // Documents of guardrails count through all levels.
    assert_eq!(
        by(json!({ "identity": [allows!()], "scp": [[allows!(), allows!()], [allows!(), denies!()]] })),
        json!([at("scp", 3, 0)])
    );
    assert_eq!(by(json!({ "resource": allows!("Principal": { "AWS": ALICE }) })), json!([at("resource", 0, 0)]));
    assert_eq!(by(json!({})), json!([]));
}

#[test]
fn a3_a_resource_control_policy_stops_whoever_calls() {
    let open = |rcp: Value| json!({ "identity": [allows!()], "resource": allows!("Principal": "*"), "rcp": rcp });
    let shut = open(json!([[], [denies!("Principal": "*")]]));
    let linked = "arn:aws:sts::111111111111:assumed-role/AWSServiceRoleForConfig/s";
    let named_so = "arn:aws:iam::111111111111:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig";
    for (who, expected) in [
        (json!(ALICE), "explicit_deny by rcp"),
        (json!(SESSION), "explicit_deny by rcp"),
        (json!(ROOT), "explicit_deny by rcp"),
        (json!(MALLORY), "explicit_deny by rcp"),
        (anonymous(), "explicit_deny by rcp"),
        (service("cloudtrail.amazonaws.com"), "explicit_deny by rcp"),
        (json!(linked), "allow"),
        (json!(named_so), "allow"),
    ] {
        assert_eq!(call(who.clone()).under(&shut), expected, "{who}");
        assert_eq!(
            call(who.clone()).under(&open(json!([[]]))),
            "allow",
            "{who}: full access is implied at every level"
        );
    }
    // Whoever is not covered by the Deny goes on; an Allow grants nothing.
    let but_own =
        denies!("Principal": "*", "Condition": { "StringNotEqualsIfExists": { "aws:PrincipalAccount": ACCOUNT } });
    assert_eq!(call(ALICE).under(&open(json!([[but_own]]))), "allow");
    assert_eq!(call(MALLORY).under(&open(json!([[but_own]]))), "explicit_deny by rcp");
    assert_eq!(call(ALICE).under(&json!({ "rcp": [[allows!("Principal": "*")]] })), "implicit_deny by identity");
}

#[test]
fn a3_resource_control_policies_reach_some_services_only() {
    let policies =
        json!({ "identity": [allows!()], "resource": allows!("Principal": "*"), "rcp": [[denies!("Principal": "*")]] });
    let key = "arn:aws:kms:us-east-1:111111111111:key/1";
    for (action, resource, expected) in [
        ("s3:GetObject", OBJECT, "explicit_deny by rcp"),
        ("sts:AssumeRole", ROLE, "explicit_deny by rcp"),
        ("sqs:SendMessage", "arn:aws:sqs:us-east-1:111111111111:q", "explicit_deny by rcp"),
        (
            "secretsmanager:GetSecretValue",
            "arn:aws:secretsmanager:us-east-1:111111111111:secret:x",
            "explicit_deny by rcp",
        ),
        ("kms:Decrypt", key, "explicit_deny by rcp"),
        ("kms:RetireGrant", key, "allow"),
        ("iam:GetUser", ALICE, "allow"),
        ("ec2:RunInstances", "arn:aws:ec2:us-east-1:111111111111:instance/i-1", "allow"),
    ] {
        assert_eq!(call(ALICE).does(action).on(resource).under(&policies), expected, "{action}");
    }
}

#[test]
fn a4_a_service_control_policy_judges_identities_of_member_accounts() {
    let open = |scp: Value| json!({ "identity": [allows!()], "session": [allows!()], "resource": allows!("Principal": "*"), "scp": scp });
    let linked = "arn:aws:sts::111111111111:assumed-role/AWSServiceRoleForConfig/s";
    for (who, judged) in [
        (json!(ALICE), true),
        (json!(SESSION), true),
        (json!(ROOT), true),
        (json!(FEDERATED), true),
        (json!(MALLORY), true),
        (json!(linked), false),
        (service("cloudtrail.amazonaws.com"), false),
        (anonymous(), false),
    ] {
        let denied = if judged { "explicit_deny by scp" } else { "allow" };
        let silent = if judged { "implicit_deny by scp" } else { "allow" };
        assert_eq!(call(who.clone()).under(&open(json!([[allows!(), denies!()]]))), denied, "{who}");
        assert_eq!(call(who.clone()).under(&open(json!([closed()]))), silent, "{who}");
        assert_eq!(call(who.clone()).under(&open(json!([[allows!()]]))), "allow", "{who}");
    }
}

#[test]
fn a4_every_level_must_allow_and_none_grants() {
    let full = || json!([allows!()]);
    for (levels, expected) in [
        (json!([full(), full(), full()]), "allow"),
        (json!([closed(), full(), full()]), "implicit_deny by scp"),
        (json!([full(), closed(), full()]), "implicit_deny by scp"),
        (json!([full(), full(), closed()]), "implicit_deny by scp"),
        (json!([full(), [], full()]), "implicit_deny by scp"),
        // Within a level the documents are one.
        (json!([[allows!("Action": NOTHING), allows!("Action": "s3:*")], full()]), "allow"),
        (json!([[allows!("Action": "s3:*")], [allows!("Action": "s3:Put*")]]), "implicit_deny by scp"),
    ] {
        assert_eq!(call(ALICE).under(&json!({ "identity": [allows!()], "scp": levels })), expected, "{levels}");
    }
    assert_eq!(call(ALICE).under(&json!({ "scp": [full()] })), "implicit_deny by identity");
}

#[test]
fn a4_both_effects_take_every_element_and_wildcards_anywhere() {
    for (statement, allowed) in [
        (allows!("Action": "s3:*Object"), true),
        (allows!("Action": "s3:G?tObj*"), true),
        (allows!("Action": "s3:*Bucket"), false),
        (allows!("NotAction": "s3:*Bucket"), true),
        (allows!("NotAction": "s3:*Object"), false),
        (allows!("Resource": "arn:aws:s3:::b/*"), true),
        (allows!("NotResource": "arn:aws:s3:::b/*"), false),
        (allows!("Condition": { "StringEquals": { "aws:PrincipalAccount": ACCOUNT } }), true),
        (allows!("Condition": { "StringEquals": { "aws:PrincipalAccount": "444444444444" } }), false),
        (joined(&[allows!(), denies!("NotAction": "s3:*")]), true),
        (joined(&[allows!(), denies!("NotAction": "ec2:*")]), false),
        (joined(&[allows!(), denies!("NotResource": OBJECT)]), true),
        (
            joined(&[allows!(), denies!("Condition": { "ArnLike": { "aws:PrincipalArn": "arn:aws:iam::*:user/*" } })]),
            false,
        ),
        (
            joined(&[allows!(), denies!("Condition": { "ArnLike": { "aws:PrincipalArn": "arn:aws:iam::*:role/*" } })]),
            true,
        ),
    ] {
        assert_eq!(
            call(ALICE).passes(&json!({ "identity": [allows!()], "scp": [[statement]] })),
            allowed,
            "{statement}"
        );
    }
}

#[test]
fn a5_a_boundary_caps_and_grants_nothing() {
    let read = || json!([allows!("Action": "s3:Get*")]);
    for (who, policies, expected) in [
        (ALICE, json!({ "identity": [allows!()], "boundary": read() }), "allow"),
        (ALICE, json!({ "identity": [allows!()], "boundary": closed() }), "implicit_deny by boundary"),
        (ALICE, json!({ "identity": [allows!()], "boundary": [] }), "implicit_deny by boundary"),
        (ALICE, json!({ "identity": [], "boundary": read() }), "implicit_deny by identity"),
        (ALICE, json!({ "identity": closed(), "boundary": read() }), "implicit_deny by identity"),
        (
            ALICE,
            json!({ "identity": [allows!()], "boundary": [allows!(), denies!("Action": "s3:Get*")] }),
            "explicit_deny by boundary",
        ),
        (ALICE, json!({ "identity": [allows!()], "boundary": [allows!(), denies!("Action": "s3:Put*")] }), "allow"),
        (SESSION, json!({ "identity": [allows!()], "boundary": read() }), "allow"),
        (SESSION, json!({ "identity": [allows!()], "boundary": closed() }), "implicit_deny by boundary"),
    ] {
        assert_eq!(call(who).under(&policies), expected, "{who} under {policies}");
    }
}

#[test]
fn a6_a_session_policy_caps_and_grants_nothing() {
    let read = || json!([allows!("Action": "s3:Get*")]);
    for (who, policies, expected) in [
        (SESSION, json!({ "identity": [allows!()] }), "allow"),
        (SESSION, json!({ "identity": [allows!()], "session": read() }), "allow"),
        (SESSION, json!({ "identity": [allows!()], "session": closed() }), "implicit_deny by session"),
        (SESSION, json!({ "identity": [], "session": read() }), "implicit_deny by identity"),
        (SESSION, json!({ "identity": [allows!()], "session": [allows!(), denies!()] }), "explicit_deny by session"),
        (
            SESSION,
            json!({ "identity": [allows!()], "boundary": closed(), "session": read() }),
            "implicit_deny by boundary",
        ),
        // A token of GetFederationToken without a session policy gets nothing from identity policies.
        (FEDERATED, json!({ "identity": [allows!()] }), "implicit_deny by identity"),
        (FEDERATED, json!({ "identity": [allows!()], "session": read() }), "allow"),
        (FEDERATED, json!({ "identity": [allows!()], "session": closed() }), "implicit_deny by session"),
        (FEDERATED, json!({ "identity": [], "session": read() }), "implicit_deny by identity"),
    ] {
        assert_eq!(call(who).under(&policies), expected, "{who} under {policies}");
    }
}

/// The page of `GetFederationToken`: its credentials call nothing of STS but `GetCallerIdentity`, whoever trusts them.
#[test]
fn a6_the_token_of_a_federated_user_is_good_for_no_other_call_of_sts() {
    let trust = |who: &str, action: &str| {
        let policies = json!({ "identity": [allows!()], "session": [allows!()],
            "resource": { "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Principal": { "AWS": who }, "Action": "sts:*" } } });
        call(who).does(action).on("arn:aws:iam::111111111111:role/T").under(&policies)
    };
    for action in ["sts:AssumeRole", "sts:TagSession", "sts:GetSessionToken"] {
        assert_eq!(trust(FEDERATED, action), "implicit_deny by session", "{action}");
        assert_eq!(trust(SESSION, action), "allow", "{action}");
    }
    assert_eq!(trust(FEDERATED, "sts:GetCallerIdentity"), "allow");
}

#[test]
fn a7_inside_the_account_either_side_grants_and_the_guardrails_cap() {
    let named = || allows!("Principal": { "AWS": ALICE });
    let full = || json!([[allows!()]]);
    for (policies, expected) in [
        (json!({ "identity": [allows!()], "resource": allows!("Principal": { "AWS": MALLORY }) }), "allow"),
        (json!({ "identity": [allows!()] }), "allow"),
        (json!({ "resource": named() }), "allow"),
        (json!({ "resource": named(), "scp": full() }), "allow"),
        (json!({ "resource": named(), "scp": [closed()] }), "implicit_deny by scp"),
        (json!({ "resource": named(), "rcp": [[denies!("Principal": "*")]] }), "explicit_deny by rcp"),
        (json!({ "resource": named(), "identity": [denies!()] }), "explicit_deny by identity"),
        (json!({ "resource": allows!("Principal": { "AWS": MALLORY }) }), "implicit_deny by identity"),
    ] {
        assert_eq!(call(ALICE).under(&policies), expected, "{policies}");
    }
}

/// What a resource policy's grant to `named` is worth to `who`: with nothing else, under a boundary and under a session
/// policy that are silent, and with an identity policy beside each of them.
fn worth(who: &str, named: &Value) -> [String; 6] {
    let resource = || allows!("Principal": named);
    let own = || json!([allows!()]);
    let open = if who == FEDERATED { own() } else { Value::Null };
    [
        json!({ "resource": resource() }),
        json!({ "resource": resource(), "boundary": closed() }),
        json!({ "resource": resource(), "session": closed() }),
        json!({ "resource": resource(), "identity": own(), "session": open }),
        json!({ "resource": resource(), "identity": own(), "boundary": closed(), "session": open }),
        json!({ "resource": resource(), "identity": own(), "session": closed() }),
    ]
    .map(|policies| call(who).under(&policies))
}

const FINAL: [&str; 6] = ["allow"; 6];
const CAPPED: [&str; 6] = [
    "allow",
    "implicit_deny by boundary",
    "implicit_deny by session",
    "allow",
    "implicit_deny by boundary",
    "implicit_deny by session",
];
const DELEGATED: [&str; 6] = [
    "implicit_deny by identity",
    "implicit_deny by identity",
    "implicit_deny by identity",
    "allow",
    "implicit_deny by boundary",
    "implicit_deny by session",
];

#[test]
fn a8_a_user_named_directly_is_allowed_whatever_is_silent() {
    assert_eq!(worth(ALICE, &json!({ "AWS": ALICE })), FINAL);
    assert_eq!(worth(ALICE, &json!({ "AWS": "arn:aws:iam::111111111111:user/Bob" })), DELEGATED, "somebody else");
}

#[test]
fn a8_a_role_named_directly_is_still_capped_by_its_boundary() {
    assert_eq!(worth(SESSION, &json!({ "AWS": ROLE })), CAPPED);
    assert_eq!(worth(ROLE, &json!({ "AWS": ROLE })), CAPPED);
    assert_eq!(worth(SESSION, &json!({ "AWS": "arn:aws:iam::111111111111:role/Q" })), DELEGATED, "somebody else");
}

#[test]
fn a8_a_session_named_exactly_is_allowed_whatever_is_silent() {
    assert_eq!(worth(SESSION, &json!({ "AWS": SESSION })), FINAL);
    let other = "arn:aws:sts::111111111111:assumed-role/R/t";
    assert_eq!(worth(SESSION, &json!({ "AWS": other })), DELEGATED, "another session");
    assert_eq!(worth(SESSION, &json!({ "AWS": [ROLE, SESSION] })), FINAL, "the stronger of two names");
}

/// Whose token a federated user holds cannot be seen from its ARN: the user of the same name is taken for it.
#[test]
fn a8_a_federated_user_is_final_by_its_own_name_and_capped_by_its_users() {
    assert_eq!(worth(FEDERATED, &json!({ "AWS": FEDERATED })), FINAL);
    assert_eq!(worth(FEDERATED, &json!({ "AWS": ALICE })), CAPPED);
    assert_eq!(worth(FEDERATED, &json!({ "AWS": "arn:aws:iam::111111111111:user/Bob" })), DELEGATED);
    assert_eq!(worth(ALICE, &json!({ "AWS": FEDERATED })), DELEGATED, "the user is not its token");
}

#[test]
fn a8_everyone_is_as_good_as_the_callers_own_name() {
    for who in [ALICE, SESSION, ROLE, FEDERATED] {
        for everyone in [json!("*"), json!({ "AWS": "*" }), json!({ "AWS": ["*", ROOT] })] {
            assert_eq!(worth(who, &everyone), FINAL, "{who} by {everyone}");
        }
    }
}

#[test]
fn a8_the_account_is_a_delegation_only() {
    for who in [ALICE, SESSION, ROLE, FEDERATED] {
        for account in [json!({ "AWS": ACCOUNT }), json!({ "AWS": ROOT })] {
            assert_eq!(worth(who, &account), DELEGATED, "{who} by {account}");
        }
        assert_eq!(worth(who, &json!({ "AWS": "444444444444" })), DELEGATED, "{who}: nobody delegates");
    }
}

#[test]
fn a9_across_accounts_both_sides_must_allow() {
    let session = "arn:aws:sts::444444444444:assumed-role/Q/s";
    let own = || json!([allows!()]);
    for (who, named) in [
        (MALLORY, json!({ "AWS": "444444444444" })),
        (MALLORY, json!({ "AWS": "arn:aws:iam::444444444444:root" })),
        (MALLORY, json!({ "AWS": MALLORY })),
        (MALLORY, json!("*")),
        (MALLORY, json!({ "AWS": "*" })),
        (session, json!({ "AWS": "arn:aws:iam::444444444444:role/Q" })),
        (session, json!({ "AWS": session })),
    ] {
        for (policies, expected) in [
            (json!({ "identity": own() }), "allow"),
            (json!({ "identity": "allow_all" }), "allow"),
            (json!({ "identity": [] }), "implicit_deny by identity"),
            (json!({ "identity": own(), "boundary": closed() }), "implicit_deny by boundary"),
            (json!({ "identity": own(), "session": closed() }), "implicit_deny by session"),
            (json!({ "identity": own(), "scp": [closed()] }), "implicit_deny by scp"),
            (json!({ "identity": own(), "rcp": [[denies!("Principal": "*")]] }), "explicit_deny by rcp"),
        ] {
            let policies = with(policies, "resource", allows!("Principal": named));
            assert_eq!(call(who).under(&policies), expected, "{who} under {policies}");
        }
        let without = json!({ "identity": own() });
        assert_eq!(call(who).under(&without), "implicit_deny by resource", "{who}: no resource policy");
        let other = json!({ "identity": own(), "resource": allows!("Principal": { "AWS": [ACCOUNT, ALICE] }) });
        assert_eq!(call(who).under(&other), "implicit_deny by resource", "{who}: others are named");
    }
}

#[test]
fn a10_a_trust_policy_and_a_key_policy_must_allow_by_themselves() {
    let key = "arn:aws:kms:us-east-1:111111111111:key/1";
    let target = "arn:aws:iam::111111111111:role/Target";
    for (action, resource, names_resources) in [
        ("sts:AssumeRole", target, false),
        ("sts:TagSession", target, false),
        ("sts:SetSourceIdentity", target, false),
        ("kms:Decrypt", key, true),
        ("kms:PutKeyPolicy", key, true),
    ] {
        let call = |who: &str| call(who).does(action).on(resource);
        let element = if names_resources { json!("*") } else { Value::Null };
        let names = |principal: Value| allows!("Principal": principal, "Resource": element);
        let own = || json!([allows!()]);
        for (policies, expected) in [
            (json!({ "identity": own() }), "implicit_deny by resource"),
            (json!({ "identity": own(), "resource": names(json!({ "AWS": MALLORY })) }), "implicit_deny by resource"),
            (json!({ "resource": names(json!({ "AWS": ALICE })) }), "allow"),
            (json!({ "resource": names(json!("*")) }), "allow"),
            (json!({ "resource": names(json!({ "AWS": ROOT })) }), "implicit_deny by identity"),
            (json!({ "resource": names(json!({ "AWS": ACCOUNT })) }), "implicit_deny by identity"),
            (json!({ "identity": own(), "resource": names(json!({ "AWS": ROOT })) }), "allow"),
            (
                json!({ "identity": own(), "boundary": closed(), "resource": names(json!({ "AWS": ROOT })) }),
                "implicit_deny by boundary",
            ),
        ] {
            assert_eq!(call(ALICE).under(&policies), expected, "{action} under {policies}");
        }
        // The root user is its account, and nothing more.
        assert_eq!(call(ROOT).under(&json!({ "resource": names(json!({ "AWS": ROOT })) })), "allow", "{action}");
        assert_eq!(call(ROOT).under(&json!({})), "implicit_deny by resource", "{action}");
    }
    // Elsewhere the identity policy is enough.
    let policies = json!({ "identity": [allows!()] });
    assert_eq!(call(ALICE).does("iam:PassRole").on(target).under(&policies), "allow");
    assert_eq!(call(ALICE).does("kms:CreateKey").on("*").under(&policies), "allow");
}

#[test]
fn a10_who_am_i_cannot_be_denied() {
    let shut = json!({ "identity": [denies!()], "scp": [[denies!()]], "boundary": [denies!()] });
    assert_eq!(call(ALICE).does("sts:GetCallerIdentity").on("*").under(&shut), "allow");
    assert_eq!(call(anonymous()).does("sts:GetCallerIdentity").on("*").under(&json!({})), "implicit_deny by resource");
    assert_eq!(call(ALICE).does("sts:GetSessionToken").on("*").under(&shut), "explicit_deny by scp");
}

#[test]
fn a10_a_service_assumes_a_role_by_its_trust_policy_alone() {
    let assume = |who: Value| call(who).does("sts:AssumeRole").on("arn:aws:iam::111111111111:role/Target");
    let trust = |principal: Value| json!({ "resource": allows!("Principal": principal, "Resource": null), "scp": [[denies!()]] });
    let lambda = || service("lambda.amazonaws.com");
    assert_eq!(assume(lambda()).under(&trust(json!({ "Service": "lambda.amazonaws.com" }))), "allow");
    assert_eq!(assume(lambda()).under(&trust(json!({ "Service": "ec2.amazonaws.com" }))), "implicit_deny by resource");
    assert_eq!(assume(lambda()).under(&json!({ "identity": [allows!()] })), "implicit_deny by resource");
    let github = "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com";
    let assume = assume(federated(github)).does("sts:AssumeRoleWithWebIdentity");
    assert_eq!(assume.under(&trust(json!({ "Federated": github }))), "allow");
    assert_eq!(assume.under(&trust(json!({ "Service": "lambda.amazonaws.com" }))), "implicit_deny by resource");
}

#[test]
fn a11_only_the_resources_side_judges_those_without_an_account() {
    let cloudtrail = || service("cloudtrail.amazonaws.com");
    let own = json!([allows!()]);
    let ours = json!([denies!()]);
    for (who, principal, expected) in [
        (anonymous(), json!("*"), "allow"),
        (anonymous(), json!({ "AWS": "*" }), "allow"),
        (anonymous(), json!({ "AWS": ALICE }), "implicit_deny by resource"),
        (anonymous(), json!({ "AWS": ACCOUNT }), "implicit_deny by resource"),
        (anonymous(), json!({ "Service": "cloudtrail.amazonaws.com" }), "implicit_deny by resource"),
        (cloudtrail(), json!({ "Service": "cloudtrail.amazonaws.com" }), "allow"),
        (cloudtrail(), json!({ "Service": ["config.amazonaws.com", "cloudtrail.amazonaws.com"] }), "allow"),
        (cloudtrail(), json!("*"), "allow"),
        (cloudtrail(), json!({ "Service": "config.amazonaws.com" }), "implicit_deny by resource"),
        (cloudtrail(), json!({ "AWS": ACCOUNT }), "implicit_deny by resource"),
    ] {
        // The caller's side neither helps nor hinders.
        for identity in [json!([]), own.clone(), ours.clone()] {
            let policies = json!({ "identity": identity, "boundary": ours, "session": ours, "scp": [[denies!()]],
                                   "resource": allows!("Principal": principal) });
            assert_eq!(call(who.clone()).under(&policies), expected, "{who} under {policies}");
        }
        let capped = json!({ "resource": allows!("Principal": principal), "rcp": [[denies!("Principal": "*")]] });
        assert_eq!(call(who.clone()).under(&capped), "explicit_deny by rcp", "{who}");
    }
    let not_services =
        denies!("Principal": "*", "Condition": { "BoolIfExists": { "aws:PrincipalIsAWSService": "false" } });
    let policies = json!({ "resource": allows!("Principal": "*"), "rcp": [[not_services]] });
    assert_eq!(call(cloudtrail()).under(&policies), "allow");
    assert_eq!(call(MALLORY).under(&policies), "explicit_deny by rcp");
}

#[test]
fn a12_an_endpoint_policy_is_one_more_filter() {
    let through = |endpoint: Value| json!({ "identity": [allows!()], "endpoint": endpoint });
    for (policies, expected) in [
        (through(json!([allows!("Principal": "*")])), "allow"),
        (through(json!([allows!("Principal": "*", "Action": NOTHING)])), "implicit_deny by endpoint"),
        (through(json!([])), "implicit_deny by endpoint"),
        (through(json!([allows!("Principal": "*"), denies!("Principal": "*")])), "explicit_deny by endpoint"),
        (through(json!([allows!("Principal": { "AWS": ALICE })])), "allow"),
        (through(json!([allows!("Principal": { "AWS": MALLORY })])), "implicit_deny by endpoint"),
        (through(json!([allows!("Principal": "*", "Resource": "arn:aws:s3:::b/*")])), "allow"),
        (through(json!([allows!("Principal": "*", "Resource": "arn:aws:s3:::c/*")])), "implicit_deny by endpoint"),
        (json!({ "endpoint": [allows!("Principal": "*")] }), "implicit_deny by identity"),
        (json!({ "identity": [allows!()] }), "allow"),
    ] {
        assert_eq!(call(ALICE).under(&policies), expected, "{policies}");
    }
    let open = allows!("Principal": "*");
    let shut = json!({ "resource": open, "endpoint": [allows!("Principal": "*", "Action": NOTHING)] });
    assert_eq!(call(anonymous()).under(&shut), "implicit_deny by endpoint");
    assert_eq!(call(anonymous()).under(&json!({ "resource": open, "endpoint": [open] })), "allow");
}

#[test]
fn a13_a_restricted_public_policy_serves_the_account_and_services_only() {
    let public = joined(&[allows!("Principal": "*", "Action": "s3:Get*"), allows!("Principal": { "AWS": MALLORY })]);
    let narrow = allows!("Principal": { "AWS": MALLORY });
    for level in ["account", "bucket"] {
        let under = |policy: &Value| {
            json!({ "identity": "allow_all", "resource": policy,
                    "block_public_access": { level: { "restrict_public_buckets": true } } })
        };
        for (who, policy, expected) in [
            (anonymous(), &public, "implicit_deny by block_public_access"),
            (json!(MALLORY), &public, "implicit_deny by block_public_access"),
            (json!(ALICE), &public, "allow"),
            (service("config.amazonaws.com"), &public, "allow"),
            (json!(MALLORY), &narrow, "allow"),
        ] {
            assert_eq!(call(who.clone()).under(&under(policy)), expected, "{who}, {level}");
            assert_eq!(
                call(who.clone()).under(&json!({ "identity": "allow_all", "resource": policy })),
                "allow",
                "{who}: unrestricted"
            );
        }
        assert_eq!(call(anonymous()).under(&under(&narrow)), "implicit_deny by resource");
    }
}

#[test]
fn a14_without_a_principal_a_resource_policy_names_nobody() {
    for (statement, allowed) in [
        (allows!(), false),
        (allows!("Principal": {}), false),
        (allows!("Principal": { "AWS": [] }), false),
        (allows!("Principal": "*"), true),
    ] {
        assert_eq!(call(anonymous()).passes(&json!({ "resource": statement })), allowed, "{statement}");
    }
    // Nor does a Deny.
    let policies = json!({ "resource": joined(&[allows!("Principal": "*"), denies!()]) });
    assert!(call(anonymous()).passes(&policies));
}

#[test]
fn a14_statements_and_documents_of_one_layer_are_one_in_any_order() {
    let (read, other, shut) = (allows!("Action": "s3:Get*"), allows!("Action": NOTHING), denies!("Action": "s3:G*"));
    for (documents, allowed) in [
        (json!([read, other]), true),
        (json!([other, read]), true),
        (json!([joined(&[other.clone(), read.clone()])]), true),
        (json!([joined(&[read.clone(), other.clone()])]), true),
        (json!([read, shut]), false),
        (json!([shut, read]), false),
        (json!([joined(&[shut.clone(), read.clone()])]), false),
        (json!([other]), false),
    ] {
        for layer in ["identity", "boundary", "session"] {
            let policies = with(json!({ "identity": [allows!()] }), layer, documents.clone());
            assert_eq!(call(SESSION).passes(&policies), allowed, "{layer}: {documents}");
        }
    }
}
