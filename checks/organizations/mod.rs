//! Checks about an account's place in its organisation.

use forewarn_findings::Check;

mod account_directly_under_root;
mod account_without_guardrail;

/// The checks of this folder.
#[rustfmt::skip]
pub(crate) const CHECKS: &[&Check] = &[
    &account_directly_under_root::CHECK,
    &account_without_guardrail::CHECK,
];
