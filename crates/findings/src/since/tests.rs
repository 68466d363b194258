use forewarn_inventory::{Cause, Fact, Gap, Inventory, overlay};
use serde_json::{Value, json};

use super::*;
use crate::{Case, Check, Findings, Judge, Settings, Verdict, assess};

static VERSIONING: Check = Check {
    id: "s3.versioning",
    title: "A title",
    severity: Severity::High,
    protects: crate::Protects::EVERYTHING,
    side: crate::Side::Customer,
    needs: &[Fact::Buckets, Fact::BucketVersioning],
    parameters: &[],
    docs: "## What it finds\n\nx\n",
    judge: Judge::Inventory(versioned),
};

fn versioned(case: &Case<'_>, findings: &mut Findings) {
    for bucket in case.buckets() {
        let verdict = match bucket.versioning.read() {
            Err(gap) => Verdict::unknown(gap),
            Ok(Some(versioning)) if versioning.enabled => Verdict::Pass,
            Ok(Some(_)) => Verdict::fail("suspended", bucket.evidence("/versioning", "suspended")),
            Ok(None) => Verdict::fail("never on", bucket.evidence("/versioning", "never on")),
        };
        findings.record(&bucket, verdict);
    }
}

fn inventory(buckets: &Value) -> Inventory {
    overlay::inventory(&json!({ "s3": { "buckets": buckets } })).unwrap()
}

fn run(inventory: &Inventory) -> Report {
    assess(&[&VERSIONING], inventory, &Settings::default(), "0")
}

fn seen(buckets: &Value) -> Report {
    run(&inventory(buckets))
}

fn changes(report: &Report) -> Vec<Option<Change>> {
    report.findings.iter().map(|finding| finding.change).collect()
}

fn names(all: &[Earlier]) -> Vec<&str> {
    all.iter().map(|earlier| earlier.resource.arn.as_str()).collect()
}

#[test]
fn new_changed_and_as_before_are_told_apart() {
    let earlier = seen(&json!([{ "name": "a" }, { "name": "b" }, { "name": "c", "versioning": { "enabled": true } }]));
    let now = seen(&json!([
        { "name": "a" }, { "name": "b", "versioning": { "enabled": false } }, { "name": "c" }, { "name": "d" },
        { "name": "e", "versioning": { "enabled": true } },
    ]))
    .since(&earlier);
    let (new, changed, unchanged) = (Some(Change::New), Some(Change::Changed), Some(Change::Unchanged));
    assert_eq!(changes(&now), [unchanged, changed, new, new, None]);
    assert!(now.has_new(VerdictKind::Fail) && !now.has_new(VerdictKind::Unknown));
    let since = now.since.unwrap();
    assert_eq!((since.run, since.gone, since.unassessed), (earlier.run.id, vec![], vec![]));
}

#[test]
fn a_run_held_against_itself_has_nothing_new_and_nothing_gone() {
    let report = seen(&json!([{ "name": "a" }, { "name": "b", "versioning": { "enabled": true } }]));
    let now = report.clone().since(&report);
    assert_eq!(changes(&now), [Some(Change::Unchanged), None]);
    assert!(!now.has_new(VerdictKind::Fail));
}

#[test]
fn what_was_mended_or_deleted_is_gone() {
    let earlier = seen(&json!([{ "name": "deleted" }, { "name": "mended" }]));
    let now = seen(&json!([{ "name": "mended", "versioning": { "enabled": true } }])).since(&earlier);
    assert_eq!(names(&now.since.unwrap().gone), ["arn:aws:s3:::deleted", "arn:aws:s3:::mended"]);
}

/// Every way in which an earlier fail can fail to be looked at again.
#[test]
fn what_was_not_assessed_is_not_gone() {
    let earlier = seen(&json!([{ "name": "a" }]));
    let gap = || Gap::new(Cause::Denied, "x:Y");
    let unread = json!([{ "name": "a", "versioning": { "unreadable": { "cause": "denied", "operation": "x:Y" } } }]);
    let cut = json!({ "items": [], "rest": [{ "cause": "denied", "operation": "x:Y" }] });
    let mut without_account = inventory(&json!([]));
    without_account.accounts.clear();
    let mut interrupted = seen(&json!([]));
    interrupted.run.interrupted = true;
    let mut other_region = inventory(&json!([]));
    other_region.accounts[0].regions = [("us-east-1".to_owned(), RegionStatus::NotSelected)].into();
    let mut not_entered = seen(&json!([]));
    not_entered.coverage.accounts[0].gap = Some(gap());
    let mut closed = seen(&json!([]));
    closed.coverage.accounts[0].not_applicable = Some("the account is closed".to_owned());
    let mut not_run = seen(&json!([]));
    not_run.checks.clear();
    for (why, now) in [
        ("its fact could not be read", seen(&unread)),
        ("the list could not be read", seen(&cut)),
        ("the account was not looked at", run(&without_account)),
        ("the run was interrupted", interrupted),
        ("the region was not looked at", run(&other_region)),
        ("the account could not be entered", not_entered),
        ("the account is left out", closed),
        ("the check did not run", not_run),
    ] {
        let since = now.since(&earlier).since.unwrap();
        assert_eq!((names(&since.gone), names(&since.unassessed)), (vec![], vec!["arn:aws:s3:::a"]), "{why}");
    }
}

#[test]
fn a_night_without_an_answer_does_not_make_an_old_fail_new() {
    let first = seen(&json!([{ "name": "a" }]));
    let denied = json!([{ "name": "a", "versioning": { "unreadable": { "cause": "denied", "operation": "x:Y" } } }]);
    let second = seen(&denied).since(&first);
    assert_eq!(changes(&second), [Some(Change::New)], "the Unknown is new");
    let third = seen(&denied).since(&second);
    assert_eq!(changes(&third), [Some(Change::Unchanged)]);
    assert_eq!(names(&third.since.as_ref().unwrap().unassessed), ["arn:aws:s3:::a"], "and the Fail is not forgotten");
    let fourth = seen(&json!([{ "name": "a" }])).since(&third);
    assert_eq!(changes(&fourth), [Some(Change::Unchanged)]);
    let mended = seen(&json!([{ "name": "a", "versioning": { "enabled": true } }])).since(&third);
    assert_eq!(names(&mended.since.unwrap().gone), ["arn:aws:s3:::a"]);
}

#[test]
fn an_unknown_that_fails_now_is_new() {
    let earlier =
        seen(&json!([{ "name": "a", "versioning": { "unreadable": { "cause": "denied", "operation": "x:Y" } } }]));
    assert_eq!(changes(&seen(&json!([{ "name": "a" }])).since(&earlier)), [Some(Change::New)]);
}
