//! Containers of all kinds, whole and broken.

use std::io::{Cursor, Write as _};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use super::*;

fn record(name: &str) -> Value {
    json!({
        "eventVersion": "1.10", "eventTime": "2026-01-02T03:04:05Z", "eventName": name, "eventSource": "ec2.amazonaws.com",
        "eventID": format!("id-{name}"), "userIdentity": { "type": "IAMUser", "userName": "ana" },
        "requestParameters": null,
    })
}

/// The names of the records, and the summary.
fn run(bytes: impl Into<Vec<u8>>) -> (Vec<String>, Summary) {
    let mut names = Vec::new();
    let summary = read(Cursor::new(bytes.into()), &mut |raw, normal| {
        assert!(Normal::of(raw).is_ok(), "the text is that of the record");
        names.push(normal.operation.clone().into_owned());
    });
    assert_eq!(summary.records(), names.len() as u64);
    (names, summary)
}

fn whole(bytes: impl Into<Vec<u8>>, container: Container, expected: &[&str]) {
    let (names, summary) = run(bytes);
    assert_eq!(names, expected);
    assert_eq!(summary.faults, []);
    assert_eq!(summary.containers.keys().copied().collect::<Vec<_>>(), [container]);
}

fn zipped(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn every_container_is_opened() {
    let (a, b) = (record("A"), record("B"));
    let text = |record: &Value| record.to_string();
    let records = json!({ "Records": [a, b] });
    whole(records.to_string(), Container::Records, &["A", "B"]);
    whole(serde_json::to_string_pretty(&records).unwrap(), Container::Records, &["A", "B"]);
    whole(json!({ "records": [a] }).to_string(), Container::Records, &["A"]);
    whole(json!({ "Records": [] }).to_string(), Container::Records, &[]);
    whole(format!("{records}{records}"), Container::Records, &["A", "B", "A", "B"]);
    whole(json!([a, b]).to_string(), Container::Bare, &["A", "B"]);
    whole(format!("{a}\r\n{b}\r\n\r\n"), Container::Bare, &["A", "B"]);
    let page = json!({ "Events": [{ "EventId": "1", "CloudTrailEvent": text(&a) }], "NextToken": "x" });
    whole(page.to_string(), Container::LookupEvents, &["A"]);
    whole(json!({ "EventId": "1", "CloudTrailEvent": text(&a) }).to_string(), Container::LookupEvents, &["A"]);
    let bridge = json!({ "detail-type": "AWS API Call via CloudTrail", "source": "aws.ec2", "detail": a });
    whole(bridge.to_string(), Container::EventBridge, &["A"]);
    let logs = json!({ "messageType": "DATA_MESSAGE", "logEvents": [{ "id": "1", "message": text(&a) }] });
    whole(logs.to_string(), Container::CloudWatchLogs, &["A"]);
    whole(json!({ "messageType": "CONTROL_MESSAGE", "owner": "x" }).to_string(), Container::CloudWatchLogs, &[]);
    whole(json!([{ "eventJson": text(&a), "eventID": "1" }]).to_string(), Container::Lake, &["A"]);
    whole(json!({ "aws": { "cloudtrail": a } }).to_string(), Container::Envelope, &["A"]);
    whole(json!({ "Type": "Notification", "Message": text(&a) }).to_string(), Container::Envelope, &["A"]);
    let digest = json!({ "digestStartTime": "2026-01-02T03:00:00Z", "logFiles": [] });
    whole(digest.to_string(), Container::Digest, &[]);
    whole(format!("2026-01-02T03:04:05.000Z {a}\n2026-01-02T03:04:06.000Z {b}\n"), Container::Bare, &["A", "B"]);
}

#[test]
fn compression_and_encoding_are_seen_by_the_bytes() {
    let text = json!({ "Records": [record("A")] }).to_string();
    let twice = [zipped(&text), zipped(&text)].concat();
    whole(zipped(&text), Container::Records, &["A"]);
    whole(twice, Container::Records, &["A", "A"]);
    whole(format!("\u{feff}{text}"), Container::Records, &["A"]);
    let wide = |order: fn(u16) -> [u8; 2]| {
        std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(order).collect::<Vec<u8>>()
    };
    whole(wide(u16::to_le_bytes), Container::Records, &["A"]);
    whole(wide(u16::to_be_bytes), Container::Records, &["A"]);
}

#[test]
fn a_row_of_athena_is_put_together_again() {
    let rows = "eventversion,useridentity,eventtime,eventsource,eventname,requestparameters,readonly,eventid,resources\n\
        1.10,\"{type=AssumedRole, principalid=AROA:x, arn=arn:aws:sts::111122223333:assumed-role/R/a, b=c, sessioncontext={attributes={mfaauthenticated=true}, sessionissuer={type=Role, arn=arn:aws:iam::111122223333:role/R, username=R}}}\",2026-01-02T03:04:05Z,s3.amazonaws.com,PutBucketPolicy,\"{\"\"bucketName\"\":\"\"acme\"\"}\",false,e-1,\"[{arn=arn:aws:s3:::acme, accountid=111122223333, type=AWS::S3::Bucket}]\"\n";
    let mut texts = Vec::new();
    let summary = read(Cursor::new(rows.as_bytes().to_vec()), &mut |raw, normal| {
        assert_eq!(
            (normal.session.as_deref(), normal.mfa, normal.read_only),
            (Some("a, b=c"), Some(true), Some(false))
        );
        texts.push(serde_json::from_str::<Value>(raw).unwrap());
    });
    assert_eq!(summary.faults, []);
    assert_eq!(texts[0]["requestParameters"], json!({ "bucketName": "acme" }));
    assert_eq!(texts[0]["userIdentity"]["sessionContext"]["sessionIssuer"]["userName"], "R");
    assert_eq!(texts[0]["resources"][0]["accountId"], "111122223333");
    let (_, short) = run("eventtime,eventname\n2026-01-02T03:04:05Z\n");
    assert_eq!(short.faults[0].line, 2);
    let lake = format!("eventJson,x\n\"{}\",1\n", record("A").to_string().replace('"', "\"\""));
    whole(lake, Container::Lake, &["A"]);
}

#[test]
fn a_broken_record_loses_itself_only() {
    let bad = record("B").to_string().replace("\"eventName\":\"B\"", "\"eventName\":\"B");
    let text = format!("{{\"Records\":[{},{bad},{}]}}", record("A"), record("C"));
    let (names, summary) = run(text.clone());
    assert_eq!(names, ["A", "C"]);
    assert_eq!(summary.faults.len(), 1, "{:?}", summary.faults);
    assert_eq!(summary.faults[0].byte, text.find(&bad).unwrap() as u64);
    let untimed = json!({ "Records": [record("A"), { "eventName": "B" }, 7, record("C")] });
    let (names, summary) = run(untimed.to_string());
    assert_eq!(names, ["A", "C"]);
    assert_eq!(summary.faults.iter().map(|fault| fault.record).collect::<Vec<_>>(), [Some(1), Some(2)]);
}

#[test]
fn a_file_that_is_cut_off_is_read_as_far_as_it_goes() {
    let text =
        json!({ "Records": (0..50).map(|number| record(&format!("N{number}"))).collect::<Vec<_>>() }).to_string();
    let (names, summary) = run(&text.as_bytes()[..text.len() / 2]);
    assert!((20..26).contains(&names.len()), "{}", names.len());
    assert_eq!(summary.faults.len(), 1);
    let packed = zipped(&text);
    let (names, summary) = run(&packed[..packed.len() * 2 / 3]);
    assert!(names.len() < 50);
    assert!(summary.faults.last().unwrap().reason.contains("cut off"), "{:?}", summary.faults);
    // Bytes after the packed ones are not forgotten either.
    let (names, summary) = run([packed, b"rubbish".to_vec()].concat());
    assert_eq!((names.len(), summary.faults.len()), (50, 1));
}

#[test]
fn bad_lines_among_good_ones_are_named() {
    let text = format!("{}\nnonsense\n{}\n{{\"eventVersion\":\"1.10\",\n{}\n", record("A"), record("B"), record("C"));
    let (names, summary) = run(text);
    assert_eq!(names, ["A", "B", "C"]);
    assert_eq!(summary.faults.iter().map(|fault| fault.line).collect::<Vec<_>>(), [2, 4]);
}

#[test]
fn what_is_hardly_json_is_an_error_and_its_records_are_kept() {
    let comma = format!("{{\"Records\":[{},]}}", record("A"));
    let (names, summary) = run(comma.clone());
    assert_eq!((names.as_slice(), summary.faults.len()), (&["A".to_owned()][..], 1));
    assert_eq!(summary.faults[0].byte, comma.len() as u64 - 2);
    let (names, summary) = run(format!("// by hand\n{{\"Records\": [{}]}}", record("A")));
    assert_eq!(names, ["A"]);
    assert_eq!(summary.faults[0].line, 1);
}

#[test]
fn depth_and_size_do_no_harm() {
    let deep = record("B").to_string().replace("null", &format!("{}1{}", "{\"a\":".repeat(5000), "}".repeat(5000)));
    let (names, summary) = run(format!("{{\"Records\":[{},{deep},{}]}}", record("A"), record("C")));
    assert_eq!(names, ["A", "C"]);
    assert_eq!(summary.faults.len(), 1);
    let large = record("B").to_string().replace("null", &format!("\"{}\"", "x".repeat(2 << 20)));
    whole(format!("{{\"Records\":[{large}]}}"), Container::Records, &["B"]);
    // Nothing but openings: every one is tried, none to the end of the file.
    let (_, summary) = run("[{\"eventVersion\":".repeat(20_000));
    assert!(!summary.is_whole());
}

#[test]
fn many_lines_are_read_in_little_memory() {
    let line = record("A").to_string().replace("null", &format!("\"{}\"", "x".repeat(100_000))) + "\n";
    let count = BLOCK / line.len() + 2;
    let mut seen = 0_usize;
    let text = format!("{}nonsense\n", line.repeat(count));
    let summary = read(Cursor::new(text.into_bytes()), &mut |_, _| seen += 1);
    assert_eq!(seen, count);
    assert_eq!(summary.faults.iter().map(|fault| fault.line).collect::<Vec<_>>(), [count as u64 + 1]);
}

#[test]
fn what_is_no_log_is_named() {
    let reason = |bytes: &[u8]| run(bytes).1.faults[0].reason.clone();
    assert_eq!(reason(b""), "the file is empty");
    assert_eq!(reason(b" \n "), "the file is empty");
    assert_eq!(reason(b"\x1e\n\x1e"), "the file is empty");
    assert!(reason(b"{\"hello\":\"world\"}").contains("no CloudTrail record"));
    for (text, product) in [
        ("version account-id interface-id srcaddr\n2 111122223333 eni-1 10.0.0.1", "VPC flow log"),
        ("{\"protoPayload\":{},\"insertId\":\"1\"}", "Google Cloud"),
        ("{\"configurationItems\":[]}", "AWS Config"),
        ("{\"detail-type\":\"GuardDuty Finding\",\"detail\":{\"severity\":1}}", "another event of EventBridge"),
        ("<?xml version=\"1.0\"?><Error/>", "XML"),
        ("PK\u{3}\u{4}rest", "zip"),
    ] {
        assert!(reason(text.as_bytes()).contains(product), "{text}: {}", reason(text.as_bytes()));
    }
}

/// A record that went through a word processor, as they circulate.
const TYPESET: &str = "{“Records”: [{ “eventTime“: “2026-01-02T03:04:05Z”, “eventName“: ” StopInstances”, \
    “sourceIPAddress“: “”, “userIdentity”: {“type”: “IAMUser”, “accountId“: “0123456789”, “userName“: “ana”}, \
    “responseElements”: {“instancesSet”: {“items”: [{ “instanceId“: ” i-0abc123″, “currentState“: {“code”: 64, “name”: \
    “stopping”}, { “instanceId“: ” i-0abc124″, “currentState“: {“code”: 64, “name”: ” stopping”}}]}}}]}";

#[test]
fn damaged_text_is_refused_with_the_place_and_mended_on_request() {
    let (names, summary) = run(TYPESET);
    assert_eq!((names.len(), summary.faults.len()), (0, 1));
    assert_eq!((summary.faults[0].line, summary.faults[0].byte), (1, 0));
    let mut found = Vec::new();
    let summary = read_damaged(Cursor::new(TYPESET.as_bytes()), &mut |raw, _| {
        found.push(serde_json::from_str::<Value>(raw).unwrap());
    });
    assert_eq!(summary.faults, []);
    let count = |what: &str| summary.repairs.iter().filter(|repair| repair.what.contains(what)).count();
    let quotes = TYPESET.chars().filter(|c| "“”″".contains(*c)).count();
    assert_eq!((2 * count("quotes"), count("spaces"), count("bracket")), (quotes, 4, 1), "{:?}", summary.repairs);
    assert_eq!(found[0]["eventName"], "StopInstances");
    let artifacts = crate::artifacts(&found[0]);
    let shown: Vec<_> = artifacts.iter().map(|one| one.value.as_str()).collect();
    let expected =
        ["2026-01-02T03:04:05Z", "StopInstances", "", "ana", "0123456789", "64 stopping", "i-0abc123", "i-0abc124"];
    assert_eq!(shown, expected);
}

#[test]
fn repair_mends_what_can_be_mended_and_leaves_whole_files_alone() {
    let mended = |text: &str| {
        let mut found = Vec::new();
        let summary = read_damaged(Cursor::new(text.as_bytes().to_vec()), &mut |raw, _| found.push(raw.to_owned()));
        (found, summary)
    };
    let text = record("A").to_string();
    let (found, summary) = mended(&format!("{{\"Records\":[{text}]}}"));
    assert_eq!((found.as_slice(), summary.repairs.len()), (&[text.clone()][..], 0));
    let (found, summary) = mended(text.strip_suffix('}').unwrap());
    assert_eq!((found.len(), summary.repairs.len(), summary.is_whole()), (1, 1, true));
    let (found, summary) =
        mended("{eventName: 'x', \"eventTime\" \"2026-01-02T03:04:05Z\" \"readOnly\": True, /* why */ }");
    assert_eq!(found.len(), 1, "{summary:?}");
    let (found, summary) = mended("nothing of the kind");
    assert!(found.is_empty() && summary.repairs.is_empty() && !summary.is_whole());
}
