//! The folders of `checks/detections`, as part of the program. A test says where one is missing here, and with
//! `FOREWARN_LIST_CHECKS=1` writes the list.

/// What a folder holds.
#[derive(Debug)]
pub struct Folder {
    /// The id of the detection: service and name.
    pub id: &'static str,
    /// The prose.
    pub readme: &'static str,
    /// The Sigma rule; `None` where the detection is written in Rust.
    pub rule: Option<&'static str>,
}

macro_rules! text {
    ($service:literal, $name:literal, $file:literal) => {
        include_str!(concat!("../../../checks/detections/", $service, "/", $name, "/", $file))
    };
}

/// A detection that is a Sigma rule.
macro_rules! rule {
    ($service:literal, $name:literal) => {
        Folder {
            id: concat!($service, ".", $name),
            readme: text!($service, $name, "README.md"),
            rule: Some(text!($service, $name, "rule.yml")),
        }
    };
}

/// A detection of `own`.
macro_rules! own {
    ($service:literal, $name:literal) => {
        Folder { id: concat!($service, ".", $name), readme: text!($service, $name, "README.md"), rule: None }
    };
}

/// Every folder.
#[rustfmt::skip]
pub static FOLDERS: &[Folder] = &[
    rule!("account", "attack_tool_used"),
    rule!("account", "contact_changed"),
    rule!("account", "grave_call_refused"),
    rule!("account", "left_organization"),
    rule!("account", "organization_policy_removed"),
    rule!("account", "region_enabled"),
    rule!("account", "root_access_key_created"),
    rule!("account", "root_used"),
    rule!("backup", "recovery_points_deleted"),
    rule!("bedrock", "model_access_requested"),
    rule!("bedrock", "model_called_by_long_lived_key"),
    rule!("codebuild", "project_made_public"),
    rule!("ec2", "accelerated_instance_launched"),
    rule!("ec2", "default_encryption_disabled"),
    rule!("ec2", "image_exported"),
    rule!("ec2", "instance_credentials_in_two_places"),
    rule!("ec2", "mass_launch"),
    rule!("ec2", "mass_snapshot_delete"),
    rule!("ec2", "mass_stop"),
    own!("ec2", "mass_termination"),
    rule!("ec2", "network_acl_opened"),
    rule!("ec2", "password_data_read"),
    own!("ec2", "security_group_opened"),
    rule!("ec2", "serial_console_enabled"),
    own!("ec2", "snapshot_shared"),
    rule!("ec2", "ssh_key_pushed"),
    rule!("ec2", "termination_protection_removed"),
    rule!("ec2", "traffic_mirrored"),
    rule!("ec2", "user_data_changed"),
    rule!("ec2", "user_data_read_of_many"),
    rule!("iam", "access_key_created_for_another"),
    own!("iam", "access_key_shared"),
    rule!("iam", "boundary_removed"),
    own!("iam", "denied_burst"),
    rule!("iam", "identity_center_source_changed"),
    rule!("iam", "identity_provider_changed"),
    rule!("iam", "instance_profile_swapped"),
    rule!("iam", "key_quarantined_by_aws"),
    rule!("iam", "login_profile_set_for_another"),
    rule!("iam", "mfa_device_removed"),
    rule!("iam", "password_policy_weakened"),
    rule!("iam", "policy_version_switched"),
    own!("iam", "privilege_gained"),
    own!("iam", "privilege_gained_then_used"),
    rule!("iam", "quarantine_removed"),
    rule!("iam", "recon_burst"),
    own!("iam", "role_chain_across_accounts"),
    own!("iam", "role_trust_opened"),
    rule!("iam", "roles_anywhere_anchor_created"),
    rule!("iam", "service_specific_credential_created"),
    rule!("kms", "key_disabled"),
    own!("lambda", "code_overwritten"),
    rule!("lambda", "function_url_without_sign_in"),
    own!("lambda", "layer_of_other_account"),
    rule!("lambda", "shared_with_outsider"),
    rule!("monitoring", "access_analyzer_deleted"),
    rule!("monitoring", "alarm_deleted"),
    rule!("monitoring", "config_recorder_stopped"),
    rule!("monitoring", "dns_query_log_deleted"),
    rule!("monitoring", "event_rule_disabled"),
    rule!("monitoring", "flow_logs_deleted"),
    rule!("monitoring", "guardduty_disabled"),
    rule!("monitoring", "guardduty_findings_hidden"),
    rule!("monitoring", "log_group_deleted"),
    rule!("monitoring", "macie_disabled"),
    rule!("monitoring", "model_invocation_logging_deleted"),
    rule!("monitoring", "security_hub_disabled"),
    rule!("monitoring", "security_hub_findings_hidden"),
    rule!("monitoring", "web_acl_removed"),
    rule!("rds", "deleted_without_snapshot"),
    rule!("rds", "deletion_protection_removed"),
    rule!("rds", "instance_made_public"),
    rule!("rds", "mass_snapshot_delete"),
    rule!("rds", "master_password_changed"),
    rule!("rds", "snapshot_exported"),
    own!("resource", "policy_opened"),
    rule!("route53", "domain_on_the_move"),
    rule!("s3", "access_logging_disabled"),
    rule!("s3", "acl_opened"),
    rule!("s3", "bucket_enumeration"),
    own!("s3", "copied_to_other_account"),
    rule!("s3", "customer_key_encryption"),
    own!("s3", "encrypted_with_key_of_other_account"),
    rule!("s3", "encryption_setting_removed"),
    rule!("s3", "mass_bucket_delete"),
    rule!("s3", "mass_delete"),
    own!("s3", "mass_read"),
    rule!("s3", "objects_expire_soon"),
    own!("s3", "policy_opened"),
    own!("s3", "public_access_block_removed"),
    rule!("s3", "replication_removed"),
    rule!("s3", "replication_to_other_account"),
    rule!("s3", "versioning_suspended"),
    rule!("secretsmanager", "batch_read"),
    rule!("secretsmanager", "mass_read"),
    rule!("ses", "sending_prepared"),
    rule!("signin", "break_glass_user_used"),
    rule!("signin", "console_session_from_keys"),
    own!("signin", "failures_then_success"),
    own!("signin", "failures_then_success_without_mfa"),
    rule!("signin", "many_failures"),
    rule!("signin", "outside_office_networks"),
    rule!("signin", "password_spraying"),
    own!("signin", "root_without_mfa"),
    rule!("signin", "without_mfa"),
    rule!("ssm", "command_on_many_instances"),
    rule!("ssm", "document_shared"),
    rule!("ssm", "parameters_mass_read"),
    rule!("ssm", "session_started"),
    rule!("sts", "federation_token_created"),
    rule!("sts", "session_token_created"),
    rule!("trail", "created"),
    own!("trail", "tampering"),
];

#[cfg(test)]
mod tests;
