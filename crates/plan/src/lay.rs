//! The overlay: what each kind of resource does to an inventory when it is made, changed or removed.
//!
//! Removal counts as much as what is made: a Deny, a block or a trail that goes opens something. What is removed goes first,
//! then come the things themselves (users, buckets, trails), then what is put on them.

mod iam;
mod organization;
mod s3;
mod watch;

use forewarn_inventory::{Proposed, ProposedAction, Understood};

use crate::beyond;
use crate::declared::Declared;
use crate::draft::Draft;
use crate::value::{Attrs, Known};

/// What came of one resource.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// ARNs that it is about.
    pub(crate) about: Vec<String>,
    /// What of it is open.
    pub(crate) partly: Vec<String>,
    /// Why none of it could be laid.
    pub(crate) not: Option<String>,
    /// No check and no policy is about its kind.
    pub(crate) beside: bool,
}

impl Outcome {
    pub(crate) fn about(&mut self, arn: &str) {
        self.about.push(arn.to_owned());
    }

    /// The value, with what is open noted.
    pub(crate) fn take<T>(&mut self, what: &str, value: Known<T>) -> Option<T> {
        match value {
            Known::Yes(value) => Some(value),
            Known::No => None,
            Known::Hole(cause) => {
                self.open(what, &cause);
                None
            }
        }
    }

    /// Notes that something is open.
    pub(crate) fn open(&mut self, what: &str, cause: &str) {
        let said = format!("`{what}` is known only after apply: {cause}");
        if !self.partly.contains(&said) {
            self.partly.push(said);
        }
    }

    /// Notes the holes of a policy.
    pub(crate) fn policy(&mut self, what: &str, text: &forewarn_inventory::PolicyText) {
        for cause in text.causes() {
            self.open(what, &cause);
        }
    }

    /// The name of what the resource is about; without it nothing can be laid.
    pub(crate) fn name(&mut self, attrs: Attrs<'_>, attribute: &str) -> Option<String> {
        match attrs.text(attribute) {
            Known::Yes(name) => Some(name),
            Known::No => {
                self.not = Some(format!("it has no `{attribute}`, so what it is about is not known"));
                None
            }
            Known::Hole(cause) => {
                self.not = Some(format!("its `{attribute}` is known only after apply: {cause}"));
                None
            }
        }
    }

    fn understood(self) -> (Vec<String>, Understood) {
        let understood = match self.not {
            _ if self.beside => Understood::NotRelevant,
            Some(why) => Understood::Not(why),
            None if self.partly.is_empty() => Understood::Whole,
            None => Understood::Partly(self.partly),
        };
        (self.about, understood)
    }
}

/// Lays what the change says of today over a draft.
pub(crate) fn today(draft: &mut Draft, declared: &[Declared]) {
    for phase in PHASES {
        for resource in declared.iter().filter(|resource| phase_of(&resource.kind) == phase) {
            if let Some(before) = &resource.before
                && draft.enter(resource)
            {
                lay(draft, &resource.kind, Attrs(before), &mut Outcome::default());
            }
        }
    }
}

/// Lays the change over a draft; the resources come back in their order.
pub(crate) fn change(draft: &mut Draft, declared: &[Declared]) -> Vec<Proposed> {
    let begin = |resource: &Declared| {
        let known = is_known(&resource.kind);
        let beyond = if known { None } else { beyond::why(&resource.kind, resource.action).map(str::to_owned) };
        let acl = || beyond::acl_of_object(&resource.kind, resource.action, resource.after.as_ref());
        let not = beyond.or_else(|| resource.unread.clone()).or_else(|| silent(resource)).or_else(acl);
        Outcome { beside: !known && not.is_none(), not, ..Outcome::default() }
    };
    let mut outcomes: Vec<Outcome> = declared.iter().map(begin).collect();
    let both = || declared.iter().enumerate();
    let mut each = |at: usize, draft: &mut Draft, step: &mut dyn FnMut(&mut Draft, &mut Outcome)| {
        let (Some(resource), Some(outcome)) = (declared.get(at), outcomes.get_mut(at)) else { return };
        if draft.enter(resource) {
            step(draft, outcome);
        } else {
            let account = resource.account.as_deref().unwrap_or_default();
            outcome.not = Some(format!("it is in account {account}, which the snapshot does not have"));
        }
    };
    for (at, resource) in both() {
        if let (ProposedAction::Delete | ProposedAction::Replace, Some(before)) = (resource.action, &resource.before) {
            each(at, draft, &mut |draft, outcome| remove(draft, &resource.kind, Attrs(before), outcome));
        }
    }
    for phase in PHASES {
        for (at, resource) in both().filter(|(_, resource)| phase_of(&resource.kind) == phase) {
            let stays = matches!(resource.action, ProposedAction::Keep | ProposedAction::Forget);
            match resource.after.as_ref().or(resource.before.as_ref().filter(|_| stays)) {
                Some(values) if stays => {
                    each(at, draft, &mut |draft, outcome| kept(draft, &resource.kind, Attrs(values), outcome));
                }
                Some(after) if resource.action != ProposedAction::Delete => {
                    each(at, draft, &mut |draft, outcome| lay(draft, &resource.kind, Attrs(after), outcome));
                }
                _ => {}
            }
        }
    }
    draft.leave();
    let proposed = |(resource, outcome): (&Declared, Outcome)| {
        let (about, understood) = outcome.understood();
        Proposed {
            address: resource.address.clone(),
            kind: resource.said.clone(),
            action: resource.action,
            understood,
            about,
            place: resource.place.clone(),
        }
    };
    declared.iter().zip(outcomes).map(proposed).collect()
}

/// Why nothing can be said of a resource that changes in a way which the change does not show.
fn silent(resource: &Declared) -> Option<String> {
    let missing = match resource.action {
        ProposedAction::Keep | ProposedAction::Forget => false,
        ProposedAction::Delete => resource.before.is_none(),
        _ => resource.after.is_none(),
    };
    (missing && is_known(&resource.kind)).then(|| "the change does not say what it is".to_owned())
}

/// Things first, then what is put on them, then what is said about all of a kind at once.
const PHASES: [u8; 3] = [0, 1, 2];

fn phase_of(kind: &str) -> u8 {
    match kind {
        "aws_iam_user"
        | "aws_iam_group"
        | "aws_iam_policy"
        | "aws_iam_role"
        | "aws_s3_bucket"
        | "aws_kms_key"
        | "aws_sns_topic"
        | "aws_cloudwatch_log_group"
        | "aws_organizations_policy" => 0,
        _ if kind.ends_with("_exclusive") => 2,
        _ => 1,
    }
}

/// A resource that stays as it is: only its name is of use, for the place of what is found about it.
fn kept(draft: &mut Draft, kind: &str, attrs: Attrs<'_>, outcome: &mut Outcome) {
    if let (true, Known::Yes(arn)) = (is_known(kind), attrs.text("arn")) {
        outcome.about(&arn);
    } else if let Known::Yes(bucket) = attrs.text("bucket") {
        outcome.about(&draft.bucket_arn(&bucket));
    }
}

/// Whether something here is about resources of the kind.
pub(crate) fn is_known(kind: &str) -> bool {
    iam::KINDS.contains(&kind)
        || s3::KINDS.contains(&kind)
        || watch::KINDS.contains(&kind)
        || organization::KINDS.contains(&kind)
}

fn lay(draft: &mut Draft, kind: &str, attrs: Attrs<'_>, outcome: &mut Outcome) {
    if iam::KINDS.contains(&kind) {
        iam::lay(draft, kind, attrs, outcome);
    } else if s3::KINDS.contains(&kind) {
        s3::lay(draft, kind, attrs, outcome);
    } else if watch::KINDS.contains(&kind) {
        watch::lay(draft, kind, attrs, outcome);
    } else if organization::KINDS.contains(&kind) {
        organization::lay(draft, kind, attrs, outcome);
    }
}

fn remove(draft: &mut Draft, kind: &str, attrs: Attrs<'_>, outcome: &mut Outcome) {
    if iam::KINDS.contains(&kind) {
        iam::remove(draft, kind, attrs, outcome);
    } else if s3::KINDS.contains(&kind) {
        s3::remove(draft, kind, attrs, outcome);
    } else if watch::KINDS.contains(&kind) {
        watch::remove(draft, kind, attrs, outcome);
    } else if organization::KINDS.contains(&kind) {
        organization::remove(draft, kind, attrs, outcome);
    }
}
