//! Several accounts in one run of the binary: an organisation, one account of which denies the role.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use forewarn_inventory::{Cause, Gap, Inventory, LeftOut, Observed, Unreached};
use forewarn_simaws::{Fault, FaultRule, Running, Settings, SimAws, demo};
use serde_json::Value;

use crate::support::{forewarn, interrupted, said, signed};

const SANDBOX: &str = "444455556666";
const ANALYTICS: &str = "555566667777";

fn serve(inventory: Inventory, settings: Settings) -> (tokio::runtime::Runtime, Running) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let server = runtime.block_on(SimAws::start(Arc::new(inventory), settings)).unwrap();
    (runtime, server)
}

/// Runs `audit` and gives the exit code and the report, or what was said in its place.
fn audited(server: &Running, arguments: &[&str]) -> (Option<i32>, Value) {
    let (key, _) = server.credentials(demo::ACCOUNT);
    let home = tempfile::tempdir().unwrap();
    let output = signed(home.path(), &key)
        .args(["audit", "--endpoint-url", &server.url(), "--region", "us-east-1", "-f", "json", "--quiet"])
        .args(arguments)
        .output()
        .unwrap();
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or_else(|_| Value::String(said(&output))))
}

fn coverage<'a>(report: &'a Value, account: &str) -> &'a Value {
    let accounts = report["coverage"]["accounts"].as_array().unwrap();
    accounts.iter().find(|known| known["id"] == account).unwrap_or_else(|| panic!("{account} is not in the coverage"))
}

/// The accounts that results are about.
fn judged(report: &Value) -> BTreeSet<&str> {
    report["results"].as_array().unwrap().iter().map(|result| result["account"].as_str().unwrap()).collect()
}

#[test]
fn an_organisation_is_audited_and_the_account_that_denies_the_role_is_named() {
    let (_runtime, server) = serve(demo::organization_as_written(), Settings::default());
    let (exit, report) = audited(&server, &["--org"]);
    assert_eq!(exit, Some(1), "{report}");
    assert_eq!(judged(&report), [demo::ACCOUNT, SANDBOX].into());
    let closed = coverage(&report, ANALYTICS);
    assert_eq!((&closed["name"], &closed["gap"]["cause"]), (&"Acme analytics".into(), &"denied".into()));
    assert_eq!(closed["gap"]["operation"], "sts:AssumeRole");
    assert_eq!(closed["gap"]["resource"], format!("arn:aws:iam::{ANALYTICS}:role/OrganizationAccountAccessRole"));
    assert_eq!(coverage(&report, SANDBOX)["gap"], Value::Null);
}

#[test]
fn each_account_has_the_guardrails_that_stand_over_it() {
    let (_runtime, server) = serve(demo::organization_as_written(), Settings::default());
    let (_, report) = audited(&server, &["--org", "--check", "iam.can_escalate_to_admin"]);
    let verdict = |account: &str, role: &str| {
        let results = report["results"].as_array().unwrap();
        let arn = format!("arn:aws:iam::{account}:role/{role}");
        results.iter().find(|result| result["resource_arn"] == arn).unwrap()["verdict"].clone()
    };
    // The same rights: in the sandbox a service control policy takes away what they need.
    assert_eq!(verdict(demo::ACCOUNT, "BatchJobs"), "fail");
    assert_eq!(verdict(SANDBOX, "Experiments"), "pass");
    let mut open = demo::organization_as_written();
    let Observed::Present(organization) = &mut open.organization else { panic!("the demo has an organisation") };
    organization.scps.items.retain(|policy| policy.name != "NoComputeInTheSandbox");
    let (_runtime, server) = serve(open, Settings::default());
    let (_, report) = audited(&server, &["--org", "--check", "iam.can_escalate_to_admin"]);
    let results = report["results"].as_array().unwrap();
    let arn = format!("arn:aws:iam::{SANDBOX}:role/Experiments");
    assert_eq!(results.iter().find(|result| result["resource_arn"] == arn).unwrap()["verdict"], "fail");
}

#[test]
fn an_account_that_could_not_be_entered_passes_no_gate() {
    // No check fails here; so what is left is that nobody looked into the third account.
    let (_runtime, server) = serve(demo::organization_as_written(), Settings::default());
    let quiet = ["--org", "--check", "trail.log_validation_off"];
    assert_eq!(audited(&server, &quiet).0, Some(4));
    assert_eq!(audited(&server, &[&quiet[..], &["--allow-unknown"]].concat()).0, Some(0));
    assert_eq!(audited(&server, &[&quiet[..], &["--fail-on", "never"]].concat()).0, Some(0));
    let (exit, report) = audited(&server, &[&quiet[..], &["--skip-accounts", ANALYTICS]].concat());
    assert_eq!(exit, Some(0), "{report}");
    assert_eq!(coverage(&report, ANALYTICS)["not_applicable"], "left out by `--skip-accounts`");
}

#[test]
fn where_no_account_can_be_entered_nothing_is_assessed_and_the_report_says_why() {
    let (_runtime, server) = serve(demo::organization_as_written(), Settings::default());
    let (exit, report) = audited(&server, &["--accounts", "555566667777,999999999999"]);
    assert_eq!(exit, Some(3), "{report}");
    assert_eq!(report["results"], Value::Array(Vec::new()));
    for account in [ANALYTICS, "999999999999"] {
        assert_eq!(coverage(&report, account)["gap"]["cause"], "denied");
    }
}

#[test]
fn named_accounts_need_no_organisation_and_wrong_names_are_refused() {
    let inventory = Inventory { organization: Observed::Absent, ..demo::organization_as_written() };
    let (_runtime, server) = serve(inventory, Settings::default());
    let (exit, report) = audited(&server, &["--accounts", SANDBOX, "--member-role", "x/audit"]);
    assert_eq!(exit, Some(1), "{report}");
    assert_eq!(judged(&report), [SANDBOX].into());
    for (arguments, words) in [
        (&["--org"][..], "belongs to no organisation"),
        (&["--accounts", "12"], "twelve digits"),
        (&["--accounts", SANDBOX, "--member-role", "arn:aws:iam::1:role/x"], "is not the name of a role"),
        (&["--org", "--accounts", SANDBOX], "cannot be used with"),
        (&["--external-id", "x"], "needs a role"),
    ] {
        let (exit, said) = audited(&server, arguments);
        assert_eq!(exit, Some(2), "{said}");
        assert!(said.as_str().unwrap().contains(words), "{said}");
    }
}

#[test]
fn the_configuration_names_accounts_and_the_command_line_replaces_them() {
    let (_runtime, server) = serve(demo::organization_as_written(), Settings::default());
    let (key, _) = server.credentials(demo::ACCOUNT);
    let home = tempfile::tempdir().unwrap();
    let config =
        format!("org = true\nskip_accounts = [\"{SANDBOX}\"]\nmember_role = \"OrganizationAccountAccessRole\"\n");
    std::fs::write(home.path().join("forewarn.toml"), config).unwrap();
    let run = |arguments: &[&str]| -> Value {
        let output = signed(home.path(), &key)
            .args(["audit", "--endpoint-url", &server.url(), "--region", "us-east-1", "-f", "json", "--quiet"])
            .args(arguments)
            .output()
            .unwrap();
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}\n{}", said(&output)))
    };
    assert_eq!(judged(&run(&[])), [demo::ACCOUNT].into());
    let report = run(&["--accounts", demo::ACCOUNT]);
    assert_eq!(report["coverage"]["accounts"].as_array().unwrap().len(), 1);
}

#[test]
fn a_saved_organisation_gives_the_same_report_without_a_call() {
    let (_runtime, server) = serve(demo::organization_as_written(), Settings::default());
    let (key, _) = server.credentials(demo::ACCOUNT);
    let home = tempfile::tempdir().unwrap();
    let live = signed(home.path(), &key)
        .args(["audit", "--org", "--endpoint-url", &server.url(), "--region", "us-east-1"])
        .args(["--save-snapshot", "all.json.zst", "-f", "json=live.json"])
        .output()
        .unwrap();
    assert_eq!(live.status.code(), Some(1), "{}", said(&live));
    let again = forewarn(home.path()).args(["audit", "--snapshot", "all.json.zst", "-f", "json=again.json"]).output();
    assert_eq!(again.unwrap().status.code(), Some(1));
    let read = |name: &str| std::fs::read(home.path().join(name)).unwrap();
    assert!(read("live.json") == read("again.json"), "the reports differ");
}

/// Forty accounts, most of them alike; one is closed, one cannot be entered, two are at fault in their own ways.
fn forty() -> Inventory {
    let mut inventory = demo::organization_as_written();
    let sandbox = inventory.accounts[1].clone();
    let Observed::Present(organization) = &mut inventory.organization else { panic!("the demo has an organisation") };
    let member = organization.accounts.items[1].clone();
    for number in 0..37 {
        let mut account = sandbox.clone();
        account.id = format!("7777000000{number:02}");
        for bucket in &mut account.s3.buckets.items {
            bucket.name = format!("{}-{number}", bucket.name);
            bucket.arn = format!("{}-{number}", bucket.arn);
        }
        let mut member = member.clone();
        member.id.clone_from(&account.id);
        member.name = format!("Team {number}");
        organization.accounts.items.push(member);
        match number {
            5 => {
                let listed = organization.accounts.items.last_mut().unwrap();
                (listed.active, listed.state) = (false, Some("PENDING_CLOSURE".to_owned()));
                inventory.left_out.push(LeftOut { id: account.id, reason: String::new() });
            }
            6 => inventory.unreached.push(Unreached { id: account.id, gap: Gap::new(Cause::Denied, "sts:AssumeRole") }),
            _ => inventory.accounts.push(account),
        }
    }
    inventory.left_out.clear();
    inventory
}

#[test]
fn forty_accounts_are_told_apart_in_the_text() {
    let (_runtime, server) = serve(forty(), Settings::default());
    let (key, _) = server.credentials(demo::ACCOUNT);
    let home = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let output = signed(home.path(), &key)
            .args(["audit", "--org", "--endpoint-url", &server.url(), "--region", "us-east-1"])
            .args(arguments)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{}", said(&output));
        assert!(!String::from_utf8_lossy(&output.stderr).contains('\u{1b}'), "no progress where nobody sees it");
        String::from_utf8(output.stdout).unwrap()
    };
    let text = run(&[]);
    assert!(text.contains("37 of 40 accounts"), "{text}");
    let table = text.split("── Accounts").nth(1).unwrap().split("── Failed").next().unwrap();
    let rows: Vec<&str> = table.lines().skip(2).filter(|line| !line.trim().is_empty()).collect();
    assert!(
        rows[0].contains(ANALYTICS) && rows[0].contains("Acme analytics") && rows[0].contains("not assessed"),
        "{table}"
    );
    assert!(rows[1].contains("777700000006") && rows[1].contains("sts:AssumeRole denied"), "{table}");
    assert!(rows[2].contains(demo::ACCOUNT), "the worst account comes first: {table}");
    assert!(rows.last().unwrap().contains("and 28 more (--all lists them)"), "{table}");
    assert!(text.contains("777700000005 not applicable: its state in the organisation is PENDING_CLOSURE"), "{text}");
    // A bucket's ARN names no account, so the line does.
    assert!(text.contains("arn:aws:s3:::acme-sandbox-hackday (444455556666, us-east-1)"), "{text}");
    let all = run(&["--all"]);
    for number in 0..37 {
        assert!(all.contains(&format!("7777000000{number:02} Team {number}")), "Team {number}");
    }
}

#[test]
fn an_interrupted_audit_of_an_organisation_keeps_the_accounts_that_were_read() {
    // The sandbox answers so slowly that the others are done before; then the user has enough.
    let stall = Fault::Stall(Duration::from_mins(2));
    let faults = vec![FaultRule::always("s3:ListBuckets", stall).in_account(SANDBOX)];
    let (_runtime, server) = serve(demo::organization_as_written(), Settings { faults, ..Settings::default() });
    // The last thing that is asked of the main account is what its access points are.
    let done = |calls: &BTreeMap<String, u64>| {
        calls.contains_key("s3control:GetAccessPointPolicy") && calls.get("iam:GetCredentialReport") == Some(&2)
    };
    let report = interrupted(&server, &["--org"], done, Duration::from_secs(2));
    let missing = report["coverage"]["gaps"].as_array().unwrap().iter().filter(|gap| gap["cause"] == "interrupted");
    let accounts: BTreeSet<&str> =
        missing.flat_map(|gap| gap["accounts"].as_array().unwrap()).map(|id| id.as_str().unwrap()).collect();
    assert_eq!(accounts, [SANDBOX].into(), "the main account was read to its end");
    assert_eq!(coverage(&report, ANALYTICS)["gap"]["cause"], "denied");
    assert!(judged(&report).contains(demo::ACCOUNT));
}

#[test]
fn doctor_says_which_accounts_cannot_be_entered() {
    let (_runtime, server) = serve(demo::organization_as_written(), Settings::default());
    let (key, _) = server.credentials(demo::ACCOUNT);
    let home = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let output = signed(home.path(), &key)
            .args(["doctor", "--endpoint-url", &server.url(), "--region", "us-east-1", "--quiet"])
            .args(arguments)
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (exit, text) = run(&["--org"]);
    assert_eq!(exit, Some(4), "{text}");
    assert!(text.contains("account  555566667777, could not be entered: sts:AssumeRole denied"), "{text}");
    assert!(text.contains("account  444455556666, 17 regions looked at"), "{text}");
    assert!(text.contains("forewarn permissions --member"), "{text}");
    let (exit, text) = run(&["--accounts", ANALYTICS]);
    assert_eq!(exit, Some(3), "{text}");
}

#[test]
fn the_policies_of_the_caller_and_of_the_member_role_are_printed() {
    let home = tempfile::tempdir().unwrap();
    let print = |arguments: &[&str]| -> Value {
        let output = forewarn(home.path()).arg("permissions").args(arguments).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}\n{}", said(&output)))
    };
    let has = |policy: &Value, action: &str| policy.to_string().contains(&format!("\"{action}\""));
    let (one, caller, member) = (print(&[]), print(&["--org", "--member-role", "audit"]), print(&["--member"]));
    assert!(has(&caller, "arn:aws:iam::*:role/audit") && has(&caller, "organizations:ListAccounts"));
    assert!(!has(&member, "organizations:ListAccounts") && has(&member, "s3:GetBucketPolicy"));
    assert!(!has(&one, "sts:AssumeRole") && !has(&member, "sts:AssumeRole"));
}
