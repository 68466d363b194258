//! `forewarn events import`: logs into a store.

mod disk;
mod page;

use anyhow::anyhow;
use forewarn_store::{Importer, Progress, Source};

use super::{failed, threads};
use crate::cli::Import;
use crate::exit::{Exit, Failed};
use crate::terminal::{Gauge, Terminal};

pub(super) fn run(asked: &Import, terminal: &Terminal) -> Result<Exit, Failed> {
    let (sources, passed) = find(&asked.sources)?;
    let importer = Importer::open(&asked.kept.store).map_err(failed)?.repairing(asked.repair);
    let gauge = Gauge::new(terminal, "events");
    let report = importer.run(sources, threads(), |progress: &Progress| {
        gauge.show(progress.done, progress.sources, progress.events, "events");
    });
    gauge.clear();
    let report = report.map_err(failed)?;
    Terminal::data(|out| page::write(out, &report, &passed, &asked.kept.store)).map_err(Failed::internal)?;
    Ok(if report.is_whole() || asked.allow_unreadable { Exit::Clean } else { Exit::Unknown })
}

/// Everything that the names stand for, and the files in folders that are no logs by their name.
fn find(names: &[String]) -> Result<(Vec<Source>, Vec<String>), Failed> {
    let (mut sources, mut passed) = (Vec::new(), Vec::new());
    for name in names {
        if name == "-" {
            sources.push(disk::stdin());
        } else {
            disk::find(name, &mut sources, &mut passed).map_err(Failed::usage)?;
        }
    }
    if names.iter().filter(|name| *name == "-").count() > 1 {
        return Err(Failed::usage(anyhow!("stdin (`-`) can be read only once")));
    }
    sources.sort_by(|one, other| one.name.cmp(&other.name));
    sources.dedup_by(|one, other| one.name == other.name);
    Ok((sources, passed))
}
