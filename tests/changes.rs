//! Changes and shared keys out of an event store, and an audit that takes both from it.

use std::path::Path;
use std::process::Output;
use std::sync::Arc;

use forewarn_inventory::{overlay, snapshot};
use forewarn_simaws::{Fault, FaultRule, Settings, SimAws};
use serde_json::{Value, json};

use crate::support::{forewarn, said, signed};

const ALICE: &str = "arn:aws:iam::111111111111:user/alice";

fn record(id: &str, time: &str, source: &str, name: &str, more: &Value) -> Value {
    let mut record = json!({
        "eventVersion": "1.10", "eventTime": time, "eventName": name, "eventSource": format!("{source}.amazonaws.com"),
        "eventID": format!("20000000-0000-4000-8000-{id:0>12}"), "awsRegion": "eu-west-1", "readOnly": false,
        "recipientAccountId": "111111111111", "sourceIPAddress": "198.51.100.7", "userAgent": "aws-cli/2.15 Linux/6.1",
        "userIdentity": { "type": "IAMUser", "arn": ALICE, "userName": "alice", "accountId": "111111111111",
            "accessKeyId": "AKIAIOSFODNN7EXAMPLE" },
    });
    if let (Value::Object(record), Value::Object(more)) = (&mut record, more) {
        record.extend(more.clone());
    }
    record
}

fn policy(principal: &Value) -> Value {
    json!({ "requestParameters": { "bucketName": "b", "bucketPolicy": { "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*" }] } } })
}

/// A bucket that is opened and never reset, a trail that is stopped for nine minutes, and a key in two networks.
fn story() -> Vec<Value> {
    let at = |address: &str| json!({ "sourceIPAddress": address, "readOnly": true });
    let trail = json!({ "requestParameters": { "name": "arn:aws:cloudtrail:eu-west-1:111111111111:trail/main" } });
    vec![
        record("1", "2026-01-02T10:00:00Z", "s3", "PutBucketPolicy", &policy(&json!({ "AWS": ALICE }))),
        record("2", "2026-01-02T11:00:00Z", "s3", "PutBucketPolicy", &policy(&json!("*"))),
        record("3", "2026-01-02T12:00:00Z", "cloudtrail", "StopLogging", &trail),
        record("4", "2026-01-02T12:09:00Z", "cloudtrail", "StartLogging", &trail),
        record("5", "2026-01-02T13:00:00Z", "sts", "GetCallerIdentity", &at("198.51.100.7")),
        record("6", "2026-01-02T13:05:00Z", "sts", "GetCallerIdentity", &at("203.0.113.9")),
        record("7", "2026-01-02T13:10:00Z", "sts", "GetCallerIdentity", &at("198.51.100.7")),
    ]
}

fn imported(home: &Path) {
    let text = json!({ "Records": story() }).to_string();
    std::fs::write(home.join("log.json"), text).unwrap();
    let output = run(home, &["events", "import", "log.json", "--quiet", "--store", "store"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
}

fn run(home: &Path, arguments: &[&str]) -> Output {
    forewarn(home).args(arguments).output().unwrap()
}

fn json_of(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", said(output)))
}

#[test]
fn changes_are_told_with_what_they_opened_and_what_became_of_them() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    imported(home);
    let changes = ["events", "changes", "--store", "store"];
    let output = run(home, &[&changes[..], &["-f", "json", "--pipeline", "deploy"]].concat());
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let found = json_of(&output);
    assert_eq!(found["states"], json!({ "opened_and_never_reset": 1, "reset": 1 }));
    assert_eq!(found["courses"][0]["resource"], "arn:aws:s3:::b");
    assert_eq!(found["courses"][0]["outside_pipeline"], true);
    assert_eq!(found["courses"][1]["openings"][0]["reset"]["open_for_seconds"], 540);
    let opened = &found["changes"][1];
    assert_eq!(
        (&opened["opened"], &opened["person"], &opened["address"]),
        (&json!("yes"), &json!(ALICE), &json!("198.51.100.7"))
    );
    assert_eq!(opened["before"]["document"]["event_id"], found["changes"][0]["event_id"]);
    assert_eq!(opened["witness"]["request"]["action"], "s3:GetObject");
    let text = String::from_utf8(run(home, &changes).stdout).unwrap();
    for expected in ["opened and never reset", "arn:aws:s3:::b", "reset after 9 min", "without signing in", ALICE] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    // A filter leaves what its events took part in, and what was before is known all the same.
    let output = run(home, &[&changes[..], &["-f", "json", "action:StopLogging"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(json_of(&output)["courses"].as_array().map(Vec::len), Some(1));
    let output = run(home, &[&changes[..], &["acton:x"]].concat());
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    // Other formats tell the check, and OCSF a detection finding for each thing.
    let output = run(home, &[&changes[..], &["-f", "ocsf"]].concat());
    let events = json_of(&output);
    assert_eq!((&events[0]["class_uid"], &events[0]["severity"]), (&json!(2004), &json!("Critical")));
    let csv = String::from_utf8(run(home, &[&changes[..], &["-f", "csv"]].concat()).stdout).unwrap();
    assert!(csv.contains("trail.recent_policy_change"), "{csv}");
}

#[test]
fn a_key_in_two_networks_comes_with_the_plan_to_split_it() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    imported(home);
    let keys = ["events", "keys", "--store", "store"];
    let output = run(home, &[&keys[..], &["-f", "json"]].concat());
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let found = json_of(&output);
    assert_eq!(
        (&found["keys"][0]["key"], &found["keys"][0]["verdict"]),
        (&json!("AKIAIOSFODNN7EXAMPLE"), &json!("shared"))
    );
    assert_eq!(found["keys"][0]["parts"][0]["points"], 50);
    let text = String::from_utf8(run(home, &keys).stdout).unwrap();
    let command = "aws iam update-access-key --user-name alice --access-key-id AKIAIOSFODNN7EXAMPLE --status Inactive";
    assert!(text.lines().any(|line| line.trim() == command), "{text}");
    let events = json_of(&run(home, &[&keys[..], &["-f", "ocsf"]].concat()));
    assert_eq!(
        (&events[0]["class_uid"], &events[0]["metadata"]["event_code"]),
        (&json!(2004), &json!("iam.access_key_shared"))
    );
    let detect = ["events", "detect", "--store", "store", "-f", "ocsf"];
    let events = json_of(&run(home, &detect));
    assert!(
        events.as_array().unwrap().iter().any(|event| event["metadata"]["event_code"] == "iam.access_key_shared"),
        "{events:#}"
    );
    std::fs::write(home.join("vpn.txt"), "198.51.100.0/24\n203.0.113.0/24\n").unwrap();
    let output = run(home, &[&keys[..], &["--list", "vpn=vpn.txt"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
}

#[test]
fn an_audit_takes_changes_and_the_use_of_keys_from_the_store() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    imported(home);
    let mut inventory = overlay::inventory(
        &json!({ "iam": { "credential_report": { "generated": "2026-01-02T13:15:00Z", "rows": [] } } }),
    )
    .unwrap();
    inventory.instant = "2026-01-02T13:30:00Z".parse().unwrap();
    let trail = &mut inventory.accounts[0].trail;
    (trail.changes, trail.key_use) = Default::default();
    snapshot::save(&inventory, &home.join("account.json")).unwrap();
    let audit = ["audit", "--snapshot", "account.json", "--check", "trail.recent_policy_change", "-f", "json"];
    let before = json_of(&run(home, &audit));
    assert_eq!(before["exhibits"]["changes"].as_array().map_or(0, Vec::len), 0);
    let output = run(home, &[&audit[..], &["--events", "store"]].concat());
    assert_eq!(output.status.code(), Some(0), "medium is below --fail-on: {}", said(&output));
    let report = json_of(&output);
    let changes = report["exhibits"]["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 4, "what the look-back does not ask for is there too: {changes:#?}");
    assert_eq!(changes[3]["stands_out"], json!([]), "to start a trail is no danger");
    assert_eq!(changes[1]["became"]["state"], "opened_and_never_reset");
    assert_eq!(changes[2]["became"]["state"], "reset");
    assert_eq!(changes[2]["became"]["reset"]["open_for_seconds"], 540);
    assert_eq!((&changes[0]["became"], &changes[3]["became"]), (&Value::Null, &Value::Null));
    let text = run(home, &[&audit[..6], &["text", "--events", "store"]].concat());
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("never reset up to 2026-01-02 13:10 UTC") && text.contains("reset after 9 min"), "{text}");
    let failed = report["results"].as_array().unwrap().iter().filter(|finding| finding["verdict"] == "fail");
    assert_eq!(failed.count(), 2);
    let output = run(home, &[&audit[..], &["--events", "nowhere"]].concat());
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
}

/// Names as hostile as AWS lets them be: they must be in nothing that leaves the house.
#[test]
fn what_is_redacted_has_no_name_left_in_any_form() {
    let key = "AKIAHOSTILEHOSTILE00";
    let user = "jürgen.o'hara+x@corp.example";
    nothing_is_left([key, user, "555566667777", "acme-payroll", "203.0.113.77", "ACME-internal", "Dear-Auditor"]);
    // Somebody may be called by a number, and a client by nothing else.
    nothing_is_left([key, "48151623", "055566667777", "2342108151", "203.0.113.78", "987654321", "Dear-Auditor"]);
}

fn nothing_is_left(names: [&str; 7]) {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let [key, user, account, bucket, address, agent, sid] = names;
    let arn = format!("arn:aws:iam::{account}:user/{user}");
    let event = |number: usize, source: &str, name: &str, from: &str, parameters: &Value| {
        json!({ "eventVersion": "1.10", "eventTime": format!("2026-01-02T10:{number:02}:00Z"), "eventName": name,
            "eventSource": format!("{source}.amazonaws.com"), "eventID": format!("{account}-{number}"), "awsRegion": "eu-west-1",
            "readOnly": false, "recipientAccountId": account, "sourceIPAddress": from, "userAgent": format!("{agent}/1.0"),
            "userIdentity": { "type": "IAMUser", "arn": arn, "userName": user, "accountId": account, "accessKeyId": key },
            "requestParameters": parameters })
    };
    let policy = |principal: &Value| {
        json!({ "bucketName": bucket, "bucketPolicy": { "Version": "2012-10-17", "Statement": [{ "Sid": sid, "Effect": "Allow",
            "Principal": principal, "Action": "s3:GetObject", "Resource": format!("arn:aws:s3:::{bucket}/*") }] } })
    };
    let events = [
        event(0, "s3", "PutBucketPolicy", address, &policy(&json!({ "AWS": arn }))),
        event(1, "s3", "PutBucketPolicy", address, &policy(&json!("*"))),
        event(2, "s3", "DeleteBucketPublicAccessBlock", address, &json!({ "bucketName": bucket })),
        event(3, "cloudtrail", "StopLogging", address, &json!({ "name": bucket })),
        event(4, "cloudtrail", "UpdateTrail", address, &json!({ "name": bucket, "s3BucketName": bucket })),
        event(5, "iam", "CreateAccessKey", "198.51.100.1", &json!({ "userName": user })),
        event(6, "sts", "GetCallerIdentity", address, &Value::Null),
        event(7, "sts", "GetCallerIdentity", "198.51.100.1", &Value::Null),
        event(8, "sts", "GetCallerIdentity", address, &Value::Null),
    ];
    std::fs::write(home.join("log.json"), json!({ "Records": events }).to_string()).unwrap();
    run(home, &["events", "import", "log.json", "--quiet", "--store", "store"]);
    for command in ["changes", "keys", "detect"] {
        for form in ["text", "json", "ocsf"] {
            let shown = |more: &[&str]| {
                let all = if command == "detect" { None } else { Some("--all") };
                let fixed = ["events", command, "--store", "store", "-f", form];
                let arguments: Vec<&str> = fixed.into_iter().chain(all).chain(more.iter().copied()).collect();
                let output = run(home, &arguments);
                assert!(output.status.code().is_some_and(|code| code != 2), "{}", said(&output));
                String::from_utf8(output.stdout).unwrap()
            };
            let open = shown(&[]);
            assert!(names.iter().any(|name| open.contains(name)), "{command} {form} would prove nothing: {open}");
            let redacted = shown(&["--redact"]);
            assert!(redacted.len() > open.len() / 4, "{command} {form}: {redacted}");
            for name in names {
                assert!(!redacted.contains(name), "{command} {form}: `{name}` is left in {redacted}");
            }
            assert_eq!(redacted, shown(&["--redact"]), "the same names each time");
        }
    }
    for arguments in [
        &["-f", "table"][..],
        &["-f", "json"],
        &["-f", "csv"],
        &["--by", "actor,ip,account,key,name"],
        &["--by", "resource,id,agent,user", "-f", "json"],
    ] {
        let shown = |more: &[&str]| {
            let output = run(home, &[&["events", "search", "--store", "store"][..], arguments, more].concat());
            assert_eq!(output.status.code(), Some(0), "{}", said(&output));
            String::from_utf8(output.stdout).unwrap()
        };
        assert!(names.iter().any(|name| shown(&[]).contains(name)), "{arguments:?} would prove nothing");
        let redacted = shown(&["--redact"]);
        for name in names {
            assert!(!redacted.contains(name), "{arguments:?}: `{name}` is left in {redacted}");
        }
        assert!(redacted.lines().count() > 3, "{redacted}");
    }
    // A case, also where its events have hardly anything to say.
    for (what, folder) in [(format!("{account}-1"), "one"), (key.to_owned(), "two"), (arn.clone(), "three")] {
        let asked = ["events", "investigate", &what, "--store", "store", "--out", folder];
        let open = run(home, &asked);
        assert!(said(&open).contains(user) || said(&open).contains(account), "{}", said(&open));
        let output = run(home, &[&asked[..], &["--redact"]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        let files = ["case.json", "case.md", "case.html"];
        let files = files.map(|file| std::fs::read_to_string(home.join(folder).join(file)).unwrap());
        for written in files.into_iter().chain([said(&output)]) {
            for name in names.into_iter().chain(["o&#39;hara", "rgen.o"]) {
                assert!(!written.contains(name), "{what}: `{name}` is left in {written}");
            }
        }
    }
    // One thing has one name in all that is said of it.
    let output = run(home, &["events", "changes", "--store", "store", "-f", "json", "--redact"]);
    let found = json_of(&output);
    assert!(found.to_string().contains("was given (--against)"), "what to do is said: {found:#}");
    let course =
        found["courses"].as_array().unwrap().iter().find(|course| course["changes"] == "bucket policy").unwrap();
    let told = found["changes"]
        .as_array()
        .unwrap()
        .iter()
        .find(|told| told["event_id"] == course["openings"][0]["event_id"])
        .unwrap();
    assert_eq!(told["resource"], course["resource"]);
    let witness = told["witness"]["request"]["resource"].as_str().unwrap();
    assert!(witness.starts_with(course["resource"].as_str().unwrap()), "{witness}");
}

#[test]
fn versions_that_aws_has_say_what_was_there_and_a_denied_read_is_named() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let version = |id: &str, action: &str| {
        let document = json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": action, "Resource": "*" }] });
        json!({ "id": id, "created": "2025-01-01T00:00:00Z", "document": document })
    };
    let overlay = json!({ "iam": { "policies": [{ "name": "p", "default_version": "v2",
        "versions": [version("v1", "s3:GetObject"), version("v2", "s3:*")] }] } });
    let inventory = Arc::new(overlay::inventory(&overlay).unwrap());
    let (account, arn) = (inventory.accounts[0].id.clone(), inventory.accounts[0].iam.policies.items[0].arn.clone());
    let more = json!({ "requestParameters": { "policyArn": arn, "versionId": "v2" }, "recipientAccountId": account });
    let log = json!({ "Records": [record("1", "2026-01-02T10:00:00Z", "iam", "SetDefaultPolicyVersion", &more)] });
    std::fs::write(home.join("log.json"), log.to_string()).unwrap();
    run(home, &["events", "import", "log.json", "--quiet", "--store", "store"]);
    let changes = ["events", "changes", "--store", "store", "-f", "json"];
    assert_eq!(json_of(&run(home, &changes))["changes"][0]["opened"], "unknown");
    let output = run(home, &[&changes[..], &["--org"]].concat());
    assert_eq!(output.status.code(), Some(2), "nothing is asked, and that is said: {}", said(&output));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let live = |settings: Settings| {
        let server = runtime.block_on(SimAws::start(Arc::clone(&inventory), settings)).unwrap();
        let (key, _) = server.credentials(&account);
        signed(home, &key)
            .args(changes)
            .args(["--live", "--quiet", "--region", "us-east-1", "--endpoint-url", &server.url()])
            .output()
            .unwrap()
    };
    let output = live(Settings::default());
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let found = json_of(&output);
    assert_eq!(found["changes"][0]["opened"], "yes", "{found:#}");
    assert_eq!(found["changes"][0]["before"]["document"]["version"], "v1");
    assert_eq!(found["unread"], json!([]));
    let denied = FaultRule::always("iam:GetAccountAuthorizationDetails", Fault::AccessDenied);
    let output = live(Settings { faults: vec![denied], ..Settings::default() });
    assert_eq!(output.status.code(), Some(4), "{}", said(&output));
    let found = json_of(&output);
    assert_eq!(found["changes"][0]["opened"], "unknown");
    assert_eq!(found["unread"][0]["source"], format!("managed policies of account {account}"));
    assert!(found["unread"][0]["why"].as_str().unwrap().contains("iam:GetAccountAuthorizationDetails"), "{found:#}");
    // An account of the store that the credentials are not of was not asked, and is no pass.
    let more = json!({ "requestParameters": { "policyArn": "arn:aws:iam::444455556666:policy/q", "versionId": "v2" },
        "recipientAccountId": "444455556666" });
    let log = json!({ "Records": [record("2", "2026-01-02T11:00:00Z", "iam", "SetDefaultPolicyVersion", &more)] });
    std::fs::write(home.join("other.json"), log.to_string()).unwrap();
    run(home, &["events", "import", "other.json", "--quiet", "--store", "store"]);
    let found = json_of(&live(Settings::default()));
    let [other] = &found["unread"].as_array().unwrap()[..] else { panic!("{found:#}") };
    assert_eq!(other["source"], "managed policies of account 444455556666");
    assert!(other["why"].as_str().unwrap().contains("--accounts"), "{other}");
}
