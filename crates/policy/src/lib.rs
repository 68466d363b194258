//! The IAM policy language: parse documents, decide requests, search for a request that gets in.
//!
//! No I/O. Five questions are answered here and nowhere else; a check never looks into a document by itself.
//!
//! | question | function |
//! |---|---|
//! | may this request pass? | [`decide()`] |
//! | can anybody of this audience get in, and with which request? | [`reach()`] |
//! | does AWS call this bucket policy public? | [`s3_policy_status()`] |
//! | do these conditions hold? | [`condition_holds()`] |
//! | do these policies leave nothing out? | [`admin_equivalent()`] |

mod audience;
mod request;
mod target;

pub use audience::Audience;
pub use request::{Context, ContextValue, Principal, Request};
pub use target::{
    AccessPoint, Acl, AclGrant, Answer, BlockPublicAccess, BlockSettings, Decided, Decision, Doubt, Hit, LayerName,
    Layers, Organization, Outcome, Ownership, Question, Reach, Reading, ResourceKind, StatementRef, Target,
};
