//! Exhibits of small accounts, asked by a check that needs everything.

use forewarn_inventory::overlay;
use serde_json::{Value, json};

use super::*;
use crate::{Became, Covered, Judge, Protects, Settings, Severity, Side, Verdict, assess};

static NEEDS_ALL: Check = Check {
    id: "s3.needs_all",
    title: "A title",
    severity: Severity::Low,
    protects: Protects::EVERYTHING,
    side: Side::Customer,
    needs: Fact::ALL,
    parameters: &[],
    docs: "## What it finds\n\nx\n",
    judge: Judge::Inventory(|case, findings| {
        for bucket in case.buckets() {
            let verdict = match bucket.policy.present() {
                Some(_) => Verdict::fail("it has one", bucket.evidence("/policy/Statement/0", "the first")),
                None => Verdict::Pass,
            };
            findings.record(&bucket, verdict);
        }
    }),
};

static NEEDS_TRAILS: Check = Check { id: "trail.needs", needs: &[Fact::Trails], ..NEEDS_ALL };

fn exhibits(overlay: &Value) -> Exhibits {
    let report = assess(&[&NEEDS_ALL], &overlay::inventory(overlay).unwrap(), &Settings::default(), "0");
    assert_eq!(report.coverage.internal_errors, Vec::<String>::new());
    report.exhibits
}

fn policy(statements: &Value) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

#[test]
fn an_open_bucket_shows_who_can_do_what_and_by_which_statement() {
    let all = exhibits(&json!({ "s3": { "buckets": [
        { "name": "open", "policy": policy(&json!([
            { "Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::open/*" },
        ])) },
        { "name": "partner", "policy": policy(&json!([
            { "Effect": "Allow", "Principal": { "AWS": "999999999999" }, "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::partner" },
        ])) },
        { "name": "closed" },
    ] } }));
    let of = |name: &str| -> Vec<&Exposure> {
        let arn = format!("arn:aws:s3:::{name}");
        all.exposures.iter().filter(|exposure| exposure.resource.arn == arn).collect()
    };
    let anyone = of("open").into_iter().find(|exposure| exposure.audience == Audience::Anyone).unwrap();
    assert_eq!(anyone.abilities, [Ability::Read, Ability::Write]);
    assert_eq!(anyone.witness.as_ref().unwrap().request.action, "s3:PutObject");
    assert_eq!(&*anyone.evidence[0].pointer, "/policy/Statement/0");
    let partner = of("partner");
    assert_eq!(partner.len(), 1);
    assert_eq!(partner[0].audience, Audience::Accounts);
    assert_eq!(partner[0].callers, ["999999999999"]);
    assert_eq!(partner[0].abilities, [Ability::List]);
    assert_eq!(of("closed"), Vec::<&Exposure>::new());
    assert_eq!(all.buckets.len(), 3);
}

#[test]
fn what_could_not_be_read_is_undecided_and_no_exposure() {
    let denied = json!({ "unreadable": { "cause": "denied", "operation": "s3:GetBucketPolicy", "resource": "b" } });
    let all = exhibits(&json!({ "s3": { "buckets": [{ "name": "b", "policy": denied, "versioning": denied }] } }));
    assert!(!all.exposures.is_empty());
    for exposure in &all.exposures {
        assert!(exposure.abilities.is_empty() && exposure.witness.is_none(), "{exposure:?}");
        assert_eq!(exposure.undecided[0].gap.as_ref().unwrap().operation, "s3:GetBucketPolicy");
    }
    assert_eq!(all.buckets[0].versioning.state, SettingState::Unknown);
}

#[test]
fn block_public_access_counts_in_either_place() {
    let all = |account: Value, bucket: Value| {
        let overlay = json!({ "s3": { "public_access_block": account, "buckets": [{ "name": "b", "public_access_block": bucket }] } });
        exhibits(&overlay).buckets[0].block_public_access.state
    };
    let half = json!({ "block_public_acls": true, "ignore_public_acls": true });
    let other = json!({ "block_public_policy": true, "restrict_public_buckets": true });
    let unread = json!({ "unreadable": { "cause": "denied", "operation": "s3:GetBucketPublicAccessBlock" } });
    assert_eq!(all(half.clone(), other.clone()), SettingState::On);
    assert_eq!(all(half.clone(), Value::Null), SettingState::Partly);
    assert_eq!(all(Value::Null, Value::Null), SettingState::Off);
    assert_eq!(all(half, unread), SettingState::Unknown);
}

#[test]
fn the_documents_are_those_that_something_points_into() {
    let open = policy(&json!([{ "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*" }]));
    let trust = policy(
        &json!([{ "Effect": "Allow", "Principal": { "Service": "ec2.amazonaws.com" }, "Action": "sts:AssumeRole" }]),
    );
    let all = exhibits(&json!({
        "iam": { "roles": [{ "name": "quiet", "trust": trust }] },
        "s3": { "buckets": [{ "name": "one", "policy": open }, { "name": "two", "policy": open }] },
    }));
    assert_eq!(all.documents.len(), 1);
    let document = all.documents.values().next().unwrap();
    assert_eq!(serde_json::from_str::<Value>(&document.text).unwrap(), open);
    let places: Vec<(&str, &str)> =
        document.places.iter().map(|place| (place.resource.as_str(), place.pointer.as_str())).collect();
    assert_eq!(places, [("arn:aws:s3:::one", "/policy"), ("arn:aws:s3:::two", "/policy")]);
}

#[test]
fn identities_show_what_they_sign_in_with_and_what_they_may() {
    let admin =
        json!({ "name": "all", "document": policy(&json!([{ "Effect": "Allow", "Action": "*", "Resource": "*" }])) });
    let all = exhibits(&json!({ "iam": {
        "users": [{ "name": "alice", "inline": [admin] }, { "name": "young" }],
        "roles": [{ "name": "r", "trust": policy(&json!([
            { "Effect": "Allow", "Principal": { "AWS": "999999999999" }, "Action": "sts:AssumeRole" },
        ])) }],
        "credential_report": { "rows": [{ "user": "alice", "password_enabled": { "value": true }, "mfa_active": { "value": false },
            "keys": [{ "active": { "value": true }, "last_rotated": { "value": "2025-01-01T00:00:00Z" } }, {}] }] },
    } }));
    let of = |end: &str| all.identities.iter().find(|identity| identity.resource.arn.ends_with(end)).unwrap();
    let state = |setting: &Option<Setting>| setting.as_ref().map(|setting| setting.state);
    let alice = of("user/alice");
    assert_eq!(state(&alice.administrator), Some(SettingState::On));
    assert_eq!((state(&alice.password), state(&alice.mfa)), (Some(SettingState::On), Some(SettingState::Off)));
    assert_eq!((alice.active_keys, alice.policies.as_slice()), (Some(1), &["all".to_owned()][..]));
    assert_eq!(state(&of("user/young").mfa), Some(SettingState::Unknown));
    assert_eq!(state(&of("role/r").password), None);
    let role: Vec<_> = all.exposures.iter().filter(|exposure| exposure.resource.arn.ends_with("role/r")).collect();
    assert_eq!(role.len(), 1);
    assert_eq!((role[0].audience, role[0].abilities.as_slice()), (Audience::Accounts, &[Ability::Assume][..]));
}

#[test]
fn a_trail_is_a_chain() {
    let all = exhibits(
        &json!({ "trail": { "trails": [{ "name": "t", "bucket": "logs", "multi_region": true, "log_validation": false,
        "log_group_arn": "arn:aws:logs:us-east-1:111111111111:log-group:g",
        "status": { "logging": true, "log_group_error": "AccessDenied" } }] } }),
    );
    let state = |link| all.logging[0].steps.iter().find(|step| step.link == link).unwrap().setting.state;
    assert_eq!(state(LoggingLink::Recording), SettingState::On);
    assert_eq!(state(LoggingLink::Bucket), SettingState::On);
    assert_eq!(state(LoggingLink::Validation), SettingState::Off);
    assert_eq!(state(LoggingLink::LogGroup), SettingState::Off);
}

#[test]
fn what_no_check_needs_is_not_shown() {
    let overlay = json!({ "s3": { "buckets": [{ "name": "b" }] }, "iam": { "users": [{ "name": "u" }] },
        "trail": { "trails": [{ "name": "t", "bucket": "logs" }] } });
    let report = assess(&[&NEEDS_TRAILS], &overlay::inventory(&overlay).unwrap(), &Settings::default(), "0");
    let all = report.exhibits;
    assert!(all.buckets.is_empty() && all.identities.is_empty() && all.exposures.is_empty());
    assert_eq!(all.logging.len(), 1);
}

/// An event in the first hour of 2026.
fn event(minute: u8, name: &str, principal: &Value) -> Value {
    json!({
        "eventTime": format!("2026-01-01T00:{minute:02}:00Z"), "eventName": name, "eventID": format!("e-{minute}"),
        "eventSource": "s3.amazonaws.com", "awsRegion": "eu-west-1", "recipientAccountId": "111111111111",
        "userIdentity": { "type": "IAMUser", "arn": "arn:aws:iam::111111111111:user/alice", "userName": "alice" },
        "requestParameters": { "bucketName": "b", "bucketPolicy": policy(&json!([
            { "Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*" }])) },
    })
}

#[test]
fn a_change_says_what_became_of_it_as_far_as_a_store_goes() {
    let (shut, open) = (json!({ "AWS": "arn:aws:iam::111111111111:root" }), json!("*"));
    let events = [(0, &shut), (10, &open), (30, &shut), (40, &open), (55, &open)];
    let mut inventory = overlay::inventory(&json!({})).unwrap();
    inventory.instant = "2026-01-02T00:00:00Z".parse().unwrap();
    inventory.accounts[0].trail.changes.items = events
        .iter()
        .map(|(minute, principal)| forewarn_events::Event::new(event(*minute, "PutBucketPolicy", principal)).unwrap())
        .collect();
    let words = |stored: &[(&str, Option<&str>)]| -> Vec<Option<String>> {
        let covered = |(until, lacks): &(&str, Option<&str>)| {
            let since = "2026-01-01T00:00:00Z".parse().unwrap();
            let covered = Covered { since, until: until.parse().unwrap(), lacks: lacks.map(str::to_owned) };
            ("111111111111".to_owned(), covered)
        };
        let settings = Settings { stored: stored.iter().map(covered).collect(), ..Settings::default() };
        let report = assess(&[&NEEDS_ALL], &inventory, &settings, "0");
        assert_eq!(report.coverage.internal_errors, Vec::<String>::new());
        report.exhibits.changes.iter().map(|change| change.became.as_ref().map(Became::words)).collect()
    };
    let said = |text: &str| Some(text.to_owned());
    let none = || None::<String>;
    let open = "opened again up to 2026-01-01 00:50 UTC";
    assert_eq!(
        words(&[("2026-01-01T00:50:00Z", None)]),
        [none(), said("reset after 20 min"), none(), said(open), none()],
        "what happened after the end of the store may have been reset"
    );
    let unknown = "whether it was reset is not known";
    assert_eq!(
        words(&[("2026-01-01T00:50:00Z", Some("a file was not read"))]),
        [none(), said("reset after 20 min"), none(), said(unknown), none()]
    );
    assert_eq!(words(&[]), [none(), none(), none(), none(), none()], "without a store nobody knows");
}

#[test]
fn a_key_says_from_how_many_networks_it_was_used() {
    let call = |minute: u8, key: &str, address: Value| {
        json!({ "time": format!("2026-01-01T00:{minute:02}:00Z"), "event": format!("e-{minute}"), "region": "eu-west-1",
            "name": "GetObject", "source": "s3.amazonaws.com", "key": key, "address": address,
            "user": "arn:aws:iam::111111111111:user/alice" })
    };
    let calls = [
        call(0, "AKIA1", json!("198.51.100.7")),
        call(1, "AKIA1", json!("198.51.200.8")),
        call(2, "AKIA1", json!("203.0.113.9")),
        call(3, "AKIA1", json!("10.0.0.1")),
        call(4, "AKIA1", Value::Null),
        call(5, "AKIA2", json!("192.0.2.1")),
    ];
    let overlay =
        json!({ "iam": { "users": [{ "name": "alice" }, { "name": "bob" }] }, "trail": { "key_use": calls } });
    let mut inventory = overlay::inventory(&overlay).unwrap();
    let keys = |inventory: &forewarn_inventory::Inventory, settings: &Settings, user: &str| -> Vec<String> {
        let all = assess(&[&NEEDS_ALL], inventory, settings, "0").exhibits.identities;
        let of = all.into_iter().find(|one| one.resource.arn.ends_with(user)).unwrap();
        of.keys.iter().map(KeyExhibit::words).collect()
    };
    assert_eq!(
        keys(&inventory, &Settings::default(), "user/alice"),
        ["key AKIA1 used from 2 networks since 2026-01-01", "key AKIA2 used from 1 network since 2026-01-01"]
    );
    assert_eq!(keys(&inventory, &Settings::default(), "user/bob"), Vec::<String>::new());
    let networks = ["198.51.0.0/16", "203.0.113.0/24"].map(|network| network.parse().unwrap()).to_vec();
    let apart = Settings { known_networks: networks[..1].to_vec(), ..Settings::default() };
    assert_eq!(keys(&inventory, &apart, "user/alice")[0], "key AKIA1 used from 2 networks since 2026-01-01");
    let one = Settings { known_networks: vec!["192.0.0.0/2".parse().unwrap()], ..Settings::default() };
    assert_eq!(keys(&inventory, &one, "user/alice")[0], "key AKIA1 used from 1 network since 2026-01-01");
    inventory.accounts[0].trail.key_use.rest = vec![Gap::new(forewarn_inventory::Cause::OutOfBudget, "o")];
    let least = "key AKIA1 used from at least 2 networks since 2026-01-01";
    assert_eq!(keys(&inventory, &Settings::default(), "user/alice")[0], least);
}
