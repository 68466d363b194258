//! `forewarn events baseline`: what is usual, for whom.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use forewarn_cases::Within;
use forewarn_cases::baseline::{
    BASELINES, Baselines, Ground, Judged, LEAST_DAYS, LEAST_EVENTS, Share, StoodOut, Subject, Summary, Wanted, walk,
};
use forewarn_detect::{About, Hit, Lists};
use forewarn_reports::inert;
use forewarn_reports::json::compact;
use forewarn_store::{Span, Store};
use jiff::civil::Date;

use super::failed;
use super::log::StoreLog;
use crate::cli::{Baseline, BaselineForm};
use crate::exit::{Exit, Failed};
use crate::output::{suggestion, write_file};
use crate::terminal::Terminal;

/// Lists of networks that are nobody's news.
const LISTS: [&str; 3] = ["office_networks", "vpn_networks", "ci_networks"];

pub(super) fn run(asked: &Baseline, terminal: &Terminal) -> Result<Exit, Failed> {
    let store = Store::open(&asked.kept.store).map_err(failed)?;
    let mut baselines = read(&asked.kept.store)?;
    let judged = bring(&store, &mut baselines, None, &Lists::default())?;
    if asked.update {
        save(&asked.kept.store, &baselines)?;
        terminal.note(&format!(
            "{} days summed up, {} kept; {} subjects",
            judged.renewed,
            baselines.days.len(),
            baselines.subjects().len()
        ));
    }
    let subjects: Vec<Subject> = baselines.subjects().into_iter().cloned().collect();
    let Some(actor) = &asked.actor else {
        if !asked.update {
            let last = until(&baselines);
            Terminal::data(|out| list(out, &subjects, &baselines, last, asked.format)).map_err(Failed::internal)?;
        }
        return Ok(Exit::Clean);
    };
    let found: Vec<&Subject> = subjects.iter().filter(|subject| is_called(subject, actor)).collect();
    if found.is_empty() {
        let names = subjects.iter().map(|subject| last_part(subject.name()));
        let hint =
            suggestion(actor, names).map_or_else(String::new, |close| format!("; did you mean `{}`?", inert(close)));
        return Err(Failed::usage(anyhow!("no event of the store is by or in `{}`{hint}", inert(actor))));
    }
    let last = until(&baselines);
    Terminal::data(|out| {
        for subject in found {
            let summary = Summary::of(&baselines, subject, last);
            match asked.format {
                BaselineForm::Text => text(out, &summary)?,
                BaselineForm::Json => {
                    compact(&summary, out)?;
                    writeln!(out)?;
                }
            }
        }
        Ok(())
    })
    .map_err(Failed::internal)?;
    Ok(Exit::Clean)
}

/// The day after the last one.
fn until(baselines: &Baselines) -> Date {
    let last = baselines.days.keys().next_back().copied().unwrap_or(Date::MIN);
    last.tomorrow().unwrap_or(last)
}

fn path(store: &Path) -> PathBuf {
    store.join("_forewarn").join("baselines.jsonl")
}

/// The baselines of a store; none where there is no file.
fn read(store: &Path) -> Result<Baselines, Failed> {
    let path = path(store);
    match File::open(&path) {
        Ok(file) => {
            let read = Baselines::read(BufReader::new(file));
            read.with_context(|| format!("`{}` cannot be read; remove it to begin anew", path.display()))
                .map_err(Failed::usage)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Baselines::default()),
        Err(error) => Err(Failed::internal(anyhow!("`{}`: {error}", path.display()))),
    }
}

fn save(store: &Path, baselines: &Baselines) -> Result<(), Failed> {
    write_file(&path(store), |out| baselines.write(out)).map_err(Failed::internal)
}

/// Sums up the days that have changed, and judges a time.
fn bring(store: &Store, baselines: &mut Baselines, judged: Option<Within>, lists: &Lists) -> Result<Judged, Failed> {
    let days = store.days().into_iter().map(|day| (day, store.stamp(day))).collect();
    let mut wanted = Wanted { days, judged, ..Wanted::default() };
    for name in LISTS {
        let networks = lists.networks(name);
        let wrong = |entry: String| Failed::usage(anyhow!("list `{name}`: `{}` is no network", inert(&entry)));
        wanted.networks.extend(networks.map_err(wrong)?);
    }
    walk(&StoreLog { store }, baselines, &wanted).map_err(failed)
}

/// Brings the file of a store up to date, where there is one; called by each import.
pub(super) fn refresh(path_of_store: &Path) -> Result<(), Failed> {
    if !path(path_of_store).exists() {
        return Ok(());
    }
    let store = Store::open(path_of_store).map_err(failed)?;
    let mut baselines = read(path_of_store)?;
    if bring(&store, &mut baselines, None, &Lists::default())?.renewed > 0 {
        save(path_of_store, &baselines)?;
    }
    Ok(())
}

/// What stands out in a time, as hits; and how many people had not enough history.
pub(super) fn hits(store: &Store, span: Span, lists: &Lists) -> Result<(Vec<Hit>, usize, usize), Failed> {
    let mut baselines = read(store.root())?;
    let within = Within { since: span.since, until: span.until };
    let judged = bring(store, &mut baselines, Some(within), lists)?;
    let hits = judged.hits.into_iter().map(hit).collect();
    Ok((hits, judged.without_history.len(), judged.people.len()))
}

fn hit(found: StoodOut) -> Hit {
    Hit {
        check: found.ground.id.to_owned(),
        title: found.ground.title.to_owned(),
        severity: found.ground.severity,
        techniques: found.ground.techniques.iter().map(|&technique| technique.to_owned()).collect(),
        actor: found.actor,
        account: found.account,
        first_time: found.first,
        last_time: found.last,
        count: found.count,
        counted: found.counted.into(),
        event_ids: found.event_ids,
        resources: found.resources,
        rests_on: found.rests_on,
        unknown: None,
    }
}

/// What there is to know of the detections against a baseline.
pub(super) fn about() -> Vec<About> {
    let about = |ground: &Ground| About {
        id: ground.id.to_owned(),
        title: ground.title.to_owned(),
        severity: ground.severity,
        techniques: ground.techniques.iter().map(|&technique| technique.to_owned()).collect(),
        false_positives: ground.false_positives.to_owned(),
        lists: LISTS.iter().filter(|_| ground.id == "baseline.new_network").map(|&list| list.to_owned()).collect(),
        file: None,
    };
    BASELINES.iter().map(about).collect()
}

fn last_part(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// Whether somebody means a subject: by all of its name, or by its last part.
fn is_called(subject: &Subject, actor: &str) -> bool {
    let name = subject.name();
    let bucket = actor.strip_prefix("arn:aws:s3:::");
    // Users are known without their path.
    let user = actor.split_once(":user/").map(|(head, rest)| format!("{head}:user/{}", last_part(rest)));
    name == actor || last_part(name) == actor || Some(name) == bucket || user.as_deref() == Some(name)
}

fn list(
    out: &mut dyn Write,
    subjects: &[Subject],
    baselines: &Baselines,
    last: Date,
    format: BaselineForm,
) -> io::Result<()> {
    for subject in subjects {
        let summary = Summary::of(baselines, subject, last);
        match format {
            BaselineForm::Text => {
                let enough = if summary.is_enough { "" } else { "  (not enough history)" };
                writeln!(
                    out,
                    "{:<8} {:>6} events {:>4} days  {}{enough}",
                    subject.word(),
                    summary.events,
                    summary.days,
                    inert(subject.name())
                )?;
            }
            BaselineForm::Json => {
                compact(&summary, out)?;
                writeln!(out)?;
            }
        }
    }
    Ok(())
}

/// Things of one kind that are listed.
const SHOWN: usize = 12;

fn text(out: &mut dyn Write, summary: &Summary) -> io::Result<()> {
    writeln!(out, "{} {}", summary.subject.word(), inert(summary.subject.name()))?;
    if let Some((first, last)) = summary.span {
        writeln!(
            out,
            "  active on {} days from {first} to {last}: {} events, {} refused",
            summary.days, summary.events, summary.refused
        )?;
    }
    if !summary.is_enough {
        writeln!(
            out,
            "  not enough history: nothing is judged below {LEAST_DAYS} active days and {LEAST_EVENTS} events"
        )?;
    }
    writeln!(out, "  a day: {} events in the median, at most {}", summary.median_events, summary.most_events)?;
    let (middle, most) = summary.terminated;
    writeln!(out, "  terminated a day: {middle} instances in the median, at most {most}")?;
    if let Some((middle, most)) = summary.bytes_out {
        writeln!(out, "  bytes out a day: {middle} in the median, at most {most}")?;
    }
    let zone = summary
        .zone
        .map_or_else(|| "no rhythm of day and night is known".to_owned(), |zone| format!("rhythm of UTC{zone:+}"));
    writeln!(out, "  hours of the week in UTC, days with events ({zone}):")?;
    write!(out, "       ")?;
    (0..24).try_for_each(|hour| write!(out, "{hour:>3}"))?;
    writeln!(out)?;
    for (name, hours) in ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].iter().zip(&summary.week) {
        let cell = |days: &u32| if *days == 0 { "  ·".to_owned() } else { format!("{days:>3}") };
        writeln!(out, "    {name}{}", hours.iter().map(cell).collect::<String>())?;
    }
    for (title, shares) in [
        ("networks", &summary.networks),
        ("clients", &summary.agents),
        ("regions", &summary.regions),
        ("actions", &summary.actions),
    ] {
        shown(out, title, shares)?;
    }
    writeln!(out)
}

fn shown(out: &mut dyn Write, title: &str, shares: &BTreeMap<String, Share>) -> io::Result<()> {
    let mut all: Vec<(&String, &Share)> = shares.iter().collect();
    all.sort_by(|one, other| (other.1.days, other.1.events, one.0).cmp(&(one.1.days, one.1.events, other.0)));
    writeln!(out, "  {title}: {}", all.len())?;
    for (name, share) in all.iter().take(SHOWN) {
        writeln!(
            out,
            "    {:>4} days {:>7} events  {} ({} to {})",
            share.days,
            share.events,
            inert(name),
            share.first,
            share.last
        )?;
    }
    match all.len().saturating_sub(SHOWN) {
        0 => Ok(()),
        more => writeln!(out, "         and {more} more (-f json has all)"),
    }
}
