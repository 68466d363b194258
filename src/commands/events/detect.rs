//! `forewarn events detect`: the detections over a store.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use anyhow::anyhow;
use forewarn_detect::{Hit, NotSeen};
use forewarn_findings::Severity;
use forewarn_reports::inert;
use forewarn_reports::ocsf::detection::{self, Detected};
use forewarn_store::Store;
use serde::Serialize;
use serde_json::json;

use super::{baseline, failed, fingerprint, glances, redact, rules, span};
use crate::assessment::redaction;
use crate::cli::{Detect, FailOn};
use crate::config::Config;
use crate::exit::{Exit, Failed};
use crate::output::{suggestion, write_file};
use crate::terminal::Terminal;

/// What can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    Json,
    /// Detection Findings.
    Ocsf,
}

/// What is written, and where: `json`, `json=-` or `json=OUT`.
pub(super) struct Target<'a> {
    pub(super) form: Form,
    pub(super) path: Option<&'a Path>,
}

/// The JSON form.
#[derive(Serialize)]
struct Found<'a> {
    schema_version: &'static str,
    /// How many events were looked at.
    events: u64,
    /// Sources that were not read whole: what is in the rest of them nobody knows.
    unread: &'a [Unread],
    /// Our detections that need a list which was not given, each with its list.
    without_list: BTreeMap<String, String>,
    /// Documents of the rules that are for other logs, by log source.
    set_aside: BTreeMap<String, usize>,
    /// People of whom too little is known for the baselines to judge them.
    without_history: usize,
    detections: &'a [Hit],
}

/// A source that was imported in part only, or not at all.
#[derive(Serialize)]
pub(super) struct Unread {
    pub(super) source: String,
    pub(super) why: String,
}

pub(super) fn run(asked: &Detect, config: &Config, terminal: &Terminal) -> Result<Exit, Failed> {
    let threshold = match asked.fail_on {
        None => Some(Severity::High),
        Some(FailOn::New) => {
            return Err(Failed::usage(anyhow!("`--fail-on new` needs runs to compare; name a severity")));
        }
        Some(fail_on) => fail_on.threshold(),
    };
    let targets = targets(&asked.formats)?;
    let mut run = rules::ready(&asked.ruled, &asked.thresholds, config)?;
    let store = Store::open(&asked.kept.store).map_err(failed)?;
    let sources = store.unread().map_err(failed)?.into_iter();
    let redaction = redaction(&asked.redact).map_err(Failed::usage)?;
    let mut unread: Vec<Unread> = sources.map(|(source, why)| Unread { source, why }).collect();
    let mut events = 0;
    let span = span(asked.since.as_deref(), asked.until.as_deref())?;
    let lists = rules::lists(&asked.ruled.lists)?;
    // Both go over all events, and neither knows of the other.
    let (unusual, without_history, people) = std::thread::scope(|scope| {
        let unusual = scope.spawn(|| baseline::hits(&store, span, &lists));
        let take = |held| {
            events += 1;
            run.take(held).map_err(not_seen)
        };
        glances::each(&store, span, take).map_err(failed)??;
        unusual.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })?;
    let detections = run.about().count() + baseline::about().len();
    let not_run = rules::not_run(&run);
    let without_list = run.rules().without_list.iter().cloned().collect();
    let set_aside = run.rules().aside.clone();
    let mut hits = run.finish().map_err(not_seen)?;
    hits.extend(unusual);
    hits.sort_by_key(|hit| (hit.first_time, hit.last_time));
    if let Some(redaction) = &redaction {
        let mut by = redact::redactor(redaction);
        redact::unread(&mut by, &mut unread);
        redact::hits(&mut by, &mut hits);
    }
    let found = Found {
        schema_version: "1.2.0",
        events,
        unread: &unread,
        without_list,
        set_aside,
        without_history,
        detections: &hits,
    };
    for target in targets {
        let write = |out: &mut dyn Write| match target.form {
            Form::Json => json(out, &found),
            Form::Ocsf => detection::write(hits.iter().map(detected), env!("CARGO_PKG_VERSION"), out),
            Form::Text => text(out, &found),
        };
        match target.path {
            Some(path) => write_file(path, write).map_err(Failed::internal)?,
            None => Terminal::data(write).map_err(Failed::internal)?,
        }
    }
    let at_least = |hit: &&Hit| threshold.is_some_and(|threshold| hit.severity >= threshold);
    let unknown = hits.iter().filter(at_least).filter(|hit| hit.unknown.is_some()).count();
    let certain = hits.iter().filter(at_least).count() - unknown;
    if without_history > 0 {
        terminal.note(&format!("baselines: not enough history of {without_history} of {people} people"));
    }
    for line in &not_run {
        terminal.note(line);
    }
    terminal.note(&format!("{events} events, {} hits of {detections} detections", hits.len()));
    // A look at nothing, or at a part, is no clean look.
    let incomplete = threshold.is_some() && (events == 0 || !unread.is_empty());
    Ok(match (certain, unknown) {
        (1.., _) => Exit::Findings,
        (0, unknown) if (unknown > 0 || incomplete) && !asked.allow_unknown => Exit::Unknown,
        _ => Exit::Clean,
    })
}

fn not_seen(error: NotSeen) -> Failed {
    Failed::internal(match error {
        NotSeen::Late { id } => anyhow!("event `{}` of the store is out of order", inert(&id)),
        NotSeen::Broken { id, reason } => {
            anyhow!("the record of event `{}` does not read: {}", inert(&id), inert(&reason))
        }
    })
}

pub(super) fn targets(formats: &[String]) -> Result<Vec<Target<'_>>, Failed> {
    let mut targets = Vec::new();
    for said in formats {
        let (name, path) = said.split_once('=').map_or((said.as_str(), None), |(name, path)| (name, Some(path)));
        let form = match name {
            "json" => Form::Json,
            "text" => Form::Text,
            "ocsf" => Form::Ocsf,
            other => {
                let hint = suggestion(other, ["json", "text", "ocsf"]).unwrap_or("json, ocsf or text");
                return Err(Failed::usage(anyhow!("unknown format `{}`; did you mean {hint}?", inert(other))));
            }
        };
        if path == Some("") {
            return Err(Failed::usage(anyhow!("`{}` names no file after `=`", inert(said))));
        }
        targets.push(Target { form, path: path.filter(|path| *path != "-").map(Path::new) });
    }
    if targets.is_empty() {
        targets.push(Target { form: Form::Text, path: None });
    }
    let mut paths: Vec<Option<&Path>> = targets.iter().map(|target| target.path).collect();
    paths.sort();
    paths.dedup();
    if paths.len() < targets.len() {
        return Err(Failed::usage(anyhow!(
            "two formats go to one place; give each a file of its own, such as `-f json=hits.json`"
        )));
    }
    Ok(targets)
}

/// A hit as a Detection Finding of OCSF.
fn detected(hit: &Hit) -> Detected<'_> {
    let resources: Vec<&str> = hit.resources.iter().map(String::as_str).collect();
    let mut about = vec![hit.check.as_str(), &hit.account, &hit.actor];
    about.extend(&resources);
    Detected {
        check: &hit.check,
        title: &hit.title,
        message: format!("{} by {}: {} {}", hit.title, hit.actor, hit.count, hit.counted),
        severity: hit.severity,
        fingerprint: fingerprint(&about),
        actor: &hit.actor,
        address: None,
        account: &hit.account,
        region: None,
        resources,
        first_time: hit.first_time,
        last_time: hit.last_time,
        count: hit.count,
        event_ids: hit.event_ids.iter().map(String::as_str).collect(),
        techniques: hit.techniques.iter().map(String::as_str).collect(),
        unknown: hit.unknown.clone(),
        resolved: false,
        more: json!({ "counted": hit.counted, "rests_on": hit.rests_on }),
    }
}

fn json(out: &mut dyn Write, found: &Found<'_>) -> io::Result<()> {
    forewarn_reports::json::write_readable(found, out)
}

/// Resources shown of one hit, and sources of what was not read.
const SHOWN: usize = 5;

fn text(out: &mut dyn Write, found: &Found<'_>) -> io::Result<()> {
    if !found.unread.is_empty() {
        writeln!(out, "NOT ALL WAS READ, so not all can be found:")?;
        for Unread { source, why } in found.unread.iter().take(SHOWN) {
            writeln!(out, "  - {}: {}", inert(source), inert(why))?;
        }
        match found.unread.len().saturating_sub(SHOWN) {
            0 => writeln!(out)?,
            more => writeln!(out, "  - and {more} more (-f json has all)\n")?,
        }
    }
    if found.events == 0 {
        return writeln!(out, "There is no event in this time, so nothing could be found.");
    }
    if found.detections.is_empty() {
        return writeln!(out, "Nothing was found in {} events.", found.events);
    }
    for hit in found.detections {
        let sure = if hit.unknown.is_some() { "  (unknown)" } else { "" };
        writeln!(out, "{:<13}  {}{sure}\n  {}", hit.severity.word(), inert(&hit.check), inert(&hit.title))?;
        writeln!(out, "  by {} in account {}", inert(&hit.actor), inert(&hit.account))?;
        let one = hit.counted.strip_suffix('s').filter(|_| hit.count == 1);
        let counted = inert(one.unwrap_or(&hit.counted));
        writeln!(out, "  from {} to {}: {} {counted}", hit.first_time, hit.last_time, hit.count)?;
        for fact in hit.unknown.iter().chain(&hit.rests_on) {
            writeln!(out, "  - {}", inert(fact))?;
        }
        let resources: Vec<_> = hit.resources.iter().take(SHOWN).map(|resource| inert(resource)).collect();
        if !resources.is_empty() {
            let more = hit.resources.len() - resources.len();
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            writeln!(out, "  on {}{more}", resources.join(", "))?;
        }
        if let Some(first) = hit.event_ids.first() {
            let more = hit.event_ids.len() - 1;
            let more = if more == 0 { String::new() } else { format!(" and {more} more (-f json has all)") };
            writeln!(out, "  event {}{more}", inert(first))?;
        }
        writeln!(out)?;
    }
    writeln!(out, "{} hits in {} events.", found.detections.len(), found.events)
}
