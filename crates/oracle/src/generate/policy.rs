//! Statements and documents.

use serde_json::{Map, Value, json};

use super::dice::Dice;
use super::words::{Key, PRINCIPALS, Scene, Sort, VARIABLES, operators};

/// Whose document it is: that says which elements it may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Identity, boundary, session, SCP: no principals.
    Caller,
    /// A policy of a resource.
    Resource,
    /// A trust policy: principals, no resource.
    Trust,
    /// An RCP: denies, for everyone.
    Rcp,
    /// A VPC endpoint's: principals, mostly everyone.
    Endpoint,
}

/// How a document leans.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Leaning {
    pub(crate) place: Place,
    /// Share of statements that deny.
    pub(crate) denies: usize,
    /// Share of statements with a condition.
    pub(crate) conditions: usize,
}

fn scalar_or_list(dice: &mut Dice, values: Vec<Value>) -> Value {
    match values.first() {
        Some(one) if values.len() == 1 && dice.chance(60) => one.clone(),
        _ => Value::Array(values),
    }
}

/// A document with up to `most` statements about `scene`.
pub(crate) fn document(dice: &mut Dice, scene: &Scene, keys: &[Key], leaning: Leaning, most: usize) -> Value {
    let count = 1 + dice.below(most);
    let statements: Vec<Value> = (0..count).map(|_| statement(dice, scene, keys, leaning)).collect();
    let statement = match statements.first() {
        Some(one) if count == 1 && dice.chance(30) => one.clone(),
        _ => Value::Array(statements),
    };
    match dice.below(20) {
        0 => json!({ "Statement": statement }),
        1 | 2 => json!({ "Version": "2008-10-17", "Statement": statement }),
        _ => json!({ "Version": "2012-10-17", "Statement": statement }),
    }
}

/// One statement.
pub(crate) fn statement(dice: &mut Dice, scene: &Scene, keys: &[Key], leaning: Leaning) -> Value {
    let mut statement = Map::new();
    let denies = leaning.place == Place::Rcp || dice.chance(leaning.denies);
    statement.insert("Effect".to_owned(), json!(if denies { "Deny" } else { "Allow" }));
    match leaning.place {
        Place::Caller => {}
        Place::Rcp => {
            statement.insert("Principal".to_owned(), json!("*"));
        }
        Place::Endpoint if dice.chance(80) => {
            statement.insert("Principal".to_owned(), json!("*"));
        }
        Place::Resource | Place::Trust | Place::Endpoint => {
            let element = match dice.below(100) {
                0..8 => "NotPrincipal",
                8..16 if denies => "NotPrincipal",
                16 if leaning.place != Place::Endpoint => "",
                _ => "Principal",
            };
            if !element.is_empty() {
                let principals = principals(dice, element == "NotPrincipal");
                statement.insert(element.to_owned(), principals);
            }
        }
    }
    let element = if leaning.place != Place::Rcp && dice.chance(12) { "NotAction" } else { "Action" };
    let mut actions = dice.some(scene.actions, 1, 2);
    if element == "Action" && dice.chance(60) {
        actions.push(scene.action);
    }
    let actions = actions.into_iter().map(Value::from).collect();
    statement.insert(element.to_owned(), scalar_or_list(dice, actions));
    if leaning.place != Place::Trust {
        let element = if dice.chance(10) { "NotResource" } else { "Resource" };
        let mut resources = dice.some(scene.resources, 1, 2);
        if element == "Resource" && dice.chance(50) {
            resources.push("*");
        }
        let resources = resources.into_iter().map(Value::from).collect();
        statement.insert(element.to_owned(), scalar_or_list(dice, resources));
    }
    // A Deny without a condition closes nearly everything: keep it rare.
    let share = if denies { leaning.conditions.max(75) } else { leaning.conditions };
    if !keys.is_empty() && dice.chance(share) {
        statement.insert("Condition".to_owned(), condition(dice, keys));
    }
    Value::Object(statement)
}

fn principals(dice: &mut Dice, chain: bool) -> Value {
    if !chain && dice.chance(20) {
        return json!("*");
    }
    let mut kinds: Map<String, Value> = Map::new();
    let mut entries = dice.some(PRINCIPALS, 1, if chain { 4 } else { 3 });
    if chain && dice.chance(50) {
        // A whole chain, else an exception spares hardly anyone (B8).
        entries = match dice.below(4) {
            0 => vec![("AWS", "111111111111"), ("AWS", "arn:aws:iam::111111111111:user/Alice")],
            1 => vec![
                ("AWS", "arn:aws:iam::222222222222:root"),
                ("AWS", "arn:aws:iam::222222222222:role/R"),
                ("AWS", "arn:aws:sts::222222222222:assumed-role/R/s"),
            ],
            2 => vec![("AWS", "arn:aws:iam::111111111111:root"), ("AWS", "arn:aws:iam::111111111111:role/R")],
            _ => vec![("AWS", "arn:aws:iam::222222222222:root"), ("Service", "cloudtrail.amazonaws.com")],
        };
    }
    for (kind, text) in entries {
        let list = kinds.entry(kind).or_insert_with(|| json!([]));
        if let Some(list) = list.as_array_mut().filter(|list| !list.contains(&json!(text))) {
            list.push(json!(text));
        }
    }
    for list in kinds.values_mut() {
        if let Some([one]) = list.as_array().map(Vec::as_slice) {
            *list = one.clone();
        }
    }
    Value::Object(kinds)
}

/// A condition block of one or two operators with one or two keys.
pub(crate) fn condition(dice: &mut Dice, keys: &[Key]) -> Value {
    let mut block: Map<String, Value> = Map::new();
    for _ in 0..=usize::from(dice.chance(25)) {
        let key = dice.pick(keys);
        let operator = operator(dice, key);
        let values = values(dice, key, &operator);
        let name = if dice.chance(10) { key.name.to_uppercase() } else { key.name.to_owned() };
        let held = block.entry(operator).or_insert_with(|| json!({}));
        let taken = held.as_object().is_some_and(|held| held.keys().any(|other| other.eq_ignore_ascii_case(&name)));
        if let Some(held) = held.as_object_mut().filter(|_| !taken) {
            held.insert(name, values);
        }
    }
    Value::Object(block)
}

/// An operator, its set prefix and `IfExists`.
fn operator(dice: &mut Dice, key: Key) -> String {
    const EVERY: &[Sort] = &[Sort::Text, Sort::Arn, Sort::Number, Sort::Date, Sort::Bool, Sort::Bytes, Sort::Address];
    let prefix = match dice.below(100) {
        0..45 if key.sort == Sort::Set => "ForAnyValue:",
        45..90 if key.sort == Sort::Set => "ForAllValues:",
        0..5 => "ForAnyValue:",
        5..10 => "ForAllValues:",
        _ => "",
    };
    if dice.chance(8) {
        return format!("{prefix}Null");
    }
    let sort = if dice.chance(8) { dice.pick(EVERY) } else { key.sort };
    let name = if dice.chance(1) { "StringMatches" } else { dice.pick(operators(sort)) };
    format!("{prefix}{name}{}", if dice.chance(20) { "IfExists" } else { "" })
}

fn values(dice: &mut Dice, key: Key, operator: &str) -> Value {
    if operator.contains("Null") {
        return if dice.chance(20) { json!(dice.chance(50)) } else { json!(dice.pick(&["true", "false"])) };
    }
    let mut drawn: Vec<Value> = dice.some(key.in_policy, 1, 3).into_iter().map(Value::from).collect();
    // Variables stand in texts and ARNs only (D1).
    if (operator.contains("String") && dice.chance(20)) || (operator.contains("Arn") && dice.chance(10)) {
        let variable = dice.pick(VARIABLES);
        drawn.push(if operator.contains("Arn") {
            json!(format!("arn:aws:iam::*:user/{variable}"))
        } else {
            json!(variable)
        });
    }
    if drawn.len() == 1 && dice.chance(30) && (operator.contains("Bool") || operator.contains("Numeric")) {
        // Unquoted values mean the same (B1).
        let text = drawn.first().and_then(Value::as_str).unwrap_or("");
        if let Ok(bare) = serde_json::from_str::<Value>(text) {
            return bare;
        }
    }
    scalar_or_list(dice, drawn)
}
