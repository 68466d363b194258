//! Checks about the log of the account.

use forewarn_findings::Check;

mod delivery_failing;
mod log_validation_off;
mod no_multi_region_trail;
mod not_logging;
mod recorded;
mod single_destination;

/// The checks of this folder.
#[rustfmt::skip]
pub(crate) const CHECKS: &[&Check] = &[
    &delivery_failing::CHECK,
    &log_validation_off::CHECK,
    &no_multi_region_trail::CHECK,
    &not_logging::CHECK,
    &single_destination::CHECK,
];
