#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, In, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::{Fact, Trail};

use super::log_bucket::of_another_account;
use super::recorded::no_status;

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "trail.not_sent_to_log_group",
    title: "Trail does not arrive in a log group",
    severity: Severity::Low,
    protects: &[Protects::Integrity],
    side: Side::Customer,
    needs: &[Fact::Trails, Fact::TrailStatus],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for trail in case.trails() {
        findings.record(&trail, judge(case, &trail));
    }
}

/// How long ago the last delivery may be.
const DAY: i64 = 24 * 60 * 60;

fn judge(case: &Case<'_>, trail: &In<'_, Trail>) -> Verdict {
    if let Some(verdict) = of_another_account(case, trail) {
        return verdict;
    }
    if trail.log_group_arn.is_none() {
        let reason = format!("{} delivers to no log group", trail.name);
        return Verdict::fail(reason, trail.evidence("/log_group_arn", "no log group"));
    }
    let status = match trail.status.read() {
        Ok(Some(status)) => status,
        Ok(None) => return Verdict::unknown(no_status()),
        Err(gap) => return Verdict::unknown(gap),
    };
    if let Some(error) = &status.log_group_error {
        let reason = format!("what {} records does not arrive in its log group: {error}", trail.name);
        return Verdict::fail(reason, trail.evidence("/status/log_group_error", "the error of the last delivery"));
    }
    let late = |last: jiff::Timestamp| case.instant().as_second() - last.as_second() > DAY;
    if status.latest_log_group_delivery.is_none_or(late) {
        let reason = format!("nothing of {} has arrived in its log group for a day", trail.name);
        return Verdict::fail(reason, trail.evidence("/status/latest_log_group_delivery", "the last delivery"));
    }
    Verdict::Pass
}
