//! Account Management: which regions the account has, and whom AWS writes to.

use bytes::Bytes;
use forewarn_inventory::{Account, RegionStatus};
use serde_json::{Value, json};

use crate::answer::Reply;
use crate::call::{Call, Service};
use crate::fault::{Trouble, read};

/// The regions that an account need not opt in to.
const BY_DEFAULT: [&str; 17] = [
    "us-east-1",
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
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eu-north-1",
    "sa-east-1",
];

/// Whether the account has not opted in to the region, so that its services do not know the account. Of S3 only what
/// the inventory says counts: it may hold buckets in regions that it does not list.
pub(crate) fn is_closed(account: &Account, region: &str, service: Service) -> bool {
    match account.regions.get(region) {
        Some(status) => *status == RegionStatus::NotOptedIn,
        None => {
            account.partition == "aws"
                && !account.regions.is_empty()
                && !BY_DEFAULT.contains(&region)
                && !matches!(service, Service::S3 | Service::S3Control)
        }
    }
}

pub(crate) fn answer(call: &Call<'_>) -> Result<Reply, Trouble> {
    match call.action() {
        "ListRegions" => list(call),
        "GetAlternateContact" => contact(call),
        _ => Err(call.unserved()),
    }
}

/// The alternate contact of a kind; the inventory knows that for security.
fn contact(call: &Call<'_>) -> Result<Reply, Trouble> {
    let none =
        || Call::failure(404, "ResourceNotFoundException", "No contact of the inputted alternate contact type found.");
    let kind = call.incoming.json.get("AlternateContactType").and_then(Value::as_str);
    let known = match kind {
        Some("SECURITY") => read(&call.account.contacts.security)?,
        Some("BILLING" | "OPERATIONS") => None,
        _ => return Err(call.bad_input("You specified an invalid value for AlternateContactType")),
    };
    let known = known.ok_or_else(none)?;
    let body = json!({ "AlternateContact": { "AlternateContactType": "SECURITY", "EmailAddress": known.email,
        "Name": "Security", "PhoneNumber": "+1 555 0100", "Title": "Security" } });
    Ok(Reply { content_type: "application/json", ..Reply::json(&body) })
}

/// The regions of the account; one whose inventory names none never could ask.
fn list(call: &Call<'_>) -> Result<Reply, Trouble> {
    let regions = &call.account.regions;
    if regions.is_empty() {
        return Err(call.denied());
    }
    let asked = call.incoming.json.get("RegionOptStatusContains").and_then(Value::as_array);
    let all: Vec<Value> = regions
        .iter()
        .map(|(region, status)| {
            let word = match status {
                RegionStatus::NotOptedIn => "DISABLED",
                _ if BY_DEFAULT.contains(&region.as_str()) => "ENABLED_BY_DEFAULT",
                RegionStatus::Assessed | RegionStatus::NotSelected => "ENABLED",
            };
            (region, word)
        })
        .filter(|(_, word)| asked.is_none_or(|asked| asked.iter().any(|wanted| wanted == word)))
        .map(|(region, word)| json!({ "RegionName": region, "RegionOptStatus": word }))
        .collect();
    let page = call.page(all.len(), None, "NextToken", "MaxResults")?;
    let body = json!({ "Regions": page.of(&all), "NextToken": page.next });
    Ok(Reply {
        status: 200,
        content_type: "application/json",
        headers: Vec::new(),
        body: Bytes::from(body.to_string()),
    })
}
