//! Who gets in, by trying every request of a small world.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::decide::{Verdict, judge};
use crate::request::Request;

/// An account that no case names.
const STRANGER: &str = "999999999999";
/// A VPC and an endpoint of a stranger.
const STRANGE_VPC: &str = "vpc-0fedcba9876543210";
const STRANGE_ENDPOINT: &str = "vpce-0fedcba9876543210";

/// What temporary credentials can say of MFA.
#[derive(Clone, Copy)]
enum Mfa {
    Perhaps,
    Never,
}

/// Someone to try, and where it stands to the owner.
struct Who {
    principal: Value,
    account: &'static str,
    /// Whether MFA can stand behind its credentials, or that there was none: `None` for long-lived ones.
    mfa: Option<Mfa>,
    /// Whether it belongs to the organisation of the owner.
    is_member: bool,
    audience: &'static str,
    /// Whether it calls what a trail does, and nothing else.
    writes_only: bool,
}

/// A way into the network of AWS (E4): the internet, or one endpoint.
#[derive(Clone)]
struct Way {
    keys: Vec<(&'static str, &'static str)>,
    /// Whether the case singles it out.
    is_named: bool,
}

/// The audiences from which some request gets in, each with such a request.
pub fn brute_reach(case: &Value) -> BTreeMap<&'static str, Value> {
    let mut found = BTreeMap::new();
    let text = case.to_string();
    let keys = keys(case);
    for point in points(case) {
        let policies = policies(case, point);
        for who in callers(case, &text) {
            for way in ways(&keys, &text, point, &who) {
                let audience = match who.audience {
                    "anyone" | "any_aws_account" if way.is_named => "anyone_in_network",
                    // No stranger comes from there.
                    "federated_stranger" if way.is_named => "federated",
                    other => other,
                };
                for context in contexts(&keys, &who) {
                    if found.contains_key(audience) {
                        break;
                    }
                    if let Some(request) = passes(case, &policies, &who, &way, &context) {
                        found.insert(audience, request);
                    }
                }
            }
        }
    }
    found
}

/// What is called, on what.
fn calls(case: &Value, who: &Who) -> &'static [(&'static str, &'static str)] {
    let is_trust = case.get("kind").and_then(Value::as_str) == Some("role_trust");
    if who.writes_only {
        return &[("s3:PutObject", "arn:aws:s3:::b/k")];
    }
    match (is_trust, who.principal.get("provider").is_some()) {
        (true, true) => &[("sts:AssumeRoleWithWebIdentity", "arn:aws:iam::111111111111:role/T")],
        (true, false) => &[("sts:AssumeRole", "arn:aws:iam::111111111111:role/T")],
        (false, _) => &[
            ("s3:GetObject", "arn:aws:s3:::b/x"),
            ("s3:GetObject", "arn:aws:s3:::b/k"),
            ("s3:GetObject", "arn:aws:s3:::b/home/Alice/x"),
            ("s3:PutObject", "arn:aws:s3:::b/k"),
            ("s3:ListBucket", "arn:aws:s3:::b"),
        ],
    }
}

/// Whether [`brute_reach`] tries a request, or one that differs in what the case does not look at.
pub fn tries(case: &Value, request: &Value) -> bool {
    let text = case.to_string();
    let keys = keys(case);
    let field = |name: &str| request.get(name).unwrap_or(&Value::Null);
    let context: BTreeMap<String, &Value> =
        field("context").as_object().into_iter().flatten().map(|(key, value)| (key.to_lowercase(), value)).collect();
    let point = context.get("s3:dataaccesspointarn").copied();
    let through = points(case).into_iter().filter(|one| one.and_then(|one| one.get("arn")) == point);
    let network = ["aws:sourceip", "aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip"];
    let same = |who: &Who, way: &Way| {
        let by_network = network.iter().filter(|key| keys.contains(**key)).all(|key| {
            let wanted = way.keys.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| *value);
            context.get(*key).and_then(|value| value.as_str()) == wanted
        });
        let others = keys.iter().filter(|key| !network.contains(&key.as_str()));
        by_network
            && others.map(|key| (key, values(key, who))).all(|(key, values)| {
                let value = context.get(key).copied().unwrap_or(&Value::Null);
                if values.is_empty() { value.is_null() } else { values.contains(value) }
            })
    };
    through.into_iter().any(|point| {
        callers(case, &text).iter().any(|who| {
            let called =
                |(action, resource): &(&str, &str)| field("action") == *action && field("resource") == *resource;
            who.principal == *field("principal")
                && calls(case, who).iter().any(called)
                && ways(&keys, &text, point, who).iter().any(|way| same(who, way))
        })
    })
}

/// The first of the small world's calls that gets in with this context.
fn passes(case: &Value, policies: &Value, who: &Who, way: &Way, context: &Map<String, Value>) -> Option<Value> {
    calls(case, who).iter().find_map(|(action, resource)| {
        let mut context = context.clone();
        if *action != "s3:ListBucket" {
            context.remove("s3:prefix");
        }
        for (key, value) in &way.keys {
            context.insert((*key).to_owned(), json!(value));
        }
        let request = json!({ "principal": who.principal, "action": action, "resource": resource,
            "resource_account": "111111111111", "context": context });
        let mut read = Request::new(&request);
        read.go_through(policies.get("access_point").unwrap_or(&Value::Null));
        (judge(policies, &read) == Verdict::Allow).then_some(request)
    })
}

/// The direct way in, and each access point.
fn points(case: &Value) -> Vec<Option<&Value>> {
    let through = case.get("access_points").and_then(Value::as_array).into_iter().flatten().map(Some);
    std::iter::once(None).chain(through).collect()
}

/// The layers of a request from outside: the caller's own side allows everything.
fn policies(case: &Value, point: Option<&Value>) -> Value {
    let mut policies = Map::from_iter([("identity".to_owned(), json!("allow_all"))]);
    for (layer, key) in
        [("resource", "policy"), ("rcp", "rcp"), ("block_public_access", "block_public_access"), ("acl", "acl")]
    {
        if let Some(value) = case.get(key).filter(|value| !value.is_null()) {
            policies.insert(layer.to_owned(), value.clone());
        }
    }
    if let Some(point) = point {
        policies.insert("access_point".to_owned(), point.clone());
    }
    Value::Object(policies)
}

/// The keys that the documents look at, in lower case: those of conditions and those of variables.
fn keys(case: &Value) -> BTreeSet<String> {
    fn conditions(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| conditions(item, found)),
            Value::Object(fields) => {
                for (name, value) in fields {
                    if name == "Condition" {
                        let operators = value.as_object().into_iter().flat_map(|block| block.values());
                        found.extend(
                            operators
                                .filter_map(Value::as_object)
                                .flat_map(|keys| keys.keys())
                                .map(|key| key.to_lowercase()),
                        );
                    }
                    conditions(value, found);
                }
            }
            Value::String(text) => {
                for part in text.split("${").skip(1) {
                    found.extend(part.split(['}', ',']).next().map(str::to_lowercase));
                }
            }
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    conditions(case, &mut found);
    found
}

fn callers(case: &Value, text: &str) -> Vec<Who> {
    let is_trust = case.get("kind").and_then(Value::as_str) == Some("role_trust");
    let in_organization = text.contains("\"accounts\":[\"111111111111\",\"333333333333\"]");
    let is_trusted = case.get("trusted_accounts").is_some();
    let mut callers = Vec::new();
    let mut account = |account: &'static str, audience: &'static str| {
        for (kind, name, mfa) in [
            ("iam", "user/Alice", None),
            ("iam", "user/alice", None),
            ("iam", "role/R", Some(Mfa::Perhaps)),
            ("sts", "assumed-role/R/s", Some(Mfa::Perhaps)),
            ("sts", "federated-user/F", Some(Mfa::Never)),
            ("iam", "root", None),
        ] {
            let principal = json!(format!("arn:aws:{kind}::{account}:{name}"));
            let is_member = in_organization && matches!(account, "111111111111" | "333333333333");
            callers.push(Who { principal, account, mfa, is_member, audience, writes_only: false });
        }
    };
    account("111111111111", "same_account");
    if in_organization {
        account("333333333333", "organization");
    } else if text.contains("333333333333") {
        account("333333333333", "accounts");
    }
    if is_trusted {
        account("444444444444", "organization");
    } else if text.contains("444444444444") {
        account("444444444444", "accounts");
    }
    if text.contains("222222222222") {
        account("222222222222", "accounts");
    }
    account(STRANGER, "any_aws_account");
    let mut other = |principal: Value, audience, writes_only| {
        callers.push(Who { principal, account: "", mfa: None, is_member: false, audience, writes_only });
    };
    if !is_trust {
        other(json!({ "type": "anonymous" }), "anyone", false);
        // A trail writes into any bucket that lets it, named or not (A13); a role is passed to a service by its own
        // account only (E6).
        let principal = json!({ "type": "service", "name": "cloudtrail.amazonaws.com" });
        let is_named = text.contains("\"cloudtrail.amazonaws.com\"");
        other(principal.clone(), "aws_service_of_anyone", !is_named);
        if is_named {
            other(principal, "aws_service", false);
        }
    } else if text.contains("\"token.actions.githubusercontent.com\"") {
        let principal = json!({ "type": "federated", "provider": "token.actions.githubusercontent.com" });
        other(principal, "federated_stranger", false);
    }
    callers
}

/// Ways in that the case can tell apart.
fn ways(keys: &BTreeSet<String>, text: &str, point: Option<&Value>, who: &Who) -> Vec<Way> {
    let of_point = point.and_then(|point| point.get("vpc")).is_some_and(|vpc| !vpc.is_null());
    if who.principal.get("name").is_some() {
        return vec![Way { keys: Vec::new(), is_named: false }];
    }
    let mut ways = Vec::new();
    for address in ["52.94.1.1", "2600:1f18::1", "203.0.113.7", "2001:db8::1"] {
        let blocks: &[&str] = match address {
            "203.0.113.7" => &["203.0.113."],
            "2001:db8::1" => &["2001:db8::"],
            _ => &[],
        };
        let is_named = blocks.iter().any(|block| text.contains(block));
        if blocks.is_empty() || is_named {
            ways.push(Way { keys: vec![("aws:SourceIp", address)], is_named });
        }
    }
    for (endpoint, vpc) in [(STRANGE_ENDPOINT, STRANGE_VPC), ("vpce-1", "vpc-1"), ("vpce-2", "vpc-2")] {
        let is_named = endpoint != STRANGE_ENDPOINT;
        if !is_named || text.contains(endpoint) || of_point && vpc == "vpc-1" {
            ways.push(Way {
                keys: vec![("aws:SourceVpce", endpoint), ("aws:SourceVpc", vpc), ("aws:VpcSourceIp", "10.0.0.1")],
                is_named,
            });
        }
    }
    if !of_point && !keys.contains("aws:sourceip") && !keys.contains("aws:sourcevpce") {
        ways.truncate(1);
    }
    ways
}

/// Every context that this caller can have, as far as the case looks at it (E1–E5).
fn contexts(keys: &BTreeSet<String>, who: &Who) -> Vec<Map<String, Value>> {
    let mut all = vec![Map::new()];
    for key in keys {
        let values = values(key, who);
        if values.is_empty() {
            continue;
        }
        all = all
            .iter()
            .flat_map(|context| {
                values.iter().map(|value| {
                    let mut context = context.clone();
                    if !value.is_null() {
                        context.insert(key.clone(), value.clone());
                    }
                    context
                })
            })
            .collect();
    }
    all
}

/// The values of a key, `null` for none; empty where it follows from the caller.
fn values(key: &str, who: &Who) -> Vec<Value> {
    let signed = !who.account.is_empty();
    let is_service = who.principal.get("name").is_some();
    let home = if who.audience == "aws_service" { "111111111111" } else { STRANGER };
    let values = match key {
        "aws:principaltag/team" if signed => json!([null, "red", "Red", "", "*", "blue", "abc"]),
        "aws:principaltag/none" if signed => json!([null, "k"]),
        "aws:principalorgid" if who.is_member => json!(["o-a"]),
        "aws:principalorgid" if signed && who.audience != "same_account" => json!([null, "o-strangers1"]),
        "aws:sourceaccount" if is_service => json!([home]),
        "aws:sourcearn" if is_service => json!([format!("arn:aws:cloudtrail:us-east-1:{home}:trail/t")]),
        "aws:securetransport" => json!(["true", "false"]),
        "aws:multifactorauthpresent" => match who.mfa {
            Some(Mfa::Perhaps) => json!([null, "true", "false"]),
            Some(Mfa::Never) => json!([null, "false"]),
            None => Value::Null,
        },
        "aws:currenttime" => {
            json!(["2023-12-31T23:59:59Z", "2024-01-01T00:00:00Z", "2024-03-01T00:00:00Z", "2024-06-02T00:00:00Z"])
        }
        "aws:tagkeys" if signed => json!([null, ["a"], ["c"], ["a", "c"], ["cd"]]),
        "s3:prefix" => json!([null, "home/Alice", "home/Bob", "", "z"]),
        _ => Value::Null,
    };
    values.as_array().cloned().unwrap_or_default()
}
