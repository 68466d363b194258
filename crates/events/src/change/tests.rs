use std::collections::BTreeSet;

use serde_json::json;

use super::*;

const ACCOUNT: &str = "111111111111";

fn event(minute: u8, source: &str, name: &str, parameters: &Value, more: &Value) -> Event {
    let mut record = json!({
        "eventTime": format!("2026-01-02T03:{minute:02}:00Z"), "eventName": name, "eventID": format!("e-{minute}"),
        "eventSource": format!("{source}.amazonaws.com"), "awsRegion": "eu-west-1", "requestParameters": parameters,
    });
    if let (Value::Object(record), Value::Object(more)) = (&mut record, more) {
        record.extend(more.clone());
    }
    Event::new(record).unwrap()
}

fn policy(action: &str) -> Value {
    json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Principal": "*", "Action": action, "Resource": "*" }] })
}

fn put(minute: u8, bucket: &str, action: &str) -> Event {
    event(
        minute,
        "s3",
        "PutBucketPolicy",
        &json!({ "bucketName": bucket, "bucketPolicy": policy(action) }),
        &Value::Null,
    )
}

fn all(events: &[Event]) -> Vec<Change<'_>> {
    changes(events, "aws", ACCOUNT)
}

#[test]
fn a_rule_is_one_event_of_one_service() {
    let named: BTreeSet<_> = RULES.iter().map(|rule| (rule.source, rule.name)).collect();
    assert_eq!(named.len(), RULES.len());
    assert!(Rule::of("iot.amazonaws.com", "AttachPolicy").is_none(), "another service's event of the same name");
    assert_eq!(Rule::of("organizations.amazonaws.com", "AttachPolicy").map(Rule::is_global), Some(true));
}

#[test]
fn every_effect_that_needs_a_slot_or_a_document_has_one() {
    for rule in RULES {
        let inline = matches!(rule.place, Place::User | Place::Group | Place::Role)
            && rule.subject == Subject::Identity
            && !matches!(rule.effect, Effect::Creates | Effect::Ends);
        if rule.place == Place::Other {
            continue;
        }
        assert_eq!(rule.slot.is_some(), inline, "{}", rule.name);
    }
}

#[test]
fn what_an_earlier_event_put_is_what_was_there_before() {
    let events = [
        put(3, "a", "s3:PutObject"),
        put(1, "a", "s3:GetObject"),
        put(2, "b", "s3:ListBucket"),
        event(4, "s3", "DeleteBucketPolicy", &json!({ "bucketName": "a", "policy": "" }), &Value::Null),
        put(5, "a", "s3:GetObject"),
    ];
    let found = all(&events);
    assert_eq!(found.iter().map(|change| change.event.id()).collect::<Vec<_>>(), ["e-1", "e-2", "e-3", "e-4", "e-5"]);
    assert_eq!(found[0].before, Before::NotSeen);
    assert_eq!(found[0].resource, "arn:aws:s3:::a");
    assert_eq!(found[1].before, Before::NotSeen, "of another bucket");
    let first = Before::Document { document: policy("s3:GetObject").to_string(), event: "e-1".to_owned() };
    assert_eq!(found[2].before, first);
    assert!(matches!(&found[3].before, Before::Document { event, .. } if event == "e-3"));
    assert_eq!((&found[3].document, &found[4].before), (&None, &Before::Nothing));
    assert_eq!(found[4].document.as_ref().unwrap().0, "/requestParameters/bucketPolicy");
}

#[test]
fn a_refused_call_and_a_version_that_is_not_in_force_change_nothing() {
    let refused = json!({ "errorCode": "AccessDenied" });
    let of = |minute, default: bool| {
        let parameters = json!({ "policyArn": "arn:aws:iam::111111111111:policy/p", "setAsDefault": default,
            "policyDocument": policy("s3:*").to_string() });
        event(minute, "iam", "CreatePolicyVersion", &parameters, &Value::Null)
    };
    let denied =
        event(1, "s3", "PutBucketPolicy", &json!({ "bucketName": "a", "bucketPolicy": policy("s3:*") }), &refused);
    let events = [denied, put(2, "a", "s3:GetObject"), of(3, false), of(4, true), of(5, true)];
    let found = all(&events);
    assert_eq!(found[1].before, Before::NotSeen);
    assert_eq!((found[2].is_in_force(), &found[3].before), (false, &Before::NotSeen));
    assert!(matches!(&found[4].before, Before::Document { event, .. } if event == "e-4"));
}

#[test]
fn inline_policies_of_one_user_are_told_apart() {
    let of = |minute, name: &str| {
        let parameters = json!({ "userName": "u", "policyName": name, "policyDocument": policy("s3:*").to_string() });
        event(minute, "iam", "PutUserPolicy", &parameters, &Value::Null)
    };
    let events = [of(1, "one"), of(2, "two"), of(3, "one")];
    let found = all(&events);
    assert_eq!(found[1].before, Before::NotSeen);
    assert!(matches!(&found[2].before, Before::Document { event, .. } if event == "e-1"));
}

#[test]
fn what_was_just_made_had_no_policy_and_what_is_gone_has_none() {
    let answer = json!({ "responseElements": { "role": { "arn": "arn:aws:iam::111111111111:role/ops/r" } } });
    let put = |minute| {
        let parameters = json!({ "roleName": "r", "policyName": "p", "policyDocument": policy("s3:*").to_string() });
        event(minute, "iam", "PutRolePolicy", &parameters, &Value::Null)
    };
    let events = [
        put(0),
        event(1, "iam", "DeleteRole", &json!({ "roleName": "r" }), &Value::Null),
        event(
            2,
            "iam",
            "CreateRole",
            &json!({ "roleName": "r", "assumeRolePolicyDocument": policy("sts:AssumeRole").to_string() }),
            &answer,
        ),
        put(3),
        event(
            4,
            "iam",
            "UpdateAssumeRolePolicy",
            &json!({ "roleName": "r", "policyDocument": policy("sts:*").to_string() }),
            &Value::Null,
        ),
        put(5),
    ];
    let found = all(&events);
    assert_eq!(found[0].before, Before::NotSeen);
    assert_eq!(found[3].before, Before::Nothing, "the role was made a minute before");
    assert!(matches!(&found[4].before, Before::Document { event, .. } if event == "e-2"), "a path is no other role");
    assert!(matches!(&found[5].before, Before::Document { event, .. } if event == "e-3"));
}

#[test]
fn settings_are_a_change_where_a_policy_is_among_them() {
    let of = |parameters: &Value| {
        let made = [event(1, "sqs", "SetQueueAttributes", parameters, &Value::Null)];
        all(&made).first().map(|change| (change.resource.clone(), change.after()))
    };
    let queue = "https://sqs.eu-west-1.amazonaws.com/111111111111/jobs";
    let arn = "arn:aws:sqs:eu-west-1:111111111111:jobs".to_owned();
    assert_eq!(of(&json!({ "queueUrl": queue, "attributes": { "DelaySeconds": "5" } })), None);
    let text = policy("sqs:*").to_string();
    let put = of(&json!({ "queueUrl": queue, "attributes": { "Policy": text } }));
    assert_eq!(put, Some((arn.clone(), Some(Before::Document { document: text, event: "e-1".to_owned() }))));
    assert_eq!(of(&json!({ "queueUrl": queue, "attributes": { "Policy": "" } })), Some((arn, Some(Before::Nothing))));
}

#[test]
fn a_policy_is_found_as_object_text_or_percent_encoded() {
    let text = policy("s3:*").to_string();
    let encoded = text.replace('%', "%25").replace('{', "%7B").replace('"', "%22");
    for parameters in [
        json!({ "a": { "b": policy("s3:*") } }),
        json!({ "policyDocument": text }),
        json!({ "policy": encoded }),
        json!({ "x": "{", "policy": text }),
    ] {
        assert_eq!(policy_in(&parameters).map(|(_, found)| found), Some(text.clone()), "{parameters}");
    }
    for parameters in [
        json!(null),
        json!({ "policy": "" }),
        json!({ "policy": "%7Bnot" }),
        json!({ "policy": "HIDDEN_DUE_TO_SECURITY_REASONS" }),
    ] {
        assert_eq!(policy_in(&parameters), None, "{parameters}");
    }
}

#[test]
fn the_resource_is_named_by_its_arn() {
    let of = |source: &str, name: &str, parameters: &Value, more: &Value| {
        let made = [event(1, source, name, parameters, more)];
        all(&made)[0].resource.clone()
    };
    let none = Value::Null;
    let made = json!({ "responseElements": { "role": { "arn": "arn:aws:iam::111111111111:role/ops/r" } } });
    for (found, expected) in [
        (of("iam", "CreateRole", &json!({ "roleName": "r" }), &made), "arn:aws:iam::111111111111:role/ops/r"),
        (of("iam", "PutRolePolicy", &json!({ "roleName": "r" }), &none), "arn:aws:iam::111111111111:role/r"),
        (of("iam", "CreatePolicy", &json!({ "policyName": "p" }), &none), "arn:aws:iam::111111111111:policy/p"),
        (of("kms", "PutKeyPolicy", &json!({ "keyId": "k" }), &none), "arn:aws:kms:eu-west-1:111111111111:key/k"),
        (of("kms", "PutKeyPolicy", &json!({ "keyId": "arn:aws:kms:x" }), &none), "arn:aws:kms:x"),
        (
            of("cloudtrail", "StopLogging", &json!({ "name": "main" }), &none),
            "arn:aws:cloudtrail:eu-west-1:111111111111:trail/main",
        ),
        (
            of("s3", "PutAccessPointPolicy", &json!({ "name": "p" }), &none),
            "arn:aws:s3:eu-west-1:111111111111:accesspoint/p",
        ),
        (of("s3", "DeleteAccountPublicAccessBlock", &none, &none), "arn:aws:iam::111111111111:root"),
        (of("s3", "PutBucketPolicy", &none, &json!({ "errorCode": "AccessDenied" })), "arn:aws:iam::111111111111:root"),
        (
            of("organizations", "UpdatePolicy", &json!({ "policyId": "p-1" }), &none),
            "arn:aws:organizations::111111111111:policy/p-1",
        ),
    ] {
        assert_eq!(found, expected);
    }
}
