//! Which copy is the security copy, and whom it is set apart from.

use forewarn_findings::{EvidenceRole, Finding, Settings, VerdictKind, assess};
use forewarn_inventory::overlay;
use serde_json::{Value, json};

/// Two trails into two buckets: zoe can delete in both, ann in the first, and the keeper everywhere.
fn judged(patterns: &[&str]) -> Finding {
    let may = |actions: &[&str], resource: Value| {
        json!([{ "name": "own", "document": { "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": actions, "Resource": resource }] } }])
    };
    let inventory = overlay::inventory(&json!({
        "iam": {
            "users": [
                { "name": "zoe", "inline": may(&["s3:DeleteObject*"], json!("*")) },
                { "name": "ann", "inline": may(&["s3:PutBucketPolicy"], json!("arn:aws:s3:::trail-logs")) },
            ],
            "roles": [{ "name": "keeper", "inline": may(&["s3:*"], json!("*")) }],
        },
        "s3": { "buckets": [{ "name": "trail-logs" }, { "name": "vault", "versioning": { "enabled": true } }] },
        "trail": { "trails": [{ "name": "main" }, { "name": "copy", "bucket": "vault" }] },
    }));
    let settings = Settings {
        security_principals: patterns.iter().map(|pattern| (*pattern).to_owned()).collect(),
        ..Settings::default()
    };
    let report = assess(&[&crate::trail::every_copy_can_be_altered::CHECK], &inventory.unwrap(), &settings, "0");
    assert_eq!(report.coverage.internal_errors, Vec::<String>::new());
    report.findings.into_iter().find(|finding| finding.resource.arn.ends_with(":trail/main")).unwrap()
}

#[test]
fn the_security_copy_is_the_one_that_the_fewest_can_alter() {
    let found = judged(&["arn:aws:iam::111111111111:role/keeper"]);
    let grounds = &found.grounds;
    assert_eq!(
        &*grounds.reason,
        "each of the 2 copies of what main records can be altered by somebody beside the configured security principals: \
         in vault zoe can delete it; in trail-logs zoe, ann can delete it; the security copy is vault, which the fewest \
         can alter"
    );
    let request = &grounds.witness.as_ref().unwrap().request;
    assert_eq!((request.action.as_str(), found.verdict), ("s3:DeleteObjectVersion", VerdictKind::Fail));
    assert!(request.resource.starts_with("arn:aws:s3:::vault/AWSLogs/"), "{}", request.resource);
    let primary = grounds.evidence.iter().filter(|evidence| evidence.role == EvidenceRole::Primary);
    let notes: Vec<&str> = primary.map(|evidence| &*evidence.note).collect();
    assert_eq!(notes[1..], ["lets zoe delete it in trail-logs"], "{notes:?}");
    let related = |pointer: &str| grounds.evidence.iter().filter(|evidence| *evidence.pointer == *pointer).count();
    assert_eq!((related("/object_lock"), related("/versioning"), related("/log_validation")), (2, 2, 1));
}

#[test]
fn who_may_alter_a_copy_is_configured() {
    let reason = |patterns: &[&str]| judged(patterns).grounds.reason.clone();
    assert!(
        reason(&[]).contains("beside the administrators (no security principals are configured): in vault keeper, zoe")
    );
    let keepers = ["arn:aws:iam::111111111111:role/keeper", "arn:aws:iam::111111111111:user/zoe"];
    let kept = judged(&keepers);
    assert_eq!(kept.verdict, VerdictKind::Pass, "nobody else gets at the vault: {}", kept.grounds.reason);
}
