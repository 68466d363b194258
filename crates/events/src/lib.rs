//! CloudTrail records as typed events.
//!
//! This crate reads the container that CloudTrail delivers, `{"Records": […]}`. Each record is cut out first and typed
//! second, so that one broken record loses itself only, and is named with its place.

mod container;
mod record;

pub use container::{Fault, Parsed, parse};
pub use record::{Identity, Record, Resource, Session, SessionIssuer, SourceAddress};
