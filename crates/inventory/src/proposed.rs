//! What a change would do, resource by resource, and where it says so.

use serde::{Deserialize, Serialize};

/// What becomes of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProposedAction {
    /// It is made.
    Create,
    /// It is changed in place.
    Update,
    /// It is removed and made anew.
    Replace,
    /// It is removed.
    Delete,
    /// It stays, and is not managed any longer.
    Forget,
    /// It is there, is taken over, and may change.
    Import,
    /// It is declared, and whether it is there already is not known.
    Declare,
    /// It stays as it is.
    Keep,
}

impl ProposedAction {
    /// One word for a person.
    pub fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Replace => "replace",
            Self::Delete => "delete",
            Self::Forget => "forget",
            Self::Import => "import",
            Self::Declare => "declare",
            Self::Keep => "keep",
        }
    }
}

/// How much of a proposed resource went into the inventory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Understood {
    /// All that matters here.
    Whole,
    /// Some of it; why not the rest. Each of these stands in the inventory as a gap too.
    Partly(Vec<String>),
    /// None of it, although it matters here: why.
    Not(String),
    /// It is of a kind that no check and no policy here is about.
    NotRelevant,
}

/// A place in a file; both count from 1.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourcePlace {
    /// The file as it was named.
    pub file: String,
    /// The line, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
}

/// A resource of a proposed change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proposed {
    /// How the change names it: a plan address, a logical id, or the file of a document.
    pub address: String,
    /// Its kind in the words of the change, such as `aws_iam_role`.
    pub kind: String,
    /// What becomes of it.
    pub action: ProposedAction,
    /// How much of it is known.
    pub understood: Understood,
    /// ARNs of the resources that it is about, as far as they are known.
    #[serde(default)]
    pub about: Vec<String>,
    /// Where it stands.
    pub place: SourcePlace,
}
