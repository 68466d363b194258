//! The small alphabets that cases are made of.
//!
//! Few values, so that two draws often meet; among them the ones that tell one rule from another: other case, empty, a
//! wildcard as data, a prefix of another.

use serde_json::{Value, json};

/// What sort of value a key holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Sort {
    #[default]
    Text,
    Arn,
    Number,
    Date,
    Bool,
    Bytes,
    Address,
    /// A set of texts.
    Set,
}

/// A condition key with values for policies and for requests.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) sort: Sort,
    pub(crate) in_policy: &'static [&'static str],
    pub(crate) in_request: &'static [&'static str],
}

const ACCOUNTS: &[&str] = &["111111111111", "222222222222", "333333333333"];
const ARNS: &[&str] = &[
    "arn:aws:iam::111111111111:user/Alice",
    "arn:aws:iam::222222222222:role/R",
    "arn:aws:iam::222222222222:user/Alice",
    "arn:aws:iam::111111111111:role/p/Q",
];
const ARN_PATTERNS: &[&str] = &[
    "arn:aws:iam::111111111111:user/Alice",
    "arn:aws:iam::222222222222:role/*",
    "arn:aws:iam::*:user/A?ice",
    "arn:aws:iam::111111111111:*",
    "arn:*:iam::*:role/R",
    "arn:aws:iam::*",
    "arn:aws:iam::222222222222:user/alice",
];

/// Keys that `decide` cases use.
pub(crate) const KEYS: &[Key] = &[
    Key {
        name: "aws:PrincipalTag/team",
        sort: Sort::Text,
        in_policy: &["red", "r*", "Red", "", "*", "?ed", "blue", "a*c"],
        in_request: &["red", "Red", "", "*", "blue", "r", "abc"],
    },
    Key {
        name: "aws:RequestTag/Team",
        sort: Sort::Text,
        in_policy: &["red", "b*", "blue", "RED"],
        in_request: &["red", "blue", "b*"],
    },
    Key {
        name: "aws:username",
        sort: Sort::Text,
        in_policy: &["Alice", "alice", "B*", "A????"],
        in_request: &["Alice", "Bob"],
    },
    Key {
        name: "aws:PrincipalOrgID",
        sort: Sort::Text,
        in_policy: &["o-a", "o-*", "o-b"],
        in_request: &["o-a", "o-b"],
    },
    Key { name: "aws:PrincipalAccount", sort: Sort::Text, in_policy: ACCOUNTS, in_request: ACCOUNTS },
    Key { name: "aws:SourceAccount", sort: Sort::Text, in_policy: ACCOUNTS, in_request: ACCOUNTS },
    Key {
        name: "aws:SourceVpce",
        sort: Sort::Text,
        in_policy: &["vpce-1", "vpce-*", "vpce-2"],
        in_request: &["vpce-1", "vpce-2"],
    },
    Key {
        name: "s3:prefix",
        sort: Sort::Text,
        in_policy: &["home/Alice", "home/*", "", "home/?ob"],
        in_request: &["home/Alice", "home/Bob", "", "home/"],
    },
    Key { name: "aws:PrincipalArn", sort: Sort::Arn, in_policy: ARN_PATTERNS, in_request: ARNS },
    Key {
        name: "aws:SourceArn",
        sort: Sort::Arn,
        in_policy: &[
            "arn:aws:cloudtrail:us-east-1:111111111111:trail/t",
            "arn:aws:cloudtrail:*:111111111111:trail/*",
            "arn:aws:sns:us-east-1:*:a:b*",
            "arn:aws:s3:::b",
        ],
        in_request: &[
            "arn:aws:cloudtrail:us-east-1:111111111111:trail/t",
            "arn:aws:cloudtrail:eu-west-1:222222222222:trail/t",
            "arn:aws:sns:us-east-1:111111111111:a:b:c",
            "arn:aws:s3:::b",
            "no-arn",
        ],
    },
    Key {
        name: "s3:DataAccessPointArn",
        sort: Sort::Arn,
        in_policy: &[
            "arn:aws:s3:us-east-1:111111111111:accesspoint/ap",
            "arn:aws:s3:us-east-1:111111111111:accesspoint/*",
            "arn:aws:s3:us-east-1:222222222222:accesspoint/ap",
        ],
        in_request: &[
            "arn:aws:s3:us-east-1:111111111111:accesspoint/ap",
            "arn:aws:s3:us-east-1:222222222222:accesspoint/ap",
        ],
    },
    Key {
        name: "aws:MultiFactorAuthAge",
        sort: Sort::Number,
        in_policy: &["5", "10", "10.0", "-1", "300"],
        in_request: &["5", "10", "10.50", "ten", "0"],
    },
    Key {
        name: "aws:CurrentTime",
        sort: Sort::Date,
        in_policy: &["2024-01-01T00:00:00Z", "2024-06-01", "1704067200", "2024-02-29T23:59:59Z"],
        in_request: &["2024-01-01T00:00:00Z", "2024-03-01T00:00:00Z", "1704067201", "2023-12-31T23:59:59Z", "later"],
    },
    Key {
        name: "aws:SecureTransport",
        sort: Sort::Bool,
        in_policy: &["true", "false", "TRUE"],
        in_request: &["true", "false"],
    },
    Key {
        name: "aws:MultiFactorAuthPresent",
        sort: Sort::Bool,
        in_policy: &["true", "false"],
        in_request: &["true", "false"],
    },
    Key {
        name: "forewarn:Digest",
        sort: Sort::Bytes,
        in_policy: &["YWI=", "YWJj", "YQ=="],
        in_request: &["YWI=", "YWJj", "ab"],
    },
    Key {
        name: "aws:SourceIp",
        sort: Sort::Address,
        in_policy: &["203.0.113.0/24", "203.0.113.7", "0.0.0.0/0", "2001:db8::/32", "10.0.0.0/8", "::/0", "0.0.0.0/1"],
        in_request: &["203.0.113.7", "198.51.100.9", "2001:db8::1", "2001:db9::1"],
    },
    Key {
        name: "aws:TagKeys",
        sort: Sort::Set,
        in_policy: &["a", "b", "A", "*", "c?"],
        in_request: &["a", "b", "c", "", "A", "cd"],
    },
    Key {
        name: "aws:CalledVia",
        sort: Sort::Set,
        in_policy: &["athena.amazonaws.com", "*.amazonaws.com"],
        in_request: &["athena.amazonaws.com", "dynamodb.amazonaws.com"],
    },
];

/// Operators for each sort of value.
pub(crate) fn operators(sort: Sort) -> &'static [&'static str] {
    match sort {
        Sort::Text | Sort::Set => &[
            "StringEquals",
            "StringNotEquals",
            "StringLike",
            "StringNotLike",
            "StringEqualsIgnoreCase",
            "StringNotEqualsIgnoreCase",
        ],
        Sort::Arn => {
            &["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", "StringLike", "StringNotLike", "StringEquals"]
        }
        Sort::Number => &[
            "NumericEquals",
            "NumericNotEquals",
            "NumericLessThan",
            "NumericLessThanEquals",
            "NumericGreaterThan",
            "NumericGreaterThanEquals",
        ],
        Sort::Date => &[
            "DateEquals",
            "DateNotEquals",
            "DateLessThan",
            "DateLessThanEquals",
            "DateGreaterThan",
            "DateGreaterThanEquals",
        ],
        Sort::Bool => &["Bool"],
        Sort::Bytes => &["BinaryEquals"],
        Sort::Address => &["IpAddress", "NotIpAddress"],
    }
}

/// Values with policy variables, for texts.
pub(crate) const VARIABLES: &[&str] = &[
    "${aws:username}",
    "${aws:PrincipalTag/team}",
    "${aws:PrincipalTag/team, 'red'}",
    "${aws:PrincipalTag/none}",
    "${aws:PrincipalTag/none, 'blue'}",
    "${AWS:USERNAME}",
    "${aws:TagKeys}",
    "home/${aws:username}",
    "${*}",
    "r${?}d",
    "${aws:PrincipalAccount}",
];

/// What a request is about, and the patterns that may name it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Scene {
    pub(crate) action: &'static str,
    pub(crate) resource: &'static str,
    pub(crate) actions: &'static [&'static str],
    pub(crate) resources: &'static [&'static str],
    /// Whether the resource has a policy of its own.
    pub(crate) has_policy: bool,
}

const S3_ACTIONS: &[&str] =
    &["s3:GetObject", "s3:Get*", "s3:*", "*", "S3:GETOBJECT", "s3:?etObject", "s3:ListBucket", "s3:PutObject"];
const S3_RESOURCES: &[&str] = &[
    "*",
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::b",
    "arn:aws:s3:::*",
    "arn:aws:s3:::b/k",
    "arn:aws:s3:::b/home/*",
    "arn:aws:s3:::b/home/${aws:username}/*",
    "arn:aws:s3:::b/${aws:PrincipalTag/none, 'k'}",
    "arn:aws:s3:::b/${aws:PrincipalTag/none}",
    "arn:aws:s3:::?/k",
    "arn:aws:s3*",
    "arn:aws:s3:*",
    "arn:aws:s3:::B/k",
    "arn:aws:s3:::b/${*}",
];

/// How the policy of an access point names itself and its objects.
pub(crate) const POINT_RESOURCES: &[&str] = &[
    "*",
    "arn:aws:s3:us-east-1:111111111111:accesspoint/ap/object/*",
    "arn:aws:s3:us-east-1:111111111111:accesspoint/ap",
    "arn:aws:s3:us-east-1:222222222222:accesspoint/ap/object/k",
    "arn:aws:s3:*:*:accesspoint/*",
    "arn:aws:s3:us-east-1:111111111111:accesspoint/ap*",
    "arn:aws:s3:us-east-1:111111111111:accesspoint/ap/object/${aws:PrincipalTag/none, 'k'}",
];

/// Scenes, the S3 ones most often.
pub(crate) const SCENES: &[Scene] = &[
    Scene {
        action: "s3:GetObject",
        resource: "arn:aws:s3:::b/k",
        actions: S3_ACTIONS,
        resources: S3_RESOURCES,
        has_policy: true,
    },
    Scene {
        action: "s3:GetObject",
        resource: "arn:aws:s3:::b/home/Alice/x",
        actions: S3_ACTIONS,
        resources: S3_RESOURCES,
        has_policy: true,
    },
    Scene {
        action: "s3:PutObject",
        resource: "arn:aws:s3:::b/k",
        actions: S3_ACTIONS,
        resources: S3_RESOURCES,
        has_policy: true,
    },
    Scene {
        action: "s3:ListBucket",
        resource: "arn:aws:s3:::b",
        actions: S3_ACTIONS,
        resources: S3_RESOURCES,
        has_policy: true,
    },
    Scene {
        action: "s3:GetBucketPolicy",
        resource: "arn:aws:s3:::b",
        actions: &["s3:*", "s3:GetBucketPolicy", "s3:Get*", "*"],
        resources: S3_RESOURCES,
        has_policy: true,
    },
    Scene {
        action: "s3:GetBucketAcl",
        resource: "arn:aws:s3:::b",
        actions: &["s3:*", "s3:GetBucketAcl", "s3:Get*", "*"],
        resources: S3_RESOURCES,
        has_policy: true,
    },
    Scene {
        action: "sqs:SendMessage",
        resource: "arn:aws:sqs:us-east-1:111111111111:q:1",
        actions: &["sqs:SendMessage", "sqs:*", "*", "sqs:Send*", "s3:*"],
        resources: &[
            "*",
            "arn:aws:sqs:us-east-1:111111111111:q:1",
            "arn:aws:sqs:*:111111111111:q*",
            "arn:aws:sqs:us-*-1:111111111111:*",
            "arn:aws:sqs:us*:q:1",
            "arn:aws:sqs:*:*:q",
            "arn:aws:sqs:us-east-1:*1:q:?",
            "arn:aws:sqs:u*t-1:111111111111:q:1",
            "arn:aws:sqs:us-east-1?111111111111:q:1",
        ],
        has_policy: true,
    },
    Scene {
        action: "sts:AssumeRole",
        resource: "arn:aws:iam::111111111111:role/T",
        actions: &["sts:AssumeRole", "sts:*", "*", "sts:Assume*"],
        resources: &[
            "*",
            "arn:aws:iam::111111111111:role/T",
            "arn:aws:iam::*:role/*",
            "arn:aws:iam::111111111111:user/*",
        ],
        has_policy: true,
    },
    Scene {
        action: "kms:Decrypt",
        resource: "arn:aws:kms:us-east-1:111111111111:key/1",
        actions: &["kms:Decrypt", "kms:*", "*", "kms:Enc*"],
        resources: &["*", "arn:aws:kms:*:111111111111:key/*", "arn:aws:kms:us-east-1:111111111111:key/2"],
        has_policy: true,
    },
    Scene {
        action: "ec2:DescribeInstances",
        resource: "*",
        actions: &["ec2:*", "ec2:Describe*", "*", "s3:*", "EC2:describeinstances"],
        resources: &["*", "arn:aws:ec2:*:*:*", "arn:aws:s3:::b"],
        has_policy: false,
    },
];

/// Callers of `decide` cases; the second word is an account where there is one.
pub(crate) fn callers() -> Vec<Value> {
    vec![
        json!("arn:aws:iam::111111111111:user/Alice"),
        json!("arn:aws:iam::222222222222:user/Alice"),
        json!("arn:aws:iam::111111111111:user/team/Bob"),
        json!("arn:aws:iam::111111111111:role/R"),
        json!("arn:aws:iam::222222222222:role/R"),
        json!("arn:aws:iam::111111111111:role/p/Q"),
        json!("arn:aws:sts::111111111111:assumed-role/R/s"),
        json!("arn:aws:sts::222222222222:assumed-role/R/s"),
        json!("arn:aws:sts::111111111111:assumed-role/Q/s"),
        json!("arn:aws:sts::111111111111:federated-user/F"),
        json!("arn:aws:iam::111111111111:root"),
        json!("arn:aws:iam::222222222222:root"),
        json!("arn:aws:iam::111111111111:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"),
        json!("arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"),
        json!({ "type": "anonymous" }),
        json!({ "type": "service", "name": "cloudtrail.amazonaws.com" }),
        json!({ "type": "federated", "provider": "token.actions.githubusercontent.com" }),
    ]
}

/// Entries of a principal element: the kind, the text.
pub(crate) const PRINCIPALS: &[(&str, &str)] = &[
    ("AWS", "*"),
    ("AWS", "*"),
    ("AWS", "111111111111"),
    ("AWS", "222222222222"),
    ("AWS", "333333333333"),
    ("AWS", "444444444444"),
    ("AWS", "arn:aws:iam::111111111111:root"),
    ("AWS", "arn:aws:iam::222222222222:root"),
    ("AWS", "arn:aws:iam::111111111111:user/Alice"),
    ("AWS", "arn:aws:iam::222222222222:user/Alice"),
    ("AWS", "arn:aws:iam::111111111111:user/team/Bob"),
    ("AWS", "arn:aws:iam::111111111111:user/alice"),
    ("AWS", "arn:aws:iam::111111111111:role/R"),
    ("AWS", "arn:aws:iam::222222222222:role/R"),
    ("AWS", "arn:aws:iam::111111111111:role/p/Q"),
    ("AWS", "arn:aws:sts::111111111111:assumed-role/R/s"),
    ("AWS", "arn:aws:sts::222222222222:assumed-role/R/s"),
    ("AWS", "arn:aws:sts::111111111111:assumed-role/Q/other"),
    ("AWS", "arn:aws:sts::111111111111:federated-user/F"),
    ("AWS", "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"),
    ("AWS", "AROAEXAMPLE1"),
    ("AWS", "arn:aws:iam::111111111111:user/*"),
    ("Service", "cloudtrail.amazonaws.com"),
    ("Service", "ec2.amazonaws.com"),
    ("Federated", "token.actions.githubusercontent.com"),
    ("Federated", "arn:aws:iam::111111111111:saml-provider/S"),
    ("CanonicalUser", "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"),
];
