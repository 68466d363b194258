//! CloudTrail: JSON 1.1, region by region.

use forewarn_inventory::{EventDataStore, EventSelector, FieldSelector, Trail};
use serde_json::{Map, Value, json};

use crate::answer::Reply;
use crate::call::Call;
use crate::fault::{Trouble, read};
use crate::text::epoch;

pub(crate) fn answer(call: &Call<'_>) -> Result<Reply, Trouble> {
    let value = match call.action() {
        "DescribeTrails" => describe_trails(call)?,
        "GetTrailStatus" => trail_status(call)?,
        "GetEventSelectors" => event_selectors(call)?,
        "GetInsightSelectors" => insight_selectors(call)?,
        "ListEventDataStores" => list_event_data_stores(call)?,
        "LookupEvents" => crate::lookup::answer(call)?,
        _ => return Err(call.unserved()),
    };
    Ok(Reply::json(&value))
}

/// Adds a field where there is something to say.
fn put(fields: &mut Map<String, Value>, name: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        fields.insert(name.to_owned(), value.into());
    }
}

/// Whether the trail shows in `region`: at home, and as a shadow where it records every region.
fn shows(trail: &Trail, region: &str, shadows: bool) -> bool {
    trail.home_region == region || (shadows && trail.multi_region)
}

fn describe_trails(call: &Call<'_>) -> Result<Value, Trouble> {
    let trails = &call.account.trail.trails;
    if let Some(gap) = call.regional_cut(&trails.rest) {
        return Err(Trouble::Gap(gap.clone()));
    }
    let shadows = call.incoming.json.get("includeShadowTrails").and_then(Value::as_bool).unwrap_or(true);
    let names = call.incoming.json.get("trailNameList").and_then(Value::as_array).filter(|names| !names.is_empty());
    let list: Vec<Value> = trails
        .iter()
        .filter(|trail| shows(trail, &call.region, shadows))
        .filter(|trail| {
            names.is_none_or(|names| {
                names.iter().filter_map(Value::as_str).any(|name| name == trail.name || name == trail.arn)
            })
        })
        .map(describe)
        .collect();
    Ok(json!({ "trailList": list }))
}

fn describe(trail: &Trail) -> Value {
    let selectors = trail.selectors.present();
    let mut fields = Map::new();
    put(&mut fields, "Name", Some(trail.name.as_str()));
    put(&mut fields, "S3BucketName", Some(trail.bucket.as_str()));
    put(&mut fields, "S3KeyPrefix", trail.prefix.as_deref());
    if let Some(topic) = &trail.sns_topic_arn {
        put(&mut fields, "SnsTopicName", topic.rsplit(':').next());
        put(&mut fields, "SnsTopicARN", Some(topic.as_str()));
    }
    put(&mut fields, "IncludeGlobalServiceEvents", Some(trail.global_events));
    put(&mut fields, "IsMultiRegionTrail", Some(trail.multi_region));
    put(&mut fields, "HomeRegion", Some(trail.home_region.as_str()));
    put(&mut fields, "TrailARN", Some(trail.arn.as_str()));
    put(&mut fields, "LogFileValidationEnabled", Some(trail.log_validation));
    put(&mut fields, "CloudWatchLogsLogGroupArn", trail.log_group_arn.as_deref());
    put(&mut fields, "KmsKeyId", trail.kms_key.as_deref());
    put(
        &mut fields,
        "HasCustomEventSelectors",
        Some(selectors.is_some_and(|found| !found.advanced.is_empty() || found.basic.iter().any(is_custom))),
    );
    put(&mut fields, "HasInsightSelectors", Some(trail.insights.present().is_some_and(|types| !types.is_empty())));
    put(&mut fields, "IsOrganizationTrail", Some(trail.organization));
    Value::Object(fields)
}

fn is_custom(selector: &EventSelector) -> bool {
    selector.read_write != "All"
        || !selector.management_events
        || !selector.data.is_empty()
        || !selector.excluded_sources.is_empty()
}

/// The trail that a call names: by ARN wherever it shows, by name at home only.
fn named_trail<'w>(call: &Call<'w>, parameter: &str) -> Result<&'w Trail, Trouble> {
    let name = call.parameter(parameter).unwrap_or_default();
    let by_arn = name.starts_with("arn:");
    if !by_arn && (name.len() < 3 || name.len() > 128) {
        let message = "Trail name must be between 3 and 128 characters";
        return Err(Call::failure(400, "InvalidTrailNameException", message));
    }
    call.account
        .trail
        .trails
        .iter()
        .find(|trail| {
            if by_arn {
                trail.arn == name && shows(trail, &call.region, true)
            } else {
                trail.name == name && trail.home_region == call.region
            }
        })
        .ok_or_else(|| unknown_trail(call, name))
}

fn unknown_trail(call: &Call<'_>, name: &str) -> Trouble {
    Call::failure(400, "TrailNotFoundException", format!("Unknown trail: {name} for the user: {}", call.account.id))
}

fn trail_status(call: &Call<'_>) -> Result<Value, Trouble> {
    let trail = named_trail(call, "Name")?;
    let status = read(&trail.status)?.ok_or_else(|| unknown_trail(call, &trail.name))?;
    let mut fields = Map::new();
    put(&mut fields, "IsLogging", Some(status.logging));
    put(&mut fields, "LatestDeliveryError", status.delivery_error.as_deref());
    put(&mut fields, "LatestNotificationError", status.notification_error.as_deref());
    put(&mut fields, "LatestDeliveryTime", status.latest_delivery.map(epoch));
    put(&mut fields, "StartLoggingTime", status.started.map(epoch));
    put(&mut fields, "StopLoggingTime", status.stopped.map(epoch));
    put(&mut fields, "LatestCloudWatchLogsDeliveryError", status.log_group_error.as_deref());
    put(&mut fields, "LatestCloudWatchLogsDeliveryTime", status.latest_log_group_delivery.map(epoch));
    put(&mut fields, "LatestDigestDeliveryError", status.digest_error.as_deref());
    put(&mut fields, "TimeLoggingStarted", Some(status.started.map(crate::text::iso).unwrap_or_default()));
    put(&mut fields, "TimeLoggingStopped", Some(status.stopped.map(crate::text::iso).unwrap_or_default()));
    Ok(Value::Object(fields))
}

fn event_selectors(call: &Call<'_>) -> Result<Value, Trouble> {
    let trail = named_trail(call, "TrailName")?;
    let selectors = read(&trail.selectors)?;
    let mut fields = Map::new();
    put(&mut fields, "TrailARN", Some(trail.arn.as_str()));
    if let Some(selectors) = selectors {
        if selectors.advanced.is_empty() {
            let basic: Vec<Value> = selectors.basic.iter().map(basic).collect();
            put(&mut fields, "EventSelectors", Some(basic));
        } else {
            let advanced: Vec<Value> = selectors.advanced.iter().map(|fields| advanced(fields)).collect();
            put(&mut fields, "AdvancedEventSelectors", Some(advanced));
        }
    }
    Ok(Value::Object(fields))
}

fn basic(selector: &EventSelector) -> Value {
    let data: Vec<Value> =
        selector.data.iter().map(|(kind, values)| json!({ "Type": kind, "Values": values })).collect();
    json!({
        "ReadWriteType": selector.read_write,
        "IncludeManagementEvents": selector.management_events,
        "DataResources": data,
        "ExcludeManagementEventSources": selector.excluded_sources,
    })
}

fn advanced(fields: &[FieldSelector]) -> Value {
    let list: Vec<Value> = fields
        .iter()
        .map(|selector| {
            let mut made = Map::new();
            put(&mut made, "Field", Some(selector.field.as_str()));
            for (name, values) in [
                ("Equals", &selector.equals),
                ("StartsWith", &selector.starts_with),
                ("EndsWith", &selector.ends_with),
                ("NotEquals", &selector.not_equals),
                ("NotStartsWith", &selector.not_starts_with),
                ("NotEndsWith", &selector.not_ends_with),
            ] {
                put(&mut made, name, (!values.is_empty()).then(|| values.clone()));
            }
            Value::Object(made)
        })
        .collect();
    json!({ "FieldSelectors": list })
}

fn insight_selectors(call: &Call<'_>) -> Result<Value, Trouble> {
    let trail = named_trail(call, "TrailName")?;
    let insights = read(&trail.insights)?.ok_or_else(|| {
        let message =
            format!("Trail {} does not have Insights enabled. Edit the trail settings to enable it.", trail.arn);
        Call::failure(400, "InsightNotEnabledException", message)
    })?;
    let list: Vec<Value> = insights.iter().map(|kind| json!({ "InsightType": kind })).collect();
    Ok(json!({ "TrailARN": trail.arn, "InsightSelectors": list }))
}

fn list_event_data_stores(call: &Call<'_>) -> Result<Value, Trouble> {
    let stores = &call.account.trail.event_data_stores;
    let here: Vec<&EventDataStore> = stores.iter().filter(|store| store.region == call.region).collect();
    let page = call.page(here.len(), call.regional_cut(&stores.rest), "NextToken", "MaxResults")?;
    let list: Vec<Value> = page
        .of(&here)
        .iter()
        .map(|store| {
            let mut fields = Map::new();
            put(&mut fields, "EventDataStoreArn", Some(store.arn.as_str()));
            put(&mut fields, "Name", Some(store.name.as_str()));
            put(&mut fields, "Status", store.status.as_deref());
            Value::Object(fields)
        })
        .collect();
    let mut fields = Map::new();
    put(&mut fields, "EventDataStores", Some(list));
    put(&mut fields, "NextToken", page.next);
    Ok(Value::Object(fields))
}
