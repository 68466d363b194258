//! Cases out of made-up logs: the worked story, names that bite, bounds.

#[path = "../../../tests/support/story.rs"]
mod story;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use pulldown_cmark::{Event, HeadingLevel, Tag};
use serde_json::{Value as Json, json};

use self::story::{ABROAD, ACCOUNT, FLORIDA, Told, USER, instances, told};
use crate::*;

struct Known;

impl Places for Known {
    fn place(&self, address: IpAddr) -> Option<Place> {
        let place = |code: &str, country: &str, region: Option<&str>, continent: &str| Place {
            code: Some(code.to_owned()),
            country: Some(country.to_owned()),
            region: region.map(str::to_owned),
            continent: Some(continent.to_owned()),
        };
        match address.to_string().as_str() {
            ABROAD => Some(place("CN", "China", None, "Asia")),
            FLORIDA => Some(place("US", "United States", Some("Florida"), "North America")),
            _ => None,
        }
    }

    fn file(&self) -> &'static str {
        "places.mmdb"
    }
}

fn records(all: &[Json]) -> Records {
    Records::new(all.iter().map(Json::to_string)).unwrap()
}

fn asked(start: &str) -> Asked {
    Asked { start: vec![Start::of(start)], depth: 2, fan_out: 10, ..Asked::default() }
}

fn with_files(start: &str) -> Asked {
    let about = AboutAccount {
        production: Some(true),
        systems: ["payments", "ledger", "orders"].map(|name| format!("the {name} back end (high priority)")).to_vec(),
        ..AboutAccount::default()
    };
    Asked {
        offices: Some(Offices::read("offices.txt", "North America\nSouth America\n198.51.100.0/24\n")),
        threats: vec![Threats::read("threats.txt", "192.0.2.0/24\n")],
        places: Some(Box::new(Known)),
        production: Some(("production.txt".to_owned(), instances().into_iter().collect())),
        about: Some(("accounts.json".to_owned(), BTreeMap::from([(ACCOUNT.to_owned(), about)]))),
        ..asked(start)
    }
}

fn worked(told: &Told) -> Case {
    investigate(&records(&told.records), &with_files(&told.terminations[0])).unwrap_or_else(|_| panic!("a case"))
}

fn files(case: &Case) -> [String; 3] {
    let write = |write: fn(&Case, &mut dyn std::io::Write) -> std::io::Result<()>| {
        let mut out = Vec::new();
        write(case, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    [write(json), write(markdown), write(html)]
}

/// The sentence of the narrative that has all of these words.
fn sentence<'c>(case: &'c Case, words: &[&str]) -> &'c Sentence {
    let found = case.narrative.iter().find(|one| words.iter().all(|word| one.text().contains(word)));
    found.unwrap_or_else(|| {
        let all: Vec<&str> = case.narrative.iter().map(Sentence::text).collect();
        panic!("no sentence has {words:?} among {all:#?}")
    })
}

fn rests_on(sentence: &Sentence, ids: &[String]) {
    let known: BTreeSet<&str> = sentence.ids().iter().collect();
    for id in ids {
        assert!(known.contains(id.as_str()), "{} rests on {id}", sentence.text());
    }
}

#[test]
fn every_fact_of_the_worked_story_is_told_with_its_events() {
    let told = told();
    let case = worked(&told);
    let happened = sentence(&case, &["2020-11-06", "03:21:39 UTC", USER, "20 production instances", ACCOUNT]);
    rests_on(happened, &told.terminations);
    let hours = sentence(&case, &["7 days before", "between 07:00 and 19:00 UTC", "03:21:39 UTC is off-hours"]);
    rests_on(hours, &told.terminations[..1]);
    assert!(hours.ids().count() >= 3, "the first and the last event of the window, and the case");
    rests_on(sentence(&case, &["No MFA was used at the sign-in"]), std::slice::from_ref(&told.success));
    let guessed = sentence(&case, &["9 sign-ins", "failed from 03:02:10 UTC on", "one succeeded at 03:02:23 UTC"]);
    rests_on(guessed, &told.failures);
    rests_on(guessed, std::slice::from_ref(&told.success));
    rests_on(sentence(&case, &[ABROAD, "is on no threat list"]), &told.terminations);
    let abroad = sentence(&case, &[ABROAD, "China", "the offices are in North America and South America only"]);
    rests_on(abroad, &told.terminations);
    assert_eq!(abroad.weight(), Weight::Alarming);
    let earlier = sentence(&case, &["3 earlier sign-ins of Roboman1 came from Florida"]);
    assert_eq!(earlier.ids().iter().collect::<Vec<_>>(), told.earlier_sign_ins);
    let whole = sentence(&case, &["None of the 20 instances had been shut down", "stood up on 2020-09-01"]);
    rests_on(whole, &told.terminations);
    rests_on(whole, &told.launches);
    rests_on(sentence(&case, &["All 20 instances were stood up on 2020-09-01"]), &told.launches);
    sentence(&case, &[ACCOUNT, "holds production instances of", "payments", "high priority"]);
    sentence(&case, &["20 instances were terminated, not stopped", "16 running", "32 shutting-down"]);
    sentence(&case, &["Roboman1 had never called ec2:TerminateInstances before", "0 had"]);
    sentence(&case, &["Roboman1 was not seen to touch these instances before"]);
    assert_eq!(case.actor, USER);
    assert_eq!(case.event_ids, told.terminations);
    assert!(case.alarming >= 4, "{} {}", case.alarming, case.easing);
}

#[test]
fn the_plan_is_in_order_and_names_what_is_there() {
    let told = told();
    let case = worked(&told);
    let titles: Vec<&str> = case.recommendation.iter().map(|step| step.title).collect();
    assert_eq!(
        titles,
        [
            "Keep the evidence",
            "Disable the user until the manager confirms",
            "Revoke the access keys",
            "Deny older sessions",
            "Restore what was lost",
            "Rotate the credentials",
            "Look deeper into the origin",
        ]
    );
    let all: Vec<&str> = case.recommendation.iter().flat_map(|step| &step.commands).map(String::as_str).collect();
    let has = |words: &[&str]| all.iter().any(|command| words.iter().all(|word| command.contains(word)));
    assert!(has(&["put-user-policy", "--user-name Roboman1", "\"Effect\":\"Deny\""]), "{all:#?}");
    assert!(has(&["run-instances", "ami-0c0ffee0001", "i-2oc7w12"]), "{all:#?}");
    assert!(!has(&["ami-0c0ffee0002"]), "it was deleted");
    assert!(has(&["create-volume", "snap-0da7a0003"]), "{all:#?}");
    assert!(has(&["aws:TokenIssueTime"]), "{all:#?}");
    assert!(has(&["investigate", ABROAD]), "{all:#?}");
    assert!(has(&["create-snapshot", "vol-0da7a0003"]), "{all:#?}");
}

#[test]
fn the_same_input_gives_the_same_bytes_in_whatever_order_it_comes() {
    let told = told();
    let first = files(&worked(&told));
    assert_eq!(first, files(&worked(&told)));
    let mut turned = told.records.clone();
    turned.reverse();
    let case = investigate(&records(&turned), &with_files(&told.terminations[0])).unwrap_or_else(|_| panic!("a case"));
    assert_eq!(first, files(&case));
}

#[test]
fn a_case_begins_with_whatever_is_at_hand() {
    let told = told();
    for start in [USER, ABROAD, "i-0pr0d0007", &told.terminations[3]] {
        let case =
            investigate(&records(&told.records), &asked(start)).unwrap_or_else(|_| panic!("a case from {start}"));
        assert_eq!(case.actor, USER, "{start}");
        assert!(case.title.text().contains("terminated 20 instances"), "{start}: {}", case.title.text());
    }
    let failed = investigate(&records(&told.records), &asked("192.0.2.99"));
    assert!(matches!(failed, Err(Failed::NotFound(word)) if word == "192.0.2.99"));
}

#[test]
fn what_is_not_given_is_asked_for() {
    let told = told();
    let case = investigate(&records(&told.records), &asked(&told.terminations[0])).unwrap_or_else(|_| panic!("a case"));
    let answer = |id: &str| case.answers.iter().find(|one| one.id == id).unwrap();
    for (id, words) in [("U1", "iam:GetAccountAuthorizationDetails"), ("U5", "--hits"), ("P2", "flow logs")] {
        assert!(answer(id).answer.needs().iter().any(|needs| needs.words().contains(words)), "{id}");
    }
    let open: Vec<&str> = answer("P3").answer.needs().iter().map(Needs::words).collect();
    assert_eq!(open.len(), 3, "{open:?}");
    for one in &case.answers {
        assert!(!one.answer.sentences().is_empty() || !one.answer.needs().is_empty(), "{} is answered", one.id);
    }
    let ids: BTreeSet<&str> = case.answers.iter().map(|one| one.id).collect();
    let method = "T1 T2 T3 N1 N2 P1 P2 P3 P4 U1 U2 U3 U4 U5 A1 I1 I2 I3 I4 I5";
    assert!(method.split(' ').all(|id| ids.contains(id)), "{ids:?}");
}

#[test]
fn harmless_things_are_set_aside_with_the_reason() {
    let told = told();
    let mut asked = with_files(ABROAD);
    asked.allowed = Allowed::read("allow.txt", "arn:aws:iam::0123456789:user/Deployer # deploys everything");
    let case = investigate(&records(&told.records), &asked).unwrap_or_else(|_| panic!("a case"));
    let deployer = case.set_aside.iter().find(|one| one.value.text().ends_with("user/Deployer")).unwrap();
    assert_eq!((deployer.harmless, deployer.why.as_str()), (true, "deploys everything (allow.txt)"));
    assert!(case.followed.iter().all(|one| !one.followed.value.text().ends_with("user/Deployer")));
    let office = case.set_aside.iter().find(|one| one.value.text() == FLORIDA).unwrap();
    assert!(office.why.contains("office network 198.51.100.0/24"), "{}", office.why);
    asked.fan_out = 1;
    let case = investigate(&records(&told.records), &asked).unwrap_or_else(|_| panic!("a case"));
    let step = |number| case.followed.iter().filter(|one| one.followed.step == number).count();
    assert!(step(1) <= 1 && step(2) <= 1);
}

#[test]
fn the_damaged_record_has_its_ten_artifacts() {
    let text = concat!(
        "{“Records”: [{ “eventVersion”: “1.0”, “userIdentity”: {“type”: “IAMUser”, “principalId”: “PRINCIPAL_ID”, ",
        "“arn“: “arn:aws:iam::0123456789:user/Development/Roboman1”, “accessKeyId”: “EXAMPLE_ID”, ",
        "“accountId“: “0123456789”, “userName“: “Roboman1”}, “eventTime“: “2020-11-06T03:21:39Z”, ",
        "“eventSource”: “”, “eventName“: ” TerminateInstances”, “awsRegion”: “us-east-2”, “sourceIPAddress“: “”, ",
        "“userAgent”: ””, “requestParameters”: {“instancesSet”: {“items”: [{“instanceId“: “i-2oc7w12”}, ",
        "{“instanceId“: “i-eob7w13”}]}}, “responseElements”: {“instancesSet”: {“items”: [{ “instanceId“: ” i-2oc7w12″, ",
        "“currentState“: {“code”: 32, “name”: “shutting-down”}, “previousState“: {“code”: 16, “name”: “running”}, ",
        "{ “instanceId“: ” i-eob7w13″, “currentState“: {“code”: 32, “name”: ” shutting-down”}, ",
        "“previousState“: {“code”: 16, “name”: “running”}}]}}}]}",
    );
    let mut found = Vec::new();
    let summary = forewarn_events::read_damaged(text.as_bytes(), &mut |raw: &str, _: &_| found.push(raw.to_owned()));
    assert!(!summary.repairs.is_empty());
    let log = Records::new(found).unwrap();
    let case = investigate(&log, &asked("made-0")).unwrap_or_else(|_| panic!("a case"));
    let shown: BTreeSet<(&str, &str)> =
        case.artifacts.iter().map(|one| (one.kind.as_str(), one.value.as_str())).collect();
    let expected = [
        ("time", "2020-11-06T03:21:39Z"),
        ("event name", "TerminateInstances"),
        ("address", ""),
        ("user name", "Roboman1"),
        ("account", "0123456789"),
        ("instance", "i-2oc7w12"),
        ("instance", "i-eob7w13"),
        ("arn", USER),
        ("current state", "32 shutting-down"),
        ("previous state", "16 running"),
    ];
    assert_eq!(shown, expected.into_iter().collect());
    assert_eq!(case.artifacts.len(), 10);
    let address = case.answers.iter().find(|one| one.id == "P1").unwrap();
    assert!(address.answer.sentences()[0].text().contains("leaves the source address empty"));
}

#[test]
fn names_that_bite_are_harmless_in_every_file() {
    let hostile = "</script><img src=x onerror=alert(1)>|`[x](javascript:1)\u{202e}\u{1b}[31m\n# heading";
    let event = json!({
        "eventTime": "2026-03-03T03:00:00Z", "eventName": hostile, "eventSource": "ec2.amazonaws.com", "eventID": "e-1",
        "awsRegion": "eu-central-1", "recipientAccountId": hostile, "sourceIPAddress": hostile, "userAgent": hostile,
        "userIdentity": { "type": "IAMUser", "arn": format!("arn:aws:iam::111122223333:user/{hostile}"), "userName": hostile,
            "accountId": "111122223333", "accessKeyId": "AKIAIOSFODNN7EXAMPLE" },
        "requestParameters": { "bucketName": hostile, "userName": "x'; rm -rf ~;'" }, "readOnly": false,
    });
    let case = investigate(&records(&[event]), &asked("e-1")).unwrap_or_else(|_| panic!("a case"));
    let [json, markdown, html] = files(&case);
    for text in [&json, &markdown, &html] {
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'));
    }
    assert!(!html.contains("<img") && !html.contains("<script") && !html.contains("\n# heading"));
    assert!(!markdown.contains("\n# heading"));
    for event in pulldown_cmark::Parser::new_ext(&markdown, pulldown_cmark::Options::ENABLE_TABLES) {
        match event {
            Event::Html(text) | Event::InlineHtml(text) => assert_eq!(&*text, "<br>"),
            Event::Start(Tag::Link { .. } | Tag::Image { .. } | Tag::CodeBlock(_)) => panic!("{event:?}"),
            Event::Start(Tag::Heading { level, .. }) => assert!(level <= HeadingLevel::H2),
            _ => {}
        }
    }
    let rows = markdown
        .lines()
        .filter(|line| line.starts_with("| T1 "))
        .map(|line| line.replace("\\|", "").matches('|').count());
    assert_eq!(rows.collect::<Vec<_>>(), [4], "no name ends a cell");
    assert!(case.recommendation.iter().flat_map(|step| &step.commands).all(|command| !command.contains("rm -rf")));
}

#[test]
fn a_session_is_traced_to_the_person_and_its_keys_are_followed() {
    let session = |key: &str| {
        json!({
            "type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/Ops/x", "accountId": "111122223333",
            "accessKeyId": key, "sessionContext": { "sessionIssuer": { "arn": "arn:aws:iam::111122223333:role/Ops", "type": "Role" } },
        })
    };
    let ana = json!({ "type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ana", "userName": "ana",
        "accountId": "111122223333", "accessKeyId": "AKIAIOSFODNN7EXAMPLE" });
    let event = |id: &str, time: &str, source: &str, name: &str, who: &Json, from: &str, more: Json| {
        let mut event = json!({ "eventID": id, "eventTime": time, "eventSource": source, "eventName": name, "userIdentity": who,
            "sourceIPAddress": from, "recipientAccountId": "111122223333", "awsRegion": "eu-central-1", "readOnly": false });
        event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        event
    };
    let log = records(&[
        event(
            "e-1",
            "2026-03-03T10:00:00Z",
            "sts.amazonaws.com",
            "AssumeRole",
            &ana,
            "203.0.113.9",
            json!({
            "responseElements": { "credentials": { "accessKeyId": "ASIAIOSFODNN7EXAMPLE" } } }),
        ),
        event(
            "e-2",
            "2026-03-03T10:05:00Z",
            "s3.amazonaws.com",
            "DeleteBucketPolicy",
            &session("ASIAIOSFODNN7EXAMPLE"),
            "203.0.113.9",
            json!({ "requestParameters": { "bucketName": "acme" } }),
        ),
        event(
            "e-3",
            "2026-03-01T10:05:00Z",
            "s3.amazonaws.com",
            "PutBucketPolicy",
            &json!({ "type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/bo", "accountId": "111122223333" }),
            "198.51.100.9",
            json!({ "requestParameters": { "bucketName": "acme" } }),
        ),
        event(
            "e-4",
            "2026-03-03T11:30:00Z",
            "iam.amazonaws.com",
            "CreateAccessKey",
            &json!({ "type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/eve", "accountId": "111122223333" }),
            "203.0.113.9",
            json!({ "requestParameters": { "userName": "eve" } }),
        ),
    ]);
    let case = investigate(&log, &asked("e-2")).unwrap_or_else(|_| panic!("a case"));
    assert_eq!(case.actor, "arn:aws:iam::111122223333:user/ana");
    sentence(&case, &["ana took the role with AssumeRole from 203.0.113.9"]);
    let texts: Vec<&str> = case.answers.iter().flat_map(|one| one.answer.sentences()).map(Sentence::text).collect();
    assert!(texts.iter().any(|text| text.contains("bucket acme is also used by bo")), "{texts:#?}");
    assert!(texts.iter().any(|text| text.contains("203.0.113.9 is also used by eve")), "{texts:#?}");
    let eve = case.followed.iter().find(|one| one.followed.value.text().ends_with("user/eve")).unwrap();
    assert_eq!(eve.followed.step, 1);
    let all: Vec<&str> = case.recommendation.iter().flat_map(|step| &step.commands).map(String::as_str).collect();
    assert!(all.iter().any(|one| one.contains("put-role-policy --role-name Ops")), "{all:#?}");
    assert!(all.iter().any(|one| one.contains("--access-key-id AKIAIOSFODNN7EXAMPLE --status Inactive")), "{all:#?}");
}

/// What headless Chromium sees of a page; `cargo xtask test` installs the script for the pages of reports.
#[expect(clippy::disallowed_methods, reason = "the browser is another program, and reads files")]
fn seen(html: &str) -> Json {
    let own = std::env::current_exe().unwrap();
    let script = own.ancestors().map(|folder| folder.join("browser/look.mjs")).find(|script| script.is_file());
    let script = script.expect("no browser/ in the target directory: `cargo xtask test` installs it there");
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("case.html");
    std::fs::write(&page, html).unwrap();
    let output = std::process::Command::new("node").arg(script).arg("-").arg(&page).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_browser_shows_the_page_without_a_complaint_or_a_request() {
    let [_, _, html] = files(&worked(&told()));
    let seen = seen(&html);
    for kind in ["violations", "errors", "requests", "dialogs", "overflow"] {
        assert_eq!(seen[kind], json!([]), "{kind}");
    }
    assert_eq!(seen["foreign"], json!({ "scripts": 0, "tainted": 0, "alerted": false }));
    let plain = seen["plain"].as_str().unwrap();
    for part in ["What happened", "What to do", "Timeline by actor", "Who did what from where", "Questions and answers"]
    {
        assert!(plain.contains(part), "{part}");
    }
}

#[test]
fn a_change_of_rights_says_what_it_newly_allowed() {
    let told = told();
    let user = format!("arn:aws:iam::{ACCOUNT}:user/{USER}");
    let mut change: Json =
        told.records.iter().find(|record| record["eventName"] == "TerminateInstances").unwrap().clone();
    change["eventTime"] = json!("2020-11-05T10:00:00Z");
    change["eventID"] = json!("change-1");
    change["eventSource"] = json!("iam.amazonaws.com");
    change["eventName"] = json!("AttachUserPolicy");
    change["requestParameters"] =
        json!({ "userName": USER, "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess" });
    change["responseElements"] = Json::Null;
    let records = records(&[told.records.clone(), vec![change]].concat());
    let case = investigate(&records, &asked(&told.terminations[0])).unwrap_or_else(|_| panic!("a case"));
    let answer = case.answers.iter().find(|one| one.id == "U3").unwrap();
    let said = answer.answer.sentences().iter().find(|one| one.text().contains("AttachUserPolicy")).unwrap();
    assert!(said.text().contains("; it newly allowed "), "{} of {user}", said.text());
    assert!(said.text().contains("those of an administrator"), "{}", said.text());
    assert_eq!(said.ids().iter().collect::<Vec<_>>(), ["change-1"]);
}

#[test]
fn earlier_cases_are_read_for_the_name_and_for_what_the_event_has() {
    let told = told();
    let first = worked(&told);
    let case: EarlierCase = serde_json::from_str(&files(&first)[0]).unwrap();
    let answer = |cases: Vec<(String, EarlierCase)>| {
        let asked = Asked { cases: Some(cases), ..asked(&told.terminations[1]) };
        let case = investigate(&records(&told.records), &asked).unwrap_or_else(|_| panic!("a case"));
        let answer = case.answers.into_iter().find(|one| one.id == "U5").unwrap().answer;
        let said = answer.sentences().first().unwrap();
        (said.text().to_owned(), said.weight(), said.also_from().to_vec())
    };
    let (text, weight, files) = answer(vec![("old/case.json".to_owned(), case.clone())]);
    assert!(text.contains(&first.id) && text.contains(USER), "{text}");
    assert_eq!((weight, files), (Weight::Alarming, vec!["old/case.json".to_owned()]));
    let other = EarlierCase { actor: "arn:aws:iam::0123456789:user/somebody".to_owned(), ..case };
    let address = EarlierCase { followed: vec![EarlierLead { value: ABROAD.to_owned() }], ..other.clone() };
    assert!(answer(vec![("a".to_owned(), address)]).0.contains(&format!("has {ABROAD} too")));
    let nothing = EarlierCase { followed: Vec::new(), ..other };
    assert_eq!(answer(vec![("a".to_owned(), nothing)]).1, Weight::Plain);
}
