//! What a change opens, on small inventories.

use forewarn_inventory::{PolicyText, overlay};
use serde_json::{Value, json};

use super::*;

fn inventory(overlay: &Value) -> Inventory {
    overlay::inventory(overlay).unwrap()
}

fn between(today: &Value, after: &Value) -> Vec<AccessDelta> {
    let (today, after, settings) = (inventory(today), inventory(after), Settings::default());
    let (old, new) = (World::new(&today, &settings), World::new(&after, &settings));
    let found = deltas(&Pair { old: Case::new(&old, &ASKS), new: Case::new(&new, &ASKS) });
    let faults: BTreeSet<String> = old.into_faults().into_iter().chain(new.into_faults()).collect();
    assert!(faults.is_empty(), "{faults:?}");
    found
}

fn role(statements: &Value) -> Value {
    json!({ "iam": { "roles": [{ "name": "ci", "inline": [
        { "name": "p", "document": { "Version": "2012-10-17", "Statement": statements } },
    ] }] } })
}

fn bucket(statements: &Value, block: bool) -> Value {
    let block = json!({ "block_public_acls": block, "ignore_public_acls": block, "block_public_policy": block,
        "restrict_public_buckets": block });
    json!({ "s3": { "buckets": [{ "name": "b", "public_access_block": block, "policy":
        { "Version": "2012-10-17", "Statement": statements } }] } })
}

fn witness(delta: &AccessDelta) -> &Witness {
    match &delta.gains {
        Gain::Yes(gain) => &gain.0,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_role_gains_what_a_new_statement_allows() {
    let read = json!([{ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::audit-logs/*" }]);
    let delete = json!([{ "Effect": "Allow", "Action": ["s3:GetObject", "s3:DeleteObject"],
        "Resource": "arn:aws:s3:::audit-logs/*" }]);
    let found = between(&role(&read), &role(&delete));
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].of, found[0].resource.arn.as_str()), (Of::Identity, "arn:aws:iam::111111111111:role/ci"));
    let witness = witness(&found[0]);
    assert_eq!(witness.request.action, "s3:DeleteObject");
    assert!(witness.request.resource.starts_with("arn:aws:s3:::audit-logs/"), "{witness:?}");
    assert_eq!(found[0].loses, None);
    let found = between(&role(&delete), &role(&read));
    assert_eq!(found[0].gains, Gain::Nothing);
    assert_eq!(found[0].loses.as_ref().unwrap().request.action, "s3:DeleteObject");
}

#[test]
fn a_deny_that_goes_opens_and_the_same_in_other_words_does_not() {
    let all = json!({ "Effect": "Allow", "Action": "s3:*", "Resource": "*" });
    let deny = json!({ "Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*" });
    let found = between(&role(&json!([all, deny])), &role(&json!([all])));
    assert_eq!(witness(&found[0]).request.action, "s3:DeleteBucket");
    let split = json!([{ "Effect": "Allow", "Action": ["s3:*", "s3:Get*"], "Resource": ["*"] }]);
    let found = between(&role(&json!([all])), &role(&split));
    assert_eq!((found[0].gains.clone(), found[0].loses.clone()), (Gain::Nothing, None));
}

#[test]
fn block_public_access_counts_on_both_sides() {
    let open =
        json!([{ "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*" }]);
    let found = between(&bucket(&open, true), &bucket(&open, false));
    assert_eq!(found[0].of, Of::Bucket);
    assert_eq!(witness(&found[0]).audience, policy::Audience::Anyone);
    let found = between(&bucket(&json!([]), true), &bucket(&open, true));
    assert!(
        found.iter().all(|delta| !matches!(&delta.gains, Gain::Yes(gain) if gain.0.audience.is_outsider())),
        "{found:?}"
    );
}

#[test]
fn a_hole_is_undecided_with_its_cause() {
    let hole = PolicyText::hole("depends on aws_kms_key.k.arn");
    let open = json!([{ "Effect": "Allow", "Principal": { "AWS": hole }, "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::b/*" }]);
    let found = between(&bucket(&json!([]), false), &bucket(&open, false));
    let Gain::Unknown(reasons) = &found[0].gains else { panic!("{found:?}") };
    assert!(reasons[0].message.contains("depends on aws_kms_key.k.arn"), "{reasons:?}");
}

#[test]
fn nothing_changes_where_nothing_changes() {
    let all = json!([{ "Effect": "Allow", "Action": "*", "Resource": "*" }]);
    assert_eq!(between(&role(&all), &role(&all)), []);
}

#[test]
fn a_new_role_is_held_against_nobody() {
    let trust = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": { "AWS": "arn:aws:iam::222222222222:root" } }] });
    let after = json!({ "iam": { "roles": [{ "name": "new", "trust": trust, "inline": [{ "name": "p", "document":
        { "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "iam:PassRole", "Resource": "*" }] } }] }] } });
    let found = between(&json!({}), &after);
    let of: Vec<Of> = found.iter().map(|delta| delta.of).collect();
    assert_eq!(of, [Of::Identity, Of::Trust]);
    assert_eq!(witness(&found[0]).request.action, "iam:PassRole");
    assert_eq!(witness(&found[1]).audience, policy::Audience::Accounts);
}
