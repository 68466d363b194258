#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, In, Judge, Reason, Reasons, Severity, Verdict};
use forewarn_inventory::{Account, Fact, FieldSelector, Gap, Selectors, Trail};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "trail.no_multi_region_trail",
    title: "No trail records the management events of every region",
    severity: Severity::High,
    needs: &[Fact::Trails, Fact::TrailStatus, Fact::TrailSelectors],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for account in case.accounts() {
        findings.record_one_suffices(account, judge(account));
    }
}

/// One good trail is enough; one that cannot be judged may be it.
fn judge(account: &Account) -> Verdict {
    let mut doubts: Vec<Reason> = Vec::new();
    for trail in account.trail.trails.iter().filter(|trail| trail.multi_region) {
        match records_management(trail) {
            Ok(true) => return Verdict::Pass,
            Ok(false) => {}
            Err(gap) => doubts.push(Reason::from(gap)),
        }
    }
    if let Some(reasons) = Reasons::all(doubts) {
        return Verdict::Unknown(reasons);
    }
    let reason = match account.trail.trails.items.len() {
        0 => "the account has no trail".to_owned(),
        1 => "the one trail does not record all management events of every region, or is stopped".to_owned(),
        trails => format!("none of {trails} trails records all management events of every region and is running"),
    };
    let mut evidence = account.trail.trails.iter().map(|trail| {
        let note = if trail.multi_region { "every region, but stopped or narrowed" } else { "one region" };
        In::new(account, trail).evidence("/multi_region", note)
    });
    let first = evidence.next().unwrap_or_else(|| crate::on_account(account, &account.trail, "/trails", "no trail"));
    evidence.fold(Verdict::fail(reason, first), Verdict::also)
}

/// Whether the trail is running and records all management events, reads and writes.
fn records_management(trail: &Trail) -> Result<bool, &Gap> {
    let logging = trail.status.read()?.is_some_and(|status| status.logging);
    if !logging {
        return Ok(false);
    }
    Ok(trail.selectors.read()?.is_some_and(covers_management))
}

fn covers_management(selectors: &Selectors) -> bool {
    let basic = selectors.basic.iter().any(|selector| {
        selector.management_events && selector.read_write == "All" && selector.excluded_sources.is_empty()
    });
    basic || selectors.advanced.iter().any(|fields| advanced_covers(fields))
}

/// An advanced selector for management events that nothing but the category narrows.
fn advanced_covers(fields: &[FieldSelector]) -> bool {
    let is_category = |field: &FieldSelector| {
        field.field == "eventCategory" && field.equals.iter().any(|value| value == "Management")
    };
    fields.iter().any(is_category) && fields.iter().all(|field| field.field == "eventCategory")
}
