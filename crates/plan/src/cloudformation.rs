//! Templates and change sets of CloudFormation, and what the CDK makes.

mod change_set;
mod functions;
mod resources;
mod yaml;

use std::collections::{BTreeMap, BTreeSet};

use forewarn_inventory::{Inventory, Proposed, ProposedAction, SourcePlace, Understood};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use self::functions::{Named, Scope};
use crate::declared::Declared;
use crate::draft::Draft;
use crate::shape::{self, At};
use crate::value::hole;
use crate::{Place, PlanError, Proposal, Reading, Source, lay};

pub(crate) use change_set::change_set;

/// Lays a template over an inventory.
pub(crate) fn template(
    source: &Source,
    text: &str,
    reading: &Reading,
    today: &Inventory,
    place: &Place,
) -> Result<Proposal, PlanError> {
    let read = read(source, text)?;
    let mut draft = Draft::new(today, place, None)?;
    let stack = reading.stack.clone().unwrap_or_else(|| crate::document::stem(&source.name));
    let mut notes = Vec::new();
    let mut scope = scope(&read.value, reading, &draft, &stack, &mut notes);
    let Some(Value::Object(resources)) =
        read.value.get("Resources").map(|resources| functions::loops(resources, &scope, 0))
    else {
        return Err(PlanError::file(source, "is no template: it has no `Resources`"));
    };
    notes.extend(transforms(&read.value));
    name_all(&mut scope, &resources, &draft, &stack);
    let mut all = Vec::new();
    let mut declared = Vec::new();
    for (id, resource) in &resources {
        let said = resource.get("Type").and_then(Value::as_str).unwrap_or_default().to_owned();
        let line = read.lines.get(&format!("/Resources/{}", id.replace('~', "~0").replace('/', "~1"))).copied();
        let place = SourcePlace { file: source.name.clone(), line };
        let mut proposed = Proposed {
            address: id.clone(),
            kind: said.clone(),
            action: ProposedAction::Declare,
            understood: Understood::NotRelevant,
            about: Vec::new(),
            place,
        };
        match resource.get("Condition").and_then(Value::as_str).map(|name| scope.holds_name(name)) {
            Some(Ok(false)) => continue,
            Some(Err(cause)) if is_known(&said, &Value::Null) => {
                proposed.understood = Understood::Not(format!("whether it is made depends on {cause}"));
                all.push(proposed);
                continue;
            }
            _ => {}
        }
        let properties =
            resource.get("Properties").and_then(|properties| scope.value(properties)).unwrap_or_else(|| json!({}));
        if let Some(why) = resources::beyond(&said, &properties) {
            proposed.understood = Understood::Not(why);
            all.push(proposed);
            continue;
        }
        let named = scope.resources.get(id).cloned().unwrap_or_default();
        for (kind, after) in made(&said, properties, &named) {
            let place = proposed.place.clone();
            declared.push(Declared {
                address: id.clone(),
                said: said.clone(),
                kind: kind.to_owned(),
                action: ProposedAction::Declare,
                before: None,
                after: Some(after),
                region: None,
                account: None,
                place,
            });
        }
        all.push(proposed);
    }
    let today = draft.clone().finish();
    let laid = lay::change(&mut draft, &declared);
    gather(&mut all, laid);
    if let Some(note) = custom(&all) {
        notes.push(note);
    }
    Ok(Proposal { today, after: draft.finish(), proposed: all, notes })
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

fn is_known(kind: &str, properties: &Value) -> bool {
    let empty = json!({});
    let properties = if properties.is_object() { properties } else { &empty };
    !resources::parts(kind, properties, "x").is_empty()
        || resources::beyond(kind, properties).is_some()
        || matches!(
            kind,
            "AWS::IAM::Policy"
                | "AWS::IAM::RolePolicy"
                | "AWS::IAM::UserPolicy"
                | "AWS::IAM::GroupPolicy"
                | "AWS::IAM::UserToGroupAddition"
        )
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
            format!("is not whole: it breaks off at {at}")
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
fn scope(template: &Value, reading: &Reading, draft: &Draft, stack: &str, notes: &mut Vec<String>) -> Scope {
    let mut parameters = BTreeMap::new();
    let mut absent = Vec::new();
    for (name, declared) in template.get("Parameters").and_then(Value::as_object).into_iter().flatten() {
        let kind = declared.get("Type").and_then(Value::as_str).unwrap_or_default();
        let elsewhere = kind.starts_with("AWS::SSM::Parameter::Value");
        let given = reading.parameters.get(name).map(|given| Value::from(given.as_str()));
        let default = declared.get("Default").filter(|_| !elsewhere);
        let value = match given.as_ref().or(default) {
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
    let unknown: Vec<&str> =
        reading.parameters.keys().filter(|name| !parameters.contains_key(*name)).map(String::as_str).collect();
    if !unknown.is_empty() {
        notes.push(format!("the template has no parameters {}", unknown.join(", ")));
    }
    let suffix = if draft.partition() == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
    for (name, value) in [
        ("AWS::AccountId", draft.account.id.as_str()),
        ("AWS::Region", &draft.region),
        ("AWS::Partition", draft.partition()),
        ("AWS::URLSuffix", suffix),
        ("AWS::StackName", stack),
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

/// Transforms that change the template in ways that nobody can know here.
fn transforms(template: &Value) -> Option<String> {
    let all: Vec<&str> = match template.get("Transform") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(items)) => {
            items.iter().filter_map(|item| item.as_str().or_else(|| item.get("Name")?.as_str())).collect()
        }
        Some(one) => one.get("Name").and_then(Value::as_str).into_iter().collect(),
        None => Vec::new(),
    };
    let known = |name: &&str| !matches!(*name, "AWS::LanguageExtensions" | "AWS::Serverless-2016-10-31");
    let open: Vec<&str> = all.into_iter().filter(known).collect();
    (!open.is_empty())
        .then(|| format!("what the transform {} makes of the template is not known here", open.join(", ")))
}

/// Gives every resource the name and ARN that it will have.
fn name_all(scope: &mut Scope, resources: &Map<String, Value>, draft: &Draft, stack: &str) {
    // A name may rest on that of another resource.
    for _ in 0..3 {
        for (id, resource) in resources {
            let kind = resource.get("Type").and_then(Value::as_str).unwrap_or_default();
            let properties = resource.get("Properties").unwrap_or(&Value::Null);
            let known = |name: &str| {
                let value = scope.value(properties.get(name)?)?;
                value.as_str().filter(|text| hole(text).is_none()).map(str::to_owned)
            };
            let given = resources::named(kind).and_then(|(property, _)| known(property));
            scope.resources.insert(
                id.clone(),
                naming(kind, given.as_deref(), known("Path").as_deref(), &format!("{stack}-{id}"), draft),
            );
        }
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
