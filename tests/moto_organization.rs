//! An organisation in the public AWS emulator, which tells accounts apart by the assumed role: one account with the member
//! role, one without it, one that is closed.

use serde_json::Value;

use crate::support::moto::Moto;
use crate::support::{said, signed};

#[test]
fn an_organisation_is_read_through_the_roles_that_there_are() {
    let moto = Moto::start();
    let ids: Value = serde_json::from_str(&moto.said_by("organization.py", &[])).unwrap();
    let id = |name: &str| ids[name].as_str().unwrap();
    let home = tempfile::tempdir().unwrap();
    let output = signed(home.path(), "testing")
        .args(["audit", "--org", "--endpoint-url", &moto.url, "--region", "us-east-1", "--regions", "us-east-1"])
        .args(["-f", "json"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let covered = |name: &str| {
        let accounts = report["coverage"]["accounts"].as_array().unwrap();
        accounts.iter().find(|account| account["id"] == id(name)).unwrap_or_else(|| panic!("{name} is not covered"))
    };
    assert_eq!(report["coverage"]["accounts"].as_array().unwrap().len(), 4);
    for (name, full) in [("own", "master"), ("member", "fw member")] {
        assert_eq!((&covered(name)["gap"], &covered(name)["not_applicable"]), (&Value::Null, &Value::Null), "{name}");
        assert_eq!(covered(name)["name"], full);
    }
    assert_eq!(covered("other")["gap"]["cause"], "denied");
    assert_eq!(covered("other")["gap"]["operation"], "sts:AssumeRole");
    assert_eq!(covered("closed")["not_applicable"], "its state in the organisation is SUSPENDED");

    let verdict = |check: &str, arn: &str| {
        let results = report["results"].as_array().unwrap();
        let found = results.iter().find(|result| result["check"] == check && result["resource_arn"] == arn);
        found.unwrap_or_else(|| panic!("no result of {check} on {arn}"))
    };
    for name in ["own", "member"] {
        let open = verdict("s3.reachable_by_anyone", &format!("arn:aws:s3:::fw-{name}-open"));
        assert_eq!((&open["verdict"], open["account"].as_str()), (&"fail".into(), Some(id(name))), "{name}");
        let user = verdict("iam.user_without_mfa", &format!("arn:aws:iam::{}:user/alice", id(name)));
        assert_eq!(user["account"], id(name));
    }
    // The same rights in both; over the member stands a policy that denies what they need.
    for (name, expected) in [("own", "fail"), ("member", "pass")] {
        let found = verdict("iam.can_escalate_to_admin", &format!("arn:aws:iam::{}:role/runner", id(name)));
        assert_eq!(found["verdict"], expected, "{name}: {}", found["reason"]);
    }
}
