//! Statements over whole stores, in temporary folders.

#![expect(clippy::disallowed_methods, reason = "tests read and write files of their own, and wait")]

use std::convert::Infallible;
use std::io::{Cursor, Read};
use std::path::Path;
use std::sync::LazyLock;

use forewarn_store::{Field, Filter, Importer, Name, Shape, Source, Store, TABLE};
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::{Error, Options, Place, Value, ask};

mod alike;

const OPTIONS: Options = Options { threads: 2, memory: 256 << 20, now: Timestamp::constant(1_773_000_000, 0) };

fn import(root: &Path, records: &[Json]) {
    let lines: Vec<String> = records.iter().map(Json::to_string).collect();
    let text = lines.join("\n");
    let open = move || Ok(Box::new(Cursor::new(text.clone().into_bytes())) as Box<dyn Read>);
    let source = Source { name: "x".to_owned(), identity: None, open: Box::new(open) };
    let report = Importer::open(root).unwrap().run(vec![source], 2, |_| {}).unwrap();
    assert!(report.is_whole());
}

fn record(number: u32, time: &str) -> Json {
    json!({
        "eventVersion": "1.10", "eventID": format!("10000000-0000-4000-8000-{number:012}"), "eventTime": time,
        "eventName": "RunInstances", "eventSource": "ec2.amazonaws.com", "awsRegion": "eu-central-1",
        "sourceIPAddress": "192.0.2.10", "recipientAccountId": "111122223333", "readOnly": false,
        "requestParameters": { "instancesSet": { "items": [{ "instanceId": "i-1" }, { "instanceId": "i\n2" }], "n": 1.50 } },
        "userIdentity": { "type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ana", "userName": "ana" },
    })
}

/// A store of four events over three days, one of them in a year that no clock of nanoseconds reaches.
fn small(root: &Path) -> Store {
    let mut other = record(4, "2026-01-03T10:00:00Z");
    other["awsRegion"] = "us-east-1".into();
    let times = ["2026-01-01T10:00:00Z", "2026-01-01T10:05:00.250Z", "9998-01-01T00:00:00Z"];
    let mut records: Vec<Json> = (1..).zip(times).map(|(number, time)| record(number, time)).collect();
    records.push(other);
    import(root, &records);
    Store::open(root).unwrap()
}

/// All rows of an answer.
fn rows(store: Store, statement: &str, options: Options) -> Result<Vec<Vec<Value>>, Error> {
    let mut found = Vec::new();
    ask(store, statement, options, std::future::pending(), |answer, rows| {
        for row in 0..rows.map_or(0, crate::Rows::count) {
            let value = |column| rows.map_or(Value::Null, |rows| rows.value(column, row));
            found.push((0..answer.columns.len()).map(value).collect());
        }
        Ok::<_, Infallible>(true)
    })
    .map(|told| {
        told.unwrap();
        found
    })
}

fn on_small(statement: &str) -> Result<Vec<Vec<Value>>, Error> {
    let folder = tempfile::tempdir().unwrap();
    rows(small(folder.path()), statement, OPTIONS)
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

#[test]
fn the_table_has_the_columns_of_the_store_and_of_its_paths() {
    let folder = tempfile::tempdir().unwrap();
    let mut columns = Vec::new();
    ask(small(folder.path()), &format!("SELECT * FROM {TABLE}"), OPTIONS, std::future::pending(), |answer, _| {
        columns.clone_from(&answer.columns);
        Ok::<_, Infallible>(false)
    })
    .unwrap()
    .unwrap();
    let expected: Vec<(&str, Shape)> = Field::ALL.iter().map(|field| (field.name(), field.kind().into())).collect();
    let of_the_path = ["region", "accountid", "eventday"].map(|name| (name, Shape::Text));
    let found: Vec<(&str, Shape)> = columns.iter().map(|column| (column.name.as_str(), column.shape)).collect();
    assert_eq!(found, [expected, of_the_path.to_vec()].concat());
}

#[test]
fn a_statement_finds_what_it_says() {
    let count = |condition: &str| {
        let found = on_small(&format!("SELECT count(*) FROM forewarn_events WHERE {condition}")).unwrap();
        match found.as_slice() {
            [row] => row[0].clone(),
            _ => panic!("{found:?}"),
        }
    };
    for (condition, expected) in [
        ("TRUE", 4),
        ("time >= TIMESTAMP '2026-01-01 10:05:00.250'", 3),
        ("time > TIMESTAMP '2026-01-01T10:05:00.250Z'", 2),
        ("time < TIMESTAMP '2026-01-01T10:05:00.250Z'", 1),
        ("time = TIMESTAMP '9998-01-01 00:00:00'", 1),
        ("TIMESTAMP '2026-01-02 00:00:00' < time", 2),
        // Nanoseconds would not reach the year 9998, and break off.
        ("time > now() - INTERVAL '400000' DAY", 4),
        ("time > current_timestamp", 1),
        ("now() = TIMESTAMP '2026-03-08 20:00:00'", 4),
        ("eventday = '20260101'", 2),
        ("eventDay >= '20260103' AND region = 'us-east-1' AND accountid = '111122223333'", 1),
        ("region = 'nowhere'", 0),
        ("read_only IS NULL OR read_only", 0),
        ("actor_session_is_mfa IS NULL", 4),
        ("metadata_uid IN (SELECT max(metadata_uid) FROM forewarn_events)", 1),
        ("time = (SELECT min(time) FROM forewarn_events)", 1),
        ("in_network(src_endpoint_ip, '192.0.2.0/24')", 4),
        ("in_network(src_endpoint_ip, '2001:db8::/32')", 0),
        (
            "get_json_object(raw_data, '$.requestParameters.instancesSet.items[1].instanceId') = concat('i', chr(10), '2')",
            4,
        ),
        ("get_json_object(raw_data, '$.requestParameters.instancesSet.n') = '1.5'", 4),
        ("get_json_object(raw_data, '$[''awsRegion'']') = 'us-east-1'", 1),
        ("get_json_object(raw_data, '$.requestParameters.nothing.there') IS NULL", 4),
    ] {
        assert_eq!(count(condition), Value::Number(expected), "{condition}");
    }
}

#[test]
fn a_window_slides_over_the_days() {
    let statement = "SELECT metadata_uid, count(*) OVER (PARTITION BY actor_user_uid ORDER BY time \
                     RANGE BETWEEN INTERVAL '5' MINUTE PRECEDING AND CURRENT ROW) AS n FROM forewarn_events ORDER BY time";
    let found: Vec<Value> = on_small(statement).unwrap().into_iter().map(|row| row[1].clone()).collect();
    // Five minutes and a quarter of a second lie between the first two.
    assert_eq!(found, [1, 1, 1, 1].map(Value::Number));
    let found = on_small(&statement.replace("'5' MINUTE", "'301' SECOND")).unwrap();
    assert_eq!(found[1][1], Value::Number(2));
}

#[test]
fn values_keep_their_kinds() {
    let row = on_small(
        "SELECT 1, 1.5, TRUE, NULL, 'x', DATE '2026-01-02', TIMESTAMP '2026-01-01 00:00:00.001', INTERVAL '1' DAY",
    )
    .unwrap()
    .remove(0);
    assert_eq!(row[..3], [Value::Number(1), Value::Real(1.5), Value::Flag(true)]);
    assert_eq!(row[3..7], [Value::Null, text("x"), Value::Day(20455), Value::Time(1_767_225_600_001)]);
    assert!(matches!(&row[7], Value::Text(said) if said.contains("1 day")), "{:?}", row[7]);
}

#[test]
fn only_what_reads_is_answered_and_no_file_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let (secret, made) = (folder.path().join("secret.csv"), folder.path().join("made"));
    std::fs::write(&secret, "a,b\n1,2\n").unwrap();
    let (secret, made) = (secret.display(), made.display());
    for statement in [
        format!("CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '{secret}'"),
        format!("COPY (SELECT 1) TO '{made}' STORED AS CSV"),
        format!("COPY forewarn_events TO '{made}'"),
        "CREATE TABLE t AS SELECT 1".to_owned(),
        "CREATE VIEW v AS SELECT 1".to_owned(),
        "INSERT INTO forewarn_events SELECT * FROM forewarn_events".to_owned(),
        "DELETE FROM forewarn_events".to_owned(),
        "UPDATE forewarn_events SET api_operation = 'x'".to_owned(),
        "DROP TABLE forewarn_events".to_owned(),
        format!("ATTACH '{secret}' AS other"),
        "SET datafusion.execution.batch_size = 1".to_owned(),
        "RESET datafusion.execution.batch_size".to_owned(),
        "SHOW ALL".to_owned(),
        "PREPARE p AS SELECT 1".to_owned(),
        format!("EXPLAIN COPY (SELECT 1) TO '{made}'"),
        format!("EXPLAIN ANALYZE CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '{secret}'"),
        format!("SELECT * FROM '{secret}'"),
        format!("SELECT * FROM \"{secret}\""),
        format!("SELECT * FROM read_csv('{secret}')"),
        format!("SELECT * FROM parquet_metadata('{secret}')"),
        "SELECT * FROM information_schema.tables".to_owned(),
        "SELECT * INTO t FROM forewarn_events".to_owned(),
        "WITH x AS (INSERT INTO forewarn_events VALUES (1)) SELECT 1".to_owned(),
        "SELECT 1; SELECT 2".to_owned(),
        String::new(),
    ] {
        let outcome = on_small(&statement);
        assert!(matches!(outcome, Err(Error::Statement { .. })), "{statement}: {outcome:?}");
    }
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["secret.csv"]);
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let fault = |statement: &str| match on_small(statement) {
        Err(Error::Statement { message, place }) => (message, place.map(|Place { line, column }| (line, column))),
        other => panic!("{statement}: {other:?}"),
    };
    let (message, place) = fault("SELECT count(*)\nFROM forewarn_events\nWHERE api_operatoin = 'x'");
    assert_eq!(message, "there is no column `api_operatoin`; did you mean `api_operation`?");
    assert_eq!(place, Some((3, 7)));
    let (message, place) = fault("SELECT *\nFORM forewarn_events");
    assert!(message.starts_with("the statement does not read: "), "{message}");
    assert_eq!(place.map(|(line, _)| line), Some(2));
    let (message, place) = fault("SELECT * FROM events");
    assert_eq!(message, "there is no table `events`; the events are `forewarn_events`");
    assert_eq!(place, Some((1, 15)));
    let (message, _) = fault("SELECT nonsense(1)");
    assert!(message.contains("nonsense"), "{message}");
    let (message, _) = fault("SELECT 1 AS a, 2 AS a");
    assert_eq!(message, "two columns have one name; give one of them another with AS");
    let ran = on_small("SELECT in_network(src_endpoint_ip, cloud_region) FROM forewarn_events").unwrap_err();
    assert!(ran.to_string().contains("`eu-central-1` is no network"), "{ran}");
    let ran = on_small("SELECT 1 / (status_id - status_id) FROM forewarn_events").unwrap_err();
    assert!(matches!(ran, Error::Run(_)), "{ran}");
}

#[test]
fn a_deep_statement_is_answered_or_refused() {
    let chain = |count: usize| vec!["status_id = 1"; count].join(" OR ");
    let condition = chain(3_500);
    let found = on_small(&format!("SELECT count(*) FROM forewarn_events WHERE {condition}")).unwrap();
    assert_eq!(found, [[Value::Number(4)]]);
    let nested = format!("SELECT {}1{}", "(".repeat(20_000), ")".repeat(20_000));
    assert!(matches!(on_small(&nested), Err(Error::Statement { .. })));
    let endless = format!("SELECT count(*) FROM forewarn_events WHERE {}", chain(10_000));
    assert!(matches!(on_small(&endless), Err(Error::Statement { .. })));
}

#[test]
fn a_statement_has_so_much_memory_and_no_more() {
    let little = Options { memory: 64 << 20, ..OPTIONS };
    let folder = tempfile::tempdir().unwrap();
    let many = |statement: &str| rows(small(folder.path()), statement, little);
    // What can be put into files is.
    let sorted = "SELECT max(n) FROM (SELECT row_number() OVER (ORDER BY pad) AS n \
                  FROM (SELECT concat(repeat('x', 100), CAST(value AS STRING)) AS pad FROM generate_series(1, 1000000)))";
    assert_eq!(many(sorted).unwrap(), [[Value::Number(1_000_000)]]);
    let kept = "SELECT array_agg(concat(repeat('x', 100), CAST(value AS STRING))) FROM generate_series(1, 2000000)";
    let refused = many(kept).unwrap_err();
    assert_eq!(refused.to_string(), "the statement needs more than 64 MB of memory; ask for less, or raise --memory");
}

#[test]
fn whoever_asked_can_end_it() {
    let folder = tempfile::tempdir().unwrap();
    let begun = std::time::Instant::now();
    let endless = "SELECT sum(a.value * 2 % (b.value + 1)) AS n FROM generate_series(1, 1000) AS a, generate_series(1, 1000000000) AS b";
    let (sender, receiver) = tokio::sync::oneshot::channel::<()>();
    let stopper = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(300));
        sender.send(()).unwrap();
    });
    let stop = async {
        let _ = receiver.await;
    };
    let outcome = ask(small(folder.path()), endless, OPTIONS, stop, |_, _| Ok::<_, Infallible>(true));
    stopper.join().unwrap();
    assert!(matches!(outcome, Err(Error::Interrupted)));
    assert!(begun.elapsed().as_secs() < 60);
}

#[test]
fn a_damaged_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let store = small(folder.path());
    let piece = store.pieces(forewarn_store::Span::ALL).remove(0).path;
    std::fs::write(&piece, "nothing").unwrap();
    let error = rows(store, "SELECT max(time) FROM forewarn_events", OPTIONS).unwrap_err();
    assert!(matches!(error, Error::Store(_)) && error.to_string().contains("eventDay="), "{error}");
}
