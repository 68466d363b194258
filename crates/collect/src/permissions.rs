//! What IAM must allow: the least-privilege policy, and the session policy of an assumed role.

use std::collections::{BTreeMap, BTreeSet};

use forewarn_inventory::Fact;
use serde_json::{Value, json};

use crate::operations::{self, Operation};

/// The most characters that AWS takes as an inline session policy.
pub const SESSION_POLICY_LIMIT: usize = 2048;

/// The session policy of an assumed role: what it may do at most, whatever the role itself may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionPolicy {
    /// The inline policy, at most [`SESSION_POLICY_LIMIT`] characters.
    pub inline: String,
    /// ARNs of managed policies that are joined with it.
    pub managed: Vec<String>,
}

/// The least-privilege policy for a collection of everything in one account, as IAM JSON.
///
/// Every action of it lists, reads a configuration, or makes AWS refresh the credential report. No object is read.
pub fn permissions_policy(partition: &str) -> String {
    policy(partition, |_| true, None)
}

/// The policy of the member role: [`permissions_policy`] without what only the organisation's own account is asked.
pub fn member_policy(partition: &str) -> String {
    policy(partition, |operation| !operation.is_of_organization(), None)
}

/// The policy of who audits several accounts: [`permissions_policy`], and leave to assume `member_role` in any account.
pub fn caller_policy(partition: &str, member_role: &str) -> String {
    policy(partition, |_| true, Some(member_role))
}

fn policy(partition: &str, wanted: fn(&Operation) -> bool, goes_on: Option<&str>) -> String {
    let mut by_service: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for action in operations::ALL.iter().filter(|operation| wanted(operation)).flat_map(|operation| operation.actions) {
        by_service.entry(action.split(':').next().unwrap_or_default()).or_default().insert(action);
    }
    // Account Management has no endpoint in the GovCloud partition, and IAM there knows no such action.
    if partition == "aws-us-gov" {
        by_service.remove("account");
    }
    let mut statements: Vec<Value> = by_service
        .into_iter()
        .map(|(service, actions)| json!({ "Sid": sid(service), "Effect": "Allow", "Action": actions, "Resource": "*" }))
        .collect();
    statements.extend(goes_on.map(|role| may_assume(partition, role)));
    pretty(&json!({ "Version": "2012-10-17", "Statement": statements }))
}

/// The session policy for a collection of `needs`, so that even an administrator role cannot write.
///
/// A session may do what the role may *and* any of its session policies allows. Where the exact actions are too long
/// for AWS's limit, AWS's own `SecurityAudit` policy is named, and the inline part holds only what that one lacks.
/// `goes_on` names the member role that the session assumes in other accounts in its turn.
/// `more` are actions beside those that the needs take.
pub fn session_policy(
    partition: &str,
    needs: &BTreeSet<Fact>,
    more: &BTreeSet<&'static str>,
    goes_on: Option<&str>,
) -> SessionPolicy {
    within(
        SESSION_POLICY_LIMIT,
        partition,
        actions_for(needs).into_iter().chain(more.iter().copied()).collect(),
        goes_on,
    )
}

/// The actions that a collection of `needs` takes; whoever needs nothing asks nothing.
fn actions_for(needs: &BTreeSet<Fact>) -> BTreeSet<&'static str> {
    let needs = operations::closure(needs);
    operations::ALL
        .iter()
        .filter(|operation| operation.serves(&needs) || (operation.facts.is_empty() && !needs.is_empty()))
        .flat_map(|operation| operation.actions.iter().copied())
        .collect()
}

fn within(limit: usize, partition: &str, actions: BTreeSet<&str>, goes_on: Option<&str>) -> SessionPolicy {
    let more = goes_on.map(|role| may_assume(partition, role));
    let inline = |actions: &BTreeSet<&str>| {
        let reads = json!({ "Effect": "Allow", "Action": actions, "Resource": "*" });
        let statements: Vec<&Value> = std::iter::once(&reads).chain(&more).collect();
        json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
    };
    let exact = inline(&actions);
    if exact.chars().count() <= limit {
        return SessionPolicy { inline: exact, managed: Vec::new() };
    }
    let beyond: BTreeSet<&str> = actions.into_iter().filter(|action| !in_security_audit(action)).collect();
    SessionPolicy { inline: inline(&beyond), managed: vec![format!("arn:{partition}:iam::aws:policy/SecurityAudit")] }
}

/// Leave to assume a role of this name in any account.
fn may_assume(partition: &str, role: &str) -> Value {
    let resource = format!("arn:{partition}:iam::*:role/{role}");
    json!({ "Sid": "ForewarnMembers", "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": resource })
}

/// Whether AWS's `SecurityAudit` policy is known to allow an action. What is not known stays in the inline part: an
/// action that both allow does no harm.
fn in_security_audit(action: &str) -> bool {
    const ALLOWED: &[&str] = &[
        "cloudtrail:DescribeTrails",
        "cloudtrail:GetEventSelectors",
        "cloudtrail:GetInsightSelectors",
        "cloudtrail:GetTrailStatus",
        "cloudwatch:DescribeAlarms",
        "config:DescribeConfigurationRecorderStatus",
        "config:DescribeConfigurationRecorders",
        "config:DescribeDeliveryChannels",
        "guardduty:GetDetector",
        "guardduty:ListDetectors",
        "iam:GenerateCredentialReport",
        "iam:GetAccountAuthorizationDetails",
        "iam:GetAccountPasswordPolicy",
        "iam:GetAccountSummary",
        "iam:GetCredentialReport",
        "iam:GetOpenIDConnectProvider",
        "iam:ListAccountAliases",
        "iam:ListOpenIDConnectProviders",
        "iam:ListSAMLProviders",
        "iam:ListServerCertificates",
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
        "organizations:ListOrganizationalUnitsForParent",
        "organizations:ListPolicies",
        "organizations:ListRoots",
        "organizations:ListTargetsForPolicy",
        "s3:GetAccessPoint",
        "s3:GetAccessPointPolicy",
        "s3:GetAccountPublicAccessBlock",
        "s3:GetBucketAcl",
        "s3:GetBucketLocation",
        "s3:GetBucketLogging",
        "s3:GetBucketObjectLockConfiguration",
        "s3:GetBucketOwnershipControls",
        "s3:GetBucketPolicy",
        "s3:GetBucketPolicyStatus",
        "s3:GetBucketPublicAccessBlock",
        "s3:GetBucketVersioning",
        "s3:GetBucketWebsite",
        "s3:GetEncryptionConfiguration",
        "s3:GetLifecycleConfiguration",
        "s3:GetInventoryConfiguration",
        "s3:GetReplicationConfiguration",
        "s3:ListAccessPoints",
        "s3:ListAllMyBuckets",
        "securityhub:DescribeHub",
        "sns:ListSubscriptionsByTopic",
    ];
    ALLOWED.contains(&action)
}

/// The statement id of a service: letters only, as IAM wants it.
fn sid(service: &str) -> String {
    let mut letters = service.chars();
    letters.next().map_or_else(String::new, |first| format!("Forewarn{}{}", first.to_uppercase(), letters.as_str()))
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
}

/// The operations that an IAM action allows; what `forewarn doctor` looks up a denied action in.
pub fn operations_of(action: &str) -> impl Iterator<Item = &'static Operation> {
    operations::ALL.iter().copied().filter(move |operation| operation.actions.contains(&action))
}

#[cfg(test)]
mod tests;
