//! Every detection on events that fire and that stay quiet, and the window against a slow one.

use std::collections::{BTreeMap, BTreeSet};

use forewarn_events::Event;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::window::{Entry, Episode, Window};
use crate::{DETECTIONS, Hit, Lists, Rules, Run, Settings};

const ACCOUNT: &str = "111122223333";

fn at(second: i64) -> String {
    let start: Timestamp = "2026-03-03T23:58:00Z".parse().unwrap();
    Timestamp::from_second(start.as_second() + second).unwrap().to_string()
}

fn user(name: &str) -> Value {
    json!({ "type": "IAMUser", "arn": format!("arn:aws:iam::{ACCOUNT}:user/{name}"), "userName": name, "accountId": ACCOUNT })
}

/// An event at a second; `more` is laid over it.
fn event(second: i64, source: &str, name: &str, more: Value) -> Value {
    let mut event = json!({
        "eventTime": at(second), "eventSource": format!("{source}.amazonaws.com"), "eventName": name,
        "awsRegion": "eu-central-1", "recipientAccountId": ACCOUNT, "userIdentity": user("ana"), "readOnly": false,
    });
    let Value::Object(more) = more else { panic!("an object") };
    event.as_object_mut().unwrap().extend(more);
    event
}

/// Gives each event an id, by its place.
fn numbered(events: Vec<Value>) -> Vec<Event> {
    let number = |(place, mut event): (usize, Value)| {
        let object = event.as_object_mut().unwrap();
        object.entry("eventID").or_insert_with(|| format!("e-{place:04}").into());
        Event::new(event).unwrap()
    };
    events.into_iter().enumerate().map(number).collect()
}

fn hits(check: &str, events: Vec<Value>, lists: &[(&str, &str)]) -> Vec<Hit> {
    let mut given = Lists::default();
    for (name, text) in lists {
        given.add(name, text);
    }
    with(check, events, &Settings { lists: given, ..Settings::default() })
}

/// The hits of a detection; the same in the other order, with copies.
fn with(check: &str, events: Vec<Value>, settings: &Settings) -> Vec<Hit> {
    let events = numbered(events);
    let found = |events: Vec<Event>| {
        let ready = || Run::with(settings, Rules::of(&[], &[], &settings.lists).ok().unwrap()).unwrap();
        crate::run::both_ways(ready, crate::run::sorted(events))
    };
    let hits = found(events.clone());
    let mut other = events.clone();
    other.reverse();
    other.extend(events);
    assert_eq!(hits, found(other), "neither order nor copies matter");
    hits.into_iter().filter(|hit| hit.check == check).collect()
}

fn fires(check: &str, events: Vec<Value>) -> bool {
    !hits(check, events, &[]).is_empty()
}

fn terminate(second: i64, instances: &[u32], more: Value) -> Value {
    let items: Vec<Value> = instances.iter().map(|number| json!({ "instanceId": format!("i-{number:017}") })).collect();
    let mut event = event(
        second,
        "ec2",
        "TerminateInstances",
        json!({ "requestParameters": { "instancesSet": { "items": items } } }),
    );
    let Value::Object(more) = more else { panic!("an object") };
    event.as_object_mut().unwrap().extend(more);
    event
}

/// The instances 0 to 99, half of them as ARNs.
fn production() -> String {
    let line = |number: u32| match number % 2 {
        0 => format!("i-{number:017} # a comment\n"),
        _ => format!("arn:aws:ec2:eu-central-1:{ACCOUNT}:instance/i-{number:017}\n"),
    };
    (0..100).map(line).collect()
}

fn mass(events: Vec<Value>) -> Vec<Hit> {
    hits("ec2.mass_termination", events, &[("production_instances", &production())])
}

#[test]
fn twenty_instances_in_five_minutes_fire_and_nineteen_do_not() {
    let each = |count: u32, step: i64| -> Vec<Value> {
        (0..count).map(|number| terminate(i64::from(number) * step, &[number], json!({}))).collect()
    };
    assert_eq!(mass(each(19, 1)), []);
    let found = mass(each(20, 1));
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].count, found[0].counted.as_ref(), found[0].event_ids.len()), (20, "instances", 20));
    assert_eq!(found[0].actor, format!("arn:aws:iam::{ACCOUNT}:user/ana"));
    assert_eq!(found[0].last_time.as_second() - found[0].first_time.as_second(), 19);

    // The last one exactly five minutes after the first, over midnight, and a second later.
    let until = |last: i64| {
        let mut events = each(19, 1);
        events.push(terminate(last, &[19], json!({})));
        events
    };
    assert_eq!(mass(until(300)).len(), 1);
    assert_eq!(mass(until(301)), []);
}

#[test]
fn what_does_not_terminate_a_production_instance_does_not_count() {
    let with = |event: Value| {
        let mut events: Vec<Value> = (0..19).map(|number| terminate(0, &[number], json!({}))).collect();
        events.push(event);
        mass(events).len()
    };
    assert_eq!(with(terminate(1, &[19], json!({}))), 1);
    assert_eq!(with(terminate(1, &[3], json!({}))), 0, "a retry");
    assert_eq!(with(terminate(1, &[500], json!({}))), 0, "off the list");
    assert_eq!(with(terminate(1, &[19], json!({ "errorCode": "Client.UnauthorizedOperation" }))), 0, "refused");
    assert_eq!(with(terminate(1, &[19], json!({ "errorCode": "Client.DryRunOperation" }))), 0, "a dry run");
    assert_eq!(with(terminate(1, &[19], json!({ "userIdentity": user("bob") }))), 0, "somebody else");
    assert_eq!(with(terminate(1, &[19], json!({ "awsRegion": "us-east-1" }))), 1, "another region");
    let many: Vec<u32> = (0..25).collect();
    assert_eq!(mass(vec![terminate(0, &many, json!({}))])[0].count, 25, "one call");
    let unlisted = hits("ec2.mass_termination", vec![terminate(0, &many, json!({}))], &[]);
    assert!(unlisted[0].rests_on[0].contains("no list"), "{:?}", unlisted[0].rests_on);
}

#[test]
fn thresholds_are_set_and_calls_are_counted_on_request() {
    let set = |thresholds: &[(&str, i64)], events: &[Value]| {
        let thresholds =
            thresholds.iter().map(|(name, value)| (("ec2.mass_termination".to_owned(), (*name).to_owned()), *value));
        let mut lists = Lists::default();
        lists.add("production_instances", &production());
        let settings = Settings { lists, thresholds: thresholds.collect() };
        with("ec2.mass_termination", events.to_vec(), &settings)
    };
    let single: Vec<Value> = (0..20).map(|number| terminate(number, &[7], json!({}))).collect();
    let many: Vec<u32> = (0..25).collect();
    let call = [terminate(0, &many, json!({}))];
    assert_eq!(set(&[], &single), [], "one instance, twenty calls");
    let found = set(&[("count_events", 1)], &single);
    assert_eq!((found[0].count, found[0].counted.as_ref()), (20, "events"));
    assert_eq!(set(&[("count_events", 1)], &single[1..]), []);
    assert_eq!(set(&[], &call).len(), 1, "one call, twenty-five instances");
    assert_eq!(set(&[("count_events", 1)], &call), []);
    assert_eq!(set(&[("instances", 26)], &call), []);
    let apart = [terminate(0, &many[..13], json!({})), terminate(600, &many[13..], json!({}))];
    assert_eq!(set(&[], &apart), []);
    assert_eq!(set(&[("minutes", 10)], &apart).len(), 1);

    let wrong = |id: &str, name: &str, value| {
        let thresholds = BTreeMap::from([((id.to_owned(), name.to_owned()), value)]);
        Settings { thresholds, ..Settings::default() }.check().unwrap_err()
    };
    assert!(wrong("ec2.mass_terminatoin", "instances", 1).contains("is called"));
    assert!(wrong("ec2.mass_termination", "instance", 1).contains("it has: instances, minutes, count_events"));
    assert!(wrong("s3.policy_opened", "x", 1).contains("it has: none"));
    assert!(wrong("s3.mass_read", "objects", -1).contains("below zero"));
}

#[test]
fn sessions_of_one_person_count_together() {
    let session = |number: u32| {
        json!({ "type": "AssumedRole", "accessKeyId": format!("ASIA{number}"),
            "arn": format!("arn:aws:sts::{ACCOUNT}:assumed-role/ops/run-{number}"), "accountId": ACCOUNT })
    };
    let mut events = Vec::new();
    for number in 0..2 {
        // In the same second, and after the first use by its id: who took the session is known all the same.
        events.push(terminate(
            0,
            &(number * 10..number * 10 + 10).collect::<Vec<u32>>(),
            json!({ "userIdentity": session(number) }),
        ));
        events.push(event(
            0,
            "sts",
            "AssumeRole",
            json!({
            "responseElements": { "credentials": { "accessKeyId": format!("ASIA{number}") } } }),
        ));
    }
    assert_eq!(mass(events)[0].actor, format!("arn:aws:iam::{ACCOUNT}:user/ana"));
}

#[test]
fn a_group_that_lets_everybody_in_fires_unless_it_serves_the_web() {
    let rule = |port: u16, network: &str| {
        let permission = json!({ "ipProtocol": "tcp", "fromPort": port, "toPort": port,
            "ipRanges": { "items": [{ "cidrIp": network }] } });
        event(
            0,
            "ec2",
            "AuthorizeSecurityGroupIngress",
            json!({ "requestParameters": {
            "groupId": "sg-1", "ipPermissions": { "items": [permission] } } }),
        )
    };
    let check = "ec2.security_group_opened";
    assert!(fires(check, vec![rule(22, "0.0.0.0/0")]));
    assert!(!fires(check, vec![rule(443, "0.0.0.0/0")]));
    assert!(!fires(check, vec![rule(22, "192.0.2.0/24")]));
    let all = json!({ "ipProtocol": "-1", "ipv6Ranges": { "items": [{ "cidrIpv6": "::/0" }] } });
    assert!(fires(
        check,
        vec![event(
            0,
            "ec2",
            "AuthorizeSecurityGroupIngress",
            json!({ "requestParameters": {
        "groupId": "sg-1", "ipPermissions": { "items": [all] } } })
        )]
    ));
}

#[test]
fn a_snapshot_is_shared_with_somebody_else_only() {
    let share = |with: Value| {
        event(
            0,
            "ec2",
            "ModifySnapshotAttribute",
            json!({ "requestParameters": {
            "snapshotId": "snap-1", "createVolumePermission": { "add": { "items": [with] } } } }),
        )
    };
    let check = "ec2.snapshot_shared";
    assert!(fires(check, vec![share(json!({ "group": "all" }))]));
    assert!(!fires(check, vec![share(json!({ "userId": ACCOUNT }))]));
    let other = || vec![share(json!({ "userId": "999988887777" }))];
    assert!(fires(check, other()));
    assert_eq!(hits(check, other(), &[("trusted_accounts", "999988887777")]), []);
    let database = event(
        0,
        "rds",
        "ModifyDBSnapshotAttribute",
        json!({ "requestParameters": {
        "dBSnapshotIdentifier": "db", "valuesToAdd": ["all"] } }),
    );
    assert!(fires(check, vec![database]));
}

#[test]
fn a_key_in_two_places_in_turns_is_shared() {
    let call = |second: i64, address: &str| {
        let mut who = user("ana");
        who["accessKeyId"] = "AKIAEXAMPLE".into();
        event(second, "s3", "ListBuckets", json!({ "userIdentity": who, "sourceIPAddress": address }))
    };
    let (home, away) = ("198.51.100.7", "203.0.113.9");
    let check = "iam.access_key_shared";
    let turns = |last: i64| vec![call(0, home), call(60, away), call(last, home)];
    let found = hits(check, turns(3600), &[]);
    assert_eq!(found[0].event_ids, ["e-0000", "e-0001", "e-0002"]);
    assert_eq!(found[0].resources, ["AKIAEXAMPLE"]);
    assert!(!fires(check, turns(3601)));
    assert!(!fires(check, vec![call(0, home), call(1, home), call(2, away)]), "a move");
    assert_eq!(
        hits(check, turns(90), &[("vpn_networks", "198.51.100.0/24\n203.0.113.9")]),
        [],
        "one list is one place"
    );
}

fn bucket_policy(second: i64, principal: &str, effect: &str) -> Value {
    let policy = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": effect, "Principal": { "AWS": principal }, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*" }] });
    event(
        second,
        "s3",
        "PutBucketPolicy",
        json!({ "requestParameters": { "bucketName": "b", "bucketPolicy": policy } }),
    )
}

#[test]
fn a_bucket_policy_is_decided_against_the_one_before() {
    let check = "s3.policy_opened";
    let found = hits(check, vec![bucket_policy(0, "*", "Allow")], &[]);
    assert!(found[0].rests_on[0].starts_with("anyone can call s3:GetObject"), "{:?}", found[0].rests_on);
    assert!(!fires(check, vec![bucket_policy(0, "*", "Deny")]));
    assert!(!fires(check, vec![bucket_policy(0, ACCOUNT, "Allow")]));
    let again = vec![bucket_policy(0, "*", "Allow"), bucket_policy(9, "*", "Allow")];
    assert_eq!(hits(check, again, &[]).len(), 1, "nothing new");
    let other = || vec![bucket_policy(0, "999988887777", "Allow")];
    assert!(fires(check, other()));
    assert_eq!(hits(check, other(), &[("trusted_accounts", "999988887777")]), []);
    let broken = event(
        0,
        "s3",
        "PutBucketPolicy",
        json!({ "requestParameters": {
        "bucketName": "b", "bucketPolicy": { "Statement": [{ "Effect": "Perhaps" }] } } }),
    );
    assert!(hits(check, vec![broken], &[])[0].unknown.is_some(), "what cannot be read is no all-clear");
}

#[test]
fn block_public_access_that_goes_fires() {
    let put = |on: Value| {
        event(
            0,
            "s3",
            "PutBucketPublicAccessBlock",
            json!({ "requestParameters": { "bucketName": "b",
            "PublicAccessBlockConfiguration": { "BlockPublicAcls": on, "IgnorePublicAcls": true,
                "BlockPublicPolicy": "true", "RestrictPublicBuckets": true } } }),
        )
    };
    let check = "s3.public_access_block_removed";
    assert!(fires(check, vec![put(json!(false))]));
    assert!(!fires(check, vec![put(json!(true))]));
    let gone = |more: Value| event(0, "s3", "DeleteBucketPublicAccessBlock", more);
    assert!(fires(check, vec![gone(json!({ "requestParameters": { "bucketName": "b" } }))]));
    assert!(!fires(check, vec![gone(json!({ "errorCode": "AccessDenied" }))]));
}

#[test]
fn two_hundred_objects_in_ten_minutes_fire() {
    let read = |number: i64| {
        event(
            number,
            "s3",
            "GetObject",
            json!({ "requestParameters": { "bucketName": "b", "key": format!("k{number}") } }),
        )
    };
    assert!(!fires("s3.mass_read", (0..199).map(read).collect()));
    assert!(fires("s3.mass_read", (0..200).map(read).collect()));
    let same = (0..400).map(|second| {
        event(second, "s3", "GetObject", json!({ "requestParameters": { "bucketName": "b", "key": "k" } }))
    });
    assert!(!fires("s3.mass_read", same.collect()), "one object");
}

fn sign_in(second: i64, outcome: &str) -> Value {
    event(
        second,
        "signin",
        "ConsoleLogin",
        json!({ "responseElements": { "ConsoleLogin": outcome },
        "additionalEventData": { "MFAUsed": "No" }, "sourceIPAddress": "192.0.2.1" }),
    )
}

#[test]
fn five_failures_and_then_a_success_fire() {
    let story = |failures: i64, success: i64| {
        let mut events: Vec<Value> = (0..failures).map(|second| sign_in(second, "Failure")).collect();
        events.insert(0, sign_in(success, "Success"));
        events
    };
    let check = "signin.failures_then_success";
    let found = hits(check, story(9, 13), &[]);
    assert_eq!((found[0].count, found[0].event_ids.len()), (9, 10));
    assert!(!fires(check, story(4, 13)));
    assert!(fires(check, story(5, 600)), "ten minutes after the first");
    assert!(!fires(check, story(5, 601)));
    assert!(fires(check, story(5, 4)), "in the second of the last failure");
}

#[test]
fn root_signs_in_with_mfa_or_fires() {
    let root = |mfa: &str| {
        event(
            0,
            "signin",
            "ConsoleLogin",
            json!({ "userIdentity": { "type": "Root", "arn": format!("arn:aws:iam::{ACCOUNT}:root") },
            "responseElements": { "ConsoleLogin": "Success" }, "additionalEventData": { "MFAUsed": mfa } }),
        )
    };
    assert!(fires("signin.root_without_mfa", vec![root("No")]));
    assert!(!fires("signin.root_without_mfa", vec![root("Yes")]));
    assert!(!fires("signin.root_without_mfa", vec![sign_in(0, "Success")]));
}

fn attach(second: i64, policy: &str) -> Value {
    event(second, "iam", "AttachUserPolicy", json!({ "requestParameters": { "userName": "ana", "policyArn": policy } }))
}

const ADMINISTRATOR: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

#[test]
fn rights_that_lead_to_administrator_fire_and_others_do_not() {
    let check = "iam.privilege_gained";
    let found = hits(check, vec![attach(0, ADMINISTRATOR)], &[]);
    assert!(found[0].rests_on.iter().any(|fact| fact.contains("is who has it")), "{:?}", found[0].rests_on);
    assert!(!fires(check, vec![attach(0, "arn:aws:iam::aws:policy/ReadOnlyAccess")]));
    let own = format!("arn:aws:iam::{ACCOUNT}:policy/p");
    let create = |action: &str| {
        let text =
            json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": action, "Resource": "*" }] });
        event(
            0,
            "iam",
            "CreatePolicy",
            json!({ "requestParameters": { "policyName": "p", "policyDocument": text.to_string() },
            "responseElements": { "policy": { "arn": own } } }),
        )
    };
    assert!(fires(check, vec![create("*"), attach(1, &own)]), "the document is known from an earlier event");
    assert!(fires(check, vec![create("iam:*"), attach(1, &own)]), "by a way of more than one step");
    assert!(!fires(check, vec![create("s3:ListAllMyBuckets"), attach(1, &own)]));
}

#[test]
fn rights_that_are_used_within_an_hour_fire_once_more() {
    let check = "iam.privilege_gained_then_used";
    let used = |second: i64, more: Value| vec![attach(0, ADMINISTRATOR), event(second, "iam", "CreateUser", more)];
    assert_eq!(hits(check, used(3600, json!({})), &[])[0].event_ids, ["e-0000", "e-0001"]);
    assert!(!fires(check, used(3601, json!({}))));
    assert!(!fires(check, used(9, json!({ "userIdentity": user("bob") }))));
    assert!(!fires(check, used(9, json!({ "errorCode": "AccessDenied" }))));
    assert!(!fires(check, used(9, json!({ "readOnly": true }))));
}

#[test]
fn many_refused_calls_of_many_kinds_are_a_burst() {
    let refused = |number: i64, kinds: i64| {
        event(number, "iam", &format!("List{}", number % kinds), json!({ "errorCode": "AccessDenied" }))
    };
    let check = "iam.denied_burst";
    assert!(fires(check, (0..8).map(|number| refused(number, 8)).collect()));
    assert!(!fires(check, (0..7).map(|number| refused(number, 7)).collect()));
    assert!(fires(check, (0..15).map(|number| refused(number, 3)).collect()));
    assert!(!fires(check, (0..100).map(|number| refused(number, 1)).collect()), "a script that is stuck");
}

#[test]
fn a_role_from_a_role_in_another_account_fires() {
    let take = |second: i64, from: Value, account: &str, key: &str| {
        event(
            second,
            "sts",
            "AssumeRole",
            json!({ "userIdentity": from,
            "requestParameters": { "roleArn": format!("arn:aws:iam::{account}:role/r") },
            "responseElements": { "credentials": { "accessKeyId": key } } }),
        )
    };
    let session = |account: &str, role: &str, key: &str| {
        json!({ "type": "AssumedRole", "accessKeyId": key, "accountId": account,
            "arn": format!("arn:aws:sts::{account}:assumed-role/{role}/s") })
    };
    let check = "iam.role_chain_across_accounts";
    let far = "999988887777";
    let chain = || vec![take(0, user("ana"), ACCOUNT, "ASIA1"), take(1, session(ACCOUNT, "r", "ASIA1"), far, "ASIA2")];
    let found = hits(check, chain(), &[]);
    assert_eq!((found[0].count, found[0].event_ids.len()), (2, 2));
    assert_eq!(found[0].actor, format!("arn:aws:iam::{ACCOUNT}:user/ana"));
    assert_eq!(hits(check, chain(), &[("trusted_accounts", &format!("{ACCOUNT}\n{far}"))]), []);
    assert!(!fires(check, vec![take(0, user("ana"), far, "ASIA1")]), "one step");
    let center = session(ACCOUNT, "AWSReservedSSO_Admin_0a", "ASIA3");
    assert!(!fires(check, vec![take(0, center, far, "ASIA4")]), "a person of Identity Center");
    assert!(!fires(check, vec![take(0, session(ACCOUNT, "r", "ASIA5"), ACCOUNT, "ASIA6")]), "the same account");
}

#[test]
fn a_trail_that_records_less_fires() {
    let check = "trail.tampering";
    let call = |name: &str, parameters: Value| event(0, "cloudtrail", name, json!({ "requestParameters": parameters }));
    assert!(fires(check, vec![call("StopLogging", json!({ "name": "main" }))]));
    assert!(fires(check, vec![call("UpdateTrail", json!({ "name": "main", "isMultiRegionTrail": false }))]));
    assert!(!fires(check, vec![call("UpdateTrail", json!({ "name": "main", "isMultiRegionTrail": true }))]));
    let selectors = |kind: &str, management: bool| {
        call(
            "PutEventSelectors",
            json!({ "trailName": "main", "eventSelectors": [
            { "readWriteType": kind, "includeManagementEvents": management }] }),
        )
    };
    assert!(fires(check, vec![selectors("ReadOnly", true)]));
    assert!(fires(check, vec![selectors("All", false)]));
    assert!(!fires(check, vec![selectors("All", true)]));
    let advanced = |category: &str| {
        call(
            "PutEventSelectors",
            json!({ "trailName": "main", "advancedEventSelectors": [
            { "fieldSelectors": [{ "field": "eventCategory", "equals": [category] }] }] }),
        )
    };
    assert!(fires(check, vec![advanced("Data")]));
    assert!(!fires(check, vec![advanced("Management")]));
}

#[test]
fn detections_are_named_well_and_once() {
    let ids: BTreeSet<&str> = DETECTIONS.iter().map(|detection| detection.id).collect();
    assert_eq!(ids.len(), DETECTIONS.len());
    for detection in DETECTIONS {
        assert!(detection.id.split_once('.').is_some() && detection.title.len() <= 80, "{}", detection.id);
        assert!(!detection.techniques.is_empty() && !detection.false_positives.is_empty(), "{}", detection.id);
    }
    let ready = |lists| {
        let rules = Rules::of(&[], &[], &lists).ok().unwrap();
        Run::with(&Settings { lists, ..Settings::default() }, rules)
    };
    assert_eq!(ready(Lists::default()).unwrap().finish(), Ok(Vec::new()));
    let mut lists = Lists::default();
    lists.add("office_networks", "not a network");
    assert!(ready(lists).err().unwrap().contains("not a network"));
}

/// Windows as they are defined: for each instant all events of the width before it.
fn slowly(entries: &[((String, String), Entry)], width: SignedDuration, least: usize) -> Vec<Episode> {
    let keys: BTreeSet<_> = entries.iter().map(|(key, _)| key.clone()).collect();
    let mut episodes = Vec::new();
    for key in keys {
        let own: Vec<&Entry> = entries.iter().filter(|(of, _)| *of == key).map(|(_, entry)| entry).collect();
        let mut unions: Vec<BTreeSet<usize>> = Vec::new();
        for end in &own {
            let within = |entry: &Entry| entry.at <= end.at && end.at.duration_since(entry.at) <= width;
            let inside: BTreeSet<usize> = (0..own.len()).filter(|place| within(own[*place])).collect();
            let values: BTreeSet<&String> = inside.iter().flat_map(|place| &own[*place].values).collect();
            if values.len() < least {
                continue;
            }
            match unions.last_mut() {
                Some(last) if !last.is_disjoint(&inside) => last.extend(inside),
                _ => unions.push(inside),
            }
        }
        episodes.extend(unions.into_iter().map(|union| {
            let of: Vec<&Entry> = union.into_iter().map(|place| own[place]).collect();
            Episode {
                key: key.clone(),
                account: of[0].account.clone(),
                first: of[0].at,
                last: of[of.len() - 1].at,
                events: of.len() as u64,
                ids: of.iter().flat_map(|entry| entry.ids.clone()).collect(),
                values: of.iter().flat_map(|entry| entry.values.clone()).collect(),
                actors: of.iter().map(|entry| entry.actor.clone()).collect(),
            }
        }));
    }
    episodes
}

/// A small generator of numbers, the same on every machine.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

#[test]
fn the_window_finds_what_a_slow_one_finds() {
    let (width, mut fired) = (SignedDuration::from_secs(30), 0);
    let start: Timestamp = "2026-03-03T00:00:00Z".parse().unwrap();
    for seed in 0..300 {
        let mut state = seed;
        let span = 60 + next(&mut state) % 600;
        let mut entries: Vec<_> = (0..80)
            .map(|number| {
                let at = Timestamp::from_second(start.as_second() + (next(&mut state) % span).cast_signed()).unwrap();
                let values = (0..=next(&mut state) % 3).map(|_| format!("v{}", next(&mut state) % 12)).collect();
                let actor = format!("p{}", next(&mut state) % 3);
                let key = (actor.clone(), String::new());
                (
                    key,
                    Entry { at, ids: vec![(at, format!("e{number:02}"))], account: ACCOUNT.to_owned(), actor, values },
                )
            })
            .collect();
        entries.sort_by(|(_, one), (_, other)| (one.at, &one.ids).cmp(&(other.at, &other.ids)));
        let mut window = Window::new(width, Box::new(|filled| filled.counts.len() >= 6));
        for (key, entry) in &entries {
            window.see(key, entry.clone());
        }
        let by = |found: Vec<Episode>| -> BTreeMap<_, _> {
            found.into_iter().map(|episode| ((episode.key.clone(), episode.first), episode)).collect()
        };
        let (fast, slow) = (window.finish(), slowly(&entries, width, 6));
        fired += fast.len();
        assert_eq!(fast.len(), slow.len(), "seed {seed}");
        assert_eq!(by(fast), by(slow), "seed {seed}");
    }
    assert!(fired > 100, "the streams are worth asking about: {fired}");
}
