#![doc = include_str!("README.md")]

use forewarn_findings::{Answer, Audience, Case, Check, Findings, In, Judge, Reason, Reasons, Severity, Verdict};
use forewarn_inventory::{Bucket, Fact};

use super::recorded::{Recorded, no_status, records_objects, with_selectors, with_status};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "trail.data_events_off_for_reachable_bucket",
    title: "Nobody records who reads or writes a bucket that outsiders reach",
    severity: Severity::Medium,
    needs: &[
        Fact::Trails,
        Fact::TrailStatus,
        Fact::TrailSelectors,
        Fact::EventDataStores,
        Fact::Buckets,
        Fact::BucketPolicy,
        Fact::BucketAcl,
        Fact::BucketOwnership,
        Fact::BucketLogging,
        Fact::PublicAccessBlock,
        Fact::AccountPublicAccessBlock,
        Fact::AccessPoints,
        Fact::AccessPointPolicy,
        Fact::AccessPointPublicAccessBlock,
        Fact::Organization,
        Fact::OrganizationAccounts,
        Fact::OrganizationUnits,
        Fact::ResourceControlPolicies,
    ],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for bucket in case.buckets() {
        findings.record(&bucket, judge(case, &bucket));
    }
}

const OUTSIDERS: &[Audience] = &[
    Audience::Anyone,
    Audience::AnyAwsAccount,
    Audience::AnyoneInNetwork,
    Audience::FederatedStranger,
    Audience::Accounts,
    Audience::Federated,
];

fn judge<'a>(case: &Case<'a>, bucket: &In<'a, Bucket>) -> Verdict {
    let (recorded, doubts) = recorded(case, bucket);
    if recorded.reads && recorded.writes {
        return Verdict::Pass;
    }
    let proof = match case.reach(&case.bucket(bucket), OUTSIDERS) {
        Answer::No => return Verdict::not_applicable("no outsider gets in"),
        Answer::Unknown(reasons) => return Verdict::Unknown(reasons),
        Answer::Yes(proof) => proof,
    };
    if let Some(reasons) = Reasons::all(doubts) {
        return Verdict::Unknown(reasons);
    }
    let what = match (recorded.reads, recorded.writes) {
        (true, _) => "writes",
        (_, true) => "reads",
        (false, false) => "requests for its objects",
    };
    let reason = format!(
        "{} can {} on {}, and no trail records {what}",
        proof.caller(),
        proof.action(),
        proof.hit.witness.resource
    );
    Verdict::proved(reason, *proof).also(bucket.evidence("/logging", "nor does a server access log").related())
}

/// What running trails of the bucket's account and region record of its objects, and what could not be read about it. A
/// server access log is a record too.
fn recorded<'a>(case: &Case<'a>, bucket: &In<'a, Bucket>) -> (Recorded, Vec<Reason>) {
    let mut recorded = Recorded::default();
    let mut doubts: Vec<Reason> = Vec::new();
    match bucket.item().logging.read() {
        Ok(Some(_)) => return (Recorded { reads: true, writes: true }, doubts),
        Ok(None) => {}
        Err(gap) => doubts.push(Reason::from(gap)),
    }
    let account = bucket.account;
    let region = bucket.item().region.present();
    let covers = |home: &String| region.is_none_or(|region| region == home);
    for trail in account.trail.trails.iter().filter(|trail| trail.multi_region || covers(&trail.home_region)) {
        let trail = In::new(account, trail);
        let status = with_status(case, &trail).item().status.read();
        let selectors = with_selectors(case, &trail).item().selectors.read();
        let objects = selectors.map(|selectors| records_objects(selectors, &bucket.arn));
        match (status, objects) {
            (Ok(Some(status)), _) if !status.logging => {}
            (Ok(Some(_)), Ok(objects)) => {
                recorded.reads |= objects.reads;
                recorded.writes |= objects.writes;
            }
            (_, Ok(objects)) if objects == Recorded::default() => {}
            (status, objects) => {
                doubts.extend([status.err(), objects.err()].into_iter().flatten().map(Reason::from));
                if status == Ok(None) {
                    doubts.push(no_status());
                }
            }
        }
    }
    doubts.extend(account.trail.trails.rest.iter().map(Reason::from));
    let stores = &account.trail.event_data_stores;
    let running = stores.iter().filter(|store| store.status.as_deref() != Some("STOPPED_INGESTION"));
    doubts.extend(running.map(|store| Reason {
        code: "event_data_store".to_owned(),
        message: format!("the event data store {} may record them; what it takes in is not read", store.name),
        gap: None,
    }));
    doubts.extend(stores.rest.iter().map(Reason::from));
    (recorded, doubts)
}
