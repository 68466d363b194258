//! Facts B: the elements of a statement, and what each of them matches.

use serde_json::{Value, json};

use super::case::{
    ACCOUNT, ALICE, BUCKET, FEDERATED, MALLORY, OBJECT, ROLE, ROOT, SESSION, allows, anonymous, answer, ask, call,
    denies, federated, holds, joined, of_2008, service,
};

/// Whether an identity policy lets Alice do it.
fn lets(policy: &Value, action: &str, resource: &str) -> bool {
    call(ALICE).does(action).on(resource).passes(&json!({ "identity": [policy] }))
}

/// The pointer and the code of the fault in a document.
fn fault(document: Value) -> (String, String) {
    let answer = answer(&json!({ "op": "status", "policy": document, "account": ACCOUNT }));
    let text = |key: &str| answer["error"][key].as_str().unwrap_or("none").to_owned();
    (text("code"), text("pointer"))
}

#[test]
fn b1_statements_and_values_are_scalars_or_lists() {
    let one = json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": OBJECT });
    let listed = json!({ "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": [OBJECT] });
    for statement in [json!(one), json!([one]), json!(listed), json!([listed])] {
        let policy = json!({ "Version": "2012-10-17", "Statement": statement });
        assert!(lets(&policy, "s3:GetObject", OBJECT), "{policy}");
        assert!(!lets(&policy, "s3:PutObject", OBJECT), "{policy}");
        assert!(!lets(&policy, "s3:GetObject", BUCKET), "{policy}");
    }
    let two = allows!("Action": ["s3:GetObject", "s3:PutObject"], "Resource": [OBJECT, BUCKET]);
    assert!(lets(&two, "s3:PutObject", BUCKET));
    assert!(!lets(&two, "s3:DeleteObject", BUCKET));
    assert!(!lets(&allows!("Action": []), "s3:GetObject", OBJECT));
    assert!(!lets(&json!({ "Version": "2012-10-17", "Statement": [] }), "s3:GetObject", OBJECT));
}

#[test]
fn b1_values_of_conditions_may_be_unquoted() {
    for (condition, context, expected) in [
        (json!({ "Bool": { "aws:SecureTransport": true } }), json!({ "aws:SecureTransport": "true" }), true),
        (json!({ "Bool": { "aws:SecureTransport": true } }), json!({ "aws:SecureTransport": "false" }), false),
        (json!({ "Bool": { "aws:SecureTransport": false } }), json!({ "aws:SecureTransport": "false" }), true),
        (json!({ "Bool": { "aws:SecureTransport": false } }), json!({ "aws:SecureTransport": "true" }), false),
        (json!({ "Bool": { "aws:SecureTransport": [false] } }), json!({ "aws:SecureTransport": false }), true),
        (json!({ "Bool": { "aws:SecureTransport": "false" } }), json!({ "aws:SecureTransport": false }), true),
        (json!({ "Null": { "aws:TokenIssueTime": true } }), json!({}), true),
        (json!({ "Null": { "aws:TokenIssueTime": false } }), json!({}), false),
        (json!({ "NumericLessThan": { "s3:max-keys": 10 } }), json!({ "s3:max-keys": 9 }), true),
        (json!({ "NumericLessThan": { "s3:max-keys": 10 } }), json!({ "s3:max-keys": "10" }), false),
        (json!({ "NumericEquals": { "s3:max-keys": [1, "2.50"] } }), json!({ "s3:max-keys": 2.5 }), true),
        (json!({ "StringEquals": { "aws:PrincipalTag/n": 7 } }), json!({ "aws:PrincipalTag/n": "7" }), true),
        (json!({ "StringEquals": { "aws:PrincipalTag/n": [true, 7] } }), json!({ "aws:PrincipalTag/n": "8" }), false),
    ] {
        assert_eq!(holds(&condition, &context), expected, "{condition} in {context}");
        let policies = json!({ "identity": [allows!("Condition": condition)] });
        assert_eq!(call(ALICE).given(context).passes(&policies), expected, "{condition} in a document");
    }
}

#[test]
fn b1_without_the_new_version_variables_are_text_and_wildcards_work() {
    let resource = "arn:aws:s3:::b/${aws:username}/*";
    let policy = allows!("Resource": resource);
    let mut unversioned = policy.clone();
    unversioned.as_object_mut().unwrap().remove("Version");
    let mine = "arn:aws:s3:::b/Alice/x";
    let spelled_out = "arn:aws:s3:::b/${aws:username}/x";
    assert!(lets(&policy, "s3:GetObject", mine));
    assert!(!lets(&policy, "s3:GetObject", spelled_out));
    for old in [of_2008(policy), unversioned] {
        assert!(!lets(&old, "s3:GetObject", mine));
        assert!(lets(&old, "s3:GetObject", spelled_out));
    }
    let condition = allows!("Condition": { "StringEquals": { "aws:username": "${aws:username}" } });
    assert!(lets(&condition, "s3:GetObject", OBJECT));
    assert!(!lets(&of_2008(condition), "s3:GetObject", OBJECT));
    // The version counts wherever it stands.
    let last = r#"{"id":"t","op":"decide","request":{"principal":"arn:aws:iam::111111111111:user/Alice","action":"s3:GetObject","resource":"arn:aws:s3:::b/Alice/x"},"policies":{"identity":[{"Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::b/${aws:username}/*"},"Version":"2012-10-17"}]}}"#;
    let answer: Value = serde_json::from_str(&crate::batch::answer_line(last.as_bytes())).unwrap();
    assert_eq!(answer["decision"], "allow");
}

#[test]
fn b1_what_aws_refuses_to_store_is_an_error_with_its_place() {
    let statement = |changes: Value| {
        let mut statement = json!({ "Effect": "Allow", "Action": "*", "Resource": "*" });
        for (key, value) in changes.as_object().unwrap() {
            if value.is_null() {
                statement.as_object_mut().unwrap().remove(key);
            } else {
                statement[key] = value.clone();
            }
        }
        json!({ "Version": "2012-10-17", "Statement": [statement] })
    };
    for (document, pointer) in [
        (json!({ "Version": "2011-10-17", "Statement": [] }), "/policy/Version"),
        (json!({ "Version": 20_121_017, "Statement": [] }), "/policy/Version"),
        (json!({ "Version": "2012-10-17" }), "/policy"),
        (json!({ "version": "2012-10-17", "Statement": [] }), "/policy/version"),
        (json!({ "Version": "2012-10-17", "Statement": "all" }), "/policy/Statement"),
        (json!({ "Version": "2012-10-17", "Statement": [1] }), "/policy/Statement/0"),
        (json!([]), "/policy"),
        (statement(json!({ "Effect": "allow" })), "/policy/Statement/0/Effect"),
        (statement(json!({ "Effect": null })), "/policy/Statement/0"),
        (statement(json!({ "Action": null })), "/policy/Statement/0"),
        (statement(json!({ "action": "*" })), "/policy/Statement/0/action"),
        (statement(json!({ "Action": 1 })), "/policy/Statement/0/Action"),
        (statement(json!({ "Action": ["*", {}] })), "/policy/Statement/0/Action/1"),
        (statement(json!({ "NotAction": "*" })), "/policy/Statement/0/NotAction"),
        (statement(json!({ "NotResource": "*" })), "/policy/Statement/0/Resource"),
        (statement(json!({ "Principal": ALICE })), "/policy/Statement/0/Principal"),
        (statement(json!({ "Principal": { "aws": ALICE } })), "/policy/Statement/0/Principal/aws"),
        (statement(json!({ "Condition": [] })), "/policy/Statement/0/Condition"),
        (statement(json!({ "Condition": { "Bool": "x" } })), "/policy/Statement/0/Condition/Bool"),
        (statement(json!({ "Condition": { "Bool": { "a/b~": {} } } })), "/policy/Statement/0/Condition/Bool/a~1b~0"),
    ] {
        assert_eq!(fault(document.clone()), ("invalid_policy".to_owned(), pointer.to_owned()), "{document}");
    }
    assert_eq!(fault(statement(json!({ "Sid": "x", "Condition": {} }))).0, "none");
}

#[test]
fn b2_an_action_matches_as_a_whole_in_any_case() {
    for (pattern, action, expected) in [
        ("s3:GetObject", "s3:GetObject", true),
        ("S3:getobject", "s3:GetObject", true),
        ("s3:GetObject", "S3:GETOBJECT", true),
        ("s3:GetObject", "s3:GetObjectAcl", false),
        ("s3:GetObject", "xs3:GetObject", false),
        ("s3:GetObject*", "s3:GetObject", true),
        ("s3:GetObject*", "s3:GetObjectAcl", true),
        ("s3:*Object*", "s3:PutObjectAcl", true),
        ("s3:*Acl", "s3:PutObject", false),
        ("s3:GetObject?", "s3:GetObject", false),
        ("s3:GetObject???", "s3:GetObjectAcl", true),
        ("s3:GetObject??", "s3:GetObjectAcl", false),
        ("s3:*", "s3:GetObject", true),
        ("s3:*", "s3express:GetObject", false),
        ("*", "anything:AtAll", true),
        ("*:*", "anything:AtAll", true),
        ("GetObject", "s3:GetObject", false),
        ("", "s3:GetObject", false),
    ] {
        assert_eq!(lets(&allows!("Action": pattern), action, OBJECT), expected, "{pattern} and {action}");
        assert_eq!(lets(&allows!("NotAction": pattern), action, OBJECT), !expected, "not {pattern} and {action}");
    }
}

#[test]
fn b2_not_action_leaves_other_services_in() {
    let policy = allows!("NotAction": ["iam:*", "s3:Put*"]);
    for (action, expected) in
        [("iam:CreateUser", false), ("s3:PutObject", false), ("s3:GetObject", true), ("future:Thing", true)]
    {
        assert_eq!(lets(&policy, action, "*"), expected, "{action}");
        let shut = joined(&[allows!(), denies!("NotAction": ["iam:*", "s3:Put*"])]);
        assert_eq!(lets(&shut, action, "*"), !expected, "{action} under the Deny");
    }
}

/// Where a `*` stops at a colon is unclear in AWS's documentation: as the last character of a segment it does not,
/// inside a segment it does.
#[test]
fn b3_a_star_passes_a_colon_only_as_the_last_character_of_a_segment() {
    let queue = "arn:aws:sqs:us-east-1:111111111111:jobs";
    let key = "arn:aws:s3:::b/a/b:c";
    for (pattern, resource, expected) in [
        ("*", queue, true),
        ("*", "*", true),
        ("arn:aws:sqs:*", queue, true),
        ("arn:aws:sqs*", queue, true),
        ("arn:aws:*", queue, true),
        ("arn:*", queue, true),
        ("arn:aws:sqs:us-east-1:*", queue, true),
        ("arn:aws:sqs:us-east-1:111111111111:*", queue, true),
        ("arn:aws:sqs:*:*:jobs", queue, true),
        ("arn:aws:sqs:*:111111111111:jobs", queue, true),
        ("arn:aws:sqs:us-*:111111111111:jobs", queue, true),
        ("arn:aws:sqs:us-*-1:111111111111:jobs", queue, true),
        ("arn:aws:sqs:us-*-2:111111111111:jobs", queue, false),
        ("arn:aws:sqs:us*s", queue, false),
        ("arn:aws:sqs:us*1:jobs", queue, false),
        ("arn:aws:sqs:us-east-1:1*1:jobs", queue, true),
        ("arn:aws:sqs:us-east?1:111111111111:jobs", queue, true),
        ("arn:aws:sqs:us-east-1?111111111111:jobs", queue, false),
        ("arn:aws:sqs:us-east-1:111111111111:job", queue, false),
        ("arn:aws:sqs:us-east-1:111111111111:J*", queue, false),
        ("arn:aws:s3:::b/*", key, true),
        ("arn:aws:s3:::b/*c", key, true),
        ("arn:aws:s3:::b/a*c", key, true),
        ("arn:aws:s3:::b/a/b?c", key, true),
        ("arn:aws:s3:::b/A/*", key, false),
        ("arn:aws:s3:::b*", key, true),
        ("arn:aws:s3:::b", key, false),
        ("arn:aws:s3:::*", key, true),
        ("arn:aws:s3:::b/?", key, false),
        ("arn:aws:iam::111111111111:user/*", "arn:aws:iam::111111111111:user/a/b", true),
    ] {
        assert_eq!(lets(&allows!("Resource": pattern), "x:Y", resource), expected, "{pattern} and {resource}");
        assert_eq!(lets(&allows!("NotResource": pattern), "x:Y", resource), !expected, "not {pattern} and {resource}");
    }
}

#[test]
fn b3_many_stars_take_no_time() {
    let stars = "*a".repeat(200);
    for (pattern, text, expected) in [
        (format!("arn:aws:sqs:x{stars}z:1:q"), format!("arn:aws:sqs:x{}:1:q", "a".repeat(500)), false),
        (format!("arn:aws:sqs:x{stars}:1:q"), format!("arn:aws:sqs:x{}:1:q", "a".repeat(500)), true),
        (
            format!("arn:x{stars}z:x{stars}z:x{stars}z:1:q"),
            format!("arn:{0}:{0}:{0}:1:q", format!("x{}", "a".repeat(500))),
            false,
        ),
        (format!("arn:aws:s3:::{stars}z"), format!("arn:aws:s3:::{}", "a".repeat(900)), false),
        (format!("arn:aws:s3:::{stars}"), format!("arn:aws:s3:::{}", "a".repeat(900)), true),
        // Where a star takes too little first, and one behind a colon too.
        ("arn:aws:sqs:u*a*b:1*2:*z".to_owned(), "arn:aws:sqs:uaab-ab:1-2-2:z:z".to_owned(), true),
        ("arn:aws:sqs:u*a*b:1*2:*z".to_owned(), "arn:aws:sqs:uaab-ab:1-2-3:z:z".to_owned(), false),
        ("arn:aws:*:u*a:1:q".to_owned(), "arn:aws:sqs:x:uba:1:q".to_owned(), true),
    ] {
        assert_eq!(lets(&allows!("Resource": pattern), "x:Y", &text), expected, "{pattern} and {text}");
    }
}

#[test]
fn b4_a_variable_without_a_value_makes_its_entry_match_nothing() {
    let tagged = "arn:aws:s3:::b/${aws:PrincipalTag/team}/*";
    let red = || call(ALICE).on("arn:aws:s3:::b/red/x").given(json!({ "aws:PrincipalTag/team": "red" }));
    let none = || call(ALICE).on("arn:aws:s3:::b/red/x");
    for (policy, with, without) in [
        (allows!("Resource": tagged), true, false),
        (allows!("Resource": [tagged, "arn:aws:s3:::b/red/*"]), true, true),
        (allows!("NotResource": tagged), false, true),
        (allows!("NotResource": [tagged, "arn:aws:s3:::b/red/*"]), false, false),
        (joined(&[allows!(), denies!("Resource": tagged)]), false, true),
        (joined(&[allows!(), denies!("NotResource": tagged)]), true, false),
    ] {
        let policies = json!({ "identity": [policy] });
        assert_eq!(red().passes(&policies), with, "{policy}");
        assert_eq!(none().passes(&policies), without, "{policy} without the tag");
    }
}

#[test]
fn b5_an_action_without_resource_types_needs_the_star() {
    for (resource, expected) in [
        (json!("*"), true),
        (json!(["arn:aws:s3:::b", "*"]), true),
        (json!("arn:aws:s3:::*"), false),
        (json!("arn:*"), false),
        (json!(BUCKET), false),
    ] {
        assert_eq!(lets(&allows!("Resource": resource), "s3:ListAllMyBuckets", "*"), expected, "{resource}");
        assert_eq!(lets(&allows!("NotResource": resource), "s3:ListAllMyBuckets", "*"), !expected, "not {resource}");
    }
}

const OIDC: &str = "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com";
const SAML: &str = "arn:aws:iam::111111111111:saml-provider/Corp";

#[test]
fn b6_each_form_of_a_principal_names_its_own() {
    let bob = "arn:aws:iam::111111111111:user/Bob";
    let lambda = || service("lambda.amazonaws.com");
    for (principal, who, expected) in [
        (json!("*"), json!(MALLORY), true),
        (json!("*"), anonymous(), true),
        (json!({ "AWS": "*" }), json!(MALLORY), true),
        (json!({ "AWS": "*" }), anonymous(), true),
        (json!({ "AWS": "444444444444" }), json!(MALLORY), true),
        (json!({ "AWS": "arn:aws:iam::444444444444:root" }), json!(MALLORY), true),
        (json!({ "AWS": "44444444444" }), json!(MALLORY), false),
        (json!({ "AWS": MALLORY }), json!(MALLORY), true),
        (json!({ "AWS": "arn:aws:iam::444444444444:user/mallory" }), json!(MALLORY), false),
        (json!({ "AWS": ALICE }), json!(bob), false),
        (json!({ "AWS": [bob, ALICE] }), json!(ALICE), true),
        (json!({ "Service": "lambda.amazonaws.com", "AWS": ALICE }), json!(ALICE), true),
        (json!({ "Service": "lambda.amazonaws.com", "AWS": ALICE }), lambda(), true),
        (json!({ "Service": "lambda.amazonaws.com" }), json!(ALICE), false),
        (json!({ "Service": "*" }), lambda(), false),
        (json!({ "Service": "LAMBDA.amazonaws.com" }), lambda(), false),
        (json!({ "AWS": ROLE }), json!(ROLE), true),
        (json!({ "AWS": SESSION }), json!(SESSION), true),
        (json!({ "AWS": FEDERATED }), json!(FEDERATED), true),
        (json!({ "Federated": OIDC }), federated(OIDC), true),
        (json!({ "Federated": "token.actions.githubusercontent.com" }), federated(OIDC), true),
        (json!({ "Federated": OIDC }), federated("token.actions.githubusercontent.com"), true),
        (
            json!({ "Federated": OIDC }),
            federated("arn:aws:iam::444444444444:oidc-provider/token.actions.githubusercontent.com"),
            false,
        ),
        (json!({ "Federated": OIDC }), federated("gitlab.com"), false),
        (json!({ "Federated": SAML }), federated(SAML), true),
        (json!({ "Federated": SAML }), federated("arn:aws:iam::111111111111:saml-provider/Other"), false),
        (
            json!({ "CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be" }),
            json!(MALLORY),
            false,
        ),
        (json!({ "AWS": OIDC }), federated(OIDC), false),
    ] {
        let policies = json!({ "identity": "allow_all", "resource": allows!("Principal": principal) });
        let call = call(who.clone()).owned_by(if who == json!(MALLORY) { ACCOUNT } else { "222222222222" });
        assert_eq!(call.passes(&policies), expected, "{who} by {principal}");
    }
}

#[test]
fn b6_a_principal_has_no_wildcards_and_a_deleted_one_is_nobody() {
    for named in [
        "arn:aws:iam::444444444444:user/*",
        "arn:aws:iam::*:user/Mallory",
        "arn:aws:iam::444444444444:user/Mallor?",
        "arn:aws:iam::*:root",
        "44444444444*",
        "AIDAEXAMPLEEXAMPLEEXA",
        "AROAEXAMPLEEXAMPLEEXA",
        "Mallory",
        "",
    ] {
        let policies = json!({ "identity": "allow_all", "resource": allows!("Principal": { "AWS": named }) });
        assert_eq!(call(MALLORY).under(&policies), "implicit_deny by resource", "{named}");
        let shut = joined(&[allows!("Principal": "*"), denies!("Principal": { "AWS": named })]);
        let policies = json!({ "identity": "allow_all", "resource": shut });
        assert_eq!(call(MALLORY).under(&policies), "allow", "a Deny of {named}");
    }
}

#[test]
fn b6_a_deny_meets_whoever_it_names_in_whatever_way() {
    let bob = "arn:aws:iam::111111111111:user/Bob";
    for (who, named, denied) in [
        (SESSION, json!({ "AWS": SESSION }), true),
        (SESSION, json!({ "AWS": ROLE }), true),
        (SESSION, json!({ "AWS": ACCOUNT }), true),
        (SESSION, json!({ "AWS": ROOT }), true),
        (SESSION, json!("*"), true),
        (SESSION, json!({ "AWS": "arn:aws:sts::111111111111:assumed-role/R/t" }), false),
        (SESSION, json!({ "AWS": ALICE }), false),
        (FEDERATED, json!({ "AWS": ALICE }), true),
        (ALICE, json!({ "AWS": FEDERATED }), false),
        (ALICE, json!({ "AWS": [bob, ROOT] }), true),
        (ALICE, json!({ "AWS": bob }), false),
        (ALICE, json!({ "AWS": MALLORY }), false),
        (ROOT, json!({ "AWS": ALICE }), false),
        (ROOT, json!({ "AWS": ACCOUNT }), true),
    ] {
        let resource = joined(&[allows!("Principal": "*"), denies!("Principal": named)]);
        assert_eq!(call(who).passes(&json!({ "resource": resource })), !denied, "{who} by {named}");
    }
}

#[test]
fn b7_a_role_names_its_sessions_whatever_its_path() {
    let at = |path: &str| format!("arn:aws:iam::111111111111:role/{path}");
    let of = |name: &str| format!("arn:aws:sts::111111111111:assumed-role/{name}/s");
    for (named, who, expected) in [
        (at("R"), of("R"), true),
        (at("team/blue/R"), of("R"), true),
        (at("R"), of("Q"), false),
        (at("R"), of("r"), false),
        (at("R/Q"), of("R"), false),
        (at("R"), at("R"), true),
        (at("team/R"), at("team/R"), true),
        // By their ARNs the paths are known.
        (at("team/R"), at("other/R"), false),
        (at("team/R"), at("R"), false),
        (at("R"), at("team/R"), false),
        (at("R"), "arn:aws:sts::444444444444:assumed-role/R/s".to_owned(), false),
        (of("R"), of("R"), true),
        (of("R"), at("R"), false),
        (at("R"), "arn:aws:iam::111111111111:user/R".to_owned(), false),
    ] {
        let policies = json!({ "identity": "allow_all", "resource": allows!("Principal": { "AWS": named }) });
        let call = call(who.clone()).owned_by("222222222222");
        assert_eq!(call.passes(&policies), expected, "{who} by {named}");
    }
}

/// How much of the chain must be listed differs between services: it is read as all of it.
#[test]
fn b8_a_denied_not_principal_spares_only_a_listed_chain() {
    let spared = |who: &str, listed: Value| {
        let resource = joined(&[allows!("Principal": "*"), denies!("NotPrincipal": { "AWS": listed })]);
        call(who).passes(&json!({ "resource": resource }))
    };
    for (who, listed, expected) in [
        (ALICE, json!([ALICE, ROOT]), true),
        (ALICE, json!([ALICE, ACCOUNT]), true),
        (ALICE, json!(ALICE), false),
        (ALICE, json!(ROOT), false),
        (ALICE, json!([ROOT, "arn:aws:iam::111111111111:user/Bob"]), false),
        (SESSION, json!([SESSION, ROLE, ROOT]), true),
        (SESSION, json!([SESSION, "arn:aws:iam::111111111111:role/path/R", ROOT]), true),
        (SESSION, json!([SESSION, ROLE]), false),
        (SESSION, json!([SESSION, ROOT]), false),
        (SESSION, json!([ROLE, ROOT]), false),
        (SESSION, json!(["arn:aws:sts::111111111111:assumed-role/R/t", ROLE, ROOT]), false),
        (ROLE, json!([ROLE, ROOT]), true),
        (ROOT, json!(ROOT), true),
        (ROOT, json!(ALICE), false),
        (ALICE, json!("*"), true),
    ] {
        assert_eq!(spared(who, listed.clone()), expected, "{who} with {listed}");
    }
    let not_service = |name: &str| {
        let resource = joined(&[allows!("Principal": "*"), denies!("NotPrincipal": { "Service": name })]);
        call(service("config.amazonaws.com")).passes(&json!({ "resource": resource }))
    };
    assert!(not_service("config.amazonaws.com"));
    assert!(!not_service("cloudtrail.amazonaws.com"));
    let nobody = joined(&[allows!("Principal": "*"), denies!("NotPrincipal": { "AWS": [ALICE, ROOT] })]);
    assert!(!call(anonymous()).passes(&json!({ "resource": nobody })));
}

#[test]
fn b8_a_denied_not_principal_meets_everyone_under_a_boundary() {
    let resource = joined(&[allows!("Principal": "*"), denies!("NotPrincipal": { "AWS": [ALICE, ROOT] })]);
    assert_eq!(call(ALICE).under(&json!({ "resource": resource })), "allow");
    let capped = json!({ "resource": resource, "boundary": [allows!()] });
    assert_eq!(call(ALICE).under(&capped), "explicit_deny by resource");
}

#[test]
fn b8_an_allowed_not_principal_is_everyone_but_those_listed() {
    let lets = |who: Value, listed: Value| {
        let policies = json!({ "identity": "allow_all", "resource": allows!("NotPrincipal": listed) });
        call(who).owned_by("222222222222").passes(&policies)
    };
    for (who, listed, expected) in [
        (json!(MALLORY), json!({ "AWS": ALICE }), true),
        (json!(ALICE), json!({ "AWS": ALICE }), false),
        (json!(ALICE), json!({ "AWS": [ALICE, ROOT] }), false),
        (json!(ALICE), json!({ "AWS": ROOT }), false),
        (json!(SESSION), json!({ "AWS": ROLE }), false),
        (json!(SESSION), json!({ "AWS": ALICE }), true),
        (anonymous(), json!({ "AWS": ALICE }), true),
        (anonymous(), json!({ "AWS": "*" }), false),
        (service("config.amazonaws.com"), json!({ "AWS": ALICE }), true),
        (service("config.amazonaws.com"), json!({ "Service": "config.amazonaws.com" }), false),
    ] {
        assert_eq!(lets(who.clone(), listed.clone()), expected, "{who} with {listed}");
    }
}

const IDENTITY_OF_CLOUDFRONT: &str = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1ABCDEF";

#[test]
fn b9_what_aws_owns_is_no_stranger() {
    let audiences = |principal: Value| {
        let policy = allows!("Principal": principal, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*");
        let reached = ask(
            &json!({ "op": "reach", "kind": "bucket_policy", "policy": policy, "resource": BUCKET, "account": ACCOUNT }),
        );
        (reached["reachable_by_outsider"].clone(), reached["audiences"].clone())
    };
    // The account that writes the access logs of load balancers in us-east-1.
    let load_balancers = "arn:aws:iam::127311923021:root";
    for aws in [IDENTITY_OF_CLOUDFRONT, load_balancers, "127311923021"] {
        let (outside, audiences) = audiences(json!({ "AWS": aws }));
        assert_eq!(outside, "no", "{aws}");
        assert!(audiences.as_array().unwrap().contains(&json!("aws_service")), "{aws}: {audiences}");
    }
    let (outside, audiences) = audiences(json!({ "AWS": "127311923022" }));
    assert_eq!((outside, audiences[0].clone()), (json!("yes"), json!("accounts")));
}

#[test]
fn b9_an_origin_access_identity_is_named_exactly() {
    let policies = |named: &str| json!({ "identity": "allow_all", "resource": allows!("Principal": { "AWS": named }) });
    assert!(call(IDENTITY_OF_CLOUDFRONT).passes(&policies(IDENTITY_OF_CLOUDFRONT)));
    let other = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E2ABCDEF";
    assert!(!call(other).passes(&policies(IDENTITY_OF_CLOUDFRONT)));
    assert!(!call(MALLORY).passes(&policies(IDENTITY_OF_CLOUDFRONT)));
}
