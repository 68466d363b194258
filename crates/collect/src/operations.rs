//! The one table of the AWS operations that a collection uses.
//!
//! What is asked, what IAM must allow, what it costs and which facts it serves are written here once. The
//! least-privilege policy, the session policy of an assumed role, the cost formula and `forewarn doctor` are read off it.

use std::collections::BTreeSet;

use forewarn_inventory::Fact;

/// An AWS service that is asked, as its API is named (not as IAM prefixes its actions).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// IAM Access Analyzer.
    AccessAnalyzer,
    /// AWS Account Management.
    Account,
    /// `CloudTrail`.
    CloudTrail,
    /// Amazon `CloudWatch`.
    CloudWatch,
    /// AWS Config.
    Config,
    /// Amazon `GuardDuty`.
    GuardDuty,
    /// AWS Identity and Access Management.
    Iam,
    /// AWS Key Management Service.
    Kms,
    /// Amazon `CloudWatch` Logs.
    Logs,
    /// AWS Organizations.
    Organizations,
    /// Amazon S3.
    S3,
    /// Amazon S3 Control.
    S3Control,
    /// Amazon S3 Tables.
    S3Tables,
    /// Amazon S3 Vectors.
    S3Vectors,
    /// AWS Security Hub CSPM.
    SecurityHub,
    /// Amazon Simple Notification Service.
    Sns,
    /// AWS Security Token Service.
    Sts,
    /// AWS Resource Groups Tagging.
    Tagging,
}

/// How often an operation is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Often {
    /// Once an account.
    Account,
    /// Once an account and page.
    Page,
    /// Once an assessed region and page.
    Region,
    /// Once for each region that holds a bucket, and page.
    BucketRegion,
    /// Once a bucket.
    Bucket,
    /// Once a bucket, where something already read calls for it.
    BucketWhere(When),
    /// Once an access point (of either kind).
    AccessPoint,
    /// Once an analyzer that looks for outsiders, and page.
    Analyzer,
    /// Once a trail.
    Trail,
    /// Once a user or role, and again while AWS works on the answer; only where the user asks for it.
    Principal,
    /// Once a log group that trails deliver to, and page.
    LogGroup,
    /// Once a region with such a log group, and page.
    LogGroupRegion,
    /// Once a topic that alarms name, and page.
    Topic,
    /// Once an assessed region that has something already read.
    RegionWhere,
    /// Once a KMS key that trails or their buckets use.
    Key,
    /// Once an identity provider.
    Provider,
    /// Once an organisational unit and page.
    Unit,
    /// Once an organisation policy and page.
    OrganizationPolicy,
    /// Once a region, question and page, as far as a budget of time goes.
    WithinBudget,
}

/// What a second call on a bucket waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum When {
    /// `ListBuckets` gave no region.
    RegionUnknown,
    /// It has a policy.
    HasPolicy,
    /// Ownership does not make ACLs void.
    AclsCount,
    /// Versioning is on.
    Versioned,
}

/// One AWS operation.
#[derive(Debug, PartialEq, Eq)]
pub struct Operation {
    /// The service.
    pub service: Service,
    /// The name of the API, such as `GetBucketEncryption`.
    pub name: &'static str,
    /// `service:Name`, the key of its call count.
    pub key: &'static str,
    /// The IAM actions that allow it; the first one names its gaps. Empty where nothing need be granted to the caller.
    pub actions: &'static [&'static str],
    /// Error codes that say that there is none.
    pub absent: &'static [&'static str],
    /// How often it is called.
    pub often: Often,
    /// The facts that it serves.
    pub facts: &'static [Fact],
}

impl Operation {
    /// The operation as gaps name it: by its IAM action.
    pub fn action(&self) -> &'static str {
        self.actions.first().copied().unwrap_or(self.key)
    }

    /// Whether it is about the organisation, and asked by the caller's own session only.
    pub fn is_of_organization(&self) -> bool {
        self.service == Service::Organizations || self.facts == [Fact::RootFeatures]
    }

    /// Whether any of `needs` rests on it.
    pub fn serves(&self, needs: &BTreeSet<Fact>) -> bool {
        self.facts.iter().any(|fact| needs.contains(fact))
    }
}

macro_rules! operations {
    ($($id:ident = $service:ident $prefix:literal $name:literal, [$($action:literal)*], absent [$($absent:literal)*], $often:expr, [$($fact:ident)*];)+) => {
        $(
            #[doc = concat!("`", $prefix, ":", $name, "`.")]
            pub(crate) static $id: Operation = Operation {
                service: Service::$service,
                name: $name,
                key: concat!($prefix, ":", $name),
                actions: &[$($action),*],
                absent: &[$($absent),*],
                often: $often,
                facts: &[$(Fact::$fact),*],
            };
        )+

        /// Every operation, sorted by key.
        pub static ALL: &[&Operation] = &[$(&$id),+];
    };
}

operations! {
    LIST_ANALYZERS = AccessAnalyzer "access-analyzer" "ListAnalyzers", ["access-analyzer:ListAnalyzers"], absent [],
        Often::Region, [Analyzers];
    LIST_FINDINGS = AccessAnalyzer "access-analyzer" "ListFindings", ["access-analyzer:ListFindings"], absent [],
        Often::Analyzer, [AnalyzerFindings];

    GET_ALTERNATE_CONTACT = Account "account" "GetAlternateContact", ["account:GetAlternateContact"],
        absent ["ResourceNotFoundException"], Often::Account, [SecurityContact];
    LIST_REGIONS = Account "account" "ListRegions", ["account:ListRegions"], absent [], Often::Page, [];

    DESCRIBE_TRAILS = CloudTrail "cloudtrail" "DescribeTrails", ["cloudtrail:DescribeTrails"], absent [],
        Often::Region, [Trails];
    GET_EVENT_SELECTORS = CloudTrail "cloudtrail" "GetEventSelectors", ["cloudtrail:GetEventSelectors"], absent [],
        Often::Trail, [TrailSelectors];
    GET_INSIGHT_SELECTORS = CloudTrail "cloudtrail" "GetInsightSelectors", ["cloudtrail:GetInsightSelectors"],
        absent ["InsightNotEnabledException"], Often::Trail, [TrailInsights];
    GET_TRAIL_STATUS = CloudTrail "cloudtrail" "GetTrailStatus", ["cloudtrail:GetTrailStatus"], absent [],
        Often::Trail, [TrailStatus];
    LIST_EVENT_DATA_STORES = CloudTrail "cloudtrail" "ListEventDataStores", ["cloudtrail:ListEventDataStores"], absent [],
        Often::Region, [EventDataStores];
    LOOKUP_EVENTS = CloudTrail "cloudtrail" "LookupEvents", ["cloudtrail:LookupEvents"], absent [],
        Often::WithinBudget, [RecentChanges KeyUse];

    DESCRIBE_ALARMS = CloudWatch "cloudwatch" "DescribeAlarms", ["cloudwatch:DescribeAlarms"], absent [],
        Often::LogGroupRegion, [Alarms];

    DESCRIBE_CONFIGURATION_RECORDER_STATUS = Config "config" "DescribeConfigurationRecorderStatus",
        ["config:DescribeConfigurationRecorderStatus"], absent [], Often::RegionWhere, [RecorderStatus];
    DESCRIBE_CONFIGURATION_RECORDERS = Config "config" "DescribeConfigurationRecorders",
        ["config:DescribeConfigurationRecorders"], absent [], Often::Region, [Recorders];
    DESCRIBE_DELIVERY_CHANNELS = Config "config" "DescribeDeliveryChannels", ["config:DescribeDeliveryChannels"],
        absent [], Often::RegionWhere, [DeliveryChannels];

    GET_DETECTOR = GuardDuty "guardduty" "GetDetector", ["guardduty:GetDetector"], absent [],
        Often::RegionWhere, [DetectorDetails];
    LIST_DETECTORS = GuardDuty "guardduty" "ListDetectors", ["guardduty:ListDetectors"], absent [],
        Often::Region, [Detectors];

    GENERATE_CREDENTIAL_REPORT = Iam "iam" "GenerateCredentialReport", ["iam:GenerateCredentialReport"], absent [],
        Often::Account, [CredentialReport];
    GENERATE_SERVICE_LAST_ACCESSED_DETAILS = Iam "iam" "GenerateServiceLastAccessedDetails",
        ["iam:GenerateServiceLastAccessedDetails"], absent [], Often::Principal, [LastAccessed];
    GET_ACCOUNT_AUTHORIZATION_DETAILS = Iam "iam" "GetAccountAuthorizationDetails",
        ["iam:GetAccountAuthorizationDetails"], absent [], Often::Page, [Users Groups Roles Policies];
    GET_ACCOUNT_PASSWORD_POLICY = Iam "iam" "GetAccountPasswordPolicy", ["iam:GetAccountPasswordPolicy"],
        absent ["NoSuchEntity" "NoSuchEntityException"], Often::Account, [PasswordPolicy];
    GET_ACCOUNT_SUMMARY = Iam "iam" "GetAccountSummary", ["iam:GetAccountSummary"], absent [],
        Often::Account, [AccountSummary];
    GET_CREDENTIAL_REPORT = Iam "iam" "GetCredentialReport", ["iam:GetCredentialReport"], absent [],
        Often::Account, [CredentialReport];
    GET_OPEN_ID_CONNECT_PROVIDER = Iam "iam" "GetOpenIDConnectProvider", ["iam:GetOpenIDConnectProvider"], absent [],
        Often::Provider, [OidcDetails];
    GET_SERVICE_LAST_ACCESSED_DETAILS = Iam "iam" "GetServiceLastAccessedDetails",
        ["iam:GetServiceLastAccessedDetails"], absent [], Often::Principal, [LastAccessed];
    LIST_ACCOUNT_ALIASES = Iam "iam" "ListAccountAliases", ["iam:ListAccountAliases"], absent [],
        Often::Page, [AccountAliases];
    LIST_OPEN_ID_CONNECT_PROVIDERS = Iam "iam" "ListOpenIDConnectProviders", ["iam:ListOpenIDConnectProviders"], absent [],
        Often::Account, [OidcProviders];
    LIST_ORGANIZATIONS_FEATURES = Iam "iam" "ListOrganizationsFeatures", ["iam:ListOrganizationsFeatures"],
        absent ["ServiceAccessNotEnabledException"], Often::Account, [RootFeatures];
    LIST_SAML_PROVIDERS = Iam "iam" "ListSAMLProviders", ["iam:ListSAMLProviders"], absent [],
        Often::Account, [SamlProviders];
    LIST_SERVER_CERTIFICATES = Iam "iam" "ListServerCertificates", ["iam:ListServerCertificates"], absent [],
        Often::Page, [ServerCertificates];
    LIST_SERVICE_SPECIFIC_CREDENTIALS = Iam "iam" "ListServiceSpecificCredentials",
        ["iam:ListServiceSpecificCredentials"], absent [], Often::Page, [ServiceCredentials];
    LIST_VIRTUAL_MFA_DEVICES = Iam "iam" "ListVirtualMFADevices", ["iam:ListVirtualMFADevices"], absent [],
        Often::Page, [VirtualMfaDevices];

    DESCRIBE_KEY = Kms "kms" "DescribeKey", ["kms:DescribeKey"], absent ["NotFoundException"], Often::Key, [KeyDetails];
    GET_KEY_POLICY = Kms "kms" "GetKeyPolicy", ["kms:GetKeyPolicy"], absent ["NotFoundException"],
        Often::Key, [KeyPolicy];
    GET_KEY_ROTATION_STATUS = Kms "kms" "GetKeyRotationStatus", ["kms:GetKeyRotationStatus"],
        absent ["NotFoundException"], Often::Key, [KeyRotation];

    DESCRIBE_LOG_GROUPS = Logs "logs" "DescribeLogGroups", ["logs:DescribeLogGroups"], absent [],
        Often::LogGroup, [LogGroups];
    DESCRIBE_METRIC_FILTERS = Logs "logs" "DescribeMetricFilters", ["logs:DescribeMetricFilters"],
        absent ["ResourceNotFoundException"], Often::LogGroup, [MetricFilters];

    DESCRIBE_ORGANIZATION = Organizations "organizations" "DescribeOrganization", ["organizations:DescribeOrganization"],
        absent ["AWSOrganizationsNotInUseException"], Often::Account, [Organization];
    DESCRIBE_POLICY = Organizations "organizations" "DescribePolicy", ["organizations:DescribePolicy"], absent [],
        Often::OrganizationPolicy, [ServiceControlPolicies ResourceControlPolicies];
    LIST_ACCOUNTS = Organizations "organizations" "ListAccounts", ["organizations:ListAccounts"], absent [],
        Often::Page, [OrganizationAccounts];
    LIST_ACCOUNTS_FOR_PARENT = Organizations "organizations" "ListAccountsForParent",
        ["organizations:ListAccountsForParent"], absent [], Often::Unit, [OrganizationAccounts];
    LIST_DELEGATED_ADMINISTRATORS = Organizations "organizations" "ListDelegatedAdministrators",
        ["organizations:ListDelegatedAdministrators"], absent [], Often::Page, [DelegatedAdministrators];
    LIST_ORGANIZATIONAL_UNITS_FOR_PARENT = Organizations "organizations" "ListOrganizationalUnitsForParent",
        ["organizations:ListOrganizationalUnitsForParent"], absent [], Often::Unit, [OrganizationUnits];
    LIST_POLICIES = Organizations "organizations" "ListPolicies", ["organizations:ListPolicies"], absent [],
        Often::Page, [ServiceControlPolicies ResourceControlPolicies];
    LIST_ROOTS = Organizations "organizations" "ListRoots", ["organizations:ListRoots"], absent [],
        Often::Page, [OrganizationUnits];
    LIST_TARGETS_FOR_POLICY = Organizations "organizations" "ListTargetsForPolicy",
        ["organizations:ListTargetsForPolicy"], absent [], Often::OrganizationPolicy,
        [ServiceControlPolicies ResourceControlPolicies];

    GET_BUCKET_ACL = S3 "s3" "GetBucketAcl", ["s3:GetBucketAcl"], absent [],
        Often::BucketWhere(When::AclsCount), [BucketAcl];
    GET_BUCKET_ENCRYPTION = S3 "s3" "GetBucketEncryption", ["s3:GetEncryptionConfiguration"],
        absent ["ServerSideEncryptionConfigurationNotFoundError"], Often::Bucket, [BucketEncryption];
    GET_BUCKET_LIFECYCLE_CONFIGURATION = S3 "s3" "GetBucketLifecycleConfiguration", ["s3:GetLifecycleConfiguration"],
        absent ["NoSuchLifecycleConfiguration"], Often::Bucket, [BucketLifecycle];
    GET_BUCKET_LOCATION = S3 "s3" "GetBucketLocation", ["s3:GetBucketLocation"], absent [],
        Often::BucketWhere(When::RegionUnknown), [BucketRegion];
    GET_BUCKET_LOGGING = S3 "s3" "GetBucketLogging", ["s3:GetBucketLogging"], absent [],
        Often::Bucket, [BucketLogging];
    GET_BUCKET_OWNERSHIP_CONTROLS = S3 "s3" "GetBucketOwnershipControls", ["s3:GetBucketOwnershipControls"],
        absent ["OwnershipControlsNotFoundError"], Often::Bucket, [BucketOwnership];
    GET_BUCKET_POLICY = S3 "s3" "GetBucketPolicy", ["s3:GetBucketPolicy"],
        absent ["NoSuchBucketPolicy"], Often::Bucket, [BucketPolicy];
    GET_BUCKET_POLICY_STATUS = S3 "s3" "GetBucketPolicyStatus", ["s3:GetBucketPolicyStatus"],
        absent ["NoSuchBucketPolicy"], Often::BucketWhere(When::HasPolicy), [BucketPolicyStatus];
    GET_BUCKET_REPLICATION = S3 "s3" "GetBucketReplication", ["s3:GetReplicationConfiguration"],
        absent ["ReplicationConfigurationNotFoundError"], Often::BucketWhere(When::Versioned), [BucketReplication];
    GET_BUCKET_VERSIONING = S3 "s3" "GetBucketVersioning", ["s3:GetBucketVersioning"], absent [],
        Often::Bucket, [BucketVersioning];
    GET_BUCKET_WEBSITE = S3 "s3" "GetBucketWebsite", ["s3:GetBucketWebsite"],
        absent ["NoSuchWebsiteConfiguration"], Often::Bucket, [BucketWebsite];
    GET_OBJECT_LOCK_CONFIGURATION = S3 "s3" "GetObjectLockConfiguration", ["s3:GetBucketObjectLockConfiguration"],
        absent ["ObjectLockConfigurationNotFoundError"], Often::BucketWhere(When::Versioned), [BucketObjectLock];
    GET_PUBLIC_ACCESS_BLOCK = S3 "s3" "GetPublicAccessBlock", ["s3:GetBucketPublicAccessBlock"],
        absent ["NoSuchPublicAccessBlockConfiguration"], Often::Bucket, [PublicAccessBlock];
    LIST_BUCKET_INVENTORY_CONFIGURATIONS = S3 "s3" "ListBucketInventoryConfigurations", ["s3:GetInventoryConfiguration"],
        absent [], Often::Bucket, [BucketInventories];
    LIST_BUCKETS = S3 "s3" "ListBuckets", ["s3:ListAllMyBuckets"], absent [], Often::Page, [Buckets];
    LIST_DIRECTORY_BUCKETS = S3 "s3" "ListDirectoryBuckets", ["s3express:ListAllMyDirectoryBuckets"], absent [],
        Often::Region, [Buckets];

    GET_ACCESS_POINT = S3Control "s3control" "GetAccessPoint", ["s3:GetAccessPoint"], absent [],
        Often::AccessPoint, [AccessPointPublicAccessBlock];
    GET_ACCESS_POINT_POLICY = S3Control "s3control" "GetAccessPointPolicy", ["s3:GetAccessPointPolicy"],
        absent ["NoSuchAccessPointPolicy"], Often::AccessPoint, [AccessPointPolicy];
    GET_MULTI_REGION_ACCESS_POINT_POLICY = S3Control "s3control" "GetMultiRegionAccessPointPolicy",
        ["s3:GetMultiRegionAccessPointPolicy"], absent ["NoSuchMultiRegionAccessPointPolicy"],
        Often::AccessPoint, [MultiRegionAccessPointPolicy];
    GET_ACCOUNT_PUBLIC_ACCESS_BLOCK = S3Control "s3control" "GetPublicAccessBlock",
        ["s3:GetAccountPublicAccessBlock"], absent ["NoSuchPublicAccessBlockConfiguration"],
        Often::Account, [AccountPublicAccessBlock];
    LIST_ACCESS_GRANTS_INSTANCES = S3Control "s3control" "ListAccessGrantsInstances",
        ["s3:ListAccessGrantsInstances"], absent [], Often::BucketRegion, [Buckets];
    LIST_ACCESS_POINTS = S3Control "s3control" "ListAccessPoints", ["s3:ListAccessPoints"], absent [],
        Often::BucketRegion, [AccessPoints];
    LIST_MULTI_REGION_ACCESS_POINTS = S3Control "s3control" "ListMultiRegionAccessPoints",
        ["s3:ListMultiRegionAccessPoints"], absent [], Often::Page, [MultiRegionAccessPoints];

    LIST_TABLE_BUCKETS = S3Tables "s3tables" "ListTableBuckets", ["s3tables:ListTableBuckets"], absent [],
        Often::Region, [Buckets];

    LIST_VECTOR_BUCKETS = S3Vectors "s3vectors" "ListVectorBuckets", ["s3vectors:ListVectorBuckets"], absent [],
        Often::Region, [Buckets];

    DESCRIBE_HUB = SecurityHub "securityhub" "DescribeHub", ["securityhub:DescribeHub"],
        absent ["InvalidAccessException" "ResourceNotFoundException"], Often::Region, [Hubs];

    LIST_SUBSCRIPTIONS_BY_TOPIC = Sns "sns" "ListSubscriptionsByTopic", ["sns:ListSubscriptionsByTopic"],
        absent ["NotFound" "NotFoundException"], Often::Topic, [TopicSubscriptions];

    ASSUME_ROLE = Sts "sts" "AssumeRole", [], absent [], Often::Account, [];
    GET_CALLER_IDENTITY = Sts "sts" "GetCallerIdentity", [], absent [], Often::Account, [];

    GET_RESOURCES = Tagging "tag" "GetResources", ["tag:GetResources"], absent [], Often::BucketRegion, [BucketTags];
}

/// Names of all operations, as `service:Name`.
pub fn names() -> BTreeSet<&'static str> {
    ALL.iter().map(|operation| operation.key).collect()
}

/// `needs` and everything that it rests on: a fact of a bucket needs the list of buckets, an ACL needs ownership, …
///
/// Facts that were pulled in so are read and kept.
pub fn closure(needs: &BTreeSet<Fact>) -> BTreeSet<Fact> {
    let mut all = needs.clone();
    for fact in needs {
        all.extend(rests_on(*fact));
    }
    all
}

/// Those of `needs` that are read in each account by itself: all but the facts of the organisation.
pub(crate) fn of_accounts(needs: &BTreeSet<Fact>) -> BTreeSet<Fact> {
    let of_organization = |fact: &Fact| {
        let asked = ALL.iter().copied().find(|operation| operation.facts.contains(fact));
        asked.is_some_and(Operation::is_of_organization)
    };
    needs.iter().filter(|fact| !of_organization(fact)).copied().collect()
}

/// The facts that must be read before `fact` can be.
fn rests_on(fact: Fact) -> &'static [Fact] {
    match fact {
        Fact::AnalyzerFindings => &[Fact::Analyzers],
        Fact::OidcDetails => &[Fact::OidcProviders],
        Fact::LastAccessed => &[Fact::Users, Fact::Roles],
        Fact::BucketRegion => &[Fact::Buckets],
        Fact::BucketPolicy
        | Fact::BucketOwnership
        | Fact::PublicAccessBlock
        | Fact::BucketEncryption
        | Fact::BucketVersioning
        | Fact::BucketLogging
        | Fact::BucketInventories
        | Fact::BucketLifecycle
        | Fact::BucketTags
        | Fact::BucketWebsite
        | Fact::AccessPoints => &[Fact::Buckets, Fact::BucketRegion],
        Fact::BucketPolicyStatus => &[Fact::Buckets, Fact::BucketRegion, Fact::BucketPolicy],
        Fact::BucketAcl => &[Fact::Buckets, Fact::BucketRegion, Fact::BucketOwnership],
        Fact::BucketObjectLock | Fact::BucketReplication => {
            &[Fact::Buckets, Fact::BucketRegion, Fact::BucketVersioning]
        }
        Fact::AccessPointPolicy | Fact::AccessPointPublicAccessBlock => {
            &[Fact::Buckets, Fact::BucketRegion, Fact::AccessPoints]
        }
        Fact::MultiRegionAccessPointPolicy => &[Fact::MultiRegionAccessPoints],
        Fact::TrailStatus | Fact::TrailSelectors | Fact::TrailInsights | Fact::LogGroups | Fact::MetricFilters => {
            &[Fact::Trails]
        }
        Fact::KeyUse => &[Fact::CredentialReport],
        Fact::Alarms => &[Fact::Trails, Fact::MetricFilters],
        Fact::TopicSubscriptions => &[Fact::Trails, Fact::MetricFilters, Fact::Alarms],
        Fact::RecorderStatus | Fact::DeliveryChannels => &[Fact::Recorders],
        Fact::DetectorDetails => &[Fact::Detectors],
        Fact::KeyDetails => &[Fact::Trails, Fact::Buckets, Fact::BucketRegion, Fact::BucketEncryption],
        Fact::KeyPolicy | Fact::KeyRotation => {
            &[Fact::KeyDetails, Fact::Trails, Fact::Buckets, Fact::BucketRegion, Fact::BucketEncryption]
        }
        Fact::OrganizationAccounts | Fact::OrganizationUnits | Fact::DelegatedAdministrators | Fact::RootFeatures => {
            &[Fact::Organization]
        }
        Fact::ServiceControlPolicies | Fact::ResourceControlPolicies => {
            &[Fact::Organization, Fact::OrganizationAccounts, Fact::OrganizationUnits]
        }
        _ => &[],
    }
}

/// The most calls that one bucket costs when `needs` is asked, the region apart (`ListBuckets` gives it on AWS).
pub fn most_calls_a_bucket(needs: &BTreeSet<Fact>) -> usize {
    calls_a_bucket(needs, |_| true)
}

/// The calls that one bucket costs when `needs` is asked and `holds` says what is so of it.
pub fn calls_a_bucket(needs: &BTreeSet<Fact>, holds: impl Fn(When) -> bool) -> usize {
    let needs = closure(needs);
    ALL.iter()
        .filter(|operation| operation.serves(&needs))
        .filter(|operation| match operation.often {
            Often::Bucket => true,
            Often::BucketWhere(When::RegionUnknown) => false,
            Often::BucketWhere(when) => holds(when),
            _ => false,
        })
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_has_no_name_twice() {
        let keys: Vec<&str> = ALL.iter().map(|operation| operation.key).collect();
        let sorted: Vec<&str> = names().into_iter().collect();
        assert_eq!(keys, sorted);
    }

    #[test]
    fn every_action_is_one_that_aws_documents() {
        for action in ALL.iter().flat_map(|operation| operation.actions) {
            let (prefix, name) = action.split_once(':').unwrap();
            let service = forewarn_policy::catalogue::service(prefix).unwrap();
            assert!(service.action(name).is_some_and(|known| known.name == name), "{action}");
        }
    }

    #[test]
    fn every_fact_has_an_operation_whose_action_names_its_gaps() {
        for fact in Fact::ALL {
            let named =
                ALL.iter().any(|operation| operation.facts.contains(fact) && operation.action() == fact.operation());
            assert!(named, "{fact:?} is given by {}", fact.operation());
        }
    }

    #[test]
    fn nothing_is_called_per_user_group_role_or_policy_unless_it_is_asked_for() {
        for operation in ALL.iter().filter(|operation| operation.service == Service::Iam) {
            let bulk = matches!(operation.often, Often::Account | Often::Page | Often::Provider);
            assert!(bulk || operation.facts == [Fact::LastAccessed], "{}", operation.key);
        }
    }

    /// The facts of the checks that run when nothing else is asked for.
    fn default_needs() -> BTreeSet<Fact> {
        [
            Fact::BucketPolicy,
            Fact::BucketPolicyStatus,
            Fact::BucketAcl,
            Fact::BucketOwnership,
            Fact::PublicAccessBlock,
            Fact::BucketEncryption,
            Fact::BucketVersioning,
            Fact::BucketLogging,
            Fact::BucketInventories,
            Fact::BucketLifecycle,
            Fact::BucketObjectLock,
            Fact::BucketReplication,
        ]
        .into_iter()
        .collect()
    }

    #[test]
    fn a_bucket_costs_what_docs_cost_md_says() {
        assert_eq!(most_calls_a_bucket(&default_needs()), 12);
        let all: BTreeSet<Fact> = Fact::ALL.iter().copied().collect();
        assert_eq!(calls_a_bucket(&all, |_| false), 9, "a bucket without policy, ACLs or versioning");
        assert_eq!(most_calls_a_bucket(&all), 13, "a bucket with all of them");
        let cost = include_str!("../../../docs/cost.md");
        assert!(cost.contains("9 + policy + live ACLs + 2 × versioned"), "docs/cost.md holds the formula");
        let names = |global: bool| {
            let of = forewarn_events::RULES.iter().filter(|rule| rule.looked_up && (global || !rule.is_global()));
            of.map(|rule| rule.name).collect::<BTreeSet<_>>().len()
        };
        let said = format!(
            "*names* is {} where events of global services arrive (us-east-1) and {}",
            names(true),
            names(false)
        );
        assert!(cost.contains(&said), "docs/cost.md counts the names: {said}");
        for operation in ALL {
            assert!(cost.contains(&format!("`{}`", operation.key)), "docs/cost.md lists {}", operation.key);
        }
    }

    #[test]
    fn a_fact_pulls_in_what_it_rests_on() {
        let asked = closure(&BTreeSet::from([Fact::BucketAcl]));
        assert_eq!(asked, BTreeSet::from([Fact::Buckets, Fact::BucketRegion, Fact::BucketAcl, Fact::BucketOwnership]));
        for fact in Fact::ALL {
            let once = closure(&BTreeSet::from([*fact]));
            assert_eq!(closure(&once), once, "{fact:?}");
        }
    }
}
