//! `forewarn events rules`: the detections there are, ours and those of a user. And how rules and lists are read.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use forewarn_detect::{DETECTIONS, FOLDERS, Lists, Rules, Run, Settings};
use forewarn_reports::inert;

use crate::cli;
use crate::config::Config;
use crate::exit::{Exit, Failed};
use crate::output::suggestion;
use crate::terminal::Terminal;

/// Everything that looks at the events, with what the user says.
pub(super) fn ready(ruled: &cli::Ruled, thresholds: &[String], config: &Config) -> Result<Run, Failed> {
    let lists = lists(&ruled.lists)?;
    let given = given(&ruled.folders)?;
    let rules = Rules::read(&given, &lists).map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(|error| inert(&error.to_string()).into_owned()).collect();
        Failed::usage(anyhow!("{} cannot be honoured:\n  {}", amount(lines.len(), "rule"), lines.join("\n  ")))
    })?;
    if !given.is_empty() && !rules.about().any(|about| about.id.starts_with("sigma.")) {
        return Err(Failed::usage(anyhow!(
            "none of the rules is for AWS CloudTrail (`logsource` with `product: aws`, `service: cloudtrail`)"
        )));
    }
    let without: Vec<String> = rules.without_list.iter().map(|(_, list)| list.clone()).collect();
    let settings = Settings { lists, thresholds: set(thresholds, config)? };
    let run = Run::with(&settings, rules).map_err(|error| Failed::usage(anyhow!("{}", inert(&error))))?;
    let mut known: Vec<&str> = run.about().flat_map(|about| &about.lists).chain(&without).map(String::as_str).collect();
    known.sort_unstable();
    known.dedup();
    for (name, _) in ruled.lists.iter().filter_map(|said| said.split_once('=')) {
        if !known.contains(&name) {
            let hint = match suggestion(name, known.iter().copied()) {
                Some(close) => format!("did you mean `{close}`?"),
                None => format!("there are {}", known.join(", ")),
            };
            return Err(Failed::usage(anyhow!("no detection asks for a list `{}`; {hint}", inert(name))));
        }
    }
    Ok(run)
}

fn amount(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}

/// Reads `NAME=FILE`, each.
pub(super) fn lists(given: &[String]) -> Result<Lists, Failed> {
    let mut lists = Lists::default();
    for said in given {
        let (name, path) = said.split_once('=').filter(|(_, path)| !path.is_empty()).ok_or_else(|| {
            Failed::usage(anyhow!(
                "`{}` is no list; write NAME=FILE, such as production_instances=ids.txt",
                inert(said)
            ))
        })?;
        let path = PathBuf::from(path);
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read the list `{}`", path.display()));
        lists.add(name, &text.map_err(Failed::usage)?);
    }
    Ok(lists)
}

/// Thresholds of the configuration, and over them those of the command line: `DETECTION.NAME=N`.
fn set(given: &[String], config: &Config) -> Result<std::collections::BTreeMap<(String, String), i64>, Failed> {
    let mut found = std::collections::BTreeMap::new();
    for (id, values) in &config.parameters {
        if DETECTIONS.iter().any(|detection| detection.id == id && !detection.thresholds.is_empty()) {
            found.extend(values.iter().map(|(name, value)| ((id.clone(), name.clone()), *value)));
        }
    }
    for said in given {
        let read = || {
            let (place, value) = said.split_once('=')?;
            let (id, name) = place.rsplit_once('.')?;
            Some(((id.to_owned(), name.to_owned()), value.parse::<i64>().ok()?))
        };
        found.extend([read().ok_or_else(|| {
            Failed::usage(anyhow!(
                "`{}` sets no threshold; write DETECTION.NAME=N, such as ec2.mass_termination.instances=10",
                inert(said)
            ))
        })?]);
    }
    Ok(found)
}

/// The files of rules, by name, with their text.
fn given(folders: &[PathBuf]) -> Result<Vec<(String, String)>, Failed> {
    let mut files = Vec::new();
    for folder in folders {
        let before = files.len();
        walk(folder, true, &mut files).map_err(Failed::usage)?;
        if files.len() == before {
            return Err(Failed::usage(anyhow!("there is no rule (`.yml`) in `{}`", inert(&folder.to_string_lossy()))));
        }
    }
    Ok(files)
}

/// Goes into folders by name; what begins with a dot, and links to folders, are left out.
fn walk(at: &Path, first: bool, files: &mut Vec<(String, String)>) -> anyhow::Result<()> {
    let name = inert(&at.to_string_lossy()).into_owned();
    let kind = if first { fs::metadata(at) } else { fs::symlink_metadata(at) };
    let kind = kind.with_context(|| format!("cannot read `{name}`"))?;
    if kind.is_dir() {
        let entries = fs::read_dir(at).with_context(|| format!("cannot read `{name}`"))?;
        let mut paths = entries
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<Vec<_>, _>>()
            .with_context(|| format!("cannot read `{name}`"))?;
        paths.retain(|path| !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')));
        paths.sort();
        return paths.iter().try_for_each(|path| walk(path, false, files));
    }
    let is_rule = at.extension().is_some_and(|end| end.eq_ignore_ascii_case("yml") || end.eq_ignore_ascii_case("yaml"));
    if first || is_rule {
        let text = fs::read_to_string(at).with_context(|| format!("cannot read the rule `{name}`"))?;
        files.push((at.to_string_lossy().into_owned(), text));
    }
    Ok(())
}

/// What of the rules was not run, for a person.
pub(super) fn not_run(run: &Run) -> Vec<String> {
    let mut lines = Vec::new();
    for (check, list) in &run.rules().without_list {
        lines.push(format!("{check} was not run: it needs `--list {list}=FILE`"));
    }
    for (source, count) in &run.rules().aside {
        lines.push(format!("set aside: {} for {}", amount(*count, "document"), inert(source)));
    }
    lines
}

pub(super) fn run(asked: &cli::Rules, config: &Config, terminal: &Terminal) -> Result<Exit, Failed> {
    let run = ready(&asked.ruled, &[], config)?;
    let baselines = super::baseline::about();
    let mut all: Vec<_> = run.about().chain(&baselines).collect();
    all.sort_by(|one, other| one.id.cmp(&other.id));
    let Some(id) = &asked.id else {
        let widest = all.iter().map(|about| about.id.len()).max().unwrap_or_default();
        Terminal::data(|out| {
            all.iter().try_for_each(|about| {
                let word = about.severity.word();
                writeln!(out, "{:<widest$}  {word:<13}  {}", inert(&about.id), inert(&about.title))
            })
        })
        .map_err(Failed::internal)?;
        for line in not_run(&run) {
            terminal.note(&line);
        }
        return Ok(Exit::Clean);
    };
    let folder = FOLDERS.iter().find(|folder| folder.id == id);
    let about = all.iter().find(|about| about.id == *id);
    if folder.is_none() && about.is_none() {
        let known = all.iter().map(|about| about.id.as_str()).chain(FOLDERS.iter().map(|folder| folder.id));
        let hint = suggestion(id, known).map_or_else(
            || "`forewarn events rules` lists them all".to_owned(),
            |close| format!("did you mean `{close}`?"),
        );
        return Err(Failed::usage(anyhow!("there is no detection `{}`; {hint}", inert(id))));
    }
    Terminal::data(|out| {
        if let Some(about) = about {
            let techniques = about.techniques.join(", ");
            writeln!(out, "{} ({})\n{}", inert(&about.id), about.severity.word(), inert(&about.title))?;
            writeln!(out, "MITRE ATT&CK: {}", if techniques.is_empty() { "none" } else { &techniques })?;
            if !about.lists.is_empty() {
                writeln!(out, "Lists: {}", inert(&about.lists.join(", ")))?;
            }
            if let Some(file) = &about.file {
                writeln!(out, "Rule: {}", inert(file))?;
            }
        }
        let detection = DETECTIONS.iter().find(|detection| detection.id == id);
        for threshold in detection.into_iter().flat_map(|detection| detection.thresholds) {
            writeln!(out, "Threshold {} = {}: {}", threshold.name, threshold.default, threshold.doc)?;
        }
        match (folder, about) {
            // Its first line says severity and technique again.
            (Some(folder), _) => {
                let prose = folder.readme.split_once('\n').map_or("", |(_, prose)| prose);
                writeln!(out, "\n{}", prose.trim())
            }
            (None, Some(about)) if !about.false_positives.is_empty() => {
                writeln!(out, "False positives: {}", inert(&about.false_positives))
            }
            _ => Ok(()),
        }
    })
    .map_err(Failed::internal)?;
    Ok(Exit::Clean)
}
