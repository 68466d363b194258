//! Resources of templates in the words of the Terraform provider, so that there is one overlay for both.

use forewarn_inventory::ProposedAction;
use serde_json::{Map, Value, json};

use super::sam;
use crate::beyond;

/// Properties of a resource; what is not there is null.
#[derive(Clone, Copy)]
struct Properties<'v>(&'v Value);

impl<'v> Properties<'v> {
    fn of(self, name: &str) -> Value {
        self.0.get(name).cloned().unwrap_or(Value::Null)
    }

    fn inside(self, name: &str) -> Properties<'v> {
        Properties(self.0.get(name).unwrap_or(&Value::Null))
    }

    fn each(self, name: &str) -> Vec<Properties<'v>> {
        match self.0.get(name) {
            Some(Value::Array(items)) => items.iter().map(Properties).collect(),
            _ => Vec::new(),
        }
    }

    /// A list as it is, or each of its items; one that is open is one open item.
    fn list(self, name: &str) -> Vec<Value> {
        match self.0.get(name) {
            Some(Value::Array(items)) => items.clone(),
            Some(Value::Null) | None => Vec::new(),
            Some(one) => vec![one.clone()],
        }
    }

    /// Tags as an object.
    fn tags(self) -> Value {
        if self.0.get("Tags").is_none() {
            return Value::Null;
        }
        let tag = |tag: Properties<'_>| Some((tag.0.get("Key")?.as_str()?.to_owned(), tag.of("Value")));
        Value::Object(self.each("Tags").into_iter().filter_map(tag).collect())
    }
}

/// A part of a resource in the words of the provider: its type and attributes.
pub(super) type Part = (&'static str, Value);

/// Whether a type is only what it is called: nothing here is about it, or it is not known at all.
pub(super) fn parts(kind: &str, properties: &Value, name: &str) -> Vec<Part> {
    let p = Properties(properties);
    match kind {
        "AWS::IAM::Role" => vec![(
            "aws_iam_role",
            json!({ "name": name, "path": p.of("Path"), "assume_role_policy": p.of("AssumeRolePolicyDocument"),
                "inline_policy": inline(p), "managed_policy_arns": p.of("ManagedPolicyArns"),
                "permissions_boundary": p.of("PermissionsBoundary"), "tags": p.tags() }),
        )],
        "AWS::IAM::User" => user(p, name),
        "AWS::IAM::Group" => {
            let mut parts = vec![("aws_iam_group", json!({ "name": name, "path": p.of("Path") }))];
            parts.extend(held(p, "aws_iam_group_policy", "aws_iam_group_policy_attachment", "group", name));
            parts
        }
        "AWS::IAM::Policy" | "AWS::IAM::RolePolicy" | "AWS::IAM::UserPolicy" | "AWS::IAM::GroupPolicy" => {
            let policy = |kind: &'static str, holder: &'static str, of: Value| {
                (kind, json!({ holder: of, "name": p.of("PolicyName"), "policy": p.of("PolicyDocument") }))
            };
            let both = |many: &str, one: &str| p.list(many).into_iter().chain(p.list(one)).collect::<Vec<_>>();
            let mut parts: Vec<Part> = Vec::new();
            parts.extend(both("Roles", "RoleName").into_iter().map(|of| policy("aws_iam_role_policy", "role", of)));
            parts.extend(both("Users", "UserName").into_iter().map(|of| policy("aws_iam_user_policy", "user", of)));
            parts.extend(both("Groups", "GroupName").into_iter().map(|of| policy("aws_iam_group_policy", "group", of)));
            parts
        }
        "AWS::IAM::ManagedPolicy" => {
            let arn = p.of("__arn");
            vec![
                (
                    "aws_iam_policy",
                    json!({ "name": name, "path": p.of("Path"), "policy": p.of("PolicyDocument"), "arn": arn }),
                ),
                (
                    "aws_iam_policy_attachment",
                    json!({ "policy_arn": arn, "roles": p.of("Roles"), "users": p.of("Users"), "groups": p.of("Groups") }),
                ),
            ]
        }
        "AWS::IAM::UserToGroupAddition" => {
            let one = |user| ("aws_iam_user_group_membership", json!({ "user": user, "groups": [p.of("GroupName")] }));
            p.list("Users").into_iter().map(one).collect()
        }
        "AWS::IAM::InstanceProfile" => {
            let one = |role| ("aws_iam_instance_profile", json!({ "name": name, "role": role }));
            p.list("Roles").into_iter().map(one).collect()
        }
        "AWS::IAM::AccessKey" => {
            vec![("aws_iam_access_key", json!({ "user": p.of("UserName"), "status": p.of("Status") }))]
        }
        "AWS::IAM::OIDCProvider" => {
            vec![(
                "aws_iam_openid_connect_provider",
                json!({ "url": p.of("Url"), "client_id_list": p.of("ClientIdList") }),
            )]
        }
        "AWS::IAM::SAMLProvider" => vec![("aws_iam_saml_provider", json!({ "name": name }))],
        "AWS::S3::Bucket" => bucket(p, name),
        "AWS::S3::BucketPolicy" => {
            vec![("aws_s3_bucket_policy", json!({ "bucket": p.of("Bucket"), "policy": p.of("PolicyDocument") }))]
        }
        "AWS::S3::AccessPoint" => {
            let block = p.0.get("PublicAccessBlockConfiguration").map(block);
            let vpc = p.inside("VpcConfiguration").of("VpcId");
            vec![(
                "aws_s3_access_point",
                json!({ "name": name, "bucket": p.of("Bucket"), "bucket_account_id": p.of("BucketAccountId"), "policy": p.of("Policy"),
                    "public_access_block_configuration": block, "vpc_configuration": if vpc.is_null() { Value::Null } else { json!({ "vpc_id": vpc }) } }),
            )]
        }
        "AWS::CloudTrail::Trail" => vec![("aws_cloudtrail", trail(p, name))],
        "AWS::CloudTrail::EventDataStore" => vec![("aws_cloudtrail_event_data_store", json!({ "name": name }))],
        "AWS::Logs::LogGroup" => vec![(
            "aws_cloudwatch_log_group",
            json!({ "name": name, "retention_in_days": p.of("RetentionInDays"), "kms_key_id": p.of("KmsKeyId") }),
        )],
        "AWS::Logs::MetricFilter" => vec![("aws_cloudwatch_log_metric_filter", metric_filter(p, name))],
        "AWS::CloudWatch::Alarm" => vec![("aws_cloudwatch_metric_alarm", alarm(p, name))],
        "AWS::CloudWatch::CompositeAlarm" => vec![(
            "aws_cloudwatch_composite_alarm",
            json!({ "alarm_name": name, "alarm_rule": p.of("AlarmRule"), "alarm_actions": p.of("AlarmActions"), "actions_enabled": p.of("ActionsEnabled") }),
        )],
        "AWS::SNS::Topic" => {
            let arn = p.of("__arn");
            let subscription = |one: Properties<'_>| {
                ("aws_sns_topic_subscription", json!({ "topic_arn": arn, "protocol": one.of("Protocol") }))
            };
            let mut parts = vec![("aws_sns_topic", json!({ "name": name, "arn": arn }))];
            parts.extend(p.each("Subscription").into_iter().map(subscription));
            parts
        }
        "AWS::SNS::Subscription" => {
            vec![("aws_sns_topic_subscription", json!({ "topic_arn": p.of("TopicArn"), "protocol": p.of("Protocol") }))]
        }
        "AWS::KMS::Key" => vec![(
            "aws_kms_key",
            json!({ "arn": p.of("__arn"), "policy": p.of("KeyPolicy"), "enable_key_rotation": p.of("EnableKeyRotation"),
                "is_enabled": p.of("Enabled"), "customer_master_key_spec": p.of("KeySpec") }),
        )],
        "AWS::Organizations::Policy" => {
            let id = p.of("__arn");
            let attached =
                |target| ("aws_organizations_policy_attachment", json!({ "policy_id": id, "target_id": target }));
            let content = p.of("Content");
            let mut parts = vec![(
                "aws_organizations_policy",
                json!({ "name": p.of("Name"), "type": p.of("Type"), "content": content, "id": id, "arn": id }),
            )];
            parts.extend(p.list("TargetIds").into_iter().map(attached));
            parts
        }
        _ => Vec::new(),
    }
}

/// The property that is the name of a resource, and the type of the provider whose names and ARNs it has.
pub(super) fn named(kind: &str) -> Option<(&'static str, &'static str)> {
    Some(match kind {
        "AWS::IAM::Role" => ("RoleName", "aws_iam_role"),
        "AWS::IAM::User" => ("UserName", "aws_iam_user"),
        "AWS::IAM::Group" => ("GroupName", "aws_iam_group"),
        "AWS::IAM::ManagedPolicy" => ("ManagedPolicyName", "aws_iam_policy"),
        "AWS::IAM::InstanceProfile" => ("InstanceProfileName", "aws_iam_instance_profile"),
        "AWS::IAM::OIDCProvider" => ("Url", "aws_iam_openid_connect_provider"),
        "AWS::IAM::SAMLProvider" => ("Name", "aws_iam_saml_provider"),
        "AWS::S3::Bucket" => ("BucketName", "aws_s3_bucket"),
        "AWS::S3::AccessPoint" => ("Name", "aws_s3_access_point"),
        "AWS::CloudTrail::Trail" => ("TrailName", "aws_cloudtrail"),
        "AWS::CloudTrail::EventDataStore" => ("Name", "aws_cloudtrail_event_data_store"),
        "AWS::Logs::LogGroup" => ("LogGroupName", "aws_cloudwatch_log_group"),
        "AWS::Logs::MetricFilter" => ("FilterName", "aws_cloudwatch_log_metric_filter"),
        "AWS::CloudWatch::Alarm" | "AWS::CloudWatch::CompositeAlarm" => ("AlarmName", "aws_cloudwatch_metric_alarm"),
        "AWS::SNS::Topic" => ("TopicName", "aws_sns_topic"),
        "AWS::SQS::Queue" => ("QueueName", "aws_sqs_queue"),
        "AWS::KMS::Key" => ("KeyId", "aws_kms_key"),
        "AWS::Lambda::Function" => ("FunctionName", "aws_lambda_function"),
        "AWS::DynamoDB::Table" => ("TableName", "aws_dynamodb_table"),
        "AWS::Kinesis::Stream" => ("Name", "aws_kinesis_stream"),
        "AWS::ECR::Repository" => ("RepositoryName", "aws_ecr_repository"),
        "AWS::ECS::Cluster" => ("ClusterName", "aws_ecs_cluster"),
        "AWS::StepFunctions::StateMachine" => ("StateMachineName", "aws_sfn_state_machine"),
        "AWS::Events::Rule" => ("Name", "aws_cloudwatch_event_rule"),
        "AWS::CodeBuild::Project" => ("Name", "aws_codebuild_project"),
        "AWS::CodePipeline::Pipeline" => ("Name", "aws_codepipeline"),
        "AWS::CodeCommit::Repository" => ("RepositoryName", "aws_codecommit_repository"),
        "AWS::Organizations::Policy" => ("Id", "aws_organizations_policy"),
        _ => return None,
    })
}

/// Types whose `Ref` is the ARN.
pub(super) fn refers_by_arn(kind: &str) -> bool {
    matches!(
        kind,
        "AWS::IAM::ManagedPolicy"
            | "AWS::IAM::OIDCProvider"
            | "AWS::IAM::SAMLProvider"
            | "AWS::SNS::Topic"
            | "AWS::StepFunctions::StateMachine"
    )
}

/// Types that make resources which are in no template, or that nothing is laid over the inventory of: why.
pub(super) fn beyond(kind: &str, properties: &Value, action: ProposedAction) -> Option<String> {
    match kind {
        "" => Some("it has no type".to_owned()),
        "Fn::ForEach" => Some("what it repeats is not known before the template is run".to_owned()),
        _ if !parts(kind, properties, "x").is_empty() || HOLDERS.contains(&kind) => None,
        _ => sam::beyond(kind, properties).or_else(|| beyond::why(kind, action).map(str::to_owned)),
    }
}

/// Types that are parts of others, and none where they name no other.
pub(super) const HOLDERS: [&str; 6] = [
    "AWS::IAM::Policy",
    "AWS::IAM::RolePolicy",
    "AWS::IAM::UserPolicy",
    "AWS::IAM::GroupPolicy",
    "AWS::IAM::UserToGroupAddition",
    "AWS::IAM::InstanceProfile",
];

fn inline(p: Properties<'_>) -> Value {
    match p.0.get("Policies") {
        Some(Value::Array(policies)) => policies
            .iter()
            .map(|policy| match policy {
                Value::Object(_) => json!({ "name": policy.get("PolicyName"), "policy": policy.get("PolicyDocument") }),
                open => open.clone(),
            })
            .collect(),
        Some(open) => open.clone(),
        None => Value::Null,
    }
}

/// Inline and attached policies of a user or group.
fn held(
    p: Properties<'_>,
    inline: &'static str,
    attached: &'static str,
    holder: &'static str,
    name: &str,
) -> Vec<Part> {
    let own = p.each("Policies").into_iter().map(|policy| {
        (inline, json!({ holder: name, "name": policy.of("PolicyName"), "policy": policy.of("PolicyDocument") }))
    });
    let managed =
        p.list("ManagedPolicyArns").into_iter().map(|arn| (attached, json!({ holder: name, "policy_arn": arn })));
    own.chain(managed).collect()
}

fn user(p: Properties<'_>, name: &str) -> Vec<Part> {
    let mut parts = vec![(
        "aws_iam_user",
        json!({ "name": name, "path": p.of("Path"), "permissions_boundary": p.of("PermissionsBoundary"), "tags": p.tags() }),
    )];
    parts.extend(held(p, "aws_iam_user_policy", "aws_iam_user_policy_attachment", "user", name));
    if p.0.get("Groups").is_some() {
        parts.push(("aws_iam_user_group_membership", json!({ "user": name, "groups": p.of("Groups") })));
    }
    if p.0.get("LoginProfile").is_some() {
        parts.push(("aws_iam_user_login_profile", json!({ "user": name })));
    }
    parts
}

fn block(settings: &Value) -> Value {
    let p = Properties(settings);
    if !settings.is_object() {
        let open = || settings.clone();
        return json!({ "block_public_acls": open(), "ignore_public_acls": open(), "block_public_policy": open(), "restrict_public_buckets": open() });
    }
    json!({ "block_public_acls": p.of("BlockPublicAcls"), "ignore_public_acls": p.of("IgnorePublicAcls"),
        "block_public_policy": p.of("BlockPublicPolicy"), "restrict_public_buckets": p.of("RestrictPublicBuckets") })
}

/// A bucket, and each part of its configuration by itself.
fn bucket(p: Properties<'_>, name: &str) -> Vec<Part> {
    let mut parts = vec![(
        "aws_s3_bucket",
        json!({ "bucket": name, "tags": p.tags(), "object_lock_enabled": p.of("ObjectLockEnabled") }),
    )];
    let mut put = |kind: &'static str, mut values: Value| {
        if let Value::Object(fields) = &mut values {
            fields.insert("bucket".to_owned(), name.into());
        }
        parts.push((kind, values));
    };
    if let Some(settings) = p.0.get("PublicAccessBlockConfiguration") {
        put("aws_s3_bucket_public_access_block", block(settings));
    }
    if p.0.get("OwnershipControls").is_some() {
        let rule = p.inside("OwnershipControls").each("Rules").first().map(|rule| rule.of("ObjectOwnership"));
        put(
            "aws_s3_bucket_ownership_controls",
            json!({ "rule": { "object_ownership": rule.unwrap_or_else(|| p.of("OwnershipControls")) } }),
        );
    }
    if p.0.get("AccessControl").is_some() {
        let canned = p.of("AccessControl");
        put("aws_s3_bucket_acl", json!({ "acl": canned.as_str().map(kebab).map_or(canned.clone(), Value::from) }));
    }
    if let Some(rule) = p.inside("BucketEncryption").each("ServerSideEncryptionConfiguration").first() {
        let default = rule.inside("ServerSideEncryptionByDefault");
        put(
            "aws_s3_bucket_server_side_encryption_configuration",
            json!({ "rule": [{
            "apply_server_side_encryption_by_default": [{ "sse_algorithm": default.of("SSEAlgorithm"), "kms_master_key_id": default.of("KMSMasterKeyID") }],
            "bucket_key_enabled": rule.of("BucketKeyEnabled") }] }),
        );
    }
    if p.0.get("VersioningConfiguration").is_some() {
        put(
            "aws_s3_bucket_versioning",
            json!({ "versioning_configuration": { "status": p.inside("VersioningConfiguration").of("Status") } }),
        );
    }
    if p.0.get("LoggingConfiguration").is_some() {
        let logging = p.inside("LoggingConfiguration");
        let target = logging.0.get("DestinationBucketName").cloned().unwrap_or_else(|| name.into());
        put("aws_s3_bucket_logging", json!({ "target_bucket": target, "target_prefix": logging.of("LogFilePrefix") }));
    }
    if p.0.get("ObjectLockConfiguration").is_some() {
        let retention = p.inside("ObjectLockConfiguration").inside("Rule").inside("DefaultRetention");
        put(
            "aws_s3_bucket_object_lock_configuration",
            json!({ "rule": { "default_retention": { "mode": retention.of("Mode"),
            "days": retention.of("Days"), "years": retention.of("Years") } } }),
        );
    }
    if p.0.get("LifecycleConfiguration").is_some() {
        let rules: Value = p.inside("LifecycleConfiguration").each("Rules").into_iter().map(lifecycle_rule).collect();
        put("aws_s3_bucket_lifecycle_configuration", json!({ "rule": rules }));
    }
    if p.0.get("ReplicationConfiguration").is_some() {
        let replication = p.inside("ReplicationConfiguration");
        let rules: Value = replication.each("Rules").into_iter().map(replication_rule).collect();
        put("aws_s3_bucket_replication_configuration", json!({ "role": replication.of("Role"), "rule": rules }));
    }
    if p.0.get("WebsiteConfiguration").is_some() {
        let site = p.inside("WebsiteConfiguration");
        put(
            "aws_s3_bucket_website_configuration",
            json!({ "index_document": { "suffix": site.of("IndexDocument") },
            "redirect_all_requests_to": { "host_name": site.inside("RedirectAllRequestsTo").of("HostName") } }),
        );
    }
    for list in p.each("InventoryConfigurations") {
        let to = list.inside("Destination");
        put(
            "aws_s3_bucket_inventory",
            json!({ "name": list.of("Id"), "enabled": list.of("Enabled"),
            "destination": { "bucket": { "bucket_arn": to.of("BucketArn"), "account_id": to.of("BucketAccountId") } } }),
        );
    }
    parts
}

/// `PublicReadWrite` is `public-read-write` elsewhere.
fn kebab(word: &str) -> String {
    let mut written = String::new();
    for c in word.chars() {
        if c.is_ascii_uppercase() && !written.is_empty() {
            written.push('-');
        }
        written.push(c.to_ascii_lowercase());
    }
    written
}

fn lifecycle_rule(rule: Properties<'_>) -> Value {
    let noncurrent = rule.0.get("NoncurrentVersionExpirationInDays").cloned();
    let noncurrent = noncurrent.unwrap_or_else(|| rule.inside("NoncurrentVersionExpiration").of("NoncurrentDays"));
    json!({ "id": rule.of("Id"), "status": rule.of("Status"), "prefix": rule.of("Prefix"),
        "expiration": { "days": rule.of("ExpirationInDays") }, "noncurrent_version_expiration": { "noncurrent_days": noncurrent },
        "abort_incomplete_multipart_upload": { "days_after_initiation": rule.inside("AbortIncompleteMultipartUpload").of("DaysAfterInitiation") } })
}

fn replication_rule(rule: Properties<'_>) -> Value {
    let to = rule.inside("Destination");
    json!({ "id": rule.of("Id"), "status": rule.of("Status"), "prefix": rule.of("Prefix"),
        "filter": { "prefix": rule.inside("Filter").of("Prefix"), "tag": rule.inside("Filter").of("TagFilter") },
        "destination": { "bucket": to.of("Bucket"), "account": to.of("Account") },
        "delete_marker_replication": { "status": rule.inside("DeleteMarkerReplication").of("Status") } })
}

fn trail(p: Properties<'_>, name: &str) -> Value {
    let basic: Value = p
        .each("EventSelectors")
        .into_iter()
        .map(|selector| {
            let data: Value = selector.each("DataResources").into_iter().map(|data| json!({ "type": data.of("Type"), "values": data.of("Values") })).collect();
            json!({ "read_write_type": selector.of("ReadWriteType"), "include_management_events": selector.of("IncludeManagementEvents"),
                "exclude_management_event_sources": selector.of("ExcludeManagementEventSources"), "data_resource": data })
        })
        .collect();
    let advanced: Value = p
        .each("AdvancedEventSelectors")
        .into_iter()
        .map(|selector| {
            let fields: Value = selector
                .each("FieldSelectors")
                .into_iter()
                .map(|field| json!({ "field": field.of("Field"), "equals": field.of("Equals"), "starts_with": field.of("StartsWith"),
                    "ends_with": field.of("EndsWith"), "not_equals": field.of("NotEquals"), "not_starts_with": field.of("NotStartsWith"),
                    "not_ends_with": field.of("NotEndsWith") }))
                .collect();
            json!({ "field_selector": fields })
        })
        .collect();
    let insights: Value =
        p.each("InsightSelectors").into_iter().map(|one| json!({ "insight_type": one.of("InsightType") })).collect();
    json!({ "name": name, "s3_bucket_name": p.of("S3BucketName"), "s3_key_prefix": p.of("S3KeyPrefix"), "kms_key_id": p.of("KMSKeyId"),
        "cloud_watch_logs_group_arn": p.of("CloudWatchLogsLogGroupArn"), "is_multi_region_trail": p.of("IsMultiRegionTrail"),
        "is_organization_trail": p.of("IsOrganizationTrail"), "include_global_service_events": p.of("IncludeGlobalServiceEvents"),
        "enable_log_file_validation": p.of("EnableLogFileValidation"), "enable_logging": p.of("IsLogging"),
        "event_selector": basic, "advanced_event_selector": advanced, "insight_selector": insights })
}

fn named_values(list: Vec<Properties<'_>>, key: &str) -> Value {
    let one = |item: Properties<'_>| Some((item.0.get(key)?.as_str()?.to_owned(), item.of("Value")));
    Value::Object(list.into_iter().filter_map(one).collect::<Map<_, _>>())
}

fn metric_filter(p: Properties<'_>, name: &str) -> Value {
    let metrics: Value = p
        .each("MetricTransformations")
        .into_iter()
        .map(|metric| json!({ "namespace": metric.of("MetricNamespace"), "name": metric.of("MetricName"), "value": metric.of("MetricValue"),
            "default_value": metric.of("DefaultValue"), "dimensions": named_values(metric.each("Dimensions"), "Key") }))
        .collect();
    json!({ "name": name, "log_group_name": p.of("LogGroupName"), "pattern": p.of("FilterPattern"), "metric_transformation": metrics })
}

fn alarm(p: Properties<'_>, name: &str) -> Value {
    json!({ "alarm_name": name, "namespace": p.of("Namespace"), "metric_name": p.of("MetricName"), "statistic": p.of("Statistic"),
        "extended_statistic": p.of("ExtendedStatistic"), "period": p.of("Period"), "evaluation_periods": p.of("EvaluationPeriods"),
        "datapoints_to_alarm": p.of("DatapointsToAlarm"), "comparison_operator": p.of("ComparisonOperator"), "threshold": p.of("Threshold"),
        "treat_missing_data": p.of("TreatMissingData"), "alarm_actions": p.of("AlarmActions"), "actions_enabled": p.of("ActionsEnabled"),
        "dimensions": named_values(p.each("Dimensions"), "Name") })
}
