//! What the configured security principals change.

use forewarn_findings::{Finding, Settings, VerdictKind, assess};
use forewarn_inventory::overlay;
use serde_json::json;

fn judged(patterns: &[&str]) -> Finding {
    let may = |actions: &[&str]| {
        json!([{ "name": "own", "document": { "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": actions, "Resource": "*" }] } }])
    };
    let inventory = overlay::inventory(&json!({
        "iam": {
            "users": [{ "name": "zoe", "inline": may(&["s3:DeleteObject"]) }, { "name": "ann", "inline": may(&["s3:GetObject"]) }],
            "roles": [{ "name": "keeper", "inline": may(&["s3:*"]) }, { "name": "admin", "inline": may(&["*"]) }],
        },
        "s3": { "buckets": [{ "name": "trail-logs" }] },
        "trail": { "trails": [{ "name": "main" }] },
    }));
    let settings = Settings {
        security_principals: patterns.iter().map(|pattern| (*pattern).to_owned()).collect(),
        ..Settings::default()
    };
    let report = assess(&[&crate::trail::bucket_not_restricted::CHECK], &inventory.unwrap(), &settings, "0");
    report.findings.into_iter().next().unwrap()
}

#[test]
fn without_security_principals_administrators_keep_the_log() {
    let found = judged(&[]);
    assert_eq!(found.verdict, VerdictKind::Fail);
    assert!(found.grounds.reason.contains("no security principals are configured"), "{}", found.grounds.reason);
    assert!(found.grounds.reason.contains("keeper, zoe can delete it; ann can read it"), "{}", found.grounds.reason);
}

#[test]
fn with_security_principals_administrators_are_outsiders_too() {
    let found = judged(&["arn:aws:iam::111111111111:role/keep*"]);
    assert!(
        found.grounds.reason.starts_with("3 users and roles beside the configured security principals"),
        "{}",
        found.grounds.reason
    );
    assert!(found.grounds.reason.contains("admin, zoe can delete it; ann can read it"), "{}", found.grounds.reason);
    let all = judged(&["arn:aws:iam::111111111111:*"]);
    assert_eq!(all.verdict, VerdictKind::Pass, "{}", all.grounds.reason);
}

#[test]
fn the_worst_deed_is_the_witness_and_the_others_are_evidence() {
    let found = judged(&["arn:aws:iam::111111111111:role/*"]);
    let witness = found.grounds.witness.clone().unwrap().request;
    assert_eq!(witness.action, "s3:DeleteObject");
    assert!(witness.resource.starts_with("arn:aws:s3:::trail-logs/AWSLogs/"), "{}", witness.resource);
    let of: Vec<&str> = found.grounds.evidence.iter().map(|evidence| &*evidence.resource).collect();
    assert_eq!(of, ["arn:aws:iam::111111111111:user/zoe", "arn:aws:iam::111111111111:user/ann"]);
}
