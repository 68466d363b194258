//! Who asks: credentials, the assumed role, the account and its partition.

use std::sync::Arc;

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::{AppName, BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_sdk_sts::types::PolicyDescriptorType;
use aws_smithy_runtime::client::defaults::default_http_client_plugin_v2;
use aws_smithy_runtime::client::identity::IdentityCache;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::RuntimePlugin as _;
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::os_shim_internal::{Env, Fs};
use aws_types::region::Region;
use forewarn_inventory::{Cause, Gap};

use crate::call::{Ask, Caller};
use crate::failure::{clean, is_expired};
use crate::kept::Kept;
use crate::operations::{ASSUME_ROLE, GET_CALLER_IDENTITY};
use crate::options::{CollectError, Options};
use crate::permissions::{SessionPolicy, session_policy};
use crate::regions;

/// How long a TCP and TLS connection may take.
const CONNECT_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(5);

/// An account that has been entered.
#[derive(Debug)]
pub(crate) struct Session {
    /// What every client is made from; retries are the caller's own.
    pub(crate) config: SdkConfig,
    /// The account.
    pub(crate) account: String,
    /// Its partition.
    pub(crate) partition: String,
    /// The ARN that asks.
    pub(crate) arn: String,
    /// The region to ask what is not regional.
    pub(crate) region: String,
}

/// Enters the account: finds credentials, assumes the role where one is named, and asks AWS who that is.
pub(crate) async fn enter(options: &Options, caller: &Arc<Caller>) -> Result<Session, CollectError> {
    check(options)?;
    let around = surroundings(options).await;
    let own = credentials(options, &around).await?;
    let region = options.region.clone().or_else(|| around.region().map(|region| region.as_ref().to_owned()));
    let region = region.unwrap_or_else(|| regions::first_of("aws").to_owned());
    let config = |credentials: SharedCredentialsProvider| {
        let mut config = around.to_builder();
        config.set_region(Region::new(region.clone()));
        config.set_credentials_provider(Some(credentials));
        config.set_identity_cache(Some(IdentityCache::lazy().build()));
        config.set_retry_config(Some(RetryConfig::disabled()));
        config.set_timeout_config(Some(
            TimeoutConfig::builder()
                .connect_timeout(CONNECT_TIMEOUT)
                .operation_attempt_timeout(options.attempt_timeout)
                .build(),
        ));
        config.set_stalled_stream_protection(Some(StalledStreamProtectionConfig::disabled()));
        if let Some(url) = &options.endpoint_url {
            config.set_endpoint_url(Some(url.clone()));
        }
        config.set_app_name(AppName::new("forewarn").ok());
        config.build()
    };
    let first = config(own);
    let Some(role) = &options.role_arn else {
        return identity(first, region, options, caller).await;
    };
    let partition = role.split(':').nth(1).unwrap_or("aws");
    let assumed = AssumedRole {
        client: aws_sdk_sts::Client::new(&first),
        caller: Arc::clone(caller),
        region: region.clone(),
        role: role.clone(),
        external_id: options.external_id.clone(),
        session: session_name(&options.run),
        policy: session_policy(partition, &options.needs),
    };
    let credentials = match assumed.assume().await {
        Ok(credentials) => credentials,
        Err(gap) => {
            return Err(match whole(&gap, &first, &region) {
                CollectError::Refused { detail } => {
                    let caller = identity(first, region, options, caller).await;
                    let caller =
                        caller.map_or_else(|_| "this caller".to_owned(), |session| format!("`{}`", session.arn));
                    CollectError::Role { role: role.clone(), caller, detail }
                }
                other => other,
            });
        }
    };
    let kept = Kept::new(assumed, options.time.clone(), credentials);
    let second = config(SharedCredentialsProvider::new(kept));
    identity(second, region, options, caller).await
}

/// Options that cannot be right, found before anything is sent.
fn check(options: &Options) -> Result<(), CollectError> {
    let wrong = |option, value: &str, reason: &str| {
        Err(CollectError::Option { option, value: value.to_owned(), reason: reason.to_owned() })
    };
    if let Some(role) = &options.role_arn {
        let parts: Vec<&str> = role.splitn(6, ':').collect();
        let is_role = matches!(
            parts.as_slice(),
            ["arn", _, "iam", "", account, name]
                if account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()) && name.starts_with("role/")
        );
        if !is_role {
            return wrong(
                "--role-arn",
                role,
                "is not the ARN of a role, such as `arn:aws:iam::123456789012:role/audit`",
            );
        }
    }
    if options.external_id.is_some() && options.role_arn.is_none() {
        return wrong("--external-id", "…", "needs a `--role-arn` to go with it");
    }
    if let Some(url) = &options.endpoint_url {
        let good = url.parse::<http::Uri>().is_ok_and(|uri| {
            matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty())
        });
        if !good {
            return wrong("--endpoint-url", url, "is not a URL such as `http://127.0.0.1:5000`");
        }
    }
    let named = options.region.iter().map(|region| ("--region", region));
    for (option, region) in named.chain(options.regions.iter().map(|region| ("--regions", region))) {
        let plain = region.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if region.is_empty() || !plain {
            return wrong(option, region, "is not a region such as `eu-west-1`");
        }
    }
    Ok(())
}

/// Asks who the credentials belong to.
async fn identity(
    config: SdkConfig,
    region: String,
    options: &Options,
    caller: &Caller,
) -> Result<Session, CollectError> {
    let client = aws_sdk_sts::Client::new(&config);
    let ask = Ask::new(&GET_CALLER_IDENTITY, &region);
    let answer = match caller.call(ask, || client.get_caller_identity().send()).await {
        Ok(answer) => answer,
        Err(gap) => return Err(whole(&gap, &config, &region)),
    };
    let unclear = || CollectError::Unreachable {
        endpoint: endpoint(&config, &region),
        detail: "its answer to GetCallerIdentity names no account".to_owned(),
    };
    let (account, arn) = answer.and_then(|answer| Some((answer.account?, answer.arn?))).ok_or_else(unclear)?;
    let partition = arn.split(':').nth(1).filter(|partition| !partition.is_empty()).unwrap_or("aws").to_owned();
    for named in &options.regions {
        if options.endpoint_url.is_none() && regions::partition_of(named).is_some_and(|of| of != partition) {
            return Err(CollectError::Option {
                option: "--regions",
                value: named.clone(),
                reason: format!("is not a region of the partition `{partition}`, in which account {account} is"),
            });
        }
    }
    Ok(Session { config, account, partition, arn, region })
}

/// A gap that leaves nothing to assess, as an error.
fn whole(gap: &Gap, config: &SdkConfig, region: &str) -> CollectError {
    let detail = gap.detail.clone().unwrap_or_default();
    match gap.cause {
        Cause::Interrupted => CollectError::Interrupted,
        Cause::Denied if is_expired(&detail) => CollectError::Expired { detail },
        Cause::Denied => CollectError::Refused { detail },
        cause => CollectError::Unreachable {
            endpoint: endpoint(config, region),
            detail: if detail.is_empty() { cause.words().to_owned() } else { detail },
        },
    }
}

fn endpoint(config: &SdkConfig, region: &str) -> String {
    config.endpoint_url().map_or_else(|| format!("AWS in {region}"), |url| format!("`{url}`"))
}

/// What the environment and the AWS files say: region, endpoint, FIPS, dual stack, the credential chain. With an access
/// key given by hand nothing of them counts.
async fn surroundings(options: &Options) -> SdkConfig {
    let version = BehaviorVersion::v2026_01_12();
    if options.access_key.is_some() {
        let mut config = SdkConfig::builder()
            .behavior_version(version)
            .sleep_impl(options.sleep.clone())
            .time_source(options.time.clone());
        config.set_http_client(http_client());
        return config.build();
    }
    let mut loader = aws_config::defaults(version).sleep_impl(options.sleep.clone()).time_source(options.time.clone());
    if let Some(http) = http_client() {
        loader = loader.http_client(http);
    }
    if let Some(region) = &options.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(profile) = &options.profile {
        loader = loader.profile_name(profile);
    }
    loader.load().await
}

/// The credentials that the user means, loaded once to see whether they can be.
async fn credentials(options: &Options, around: &SdkConfig) -> Result<SharedCredentialsProvider, CollectError> {
    if let Some(key) = &options.access_key {
        return Ok(SharedCredentialsProvider::new(Credentials::new(&key.id, &key.secret, None, None, "forewarn")));
    }
    let provider = match &options.profile {
        Some(name) => {
            known_profile(name).await?;
            // By itself, not in the chain: there, credentials in the environment would go before it.
            let mut config = ProviderConfig::without_region()
                .with_time_source(options.time.clone())
                .with_sleep_impl(options.sleep.clone())
                .with_region(around.region().cloned());
            if let Some(http) = around.http_client() {
                config = config.with_http_client(http);
            }
            SharedCredentialsProvider::new(
                ProfileFileCredentialsProvider::builder().configure(&config).profile_name(name).build(),
            )
        }
        None => around.credentials_provider().ok_or(CollectError::NoCredentials)?,
    };
    match provider.provide_credentials().await {
        Ok(first) => Ok(SharedCredentialsProvider::new(Kept::new(provider, options.time.clone(), first))),
        Err(error) => {
            if let (None, Ok(named)) = (&options.profile, std::env::var("AWS_PROFILE")) {
                known_profile(&named).await?;
            }
            let detail = whole_chain(&error);
            // The chain ends at the metadata service of EC2; where it is the one to fail, nothing else was configured.
            let nothing = matches!(error, CredentialsError::CredentialsNotLoaded(_)) || detail.contains("IMDS");
            Err(if nothing && options.profile.is_none() {
                CollectError::NoCredentials
            } else {
                CollectError::BadCredentials { detail }
            })
        }
    }
}

/// Whether the AWS configuration has the profile.
#[expect(clippy::default_trait_access, reason = "the type belongs to a crate that is not a dependency")]
async fn known_profile(name: &str) -> Result<(), CollectError> {
    let selected = Some(name.to_owned().into());
    let loaded = aws_config::profile::load(&Fs::real(), &Env::real(), &Default::default(), selected).await;
    match loaded {
        Ok(profiles) if profiles.get_profile(name).is_some() => Ok(()),
        Ok(profiles) => {
            let mut known: Vec<String> = profiles.profiles().map(str::to_owned).collect();
            known.sort();
            Err(CollectError::UnknownProfile { name: name.to_owned(), known })
        }
        Err(error) => Err(CollectError::BadCredentials { detail: whole_chain(&error) }),
    }
}

/// One HTTP client for every service, so that connections and TLS roots are shared.
pub(crate) fn http_client() -> Option<SharedHttpClient> {
    let plugin = default_http_client_plugin_v2(BehaviorVersion::v2026_01_12())?;
    plugin.runtime_components(&RuntimeComponentsBuilder::new("forewarn")).http_client()
}

/// Every error of a chain, outermost first.
fn whole_chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut at = error.source();
    while let Some(source) = at {
        words.push_str(": ");
        words.push_str(&source.to_string());
        at = source.source();
    }
    clean(&words)
}

/// The name of the role's session: what AWS allows in one, at most 64 characters.
fn session_name(run: &str) -> String {
    let plain = run.chars().filter(|letter| letter.is_ascii_alphanumeric() || "_=,.@-".contains(*letter));
    std::iter::once("forewarn-".to_owned()).chain(plain.take(55).map(String::from)).collect()
}

/// A role that is assumed again whenever its credentials run out.
struct AssumedRole {
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

impl AssumedRole {
    async fn assume(&self) -> Result<Credentials, Gap> {
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
        let given =
            answer.and_then(|answer| answer.credentials).ok_or_else(|| ask.malformed("no credentials in it"))?;
        Ok(Credentials::new(
            given.access_key_id,
            given.secret_access_key,
            Some(given.session_token),
            given.expiration.try_into().ok(),
            "forewarn",
        ))
    }
}

impl ProvideCredentials for AssumedRole {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            self.assume().await.map_err(|gap| CredentialsError::provider_error(gap.to_string()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_that_cannot_be_right_are_found_before_anything_is_sent() {
        let base = Options::default();
        assert_eq!(check(&base), Ok(()));
        let good = "arn:aws-us-gov:iam::123456789012:role/path/audit";
        assert_eq!(check(&Options { role_arn: Some(good.to_owned()), ..base.clone() }), Ok(()));
        for bad in [
            Options { role_arn: Some("audit".to_owned()), ..base.clone() },
            Options { role_arn: Some("arn:aws:iam::123456789012:user/a".to_owned()), ..base.clone() },
            Options { external_id: Some("x".to_owned()), ..base.clone() },
            Options { endpoint_url: Some("127.0.0.1:5000".to_owned()), ..base.clone() },
            Options { endpoint_url: Some("ftp://host".to_owned()), ..base.clone() },
            Options { region: Some("Ireland".to_owned()), ..base.clone() },
            Options { regions: vec!["eu-west-1,".to_owned()], ..base.clone() },
        ] {
            assert!(matches!(check(&bad), Err(CollectError::Option { .. })), "{bad:?}");
        }
    }

    #[test]
    fn a_session_is_named_after_the_run() {
        assert_eq!(session_name("2026-01-01 a/b"), "forewarn-2026-01-01ab");
        assert_eq!(session_name(&"x".repeat(100)).len(), 64);
    }
}
