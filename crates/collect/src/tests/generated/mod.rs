//! Whole inventories made up at random: what is served is what is collected, in pages of any size.
//!
//! Each is one that a collection could give: lists in their order, and nothing that the wire cannot say. Gaps are named
//! as the collector names them, so that what comes back must be equal to the last word.
//!
//! Facts and lists are boxed strategies: whole, they would not fit on the stack of a test.

mod events;
mod iam;
mod s3;
mod trail;
mod watch;

use std::collections::{BTreeMap, BTreeSet};

use forewarn_inventory::{
    Account, AlternateContact, Cause, Collection, Contacts, Fact, Gap, Inventory, Listing, Observed, PolicyText,
    RegionStatus, Unassessed,
};
use forewarn_simaws::{OPERATIONS, Settings};
use jiff::Timestamp;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{RngAlgorithm, RngSeed, TestRng, TestRunner};

use super::{assert_same, collected};
use crate::operations::{
    GET_ALTERNATE_CONTACT, LIST_ACCESS_GRANTS_INSTANCES, LIST_DIRECTORY_BUCKETS, LIST_TABLE_BUCKETS,
    LIST_VECTOR_BUCKETS, Operation,
};

/// The account of every inventory.
const ACCOUNT: &str = "123456789012";

/// How many inventories are served and collected.
const CASES: u32 = 48;

/// A partition, and the regions of the account in it.
#[derive(Debug, Clone)]
struct Place {
    partition: &'static str,
    regions: BTreeMap<String, RegionStatus>,
}

impl Place {
    fn assessed(&self) -> Vec<String> {
        let assessed = self.regions.iter().filter(|(_, status)| **status == RegionStatus::Assessed);
        assessed.map(|(region, _)| region.clone()).collect()
    }
}

/// The regions that every account of the partition has, and some more. GovCloud has no list of regions to ask for: there
/// the collector's own table holds.
fn place() -> impl Strategy<Value = Place> {
    use RegionStatus::{Assessed, NotOptedIn};
    let more = subsequence(
        vec![("af-south-1", NotOptedIn), ("ap-south-1", Assessed), ("eu-west-1", Assessed), ("me-south-1", Assessed)],
        0..=4,
    );
    (select(vec!["aws", "aws", "aws", "aws-cn", "aws-us-gov"]), more).prop_map(|(partition, more)| {
        let regions = match partition {
            "aws-cn" => vec![("cn-north-1", Assessed), ("cn-northwest-1", Assessed)],
            "aws-us-gov" => vec![("us-gov-east-1", Assessed), ("us-gov-west-1", Assessed)],
            _ => [("us-east-1", Assessed), ("us-west-2", Assessed)].into_iter().chain(more).collect(),
        };
        let regions = regions.into_iter().map(|(region, status)| (region.to_owned(), status)).collect();
        Place { partition, regions }
    })
}

/// A time, with the fractions that every protocol can say.
fn time() -> impl Strategy<Value = Timestamp> {
    (1_300_000_000_i64..1_900_000_000, select(vec![0, 0, 0, 250_000_000, 500_000_000]))
        .prop_map(|(second, nanos)| Timestamp::new(second, nanos).unwrap())
}

/// Text with everything in it that a protocol must escape.
fn text() -> impl Strategy<Value = String> {
    "[ -~äß€\u{1f600}]{0,12}"
}

/// The same, and not empty.
fn some_text() -> impl Strategy<Value = String> {
    "[!-~äß€\u{1f600}][ -~äß€\u{1f600}]{0,12}"
}

fn tags() -> impl Strategy<Value = BTreeMap<String, String>> {
    proptest::collection::btree_map(some_text(), text(), 0..3)
}

/// A policy: JSON, or what somebody took for it.
fn document() -> impl Strategy<Value = PolicyText> {
    let json = select(vec![
        r#"{"Version":"2012-10-17","Statement":[]}"#,
        "{\n  \"Statement\": { \"Effect\": \"Allow\", \"Action\": \"s3:*\", \"Resource\": \"*\", \"Principal\": \"*\" }\n}",
        r#"{"Statement":[{"Sid":"100%+ä&<>'","Effect":"Deny","NotAction":["iam:*"],"Resource":"${aws:username}"}]}"#,
        "100%",
        "%7B%22a%22%3A1%7D",
    ]);
    prop_oneof![3 => json.prop_map(str::to_owned), 1 => "\\{[ -~äß€\n\t]{0,30}"].prop_map(PolicyText::new)
}

/// A gap as the collector names one of `operation`; the simulated AWS answers with the code in it.
fn gap(operation: &'static Operation) -> impl Strategy<Value = Gap> {
    let said = vec![
        (Cause::Denied, "AccessDenied: you may not"),
        (Cause::Denied, "AccessDenied: you may not"),
        (Cause::Failed, "InternalError: please try again"),
    ];
    select(said).prop_map(move |(cause, detail)| Gap::new(cause, operation.action()).detail(detail))
}

/// A fact in any state.
fn observed<T: std::fmt::Debug + Clone + 'static>(
    operation: &'static Operation,
    value: impl Strategy<Value = T> + 'static,
) -> BoxedStrategy<Observed<T>> {
    prop_oneof![
        5 => value.prop_map(Observed::Present),
        3 => Just(Observed::Absent),
        1 => gap(operation).prop_map(Observed::Unreadable),
    ]
    .boxed()
}

/// A fact of which AWS has no way to say that there is none.
fn seen<T: std::fmt::Debug + 'static>(
    operation: &'static Operation,
    value: impl Strategy<Value = T> + 'static,
) -> BoxedStrategy<Observed<T>> {
    prop_oneof![7 => value.prop_map(Observed::Present), 1 => gap(operation).prop_map(Observed::Unreadable)].boxed()
}

/// A list, whole or cut.
fn listed<T: std::fmt::Debug + 'static>(
    operation: &'static Operation,
    items: impl Strategy<Value = Vec<T>> + 'static,
) -> BoxedStrategy<Listing<T>> {
    (items, cut(operation)).prop_map(|(items, cut)| Listing { items, rest: cut.into_iter().collect() }).boxed()
}

/// A gap, seldom.
fn cut(operation: &'static Operation) -> impl Strategy<Value = Option<Gap>> {
    option::weighted(0.12, gap(operation))
}

/// The same fact; where it is a gap, about `resource`.
fn on<T>(fact: Observed<T>, resource: &str) -> Observed<T> {
    match fact {
        Observed::Unreadable(gap) => Observed::Unreadable(gap.on(resource)),
        known => known,
    }
}

/// Families that are only counted: how many, and where not to be asked for.
fn families(place: &Place) -> impl Strategy<Value = [(usize, Option<Gap>); 4]> + use<> {
    let express = if place.partition == "aws" { 0..4_usize } else { 0..1 };
    (
        (0..2_usize, cut(&LIST_ACCESS_GRANTS_INSTANCES)),
        (express, cut(&LIST_DIRECTORY_BUCKETS)),
        (0..5_usize, cut(&LIST_TABLE_BUCKETS)),
        (0..5_usize, cut(&LIST_VECTOR_BUCKETS)),
    )
        .prop_map(|(grants, express, tables, vectors)| [grants, express, tables, vectors])
}

/// The families by name. Grants are asked for where there are buckets, directory buckets in the partition `aws` only.
fn unassessed(place: &Place, counted: [(usize, Option<Gap>); 4], holding: &BTreeSet<String>) -> Vec<Unassessed> {
    let names = [Unassessed::ACCESS_GRANTS, Unassessed::EXPRESS, Unassessed::TABLES, Unassessed::VECTORS];
    let families = names.into_iter().zip(counted).filter_map(|(family, (count, gap))| {
        let region = match family {
            Unassessed::ACCESS_GRANTS => holding.first().cloned()?,
            Unassessed::EXPRESS if place.partition != "aws" => return None,
            Unassessed::EXPRESS => "us-west-2".to_owned(),
            _ => place.assessed().pop()?,
        };
        let rest: Vec<Gap> = gap.into_iter().map(|gap| gap.on(&region)).collect();
        (count > 0 || !rest.is_empty()).then(|| Unassessed { family: family.to_owned(), count, rest })
    });
    families.collect()
}

/// Account Management is not in GovCloud.
fn contacts(place: &Place) -> impl Strategy<Value = Contacts> + use<> {
    let there = observed(&GET_ALTERNATE_CONTACT, some_text().prop_map(|email| AlternateContact { email }));
    let gov = place.partition == "aws-us-gov";
    there.prop_map(move |security| {
        let gap = || Gap::new(Cause::Unsupported, GET_ALTERNATE_CONTACT.action());
        let nowhere = || gap().detail("Account Management is not in this partition");
        Contacts { security: if gov { Observed::Unreadable(nowhere()) } else { security } }
    })
}

fn inventory() -> impl Strategy<Value = Inventory> {
    place().prop_flat_map(|place| {
        let parts = (
            iam::iam(&place),
            s3::s3(&place),
            trail::trails(&place),
            trail::organization(),
            families(&place),
            contacts(&place),
            time(),
            events::events(&place),
            (watch::parts(), watch::detection(&place)),
        );
        parts.prop_map(
            move |(iam, (s3, holding), trail, organization, counted, contacts, instant, seen, (watch, detection))| {
                let (monitoring, kms) = watch.of(&trail, place.partition);
                let trail = seen.told(trail, &iam, instant);
                Inventory {
                    instant,
                    accounts: vec![Account {
                        id: ACCOUNT.to_owned(),
                        partition: place.partition.to_owned(),
                        regions: place.regions.clone(),
                        iam: iam.into(),
                        s3,
                        trail,
                        contacts,
                        monitoring,
                        detection,
                        kms,
                        unassessed: unassessed(&place, counted, &holding),
                    }],
                    unreached: Vec::new(),
                    left_out: Vec::new(),
                    unlisted: Vec::new(),
                    organization,
                    collection: Collection::default(),
                }
            },
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: CASES,
        rng_seed: RngSeed::Fixed(20_261_125),
        failure_persistence: None,
        max_shrink_iters: 100,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_is_served_is_what_is_collected(served in inventory(), page in 1_usize..6, report_polls in 0_u32..3) {
        let page_sizes = OPERATIONS.iter().map(|name| ((*name).to_owned(), page)).collect();
        let settings = Settings { page_sizes, report_polls, ..Settings::default() };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        assert_same(&runtime.block_on(collected(&served, settings)), &served);
    }
}

#[test]
fn the_inventories_hold_every_fact_seen_and_unseen() {
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let mut read: BTreeSet<Fact> = BTreeSet::new();
    let mut unread: BTreeSet<Fact> = BTreeSet::new();
    let mut families: BTreeSet<(String, bool)> = BTreeSet::new();
    for _ in 0..200 {
        let made = inventory().new_tree(&mut runner).unwrap().current();
        for fact in Fact::ALL {
            let (places, observed) = fact.coverage(&made);
            read.extend((observed > 0).then_some(*fact));
            unread.extend((observed < places).then_some(*fact));
        }
        families.extend(made.accounts[0].unassessed.iter().map(|seen| (seen.family.clone(), seen.rest.is_empty())));
    }
    let all: BTreeSet<Fact> = Fact::ALL.iter().copied().collect();
    assert_eq!(read, all);
    assert_eq!(unread, all);
    assert_eq!(families.len(), 8, "{families:?}");
}
