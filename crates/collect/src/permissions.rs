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

/// The least-privilege policy for a collection of everything, as IAM JSON.
///
/// Every action of it lists, reads a configuration, or makes AWS refresh the credential report. No object is read.
pub fn permissions_policy(partition: &str) -> String {
    let mut by_service: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for action in operations::ALL.iter().flat_map(|operation| operation.actions) {
        by_service.entry(action.split(':').next().unwrap_or_default()).or_default().insert(action);
    }
    // Account Management has no endpoint in the GovCloud partition, and IAM there knows no such action.
    if partition == "aws-us-gov" {
        by_service.remove("account");
    }
    let statements: Vec<Value> = by_service
        .into_iter()
        .map(|(service, actions)| json!({ "Sid": sid(service), "Effect": "Allow", "Action": actions, "Resource": "*" }))
        .collect();
    pretty(&json!({ "Version": "2012-10-17", "Statement": statements }))
}

/// The session policy for a collection of `needs`, so that even an administrator role cannot write.
///
/// A session may do what the role may *and* any of its session policies allows. Where the exact actions are too long
/// for AWS's limit, AWS's own `SecurityAudit` policy is named, and the inline part holds only what that one lacks.
pub fn session_policy(partition: &str, needs: &BTreeSet<Fact>) -> SessionPolicy {
    let needs = operations::closure(needs);
    let actions: BTreeSet<&str> = operations::ALL
        .iter()
        .filter(|operation| operation.facts.is_empty() || operation.serves(&needs))
        .flat_map(|operation| operation.actions.iter().copied())
        .collect();
    within(SESSION_POLICY_LIMIT, partition, actions)
}

fn within(limit: usize, partition: &str, actions: BTreeSet<&str>) -> SessionPolicy {
    let exact = inline(&actions);
    if exact.chars().count() <= limit {
        return SessionPolicy { inline: exact, managed: Vec::new() };
    }
    let beyond: BTreeSet<&str> = actions.into_iter().filter(|action| !in_security_audit(action)).collect();
    SessionPolicy { inline: inline(&beyond), managed: vec![format!("arn:{partition}:iam::aws:policy/SecurityAudit")] }
}

fn inline(actions: &BTreeSet<&str>) -> String {
    json!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Action": actions, "Resource": "*" }],
    })
    .to_string()
}

/// Whether AWS's `SecurityAudit` policy is known to allow an action. What is not known stays in the inline part: an
/// action that both allow does no harm.
fn in_security_audit(action: &str) -> bool {
    const ALLOWED: &[&str] = &[
        "cloudtrail:DescribeTrails",
        "cloudtrail:GetEventSelectors",
        "cloudtrail:GetInsightSelectors",
        "cloudtrail:GetTrailStatus",
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
        "s3:GetReplicationConfiguration",
        "s3:ListAccessPoints",
        "s3:ListAllMyBuckets",
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
mod tests {
    use super::*;

    fn actions(policy: &str) -> BTreeSet<String> {
        let policy: Value = serde_json::from_str(policy).unwrap();
        policy["Statement"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|statement| statement["Action"].as_array().unwrap())
            .map(|action| action.as_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn the_policy_allows_every_operation_and_nothing_that_writes() {
        let allowed = actions(&permissions_policy("aws"));
        for operation in operations::ALL {
            assert!(operation.actions.iter().all(|action| allowed.contains(*action)), "{}", operation.key);
        }
        for action in &allowed {
            let verb = action.split(':').nth(1).unwrap();
            let reads = ["List", "Get", "Describe"].iter().any(|start| verb.starts_with(start));
            assert!(reads || action == "iam:GenerateCredentialReport", "{action}");
            assert!(!action.contains('*') && action != "s3:GetObject", "{action}");
        }
        assert!(permissions_policy("aws").len() < 6144, "it fits a managed policy");
    }

    #[test]
    fn a_session_policy_holds_what_is_needed_and_fits() {
        let all: BTreeSet<Fact> = Fact::ALL.iter().copied().collect();
        let whole = session_policy("aws", &all);
        assert!(whole.inline.chars().count() <= SESSION_POLICY_LIMIT, "{}", whole.inline.len());
        assert_eq!(whole.managed, [""; 0], "the exact actions still fit");
        assert_eq!(actions(&whole.inline), actions(&permissions_policy("aws")));

        let few = session_policy("aws", &BTreeSet::from([Fact::BucketAcl]));
        let expected = [
            "account:ListRegions",
            "s3:GetBucketAcl",
            "s3:GetBucketLocation",
            "s3:GetBucketOwnershipControls",
            "s3:ListAccessGrantsInstances",
            "s3:ListAllMyBuckets",
            "s3express:ListAllMyDirectoryBuckets",
            "s3tables:ListTableBuckets",
            "s3vectors:ListVectorBuckets",
        ];
        assert_eq!(actions(&few.inline), expected.map(str::to_owned).into());
    }

    #[test]
    fn a_session_policy_that_would_not_fit_names_security_audit_and_loses_no_action() {
        let all: BTreeSet<&str> = operations::ALL.iter().flat_map(|operation| operation.actions).copied().collect();
        let joined = within(1000, "aws-cn", all.clone());
        assert_eq!(joined.managed, ["arn:aws-cn:iam::aws:policy/SecurityAudit"]);
        assert!(joined.inline.chars().count() <= 1000, "{}", joined.inline.len());
        let inline = actions(&joined.inline);
        assert!(all.iter().all(|action| inline.contains(*action) || in_security_audit(action)));
    }
}
