//! What a file is, by what stands in it.

use std::str::FromStr;

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::{PlanError, Source};

/// A form in which a change is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A plan of Terraform or `OpenTofu`, as `show -json` writes it.
    Plan,
    /// A template of `CloudFormation` in JSON or YAML.
    Template,
    /// A change set of `CloudFormation`, as `describe-change-set` gives it.
    ChangeSet,
    /// A policy document.
    Policy,
}

impl Kind {
    /// Every form.
    pub const ALL: [Self; 4] = [Self::Plan, Self::Template, Self::ChangeSet, Self::Policy];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plan => "terraform-plan",
            Self::Template => "cloudformation",
            Self::ChangeSet => "change-set",
            Self::Policy => "policy",
        }
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let names = || Self::ALL.map(Self::name).join(", ");
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == name)
            .ok_or_else(|| format!("unknown kind `{name}`; known: {}", names()))
    }
}

/// The names at the top of a JSON document that tell what it is.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Top {
    format_version: Option<IgnoredAny>,
    resource_changes: Option<IgnoredAny>,
    planned_values: Option<IgnoredAny>,
    values: Option<IgnoredAny>,
    lineage: Option<IgnoredAny>,
    serial: Option<IgnoredAny>,
    #[serde(rename = "@level")]
    log_level: Option<IgnoredAny>,
    #[serde(rename = "Statement")]
    statement: Option<IgnoredAny>,
    #[serde(rename = "Resources")]
    resources: Option<IgnoredAny>,
    #[serde(rename = "Changes")]
    changes: Option<IgnoredAny>,
    #[serde(rename = "ChangeSetId")]
    change_set: Option<IgnoredAny>,
}

const SHOW: &str = "`terraform show -json PLAN > plan.json` (or `tofu show -json`)";

/// What the file is.
///
/// # Errors
/// [`PlanError::File`] where it is none of them, with what to do for what is often given instead.
pub(crate) fn detect(source: &Source, text: &str) -> Result<Kind, PlanError> {
    let wrong = |what: String| Err(PlanError::file(source, what));
    let begins = text.trim_start();
    if !begins.starts_with('{') {
        if begins.starts_with("Terraform ")
            || begins.starts_with("OpenTofu ")
            || begins.contains("Terraform will perform")
            || begins.contains("OpenTofu will perform")
            || begins.contains('\u{1b}')
        {
            return wrong(format!(
                "is what `plan` shows to people; save the plan with `-out PLAN`, and {SHOW} makes the JSON of it"
            ));
        }
        // The names at the top stand as far in as the first of them.
        let plain = |line: &&str| {
            !line.trim().is_empty() && !line.trim_start().starts_with(['#', '%']) && !line.starts_with("---")
        };
        let indent = |line: &str| line.len() - line.trim_start().len();
        let first = text.lines().find(plain).map(indent).unwrap_or_default();
        let quotes = ['"', '\''];
        let top = |name: &str| {
            text.lines().filter(|line| indent(line) == first).any(|line| {
                let behind = line.trim_start().trim_start_matches(quotes).strip_prefix(name);
                behind.is_some_and(|rest| rest.trim_start_matches(quotes).trim_start().starts_with(':'))
            })
        };
        if top("Resources") || top("AWSTemplateFormatVersion") {
            return Ok(Kind::Template);
        }
        if matches!(crate::folder::ending(&source.name), "tf" | "tofu") {
            return wrong(format!(
                "is configuration, not a plan; `terraform plan -out PLAN` makes the plan, and {SHOW} the JSON of it"
            ));
        }
        return wrong("is neither a plan nor a template nor a policy; --kind says what it is".to_owned());
    }
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Top>();
    let top = match values.next() {
        Some(Ok(top)) => top,
        Some(Err(error)) if error.is_eof() => {
            let at = format!("line {}, column {}", error.line(), error.column());
            return wrong(format!("is not whole: it breaks off at {at}; write it anew"));
        }
        Some(Err(error)) => return wrong(format!("is no JSON: {error}")),
        None => return wrong("is empty".to_owned()),
    };
    if top.log_level.is_some() {
        return wrong(format!(
            "is the log of `plan -json`, which does not have the plan; save it with `-out PLAN`, and {SHOW} makes the JSON of it"
        ));
    }
    if top.resource_changes.is_some() || top.planned_values.is_some() {
        return Ok(Kind::Plan);
    }
    if top.lineage.is_some() || top.serial.is_some() || top.format_version.is_some() && top.values.is_some() {
        return wrong(format!(
            "is the state, not a plan; save a plan with `-out PLAN`, and {SHOW} makes the JSON of it"
        ));
    }
    if top.changes.is_some() && top.change_set.is_some() {
        return Ok(Kind::ChangeSet);
    }
    if top.resources.is_some() {
        return Ok(Kind::Template);
    }
    if top.statement.is_some() {
        return Ok(Kind::Policy);
    }
    wrong("is neither a plan nor a template nor a policy; --kind says what it is".to_owned())
}
