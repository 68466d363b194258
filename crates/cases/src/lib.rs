//! Cases: from one event to the story, its sources and what to do.
//!
//! [`investigate`] goes over a [`Log`] a few times: to find what the case begins with, to see what its person did around
//! it, and once for each step from artifact to artifact. Every question of the method is answered with the events that the
//! answer rests on, or with what is missing for it. A [`Sentence`] cannot be built without the id of an event. The same log
//! and the same files give the same bytes: there is no clock in here, and nothing is sent anywhere.

mod asked;
pub mod baseline;
mod case;
mod drawn;
mod fact;
mod follow;
mod gather;
mod look;
mod past;
mod plan;
mod questions;
mod redact;
mod row;
mod story;
mod who;
mod write;

pub use asked::{
    AboutAccount, Allowed, Asked, EarlierCase, EarlierLead, EarlierTitle, Hours, KnownHit, Offices, Place, Places,
    Start, Threats,
};
pub use case::{Case, CaseArtifact, Lead, Looked, SCHEMA_VERSION, investigate};
pub use drawn::{Edge, Graph, Heat, Lane, Mark, Moment, Node, Timeline};
pub use fact::{Answer, Ids, Needs, Sentence, Weight};
pub use follow::{Followed, SetAside, Value};
pub use gather::Failed;
pub use plan::Step;
pub use questions::{Answered, Subject};
pub use redact::prose;
pub use row::{Extent, Log, Only, Records, Row, Within, transferred};
pub use who::{Names, Who};
pub use write::{html, json, markdown};

#[cfg(test)]
mod tests;
