//! Builds cases of the batch contract tersely, and puts their answers into one line to compare.

use serde_json::{Value, json};

use crate::batch::answer_line;

pub(super) const ACCOUNT: &str = "111111111111";
pub(super) const ALICE: &str = "arn:aws:iam::111111111111:user/Alice";
pub(super) const ROLE: &str = "arn:aws:iam::111111111111:role/R";
pub(super) const SESSION: &str = "arn:aws:sts::111111111111:assumed-role/R/s";
pub(super) const FEDERATED: &str = "arn:aws:sts::111111111111:federated-user/Alice";
pub(super) const ROOT: &str = "arn:aws:iam::111111111111:root";
/// A user of an account that has nothing to do with the resource's.
pub(super) const MALLORY: &str = "arn:aws:iam::444444444444:user/Mallory";
pub(super) const BUCKET: &str = "arn:aws:s3:::b";
pub(super) const OBJECT: &str = "arn:aws:s3:::b/k";

pub(super) fn anonymous() -> Value {
    json!({ "type": "anonymous" })
}

pub(super) fn service(name: &str) -> Value {
    json!({ "type": "service", "name": name })
}

pub(super) fn federated(provider: &str) -> Value {
    json!({ "type": "federated", "provider": provider })
}

/// A document of one statement: every action on every resource, as far as the elements given say nothing else. An
/// element given as `null` is left out.
pub(super) fn one(effect: &str, elements: Value) -> Value {
    let mut statement = json!({ "Effect": effect });
    for (plain, negated) in [("Action", "NotAction"), ("Resource", "NotResource")] {
        if elements.get(plain).is_none() && elements.get(negated).is_none() {
            statement[plain] = json!("*");
        }
    }
    if let Value::Object(elements) = elements {
        for (name, value) in elements.into_iter().filter(|(_, value)| !value.is_null()) {
            statement[name] = value;
        }
    }
    json!({ "Version": "2012-10-17", "Statement": [statement] })
}

/// A document of one Allow: `allows!("Principal": "*")`.
macro_rules! allows {
    ($($elements:tt)*) => { $crate::tests::case::one("Allow", ::serde_json::json!({ $($elements)* })) };
}

/// A document of one Deny.
macro_rules! denies {
    ($($elements:tt)*) => { $crate::tests::case::one("Deny", ::serde_json::json!({ $($elements)* })) };
}

pub(super) use {allows, denies};

/// All statements of several documents in one.
pub(super) fn joined(documents: &[Value]) -> Value {
    let statements: Vec<Value> =
        documents.iter().flat_map(|document| document["Statement"].as_array().unwrap().clone()).collect();
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// The same document in the old version, in which no variable counts.
pub(super) fn of_2008(mut document: Value) -> Value {
    document["Version"] = json!("2008-10-17");
    document
}

/// The answer to a case, whatever it is.
pub(super) fn answer(case: &Value) -> Value {
    let mut case = case.clone();
    case["id"] = json!("t");
    let answer: Value = serde_json::from_str(&answer_line(case.to_string().as_bytes())).unwrap();
    assert_eq!(answer["id"], "t");
    answer
}

/// The answer to a case that can be answered.
pub(super) fn ask(case: &Value) -> Value {
    let answer = answer(case);
    assert!(answer.get("error").is_none(), "{answer} to {case}");
    answer
}

/// Whether a condition block holds.
pub(super) fn holds(condition: &Value, context: &Value) -> bool {
    ask(&json!({ "op": "condition", "condition": condition, "context": context }))["matches"].as_bool().unwrap()
}

/// A request to judge.
#[derive(Clone)]
pub(super) struct Call(Value);

/// A call for the object `k` of the bucket `b` in [`ACCOUNT`], as far as nothing else is said.
pub(super) fn call(principal: impl Into<Value>) -> Call {
    Call(json!({ "principal": principal.into(), "action": "s3:GetObject", "resource": OBJECT,
                 "resource_account": ACCOUNT, "context": {} }))
}

impl Call {
    fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.0[key] = value.into();
        self
    }

    pub(super) fn does(self, action: &str) -> Self {
        self.with("action", action)
    }

    pub(super) fn on(self, resource: &str) -> Self {
        self.with("resource", resource)
    }

    pub(super) fn owned_by(self, account: &str) -> Self {
        self.with("resource_account", account)
    }

    /// Without a word on whose resource it is.
    pub(super) fn of_no_owner(self) -> Self {
        self.with("resource_account", Value::Null)
    }

    pub(super) fn given(self, context: Value) -> Self {
        self.with("context", context)
    }

    /// `allow`, `unknown`, or what denies with the layer: `implicit_deny by identity`.
    pub(super) fn under(&self, policies: &Value) -> String {
        let answer = self.asked(policies);
        let decision = answer["decision"].as_str().unwrap();
        answer["blocked_by"].as_str().map_or(decision.to_owned(), |layer| format!("{decision} by {layer}"))
    }

    /// Whether it passes.
    pub(super) fn passes(&self, policies: &Value) -> bool {
        let answer = self.under(policies);
        assert_ne!(answer, "unknown", "of {policies}");
        answer == "allow"
    }

    /// The whole answer.
    pub(super) fn asked(&self, policies: &Value) -> Value {
        ask(&json!({ "op": "decide", "request": self.0, "policies": policies }))
    }
}

/// The answer to a question about everybody, for a resource of [`ACCOUNT`]; a witness has been fed back and allowed.
pub(super) fn reaches(mut case: Value) -> Value {
    case["op"] = json!("reach");
    case["account"] = json!(ACCOUNT);
    case["with_replay"] = json!(true);
    let answer = ask(&case);
    assert_eq!(answer["replay"].is_null(), answer["witness"].is_null(), "{answer}");
    assert_eq!(answer["witness"].is_null(), answer["audiences"] == json!([]), "{answer}");
    if !answer["replay"].is_null() {
        assert_eq!(ask(&answer["replay"])["decision"], "allow", "{answer}");
    }
    let known = answer["reachable_by_outsider"] != "unknown";
    assert_eq!(answer["unknown_because"].is_null(), known, "{answer}");
    answer
}
