//! `forewarn review`: what a change would open, before it is applied.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context as _, anyhow};
use forewarn_findings::{Check, Review, Settings, VerdictKind};
use forewarn_inventory::{Fact, Inventory, overlay, snapshot};
use forewarn_plan::{Kind, Place, Proposal, Reading, Source};
use forewarn_reports::{TextOptions, review as formats};
use serde_json::json;

use super::audit;
use crate::assessment::redaction;
use crate::cli::{self, FailOn, ReviewTarget};
use crate::config::{Config, Tagged, select};
use crate::exit::{Exit, Failed};
use crate::output;
use crate::terminal::Terminal;

/// The account of a change that names none; no account has this id.
const NOBODY: &str = "000000000000";

/// What CloudTrail remembers is no part of a change.
const PAST: [Fact; 3] = [Fact::RecentChanges, Fact::KeyUse, Fact::LastAccessed];

pub(crate) fn run(asked: &cli::Review, config: &Config, terminal: &Terminal, verbose: bool) -> Result<Exit, Failed> {
    let gate = Gate::new(asked, config).map_err(Failed::usage)?;
    let redaction = redaction(&asked.redact).map_err(Failed::usage)?;
    let (checks, settings) = judges(asked, config).map_err(Failed::usage)?;
    let reading = reading(asked).map_err(Failed::usage)?;
    let files = files(asked, &reading).map_err(Failed::usage)?;
    let mut notes = Vec::new();
    let today = today(asked, config, &checks, terminal)?;
    let place = Place {
        account: asked.account.clone(),
        region: asked.connection.region.clone().or_else(|| config.region.clone()),
        standalone: asked.standalone,
    };
    let proposal = lay(&files, today, &place).map_err(Failed::usage)?;
    if proposal.after.accounts.iter().any(|account| account.id == NOBODY) {
        notes.push(
            "the change is judged alone, and no account is named: every account in it is taken for another one \
             (--account says which is yours)"
                .to_owned(),
        );
    }
    notes.extend(proposal.notes);
    let version = env!("CARGO_PKG_VERSION");
    let mut review = Review::of(&checks, &proposal.today, &proposal.after, proposal.proposed, &settings, version);
    review.notes = notes;
    let exit = gate.exit(&review);
    if let Some(redaction) = &redaction {
        review = review.redacted(redaction);
    }
    write(asked, &gate.targets, &review, terminal, verbose)?;
    Ok(exit)
}

/// The checks and what they are told. Those that look back are left out.
fn judges(asked: &cli::Review, config: &Config) -> anyhow::Result<(Vec<&'static Check>, Settings)> {
    let or = |given: &[String], configured: &[String]| -> Vec<String> {
        if given.is_empty() { configured.to_vec() } else { given.to_vec() }
    };
    let selection = &asked.selection;
    let mut checks = select(
        &or(&selection.checks, &config.checks),
        &or(&selection.skip, &config.skip),
        &Tagged::new(&selection.tags, false, config)?,
    )?;
    checks.retain(|check| !check.needs.iter().any(|need| PAST.contains(need)));
    if checks.is_empty() {
        return Err(anyhow!("no check is left to run: those that are named look at the past"));
    }
    // Controls of frameworks are for audits: each asks some checks again with thresholds of its own.
    let settings = Settings { frameworks: Vec::new(), ..config.settings(&selection.trusted_accounts)? };
    Ok((checks, settings))
}

fn read(path: &Path) -> anyhow::Result<Source> {
    let name = path.display().to_string();
    let bytes = std::fs::read(path).with_context(|| format!("cannot read `{name}`"))?;
    Ok(Source { name, bytes })
}

/// The accounts as they are: a snapshot, an empty account, or the live ones.
fn today(
    asked: &cli::Review,
    config: &Config,
    checks: &[&'static Check],
    terminal: &Terminal,
) -> Result<Inventory, Failed> {
    if let Some(path) = &asked.against {
        return snapshot::load(path).map_err(Failed::usage);
    }
    if asked.standalone {
        let id = asked.account.as_deref().unwrap_or(NOBODY);
        return overlay::inventory(&json!({ "id": id })).map_err(Failed::internal);
    }
    let mut options = audit::options(&asked.connection, config).map_err(Failed::usage)?;
    let needs: BTreeSet<Fact> = checks.iter().flat_map(|check| check.needs).copied().collect();
    options.needs = needs;
    options.lookups.days = 0;
    audit::live(&options, terminal)
}

/// How the files are to be read.
fn reading(asked: &cli::Review) -> anyhow::Result<Reading> {
    let kind = asked.kind.as_deref().map(str::parse).transpose().map_err(|error: String| anyhow!(error))?;
    let mut configuration = (String::new(), Vec::new());
    if let Some(folder) = &asked.source {
        configuration.0 = folder.display().to_string();
        terraform_files(folder, 0, &mut configuration.1)?;
    }
    let parameters = asked.parameters.iter().cloned().collect();
    let attach = asked.attach.clone();
    Ok(Reading { kind, attach, configuration, parameters, ..Reading::default() })
}

/// Folders below a folder that are looked into.
const DEPTH: usize = 16;

/// How the names of files of configuration end.
const CONFIGURATION: [&str; 4] = [".tf", ".tofu", ".tf.json", ".tofu.json"];

/// The files of configuration in a folder and below; what `init` fetched is left out.
fn terraform_files(folder: &Path, depth: usize, found: &mut Vec<Source>) -> anyhow::Result<()> {
    let read = || format!("cannot read the folder `{}`", folder.display());
    let mut entries =
        std::fs::read_dir(folder).with_context(read)?.collect::<Result<Vec<_>, _>>().with_context(read)?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let (path, kind) = (entry.path(), entry.file_type().with_context(read)?);
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if kind.is_dir() && !hidden && depth < DEPTH {
            terraform_files(&path, depth + 1, found)?;
        } else if kind.is_file() && CONFIGURATION.iter().any(|ending| path.to_string_lossy().ends_with(ending)) {
            let name = path.display().to_string();
            found.push(
                self::read(&path).map(|source| Source { name: name.trim_start_matches("./").to_owned(), ..source })?,
            );
        }
    }
    Ok(())
}

/// A file of the change, how it is read, and where it goes when it says so itself.
struct File {
    source: Source,
    reading: Reading,
    account: Option<String>,
    region: Option<String>,
}

/// The files of the change; a folder that the CDK made stands for the templates in it.
fn files(asked: &cli::Review, reading: &Reading) -> anyhow::Result<Vec<File>> {
    let mut files = Vec::new();
    for path in &asked.files {
        if path.is_dir() {
            stacks(path, reading, 0, &mut files)?;
        } else {
            let source = read(path)?;
            let reading = Reading { nested: nested(&source), ..reading.clone() };
            files.push(File { source, reading, account: None, region: None });
        }
    }
    if files.is_empty() {
        return Err(anyhow!("no stack is in what is to be reviewed"));
    }
    Ok(files)
}

/// The templates of a folder that `cdk synth` made, and of those below it.
fn stacks(folder: &Path, reading: &Reading, depth: usize, files: &mut Vec<File>) -> anyhow::Result<()> {
    let manifest = folder.join("manifest.json");
    if !manifest.is_file() || depth > DEPTH {
        return Err(anyhow!(
            "`{}` is a folder without `manifest.json`; one that `cdk synth` made has it",
            folder.display()
        ));
    }
    let assembly = forewarn_plan::assembly(&read(&manifest)?)?;
    for stack in assembly.stacks {
        let source = read(&folder.join(inside(&stack.file)?))?;
        let reading =
            Reading { kind: Some(Kind::Template), stack: Some(stack.name), nested: nested(&source), ..reading.clone() };
        files.push(File { source, reading, account: stack.account, region: stack.region });
    }
    for below in assembly.folders {
        stacks(&folder.join(inside(&below)?), reading, depth + 1, files)?;
    }
    Ok(())
}

/// The largest template that AWS takes.
const LARGEST_TEMPLATE: u64 = 1 << 20;

/// The templates of the stacks nested in a template, and in those; what is not there stays out, and the review says so.
fn nested(source: &Source) -> BTreeMap<String, Source> {
    let mut found = BTreeMap::new();
    let mut names =
        if source.bytes.len() as u64 > LARGEST_TEMPLATE { Vec::new() } else { forewarn_plan::nested(source) };
    while let Some(name) = names.pop() {
        let path = Path::new(&name);
        let fits = path.metadata().is_ok_and(|file| file.is_file() && file.len() <= LARGEST_TEMPLATE);
        if fits
            && !found.contains_key(&name)
            && let Ok(bytes) = std::fs::read(path)
        {
            let source = Source { name: name.clone(), bytes };
            names.extend(forewarn_plan::nested(&source));
            found.insert(name, source);
        }
    }
    found
}

/// A path of a manifest, which stays inside its folder.
fn inside(path: &str) -> anyhow::Result<&str> {
    let plain = Path::new(path).components().all(|part| matches!(part, std::path::Component::Normal(_)));
    if plain { Ok(path) } else { Err(anyhow!("the manifest names `{path}`, which is not in its folder")) }
}

/// Lays all files over the inventory, one after the other.
fn lay(files: &[File], today: Inventory, place: &Place) -> anyhow::Result<Proposal> {
    let mut whole = Proposal { after: today.clone(), today, proposed: Vec::new(), notes: Vec::new() };
    for (at, file) in files.iter().enumerate() {
        let has = |id: &String| whole.after.accounts.iter().any(|account| account.id == *id);
        let place = Place {
            account: place.account.clone().or_else(|| file.account.clone().filter(has)),
            region: place.region.clone().or_else(|| file.region.clone()),
            standalone: place.standalone,
        };
        let next = forewarn_plan::propose(&file.source, &file.reading, &whole.after, &place)?;
        if at == 0 {
            whole.today = next.today;
        }
        whole.after = next.after;
        whole.proposed.extend(next.proposed);
        whole.notes.extend(next.notes);
    }
    Ok(whole)
}

fn write(
    asked: &cli::Review,
    targets: &[ReviewTarget],
    review: &Review,
    terminal: &Terminal,
    verbose: bool,
) -> Result<(), Failed> {
    for target in targets {
        let to_terminal = target.path.is_none();
        let options = TextOptions {
            width: if to_terminal { Terminal::width() } else { 120 },
            color: to_terminal && Terminal::color(),
            verbose,
            all: asked.all,
        };
        let write = |out: &mut dyn std::io::Write| formats::write(target.format, review, &options, out);
        match &target.path {
            None => Terminal::data(write).context("cannot write to stdout").map_err(Failed::internal)?,
            Some(path) => {
                output::write_file(path, write).map_err(Failed::internal)?;
                terminal.note(&format!("{} written to {}", target.format.name(), path.display()));
            }
        }
    }
    Ok(())
}

/// What is written, and what lets the change through.
struct Gate {
    targets: Vec<ReviewTarget>,
    fail_on: FailOn,
    allow_unknown: bool,
}

impl Gate {
    fn new(asked: &cli::Review, config: &Config) -> anyhow::Result<Self> {
        let mut targets = asked.formats.clone();
        if targets.is_empty() {
            targets.push(ReviewTarget { format: formats::Format::Text, path: None });
        }
        output::check_files(
            targets.iter().map(|target| target.path.as_deref().map(|path| (path, target.format.extension()))),
            None,
        )?;
        let fail_on = match (asked.fail_on, &config.fail_on) {
            (Some(given), _) => given.into(),
            (None, Some(text)) => clap::ValueEnum::from_str(text, true)
                .map_err(|_| anyhow!("`fail_on` of the configuration is `{text}`; it can be a severity or `never`"))?,
            (None, None) => FailOn::High,
        };
        // What is new is all that a review looks at.
        let fail_on = if fail_on == FailOn::New { FailOn::Informational } else { fail_on };
        Ok(Self { targets, fail_on, allow_unknown: asked.allow_unknown || config.allow_unknown })
    }

    /// The exit code, as the table has it: by what is introduced only, and never clean where the review is not whole.
    fn exit(&self, review: &Review) -> Exit {
        let threshold = self.fail_on.threshold();
        let at_least = |found: Vec<&forewarn_findings::Finding>, verdict: VerdictKind| {
            let bad = |finding: &&forewarn_findings::Finding| threshold.is_some_and(|least| finding.severity >= least);
            found.iter().any(|finding| finding.verdict == verdict && bad(finding))
        };
        let coverage = &review.report.coverage;
        if review.report.run.interrupted {
            Exit::Interrupted
        } else if coverage.assessed() == 0 {
            Exit::Unreached
        } else if !coverage.internal_errors.is_empty() {
            Exit::Internal
        } else if at_least(review.introduced(), VerdictKind::Fail) {
            Exit::Findings
        } else if !self.allow_unknown
            && threshold.is_some()
            && (at_least(review.undecided(), VerdictKind::Unknown)
                || review.is_incomplete()
                || coverage.lacks_accounts())
        {
            Exit::Unknown
        } else {
            Exit::Clean
        }
    }
}
