use forewarn_events::{Event, changes};
use forewarn_inventory::overlay;
use serde_json::json;

use super::*;

fn grants(parameters: &Value) -> Option<Vec<(String, String)>> {
    grants_in(parameters).map(|all| all.into_iter().map(|one| (one.grantee, one.permission)).collect())
}

fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(who, what)| ((*who).to_owned(), (*what).to_owned())).collect()
}

#[test]
fn an_acl_is_canned_listed_or_in_headers_and_its_owner_is_nobody_else() {
    let canned = |name: &str| grants(&json!({ "bucketName": "b", "x-amz-acl": [name] }));
    assert_eq!(canned("private"), Some(pairs(&[])));
    assert_eq!(canned("public-read-write"), Some(pairs(&[(ALL, "READ"), (ALL, "WRITE")])));
    assert_eq!(canned("something-new"), None);
    let group = "http://acs.amazonaws.com/groups/global/AllUsers";
    let listed = json!({ "AccessControlPolicy": { "Owner": { "ID": "me" }, "AccessControlList": { "Grant": [
        { "Grantee": { "ID": "me" }, "Permission": "FULL_CONTROL" },
        { "Grantee": { "ID": "you" }, "Permission": "READ" },
        { "Grantee": { "URI": group }, "Permission": "WRITE" }] } } });
    assert_eq!(grants(&listed), Some(pairs(&[("you", "READ"), (ALL, "WRITE")])));
    let one = json!({ "AccessControlPolicy": { "AccessControlList": { "Grant":
        { "Grantee": { "URI": group }, "Permission": "READ" } } } });
    assert_eq!(grants(&one), Some(pairs(&[(ALL, "READ")])));
    let headers = json!({ "x-amz-grant-read": [format!("uri=\"{group}\", id=\"you\"")] });
    assert_eq!(grants(&headers), Some(pairs(&[(ALL, "READ"), ("you", "READ")])));
    assert_eq!(grants(&json!({ "bucketName": "b" })), None);
    let broken = json!({ "AccessControlPolicy": { "AccessControlList": { "Grant": [{ "Permission": "READ" }] } } });
    assert_eq!(grants(&broken), None, "a grant that is not understood is no grant that is not there");
}

#[test]
fn what_stands_is_what_the_last_event_set_and_before_the_first_what_the_snapshot_has() {
    let event = |minute: u8, name: &str, parameters: &Value| {
        Event::new(json!({ "eventTime": format!("2026-01-02T03:{minute:02}:00Z"), "eventName": name,
            "eventID": format!("e-{minute}"), "eventSource": "s3.amazonaws.com", "requestParameters": parameters }))
        .unwrap()
    };
    let block =
        |on: bool| json!({ "bucketName": "b", "PublicAccessBlockConfiguration": { "RestrictPublicBuckets": on } });
    let policy = json!({ "bucketName": "b", "bucketPolicy": { "Statement": [] } });
    let events = [
        event(1, "PutBucketPolicy", &policy),
        event(2, "PutBucketPublicAccessBlock", &block(true)),
        event(3, "DeleteBucketPublicAccessBlock", &json!({ "bucketName": "b" })),
        event(
            4,
            "PutAccountPublicAccessBlock",
            &json!({ "PublicAccessBlockConfiguration": { "IgnorePublicAcls": "true" } }),
        ),
        event(5, "PutBucketPolicy", &policy),
    ];
    let inventory = overlay::inventory(&json!({ "s3": { "buckets": [{ "name": "b",
        "public_access_block": { "block_public_policy": true } }] } }))
    .unwrap();
    let account = &inventory.accounts[0];
    let found = changes(&events, &account.partition, &account.id);
    let past = Past::of(&found);
    let around = |index: usize, seen: bool| past.around(account, seen.then_some(&inventory), &found[index]);
    let restricts = BlockSettings { restrict_public_buckets: true, ..BlockSettings::default() };
    assert_eq!(around(0, false).before.of_bucket, None);
    assert!(around(0, true).before.of_bucket.unwrap().block_public_policy);
    let second = around(1, true);
    assert!(second.before.of_bucket.unwrap().block_public_policy);
    assert_eq!(second.after.of_bucket, Some(restricts));
    assert!(matches!(second.after.policy, Some(Before::Document { .. })));
    assert_eq!(around(2, false).before.of_bucket, Some(restricts));
    let last = around(4, false).after;
    assert_eq!(last.of_bucket, Some(BlockSettings::default()));
    assert!(last.of_account.unwrap().ignore_public_acls);
}
