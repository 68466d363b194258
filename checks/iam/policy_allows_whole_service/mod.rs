#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, Held, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::Fact;

use super::sets::{each_set, everything, first_of};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "iam.policy_allows_whole_service",
    title: "Policy allows every action of a service on every resource",
    severity: Severity::Medium,
    protects: Protects::EVERYTHING,
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
    match case.whole_services(held) {
        Err(reasons) => Verdict::Unknown(*reasons),
        Ok(None) => Verdict::Pass,
        Ok(Some(whole)) => {
            let all = first_of(whole.services.iter().copied(), "service", "services");
            Verdict::proved(format!("{what} allows every action of {all} on every resource"), whole.proof)
        }
    }
}
