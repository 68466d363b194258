//! What a collection is told, and why it cannot begin.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::{SharedTimeSource, SystemTimeSource};
use forewarn_inventory::Fact;

use crate::lookback::Lookups;
use crate::operations;

/// An access key given by hand, as the demo and tests do; everybody else uses the credential chain.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessKey {
    /// The id, `AKIA…`.
    pub id: String,
    /// The secret.
    pub secret: String,
}

impl std::fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccessKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Which accounts to look at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Accounts {
    /// The caller's own.
    #[default]
    Own,
    /// These, by id.
    Named(BTreeSet<String>),
    /// Every account of the caller's organisation, as the management account or a delegated one sees it.
    Organization,
}

impl Accounts {
    /// Whether there may be accounts that are entered through a role.
    pub fn are_several(&self) -> bool {
        *self != Self::Own
    }
}

/// The role that Organizations makes in every account that it creates. It trusts the management account alone and may do
/// everything; the session policy leaves reading of it.
pub const MEMBER_ROLE: &str = "OrganizationAccountAccessRole";

/// What to collect, from where, as whom.
#[derive(Debug, Clone)]
pub struct Options {
    /// A profile of the AWS configuration; it wins over credentials in the environment, as in the AWS CLI.
    pub profile: Option<String>,
    /// The region to ask first; otherwise that of the profile or the environment, otherwise `us-east-1`.
    pub region: Option<String>,
    /// The regions to look at; empty = every region that the account has enabled.
    ///
    /// It bounds what is asked region by region (trails, access points). Buckets are named in one list for the whole
    /// account, so they are read wherever they are.
    pub regions: Vec<String>,
    /// A role to assume first.
    pub role_arn: Option<String>,
    /// The external id that the trust policies of the roles ask for.
    pub external_id: Option<String>,
    /// The accounts to look at.
    pub accounts: Accounts,
    /// Accounts to leave alone, by id.
    pub skip_accounts: BTreeSet<String>,
    /// The name, with its path, of the role that is assumed in each account but the caller's own.
    pub member_role: String,
    /// The most accounts in work at once.
    pub accounts_at_once: usize,
    /// Where to send every call, in place of AWS.
    pub endpoint_url: Option<String>,
    /// An access key in place of the credential chain; neither the environment nor any file is then read.
    pub access_key: Option<AccessKey>,
    /// The facts that the selected checks need; what they rest on is read too.
    pub needs: BTreeSet<Fact>,
    /// What the session of an assumed role may do beside what the needs take; empty for an audit.
    pub actions: BTreeSet<&'static str>,
    /// How far back CloudTrail is asked, and how long.
    pub lookups: Lookups,
    /// The most calls under way at once, of all accounts together.
    pub max_in_flight: usize,
    /// How long one request may take.
    pub attempt_timeout: Duration,
    /// A word for the run in the name of an assumed role's session, `forewarn-<run>`.
    pub run: String,
    /// How to wait.
    pub sleep: SharedAsyncSleep,
    /// The clock.
    pub time: SharedTimeSource,
}

impl Default for Options {
    /// Every fact, every enabled region, the credential chain, the real clock.
    fn default() -> Self {
        Self {
            profile: None,
            region: None,
            regions: Vec::new(),
            role_arn: None,
            external_id: None,
            accounts: Accounts::Own,
            skip_accounts: BTreeSet::new(),
            member_role: MEMBER_ROLE.to_owned(),
            accounts_at_once: 8,
            endpoint_url: None,
            access_key: None,
            needs: Fact::ALL.iter().copied().collect(),
            actions: BTreeSet::new(),
            lookups: Lookups::default(),
            max_in_flight: 50,
            attempt_timeout: Duration::from_secs(15),
            run: "audit".to_owned(),
            sleep: SharedAsyncSleep::new(TokioSleep::new()),
            time: SharedTimeSource::new(SystemTimeSource::new()),
        }
    }
}

impl Options {
    /// All facts that are read: what the checks need, what that rests on, and the list of accounts where it is asked for.
    pub(crate) fn all_needs(&self) -> BTreeSet<Fact> {
        let mut needs = operations::closure(&self.needs);
        if self.accounts == Accounts::Organization {
            needs.extend([Fact::Organization, Fact::OrganizationAccounts]);
        }
        needs
    }
}

/// Why nothing could be assessed at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CollectError {
    /// The chain found no credentials.
    #[error(
        "no AWS credentials found: set `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, run `aws sso login`, or name a \
         profile with `--profile`"
    )]
    NoCredentials,
    /// The AWS configuration has no such profile.
    #[error("no profile `{name}` in the AWS configuration; {}", known_profiles(.known))]
    UnknownProfile {
        /// The name that was asked for.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// Credentials are configured, and cannot be had.
    #[error("the configured AWS credentials cannot be loaded: {detail}; if they come from SSO, run `aws sso login`")]
    BadCredentials {
        /// What the provider says.
        detail: String,
    },
    /// Credentials that were good once.
    #[error("the AWS credentials have expired ({detail}): log in again, for instance with `aws sso login`")]
    Expired {
        /// What AWS said.
        detail: String,
    },
    /// AWS does not accept the credentials.
    #[error(
        "AWS does not accept these credentials ({detail}): check the access key, and `--region` outside the partition `aws`"
    )]
    Refused {
        /// What AWS said.
        detail: String,
    },
    /// The role cannot be assumed.
    #[error(
        "cannot assume role `{role}` ({detail}): check the ARN, that its trust policy names {caller}, that this caller \
         may call `sts:AssumeRole`, and `--external-id`"
    )]
    Role {
        /// The role.
        role: String,
        /// Who asked, where known.
        caller: String,
        /// What AWS said.
        detail: String,
    },
    /// An organisation is asked for, and the account is in none.
    #[error("account {account} belongs to no organisation: leave `--org` out, or name accounts with `--accounts`")]
    NoOrganization {
        /// The account that asked.
        account: String,
    },
    /// Nobody answers.
    #[error("cannot reach {endpoint} ({detail}): check the network, the proxy, `--region` and `--endpoint-url`")]
    Unreachable {
        /// The endpoint.
        endpoint: String,
        /// What went wrong.
        detail: String,
    },
    /// An option that cannot be right.
    #[error("`{option} {value}` {reason}")]
    Option {
        /// The option as the command line spells it.
        option: &'static str,
        /// Its value.
        value: String,
        /// What is wrong with it, and what to do.
        reason: String,
    },
    /// The user stopped it before anything was read.
    #[error("interrupted before anything was read")]
    Interrupted,
}

fn known_profiles(known: &[String]) -> String {
    if known.is_empty() {
        return "there are none".to_owned();
    }
    let names: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    format!("there are {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_what_to_do_and_no_secret() {
        let known = vec!["a".to_owned(), "b".to_owned()];
        let message = CollectError::UnknownProfile { name: "c".to_owned(), known }.to_string();
        assert_eq!(message, "no profile `c` in the AWS configuration; there are `a`, `b`");
        let key = AccessKey { id: "AKIA".to_owned(), secret: "hush".to_owned() };
        assert!(!format!("{key:?}").contains("hush"));
    }
}
