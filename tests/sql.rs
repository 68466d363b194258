//! Statements over a store, through the real program.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{forewarn, said};

fn store(home: &Path) {
    let record = |number: u64, agent: &str| {
        json!({
            "eventVersion": "1.10", "eventTime": format!("2026-01-0{}T10:00:00Z", 1 + number % 3),
            "eventName": "DeleteBucket", "eventSource": "s3.amazonaws.com", "userAgent": agent,
            "eventID": format!("10000000-0000-4000-8000-{number:012}"), "awsRegion": "eu-central-1",
            "recipientAccountId": "111122223333", "sourceIPAddress": "192.0.2.10",
            "userIdentity": { "type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ana", "userName": "ana" },
            "responseElements": { "credentials": { "sessionToken": "IQoJb3JpZ2luX2VjE-a-secret" } },
        })
    };
    let records: Vec<Value> = (0..6).map(|number| record(number, "=cmd\u{1b}[31m\u{202e}")).collect();
    std::fs::write(home.join("log.json"), json!({ "Records": records }).to_string()).unwrap();
    let output = forewarn(home).args(["events", "import", "log.json", "--store", "store"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
}

fn run(home: &Path, args: &[&str]) -> (Option<i32>, String, String) {
    let output = forewarn(home).args(["events"]).args(args).args(["--store", "store"]).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn an_answer_comes_in_every_form() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    store(home);
    let statement = "SELECT CAST(time AS DATE) AS day, min(time) AS first, count(*) AS events, max(http_request_user_agent) AS agent, \
                     max(api_response_error) AS error FROM forewarn_events GROUP BY 1 ORDER BY 1";
    let (code, table, notes) = run(home, &["sql", statement]);
    assert_eq!(code, Some(0), "{table}{notes}");
    assert!(table.contains("2026-01-01 2026-01-01T10:00:00Z      2 =cmd\\u{1b}[31m\\u{202e} -"), "{table}");
    assert!(!table.contains('\u{1b}') && notes.contains("3 rows"), "{table}{notes}");
    let (_, json, _) = run(home, &["sql", statement, "-f", "json", "--limit", "1"]);
    let row: Value = serde_json::from_str(&json).unwrap();
    let agent = "=cmd\u{1b}[31m\u{202e}";
    let expected =
        json!({ "day": "2026-01-01", "first": "2026-01-01T10:00:00Z", "events": 2, "agent": agent, "error": null });
    assert_eq!(row, expected);
    assert!(json.starts_with("{\"day\"") && !json.contains('\u{1b}'), "{json}");
    let (_, csv, _) = run(home, &["sql", statement, "-f", "csv"]);
    assert!(csv.starts_with("day,first,events,agent,error\r\n2026-01-01,2026-01-01T10:00:00Z,2,'=cmd"), "{csv}");
    let (_, table, notes) = run(home, &["sql", "SELECT metadata_uid FROM forewarn_events", "--limit", "2"]);
    assert!(table.lines().count() == 3 && notes.contains("--limit 0 shows all"), "{table}{notes}");
    // A filter is a statement to start from, and stdin is where one comes from.
    let (_, printed, _) = run(home, &["search", "--print-sql", "actor:ana since:2026-01-02", "--by", "day"]);
    let mut command = forewarn(home);
    let output =
        command.args(["events", "sql", "-", "-f", "csv", "--store", "store"]).write_stdin(printed).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "by_day,events\r\n2026-01-02,2\r\n2026-01-03,2\r\n");
}

#[test]
fn what_has_no_answer_is_said_and_leaves_files_alone() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    store(home);
    let (code, _, text) = run(home, &["sql", "SELECT *\nFROM forewarn_events WHERE api_operatoin = 'x'"]);
    assert_eq!(code, Some(2), "{text}");
    let caret = format!("  FROM forewarn_events WHERE api_operatoin = 'x'\n  {}^", " ".repeat(27));
    assert!(text.contains("did you mean `api_operation`?") && text.contains(&caret), "{text}");
    let (code, _, text) = run(home, &["sql", "SELECT '\u{1b}[31m\u{202e}' FROM nowhere"]);
    assert!(code == Some(2) && !text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text}");
    std::fs::write(home.join("kept.parquet"), "old").unwrap();
    for statement in ["SELECT 1 / (status_id - status_id) AS x FROM forewarn_events", "DROP TABLE forewarn_events"] {
        let (code, _, text) = run(home, &["sql", statement, "-f", "parquet=kept.parquet"]);
        assert_eq!(code, Some(2), "{text}");
        assert_eq!(std::fs::read_to_string(home.join("kept.parquet")).unwrap(), "old");
    }
    for (form, words) in
        [("parquet", "parquet=events.parquet"), ("parket=x", "did you mean `parquet`?"), ("csv=", "no file")]
    {
        let (code, _, text) = run(home, &["sql", "SELECT 1", "-f", form]);
        assert!(code == Some(2) && text.contains(words), "{text}");
        let (code, _, text) = run(home, &["search", "-f", form]);
        assert!(code == Some(2) && text.contains(words), "{text}");
    }
    assert_eq!(run(home, &["sql", "SELECT 1", "-f", "csv=nowhere/x.csv"]).0, Some(2));
    assert_eq!(run(home, &["sql", "SELECT 1", "-f", "csv=x.csv"]).0, Some(0));
    assert_eq!(std::fs::read_to_string(home.join("x.csv")).unwrap().lines().count(), 2);
}

#[cfg(unix)]
#[test]
fn a_statement_without_end_ends_at_an_interrupt() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    store(home);
    let endless = "SELECT sum(a.value * 2 % (b.value + 1)) AS n FROM generate_series(1, 1000) AS a, generate_series(1, 1000000000) AS b";
    let mut child = Command::new(assert_cmd::cargo::cargo_bin("forewarn"))
        .args(["events", "sql", endless, "--store", "store"])
        .env_clear()
        .env("HOME", home)
        .current_dir(home)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_secs(2));
    let begun = Instant::now();
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(begun.elapsed() < Duration::from_secs(30));
}
