//! What a case is made of, so that a test can assert its own mix.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::condition::texts;

/// Operators, set prefixes, principal forms, elements and layers that occur in a case.
pub fn features(case: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    if let Some(layers) = case.get("policies").and_then(Value::as_object) {
        found.extend(layers.keys().map(|name| format!("layer {name}")));
    }
    walk(case, &mut found);
    found
}

fn walk(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| walk(value, found)),
        Value::Object(fields) => {
            for (name, value) in fields {
                match name.as_str() {
                    "Condition" => operators(value, found),
                    "Principal" => forms(value, found),
                    "NotPrincipal" => {
                        found.insert(format!("element {name}"));
                        forms(value, found);
                    }
                    "NotAction" | "NotResource" => {
                        found.insert(format!("element {name}"));
                    }
                    _ => walk(value, found),
                }
            }
        }
        Value::String(text) if text == "unreadable" => {
            found.insert("unreadable".to_owned());
        }
        _ => {}
    }
}

fn operators(block: &Value, found: &mut BTreeSet<String>) {
    for operator in block.as_object().into_iter().flat_map(|block| block.keys()) {
        let name = match operator.split_once(':') {
            Some((prefix, name)) => {
                found.insert(format!("prefix {prefix}"));
                name
            }
            None => operator,
        };
        let name = match name.strip_suffix("IfExists") {
            Some(name) => {
                found.insert("suffix IfExists".to_owned());
                name
            }
            None => name,
        };
        found.insert(format!("operator {name}"));
    }
    if block.to_string().contains("${") {
        found.insert("variable".to_owned());
    }
}

fn forms(principals: &Value, found: &mut BTreeSet<String>) {
    let form = |kind: &str, text: &str| match kind {
        "AWS" if text == "*" => "everyone",
        "AWS" if text.ends_with(":root") => "root",
        "AWS" if text.contains("cloudfront") => "origin access identity",
        "AWS" if text.contains('*') => "pattern",
        "AWS" if text.contains(":user/") => "user",
        "AWS" if text.contains(":role/") => "role",
        "AWS" if text.contains(":assumed-role/") => "session",
        "AWS" if text.contains(":federated-user/") => "federated user",
        "AWS" if text.starts_with("AROA") => "deleted",
        "AWS" => "account",
        "Service" => "service",
        "Federated" => "provider",
        "CanonicalUser" => "canonical user",
        _ => "unknown",
    };
    match principals {
        Value::String(_) => {
            found.insert("principal star".to_owned());
        }
        other => {
            for (kind, values) in other.as_object().into_iter().flatten() {
                found.extend(texts(values).iter().map(|text| format!("principal {}", form(kind, text))));
            }
        }
    }
}
