//! Whether AWS calls a bucket policy public (facts F1 to F5): a syntactic rule of its own that ignores Deny.

use crate::condition::{Condition, Quantifier, Test, Value};
use crate::document::{Document, Effect, Statement};
use crate::principal::{Arn, PrincipalEntry, is_account};
use crate::{LayerName, StatementRef};

/// What `s3:GetBucketPolicyStatus` returns for a policy, computed from its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyStatus {
    /// Whether the policy is public.
    pub public: bool,
    /// The statements that make it public.
    pub because: Vec<StatementRef>,
}

/// Computes AWS's own verdict on a bucket policy. Not to be mixed up with [`crate::reach()`]: a policy narrowed by a Deny
/// stays public here (fact F4).
pub fn s3_policy_status(policy: &Document) -> PolicyStatus {
    let because: Vec<StatementRef> = policy
        .statements()
        .iter()
        .enumerate()
        .filter(|(_, statement)| statement_is_public(statement, false))
        .map(|(statement, _)| StatementRef { layer: LayerName::Resource, policy: 0, statement })
        .collect();
    PolicyStatus { public: !because.is_empty(), because }
}

/// Whether any statement is public; on an access point a wildcard in `s3:DataAccessPointArn` is (fact F5).
pub(crate) fn is_public(policy: &Document, access_point: bool) -> bool {
    policy.statements().iter().any(|statement| statement_is_public(statement, access_point))
}

fn statement_is_public(statement: &Statement, access_point: bool) -> bool {
    if statement.effect != Effect::Allow {
        return false;
    }
    let fixed_principal = statement
        .principal
        .as_ref()
        .is_some_and(|element| !element.negated && element.entries.iter().all(is_fixed_principal));
    // A statement without a principal matches nobody (fact A14).
    statement.principal.is_some()
        && !fixed_principal
        && !statement.conditions.iter().any(|condition| limits(condition, access_point))
}

/// A federated web identity counts as public (fact F3).
fn is_fixed_principal(entry: &PrincipalEntry) -> bool {
    match entry {
        PrincipalEntry::Everyone | PrincipalEntry::Hole => false,
        PrincipalEntry::Federated(provider) => provider.contains(":saml-provider/"),
        _ => true,
    }
}

/// Keys that limit a statement when they are held to fixed values (fact F1), in lower case. `aws:PrincipalOrgID`,
/// `aws:PrincipalAccount` and `aws:PrincipalArn` are the documentation's "an AWS principal, user, role, or service
/// principal".
const LIMITING: [&str; 13] = [
    "aws:principalorgid",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:sourceip",
    "aws:sourcearn",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:sourceowner",
    "aws:sourceaccount",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "aws:userid",
    "s3:dataaccesspointarn",
    "s3:dataaccesspointaccount",
];

fn limits(condition: &Condition, access_point: bool) -> bool {
    let operator = condition.operator;
    if operator.negated
        || operator.if_exists
        || operator.quantifier == Quantifier::All
        || !LIMITING.contains(&condition.key.as_str())
    {
        return false;
    }
    let names_a_point = |value: &Value| {
        condition.key == "s3:dataaccesspointarn"
            && !access_point
            && value.text.variables().next().is_none()
            && !value.text.has_hole()
            && fixed_but_for_the_name(&value.raw)
    };
    match operator.test {
        Test::StringEquals | Test::StringEqualsIgnoreCase => condition.values.iter().all(|value| {
            let open = value.text.variables().next().is_some() || value.text.has_hole();
            !open && (!value.text.is_wild() || names_a_point(value))
        }),
        Test::StringLike | Test::Arn => {
            condition.values.iter().all(|value| value.text.is_fixed() || names_a_point(value))
        }
        Test::Ip => {
            condition.key == "aws:sourceip" && condition.values.iter().all(|value| value.net().is_some_and(narrow))
        }
        _ => false,
    }
}

/// An access point's ARN in which only the name is wild.
fn fixed_but_for_the_name(pattern: &str) -> bool {
    Arn::parse(pattern).is_some_and(|arn| {
        let fixed = [arn.partition, arn.service, arn.region].iter().all(|part| !part.contains(['*', '?']));
        fixed && is_account(arn.account) && arn.resource.starts_with("accesspoint/")
    })
}

/// Broader than /8 (or /32 for IPv6) counts as the whole world, private ranges excepted (fact F2).
pub(crate) fn narrow(net: ipnet::IpNet) -> bool {
    let private = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];
    match net {
        ipnet::IpNet::V4(v4) => {
            v4.prefix_len() >= 8
                || private.iter().any(|range| range.parse::<ipnet::Ipv4Net>().is_ok_and(|range| range.contains(&v4)))
        }
        ipnet::IpNet::V6(v6) => v6.prefix_len() >= 32,
    }
}
