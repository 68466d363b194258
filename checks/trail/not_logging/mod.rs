#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, In, Judge, Reason, Severity, Verdict};
use forewarn_inventory::{Fact, Trail};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "trail.not_logging",
    title: "Trail is stopped",
    severity: Severity::High,
    needs: &[Fact::Trails, Fact::TrailStatus],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for trail in case.trails() {
        findings.record(&trail, judge(&trail));
    }
}

fn judge(trail: &In<'_, Trail>) -> Verdict {
    match trail.status.read() {
        Ok(Some(status)) if status.logging => Verdict::Pass,
        Ok(Some(status)) => {
            let since = status.stopped.map_or(String::new(), |since| format!(" since {since}"));
            let reason = format!("{} records nothing{since}", trail.name);
            Verdict::fail(reason, trail.evidence("/status/logging", "not logging"))
        }
        Ok(None) => Verdict::unknown(Reason {
            code: "not_reported".to_owned(),
            message: "AWS gave no status for the trail".to_owned(),
            gap: None,
        }),
        Err(gap) => Verdict::unknown(gap),
    }
}
