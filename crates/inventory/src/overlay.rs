//! Small inventories written by hand: a JSON overlay on an account in which everything was read and nothing exists.
//!
//! The samples in the READMEs of checks and the demo account are written so. An overlay is merged into the quiet
//! account; an item of a list is merged into a quiet item of its kind, so that a bucket needs a name and what is
//! wrong with it, and no more. Account `111111111111`, partition `aws`, instant 2026-01-01 unless the overlay says so.

use serde_json::{Map, Value, json};

use crate::Inventory;

/// The account of an overlay that names none.
pub const ACCOUNT: &str = "111111111111";

/// What belongs to an account.
const ACCOUNT_FIELDS: [&str; 11] =
    ["iam", "s3", "trail", "contacts", "monitoring", "detection", "kms", "id", "partition", "regions", "unassessed"];

/// Why an overlay is not an inventory.
#[derive(Debug, thiserror::Error)]
#[error("not an inventory overlay: {0}")]
pub struct OverlayError(String);

/// Makes the inventory that `overlay` describes.
///
/// The overlay is an object with any of `instant`, `accounts`, `organization`, `unreached`, `collection`; as a
/// shorthand, what belongs to an account (`iam`, `s3`, `trail`, `regions`, …) at the top belongs to the one account.
///
/// # Errors
/// [`OverlayError`] names what does not fit.
pub fn inventory(overlay: &Value) -> Result<Inventory, OverlayError> {
    let Value::Object(overlay) = overlay else {
        return Err(OverlayError("it must be an object".to_owned()));
    };
    let mut whole = Map::new();
    let mut single = Map::new();
    for (key, value) in overlay {
        let at = if ACCOUNT_FIELDS.contains(&key.as_str()) { &mut single } else { &mut whole };
        at.insert(key.clone(), value.clone());
    }
    let accounts = match whole.remove("accounts") {
        Some(Value::Array(accounts)) if single.is_empty() => accounts,
        None => vec![Value::Object(single)],
        Some(_) => return Err(OverlayError("`accounts` must be an array, and stand alone".to_owned())),
    };
    let accounts: Vec<Value> = accounts.iter().map(account).collect();
    let organization =
        whole.remove("organization").map_or(Value::Null, |organization| self::organization(&organization));
    let mut made = json!({ "instant": "2026-01-01T00:00:00Z", "unreached": [], "collection": {} });
    merge(&mut made, &Value::Object(whole));
    merge(&mut made, &json!({ "accounts": accounts, "organization": organization }));
    serde_json::from_value(made).map_err(|error| OverlayError(error.to_string()))
}

fn account(overlay: &Value) -> Value {
    let id = overlay.get("id").and_then(Value::as_str).unwrap_or(ACCOUNT).to_owned();
    let mut made = json!({
        "id": id, "partition": "aws", "regions": { "us-east-1": "assessed" },
        "iam": {
            "users": [], "groups": [], "roles": [], "policies": [],
            "credential_report": { "generated": "2026-01-01T00:00:00Z", "rows": [] },
            "virtual_mfa_devices": [], "service_credentials": [], "server_certificates": [],
            "password_policy": null, "account_summary": {}, "aliases": [], "oidc_providers": [], "saml_providers": [],
            "analyzers": [],
        },
        "contacts": { "security": null },
        "s3": { "public_access_block": null, "buckets": [], "access_points": [], "multi_region_access_points": [] },
        "trail": {
            "trails": [], "event_data_stores": [],
            "changes": looked_up(&[]), "key_use": looked_up(&["reads"]),
        },
        "monitoring": { "log_groups": [], "metric_filters": [], "alarms": [], "topics": [] },
        "detection": { "recorders": [], "hubs": [], "detectors": [] },
        "kms": { "keys": [] },
    });
    let mut overlay = overlay.clone();
    for list in ["/trail/changes", "/trail/key_use"] {
        if let Some(items @ Value::Array(_)) = overlay.pointer_mut(list) {
            *items = json!({ "items": items.take() });
        }
    }
    merge(&mut made, &overlay);
    for (list, quiet) in [
        ("/iam/users", quiet_user as fn(&str, &Value) -> Value),
        ("/iam/groups", quiet_group),
        ("/iam/roles", quiet_role),
        ("/iam/policies", quiet_policy),
        ("/iam/oidc_providers", |_, _| json!({ "details": null })),
        ("/iam/credential_report/rows", quiet_row),
        ("/iam/analyzers", |id, item| {
            let region = text(item, "region");
            json!({
                "arn": format!("arn:aws:access-analyzer:{region}:{id}:analyzer/a"), "kind": "ACCOUNT", "status": "ACTIVE",
                "findings": [],
            })
        }),
        ("/s3/buckets", |_, item| {
            let name = text(item, "name");
            json!({
                "arn": format!("arn:aws:s3:::{name}"), "region": "us-east-1", "created": "2025-01-01T00:00:00Z",
                "policy": null, "policy_status": null, "acl": null, "ownership": "BucketOwnerEnforced",
                "public_access_block": null, "encryption": { "algorithm": "AES256" }, "versioning": null,
                "logging": null, "inventories": null, "object_lock": null, "lifecycle": null, "replication": null, "tags": null,
                "website": null,
            })
        }),
        ("/s3/access_points", |id, item| {
            let name = text(item, "name");
            json!({
                "arn": format!("arn:aws:s3:us-east-1:{id}:accesspoint/{name}"), "region": "us-east-1",
                "bucket_account": id, "policy": null, "public_access_block": null,
            })
        }),
        ("/s3/multi_region_access_points", |id, item| {
            let name = text(item, "name");
            json!({
                "arn": format!("arn:aws:s3::{id}:accesspoint/{name}"), "policy": null, "public_access_block": null,
            })
        }),
        ("/trail/trails", |id, item| {
            let name = text(item, "name");
            json!({
                "arn": format!("arn:aws:cloudtrail:us-east-1:{id}:trail/{name}"), "home_region": "us-east-1",
                "bucket": "trail-logs", "multi_region": true, "global_events": true, "log_validation": true,
                "status": { "logging": true, "latest_delivery": "2025-12-31T23:55:00Z" },
                "selectors": { "basic": [{ "read_write": "All", "management_events": true }] },
                "insights": null,
            })
        }),
        ("/monitoring/log_groups", |_, _| json!({ "details": {} })),
        ("/monitoring/metric_filters", |_, _| json!({ "region": "us-east-1", "log_group": "trail" })),
        ("/monitoring/alarms", quiet_alarm),
        ("/monitoring/topics", |_, _| json!({ "subscriptions": [{ "protocol": "email", "confirmed": true }] })),
        ("/detection/recorders", |_, _| {
            json!({
                "name": "default", "region": "us-east-1", "all_types": true, "global_types": true,
                "status": { "recording": true, "last_status": "Success" }, "channel": "config-logs",
            })
        }),
        ("/detection/hubs", |id, item| {
            let region = item.get("region").and_then(Value::as_str).unwrap_or("us-east-1");
            json!({ "region": region, "arn": format!("arn:aws:securityhub:{region}:{id}:hub/default") })
        }),
        (
            "/detection/detectors",
            |_, _| json!({ "id": "d", "region": "us-east-1", "details": { "enabled": true, "features": ["S3_DATA_EVENTS"] } }),
        ),
        ("/kms/keys", quiet_key),
        ("/trail/changes/items", quiet_event),
        ("/trail/key_use/items", quiet_call),
    ] {
        fill(&mut made, list, |item| quiet(&id, item));
    }
    if made.pointer("/iam/last_accessed").is_none() {
        let quiet = never_accessed(&made);
        merge(&mut made, &json!({ "iam": { "last_accessed": quiet } }));
    }
    made
}

/// Users and roles that may call no service, by AWS's account.
fn never_accessed(account: &Value) -> Value {
    let listed = |list: &str| {
        let list = account.pointer(list).cloned().unwrap_or_default();
        let items = list.get("items").cloned().unwrap_or(list);
        items.as_array().cloned().unwrap_or_default()
    };
    let mut arns: Vec<String> = ["/iam/users", "/iam/roles"]
        .iter()
        .flat_map(|list| listed(list))
        .filter(|identity| !text(identity, "path").starts_with("/aws-"))
        .map(|identity| text(&identity, "arn").to_owned())
        .collect();
    arns.sort();
    arns.into_iter().map(|arn| json!({ "arn": arn, "services": [] })).collect()
}

fn organization(overlay: &Value) -> Value {
    if !overlay.is_object() || overlay.get("unreadable").is_some() {
        return overlay.clone();
    }
    let mut made = json!({
        "id": "o-exampleorg", "management_account": "000000000001",
        "accounts": [], "units": [], "scps": [], "rcps": [], "delegated_administrators": [], "root_features": null,
    });
    merge(&mut made, overlay);
    fill(&mut made, "/accounts", |item| json!({ "name": text(item, "id"), "active": true, "parent": null }));
    for (list, kind) in [("/scps", "service_control_policy"), ("/rcps", "resource_control_policy")] {
        fill(&mut made, list, |item| {
            let id = text(item, "id");
            json!({
                "name": id, "arn": format!("arn:aws:organizations::000000000001:policy/o-exampleorg/{kind}/{id}"),
                "document": null, "targets": [],
            })
        });
    }
    made
}

fn quiet_user(account: &str, item: &Value) -> Value {
    identity(account, item, "user", "AIDA")
}

fn quiet_group(account: &str, item: &Value) -> Value {
    identity(account, item, "group", "AGPA")
}

fn quiet_role(account: &str, item: &Value) -> Value {
    let mut made = identity(account, item, "role", "AROA");
    merge(&mut made, &json!({ "trust": { "Version": "2012-10-17", "Statement": [] } }));
    made
}

fn quiet_policy(account: &str, item: &Value) -> Value {
    let mut made = identity(account, item, "policy", "ANPA");
    let document = item.get("document").cloned().unwrap_or_else(|| json!({ "Version": "2012-10-17", "Statement": [] }));
    merge(
        &mut made,
        &json!({
            "updated": "2025-01-01T00:00:00Z", "default_version": "v1", "attachments": 1, "boundary_uses": 0,
            "versions": [{ "id": "v1", "created": "2025-01-01T00:00:00Z", "document": document }],
        }),
    );
    made
}

fn quiet_row(account: &str, item: &Value) -> Value {
    let user = text(item, "user");
    let arn = if user == "<root_account>" {
        format!("arn:aws:iam::{account}:root")
    } else {
        format!("arn:aws:iam::{account}:user/{user}")
    };
    let key = json!({
        "active": { "value": false }, "last_rotated": "not_applicable", "last_used": "not_applicable",
        "last_used_region": "not_applicable", "last_used_service": "not_applicable",
    });
    let certificate = json!({ "active": { "value": false }, "last_rotated": "not_applicable" });
    json!({
        "arn": arn, "created": { "value": "2025-01-01T00:00:00Z" }, "password_enabled": { "value": false },
        "password_last_used": "not_applicable", "password_last_changed": "not_applicable",
        "password_next_rotation": "not_applicable", "mfa_active": { "value": false },
        "keys": [key, key], "certificates": [certificate, certificate],
    })
}

fn identity(account: &str, item: &Value, kind: &str, prefix: &str) -> Value {
    let name = text(item, "name");
    let path = item.get("path").and_then(Value::as_str).unwrap_or("/");
    let id: String =
        name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).take(16).collect();
    json!({
        "arn": format!("arn:aws:iam::{account}:{kind}{path}{name}"), "id": format!("{prefix}{id:0<17}"), "path": path,
        "created": "2025-01-01T00:00:00Z",
    })
}

/// A week in which everything was looked up, and nothing found.
fn looked_up(more: &[&str]) -> Value {
    let since = "2025-12-25T00:00:00Z";
    let by = std::iter::once("writes").chain(more.iter().copied());
    let reached: Vec<Value> = by.map(|by| json!({ "region": "us-east-1", "by": by, "since": since })).collect();
    json!({ "since": since, "reached": reached, "rest": [] })
}

/// A call by a user of the account.
fn quiet_event(account: &str, item: &Value) -> Value {
    let user = item.pointer("/userIdentity/userName").and_then(Value::as_str).unwrap_or("dev");
    json!({
        "eventVersion": "1.11", "eventTime": "2025-12-30T10:00:00Z", "eventID": "00000000-0000-4000-8000-000000000001",
        "eventSource": "s3.amazonaws.com", "awsRegion": "us-east-1", "sourceIPAddress": "198.51.100.7",
        "userAgent": "aws-cli/2.15.0", "readOnly": false, "recipientAccountId": account, "requestParameters": {},
        "userIdentity": {
            "type": "IAMUser", "accountId": account, "userName": user,
            "arn": format!("arn:aws:iam::{account}:user/{user}"), "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
        },
    })
}

/// An alarm that goes off on one event in five minutes, where it is one on a metric.
fn quiet_alarm(account: &str, item: &Value) -> Value {
    let region = item.get("region").and_then(Value::as_str).unwrap_or("us-east-1");
    let name = text(item, "name");
    let mut made = json!({
        "region": region, "arn": format!("arn:aws:cloudwatch:{region}:{account}:alarm:{name}"), "actions_enabled": true,
    });
    if item.pointer("/trigger/metric").is_some() {
        let metric = json!({
            "namespace": "trail", "statistic": "Sum", "period": 300, "evaluation_periods": 1,
            "comparison": "GreaterThanOrEqualToThreshold", "threshold": 1.0,
        });
        merge(&mut made, &json!({ "trigger": { "metric": metric } }));
    }
    made
}

/// A key of the account that its account's policies decide about, and that is rotated.
fn quiet_key(account: &str, item: &Value) -> Value {
    let policy = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": { "AWS": format!("arn:aws:iam::{account}:root") }, "Action": "kms:*", "Resource": "*",
    }] });
    json!({
        "details": { "arn": text(item, "arn"), "state": "Enabled", "spec": "SYMMETRIC_DEFAULT", "origin": "AWS_KMS" },
        "policy": policy, "rotation": true,
    })
}

/// A call with the key of a user of the account.
fn quiet_call(account: &str, _: &Value) -> Value {
    json!({
        "time": "2025-12-30T10:00:00Z", "event": "00000000-0000-4000-8000-000000000001", "region": "us-east-1",
        "name": "GetCallerIdentity", "source": "sts.amazonaws.com", "key": "AKIAIOSFODNN7EXAMPLE",
        "user": format!("arn:aws:iam::{account}:user/dev"), "address": "198.51.100.7",
    })
}

/// Puts every item of the list at `pointer` on top of its quiet kind.
fn fill(whole: &mut Value, pointer: &str, quiet: impl Fn(&Value) -> Value) {
    let items = match whole.pointer_mut(pointer) {
        Some(Value::Object(cut)) => cut.get_mut("items"),
        other => other,
    };
    let Some(Value::Array(items)) = items else { return };
    for item in items {
        let mut made = quiet(item);
        merge(&mut made, item);
        if pointer == "/iam/policies"
            && let Value::Object(fields) = &mut made
        {
            fields.remove("document");
        }
        *item = made;
    }
}

fn text<'a>(item: &'a Value, field: &str) -> &'a str {
    item.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// Lays `top` over `base`: objects field by field, lists of one length item by item (the two key slots), everything
/// else whole. An unreadable value and a policy document replace all.
fn merge(base: &mut Value, top: &Value) {
    match (base, top) {
        (Value::Object(base), Value::Object(top))
            if !top.contains_key("unreadable") && !top.contains_key("Statement") =>
        {
            for (key, value) in top {
                merge(base.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (Value::Array(base), Value::Array(top)) if base.len() == top.len() => {
            base.iter_mut().zip(top).for_each(|(base, top)| merge(base, top));
        }
        (base, top) => *base = top.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Cause, Observed};

    #[test]
    fn an_empty_overlay_is_the_quiet_account() {
        let inventory = inventory(&json!({})).unwrap();
        assert_eq!(inventory.accounts.len(), 1);
        assert_eq!(inventory.accounts[0].id, ACCOUNT);
        assert_eq!(inventory.organization, Observed::Absent);
        for fact in crate::Fact::ALL {
            assert!(fact.gaps(&inventory).is_empty(), "{fact:?}");
        }
    }

    #[test]
    fn a_bucket_needs_its_name_and_what_is_wrong_with_it() {
        let inventory = inventory(&json!({ "s3": { "buckets": [
            { "name": "b", "policy": { "Version": "2012-10-17", "Statement": [] }, "logging": { "unreadable":
                { "cause": "throttled", "operation": "s3:GetBucketLogging" } } },
        ] } }))
        .unwrap();
        let bucket = &inventory.accounts[0].s3.buckets.items[0];
        assert_eq!(bucket.arn, "arn:aws:s3:::b");
        assert!(bucket.policy.present().is_some());
        assert_eq!(bucket.logging.gap().map(|gap| gap.cause), Some(Cause::Throttled));
        assert_eq!(bucket.versioning, Observed::Absent);
    }

    #[test]
    fn one_key_slot_may_be_given_and_the_other_stays_quiet() {
        let inventory = inventory(&json!({ "iam": { "credential_report": { "rows": [
            { "user": "alice", "keys": [{ "active": { "value": true } }, {}] },
        ] } } }))
        .unwrap();
        let report = inventory.accounts[0].iam.credential_report.present().unwrap();
        let keys = &report.row("alice").unwrap().keys;
        assert_eq!(keys[0].active.value(), Some(&true));
        assert_eq!(keys[1].active.value(), Some(&false));
    }

    #[test]
    fn an_event_needs_its_name_and_what_it_was_about() {
        let inventory = inventory(&json!({ "trail": { "changes": [
            { "eventName": "PutBucketPolicy", "requestParameters": { "bucketName": "b" } },
        ], "key_use": { "items": [{ "name": "ListBuckets" }], "rest": [{ "cause": "out_of_budget", "operation": "o" }] } } }))
        .unwrap();
        let trail = &inventory.accounts[0].trail;
        let record = &trail.changes.items[0].record;
        assert_eq!(record.user_identity.arn.as_deref(), Some("arn:aws:iam::111111111111:user/dev"));
        assert_eq!((trail.changes.rest.len(), trail.changes.reached.len()), (0, 1));
        assert_eq!((trail.key_use.items[0].name.as_str(), trail.key_use.rest.len()), ("ListBuckets", 1));
    }

    #[test]
    fn a_cut_list_keeps_its_cut() {
        let inventory = inventory(&json!({ "s3": { "buckets": {
            "items": [{ "name": "b" }],
            "rest": [{ "cause": "denied", "operation": "s3:ListAllMyBuckets" }],
        } } }))
        .unwrap();
        let buckets = &inventory.accounts[0].s3.buckets;
        assert_eq!((buckets.items.len(), buckets.rest.len()), (1, 1));
    }

    #[test]
    fn a_mistyped_field_is_named() {
        let error = inventory(&json!({ "s3": { "buckets": [{ "name": "b", "polcy": null }] } })).unwrap_err();
        assert!(error.to_string().contains("polcy"), "{error}");
        assert!(inventory(&json!([])).is_err());
        assert!(inventory(&json!({ "accounts": [{}], "s3": {} })).is_err());
    }
}
