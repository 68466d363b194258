//! The collector against the simulated AWS, over TCP.

mod accounts;
mod faults;
mod generated;
mod lookback;
mod round_trip;
mod wire;

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use aws_smithy_async::rt::sleep::{AsyncSleep, SharedAsyncSleep, Sleep};
use aws_smithy_async::time::{SharedTimeSource, TimeSource};
use forewarn_inventory::{Collection, Inventory, RegionStatus};
use forewarn_simaws::{Running, Settings, SimAws};

use crate::{AccessKey, Lookups, Options, Silent, Stop, collect};

/// How much faster than ours the clock of the tests runs.
const FASTER: u32 = 20;

/// A clock that runs fast, and waits as much shorter.
#[derive(Debug, Clone, Copy)]
struct Fast {
    start: Instant,
    origin: SystemTime,
}

impl TimeSource for Fast {
    fn now(&self) -> SystemTime {
        self.origin + self.start.elapsed() * FASTER
    }
}

impl AsyncSleep for Fast {
    fn sleep(&self, time: Duration) -> Sleep {
        Sleep::new(tokio::time::sleep(time / FASTER))
    }
}

/// A server, and options that lead to it.
async fn serve(inventory: Inventory, settings: Settings) -> (Running, Options) {
    let (account, instant) = (inventory.accounts[0].id.clone(), inventory.instant);
    let server = SimAws::start(Arc::new(inventory), settings).await.unwrap();
    let (id, secret) = server.credentials(&account);
    let origin = SystemTime::UNIX_EPOCH + Duration::from_secs(instant.as_second().try_into().unwrap());
    // The clock of the inventory, so that what it remembers of the last days is of the last days.
    let clock = Fast { start: Instant::now(), origin };
    let options = Options {
        endpoint_url: Some(server.url()),
        access_key: Some(AccessKey { id, secret }),
        sleep: SharedAsyncSleep::new(clock),
        time: SharedTimeSource::new(clock),
        // As fast as it goes: what is asked a second has tests of its own.
        lookups: Lookups { budget: Duration::from_mins(20), per_second: 1000.0, ..Lookups::default() },
        // Eight seconds of the real clock: a slow machine must not look like a stalled server.
        attempt_timeout: Duration::from_secs(8) * FASTER,
        ..Options::default()
    };
    (server, options)
}

/// What a collection of the served inventory gives, with the particulars of the run taken from `like`.
async fn collected(like: &Inventory, settings: Settings) -> Inventory {
    let (_server, options) = serve(like.clone(), settings).await;
    let mut found = collect(&options, &Silent, Stop::never()).await.unwrap();
    found.instant = like.instant;
    found.collection = Collection::default();
    found
}

/// An inventory as a collection would give it: every list sorted, no word about how it was read.
fn as_collected(mut inventory: Inventory) -> Inventory {
    inventory.collection = Collection::default();
    for account in &mut inventory.accounts {
        account.s3.buckets.items.sort_by(|one, other| one.name.cmp(&other.name));
        account.iam.users.items.sort_by(|one, other| one.name.cmp(&other.name));
        account.regions.retain(|_, status| *status != RegionStatus::NotSelected);
    }
    inventory
}

/// An inventory without how its log was asked, and so how far each question reached: that is not part of what is served.
fn as_served(inventory: &Inventory) -> Inventory {
    let mut inventory = inventory.clone();
    for account in &mut inventory.accounts {
        (account.trail.changes.since, account.trail.key_use.since) = (None, None);
        account.trail.changes.reached.clear();
        account.trail.key_use.reached.clear();
    }
    inventory
}

/// Asserts that two inventories are equal and names the first place where they are not.
fn assert_same(found: &Inventory, expected: &Inventory) {
    let [found, expected] = [found, expected].map(|inventory| serde_json::to_value(as_served(inventory)).unwrap());
    differ("", &found, &expected);
}

fn differ(at: &str, found: &serde_json::Value, expected: &serde_json::Value) {
    use serde_json::Value::{Array, Object};
    match (found, expected) {
        (Object(one), Object(other)) => {
            for key in one.keys().chain(other.keys()) {
                let null = serde_json::Value::Null;
                differ(&format!("{at}/{key}"), one.get(key).unwrap_or(&null), other.get(key).unwrap_or(&null));
            }
        }
        (Array(one), Array(other)) if one.len() == other.len() => {
            for (index, (one, other)) in one.iter().zip(other).enumerate() {
                differ(&format!("{at}/{index}"), one, other);
            }
        }
        _ => assert_eq!(found, expected, "at {at}"),
    }
}
