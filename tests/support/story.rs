//! The worked story of a case, made from its figures: an account at work by day, and one night.

use serde_json::{Value, json};

pub(crate) const ACCOUNT: &str = "0123456789";
pub(crate) const USER: &str = "arn:aws:iam::0123456789:user/Development/Roboman1";
/// Where the night came from.
pub(crate) const ABROAD: &str = "203.0.113.77";
/// Where the user signed in from before.
pub(crate) const FLORIDA: &str = "198.51.100.20";
const OFFICE: &str = "198.51.100.30";

/// The twenty instances; the first two are those of the record that circulates.
pub(crate) fn instances() -> Vec<String> {
    let first = ["i-2oc7w12", "i-eob7w13"].map(str::to_owned);
    first.into_iter().chain((2..20).map(|number| format!("i-0pr0d{number:04}"))).collect()
}

fn user(name: &str) -> Value {
    let path = if name == "Roboman1" { "Development/" } else { "" };
    json!({
        "type": "IAMUser", "principalId": format!("AIDA{name}"), "accountId": ACCOUNT, "userName": name,
        "arn": format!("arn:aws:iam::{ACCOUNT}:user/{path}{name}"),
    })
}

struct Story(Vec<Value>);

impl Story {
    fn add(&mut self, time: &str, source: &str, name: &str, by: &str, from: &str, more: Value) -> String {
        let id = format!("57000000-0000-4000-8000-{:012}", self.0.len());
        let mut event = json!({
            "eventVersion": "1.08", "eventID": id, "eventTime": time, "eventName": name, "awsRegion": "us-east-2",
            "eventSource": format!("{source}.amazonaws.com"), "sourceIPAddress": from, "userAgent": "aws-cli/2.0.62",
            "userIdentity": user(by), "recipientAccountId": ACCOUNT, "eventType": "AwsApiCall",
            "readOnly": name.starts_with("Describe"), "requestParameters": null, "responseElements": null,
        });
        if let (Value::Object(event), Value::Object(more)) = (&mut event, more) {
            event.extend(more);
        }
        self.0.push(event);
        id
    }

    fn sign_in(&mut self, time: &str, by: &str, from: &str, result: &str) -> String {
        let mut who = user(by);
        if result == "Failure" {
            // A refused sign-in has no ARN.
            who.as_object_mut().unwrap().remove("arn");
        }
        self.add(time, "signin", "ConsoleLogin", by, from, json!({
            "userIdentity": who, "eventType": "AwsConsoleSignIn", "awsRegion": "us-east-1", "userAgent": "Mozilla/5.0",
            "responseElements": { "ConsoleLogin": result },
            "additionalEventData": { "MFAUsed": if by == "Roboman1" { "No" } else { "Yes" } },
            "errorMessage": if result == "Failure" { json!("Failed authentication") } else { Value::Null },
        }))
    }
}

/// The records, and the ids of the calls that terminated, of the failed sign-ins and of the one that worked.
pub(crate) struct Told {
    pub(crate) records: Vec<Value>,
    pub(crate) terminations: Vec<String>,
    pub(crate) failures: Vec<String>,
    pub(crate) success: String,
    pub(crate) launches: Vec<String>,
    pub(crate) earlier_sign_ins: Vec<String>,
}

/// Tells the story.
pub(crate) fn told() -> Told {
    let mut story = Story(Vec::new());
    let all = instances();
    let mut launches = Vec::new();
    for (number, some) in all.chunks(5).enumerate() {
        let items: Vec<Value> = some
            .iter()
            .map(|id| json!({ "instanceId": id, "imageId": "ami-0ba5e00001", "instanceType": "m5.large" }))
            .collect();
        let service = ["payments", "ledger", "orders", "search"][number];
        launches.push(story.add(
            &format!("2020-09-01T10:0{number}:00Z"),
            "ec2",
            "RunInstances",
            "Deployer",
            OFFICE,
            json!({
                "requestParameters": {
                    "instanceType": "m5.large",
                    "tagSpecificationSet": { "items": [{ "resourceType": "instance", "tags": [
                        { "key": "environment", "value": "production" }, { "key": "service", "value": service },
                    ] }] },
                },
                "responseElements": { "instancesSet": { "items": items } },
            }),
        ));
    }
    // Copies: an image of the first, one of the second that was deleted since, a snapshot of a volume of the third.
    let image = |instance: &str, image: &str| {
        json!({
            "requestParameters": { "instanceId": instance, "name": "nightly" }, "responseElements": { "imageId": image },
        })
    };
    story.add("2020-10-15T09:00:00Z", "ec2", "CreateImage", "Deployer", OFFICE, image(&all[0], "ami-0c0ffee0001"));
    story.add("2020-10-15T09:01:00Z", "ec2", "CreateImage", "Deployer", OFFICE, image(&all[1], "ami-0c0ffee0002"));
    story.add(
        "2020-10-16T09:00:00Z",
        "ec2",
        "DeregisterImage",
        "Deployer",
        OFFICE,
        json!({
            "requestParameters": { "imageId": "ami-0c0ffee0002" },
        }),
    );
    story.add(
        "2020-10-17T09:00:00Z",
        "ec2",
        "AttachVolume",
        "Deployer",
        OFFICE,
        json!({
            "requestParameters": { "volumeId": "vol-0da7a0003", "instanceId": all[2], "device": "/dev/sdf" },
        }),
    );
    story.add("2020-10-18T09:00:00Z", "ec2", "CreateSnapshot", "Deployer", OFFICE, json!({
        "requestParameters": { "volumeId": "vol-0da7a0003" }, "responseElements": { "snapshotId": "snap-0da7a0003" },
    }));
    // Seven days of work, from 07:00 to 19:00.
    let mut earlier_sign_ins = Vec::new();
    for (number, day) in
        ["2020-10-30", "2020-10-31", "2020-11-01", "2020-11-02", "2020-11-03", "2020-11-04", "2020-11-05"]
            .into_iter()
            .enumerate()
    {
        for (hour, minute) in [(7, 0), (9, 12), (11, 30), (13, 45), (16, 20), (18, 55)] {
            let by = ["Deployer", "Ana", "Bo"][(number + hour) % 3];
            story.add(&format!("{day}T{hour:02}:{minute:02}:00Z"), "ec2", "DescribeInstances", by, OFFICE, json!({}));
        }
        story.add(&format!("{day}T19:00:00Z"), "s3", "ListBuckets", "Ana", OFFICE, json!({ "readOnly": true }));
        if [0, 3, 5].contains(&number) {
            earlier_sign_ins.push(story.sign_in(&format!("{day}T14:02:00Z"), "Roboman1", FLORIDA, "Success"));
            for minute in [5, 9, 20, 41] {
                story.add(
                    &format!("{day}T14:{minute:02}:30Z"),
                    "ec2",
                    "DescribeVolumes",
                    "Roboman1",
                    FLORIDA,
                    json!({}),
                );
            }
        }
    }
    // The night.
    let mut failures = Vec::new();
    for second in 10..19 {
        failures.push(story.sign_in(&format!("2020-11-06T03:02:{second}Z"), "Roboman1", ABROAD, "Failure"));
    }
    let success = story.sign_in("2020-11-06T03:02:23Z", "Roboman1", ABROAD, "Success");
    story.add("2020-11-06T03:10:02Z", "ec2", "DescribeInstances", "Roboman1", ABROAD, json!({}));
    let mut terminations = Vec::new();
    for (number, pair) in all.chunks(2).enumerate() {
        let named: Vec<Value> = pair.iter().map(|id| json!({ "instanceId": id })).collect();
        let states: Vec<Value> = pair
            .iter()
            .map(|id| {
                json!({
                    "instanceId": id, "currentState": { "code": 32, "name": "shutting-down" },
                    "previousState": { "code": 16, "name": "running" },
                })
            })
            .collect();
        let second = 39 + number;
        terminations.push(story.add(
            &format!("2020-11-06T03:21:{second}Z"),
            "ec2",
            "TerminateInstances",
            "Roboman1",
            ABROAD,
            json!({
                "requestParameters": { "instancesSet": { "items": named } },
                "responseElements": { "instancesSet": { "items": states } },
            }),
        ));
    }
    // Life goes on.
    story.add("2020-11-06T07:30:00Z", "ec2", "DescribeInstances", "Ana", OFFICE, json!({}));
    Told { records: story.0, terminations, failures, success, launches, earlier_sign_ins }
}
