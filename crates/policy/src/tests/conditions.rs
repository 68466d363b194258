//! Facts C: the operators of a condition block, and what becomes of a key that is missing or has several values.

use serde_json::{Value, json};

use super::case::{ALICE, allows, call, denies, holds, joined};

/// Whether `operator` holds for the key `k` with these values, where the request has `found` (`null` = the key is missing).
fn compares(operator: &str, values: &Value, found: &Value) -> bool {
    let context = if found.is_null() { json!({}) } else { json!({ "k": found }) };
    holds(&json!({ operator: { "k": values } }), &context)
}

/// Rows of an operator, its values, what the request has and the outcome.
fn check(rows: &[(&str, Value, Value, bool)]) {
    for (operator, values, found, expected) in rows {
        assert_eq!(compares(operator, values, found), *expected, "{found} {operator} {values}");
    }
}

#[test]
fn c1_operators_and_keys_are_all_needed_and_one_value_is_enough() {
    let context = json!({ "a": "1", "b": "2" });
    for (condition, expected) in [
        (json!({}), true),
        (json!({ "StringEquals": { "a": "1", "b": "2" } }), true),
        (json!({ "StringEquals": { "a": "1", "b": "3" } }), false),
        (json!({ "StringEquals": { "a": "3", "b": "2" } }), false),
        (json!({ "StringEquals": { "a": ["3", "1"] } }), true),
        (json!({ "StringEquals": { "a": ["3", "4"] } }), false),
        (json!({ "StringEquals": { "a": [] } }), false),
        (json!({ "StringEquals": { "a": "1" }, "StringLike": { "b": "2*" } }), true),
        (json!({ "StringEquals": { "a": "1" }, "StringLike": { "b": "3*" } }), false),
        (json!({ "StringEquals": { "a": "1" }, "StringNotEquals": { "a": "1" } }), false),
        // Values of a negated operator: it must match none.
        (json!({ "StringNotEquals": { "a": ["3", "4"] } }), true),
        (json!({ "StringNotEquals": { "a": ["3", "1"] } }), false),
        (json!({ "StringNotEquals": { "a": [] } }), true),
        (json!({ "StringNotEquals": { "a": "3", "b": "2" } }), false),
    ] {
        assert_eq!(holds(&condition, &context), expected, "{condition}");
    }
}

#[test]
fn c1_a_block_decides_whether_its_statement_matches() {
    let only = json!({ "StringEquals": { "aws:username": "Alice" }, "Bool": { "aws:SecureTransport": "true" } });
    for (secure, expected) in [("true", true), ("false", false)] {
        let call = || call(ALICE).given(json!({ "aws:SecureTransport": secure }));
        assert_eq!(call().passes(&json!({ "identity": [allows!("Condition": only)] })), expected);
        let shut = joined(&[allows!(), denies!("Condition": only)]);
        assert_eq!(call().passes(&json!({ "identity": [shut] })), !expected);
    }
}

#[test]
fn c2_key_names_compare_in_any_case_and_tag_values_do_not() {
    for (written, given, value, expected) in [
        ("aws:SourceVpc", "AWS:sourcevpc", "vpc-1", true),
        ("AWS:SOURCEVPC", "aws:SourceVpc", "vpc-1", true),
        ("aws:RequestTag/Team", "aws:RequestTag/team", "vpc-1", true),
        ("aws:RequestTag/Team", "aws:requesttag/TEAM", "vpc-1", true),
        ("aws:RequestTag/Team", "aws:RequestTag/Teams", "vpc-1", false),
        ("aws:RequestTag/Team", "aws:RequestTag/Team", "VPC-1", false),
    ] {
        let condition = json!({ "StringEquals": { written: "vpc-1" } });
        assert_eq!(holds(&condition, &json!({ given: value })), expected, "{written} and {given}={value}");
        let policies = json!({ "identity": [allows!("Condition": condition)] });
        assert_eq!(call(ALICE).given(json!({ given: value })).passes(&policies), expected, "{written} in a document");
    }
}

/// Each operator with a value, what matches it and what does not.
fn operators() -> Vec<(&'static str, &'static str, &'static str, &'static str)> {
    vec![
        ("StringEquals", "a", "a", "b"),
        ("StringNotEquals", "a", "b", "a"),
        ("StringEqualsIgnoreCase", "a", "A", "b"),
        ("StringNotEqualsIgnoreCase", "a", "b", "A"),
        ("StringLike", "a*", "abc", "b"),
        ("StringNotLike", "a*", "b", "abc"),
        ("NumericEquals", "5", "5.0", "6"),
        ("NumericNotEquals", "5", "6", "5.0"),
        ("NumericLessThan", "5", "4", "5"),
        ("NumericLessThanEquals", "5", "5", "6"),
        ("NumericGreaterThan", "5", "6", "5"),
        ("NumericGreaterThanEquals", "5", "5", "4"),
        ("DateEquals", "2026-01-01T00:00:00Z", "1767225600", "2026-01-02T00:00:00Z"),
        ("DateNotEquals", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "1767225600"),
        ("DateLessThan", "2026-01-01T00:00:00Z", "2025-12-31T23:59:59Z", "2026-01-01T00:00:00Z"),
        ("DateLessThanEquals", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z"),
        ("DateGreaterThan", "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z", "2026-01-01T00:00:00Z"),
        ("DateGreaterThanEquals", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", "2025-12-31T23:59:59Z"),
        ("Bool", "true", "true", "false"),
        ("BinaryEquals", "QmluYXJ5", "QmluYXJ5", "QmluYXJ6"),
        ("IpAddress", "198.51.100.0/24", "198.51.100.7", "198.51.101.7"),
        ("NotIpAddress", "198.51.100.0/24", "198.51.101.7", "198.51.100.7"),
        ("ArnEquals", "arn:aws:iam::*:user/*", "arn:aws:iam::1:user/a", "arn:aws:iam::1:role/a"),
        ("ArnLike", "arn:aws:iam::*:user/*", "arn:aws:iam::1:user/a", "arn:aws:iam::1:role/a"),
        ("ArnNotEquals", "arn:aws:iam::*:user/*", "arn:aws:iam::1:role/a", "arn:aws:iam::1:user/a"),
        ("ArnNotLike", "arn:aws:iam::*:user/*", "arn:aws:iam::1:role/a", "arn:aws:iam::1:user/a"),
    ]
}

/// Whether an empty list is missing or present is unclear for single-valued operators: it is read as missing.
#[test]
fn c3_every_operator_with_its_key_missing_empty_matching_and_not() {
    for (operator, value, good, bad) in operators() {
        let negated = operator.contains("Not");
        let missing = [json!(null), json!([])];
        for (name, when_missing) in [
            (operator.to_owned(), negated),
            (format!("{operator}IfExists"), true),
            (format!("ForAllValues:{operator}"), true),
            (format!("ForAllValues:{operator}IfExists"), true),
            (format!("ForAnyValue:{operator}"), false),
            (format!("ForAnyValue:{operator}IfExists"), true),
        ] {
            for found in &missing {
                assert_eq!(compares(&name, &json!(value), found), when_missing, "{name} with {found}");
            }
            assert!(compares(&name, &json!(value), &json!(good)), "{name} with {good}");
            assert!(!compares(&name, &json!(value), &json!(bad)), "{name} with {bad}");
            // The same in a set of one, which a set operator looks at.
            if name.starts_with("For") {
                assert!(compares(&name, &json!(value), &json!([good])), "{name} with [{good}]");
                assert!(!compares(&name, &json!(value), &json!([bad])), "{name} with [{bad}]");
                let all = name.starts_with("ForAll");
                assert_eq!(compares(&name, &json!(value), &json!([good, bad])), !all, "{name} with both");
            }
        }
    }
}

#[test]
fn c3_null_asks_whether_the_key_is_there() {
    for operator in ["Null", "ForAllValues:Null", "ForAnyValue:Null"] {
        check(&[
            (operator, json!("true"), json!(null), true),
            (operator, json!("true"), json!("x"), false),
            (operator, json!("true"), json!(["x", "y"]), false),
            (operator, json!("false"), json!(null), false),
            (operator, json!("false"), json!("x"), true),
            (operator, json!("false"), json!(["x", "y"]), true),
            (operator, json!(true), json!(null), true),
            (operator, json!(false), json!(null), false),
            (operator, json!("TRUE"), json!(null), true),
            (operator, json!(["true", "false"]), json!(null), true),
            (operator, json!(["true", "false"]), json!("x"), true),
            (operator, json!("maybe"), json!("x"), false),
            (operator, json!("maybe"), json!(null), false),
            // An empty list counts as missing.
            (operator, json!("true"), json!([]), true),
            (operator, json!("false"), json!([]), false),
        ]);
    }
    // It takes no `IfExists`.
    check(&[("NullIfExists", json!("true"), json!(null), false), ("NullIfExists", json!("false"), json!("x"), false)]);
}

#[test]
fn c4_an_operator_that_does_not_exist_makes_the_statement_not_match() {
    for operator in ["StringMatches", "", "ForSomeValues:StringEquals", "StringEqualsIfExist", "IfExists", "For:Null"] {
        for found in [json!("a"), json!(null)] {
            assert!(!compares(operator, &json!("a"), &found), "{operator} with {found}");
        }
        // Of a Deny as well.
        let shut = joined(&[allows!(), denies!("Condition": { operator: { "k": "a" } })]);
        assert!(call(ALICE).passes(&json!({ "identity": [shut] })), "{operator}");
    }
}

/// AWS is said to take operators in any case, and its documentation has one spelling: any is taken.
#[test]
fn c5_operators_are_taken_in_any_case() {
    check(&[
        ("stringequals", json!("a"), json!("a"), true),
        ("STRINGEQUALS", json!("a"), json!("b"), false),
        ("forallvalues:stringlikeifexists", json!("a*"), json!(["ab", "b"]), false),
        ("FORANYVALUE:StringLike", json!("a*"), json!(["ab", "b"]), true),
        ("null", json!("true"), json!(null), true),
    ]);
}

#[test]
fn c6_string_equals_takes_wildcards_literally_and_string_like_does_not() {
    check(&[
        ("StringEquals", json!("a*"), json!("a*"), true),
        ("StringEquals", json!("a*"), json!("ab"), false),
        ("StringEquals", json!("a"), json!("A"), false),
        ("StringEquals", json!(""), json!(""), true),
        ("StringEqualsIgnoreCase", json!("straße"), json!("STRAßE"), true),
        ("StringEqualsIgnoreCase", json!("a*"), json!("Ab"), false),
        ("StringLike", json!("a*"), json!("a"), true),
        ("StringLike", json!("a*"), json!("A"), false),
        ("StringLike", json!("*/prod/*"), json!("x/prod/y"), true),
        ("StringLike", json!("a?c"), json!("abc"), true),
        ("StringLike", json!("a?c"), json!("ac"), false),
        ("StringLike", json!("a?c"), json!("aüc"), true),
        ("StringLike", json!("*"), json!(""), true),
        ("StringLike", json!("?*"), json!(""), false),
        ("StringLike", json!("a*b*c"), json!("a-b-b-c"), true),
        ("StringLike", json!("a*b*c"), json!("a-c-b"), false),
        ("StringLike", json!(["x", "a*"]), json!("ab"), true),
        ("StringNotLike", json!(["x", "a*"]), json!("ab"), false),
        ("StringNotLike", json!(["x", "a*"]), json!("b"), true),
    ]);
}

#[test]
fn c7_arns_are_compared_segment_by_segment() {
    let topic = "arn:aws:sns:us-east-1:111111111111:t:sub";
    for (pattern, found, expected) in [
        (topic, topic, true),
        ("arn:aws:sns:*:111111111111:*", topic, true),
        ("arn:aws:sns:us-east-1:111111111111:t:*", topic, true),
        ("arn:aws:sns:us-east-1:111111111111:t", topic, false),
        ("arn:aws:sns:us-east-1:*:sub", topic, false),
        // A star stays in its segment, even at its end.
        ("arn:aws:sns:us-*:t:sub", topic, false),
        ("arn:aws:sns:*", topic, false),
        ("arn:*", topic, false),
        ("arn:aws:s?s:us-east-?:*:t*", topic, true),
        ("arn:aws:SNS:us-east-1:111111111111:t:sub", topic, false),
        ("arn:aws:sns:us-east-1:111111111111:T:sub", topic, false),
        ("arn:*:*:*:*:*", topic, true),
        ("*:*:*:*:*:*", topic, true),
        ("*", topic, true),
        ("arn:aws:iam::*:user/*", "arn:aws:iam::1:user/a/b", true),
        ("arn:aws:iam::1:user/?", "arn:aws:iam::1:user/ab", false),
        ("arn:aws:s3:::b", "arn:aws:s3:::b", true),
        ("arn:aws:s3:*:*:b", "arn:aws:s3:::b", true),
        ("arn:aws:s3:?::b", "arn:aws:s3:::b", false),
        // What is no ARN matches nothing.
        ("*", "not an arn", false),
        ("*", "", false),
        ("not an arn", "not an arn", false),
        ("*:*:*:*:*:*", "x:aws:s3:::b", false),
    ] {
        for operator in ["ArnEquals", "ArnLike"] {
            assert_eq!(compares(operator, &json!(pattern), &json!(found)), expected, "{found} {operator} {pattern}");
        }
        for operator in ["ArnNotEquals", "ArnNotLike"] {
            assert_eq!(compares(operator, &json!(pattern), &json!(found)), !expected, "{found} {operator} {pattern}");
        }
    }
}

#[test]
fn c8_numbers_compare_by_value() {
    for (one, other, order) in [
        ("10", "10.0", 0),
        ("10", "010", 0),
        ("0.5", ".5", 0),
        ("1e3", "1000", 0),
        ("-0", "0", 0),
        ("9", "10", -1),
        ("-2", "-1", -1),
        ("1.25", "1.5", -1),
        ("3", "2.999", 1),
    ] {
        for (operator, wanted) in [
            ("NumericEquals", order == 0),
            ("NumericNotEquals", order != 0),
            ("NumericLessThan", order < 0),
            ("NumericLessThanEquals", order <= 0),
            ("NumericGreaterThan", order > 0),
            ("NumericGreaterThanEquals", order >= 0),
        ] {
            assert_eq!(compares(operator, &json!(other), &json!(one)), wanted, "{one} {operator} {other}");
        }
    }
    for nonsense in ["", "ten", "1*", "1,000", "0x10", "inf", "NaN", "1 2", "198.51.100.7"] {
        check(&[
            ("NumericEquals", json!("1"), json!(nonsense), false),
            ("NumericLessThan", json!("1000000"), json!(nonsense), false),
            ("NumericGreaterThanEquals", json!("-1000000"), json!(nonsense), false),
            ("NumericNotEquals", json!("1"), json!(nonsense), true),
            ("NumericEquals", json!(nonsense), json!("1"), false),
            ("NumericNotEquals", json!(nonsense), json!("1"), true),
        ]);
    }
}

#[test]
fn c8_dates_compare_in_every_spelling() {
    for same in [
        "2026-01-01T00:00:00Z",
        "2026-01-01T00:00:00.000Z",
        "2026-01-01T00:00Z",
        "2026-01-01T01:00:00+01:00",
        "2025-12-31T19:00:00-05:00",
        "2026-01-01T01:00+01:00",
        "2026-01-01T00:00:00",
        "2026-01-01",
        "2026-01-01Z",
        "2026-01",
        "2026",
        "1767225600",
    ] {
        check(&[
            ("DateEquals", json!("2026-01-01T00:00:00Z"), json!(same), true),
            ("DateEquals", json!(same), json!("1767225600"), true),
            ("DateNotEquals", json!(same), json!("2026-01-01"), false),
            ("DateLessThan", json!(same), json!("2025-12-31T23:59:59Z"), true),
            ("DateLessThan", json!(same), json!("2026-01-01"), false),
            ("DateLessThanEquals", json!(same), json!("2026-01-01"), true),
            ("DateGreaterThan", json!(same), json!("2026-01-01T00:00:00.001Z"), true),
            ("DateGreaterThan", json!(same), json!("2026-01-01"), false),
            ("DateGreaterThanEquals", json!(same), json!("2026-01-01"), true),
        ]);
    }
    // Seconds are seconds however few they are; four digits alone are a year.
    check(&[
        ("DateEquals", json!("1970-01-01T00:00:00Z"), json!("0"), true),
        ("DateEquals", json!("1970-01-01T00:01:40Z"), json!("100"), true),
        ("DateEquals", json!("1970-01-01T02:46:40Z"), json!("10000"), true),
        ("DateEquals", json!("1970-01-01T00:33:46Z"), json!("2026"), false),
        ("DateEquals", json!(1_767_225_600), json!("2026-01-01"), true),
    ]);
    for nonsense in ["", "tomorrow", "2026-13-01", "01/01/2026", "2026-01-01*"] {
        check(&[
            ("DateEquals", json!("2026-01-01"), json!(nonsense), false),
            ("DateLessThan", json!("2099-01-01"), json!(nonsense), false),
            ("DateGreaterThan", json!("1970-01-01"), json!(nonsense), false),
            ("DateNotEquals", json!("2026-01-01"), json!(nonsense), true),
            ("DateNotEquals", json!(nonsense), json!("2026-01-01"), true),
        ]);
    }
}

#[test]
fn c9_truth_values_compare_in_any_case() {
    check(&[
        ("Bool", json!("true"), json!("True"), true),
        ("Bool", json!("FALSE"), json!("false"), true),
        ("Bool", json!("true"), json!("false"), false),
        ("Bool", json!(["true", "false"]), json!("false"), true),
        ("Bool", json!("true"), json!("1"), false),
        ("Bool", json!("true"), json!(null), false),
        ("BoolIfExists", json!("true"), json!(null), true),
        ("BoolIfExists", json!("true"), json!("false"), false),
    ]);
}

/// AWS's documentation lists `Bool` among the operators that take variables in one place and not in another: it takes them.
#[test]
fn c9_a_truth_value_may_be_a_variable() {
    let condition = json!({ "Bool": { "aws:ViaAWSService": "${aws:SecureTransport}" } });
    let given = |via: &str| json!({ "aws:ViaAWSService": via, "aws:SecureTransport": "true" });
    assert!(holds(&condition, &given("true")));
    assert!(!holds(&condition, &given("false")));
}

#[test]
fn c10_addresses_belong_to_networks_of_their_own_version() {
    for (network, address, expected) in [
        ("198.51.100.0/24", "198.51.100.0", true),
        ("198.51.100.0/24", "198.51.100.255", true),
        ("198.51.100.0/24", "198.51.101.0", false),
        ("198.51.100.7/24", "198.51.100.9", true),
        ("198.51.100.7", "198.51.100.7", true),
        ("198.51.100.7", "198.51.100.8", false),
        ("198.51.100.7/32", "198.51.100.7", true),
        ("0.0.0.0/0", "203.0.113.9", true),
        ("0.0.0.0/0", "2001:db8::1", false),
        ("::/0", "2001:db8::1", true),
        ("::/0", "203.0.113.9", false),
        ("2001:db8::/32", "2001:DB8:0:0::1", true),
        ("2001:db8::/32", "2001:db9::1", false),
        ("2001:db8::1", "2001:0db8::0001", true),
        ("2001:db8::1", "2001:db8::2", false),
        ("198.51.100.0/24", "::ffff:198.51.100.7", false),
        ("198.51.100.0/33", "198.51.100.7", false),
        ("198.51.100.*", "198.51.100.7", false),
        ("198.51.100.0/24", "somewhere", false),
        ("198.51.100.0/24", "198.51.100.0/24", false),
    ] {
        assert_eq!(compares("IpAddress", &json!(network), &json!(address)), expected, "{address} in {network}");
        assert_eq!(compares("NotIpAddress", &json!(network), &json!(address)), !expected, "{address} not in {network}");
    }
    check(&[
        ("IpAddress", json!(["198.51.100.0/24", "2001:db8::/32"]), json!("2001:db8::1"), true),
        ("NotIpAddress", json!(["198.51.100.0/24", "2001:db8::/32"]), json!("2001:db8::1"), false),
        // An endpoint hides the address.
        ("NotIpAddress", json!("198.51.100.0/24"), json!(null), true),
        ("IpAddress", json!("198.51.100.0/24"), json!(null), false),
        ("NotIpAddressIfExists", json!("198.51.100.0/24"), json!("198.51.100.7"), false),
    ]);
}

#[test]
fn c11_bytes_are_compared_behind_their_base64() {
    check(&[
        ("BinaryEquals", json!("QmluYXJ5VmFsdWU="), json!("QmluYXJ5VmFsdWU="), true),
        ("BinaryEquals", json!("QmluYXJ5VmFsdWU="), json!("QmluYXJ5VmFsdWE="), false),
        ("BinaryEquals", json!("not base64!"), json!("not base64!"), false),
        ("BinaryEquals", json!(""), json!(""), true),
        ("BinaryEquals", json!(["AAE=", "AQ=="]), json!("AQ=="), true),
    ]);
}

/// A set of one under an operator for one value is read as that value.
#[test]
fn c12_a_set_under_an_operator_for_one_value_does_not_match() {
    check(&[
        ("StringEquals", json!("a"), json!(["a", "b"]), false),
        ("StringEquals", json!(["a", "b"]), json!(["a", "b"]), false),
        ("StringLike", json!("*"), json!(["a", "b"]), false),
        ("StringEqualsIfExists", json!("a"), json!(["a", "b"]), false),
        ("IpAddress", json!("0.0.0.0/0"), json!(["198.51.100.7", "198.51.100.8"]), false),
        ("StringNotEquals", json!("a"), json!(["a", "b"]), true),
        ("StringEquals", json!("a"), json!(["a"]), true),
        ("StringEquals", json!("a"), json!(["b"]), false),
        ("StringNotEquals", json!("a"), json!(["a"]), false),
    ]);
}

#[test]
fn c12_one_value_under_a_set_operator_is_a_set_of_one() {
    check(&[
        ("ForAllValues:StringEquals", json!(["a", "b"]), json!("a"), true),
        ("ForAllValues:StringEquals", json!(["a", "b"]), json!("c"), false),
        ("ForAnyValue:StringEquals", json!(["a", "b"]), json!("a"), true),
        ("ForAnyValue:StringEquals", json!(["a", "b"]), json!("c"), false),
        ("ForAnyValue:StringEquals", json!(["a", "b"]), json!(null), false),
        ("ForAllValues:StringEquals", json!(["a", "b"]), json!(null), true),
    ]);
}

#[test]
fn c13_all_values_or_some_value_of_a_set() {
    check(&[
        ("ForAllValues:StringEquals", json!(["a", "b"]), json!(["a", "b", "a"]), true),
        ("ForAllValues:StringEquals", json!(["a", "b"]), json!(["a", "c"]), false),
        ("ForAllValues:StringLike", json!("a*"), json!(["ab", "ac"]), true),
        ("ForAllValues:StringLike", json!("a*"), json!(["ab", "b"]), false),
        ("ForAnyValue:StringEquals", json!(["a", "b"]), json!(["c", "b"]), true),
        ("ForAnyValue:StringEquals", json!(["a", "b"]), json!(["c", "d"]), false),
        // Negated: none of the values, for all or for some.
        ("ForAllValues:StringNotEquals", json!(["a", "b"]), json!(["c", "d"]), true),
        ("ForAllValues:StringNotEquals", json!(["a", "b"]), json!(["c", "b"]), false),
        ("ForAnyValue:StringNotEquals", json!(["a", "b"]), json!(["a", "c"]), true),
        ("ForAnyValue:StringNotEquals", json!(["a", "b"]), json!(["a", "b"]), false),
        ("ForAnyValue:StringNotEquals", json!(["a", "b"]), json!([]), false),
        ("ForAllValues:StringNotEquals", json!(["a", "b"]), json!(null), true),
        ("ForAllValues:NumericLessThan", json!("5"), json!([1, 2]), true),
        ("ForAllValues:NumericLessThan", json!("5"), json!([1, 7]), false),
        ("ForAnyValue:IpAddress", json!("10.0.0.0/8"), json!(["8.8.8.8", "10.1.1.1"]), true),
        ("ForAnyValue:ArnLike", json!("arn:aws:iam::1:*"), json!(["arn:aws:iam::2:user/a"]), false),
        ("ForAllValues:Bool", json!("true"), json!(["true", "false"]), false),
    ]);
}

/// An empty text counts as nothing for `ForAllValues`, and is a value like any other elsewhere.
#[test]
fn c13_an_empty_text_is_nothing_for_all_values() {
    check(&[
        ("ForAllValues:StringEquals", json!("a"), json!(""), true),
        ("ForAllValues:StringEquals", json!("a"), json!(["", "a"]), true),
        ("ForAllValues:StringEquals", json!("a"), json!(["", "b"]), false),
        ("ForAnyValue:StringEquals", json!("a"), json!([""]), false),
        ("ForAnyValue:StringEquals", json!(""), json!([""]), true),
        ("StringEquals", json!("a"), json!(""), false),
        ("StringNotEquals", json!("a"), json!(""), true),
    ]);
}
