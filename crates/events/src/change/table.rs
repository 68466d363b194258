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
    /// A grant of a key, which lets its grantee use it beside the policy.
    Grant,
    /// The policy of another resource: a queue, a topic, a function, a secret, a vault.
    Resource,
    /// A permissions boundary: a guardrail.
    Boundary,
    /// Policies of the organisation, or who belongs to it: a guardrail.
    Organization,
    /// What records.
    Log,
    /// What keeps the records, where the bucket or key does: else it is no change of this kind.
    LogStore,
    /// MFA devices.
    Mfa,
    /// Access keys and passwords: ways to sign in.
    Credential,
    /// The password policy of the account.
    PasswordPolicy,
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
            Self::Grant => "key grant",
            Self::Boundary => "permissions boundary",
            Self::Organization => "organisation",
            Self::Log => "log",
            Self::LogStore => "log storage",
            Self::Resource => "resource policy",
            Self::Mfa => "MFA",
            Self::Credential => "credentials",
            Self::PasswordPolicy => "password policy",
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
    /// Takes the resource away, with all that it had.
    Ends,
    /// Adds a statement to the policy, whose rest the call does not say.
    Adds,
    /// Takes a statement out of the policy by its name.
    Drops,
    /// Settings, a policy document among them or not: without one it is no change.
    MayPut,
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
    /// Another resource, by the parameter that its service has for it.
    Other,
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
    /// Whether a look-back with a budget asks for it. The others are seen where all events are.
    pub looked_up: bool,
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
    ($($source:literal {
        $($name:literal $subject:ident $effect:ident $place:ident $(by $slot:literal)?,)*
        $(also $($more:literal $and:ident $does:ident $on:ident $(by $apart:literal)?,)+)?
    })+) => {
        /// Every rule, by service; within one the worst first, because a budget may end before the list does.
        pub static RULES: &[Rule] = &[$(
            $(rules!(@rule $source $name $subject $effect $place true $($slot)?),)*
            $($(rules!(@rule $source $more $and $does $on false $($apart)?),)+)?
        )+];
    };
    (@rule $source:literal $name:literal $subject:ident $effect:ident $place:ident $looked_up:literal $($slot:literal)?) => {
        Rule {
            name: $name,
            source: concat!($source, ".amazonaws.com"),
            subject: Subject::$subject,
            effect: Effect::$effect,
            place: Place::$place,
            slot: rules!(@slot $($slot)?),
            looked_up: $looked_up,
        }
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
        also
        "StartLogging" Log Sets Trail,
        "CreateTrail" Log Sets Trail,
        "PutInsightSelectors" Log Sets Trail,
        "StartEventDataStoreIngestion" Log Sets Trail,
        "RestoreEventDataStore" Log Sets Trail,
        "CreateEventDataStore" Log Sets Trail,
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
        "DeleteBucket" LogStore Ends Bucket,
        also
        "CreateBucket" Bucket Creates Bucket,
        "DeleteAccessPoint" AccessPoint Ends AccessPoint,
        "DeletePublicAccessBlock" PublicAccessBlock Sets Account,
        "PutPublicAccessBlock" PublicAccessBlock Sets Account,
    }
    "kms" {
        "PutKeyPolicy" Key Puts Key,
        "DisableKey" LogStore Sets Key,
        "ScheduleKeyDeletion" LogStore Sets Key,
        also
        "CreateKey" Key Creates Key,
        "EnableKey" LogStore Sets Key,
        "CancelKeyDeletion" LogStore Sets Key,
        "CreateGrant" Grant Puts Key by "grantId",
        "RevokeGrant" Grant Removes Key by "grantId",
        "RetireGrant" Grant Removes Key by "grantId",
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
        also
        "UpdateLoginProfile" Credential Sets User,
        "CreateLoginProfile" Credential Sets User,
        "DeleteLoginProfile" Credential Sets User,
        "CreateAccessKey" Credential Sets User,
        "UpdateAccessKey" Credential Sets User,
        "DeleteAccessKey" Credential Sets User,
        "DeactivateMFADevice" Mfa Sets User,
        "EnableMFADevice" Mfa Sets User,
        "DeleteVirtualMFADevice" Mfa Sets User,
        "UpdateAccountPasswordPolicy" PasswordPolicy Sets Account,
        "DeleteAccountPasswordPolicy" PasswordPolicy Sets Account,
        "DeleteOpenIDConnectProvider" Trust Sets Provider,
        "RemoveClientIDFromOpenIDConnectProvider" Trust Sets Provider,
        "DeleteSAMLProvider" Trust Sets Provider,
        "CreateUser" Identity Creates User,
        "CreateGroup" Identity Creates Group,
        "DeleteUser" Identity Ends User,
        "DeleteGroup" Identity Ends Group,
        "DeleteRole" Identity Ends Role,
        "DeletePolicy" Identity Ends Policy,
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
        also
        "EnablePolicyType" Organization Sets Account,
        "CreatePolicy" Organization Creates OrganizationPolicy,
        "AcceptHandshake" Organization Sets Account,
        "RegisterDelegatedAdministrator" Organization Sets Account,
        "PutResourcePolicy" Resource Puts Other,
        "DeleteResourcePolicy" Resource Removes Other,
    }
    "sso" {
        also
        "CreatePermissionSet" Identity Creates Other,
        "DeletePermissionSet" Identity Ends Other,
        "PutInlinePolicyToPermissionSet" Identity Puts Other,
        "DeleteInlinePolicyFromPermissionSet" Identity Removes Other,
        "AttachManagedPolicyToPermissionSet" Identity Attaches Other by "managedPolicyArn",
        "DetachManagedPolicyFromPermissionSet" Identity Detaches Other by "managedPolicyArn",
        "CreateAccountAssignment" Identity Sets Other,
        "DeleteAccountAssignment" Identity Sets Other,
    }
    "s3express" {
        also
        "PutBucketPolicy" Bucket Puts Bucket,
        "DeleteBucketPolicy" Bucket Removes Bucket,
    }
    "s3-object-lambda" {
        also
        "PutAccessPointPolicyForObjectLambda" AccessPoint Puts AccessPoint,
        "DeleteAccessPointPolicyForObjectLambda" AccessPoint Removes AccessPoint,
    }
    "sqs" {
        also
        "CreateQueue" Resource Creates Other,
        "DeleteQueue" Resource Ends Other,
        "SetQueueAttributes" Resource MayPut Other,
        "AddPermission" Resource Adds Other,
        "RemovePermission" Resource Drops Other,
    }
    "sns" {
        also
        "CreateTopic" Resource Creates Other,
        "DeleteTopic" Resource Ends Other,
        "SetTopicAttributes" Resource MayPut Other,
        "AddPermission" Resource Adds Other,
        "RemovePermission" Resource Drops Other,
    }
    "lambda" {
        also
        "CreateFunction20150331" Resource Creates Other,
        "DeleteFunction20150331" Resource Ends Other,
        "AddPermission20150331v2" Resource Adds Other by "qualifier",
        "RemovePermission20150331v2" Resource Drops Other by "qualifier",
        "AddPermission20150331" Resource Adds Other by "qualifier",
        "RemovePermission20150331" Resource Drops Other by "qualifier",
        "AddLayerVersionPermission20181031" Resource Adds Other,
        "RemoveLayerVersionPermission20181031" Resource Drops Other,
    }
    "secretsmanager" {
        also
        "PutResourcePolicy" Resource Puts Other,
        "DeleteResourcePolicy" Resource Removes Other,
    }
    "ecr" {
        also
        "SetRepositoryPolicy" Resource Puts Other,
        "DeleteRepositoryPolicy" Resource Removes Other,
        "PutRegistryPolicy" Resource Puts Other,
        "DeleteRegistryPolicy" Resource Removes Other,
    }
    "backup" {
        also
        "PutBackupVaultAccessPolicy" Resource Puts Other,
        "DeleteBackupVaultAccessPolicy" Resource Removes Other,
    }
    "glacier" {
        also
        "SetVaultAccessPolicy" Resource Puts Other,
        "DeleteVaultAccessPolicy" Resource Removes Other,
    }
    "elasticfilesystem" {
        also
        "PutFileSystemPolicy" Resource Puts Other,
        "DeleteFileSystemPolicy" Resource Removes Other,
    }
    "dynamodb" {
        also
        "PutResourcePolicy" Resource Puts Other,
        "DeleteResourcePolicy" Resource Removes Other,
    }
    "kinesis" {
        also
        "PutResourcePolicy" Resource Puts Other,
        "DeleteResourcePolicy" Resource Removes Other,
    }
    "glue" {
        also
        "PutResourcePolicy" Resource Puts Other,
        "DeleteResourcePolicy" Resource Removes Other,
    }
    "logs" {
        also
        "PutResourcePolicy" Resource Puts Other by "policyName",
        "DeleteResourcePolicy" Resource Removes Other by "policyName",
    }
    "events" {
        also
        "PutPermission" Resource Adds Other,
        "RemovePermission" Resource Drops Other,
    }
    "es" {
        also
        "UpdateDomainConfig" Resource MayPut Other,
        "UpdateElasticsearchDomainConfig" Resource MayPut Other,
    }
    "ec2" {
        also
        "ModifyVpcEndpoint" Resource MayPut Other,
    }
}
