//! One record, as CloudTrail writes it.

use jiff::Timestamp;

use crate::draw::Draw;

/// What is said of a call; texts of JSON where the name says so.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Call<'a> {
    /// Seconds since 1970.
    pub(crate) at: i64,
    pub(crate) account: &'a str,
    pub(crate) region: &'a str,
    /// Without `.amazonaws.com`.
    pub(crate) service: &'a str,
    pub(crate) name: &'a str,
    pub(crate) identity_json: &'a str,
    pub(crate) address: &'a str,
    pub(crate) agent: &'a str,
    pub(crate) request_json: &'a str,
    pub(crate) response_json: &'a str,
    /// The list of resources, or nothing.
    pub(crate) resources_json: &'a str,
    /// `additionalEventData`, or nothing.
    pub(crate) more_json: &'a str,
    pub(crate) error: Option<(&'a str, &'a str)>,
    pub(crate) reads: bool,
    pub(crate) is_data: bool,
    pub(crate) kind: &'a str,
}

/// A JSON text.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// An instant as records have it.
pub(crate) fn instant(at: i64) -> String {
    Timestamp::from_second(at).map_or_else(|_| String::new(), |at| at.to_string())
}

impl Call<'_> {
    /// The text of the record, and the id of the event.
    pub(crate) fn record(&self, draw: &mut Draw) -> (String, String) {
        let id = draw.uuid();
        let mut text = String::with_capacity(2048);
        let mut add = |part: &str| text.push_str(part);
        add(r#"{"eventVersion":"1.09","userIdentity":"#);
        add(self.identity_json);
        add(&format!(
            r#","eventTime":"{}","eventSource":"{}.amazonaws.com","eventName":"{}","awsRegion":"{}","sourceIPAddress":"{}","userAgent":{}"#,
            instant(self.at),
            self.service,
            self.name,
            self.region,
            self.address,
            quoted(self.agent),
        ));
        if let Some((code, message)) = self.error {
            add(&format!(r#","errorCode":"{code}","errorMessage":{}"#, quoted(message)));
        }
        let or_null = |text: &str| if text.is_empty() { "null".to_owned() } else { text.to_owned() };
        add(r#","requestParameters":"#);
        add(&or_null(self.request_json));
        add(r#","responseElements":"#);
        add(&if self.error.is_some() && self.kind.is_empty() {
            "null".to_owned()
        } else {
            or_null(self.response_json)
        });
        if !self.more_json.is_empty() {
            add(r#","additionalEventData":"#);
            add(self.more_json);
        }
        add(&format!(r#","requestID":"{}","eventID":"{id}","readOnly":{}"#, draw.uuid(), self.reads));
        if !self.resources_json.is_empty() {
            add(r#","resources":"#);
            add(self.resources_json);
        }
        let (kind, category) = (
            if self.kind.is_empty() { "AwsApiCall" } else { self.kind },
            if self.is_data { "Data" } else { "Management" },
        );
        add(&format!(
            r#","eventType":"{kind}","managementEvent":{},"recipientAccountId":"{}","eventCategory":"{category}","tlsDetails":{{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"{}.{}.amazonaws.com"}}}}"#,
            !self.is_data, self.account, self.service, self.region,
        ));
        (text, id)
    }
}
