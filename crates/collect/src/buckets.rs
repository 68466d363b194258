//! Buckets: one list, and per bucket only what is needed, in the bucket's own region.

use std::collections::BTreeSet;
use std::pin::pin;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::types::{
    BucketVersioningStatus, DeleteMarkerReplicationStatus, ExpirationStatus, Grant,
    InventoryConfiguration as InventoryConfigurationType, LifecycleRule as RuleType, MfaDeleteStatus,
    PublicAccessBlockConfiguration, ReplicationRule as ReplicationRuleType, ReplicationRuleStatus,
};
use forewarn_inventory::{
    Bucket, BucketAcl, Encryption, Fact, InventoryConfiguration, LifecycleRule, Listing, LogTarget, ObjectLock,
    Observed, Replication, ReplicationRule, Versioning, Website,
};
use forewarn_policy::{AclGrant, BlockSettings, Ownership};
use futures_util::StreamExt as _;
use futures_util::stream;

use crate::call::{Ask, Caller};
use crate::clients::Regional;
use crate::convert::{count, when};
use crate::operations::{
    GET_BUCKET_ACL, GET_BUCKET_ENCRYPTION, GET_BUCKET_LIFECYCLE_CONFIGURATION, GET_BUCKET_LOCATION, GET_BUCKET_LOGGING,
    GET_BUCKET_OWNERSHIP_CONTROLS, GET_BUCKET_POLICY, GET_BUCKET_POLICY_STATUS, GET_BUCKET_REPLICATION,
    GET_BUCKET_VERSIONING, GET_BUCKET_WEBSITE, GET_OBJECT_LOCK_CONFIGURATION, GET_PUBLIC_ACCESS_BLOCK,
    LIST_BUCKET_INVENTORY_CONFIGURATIONS, LIST_BUCKETS, Operation,
};
use crate::pages::pages;
use crate::progress::Steps;
use crate::unasked::{Unasked as _, unasked};

/// The most buckets that AWS puts on a page.
const PAGE: i32 = 10_000;

/// Asks S3.
pub(crate) struct Asker<'a> {
    pub(crate) clients: &'a Regional<Client>,
    pub(crate) caller: &'a Caller,
    /// The region to ask what is not regional.
    pub(crate) region: &'a str,
    pub(crate) partition: &'a str,
    pub(crate) needs: &'a BTreeSet<Fact>,
    /// How many calls there may be at once.
    pub(crate) calls_at_once: usize,
}

/// Of a bucket, so many calls are under way at once, most of the time; and more wait for their turn.
const CALLS: usize = 2;

/// How many buckets are told of at a time.
const TOLD: usize = 64;

/// A bucket as the list names it.
pub(crate) struct Listed {
    name: String,
    region: Option<String>,
    created: Option<jiff::Timestamp>,
}

/// The regions of all buckets, where the list is whole and says them all.
pub(crate) fn regions(listed: &Listing<Listed>) -> Option<BTreeSet<String>> {
    let regions = listed.iter().map(|bucket| bucket.region.clone()).collect::<Option<_>>();
    regions.filter(|_| listed.is_whole())
}

impl Asker<'_> {
    /// Every bucket by name.
    pub(crate) async fn listed(&self) -> Listing<Listed> {
        if !self.needs.contains(&Fact::Buckets) {
            return Listing::unasked(Fact::Buckets);
        }
        let client = self.clients.of(self.region);
        let ask = Ask::new(&LIST_BUCKETS, self.region);
        let mut listed = Vec::new();
        let gap = pages(
            ask,
            self.caller,
            |token| client.list_buckets().max_buckets(PAGE).set_continuation_token(token).send(),
            |page| {
                listed.extend(page.buckets.unwrap_or_default().into_iter().filter_map(|bucket| {
                    Some(Listed {
                        name: bucket.name?,
                        region: bucket.bucket_region.filter(|region| !region.is_empty()),
                        created: when(bucket.creation_date),
                    })
                }));
                Ok(page.continuation_token)
            },
        )
        .await
        .err();
        Listing { items: listed, rest: gap.into_iter().collect() }
    }

    /// The same buckets with what is needed of them; `tell` hears of some of them at a time.
    pub(crate) async fn looked_at(
        &self,
        listed: Listing<Listed>,
        steps: &Steps<'_>,
        tell: impl Fn(&[Bucket]),
    ) -> Listing<Bucket> {
        let Listing { items: listed, rest } = listed;
        steps.grow(listed.len());
        let mut items = Vec::with_capacity(listed.len());
        // Only so many at once: every one under way holds memory, listed ones hold little.
        let looks = stream::iter(listed).map(|bucket| steps.step(Box::pin(self.bucket(bucket))));
        let mut looks = pin!(looks.buffer_unordered(self.calls_at_once.div_ceil(CALLS)));
        let mut told = 0;
        while let Some(bucket) = looks.next().await {
            items.push(bucket);
            if items.len() == told + TOLD {
                tell(items.get(told..).unwrap_or_default());
                told = items.len();
            }
        }
        tell(items.get(told..).unwrap_or_default());
        items.sort_by(|one, other| one.name.cmp(&other.name));
        Listing { items, rest }
    }

    async fn bucket(&self, listed: Listed) -> Bucket {
        let name = listed.name;
        let region = match listed.region {
            Some(region) => Observed::Present(region),
            None => self.location(&name).await,
        };
        let at = region.present().map_or(self.region, String::as_str);
        let look = Look { asker: self, client: self.clients.of(at), region: at, name: &name };
        // What waits for nothing else is asked at once, so that the last buckets do not each take ten answers in a row.
        let policies = async {
            let policy = look.policy().await;
            let status = match &policy {
                Observed::Absent => Observed::Absent,
                _ => look.policy_status().await,
            };
            (policy, status)
        };
        let grants = async {
            let ownership = look.ownership().await;
            let acl = match &ownership {
                Observed::Present(Ownership::BucketOwnerEnforced) => Observed::Absent,
                _ => look.acl().await,
            };
            (ownership, acl)
        };
        let versions = async {
            let versioning = look.versioning().await;
            // A bucket whose versioning is not known may well be versioned.
            let not = matches!(versioning, Observed::Absent | Observed::Present(Versioning { enabled: false, .. }));
            if not {
                return (versioning, Observed::Absent, Observed::Absent);
            }
            (versioning, look.object_lock().await, look.replication().await)
        };
        let (
            (policy, policy_status),
            (ownership, acl),
            (versioning, object_lock, replication),
            (public_access_block, encryption),
            (logging, inventories),
            (lifecycle, website),
        ) = tokio::join!(
            policies,
            grants,
            versions,
            async { (look.public_access_block().await, look.encryption().await) },
            async { (look.logging().await, look.inventories().await) },
            async { (look.lifecycle().await, look.website().await) },
        );
        let arn = format!("arn:{}:s3:::{name}", self.partition);
        Bucket {
            arn,
            region,
            created: listed.created,
            policy,
            policy_status,
            acl,
            ownership,
            public_access_block,
            encryption,
            versioning,
            logging,
            inventories,
            object_lock,
            lifecycle,
            replication,
            // Asked for all buckets of a region at once.
            tags: Observed::unasked(Fact::BucketTags),
            website,
            name,
        }
    }

    /// The region of a bucket that the list gives none for.
    async fn location(&self, name: &str) -> Observed<String> {
        let client = self.clients.of(self.region);
        let ask = Ask::new(&GET_BUCKET_LOCATION, self.region).on(name);
        self.caller
            .observe(
                ask,
                || client.get_bucket_location().bucket(name).send(),
                |answer| {
                    let place = answer.location_constraint.as_ref().map_or("", |place| place.as_str());
                    Observed::Present(match (place, self.partition) {
                        ("" | "null", "aws-cn") => "cn-north-1".to_owned(),
                        ("" | "null", "aws-us-gov") => "us-gov-west-1".to_owned(),
                        ("" | "null", _) => "us-east-1".to_owned(),
                        ("EU", _) => "eu-west-1".to_owned(),
                        (region, _) => region.to_owned(),
                    })
                },
            )
            .await
    }
}

/// One bucket that is looked at.
struct Look<'a> {
    asker: &'a Asker<'a>,
    client: Client,
    region: &'a str,
    name: &'a str,
}

impl Look<'_> {
    /// Asks `send` where `fact` is needed and reads the answer.
    async fn fact<T, U, E, Sending>(
        &self,
        fact: Fact,
        operation: &'static Operation,
        send: impl Fn() -> Sending,
        read: impl FnOnce(T, Ask<'_>) -> Observed<U>,
    ) -> Observed<U>
    where
        Sending: Future<Output = Result<T, SdkError<E>>>,
        E: aws_sdk_s3::error::ProvideErrorMetadata + std::error::Error + 'static,
    {
        if !self.asker.needs.contains(&fact) {
            return Observed::Unreadable(unasked(fact).on(self.name));
        }
        let ask = Ask::new(operation, self.region).on(self.name);
        self.asker.caller.observe(ask, send, |answer| read(answer, ask)).await
    }

    async fn policy(&self) -> Observed<forewarn_inventory::PolicyText> {
        let send = || self.client.get_bucket_policy().bucket(self.name).send();
        self.fact(Fact::BucketPolicy, &GET_BUCKET_POLICY, send, |answer, ask| match answer.policy {
            Some(text) if !text.is_empty() => Observed::Present(forewarn_inventory::PolicyText::new(text)),
            _ => Observed::Unreadable(ask.malformed("an empty policy")),
        })
        .await
    }

    async fn policy_status(&self) -> Observed<bool> {
        let send = || self.client.get_bucket_policy_status().bucket(self.name).send();
        self.fact(Fact::BucketPolicyStatus, &GET_BUCKET_POLICY_STATUS, send, |answer, ask| {
            match answer.policy_status.and_then(|status| status.is_public) {
                Some(public) => Observed::Present(public),
                None => Observed::Unreadable(ask.malformed("no status in it")),
            }
        })
        .await
    }

    async fn ownership(&self) -> Observed<Ownership> {
        let send = || self.client.get_bucket_ownership_controls().bucket(self.name).send();
        self.fact(Fact::BucketOwnership, &GET_BUCKET_OWNERSHIP_CONTROLS, send, |answer, ask| {
            let rules = answer.ownership_controls.map(|controls| controls.rules).unwrap_or_default();
            match rules.first().map(|rule| rule.object_ownership.as_str()) {
                Some("BucketOwnerEnforced") => Observed::Present(Ownership::BucketOwnerEnforced),
                Some("BucketOwnerPreferred") => Observed::Present(Ownership::BucketOwnerPreferred),
                Some("ObjectWriter") => Observed::Present(Ownership::ObjectWriter),
                _ => Observed::Unreadable(ask.malformed("no ownership that is known")),
            }
        })
        .await
    }

    async fn acl(&self) -> Observed<BucketAcl> {
        let send = || self.client.get_bucket_acl().bucket(self.name).send();
        self.fact(Fact::BucketAcl, &GET_BUCKET_ACL, send, |answer, ask| {
            let grants: Option<Vec<AclGrant>> = answer.grants.unwrap_or_default().into_iter().map(grant).collect();
            match grants {
                Some(grants) => Observed::Present(BucketAcl { owner: answer.owner.and_then(|owner| owner.id), grants }),
                None => Observed::Unreadable(ask.malformed("a grant without grantee or permission")),
            }
        })
        .await
    }

    async fn public_access_block(&self) -> Observed<BlockSettings> {
        let send = || self.client.get_public_access_block().bucket(self.name).send();
        self.fact(Fact::PublicAccessBlock, &GET_PUBLIC_ACCESS_BLOCK, send, |answer, ask| {
            match answer.public_access_block_configuration {
                Some(block) => Observed::Present(block_settings(&block)),
                None => Observed::Unreadable(ask.malformed("no configuration in it")),
            }
        })
        .await
    }

    async fn encryption(&self) -> Observed<Encryption> {
        let send = || self.client.get_bucket_encryption().bucket(self.name).send();
        self.fact(Fact::BucketEncryption, &GET_BUCKET_ENCRYPTION, send, |answer, ask| {
            let rules = answer.server_side_encryption_configuration.map(|found| found.rules).unwrap_or_default();
            let found = rules.into_iter().find_map(|rule| {
                let default = rule.apply_server_side_encryption_by_default?;
                let blocked = rule.blocked_encryption_types.and_then(|blocked| blocked.encryption_type);
                let blocked = blocked.unwrap_or_default().into_iter().map(|kind| kind.as_str().to_owned());
                Some(Encryption {
                    algorithm: default.sse_algorithm.as_str().to_owned(),
                    kms_key: default.kms_master_key_id,
                    bucket_key: rule.bucket_key_enabled.unwrap_or_default(),
                    blocked: blocked.filter(|kind| kind != "NONE").collect(),
                })
            });
            found.map_or_else(|| Observed::Unreadable(ask.malformed("no default encryption in it")), Observed::Present)
        })
        .await
    }

    async fn versioning(&self) -> Observed<Versioning> {
        let send = || self.client.get_bucket_versioning().bucket(self.name).send();
        self.fact(Fact::BucketVersioning, &GET_BUCKET_VERSIONING, send, |answer, ask| {
            let mfa_delete = answer.mfa_delete == Some(MfaDeleteStatus::Enabled);
            match answer.status {
                None => Observed::Absent,
                Some(BucketVersioningStatus::Enabled) => Observed::Present(Versioning { enabled: true, mfa_delete }),
                Some(BucketVersioningStatus::Suspended) => Observed::Present(Versioning { enabled: false, mfa_delete }),
                Some(_) => Observed::Unreadable(ask.malformed("a status that is not known")),
            }
        })
        .await
    }

    async fn logging(&self) -> Observed<LogTarget> {
        let send = || self.client.get_bucket_logging().bucket(self.name).send();
        self.fact(Fact::BucketLogging, &GET_BUCKET_LOGGING, send, |answer, _| match answer.logging_enabled {
            Some(target) => Observed::Present(LogTarget { bucket: target.target_bucket, prefix: target.target_prefix }),
            None => Observed::Absent,
        })
        .await
    }

    /// Every page, or nothing: half of the configurations would look like all of them.
    async fn inventories(&self) -> Observed<Vec<InventoryConfiguration>> {
        let fact = Fact::BucketInventories;
        if !self.asker.needs.contains(&fact) {
            return Observed::Unreadable(unasked(fact).on(self.name));
        }
        let ask = Ask::new(&LIST_BUCKET_INVENTORY_CONFIGURATIONS, self.region).on(self.name);
        let mut found = Vec::new();
        let read = pages(
            ask,
            self.asker.caller,
            |token| {
                let page = self.client.list_bucket_inventory_configurations().bucket(self.name);
                page.set_continuation_token(token).send()
            },
            |page| {
                for configuration in page.inventory_configuration_list.unwrap_or_default() {
                    let known = inventory_configuration(configuration);
                    found.push(known.ok_or_else(|| ask.malformed("an inventory without a destination"))?);
                }
                Ok(page.next_continuation_token)
            },
        );
        match read.await {
            Err(gap) => Observed::Unreadable(gap),
            Ok(()) if found.is_empty() => Observed::Absent,
            Ok(()) => Observed::Present(found),
        }
    }

    async fn object_lock(&self) -> Observed<ObjectLock> {
        let send = || self.client.get_object_lock_configuration().bucket(self.name).send();
        self.fact(Fact::BucketObjectLock, &GET_OBJECT_LOCK_CONFIGURATION, send, |answer, ask| {
            let Some(lock) = answer.object_lock_configuration else {
                return Observed::Unreadable(ask.malformed("no configuration in it"));
            };
            if lock.object_lock_enabled.is_none() {
                return Observed::Absent;
            }
            let retention = lock.rule.and_then(|rule| rule.default_retention);
            Observed::Present(retention.map_or_else(ObjectLock::default, |retention| ObjectLock {
                mode: retention.mode.map(|mode| mode.as_str().to_owned()),
                days: count(retention.days),
                years: count(retention.years),
            }))
        })
        .await
    }

    async fn lifecycle(&self) -> Observed<Vec<LifecycleRule>> {
        let send = || self.client.get_bucket_lifecycle_configuration().bucket(self.name).send();
        self.fact(Fact::BucketLifecycle, &GET_BUCKET_LIFECYCLE_CONFIGURATION, send, |answer, ask| match answer.rules {
            Some(rules) => Observed::Present(rules.into_iter().map(lifecycle_rule).collect()),
            None => Observed::Unreadable(ask.malformed("no rules in it")),
        })
        .await
    }

    async fn replication(&self) -> Observed<Replication> {
        let send = || self.client.get_bucket_replication().bucket(self.name).send();
        self.fact(Fact::BucketReplication, &GET_BUCKET_REPLICATION, send, |answer, ask| {
            let Some(found) = answer.replication_configuration else {
                return Observed::Unreadable(ask.malformed("no configuration in it"));
            };
            let rules: Option<Vec<ReplicationRule>> = found.rules.into_iter().map(replication_rule).collect();
            rules.map_or_else(
                || Observed::Unreadable(ask.malformed("a rule without a destination")),
                |rules| Observed::Present(Replication { role: found.role, rules }),
            )
        })
        .await
    }

    async fn website(&self) -> Observed<Website> {
        let send = || self.client.get_bucket_website().bucket(self.name).send();
        self.fact(Fact::BucketWebsite, &GET_BUCKET_WEBSITE, send, |answer, _| {
            Observed::Present(Website {
                index: answer.index_document.map(|index| index.suffix),
                redirect_host: answer.redirect_all_requests_to.map(|redirect| redirect.host_name),
            })
        })
        .await
    }
}

/// A grant: AWS's groups by their short name, an account by its canonical id.
fn grant(grant: Grant) -> Option<AclGrant> {
    let grantee = grant.grantee?;
    let named = match grantee.uri {
        Some(uri) => uri.rsplit('/').next().unwrap_or_default().to_owned(),
        None => grantee.id.or(grantee.email_address)?,
    };
    Some(AclGrant { grantee: named, permission: grant.permission?.as_str().to_owned() })
}

fn block_settings(block: &PublicAccessBlockConfiguration) -> BlockSettings {
    BlockSettings {
        block_public_acls: block.block_public_acls.unwrap_or_default(),
        ignore_public_acls: block.ignore_public_acls.unwrap_or_default(),
        block_public_policy: block.block_public_policy.unwrap_or_default(),
        restrict_public_buckets: block.restrict_public_buckets.unwrap_or_default(),
    }
}

fn inventory_configuration(configuration: InventoryConfigurationType) -> Option<InventoryConfiguration> {
    let destination = configuration.destination?.s3_bucket_destination?;
    Some(InventoryConfiguration {
        id: configuration.id,
        enabled: configuration.is_enabled,
        destination: destination.bucket,
        destination_account: destination.account_id,
    })
}

fn lifecycle_rule(rule: RuleType) -> LifecycleRule {
    let filter = rule.filter;
    let filtered = filter.and_then(|filter| filter.prefix.or_else(|| filter.and.and_then(|and| and.prefix)));
    #[expect(deprecated, reason = "old rules still have their prefix outside the filter")]
    let prefix = filtered.or(rule.prefix).filter(|prefix| !prefix.is_empty());
    LifecycleRule {
        id: rule.id,
        enabled: rule.status == ExpirationStatus::Enabled,
        prefix,
        expiration_days: count(rule.expiration.and_then(|expiration| expiration.days)),
        noncurrent_days: count(rule.noncurrent_version_expiration.and_then(|expiration| expiration.noncurrent_days)),
        abort_upload_days: count(rule.abort_incomplete_multipart_upload.and_then(|abort| abort.days_after_initiation)),
    }
}

fn replication_rule(rule: ReplicationRuleType) -> Option<ReplicationRule> {
    let filter = rule.filter;
    let and = filter.as_ref().and_then(|filter| filter.and.as_ref());
    let tag_filter = filter.as_ref().is_some_and(|filter| filter.tag.is_some())
        || and.is_some_and(|and| and.tags.as_ref().is_some_and(|tags| !tags.is_empty()));
    let filtered = and.and_then(|and| and.prefix.clone()).or(filter.and_then(|filter| filter.prefix));
    #[expect(deprecated, reason = "old rules still have their prefix outside the filter")]
    let prefix = filtered.or(rule.prefix).filter(|prefix| !prefix.is_empty());
    let destination = rule.destination?;
    let markers = rule.delete_marker_replication.and_then(|markers| markers.status);
    Some(ReplicationRule {
        id: rule.id,
        enabled: rule.status == ReplicationRuleStatus::Enabled,
        prefix,
        tag_filter,
        destination: destination.bucket,
        destination_account: destination.account,
        delete_markers: markers == Some(DeleteMarkerReplicationStatus::Enabled),
    })
}
