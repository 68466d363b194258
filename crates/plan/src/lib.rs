//! Proposed changes as inventories: what an account would be after a plan, a template or a policy is applied.
//!
//! No I/O: files come in as bytes with their names. A [`Draft`](draft) lays what the change says over an inventory of
//! today; what the change leaves open until it is applied goes in as a hole with its cause
//! ([`PolicyText::hole`](forewarn_inventory::PolicyText::hole)), never as guessed text.
//!
//! | what | where |
//! |---|---|
//! | a policy document and what it is to hang on | [`document`] |
//!
//! A name that AWS or a provider will make up is stood for by one that nobody chose; resources of the change that refer to it
//! refer to the same stand-in.

#![allow(dead_code, reason = "what a plan needs of a draft stands here before the plan does")]

mod attach;
mod aws_managed;
mod decode;
mod document;
mod draft;

use forewarn_inventory::{Inventory, Proposed};

pub use attach::{Attach, AttachError};
pub use decode::decode;
pub use document::document;

/// A file of a change.
#[derive(Debug, Clone)]
pub struct Source {
    /// The name that it was given by.
    pub name: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// Where a change is to be applied.
#[derive(Debug, Clone, Default)]
pub struct Place {
    /// The account; `None` = the only one of the inventory, or the one that the change names.
    pub account: Option<String>,
    /// The region of what the change does not place itself; `us-east-1` where nobody says.
    pub region: Option<String>,
    /// Whether nothing is known of the account: what the change does not say is taken to be not there.
    pub standalone: bool,
}

/// A change laid over an inventory.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// The accounts as they are, with what the change itself says of today.
    pub today: Inventory,
    /// The accounts as they would be.
    pub after: Inventory,
    /// The resources of the change, in its own order.
    pub proposed: Vec<Proposed>,
    /// What a reader must know of how the change was read, a sentence each.
    pub notes: Vec<String>,
}

/// Why a file is no change that can be reviewed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The file is not what it is taken for.
    #[error("`{file}` {what}")]
    File {
        /// The file.
        file: String,
        /// What is wrong, where, and what to do.
        what: String,
    },
    /// The inventory has several accounts, or not the one that is named.
    #[error("{0}")]
    Account(String),
}

impl PlanError {
    fn file(source: &Source, what: impl Into<String>) -> Self {
        Self::File { file: source.name.clone(), what: what.into() }
    }
}
