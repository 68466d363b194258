//! The XML, read back with a reader of its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use quick_xml::events::Event;
use quick_xml::{Reader, XmlVersion};

use super::*;
use crate::inert::inert;
use crate::sample::{HOSTILE, empty, everything, many};

fn xml(report: &Report) -> String {
    let mut out = Vec::new();
    write(report, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// An element with its attributes and the names of what stands above it.
struct Element {
    name: String,
    above: Vec<String>,
    attributes: BTreeMap<String, String>,
}

fn elements(text: &str) -> Vec<Element> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<String> = Vec::new();
    let mut all = Vec::new();
    loop {
        let event = reader.read_event().unwrap();
        match &event {
            Event::Start(element) | Event::Empty(element) => {
                let name = element.name().as_ref().to_owned();
                let attributes = element.attributes().map(|attribute| {
                    let attribute = attribute.unwrap();
                    let key = attribute.key.as_ref().to_owned();
                    (key, attribute.normalized_value(XmlVersion::Explicit1_0).unwrap().into_owned())
                });
                all.push(Element { name: name.clone(), above: open.clone(), attributes: attributes.collect() });
                if matches!(event, Event::Start(_)) {
                    open.push(name);
                }
            }
            Event::End(element) => {
                assert_eq!(open.pop().unwrap(), element.name().as_ref());
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert!(open.is_empty());
    all
}

/// What the schema of Jenkins and of Surefire allow, and what neither can do without.
const SHAPE: [(&str, &str, &[&str]); 8] = [
    ("testsuites", "", &["errors", "failures", "name", "tests", "time"]),
    ("testsuite", "testsuites", &["errors", "failures", "name", "skipped", "tests", "time", "timestamp"]),
    ("properties", "testsuite", &[]),
    ("property", "properties", &["name", "value"]),
    ("testcase", "testsuite", &["classname", "name", "time"]),
    ("failure", "testcase", &["message", "type"]),
    ("error", "testcase", &["message", "type"]),
    ("skipped", "testcase", &["message"]),
];

#[test]
fn the_suites_of_everything() {
    insta::assert_snapshot!(xml(&everything()));
}

#[test]
fn elements_and_attributes_are_those_that_the_schema_has() {
    for report in [everything(), empty(), many(300)] {
        for element in elements(&xml(&report)) {
            let (_, above, attributes) = SHAPE.iter().find(|(name, _, _)| *name == element.name).unwrap();
            assert_eq!(element.above.last().map_or("", String::as_str), *above);
            let given: Vec<&str> = element.attributes.keys().map(String::as_str).collect();
            assert_eq!(given, *attributes, "{}", element.name);
        }
    }
}

#[test]
fn the_numbers_are_those_of_the_cases() {
    let report = everything();
    let all = elements(&xml(&report));
    let count = |name: &str| all.iter().filter(|element| element.name == name).count().to_string();
    let root = &all[0].attributes;
    assert_eq!(
        (&root["tests"], &root["failures"], &root["errors"]),
        (&count("testcase"), &count("failure"), &count("error"))
    );
    // One for the account that could not be entered, one for those that the organisation did not name.
    assert_eq!(count("testcase"), (report.findings.len() + 2).to_string());
    assert_eq!(count("error"), (report.count(VerdictKind::Unknown) + 2).to_string());
    assert_eq!(count("skipped"), (report.count(VerdictKind::NotApplicable) + report.excepted().count()).to_string());
    let sum: usize = all
        .iter()
        .filter(|element| element.name == "testsuite")
        .map(|one| one.attributes["tests"].parse::<usize>().unwrap())
        .sum();
    assert_eq!(sum.to_string(), count("testcase"));
}

#[test]
fn hostile_names_come_back_and_open_nothing() {
    for name in HOSTILE {
        let mut report = everything();
        report.findings.truncate(1);
        Arc::make_mut(&mut report.findings[0].resource).arn = name.to_owned();
        Arc::make_mut(&mut report.findings[0].grounds).reason = name.into();
        let all = elements(&xml(&report));
        let case = all.iter().rfind(|element| element.name == "testcase").unwrap();
        assert!(case.attributes["name"].starts_with(inert(name).as_ref()), "{}", case.attributes["name"]);
        let failure = all.iter().find(|element| element.name == "failure").unwrap();
        assert_eq!(failure.attributes["message"], inert(name));
    }
}
