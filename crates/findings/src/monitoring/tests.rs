use std::collections::BTreeSet;

use forewarn_inventory::{Inventory, overlay};
use serde_json::{Value, json};

use super::pattern::Pattern;
use super::*;
use crate::{Check, Judge, Protects, Settings, Severity, Side, Verdict, VerdictKind, assess};

const TOPIC: &str = "arn:aws:sns:us-east-1:111111111111:alarms";

static CHECK: Check = Check {
    id: "monitoring.made_for_the_test",
    title: "Made for the test",
    severity: Severity::Low,
    protects: &[Protects::Integrity],
    side: Side::Customer,
    needs: &[forewarn_inventory::Fact::Alarms],
    parameters: &[],
    docs: "",
    judge: Judge::Inventory(|case, findings| {
        for account in case.accounts() {
            findings.record_one_suffices(account, case.watched(account, &watch::ROOT_USE));
        }
    }),
};

/// The patterns that the CIS benchmark has its readers put, in the order of [`WATCHED`].
fn by_the_book() -> Vec<String> {
    let named = |names: &[&str]| {
        let each: Vec<String> = names.iter().map(|name| format!("($.eventName = {name})")).collect();
        format!("{{ {} }}", each.join(" || "))
    };
    let calls = |watched: &Watched| {
        let names: BTreeSet<String> = watched.events().into_iter().map(|event| event.name).collect();
        named(&names.iter().map(String::as_str).collect::<Vec<_>>())
    };
    WATCHED
        .iter()
        .map(|watched| match watched.name {
            "unauthorized_calls" => r#"{ ($.errorCode ="*UnauthorizedOperation") || ($.errorCode ="AccessDenied*") && ($.sourceIPAddress!="delivery.logs.amazonaws.com") && ($.eventName!="HeadBucket") }"#.to_owned(),
            "sign_in_without_mfa" => r#"{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && ($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }"#.to_owned(),
            "root_use" => r#"{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }"#.to_owned(),
            "sign_in_failures" => r#"{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }"#.to_owned(),
            "key_removal" => "{($.eventSource = kms.amazonaws.com) && (($.eventName=DisableKey)||($.eventName=ScheduleKeyDeletion)) }".to_owned(),
            "organization_changes" => format!("{{ ($.eventSource = organizations.amazonaws.com) && ({}) }}", calls(watched).trim_matches(['{', '}', ' '])),
            _ => calls(watched),
        })
        .collect()
}

#[test]
fn the_patterns_of_the_book_take_all_events_of_their_own_and_none_of_another() {
    for (watched, pattern) in WATCHED.iter().zip(by_the_book()) {
        let parsed = Pattern::parse(&pattern).unwrap();
        assert!(!watched.events().is_empty());
        for event in watched.events() {
            assert_eq!(parsed.matches(&event.record), Some(true), "{}: {}", watched.name, event.name);
        }
        assert_eq!(parsed.matches(&watched::ordinary().record), Some(false), "{}", watched.name);
        for other in WATCHED.iter().filter(|other| other.name != watched.name) {
            // One call may be of two kinds: a root sign-in is a sign-in, and two services have a `CreatePolicy`.
            let strays = other.events().iter().filter(|event| parsed.matches(&event.record) == Some(true)).count();
            assert!(strays < other.events().len(), "{} takes all of {}", watched.name, other.name);
        }
    }
}

#[test]
fn a_filter_for_one_region_or_one_kind_of_caller_does_not_take_all() {
    for narrow in [r#"$.awsRegion = "us-east-1""#, r#"$.userIdentity.type = "IAMUser""#] {
        let pattern = Pattern::parse(&format!("{{ ($.eventName = *SecurityGroup*) && ({narrow}) }}")).unwrap();
        let events = watch::SECURITY_GROUP_CHANGES.events();
        let taken = events.iter().filter(|event| pattern.matches(&event.record) == Some(true)).count();
        assert!(taken > 0 && taken < events.len(), "{narrow}");
    }
}

/// An account in which use of the root user is heard of.
fn whole() -> Value {
    json!({
        "trail": { "trails": [{ "name": "main", "log_group_arn": "arn:aws:logs:us-east-1:111111111111:log-group:trail:*",
            "status": { "logging": true, "latest_log_group_delivery": "2025-12-31T23:58:00Z" } }] },
        "monitoring": {
            "log_groups": [{ "arn": "arn:aws:logs:us-east-1:111111111111:log-group:trail" }],
            "metric_filters": [{ "name": "root", "pattern": "{ $.userIdentity.type = Root }",
                "metrics": [{ "namespace": "trail", "name": "Root", "value": "1" }] }],
            "alarms": [{ "name": "root", "actions": [TOPIC], "trigger": { "metric": { "name": "Root" } } }],
            "topics": [{ "arn": TOPIC }],
        },
    })
}

fn said(account: &Value) -> (VerdictKind, String) {
    let inventory: Inventory = overlay::inventory(account).unwrap_or_else(|error| panic!("{error}"));
    let report = assess(&[&CHECK], &inventory, &Settings::default(), "0");
    assert_eq!(report.coverage.internal_errors, [""; 0]);
    let finding = report.findings.iter().find(|finding| finding.resource.account == "111111111111").unwrap();
    (finding.verdict, finding.grounds.reason.to_string())
}

/// The account with other values at these places.
fn with(changes: &[(&str, Value)]) -> Value {
    let mut account = whole();
    for (place, value) in changes {
        let (parent, field) = place.rsplit_once('/').unwrap();
        match account.pointer_mut(parent).unwrap() {
            Value::Object(fields) => {
                fields.insert(field.to_owned(), value.clone());
            }
            Value::Array(items) if field == "-" => items.push(value.clone()),
            Value::Array(items) => items[field.parse::<usize>().unwrap()] = value.clone(),
            other => panic!("{place} is in {other}"),
        }
    }
    account
}

#[test]
fn a_whole_chain_passes_and_each_broken_link_is_named() {
    use VerdictKind::{Fail, Pass, Unknown};
    assert_eq!(said(&whole()), (Pass, String::new()));
    let denied = json!({ "unreadable": { "cause": "denied", "operation": "x:Y" } });
    let alarm = |trigger: Value| json!({ "name": "root", "actions": [TOPIC], "trigger": { "metric": trigger } });
    let composite = |rule: &str| json!({ "name": "all", "actions": [TOPIC], "trigger": { "rule": rule } });
    let bare = json!({ "name": "root", "trigger": { "metric": { "name": "Root" } } });
    for (changes, verdict, words) in [
        (vec![("/trail/trails", json!([]))], Fail, "the account has no trail"),
        (vec![("/trail/trails/0/multi_region", json!(false))], Fail, "no trail of the account records every region"),
        (vec![("/trail/trails/0/status/logging", json!(false))], Fail, "trail main is stopped"),
        (
            vec![(
                "/trail/trails/0/selectors",
                json!({ "basic": [{ "read_write": "WriteOnly", "management_events": true }] }),
            )],
            Fail,
            "leaves out reads",
        ),
        (vec![("/trail/trails/0/status", denied.clone())], Unknown, "x:Y"),
        (vec![("/trail/trails/0/selectors", denied.clone())], Unknown, "x:Y"),
        (vec![("/trail/trails/0/log_group_arn", Value::Null)], Fail, "delivers to no log group"),
        (vec![("/monitoring/log_groups/0/details", Value::Null)], Fail, "which does not exist"),
        (vec![("/monitoring/log_groups/0/details", denied.clone())], Unknown, "x:Y"),
        (vec![("/monitoring/log_groups", json!([]))], Unknown, "was not read"),
        (
            vec![("/trail/trails/0/status/log_group_error", json!("AccessDenied"))],
            Fail,
            "does not arrive in the log group: AccessDenied",
        ),
        (
            vec![("/trail/trails/0/status/latest_log_group_delivery", json!("2025-12-30T00:00:00Z"))],
            Fail,
            "delivered nothing",
        ),
        (vec![("/monitoring/metric_filters", json!([]))], Fail, "log group trail has no metric filter"),
        (
            vec![("/monitoring/metric_filters/0/pattern", json!("{ $.eventName = CreateUser }"))],
            Fail,
            "takes a call of the root user, a sign-in of the root user",
        ),
        (
            vec![(
                "/monitoring/metric_filters/0/pattern",
                json!("{ $.userIdentity.type = Root && $.eventName = ConsoleLogin }"),
            )],
            Fail,
            "takes a call of the root user",
        ),
        (vec![("/monitoring/metric_filters/0/pattern", json!(""))], Fail, "no metric filter"),
        (vec![("/monitoring/metric_filters/0/pattern", json!("Root"))], Unknown, "is not decided here"),
        (vec![("/monitoring/metric_filters/0/pattern", json!("{ $.a ~ 1 }"))], Unknown, "cannot be read"),
        (
            vec![("/monitoring/metric_filters/0/selection_criteria", json!("@aws.region = \"x\""))],
            Unknown,
            "is not decided here",
        ),
        (
            vec![(
                "/monitoring/metric_filters",
                json!({ "items": [], "rest": [{ "cause": "denied", "operation": "x:Y" }] }),
            )],
            Fail,
            "no metric filter",
        ),
        (vec![("/monitoring/alarms", json!([]))], Fail, "no alarm is on metric trail/Root, which filter root writes"),
        (
            vec![("/monitoring/alarms/0", alarm(json!({ "name": "Root", "threshold": 2.0 })))],
            Fail,
            "one event makes 1, and its threshold is 2",
        ),
        (
            vec![("/monitoring/alarms/0", alarm(json!({ "name": "Root", "comparison": "GreaterThanThreshold" })))],
            Fail,
            "its threshold is 1",
        ),
        (
            vec![(
                "/monitoring/alarms/0",
                alarm(json!({ "name": "Root", "comparison": "GreaterThanThreshold", "threshold": 0.0 })),
            )],
            Pass,
            "",
        ),
        (
            vec![("/monitoring/alarms/0", alarm(json!({ "name": "Root", "evaluation_periods": 3 })))],
            Fail,
            "events in 3 periods",
        ),
        (
            vec![("/monitoring/alarms/0", alarm(json!({ "name": "Root", "evaluation_periods": 3, "datapoints": 1 })))],
            Pass,
            "",
        ),
        (vec![("/monitoring/alarms/0", alarm(json!({ "name": "Root", "statistic": "Average" })))], Pass, ""),
        (
            vec![
                ("/monitoring/alarms/0", alarm(json!({ "name": "Root", "statistic": "Average" }))),
                ("/monitoring/metric_filters/0/metrics/0/default_value", json!("0")),
            ],
            Fail,
            "count in its Average too",
        ),
        (
            vec![("/monitoring/alarms/0", alarm(json!({ "name": "Root", "dimensions": { "a": "b" } })))],
            Fail,
            "dimensions that the metric does not have",
        ),
        (
            vec![
                ("/monitoring/alarms/0", alarm(json!({ "name": "Root", "comparison": "LessThanOrEqualToThreshold" }))),
                ("/monitoring/metric_filters/0/metrics/0/default_value", json!("0")),
            ],
            Fail,
            "already while nothing happens",
        ),
        (
            vec![("/monitoring/alarms/0", alarm(json!({ "name": "Root", "missing_data": "breaching" })))],
            Fail,
            "already while nothing happens",
        ),
        (vec![("/monitoring/metric_filters/0/metrics/0/value", json!("0"))], Fail, "one event makes 0"),
        (vec![("/monitoring/metric_filters/0/metrics/0/value", json!("$.x"))], Fail, "which may be anything"),
        (
            vec![("/monitoring/metric_filters/0/metrics/0/dimensions", json!({ "by": "$.awsRegion" }))],
            Fail,
            "split by dimensions",
        ),
        (vec![("/monitoring/alarms/0/trigger", json!({ "other": "m1 + m2" }))], Unknown, "`m1 + m2`"),
        (vec![("/monitoring/alarms/0/actions", json!([]))], Fail, "alarm root does nothing when it goes off"),
        (
            vec![("/monitoring/alarms/0/actions_enabled", json!(false))],
            Fail,
            "the actions of alarm root are switched off",
        ),
        (
            vec![("/monitoring/alarms/0/actions", json!(["arn:aws:lambda:us-east-1:111111111111:function:f"]))],
            Unknown,
            "is not followed",
        ),
        (vec![("/monitoring/topics", json!([]))], Unknown, "was not read"),
        (vec![("/monitoring/topics/0/subscriptions", Value::Null)], Fail, "topic alarms does not exist"),
        (vec![("/monitoring/topics/0/subscriptions", denied)], Unknown, "x:Y"),
        (vec![("/monitoring/topics/0/subscriptions", json!([]))], Fail, "nobody has subscribed to topic alarms"),
        (
            vec![("/monitoring/topics/0/subscriptions", json!([{ "protocol": "email", "confirmed": false }]))],
            Fail,
            "nobody has confirmed a subscription of topic alarms",
        ),
        (vec![("/monitoring/alarms", json!([bare, composite("ALARM(root)")]))], Pass, ""),
        (
            vec![("/monitoring/alarms", json!([bare, composite("ALARM(root) AND ALARM(other)")]))],
            Fail,
            "composite alarm all does not go off by root alone",
        ),
        (
            vec![("/monitoring/alarms", json!([bare, composite("ALARM(root) AND OK(root)")]))],
            Fail,
            "composite alarm all can never go off",
        ),
        (
            vec![("/monitoring/alarms", json!([bare, composite("ALARM(root) AND ALARM(all)")]))],
            Fail,
            "composite alarm all names itself by way of others",
        ),
        (
            vec![("/monitoring/alarms", json!([bare, composite("ALARM(root) OR TRUE")]))],
            Fail,
            "composite alarm all has gone off already",
        ),
        (vec![("/monitoring/alarms", json!([bare, composite("nonsense")]))], Unknown, "cannot be read"),
        (
            vec![(
                "/monitoring/alarms",
                json!([bare, { "name": "all", "actions": [TOPIC], "actions_enabled": false, "trigger": { "rule": "ALARM(root)" } }]),
            )],
            Fail,
            "the actions of alarm all are switched off",
        ),
    ] {
        let (found, reason) = said(&with(&changes));
        // Lists that are cut are for the runner; the check of these tests needs the list of alarms only.
        assert_eq!(found, verdict, "{changes:?}: {reason}");
        assert!(reason.contains(words), "{changes:?}: {reason}");
    }
}

#[test]
fn the_links_that_hold_are_evidence_beside_the_one_that_breaks() {
    let inventory = overlay::inventory(&with(&[("/monitoring/topics/0/subscriptions", json!([]))])).unwrap();
    let settings = Settings::default();
    let world = crate::case::World::new(&inventory, &settings);
    let verdict = crate::Case::new(&world, &CHECK).watched(&inventory.accounts[0], &watch::ROOT_USE);
    let Verdict::Fail(failure) = verdict else { panic!("{verdict:?}") };
    let notes: Vec<&str> = failure.more.iter().map(|evidence| &*evidence.note).collect();
    assert_eq!(&*failure.first.note, "no confirmed subscriber");
    assert_eq!(notes, ["delivers here", "takes the event", "goes off"]);
}

#[test]
fn several_filters_may_take_the_events_together() {
    let filter = |name: &str, pattern: &str| json!({ "name": name, "pattern": pattern, "metrics": [{ "namespace": "trail", "name": "Root", "value": "1" }] });
    let [calls, sign_ins] = [
        filter("calls", "{ $.userIdentity.type = Root && $.eventType = AwsApiCall }"),
        filter("sign-ins", "{ $.userIdentity.type = Root && $.eventName = ConsoleLogin }"),
    ];
    assert_eq!(said(&with(&[("/monitoring/metric_filters", json!([calls, sign_ins]))])).0, VerdictKind::Pass);
    assert_eq!(said(&with(&[("/monitoring/metric_filters", json!([sign_ins]))])).0, VerdictKind::Fail);
}

#[test]
fn the_trail_of_the_organisation_is_judged_where_it_lives() {
    let trail = |organization: bool| {
        let mut trail = whole()["trail"]["trails"][0].clone();
        trail["arn"] = json!("arn:aws:cloudtrail:us-east-1:000000000001:trail/main");
        trail["log_group_arn"] = json!("arn:aws:logs:us-east-1:000000000001:log-group:trail:*");
        trail["organization"] = json!(organization);
        trail
    };
    let mut shadow = trail(true);
    shadow["status"] = json!({ "unreadable": { "cause": "denied", "operation": "cloudtrail:GetTrailStatus" } });
    let member = json!({ "id": "111111111111", "trail": { "trails": [shadow] } });
    let (verdict, reason) = said(&json!({ "accounts": [member] }));
    assert_eq!(
        (verdict, reason.as_str()),
        (VerdictKind::Unknown, "main belongs to account 000000000001, which was not read")
    );
    let mut manager = whole();
    manager["id"] = json!("000000000001");
    manager["trail"]["trails"][0] = trail(true);
    manager["monitoring"]["log_groups"][0]["arn"] = json!("arn:aws:logs:us-east-1:000000000001:log-group:trail");
    assert_eq!(said(&json!({ "accounts": [manager, member] })).0, VerdictKind::Pass);
    manager["monitoring"]["topics"][0]["subscriptions"] = json!([]);
    let (verdict, reason) = said(&json!({ "accounts": [manager, member] }));
    assert_eq!(verdict, VerdictKind::NotApplicable);
    assert!(reason.ends_with("belongs to account 000000000001 and is judged there"), "{reason}");
}
