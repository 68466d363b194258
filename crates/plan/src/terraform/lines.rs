//! Where resources stand in the configuration: the line of `resource "type" "name"` in the files of a folder.

use std::collections::BTreeMap;

use forewarn_inventory::SourcePlace;
use hcl_edit::expr::Expression;
use hcl_edit::structure::Body;
use serde_json::Value;

use super::address::unkeyed;
use super::format::Change;
use super::resolve::Modules;
use crate::Source;
use crate::folder::{self, joined};

/// Places of resources by folder, type and name.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    /// The folder of the root module as it was named.
    root: String,
    places: BTreeMap<(String, String, String), SourcePlace>,
    /// What stands in the blocks of resources and data, by folder, type (with `data.` before it) and name.
    bodies: BTreeMap<(String, String, String), Body>,
    /// Local values by folder and name.
    locals: BTreeMap<(String, String), Expression>,
}

impl Lines {
    /// Looks for resources in the `.tf` and `.tf.json` files of a folder and of those below it.
    pub(crate) fn new(root: &str, files: &[Source]) -> Self {
        let (mut places, mut bodies, mut locals) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for file in files {
            let folder = folder::of(&file.name);
            if folder::ending(&file.name) == "json" {
                for (kind, name, line) in written_in_json(&file.bytes) {
                    let place = SourcePlace { file: file.name.clone(), line };
                    places.entry((folder.to_owned(), kind, name)).or_insert(place);
                }
                continue;
            }
            for (line, number) in String::from_utf8_lossy(&file.bytes).lines().zip(1..) {
                let Some((kind, name)) = resource(line) else { continue };
                let place = SourcePlace { file: file.name.clone(), line: Some(number) };
                places.entry((folder.to_owned(), kind.to_owned(), name.to_owned())).or_insert(place);
            }
        }
        for file in files.iter().filter(|file| folder::ending(&file.name) != "json") {
            let folder = folder::of(&file.name);
            // A file that cannot be read leaves its values to what the plan says of them.
            let Ok(body) = hcl_edit::parser::parse_body(&String::from_utf8_lossy(&file.bytes)) else { continue };
            for block in body.blocks() {
                match (block.ident.value().as_str(), block.labels.as_slice()) {
                    ("locals", []) => {
                        for local in block.body.attributes() {
                            locals.insert((folder.to_owned(), local.key.value().to_string()), local.value.clone());
                        }
                    }
                    (word @ ("resource" | "data"), [kind, name]) => {
                        let kind =
                            if word == "data" { format!("data.{}", kind.as_str()) } else { kind.as_str().to_owned() };
                        bodies.insert((folder.to_owned(), kind, name.as_str().to_owned()), block.body.clone());
                    }
                    _ => {}
                }
            }
        }
        let root = joined(if root.starts_with('/') { "/" } else { "" }, root);
        Self { root, places, bodies, locals }
    }

    /// The block of a resource.
    pub(super) fn body(&self, folder: &str, kind: &str, address: &str) -> Option<&Body> {
        let unkeyed = unkeyed(address);
        let name = unkeyed.rsplit('.').next()?;
        self.bodies.get(&(folder.to_owned(), kind.to_owned(), name.to_owned()))
    }

    /// A local value.
    pub(super) fn local(&self, folder: &str, name: &str) -> Option<&Expression> {
        self.locals.get(&(folder.to_owned(), name.to_owned()))
    }

    /// The place of a resource: its line where it is found, else the plan.
    pub(super) fn place(&self, change: &Change<'_>, modules: &Modules<'_>, plan: &str) -> SourcePlace {
        let folder = self.folder(&unkeyed(change.module_address.as_deref().unwrap_or_default()), modules);
        let found =
            folder.and_then(|folder| self.places.get(&(folder, change.kind.to_string(), change.name.to_string())));
        found.cloned().unwrap_or_else(|| SourcePlace { file: plan.to_owned(), line: None })
    }

    /// The folder of a module whose source is a path.
    pub(super) fn folder(&self, module: &str, modules: &Modules<'_>) -> Option<String> {
        if self.places.is_empty() && self.bodies.is_empty() {
            return None;
        }
        if module.is_empty() {
            return Some(self.root.clone());
        }
        let (parent, _, _) = super::address::above(module)?;
        let parent = self.folder(&parent, modules)?;
        let source = modules.source(module)?;
        source.starts_with('.').then(|| joined(&parent, source))
    }
}

/// The type, the name and the line of each resource in a file of the JSON form; one that is no JSON has none.
fn written_in_json(bytes: &[u8]) -> Vec<(String, String, Option<usize>)> {
    let text = String::from_utf8_lossy(bytes);
    let file: Value = serde_json::from_str(&text).unwrap_or_default();
    // Blocks of a kind may stand in one object or in a list of them.
    let blocks = |value: Option<&Value>| match value {
        Some(Value::Array(items)) => items.clone(),
        Some(one) => vec![one.clone()],
        None => Vec::new(),
    };
    let mut found = Vec::new();
    for resources in blocks(file.get("resource")) {
        for (kind, named) in resources.as_object().into_iter().flatten() {
            for names in blocks(Some(named)) {
                for name in names.as_object().into_iter().flatten().map(|(name, _)| name) {
                    found.push((kind.clone(), name.clone(), line_of(&text, kind, name)));
                }
            }
        }
    }
    found
}

/// The line of the first key `name` behind the key `kind`.
fn line_of(text: &str, kind: &str, name: &str) -> Option<usize> {
    let key = |from: usize, key: &str| {
        let quoted = format!("\"{key}\"");
        let rest = text.get(from..)?;
        let is_key = |at: &usize| rest.get(at + quoted.len()..).is_some_and(|rest| rest.trim_start().starts_with(':'));
        rest.match_indices(&quoted).map(|(at, _)| at).find(is_key).map(|at| from + at)
    };
    let at = key(key(0, kind)?, name)?;
    Some(text.get(..at)?.matches('\n').count() + 1)
}

/// The type and name in the first line of a resource block.
fn resource(line: &str) -> Option<(&str, &str)> {
    let rest = line.trim_start().strip_prefix("resource")?;
    let mut quoted = rest.split('"');
    let (before, kind, between, name) = (quoted.next()?, quoted.next()?, quoted.next()?, quoted.next()?);
    (before.trim().is_empty() && between.trim().is_empty()).then_some((kind, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_of_the_json_form_have_lines() {
        let text = "{\n \"resource\": {\n  \"aws_iam_role\": {\n   \"a\": {\"name\": \"aws_s3_bucket\"},\n   \"b\": [{}]\n  },\n  \"aws_s3_bucket\": [{\n   \"a\": {}\n  }]\n } }";
        let one = |kind: &str, name: &str, line| (kind.to_owned(), name.to_owned(), Some(line));
        let all = [one("aws_iam_role", "a", 4), one("aws_iam_role", "b", 5), one("aws_s3_bucket", "a", 8)];
        assert_eq!(written_in_json(text.as_bytes()), all);
        assert!(written_in_json(b"{").is_empty());
    }

    #[test]
    fn blocks_are_read() {
        assert_eq!(resource("  resource \"aws_s3_bucket\" \"b\" {"), Some(("aws_s3_bucket", "b")));
        assert_eq!(resource("# resource \"aws_s3_bucket\" \"b\" {"), None);
    }
}
