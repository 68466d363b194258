//! Ways from some rights to more, as data: `data/techniques.json`.
//!
//! A technique is a list of steps, each a call that must be allowed. Steps that name the same target are about the same
//! thing: the role that is passed is the one whose rights are won.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

/// How a technique wins rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Category {
    /// The caller gives itself rights.
    SelfEscalation,
    /// The caller becomes somebody else.
    PrincipalAccess,
    /// The caller passes a role to something new.
    NewPassrole,
    /// The caller uses something that holds a role already.
    ExistingPassrole,
}

/// The kind of caller that a technique is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallerIs {
    /// A user.
    User,
    /// A role.
    Role,
}

/// One call that must be allowed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The action: `iam:PassRole`.
    pub action: String,
    /// What it is about: `$self`, the name of a target, or an ARN; absent = any resource that the action takes.
    #[serde(default)]
    pub resource: Option<String>,
    /// Types of resource, of the action's own service, that AWS checks in the same call, each by itself: an instance is
    /// started from an image, in a subnet, behind a security group.
    #[serde(default)]
    pub on: Vec<String>,
    /// Context keys that the call carries; `$service` stands for one of [`Technique::services`].
    #[serde(default)]
    pub given: BTreeMap<String, String>,
}

/// What must hold besides the calls.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Where {
    /// A role, by its target, lets somebody assume it: a service principal, `$service`, or the identity provider that
    /// another target is.
    Trusts(String, String),
    /// A target, or `$self`, has a permissions boundary, and policies of its own that allow more than it does.
    Bounded(String),
}

/// A way from some rights to more.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Technique {
    /// A stable id, such as `iam-001`.
    pub id: String,
    /// What the caller does, in a few words.
    pub title: String,
    /// How it wins rights.
    pub category: Category,
    /// The kind of caller that it is for; absent = any.
    #[serde(default)]
    pub caller: Option<CallerIs>,
    /// What steps share: `$role` and the type of resource behind it, `iam:role`. `own:policy` is a customer managed policy
    /// that is attached to the caller, `own:group` a group that it is in.
    #[serde(default)]
    pub targets: BTreeMap<String, String>,
    /// Services that will do equally well, each for `$service`.
    #[serde(default)]
    pub services: Vec<String>,
    /// The calls.
    pub steps: Vec<Step>,
    /// What must hold besides.
    #[serde(default, rename = "where")]
    pub conditions: Vec<Where>,
    /// The target whose rights are won; absent = any rights at all. It is never the caller itself.
    #[serde(default)]
    pub gains: Option<String>,
    /// What is taken for granted because no policy says it, each a sentence without a full stop.
    #[serde(default)]
    pub assumes: Vec<String>,
    /// Where the technique is described.
    pub source: String,
}

impl Technique {
    /// All that is taken for granted where nothing is known but the caller's policies.
    pub fn assumptions(&self) -> Vec<String> {
        let mut found: BTreeSet<String> = self.assumes.iter().cloned().collect();
        found.extend(self.caller.map(CallerIs::assumption));
        found.extend(self.targets.keys().flat_map(|name| self.assumed_of(name)));
        if self.is_bounded("$self") {
            found.insert(BOUNDED_CALLER.to_owned());
        }
        found.into_iter().collect()
    }

    /// What is taken for granted of a target that nothing is known of.
    pub(crate) fn assumed_of(&self, name: &str) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        let kind = self.targets.get(name).map_or("", String::as_str);
        match kind {
            "own:policy" => {
                found.push("a customer managed policy that can be changed is attached to the caller".into());
            }
            "own:group" => found.push("the caller is in the group that can be changed".into()),
            _ => {}
        }
        let steps = || self.steps.iter().filter(|step| step.resource.as_deref() == Some(name));
        if self.gains.as_deref() == Some(name) {
            let passed = steps().any(|step| step.action == "iam:PassRole");
            found.push(match kind {
                "iam:role" if passed => "a role with more rights can be passed".into(),
                "iam:role" if steps().next().is_none() && !self.is_vouched_for(name) => {
                    "what is taken over holds a role with more rights".into()
                }
                "iam:role" => "a role with more rights can be taken over".into(),
                "iam:user" => "a user with more rights exists".into(),
                "iam:group" | "identitystore:Group" => "a group with more rights exists".into(),
                "sso:PermissionSet" => "a permission set with more rights exists".into(),
                _ => "it has more rights than the caller".into(),
            });
        }
        if kind == "iam:role" && steps().any(|step| is_assuming(&step.action)) {
            found.push("the role trusts the caller".into());
        }
        let role = if self.gains.as_deref().is_none_or(|gains| gains == name) { "the role" } else { "another role" };
        for condition in &self.conditions {
            match condition {
                Where::Trusts(of, by) if of == name && self.targets.contains_key(by) => {
                    found.push(format!("{role} trusts the identity provider"));
                }
                Where::Trusts(of, by) if of == name && by == "$service" => {
                    found.push(format!("{role} trusts {}", self.services.join(" or ")));
                }
                Where::Trusts(of, by) if of == name => found.push(format!("{role} trusts {by}")),
                Where::Bounded(of) if of == name => {
                    found.push(BOUNDED_ROLE.into());
                }
                Where::Trusts(..) | Where::Bounded(_) => {}
            }
        }
        found
    }

    /// Whether an identity provider lets the caller into a role.
    fn is_vouched_for(&self, name: &str) -> bool {
        let by_target = |by: &String| self.targets.contains_key(by);
        self.conditions
            .iter()
            .any(|condition| matches!(condition, Where::Trusts(of, by) if of == name && by_target(by)))
    }

    /// Whether the boundary of a target, or of `$self`, is taken away.
    pub(crate) fn is_bounded(&self, name: &str) -> bool {
        self.conditions.iter().any(|condition| matches!(condition, Where::Bounded(target) if target == name))
    }
}

impl CallerIs {
    /// What is taken for granted of a caller that is not known.
    pub(crate) fn assumption(self) -> String {
        match self {
            Self::User => "the caller is a user".to_owned(),
            Self::Role => "the caller is a role".to_owned(),
        }
    }
}

/// What is taken for granted of a caller whose boundary is not known.
pub(crate) const BOUNDED_CALLER: &str = "the caller has a permissions boundary that its own policies exceed";

/// What is taken for granted of a role whose boundary is not known.
pub(crate) const BOUNDED_ROLE: &str = "the role has a permissions boundary that its own policies exceed";

/// Whether a call is decided by the trust policy of the role that it is about (fact A10).
pub(crate) fn is_assuming(action: &str) -> bool {
    const CALL: &str = "sts:assumerole";
    action.get(..CALL.len()).is_some_and(|head| head.eq_ignore_ascii_case(CALL))
}

pub(crate) static TEXT: &str = include_str!("../../data/techniques.json");

/// INVARIANT: the file can be read; a test reads it.
static TECHNIQUES: LazyLock<Vec<Technique>> = LazyLock::new(|| serde_json::from_str(TEXT).unwrap_or_default());

/// The actions of all techniques, in lower case and each once.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) actions: Vec<String>,
    /// Which of them each technique takes, in the order of [`techniques`].
    pub(super) of: Vec<Vec<usize>>,
    /// Those that a role's trust policy decides.
    pub(super) assuming: Vec<usize>,
}

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let mut known = Known::default();
    for technique in techniques() {
        let of_steps = technique.steps.iter().map(|step| {
            let lower = step.action.to_ascii_lowercase();
            known.actions.iter().position(|action| *action == lower).unwrap_or_else(|| {
                known.actions.push(lower);
                known.actions.len() - 1
            })
        });
        let of_steps = of_steps.collect();
        known.of.push(of_steps);
    }
    let assuming = known.actions.iter().enumerate().filter(|(_, action)| is_assuming(action));
    known.assuming = assuming.map(|(place, _)| place).collect();
    known
});

/// The actions of all techniques.
pub(super) fn known() -> &'static Known {
    &KNOWN
}

/// Every technique, in the order of the file.
pub fn techniques() -> &'static [Technique] {
    &TECHNIQUES
}
