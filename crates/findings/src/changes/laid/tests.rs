use forewarn_inventory::{LookedUp, Reached, overlay};
use serde_json::json;

use super::*;

const ACCOUNT: &str = "111111111111";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn put(id: &str, time: &str) -> Event {
    Event::new(
        json!({ "eventTime": time, "eventID": id, "eventName": "PutBucketPolicy", "eventSource": "s3.amazonaws.com",
        "awsRegion": "eu-west-1", "recipientAccountId": ACCOUNT, "requestParameters": { "bucketName": "b" } }),
    )
    .unwrap()
}

fn call(id: &str, time: &str) -> (String, KeyCall) {
    let event = Event::new(
        json!({ "eventTime": time, "eventID": id, "eventName": "GetObject", "eventSource": "s3.amazonaws.com",
        "sourceIPAddress": "198.51.100.7", "userIdentity": { "type": "IAMUser", "accessKeyId": "AKIA1" } }),
    )
    .unwrap();
    (ACCOUNT.to_owned(), KeyCall::of(&event, "eu-west-1").unwrap())
}

fn covered(since: &str, until: &str) -> BTreeMap<String, Covered> {
    BTreeMap::from([(ACCOUNT.to_owned(), Covered { since: at(since), until: at(until), lacks: None })])
}

fn inventory(instant: &str) -> Inventory {
    let mut inventory = overlay::inventory(&json!({})).unwrap();
    inventory.instant = at(instant);
    inventory.accounts[0].trail.changes = Lookback::default();
    inventory.accounts[0].trail.key_use = Lookback::default();
    inventory
}

#[test]
fn where_nothing_was_asked_the_store_is_what_is_known_and_its_end_is_a_gap() {
    let events = || vec![put("e-1", "2026-01-02T00:00:00Z"), put("e-9", "2026-01-09T00:00:00Z")];
    let calls = || vec![call("c-1", "2026-01-02T00:00:00Z")];
    let mut whole = inventory("2026-01-08T00:30:00Z");
    lay_store(&mut whole, events(), calls(), &covered("2026-01-01T00:00:00Z", "2026-01-08T00:00:00Z"));
    let trail = &whole.accounts[0].trail;
    assert_eq!(trail.changes.since, Some(at("2026-01-01T00:00:00Z")));
    assert_eq!(
        trail.changes.items.iter().map(Event::id).collect::<Vec<_>>(),
        ["e-1"],
        "not what came after the inventory"
    );
    assert_eq!((trail.changes.rest.len(), trail.key_use.rest.len(), trail.key_use.items.len()), (0, 0, 1));
    let mut late = inventory("2026-01-08T02:00:00Z");
    lay_store(&mut late, events(), calls(), &covered("2026-01-01T00:00:00Z", "2026-01-08T00:00:00Z"));
    let said = late.accounts[0].trail.key_use.rest[0].detail.clone().unwrap();
    assert!(said.contains("ends at 2026-01-08"), "{said}");
    let mut torn = covered("2026-01-01T00:00:00Z", "2026-01-08T00:00:00Z");
    torn.get_mut(ACCOUNT).unwrap().lacks = Some("it has no event of 2026-01-05".to_owned());
    let mut lacking = inventory("2026-01-08T00:30:00Z");
    lay_store(&mut lacking, events(), calls(), &torn);
    assert_eq!(lacking.accounts[0].trail.changes.rest.len(), 1);
}

#[test]
fn a_look_back_that_asked_for_the_rest_only_counts_as_whole() {
    let mut joined = inventory("2026-01-08T00:30:00Z");
    let reached = |since: &str| Reached { region: "eu-west-1".to_owned(), by: LookedUp::Writes, since: at(since) };
    joined.accounts[0].trail.changes = Lookback {
        since: Some(at("2026-01-02T00:00:00Z")),
        items: vec![put("e-2", "2026-01-08T00:10:00Z"), put("e-1", "2026-01-07T00:00:00Z")],
        reached: vec![reached("2026-01-07T23:00:00Z")],
        rest: Vec::new(),
    };
    let store = covered("2026-01-01T00:00:00Z", "2026-01-08T00:00:00Z");
    let events = vec![put("e-0", "2026-01-01T00:00:00Z"), put("e-1", "2026-01-07T00:00:00Z")];
    lay_store(&mut joined, events, Vec::new(), &store);
    let changes = &joined.accounts[0].trail.changes;
    assert_eq!(changes.items.iter().map(Event::id).collect::<Vec<_>>(), ["e-0", "e-1", "e-2"], "each once");
    assert_eq!(changes.reached[0].since, at("2026-01-02T00:00:00Z"));
}

#[test]
fn what_a_store_lacks_has_to_be_asked_for() {
    let covered = |since: &str, lacks: Option<&str>| Covered {
        since: at(since),
        until: at("2026-01-08T00:00:00Z"),
        lacks: lacks.map(str::to_owned),
    };
    let from = at("2026-01-02T00:00:00Z");
    assert_eq!(covered("2026-01-01T00:00:00Z", None).known(from), Some(at("2026-01-07T23:00:00Z")));
    assert_eq!(covered("2026-01-03T00:00:00Z", None).known(from), None, "it begins too late");
    assert_eq!(covered("2026-01-01T00:00:00Z", Some("a day")).known(from), None);
    assert_eq!(covered("2026-01-01T00:00:00Z", None).known(at("2026-01-08T00:00:00Z")), None, "it ends before");
}

#[test]
fn a_change_before_the_days_that_are_looked_back_over_says_what_was_before_and_no_more() {
    let mut inventory = inventory("2026-01-09T00:00:00Z");
    inventory.accounts[0].trail.changes = Lookback {
        since: Some(at("2026-01-05T00:00:00Z")),
        items: vec![put("e-1", "2026-01-02T00:00:00Z"), put("e-2", "2026-01-07T00:00:00Z")],
        reached: Vec::new(),
        rest: Vec::new(),
    };
    let told = crate::timeline(&inventory, &crate::Settings::default());
    assert_eq!(told.changes.iter().map(|told| told.event_id.as_str()).collect::<Vec<_>>(), ["e-2"]);
}
