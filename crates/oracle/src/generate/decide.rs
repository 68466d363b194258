//! `decide` cases.

use serde_json::{Map, Value, json};

use super::dice::Dice;
use super::policy::{Leaning, Place, document};
use super::words::{KEYS, Key, POINT_RESOURCES, SCENES, Scene, Sort, callers};

const POINT_KEY: &str = "s3:DataAccessPointArn";
const OWNERS: &[&str] = &["111111111111", "111111111111", "111111111111", "222222222222"];

/// The `decide` case of a seed.
pub fn decide_case(seed: u64) -> Value {
    let dice = &mut Dice::new(seed);
    let scene = dice.pick(SCENES);
    let keys: Vec<Key> = dice.some(KEYS, 1, 4);
    let callers = callers();
    let caller = callers.get(dice.below(callers.len())).cloned().unwrap_or_default();
    let owner = dice.pick(OWNERS);

    let mut context = Map::new();
    for key in &keys {
        if dice.chance(65) {
            context.insert(key.name.to_owned(), held(dice, key));
        }
    }
    let mut request = json!({ "principal": caller, "action": scene.action, "resource": scene.resource });
    if let Some(fields) = request.as_object_mut() {
        if scene.action.starts_with("s3:") {
            fields.insert("resource_account".to_owned(), json!(owner));
        }
        fields.insert("context".to_owned(), Value::Object(context.clone()));
    }
    let policies = policies(dice, &scene, &keys, &context, &caller);
    json!({ "id": seed.to_string(), "op": "decide", "request": request, "policies": policies })
}

fn held(dice: &mut Dice, key: &Key) -> Value {
    let set = if key.sort == Sort::Set { dice.chance(90) } else { dice.chance(4) };
    if set { json!(dice.some(key.in_request, 0, 3)) } else { json!(dice.pick(key.in_request)) }
}

fn policies(dice: &mut Dice, scene: &Scene, keys: &[Key], context: &Map<String, Value>, caller: &Value) -> Value {
    let mut layers = Map::new();
    let arn = caller.as_str().unwrap_or("");
    let is_session = arn.contains("assumed-role/") || arn.contains("federated-user/");
    let has_identity = arn.contains('/');
    let leaning = |place, denies| Leaning { place, denies, conditions: 35 };
    let list = |dice: &mut Dice, leaning: Leaning| {
        let count = 1 + usize::from(dice.chance(25));
        Value::Array((0..count).map(|_| document(dice, scene, keys, leaning, 2)).collect())
    };
    if has_identity && dice.chance(92) {
        let identity = if dice.chance(12) { json!("allow_all") } else { list(dice, leaning(Place::Caller, 12)) };
        layers.insert("identity".to_owned(), identity);
    }
    let stray = dice.chance(5);
    if has_identity && dice.chance(15) {
        layers.insert("boundary".to_owned(), list(dice, leaning(Place::Caller, 8)));
    }
    if is_session && dice.chance(35) {
        layers.insert("session".to_owned(), list(dice, leaning(Place::Caller, 8)));
    }
    if (!arn.is_empty() || stray) && dice.chance(15) {
        let levels = 1 + dice.below(3);
        let levels = (0..levels).map(|_| list(dice, Leaning { conditions: 15, ..leaning(Place::Caller, 8) }));
        layers.insert("scp".to_owned(), Value::Array(levels.collect()));
    }
    if dice.chance(15) {
        let levels = 1 + dice.below(2);
        let levels = (0..levels).map(|_| list(dice, leaning(Place::Rcp, 100)));
        layers.insert("rcp".to_owned(), Value::Array(levels.collect()));
    }
    if dice.chance(12) {
        layers.insert("endpoint".to_owned(), list(dice, leaning(Place::Endpoint, 8)));
    }
    let is_trust = scene.action.starts_with("sts:");
    if scene.has_policy && dice.chance(88) {
        let place = if is_trust { Place::Trust } else { Place::Resource };
        layers.insert("resource".to_owned(), document(dice, scene, keys, leaning(place, 20), 3));
    }
    if scene.action.starts_with("s3:") {
        of_s3(dice, scene, keys, context, &mut layers);
    }
    if dice.chance(7) {
        hide(dice, &mut layers);
    }
    Value::Object(layers)
}

fn of_s3(dice: &mut Dice, scene: &Scene, keys: &[Key], context: &Map<String, Value>, layers: &mut Map<String, Value>) {
    if dice.chance(12) && scene.action != "s3:GetBucketPolicy" {
        let leaning = Leaning { place: Place::Resource, denies: 10, conditions: 25 };
        let scene = Scene { resources: POINT_RESOURCES, ..*scene };
        let account = dice.pick(&["111111111111", "111111111111", "222222222222"]);
        let mut point = json!({ "policy": document(dice, &scene, keys, leaning, 2), "account": account });
        if let Some(fields) = point.as_object_mut() {
            // Else the request has it.
            if !context.contains_key(POINT_KEY) || dice.chance(50) {
                fields.insert("arn".to_owned(), json!(format!("arn:aws:s3:us-east-1:{account}:accesspoint/ap")));
            }
            if dice.chance(40) {
                fields.insert("block_public_access".to_owned(), switches(dice));
            }
        }
        layers.insert("access_point".to_owned(), point);
    }
    if dice.chance(22) {
        let mut block = Map::new();
        for level in ["account", "bucket"] {
            if dice.chance(60) {
                block.insert(level.to_owned(), switches(dice));
            }
        }
        layers.insert("block_public_access".to_owned(), Value::Object(block));
    }
    if dice.chance(22) {
        layers.insert("acl".to_owned(), acl(dice));
    }
}

/// Switches of Block Public Access, each on, off or not given.
pub(crate) fn switches(dice: &mut Dice) -> Value {
    let names = ["block_public_acls", "ignore_public_acls", "block_public_policy", "restrict_public_buckets"];
    let mut switches = Map::new();
    for name in names {
        if dice.chance(60) {
            switches.insert(name.to_owned(), json!(dice.chance(60)));
        }
    }
    Value::Object(switches)
}

/// An access control list.
pub(crate) fn acl(dice: &mut Dice) -> Value {
    const GRANTEES: &[&str] = &[
        "AllUsers",
        "AuthenticatedUsers",
        "LogDelivery",
        "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be",
    ];
    const PERMISSIONS: &[&str] = &["READ", "WRITE", "READ_ACP", "WRITE_ACP", "FULL_CONTROL"];
    let grants: Vec<Value> = (0..dice.below(4))
        .map(|_| json!({ "grantee": dice.pick(GRANTEES), "permission": dice.pick(PERMISSIONS) }))
        .collect();
    let mut acl = json!({ "grants": grants });
    if let (Some(fields), true) = (acl.as_object_mut(), dice.chance(85)) {
        let ownership = dice.pick(&["ObjectWriter", "BucketOwnerPreferred", "BucketOwnerEnforced"]);
        fields.insert("ownership".to_owned(), json!(ownership));
    }
    acl
}

/// Makes one layer, or one document of it, unreadable.
fn hide(dice: &mut Dice, layers: &mut Map<String, Value>) {
    let names: Vec<String> = layers.keys().cloned().collect();
    let Some(layer) = names.get(dice.below(names.len())).and_then(|name| layers.get_mut(name)) else { return };
    let unreadable = json!("unreadable");
    match layer {
        Value::Array(documents) if dice.chance(50) => {
            let at = dice.below(documents.len());
            match documents.get_mut(at) {
                Some(Value::Array(level)) if dice.chance(70) => level.push(unreadable),
                Some(document) => *document = unreadable,
                None => {}
            }
        }
        Value::Object(fields) => {
            let parts: Vec<String> = fields
                .keys()
                .filter(|name| !matches!(name.as_str(), "Version" | "Statement" | "account"))
                .cloned()
                .collect();
            match parts.get(dice.below(parts.len())).and_then(|name| fields.get_mut(name)) {
                Some(part) => *part = unreadable,
                None => *layer = unreadable,
            }
        }
        other => *other = unreadable,
    }
}
