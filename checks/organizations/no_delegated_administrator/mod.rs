#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Evidence, Findings, Judge, Protects, Reason, Severity, Side, Verdict};
use forewarn_inventory::{Fact, Organization};

use super::{arn, each_organization};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "organizations.no_delegated_administrator",
    title: "Only the management account administers the organisation",
    severity: Severity::Low,
    protects: &[Protects::Confidentiality, Protects::Integrity],
    side: Side::Customer,
    needs: &[Fact::Organization, Fact::DelegatedAdministrators],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    each_organization(case, findings, judge);
}

fn judge(organization: &Organization) -> Verdict {
    let delegated = &organization.delegated_administrators;
    if let Some(gap) = delegated.rest.first().filter(|_| delegated.items.is_empty()) {
        return Verdict::unknown(Reason::from(gap));
    }
    let other = delegated.iter().any(|account| account.id != organization.management_account);
    if other {
        return Verdict::Pass;
    }
    let evidence =
        Evidence::at(&arn(organization), organization, "/management_account", "the only one that administers");
    Verdict::fail("no account but the management account administers a service", evidence)
}
