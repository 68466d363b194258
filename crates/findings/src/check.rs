//! What a check is, and what it hands over.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use forewarn_inventory::{Account, Fact};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Case, Protects, Side, Verdict};

/// How bad a failed check is. The order is from harmless to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Informational,
    /// Hygiene.
    Low,
    /// Weakens a defence.
    Medium,
    /// One step from harm.
    High,
    /// Open now.
    Critical,
}

impl Severity {
    /// Every severity, worst first.
    pub const WORST_FIRST: [Self; 5] = [Self::Critical, Self::High, Self::Medium, Self::Low, Self::Informational];

    /// The word for a person and for `--fail-on`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Informational => "informational",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// What a parameter counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParameterKind {
    /// Whole days.
    Days,
    /// A plain number.
    Count,
}

/// A threshold of a check.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// Its name, such as `max_age_days`.
    pub name: &'static str,
    /// What it counts.
    pub kind: ParameterKind,
    /// The value unless one is configured.
    pub default: i64,
    /// One sentence for a person.
    pub doc: &'static str,
}

/// How a check judges.
#[derive(Debug, Clone, Copy)]
pub enum Judge {
    /// Over an inventory.
    Inventory(fn(&Case<'_>, &mut Findings)),
}

/// The facts about a check; its prose is its README.
#[derive(Debug)]
pub struct Check {
    /// `<service>.<defect>`, named for the bad state; for ever.
    pub id: &'static str,
    /// One line, at most 80 characters: the bad state.
    pub title: &'static str,
    /// How bad a fail is.
    pub severity: Severity,
    /// What suffers where the bad state is used; one or more.
    pub protects: &'static [Protects],
    /// Whose side of the line between AWS and its customer it is on.
    pub side: Side,
    /// What it reads; hiding anything else changes nothing.
    pub needs: &'static [Fact],
    /// Thresholds.
    pub parameters: &'static [Parameter],
    /// The README.
    pub docs: &'static str,
    /// The function.
    pub judge: Judge,
}

impl Check {
    /// The service, the part of the id before the dot.
    pub fn service(&self) -> &'static str {
        self.id.split_once('.').map_or(self.id, |(service, _)| service)
    }

    /// Whether it judges each account by itself, by what its organisation and its own people are: what other accounts are
    /// changes nothing, unless it [asks](crate::case::World::asks_around) what those know of it.
    pub(crate) fn judges_accounts_apart(&self) -> bool {
        self.service() == "iam"
    }
}

/// What a verdict is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Resource {
    /// Its ARN.
    pub arn: String,
    /// The account that it belongs to.
    pub account: String,
    /// Its region; `None` for a global resource.
    pub region: Option<String>,
}

impl Resource {
    /// The account itself as a resource: its root ARN.
    pub fn account(account: &Account) -> Self {
        Self { arn: account.arn(), account: account.id.clone(), region: None }
    }
}

/// A verdict with what the runner must know of how it came about.
#[derive(Debug, Clone)]
pub(crate) struct Recorded {
    pub(crate) verdict: Verdict,
    pub(crate) as_of: Option<Timestamp>,
    one_suffices: bool,
}

impl Recorded {
    pub(crate) fn plain(verdict: Verdict) -> Self {
        Self { verdict, as_of: None, one_suffices: false }
    }

    /// Whether more items in a list could not change the verdict: an item that suffices was found, or one that fails.
    pub(crate) fn stands_on_a_cut_list(&self) -> bool {
        match self.verdict {
            Verdict::Pass => self.one_suffices,
            Verdict::Fail(_) => !self.one_suffices,
            Verdict::Unknown(_) | Verdict::NotApplicable(_) => false,
        }
    }
}

/// The verdicts of one check, one per resource.
#[derive(Debug, Default)]
pub struct Findings {
    pub(crate) recorded: BTreeMap<Resource, Recorded>,
    pub(crate) twice: Vec<Resource>,
}

impl Findings {
    /// Records the verdict on `resource`.
    pub fn record(&mut self, resource: impl Into<Resource>, verdict: Verdict) {
        self.put(resource.into(), Recorded::plain(verdict));
    }

    /// Records a verdict that rests on a report AWS made at `as_of`, which may be hours before the collection (fact H3).
    pub fn record_as_of(&mut self, resource: impl Into<Resource>, verdict: Verdict, as_of: Timestamp) {
        self.put(resource.into(), Recorded { as_of: Some(as_of), ..Recorded::plain(verdict) });
    }

    /// Records the verdict of a check that wants one good item in a list of the account: a Pass means that one was
    /// found, a Fail that none was. When the list is cut short the Pass stands and the Fail becomes Unknown.
    pub fn record_one_suffices(&mut self, account: impl Into<Resource>, verdict: Verdict) {
        self.put(account.into(), Recorded { one_suffices: true, ..Recorded::plain(verdict) });
    }

    fn put(&mut self, resource: Resource, recorded: Recorded) {
        match self.recorded.entry(resource) {
            Entry::Occupied(known) => self.twice.push(known.key().clone()),
            Entry::Vacant(free) => {
                free.insert(recorded);
            }
        }
    }
}
