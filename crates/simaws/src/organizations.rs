//! Organizations: JSON 1.1, as the management account or a delegated one sees it.

use forewarn_inventory::{DelegatedAdministrator, Listing, OrgAccount, OrgPolicy, OrgUnit, Organization};
use serde_json::{Map, Value, json};

use crate::answer::Reply;
use crate::call::Call;
use crate::fault::{Trouble, read};

pub(crate) fn answer(call: &Call<'_>) -> Result<Reply, Trouble> {
    let Some(organization) = read(&call.world.inventory.organization)? else {
        return Err(Call::failure(
            400,
            "AWSOrganizationsNotInUseException",
            "Your account is not a member of an organization.",
        ));
    };
    let value = match call.action() {
        "DescribeOrganization" => describe(call, organization),
        "ListAccounts" => {
            let accounts: Vec<&OrgAccount> = organization.accounts.iter().collect();
            let rest = &organization.accounts.rest;
            let cut = rest.iter().find(|gap| !gap.operation.ends_with(":ListAccountsForParent"));
            list(call, "Accounts", &accounts, cut, |entry| account(organization, entry))?
        }
        "ListAccountsForParent" => {
            let parent = parent(call, organization)?;
            let accounts: Vec<&OrgAccount> =
                organization.accounts.iter().filter(|account| account.parent.as_deref() == Some(parent)).collect();
            let cut = cut_at(&organization.accounts, parent).filter(|gap| !gap.operation.ends_with(":ListAccounts"));
            list(call, "Accounts", &accounts, cut, |entry| account(organization, entry))?
        }
        "ListDelegatedAdministrators" => {
            let delegated = &organization.delegated_administrators;
            let all: Vec<&DelegatedAdministrator> = delegated.iter().collect();
            list(call, "DelegatedAdministrators", &all, delegated.rest.first(), |account| {
                json!({ "Id": account.id, "Name": account.name, "Status": "ACTIVE",
                        "Arn": arn(organization, &format!("account/{}/{}", organization.id, account.id)) })
            })?
        }
        "ListRoots" => {
            let roots: Vec<&OrgUnit> = organization.units.iter().filter(|unit| unit.parent.is_none()).collect();
            let cut = organization
                .units
                .rest
                .iter()
                .find(|gap| gap.operation.ends_with(":ListRoots") || (roots.is_empty() && gap.resource.is_none()));
            list(call, "Roots", &roots, cut, |root| {
                json!({ "Id": root.id, "Name": root.name, "Arn": arn(organization, &format!("root/{}/{}", organization.id, root.id)),
                        "PolicyTypes": policy_types() })
            })?
        }
        "ListOrganizationalUnitsForParent" => {
            let parent = parent(call, organization)?;
            let units: Vec<&OrgUnit> =
                organization.units.iter().filter(|unit| unit.parent.as_deref() == Some(parent)).collect();
            let cut = cut_at(&organization.units, parent).filter(|gap| !gap.operation.ends_with(":ListRoots"));
            list(call, "OrganizationalUnits", &units, cut, |unit| {
                json!({ "Id": unit.id, "Name": unit.name, "Path": path(organization, &unit.id),
                        "Arn": arn(organization, &format!("ou/{}/{}", organization.id, unit.id)) })
            })?
        }
        "ListPolicies" => {
            let policies = match call.parameter("Filter") {
                Some("SERVICE_CONTROL_POLICY") => &organization.scps,
                Some("RESOURCE_CONTROL_POLICY") => &organization.rcps,
                _ => return Err(call.bad_input("You specified an invalid value for Filter")),
            };
            let all: Vec<&OrgPolicy> = policies.iter().collect();
            list(call, "Policies", &all, policies.rest.first(), summary)?
        }
        "DescribePolicy" => {
            let policy = policy(call, organization)?;
            let content = read(&policy.document)?.ok_or_else(no_policy)?;
            json!({ "Policy": { "PolicySummary": summary(policy), "Content": content.as_str() } })
        }
        "ListTargetsForPolicy" => {
            let policy = policy(call, organization)?;
            let targets: Vec<&String> = policy.targets.iter().collect();
            list(call, "Targets", &targets, policy.targets.rest.first(), |id| target(organization, id))?
        }
        _ => return Err(call.unserved()),
    };
    Ok(Reply::json(&value))
}

/// A page of `items` under `name`.
fn list<T: Copy>(
    call: &Call<'_>,
    name: &str,
    items: &[T],
    cut: Option<&forewarn_inventory::Gap>,
    each: impl Fn(T) -> Value,
) -> Result<Value, Trouble> {
    let page = call.page(items.len(), cut, "NextToken", "MaxResults")?;
    let mut fields = Map::new();
    fields.insert(name.to_owned(), page.of(items).iter().map(|item| each(*item)).collect());
    if let Some(next) = page.next {
        fields.insert("NextToken".to_owned(), next.into());
    }
    Ok(Value::Object(fields))
}

/// The gap of a list that is read parent by parent: one that names another parent does not concern this one.
fn cut_at<'o, T>(listing: &'o Listing<T>, parent: &str) -> Option<&'o forewarn_inventory::Gap> {
    listing.rest.iter().find(|gap| gap.resource.as_deref().is_none_or(|resource| resource == parent))
}

fn arn(organization: &Organization, rest: &str) -> String {
    format!("arn:aws:organizations::{}:{rest}", organization.management_account)
}

fn describe(call: &Call<'_>, organization: &Organization) -> Value {
    let management = &organization.management_account;
    let partition = &call.account.partition;
    json!({ "Organization": {
        "Id": organization.id,
        "Arn": format!("arn:{partition}:organizations::{management}:organization/{}", organization.id),
        "FeatureSet": "ALL",
        "MasterAccountArn":
            format!("arn:{partition}:organizations::{management}:account/{}/{management}", organization.id),
        "MasterAccountId": management,
        "MasterAccountEmail": "aws@example.com",
        "AvailablePolicyTypes": policy_types(),
    } })
}

fn policy_types() -> Value {
    json!([
        { "Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED" },
        { "Type": "RESOURCE_CONTROL_POLICY", "Status": "ENABLED" },
    ])
}

fn account(organization: &Organization, account: &OrgAccount) -> Value {
    let state = if account.active { "ACTIVE" } else { account.state.as_deref().unwrap_or("SUSPENDED") };
    let mut made = json!({
        "Id": account.id,
        "Arn": arn(organization, &format!("account/{}/{}", organization.id, account.id)),
        "Email": format!("{}@example.com", account.id),
        "Name": account.name,
        "Status": state,
        "State": state,
        "JoinedMethod": "CREATED",
        "JoinedTimestamp": 1_577_836_800,
    });
    if let (Some(parent), Value::Object(fields)) = (&account.parent, &mut made) {
        fields.insert("Paths".to_owned(), json!([format!("{}{}/", path(organization, parent), account.id)]));
    }
    made
}

/// The way from the organisation down to a unit, as far as the units are known: `o-…/r-…/ou-…/`.
fn path(organization: &Organization, unit: &str) -> String {
    let mut steps = vec![unit];
    let mut at = unit;
    // A chain longer than the units is a circle.
    for _ in &organization.units.items {
        let Some(found) = organization.units.iter().find(|candidate| candidate.id == at) else { break };
        let Some(parent) = found.parent.as_deref() else { break };
        steps.push(parent);
        at = parent;
    }
    steps.push(&organization.id);
    steps.reverse();
    format!("{}/", steps.join("/"))
}

/// The root or unit that a call names.
fn parent<'c>(call: &'c Call<'_>, organization: &Organization) -> Result<&'c str, Trouble> {
    let parent = call.parameter("ParentId").unwrap_or_default();
    let known = organization.units.iter().any(|unit| unit.id == parent)
        || organization.accounts.iter().any(|account| account.parent.as_deref() == Some(parent));
    if known {
        Ok(parent)
    } else {
        let message = "We can't find a root or OU with the specified ParentId";
        Err(Call::failure(400, "ParentNotFoundException", message))
    }
}

fn no_policy() -> Trouble {
    Call::failure(400, "PolicyNotFoundException", "We can't find a policy with the specified PolicyId")
}

fn policy<'o>(call: &Call<'_>, organization: &'o Organization) -> Result<&'o OrgPolicy, Trouble> {
    let id = call.parameter("PolicyId").unwrap_or_default();
    organization.scps.iter().chain(&organization.rcps).find(|policy| policy.id == id).ok_or_else(no_policy)
}

fn summary(policy: &OrgPolicy) -> Value {
    let resource = policy.arn.contains("/resource_control_policy/");
    json!({
        "Id": policy.id,
        "Arn": policy.arn,
        "Name": policy.name,
        "Description": "",
        "Type": if resource { "RESOURCE_CONTROL_POLICY" } else { "SERVICE_CONTROL_POLICY" },
        "AwsManaged": policy.aws_managed,
    })
}

fn target(organization: &Organization, id: &str) -> Value {
    let (kind, way) = match id {
        id if id.starts_with("r-") => ("ROOT", "root"),
        id if id.starts_with("ou-") => ("ORGANIZATIONAL_UNIT", "ou"),
        _ => ("ACCOUNT", "account"),
    };
    let name = organization
        .units
        .iter()
        .map(|unit| (&unit.id, &unit.name))
        .chain(organization.accounts.iter().map(|account| (&account.id, &account.name)))
        .find(|(found, _)| *found == id)
        .map_or(id, |(_, name)| name);
    json!({
        "TargetId": id,
        "Arn": arn(organization, &format!("{way}/{}/{id}", organization.id)),
        "Name": name,
        "Type": kind,
    })
}
