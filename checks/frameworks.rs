//! The frameworks that results are filed under: one TOML file per edition in `checks/frameworks/`, which is the source.

use std::collections::BTreeSet;

use forewarn_findings::{Check, Control, ControlCheck, Framework, Parameters};
use serde::Deserialize;

macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        /// Every edition: its id, and its file.
        const FILES: &[(&str, &str)] = &[$(($name, include_str!(concat!("frameworks/", $name, ".toml")))),+];
    };
}

files! {
    "aws-fsbp-1.0.0", "cis-aws-1.2.0", "cis-aws-1.4.0", "cis-aws-1.5.0", "cis-aws-2.0.0", "cis-aws-3.0.0", "cis-aws-4.0.1",
    "cis-aws-5.0.0", "cis-aws-6.0.0", "cis-aws-7.0.0", "fedramp-20x", "fedramp-r5-moderate", "gdpr-2016-679", "hipaa-164c",
    "iso-27001-2022", "nist-800-53-r5", "nist-csf-2.0", "pci-dss-4.0.1", "security-hub-current", "soc2-2017",
}

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
#[error("framework `{framework}`: {what}")]
pub struct FrameworkError {
    framework: String,
    what: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    version: String,
    #[serde(rename = "ref")]
    reference: String,
    outcome: bool,
    control: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    title: String,
    level: String,
    published_as: Option<String>,
    #[serde(default)]
    checks: Vec<Asked>,
    not_covered: Option<String>,
}

#[derive(Deserialize)]
struct Asked {
    check: String,
    #[serde(flatten)]
    parameters: Parameters,
}

/// Every edition of every framework.
///
/// # Errors
/// What is wrong with a file; a test reads them all, so that none is shipped.
pub fn frameworks() -> Result<Vec<Framework>, FrameworkError> {
    let checks = crate::all();
    FILES.iter().map(|(id, text)| read(id, text, &checks)).collect()
}

/// Reads an edition and holds its rows against the checks that there are.
fn read(id: &str, text: &str, checks: &[&Check]) -> Result<Framework, FrameworkError> {
    let error = |what: String| FrameworkError { framework: id.to_owned(), what };
    let File { name, version, reference, outcome, control } =
        toml::from_str(text).map_err(|wrong| error(wrong.to_string()))?;
    let mut seen = BTreeSet::new();
    let mut controls = Vec::new();
    for row in control {
        let here = |what: String| error(format!("control `{}`: {what}", row.id));
        if !seen.insert(row.id.clone()) {
            return Err(here("it is there twice".to_owned()));
        }
        if row.checks.is_empty() && row.not_covered.is_none() {
            return Err(here("it has neither `checks` nor `not_covered`".to_owned()));
        }
        for asked in &row.checks {
            let check = checks.iter().find(|check| check.id == asked.check);
            let check = check.ok_or_else(|| here(format!("there is no check `{}`", asked.check)))?;
            declared(check, asked).map_err(here)?;
        }
        let Row { id, title, level, published_as, checks, not_covered } = row;
        let checks = checks.into_iter().map(|Asked { check, parameters }| ControlCheck { check, parameters }).collect();
        controls.push(Control { id, title, level, published_as, checks, not_covered });
    }
    controls.sort_by(|one: &Control, other| as_counted(&one.id).cmp(&as_counted(&other.id)));
    Ok(Framework { id: id.to_owned(), name, version, reference, outcome, controls })
}

/// What puts `1.2` before `1.10`: letters, and numbers by their value.
fn as_counted(id: &str) -> Vec<(&str, u64)> {
    let mut parts = Vec::new();
    let mut rest = id;
    while !rest.is_empty() {
        let digit = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let (letters, tail) = rest.split_at(digit);
        let end = tail.find(|c: char| !c.is_ascii_digit()).unwrap_or(tail.len());
        let (digits, tail) = tail.split_at(end);
        parts.push((letters, digits.parse().unwrap_or_default()));
        rest = tail;
    }
    parts
}

fn declared(check: &Check, asked: &Asked) -> Result<(), String> {
    for (name, value) in &asked.parameters {
        if !check.parameters.iter().any(|known| known.name == name) {
            let known: Vec<&str> = check.parameters.iter().map(|known| known.name).collect();
            return Err(format!("`{}` has no parameter `{name}`; it has: {}", check.id, known.join(", ")));
        }
        if *value < 0 {
            return Err(format!("`{name}` of `{}` is {value}; it cannot be negative", check.id));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_edition_can_be_read_and_loses_no_control() {
        let all = frameworks().unwrap();
        let count = |id: &str| all.iter().find(|framework| framework.id == id).unwrap().controls.len();
        // What the editions have, counted by hand in the facts that they were made from.
        for (id, controls) in [("cis-aws-3.0.0", 51), ("pci-dss-4.0.1", 47), ("nist-800-53-r5", 62)] {
            assert_eq!(count(id), controls, "{id}");
        }
        assert_eq!(all.iter().map(|framework| framework.controls.len()).sum::<usize>(), 821);
        let references: BTreeSet<&str> = all.iter().map(|framework| framework.reference.as_str()).collect();
        assert_eq!(references.len(), all.len(), "two editions under one reference");
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "it looks at the folder of this crate")]
    fn no_file_is_left_unread() {
        let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/frameworks")).unwrap();
        let names = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut files: Vec<String> = names.filter_map(|name| name.strip_suffix(".toml").map(str::to_owned)).collect();
        files.sort_unstable();
        assert_eq!(files, FILES.iter().map(|(id, _)| *id).collect::<Vec<_>>());
    }

    #[test]
    fn controls_stand_in_the_order_that_a_person_counts_in() {
        let mut ids = ["2.1.2", "1.10", "IAM.10", "1.2", "2.1.10", "IAM.2", "AC-2(3)", "AC-2(12)", "1.1"];
        ids.sort_by_key(|id| as_counted(id));
        assert_eq!(ids, ["1.1", "1.2", "1.10", "2.1.2", "2.1.10", "AC-2(3)", "AC-2(12)", "IAM.2", "IAM.10"]);
        let cis = frameworks().unwrap().into_iter().find(|framework| framework.id == "cis-aws-3.0.0").unwrap();
        assert_eq!(cis.controls[..3].iter().map(|control| &*control.id).collect::<Vec<_>>(), ["1.1", "1.2", "1.3"]);
    }

    #[test]
    fn an_id_is_a_text() {
        let all = frameworks().unwrap();
        let cis = all.iter().find(|framework| framework.id == "cis-aws-3.0.0").unwrap();
        let titles: BTreeSet<&str> = ["1.1", "1.10"]
            .iter()
            .map(|id| cis.controls.iter().find(|control| control.id == *id).unwrap().title.as_str())
            .collect();
        assert_eq!(titles.len(), 2);
    }

    #[test]
    fn what_is_wrong_with_a_file_is_named() {
        let file = |rows: &str| format!("name = \"A\"\nversion = \"1\"\nref = \"A-1\"\noutcome = false\n{rows}");
        let row = |rest: &str| file(&format!("[[control]]\nid = \"1\"\ntitle = \"t\"\nlevel = \"\"\n{rest}\n"));
        let known = "checks = [{ check = \"iam.access_key_old\", max_age_days = 30 }]";
        assert_eq!(read("a", &row(known), &crate::all()).unwrap().controls[0].checks[0].parameters["max_age_days"], 30);
        for (text, said) in [
            (row(""), "neither `checks` nor"),
            (row("checks = [{ check = \"iam.no_such\" }]"), "there is no check `iam.no_such`"),
            (
                row("checks = [{ check = \"iam.access_key_old\", days = 1 }]"),
                "no parameter `days`; it has: max_age_days",
            ),
            (row("checks = [{ check = \"iam.access_key_old\", max_age_days = -1 }]"), "cannot be negative"),
            (row("cheks = []"), "unknown field `cheks`"),
            (
                format!(
                    "{}{}",
                    row(known),
                    "[[control]]\nid = \"1\"\ntitle = \"t\"\nlevel = \"\"\nnot_covered = \"x\"\n"
                ),
                "there twice",
            ),
        ] {
            let error = read("a", &text, &crate::all()).unwrap_err().to_string();
            assert!(error.starts_with("framework `a`: ") && error.contains(said), "{error}");
        }
    }
}
