//! Ways from some rights to more, as data: `data/techniques.json`.
//!
//! A technique is a list of steps, each a call that must be allowed. Steps that name the same target are about the same
//! thing: the role that is passed is the one whose rights are won.

use std::collections::BTreeMap;
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
    /// Context keys that the call carries.
    #[serde(default)]
    pub given: BTreeMap<String, String>,
}

/// What must hold besides the calls.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Where {
    /// A role, by its target, lets a service principal assume it.
    Trusts(String, String),
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
    /// The calls.
    pub steps: Vec<Step>,
    /// What must hold besides.
    #[serde(default, rename = "where")]
    pub conditions: Vec<Where>,
    /// The target whose rights are won; absent = any rights at all.
    #[serde(default)]
    pub gains: Option<String>,
    /// What is taken for granted because no policy says it, each a sentence without a full stop.
    #[serde(default)]
    pub assumes: Vec<String>,
    /// Where the technique is described.
    pub source: String,
}

static TEXT: &str = include_str!("../../data/techniques.json");

/// INVARIANT: the file can be read; a test reads it.
static TECHNIQUES: LazyLock<Vec<Technique>> = LazyLock::new(|| serde_json::from_str(TEXT).unwrap_or_default());

/// Every technique, in the order of the file.
pub fn techniques() -> &'static [Technique] {
    &TECHNIQUES
}
