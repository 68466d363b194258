#![doc = include_str!("README.md")]

use forewarn_findings::{Answer, Case, Check, Findings, Held, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::Fact;
use forewarn_policy::Wanted;
use forewarn_policy::catalogue::Access;

use super::sets::each_set;

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "iam.policy_writes_everywhere",
    title: "Policy allows every write action of a service on every resource",
    severity: Severity::Low,
    protects: &[Protects::Integrity, Protects::Availability],
    side: Side::Customer,
    needs: &[Fact::Policies, Fact::Users, Fact::Groups, Fact::Roles],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    each_set(case, findings, |held, what| judge(case, held, what));
}

/// How many services are named.
const NAMED: usize = 5;

fn judge(case: &Case<'_>, held: &[Held<'_>], what: &str) -> Verdict {
    match case.allows_everything(held) {
        Answer::Yes(_) => {
            return Verdict::not_applicable(format!("{what} allows everything, which is a finding of its own"));
        }
        Answer::No => {}
        Answer::Unknown(reasons) => return Verdict::Unknown(reasons),
    }
    // A service of which nothing is left out is a finding of its own.
    match case.whole_services(held) {
        Err(reasons) => return Verdict::Unknown(*reasons),
        Ok(Some(_)) => {
            return Verdict::not_applicable(format!("{what} allows whole services, which is a finding of its own"));
        }
        Ok(None) => {}
    }
    let found = match case.everywhere(held, Wanted::AllOf(Access::Write)) {
        Err(reasons) => return Verdict::Unknown(*reasons),
        Ok(None) => return Verdict::Pass,
        Ok(Some(found)) => found,
    };
    let named = found.actions.keys().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    let all = match found.actions.len().saturating_sub(NAMED) {
        0 => named,
        1 => format!("{named} and one other service"),
        more => format!("{named} and {more} other services"),
    };
    Verdict::proved(format!("{what} allows every write action of {all} on every resource"), found.proof)
}
