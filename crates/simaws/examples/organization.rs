//! Serves an organisation of many accounts for the scale bench: prints the address, and ends with its input.
//!
//!     organization ACCOUNTS USERS BUCKETS LATENCY_MS
//!
//! Users and buckets are those of each account. Half of the buckets have a policy, one in ten lets everybody in.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a program of its own, which prints its address and goes by the clock"
)]

use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;

use forewarn_inventory::{Inventory, overlay};
use forewarn_simaws::{Settings, SimAws};
use serde_json::{Value, json};

/// The account that manages the organisation.
const FIRST: usize = 100_000_000_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let numbers: Vec<usize> = std::env::args().skip(1).map(|text| text.parse()).collect::<Result<_, _>>()?;
    let [accounts, users, buckets, latency] = *numbers.as_slice() else {
        return Err("ACCOUNTS USERS BUCKETS LATENCY_MS are wanted".into());
    };
    let settings = Settings { latency: Duration::from_millis(latency.try_into()?), ..Settings::default() };
    let inventory = Arc::new(organization(accounts, users, buckets)?);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let server = runtime.block_on(SimAws::start(inventory, settings))?;
    println!("{}", server.url());
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

fn organization(accounts: usize, users: usize, buckets: usize) -> Result<Inventory, overlay::OverlayError> {
    let ids: Vec<String> = (FIRST..FIRST + accounts).map(|id| id.to_string()).collect();
    let members: Vec<Value> =
        ids.iter().map(|id| json!({ "id": id, "name": format!("Team {id}"), "parent": "r-ab01" })).collect();
    overlay::inventory(&json!({
        "instant": jiff::Timestamp::now().to_string(),
        "accounts": ids.iter().map(|id| account(id, users, buckets)).collect::<Vec<Value>>(),
        "organization": {
            "management_account": FIRST.to_string(),
            "accounts": members,
            "units": [{ "id": "r-ab01", "name": "Root" }],
        },
    }))
}

fn account(id: &str, users: usize, buckets: usize) -> Value {
    let regions: serde_json::Map<String, Value> =
        REGIONS.iter().map(|region| ((*region).to_owned(), "assessed".into())).collect();
    let reads = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": format!("arn:aws:s3:::scale-{id}-*") },
    ] });
    let name = |number: usize| format!("scale-{number:05}");
    let policy = format!("arn:aws:iam::{id}:policy/reader");
    let user = |number| json!({ "name": name(number), "attached": [{ "name": "reader", "arn": policy }] });
    let row = |number| json!({ "user": name(number), "password_enabled": { "value": number % 4 == 0 } });
    let bucket = |number: usize| {
        let name = format!("scale-{id}-{number:05}");
        let arn = format!("arn:aws:s3:::{name}");
        let mut statements = vec![json!({
            "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [arn, format!("{arn}/*")],
            "Condition": { "Bool": { "aws:SecureTransport": "false" } },
        })];
        if number.is_multiple_of(10) {
            let all = json!({ "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": format!("{arn}/*") });
            statements.push(all);
        }
        let policy = json!({ "Version": "2012-10-17", "Statement": statements });
        let held = number.is_multiple_of(2);
        let region = REGIONS.get(number % 2).copied().unwrap_or_default();
        json!({
            "name": name, "region": region, "policy": held.then_some(policy),
            "policy_status": held.then_some(number.is_multiple_of(10)),
        })
    };
    json!({
        "id": id,
        "regions": regions,
        "iam": {
            "users": (0..users).map(user).collect::<Vec<Value>>(),
            "credential_report": { "rows": (0..users).map(row).collect::<Vec<Value>>() },
            "account_summary": { "AccountMFAEnabled": 1, "AccountAccessKeysPresent": 0, "AccountPasswordPresent": 1 },
            "policies": [{ "name": "reader", "document": reads }],
            "roles": [{ "name": "OrganizationAccountAccessRole" }],
        },
        "s3": { "buckets": (0..buckets).map(bucket).collect::<Vec<Value>>() },
        "trail": { "trails": [{ "name": "all" }] },
    })
}

/// The regions that an account has without opting in.
const REGIONS: [&str; 17] = [
    "us-east-1",
    "eu-west-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "ap-south-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-west-2",
    "eu-west-3",
    "eu-north-1",
    "sa-east-1",
];
