//! The kinds of things that a check can need, and where they stand in an inventory.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{Gap, Inventory, Listing, Lookback, Observed};

/// Where a fact stands: once per inventory, once per account, or once per item of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// A list; a gap in it concerns every check that needs the list.
    List,
    /// A value of the account, or of the organisation.
    Account,
    /// A value of each item of a list.
    Item,
}

/// One place where a fact stands, as the visitor sees it.
trait Slot {
    fn hide(&mut self, gap: &Gap);
    fn gaps(&self) -> Vec<&Gap>;
}

impl<T> Slot for Observed<T> {
    fn hide(&mut self, gap: &Gap) {
        *self = Self::Unreadable(gap.clone());
    }

    fn gaps(&self) -> Vec<&Gap> {
        self.gap().into_iter().collect()
    }
}

impl<T> Slot for Listing<T> {
    fn hide(&mut self, gap: &Gap) {
        self.items.clear();
        self.rest = vec![gap.clone()];
    }

    fn gaps(&self) -> Vec<&Gap> {
        self.rest.iter().collect()
    }
}

impl<T> Slot for Lookback<T> {
    fn hide(&mut self, gap: &Gap) {
        self.since = None;
        self.items.clear();
        self.reached.clear();
        self.rest = vec![gap.clone()];
    }

    fn gaps(&self) -> Vec<&Gap> {
        self.rest.iter().collect()
    }
}

macro_rules! facts {
    ($($(#[$doc:meta])* $name:ident, $scope:ident, $operation:literal, $(($($path:tt)+))+;)+) => {
        /// A kind of thing that a check needs to know.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Fact { $($(#[$doc])* $name,)+ }

        impl Fact {
            /// Every fact.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Where it stands.
            pub fn scope(self) -> Scope {
                match self { $(Self::$name => Scope::$scope,)+ }
            }

            /// The operation that gives it, as IAM names it.
            pub fn operation(self) -> &'static str {
                match self { $(Self::$name => $operation,)+ }
            }

            fn slots(self, inventory: &Inventory) -> Vec<(Option<&str>, &dyn Slot)> {
                let mut found: Vec<(Option<&str>, &dyn Slot)> = Vec::new();
                match self { $(Self::$name => { $(facts!(@walk inventory, found, $($path)+);)+ })+ }
                found
            }

            /// Replaces every place where the fact stands by `gap`, as if it could not have been read.
            pub fn hide(self, inventory: &mut Inventory, gap: &Gap) {
                match self { $(Self::$name => { $(
                    let mut found: Vec<&mut dyn Slot> = Vec::new();
                    facts!(@walk_mut inventory, found, $($path)+);
                    for slot in found {
                        slot.hide(gap);
                    }
                )+ })+ }
            }
        }
    };

    (@walk $inventory:ident, $found:ident, organization) => {
        $found.push((None, &$inventory.organization))
    };
    (@walk $inventory:ident, $found:ident, organization . $field:ident) => {
        if let Observed::Present(organization) = &$inventory.organization {
            $found.push((None, &organization.$field));
        }
    };
    (@walk $inventory:ident, $found:ident, organization . $list:ident each $field:ident) => {
        if let Observed::Present(organization) = &$inventory.organization {
            $found.extend(organization.$list.items.iter().map(|item| (None, &item.$field as &dyn Slot)));
        }
    };
    (@walk $inventory:ident, $found:ident, $part:ident . $field:ident) => {
        for account in &$inventory.accounts {
            $found.push((Some(account.id.as_str()), &account.$part.$field));
        }
    };
    (@walk $inventory:ident, $found:ident, $part:ident . $list:ident each $field:ident) => {
        for account in &$inventory.accounts {
            let id = Some(account.id.as_str());
            $found.extend(account.$part.$list.items.iter().map(|item| (id, &item.$field as &dyn Slot)));
        }
    };

    (@walk_mut $inventory:ident, $found:ident, organization) => {
        $found.push(&mut $inventory.organization)
    };
    (@walk_mut $inventory:ident, $found:ident, organization . $field:ident) => {
        if let Observed::Present(organization) = &mut $inventory.organization {
            $found.push(&mut organization.$field);
        }
    };
    (@walk_mut $inventory:ident, $found:ident, organization . $list:ident each $field:ident) => {
        if let Observed::Present(organization) = &mut $inventory.organization {
            $found.extend(organization.$list.items.iter_mut().map(|item| &mut item.$field as &mut dyn Slot));
        }
    };
    (@walk_mut $inventory:ident, $found:ident, $part:ident . $field:ident) => {
        for account in &mut $inventory.accounts {
            $found.push(&mut account.$part.$field);
        }
    };
    (@walk_mut $inventory:ident, $found:ident, $part:ident . $list:ident each $field:ident) => {
        for account in &mut $inventory.accounts {
            $found.extend(account.$part.$list.items.iter_mut().map(|item| &mut item.$field as &mut dyn Slot));
        }
    };
}

facts! {
    /// Users with their groups, policies and boundary.
    Users, List, "iam:GetAccountAuthorizationDetails", (iam.users);
    /// Groups with their policies.
    Groups, List, "iam:GetAccountAuthorizationDetails", (iam.groups);
    /// Roles with their trust, policies and boundary.
    Roles, List, "iam:GetAccountAuthorizationDetails", (iam.roles);
    /// Managed policies with their text.
    Policies, List, "iam:GetAccountAuthorizationDetails", (iam.policies);
    /// The credential report.
    CredentialReport, Account, "iam:GetCredentialReport", (iam.credential_report);
    /// Virtual MFA devices.
    VirtualMfaDevices, List, "iam:ListVirtualMFADevices", (iam.virtual_mfa_devices);
    /// Service-specific credentials.
    ServiceCredentials, List, "iam:ListServiceSpecificCredentials", (iam.service_credentials);
    /// Server certificates.
    ServerCertificates, List, "iam:ListServerCertificates", (iam.server_certificates);
    /// The password policy.
    PasswordPolicy, Account, "iam:GetAccountPasswordPolicy", (iam.password_policy);
    /// The account summary.
    AccountSummary, Account, "iam:GetAccountSummary", (iam.account_summary);
    /// Account aliases.
    AccountAliases, List, "iam:ListAccountAliases", (iam.aliases);
    /// OIDC providers.
    OidcProviders, List, "iam:ListOpenIDConnectProviders", (iam.oidc_providers);
    /// Client ids and thumbprints of OIDC providers.
    OidcDetails, Item, "iam:GetOpenIDConnectProvider", (iam.oidc_providers each details);
    /// SAML providers.
    SamlProviders, List, "iam:ListSAMLProviders", (iam.saml_providers);
    /// Which services users and roles used.
    LastAccessed, List, "iam:GetServiceLastAccessedDetails", (iam.last_accessed) (iam.last_accessed each services);
    /// Analyzers of IAM Access Analyzer.
    Analyzers, List, "access-analyzer:ListAnalyzers", (iam.analyzers);
    /// What analyzers found about access from outside.
    AnalyzerFindings, List, "access-analyzer:ListFindings", (iam.analyzers each findings);
    /// The alternate contact for security.
    SecurityContact, Account, "account:GetAlternateContact", (contacts.security);
    /// Account-level S3 Block Public Access.
    AccountPublicAccessBlock, Account, "s3:GetAccountPublicAccessBlock", (s3.public_access_block);
    /// Buckets by name.
    Buckets, List, "s3:ListAllMyBuckets", (s3.buckets);
    /// The region of each bucket.
    BucketRegion, Item, "s3:GetBucketLocation", (s3.buckets each region);
    /// Bucket policies.
    BucketPolicy, Item, "s3:GetBucketPolicy", (s3.buckets each policy);
    /// What AWS calls a bucket policy.
    BucketPolicyStatus, Item, "s3:GetBucketPolicyStatus", (s3.buckets each policy_status);
    /// Bucket ACLs.
    BucketAcl, Item, "s3:GetBucketAcl", (s3.buckets each acl);
    /// Object ownership.
    BucketOwnership, Item, "s3:GetBucketOwnershipControls", (s3.buckets each ownership);
    /// Block Public Access of each bucket.
    PublicAccessBlock, Item, "s3:GetBucketPublicAccessBlock", (s3.buckets each public_access_block);
    /// Default encryption.
    BucketEncryption, Item, "s3:GetEncryptionConfiguration", (s3.buckets each encryption);
    /// Versioning.
    BucketVersioning, Item, "s3:GetBucketVersioning", (s3.buckets each versioning);
    /// Server access logging.
    BucketLogging, Item, "s3:GetBucketLogging", (s3.buckets each logging);
    /// S3 Inventory.
    BucketInventories, Item, "s3:GetInventoryConfiguration", (s3.buckets each inventories);
    /// Object lock.
    BucketObjectLock, Item, "s3:GetBucketObjectLockConfiguration", (s3.buckets each object_lock);
    /// Lifecycle rules.
    BucketLifecycle, Item, "s3:GetLifecycleConfiguration", (s3.buckets each lifecycle);
    /// Replication.
    BucketReplication, Item, "s3:GetReplicationConfiguration", (s3.buckets each replication);
    /// Bucket tags.
    BucketTags, Item, "tag:GetResources", (s3.buckets each tags);
    /// Website hosting.
    BucketWebsite, Item, "s3:GetBucketWebsite", (s3.buckets each website);
    /// Access points by name.
    AccessPoints, List, "s3:ListAccessPoints", (s3.access_points);
    /// Policies of access points.
    AccessPointPolicy, Item, "s3:GetAccessPointPolicy", (s3.access_points each policy);
    /// Block Public Access of access points.
    AccessPointPublicAccessBlock, Item, "s3:GetAccessPoint", (s3.access_points each public_access_block);
    /// Multi-region access points by name.
    MultiRegionAccessPoints, List, "s3:ListMultiRegionAccessPoints", (s3.multi_region_access_points);
    /// Policies of multi-region access points.
    MultiRegionAccessPointPolicy, Item, "s3:GetMultiRegionAccessPointPolicy", (s3.multi_region_access_points each policy);
    /// Trails.
    Trails, List, "cloudtrail:DescribeTrails", (trail.trails);
    /// Whether trails log and arrive.
    TrailStatus, Item, "cloudtrail:GetTrailStatus", (trail.trails each status);
    /// What trails record.
    TrailSelectors, Item, "cloudtrail:GetEventSelectors", (trail.trails each selectors);
    /// Insights of trails.
    TrailInsights, Item, "cloudtrail:GetInsightSelectors", (trail.trails each insights);
    /// Event data stores.
    EventDataStores, List, "cloudtrail:ListEventDataStores", (trail.event_data_stores);
    /// Recent changes of policies, as CloudTrail remembers them.
    RecentChanges, List, "cloudtrail:LookupEvents", (trail.changes);
    /// Recent calls with long-lived access keys, as CloudTrail remembers them.
    KeyUse, List, "cloudtrail:LookupEvents", (trail.key_use);
    /// Log groups that trails name.
    LogGroups, Item, "logs:DescribeLogGroups", (monitoring.log_groups each details);
    /// Metric filters of those log groups.
    MetricFilters, List, "logs:DescribeMetricFilters", (monitoring.metric_filters);
    /// Alarms on the metrics of those filters.
    Alarms, List, "cloudwatch:DescribeAlarms", (monitoring.alarms);
    /// Subscribers of the topics of those alarms.
    TopicSubscriptions, Item, "sns:ListSubscriptionsByTopic", (monitoring.topics each subscriptions);
    /// Configuration recorders.
    Recorders, List, "config:DescribeConfigurationRecorders", (detection.recorders);
    /// Whether configuration recorders record.
    RecorderStatus, Item, "config:DescribeConfigurationRecorderStatus", (detection.recorders each status);
    /// Where configuration recorders deliver to.
    DeliveryChannels, Item, "config:DescribeDeliveryChannels", (detection.recorders each channel);
    /// Security Hub.
    Hubs, List, "securityhub:DescribeHub", (detection.hubs);
    /// Detectors of GuardDuty.
    Detectors, List, "guardduty:ListDetectors", (detection.detectors);
    /// What detectors of GuardDuty do.
    DetectorDetails, Item, "guardduty:GetDetector", (detection.detectors each details);
    /// The KMS keys that trails and their buckets use.
    KeyDetails, Item, "kms:DescribeKey", (kms.keys each details);
    /// The policies of those keys.
    KeyPolicy, Item, "kms:GetKeyPolicy", (kms.keys each policy);
    /// Whether those keys are rotated.
    KeyRotation, Item, "kms:GetKeyRotationStatus", (kms.keys each rotation);
    /// The organisation.
    Organization, Account, "organizations:DescribeOrganization", (organization);
    /// Accounts of the organisation.
    OrganizationAccounts, List, "organizations:ListAccounts", (organization.accounts);
    /// Roots and units of the organisation.
    OrganizationUnits, List, "organizations:ListOrganizationalUnitsForParent", (organization.units);
    /// Service control policies.
    ServiceControlPolicies, List, "organizations:ListPolicies",
        (organization.scps) (organization.scps each document) (organization.scps each targets);
    /// Resource control policies.
    ResourceControlPolicies, List, "organizations:ListPolicies",
        (organization.rcps) (organization.rcps each document) (organization.rcps each targets);
    /// Accounts that administer a service for the organisation.
    DelegatedAdministrators, List, "organizations:ListDelegatedAdministrators", (organization.delegated_administrators);
    /// What IAM does for the root users of all accounts.
    RootFeatures, Account, "iam:ListOrganizationsFeatures", (organization.root_features);
}

impl Fact {
    /// The facts about who there is and what they may do, in an account and its organisation: all of it is read in a few
    /// calls, long before the last bucket.
    pub fn about_people() -> BTreeSet<Self> {
        let service = |fact: Self| fact.operation().split_once(':').map_or("", |(service, _)| service);
        let services = ["iam", "organizations", "access-analyzer", "account"];
        Self::ALL.iter().copied().filter(|fact| services.contains(&service(*fact))).collect()
    }

    /// The gaps of the fact with the account that each belongs to (`None` = the organisation), in inventory order.
    pub fn gaps(self, inventory: &Inventory) -> Vec<(Option<&str>, &Gap)> {
        self.slots(inventory)
            .into_iter()
            .flat_map(|(account, slot)| slot.gaps().into_iter().map(move |gap| (account, gap)))
            .collect()
    }

    /// How many places the fact has in the inventory, and how many of them were read.
    pub fn coverage(self, inventory: &Inventory) -> (usize, usize) {
        let slots = self.slots(inventory);
        (slots.len(), slots.iter().filter(|(_, slot)| slot.gaps().is_empty()).count())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Cause, overlay};

    /// One of everything, so that every fact has a place.
    fn one_of_everything() -> Inventory {
        overlay::inventory(&json!({
            "iam": { "users": [{ "name": "u" }], "analyzers": [{ "region": "us-east-1" }], "oidc_providers": [{ "arn": "arn:aws:iam::111111111111:oidc-provider/example.com" }] },
            "s3": {
                "buckets": [{ "name": "b" }],
                "access_points": [{ "name": "p", "bucket": "b" }],
                "multi_region_access_points": [{ "name": "m" }],
            },
            "trail": { "trails": [{ "name": "t" }] },
            "monitoring": {
                "log_groups": [{ "arn": "arn:aws:logs:us-east-1:111111111111:log-group:g" }],
                "topics": [{ "arn": "arn:aws:sns:us-east-1:111111111111:alarms" }],
            },
            "detection": { "recorders": [{}], "detectors": [{}] },
            "kms": { "keys": [{ "arn": "arn:aws:kms:us-east-1:111111111111:key/k" }] },
            "organization": { "id": "o-1" },
        }))
        .unwrap()
    }

    #[test]
    fn every_fact_can_be_hidden_and_is_then_a_gap() {
        let gap = Gap::new(Cause::Denied, "x:Y");
        for fact in Fact::ALL {
            let mut inventory = one_of_everything();
            assert!(fact.gaps(&inventory).is_empty(), "{fact:?}");
            let (places, observed) = fact.coverage(&inventory);
            assert!(places > 0 && observed == places, "{fact:?}");
            fact.hide(&mut inventory, &gap);
            let gaps: Vec<&Gap> = fact.gaps(&inventory).into_iter().map(|(_, gap)| gap).collect();
            // The items of a list that is hidden are no places any more.
            let (left, seen) = fact.coverage(&inventory);
            assert!((1..=places).contains(&left) && seen == 0, "{fact:?}");
            assert_eq!(gaps, vec![&gap; left], "{fact:?}");
        }
    }

    #[test]
    fn hiding_one_fact_leaves_the_others() {
        let gap = Gap::new(Cause::Denied, "x:Y");
        let mut inventory = one_of_everything();
        Fact::BucketPolicy.hide(&mut inventory, &gap);
        for fact in Fact::ALL {
            assert_eq!(fact.gaps(&inventory).is_empty(), *fact != Fact::BucketPolicy, "{fact:?}");
        }
    }
}
