//! CloudTrail records as typed events, and what they say.
//!
//! This crate reads the container that CloudTrail delivers, `{"Records": […]}`. Each record is cut out first and typed
//! second, so that one broken record loses itself only, and is named with its place. What is asked of events is asked
//! here, whether they come from a look-back or from files: [`Actor`] says who did it, [`changes`] what was changed into
//! what, [`shared()`] whether a key is in two places.

mod actor;
mod change;
mod container;
mod event;
mod record;
mod shared;

pub use actor::{Actor, Person, Sessions, Traced};
pub use change::{Before, Change, Effect, Place, RULES, Rule, Subject, changes};
pub use container::{Fault, Parsed, parse};
pub use event::{Event, HIDDEN, without_secrets};
pub use record::{Identity, Record, Resource, Session, SessionIssuer, SourceAddress};
pub use shared::{Sharing, Sighting, WITHIN, host, long_lived_key, network, origin, shared};
