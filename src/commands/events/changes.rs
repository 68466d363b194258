//! `forewarn events changes`: who changed what, what that opened, and what became of it.

mod ocsf;
mod page;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::sync::Arc;

use anyhow::anyhow;
use forewarn_events::{Actor, Event, RULES, Sessions};
use forewarn_findings::{
    EarlierInventory, Fact, Redaction, Settings, Severity, State, Timeline, assess, lay_changes, lay_versions,
    of_events, timeline,
};
use forewarn_inventory::{Inventory, snapshot};
use forewarn_reports::inert;
use forewarn_reports::ocsf::detection;
use forewarn_store::{Field, Filter, Store};
use jiff::Timestamp;
use serde::Serialize;

use super::detect::Unread;
use super::{failed, pointed, redact, threads};
use crate::assessment::{redaction, write_all};
use crate::cli::{Changes, FailOn};
use crate::commands::audit;
use crate::config::{Config, check};
use crate::exit::{Exit, Failed};
use crate::output::{self, Target, write_file};
use crate::terminal::Terminal;

/// The check that the formats of a report tell.
const CHECK: &str = "trail.recent_policy_change";

/// How often a session is followed to whoever took it.
const CHAIN: usize = 4;

/// The JSON form.
#[derive(Serialize)]
struct Found<'a> {
    schema_version: &'static str,
    /// How many events of the store are about a change or an attempt.
    events: usize,
    /// Sources that were not read whole: what is in the rest of them nobody knows.
    unread: &'a [Unread],
    /// How many documents and settings are in each state.
    states: BTreeMap<State, usize>,
    #[serde(flatten)]
    timeline: &'a Timeline,
}

pub(super) fn run(asked: &Changes, config: &Config, terminal: &Terminal) -> Result<Exit, Failed> {
    let to = &asked.connection;
    if !asked.live && (to.org || !to.accounts.is_empty() || !to.skip_accounts.is_empty()) {
        return Err(Failed::usage(anyhow!(
            "--org, --accounts and --skip-accounts say what --live asks; give --live too"
        )));
    }
    let threshold = match asked.fail_on {
        None => Some(Severity::High),
        Some(FailOn::New) => {
            return Err(Failed::usage(anyhow!("`--fail-on new` needs runs to compare; name a severity")));
        }
        Some(fail_on) => fail_on.threshold(),
    };
    let named: Result<Vec<Target>, String> = asked.formats.iter().map(|text| text.parse()).collect();
    let mut targets = named.map_err(|error: String| Failed::usage(anyhow!("{}", inert(&error))))?;
    if targets.is_empty() {
        targets.push(Target { format: forewarn_reports::Format::TEXT, path: None });
    }
    output::check(&targets, None).map_err(Failed::usage)?;
    let redaction = redaction(&asked.redact).map_err(Failed::usage)?;
    let text = asked.filter.join(" ");
    let filter =
        Filter::parse(&text, Timestamp::now()).map_err(|error| Failed::usage(anyhow!("{}", pointed(&text, &error))))?;
    let mut settings = config.settings(&[]).map_err(Failed::usage)?;
    if !asked.pipeline.is_empty() {
        let patterns: Result<Vec<_>, _> = asked.pipeline.iter().map(|said| patterns(said)).collect();
        settings.deployers = patterns?.into_iter().flatten().collect();
    }
    let earlier = asked.against.as_deref().map(snapshot::load).transpose().map_err(Failed::usage)?;
    let store = Store::open(&asked.kept.store).map_err(failed)?;
    let unread = store.unread().map_err(failed)?;
    let events = all_changes(&store)?;
    let count = events.iter().filter(|event| is_change(event)).count();
    let mut inventory = laid(events, earlier, &unread, &mut settings);
    let mut unread: Vec<Unread> = unread.into_iter().map(|(source, why)| Unread { source, why }).collect();
    if asked.live {
        unread.extend(live(asked, config, &mut inventory, terminal)?);
    }
    let mut timeline = timeline(&inventory, &settings);
    if !text.trim().is_empty() {
        only(&mut timeline, &store, &filter)?;
    }
    if let Some(redaction) = &redaction {
        let mut by = redact::redactor(redaction);
        redact::unread(&mut by, &mut unread);
        timeline = timeline.redacted(&mut by);
    }
    let mut states = BTreeMap::new();
    for course in &timeline.courses {
        *states.entry(course.state).or_default() += 1;
    }
    let found = Found { schema_version: "1.0.0", events: count, unread: &unread, states, timeline: &timeline };
    let names = redaction.as_ref();
    write(asked, &found, &targets, (&inventory, &settings, names), terminal)?;
    Ok(exit(&found, threshold, asked.allow_unknown))
}

/// A role's name is any role of that name, whatever its path; an ARN stays as it is.
fn patterns(said: &str) -> Result<Vec<String>, Failed> {
    if said.starts_with("arn:") && said.split(':').count() >= 6 {
        return Ok(vec![said.to_owned()]);
    }
    let is_name = |char: char| char.is_ascii_alphanumeric() || "+=,.@_-*?/".contains(char);
    if said.is_empty() || !said.chars().all(is_name) {
        return Err(Failed::usage(anyhow!(
            "`{}` is neither the name of a role nor the ARN of a principal",
            inert(said)
        )));
    }
    Ok(vec![format!("arn:*:iam::*:role/{said}"), format!("arn:*:iam::*:role/*/{said}")])
}

fn is_change(event: &Event) -> bool {
    forewarn_events::Rule::of(&event.record.event_source, &event.record.event_name).is_some()
}

/// Every change of the store, whatever is to be shown: what was before is in the earlier ones. With them the calls that gave
/// out the sessions in which they were made, where the store has them.
pub(in crate::commands) fn all_changes(store: &Store) -> Result<Vec<Event>, Failed> {
    let names: BTreeSet<&str> = RULES.iter().map(|rule| rule.name).collect();
    let names: Vec<&str> = names.into_iter().collect();
    let mut events = read(store, &format!("action:{}", names.join(",")), &[Field::Raw], |_| true)?;
    events.retain(is_change);
    let mut asked: BTreeSet<String> = BTreeSet::new();
    let mut given: Vec<Event> = Vec::new();
    for _ in 0..CHAIN {
        let sessions = Sessions::of(given.iter().map(|event| &event.record));
        let wanted: BTreeSet<String> = events
            .iter()
            .filter_map(|event| sessions.missing(&Actor::of(&event.record)).map(str::to_owned))
            .filter(|key| !asked.contains(key))
            .collect();
        if wanted.is_empty() {
            break;
        }
        let names = |hit: &forewarn_store::Hit<'_>| {
            hit.text(Field::Resources).is_some_and(|all| all.lines().any(|one| wanted.contains(one)))
        };
        let calls = "action:AssumeRole*,GetSessionToken,GetFederationToken -error";
        given.extend(read(store, calls, &[Field::Resources, Field::Raw], names)?);
        asked.extend(wanted);
    }
    given.retain(|event| !is_change(event));
    events.extend(given);
    Ok(events)
}

fn read(
    store: &Store,
    filter: &str,
    fields: &[Field],
    wanted: impl Fn(&forewarn_store::Hit<'_>) -> bool,
) -> Result<Vec<Event>, Failed> {
    let filter = Filter::parse(filter, Timestamp::UNIX_EPOCH).map_err(|error| Failed::internal(anyhow!("{error}")))?;
    let (mut events, mut broken) = (Vec::new(), Ok(()));
    let found = store.search(&filter, fields, threads(), |hit| {
        if wanted(hit) {
            match Event::parse(hit.text(Field::Raw).unwrap_or_default()) {
                Ok(event) => events.push(event),
                Err(error) => broken = Err(Failed::internal(anyhow!("a record of the store does not read: {error}"))),
            }
        }
        broken.is_ok()
    });
    found.map_err(failed)?;
    broken.map(|()| events)
}

/// The events over what is known besides.
fn laid(
    events: Vec<Event>,
    earlier: Option<Inventory>,
    unread: &[(String, String)],
    settings: &mut Settings,
) -> Inventory {
    let Some(earlier) = earlier else { return of_events(events, unread) };
    let mut inventory = earlier.clone();
    lay_changes(&mut inventory, events, unread);
    settings.earlier = Some(EarlierInventory::new(Arc::new(earlier)));
    inventory
}

/// Adds the versions of managed policies that AWS has now; what was not read of the accounts of the store.
fn live(
    asked: &Changes,
    config: &Config,
    inventory: &mut Inventory,
    terminal: &Terminal,
) -> Result<Vec<Unread>, Failed> {
    let mut options = audit::options(&asked.connection, config).map_err(Failed::usage)?;
    options.needs = BTreeSet::from([Fact::Policies]);
    let now = audit::live(&options, terminal)?;
    let is_ours = |id: &String| inventory.accounts.iter().any(|account| account.id == *id);
    let unread = |account: &str, why: String| Unread { source: format!("managed policies of account {account}"), why };
    let accounts = now.accounts.iter().filter(|account| is_ours(&account.id));
    let of_lists =
        accounts.flat_map(|account| account.iam.policies.rest.iter().map(|gap| unread(&account.id, gap.to_string())));
    let unreached = now.unreached.iter().filter(|one| is_ours(&one.id)).map(|one| unread(&one.id, one.gap.to_string()));
    let is_asked = |id: &String| {
        now.accounts.iter().any(|account| account.id == *id) || now.unreached.iter().any(|one| one.id == *id)
    };
    let others = inventory.accounts.iter().filter(|account| !is_asked(&account.id));
    let others = others.map(|account| unread(&account.id, "not asked; --org or --accounts enters it".to_owned()));
    let unlisted = now.unlisted.iter();
    let unlisted =
        unlisted.map(|gap| Unread { source: "the accounts of the organisation".to_owned(), why: gap.to_string() });
    let gaps = of_lists.chain(unreached).chain(others).chain(unlisted).collect();
    lay_versions(inventory, now.accounts);
    Ok(gaps)
}

/// Leaves what an event that passes the filter took part in.
fn only(timeline: &mut Timeline, store: &Store, filter: &Filter) -> Result<(), Failed> {
    let mut passed = BTreeSet::new();
    store
        .search(filter, &[Field::MetadataUid], threads(), |hit| {
            passed.insert(hit.text(Field::MetadataUid).unwrap_or_default().to_owned());
            true
        })
        .map_err(failed)?;
    timeline
        .courses
        .retain(|course| course.event_ids.iter().chain(&course.refused_event_ids).any(|id| passed.contains(id)));
    timeline.changes.retain(|change| passed.contains(&change.event_id));
    Ok(())
}

/// The forms that are not those of a report.
#[derive(Clone, Copy)]
enum Own {
    Text,
    Json,
    Ocsf,
}

fn write(
    asked: &Changes,
    found: &Found<'_>,
    targets: &[Target],
    (inventory, settings, redaction): (&Inventory, &Settings, Option<&Redaction>),
    terminal: &Terminal,
) -> Result<(), Failed> {
    let mut report = None;
    for target in targets {
        let own = match target.format.name {
            "text" => Own::Text,
            "json" => Own::Json,
            "ocsf" => Own::Ocsf,
            _ => {
                if report.is_none() {
                    let check = check(CHECK).map_err(Failed::internal)?;
                    let made = assess(&[check], inventory, settings, env!("CARGO_PKG_VERSION"));
                    report = Some(match redaction {
                        Some(redaction) => made.redacted(redaction),
                        None => made,
                    });
                }
                if let Some(report) = &report {
                    write_all(report, std::slice::from_ref(target), None, true, false, terminal)?;
                }
                continue;
            }
        };
        let write = |out: &mut dyn Write| match own {
            Own::Text => page::write(found, asked.all, target.path.is_none(), out),
            Own::Json => forewarn_reports::json::write_readable(found, out),
            Own::Ocsf => detection::write(ocsf::detected(found.timeline), env!("CARGO_PKG_VERSION"), out),
        };
        match &target.path {
            None => Terminal::data(write).map_err(Failed::internal)?,
            Some(path) => {
                write_file(path, write).map_err(Failed::internal)?;
                terminal.note(&format!("{} written to {}", target.format.name, path.display()));
            }
        }
    }
    Ok(())
}

/// Something open is a finding; a look at nothing, or at a part, or what could not be decided, is no clean look.
fn exit(found: &Found<'_>, threshold: Option<Severity>, allow_unknown: bool) -> Exit {
    let Some(threshold) = threshold else { return Exit::Clean };
    let severe = || found.timeline.courses.iter().filter(|course| course.severity >= threshold);
    if severe().any(|course| course.is_open() || course.snapshot_disagrees.is_some()) {
        Exit::Findings
    } else if !allow_unknown
        && (found.events == 0 || !found.unread.is_empty() || severe().any(|course| course.state == State::Unknown))
    {
        Exit::Unknown
    } else {
        Exit::Clean
    }
}
