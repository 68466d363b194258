//! Names and ARNs that a resource will have, as far as their shape is known before it is made.
//!
//! A name that AWS or the provider will make up is stood for by one that nobody chose. Whatever refers to the resource
//! refers to the same stand-in, so that it stays the same thing.

use serde_json::{Map, Value};

use crate::value::hole;

/// Where a resource is made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At<'a> {
    pub(crate) partition: &'a str,
    pub(crate) region: &'a str,
    pub(crate) account: &'a str,
}

/// What the `id` of a resource is.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Id {
    Name,
    Arn,
    Other,
}

/// Type, attribute that is its name, what its id is, and its ARN: `{n}` name, `{path}`, `{p}` partition, `{r}` region,
/// `{a}` account.
const SHAPES: &[(&str, &str, Id, &str)] = &[
    ("aws_s3_bucket", "bucket", Id::Name, "arn:{p}:s3:::{n}"),
    ("aws_s3_access_point", "name", Id::Other, "arn:{p}:s3:{r}:{a}:accesspoint/{n}"),
    ("aws_iam_role", "name", Id::Name, "arn:{p}:iam::{a}:role{path}{n}"),
    ("aws_iam_user", "name", Id::Name, "arn:{p}:iam::{a}:user{path}{n}"),
    ("aws_iam_group", "name", Id::Name, "arn:{p}:iam::{a}:group{path}{n}"),
    ("aws_iam_policy", "name", Id::Arn, "arn:{p}:iam::{a}:policy{path}{n}"),
    ("aws_iam_instance_profile", "name", Id::Name, "arn:{p}:iam::{a}:instance-profile{path}{n}"),
    ("aws_iam_saml_provider", "name", Id::Arn, "arn:{p}:iam::{a}:saml-provider/{n}"),
    ("aws_iam_openid_connect_provider", "url", Id::Arn, "arn:{p}:iam::{a}:oidc-provider/{n}"),
    ("aws_cloudtrail", "name", Id::Arn, "arn:{p}:cloudtrail:{r}:{a}:trail/{n}"),
    ("aws_cloudwatch_log_group", "name", Id::Name, "arn:{p}:logs:{r}:{a}:log-group:{n}"),
    ("aws_cloudwatch_metric_alarm", "alarm_name", Id::Name, "arn:{p}:cloudwatch:{r}:{a}:alarm:{n}"),
    ("aws_sns_topic", "name", Id::Arn, "arn:{p}:sns:{r}:{a}:{n}"),
    ("aws_sqs_queue", "name", Id::Other, "arn:{p}:sqs:{r}:{a}:{n}"),
    ("aws_kms_key", "key_id", Id::Name, "arn:{p}:kms:{r}:{a}:key/{n}"),
    ("aws_lambda_function", "function_name", Id::Name, "arn:{p}:lambda:{r}:{a}:function:{n}"),
    ("aws_dynamodb_table", "name", Id::Name, "arn:{p}:dynamodb:{r}:{a}:table/{n}"),
    ("aws_kinesis_stream", "name", Id::Arn, "arn:{p}:kinesis:{r}:{a}:stream/{n}"),
    ("aws_kinesis_firehose_delivery_stream", "name", Id::Arn, "arn:{p}:firehose:{r}:{a}:deliverystream/{n}"),
    ("aws_ecr_repository", "name", Id::Name, "arn:{p}:ecr:{r}:{a}:repository/{n}"),
    ("aws_ecs_cluster", "name", Id::Arn, "arn:{p}:ecs:{r}:{a}:cluster/{n}"),
    ("aws_eks_cluster", "name", Id::Name, "arn:{p}:eks:{r}:{a}:cluster/{n}"),
    ("aws_sfn_state_machine", "name", Id::Arn, "arn:{p}:states:{r}:{a}:stateMachine:{n}"),
    ("aws_cloudwatch_event_rule", "name", Id::Name, "arn:{p}:events:{r}:{a}:rule/{n}"),
    ("aws_codebuild_project", "name", Id::Arn, "arn:{p}:codebuild:{r}:{a}:project/{n}"),
    ("aws_codepipeline", "name", Id::Name, "arn:{p}:codepipeline:{r}:{a}:{n}"),
    ("aws_codecommit_repository", "repository_name", Id::Name, "arn:{p}:codecommit:{r}:{a}:{n}"),
    ("aws_organizations_policy", "id", Id::Name, "{n}"),
];

/// Whether the names and ARNs of the type have a known shape.
pub(crate) fn is_known(kind: &str) -> bool {
    SHAPES.iter().any(|(known, ..)| *known == kind)
}

/// The attribute that is the name of a resource.
pub(crate) fn name_of(kind: &str) -> Option<&'static str> {
    SHAPES.iter().find(|(known, ..)| *known == kind).map(|(_, name, ..)| *name)
}

/// Fills in name, id and ARN where they are not known; `Some(attribute)` where a name had to be stood for.
pub(crate) fn complete(kind: &str, values: &mut Value, address: &str, at: At<'_>) -> Option<&'static str> {
    let Value::Object(values) = values else { return None };
    let Some((_, name, id, arn)) = SHAPES.iter().find(|(known, ..)| *known == kind) else {
        // Parts of a bucket go by the name of the bucket.
        if kind.starts_with("aws_s3_bucket_")
            && let Some(bucket) = known(values, "bucket")
        {
            values.insert("id".to_owned(), bucket.into());
        }
        return None;
    };
    let mut stood = None;
    let called = known(values, name).unwrap_or_else(|| {
        // A policy of an organisation, or a key, has an id that nobody chooses: no more is open about it than that.
        stood = (!matches!(*name, "key_id" | "id")).then_some(*name);
        let made = stand_in(values, name, address);
        values.insert((*name).to_owned(), made.clone().into());
        made
    });
    let n = if kind == "aws_iam_openid_connect_provider" {
        called.trim_start_matches("https://").trim_end_matches('/')
    } else {
        &called
    };
    let path = known(values, "path").unwrap_or_else(|| "/".to_owned());
    let filled = arn
        .replace("{p}", at.partition)
        .replace("{r}", at.region)
        .replace("{a}", at.account)
        .replace("{path}", &path)
        .replace("{n}", n);
    let full = known(values, "arn").unwrap_or(filled);
    values.insert("arn".to_owned(), full.clone().into());
    if known(values, "id").is_none() {
        match id {
            Id::Name => drop(values.insert("id".to_owned(), called.into())),
            Id::Arn => drop(values.insert("id".to_owned(), full.into())),
            Id::Other => {}
        }
    }
    stood
}

fn known(values: &Map<String, Value>, name: &str) -> Option<String> {
    values.get(name)?.as_str().filter(|text| !text.is_empty() && hole(text).is_none()).map(str::to_owned)
}

/// A name with the prefix that was asked for, made of the address: at most 63 characters, as a bucket may have.
fn stand_in(values: &Map<String, Value>, name: &str, address: &str) -> String {
    let prefix = known(values, &format!("{name}_prefix")).unwrap_or_default();
    let mut slug = String::new();
    for c in address.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_matches('-');
    let room = 63_usize.saturating_sub(prefix.len() + "known-after-apply-".len());
    // The end of an address tells resources apart.
    let cut = slug.get(slug.len().saturating_sub(room)..).unwrap_or(slug).trim_matches('-');
    format!("{prefix}known-after-apply-{cut}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const AT: At<'static> = At { partition: "aws", region: "eu-west-1", account: "111111111111" };

    #[test]
    fn names_and_arns_are_filled_in() {
        let mut role = json!({ "name": "ci", "path": "/team/" });
        assert_eq!(complete("aws_iam_role", &mut role, "aws_iam_role.ci", AT), None);
        assert_eq!(role["arn"], "arn:aws:iam::111111111111:role/team/ci");
        assert_eq!(role["id"], "ci");
        let mut key = json!({});
        assert_eq!(complete("aws_kms_key", &mut key, "module.a.aws_kms_key.k[0]", AT), None);
        assert_eq!(key["arn"], "arn:aws:kms:eu-west-1:111111111111:key/known-after-apply-module-a-aws-kms-key-k-0");
        let mut part = json!({ "bucket": "b" });
        complete("aws_s3_bucket_policy", &mut part, "x", AT);
        assert_eq!(part["id"], "b");
    }

    #[test]
    fn what_nobody_named_is_stood_for() {
        let mut bucket = json!({ "bucket_prefix": "logs-" });
        assert_eq!(complete("aws_s3_bucket", &mut bucket, "aws_s3_bucket.b", AT), Some("bucket"));
        assert_eq!(bucket["bucket"], "logs-known-after-apply-aws-s3-bucket-b");
        let mut bucket = json!({ "bucket": forewarn_inventory::PolicyText::hole("depends on x") });
        let long = format!("module.{}.aws_s3_bucket.b", "x".repeat(80));
        assert_eq!(complete("aws_s3_bucket", &mut bucket, &long, AT), Some("bucket"));
        assert!(bucket["bucket"].as_str().is_some_and(|name| name.len() <= 63 && name.ends_with("aws-s3-bucket-b")));
    }
}
