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
//! Nothing is ever written, and no object is ever read. [`Entered`] alone can tell Security Hub something, for the one command
//! that is named for it.

#![allow(clippy::disallowed_methods, reason = "the clock, the environment and the AWS files are this crate's business")]

mod access_points;
mod accounts;
mod alarms;
mod analyzers;
mod assumed;
mod buckets;
mod call;
mod clients;
mod contacts;
mod convert;
mod detection;
mod entered;
mod failure;
mod families;
mod iam;
mod intact;
mod kept;
mod keys;
mod last_accessed;
mod lookback;
mod monitoring;
mod objects;
pub mod operations;
mod options;
mod organization;
mod pace;
mod pages;
mod permissions;
mod progress;
mod public_keys;
mod rate;
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

use forewarn_events::Event;
use forewarn_inventory::{
    Account, Bucket, CloudTrail, Collection, Contacts, CopyOnWrite, CredentialReport, Detection, Fact, Iam, Inventory,
    KeyCall, Kms, Listing, Lookback, Monitoring, Observed, RegionStatus, S3,
};
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared, join, join4};
use jiff::Timestamp;
use tokio::sync::oneshot;

pub use crate::entered::{BATCH_IMPORT_FINDINGS, Entered, GET_FINDINGS};
pub use crate::lookback::{Lookups, MOST_DAYS};
pub use crate::objects::{LogBucket, Object};
pub use crate::options::{AccessKey, Accounts, CollectError, MEMBER_ROLE, Options};
pub use crate::permissions::{
    SESSION_POLICY_LIMIT, SessionPolicy, caller_policy, member_policy, operations_of, permissions_policy,
    session_policy,
};
pub use crate::progress::{Progress, Read, Silent};
pub use crate::public_keys::PublicKeys;
pub use crate::stop::{Stop, Stopper};

use crate::accounts::Round;
use crate::call::Caller;
use crate::clients::Regional;
use crate::progress::{Steps, WithOrganization};
use crate::session::Session;

/// Reads the accounts that the options name.
///
/// The facts of the organisation are read once, by the caller's own session. An account that cannot be entered stands in
/// [`Inventory::unreached`] with the reason and holds up no other.
///
/// # Errors
/// [`CollectError`] where the caller's own credentials lead nowhere; every later failure is a gap in the inventory. When
/// `stop` is stopped, what is missing then is a gap too, and [`Collection::interrupted`] says so.
pub async fn collect(options: &Options, progress: &dyn Progress, stop: Stop) -> Result<Inventory, CollectError> {
    let caller = Caller::new(options.sleep.clone(), options.time.clone(), stop, options.max_in_flight.max(1));
    let caller = Arc::new(caller.at_most(&operations::LOOKUP_EVENTS, options.lookups.per_second));
    let instant = timestamp(caller.now());
    let session = session::enter(options, &caller).await?;
    let needs = options.all_needs();
    let round = Arc::new(Round {
        options: options.clone(),
        caller: Arc::clone(&caller),
        needs: operations::of_accounts(&needs),
        session,
        instant,
    });
    let session = &round.session;
    let progress = &WithOrganization::new(progress);
    let organization = async {
        let asker = organization::Asker {
            client: aws_sdk_organizations::Client::new(&session.config),
            iam: clients::iam(&session.config),
            caller: &caller,
            region: &session.region,
            needs: &needs,
        };
        let steps = Steps::begin(progress, "Organizations", 1);
        let organization = steps.step(Box::pin(asker.all())).await;
        progress.is(&organization);
        organization
    };
    let (asked, found, organization) = if options.accounts == Accounts::Organization {
        let own = (!options.skip_accounts.contains(&session.account)).then(|| session.account.clone());
        let named = async {
            let organization = organization.await;
            let asked = accounts::asked(options, &session.account, Some(&organization))?;
            Ok((asked.enter.clone(), (asked, organization)))
        };
        let (found, (asked, organization)) = round.all(own, named, progress).await?;
        (asked, found, organization)
    } else {
        let mut asked = accounts::asked(options, &session.account, None)?;
        let named = std::future::ready(Ok((asked.enter.clone(), ())));
        let (found, organization) = join(round.all(None, named, progress), organization).await;
        let (mut found, ()) = found?;
        asked.left_out.extend(found.without_closed(&organization));
        asked.left_out.sort_by(|one, other| one.id.cmp(&other.id));
        (asked, found, organization)
    };
    Ok(Inventory {
        instant,
        accounts: found.accounts,
        unreached: found.unreached,
        left_out: asked.left_out,
        unlisted: asked.unlisted,
        organization,
        collection: Collection {
            caller_arn: Some(session.arn.clone()),
            finished: Some(timestamp(caller.now())),
            interrupted: caller.is_stopped(),
            calls: caller.counts(),
        },
    })
}

/// Whether anything that is needed is asked region by region.
fn is_regional(needs: &BTreeSet<Fact>) -> bool {
    let regional =
        [Fact::Analyzers, Fact::Buckets, Fact::Trails, Fact::EventDataStores, Fact::RecentChanges, Fact::KeyUse];
    let detective = [Fact::Recorders, Fact::Hubs, Fact::Detectors];
    regional.iter().chain(&detective).any(|fact| needs.contains(fact))
}

fn timestamp(now: SystemTime) -> Timestamp {
    // A clock outside jiff's years -9999 to 9999 is broken, and no age computed from it could be right.
    Timestamp::try_from(now).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The regions of an account, once they are known.
type Surveyed<'a> = Shared<BoxFuture<'a, Arc<Regions>>>;

/// The regions of an account.
struct Regions {
    /// Whether each is looked at.
    statuses: BTreeMap<String, RegionStatus>,
    /// Those that are.
    assessed: Vec<String>,
}

/// An account that is being read.
struct Reading<'a> {
    session: &'a Session,
    options: &'a Options,
    caller: &'a Caller,
    needs: &'a BTreeSet<Fact>,
    progress: &'a dyn Progress,
    /// When the run began.
    instant: Timestamp,
}

impl Reading<'_> {
    /// All of the account.
    async fn account(&self) -> Account {
        // What is not regional is asked while it is found out which regions there are.
        let surveyed: Surveyed<'_> = self.survey().boxed().shared();
        let (reported, report) = oneshot::channel();
        let iam = async {
            let analyzers = async {
                let regions = surveyed.clone().await;
                analyzers::analyzers(self.session, self.caller, self.needs, &regions.assessed).await
            };
            let (mut found, analyzers) = tokio::join!(self.iam(), Box::pin(analyzers));
            found.analyzers = analyzers;
            // Where nobody looks back, nobody listens.
            let _ = reported.send(found.credential_report.clone());
            found
        };
        let iam = async {
            let contacts = Box::pin(contacts::contacts(self.session, self.caller, self.needs));
            let (iam, contacts) = join(iam, contacts).await;
            let iam = CopyOnWrite::from(iam);
            self.tell_iam(&surveyed.clone().await.statuses, &iam, &contacts);
            (iam, contacts)
        };
        let watched = async {
            let trail = self.trail(&surveyed.clone().await.assessed).await;
            let monitoring = self.monitoring(&trail).await;
            (trail, monitoring)
        };
        let lookback = async { self.lookback(&surveyed.clone().await.assessed, report).await };
        let detection = async { self.detection(&surveyed.clone().await.assessed).await };
        let asked = join4(iam, self.s3(&surveyed), watched, lookback);
        let (((iam, contacts), (s3, unassessed), (trail, monitoring), (changes, key_use)), detection) =
            join(asked, detection).await;
        let regions = surveyed.await.statuses.clone();
        let kms = self.keys(&trail, &s3).await;
        let trail = CloudTrail { changes, key_use, ..trail };
        Account {
            id: self.session.account.clone(),
            partition: self.session.partition.clone(),
            regions,
            iam,
            s3,
            trail,
            contacts,
            monitoring,
            detection,
            kms,
            unassessed,
        }
    }

    /// The regions of the account; none where nothing that is needed is asked region by region.
    async fn survey(&self) -> Arc<Regions> {
        let statuses = if is_regional(self.needs) {
            regions::survey(self.session, self.options, self.caller).await
        } else {
            BTreeMap::new()
        };
        let assessed = statuses.iter().filter(|(_, status)| **status == RegionStatus::Assessed);
        let assessed = assessed.map(|(region, _)| region.clone()).collect();
        Arc::new(Regions { statuses, assessed })
    }

    /// Tells what stands of the account, whose other facts nobody has asked yet.
    fn tell(&self, account: Account, facts: BTreeSet<Fact>) {
        let part = Inventory { accounts: vec![account], ..Inventory::unasked(self.instant) };
        self.progress.read(Read { part, facts });
    }

    /// Tells of the people.
    fn tell_iam(&self, regions: &BTreeMap<String, RegionStatus>, iam: &CopyOnWrite<Iam>, contacts: &Contacts) {
        let (regions, iam, contacts) = (regions.clone(), iam.clone(), contacts.clone());
        let account = Account::unasked(&self.session.account, &self.session.partition);
        self.tell(Account { regions, iam, contacts, ..account }, Fact::about_people());
    }

    async fn iam(&self) -> Iam {
        let asker = iam::Asker {
            client: clients::iam(&self.session.config),
            caller: self.caller,
            region: &self.session.region,
            needs: self.needs,
        };
        let steps = Steps::begin(self.progress, "IAM", iam::Asker::STEPS);
        Box::pin(asker.all(&steps)).await
    }

    async fn s3(&self, surveyed: &Surveyed<'_>) -> (S3, Vec<forewarn_inventory::Unassessed>) {
        let side_by_side = self.options.max_in_flight.max(1);
        let clients = Regional::new(&self.session.config, clients::s3);
        let buckets = buckets::Asker {
            clients: &clients,
            caller: self.caller,
            region: &self.session.region,
            partition: &self.session.partition,
            needs: self.needs,
            calls_at_once: side_by_side,
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
        let ((public_access_block, buckets, access_points, access_grants), multi_region_access_points, mut unassessed) = tokio::join!(
            async {
                let (public_access_block, listed, regions) =
                    tokio::join!(Box::pin(control.public_access_block()), Box::pin(buckets.listed()), surveyed.clone());
                let tell = |some: &[Bucket]| {
                    let s3 = S3 {
                        public_access_block: public_access_block.clone(),
                        buckets: Listing::whole(some.to_vec()),
                        access_points: Listing::whole(Vec::new()),
                        multi_region_access_points: Listing::whole(Vec::new()),
                    };
                    let account = Account::unasked(&self.session.account, &self.session.partition);
                    self.tell(Account { regions: regions.statuses.clone(), s3, ..account }, BTreeSet::new());
                };
                // An access point stands in the region of its bucket, and so do grants: regions without buckets are
                // not asked, unless not every bucket could be placed.
                let beside = async |placed: Option<BTreeSet<String>>| {
                    let mut holding = placed.unwrap_or_else(|| regions.assessed.iter().cloned().collect());
                    if !self.options.regions.is_empty() {
                        holding.retain(|region| regions.assessed.contains(region));
                    }
                    join(Box::pin(control.access_points(&holding)), Box::pin(families.access_grants(&holding))).await
                };
                let placed = buckets::regions(&listed);
                let looked_at = Box::pin(buckets.looked_at(listed, &steps, tell));
                let (mut buckets, (points, grants)) = if placed.is_some() {
                    join(looked_at, Box::pin(beside(placed))).await
                } else {
                    let buckets = looked_at.await;
                    let placed = buckets.items.iter().map(|bucket| bucket.region.present().cloned());
                    let placed = placed.collect::<Option<_>>().filter(|_| buckets.is_whole());
                    let beside = Box::pin(beside(placed)).await;
                    (buckets, beside)
                };
                Box::pin(tags.fill(&mut buckets.items)).await;
                (public_access_block, buckets, points, grants)
            },
            Box::pin(control.multi_region()),
            Box::pin(async { families.of_their_own(&surveyed.clone().await.assessed).await }),
        );
        unassessed.extend(access_grants);
        unassessed.sort();
        (S3 { public_access_block, buckets, access_points, multi_region_access_points }, unassessed)
    }

    async fn lookback(
        &self,
        regions: &[String],
        report: oneshot::Receiver<Observed<CredentialReport>>,
    ) -> (Lookback<Event>, Lookback<KeyCall>) {
        let clients = Regional::new(&self.session.config, aws_sdk_cloudtrail::Client::new);
        let asker = lookback::Asker {
            clients: &clients,
            caller: self.caller,
            account: &self.session.account,
            home: regions::first_of(&self.session.partition),
            regions,
            needs: self.needs,
            lookups: self.options.lookups.clone(),
            instant: self.instant,
        };
        let steps = Steps::begin(self.progress, "CloudTrail events", asker.regions().len());
        Box::pin(asker.all(report, &steps)).await
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

    async fn monitoring(&self, trail: &CloudTrail) -> Monitoring {
        let side_by_side = self.options.max_in_flight.max(1);
        let asker = monitoring::Asker { session: self.session, caller: self.caller, needs: self.needs, side_by_side };
        Box::pin(asker.all(&trail.trails)).await
    }

    async fn detection(&self, regions: &[String]) -> Detection {
        let asker = detection::Asker { session: self.session, caller: self.caller, regions, needs: self.needs };
        Box::pin(asker.all()).await
    }

    async fn keys(&self, trail: &CloudTrail, s3: &S3) -> Kms {
        let asker = keys::Asker { session: self.session, caller: self.caller, needs: self.needs };
        Box::pin(asker.all(&trail.trails.items, &s3.buckets.items)).await
    }
}
