//! Resource Groups Tagging: JSON 1.1; of the resources that have tags it knows the buckets.

use forewarn_inventory::{Bucket, Observed};
use serde_json::{Value, json};

use crate::answer::Reply;
use crate::call::Call;
use crate::fault::Trouble;

/// `GetResources`: buckets of the region that have tags; one without any is not named.
pub(crate) fn answer(call: &Call<'_>) -> Result<Reply, Trouble> {
    let kinds = call.incoming.json.get("ResourceTypeFilters").and_then(Value::as_array);
    let wanted = kinds.is_none_or(|kinds| kinds.iter().any(|kind| kind == "s3" || kind == "s3:bucket"));
    let buckets = call.account.s3.buckets.iter().filter(|_| wanted);
    let here: Vec<&Bucket> =
        buckets.filter(|bucket| bucket.region.present().is_some_and(|region| *region == call.region)).collect();
    let cut = here.iter().find_map(|bucket| bucket.tags.gap());
    let tagged: Vec<Value> = here
        .iter()
        .filter_map(|bucket| match &bucket.tags {
            Observed::Present(tags) => {
                let tags: Vec<Value> = tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect();
                Some(json!({ "ResourceARN": bucket.arn, "Tags": tags }))
            }
            Observed::Absent | Observed::Unreadable(_) => None,
        })
        .collect();
    let page = call.page(tagged.len(), cut, "PaginationToken", "ResourcesPerPage")?;
    let next = page.next.clone().unwrap_or_default();
    Ok(Reply::json(&json!({ "ResourceTagMappingList": page.of(&tagged), "PaginationToken": next })))
}
