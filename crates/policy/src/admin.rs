//! Whether identity policies leave nothing out.

use std::sync::Arc;

use crate::decide::decide;
use crate::document::{Document, Effect, Statement};
use crate::glob::{Glob, Search, search};
use crate::reach::values::ordered;
use crate::services::services;
use crate::{
    Answer, Audience, Context, ContextValue, Decided, Decision, Doubt, Hit, LayerName, Layers, Principal, Reading,
    Request, StatementRef,
};

/// Whether policies amount to every action of every service on every resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdminEquivalent {
    /// Yes with the statements and a request as proof, No, or why it is not known.
    pub answer: Answer<Doubt>,
    /// Condition keys that stand in the way and that the principal can satisfy by itself, such as MFA.
    pub conditions: Vec<String>,
}

/// Keys whose value the principal itself can bring about: they do not keep it from anything.
const OWN_CHOICE: [&str; 8] = [
    "aws:multifactorauthpresent",
    "aws:multifactorauthage",
    "aws:currenttime",
    "aws:epochtime",
    "aws:securetransport",
    "aws:sourceip",
    "aws:useragent",
    "aws:referer",
];

/// Decides whether identity policies, taken together, leave no action on any resource out.
///
/// `NotAction` that names nothing real to leave out, and a split over several statements, count; a policy that leaves
/// out one service does not. Deny statements count, unless the principal can avoid their condition.
pub fn admin_equivalent(policies: &[Arc<Document>]) -> AdminEquivalent {
    let no = AdminEquivalent { answer: Answer::No, conditions: Vec::new() };
    let mut allows: Vec<(StatementRef, &Statement)> = Vec::new();
    let mut conditions: Vec<String> = Vec::new();
    for (policy, document) in policies.iter().enumerate() {
        for (index, statement) in document.statements().iter().enumerate() {
            let own = |key: &String| OWN_CHOICE.contains(&key.as_str());
            let keys: Vec<&String> = statement.conditions.iter().map(|condition| &condition.key).collect();
            match statement.effect {
                Effect::Deny if keys.iter().copied().any(own) => {
                    conditions.extend(keys.into_iter().filter(|key| own(key)).cloned());
                }
                Effect::Deny => return no,
                Effect::Allow if on_everything(statement) && keys.iter().copied().all(own) => {
                    conditions.extend(keys.into_iter().cloned());
                    allows.push((StatementRef { layer: LayerName::Identity, policy, statement: index }, statement));
                }
                Effect::Allow => {}
            }
        }
    }
    conditions.sort();
    conditions.dedup();
    match leaves_out(&allows) {
        Search::Found(_) => no,
        Search::OutOfBudget => AdminEquivalent { answer: Answer::Unknown(vec![Doubt::too_complex()]), conditions },
        Search::None => {
            let because = allows.into_iter().map(|(at, _)| at).collect();
            AdminEquivalent { answer: proof(policies, &conditions, because), conditions }
        }
    }
}

/// Whether a statement is about every resource.
fn on_everything(statement: &Statement) -> bool {
    statement.resource.as_ref().is_some_and(|element| {
        !element.negated && element.entries.iter().any(|pattern| pattern.fixed().is_some_and(Glob::is_everything))
    })
}

/// An action that no statement allows. The names of AWS's actions begin with a letter.
fn leaves_out(allows: &[(StatementRef, &Statement)]) -> Search {
    let entries = |negated: bool| {
        let of = move |(_, statement): &&(StatementRef, &'_ Statement)| statement.action.negated == negated;
        allows.iter().filter(of).map(|(_, statement)| statement.action.entries.as_slice())
    };
    let positive: Vec<Glob> = entries(false).flatten().cloned().collect();
    // An action is left out when every `NotAction` names it and no `Action` does: one entry of each is tried.
    let mut chosen: Vec<Vec<&Glob>> = vec![Vec::new()];
    for negative in entries(true) {
        chosen = chosen
            .into_iter()
            .flat_map(|so_far| negative.iter().map(move |entry| [so_far.as_slice(), &[entry]].concat()))
            .collect();
        if chosen.len() > 256 {
            return Search::OutOfBudget;
        }
    }
    // First over all names that a service could have; only where something seems left out, over those that exist.
    match any_of(["?*"], &chosen, &positive) {
        Search::Found(_) => any_of(services(), &chosen, &positive),
        other => other,
    }
}

/// An action of one of these services that matches all of some choice and nothing of `none`.
fn any_of<'a>(services: impl IntoIterator<Item = &'a str>, chosen: &[Vec<&Glob>], none: &[Glob]) -> Search {
    let mut unsure = false;
    for service in services {
        for letter in 'a'..='z' {
            let shape = Glob::in_segment(&format!("{service}:{letter}*"));
            for choice in chosen {
                let one = std::slice::from_ref;
                let all: Vec<&[Glob]> = choice.iter().copied().map(one).chain([one(&shape)]).collect();
                match search(&all, none, "abcdefghijklmnopqrstuvwxyz0-") {
                    Search::Found(action) => return Search::Found(action),
                    Search::OutOfBudget => unsure = true,
                    Search::None => {}
                }
            }
        }
    }
    if unsure { Search::OutOfBudget } else { Search::None }
}

/// A request that proves it: attaching a policy to oneself, with whatever the conditions ask for.
fn proof(policies: &[Arc<Document>], conditions: &[String], because: Vec<StatementRef>) -> Answer<Doubt> {
    let me = "arn:aws:iam::111122223333:user/alice";
    let layers = Layers { identity: Some(policies.iter().cloned().map(Reading::Read).collect()), ..Layers::default() };
    let all: Vec<&crate::condition::Condition> = policies
        .iter()
        .flat_map(|document| document.statements())
        .flat_map(|statement| &statement.conditions)
        .collect();
    let mut contexts = vec![Context::default()];
    for key in conditions {
        let on_key: Vec<&crate::condition::Condition> =
            all.iter().copied().filter(|condition| condition.key == *key).collect();
        let mut values: Vec<String> = match key.as_str() {
            "aws:multifactorauthpresent" | "aws:securetransport" => vec!["true".to_owned(), "false".to_owned()],
            "aws:sourceip" => crate::reach::values::every_address(&on_key).collect(),
            _ => ordered(&on_key),
        };
        if values.is_empty() {
            values = on_key
                .iter()
                .flat_map(|condition| &condition.values)
                .map(|value| value.text.glob().with_runs("x"))
                .collect();
        }
        contexts = contexts
            .into_iter()
            .flat_map(|context| {
                values.iter().map(move |value| {
                    let mut with = context.clone();
                    with.0.insert(key.clone(), ContextValue::One(value.clone()));
                    with
                })
            })
            .take(4096)
            .collect();
    }
    for context in contexts {
        let witness = Request {
            principal: Principal::Arn(me.to_owned()),
            action: "iam:AttachUserPolicy".to_owned(),
            resource: me.to_owned(),
            resource_account: None,
            context,
        };
        if decide(&layers, &witness).decision == Decided::Known(Decision::Allow) {
            return Answer::Yes(Hit { audience: Audience::SameAccount, witness, because, unless: Vec::new() });
        }
    }
    Answer::Unknown(vec![Doubt::too_complex()])
}
