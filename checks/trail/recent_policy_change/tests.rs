//! What settings change: deployers, an earlier snapshot.

use std::sync::Arc;

use forewarn_findings::{EarlierInventory, Finding, Report, Settings, StandsOut, VerdictKind, assess};
use forewarn_inventory::{Inventory, overlay};
use serde_json::{Value, json};

use super::CHECK;

fn judged(inventory: &Inventory, settings: &Settings) -> Report {
    assess(&[&CHECK], inventory, settings, "0")
}

fn of<'r>(report: &'r Report, arn: &str) -> &'r Finding {
    report.findings.iter().find(|finding| finding.resource.arn == arn).unwrap()
}

fn statement(principal: &Value) -> Value {
    json!({ "Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*" })
}

fn policy(statements: &[Value]) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// An account in which the policy of a bucket was put, by a session of the role `Deploy` or by a user.
fn changed(to: &Value, session: bool) -> Inventory {
    let mut event = json!({
        "eventName": "PutBucketPolicy", "eventTime": "2025-12-30T10:00:00Z",
        "requestParameters": { "bucketName": "b", "bucketPolicy": to },
    });
    if session {
        event["userIdentity"] = json!({
            "type": "AssumedRole", "arn": "arn:aws:sts::111111111111:assumed-role/Deploy/run-7",
            "sessionContext": { "sessionIssuer": { "arn": "arn:aws:iam::111111111111:role/ci/Deploy" } },
        });
    }
    overlay::inventory(&json!({ "trail": { "changes": [event] } })).unwrap()
}

fn earlier(instant: &str, policy: &Value) -> Settings {
    let before = json!({ "instant": instant, "s3": { "buckets": [{ "name": "b", "policy": policy }] } });
    let before = overlay::inventory(&before).unwrap();
    Settings { earlier: Some(EarlierInventory::new(Arc::new(before))), ..Settings::default() }
}

const B: &str = "arn:aws:s3:::b";

#[test]
fn an_earlier_snapshot_says_what_was_there_before() {
    let own = policy(&[statement(&json!({ "AWS": "arn:aws:iam::111111111111:root" }))]);
    let open = policy(&[statement(&json!("*"))]);
    for (before, to, verdict) in [
        (&own, &open, VerdictKind::Fail),
        (&open, &own, VerdictKind::Pass),
        (&open, &open, VerdictKind::Pass),
        (&Value::Null, &open, VerdictKind::Fail),
    ] {
        let report = judged(&changed(to, false), &earlier("2025-12-29T00:00:00Z", before));
        let found = of(&report, B);
        assert_eq!(found.verdict, verdict, "{before} to {to}: {}", found.grounds.reason);
        assert_eq!(found.grounds.witness.is_some(), verdict == VerdictKind::Fail);
    }
    // One that was read after the change shows what is there since, not what was there before.
    let late = judged(&changed(&open, false), &earlier("2025-12-31T00:00:00Z", &own));
    assert_eq!(of(&late, B).verdict, VerdictKind::Unknown);
}

#[test]
fn a_deny_that_goes_opens_the_bucket_to_the_own_people() {
    let deny =
        json!({ "Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject", "Resource": "arn:aws:s3:::b/*" });
    let own = statement(&json!({ "AWS": "arn:aws:iam::111111111111:root" }));
    let fenced = policy(&[own.clone(), deny]);
    let report = judged(&changed(&policy(&[own]), false), &earlier("2025-12-29T00:00:00Z", &fenced));
    let found = of(&report, B);
    assert_eq!(found.verdict, VerdictKind::Fail, "{}", found.grounds.reason);
    assert_eq!(found.grounds.witness.as_ref().unwrap().request.action, "s3:DeleteObject");
}

#[test]
fn whoever_is_no_deployer_stands_out_once_deployers_are_configured() {
    let own = policy(&[statement(&json!({ "AWS": "arn:aws:iam::111111111111:root" }))]);
    let before = earlier("2025-12-29T00:00:00Z", &own);
    let with = |deployers: &[&str]| Settings {
        deployers: deployers.iter().map(|arn| (*arn).to_owned()).collect(),
        ..before.clone()
    };
    let verdict = |session, deployers: &[&str]| of(&judged(&changed(&own, session), &with(deployers)), B).verdict;
    let role = "arn:aws:iam::111111111111:role/ci/Deploy";
    assert_eq!(verdict(false, &[]), VerdictKind::Pass);
    assert_eq!(verdict(false, &[role]), VerdictKind::Fail);
    assert_eq!(verdict(true, &[role]), VerdictKind::Pass);
    assert_eq!(verdict(true, &["arn:aws:sts::*:assumed-role/Deploy/run-*"]), VerdictKind::Pass);
    assert_eq!(verdict(true, &["arn:aws:iam::111111111111:role/Other"]), VerdictKind::Fail);
}

#[test]
fn a_guardrail_that_stops_less_than_before_is_told_from_one_that_stops_more() {
    let scp = |minute: u8, denied: &[&str]| {
        let content =
            json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Deny", "Action": denied, "Resource": "*" }] });
        json!({ "eventSource": "organizations.amazonaws.com", "eventName": "UpdatePolicy", "eventID": format!("e-{minute}"),
            "eventTime": format!("2025-12-30T10:{minute:02}:00Z"),
            "requestParameters": { "policyId": "p-1", "content": content.to_string() } })
    };
    let out = |events: &[Value]| {
        let inventory = overlay::inventory(&json!({ "trail": { "changes": events } })).unwrap();
        let report = judged(&inventory, &Settings::default());
        let last = report.exhibits.changes.last().unwrap();
        (last.opened, last.stands_out.clone())
    };
    let (few, many) = (["s3:*"], ["s3:*", "iam:*"]);
    assert_eq!(out(&[scp(1, &few)]), (None, vec![StandsOut::Guardrail]), "what was there before is not known");
    assert_eq!(out(&[scp(1, &few), scp(2, &many)]), (Some(false), vec![]));
    let loosened = out(&[scp(1, &many), scp(2, &few)]);
    assert_eq!(loosened, (Some(true), vec![StandsOut::OpenedAccess, StandsOut::Guardrail]));
}

#[test]
fn the_timeline_has_every_change_and_why_it_stands_out() {
    let open = policy(&[statement(&json!("*"))]);
    let settings = Settings { deployers: vec!["arn:aws:iam::111111111111:role/x".to_owned()], ..Settings::default() };
    let report = judged(&changed(&open, false), &settings);
    let [change] = &report.exhibits.changes[..] else { panic!("{:?}", report.exhibits) };
    assert_eq!(
        (change.name.as_str(), change.actor.as_str()),
        ("PutBucketPolicy", "arn:aws:iam::111111111111:user/dev")
    );
    assert_eq!((change.opened, &change.stands_out[..]), (None, &[StandsOut::NotADeployer][..]));
    assert_eq!(change.undecided[0].code, "no_earlier_document");
    assert_eq!(change.address.as_deref(), Some("198.51.100.7"));
}
