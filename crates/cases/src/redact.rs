//! A case with stand-ins: everything is taken apart by name, so that a new field is decided about.

#![expect(clippy::needless_for_each, reason = "a line for every field")]

use std::collections::BTreeSet;
use std::net::IpAddr;

use forewarn_findings::Redactor;
use serde_json::Value as Json;

use crate::asked::Start;
use crate::case::{Case, CaseArtifact, Lead, Looked};
use crate::drawn::{Edge, Graph, Heat, Lane, Moment, Timeline};
use crate::fact::{Needs, Sentence};
use crate::follow::{Followed, SetAside, Value};
use crate::look::Look;
use crate::plan::Step;
use crate::questions::{Answered, TABLE};
use crate::row::Seen;
use crate::who::{UNNAMED, short};

/// Words of our sentences that are no ordinary ones.
const OWN: &str = "off-hours sign-in sign-ins long-lived shutting-down EBS AMI AMIs API APIs JSON Monday Tuesday Wednesday \
    Thursday Friday Saturday Sunday";

/// States of instances.
const STATES: [&str; 6] = ["pending", "running", "shutting-down", "terminated", "stopping", "stopped"];

/// What is written of everybody: its words stay in sentences.
pub fn prose() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|question| question.text).chain([OWN])
}

/// What the sentences of a case can be made of, beside our own words.
#[derive(Debug, Clone, Default)]
pub(crate) struct Words {
    /// Values of the log and of snapshots.
    names: BTreeSet<String>,
    /// What somebody wrote freely.
    texts: BTreeSet<String>,
    /// Words of AWS.
    kept: BTreeSet<String>,
}

impl Words {
    pub(crate) fn of(look: &Look<'_>) -> Self {
        let mut words = Self::default();
        let gathered = look.gathered;
        gathered.rows.iter().chain(&gathered.focus).chain(&gathered.copies).for_each(|row| words.row(row));
        for event in gathered.records.values() {
            let parts = ["requestParameters", "responseElements"].into_iter();
            parts.filter_map(|part| event.raw().get(part)).for_each(|part| words.value(part));
        }
        for trace in gathered.follower.traces.values() {
            trace.people.keys().chain(trace.addresses.keys()).for_each(|name| words.name(name));
            words.kept.extend(trace.actions.keys().cloned());
        }
        words.files(look);
        words
    }

    /// A value, and what a sentence calls it.
    fn name(&mut self, name: &str) {
        let ours = |name: &str| UNNAMED.contains(&name) || STATES.contains(&name);
        let called = [name, short(name)].into_iter().filter(|name| !ours(name));
        self.names.extend(called.map(str::to_owned));
    }

    fn row(&mut self, row: &Seen) {
        let Seen {
            id: _,
            time: _,
            operation,
            service,
            failed: _,
            error,
            read_only: _,
            key,
            session,
            invoked_by,
            ip,
            domain,
            agent,
            region,
            account,
            resources,
            who,
            is_service: _,
            role,
        } = row;
        self.kept.extend([operation.clone(), row.action()]);
        self.kept.extend(error.clone());
        self.texts.extend(agent.clone());
        [service, who].into_iter().chain(resources).for_each(|name| self.name(name));
        self.texts.extend(account.clone());
        let more = [key, session, invoked_by, ip, domain, region, role];
        more.into_iter().flatten().for_each(|name| self.name(name));
    }

    /// Every text of a part of a record.
    fn value(&mut self, value: &Json) {
        match value {
            Json::String(text) => self.name(text),
            Json::Array(items) => items.iter().for_each(|item| self.value(item)),
            Json::Object(fields) => fields.values().for_each(|value| self.value(value)),
            Json::Null | Json::Bool(_) | Json::Number(_) => {}
        }
    }

    /// What the user's files say.
    fn files(&mut self, look: &Look<'_>) {
        let asked = look.asked;
        if let Some((_, about)) = &asked.about {
            for about in about.values() {
                let said = [&about.purpose, &about.owner, &about.unit];
                self.texts.extend(said.into_iter().flatten().chain(&about.systems).cloned());
            }
        }
        if let Some(offices) = &asked.offices {
            self.texts.extend(offices.places.iter().cloned());
            self.names.extend(offices.networks.iter().map(ToString::to_string));
        }
        self.texts.extend(asked.allowed.reasons().map(str::to_owned));
        if let Some(places) = asked.places.as_deref() {
            let addresses = self.names.iter().filter_map(|name| name.parse::<IpAddr>().ok());
            let words: Vec<String> = addresses.filter_map(|address| places.place(address)?.words()).collect();
            self.texts.extend(words);
        }
        for hit in asked.hits.iter().flat_map(|(_, hits)| hits) {
            self.kept.insert(hit.check.clone());
            // The title of a rule that somebody brought may have names.
            if hit.check.starts_with("sigma.") {
                self.texts.insert(hit.title.clone());
            }
        }
        for (_, case) in asked.cases.iter().flatten() {
            self.kept.insert(case.id.clone());
            self.texts.insert(case.title.text.clone());
            self.name(&case.actor);
        }
        if let Some((file, report)) = &asked.snapshot {
            self.name(file);
            for identity in &report.exhibits.identities {
                self.name(&identity.resource.arn);
                identity.policies.iter().for_each(|policy| self.name(policy));
            }
            self.texts.extend(report.findings.iter().map(|finding| finding.grounds.reason.clone()));
        }
    }
}

impl Case {
    /// The same case with stand-ins; its own id stays.
    #[must_use]
    pub fn redacted(mut self, by: &mut Redactor<'_>) -> Self {
        fields(by, &mut self);
        sentences(by, &mut self);
        self
    }
}

/// The first round: whatever holds one thing, and all that sentences can be made of.
fn fields(by: &mut Redactor<'_>, case: &mut Case) {
    let Case {
        schema_version: _,
        id,
        start,
        title,
        actor,
        account,
        episode: _,
        event_ids,
        alarming: _,
        easing: _,
        narrative,
        recommendation,
        answers,
        artifacts,
        followed,
        set_aside,
        timeline,
        heat: _,
        graph,
        log,
        words,
    } = case;
    let Words { names, texts, kept } = std::mem::take(words);
    kept.iter().for_each(|word| by.keep(word));
    by.keep(id);
    event_ids.iter_mut().for_each(|id| by.id(id));
    named(by, actor);
    account.iter_mut().for_each(|account| by.id(account));
    for word in start {
        match Start::of(word) {
            Start::Event(_) => by.id(word),
            Start::Arn(_) | Start::Key(_) | Start::Address(_) | Start::Resource(_) => by.leaf(word),
        }
    }
    artifacts.iter_mut().for_each(|one| artifact(by, one));
    followed.iter_mut().for_each(|one| lead(by, one));
    for SetAside { value: of, step: _, harmless: _, why: _, event_id } in set_aside {
        value(by, of);
        by.id(event_id);
    }
    let Timeline { since: _, until: _, lanes, more: _ } = timeline;
    for Lane { actor, moments } in lanes {
        named(by, actor);
        for Moment { time: _, event_id, mark: _, action: _, from, touched, error } in moments {
            by.id(event_id);
            from.iter_mut().chain(touched).for_each(|name| by.leaf(name));
            error.iter_mut().for_each(code);
        }
    }
    let Graph { addresses: _, actors: _, resources: _, came, did } = graph;
    for Edge { from: _, to: _, events: _, event_id, is_case: _ } in came.iter_mut().chain(did) {
        by.id(event_id);
    }
    let Looked { events: _, since: _, until: _, has_data_events: _, unread, limits: _ } = log;
    for (source, why) in unread {
        by.leaf(source);
        Redactor::withhold(why);
    }
    let told = narrative.iter_mut().chain([title]).chain(recommendation.iter_mut().map(|step| &mut step.why));
    told.chain(answers.iter_mut().flat_map(|one| one.answer.parts().0)).for_each(|one| sources(by, one));
    texts.into_iter().for_each(|mut text| by.id(&mut text));
    names.into_iter().for_each(|mut name| by.leaf(&mut name));
}

/// The second round.
fn sentences(by: &mut Redactor<'_>, case: &mut Case) {
    for one in case.narrative.iter_mut().chain([&mut case.title]) {
        by.sentence(one.text_mut());
    }
    for Step { title: _, why, commands, needs } in &mut case.recommendation {
        by.sentence(why.text_mut());
        commands.iter_mut().for_each(|command| by.command(command));
        needs.iter_mut().for_each(|needs| lacking(by, needs));
    }
    for Answered { id: _, subject: _, question: _, answer } in &mut case.answers {
        let (sentences, needs) = answer.parts();
        sentences.iter_mut().for_each(|one| by.sentence(one.text_mut()));
        needs.iter_mut().for_each(|needs| lacking(by, needs));
    }
    case.set_aside.iter_mut().for_each(|one| by.sentence(&mut one.why));
    for Heat { of, week: _, case: _ } in &mut case.heat {
        by.sentence(of);
    }
    let graph = &mut case.graph;
    for node in graph.addresses.iter_mut().chain(&mut graph.actors).chain(&mut graph.resources) {
        by.sentence(&mut node.name);
    }
    case.log.limits.iter_mut().for_each(|limit| by.sentence(limit));
}

fn lacking(by: &mut Redactor<'_>, needs: &mut Needs) {
    let (Needs::Log(what) | Needs::Permission(what) | Needs::File(what)) = needs;
    by.known_in(what);
}

fn sources(by: &mut Redactor<'_>, sentence: &mut Sentence) {
    let (ids, files) = sentence.sources();
    ids.each(|id| by.id(id));
    files.iter_mut().filter(|file| !file.starts_with("--")).for_each(|file| by.leaf(file));
}

fn artifact(by: &mut Redactor<'_>, artifact: &mut CaseArtifact) {
    let CaseArtifact { kind, value, paths, unusual: _ } = artifact;
    let state = |text: &str| text.split_once(' ').is_some_and(|(_, name)| STATES.contains(&name));
    match kind.as_str() {
        "event name" | "time" => code(value),
        "current state" | "previous state" if state(value) => {}
        "user agent" | "account" => by.id(value),
        _ => by.leaf(value),
    }
    paths.iter_mut().for_each(|path| by.pointer(path));
}

/// A word of AWS's stays where it looks like one.
fn code(text: &mut String) {
    if !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".:-".contains(&byte)) {
        Redactor::withhold(text);
    }
}

fn value(by: &mut Redactor<'_>, value: &mut Value) {
    let (Value::Person(text)
    | Value::Key(text)
    | Value::Address(text)
    | Value::Role(text)
    | Value::Instance(text)
    | Value::Bucket(text)
    | Value::Resource(text)) = value;
    named(by, text);
}

/// Whoever is called by our words keeps them.
fn named(by: &mut Redactor<'_>, name: &mut String) {
    if !UNNAMED.contains(&name.as_str()) {
        by.leaf(name);
    }
}

fn lead(by: &mut Redactor<'_>, lead: &mut Lead) {
    let Lead { followed, events: _, refused: _, first, last, people, addresses, actions: _ } = lead;
    let Followed { value: of, step: _, from } = followed;
    [of].into_iter().chain(from).for_each(|of| value(by, of));
    first.iter_mut().chain(last).for_each(|(_, id)| by.id(id));
    people.iter_mut().chain(addresses).for_each(|(name, _)| named(by, name));
}
