//! Plans of Terraform and `OpenTofu`, as `show -json` writes them.

mod address;
mod document;
mod expressions;
mod format;
mod lines;
mod resolve;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use forewarn_inventory::{Inventory, Proposed, ProposedAction, SourcePlace, Understood};
use serde_json::{Map, Value, json};

use self::address::{exact, inside, unkeyed};
use self::format::{Actions, Body, Change, Plan, value};
use self::resolve::{Modules, Node, Pending, Resolver, references};
use crate::beyond;
use crate::declared::Declared;
use crate::draft::Draft;
use crate::shape::{self, At};
use crate::value::open;
use crate::{Place, PlanError, Proposal, Source, lay};

pub(crate) use self::lines::Lines;

/// Lays a plan over an inventory. `lines` knows where its resources stand in the configuration.
pub(crate) fn plan(
    source: &Source,
    text: &str,
    today: &Inventory,
    place: &Place,
    lines: &Lines,
) -> Result<Proposal, PlanError> {
    let plan: Plan<'_> = serde_json::from_str(text).map_err(|error| broken(source, &error))?;
    let version = plan.format_version.clone().unwrap_or_default();
    if !matches!(version.split('.').next(), Some("0" | "1")) {
        let what = format!("is a plan of format `{version}`; 0.1 to 1.2 are known");
        return Err(PlanError::file(source, what));
    }
    if !plan.is_plan() {
        return Err(PlanError::file(
            source,
            "is the state, not a plan; `terraform plan -out PLAN` and `terraform show -json PLAN > plan.json` make one",
        ));
    }
    let modules = Modules::new(plan.configuration.as_ref().map(|configuration| &configuration.root_module));
    let mut providers = Providers::new(&plan, &modules, place);
    let named = providers.home().or_else(|| account(&plan));
    let mut draft = Draft::new(today, place, named.as_deref())?;
    let mut notes = notes(&plan);
    let declared = declared(source, &plan, modules, &providers, &draft, lines);
    if place.standalone {
        lay::today(&mut draft, &declared);
        draft.leave();
    }
    let today = draft.clone().finish();
    let mut proposed = lay::change(&mut draft, &declared);
    for one in proposed.iter_mut().filter(|one| one.understood != Understood::NotRelevant) {
        if let Some(why) = providers.unclear(&one.address) {
            one.understood = Understood::Not(format!("{why}; it is judged as one of the account of the plan"));
        }
    }
    if plan.errored == Some(true) {
        proposed.push(Proposed {
            address: "the plan".to_owned(),
            kind: "plan".to_owned(),
            action: ProposedAction::Keep,
            understood: Understood::Not("it ended in an error, so there are changes that are not in it".to_owned()),
            about: Vec::new(),
            place: SourcePlace { file: source.name.clone(), line: None },
        });
    }
    notes.sort();
    Ok(Proposal { today, after: draft.finish(), proposed, notes })
}

fn broken(source: &Source, error: &serde_json::Error) -> PlanError {
    let at = format!("line {}, column {}", error.line(), error.column());
    if error.is_eof() {
        return PlanError::file(source, format!("is not whole: it breaks off at {at}; write it anew"));
    }
    PlanError::file(source, format!("is no plan that can be read: {error}"))
}

fn notes(plan: &Plan<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    let drifted: BTreeSet<&str> = plan.drifted().into_iter().collect();
    if !drifted.is_empty() {
        let some: Vec<&str> = drifted.iter().copied().take(5).collect();
        let more = drifted.len().saturating_sub(some.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        notes.push(format!(
            "changed outside of the configuration, and planned with as it is now: {}{more}",
            some.join(", ")
        ));
    }
    if plan.complete == Some(false) && plan.errored != Some(true) {
        notes.push(
            "the plan is of a part of the configuration only (`-target`, or changes that are put off)".to_owned(),
        );
    }
    notes
}

/// The account that the plan is for, as far as it says so.
fn account(plan: &Plan<'_>) -> Option<String> {
    let known = |id: &str| (id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit())).then(|| id.to_owned());
    let caller = plan
        .data()
        .into_iter()
        .filter(|data| data.kind == "aws_caller_identity")
        .find_map(|data| known(value(data.values).get("account_id")?.as_str()?));
    caller.or_else(|| {
        let changes = plan.resource_changes.iter().flatten().filter(|change| shape::is_known(&change.kind));
        changes.take(200).find_map(|change| {
            let body: Body = serde_json::from_str(change.body.get()).ok()?;
            known(body.before?.get("arn")?.as_str()?.split(':').nth(4)?)
        })
    })
}

/// What of a provider says whose credentials it has.
const CREDENTIALS: [&str; 6] = [
    "profile",
    "access_key",
    "assume_role",
    "assume_role_with_web_identity",
    "shared_credentials_files",
    "shared_config_files",
];

/// The region and the account that each provider works in, by its key in the configuration.
struct Providers {
    by_key: BTreeMap<String, (Option<String>, Option<String>)>,
    /// Those of other credentials than the plan's own that do not say which account they work in.
    open: BTreeSet<String>,
    /// The key of the provider of a resource, by its address without keys.
    of: BTreeMap<String, String>,
}

impl Providers {
    fn new(plan: &Plan<'_>, modules: &Modules<'_>, place: &Place) -> Self {
        let (mut by_key, mut signed) = (BTreeMap::new(), BTreeMap::new());
        for (key, provider) in plan.configuration.iter().flat_map(|configuration| &configuration.provider_config) {
            let expressions = value(provider.expressions);
            let constant = |expression: Option<&Value>| -> Option<String> {
                let expression = expression?;
                if let Some(Value::String(text)) = expression.get("constant_value") {
                    return Some(text.clone());
                }
                let references = references(expression);
                match exact(&references).as_slice() {
                    [only] => plan.variable(only.strip_prefix("var.")?)?.as_str().map(str::to_owned),
                    _ => None,
                }
            };
            let region = place.region.clone().or_else(|| constant(expressions.get("region")));
            let role = constant(expressions.get("assume_role").and_then(|blocks| blocks.get(0)?.get("role_arn")));
            let account = role.and_then(|role| role.split(':').nth(4).map(str::to_owned));
            if account.is_none() {
                let credentials = CREDENTIALS.map(|name| expressions.get(name).cloned().unwrap_or_default());
                signed.insert(key.to_string(), credentials);
            }
            by_key.insert(key.to_string(), (region, account));
        }
        // One that is not written down has no credentials of its own.
        let home = if by_key.contains_key("aws") {
            signed.get("aws").cloned()
        } else {
            Some(CREDENTIALS.map(|_| Value::Null))
        };
        let is_aws = |key: &str| key.rsplit(':').next().and_then(|key| key.split('.').next()) == Some("aws");
        signed.retain(|key, credentials| is_aws(key) && home.as_ref() != Some(&*credentials));
        let open = signed.into_keys().collect();
        let mut of = BTreeMap::new();
        for (path, module) in modules.each() {
            for resource in &module.resources {
                if let Some(key) = &resource.provider_config_key {
                    of.insert(inside(path, &resource.address), key.to_string());
                }
            }
        }
        Self { by_key, open, of }
    }

    /// The account of the provider that everything has which names no other: the account of the plan.
    fn home(&mut self) -> Option<String> {
        let home = self.by_key.get("aws")?.1.clone()?;
        for (_, account) in self.by_key.values_mut() {
            account.take_if(|account| *account == home);
        }
        Some(home)
    }

    /// Why it is not known which account a resource is in.
    fn unclear(&self, address: &str) -> Option<String> {
        let key = self.of.get(&unkeyed(address))?;
        if self.open.contains(key) {
            return Some(format!("which account its provider `{key}` works in is not known"));
        }
        // Since version 1.1 Terraform writes the provider that a module is given, before it only the name in the module.
        let several = !self.open.is_empty() || self.by_key.values().any(|(_, account)| account.is_some());
        let given = key.contains(':') && !self.by_key.contains_key(key) && several;
        given.then(|| format!("which provider its module is given as `{key}` is not in the plan"))
    }

    fn of(&self, address: &str) -> (Option<String>, Option<String>) {
        let key = self.of.get(&unkeyed(address)).map_or("aws", String::as_str);
        // A provider that a module is given goes by the name that it has in the module.
        let above = key.rsplit(':').next().unwrap_or("aws");
        let found = self.by_key.get(key).or_else(|| self.by_key.get(above)).or_else(|| self.by_key.get("aws"));
        found.cloned().unwrap_or_default()
    }
}

/// A change whose values were read.
struct Read<'p> {
    change: &'p Change<'p>,
    action: ProposedAction,
    before: Option<Value>,
    /// Its place among the nodes, where it will be there.
    node: Option<usize>,
    unread: Option<String>,
}

fn declared(
    source: &Source,
    plan: &Plan<'_>,
    modules: Modules<'_>,
    providers: &Providers,
    draft: &Draft,
    lines: &Lines,
) -> Vec<Declared> {
    let (reads, nodes) = read(plan, &modules);
    let places: Vec<SourcePlace> = reads.iter().map(|read| lines.place(read.change, &modules, &source.name)).collect();
    let mut resolver = Resolver::new(plan, modules, nodes, lines);
    let complete = |resolver: &mut Resolver<'_>| {
        let mut stood = BTreeMap::new();
        for node in &mut resolver.nodes {
            let (region, account) = providers.of(&node.address);
            let at = At {
                partition: draft.partition(),
                region: region.as_deref().unwrap_or(&draft.region),
                account: account.as_deref().unwrap_or(&draft.account.id),
            };
            if let Some(attribute) = shape::complete(&node.kind, &mut node.values, &node.address, at) {
                node.pending.retain(|pending| pending.name != attribute || pending.at.matches('/').count() > 1);
                stood.insert(node.address.clone(), attribute);
            }
        }
        stood
    };
    // Names first, then what has one, then policies: each rests on what comes before.
    let is_name = |node: &Node, pending: &Pending| shape::name_of(&node.kind) == Some(pending.name.as_str());
    resolver.find(&is_name, true);
    complete(&mut resolver);
    resolver.find(&|_, pending| !Resolver::is_policy(pending), true);
    complete(&mut resolver);
    resolver.find(&|_, pending| !Resolver::is_policy(pending), true);
    resolver.find(&|_, pending| Resolver::is_policy(pending), true);
    resolver.find(&|_, pending| Resolver::is_policy(pending), false);
    let mut nodes: Vec<Option<Value>> = resolver.nodes.into_iter().map(|node| Some(node.values)).collect();
    let declared = reads.into_iter().zip(places).map(|(read, place)| {
        let (region, account) = providers.of(&read.change.address);
        let after = read.node.and_then(|at| nodes.get_mut(at)?.take());
        let own = after
            .as_ref()
            .or(read.before.as_ref())
            .and_then(|values| values.get("region")?.as_str().map(str::to_owned));
        Declared {
            address: read.change.address.to_string(),
            said: read.change.kind.to_string(),
            kind: read.change.kind.to_string(),
            action: read.action,
            before: read.before,
            after,
            region: own.filter(|region| crate::value::hole(region).is_none()).or(region),
            account,
            place,
            unread: read.unread,
        }
    });
    let mut declared: Vec<Declared> = declared.collect();
    declared.extend(plan.deferred_changes.iter().flatten().filter_map(|deferred| put_off(source, deferred)));
    if plan.resource_changes.is_none() {
        declared.extend(planned(source, plan, providers));
    }
    declared
}

/// Resources of a plan that lists none of its changes: all are taken to be declared.
fn planned(source: &Source, plan: &Plan<'_>, providers: &Providers) -> Vec<Declared> {
    let one = |resource: &format::StateResource<'_>| {
        let (region, account) = providers.of(&resource.address);
        Declared {
            address: resource.address.to_string(),
            said: resource.kind.to_string(),
            kind: resource.kind.to_string(),
            action: ProposedAction::Declare,
            before: None,
            after: Some(value(resource.values)),
            region,
            account,
            place: SourcePlace { file: source.name.clone(), line: None },
            unread: None,
        }
    };
    plan.planned().into_iter().map(one).collect()
}

/// A resource that the plan leaves to a later one.
fn put_off(source: &Source, deferred: &format::Deferred<'_>) -> Option<Declared> {
    let change = deferred.resource_change.as_ref().filter(|change| change.mode.as_deref() != Some("data"))?;
    let actions = serde_json::from_str::<Actions>(change.body.get()).ok()?;
    let why = deferred.reason.as_deref().unwrap_or("it does not say why");
    Some(Declared {
        address: change.address.to_string(),
        said: change.kind.to_string(),
        kind: change.kind.to_string(),
        action: action(&actions.actions, actions.importing.is_some()),
        before: None,
        after: None,
        region: None,
        account: None,
        place: SourcePlace { file: source.name.clone(), line: None },
        unread: Some(format!("the plan puts it off for a later one ({why})")),
    })
}

/// Reads all changes; those that nothing refers to and nothing is about keep their name only.
fn read<'p>(plan: &'p Plan<'p>, modules: &Modules<'p>) -> (Vec<Read<'p>>, Vec<Node>) {
    let mut configured: BTreeMap<String, &serde_json::value::RawValue> = BTreeMap::new();
    for (path, module) in modules.each() {
        for resource in &module.resources {
            if let Some(expressions) = resource.expressions {
                configured.insert(inside(path, &resource.address), expressions);
            }
        }
    }
    let (mut reads, mut nodes) = (Vec::new(), Vec::new());
    for change in plan.resource_changes.iter().flatten() {
        let data = change.mode.as_deref() == Some("data");
        let wanted = if data {
            change.kind == "aws_iam_policy_document"
        } else {
            let kind = &*change.kind;
            lay::is_known(kind) || shape::is_known(kind) || beyond::OBJECTS.contains(&kind)
        };
        if !wanted {
            if !data {
                let actions = serde_json::from_str::<Actions>(change.body.get());
                let action = actions
                    .map_or(ProposedAction::Keep, |actions| action(&actions.actions, actions.importing.is_some()));
                reads.push(Read { change, action, before: None, node: None, unread: None });
            }
            continue;
        }
        let body = match serde_json::from_str::<Body>(change.body.get()) {
            Ok(body) => body,
            // Data that cannot be read leaves a hole where it is referred to.
            Err(_) if data => continue,
            Err(_) => {
                // What is wrong would name a value, which is nobody's business in a public comment.
                let unread = Some("what the plan says of it has a form that cannot be read".to_owned());
                reads.push(Read { change, action: ProposedAction::Keep, before: None, node: None, unread });
                continue;
            }
        };
        let kind = if data { format!("data.{}", change.kind) } else { change.kind.to_string() };
        let mut node = None;
        if let Some(after) = body.after.as_ref().filter(|_| change.deposed.is_none()) {
            let expressions = configured.get(&unkeyed(&change.address)).map(|raw| value(Some(raw)));
            let mut pending = Vec::new();
            let values =
                Opening { pending: &mut pending, module: change.module_address.as_deref().unwrap_or_default() }
                    .merge(after, &body.after_unknown, expressions.as_ref(), (String::new(), String::new()))
                    .unwrap_or(Value::Null);
            node = Some(nodes.len());
            nodes.push(Node {
                address: change.address.to_string(),
                module: change.module_address.as_deref().unwrap_or_default().to_owned(),
                key: change.index.as_ref().map(|index| format!("[{index}]")).unwrap_or_default(),
                kind,
                values,
                pending,
            });
        }
        if !data {
            let action = action(&body.actions, body.importing.is_some());
            let before = body.before.filter(|before| !before.is_null());
            reads.push(Read { change, action, before, node, unread: None });
        }
    }
    (reads, nodes)
}

fn action(actions: &[String], importing: bool) -> ProposedAction {
    let has = |word: &str| actions.iter().any(|action| action == word);
    match (has("create"), has("delete"), has("update"), has("forget")) {
        (true, true, ..) => ProposedAction::Replace,
        (true, ..) => ProposedAction::Create,
        (_, true, ..) => ProposedAction::Delete,
        (_, _, true, _) if importing => ProposedAction::Import,
        (_, _, true, _) => ProposedAction::Update,
        (_, _, _, true) => ProposedAction::Forget,
        _ if importing => ProposedAction::Import,
        _ => ProposedAction::Keep,
    }
}

/// Puts holes where values are open.
struct Opening<'a> {
    pending: &'a mut Vec<Pending>,
    module: &'a str,
}

impl Opening<'_> {
    /// `at` is the JSON pointer and the name of the attribute. `None` = nobody says anything: the provider will.
    fn merge(
        &mut self,
        after: &Value,
        unknown: &Value,
        expression: Option<&Value>,
        (at, name): (String, String),
    ) -> Option<Value> {
        match (unknown, after) {
            (Value::Bool(true), _) => self.hole(expression, at, name),
            (Value::Object(fields), Value::Object(known)) => {
                let mut merged = known.clone();
                for (field, unknown) in fields {
                    let at = format!("{at}/{}", field.replace('~', "~0").replace('/', "~1"));
                    let inner = expression.and_then(|expression| of(expression, field));
                    // A whole configuration that is not there says nothing about what it leaves to the provider.
                    if expression.is_some() && inner.is_none() {
                        continue;
                    }
                    match self.merge(known.get(field).unwrap_or(&Value::Null), unknown, inner, (at, field.clone())) {
                        Some(value) => drop(merged.insert(field.clone(), value)),
                        None => drop(merged.remove(field)),
                    }
                }
                Some(Value::Object(merged))
            }
            (Value::Array(flags), Value::Array(items)) => Some(self.list(flags, items, expression, at, name)),
            (Value::Object(fields), Value::Null) if !fields.is_empty() => {
                self.merge(&Value::Object(Map::new()), unknown, expression, (at, name))
            }
            _ => Some(after.clone()),
        }
    }

    fn list(
        &mut self,
        flags: &[Value],
        items: &[Value],
        expression: Option<&Value>,
        at: String,
        name: String,
    ) -> Value {
        let opened = flags.iter().filter(|flag| **flag == Value::Bool(true)).count();
        let is_leaf = expression.is_some_and(|expression| expression.get("references").is_some());
        if opened > 0 && (is_leaf || expression.is_none()) {
            let references = expression.map(references).unwrap_or_default();
            let hole = open(&self.cause(&references));
            let open = |(index, item): (usize, &Value)| {
                if flags.get(index) == Some(&Value::Bool(true)) { hole.clone() } else { item.clone() }
            };
            self.pending.push(Pending { at, name, references, items: Some(opened) });
            return items.iter().enumerate().map(open).collect();
        }
        let blocks = expression.and_then(Value::as_array).map(Vec::as_slice);
        let mut merged = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let flag = flags.get(index).unwrap_or(&Value::Null);
            let block = blocks.map(|blocks| block(blocks, index, item, items.len(), &name));
            let at = format!("{at}/{index}");
            let inner = block.as_deref().or(expression);
            merged.push(self.merge(item, flag, inner, (at, name.clone())).unwrap_or_else(|| item.clone()));
        }
        Value::Array(merged)
    }

    fn hole(&mut self, expression: Option<&Value>, at: String, name: String) -> Option<Value> {
        let references = expression.map(references).unwrap_or_default();
        if expression.is_none() && !resolve::is_policy_name(&name) {
            return None;
        }
        let hole = open(&self.cause(&references));
        self.pending.push(Pending { at, name, references, items: None });
        Some(hole)
    }

    fn cause(&self, references: &[String]) -> String {
        let exact = exact(references);
        if exact.is_empty() {
            return "known only after apply".to_owned();
        }
        let all: Vec<String> =
            exact
                .iter()
                .map(|reference| {
                    if self.module.is_empty() {
                        (*reference).to_owned()
                    } else {
                        format!("{}.{reference}", self.module)
                    }
                })
                .collect();
        format!("depends on {}", all.join(", "))
    }
}

/// Blocks whose order in a plan is not that of the configuration.
const SETS: [&str; 4] = ["condition", "principals", "not_principals", "inline_policy"];

/// The block of the configuration that an item comes from. Where it cannot be told, all that any of them refers to.
fn block<'v>(blocks: &'v [Value], index: usize, item: &Value, items: usize, name: &str) -> Cow<'v, Value> {
    let any = || Cow::Owned(json!({ "references": blocks.iter().flat_map(references).collect::<Vec<_>>() }));
    match blocks {
        // One block that may be written once for many.
        [only] => Cow::Borrowed(only),
        _ if SETS.contains(&name) => {
            let mut like = blocks.iter().filter(|block| agrees(block, item));
            match (like.next(), like.next()) {
                (Some(only), None) => Cow::Borrowed(only),
                _ => any(),
            }
        }
        _ if blocks.len() == items => blocks.get(index).map_or_else(any, Cow::Borrowed),
        _ => any(),
    }
}

/// Whether no constant of the block says anything else than the item.
fn agrees(block: &Value, item: &Value) -> bool {
    block.as_object().into_iter().flatten().all(|(field, expression)| {
        match (expression.get("constant_value"), item.get(field)) {
            (Some(constant), Some(known)) if !known.is_null() => {
                constant == known
                    || constant.is_array() && known.is_array() && {
                        let texts = |value: &Value| {
                            value.as_array().into_iter().flatten().map(ToString::to_string).collect::<BTreeSet<_>>()
                        };
                        texts(constant) == texts(known)
                    }
            }
            _ => true,
        }
    })
}

/// The expression of a field. Of a block that is written once and stands in a list, that of the block.
fn of<'v>(expression: &'v Value, field: &str) -> Option<&'v Value> {
    match expression {
        Value::Object(fields) if fields.contains_key("references") => Some(expression),
        Value::Object(fields) => fields.get(field),
        Value::Array(blocks) => blocks.first().and_then(|block| block.get(field)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
