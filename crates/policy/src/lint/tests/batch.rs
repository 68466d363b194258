//! The operation `lint` of the batch.

use serde_json::{Value, json};

use crate::batch::answer_line;

fn answer(case: &Value) -> Value {
    serde_json::from_str(&answer_line(case.to_string().as_bytes())).unwrap()
}

const POLICY: &str = "{\"Version\":\"2012-10-17\",\n\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObjekt\",\"Resource\":\"*\"}}";

#[test]
fn raw_text_gets_lines_and_columns() {
    let answered = answer(&json!({"id": "6", "op": "lint", "kind": "identity", "raw": POLICY}));
    let message = answered["diagnostics"][0]["message"].clone();
    assert!(message.as_str().unwrap().contains("GetObjekt"), "{message}");
    let expected = json!({"id": "6", "diagnostics": [{
        "code": "unknown_action", "severity": "error", "pointer": "/Statement/Action",
        "line": 2, "column": 40, "message": message,
    }]});
    assert_eq!(answered, expected);
}

#[test]
fn a_policy_as_json_gets_pointers_only() {
    let policy: Value = serde_json::from_str(POLICY).unwrap();
    let answered = answer(&json!({"id": "6", "op": "lint", "kind": "identity", "policy": policy}));
    let found = &answered["diagnostics"][0];
    assert_eq!((&found["code"], &found["pointer"]), (&json!("unknown_action"), &json!("/Statement/Action")));
    assert_eq!((&found["line"], &found["column"]), (&Value::Null, &Value::Null));
}

#[test]
fn every_kind_of_the_contract_is_known_and_no_other() {
    for kind in ["identity", "resource", "trust", "scp", "rcp", "boundary"] {
        let answered = answer(&json!({"id": "1", "op": "lint", "kind": kind, "raw": "{}"}));
        assert!(answered["diagnostics"].is_array(), "{kind}: {answered}");
    }
    let answered = answer(&json!({"id": "1", "op": "lint", "kind": "session", "raw": "{}"}));
    assert_eq!((&answered["error"]["code"], &answered["error"]["pointer"]), (&json!("invalid_case"), &json!("/kind")));
}

#[test]
fn a_good_policy_has_an_empty_list() {
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}]});
    let answered = answer(&json!({"id": "1", "op": "lint", "kind": "identity", "policy": policy}));
    assert_eq!(answered, json!({"id": "1", "diagnostics": []}));
}

#[test]
fn a_text_that_is_no_json_is_an_answer_and_no_error() {
    let answered = answer(&json!({"id": "1", "op": "lint", "kind": "trust", "raw": "not json"}));
    assert_eq!(answered["diagnostics"][0]["code"], "invalid_json");
    let answered = answer(&json!({"id": "1", "op": "lint", "kind": "trust", "policy": "not a policy"}));
    assert_eq!(answered["diagnostics"][0]["code"], "wrong_type");
}

#[test]
fn one_of_policy_and_raw_must_stand_there() {
    let error = |case: Value| answer(&case)["error"]["code"].clone();
    assert_eq!(error(json!({"id": "1", "op": "lint", "kind": "scp"})), "missing_key");
    assert_eq!(error(json!({"id": "1", "op": "lint", "kind": "scp", "policy": {}, "raw": "{}"})), "invalid_case");
    assert_eq!(error(json!({"id": "1", "op": "lint", "kind": "scp", "policy": "unreadable"})), "unreadable");
    assert_eq!(error(json!({"id": "1", "op": "lint", "kind": "scp", "raw": 5})), "invalid_case");
    assert_eq!(error(json!({"id": "1", "op": "lint", "policy": {}})), "missing_key");
    assert_eq!(error(json!({"id": "1", "op": "lint", "kind": "scp", "raw": "{}", "account": "1"})), "unknown_key");
}

#[test]
fn lines_that_are_no_utf8_or_too_deep_are_errors_of_their_own() {
    let line = b"{\"id\":\"1\",\"op\":\"lint\",\"kind\":\"scp\",\"raw\":\"\xff\"}";
    let answered: Value = serde_json::from_str(&answer_line(line)).unwrap();
    assert_eq!(answered["error"]["code"], "invalid_json");
    let deep = format!("{{\"id\":\"1\",\"op\":\"lint\",\"kind\":\"scp\",\"policy\":{}", "[".repeat(100_000));
    let answered: Value = serde_json::from_str(&answer_line(deep.as_bytes())).unwrap();
    assert_eq!(answered["error"]["code"], "invalid_json");
    let raw = "[".repeat(300_000);
    let answered = answer(&json!({"id": "1", "op": "lint", "kind": "scp", "raw": raw}));
    let found = answered["diagnostics"].as_array().unwrap();
    assert!(found.iter().any(|one| one["code"] == "invalid_json"), "{answered}");
}
