//! The bundled organisation of `forewarn demo`: a small company, its mistakes, and what it does right beside each of them.
//!
//! Acme sells an SDK that its customers download from the bucket `acme-sdk-downloads`. Uploads failed one day, somebody
//! opened the bucket to find out why (`TempDebugAllow`), and nobody ever closed it again: since then anyone on the
//! internet can replace what the customers install.
//!
//! Beside that account the company has a sandbox, where compute is switched off by a service control policy, and an account
//! for analytics that nobody gave the auditors a role in.
//!
//! The accounts are written by hand as JSON overlays in the folder `demo`.

use forewarn_inventory::{Inventory, Observed, overlay};
use jiff::Timestamp;
use serde_json::Value;

/// The parts of the account, one topic each.
const PARTS: [&str; 9] = [
    include_str!("../demo/account.json"),
    include_str!("../demo/users.json"),
    include_str!("../demo/credentials.json"),
    include_str!("../demo/roles.json"),
    include_str!("../demo/policies.json"),
    include_str!("../demo/buckets.json"),
    include_str!("../demo/trails.json"),
    include_str!("../demo/monitoring.json"),
    include_str!("../demo/events.json"),
];

/// The other accounts of the organisation.
const MEMBERS: &str = include_str!("../demo/members.json");

/// The id of the main account, which manages the organisation.
pub const ACCOUNT: &str = "111122223333";

const DAY: i64 = 24 * 60 * 60;

/// The whole organisation as if it had been written down at `now`.
pub fn organization_at(now: Timestamp) -> Inventory {
    organization(|whole| moved(whole, now))
}

/// The whole organisation as it was written down, at its own instant.
pub fn organization_as_written() -> Inventory {
    organization(made)
}

fn organization(made: impl Fn(Value) -> Inventory) -> Inventory {
    let members = made(parsed(MEMBERS));
    let mut inventory = made(whole());
    inventory.accounts.extend(members.accounts);
    inventory.unreached = members.unreached;
    inventory
}

/// The main account by itself, as it was written down, at its own instant.
pub fn inventory() -> Inventory {
    made(whole())
}

/// Moves every time by as many whole days as make the overlay one of `now`, so that what was used yesterday still is, and two
/// runs of one day see the same. Times in policies stay.
fn moved(mut whole: Value, now: Timestamp) -> Inventory {
    if let Some(Ok(written)) = whole.get("instant").and_then(Value::as_str).map(str::parse::<Timestamp>) {
        let since = now.as_second() - written.as_second();
        shift(&mut whole, since - since.rem_euclid(DAY));
    }
    made(whole)
}

#[expect(
    clippy::expect_used,
    clippy::needless_pass_by_value,
    reason = "INVARIANT: the bundled files are an overlay; a test reads them. It stands where `moved` may stand"
)]
fn made(whole: Value) -> Inventory {
    let mut inventory = overlay::inventory(&whole).expect("the bundled account is an inventory overlay");
    sort(&mut inventory);
    inventory
}

/// Brings the lists, which are written in the order of the story, into the order of a collection.
fn sort(inventory: &mut Inventory) {
    for account in &mut inventory.accounts {
        let (iam, s3) = (&mut account.iam, &mut account.s3);
        iam.users.items.sort_by(|one, other| one.name.cmp(&other.name));
        iam.groups.items.sort_by(|one, other| one.name.cmp(&other.name));
        iam.roles.items.sort_by(|one, other| one.name.cmp(&other.name));
        iam.policies.items.sort_by(|one, other| one.arn.cmp(&other.arn));
        iam.virtual_mfa_devices.items.sort_by(|one, other| one.serial.cmp(&other.serial));
        iam.service_credentials.items.sort_by(|one, other| (&one.user, &one.id).cmp(&(&other.user, &other.id)));
        iam.server_certificates.items.sort_by(|one, other| one.name.cmp(&other.name));
        if let Observed::Present(report) = &mut iam.credential_report {
            report.rows.sort_by(|one, other| one.user.cmp(&other.user));
        }
        s3.buckets.items.sort_by(|one, other| one.name.cmp(&other.name));
        s3.access_points.items.sort_by(|one, other| (&one.name, &one.region).cmp(&(&other.name, &other.region)));
        let (monitoring, detection) = (&mut account.monitoring, &mut account.detection);
        monitoring.metric_filters.items.sort_by(|one, other| {
            (&one.region, &one.log_group, &one.name).cmp(&(&other.region, &other.log_group, &other.name))
        });
        monitoring.alarms.items.sort_by(|one, other| (&one.region, &one.name).cmp(&(&other.region, &other.name)));
        monitoring.topics.items.sort_by(|one, other| one.arn.cmp(&other.arn));
        detection.recorders.items.sort_by(|one, other| one.region.cmp(&other.region));
        detection.hubs.items.sort_by(|one, other| one.region.cmp(&other.region));
        detection.detectors.items.sort_by(|one, other| one.region.cmp(&other.region));
        account.kms.keys.items.sort_by(|one, other| one.arn.cmp(&other.arn));
        account.trail.trails.items.sort_by(|one, other| (&one.name, &one.arn).cmp(&(&other.name, &other.arn)));
    }
    if let Observed::Present(organization) = &mut inventory.organization {
        organization.units.items.sort_by(|one, other| one.id.cmp(&other.id));
        for policies in [&mut organization.scps, &mut organization.rcps] {
            policies.items.sort_by(|one, other| one.id.cmp(&other.id));
            policies.items.iter_mut().for_each(|policy| policy.targets.items.sort());
        }
    }
}

fn whole() -> Value {
    let mut whole = Value::Null;
    for part in PARTS {
        merge(&mut whole, parsed(part));
    }
    whole
}

#[expect(clippy::expect_used, reason = "INVARIANT: the bundled files are JSON; a test reads them")]
fn parsed(part: &str) -> Value {
    serde_json::from_str(part).expect("the bundled account is JSON")
}

/// Lays one part over the others: objects field by field, everything else whole.
fn merge(base: &mut Value, top: Value) {
    match (base, top) {
        (Value::Object(base), Value::Object(top)) => {
            for (key, value) in top {
                merge(base.entry(key).or_insert(Value::Null), value);
            }
        }
        (base, top) => *base = top,
    }
}

/// Moves every time by so many seconds.
fn shift(value: &mut Value, seconds: i64) {
    match value {
        Value::String(text) if text.len() == 20 && text.ends_with('Z') => {
            if let Ok(at) = text.parse::<Timestamp>()
                && let Ok(moved) = Timestamp::from_second(at.as_second().saturating_add(seconds))
            {
                *text = moved.to_string();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| shift(item, seconds)),
        Value::Object(fields) if !fields.contains_key("Statement") => {
            fields.values_mut().for_each(|field| shift(field, seconds));
        }
        _ => {}
    }
}
