#![doc = include_str!("README.md")]

use std::collections::BTreeMap;

use forewarn_findings::{
    Case, Check, Findings, Judge, Opened, Protects, Reason, Reasons, RecentChange, Severity, Side, Verdict,
};
use forewarn_inventory::Fact;

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "trail.recent_policy_change",
    title: "Recent change opened access, or touched a guardrail or the log",
    severity: Severity::Medium,
    protects: Protects::EVERYTHING,
    side: Side::Customer,
    needs: &[Fact::RecentChanges, Fact::Trails, Fact::Users, Fact::Groups, Fact::Roles, Fact::Policies],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    let changes = case.recent_changes();
    let mut by_resource: BTreeMap<(&str, &str), Vec<&RecentChange<'_>>> = BTreeMap::new();
    // What is not asked for by name was seen by chance only, where a region is quiet.
    for change in changes.iter().filter(|change| change.change.rule.looked_up) {
        by_resource.entry((&change.account.id, &change.resource.arn)).or_default().push(change);
    }
    for account in case.accounts() {
        // Where nothing was changed, that is said of the account.
        if !by_resource.contains_key(&(account.id.as_str(), account.arn().as_str())) {
            findings.record(account, Verdict::Pass);
        }
    }
    for changes in by_resource.values() {
        if let Some(first) = changes.first() {
            findings.record(first.resource.clone(), judge(changes));
        }
    }
}

/// One verdict on a resource: the latest change that stands out, and how many more there are.
fn judge(changes: &[&RecentChange<'_>]) -> Verdict {
    let out: Vec<&&RecentChange<'_>> = changes.iter().filter(|change| !change.stands_out.is_empty()).collect();
    let Some(latest) = out.last() else {
        let doubts = changes.iter().filter(|change| !change.change.event.record.failed()).flat_map(|change| {
            let undecided = match &change.opened {
                Opened::Unknown(reasons) => reasons.as_slice(),
                _ => &[],
            };
            let told = undecided.iter().map(|reason| Reason {
                message: format!("whether it opened access is not known: {}", reason.message),
                ..reason.clone()
            });
            told.chain(change.unsure.map(Reason::from))
        });
        return Reasons::all(doubts).map_or(Verdict::Pass, Verdict::Unknown);
    };
    let why: Vec<&str> = latest.stands_out.iter().map(|why| why.words()).collect();
    let more = match out.len() {
        1 => String::new(),
        2 => "; an earlier one stands out too".to_owned(),
        many => format!("; {} earlier ones stand out too", many - 1),
    };
    let reason = format!("{} {}{more}", latest.told(), why.join(", "));
    let event = &latest.change.event;
    let pointer = if event.record.event_id.is_some() { "/eventID" } else { "/eventTime" };
    let mut verdict = Verdict::fail(reason, latest.evidence(pointer, "this event"));
    if let Opened::Yes(witness) = &latest.opened {
        verdict = verdict.shown_by((**witness).clone());
    }
    if let Some((pointer, _)) = &latest.change.document {
        verdict = verdict.also(latest.evidence(pointer, "the policy since then").related());
    }
    for earlier in out.iter().rev().skip(1) {
        verdict = verdict.also(earlier.evidence("/eventTime", earlier.told()).related());
    }
    verdict
}

#[cfg(test)]
mod tests;
