#![doc = include_str!("README.md")]

use std::collections::BTreeSet;

use forewarn_findings::{Case, Check, Findings, Judge, Protects, Reason, Severity, Side, Verdict};
use forewarn_inventory::Fact;

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "iam.group_empty",
    title: "Group has no users",
    severity: Severity::Low,
    protects: &[Protects::Integrity],
    side: Side::Customer,
    needs: &[Fact::Groups, Fact::Users],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for account in case.accounts() {
        let used: BTreeSet<&str> = account.iam.users.iter().flat_map(|user| &user.groups).map(String::as_str).collect();
        for group in case.groups().filter(|group| group.account.id == account.id) {
            let verdict = if used.contains(group.name.as_str()) {
                Verdict::Pass
            } else if let Some(gap) = account.iam.users.rest.first() {
                // One of the users that were not read may be in it.
                Verdict::unknown(Reason::from(gap))
            } else {
                let reason = format!("no user is in the group {}", group.name);
                Verdict::fail(reason, group.evidence("/name", "no user of the account names it"))
            };
            findings.record(&group, verdict);
        }
    }
}
