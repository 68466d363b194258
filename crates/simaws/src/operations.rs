//! The operations that are served, and how long their pages are.

/// Every operation that is served, as `service:Operation`, sorted.
///
/// The services are named as they sign their requests, except `s3control`, which signs as `s3`.
pub const OPERATIONS: &[&str] = &[
    "access-analyzer:ListAnalyzers",
    "access-analyzer:ListFindings",
    "account:GetAlternateContact",
    "account:ListRegions",
    "cloudtrail:DescribeTrails",
    "cloudtrail:GetEventSelectors",
    "cloudtrail:GetInsightSelectors",
    "cloudtrail:GetTrailStatus",
    "cloudtrail:ListEventDataStores",
    "cloudtrail:LookupEvents",
    "cloudwatch:DescribeAlarms",
    "config:DescribeConfigurationRecorderStatus",
    "config:DescribeConfigurationRecorders",
    "config:DescribeDeliveryChannels",
    "guardduty:GetDetector",
    "guardduty:ListDetectors",
    "iam:GenerateCredentialReport",
    "iam:GenerateServiceLastAccessedDetails",
    "iam:GetAccountAuthorizationDetails",
    "iam:GetAccountPasswordPolicy",
    "iam:GetAccountSummary",
    "iam:GetCredentialReport",
    "iam:GetOpenIDConnectProvider",
    "iam:GetServiceLastAccessedDetails",
    "iam:ListAccountAliases",
    "iam:ListOpenIDConnectProviders",
    "iam:ListOrganizationsFeatures",
    "iam:ListSAMLProviders",
    "iam:ListServerCertificates",
    "iam:ListServiceSpecificCredentials",
    "iam:ListVirtualMFADevices",
    "kms:DescribeKey",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "logs:DescribeLogGroups",
    "logs:DescribeMetricFilters",
    "organizations:DescribeOrganization",
    "organizations:DescribePolicy",
    "organizations:ListAccounts",
    "organizations:ListAccountsForParent",
    "organizations:ListDelegatedAdministrators",
    "organizations:ListOrganizationalUnitsForParent",
    "organizations:ListPolicies",
    "organizations:ListRoots",
    "organizations:ListTargetsForPolicy",
    "s3:GetBucketAcl",
    "s3:GetBucketEncryption",
    "s3:GetBucketLifecycleConfiguration",
    "s3:GetBucketLocation",
    "s3:GetBucketLogging",
    "s3:GetBucketOwnershipControls",
    "s3:GetBucketPolicy",
    "s3:GetBucketPolicyStatus",
    "s3:GetBucketReplication",
    "s3:GetBucketVersioning",
    "s3:GetBucketWebsite",
    "s3:GetObjectLockConfiguration",
    "s3:GetPublicAccessBlock",
    "s3:ListBucketInventoryConfigurations",
    "s3:ListBuckets",
    "s3:ListDirectoryBuckets",
    "s3control:GetAccessPoint",
    "s3control:GetAccessPointPolicy",
    "s3control:GetMultiRegionAccessPointPolicy",
    "s3control:GetPublicAccessBlock",
    "s3control:ListAccessGrantsInstances",
    "s3control:ListAccessPoints",
    "s3control:ListMultiRegionAccessPoints",
    "s3tables:ListTableBuckets",
    "s3vectors:ListVectorBuckets",
    "securityhub:DescribeHub",
    "sns:ListSubscriptionsByTopic",
    "sts:AssumeRole",
    "sts:GetCallerIdentity",
    "tag:GetResources",
];

/// The operation of `service` with this name.
pub(crate) fn find(service: &str, name: &str) -> Option<&'static str> {
    OPERATIONS
        .iter()
        .copied()
        .find(|operation| operation.split_once(':').is_some_and(|(at, called)| at == service && called == name))
}

/// How many items a page of `operation` holds when the caller names no number, and the most that AWS gives.
pub(crate) fn page_sizes(operation: &str) -> (usize, usize) {
    match operation {
        "s3:ListBuckets" => (10_000, 10_000),
        "s3:ListDirectoryBuckets"
        | "s3control:ListAccessGrantsInstances"
        | "s3control:ListAccessPoints"
        | "s3control:ListMultiRegionAccessPoints"
        | "s3tables:ListTableBuckets" => (1000, 1000),
        "s3vectors:ListVectorBuckets" => (500, 500),
        "cloudtrail:ListEventDataStores" => (100, 1000),
        "access-analyzer:ListFindings" | "s3:ListBucketInventoryConfigurations" => (100, 100),
        "cloudwatch:DescribeAlarms" | "tag:GetResources" => (50, 100),
        "account:ListRegions"
        | "cloudtrail:LookupEvents"
        | "guardduty:ListDetectors"
        | "logs:DescribeLogGroups"
        | "logs:DescribeMetricFilters" => (50, 50),
        operation if operation.starts_with("organizations:") => (20, 20),
        _ => (100, 1000),
    }
}
