//! Requests that are signed here: of services of which so little is asked that an SDK crate would not pay.

use std::time::SystemTime;

use aws_config::SdkConfig;
use aws_credential_types::provider::ProvideCredentials as _;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime::client::orchestrator::operation::Operation as AnyOperation;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use serde_json::Value;

/// The headers of a service that takes JSON at paths of its own.
pub(crate) const JSON: &[(&str, &str)] = &[("content-type", "application/json")];

/// One request of a service that speaks JSON.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    /// The service as signatures name it.
    pub(crate) service: &'static str,
    /// The operation.
    pub(crate) operation: &'static str,
    /// The region.
    pub(crate) region: &'a str,
    /// The host on AWS; an endpoint that the user names goes before it.
    pub(crate) host: String,
    /// Path and query string.
    pub(crate) target: String,
    /// Headers of the service's protocol.
    pub(crate) headers: &'static [(&'static str, &'static str)],
    /// What is posted; without it the request is a `GET`.
    pub(crate) body: Option<Value>,
}

/// An error that the service answers with: its code and message.
#[derive(Debug)]
pub(crate) struct Refusal(ErrorMetadata);

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Refusal {}

impl ProvideErrorMetadata for Refusal {
    fn meta(&self) -> &ErrorMetadata {
        &self.0
    }
}

impl Request<'_> {
    /// Signs and sends it once, over the connections and with the time-outs of every other call.
    pub(crate) async fn send(
        self,
        config: &SdkConfig,
        now: SystemTime,
    ) -> Result<Value, SdkError<Refusal, HttpResponse>> {
        let url = config
            .endpoint_url()
            .map_or_else(|| format!("https://{}", self.host), |url| url.trim_end_matches('/').to_owned());
        let request = self.signed(config, now, &url).await.map_err(SdkError::construction_failure)?;
        let mut operation = AnyOperation::builder()
            .service_name(self.service)
            .operation_name(self.operation)
            .endpoint_url(&url)
            .no_auth()
            .no_retry();
        if let Some(timeouts) = config.timeout_config() {
            operation = operation.timeout_config(timeouts.clone());
        }
        if let (Some(sleep), Some(time), Some(http)) = (config.sleep_impl(), config.time_source(), config.http_client())
        {
            operation = operation.sleep_impl(sleep).time_source(time).http_client(http);
        }
        operation
            .serializer(|request: HttpRequest| Ok(request))
            .deserializer(|response: &HttpResponse| read(response))
            .build()
            .invoke(request)
            .await
    }

    async fn signed(
        &self,
        config: &SdkConfig,
        now: SystemTime,
        url: &str,
    ) -> Result<HttpRequest, Box<dyn std::error::Error + Send + Sync>> {
        let provider = config.credentials_provider().ok_or("no credentials")?;
        let identity = provider.provide_credentials().await?.into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(self.region)
            .name(self.service)
            .time(now)
            .settings(SigningSettings::default())
            .build()?
            .into();
        let url = format!("{url}{}", self.target);
        let body = self.body.as_ref().map(ToString::to_string).unwrap_or_default();
        let method = if self.body.is_some() { "POST" } else { "GET" };
        let signable =
            SignableRequest::new(method, &url, self.headers.iter().copied(), SignableBody::Bytes(body.as_bytes()))?;
        let (instructions, _) = sign(signable, &params)?.into_parts();
        let mut request = http::Request::builder().method(method).uri(&url);
        for (name, value) in self.headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(SdkBody::from(body))?;
        instructions.apply_to_request_http1x(&mut request);
        Ok(request.try_into()?)
    }
}

fn read(response: &HttpResponse) -> Result<Value, OrchestratorError<Refusal>> {
    let body = response.body().bytes().unwrap_or_default();
    let parsed: Result<Value, _> = serde_json::from_slice(body);
    if response.status().is_success() {
        return parsed.map_err(OrchestratorError::other);
    }
    let parsed = parsed.unwrap_or(Value::Null);
    let field = |keys: &[&str]| keys.iter().find_map(|key| parsed.get(key)).and_then(Value::as_str).map(str::to_owned);
    let code = response.headers().get("x-amzn-errortype").map(str::to_owned).or_else(|| field(&["__type", "code"]));
    let mut meta = ErrorMetadata::builder();
    if let Some(code) = code {
        // Both `AccessDeniedException:http://…` and `com.amazonaws#AccessDeniedException` are in use.
        let code = code.split(':').next().unwrap_or_default();
        meta = meta.code(code.rsplit('#').next().unwrap_or_default());
    }
    if let Some(message) = field(&["message", "Message"]) {
        meta = meta.message(message);
    }
    Err(OrchestratorError::operation(Refusal(meta.build())))
}

/// A value for a query string: everything but RFC 3986's unreserved characters is encoded, as the signature has it.
pub(crate) fn encoded(value: &str) -> String {
    use std::fmt::Write as _;
    value.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            // Writing into a string cannot fail.
            let _ = write!(text, "%{byte:02X}");
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_of_any_characters_is_one_value_of_the_query() {
        assert_eq!(encoded("aZ09-._~"), "aZ09-._~");
        assert_eq!(encoded("a+b/c=&d e%ü"), "a%2Bb%2Fc%3D%26d%20e%25%C3%BC");
    }
}
