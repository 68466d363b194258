//! Facts D: policy variables.

use serde_json::{Value, json};

use super::case::{ALICE, allows, call, holds, of_2008};

/// Whether `operator` holds for the key `k` and this value in a context.
fn compares(operator: &str, value: &str, context: &Value) -> bool {
    holds(&json!({ operator: { "k": value } }), context)
}

fn lets(resource: &str, on: &str, context: Value) -> bool {
    call(ALICE).on(on).given(context).passes(&json!({ "identity": [allows!("Resource": resource)] }))
}

#[test]
fn d1_variables_count_in_texts_and_arns_only() {
    for (operator, value, expected) in [
        ("StringEquals", "${v}", true),
        ("StringEqualsIgnoreCase", "${v}", true),
        ("StringLike", "${v}*", true),
        ("StringNotEquals", "${v}", false),
        ("ForAnyValue:StringEquals", "${v}", true),
        ("StringEqualsIfExists", "${v}", true),
    ] {
        assert_eq!(compares(operator, value, &json!({ "k": "abc", "v": "abc" })), expected, "{operator}");
    }
    let arn = "arn:aws:iam::111111111111:user/a";
    let by_account = json!({ "k": arn, "v": "111111111111" });
    assert!(compares("ArnLike", "arn:aws:iam::${v}:user/*", &by_account));
    assert!(!compares("ArnNotLike", "arn:aws:iam::${v}:user/*", &by_account));
    assert!(!compares("ArnLike", "arn:aws:iam::${v}:user/*", &json!({ "k": arn, "v": "222222222222" })));
    for (operator, value) in
        [("NumericEquals", "5"), ("DateEquals", "2026-01-01"), ("IpAddress", "198.51.100.7"), ("BinaryEquals", "AQ==")]
    {
        let context = json!({ "k": value, "v": value });
        assert!(compares(operator, value, &context), "{operator}");
        assert!(!compares(operator, "${v}", &context), "{operator}");
    }
    assert!(!compares("Null", "${v}", &json!({ "v": "true" })));
}

#[test]
fn d1_in_an_arn_variables_count_behind_the_fifth_colon_only() {
    let given = || json!({ "aws:PrincipalTag/p": "b", "aws:PrincipalTag/account": "111111111111" });
    for (pattern, on, expected) in [
        ("arn:aws:s3:::${aws:PrincipalTag/p}/*", "arn:aws:s3:::b/x", true),
        ("arn:aws:s3:::${aws:PrincipalTag/p}/*", "arn:aws:s3:::c/x", false),
        ("arn:aws:s3:::x/${aws:PrincipalTag/p}", "arn:aws:s3:::x/b", true),
        ("arn:aws:sqs:*:*:${aws:PrincipalTag/p}", "arn:aws:sqs:us-east-1:111111111111:b", true),
        ("arn:aws:sqs:*:${aws:PrincipalTag/account}:b", "arn:aws:sqs:us-east-1:111111111111:b", false),
        ("arn:aws:${aws:PrincipalTag/p}:::x", "arn:aws:b:::x", false),
        ("${aws:PrincipalTag/p}", "b", false),
    ] {
        assert_eq!(lets(pattern, on, given()), expected, "{pattern} and {on}");
    }
}

#[test]
fn d1_variables_are_those_of_the_new_version_and_of_one_value() {
    let resource = allows!("Resource": "arn:aws:s3:::b/${aws:username}");
    let mine = || call(ALICE).on("arn:aws:s3:::b/Alice");
    assert!(mine().passes(&json!({ "identity": [resource] })));
    assert!(!mine().passes(&json!({ "identity": [of_2008(resource)] })));
    // Keys are found in any case.
    assert!(lets("arn:aws:s3:::b/${AWS:UserName}", "arn:aws:s3:::b/Alice", json!({})));
    // A key with several values has no text.
    assert!(compares("StringEquals", "${v}", &json!({ "k": "a", "v": "a" })));
    assert!(!compares("StringEquals", "${v}", &json!({ "k": "a", "v": ["a"] })));
    assert!(!compares("StringEquals", "${v}", &json!({ "k": "a", "v": ["a", "a"] })));
}

#[test]
fn d2_a_default_stands_in_for_a_missing_key_only() {
    for (value, context, expected) in [
        ("${v, 'd'}", json!({ "k": "d" }), true),
        ("${v, 'd'}", json!({ "k": "x" }), false),
        ("${v, 'd'}", json!({ "k": "d", "v": "x" }), false),
        ("${v, 'd'}", json!({ "k": "x", "v": "x" }), true),
        ("${v, 'd'}", json!({ "k": "d", "v": "" }), false),
        ("${v, 'd'}", json!({ "k": "", "v": "" }), true),
        ("${v, ''}", json!({ "k": "" }), true),
        ("a-${v, 'd'}-b", json!({ "k": "a-d-b" }), true),
        ("${v, 'a, b'}", json!({ "k": "a, b" }), true),
        // Without quotes it is no variable.
        ("${v, d}", json!({ "k": "d" }), false),
        ("${v, d}", json!({ "k": "${v, d}", "v": "x" }), true),
    ] {
        assert_eq!(compares("StringEquals", value, &context), expected, "{value} in {context}");
    }
    assert!(lets("arn:aws:s3:::b/${aws:PrincipalTag/t, 'none'}/*", "arn:aws:s3:::b/none/x", json!({})));
    assert!(!lets("arn:aws:s3:::b/${aws:PrincipalTag/t}/*", "arn:aws:s3:::b/none/x", json!({})));
}

#[test]
fn d3_wildcards_and_dollars_can_be_escaped() {
    for (operator, value, found, expected) in [
        ("StringLike", "a${*}", "a*", true),
        ("StringLike", "a${*}", "ab", false),
        ("StringLike", "a${?}*", "a?bc", true),
        ("StringLike", "a${?}*", "abc", false),
        ("StringLike", "${$}{v}", "${v}", true),
        ("StringEquals", "a${*}", "a*", true),
        ("StringEquals", "${$}x", "$x", true),
        ("ArnLike", "arn:aws:s3:::b/${*}", "arn:aws:s3:::b/*", true),
        ("ArnLike", "arn:aws:s3:::b/${*}", "arn:aws:s3:::b/x", false),
    ] {
        assert_eq!(compares(operator, value, &json!({ "k": found })), expected, "{found} {operator} {value}");
    }
    assert!(lets("arn:aws:s3:::b/${*}", "arn:aws:s3:::b/*", json!({})));
    assert!(!lets("arn:aws:s3:::b/${*}", "arn:aws:s3:::b/x", json!({})));
    assert!(lets("arn:aws:s3:::b/${?}", "arn:aws:s3:::b/?", json!({})));
    assert!(!lets("arn:aws:s3:::b/${?}", "arn:aws:s3:::b/x", json!({})));
}

#[test]
fn d4_without_a_value_nothing_is_equal() {
    for (operator, expected) in [
        ("StringEquals", false),
        ("StringLike", false),
        ("StringEqualsIgnoreCase", false),
        ("ArnLike", false),
        ("ForAnyValue:StringEquals", false),
        ("StringEqualsIfExists", false),
        ("StringNotEquals", true),
        ("StringNotLike", true),
        ("ArnNotLike", true),
        ("ForAllValues:StringNotEquals", true),
    ] {
        let value = if operator.starts_with("Arn") { "arn:aws:s3:::${v}" } else { "${v}" };
        let context = |v: Option<&str>| match v {
            None => json!({ "k": "arn:aws:s3:::b" }),
            Some(v) => json!({ "k": "arn:aws:s3:::b", "v": v }),
        };
        assert_eq!(compares(operator, value, &context(None)), expected, "{operator}");
        let equal = if operator.starts_with("Arn") { "b" } else { "arn:aws:s3:::b" };
        assert_eq!(compares(operator, value, &context(Some(equal))), !expected, "{operator} with a value");
    }
    // Beside another value it does no harm.
    let condition = json!({ "StringEquals": { "k": ["${v}", "a"] } });
    assert!(holds(&condition, &json!({ "k": "a" })));
    assert!(!holds(&condition, &json!({ "k": "b" })));
}

/// AWS's documentation does not say it: what is put in is data, not a pattern.
#[test]
fn d5_what_is_put_in_is_no_pattern() {
    for (v, k, expected) in [("a*", "a*", true), ("a*", "ab", false), ("?", "x", false), ("?", "?", true)] {
        assert_eq!(compares("StringLike", "${v}", &json!({ "k": k, "v": v })), expected, "{v} and {k}");
    }
    let tagged = |value: &str, on: &str| {
        lets("arn:aws:s3:::b/${aws:PrincipalTag/t}/*", on, json!({ "aws:PrincipalTag/t": value }))
    };
    assert!(tagged("*", "arn:aws:s3:::b/*/x"));
    assert!(!tagged("*", "arn:aws:s3:::b/anything/x"));
    assert!(!tagged("${aws:username}", "arn:aws:s3:::b/Alice/x"), "nor a variable");
}

#[test]
fn d6_the_variables_of_aws_managed_policies_have_values() {
    let own = json!({ "identity": [allows!("Condition": { "StringEquals": { "aws:ResourceAccount": "${aws:PrincipalAccount}" } })] });
    assert_eq!(call(ALICE).under(&own), "allow");
    let mut shared = own.clone();
    shared["resource"] = allows!("Principal": { "AWS": ALICE });
    assert_eq!(call(ALICE).owned_by("222222222222").under(&shared), "implicit_deny by identity");
    shared["identity"] = json!([allows!()]);
    assert_eq!(call(ALICE).owned_by("222222222222").under(&shared), "allow");
    let session = "arn:aws:sts::111111111111:assumed-role/R/s";
    let by_id = json!({ "identity": [allows!("Resource": "arn:aws:s3:::b/${aws:userid}/*")] });
    let call =
        |who: &str| call(who).on("arn:aws:s3:::b/AROAEXAMPLE:s/x").given(json!({ "aws:userid": "AROAEXAMPLE:s" }));
    assert!(call(session).passes(&by_id));
    assert!(!call(session).given(json!({ "aws:userid": "AROAEXAMPLE:t" })).passes(&by_id));
}
