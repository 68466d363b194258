//! Nights in a row, in a file of their own.

use std::sync::Arc;

use forewarn_findings::{AccountCoverage, CheckCard, Coverage, Fingerprint, Grounds, Run, Severity, Side, Variant};
use proptest::prelude::*;

use super::*;

const CHECK: &str = "s3.reachable_by_anyone";

fn night(day: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + day * 86_400).unwrap()
}

/// A run with findings: verdict, name of a bucket, evidence.
fn run(day: i64, findings: &[(VerdictKind, &str, u8)]) -> Report {
    let account = AccountCoverage { id: "111111111111".to_owned(), ..AccountCoverage::default() };
    let card = CheckCard {
        title: "Bucket can be read or written by anyone".to_owned(),
        severity: Severity::Critical,
        protects: Vec::new(),
        side: Side::Customer,
        operations: Vec::new(),
        what: String::new(),
        why: String::new(),
        fix: String::new(),
    };
    let finding = |(verdict, name, evidence): &(VerdictKind, &str, u8)| Finding {
        check: CHECK.into(),
        verdict: *verdict,
        severity: Severity::Critical,
        resource: Arc::new(Resource {
            arn: format!("arn:aws:s3:::{name}"),
            account: "111111111111".to_owned(),
            region: None,
        }),
        grounds: Arc::new(Grounds { reason: format!("{name} is open").into(), ..Grounds::default() }),
        fingerprint: Fingerprint(std::array::from_fn(|at| name.as_bytes().get(at).copied().unwrap_or(*evidence))),
        change: None,
        exception: None,
        age: None,
    };
    Report {
        run: Run { id: format!("{day:016x}"), instant: night(day), ..Run::default() },
        coverage: Coverage { accounts: vec![account], ..Coverage::default() },
        checks: [(CHECK.to_owned(), card)].into(),
        findings: findings.iter().map(finding).collect(),
        ..Report::default()
    }
}

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("history.db")
    }

    fn open(&self) -> History {
        History::open(&self.path()).unwrap()
    }

    fn store(&self, mut report: Report) -> (Stored, Report) {
        let stored = self.open().record(&mut report).unwrap();
        (stored, report)
    }
}

fn days(report: &Report) -> Vec<Option<i64>> {
    report.findings.iter().map(|finding| finding.days_open(report.run.instant)).collect()
}

use VerdictKind::{Fail, Pass, Unknown};

#[test]
fn a_finding_grows_older_goes_and_comes_back() {
    let place = Place::new();
    let open = [(Fail, "press", 1), (Pass, "sdk", 1)];
    let (first, report) = place.store(run(0, &open));
    assert_eq!((first.new, days(&report)), (1, vec![Some(0), None]));
    let (second, report) = place.store(run(3, &open));
    assert_eq!((second, days(&report)), (Stored::default(), vec![Some(3), None]));
    let (closed, _) = place.store(run(5, &[(Pass, "press", 1)]));
    assert_eq!(closed, Stored { gone: 1, ..Stored::default() });
    let (back, report) = place.store(run(9, &open));
    assert_eq!(back, Stored { back: 1, ..Stored::default() });
    assert_eq!(days(&report), [Some(0), None], "the days count from the return");
    assert_eq!(report.findings[0].first_seen(), Some(night(0)), "when it was first seen stays");
    let (_, report) = place.store(run(11, &open));
    assert_eq!(days(&report), [Some(2), None]);

    let history = place.open();
    let fingerprint = report.findings[0].fingerprint.to_string();
    let told = history.finding(fingerprint.get(..8).unwrap()).unwrap();
    assert_eq!((told.first_seen, told.last_seen, told.is_open()), (night(0), night(11), true));
    let span = |opened, closed: Option<i64>| Span { opened: night(opened), closed: closed.map(night) };
    assert_eq!(told.spans, [span(0, Some(5)), span(9, None)]);
    assert_eq!(told.span_at(night(4)), Some(span(0, Some(5))));
    assert_eq!(told.span_at(night(6)), None);
    let runs: Vec<Timestamp> = history.runs().unwrap().into_iter().map(|run| run.instant).collect();
    assert_eq!(runs, [11, 9, 5, 3, 0].map(night));
    let of = |day: i64| history.findings(&history.run(&format!("{day:016x}")).unwrap()).unwrap().len();
    assert_eq!((of(3), of(5)), (1, 1), "what is gone with a run is told with it");
}

#[test]
fn what_could_not_be_looked_at_is_not_gone() {
    let place = Place::new();
    place.store(run(0, &[(Fail, "press", 1)]));
    let unread = run(1, &[(Unknown, "press", 0)]);
    let (stored, report) = place.store(unread);
    assert_eq!(stored, Stored { new: 1, unassessed: 1, ..Stored::default() });
    assert_eq!(days(&report), [Some(0)]);
    // The account was not entered, the check did not run, the run was stopped.
    let mut elsewhere = run(2, &[]);
    elsewhere.coverage.accounts[0].id = "222222222222".to_owned();
    let mut other = run(3, &[]);
    other.checks.clear();
    let mut stopped = run(4, &[]);
    stopped.run.interrupted = true;
    for report in [elsewhere, other, stopped] {
        let (stored, _) = place.store(report);
        assert_eq!((stored.gone, stored.unassessed), (0, 2));
    }
    let (stored, report) = place.store(run(5, &[(Fail, "press", 1)]));
    assert_eq!((stored.gone, days(&report)), (1, vec![Some(5)]), "the unknown is settled, the fail is five days old");
}

#[test]
fn other_evidence_is_another_finding() {
    let place = Place::new();
    place.store(run(0, &[(Fail, "press", 1)]));
    let (stored, report) = place.store(run(1, &[(Fail, "press", 2)]));
    assert_eq!(stored, Stored { new: 1, gone: 1, ..Stored::default() });
    assert_eq!(days(&report), [Some(0)]);
}

#[test]
fn a_bucket_that_is_deleted_is_gone() {
    let place = Place::new();
    place.store(run(0, &[(Fail, "press", 1)]));
    assert_eq!(place.store(run(1, &[])).0, Stored { gone: 1, ..Stored::default() });
}

/// The same with what a control says that asks for thresholds of its own.
fn with_control(mut report: Report, days: i64, findings: &[(VerdictKind, &str, u8)]) -> Report {
    let of = ControlCheck { check: CHECK.to_owned(), parameters: [("unused_days".to_owned(), days)].into() };
    report.compliance.variants.push(Variant { of, findings: run(0, findings).findings });
    report
}

#[test]
fn what_a_control_asks_by_itself_has_its_own_days() {
    let place = Place::new();
    let asked = [(Fail, "strict", 9), (Pass, "press", 9)];
    let control_days = |report: &Report| {
        let findings = &report.compliance.variants[0].findings;
        findings.iter().map(|finding| finding.days_open(report.run.instant)).collect::<Vec<_>>()
    };
    let (stored, report) = place.store(with_control(run(0, &[(Fail, "press", 1)]), 45, &asked));
    assert_eq!((stored.new, control_days(&report)), (1, vec![Some(0), None]), "what is counted is the list");
    let (stored, report) = place.store(with_control(run(4, &[(Fail, "press", 1)]), 45, &asked));
    assert_eq!((stored, days(&report), control_days(&report)), (Stored::default(), vec![Some(4)], vec![Some(4), None]));
    // The list has nothing of it, and neither has a run that nobody asked with these thresholds.
    let shown = |day: i64| place.open().findings(&place.open().run(&format!("{day:016x}")).unwrap()).unwrap();
    assert_eq!(shown(4).len(), 1);
    let (stored, _) = place.store(with_control(run(5, &[(Fail, "press", 1)]), 30, &[(Pass, "strict", 9)]));
    assert_eq!(stored, Stored::default());
    let strict = || place.open().finding("7374").unwrap();
    assert!(strict().is_open());
    assert_eq!(strict().asked, "s3.reachable_by_anyone unused_days=45");
    // One that asks again and does not find it closes it.
    let (stored, _) = place.store(with_control(run(6, &[(Fail, "press", 1)]), 45, &[(Pass, "strict", 9)]));
    assert_eq!((stored, strict().is_open()), (Stored::default(), false));
    let (_, report) = place.store(with_control(run(8, &[(Fail, "press", 1)]), 45, &asked));
    assert_eq!(control_days(&report)[0], Some(0), "it is back");
    assert_eq!(report.compliance.variants[0].findings[0].first_seen(), Some(night(0)));
}

#[test]
fn a_history_of_the_first_version_is_gone_on_with() {
    let place = Place::new();
    place.store(run(0, &[(Fail, "press", 1)]));
    let first = "ALTER TABLE findings DROP COLUMN asked; PRAGMA user_version = 1;";
    place.open().connection.execute_batch(first).unwrap();
    let (stored, report) = place.store(run(3, &[(Fail, "press", 1)]));
    assert_eq!((stored, days(&report)), (Stored::default(), vec![Some(3)]));
    assert_eq!(place.open().finding("70").unwrap().asked, "");
}

#[test]
fn the_same_run_twice_is_one() {
    let place = Place::new();
    let report = run(0, &[(Fail, "press", 1)]);
    place.store(report.clone());
    assert_eq!(place.store(report).0, Stored::default());
    assert_eq!(place.open().runs().unwrap().len(), 1);
}

#[test]
fn runs_at_once_are_all_stored() {
    let place = Place::new();
    let path = place.path();
    std::thread::scope(|scope| {
        for day in 0..8 {
            let path = &path;
            scope.spawn(move || {
                let mut report = run(day, &[(Fail, "press", 1), (Fail, "sdk", 2)]);
                History::open(path).unwrap().record(&mut report).unwrap();
            });
        }
    });
    let history = place.open();
    assert_eq!(history.runs().unwrap().len(), 8);
    let run = history.run("0000000000000007").unwrap();
    let found = history.findings(&run).unwrap();
    assert_eq!(found.len(), 2);
    for finding in found {
        assert_eq!((finding.first_seen, finding.last_seen), (night(0), night(7)));
        assert_eq!(finding.spans, [Span { opened: night(0), closed: None }], "in whichever order they came");
    }
}

#[cfg(unix)]
#[test]
#[expect(clippy::disallowed_methods, reason = "a test looks at its own file")]
fn only_its_owner_reads_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    place.store(run(0, &[]));
    assert_eq!(std::fs::metadata(place.path()).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::read_dir(place.folder.path()).unwrap().count(), 1, "one file");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test writes files of its own")]
fn what_is_no_history_is_refused_and_left_alone() {
    let place = Place::new();
    std::fs::write(place.path(), "x".repeat(5000)).unwrap();
    let said = History::open(&place.path()).unwrap_err().to_string();
    assert!(said.ends_with("is no history of forewarn"), "{said}");
    assert_eq!(std::fs::read_to_string(place.path()).unwrap(), "x".repeat(5000));

    let other = place.folder.path().join("other.db");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE songs (name TEXT)").unwrap();
    assert!(matches!(History::open(&other), Err(HistoryError::NoHistory { .. })));

    let newer = place.folder.path().join("newer.db");
    History::open(&newer).unwrap().connection.execute_batch("PRAGMA user_version = 3").unwrap();
    let said = History::open(&newer).unwrap_err().to_string();
    assert!(said.contains("has version 3, this forewarn knows up to 2; update forewarn"), "{said}");

    let missing = place.folder.path().join("none").join("history.db");
    assert!(matches!(History::open(&missing), Err(HistoryError::Open { .. })));
    assert!(matches!(History::existing(&place.folder.path().join("none.db")), Err(HistoryError::Open { .. })));
}

#[test]
fn what_is_not_there_or_not_one_is_said() {
    let place = Place::new();
    place.store(run(1, &[(Fail, "press", 1), (Fail, "prose", 1)]));
    let history = place.open();
    assert_eq!(history.finding("ff").unwrap_err().to_string(), "the history has no finding `ff`");
    let said = history.finding("7072").unwrap_err().to_string();
    assert_eq!(said, "`7072` is the beginning of more than one finding; give more of it");
    assert_eq!(history.run("1").unwrap_err().to_string(), "the history has no run `1`");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever the order in which runs are stored that all have a finding, it is as old as the first.
    #[test]
    fn the_order_of_storing_is_no_matter(days in Just(vec![0i64, 2, 3, 7, 8]).prop_shuffle()) {
        let place = Place::new();
        let mut history = place.open();
        for day in days {
            history.record(&mut run(day, &[(Fail, "press", 1)])).unwrap();
        }
        let mut last = run(9, &[(Fail, "press", 1)]);
        history.record(&mut last).unwrap();
        prop_assert_eq!(last.findings[0].days_open(night(9)), Some(9));
        prop_assert_eq!(history.finding("70").unwrap().spans.len(), 1);
    }
}
