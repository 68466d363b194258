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
        if rule.place == Place::Other || rule.subject == Subject::Grant {
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

/// What is known to stand after each of some calls.
fn stands(events: &[Event]) -> Vec<Value> {
    let shown = |change: &Change<'_>| match change.after() {
        Some(Before::Document { document, .. }) => serde_json::from_str(&document).unwrap(),
        Some(Before::Nothing) => json!("nothing"),
        Some(Before::NotSeen) => json!("not seen"),
        None => json!(null),
    };
    all(events).iter().map(shown).collect()
}

#[test]
fn a_statement_that_is_added_stands_beside_those_that_are_known() {
    let queue = "https://sqs.eu-west-1.amazonaws.com/111111111111/jobs";
    let create = |minute| event(minute, "sqs", "CreateQueue", &json!({ "queueName": "jobs" }), &Value::Null);
    let add = |minute, label: &str| {
        let parameters =
            json!({ "queueUrl": queue, "label": label, "aWSAccountIds": ["222222222222"], "actions": ["SendMessage"] });
        event(minute, "sqs", "AddPermission", &parameters, &Value::Null)
    };
    let remove = |minute, label: &str| {
        event(minute, "sqs", "RemovePermission", &json!({ "queueUrl": queue, "label": label }), &Value::Null)
    };
    let one = |label: &str| {
        json!({ "Sid": label, "Effect": "Allow", "Principal": { "AWS": ["222222222222"] },
            "Action": ["sqs:SendMessage"], "Resource": "arn:aws:sqs:eu-west-1:111111111111:jobs" })
    };
    let policy = |statements: &[Value]| json!({ "Version": "2012-10-17", "Statement": statements });
    let events = [create(0), add(1, "a"), add(2, "b"), remove(3, "a"), remove(4, "b"), remove(5, "b")];
    let expected = [
        json!("nothing"),
        policy(&[one("a")]),
        policy(&[one("a"), one("b")]),
        policy(&[one("b")]),
        json!("nothing"),
        json!("not seen"),
    ];
    assert_eq!(stands(&events), expected, "a statement that is not known was there: what is known is not all");
    assert_eq!(stands(&events[1..3]), [json!("not seen"), json!("not seen")], "what it was added to is not known");
    let whole = json!({ "queueUrl": queue, "attributes": { "Policy": policy(&[one("c")]).to_string() } });
    let events = [event(0, "sqs", "SetQueueAttributes", &whole, &Value::Null), add(1, "c"), add(2, "a")];
    assert_eq!(stands(&events)[1..], [policy(&[one("c")]), policy(&[one("c"), one("a")])], "one of a name is one");
}

#[test]
fn what_lambda_answers_is_the_statement_and_each_qualifier_has_its_own() {
    let add = |minute, qualifier: Option<&str>| {
        let answer = json!({ "responseElements": { "statement": json!({ "Sid": "s", "Effect": "Allow", "Principal": "*",
            "Action": "lambda:InvokeFunction", "Resource": "arn:aws:lambda:eu-west-1:111111111111:function:f" }).to_string() } });
        let parameters = json!({ "functionName": "f", "statementId": "s", "principal": "*", "qualifier": qualifier });
        event(minute, "lambda", "AddPermission20150331v2", &parameters, &answer)
    };
    let create = event(0, "lambda", "CreateFunction20150331", &json!({ "functionName": "f" }), &Value::Null);
    let refused = event(
        3,
        "lambda",
        "AddPermission20150331v2",
        &json!({ "functionName": "f" }),
        &json!({ "errorCode": "AccessDenied" }),
    );
    let events = [create, add(1, None), add(2, Some("live")), refused];
    let found = all(&events);
    assert_eq!((&found[1].before, &found[2].before), (&Before::Nothing, &Before::Nothing));
    assert_eq!((found[2].slot, found[3].after()), (Some("live"), None));
    assert_eq!(found[1].document.as_ref().unwrap().0, "/responseElements/statement");
}

#[test]
fn a_bus_takes_a_statement_or_a_policy() {
    let of = |parameters: &Value| {
        let made = [event(1, "events", "PutPermission", parameters, &Value::Null)];
        let found = all(&made);
        (
            found[0].is_one_statement(),
            found[0].document.clone().map(|(_, text)| serde_json::from_str::<Value>(&text).unwrap()),
        )
    };
    let whole = policy("events:PutEvents");
    assert_eq!(of(&json!({ "eventBusName": "default", "policy": whole.to_string() })), (false, Some(whole)));
    let (one, document) =
        of(&json!({ "action": "events:PutEvents", "principal": "*", "statementId": "o", "eventBusName": "default",
        "condition": { "type": "StringEquals", "key": "aws:PrincipalOrgID", "value": "o-1" } }));
    assert!(one);
    let statement = &document.unwrap()["Statement"][0];
    assert_eq!(statement["Condition"], json!({ "StringEquals": { "aws:PrincipalOrgID": "o-1" } }));
    assert_eq!(statement["Resource"], "arn:aws:events:eu-west-1:111111111111:event-bus/default");
}

#[test]
fn a_grant_is_a_policy_of_its_own_until_it_is_revoked() {
    let key = "arn:aws:kms:eu-west-1:111111111111:key/k";
    let parameters = json!({ "keyId": key, "granteePrincipal": "arn:aws:iam::222222222222:role/r", "operations": ["Decrypt"],
        "constraints": { "encryptionContextSubset": { "app": "x" } } });
    let create = event(1, "kms", "CreateGrant", &parameters, &json!({ "responseElements": { "grantId": "g1" } }));
    let revoke = event(2, "kms", "RevokeGrant", &json!({ "keyId": key, "grantId": "g1" }), &Value::Null);
    let by_token = event(
        3,
        "kms",
        "RetireGrant",
        &Value::Null,
        &json!({ "additionalEventData": { "grantId": "g2" }, "resources": [{ "ARN": key }] }),
    );
    let events = [create, revoke, by_token];
    let found = all(&events);
    assert_eq!((&found[0].before, found[0].slot), (&Before::Nothing, Some("g1")));
    assert!(matches!(&found[1].before, Before::Document { event, .. } if event == "e-1"));
    assert_eq!((found[2].slot, found[2].resource.as_str()), (Some("g2"), key));
    let statement: Value = serde_json::from_str(&found[0].document.as_ref().unwrap().1).unwrap();
    assert_eq!(statement["Statement"][0]["Condition"], json!({ "StringEquals": { "kms:EncryptionContext:app": "x" } }));
}
