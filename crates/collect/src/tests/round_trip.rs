//! What is served is what is collected.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use forewarn_inventory::{Bucket, Cause, Detection, Fact, Gap, Inventory, Kms, Monitoring, Observed, Versioning};
use forewarn_policy::Ownership;
use forewarn_simaws::{OPERATIONS, Settings, demo};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::{as_collected, assert_same, collected, serve};
use crate::{Accounts, Options, Progress, Read, Silent, Stop, collect, operations};

#[test]
fn the_simulated_aws_knows_the_table_of_operations_and_no_more() {
    assert_eq!(operations::names(), OPERATIONS.iter().copied().collect::<BTreeSet<_>>());
}

#[tokio::test]
async fn the_demo_account_comes_back_as_it_is() {
    let demo = demo::inventory();
    let found = collected(&demo, Settings::default()).await;
    assert_same(&found, &as_collected(demo));
}

#[tokio::test]
async fn pages_of_two_items_lose_nothing() {
    let demo = demo::inventory();
    let page_sizes: BTreeMap<String, usize> = OPERATIONS.iter().map(|name| ((*name).to_owned(), 2)).collect();
    let found = collected(&demo, Settings { page_sizes, report_polls: 2, ..Settings::default() }).await;
    assert_same(&found, &as_collected(demo));
}

#[tokio::test]
async fn a_bucket_costs_the_calls_that_the_formula_says() {
    let demo = demo::inventory();
    let formula = |bucket: &Bucket| {
        let policy = usize::from(bucket.policy != Observed::Absent);
        let live_acls = usize::from(bucket.ownership != Observed::Present(Ownership::BucketOwnerEnforced));
        let unversioned =
            matches!(bucket.versioning, Observed::Absent | Observed::Present(Versioning { enabled: false, .. }));
        9 + policy + live_acls + 2 * usize::from(!unversioned)
    };
    let costs: Vec<usize> = demo.accounts[0].s3.buckets.iter().map(formula).collect();
    let (server, options) = serve(demo, Settings::default()).await;
    collect(&options, &Silent, Stop::never()).await.unwrap();
    let per_bucket: BTreeSet<&str> = operations::ALL
        .iter()
        .filter(|operation| matches!(operation.often, operations::Often::Bucket | operations::Often::BucketWhere(_)))
        .map(|operation| operation.key)
        .collect();
    let calls = server.calls();
    let calls: u64 = calls.iter().filter(|(name, _)| per_bucket.contains(name.as_str())).map(|(_, count)| count).sum();
    assert_eq!(usize::try_from(calls).unwrap(), costs.iter().sum::<usize>(), "{costs:?}");
    assert!(costs.iter().all(|cost| *cost <= 13), "{costs:?}");
}

#[tokio::test]
async fn what_nobody_needs_is_not_asked_and_is_a_gap() {
    let (server, mut options) = serve(demo::inventory(), Settings::default()).await;
    options.needs = BTreeSet::from([Fact::PublicAccessBlock]);
    let found = collect(&options, &Silent, Stop::never()).await.unwrap();
    let asked: BTreeSet<String> = server.calls().into_keys().filter(|name| !name.starts_with("account:")).collect();
    let expected = [
        "s3:GetPublicAccessBlock",
        "s3:ListBuckets",
        "s3:ListDirectoryBuckets",
        "s3control:ListAccessGrantsInstances",
        "s3tables:ListTableBuckets",
        "s3vectors:ListVectorBuckets",
        "sts:GetCallerIdentity",
    ];
    assert_eq!(asked, expected.map(str::to_owned).into());
    for fact in Fact::ALL {
        for (_, gap) in fact.gaps(&found) {
            assert_eq!((gap.cause, gap.operation.as_str()), (Cause::NotAsked, fact.operation()), "{fact:?}");
        }
        let read = matches!(fact, Fact::Buckets | Fact::BucketRegion | Fact::PublicAccessBlock);
        let (places, observed) = fact.coverage(&found);
        assert!(places == 0 || (observed == places) == read, "{fact:?}: {observed} of {places}");
    }
}

/// Progress as it was told.
#[derive(Default)]
struct Told(Mutex<BTreeMap<String, (usize, usize, bool)>>);

impl Progress for Told {
    fn begin(&self, service: &str, total: usize) {
        self.0.lock().unwrap().entry(service.to_owned()).or_default().0 = total;
    }
    fn advance(&self, service: &str) {
        self.0.lock().unwrap().get_mut(service).unwrap().1 += 1;
    }
    fn end(&self, service: &str) {
        self.0.lock().unwrap().get_mut(service).unwrap().2 = true;
    }
}

#[tokio::test]
async fn every_service_that_begins_does_all_its_steps_and_ends() {
    let (_server, options) = serve(demo::inventory(), Settings::default()).await;
    let told = Told::default();
    collect(&options, &told, Stop::never()).await.unwrap();
    let told = told.0.into_inner().unwrap();
    assert_eq!(
        told.keys().map(String::as_str).collect::<Vec<_>>(),
        ["CloudTrail", "CloudTrail events", "IAM", "Organizations", "S3"]
    );
    for (service, (total, done, ended)) in told {
        assert!(ended && done == total, "{service}: {done} of {total}");
    }
}

/// What was told of what had been read.
#[derive(Default)]
struct Heard(Mutex<Vec<Read>>);

impl Progress for Heard {
    fn begin(&self, _service: &str, _total: usize) {}
    fn advance(&self, _service: &str) {}
    fn end(&self, _service: &str) {}
    fn read(&self, read: Read) {
        self.0.lock().unwrap().push(read);
    }
}

#[tokio::test]
async fn what_is_told_early_stands_as_it_stands_in_the_end() {
    for (inventory, accounts) in
        [(demo::inventory(), Accounts::Own), (demo::organization_as_written(), Accounts::Organization)]
    {
        let (_server, options) = serve(inventory, Settings::default()).await;
        let heard = Heard::default();
        let options = Options { accounts, ..options };
        let found = collect(&options, &heard, Stop::never()).await.unwrap();
        let (mut people, mut buckets) = (0, BTreeSet::new());
        for Read { part, facts } in heard.0.into_inner().unwrap() {
            assert_eq!((part.organization, part.instant), (found.organization.clone(), found.instant));
            let [told] = &part.accounts[..] else { panic!("a part is of one account") };
            let own = found.accounts.iter().find(|account| account.id == told.id).unwrap();
            assert_eq!((&told.regions, &told.partition), (&own.regions, &own.partition));
            if facts.is_empty() {
                assert_eq!(told.s3.public_access_block, own.s3.public_access_block);
                for bucket in &told.s3.buckets {
                    let own = own.s3.buckets.iter().find(|own| own.name == bucket.name).unwrap();
                    // Tags are asked for all buckets at once, in the end.
                    assert_eq!(bucket, &Bucket { tags: bucket.tags.clone(), ..own.clone() });
                    assert!(buckets.insert(bucket.arn.clone()), "{} is told twice", bucket.arn);
                }
            } else {
                assert!(facts.contains(&Fact::Roles) && facts.contains(&Fact::ServiceControlPolicies));
                assert_eq!((&told.iam, &told.contacts), (&own.iam, &own.contacts));
                people += 1;
            }
        }
        let all = found.accounts.iter().flat_map(|account| &account.s3.buckets).map(|bucket| bucket.arn.clone());
        assert_eq!(buckets, all.collect());
        assert_eq!(people, found.accounts.len());
    }
}

/// The facts of which any may be unreadable on its own: for the others the simulated AWS has one answer for several.
fn hideable() -> Vec<Fact> {
    Fact::ALL
        .iter()
        .copied()
        .filter(|fact| !matches!(fact, Fact::Users | Fact::Groups | Fact::Roles | Fact::Policies | Fact::LastAccessed))
        .filter(|fact| !matches!(fact, Fact::RecentChanges | Fact::KeyUse))
        .filter(|fact| {
            !matches!(
                fact,
                Fact::MultiRegionAccessPoints | Fact::ServiceControlPolicies | Fact::ResourceControlPolicies
            )
        })
        .collect()
}

/// Whether a fact has places only where something else was read.
fn hangs_on_others(fact: Fact) -> bool {
    matches!(
        fact,
        Fact::LogGroups
            | Fact::MetricFilters
            | Fact::Alarms
            | Fact::TopicSubscriptions
            | Fact::RecorderStatus
            | Fact::DeliveryChannels
            | Fact::DetectorDetails
            | Fact::KeyDetails
            | Fact::KeyPolicy
            | Fact::KeyRotation
    )
}

/// What a collection does not ask because something else says that there is none.
fn without_what_is_not_asked(mut inventory: Inventory) -> Inventory {
    for bucket in &mut inventory.accounts[0].s3.buckets.items {
        if bucket.policy == Observed::Absent {
            bucket.policy_status = Observed::Absent;
        }
        if bucket.ownership == Observed::Present(Ownership::BucketOwnerEnforced) {
            bucket.acl = Observed::Absent;
        }
        if matches!(bucket.versioning, Observed::Absent | Observed::Present(Versioning { enabled: false, .. })) {
            bucket.object_lock = Observed::Absent;
            bucket.replication = Observed::Absent;
        }
    }
    inventory
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_unreadable_comes_back_as_a_gap_and_everything_else_as_it_is(
        hidden in subsequence(hideable(), 0..8),
        cause in select(vec![Cause::Denied, Cause::Failed, Cause::Malformed]),
        page in 1_usize..5,
    ) {
        let mut served = as_collected(demo::inventory());
        for fact in &hidden {
            fact.hide(&mut served, &Gap::new(cause, fact.operation()));
        }
        let served = without_what_is_not_asked(served);
        let page_sizes = OPERATIONS.iter().map(|name| ((*name).to_owned(), page)).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mut found = runtime.block_on(collected(&served, Settings { page_sizes, ..Settings::default() }));
        for fact in &hidden {
            for (_, gap) in fact.gaps(&found) {
                prop_assert_eq!(gap.cause, cause, "{:?}", fact);
                let named = operations::ALL.iter().any(|operation| {
                    let serves = operation.facts.iter().any(|served| operations::closure(&[*fact].into()).contains(served));
                    serves && operation.action() == gap.operation
                });
                prop_assert!(named, "{:?}: {}", fact, gap);
            }
            if !hangs_on_others(*fact) {
                prop_assert_eq!(fact.coverage(&found), fact.coverage(&served), "{:?}", fact);
            }
        }
        // Where and with which words it failed may differ. Where ownership is not known, an ACL that counts for nothing
        // is read all the same; and where the region of a bucket is not known, nor is where its tags are. Whose
        // keys were in use is in the credential report.
        let mut expected = served;
        for inventory in [&mut found, &mut expected] {
            if hidden.contains(&Fact::BucketOwnership) {
                Fact::BucketAcl.hide(inventory, &Gap::new(cause, Fact::BucketAcl.operation()));
            }
            if hidden.contains(&Fact::BucketRegion) {
                Fact::BucketTags.hide(inventory, &Gap::new(cause, Fact::BucketTags.operation()));
            }
            // What hangs on trails, filters and alarms is not there to be asked about.
            if [Fact::Trails, Fact::MetricFilters, Fact::Alarms].iter().any(|fact| hidden.contains(fact)) {
                inventory.accounts[0].monitoring = Monitoring::default();
            }
            if [Fact::Recorders, Fact::Detectors].iter().any(|fact| hidden.contains(fact)) {
                inventory.accounts[0].detection = Detection::default();
            }
            if [Fact::Trails, Fact::Buckets, Fact::BucketRegion, Fact::BucketEncryption, Fact::KeyDetails]
                .iter()
                .any(|fact| hidden.contains(fact))
            {
                inventory.accounts[0].kms = Kms::default();
            }
            if hidden.contains(&Fact::CredentialReport) {
                Fact::KeyUse.hide(inventory, &Gap::new(cause, Fact::KeyUse.operation()));
            }
            for fact in &hidden {
                fact.hide(inventory, &Gap::new(cause, fact.operation()));
            }
        }
        assert_same(&found, &expected);
    }
}
