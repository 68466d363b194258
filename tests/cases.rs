//! Cases and baselines through the real program: a store, the files of the user, the folder of the case.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::story::{ABROAD, ACCOUNT, FLORIDA, Told, USER, instances, told};
use crate::support::{forewarn, mmdb, said};

/// A store with the worked story, and the files that the user has.
fn ready(home: &Path) -> Told {
    let told = told();
    let lines: Vec<String> = told.records.iter().map(Value::to_string).collect();
    fs::write(home.join("log.ndjson"), lines.join("\n")).unwrap();
    let output = forewarn(home).args(["events", "import", "log.ndjson", "--store", "store"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    fs::write(home.join("offices.txt"), "North America\nSouth America # Sao Paulo\n198.51.100.0/24\n").unwrap();
    fs::write(home.join("threats.txt"), "192.0.2.0/24\n").unwrap();
    fs::write(home.join("production.txt"), instances().join("\n")).unwrap();
    let about = json!({ ACCOUNT: { "production": true, "systems": ["the payments back end (high priority)",
        "the ledger back end (high priority)"] } });
    fs::write(home.join("accounts.json"), about.to_string()).unwrap();
    let place = |continent: &str, code: &str, country: &str, region: Option<&str>| {
        let regions: Vec<Value> = region.iter().map(|name| json!({ "names": { "en": name } })).collect();
        json!({ "continent": { "names": { "en": continent } }, "country": { "iso_code": code, "names": { "en": country } },
            "subdivisions": regions })
    };
    let places = [
        (ABROAD, place("Asia", "CN", "China", None)),
        (FLORIDA, place("North America", "US", "United States", Some("Florida"))),
    ];
    fs::write(home.join("places.mmdb"), mmdb::database(&places)).unwrap();
    told
}

fn investigate(home: &Path, what: &str, out: &str) -> (Option<i32>, String) {
    investigate_with(home, what, out, &[])
}

fn investigate_with(home: &Path, what: &str, out: &str, more: &[&str]) -> (Option<i32>, String) {
    let output = forewarn(home)
        .args(["events", "investigate", what, "--store", "store", "--out", out, "--networks", "offices.txt"])
        .args(["--threats", "threats.txt", "--places", "places.mmdb", "--about", "accounts.json"])
        .args(["--list", "production_instances=production.txt"])
        .args(more)
        .output()
        .unwrap();
    (output.status.code(), said(&output))
}

#[test]
fn the_worked_story_is_told_from_a_store() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let told = ready(home);
    let (code, text) = investigate(home, &told.terminations[0], "case");
    assert_eq!(code, Some(0), "{text}");
    let read = |name: &str| fs::read_to_string(home.join(name)).unwrap();
    let case: Value = serde_json::from_str(&read("case/case.json")).unwrap();
    let sentences = case["narrative"].as_array().unwrap();
    let has = |words: &[&str], id: &str| {
        let fits = |one: &&Value| words.iter().all(|word| one["text"].as_str().unwrap().contains(word));
        let found = sentences.iter().find(fits).unwrap_or_else(|| panic!("{words:?} is not told: {text}"));
        assert!(found["event_ids"].as_array().unwrap().contains(&json!(id)), "{found}");
    };
    has(&["2020-11-06", "03:21:39 UTC", USER, "20 production instances", ACCOUNT], &told.terminations[9]);
    has(&["7 days before", "between 07:00 and 19:00 UTC", "off-hours"], &told.terminations[0]);
    has(&["No MFA was used"], &told.success);
    has(&["9 sign-ins", "from 03:02:10 UTC on", "succeeded at 03:02:23 UTC"], &told.failures[0]);
    has(&[ABROAD, "is on no threat list"], &told.terminations[0]);
    has(&[ABROAD, "China", "the offices are in North America and South America only"], &told.terminations[0]);
    has(&["3 earlier sign-ins", "Florida"], &told.earlier_sign_ins[2]);
    has(&["None of the 20 instances had been shut down", "2020-09-01"], &told.launches[0]);
    has(&[ACCOUNT, "holds production instances of", "high priority"], &told.terminations[0]);
    let html = read("case/case.html");
    assert!(html.contains("default-src 'none'; style-src 'sha256-") && !html.contains("<script"));
    assert!(read("case/case.md").contains("## Questions and answers"));
    let (code, _) = investigate(home, &told.terminations[0], "again");
    assert_eq!(code, Some(0));
    for name in ["case.json", "case.md", "case.html"] {
        assert_eq!(read(&format!("case/{name}")), read(&format!("again/{name}")), "{name}");
    }
    let (code, text) = investigate(home, "no-such-event", "none");
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("no event of `store` has `no-such-event`") && !home.join("none").exists(), "{text}");
}

#[test]
fn a_redacted_case_tells_the_story_without_a_name() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let told = ready(home);
    let asked = ["--redact", "--hours", "mon-fri 07:00-19:00 Europe/Berlin"];
    let (code, text) = investigate_with(home, &told.terminations[0], "case", &asked);
    assert_eq!(code, Some(0), "{text}");
    let read = |name: &str| fs::read_to_string(home.join(name)).unwrap();
    let [json, markdown, html] = ["case/case.json", "case/case.md", "case/case.html"].map(read);
    let mut names = vec!["Roboman1", "Development", ACCOUNT, ABROAD, FLORIDA, "China", "Florida", "Berlin", "payments"];
    names.extend(["aws-cli/2.0.62", "Mozilla", "57000000-", "North America", "offices.txt"]);
    let instances = instances();
    names.extend(instances.iter().map(String::as_str));
    for name in names {
        for (file, written) in [("terminal", &text), ("json", &json), ("markdown", &markdown), ("html", &html)] {
            assert!(!written.contains(name), "`{name}` is left in {file}: {written}");
        }
    }
    // One thing has one name in fields, sentences and commands.
    let case: Value = serde_json::from_str(&json).unwrap();
    let actor = case["actor"].as_str().unwrap();
    let who = actor.rsplit('/').next().unwrap();
    let account = case["account"].as_str().unwrap();
    let sentences: Vec<&str> =
        case["narrative"].as_array().unwrap().iter().map(|one| one["text"].as_str().unwrap()).collect();
    for words in [
        &format!("On 2020-11-06 at 03:21:39 UTC {actor} terminated 20 production instances in account {account} (")[..],
        &format!("{who} had never called ec2:TerminateInstances before; of "),
        "No MFA was used at the sign-in of 2020-11-06 03:02:23 UTC.",
        &format!("9 sign-ins of {who} failed from 03:02:10 UTC on, then one succeeded at 03:02:23 UTC."),
        "20 instances were terminated, not stopped: their state went from 16 running to 32 shutting-down.",
        &format!("the activity of people in account {account} lay between 07:00 and 19:00 UTC"),
        "03:21:39 UTC is off-hours.",
    ] {
        assert!(sentences.iter().any(|text| text.contains(words)), "`{words}` is not told: {sentences:#?}");
    }
    let commands = case["recommendation"][1]["commands"].as_array().unwrap();
    let command = commands[0].as_str().unwrap();
    assert!(
        command.starts_with(&format!("aws iam put-user-policy --user-name {who} --policy-name case-")),
        "{command}"
    );
    assert!(
        command.ends_with(r#"'{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}'"#)
    );
    let (code, _) = investigate_with(home, &told.terminations[0], "again", &asked);
    assert_eq!((code, read("again/case.html")), (Some(0), html));
}

#[test]
fn a_case_begins_with_the_hits_of_a_detection() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    ready(home);
    let detect = forewarn(home)
        .args([
            "events",
            "detect",
            "--store",
            "store",
            "-f",
            "json=hits.json",
            "--list",
            "production_instances=production.txt",
        ])
        .output()
        .unwrap();
    assert_eq!(detect.status.code(), Some(1), "{}", said(&detect));
    let output = forewarn(home)
        .args([
            "events",
            "investigate",
            "ec2.mass_termination",
            "--hits",
            "hits.json",
            "--store",
            "store",
            "--out",
            "case",
        ])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let case: Value = serde_json::from_str(&fs::read_to_string(home.join("case/case.json")).unwrap()).unwrap();
    assert_eq!(case["actor"], USER);
    let told = |words: &str| {
        case["narrative"].as_array().unwrap().iter().any(|one| one["text"].as_str().unwrap().contains(words))
    };
    assert!(told("The detection signin.failures_then_success has Roboman1"), "{case}");
}

#[test]
fn a_baseline_is_kept_and_brought_up_to_date_by_imports() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    ready(home);
    let run = |args: &[&str]| {
        let output = forewarn(home).args(["events", "baseline", "--store", "store"]).args(args).output().unwrap();
        (output.status.code(), said(&output))
    };
    let (code, text) = run(&["Roboman1"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("not enough history") && text.contains("198.51.0.0/16"), "{text}");
    let file = home.join("store/_forewarn/baselines.jsonl");
    assert!(!file.exists(), "nobody asked to keep it");
    let (code, text) = run(&["--update"]);
    assert_eq!(code, Some(0), "{text}");
    let before = fs::read_to_string(&file).unwrap();
    let late = json!({ "eventID": "late-1", "eventTime": "2020-11-07T10:00:00Z", "eventName": "ListUsers",
        "eventSource": "iam.amazonaws.com", "recipientAccountId": ACCOUNT, "sourceIPAddress": FLORIDA,
        "userIdentity": { "type": "IAMUser", "arn": USER, "accountId": ACCOUNT, "userName": "Roboman1" } });
    fs::write(home.join("late.json"), late.to_string()).unwrap();
    let output = forewarn(home).args(["events", "import", "late.json", "--store", "store"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let after = fs::read_to_string(&file).unwrap();
    assert_eq!(after.lines().count(), before.lines().count() + 1);
    assert!(after.contains("2020-11-07") && after.contains("iam:ListUsers"));
    let (code, text) = run(&["Robomann1"]);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("did you mean `Roboman1`?"), "{text}");
}
