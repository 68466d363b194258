//! Answers of the engine as the contract writes them.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::{
    AccessPoint, AdminEquivalent, Answer, BlockPublicAccess, BlockSettings, Decided, Diagnostic, Document, Doubt,
    Feasible, Hit, Outcome, Reach, Reading, Request, ResourceKind, StatementRef, Target, Technique, layers,
    s3_policy_status,
};

/// The answer to `decide`.
pub fn decided(outcome: &Outcome) -> Value {
    let (decision, doubts) = match &outcome.decision {
        Decided::Known(decision) => (json!(decision), json!([])),
        Decided::Unknown(doubts) => (json!("unknown"), coded(doubts)),
    };
    json!({
        "decision": decision,
        "decided_by": outcome.decided_by,
        "blocked_by": outcome.blocked_by,
        "unknown_because": doubts,
    })
}

/// The answer to `reach`; with a replay, a `decide` case that answers `allow` comes along.
pub fn reached(target: &Target, reached: &Reach, with_replay: bool) -> Value {
    let hits: Vec<&Hit> = reached
        .answers
        .iter()
        .filter_map(|(_, answer)| match answer {
            Answer::Yes(hit) => Some(hit),
            Answer::No | Answer::Unknown(_) => None,
        })
        .collect();
    let outside = hits.iter().find(|hit| hit.audience.is_outsider());
    let doubts = reached.doubts_about_outsiders();
    let verdict = match (outside, doubts.is_empty()) {
        (Some(_), _) => "yes",
        (None, false) => "unknown",
        (None, true) => "no",
    };
    let status = match (&target.policy, target.kind) {
        (Reading::Read(Some(policy)), ResourceKind::BucketPolicy | ResourceKind::AccessPointPolicy) => {
            json!(if s3_policy_status(policy).public { "public" } else { "not_public" })
        }
        _ => Value::Null,
    };
    let shown = outside.or(hits.first()).copied();
    let mut answered = json!({
        "reachable_by_outsider": verdict,
        "audiences": hits.iter().map(|hit| hit.audience).collect::<Vec<_>>(),
        "audience": hits.first().map_or(json!("none"), |hit| json!(hit.audience)),
        "accounts": reached.accounts,
        "s3_policy_status": status,
        "witness": shown.map(|hit| &hit.witness),
        "because": shown.map_or(json!([]), |hit| because(&hit.because)),
        "unless": shown.map_or(json!([]), |hit| json!(hit.unless)),
        "unknown_because": if verdict == "unknown" { coded(&doubts) } else { Value::Null },
    });
    if let (true, Value::Object(fields)) = (with_replay, &mut answered) {
        let replay = shown.map_or(Value::Null, |hit| replay(target, &hit.witness));
        fields.insert("replay".to_owned(), replay);
    }
    answered
}

/// The answer to `compare`.
pub fn compared(answer: &Answer<Doubt>) -> Value {
    let (verdict, witness, doubts) = match answer {
        Answer::Yes(hit) => ("yes", json!(hit.witness), Value::Null),
        Answer::No => ("no", Value::Null, Value::Null),
        Answer::Unknown(doubts) => ("unknown", Value::Null, coded(doubts)),
    };
    json!({ "new_allows_more": verdict, "witness": witness, "unknown_because": doubts })
}

/// The answer to `grants`.
pub fn granted(admin: &AdminEquivalent, escalations: &[(&Technique, Feasible)]) -> Value {
    let mut ids = Vec::new();
    let mut assumes = BTreeSet::new();
    let mut first = None;
    for (technique, feasible) in escalations {
        if let Feasible::Yes(found) = feasible {
            ids.push(&technique.id);
            assumes.extend(&found.assumes);
            first = first.or(found.steps.first());
        }
    }
    let (verdict, witness) = match &admin.answer {
        Answer::Yes(hit) => ("yes", Some(&*hit.witness)),
        Answer::No => ("no", first),
        Answer::Unknown(_) => ("unknown", first),
    };
    json!({
        "admin_equivalent": verdict,
        "conditions": admin.conditions,
        "escalation": ids,
        "assumes": assumes,
        "witness": witness,
    })
}

/// The answer to `lint`; lines and columns only where they are those of a text that the user knows.
pub fn linted(diagnostics: &[Diagnostic], has_places: bool) -> Value {
    let shown = |number: usize| if has_places { json!(number) } else { Value::Null };
    let told = diagnostics.iter().map(|diagnostic| {
        let place = &diagnostic.place;
        json!({
            "code": diagnostic.code, "severity": diagnostic.severity, "pointer": place.pointer,
            "line": shown(place.line), "column": shown(place.column), "message": diagnostic.message,
        })
    });
    json!({ "diagnostics": told.collect::<Vec<_>>() })
}

fn coded(doubts: &[Doubt]) -> Value {
    doubts.iter().map(|doubt| json!({ "code": doubt.code, "layer": doubt.layer, "message": doubt.message })).collect()
}

pub(super) fn because(statements: &[StatementRef]) -> Value {
    statements.iter().map(|at| json!({ "layer": at.layer, "statement": at.statement })).collect()
}

/// A whole `decide` case that answers `allow`.
fn replay(target: &Target, witness: &Request) -> Value {
    let judged = layers(target, witness);
    let mut policies = Map::new();
    policies.insert("identity".to_owned(), json!("allow_all"));
    if let Some(resource) = &judged.resource {
        policies.insert("resource".to_owned(), read(resource, policy));
    }
    if let Some(levels) = &judged.rcp {
        let levels: Vec<Vec<Value>> =
            levels.iter().map(|level| level.iter().map(|document| read(document, policy)).collect()).collect();
        policies.insert("rcp".to_owned(), json!(levels));
    }
    policies.insert("block_public_access".to_owned(), block_public_access(&judged.block_public_access));
    if let Some(acl) = &judged.acl {
        policies.insert("acl".to_owned(), read(acl, |acl| json!(acl)));
    }
    if let Some(point) = &judged.access_point {
        policies.insert("access_point".to_owned(), access_point(point));
    }
    json!({ "id": "replay", "op": "decide", "request": witness, "policies": policies })
}

/// A whole `status` case about the policy of a bucket, to ask the same question again.
pub fn status_case(document: &Arc<Document>, account: &str) -> Value {
    json!({ "id": "again", "op": "status", "policy": policy(document), "account": account })
}

/// A whole `reach` case about a target, to ask the same question again.
pub fn reach_case(target: &Target) -> Value {
    let Target { kind, arn, account, organization, access_points, rcp, trusted_accounts, .. } = target;
    let optional = |document: &Option<Arc<Document>>| document.as_ref().map_or(Value::Null, policy);
    let mut case = json!({
        "id": "again",
        "op": "reach",
        "kind": kind,
        "policy": read(&target.policy, optional),
        "account": account,
        "organization": {
            "id": organization.id,
            "accounts": organization.accounts,
            "accounts_complete": organization.accounts_complete,
        },
        "block_public_access": block_public_access(&target.block_public_access),
        "access_points": access_points.iter().map(access_point).collect::<Vec<_>>(),
        "trusted_accounts": trusted_accounts,
    });
    let levels = |levels: &Vec<Vec<Arc<Document>>>| -> Value {
        levels.iter().map(|level| level.iter().map(policy).collect::<Value>()).collect()
    };
    let more = [
        ("resource", arn.as_ref().map(|arn| json!(arn))),
        (
            "rcp",
            Some(match rcp {
                Reading::Read(read) => levels(read),
                Reading::Unreadable => json!([["unreadable"]]),
            }),
        ),
        (
            "acl",
            match &target.acl {
                Reading::Read(acl) => acl.as_ref().map(|acl| json!(acl)),
                Reading::Unreadable => Some(json!("unreadable")),
            },
        ),
    ];
    if let Value::Object(fields) = &mut case {
        fields.extend(more.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    }
    case
}

/// What was read, or the contract's word for what was not.
fn read<T>(reading: &Reading<T>, shown: impl Fn(&T) -> Value) -> Value {
    match reading {
        Reading::Read(value) => shown(value),
        Reading::Unreadable => json!("unreadable"),
    }
}

fn policy(document: &Arc<Document>) -> Value {
    serde_json::from_str(document.source()).unwrap_or(Value::Null)
}

fn block_public_access(levels: &BlockPublicAccess) -> Value {
    let setting = |level| read(level, |settings: &BlockSettings| json!(settings));
    json!({ "account": setting(&levels.account), "bucket": setting(&levels.bucket) })
}

fn access_point(point: &AccessPoint) -> Value {
    json!({
        "arn": point.arn,
        "account": point.account,
        "policy": read(&point.policy, |document| document.as_ref().map_or(Value::Null, policy)),
        "vpc": point.vpc,
        "block_public_access": read(&point.block_public_access, |settings| json!(settings)),
    })
}
