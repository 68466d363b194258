#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, Judge, Protects, Reason, Severity, Side, Verdict};
use forewarn_inventory::Fact;

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "iam.group_with_one_user",
    title: "Group has a single user",
    severity: Severity::Informational,
    protects: &[Protects::Integrity],
    side: Side::Customer,
    needs: &[Fact::Groups, Fact::Users],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for group in case.groups() {
        let users = &group.account.iam.users;
        let members: Vec<&str> =
            users.iter().filter(|user| user.groups.contains(&group.name)).map(|user| user.name.as_str()).collect();
        let verdict = match (members.as_slice(), users.rest.first()) {
            ([_, _, ..], _) => Verdict::Pass,
            // One of the users that were not read may be in it.
            (_, Some(gap)) => Verdict::unknown(Reason::from(gap)),
            ([], None) => Verdict::not_applicable("nobody is in the group, which is a finding of its own"),
            ([only], None) => {
                let reason = format!("{only} alone is in the group {}", group.name);
                Verdict::fail(reason, group.evidence("/name", "one user of the account names it"))
            }
        };
        findings.record(&group, verdict);
    }
}
