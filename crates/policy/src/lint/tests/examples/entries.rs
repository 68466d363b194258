//! Actions and resources.

use super::{DENY, Example, GITHUB, conditions, statements};
use crate::lint::PolicyKind::{Identity, Scp, Trust};

pub(super) fn of_actions() -> Vec<Example> {
    let with = |action: &str| format!(r#""Effect":"Allow","Action":{action},"Resource":"*""#);
    let actions = |code, earns: &str, near: &str| statements(code, Identity, &with(earns), &with(near));
    let trust =
        |action: &str, principal: &str| format!(r#""Effect":"Allow","Principal":{principal},"Action":{action}"#);
    vec![
        actions("invalid_action", r#""s3.GetObject""#, r#""s3:GetObject""#),
        actions("invalid_action", r#""s*:GetObject""#, r#""s3:G*Object""#),
        actions("invalid_action", r#""s3: GetObject""#, r#""*""#),
        actions("invalid_action", r#""s3:""#, r#""*:*""#),
        actions("unknown_service", r#""dynamdb:GetItem""#, r#""DynamoDB:GetItem""#),
        actions("unknown_action", r#""s3:GetObjekt""#, r#""s3:getobject""#),
        actions("unknown_action", r#""s3:ListBuckets""#, r#""s3:ListAllMyBuckets""#),
        actions("unknown_action", r#""sns:Receives""#, r#""SNS:Receive""#),
        actions("action_matches_nothing", r#""s3:Fetch*""#, r#""s3:Get?bject""#),
        statements(
            "action_not_for_trust",
            Trust,
            &trust(r#"["sts:AssumeRole","s3:GetObject"]"#, r#"{"AWS":"111122223333"}"#),
            &trust(r#"["sts:AssumeRole","sts:TagSession"]"#, r#"{"AWS":"111122223333"}"#),
        ),
        statements(
            "wrong_way_to_assume",
            Trust,
            &GITHUB.replace("WithWebIdentity", ""),
            &GITHUB.replace("WithWebIdentity", "*"),
        ),
        statements(
            "wrong_way_to_assume",
            Trust,
            &trust(r#""sts:AssumeRoleWithSAML""#, r#"{"Service":"ec2.amazonaws.com"}"#),
            &trust(r#""sts:TagSession""#, r#"{"Service":"ec2.amazonaws.com"}"#),
        ),
        actions("redundant_action", r#"["s3:Get*","s3:getobject"]"#, r#"["s3:Get*","s3:PutObject"]"#),
        actions("redundant_action", r#"["s3:GetObject","S3:GETOBJECT"]"#, r#"["s3:GetObject","s3:GetObjectAcl"]"#),
        actions("redundant_action", r#"["s3:GetObject?","s3:GetObject*"]"#, r#"["s3:GetObject?","s3:GetObject"]"#),
    ]
}

pub(super) fn of_resources() -> Vec<Example> {
    let with = |action: &str, resource: &str| format!(r#""Effect":"Allow","Action":"{action}","Resource":{resource}"#);
    let resources = |code, action: &str, earns: &str, near: &str| {
        statements(code, Identity, &with(action, earns), &with(action, near))
    };
    let invalid = |earns: &str, near: &str| resources("invalid_resource", "s3:*", earns, near);
    vec![
        invalid(r#""my-bucket""#, r#""arn:aws:s3:::my-bucket""#),
        invalid(r#""arn:aws:s3::my-bucket""#, r#""arn:aws:s3:*""#),
        invalid(r#""arn:aws:s3:::""#, r#""arn:aws:s3:::*""#),
        invalid(r#""arn:aw:s3:::b""#, r#""arn:aws-cn:s3:::b""#),
        invalid(r#""arn:aws:s3::1234:b""#, r#""arn:*:s3:::b""#),
        invalid(r#""*:s3:::b""#, r#""*""#),
        statements(
            "invalid_resource",
            Identity,
            &with("s3:*", &format!(r#""arn:aws:s3:::b/{}""#, "k".repeat(2_100))),
            &with("s3:*", &format!(r#""arn:aws:s3:::b/{}""#, "k".repeat(1_000))),
        ),
        statements(
            "invalid_resource",
            Identity,
            &with("execute-api:Invoke", r#""execute-api:/*""#),
            &with("execute-api:Invoke", r#""arn:aws:execute-api:*:*:*""#),
        ),
        resources("wildcard_in_service", "s3:*", r#""arn:aws:s*:::b""#, r#""arn:aws:s3:::b*""#),
        resources("wildcard_stays_in_part", "iam:*", r#""arn:aws:iam:*role/x*""#, r#""arn:aws:iam:*""#),
        resources(
            "unknown_region",
            "sqs:*",
            r#""arn:aws:sqs:eu-centrl-1:111122223333:q""#,
            r#""arn:aws:sqs:eu-central-1:111122223333:q""#,
        ),
        resources(
            "unknown_region",
            "sqs:*",
            r#""arn:aws:sqs:moon-*:111122223333:q""#,
            r#""arn:aws:sqs:us-*:111122223333:q""#,
        ),
        conditions(
            "unknown_region",
            Scp,
            DENY,
            r#""StringEquals":{"aws:RequestedRegion":"eu-central1"}"#,
            r#""StringEquals":{"aws:RequestedRegion":"eu-central-1"}"#,
        ),
        resources(
            "unknown_resource_type",
            "iam:*",
            r#""arn:aws:iam::111122223333:roles/x""#,
            r#""arn:aws:iam::111122223333:role/x""#,
        ),
        resources(
            "unknown_resource_type",
            "sts:*",
            r#""arn:aws:iam::111122223333:rot""#,
            r#""arn:aws:iam::111122223333:root""#,
        ),
        resources(
            "misplaced_arn_part",
            "iam:*",
            r#""arn:aws:iam:us-east-1:111122223333:role/x""#,
            r#""arn:aws:iam:*:111122223333:role/x""#,
        ),
        resources("misplaced_arn_part", "sqs:*", r#""arn:aws:sqs:us-east-1::q""#, r#""arn:aws:sqs:us-east-1:*:q""#),
        resources(
            "misplaced_arn_part",
            "sns:*",
            r#""arn:aws:sns::111122223333:t""#,
            r#""arn:aws:sns:*:111122223333:t""#,
        ),
        resources(
            "action_resource_mismatch",
            "s3:GetObject",
            r#""arn:aws:s3:::b""#,
            r#"["arn:aws:s3:::b","arn:aws:s3:::b/*"]"#,
        ),
        resources("action_resource_mismatch", "s3:ListBucket", r#""arn:aws:s3:::b/*""#, r#""arn:aws:s3:::b""#),
        resources("action_resource_mismatch", "kms:*", r#""arn:aws:s3:::b""#, r#""arn:aws:kms:*:*:key/*""#),
        resources(
            "action_resource_mismatch",
            "ec2:TerminateInstances",
            r#""arn:aws:ec2:*:*:volume/*""#,
            r#""arn:aws:ec2:*:*:*""#,
        ),
        resources(
            "action_resource_mismatch",
            "iam:PassRole",
            r#""arn:aws:iam::*:user/*""#,
            r#""arn:aws:iam::*:role/${aws:username}""#,
        ),
        resources("action_needs_star", "s3:ListAllMyBuckets", r#""arn:aws:s3:::*""#, r#""*""#),
        resources("action_needs_star", "ec2:DescribeInstances*", r#""arn:aws:ec2:*:*:instance/*""#, r#"["*"]"#),
        statements("action_needs_star", Scp, &DENY.replace("s3:GetObject", "s3:ListAllMyBuckets"), DENY),
        resources(
            "redundant_resource",
            "s3:GetObject",
            r#"["arn:aws:s3:::b/*","arn:aws:s3:::b/x"]"#,
            r#"["arn:aws:s3:::b/*","arn:aws:s3:::B/x"]"#,
        ),
        resources(
            "redundant_resource",
            "s3:GetObject",
            r#"["arn:aws:s3:::b/x","arn:aws:s3:::b/x"]"#,
            r#"["arn:aws:s3:::b/x","arn:aws:s3:::b/${aws:username}"]"#,
        ),
    ]
}
