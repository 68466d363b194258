//! Rules that are honoured, rules that are refused with their place, and correlations against slow ones.

use std::collections::{BTreeMap, BTreeSet};

use forewarn_events::Event;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{Hit, Lists, Rules, Run, Settings};

const HEAD: &str = "title: T\nid: 5f0d2b9e-0000-4000-8000-000000000001\nlogsource:\n    product: aws\n    service: cloudtrail\nlevel: high\ntags:\n    - attack.impact\n    - attack.t1485\n";

fn rule(detection: &str) -> String {
    format!("{HEAD}detection:\n{detection}")
}

fn lists(given: &[(&str, &str)]) -> Lists {
    let mut lists = Lists::default();
    for (name, text) in given {
        lists.add(name, text);
    }
    lists
}

/// What is wrong with a rule, each with its line.
fn wrong(text: &str) -> Vec<(usize, String)> {
    let errors = Rules::of(&[], &[("a.yml".to_owned(), text.to_owned())], &Lists::default()).err().unwrap_or_default();
    assert!(errors.iter().all(|error| error.file == "a.yml"), "{errors:?}");
    errors.into_iter().map(|error| (error.line, error.message)).collect()
}

fn event(second: i64, number: usize, more: &Value) -> Event {
    let start: Timestamp = "2026-03-03T23:58:00Z".parse().unwrap();
    let mut event = json!({
        "eventTime": Timestamp::from_second(start.as_second() + second).unwrap().to_string(),
        "eventID": format!("e-{number:04}"), "eventSource": "ec2.amazonaws.com", "eventName": "StopInstances",
        "awsRegion": "eu-central-1", "recipientAccountId": "111122223333",
        "userIdentity": { "type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ana", "userName": "ana" },
    });
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Event::new(event).unwrap()
}

/// The hits of the rules of a file, by what they are called; none of our own.
fn hits(text: &str, given: &[(&str, &str)], mut events: Vec<Event>) -> Vec<Hit> {
    let lists = lists(given);
    events.sort_by_key(|event| (event.record.event_time, event.id().to_owned()));
    let ready = || {
        let rules = Rules::of(&[], &[("a.yml".to_owned(), text.to_owned())], &lists);
        let rules = rules.unwrap_or_else(|errors| panic!("{errors:?}"));
        Run::with(&Settings { lists: lists.clone(), ..Settings::default() }, rules).unwrap()
    };
    crate::run::both_ways(ready, events).into_iter().filter(|hit| hit.check.starts_with("sigma.")).collect()
}

fn fires(detection: &str, more: &Value) -> bool {
    !hits(&rule(detection), &[], vec![event(0, 0, more)]).is_empty()
}

#[test]
fn fields_of_the_raw_record_are_asked() {
    let said = json!({ "requestParameters": { "instancesSet": { "items": [{ "instanceId": "i-1" }, { "instanceId": "i-2" }] },
        "force": false, "size": 40 }, "errorCode": null, "sourceIPAddress": "198.51.100.7" });
    let yes = [
        "    a:\n        eventName: stop*\n    condition: a\n",
        "    a:\n        requestParameters.instancesSet.items.instanceId: i-2\n    condition: a\n",
        "    a:\n        requestParameters.force: false\n    condition: a\n",
        "    a:\n        requestParameters.size|gte: 40\n    condition: a\n",
        "    a:\n        errorCode: null\n    condition: a\n",
        "    a:\n        errorMessage: null\n    condition: a\n",
        "    a:\n        errorCode|exists: false\n    condition: a\n",
        "    a:\n        sourceIPAddress|cidr: 198.51.100.0/24\n    condition: a\n",
        "    a:\n        userIdentity.arn|re: ':user/an.$'\n    condition: a\n",
        "    a:\n        requestParameters|contains: '\"instanceId\":\"i-1\"'\n    condition: a\n",
        "    a:\n        status: success\n    condition: a\n",
        "    a:\n        forewarn.person|endswith: user/ana\n    condition: a\n",
        "    a:\n        forewarn.account: '111122223333'\n    condition: a\n",
        "    a:\n        eventName: StopInstances\n    b_1:\n        awsRegion: us-east-1\n    condition: a and not 1 of b_*\n",
        "    a:\n        - eventName: Other\n        - awsRegion: eu-central-1\n    condition: a\n",
        "    words:\n        - 'i-2'\n    condition: words\n",
    ];
    let no = [
        "    a:\n        eventName: stop\n    condition: a\n",
        "    a:\n        eventName|cased: stopinstances\n    condition: a\n",
        "    a:\n        requestParameters.instancesSet.items.instanceId: i-3\n    condition: a\n",
        "    a:\n        requestParameters.size|gt: 40\n    condition: a\n",
        "    a:\n        errorCode|exists: true\n    condition: a\n",
        "    a:\n        sourceIPAddress|cidr: 203.0.113.0/24\n    condition: a\n",
        "    a:\n        status: failure\n    condition: a\n",
        "    words:\n        - 'i-3'\n    condition: words\n",
    ];
    for detection in yes {
        assert!(fires(detection, &said), "{detection}");
    }
    for detection in no {
        assert!(!fires(detection, &said), "{detection}");
    }
}

#[test]
fn a_hit_says_what_the_rule_is_and_joins_what_belongs_together() {
    let text = rule("    a:\n        eventName: StopInstances\n    condition: a\n");
    let call = |second, number| event(second, number, &json!({ "requestParameters": { "instanceId": "i-1" } }));
    let found = hits(&text, &[], vec![call(0, 0), call(3600, 1), call(7201, 2)]);
    assert_eq!(found.len(), 2);
    let hit = &found[0];
    assert_eq!(hit.check, "sigma.5f0d2b9e-0000-4000-8000-000000000001");
    assert_eq!((hit.severity.word(), hit.techniques.as_slice()), ("high", ["T1485".to_owned()].as_slice()));
    assert_eq!((hit.count, hit.event_ids.as_slice()), (2, ["e-0000".to_owned(), "e-0001".to_owned()].as_slice()));
    assert_eq!((hit.actor.as_str(), hit.account.as_str()), ("arn:aws:iam::111122223333:user/ana", "111122223333"));
    assert_eq!(
        (hit.resources.as_slice(), hit.rests_on.as_slice()),
        (["i-1".to_owned()].as_slice(), ["called StopInstances".to_owned()].as_slice())
    );
    assert_eq!(found[1].event_ids, ["e-0002"]);
}

#[test]
fn what_cannot_be_honoured_is_named_with_its_line() {
    let of = |detection: &str| wrong(&rule(detection));
    let has = |errors: &[(usize, String)], line: usize, words: &str| {
        assert!(
            errors.iter().any(|(at, message)| *at == line && message.contains(words)),
            "{line} {words}: {errors:?}"
        );
    };
    has(&of("    a:\n        eventName|befuddle: x\n    condition: a\n"), 12, "befuddle");
    has(&of("    a:\n        eventName|re|contains: x\n    condition: a\n"), 12, "conflicting");
    has(&of("    a:\n        eventName|i: x\n    condition: a\n"), 12, "re");
    has(&of("    a:\n        eventName|re: '('\n    condition: a\n"), 12, "regex");
    has(&of("    a:\n        sourceIPAddress|cidr: 300.0.0.0/8\n    condition: a\n"), 12, "CIDR");
    has(&of("    a:\n        eventname: x\n    condition: a\n"), 12, "did you mean `eventName`?");
    has(&of("    a:\n        src_ip: x\n    condition: a\n"), 12, "no field `src_ip`");
    has(&of("    a:\n        userIdentity.username: x\n    condition: a\n"), 12, "did you mean `userName`?");
    has(&of("    a:\n        userIdentity.arn|fieldref: nowhere\n    condition: a\n"), 12, "no field `nowhere`");
    has(
        &of("    a:\n        requestParameters:\n            name: x\n    condition: a\n"),
        12,
        "mapping where a value belongs",
    );
    has(&of("    a:\n        eventName: []\n    condition: a\n"), 12, "no value");
    has(&of("    a:\n        errorCode|exists: perhaps\n    condition: a\n"), 12, "`true` or `false`");
    has(&of("    a:\n        eventName: x\n    condition: a and b\n"), 13, "names `b`");
    has(&of("    a:\n        eventName: x\n    condition: 1 of b_*\n"), 13, "1 of b_*");
    has(&of("    a:\n        eventName: x\n    condition: a | count() > 3\n"), 13, "ondition");
    has(&of("    a:\n        eventName: x\n    condition: a\n    timeframe: 5m\n"), 14, "old form");
    has(&of("    a:\n        eventName|expand: '%office%'\n    condition: a\n"), 12, "--list office=FILE");
    has(&of("    a:\n        eventName|expand: x\n    condition: a\n"), 12, "no `%placeholder%`");
    has(&wrong("title: [\n"), 2, "");
    has(&wrong("- a\n"), 1, "mapping is wanted");
    has(&wrong("title: T\nid: x\ndetection:\n    a:\n        eventName: x\n    condition: a\n"), 1, "no `logsource`");
    has(&wrong(&format!("{HEAD}x: 1\n")), 3, "neither");
    has(
        &wrong(&rule("    a:\n        eventName: x\n    condition: a\n").replace("level: high", "level: dire")),
        6,
        "level",
    );
    has(&wrong(&format!("action: global\n{HEAD}")), 1, "action");
    let nameless = rule("    a:\n        eventName: x\n    condition: a\n").replace("id: 5f", "x: 5f");
    has(&wrong(&nameless), 1, "neither `id` nor `name`");
    let twice = rule("    a:\n        eventName: x\n    condition: a\n");
    has(&wrong(&format!("{twice}---\n{twice}")), 16, "is called");
    let lists = lists(&[("office", "# nobody\n")]);
    let text = rule("    a:\n        eventName|expand: '%office%'\n    condition: a\n");
    let errors = Rules::of(&[], &[("a.yml".to_owned(), text)], &lists).err().unwrap();
    assert_eq!(errors[0].to_string(), "a.yml:12: rule `T`: the list `office` has no entry, so the rule could not hold");
}

#[test]
fn what_is_for_other_logs_is_set_aside_and_counted() {
    let text = rule("    a:\n        Whatever: x\n    condition: a\n").replace("product: aws", "product: windows");
    let other = "name: build\non: push\n";
    let given = [("a.yml".to_owned(), format!("{text}---\n{text}")), ("b.yml".to_owned(), other.to_owned())];
    let rules = Rules::read(&given, &Lists::default()).unwrap_or_else(|errors| panic!("{errors:?}"));
    let expected = BTreeMap::from([("no rule".to_owned(), 1), ("windows/cloudtrail".to_owned(), 2)]);
    assert_eq!(rules.aside, expected);
    assert!(rules.about().all(|about| !about.id.starts_with("sigma.")));
}

#[test]
fn placeholders_are_filled_from_lists() {
    let text = rule(
        "    a:\n        eventName: StopInstances\n        requestParameters.instanceId|expand: '%production%'\n    office:\n        sourceIPAddress|cidr|expand: '%office%'\n    condition: a and not office\n",
    );
    let given = [
        ("production", "arn:aws:ec2:eu-central-1:111122223333:instance/i-1"),
        ("office", "192.0.2.0/24\n198.51.100.1"),
    ];
    let call = |id: &str, from: &str| {
        let more = json!({ "requestParameters": { "instanceId": id }, "sourceIPAddress": from });
        hits(&text, &given, vec![event(0, 0, &more)]).len()
    };
    assert_eq!(call("i-1", "203.0.113.9"), 1);
    assert_eq!(call("i-2", "203.0.113.9"), 0);
    assert_eq!(call("i-1", "192.0.2.77"), 0);
    assert_eq!(call("i-1", "198.51.100.1"), 0);
}

fn correlation(body: &str) -> String {
    let base = |name: &str, call: &str| {
        format!(
            "title: {name}\nname: {name}\nlogsource:\n    product: aws\n    service: cloudtrail\ndetection:\n    a:\n        eventName: '{call}'\n    condition: a\n---\n"
        )
    };
    let (one, two, three) = (base("one", "One*"), base("two", "*Two"), base("three", "Three"));
    format!("{one}{two}{three}title: C\nname: c\nlevel: high\ncorrelation:\n{body}")
}

/// Events by second and name.
fn calls(of: &[(i64, &str)]) -> Vec<Event> {
    (0..).zip(of).map(|(number, (second, name))| event(*second, number, &json!({ "eventName": name }))).collect()
}

#[test]
fn counts_are_exact_at_both_edges_and_rules_that_serve_them_are_silent() {
    let text = correlation(
        "    type: event_count\n    rules: [one]\n    group-by: [userIdentity.arn]\n    timespan: 5m\n    condition:\n        gte: 3\n",
    );
    let found = hits(&text, &[], calls(&[(0, "One"), (9, "One"), (300, "One")]));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].check.as_str(), found[0].count, found[0].event_ids.len()), ("sigma.c", 3, 3));
    assert!(found[0].rests_on[1].contains("userIdentity.arn is \"arn:aws:iam::111122223333:user/ana\""));
    assert_eq!(hits(&text, &[], calls(&[(0, "One"), (9, "One"), (301, "One")])), []);
    let more_than = text.replace("gte: 3", "gt: 3");
    assert_eq!(hits(&more_than, &[], calls(&[(0, "One"), (9, "One"), (300, "One")])), []);
    let both = text.replace("level: high", "level: high\ngenerate: true");
    let checks: BTreeSet<String> =
        hits(&both, &[], calls(&[(0, "One"), (9, "One"), (300, "One")])).into_iter().map(|hit| hit.check).collect();
    assert_eq!(checks, BTreeSet::from(["sigma.c".to_owned(), "sigma.one".to_owned()]));
}

#[test]
fn values_are_counted_once_whatever_lists_they_stand_in() {
    let text = correlation(
        "    type: value_count\n    rules: [one]\n    group-by: [forewarn.person]\n    timespan: 5m\n    condition:\n        gte: 3\n        field: requestParameters.ids\n",
    );
    let call = |second, number, ids: &[&str]| {
        event(second, number, &json!({ "eventName": "One", "requestParameters": { "ids": ids } }))
    };
    let found = hits(&text, &[], vec![call(0, 0, &["a", "b"]), call(300, 1, &["b", "c"])]);
    assert_eq!((found[0].count, found[0].resources.len(), found[0].event_ids.len()), (3, 3, 2));
    assert_eq!(found[0].counted, "values of requestParameters.ids");
    assert_eq!(hits(&text, &[], vec![call(0, 0, &["a", "b"]), call(301, 1, &["b", "c"])]), []);
    assert_eq!(hits(&text, &[], vec![call(0, 0, &["a", "b"]), call(9, 1, &["b", "a"])]), [], "the same again");
}

#[test]
fn rules_hold_together_or_in_their_order() {
    let with = |kind: &str, more: &str| {
        correlation(&format!("    type: {kind}\n    rules: [one, two, three]\n    timespan: 1m\n{more}"))
    };
    let count = |text: &str, of: &[(i64, &str)]| hits(text, &[], calls(of)).len();
    let (temporal, ordered) = (with("temporal", ""), with("temporal_ordered", ""));
    assert_eq!(count(&temporal, &[(60, "One"), (0, "Two"), (9, "Three")]), 1);
    assert_eq!(count(&temporal, &[(61, "One"), (0, "Two"), (9, "Three")]), 0);
    assert_eq!(count(&temporal, &[(0, "One"), (1, "One"), (2, "Two")]), 0);
    assert_eq!(count(&ordered, &[(0, "One"), (9, "Two"), (60, "Three")]), 1);
    assert_eq!(count(&ordered, &[(9, "One"), (0, "Two"), (60, "Three")]), 0);
    assert_eq!(count(&ordered, &[(0, "One"), (9, "Two"), (61, "Three")]), 0);
    assert_eq!(count(&ordered, &[(5, "Three"), (5, "Two"), (5, "One")]), 1, "in one second any may be the first");
    assert_eq!(count(&ordered, &[(0, "OneTwo"), (1, "Three")]), 0, "an event serves one step");
    assert_eq!(count(&ordered, &[(0, "OneTwo"), (0, "One"), (1, "Three")]), 1);
    let either = with("temporal", "    condition: one and (two or three)\n");
    assert_eq!(count(&either, &[(0, "One"), (1, "Three")]), 1);
    assert_eq!(count(&either, &[(0, "Two"), (1, "Three")]), 0);
}

#[test]
fn aliases_give_each_rule_its_field() {
    let text = correlation(
        "    type: temporal\n    rules: [one, two]\n    group-by: [bucket]\n    aliases:\n        bucket:\n            one: requestParameters.from\n            two: requestParameters.to\n    timespan: 1m\n",
    );
    let call = |number, name: &str, field: &str, bucket: &str| {
        event(0, number, &json!({ "eventName": name, "requestParameters": { field: bucket } }))
    };
    assert_eq!(hits(&text, &[], vec![call(0, "One", "from", "a"), call(1, "Two", "to", "a")]).len(), 1);
    assert_eq!(hits(&text, &[], vec![call(0, "One", "from", "a"), call(1, "Two", "to", "b")]).len(), 0);
}

#[test]
fn correlations_that_are_not_honoured_are_named() {
    let has = |body: &str, words: &str| {
        let errors = wrong(&correlation(body));
        assert!(errors.iter().any(|(line, message)| *line > 30 && message.contains(words)), "{words}: {errors:?}");
    };
    let count = "    type: event_count\n    rules: [one]\n    timespan: 5m\n";
    has(
        "    type: value_sum\n    rules: [one]\n    timespan: 5m\n    condition:\n        gte: 3\n        field: requestParameters.x\n",
        "not honoured",
    );
    has("    type: odd\n    rules: [one]\n    timespan: 5m\n    condition:\n        gte: 3\n", "odd");
    has("    type: event_count\n    rules: [nowhere]\n    timespan: 5m\n    condition:\n        gte: 3\n", "`nowhere`");
    has(&format!("{count}    condition:\n        lte: 3\n"), "`lte`");
    has(&format!("{count}    condition:\n        gte: 0\n"), "without any event");
    has(&format!("{count}    condition:\n        gte: 3\n    window: tumbling\n"), "windows slide");
    has(&format!("{count}    condition:\n        gte: 3\n    groupby: [x]\n"), "no `groupby`");
    has(&format!("{count}    condition:\n        gte: 3\n    group-by: [who]\n"), "no field `who`");
    has(
        "    type: value_count\n    rules: [one]\n    timespan: 5m\n    condition:\n        gte: 3\n",
        "wants a `field`",
    );
    has("    type: temporal\n    rules: [one, two]\n    timespan: 5m\n    condition: one and not two\n", "not two");
    has("    type: event_count\n    rules: [one]\n    timespan: 1M\n    condition:\n        gte: 3\n", "in days");
}

/// `many`, which counts calls of `one` by somebody, and a correlation over it.
fn over(kind: &str, more: &str) -> String {
    let many = "    type: event_count\n    rules: [one]\n    group-by: [userIdentity.arn]\n    timespan: 5m\n    condition:\n        gte: 3\n";
    let many = correlation(many).replace("title: C\nname: c\n", "title: Many\nname: many\n");
    format!("{many}---\ntitle: C\nname: c\nlevel: high\ncorrelation:\n    type: {kind}\n{more}")
}

#[test]
fn a_correlation_over_a_correlation_sees_it_each_time_that_it_holds() {
    let ordered =
        over("temporal_ordered", "    rules: [many, three]\n    group-by: [userIdentity.arn]\n    timespan: 10m\n");
    let burst = |more: &[(i64, &'static str)]| {
        hits(&ordered, &[], calls(&[&[(0, "One"), (10, "One"), (20, "One")], more].concat()))
    };
    let found = burst(&[(620, "Three")]);
    assert_eq!(found.len(), 1, "what serves another is silent: {found:?}");
    assert_eq!((found[0].check.as_str(), found[0].count), ("sigma.c", 4));
    assert_eq!(found[0].event_ids, ["e-0000", "e-0001", "e-0002", "e-0003"]);
    assert_eq!(
        (found[0].first_time.to_string(), found[0].actor.as_str()),
        ("2026-03-03T23:58:00Z".to_owned(), "arn:aws:iam::111122223333:user/ana")
    );
    assert_eq!(burst(&[(621, "Three")]), []);
    assert_eq!(burst(&[(5, "Three")]), [], "before it held");
    assert_eq!(burst(&[(20, "Three")]).len(), 1, "in one second any may be the first");
    // It goes on holding, and goes on being seen.
    assert_eq!(burst(&[(200, "One"), (800, "Three")]).len(), 1);
    assert_eq!(burst(&[(600, "One"), (700, "Three")]), [], "one call long after it is no burst");
    let other = json!({ "eventName": "Three", "userIdentity": { "type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/bo" } });
    let mut events = calls(&[(0, "One"), (10, "One"), (20, "One")]);
    events.push(event(30, 9, &other));
    assert_eq!(hits(&ordered, &[], events), [], "somebody else");
    let both = format!("{ordered}generate: true\n");
    let checks: Vec<String> = hits(&both, &[], calls(&[(0, "One"), (1, "One"), (2, "One"), (3, "Three")]))
        .into_iter()
        .map(|hit| hit.check)
        .collect();
    assert!(checks.contains(&"sigma.many".to_owned()) && checks.contains(&"sigma.c".to_owned()), "{checks:?}");
    // The order of the documents says nothing.
    let (rest, outer) = ordered.rsplit_once("---\n").unwrap();
    let found = hits(&format!("{outer}---\n{rest}"), &[], calls(&[(0, "One"), (1, "One"), (2, "One"), (3, "Three")]));
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn what_correlations_found_is_counted_once_and_by_what_they_group_by() {
    let twice = over("event_count", "    rules: [many]\n    timespan: 1h\n    condition:\n        gte: 2\n");
    let burst = |from: i64, calls: i64| (0..calls).map(move |call| (from + call, "One"));
    let of = |all: Vec<(i64, &'static str)>| hits(&twice, &[], calls(&all));
    assert_eq!(of(burst(0, 50).collect()), [], "one long burst is one");
    let found = of(burst(0, 3).chain(burst(3600, 3)).collect());
    assert_eq!((found[0].count, found[0].counted.as_ref(), found[0].event_ids.len()), (2, "hits", 6));
    assert_eq!(of(burst(0, 3).chain(burst(3601, 3)).collect()), []);
    let people = over(
        "value_count",
        "    rules: [many]\n    timespan: 1h\n    condition:\n        gte: 2\n        field: userIdentity.arn\n",
    );
    let by = |names: &[&str]| {
        let call = |(number, name): (usize, &&str)| {
            let arn = format!("arn:aws:iam::111122223333:user/{name}");
            let who = json!({ "eventName": "One", "userIdentity": { "type": "IAMUser", "arn": arn } });
            event(number.try_into().unwrap(), number, &who)
        };
        hits(&people, &[], names.iter().enumerate().map(call).collect())
    };
    let found = by(&["ana", "bo", "ana", "bo", "ana", "bo"]);
    assert_eq!((found[0].count, found[0].event_ids.len()), (2, 6));
    assert_eq!(by(&["ana", "bo", "ana", "ana", "ana", "bo"]), []);
    // Three levels.
    let third = twice.replace("title: C\nname: c\n", "title: Twice\nname: twice\n")
        + "---\ntitle: D\nname: d\ncorrelation:\n    type: temporal\n    rules: [twice, three]\n    timespan: 1m\n";
    let found =
        hits(&third, &[], calls(&burst(0, 3).chain(burst(3600, 3)).chain([(3660, "Three")]).collect::<Vec<_>>()));
    assert_eq!((found.len(), found[0].check.as_str(), found[0].event_ids.len()), (1, "sigma.d", 7));
}

#[test]
fn a_correlation_over_a_correlation_that_is_not_honoured_is_named() {
    let has = |text: &str, words: &str| {
        let errors = wrong(text);
        assert!(errors.iter().any(|(line, message)| *line > 30 && message.contains(words)), "{words}: {errors:?}");
    };
    let ordered = "    rules: [many, three]\n    timespan: 10m\n";
    has(
        &over("temporal", &format!("{ordered}    group-by: [awsRegion]\n")),
        "the correlation `many` has no field `awsRegion`; it groups by `userIdentity.arn`",
    );
    let count = "    timespan: 10m\n    condition:\n        gte: 3\n";
    has(&over("event_count", &format!("{count}    rules: [many, three]\n")), "not over both");
    has(
        &over("value_count", &format!("{count}        field: eventName\n    rules: [many]\n")),
        "the correlation `many` has no field `eventName`",
    );
    let round = over("temporal", ordered).replace("rules: [one]", "rules: [c]");
    has(&round, "it is over `c`, and these correlations are over one another");
    let filter = "---\ntitle: F\nid: f\nlogsource:\n    product: aws\n    service: cloudtrail\nfilter:\n    rules: [many]\n    us:\n        awsRegion: us-east-1\n    condition: not us\n";
    has(&format!("{}{filter}", over("temporal", ordered)), "it filters the rule `many`, which is not there");
}

/// The moments at which a count holds.
fn holding(events: &[&Call], width: i64, least: usize) -> BTreeSet<i64> {
    let inside = |end: i64| events.iter().filter(|(at, ..)| *at <= end && end - at <= width).count();
    events.iter().map(|(at, ..)| *at).filter(|end| inside(*end) >= least).collect()
}

#[test]
fn a_correlation_over_a_correlation_finds_what_a_slow_one_finds() {
    let text =
        over("temporal", "    rules: [many, three]\n    timespan: 60s\n").replace("timespan: 5m", "timespan: 20s");
    let mut fired = 0;
    for seed in 0..200 {
        let mut state = seed;
        let span = 100 + next(&mut state) % 400;
        let mut stream: Vec<Call> = (0..40)
            .map(|number| {
                let at = (next(&mut state) % span).cast_signed();
                let name = ["One", "One", "One", "Three", "Other"][usize::try_from(next(&mut state)).unwrap() % 5];
                (at, name.to_owned(), format!("e-{number:04}"))
            })
            .collect();
        stream.sort();
        let events = stream.iter().map(|(at, name, id)| {
            event(*at, id.trim_start_matches("e-").parse().unwrap(), &json!({ "eventName": name }))
        });
        let found = hits(&text, &[], events.collect());
        let ones: Vec<&Call> = stream.iter().filter(|(_, name, _)| name == "One").collect();
        let held = holding(&ones, 20, 3);
        let threes: Vec<&Call> = stream.iter().filter(|(_, name, _)| name == "Three").collect();
        // Every third call within a minute of a moment at which the count held is in a hit, and no other.
        let near: BTreeSet<&String> = threes
            .iter()
            .filter(|(at, ..)| held.iter().any(|moment| (moment - at).abs() <= 60))
            .map(|(.., id)| id)
            .collect();
        let told: BTreeSet<&String> = found.iter().flat_map(|hit| &hit.event_ids).collect();
        let told_threes: BTreeSet<&String> = threes.iter().map(|(.., id)| id).filter(|id| told.contains(id)).collect();
        assert_eq!(told_threes, near, "seed {seed}");
        for hit in &found {
            assert!(ones.iter().any(|(.., id)| hit.event_ids.contains(id)), "seed {seed}: {hit:?}");
        }
        fired += found.len();
    }
    assert!(fired > 100, "the streams are worth asking about: {fired}");
}

#[test]
fn a_filter_narrows_the_rule_that_it_names() {
    let text = rule("    a:\n        eventName: StopInstances\n    condition: a\n");
    let filter = "title: F\nid: f\nlogsource:\n    product: aws\n    service: cloudtrail\nfilter:\n    rules:\n        - 5f0d2b9e-0000-4000-8000-000000000001\n    us:\n        awsRegion: us-east-1\n    condition: not us\n";
    let count = |region: &str| {
        hits(&format!("{text}---\n{filter}"), &[], vec![event(0, 0, &json!({ "awsRegion": region }))]).len()
    };
    assert_eq!((count("us-east-1"), count("eu-west-1")), (0, 1));
    let errors = wrong(&format!("{text}---\n{}", filter.replace("- 5f0d2b9e", "- 6f0d2b9e")));
    assert!(errors[0].1.contains("which is not there"), "{errors:?}");
}

/// A small generator of numbers, the same on every machine.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

/// Second, name and id.
type Call = (i64, String, String);

/// The episodes of a correlation as they are defined: at each instant all events of the time before it, and windows that
/// hold and share an event are one.
fn slowly(events: &[Call], width: i64, holds: &dyn Fn(&[&Call]) -> bool) -> Vec<BTreeSet<String>> {
    let mut episodes: Vec<BTreeSet<String>> = Vec::new();
    for end in events {
        let inside: Vec<_> = events.iter().filter(|(at, ..)| *at <= end.0 && end.0 - at <= width).collect();
        if !holds(&inside) {
            continue;
        }
        let ids: BTreeSet<String> = inside.iter().map(|(_, _, id)| id.clone()).collect();
        match episodes.last_mut() {
            Some(last) if !last.is_disjoint(&ids) => last.extend(ids),
            _ => episodes.push(ids),
        }
    }
    episodes
}

/// Whether some events, each of its own, serve the steps one after the other: every choice is tried.
fn serve(events: &[&Call], steps: &[&str], after: i64, used: &BTreeSet<String>) -> bool {
    let Some((step, rest)) = steps.split_first() else { return true };
    let fits = |name: &str| match *step {
        "one" => name.starts_with("One"),
        "two" => name.ends_with("Two"),
        _ => name == "Three",
    };
    events.iter().filter(|(at, name, id)| *at >= after && fits(name) && !used.contains(id)).any(|(at, _, id)| {
        let mut used = used.clone();
        used.insert(id.clone());
        serve(events, rest, *at, &used)
    })
}

#[test]
fn correlations_find_what_slow_ones_find_in_shuffled_streams_with_copies() {
    let names = ["One", "Two", "OneTwo", "Three", "Other"];
    let count = correlation(
        "    type: event_count\n    rules: [one, two]\n    timespan: 30s\n    condition:\n        gte: 6\n",
    );
    let ordered = correlation("    type: temporal_ordered\n    rules: [one, two, three]\n    timespan: 30s\n");
    let mut fired = 0;
    for seed in 0..150 {
        let mut state = seed;
        let span = 40 + next(&mut state) % 400;
        let mut stream: Vec<Call> = (0..40)
            .map(|number| {
                let at = (next(&mut state) % span).cast_signed();
                let name = names[usize::try_from(next(&mut state)).unwrap() % names.len()];
                (at, name.to_owned(), format!("e-{number:04}"))
            })
            .collect();
        let events = |stream: &[Call]| -> Vec<Event> {
            let of = |(at, name, id): &Call| {
                event(*at, id.trim_start_matches("e-").parse().unwrap(), &json!({ "eventName": name }))
            };
            stream.iter().map(of).collect()
        };
        // Late and twice: what a store gives is sorted, whatever order the files had.
        let mut shuffled = stream.clone();
        for place in (1..shuffled.len()).rev() {
            shuffled.swap(place, usize::try_from(next(&mut state)).unwrap() % (place + 1));
        }
        stream.sort();
        let fast = |text: &str| -> Vec<BTreeSet<String>> {
            let found = hits(text, &[], events(&shuffled));
            found
                .into_iter()
                .filter(|hit| hit.check == "sigma.c")
                .map(|hit| hit.event_ids.into_iter().collect())
                .collect()
        };
        let matching = |keep: &dyn Fn(&str) -> bool| -> Vec<_> {
            stream.iter().filter(|(_, name, _)| keep(name)).cloned().collect()
        };
        let counted = slowly(&matching(&|name| name.starts_with("One") || name.ends_with("Two")), 30, &|inside| {
            inside.len() >= 6
        });
        assert_eq!(fast(&count), counted, "seed {seed}");
        let steps = ["one", "two", "three"];
        let in_order =
            slowly(&matching(&|name| name != "Other"), 30, &|inside| serve(inside, &steps, i64::MIN, &BTreeSet::new()));
        assert_eq!(fast(&ordered), in_order, "seed {seed}");
        fired += counted.len() + in_order.len();
    }
    assert!(fired > 100, "the streams are worth asking about: {fired}");
}
