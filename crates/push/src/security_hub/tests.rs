//! What is sent, what is archived, and what is left alone.

use forewarn_findings::{AccountCoverage, CheckCard, Coverage, Gap, Reason, Run, Side};
use serde_json::json;

use super::*;

const ACCOUNT: &str = "111111111111";

fn hub() -> Hub {
    Hub { account: ACCOUNT.to_owned(), partition: "aws".to_owned(), region: "eu-west-1".to_owned() }
}

fn finding(check: &str, name: &str, verdict: VerdictKind) -> Finding {
    let arn = if name == "root" { format!("arn:aws:iam::{ACCOUNT}:root") } else { format!("arn:aws:s3:::{name}") };
    let because = Reason::from(&Gap::new(forewarn_findings::Cause::Denied, "s3:ListBuckets"));
    Finding {
        check: check.into(),
        verdict,
        severity: Severity::High,
        resource: Arc::new(Resource { arn, account: ACCOUNT.to_owned(), region: None }),
        grounds: Arc::new(Grounds {
            reason: "it is open".into(),
            unknown_because: [because].into(),
            ..Grounds::default()
        }),
        fingerprint: Fingerprint([7; 16]),
        change: None,
        age: None,
        exception: None,
    }
}

fn report(findings: Vec<Finding>) -> Report {
    let card = CheckCard {
        title: "Bucket is open".to_owned(),
        severity: Severity::High,
        protects: Vec::new(),
        side: Side::Customer,
        operations: Vec::new(),
        what: String::new(),
        why: String::new(),
        fix: "Close it.".to_owned(),
    };
    Report {
        run: Run { id: "r".to_owned(), instant: "2026-11-24T10:59:49Z".parse().unwrap(), ..Run::default() },
        coverage: Coverage {
            accounts: vec![AccountCoverage { id: ACCOUNT.to_owned(), ..AccountCoverage::default() }],
            ..Coverage::default()
        },
        checks: [("s3.open".to_owned(), card)].into(),
        findings,
        ..Report::default()
    }
}

/// What Security Hub has after a run.
fn known(report: &Report) -> Vec<Value> {
    let mut findings = Import::of(report, &hub(), &[], false).findings;
    for finding in &mut findings {
        finding["CreatedAt"] = "2020-01-01T00:00:00Z".into();
    }
    findings
}

fn ids(findings: &[Value]) -> Vec<&str> {
    findings.iter().map(|finding| finding["ProductFields"]["forewarn/resource"].as_str().unwrap()).collect()
}

#[test]
fn what_fails_is_sent_to_the_own_account_and_nothing_else_is() {
    let mut other = finding("s3.open", "other", VerdictKind::Fail);
    Arc::make_mut(&mut other.resource).account = "222222222222".to_owned();
    let report = report(vec![
        finding("s3.open", "a", VerdictKind::Fail),
        finding("s3.open", "b", VerdictKind::Pass),
        finding("s3.open", "c", VerdictKind::Unknown),
        other,
    ]);
    let import = Import::of(&report, &hub(), &[], false);
    assert_eq!(ids(&import.findings), ["arn:aws:s3:::a"]);
    assert_eq!((import.failing, import.others, import.resolved, import.left), (1, 0, 0, 0));
    assert_eq!(
        import.findings[0]["ProductArn"],
        "arn:aws:securityhub:eu-west-1:111111111111:product/111111111111/default"
    );
    let all = Import::of(&report, &hub(), &[], true);
    assert_eq!((all.findings.len(), all.failing, all.others), (3, 1, 2));
}

#[test]
fn what_fails_no_longer_is_archived_and_what_fails_on_keeps_its_beginning() {
    let before = known(&report(vec![
        finding("s3.open", "a", VerdictKind::Fail),
        finding("s3.open", "b", VerdictKind::Fail),
        finding("s3.open", "gone", VerdictKind::Fail),
    ]));
    let now = report(vec![finding("s3.open", "a", VerdictKind::Fail), finding("s3.open", "b", VerdictKind::Pass)]);
    let import = Import::of(&now, &hub(), &before, false);
    assert_eq!(ids(&import.findings), ["arn:aws:s3:::a", "arn:aws:s3:::b", "arn:aws:s3:::gone"]);
    assert_eq!((import.failing, import.resolved, import.left), (1, 2, 0));
    let states: Vec<&Value> = import.findings.iter().map(|one| &one["RecordState"]).collect();
    assert_eq!(states, ["ACTIVE", "ARCHIVED", "ARCHIVED"]);
    for (sent, before) in import.findings.iter().zip(&before) {
        assert_eq!((&sent["Id"], &sent["CreatedAt"]), (&before["Id"], &before["CreatedAt"]));
    }
    // Security Hub then has them as passed and archived: they are not sent again.
    let again = Import::of(&now, &hub(), &import.findings, false);
    assert_eq!((again.failing, again.resolved), (1, 0));
}

#[test]
fn what_was_not_looked_at_whole_archives_nothing() {
    let before = known(&report(vec![finding("s3.open", "b", VerdictKind::Fail)]));
    let unknown = report(vec![finding("s3.open", "b", VerdictKind::Unknown)]);
    let cut_list = report(vec![finding("s3.open", "root", VerdictKind::Unknown)]);
    let mut interrupted = report(Vec::new());
    interrupted.run.interrupted = true;
    let mut unentered = report(Vec::new());
    unentered.coverage.accounts[0].gap = Some(Gap::new(forewarn_findings::Cause::Denied, "sts:AssumeRole"));
    let mut unchecked = report(Vec::new());
    unchecked.checks.clear();
    for (what, now) in [unknown, cut_list, interrupted, unentered, unchecked].iter().enumerate() {
        let import = Import::of(now, &hub(), &before, false);
        assert_eq!((import.resolved, import.left), (0, 1), "{what}");
        assert!(import.findings.is_empty(), "{what}");
    }
}

#[test]
fn a_finding_whose_id_is_not_that_of_what_it_names_is_left_alone() {
    let mut before = known(&report(vec![finding("s3.open", "b", VerdictKind::Fail)]));
    before[0]["ProductFields"]["forewarn/resource"] = "arn:aws:s3:::another".into();
    let import = Import::of(&report(Vec::new()), &hub(), &before, false);
    assert_eq!((import.resolved, import.left), (0, 1));
    // Of another product, or another account, it is none of ours.
    before[0]["GeneratorId"] = "prowler".into();
    assert_eq!(Import::of(&report(Vec::new()), &hub(), &before, false).left, 0);
}

#[test]
fn a_call_has_a_hundred_findings_and_six_megabytes_at_most() {
    let small = |id: usize| json!({ "Id": id.to_string(), "x": "y" });
    let (made, refused) = calls((0..250).map(small).collect());
    assert_eq!(made.iter().map(Vec::len).collect::<Vec<_>>(), [100, 100, 50]);
    assert!(refused.is_empty());
    let large = |id: usize| json!({ "Id": id.to_string(), "x": "y".repeat(200_000) });
    let (made, _) = calls((0..60).map(large).collect());
    assert!(made.iter().all(|call| call.iter().map(|one| one.to_string().len()).sum::<usize>() <= 5_500_000));
    assert_eq!(made.iter().map(Vec::len).sum::<usize>(), 60);
    let (made, refused) = calls(vec![json!({ "Id": "big", "x": "y".repeat(250_000) })]);
    assert!(made.is_empty());
    assert_eq!(refused[0].id, "big");
}

#[test]
fn an_answer_says_what_became_of_each() {
    let answer = json!({ "SuccessCount": 1, "FailedCount": 1, "FailedFindings": [
        { "Id": "a", "ErrorCode": "InvalidInput", "ErrorMessage": "no" }] });
    let read = Answer::read(&answer, 2).unwrap();
    assert_eq!((read.taken, read.failed[0].code.as_str()), (1, "InvalidInput"));
    assert_eq!(Answer::read(&answer, 3), None);
    assert_eq!(Answer::read(&json!({ "SuccessCount": 1, "FailedCount": 1 }), 2), None);
    assert_eq!(Answer::read(&json!({}), 0), None);
}

#[test]
fn an_estimate_is_in_dollars() {
    assert!(estimate(10).contains("10 findings a run cost less than 0.01 US dollars"));
    assert!(estimate(100_000).contains("about 3.00 US dollars"));
}
