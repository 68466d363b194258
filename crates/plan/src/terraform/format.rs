//! The JSON of `terraform show -json PLAN` and `tofu show -json PLAN`, format 0.1 to 1.2, as far as it is of use.
//!
//! What may be of no use stays text: a plan of 200 MB costs its own size and what is read of it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// A plan.
#[derive(Debug, Deserialize)]
pub(super) struct Plan<'p> {
    pub(super) format_version: Option<String>,
    #[serde(borrow, default)]
    pub(super) resource_changes: Option<Vec<Change<'p>>>,
    #[serde(borrow, default)]
    resource_drift: Option<Vec<Drift<'p>>>,
    #[serde(borrow, default)]
    pub(super) deferred_changes: Option<Vec<Deferred<'p>>>,
    #[serde(borrow, default)]
    variables: Option<BTreeMap<Cow<'p, str>, Variable<'p>>>,
    #[serde(borrow, default)]
    pub(super) configuration: Option<Configuration<'p>>,
    #[serde(borrow, default)]
    prior_state: Option<State<'p>>,
    #[serde(borrow, default)]
    planned_values: Option<Values<'p>>,
    #[serde(default)]
    pub(super) errored: Option<bool>,
    #[serde(default)]
    pub(super) complete: Option<bool>,
}

/// A change that is put off for a later plan.
#[derive(Debug, Deserialize)]
pub(super) struct Deferred<'p> {
    #[serde(borrow, default)]
    pub(super) reason: Option<Cow<'p, str>>,
    #[serde(borrow, default)]
    pub(super) resource_change: Option<Change<'p>>,
}

#[derive(Debug, Deserialize)]
struct Drift<'p> {
    #[serde(borrow)]
    address: Cow<'p, str>,
}

#[derive(Debug, Deserialize)]
struct Variable<'p> {
    #[serde(borrow, default)]
    value: Option<&'p RawValue>,
}

#[derive(Debug, Deserialize)]
struct State<'p> {
    #[serde(borrow, default)]
    values: Option<Values<'p>>,
}

#[derive(Debug, Deserialize)]
struct Values<'p> {
    #[serde(borrow, default)]
    root_module: Option<StateModule<'p>>,
}

#[derive(Debug, Deserialize)]
struct StateModule<'p> {
    #[serde(borrow, default)]
    resources: Vec<StateResource<'p>>,
    #[serde(borrow, default)]
    child_modules: Vec<StateModule<'p>>,
}

/// A resource as it is, or is planned to be.
#[derive(Debug, Deserialize)]
pub(super) struct StateResource<'p> {
    #[serde(borrow)]
    pub(super) address: Cow<'p, str>,
    #[serde(borrow, default)]
    mode: Option<Cow<'p, str>>,
    #[serde(borrow, rename = "type")]
    pub(super) kind: Cow<'p, str>,
    #[serde(borrow, default)]
    pub(super) values: Option<&'p RawValue>,
}

/// A resource that is planned to change, or to stay.
#[derive(Debug, Deserialize)]
pub(super) struct Change<'p> {
    #[serde(borrow)]
    pub(super) address: Cow<'p, str>,
    #[serde(borrow, default)]
    pub(super) module_address: Option<Cow<'p, str>>,
    #[serde(borrow, default)]
    pub(super) mode: Option<Cow<'p, str>>,
    #[serde(borrow, rename = "type")]
    pub(super) kind: Cow<'p, str>,
    #[serde(borrow, default)]
    pub(super) name: Cow<'p, str>,
    #[serde(default)]
    pub(super) index: Option<Value>,
    #[serde(borrow, default)]
    pub(super) deposed: Option<Cow<'p, str>>,
    #[serde(borrow, rename = "change")]
    pub(super) body: &'p RawValue,
}

/// What happens to it.
#[derive(Debug, Deserialize)]
pub(super) struct Body {
    #[serde(default)]
    pub(super) actions: Vec<String>,
    #[serde(default)]
    pub(super) before: Option<Value>,
    #[serde(default)]
    pub(super) after: Option<Value>,
    #[serde(default)]
    pub(super) after_unknown: Value,
    #[serde(default)]
    pub(super) importing: Option<Value>,
}

/// The same where nothing but the actions is of use.
#[derive(Debug, Deserialize)]
pub(super) struct Actions {
    #[serde(default)]
    pub(super) actions: Vec<String>,
    #[serde(default)]
    pub(super) importing: Option<serde::de::IgnoredAny>,
}

/// The configuration that the plan was made from.
#[derive(Debug, Deserialize)]
pub(super) struct Configuration<'p> {
    #[serde(borrow, default)]
    pub(super) provider_config: BTreeMap<Cow<'p, str>, Provider<'p>>,
    #[serde(borrow, default)]
    pub(super) root_module: Module<'p>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Provider<'p> {
    #[serde(borrow, default)]
    pub(super) expressions: Option<&'p RawValue>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Module<'p> {
    #[serde(borrow, default)]
    pub(super) resources: Vec<Configured<'p>>,
    #[serde(borrow, default, rename = "module_calls")]
    pub(super) calls: BTreeMap<Cow<'p, str>, Call<'p>>,
    #[serde(borrow, default)]
    pub(super) outputs: BTreeMap<Cow<'p, str>, Output<'p>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Configured<'p> {
    #[serde(borrow)]
    pub(super) address: Cow<'p, str>,
    #[serde(borrow, default)]
    pub(super) provider_config_key: Option<Cow<'p, str>>,
    #[serde(borrow, default)]
    pub(super) expressions: Option<&'p RawValue>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Call<'p> {
    #[serde(borrow, default)]
    pub(super) source: Option<Cow<'p, str>>,
    #[serde(borrow, default)]
    pub(super) expressions: Option<&'p RawValue>,
    #[serde(borrow, default)]
    pub(super) module: Option<Module<'p>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Output<'p> {
    #[serde(borrow, default)]
    pub(super) expression: Option<&'p RawValue>,
}

/// A raw part as a value; what is not there is null.
pub(super) fn value(raw: Option<&RawValue>) -> Value {
    raw.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or(Value::Null)
}

impl<'p> Plan<'p> {
    /// The value that a variable of the root module has.
    pub(super) fn variable(&self, name: &str) -> Option<Value> {
        self.variables.as_ref()?.get(name).map(|variable| value(variable.value))
    }

    /// Resources that somebody changed outside of Terraform.
    pub(super) fn drifted(&self) -> Vec<&str> {
        self.resource_drift.iter().flatten().map(|drift| drift.address.as_ref()).collect()
    }

    /// Data that was read for the plan.
    pub(super) fn data(&self) -> Vec<&StateResource<'p>> {
        let state = self.prior_state.as_ref().and_then(|state| state.values.as_ref());
        let all = state.into_iter().chain(&self.planned_values).flat_map(Values::all);
        all.filter(|resource| resource.is_data()).collect()
    }

    /// Resources as they are planned to be, for plans that list no changes.
    pub(super) fn planned(&self) -> Vec<&StateResource<'p>> {
        self.planned_values.iter().flat_map(Values::all).filter(|resource| !resource.is_data()).collect()
    }

    /// Whether it is a plan at all.
    pub(super) fn is_plan(&self) -> bool {
        self.resource_changes.is_some() || self.planned_values.is_some()
    }
}

impl<'p> Values<'p> {
    /// The resources of all modules.
    fn all(&self) -> Vec<&StateResource<'p>> {
        let mut found = Vec::new();
        let mut modules: Vec<&StateModule<'p>> = self.root_module.iter().collect();
        while let Some(module) = modules.pop() {
            found.extend(&module.resources);
            modules.extend(&module.child_modules);
        }
        found
    }
}

impl StateResource<'_> {
    fn is_data(&self) -> bool {
        self.mode.as_deref() == Some("data")
    }
}
