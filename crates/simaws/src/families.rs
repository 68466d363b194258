//! The families that are only counted: S3 Tables and S3 Vectors (REST with JSON), and where each family is at home.

use forewarn_inventory::{Account, RegionStatus, Unassessed};
use serde_json::{Value, json};

use crate::answer::Reply;
use crate::call::{Call, Service};
use crate::fault::Trouble;
use crate::page::Page;

/// When everything that is only counted was made.
pub(crate) const CREATED: &str = "2025-01-01T00:00:00Z";

/// The oldest region of the partition `aws`; it has every family.
const OLDEST: &str = "us-east-1";

/// `ListTableBuckets` or `ListVectorBuckets`.
pub(crate) fn answer(call: &Call<'_>) -> Result<Reply, Trouble> {
    let (partition, id, region) = (&call.account.partition, &call.account.id, &call.region);
    let (list, mark, page, item): (_, _, _, Box<dyn Fn(usize) -> Value>) = match call.service {
        Service::S3Tables => (
            "tableBuckets",
            "continuationToken",
            page(call, Unassessed::TABLES, "continuationToken", "maxBuckets")?,
            Box::new(|number| {
                let name = format!("tables-{number}");
                json!({
                    "arn": format!("arn:{partition}:s3tables:{region}:{id}:bucket/{name}"), "name": name,
                    "ownerAccountId": id, "createdAt": CREATED, "type": "customer",
                })
            }),
        ),
        Service::S3Vectors => (
            "vectorBuckets",
            "nextToken",
            page(call, Unassessed::VECTORS, "nextToken", "maxResults")?,
            Box::new(|number| {
                let name = format!("vectors-{number}");
                json!({
                    "vectorBucketArn": format!("arn:{partition}:s3vectors:{region}:{id}:bucket/{name}"),
                    "vectorBucketName": name, "creationTime": 1_735_689_600,
                })
            }),
        ),
        _ => return Err(call.unserved()),
    };
    let mut body = json!({ list: (page.start..page.end).map(item).collect::<Vec<_>>() });
    if let (Some(next), Some(fields)) = (page.next, body.as_object_mut()) {
        fields.insert(mark.to_owned(), next.into());
    }
    Ok(Reply { content_type: "application/json", ..Reply::json(&body) })
}

/// The page of a family that the call asks for. The inventory only counts a family, so all of it is in one region.
pub(crate) fn page(call: &Call<'_>, family: &str, marker: &str, limit: &str) -> Result<Page, Trouble> {
    let seen = call.account.unassessed.iter().find(|seen| seen.family == family);
    let here = home(call.account, family).is_none_or(|home| home == call.region);
    let count = seen.filter(|_| here).map_or(0, |seen| seen.count);
    let cut = seen.and_then(|seen| call.regional_cut(&seen.rest));
    call.page(count, cut, marker, limit)
}

/// The region of a family, one in which it is asked for: Access Grants are asked for where there are buckets.
fn home<'a>(account: &'a Account, family: &str) -> Option<&'a str> {
    let buckets = account.s3.buckets.iter().filter_map(|bucket| bucket.region.present().map(String::as_str));
    let grants = buckets.min().filter(|_| family == Unassessed::ACCESS_GRANTS);
    let assessed = || {
        let assessed = account.regions.iter().filter(|(_, status)| **status == RegionStatus::Assessed);
        assessed.map(|(region, _)| region.as_str())
    };
    grants.or_else(|| assessed().find(|region| *region == OLDEST)).or_else(|| assessed().next())
}
