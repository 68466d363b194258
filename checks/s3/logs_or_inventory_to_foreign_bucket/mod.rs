#![doc = include_str!("README.md")]

use forewarn_findings::{
    Case, Check, Evidence, Findings, In, Judge, Protects, Reason, Reasons, Severity, Side, Verdict,
};
use forewarn_inventory::{Bucket, Fact};

use super::foreign::{Owner, owner};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "s3.logs_or_inventory_to_foreign_bucket",
    title: "Access log or list of objects goes to a bucket that is not ours",
    severity: Severity::Medium,
    protects: &[Protects::Confidentiality],
    side: Side::Customer,
    needs: &[
        Fact::Buckets,
        Fact::BucketLogging,
        Fact::BucketInventories,
        Fact::Organization,
        Fact::OrganizationAccounts,
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

fn judge<'a>(case: &Case<'a>, bucket: &In<'a, Bucket>) -> Verdict {
    let mut doubts: Vec<Reason> = Vec::new();
    let mut found: Vec<(String, Evidence)> = Vec::new();
    match bucket.item().logging.read() {
        Ok(Some(target)) => match log_owner(case, bucket, &target.bucket) {
            Owner::Ours => {}
            Owner::Foreign(whose) => {
                let words = format!("the access log of {} goes to {}, {whose}", bucket.name, target.bucket);
                found.push((words, bucket.evidence("/logging/bucket", "the log goes there")));
            }
            Owner::Unknown(reason) => doubts.push(*reason),
        },
        Ok(None) => {}
        Err(gap) => doubts.push(Reason::from(gap)),
    }
    match bucket.item().inventories.read() {
        Ok(lists) => {
            let lists = lists.map(Vec::as_slice).unwrap_or_default();
            for (index, list) in lists.iter().enumerate().filter(|(_, list)| list.enabled) {
                let name = list.destination.rsplit(':').next().unwrap_or_default();
                match owner(case, bucket.account, name, list.destination_account.as_deref()) {
                    Owner::Ours => {}
                    Owner::Foreign(whose) => {
                        let words =
                            format!("a list of all objects of {} goes to {name} of account {whose}", bucket.name);
                        let at = format!("/inventories/{index}/destination");
                        found.push((words, bucket.evidence(&at, "the list goes there")));
                    }
                    Owner::Unknown(reason) => doubts.push(*reason),
                }
            }
        }
        Err(gap) => doubts.push(Reason::from(gap)),
    }
    let mut found = found.into_iter();
    match found.next() {
        Some((reason, first)) => {
            found.fold(Verdict::fail(reason, first), |verdict, (_, evidence)| verdict.also(evidence))
        }
        None => Reasons::all(doubts).map_or(Verdict::Pass, Verdict::Unknown),
    }
}

/// Whose the bucket is that the access log goes to. AWS takes only one of the same account when logging is set up, so that
/// one which is not there any more is somebody else's by now, or free for anybody to take.
fn log_owner(case: &Case<'_>, bucket: &In<'_, Bucket>, target: &str) -> Owner {
    let buckets = &bucket.account.s3.buckets;
    match (buckets.iter().any(|own| own.name == target), buckets.rest.first()) {
        (true, _) => Owner::Ours,
        (false, Some(gap)) => Owner::Unknown(Box::new(Reason::from(gap))),
        (false, None) => match case.buckets().find(|other| other.name == target) {
            Some(other) => Owner::Foreign(format!("which belongs to account {}", other.account.id)),
            None => Owner::Foreign("which this account does not have (any more)".to_owned()),
        },
    }
}
