//! A change is reviewed, then made for real in the public AWS emulator: what the review said is what the next audit finds.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::moto::Moto;
use crate::support::{said, signed};

/// A check and the resource that fails it.
type Failed = (String, String);

fn failed<'v>(list: impl IntoIterator<Item = &'v Value>) -> BTreeSet<Failed> {
    let text = |finding: &Value, name: &str| finding[name].as_str().unwrap().to_owned();
    list.into_iter().map(|finding| (text(finding, "check"), text(finding, "resource_arn"))).collect()
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[test]
fn moto_has_after_the_change_what_the_review_said_before_it() {
    let moto = Moto::start();
    moto.said_by("change.py", &["seed"]);
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name);
    let audit = |name: &str| {
        let (report, snapshot) = (format!("json={name}.json"), format!("{name}.snapshot"));
        let output = signed(home.path(), "testing")
            .args(["audit", "--endpoint-url", &moto.url, "--region", "us-east-1", "--regions", "us-east-1"])
            .args(["--events-days", "0", "--fail-on", "never", "-f", &report, "--save-snapshot", &snapshot])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        let report = json(&at(&format!("{name}.json")));
        let results = report["results"].as_array().unwrap();
        failed(results.iter().filter(|finding| finding["verdict"] == "fail"))
    };
    let before = audit("before");
    moto.said_by("change.py", &["plan", at("plan.json").to_str().unwrap()]);
    let output = signed(home.path(), "testing")
        .args(["review", "plan.json", "--against", "before.snapshot", "-f", "json=review.json"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    // The same over the live account, which nobody has to save first.
    let live = signed(home.path(), "testing")
        .args(["review", "plan.json", "--endpoint-url", &moto.url, "--region", "us-east-1", "--regions", "us-east-1"])
        .args(["-f", "json=live.json"])
        .output()
        .unwrap();
    assert_eq!(live.status.code(), Some(1), "{}", said(&live));
    moto.said_by("change.py", &["apply"]);
    let after = audit("after");

    let review = json(&at("review.json"));
    let list = |name: &str| failed(review[name].as_array().unwrap());
    assert_eq!(failed(json(&at("live.json"))["introduced"].as_array().unwrap()), list("introduced"));
    let new: BTreeSet<Failed> = after.difference(&before).cloned().collect();
    let gone: BTreeSet<Failed> = before.difference(&after).cloned().collect();
    // What failed before on other evidence is introduced too; it is there in both audits.
    let introduced: BTreeSet<Failed> = list("introduced").difference(&before).cloned().collect();
    assert_eq!(introduced, new);
    assert_eq!(list("fixed"), gone);
    for (check, end) in [
        ("s3.reachable_by_anyone", ":::change-data"),
        ("s3.tls_not_required", ":::change-logs"),
        ("iam.policy_allows_everything", ":role/change-partner"),
        ("iam.policy_allows_everything", ":user/change-robot"),
        ("iam.role_trusts_account_without_external_id", ":role/change-trust"),
    ] {
        assert!(new.iter().any(|(is, arn)| is == check && arn.ends_with(end)), "{check} {end}: {new:?}");
    }
    for (check, end) in [("iam.group_empty", "group/change-empty"), ("iam.password_policy_weak", "root")] {
        assert!(gone.contains(&(check.to_owned(), format!("arn:aws:iam::123456789012:{end}"))), "{gone:?}");
    }
    let gains = review["access"].as_array().unwrap().iter().filter(|delta| delta["verdict"] == "gains");
    let who: BTreeSet<&str> =
        gains.map(|delta| delta["resource_arn"].as_str().unwrap().rsplit([':', '/']).next().unwrap()).collect();
    assert_eq!(who, BTreeSet::from(["change-ci", "change-data", "change-partner", "change-robot", "change-trust"]));
}
