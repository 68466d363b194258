//! Values that are `known after apply`, found all the same where the configuration says what they will be.
//!
//! A plan gives of an expression only what it refers to. That is enough where it refers to one thing whose name or ARN
//! has a known shape: a bucket policy names its bucket, an attachment its role. In the resources of a statement a
//! reference is taken for the beginning of the value, because nothing else can begin an ARN, and what follows stays open.
//! Everything else stays a hole with its cause.

use std::collections::{BTreeMap, BTreeSet};

use forewarn_inventory::PolicyText;
use serde_json::Value;

use super::address::{above, bare, exact, inside, parts, unkeyed};
use super::document;
use super::expressions::{self, Here};
use super::format::{Call, Module, Plan, value};
use super::lines::Lines;
use crate::value::hole;

/// A resource or a piece of data whose values are being found.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) address: String,
    /// Module that it stands in, with instance keys; empty = the root.
    pub(super) module: String,
    /// Its own instance key with brackets.
    pub(super) key: String,
    pub(super) kind: String,
    pub(super) values: Value,
    pub(super) pending: Vec<Pending>,
}

/// A value that is open.
#[derive(Debug, Clone)]
pub(super) struct Pending {
    /// JSON pointer to it, or to the list that has open items.
    pub(super) at: String,
    /// Name of the attribute.
    pub(super) name: String,
    pub(super) references: Vec<String>,
    /// Open items, where it is a list.
    pub(super) items: Option<usize>,
}

/// The configuration by module path, without keys.
pub(super) struct Modules<'p> {
    by_path: BTreeMap<String, &'p Module<'p>>,
    calls: BTreeMap<String, &'p Call<'p>>,
}

impl<'p> Modules<'p> {
    pub(super) fn new(root: Option<&'p Module<'p>>) -> Self {
        let mut modules = Self { by_path: BTreeMap::new(), calls: BTreeMap::new() };
        if let Some(root) = root {
            modules.add(String::new(), root);
        }
        modules
    }

    fn add(&mut self, path: String, module: &'p Module<'p>) {
        for (name, call) in &module.calls {
            let below = inside(&path, &format!("module.{name}"));
            self.calls.insert(below.clone(), call);
            if let Some(module) = &call.module {
                self.add(below, module);
            }
        }
        self.by_path.insert(path, module);
    }

    pub(super) fn each(&self) -> impl Iterator<Item = (&str, &'p Module<'p>)> {
        self.by_path.iter().map(|(path, module)| (path.as_str(), *module))
    }

    /// Where a module comes from, as its call says; the root has no source.
    pub(super) fn source(&self, path: &str) -> Option<&str> {
        self.calls.get(path)?.source.as_deref()
    }
}

/// What a reference leads to.
pub(super) enum Found {
    /// Nothing of its own: a key of the resource itself, or something that there is none of.
    Beside,
    /// A value, of a resource of this kind; `kind` is empty for a constant. For a bucket its ARN too: a pattern that has the
    /// name of a bucket in it begins with that.
    Value { kind: String, value: String, arn: Option<String> },
    /// A policy document, by its place in the nodes.
    Document(usize),
    /// Something that cannot be said.
    Open,
}

/// The attributes that name one thing: what else the expression looks at only chooses or counts.
const NAMES: &[&str] = &[
    "bucket",
    "s3_bucket_name",
    "target_bucket",
    "role",
    "roles",
    "role_name",
    "user",
    "users",
    "user_name",
    "group",
    "groups",
    "group_name",
    "policy_arn",
    "policy_arns",
    "managed_policy_arns",
    "permissions_boundary",
    "topic_arn",
    "log_group_name",
    "key_id",
    "kms_key_id",
    "kms_master_key_id",
    "cloud_watch_logs_group_arn",
    "policy_id",
    "access_point_arn",
    "alarm_actions",
    "url",
    "identifiers",
    "bucket_arn",
    "access_point_name",
];

/// The attributes that hold a whole policy.
const POLICIES: &[&str] = &[
    "policy",
    "assume_role_policy",
    "content",
    "source_policy_documents",
    "override_policy_documents",
    "source_json",
    "override_json",
];

/// The attributes that hold patterns: what a reference is the beginning of.
const PATTERNS: &[&str] = &["resources", "not_resources", "values"];

/// Whether an attribute of that name holds a whole policy.
pub(super) fn is_policy_name(name: &str) -> bool {
    POLICIES.contains(&name)
}

pub(super) struct Resolver<'p> {
    pub(super) plan: &'p Plan<'p>,
    pub(super) modules: Modules<'p>,
    pub(super) nodes: Vec<Node>,
    lines: &'p Lines,
    /// Nodes by address without their own key, with their keys.
    by_address: BTreeMap<String, Vec<(String, usize)>>,
}

impl<'p> Resolver<'p> {
    pub(super) fn new(plan: &'p Plan<'p>, modules: Modules<'p>, nodes: Vec<Node>, lines: &'p Lines) -> Self {
        let mut by_address: BTreeMap<String, Vec<(String, usize)>> = BTreeMap::new();
        for (at, node) in nodes.iter().enumerate() {
            let without = node.address.strip_suffix(&node.key).unwrap_or(&node.address);
            by_address.entry(without.to_owned()).or_default().push((node.key.clone(), at));
        }
        Self { plan, modules, nodes, lines, by_address }
    }

    /// Finds what can be found of the values that `wanted` picks; again and again, because one may rest on another.
    pub(super) fn find(&mut self, wanted: &dyn Fn(&Node, &Pending) -> bool, patient: bool) {
        for _ in 0..8 {
            let mut found = Vec::new();
            for (at, node) in self.nodes.iter().enumerate() {
                for (index, pending) in node.pending.iter().enumerate().filter(|(_, pending)| wanted(node, pending)) {
                    if let Some(value) = self.value(node, pending, patient) {
                        found.push((at, index, value));
                    }
                }
            }
            if found.is_empty() {
                return;
            }
            // From the back, so that the places of the others stay.
            for (at, index, value) in found.into_iter().rev() {
                if let Some(node) = self.nodes.get_mut(at) {
                    let pending = node.pending.remove(index);
                    if let Some(place) = node.values.pointer_mut(&pending.at) {
                        *place = value;
                    }
                }
            }
        }
    }

    /// Whether the attribute holds a whole policy.
    pub(super) fn is_policy(pending: &Pending) -> bool {
        is_policy_name(&pending.name)
    }

    fn value(&self, node: &Node, pending: &Pending, patient: bool) -> Option<Value> {
        if let Some(value) = self.written(node, pending, patient) {
            return Some(value);
        }
        let found: Vec<Found> = exact(&pending.references)
            .into_iter()
            .map(|reference| self.follow(&node.module, &node.key, reference, wants_arn(&pending.name), 0))
            .collect();
        if Self::is_policy(pending) {
            return self.policy(node, pending, &found, patient);
        }
        let named = NAMES.contains(&pending.name.as_str());
        let pattern = PATTERNS.contains(&pending.name.as_str());
        let mut values: Vec<&str> = Vec::new();
        for one in &found {
            match one {
                Found::Beside => {}
                Found::Value { kind, .. } if named && kind.is_empty() => {}
                Found::Value { arn: Some(arn), .. } if pattern => values.push(arn),
                Found::Value { value, .. } => values.push(value),
                Found::Open if named => {}
                Found::Open | Found::Document(_) => return None,
            }
        }
        // What only one of several things says may be either: a name is not made of two.
        let distinct: BTreeSet<&str> = values.iter().copied().collect();
        let arns = distinct.iter().all(|value| value.starts_with("arn:")) && !distinct.is_empty();
        if pending.name == "identifiers" && (!arns || found.iter().any(|one| matches!(one, Found::Open))) {
            return None;
        }
        let list = node.values.pointer(&pending.at).and_then(Value::as_array);
        match (pending.items, list) {
            (Some(_), Some(list)) if pattern => {
                if !arns {
                    return None;
                }
                let follows = distinct
                    .iter()
                    .map(|arn| Value::String(format!("{arn}{}", PolicyText::hole(&format!("what follows {arn}")))));
                Some(known(list).chain(follows).collect())
            }
            (Some(open), Some(list)) if distinct.len() == open => {
                Some(known(list).chain(distinct.iter().map(|value| Value::String((*value).to_owned()))).collect())
            }
            (Some(_), _) => None,
            (None, _) if pattern => None,
            (None, _) => match distinct.iter().next() {
                Some(only) if distinct.len() == 1 => Some(Value::String((*only).to_owned())),
                _ => None,
            },
        }
    }

    /// The value that the files of the configuration say, where they are at hand and say more than a hole.
    fn written(&self, node: &Node, pending: &Pending, patient: bool) -> Option<Value> {
        let folder = self.lines.folder(&unkeyed(&node.module), &self.modules)?;
        let body = self.lines.body(&folder, &node.kind, &node.address)?;
        let expression = expressions::expression(body, node, pending)?;
        let value = Here { resolver: self, lines: self.lines, folder: &folder, node }.value(expression, 0);
        let waits = |node: &Node| node.pending.iter().any(Self::is_policy);
        match &value {
            Value::String(text) if Self::is_policy(pending) => {
                // A document that is not whole yet is asked for again.
                let rests = exact(&pending.references).into_iter().any(|reference| {
                    match self.follow(&node.module, &node.key, reference, false, 0) {
                        Found::Document(at) => self.nodes.get(at).is_some_and(waits),
                        _ => false,
                    }
                });
                (text.trim_start().starts_with('{') && !(patient && rests)).then_some(value)
            }
            Value::String(text) => hole(text).is_none().then_some(value),
            Value::Array(items) if pending.items.is_some() => {
                let whole = |item: &Value| item.as_str().is_some_and(|text| !text.starts_with("${⟨"));
                items.iter().all(whole).then_some(value)
            }
            _ => None,
        }
    }

    /// The text of a policy document, where one can be written.
    pub(super) fn document(&self, at: usize) -> Option<String> {
        document::write(&self.nodes.get(at)?.values).ok()
    }

    /// The whole value of a variable, where it is a constant.
    pub(super) fn variable_value(&self, module: &str, name: &str) -> Option<Value> {
        if module.is_empty() {
            return self.plan.variable(name);
        }
        let call = self.modules.calls.get(&unkeyed(module))?;
        value(call.expressions).get(name)?.get("constant_value").cloned()
    }

    /// A value of data that was read for the plan, such as the id of the account.
    pub(super) fn read_data(&self, module: &str, parts: &[&str]) -> Option<Value> {
        let ["data", kind, name, attribute] = parts else { return None };
        let address = inside(module, &format!("data.{kind}.{name}"));
        let found = self.plan.data().into_iter().find(|data| data.address == address)?;
        value(found.values).get(attribute).cloned()
    }

    /// The policy that an expression hands on: that of one document, or the text of another resource's policy.
    fn policy(&self, node: &Node, pending: &Pending, found: &[Found], patient: bool) -> Option<Value> {
        let mut texts: Vec<String> = Vec::new();
        for one in found {
            match one {
                Found::Beside => {}
                Found::Value { value, .. } if value.trim_start().starts_with('{') => texts.push(value.clone()),
                Found::Open | Found::Value { .. } => return None,
                Found::Document(at) => {
                    let document = self.nodes.get(*at)?;
                    if patient && document.pending.iter().any(Self::is_policy) {
                        return None;
                    }
                    texts.push(document::write(&document.values).unwrap_or_else(|cause| PolicyText::hole(&cause)));
                }
            }
        }
        texts.sort();
        texts.dedup();
        match pending.items {
            None => match texts.as_slice() {
                [only] => Some(Value::String(only.clone())),
                _ => None,
            },
            Some(open) if texts.len() == open => {
                let list = node.values.pointer(&pending.at).and_then(Value::as_array)?;
                Some(known(list).chain(texts.into_iter().map(Value::String)).collect())
            }
            Some(_) => None,
        }
    }

    /// Follows a reference that stands in a module, through variables and outputs.
    pub(super) fn follow(&self, module: &str, key: &str, reference: &str, arn: bool, depth: u8) -> Found {
        if depth > 12 {
            return Found::Open;
        }
        let parts = parts(reference);
        match parts.as_slice() {
            ["each" | "count" | "self" | "path" | "terraform", ..] => Found::Beside,
            ["var", name] => self.variable(module, name, arn, depth),
            ["module", call, output] => self.output(module, (call, output), key, arn, depth),
            ["data", kind, name, rest @ ..] => self.resource(module, key, (&format!("data.{kind}"), name), rest, arn),
            [kind, name, rest @ ..] if !matches!(*kind, "local" | "var" | "module") => {
                self.resource(module, key, (kind, name), rest, arn)
            }
            _ => Found::Open,
        }
    }

    fn variable(&self, module: &str, name: &str, arn: bool, depth: u8) -> Found {
        let Some((parent, _, key)) = above(module) else {
            return match self.plan.variable(name) {
                Some(Value::String(value)) => Found::Value { kind: String::new(), value, arn: None },
                Some(Value::Bool(_) | Value::Null) => Found::Beside,
                _ => Found::Open,
            };
        };
        let Some(call) = self.modules.calls.get(&unkeyed(module)) else { return Found::Open };
        let expressions = value(call.expressions);
        // What the call does not give has its default, which is a constant.
        let Some(expression) = expressions.get(name) else { return Found::Beside };
        self.expression(&parent, key.unwrap_or_default(), expression, arn, depth)
    }

    fn output(&self, module: &str, (call, output): (&str, &str), key: &str, arn: bool, depth: u8) -> Found {
        let (name, given) = bare(call);
        let below = inside(module, &format!("module.{name}"));
        let Some(found) = self.modules.by_path.get(&unkeyed(&below)) else { return Found::Open };
        let Some(output) = found.outputs.get(bare(output).0) else { return Found::Open };
        let expression = value(output.expression);
        let instance = format!("{below}{}", given.unwrap_or_default());
        let instance = if given.is_none() && !self.has_module(&instance) { format!("{below}{key}") } else { instance };
        self.expression(&instance, "", &expression, arn, depth)
    }

    fn has_module(&self, path: &str) -> bool {
        self.nodes.iter().any(|node| node.module == path || node.module.starts_with(&format!("{path}.")))
    }

    /// What an expression is, where it is one thing.
    fn expression(&self, module: &str, key: &str, expression: &Value, arn: bool, depth: u8) -> Found {
        match expression.get("constant_value") {
            Some(Value::String(value)) => return Found::Value { kind: String::new(), value: value.clone(), arn: None },
            Some(Value::Bool(_) | Value::Null) => return Found::Beside,
            Some(_) => return Found::Open,
            None => {}
        }
        let references = references(expression);
        let mut only: Option<Found> = None;
        for reference in exact(&references) {
            let found = self.follow(module, key, reference, arn, depth + 1);
            match (&only, &found) {
                (_, Found::Beside) => continue,
                (None, _) => {}
                (Some(Found::Value { value: one, .. }), Found::Value { value: other, .. }) if one == other => {}
                (Some(Found::Document(one)), Found::Document(other)) if one == other => {}
                _ => return Found::Open,
            }
            only = Some(found);
        }
        only.unwrap_or(Found::Open)
    }

    fn resource(&self, module: &str, key: &str, (kind, name): (&str, &str), rest: &[&str], arn: bool) -> Found {
        let (name, given) = bare(name);
        let Some(instances) = self.by_address.get(&inside(module, &format!("{kind}.{name}"))) else {
            // One that there is none of, because its count is zero, says nothing; one that was not kept is not known.
            return if self.is_counted_away(module, kind, name) { Found::Beside } else { Found::Open };
        };
        let of = |wanted: &str| instances.iter().find(|(key, _)| key == wanted).map(|(_, at)| *at);
        let at = match (given, instances.as_slice()) {
            (Some(given), _) => of(given),
            (None, [(_, only)]) => Some(*only),
            (None, _) => of(key),
        };
        let Some((at, node)) = at.and_then(|at| Some((at, self.nodes.get(at)?))) else { return Found::Open };
        if node.kind == "data.aws_iam_policy_document" {
            return match rest {
                [] | ["json" | "minified_json"] => Found::Document(at),
                _ => Found::Open,
            };
        }
        let attribute = rest.first().map_or(if arn { "arn" } else { "id" }, |part| bare(part).0);
        match node.values.get(attribute).and_then(Value::as_str) {
            Some(text) if rest.len() <= 1 && (hole(text).is_none() || POLICIES.contains(&attribute)) => {
                let arn = node.values.get("arn").and_then(Value::as_str).filter(|_| node.kind == "aws_s3_bucket");
                Found::Value { kind: node.kind.clone(), value: text.to_owned(), arn: arn.map(str::to_owned) }
            }
            _ => Found::Open,
        }
    }

    fn is_counted_away(&self, module: &str, kind: &str, name: &str) -> bool {
        let local = format!("{kind}.{name}");
        let configured = self.modules.by_path.get(&unkeyed(module));
        let is_there =
            configured.is_some_and(|module| module.resources.iter().any(|resource| resource.address == local));
        let changes = self.plan.resource_changes.iter().flatten();
        is_there
            && !changes.into_iter().any(|change| {
                change.module_address.as_deref().unwrap_or_default() == module
                    && (change.kind == kind || kind.strip_prefix("data.") == Some(&change.kind))
                    && change.name == name
            })
    }
}

fn known(list: &[Value]) -> impl Iterator<Item = Value> {
    list.iter().filter(|item| item.as_str().is_none_or(|text| hole(text).is_none())).cloned()
}

/// Whether an attribute that names a thing names it by its ARN.
fn wants_arn(name: &str) -> bool {
    name.ends_with("arn")
        || name.ends_with("arns")
        || matches!(
            name,
            "permissions_boundary"
                | "alarm_actions"
                | "identifiers"
                | "resources"
                | "not_resources"
                | "kms_key_id"
                | "kms_master_key_id"
        )
}

/// All that an expression refers to, wherever in it.
pub(super) fn references(expression: &Value) -> Vec<String> {
    match expression {
        Value::Object(fields) => match fields.get("references") {
            Some(Value::Array(items)) => items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect(),
            _ => fields.values().flat_map(references).collect(),
        },
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}
