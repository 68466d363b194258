//! A second opinion on IAM policies, for the tests of the policy engine.
//!
//! Written from the facts of the language alone, as plainly as they stand there, slow on purpose, and without a line of the
//! engine: where the two disagree, one of them has read a fact wrongly. It answers the JSON cases of `forewarn policy
//! batch`, makes such cases up from a seed, and finds out by trying every request of a small world who gets in.

mod brute;
mod condition;
mod decide;
mod generate;
mod public;
mod request;
mod statement;
#[cfg(test)]
mod tests;
mod text;

pub use brute::{brute_reach, tries};
pub use decide::{Verdict, decide};
pub use generate::{decide_case, features, reach_case};
pub use public::is_public_policy;
