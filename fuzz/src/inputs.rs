//! What is done with an input of each fuzz target.
//!
//! The targets and a plain test of the policy engine, which replays the corpus, have this file in common. An input of
//! `parse` and `lint` is the text of a policy; one of `decide`, `reach` and `compare` is a line of `forewarn policy batch`,
//! whose `op` the target sets. Nothing may panic, take longer than a second, or need 500 MB; beyond that the functions hold
//! what must be true of every answer.

use forewarn_policy::batch::answer_line;
use forewarn_policy::{Document, Place, PolicyKind, lint as quick, lint_thoroughly, s3_policy_status};
use serde_json::{Value, json};

const KINDS: [PolicyKind; 6] = [
    PolicyKind::Identity,
    PolicyKind::Resource,
    PolicyKind::Trust,
    PolicyKind::Scp,
    PolicyKind::Rcp,
    PolicyKind::Boundary,
];

/// Reads any bytes as a policy, with and without parts that are not known yet, and as a line of the batch.
pub fn parse(data: &[u8]) {
    answered(data);
    let text = String::from_utf8_lossy(data);
    let unknown = |name: &str| name.starts_with("aws_").then(|| "known after apply".to_owned());
    for read in [Document::parse(&text), Document::parse_with_holes(&text, &unknown)] {
        match read {
            Ok(document) => {
                assert_eq!(document.source(), text);
                for statement in document.statements() {
                    let span = statement.span();
                    assert!(text.get(span.start..span.end).is_some_and(|part| part.starts_with('{')));
                }
                document.duplicate_keys().iter().for_each(|place| stands_in(place, &text));
                s3_policy_status(&document);
            }
            Err(error) => stands_in(&error.place, &text),
        }
    }
}

/// Lints any text as every kind of policy, and looks for statements that make no difference.
pub fn lint(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let quick = KINDS.into_iter().flat_map(|kind| quick(&text, kind));
    let thorough =
        [PolicyKind::Identity, PolicyKind::Resource].into_iter().flat_map(|kind| lint_thoroughly(&text, kind));
    for found in quick.chain(thorough) {
        stands_in(&found.place, &text);
    }
}

/// Decides one request.
pub fn decide(data: &[u8]) {
    let Some(case) = case(data, "decide") else { return };
    let answer = answered(case.to_string().as_bytes());
    assert!(answer["error"].is_object() || answer["decision"].is_string(), "{answer}");
}

/// Asks who gets in. The evaluator allows each witness, and no audience gets in without one.
pub fn reach(data: &[u8]) {
    let Some(mut case) = case(data, "reach") else { return };
    case["with_replay"] = json!(true);
    let answer = answered(case.to_string().as_bytes());
    if answer["error"].is_object() {
        return;
    }
    assert_eq!(answer["witness"].is_null(), answer["audiences"] == json!([]), "{answer}");
    if answer["replay"].is_object() {
        let replayed = answered(answer["replay"].to_string().as_bytes());
        assert_eq!(replayed["decision"], "allow", "{answer}");
    }
    let doubtful = answer["reachable_by_outsider"] == "unknown";
    assert_eq!(answer["unknown_because"].as_array().is_some_and(|doubts| !doubts.is_empty()), doubtful, "{answer}");
}

/// Compares two policies, both ways, and one with itself, which never allows more.
pub fn compare(data: &[u8]) {
    let Some(mut case) = case(data, "compare") else { return };
    let more = |case: &Value| answered(case.to_string().as_bytes());
    let answer = more(&case);
    if answer["error"].is_object() {
        return;
    }
    assert_eq!(answer["witness"].is_object(), answer["new_allows_more"] == "yes", "{answer}");
    let (new, old) = (case["new"].take(), case["old"].take());
    (case["new"], case["old"]) = (old, new.clone());
    more(&case);
    case["old"] = case["new"].clone();
    assert_ne!(more(&case)["new_allows_more"], "yes", "more than itself: {case}");
}

/// The case with its operation; `None` where the bytes are no object.
fn case(data: &[u8], op: &str) -> Option<Value> {
    let mut case: Value = serde_json::from_slice(data).ok().filter(Value::is_object)?;
    case["id"] = json!("1");
    case["op"] = json!(op);
    Some(case)
}

/// The answer to a line: one line, an object, whatever the question.
fn answered(line: &[u8]) -> Value {
    let answer = answer_line(line);
    assert!(!answer.contains('\n'));
    let answer: Value = serde_json::from_str(&answer).expect("an answer is JSON");
    assert!(answer.is_object() && answer.get("id").is_some());
    answer
}

/// A place that the text has.
fn stands_in(place: &Place, text: &str) {
    assert!(text.get(place.span.start..place.span.end).is_some(), "{place:?}");
    assert!(place.line >= 1 && place.column >= 1, "{place:?}");
}
