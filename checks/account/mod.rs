//! Checks about the account as a whole.

use forewarn_findings::Check;

mod s3_block_public_access_off;

/// The checks of this folder.
#[rustfmt::skip]
pub(crate) const CHECKS: &[&Check] = &[
    &s3_block_public_access_off::CHECK,
];
