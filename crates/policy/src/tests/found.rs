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
