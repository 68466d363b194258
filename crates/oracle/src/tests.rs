//! The second opinion, where its answers are plain.

use serde_json::{Value, json};

use crate::{Verdict, brute_reach, decide, decide_case, reach_case, tries};

fn bucket(statement: &Value) -> Value {
    json!({ "kind": "bucket_policy", "account": "111111111111", "resource": "arn:aws:s3:::b",
        "policy": { "Version": "2012-10-17", "Statement": statement } })
}

fn found(case: &Value) -> Vec<&'static str> {
    brute_reach(case).into_keys().collect()
}

#[test]
fn brute_force_tells_audiences_apart() {
    let allow = |principal: Value, condition: Value| {
        bucket(
            &json!({ "Effect": "Allow", "Principal": principal, "Action": "s3:*", "Resource": "*", "Condition": condition }),
        )
    };
    let everyone = || json!("*");
    assert_eq!(
        found(&allow(everyone(), json!({}))),
        ["any_aws_account", "anyone", "aws_service_of_anyone", "same_account"]
    );
    let fixed = json!({ "IpAddress": { "aws:SourceIp": "203.0.113.0/24" } });
    assert_eq!(found(&allow(everyone(), fixed)), ["anyone_in_network", "same_account"]);
    let named = json!({ "AWS": "222222222222" });
    assert_eq!(found(&allow(named, json!({}))), ["accounts", "same_account"]);
    let service = json!({ "Service": "cloudtrail.amazonaws.com" });
    let guarded = json!({ "StringEquals": { "aws:SourceAccount": "111111111111" } });
    assert_eq!(found(&allow(service, guarded)), ["aws_service", "same_account"]);
    assert_eq!(found(&bucket(&json!([]))), ["same_account"]);
}

#[test]
fn a_request_that_brute_force_found_is_one_that_it_tries() {
    for seed in 0..200 {
        let case = reach_case(seed);
        for (audience, request) in brute_reach(&case) {
            assert!(tries(&case, &request), "seed {seed}, {audience}: {request}\n{case}");
        }
    }
    let case = reach_case(0);
    let strange = json!({ "principal": "arn:aws:iam::121212121212:user/u", "action": "s3:GetObject",
        "resource": "arn:aws:s3:::b/k", "context": {} });
    assert!(!tries(&case, &strange));
}

#[test]
fn a_seed_is_a_case() {
    assert_eq!(decide_case(7), decide_case(7));
    assert_ne!(decide_case(7)["policies"], decide_case(8)["policies"]);
    assert_eq!(reach_case(7), reach_case(7));
}

/// Facts B3 and D5, where both readings could go wrong alike.
#[test]
fn wildcards_stay_in_their_segment_and_values_are_no_patterns() {
    let verdict = |pattern: &str, tag: &str| {
        let statement = json!({ "Effect": "Allow", "Action": "sqs:*", "Resource": pattern });
        decide(&json!({
            "request": { "principal": "arn:aws:iam::111111111111:user/u", "action": "sqs:SendMessage",
                "resource": "arn:aws:sqs:us-east-1:111111111111:q:1", "context": { "aws:PrincipalTag/t": tag } },
            "policies": { "identity": [{ "Version": "2012-10-17", "Statement": statement }] },
        }))
    };
    for open in [
        "*",
        "arn:aws:sqs:*:111111111111:q:1",
        "arn:aws:sqs*",
        "arn:aws:sqs:us-*-1:*",
        "arn:aws:sqs:us-east-1:111111111111:${aws:PrincipalTag/t}",
    ] {
        assert_eq!(verdict(open, "q:1"), Verdict::Allow, "{open}");
    }
    for closed in
        ["arn:aws:sqs:us*1:q:1", "arn:aws:sqs:us-east-1?111111111111:q:1", "arn:aws:sqs:us-east-1:111111111111:q"]
    {
        assert_eq!(verdict(closed, "q:1"), Verdict::ImplicitDeny, "{closed}");
    }
    assert_eq!(verdict("arn:aws:sqs:us-east-1:111111111111:${aws:PrincipalTag/t}", "*"), Verdict::ImplicitDeny);
}
