use std::sync::Arc;

use forewarn_events::Event;
use forewarn_inventory::overlay;
use serde_json::{Value, json};

use super::super::{EarlierInventory, State};
use super::*;

const ALICE: &str = "arn:aws:iam::111111111111:user/alice";

/// An event of January 2026, so many minutes into it.
fn event(minute: i64, source: &str, name: &str, parameters: &Value) -> Value {
    let at = Timestamp::from_second(1_767_225_600 + 60 * minute).unwrap();
    json!({
        "eventTime": at.to_string(), "eventName": name, "eventID": format!("e-{minute}"),
        "eventSource": format!("{source}.amazonaws.com"), "awsRegion": "eu-west-1", "recipientAccountId": "111111111111",
        "sourceIPAddress": "198.51.100.7", "userAgent": "aws-cli/2",
        "userIdentity": { "type": "IAMUser", "arn": ALICE, "userName": "alice", "accountId": "111111111111" },
        "requestParameters": parameters,
    })
}

fn with(mut event: Value, more: &Value) -> Value {
    if let (Value::Object(event), Value::Object(more)) = (&mut event, more) {
        event.extend(more.clone());
    }
    event
}

fn policy(principal: &Value, actions: &Value) -> Value {
    json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Principal": principal, "Action": actions, "Resource": "arn:aws:s3:::b/*" }] })
}

fn put(minute: i64, principal: &Value, actions: &Value) -> Value {
    event(minute, "s3", "PutBucketPolicy", &json!({ "bucketName": "b", "bucketPolicy": policy(principal, actions) }))
}

fn shut(minute: i64) -> Value {
    put(minute, &json!({ "AWS": "arn:aws:iam::111111111111:root" }), &json!("s3:GetObject"))
}

fn open(minute: i64) -> Value {
    put(minute, &json!("*"), &json!(["s3:GetObject", "s3:PutObject"]))
}

fn made(events: &[Value], settings: &Settings) -> Timeline {
    told_of(events, &json!({}), settings)
}

fn told_of(events: &[Value], overlay: &Value, settings: &Settings) -> Timeline {
    let mut inventory = overlay::inventory(overlay).unwrap();
    let log = &mut inventory.accounts[0].trail.changes;
    log.items = events.iter().map(|event| Event::new(event.clone()).unwrap()).collect();
    timeline(&inventory, settings)
}

fn one(events: &[Value]) -> Course {
    let mut all = made(events, &Settings::default()).courses;
    assert_eq!(all.len(), 1, "{all:#?}");
    all.remove(0)
}

#[test]
fn a_bucket_that_was_opened_and_never_reset_is_shown_with_what_it_newly_allows() {
    let timeline = made(&[shut(0), open(10)], &Settings::default());
    let [course] = &timeline.courses[..] else { panic!("{timeline:#?}") };
    assert_eq!((course.state, course.resource.as_str()), (State::OpenedAndNeverReset, "arn:aws:s3:::b"));
    assert_eq!((course.openings.len(), course.openings[0].event_id.as_str()), (1, "e-10"));
    let told = &timeline.changes[1];
    assert_eq!(
        (told.opened, told.actor.as_str(), told.address.as_deref()),
        (Verdict::Yes, ALICE, Some("198.51.100.7"))
    );
    let witness = &told.witness.as_ref().unwrap().request;
    assert!(witness.action.starts_with("s3:") && witness.resource.starts_with("arn:aws:s3:::b/"), "{witness:?}");
    let Stood::Document { document, event_id, .. } = &told.before else { panic!("{:?}", told.before) };
    assert!(document.contains("111111111111") && event_id.as_deref() == Some("e-0"));
}

#[test]
fn a_bucket_that_is_as_it_was_is_reset_after_forty_minutes() {
    let course = one(&[shut(0), open(10), shut(50)]);
    assert_eq!(course.state, State::Reset);
    let reset = course.openings[0].reset.as_ref().unwrap();
    assert_eq!((reset.event_id.as_str(), reset.open_for_seconds), ("e-50", 40 * 60));
    // Another text that allows no more is a reset too; so is no policy at all.
    let less = put(50, &json!({ "AWS": "arn:aws:iam::111111111111:user/bob" }), &json!("s3:GetObject"));
    assert_eq!(one(&[shut(0), open(10), less]).state, State::Reset);
    let gone = event(50, "s3", "DeleteBucketPolicy", &json!({ "bucketName": "b" }));
    assert_eq!(one(&[shut(0), open(10), gone]).state, State::Reset);
}

#[test]
fn a_bucket_of_which_some_is_shut_again_is_partly_reset() {
    let course = one(&[shut(0), open(10), put(50, &json!("*"), &json!("s3:GetObject"))]);
    assert_eq!(course.state, State::PartlyReset);
    assert_eq!(course.openings[0].partly_reset_event_ids, ["e-50"]);
    assert_eq!(course.openings[0].reset, None);
    // The same policy once more shuts nothing.
    assert_eq!(one(&[shut(0), open(10), open(50)]).state, State::OpenedAndNeverReset);
}

#[test]
fn a_bucket_that_was_reset_and_opened_once_more_is_opened_again() {
    let course = one(&[shut(0), open(10), shut(20), open(30)]);
    assert_eq!((course.state, course.openings.len()), (State::OpenedAgain, 2));
    assert_eq!(course.openings[1].event_id, "e-30");
    let course = one(&[shut(0), open(10), shut(20), open(30), shut(40)]);
    assert_eq!((course.state, course.openings.len()), (State::Reset, 2));
}

#[test]
fn what_was_changed_by_no_deployer_is_outside_the_pipeline() {
    let settings = |pattern: &str| Settings { deployers: vec![pattern.to_owned()], ..Settings::default() };
    let outside = |pattern: &str| made(&[shut(0), open(10)], &settings(pattern)).courses[0].outside_pipeline;
    assert!(outside("arn:aws:iam::*:role/deploy"));
    assert!(!outside("arn:aws:iam::*:user/ali*"));
    assert!(!made(&[open(10)], &Settings::default()).courses[0].outside_pipeline, "nobody is configured");
}

fn attach(minute: i64, user: &str) -> Value {
    let parameters = json!({ "userName": user, "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess" });
    event(minute, "iam", "AttachUserPolicy", &parameters)
}

#[test]
fn who_gives_rights_to_herself_is_seen_also_through_a_session() {
    let course = one(&[attach(0, "alice")]);
    assert_eq!((course.state, course.self_granted), (State::OpenedAndNeverReset, true));
    let told = made(&[attach(0, "alice")], &Settings::default()).changes.remove(0);
    assert_eq!(told.loosened, ["they are those of an administrator"]);
    assert!(!one(&[attach(0, "bob")]).self_granted);
    let taken = with(
        event(0, "sts", "AssumeRole", &json!({ "roleArn": "arn:aws:iam::111111111111:role/Admin" })),
        &json!({ "responseElements": { "credentials": { "accessKeyId": "ASIA1" } } }),
    );
    let session = json!({ "userIdentity": { "type": "AssumedRole", "accessKeyId": "ASIA1",
        "arn": "arn:aws:sts::111111111111:assumed-role/Admin/x" } });
    let timeline = made(&[taken, with(attach(5, "alice"), &session)], &Settings::default());
    assert_eq!(timeline.changes[0].person.as_deref(), Some(ALICE));
    assert_eq!(timeline.changes[0].traced_by, Some("chain"));
    assert!(timeline.courses[0].self_granted);
    // The role that changes itself.
    let own = json!({ "roleName": "Admin", "policyName": "p", "policyDocument":
        { "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "*", "Resource": "*" }] } });
    let made_role = event(0, "iam", "CreateRole", &json!({ "roleName": "Admin" }));
    let timeline = made(&[made_role, with(event(5, "iam", "PutRolePolicy", &own), &session)], &Settings::default());
    let rights = timeline.courses.iter().find(|course| course.changes == "rights").unwrap();
    assert_eq!((rights.state, rights.self_granted), (State::OpenedAndNeverReset, true));
}

#[test]
fn what_is_detached_or_deleted_is_reset() {
    let detach = event(
        7,
        "iam",
        "DetachUserPolicy",
        &json!({ "userName": "bob",
        "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess" }),
    );
    assert_eq!(one(&[attach(0, "bob"), detach]).state, State::Reset);
    let delete = event(7, "iam", "DeleteUser", &json!({ "userName": "bob" }));
    let timeline = made(&[attach(0, "bob"), delete], &Settings::default());
    let rights = timeline.courses.iter().find(|course| course.slot.is_some()).unwrap();
    assert_eq!(rights.openings[0].reset.as_ref().unwrap().event_id, "e-7");
}

#[test]
fn a_refused_attempt_is_no_change() {
    let refused = with(open(5), &json!({ "errorCode": "AccessDenied" }));
    let course = one(&[shut(0), refused.clone()]);
    assert_eq!((course.state, &course.refused_event_ids[..]), (State::Unknown, &["e-5".to_owned()][..]));
    let timeline = made(&[refused], &Settings::default());
    assert_eq!(timeline.courses[0].state, State::Refused);
    assert_eq!(timeline.changes[0].opened, Verdict::Refused);
    assert_eq!(timeline.changes[0].refused.as_deref(), Some("AccessDenied"));
}

#[test]
fn where_nobody_knows_what_was_before_it_is_unknown_and_what_it_allows_is_said() {
    let timeline = made(&[open(10)], &Settings::default());
    assert_eq!(timeline.courses[0].state, State::Unknown);
    assert_eq!(timeline.courses[0].undecided[0].code, "no_earlier_document");
    let told = &timeline.changes[0];
    assert_eq!((told.opened, &told.witness), (Verdict::Unknown, &None));
    assert!(told.allows.is_some());
    assert!(matches!(&told.before, Stood::Unknown(why) if why.contains("--against")), "{:?}", told.before);
}

fn snapshot(at: &str, policy: Option<&Value>) -> Settings {
    let text = policy.map(ToString::to_string);
    let mut inventory = overlay::inventory(&json!({ "s3": { "buckets": [{ "name": "b", "policy": text }] } })).unwrap();
    inventory.instant = at.parse().unwrap();
    Settings { earlier: Some(EarlierInventory::new(Arc::new(inventory))), ..Settings::default() }
}

#[test]
fn a_snapshot_of_before_says_what_was_there() {
    let settings = snapshot("2025-12-31T00:00:00Z", None);
    let timeline = made(&[open(10)], &settings);
    assert_eq!((timeline.courses[0].state, &timeline.changes[0].before), (State::OpenedAndNeverReset, &Stood::Nothing));
    let settings = snapshot("2025-12-31T00:00:00Z", Some(&policy(&json!("*"), &json!("s3:*"))));
    let timeline = made(&[open(10)], &settings);
    assert_eq!(timeline.courses[0].state, State::NothingOpened, "it was open before");
    assert!(matches!(&timeline.changes[0].before, Stood::Document { in_snapshot: true, .. }));
}

#[test]
fn a_snapshot_of_after_that_shows_something_else_is_said() {
    let of = |seen: Option<&Value>| {
        let settings = snapshot("2026-02-01T00:00:00Z", seen);
        made(&[shut(0), open(10)], &settings).courses.remove(0).snapshot_disagrees
    };
    let is_open = policy(&json!("*"), &json!(["s3:GetObject", "s3:PutObject"]));
    assert_eq!(of(Some(&is_open)), None);
    let said = of(Some(&policy(&json!("*"), &json!("s3:*")))).unwrap();
    assert!(said.contains("allows something else") && said.contains("e-10"), "{said}");
    assert!(of(None).unwrap().contains("has no policy"));
}

#[test]
fn versions_of_a_managed_policy_say_what_was_selected_and_what_was_there_before() {
    let arn = "arn:aws:iam::111111111111:policy/p";
    let version = |id: &str, created: &str, action: &str| {
        let document = json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": action, "Resource": "*" }] });
        json!({ "id": id, "created": created, "document": document })
    };
    let overlay = json!({ "iam": { "policies": [{ "name": "p", "default_version": "v1", "versions": [
        version("v1", "2025-01-01T00:00:00Z", "s3:GetObject"), version("v2", "2025-02-01T00:00:00Z", "s3:*"),
        version("v3", "2026-06-01T00:00:00Z", "*") ] }] } });
    let select = |minute: i64, id: &str| {
        event(minute, "iam", "SetDefaultPolicyVersion", &json!({ "policyArn": arn, "versionId": id }))
    };
    let told = told_of(&[select(10, "v2"), select(50, "v1")], &overlay, &Settings::default());
    let [first, second] = &told.changes[..] else { panic!("{told:#?}") };
    assert_eq!((first.opened, second.opened), (Verdict::Yes, Verdict::No));
    let Stood::Document { document, version: Some(before), event_id: None, .. } = &first.before else {
        panic!("{:?}", first.before)
    };
    assert!(document.contains("s3:GetObject") && before == "v1", "not the version that was made later");
    let Stood::Document { document, event_id, version: None, .. } = &second.before else {
        panic!("{:?}", second.before)
    };
    assert!(document.contains("s3:*") && event_id.as_deref() == Some("e-10"), "the event says what it was");
    let [course] = &told.courses[..] else { panic!("{told:#?}") };
    assert_eq!((course.state, course.openings[0].reset.as_ref().unwrap().open_for_seconds), (State::Reset, 2400));
    // Without versions nobody knows.
    let told = told_of(&[select(10, "v2"), select(50, "v1")], &json!({}), &Settings::default());
    assert!(told.changes.iter().all(|change| change.opened == Verdict::Unknown), "{told:#?}");
}

fn trail(minute: i64, name: &str) -> Value {
    event(minute, "cloudtrail", name, &json!({ "name": "arn:aws:cloudtrail:eu-west-1:111111111111:trail/main" }))
}

#[test]
fn a_trail_that_is_stopped_is_open_until_it_is_started() {
    let course = one(&[trail(0, "StopLogging"), trail(9, "StartLogging")]);
    assert_eq!((course.state, course.changes), (State::Reset, "log"));
    assert_eq!(course.openings[0].reset.as_ref().unwrap().open_for_seconds, 540);
    let timeline = made(&[trail(0, "StopLogging")], &Settings::default());
    assert_eq!(timeline.courses[0].state, State::OpenedAndNeverReset);
    assert!(timeline.changes[0].loosened[0].starts_with("logging is off"), "{:?}", timeline.changes[0].loosened);
    let Stood::Settings(after) = &timeline.changes[0].after else { panic!() };
    assert_eq!(after["logging"], Setting::Text("off".to_owned()));
}

#[test]
fn a_new_role_is_an_opening_where_it_trusts_strangers() {
    let create = |principal: &Value| {
        let trust = json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole" }] });
        one(&[event(
            0,
            "iam",
            "CreateRole",
            &json!({ "roleName": "r", "assumeRolePolicyDocument": trust.to_string() }),
        )])
    };
    let own =
        json!({ "AWS": "arn:aws:iam::111111111111:role/ci", "Service": ["ec2.amazonaws.com", "lambda.amazonaws.com"] });
    assert_eq!(create(&own).state, State::NothingOpened);
    let course = create(&json!({ "AWS": "arn:aws:iam::999999999999:root", "Service": "ec2.amazonaws.com" }));
    assert_eq!((course.state, course.severity), (State::OpenedAndNeverReset, Severity::Critical));
}

/// What could not be read is no harmless role.
#[test]
fn a_new_role_whose_trust_cannot_be_read_is_unknown() {
    let trust = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Princ";
    let role = json!({ "roleName": "deploy", "assumeRolePolicyDocument": trust });
    let course = one(&[event(0, "iam", "CreateRole", &role)]);
    assert_eq!(course.state, State::Unknown, "{course:#?}");
}

#[test]
fn whether_a_bucket_keeps_the_log_is_unknown_where_no_trail_is() {
    let events: Vec<Event> =
        [event(0, "s3", "DeleteBucket", &json!({ "bucketName": "b" }))].map(|event| Event::new(event).unwrap()).into();
    let timeline = timeline(&crate::of_events(events, &[]), &Settings::default());
    assert_eq!((timeline.courses[0].state, timeline.courses[0].changes), (State::Unknown, "log storage"));
}

#[test]
fn what_to_look_at_first_comes_first() {
    let key = event(3, "iam", "CreateAccessKey", &json!({ "userName": "bob" }));
    let events = [
        event(1, "iam", "UpdateAccountPasswordPolicy", &json!({ "minimumPasswordLength": 6 })),
        key,
        trail(5, "StopLogging"),
        attach(6, "bob"),
        attach(7, "alice"),
        shut(8),
        open(9),
        with(open(10), &json!({ "errorCode": "AccessDenied" })),
    ];
    let timeline = made(&events, &Settings::default());
    let order: Vec<_> = timeline.courses.iter().map(|course| (course.changes, course.self_granted)).collect();
    assert_eq!(order[..4], [("bucket policy", false), ("log", false), ("rights", true), ("rights", false)]);
}

#[test]
fn planted_stories_stand_out_of_noise() {
    // A generator of our own with a seed: the same noise each time.
    let mut seed = 7_u64;
    let mut next = |most: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % most
    };
    let mut events = vec![shut(0)];
    for minute in (1..4_000).filter(|minute| ![100, 140, 900, 2_000].contains(minute)) {
        let bucket = format!("noise-{}", next(40));
        events.push(match next(5) {
            0 => event(minute, "s3", "PutBucketPublicAccessBlock", &json!({ "bucketName": bucket,
                "PublicAccessBlockConfiguration": { "BlockPublicAcls": true, "IgnorePublicAcls": true,
                    "BlockPublicPolicy": true, "RestrictPublicBuckets": true } })),
            1 => event(minute, "s3", "PutBucketPolicy", &json!({ "bucketName": bucket, "bucketPolicy": { "Version": "2012-10-17",
                "Statement": [{ "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": format!("arn:aws:s3:::{bucket}/*"),
                    "Condition": { "Bool": { "aws:SecureTransport": "false" } } }] } })),
            2 => event(minute, "iam", "DetachUserPolicy", &json!({ "userName": format!("u{}", next(30)),
                "policyArn": "arn:aws:iam::aws:policy/IAMFullAccess" })),
            3 => event(minute, "iam", "DeleteAccessKey", &json!({ "userName": format!("u{}", next(30)), "accessKeyId": "AKIA0" })),
            _ => event(minute, "ec2", "RunInstances", &json!({ "instanceType": "t3.micro" })),
        });
    }
    events.extend([open(100), shut(140), attach(900, "alice"), trail(2_000, "StopLogging")]);
    let timeline = made(&events, &Settings::default());
    let opened: Vec<_> = timeline
        .courses
        .iter()
        .filter(|course| !course.openings.is_empty())
        .map(|course| {
            (course.state, course.resource.rsplit([':', '/']).next().unwrap(), course.openings[0].event_id.as_str())
        })
        .collect();
    assert_eq!(
        opened,
        [
            (State::OpenedAndNeverReset, "main", "e-2000"),
            (State::OpenedAndNeverReset, "alice", "e-900"),
            (State::Reset, "b", "e-100"),
        ]
    );
}

#[test]
fn a_policy_that_names_people_of_its_own_account_lets_no_stranger_in() {
    let settings = snapshot("2025-12-31T00:00:00Z", None);
    let course = |principals: &[&str]| {
        let put = |(minute, principal): (usize, &&str)| {
            put(i64::try_from(minute).unwrap(), &json!({ "AWS": principal }), &json!("s3:PutObject"))
        };
        let events: Vec<Value> = principals.iter().enumerate().map(put).collect();
        let course = made(&events, &settings).courses.remove(0);
        (course.state, course.severity)
    };
    let (root, role) = ("arn:aws:iam::111111111111:root", "arn:aws:iam::111111111111:role/ci");
    // The root user of the account stands for what its own policies say.
    assert_eq!(course(&[root]).0, State::NothingOpened);
    assert_eq!(course(&[root, role]).0, State::NothingOpened);
    assert_eq!(course(&[role]), (State::OpenedAndNeverReset, Severity::High));
    assert_eq!(course(&["arn:aws:iam::222222222222:role/ci"]), (State::OpenedAndNeverReset, Severity::Critical));
}

#[test]
fn a_trust_policy_is_compared_as_that_of_its_role() {
    let trust = |minute: i64, principal: &Value| {
        let trust = json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole" }] });
        let (name, parameter) = if minute == 0 {
            ("CreateRole", "assumeRolePolicyDocument")
        } else {
            ("UpdateAssumeRolePolicy", "policyDocument")
        };
        event(minute, "iam", name, &json!({ "roleName": "deploy", parameter: trust.to_string() }))
    };
    let timeline = made(
        &[trust(0, &json!({ "Service": "ec2.amazonaws.com" })), trust(1, &json!({ "AWS": "*" }))],
        &Settings::default(),
    );
    let witness = timeline.changes[1].witness.as_ref().unwrap();
    assert_eq!(witness.request.resource, "arn:aws:iam::111111111111:role/deploy");
}

fn block(minute: i64, on: bool) -> Value {
    let name = if on { "PutBucketPublicAccessBlock" } else { "DeleteBucketPublicAccessBlock" };
    event(
        minute,
        "s3",
        name,
        &json!({ "bucketName": "b", "PublicAccessBlockConfiguration": {
        "BlockPublicAcls": on, "IgnorePublicAcls": on, "BlockPublicPolicy": false, "RestrictPublicBuckets": on } }),
    )
}

#[test]
fn block_public_access_of_the_time_stands_before_a_policy() {
    let course = |events: &[Value]| {
        let all = made(events, &Settings::default()).courses;
        all.into_iter().find(|course| course.changes == "bucket policy").unwrap()
    };
    let public = |minute| put(minute, &json!("*"), &json!("s3:GetObject"));
    let known = event(0, "s3", "CreateBucket", &json!({ "bucketName": "b" }));
    assert_eq!(course(&[known.clone(), block(1, true), shut(2), public(3)]).state, State::NothingOpened);
    // Behind it the account's own people gain still, and so does whoever steers a service that writes (fact A13).
    let deletable = |minute| put(minute, &json!("*"), &json!("s3:DeleteObject"));
    assert_eq!(course(&[known.clone(), block(1, true), shut(2), deletable(3)]).severity, Severity::High);
    assert_eq!(course(&[known.clone(), block(1, true), shut(2), open(3)]).severity, Severity::Critical);
    assert_eq!(course(&[known, shut(2), open(3)]).severity, Severity::Critical);
    // The one who takes it away opens what the policy says already, and the request shows it.
    let timeline = made(&[block(0, true), shut(1), public(2), block(3, false)], &Settings::default());
    let told = timeline.changes.iter().find(|told| told.event_id == "e-3").unwrap();
    assert!(told.witness.as_ref().unwrap().request.resource.starts_with("arn:aws:s3:::b"), "{told:#?}");
    assert_eq!(timeline.changes.iter().find(|told| told.event_id == "e-2").unwrap().opened, Verdict::No);
}

#[test]
fn acls_are_compared_where_both_are_known() {
    let acl = |minute: i64, canned: &str| {
        event(minute, "s3", "PutBucketAcl", &json!({ "bucketName": "b", "x-amz-acl": canned }))
    };
    let mut inventory = overlay::inventory(&json!({ "s3": { "buckets": [{ "name": "b", "ownership": "ObjectWriter",
        "acl": { "grants": [] } }] } }))
    .unwrap();
    inventory.instant = "2025-12-31T00:00:00Z".parse().unwrap();
    let settings = Settings { earlier: Some(EarlierInventory::new(Arc::new(inventory))), ..Settings::default() };
    let state = |events: &[Value], settings: &Settings| {
        let timeline = made(events, settings);
        let acl = timeline.courses.iter().find(|course| course.changes == "bucket ACL").unwrap();
        (acl.state, timeline.changes.iter().any(|told| told.witness.is_some()))
    };
    let opened = acl(2, "public-read");
    assert_eq!(state(std::slice::from_ref(&opened), &settings), (State::OpenedAndNeverReset, true));
    assert_eq!(state(&[opened.clone(), acl(3, "private")], &settings).0, State::Reset);
    // What Block Public Access passes over opens nothing.
    assert_eq!(state(&[block(0, true), opened.clone()], &settings).0, State::NothingOpened);
    // Of what was before nothing is known: that everybody is let in is said all the same.
    assert_eq!(state(&[opened], &Settings::default()), (State::OpenedAndNeverReset, false));
}

#[test]
fn a_statement_for_everybody_opens_a_function_until_it_is_removed() {
    let function = json!({ "functionName": "f", "statementId": "all" });
    let answer = json!({ "responseElements": { "statement": json!({ "Sid": "all", "Effect": "Allow", "Principal": "*",
        "Action": "lambda:InvokeFunction", "Resource": "arn:aws:lambda:eu-west-1:111111111111:function:f" }).to_string() } });
    let create = event(0, "lambda", "CreateFunction20150331", &json!({ "functionName": "f" }));
    let add = with(event(1, "lambda", "AddPermission20150331v2", &function), &answer);
    let remove = event(31, "lambda", "RemovePermission20150331v2", &function);
    let of = |events: &[Value]| {
        let timeline = made(events, &Settings::default());
        timeline.courses.into_iter().find(|course| course.event_ids.contains(&"e-1".to_owned())).unwrap()
    };
    let course = of(&[create.clone(), add.clone()]);
    assert_eq!((course.state, course.severity), (State::OpenedAndNeverReset, Severity::Critical));
    let course = of(&[create, add.clone(), remove]);
    assert_eq!(course.state, State::Reset);
    assert_eq!(course.openings[0].reset.as_ref().unwrap().open_for_seconds, 1800);
    // Of a function that was there before nobody knows the rest.
    let timeline = made(&[add], &Settings::default());
    assert_eq!(timeline.courses[0].state, State::Unknown);
    assert_eq!(timeline.changes[0].allows.as_ref().unwrap().request.action, "lambda:InvokeFunction");
}

#[test]
fn a_grant_to_another_account_is_open_until_it_is_revoked() {
    let key = "arn:aws:kms:eu-west-1:111111111111:key/k";
    let grant = |grantee: &str| {
        with(
            event(
                0,
                "kms",
                "CreateGrant",
                &json!({ "keyId": key, "granteePrincipal": grantee, "operations": ["Decrypt"] }),
            ),
            &json!({ "responseElements": { "grantId": "g" } }),
        )
    };
    let stranger = grant("arn:aws:iam::222222222222:role/r");
    let course = one(std::slice::from_ref(&stranger));
    assert_eq!(
        (course.state, course.severity, course.changes),
        (State::OpenedAndNeverReset, Severity::Critical, "key grant")
    );
    let revoke = event(9, "kms", "RevokeGrant", &json!({ "keyId": key, "grantId": "g" }));
    assert_eq!(one(&[stranger, revoke]).state, State::Reset);
    let course = one(&[grant("arn:aws:iam::111111111111:role/r")]);
    assert_eq!((course.state, course.severity), (State::OpenedAndNeverReset, Severity::High));
}

#[test]
fn a_permission_set_is_compared_by_itself() {
    let set = "arn:aws:sso:::permissionSet/ssoins-1/ps-1";
    let create = with(
        event(0, "sso", "CreatePermissionSet", &json!({ "name": "Ops" })),
        &json!({ "responseElements": { "permissionSet": { "permissionSetArn": set } } }),
    );
    let inline =
        json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "iam:*", "Resource": "*" }] });
    let put = event(
        1,
        "sso",
        "PutInlinePolicyToPermissionSet",
        &json!({ "permissionSetArn": set, "inlinePolicy": inline.to_string() }),
    );
    let attach = event(
        2,
        "sso",
        "AttachManagedPolicyToPermissionSet",
        &json!({ "permissionSetArn": set,
        "managedPolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess" }),
    );
    let timeline = made(&[create, put, attach], &Settings::default());
    let told: Vec<_> = timeline.changes.iter().map(|told| (told.opened, told.alone)).collect();
    assert_eq!(told, [(Verdict::No, false), (Verdict::Yes, true), (Verdict::Yes, true)]);
}
