//! Which organisation policies stand over an account.

use forewarn_inventory::{Account, Cause, Gap, Listing, Observed, OrgPolicy, Organization, PolicyText};

use crate::{Answer, Case, Held, Reasons};

impl Case<'_> {
    /// Whether the service control policies over an account leave nothing out, so that they limit nothing.
    ///
    /// An account outside an organisation, and a management account, have none that could: there the answer is Yes too.
    ///
    /// # Errors
    /// Why it could not be decided.
    pub fn is_without_guardrail(&self, account: &Account) -> Result<bool, Box<Reasons>> {
        let levels = levels(&self.inventory().organization, &account.id, |organization| &organization.scps);
        for level in levels.map_err(|gap| Box::new(Reasons::one(&gap)))? {
            // A level without any is one of an organisation that has this type of policy switched off.
            if level.is_empty() {
                continue;
            }
            let arn = account.arn();
            let held: Vec<Held<'_>> =
                level.iter().map(|text| Held { arn: &arn, node: &(), pointer: String::new(), text }).collect();
            match self.allows_everything(&held) {
                Answer::Yes(_) => {}
                Answer::No => return Ok(false),
                Answer::Unknown(reasons) => return Err(Box::new(reasons)),
            }
        }
        Ok(true)
    }
}

/// The texts that stand over `account`, one list per level: root, units, account (facts A3, A4).
///
/// No level for the management account, which neither kind touches.
///
/// # Errors
/// The gap that keeps the answer from being whole.
pub(crate) fn levels(
    organization: &Observed<Organization>,
    account: &str,
    policies: fn(&Organization) -> &Listing<OrgPolicy>,
) -> Result<Vec<Vec<PolicyText>>, Gap> {
    let Some(organization) = organization.read().map_err(Clone::clone)? else { return Ok(Vec::new()) };
    if organization.management_account == account {
        return Ok(Vec::new());
    }
    let policies = policies(organization);
    if let Some(gap) = policies.rest.first() {
        return Err(gap.clone());
    }
    path(organization, account)?.iter().map(|node| attached(policies, node)).collect()
}

/// The texts attached to one root, unit or account.
fn attached(policies: &Listing<OrgPolicy>, node: &str) -> Result<Vec<PolicyText>, Gap> {
    let mut found = Vec::new();
    for policy in policies {
        if let Some(gap) = policy.targets.rest.first() {
            return Err(gap.clone());
        }
        if policy.targets.items.iter().any(|target| target == node)
            && let Some(document) = policy.document.read().map_err(Clone::clone)?
        {
            found.push(document.clone());
        }
    }
    Ok(found)
}

/// The ids from the root down to the account.
fn path(organization: &Organization, account: &str) -> Result<Vec<String>, Gap> {
    let lost = |operation: &str| {
        let gap = Gap::new(Cause::Malformed, operation).on(account);
        gap.detail("the account's place in the organisation is not known")
    };
    let missing = |listing: &[Gap], operation: &str| listing.first().cloned().unwrap_or_else(|| lost(operation));
    let mut parent = organization
        .accounts
        .iter()
        .find(|member| member.id == account)
        .and_then(|member| member.parent.clone())
        .ok_or_else(|| missing(&organization.accounts.rest, "organizations:ListAccounts"))?;
    let mut path = vec![account.to_owned()];
    // INVARIANT: every round adds one unit, so a hierarchy that loops ends after as many rounds as there are units.
    for _ in 0..=organization.units.items.len() {
        path.push(parent.clone());
        let unit = organization
            .units
            .iter()
            .find(|unit| unit.id == parent)
            .ok_or_else(|| missing(&organization.units.rest, "organizations:ListOrganizationalUnitsForParent"))?;
        if let Some(above) = &unit.parent {
            parent.clone_from(above);
        } else {
            path.reverse();
            return Ok(path);
        }
    }
    Err(lost("organizations:ListOrganizationalUnitsForParent"))
}

#[cfg(test)]
mod tests {
    use forewarn_inventory::overlay;
    use serde_json::json;

    use super::*;

    fn organization(rcps: &serde_json::Value) -> Observed<Organization> {
        overlay::inventory(&json!({ "organization": {
            "units": [
                { "id": "r-1", "name": "Root", "parent": null },
                { "id": "ou-1", "name": "Workloads", "parent": "r-1" },
            ],
            "accounts": [{ "id": "111111111111", "parent": "ou-1" }],
            "rcps": rcps,
        } }))
        .unwrap()
        .organization
    }

    #[test]
    fn levels_go_from_the_root_to_the_account() {
        let organization = organization(&json!([
            { "id": "p-account", "document": "account", "targets": ["111111111111"] },
            { "id": "p-root", "document": "root", "targets": ["r-1"] },
        ]));
        let levels = levels(&organization, "111111111111", |organization| &organization.rcps).unwrap();
        let texts: Vec<Vec<&str>> = levels.iter().map(|level| level.iter().map(PolicyText::as_str).collect()).collect();
        assert_eq!(texts, [vec!["root"], vec![], vec!["account"]]);
    }

    #[test]
    fn the_management_account_has_none() {
        let organization = organization(&json!([{ "id": "p", "document": "x", "targets": ["r-1"] }]));
        assert_eq!(levels(&organization, "000000000001", |organization| &organization.rcps), Ok(Vec::new()));
    }

    #[test]
    fn an_unread_text_on_the_path_is_a_gap_and_one_beside_it_is_not() {
        let unread = json!({ "unreadable": { "cause": "denied", "operation": "organizations:DescribePolicy" } });
        let on = organization(&json!([{ "id": "p", "document": unread, "targets": ["ou-1"] }]));
        assert_eq!(
            levels(&on, "111111111111", |organization| &organization.rcps),
            Err(Gap::new(Cause::Denied, "organizations:DescribePolicy"))
        );
        let beside = organization(&json!([{ "id": "p", "document": unread, "targets": ["222222222222"] }]));
        assert!(levels(&beside, "111111111111", |organization| &organization.rcps).is_ok());
    }

    #[test]
    fn an_account_without_a_known_place_is_a_gap() {
        assert!(levels(&organization(&json!([])), "999999999999", |organization| &organization.rcps).is_err());
    }
}
