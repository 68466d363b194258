//! Change sets, as `describe-change-set --include-property-values` gives them.

use forewarn_inventory::{Inventory, Proposed, ProposedAction, SourcePlace, Understood};
use serde::Deserialize;
use serde_json::{Value, json};

use super::resources::{self, Part};
use super::{Named, gather, is_known, made, naming};
use crate::declared::Declared;
use crate::draft::Draft;
use crate::value::{hole, open};
use crate::{Place, PlanError, Proposal, Source, lay};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ChangeSet {
    #[serde(default)]
    stack_name: Option<String>,
    #[serde(default)]
    stack_id: Option<String>,
    #[serde(default)]
    changes: Vec<Entry>,
    #[serde(default)]
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    #[serde(default)]
    resource_change: Option<Change>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Change {
    #[serde(default)]
    action: String,
    logical_resource_id: String,
    #[serde(default)]
    physical_resource_id: Option<String>,
    resource_type: String,
    #[serde(default)]
    replacement: Option<String>,
    #[serde(default)]
    policy_action: Option<String>,
    #[serde(default)]
    before_context: Option<String>,
    #[serde(default)]
    after_context: Option<String>,
}

/// Lays a change set over an inventory.
pub(crate) fn change_set(source: &Source, text: &str, today: &Inventory, place: &Place) -> Result<Proposal, PlanError> {
    let set: ChangeSet = serde_json::from_str(text)
        .map_err(|error| PlanError::file(source, format!("is no change set that can be read: {error}")))?;
    let id: Vec<&str> = set.stack_id.as_deref().unwrap_or_default().split(':').collect();
    let part = |at: usize| id.get(at).map(|part| (*part).to_owned()).filter(|part| !part.is_empty());
    let region = place.region.clone().or_else(|| part(3));
    let mut draft = Draft::new(today, &Place { region, ..place.clone() }, part(4).as_deref())?;
    let stack = set.stack_name.clone().unwrap_or_else(|| "stack".to_owned());
    let (mut all, mut declared) = (Vec::new(), Vec::new());
    for change in set.changes.iter().filter_map(|entry| entry.resource_change.as_ref()) {
        let action = match (change.action.as_str(), change.replacement.as_deref()) {
            ("Add", _) => ProposedAction::Create,
            // It leaves the stack and stays in the account.
            ("Remove", _) if change.policy_action.as_deref() == Some("Retain") => ProposedAction::Forget,
            ("Remove", _) => ProposedAction::Delete,
            ("Import", _) => ProposedAction::Import,
            (_, Some("True")) => ProposedAction::Replace,
            _ => ProposedAction::Update,
        };
        let mut proposed = Proposed {
            address: change.logical_resource_id.clone(),
            kind: change.resource_type.clone(),
            action,
            understood: Understood::NotRelevant,
            about: Vec::new(),
            place: SourcePlace { file: source.name.clone(), line: None },
        };
        let (before, after) = (
            change.before_context.as_deref().and_then(properties),
            change.after_context.as_deref().and_then(properties),
        );
        let kind = &change.resource_type;
        let beyond = resources::beyond(kind, after.as_ref().unwrap_or(&Value::Null), action);
        let unread = match action {
            ProposedAction::Forget => false,
            ProposedAction::Delete => before.is_none(),
            _ => after.is_none(),
        };
        let lost = unread && resources::named(kind).is_none_or(|_| action != ProposedAction::Delete);
        if beyond.is_some() || lost && is_known(kind) {
            proposed.understood = Understood::Not(beyond.unwrap_or_else(|| NO_VALUES.to_owned()));
            all.push(proposed);
            continue;
        }
        let named = |properties: &Value, physical: Option<&str>| -> Named {
            let known = |name: &str| {
                properties.get(name).and_then(Value::as_str).filter(|text| hole(text).is_none()).map(str::to_owned)
            };
            let given = resources::named(kind).and_then(|(property, _)| known(property));
            let physical = physical.filter(|id| !id.is_empty()).map(|id| id.rsplit(['/', ':']).next().unwrap_or(id));
            naming(
                kind,
                given.as_deref().or(physical),
                known("Path").as_deref(),
                &format!("{stack}-{}", change.logical_resource_id),
                &draft,
            )
        };
        let empty = json!({});
        let physical = change.physical_resource_id.as_deref();
        let old = named(before.as_ref().unwrap_or(&empty), physical);
        let kept = physical.filter(|_| action != ProposedAction::Replace);
        let new = named(after.as_ref().unwrap_or(&empty), kept);
        let gone: Vec<Part> = before
            .or_else(|| (action == ProposedAction::Delete).then(|| empty.clone()))
            .filter(|_| action != ProposedAction::Forget)
            .map(|before| made(kind, before, &old))
            .unwrap_or_default();
        let come: Vec<Part> = after.map(|after| made(kind, after, &new)).unwrap_or_default();
        let mut put = |(kind, values): Part, action: ProposedAction| {
            let (before, after) =
                if action == ProposedAction::Delete { (Some(values), None) } else { (None, Some(values)) };
            declared.push(Declared {
                address: change.logical_resource_id.clone(),
                said: change.resource_type.clone(),
                kind: kind.to_owned(),
                action,
                before,
                after,
                region: None,
                account: None,
                place: proposed.place.clone(),
                unread: None,
            });
        };
        let replaced = action == ProposedAction::Replace;
        for part in gone.into_iter().filter(|part| replaced || !come.iter().any(|new| same(part, new))) {
            put(part, ProposedAction::Delete);
        }
        for part in come {
            put(part, if replaced { ProposedAction::Create } else { action });
        }
        all.push(proposed);
    }
    if set.next_token.is_some() {
        let why = "it has more pages than this file; without `--no-paginate` all of them are written";
        all.push(Proposed {
            address: "the change set".to_owned(),
            kind: "change set".to_owned(),
            action: ProposedAction::Keep,
            understood: Understood::Not(why.to_owned()),
            about: Vec::new(),
            place: SourcePlace { file: source.name.clone(), line: None },
        });
    }
    let today = draft.clone().finish();
    let laid = lay::change(&mut draft, &declared);
    gather(&mut all, laid);
    Ok(Proposal { today, after: draft.finish(), proposed: all, notes: Vec::new() })
}

const NO_VALUES: &str =
    "the change set does not say what it will be; `describe-change-set --include-property-values` does";

/// The properties in a context; what the change set will know later is a hole.
fn properties(context: &str) -> Option<Value> {
    let context: Value = serde_json::from_str(context).ok()?;
    context.get("Properties").map(opened)
}

fn opened(value: &Value) -> Value {
    match value {
        Value::String(text) if text.contains("{{changeSet:KNOWN_AFTER_APPLY}}") => {
            open("known only after the change set runs")
        }
        Value::Array(items) => items.iter().map(opened).collect(),
        Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), opened(value))).collect(),
        other => other.clone(),
    }
}

/// Whether two parts are the same thing.
fn same(one: &Part, other: &Part) -> bool {
    let names = [
        "bucket",
        "name",
        "alarm_name",
        "policy_arn",
        "role",
        "user",
        "group",
        "topic_arn",
        "protocol",
        "policy_id",
        "target_id",
    ];
    one.0 == other.0 && names.iter().all(|name| one.1.get(name) == other.1.get(name))
}
