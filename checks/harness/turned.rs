//! An inventory in which every list runs the other way.

use forewarn_inventory::Inventory;
use serde_json::Value;

/// Lists in which the place means something: the two numbered slots, and selectors, which AWS keeps as they were put and
/// which are evidence as a whole.
const PLACED: [&str; 4] = ["keys", "certificates", "basic", "advanced"];

/// Turns every list around, the statements of policies among them, but not those in which the place means something.
pub(super) fn around(inventory: &Inventory) -> Inventory {
    let mut whole = serde_json::to_value(inventory).unwrap();
    turn(&mut whole);
    serde_json::from_value(whole).unwrap()
}

fn turn(at: &mut Value) {
    match at {
        Value::Object(fields) => {
            for (name, value) in fields {
                if !PLACED.contains(&name.as_str()) {
                    turn(value);
                }
            }
        }
        Value::Array(items) => {
            items.reverse();
            items.iter_mut().for_each(turn);
        }
        Value::String(text) => {
            if let Some(turned) = statements(text) {
                *text = turned;
            }
        }
        _ => {}
    }
}

/// The text of a policy with its statements the other way round.
fn statements(text: &str) -> Option<String> {
    let mut policy: Value = serde_json::from_str(text).ok()?;
    policy.get_mut("Statement")?.as_array_mut()?.reverse();
    Some(policy.to_string())
}

#[test]
fn lists_and_statements_are_turned_and_slots_are_not() {
    let inventory = forewarn_inventory::overlay::inventory(&serde_json::json!({
        "iam": { "credential_report": { "rows": [{ "user": "ci", "keys": [{ "active": { "value": true } }, {}] }] } },
        "s3": { "buckets": [{ "name": "a", "policy": { "Statement": [{ "Sid": "1" }, { "Sid": "2" }] } }, { "name": "b" }] },
    }))
    .unwrap();
    let turned = around(&inventory);
    let buckets = &turned.accounts[0].s3.buckets.items;
    assert_eq!((buckets[0].name.as_str(), buckets[1].name.as_str()), ("b", "a"));
    assert_eq!(buckets[1].policy.present().unwrap().as_str(), r#"{"Statement":[{"Sid":"2"},{"Sid":"1"}]}"#);
    assert_eq!(turned.accounts[0].iam, inventory.accounts[0].iam);
    assert_eq!(around(&turned), inventory);
}
