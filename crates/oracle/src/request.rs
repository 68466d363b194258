//! Who asks for what, and the keys that follow from it.

use std::collections::BTreeMap;

use serde_json::Value;

/// What a key holds: one value, or a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Held {
    One(String),
    Many(Vec<String>),
}

/// Keys in lower case (C2).
pub(crate) type Context = BTreeMap<String, Held>;

/// The kinds of callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Anonymous,
    Service,
    Provider,
    Root,
    User,
    /// A role whose session has no known name.
    Role,
    Session,
    FederatedUser,
}

/// A caller: its ARN, service name or provider in `name`.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) kind: Kind,
    pub(crate) name: String,
    pub(crate) account: Option<String>,
}

/// The last part of a path.
pub(crate) fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The text after the fifth colon.
pub(crate) fn resource_part(arn: &str) -> &str {
    arn.splitn(6, ':').nth(5).unwrap_or("")
}

/// The account in an ARN.
pub(crate) fn account_part(arn: &str) -> &str {
    arn.split(':').nth(4).unwrap_or("")
}

impl Caller {
    fn new(principal: &Value) -> Self {
        let text = |key: &str| principal.get(key).and_then(Value::as_str).unwrap_or("").to_owned();
        if let Some(arn) = principal.as_str() {
            let part = resource_part(arn);
            let kind = match part.split('/').next() {
                Some("user") => Kind::User,
                Some("role") => Kind::Role,
                Some("assumed-role") => Kind::Session,
                Some("federated-user") => Kind::FederatedUser,
                _ => Kind::Root,
            };
            return Self { kind, name: arn.to_owned(), account: Some(account_part(arn).to_owned()) };
        }
        match text("type").as_str() {
            "service" => Self { kind: Kind::Service, name: text("name"), account: None },
            "federated" => Self { kind: Kind::Provider, name: text("provider"), account: None },
            _ => Self { kind: Kind::Anonymous, name: String::new(), account: None },
        }
    }

    /// A user, role, session, federated user or root: someone with an account.
    pub(crate) fn has_account(&self) -> bool {
        self.account.is_some()
    }

    /// The name of the role behind a role or a session.
    pub(crate) fn role_name(&self) -> Option<&str> {
        match self.kind {
            Kind::Role => Some(last(resource_part(&self.name))),
            Kind::Session => resource_part(&self.name).split('/').nth(1),
            _ => None,
        }
    }

    /// Roles that AWS services own in an account: neither SCP nor RCP binds them (A3, A4).
    pub(crate) fn is_service_linked(&self) -> bool {
        self.kind == Kind::Role && resource_part(&self.name).starts_with("role/aws-service-role/")
            || self.kind == Kind::Session && self.role_name().is_some_and(|name| name.starts_with("AWSServiceRoleFor"))
    }

    /// The ARN that `aws:PrincipalArn` holds: the role's for a session (E2).
    fn principal_arn(&self) -> String {
        let role = format!("role/{}", self.role_name().unwrap_or(""));
        match self.kind {
            Kind::Session => self
                .name
                .replacen(":sts:", ":iam:", 1)
                .strip_suffix(resource_part(&self.name))
                .map_or_else(String::new, |front| format!("{front}{role}")),
            _ => self.name.clone(),
        }
    }
}

/// One request with its whole context.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) caller: Caller,
    pub(crate) action: String,
    pub(crate) resource: String,
    /// The account that owns the resource.
    pub(crate) owner: String,
    pub(crate) context: Context,
}

impl Request {
    /// Reads the `request` of a case and fills in what follows from caller and resource (E1–E3).
    pub(crate) fn new(request: &Value) -> Self {
        let text = |key: &str| request.get(key).and_then(Value::as_str).unwrap_or("").to_owned();
        let caller = Caller::new(request.get("principal").unwrap_or(&Value::Null));
        let resource = text("resource");
        let owner = [text("resource_account"), account_part(&resource).to_owned()]
            .into_iter()
            .find(|account| !account.is_empty())
            .or_else(|| caller.account.clone())
            .unwrap_or_default();
        let mut context = followed(&caller, &owner);
        for (key, value) in request.get("context").and_then(Value::as_object).into_iter().flatten() {
            let held = match value.as_array() {
                Some(values) => Held::Many(values.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
                None => Held::One(value.as_str().unwrap_or("").to_owned()),
            };
            context.insert(key.to_lowercase(), held);
        }
        Self { caller, action: text("action"), resource, owner, context }
    }

    /// A call through an access point carries its name and its account.
    pub(crate) fn go_through(&mut self, point: &Value) {
        for (key, part) in [("s3:dataaccesspointarn", "arn"), ("s3:dataaccesspointaccount", "account")] {
            if let Some(text) = point.get(part).and_then(Value::as_str) {
                self.context.entry(key.to_owned()).or_insert_with(|| Held::One(text.to_owned()));
            }
        }
    }

    pub(crate) fn is_s3(&self) -> bool {
        self.action.to_lowercase().starts_with("s3:")
    }

    /// Whether the caller belongs to the account that owns the resource.
    pub(crate) fn at_home(&self) -> bool {
        self.caller.account.as_deref() == Some(self.owner.as_str())
    }

    /// Role trust and KMS keys: their own policy must allow, whatever the identity may do (A10).
    pub(crate) fn needs_resource_grant(&self) -> bool {
        self.is_trust() || self.action.to_lowercase().starts_with("kms:") && self.resource != "*"
    }

    pub(crate) fn is_trust(&self) -> bool {
        self.action.to_lowercase().starts_with("sts:") && resource_part(&self.resource).starts_with("role/")
    }
}

fn followed(caller: &Caller, owner: &str) -> Context {
    let mut context = Context::new();
    let mut fill = |key: &str, value: &str| {
        context.insert(key.to_lowercase(), Held::One(value.to_owned()));
    };
    if !owner.is_empty() {
        fill("aws:ResourceAccount", owner);
    }
    if let Some(account) = &caller.account {
        fill("aws:PrincipalAccount", account);
        fill("aws:PrincipalArn", &caller.principal_arn());
        fill("aws:PrincipalIsAWSService", "false");
    }
    match caller.kind {
        Kind::Anonymous => {
            fill("aws:PrincipalType", "Anonymous");
            fill("aws:userid", "anonymous");
        }
        Kind::Service => {
            fill("aws:PrincipalIsAWSService", "true");
            fill("aws:PrincipalServiceName", &caller.name);
            context.insert("aws:principalservicenameslist".to_owned(), Held::Many(vec![caller.name.clone()]));
        }
        Kind::Provider => fill("aws:FederatedProvider", &caller.name),
        Kind::Root => fill("aws:PrincipalType", "Account"),
        Kind::User => {
            fill("aws:PrincipalType", "User");
            fill("aws:username", last(resource_part(&caller.name)));
        }
        Kind::Role | Kind::Session => fill("aws:PrincipalType", "AssumedRole"),
        Kind::FederatedUser => {
            fill("aws:PrincipalType", "FederatedUser");
            fill("aws:userid", &format!("{}:{}", account_part(&caller.name), last(resource_part(&caller.name))));
        }
    }
    context
}
