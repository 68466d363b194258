//! The buckets: most are for the account alone, some let in others, a few let in everybody.

use serde_json::{Value, json};

use super::policies::team_name;
use super::{ACCOUNT, Dice, MadeUpBucket, policy};

pub(super) fn bucket(dice: &mut Dice, index: usize) -> MadeUpBucket {
    let name = if index == 0 { "acme-artifacts".to_owned() } else { format!("acme-{}-data-{index}", team_name(index)) };
    let arn = format!("arn:aws:s3:::{name}");
    let objects = format!("{arn}/*");
    let both = json!([arn, objects]);
    let allow = |principal: Value, action: Value, resource: Value, condition: Option<Value>| {
        let mut statement =
            json!({ "Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource });
        if let Some(condition) = condition {
            statement["Condition"] = condition;
        }
        statement
    };
    let mut statements = Vec::new();
    if dice.percent(70) {
        statements.push(json!({ "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": both, "Condition": { "Bool": { "aws:SecureTransport": "false" } } }));
    }
    for _ in 0..=dice.below(3) {
        statements.push(match dice.below(12) {
            0 => allow(json!({ "AWS": format!("arn:aws:iam::222222222222:role/reader-{index}") }), json!(["s3:GetObject", "s3:ListBucket"]), both.clone(), None),
            1 => allow(json!({ "AWS": "333333333333" }), json!("s3:PutObject"), json!(objects), Some(json!({ "StringEquals": { "s3:x-amz-acl": "bucket-owner-full-control" } }))),
            2 => allow(json!({ "Service": "cloudfront.amazonaws.com" }), json!("s3:GetObject"), json!(objects), Some(json!({ "StringEquals": { "aws:SourceArn": format!("arn:aws:cloudfront::{ACCOUNT}:distribution/E{index:013}") } }))),
            3 => allow(json!({ "Service": "logging.s3.amazonaws.com" }), json!("s3:PutObject"), json!(format!("{arn}/logs/*")), Some(json!({ "StringEquals": { "aws:SourceAccount": ACCOUNT } }))),
            4 => allow(json!({ "Service": "delivery.logs.amazonaws.com" }), json!("s3:PutObject"), json!(format!("{arn}/AWSLogs/{ACCOUNT}/*")), dice.percent(50).then(|| json!({ "StringEquals": { "s3:x-amz-acl": "bucket-owner-full-control" } }))),
            5 => allow(json!("*"), json!(["s3:GetObject", "s3:ListBucket"]), both.clone(), Some(json!({ "StringEquals": { "aws:PrincipalOrgID": "o-acme000000" } }))),
            6 => allow(json!("*"), json!("s3:GetObject"), json!(objects), Some(json!({ "StringEquals": { "aws:SourceVpce": format!("vpce-{index:017x}") } }))),
            7 => allow(json!("*"), json!("s3:GetObject"), json!(objects), Some(json!({ "IpAddress": { "aws:SourceIp": ["203.0.113.0/24", format!("198.51.100.{}/32", index % 256)] } }))),
            8 => allow(json!({ "AWS": [format!("arn:aws:iam::{ACCOUNT}:role/{}-shared-{index}", team_name(index)), "444444444444"] }), json!("s3:*"), both.clone(), Some(json!({ "StringLike": { "s3:prefix": ["in/*"] } }))),
            9 => json!({ "Effect": "Deny", "NotPrincipal": { "AWS": [format!("arn:aws:iam::{ACCOUNT}:root"), format!("arn:aws:iam::{ACCOUNT}:role/platform-admin-{index}")] }, "Action": "s3:DeleteBucket*", "Resource": arn }),
            10 => json!({ "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": both, "Condition": { "StringNotEquals": { "aws:PrincipalAccount": [ACCOUNT, "222222222222"] }, "Bool": { "aws:PrincipalIsAWSService": "false" } } }),
            _ if dice.percent(20) => allow(json!("*"), json!("s3:GetObject"), json!(format!("{arn}/public/*")), None),
            _ => allow(json!({ "AWS": ACCOUNT }), json!("s3:*"), both.clone(), None),
        });
    }
    MadeUpBucket { arn, policy: policy(&statements), blocked: dice.percent(60) }
}
