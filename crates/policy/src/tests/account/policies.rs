//! The policies of the account: such as AWS publishes, such as a team keeps, and such as a role has for itself.

use serde_json::{Value, json};

use super::{ACCOUNT, Dice, policy};

fn allow(action: &Value, resource: &Value) -> Value {
    json!({ "Effect": "Allow", "Action": action, "Resource": resource })
}

fn allow_if(action: &Value, resource: &Value, condition: &Value) -> Value {
    json!({ "Effect": "Allow", "Action": action, "Resource": resource, "Condition": condition })
}

/// Policies like those that AWS publishes, by name.
pub(super) fn managed(name: &str) -> String {
    let all = json!("*");
    let statements = match name {
        "Administrator" => vec![allow(&all, &all)],
        "PowerUser" => vec![
            json!({ "Effect": "Allow", "NotAction": ["iam:*", "organizations:*", "account:*"], "Resource": "*" }),
            allow(
                &json!([
                    "account:GetAccountInformation",
                    "iam:CreateServiceLinkedRole",
                    "iam:DeleteServiceLinkedRole",
                    "iam:ListRoles",
                    "organizations:DescribeOrganization"
                ]),
                &all,
            ),
        ],
        "ReadOnly" => vec![allow(&json!(READS), &all)],
        "SecurityAudit" => vec![
            allow(&json!(READS[..18]), &all),
            allow(
                &json!([
                    "iam:GenerateCredentialReport",
                    "access-analyzer:List*",
                    "access-analyzer:ValidatePolicy",
                    "cloudtrail:LookupEvents"
                ]),
                &all,
            ),
        ],
        "LambdaBasicExecution" => {
            vec![allow(&json!(["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]), &all)]
        }
        "LambdaVpcAccess" => vec![allow(
            &json!([
                "logs:CreateLogGroup",
                "logs:CreateLogStream",
                "logs:PutLogEvents",
                "ec2:CreateNetworkInterface",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSubnets",
                "ec2:DeleteNetworkInterface",
                "ec2:AssignPrivateIpAddresses",
                "ec2:UnassignPrivateIpAddresses"
            ]),
            &all,
        )],
        "EcsTaskExecution" => vec![allow(
            &json!([
                "ecr:GetAuthorizationToken",
                "ecr:BatchCheckLayerAvailability",
                "ecr:GetDownloadUrlForLayer",
                "ecr:BatchGetImage",
                "logs:CreateLogStream",
                "logs:PutLogEvents"
            ]),
            &all,
        )],
        "SsmManagedInstance" => vec![
            allow(
                &json!([
                    "ssm:DescribeAssociation",
                    "ssm:GetDocument",
                    "ssm:GetManifest",
                    "ssm:GetParameter",
                    "ssm:GetParameters",
                    "ssm:ListAssociations",
                    "ssm:PutInventory",
                    "ssm:PutComplianceItems",
                    "ssm:UpdateAssociationStatus",
                    "ssm:UpdateInstanceInformation"
                ]),
                &all,
            ),
            allow(
                &json!([
                    "ssmmessages:CreateControlChannel",
                    "ssmmessages:CreateDataChannel",
                    "ssmmessages:OpenControlChannel",
                    "ssmmessages:OpenDataChannel"
                ]),
                &all,
            ),
            allow(&json!(["ec2messages:AcknowledgeMessage", "ec2messages:GetMessages", "ec2messages:SendReply"]), &all),
        ],
        "CloudWatchAgent" => vec![
            allow(
                &json!([
                    "cloudwatch:PutMetricData",
                    "ec2:DescribeVolumes",
                    "ec2:DescribeTags",
                    "logs:PutLogEvents",
                    "logs:PutRetentionPolicy",
                    "logs:DescribeLogStreams",
                    "logs:DescribeLogGroups",
                    "logs:CreateLogStream",
                    "logs:CreateLogGroup",
                    "xray:PutTraceSegments"
                ]),
                &all,
            ),
            allow(&json!(["ssm:GetParameter"]), &json!("arn:aws:ssm:*:*:parameter/AmazonCloudWatch-*")),
        ],
        "S3Full" => vec![allow(&json!(["s3:*", "s3-object-lambda:*"]), &all)],
        "DynamoDbFull" => vec![
            allow(
                &json!([
                    "dynamodb:*",
                    "dax:*",
                    "application-autoscaling:DescribeScalableTargets",
                    "cloudwatch:GetMetricData",
                    "kms:DescribeKey",
                    "lambda:ListFunctions",
                    "sns:ListTopics"
                ]),
                &all,
            ),
            allow_if(
                &json!("iam:PassRole"),
                &all,
                &json!({ "StringLike": { "iam:PassedToService": ["application-autoscaling.amazonaws.com", "dax.amazonaws.com"] } }),
            ),
            allow_if(
                &json!("iam:CreateServiceLinkedRole"),
                &all,
                &json!({ "StringEquals": { "iam:AWSServiceName": ["replication.dynamodb.amazonaws.com", "dax.amazonaws.com"] } }),
            ),
        ],
        "SqsFull" => vec![allow(&json!("sqs:*"), &all)],
        "LambdaFull" => vec![
            allow(
                &json!([
                    "cloudformation:DescribeStacks",
                    "cloudformation:ListStackResources",
                    "cloudwatch:ListMetrics",
                    "ec2:DescribeSubnets",
                    "iam:GetRole",
                    "iam:ListRoles",
                    "lambda:*",
                    "logs:DescribeLogGroups",
                    "states:ListStateMachines",
                    "tag:GetResources"
                ]),
                &all,
            ),
            allow_if(
                &json!("iam:PassRole"),
                &all,
                &json!({ "StringEquals": { "iam:PassedToService": "lambda.amazonaws.com" } }),
            ),
            allow(
                &json!(["logs:DescribeLogStreams", "logs:GetLogEvents", "logs:FilterLogEvents"]),
                &json!("arn:aws:logs:*:*:log-group:/aws/lambda/*"),
            ),
        ],
        "Ec2Full" => vec![
            allow(&json!(["ec2:*", "elasticloadbalancing:*", "cloudwatch:*", "autoscaling:*"]), &all),
            allow_if(
                &json!("iam:CreateServiceLinkedRole"),
                &all,
                &json!({ "StringEquals": { "iam:AWSServiceName": ["autoscaling.amazonaws.com", "spot.amazonaws.com"] } }),
            ),
        ],
        "GlueService" => vec![
            allow(
                &json!([
                    "glue:*",
                    "s3:GetBucketLocation",
                    "s3:ListBucket",
                    "s3:ListAllMyBuckets",
                    "s3:GetBucketAcl",
                    "ec2:DescribeVpcEndpoints",
                    "ec2:DescribeSubnets",
                    "ec2:CreateNetworkInterface",
                    "iam:ListRolePolicies",
                    "iam:GetRole",
                    "cloudwatch:PutMetricData"
                ]),
                &all,
            ),
            allow(
                &json!(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]),
                &json!(["arn:aws:s3:::aws-glue-*/*", "arn:aws:s3:::*/*aws-glue-*/*"]),
            ),
            allow_if(
                &json!(["ec2:CreateTags", "ec2:DeleteTags"]),
                &json!(["arn:aws:ec2:*:*:network-interface/*"]),
                &json!({ "ForAllValues:StringEquals": { "aws:TagKeys": ["aws-glue-service-resource"] } }),
            ),
        ],
        "SageMakerFull" => vec![
            json!({ "Effect": "Allow", "Action": ["sagemaker:*"], "NotResource": ["arn:aws:sagemaker:*:*:domain/*", "arn:aws:sagemaker:*:*:user-profile/*"] }),
            allow(
                &json!([
                    "ecr:BatchGetImage",
                    "ecr:GetAuthorizationToken",
                    "logs:PutLogEvents",
                    "cloudwatch:PutMetricData",
                    "s3:ListBucket",
                    "kms:DescribeKey"
                ]),
                &all,
            ),
            allow(
                &json!(["s3:GetObject", "s3:PutObject"]),
                &json!(["arn:aws:s3:::*SageMaker*", "arn:aws:s3:::*sagemaker*"]),
            ),
            allow_if(
                &json!("iam:PassRole"),
                &json!("arn:aws:iam::*:role/*AmazonSageMaker*"),
                &json!({ "StringEquals": { "iam:PassedToService": ["glue.amazonaws.com", "sagemaker.amazonaws.com"] } }),
            ),
        ],
        "XRayWrite" => vec![allow(
            &json!([
                "xray:PutTraceSegments",
                "xray:PutTelemetryRecords",
                "xray:GetSamplingRules",
                "xray:GetSamplingTargets"
            ]),
            &all,
        )],
        other => panic!("{other}"),
    };
    policy(&statements)
}

const READS: [&str; 32] = [
    "acm:List*",
    "cloudtrail:Get*",
    "cloudtrail:Describe*",
    "cloudwatch:Get*",
    "config:Describe*",
    "ec2:Describe*",
    "ecs:Describe*",
    "ecs:List*",
    "iam:Get*",
    "iam:List*",
    "kms:List*",
    "kms:Describe*",
    "lambda:List*",
    "lambda:GetPolicy",
    "rds:Describe*",
    "s3:GetBucket*",
    "s3:List*",
    "sns:List*",
    "athena:Get*",
    "athena:List*",
    "cloudformation:Describe*",
    "cloudformation:Get*",
    "dynamodb:Describe*",
    "dynamodb:GetItem",
    "dynamodb:Query",
    "glue:Get*",
    "lambda:Get*",
    "logs:Get*",
    "logs:FilterLogEvents",
    "s3:Get*",
    "sqs:Get*",
    "states:Describe*",
];

/// The kinds of policies that each team keeps.
pub(super) const TEAM_POLICIES: [&str; 5] = ["data", "deploy", "observe", "secrets", "events"];

/// One of a team's policies.
pub(super) fn of_team(team: usize, kind: &str) -> String {
    let name = team_name(team);
    let statements = match kind {
        "data" => vec![
            allow(
                &json!(["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]),
                &json!(format!("arn:aws:s3:::acme-{name}-*/*")),
            ),
            allow_if(
                &json!("s3:ListBucket"),
                &json!(format!("arn:aws:s3:::acme-{name}-*")),
                &json!({ "StringLike": { "s3:prefix": ["in/*", "out/*"] } }),
            ),
            allow(
                &json!([
                    "dynamodb:GetItem",
                    "dynamodb:PutItem",
                    "dynamodb:Query",
                    "dynamodb:UpdateItem",
                    "dynamodb:BatchGetItem"
                ]),
                &json!([
                    format!("arn:aws:dynamodb:*:{ACCOUNT}:table/{name}-*"),
                    format!("arn:aws:dynamodb:*:{ACCOUNT}:table/{name}-*/index/*")
                ]),
            ),
        ],
        "deploy" => {
            let roles = json!(format!("arn:aws:iam::{ACCOUNT}:role/{name}-*"));
            let to = json!({ "StringEquals": { "iam:PassedToService": ["lambda.amazonaws.com", "ecs-tasks.amazonaws.com", "states.amazonaws.com"] } });
            let pass = if team.is_multiple_of(6) {
                allow(&json!("iam:PassRole"), &roles)
            } else {
                allow_if(&json!("iam:PassRole"), &roles, &to)
            };
            vec![
                allow(
                    &json!([
                        "lambda:CreateFunction",
                        "lambda:UpdateFunctionCode",
                        "lambda:UpdateFunctionConfiguration",
                        "lambda:GetFunction",
                        "lambda:AddPermission",
                        "lambda:PublishVersion",
                        "lambda:TagResource"
                    ]),
                    &json!(format!("arn:aws:lambda:*:{ACCOUNT}:function:{name}-*")),
                ),
                allow(
                    &json!([
                        "cloudformation:CreateStack",
                        "cloudformation:UpdateStack",
                        "cloudformation:DescribeStacks",
                        "cloudformation:CreateChangeSet",
                        "cloudformation:ExecuteChangeSet",
                        "cloudformation:DescribeChangeSet"
                    ]),
                    &json!(format!("arn:aws:cloudformation:*:{ACCOUNT}:stack/{name}-*/*")),
                ),
                allow(
                    &json!(["ecs:RegisterTaskDefinition", "ecs:DescribeServices", "ecs:DescribeTaskDefinition"]),
                    &json!("*"),
                ),
                allow(
                    &json!(["ecs:UpdateService", "ecs:RunTask"]),
                    &json!([
                        format!("arn:aws:ecs:*:{ACCOUNT}:service/{name}/*"),
                        format!("arn:aws:ecs:*:{ACCOUNT}:task-definition/{name}-*")
                    ]),
                ),
                pass,
                allow(
                    &json!(["s3:PutObject", "s3:GetObject"]),
                    &json!(format!("arn:aws:s3:::acme-artifacts/{name}/*")),
                ),
            ]
        }
        "observe" => vec![
            allow(
                &json!(["cloudwatch:GetMetricData", "cloudwatch:ListMetrics", "cloudwatch:DescribeAlarms"]),
                &json!("*"),
            ),
            allow(
                &json!(["logs:FilterLogEvents", "logs:GetLogEvents", "logs:StartQuery"]),
                &json!(format!("arn:aws:logs:*:{ACCOUNT}:log-group:/{name}/*")),
            ),
            allow_if(
                &json!("cloudwatch:PutMetricData"),
                &json!("*"),
                &json!({ "StringEquals": { "cloudwatch:namespace": format!("acme/{name}") } }),
            ),
        ],
        "secrets" => vec![
            allow(
                &json!(["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]),
                &json!(format!("arn:aws:secretsmanager:*:{ACCOUNT}:secret:{name}/*")),
            ),
            allow_if(
                &json!(["kms:Decrypt", "kms:GenerateDataKey"]),
                &json!(format!("arn:aws:kms:eu-central-1:{ACCOUNT}:key/{}", key(team))),
                &json!({ "StringLike": { "kms:ViaService": ["secretsmanager.*.amazonaws.com", "s3.*.amazonaws.com"] } }),
            ),
            allow(
                &json!(["ssm:GetParameter", "ssm:GetParametersByPath"]),
                &json!(format!("arn:aws:ssm:*:{ACCOUNT}:parameter/{name}/*")),
            ),
        ],
        _ => vec![
            allow(
                &json!(["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]),
                &json!(format!("arn:aws:sqs:*:{ACCOUNT}:{name}-*")),
            ),
            allow(&json!("sns:Publish"), &json!(format!("arn:aws:sns:*:{ACCOUNT}:{name}-*"))),
            allow_if(
                &json!("events:PutEvents"),
                &json!(format!("arn:aws:events:*:{ACCOUNT}:event-bus/default")),
                &json!({ "StringEquals": { "events:source": format!("acme.{name}") } }),
            ),
        ],
    };
    policy(&statements)
}

pub(super) fn team_name(team: usize) -> String {
    format!("team-{team:03}")
}

fn key(number: usize) -> String {
    format!("1234abcd-12ab-34cd-56ef-{number:012}")
}

/// A policy of one role, about its own things.
pub(super) fn inline(dice: &mut Dice, team: usize, name: &str, index: usize) -> String {
    let team_of = team_name(team);
    let mut statements = vec![allow(
        &json!(["logs:CreateLogStream", "logs:PutLogEvents"]),
        &json!(format!("arn:aws:logs:*:{ACCOUNT}:log-group:/{team_of}/{name}:*")),
    )];
    for _ in 0..=dice.below(3) {
        statements.push(match dice.below(12) {
            0 => allow(&json!(["s3:GetObject", "s3:GetObjectVersion"]), &json!(format!("arn:aws:s3:::acme-{team_of}-data/{name}/*"))),
            1 => allow(&json!(["s3:PutObject", "s3:DeleteObject"]), &json!(format!("arn:aws:s3:::acme-{}-data/{name}/*", team_name(team + 1)))),
            2 => allow_if(&json!("kms:Decrypt"), &json!(format!("arn:aws:kms:eu-central-1:{ACCOUNT}:key/{}", key(index))), &json!({ "StringEquals": { "kms:EncryptionContext:app": name } })),
            3 => allow(&json!("secretsmanager:GetSecretValue"), &json!(format!("arn:aws:secretsmanager:eu-central-1:{ACCOUNT}:secret:{name}-??????"))),
            4 => allow(&json!(["dynamodb:*"]), &json!(format!("arn:aws:dynamodb:eu-central-1:{ACCOUNT}:table/{name}"))),
            5 => allow_if(&json!(["ec2:StartInstances", "ec2:StopInstances"]), &json!(format!("arn:aws:ec2:*:{ACCOUNT}:instance/*")), &json!({ "StringEquals": { "aws:ResourceTag/app": name } })),
            6 => allow(&json!("sts:AssumeRole"), &json!(format!("arn:aws:iam::{ACCOUNT}:role/{team_of}-shared"))),
            7 => allow(&json!("sts:AssumeRole"), &json!(format!("arn:aws:iam::222222222222:role/{name}"))),
            8 => allow(&json!(["lambda:InvokeFunction"]), &json!(format!("arn:aws:lambda:*:{ACCOUNT}:function:{team_of}-*"))),
            9 => allow_if(&json!("iam:PassRole"), &json!(format!("arn:aws:iam::{ACCOUNT}:role/{name}")), &json!({ "StringLike": { "iam:PassedToService": "*.amazonaws.com" } })),
            10 => json!({ "Effect": "Deny", "Action": "s3:*", "Resource": format!("arn:aws:s3:::acme-{team_of}-*/private/*"), "Condition": { "Bool": { "aws:SecureTransport": "false" } } }),
            _ => allow(&json!(["states:StartExecution", "states:DescribeExecution"]), &json!(format!("arn:aws:states:*:{ACCOUNT}:stateMachine:{name}"))),
        });
    }
    policy(&statements)
}

/// A policy of one role that may do a good deal of harm.
pub(super) fn powerful(dice: &mut Dice, team: usize, name: &str) -> String {
    let team_of = team_name(team);
    let own_roles = format!("arn:aws:iam::{ACCOUNT}:role/{team_of}-*");
    let bounded =
        json!({ "StringEquals": { "iam:PermissionsBoundary": format!("arn:aws:iam::{ACCOUNT}:policy/boundary-0") } });
    let statements = match dice.below(8) {
        0 => vec![allow(&json!("iam:PassRole"), &json!("*")), allow(&json!(["lambda:*", "logs:*"]), &json!("*"))],
        1 => vec![
            allow_if(
                &json!(["iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy"]),
                &json!(own_roles),
                &bounded,
            ),
            allow(
                &json!(["iam:PassRole", "iam:GetRole", "cloudformation:*"]),
                &json!([own_roles, format!("arn:aws:cloudformation:*:{ACCOUNT}:stack/{team_of}-*/*")]),
            ),
        ],
        2 => vec![
            allow(
                &json!(["iam:PassRole", "ec2:*", "iam:CreateInstanceProfile", "iam:AddRoleToInstanceProfile"]),
                &json!("*"),
            ),
            json!({ "Effect": "Deny", "Action": "ec2:*", "Resource": "*", "Condition": { "StringNotEquals": { "aws:RequestedRegion": ["eu-central-1", "eu-west-1"] } } }),
        ],
        3 => vec![allow(&json!(["ssm:SendCommand", "ssm:StartSession", "ssm:GetCommandInvocation"]), &json!("*"))],
        4 => vec![
            allow(
                &json!(["codebuild:*", "codepipeline:*"]),
                &json!(format!("arn:aws:codebuild:*:{ACCOUNT}:project/{team_of}-*")),
            ),
            allow(&json!("iam:PassRole"), &json!([own_roles, format!("arn:aws:iam::{ACCOUNT}:role/{name}")])),
        ],
        5 => vec![
            allow(&json!(["iam:UpdateAssumeRolePolicy", "iam:PutRolePolicy"]), &json!(own_roles)),
            allow(&json!("sts:AssumeRole"), &json!(own_roles)),
        ],
        6 => vec![allow(&json!("sts:AssumeRole"), &json!("*")), allow(&json!(["glue:*", "iam:PassRole"]), &json!("*"))],
        _ => vec![
            allow(
                &json!(["iam:CreateAccessKey", "iam:ListUsers", "iam:CreateLoginProfile"]),
                &json!(format!("arn:aws:iam::{ACCOUNT}:user/{team_of}/*")),
            ),
            allow_if(
                &json!("iam:AttachUserPolicy"),
                &json!("*"),
                &json!({ "ArnLike": { "iam:PolicyARN": "arn:aws:iam::aws:policy/ReadOnly*" } }),
            ),
        ],
    };
    policy(&statements)
}

/// One of the permissions boundaries.
pub(super) fn boundary(number: usize) -> String {
    let deny = json!({ "Effect": "Deny", "Action": ["iam:*PermissionsBoundary", "organizations:*", "iam:CreateUser", "iam:CreateAccessKey"], "Resource": "*" });
    policy(&match number % 4 {
        0 => vec![allow(&json!("*"), &json!("*")), deny],
        1 => vec![
            json!({ "Effect": "Allow", "NotAction": ["iam:*", "organizations:*", "sts:*"], "Resource": "*" }),
            allow(&json!(["iam:Get*", "iam:List*", "iam:PassRole", "sts:AssumeRole"]), &json!("*")),
        ],
        2 => vec![allow(
            &json!([
                "s3:*",
                "dynamodb:*",
                "sqs:*",
                "sns:*",
                "lambda:*",
                "logs:*",
                "cloudwatch:*",
                "xray:*",
                "kms:Decrypt",
                "kms:GenerateDataKey",
                "secretsmanager:GetSecretValue"
            ]),
            &json!("*"),
        )],
        _ => vec![
            allow_if(
                &json!("*"),
                &json!("*"),
                &json!({ "StringEquals": { "aws:RequestedRegion": ["eu-central-1", "eu-west-1", "us-east-1"] } }),
            ),
            deny,
        ],
    })
}

/// The service control policies: of the root of the organisation, and of the unit that the account is in.
pub(super) fn scps() -> Vec<Vec<String>> {
    let all = || policy(&[allow(&json!("*"), &json!("*"))]);
    let guard = policy(&[
        json!({ "Effect": "Deny", "Action": ["organizations:LeaveOrganization", "account:CloseAccount"], "Resource": "*" }),
        json!({ "Effect": "Deny", "Action": ["cloudtrail:StopLogging", "cloudtrail:DeleteTrail", "config:DeleteConfigurationRecorder", "guardduty:DeleteDetector"], "Resource": "*", "Condition": { "ArnNotLike": { "aws:PrincipalArn": "arn:aws:iam::*:role/security-*" } } }),
    ]);
    let regions = policy(&[json!({
        "Effect": "Deny",
        "NotAction": ["iam:*", "organizations:*", "route53:*", "cloudfront:*", "support:*", "sts:*", "s3:ListAllMyBuckets"],
        "Resource": "*",
        "Condition": { "StringNotEquals": { "aws:RequestedRegion": ["eu-central-1", "eu-west-1", "us-east-1"] }, "ArnNotLike": { "aws:PrincipalArn": ["arn:aws:iam::*:role/platform-*"] } }
    })]);
    vec![vec![all(), guard], vec![all(), regions]]
}
