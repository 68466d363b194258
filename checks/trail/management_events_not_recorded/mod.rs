#![doc = include_str!("README.md")]

use std::collections::BTreeMap;

use forewarn_findings::monitoring::left_out;
use forewarn_findings::{Case, Check, Findings, In, Judge, Protects, Reason, Reasons, Severity, Side, Verdict};
use forewarn_inventory::{Account, Fact, RegionStatus, Selectors, Trail};

use super::recorded::{unread, with_selectors, with_status};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "trail.management_events_not_recorded",
    title: "Management events of a region are not all recorded",
    severity: Severity::High,
    protects: &[Protects::Integrity],
    side: Side::Customer,
    needs: &[Fact::Trails, Fact::TrailStatus, Fact::TrailSelectors],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for account in case.accounts() {
        findings.record_one_suffices(account, judge(case, account));
    }
}

/// All running trails of a region count together.
fn judge(case: &Case<'_>, account: &Account) -> Verdict {
    let assessed = account.regions.iter().filter(|(_, status)| **status == RegionStatus::Assessed);
    let mut lacking: BTreeMap<Vec<String>, Vec<&str>> = BTreeMap::new();
    let mut doubts: Vec<Reason> = Vec::new();
    let mut asked = false;
    for (region, _) in assessed {
        asked = true;
        let mut recorded = Selectors::default();
        let mut unread: Vec<Reason> = Vec::new();
        for trail in account.trail.trails.iter().filter(|trail| trail.multi_region || trail.home_region == *region) {
            match records(case, &In::new(account, trail)) {
                Ok(None) => {}
                Ok(Some(selectors)) => {
                    recorded.basic.extend(selectors.basic.iter().cloned());
                    recorded.advanced.extend(selectors.advanced.iter().cloned());
                }
                Err(reasons) => unread.extend(reasons),
            }
        }
        let left = left_out(Some(&recorded));
        match (left.is_empty(), unread.is_empty()) {
            (true, _) => {}
            (false, false) => doubts.extend(unread),
            (false, true) => lacking.entry(left).or_default().push(region),
        }
    }
    let words: Vec<String> =
        lacking.iter().map(|(left, regions)| format!("{} of {}", left.join(", "), named(regions))).collect();
    if !asked {
        let message = "no region of the account was assessed".to_owned();
        return Verdict::unknown(Reason { code: "no_region".to_owned(), message, gap: None });
    }
    if words.is_empty() {
        return Reasons::all(doubts).map_or(Verdict::Pass, Verdict::Unknown);
    }
    let mut evidence = account
        .trail
        .trails
        .iter()
        .map(|trail| In::new(account, trail).evidence("/selectors", "what this trail records"));
    let reason = format!("no trail records {}", words.join("; "));
    let first = match evidence.next() {
        Some(first) => first,
        None => crate::on_account(account, &account.trail, "/trails", "no trail"),
    };
    evidence.fold(Verdict::fail(reason, first), Verdict::also)
}

/// What a trail records where it runs; `None` = it is stopped.
///
/// # Errors
/// What could not be read of it.
fn records<'a>(case: &Case<'a>, trail: &In<'a, Trail>) -> Result<Option<&'a Selectors>, Vec<Reason>> {
    let status = with_status(case, trail).item().status.read();
    let selectors = with_selectors(case, trail).item().selectors.read();
    match (status, selectors) {
        (Ok(Some(status)), _) if !status.logging => Ok(None),
        (Ok(Some(_)), Ok(selectors)) => Ok(selectors),
        (status, selectors) => Err(unread(status, selectors.err())),
    }
}

/// How many regions a reason names.
const NAMED: usize = 3;

fn named(regions: &[&str]) -> String {
    let mut words: Vec<String> = regions.iter().take(NAMED).map(|region| (*region).to_owned()).collect();
    if regions.len() > NAMED {
        words.push(format!("{} more regions", regions.len() - NAMED));
    }
    words.join(", ")
}
