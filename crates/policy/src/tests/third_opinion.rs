//! The engine and the npm package `@cloud-copilot/iam-simulate` decide the same, apart from what is listed here.
//!
//! The package knows no access points, ACLs, identity providers or unread layers, and refuses what AWS would not store or
//! does not send; cases with any of that are not compared.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Map, Value, json};

use super::decision;
use crate::condition::is_set;
use crate::decide::Env;
use crate::{ContextValue, Layers, Request};

/// Seeds that cases are made of.
const SEEDS: std::ops::Range<u64> = 7_000_000..7_012_000;

/// A difference that is known, and why it is none of the engine's making.
struct Difference {
    fact: &'static str,
    reason: &'static str,
    is_met: fn(&Compared) -> bool,
}

const DIFFERENCES: &[Difference] = &[
    Difference {
        fact: "A1",
        reason: "the owner's root user can always read, write and delete the bucket's policy",
        is_met: |case| {
            case.is("s3:GetBucketPolicy")
                && case.caller() == format!("arn:aws:iam::{}:root", case.text("/request/resource_account"))
        },
    },
    Difference {
        fact: "A3",
        reason: "RCPs reach the services that have them only, and no service-linked role; it has them reach all",
        is_met: |case| case.has("rcp") && (case.is("ec2:DescribeInstances") || case.is_service_linked()),
    },
    Difference {
        fact: "A4",
        reason: "SCPs do not reach service-linked roles; it has them reach all",
        is_met: |case| case.has("scp") && case.is_service_linked(),
    },
    Difference {
        fact: "A6",
        reason: "a federated user without a session policy has nothing from identity policies",
        is_met: |case| case.caller().contains(":federated-user/") && !case.has("session"),
    },
    Difference {
        fact: "A8",
        reason: "a direct grant to a session, or to everyone, is not capped by its session policy; it caps it",
        is_met: |case| {
            let direct = |statement: &&Value| {
                let principal = statement["Principal"].to_string();
                let forms = ["\"*\"", ":assumed-role/", ":federated-user/"];
                !statement["NotPrincipal"].is_null() || forms.iter().any(|form| principal.contains(form))
            };
            case.has("session") && case.of_resource("Allow").iter().any(direct)
        },
    },
    Difference {
        fact: "A13",
        reason: "a restricted bucket still lets in AWS services; it lets in principals of the account only",
        is_met: |case| case.has("block_public_access") && case.case["request"]["principal"]["type"] == "service",
    },
    Difference {
        fact: "B1",
        reason: "under version 2008-10-17 `${…}` is text; it is a variable to it in every version",
        is_met: |case| case.texts.iter().any(|text| !text.variables && text.is("${")),
    },
    Difference {
        fact: "B4",
        reason: "a NotResource whose variable has no value excludes nothing; it excludes everything to it",
        is_met: |case| case.texts.iter().any(|text| text.place == "NotResource" && text.lacks_a_value(case)),
    },
    Difference {
        fact: "B8",
        reason: "a Deny with NotPrincipal spares a session or user only where the account is listed as well",
        is_met: |case| case.of_resource("Deny").iter().any(|statement| !statement["NotPrincipal"].is_null()),
    },
    Difference {
        fact: "C3",
        reason: "an empty set counts as missing, an empty text in a set as nothing; it compares the empty text",
        is_met: |case| {
            let empty = |value: &Value| value.as_array().is_some_and(|set| set.iter().all(|value| value == ""));
            case.conditions.iter().any(|one| case.context.get(&one.key).is_some_and(empty))
        },
    },
    Difference {
        fact: "C4",
        reason: "an operator that does not exist matches nothing; behind `ForAllValues` a missing key matches to it",
        is_met: |case| case.conditions.iter().any(|one| one.name() == "StringMatches"),
    },
    Difference {
        fact: "C8",
        reason: "dates may be epoch seconds or days, and what is no date or number is unlike any; it is like none, or unlike",
        is_met: |case| {
            let odd = |one: &Condition| match one.name() {
                name if name.starts_with("Date") => one.all(case).any(|value| !value.ends_with('Z')),
                name if name.starts_with("Numeric") => one.all(case).any(|value| value.parse::<f64>().is_err()),
                _ => false,
            };
            case.conditions.iter().any(odd)
        },
    },
    Difference {
        fact: "C10",
        reason: "`0.0.0.0/0` and `0.0.0.0/1` are networks; to it an address is in them or not by the sign of a 32-bit word",
        is_met: |case| {
            let wide = |one: &Condition| one.values.iter().any(|value| value.ends_with("/0") || value.ends_with("/1"));
            case.conditions.iter().any(|one| one.name().contains("IpAddress") && wide(one))
        },
    },
    Difference {
        fact: "C13",
        reason: "`ForAnyValue:…IfExists` holds where the key is missing; to it it does not",
        is_met: |case| {
            let any = |one: &Condition| one.operator.starts_with("ForAnyValue:") && one.operator.ends_with("IfExists");
            case.conditions.iter().any(|one| any(one) && !case.context.contains_key(&one.key))
        },
    },
    Difference {
        fact: "D4",
        reason: "a value whose variable has none is no value, which a negated operator is unlike; to it nothing is unlike it",
        is_met: |case| {
            case.texts
                .iter()
                .any(|text| text.place != "NotResource" && text.place.contains("Not") && text.lacks_a_value(case))
        },
    },
];

/// A condition of some document.
struct Condition {
    operator: String,
    key: String,
    values: Vec<String>,
}

impl Condition {
    /// The operator without prefix and suffix.
    fn name(&self) -> &str {
        let name = self.operator.rsplit(':').next().unwrap();
        name.strip_suffix("IfExists").unwrap_or(name)
    }

    /// Its values, and that of the request.
    fn all<'c>(&'c self, case: &'c Compared) -> impl Iterator<Item = &'c str> {
        let held = case.context.get(&self.key).and_then(Value::as_str);
        self.values.iter().map(String::as_str).chain(held)
    }
}

/// A text of some document, and whether variables count in it.
struct Entry {
    /// The element, or the operator of a condition.
    place: String,
    text: String,
    variables: bool,
}

impl Entry {
    fn is(&self, part: &str) -> bool {
        self.text.contains(part)
    }

    /// Whether it has a variable without a default that the request has no value for.
    fn lacks_a_value(&self, case: &Compared) -> bool {
        let names = self.text.split("${").skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name);
        let mut open = names.filter(|name| !matches!(*name, "*" | "?" | "$") && !name.contains(','));
        self.variables && open.any(|name| !case.context.contains_key(&name.to_lowercase()))
    }
}

/// A case that both can answer.
struct Compared {
    case: Value,
    simulation: Value,
    /// What the request carries, by key in lower case.
    context: BTreeMap<String, Value>,
    conditions: Vec<Condition>,
    texts: Vec<Entry>,
}

impl Compared {
    /// `None` where the package has no words for the case.
    fn new(case: Value) -> Option<Self> {
        let layers = case["policies"].as_object()?;
        let text = case.to_string();
        let foreign = ["\"unreadable\"", "forewarn:Digest", "\"type\":\"federated\"", ":iam::cloudfront:user/"];
        if layers.contains_key("access_point")
            || layers.contains_key("acl")
            || foreign.iter().any(|one| text.contains(one))
        {
            return None;
        }
        // Every role has a trust policy.
        if case["request"]["action"] == "sts:AssumeRole" && !layers.contains_key("resource") {
            return None;
        }
        let context = context(&case)?;
        let simulation = simulation(&case, layers, &context)?;
        let context = context.into_iter().map(|(key, value)| (key.to_lowercase(), value)).collect();
        let mut read = Self { simulation, context, conditions: Vec::new(), texts: Vec::new(), case };
        let policies = read.case["policies"].clone();
        read.walk(&policies, false);
        Some(read)
    }

    /// Gathers conditions and texts.
    fn walk(&mut self, value: &Value, variables: bool) {
        let variables = match value.get("Statement") {
            Some(_) => value["Version"] == "2012-10-17",
            None => variables,
        };
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.walk(item, variables)),
            Value::Object(fields) => {
                for (name, held) in fields {
                    match name.as_str() {
                        "Resource" | "NotResource" => {
                            self.texts.extend(texts(held).map(|text| Entry { place: name.clone(), text, variables }));
                        }
                        "Condition" => self.walk_conditions(held, variables),
                        _ => self.walk(held, variables),
                    }
                }
            }
            _ => {}
        }
    }

    fn walk_conditions(&mut self, block: &Value, variables: bool) {
        for (operator, keys) in block.as_object().unwrap() {
            for (key, values) in keys.as_object().unwrap() {
                let values: Vec<String> = texts(values).collect();
                let all = values.iter().cloned();
                self.texts.extend(all.map(|text| Entry { place: operator.clone(), text, variables }));
                self.conditions.push(Condition { operator: operator.clone(), key: key.to_lowercase(), values });
            }
        }
    }

    fn text(&self, pointer: &str) -> &str {
        self.case.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    fn caller(&self) -> &str {
        self.text("/request/principal")
    }

    fn is(&self, action: &str) -> bool {
        self.text("/request/action") == action
    }

    fn has(&self, layer: &str) -> bool {
        self.case["policies"].get(layer).is_some()
    }

    fn is_service_linked(&self) -> bool {
        self.caller().contains(":role/aws-service-role/")
    }

    /// The statements of an effect in the policy of the resource.
    fn of_resource(&self, effect: &str) -> Vec<&Value> {
        let statements = &self.case["policies"]["resource"]["Statement"];
        let all = statements.as_array().map_or(std::slice::from_ref(statements), Vec::as_slice);
        all.iter().filter(|statement| statement["Effect"] == effect).collect()
    }
}

fn texts(value: &Value) -> impl Iterator<Item = String> {
    let all = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    all.iter().map(|one| one.as_str().map_or_else(|| one.to_string(), str::to_owned))
}

/// The context with the keys that follow from caller and resource, which the package does not fill in. `None` where a
/// key has a set and is none, or the other way round: the package then takes its first value.
fn context(case: &Value) -> Option<Map<String, Value>> {
    const FOLLOWING: [&str; 9] = [
        "aws:PrincipalArn",
        "aws:PrincipalAccount",
        "aws:PrincipalType",
        "aws:userid",
        "aws:username",
        "aws:PrincipalIsAWSService",
        "aws:PrincipalServiceName",
        "aws:PrincipalServiceNamesList",
        "aws:ResourceAccount",
    ];
    let request: Request = serde_json::from_value(case["request"].clone()).unwrap();
    let layers = Layers::default();
    let env = Env::new(&layers, &request);
    let given = &request.context.0;
    let following = FOLLOWING.iter().filter(|key| !given.keys().any(|given| given.eq_ignore_ascii_case(key)));
    let following = following.filter_map(|key| Some(((*key).to_owned(), env.key(&key.to_lowercase())?)));
    let all: BTreeMap<String, ContextValue> = given.clone().into_iter().chain(following).collect();
    let fits =
        |(key, value): (&String, &ContextValue)| is_set(&key.to_lowercase()) == matches!(value, ContextValue::Many(_));
    all.iter().all(fits).then(|| all.into_iter().map(|(key, value)| (key, json!(value))).collect())
}

/// The case in the words of the package.
fn simulation(case: &Value, layers: &Map<String, Value>, context: &Map<String, Value>) -> Option<Value> {
    let named = |list: &Value| -> Value {
        let documents = list.as_array().into_iter().flatten().enumerate();
        documents.map(|(index, policy)| json!({ "name": index.to_string(), "policy": policy })).collect()
    };
    let levels = |name: &str| -> Value {
        let levels = layers.get(name).and_then(Value::as_array).into_iter().flatten().enumerate();
        levels.map(|(index, list)| json!({ "orgIdentifier": index.to_string(), "policies": named(list) })).collect()
    };
    let request = &case["request"];
    let everything = json!([{ "Version": "2012-10-17",
        "Statement": { "Effect": "Allow", "Action": "*", "Resource": "*" } }]);
    let principal = match request["principal"]["type"].as_str() {
        Some("service") => &request["principal"]["name"],
        Some(_) => &json!({ "type": "Anonymous" }),
        None => &request["principal"],
    };
    let is_root = principal.as_str().is_some_and(|arn| arn.ends_with(":root"));
    let identity = match layers.get("identity") {
        Some(list) if list.is_array() => list,
        Some(_) => &everything,
        None if is_root => &everything,
        None => &Value::Null,
    };
    let mut simulation = json!({
        "request": {
            "principal": principal,
            "action": request["action"],
            "resource": { "resource": request["resource"],
                "accountId": context.get("aws:ResourceAccount").unwrap_or(&request["resource_account"]) },
            "contextVariables": context,
        },
        "identityPolicies": named(identity),
        "serviceControlPolicies": levels("scp"),
        "resourceControlPolicies": levels("rcp"),
    });
    for (layer, name) in [("boundary", "permissionBoundaryPolicies"), ("endpoint", "vpcEndpointPolicies")] {
        if let Some(list) = layers.get(layer) {
            simulation[name] = named(list);
        }
    }
    if let Some(policy) = layers.get("resource") {
        simulation["resourcePolicy"] = policy.clone();
    }
    if let Some(list) = layers.get("session").and_then(Value::as_array) {
        let [policy] = list.as_slice() else { return None };
        simulation["sessionPolicy"] = policy.clone();
    }
    if let Some(levels) = layers.get("block_public_access").and_then(Value::as_object) {
        let restricted = levels.values().any(|switches| switches["restrict_public_buckets"] == true);
        simulation["additionalSettings"] = json!({ "s3": { "blockPublicAccess": restricted } });
    }
    Some(simulation)
}

/// What the package answers, line by line. It is installed in the target directory that this program stands in.
#[expect(clippy::disallowed_methods, reason = "the package is another program")]
fn simulated(simulations: &[&Value]) -> Vec<Value> {
    let own = std::env::current_exe().unwrap();
    let scripts = own.ancestors().map(|folder| folder.join("iam-simulate/answer.mjs"));
    let script = scripts.into_iter().find(|script| script.is_file()).expect(
        "no iam-simulate/ in the target directory: `cargo xtask test` installs @cloud-copilot/iam-simulate there",
    );
    let mut node = Command::new("node")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node does not start; on Debian: apt-get install nodejs npm");
    let lines: Vec<String> = simulations.iter().map(ToString::to_string).collect();
    let lines = lines.join("\n");
    let mut asked = node.stdin.take().unwrap();
    // It answers while it is still being asked.
    let asking = std::thread::spawn(move || asked.write_all(lines.as_bytes()));
    let output = node.wait_with_output().unwrap();
    asking.join().unwrap().unwrap();
    assert!(output.status.success(), "node ended with {}", output.status);
    String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_third_opinion_decides_alike_but_for_what_is_listed() {
    let compared: Vec<Compared> = SEEDS.filter_map(|seed| Compared::new(forewarn_oracle::decide_case(seed))).collect();
    let answers = simulated(&compared.iter().map(|case| &case.simulation).collect::<Vec<_>>());
    assert_eq!(answers.len(), compared.len());
    let (mut alike, mut allowed, mut refused, mut explained) = (0, 0, 0, 0);
    let mut needed: BTreeSet<&str> = BTreeSet::new();
    for (case, answer) in compared.iter().zip(&answers) {
        let ignored = answer["ignored"].as_array().is_none_or(|keys| !keys.is_empty());
        let Some(other) = answer["decision"].as_str().filter(|_| !ignored) else {
            refused += 1;
            continue;
        };
        let own = decision(&case.case) == "allow";
        allowed += usize::from(own);
        if own == (other == "Allowed") {
            alike += 1;
            continue;
        }
        explained += 1;
        let reasons: Vec<&Difference> = DIFFERENCES.iter().filter(|difference| (difference.is_met)(case)).collect();
        assert!(!reasons.is_empty(), "the engine allows: {own}; the package says {other}\n{}", case.case);
        if let [only] = reasons.as_slice() {
            needed.insert(only.fact);
        }
    }
    let all = alike + explained;
    println!(
        "proof: @cloud-copilot/iam-simulate: {all} requests, {alike} alike, {explained} differ for a listed reason, \
         0 without one; {refused} that it refuses"
    );
    assert!(
        alike >= 2_000 && allowed * 4 >= all && allowed * 4 <= all * 3,
        "{alike} alike, {allowed} of {all} allowed"
    );
    // The list is no excuse for everything.
    assert!(explained * 20 <= all, "{explained} of {all} differ");
    let dead = DIFFERENCES.iter().filter(|difference| !needed.contains(difference.fact));
    let dead: Vec<String> = dead.map(|difference| format!("{}: {}", difference.fact, difference.reason)).collect();
    assert!(dead.is_empty(), "nothing differs for these reasons alone: {dead:?}");
}
