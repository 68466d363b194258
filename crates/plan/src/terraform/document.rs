//! `data.aws_iam_policy_document` as the policy that it makes, written out while some of its values are still open.

use serde_json::{Map, Value, json};

use crate::value::{Attrs, hole};

/// The policy, with holes where values are open. `Err` = so much is open that nothing can be said of the whole: the cause.
pub(super) fn write(values: &Value) -> Result<String, String> {
    let attrs = Attrs(values);
    let mut statements: Vec<Value> = Vec::new();
    let sources = texts(attrs.get("source_policy_documents"))?.into_iter().chain(texts(attrs.get("source_json"))?);
    for source in sources {
        for statement in statements_of(&source)? {
            put(&mut statements, statement);
        }
    }
    if let Some(cause) = attrs.get("statement").and_then(Value::as_str).and_then(hole) {
        return Err(cause);
    }
    for block in attrs.get("statement").and_then(Value::as_array).into_iter().flatten() {
        if let Some(cause) = block.as_str().and_then(hole) {
            return Err(cause);
        }
        put(&mut statements, statement(Attrs(block)));
    }
    let overrides =
        texts(attrs.get("override_policy_documents"))?.into_iter().chain(texts(attrs.get("override_json"))?);
    for source in overrides {
        for statement in statements_of(&source)? {
            put(&mut statements, statement);
        }
    }
    let version = attrs.open_text("version").unwrap_or_else(|| "2012-10-17".to_owned());
    Ok(json!({ "Version": version, "Statement": statements }).to_string())
}

/// A statement takes the place of one with the same id.
fn put(statements: &mut Vec<Value>, statement: Value) {
    let sid = |statement: &Value| {
        statement.get("Sid").and_then(Value::as_str).filter(|sid| !sid.is_empty()).map(str::to_owned)
    };
    let same =
        sid(&statement).and_then(|wanted| statements.iter_mut().find(|known| sid(known).as_ref() == Some(&wanted)));
    match same {
        Some(known) => *known = statement,
        None => statements.push(statement),
    }
}

/// The texts of documents that are taken over; one that is open leaves the whole open.
fn texts(value: Option<&Value>) -> Result<Vec<String>, String> {
    let all: Vec<&str> = match value {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let whole = |text: &&str| !text.trim().is_empty();
    all.into_iter()
        .filter(whole)
        .map(
            |text| {
                if text.trim_start().starts_with('{') {
                    Ok(text.to_owned())
                } else {
                    Err(hole(text).unwrap_or_default())
                }
            },
        )
        .collect()
}

fn statements_of(text: &str) -> Result<Vec<Value>, String> {
    let document: Value =
        serde_json::from_str(text).map_err(|error| format!("a document that is taken over is no JSON: {error}"))?;
    Ok(match document.get("Statement") {
        Some(Value::Array(items)) => items.clone(),
        Some(one @ Value::Object(_)) => vec![one.clone()],
        _ => Vec::new(),
    })
}

fn statement(block: Attrs<'_>) -> Value {
    let mut written = Map::new();
    if let Some(sid) = block.open_text("sid") {
        written.insert("Sid".to_owned(), sid.into());
    }
    let effect = block.open_text("effect").unwrap_or_else(|| "Allow".to_owned());
    written.insert("Effect".to_owned(), effect.into());
    for (name, element) in [
        ("actions", "Action"),
        ("not_actions", "NotAction"),
        ("resources", "Resource"),
        ("not_resources", "NotResource"),
    ] {
        if let Some(value) = block.get(name).filter(|value| value.as_array().is_none_or(|items| !items.is_empty())) {
            written.insert(element.to_owned(), variables(value));
        }
    }
    for (name, element) in [("principals", "Principal"), ("not_principals", "NotPrincipal")] {
        if let Some(value) = block.get(name).and_then(principals) {
            written.insert(element.to_owned(), value);
        }
    }
    let mut conditions: Map<String, Value> = Map::new();
    match block.get("condition") {
        Some(Value::Array(blocks)) => {
            for condition in blocks.iter().map(Attrs) {
                let test =
                    condition.open_text("test").or_else(|| condition.0.as_str().map(str::to_owned)).unwrap_or_default();
                let key = condition.open_text("variable").unwrap_or_default();
                let values = condition.get("values").map_or_else(|| json!([]), variables);
                let keys = conditions.entry(test).or_insert_with(|| json!({}));
                if let Value::Object(keys) = keys {
                    // The provider joins values of one key.
                    match (keys.get_mut(&key), values) {
                        (Some(Value::Array(known)), Value::Array(more)) => known.extend(more),
                        (_, values) => drop(keys.insert(key, values)),
                    }
                }
            }
        }
        // Whether there is a condition is open: an operator that cannot be read leaves the whole unread.
        Some(open @ Value::String(_)) => {
            drop(conditions.insert(open.as_str().unwrap_or_default().to_owned(), json!({ "open": [] })));
        }
        _ => {}
    }
    if !conditions.is_empty() {
        written.insert("Condition".to_owned(), conditions.into());
    }
    Value::Object(written)
}

fn principals(value: &Value) -> Option<Value> {
    // Nobody knows who is named: the hole stands for everybody who could be.
    if let Some(text) = value.as_str() {
        return Some(json!({ "AWS": text }));
    }
    let blocks = value.as_array().filter(|blocks| !blocks.is_empty())?;
    let mut all: Map<String, Value> = Map::new();
    for block in blocks.iter().map(Attrs) {
        if let Some(text) = block.0.as_str() {
            return Some(json!({ "AWS": text }));
        }
        let identifiers = block.get("identifiers").map_or_else(|| json!([]), variables);
        let kind = block.open_text("type").unwrap_or_default();
        let everybody = identifiers == json!(["*"]) || identifiers == json!("*");
        if kind == "*" && everybody {
            return Some(json!("*"));
        }
        let kind = if kind == "*" || hole(&kind).is_some() { "AWS".to_owned() } else { kind };
        match (all.get_mut(&kind), identifiers) {
            (Some(Value::Array(known)), Value::Array(more)) => known.extend(more),
            (_, identifiers) => drop(all.insert(kind, identifiers)),
        }
    }
    Some(Value::Object(all))
}

/// `&{…}` is how a document of Terraform writes a policy variable.
fn variables(value: &Value) -> Value {
    match value {
        Value::String(text) => text.replace("&{", "${").into(),
        Value::Array(items) => items.iter().map(variables).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use forewarn_inventory::PolicyText;
    use forewarn_policy::Document;

    use super::*;

    #[test]
    fn statements_are_written_as_the_provider_writes_them() {
        let base = json!({ "Version": "2012-10-17", "Statement": [{ "Sid": "a", "Effect": "Deny", "Action": "*", "Resource": "*" }] });
        let written = write(&json!({
            "source_policy_documents": [base.to_string()],
            "statement": [
                { "sid": "a", "effect": null, "actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::b/&{aws:username}/*"],
                  "not_actions": null, "principals": [{ "type": "*", "identifiers": ["*"] }],
                  "condition": [{ "test": "StringEquals", "variable": "aws:SourceVpc", "values": ["a"] },
                                { "test": "StringEquals", "variable": "aws:SourceVpc", "values": ["b"] }] },
                { "actions": ["sts:AssumeRole"], "principals": [{ "type": "AWS", "identifiers": ["1"] }, { "type": "Service", "identifiers": ["s"] }] },
            ],
        }))
        .unwrap();
        let wanted = json!({ "Version": "2012-10-17", "Statement": [
            { "Sid": "a", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::b/${aws:username}/*"], "Principal": "*",
              "Condition": { "StringEquals": { "aws:SourceVpc": ["a", "b"] } } },
            { "Effect": "Allow", "Action": ["sts:AssumeRole"], "Principal": { "AWS": ["1"], "Service": ["s"] } },
        ] });
        assert_eq!(serde_json::from_str::<Value>(&written).unwrap(), wanted);
    }

    #[test]
    fn what_is_open_stays_open() {
        let hole = PolicyText::hole("depends on x");
        let written =
            write(&json!({ "statement": [{ "actions": ["s3:*"], "resources": [hole], "principals": hole }] })).unwrap();
        assert!(Document::parse_with_holes(&written, &PolicyText::cause).unwrap().has_holes());
        assert_eq!(write(&json!({ "statement": hole })), Err("depends on x".to_owned()));
        assert_eq!(write(&json!({ "source_policy_documents": [hole] })), Err("depends on x".to_owned()));
        let condition =
            write(&json!({ "statement": [{ "actions": ["s3:*"], "resources": ["*"], "condition": hole }] })).unwrap();
        assert!(Document::parse_with_holes(&condition, &PolicyText::cause).is_err(), "{condition}");
    }
}
