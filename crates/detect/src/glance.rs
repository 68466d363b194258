//! The first look at an event: what the columns of a store say of it, before its record is parsed.
//!
//! Most events are wanted by nobody, and parsing a record costs more than all else that is done with it. So rules and
//! detectors are asked first. A glance may take an event for wanted that is not, never the other way round.

use forewarn_events::Normal;
use jiff::Timestamp;

/// What is known of an event without its record being parsed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Glance<'a> {
    /// The id of the event.
    pub id: &'a str,
    /// When.
    pub time: Timestamp,
    /// The operation, without spaces around it.
    pub operation: &'a str,
    /// The service.
    pub service: &'a str,
    /// The error code.
    pub error: Option<&'a str>,
    /// Whether the call could only read.
    pub read_only: Option<bool>,
    /// The type of the identity.
    pub user_type: Option<&'a str>,
    /// Its ARN, else its principal id.
    pub user: Option<&'a str>,
    /// The access key.
    pub key: Option<&'a str>,
    /// The role of the session.
    pub issuer: Option<&'a str>,
    /// The service that called on somebody's behalf.
    pub invoked_by: Option<&'a str>,
    /// The address.
    pub ip: Option<&'a str>,
    /// What stands in the place of an address.
    pub domain: Option<&'a str>,
    /// The user agent.
    pub agent: Option<&'a str>,
    /// The region.
    pub region: Option<&'a str>,
    /// The type of the event.
    pub event_type: Option<&'a str>,
    /// The record, as it was delivered.
    pub raw: &'a str,
}

impl<'a> Glance<'a> {
    /// The glance at a record that was read to its normal form.
    pub fn of(normal: &'a Normal<'a>, id: &'a str, raw: &'a str) -> Self {
        Self {
            id,
            time: normal.time,
            operation: &normal.operation,
            service: &normal.service,
            error: normal.error.as_deref(),
            read_only: normal.read_only,
            user_type: normal.user_type.as_deref(),
            user: normal.user.as_deref(),
            key: normal.key.as_deref(),
            issuer: normal.issuer.as_deref(),
            invoked_by: normal.invoked_by.as_deref(),
            ip: normal.ip.as_deref(),
            domain: normal.domain.as_deref(),
            agent: normal.user_agent.as_deref(),
            region: normal.region.as_deref(),
            event_type: normal.event_type.as_deref(),
            raw,
        }
    }

    /// Whether it is this call.
    pub(crate) fn is(&self, source: &str, name: &str) -> bool {
        self.service.trim() == source && self.operation == name
    }

    /// Whether the record says that the call was refused, by an error code; a refused sign-in has none.
    pub(crate) fn has_error(&self) -> bool {
        self.error.is_some()
    }

    /// Whether the answer may hold the credentials of a session. A name may be written with escapes.
    pub(crate) fn may_give_credentials(&self) -> bool {
        self.raw.contains("\"credentials\"") || self.raw.contains("\\u00")
    }
}

/// The texts of a glance, in a fixed order.
const TEXTS: usize = 15;

/// A glance that is kept: all of its texts end to end.
#[derive(Debug, Clone, Default)]
pub struct Held {
    all: String,
    /// Where each text ends, and whether it is there.
    ends: [(u32, bool); TEXTS],
    time: Timestamp,
    read_only: Option<bool>,
}

impl Held {
    /// Keeps a glance.
    pub fn of(glance: &Glance<'_>) -> Self {
        let texts: [Option<&str>; TEXTS] = [
            Some(glance.id),
            Some(glance.operation),
            Some(glance.service),
            glance.error,
            glance.user_type,
            glance.user,
            glance.key,
            glance.issuer,
            glance.invoked_by,
            glance.ip,
            glance.domain,
            glance.agent,
            glance.region,
            glance.event_type,
            Some(glance.raw),
        ];
        let mut held = Self {
            all: String::with_capacity(texts.iter().flatten().map(|text| text.len()).sum()),
            time: glance.time,
            read_only: glance.read_only,
            ..Self::default()
        };
        for (end, text) in held.ends.iter_mut().zip(texts) {
            held.all.push_str(text.unwrap_or_default());
            // Longer than 4 GB is no record; then it does not read.
            *end = (u32::try_from(held.all.len()).unwrap_or(u32::MAX), text.is_some());
        }
        held
    }

    /// The glance again.
    pub(crate) fn glance(&self) -> Glance<'_> {
        let mut start = 0;
        let [
            id,
            operation,
            service,
            error,
            user_type,
            user,
            key,
            issuer,
            invoked_by,
            ip,
            domain,
            agent,
            region,
            event_type,
            raw,
        ] = self.ends.map(|(end, is_there)| {
            let end = end as usize;
            let text = self.all.get(start..end);
            start = end;
            text.filter(|_| is_there)
        });
        Glance {
            id: id.unwrap_or_default(),
            time: self.time,
            operation: operation.unwrap_or_default(),
            service: service.unwrap_or_default(),
            error,
            read_only: self.read_only,
            user_type,
            user,
            key,
            issuer,
            invoked_by,
            ip,
            domain,
            agent,
            region,
            event_type,
            raw: raw.unwrap_or_default(),
        }
    }

    /// When.
    pub(crate) fn time(&self) -> Timestamp {
        self.time
    }
}
