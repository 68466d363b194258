//! The organisation, as far as the account may see it: a member account sees that there is one, and no more.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_organizations::Client;
use aws_sdk_organizations::types::{Account, PolicyType};
use forewarn_inventory::{
    DelegatedAdministrator, Fact, Gap, Listing, Observed, OrgAccount, OrgPolicy, OrgUnit, Organization, PolicyText,
};
use futures_util::StreamExt as _;
use futures_util::stream;

use crate::call::{Ask, Caller};
use crate::operations::{
    DESCRIBE_ORGANIZATION, DESCRIBE_POLICY, LIST_ACCOUNTS, LIST_ACCOUNTS_FOR_PARENT, LIST_DELEGATED_ADMINISTRATORS,
    LIST_ORGANIZATIONAL_UNITS_FOR_PARENT, LIST_ORGANIZATIONS_FEATURES, LIST_POLICIES, LIST_ROOTS,
    LIST_TARGETS_FOR_POLICY, Operation,
};
use crate::pages::pages;
use crate::unasked::Unasked as _;

/// Units below units below a root: AWS allows five levels.
const DEEPEST: usize = 8;

/// Policies that are looked at side by side; the service allows few requests a second.
const SIDE_BY_SIDE: usize = 4;

/// Asks Organizations.
pub(crate) struct Asker<'a> {
    pub(crate) client: Client,
    pub(crate) iam: aws_sdk_iam::Client,
    pub(crate) caller: &'a Caller,
    pub(crate) region: &'a str,
    pub(crate) needs: &'a BTreeSet<Fact>,
}

impl Asker<'_> {
    fn ask(&self, operation: &'static Operation) -> Ask<'_> {
        Ask::new(operation, self.region)
    }

    /// The organisation; absent where the account is in none.
    pub(crate) async fn all(&self) -> Observed<Organization> {
        if !self.needs.contains(&Fact::Organization) {
            return Observed::unasked(Fact::Organization);
        }
        let ask = self.ask(&DESCRIBE_ORGANIZATION);
        let described = self
            .caller
            .observe(
                ask,
                || self.client.describe_organization().send(),
                |answer| {
                    let found = answer.organization.and_then(|found| Some((found.id?, found.master_account_id?)));
                    match found {
                        Some(found) => Observed::Present(found),
                        None => Observed::Unreadable(ask.malformed("no id or no management account in it")),
                    }
                },
            )
            .await;
        let (id, management_account) = match described {
            Observed::Present(found) => found,
            Observed::Absent => return Observed::Absent,
            Observed::Unreadable(gap) => return Observed::Unreadable(gap),
        };
        let ((units, accounts), scps, rcps, delegated_administrators, root_features) = tokio::join!(
            self.tree(),
            self.policies(Fact::ServiceControlPolicies, PolicyType::ServiceControlPolicy),
            self.policies(Fact::ResourceControlPolicies, PolicyType::ResourceControlPolicy),
            self.delegated_administrators(),
            self.root_features(),
        );
        Observed::Present(Organization {
            id,
            management_account,
            accounts,
            units,
            scps,
            rcps,
            delegated_administrators,
            root_features,
        })
    }

    async fn delegated_administrators(&self) -> Listing<DelegatedAdministrator> {
        if !self.needs.contains(&Fact::DelegatedAdministrators) {
            return Listing::unasked(Fact::DelegatedAdministrators);
        }
        let mut items = Vec::new();
        let ask = self.ask(&LIST_DELEGATED_ADMINISTRATORS);
        let gap = pages(
            ask,
            self.caller,
            |token| self.client.list_delegated_administrators().set_next_token(token).send(),
            |page| {
                let listed = page.delegated_administrators.ok_or_else(|| ask.malformed("no list of accounts in it"))?;
                for account in listed {
                    let id = account.id.ok_or_else(|| ask.malformed("an account without an id"))?;
                    items.push(DelegatedAdministrator { id, name: account.name.unwrap_or_default() });
                }
                Ok(page.next_token)
            },
        )
        .await
        .err();
        items.sort_by(|one: &DelegatedAdministrator, other| one.id.cmp(&other.id));
        Listing { items, rest: gap.into_iter().collect() }
    }

    /// What IAM does for the root users of the members; it is asked of IAM, and answers the management account or the one
    /// that administers IAM only.
    async fn root_features(&self) -> Observed<Vec<String>> {
        if !self.needs.contains(&Fact::RootFeatures) {
            return Observed::unasked(Fact::RootFeatures);
        }
        self.caller
            .observe(
                self.ask(&LIST_ORGANIZATIONS_FEATURES),
                || self.iam.list_organizations_features().send(),
                |answer| {
                    let features = answer.enabled_features.unwrap_or_default();
                    let mut names: Vec<String> = features.iter().map(|feature| feature.as_str().to_owned()).collect();
                    names.sort();
                    Observed::Present(names)
                },
            )
            .await
    }

    /// Units and accounts. `ListAccounts` gives all accounts and, of late, their place; where it does not give the
    /// place, every unit is asked for its accounts.
    async fn tree(&self) -> (Listing<OrgUnit>, Listing<OrgAccount>) {
        let (units, listed) = tokio::join!(self.units(), self.accounts());
        let Some((mut accounts, mut gaps)) = listed else {
            return (units, Listing::unasked(Fact::OrganizationAccounts));
        };
        if accounts.iter().any(|account| account.parent.is_none()) && !units.items.is_empty() {
            let mut parents: BTreeMap<String, String> = BTreeMap::new();
            for unit in &units.items {
                let ask = self.ask(&LIST_ACCOUNTS_FOR_PARENT).on(&unit.id);
                let cut = pages(
                    ask,
                    self.caller,
                    |token| self.client.list_accounts_for_parent().parent_id(&unit.id).set_next_token(token).send(),
                    |page| {
                        let found = page.accounts.unwrap_or_default().into_iter().filter_map(|account| account.id);
                        parents.extend(found.map(|id| (id, unit.id.clone())));
                        Ok(page.next_token)
                    },
                )
                .await;
                if let Err(gap) = cut {
                    gaps.push(gap);
                    break;
                }
            }
            for account in &mut accounts {
                account.parent = account.parent.take().or_else(|| parents.remove(&account.id));
            }
        }
        accounts.sort_by(|one, other| one.id.cmp(&other.id));
        (units, Listing { items: accounts, rest: gaps })
    }

    /// The accounts; `None` where nobody needs them.
    async fn accounts(&self) -> Option<(Vec<OrgAccount>, Vec<Gap>)> {
        if !self.needs.contains(&Fact::OrganizationAccounts) {
            return None;
        }
        let mut found = Vec::new();
        let gap = pages(
            self.ask(&LIST_ACCOUNTS),
            self.caller,
            |token| self.client.list_accounts().set_next_token(token).send(),
            |page| {
                found.extend(page.accounts.unwrap_or_default().into_iter().filter_map(account));
                Ok(page.next_token)
            },
        )
        .await
        .err();
        Some((found, gap.into_iter().collect()))
    }

    async fn units(&self) -> Listing<OrgUnit> {
        if !self.needs.contains(&Fact::OrganizationUnits) {
            return Listing::unasked(Fact::OrganizationUnits);
        }
        let mut items = Vec::new();
        let gap = pages(
            self.ask(&LIST_ROOTS),
            self.caller,
            |token| self.client.list_roots().set_next_token(token).send(),
            |page| {
                items.extend(page.roots.unwrap_or_default().into_iter().filter_map(|root| {
                    Some(OrgUnit { id: root.id?, name: root.name.unwrap_or_default(), parent: None })
                }));
                Ok(page.next_token)
            },
        )
        .await;
        if let Err(gap) = gap {
            return Listing { items, rest: vec![gap] };
        }
        let mut rest = Vec::new();
        let mut level: Vec<String> = items.iter().map(|root| root.id.clone()).collect();
        for _ in 0..DEEPEST {
            let mut below = Vec::new();
            for parent in &level {
                let ask = self.ask(&LIST_ORGANIZATIONAL_UNITS_FOR_PARENT).on(parent);
                let gap = pages(
                    ask,
                    self.caller,
                    |token| {
                        self.client
                            .list_organizational_units_for_parent()
                            .parent_id(parent)
                            .set_next_token(token)
                            .send()
                    },
                    |page| {
                        below.extend(page.organizational_units.unwrap_or_default().into_iter().filter_map(|unit| {
                            Some(OrgUnit {
                                id: unit.id?,
                                name: unit.name.unwrap_or_default(),
                                parent: Some(parent.clone()),
                            })
                        }));
                        Ok(page.next_token)
                    },
                )
                .await;
                rest.extend(gap.err());
            }
            if below.is_empty() {
                break;
            }
            level = below.iter().map(|unit| unit.id.clone()).collect();
            items.extend(below);
        }
        items.sort_by(|one, other| one.id.cmp(&other.id));
        Listing { items, rest }
    }

    async fn policies(&self, fact: Fact, kind: PolicyType) -> Listing<OrgPolicy> {
        if !self.needs.contains(&fact) {
            return Listing::unasked(fact);
        }
        let mut listed = Vec::new();
        let gap = pages(
            self.ask(&LIST_POLICIES),
            self.caller,
            |token| self.client.list_policies().filter(kind.clone()).set_next_token(token).send(),
            |page| {
                listed.extend(page.policies.unwrap_or_default().into_iter().filter_map(|policy| {
                    Some((policy.id?, policy.name.unwrap_or_default(), policy.arn?, policy.aws_managed))
                }));
                Ok(page.next_token)
            },
        )
        .await
        .err();
        let looks = stream::iter(listed).map(|(id, name, arn, aws_managed)| async move {
            let (document, targets) = tokio::join!(self.document(&id), self.targets(&id));
            OrgPolicy { id, name, arn, aws_managed, document, targets }
        });
        let mut items: Vec<OrgPolicy> = looks.buffer_unordered(SIDE_BY_SIDE).collect().await;
        items.sort_by(|one, other| one.id.cmp(&other.id));
        Listing { items, rest: gap.into_iter().collect() }
    }

    async fn document(&self, id: &str) -> Observed<PolicyText> {
        let ask = self.ask(&DESCRIBE_POLICY).on(id);
        self.caller
            .observe(
                ask,
                || self.client.describe_policy().policy_id(id).send(),
                |answer| match answer.policy.and_then(|policy| policy.content) {
                    Some(text) => Observed::Present(PolicyText::new(text)),
                    None => Observed::Unreadable(ask.malformed("no content in it")),
                },
            )
            .await
    }

    async fn targets(&self, id: &str) -> Listing<String> {
        let ask = self.ask(&LIST_TARGETS_FOR_POLICY).on(id);
        let mut items = Vec::new();
        let gap = pages(
            ask,
            self.caller,
            |token| self.client.list_targets_for_policy().policy_id(id).set_next_token(token).send(),
            |page| {
                items.extend(page.targets.unwrap_or_default().into_iter().filter_map(|target| target.target_id));
                Ok(page.next_token)
            },
        )
        .await
        .err();
        items.sort();
        Listing { items, rest: gap.into_iter().collect() }
    }
}

fn account(given: Account) -> Option<OrgAccount> {
    // AWS is replacing the status by the state; either may be there.
    let state = match (&given.state, &given.status) {
        (Some(state), _) => state.as_str(),
        (None, Some(status)) => status.as_str(),
        (None, None) => return None,
    };
    let active = state == "ACTIVE";
    let state = (!active).then(|| state.to_owned());
    // A path reads `o-…/r-…/ou-…/123456789012/`: the parent is what stands before the account.
    let parent = given.paths.unwrap_or_default().first().and_then(|path| {
        let mut parts = path.trim_end_matches('/').rsplit('/');
        parts.next();
        parts.next().filter(|parent| parent.starts_with("r-") || parent.starts_with("ou-")).map(str::to_owned)
    });
    Some(OrgAccount { id: given.id?, name: given.name.unwrap_or_default(), active, state, parent })
}
