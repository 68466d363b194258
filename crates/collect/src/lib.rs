//! Live AWS accounts into an inventory.
//!
//! [`collect`] asks AWS what [`Options::needs`] names and no more, and gives an [`Inventory`]. Bulk calls go first; there
//! is no call per user, group, role or policy. The table of [`operations`] says what is called, how often, and
//! what IAM must allow; `docs/cost.md` counts it.
//!
//! A call that fails is a [`Gap`](forewarn_inventory::Gap) in the place of what it would have given, decided by AWS's
//! modelled error code. What was read before stays. An error is returned only where there is nothing to assess: no
//! credentials, no answer, a role that cannot be assumed.
//!
//! Nothing is ever written, and no object is ever read.

#![allow(clippy::disallowed_methods, reason = "the clock, the environment and the AWS files are this crate's business")]

mod access_points;
mod buckets;
mod call;
mod clients;
mod convert;
mod failure;
mod families;
mod iam;
mod intact;
mod kept;
pub mod operations;
mod options;
mod organization;
mod pace;
mod pages;
mod permissions;
mod progress;
mod regions;
mod report;
mod session;
mod signed;
mod stop;
mod tags;
#[cfg(test)]
mod tests;
mod trail;
mod unasked;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::SystemTime;

use forewarn_inventory::{Account, CloudTrail, Collection, Fact, Iam, Inventory, RegionStatus, S3};
use futures_util::future::join3;
use jiff::Timestamp;

pub use crate::options::{AccessKey, CollectError, Options};
pub use crate::permissions::{SESSION_POLICY_LIMIT, SessionPolicy, operations_of, permissions_policy, session_policy};
pub use crate::progress::{Progress, Silent};
pub use crate::stop::{Stop, Stopper};

use crate::call::Caller;
use crate::clients::Regional;
use crate::progress::Steps;
use crate::session::Session;

/// Reads one account.
///
/// # Errors
/// [`CollectError`] where nothing could be assessed at all; every later failure is a gap in the inventory. When `stop`
/// is stopped, what is missing then is a gap too, and [`Collection::interrupted`] says so.
pub async fn collect(options: &Options, progress: &dyn Progress, stop: Stop) -> Result<Inventory, CollectError> {
    let caller = Arc::new(Caller::new(options.sleep.clone(), options.time.clone(), stop, options.max_in_flight.max(1)));
    let instant = timestamp(caller.now());
    let session = session::enter(options, &caller).await?;
    let needs = operations::closure(&options.needs);
    let regions = if is_regional(&needs) { regions::survey(&session, options, &caller).await } else { BTreeMap::new() };
    let read = Reading { session: &session, options, caller: &caller, needs: &needs, progress };
    let assessed: Vec<String> = regions
        .iter()
        .filter(|(_, status)| **status == RegionStatus::Assessed)
        .map(|(region, _)| region.clone())
        .collect();
    let ((iam, organization), (s3, unassessed), trail) =
        join3(read.iam_and_organization(), read.s3(&assessed), read.trail(&assessed)).await;
    let interrupted = caller.is_stopped();
    Ok(Inventory {
        instant,
        accounts: vec![Account {
            id: session.account.clone(),
            partition: session.partition.clone(),
            regions,
            iam,
            s3,
            trail,
            unassessed,
        }],
        unreached: Vec::new(),
        organization,
        collection: Collection {
            caller_arn: Some(session.arn.clone()),
            finished: Some(timestamp(caller.now())),
            interrupted,
            calls: caller.counts(),
        },
    })
}

/// Whether anything that is needed is asked region by region.
fn is_regional(needs: &BTreeSet<Fact>) -> bool {
    [Fact::Buckets, Fact::Trails, Fact::EventDataStores].iter().any(|fact| needs.contains(fact))
}

fn timestamp(now: SystemTime) -> Timestamp {
    // A clock outside jiff's years -9999 to 9999 is broken, and no age computed from it could be right.
    Timestamp::try_from(now).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// An account that is being read.
struct Reading<'a> {
    session: &'a Session,
    options: &'a Options,
    caller: &'a Caller,
    needs: &'a BTreeSet<Fact>,
    progress: &'a dyn Progress,
}

impl Reading<'_> {
    async fn iam_and_organization(&self) -> (Iam, forewarn_inventory::Observed<forewarn_inventory::Organization>) {
        let iam = iam::Asker {
            client: clients::iam(&self.session.config),
            caller: self.caller,
            region: &self.session.region,
            needs: self.needs,
        };
        let organization = organization::Asker {
            client: aws_sdk_organizations::Client::new(&self.session.config),
            caller: self.caller,
            region: &self.session.region,
            needs: self.needs,
        };
        let iam_steps = Steps::begin(self.progress, "IAM", iam::Asker::STEPS);
        let organization_steps = Steps::begin(self.progress, "Organizations", 1);
        tokio::join!(
            async {
                let found = Box::pin(iam.all(&iam_steps)).await;
                drop(iam_steps);
                found
            },
            async {
                let found = organization_steps.step(Box::pin(organization.all())).await;
                drop(organization_steps);
                found
            },
        )
    }

    async fn s3(&self, regions: &[String]) -> (S3, Vec<forewarn_inventory::Unassessed>) {
        let side_by_side = self.options.max_in_flight.max(1);
        let clients = Regional::new(&self.session.config, clients::s3);
        let buckets = buckets::Asker {
            clients: &clients,
            caller: self.caller,
            region: &self.session.region,
            partition: &self.session.partition,
            needs: self.needs,
            side_by_side,
        };
        let controls = Regional::new(&self.session.config, clients::s3_control);
        let control = access_points::Asker {
            clients: &controls,
            caller: self.caller,
            account: &self.session.account,
            partition: &self.session.partition,
            region: &self.session.region,
            needs: self.needs,
            side_by_side,
        };
        let families = families::Asker {
            clients: &clients,
            controls: &controls,
            session: self.session,
            caller: self.caller,
            needs: self.needs,
        };
        let tags = tags::Asker { session: self.session, caller: self.caller, needs: self.needs };
        let steps = Steps::begin(self.progress, "S3", 1);
        let ((buckets, access_points, access_grants), public_access_block, multi_region_access_points, mut unassessed) = tokio::join!(
            async {
                let mut buckets = Box::pin(buckets.all(&steps)).await;
                Box::pin(tags.fill(&mut buckets.items)).await;
                // An access point stands in the region of its bucket, and so do grants: regions without buckets are
                // not asked, unless not every bucket could be placed.
                let placed: Option<BTreeSet<String>> =
                    buckets.items.iter().map(|bucket| bucket.region.present().cloned()).collect();
                let mut holding =
                    placed.filter(|_| buckets.is_whole()).unwrap_or_else(|| regions.iter().cloned().collect());
                if !self.options.regions.is_empty() {
                    holding.retain(|region| regions.contains(region));
                }
                let (points, grants) =
                    tokio::join!(Box::pin(control.access_points(&holding)), Box::pin(families.access_grants(&holding)));
                (buckets, points, grants)
            },
            control.public_access_block(),
            Box::pin(control.multi_region()),
            Box::pin(families.of_their_own(regions)),
        );
        unassessed.extend(access_grants);
        unassessed.sort();
        (S3 { public_access_block, buckets, access_points, multi_region_access_points }, unassessed)
    }

    async fn trail(&self, regions: &[String]) -> CloudTrail {
        let clients = Regional::new(&self.session.config, aws_sdk_cloudtrail::Client::new);
        let asker = trail::Asker {
            clients: &clients,
            caller: self.caller,
            regions,
            needs: self.needs,
            side_by_side: self.options.max_in_flight.max(1),
        };
        let steps = Steps::begin(self.progress, "CloudTrail", regions.len());
        Box::pin(asker.all(&steps)).await
    }
}
