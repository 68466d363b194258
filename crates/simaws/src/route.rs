//! From a request to the operation that it calls.

use serde_json::Value;

use crate::answer::Failure;
use crate::call::{Incoming, Scope, Service};
use crate::fault::Kind;
use crate::operations;

/// The service that a request is for: the one of its signature, and S3 Control by its path.
pub(crate) fn service(scope: Option<&Scope>, incoming: &Incoming) -> Option<Service> {
    match scope.map_or("", |scope| scope.service.as_str()) {
        "sts" => Some(Service::Sts),
        "iam" => Some(Service::Iam),
        "s3" if incoming.account_id.is_some() && incoming.path.starts_with("/v20180820/") => Some(Service::S3Control),
        "cloudtrail" => Some(Service::CloudTrail),
        "organizations" => Some(Service::Organizations),
        "access-analyzer" => Some(Service::AccessAnalyzer),
        "account" => Some(Service::Account),
        "s3tables" => Some(Service::S3Tables),
        "s3vectors" => Some(Service::S3Vectors),
        "tagging" => Some(Service::Tagging),
        "logs" => Some(Service::Logs),
        "monitoring" => Some(Service::CloudWatch),
        "sns" => Some(Service::Sns),
        "config" => Some(Service::Config),
        "securityhub" => Some(Service::SecurityHub),
        "guardduty" => Some(Service::GuardDuty),
        "kms" => Some(Service::Kms),
        "" if incoming.target.as_deref().is_some_and(|target| target.contains("CloudTrail")) => {
            Some(Service::CloudTrail)
        }
        "" if incoming.target.is_some() => Some(Service::Organizations),
        "" if incoming.form.get("Version").is_some_and(|version| version == Service::Sts.version()) => {
            Some(Service::Sts)
        }
        "" if incoming.form.contains_key("Action") => Some(Service::Iam),
        "s3" | "s3express" | "" => Some(Service::S3),
        _ => None,
    }
}

/// The operation, and what it is about.
pub(crate) fn operation(
    service: Service,
    scope: &Scope,
    incoming: &Incoming,
) -> Result<(&'static str, Option<String>), Failure> {
    let (name, resource) = match service {
        query if query.is_query() => {
            let about = ["RoleArn", "OpenIDConnectProviderArn", "UserName", "Arn", "TopicArn"];
            (
                incoming.form.get("Action").map_or("", String::as_str),
                about.iter().find_map(|name| incoming.form.get(*name)).cloned(),
            )
        }
        Service::AccessAnalyzer => {
            let about = || incoming.json.get("analyzerArn").and_then(Value::as_str).map(str::to_owned);
            match incoming.path.as_str() {
                "/analyzer" if !incoming.post && !incoming.head => ("ListAnalyzers", None),
                "/finding" if incoming.post => ("ListFindings", about()),
                _ => ("", None),
            }
        }
        Service::Account => {
            let name = match incoming.path.as_str() {
                "/listRegions" if incoming.post => "ListRegions",
                "/getAlternateContact" if incoming.post => "GetAlternateContact",
                _ => "",
            };
            (name, None)
        }
        Service::S3Tables => {
            let listed = !incoming.post && !incoming.head && incoming.path == "/buckets";
            (if listed { "ListTableBuckets" } else { "" }, None)
        }
        Service::S3Vectors => {
            (if incoming.post && incoming.path == "/ListVectorBuckets" { "ListVectorBuckets" } else { "" }, None)
        }
        Service::SecurityHub => {
            (if !incoming.post && !incoming.head && incoming.path == "/accounts" { "DescribeHub" } else { "" }, None)
        }
        Service::GuardDuty => guardduty(incoming),
        Service::S3Control => s3control(incoming),
        Service::S3 => s3(scope, incoming),
        _ => {
            let target = incoming.target.as_deref().unwrap_or_default();
            let about =
                ["Name", "TrailName", "PolicyId", "ParentId", "Filter", "KeyId", "logGroupName", "logGroupNamePrefix"];
            let resource = about.iter().find_map(|name| incoming.json.get(*name)?.as_str());
            (target.rsplit('.').next().unwrap_or_default(), resource.map(str::to_owned))
        }
    };
    operations::find(service.name(), name)
        .map(|operation| (operation, resource))
        .ok_or_else(|| service.failure(Kind::UnknownOperation, name))
}

fn s3(scope: &Scope, incoming: &Incoming) -> (&'static str, Option<String>) {
    let path = incoming.path.trim_start_matches('/');
    if path.is_empty() {
        let directory = scope.service == "s3express"
            || incoming.query.contains_key("max-directory-buckets")
            || incoming.query.get("x-id").is_some_and(|id| id == "ListDirectoryBuckets");
        let name = match (incoming.head || incoming.post, directory) {
            (true, _) => "",
            (false, true) => "ListDirectoryBuckets",
            (false, false) => "ListBuckets",
        };
        return (name, None);
    }
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    let name = if !key.is_empty() || incoming.post || incoming.head {
        ""
    } else {
        SUBRESOURCES.iter().find(|(name, _)| incoming.query.contains_key(*name)).map_or("", |(_, operation)| operation)
    };
    (name, Some(bucket.to_owned()))
}

/// The part of a bucket that a query string names, and the operation that reads it.
const SUBRESOURCES: &[(&str, &str)] = &[
    ("acl", "GetBucketAcl"),
    ("encryption", "GetBucketEncryption"),
    ("inventory", "ListBucketInventoryConfigurations"),
    ("lifecycle", "GetBucketLifecycleConfiguration"),
    ("location", "GetBucketLocation"),
    ("logging", "GetBucketLogging"),
    ("object-lock", "GetObjectLockConfiguration"),
    ("ownershipControls", "GetBucketOwnershipControls"),
    ("policy", "GetBucketPolicy"),
    ("policyStatus", "GetBucketPolicyStatus"),
    ("publicAccessBlock", "GetPublicAccessBlock"),
    ("replication", "GetBucketReplication"),
    ("versioning", "GetBucketVersioning"),
    ("website", "GetBucketWebsite"),
];

fn guardduty(incoming: &Incoming) -> (&'static str, Option<String>) {
    if incoming.post || incoming.head {
        return ("", None);
    }
    match incoming.path.strip_prefix("/detector") {
        Some("") => ("ListDetectors", None),
        Some(rest) => match rest.strip_prefix('/') {
            Some(id) if !id.is_empty() && !id.contains('/') => ("GetDetector", Some(id.to_owned())),
            _ => ("", None),
        },
        None => ("", None),
    }
}

fn s3control(incoming: &Incoming) -> (&'static str, Option<String>) {
    let path = incoming.path.trim_start_matches("/v20180820/").trim_end_matches('/');
    if incoming.post || incoming.head {
        return ("", None);
    }
    match path {
        "configuration/publicAccessBlock" => return ("GetPublicAccessBlock", None),
        "accessgrantsinstances" => return ("ListAccessGrantsInstances", None),
        "accesspoint" => return ("ListAccessPoints", incoming.query.get("bucket").cloned()),
        "mrap/instances" => return ("ListMultiRegionAccessPoints", None),
        _ => {}
    }
    let (name, rest) = if let Some(rest) = path.strip_prefix("accesspoint/") {
        ("AccessPoint", rest)
    } else if let Some(rest) = path.strip_prefix("mrap/instances/") {
        ("MultiRegionAccessPoint", rest)
    } else {
        return ("", None);
    };
    let (name, resource) = match (name, rest.strip_suffix("/policy")) {
        ("AccessPoint", Some(resource)) => ("GetAccessPointPolicy", resource),
        ("AccessPoint", None) => ("GetAccessPoint", rest),
        (_, Some(resource)) => ("GetMultiRegionAccessPointPolicy", resource),
        (_, None) => ("", rest),
    };
    (name, Some(resource.to_owned()))
}
