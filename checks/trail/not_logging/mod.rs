#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, In, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::{Fact, Trail};

use super::recorded::{no_status, with_status};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "trail.not_logging",
    title: "Trail is stopped",
    severity: Severity::High,
    protects: &[Protects::Integrity],
    side: Side::Customer,
    needs: &[Fact::Trails, Fact::TrailStatus],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for trail in case.trails() {
        findings.record(&trail, judge(&with_status(case, &trail)));
    }
}

fn judge(trail: &In<'_, Trail>) -> Verdict {
    match trail.status.read() {
        Ok(Some(status)) if status.logging => Verdict::Pass,
        Ok(Some(status)) => {
            let since = match (status.stopped, status.started) {
                (Some(since), _) => format!(" since {since}"),
                (None, None) => " and was never started".to_owned(),
                (None, Some(_)) => String::new(),
            };
            let reason = format!("{} records nothing{since}", trail.name);
            Verdict::fail(reason, trail.evidence("/status/logging", "not logging"))
        }
        Ok(None) => Verdict::unknown(no_status()),
        Err(gap) => Verdict::unknown(gap),
    }
}
