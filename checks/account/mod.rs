//! Checks about the account as a whole.

use forewarn_findings::Check;

mod not_in_organization;
mod s3_block_public_access_off;

/// The checks of this folder.
#[rustfmt::skip]
pub(crate) const CHECKS: &[&Check] = &[
    &not_in_organization::CHECK,
    &s3_block_public_access_off::CHECK,
];
