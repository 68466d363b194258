//! A resource that a change declares, in the words of the Terraform provider for AWS.
//!
//! Plans and templates both come down to this: a type such as `aws_s3_bucket_policy` and its attributes, so that there is
//! one overlay for both. Templates are put into these words first.

use forewarn_inventory::{ProposedAction, SourcePlace};
use serde_json::Value;

/// A resource of a change.
#[derive(Debug, Clone)]
pub(crate) struct Declared {
    /// How the change names it.
    pub(crate) address: String,
    /// How the change names its kind: for a template the CloudFormation type.
    pub(crate) said: String,
    /// Its type in the words of the Terraform provider.
    pub(crate) kind: String,
    pub(crate) action: ProposedAction,
    /// What it is today, by the account of the change itself.
    pub(crate) before: Option<Value>,
    /// What it is to be; open values are holes.
    pub(crate) after: Option<Value>,
    /// The region that its provider works in, where it is known.
    pub(crate) region: Option<String>,
    /// The account that its provider works in, where that is another one than the change's own.
    pub(crate) account: Option<String>,
    pub(crate) place: SourcePlace,
    /// Why what is said of it cannot be read.
    pub(crate) unread: Option<String>,
}
