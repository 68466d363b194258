//! The functions of templates: what they give where it is known, and a hole with its cause where it is not.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use forewarn_inventory::PolicyText;
use serde_json::{Map, Value, json};

use crate::value::{hole, open};

/// Levels of functions inside functions.
const DEEPEST: usize = 64;

/// What a reference to a resource gives.
#[derive(Debug, Clone, Default)]
pub(super) struct Named {
    /// What `Ref` gives.
    pub(super) id: Option<String>,
    /// Its name.
    pub(super) name: Option<String>,
    pub(super) arn: Option<String>,
}

/// Everything that a template can look at.
#[derive(Debug, Default)]
pub(super) struct Scope {
    /// Parameters and pseudo parameters.
    pub(super) parameters: BTreeMap<String, Value>,
    pub(super) mappings: Value,
    pub(super) conditions: Value,
    pub(super) resources: BTreeMap<String, Named>,
    /// Outputs of the stacks nested in this one, such as `Nested.Outputs.Name`.
    pub(super) outputs: BTreeMap<String, Value>,
    /// Whether all of its resources are in it: no transform makes any.
    pub(super) whole: bool,
    /// Conditions that are being looked at, so that a circle ends.
    pub(super) within: RefCell<BTreeSet<String>>,
    /// What is known of conditions: one that rests on another twice asks it once.
    pub(super) decided: RefCell<BTreeMap<String, Maybe>>,
    /// What functions have written so far, in characters and values.
    pub(super) written: Cell<usize>,
    /// What loops have repeated so far.
    pub(super) repeated: Cell<usize>,
}

/// What functions may write in one template, far beyond what AWS takes: a template of a few lines cannot fill the memory.
const MOST_WRITTEN: usize = 64 << 20;

/// How often the loops of a template may repeat; AWS takes 500 resources.
const MOST_REPEATED: usize = 2_000;

/// Two texts may be the same one day; as of now nobody knows.
type Maybe = Result<bool, String>;

impl Scope {
    /// The value with all functions carried out; `None` = `AWS::NoValue`.
    pub(super) fn value(&self, value: &Value) -> Option<Value> {
        self.at(value, 0)
    }

    fn at(&self, value: &Value, depth: usize) -> Option<Value> {
        if depth > DEEPEST {
            return Some(open("functions are nested too deep"));
        }
        match value {
            Value::String(text) if text.contains("{{resolve:") => {
                Some(open("depends on a value that is kept elsewhere ({{resolve:…}})"))
            }
            Value::Array(items) => {
                Some(Value::Array(items.iter().filter_map(|item| self.at(item, depth + 1)).collect()))
            }
            Value::Object(fields) => {
                if let (1, Some((name, argument))) = (fields.len(), fields.iter().next())
                    && (name == "Ref" || name.starts_with("Fn::"))
                {
                    let value = self.function(name, argument, depth + 1)?;
                    self.written.set(self.written.get().saturating_add(size(&value)));
                    let much = self.written.get() > MOST_WRITTEN;
                    return Some(if much { open("the functions of the template write too much") } else { value });
                }
                if fields.contains_key("Fn::Transform") {
                    return Some(open("a transform inside the template"));
                }
                let each = |(key, value): (&String, &Value)| Some((key.clone(), self.at(value, depth + 1)?));
                Some(Value::Object(fields.iter().filter_map(each).collect()))
            }
            other => Some(other.clone()),
        }
    }

    fn function(&self, name: &str, argument: &Value, depth: usize) -> Option<Value> {
        let list = || argument.as_array().map(Vec::as_slice).unwrap_or_default();
        let part = |index: usize| list().get(index).and_then(|part| self.at(part, depth));
        match name {
            "Ref" => self.reference(argument.as_str().unwrap_or_default()),
            "Fn::GetAtt" => {
                let path = match argument {
                    Value::String(path) => path.clone(),
                    _ => list().iter().filter_map(Value::as_str).collect::<Vec<_>>().join("."),
                };
                Some(self.attribute(&path))
            }
            "Fn::Sub" => Some(self.substitute(argument, depth)),
            "Fn::Join" => {
                let separator = part(0)?.as_str()?.to_owned();
                let items = match part(1)? {
                    Value::Array(items) => items,
                    one => return Some(one),
                };
                Some(items.iter().map(text).collect::<Vec<_>>().join(&separator).into())
            }
            "Fn::Split" => {
                let (separator, whole) = (part(0)?, part(1)?);
                let (separator, whole) = (separator.as_str()?, whole.as_str()?);
                Some(match hole(whole) {
                    Some(cause) => open(&cause),
                    None => whole.split(separator).map(Value::from).collect(),
                })
            }
            "Fn::Select" => {
                let items = part(1)?;
                if let Some(cause) = items.as_str().and_then(hole) {
                    return Some(open(&cause));
                }
                let index = part(0)?;
                let index = index.as_u64().or_else(|| index.as_str()?.parse().ok());
                let found = usize::try_from(index?).ok().and_then(|index| items.get(index).cloned());
                Some(found.unwrap_or_else(|| open("selects an item that is not there")))
            }
            "Fn::FindInMap" => Some(self.mapped(
                &[part(0)?, part(1)?, part(2)?],
                list().get(3).and_then(|options| self.at(options.get("DefaultValue")?, depth)),
            )),
            "Fn::If" => {
                let [condition, then, otherwise] = list() else { return Some(open("an `Fn::If` without three parts")) };
                match self.holds_name(condition.as_str().unwrap_or_default()) {
                    Ok(true) => self.at(then, depth),
                    Ok(false) => self.at(otherwise, depth),
                    Err(cause) => {
                        let (one, other) = (self.at(then, depth), self.at(otherwise, depth));
                        if one == other { one } else { Some(open(&cause)) }
                    }
                }
            }
            "Fn::Length" => Some(match self.at(argument, depth)? {
                Value::Array(items) => items.len().into(),
                _ => open("the length of a list that is not known"),
            }),
            "Fn::ToJsonString" => Some(self.at(argument, depth)?.to_string().into()),
            "Fn::ImportValue" => {
                let name = text(&self.at(argument, depth)?);
                let name = hole(&name).map_or(name, |cause| format!("under a name that {cause}"));
                Some(open(&format!("imported from another stack: {name}")))
            }
            other => Some(open(&format!("the function {other}"))),
        }
    }

    fn reference(&self, name: &str) -> Option<Value> {
        if name == "AWS::NoValue" {
            return None;
        }
        if let Some(value) = self.parameters.get(name) {
            return Some(value.clone());
        }
        Some(match self.resources.get(name) {
            Some(Named { id: Some(id), .. }) => id.as_str().into(),
            None if self.whole && !name.starts_with("AWS::") => {
                open(&format!("{name} is no parameter and no resource of the template"))
            }
            _ => open(&format!("depends on {name}")),
        })
    }

    fn attribute(&self, path: &str) -> Value {
        if let Some(value) = self.outputs.get(path) {
            return value.clone();
        }
        let (name, attribute) = path.split_once('.').unwrap_or((path, ""));
        let known = self.resources.get(name);
        if known.is_none() && self.whole {
            return open(&format!("{name} is no resource of the template"));
        }
        let value = match (attribute, known) {
            ("Arn" | "TopicArn", Some(named)) => named.arn.clone(),
            ("KeyId" | "Id" | "TopicName" | "RoleName", Some(named)) => named.name.clone(),
            _ => None,
        };
        value.map_or_else(|| open(&format!("depends on {path}")), Value::from)
    }

    fn substitute(&self, argument: &Value, depth: usize) -> Value {
        let (template, own) = match argument {
            Value::String(template) => (template.as_str(), None),
            Value::Array(parts) => (parts.first().and_then(Value::as_str).unwrap_or_default(), parts.get(1)),
            _ => return open("an `Fn::Sub` without a text"),
        };
        let mut written = String::new();
        let mut rest = template;
        while let Some((before, behind)) = rest.split_once("${") {
            written.push_str(before);
            let Some((name, after)) = behind.split_once('}') else {
                written.push_str("${");
                rest = behind;
                continue;
            };
            let name = name.trim();
            if let Some(literal) = name.strip_prefix('!') {
                written.extend(["${", literal, "}"]);
            } else if let Some(value) = own.and_then(|own| own.get(name)) {
                written.push_str(&self.at(value, depth).as_ref().map(text).unwrap_or_default());
            } else if name.contains('.') {
                written.push_str(&text(&self.attribute(name)));
            } else {
                written.push_str(&self.reference(name).as_ref().map(text).unwrap_or_default());
            }
            rest = after;
        }
        written.push_str(rest);
        if written.contains("{{resolve:") {
            return open("depends on a value that is kept elsewhere ({{resolve:…}})");
        }
        written.into()
    }

    fn mapped(&self, keys: &[Value; 3], default: Option<Value>) -> Value {
        if let Some(cause) = keys.iter().find_map(|key| hole(key.as_str()?)) {
            return open(&cause);
        }
        let [map, first, second] = keys.each_ref().map(text);
        let found = self.mappings.get(&map).and_then(|map| map.get(&first)).and_then(|map| map.get(&second));
        found.cloned().or(default).unwrap_or_else(|| open(&format!("the mapping {map} has no {first}, {second}")))
    }

    /// Whether a condition of the template holds, by its name.
    pub(super) fn holds_name(&self, name: &str) -> Maybe {
        let Some(condition) = self.conditions.get(name) else {
            return Err(format!("the condition {name}, which is not there"));
        };
        if let Some(decided) = self.decided.borrow().get(name) {
            return decided.clone();
        }
        if !self.within.borrow_mut().insert(name.to_owned()) {
            return Err(format!("the condition {name}, which rests on itself"));
        }
        let holds = self.holds(condition).map_err(|cause| format!("the condition {name}: {cause}"));
        self.within.borrow_mut().remove(name);
        self.decided.borrow_mut().insert(name.to_owned(), holds.clone());
        holds
    }

    fn holds(&self, condition: &Value) -> Maybe {
        let unread = || Err("a condition that cannot be read".to_owned());
        let Some((name, argument)) = condition.as_object().and_then(|fields| fields.iter().next()) else {
            return condition.as_bool().map_or_else(unread, Ok);
        };
        let all = || argument.as_array().into_iter().flatten().map(|part| self.holds(part)).collect::<Vec<_>>();
        // One that decides outweighs what is open.
        let decides = |decisive: bool| {
            let all = all();
            if all.contains(&Ok(decisive)) {
                return Ok(decisive);
            }
            all.into_iter().find(Result::is_err).unwrap_or(Ok(!decisive))
        };
        match name.as_str() {
            "Condition" => self.holds_name(argument.as_str().unwrap_or_default()),
            "Fn::And" => decides(false),
            "Fn::Or" => decides(true),
            "Fn::Not" => match all().as_slice() {
                [one] => one.clone().map(|holds| !holds),
                _ => unread(),
            },
            "Fn::Equals" => {
                let parts: Vec<Value> =
                    argument.as_array().into_iter().flatten().filter_map(|part| self.value(part)).collect();
                let [one, other] = parts.as_slice() else { return unread() };
                match [one, other].into_iter().find_map(|part| hole(&text(part))) {
                    Some(cause) => Err(cause),
                    None => Ok(text(one) == text(other)),
                }
            }
            _ => unread(),
        }
    }
}

impl Scope {
    /// Whether a loop may go on.
    fn may_repeat(&self, times: usize) -> bool {
        self.repeated.set(self.repeated.get().saturating_add(times));
        self.repeated.get() <= MOST_REPEATED
    }
}

/// What a value takes, in characters and values.
fn size(value: &Value) -> usize {
    1 + match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(size).sum(),
        Value::Object(fields) => fields.iter().map(|(key, value)| key.len() + size(value)).sum(),
        _ => 0,
    }
}

/// A value inside a text.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(","),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// Writes out `Fn::ForEach` wherever it stands in an object of the template.
pub(super) fn loops(value: &Value, scope: &Scope, depth: usize) -> Value {
    let Value::Object(fields) = value else {
        return match value {
            Value::Array(items) => items.iter().map(|item| loops(item, scope, depth)).collect(),
            other => other.clone(),
        };
    };
    let mut written = Map::new();
    for (key, inner) in fields {
        let parts = inner.as_array().filter(|_| key.starts_with("Fn::ForEach::") && depth < 8);
        let Some([identifier, collection, body]) = parts.map(Vec::as_slice) else {
            written.insert(key.clone(), loops(inner, scope, depth));
            continue;
        };
        let identifier = identifier.as_str().unwrap_or_default();
        match scope.value(collection) {
            Some(Value::Array(items)) if scope.may_repeat(items.len() * (1 + size(body) / 256)) => {
                for item in items.iter().map(text) {
                    if let Value::Object(more) = loops(&filled(body, identifier, &item), scope, depth + 1) {
                        written.extend(more);
                    }
                }
            }
            // What is repeated, and how often, is not known: it stays one resource that cannot be read.
            _ => drop(written.insert(key.clone(), json!({ "Type": "Fn::ForEach" }))),
        }
    }
    Value::Object(written)
}

/// The body of a loop for one item.
fn filled(value: &Value, identifier: &str, item: &str) -> Value {
    let plain: String = item.chars().filter(char::is_ascii_alphanumeric).collect();
    let fill =
        |text: &str| text.replace(&format!("${{{identifier}}}"), item).replace(&format!("&{{{identifier}}}"), &plain);
    match value {
        Value::String(text) => fill(text).into(),
        Value::Array(items) => items.iter().map(|part| filled(part, identifier, item)).collect(),
        Value::Object(fields) if fields.len() == 1 && fields.get("Ref").and_then(Value::as_str) == Some(identifier) => {
            item.into()
        }
        Value::Object(fields) => {
            fields.iter().map(|(key, inner)| (fill(key), filled(inner, identifier, item))).collect()
        }
        other => other.clone(),
    }
}

/// How the cause begins of what rests on a parameter that nobody gave a value.
pub(super) const MISSING: &str = "depends on the parameter ";

/// A parameter that nobody gave a value.
pub(super) fn missing(name: &str) -> Value {
    Value::String(PolicyText::hole(&format!("{MISSING}{name}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope() -> Scope {
        let named = |id: &str, arn: &str| {
            let id = Some(id.to_owned());
            Named { name: id.clone(), id, arn: Some(arn.to_owned()) }
        };
        Scope {
            parameters: BTreeMap::from([
                ("Env".to_owned(), json!("prod")),
                ("Zones".to_owned(), json!(["a", "b"])),
                ("AWS::Region".to_owned(), json!("eu-west-1")),
                ("Open".to_owned(), missing("Open")),
            ]),
            mappings: json!({ "M": { "eu-west-1": { "k": "v" } } }),
            conditions: json!({
                "IsProd": { "Fn::Equals": [{ "Ref": "Env" }, "prod"] },
                "Not": { "Fn::Not": [{ "Condition": "IsProd" }] },
                "Maybe": { "Fn::Equals": [{ "Ref": "Open" }, "x"] },
                "Either": { "Fn::Or": [{ "Condition": "Maybe" }, { "Condition": "IsProd" }] },
                "Both": { "Fn::And": [{ "Condition": "Maybe" }, { "Condition": "IsProd" }] },
                "Circle": { "Condition": "Circle" },
            }),
            resources: BTreeMap::from([("B".to_owned(), named("b", "arn:aws:s3:::b"))]),
            ..Scope::default()
        }
    }

    #[test]
    fn functions_give_what_is_known() {
        let scope = scope();
        for (given, wanted) in [
            (json!({ "Ref": "B" }), json!("b")),
            (json!({ "Fn::GetAtt": ["B", "Arn"] }), json!("arn:aws:s3:::b")),
            (json!({ "Fn::Sub": "${B.Arn}/${Env}/${!aws:username}" }), json!("arn:aws:s3:::b/prod/${aws:username}")),
            (json!({ "Fn::Sub": ["${x}", { "x": { "Ref": "Env" } }] }), json!("prod")),
            (json!({ "Fn::Join": ["-", ["a", { "Ref": "Env" }]] }), json!("a-prod")),
            (json!({ "Fn::Select": [1, { "Fn::Split": [",", "x,y"] }] }), json!("y")),
            (json!({ "Fn::FindInMap": ["M", { "Ref": "AWS::Region" }, "k"] }), json!("v")),
            (json!({ "Fn::If": ["Not", "a", "b"] }), json!("b")),
            (json!([{ "Ref": "AWS::NoValue" }, "x"]), json!(["x"])),
            (json!({ "Fn::Length": { "Ref": "Zones" } }), json!(2)),
            (json!({ "Fn::ToJsonString": { "a": { "Ref": "Env" } } }), json!("{\"a\":\"prod\"}")),
            (json!({ "Fn::If": ["Maybe", "same", "same"] }), json!("same")),
        ] {
            assert_eq!(scope.value(&given), Some(wanted), "{given}");
        }
    }

    #[test]
    fn what_is_open_says_why() {
        let scope = scope();
        for (given, cause) in [
            (json!({ "Ref": "Open" }), "depends on the parameter Open"),
            (json!({ "Fn::Sub": "x-${Open}" }), "depends on the parameter Open"),
            (json!({ "Fn::If": ["Maybe", "a", "b"] }), "the condition Maybe: depends on the parameter Open"),
            (json!({ "Fn::ImportValue": "other-arn" }), "imported from another stack: other-arn"),
            (json!({ "Fn::GetAtt": "X.Endpoint" }), "depends on X.Endpoint"),
            (json!("{{resolve:ssm:/x}}"), "kept elsewhere"),
            (json!({ "Fn::Transform": {} }), "the function Fn::Transform"),
        ] {
            let value = scope.value(&given).unwrap();
            let found = hole(value.as_str().unwrap()).unwrap_or_else(|| panic!("{given}: {value}"));
            assert!(found.contains(cause), "{given}: {found}");
        }
        assert_eq!(scope.holds_name("Either"), Ok(true));
        assert!(
            scope.holds_name("Both").is_err()
                && scope.holds_name("Circle").is_err()
                && scope.holds_name("None").is_err()
        );
    }

    #[test]
    fn loops_are_written_out() {
        let template = json!({ "Fn::ForEach::Z": ["Zone", { "Ref": "Zones" }, { "Bucket${Zone}": { "Type": "T", "P": [{ "Ref": "Zone" }, "x-${Zone}"] } }] });
        assert_eq!(
            loops(&template, &scope(), 0),
            json!({ "Bucketa": { "Type": "T", "P": ["a", "x-a"] }, "Bucketb": { "Type": "T", "P": ["b", "x-b"] } })
        );
        let open = json!({ "Fn::ForEach::Z": ["Zone", { "Ref": "Open" }, {}] });
        assert_eq!(loops(&open, &scope(), 0)["Fn::ForEach::Z"]["Type"], "Fn::ForEach");
    }

    #[test]
    fn a_short_template_cannot_take_long() {
        let twice = |name: &str| json!({ "Fn::Or": [{ "Fn::Not": [{ "Condition": name }] }, { "Condition": name }] });
        let each = (1..60).map(|level| (format!("C{level}"), twice(&format!("C{}", level - 1))));
        let first = ("C0".to_owned(), json!({ "Fn::Equals": [{ "Ref": "Env" }, "x"] }));
        let conditions = Value::Object(each.chain([first]).collect());
        let scope = Scope { conditions, ..scope() };
        assert_eq!(scope.holds_name("C59"), Ok(true));
        let items: Vec<String> = (0..50).map(|item| item.to_string()).collect();
        let mut body = json!({ "B${a}": { "Type": "AWS::S3::Bucket" } });
        for level in 0..6 {
            body = json!({ format!("Fn::ForEach::L{level}"): [format!("v{level}"), items, body] });
        }
        assert!(loops(&body, &scope, 0).to_string().contains("Fn::ForEach"));
        let long = json!({ "M": { "a": { "k": "x".repeat(1 << 20) } } });
        let scope = Scope { mappings: long, ..self::scope() };
        let each: Value = (0..100).map(|_| json!({ "Fn::FindInMap": ["M", "a", "k"] })).collect();
        let written = scope.value(&each).unwrap();
        assert!(size(&written) < 2 * MOST_WRITTEN);
        assert!(hole(written[99].as_str().unwrap()).is_some());
    }
}
