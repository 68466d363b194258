//! Who asks: credentials, the assumed role, the account and its partition.

use std::collections::BTreeSet;
use std::sync::Arc;

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::{AppName, BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
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
use forewarn_inventory::{Cause, Fact, Gap};

use crate::assumed::AssumedRole;
use crate::call::{Ask, Caller};
use crate::failure::{clean, is_expired};
use crate::kept::Kept;
use crate::operations::GET_CALLER_IDENTITY;
use crate::options::{Accounts, CollectError, Options};
use crate::permissions::session_policy;
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
    let goes_on = options.accounts.are_several().then_some(options.member_role.as_str());
    let policy = session_policy(partition, &options.all_needs(), &options.actions, goes_on);
    let assumed = match AssumedRole::new(&first, &region, role.clone(), policy, options, caller).assume().await {
        Ok(assumed) => assumed,
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
    identity(config(assumed.provider(options)), region, options, caller).await
}

/// The domain that the hosts of services end in.
pub(crate) fn domain(partition: &str) -> &'static str {
    if partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" }
}

impl Session {
    /// The host of a service in a region, where it follows the common rule.
    pub(crate) fn host(&self, service: &str, region: &str) -> String {
        let fips = if self.config.use_fips() == Some(true) { "-fips" } else { "" };
        format!("{service}{fips}.{region}.{}", domain(&self.partition))
    }

    /// Enters another account through the member role there, with a session that can do no more than read what is needed.
    ///
    /// # Errors
    /// Why the role cannot be assumed.
    pub(crate) async fn member(
        &self,
        account: &str,
        options: &Options,
        needs: &BTreeSet<Fact>,
        caller: &Arc<Caller>,
    ) -> Result<Self, Gap> {
        let role = format!("arn:{}:iam::{account}:role/{}", self.partition, options.member_role);
        let policy = session_policy(&self.partition, needs, &options.actions, None);
        let assumed = AssumedRole::new(&self.config, &self.region, role, policy, options, caller).assume().await?;
        let arn = assumed.arn.clone();
        let mut config = self.config.to_builder();
        config.set_credentials_provider(Some(assumed.provider(options)));
        config.set_identity_cache(Some(IdentityCache::lazy().build()));
        Ok(Self {
            config: config.build(),
            account: account.to_owned(),
            partition: self.partition.clone(),
            arn,
            region: self.region.clone(),
        })
    }
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
    if options.external_id.is_some() && options.role_arn.is_none() && !options.accounts.are_several() {
        return wrong("--external-id", "…", "needs a role to go with it: `--role-arn`, `--org` or `--accounts`");
    }
    let role = options.member_role.as_str();
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "_+=,.@-/".contains(letter);
    let ends = role.starts_with('/') || role.ends_with('/');
    if role.is_empty() || role.len() > 512 || ends || !role.chars().all(plain) {
        return wrong("--member-role", role, "is not the name of a role, such as `OrganizationAccountAccessRole`");
    }
    let named = match &options.accounts {
        Accounts::Named(named) => named.iter().map(|id| ("--accounts", id)).collect(),
        Accounts::Own | Accounts::Organization => Vec::new(),
    };
    for (option, id) in named.into_iter().chain(options.skip_accounts.iter().map(|id| ("--skip-accounts", id))) {
        if id.len() != 12 || !id.bytes().all(|byte| byte.is_ascii_digit()) {
            return wrong(option, id, "is not an account id: twelve digits are wanted");
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_that_cannot_be_right_are_found_before_anything_is_sent() {
        let base = Options::default();
        assert_eq!(check(&base), Ok(()));
        let good = "arn:aws-us-gov:iam::123456789012:role/path/audit";
        assert_eq!(check(&Options { role_arn: Some(good.to_owned()), ..base.clone() }), Ok(()));
        let several = Options { accounts: Accounts::Organization, external_id: Some("x".to_owned()), ..base.clone() };
        assert_eq!(check(&Options { member_role: "teams/audit".to_owned(), ..several }), Ok(()));
        for bad in [
            Options { role_arn: Some("audit".to_owned()), ..base.clone() },
            Options { role_arn: Some("arn:aws:iam::123456789012:user/a".to_owned()), ..base.clone() },
            Options { external_id: Some("x".to_owned()), ..base.clone() },
            Options { accounts: Accounts::Named(["12".to_owned()].into()), ..base.clone() },
            Options { skip_accounts: ["12345678901x".to_owned()].into(), ..base.clone() },
            Options { member_role: good.to_owned(), ..base.clone() },
            Options { member_role: "/audit".to_owned(), ..base.clone() },
            Options { endpoint_url: Some("127.0.0.1:5000".to_owned()), ..base.clone() },
            Options { endpoint_url: Some("ftp://host".to_owned()), ..base.clone() },
            Options { region: Some("Ireland".to_owned()), ..base.clone() },
            Options { regions: vec!["eu-west-1,".to_owned()], ..base.clone() },
        ] {
            assert!(matches!(check(&bad), Err(CollectError::Option { .. })), "{bad:?}");
        }
    }
}
