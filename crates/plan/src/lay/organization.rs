//! Service and resource control policies, and what they are attached to.

use forewarn_inventory::{Listing, Observed, OrgPolicy};

use super::Outcome;
use crate::draft::Draft;
use crate::value::Attrs;

pub(super) const KINDS: &[&str] = &["aws_organizations_policy", "aws_organizations_policy_attachment"];

/// Whether the policy is a service control policy, or `None` where it is neither that nor a resource control policy.
fn service(attrs: Attrs<'_>) -> Option<bool> {
    match attrs.text("type").yes().as_deref() {
        None | Some("SERVICE_CONTROL_POLICY") => Some(true),
        Some("RESOURCE_CONTROL_POLICY") => Some(false),
        Some(_) => None,
    }
}

/// How the change names the policy: by its id, by the ARN that stands in for it, or by its name.
fn called(attrs: Attrs<'_>) -> Vec<String> {
    ["id", "arn", "name"].iter().filter_map(|name| attrs.text(name).yes()).collect()
}

pub(super) fn lay(draft: &mut Draft, kind: &str, attrs: Attrs<'_>, outcome: &mut Outcome) {
    if draft.org_policies(true).is_none() {
        outcome.not = Some(NO_ORGANIZATION.to_owned());
        return;
    }
    if kind == "aws_organizations_policy_attachment" {
        let (Some(id), Some(target)) = (outcome.name(attrs, "policy_id"), outcome.name(attrs, "target_id")) else {
            return;
        };
        match [true, false].into_iter().find(|service| draft.org_policy(&id, *service).is_some()) {
            Some(service) => {
                if let Some(policy) = draft.org_policy(&id, service) {
                    if !policy.targets.items.contains(&target) {
                        policy.targets.items.push(target);
                    }
                    outcome.about(&policy.arn);
                }
            }
            None => outcome.not = Some(format!("the organisation has no policy `{id}`")),
        }
        return;
    }
    let Some(service) = service(attrs) else {
        outcome.beside = true;
        return;
    };
    let (Some(name), names) = (outcome.name(attrs, "name"), called(attrs)) else { return };
    let Some(text) = attrs.policy("content") else {
        outcome.not = Some("it has no `content`".to_owned());
        return;
    };
    outcome.policy("content", &text);
    let known = names.iter().find(|name| draft.org_policy(name, service).is_some());
    if let Some(policy) = known.and_then(|name| draft.org_policy(name, service)) {
        policy.document = Observed::Present(text);
        policy.name = name;
        outcome.about(&policy.arn);
        return;
    }
    let id = attrs.text("id").yes().unwrap_or_else(|| name.clone());
    let arn = attrs.text("arn").yes().unwrap_or_else(|| id.clone());
    outcome.about(&arn);
    if let Some(policies) = draft.org_policies(service) {
        let document = Observed::Present(text);
        policies.push(OrgPolicy { id, name, arn, aws_managed: false, document, targets: Listing::whole(Vec::new()) });
    }
}

pub(super) fn remove(draft: &mut Draft, kind: &str, attrs: Attrs<'_>, outcome: &mut Outcome) {
    if draft.org_policies(true).is_none() {
        outcome.not = Some(NO_ORGANIZATION.to_owned());
        return;
    }
    if kind == "aws_organizations_policy_attachment" {
        let (Some(id), Some(target)) = (outcome.name(attrs, "policy_id"), outcome.name(attrs, "target_id")) else {
            return;
        };
        for service in [true, false] {
            if let Some(policy) = draft.org_policy(&id, service) {
                policy.targets.items.retain(|known| *known != target);
                outcome.about(&policy.arn);
            }
        }
        return;
    }
    let names = called(attrs);
    for service in [true, false] {
        if let Some(policies) = draft.org_policies(service) {
            policies.retain(|policy| !names.contains(&policy.id) && !names.contains(&policy.arn));
        }
    }
}

const NO_ORGANIZATION: &str =
    "the policies of the organisation are not in the snapshot; one taken from its management account has them";
