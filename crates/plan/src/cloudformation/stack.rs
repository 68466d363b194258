//! A template with the values that it has as a stack, and the stacks nested in it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use forewarn_inventory::{Proposed, ProposedAction, SourcePlace, Understood};
use serde_json::{Map, Value, json};

use super::functions::{self, Scope};
use super::{is_known, made, name_all, read, resources, sam, scope, transforms, yaml};
use crate::declared::Declared;
use crate::draft::Draft;
use crate::value::{hole, open};
use crate::{PlanError, Source, decode, folder};

/// Levels of stacks in stacks.
const DEEPEST: usize = 3;

/// How often templates of nested stacks may be read for the one that is reviewed.
const MOST_OPENED: usize = 500;

/// A template as the stack that it is to be.
pub(super) struct Stack {
    file: String,
    lines: BTreeMap<String, usize>,
    resources: Map<String, Value>,
    outputs: Value,
    scope: Scope,
    /// Transforms that are not known here.
    transforms: Vec<String>,
    /// Whether it names the transform of `AWS::Serverless`.
    serverless: bool,
    /// What each resource is made for that a transform makes.
    made_for: BTreeMap<String, String>,
    /// The stacks in it by their names, or why one cannot be looked into.
    nested: BTreeMap<String, Result<Stack, String>>,
    notes: Vec<String>,
}

/// The resources of a stack and of those nested in it.
#[derive(Default)]
pub(super) struct Written {
    pub(super) all: Vec<Proposed>,
    pub(super) declared: Vec<Declared>,
    pub(super) notes: Vec<String>,
    /// Why the name of a resource is not known that somebody chose, by its address.
    pub(super) unnamed: BTreeMap<String, String>,
}

/// Opens templates as stacks.
pub(super) struct Opening<'r> {
    draft: &'r Draft,
    /// Templates of nested stacks, by their paths.
    files: &'r BTreeMap<String, Source>,
    opened: Cell<usize>,
    /// Those that were read: a stack is opened anew with each value that its parameters get.
    read: RefCell<BTreeMap<String, Result<yaml::Read, String>>>,
}

impl<'r> Opening<'r> {
    pub(super) fn new(draft: &'r Draft, files: &'r BTreeMap<String, Source>) -> Self {
        Self { draft, files, opened: Cell::new(0), read: RefCell::default() }
    }

    /// `given` are the parameters, `name` is the name as far as it is known, and names that nobody chose are made of `prefix`.
    pub(super) fn stack(
        &self,
        source: &Source,
        read: yaml::Read,
        given: &BTreeMap<String, Value>,
        (prefix, name): (&str, Value),
        depth: usize,
    ) -> Result<Stack, PlanError> {
        let yaml::Read { value: template, lines } = read;
        let mut notes = Vec::new();
        let mut scope = scope(&template, given, self.draft, &mut notes);
        scope.parameters.insert("AWS::StackName".to_owned(), name);
        let (known, transforms) = transforms(&template);
        scope.whole = known.is_empty() && transforms.is_empty();
        let Some(Value::Object(mut resources)) =
            template.get("Resources").map(|resources| functions::loops(resources, &scope, 0))
        else {
            return Err(PlanError::file(source, "is no template: it has no `Resources`"));
        };
        let serverless = known.iter().any(|name| name == sam::TRANSFORM);
        let made_for = if serverless { sam::write_out(&mut resources, &template) } else { BTreeMap::new() };
        let mut nested = BTreeMap::new();
        // A name may rest on that of another resource, and on what a nested stack gives out.
        for _ in 0..3 {
            name_all(&mut scope, &resources, self.draft, prefix);
            for (id, resource) in &resources {
                let Some(file) = beside(&source.name, resource) else { continue };
                let below = self.below(&file, resource, &scope, &format!("{prefix}-{id}"), depth);
                for (output, value) in below.as_ref().map(Stack::given_out).unwrap_or_default() {
                    scope.outputs.insert(format!("{id}.Outputs.{output}"), value);
                }
                nested.insert(id.clone(), below);
            }
        }
        let outputs = template.get("Outputs").cloned().unwrap_or_default();
        Ok(Stack {
            file: source.name.clone(),
            lines,
            resources,
            outputs,
            scope,
            transforms,
            serverless,
            made_for,
            nested,
            notes,
        })
    }

    fn below(&self, file: &str, resource: &Value, scope: &Scope, prefix: &str, depth: usize) -> Result<Stack, String> {
        let source = self.files.get(file).ok_or_else(|| {
            format!("it is a stack of its own, and its template `{file}` is not there: review that too")
        })?;
        self.opened.set(self.opened.get() + 1);
        if depth >= DEEPEST || self.opened.get() > MOST_OPENED {
            return Err("it is a stack of its own, nested too deep or too often: review its template too".to_owned());
        }
        let read = self.read.borrow_mut().entry(file.to_owned()).or_insert_with(|| template_of(source)).clone()?;
        let parameters = resource.get("Properties").and_then(|properties| properties.get("Parameters"));
        let given = match parameters.and_then(|parameters| scope.value(parameters)) {
            None => BTreeMap::new(),
            Some(Value::Object(given)) => given.into_iter().collect(),
            // Its defaults are not what it gets.
            Some(other) => {
                let cause = other.as_str().and_then(hole).unwrap_or_else(|| "what is no object".to_owned());
                return Err(format!("it is a stack of its own, and its parameters depend on {cause}"));
            }
        };
        let name = open("depends on the name that the nested stack gets");
        self.stack(source, read, &given, (prefix, name), depth + 1).map_err(|error| error.to_string())
    }
}

impl Stack {
    /// The values of its outputs.
    fn given_out(&self) -> Vec<(String, Value)> {
        let outputs = self.outputs.as_object().into_iter().flatten();
        outputs.filter_map(|(name, output)| Some((name.clone(), self.scope.value(output.get("Value")?)?))).collect()
    }

    /// Writes its resources; their addresses begin with `within`.
    pub(super) fn write(&self, within: &str, written: &mut Written) {
        written.notes.extend(self.notes.iter().map(|note| {
            if within.is_empty() { note.clone() } else { format!("{}: {note}", within.trim_end_matches('/')) }
        }));
        for name in &self.transforms {
            let why = "what it makes of the template is not known here";
            written.all.push(self.proposed(format!("{within}Transform"), name, None, Understood::Not(why.to_owned())));
        }
        for (id, resource) in &self.resources {
            self.resource(within, id, resource, written);
        }
    }

    fn proposed(&self, address: String, kind: &str, line: Option<usize>, understood: Understood) -> Proposed {
        Proposed {
            address,
            kind: kind.to_owned(),
            action: ProposedAction::Declare,
            understood,
            about: Vec::new(),
            place: SourcePlace { file: self.file.clone(), line },
        }
    }

    fn resource(&self, within: &str, id: &str, resource: &Value, written: &mut Written) {
        let said = resource.get("Type").and_then(Value::as_str).unwrap_or_default();
        let line =
            |id: &str| self.lines.get(&format!("/Resources/{}", id.replace('~', "~0").replace('/', "~1"))).copied();
        let line = line(id).or_else(|| line(self.made_for.get(id)?));
        let address = format!("{within}{id}");
        let mut put = |understood| written.all.push(self.proposed(address.clone(), said, line, understood));
        if id == "Fn::Transform" {
            return put(Understood::Not("what it makes of the template is not known here".to_owned()));
        }
        match resource.get("Condition").and_then(Value::as_str).map(|name| self.scope.holds_name(name)) {
            Some(Ok(false)) => return,
            Some(Err(cause)) if is_known(said) => {
                return put(Understood::Not(format!("whether it is made depends on {cause}")));
            }
            _ => {}
        }
        match self.nested.get(id) {
            Some(Ok(below)) => {
                put(Understood::NotRelevant);
                return below.write(&format!("{address}/"), written);
            }
            Some(Err(why)) => return put(Understood::Not(why.clone())),
            None => {}
        }
        let properties = resource.get("Properties").and_then(|properties| self.scope.value(properties));
        let properties = properties.unwrap_or_else(|| json!({}));
        let inside = resource.get("Fn::Transform").map(|_| "a transform inside the template".to_owned());
        if let Some(cause) = properties.as_str().and_then(hole).or(inside).filter(|_| is_known(said)) {
            return put(Understood::Not(format!("its properties depend on {cause}")));
        }
        if said.starts_with("AWS::Serverless::") && !self.serverless {
            return put(Understood::Not("the template does not name the transform AWS::Serverless".to_owned()));
        }
        if self.serverless && resource.get("Connectors").is_some() {
            return put(Understood::Not("what its connectors make of policies is not known here".to_owned()));
        }
        if let Some(why) = resources::beyond(said, &properties, ProposedAction::Declare) {
            return put(Understood::Not(why));
        }
        put(Understood::NotRelevant);
        let name = resources::named(said).and_then(|(property, _)| properties.get(property)?.as_str().and_then(hole));
        if let Some(cause) = name.filter(|cause| cause.starts_with(functions::MISSING)) {
            written.unnamed.insert(address.clone(), cause);
        }
        let named = self.scope.resources.get(id).cloned().unwrap_or_default();
        for (kind, after) in made(said, properties, &named) {
            written.declared.push(Declared {
                address: address.clone(),
                said: said.to_owned(),
                kind: kind.to_owned(),
                action: ProposedAction::Declare,
                before: None,
                after: Some(after),
                region: None,
                account: None,
                place: SourcePlace { file: self.file.clone(), line },
                unread: None,
            });
        }
    }
}

fn template_of(source: &Source) -> Result<yaml::Read, String> {
    decode(source).and_then(|text| read(source, &text)).map_err(|error| error.to_string())
}

/// The file of the template of a nested stack, where it is one beside: as it is written for `package`, or as the CDK lays it.
pub(super) fn beside(template: &str, resource: &Value) -> Option<String> {
    let property = match resource.get("Type")?.as_str()? {
        "AWS::CloudFormation::Stack" => "TemplateURL",
        "AWS::Serverless::Application" => "Location",
        _ => return None,
    };
    let asset = || {
        let metadata = resource.get("Metadata")?;
        (metadata.get("aws:asset:property")? == property).then(|| metadata.get("aws:asset:path")?.as_str()).flatten()
    };
    let file = asset().or_else(|| resource.get("Properties")?.get(property)?.as_str())?;
    let local = !file.is_empty() && !file.contains(':') && !file.starts_with('/') && hole(file).is_none();
    local.then(|| folder::joined(folder::of(template), file))
}
