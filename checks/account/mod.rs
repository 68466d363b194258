//! Checks about the account as a whole.

use forewarn_findings::Check;

mod analyzers;
mod external_access_analyzer_missing;
mod external_access_finding_open;
mod not_in_organization;
mod s3_block_public_access_off;
mod security_contact_missing;
mod unused_access_analyzer_missing;

/// The checks of this folder.
#[rustfmt::skip]
pub(crate) const CHECKS: &[&Check] = &[
    &external_access_analyzer_missing::CHECK,
    &external_access_finding_open::CHECK,
    &not_in_organization::CHECK,
    &s3_block_public_access_off::CHECK,
    &security_contact_missing::CHECK,
    &unused_access_analyzer_missing::CHECK,
];
