#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, Held, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::Fact;
use forewarn_policy::Wanted;
use forewarn_policy::catalogue::Access;

use super::sets::{each_set, everything, first_of};

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

fn judge(case: &Case<'_>, held: &[Held<'_>], what: &str) -> Verdict {
    if let Some(verdict) = everything(case, held, what) {
        return verdict;
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
    let all = first_of(found.actions.keys().copied(), "service", "services");
    Verdict::proved(format!("{what} allows every write action of {all} on every resource"), found.proof)
}
