#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::Fact;

use crate::iam::sets::each_set;

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "iam.policy_allows_everything",
    title: "Policy allows every action on every resource",
    severity: Severity::High,
    protects: Protects::EVERYTHING,
    side: Side::Customer,
    needs: &[Fact::Policies, Fact::Users, Fact::Groups, Fact::Roles],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    each_set(case, findings, |held, what| {
        Verdict::from_answer(case.allows_everything(held), |proof| {
            let statements = proof.hit.because.len();
            let by =
                if statements == 1 { "one statement".to_owned() } else { format!("{statements} statements together") };
            Verdict::proved(format!("{what} allows every action of every service on every resource, by {by}"), proof)
        })
    });
}
