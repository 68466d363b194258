//! Credentials that are asked for once.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_smithy_async::time::SharedTimeSource;

/// Credentials are asked for again so long before they run out.
const AHEAD: Duration = Duration::from_mins(5);

/// A provider whose credentials are kept until shortly before they run out: a source that asks its user for a touch of a
/// key must not ask for each client anew.
#[derive(Debug)]
pub(crate) struct Kept {
    inner: SharedCredentialsProvider,
    time: SharedTimeSource,
    last: Mutex<Option<Credentials>>,
}

impl Kept {
    /// Keeps what `inner` provides, beginning with `first`, which it has provided already.
    pub(crate) fn new(inner: impl ProvideCredentials + 'static, time: SharedTimeSource, first: Credentials) -> Self {
        Self { inner: SharedCredentialsProvider::new(inner), time, last: Mutex::new(Some(first)) }
    }

    async fn credentials(&self) -> Result<Credentials, CredentialsError> {
        let soon = self.time.now() + AHEAD;
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(last) = last.filter(|last| last.expiry().is_none_or(|expiry| expiry > soon)) {
            return Ok(last);
        }
        let fresh = self.inner.provide_credentials().await?;
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(fresh.clone());
        Ok(fresh)
    }
}

impl ProvideCredentials for Kept {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}
