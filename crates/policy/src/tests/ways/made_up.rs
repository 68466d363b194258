//! Questions that the generator of the second opinion makes up, each as it is and with something changed about it.

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::{Value, json};

use super::super::comparing::policies;
use super::super::question;
use super::{counted, digest, of_all, told, with_holes};
use crate::batch::judged;
use crate::{
    Answer, Calls, ContextValue, Decided, Document, Doubt, Grantee, Layers, Question, Reading, Request, Side, Target,
    can, compare, compare_access, compare_identity, decide,
};

/// One line a seed.
fn lines(seeds: impl IntoIterator<Item = u64>, line: impl Fn(u64) -> Option<String>) -> String {
    let mut all = String::new();
    for (seed, line) in seeds.into_iter().filter_map(|seed| Some((seed, line(seed)?))) {
        writeln!(all, "{seed}: {line}").unwrap();
    }
    all
}

/// The verdict, the steps, and a number that stands for the whole answer.
pub(super) fn short((answer, steps): (Answer<Doubt>, u64)) -> String {
    let answer = told(&answer);
    let verdict = answer.split(':').next().unwrap();
    format!("{verdict} {steps} {:08x}", digest(&answer))
}

/// The document with a value in it that is not known yet, where it has one of the words that are left out.
fn later(document: &Document, seed: u64) -> Arc<Document> {
    const WORDS: [&str; 6] = ["222222222222", "111111111111", ":::b", "red", "203.0.113.", "o-a"];
    let word = WORDS[usize::try_from(seed).unwrap() % WORDS.len()];
    let text = document.source().replace(word, "${later}");
    let changed = Document::parse(&text).ok().and_then(|changed| with_holes(&changed));
    changed.unwrap_or_else(|| Arc::new(document.clone()))
}

fn read_later(reading: &Reading<Arc<Document>>, seed: u64) -> Reading<Arc<Document>> {
    match reading {
        Reading::Read(document) => Reading::Read(later(document, seed)),
        Reading::Unreadable => Reading::Unreadable,
    }
}

fn has_later(reading: &Reading<Option<Arc<Document>>>, seed: u64) -> Reading<Option<Arc<Document>>> {
    match reading {
        Reading::Read(Some(document)) => Reading::Read(Some(later(document, seed))),
        other => other.clone(),
    }
}

/// The layers with holes in them.
fn layers_later(layers: &Layers, seed: u64) -> Layers {
    let list = |documents: &Option<Vec<Reading<Arc<Document>>>>| {
        documents.as_ref().map(|list| list.iter().map(|reading| read_later(reading, seed)).collect())
    };
    let tower = |levels: &Option<Vec<Vec<Reading<Arc<Document>>>>>| {
        let level = |list: &Vec<Reading<Arc<Document>>>| list.iter().map(|reading| read_later(reading, seed)).collect();
        levels.as_ref().map(|levels| levels.iter().map(level).collect())
    };
    let mut changed = Layers {
        identity: list(&layers.identity),
        boundary: list(&layers.boundary),
        session: list(&layers.session),
        endpoint: list(&layers.endpoint),
        scp: tower(&layers.scp),
        rcp: tower(&layers.rcp),
        resource: layers.resource.as_ref().map(|reading| read_later(reading, seed)),
        ..layers.clone()
    };
    if let Some(point) = &mut changed.access_point {
        point.policy = has_later(&point.policy, seed);
    }
    changed
}

fn target_later(target: &Target, seed: u64) -> Target {
    let mut changed = Target { policy: has_later(&target.policy, seed), ..target.clone() };
    for point in &mut changed.access_points {
        point.policy = has_later(&point.policy, seed);
    }
    changed
}

pub(super) fn decided(layers: &Layers, request: &Request) -> String {
    let (outcome, steps) = counted(|| decide(layers, request));
    let whole = match &outcome.decision {
        Decided::Known(_) => json!([outcome.decided_by, outcome.blocked_by]),
        Decided::Unknown(doubts) => json!(doubts.iter().map(|doubt| (&doubt.code, doubt.layer)).collect::<Vec<_>>()),
    };
    let decision = match outcome.decision {
        Decided::Known(decision) => format!("{decision:?}"),
        Decided::Unknown(_) => "Unknown".to_owned(),
    };
    format!("{decision} {steps} {:08x}", digest(&whole.to_string()))
}

#[test]
fn requests() {
    insta::assert_snapshot!(lines(0..500, |seed| {
        let (layers, request) = judged(&forewarn_oracle::decide_case(seed));
        Some(decided(&layers, &request))
    }));
}

#[test]
fn requests_with_what_is_not_known_yet() {
    insta::assert_snapshot!(lines(500..900, |seed| {
        let (layers, request) = judged(&forewarn_oracle::decide_case(seed));
        Some(decided(&layers_later(&layers, seed), &request))
    }));
}

#[test]
fn questions() {
    insta::assert_snapshot!(lines(0..160, |seed| Some(of_all(&question(&forewarn_oracle::reach_case(seed)).unwrap()))));
}

#[test]
fn questions_with_what_is_not_known_yet() {
    insta::assert_snapshot!(lines(200..260, |seed| {
        let asked = question(&forewarn_oracle::reach_case(seed)).unwrap();
        let target = Arc::new(target_later(&asked.target, seed));
        Some(of_all(&Question { target, ..asked }))
    }));
}

#[test]
fn questions_with_what_could_not_be_read() {
    let parts = ["policy", "block_public_access", "acl", "access_points", "rcp"];
    insta::assert_snapshot!(lines(300..380, |seed| {
        let mut case = forewarn_oracle::reach_case(seed);
        let part = parts[usize::try_from(seed).unwrap() % parts.len()];
        match part {
            "access_points" if case[part].is_array() => {
                case[part][0][if seed % 2 == 0 { "policy" } else { "block_public_access" }] = json!("unreadable");
            }
            "access_points" => {
                case["organization"].as_object_mut()?.remove("accounts");
            }
            part => case[part] = json!("unreadable"),
        }
        Some(of_all(&question(&case).ok()?))
    }));
}

#[test]
fn questions_about_some_actions_where_something_is_given() {
    insta::assert_snapshot!(lines(400..460, |seed| {
        let mut asked = question(&forewarn_oracle::reach_case(seed)).unwrap();
        let actions = [&["s3:Get*"][..], &["s3:putobject", "sts:AssumeRole"], &["s3:*Bucket*"], &[]];
        let one = |text: &str| Some(ContextValue::One(text.to_owned()));
        let given = [
            ("aws:SourceIp", one("198.51.100.7")),
            ("aws:SecureTransport", one("false")),
            ("aws:PrincipalOrgID", None),
            ("s3:DataAccessPointArn", asked.target.access_points.first().and_then(|point| one(&point.arn))),
            ("aws:SourceVpc", one("vpc-1")),
        ];
        let number = usize::try_from(seed).unwrap();
        asked.actions = actions[number % actions.len()].iter().map(|action| (*action).to_owned()).collect();
        let (key, value) = given[number % given.len()].clone();
        asked.given = vec![(key.to_owned(), value)];
        Some(of_all(&asked))
    }));
}

/// Another one of these that is there too.
fn other<T>(seed: u64, of: impl Fn(u64) -> Option<T>) -> T {
    (500..).step_by(7).find_map(|more| of(seed + more)).unwrap()
}

fn documents(seed: u64, kind: &str) -> Option<Vec<Reading<Arc<Document>>>> {
    let read = |value: &Value| Reading::Read(Arc::new(Document::parse(&value.to_string()).unwrap()));
    Some(match policies(seed, kind)? {
        Value::Array(list) => list.iter().map(read).collect(),
        one => vec![read(&one)],
    })
}

#[test]
fn comparisons() {
    for (name, side) in [("identity", Side::Identity), ("resource", Side::Resource)] {
        insta::assert_snapshot!(
            format!("comparisons_{name}"),
            lines(0..50, |seed| {
                let (new, old) = (documents(seed, name)?, other(seed, |seed| documents(seed, name)));
                Some(short(counted(|| compare(&new, &old, side))))
            })
        );
        insta::assert_snapshot!(
            format!("comparisons_{name}_with_what_is_not_known_yet"),
            lines(60..90, |seed| {
                let (mut new, mut old) = (documents(seed, name)?, other(seed, |seed| documents(seed, name)));
                let changed = if seed % 2 == 0 { &mut new } else { &mut old };
                for reading in changed {
                    *reading = if seed % 3 == 0 { Reading::Unreadable } else { read_later(reading, seed) };
                }
                Some(short(counted(|| compare(&new, &old, side))))
            })
        );
    }
}

#[test]
fn comparisons_of_all_that_stands_before_a_principal() {
    let layers = |seed: u64| {
        let (layers, _) = judged(&forewarn_oracle::decide_case(seed));
        let own = Layers {
            identity: layers.identity?.into(),
            boundary: layers.boundary,
            session: layers.session,
            scp: layers.scp,
            ..Layers::default()
        };
        (own.boundary.is_some() || own.session.is_some() || own.scp.is_some()).then_some(own)
    };
    insta::assert_snapshot!(lines(0..60, |seed| {
        let (new, old) = (layers(seed)?, other(seed, layers));
        Some(short(counted(|| compare_identity(&new, &old))))
    }));
}

#[test]
fn comparisons_of_all_that_stands_before_a_resource() {
    let target = |seed: u64| question(&forewarn_oracle::reach_case(seed)).unwrap().target;
    insta::assert_snapshot!(lines(0..60, |seed| {
        let (new, old) = (target(seed), target(seed + 1_000));
        (new.kind == old.kind).then(|| short(counted(|| compare_access(&new, &old))))
    }));
}

#[test]
fn calls_of_one_principal() {
    insta::assert_snapshot!(lines(0..120, |seed| {
        let (layers, request) = judged(&forewarn_oracle::decide_case(seed));
        let policy = layers.resource.clone();
        let principal = seed % 2 == 0;
        let arn = match &request.principal {
            crate::Principal::Arn(arn) => arn.clone(),
            _ => return None,
        };
        let own = Layers { resource: None, ..layers };
        let account = arn.split(':').nth(4).map(str::to_owned);
        let grantee = Grantee { principal: principal.then_some(arn), account, layers: own, ..Grantee::default() };
        let calls = Calls { actions: vec![request.action], resource: request.resource, policy };
        Some(short(counted(|| can(&grantee, &calls))))
    }));
}
