//! What is done with an input of the targets about CloudTrail: `reader`, `filter` and `rules`.
//!
//! The targets and a plain test that replays the corpus have this file in common.

use std::io::Cursor;

use forewarn_detect::{Glance, Held, Lists, Rules, Run, Settings};
use forewarn_events::{Event, Normal, Summary, read, read_damaged};
use forewarn_store::{Filter, Glob};
use jiff::Timestamp;

/// The records that are read of some bytes.
fn records(bytes: Vec<u8>, repair: bool) -> (Vec<String>, Summary) {
    let mut found = Vec::new();
    let mut sink = |raw: &str, normal: &Normal<'_>| {
        assert_eq!(Normal::of(raw).as_ref(), Ok(normal), "a record reads the same by itself");
        found.push(raw.to_owned());
    };
    let source = Cursor::new(bytes);
    let summary = if repair { read_damaged(source, &mut sink) } else { read(source, &mut sink) };
    (found, summary)
}

/// Reads any bytes as a file, and as the records of a delivered one: with something before them they are the same.
pub fn reader(data: &[u8]) {
    let (found, summary) = records(data.to_vec(), false);
    assert_eq!(summary.records(), found.len() as u64, "what is counted was handed on");
    assert!(!found.is_empty() || !summary.faults.is_empty() || !summary.containers.is_empty(), "nothing was said");
    for raw in &found {
        assert!(Event::parse(raw).is_ok(), "a record of a store reads: {raw}");
    }
    let (mended, _) = records(data.to_vec(), true);
    assert!(mended.len() >= found.len(), "repair takes nothing away");
    let with = |before: &str| {
        let parts = [before.as_bytes(), b"\"Records\":[", data, b"]}"].concat();
        records(parts, false)
    };
    let ((plain, one), (other, two)) = (with("{"), with("{\"x\":1,"));
    assert_eq!(plain, other);
    assert_eq!(one.records(), two.records());
    assert_eq!(one.is_whole(), two.is_whole());
}

/// Reads any text as a filter, and its lines as values with stars: a slow way must come to the same.
pub fn filter(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Err(error) = Filter::parse(&text, Timestamp::UNIX_EPOCH) {
        assert!(text.get(error.start..error.end).is_some(), "{error:?}");
        assert!(!error.message.is_empty());
    }
    let mut lines = text.lines();
    let (Some(glob), Some(value)) = (lines.next(), lines.next()) else { return };
    assert_eq!(Glob::new(glob).fits(value), fits(glob, value), "{glob} {value}");
}

/// Whether a value fits, one character of the glob after another.
fn fits(glob: &str, value: &str) -> bool {
    let value: Vec<char> = value.to_lowercase().chars().collect();
    // Up to where the glob so far can reach.
    let mut reached = vec![false; value.len() + 1];
    reached[0] = true;
    for c in glob.to_lowercase().chars() {
        let mut next = vec![false; value.len() + 1];
        for at in 0..=value.len() {
            next[at] = match c {
                '*' => reached[at] || at > 0 && next[at - 1],
                _ => at > 0 && reached[at - 1] && (c == '?' || c == value[at - 1]),
            };
        }
        reached = next;
    }
    reached[value.len()]
}

/// Reads any text as rules. What is taken runs; what is not has reasons.
pub fn rules(data: &[u8]) {
    const EVENT: &str = r#"{"eventTime":"2026-01-02T03:04:05Z","eventName":"ConsoleLogin","eventSource":"signin.amazonaws.com","eventID":"e-1","awsRegion":"us-east-1","sourceIPAddress":"203.0.113.7","userAgent":"x","errorCode":"Failure","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/ana"},"requestParameters":{"a":["b",1,null,{"c":true}]},"recipientAccountId":"111122223333"}"#;
    let text = String::from_utf8_lossy(data).into_owned();
    let rules = match Rules::of(&[], &[("rule.yml".to_owned(), text)], &Lists::default()) {
        Ok(rules) => rules,
        Err(errors) => {
            assert!(!errors.is_empty() && errors.iter().all(|error| !error.to_string().is_empty()));
            return;
        }
    };
    let mut run = Run::with(&Settings::default(), rules).expect("our own are ready");
    let normal = Normal::of(EVENT).expect("it is a record");
    for _ in 0..3 {
        assert!(run.take(Held::of(&Glance::of(&normal, "e-1", EVENT))).is_ok());
    }
    assert!(run.finish().is_ok());
}
