//! The file of techniques makes sense by itself, and to the catalogue.

use std::collections::BTreeSet;

use super::*;
use crate::catalogue;
use crate::grants::technique::TEXT;

fn action(step: &Step) -> (&'static catalogue::Service, &'static catalogue::Action) {
    let (prefix, name) = step.action.split_once(':').unwrap();
    let service = catalogue::service(prefix).unwrap_or_else(|| panic!("{prefix} is no service"));
    (service, service.action(name).unwrap_or_else(|| panic!("{} is no action", step.action)))
}

#[test]
fn the_file_can_be_read_and_holds_every_technique_once() {
    let read: Vec<Technique> = serde_json::from_str(TEXT).unwrap();
    assert_eq!(read, techniques());
    assert_eq!(techniques().len(), 122);
    let ids: BTreeSet<&str> = techniques().iter().map(|technique| technique.id.as_str()).collect();
    assert_eq!(ids.len(), 122, "an id stands twice");
    let titles: BTreeSet<&str> = techniques().iter().map(|technique| technique.title.as_str()).collect();
    assert_eq!(titles.len(), 122, "a title stands twice");
}

#[test]
fn every_action_is_one_that_aws_has() {
    for step in techniques().iter().flat_map(|technique| &technique.steps) {
        let (service, action) = action(step);
        assert_eq!(step.action, format!("{}:{}", service.prefix, action.name), "letter case");
    }
}

#[test]
fn every_target_is_declared_and_serves_for_something() {
    for technique in techniques() {
        let id = &technique.id;
        let mut used: BTreeSet<&str> = technique.gains.iter().map(String::as_str).collect();
        for step in &technique.steps {
            match step.resource.as_deref() {
                Some("$self") => assert!(technique.caller.is_some(), "{id}: which kind of caller is `$self`?"),
                Some(name) if name.starts_with('$') => {
                    used.insert(name);
                }
                Some(fixed) => assert!(fixed.starts_with("arn:"), "{id}: {fixed}"),
                None => {}
            }
        }
        for condition in &technique.conditions {
            match condition {
                Where::Trusts(role, by) => {
                    assert_eq!(technique.targets.get(role).map(String::as_str), Some("iam:role"), "{id}");
                    used.insert(role);
                    match by.as_str() {
                        "$service" => assert!(technique.services.len() > 1, "{id}"),
                        by if by.starts_with('$') => {
                            used.insert(by);
                        }
                        by => assert!(by.ends_with(".amazonaws.com"), "{id}: {by}"),
                    }
                }
                Where::Bounded(name) if name == "$self" => {}
                Where::Bounded(name) => {
                    used.insert(name);
                }
            }
        }
        let declared: BTreeSet<&str> = technique.targets.keys().map(String::as_str).collect();
        assert_eq!(used, declared, "{id}");
    }
}

#[test]
fn every_target_is_of_a_type_that_its_steps_take() {
    for technique in techniques() {
        for step in &technique.steps {
            let Some(kind) = step.resource.as_ref().and_then(|name| technique.targets.get(name)) else { continue };
            let kind = match kind.as_str() {
                "own:policy" => "iam:policy",
                "own:group" => "iam:group",
                other => other,
            };
            let (prefix, name) = kind.split_once(':').unwrap();
            let shapes = &catalogue::service(prefix).unwrap().resource(name).unwrap().arns;
            let (service, action) = action(step);
            let mut taken = action.resources.iter().filter_map(|taken| service.resource(&taken.name));
            assert!(taken.any(|taken| taken.arns == *shapes), "{}: {} takes no {kind}", technique.id, step.action);
        }
    }
}

/// Types that AWS lists as needed by a call and that are not asked for, each with the reason.
const NOT_ASKED: [(&str, &str, &str); 5] = [
    ("batch:SubmitJob", "job", "the job has no name before the call"),
    ("batch:SubmitJob", "job-queue", "a step of its own where the queue is a target"),
    ("bedrock-agentcore:StartCodeInterpreterSession", "code-interpreter", "AWS's own interpreter holds no role"),
    ("bedrock-agentcore:InvokeCodeInterpreter", "code-interpreter", "AWS's own interpreter holds no role"),
    ("bedrock-agentcore:StartBrowserSession", "browser", "AWS's own browser holds no role"),
];

#[test]
fn what_a_call_is_checked_against_besides_is_asked_for() {
    for technique in techniques() {
        for step in &technique.steps {
            let (service, action) = action(step);
            for kind in &step.on {
                assert!(service.resource(kind).is_some(), "{}: {kind}", technique.id);
                assert!(action.resources.iter().any(|taken| taken.name == *kind), "{}: {kind}", technique.id);
            }
            let required: Vec<&str> =
                action.resources.iter().filter(|taken| taken.required).map(|taken| taken.name.as_str()).collect();
            let main = step.resource.as_ref().and_then(|name| technique.targets.get(name));
            let main = main.map(|kind| kind.rsplit(':').next().unwrap());
            if action.resources.len() < 2 {
                continue;
            }
            for name in required {
                let asked = step.on.iter().any(|kind| kind == name) || main == Some(name);
                let let_go = NOT_ASKED.iter().any(|(of, kind, _)| *of == step.action && *kind == name);
                assert!(asked || let_go, "{}: {} needs {name}", technique.id, step.action);
            }
        }
    }
}

#[test]
fn every_key_that_a_call_carries_is_one_that_the_action_has() {
    let mut keys = 0;
    for step in techniques().iter().flat_map(|technique| &technique.steps) {
        let (_, action) = action(step);
        for key in step.given.keys() {
            assert!(action.keys.contains(key), "{} has no key {key}", step.action);
            keys += 1;
        }
    }
    assert!(keys > 60, "{keys} keys");
}

#[test]
fn a_role_that_is_passed_trusts_whom_it_is_passed_to() {
    for technique in techniques() {
        let passed = technique.steps.iter().filter(|step| step.action == "iam:PassRole");
        for step in passed {
            let role = step.resource.clone().unwrap();
            let service = step.given["iam:PassedToService"].clone();
            assert!(technique.conditions.contains(&Where::Trusts(role, service)), "{}", technique.id);
        }
    }
}

#[test]
fn sentences_are_plain() {
    for technique in techniques() {
        assert!(technique.title.chars().count() <= 100, "{}", technique.title);
        assert!(technique.title.starts_with(char::is_uppercase), "{}", technique.title);
        for sentence in technique.assumptions() {
            let first = sentence.split(' ').next().unwrap();
            let proper = ["AWS", "Systems"].contains(&first);
            assert!(proper || sentence.starts_with(char::is_lowercase), "{sentence}");
            assert!(!sentence.ends_with('.'), "{sentence}");
        }
        assert!(!technique.title.ends_with('.'));
        let pathfinding = format!("https://pathfinding.cloud/paths/{}", technique.id);
        let of_aws = technique.source.starts_with("https://docs.aws.amazon.com/");
        assert!(technique.source == pathfinding || of_aws, "{}", technique.source);
    }
}
