//! `forewarn audit`: the main job.

mod kept;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use forewarn_collect::{Accounts, CollectError, Lookups, MEMBER_ROLE, MOST_DAYS, Options, Progress, Read, Stop};
use forewarn_findings::Assessment;
use forewarn_inventory::{Inventory, snapshot};

use crate::assessment::Plan;
use crate::cli::{Audit, Connection, LookBack};
use crate::config::Config;
use crate::exit::{Exit, Failed};
use crate::terminal::{Bars, Terminal};

pub(crate) fn run(audit: &Audit, config: &Config, terminal: &Terminal, verbose: bool) -> Result<Exit, Failed> {
    let mut plan =
        Plan::new(&audit.selection, &audit.output, config, audit.save_snapshot.as_deref()).map_err(Failed::usage)?;
    if let Some(path) = &audit.look_back.earlier {
        plan = plan.since(snapshot::load(path).map_err(Failed::usage)?);
    }
    if audit.share {
        plan = plan.sharing();
    }
    let kept = audit.look_back.events.as_deref().map(kept::Kept::read).transpose()?;
    if let Some(kept) = &kept {
        plan = plan.stored(kept.covered().clone());
    }
    if let Some(path) = &audit.snapshot {
        plan = plan.over(path);
    }
    let assessment = plan.assessment();
    let mut inventory = if let Some(path) = &audit.snapshot {
        snapshot::load(path).map_err(Failed::usage)?
    } else {
        plan.exceptions_hold(jiff::Timestamp::now())?;
        let mut options = options(&audit.connection, config).map_err(Failed::usage)?;
        options.needs = plan.needs();
        options.lookups = lookups(&audit.look_back, config).map_err(Failed::usage)?;
        if let Some(kept) = &kept {
            options.lookups.known = kept.known(options.lookups.days);
        }
        judging_ahead(&assessment, |tell| runtime()?.block_on(collect(&options, terminal, tell)))?
    };
    if let Some(kept) = kept {
        kept.lay(&mut inventory, terminal);
    }
    plan.finish(assessment, &inventory, audit.save_snapshot.as_deref().map(Path::new), terminal, verbose)
}

/// How far back to look: command line first, then the configuration.
fn lookups(given: &LookBack, config: &Config) -> anyhow::Result<Lookups> {
    let mut lookups = Lookups::default();
    if let Some(days) = given.events_days.or(config.events_days) {
        anyhow::ensure!(days <= MOST_DAYS, "`events_days` is {days}; CloudTrail remembers {MOST_DAYS} days");
        lookups.days = days;
    }
    if let Some(seconds) = given.events_budget.or(config.events_budget) {
        lookups.budget = Duration::from_secs(seconds.into());
    }
    Ok(lookups)
}

/// Command line and environment first, then the configuration.
pub(crate) fn options(connection: &Connection, config: &Config) -> anyhow::Result<Options> {
    let or = |given: &Option<String>, configured: &Option<String>| given.clone().or_else(|| configured.clone());
    let regions = if connection.regions.is_empty() { &config.regions } else { &connection.regions };
    let listed = |given: &[String], configured: &[String]| -> BTreeSet<String> {
        if given.is_empty() { configured.iter().cloned().collect() } else { given.iter().cloned().collect() }
    };
    // What the command line says of the accounts replaces all that the file says of them.
    let (org, named) = if connection.org || !connection.accounts.is_empty() {
        (connection.org, &connection.accounts)
    } else {
        (config.org, &config.accounts)
    };
    let accounts = match (org, named.is_empty()) {
        (true, false) => anyhow::bail!("`org` and `accounts` of the configuration exclude each other"),
        (true, true) => Accounts::Organization,
        (false, false) => Accounts::Named(named.iter().cloned().collect()),
        (false, true) => Accounts::Own,
    };
    let mut options = Options {
        accounts,
        skip_accounts: listed(&connection.skip_accounts, &config.skip_accounts),
        member_role: or(&connection.member_role, &config.member_role).unwrap_or_else(|| MEMBER_ROLE.to_owned()),
        profile: or(&connection.profile, &config.profile),
        region: or(&connection.region, &config.region),
        regions: regions.clone(),
        role_arn: or(&connection.role_arn, &config.role_arn),
        external_id: or(&connection.external_id, &config.external_id),
        endpoint_url: or(&connection.endpoint_url, &config.endpoint_url),
        ..Options::default()
    };
    if let Some(most) = connection.max_in_flight.or(config.max_in_flight) {
        options.max_in_flight = most.into();
    }
    Ok(options)
}

/// Reads the live account, with progress, until done or until Ctrl-C.
pub(crate) fn live(options: &Options, terminal: &Terminal) -> Result<Inventory, Failed> {
    runtime()?.block_on(collect(options, terminal, &|_| ()))
}

/// Hears of what has been read.
pub(crate) type Tell<'a> = &'a (dyn Fn(Read) + Sync);

/// Collects, and judges what has been read beside it. Where judging falls behind, what it does not get to is judged when all
/// has been read.
pub(crate) fn judging_ahead<T>(assessment: &Assessment<'_>, collect: impl FnOnce(Tell<'_>) -> T) -> T {
    let (sender, told) = mpsc::sync_channel::<Read>(WAITING);
    let over = AtomicBool::new(false);
    let judge = |told: mpsc::Receiver<Read>| {
        for read in told.iter().take_while(|_| !over.load(Ordering::Relaxed)) {
            assessment.ahead(&read.part, &read.facts);
        }
    };
    thread::scope(|scope| {
        // Without the thread everything is judged in the end.
        let _ = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, move || judge(told));
        let collected = collect(&|read| drop(sender.try_send(read)));
        over.store(true, Ordering::Relaxed);
        drop(sender);
        collected
    })
}

/// So many pieces wait to be judged at most: each is a copy of some buckets.
const WAITING: usize = 32;

/// As much as the main thread has: documents may be nested deeply.
const STACK: usize = 8 << 20;

/// A runtime for calls over the network, all on one thread: most of a call is waiting, and what one thread hands to
/// another for every answer costs more than it brings.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Failed> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failed::internal)
}

/// The same on a runtime that is there already.
pub(crate) async fn collect(options: &Options, terminal: &Terminal, tell: Tell<'_>) -> Result<Inventory, Failed> {
    let bars = Telling { bars: Bars::new(terminal), tell };
    let (stopper, stop) = Stop::pair();
    let said = terminal.clone();
    let watcher = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            said.note("stopping: what was read so far is assessed and written (Ctrl-C again to give up)");
            stopper.stop();
            if tokio::signal::ctrl_c().await.is_ok() {
                // The second time means it.
                std::process::abort();
            }
        }
    });
    let collected = forewarn_collect::collect(options, &bars, stop).await;
    watcher.abort();
    bars.bars.clear();
    collected.map_err(not_collected)
}

/// How a run ends that could not begin.
pub(crate) fn not_collected(error: CollectError) -> Failed {
    match error {
        CollectError::Option { .. } | CollectError::NoOrganization { .. } => Failed::usage(error),
        CollectError::Interrupted => Failed { exit: Exit::Interrupted, error: error.into() },
        other => Failed::unreached(other),
    }
}

/// Shows how far the collection is, and passes on what has been read.
struct Telling<'a> {
    bars: Bars,
    tell: Tell<'a>,
}

impl Progress for Telling<'_> {
    fn begin(&self, service: &str, total: usize) {
        self.bars.length(service, total as u64);
    }

    fn advance(&self, service: &str) {
        self.bars.step(service);
    }

    fn end(&self, service: &str) {
        self.bars.done(service);
    }

    fn read(&self, read: Read) {
        (self.tell)(read);
    }
}
