//! `reach` cases.

use serde_json::{Map, Value, json};

use super::decide::{acl, switches};
use super::dice::Dice;
use super::policy::{Leaning, Place, document};
use super::words::{KEYS, Key, POINT_RESOURCES, SCENES, Scene};

/// The keys that these cases use: each in every way that a caller can have it stays a small world.
const NAMES: &[&str] = &[
    "aws:PrincipalTag/team",
    "aws:username",
    "aws:PrincipalOrgID",
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceVpce",
    "aws:SourceIp",
    "aws:SecureTransport",
    "aws:MultiFactorAuthPresent",
    "aws:CurrentTime",
    "aws:TagKeys",
    "s3:prefix",
];

/// The `reach` case of a seed: a bucket, sometimes with an access point, or the trust policy of a role.
pub fn reach_case(seed: u64) -> Value {
    let dice = &mut Dice::new(seed ^ 0x7ea5_0000_0000_0000);
    let known: Vec<Key> = KEYS.iter().filter(|key| NAMES.contains(&key.name)).copied().collect();
    let keys = dice.some(&known, 1, 2);
    let is_trust = dice.chance(20);
    let scenes: Vec<Scene> = SCENES
        .iter()
        .filter(|scene| {
            if is_trust {
                scene.action.starts_with("sts:")
            } else {
                scene.action.contains("Object") || scene.action == "s3:ListBucket"
            }
        })
        .copied()
        .collect();
    let scene = dice.pick(&scenes);
    let place = if is_trust { Place::Trust } else { Place::Resource };
    let leaning = Leaning { place, denies: 30, conditions: 50 };

    let mut case = Map::new();
    let mut put = |key: &str, value: Value| case.insert(key.to_owned(), value);
    put("id", json!(seed.to_string()));
    put("op", json!("reach"));
    put("kind", json!(if is_trust { "role_trust" } else { "bucket_policy" }));
    put("account", json!("111111111111"));
    put("resource", json!(if is_trust { "arn:aws:iam::111111111111:role/T" } else { "arn:aws:s3:::b" }));
    put("policy", if dice.chance(2) { Value::Null } else { document(dice, &scene, &keys, leaning, 3) });
    if dice.chance(60) {
        put("organization", json!({ "id": "o-a", "accounts": ["111111111111", "333333333333"] }));
    }
    if dice.chance(30) {
        put("trusted_accounts", json!(["444444444444"]));
    }
    if dice.chance(20) {
        let rcp = document(dice, &scene, &keys, Leaning { place: Place::Rcp, ..leaning }, 1);
        put("rcp", json!([[rcp]]));
    }
    if !is_trust {
        if dice.chance(30) {
            put("block_public_access", json!({ "account": switches(dice), "bucket": switches(dice) }));
        }
        if dice.chance(8) {
            put("acl", acl(dice));
        }
        if dice.chance(20) {
            let scene = Scene { resources: POINT_RESOURCES, ..scene };
            let policy = document(dice, &scene, &keys, Leaning { denies: 15, ..leaning }, 2);
            put(
                "access_points",
                json!([{
                    "arn": "arn:aws:s3:us-east-1:111111111111:accesspoint/ap",
                    "account": "111111111111",
                    "policy": policy,
                    "block_public_access": if dice.chance(20) { switches(dice) } else { json!({}) },
                    "vpc": if dice.chance(25) { json!("vpc-1") } else { Value::Null },
                }]),
            );
        }
    }
    put("with_replay", json!(true));
    Value::Object(case)
}
