#![doc = include_str!("README.md")]

use forewarn_findings::{
    Case, Check, Findings, In, Judge, Parameter, ParameterKind, Protects, Reason, Severity, Side, Verdict,
};
use forewarn_inventory::{Fact, Trail};

use super::recorded::{no_status, with_status};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "trail.delivery_failing",
    title: "Trail does not reach its bucket",
    severity: Severity::High,
    protects: &[Protects::Integrity],
    side: Side::Shared,
    needs: &[Fact::Trails, Fact::TrailStatus],
    parameters: &[Parameter {
        name: "silent_days",
        kind: ParameterKind::Days,
        default: 2,
        doc: "a running trail that has delivered nothing for longer than this fails",
    }],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for trail in case.trails() {
        findings.record(&trail, judge(case, &with_status(case, &trail)));
    }
}

fn judge(case: &Case<'_>, trail: &In<'_, Trail>) -> Verdict {
    let status = match trail.status.read() {
        Ok(Some(status)) => status,
        Ok(None) => return Verdict::unknown(no_status()),
        Err(gap) => return Verdict::unknown(gap),
    };
    if let Some(error) = &status.delivery_error {
        let reason = format!("the last delivery to {} failed: {error}", trail.bucket);
        return Verdict::fail(reason, trail.evidence("/status/delivery_error", "what CloudTrail got from S3"));
    }
    if !status.logging {
        return Verdict::not_applicable("the trail is stopped");
    }
    let most = case.parameter("silent_days");
    match status.latest_delivery {
        Some(last) if case.days_since(last) > most => {
            let reason = format!("nothing has reached {} for {} days", trail.bucket, case.days_since(last));
            Verdict::fail(reason, trail.evidence("/status/latest_delivery", "the last delivery"))
        }
        None if status.started.is_some_and(|started| case.days_since(started) > most) => {
            let reason = format!("nothing has ever reached {}", trail.bucket);
            Verdict::fail(reason, trail.evidence("/status/latest_delivery", "no delivery"))
        }
        Some(_) => Verdict::Pass,
        None => Verdict::unknown(Reason {
            code: "no_delivery_yet".to_owned(),
            message: "the trail is too young to have delivered anything, or AWS does not say when it started"
                .to_owned(),
            gap: None,
        }),
    }
}
