//! SDK clients, each made once.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use aws_config::SdkConfig;
use aws_smithy_types::endpoint::Endpoint;
use aws_types::region::Region;

use crate::intact::Intact;

/// Clients of one service by region.
#[derive(Debug)]
pub(crate) struct Regional<C> {
    config: SdkConfig,
    make: fn(&SdkConfig) -> C,
    made: Mutex<BTreeMap<String, C>>,
}

impl<C: Clone> Regional<C> {
    /// Clients made by `make` from `config` with the region put in.
    pub(crate) fn new(config: &SdkConfig, make: fn(&SdkConfig) -> C) -> Self {
        Self { config: config.clone(), make, made: Mutex::default() }
    }

    /// The client of a region.
    pub(crate) fn of(&self, region: &str) -> C {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = made.get(region) {
            return client.clone();
        }
        let config = self.config.to_builder().region(Region::new(region.to_owned())).build();
        let client = (self.make)(&config);
        made.insert(region.to_owned(), client.clone());
        client
    }
}

/// IAM.
pub(crate) fn iam(config: &SdkConfig) -> aws_sdk_iam::Client {
    let made = aws_sdk_iam::config::Builder::from(config).interceptor(Intact);
    aws_sdk_iam::Client::from_conf(made.build())
}

/// S3, with the bucket in the path where the endpoint is not AWS's: a made-up host has no subdomains. S3 Express is only
/// asked which buckets there are, and no session belongs to that.
pub(crate) fn s3(config: &SdkConfig) -> aws_sdk_s3::Client {
    let made = aws_sdk_s3::config::Builder::from(config)
        .force_path_style(config.endpoint_url().is_some())
        .disable_s3_express_session_auth(true)
        .interceptor(Intact);
    aws_sdk_s3::Client::from_conf(made.build())
}

/// S3 Control. The SDK puts the account before the host name, which a custom endpoint does not know.
pub(crate) fn s3_control(config: &SdkConfig) -> aws_sdk_s3control::Client {
    let mut made = aws_sdk_s3control::config::Builder::from(config).interceptor(Intact);
    if let Some(url) = config.endpoint_url() {
        made = made.endpoint_resolver(AsItIs(url.to_owned()));
    }
    aws_sdk_s3control::Client::from_conf(made.build())
}

/// An endpoint that stays as the user wrote it.
#[derive(Debug)]
struct AsItIs(String);

impl aws_sdk_s3control::config::endpoint::ResolveEndpoint for AsItIs {
    fn resolve_endpoint<'a>(
        &'a self,
        _: &'a aws_sdk_s3control::config::endpoint::Params,
    ) -> aws_sdk_s3control::config::endpoint::EndpointFuture<'a> {
        aws_sdk_s3control::config::endpoint::EndpointFuture::ready(Ok(Endpoint::builder().url(self.0.clone()).build()))
    }
}
