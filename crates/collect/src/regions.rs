//! The regions of a partition, and which of them the account has enabled.

use std::collections::BTreeMap;
use std::time::SystemTime;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_types::region::Region;
use forewarn_inventory::{Cause, Gap, RegionStatus};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::call::{Ask, Caller};
use crate::failure::is_not_opted_in;
use crate::operations::{GET_CALLER_IDENTITY, LIST_REGIONS};
use crate::options::Options;
use crate::session::{Session, domain};
use crate::signed::{JSON, Refusal, Request};

/// The regions of a partition: those that every account has, and those that an account opts in to.
struct Partition {
    name: &'static str,
    enabled: &'static [&'static str],
    opt_in: &'static [&'static str],
}

/// As of November 2026; what the account itself says (`account:ListRegions`) goes before it.
const PARTITIONS: &[Partition] = &[
    Partition {
        name: "aws",
        enabled: &[
            "us-east-1",
            "us-east-2",
            "us-west-1",
            "us-west-2",
            "ap-northeast-1",
            "ap-northeast-2",
            "ap-northeast-3",
            "ap-south-1",
            "ap-southeast-1",
            "ap-southeast-2",
            "ca-central-1",
            "eu-central-1",
            "eu-north-1",
            "eu-west-1",
            "eu-west-2",
            "eu-west-3",
            "sa-east-1",
        ],
        opt_in: &[
            "af-south-1",
            "ap-east-1",
            "ap-east-2",
            "ap-south-2",
            "ap-southeast-3",
            "ap-southeast-4",
            "ap-southeast-5",
            "ap-southeast-6",
            "ap-southeast-7",
            "ca-west-1",
            "eu-central-2",
            "eu-south-1",
            "eu-south-2",
            "il-central-1",
            "me-central-1",
            "me-south-1",
            "mx-central-1",
        ],
    },
    Partition { name: "aws-cn", enabled: &["cn-north-1", "cn-northwest-1"], opt_in: &[] },
    Partition { name: "aws-us-gov", enabled: &["us-gov-west-1", "us-gov-east-1"], opt_in: &[] },
];

/// The partition by name; an unknown one is taken for `aws`.
fn partition(name: &str) -> Option<&'static Partition> {
    PARTITIONS.iter().find(|partition| partition.name == name)
}

/// The region that a partition is asked in first.
pub(crate) fn first_of(name: &str) -> &'static str {
    partition(name).and_then(|partition| partition.enabled.first()).copied().unwrap_or("us-east-1")
}

/// The partition that a region belongs to, where it is known.
pub(crate) fn partition_of(region: &str) -> Option<&'static str> {
    PARTITIONS
        .iter()
        .find(|partition| partition.enabled.contains(&region) || partition.opt_in.contains(&region))
        .map(|partition| partition.name)
}

/// Every region of the partition and whether it is looked at.
///
/// The account is asked; where it does not say, regions that are opted in to are found by asking each of them who
/// calls: that needs no permission, and a region that the account has not enabled refuses the credentials.
pub(crate) async fn survey(session: &Session, options: &Options, caller: &Caller) -> BTreeMap<String, RegionStatus> {
    let enabled = match listed(session, caller).await {
        Ok(enabled) => enabled,
        Err(gap) => {
            tracing::debug!(%gap, "the account does not say which regions it has enabled");
            probed(session, options, caller).await
        }
    };
    let mut found: BTreeMap<String, RegionStatus> = enabled
        .into_iter()
        .map(|(region, enabled)| {
            let status = match (enabled, options.regions.is_empty() || options.regions.contains(&region)) {
                (false, _) => RegionStatus::NotOptedIn,
                (true, true) => RegionStatus::Assessed,
                (true, false) => RegionStatus::NotSelected,
            };
            (region, status)
        })
        .collect();
    // A region that the user names is looked at even where no list has it: it may be new.
    for region in &options.regions {
        found.entry(region.clone()).or_insert(RegionStatus::Assessed);
    }
    found
}

/// What the table of the partition says, and what the regions that are opted in to answer.
async fn probed(session: &Session, options: &Options, caller: &Caller) -> Vec<(String, bool)> {
    let Some(partition) = partition(&session.partition) else {
        return vec![(session.region.clone(), true)];
    };
    let own = partition.enabled.iter().map(|region| ((*region).to_owned(), true));
    let asked = partition.opt_in.iter().map(|region| async move {
        if !options.regions.is_empty() && !options.regions.iter().any(|named| named == region) {
            return ((*region).to_owned(), false);
        }
        let config = session.config.to_builder().region(Region::from_static(region)).build();
        let client = aws_sdk_sts::Client::new(&config);
        let answer = caller.call(Ask::new(&GET_CALLER_IDENTITY, region), || client.get_caller_identity().send()).await;
        // Any other failure leaves it among the regions to look at, so that what fails there is seen to fail.
        let refused = answer.is_err_and(|gap| gap.detail.as_deref().is_some_and(is_not_opted_in));
        ((*region).to_owned(), !refused)
    });
    own.chain(join_all(asked).await).collect()
}

/// What `account:ListRegions` says: each region, and whether it is enabled.
async fn listed(session: &Session, caller: &Caller) -> Result<Vec<(String, bool)>, Gap> {
    let home = first_of(&session.partition);
    let ask = Ask::new(&LIST_REGIONS, home);
    if session.partition == "aws-us-gov" {
        return Err(ask.gap(Cause::Unsupported, "Account Management is not in this partition"));
    }
    let mut found = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let page = caller.call(ask, || list_regions(session, caller.now(), home, token.as_deref())).await?;
        let page = page.unwrap_or(Value::Null);
        let regions =
            page.get("Regions").and_then(Value::as_array).ok_or_else(|| ask.malformed("no list of regions"))?;
        for region in regions {
            let text = |key| region.get(key).and_then(Value::as_str);
            let (Some(name), Some(status)) = (text("RegionName"), text("RegionOptStatus")) else {
                return Err(ask.malformed("a region without name or status"));
            };
            found.push((name.to_owned(), matches!(status, "ENABLED" | "ENABLED_BY_DEFAULT" | "DISABLING")));
        }
        token = page.get("NextToken").and_then(Value::as_str).map(str::to_owned);
        if token.is_none() {
            break;
        }
    }
    if found.is_empty() {
        return Err(ask.malformed("an empty list of regions"));
    }
    Ok(found)
}

/// `account:ListRegions`, one page.
async fn list_regions(
    session: &Session,
    now: SystemTime,
    region: &str,
    token: Option<&str>,
) -> Result<Value, SdkError<Refusal, HttpResponse>> {
    let mut body = json!({ "MaxResults": 50 });
    if let (Some(token), Some(fields)) = (token, body.as_object_mut()) {
        fields.insert("NextToken".to_owned(), token.into());
    }
    let request = Request {
        service: "account",
        operation: LIST_REGIONS.name,
        region,
        host: format!("account.{region}.{}", domain(&session.partition)),
        target: "/listRegions".to_owned(),
        headers: JSON,
        envelope: None,
        body: Some(body),
    };
    request.send(&session.config, now).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_in_one_partition_once() {
        let mut all: Vec<&str> =
            PARTITIONS.iter().flat_map(|partition| partition.enabled.iter().chain(partition.opt_in)).copied().collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
        assert_eq!(partition_of("cn-north-1"), Some("aws-cn"));
        assert_eq!(partition_of("mars-1"), None);
        assert_eq!(first_of("aws-us-gov"), "us-gov-west-1");
    }
}
