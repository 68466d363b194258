#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, In, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::{Fact, Trail};

use super::log_bucket::of_another_account;
use super::recorded::with_status;
use crate::s3::{Owner, owner};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "trail.bucket_missing_or_foreign",
    title: "Log goes to a bucket that is gone or not ours",
    severity: Severity::High,
    protects: &[Protects::Integrity],
    side: Side::Customer,
    needs: &[Fact::Trails, Fact::TrailStatus, Fact::Buckets, Fact::Organization, Fact::OrganizationAccounts],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for trail in case.trails() {
        findings.record(&trail, judge(case, &trail));
    }
}

fn judge<'a>(case: &Case<'a>, trail: &In<'a, Trail>) -> Verdict {
    if let Some(verdict) = of_another_account(case, trail) {
        return verdict;
    }
    let foreign = match owner(case, trail.account, &trail.bucket, None) {
        Owner::Ours => return Verdict::Pass,
        Owner::Foreign(account) => {
            let reason =
                format!("the log of {} goes to {}, which belongs to account {account}", trail.name, trail.bucket);
            return Verdict::fail(reason, trail.evidence("/bucket", "the log goes there"));
        }
        Owner::Unknown(reason) => reason,
    };
    // Nobody we read has it: CloudTrail says whether anybody does.
    let seen = with_status(case, trail);
    match seen.item().status.read() {
        Ok(Some(status)) if status.delivery_error.as_deref() == Some("NoSuchBucket") => {
            let reason = format!("the log of {} goes to {}, which does not exist", trail.name, trail.bucket);
            Verdict::fail(reason, seen.evidence("/status/delivery_error", "what CloudTrail got from S3"))
                .also(trail.evidence("/bucket", "the name is free for anybody to take").related())
        }
        Ok(_) => Verdict::unknown(*foreign),
        Err(gap) => Verdict::unknown(gap),
    }
}
