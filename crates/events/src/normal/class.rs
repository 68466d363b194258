//! The class and the activity of OCSF 1.1 that an operation is.

/// Account Change (<https://schema.ocsf.io/1.1.0/classes/account_change>).
pub const ACCOUNT_CHANGE: i32 = 3001;
/// Authentication (<https://schema.ocsf.io/1.1.0/classes/authentication>).
pub const AUTHENTICATION: i32 = 3002;
/// API Activity (<https://schema.ocsf.io/1.1.0/classes/api_activity>).
pub const API_ACTIVITY: i32 = 6003;
/// Datastore Activity (<https://schema.ocsf.io/1.1.0/classes/datastore_activity>).
pub const DATASTORE_ACTIVITY: i32 = 6005;

/// Something that OCSF has no number for.
const OTHER: i32 = 99;

/// A class and an activity in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Class {
    pub(super) uid: i32,
    pub(super) activity: i32,
}

impl Class {
    /// What an operation is.
    pub(super) fn of(service: &str, operation: &str, category: &str, read_only: Option<bool>) -> Self {
        let (uid, activity) = match service {
            "signin.amazonaws.com" | "sso.amazonaws.com" if sign_in(operation).is_some() => {
                (AUTHENTICATION, sign_in(operation).unwrap_or(OTHER))
            }
            "sts.amazonaws.com"
                if operation.starts_with("AssumeRole") || operation.starts_with("GetFederationToken") =>
            {
                (AUTHENTICATION, 1)
            }
            "iam.amazonaws.com" if account_change(operation).is_some() => {
                (ACCOUNT_CHANGE, account_change(operation).unwrap_or(OTHER))
            }
            _ if category == "Data" && datastore(service) => (DATASTORE_ACTIVITY, stored(operation)),
            _ => (API_ACTIVITY, call(operation, read_only)),
        };
        Self { uid, activity }
    }
}

/// Logon 1, Logoff 2.
fn sign_in(operation: &str) -> Option<i32> {
    match operation {
        "ConsoleLogin"
        | "SwitchRole"
        | "CredentialVerification"
        | "UserAuthentication"
        | "Authenticate"
        | "Federate" => Some(1),
        "ExitRole" | "Logout" => Some(2),
        "CheckMfa"
        | "CredentialChallenge"
        | "PasswordRecoveryRequested"
        | "PasswordRecoveryCompleted"
        | "RenewRole" => Some(OTHER),
        _ => None,
    }
}

/// Create 1, Enable 2, Password Change 3, Password Reset 4, Disable 5, Delete 6, Attach Policy 7, Detach Policy 8,
/// MFA Factor Enable 10, MFA Factor Disable 11.
fn account_change(operation: &str) -> Option<i32> {
    Some(match operation {
        "CreateUser" => 1,
        "CreateLoginProfile" => 2,
        "ChangePassword" => 3,
        "UpdateLoginProfile" => 4,
        "DeleteLoginProfile" => 5,
        "DeleteUser" => 6,
        "AttachUserPolicy" | "PutUserPolicy" => 7,
        "DetachUserPolicy" | "DeleteUserPolicy" => 8,
        "EnableMFADevice" => 10,
        "DeactivateMFADevice" => 11,
        "UpdateUser"
        | "CreateAccessKey"
        | "UpdateAccessKey"
        | "DeleteAccessKey"
        | "AddUserToGroup"
        | "RemoveUserFromGroup"
        | "PutUserPermissionsBoundary"
        | "DeleteUserPermissionsBoundary" => OTHER,
        _ => return None,
    })
}

fn datastore(service: &str) -> bool {
    matches!(
        service,
        "s3.amazonaws.com" | "s3express.amazonaws.com" | "s3-outposts.amazonaws.com" | "dynamodb.amazonaws.com"
    )
}

/// Read 1, Update 2, Query 4, Write 5, Create 6, Delete 7, List 8.
fn stored(operation: &str) -> i32 {
    let starts = |prefix: &str| operation.starts_with(prefix);
    match operation {
        "Query" | "Scan" | "SelectObjectContent" | "ExecuteStatement" => 4,
        _ if starts("List") => 8,
        _ if starts("Get") || starts("Head") || starts("BatchGet") || starts("TransactGet") => 1,
        _ if starts("Update") => 2,
        _ if starts("Delete") => 7,
        _ if starts("Create") => 6,
        _ if starts("Put") || starts("Copy") || starts("Upload") || starts("BatchWrite") || starts("TransactWrite") => {
            5
        }
        _ => OTHER,
    }
}

/// Create 1, Read 2, Update 3, Delete 4. Operations begin with their verb.
fn call(operation: &str, read_only: Option<bool>) -> i32 {
    let starts = |verbs: &[&str]| verbs.iter().any(|verb| operation.starts_with(verb));
    if read_only == Some(true) || starts(&["Get", "List", "Describe", "Head", "BatchGet", "Lookup", "Search"]) {
        2
    } else if starts(&["Create", "Run", "Allocate", "Register", "Generate", "Import", "Request"]) {
        1
    } else if starts(&["Delete", "Terminate", "Remove", "Release", "Deregister", "Revoke", "Purge"]) {
        4
    } else if starts(&[
        "Put",
        "Update",
        "Modify",
        "Set",
        "Attach",
        "Detach",
        "Add",
        "Associate",
        "Disassociate",
        "Change",
        "Enable",
        "Disable",
        "Start",
        "Stop",
        "Reboot",
        "Authorize",
        "Replace",
        "Reset",
        "Restore",
        "Tag",
        "Untag",
    ]) {
        3
    } else {
        OTHER
    }
}
