#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::Fact;

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "account.not_in_organization",
    title: "Account belongs to no organisation",
    severity: Severity::Low,
    protects: &[Protects::Confidentiality, Protects::Integrity],
    side: Side::Customer,
    needs: &[Fact::Organization],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for account in case.accounts() {
        let verdict = match case.inventory().organization.read() {
            Ok(Some(_)) => Verdict::Pass,
            Ok(None) => {
                let evidence = crate::on_account(account, &account.id, "", "belongs to no organisation");
                Verdict::fail("the account belongs to no organisation, so no guardrail stands over it", evidence)
            }
            Err(gap) => Verdict::unknown(gap),
        };
        findings.record(account, verdict);
    }
}
