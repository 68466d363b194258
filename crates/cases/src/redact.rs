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
    /// Who did something, and to what.
    things: BTreeSet<String>,
    /// Other values of the log and of snapshots, many of which are words of AWS.
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
        self.names.extend(called(name));
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
        let things = [key, session, role].into_iter().flatten().chain([who]).chain(resources);
        self.things.extend(things.flat_map(|name| called(name)));
        self.texts.extend(account.clone());
        let more = [invoked_by, ip, domain, region].into_iter().flatten().chain([service]);
        more.for_each(|name| self.name(name));
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
            self.texts.extend(report.findings.iter().map(|finding| finding.grounds.reason.to_string()));
        }
    }
}

/// A name, and what a sentence makes of it; our own words are none.
fn called(name: &str) -> impl Iterator<Item = String> {
    let ours = |name: &str| UNNAMED.contains(&name) || STATES.contains(&name);
    [name, short(name)].into_iter().filter(move |name| !ours(name)).map(str::to_owned)
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
    let Words { things, names, texts, kept } = std::mem::take(words);
    kept.iter().for_each(|word| by.keep(word));
    things.iter().for_each(|name| by.sure(name));
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
    things.into_iter().chain(names).for_each(|mut name| by.leaf(&mut name));
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

#[cfg(test)]
mod tests {
    use forewarn_findings::Redaction;
    use proptest::prelude::*;
    use serde_json::{Value as Json, json};

    use crate::{Asked, Case, Hours, Records, Start, html, investigate, json, markdown};

    /// What must not be left of a log.
    fn names() -> impl Strategy<Value = [String; 7]> {
        // Words of our own questions, numbers, and what AWS lets through besides.
        let name = || {
            prop_oneof![
                Just("usual".to_owned()),
                "9[0-9]{7}",
                "z[a-z]{5,9}",
                "Z[A-Za-z0-9+=,.@_-]{3,8}x",
                "Zoë d'[A-Z]{3}"
            ]
        };
        let folder = prop_oneof!["ou[a-z]{5}", "8[0-9]{7}"];
        let role = prop_oneof![Just("expected".to_owned()), "7[0-9]{7}", "Zr[A-Za-z0-9]{4,8}"];
        (name(), folder, role, "6[0-9]{11}", "203\\.0\\.113\\.[1-9][0-9]", "AKIAZ[A-Z2-7]{15}", "zb[a-z0-9-]{5,9}")
            .prop_map(|(name, folder, role, account, address, key, bucket)| {
                [name, folder, role, account, address, key, bucket]
            })
    }

    fn told(names: &[String; 7]) -> Vec<Json> {
        let [name, folder, role, account, address, key, bucket] = names;
        let user = json!({ "type": "IAMUser", "arn": format!("arn:aws:iam::{account}:user/{folder}/{name}"), "userName": name,
            "accountId": account, "accessKeyId": key });
        let session = json!({ "type": "AssumedRole", "arn": format!("arn:aws:sts::{account}:assumed-role/{role}/{name}"),
            "accountId": account, "accessKeyId": key.replacen("AKIA", "ASIA", 1), "sessionContext": { "sourceIdentity": name,
            "sessionIssuer": { "type": "Role", "arn": format!("arn:aws:iam::{account}:role/{role}"), "userName": role } } });
        let event = |minute: usize, by: &Json, source: &str, called: &str, parameters: Json| {
            json!({ "eventTime": format!("2026-03-03T03:{minute:02}:00Z"), "eventName": called, "eventID": format!("{name}-{minute}"),
                "eventSource": format!("{source}.amazonaws.com"), "awsRegion": "eu-central-1", "recipientAccountId": account,
                "sourceIPAddress": address, "userAgent": format!("{name}/1.0"), "userIdentity": by, "readOnly": false,
                "requestParameters": parameters, "errorMessage": if minute == 2 { json!(name) } else { Json::Null } })
        };
        vec![
            event(
                0,
                &user,
                "s3",
                "PutBucketPolicy",
                json!({ "bucketName": bucket, "bucketPolicy": { "Statement": [
                { "Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": format!("arn:aws:s3:::{bucket}/{name}/*") }] } }),
            ),
            event(1, &user, "iam", "CreateAccessKey", json!({ "userName": name })),
            event(
                2,
                &user,
                "sts",
                "AssumeRole",
                json!({ "roleArn": format!("arn:aws:iam::{account}:role/{role}"),
                "roleSessionName": name, "tags": [{ "key": folder, "value": bucket }] }),
            ),
            event(
                3,
                &session,
                "s3",
                "DeleteBucket",
                json!({ "bucketName": bucket, "x": { "labels": { (bucket): folder } } }),
            ),
            event(
                4,
                &session,
                "ec2",
                "TerminateInstances",
                json!({ "instancesSet": { "items": [{ "instanceId": "i-0abc12345" }] } }),
            ),
        ]
    }

    fn files(case: &Case) -> [String; 3] {
        let write = |write: fn(&Case, &mut dyn std::io::Write) -> std::io::Result<()>| {
            let mut out = Vec::new();
            write(case, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        [write(json), write(markdown), write(html)]
    }

    /// Whether a text has a name as a whole: `unusual` has not `usual`.
    fn has(text: &str, name: &str) -> bool {
        let open = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
        text.match_indices(name).any(|(at, found)| {
            let (before, rest) = text.split_at(at);
            open(before.chars().next_back()) && open(rest.strip_prefix(found).and_then(|rest| rest.chars().next()))
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn nothing_of_the_log_is_left_in_a_case(names in names(), keyed in any::<bool>(), from in 0_usize..6) {
            let records = Records::new(told(&names).iter().map(Json::to_string)).unwrap();
            let [name, folder, role, account, address, key, bucket] = &names;
            let starts = [
                format!("{name}-0"), format!("{name}-4"), key.clone(), address.clone(),
                format!("arn:aws:iam::{account}:user/{folder}/{name}"), format!("arn:aws:iam::{account}:role/{role}"),
            ];
            let hours = Some(Hours::read("07:00-19:00 Europe/Berlin").unwrap());
            let asked = Asked { start: vec![Start::of(&starts[from])], depth: 2, fan_out: 10, hours, ..Asked::default() };
            let case = investigate(&records, &asked).unwrap_or_else(|_| panic!("a case"));
            let open = files(&case);
            let secrets = [name, folder, role, account, address, key, bucket, "0abc12345", "Berlin"];
            prop_assert!(secrets.iter().filter(|secret| open[0].contains(**secret)).count() > 5, "it would prove nothing");
            let redaction = if keyed { Redaction::keyed(b"0123456789abcdef") } else { Redaction::default() };
            // The questions are the same for everybody.
            let asks: Vec<&str> = case.answers.iter().map(|one| one.question).collect();
            for written in files(&case.redacted(&mut redaction.redactor(crate::prose()))) {
                let written = asks.iter().fold(written, |written, ask| written.replace(ask, ""));
                for secret in secrets {
                    prop_assert!(!has(&written, secret), "{secret} is left in {written}");
                }
            }
        }
    }
}
