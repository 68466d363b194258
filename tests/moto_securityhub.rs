//! Findings in the Security Hub of the public AWS emulator: two nights in a row, and those of two accounts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::support::between::between_whole;
use crate::support::moto::Moto;
use crate::support::{said, signed};

const CHECK: &str = "iam.group_empty";

#[test]
fn moto_security_hub_is_told_what_fails_and_what_fails_no_longer() {
    let moto = Moto::start();
    moto.said_by("securityhub.py", &["seed"]);
    let home = tempfile::tempdir().unwrap();
    let forewarn = |arguments: &[&str]| {
        let output = signed(home.path(), "testing")
            .args(arguments)
            .args(["--endpoint-url", &moto.url, "--region", "us-east-1"])
            .output()
            .unwrap();
        (output.status.code(), said(&output), String::from_utf8(output.stdout).unwrap())
    };
    let audit = |file: &str| {
        let (json, asff) = (format!("json={file}.json"), format!("asff={file}.asff"));
        let (code, words, _) = forewarn(&[
            "audit",
            "--fail-on",
            "informational",
            "--check",
            CHECK,
            "--regions",
            "us-east-1",
            "-f",
            &json,
            "-f",
            &asff,
        ]);
        assert_eq!(code, Some(1), "{words}");
    };
    let findings = || -> Vec<Value> { serde_json::from_str(&moto.said_by("securityhub.py", &["findings"])).unwrap() };
    let of = |findings: &[Value], group: &str| {
        let end = format!(":group/{group}");
        let found = findings.iter().find(|finding| finding["Resources"][0]["Id"].as_str().unwrap().ends_with(&end));
        found.unwrap_or_else(|| panic!("nothing about {group}")).clone()
    };

    audit("first");
    let file = home.path().join("first.asff");
    let validated: usize = moto.said_by("securityhub.py", &["validate", file.to_str().unwrap()]).parse().unwrap();
    assert!(validated >= 3, "{validated}");
    let (code, words, told) = forewarn(&["securityhub", "import", "first.json"]);
    assert_eq!(code, Some(0), "{words}");
    assert!(told.contains("3 findings sent: 3 failing, 0 no longer there and archived"), "{told}");
    let first = findings();
    assert_eq!(first.len(), 3);
    for finding in &first {
        assert_eq!((&finding["Compliance"]["Status"], &finding["RecordState"]), (&"FAILED".into(), &"ACTIVE".into()));
        let original = finding["Severity"]["Original"].as_str().unwrap();
        assert_eq!(finding["Severity"]["Label"], original.to_uppercase());
    }

    moto.said_by("securityhub.py", &["close"]);
    audit("second");
    let (code, words, told) = forewarn(&["securityhub", "import", "second.json"]);
    assert_eq!(code, Some(0), "{words}");
    assert!(told.contains("3 findings sent: 1 failing, 2 no longer there and archived"), "{told}");
    let second = findings();
    assert_eq!(second.len(), 3, "the same findings, not new ones");
    for (group, status, state) in
        [("hub-one", "PASSED", "ARCHIVED"), ("hub-two", "PASSED", "ARCHIVED"), ("hub-stays", "FAILED", "ACTIVE")]
    {
        let (before, after) = (of(&first, group), of(&second, group));
        assert_eq!((&after["Compliance"]["Status"], &after["RecordState"]), (&status.into(), &state.into()), "{group}");
        assert_eq!((&after["Id"], &after["CreatedAt"]), (&before["Id"], &before["CreatedAt"]), "{group}");
    }
    // The third night nothing changes, and all of it costs more: that is said before it is sent.
    let (code, words, told) = forewarn(&["securityhub", "import", "second.json", "--include-pass"]);
    assert_eq!(code, Some(0), "{words}");
    assert!(told.contains("1 failing, "), "{told}");
    assert!(words.contains("US dollars"), "{words}");
}

/// The actions of the session policies that were sent with `sts:AssumeRole`, by the account of the role.
fn sessions(bodies: &[String]) -> Vec<(String, BTreeSet<String>)> {
    let of = |body: &String| {
        let fields: BTreeMap<&str, String> = body
            .split('&')
            .filter_map(|field| field.split_once('='))
            .map(|(name, value)| (name, plain(value)))
            .collect();
        let policy: Value = serde_json::from_str(&fields["Policy"]).unwrap();
        let statements = policy["Statement"].as_array().unwrap();
        assert!(statements.iter().all(|statement| statement["Effect"] == "Allow"), "{policy}");
        let actions = statements.iter().flat_map(|statement| statement["Action"].as_array().unwrap());
        let actions = actions.map(|action| action.as_str().unwrap().to_owned()).collect();
        (fields["RoleArn"].split(':').nth(4).unwrap().to_owned(), actions)
    };
    bodies.iter().map(of).collect()
}

/// A value of a form.
fn plain(value: &str) -> String {
    let mut bytes = Vec::new();
    let mut parts = value.split('%');
    bytes.extend(parts.next().unwrap().bytes());
    for part in parts {
        bytes.push(u8::from_str_radix(&part[..2], 16).unwrap());
        bytes.extend(part[2..].bytes());
    }
    String::from_utf8(bytes).unwrap().replace('+', " ")
}

/// Each account is told of its own, the member through a role that can do nothing else; what is not taken is sent again, and
/// named where it is never taken.
#[test]
fn moto_security_hub_of_each_account_is_told_through_its_own_role() {
    let moto = Moto::start();
    let ids: Value = serde_json::from_str(&moto.said_by("organization.py", &[])).unwrap();
    let (own, member) = (ids["own"].as_str().unwrap(), ids["member"].as_str().unwrap());
    moto.said_by("securityhub.py", &["seed", "hub-own"]);
    moto.said_by("securityhub.py", &["--account", member, "seed", "hub-plain", "hub-busy", "hub-refused"]);
    let assumed = Arc::new(Mutex::new(Vec::new()));
    let (seen, url) = (Arc::clone(&assumed), moto.url.clone());
    let url = between_whole(&url, move |_, body| {
        if body.contains("Action=AssumeRole") {
            seen.lock().unwrap().push(body.to_owned());
        }
        None
    });
    let home = tempfile::tempdir().unwrap();
    let forewarn = |url: &str, arguments: &[&str]| {
        let at = ["--endpoint-url", url, "--region", "us-east-1"];
        signed(home.path(), "testing").args(arguments).args(at).output().unwrap()
    };
    let audit =
        ["audit", "--org", "--regions", "us-east-1", "--check", CHECK, "--fail-on", "never", "-f", "json=run.json"];
    let output = forewarn(&moto.url, &audit);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));

    let output = forewarn(&url, &["securityhub", "import", "run.json"]);
    assert_eq!(output.status.code(), Some(4), "one is never taken\n{}", said(&output));
    let told = String::from_utf8_lossy(&output.stdout);
    for line in [
        format!("{own}  1 finding sent: 1 failing, 0 no longer there and archived"),
        format!("{member}  2 findings sent: 3 failing, 0 no longer there and archived"),
    ] {
        assert!(told.contains(&line), "{line}\n{}", said(&output));
    }
    let refused: Vec<&str> = told.lines().filter(|line| line.contains("not taken: ")).collect();
    assert!(
        matches!(refused[..], [line] if line.ends_with("InvalidInput: Finding does not adhere to the format")),
        "{told}"
    );

    let groups = |arguments: &[&str]| -> Vec<(String, String)> {
        let findings: Vec<Value> = serde_json::from_str(&moto.said_by("securityhub.py", arguments)).unwrap();
        let of = |finding: &Value| {
            let group = finding["Resources"][0]["Id"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
            (finding["AwsAccountId"].as_str().unwrap().to_owned(), group)
        };
        let mut groups: Vec<(String, String)> = findings.iter().map(of).collect();
        groups.sort();
        groups
    };
    let pair = |account: &str, group: &str| (account.to_owned(), group.to_owned());
    assert_eq!(groups(&["findings"]), [pair(own, "hub-own")]);
    assert_eq!(groups(&["--account", member, "findings"]), [pair(member, "hub-busy"), pair(member, "hub-plain")]);

    let sessions = sessions(&assumed.lock().unwrap());
    let allowed: BTreeSet<String> =
        ["securityhub:BatchImportFindings", "securityhub:GetFindings"].map(str::to_owned).into();
    assert_eq!(sessions, [(member.to_owned(), allowed)]);
}
