//! `forewarn events import`: logs into a store.

mod bucket;
pub(super) mod disk;
mod page;

use anyhow::anyhow;
use forewarn_collect::Options;
use forewarn_store::{Importer, Progress, Source, Unread};

use super::{failed, span, threads};
use crate::cli::Import;
use crate::config::Config;
use crate::exit::{Exit, Failed};
use crate::terminal::{Gauge, Terminal};

/// Threads that wait for the objects of a bucket.
const WAITING: usize = 16;

/// What there is to read.
#[derive(Default)]
struct Found {
    sources: Vec<Source>,
    /// Files in folders that are no logs by their name.
    passed: Vec<String>,
    /// What could not be listed.
    unread: Vec<Unread>,
}

pub(super) fn run(asked: &Import, config: &Config, terminal: &Terminal) -> Result<Exit, Failed> {
    // Objects are read while the importer runs.
    let runtime = if asked.sources.iter().any(|name| is_bucket(name)) { Some(runtime()?) } else { None };
    let found = find(asked, config, runtime.as_ref())?;
    let importer = Importer::open(&asked.kept.store).map_err(failed)?.repairing(asked.repair);
    let importer = importer.allowing_unread(asked.allow_unreadable).unlisted(found.unread);
    let threads = if runtime.is_some() { WAITING } else { threads() };
    let gauge = Gauge::new(terminal, "events");
    let report = importer.run(found.sources, threads, |progress: &Progress| {
        gauge.show(progress.done, progress.sources, progress.events, "events");
    });
    gauge.clear();
    let report = report.map_err(failed)?;
    super::baseline::refresh(&asked.kept.store)?;
    Terminal::data(|out| page::write(out, &report, &found.passed, &asked.kept.store)).map_err(Failed::internal)?;
    Ok(if report.is_whole() || asked.allow_unreadable { Exit::Clean } else { Exit::Unknown })
}

/// A runtime for the objects of buckets, which many threads wait for.
fn runtime() -> Result<tokio::runtime::Runtime, Failed> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(Failed::internal)
}

fn is_bucket(name: &str) -> bool {
    name.starts_with("s3://")
}

/// Everything that the names stand for.
fn find(asked: &Import, config: &Config, runtime: Option<&tokio::runtime::Runtime>) -> Result<Found, Failed> {
    let mut found = Found::default();
    let span = span(asked.since.as_deref(), asked.until.as_deref())?;
    for name in &asked.sources {
        match runtime {
            Some(runtime) if is_bucket(name) => {
                let options = options(asked, config);
                let asked = bucket::Asked { options: &options, since: span.since, until: span.until };
                asked.find(name, runtime.handle(), &mut found.sources, &mut found.unread)?;
            }
            _ if name == "-" => found.sources.push(disk::stdin()),
            _ => disk::find(name, &mut found.sources, &mut found.passed).map_err(Failed::usage)?,
        }
    }
    if asked.sources.iter().filter(|name| *name == "-").count() > 1 {
        return Err(Failed::usage(anyhow!("stdin (`-`) can be read only once")));
    }
    found.sources.sort_by(|one, other| one.name.cmp(&other.name));
    found.sources.dedup_by(|one, other| one.name == other.name);
    Ok(found)
}

fn options(asked: &Import, config: &Config) -> Options {
    let or = |given: &Option<String>, configured: &Option<String>| given.clone().or_else(|| configured.clone());
    Options {
        profile: or(&asked.profile, &config.profile),
        region: or(&asked.region, &config.region),
        endpoint_url: or(&asked.endpoint_url, &config.endpoint_url),
        run: "events".to_owned(),
        ..Options::default()
    }
}
