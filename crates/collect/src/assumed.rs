//! Sessions of roles.

use std::sync::Arc;

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_sdk_sts::types::PolicyDescriptorType;
use forewarn_inventory::Gap;

use crate::call::{Ask, Caller};
use crate::kept::Kept;
use crate::operations::ASSUME_ROLE;
use crate::options::Options;
use crate::permissions::SessionPolicy;

/// A role that is assumed again whenever its credentials run out.
pub(crate) struct AssumedRole {
    client: aws_sdk_sts::Client,
    caller: Arc<Caller>,
    region: String,
    role: String,
    external_id: Option<String>,
    session: String,
    policy: SessionPolicy,
}

impl std::fmt::Debug for AssumedRole {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AssumedRole").field("role", &self.role).finish_non_exhaustive()
    }
}

/// A role that has been assumed.
#[derive(Debug)]
pub(crate) struct Assumed {
    /// The ARN of the session.
    pub(crate) arn: String,
    role: AssumedRole,
    credentials: Credentials,
}

impl Assumed {
    /// What gives its credentials, and new ones in time.
    pub(crate) fn provider(self, options: &Options) -> SharedCredentialsProvider {
        SharedCredentialsProvider::new(Kept::new(self.role, options.time.clone(), self.credentials))
    }
}

impl AssumedRole {
    /// The role with this ARN, as `config` may assume it; its sessions can do no more than `policy` says.
    pub(crate) fn new(
        config: &SdkConfig,
        region: &str,
        role: String,
        policy: SessionPolicy,
        options: &Options,
        caller: &Arc<Caller>,
    ) -> Self {
        Self {
            client: aws_sdk_sts::Client::new(config),
            caller: Arc::clone(caller),
            region: region.to_owned(),
            role,
            external_id: options.external_id.clone(),
            session: session_name(&options.run),
            policy,
        }
    }

    /// Assumes it for the first time.
    ///
    /// # Errors
    /// Why it cannot be assumed, or why the answer cannot be trusted.
    pub(crate) async fn assume(self) -> Result<Assumed, Gap> {
        let (arn, credentials) = self.ask().await?;
        Ok(Assumed { arn, role: self, credentials })
    }

    async fn ask(&self) -> Result<(String, Credentials), Gap> {
        let ask = Ask::new(&ASSUME_ROLE, &self.region).on(&self.role);
        let managed: Vec<PolicyDescriptorType> =
            self.policy.managed.iter().map(|arn| PolicyDescriptorType::builder().arn(arn).build()).collect();
        let answer = self
            .caller
            .call(ask, || {
                self.client
                    .assume_role()
                    .role_arn(&self.role)
                    .role_session_name(&self.session)
                    .policy(&self.policy.inline)
                    .set_policy_arns((!managed.is_empty()).then(|| managed.clone()))
                    .set_external_id(self.external_id.clone())
                    .send()
            })
            .await?;
        let given = answer.and_then(|answer| Some((answer.assumed_role_user?.arn, answer.credentials?)));
        let (arn, given) = given.ok_or_else(|| ask.malformed("no session or no credentials in it"))?;
        // What is read is written down as that account's: a session elsewhere must not pass for it.
        let account = |arn: &str| arn.split(':').nth(4).map(str::to_owned);
        if account(&arn) != account(&self.role) {
            return Err(ask.malformed(format!("the session is of another account: {arn}")));
        }
        let credentials = Credentials::new(
            given.access_key_id,
            given.secret_access_key,
            Some(given.session_token),
            given.expiration.try_into().ok(),
            "forewarn",
        );
        Ok((arn, credentials))
    }
}

impl ProvideCredentials for AssumedRole {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            let renewed = self.ask().await;
            renewed.map(|(_, credentials)| credentials).map_err(|gap| CredentialsError::provider_error(gap.to_string()))
        })
    }
}

/// The name of the role's session: what AWS allows in one, at most 64 characters.
fn session_name(run: &str) -> String {
    let plain = run.chars().filter(|letter| letter.is_ascii_alphanumeric() || "_=,.@-".contains(*letter));
    std::iter::once("forewarn-".to_owned()).chain(plain.take(55).map(String::from)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_named_after_the_run() {
        assert_eq!(session_name("2026-01-01 a/b"), "forewarn-2026-01-01ab");
        assert_eq!(session_name(&"x".repeat(100)).len(), 64);
    }
}
