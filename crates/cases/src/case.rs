//! The case: all that is known, in one value that files are written from.

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::asked::{Asked, Start};
use crate::drawn::{Graph, Heat, Timeline, graph, heat, timeline};
use crate::fact::Sentence;
use crate::follow::{Followed, SetAside, Value};
use crate::gather::{Failed, gather};
use crate::look::{Look, count};
use crate::plan::{Step, plan};
use crate::questions::{Answered, answered};
use crate::redact::Words;
use crate::row::Log;
use crate::story::{balance, happened, narrative};

/// The version of `case.json`.
pub const SCHEMA_VERSION: &str = "1.0";

/// A value of the event that one can pivot on.
#[derive(Debug, Clone, Serialize)]
pub struct CaseArtifact {
    /// What it is.
    pub kind: String,
    /// The value.
    pub value: String,
    /// Where it stands in its record, as JSON pointers.
    pub paths: Vec<String>,
    /// What is unusual about its form.
    pub unusual: Option<&'static str>,
}

/// A value that was followed, and what came of it.
#[derive(Debug, Clone, Serialize)]
pub struct Lead {
    /// The value, how far it is from the event, and what led to it.
    #[serde(flatten)]
    pub followed: Followed,
    /// Events that have it.
    pub events: u64,
    /// Refused ones among them.
    pub refused: u64,
    /// The first of them.
    pub first: Option<(jiff::Timestamp, String)>,
    /// The last of them.
    pub last: Option<(jiff::Timestamp, String)>,
    /// With whom, most often first.
    pub people: Vec<(String, u64)>,
    /// From where.
    pub addresses: Vec<(String, u64)>,
    /// What was called.
    pub actions: Vec<(String, u64)>,
}

/// What of the log was looked at.
#[derive(Debug, Clone, Serialize)]
pub struct Looked {
    /// Events of the log.
    pub events: u64,
    /// The first.
    pub since: Option<jiff::Timestamp>,
    /// The last.
    pub until: Option<jiff::Timestamp>,
    /// Whether it has data events.
    pub has_data_events: bool,
    /// Sources that were not read whole, and why.
    pub unread: Vec<(String, String)>,
    /// Bounds that were met: what is beyond them is not in the case.
    pub limits: Vec<String>,
}

/// A case.
#[derive(Debug, Clone, Serialize)]
pub struct Case {
    /// The version of this form.
    pub schema_version: &'static str,
    /// Made from where it began and from its events.
    pub id: String,
    /// Where it began.
    pub start: Vec<String>,
    /// What happened, in a sentence.
    pub title: Sentence,
    /// Who did it.
    pub actor: String,
    /// In which account.
    pub account: Option<String>,
    /// The beginning and end of what the person did around it.
    pub episode: (jiff::Timestamp, jiff::Timestamp),
    /// The events that it is about.
    pub event_ids: Vec<String>,
    /// Questions with an answer that speaks for something wrong, and against it.
    pub alarming: usize,
    /// The same, against it.
    pub easing: usize,
    /// The story, every sentence with its events.
    pub narrative: Vec<Sentence>,
    /// What to do, in order.
    pub recommendation: Vec<Step>,
    /// The answers to the questions.
    pub answers: Vec<Answered>,
    /// The values of the event.
    pub artifacts: Vec<CaseArtifact>,
    /// What was followed from there.
    pub followed: Vec<Lead>,
    /// What was not, and why.
    pub set_aside: Vec<SetAside>,
    /// Lanes of actors.
    pub timeline: Timeline,
    /// The week.
    pub heat: Vec<Heat>,
    /// Addresses, actors, resources.
    pub graph: Graph,
    /// What of the log was looked at.
    pub log: Looked,
    /// What sentences can be made of, for stand-ins.
    #[serde(skip)]
    pub(crate) words: Words,
}

/// Works a case.
///
/// # Errors
/// The log cannot be read, or has nothing of what the case should begin with.
pub fn investigate<L: Log>(log: &L, asked: &Asked) -> Result<Case, Failed<L::Error>> {
    let gathered = gather(log, asked)?;
    let begun = || asked.start.iter().map(Start::word).collect::<Vec<_>>().join(", ");
    let look = Look::new(&gathered, asked).ok_or_else(|| Failed::NotFound(begun()))?;
    let answers = answered(&look);
    let (alarming, easing) = balance(&answers);
    let event_ids: Vec<String> = gathered.focus.iter().map(|row| row.id.clone()).collect();
    let mut hash = Sha256::new();
    for word in asked.start.iter().map(Start::word).chain(event_ids.iter().cloned()) {
        hash.update(word.as_bytes());
        hash.update([0]);
    }
    let id = format!("case-{}", hex::encode(hash.finalize().get(..5).unwrap_or_default()));
    let artifacts = gathered.artifacts.iter().map(|one| CaseArtifact {
        kind: word(&format!("{:?}", one.kind)),
        value: one.value.clone(),
        paths: one.paths.clone(),
        unusual: one.unusual,
    });
    Ok(Case {
        schema_version: SCHEMA_VERSION,
        start: asked.start.iter().map(Start::word).collect(),
        title: happened(&look),
        actor: gathered.names.full(&gathered.who.name).to_owned(),
        account: look.lead.account.clone(),
        episode: gathered.episode,
        alarming,
        easing,
        narrative: narrative(&look, &answers),
        recommendation: plan(&look, &id, (alarming, easing)),
        artifacts: artifacts.collect(),
        followed: leads(&look),
        set_aside: set_aside(&look),
        timeline: timeline(&look),
        heat: heat(&look),
        graph: graph(&look),
        log: looked(&look),
        words: Words::of(&look),
        event_ids,
        answers,
        id,
    })
}

/// `EventName` as `event name`.
fn word(name: &str) -> String {
    let mut word = String::new();
    for (index, c) in name.char_indices() {
        if c.is_ascii_uppercase() && index > 0 {
            word.push(' ');
        }
        word.push(c.to_ascii_lowercase());
    }
    word
}

fn leads(look: &Look<'_>) -> Vec<Lead> {
    let follower = &look.gathered.follower;
    let lead = |followed: &Followed| {
        let trace = follower.traces.get(&followed.value).cloned().unwrap_or_default();
        let most = |mut all: Vec<(String, u64)>| {
            all.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
            all.truncate(20);
            all
        };
        Lead {
            followed: followed.clone(),
            events: trace.events,
            refused: trace.refused,
            first: trace.first,
            last: trace.last,
            people: most(trace.people.into_iter().map(|(name, met)| (name, met.events)).collect()),
            addresses: most(trace.addresses.into_iter().map(|(name, met)| (name, met.events)).collect()),
            actions: most(trace.actions.into_iter().collect()),
        }
    };
    follower.followed.iter().map(lead).collect()
}

/// Values that are set aside for being beyond the depth.
const MOST_BEYOND: usize = 500;

fn set_aside(look: &Look<'_>) -> Vec<SetAside> {
    let follower = &look.gathered.follower;
    let mut all = follower.set_aside.clone();
    for one in &mut all {
        // What stands in the event itself has the event for its source.
        if one.event_id.is_empty() {
            one.event_id.clone_from(&look.lead.id);
        }
    }
    let step = follower.followed.iter().map(|one| one.step).max().unwrap_or_default() + 1;
    let beyond = follower.beyond(look.asked).take(MOST_BEYOND).map(|(value, id, harmless)| SetAside {
        value: value.clone(),
        step,
        harmless: harmless.is_some(),
        why: harmless.unwrap_or_else(|| format!("it is {} from the event (--depth)", count(step as u64, "step"))),
        event_id: id.to_owned(),
    });
    all.extend(beyond);
    all.sort_by(|one, other| (one.harmless, one.step, &one.value).cmp(&(other.harmless, other.step, &other.value)));
    all
}

fn looked(look: &Look<'_>) -> Looked {
    let gathered = look.gathered;
    let extent = &gathered.extent;
    let mut limits = Vec::new();
    let mut limit = |more: u64, what: &str| {
        if more > 0 {
            limits.push(format!("{more} {what}"));
        }
    };
    limit(gathered.more_focus, "further events of the case are not looked at one by one");
    limit(gathered.more_artifacts, "further artifacts are not looked at");
    limit(gathered.more_rows, "further events around the case are counted, and not looked at one by one");
    limit(
        gathered.follower.beyond(look.asked).count().saturating_sub(MOST_BEYOND) as u64,
        "further values are beyond the depth",
    );
    let common: Vec<&Value> =
        gathered.follower.traces.keys().filter(|value| gathered.follower.is_common(value)).collect();
    for value in common {
        limits.push(format!("many people have {} in common: it is not followed further", value.text()));
    }
    Looked {
        events: extent.events,
        since: extent.first.as_ref().map(|(at, _)| *at),
        until: extent.last.as_ref().map(|(at, _)| *at),
        has_data_events: extent.has_data,
        unread: look.asked.unread.clone(),
        limits,
    }
}
