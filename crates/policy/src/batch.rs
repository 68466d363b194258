//! JSON lines in, JSON lines out: the contract of `forewarn policy batch`.

pub mod answers;

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::condition::Condition;
use crate::reach::holder::OWN_ACCOUNT;
use crate::{
    AccessPoint, Acl, Audience, BlockPublicAccess, BlockSettings, Context, Document, Grantee, Layers, Organization,
    Question, Reading, Request, ResourceKind, RoleRights, Target, admin_equivalent, compare, decide, escalations,
    lint_thoroughly, reach, s3_policy_status,
};

/// What is wrong with a case, and where in it.
#[derive(Debug)]
struct Fault {
    code: &'static str,
    message: String,
    pointer: String,
}

type Answered<T> = Result<T, Fault>;

fn fault<T>(code: &'static str, pointer: impl Into<String>, message: impl Into<String>) -> Answered<T> {
    Err(Fault { code, message: message.into(), pointer: pointer.into() })
}

/// Answers one line. Never fails: a line that cannot be answered gives an `error`.
pub fn answer_line(line: &[u8]) -> String {
    let case: Value = match serde_json::from_slice(line) {
        Ok(case) => case,
        Err(error) => {
            return error_line(
                &Value::Null,
                &Fault { code: "invalid_json", message: error.to_string(), pointer: String::new() },
            );
        }
    };
    let id = case.get("id").filter(|id| id.is_string()).cloned().unwrap_or(Value::Null);
    match answer(&case) {
        Ok(mut fields) => {
            let mut whole = Map::from_iter([("id".to_owned(), id)]);
            whole.append(&mut fields);
            Value::Object(whole).to_string()
        }
        Err(fault) => error_line(&id, &fault),
    }
}

fn error_line(id: &Value, fault: &Fault) -> String {
    let error = json!({ "code": fault.code, "message": fault.message, "pointer": fault.pointer });
    json!({ "id": id, "error": error }).to_string()
}

fn answer(case: &Value) -> Answered<Map<String, Value>> {
    let top = Object::new(case, "")?;
    top.text("id")?;
    let op = top.text("op")?;
    let allowed: &[&str] = match op {
        "decide" => &["request", "policies"],
        "reach" => &[
            "kind",
            "policy",
            "resource",
            "account",
            "organization",
            "block_public_access",
            "acl",
            "access_points",
            "rcp",
            "trusted_accounts",
            "with_replay",
        ],
        "status" => &["policy", "account"],
        "condition" => &["condition", "context"],
        "compare" => &["new", "old", "kind"],
        "grants" => &["kind", "policies", "boundary", "scp", "account", "roles"],
        "lint" => &["kind", "policy", "raw"],
        other => return fault("unknown_op", "/op", format!("`{other}` is not an operation")),
    };
    top.only(&[&["id", "op"], allowed].concat())?;
    match op {
        "decide" => answer_decide(&top),
        "reach" => answer_reach(&top),
        "status" => answer_status(&top),
        "compare" => answer_compare(&top),
        "grants" => answer_grants(&top),
        "lint" => answer_lint(&top),
        _ => answer_condition(&top),
    }
}

fn fields(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn answer_decide(top: &Object<'_>) -> Answered<Map<String, Value>> {
    let (layers, request) = layers_and_request(top)?;
    Ok(fields(answers::decided(&decide(&layers, &request))))
}

fn layers_and_request(top: &Object<'_>) -> Answered<(Layers, Request)> {
    let request = request(&top.object("request")?)?;
    let Some(policies) = top.optional("policies") else {
        return Ok((Layers { identity: Some(Vec::new()), ..Layers::default() }, request));
    };
    let mut layers = read_layers(&Object::new(policies, "/policies")?)?;
    // A case may name its access point only by the key that the call carries.
    let named = policies.get("access_point").and_then(|point| point.get("arn")).is_some();
    let carried = crate::principal::given(&request.context, "s3:dataaccesspointarn").cloned();
    if let (Some(point), false, Some(arn)) = (layers.access_point.as_mut(), named, crate::condition::single(carried)) {
        point.arn = arn;
    }
    Ok((layers, request))
}

/// What a `decide` case is about.
#[cfg(test)]
pub(crate) fn judged(case: &Value) -> (Layers, Request) {
    Object::new(case, "").and_then(|top| layers_and_request(&top)).unwrap()
}

fn answer_status(top: &Object<'_>) -> Answered<Map<String, Value>> {
    let document = match document(top.required("policy")?, "/policy")? {
        Reading::Read(document) => document,
        Reading::Unreadable => return fault("unreadable", "/policy", "a policy that was not readable has no status"),
    };
    let status = s3_policy_status(&document);
    let word = if status.public { "public" } else { "not_public" };
    Ok(fields(json!({ "s3_policy_status": word, "because": answers::because(&status.because) })))
}

/// Lines and columns are those of `raw`; what a `policy` looked like before it came here, nobody knows.
fn answer_lint(top: &Object<'_>) -> Answered<Map<String, Value>> {
    let kind = plain(top.required("kind")?, "/kind")?;
    let (source, raw) = match (top.map.get("policy"), top.map.get("raw")) {
        (Some(_), Some(_)) => {
            return fault("invalid_case", "/raw", "either `policy` or `raw` stands in a case, not both");
        }
        (None, None) => return fault("missing_key", "/policy", "`policy` or `raw` is required"),
        (Some(policy), None) if is_unreadable(policy) => {
            return fault("unreadable", "/policy", "a policy that was not readable has no diagnostics");
        }
        (Some(policy), None) => (policy.to_string(), false),
        (None, Some(_)) => (top.text("raw")?.to_owned(), true),
    };
    Ok(fields(answers::linted(&lint_thoroughly(&source, kind), raw)))
}

fn answer_condition(top: &Object<'_>) -> Answered<Map<String, Value>> {
    let context = context(top.optional("context"), "/context")?;
    let operators = Object::new(top.required("condition")?, "/condition")?;
    let lookup = |key: &str| crate::principal::given(&context, key).cloned();
    let mut matches = true;
    for (operator, keys) in operators.map {
        let pointer = format!("/condition/{operator}");
        for (key, values) in Object::new(keys, &pointer)?.map {
            let values = scalars(values, &format!("{pointer}/{key}"))?;
            let condition = Condition::new(operator, key, &values, true, &|_| None);
            matches &= condition.holds_for(lookup(&condition.key).as_ref(), &lookup, false);
        }
    }
    Ok(fields(json!({ "matches": matches })))
}

/// The question of a `reach` case, for every audience.
///
/// # Errors
/// What is wrong with the case, and the pointer to it.
pub fn question(case: &Value) -> Result<Question, String> {
    let read = Object::new(case, "").and_then(|top| whole_question(&top));
    read.map_err(|fault| format!("{} at `{}`", fault.message, fault.pointer))
}

fn whole_question(top: &Object<'_>) -> Answered<Question> {
    let target = Arc::new(read_target(top)?);
    Ok(Question { target, audiences: Audience::ALL.to_vec(), actions: Vec::new(), given: Vec::new() })
}

fn answer_reach(top: &Object<'_>) -> Answered<Map<String, Value>> {
    let question = whole_question(top)?;
    let with_replay = top.optional("with_replay") == Some(&Value::Bool(true));
    Ok(fields(answers::reached(&question.target, &reach(&question), with_replay)))
}

fn answer_compare(top: &Object<'_>) -> Answered<Map<String, Value>> {
    let side = plain(top.required("kind")?, "/kind")?;
    let sides = |key: &str| -> Answered<Vec<Reading<Arc<Document>>>> {
        match top.required(key)? {
            list @ Value::Array(_) => documents(list, &top.at(key)),
            one => Ok(vec![document(one, &top.at(key))?]),
        }
    };
    Ok(fields(answers::compared(&compare(&sides("new")?, &sides("old")?, side))))
}

fn answer_grants(top: &Object<'_>) -> Answered<Map<String, Value>> {
    match top.text("kind")? {
        "identity" => {}
        other => return fault("invalid_case", "/kind", format!("`{other}` is not a kind; `identity` is")),
    }
    let account = top.optional("account").map(|_| top.text("account")).transpose()?.unwrap_or(OWN_ACCOUNT);
    let limits = |key: &str| top.optional(key).map(|list| documents(list, &top.at(key))).transpose();
    let scp = top.optional("scp").map(|value| levels(value, "/scp")).transpose()?;
    let grantee = Grantee {
        account: Some(account.to_owned()),
        layers: Layers {
            identity: Some(documents(top.required("policies")?, "/policies")?),
            boundary: limits("boundary")?,
            scp: scp.clone(),
            ..Layers::default()
        },
        ..Grantee::default()
    };
    let roles = top.optional("roles").map(|roles| read_roles(&Object::new(roles, "/roles")?, account, scp.as_deref()));
    let roles = roles.transpose()?;
    let escalations = escalations(&grantee, roles.as_deref());
    Ok(fields(answers::granted(&admin_equivalent(&grantee), &escalations)))
}

/// The roles of a case; a name that is no ARN is that of a role of the account.
fn read_roles(
    roles: &Object<'_>,
    account: &str,
    scp: Option<&[Vec<Reading<Arc<Document>>>]>,
) -> Answered<Vec<RoleRights>> {
    let read = roles.map.iter().map(|(name, facts)| {
        let facts = Object::new(facts, &roles.at(name))?;
        facts.only(&["trust", "policies", "boundary"])?;
        let list = |key: &str| facts.optional(key).map(|list| documents(list, &facts.at(key))).transpose();
        let arn = if name.starts_with("arn:") { name.clone() } else { format!("arn:aws:iam::{account}:role/{name}") };
        Ok(RoleRights {
            arn,
            trust: document(facts.required("trust")?, &facts.at("trust"))?,
            layers: Layers {
                identity: Some(list("policies")?.unwrap_or_default()),
                boundary: list("boundary")?,
                scp: scp.map(<[_]>::to_vec),
                ..Layers::default()
            },
        })
    });
    read.collect()
}

/// An object of a case with the pointer to it.
struct Object<'a> {
    map: &'a Map<String, Value>,
    pointer: String,
}

impl<'a> Object<'a> {
    fn new(value: &'a Value, pointer: &str) -> Answered<Self> {
        match value {
            Value::Object(map) => Ok(Self { map, pointer: pointer.to_owned() }),
            _ => fault("invalid_case", pointer, "an object is expected here"),
        }
    }

    fn at(&self, key: &str) -> String {
        format!("{}/{key}", self.pointer)
    }

    /// Absent and `null` are the same for what need not be there.
    fn optional(&self, key: &str) -> Option<&'a Value> {
        self.map.get(key).filter(|value| !value.is_null())
    }

    fn required(&self, key: &str) -> Answered<&'a Value> {
        match self.map.get(key) {
            Some(value) => Ok(value),
            None => fault("missing_key", self.at(key), format!("`{key}` is required")),
        }
    }

    fn object(&self, key: &str) -> Answered<Self> {
        Self::new(self.required(key)?, &self.at(key))
    }

    fn text(&self, key: &str) -> Answered<&'a str> {
        match self.required(key)? {
            Value::String(text) => Ok(text),
            _ => fault("invalid_case", self.at(key), format!("`{key}` must be a string")),
        }
    }

    fn only(&self, known: &[&str]) -> Answered<()> {
        match self.map.keys().find(|key| !known.contains(&key.as_str())) {
            Some(key) => fault("unknown_key", self.at(key), format!("`{key}` is not a key of this operation")),
            None => Ok(()),
        }
    }
}

fn list<'a>(value: &'a Value, pointer: &str) -> Answered<&'a [Value]> {
    match value {
        Value::Array(items) => Ok(items),
        _ => fault("invalid_case", pointer, "a list is expected here"),
    }
}

fn is_unreadable(value: &Value) -> bool {
    value.as_str() == Some("unreadable")
}

fn document(value: &Value, pointer: &str) -> Answered<Reading<Arc<Document>>> {
    if is_unreadable(value) {
        return Ok(Reading::Unreadable);
    }
    match Document::parse(&value.to_string()) {
        Ok(document) => Ok(Reading::Read(Arc::new(document))),
        Err(error) => fault("invalid_policy", format!("{pointer}{}", error.place.pointer), error.message),
    }
}

fn documents(value: &Value, pointer: &str) -> Answered<Vec<Reading<Arc<Document>>>> {
    if is_unreadable(value) {
        return Ok(vec![Reading::Unreadable]);
    }
    list(value, pointer)?
        .iter()
        .enumerate()
        .map(|(index, item)| document(item, &format!("{pointer}/{index}")))
        .collect()
}

fn levels(value: &Value, pointer: &str) -> Answered<Vec<Vec<Reading<Arc<Document>>>>> {
    if is_unreadable(value) {
        return Ok(vec![vec![Reading::Unreadable]]);
    }
    list(value, pointer)?
        .iter()
        .enumerate()
        .map(|(index, item)| documents(item, &format!("{pointer}/{index}")))
        .collect()
}

/// A part whose shape serde reads; `unreadable` apart.
fn reading<T: DeserializeOwned>(value: &Value, pointer: &str) -> Answered<Reading<T>> {
    if is_unreadable(value) {
        return Ok(Reading::Unreadable);
    }
    plain(value, pointer).map(Reading::Read)
}

fn plain<T: DeserializeOwned>(value: &Value, pointer: &str) -> Answered<T> {
    T::deserialize(value).or_else(|error| fault("invalid_case", pointer, error.to_string()))
}

/// An ACL; where half of it was not readable, it was not.
fn acl(value: &Value, pointer: &str) -> Answered<Reading<Acl>> {
    let hidden = |part: &str| value.get(part).is_some_and(is_unreadable);
    if hidden("ownership") || hidden("grants") { Ok(Reading::Unreadable) } else { reading(value, pointer) }
}

fn block(value: Option<&Value>, pointer: &str) -> Answered<Reading<BlockSettings>> {
    value.map_or(Ok(Reading::Read(BlockSettings::default())), |value| reading(value, pointer))
}

fn block_public_access(value: Option<&Value>, pointer: &str) -> Answered<BlockPublicAccess> {
    let Some(value) = value else { return Ok(BlockPublicAccess::default()) };
    if is_unreadable(value) {
        return Ok(BlockPublicAccess { account: Reading::Unreadable, bucket: Reading::Unreadable });
    }
    let settings = Object::new(value, pointer)?;
    settings.only(&["account", "bucket"])?;
    Ok(BlockPublicAccess {
        account: block(settings.optional("account"), &settings.at("account"))?,
        bucket: block(settings.optional("bucket"), &settings.at("bucket"))?,
    })
}

fn access_point(value: &Value, pointer: &str) -> Answered<AccessPoint> {
    if is_unreadable(value) {
        return Ok(AccessPoint {
            arn: "arn:aws:s3:us-east-1:000000000000:accesspoint/unread".to_owned(),
            account: "000000000000".to_owned(),
            policy: Reading::Unreadable,
            block_public_access: Reading::Unreadable,
            vpc: None,
        });
    }
    let point = Object::new(value, pointer)?;
    point.only(&["arn", "account", "policy", "block_public_access", "vpc"])?;
    let policy = match point.optional("policy") {
        None => Reading::Read(None),
        Some(policy) => match document(policy, &point.at("policy"))? {
            Reading::Read(document) => Reading::Read(Some(document)),
            Reading::Unreadable => Reading::Unreadable,
        },
    };
    let account = point.text("account")?.to_owned();
    let arn = match point.optional("arn") {
        Some(_) => point.text("arn")?.to_owned(),
        None => format!("arn:aws:s3:us-east-1:{account}:accesspoint/example"),
    };
    Ok(AccessPoint {
        arn,
        account,
        policy,
        block_public_access: block(point.optional("block_public_access"), &point.at("block_public_access"))?,
        vpc: point.optional("vpc").map(|vpc| plain(vpc, &point.at("vpc"))).transpose()?,
    })
}

fn read_layers(policies: &Object<'_>) -> Answered<Layers> {
    policies.only(&[
        "identity",
        "boundary",
        "session",
        "resource",
        "access_point",
        "scp",
        "rcp",
        "endpoint",
        "block_public_access",
        "acl",
    ])?;
    let stack = |key: &str| policies.optional(key).map(|value| documents(value, &policies.at(key))).transpose();
    let tower = |key: &str| policies.optional(key).map(|value| levels(value, &policies.at(key))).transpose();
    let identity = match policies.optional("identity") {
        Some(Value::String(word)) if word == "allow_all" => None,
        Some(value) => Some(documents(value, &policies.at("identity"))?),
        None => Some(Vec::new()),
    };
    Ok(Layers {
        identity,
        boundary: stack("boundary")?,
        session: stack("session")?,
        resource: policies.optional("resource").map(|value| document(value, &policies.at("resource"))).transpose()?,
        access_point: policies
            .optional("access_point")
            .map(|value| access_point(value, &policies.at("access_point")))
            .transpose()?,
        scp: tower("scp")?,
        rcp: tower("rcp")?,
        endpoint: stack("endpoint")?,
        block_public_access: block_public_access(
            policies.optional("block_public_access"),
            &policies.at("block_public_access"),
        )?,
        acl: policies.optional("acl").map(|value| acl(value, &policies.at("acl"))).transpose()?,
    })
}

fn read_target(top: &Object<'_>) -> Answered<Target> {
    let kind: ResourceKind = plain(top.required("kind")?, "/kind")?;
    let policy = match top.required("policy")? {
        Value::Null => Reading::Read(None),
        value => match document(value, "/policy")? {
            Reading::Read(document) => Reading::Read(Some(document)),
            Reading::Unreadable => Reading::Unreadable,
        },
    };
    let organization = match top.optional("organization") {
        None => Organization { accounts_complete: true, ..Organization::default() },
        Some(value) if is_unreadable(value) => Organization::default(),
        Some(value) => {
            let known = Object::new(value, "/organization")?;
            known.only(&["id", "accounts", "accounts_complete"])?;
            Organization {
                id: known.optional("id").map(|id| plain(id, "/organization/id")).transpose()?,
                accounts: known
                    .optional("accounts")
                    .map(|accounts| plain::<BTreeSet<String>>(accounts, "/organization/accounts"))
                    .transpose()?
                    .unwrap_or_default(),
                accounts_complete: known
                    .optional("accounts_complete")
                    .map_or(Ok(true), |whole| plain(whole, "/organization/accounts_complete"))?,
            }
        }
    };
    let acl = match top.optional("acl") {
        None => Reading::Read(None),
        Some(value) => match acl(value, "/acl")? {
            Reading::Read(acl) => Reading::Read(Some(acl)),
            Reading::Unreadable => Reading::Unreadable,
        },
    };
    let access_points = match top.optional("access_points") {
        None => Vec::new(),
        Some(value) if is_unreadable(value) => vec![access_point(value, "/access_points")?],
        Some(value) => list(value, "/access_points")?
            .iter()
            .enumerate()
            .map(|(index, item)| access_point(item, &format!("/access_points/{index}")))
            .collect::<Answered<Vec<_>>>()?,
    };
    let rcp = match top.optional("rcp") {
        None => Reading::Read(Vec::new()),
        Some(value) => read_guardrails(levels(value, "/rcp")?),
    };
    Ok(Target {
        kind,
        arn: top.optional("resource").map(|arn| plain(arn, "/resource")).transpose()?,
        account: top.text("account")?.to_owned(),
        policy,
        organization: Arc::new(organization),
        block_public_access: block_public_access(top.optional("block_public_access"), "/block_public_access")?,
        acl,
        access_points,
        rcp,
        trusted_accounts: top
            .optional("trusted_accounts")
            .map(|accounts| plain(accounts, "/trusted_accounts"))
            .transpose()?
            .unwrap_or_default(),
    })
}

/// Guardrails are read as a whole or not at all.
fn read_guardrails(levels: Vec<Vec<Reading<Arc<Document>>>>) -> Reading<Vec<Vec<Arc<Document>>>> {
    let read = levels.into_iter().map(|level| {
        let known = level.into_iter().map(|reading| match reading {
            Reading::Read(document) => Some(document),
            Reading::Unreadable => None,
        });
        known.collect::<Option<Vec<_>>>()
    });
    read.collect::<Option<Vec<_>>>().map_or(Reading::Unreadable, Reading::Read)
}

fn request(object: &Object<'_>) -> Answered<Request> {
    object.only(&["principal", "action", "resource", "resource_account", "context"])?;
    Ok(Request {
        principal: plain(object.required("principal")?, &object.at("principal"))?,
        action: object.text("action")?.to_owned(),
        resource: object.text("resource")?.to_owned(),
        resource_account: object
            .optional("resource_account")
            .map(|account| plain(account, &object.at("resource_account")))
            .transpose()?,
        context: context(object.optional("context"), &object.at("context"))?,
    })
}

/// Context values may be strings, numbers, booleans or lists of them.
fn context(value: Option<&Value>, pointer: &str) -> Answered<Context> {
    let Some(value) = value else { return Ok(Context::default()) };
    let mut found = Context::default();
    for (key, value) in Object::new(value, pointer)?.map {
        let at = format!("{pointer}/{key}");
        let value = match value {
            Value::Array(_) => crate::ContextValue::Many(scalars(value, &at)?),
            Value::Null => continue,
            _ => crate::ContextValue::One(scalars(value, &at)?.pop().unwrap_or_default()),
        };
        found.0.insert(key.clone(), value);
    }
    Ok(found)
}

fn scalars(value: &Value, pointer: &str) -> Answered<Vec<String>> {
    let one = |value: &Value| match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(flag) => Ok(flag.to_string()),
        _ => fault("invalid_case", pointer, "a string, a number or a boolean is expected here"),
    };
    match value {
        Value::Array(items) => items.iter().map(one).collect(),
        other => Ok(vec![one(other)?]),
    }
}
