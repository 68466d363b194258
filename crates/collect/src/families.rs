//! Families of S3 resources that forewarn does not assess: how many of each there are, so that the coverage names them.
//!
//! No check rests on these lists. One that cannot be read is a gap of its family and of nothing else.

use std::collections::BTreeSet;

use forewarn_inventory::{Cause, Fact, Gap, Unassessed};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::call::{Ask, Caller};
use crate::clients::Regional;
use crate::operations::{
    LIST_ACCESS_GRANTS_INSTANCES, LIST_DIRECTORY_BUCKETS, LIST_TABLE_BUCKETS, LIST_VECTOR_BUCKETS, Operation,
};
use crate::pages::pages;
use crate::session::Session;
use crate::signed::{JSON, Request, encoded};

/// Regions that hold S3 Express directory buckets, as of November 2026.
const EXPRESS: &[&str] =
    &["ap-northeast-1", "ap-south-1", "eu-north-1", "eu-west-1", "us-east-1", "us-east-2", "us-west-2"];

/// Some regions that certainly have S3 Tables. Every region is asked; in these, a host that nobody knows is a failure,
/// in others it says that AWS does not offer the family there.
const TABLES: &[&str] = &[
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "us-east-1",
    "us-east-2",
    "us-west-2",
];

/// The same for S3 Vectors: the regions in which it began.
const VECTORS: &[&str] = &["ap-southeast-2", "eu-central-1", "us-east-1", "us-east-2", "us-west-2"];

/// How the name of every directory bucket ends.
const DIRECTORY: &str = "--x-s3";

/// The most that AWS puts on a page: of vector buckets, and of everything else.
const VECTOR_PAGE: i32 = 500;
const PAGE: i32 = 1000;

/// Asks for the families.
pub(crate) struct Asker<'a> {
    pub(crate) clients: &'a Regional<aws_sdk_s3::Client>,
    pub(crate) controls: &'a Regional<aws_sdk_s3control::Client>,
    pub(crate) session: &'a Session,
    pub(crate) caller: &'a Caller,
    pub(crate) needs: &'a BTreeSet<Fact>,
}

/// How many one region has, and why there may be more.
type Counted = (usize, Option<Gap>);

impl Asker<'_> {
    /// The families that stand by themselves, in every region that has them.
    pub(crate) async fn of_their_own(&self, regions: &[String]) -> Vec<Unassessed> {
        if !self.needs.contains(&Fact::Buckets) {
            return Vec::new();
        }
        let express = regions.iter().filter(|region| EXPRESS.contains(&region.as_str()));
        let (express, tables, vectors) = tokio::join!(
            join_all(express.map(|region| self.express(region))),
            join_all(regions.iter().map(|region| self.tables(region))),
            join_all(regions.iter().map(|region| self.vectors(region))),
        );
        [(Unassessed::EXPRESS, express), (Unassessed::TABLES, tables), (Unassessed::VECTORS, vectors)]
            .into_iter()
            .filter_map(|(family, counted)| gathered(family, counted))
            .collect()
    }

    /// Access Grants; an instance grants access to buckets of its own region, so only regions with buckets are asked.
    pub(crate) async fn access_grants(&self, holding: &BTreeSet<String>) -> Option<Unassessed> {
        if !self.needs.contains(&Fact::Buckets) {
            return None;
        }
        let counted = join_all(holding.iter().map(|region| async move {
            let client = self.controls.of(region);
            let account = self.session.account.as_str();
            let mut seen = 0;
            let gap = pages(
                Ask::new(&LIST_ACCESS_GRANTS_INSTANCES, region).on(region),
                self.caller,
                |token| {
                    let ask = client.list_access_grants_instances().account_id(account).max_results(PAGE);
                    ask.set_next_token(token).send()
                },
                |page| {
                    seen += page.access_grants_instances_list.unwrap_or_default().len();
                    Ok(page.next_token)
                },
            );
            let gap = gap.await.err();
            (seen, gap)
        }));
        gathered(Unassessed::ACCESS_GRANTS, counted.await)
    }

    async fn express(&self, region: &str) -> Counted {
        let client = self.clients.of(region);
        let mut seen = 0;
        let gap = pages(
            Ask::new(&LIST_DIRECTORY_BUCKETS, region).on(region),
            self.caller,
            |token| client.list_directory_buckets().max_directory_buckets(PAGE).set_continuation_token(token).send(),
            |page| {
                let names = page.buckets.unwrap_or_default().into_iter().filter_map(|bucket| bucket.name);
                // An endpoint that does not know the operation may take it for `ListBuckets`.
                seen += names.filter(|name| name.ends_with(DIRECTORY)).count();
                Ok(page.continuation_token)
            },
        );
        let gap = gap.await.err();
        (seen, gap)
    }

    async fn tables(&self, region: &str) -> Counted {
        let page = |token: Option<String>| Request {
            service: "s3tables",
            operation: LIST_TABLE_BUCKETS.name,
            region,
            host: self.session.host("s3tables", region),
            target: token.map_or_else(
                || format!("/buckets?maxBuckets={PAGE}"),
                |token| format!("/buckets?continuationToken={}&maxBuckets={PAGE}", encoded(&token)),
            ),
            headers: &[],
            envelope: None,
            body: None,
        };
        let counted = self.listed(&LIST_TABLE_BUCKETS, region, page, "tableBuckets", "continuationToken").await;
        unless_not_offered(TABLES, region, counted)
    }

    async fn vectors(&self, region: &str) -> Counted {
        // Vectors has names with both kinds of addresses only.
        let suffix = if self.session.partition == "aws-cn" { "api.amazonwebservices.com.cn" } else { "api.aws" };
        let fips = if self.session.config.use_fips() == Some(true) { "-fips" } else { "" };
        let page = |token: Option<String>| {
            let mut body = json!({ "maxResults": VECTOR_PAGE });
            if let (Some(token), Some(fields)) = (token, body.as_object_mut()) {
                fields.insert("nextToken".to_owned(), token.into());
            }
            Request {
                service: "s3vectors",
                operation: LIST_VECTOR_BUCKETS.name,
                region,
                host: format!("s3vectors{fips}.{region}.{suffix}"),
                target: "/ListVectorBuckets".to_owned(),
                headers: JSON,
                envelope: None,
                body: Some(body),
            }
        };
        let counted = self.listed(&LIST_VECTOR_BUCKETS, region, page, "vectorBuckets", "nextToken").await;
        unless_not_offered(VECTORS, region, counted)
    }

    /// Counts what stands in the list `items` of every page.
    async fn listed<'a>(
        &self,
        operation: &'static Operation,
        region: &'a str,
        request: impl Fn(Option<String>) -> Request<'a>,
        items: &str,
        next: &str,
    ) -> Counted {
        let ask = Ask::new(operation, region).on(region);
        let mut seen = 0;
        let gap = pages(
            ask,
            self.caller,
            |token| request(token).send(&self.session.config, self.caller.now()),
            |page: Value| {
                let listed = page.get(items).and_then(Value::as_array);
                seen += listed.ok_or_else(|| ask.malformed(format!("no `{items}` in it")))?.len();
                Ok(page.get(next).and_then(Value::as_str).map(str::to_owned))
            },
        );
        let gap = gap.await.err();
        (seen, gap)
    }
}

/// A family over all regions; `None` where every region says that there is none.
fn gathered(family: &str, counted: Vec<Counted>) -> Option<Unassessed> {
    let (counts, gaps): (Vec<usize>, Vec<Option<Gap>>) = counted.into_iter().unzip();
    let rest: Vec<Gap> = gaps.into_iter().flatten().collect();
    let count = counts.into_iter().sum();
    (count > 0 || !rest.is_empty()).then(|| Unassessed { family: family.to_owned(), count, rest })
}

/// What was counted, without the gap of a region that AWS offers no such endpoint in.
fn unless_not_offered(certain: &[&str], region: &str, (seen, gap): Counted) -> Counted {
    let nobody = |gap: &Gap| {
        let detail = gap.detail.as_deref().unwrap_or_default();
        let passing = ["Temporary failure", "Try again"].iter().any(|words| detail.contains(words));
        gap.cause == Cause::Failed && detail.starts_with("failed to lookup address information") && !passing
    };
    (seen, gap.filter(|gap| certain.contains(&region) || !nobody(gap)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_nobody_knows_is_a_region_without_the_family_unless_it_certainly_has_it() {
        let failed = |detail: &str| (0, Some(Gap::new(Cause::Failed, "s3vectors:ListVectorBuckets").detail(detail)));
        let unknown = failed("failed to lookup address information: Name or service not known");
        assert_eq!(unless_not_offered(VECTORS, "eu-south-1", unknown.clone()), (0, None));
        assert_eq!(unless_not_offered(VECTORS, "us-east-1", unknown.clone()), unknown);
        for other in ["failed to lookup address information: Temporary failure in name resolution", "broken pipe"] {
            assert_eq!(unless_not_offered(VECTORS, "eu-south-1", failed(other)), failed(other));
        }
    }

    #[test]
    fn a_family_that_is_nowhere_is_not_named_and_one_that_may_be_somewhere_is() {
        let gap = Gap::new(Cause::Denied, "s3tables:ListTableBuckets").on("us-east-1");
        assert_eq!(gathered("f", vec![(0, None), (0, None)]), None);
        let denied = gathered("f", vec![(2, None), (0, Some(gap.clone()))]).unwrap();
        assert_eq!((denied.count, denied.rest), (2, vec![gap.clone()]));
        assert_eq!(gathered("f", vec![(0, Some(gap.clone()))]).unwrap().rest, [gap]);
    }
}
