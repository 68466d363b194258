//! `forewarn events keys`: access keys that more than one person or machine uses.

mod page;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context as _, anyhow};
use forewarn_events::{Judged, Keys as Uses, Networks, Part, Seen, Suspicion, Unit, Use, plan};
use forewarn_findings::Severity;
use forewarn_reports::inert;
use forewarn_reports::ocsf::detection::{self, Detected};
use forewarn_store::{Field, Filter, Hit, Store};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;

use super::detect::{Form, Target, Unread, targets};
use super::{failed, fingerprint, pointed, redact, threads};
use crate::assessment::redaction;
use crate::cli::{FailOn, Keys};
use crate::exit::{Exit, Failed};
use crate::output::write_file;
use crate::terminal::Terminal;

/// The JSON form.
#[derive(Serialize)]
struct Found<'a> {
    schema_version: &'static str,
    /// How many events were looked at.
    events: u64,
    /// Sources that were not read whole: what is in the rest of them nobody knows.
    unread: &'a [Unread],
    /// Every key, the highest score first.
    keys: Vec<Told<'a>>,
}

/// A key, or the sessions of a person.
#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    unit: &'a Unit,
    account: &'a str,
    verdict: Suspicion,
    /// 0 to 100: the sum of the parts.
    score: u32,
    parts: &'a [Part],
    users: Vec<&'a str>,
    /// Ids of the keys that the sessions had.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    session_keys: Vec<&'a str>,
    events: u64,
    refused: u64,
    first_time: Timestamp,
    last_time: Timestamp,
    networks: &'a BTreeMap<String, Seen>,
    addresses: &'a BTreeMap<String, Seen>,
    hosts: &'a BTreeMap<String, Seen>,
    clients: &'a BTreeMap<String, Seen>,
    agents: &'a BTreeMap<String, Seen>,
    regions: Vec<&'a str>,
    /// Calls of AWS services with it, or on its behalf.
    services: &'a BTreeMap<String, Seen>,
    /// Calls from inside a VPC.
    events_inside: u64,
    /// Steps to split and revoke it, where it is shared; nothing of it was run.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    plan: Vec<String>,
}

pub(super) fn run(asked: &Keys) -> Result<Exit, Failed> {
    let threshold = match asked.fail_on {
        None => Some(Severity::High),
        Some(FailOn::New) => {
            return Err(Failed::usage(anyhow!("`--fail-on new` needs runs to compare; name a severity")));
        }
        Some(fail_on) => fail_on.threshold(),
    };
    let targets = targets(&asked.formats)?;
    let networks = networks(asked)?;
    let text = asked.filter.join(" ");
    // What a person asked for is read by itself first: then the place of a mistake is the place in that.
    Filter::parse(&text, Timestamp::now()).map_err(|error| Failed::usage(anyhow!("{}", pointed(&text, &error))))?;
    let whole = format!("key:AKIA*,ASIA* {text}");
    let filter = Filter::parse(&whole, Timestamp::now())
        .map_err(|error| Failed::usage(anyhow!("{}", pointed(&whole, &error))))?;
    let store = Store::open(&asked.kept.store).map_err(failed)?;
    let sources = store.unread().map_err(failed)?.into_iter();
    let redaction = redaction(&asked.redact).map_err(Failed::usage)?;
    let mut unread: Vec<Unread> = sources.map(|(source, why)| Unread { source, why }).collect();
    let mut uses = Uses::new(networks);
    let events = store.search(&filter, &FIELDS, threads(), |hit| {
        if let Some(call) = call(hit) {
            uses.take(&call);
        }
        true
    });
    let events = events.map_err(failed)?;
    let mut judged = uses.judged();
    let addresses =
        |one: &Judged| one.usage.addresses.iter().map(|(at, seen)| (at.to_string(), seen.clone())).collect();
    let mut addresses: Vec<BTreeMap<String, Seen>> = judged.iter().map(addresses).collect();
    if let Some(redaction) = &redaction {
        let mut by = redact::redactor(redaction);
        for seen in &mut addresses {
            redact::named(&mut by, seen);
        }
        redact::unread(&mut by, &mut unread);
        redact::keys(&mut by, &mut judged);
    }
    let keys = judged.iter().zip(&addresses).map(|(judged, addresses)| told(judged, addresses)).collect();
    let found = Found { schema_version: "1.0.0", events, unread: &unread, keys };
    for target in targets {
        let write = |out: &mut dyn Write| match target {
            Target { form: Form::Json, .. } => forewarn_reports::json::write_readable(&found, out),
            Target { form: Form::Ocsf, .. } => {
                let shared = judged.iter().filter(|one| one.suspicion == Suspicion::Shared);
                detection::write(shared.map(detected), env!("CARGO_PKG_VERSION"), out)
            }
            Target { form: Form::Text, path } => page::write(out, &found, asked.all, path.is_none()),
        };
        match target.path {
            Some(path) => write_file(path, write).map_err(Failed::internal)?,
            None => Terminal::data(write).map_err(Failed::internal)?,
        }
    }
    let any = |of: Suspicion| judged.iter().any(|one| one.suspicion == of);
    let asks = threshold.is_some_and(|threshold| threshold <= Severity::High);
    Ok(if asks && any(Suspicion::Shared) {
        Exit::Findings
    } else if asks && !asked.allow_unknown && (events == 0 || !unread.is_empty()) {
        Exit::Unknown
    } else {
        Exit::Clean
    })
}

/// The columns that a use is read from.
const FIELDS: [Field; 15] = [
    Field::MetadataUid,
    Field::Key,
    Field::User,
    Field::UserType,
    Field::UserAccount,
    Field::Issuer,
    Field::Session,
    Field::SourceIdentity,
    Field::InvokedBy,
    Field::Ip,
    Field::Domain,
    Field::UserAgent,
    Field::Region,
    Field::StatusId,
    Field::Account,
];

/// The lists of networks that were given.
fn networks(asked: &Keys) -> Result<Networks, Failed> {
    let mut networks = Networks::default();
    let mut add = |name: &str, path: &Path| {
        let text = fs::read_to_string(path).with_context(|| format!("cannot read the list `{}`", path.display()));
        let text = text.map_err(Failed::usage)?;
        networks.add(name, &text).map_err(|error| Failed::usage(anyhow!("in `{}`: {}", path.display(), inert(&error))))
    };
    for path in &asked.networks {
        let name = path.file_stem().map(|name| name.to_string_lossy().into_owned());
        add(name.as_deref().unwrap_or("networks"), path)?;
    }
    for said in &asked.lists {
        let parts = said.split_once('=').filter(|(name, path)| !name.is_empty() && !path.is_empty());
        let (name, path) = parts.ok_or_else(|| {
            Failed::usage(anyhow!("`{}` is no list; write NAME=FILE, such as vpn=vpn.txt", inert(said)))
        })?;
        add(name, Path::new(path))?;
    }
    Ok(networks)
}

fn call<'h>(hit: &'h Hit<'_>) -> Option<Use<'h>> {
    let text = |field| hit.text(field);
    Some(Use {
        at: hit.time()?,
        id: text(Field::MetadataUid).unwrap_or_default(),
        key: text(Field::Key)?,
        user: text(Field::User).unwrap_or_default(),
        kind: text(Field::UserType).unwrap_or_default(),
        role: text(Field::Issuer),
        session: text(Field::Session),
        source_identity: text(Field::SourceIdentity),
        account: text(Field::UserAccount).or_else(|| text(Field::Account)).unwrap_or_default(),
        invoked_by: text(Field::InvokedBy),
        address: text(Field::Ip).and_then(|ip| ip.parse().ok()),
        domain: text(Field::Domain),
        agent: text(Field::UserAgent),
        region: text(Field::Region).unwrap_or_default(),
        failed: hit.failed(),
    })
}

/// A shared key as a Detection Finding of OCSF, under the id of the check that looks for them.
fn detected(judged: &Judged) -> Detected<'_> {
    const CHECK: &str = "iam.access_key_shared";
    let usage = &judged.usage;
    let (Unit::Key(name) | Unit::Sessions(name)) = &usage.unit;
    let user = usage.users.first().map_or(name.as_str(), String::as_str);
    let turn = judged.parts.iter().find_map(|part| part.turn.as_ref());
    Detected {
        check: CHECK,
        title: "Access key is used from two places at once",
        message: judged.parts.iter().map(|part| part.reason.as_str()).collect::<Vec<_>>().join("; "),
        severity: Severity::High,
        fingerprint: fingerprint(&[CHECK, &usage.account, name]),
        actor: user,
        address: None,
        account: &usage.account,
        region: None,
        resources: vec![name],
        first_time: usage.first_time,
        last_time: usage.last_time,
        count: usage.events,
        event_ids: turn.iter().flat_map(|turn| turn.event_ids.iter().map(String::as_str)).collect(),
        techniques: vec!["T1078.004"],
        unknown: None,
        resolved: false,
        more: json!({ "score": judged.score, "parts": judged.parts, "networks": usage.networks, "hosts": usage.hosts }),
    }
}

fn told<'a>(judged: &'a Judged, addresses: &'a BTreeMap<String, Seen>) -> Told<'a> {
    let usage = &judged.usage;
    let is_key = matches!(usage.unit, Unit::Key(_));
    Told {
        unit: &usage.unit,
        account: &usage.account,
        verdict: judged.suspicion,
        score: judged.score,
        parts: &judged.parts,
        users: usage.users.iter().map(String::as_str).collect(),
        session_keys: usage.keys.iter().filter(|_| !is_key).map(String::as_str).collect(),
        events: usage.events,
        refused: usage.refused,
        first_time: usage.first_time,
        last_time: usage.last_time,
        networks: &usage.networks,
        addresses,
        hosts: &usage.hosts,
        clients: &usage.clients,
        agents: &usage.agents,
        regions: usage.regions.iter().map(String::as_str).collect(),
        services: &usage.services,
        events_inside: usage.inside,
        plan: if judged.suspicion == Suspicion::Shared { plan(judged) } else { Vec::new() },
    }
}
