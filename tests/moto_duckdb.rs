//! What is written as Parquet, read by an engine of others: DuckDB, from the Python environment of the emulator.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::moto::python;
use crate::support::{forewarn, said};

/// What DuckDB answers to the last of some statements.
fn duckdb(home: &Path, statements: &[&str]) -> Value {
    let script = "import duckdb, json, sys\n\
                  for statement in json.loads(sys.argv[1]):\n    answer = duckdb.sql(statement)\n\
                  print(json.dumps(answer.fetchall(), default=str))\n";
    let told = serde_json::to_string(statements).unwrap();
    let output = Command::new(python()).args(["-c", script, &told]).current_dir(home).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn duckdb_reads_the_store_and_what_is_found_in_it() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let record = |number: u64| {
        json!({
            "eventVersion": "1.10", "eventTime": format!("2026-01-0{}T10:00:00.250Z", 1 + number % 3), "readOnly": false,
            "eventName": if number.is_multiple_of(2) { "AssumeRole" } else { "GetCallerIdentity" },
            "eventSource": "sts.amazonaws.com", "eventID": format!("10000000-0000-4000-8000-{number:012}"),
            "awsRegion": "eu-central-1", "recipientAccountId": "111122223333", "sourceIPAddress": "192.0.2.10",
            "userIdentity": { "type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/zoë", "userName": "zoë" },
            "responseElements": { "credentials": { "sessionToken": "IQoJb3JpZ2luX2VjE-a-secret" } },
        })
    };
    let records: Vec<Value> = (0..60).map(record).collect();
    std::fs::write(home.join("log.json"), json!({ "Records": records }).to_string()).unwrap();
    let run = |args: &[&str]| {
        let output = forewarn(home).arg("events").args(args).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    run(&["import", "log.json"]);
    let view = run(&["ddl", "--engine", "duckdb"]);
    let asked = "SELECT eventDay, region, count(*), epoch_ms(min(time)) FROM forewarn_events GROUP BY ALL ORDER BY ALL";
    // 10:00:00.250 of the first day of the year, in milliseconds.
    let day =
        |day: u64| json!([format!("2026010{day}"), "eu-central-1", 20, 1_767_261_600_250 + (day - 1) * 86_400_000]);
    assert_eq!(duckdb(home, &[&view, asked]), json!([day(1), day(2), day(3)]));

    run(&["search", "action:assume*", "-f", "parquet=found.parquet"]);
    let asked = "SELECT count(*), epoch_ms(min(time)), max(actor_user_name), bool_or(read_only), count(actor_session_is_mfa), \
                 count(*) FILTER (raw_data LIKE '%a-secret%'), count(*) FILTER (raw_data LIKE '%AssumeRole%') FROM 'found.parquet'";
    assert_eq!(duckdb(home, &[asked]), json!([[30, 1_767_261_600_250_u64, "zoë", false, 0, 0, 30]]));
    let columns = duckdb(home, &["SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM 'found.parquet')"]);
    let of_the_store = duckdb(
        home,
        &[
            &view,
            "SELECT column_name, column_type FROM (DESCRIBE SELECT * EXCLUDE (region, accountId, eventDay) FROM forewarn_events)",
        ],
    );
    assert_eq!(columns, of_the_store);

    run(&["search", "--by", "action", "-f", "parquet=counts.parquet"]);
    let counts = duckdb(home, &["SELECT action, count FROM 'counts.parquet' ORDER BY action"]);
    assert_eq!(counts, json!([["AssumeRole", 30], ["GetCallerIdentity", 30]]));
    run(&["search", "action:nothing", "-f", "parquet=none.parquet"]);
    assert_eq!(duckdb(home, &["SELECT count(*) FROM 'none.parquet'"]), json!([[0]]));
}

#[cfg(feature = "sql")]
#[test]
fn duckdb_reads_an_answer() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    std::fs::write(
        home.join("log.json"),
        json!({ "eventTime": "2026-01-01T00:00:00Z", "eventName": "X",
        "eventSource": "s3.amazonaws.com", "eventID": "1", "recipientAccountId": "111122223333" })
        .to_string(),
    )
    .unwrap();
    let statement = "SELECT value AS n, value * 0.5 AS half, value > 1 AS more, CAST(value AS STRING) AS text, \
                     DATE '2026-01-02' AS day, TIMESTAMP '2026-01-02T00:00:00.001Z' AS time, NULL AS nothing \
                     FROM generate_series(1, 40000)";
    for args in [&["import", "log.json"][..], &["sql", statement, "-f", "parquet=answer.parquet"]] {
        let output = forewarn(home).arg("events").args(args).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    }
    let asked = "SELECT count(*), sum(n), sum(half), count(*) FILTER (more), max(text), max(day), epoch_ms(max(time)), count(nothing) \
                 FROM 'answer.parquet'";
    let expected = json!([[40000, 800_020_000, 400_010_000.0, 39999, "9999", "2026-01-02", 1_767_312_000_001_u64, 0]]);
    assert_eq!(duckdb(home, &[asked]), expected);
}
