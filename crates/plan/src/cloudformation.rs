//! Templates and change sets of CloudFormation, and what the CDK makes.

mod change_set;
mod functions;
mod resources;
mod sam;
mod stack;
mod yaml;

use std::collections::{BTreeMap, BTreeSet};

use forewarn_inventory::{Inventory, Proposed, ProposedAction, Understood};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use self::functions::{Named, Scope};
use self::stack::{Opening, Written};
use crate::draft::Draft;
use crate::shape::{self, At};
use crate::value::hole;
use crate::{Place, PlanError, Proposal, Reading, Source, lay};

pub(crate) use change_set::change_set;

/// Lays a template over an inventory, with the templates of the stacks nested in it that are at hand.
pub(crate) fn template(
    source: &Source,
    text: &str,
    reading: &Reading,
    today: &Inventory,
    place: &Place,
) -> Result<Proposal, PlanError> {
    let read = read(source, text)?;
    let mut draft = Draft::new(today, place, None)?;
    let name = reading.stack.clone().unwrap_or_else(|| crate::document::stem(&source.name));
    let given = reading.parameters.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect();
    let mut written = Written::default();
    Opening::new(&draft, &reading.nested)
        .stack(source, read, &given, (&name, name.as_str().into()), 0)?
        .write("", &mut written);
    let Written { mut all, declared, mut notes, unnamed } = written;
    let today = draft.clone().finish();
    let laid = lay::change(&mut draft, &declared);
    gather(&mut all, laid);
    for proposed in &mut all {
        if let (Some(cause), Understood::Whole | Understood::Partly(_)) =
            (unnamed.get(&proposed.address), &proposed.understood)
        {
            proposed.understood = Understood::Not(format!("its name {cause}: it is judged as a new one"));
        }
    }
    if let Some(note) = custom(&all) {
        notes.push(note);
    }
    Ok(Proposal { today, after: draft.finish(), proposed: all, notes })
}

/// The files, beside a template, of the stacks nested in it; none where it is no template.
pub fn nested(source: &Source) -> Vec<String> {
    let Ok(text) = crate::decode(source) else { return Vec::new() };
    if !["AWS::CloudFormation::Stack", "AWS::Serverless::Application"].iter().any(|kind| text.contains(kind)) {
        return Vec::new();
    }
    let read = read(source, &text).map(|read| read.value).unwrap_or_default();
    let resources = read.get("Resources").and_then(Value::as_object).into_iter().flatten();
    resources.filter_map(|(_, resource)| stack::beside(&source.name, resource)).collect()
}

/// The parts that a resource is made of.
fn made(kind: &str, properties: Value, named: &Named) -> Vec<resources::Part> {
    let mut properties = properties;
    if let (Value::Object(fields), Some(arn)) = (&mut properties, &named.arn) {
        fields.insert("__arn".to_owned(), arn.clone().into());
    }
    let name = named.name.clone().unwrap_or_default();
    resources::parts(kind, &properties, &name)
}

/// Whether something here is about resources of the type.
fn is_known(kind: &str) -> bool {
    !resources::parts(kind, &json!({}), "x").is_empty()
        || resources::beyond(kind, &Value::Null, ProposedAction::Declare).is_some()
        || resources::HOLDERS.contains(&kind)
}

/// One answer a resource, of those of its parts.
fn gather(all: &mut [Proposed], laid: Vec<Proposed>) {
    let mut parts: BTreeMap<String, Vec<Proposed>> = BTreeMap::new();
    for part in laid {
        parts.entry(part.address.clone()).or_default().push(part);
    }
    for proposed in all {
        let (mut whole, mut partly, mut not) = (false, Vec::new(), None);
        for part in parts.remove(&proposed.address).unwrap_or_default() {
            for about in part.about {
                if !proposed.about.contains(&about) {
                    proposed.about.push(about);
                }
            }
            match part.understood {
                Understood::Whole => whole = true,
                Understood::Partly(why) => {
                    partly.extend(why.into_iter().filter(|why| !partly.contains(why)).collect::<Vec<_>>());
                }
                Understood::Not(why) => not = Some(why),
                Understood::NotRelevant => {}
            }
        }
        match not {
            Some(why) => proposed.understood = Understood::Not(why),
            None if !partly.is_empty() => proposed.understood = Understood::Partly(partly),
            None if whole => proposed.understood = Understood::Whole,
            None => {}
        }
    }
}

fn custom(all: &[Proposed]) -> Option<String> {
    let is = |kind: &str| kind.starts_with("Custom::") || kind == "AWS::CloudFormation::CustomResource";
    let count = all.iter().filter(|proposed| is(&proposed.kind)).count();
    (count > 0).then(|| format!("what the functions behind custom resources do is not in this review: {count} of them"))
}

/// A template as JSON with the lines of its resources.
fn read(source: &Source, text: &str) -> Result<yaml::Read, PlanError> {
    let wrong = |what: String| PlanError::file(source, what);
    if !text.trim_start().starts_with('{') {
        return yaml::read(text).map_err(wrong);
    }
    let value: Value = serde_json::from_str(text).map_err(|error| {
        let at = format!("line {}, column {}", error.line(), error.column());
        wrong(if error.is_eof() {
            format!("is not whole: it breaks off at {at}; write it anew")
        } else {
            format!("is no JSON: {error}")
        })
    })?;
    Ok(yaml::Read { lines: lines(text, &value), value })
}

/// The lines of resources in JSON: a key of an object of the second level stands once at the head of its resource.
fn lines(text: &str, template: &Value) -> BTreeMap<String, usize> {
    let mut lines = BTreeMap::new();
    let Some(start) = text.find("\"Resources\"") else { return lines };
    let wanted: BTreeSet<&str> =
        template.get("Resources").and_then(Value::as_object).into_iter().flatten().map(|(id, _)| id.as_str()).collect();
    let (before, rest) = text.split_at(start);
    let first = before.matches('\n').count() + 1;
    for (line, number) in rest.lines().zip(first..) {
        let mut parts = line.split('"');
        let (Some(_), Some(key), Some(behind)) = (parts.next(), parts.next(), parts.next()) else { continue };
        if wanted.contains(key) && behind.trim_start().starts_with(':') {
            lines.entry(format!("/Resources/{key}")).or_insert(number);
        }
    }
    lines
}

/// What a template can look at: parameters, mappings, conditions.
fn scope(template: &Value, given: &BTreeMap<String, Value>, draft: &Draft, notes: &mut Vec<String>) -> Scope {
    let mut parameters = BTreeMap::new();
    let mut absent = Vec::new();
    for (name, declared) in template.get("Parameters").and_then(Value::as_object).into_iter().flatten() {
        let kind = declared.get("Type").and_then(Value::as_str).unwrap_or_default();
        let elsewhere = kind.starts_with("AWS::SSM::Parameter::Value");
        let default = declared.get("Default").filter(|_| !elsewhere);
        let value = match given.get(name).or(default) {
            // What is open stays one open value, also where it is to be a list.
            Some(Value::String(text)) if hole(text).is_some() => text.as_str().into(),
            Some(value) if kind == "CommaDelimitedList" || kind.starts_with("List<") => {
                functions::text(value).split(',').map(|item| Value::from(item.trim())).collect()
            }
            Some(value) => functions::text(value).into(),
            None => {
                if !elsewhere {
                    absent.push(name.clone());
                }
                functions::missing(name)
            }
        };
        parameters.insert(name.clone(), value);
    }
    if !absent.is_empty() {
        notes.push(format!("no value for the parameters {} (--parameter NAME=VALUE gives one)", absent.join(", ")));
    }
    let unknown: Vec<&str> = given.keys().filter(|name| !parameters.contains_key(*name)).map(String::as_str).collect();
    if !unknown.is_empty() {
        notes.push(format!("the template has no parameters {}", unknown.join(", ")));
    }
    let suffix = if draft.partition() == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
    for (name, value) in [
        ("AWS::AccountId", draft.account.id.as_str()),
        ("AWS::Region", &draft.region),
        ("AWS::Partition", draft.partition()),
        ("AWS::URLSuffix", suffix),
    ] {
        parameters.insert(name.to_owned(), value.into());
    }
    Scope {
        parameters,
        mappings: template.get("Mappings").cloned().unwrap_or_default(),
        conditions: template.get("Conditions").cloned().unwrap_or_default(),
        ..Scope::default()
    }
}

/// The transforms of a template: those that are written out here, and those of which nobody knows here what they do.
fn transforms(template: &Value) -> (Vec<String>, Vec<String>) {
    let name = |item: &Value| item.as_str().or_else(|| item.get("Name")?.as_str()).unwrap_or("?").to_owned();
    let each = |value: &Value| -> Vec<String> {
        value.as_array().map_or_else(|| vec![name(value)], |items| items.iter().map(name).collect())
    };
    let all = ["Transform", "Fn::Transform"].into_iter().filter_map(|key| template.get(key)).flat_map(each);
    all.partition(|name| matches!(name.as_str(), "AWS::LanguageExtensions" | sam::TRANSFORM))
}

/// Gives every resource the name and ARN that it will have.
fn name_all(scope: &mut Scope, resources: &Map<String, Value>, draft: &Draft, stack: &str) {
    for (id, resource) in resources {
        let kind = resource.get("Type").and_then(Value::as_str).unwrap_or_default();
        let properties = resource.get("Properties").unwrap_or(&Value::Null);
        let known = |name: &str| {
            let value = scope.value(properties.get(name)?)?;
            value.as_str().filter(|text| hole(text).is_none()).map(str::to_owned)
        };
        let given = resources::named(kind).and_then(|(property, _)| known(property));
        let path = known("Path");
        let named = naming(kind, given.as_deref(), path.as_deref(), &format!("{stack}-{id}"), draft);
        scope.resources.insert(id.clone(), named);
    }
}

/// The name and ARN of a resource, those that nobody chose stood for.
fn naming(kind: &str, given: Option<&str>, path: Option<&str>, address: &str, draft: &Draft) -> Named {
    let Some((_, terraform)) = resources::named(kind) else { return Named::default() };
    let at = At { partition: draft.partition(), region: &draft.region, account: &draft.account.id };
    let attribute = shape::name_of(terraform).unwrap_or("name");
    let mut values = json!({ attribute: given, "path": path });
    shape::complete(terraform, &mut values, address, at);
    let text = |name: &str| values.get(name).and_then(Value::as_str).map(str::to_owned);
    let name = text(attribute).or_else(|| Some(format!("known-after-apply-{address}")));
    let arn = text("arn");
    let id = if resources::refers_by_arn(kind) { arn.clone() } else { name.clone() };
    Named { id, name, arn }
}

/// A stack of a cloud assembly, as the CDK writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stack {
    /// The file of its template, in the folder of the manifest.
    pub file: String,
    /// Its name.
    pub name: String,
    /// The account that it is for, where it says so.
    pub account: Option<String>,
    /// The region.
    pub region: Option<String>,
}

/// What a cloud assembly of the CDK has: its stacks, and folders with assemblies below it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assembly {
    /// The stacks.
    pub stacks: Vec<Stack>,
    /// Folders of assemblies below.
    pub folders: Vec<String>,
}

/// Reads `manifest.json` of a folder that `cdk synth` made.
///
/// # Errors
/// [`PlanError::File`] where it is none.
pub fn assembly(source: &Source) -> Result<Assembly, PlanError> {
    #[derive(Deserialize)]
    struct Manifest {
        artifacts: BTreeMap<String, Artifact>,
    }
    #[derive(Deserialize)]
    struct Artifact {
        #[serde(rename = "type")]
        kind: String,
        #[serde(default)]
        environment: Option<String>,
        #[serde(default)]
        properties: Value,
    }
    let text = crate::decode(source)?;
    let manifest: Manifest = serde_json::from_str(&text).map_err(|error| {
        PlanError::file(source, format!("is no manifest of a folder that `cdk synth` made: {error}"))
    })?;
    let mut found = Assembly::default();
    for (id, artifact) in manifest.artifacts {
        let property = |name: &str| artifact.properties.get(name).and_then(Value::as_str).map(str::to_owned);
        match artifact.kind.as_str() {
            "aws:cloudformation:stack" => {
                let Some(file) = property("templateFile") else { continue };
                let place =
                    artifact.environment.as_deref().and_then(|place| place.strip_prefix("aws://")?.split_once('/'));
                let known = |text: &str| (!text.starts_with("unknown-")).then(|| text.to_owned());
                found.stacks.push(Stack {
                    file,
                    name: property("stackName").unwrap_or(id),
                    account: place.and_then(|(account, _)| known(account)),
                    region: place.and_then(|(_, region)| known(region)),
                });
            }
            "cdk:cloud-assembly" => found.folders.extend(property("directoryName")),
            _ => {}
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
