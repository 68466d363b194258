//! CloudTrail records as typed events, and what they say.
//!
//! [`read()`] reads whatever AWS writes records into. Each record is cut out first and understood second, so that one
//! broken record loses itself only, and is named with its place. A record has two forms: [`Normal`] has what is asked of
//! every event, in the terms of OCSF; [`Record`] is typed as a whole. What is asked of events is asked here, whether they
//! come from a look-back or from files: [`Actor`] says who did it, [`changes`] what was changed into what, [`shared()`]
//! whether a key is in two places.

mod actor;
mod artifact;
mod change;
mod digest;
mod event;
mod keys;
mod normal;
mod reader;
mod record;
mod shared;

pub use actor::{Actor, Person, Sessions, Traced, role_of};
pub use artifact::{Artifact, ArtifactKind, artifacts};
pub use change::{Before, Change, Effect, Place, RULES, Rule, Subject, changes, changes_with, policy_in};
pub use digest::{Digest, Flaw, HashOf, IsSigned, LogFile, Verified, sha256, verify};
pub use event::{Event, HIDDEN, without_secrets};
pub use keys::{Judged, Keys, Networks, Part, Seen, Suspicion, Turn, Unit, Usage, Use, client, plan};
pub use normal::{ACCOUNT_CHANGE, API_ACTIVITY, AUTHENTICATION, DATASTORE_ACTIVITY, Normal, NotARecord};
pub use reader::{Container, Fault, Repair, Sink, Summary, read, read_damaged, unpacked};
pub use record::{Brief, Identity, Record, Resource, Session, SessionIssuer, SourceAddress};
pub use shared::{Sharing, Sighting, WITHIN, host, long_lived_key, network, origin, shared};
