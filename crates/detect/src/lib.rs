//! Detections: what stands out in a stream of CloudTrail events.
//!
//! A [`Detector`] sees every event once, sorted by time, and says at the end what it found. [`Run`] takes the events at a
//! glance, in any order, and shows them to all of them. Who did something is asked once, in [`Seen`]: the person behind
//! a session, as far as the events tell. Windows slide and are exact at their edges.

mod folders;
mod glance;
mod lists;
mod own;
mod run;
mod settings;
mod sigma;
mod window;

pub use folders::{FOLDERS, Folder};
pub use glance::{Glance, Held};
pub use lists::Lists;
pub use own::DETECTIONS;
pub use run::{About, Detection, Detector, Found, Hit, NotSeen, Run, Seen, Short};
pub use settings::{Settings, Threshold};
pub use sigma::{RuleError, Rules};

#[cfg(test)]
mod tests;
