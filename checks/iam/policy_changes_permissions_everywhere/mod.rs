#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, Held, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::Fact;
use forewarn_policy::Wanted;
use forewarn_policy::catalogue::Access;

use super::sets::{each_set, everything, first_of};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "iam.policy_changes_permissions_everywhere",
    title: "Policy allows to change permissions on every resource",
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
    let found = match case.everywhere(held, Wanted::AnyOf(Access::PermissionsManagement)) {
        Err(reasons) => return Verdict::Unknown(*reasons),
        Ok(None) => return Verdict::Pass,
        Ok(Some(found)) => found,
    };
    let names = found.actions.values().flatten().map(String::as_str);
    let all = first_of(names, "action", "actions");
    Verdict::proved(format!("{what} allows {all} on every resource"), found.proof)
}
