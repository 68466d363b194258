//! Changes JSON as JSON, so that what comes out is a case that can be answered more often than not.
//!
//! One change in four is libFuzzer's own, of bytes. Parts of other cases come from the second opinion's generator.

use forewarn_oracle::{decide_case, reach_case};
use libfuzzer_sys::fuzzer_mutate;
use serde_json::{Map, Value, json};

/// What is put into strings: what the language means something by, and what breaks readers of it.
const WORDS: &[&str] = &[
    "*",
    "?",
    "*a",
    ":",
    "/",
    "",
    "${aws:username}",
    "${aws:PrincipalTag/team, 'red'}",
    "${*}",
    "${",
    "arn:aws:s3:::",
    "arn:aws:iam::111111111111:role/R",
    "accesspoint/ap/object/",
    "s3:GetObject",
    "sts:AssumeRole",
    "111111111111",
    "999999999999999999999",
    "2024-02-30T25:61:61Z",
    "0.0.0.0/0",
    "::/0",
    "true",
    "unreadable",
    "allow_all",
    "\u{0}",
    "é",
    "\u{1F600}",
];

/// Names of condition operators and keys, and of elements.
const NAMES: &[&str] = &[
    "StringLike",
    "ForAllValues:StringNotLike",
    "ForAnyValue:StringEqualsIfExists",
    "NumericLessThanIfExists",
    "DateGreaterThan",
    "NotIpAddress",
    "Null",
    "ArnNotLike",
    "BinaryEquals",
    "aws:SourceArn",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:TagKeys",
    "aws:SourceVpce",
    "aws:ViaAWSService",
    "s3:DataAccessPointArn",
    "token.actions.githubusercontent.com:sub",
    "NotPrincipal",
    "NotAction",
    "NotResource",
    "Condition",
    "AWS",
    "Federated",
    "Service",
    "CanonicalUser",
];

/// Numbers out of a seed (xorshift).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() >> 16).unwrap_or(0) % bound.max(1)
    }

    fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }
}

/// The mutator of every target: `data[..size]` is the input, `most` how large the outcome may be.
pub fn mutate(data: &mut [u8], size: usize, most: usize, seed: u32) -> usize {
    let dice = &mut Dice(u64::from(seed) << 1 | 1);
    if dice.below(4) != 0
        && let Ok(mut value) = serde_json::from_slice::<Value>(&data[..size])
    {
        for _ in 0..=dice.below(4) {
            change(&mut value, dice);
        }
        let text = value.to_string();
        if let Some(room) = data.get_mut(..text.len()).filter(|_| text.len() <= most) {
            room.copy_from_slice(text.as_bytes());
            return text.len();
        }
    }
    fuzzer_mutate(data, size, most)
}

/// Changes one part of a value.
fn change(value: &mut Value, dice: &mut Dice) {
    let parts = count(value);
    let (name, part) = nth(value, "", &mut dice.below(parts)).expect("a part that was counted");
    if dice.below(4) == 0
        && let Some(donated) = donated(&name, dice)
    {
        *part = donated;
        return;
    }
    match part {
        Value::String(text) => change_text(text, dice),
        Value::Array(items) => change_list(items, dice),
        Value::Object(fields) => change_fields(fields, dice),
        Value::Null | Value::Bool(_) | Value::Number(_) => {
            *part = match dice.below(4) {
                0 => json!(dice.pick(WORDS)),
                1 => json!(true),
                2 => json!(dice.next()),
                _ => json!([]),
            }
        }
    }
    if dice.below(16) == 0 {
        *part = json!([part.take()]);
    }
}

fn change_text(text: &mut String, dice: &mut Dice) {
    let at = dice.below(text.chars().count() + 1);
    let at = text.char_indices().nth(at).map_or(text.len(), |(at, _)| at);
    match dice.below(6) {
        0 => *text = dice.pick(WORDS).to_owned(),
        1 => text.truncate(at),
        2 => *text = text.split_off(at),
        3 => text.insert_str(at, &dice.pick(WORDS).repeat(1 + dice.below(40))),
        4 => *text = text.to_ascii_uppercase(),
        _ => text.insert_str(at, dice.pick(WORDS)),
    }
}

fn change_list(items: &mut Vec<Value>, dice: &mut Dice) {
    let at = dice.below(items.len());
    match dice.below(5) {
        0 if !items.is_empty() => drop(items.remove(at)),
        1 if !items.is_empty() => items.push(items[at].clone()),
        2 => items.extend(items.clone()),
        3 => items.push(json!(dice.pick(WORDS))),
        _ => items.reverse(),
    }
}

fn change_fields(fields: &mut Map<String, Value>, dice: &mut Dice) {
    let names: Vec<String> = fields.keys().cloned().collect();
    let Some(name) = names.get(dice.below(names.len())) else { return };
    match dice.below(4) {
        0 => drop(fields.remove(name)),
        1 => {
            let held = fields.remove(name).unwrap_or_default();
            fields.insert(dice.pick(NAMES).to_owned(), held);
        }
        2 => {
            let held = fields[name].clone();
            fields.insert(dice.pick(NAMES).to_owned(), held);
        }
        _ => drop(fields.insert(name.clone(), json!(dice.pick(WORDS)))),
    }
}

/// A part of some other case that stands under the same name; under most names that are not of the language there is none.
fn donated(name: &str, dice: &mut Dice) -> Option<Value> {
    let seed = dice.next() % 1_000_000;
    let mut donor = if dice.below(2) == 0 { decide_case(seed) } else { reach_case(seed) };
    let mut found = Vec::new();
    gather(&mut donor, name, &mut found);
    (!found.is_empty()).then(|| found.swap_remove(dice.below(found.len())))
}

fn gather(value: &mut Value, name: &str, found: &mut Vec<Value>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| gather(item, name, found)),
        Value::Object(fields) => {
            for (key, held) in fields {
                gather(held, name, found);
                if key == name || held.get("Statement").is_some() && matches!(name, "" | "new" | "old" | "policy") {
                    found.push(held.clone());
                }
            }
        }
        _ => {}
    }
}

/// How many parts a value has, itself among them.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum(),
        _ => 0,
    }
}

/// The part that is so many parts in, with the name of the field that it stands in or below.
fn nth<'v>(value: &'v mut Value, name: &str, left: &mut usize) -> Option<(String, &'v mut Value)> {
    if *left == 0 {
        return Some((name.to_owned(), value));
    }
    *left -= 1;
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| nth(item, name, left)),
        Value::Object(fields) => fields.iter_mut().find_map(|(name, held)| nth(held, name, left)),
        _ => None,
    }
}
