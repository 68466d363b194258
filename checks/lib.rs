//! Every check, one folder each.
//!
//! A folder holds the facts and the logic (`mod.rs`) and the prose with its runnable examples (`README.md`). To add one:
//! `cargo xtask new-check SERVICE DEFECT`, then a line in the list of its service; a test says so where it is missing, and
//! with `FOREWARN_LIST_CHECKS=1` writes it. What every check promises is in `tests.rs`.

mod account;
mod frameworks;
mod iam;
mod monitoring;
mod organizations;
mod s3;
mod trail;

#[cfg(test)]
mod tests;

pub use frameworks::{FrameworkError, frameworks};

use forewarn_findings::{Check, Evidence};
use forewarn_inventory::{Account, Fact};

/// Every check, by service and name.
pub fn all() -> Vec<&'static Check> {
    [account::CHECKS, iam::CHECKS, monitoring::CHECKS, organizations::CHECKS, s3::CHECKS, trail::CHECKS].concat()
}

/// Evidence about the account itself: a pointer into one part of it.
fn on_account(account: &Account, part: &impl serde::Serialize, pointer: &str, note: &str) -> Evidence {
    Evidence::at(&account.arn(), part, pointer, note)
}

/// The facts of several lists as one; `N` is how many there are, and another number does not compile.
#[expect(clippy::indexing_slicing, reason = "it runs in constants only, where a wrong index does not compile")]
const fn joined<const N: usize>(lists: &[&[Fact]]) -> [Fact; N] {
    let mut all = [Fact::Buckets; N];
    let (mut at, mut list) = (0, 0);
    while list < lists.len() {
        let mut next = 0;
        while next < lists[list].len() {
            all[at] = lists[list][next];
            (at, next) = (at + 1, next + 1);
        }
        list += 1;
    }
    assert!(at == N, "N is not the number of facts");
    all
}
