//! The normal form: what is asked of every event, in the terms of OCSF 1.1 (<https://schema.ocsf.io/1.1.0/>).
//!
//! It is read straight from the text of a record and borrows from it, for an import sees millions of them; the typed
//! [`Record`](crate::Record) is made when somebody asks. Whatever reads as a normal form reads as a record too.

mod class;
mod loose;
mod touched;

use std::borrow::Cow;
use std::net::IpAddr;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

use self::class::Class;
use self::loose::{Fill as _, Loose, object};
use self::touched::Touched;

pub(crate) use self::touched::Key;

pub use self::class::{ACCOUNT_CHANGE, API_ACTIVITY, AUTHENTICATION, DATASTORE_ACTIVITY};

/// One event in the terms of OCSF. A text that the record lacks, or that is `null` or empty in it, is `None`.
#[derive(Debug, Clone, PartialEq)]
pub struct Normal<'a> {
    /// When the call ended (`time`).
    pub time: Timestamp,
    /// The id of the event (`metadata_uid`); absent in some old and some hand-made logs.
    pub id: Option<Cow<'a, str>>,
    /// The version of the record format (`metadata_product_version`).
    pub version: Option<Cow<'a, str>>,
    /// `AwsApiCall`, `AwsConsoleSignIn`, … (`metadata_event_code`).
    pub event_type: Option<Cow<'a, str>>,
    /// `Management`, `Data`, `NetworkActivity`, `Insight`; old records say nothing, and are `Management`.
    pub event_category: Cow<'a, str>,
    /// The class of OCSF: 3001 Account Change, 3002 Authentication, 6003 API Activity, 6005 Datastore Activity.
    pub class_uid: i32,
    /// The activity within the class, as OCSF numbers it.
    pub activity_id: i32,
    /// The API operation (`api_operation`); of an Insight record the operation that stood out.
    pub operation: Cow<'a, str>,
    /// The service, such as `s3.amazonaws.com` (`api_service_name`).
    pub service: Cow<'a, str>,
    /// The error code of a refused call (`api_response_error`).
    pub error: Option<Cow<'a, str>>,
    /// The error message of a refused call (`api_response_message`).
    pub error_message: Option<Cow<'a, str>>,
    /// The id of the request (`api_request_uid`).
    pub request_id: Option<Cow<'a, str>>,
    /// Whether the call was refused (`status_id` 2, else 1). A refused sign-in has no error code.
    pub failed: bool,
    /// Whether the call could only read.
    pub read_only: Option<bool>,
    /// The type of the identity (`actor_user_type`).
    pub user_type: Option<Cow<'a, str>>,
    /// The ARN of the identity, else its principal id (`actor_user_uid`).
    pub user: Option<Cow<'a, str>>,
    /// The name of the user, or of the role of a session (`actor_user_name`).
    pub user_name: Option<Cow<'a, str>>,
    /// The account of the identity (`actor_user_account_uid`).
    pub user_account: Option<Cow<'a, str>>,
    /// The access key that signed (`actor_user_credential_uid`).
    pub key: Option<Cow<'a, str>>,
    /// The name of the role session (`actor_session_uid`).
    pub session: Option<Cow<'a, str>>,
    /// The ARN of who issued the session (`actor_session_issuer_uid`).
    pub issuer: Option<Cow<'a, str>>,
    /// Whether the session was opened with MFA (`actor_session_is_mfa`).
    pub mfa: Option<bool>,
    /// The identity that the first session of a chain carried (`actor_source_identity`).
    pub source_identity: Option<Cow<'a, str>>,
    /// The service that called on somebody's behalf (`actor_invoked_by`).
    pub invoked_by: Option<Cow<'a, str>>,
    /// The address of the caller, where it is one (`src_endpoint_ip`).
    pub ip: Option<Cow<'a, str>>,
    /// What stands in the place of an address: a service, `AWS Internal`, text that is no address (`src_endpoint_domain`).
    pub domain: Option<Cow<'a, str>>,
    /// The VPC endpoint (`src_endpoint_uid`).
    pub endpoint: Option<Cow<'a, str>>,
    /// What the client said it was (`http_request_user_agent`).
    pub user_agent: Option<Cow<'a, str>>,
    /// The region that answered (`cloud_region`).
    pub region: Option<Cow<'a, str>>,
    /// The account that received the event, else that of the identity (`cloud_account_uid`).
    pub account: Option<Cow<'a, str>>,
    /// ARNs, instances, buckets, users, keys and the like that stand in the parameters, the answer or the list of
    /// resources: each once, sorted (`resources_uid`, one a line).
    pub resources: Vec<Cow<'a, str>>,
    /// The id that copies of one event in several accounts share (`shared_event_uid`).
    pub shared_id: Option<Cow<'a, str>>,
}

/// Why a text is no CloudTrail record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotARecord {
    /// It is not JSON of a record's shape.
    #[error("{0}")]
    Shape(String),
    /// There is no `eventTime`, or nothing else that an event has.
    #[error("it has no `{0}`")]
    Lacks(&'static str),
    /// The time cannot be read.
    #[error("`eventTime` is `{0}`, not a time")]
    Time(String),
}

impl<'a> Normal<'a> {
    /// Reads the text of one record.
    ///
    /// # Errors
    /// Why it is none.
    pub fn of(text: &'a str) -> Result<Self, NotARecord> {
        // A list of values in the right order would pass for a record too.
        if !text.trim_start().starts_with('{') {
            return Err(NotARecord::Shape("it is no object".to_owned()));
        }
        let wire: Box<Wire<'a>> = serde_json::from_str(text).map_err(|error| NotARecord::Shape(error.to_string()))?;
        wire.normal()
    }

    /// Reads the record that a text begins with; how long it is comes with it. `None` where there is none.
    pub(crate) fn first_of(text: &'a str) -> Option<(Self, usize)> {
        let is_object = text.starts_with('{');
        let mut values = serde_json::Deserializer::from_str(text).into_iter::<Box<Wire<'a>>>();
        let wire = values.next().filter(|_| is_object)?.ok()?;
        Some((wire.normal().ok()?, values.byte_offset()))
    }

    /// The number of OCSF for class and activity together (`type_uid`).
    pub fn type_uid(&self) -> i64 {
        i64::from(self.class_uid) * 100 + i64::from(self.activity_id)
    }
}

object! {
    /// A record with the fields that the normal form rests on; every one may be missing or of another type.
    Wire {
        event_time: Loose<'a> = "eventTime",
        event_name: Loose<'a> = "eventName",
        event_source: Loose<'a> = "eventSource",
        event_version: Loose<'a> = "eventVersion",
        event_id: Loose<'a> = "eventID",
        event_type: Loose<'a> = "eventType",
        event_category: Loose<'a> = "eventCategory",
        aws_region: Loose<'a> = "awsRegion",
        source_ip_address: Loose<'a> = "sourceIPAddress",
        user_agent: Loose<'a> = "userAgent",
        user_identity: Who<'a> = "userIdentity",
        request_parameters: Touched<'a> = "requestParameters",
        response_elements: Touched<'a> = "responseElements",
        additional_event_data: Additional<'a> = "additionalEventData",
        error_code: Loose<'a> = "errorCode",
        error_message: Loose<'a> = "errorMessage",
        read_only: Loose<'a> = "readOnly",
        recipient_account_id: Loose<'a> = "recipientAccountId",
        resources: Touched<'a> = "resources",
        shared_event_id: Loose<'a> = "sharedEventID",
        request_id: Loose<'a> = "requestID",
        vpc_endpoint_id: Loose<'a> = "vpcEndpointId",
        insight_details: Insight<'a> = "insightDetails",
        addendum: Loose<'a> = "addendum",
    }
}

object! {
    /// Who called.
    Who {
        kind: Loose<'a> = "type",
        principal_id: Loose<'a> = "principalId",
        arn: Loose<'a> = "arn",
        account_id: Loose<'a> = "accountId",
        access_key_id: Loose<'a> = "accessKeyId" | "accesKeyId",
        user_name: Loose<'a> = "userName",
        invoked_by: Loose<'a> = "invokedBy",
        session_context: Context<'a> = "sessionContext",
    }
}

object! {
    /// The session behind temporary credentials.
    Context {
        session_issuer: Issuer<'a> = "sessionIssuer",
        source_identity: Loose<'a> = "sourceIdentity",
        attributes: Attributes<'a> = "attributes",
    }
}

object! {
    /// Who issued it.
    Issuer {
        arn: Loose<'a> = "arn",
        user_name: Loose<'a> = "userName",
    }
}

object! {
    /// How it was opened.
    Attributes {
        mfa_authenticated: Loose<'a> = "mfaAuthenticated",
    }
}

object! {
    /// More about a sign-in.
    Additional {
        mfa_used: Loose<'a> = "MFAUsed",
    }
}

object! {
    /// What stood out in an Insight.
    Insight {
        event_name: Loose<'a> = "eventName",
        event_source: Loose<'a> = "eventSource",
    }
}

/// It is large, and stays where it is read.
impl<'de: 'a, 'a> Deserialize<'de> for Box<Wire<'a>> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut wire = Self::default();
        wire.fill(from)?;
        Ok(wire)
    }
}

impl<'a> Wire<'a> {
    fn normal(self: Box<Self>) -> Result<Normal<'a>, NotARecord> {
        let said = self.event_time.text().ok_or(NotARecord::Lacks("eventTime"))?;
        let time = crate::record::instant(&said).ok_or_else(|| NotARecord::Time(said.into_owned()))?;
        let insight = self.insight_details;
        let operation = self.event_name.text().or_else(|| insight.event_name.text());
        let service = self.event_source.text().or_else(|| insight.event_source.text()).unwrap_or_default();
        let (id, event_type) = (self.event_id.text(), self.event_type.text());
        if operation.is_none() && id.is_none() && event_type.is_none() && self.addendum.text().is_none() {
            return Err(NotARecord::Lacks("eventName"));
        }
        let operation = operation.map(trimmed).unwrap_or_default();
        let event_category = self.event_category.text().unwrap_or(Cow::Borrowed("Management"));
        let error = self.error_code.text();
        let failed = error.is_some() || self.response_elements.refused;
        let who = self.user_identity;
        let context = who.session_context;
        let read_only = self.read_only.flag();
        let class = Class::of(&service, &operation, &event_category, read_only);
        let (user_type, arn) = (who.kind.text(), who.arn.text());
        let is_session = user_type.as_deref() == Some("AssumedRole");
        let session = arn.as_ref().filter(|_| is_session).and_then(|arn| {
            let (_, name) = arn.rsplit_once('/')?;
            Some(Cow::Owned(name.to_owned()))
        });
        let (ip, domain) = match self.source_ip_address.text() {
            Some(said) if said.parse::<IpAddr>().is_ok() => (Some(said), None),
            said => (None, said),
        };
        let user_account = who.account_id.text();
        let mut resources = self.request_parameters.found;
        resources.extend(self.response_elements.found);
        resources.extend(self.resources.found);
        resources.sort_unstable();
        resources.dedup();
        let used = self.additional_event_data.mfa_used;
        let mfa = context.attributes.mfa_authenticated.flag().or_else(|| match used.text()?.as_ref() {
            "Yes" => Some(true),
            "No" => Some(false),
            _ => None,
        });
        Ok(Normal {
            time,
            id,
            version: self.event_version.text(),
            event_type,
            event_category,
            class_uid: class.uid,
            activity_id: class.activity,
            operation,
            service,
            error,
            error_message: self.error_message.text(),
            request_id: self.request_id.text(),
            failed,
            read_only,
            user_type,
            user: arn.or_else(|| who.principal_id.text()),
            user_name: who.user_name.text().or_else(|| context.session_issuer.user_name.text()),
            account: self.recipient_account_id.text().or_else(|| user_account.clone()),
            user_account,
            key: who.access_key_id.text(),
            session,
            issuer: context.session_issuer.arn.text(),
            mfa,
            source_identity: context.source_identity.text(),
            invoked_by: who.invoked_by.text(),
            ip,
            domain,
            endpoint: self.vpc_endpoint_id.text(),
            user_agent: self.user_agent.text(),
            region: self.aws_region.text(),
            resources,
            shared_id: self.shared_event_id.text(),
        })
    }
}

/// Without the spaces around it, which the name of an operation has in some copied records.
fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) if text.trim().len() == text.len() => Cow::Owned(text),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}

#[cfg(test)]
mod tests;
