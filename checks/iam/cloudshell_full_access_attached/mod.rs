#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Evidence, Findings, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::{Account, AttachedPolicy, Fact};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "iam.cloudshell_full_access_attached",
    title: "Somebody may carry files in and out through CloudShell",
    severity: Severity::Low,
    protects: &[Protects::Confidentiality],
    side: Side::Customer,
    needs: &[Fact::Users, Fact::Groups, Fact::Roles],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

/// The policy of AWS's that allows up- and downloads.
const FULL: &str = ":iam::aws:policy/AWSCloudShellFullAccess";

fn run(case: &Case<'_>, findings: &mut Findings) {
    for account in case.accounts() {
        findings.record(account, judge(account));
    }
}

fn judge(account: &Account) -> Verdict {
    let held = |policy: &AttachedPolicy| policy.arn.ends_with(FULL);
    let users = account.iam.users.iter().map(|user| (user.name.as_str(), user.arn.as_str(), &user.attached));
    let groups = account.iam.groups.iter().map(|group| (group.name.as_str(), group.arn.as_str(), &group.attached));
    let roles = account.iam.roles.iter().map(|role| (role.name.as_str(), role.arn.as_str(), &role.attached));
    let holders: Vec<(&str, Evidence)> = users
        .chain(groups)
        .chain(roles)
        .filter_map(|(name, arn, attached)| {
            let at = attached.iter().position(held)?;
            let node = serde_json::json!({ "attached": attached });
            Some((name, Evidence::at(arn, &node, &format!("/attached/{at}/arn"), "attached")))
        })
        .collect();
    let names: Vec<&str> = holders.iter().map(|(name, _)| *name).collect();
    let reason = format!("AWSCloudShellFullAccess is attached to {}", names.join(", "));
    let mut evidence = holders.into_iter().map(|(_, evidence)| evidence);
    match evidence.next() {
        Some(first) => evidence.fold(Verdict::fail(reason, first), Verdict::also),
        None => Verdict::Pass,
    }
}
