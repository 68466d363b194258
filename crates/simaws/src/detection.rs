//! AWS Config (JSON 1.1), Security Hub and GuardDuty (REST with JSON).

use forewarn_inventory::{Detector, Observed, Recorder};
use serde_json::{Map, Value, json};

use crate::answer::Reply;
use crate::call::{Call, Service};
use crate::fault::{Trouble, read};

pub(crate) fn answer(call: &Call<'_>) -> Result<Reply, Trouble> {
    match (call.service, call.action()) {
        (Service::Config, "DescribeConfigurationRecorders") => {
            recorders(call, |_| Ok(true), "ConfigurationRecorders", recorder)
        }
        (Service::Config, "DescribeConfigurationRecorderStatus") => recorders(
            call,
            |recorder| Ok(read(&recorder.status)?.is_some()),
            "ConfigurationRecordersStatus",
            recorder_status,
        ),
        (Service::Config, "DescribeDeliveryChannels") => recorders(
            call,
            |recorder| Ok(read(&recorder.channel)?.is_some()),
            "DeliveryChannels",
            |recorder| json!({ "name": recorder.name, "s3BucketName": recorder.channel.present() }),
        ),
        (Service::SecurityHub, "DescribeHub") => hub(call),
        (Service::GuardDuty, "ListDetectors") => detectors(call),
        (Service::GuardDuty, "GetDetector") => detector(call),
        _ => Err(call.unserved()),
    }
}

/// What AWS Config says of the recorders of the region that `shows` lets through.
fn recorders(
    call: &Call<'_>,
    shows: fn(&Recorder) -> Result<bool, Trouble>,
    field: &str,
    each: fn(&Recorder) -> Value,
) -> Result<Reply, Trouble> {
    let all = &call.account.detection.recorders;
    if let Some(gap) = call.regional_cut(&all.rest) {
        return Err(Trouble::Gap(gap.clone()));
    }
    let mut listed = Vec::new();
    for recorder in all.iter().filter(|recorder| recorder.region == call.region) {
        if shows(recorder)? {
            listed.push(each(recorder));
        }
    }
    Ok(Reply::json(&json!({ field: listed })))
}

fn recorder(recorder: &Recorder) -> Value {
    json!({ "name": recorder.name, "recordingGroup": {
        "allSupported": recorder.all_types,
        "includeGlobalResourceTypes": recorder.global_types,
        "resourceTypes": recorder.types,
        "exclusionByResourceTypes": { "resourceTypes": recorder.excluded_types },
    } })
}

fn recorder_status(recorder: &Recorder) -> Value {
    let mut made = Map::new();
    made.insert("name".to_owned(), recorder.name.as_str().into());
    if let Observed::Present(status) = &recorder.status {
        made.insert("recording".to_owned(), status.recording.into());
        made.extend(status.last_status.as_deref().map(|last| ("lastStatus".to_owned(), last.into())));
    }
    Value::Object(made)
}

fn rest(body: &Value) -> Reply {
    Reply { content_type: "application/json", ..Reply::json(body) }
}

fn hub(call: &Call<'_>) -> Result<Reply, Trouble> {
    let all = &call.account.detection.hubs;
    if let Some(gap) = call.regional_cut(&all.rest) {
        return Err(Trouble::Gap(gap.clone()));
    }
    let Some(hub) = all.iter().find(|hub| hub.region == call.region) else {
        let message = format!("Account {} is not subscribed to AWS Security Hub", call.account.id);
        return Err(Call::failure(401, "InvalidAccessException", message));
    };
    Ok(rest(&json!({ "HubArn": hub.arn, "AutoEnableControls": true })))
}

fn detectors(call: &Call<'_>) -> Result<Reply, Trouble> {
    let all = &call.account.detection.detectors;
    let here: Vec<&Detector> = all.iter().filter(|detector| detector.region == call.region).collect();
    let page = call.page(here.len(), call.regional_cut(&all.rest), "nextToken", "maxResults")?;
    let ids: Vec<&str> = page.of(&here).iter().map(|detector| detector.id.as_str()).collect();
    let mut body = json!({ "detectorIds": ids });
    if let (Some(next), Some(fields)) = (page.next.clone(), body.as_object_mut()) {
        fields.insert("nextToken".to_owned(), next.into());
    }
    Ok(rest(&body))
}

fn detector(call: &Call<'_>) -> Result<Reply, Trouble> {
    let id = call.resource.as_deref().unwrap_or_default();
    let all = call.account.detection.detectors.iter();
    let known = all.clone().find(|detector| detector.id == id && detector.region == call.region);
    let details = known.map(|detector| read(&detector.details)).transpose()?.flatten();
    let Some(details) = details else {
        let message = "The request is rejected because the input detectorId is not owned by the current account.";
        return Err(Call::failure(400, "BadRequestException", message));
    };
    let features: Vec<Value> =
        details.features.iter().map(|name| json!({ "name": name, "status": "ENABLED" })).collect();
    let status = if details.enabled { "ENABLED" } else { "DISABLED" };
    Ok(rest(&json!({ "status": status, "features": features })))
}
