//! Checks, verdicts, findings and the report that they add up to.
//!
//! A [`Check`] is a pure function over a [`Case`]; it [records](Findings::record) one [`Verdict`] per resource.
//! [`assess`] runs checks over an inventory and gives a [`Report`], which is all that a report format sees.

mod age;
mod case;
mod changes;
mod check;
mod compliance;
mod docs;
mod evidence;
mod exception;
mod exhibits;
mod fingerprint;
mod guardrails;
mod held;
pub mod monitoring;
mod parallel;
mod pointed;
mod reach;
mod redact;
mod report;
mod review;
mod rights;
mod run;
mod second;
mod since;
mod standing;
mod tags;
mod verdict;

pub use age::Age;
pub use case::{Case, In, Settings, Subject};
pub use changes::{
    Became, ChangeExhibit, ChangeSetting, ChangeVerdict, Course, Covered, EarlierInventory, Opened, Opening,
    RecentChange, Reset, StandsOut, State, Stood, Timeline, Told, lay_changes, lay_store, lay_versions, of_events,
    timeline,
};
pub use check::{Check, Findings, Judge, Parameter, ParameterKind, Resource, Severity};
pub use compliance::{
    Answered, Compliance, Control, ControlCheck, ControlStatus, Framework, Parameters, Results, Variant,
};
pub use docs::{Example, ExampleKind, Sections, sections};
pub use evidence::{Content, Evidence, EvidenceRole};
pub use exception::Exception;
pub use exhibits::{
    Ability, BucketExhibit, DocumentExhibit, DocumentPlace, Exhibits, Exposure, IdentityExhibit, IdentityKind,
    KeyExhibit, LoggingExhibit, LoggingLink, LoggingStep, Setting, SettingState,
};
pub use fingerprint::{Fingerprint, NoFingerprint};
pub use held::{Everywhere, Held, Node, Whole};
pub use parallel::side_by_side;
pub use reach::{Ask, Asked, Proof};
pub use redact::{Redaction, Redactor};
pub use report::{
    AccountCoverage, CheckCard, Coverage, FactCoverage, Finding, GapCoverage, Grounds, LookedBack, Report, Run,
    VerdictKind, Witness,
};
pub use review::{AccessDelta, Gain, Of, Review, Sources};
pub use rights::{Identity, Rights};
pub use run::{Assessment, assess};
pub use since::{Change, Earlier, Fate, Fates, Since};
pub use standing::{Standing, Way};
pub use tags::{Protects, RollUp, Side, Tally};
pub use verdict::{Answer, Failure, Reason, Reasons, Verdict};

pub use forewarn_inventory::{
    CallCount, Cause, Fact, Gap, Proposed, ProposedAction, RegionStatus, SourcePlace, Understood, Unread,
};
pub use ipnet::IpNet;

pub use forewarn_policy::{Audience, Context, ContextValue, LayerName, Principal, Request};
