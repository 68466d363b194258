//! Several accounts in one run: every one stands in the inventory, read or with the reason why not.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use forewarn_inventory::{Cause, Fact, Inventory, Observed};
use forewarn_simaws::{Fault, FaultRule, Settings, demo};

use super::{as_collected, as_served, assert_same, serve};
use crate::{Accounts, CollectError, Options, Progress, Silent, Stop, collect};

const SANDBOX: &str = "444455556666";
const ANALYTICS: &str = "555566667777";

fn role(account: &str) -> String {
    format!("arn:aws:iam::{account}:role/OrganizationAccountAccessRole")
}

/// The demo organisation with three small accounts, all of which let the role in.
fn all_open() -> Inventory {
    let mut inventory = demo::organization_as_written();
    let sandbox = inventory.accounts[1].clone();
    let small = [demo::ACCOUNT, SANDBOX, ANALYTICS].into_iter().map(|id| {
        let mut account = sandbox.clone();
        account.id = id.to_owned();
        account.regions.retain(|region, _| ["eu-west-1", "us-east-1"].contains(&region.as_str()));
        for bucket in &mut account.s3.buckets.items {
            bucket.name = format!("{}-{id}", bucket.name);
            bucket.arn = format!("arn:aws:s3:::{}", bucket.name);
        }
        account
    });
    inventory.accounts = small.collect();
    inventory.unreached.clear();
    inventory
}

async fn organization(inventory: &Inventory, settings: Settings) -> Inventory {
    let (_server, options) = serve(inventory.clone(), settings).await;
    let options = Options { accounts: Accounts::Organization, ..options };
    let mut found = collect(&options, &Silent, Stop::never()).await.unwrap();
    found.instant = inventory.instant;
    found
}

fn left_out(inventory: &Inventory) -> Vec<(&str, &str)> {
    inventory.left_out.iter().map(|account| (account.id.as_str(), account.reason.as_str())).collect()
}

fn reached(inventory: &Inventory) -> (Vec<&str>, Vec<(&str, Cause)>) {
    let accounts = inventory.accounts.iter().map(|account| account.id.as_str());
    let unreached = inventory.unreached.iter().map(|account| (account.id.as_str(), account.gap.cause));
    (accounts.collect(), unreached.collect())
}

#[tokio::test]
async fn an_organisation_comes_back_as_it_is_with_the_account_that_denies_the_role() {
    let whole = demo::organization_as_written();
    let found = organization(&whole, Settings::default()).await;
    assert_eq!(reached(&found), (vec![demo::ACCOUNT, SANDBOX], vec![(ANALYTICS, Cause::Denied)]));
    assert_eq!(found.unreached[0].gap, whole.unreached[0].gap);
    assert_eq!(found.unlisted, []);
    let mut whole = as_collected(whole);
    whole.collection = found.collection.clone();
    assert_same(&found, &whole);
}

#[tokio::test]
async fn the_organisation_is_asked_once_and_each_member_costs_what_an_account_costs() {
    let (server, options) = serve(all_open(), Settings::default()).await;
    let options = Options { accounts: Accounts::Organization, ..options };
    let found = collect(&options, &Silent, Stop::never()).await.unwrap();
    assert_eq!(reached(&found).0.len(), 3);
    let calls = server.calls();
    let number = |name: &str| calls.get(name).copied().unwrap_or_default();
    assert_eq!((number("sts:AssumeRole"), number("sts:GetCallerIdentity")), (2, 1));
    assert_eq!((number("organizations:DescribeOrganization"), number("organizations:ListAccounts")), (1, 1));
    assert_eq!((number("iam:GetAccountSummary"), number("s3:ListBuckets")), (3, 3));
    let counted: BTreeMap<String, u64> =
        found.collection.calls.iter().map(|(name, count)| (name.clone(), count.sent)).collect();
    assert_eq!(counted, calls, "calls of every account are counted");
}

#[tokio::test]
async fn one_account_that_fails_stops_no_other_and_is_named_with_the_reason() {
    let whole = all_open();
    for (fault, cause) in [
        (Fault::AccessDenied, Cause::Denied),
        (Fault::ExpiredToken, Cause::Denied),
        (Fault::InternalError, Cause::Failed),
        (Fault::Reset, Cause::Failed),
        (Fault::Malformed, Cause::Malformed),
        (Fault::Truncated, Cause::Malformed),
        (Fault::Throttle, Cause::Throttled),
        (Fault::Stall(Duration::from_secs(20)), Cause::TimedOut),
    ] {
        let faults = vec![FaultRule::always("sts:AssumeRole", fault).on(role(SANDBOX))];
        let found = organization(&whole, Settings { faults, ..Settings::default() }).await;
        assert_eq!(reached(&found), (vec![demo::ACCOUNT, ANALYTICS], vec![(SANDBOX, cause)]), "{fault:?}");
        let gap = &found.unreached[0].gap;
        assert_eq!((gap.operation.as_str(), gap.resource.as_deref()), ("sts:AssumeRole", Some(role(SANDBOX).as_str())));
        assert!(gap.detail.as_ref().is_some_and(|said| !said.is_empty()), "{gap}");
        let (found, expected) = (as_served(&found), as_served(&as_collected(whole.clone())));
        for (one, other) in found.accounts.iter().zip([&expected.accounts[0], &expected.accounts[2]]) {
            assert_eq!(one, other, "{fault:?}");
        }
    }
}

#[tokio::test]
async fn what_is_denied_inside_one_account_is_a_gap_of_that_account_alone() {
    let whole = all_open();
    // As a service control policy that closes all of S3 answers; the credential report is throttled for ever there.
    let faults = vec![
        FaultRule::always("s3:*", Fault::AccessDenied).in_account(SANDBOX),
        FaultRule::always("iam:GetCredentialReport", Fault::Throttle).in_account(SANDBOX),
    ];
    let found = organization(&whole, Settings { faults, ..Settings::default() }).await;
    assert_eq!(reached(&found), (vec![demo::ACCOUNT, SANDBOX, ANALYTICS], vec![]));
    for fact in Fact::ALL {
        let new = fact.gaps(&found).into_iter().filter(|gap| !fact.gaps(&whole).contains(gap));
        for (account, gap) in new {
            assert_eq!(account, Some(SANDBOX), "{fact:?}: {gap}");
        }
    }
    let sandbox = &found.accounts[1];
    assert_eq!(sandbox.s3.buckets.rest[0].cause, Cause::Denied);
    assert_eq!(sandbox.iam.credential_report.gap().map(|gap| gap.cause), Some(Cause::Throttled));
    assert_eq!(sandbox.iam.users, whole.accounts[1].iam.users);
}

#[tokio::test]
async fn an_organisation_that_is_not_named_leaves_the_own_account_and_says_so() {
    let whole = demo::organization_as_written();
    for operation in ["organizations:ListAccounts", "organizations:DescribeOrganization"] {
        let faults = vec![FaultRule::always(operation, Fault::AccessDenied)];
        let found = organization(&whole, Settings { faults, ..Settings::default() }).await;
        assert_eq!(reached(&found), (vec![demo::ACCOUNT], vec![]), "{operation}");
        let unlisted: Vec<(Cause, &str)> =
            found.unlisted.iter().map(|gap| (gap.cause, gap.operation.as_str())).collect();
        assert_eq!(unlisted, [(Cause::Denied, operation)]);
    }
    let alone = Inventory { organization: Observed::Absent, ..demo::inventory() };
    let (_server, options) = serve(alone, Settings::default()).await;
    let options = Options { accounts: Accounts::Organization, ..options };
    let error = collect(&options, &Silent, Stop::never()).await.unwrap_err();
    assert_eq!(error, CollectError::NoOrganization { account: demo::ACCOUNT.to_owned() });
}

#[tokio::test]
async fn a_closed_account_is_not_tried() {
    let mut whole = all_open();
    let Observed::Present(known) = &mut whole.organization else { panic!("the demo has an organisation") };
    for account in known.accounts.items.iter_mut().filter(|account| account.id == ANALYTICS) {
        account.active = false;
        account.state = Some("SUSPENDED".to_owned());
    }
    let (server, options) = serve(whole, Settings::default()).await;
    let options = Options { accounts: Accounts::Organization, ..options };
    let found = collect(&options, &Silent, Stop::never()).await.unwrap();
    assert_eq!(reached(&found), (vec![demo::ACCOUNT, SANDBOX], vec![]));
    assert_eq!(left_out(&found), [(ANALYTICS, "its state in the organisation is SUSPENDED")]);
    assert_eq!(server.calls()["sts:AssumeRole"], 1);
}

#[tokio::test]
async fn a_closed_account_that_is_named_is_not_applicable_when_it_lets_nobody_in() {
    let mut whole = demo::organization_as_written();
    whole.accounts.truncate(1);
    let Observed::Present(known) = &mut whole.organization else { panic!("the demo has an organisation") };
    known
        .accounts
        .items
        .iter_mut()
        .filter(|account| account.id == ANALYTICS)
        .for_each(|account| account.active = false);
    let (_server, options) = serve(whole, Settings::default()).await;
    let options = Options { accounts: Accounts::Named([SANDBOX, ANALYTICS].map(str::to_owned).into()), ..options };
    let found = collect(&options, &Silent, Stop::never()).await.unwrap();
    assert_eq!(reached(&found), (vec![], vec![(SANDBOX, Cause::Denied)]));
    assert_eq!(left_out(&found), [(ANALYTICS, "its state in the organisation is SUSPENDED")]);
}

#[tokio::test]
async fn the_limit_of_calls_in_flight_holds_for_all_accounts_together() {
    let settings = Settings { latency: Duration::from_millis(5), ..Settings::default() };
    for (max_in_flight, expected) in [(4, 4..=4), (64, 5..=64)] {
        let (server, options) = serve(all_open(), settings.clone()).await;
        let options = Options { accounts: Accounts::Organization, max_in_flight, ..options };
        collect(&options, &Silent, Stop::never()).await.unwrap();
        let most = server.most_at_once();
        assert!(expected.contains(&most), "{most} calls were under way at once where {max_in_flight} may be");
    }
}

#[tokio::test]
async fn named_accounts_are_entered_through_a_role_that_was_assumed_first() {
    let (server, options) = serve(all_open(), Settings::default()).await;
    let options = Options {
        accounts: Accounts::Named([SANDBOX, ANALYTICS, "999999999999"].map(str::to_owned).into()),
        role_arn: Some(role(demo::ACCOUNT)),
        external_id: Some("x".to_owned()),
        ..options
    };
    let found = collect(&options, &Silent, Stop::never()).await.unwrap();
    assert_eq!(reached(&found), (vec![SANDBOX, ANALYTICS], vec![("999999999999", Cause::Denied)]));
    assert_eq!(server.calls()["sts:AssumeRole"], 4);
    let caller = found.collection.caller_arn.unwrap();
    assert!(caller.contains(demo::ACCOUNT), "{caller}");
}

#[tokio::test]
async fn however_few_are_in_work_at_once_the_inventory_is_the_same() {
    let whole = all_open();
    let mut found = Vec::new();
    for (accounts_at_once, max_in_flight) in [(1, 1), (2, 5), (8, 128)] {
        let (_server, options) = serve(whole.clone(), Settings::default()).await;
        let options = Options { accounts: Accounts::Organization, accounts_at_once, max_in_flight, ..options };
        let mut inventory = collect(&options, &Silent, Stop::never()).await.unwrap();
        inventory.instant = whole.instant;
        inventory.collection.finished = None;
        found.push(inventory);
    }
    assert_same(&found[0], &found[1]);
    assert_same(&found[0], &found[2]);
}

#[tokio::test]
async fn stopped_in_the_middle_every_account_is_there_or_named_as_interrupted() {
    let mut partial = 0;
    for wait in [30, 100, 200, 400] {
        let settings = Settings { latency: Duration::from_millis(10), ..Settings::default() };
        let (_server, options) = serve(all_open(), settings).await;
        let options = Options { accounts: Accounts::Organization, accounts_at_once: 1, ..options };
        let (stopper, stop) = Stop::pair();
        let stopping = async {
            tokio::time::sleep(Duration::from_millis(wait)).await;
            stopper.stop();
        };
        let (found, ()) = tokio::join!(collect(&options, &Silent, stop), stopping);
        let Ok(found) = found else { continue };
        let (accounts, unreached) = reached(&found);
        assert!(unreached.iter().all(|(_, cause)| *cause == Cause::Interrupted), "{unreached:?}");
        if found.collection.interrupted && found.unlisted.is_empty() {
            assert_eq!(accounts.len() + unreached.len(), 3, "after {wait} ms");
            partial += usize::from(!unreached.is_empty());
        }
    }
    assert!(partial > 0, "no run was stopped between two accounts");
}

/// The last number of steps told of each service, and the steps done.
#[derive(Default)]
struct Told(Mutex<BTreeMap<String, (usize, usize, usize)>>);

impl Progress for Told {
    fn begin(&self, service: &str, total: usize) {
        self.0.lock().unwrap().entry(service.to_owned()).or_default().0 = total;
    }
    fn advance(&self, service: &str) {
        self.0.lock().unwrap().get_mut(service).unwrap().1 += 1;
    }
    fn end(&self, service: &str) {
        self.0.lock().unwrap().get_mut(service).unwrap().2 += 1;
    }
}

#[tokio::test]
async fn the_steps_of_all_accounts_are_added_up() {
    let (_server, options) = serve(all_open(), Settings::default()).await;
    let options = Options { accounts: Accounts::Organization, ..options };
    let told = Told::default();
    collect(&options, &told, Stop::never()).await.unwrap();
    let told = told.0.into_inner().unwrap();
    let services: Vec<&str> = told.keys().map(String::as_str).collect();
    assert_eq!(services, ["Accounts", "CloudTrail", "CloudTrail events", "IAM", "Organizations", "S3"]);
    assert_eq!(told["Accounts"], (3, 3, 1));
    for (service, (total, done, ended)) in told {
        assert!(done == total && ended == 1, "{service}: {done} of {total}, ended {ended} times");
    }
}
