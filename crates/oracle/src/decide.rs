//! One request against all layers: A1–A14, F6–F9.

use serde_json::Value;

use crate::public::is_public;
use crate::request::{Held, Kind, Request};
use crate::statement::{Named, denies, fits, statements, takes_in};

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It passes.
    Allow,
    /// A Deny stops it.
    ExplicitDeny,
    /// Nothing allows it.
    ImplicitDeny,
    /// It depends on what was not readable.
    Unknown,
}

impl Verdict {
    /// The word of the contract.
    pub fn word(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::ExplicitDeny => "explicit_deny",
            Self::ImplicitDeny => "implicit_deny",
            Self::Unknown => "unknown",
        }
    }
}

/// How to read what was not readable: as open as it can be, or as tight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    Open,
    Tight,
}

/// Decides one `decide` case of the contract.
pub fn decide(case: &Value) -> Verdict {
    let none = Value::Null;
    let policies = case.get("policies").unwrap_or(&none);
    let mut request = Request::new(case.get("request").unwrap_or(&none));
    request.go_through(policies.get("access_point").unwrap_or(&none));
    judge(policies, &request)
}

/// Decides a request under both readings.
pub(crate) fn judge(policies: &Value, request: &Request) -> Verdict {
    let open = Layers { policies, request, reading: Reading::Open }.verdict();
    // What is closed when read openly is closed.
    if open != Verdict::Allow {
        return open;
    }
    match (Layers { policies, request, reading: Reading::Tight }).verdict() {
        Verdict::Allow => Verdict::Allow,
        _ => Verdict::Unknown,
    }
}

/// What documents without a principal say.
#[derive(Debug, Clone, Copy, Default)]
struct Says {
    allow: bool,
    deny: bool,
}

/// What a resource-based policy says to a caller.
#[derive(Debug, Clone, Copy, Default)]
struct Grants {
    deny: bool,
    account: bool,
    role: bool,
    directly: bool,
}

struct Layers<'a> {
    policies: &'a Value,
    request: &'a Request,
    reading: Reading,
}

impl Layers<'_> {
    fn layer(&self, name: &str) -> Option<&Value> {
        self.policies.get(name).filter(|layer| !layer.is_null())
    }

    /// A document without principals; an unreadable one allows all or denies all.
    fn document(&self, document: &Value) -> Says {
        if document.is_string() {
            return Says { allow: self.reading == Reading::Open, deny: self.reading == Reading::Tight };
        }
        let mut says = Says::default();
        for statement in statements(document) {
            if fits(document, statement, self.request, &self.request.resource) {
                says.deny |= denies(statement);
                says.allow |= !denies(statement);
            }
        }
        says
    }

    /// Several documents of one kind are one (A14).
    fn documents(&self, layer: &Value) -> Says {
        let each = match layer {
            Value::Array(documents) => documents.iter().map(|document| self.document(document)).collect(),
            one => vec![self.document(one)],
        };
        Says { allow: each.iter().any(|one| one.allow), deny: each.iter().any(|one| one.deny) }
    }

    /// A layer that limits; one that is not there allows.
    fn limit(&self, name: &str, applies: bool) -> Says {
        match self.layer(name).filter(|_| applies) {
            Some(layer) => self.documents(layer),
            None => Says { allow: true, deny: false },
        }
    }

    /// Users, roles and their sessions have policies of their own; root has none and may do all (A1).
    fn identity(&self) -> Says {
        let request = self.request;
        match self.layer("identity") {
            _ if request.caller.kind == Kind::Root => Says { allow: true, deny: false },
            _ if !request.caller.has_account() => Says::default(),
            Some(Value::String(word)) if word == "allow_all" => Says { allow: true, deny: false },
            Some(layer) => {
                let says = self.documents(layer);
                // Such a session has no rights but those that its session policy repeats (A6).
                let bare = request.caller.kind == Kind::FederatedUser && self.layer("session").is_none();
                Says { allow: says.allow && !bare, deny: says.deny }
            }
            None => Says::default(),
        }
    }

    fn is_capped(&self) -> bool {
        matches!(self.request.caller.kind, Kind::User | Kind::Role | Kind::Session | Kind::FederatedUser)
    }

    fn has_boundary(&self) -> bool {
        match self.layer("boundary") {
            None => false,
            Some(Value::String(_)) => self.is_capped() && self.reading == Reading::Tight,
            Some(_) => self.is_capped(),
        }
    }

    /// Every level must allow and none may deny (A4).
    fn scp(&self) -> Says {
        let caller = &self.request.caller;
        let Some(levels) = self.layer("scp").filter(|_| caller.has_account() && !caller.is_service_linked()) else {
            return Says { allow: true, deny: false };
        };
        let each: Vec<Says> = match levels {
            Value::Array(levels) => levels.iter().map(|level| self.documents(level)).collect(),
            unreadable => vec![self.document(unreadable)],
        };
        Says { allow: each.iter().all(|level| level.allow), deny: each.iter().any(|level| level.deny) }
    }

    /// Only denies count: the full-access policy is attached at every level (A3).
    fn rcp_denies(&self) -> bool {
        let action = self.request.action.to_lowercase();
        let (service, _) = action.split_once(':').unwrap_or((&action, ""));
        let capable = matches!(service, "s3" | "sqs" | "sts" | "kms" | "secretsmanager");
        if !capable || action == "kms:retiregrant" || self.request.caller.is_service_linked() {
            return false;
        }
        let denies = |document: &Value| self.policy(document, &self.request.resource).deny;
        match self.layer("rcp") {
            None => false,
            Some(Value::Array(levels)) => levels.iter().any(|level| match level {
                Value::Array(documents) => documents.iter().any(denies),
                unreadable => denies(unreadable),
            }),
            Some(unreadable) => denies(unreadable),
        }
    }

    /// A document with principals; an unreadable one takes in everybody or denies everybody.
    fn policy(&self, document: &Value, resource: &str) -> Grants {
        if document.is_string() {
            return Grants {
                deny: self.reading == Reading::Tight,
                directly: self.reading == Reading::Open,
                ..Grants::default()
            };
        }
        let mut grants = Grants::default();
        for statement in statements(document) {
            let named = takes_in(statement, &self.request.caller, self.has_boundary());
            if named.is_empty() || !fits(document, statement, self.request, resource) {
                continue;
            }
            if denies(statement) {
                grants.deny = true;
            } else {
                grants.account |= named.contains(&Named::Account);
                grants.role |= named.contains(&Named::Role);
                grants.directly |= named.contains(&Named::Directly);
            }
        }
        grants
    }

    /// Another filter, whose statements may name principals (A12).
    fn endpoint(&self) -> Says {
        let Some(layer) = self.layer("endpoint") else { return Says { allow: true, deny: false } };
        let mut says = Says::default();
        for document in layer.as_array().map_or(std::slice::from_ref(layer), Vec::as_slice) {
            let grants = self.policy(document, &self.request.resource);
            says.deny |= grants.deny;
            says.allow |= grants.account || grants.role || grants.directly;
        }
        says
    }

    fn resource(&self) -> Grants {
        self.layer("resource").map_or_else(Grants::default, |document| self.policy(document, &self.request.resource))
    }

    /// The policy of the access point speaks of the access point and its objects.
    fn access_point(&self) -> Option<(Grants, &str)> {
        let point = self.layer("access_point")?;
        let owner = point.get("account").and_then(Value::as_str).unwrap_or(&self.request.owner);
        let key = crate::request::resource_part(&self.request.resource).split_once('/').map(|(_, key)| key);
        let arn =
            point.get("arn").and_then(Value::as_str).or(match self.request.context.get("s3:dataaccesspointarn") {
                Some(Held::One(arn)) => Some(arn),
                _ => None,
            });
        let resource = match (arn, key) {
            (Some(arn), Some(key)) => format!("{arn}/object/{key}"),
            (Some(arn), None) => arn.to_owned(),
            (None, _) => String::new(),
        };
        let policy = point.get("policy").filter(|policy| !policy.is_null());
        Some((policy.map_or_else(Grants::default, |document| self.policy(document, &resource)), owner))
    }

    /// Whether a switch of Block Public Access is on anywhere on the way (F6, F9).
    fn blocks(&self, switch: &str) -> bool {
        let at = |place: Option<&Value>| match place {
            Some(Value::String(_)) => self.reading == Reading::Tight,
            Some(settings) => match settings.get(switch) {
                Some(Value::String(_)) => self.reading == Reading::Tight,
                Some(value) => value.as_bool() == Some(true),
                None => false,
            },
            None => false,
        };
        let block = self.layer("block_public_access");
        let around = match block {
            Some(Value::String(_)) => at(block),
            _ => ["account", "bucket"].iter().any(|level| at(block.and_then(|block| block.get(level)))),
        };
        around || at(self.layer("access_point").and_then(|point| point.get("block_public_access")))
    }

    /// A public policy that is restricted: strangers stay out, whatever else speaks for them (A13, F4).
    ///
    /// Inside is the account of what has the policy; for a bucket also that of the access point (F9).
    fn is_restricted(&self) -> bool {
        let caller = &self.request.caller;
        let point = self.layer("access_point");
        let public = |document: Option<&Value>, of_access_point: bool| {
            document.is_some_and(|document| document.is_object() && is_public(document, of_access_point))
        };
        // An access point of a VPC is never public (F5).
        let of_vpc = point.and_then(|point| point.get("vpc")).is_some_and(Value::is_string);
        let account = caller.account.as_deref();
        let owns_point =
            account.is_some() && account == point.and_then(|point| point.get("account")).and_then(Value::as_str);
        let by_bucket = !self.request.at_home() && !owns_point && public(self.layer("resource"), false);
        let by_point = !owns_point && !of_vpc && public(point.and_then(|point| point.get("policy")), true);
        caller.kind != Kind::Service && self.blocks("restrict_public_buckets") && (by_bucket || by_point)
    }

    /// The grants of a bucket's list (F6, F8); the rights of a service stand in policies only (A11).
    fn acl_allows(&self) -> bool {
        let Some(acl) = self.layer("acl") else { return false };
        // Half an ACL is none that was read: it may grant anything to the public groups.
        let parts = [Some(acl), acl.get("ownership"), acl.get("grants")];
        if parts.into_iter().flatten().any(|part| part.as_str() == Some("unreadable")) {
            return self.reading == Reading::Open && !self.blocks("ignore_public_acls");
        }
        if acl.get("ownership").and_then(Value::as_str) == Some("BucketOwnerEnforced")
            || self.request.caller.kind == Kind::Service
        {
            return false;
        }
        let action = self.request.action.to_lowercase();
        let needed = match action.as_str() {
            "s3:listbucket" | "s3:listbucketversions" | "s3:listbucketmultipartuploads" => "READ",
            "s3:putobject" | "s3:deleteobject" | "s3:deleteobjectversion" => "WRITE",
            "s3:getbucketacl" => "READ_ACP",
            "s3:putbucketacl" => "WRITE_ACP",
            _ => return false,
        };
        acl.get("grants").and_then(Value::as_array).into_iter().flatten().any(|grant| {
            let text = |key: &str| grant.get(key).and_then(Value::as_str).unwrap_or("");
            let grantee = match text("grantee") {
                "AllUsers" => true,
                "AuthenticatedUsers" => self.request.caller.has_account(),
                _ => false,
            };
            grantee && (text("permission") == "FULL_CONTROL" || text("permission") == needed)
        }) && !self.blocks("ignore_public_acls")
    }

    fn verdict(&self) -> Verdict {
        let (request, caller) = (self.request, &self.request.caller);
        let action = request.action.to_lowercase();
        if action == "sts:getcalleridentity" {
            return Verdict::Allow;
        }
        let identity = self.identity();
        let boundary = self.limit("boundary", self.is_capped());
        let session = self.limit("session", self.is_capped() && caller.kind != Kind::User);
        let scp = self.scp();
        let endpoint = self.endpoint();
        let bucket = self.resource();
        let point = self.access_point();

        // Only the endpoint and the organisation stop the owner's root at the bucket policy itself (A1).
        let rescue = caller.kind == Kind::Root
            && request.at_home()
            && matches!(action.as_str(), "s3:getbucketpolicy" | "s3:putbucketpolicy" | "s3:deletebucketpolicy");
        let resource_denies = bucket.deny || point.is_some_and(|(grants, _)| grants.deny);
        if scp.deny || endpoint.deny || self.rcp_denies() || resource_denies && !rescue {
            return Verdict::ExplicitDeny;
        }
        if identity.deny || boundary.deny || session.deny {
            return Verdict::ExplicitDeny;
        }
        if !scp.allow || !endpoint.allow {
            return Verdict::ImplicitDeny;
        }
        if rescue {
            return Verdict::Allow;
        }
        // The token of GetFederationToken is good for no other call of STS than the one above.
        if caller.kind == Kind::FederatedUser && action.starts_with("sts:") {
            return Verdict::ImplicitDeny;
        }
        // Through an access point of a VPC come only calls out of it.
        let bound = self.layer("access_point").and_then(|point| point.get("vpc")).and_then(Value::as_str);
        let from = request.context.get("aws:sourcevpc");
        if bound.is_some_and(|vpc| from != Some(&Held::One(vpc.to_owned()))) {
            return Verdict::ImplicitDeny;
        }
        if request.is_s3() && self.is_restricted() {
            return Verdict::ImplicitDeny;
        }

        let capped = boundary.allow && session.allow;
        let own_side = identity.allow && capped;
        // One side of the resource: its policy, and the caller's own policies where the caller is at home there (A7–A10).
        let side = |grants: Grants, owner: &str| {
            let any = grants.account || grants.role || grants.directly;
            if caller.account.as_deref() != Some(owner) {
                return any && (!caller.has_account() || own_side);
            }
            grants.directly
                || grants.role && capped
                || grants.account && own_side
                || own_side && !request.needs_resource_grant()
        };
        let acl = request.is_s3() && self.acl_allows();
        let bucket = Grants { directly: bucket.directly || acl, ..bucket };
        let passes = side(bucket, &request.owner) && point.is_none_or(|(grants, owner)| side(grants, owner));
        if passes { Verdict::Allow } else { Verdict::ImplicitDeny }
    }
}
