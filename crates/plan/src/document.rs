//! A policy document that is to be put somewhere.

use forewarn_inventory::{Inventory, Observed, PolicyText, Proposed, ProposedAction, SourcePlace, Understood};
use forewarn_policy::Document;

use crate::attach::{Attach, Inline};
use crate::draft::{Draft, Holder};
use crate::{Place, PlanError, Proposal, Source, decode};

/// Lays one policy document over an inventory.
///
/// # Errors
/// [`PlanError`] where the file is no policy, or nothing of the inventory could have it.
pub fn document(source: &Source, attach: &Attach, today: &Inventory, place: &Place) -> Result<Proposal, PlanError> {
    let text = decode(source)?;
    Document::parse(&text).map_err(|error| PlanError::file(source, format!("is no policy: {error}")))?;
    let text = PolicyText::new(&*text);
    let mut draft = Draft::new(today, place, named_account(attach))?;
    let mut notes = Vec::new();
    if place.standalone {
        draft.know(attach);
    }
    let today = draft.clone().finish();
    let (about, new) = put(&mut draft, attach, text, source, &mut notes)?;
    let proposed = Proposed {
        address: source.name.clone(),
        kind: attach.word().to_owned(),
        action: if new { ProposedAction::Create } else { ProposedAction::Update },
        understood: Understood::Whole,
        about: vec![about],
        place: SourcePlace { file: source.name.clone(), line: Some(1) },
    };
    Ok(Proposal { today, after: draft.finish(), proposed: vec![proposed], notes })
}

impl Draft {
    /// Makes what the document is to hang on, so that a document alone is held against the same thing without it.
    fn know(&mut self, attach: &Attach) {
        match attach {
            Attach::BucketPolicy(name) => _ = self.bucket(name),
            Attach::AccessPointPolicy(name) => _ = self.access_point(name),
            Attach::KeyPolicy(name) => _ = self.key(name),
            Attach::RoleTrust(name) => _ = self.role(name),
            Attach::RolePolicy(policy) => _ = self.role(&policy.holder),
            Attach::UserPolicy(policy) => _ = self.user(&policy.holder),
            Attach::GroupPolicy(policy) => _ = self.group(&policy.holder),
            Attach::ManagedPolicy(_) | Attach::Scp(_) | Attach::Rcp(_) => {}
        }
    }
}

/// The account in the ARN of what is named.
fn named_account(attach: &Attach) -> Option<&str> {
    let (Attach::KeyPolicy(name) | Attach::ManagedPolicy(name) | Attach::RoleTrust(name)) = attach else { return None };
    name.split(':').nth(4).filter(|account| account.len() == 12)
}

/// Puts the document in its place: the ARN of what has it now, and whether that is new.
fn put(
    draft: &mut Draft,
    attach: &Attach,
    text: PolicyText,
    source: &Source,
    notes: &mut Vec<String>,
) -> Result<(String, bool), PlanError> {
    let mut inline = |draft: &mut Draft, kind: Holder, inline: &Inline, text: PolicyText| {
        let new = !draft.has_holder(kind, &inline.holder);
        if new {
            notes.push(format!("the account has no {}: it is taken for a new one", kind.describe(&inline.holder)));
        }
        let name = inline.name.clone().unwrap_or_else(|| stem(&source.name));
        draft.put_inline(kind, &inline.holder, &name, text);
        (draft.holder_arn(kind, &inline.holder), new)
    };
    Ok(match attach {
        Attach::BucketPolicy(name) => {
            let new = !draft.has_bucket(name);
            (draft.set_bucket_policy(name, Observed::Present(text)).arn.clone(), new)
        }
        Attach::AccessPointPolicy(name) => {
            let known = draft.account.s3.access_points.iter().any(|point| point.name == *name);
            if !known {
                let what = format!("cannot be put on access point `{name}`: the snapshot has none of that name");
                return Err(PlanError::file(source, what));
            }
            let point = draft.access_point(name);
            point.policy = Observed::Present(text);
            (point.arn.clone(), false)
        }
        Attach::KeyPolicy(name) => {
            let key = draft.key(name);
            key.policy = Observed::Present(text);
            (key.arn.clone(), false)
        }
        Attach::RoleTrust(name) => {
            let new = !draft.has_holder(Holder::Role, name);
            let role = draft.role(name);
            role.trust = text;
            (role.arn.clone(), new)
        }
        Attach::RolePolicy(policy) => inline(draft, Holder::Role, policy, text),
        Attach::UserPolicy(policy) => inline(draft, Holder::User, policy, text),
        Attach::GroupPolicy(policy) => inline(draft, Holder::Group, policy, text),
        Attach::ManagedPolicy(name) => {
            let arn = draft.policy_arn(name);
            let new = !draft.account.iam.policies.iter().any(|policy| policy.arn == arn);
            draft.put_policy(&arn, text);
            (arn, new)
        }
        Attach::Scp(name) | Attach::Rcp(name) => {
            let service = matches!(attach, Attach::Scp(_));
            let Some(policy) = draft.org_policy(name, service) else {
                let what =
                    format!("cannot be put in place of `{name}`: the snapshot has no such policy of an organisation");
                return Err(PlanError::file(source, what));
            };
            policy.document = Observed::Present(text);
            (policy.arn.clone(), false)
        }
    })
}

/// The name of a file without folder and ending.
pub(crate) fn stem(name: &str) -> String {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    file.split_once('.').map_or(file, |(stem, _)| stem).to_owned()
}

#[cfg(test)]
mod tests;
