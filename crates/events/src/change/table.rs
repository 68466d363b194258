//! The calls that change who may do what, as data.

/// What a call changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// What a user, group or role may do.
    Identity,
    /// Who may become a role, or who a provider vouches for.
    Trust,
    /// The policy of a bucket.
    Bucket,
    /// The ACL of a bucket, or whether it counts.
    BucketAcl,
    /// An access point or its policy.
    AccessPoint,
    /// Block Public Access of a bucket or of the account: a guardrail.
    PublicAccessBlock,
    /// The policy of a key.
    Key,
    /// A permissions boundary: a guardrail.
    Boundary,
    /// Policies of the organisation, or who belongs to it: a guardrail.
    Organization,
    /// What records.
    Log,
    /// What keeps the records, where the bucket or key does: else it is no change of this kind.
    LogStore,
}

impl Subject {
    /// Whether it only limits.
    pub fn is_guardrail(self) -> bool {
        matches!(self, Self::PublicAccessBlock | Self::Boundary | Self::Organization)
    }

    /// A word or two for a person.
    pub fn words(self) -> &'static str {
        match self {
            Self::Identity => "rights",
            Self::Trust => "trust",
            Self::Bucket => "bucket policy",
            Self::BucketAcl => "bucket ACL",
            Self::AccessPoint => "access point",
            Self::PublicAccessBlock => "Block Public Access",
            Self::Key => "key policy",
            Self::Boundary => "permissions boundary",
            Self::Organization => "organisation",
            Self::Log => "log",
            Self::LogStore => "log storage",
        }
    }
}

/// What a call does to the document that it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Puts the document of the request in the place of the one before.
    Puts,
    /// Makes the resource, with the document of the request.
    Creates,
    /// Takes the document away.
    Removes,
    /// Lets a managed policy, or a group, count for an identity.
    Attaches,
    /// No longer.
    Detaches,
    /// Makes another version of a managed policy the one in force.
    Selects,
    /// Settings that are no policy document.
    Sets,
}

/// What a request is about, and by which of its parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A user by `userName`.
    User,
    /// A group by `groupName`.
    Group,
    /// A role by `roleName`.
    Role,
    /// A managed policy by `policyArn`, or by the ARN in the answer.
    Policy,
    /// A provider by the ARN in the request or the answer.
    Provider,
    /// A bucket by `bucketName`.
    Bucket,
    /// An access point by `name`.
    AccessPoint,
    /// A KMS key by `keyId`.
    Key,
    /// A trail or event data store by name or ARN.
    Trail,
    /// A policy of the organisation by `policyId`.
    OrganizationPolicy,
    /// The account.
    Account,
}

/// A call that changes who may do what.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// The name of the event.
    pub name: &'static str,
    /// The service, as `eventSource` names it.
    pub source: &'static str,
    /// What it changes.
    pub subject: Subject,
    /// What it does to the document.
    pub effect: Effect,
    /// What it is about.
    pub place: Place,
    /// The parameter that tells documents of one resource apart.
    pub slot: Option<&'static str>,
}

impl Rule {
    /// The rule of an event.
    pub fn of(source: &str, name: &str) -> Option<&'static Self> {
        RULES.iter().find(|rule| rule.name == name && rule.source == source)
    }

    /// Whether its service has one place for the whole account, whose events arrive in one region.
    pub fn is_global(&self) -> bool {
        matches!(self.source, "iam.amazonaws.com" | "organizations.amazonaws.com")
    }
}

macro_rules! rules {
    ($($source:literal { $($name:literal $subject:ident $effect:ident $place:ident $(by $slot:literal)?,)+ })+) => {
        /// Every rule, by service; within one the worst first, because a budget may end before the list does.
        pub static RULES: &[Rule] = &[$($(
            Rule {
                name: $name,
                source: concat!($source, ".amazonaws.com"),
                subject: Subject::$subject,
                effect: Effect::$effect,
                place: Place::$place,
                slot: rules!(@slot $($slot)?),
            },
        )+)+];
    };
    (@slot) => { None };
    (@slot $slot:literal) => { Some($slot) };
}

rules! {
    "cloudtrail" {
        "StopLogging" Log Sets Trail,
        "DeleteTrail" Log Sets Trail,
        "UpdateTrail" Log Sets Trail,
        "PutEventSelectors" Log Sets Trail,
        "DeleteEventDataStore" Log Sets Trail,
        "StopEventDataStoreIngestion" Log Sets Trail,
        "UpdateEventDataStore" Log Sets Trail,
    }
    "s3" {
        "PutBucketPolicy" Bucket Puts Bucket,
        "DeleteBucketPolicy" Bucket Removes Bucket,
        "DeleteBucketPublicAccessBlock" PublicAccessBlock Sets Bucket,
        "PutBucketPublicAccessBlock" PublicAccessBlock Sets Bucket,
        "DeleteAccountPublicAccessBlock" PublicAccessBlock Sets Account,
        "PutAccountPublicAccessBlock" PublicAccessBlock Sets Account,
        "PutBucketAcl" BucketAcl Sets Bucket,
        "PutBucketOwnershipControls" BucketAcl Sets Bucket,
        "DeleteBucketOwnershipControls" BucketAcl Sets Bucket,
        "PutAccessPointPolicy" AccessPoint Puts AccessPoint,
        "DeleteAccessPointPolicy" AccessPoint Removes AccessPoint,
        "CreateAccessPoint" AccessPoint Creates AccessPoint,
        "PutMultiRegionAccessPointPolicy" AccessPoint Puts AccessPoint,
        "PutBucketLifecycle" LogStore Sets Bucket,
        "DeleteBucket" LogStore Sets Bucket,
    }
    "kms" {
        "PutKeyPolicy" Key Puts Key,
        "DisableKey" LogStore Sets Key,
        "ScheduleKeyDeletion" LogStore Sets Key,
    }
    "iam" {
        "UpdateAssumeRolePolicy" Trust Puts Role,
        "AttachUserPolicy" Identity Attaches User by "policyArn",
        "AttachRolePolicy" Identity Attaches Role by "policyArn",
        "AttachGroupPolicy" Identity Attaches Group by "policyArn",
        "PutUserPolicy" Identity Puts User by "policyName",
        "PutRolePolicy" Identity Puts Role by "policyName",
        "PutGroupPolicy" Identity Puts Group by "policyName",
        "CreatePolicyVersion" Identity Puts Policy,
        "SetDefaultPolicyVersion" Identity Selects Policy,
        "AddUserToGroup" Identity Attaches User by "groupName",
        "DeleteRolePermissionsBoundary" Boundary Sets Role,
        "DeleteUserPermissionsBoundary" Boundary Sets User,
        "PutRolePermissionsBoundary" Boundary Sets Role,
        "PutUserPermissionsBoundary" Boundary Sets User,
        "CreateRole" Trust Creates Role,
        "CreateOpenIDConnectProvider" Trust Sets Provider,
        "CreateSAMLProvider" Trust Sets Provider,
        "UpdateSAMLProvider" Trust Sets Provider,
        "AddClientIDToOpenIDConnectProvider" Trust Sets Provider,
        "DeleteUserPolicy" Identity Removes User by "policyName",
        "DeleteRolePolicy" Identity Removes Role by "policyName",
        "DeleteGroupPolicy" Identity Removes Group by "policyName",
        "DetachUserPolicy" Identity Detaches User by "policyArn",
        "DetachRolePolicy" Identity Detaches Role by "policyArn",
        "DetachGroupPolicy" Identity Detaches Group by "policyArn",
        "RemoveUserFromGroup" Identity Detaches User by "groupName",
        "CreatePolicy" Identity Creates Policy,
    }
    "organizations" {
        "DetachPolicy" Organization Sets OrganizationPolicy,
        "UpdatePolicy" Organization Puts OrganizationPolicy,
        "DisablePolicyType" Organization Sets Account,
        "DeletePolicy" Organization Sets OrganizationPolicy,
        "LeaveOrganization" Organization Sets Account,
        "RemoveAccountFromOrganization" Organization Sets Account,
        "MoveAccount" Organization Sets Account,
        "AttachPolicy" Organization Sets OrganizationPolicy,
    }
}
