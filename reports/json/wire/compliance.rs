//! Frameworks, and results with thresholds of their own.

use std::collections::BTreeMap;

use forewarn_findings as model;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::list::List;
use super::{ControlStatus, Finding};

/// What the results say of frameworks.
#[derive(Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object that describes frameworks")]
pub(super) struct Compliance<'a> {
    /// Editions of frameworks.
    frameworks: Vec<Framework>,
    /// Results of checks with thresholds other than those of `results`.
    variants: Vec<Variant<'a>>,
}

/// An edition of a framework.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object that describes a framework")]
struct Framework {
    /// Its id, such as `cis-aws-3.0.0`.
    id: String,
    /// Its name.
    name: String,
    /// Its edition.
    version: String,
    /// What goes before the id of a control where it stands alone.
    reference: String,
    /// Whether checks only contribute evidence to its controls.
    outcome: bool,
    /// Its controls, in its own order.
    controls: Vec<Control>,
}

/// A control of a framework.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object that describes a control")]
struct Control {
    /// Its id.
    id: String,
    /// Its title.
    title: String,
    /// Its level, baseline or severity.
    level: String,
    /// Whether its publisher calls it automated or manual.
    published_as: Option<String>,
    /// What became of it: derived from the results.
    status: ControlStatus,
    /// The checks that answer it; none = manual.
    checks: Vec<Asked>,
    /// What of it no check answers.
    not_covered: Option<String>,
}

/// A check with thresholds.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object that describes a check with thresholds")]
struct Asked {
    /// The check's id.
    check: String,
    /// Parameters that are not left as they are.
    parameters: BTreeMap<String, i64>,
}

/// What a check says with other thresholds.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object that describes results with thresholds")]
struct Variant<'a> {
    /// The check's id.
    check: String,
    /// The thresholds.
    parameters: BTreeMap<String, i64>,
    /// One per resource.
    results: List<'a, Finding<'a>>,
}

impl<'a> Compliance<'a> {
    pub(super) fn of(report: &'a model::Report) -> Self {
        let results = model::Results::of(report);
        let model::Compliance { frameworks, variants } = &report.compliance;
        let variant = |variant: &'a model::Variant| Variant {
            check: variant.of.check.clone(),
            parameters: variant.of.parameters.clone(),
            results: List::of(&variant.findings, |finding| Finding::of(finding, report)),
        };
        Self {
            frameworks: frameworks.iter().map(|framework| Framework::of(framework, &results)).collect(),
            variants: variants.iter().map(variant).collect(),
        }
    }

    pub(super) fn into_model(self) -> model::Compliance {
        let variant = |Variant { check, parameters, results }| model::Variant {
            of: model::ControlCheck { check, parameters },
            findings: results.into_model(Finding::into_model),
        };
        model::Compliance {
            frameworks: self.frameworks.into_iter().map(Framework::into_model).collect(),
            variants: self.variants.into_iter().map(variant).collect(),
        }
    }
}

impl Framework {
    fn of(framework: &model::Framework, results: &model::Results<'_>) -> Self {
        let model::Framework { id, name, version, reference, outcome, controls } = framework.clone();
        let controls = controls.into_iter().map(|control| Control::of(control, results)).collect();
        Self { id, name, version, reference, outcome, controls }
    }

    fn into_model(self) -> model::Framework {
        let Self { id, name, version, reference, outcome, controls } = self;
        let controls = controls.into_iter().map(Control::into_model).collect();
        model::Framework { id, name, version, reference, outcome, controls }
    }
}

impl Control {
    fn of(control: model::Control, results: &model::Results<'_>) -> Self {
        let status = results.status(&control).into();
        let model::Control { id, title, level, published_as, checks, not_covered } = control;
        let asked = |model::ControlCheck { check, parameters }| Asked { check, parameters };
        let checks = checks.into_iter().map(asked).collect();
        Self { id, title, level, published_as, status, checks, not_covered }
    }

    fn into_model(self) -> model::Control {
        let Self { id, title, level, published_as, status: _, checks, not_covered } = self;
        let asked = |Asked { check, parameters }| model::ControlCheck { check, parameters };
        let checks = checks.into_iter().map(asked).collect();
        model::Control { id, title, level, published_as, checks, not_covered }
    }
}
