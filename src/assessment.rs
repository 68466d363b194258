//! From an inventory to written reports and an exit code: what `audit` and `demo` share.

use std::collections::{BTreeMap, BTreeSet};
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use forewarn_findings::{
    Assessment, Check, Covered, EarlierInventory, Redaction, Report, Settings, VerdictKind, side_by_side,
};
use forewarn_history::{History, Stored};
use forewarn_inventory::{Fact, Inventory, snapshot};
use forewarn_reports::{Format, Lines, TextOptions};
use jiff::Timestamp;

use crate::accepted::Accepted;
use crate::cli::{FailOn, Output, Redact, Selection};
use crate::config::{Config, Tagged, select};
use crate::exit::{Exit, Failed};
use crate::output::{self, Target};
use crate::terminal::Terminal;

/// What is to be judged, and what is to be written: settled before the first call goes out.
#[derive(Debug)]
pub(crate) struct Plan {
    checks: Vec<&'static Check>,
    settings: Settings,
    targets: Vec<Target>,
    fail_on: FailOn,
    allow_unknown: bool,
    all: bool,
    /// What somebody accepts, and the file that says so.
    exceptions: Option<Accepted>,
    redaction: Option<Redaction>,
    /// Where runs are stored.
    history: Option<PathBuf>,
    /// The earlier run, and the file that it was read from.
    baseline: Option<Report>,
    /// The snapshot that is judged, where it was saved before.
    snapshot: Option<PathBuf>,
    /// Whether the snapshot that is saved is for others.
    share: bool,
    /// SHA-256 of what the user gave beside the inventory.
    inputs: BTreeMap<String, String>,
}

impl Plan {
    /// Joins command line and configuration.
    pub(crate) fn new(
        selection: &Selection,
        output: &Output,
        config: &Config,
        snapshot: Option<&Path>,
    ) -> anyhow::Result<Self> {
        let or = |given: &[String], configured: &[String]| -> Vec<String> {
            if given.is_empty() { configured.to_vec() } else { given.to_vec() }
        };
        let mut targets = output.formats.clone();
        if targets.is_empty() {
            let configured: Result<Vec<Target>, String> = config.formats.iter().map(|text| text.parse()).collect();
            targets = configured.map_err(anyhow::Error::msg).context("in `formats` of the configuration")?;
        }
        if targets.is_empty() {
            targets.push(Target { format: Format::TEXT, path: None });
        }
        output::check(&targets, snapshot)?;
        let fail_on = match (output.fail_on, &config.fail_on) {
            (Some(given), _) => given,
            (None, Some(text)) => clap::ValueEnum::from_str(text, true).map_err(|_| {
                anyhow::anyhow!("`fail_on` of the configuration is `{text}`; it can be a severity, `new` or `never`")
            })?,
            (None, None) => FailOn::High,
        };
        let baseline = output.baseline.as_deref().map(earlier).transpose()?;
        if fail_on == FailOn::New && baseline.is_none() {
            anyhow::bail!(
                "`--fail-on new` needs `--baseline FILE`, the `-f json` of an earlier run, to know what is new"
            );
        }
        let history = output.history.clone().or_else(|| config.history.clone());
        if let Some(path) = &history {
            // What is wrong with it must be known before the collection.
            History::open(path)?;
        }
        let exceptions = output.exceptions.as_ref().or(config.exceptions.as_ref());
        let mut inputs: BTreeMap<String, String> =
            config.sha256.iter().map(|hash| ("configuration".to_owned(), hash.clone())).collect();
        if let Some(path) = exceptions {
            let text = std::fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
            inputs.insert("exceptions".to_owned(), output::sha256(&text));
        }
        Ok(Self {
            inputs,
            redaction: redaction(&output.redact)?,
            history,
            exceptions: exceptions.map(|path| Accepted::read(path)).transpose()?,
            baseline,
            snapshot: None,
            share: false,
            checks: select(
                &or(&selection.checks, &config.checks),
                &or(&selection.skip, &config.skip),
                &Tagged::new(&selection.tags, selection.last_accessed, config)?,
            )?,
            settings: config.settings(&selection.trusted_accounts)?,
            targets,
            fail_on,
            allow_unknown: output.allow_unknown || config.allow_unknown,
            all: output.all,
        })
    }

    /// The same, with what the accounts were like earlier.
    pub(crate) fn since(mut self, earlier: Inventory) -> Self {
        self.settings.earlier = Some(EarlierInventory::new(Arc::new(earlier)));
        self
    }

    /// The same, with what an event store has of the log of accounts.
    pub(crate) fn stored(mut self, covered: BTreeMap<String, Covered>) -> Self {
        self.settings.stored = covered;
        self
    }

    /// Refuses exceptions that have ended by this instant.
    pub(crate) fn exceptions_hold(&self, instant: Timestamp) -> Result<(), Failed> {
        self.exceptions.iter().try_for_each(|accepted| accepted.hold(instant)).map_err(Failed::usage)
    }

    /// The same, over a snapshot that was saved before.
    pub(crate) fn over(mut self, snapshot: &Path) -> Self {
        self.snapshot = Some(snapshot.to_owned());
        self
    }

    /// The same, with a snapshot that others may have.
    pub(crate) fn sharing(mut self) -> Self {
        self.share = true;
        self
    }

    /// The facts that the chosen checks need.
    pub(crate) fn needs(&self) -> BTreeSet<Fact> {
        self.checks.iter().flat_map(|check| check.needs).copied().collect()
    }

    /// The assessment that [`Self::finish`] ends.
    pub(crate) fn assessment(&self) -> Assessment<'_> {
        Assessment::new(&self.checks, &self.settings)
    }

    /// Judges, writes, and says how the run ends.
    pub(crate) fn finish(
        &self,
        assessment: Assessment<'_>,
        inventory: &Inventory,
        save: Option<&Path>,
        terminal: &Terminal,
        verbose: bool,
    ) -> Result<Exit, Failed> {
        if let Some(path) = save {
            let saved = if self.share {
                snapshot::save(&inventory.clone().shared(), path)
            } else {
                snapshot::save(inventory, path)
            };
            saved.map_err(Failed::internal)?;
            terminal.note(&format!("snapshot saved to {}", path.display()));
        }
        self.exceptions_hold(inventory.instant)?;
        let mut report = assessment.of(inventory, env!("CARGO_PKG_VERSION"));
        report.run.inputs.clone_from(&self.inputs);
        if let Some(accepted) = &self.exceptions {
            report.except(&accepted.exceptions());
            for exception in &report.coverage.idle_exceptions {
                terminal.note(&format!("warning: {}", accepted.idle(exception)));
            }
        }
        let stored = self.store(&mut report);
        let report = match &self.baseline {
            Some(earlier) => {
                if !shares_an_account(&report, earlier) {
                    terminal.note("warning: the baseline is about other accounts: everything in this run is new to it");
                }
                report.since(earlier)
            }
            None => report,
        };
        let exit = self.exit(&report);
        let report = match &self.redaction {
            Some(redaction) => report.redacted(redaction),
            None => report,
        };
        // The program ends with it, and giving a large one back piece by piece takes a twentieth of a second.
        let report = ManuallyDrop::new(report);
        // The snapshot has the names that redaction takes out.
        let lines = if self.redaction.is_none() { self.lines(&report, save)? } else { None };
        write_all(&report, &self.targets, lines.as_ref(), self.all, verbose, terminal)?;
        if let Some(stored) = stored.map_err(Failed::internal)? {
            terminal.note(&stored);
        }
        Ok(exit)
    }

    /// Stores the run and gives its findings their ages. A history that fails keeps no report from being written.
    fn store(&self, report: &mut Report) -> anyhow::Result<Option<String>> {
        let Some(path) = &self.history else { return Ok(None) };
        let Stored { new, back, gone, unassessed } = History::open(path)?.record(report)?;
        let place = path.display();
        Ok(Some(format!("stored in {place}: {new} new, {back} back, {gone} gone, {unassessed} not assessed this time")))
    }

    /// The lines of the snapshot that is saved, or was loaded, where a format names them. A compressed one has none.
    fn lines(&self, report: &Report, saved: Option<&Path>) -> Result<Option<Lines>, Failed> {
        let path = saved.or(self.snapshot.as_deref());
        let Some(path) = path.filter(|path| !is_compressed(path)) else { return Ok(None) };
        if !self.targets.iter().any(|target| target.format.names_lines()) {
            return Ok(None);
        }
        lines_in(path, report).map(Some).map_err(Failed::internal)
    }

    /// The exit code of a report, as the table has it.
    fn exit(&self, report: &Report) -> Exit {
        let at_least = |verdict: VerdictKind| match self.fail_on {
            FailOn::New => report.has_new(verdict),
            by_severity => {
                by_severity.threshold().is_some_and(|least| report.worst(verdict).is_some_and(|worst| worst >= least))
            }
        };
        let accounts = &report.coverage;
        if report.run.interrupted {
            Exit::Interrupted
        } else if accounts.assessed() == 0 {
            Exit::Unreached
        } else if !report.coverage.internal_errors.is_empty() {
            Exit::Internal
        } else if at_least(VerdictKind::Fail) {
            Exit::Findings
        } else if !self.allow_unknown
            && (at_least(VerdictKind::Unknown) || (accounts.lacks_accounts() && self.fail_on.threshold().is_some()))
        {
            Exit::Unknown
        } else {
            Exit::Clean
        }
    }
}

/// Whether a snapshot is written compressed, as its name says.
pub(crate) fn is_compressed(snapshot: &Path) -> bool {
    snapshot.extension().is_some_and(|ending| ending == "zst")
}

/// Where the evidence of a report stands in a snapshot that is not compressed.
pub(crate) fn lines_in(snapshot: &Path, report: &Report) -> anyhow::Result<Lines> {
    let place = snapshot.display().to_string();
    let text =
        std::fs::read_to_string(snapshot).with_context(|| format!("cannot read `{place}` again for its lines"))?;
    Ok(Lines::of(&place, &text, report))
}

/// Writes a report wherever it is wanted, the files side by side. One that cannot be written keeps no other from being.
pub(crate) fn write_all(
    report: &Report,
    targets: &[Target],
    lines: Option<&Lines>,
    all: bool,
    verbose: bool,
    terminal: &Terminal,
) -> Result<(), Failed> {
    let write = |target: &Target| -> Result<Option<String>, Failed> {
        let to_terminal = target.path.is_none();
        let options = TextOptions {
            width: if to_terminal { Terminal::width() } else { 120 },
            color: to_terminal && Terminal::color(),
            verbose,
            all,
        };
        let write = |out: &mut dyn std::io::Write| target.format.write_with_lines(report, &options, lines, out);
        let name = target.format.name;
        match &target.path {
            None => {
                Terminal::data(write).context("cannot write to stdout").map_err(Failed::internal)?;
                Ok(None)
            }
            Some(path) if target.format.is_folder() => {
                output::write_folder(path, target.format, report).map_err(Failed::internal)?;
                Ok(Some(format!("{name} written into {}", path.display())))
            }
            Some(path) => {
                output::write_file(path, write).map_err(Failed::internal)?;
                Ok(Some(format!("{name} written to {}", path.display())))
            }
        }
    };
    let mut ended = Ok(());
    for written in side_by_side(targets, write) {
        match written {
            Ok(said) => said.iter().for_each(|said| terminal.note(said)),
            Err(failed) => ended = ended.and(Err(failed)),
        }
    }
    ended
}

/// How names are to be taken out of what is written; `None` = not at all.
pub(crate) fn redaction(asked: &Redact) -> anyhow::Result<Option<Redaction>> {
    let Some(path) = &asked.redact_key else { return Ok(asked.redact.then(Redaction::default)) };
    let key = std::fs::read(path).with_context(|| format!("cannot read the key `{}`", path.display()))?;
    if key.len() < 16 {
        bail!(
            "`{}` is too short for a key: 16 bytes or more are wanted, such as `openssl rand -hex 32` prints",
            path.display()
        );
    }
    Ok(Some(Redaction::keyed(&key)))
}

/// Reads the report of an earlier run.
fn earlier(path: &Path) -> anyhow::Result<Report> {
    stored(path, "baseline")
}

/// Reads a report that `-f json` wrote; `what` is its part in errors, such as `baseline`.
pub(crate) fn stored(path: &Path, what: &str) -> anyhow::Result<Report> {
    let file = std::fs::File::open(path).with_context(|| format!("cannot read the {what} `{}`", path.display()))?;
    forewarn_reports::json::read(std::io::BufReader::new(file))
        .with_context(|| format!("`{}` is no {what}", path.display()))
}

pub(crate) fn shares_an_account(report: &Report, earlier: &Report) -> bool {
    let accounts = |report: &Report| -> BTreeSet<String> {
        report.coverage.accounts.iter().map(|account| account.id.clone()).collect()
    };
    !accounts(report).is_disjoint(&accounts(earlier))
}
