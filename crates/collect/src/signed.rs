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
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The headers of a service that takes JSON at paths of its own.
pub(crate) const JSON: &[(&str, &str)] = &[("content-type", "application/json")];

/// One request of a service that speaks JSON, or the Query protocol: a form there, XML back.
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
    /// What goes before the operation in the header that names it, where the protocol has such a header (JSON 1.1).
    pub(crate) envelope: Option<&'static str>,
    /// What is posted; without it the request is a `GET`.
    pub(crate) body: Option<Value>,
}

/// One request of a service that speaks the Query protocol.
#[derive(Debug)]
pub(crate) struct Query<'a> {
    /// The service as signatures name it.
    pub(crate) service: &'static str,
    /// The operation.
    pub(crate) operation: &'static str,
    /// The version of the API.
    pub(crate) version: &'static str,
    /// The region.
    pub(crate) region: &'a str,
    /// The host on AWS; an endpoint that the user names goes before it.
    pub(crate) host: String,
    /// Parameters beside the action and the version.
    pub(crate) parameters: Vec<(&'static str, String)>,
}

/// What a request that gave nothing ends in.
pub(crate) type Error = SdkError<Refusal, HttpResponse>;

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

impl<'a> Request<'a> {
    /// A request of a service that speaks JSON 1.1.
    pub(crate) fn enveloped(
        service: &'static str,
        envelope: &'static str,
        operation: &'static str,
        region: &'a str,
        host: String,
        body: Value,
    ) -> Self {
        let (headers, target) = (&[][..], "/".to_owned());
        Self { service, operation, region, host, target, headers, envelope: Some(envelope), body: Some(body) }
    }

    /// Signs and sends it once, over the connections and with the time-outs of every other call.
    pub(crate) async fn send(self, config: &SdkConfig, now: SystemTime) -> Result<Value, Error> {
        let own = self.headers.iter().map(|(name, value)| (*name, (*value).to_owned()));
        let named = self.envelope.map(|envelope| {
            let kind = ("content-type", "application/x-amz-json-1.1".to_owned());
            [kind, ("x-amz-target", format!("{envelope}.{}", self.operation))]
        });
        let sending = Sending {
            headers: own.chain(named.into_iter().flatten()).collect(),
            target: self.target,
            body: self.body.as_ref().map(ToString::to_string),
            ..Sending::to(self.service, self.operation, self.region, self.host)
        };
        sending.send(config, now, |body| Ok(serde_json::from_slice(body)?)).await
    }
}

impl Query<'_> {
    /// Signs and sends it once; the answer is read from its XML.
    pub(crate) async fn send<T>(self, config: &SdkConfig, now: SystemTime) -> Result<T, Error>
    where
        T: DeserializeOwned + std::fmt::Debug + Send + Sync + 'static,
    {
        let mut body = format!("Action={}&Version={}", self.operation, self.version);
        for (name, value) in &self.parameters {
            body.extend(["&", name, "=", &encoded(value)]);
        }
        let headers = vec![("content-type", "application/x-www-form-urlencoded".to_owned())];
        let sending =
            Sending { headers, body: Some(body), ..Sending::to(self.service, self.operation, self.region, self.host) };
        sending.send(config, now, |body| Ok(quick_xml::de::from_reader(body)?)).await
    }
}

/// What goes over the wire, whatever the protocol.
struct Sending<'a> {
    service: &'static str,
    operation: &'static str,
    region: &'a str,
    host: String,
    target: String,
    headers: Vec<(&'static str, String)>,
    body: Option<String>,
}

type AnyError = Box<dyn std::error::Error + Send + Sync>;

impl<'a> Sending<'a> {
    fn to(service: &'static str, operation: &'static str, region: &'a str, host: String) -> Self {
        Self { service, operation, region, host, target: "/".to_owned(), headers: Vec::new(), body: None }
    }

    async fn send<T>(
        self,
        config: &SdkConfig,
        now: SystemTime,
        good: fn(&[u8]) -> Result<T, AnyError>,
    ) -> Result<T, Error>
    where
        T: std::fmt::Debug + Send + Sync + 'static,
    {
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
            .deserializer(move |response: &HttpResponse| read(response, good))
            .build()
            .invoke(request)
            .await
    }

    async fn signed(&self, config: &SdkConfig, now: SystemTime, url: &str) -> Result<HttpRequest, AnyError> {
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
        let body = self.body.clone().unwrap_or_default();
        let method = if self.body.is_some() { "POST" } else { "GET" };
        let headers = self.headers.iter().map(|(name, value)| (*name, value.as_str()));
        let signable = SignableRequest::new(method, &url, headers, SignableBody::Bytes(body.as_bytes()))?;
        let (instructions, _) = sign(signable, &params)?.into_parts();
        let mut request = http::Request::builder().method(method).uri(&url);
        for (name, value) in &self.headers {
            request = request.header(*name, value.as_str());
        }
        let mut request = request.body(SdkBody::from(body))?;
        instructions.apply_to_request_http1x(&mut request);
        Ok(request.try_into()?)
    }
}

fn read<T>(response: &HttpResponse, good: fn(&[u8]) -> Result<T, AnyError>) -> Result<T, OrchestratorError<Refusal>> {
    let body = response.body().bytes().unwrap_or_default();
    if response.status().is_success() {
        return good(body).map_err(OrchestratorError::other);
    }
    let said = serde_json::from_slice(body).map_or_else(|_| said_in_xml(body), |parsed: Value| said_in_json(&parsed));
    let code = response.headers().get("x-amzn-errortype").map(str::to_owned).or(said.code);
    let mut meta = ErrorMetadata::builder();
    if let Some(code) = code {
        // Both `AccessDeniedException:http://…` and `com.amazonaws#AccessDeniedException` are in use.
        let code = code.split(':').next().unwrap_or_default();
        meta = meta.code(code.rsplit('#').next().unwrap_or_default());
    }
    if let Some(message) = said.message {
        meta = meta.message(message);
    }
    Err(OrchestratorError::operation(Refusal(meta.build())))
}

/// The code and the message of an error document.
#[derive(Debug, Default, Deserialize)]
struct Said {
    #[serde(rename = "Code")]
    code: Option<String>,
    #[serde(rename = "Message")]
    message: Option<String>,
}

fn said_in_json(parsed: &Value) -> Said {
    let field = |keys: &[&str]| keys.iter().find_map(|key| parsed.get(key)).and_then(Value::as_str).map(str::to_owned);
    Said { code: field(&["__type", "code"]), message: field(&["message", "Message"]) }
}

fn said_in_xml(body: &[u8]) -> Said {
    #[derive(Deserialize)]
    struct Document {
        #[serde(rename = "Error")]
        error: Said,
    }
    quick_xml::de::from_reader(body).map(|document: Document| document.error).unwrap_or_default()
}

/// A list of the Query protocol: its items stand in elements named `member`.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Members<T> {
    #[serde(rename = "member", default = "Vec::new")]
    pub(crate) member: Vec<T>,
}

impl<T> Default for Members<T> {
    fn default() -> Self {
        Self { member: Vec::new() }
    }
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
