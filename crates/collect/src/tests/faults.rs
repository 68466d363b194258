//! Everything that can go wrong with a call ends as a gap that names it, and loses nothing else.

use std::time::Duration;

use forewarn_inventory::{Bucket, Cause, Collection, Fact, Gap, Inventory, Unassessed};
use forewarn_simaws::{Fault, FaultRule, Settings, Window, demo};
use futures_util::{StreamExt as _, stream};

use super::{as_collected, as_served, assert_same, collected, serve};
use crate::{CollectError, Options, Silent, Stop, collect};

/// Eleven operations of every service and shape, and the facts that hang on each.
const REPRESENTATIVE: &[(&str, &[Fact])] = &[
    ("iam:GetAccountAuthorizationDetails", &[Fact::Users, Fact::Groups, Fact::Roles, Fact::Policies]),
    ("iam:GetCredentialReport", &[Fact::CredentialReport]),
    ("iam:GetAccountSummary", &[Fact::AccountSummary]),
    ("s3:ListBuckets", &[Fact::Buckets]),
    ("s3:GetBucketPolicy", &[Fact::BucketPolicy]),
    ("s3:GetPublicAccessBlock", &[Fact::PublicAccessBlock]),
    ("s3control:GetPublicAccessBlock", &[Fact::AccountPublicAccessBlock]),
    ("cloudtrail:DescribeTrails", &[Fact::Trails]),
    ("cloudtrail:GetTrailStatus", &[Fact::TrailStatus]),
    ("cloudtrail:LookupEvents", &[Fact::RecentChanges, Fact::KeyUse]),
    ("organizations:DescribeOrganization", &[Fact::Organization]),
];

fn gaps(inventory: &Inventory, facts: &[Fact]) -> Vec<Gap> {
    facts.iter().flat_map(|fact| fact.gaps(inventory)).map(|(_, gap)| gap.clone()).collect()
}

/// Strikes each of the operations with `fault` for good: its facts become gaps of `cause`, the others stay.
async fn strikes(fault: Fault, cause: Cause) {
    let whole = demo::inventory();
    let faults = REPRESENTATIVE.iter().map(|(operation, facts)| {
        let whole = &whole;
        async move {
            let faults = vec![FaultRule::always(*operation, fault)];
            let found = collected(whole, Settings { faults, ..Settings::default() }).await;
            let gaps = gaps(&found, facts);
            assert!(!gaps.is_empty(), "{operation} {fault:?}: no gap");
            for gap in gaps.iter().filter(|gap| !gaps_of(whole, facts).contains(*gap)) {
                assert_eq!(gap.cause, cause, "{operation} {fault:?}: {gap}");
                assert!(gap.detail.as_ref().is_some_and(|detail| !detail.is_empty()), "{gap}");
            }
            let holds = |fact: &Fact| facts.contains(fact) || lost_with(operation, *fact);
            for fact in Fact::ALL.iter().filter(|fact| !holds(fact)) {
                assert_eq!(fact.gaps(&found), fact.gaps(whole), "{operation} {fault:?} hides {fact:?}");
            }
        }
    });
    // A few at a time: on a machine that others use too, ten at once take so long that answers look like stalls.
    stream::iter(faults).buffer_unordered(4).collect::<Vec<()>>().await;
}

fn gaps_of(inventory: &Inventory, facts: &[Fact]) -> Vec<Gap> {
    gaps(inventory, facts)
}

/// Facts of items whose list is lost.
fn lost_with(operation: &str, fact: Fact) -> bool {
    // Who is not listed is not asked about either.
    if fact == Fact::LastAccessed && operation == "iam:GetAccountAuthorizationDetails" {
        return true;
    }
    match operation {
        "s3:ListBuckets" => {
            format!("{fact:?}").starts_with("Bucket")
                || format!("{fact:?}").contains("AccessP")
                || fact == Fact::PublicAccessBlock
        }
        "iam:GetCredentialReport" => fact == Fact::KeyUse,
        "cloudtrail:DescribeTrails" => format!("{fact:?}").starts_with("Trail"),
        "organizations:DescribeOrganization" => {
            format!("{fact:?}").starts_with("Org") || format!("{fact:?}").ends_with("ControlPolicies")
        }
        _ => false,
    }
}

#[tokio::test]
async fn denied() {
    strikes(Fault::AccessDenied, Cause::Denied).await;
}

#[tokio::test]
async fn expired() {
    strikes(Fault::ExpiredToken, Cause::Denied).await;
}

#[tokio::test]
async fn internal_error() {
    strikes(Fault::InternalError, Cause::Failed).await;
}

#[tokio::test]
async fn reset() {
    strikes(Fault::Reset, Cause::Failed).await;
}

#[tokio::test]
async fn malformed() {
    strikes(Fault::Malformed, Cause::Malformed).await;
}

#[tokio::test]
async fn truncated() {
    strikes(Fault::Truncated, Cause::Malformed).await;
}

#[tokio::test]
async fn stalled() {
    strikes(Fault::Stall(Duration::from_secs(20)), Cause::TimedOut).await;
}

#[tokio::test]
async fn throttled_for_ever() {
    strikes(Fault::Throttle, Cause::Throttled).await;
}

#[tokio::test]
async fn a_family_that_cannot_be_asked_for_is_a_gap_of_its_own_and_hides_nothing() {
    let whole = as_collected(demo::inventory());
    for (operation, action, family) in [
        ("s3:ListDirectoryBuckets", "s3express:ListAllMyDirectoryBuckets", Unassessed::EXPRESS),
        ("s3control:ListAccessGrantsInstances", "s3:ListAccessGrantsInstances", Unassessed::ACCESS_GRANTS),
        ("s3tables:ListTableBuckets", "s3tables:ListTableBuckets", Unassessed::TABLES),
        ("s3vectors:ListVectorBuckets", "s3vectors:ListVectorBuckets", Unassessed::VECTORS),
    ] {
        for (fault, cause) in [
            (Fault::AccessDenied, Cause::Denied),
            (Fault::ExpiredToken, Cause::Denied),
            (Fault::InternalError, Cause::Failed),
            (Fault::Reset, Cause::Failed),
            (Fault::Truncated, Cause::Malformed),
            (Fault::Malformed, Cause::Malformed),
        ] {
            let faults = vec![FaultRule::always(operation, fault)];
            let mut found = collected(&whole, Settings { faults, ..Settings::default() }).await;
            let named = found.accounts[0].unassessed.iter().find(|seen| seen.family == family).unwrap();
            assert_eq!(named.count, 0, "{operation} {fault:?}");
            for gap in &named.rest {
                assert_eq!((gap.cause, gap.operation.as_str()), (cause, action), "{fault:?}: {gap}");
                assert!(whole.accounts[0].regions.contains_key(gap.resource.as_deref().unwrap()), "{gap}");
            }
            assert!(!named.rest.is_empty(), "{operation} {fault:?}");
            let mut expected = whole.clone();
            for inventory in [&mut found, &mut expected] {
                inventory.accounts[0].unassessed.retain(|seen| seen.family != family);
            }
            assert_same(&found, &expected);
        }
    }
}

#[tokio::test]
async fn what_passes_loses_nothing() {
    let whole = demo::inventory();
    let expected = as_collected(whole.clone());
    for (fault, window) in [
        (Fault::Throttle, Window::For(Duration::from_millis(150))),
        (Fault::InternalError, Window::First(1)),
        (Fault::Reset, Window::First(1)),
        (Fault::Truncated, Window::First(1)),
    ] {
        let faults =
            REPRESENTATIVE.iter().map(|(operation, _)| FaultRule::always(*operation, fault).within(window)).collect();
        let found = collected(&whole, Settings { faults, ..Settings::default() }).await;
        assert_same(&found, &expected);
    }
}

#[tokio::test]
async fn a_service_that_throttles_loses_nothing() {
    let mut whole = demo::inventory();
    let buckets = &mut whole.accounts[0].s3.buckets.items;
    let model = buckets[0].clone();
    buckets.extend((0..50).map(|number| {
        let name = format!("copy-{number:03}");
        let arn = format!("arn:aws:s3:::{name}");
        Bucket { name, arn, ..model.clone() }
    }));
    // What the account remembers is of its own days, and the clock here is the real one.
    whole.accounts[0].trail.changes.items.clear();
    whole.accounts[0].trail.key_use.items.clear();
    // So low that a busy machine reaches it too.
    let rate_limits = [("s3".to_owned(), 60)].into();
    let (_server, options) = serve(whole.clone(), Settings { rate_limits, ..Settings::default() }).await;
    // The server's limit is by the real clock.
    let options = Options { sleep: Options::default().sleep, time: Options::default().time, ..options };
    let mut found = collect(&options, &Silent, Stop::never()).await.unwrap();
    let throttled: u64 = found.collection.calls.values().map(|count| count.throttled).sum();
    assert!(throttled > 0, "the limit was felt");
    found.instant = whole.instant;
    found.collection = Collection::default();
    assert_same(&found, &as_collected(whole));
}

#[tokio::test]
async fn stopping_gives_what_was_read() {
    let (_server, options) = serve(
        demo::inventory(),
        Settings {
            faults: vec![FaultRule::always("s3:ListBuckets", Fault::Stall(Duration::from_secs(20)))],
            ..Settings::default()
        },
    )
    .await;
    let (stopper, stop) = Stop::pair();
    let options = Options { attempt_timeout: Duration::from_mins(10), ..options };
    let stopping = async {
        tokio::time::sleep(Duration::from_millis(1500)).await;
        stopper.stop();
    };
    let (found, ()) = tokio::join!(collect(&options, &Silent, stop), stopping);
    let found = found.unwrap();
    assert!(found.collection.interrupted);
    assert!(!found.accounts[0].iam.users.items.is_empty());
    assert_eq!(found.accounts[0].s3.buckets.rest[0].cause, Cause::Interrupted);
}

#[tokio::test]
async fn stopped_before_it_began() {
    let (_server, options) = serve(demo::inventory(), Settings::default()).await;
    let (stopper, stop) = Stop::pair();
    stopper.stop();
    assert_eq!(collect(&options, &Silent, stop).await, Err(CollectError::Interrupted));
}

#[tokio::test]
async fn what_leaves_nothing_to_assess_is_an_error() {
    for (fault, expected) in [
        (Fault::ExpiredToken, "the AWS credentials have expired"),
        (Fault::AccessDenied, "AWS does not accept these credentials"),
        (Fault::InternalError, "cannot reach"),
        (Fault::Malformed, "cannot reach"),
    ] {
        let faults = vec![FaultRule::always("sts:GetCallerIdentity", fault)];
        let (_server, options) = serve(demo::inventory(), Settings { faults, ..Settings::default() }).await;
        let error = collect(&options, &Silent, Stop::never()).await.unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
    let (server, options) = serve(demo::inventory(), Settings::default()).await;
    server.stop().await;
    let error = collect(&options, &Silent, Stop::never()).await.unwrap_err();
    assert!(matches!(error, CollectError::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn a_role_is_assumed_once_and_bounded() {
    let demo = demo::inventory();
    let role = demo.accounts[0].iam.roles.items[0].arn.clone();
    let (server, options) = serve(demo, Settings::default()).await;
    let options = Options { role_arn: Some(role.clone()), external_id: Some("x".to_owned()), ..options };
    let found = collect(&options, &Silent, Stop::never()).await.unwrap();
    let caller = found.collection.caller_arn.unwrap();
    assert!(caller.contains(":assumed-role/") && caller.ends_with("/forewarn-audit"), "{caller}");
    assert_eq!(server.calls().get("sts:AssumeRole"), Some(&1));
}

#[tokio::test]
async fn a_role_that_refuses_is_named_with_who_asked() {
    let demo = demo::inventory();
    let role = demo.accounts[0].iam.roles.items[0].arn.clone();
    let faults = vec![FaultRule::always("sts:AssumeRole", Fault::AccessDenied)];
    let (_server, options) = serve(demo, Settings { faults, ..Settings::default() }).await;
    let options = Options { role_arn: Some(role.clone()), ..options };
    let error = collect(&options, &Silent, Stop::never()).await.unwrap_err().to_string();
    assert!(error.starts_with(&format!("cannot assume role `{role}` (AccessDenied")), "{error}");
    assert!(error.contains("names `arn:aws:"), "{error}");
}

#[tokio::test]
async fn whenever_it_is_stopped_what_is_missing_is_a_gap() {
    let whole = as_collected(demo::inventory());
    for wait in [5, 20, 60, 120, 250, 500] {
        let latency = Duration::from_millis(10);
        let (_server, options) = serve(whole.clone(), Settings { latency, ..Settings::default() }).await;
        let (stopper, stop) = Stop::pair();
        let stopping = async {
            tokio::time::sleep(Duration::from_millis(wait)).await;
            stopper.stop();
        };
        let (found, ()) = tokio::join!(collect(&options, &Silent, stop), stopping);
        let Ok(mut found) = found else { continue };
        if !found.collection.interrupted {
            assert_same(&Inventory { instant: whole.instant, collection: Collection::default(), ..found }, &whole);
            continue;
        }
        for fact in Fact::ALL {
            let known = gaps_of(&whole, &[*fact]);
            for (_, gap) in fact.gaps(&found) {
                assert!(gap.cause == Cause::Interrupted || known.contains(gap), "after {wait} ms, {fact:?}: {gap}");
            }
        }
        // What was not cut short is as it would have been.
        let mut expected = whole.clone();
        for fact in Fact::ALL {
            let cut = fact.gaps(&found).iter().any(|(_, gap)| gap.cause == Cause::Interrupted);
            if cut || found.accounts[0].s3.buckets.items.is_empty() && lost_with("s3:ListBuckets", *fact) {
                let gap = Gap::new(Cause::Interrupted, fact.operation());
                fact.hide(&mut found, &gap);
                fact.hide(&mut expected, &gap);
            }
        }
        let (found, expected) = (as_served(&found), as_served(&expected));
        assert_eq!(found.accounts[0].s3, expected.accounts[0].s3, "after {wait} ms");
        assert_eq!(found.accounts[0].trail, expected.accounts[0].trail, "after {wait} ms");
    }
}

#[test]
fn a_collection_can_move_between_threads_and_is_no_burden_on_the_stack() {
    fn size<T: Send>(future: &T) -> usize {
        size_of_val(future)
    }
    let options = Options::default();
    let size = size(&collect(&options, &Silent, Stop::never()));
    assert!(size < 64 * 1024, "{size} bytes");
}
