#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Evidence, Findings, Judge, Protects, Reason, Severity, Side, Verdict};
use forewarn_inventory::{Account, Fact};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "organizations.account_directly_under_root",
    title: "Account stands directly under the root of the organisation",
    severity: Severity::Low,
    protects: &[Protects::Confidentiality, Protects::Integrity],
    side: Side::Customer,
    needs: &[Fact::Organization, Fact::OrganizationAccounts, Fact::OrganizationUnits],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for account in case.accounts() {
        findings.record(account, judge(case, account));
    }
}

fn judge(case: &Case<'_>, account: &Account) -> Verdict {
    let organization = match case.inventory().organization.read() {
        Ok(Some(organization)) => organization,
        Ok(None) => return Verdict::not_applicable("the account belongs to no organisation"),
        Err(gap) => return Verdict::unknown(gap),
    };
    if organization.management_account == account.id {
        return Verdict::not_applicable("the management account may stand under the root");
    }
    let member = organization.accounts.iter().find(|member| member.id == account.id);
    let parent = member.and_then(|member| member.parent.as_ref());
    let unit = parent.and_then(|parent| organization.units.iter().find(|unit| unit.id == *parent));
    let Some(unit) = unit else {
        let gap = organization.accounts.rest.first().or(organization.units.rest.first());
        return Verdict::unknown(gap.map_or_else(
            || Reason {
                code: "not_reported".to_owned(),
                message: "the account's place in the organisation is not known".to_owned(),
                gap: None,
            },
            Reason::from,
        ));
    };
    match (&unit.parent, member) {
        (None, Some(member)) => {
            let evidence = Evidence::at(&account.arn(), member, "/parent", "the root");
            Verdict::fail(format!("{} stands in no organisational unit", account.id), evidence)
        }
        _ => Verdict::Pass,
    }
}
