//! `forewarn events investigate`: from one event to the case.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use forewarn_cases::{
    AboutAccount, Allowed, Asked, Case, EarlierCase, Failed as NoCase, Hours, KnownHit, Offices, Start, Threats,
    investigate,
};
use forewarn_detect::Lists;
use forewarn_findings::{Settings, assess};
use forewarn_inventory::snapshot;
use forewarn_reports::{Line, Page, inert, styles};
use forewarn_store::Store;
use serde::Deserialize;

use super::failed;
use super::log::StoreLog;
use super::places::Database;
use super::redact;
use crate::assessment::redaction;
use crate::cli::Investigate;
use crate::exit::{Exit, Failed};
use crate::output::write_file;
use crate::terminal::Terminal;

/// The form of `forewarn events detect -f json`, as far as it is needed.
#[derive(Deserialize)]
struct Found {
    detections: Vec<KnownHit>,
}

pub(super) fn run(asked: &Investigate, terminal: &Terminal) -> Result<Exit, Failed> {
    let hits = asked.hits.as_deref().map(hits).transpose()?;
    let redaction = redaction(&asked.redact).map_err(Failed::usage)?;
    let begins = begins(asked, hits.as_ref().map(|(_, hits)| hits.as_slice()).unwrap_or_default());
    let store = Store::open(&asked.kept.store).map_err(failed)?;
    let unread = store.unread().map_err(failed)?;
    if !unread.is_empty() {
        terminal.note("warning: not all was imported; the case says what is missing");
    }
    let mut question = question(asked)?;
    question.hits = hits;
    question.unread = unread;
    let log = StoreLog { store: &store };
    let many = begins.len() > 1;
    for start in begins {
        question.start = start;
        let mut case = investigate(&log, &question).map_err(|error| match error {
            NoCase::Log(error) => failed(error),
            NoCase::NotFound(what) => Failed::usage(anyhow!(
                "no event of `{}` has `{}`; `forewarn events search` looks for other words",
                inert(&asked.kept.store.to_string_lossy()),
                inert(&what)
            )),
        })?;
        if let Some(redaction) = &redaction {
            case = case.redacted(&mut redact::of_case(redaction));
        }
        let folder = match &asked.out {
            Some(out) if many => out.join(&case.id),
            Some(out) => out.clone(),
            None => PathBuf::from(&case.id),
        };
        save(&case, &folder).map_err(Failed::internal)?;
        Terminal::data(|out| say(&mut Page::new(out, Terminal::width(), Terminal::color()), &case, &folder))
            .map_err(Failed::internal)?;
    }
    Ok(Exit::Clean)
}

/// Where the cases begin: each hit of a detection is one, everything else is one together.
fn begins(asked: &Investigate, hits: &[KnownHit]) -> Vec<Vec<Start>> {
    let (mut all, mut words) = (Vec::new(), Vec::new());
    for what in &asked.what {
        let of: Vec<&KnownHit> = hits.iter().filter(|hit| hit.check == *what).collect();
        if of.is_empty() {
            words.push(Start::of(what));
        }
        all.extend(of.into_iter().map(|hit| hit.event_ids.iter().map(|id| Start::Event(id.clone())).collect()));
    }
    if !words.is_empty() {
        all.insert(0, words);
    }
    all
}

/// A file of the user, with the name that the case has for it.
fn read(path: &Path) -> Result<(String, String), Failed> {
    let shown = inert(&path.to_string_lossy()).into_owned();
    let text = fs::read_to_string(path).with_context(|| format!("cannot read `{shown}`"));
    let name = path.file_name().map_or(shown, |name| name.to_string_lossy().into_owned());
    Ok((name, text.map_err(Failed::usage)?))
}

fn json<T: for<'de> Deserialize<'de>>(path: &Path, what: &str) -> Result<(String, T), Failed> {
    let (name, text) = read(path)?;
    let value = serde_json::from_str(&text).with_context(|| format!("`{}` is no {what}", inert(&name)));
    Ok((name, value.map_err(Failed::usage)?))
}

fn hits(path: &Path) -> Result<(String, Vec<KnownHit>), Failed> {
    let (name, found): (_, Found) = json(path, "file of `forewarn events detect -f json`")?;
    Ok((name, found.detections))
}

/// The cases of a folder, in the order of their names.
fn cases(folder: &Path) -> Result<Vec<(String, EarlierCase)>, Failed> {
    const FILE: &str = "case.json";
    let shown = inert(&folder.to_string_lossy()).into_owned();
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read the folder `{shown}`"));
    let entries = entries.map_err(Failed::usage)?.filter_map(Result::ok).map(|entry| entry.path().join(FILE));
    let mut paths: Vec<PathBuf> = entries.chain([folder.join(FILE)]).filter(|path| path.is_file()).collect();
    paths.sort();
    if paths.is_empty() {
        return Err(Failed::usage(anyhow!("`{shown}` has no {FILE}, nor has a folder in it")));
    }
    let read = |path: PathBuf| {
        let (_, case): (_, EarlierCase) = json(&path, "case of `forewarn events investigate`")?;
        Ok((format!("{}/{FILE}", case.id), case))
    };
    paths.into_iter().map(read).collect()
}

fn question(asked: &Investigate) -> Result<Asked, Failed> {
    let mut question =
        Asked { depth: usize::from(asked.depth), fan_out: usize::from(asked.fan_out), ..Asked::default() };
    if let Some(path) = &asked.networks {
        let (name, text) = read(path)?;
        question.offices = Some(Offices::read(&name, &text));
    }
    if let Some(hours) = &asked.hours {
        question.hours =
            Some(Hours::read(hours).map_err(|error| Failed::usage(anyhow!("--hours: {}", inert(&error))))?);
    }
    for path in &asked.allow {
        let (name, text) = read(path)?;
        question.allowed.extend(Allowed::read(&name, &text));
    }
    for path in &asked.threats {
        let (name, text) = read(path)?;
        question.threats.push(Threats::read(&name, &text));
    }
    if let Some(path) = &asked.places {
        question.places = Some(Box::new(Database::open(path).map_err(Failed::usage)?));
    }
    for said in &asked.lists {
        const LIST: &str = "production_instances";
        let path = said.strip_prefix(LIST).and_then(|rest| rest.strip_prefix('='));
        let path = path.ok_or_else(|| {
            Failed::usage(anyhow!("`{}` is no list that a case asks for; write {LIST}=FILE", inert(said)))
        })?;
        let (name, text) = read(Path::new(path))?;
        let mut lists = Lists::default();
        lists.add(LIST, &text);
        question.production = Some((name, lists.of(LIST).map(str::to_owned).collect()));
    }
    if let Some(path) = &asked.cases {
        question.cases = Some(cases(path)?);
    }
    if let Some(path) = &asked.about {
        question.about = Some(json::<BTreeMap<String, AboutAccount>>(path, "list of accounts")?);
    }
    if let Some(path) = &asked.against {
        let inventory = snapshot::load(path).map_err(Failed::usage)?;
        let report = assess(&forewarn_checks::all(), &inventory, &Settings::default(), env!("CARGO_PKG_VERSION"));
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        question.snapshot = Some((name, report));
    }
    Ok(question)
}

fn save(case: &Case, folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make the folder `{}`", folder.display()))?;
    write_file(&folder.join("case.json"), |out| forewarn_cases::json(case, out))?;
    write_file(&folder.join("case.md"), |out| forewarn_cases::markdown(case, out))?;
    write_file(&folder.join("case.html"), |out| forewarn_cases::html(case, out))
}

/// The story in short, for whoever waits at the terminal.
fn say(page: &mut Page<'_>, case: &Case, folder: &Path) -> std::io::Result<()> {
    use forewarn_cases::Weight;

    page.hang(0, 2, &Line::default().styled(styles::BAD, &case.id).say(&inert(case.title.text())))?;
    for told in case.narrative.iter().skip(1) {
        let line = match told.weight() {
            Weight::Alarming => Line::default().styled(styles::BAD, "!"),
            Weight::Easing => Line::default().styled(styles::GOOD, "-"),
            Weight::Telling | Weight::Plain => Line::of("·"),
        };
        page.hang(2, 4, &line.say(&inert(told.text())))?;
    }
    let sum = format!(
        "{} questions speak for something wrong, {} against it; {} steps to take.",
        case.alarming,
        case.easing,
        case.recommendation.len()
    );
    page.hang(0, 2, &Line::of(&sum))?;
    let written = format!("{} has case.html, case.md and case.json.", folder.display());
    page.hang(0, 2, &Line::of(&inert(&written)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(clap::Parser)]
    struct Wrapped {
        #[command(flatten)]
        asked: Investigate,
    }

    #[test]
    fn each_hit_is_a_case_of_its_own() {
        let hit = |check: &str, id: &str| KnownHit {
            check: check.to_owned(),
            title: String::new(),
            actor: String::new(),
            event_ids: vec![id.to_owned()],
        };
        let hits = [hit("a.b", "e-1"), hit("c.d", "e-2"), hit("a.b", "e-3")];
        let asked = |what: &[&str]| {
            let mut words = vec!["x"];
            words.extend(what);
            <Wrapped as clap::Parser>::parse_from(words).asked
        };
        assert_eq!(begins(&asked(&["a.b"]), &hits).len(), 2);
        assert_eq!(begins(&asked(&["e-9", "203.0.113.7"]), &hits).len(), 1);
        assert_eq!(begins(&asked(&["c.d", "e-9"]), &hits).len(), 2);
    }
}
