//! Where documents go.

use forewarn_inventory::overlay;
use serde_json::json;

use super::*;

const OPEN: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}]}"#;

fn today() -> Inventory {
    overlay::inventory(&json!({
        "s3": { "buckets": [{ "name": "b" }], "access_points": [{ "name": "p", "bucket": "b" }] },
        "iam": { "roles": [{ "name": "ci", "inline": [{ "name": "old", "document": { "Statement": [] } }] }],
                 "policies": [{ "name": "own" }], "users": [{ "name": "alice" }], "groups": [{ "name": "g" }] },
        "organization": { "scps": [{ "id": "p-1", "name": "guard" }], "rcps": [{ "id": "p-2" }] },
    }))
    .unwrap()
}

fn laid(attach: &str, text: &str) -> Result<Proposal, PlanError> {
    let source = Source { name: "new/deploy.json".to_owned(), bytes: text.as_bytes().to_vec() };
    document(&source, &attach.parse().unwrap(), &today(), &Place::default())
}

#[test]
fn each_kind_goes_to_its_place() {
    let of = |attach: &str| laid(attach, OPEN).unwrap_or_else(|error| panic!("{attach}: {error}"));
    let account = |attach: &str| of(attach).after.accounts.remove(0);
    let text = Observed::Present(PolicyText::new(OPEN));
    let bucket = account("bucket-policy:b").s3.buckets.items.remove(0);
    assert_eq!((bucket.policy, bucket.policy_status), (text.clone(), Observed::Present(true)));
    assert_eq!(account("access-point-policy:p").s3.access_points.items[0].policy, text);
    assert_eq!(account("role-trust:ci").iam.roles.items[0].trust.as_str(), OPEN);
    let names = |inline: &[forewarn_inventory::InlinePolicy]| {
        inline.iter().map(|policy| policy.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(&account("role-policy:ci").iam.roles.items[0].inline), ["old", "deploy"]);
    assert_eq!(account("role-policy:ci/old").iam.roles.items[0].inline[0].document.as_str(), OPEN);
    assert_eq!(names(&account("user-policy:alice").iam.users.items[0].inline), ["deploy"]);
    assert_eq!(names(&account("group-policy:g/x").iam.groups.items[0].inline), ["x"]);
    assert_eq!(account("managed-policy:own").iam.policies.items[0].document().map(PolicyText::as_str), Some(OPEN));
    assert_eq!(account("key-policy:arn:aws:kms:us-east-1:111111111111:key/k").kms.keys.items[0].policy, text);
    let organization = of("scp:guard").after.organization;
    assert_eq!(organization.present().unwrap().scps.items[0].document, text);
    let organization = of("rcp:p-2").after.organization;
    assert_eq!(organization.present().unwrap().rcps.items[0].document, text);
}

#[test]
fn what_is_not_there_is_new_or_cannot_be_changed() {
    let new = laid("role-policy:fresh", OPEN).unwrap();
    assert_eq!(new.proposed[0].action, ProposedAction::Create);
    assert!(new.notes[0].contains("role fresh"), "{:?}", new.notes);
    let role = &new.after.accounts[0].iam.roles.items[1];
    assert!(!role.trust.causes().is_empty(), "nobody knows who may assume it");
    let bucket = laid("bucket-policy:other", OPEN).unwrap().after.accounts.remove(0).s3.buckets.items.remove(1);
    assert!(bucket.public_access_block.gap().is_some());
    for attach in ["access-point-policy:none", "scp:none"] {
        assert!(laid(attach, OPEN).is_err(), "{attach}");
    }
}

#[test]
fn alone_nothing_else_stands_in_the_way() {
    let source = Source { name: "p.json".to_owned(), bytes: OPEN.as_bytes().to_vec() };
    let place = Place { standalone: true, ..Place::default() };
    let empty = overlay::inventory(&json!({})).unwrap();
    let laid = document(&source, &Attach::BucketPolicy("b".to_owned()), &empty, &place).unwrap();
    assert_eq!(laid.after.accounts[0].s3.buckets.items[0].public_access_block, Observed::Absent);
    assert_eq!(
        laid.today.accounts[0].s3.buckets.items[0].policy,
        Observed::Absent,
        "the bucket is held against itself"
    );
    assert_eq!(laid.proposed[0].action, ProposedAction::Update);
}

#[test]
fn what_is_no_policy_says_where() {
    let error = laid("bucket-policy:b", "{\"Statement\": [{\"Effect\": \"Alow\"}]}").unwrap_err().to_string();
    assert!(error.starts_with("`new/deploy.json` is no policy:") && error.contains("line 1"), "{error}");
}

#[test]
fn an_account_is_named_where_there_are_several() {
    let two = overlay::inventory(&json!({ "accounts": [{ "id": "111111111111" }, { "id": "222222222222" }] })).unwrap();
    let source = Source { name: "p.json".to_owned(), bytes: OPEN.as_bytes().to_vec() };
    let attach = Attach::BucketPolicy("b".to_owned());
    let error = document(&source, &attach, &two, &Place::default()).unwrap_err().to_string();
    assert!(error.contains("--account") && error.contains("222222222222"), "{error}");
    let place = Place { account: Some("222222222222".to_owned()), ..Place::default() };
    let laid = document(&source, &attach, &two, &place).unwrap();
    assert_eq!(laid.after.accounts[1].s3.buckets.items.len(), 1);
}
