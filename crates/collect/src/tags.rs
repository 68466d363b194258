//! Tags of buckets, in bulk: a hundred buckets a call instead of one.

use std::collections::{BTreeMap, BTreeSet};

use forewarn_inventory::{Bucket, Fact, Gap, Observed};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::call::{Ask, Caller};
use crate::operations::GET_RESOURCES;
use crate::pages::pages;
use crate::session::{Session, domain};
use crate::signed::Request;
use crate::unasked::unasked;

/// The most resources that AWS puts on a page.
const PAGE: i32 = 100;

/// Asks the Resource Groups Tagging API.
pub(crate) struct Asker<'a> {
    pub(crate) session: &'a Session,
    pub(crate) caller: &'a Caller,
    pub(crate) needs: &'a BTreeSet<Fact>,
}

type Tags = BTreeMap<String, String>;

/// Tags by ARN in one region, and why there may be more.
type Region = (BTreeMap<String, Tags>, Option<Gap>);

impl Asker<'_> {
    /// Gives each bucket its tags. AWS names what has tags or ever had some: a bucket that its region does not name has
    /// none. Of one whose region is not known nothing can be said, unless another region names it.
    pub(crate) async fn fill(&self, buckets: &mut [Bucket]) {
        if !self.needs.contains(&Fact::BucketTags) {
            for bucket in buckets {
                bucket.tags = Observed::Unreadable(unasked(Fact::BucketTags).on(&bucket.name));
            }
            return;
        }
        let holding: BTreeSet<String> = buckets.iter().filter_map(|bucket| bucket.region.present().cloned()).collect();
        let asked = join_all(holding.iter().map(|region| self.region(region))).await;
        let mut found: BTreeMap<&String, Region> = holding.iter().zip(asked).collect();
        for bucket in buckets {
            let (tags, gap) = match &bucket.region {
                Observed::Present(region) => match found.get_mut(region) {
                    Some((tags, gap)) => (tags.remove(&bucket.arn), gap.clone().map(|gap| gap.on(&bucket.name))),
                    None => (None, None),
                },
                Observed::Absent => (None, None),
                Observed::Unreadable(gap) => {
                    (found.values_mut().find_map(|(tags, _)| tags.remove(&bucket.arn)), Some(gap.clone()))
                }
            };
            bucket.tags = match (tags.filter(|tags| !tags.is_empty()), gap) {
                (Some(tags), _) => Observed::Present(tags),
                (None, Some(gap)) => Observed::Unreadable(gap),
                (None, None) => Observed::Absent,
            };
        }
    }

    async fn region(&self, region: &str) -> Region {
        let ask = Ask::new(&GET_RESOURCES, region).on(region);
        let request = |token: Option<String>| {
            let mut body = json!({ "ResourceTypeFilters": ["s3"], "ResourcesPerPage": PAGE });
            if let (Some(token), Some(fields)) = (token, body.as_object_mut()) {
                fields.insert("PaginationToken".to_owned(), token.into());
            }
            let host = format!("tagging.{region}.{}", domain(&self.session.partition));
            Request::enveloped("tagging", "ResourceGroupsTaggingAPI_20170126", GET_RESOURCES.name, region, host, body)
        };
        let mut found = BTreeMap::new();
        let gap = pages(
            ask,
            self.caller,
            |token| request(token).send(&self.session.config, self.caller.now()),
            |page: Value| {
                let listed = page.get("ResourceTagMappingList").and_then(Value::as_array);
                for resource in listed.ok_or_else(|| ask.malformed("no list of resources in it"))? {
                    let (arn, tags) =
                        tagged(resource).ok_or_else(|| ask.malformed("a resource without ARN or tags"))?;
                    found.insert(arn, tags);
                }
                Ok(page.get("PaginationToken").and_then(Value::as_str).map(str::to_owned))
            },
        );
        let gap = gap.await.err();
        (found, gap)
    }
}

/// A resource and its tags; `None` where either is missing.
fn tagged(resource: &Value) -> Option<(String, Tags)> {
    let arn = resource.get("ResourceARN")?.as_str()?;
    let text = |tag: &Value, key| Some(tag.get(key)?.as_str()?.to_owned());
    let tags = resource.get("Tags")?.as_array()?.iter().map(|tag| Some((text(tag, "Key")?, text(tag, "Value")?)));
    Some((arn.to_owned(), tags.collect::<Option<Tags>>()?))
}
