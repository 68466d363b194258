//! The runner with checks made for the purpose.

use forewarn_inventory::overlay;
use serde_json::json;

use super::*;
use crate::{In, Severity};

const fn check(id: &'static str, needs: &'static [Fact], judge: fn(&Case<'_>, &mut Findings)) -> Check {
    Check {
        id,
        title: "A title",
        severity: Severity::High,
        protects: crate::Protects::EVERYTHING,
        side: crate::Side::Customer,
        needs,
        parameters: &[],
        docs: "## What it finds\n\nx\n",
        judge: Judge::Inventory(judge),
    }
}

fn bucket_verdict(bucket: &In<'_, forewarn_inventory::Bucket>) -> Verdict {
    match bucket.versioning.read() {
        Err(gap) => Verdict::unknown(gap),
        Ok(None) => Verdict::fail("never turned on", bucket.evidence("/versioning", "absent")),
        Ok(Some(_)) => Verdict::Pass,
    }
}

static PER_BUCKET: Check = check("s3.per_bucket", &[Fact::Buckets, Fact::BucketVersioning], |case, findings| {
    for bucket in case.buckets() {
        findings.record(&bucket, bucket_verdict(&bucket));
    }
});
static ONE_TRAIL: Check = check("trail.one", &[Fact::Trails], |case, findings| {
    for account in case.accounts() {
        let verdict = if account.trail.trails.items.is_empty() {
            Verdict::fail("there is none", Evidence::at(&account.arn(), account, "/trail/trails", "empty"))
        } else {
            Verdict::Pass
        };
        findings.record_one_suffices(account, verdict);
    }
});
static BREAKS: Check = check("s3.breaks", &[], |case, _| {
    let none: Option<u8> = case.inventory().accounts.get(7).map(|_| 1);
    none.expect("a fault of our own");
});
static TWICE: Check = check("s3.twice", &[], |case, findings| {
    for account in case.accounts() {
        findings.record(account, Verdict::Pass);
        findings.record(account, Verdict::Pass);
    }
});

fn run_on(checks: &[&'static Check], overlay: &serde_json::Value) -> Report {
    assess(checks, &overlay::inventory(overlay).unwrap(), &Settings::default(), "0")
}

fn verdicts(report: &Report) -> Vec<(&str, VerdictKind)> {
    report.findings.iter().map(|finding| (finding.resource.arn.as_str(), finding.verdict)).collect()
}

const ROOT: &str = "arn:aws:iam::111111111111:root";

#[test]
fn a_cut_list_is_an_unknown_of_the_check_and_what_was_read_is_judged() {
    let denied = json!({ "cause": "denied", "operation": "s3:ListAllMyBuckets" });
    let report =
        run_on(&[&PER_BUCKET], &json!({ "s3": { "buckets": { "items": [{ "name": "b" }], "rest": [denied] } } }));
    assert_eq!(verdicts(&report), [(ROOT, VerdictKind::Unknown), ("arn:aws:s3:::b", VerdictKind::Fail)]);
    let unknown = &report.findings[0].grounds.unknown_because;
    assert_eq!(unknown[0].gap.as_ref().map(|gap| gap.operation.as_str()), Some("s3:ListAllMyBuckets"));
}

#[test]
fn where_one_suffices_a_pass_stands_on_half_a_list_and_a_fail_does_not() {
    let cut = |items: serde_json::Value| {
        let rest = json!([{ "cause": "denied", "operation": "cloudtrail:DescribeTrails", "resource": "eu-west-1" }]);
        json!({ "trail": { "trails": { "items": items, "rest": rest } } })
    };
    assert_eq!(verdicts(&run_on(&[&ONE_TRAIL], &cut(json!([{ "name": "t" }])))), [(ROOT, VerdictKind::Pass)]);
    assert_eq!(verdicts(&run_on(&[&ONE_TRAIL], &cut(json!([])))), [(ROOT, VerdictKind::Unknown)]);
    assert_eq!(verdicts(&run_on(&[&ONE_TRAIL], &json!({}))), [(ROOT, VerdictKind::Fail)]);
}

#[test]
fn a_check_that_panics_is_unknown_and_the_others_still_run() {
    let report = run_on(&[&BREAKS, &ONE_TRAIL], &json!({}));
    assert_eq!(verdicts(&report), [(ROOT, VerdictKind::Unknown), (ROOT, VerdictKind::Fail)]);
    assert_eq!(report.coverage.internal_errors.len(), 1);
    assert!(report.coverage.internal_errors[0].contains("s3.breaks panicked: a fault of our own"));
}

#[test]
fn a_resource_judged_twice_is_an_internal_error() {
    let report = run_on(&[&TWICE], &json!({}));
    assert_eq!(report.coverage.internal_errors, [format!("s3.twice judged `{ROOT}` twice")]);
}

#[test]
fn the_same_inventory_gives_the_same_report_and_another_one_another_id() {
    let overlay = json!({ "s3": { "buckets": [{ "name": "b" }, { "name": "a" }] } });
    let (one, two) = (run_on(&[&PER_BUCKET], &overlay), run_on(&[&PER_BUCKET], &overlay));
    assert_eq!(one, two);
    assert_ne!(one.run.id, run_on(&[&PER_BUCKET], &json!({})).run.id);
    assert_ne!(one.findings[0].fingerprint, one.findings[1].fingerprint);
}

#[test]
fn a_fingerprint_outlives_time_and_text_and_follows_the_evidence() {
    let print = |overlay: &serde_json::Value| run_on(&[&PER_BUCKET], overlay).findings[0].fingerprint;
    let bucket = json!({ "buckets": [{ "name": "b" }] });
    let later = json!({ "s3": bucket, "instant": "2027-01-01T00:00:00Z" });
    assert_eq!(print(&json!({ "s3": bucket })), print(&later));
    let on = json!({ "s3": { "buckets": [{ "name": "b", "versioning": { "enabled": true } }] } });
    assert_ne!(print(&json!({ "s3": bucket })), print(&on));
}

#[test]
fn the_coverage_names_what_was_not_read_and_what_that_disables() {
    let gap = json!({ "unreadable": { "cause": "denied", "operation": "s3:GetBucketVersioning", "resource": "b" } });
    let report = run_on(
        &[&PER_BUCKET, &ONE_TRAIL],
        &json!({
            "s3": { "buckets": [{ "name": "b", "versioning": gap }, { "name": "c", "policy": gap }] },
            "unreached": [{ "id": "222222222222", "gap": { "cause": "denied", "operation": "sts:AssumeRole" } }],
            "left_out": [{ "id": "000000000009", "reason": "closed" }],
            "unlisted": [{ "cause": "denied", "operation": "organizations:ListAccounts" }],
            "organization": { "accounts": [{ "id": "222222222222", "name": "Sandbox" }] },
        }),
    );
    let gaps = &report.coverage.gaps;
    assert_eq!(gaps.len(), 1, "a fact that no check needs is not a gap: {gaps:?}");
    assert_eq!((gaps[0].operation.as_str(), gaps[0].count), ("s3:GetBucketVersioning", 1));
    assert_eq!(
        (gaps[0].checks.as_slice(), gaps[0].resources.as_slice()),
        (&["s3.per_bucket".to_owned()][..], &["b".to_owned()][..])
    );
    let accounts: Vec<_> = report
        .coverage
        .accounts
        .iter()
        .map(|account| {
            (account.id.as_str(), account.name.as_deref(), account.gap.is_some(), account.not_applicable.as_deref())
        })
        .collect();
    assert_eq!(
        accounts,
        [
            ("000000000009", None, false, Some("closed")),
            ("111111111111", None, false, None),
            ("222222222222", Some("Sandbox"), true, None),
        ]
    );
    assert_eq!((report.coverage.assessed(), report.coverage.unlisted.len()), (1, 1));
    assert!(report.coverage.lacks_accounts());
    // Buckets (1), versioning of two buckets (2), trails (1).
    assert_eq!(report.coverage.observed(), (3, 4));
}

#[test]
fn a_family_that_could_not_be_asked_for_is_a_gap_that_disables_no_check() {
    let denied = |region: &str| json!({ "cause": "denied", "operation": "s3tables:ListTableBuckets", "resource": region, "detail": "no" });
    let overlay = json!({ "s3": { "buckets": [{ "name": "b" }] }, "unassessed": [
        { "family": "S3 Tables table buckets", "count": 0, "rest": [denied("eu-west-1"), denied("us-east-1")] },
        { "family": "S3 Vectors vector buckets", "count": 2 },
    ] });
    let report = run_on(&[&PER_BUCKET], &overlay);
    let seen: Vec<(&str, usize)> =
        report.coverage.accounts[0].unassessed.iter().map(|(family, seen)| (family.as_str(), *seen)).collect();
    assert_eq!(seen, [("S3 Vectors vector buckets", 2)]);
    let [gap] = report.coverage.gaps.as_slice() else { panic!("{:?}", report.coverage.gaps) };
    assert_eq!((gap.operation.as_str(), gap.cause, gap.count), ("s3tables:ListTableBuckets", Cause::Denied, 2));
    assert_eq!(gap.resources, ["eu-west-1", "us-east-1"]);
    assert_eq!(gap.checks, [""; 0]);
    assert_eq!(verdicts(&report), [("arn:aws:s3:::b", VerdictKind::Fail)]);
    // Who asks for no buckets asks for no family either.
    assert!(run_on(&[&ONE_TRAIL], &overlay).coverage.gaps.is_empty());
}

/// Reads every bucket for a way in of anybody.
static REACH: Check = check("s3.reach", &[Fact::Buckets], |case, findings| {
    for bucket in case.buckets() {
        let answer = case.reach(&case.bucket(&bucket), &[forewarn_policy::Audience::Anyone]);
        findings.record(&bucket, Verdict::from_answer(answer, |proof| Verdict::proved("anyone", proof)));
    }
});

#[test]
fn the_evidence_is_of_the_access_point_that_the_witness_goes_through() {
    let statement = |principal: &str| {
        json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Principal": { "AWS": "111111111111" }, "Action": "s3:ListBucket", "Resource": "*" },
            { "Effect": "Allow", "Principal": { "AWS": principal }, "Action": "s3:GetObject", "Resource": "*" }] })
    };
    let report = run_on(
        &[&REACH],
        &json!({ "s3": {
            "access_points": [
                { "name": "closed", "bucket": "b", "policy": statement("111111111111") },
                { "name": "open", "bucket": "b", "policy": statement("*") },
            ],
            "buckets": [{ "name": "b", "policy": { "Version": "2012-10-17", "Statement": [
                { "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*",
                  "Condition": { "StringEquals": { "s3:DataAccessPointAccount": "111111111111" } } }] } }] } }),
    );
    let finding = report.findings.iter().find(|finding| finding.verdict == VerdictKind::Fail).unwrap();
    let points: Vec<&str> = finding
        .grounds
        .evidence
        .iter()
        .map(|evidence| &*evidence.resource)
        .filter(|arn| arn.contains(":accesspoint/"))
        .collect();
    assert_eq!(points, ["arn:aws:s3:us-east-1:111111111111:accesspoint/open"], "{finding:?}");
}
