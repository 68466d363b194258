#![doc = include_str!("README.md")]

use forewarn_findings::{
    Case, Check, Evidence, Findings, In, Judge, Parameter, ParameterKind, Protects, Reason, Severity, Side, Verdict,
};
use forewarn_inventory::{Fact, LogGroup, Trail};

use super::log_bucket::of_another_account;

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "trail.log_group_expires_early",
    title: "Log group of a trail keeps events too short",
    severity: Severity::Low,
    protects: &[Protects::Integrity],
    side: Side::Customer,
    needs: &[Fact::Trails, Fact::LogGroups],
    parameters: &[Parameter {
        name: "min_days",
        kind: ParameterKind::Days,
        default: 365,
        doc: "Days for which the log group must keep events.",
    }],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for trail in case.trails() {
        findings.record(&trail, judge(case, &trail));
    }
}

fn judge(case: &Case<'_>, trail: &In<'_, Trail>) -> Verdict {
    if let Some(verdict) = of_another_account(case, trail) {
        return verdict;
    }
    let Some(named) = trail.log_group_arn.as_deref().map(LogGroup::arn_of) else {
        return Verdict::not_applicable(format!("{} delivers to no log group", trail.name));
    };
    let Some(group) = trail.account.monitoring.log_groups.iter().find(|group| group.arn == named) else {
        let message = format!("log group {named} was not read");
        return Verdict::unknown(Reason { code: "log_group_not_read".to_owned(), message, gap: None });
    };
    let details = match group.details.read() {
        Ok(Some(details)) => details,
        Ok(None) => return Verdict::not_applicable(format!("log group {} does not exist", group.name())),
        Err(gap) => return Verdict::unknown(gap),
    };
    let least = case.parameter("min_days");
    match details.retention_days {
        Some(days) if days < least => {
            let reason = format!("log group {} keeps events for {days} days, {least} are wanted", group.name());
            let evidence = Evidence::at(&group.arn, group, "/details/retention_days", "days until events expire");
            Verdict::fail(reason, evidence)
        }
        _ => Verdict::Pass,
    }
}
