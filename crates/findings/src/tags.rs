//! What a check protects, and whose side of the line between AWS and its customer it is on.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Finding, Report, VerdictKind};

/// What suffers where the bad state of a check is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protects {
    /// Somebody reads what they should not.
    Confidentiality,
    /// Somebody changes what they should not, or nobody can tell what was changed.
    Integrity,
    /// What is needed is gone.
    Availability,
}

impl Protects {
    /// All three, in the order that the field names them.
    pub const ALL: [Self; 3] = [Self::Confidentiality, Self::Integrity, Self::Availability];

    /// All three, for a check whose bad state opens everything.
    pub const EVERYTHING: &'static [Self] = &Self::ALL;

    /// The word in files, for `--protects` and for a person.
    pub fn word(self) -> &'static str {
        match self {
            Self::Confidentiality => "confidentiality",
            Self::Integrity => "integrity",
            Self::Availability => "availability",
        }
    }

    /// The letter of the triad.
    pub fn letter(self) -> char {
        match self {
            Self::Confidentiality => 'C',
            Self::Integrity => 'I',
            Self::Availability => 'A',
        }
    }
}

/// Whose side of AWS's shared responsibility model the bad state is on. Nothing that AWS alone answers for is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// "Security in the cloud": the customer alone decides.
    #[default]
    Customer,
    /// A "shared control": AWS does its part for the infrastructure, and the customer has to do theirs with it, such as to
    /// choose the key of an encryption that AWS runs.
    Shared,
}

impl Side {
    /// Both sides.
    pub const ALL: [Self; 2] = [Self::Customer, Self::Shared];

    /// The word in files and for `--side`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Shared => "shared",
        }
    }

    /// The same in the words of AWS's shared responsibility model.
    pub fn of_aws(self) -> &'static str {
        match self {
            Self::Customer => "security in the cloud",
            Self::Shared => "a shared control",
        }
    }
}

macro_rules! from_word {
    ($($name:ident),+) => {$(
        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::ALL.into_iter().find(|known| known.word() == text).ok_or_else(|| {
                    let known: Vec<&str> = Self::ALL.iter().map(|known| known.word()).collect();
                    format!("`{text}` is none of {}", known.join(", "))
                })
            }
        }
    )+};
}

from_word!(Protects, Side);

/// How many verdicts of each kind there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// The bad state is there.
    pub fail: usize,
    /// It could not be decided.
    pub unknown: usize,
    /// It is not there.
    pub pass: usize,
    /// The question does not arise.
    pub not_applicable: usize,
    /// A fail or an unknown that somebody accepted; it counts here only.
    pub excepted: usize,
}

impl Tally {
    /// How many of this kind.
    pub fn of(&self, kind: VerdictKind) -> usize {
        match kind {
            VerdictKind::Fail => self.fail,
            VerdictKind::Unknown => self.unknown,
            VerdictKind::Pass => self.pass,
            VerdictKind::NotApplicable => self.not_applicable,
        }
    }

    fn add(&mut self, finding: &Finding) {
        match finding.verdict {
            _ if finding.is_excepted() => self.excepted += 1,
            VerdictKind::Fail => self.fail += 1,
            VerdictKind::Unknown => self.unknown += 1,
            VerdictKind::Pass => self.pass += 1,
            VerdictKind::NotApplicable => self.not_applicable += 1,
        }
    }
}

/// The verdicts of a report by what their checks protect and whose side they are on. A verdict counts once for each thing
/// that its check protects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RollUp {
    /// In the order of [`Protects::ALL`].
    pub protects: [Tally; 3],
    /// In the order of [`Side::ALL`].
    pub side: [Tally; 2],
}

impl RollUp {
    /// Counts the verdicts of a report.
    pub fn of(report: &Report) -> Self {
        let mut all = Self::default();
        for finding in &report.findings {
            let Some(card) = report.checks.get(&*finding.check) else { continue };
            for (tag, tally) in Protects::ALL.iter().zip(&mut all.protects) {
                if card.protects.contains(tag) {
                    tally.add(finding);
                }
            }
            for (side, tally) in Side::ALL.iter().zip(&mut all.side) {
                if card.side == *side {
                    tally.add(finding);
                }
            }
        }
        all
    }
}
