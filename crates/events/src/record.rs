//! One CloudTrail record. Real logs leave out almost every field somewhere; only the time is relied on.

use std::net::IpAddr;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// One event as CloudTrail writes it
/// (<https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>).
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// When the call ended, in UTC.
    #[serde(deserialize_with = "time")]
    pub event_time: Timestamp,
    /// The API operation, such as `PutBucketPolicy`; empty in records of Insights.
    #[serde(default, deserialize_with = "word")]
    pub event_name: String,
    /// The service, such as `s3.amazonaws.com`.
    #[serde(default, deserialize_with = "word")]
    pub event_source: String,
    /// The version of the record format.
    #[serde(default, deserialize_with = "text")]
    pub event_version: Option<String>,
    /// The id of the event; absent in some old and some hand-made logs.
    #[serde(default, rename = "eventID", deserialize_with = "text")]
    pub event_id: Option<String>,
    /// `AwsApiCall`, `AwsConsoleSignIn`, `AwsServiceEvent`, …
    #[serde(default, deserialize_with = "text")]
    pub event_type: Option<String>,
    /// `Management`, `Data`, `NetworkActivity` or `Insight`; absent in old versions, where it is `Management`.
    #[serde(default, deserialize_with = "text")]
    pub event_category: Option<String>,
    /// The region that answered.
    #[serde(default, deserialize_with = "text")]
    pub aws_region: Option<String>,
    /// Where the call came from.
    #[serde(default, rename = "sourceIPAddress")]
    pub source_address: SourceAddress,
    /// What the client said it was.
    #[serde(default, deserialize_with = "text")]
    pub user_agent: Option<String>,
    /// Who called.
    #[serde(default, deserialize_with = "part")]
    pub user_identity: Identity,
    /// The parameters of the call.
    #[serde(default)]
    pub request_parameters: Value,
    /// The answer, where CloudTrail keeps it.
    #[serde(default)]
    pub response_elements: Value,
    /// Further fields of the event, such as `MFAUsed`.
    #[serde(default)]
    pub additional_event_data: Value,
    /// The error code of a refused call.
    #[serde(default, deserialize_with = "text")]
    pub error_code: Option<String>,
    /// The error message of a refused call.
    #[serde(default, deserialize_with = "text")]
    pub error_message: Option<String>,
    /// Whether the call could only read.
    #[serde(default, deserialize_with = "flag")]
    pub read_only: Option<bool>,
    /// The account that received the event.
    #[serde(default, deserialize_with = "text")]
    pub recipient_account_id: Option<String>,
    /// The resources that the call touched.
    #[serde(default, deserialize_with = "list")]
    pub resources: Vec<Resource>,
    /// The id that copies of one event in several accounts share.
    #[serde(default, rename = "sharedEventID", deserialize_with = "text")]
    pub shared_event_id: Option<String>,
}

impl Record {
    /// Whether the call was refused. A refused console sign-in has no error code, only the word in its answer.
    pub fn failed(&self) -> bool {
        let sign_in = self.response_elements.get("ConsoleLogin").and_then(Value::as_str);
        self.error_code.is_some() || sign_in == Some("Failure")
    }
}

/// A few fields of a record, read without the rest of it: who called, where, for what, and the answer.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Brief {
    /// Who called.
    #[serde(default, deserialize_with = "part")]
    pub user_identity: Identity,
    /// The account that received the event.
    #[serde(default, deserialize_with = "text")]
    pub recipient_account_id: Option<String>,
    /// The parameters of the call.
    #[serde(default)]
    pub request_parameters: Value,
    /// The answer, where CloudTrail keeps it.
    #[serde(default)]
    pub response_elements: Value,
}

impl Brief {
    /// Reads them out of the JSON of one record. They are those of [`Record`].
    ///
    /// # Errors
    /// It does not read so, such as for a field that is there twice; as a whole it may.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
}

impl From<&Record> for Brief {
    fn from(record: &Record) -> Self {
        Self {
            user_identity: record.user_identity.clone(),
            recipient_account_id: record.recipient_account_id.clone(),
            request_parameters: record.request_parameters.clone(),
            response_elements: record.response_elements.clone(),
        }
    }
}

/// Who made a call.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Identity {
    /// `IAMUser`, `AssumedRole`, `AWSService`, `Root`, …
    #[serde(rename = "type", deserialize_with = "text")]
    pub kind: Option<String>,
    /// The unique id, with the session name after a colon for a session.
    #[serde(deserialize_with = "text")]
    pub principal_id: Option<String>,
    /// The ARN.
    #[serde(deserialize_with = "text")]
    pub arn: Option<String>,
    /// The account.
    #[serde(deserialize_with = "text")]
    pub account_id: Option<String>,
    /// The access key; misspelt in some logs.
    #[serde(alias = "accesKeyId", deserialize_with = "text")]
    pub access_key_id: Option<String>,
    /// The user's name.
    #[serde(deserialize_with = "text")]
    pub user_name: Option<String>,
    /// The AWS service that called on somebody's behalf.
    #[serde(deserialize_with = "text")]
    pub invoked_by: Option<String>,
    /// The session, for temporary credentials.
    #[serde(rename = "sessionContext", deserialize_with = "session")]
    pub session: Option<Session>,
}

/// The session behind temporary credentials.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Session {
    /// Who issued it.
    #[serde(rename = "sessionIssuer", deserialize_with = "part")]
    pub issuer: SessionIssuer,
    /// The identity that the first session of a chain carried.
    #[serde(deserialize_with = "text")]
    pub source_identity: Option<String>,
    /// Time and MFA of the sign-in.
    pub attributes: Value,
}

/// The role or user behind a session; empty in some real logs.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SessionIssuer {
    /// `Role`, `User` or `Root`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// The ARN.
    pub arn: Option<String>,
    /// The name.
    pub user_name: Option<String>,
}

/// A resource that a call touched.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Resource {
    /// The ARN.
    #[serde(rename = "ARN", alias = "arn")]
    pub arn: Option<String>,
    /// The account.
    #[serde(rename = "accountId", deserialize_with = "text")]
    pub account: Option<String>,
    /// The type, such as `AWS::S3::Object`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
}

/// Where a call came from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum SourceAddress {
    /// A network address.
    Address(IpAddr),
    /// A service name such as `cloudtrail.amazonaws.com`, or `AWS Internal`.
    Service(String),
    /// Some text that is neither.
    Other(String),
    /// Nothing.
    #[default]
    Absent,
}

impl<'de> Deserialize<'de> for SourceAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Some(said) = text(deserializer)? else { return Ok(Self::Absent) };
        Ok(match said.parse() {
            Ok(address) => Self::Address(address),
            Err(_) if said.is_empty() => Self::Absent,
            Err(_) if said == "AWS Internal" || said.ends_with(".amazonaws.com") => Self::Service(said),
            Err(_) => Self::Other(said),
        })
    }
}

/// An instant in ISO 8601, with `T` or a space, with or without a zone (then UTC).
pub(crate) fn instant(said: &str) -> Option<Timestamp> {
    let said = said.trim();
    let local = || said.parse::<jiff::civil::DateTime>().and_then(|utc| jiff::tz::Offset::UTC.to_timestamp(utc));
    said.parse::<Timestamp>().or_else(|_| local()).ok()
}

fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    let said = text(deserializer)?.unwrap_or_default();
    instant(&said).ok_or_else(|| serde::de::Error::custom(format!("`eventTime` is `{said}`, not a time")))
}

/// Text that may be `null`, and has spaces around it in some copies.
fn word<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(text(deserializer)?.unwrap_or_default().trim().to_owned())
}

/// Text that some writers give as a number, a boolean or a list.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Null => None,
        Value::String(text) => Some(text).filter(|text| !text.is_empty()),
        other => Some(other.to_string()),
    })
}

/// A boolean that some writers give as text.
fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Bool(flag) => Some(flag),
        Value::String(text) => text.parse().ok(),
        _ => None,
    })
}

/// A list that may be `null`, or hold things of another shape (then they are left out of the typed view).
fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Resource>, D::Error> {
    let Value::Array(items) = Value::deserialize(deserializer)? else { return Ok(Vec::new()) };
    Ok(items.into_iter().filter_map(|item| serde_json::from_value(item).ok()).collect())
}

/// A part that may be `null` or of another shape.
fn part<'de, T: Default + serde::de::DeserializeOwned, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(deserializer)?).unwrap_or_default())
}

/// A session that may be `null` or of another shape.
fn session<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Session>, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(deserializer)?).ok())
}
