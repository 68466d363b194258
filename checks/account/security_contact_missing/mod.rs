#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::Fact;

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "account.security_contact_missing",
    title: "AWS knows no contact for security",
    severity: Severity::Medium,
    protects: &[Protects::Integrity, Protects::Availability],
    side: Side::Customer,
    needs: &[Fact::SecurityContact],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for account in case.accounts() {
        let verdict = match account.contacts.security.read() {
            Ok(Some(_)) => Verdict::Pass,
            Ok(None) => {
                let evidence = crate::on_account(account, &account.id, "", "no alternate contact for security");
                Verdict::fail("no alternate contact for security is registered", evidence)
            }
            Err(gap) => Verdict::unknown(gap),
        };
        findings.record(account, verdict);
    }
}
