//! Baselines against a slow oracle, at their edges, and as a file.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::needless_pass_by_value,
    clippy::needless_range_loop,
    reason = "small numbers and short-lived values of tests"
)]

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use serde_json::{Value, json};

use super::*;
use crate::{Records, Within};

const ACCOUNT: &str = "111122223333";

fn first() -> Timestamp {
    "2026-01-05T00:00:00Z".parse().unwrap()
}

fn at(day: i64, hour: i64, second: i64) -> Timestamp {
    first().checked_add(SignedDuration::from_secs((day * 24 + hour) * 3600 + second)).unwrap()
}

fn event(id: usize, time: Timestamp, who: &str, action: (&str, &str), from: &str, agent: &str, more: Value) -> Value {
    let mut event = json!({
        "eventID": format!("e-{id:05}"), "eventTime": time.to_string(), "eventName": action.1,
        "eventSource": format!("{}.amazonaws.com", action.0), "awsRegion": "eu-central-1", "recipientAccountId": ACCOUNT,
        "sourceIPAddress": from, "userAgent": agent,
        "userIdentity": { "type": "IAMUser", "arn": format!("arn:aws:iam::{ACCOUNT}:user/{who}"), "userName": who,
            "accountId": ACCOUNT, "accessKeyId": "AKIAIOSFODNN7EXAMPLE" },
    });
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    event
}

/// The work of somebody: five calls a day at nine, ten, … UTC.
fn work(days: i64, who: &str, from: usize) -> Vec<Value> {
    let mut all = Vec::new();
    for day in 0..days {
        for hour in 0..5 {
            let id = from + all.len();
            all.push(event(
                id,
                at(day, 9 + hour, 0),
                who,
                ("ec2", "StartInstances"),
                "198.51.100.7",
                "aws-cli/2.1 Linux/6",
                json!({}),
            ));
        }
    }
    all
}

fn log(events: &[Value]) -> Records {
    Records::new(events.iter().map(Value::to_string)).unwrap()
}

fn days(events: &[Value]) -> BTreeMap<Date, String> {
    let day = |event: &Value| {
        let time: Timestamp = event["eventTime"].as_str().unwrap().parse().unwrap();
        Offset::UTC.to_datetime(time).date()
    };
    events.iter().map(|event| (day(event), "as it is".to_owned())).collect()
}

fn judged(events: &[Value]) -> Judged {
    let wanted = Wanted { days: days(events), judged: Some(Within::default()), ..Wanted::default() };
    walk(&log(events), &mut Baselines::default(), &wanted).unwrap()
}

fn found(events: &[Value], check: &str) -> Vec<StoodOut> {
    judged(events).hits.into_iter().filter(|hit| hit.ground.id == check).collect()
}

#[test]
fn what_is_new_to_somebody_with_a_history_stands_out_and_prints_its_figures() {
    let mut events = work(12, "ana", 0);
    assert_eq!(judged(&events).hits, []);
    events.push(event(
        900,
        at(12, 10, 5),
        "ana",
        ("iam", "CreateUser"),
        "203.0.113.9",
        "Boto3/1.3 os/windows",
        json!({}),
    ));
    let hits = judged(&events).hits;
    let ids: Vec<&str> = hits.iter().map(|hit| hit.ground.id).collect();
    assert_eq!(ids, ["baseline.first_time_action", "baseline.new_agent", "baseline.new_network"]);
    for (hit, thing, words) in [
        (&hits[0], "iam:CreateUser", "0 of 0 other people"),
        (&hits[1], "boto3 on windows", "1 client before; a new one on 0 of 7 days"),
        (&hits[2], "203.0.0.0/16", "1 network before; a new one on 0 of 7 days"),
    ] {
        assert_eq!(
            (hit.resources.as_slice(), hit.event_ids.as_slice()),
            ([thing.to_owned()].as_slice(), ["e-00900".to_owned()].as_slice())
        );
        assert!(hit.rests_on.iter().any(|said| said.contains(words)), "{:?}", hit.rests_on);
        assert!(hit.rests_on.iter().any(|said| said.contains("60 events on 12 days")), "{:?}", hit.rests_on);
    }
}

#[test]
fn without_enough_history_nothing_is_said_but_that() {
    for (days, expected) in [(9, 0), (10, 1)] {
        let mut events = work(days, "ana", 0);
        events.push(event(
            900,
            at(days, 10, 5),
            "ana",
            ("ec2", "StartInstances"),
            "203.0.113.9",
            "aws-cli/2 linux",
            json!({}),
        ));
        let judged = judged(&events);
        assert_eq!(judged.hits.len(), expected, "{days} days");
        assert_eq!(judged.without_history.len(), 1 - expected, "{days} days");
    }
}

#[test]
fn hours_are_unusual_two_from_the_nearest_and_on_days_off() {
    let on = |day: i64, hour: i64| {
        let mut events = work(28, "ana", 0);
        // Only Monday to Friday.
        events.retain(|event| {
            let time: Timestamp = event["eventTime"].as_str().unwrap().parse().unwrap();
            Offset::UTC.to_datetime(time).weekday().to_monday_zero_offset() < 5
        });
        events.push(event(
            900,
            at(day, hour, 5),
            "ana",
            ("ec2", "StartInstances"),
            "198.51.100.7",
            "aws-cli/2 linux",
            json!({}),
        ));
        found(&events, "baseline.unusual_hours").len()
    };
    assert_eq!((on(28, 8), on(28, 14), on(28, 7), on(28, 15), on(28, 2)), (0, 0, 1, 1, 1));
    assert_eq!(on(33, 10), 1, "a Saturday");
    assert_eq!(on(30, 10), 0, "a Wednesday");
}

#[test]
fn somebody_who_roams_is_no_news() {
    let mut events = Vec::new();
    for day in 0..20 {
        for call in 0..4 {
            let from = format!("203.{}.113.9", day / 2);
            events.push(event(
                events.len(),
                at(day, 9 + call, 0),
                "ana",
                ("ec2", "StartInstances"),
                &from,
                "aws-cli/2 linux",
                json!({}),
            ));
        }
    }
    events.push(event(
        900,
        at(20, 10, 5),
        "ana",
        ("ec2", "StartInstances"),
        "203.99.113.9",
        "aws-cli/2 linux",
        json!({}),
    ));
    assert_eq!(found(&events, "baseline.new_network").len(), 0);
}

#[test]
fn what_the_peers_do_is_no_news() {
    let action = |others: usize| {
        let mut events = work(12, "ana", 0);
        for peer in 0..others {
            events.extend(work(12, &format!("peer-{peer}"), 1_000 * (peer + 1)));
            let by = format!("peer-{peer}");
            events.push(event(
                90_000 + peer,
                at(3, 10, 9),
                &by,
                ("iam", "CreateUser"),
                "198.51.100.7",
                "aws-cli/2 linux",
                json!({}),
            ));
        }
        events.push(event(
            900,
            at(12, 10, 5),
            "ana",
            ("iam", "CreateUser"),
            "198.51.100.7",
            "aws-cli/2 linux",
            json!({}),
        ));
        found(&events, "baseline.first_time_action").len()
    };
    assert_eq!((action(0), action(3)), (1, 0));
}

fn read(id: usize, time: Timestamp, bytes: u64) -> Value {
    event(
        id,
        time,
        "ana",
        ("s3", "GetObject"),
        "198.51.100.7",
        "aws-cli/2 linux",
        json!({
            "eventCategory": "Data", "requestParameters": { "bucketName": "acme" }, "readOnly": true,
            "additionalEventData": { "bytesTransferredOut": bytes },
        }),
    )
}

#[test]
fn far_more_bytes_than_on_any_day_stand_out() {
    const MIB: u64 = 1 << 20;
    let out = |today: u64| {
        let mut events: Vec<Value> = (0..12)
            .map(|day| read(usize::try_from(day).unwrap(), at(day, 10, 0), (40 + 2 * (day as u64 % 3)) * MIB))
            .collect();
        events.push(read(500, at(12, 10, 0), today / 2));
        events.push(read(501, at(12, 11, 0), today - today / 2));
        found(&events, "baseline.bytes_out_of_bucket")
    };
    assert_eq!(out(99 * MIB), [], "below what is worth a word");
    assert_eq!(out(126 * MIB), [], "three times the median");
    let hits = out(126 * MIB + 2);
    assert_eq!((hits.len(), hits[0].count, hits[0].event_ids.len()), (1, 126 * MIB + 2, 2));
    assert!(hits[0].rests_on[0].contains(&format!("a median of {}", 42 * MIB)), "{:?}", hits[0].rests_on);
}

fn end(id: usize, time: Timestamp, who: &str, instances: std::ops::Range<u32>, more: Value) -> Value {
    let items: Vec<Value> = instances.map(|number| json!({ "instanceId": format!("i-{number:08}") })).collect();
    let mut event = event(
        id,
        time,
        who,
        ("ec2", "TerminateInstances"),
        "198.51.100.7",
        "aws-cli/2 linux",
        json!({
        "requestParameters": { "instancesSet": { "items": items } } }),
    );
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    event
}

#[test]
fn far_more_terminations_than_on_any_day_stand_out() {
    let with = |today: u32, more: Value| {
        let mut events = work(12, "ana", 0);
        events.push(end(800, at(4, 11, 5), "ana", 0..3, json!({})));
        events.push(end(900, at(12, 10, 5), "ana", 100..100 + today, more));
        found(&events, "baseline.termination_rate")
    };
    assert_eq!(with(6, json!({})), [], "twice the most");
    let hits = with(7, json!({}));
    assert_eq!((hits.len(), hits[0].count), (1, 7), "the person, and not the account once more");
    assert!(hits[0].actor.ends_with("user/ana") && hits[0].rests_on[0].contains("at most 3"), "{:?}", hits[0]);
    assert_eq!(with(7, json!({ "errorCode": "Client.UnauthorizedOperation" })), []);
    // Seven by seven people are the account's.
    let mut events = work(12, "ana", 0);
    for number in 0..7 {
        events.push(end(900 + number as usize, at(12, 10, 5), &format!("new-{number}"), number..number + 1, json!({})));
    }
    let hits = found(&events, "baseline.termination_rate");
    assert_eq!((hits.len(), hits[0].actor.as_str()), (1, "account 111122223333"));
}

#[test]
fn the_file_is_what_was_summed_up_and_only_changed_days_are_summed_up_anew() {
    let events = work(12, "ana", 0);
    let mut baselines = Baselines::default();
    let mut wanted = Wanted { days: days(&events), ..Wanted::default() };
    assert_eq!(walk(&log(&events), &mut baselines, &wanted).unwrap().renewed, 12);
    let mut file = Vec::new();
    baselines.write(&mut file).unwrap();
    let mut again = Baselines::read(file.as_slice()).unwrap();
    assert_eq!(again, baselines);
    assert_eq!(walk(&log(&events), &mut again, &wanted).unwrap().renewed, 0);
    // A late event makes one day anew, and gives what all of them give.
    let mut late = events.clone();
    late.push(event(900, at(3, 22, 0), "bo", ("s3", "ListBuckets"), "203.0.113.9", "aws-cli/2", json!({})));
    wanted.days.insert(days(&late).keys().nth(3).copied().unwrap(), "later".to_owned());
    assert_eq!(walk(&log(&late), &mut again, &wanted).unwrap().renewed, 1);
    let mut whole = Baselines::default();
    walk(&log(&late), &mut whole, &wanted).unwrap();
    assert_eq!(again, whole);
    assert!(matches!(Baselines::read(b"{\"format\":99}\n".as_slice()), Err(NotBaselines::Newer(99))));
    assert!(matches!(Baselines::read(b"{\"format\":1}\n{\"day\":7}\n".as_slice()), Err(NotBaselines::Line(2, _))));
}

#[test]
fn the_zone_is_that_of_the_quiet_hours() {
    let mut hours = [0; 24];
    for hour in 9..18 {
        hours[hour] = 20;
    }
    assert_eq!(learned_zone(&hours), Some(0));
    hours.rotate_right(6);
    assert_eq!(learned_zone(&hours), Some(-6));
    hours.rotate_left(15);
    assert_eq!(learned_zone(&hours), Some(9));
    assert_eq!(learned_zone(&[5; 24]), None);
    assert_eq!(learned_zone(&[0; 24]), None);
}

/// A call of the random streams.
#[derive(Debug, Clone)]
struct Call {
    who: usize,
    day: i64,
    hour: i64,
    network: usize,
    agent: usize,
    action: usize,
    failed: bool,
    instances: u32,
}

const PEOPLE: [&str; 3] = ["ana", "bo", "cy"];
const NETWORKS: [&str; 5] = ["198.51.100.7", "198.51.7.7", "203.0.113.9", "192.0.2.4", "10.0.0.1"];
const AGENTS: [&str; 4] =
    ["aws-cli/2.1 Linux/6", "aws-cli/2.2 Linux/7", "Boto3/1.3 os/windows", "console.amazonaws.com"];
const ACTIONS: [(&str, &str); 6] = [
    ("ec2", "StartInstances"),
    ("ec2", "TerminateInstances"),
    ("iam", "CreateUser"),
    ("ec2", "DescribeInstances"),
    ("s3", "PutBucketPolicy"),
    ("iam", "AttachUserPolicy"),
];

/// Mostly what is usual, so that there are histories with few exceptions.
fn calls() -> impl Strategy<Value = Vec<Call>> {
    let skewed = |most: usize| prop_oneof![20 => Just(0), 1 => 0..most];
    let call = (
        0..3_usize,
        0..40_i64,
        prop_oneof![20 => 9..12_i64, 1 => 0..24_i64],
        skewed(5),
        skewed(4),
        skewed(6),
        prop::bool::weighted(0.1),
        0..9_u32,
    );
    let call = call.prop_map(|(who, day, hour, network, agent, action, failed, instances)| Call {
        who,
        day,
        hour,
        network,
        agent,
        action,
        failed,
        instances,
    });
    prop::collection::vec(call, 150..400)
}

fn made(calls: &[Call]) -> Vec<Value> {
    let event = |(id, call): (usize, &Call)| {
        let items: Vec<Value> = (0..call.instances)
            .map(|number| json!({ "instanceId": format!("i-{:08}", number + 7 * (id as u32 % 3)) }))
            .collect();
        let mut more = json!({ "requestParameters": { "instancesSet": { "items": items } } });
        if call.failed {
            more["errorCode"] = "AccessDenied".into();
        }
        event(
            id,
            at(call.day, call.hour, id as i64),
            PEOPLE[call.who],
            ACTIONS[call.action],
            NETWORKS[call.network],
            AGENTS[call.agent],
            more,
        )
    };
    calls.iter().enumerate().map(event).collect()
}

/// What stands out, found the slow way: each event against all others, with no sums kept. By detection, actor and day,
/// the ids of the events.
fn slow(events: &[Value]) -> BTreeSet<(&'static str, String, Date, Vec<String>)> {
    let day = |event: &Value| {
        Offset::UTC.to_datetime(event["eventTime"].as_str().unwrap().parse::<Timestamp>().unwrap()).date()
    };
    let hour = |event: &Value| {
        Offset::UTC.to_datetime(event["eventTime"].as_str().unwrap().parse::<Timestamp>().unwrap()).hour()
    };
    let who = |event: &Value| event["userIdentity"]["arn"].as_str().unwrap().to_owned();
    let net = |event: &Value| forewarn_events::network(event["sourceIPAddress"].as_str().unwrap().parse().unwrap());
    let client = |event: &Value| family(event["userAgent"].as_str().unwrap());
    let failed = |event: &Value| event["errorCode"].is_string();
    let action = |event: &Value| {
        let service = event["eventSource"].as_str().unwrap().trim_end_matches(".amazonaws.com").to_owned();
        (!failed(event)).then(|| format!("{service}:{}", event["eventName"].as_str().unwrap()))
    };
    let instances = |event: &Value| -> BTreeSet<String> {
        let items = event["requestParameters"]["instancesSet"]["items"].as_array().unwrap();
        let ends = event["eventName"] == "TerminateInstances" && !failed(event);
        items.iter().filter(|_| ends).map(|item| item["instanceId"].as_str().unwrap().to_owned()).collect()
    };
    let mut out: BTreeMap<(&'static str, String, Date), Vec<String>> = BTreeMap::new();
    let mut sorted: Vec<&Value> = events.iter().collect();
    sorted.sort_by_key(|event| {
        (event["eventTime"].as_str().unwrap().parse::<Timestamp>().unwrap(), event["eventID"].to_string())
    });
    for event in &sorted {
        let today = day(event);
        let own: Vec<&Value> =
            sorted.iter().copied().filter(|other| who(other) == who(event) && day(other) < today).collect();
        let active: BTreeSet<Date> = own.iter().map(|other| day(other)).collect();
        if active.len() < LEAST_DAYS || (own.len() as u64) < LEAST_EVENTS {
            continue;
        }
        let id = event["eventID"].as_str().unwrap().to_owned();
        let mut add = |check: &'static str| out.entry((check, who(event), today)).or_default().push(id.clone());
        // Hours.
        let close = |other: &&&Value| {
            let apart = (i32::from(hour(other)) - i32::from(hour(event))).rem_euclid(24);
            apart <= 1 || apart == 23
        };
        let mut by_hour = [0; 24];
        for (_, hour) in own.iter().map(|other| (day(other), hour(other))).collect::<BTreeSet<_>>() {
            by_hour[usize::try_from(hour).unwrap()] += 1;
        }
        let zone = SignedDuration::from_hours(i64::from(learned_zone(&by_hour).unwrap_or(0)));
        let local = |day: Date, hour: i8| day.at(hour, 0, 0, 0).checked_add(zone).unwrap().date();
        let here = local(today, hour(event));
        let mut same_weekday = (0, 0);
        let mut walked = *active.first().unwrap();
        while walked < today {
            if walked.weekday() == here.weekday() {
                same_weekday.1 += 1;
                same_weekday.0 += usize::from(own.iter().any(|other| local(day(other), hour(other)) == walked));
            }
            walked = walked.tomorrow().unwrap();
        }
        if own.iter().filter(close).count() == 0 || same_weekday.0 == 0 && same_weekday.1 >= 4 {
            add("baseline.unusual_hours");
        }
        // New things, where new ones are rare.
        let rare = |of: &dyn Fn(&Value) -> Option<String>, one_in: usize| {
            let Some(value) = of(event) else { return false };
            let known: BTreeSet<String> = own.iter().filter_map(|other| of(other)).collect();
            if known.is_empty() || known.contains(&value) {
                return false;
            }
            let settled: Vec<Date> = active.iter().skip(5).copied().collect();
            let had_new = |on: &&Date| {
                own.iter().any(|other| {
                    day(other) == **on
                        && of(other).is_some_and(|value| {
                            !own.iter().any(|before| day(before) < **on && of(before).as_deref() == Some(&value))
                        })
                })
            };
            settled.iter().filter(had_new).count() * one_in <= settled.len()
        };
        if rare(&net, 10) {
            add("baseline.new_network");
        }
        if rare(&client, 10) {
            add("baseline.new_agent");
        }
        let writes = event["eventName"] != "DescribeInstances" && !failed(event);
        if writes && rare(&action, 5) {
            let others: BTreeSet<String> = sorted
                .iter()
                .filter(|other| day(other) < today && who(other) != who(event))
                .map(|other| who(other))
                .collect();
            let did = others.iter().filter(|name| {
                sorted.iter().any(|other| who(other) == **name && day(other) < today && action(other) == action(event))
            });
            if did.count() * 10 <= others.len() {
                add("baseline.first_time_action");
            }
        }
    }
    // Terminations, by day.
    let all_days: BTreeSet<Date> = sorted.iter().map(|event| day(event)).collect();
    let middle = |mut figures: Vec<usize>| {
        figures.sort_unstable();
        figures[(figures.len() - 1) / 2]
    };
    for today in all_days {
        let ended = |on: Date, by: Option<&str>| -> BTreeSet<String> {
            let of = sorted.iter().filter(|event| day(event) == on && by.is_none_or(|name| who(event) == name));
            of.flat_map(|event| instances(event)).collect()
        };
        let stands_out = |by: Option<&str>| {
            let before: Vec<&&Value> =
                sorted.iter().filter(|event| day(event) < today && by.is_none_or(|name| who(event) == name)).collect();
            let active: BTreeSet<Date> = before.iter().map(|event| day(event)).collect();
            let now = ended(today, by).len();
            if active.len() < LEAST_DAYS || (before.len() as u64) < LEAST_EVENTS || now < 5 {
                return false;
            }
            let figures: Vec<usize> = active.iter().map(|on| ended(*on, by).len()).collect();
            let usual = middle(figures.clone());
            let apart = middle(figures.iter().map(|figure| figure.abs_diff(usual)).collect());
            now > 2 * figures.iter().max().unwrap() && now > usual + 8 * apart
        };
        let ids = |by: Option<&str>| -> Vec<String> {
            let of = sorted.iter().filter(|event| {
                let ends = event["eventName"] == "TerminateInstances" && !failed(event);
                day(event) == today && ends && by.is_none_or(|name| who(event) == name)
            });
            of.map(|event| event["eventID"].as_str().unwrap().to_owned()).collect()
        };
        let mut by_person = false;
        for name in PEOPLE {
            let arn = format!("arn:aws:iam::{ACCOUNT}:user/{name}");
            if stands_out(Some(&arn)) {
                by_person = true;
                out.insert(("baseline.termination_rate", arn.clone(), today), ids(Some(&arn)));
            }
        }
        if !by_person && stands_out(None) {
            out.insert(("baseline.termination_rate", format!("account {ACCOUNT}"), today), ids(None));
        }
    }
    out.into_iter().map(|((check, actor, day), ids)| (check, actor, day, ids)).collect()
}

#[test]
fn the_baselines_find_what_a_slow_look_at_every_pair_finds() {
    let config = Config { cases: 24, rng_seed: RngSeed::Fixed(57), failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new(config);
    let hits: std::cell::RefCell<BTreeMap<&'static str, usize>> = std::cell::RefCell::default();
    let outcome = runner.run(&calls(), |calls| {
        let mut events = made(&calls);
        let expected = slow(&events);
        // Files in another order, and some of it twice.
        events.reverse();
        let twice: Vec<Value> = events.iter().step_by(7).cloned().collect();
        events.extend(twice);
        let found: BTreeSet<_> = judged(&events)
            .hits
            .into_iter()
            .map(|hit| (hit.ground.id, hit.actor, Offset::UTC.to_datetime(hit.first).date(), hit.event_ids))
            .collect();
        for (check, ..) in &found {
            *hits.borrow_mut().entry(check).or_default() += 1;
        }
        prop_assert_eq!(found, expected);
        Ok(())
    });
    outcome.unwrap();
    let hits = hits.into_inner();
    for check in ["unusual_hours", "new_network", "new_agent", "first_time_action"] {
        assert!(hits.get(format!("baseline.{check}").as_str()).is_some_and(|times| *times > 5), "{check}: {hits:?}");
    }
}
