//! Two nights in a row into the Security Hub of the public AWS emulator.

use serde_json::Value;

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
