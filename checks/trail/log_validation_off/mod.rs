#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, In, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::{Fact, Trail};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "trail.log_validation_off",
    title: "Trail writes no digests of its log files",
    severity: Severity::Low,
    protects: &[Protects::Integrity],
    side: Side::Shared,
    needs: &[Fact::Trails],
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
    if trail.log_validation {
        Verdict::Pass
    } else {
        let reason = format!("whether a log file of {} was changed cannot be proved", trail.name);
        Verdict::fail(reason, trail.evidence("/log_validation", "log file validation is off"))
    }
}
