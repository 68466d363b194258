#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Evidence, Findings, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::{Fact, Organization};

use super::{arn, each_organization};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "organizations.member_root_not_managed",
    title: "Root users of the members keep credentials of their own",
    severity: Severity::Low,
    protects: Protects::EVERYTHING,
    side: Side::Customer,
    needs: &[Fact::Organization, Fact::RootFeatures],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    each_organization(case, findings, judge);
}

/// The feature that takes root credentials of members away.
const MANAGED: &str = "RootCredentialsManagement";

fn judge(organization: &Organization) -> Verdict {
    let features = match organization.root_features.read() {
        Ok(features) => features.map(Vec::as_slice).unwrap_or_default(),
        Err(gap) => return Verdict::unknown(gap),
    };
    if features.iter().any(|feature| feature == MANAGED) {
        return Verdict::Pass;
    }
    let evidence = Evidence::at(&arn(organization), &organization.id, "", "root credentials are not managed centrally");
    Verdict::fail("root credentials of member accounts are not managed centrally", evidence)
}
