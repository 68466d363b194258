//! Checks about an organisation, and an account's place in it.

use forewarn_findings::{Case, Check, Findings, Resource, Verdict};
use forewarn_inventory::Organization;

mod account_directly_under_root;
mod account_without_guardrail;
mod member_root_not_managed;
mod no_delegated_administrator;

/// The checks of this folder.
#[rustfmt::skip]
pub(crate) const CHECKS: &[&Check] = &[
    &account_directly_under_root::CHECK,
    &account_without_guardrail::CHECK,
    &member_root_not_managed::CHECK,
    &no_delegated_administrator::CHECK,
];

/// The ARN of an organisation.
fn arn(organization: &Organization) -> String {
    let management = &organization.management_account;
    format!("arn:aws:organizations::{management}:organization/{}", organization.id)
}

/// One verdict on the organisation. Where there is none, or where it cannot be read, one on each account. Where no account
/// was entered nothing is judged.
fn each_organization(case: &Case<'_>, findings: &mut Findings, judge: impl Fn(&Organization) -> Verdict) {
    if case.accounts().next().is_none() {
        return;
    }
    match case.inventory().organization.read() {
        Ok(Some(organization)) => {
            let account = organization.management_account.clone();
            findings.record(Resource { arn: arn(organization), account, region: None }, judge(organization));
        }
        Ok(None) => {
            for account in case.accounts() {
                findings.record(account, Verdict::not_applicable("the account belongs to no organisation"));
            }
        }
        Err(gap) => {
            for account in case.accounts() {
                findings.record(account, Verdict::unknown(gap));
            }
        }
    }
}
