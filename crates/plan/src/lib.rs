//! Proposed changes as inventories: what an account would be after a plan, a template or a policy is applied.
//!
//! No I/O: files come in as bytes with their names. A draft lays what the change says over an inventory of
//! today; what the change leaves open until it is applied goes in as a hole with its cause
//! ([`PolicyText::hole`](forewarn_inventory::PolicyText::hole)), never as guessed text.
//!
//! | what | where |
//! |---|---|
//! | what a file is, and all of them | [`propose`] |
//! | a policy document and what it is to hang on | [`document()`] |
//! | plans of Terraform and `OpenTofu` | `terraform` |
//! | templates, change sets and what the CDK makes | `cloudformation` |
//! | what a resource does to an inventory, in the words of the Terraform provider | `lay` |
//!
//! A name that AWS or a provider will make up is stood for by one that nobody chose; resources of the change that refer to it
//! refer to the same stand-in.

mod attach;
mod aws_managed;
mod beyond;
mod cloudformation;
mod declared;
mod decode;
mod document;
mod draft;
mod folder;
mod kind;
mod lay;
mod shape;
mod terraform;
mod value;

use std::collections::BTreeMap;

use forewarn_inventory::{Inventory, Proposed};

pub use attach::{Attach, AttachError};
pub use cloudformation::{Assembly, Stack, assembly, nested};
pub use decode::decode;
pub use document::document;
pub use kind::Kind;

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

/// How a file is to be read.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// What it is; `None` = as its content says.
    pub kind: Option<Kind>,
    /// What a policy document is to be.
    pub attach: Option<Attach>,
    /// The folder of the configuration that a plan was made from, and the `.tf` files in it and below.
    pub configuration: (String, Vec<Source>),
    /// Values of the parameters of a template.
    pub parameters: BTreeMap<String, String>,
    /// Templates of nested stacks, by their paths as [`nested`] gives them.
    pub nested: BTreeMap<String, Source>,
    /// The name of the stack that a template is for; `None` = that of the file.
    pub stack: Option<String>,
}

/// Lays a change over an inventory, whatever it is written in.
///
/// # Errors
/// [`PlanError`] where the file cannot be read, or nothing of the inventory could have it.
pub fn propose(source: &Source, reading: &Reading, today: &Inventory, place: &Place) -> Result<Proposal, PlanError> {
    let text = decode(source)?;
    let kind = match (reading.kind, &reading.attach) {
        (Some(kind), _) => kind,
        (None, Some(_)) => Kind::Policy,
        (None, None) => kind::detect(source, &text)?,
    };
    match (kind, &reading.attach) {
        (Kind::Policy, Some(attach)) => document(source, attach, today, place),
        (Kind::Policy, None) => {
            let what = format!("is a policy; say with --as what it is to be: {}", Attach::FORMS.join(", "));
            Err(PlanError::file(source, what))
        }
        (Kind::Template, _) => cloudformation::template(source, &text, reading, today, place),
        (Kind::ChangeSet, _) => cloudformation::change_set(source, &text, today, place),
        (Kind::Plan, _) => {
            let (root, files) = &reading.configuration;
            terraform::plan(source, &text, today, place, &terraform::Lines::new(root, files))
        }
    }
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
