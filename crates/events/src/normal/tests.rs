//! Records as real logs have them.

use serde_json::{Value, json};

use super::*;

fn text(more: &Value) -> String {
    let mut record = json!({
        "eventTime": "2026-01-02T03:04:05Z", "eventName": "PutBucketPolicy", "eventSource": "s3.amazonaws.com", "eventID": "e-1",
    });
    record.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    record.to_string()
}

#[test]
fn a_session_has_its_role_and_name() {
    let text = text(&json!({ "recipientAccountId": "111122223333", "userIdentity": {
        "type": "AssumedRole", "arn": "arn:aws:sts::444455556666:assumed-role/Ops/bob", "accountId": "444455556666",
        "accessKeyId": "ASIAEXAMPLE", "sessionContext": { "sourceIdentity": "bob@acme.example",
            "sessionIssuer": { "arn": "arn:aws:iam::444455556666:role/team/Ops", "userName": "Ops" },
            "attributes": { "mfaAuthenticated": "true" } } } }));
    let event = Normal::of(&text).unwrap();
    assert_eq!(event.session.as_deref(), Some("bob"));
    assert_eq!(event.issuer.as_deref(), Some("arn:aws:iam::444455556666:role/team/Ops"));
    assert_eq!((event.user_name.as_deref(), event.mfa), (Some("Ops"), Some(true)));
    assert_eq!(event.source_identity.as_deref(), Some("bob@acme.example"));
    assert_eq!((event.account.as_deref(), event.user_account.as_deref()), (Some("111122223333"), Some("444455556666")));
}

#[test]
fn whatever_reads_as_a_normal_form_reads_as_a_record() {
    for more in [
        json!({ "userIdentity": null, "responseElements": "ok", "readOnly": "true", "eventVersion": 1.08 }),
        json!({ "userIdentity": "somebody", "userAgent": ["a", "b"], "errorCode": "", "resources": null }),
        json!({ "userIdentity": { "type": 7, "accesKeyId": "AKIA", "sessionContext": "x" }, "eventID": 5, "awsRegion": {} }),
        json!({ "eventTime": "2026-01-02 03:04:05", "eventName": null, "eventType": "AwsCloudTrailInsight" }),
        json!({ "eventTime": "2026-01-02T03:04:05.123456789+11:00", "errorCode": 403, "recipientAccountId": 5 }),
        json!({ "requestParameters": [1, true, null, 2.5, -1], "insightDetails": [], "additionalEventData": 1 }),
        json!({ "sourceIPAddress": null, "sharedEventID": false, "errorMessage": { "a": 1 } }),
    ] {
        let text = text(&more);
        let event = Normal::of(&text).unwrap_or_else(|error| panic!("{more}: {error}"));
        let record = crate::Event::parse(&text).unwrap_or_else(|error| panic!("{more}: {error}")).record;
        assert_eq!((event.time, event.failed), (record.event_time, record.failed()), "{more}");
        assert_eq!(event.error.as_deref(), record.error_code.as_deref(), "{more}");
        assert_eq!(event.key.as_deref(), record.user_identity.access_key_id.as_deref(), "{more}");
    }
}

#[test]
fn what_has_no_time_or_name_is_no_record() {
    assert_eq!(Normal::of("{\"eventName\":\"x\"}"), Err(NotARecord::Lacks("eventTime")));
    assert_eq!(Normal::of("{\"eventTime\":\"2026-01-02T03:04:05Z\"}"), Err(NotARecord::Lacks("eventName")));
    assert_eq!(Normal::of("{\"eventTime\":\"noon\",\"eventName\":\"x\"}"), Err(NotARecord::Time("noon".to_owned())));
    assert!(matches!(Normal::of("[]"), Err(NotARecord::Shape(_))));
}

#[test]
fn what_was_touched_is_gathered_once() {
    let text = text(&json!({
        "requestParameters": { "bucketName": "acme", "instancesSet": { "items": [{ "instanceId": "i-0abc1234" }] }, "note": "acme" },
        "responseElements": { "instancesSet": { "items": [{ "instanceId": "i-0abc1234" }] }, "group": { "groupName": "ops" } },
        "resources": [{ "ARN": "arn:aws:s3:::acme" }],
    }));
    assert_eq!(Normal::of(&text).unwrap().resources, ["acme", "arn:aws:s3:::acme", "i-0abc1234", "ops"]);
}

#[test]
fn a_refused_sign_in_has_failed_and_an_address_is_told_from_a_service() {
    let text = text(&json!({ "eventName": "ConsoleLogin", "eventSource": "signin.amazonaws.com",
        "responseElements": { "ConsoleLogin": "Failure" }, "additionalEventData": { "MFAUsed": "No" }, "sourceIPAddress": "198.51.100.7" }));
    let event = Normal::of(&text).unwrap();
    assert_eq!(
        (event.failed, event.mfa, event.ip.as_deref(), event.class_uid),
        (true, Some(false), Some("198.51.100.7"), AUTHENTICATION)
    );
    for said in ["AWS Internal", "s3.amazonaws.com", "035.249.253.232"] {
        let text = self::text(&json!({ "sourceIPAddress": said }));
        let event = Normal::of(&text).unwrap();
        assert_eq!((event.ip.as_deref(), event.domain.as_deref()), (None, Some(said)));
    }
}

#[test]
fn classes_and_activities_are_those_of_ocsf() {
    for (service, name, more, class, activity) in [
        ("iam", "CreateUser", json!({}), ACCOUNT_CHANGE, 1),
        ("iam", "AttachUserPolicy", json!({}), ACCOUNT_CHANGE, 7),
        ("iam", "CreateRole", json!({}), API_ACTIVITY, 1),
        ("sts", "AssumeRole", json!({}), AUTHENTICATION, 1),
        ("sts", "GetCallerIdentity", json!({}), API_ACTIVITY, 2),
        ("s3", "GetObject", json!({ "eventCategory": "Data" }), DATASTORE_ACTIVITY, 1),
        ("s3", "DeleteObjects", json!({ "eventCategory": "Data" }), DATASTORE_ACTIVITY, 7),
        ("s3", "PutBucketPolicy", json!({}), API_ACTIVITY, 3),
        ("ec2", "TerminateInstances", json!({}), API_ACTIVITY, 4),
        ("cloudtrail", "StopLogging", json!({}), API_ACTIVITY, 3),
        ("lambda", "Invoke", json!({ "eventCategory": "Data" }), API_ACTIVITY, 99),
    ] {
        let mut more = more;
        more["eventName"] = name.into();
        more["eventSource"] = format!("{service}.amazonaws.com").into();
        let text = text(&more);
        let event = Normal::of(&text).unwrap();
        assert_eq!((event.class_uid, event.activity_id), (class, activity), "{service}:{name}");
        assert_eq!(event.type_uid(), i64::from(class) * 100 + i64::from(activity));
    }
}
