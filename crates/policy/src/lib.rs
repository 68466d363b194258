//! The IAM policy language: parse documents, decide requests, search for a request that gets in.
//!
//! No I/O. These questions are answered here and nowhere else; a check never looks into a document by itself.
//!
//! | question | function |
//! |---|---|
//! | may this request pass? | [`decide()`] |
//! | can anybody of this audience get in, and with which request? | [`reach()`] |
//! | does AWS call this bucket policy public? | [`s3_policy_status()`] |
//! | can this principal make any of these calls? | [`can()`] |
//! | does one policy allow more than another? | [`compare()`], [`compare_access()`], [`compare_identity()`], [`compare_principal()`] |
//! | do these policies leave nothing out, or lead to more? | [`admin_equivalent()`], [`escalations()`] |
//! | what is wrong with this document? | [`lint::lint()`] |
//! | all of these, as JSON lines | [`batch`] |
//! | the same search as a script for an SMT solver | [`smt_lib()`] |

// What the fuzz targets do with their inputs calls the crate by its name, and is replayed by a test inside it.
#[cfg(test)]
extern crate self as forewarn_policy;

mod audience;
pub mod batch;
mod can;
pub mod catalogue;
mod compare;
mod condition;
mod decide;
mod document;
mod federation;
mod glob;
mod grants;
mod json;
pub mod lint;
mod parts;
mod principal;
mod reach;
mod request;
mod services;
mod smt;
mod status;
mod tables;
mod target;
#[cfg(test)]
mod tests;
mod text;
mod work;

pub use audience::Audience;
pub use can::{Calls, can, may_allow, with_delegation};
pub use compare::{Side, compare, compare_access, compare_access_of, compare_identity, compare_principal};
pub use condition::arn_matches;
pub use decide::decide;
pub use document::{Document, Effect, ParseError, Place, Statement};
pub use federation::{TenantClaims, tenant_claims};
pub use grants::{
    AdminEquivalent, CallerIs, Category, Escalation, Everywhere, Feasible, Grantee, RoleRights, Roles, Step, Tally,
    Technique, Wanted, Where, WholeServices, admin_equivalent, escalations, everywhere, lets_service, techniques,
    whole_services,
};
pub use json::Span;
pub use lint::{Diagnostic, PolicyKind, Severity, lint, lint_thoroughly};
pub use parts::{Guess, own_statements, parts_met, unnamed_account};
pub use reach::{layers, reach, route};
pub use request::{Context, ContextValue, Principal, Request};
pub use smt::{NotEncoded, smt_lib};
pub use status::{PolicyStatus, s3_policy_status};
pub use target::{
    AccessPoint, Acl, AclGrant, Answer, BlockPublicAccess, BlockSettings, Decided, Decision, Doubt, Hit, LayerName,
    Layers, Organization, Outcome, Ownership, Question, Reach, Reading, ResourceKind, StatementRef, Target,
};
pub use text::HoleReader;
