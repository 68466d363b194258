//! The four verdicts, and what a Fail and an Unknown must carry.

use forewarn_inventory::Gap;
use forewarn_policy::{Doubt, LayerName};
use serde::{Deserialize, Serialize};

use crate::{Evidence, Proof, Witness};

/// An answer of the policy engine with doubts and gaps joined.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Yes, and the proof.
    Yes(Box<Proof>),
    /// No, for every request.
    No,
    /// Not to be decided.
    Unknown(Reasons),
}

/// Why a verdict is Unknown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Reason {
    /// A stable code: `unreadable`, or a doubt of the policy engine.
    pub code: String,
    /// One sentence for a person.
    pub message: String,
    /// The read that failed, where one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap: Option<Gap>,
}

impl From<&Gap> for Reason {
    fn from(gap: &Gap) -> Self {
        Self { code: "unreadable".to_owned(), message: gap.to_string(), gap: Some(gap.clone()) }
    }
}

impl From<&Doubt> for Reason {
    fn from(doubt: &Doubt) -> Self {
        Self { code: doubt.code.clone(), message: doubt.message.clone(), gap: None }
    }
}

/// One reason or more; an empty list cannot be built.
#[derive(Debug, Clone, PartialEq)]
pub struct Reasons(Box<Known>);

#[derive(Debug, Clone, PartialEq)]
struct Known {
    first: Reason,
    more: Vec<Reason>,
    /// What shows them.
    shown_by: Vec<Evidence>,
}

impl Reasons {
    /// A single reason.
    pub fn one(first: impl Into<Reason>) -> Self {
        Self(Box::new(Known { first: first.into(), more: Vec::new(), shown_by: Vec::new() }))
    }

    /// The reasons of `all`, without repetition; `None` when there are none.
    pub fn all(all: impl IntoIterator<Item = Reason>) -> Option<Self> {
        let mut all: Vec<Reason> = all.into_iter().collect();
        all.sort();
        all.dedup();
        let mut all = all.into_iter();
        all.next().map(|first| Self(Box::new(Known { first, more: all.collect(), shown_by: Vec::new() })))
    }

    /// These and more.
    #[must_use]
    pub fn and(self, more: impl IntoIterator<Item = Reason>) -> Self {
        match Self::all(self.iter().cloned().chain(more)) {
            Some(mut all) => {
                all.0.shown_by = self.0.shown_by;
                all
            }
            None => self,
        }
    }

    /// These, with one more piece of evidence.
    #[must_use]
    pub fn also(mut self, evidence: Evidence) -> Self {
        self.0.shown_by.push(evidence);
        self
    }

    /// Every reason.
    pub fn iter(&self) -> impl Iterator<Item = &Reason> {
        std::iter::once(&self.0.first).chain(&self.0.more)
    }

    /// Every reason, and what shows them.
    pub(crate) fn into_parts(self) -> (Vec<Reason>, Vec<Evidence>) {
        let Known { first, more, shown_by } = *self.0;
        (std::iter::once(first).chain(more).collect(), shown_by)
    }
}

/// What a Fail rests on. There is always at least one piece of evidence.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    pub(crate) reason: String,
    pub(crate) first: Evidence,
    pub(crate) more: Vec<Evidence>,
    pub(crate) witness: Option<Witness>,
    pub(crate) unless: Vec<LayerName>,
}

/// The verdict of one check on one resource.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// The bad state is not there.
    Pass,
    /// It is, and here is why.
    Fail(Box<Failure>),
    /// It could not be decided.
    Unknown(Reasons),
    /// The question does not arise here, and why.
    NotApplicable(String),
}

impl Verdict {
    /// A fail that is seen in the inventory: one sentence, and where it is seen.
    pub fn fail(reason: impl Into<String>, evidence: Evidence) -> Self {
        Self::Fail(Box::new(Failure {
            reason: reason.into(),
            first: evidence,
            more: Vec::new(),
            witness: None,
            unless: Vec::new(),
        }))
    }

    /// A fail that the policy engine proved, with its request and the statements that let it in.
    pub fn proved(reason: impl Into<String>, proof: Proof) -> Self {
        Self::Fail(Box::new(Failure {
            reason: reason.into(),
            first: proof.first,
            more: proof.more,
            witness: Some(Witness { audience: proof.hit.audience, request: proof.hit.witness }),
            unless: proof.hit.unless,
        }))
    }

    /// Unknown for one reason.
    pub fn unknown(reason: impl Into<Reason>) -> Self {
        Self::Unknown(Reasons::one(reason))
    }

    /// Not applicable, and why.
    pub fn not_applicable(reason: impl Into<String>) -> Self {
        Self::NotApplicable(reason.into())
    }

    /// Pass where `answer` is No, Unknown where it is Unknown, and what `fail` says of the proof where it is Yes.
    pub fn from_answer(answer: Answer, fail: impl FnOnce(Proof) -> Self) -> Self {
        match answer {
            Answer::No => Self::Pass,
            Answer::Unknown(reasons) => Self::Unknown(reasons),
            Answer::Yes(proof) => fail(*proof),
        }
    }

    /// The same verdict; a fail with a request that shows it.
    #[must_use]
    pub fn shown_by(mut self, witness: Witness) -> Self {
        if let Self::Fail(failure) = &mut self {
            failure.witness = Some(witness);
        }
        self
    }

    /// The same verdict; a fail with one more piece of evidence.
    #[must_use]
    pub fn also(mut self, evidence: Evidence) -> Self {
        if let Self::Fail(failure) = &mut self {
            failure.more.push(evidence);
        }
        self
    }
}
