//! The roles that the transform `AWS::Serverless` makes of functions and state machines, written out as resources.
//!
//! Only what it makes of IAM counts here: a function without a role gets one that is named after it, with the policies that
//! it asks for and those that its settings bring. What is not known exactly goes in as a hole with its cause.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::value::open;

/// Its name in `Transform`.
pub(super) const TRANSFORM: &str = "AWS::Serverless-2016-10-31";

/// Sources of events that bring a managed policy of AWS, and those that bring none.
const EVENTS: &[(&str, &str)] = &[
    ("Kinesis", "service-role/AWSLambdaKinesisExecutionRole"),
    ("DynamoDB", "service-role/AWSLambdaDynamoDBExecutionRole"),
    ("SQS", "service-role/AWSLambdaSQSQueueExecutionRole"),
    ("MSK", "service-role/AWSLambdaMSKExecutionRole"),
    ("AlexaSkill", ""),
    ("Api", ""),
    ("CloudWatchEvent", ""),
    ("CloudWatchLogs", ""),
    ("Cognito", ""),
    ("EventBridgeRule", ""),
    ("HttpApi", ""),
    ("IoTRule", ""),
    ("S3", ""),
    ("SNS", ""),
    ("Schedule", ""),
];

/// Settings that bring policies of their own, whose text is not known here.
const BRINGS: [&str; 3] = ["DeadLetterQueue", "EventInvokeConfig", "FileSystemConfigs"];

/// Writes the roles out beside what they are made for; they come back by the name of what each is for.
pub(super) fn write_out(resources: &mut Map<String, Value>, template: &Value) -> BTreeMap<String, String> {
    let mut made = BTreeMap::new();
    for resource in resources.values_mut() {
        settle(resource, template);
    }
    for (id, resource) in resources.clone() {
        let (kind, service) = match resource.get("Type").and_then(Value::as_str) {
            Some("AWS::Serverless::Function") => ("Function", "lambda"),
            Some("AWS::Serverless::StateMachine") => ("StateMachine", "states"),
            _ => continue,
        };
        let of = |name: &str| resource.get("Properties")?.get(name).filter(|value| !value.is_null());
        let role = format!("{id}Role");
        if of("Role").is_some() || resources.contains_key(&role) {
            continue;
        }
        let mut properties = properties(kind, service, &of);
        for (from, to) in [("PermissionsBoundary", "PermissionsBoundary"), ("RolePath", "Path")] {
            if let (Some(value), Value::Object(fields)) = (of(from), &mut properties) {
                fields.insert(to.to_owned(), value.clone());
            }
        }
        let mut written = json!({ "Type": "AWS::IAM::Role", "Properties": properties });
        if let (Some(condition), Value::Object(fields)) = (resource.get("Condition"), &mut written) {
            fields.insert("Condition".to_owned(), condition.clone());
        }
        made.insert(role.clone(), id);
        resources.insert(role, written);
    }
    made
}

/// Gives a resource the properties that `Globals` says for all of its type.
fn settle(resource: &mut Value, template: &Value) {
    let kind = resource.get("Type").and_then(Value::as_str).and_then(|kind| kind.strip_prefix("AWS::Serverless::"));
    let global = kind.and_then(|kind| template.get("Globals")?.get(kind)?.as_object());
    let (Some(global), Value::Object(fields)) = (global, resource) else { return };
    if let Value::Object(properties) = fields.entry("Properties").or_insert_with(|| json!({})) {
        for (name, value) in global {
            properties.entry(name).or_insert_with(|| value.clone());
        }
    }
}

fn properties<'v>(kind: &str, service: &str, of: &dyn Fn(&str) -> Option<&'v Value>) -> Value {
    let managed = |name: &str| json!({ "Fn::Sub": format!("arn:${{AWS::Partition}}:iam::aws:policy/{name}") });
    let (mut attached, mut inline) = (Vec::new(), Vec::new());
    if kind == "Function" {
        attached.push(managed("service-role/AWSLambdaBasicExecutionRole"));
        if of("VpcConfig").is_some() {
            attached.push(managed("service-role/AWSLambdaVPCAccessExecutionRole"));
        }
    }
    if of("Tracing").is_some_and(|tracing| tracing != "Disabled" && tracing.get("Enabled") != Some(&false.into())) {
        inline.push(open("what `Tracing` brings of policies"));
    }
    inline.extend(
        BRINGS.iter().filter(|name| of(name).is_some()).map(|name| open(&format!("what `{name}` brings of policies"))),
    );
    for event in of("Events").and_then(Value::as_object).into_iter().flat_map(Map::values) {
        let source = event.get("Type").and_then(Value::as_str).unwrap_or_default();
        match EVENTS.iter().find(|(known, _)| *known == source) {
            Some((_, "")) => {}
            Some((_, policy)) => attached.push(managed(policy)),
            None => inline.push(open(&format!("what an event of the type {source} brings of policies"))),
        }
    }
    let policies = match of("Policies") {
        Some(Value::Array(items)) => items.clone(),
        Some(one) => vec![one.clone()],
        None => Vec::new(),
    };
    for (policy, number) in policies.into_iter().zip(0..) {
        match &policy {
            Value::String(name) if name.starts_with("arn:") => attached.push(policy),
            Value::String(name) => match crate::aws_managed::path(name) {
                Some(path) => attached.push(managed(path)),
                None => inline.push(open(&format!("the policy {name}"))),
            },
            Value::Object(fields) if fields.contains_key("Statement") => {
                inline.push(json!({ "PolicyName": format!("policy-{number}"), "PolicyDocument": policy }));
            }
            Value::Object(fields) if fields.contains_key("Ref") || fields.contains_key("Fn::Sub") => {
                attached.push(policy);
            }
            Value::Object(fields) => {
                let name = fields.keys().next().map_or("", String::as_str);
                inline.push(open(&format!("the policy template {name} of AWS::Serverless")));
            }
            _ => inline.push(open("a policy that cannot be read")),
        }
    }
    let trust = of("AssumeRolePolicyDocument").cloned().unwrap_or_else(|| {
        json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": { "Service": format!("{service}.amazonaws.com") } }] })
    });
    json!({ "AssumeRolePolicyDocument": trust, "ManagedPolicyArns": attached, "Policies": inline })
}

/// Why nothing can be said of a resource of the transform; `None` where its role is written out or it makes none.
pub(super) fn beyond(kind: &str, properties: &Value) -> Option<String> {
    let has = |name: &str| properties.get(name).is_some();
    let events = |makes: &dyn Fn(&str) -> bool| {
        let events = properties.get("Events").and_then(Value::as_object).into_iter().flat_map(Map::values);
        events.filter_map(|event| event.get("Type")?.as_str()).any(makes)
    };
    let makes =
        |what: &str| Some(format!("the transform AWS::Serverless makes roles for {what}, and does not run here"));
    match kind.strip_prefix("AWS::Serverless::")? {
        "Function" if has("DeploymentPreference") => makes("its deployment"),
        "Function" if events(&|event| event == "ScheduleV2") => makes("its schedules"),
        "StateMachine" if events(&|_| true) => makes("its events"),
        "Function" | "StateMachine" | "Api" | "HttpApi" | "SimpleTable" | "LayerVersion" => None,
        _ => Some("what the transform AWS::Serverless makes of it is not known here".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(function: &Value) -> Value {
        let mut resources = Map::new();
        resources.insert("F".to_owned(), json!({ "Type": "AWS::Serverless::Function", "Properties": function }));
        let template =
            json!({ "Globals": { "Function": { "PermissionsBoundary": "arn:aws:iam::111111111111:policy/b" } } });
        write_out(&mut resources, &template);
        resources.get("FRole").map(|role| role["Properties"].clone()).unwrap_or_default()
    }

    #[test]
    fn a_function_without_a_role_gets_one() {
        let document = json!({ "Statement": [{ "Effect": "Allow", "Action": "s3:*", "Resource": "*" }] });
        let made = role(&json!({ "Policies": ["AmazonS3ReadOnlyAccess", document, { "S3ReadPolicy": {} }],
            "Events": { "Q": { "Type": "SQS" }, "A": { "Type": "Api" } } }));
        let attached = made["ManagedPolicyArns"].to_string();
        for name in ["AWSLambdaBasicExecutionRole", "policy/AmazonS3ReadOnlyAccess", "AWSLambdaSQSQueueExecutionRole"] {
            assert!(attached.contains(name), "{attached}");
        }
        assert_eq!(made["Policies"][0]["PolicyDocument"], document);
        assert!(made["Policies"][1].as_str().is_some_and(|hole| hole.contains("S3ReadPolicy")));
        assert_eq!(made["PermissionsBoundary"], "arn:aws:iam::111111111111:policy/b");
        assert_eq!(made["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["Service"], "lambda.amazonaws.com");
    }

    #[test]
    fn what_is_said_for_all_functions_is_said_of_each() {
        let mut resources = Map::new();
        resources.insert("F".to_owned(), json!({ "Type": "AWS::Serverless::Function", "Properties": { "Role": "r" } }));
        write_out(
            &mut resources,
            &json!({ "Globals": { "Function": { "DeploymentPreference": { "Type": "Linear" } } } }),
        );
        let why = beyond("AWS::Serverless::Function", &resources["F"]["Properties"]);
        assert!(why.is_some_and(|why| why.contains("its deployment")));
    }

    #[test]
    fn one_that_brings_a_role_keeps_it_and_what_brings_more_is_open() {
        assert_eq!(role(&json!({ "Role": "arn:aws:iam::111111111111:role/r" })), Value::Null);
        let open = role(&json!({ "Tracing": "Active", "Events": { "M": { "Type": "MQ" } } }));
        assert_eq!(open["Policies"].as_array().map(Vec::len), Some(2));
        assert!(beyond("AWS::Serverless::Connector", &json!({})).is_some());
        assert!(beyond("AWS::Serverless::Function", &json!({ "Events": { "S": { "Type": "ScheduleV2" } } })).is_some());
        assert_eq!(beyond("AWS::Serverless::Api", &json!({})), None);
    }
}
