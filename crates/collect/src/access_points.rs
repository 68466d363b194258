//! What stands before buckets: the account's Block Public Access, access points of one region and of many.

use std::collections::BTreeSet;

use aws_sdk_s3control::Client;
use aws_sdk_s3control::types::{MultiRegionAccessPointReport, PublicAccessBlockConfiguration};
use forewarn_inventory::{AccessPoint, Fact, Gap, Listing, MultiRegionAccessPoint, Observed, PolicyText};
use forewarn_policy::BlockSettings;
use futures_util::StreamExt as _;
use futures_util::future::join_all;
use futures_util::stream;

use crate::call::{Ask, Caller};
use crate::clients::Regional;
use crate::operations::{
    GET_ACCESS_POINT, GET_ACCESS_POINT_POLICY, GET_ACCOUNT_PUBLIC_ACCESS_BLOCK, GET_MULTI_REGION_ACCESS_POINT_POLICY,
    LIST_ACCESS_POINTS, LIST_MULTI_REGION_ACCESS_POINTS,
};
use crate::pages::pages;
use crate::unasked::{Unasked as _, unasked};

/// The most access points that AWS puts on a page.
const PAGE: i32 = 1000;

/// The one region in which multi-region access points are asked for, wherever their buckets are.
const MULTI_REGION: &str = "us-west-2";

/// Asks S3 Control.
pub(crate) struct Asker<'a> {
    pub(crate) clients: &'a Regional<Client>,
    pub(crate) caller: &'a Caller,
    pub(crate) account: &'a str,
    pub(crate) partition: &'a str,
    pub(crate) region: &'a str,
    pub(crate) needs: &'a BTreeSet<Fact>,
    /// How many access points are looked at side by side.
    pub(crate) side_by_side: usize,
}

impl Asker<'_> {
    /// The account's own Block Public Access.
    pub(crate) async fn public_access_block(&self) -> Observed<BlockSettings> {
        if !self.needs.contains(&Fact::AccountPublicAccessBlock) {
            return Observed::unasked(Fact::AccountPublicAccessBlock);
        }
        let client = self.clients.of(self.region);
        let ask = Ask::new(&GET_ACCOUNT_PUBLIC_ACCESS_BLOCK, self.region);
        self.caller
            .observe(
                ask,
                || client.get_public_access_block().account_id(self.account).send(),
                |answer| match answer.public_access_block_configuration {
                    Some(block) => Observed::Present(block_settings(&block)),
                    None => Observed::Unreadable(ask.malformed("no configuration in it")),
                },
            )
            .await
    }

    /// The access points of every region in `regions`.
    pub(crate) async fn access_points(&self, regions: &BTreeSet<String>) -> Listing<AccessPoint> {
        if !self.needs.contains(&Fact::AccessPoints) {
            return Listing::unasked(Fact::AccessPoints);
        }
        let listed = join_all(regions.iter().map(|region| self.listed(region))).await;
        let mut found = Vec::new();
        let mut rest = Vec::new();
        for (points, gaps) in listed {
            found.extend(points);
            rest.extend(gaps);
        }
        let looks = stream::iter(found).map(|point| self.access_point(point));
        let mut items: Vec<AccessPoint> = looks.buffer_unordered(self.side_by_side).collect().await;
        items.sort_by(|one, other| (&one.name, &one.region).cmp(&(&other.name, &other.region)));
        Listing { items, rest }
    }

    async fn listed(&self, region: &str) -> (Vec<AccessPoint>, Vec<Gap>) {
        let client = self.clients.of(region);
        let ask = Ask::new(&LIST_ACCESS_POINTS, region).on(region);
        let mut points = Vec::new();
        let gap = pages(
            ask,
            self.caller,
            |token| client.list_access_points().account_id(self.account).max_results(PAGE).set_next_token(token).send(),
            |page| {
                points.extend(page.access_point_list.unwrap_or_default().into_iter().map(|point| AccessPoint {
                    arn: point.access_point_arn.unwrap_or_else(|| {
                        format!("arn:{}:s3:{region}:{}:accesspoint/{}", self.partition, self.account, point.name)
                    }),
                    name: point.name,
                    region: region.to_owned(),
                    bucket: point.bucket,
                    bucket_account: point.bucket_account_id,
                    vpc: point.vpc_configuration.map(|vpc| vpc.vpc_id),
                    policy: Observed::unasked(Fact::AccessPointPolicy),
                    public_access_block: Observed::unasked(Fact::AccessPointPublicAccessBlock),
                }));
                Ok(page.next_token)
            },
        )
        .await
        .err();
        (points, gap.into_iter().collect())
    }

    /// An access point with its policy and its own Block Public Access.
    async fn access_point(&self, mut point: AccessPoint) -> AccessPoint {
        let client = self.clients.of(&point.region);
        let name = point.name.as_str();
        point.policy = if self.needs.contains(&Fact::AccessPointPolicy) {
            let ask = Ask::new(&GET_ACCESS_POINT_POLICY, &point.region).on(&point.arn);
            self.caller
                .observe(
                    ask,
                    || client.get_access_point_policy().account_id(self.account).name(name).send(),
                    |answer| text(answer.policy, &ask),
                )
                .await
        } else {
            Observed::Unreadable(unasked(Fact::AccessPointPolicy).on(&point.arn))
        };
        let mut bucket_account = None;
        point.public_access_block = if self.needs.contains(&Fact::AccessPointPublicAccessBlock) {
            let ask = Ask::new(&GET_ACCESS_POINT, &point.region).on(&point.arn);
            self.caller
                .observe(
                    ask,
                    || client.get_access_point().account_id(self.account).name(name).send(),
                    |answer| {
                        bucket_account = answer.bucket_account_id;
                        match answer.public_access_block_configuration {
                            Some(block) => Observed::Present(block_settings(&block)),
                            None => Observed::Absent,
                        }
                    },
                )
                .await
        } else {
            Observed::Unreadable(unasked(Fact::AccessPointPublicAccessBlock).on(&point.arn))
        };
        point.bucket_account = point.bucket_account.or(bucket_account);
        point
    }

    /// The multi-region access points; only the partition `aws` has them.
    pub(crate) async fn multi_region(&self) -> Listing<MultiRegionAccessPoint> {
        if !self.needs.contains(&Fact::MultiRegionAccessPoints) {
            return Listing::unasked(Fact::MultiRegionAccessPoints);
        }
        if self.partition != "aws" {
            return Listing::whole(Vec::new());
        }
        let client = self.clients.of(MULTI_REGION);
        let ask = Ask::new(&LIST_MULTI_REGION_ACCESS_POINTS, MULTI_REGION);
        let mut listed = Vec::new();
        let gap = pages(
            ask,
            self.caller,
            |token| client.list_multi_region_access_points().account_id(self.account).set_next_token(token).send(),
            |page| {
                listed.extend(page.access_points.unwrap_or_default());
                Ok(page.next_token)
            },
        )
        .await
        .err();
        let looks = stream::iter(listed).map(|point| self.multi_region_point(point));
        let looked: Vec<Option<MultiRegionAccessPoint>> = looks.buffer_unordered(self.side_by_side).collect().await;
        let unnamed = looked.iter().any(Option::is_none).then(|| ask.malformed("an access point without a name"));
        let mut items: Vec<MultiRegionAccessPoint> = looked.into_iter().flatten().collect();
        items.sort_by(|one, other| one.name.cmp(&other.name));
        Listing { items, rest: unnamed.into_iter().chain(gap).collect() }
    }

    async fn multi_region_point(&self, point: MultiRegionAccessPointReport) -> Option<MultiRegionAccessPoint> {
        let name = point.name?;
        let alias = point.alias.unwrap_or_else(|| name.clone());
        let arn = format!("arn:{}:s3::{}:accesspoint/{alias}", self.partition, self.account);
        let policy = if self.needs.contains(&Fact::MultiRegionAccessPointPolicy) {
            let client = self.clients.of(MULTI_REGION);
            let ask = Ask::new(&GET_MULTI_REGION_ACCESS_POINT_POLICY, MULTI_REGION).on(&arn);
            self.caller
                .observe(
                    ask,
                    || client.get_multi_region_access_point_policy().account_id(self.account).name(&name).send(),
                    |answer| match answer.policy.and_then(|policy| policy.established) {
                        Some(established) => text(established.policy, &ask),
                        None => Observed::Absent,
                    },
                )
                .await
        } else {
            Observed::Unreadable(unasked(Fact::MultiRegionAccessPointPolicy).on(&arn))
        };
        let mut buckets: Vec<String> =
            point.regions.unwrap_or_default().into_iter().filter_map(|region| region.bucket).collect();
        buckets.sort();
        Some(MultiRegionAccessPoint {
            name,
            arn,
            buckets,
            policy,
            public_access_block: point
                .public_access_block
                .map_or(Observed::Absent, |block| Observed::Present(block_settings(&block))),
        })
    }
}

/// The text of a policy; an empty one is none.
fn text(policy: Option<String>, ask: &Ask<'_>) -> Observed<PolicyText> {
    match policy {
        Some(text) if text.is_empty() => Observed::Absent,
        Some(text) => Observed::Present(PolicyText::new(text)),
        None => Observed::Unreadable(ask.malformed("no policy in it")),
    }
}

fn block_settings(block: &PublicAccessBlockConfiguration) -> BlockSettings {
    BlockSettings {
        block_public_acls: block.block_public_acls.unwrap_or_default(),
        ignore_public_acls: block.ignore_public_acls.unwrap_or_default(),
        block_public_policy: block.block_public_policy.unwrap_or_default(),
        restrict_public_buckets: block.restrict_public_buckets.unwrap_or_default(),
    }
}
