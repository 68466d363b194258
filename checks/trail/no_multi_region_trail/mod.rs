#![doc = include_str!("README.md")]

use forewarn_findings::monitoring::left_out;
use forewarn_findings::{Case, Check, Findings, In, Judge, Protects, Reason, Reasons, Severity, Side, Verdict};
use forewarn_inventory::{Account, Fact, Trail};

use super::recorded::{no_status, with_selectors, with_status};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "trail.no_multi_region_trail",
    title: "No trail records the management events of every region",
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

/// One good trail is enough; one that cannot be judged may be it.
fn judge(case: &Case<'_>, account: &Account) -> Verdict {
    let mut doubts: Vec<Reason> = Vec::new();
    let mut lacking: Vec<(In<'_, Trail>, Lack)> = Vec::new();
    for trail in &account.trail.trails {
        let trail = In::new(account, trail);
        match lack(case, &trail) {
            Ok(None) => return Verdict::Pass,
            Ok(Some(lack)) => lacking.push((trail, lack)),
            Err(reasons) => doubts.extend(reasons),
        }
    }
    if let Some(reasons) = Reasons::all(doubts) {
        return Verdict::Unknown(reasons);
    }
    let mut words: Vec<String> =
        lacking.iter().take(NAMED).map(|(trail, lack)| format!("{} {}", trail.name, lack.words)).collect();
    if lacking.len() > NAMED {
        words.push(format!("{} more do not either", lacking.len() - NAMED));
    }
    let mut evidence =
        lacking.iter().map(|(trail, lack)| lack.seen.evidence(lack.pointer, format!("{} {}", trail.name, lack.words)));
    let Some(first) = evidence.next() else {
        let evidence = crate::on_account(account, &account.trail, "/trails", "no trail");
        return Verdict::fail("the account has no trail", evidence);
    };
    let reason = format!("no trail records every management event of every region: {}", words.join("; "));
    evidence.fold(Verdict::fail(reason, first), Verdict::also)
}

/// How many trails a reason names.
const NAMED: usize = 3;

/// Why a trail is not the one that is wanted.
struct Lack<'a> {
    words: String,
    /// The trail as the account sees it that could read the deciding part.
    seen: In<'a, Trail>,
    pointer: &'static str,
}

/// What keeps the trail from recording every management event of every region; `None` = nothing. What could not be read
/// matters only where nothing else keeps it from that.
fn lack<'a>(case: &Case<'a>, trail: &In<'a, Trail>) -> Result<Option<Lack<'a>>, Vec<Reason>> {
    let found = |words: String, seen: In<'a, Trail>, pointer| Ok(Some(Lack { words, seen, pointer }));
    if !trail.multi_region {
        return found(format!("records {} only", trail.home_region), *trail, "/multi_region");
    }
    let (running, recording) = (with_status(case, trail), with_selectors(case, trail));
    let (status, selectors) = (running.item().status.read(), recording.item().selectors.read());
    if status.is_ok_and(|status| status.is_some_and(|status| !status.logging)) {
        return found("is stopped".to_owned(), running, "/status/logging");
    }
    let without = selectors.map(left_out).unwrap_or_default();
    if !without.is_empty() {
        return found(format!("leaves out {}", without.join(", ")), recording, "/selectors");
    }
    let mut doubts: Vec<Reason> = [status.err(), selectors.err()].into_iter().flatten().map(Reason::from).collect();
    if status == Ok(None) {
        doubts.push(no_status());
    }
    if doubts.is_empty() { Ok(None) } else { Err(doubts) }
}
