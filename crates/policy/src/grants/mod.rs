//! What a principal's rights amount to: everything, or a way to more.

mod admin;
mod attempt;
mod cover;
mod everywhere;
mod members;
mod names;
mod roles;
mod service;
mod solve;
mod technique;
#[cfg(test)]
mod tests;
mod trust;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use admin::{AdminEquivalent, admin_equivalent};
pub use everywhere::{Everywhere, Wanted, everywhere};
pub use roles::{Roles, Tally};
pub use service::{WholeServices, whole_services};
pub use solve::escalations;
pub use technique::{CallerIs, Category, Step, Technique, Where, techniques};
pub use trust::lets_service;

use crate::{Document, Doubt, Layers, Reading, Request};

/// A principal with the policies that limit what it does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grantee {
    /// Its ARN; `None` = any user or role of the account.
    pub principal: Option<String>,
    /// The account that it is in; `None` = any.
    pub account: Option<String>,
    /// Its own policies, its boundary and the service control policies above it.
    pub layers: Layers,
    /// ARNs of the customer managed policies attached to it, where they are known.
    pub policies: Option<Vec<String>>,
    /// ARNs of its groups, where they are known.
    pub groups: Option<Vec<String>>,
}

/// A role that somebody could take over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleRights {
    /// Its ARN.
    pub arn: String,
    /// Its trust policy.
    pub trust: Reading<Arc<Document>>,
    /// Its own policies, its boundary and the service control policies above it.
    pub layers: Layers,
}

/// A technique that works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Escalation {
    /// One request for each step.
    pub steps: Vec<Request>,
    /// What the targets are.
    pub targets: BTreeMap<String, String>,
    /// What is taken for granted because no fact was given.
    pub assumes: Vec<String>,
}

/// Whether a technique works for a principal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Feasible {
    /// It does.
    Yes(Box<Escalation>),
    /// It does not.
    No,
    /// It could not be decided.
    Unknown(Vec<Doubt>),
}
