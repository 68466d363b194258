//! Rows of Athena and of CloudTrail Lake, as CSV with a header: a record is put together from its columns.

use std::io::Read;

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::{Container, Fault, Sink, Summary};
use crate::normal::Normal;

/// A table of events, known by its header.
pub(super) struct Rows {
    delimiter: u8,
}

/// Columns of Athena's table for CloudTrail, in lower case as Athena shows them, and the fields that they are.
const COLUMNS: [(&str, &str); 28] = [
    ("additionaleventdata", "additionalEventData"),
    ("apiversion", "apiVersion"),
    ("awsregion", "awsRegion"),
    ("edgedevicedetails", "edgeDeviceDetails"),
    ("errorcode", "errorCode"),
    ("errormessage", "errorMessage"),
    ("eventcategory", "eventCategory"),
    ("eventid", "eventID"),
    ("eventname", "eventName"),
    ("eventsource", "eventSource"),
    ("eventtime", "eventTime"),
    ("eventtype", "eventType"),
    ("eventversion", "eventVersion"),
    ("insightdetails", "insightDetails"),
    ("managementevent", "managementEvent"),
    ("readonly", "readOnly"),
    ("recipientaccountid", "recipientAccountId"),
    ("requestid", "requestID"),
    ("requestparameters", "requestParameters"),
    ("resources", "resources"),
    ("responseelements", "responseElements"),
    ("serviceeventdetails", "serviceEventDetails"),
    ("sharedeventid", "sharedEventID"),
    ("sourceipaddress", "sourceIPAddress"),
    ("tlsdetails", "tlsDetails"),
    ("useragent", "userAgent"),
    ("useridentity", "userIdentity"),
    ("vpcendpointid", "vpcEndpointId"),
];

/// Fields inside structs, which Athena shows in lower case.
const FIELDS: [(&str, &str); 25] = [
    ("accesskeyid", "accessKeyId"),
    ("accountid", "accountId"),
    ("arn", "arn"),
    ("attributes", "attributes"),
    ("creationdate", "creationDate"),
    ("credentialid", "credentialId"),
    ("ec2roledelivery", "ec2RoleDelivery"),
    ("federatedprovider", "federatedProvider"),
    ("identityprovider", "identityProvider"),
    ("identitystorearn", "identityStoreArn"),
    ("inscopeof", "inScopeOf"),
    ("invokedby", "invokedBy"),
    ("mfaauthenticated", "mfaAuthenticated"),
    ("onbehalfof", "onBehalfOf"),
    ("principalid", "principalId"),
    ("sessioncontext", "sessionContext"),
    ("sessioncredentialfromconsole", "sessionCredentialFromConsole"),
    ("sessionissuer", "sessionIssuer"),
    ("sourceidentity", "sourceIdentity"),
    ("type", "type"),
    ("userid", "userId"),
    ("username", "userName"),
    ("webidfederationdata", "webIdFederationData"),
    ("arnprefix", "ARNPrefix"),
    ("issuertype", "issuerType"),
];

/// Columns that hold JSON as text.
const JSON: [&str; 6] = [
    "additionalEventData",
    "insightDetails",
    "requestParameters",
    "responseElements",
    "serviceEventDetails",
    "tlsDetails",
];

/// Structs within structs are followed so far.
const DEPTH: u8 = 8;

impl Rows {
    /// Whether a text begins with the header of such a table.
    pub(super) fn of(start: &[u8]) -> Option<Self> {
        if start.starts_with(b"{") || start.starts_with(b"[") {
            return None;
        }
        let line = start.get(..start.len().min(4096))?.split(|byte| *byte == b'\n').next()?;
        let header = std::str::from_utf8(line).ok()?.to_ascii_lowercase();
        let delimiter = if header.contains('\t') { b'\t' } else { b',' };
        let names: Vec<&str> = header.split(char::from(delimiter)).map(|name| name.trim().trim_matches('"')).collect();
        let is_table = names.contains(&"eventjson") || names.contains(&"eventtime") && names.contains(&"eventname");
        is_table.then_some(Self { delimiter })
    }

    /// Reads all rows.
    pub(super) fn read(&self, source: impl Read, summary: &mut Summary, sink: &mut Sink<'_>) {
        let mut rows = csv::ReaderBuilder::new().delimiter(self.delimiter).flexible(true).from_reader(source);
        let names: Vec<String> = match rows.headers() {
            Ok(header) => header.iter().map(|name| name.trim().to_ascii_lowercase()).collect(),
            Err(error) => return summary.fault(Fault { line: 1, byte: 0, record: None, reason: error.to_string() }),
        };
        let whole = names.iter().position(|name| name == "eventjson");
        let container = if whole.is_some() { Container::Lake } else { Container::Athena };
        summary.containers.entry(container).or_default();
        for (index, row) in (0..).zip(rows.records()) {
            let fault = |line: u64, byte: u64, reason: String| Fault { line, byte, record: Some(index), reason };
            let row = match row {
                Ok(row) => row,
                Err(error) => {
                    let place = error.position().map_or((0, 0), |at| (at.line(), at.byte()));
                    summary.fault(fault(place.0, place.1, error.to_string()));
                    // A row that is not UTF-8 is passed; anything else comes from the source and comes again.
                    if matches!(error.kind(), csv::ErrorKind::Utf8 { .. }) {
                        continue;
                    }
                    return;
                }
            };
            let (line, byte) = row.position().map_or((0, 0), |at| (at.line(), at.byte()));
            if row.len() != names.len() {
                let reason = format!("a row of {} cells, where the header has {}", row.len(), names.len());
                summary.fault(fault(line, byte, reason));
                continue;
            }
            let text = match whole.and_then(|at| row.get(at)) {
                Some(text) => text.to_owned(),
                None => record(&names, &row).to_string(),
            };
            match Normal::of(&text) {
                Ok(normal) => {
                    *summary.containers.entry(container).or_default() += 1;
                    sink(&text, &normal);
                }
                Err(why) => summary.fault(fault(line, byte, format!("not a CloudTrail record: {why}"))),
            }
        }
    }
}

/// The record that a row of Athena was made from.
fn record(names: &[String], row: &csv::StringRecord) -> Value {
    let mut fields = Map::new();
    for (name, cell) in names.iter().zip(row) {
        if cell.is_empty() || cell == "null" {
            continue;
        }
        let Some((_, field)) = COLUMNS.iter().find(|(column, _)| column == name) else { continue };
        let value = match *field {
            "userIdentity" | "resources" if serde_json::from_str::<&RawValue>(cell).is_err() => {
                let mut rest = cell.trim();
                structured(&mut rest, DEPTH).unwrap_or_else(|| cell.into())
            }
            "readOnly" | "managementEvent" => cell.parse::<bool>().map_or_else(|_| cell.into(), Value::Bool),
            name if JSON.contains(&name) || name == "userIdentity" || name == "resources" => {
                serde_json::from_str(cell).unwrap_or_else(|_| cell.into())
            }
            _ => cell.into(),
        };
        fields.insert((*field).to_owned(), value);
    }
    Value::Object(fields)
}

/// Reads `{name=value, …}`, `[…]` or plain text, as Athena prints structs and lists. `None` = it is not such a text.
fn structured(rest: &mut &str, depth: u8) -> Option<Value> {
    let depth = depth.checked_sub(1)?;
    if let Some(inside) = rest.strip_prefix('{') {
        *rest = inside;
        let mut fields = Map::new();
        loop {
            *rest = rest.trim_start_matches([',', ' ']);
            if let Some(after) = rest.strip_prefix('}') {
                *rest = after;
                return Some(Value::Object(fields));
            }
            let (name, after) = rest.split_once('=')?;
            *rest = after;
            let known = FIELDS.iter().find(|(column, _)| *column == name).map_or(name, |(_, field)| field);
            fields.insert(known.to_owned(), structured(rest, depth)?);
        }
    }
    if let Some(inside) = rest.strip_prefix('[') {
        *rest = inside;
        let mut items = Vec::new();
        loop {
            *rest = rest.trim_start_matches([',', ' ']);
            if let Some(after) = rest.strip_prefix(']') {
                *rest = after;
                return Some(Value::Array(items));
            }
            items.push(structured(rest, depth)?);
        }
    }
    let end = end_of_text(rest)?;
    let (text, after) = rest.split_at(end);
    *rest = after;
    Some(if text == "null" { Value::Null } else { text.into() })
}

/// Where a plain value ends: before the bracket that closes, or before a comma that a known name follows.
fn end_of_text(rest: &str) -> Option<usize> {
    let next = |at: usize| {
        let after = rest.get(at + 2..).unwrap_or_default();
        let name = after.split('=').next().unwrap_or_default();
        FIELDS.iter().any(|(column, _)| *column == name)
    };
    let closes = |(at, c): &(usize, char)| {
        matches!(c, '}' | ']') || *c == ',' && rest.get(*at..).is_some_and(|text| text.starts_with(", ")) && next(*at)
    };
    rest.char_indices().find(closes).map(|(at, _)| at)
}
