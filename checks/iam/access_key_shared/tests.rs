//! What settings change: networks that many machines share.

use forewarn_findings::{Settings, VerdictKind, assess};
use forewarn_inventory::overlay;
use serde_json::json;

use super::CHECK;

#[test]
fn a_known_network_is_no_second_place() {
    let call = |event: &str, minute: &str, address: &str| json!({ "event": event, "time": format!("2025-12-30T10:{minute}:00Z"), "address": address });
    let inventory = overlay::inventory(&json!({
        "iam": { "credential_report": { "rows": [{ "user": "dev" }] } },
        "trail": { "key_use": [call("e-1", "00", "198.51.100.7"), call("e-2", "10", "203.0.113.9"), call("e-3", "20", "198.51.100.7")] },
    }))
    .unwrap();
    let verdict = |networks: &[&str]| {
        let known_networks = networks.iter().map(|network| network.parse().unwrap()).collect();
        let settings = Settings { known_networks, ..Settings::default() };
        assess(&[&CHECK], &inventory, &settings, "0").findings[0].verdict
    };
    assert_eq!(verdict(&[]), VerdictKind::Fail);
    assert_eq!(verdict(&["203.0.113.0/24"]), VerdictKind::Pass);
    assert_eq!(verdict(&["192.0.2.0/24"]), VerdictKind::Fail);
}
