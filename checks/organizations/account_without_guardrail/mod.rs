#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Evidence, Findings, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::{Account, Fact};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "organizations.account_without_guardrail",
    title: "No service control policy limits the account",
    severity: Severity::Medium,
    protects: Protects::EVERYTHING,
    side: Side::Customer,
    needs: &[Fact::Organization, Fact::OrganizationAccounts, Fact::OrganizationUnits, Fact::ServiceControlPolicies],
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
        return Verdict::not_applicable("no service control policy reaches the management account");
    }
    match case.is_without_guardrail(account) {
        Ok(false) => Verdict::Pass,
        Err(reasons) => Verdict::Unknown(*reasons),
        Ok(true) => {
            let evidence =
                Evidence::at(&account.arn(), &account.id, "", "no policy over the account leaves anything out");
            Verdict::fail(format!("no service control policy keeps {} from anything", account.id), evidence)
        }
    }
}
