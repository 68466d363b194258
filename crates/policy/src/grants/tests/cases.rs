//! Four cases of each technique: it works; a resource, a condition, or a Deny, a boundary or a service control policy
//! stops it.

use serde::Deserialize;

use super::*;
use crate::reach::holder::delegation;
use crate::{Decided, Decision, batch, decide};

static TEXT: &str = include_str!("../../../data/technique-cases.json");

/// A technique's cases.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    pub(super) id: String,
    /// The statements with which it works.
    pub(super) allows: Vec<Value>,
    /// Other techniques that work with them.
    #[serde(default)]
    also: Vec<String>,
    stops: Vec<Stop>,
}

/// What stops a technique, on top of the statements with which it works.
#[derive(Deserialize)]
#[serde(tag = "by", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Stop {
    /// One statement is about another resource.
    Resource { statement: usize, becomes: Value },
    /// One statement has a condition that cannot be met.
    Condition { statement: usize, becomes: Value },
    /// Statements of a policy of the caller.
    Deny { policy: Vec<Value> },
    /// Those of its boundary.
    Boundary { policy: Vec<Value> },
    /// Those of the one service control policy of its account.
    Scp { policy: Vec<Value> },
}

pub(super) fn cases() -> Vec<Case> {
    serde_json::from_str(TEXT).unwrap()
}

/// A question of the contract, with and without what stops it.
pub(super) fn question(case: &Case, stop: Option<&Stop>) -> Value {
    let mut statements = case.allows.clone();
    let mut question = json!({ "id": case.id, "op": "grants", "kind": "identity", "account": ACCOUNT });
    match stop {
        None => {}
        Some(Stop::Resource { statement, becomes } | Stop::Condition { statement, becomes }) => {
            assert_ne!(statements[*statement], *becomes, "{}", case.id);
            statements[*statement] = becomes.clone();
        }
        Some(Stop::Deny { policy }) => statements.extend(policy.iter().cloned()),
        Some(Stop::Boundary { policy: statements }) => question["boundary"] = json!([policy(&json!(statements))]),
        Some(Stop::Scp { policy: statements }) => question["scp"] = json!([[policy(&json!(statements))]]),
    }
    question["policies"] = json!([policy(&json!(statements))]);
    question
}

/// What the library is asked where the contract's line is read.
pub(super) fn holder(question: &Value) -> Grantee {
    let list = |value: &Value| value.as_array().map(|list| list.iter().map(reading).collect());
    Grantee {
        account: Some(ACCOUNT.to_owned()),
        layers: Layers {
            identity: list(&question["policies"]),
            boundary: list(&question["boundary"]),
            scp: question["scp"].as_array().map(|levels| levels.iter().filter_map(list).collect()),
            ..Layers::default()
        },
        ..Grantee::default()
    }
}

fn answered(question: &Value) -> Vec<String> {
    let answer: Value = serde_json::from_str(&batch::answer_line(question.to_string().as_bytes())).unwrap();
    let ids = answer["escalation"].as_array().unwrap_or_else(|| panic!("{answer}"));
    ids.iter().map(|id| id.as_str().unwrap().to_owned()).collect()
}

/// Every request of a technique passes, where the owner of the resource leaves it to the caller's own policies.
fn replay(grantee: &Grantee, escalation: &Escalation) {
    let layers = Layers { resource: delegation(ACCOUNT), ..grantee.layers.clone() };
    assert!(!escalation.steps.is_empty());
    for request in &escalation.steps {
        assert_eq!(decide(&layers, request).decision, Decided::Known(Decision::Allow), "{request:?}");
    }
}

#[test]
fn every_technique_has_its_four_cases() {
    let of_cases: Vec<String> = cases().into_iter().map(|case| case.id).collect();
    let of_techniques: Vec<&String> = techniques().iter().map(|technique| &technique.id).collect();
    assert_eq!(of_cases.iter().collect::<Vec<_>>(), of_techniques);
    let mut last = [0; 3];
    for case in cases() {
        match case.stops.as_slice() {
            [Stop::Resource { .. }, Stop::Condition { .. }, Stop::Deny { .. }] => last[0] += 1,
            [Stop::Resource { .. }, Stop::Condition { .. }, Stop::Boundary { .. }] => last[1] += 1,
            [Stop::Resource { .. }, Stop::Condition { .. }, Stop::Scp { .. }] => last[2] += 1,
            _ => panic!("{}", case.id),
        }
    }
    assert!(last.iter().all(|count| *count >= 40), "{last:?}");
}

#[test]
fn a_technique_works_with_the_statements_that_it_takes_and_no_other_does() {
    for case in cases() {
        let question = question(&case, None);
        let mut expected: Vec<&str> = case.also.iter().map(String::as_str).collect();
        expected.push(&case.id);
        let order = |id: &&str| techniques().iter().position(|technique| technique.id == *id);
        expected.sort_by_key(order);
        assert_eq!(answered(&question), expected, "{}", case.id);
        let grantee = holder(&question);
        let found = found(&grantee, None);
        assert_eq!(found.len(), expected.len(), "{}: {:?}", case.id, found.keys());
        let Some(Feasible::Yes(escalation)) = found.get(case.id.as_str()) else { panic!("{}", case.id) };
        replay(&grantee, escalation);
    }
}

#[test]
fn what_is_taken_for_granted_is_what_the_technique_says() {
    for case in cases() {
        let found = found(&holder(&question(&case, None)), None);
        let Some(Feasible::Yes(escalation)) = found.get(case.id.as_str()) else { panic!("{}", case.id) };
        let held = |sentence: &&String| !sentence.starts_with("the policies are held by ");
        let assumed: Vec<&String> = escalation.assumes.iter().filter(held).collect();
        let expected = technique(&case.id).assumptions();
        assert_eq!(assumed, expected.iter().collect::<Vec<_>>(), "{}", case.id);
    }
}

#[test]
fn steps_about_one_target_are_about_one_thing() {
    for case in cases() {
        let found = found(&holder(&question(&case, None)), None);
        let Some(Feasible::Yes(escalation)) = found.get(case.id.as_str()) else { panic!("{}", case.id) };
        for (name, arn) in &escalation.targets {
            for step in technique(&case.id).steps.iter().filter(|step| step.resource.as_ref() == Some(name)) {
                let about = |request: &&Request| request.action == step.action && request.resource == *arn;
                assert!(escalation.steps.iter().any(|request| about(&request)), "{}: {name} is {arn}", case.id);
            }
        }
    }
}

fn stopped(wanted: impl Fn(&Stop) -> bool) -> usize {
    let mut count = 0;
    for case in cases() {
        for stop in case.stops.iter().filter(|stop| wanted(stop)) {
            let question = question(&case, Some(stop));
            assert!(!answered(&question).contains(&case.id), "{}", case.id);
            let found = found(&holder(&question), None);
            assert_eq!(found.get(case.id.as_str()), None, "{}", case.id);
            count += 1;
        }
    }
    count
}

#[test]
fn a_technique_is_stopped_by_the_resource() {
    assert_eq!(stopped(|stop| matches!(stop, Stop::Resource { .. })), 122);
}

#[test]
fn a_technique_is_stopped_by_a_condition() {
    assert_eq!(stopped(|stop| matches!(stop, Stop::Condition { .. })), 122);
}

#[test]
fn a_technique_is_stopped_by_a_deny_a_boundary_or_a_service_control_policy() {
    let guardrail = |stop: &Stop| matches!(stop, Stop::Deny { .. } | Stop::Boundary { .. } | Stop::Scp { .. });
    assert_eq!(stopped(guardrail), 122);
}
