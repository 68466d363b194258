//! The demo, as the README shows it.

use serde_json::Value;

use crate::support::{forewarn, said};

fn demo(arguments: &[&str]) -> (Option<i32>, Value) {
    let home = tempfile::tempdir().unwrap();
    let output = forewarn(home.path()).arg("demo").args(["-f", "json"]).args(arguments).output().unwrap();
    let report = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}\n{}", said(&output)));
    (output.status.code(), report)
}

/// The result of a check on a resource.
fn result<'a>(report: &'a Value, check: &str, resource: &str) -> &'a Value {
    let results = report["results"].as_array().unwrap();
    let found = results.iter().find(|result| result["check"] == check && result["resource_arn"] == resource);
    found.unwrap_or_else(|| panic!("no result of {check} on {resource}"))
}

#[test]
fn the_loosened_policy_is_found_with_a_request_that_writes() {
    let (exit, report) = demo(&[]);
    assert_eq!(exit, Some(1));
    let found = result(&report, "s3.reachable_by_anyone", "arn:aws:s3:::acme-sdk-downloads");
    assert_eq!((&found["verdict"], &found["severity"]), (&"fail".into(), &"critical".into()));
    assert_eq!(found["witness"]["request"]["principal"]["type"], "anonymous");
    assert_eq!(found["witness"]["request"]["action"], "s3:PutObject");
    let statement = &found["evidence"][0];
    assert_eq!(statement["content"]["Sid"], "TempDebugAllow");
    assert!(statement["pointer"].as_str().unwrap().starts_with("/policy/Statement/"));
}

#[test]
fn what_only_looks_open_passes_and_what_cannot_be_read_is_unknown() {
    let (_, report) = demo(&[]);
    for closed in ["acme-partner-dropbox", "acme-data-lake", "acme-invoices", "acme-office-share"] {
        let found = result(&report, "s3.reachable_by_anyone", &format!("arn:aws:s3:::{closed}"));
        assert_eq!(found["verdict"], "pass", "{closed}: {}", found["reason"]);
    }
    let unread = result(&report, "s3.reachable_by_anyone", "arn:aws:s3:::acme-legal-hold");
    assert_eq!(unread["verdict"], "unknown");
    assert_eq!(unread["unknown_because"][0]["gap"]["operation"], "s3:GetBucketPolicy");
    assert_eq!(unread["unknown_because"][0]["gap"]["cause"], "denied");
}

#[test]
fn a_partner_and_a_stranger_are_told_from_the_own_organisation() {
    let (_, report) = demo(&[]);
    let vendor = result(&report, "s3.reachable_by_other_account", "arn:aws:s3:::acme-support-attachments");
    assert_eq!(vendor["verdict"], "fail");
    assert!(vendor["reason"].as_str().unwrap().contains("999988887777"), "{}", vendor["reason"]);
    let own = result(&report, "s3.reachable_by_other_account", "arn:aws:s3:::acme-analytics-scratch");
    assert_eq!(own["verdict"], "pass", "{}", own["reason"]);
    let role = |name: &str| format!("arn:aws:iam::111122223333:role/{name}");
    let any = result(&report, "iam.oidc_trust_open_to_strangers", &role("GitHubDeploy"));
    assert_eq!(any["verdict"], "fail");
    assert!(any["reason"].as_str().unwrap().contains("token.actions.githubusercontent.com:sub"), "{}", any["reason"]);
    for (check, name) in
        [("iam.oidc_trust_open_to_strangers", "GitHubRelease"), ("iam.role_trusts_anyone", "GitHubDeploy")]
    {
        assert_eq!(result(&report, check, &role(name))["verdict"], "pass", "{check} {name}");
    }
}

#[test]
fn who_loosened_the_policy_is_named_with_the_request_that_is_allowed_since() {
    let (_, report) = demo(&[]);
    let found = result(&report, "trail.recent_policy_change", "arn:aws:s3:::acme-sdk-downloads");
    assert_eq!(found["verdict"], "fail", "{}", found["reason"]);
    let reason = found["reason"].as_str().unwrap();
    for part in
        ["PutBucketPolicy", "assumed-role/Developer/debug-uploads", "user/ben.tanaka", "198.51.100.31", "opened access"]
    {
        assert!(reason.contains(part), "{part}: {reason}");
    }
    assert_eq!(found["witness"]["request"]["action"], "s3:PutObject");
    let tightened = result(&report, "trail.recent_policy_change", "arn:aws:s3:::acme-backups");
    assert_eq!(tightened["verdict"], "pass", "{}", tightened["reason"]);
    let changes = report["exhibits"]["changes"].as_array().unwrap();
    let told: Vec<(&str, &Value)> =
        changes.iter().map(|change| (change["name"].as_str().unwrap(), &change["refused"])).collect();
    let none = Value::Null;
    let refused = Value::from("AccessDenied");
    let expected = [
        ("PutBucketPolicy", &none),
        ("DeleteBucketPublicAccessBlock", &refused),
        ("PutBucketPolicy", &none),
        ("PutBucketPublicAccessBlock", &none),
    ];
    assert_eq!(told, expected);
    assert_eq!(changes[2]["person"], "arn:aws:iam::111122223333:user/ben.tanaka");
    let back = report["coverage"]["accounts"][0]["looked_back"].as_array().unwrap();
    assert!(back.iter().any(|asked| asked["region"] == "us-east-1" && asked["attribute"] == "ReadOnly"), "{back:?}");
}

#[test]
fn a_key_in_two_places_is_found_with_both() {
    let (_, report) = demo(&[]);
    let user = |name: &str| result(&report, "iam.access_key_shared", &format!("arn:aws:iam::111122223333:user/{name}"));
    let found = user("deploy-bot");
    assert_eq!(found["verdict"], "fail", "{}", found["reason"]);
    let reason = found["reason"].as_str().unwrap();
    assert!(reason.contains("192.0.0.0/16") && reason.contains("203.0.0.0/16"), "{reason}");
    let notes: Vec<&str> = found["evidence"].as_array().unwrap().iter().map(|e| e["note"].as_str().unwrap()).collect();
    assert!(notes.iter().any(|note| note.contains("203.0.113.77") && note.contains("Darwin")), "{notes:?}");
    assert_eq!(user("olivia.park")["verdict"], "pass");
    assert_eq!(user("ada.okafor")["verdict"], "not_applicable");
}

#[test]
fn who_can_become_an_administrator_is_found_with_the_first_step() {
    let (_, report) = demo(&[]);
    let of =
        |role: &str| result(&report, "iam.can_escalate_to_admin", &format!("arn:aws:iam::111122223333:role/{role}"));
    let found = of("BatchJobs");
    assert_eq!(found["verdict"], "fail", "{}", found["reason"]);
    assert_eq!(found["witness"]["request"]["action"], "iam:PassRole");
    assert_eq!(found["witness"]["request"]["resource"], "arn:aws:iam::111122223333:role/BuildServer");
    for (role, verdict) in [
        // May pass one harmless role to functions only.
        ("Developer", "pass"),
        ("Thumbnailer", "pass"),
        ("BuildServer", "not_applicable"),
        ("aws-service-role/support.amazonaws.com/AWSServiceRoleForSupport", "not_applicable"),
    ] {
        assert_eq!(of(role)["verdict"], verdict, "{role}: {}", of(role)["reason"]);
    }
}

#[test]
fn who_can_get_at_the_log_is_named_and_counted() {
    let (_, report) = demo(&[]);
    let main = "arn:aws:cloudtrail:us-east-1:111122223333:trail/acme-main";
    let found = result(&report, "trail.bucket_not_restricted", main);
    assert_eq!(found["verdict"], "fail");
    let reason = found["reason"].as_str().unwrap();
    assert!(reason.contains("LogShipper") && reason.contains("no security principals are configured"), "{reason}");
    assert!(found["witness"]["request"]["action"].as_str().unwrap().starts_with("s3:Delete"), "{found}");
    assert_eq!(result(&report, "trail.can_be_blinded", main)["verdict"], "fail");
    assert_eq!(result(&report, "trail.bucket_reachable_by_outsider", main)["verdict"], "pass");
}

#[test]
fn no_call_is_made_per_user_role_or_policy_and_at_most_twelve_per_bucket() {
    let (_, report) = demo(&[]);
    let calls = report["run"]["calls"].as_object().unwrap();
    let sent = |prefix: &str| -> u64 {
        let of = |(name, count): (&String, &Value)| name.starts_with(prefix).then(|| count["sent"].as_u64().unwrap());
        calls.iter().filter_map(of).sum()
    };
    // Some 25 users, 27 roles and 12 policies; IAM is asked in bulk, and once for each identity provider.
    assert!(sent("iam:") <= 20, "{calls:?}");
    let buckets = 20;
    assert!(sent("s3:") <= 12 * buckets + 20, "{calls:?}");
}

#[test]
fn an_exit_code_follows_the_threshold_and_unknowns() {
    let home = tempfile::tempdir().unwrap();
    let exit = |arguments: &[&str]| {
        let output = forewarn(home.path()).args(["demo", "--quiet"]).args(arguments).output().unwrap();
        output.status.code()
    };
    assert_eq!(exit(&["--fail-on", "never"]), Some(0));
    // Nothing of that severity is found, and an account could not be entered.
    assert_eq!(exit(&["--check", "trail.log_validation_off"]), Some(4));
    assert_eq!(exit(&["--check", "trail.log_validation_off", "--allow-unknown"]), Some(0));
    assert_eq!(exit(&["--check", "trail.log_validation_off", "--fail-on", "low"]), Some(1));
    // Only unknowns and passes are left when the buckets that fail are behind a check that cannot be decided.
    assert_eq!(exit(&["--check", "s3.policy_status_public", "--fail-on", "medium"]), Some(1));
}

#[test]
fn a_saved_snapshot_gives_the_same_findings_without_a_call() {
    let home = tempfile::tempdir().unwrap();
    let live = forewarn(home.path())
        .args(["demo", "--save-snapshot", "account.json.zst", "-f", "json=live.json", "-f", "csv=live.csv"])
        .output()
        .unwrap();
    assert_eq!(live.status.code(), Some(1), "{}", said(&live));
    let again = forewarn(home.path())
        .args(["audit", "--snapshot", "account.json.zst", "-f", "json=again.json", "-f", "csv=again.csv"])
        .output()
        .unwrap();
    assert_eq!(again.status.code(), Some(1), "{}", said(&again));
    for (one, other) in [("live.json", "again.json"), ("live.csv", "again.csv")] {
        let read = |name: &str| std::fs::read(home.path().join(name)).unwrap();
        assert!(read(one) == read(other), "{one} and {other} differ");
    }
}

#[test]
fn every_row_of_the_csv_is_whole_and_inert() {
    let home = tempfile::tempdir().unwrap();
    let output = forewarn(home.path()).args(["demo", "-f", "csv"]).output().unwrap();
    let mut reader = csv::Reader::from_reader(output.stdout.as_slice());
    let columns = reader.headers().unwrap().len();
    let (mut rows, mut closed) = (0, Vec::new());
    for row in reader.records() {
        let row = row.unwrap();
        assert_eq!(row.len(), columns);
        if &row[4] == "555566667777" {
            closed.push((row[0].to_owned(), row[3].to_owned(), row[8].to_owned()));
        }
        assert!(row.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@'])), "{row:?}");
        rows += 1;
    }
    assert!(rows > 200, "{rows}");
    // The account that denies the role is there with the reason, and nothing else is said of it.
    let [(check, verdict, reason)] = &closed[..] else { panic!("{closed:?}") };
    assert_eq!((check.as_str(), verdict.as_str()), ("forewarn.account_not_assessed", "unknown"));
    assert!(reason.contains("sts:AssumeRole"), "{reason}");
}

#[test]
fn the_text_tells_what_to_do_first_and_the_help_is_there() {
    let home = tempfile::tempdir().unwrap();
    let output = forewarn(home.path()).arg("demo").output().unwrap();
    let (text, notes) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("What to do first") && text.contains("acme-sdk-downloads"), "{text}");
    assert!(!text.contains('\u{1b}'), "no colour where nobody sees it");
    assert!(notes.contains("Next:") && notes.contains("forewarn audit --profile"), "{notes}");
    for command in ["audit", "demo", "checks", "policy", "permissions", "doctor", "schema", "completions", "man"] {
        let help = forewarn(home.path()).args([command, "--help"]).output().unwrap();
        assert_eq!(help.status.code(), Some(0), "{command}");
        assert!(help.stdout.len() > 100, "{command}");
    }
}

#[test]
fn the_checks_cost_no_more_calls_a_bucket_than_the_documentation_promises() {
    let needs = forewarn_checks::all().iter().flat_map(|check| check.needs).copied().collect();
    let most = forewarn_collect::operations::most_calls_a_bucket(&needs);
    assert_eq!(most, 12, "docs/cost.md and the README say so");
}
