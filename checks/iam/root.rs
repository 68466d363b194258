//! Whether an account has a root user with credentials at all (fact H2).

use forewarn_inventory::Account;

/// What is known of the root user.
pub(crate) enum Root {
    /// There is none to judge, and why.
    Without(&'static str),
    /// There is one, or nobody says that there is not.
    Perhaps,
}

/// Whether the root user can be judged.
pub(crate) fn root(account: &Account) -> Root {
    if account.partition == "aws-us-gov" {
        return Root::Without("accounts of AWS GovCloud have no root user of this kind");
    }
    let summary = account.iam.account_summary.present();
    let absent = |flag: Option<bool>| flag == Some(false);
    let without = summary.is_some_and(|summary| {
        absent(summary.root_password_present())
            && absent(summary.root_access_keys_present())
            && absent(summary.root_mfa_enabled())
    });
    if without { Root::Without("the root user has no credentials") } else { Root::Perhaps }
}
