//! What CloudTrail remembers, made up: changes with everything in their records, and calls with keys.

use forewarn_events::Event;
use forewarn_inventory::{Cause, CloudTrail, Fact, Gap, Iam, KeyCall, Lookback, Observed};
use jiff::Timestamp;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use super::{ACCOUNT, Place, cut, some_text};
use crate::operations::LOOKUP_EVENTS;

/// Seconds of the week that is looked back over.
const WEEK: i64 = 7 * 24 * 3600;

/// Events of which the times are seconds before the instant.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    changes: Vec<(i64, Value)>,
    calls: Vec<(i64, KeyCall)>,
    cut: Option<Gap>,
}

pub(super) fn events(place: &Place) -> impl Strategy<Value = Seen> + use<> {
    let regions = place.assessed();
    let cut_at = regions.clone();
    let partition = place.partition;
    let change = (
        0..WEEK - 10,
        select(vec![
            ("s3", "PutBucketPolicy"),
            ("s3", "DeleteBucketPolicy"),
            ("iam", "PutUserPolicy"),
            ("kms", "PutKeyPolicy"),
        ]),
        (some_text(), select(vec!["AKIAEXAMPLE", "ASIAEXAMPLE", ""])),
        any::<Index>(),
        select(vec!["198.51.100.7", "2001:db8::7", "cloudformation.amazonaws.com", "AWS Internal"]),
    );
    let change = change.prop_map(move |(before, (service, name), (text, key), region, address)| {
        let record = json!({
            "eventVersion": "1.11", "eventName": name, "eventSource": format!("{service}.amazonaws.com"),
            "awsRegion": region.get(&regions), "sourceIPAddress": address, "userAgent": text, "readOnly": false,
            "userIdentity": { "type": "IAMUser", "accessKeyId": key, "userName": text, "sessionContext": {
                "sourceIdentity": "somebody" }, "arn": format!("arn:{partition}:iam::{ACCOUNT}:user/{text}") },
            "requestParameters": { "bucketName": text, "bucketPolicy": { "Statement": [{ "Sid": text }] } },
        });
        (before, record)
    });
    let regions = place.assessed();
    let call = (
        0..WEEK - 10,
        select(vec!["GetCallerIdentity", "ListBuckets", "RunInstances"]),
        (some_text().prop_map(|name| name.replace(['/', ':'], "-")), proptest::option::of(some_text())),
        any::<Index>(),
        select(vec![Ok("198.51.100.7"), Ok("2001:db8::7"), Err("cloudformation.amazonaws.com"), Err("AWS Internal")]),
    );
    let call = call.prop_map(move |(before, name, (user, agent), region, place)| {
        let call = KeyCall {
            time: Timestamp::UNIX_EPOCH,
            event: String::new(),
            region: region.get(&regions).clone(),
            name: name.to_owned(),
            source: "sts.amazonaws.com".to_owned(),
            key: "AKIAEXAMPLE".to_owned(),
            user: format!("arn:{partition}:iam::{ACCOUNT}:user/{user}"),
            address: place.ok().map(|address| address.parse().unwrap()),
            service: place.err().map(str::to_owned),
            agent,
        };
        (before, call)
    });
    (vec(change, 0..5), vec(call, 0..6), cut(&LOOKUP_EVENTS), any::<Index>()).prop_map(
        move |(changes, calls, cut, at)| {
            let cut = cut.map(|gap| gap.on(at.get(&cut_at)));
            Seen { changes, calls, cut }
        },
    )
}

impl Seen {
    /// The trail facts of an account that has seen this, as a collection that begins at `instant` gives them.
    pub(super) fn told(self, trail: CloudTrail, iam: &Iam, instant: Timestamp) -> CloudTrail {
        let at = |before: i64| Timestamp::from_second(instant.as_second() - before).unwrap();
        let since = at(WEEK);
        let rest: Vec<Gap> = self.cut.into_iter().collect();
        let is_read = |region: &str| rest.iter().all(|gap| gap.resource.as_deref() != Some(region));
        let events = self.changes.into_iter().enumerate().map(|(id, (before, mut record))| {
            record["eventTime"] = at(before).to_string().into();
            record["eventID"] = format!("change-{id}").into();
            Event::new(record).unwrap()
        });
        let mut events: Vec<Event> =
            events.filter(|event| is_read(event.record.aws_region.as_deref().unwrap())).collect();
        events.sort_by(|one, other| (one.record.event_time, one.id()).cmp(&(other.record.event_time, other.id())));
        // A call that writes is found whether or not keys are looked for.
        let used = |key: &forewarn_inventory::ReportedKey| key.last_used.value().is_some_and(|last| *last >= since);
        let report = &iam.credential_report;
        let in_use = report.present().is_some_and(|report| report.rows.iter().any(|row| row.keys.iter().any(used)));
        let by_key = events.iter().filter_map(|event| KeyCall::of(event, event.record.aws_region.as_deref()?));
        let calls = self.calls.into_iter().enumerate().map(|(id, (before, call))| KeyCall {
            time: at(before),
            event: format!("call-{id}"),
            ..call
        });
        let calls = calls.filter(|call| is_read(&call.region) && (in_use || call.name == "RunInstances"));
        let mut calls: Vec<KeyCall> = by_key.chain(calls).collect();
        calls.sort_by(|one, other| (one.time, &one.event).cmp(&(other.time, &other.event)));
        let key_use = match report {
            Observed::Present(_) => Lookback {
                since: Some(since),
                items: calls,
                reached: Vec::new(),
                rest: if in_use { rest.clone() } else { Vec::new() },
            },
            Observed::Absent => Lookback::unreadable(
                Gap::new(Cause::Unsupported, Fact::CredentialReport.operation())
                    .detail("AWS has made no credential report"),
            ),
            Observed::Unreadable(gap) => Lookback::unreadable(gap.clone()),
        };
        let changes = Lookback { since: Some(since), items: events, reached: Vec::new(), rest };
        CloudTrail { changes, key_use, ..trail }
    }
}
