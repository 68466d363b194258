//! Cases out of a seed, over small alphabets.

mod decide;
mod dice;
mod features;
mod policy;
mod reach;
mod words;

pub use decide::decide_case;
pub use features::features;
pub use reach::reach_case;
