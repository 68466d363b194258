//! Calls that add a statement to a policy or take one out, without saying what else the policy has; grants of KMS keys too,
//! each of which is a policy of one statement.

use serde_json::{Map, Value, json};

use crate::Record;

/// The statement that a call adds, as a policy of its own, with the pointer to where it stands in the record.
///
/// Lambda answers with the statement; the others are said in parameters of their own.
pub(super) fn added(record: &Record, resource: &str) -> Option<(String, String)> {
    let (at, statement) = match record.event_source.split('.').next()? {
        "lambda" => {
            let text = record.response_elements.get("statement")?.as_str()?;
            ("/responseElements/statement", serde_json::from_str::<Value>(text).ok().filter(Value::is_object)?)
        }
        "kms" => ("/requestParameters", grant(record, resource)?),
        "events" => ("/requestParameters", of_bus(record, resource)?),
        service => ("/requestParameters", of_accounts(record, service, resource)?),
    };
    Some((at.to_owned(), json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string()))
}

/// `AddPermission` of queues and topics: accounts and names of actions.
fn of_accounts(record: &Record, service: &str, resource: &str) -> Option<Value> {
    let list = |names: [&str; 4]| -> Option<Vec<String>> {
        let found = names.iter().find_map(|name| record.request_parameters.get(name))?;
        let texts: Vec<String> = found.as_array()?.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        (!texts.is_empty()).then_some(texts)
    };
    let accounts = list(["aWSAccountIds", "accountIds", "aWSAccountId", "AWSAccountIds"])?;
    let actions = list(["actions", "actionNames", "actionName", "Actions"])?;
    let actions: Vec<String> = actions.iter().map(|action| format!("{service}:{action}")).collect();
    let label = record.request_parameters.get("label");
    Some(
        json!({ "Sid": label, "Effect": "Allow", "Principal": { "AWS": accounts }, "Action": actions, "Resource": resource }),
    )
}

/// `PutPermission` of an event bus: everybody or an account, perhaps of an organisation only.
fn of_bus(record: &Record, resource: &str) -> Option<Value> {
    let asked = &record.request_parameters;
    let principal = match asked.get("principal")?.as_str()? {
        "*" => json!("*"),
        account => json!({ "AWS": account }),
    };
    let statement = json!({ "Sid": asked.get("statementId"), "Effect": "Allow", "Principal": principal,
        "Action": asked.get("action")?, "Resource": resource });
    let mut conditions = Map::new();
    if let Some(condition) = asked.get("condition").filter(|condition| !condition.is_null()) {
        let text = |name: &str| condition.get(name)?.as_str();
        let (operator, key, value) = (text("type")?, text("key")?, text("value")?);
        conditions.insert(operator.to_owned(), json!({ key: value }));
    }
    Some(on_condition(statement, conditions))
}

/// A grant as a statement (<https://docs.aws.amazon.com/kms/latest/developerguide/grants.html>): an encryption context that
/// is wanted is a condition.
fn grant(record: &Record, resource: &str) -> Option<Value> {
    let asked = &record.request_parameters;
    let grantee = asked.get("granteePrincipal")?.as_str()?;
    let principal = if grantee.contains(".amazonaws.com") {
        json!({ "Service": grantee })
    } else if grantee.starts_with("arn:") {
        json!({ "AWS": grantee })
    } else {
        return None;
    };
    let operations = asked.get("operations")?.as_array()?.iter().filter_map(Value::as_str);
    let actions: Vec<String> = operations.map(|name| format!("kms:{name}")).collect();
    let id = record.response_elements.get("grantId");
    let statement =
        json!({ "Sid": id, "Effect": "Allow", "Principal": principal, "Action": actions, "Resource": resource });
    let wanted = asked.get("constraints").and_then(Value::as_object);
    let pairs = wanted.into_iter().flat_map(Map::values).filter_map(Value::as_object).flatten();
    let context: Map<String, Value> =
        pairs.map(|(name, value)| (format!("kms:EncryptionContext:{name}"), value.clone())).collect();
    let conditions =
        if context.is_empty() { Map::new() } else { Map::from_iter([("StringEquals".to_owned(), context.into())]) };
    Some(on_condition(statement, conditions))
}

fn on_condition(mut statement: Value, conditions: Map<String, Value>) -> Value {
    if let (Value::Object(fields), false) = (&mut statement, conditions.is_empty()) {
        fields.insert("Condition".to_owned(), conditions.into());
    }
    statement
}

/// A policy with one more statement. One of the same name is replaced: a service refuses a second, or does so itself.
pub(super) fn with(policy: Option<&str>, more: &str) -> Option<String> {
    let more: Value = serde_json::from_str(more).ok()?;
    let added = more.get("Statement")?.as_array()?;
    let Some(policy) = policy else { return Some(more.to_string()) };
    let mut policy: Value = serde_json::from_str(policy).ok()?;
    let statements = list(&mut policy)?;
    let sids: Vec<&Value> = added.iter().filter_map(|one| one.get("Sid")).filter(|sid| !sid.is_null()).collect();
    statements.retain(|known| !known.get("Sid").is_some_and(|sid| sids.contains(&sid)));
    statements.extend(added.iter().cloned());
    Some(policy.to_string())
}

/// What is left of a policy without the statement of this name, and how many statements that is; `None` = it has none of this
/// name, and so is not the policy that the call changed.
pub(super) fn without(policy: &str, sid: &str) -> Option<(String, usize)> {
    let mut policy: Value = serde_json::from_str(policy).ok()?;
    let statements = list(&mut policy)?;
    let before = statements.len();
    statements.retain(|statement| statement.get("Sid").and_then(Value::as_str) != Some(sid));
    let left = statements.len();
    (left < before).then(|| (policy.to_string(), left))
}

/// The statements of a policy, one or several.
fn list(policy: &mut Value) -> Option<&mut Vec<Value>> {
    let statements = policy.get_mut("Statement")?;
    if statements.is_object() {
        let one = statements.take();
        *statements = Value::Array(vec![one]);
    }
    statements.as_array_mut()
}
