//! An inventory that is being changed: things are found, made and removed by their names.
//!
//! What is made anew has the settings that AWS gives it when nobody says otherwise. What a change only refers to, and the
//! inventory does not have, is made with gaps: it exists, and nothing is known of it.

mod iam;
mod s3;

use forewarn_inventory::{Account, Cause, Gap, Inventory, Observed, OrgPolicy, PolicyText};
use forewarn_policy::{Document, s3_policy_status};
use jiff::Timestamp;

use crate::declared::Declared;
use crate::{Place, PlanError};

pub(crate) use iam::{Holder, bare};
pub(crate) use s3::BLOCKED;

/// An inventory that is being changed.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    rest: Inventory,
    /// The account that the change is applied to.
    pub(crate) account: Account,
    /// The region of what is being laid.
    pub(crate) region: String,
    /// The account and the region of what the change does not place itself.
    home: (String, String),
    /// Whether nothing is known of the account.
    pub(crate) standalone: bool,
}

impl Draft {
    /// Begins with what is there today. `named` is the account that the change itself names.
    pub(crate) fn new(today: &Inventory, place: &Place, named: Option<&str>) -> Result<Self, PlanError> {
        let mut rest = today.clone();
        if let (true, None, Some(named), [only]) =
            (place.standalone, &place.account, named, rest.accounts.as_mut_slice())
        {
            // Nobody said whose account it is, and the change does.
            named.clone_into(&mut only.id);
        }
        let wanted = place.account.as_deref().or_else(|| {
            // What a change says of its account counts where the inventory has it; else only one that is named by hand.
            named.filter(|named| rest.accounts.iter().any(|account| account.id == *named))
        });
        let known = || rest.accounts.iter().map(|account| account.id.as_str()).collect::<Vec<_>>().join(", ");
        let at = match wanted {
            Some(id) => rest.accounts.iter().position(|account| account.id == id).ok_or_else(|| {
                PlanError::Account(format!("account `{id}` is not in the snapshot, which has: {}", known()))
            })?,
            None if rest.accounts.len() == 1 => 0,
            None => {
                let said =
                    format!("the snapshot has several accounts: say with --account which one changes: {}", known());
                return Err(PlanError::Account(said));
            }
        };
        let account = rest.accounts.remove(at);
        let region = place.region.clone().unwrap_or_else(|| "us-east-1".to_owned());
        let home = (account.id.clone(), region.clone());
        Ok(Self { rest, account, region, home, standalone: place.standalone })
    }

    /// Goes to the account and the region of a resource; `false` = there is no such account.
    pub(crate) fn enter(&mut self, resource: &Declared) -> bool {
        let (account, region) = self.home.clone();
        self.region = resource.region.clone().unwrap_or(region);
        self.go(resource.account.as_deref().unwrap_or(&account))
    }

    /// Goes back to where the change is applied.
    pub(crate) fn leave(&mut self) {
        let (account, region) = self.home.clone();
        self.region = region;
        self.go(&account);
    }

    fn go(&mut self, id: &str) -> bool {
        if self.account.id == id {
            return true;
        }
        let Some(other) = self.rest.accounts.iter_mut().find(|account| account.id == id) else { return false };
        std::mem::swap(&mut self.account, other);
        true
    }

    /// The ARN of something of the account in the region.
    pub(crate) fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:{}:{service}:{}:{}:{resource}", self.partition(), self.region, self.account.id)
    }

    /// The inventory as it is now.
    pub(crate) fn finish(mut self) -> Inventory {
        self.rest.accounts.push(self.account);
        self.rest.accounts.sort_by(|one, other| one.id.cmp(&other.id));
        self.rest
    }

    /// The instant of the inventory, at which what is new is made.
    pub(crate) fn instant(&self) -> Timestamp {
        self.rest.instant
    }

    pub(crate) fn partition(&self) -> &str {
        &self.account.partition
    }

    /// A gap of something that the inventory does not have and the change refers to.
    fn unlisted<T>(&self, what: &str) -> Observed<T> {
        if self.standalone {
            return Observed::Absent;
        }
        let gap = Gap::new(Cause::NotAsked, "snapshot").on(what);
        Observed::Unreadable(gap.detail("the change refers to it and the snapshot does not have it"))
    }

    /// The KMS key with this ARN or id, made where there is none.
    pub(crate) fn key(&mut self, arn: &str) -> &mut forewarn_inventory::Key {
        let keys = &mut self.account.kms.keys.items;
        let at = keys.iter().position(|key| key.arn == arn || key.arn.ends_with(&format!(":key/{arn}")));
        let at = at.unwrap_or_else(|| {
            let key = forewarn_inventory::Key {
                arn: arn.to_owned(),
                details: Observed::Absent,
                policy: Observed::Absent,
                rotation: Observed::Absent,
            };
            keys.push(key);
            keys.len() - 1
        });
        #[expect(
            clippy::indexing_slicing,
            reason = "INVARIANT: `at` was found in the list or is that of its last item"
        )]
        &mut keys[at]
    }

    /// The organisation's policy with this id or name.
    pub(crate) fn org_policy(&mut self, name: &str, service: bool) -> Option<&mut OrgPolicy> {
        let Observed::Present(organization) = &mut self.rest.organization else { return None };
        let list = if service { &mut organization.scps } else { &mut organization.rcps };
        list.items.iter_mut().find(|policy| policy.id == name || policy.name == name || policy.arn == name)
    }

    /// The organisation's policies of a kind, where there is an organisation that could be read.
    pub(crate) fn org_policies(&mut self, service: bool) -> Option<&mut Vec<OrgPolicy>> {
        let Observed::Present(organization) = &mut self.rest.organization else { return None };
        Some(if service { &mut organization.scps.items } else { &mut organization.rcps.items })
    }
}

/// What AWS will say of a bucket policy when asked whether it is public: its own rule (facts F1 to F5).
pub(crate) fn policy_status(policy: &Observed<PolicyText>) -> Observed<bool> {
    let later = |text: &PolicyText| {
        let gap = Gap::new(Cause::KnownAfterApply, "s3:GetBucketPolicyStatus");
        Observed::Unreadable(gap.detail(text.causes().join(", ")))
    };
    match policy {
        Observed::Absent => Observed::Absent,
        Observed::Unreadable(gap) => Observed::Unreadable(gap.clone()),
        Observed::Present(text) if !text.causes().is_empty() => later(text),
        Observed::Present(text) => match Document::parse(text.as_str()) {
            Ok(document) => Observed::Present(s3_policy_status(&document).public),
            Err(_) => later(text),
        },
    }
}
