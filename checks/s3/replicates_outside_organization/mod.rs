#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, In, Judge, Protects, Reasons, Severity, Side, Verdict};
use forewarn_inventory::{Bucket, Fact};

use super::foreign::{Owner, owner};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "s3.replicates_outside_organization",
    title: "Bucket is copied to an account outside the organisation",
    severity: Severity::High,
    protects: &[Protects::Confidentiality],
    side: Side::Customer,
    needs: &[Fact::Buckets, Fact::BucketReplication, Fact::Organization, Fact::OrganizationAccounts],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for bucket in case.buckets() {
        findings.record(&bucket, judge(case, &bucket));
    }
}

fn judge(case: &Case<'_>, bucket: &In<'_, Bucket>) -> Verdict {
    let rules = match bucket.replication.read() {
        Ok(replication) => replication.map(|replication| replication.rules.as_slice()).unwrap_or_default(),
        Err(gap) => return Verdict::unknown(gap),
    };
    let (mut foreign, mut doubts) = (Vec::new(), Vec::new());
    for (index, rule) in rules.iter().enumerate().filter(|(_, rule)| rule.enabled) {
        let name = rule.destination.rsplit(':').next().unwrap_or_default();
        match owner(case, bucket.account, name, rule.destination_account.as_deref()) {
            Owner::Ours => {}
            Owner::Foreign(account) => foreign.push((index, name, account)),
            Owner::Unknown(reason) => doubts.push(*reason),
        }
    }
    let mut evidence = foreign.iter().map(|(index, name, account)| {
        let note = format!("copies to {name} of account {account}");
        bucket.evidence(&format!("/replication/rules/{index}/destination"), note)
    });
    match (evidence.next(), foreign.first()) {
        (Some(first), Some((_, name, account))) => {
            let reason =
                format!("new objects of {} are copied to {name}, which belongs to account {account}", bucket.name);
            evidence.fold(Verdict::fail(reason, first), Verdict::also)
        }
        _ => Reasons::all(doubts).map_or(Verdict::Pass, Verdict::Unknown),
    }
}
