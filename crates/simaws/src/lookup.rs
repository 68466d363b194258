//! `LookupEvents`: what the served account remembers, newest first, filtered by one attribute.

use std::collections::BTreeMap;

use forewarn_inventory::{Account, Cause, Gap, KeyCall};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::call::Call;
use crate::fault::Trouble;
use crate::text::epoch;

/// An event of the log as the operation gives it.
#[derive(Debug)]
pub(crate) struct Listed {
    time: Timestamp,
    region: String,
    id: String,
    name: String,
    source: String,
    read_only: bool,
    key: Option<String>,
    user: Option<String>,
    resources: Vec<(String, String)>,
    record: String,
}

pub(crate) fn answer(call: &Call<'_>) -> Result<Value, Trouble> {
    let trail = &call.account.trail;
    let unread = trail.changes.rest.iter().chain(&trail.key_use.rest);
    let answered =
        |gap: &&Gap| gap.operation == call.operation && !matches!(gap.cause, Cause::OutOfBudget | Cause::NotAsked);
    let unread: Vec<Gap> = unread.filter(answered).cloned().collect();
    if let Some(gap) = call.regional_cut(&unread) {
        return Err(Trouble::Gap(gap.clone()));
    }
    let json = &call.incoming.json;
    let attributes = json.get("LookupAttributes").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let wrong = |code, message| Err(Call::failure(400, code, message));
    let ([_] | []) = attributes else {
        return wrong("InvalidLookupAttributesException", "You may specify at most one lookup attribute");
    };
    if json.get("MaxResults").and_then(Value::as_i64).is_some_and(|most| !(1..=50).contains(&most)) {
        return wrong("InvalidMaxResultsException", "MaxResults must be between 1 and 50");
    }
    let bound = |name: &str| json.get(name).and_then(Value::as_f64);
    let (start, end) = (bound("StartTime"), bound("EndTime"));
    if let (Some(start), Some(end)) = (start, end)
        && start > end
    {
        return wrong("InvalidTimeRangeException", "The start time is after the end time");
    }
    let attribute = attributes.first().map(|attribute| {
        let text = |name: &str| attribute.get(name).and_then(Value::as_str).unwrap_or_default();
        (text("AttributeKey"), text("AttributeValue"))
    });
    let log = call.world.log(call.account);
    let asked = |event: &&Listed| {
        #[expect(clippy::cast_precision_loss, reason = "AWS sends a floating-point number too")]
        let second = event.time.as_second() as f64;
        event.region == call.region
            && start.is_none_or(|start| second >= start)
            && end.is_none_or(|end| second <= end)
            && attribute.is_none_or(|(key, value)| event.has(key, value))
    };
    let listed: Vec<&Listed> = log.iter().filter(asked).collect();
    let page = call.page(listed.len(), None, "NextToken", "MaxResults")?;
    let shown: Vec<Value> = page.of(&listed).iter().map(|event| event.shown()).collect();
    let mut fields = Map::from_iter([("Events".to_owned(), shown.into())]);
    fields.extend(page.next.map(|next| ("NextToken".to_owned(), next.into())));
    Ok(Value::Object(fields))
}

/// Every event of an account, each once, the newest first; `more` are records that the inventory does not name.
pub(crate) fn log(account: &Account, more: &[Value]) -> Vec<Listed> {
    let trail = &account.trail;
    let own = trail.changes.iter().map(|event| event.raw().clone());
    let calls = trail.key_use.iter().map(record);
    let mut known = BTreeMap::new();
    for raw in own.chain(more.iter().cloned()).chain(calls) {
        if let Some(event) = Listed::of(&raw) {
            known.entry(event.id.clone()).or_insert(event);
        }
    }
    let mut log: Vec<Listed> = known.into_values().collect();
    log.sort_by(|one, other| (other.time, &other.id).cmp(&(one.time, &one.id)));
    log
}

/// A record that says of a call what the inventory knows of it.
fn record(call: &KeyCall) -> Value {
    let place = call.address.map(|address| address.to_string()).or_else(|| call.service.clone());
    let name = call.user.rsplit(['/', ':']).next().unwrap_or_default();
    let identity = if call.user.ends_with(":root") {
        json!({ "type": "Root", "arn": call.user, "accessKeyId": call.key })
    } else {
        json!({ "type": "IAMUser", "arn": call.user, "accessKeyId": call.key, "userName": name })
    };
    let reads = ["Get", "List", "Describe", "Lookup", "Head"].iter().any(|start| call.name.starts_with(start));
    json!({
        "eventVersion": "1.11", "eventTime": call.time.to_string(), "eventName": call.name, "eventSource": call.source,
        "eventID": call.event, "awsRegion": call.region, "sourceIPAddress": place, "userAgent": call.agent,
        "readOnly": reads, "userIdentity": identity, "requestParameters": null, "responseElements": null,
        "eventType": "AwsApiCall", "managementEvent": true, "eventCategory": "Management",
    })
}

impl Listed {
    fn of(raw: &Value) -> Option<Self> {
        let text = |pointer: &str| raw.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let session = text("/userIdentity/arn").filter(|arn| arn.contains(":assumed-role/"));
        let session = session.and_then(|arn| arn.rsplit('/').next().map(str::to_owned));
        let root = text("/userIdentity/type").filter(|kind| kind == "Root").map(|_| "root".to_owned());
        let named = raw.get("resources").and_then(Value::as_array).into_iter().flatten();
        let mut resources: Vec<(String, String)> = named
            .filter_map(|resource| {
                let name = resource.get("ARN")?.as_str()?.to_owned();
                let kind = resource.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
                Some((kind, name))
            })
            .collect();
        resources.extend(
            text("/responseElements/credentials/accessKeyId").map(|key| ("AWS::IAM::AccessKey".to_owned(), key)),
        );
        Some(Self {
            time: text("/eventTime")?.parse().ok()?,
            region: text("/awsRegion").unwrap_or_else(|| "us-east-1".to_owned()),
            id: text("/eventID")?,
            name: text("/eventName")?,
            source: text("/eventSource").unwrap_or_default(),
            read_only: raw.get("readOnly").and_then(Value::as_bool).unwrap_or(false),
            key: text("/userIdentity/accessKeyId"),
            user: text("/userIdentity/userName").or(session).or(root),
            resources,
            record: raw.to_string(),
        })
    }

    fn has(&self, attribute: &str, value: &str) -> bool {
        match attribute {
            "EventId" => self.id == value,
            "EventName" => self.name == value,
            "EventSource" => self.source == value,
            "ReadOnly" => self.read_only.to_string() == value,
            "AccessKeyId" => self.key.as_deref() == Some(value),
            "Username" => self.user.as_deref() == Some(value),
            "ResourceName" => self.resources.iter().any(|(_, name)| name == value),
            "ResourceType" => self.resources.iter().any(|(kind, _)| kind == value),
            _ => false,
        }
    }

    fn shown(&self) -> Value {
        let resources: Vec<Value> =
            self.resources.iter().map(|(kind, name)| json!({ "ResourceType": kind, "ResourceName": name })).collect();
        let mut fields = Map::new();
        for (name, text) in [
            ("EventId", Some(&self.id)),
            ("EventName", Some(&self.name)),
            ("EventSource", Some(&self.source)),
            ("AccessKeyId", self.key.as_ref()),
            ("Username", self.user.as_ref()),
            ("CloudTrailEvent", Some(&self.record)),
        ] {
            fields.extend(text.map(|text| (name.to_owned(), text.as_str().into())));
        }
        fields.insert("ReadOnly".to_owned(), self.read_only.to_string().into());
        fields.insert("EventTime".to_owned(), epoch(self.time));
        fields.insert("Resources".to_owned(), resources.into());
        Value::Object(fields)
    }
}
