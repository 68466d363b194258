#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::{Fact, Role};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "iam.support_role_missing",
    title: "No role may open cases with AWS Support",
    severity: Severity::Low,
    protects: &[Protects::Availability],
    side: Side::Customer,
    needs: &[Fact::Roles],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

/// The policy that AWS made for it.
const SUPPORT: &str = ":iam::aws:policy/AWSSupportAccess";

fn run(case: &Case<'_>, findings: &mut Findings) {
    for account in case.accounts() {
        let held = |role: &Role| role.attached.iter().any(|policy| policy.arn.ends_with(SUPPORT));
        let verdict = if account.iam.roles.iter().any(held) {
            Verdict::Pass
        } else {
            let evidence = crate::on_account(account, &account.id, "", "no role holds AWSSupportAccess");
            Verdict::fail("no role of the account holds the policy AWSSupportAccess", evidence)
        };
        findings.record_one_suffices(account, verdict);
    }
}
