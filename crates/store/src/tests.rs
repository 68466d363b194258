//! Whole stores, in temporary folders.

use std::io::{Cursor, Read};
use std::path::Path;

use serde_json::json;

use crate::{Error, Field, Importer, Report, Source, Span, Store};

fn record(id: &str, time: &str, name: &str) -> String {
    json!({
        "eventVersion": "1.10", "eventID": id, "eventTime": time, "eventName": name, "eventSource": "ec2.amazonaws.com",
        "awsRegion": "eu-central-1", "sourceIPAddress": "192.0.2.10", "recipientAccountId": "111122223333",
        "userIdentity": { "type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ana", "userName": "ana" },
    })
    .to_string()
}

fn id(number: u32) -> String {
    format!("10000000-0000-4000-8000-{number:012}")
}

fn source(name: &str, content: impl Into<Vec<u8>>) -> Source {
    let content = content.into();
    let identity = Some(format!("{}", content.len()));
    let open = move || Ok(Box::new(Cursor::new(content.clone())) as Box<dyn Read>);
    Source { name: name.to_owned(), identity, open: Box::new(open) }
}

fn import(root: &Path, sources: Vec<Source>) -> Report {
    Importer::open(root).unwrap().run(sources, 2, |_| {}).unwrap()
}

fn ids(root: &Path, span: Span) -> Vec<String> {
    Store::open(root).unwrap().events(span).map(|event| event.unwrap().id).collect()
}

#[test]
fn events_come_out_once_sorted_and_byte_for_byte() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("store");
    let late = record(&id(1), "2025-03-04T00:00:01Z", "A");
    let first = record(&id(3), "2025-03-03T10:00:00Z", "B");
    let second = record(&id(2), "2025-03-03T10:00:00Z", "C").replace("192.0.2.10", "caf\\u00e9  ");
    let one = source("one", format!("{{\"Records\":[{late},{first}]}}"));
    let two = source("two", format!("{second}\n{first}\n"));
    let report = import(&root, vec![one, two]);
    assert_eq!((report.read, report.records, report.added, report.duplicates), (2, 4, 3, 1));
    assert!(report.is_whole() && report.conflicts.is_empty());
    let stored: Vec<_> = Store::open(&root).unwrap().events(Span::ALL).map(Result::unwrap).collect();
    assert_eq!(stored.iter().map(|one| one.raw.as_str()).collect::<Vec<_>>(), [&second, &first, &late]);
    assert_eq!(stored[0].event.record.event_name, "C");
    let parts: Vec<_> = Store::open(&root).unwrap().partitions().keys().map(super::layout::Partition::folder).collect();
    let place = "region=eu-central-1/accountId=111122223333/eventDay=2025030";
    assert_eq!(parts, [format!("{place}3"), format!("{place}4")]);
    assert_eq!(Store::open(&root).unwrap().count().unwrap(), 3);
}

#[test]
fn a_source_is_read_once_and_again_when_it_changes() {
    let folder = tempfile::tempdir().unwrap();
    let one = record(&id(1), "2025-03-03T10:00:00Z", "A");
    let two = record(&id(2), "2025-03-03T09:00:00Z", "B");
    import(folder.path(), vec![source("x", one.clone())]);
    let again = import(folder.path(), vec![source("x", one.clone())]);
    assert_eq!((again.read, again.unchanged), (0, 1));
    let grown = import(folder.path(), vec![source("x", format!("{one}\n{two}"))]);
    assert_eq!((grown.read, grown.added, grown.duplicates), (1, 1, 1));
    assert_eq!(ids(folder.path(), Span::ALL), [id(2), id(1)]);
    let store = Store::open(folder.path()).unwrap();
    assert!(store.partitions().values().all(|files| files.len() == 1), "one file for a day");
}

#[test]
fn a_large_file_of_a_day_is_not_written_anew_for_a_few_events() {
    let folder = tempfile::tempdir().unwrap();
    let lines = |numbers: std::ops::Range<u32>| {
        let line =
            |number| record(&id(number), "2025-03-03T10:00:00Z", &format!("{:x}", u64::from(number).wrapping_pow(7)));
        numbers.map(line).collect::<Vec<_>>().join("\n")
    };
    let files = || Store::open(folder.path()).unwrap().partitions().values().map(Vec::len).collect::<Vec<_>>();
    import(folder.path(), vec![source("large", lines(0..3000))]);
    assert_eq!(files(), [1]);
    import(folder.path(), vec![source("first hour", lines(3000..3001))]);
    assert_eq!(files(), [2], "the large one stays");
    import(folder.path(), vec![source("second hour", lines(3001..3003))]);
    assert_eq!(files(), [2], "the small ones become one");
    import(folder.path(), vec![source("large again", lines(3003..5000))]);
    assert_eq!(files(), [1]);
    assert_eq!(ids(folder.path(), Span::ALL), (0..5000).map(id).collect::<Vec<_>>());
    let again = import(folder.path(), vec![source("copy", lines(0..5000))]);
    assert_eq!((again.added, again.duplicates), (0, 5000));
}

#[test]
fn what_was_read_in_part_is_told_until_it_is_whole_or_nobody_minds() {
    let folder = tempfile::tempdir().unwrap();
    let unread = || Store::open(folder.path()).unwrap().unread().unwrap();
    let good = record(&id(1), "2025-03-03T10:00:00Z", "A");
    let broken = format!("{good}\n{{\"eventName\": \n");
    let report = import(folder.path(), vec![source("x", broken.clone()), source("y", good.clone())]);
    assert!(!report.is_whole());
    assert_eq!(unread().iter().map(|(source, _)| source.as_str()).collect::<Vec<_>>(), ["x"]);
    assert!(!unread()[0].1.is_empty());
    // Mended, it is whole.
    import(folder.path(), vec![source("x", good.clone())]);
    assert_eq!(unread(), []);
    // Broken again, and nobody minds; yet it is tried again.
    import(folder.path(), vec![source("x", broken.clone())]);
    assert_eq!(unread().len(), 1);
    let importer = Importer::open(folder.path()).unwrap().allowing_unread(true);
    let report = importer.run(vec![source("x", broken)], 2, |_| {}).unwrap();
    assert_eq!((report.read, report.is_whole(), unread()), (1, false, vec![]));
    let lost = crate::Unread { source: "s3://gone".to_owned(), fault: None, reason: "denied".to_owned() };
    Importer::open(folder.path()).unwrap().unlisted(vec![lost]).run(vec![], 2, |_| {}).unwrap();
    assert_eq!(unread(), [("s3://gone".to_owned(), "denied".to_owned())]);
}

#[test]
fn a_record_that_is_too_deep_hides_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let good = record(&id(1), "2025-03-03T10:00:00Z", "A");
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    let deep = record(&id(2), "2025-03-03T09:00:00Z", "B")
        .replace("\"eventVersion\"", &format!("\"requestParameters\":{deep},\"eventVersion\""));
    let report = import(folder.path(), vec![source("x", format!("{deep}\n{good}\n"))]);
    assert_eq!((report.unread.len(), report.added), (1, 1));
    assert_eq!(ids(folder.path(), Span::ALL), [id(1)]);
    assert_eq!(Store::open(folder.path()).unwrap().unread().unwrap().len(), 1);
}

#[test]
fn a_span_has_its_first_instant_and_not_its_last() {
    let folder = tempfile::tempdir().unwrap();
    let times = ["2025-03-02T23:59:59Z", "2025-03-03T00:00:00Z", "2025-03-03T10:00:00Z", "2025-03-04T00:00:00Z"];
    let records: Vec<String> = (0..).zip(times).map(|(number, time)| record(&id(number), time, "A")).collect();
    import(folder.path(), vec![source("x", records.join("\n"))]);
    let span = |since: &str, until: &str| Span { since: since.parse().ok(), until: until.parse().ok() };
    assert_eq!(ids(folder.path(), span(times[1], times[3])), [id(1), id(2)]);
    assert_eq!(ids(folder.path(), span(times[2], "")), [id(2), id(3)]);
    assert_eq!(ids(folder.path(), span("", times[1])), [id(0)]);
    assert_eq!(ids(folder.path(), span("2025-03-03T10:00:00.000000001Z", "")), [id(3)]);
}

#[test]
fn one_id_with_two_contents_is_kept_twice_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let one = record(&id(1), "2025-03-03T10:00:00Z", "A");
    let other = record(&id(1), "2025-03-03T10:00:00Z", "B");
    let spaced = one.replace("\":", "\" : ");
    let report = import(folder.path(), vec![source("x", one), source("y", format!("{other}\n{spaced}\n{other}"))]);
    assert_eq!((report.added, report.duplicates, report.conflicts.len()), (2, 2, 1));
    assert_eq!(report.conflicts[0].source, "y");
    let again = import(folder.path(), vec![source("z", other)]);
    assert_eq!((again.added, again.duplicates), (0, 1));
    assert_eq!(ids(folder.path(), Span::ALL), [id(1), id(1)]);
}

#[test]
fn a_record_without_an_id_is_an_event_that_is_not_doubled() {
    let folder = tempfile::tempdir().unwrap();
    let nameless = record("", "2025-03-03T10:00:00Z", "A");
    let twice = format!("{nameless}\n{nameless}");
    assert_eq!(import(folder.path(), vec![source("x", twice.clone())]).added, 2);
    assert_eq!(import(folder.path(), vec![source("copy", twice)]).duplicates, 2);
}

#[test]
fn what_cannot_be_read_is_named_and_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("{}\nnonsense\n", record(&id(1), "2025-03-03T10:00:00Z", "A"));
    let sources = || {
        let lost = Source {
            name: "lost".to_owned(),
            identity: Some("1".to_owned()),
            open: Box::new(|| Err(std::io::Error::other("gone"))),
        };
        vec![source("x", text.clone()), lost]
    };
    for added in [1, 0] {
        let report = import(folder.path(), sources());
        assert_eq!((report.added, report.unchanged, report.unread.len()), (added, 0, 2));
        let places: Vec<_> =
            report.unread.iter().map(|one| (one.source.as_str(), one.fault.as_ref().map(|at| at.line))).collect();
        assert_eq!(places, [("x", Some(2)), ("lost", None)]);
    }
}

#[test]
fn many_small_batches_become_one_sorted_file() {
    let folder = tempfile::tempdir().unwrap();
    for round in 0..5_u32 {
        let records: Vec<String> = (0..40)
            .map(|number| {
                let second = (number * 7 + round) % 60;
                record(&id(number * 5 + round), &format!("2025-03-03T10:00:{second:02}Z"), "A")
            })
            .collect();
        import(folder.path(), vec![source(&format!("round {round}"), records.join("\n"))]);
    }
    let store = Store::open(folder.path()).unwrap();
    let events: Vec<_> = store.events(Span::ALL).map(Result::unwrap).collect();
    assert_eq!(events.len(), 200);
    let keys: Vec<_> = events.iter().map(|one| (one.event.record.event_time, one.id.clone())).collect();
    assert!(keys.is_sorted());
}

#[test]
fn a_folder_that_is_no_store_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(Store::open(&folder.path().join("none")), Err(Error::Missing { .. })));
    std::fs::write(folder.path().join("letter.txt"), "dear").unwrap();
    assert!(matches!(Importer::open(folder.path()), Err(Error::NotAStore { .. })));
    assert!(matches!(Store::open(folder.path()), Err(Error::NotAStore { .. })));
}

#[test]
fn a_store_of_a_newer_version_and_one_in_use_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("store");
    import(&root, vec![source("x", record(&id(1), "2025-03-03T10:00:00Z", "A"))]);
    let reader = Store::open(&root).unwrap();
    assert!(Store::open(&root).is_ok(), "two may read");
    assert!(matches!(Importer::open(&root), Err(Error::Busy { .. })));
    drop(reader);
    std::fs::write(root.join("_forewarn/version"), "{\"format\":99}").unwrap();
    assert!(matches!(Store::open(&root), Err(Error::Newer { found: 99, .. })));
    assert!(matches!(Importer::open(&root), Err(Error::Newer { .. })));
}

fn found(root: &Path, filter: &str) -> Vec<String> {
    let filter = crate::Filter::parse(filter, "2025-03-05T00:00:00Z".parse().unwrap()).unwrap();
    let mut names = Vec::new();
    let count = Store::open(root)
        .unwrap()
        .search(&filter, &[Field::Operation], 2, |hit| {
            names.push(hit.text(Field::Operation).unwrap().to_owned());
            true
        })
        .unwrap();
    assert_eq!(count, names.len() as u64);
    names
}

/// Four events of different people, places and outcomes.
fn assorted(root: &Path) {
    let session = r#"{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/Ops/bob","sessionContext":{"sessionIssuer":{"userName":"Ops","arn":"arn:aws:iam::111122223333:role/Ops"}}}"#;
    let user = r#"{"arn":"arn:aws:iam::111122223333:user/ana","type":"IAMUser","userName":"ana"}"#;
    let denied = record(&id(1), "2025-03-03T10:00:00Z", "DeleteBucket")
        .replace("ec2.amazonaws.com", "s3.amazonaws.com")
        .replace(
            "\"eventVersion\"",
            "\"errorCode\":\"AccessDenied\",\"requestParameters\":{\"bucketName\":\"acme\"},\"eventVersion\"",
        );
    let elsewhere = record(&id(2), "2025-03-03T11:00:00Z", "RunInstances").replace("192.0.2.10", "198.51.100.7");
    let by_session = record(&id(3), "2025-03-04T09:00:00Z", "DeleteTrail").replace(user, session);
    let service = record(&id(4), "2025-03-04T09:30:00Z", "Decrypt").replace("192.0.2.10", "s3.amazonaws.com");
    assert!(by_session.contains("assumed-role"), "the identity was put in");
    import(root, vec![source("x", [denied, elsewhere, by_session, service].join("\n"))]);
}

#[test]
fn a_search_finds_what_its_terms_say() {
    let folder = tempfile::tempdir().unwrap();
    assorted(folder.path());
    for (filter, expected) in [
        ("", &["DeleteBucket", "RunInstances", "DeleteTrail", "Decrypt"][..]),
        ("actor:bob", &["DeleteTrail"]),
        ("actor:ops", &["DeleteTrail"]),
        ("-actor:ana", &["DeleteTrail"]),
        ("actor:ana action:Delete*", &["DeleteBucket"]),
        ("action:s3:Delete*", &["DeleteBucket"]),
        ("action:DeleteBucket,Decrypt", &["DeleteBucket", "Decrypt"]),
        ("ip:198.51.100.0/24", &["RunInstances"]),
        ("-ip:198.51.100.0/24 -ip:s3.amazonaws.com", &["DeleteBucket", "DeleteTrail"]),
        ("error", &["DeleteBucket"]),
        ("-error", &["RunInstances", "DeleteTrail", "Decrypt"]),
        ("error:access*", &["DeleteBucket"]),
        ("resource:acme", &["DeleteBucket"]),
        ("role:*role/Ops", &["DeleteTrail"]),
        ("service:s3", &["DeleteBucket"]),
        ("since:18h", &["DeleteTrail", "Decrypt"]),
        ("until:2025-03-03T11:00:00Z", &["DeleteBucket"]),
        ("BUCKETname", &["DeleteBucket"]),
        ("-bucketName since:2025-03-04", &["DeleteTrail", "Decrypt"]),
        ("hour:09", &["DeleteTrail", "Decrypt"]),
        ("weekday:monday", &["DeleteBucket", "RunInstances"]),
        ("region:us-*", &[]),
    ] {
        assert_eq!(found(folder.path(), filter), expected, "{filter}");
    }
}

#[test]
fn counts_are_those_of_the_rows_that_pass() {
    let folder = tempfile::tempdir().unwrap();
    assorted(folder.path());
    let filter = crate::Filter::parse("-action:RunInstances", "2025-03-05T00:00:00Z".parse().unwrap()).unwrap();
    let by = [crate::Name::Day, crate::Name::of("error").unwrap()];
    let counts = Store::open(folder.path()).unwrap().count_by(&filter, &by, 2).unwrap();
    let text = |text: &str| Some(text.to_owned());
    let expected = [(vec![text("2025-03-03"), text("AccessDenied")], 1), (vec![text("2025-03-04"), None], 2)];
    assert_eq!(counts, crate::Counts::from(expected));
}

#[test]
fn rows_of_any_shape_are_a_parquet_file() {
    use parquet::file::reader::{FileReader as _, SerializedFileReader};

    use crate::{Cell, Shape, Sheet};

    let columns = [
        ("text", Shape::Text),
        ("number", Shape::Number),
        ("real", Shape::Real),
        ("flag", Shape::Flag),
        ("time", Shape::Time),
        ("day", Shape::Day),
    ];
    let mut out: Vec<u8> = Vec::new();
    let mut sheet = Sheet::new(&mut out, &columns).unwrap();
    // More than a row group, so that what was handed on already is not lost.
    for number in 0..20_000_i64 {
        let text = format!("é{number}");
        if number % 2 == 0 {
            let cells =
                [Cell::Text(&text), Cell::Number(number), Cell::Real(0.5), Cell::Flag(true), Cell::Time(number)];
            sheet.row(cells.into_iter().chain([Cell::Day(1)])).unwrap();
        } else {
            sheet.row([Cell::Null; 6]).unwrap();
        }
    }
    sheet.finish().unwrap();
    let reader = SerializedFileReader::new(bytes::Bytes::from(out)).unwrap();
    assert!(reader.num_row_groups() > 1);
    let rows: Vec<String> = reader.get_row_iter(None).unwrap().map(|row| row.unwrap().to_string()).collect();
    assert_eq!(rows.len(), 20_000);
    let shown = "{text: \"é19998\", number: 19998, real: 0.5, flag: true, time: 1970-01-01 00:00:19.998 +00:00, day: 1970-01-02}";
    assert_eq!(rows[19_998], shown);
    assert_eq!(rows[19_999], "{text: null, number: null, real: null, flag: null, time: null, day: null}");
}

#[test]
fn columns_that_are_read_value_by_value_are_those_of_the_other_way() {
    let folder = tempfile::tempdir().unwrap();
    let lines = (0..20_000_u32).map(|number| {
        // Agents that differ fill the dictionary, so that the file goes on without one; keys and errors come and go.
        let agent = format!("agent {number} {}", "x".repeat(if number % 7 == 0 { 300 } else { 80 }));
        let time = format!("2025-03-03T{:02}:{:02}:{:02}Z", number / 3_600, number / 60 % 60, number % 60);
        let mut event: serde_json::Value = serde_json::from_str(&record(&id(number), &time, "A")).unwrap();
        event["userAgent"] = agent.into();
        if number % 3 == 0 {
            event["errorCode"] = format!("E{}", number % 11).into();
            event["readOnly"] = (number % 2 == 0).into();
        }
        if number % 5_000 == 4_999 {
            event["userIdentity"]["accessKeyId"] = "AKIAIOSFODNN7EXAMPLE".into();
            event["requestParameters"] = json!({ "roleName": "ä", "bucketName": "b" });
        }
        event.to_string()
    });
    import(folder.path(), vec![source("x", lines.collect::<Vec<_>>().join("\n"))]);
    let store = Store::open(folder.path()).unwrap();
    let files: Vec<_> = store.partitions().values().flatten().collect();
    assert_eq!(files.len(), 1);
    let part = crate::part::Part::open(files[0]).unwrap();
    assert!(part.groups() > 1);
    for group in 0..part.groups() {
        let (mut whole, mut other) = (crate::table::Table::default(), crate::table::Table::default());
        part.whole(group, Field::ALL, &mut whole).unwrap();
        part.columns(group, Field::ALL).unwrap().read(part.rows_of(group), &mut other).unwrap();
        assert_eq!(whole.rows(), other.rows());
        for field in Field::ALL {
            let (one, other) = (whole.column(*field), other.column(*field));
            assert_eq!(one.coded().is_some(), field.kind() == crate::Kind::Text, "{field:?}");
            for row in 0..whole.rows() {
                assert_eq!(one.text(row), other.text(row), "{field:?} {row}");
                assert_eq!((one.number(row), one.flag(row)), (other.number(row), other.flag(row)), "{field:?} {row}");
            }
        }
        let asked: Vec<usize> = (0..part.rows_of(group)).step_by(3).collect();
        let passes = |raw: &str| raw.contains("E1");
        let slow = asked.iter().copied().filter(|row| passes(other.text(Field::Raw, *row).unwrap()));
        assert_eq!(part.raw_passing(group, &asked, passes).unwrap(), slow.collect::<Vec<_>>());
    }
    let (first, last) = store.ends().unwrap().unwrap();
    assert_eq!((first.1, last.1), (id(0), id(19_999)));
    let mut walked = Vec::new();
    store
        .walk(Span::ALL, &[Field::Error], |hit| {
            walked.push((hit.text(Field::MetadataUid).unwrap().to_owned(), hit.text(Field::Error).map(str::to_owned)));
            true
        })
        .unwrap();
    let mut found = Vec::new();
    let is_key: crate::Test<'_> = &|key| key.starts_with("AKIA");
    let is_error: crate::Test<'_> = &|code| code == "E1";
    store
        .search_any(Span::ALL, &[(Field::Key, is_key), (Field::Error, is_error)], &[Field::Error], 2, &mut |hit| {
            found.push((hit.text(Field::MetadataUid).unwrap().to_owned(), hit.text(Field::Error).map(str::to_owned)));
            true
        })
        .unwrap();
    let wanted = walked
        .iter()
        .enumerate()
        .filter(|(number, (_, error))| number % 5_000 == 4_999 || error.as_deref() == Some("E1"));
    assert_eq!(found, wanted.map(|(_, one)| one.clone()).collect::<Vec<_>>());
    assert_eq!(walked.len(), 20_000);
}
