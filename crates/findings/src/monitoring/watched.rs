//! What is to be noticed: the events of each kind, made as CloudTrail writes them.
//!
//! A filter that takes one caller or one region out of many does not watch an account, so each call is made by a user of
//! the account and by a session of a role, in two regions where the service is regional.

use serde_json::{Value, json};

/// A kind of change or use that somebody should hear of.
#[derive(Debug)]
pub struct Watched {
    /// The part of the check's id that names it.
    pub name: &'static str,
    /// What it is, for a person.
    pub words: &'static str,
    /// Calls by the service that takes them.
    calls: &'static [(&'static str, &'static [&'static str])],
    /// Events that are told apart by something else than the name of a call.
    others: fn() -> Vec<Event>,
    /// Whether calls that only read are among them.
    pub(crate) reads: bool,
}

/// An event with what it is called.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// What it is called: the name of the call, or a few words.
    pub name: String,
    /// The service that writes it, such as `iam.amazonaws.com`.
    pub source: String,
    /// As CloudTrail writes it.
    pub record: Value,
}

/// Services whose events all come from one region.
const GLOBAL: [&str; 2] = ["iam.amazonaws.com", "organizations.amazonaws.com"];

macro_rules! watched {
    ($($id:ident = $name:literal, $words:literal, [$(($source:literal, $calls:expr)),*], $others:expr, $reads:literal;)+) => {
        $(
            #[doc = concat!("Somebody should hear of: ", $words, ".")]
            pub static $id: Watched = Watched {
                name: $name, words: $words, calls: &[$(($source, &$calls)),*], others: $others, reads: $reads,
            };
        )+

        /// Everything of which somebody should hear.
        pub static ALL: &[&Watched] = &[$(&$id),+];
    };
}

watched! {
    UNAUTHORIZED_CALLS = "unauthorized_calls", "calls that were refused", [], refused, true;
    SIGN_IN_WITHOUT_MFA = "sign_in_without_mfa", "console sign-ins without MFA", [], without_mfa, false;
    ROOT_USE = "root_use", "use of the root user", [], by_root, true;
    IAM_CHANGES = "iam_changes", "changes of IAM policies", [("iam.amazonaws.com", [
        "AttachGroupPolicy", "AttachRolePolicy", "AttachUserPolicy", "CreatePolicy", "CreatePolicyVersion",
        "DeleteGroupPolicy", "DeletePolicy", "DeletePolicyVersion", "DeleteRolePolicy", "DeleteUserPolicy",
        "DetachGroupPolicy", "DetachRolePolicy", "DetachUserPolicy", "PutGroupPolicy", "PutRolePolicy", "PutUserPolicy"
    ])], Vec::new, false;
    CLOUDTRAIL_CHANGES = "cloudtrail_changes", "changes of trails", [("cloudtrail.amazonaws.com", [
        "CreateTrail", "DeleteTrail", "StartLogging", "StopLogging", "UpdateTrail"
    ])], Vec::new, false;
    SIGN_IN_FAILURES = "sign_in_failures", "failed console sign-ins", [], failed_sign_in, false;
    KEY_REMOVAL = "key_removal", "KMS keys that are disabled or scheduled for deletion", [("kms.amazonaws.com", [
        "DisableKey", "ScheduleKeyDeletion"
    ])], Vec::new, false;
    BUCKET_POLICY_CHANGES = "bucket_policy_changes", "changes of who and what a bucket serves", [("s3.amazonaws.com", [
        "DeleteBucketCors", "DeleteBucketLifecycle", "DeleteBucketPolicy", "DeleteBucketReplication", "PutBucketAcl",
        "PutBucketCors", "PutBucketLifecycle", "PutBucketPolicy", "PutBucketReplication"
    ])], Vec::new, false;
    CONFIG_CHANGES = "config_changes", "changes of AWS Config", [("config.amazonaws.com", [
        "DeleteDeliveryChannel", "PutConfigurationRecorder", "PutDeliveryChannel", "StopConfigurationRecorder"
    ])], Vec::new, false;
    SECURITY_GROUP_CHANGES = "security_group_changes", "changes of security groups", [("ec2.amazonaws.com", [
        "AuthorizeSecurityGroupEgress", "AuthorizeSecurityGroupIngress", "CreateSecurityGroup", "DeleteSecurityGroup",
        "RevokeSecurityGroupEgress", "RevokeSecurityGroupIngress"
    ])], Vec::new, false;
    NETWORK_ACL_CHANGES = "network_acl_changes", "changes of network ACLs", [("ec2.amazonaws.com", [
        "CreateNetworkAcl", "CreateNetworkAclEntry", "DeleteNetworkAcl", "DeleteNetworkAclEntry",
        "ReplaceNetworkAclAssociation", "ReplaceNetworkAclEntry"
    ])], Vec::new, false;
    GATEWAY_CHANGES = "gateway_changes", "changes of network gateways", [("ec2.amazonaws.com", [
        "AttachInternetGateway", "CreateCustomerGateway", "CreateInternetGateway", "DeleteCustomerGateway",
        "DeleteInternetGateway", "DetachInternetGateway"
    ])], Vec::new, false;
    ROUTE_TABLE_CHANGES = "route_table_changes", "changes of route tables", [("ec2.amazonaws.com", [
        "CreateRoute", "CreateRouteTable", "DeleteRoute", "DeleteRouteTable", "DisassociateRouteTable", "ReplaceRoute",
        "ReplaceRouteTableAssociation"
    ])], Vec::new, false;
    VPC_CHANGES = "vpc_changes", "changes of VPCs and their peerings", [("ec2.amazonaws.com", [
        "AcceptVpcPeeringConnection", "CreateVpc", "CreateVpcPeeringConnection", "DeleteVpc",
        "DeleteVpcPeeringConnection", "ModifyVpcAttribute", "RejectVpcPeeringConnection"
    ])], Vec::new, false;
    ORGANIZATION_CHANGES = "organization_changes", "changes of the organisation", [("organizations.amazonaws.com", [
        "AcceptHandshake", "AttachPolicy", "CreateAccount", "CreateOrganizationalUnit", "CreatePolicy",
        "DeclineHandshake", "DeleteOrganization", "DeleteOrganizationalUnit", "DeletePolicy", "DetachPolicy",
        "DisablePolicyType", "EnablePolicyType", "InviteAccountToOrganization", "LeaveOrganization", "MoveAccount",
        "RemoveAccountFromOrganization", "UpdateOrganizationalUnit", "UpdatePolicy"
    ])], Vec::new, false;
}

impl Watched {
    /// The events that somebody should hear of.
    pub fn events(&self) -> Vec<Event> {
        let calls = self.calls.iter().flat_map(|(source, names)| names.iter().map(move |name| (*source, *name)));
        let named = calls.flat_map(|(source, name)| {
            let second = if GLOBAL.contains(&source) { "us-east-1" } else { "eu-west-1" };
            [call(source, name, "us-east-1", &user()), call(source, name, second, &session())]
        });
        named.chain((self.others)()).collect()
    }
}

/// An event that nobody need hear of: a filter that takes it takes everything.
pub(crate) fn ordinary() -> Event {
    let mut event = call("ec2.amazonaws.com", "DescribeInstances", "us-east-1", &session());
    if let Some(fields) = event.record.as_object_mut() {
        fields.insert("readOnly".to_owned(), true.into());
    }
    event
}

fn user() -> Value {
    json!({
        "type": "IAMUser", "principalId": "AIDAEXAMPLE", "arn": "arn:aws:iam::111122223333:user/alice",
        "accountId": "111122223333", "accessKeyId": "AKIAEXAMPLE", "userName": "alice",
    })
}

fn session() -> Value {
    json!({
        "type": "AssumedRole", "principalId": "AROAEXAMPLE:bob", "accountId": "111122223333",
        "arn": "arn:aws:sts::111122223333:assumed-role/operators/bob", "accessKeyId": "ASIAEXAMPLE",
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role", "principalId": "AROAEXAMPLE", "arn": "arn:aws:iam::111122223333:role/operators",
                "accountId": "111122223333", "userName": "operators",
            },
            "attributes": { "creationDate": "2026-01-01T09:00:00Z", "mfaAuthenticated": "false" },
        },
    })
}

fn root() -> Value {
    json!({
        "type": "Root", "principalId": "111122223333", "arn": "arn:aws:iam::111122223333:root",
        "accountId": "111122223333", "accessKeyId": "",
    })
}

fn call(source: &str, name: &str, region: &str, identity: &Value) -> Event {
    let record = json!({
        "eventVersion": "1.11", "userIdentity": identity, "eventTime": "2026-01-01T10:00:00Z", "eventSource": source,
        "eventName": name, "awsRegion": region, "sourceIPAddress": "198.51.100.7", "userAgent": "aws-cli/2.15.0",
        "requestParameters": {}, "responseElements": {}, "requestID": "0f9ac1de-0000-4000-8000-000000000001",
        "eventID": "0f9ac1de-0000-4000-8000-000000000002", "readOnly": false, "eventType": "AwsApiCall",
        "managementEvent": true, "recipientAccountId": "111122223333", "eventCategory": "Management",
    });
    Event { name: name.to_owned(), source: source.to_owned(), record }
}

/// The same event with other fields, under another name.
fn but(mut event: Event, name: &str, fields: Value) -> Event {
    if let (Some(record), Value::Object(fields)) = (event.record.as_object_mut(), fields) {
        record.extend(fields);
    }
    Event { name: name.to_owned(), ..event }
}

/// Refusals, as the services word them.
fn refused() -> Vec<Event> {
    let codes = [
        ("ec2.amazonaws.com", "RunInstances", "Client.UnauthorizedOperation"),
        ("iam.amazonaws.com", "CreateUser", "AccessDenied"),
        ("kms.amazonaws.com", "DisableKey", "AccessDeniedException"),
    ];
    let each = codes.into_iter().flat_map(|(source, name, code)| {
        let refused = json!({ "errorCode": code, "errorMessage": "not authorized", "responseElements": null });
        [user(), session()].map(|by| but(call(source, name, "us-east-1", &by), code, refused.clone()))
    });
    each.collect()
}

fn sign_in(identity: &Value, result: &str, mfa: &str) -> Event {
    let fields = json!({
        "eventType": "AwsConsoleSignIn", "requestParameters": null, "responseElements": { "ConsoleLogin": result },
        "additionalEventData": { "LoginTo": "https://console.aws.amazon.com/", "MobileVersion": "No", "MFAUsed": mfa },
    });
    but(call("signin.amazonaws.com", "ConsoleLogin", "us-east-1", identity), "ConsoleLogin", fields)
}

fn without_mfa() -> Vec<Event> {
    vec![but(sign_in(&user(), "Success", "No"), "a sign-in of a user without MFA", json!({}))]
}

fn failed_sign_in() -> Vec<Event> {
    let failed = json!({ "errorMessage": "Failed authentication" });
    vec![but(sign_in(&user(), "Failure", "No"), "a failed sign-in", failed)]
}

fn by_root() -> Vec<Event> {
    vec![
        but(
            call("s3.amazonaws.com", "ListBuckets", "us-east-1", &root()),
            "a call of the root user",
            json!({ "readOnly": true }),
        ),
        but(sign_in(&root(), "Success", "Yes"), "a sign-in of the root user", json!({})),
    ]
}
