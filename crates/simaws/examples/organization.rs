//! Serves an organisation of many accounts for the scale bench: prints the address, and ends with its input.
//!
//!     organization ACCOUNTS USERS ROLES BUCKETS LATENCY_MS S3_A_SECOND
//!
//! Users, roles and buckets are those of each account. Half of the buckets have a policy, one in ten lets everybody in; one
//! role in fifty is trusted by another account. `S3_A_SECOND` is how many requests S3 takes; 0 = all.
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
    let [accounts, users, roles, buckets, latency, s3_a_second] = *numbers.as_slice() else {
        return Err("ACCOUNTS USERS ROLES BUCKETS LATENCY_MS S3_A_SECOND are wanted".into());
    };
    let mut settings = Settings { latency: Duration::from_millis(latency.try_into()?), ..Settings::default() };
    if s3_a_second > 0 {
        settings.rate_limits.insert("s3".to_owned(), s3_a_second.try_into()?);
    }
    let inventory = Arc::new(organization(accounts, &Sizes { users, roles, buckets })?);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let server = runtime.block_on(SimAws::start(inventory, settings))?;
    println!("{}", server.url());
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

/// How much there is of what in an account.
struct Sizes {
    users: usize,
    roles: usize,
    buckets: usize,
}

fn organization(accounts: usize, sizes: &Sizes) -> Result<Inventory, overlay::OverlayError> {
    let ids: Vec<String> = (FIRST..FIRST + accounts).map(|id| id.to_string()).collect();
    let members: Vec<Value> =
        ids.iter().map(|id| json!({ "id": id, "name": format!("Team {id}"), "parent": "r-ab01" })).collect();
    overlay::inventory(&json!({
        "instant": jiff::Timestamp::now().to_string(),
        "accounts": ids.iter().map(|id| account(id, sizes)).collect::<Vec<Value>>(),
        "organization": {
            "management_account": FIRST.to_string(),
            "accounts": members,
            "units": [{ "id": "r-ab01", "name": "Root" }],
        },
    }))
}

fn account(id: &str, sizes: &Sizes) -> Value {
    let &Sizes { users, roles, buckets } = sizes;
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
    let role = |number: usize| {
        let trusted = match number % 50 {
            0 => json!({ "AWS": "arn:aws:iam::999999999999:root" }),
            even if even % 2 == 0 => json!({ "Service": "ec2.amazonaws.com" }),
            _ => json!({ "Service": "lambda.amazonaws.com" }),
        };
        let statement = json!({ "Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole" });
        json!({
            "name": format!("work-{number:05}"), "attached": [{ "name": "reader", "arn": policy }],
            "trust": { "Version": "2012-10-17", "Statement": [statement] },
        })
    };
    let entered = json!({ "name": "OrganizationAccountAccessRole" });
    json!({
        "id": id,
        "regions": regions,
        "iam": {
            "users": (0..users).map(user).collect::<Vec<Value>>(),
            "credential_report": { "rows": (0..users).map(row).collect::<Vec<Value>>() },
            "account_summary": { "AccountMFAEnabled": 1, "AccountAccessKeysPresent": 0, "AccountPasswordPresent": 1 },
            "policies": [{ "name": "reader", "document": reads }],
            "roles": std::iter::once(entered).chain((0..roles).map(role)).collect::<Vec<Value>>(),
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
