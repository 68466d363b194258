//! S3, made up.

use std::collections::BTreeSet;

use forewarn_inventory::{
    AccessPoint, Bucket, BucketAcl, Encryption, Gap, InventoryConfiguration, LifecycleRule, Listing, LogTarget,
    MultiRegionAccessPoint, ObjectLock, Observed, Replication, ReplicationRule, S3, Versioning, Website,
};
use forewarn_policy::{AclGrant, BlockSettings, Ownership};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::{ACCOUNT, Place, cut, document, listed, observed, on, seen, some_text, tags, text, time};
use crate::operations::{
    GET_ACCESS_POINT, GET_ACCESS_POINT_POLICY, GET_ACCOUNT_PUBLIC_ACCESS_BLOCK, GET_BUCKET_ACL, GET_BUCKET_ENCRYPTION,
    GET_BUCKET_LIFECYCLE_CONFIGURATION, GET_BUCKET_LOCATION, GET_BUCKET_LOGGING, GET_BUCKET_OWNERSHIP_CONTROLS,
    GET_BUCKET_POLICY, GET_BUCKET_POLICY_STATUS, GET_BUCKET_REPLICATION, GET_BUCKET_VERSIONING, GET_BUCKET_WEBSITE,
    GET_MULTI_REGION_ACCESS_POINT_POLICY, GET_OBJECT_LOCK_CONFIGURATION, GET_PUBLIC_ACCESS_BLOCK, GET_RESOURCES,
    LIST_ACCESS_POINTS, LIST_BUCKET_INVENTORY_CONFIGURATIONS, LIST_BUCKETS, LIST_MULTI_REGION_ACCESS_POINTS,
};

/// The most that a number of S3 may be.
const MOST: u32 = i32::MAX as u32;

fn bucket_name() -> impl Strategy<Value = String> {
    "[a-z][a-z0-9]{2,8}([.-][a-z0-9]{2,4})?"
}

fn block_settings() -> impl Strategy<Value = BlockSettings> {
    proptest::array::uniform4(any::<bool>()).prop_map(|[acls, ignore, policy, restrict]| BlockSettings {
        block_public_acls: acls,
        ignore_public_acls: ignore,
        block_public_policy: policy,
        restrict_public_buckets: restrict,
    })
}

fn acl() -> impl Strategy<Value = BucketAcl> {
    let grantee = prop_oneof![
        select(vec!["AllUsers", "AuthenticatedUsers", "LogDelivery"]).prop_map(str::to_owned),
        "[a-f0-9]{64}",
    ];
    let permission = select(vec!["FULL_CONTROL", "READ", "READ_ACP", "WRITE", "WRITE_ACP"]).prop_map(str::to_owned);
    let grant = (grantee, permission).prop_map(|(grantee, permission)| AclGrant { grantee, permission });
    (option::weighted(0.9, "[a-f0-9]{64}"), vec(grant, 0..4)).prop_map(|(owner, grants)| BucketAcl { owner, grants })
}

fn encryption() -> impl Strategy<Value = Encryption> {
    let algorithm = select(vec!["AES256", "aws:kms", "aws:kms:dsse"]).prop_map(str::to_owned);
    let blocked = select(vec![vec![], vec!["SSE-C".to_owned()]]);
    (algorithm, option::of(some_text()), any::<bool>(), blocked)
        .prop_map(|(algorithm, kms_key, bucket_key, blocked)| Encryption { algorithm, kms_key, bucket_key, blocked })
}

fn object_lock() -> impl Strategy<Value = ObjectLock> {
    let mode = select(vec!["GOVERNANCE", "COMPLIANCE"]).prop_map(str::to_owned);
    let retention = (mode, option::of(0..MOST), option::of(0..MOST));
    option::of(retention).prop_map(|retention| {
        retention.map_or_else(ObjectLock::default, |(mode, days, years)| ObjectLock { mode: Some(mode), days, years })
    })
}

fn lifecycle_rule() -> impl Strategy<Value = LifecycleRule> {
    let days = || option::of(0..MOST);
    (option::of(some_text()), any::<bool>(), option::of(some_text()), days(), days(), days()).prop_map(
        |(id, enabled, prefix, expiration_days, noncurrent_days, abort_upload_days)| LifecycleRule {
            id,
            enabled,
            prefix,
            expiration_days,
            noncurrent_days,
            abort_upload_days,
        },
    )
}

fn inventory_configuration() -> impl Strategy<Value = InventoryConfiguration> {
    let destination = bucket_name().prop_map(|name| format!("arn:aws:s3:::{name}"));
    (some_text(), any::<bool>(), destination, option::of("[0-9]{12}")).prop_map(
        |(id, enabled, destination, destination_account)| InventoryConfiguration {
            id,
            enabled,
            destination,
            destination_account,
        },
    )
}

fn replication() -> impl Strategy<Value = Replication> {
    let rule = (
        option::of(some_text()),
        any::<bool>(),
        option::of(some_text()),
        any::<bool>(),
        bucket_name().prop_map(|name| format!("arn:aws:s3:::{name}")),
        option::of("[0-9]{12}"),
        any::<bool>(),
    )
        .prop_map(|(id, enabled, prefix, tag_filter, destination, destination_account, delete_markers)| {
            ReplicationRule { id, enabled, prefix, tag_filter, destination, destination_account, delete_markers }
        });
    (some_text(), vec(rule, 0..3)).prop_map(|(role, rules)| Replication { role, rules })
}

fn website() -> impl Strategy<Value = Website> {
    (option::of(some_text()), option::of(some_text()))
        .prop_map(|(index, redirect_host)| Website { index, redirect_host })
}

fn buckets(place: &Place) -> impl Strategy<Value = Vec<Bucket>> + use<> {
    use Ownership::{BucketOwnerEnforced, BucketOwnerPreferred, ObjectWriter};
    let partition = place.partition;
    let ownership = select(vec![BucketOwnerEnforced, BucketOwnerPreferred, ObjectWriter]);
    let versioning =
        (any::<bool>(), any::<bool>()).prop_map(|(enabled, mfa_delete)| Versioning { enabled, mfa_delete });
    let target = (bucket_name(), text()).prop_map(|(bucket, prefix)| LogTarget { bucket, prefix });
    let region = prop_oneof![
        30 => select(place.assessed()).prop_map(Observed::Present),
        1 => super::gap(&GET_BUCKET_LOCATION).prop_map(Observed::Unreadable),
    ];
    let access = (
        observed(&GET_BUCKET_POLICY, document()),
        seen(&GET_BUCKET_POLICY_STATUS, any::<bool>()),
        seen(&GET_BUCKET_ACL, acl()),
        observed(&GET_BUCKET_OWNERSHIP_CONTROLS, ownership),
        observed(&GET_PUBLIC_ACCESS_BLOCK, block_settings()),
    );
    let content = (
        observed(&GET_BUCKET_ENCRYPTION, encryption()),
        observed(&GET_BUCKET_VERSIONING, versioning),
        (
            observed(&GET_BUCKET_LOGGING, target),
            observed(&LIST_BUCKET_INVENTORY_CONFIGURATIONS, vec(inventory_configuration(), 1..3)),
        ),
        observed(&GET_OBJECT_LOCK_CONFIGURATION, object_lock()),
        observed(&GET_BUCKET_LIFECYCLE_CONFIGURATION, vec(lifecycle_rule(), 1..3)),
        observed(&GET_BUCKET_REPLICATION, replication()),
        tags().prop_map(|tags| if tags.is_empty() { Observed::Absent } else { Observed::Present(tags) }),
        observed(&GET_BUCKET_WEBSITE, website()),
    );
    btree_map(bucket_name(), (region, option::of(time()), access, content), 0..5).prop_map(move |named| {
        let bucket = |(name, (region, created, access, content)): (String, _)| {
            let (policy, policy_status, acl, ownership, public_access_block) = access;
            let (encryption, versioning, (logging, inventories), object_lock, lifecycle, replication, tags, website) =
                content;
            // What something else says that there is none of is not asked.
            let policy_status = if policy == Observed::Absent { Observed::Absent } else { policy_status };
            let acl = if ownership == Observed::Present(BucketOwnerEnforced) { Observed::Absent } else { acl };
            let unversioned =
                matches!(versioning, Observed::Absent | Observed::Present(Versioning { enabled: false, .. }));
            let (object_lock, replication) =
                if unversioned { (Observed::Absent, Observed::Absent) } else { (object_lock, replication) };
            Bucket {
                arn: format!("arn:{partition}:s3:::{name}"),
                region: on(region, &name),
                created,
                policy: on(policy, &name),
                policy_status: on(policy_status, &name),
                acl: on(acl, &name),
                ownership: on(ownership, &name),
                public_access_block: on(public_access_block, &name),
                encryption: on(encryption, &name),
                versioning: on(versioning, &name),
                logging: on(logging, &name),
                inventories: on(inventories, &name),
                object_lock: on(object_lock, &name),
                lifecycle: on(lifecycle, &name),
                replication: on(replication, &name),
                tags,
                website: on(website, &name),
                name,
            }
        };
        named.into_iter().map(bucket).collect()
    })
}

/// Tags are read region by region: what could not be read in one is a gap of its buckets that have none. Of a bucket
/// without a region they are as little known as the region.
fn with_tags(mut buckets: Listing<Bucket>, cut: Option<&Gap>) -> Listing<Bucket> {
    let cut_in = buckets.iter().find_map(|bucket| bucket.region.present().cloned());
    for bucket in &mut buckets.items {
        let cut_here = cut.filter(|_| bucket.region.present() == cut_in.as_ref());
        match (&bucket.region, cut_here) {
            (Observed::Unreadable(gap), _) => bucket.tags = Observed::Unreadable(gap.clone()),
            (_, Some(gap)) if bucket.tags == Observed::Absent => {
                bucket.tags = Observed::Unreadable(gap.clone().on(&bucket.name));
            }
            _ => {}
        }
    }
    buckets
}

/// The regions that are asked for access points: those with buckets, or all where not every bucket could be placed.
fn holding(place: &Place, buckets: &Listing<Bucket>) -> BTreeSet<String> {
    let placed: Option<BTreeSet<String>> = buckets.iter().map(|bucket| bucket.region.present().cloned()).collect();
    placed.filter(|_| buckets.is_whole()).unwrap_or_else(|| place.assessed().into_iter().collect())
}

/// An access point before it has a region.
type Point = (
    (Index, String),
    (String, Option<String>, Option<String>),
    Observed<forewarn_inventory::PolicyText>,
    Observed<BlockSettings>,
);

fn points() -> impl Strategy<Value = Vec<Point>> {
    let leads_to = (bucket_name(), option::of("[0-9]{12}"), option::of("vpc-[a-f0-9]{8}"));
    let point = (
        (any::<Index>(), "[a-z][a-z0-9-]{2,8}".prop_map(String::from)),
        leads_to,
        observed(&GET_ACCESS_POINT_POLICY, document()),
        observed(&GET_ACCESS_POINT, block_settings()),
    );
    vec(point, 0..4)
}

fn access_points(
    place: &Place,
    holding: &BTreeSet<String>,
    points: Vec<Point>,
    cut: Option<Gap>,
) -> Listing<AccessPoint> {
    let regions: Vec<&String> = holding.iter().collect();
    if regions.is_empty() {
        return Listing::whole(Vec::new());
    }
    let point = |((region, name), (bucket, bucket_account, vpc), policy, block): Point| {
        let region = (*region.get(&regions)).clone();
        let arn = format!("arn:{}:s3:{region}:{ACCOUNT}:accesspoint/{name}", place.partition);
        AccessPoint {
            bucket,
            bucket_account,
            vpc,
            policy: on(policy, &arn),
            public_access_block: on(block, &arn),
            name,
            region,
            arn,
        }
    };
    let mut items: Vec<AccessPoint> = points.into_iter().map(point).collect();
    items.sort_by(|one, other| (&one.name, &one.region).cmp(&(&other.name, &other.region)));
    items.dedup_by(|one, other| (&one.name, &one.region) == (&other.name, &other.region));
    Listing { items, rest: cut.into_iter().map(|gap| gap.on(regions[0])).collect() }
}

fn multi_region() -> impl Strategy<Value = Vec<MultiRegionAccessPoint>> {
    let one = (
        "[a-z0-9]{6}\\.mrap",
        btree_set(bucket_name(), 0..3),
        observed(&GET_MULTI_REGION_ACCESS_POINT_POLICY, document()),
        option::of(block_settings()),
    );
    btree_map("[a-z][a-z0-9-]{2,8}", one, 0..3).prop_map(|named| {
        let point = |(name, (alias, buckets, policy, block)): (String, _)| {
            let arn = format!("arn:aws:s3::{ACCOUNT}:accesspoint/{alias}");
            MultiRegionAccessPoint {
                policy: on(policy, &arn),
                buckets: BTreeSet::into_iter(buckets).collect(),
                public_access_block: Option::map_or(block, Observed::Absent, Observed::Present),
                name,
                arn,
            }
        };
        named.into_iter().map(point).collect()
    })
}

/// S3, and the regions that are asked for what stands beside buckets.
pub(super) fn s3(place: &Place) -> impl Strategy<Value = (S3, BTreeSet<String>)> + use<> {
    let parts = (
        observed(&GET_ACCOUNT_PUBLIC_ACCESS_BLOCK, block_settings()),
        (listed(&LIST_BUCKETS, buckets(place)), cut(&GET_RESOURCES)),
        (points(), cut(&LIST_ACCESS_POINTS)),
        listed(&LIST_MULTI_REGION_ACCESS_POINTS, multi_region()),
    );
    let place = place.clone();
    parts.prop_map(move |(public_access_block, (buckets, no_tags), (points, cut), multi_region)| {
        let buckets = with_tags(buckets, no_tags.as_ref());
        let holding = holding(&place, &buckets);
        let access_points = access_points(&place, &holding, points, cut);
        // Only the partition `aws` has them.
        let multi_region_access_points =
            if place.partition == "aws" { multi_region } else { Listing::whole(Vec::new()) };
        (S3 { public_access_block, buckets, access_points, multi_region_access_points }, holding)
    })
}
