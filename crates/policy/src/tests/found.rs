//! Where the engine had read a fact wrongly, found by asking the second opinion.

use serde_json::{Value, json};

use crate::batch::answer_line;

/// What the engine answers to a case.
fn answer(case: &Value) -> Value {
    serde_json::from_str(&answer_line(case.to_string().as_bytes())).unwrap()
}

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
