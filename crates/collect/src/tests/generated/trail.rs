//! CloudTrail and the organisation, made up.

use forewarn_inventory::{
    CloudTrail, DelegatedAdministrator, EventDataStore, EventSelector, FieldSelector, Gap, Listing, Lookback, Observed,
    OrgAccount, OrgPolicy, OrgUnit, Organization, Selectors, Trail, TrailStatus,
};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};

use super::{ACCOUNT, Place, cut, document, listed, observed, on, seen, some_text, time};
use crate::operations::{
    DESCRIBE_ORGANIZATION, DESCRIBE_POLICY, DESCRIBE_TRAILS, GET_EVENT_SELECTORS, GET_INSIGHT_SELECTORS,
    GET_TRAIL_STATUS, LIST_ACCOUNTS, LIST_DELEGATED_ADMINISTRATORS, LIST_EVENT_DATA_STORES,
    LIST_ORGANIZATIONAL_UNITS_FOR_PARENT, LIST_ORGANIZATIONS_FEATURES, LIST_POLICIES, LIST_TARGETS_FOR_POLICY,
};

fn status() -> impl Strategy<Value = TrailStatus> {
    let when = || option::of(time());
    let said = || option::of(some_text());
    (any::<bool>(), [when(), when(), when(), when()], [said(), said(), said(), said()]).prop_map(
        |(logging, times, [delivery_error, digest_error, log_group_error, notification_error])| {
            let [started, stopped, latest_delivery, latest_log_group_delivery] = times;
            TrailStatus {
                logging,
                started,
                stopped,
                latest_delivery,
                delivery_error,
                digest_error,
                latest_log_group_delivery,
                log_group_error,
                notification_error,
            }
        },
    )
}

/// Either kind of selector; a trail never has both.
fn selectors() -> impl Strategy<Value = Selectors> {
    let texts = || vec(some_text(), 0..3);
    let basic = (
        select(vec!["All", "ReadOnly", "WriteOnly"]).prop_map(str::to_owned),
        any::<bool>(),
        texts(),
        vec((some_text(), texts()), 0..3),
    )
        .prop_map(|(read_write, management_events, excluded_sources, data)| EventSelector {
            read_write,
            management_events,
            excluded_sources,
            data,
        });
    let field = (some_text(), [texts(), texts(), texts(), texts(), texts(), texts()]).prop_map(|(field, values)| {
        let [equals, starts_with, ends_with, not_equals, not_starts_with, not_ends_with] = values;
        FieldSelector { field, equals, starts_with, ends_with, not_equals, not_starts_with, not_ends_with }
    });
    prop_oneof![
        vec(basic, 0..3).prop_map(|basic| Selectors { basic, advanced: Vec::new() }),
        vec(vec(field, 1..3), 1..3).prop_map(|advanced| Selectors { basic: Vec::new(), advanced }),
    ]
}

fn trail_list(place: &Place) -> impl Strategy<Value = Vec<Trail>> + use<> {
    let partition = place.partition;
    let insights = subsequence(vec!["ApiCallRateInsight", "ApiErrorRateInsight", "SomethingNew"], 1..=3);
    let insights = insights.prop_map(|kinds| kinds.into_iter().map(str::to_owned).collect());
    let facts = (
        seen(&GET_TRAIL_STATUS, status()),
        seen(&GET_EVENT_SELECTORS, selectors()),
        observed(&GET_INSIGHT_SELECTORS, insights),
    );
    let one = (
        select(place.assessed()),
        // No bucket of the account is called so: the keys of buckets have a test of their own.
        "trail-[a-z]{3,8}",
        proptest::array::uniform4(any::<bool>()),
        [
            option::of(some_text().boxed()),
            option::of("(key|alias)/[a-z0-9]{1,6}".boxed()),
            option::of("[a-z/_]{1,6}".boxed()),
        ],
        option::of("[A-Za-z]{1,8}"),
        facts,
    );
    btree_map("[A-Za-z][A-Za-z0-9._-]{2,8}", one, 0..4).prop_map(move |named| {
        let trail = |(name, (home_region, bucket, switches, texts, topic, facts)): (String, _)| {
            let [multi_region, organization, global_events, log_validation]: [bool; 4] = switches;
            let [prefix, kms_key, log_group]: [Option<String>; 3] = texts;
            let (status, selectors, insights) = facts;
            let arn = format!("arn:{partition}:cloudtrail:{home_region}:{ACCOUNT}:trail/{name}");
            Trail {
                bucket,
                prefix,
                multi_region,
                organization,
                global_events,
                log_validation,
                kms_key: Option::map(kms_key, |key| format!("arn:{partition}:kms:{home_region}:{ACCOUNT}:{key}")),
                log_group_arn: Option::map(log_group, |name| {
                    format!("arn:{partition}:logs:{home_region}:{ACCOUNT}:log-group:{name}:*")
                }),
                sns_topic_arn: Option::map(topic, |topic: String| {
                    format!("arn:{partition}:sns:{home_region}:{ACCOUNT}:{topic}")
                }),
                status: on(status, &arn),
                selectors: on(selectors, &arn),
                insights: on(insights, &arn),
                name,
                arn,
                home_region,
            }
        };
        named.into_iter().map(trail).collect()
    })
}

fn event_data_stores(place: &Place) -> impl Strategy<Value = Vec<EventDataStore>> + use<> {
    let partition = place.partition;
    let status = option::of(select(vec!["ENABLED", "STOPPED_INGESTION"]).prop_map(str::to_owned));
    btree_map("[a-f0-9]{8}", (some_text(), select(place.assessed()), status), 0..4).prop_map(move |named| {
        let store = |(id, (name, region, status)): (String, (String, String, Option<String>))| EventDataStore {
            arn: format!("arn:{partition}:cloudtrail:{region}:{ACCOUNT}:eventdatastore/{id}"),
            name,
            region,
            status,
        };
        let mut stores: Vec<EventDataStore> = named.into_iter().map(store).collect();
        stores.sort_by(|one, other| one.arn.cmp(&other.arn));
        stores
    })
}

pub(super) fn trails(place: &Place) -> impl Strategy<Value = CloudTrail> + use<> {
    let parts = (
        (trail_list(place), option::weighted(0.3, super::gap(&DESCRIBE_TRAILS))),
        (event_data_stores(place), cut(&LIST_EVENT_DATA_STORES), select(place.assessed())),
    );
    let regions = place.assessed();
    parts.prop_map(move |((trails, cut), (stores, cut_stores, at))| {
        // A region that cannot be asked loses what lives there alone, so nothing does.
        let empty = regions.iter().find(|region| trails.iter().all(|trail| trail.home_region != **region));
        let rest: Vec<Gap> = cut.into_iter().zip(empty).map(|(gap, region)| gap.on(region)).collect();
        CloudTrail {
            // Filled in once the credential report is there.
            changes: Lookback::default(),
            key_use: Lookback::default(),
            trails: Listing { items: trails, rest },
            event_data_stores: Listing { items: stores, rest: cut_stores.into_iter().map(|gap| gap.on(&at)).collect() },
        }
    })
}

fn delegated_administrators() -> impl Strategy<Value = Vec<DelegatedAdministrator>> {
    btree_map("[0-9]{12}", some_text(), 0..4)
        .prop_map(|named| named.into_iter().map(|(id, name)| DelegatedAdministrator { id, name }).collect())
}

/// The same fact of another value.
fn map<T, U>(fact: Observed<T>, change: impl FnOnce(T) -> U) -> Observed<U> {
    match fact {
        Observed::Present(value) => Observed::Present(change(value)),
        Observed::Absent => Observed::Absent,
        Observed::Unreadable(gap) => Observed::Unreadable(gap),
    }
}

/// A tree: each unit hangs below one that was made before it, the first is the root.
fn units() -> impl Strategy<Value = Vec<OrgUnit>> {
    let unit = |id: String, name, parent: Option<String>| OrgUnit { id, name, parent };
    (some_text(), btree_map("ou-[a-z]{4}-[a-z]{8}", (some_text(), any::<Index>()), 0..4)).prop_map(
        move |(root, below)| {
            let mut units = vec![unit("r-ab01".to_owned(), root, None)];
            for (id, (name, above)) in below {
                let parent = above.get(&units).id.clone();
                units.push(unit(id, name, Some(parent)));
            }
            units.sort_by(|one, other| one.id.cmp(&other.id));
            units
        },
    )
}

fn org_policies(kind: &'static str, letter: char) -> impl Strategy<Value = Vec<OrgPolicy>> {
    let targets = listed(
        &LIST_TARGETS_FOR_POLICY,
        btree_set("(r-ab01|ou-[a-z]{4}-[a-z]{8}|[0-9]{12})", 0..4).prop_map(|ids| ids.into_iter().collect()),
    );
    let one = (some_text(), any::<bool>(), seen(&DESCRIBE_POLICY, document()), targets);
    btree_map("[a-z0-9]{8}", one, 0..3).prop_map(move |named| {
        let policy = |(id, (name, aws_managed, document, targets)): (String, (_, _, _, Listing<String>))| {
            let id = format!("p-{letter}{id}");
            OrgPolicy {
                arn: format!("arn:aws:organizations::{ACCOUNT}:policy/o-abcdefghij/{kind}/{id}"),
                name,
                aws_managed,
                document: on(document, &id),
                targets: Listing {
                    items: targets.items,
                    rest: targets.rest.into_iter().map(|gap: Gap| gap.on(&id)).collect(),
                },
                id,
            }
        };
        named.into_iter().map(policy).collect()
    })
}

pub(super) fn organization() -> impl Strategy<Value = Observed<Organization>> {
    let accounts = btree_map("[0-9]{12}", (some_text(), any::<bool>(), any::<Index>()), 0..5);
    let whole = (
        "[0-9]{12}",
        (units(), cut(&LIST_ORGANIZATIONAL_UNITS_FOR_PARENT), any::<Index>()),
        (accounts, cut(&LIST_ACCOUNTS)),
        listed(&LIST_POLICIES, org_policies("service_control_policy", 's')),
        listed(&LIST_POLICIES, org_policies("resource_control_policy", 'r')),
        listed(&LIST_DELEGATED_ADMINISTRATORS, delegated_administrators()),
        observed(&LIST_ORGANIZATIONS_FEATURES, subsequence(vec!["RootCredentialsManagement", "RootSessions"], 0..=2)),
    )
        .prop_map(
            |(management_account, (units, cut, at), (accounts, cut_accounts), scps, rcps, delegated, features)| {
                let account = |(id, (name, active, parent)): (String, (String, bool, Index))| OrgAccount {
                    id,
                    name,
                    active,
                    state: (!active).then(|| "PENDING_CLOSURE".to_owned()),
                    parent: Some(parent.get(&units).id.clone()),
                };
                let accounts = accounts.into_iter().map(account).collect();
                let rest = cut.into_iter().map(|gap| gap.on(&at.get(&units).id)).collect();
                Organization {
                    id: "o-abcdefghij".to_owned(),
                    management_account,
                    accounts: Listing { items: accounts, rest: cut_accounts.into_iter().collect() },
                    units: Listing { items: units, rest },
                    scps,
                    rcps,
                    delegated_administrators: delegated,
                    root_features: map(features, |names| names.into_iter().map(str::to_owned).collect()),
                }
            },
        );
    observed(&DESCRIBE_ORGANIZATION, whole)
}
