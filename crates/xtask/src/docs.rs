//! `cargo xtask docs`: a page for each check.

use std::path::Path;

use anyhow::Context as _;

use crate::place::{cargo, run as execute};

/// Has the checks write their pages. They are not kept in the repository: what is generated goes stale there.
pub fn run(folder: &Path) -> anyhow::Result<()> {
    let folder = std::path::absolute(folder).context("where is that folder?")?;
    execute(cargo(&["run", "--quiet", "--package", "forewarn-checks", "--example", "docs", "--"]).arg(folder))
}
