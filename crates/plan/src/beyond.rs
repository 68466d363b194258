//! Kinds of resources that open, close or watch access, and that no inventory has: never passed over in silence.
//!
//! A kind of a service that this is all about is taken for one of these unless it is known to do no harm, so that one that
//! AWS brings out tomorrow ends as not understood and not as not relevant.

use forewarn_inventory::ProposedAction;
use serde_json::Value;

use crate::value::hole;

/// How kinds begin, and why nothing can be said of them; the first that fits counts.
const OPENS: &[(&str, &str)] = &[
    ("aws_s3control_multi_region_access_point", MULTI_REGION),
    ("AWS::S3::MultiRegionAccessPoint", MULTI_REGION),
    ("aws_s3control_object_lambda_access_point", OBJECT_LAMBDA),
    ("AWS::S3ObjectLambda::", OBJECT_LAMBDA),
    ("aws_s3control_access_grant", GRANTS),
    ("AWS::S3::AccessGrant", GRANTS),
    ("aws_s3", S3),
    ("AWS::S3", S3),
    ("aws_kms_grant", "grants of KMS are not looked at"),
    ("aws_kms_", KMS),
    ("AWS::KMS::", KMS),
    ("aws_ssoadmin_", CENTER),
    ("aws_identitystore_group_membership", CENTER),
    ("AWS::SSO::", CENTER),
    ("AWS::IdentityStore::GroupMembership", CENTER),
    ("aws_rolesanywhere_", ANYWHERE),
    ("AWS::RolesAnywhere::", ANYWHERE),
    ("aws_organizations_", ORGANIZATION),
    ("AWS::Organizations::", ORGANIZATION),
    ("aws_cloudtrail", TRAIL),
    ("AWS::CloudTrail::", TRAIL),
    ("aws_iam_", IAM),
    ("AWS::IAM::", IAM),
    ("awscc_iam_", CLOUD_CONTROL),
    ("awscc_s3", CLOUD_CONTROL),
    ("awscc_kms_", CLOUD_CONTROL),
    ("awscc_sso_", CLOUD_CONTROL),
    ("awscc_organizations_", CLOUD_CONTROL),
    ("awscc_cloudtrail_", CLOUD_CONTROL),
    ("awscc_rolesanywhere_", CLOUD_CONTROL),
    ("aws_cloudcontrolapi_resource", "what it makes is written in a text that is not read here"),
    ("aws_cloudformation_stack", STACK),
    ("awscc_cloudformation_stack", STACK),
    ("aws_servicecatalog_provisioned_product", STACK),
    ("aws_serverlessapplicationrepository_cloudformation_stack", STACK),
    ("AWS::CloudFormation::Stack", STACK),
    ("AWS::ServiceCatalog::CloudFormationProvisionedProduct", STACK),
    ("AWS::CloudFormation::Macro", "what the macro makes of templates is not known here"),
];

const MULTI_REGION: &str = "multi-region access points are not laid over the inventory yet";
const OBJECT_LAMBDA: &str = "access points of Object Lambda are not looked at";
const GRANTS: &str = "S3 Access Grants are not looked at";
const S3: &str = "this part of S3 is not laid over the inventory";
const KMS: &str = "keys of this kind are not laid over the inventory";
const CENTER: &str = "what IAM Identity Center makes in its accounts is not looked at";
const ANYWHERE: &str = "IAM Roles Anywhere is not looked at";
const ORGANIZATION: &str = "this part of the organisation is not laid over the inventory";
const TRAIL: &str = "this part of CloudTrail is not laid over the inventory";
const IAM: &str = "this part of IAM is not laid over the inventory";
const CLOUD_CONTROL: &str = "resources of the provider awscc are not read; those of the provider aws are";
const STACK: &str = "it is a stack of its own: review its template too";

/// Kinds of these services that open nothing.
const HARMLESS: &[&str] = &[
    "aws_iam_service_linked_role",
    "aws_kms_alias",
    "aws_kms_ciphertext",
    "aws_kms_custom_key_store",
    "aws_organizations_organizational_unit",
    "aws_s3_bucket_accelerate_configuration",
    "aws_s3_bucket_analytics_configuration",
    "aws_s3_bucket_cors_configuration",
    "aws_s3_bucket_intelligent_tiering_configuration",
    "aws_s3_bucket_metadata_configuration",
    "aws_s3_bucket_metric",
    "aws_s3_bucket_notification",
    "aws_s3_bucket_request_payment_configuration",
    "aws_s3control_bucket_lifecycle_configuration",
    "aws_s3control_storage_lens_configuration",
    "aws_s3outposts_endpoint",
    "AWS::IAM::ServiceLinkedRole",
    "AWS::KMS::Alias",
    "AWS::Organizations::OrganizationalUnit",
    "AWS::S3::StorageLens",
    "AWS::S3::StorageLensGroup",
    "AWS::S3Outposts::Endpoint",
    "AWS::CloudTrail::Channel",
    "AWS::CloudTrail::Dashboard",
];

/// Kinds that watch or guard the account: to make one opens nothing, to change one or to take it away may.
const WATCH: &[&str] = &[
    "aws_accessanalyzer_analyzer",
    "aws_account_alternate_contact",
    "aws_config_configuration_recorder",
    "aws_config_configuration_recorder_status",
    "aws_config_delivery_channel",
    "aws_guardduty_detector",
    "aws_guardduty_detector_feature",
    "aws_iam_organizations_features",
    "aws_iam_virtual_mfa_device",
    "aws_organizations_organization",
    "aws_securityhub_account",
    "AWS::AccessAnalyzer::Analyzer",
    "AWS::Config::ConfigurationRecorder",
    "AWS::Config::DeliveryChannel",
    "AWS::GuardDuty::Detector",
    "AWS::IAM::VirtualMFADevice",
    "AWS::Organizations::Organization",
    "AWS::SecurityHub::Hub",
];

/// Why nothing can be said of a resource of this kind to which this happens.
pub(crate) fn why(kind: &str, action: ProposedAction) -> Option<&'static str> {
    match action {
        ProposedAction::Keep | ProposedAction::Forget => return None,
        ProposedAction::Create | ProposedAction::Declare if WATCH.contains(&kind) => return None,
        _ => {}
    }
    if WATCH.contains(&kind) {
        return Some("it watches or guards the account, and what becomes of it is not laid over the inventory");
    }
    if HARMLESS.contains(&kind) || OBJECTS.contains(&kind) {
        return None;
    }
    if kind.ends_with("::MODULE") {
        return Some("what is in the module is not in the template");
    }
    OPENS.iter().find(|(begins, _)| kind.starts_with(begins)).map(|(_, why)| *why)
}

/// Objects that a plan writes; they may have an ACL of their own.
pub(crate) const OBJECTS: [&str; 3] = ["aws_s3_object", "aws_s3_bucket_object", "aws_s3_object_copy"];

/// Why nothing can be said of an object that is written with an ACL.
pub(crate) fn acl_of_object(kind: &str, action: ProposedAction, after: Option<&Value>) -> Option<String> {
    let writes = OBJECTS.contains(&kind) && !matches!(action, ProposedAction::Keep | ProposedAction::Forget);
    let acl = after.filter(|_| writes)?.get("acl")?.as_str()?;
    let closed = matches!(acl, "" | "private" | "bucket-owner-read" | "bucket-owner-full-control");
    (!closed).then(|| {
        let acl = hole(acl).unwrap_or_else(|| acl.to_owned());
        format!("ACLs of objects are not looked at, and this one has one of its own: {acl}")
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_kind_that_nobody_knows_is_not_passed_over() {
        let made = |kind: &str| why(kind, ProposedAction::Create);
        assert_eq!(made("aws_s3control_access_grant"), Some(GRANTS));
        assert_eq!(made("aws_s3_of_tomorrow"), Some(S3));
        assert_eq!(made("AWS::IAM::OfTomorrow"), Some(IAM));
        assert_eq!(made("Acme::S3::Bucket::MODULE"), Some("what is in the module is not in the template"));
        assert_eq!(made("awscc_s3_bucket"), Some(CLOUD_CONTROL));
        assert_eq!((made("aws_kms_alias"), made("aws_instance"), made("AWS::EC2::VPC")), (None, None, None));
        assert_eq!(why("aws_kms_grant", ProposedAction::Keep), None);
    }

    #[test]
    fn what_watches_may_come_and_not_go_in_silence() {
        assert_eq!(why("aws_guardduty_detector", ProposedAction::Create), None);
        assert!(why("aws_guardduty_detector", ProposedAction::Delete).is_some());
        assert!(why("AWS::SecurityHub::Hub", ProposedAction::Update).is_some());
    }

    #[test]
    fn an_object_may_be_open_by_its_own_acl() {
        let written =
            |acl: &Value| acl_of_object("aws_s3_object", ProposedAction::Create, Some(&json!({ "acl": acl })));
        assert!(written(&json!("public-read")).is_some_and(|why| why.ends_with("public-read")));
        assert_eq!((written(&json!("private")), written(&Value::Null)), (None, None));
    }
}
