#![doc = include_str!("README.md")]

use forewarn_findings::{
    Answer, Audience, Case, Check, Findings, In, Judge, Parameter, ParameterKind, Protects, Reason, Reasons, Severity,
    Side, Verdict,
};
use forewarn_inventory::{Bucket, Fact};

use super::recorded::{Recorded, records_objects, unread, with_selectors, with_status};
use crate::joined;
use crate::s3::BUCKET_REACH;

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "trail.data_events_off_for_reachable_bucket",
    title: "Nobody records who reads or writes a bucket that outsiders reach",
    severity: Severity::Medium,
    protects: &[Protects::Confidentiality, Protects::Integrity],
    side: Side::Customer,
    needs: &joined::<19>(&[
        BUCKET_REACH,
        &[Fact::BucketLogging, Fact::BucketRegion],
        &[Fact::Trails, Fact::TrailStatus, Fact::TrailSelectors, Fact::EventDataStores],
    ]),
    parameters: &[
        Parameter {
            name: "every_bucket",
            kind: ParameterKind::Count,
            default: 0,
            doc: "1 = also buckets that no outsider reaches",
        },
        Parameter { name: "reads", kind: ParameterKind::Count, default: 1, doc: "1 = reads must be recorded" },
        Parameter { name: "writes", kind: ParameterKind::Count, default: 1, doc: "1 = writes must be recorded" },
    ],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for bucket in case.buckets() {
        findings.record(&bucket, judge(case, &bucket));
    }
}

fn judge<'a>(case: &Case<'a>, bucket: &In<'a, Bucket>) -> Verdict {
    let (recorded, doubts) = recorded(case, bucket);
    let reads = recorded.reads || case.parameter("reads") == 0;
    let writes = recorded.writes || case.parameter("writes") == 0;
    if reads && writes {
        return Verdict::Pass;
    }
    let what = match (reads, writes) {
        (true, _) => "writes",
        (_, true) => "reads",
        (false, false) => "requests for its objects",
    };
    if case.parameter("every_bucket") != 0 {
        return Reasons::all(doubts).map_or_else(
            || {
                let reason = format!("no trail records {what} of {}", bucket.name);
                Verdict::fail(reason, bucket.evidence("/logging", "nor does a server access log"))
            },
            Verdict::Unknown,
        );
    }
    let proof = match case.reach(&case.bucket(bucket), &Audience::OUTSIDERS_BUT_SERVICES) {
        Answer::No => return Verdict::not_applicable("no outsider gets in"),
        Answer::Unknown(reasons) => return Verdict::Unknown(reasons),
        Answer::Yes(proof) => proof,
    };
    if let Some(reasons) = Reasons::all(doubts) {
        return Verdict::Unknown(reasons);
    }
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
    let region = bucket.item().region.read();
    let elsewhere = |home: &String| matches!(region, Ok(Some(region)) if region != home);
    for trail in account.trail.trails.iter().filter(|trail| trail.multi_region || !elsewhere(&trail.home_region)) {
        let trail = In::new(account, trail);
        let status = with_status(case, &trail).item().status.read();
        let selectors = with_selectors(case, &trail).item().selectors.read();
        let objects = selectors.map(|selectors| records_objects(selectors, &bucket.arn));
        let in_region = if trail.multi_region { Ok(()) } else { region.map(drop) };
        match (status, objects, in_region) {
            (Ok(Some(status)), ..) if !status.logging => {}
            (_, Ok(objects), _) if objects == Recorded::default() => {}
            (Ok(Some(_)), Ok(objects), Ok(())) => {
                recorded.reads |= objects.reads;
                recorded.writes |= objects.writes;
            }
            (status, objects, in_region) => {
                doubts.extend(unread(status, objects.err()));
                doubts.extend(in_region.err().map(Reason::from));
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
