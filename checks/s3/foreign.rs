//! Whose a bucket is, that something of a bucket of ours is sent to.

use forewarn_findings::{Case, Reason};
use forewarn_inventory::Account;

/// What is known of the owner of a bucket.
pub(crate) enum Owner {
    /// The account itself, one of its organisation, or a trusted one.
    Ours,
    /// Another account.
    Foreign(String),
    /// Nobody can say.
    Unknown(Box<Reason>),
}

/// The owner of the bucket `name`, seen from `account`, where `said` is the account that the configuration names.
pub(crate) fn owner(case: &Case<'_>, account: &Account, name: &str, said: Option<&str>) -> Owner {
    let owner = match said {
        Some(said) => said.to_owned(),
        None => match case.buckets().find(|bucket| bucket.name == name) {
            Some(bucket) => bucket.account.id.clone(),
            None => return Owner::Unknown(Box::new(unread_bucket(account, name))),
        },
    };
    if owner == account.id || case.trusted_accounts().contains(&owner) {
        return Owner::Ours;
    }
    match case.is_of_organization(&owner) {
        Ok(true) => Owner::Ours,
        Ok(false) => Owner::Foreign(owner),
        Err(gap) => Owner::Unknown(Box::new(Reason::from(gap))),
    }
}

/// Why a bucket is not among those that were read.
pub(crate) fn unread_bucket(account: &Account, name: &str) -> Reason {
    account.s3.buckets.rest.first().map_or_else(
        || Reason {
            code: "bucket_of_another_account".to_owned(),
            message: format!("{name} belongs to an account that was not read, or does not exist"),
            gap: None,
        },
        Reason::from,
    )
}
