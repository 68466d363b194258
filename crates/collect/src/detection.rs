//! AWS Config, Security Hub and GuardDuty: whether they are on, region by region.

use std::collections::BTreeSet;

use forewarn_inventory::{
    Detection, Detector, DetectorDetails, Fact, Gap, Hub, Listing, Observed, Recorder, RecorderStatus,
};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::call::{Ask, Caller};
use crate::operations::{
    DESCRIBE_CONFIGURATION_RECORDER_STATUS, DESCRIBE_CONFIGURATION_RECORDERS, DESCRIBE_DELIVERY_CHANNELS, DESCRIBE_HUB,
    GET_DETECTOR, LIST_DETECTORS, Operation,
};
use crate::pages::{Part, gathered, pages};
use crate::session::Session;
use crate::signed::{Error, Request, encoded};
use crate::unasked::{Unasked as _, unasked};

/// Asks the detective services.
pub(crate) struct Asker<'a> {
    pub(crate) session: &'a Session,
    pub(crate) caller: &'a Caller,
    pub(crate) regions: &'a [String],
    pub(crate) needs: &'a BTreeSet<Fact>,
}

impl Asker<'_> {
    /// All of the regions.
    pub(crate) async fn all(&self) -> Detection {
        let (recorders, hubs, detectors) = tokio::join!(self.recorders(), self.hubs(), self.detectors());
        Detection { recorders, hubs, detectors }
    }

    async fn recorders(&self) -> Listing<Recorder> {
        if !self.needs.contains(&Fact::Recorders) {
            return Listing::unasked(Fact::Recorders);
        }
        gathered(join_all(self.regions.iter().map(|region| self.recorders_in(region))).await)
    }

    async fn recorders_in(&self, region: &str) -> Part<Recorder> {
        let ask = Ask::new(&DESCRIBE_CONFIGURATION_RECORDERS, region).on(region);
        let answer = self.caller.call(ask, || self.config(&DESCRIBE_CONFIGURATION_RECORDERS, region)).await;
        let listed = answer.and_then(|answer| {
            let listed = answer.as_ref().and_then(|answer| answer.get("ConfigurationRecorders")?.as_array());
            let listed = listed.ok_or_else(|| ask.malformed("no list of recorders in it"))?;
            let found: Option<Vec<Recorder>> = listed.iter().map(|one| recorder(one, region)).collect();
            found.ok_or_else(|| ask.malformed("a recorder without a name"))
        });
        let mut found = match listed {
            Ok(found) if found.is_empty() => return (found, None),
            Ok(found) => found,
            Err(gap) => return (Vec::new(), Some(gap)),
        };
        let (statuses, channels) = tokio::join!(
            self.of_region(
                Fact::RecorderStatus,
                &DESCRIBE_CONFIGURATION_RECORDER_STATUS,
                region,
                "ConfigurationRecordersStatus"
            ),
            self.of_region(Fact::DeliveryChannels, &DESCRIBE_DELIVERY_CHANNELS, region, "DeliveryChannels"),
        );
        for recorder in &mut found {
            recorder.status = match &statuses {
                Ok(all) => match all.iter().find(|one| text(one, "name").as_deref() == Some(&recorder.name)) {
                    None => Observed::Absent,
                    Some(one) => status(one).map_or_else(
                        || {
                            let ask = Ask::new(&DESCRIBE_CONFIGURATION_RECORDER_STATUS, region).on(region);
                            Observed::Unreadable(ask.malformed("it does not say whether the recorder records"))
                        },
                        Observed::Present,
                    ),
                },
                Err(gap) => Observed::Unreadable(gap.clone()),
            };
            recorder.channel = match &channels {
                Ok(all) => {
                    all.iter().find_map(|one| text(one, "s3BucketName")).map_or(Observed::Absent, Observed::Present)
                }
                Err(gap) => Observed::Unreadable(gap.clone()),
            };
        }
        (found, None)
    }

    /// The list `field` of what AWS Config says of a region.
    async fn of_region(
        &self,
        fact: Fact,
        operation: &'static Operation,
        region: &str,
        field: &str,
    ) -> Result<Vec<Value>, Gap> {
        if !self.needs.contains(&fact) {
            return Err(unasked(fact).on(region));
        }
        let ask = Ask::new(operation, region).on(region);
        let answer = self.caller.call(ask, || self.config(operation, region)).await?;
        let listed = answer.as_ref().and_then(|answer| answer.get(field)?.as_array());
        listed.cloned().ok_or_else(|| ask.malformed(format!("no `{field}` in it")))
    }

    async fn config(&self, operation: &'static Operation, region: &str) -> Result<Value, Error> {
        let host = self.session.host("config", region);
        let request = Request::enveloped("config", "StarlingDoveService", operation.name, region, host, json!({}));
        request.send(&self.session.config, self.caller.now()).await
    }

    async fn hubs(&self) -> Listing<Hub> {
        if !self.needs.contains(&Fact::Hubs) {
            return Listing::unasked(Fact::Hubs);
        }
        gathered(join_all(self.regions.iter().map(|region| self.hub_in(region))).await)
    }

    async fn hub_in(&self, region: &str) -> Part<Hub> {
        let ask = Ask::new(&DESCRIBE_HUB, region).on(region);
        let request = || self.get("securityhub", &DESCRIBE_HUB, region, "/accounts".to_owned());
        let answer = match self.caller.call(ask, request).await {
            Ok(answer) => answer,
            Err(gap) => return (Vec::new(), Some(gap)),
        };
        match answer.map(|answer| text(&answer, "HubArn")) {
            None => (Vec::new(), None),
            Some(Some(arn)) => (vec![Hub { arn, region: region.to_owned() }], None),
            Some(None) => (Vec::new(), Some(ask.malformed("no ARN in it"))),
        }
    }

    async fn detectors(&self) -> Listing<Detector> {
        if !self.needs.contains(&Fact::Detectors) {
            return Listing::unasked(Fact::Detectors);
        }
        gathered(join_all(self.regions.iter().map(|region| self.detectors_in(region))).await)
    }

    async fn detectors_in(&self, region: &str) -> Part<Detector> {
        let ask = Ask::new(&LIST_DETECTORS, region).on(region);
        let mut ids = Vec::new();
        let gap = pages(
            ask,
            self.caller,
            |token| {
                let more = token.map_or_else(String::new, |token| format!("&nextToken={}", encoded(&token)));
                self.get("guardduty", &LIST_DETECTORS, region, format!("/detector?maxResults=50{more}"))
            },
            |page: Value| {
                let listed = page.get("detectorIds").and_then(Value::as_array);
                for id in listed.ok_or_else(|| ask.malformed("no list of detectors in it"))? {
                    ids.push(id.as_str().ok_or_else(|| ask.malformed("an id that is no text"))?.to_owned());
                }
                Ok(text(&page, "nextToken"))
            },
        );
        let gap = gap.await.err();
        (join_all(ids.into_iter().map(|id| self.detector(region, id))).await, gap)
    }

    async fn detector(&self, region: &str, id: String) -> Detector {
        let details = if self.needs.contains(&Fact::DetectorDetails) {
            self.details(region, &id).await
        } else {
            Observed::Unreadable(unasked(Fact::DetectorDetails).on(&id))
        };
        Detector { id, region: region.to_owned(), details }
    }

    async fn details(&self, region: &str, id: &str) -> Observed<DetectorDetails> {
        let ask = Ask::new(&GET_DETECTOR, region).on(id);
        let request = || self.get("guardduty", &GET_DETECTOR, region, format!("/detector/{}", encoded(id)));
        let read = |answer: Value| {
            let Some(status) = text(&answer, "status") else {
                return Observed::Unreadable(ask.malformed("it does not say whether the detector is on"));
            };
            let features = answer.get("features").and_then(Value::as_array).into_iter().flatten();
            let on = features.filter(|one| text(one, "status").as_deref() == Some("ENABLED"));
            let mut features: Vec<String> = on.filter_map(|one| text(one, "name")).collect();
            features.sort();
            Observed::Present(DetectorDetails { enabled: status == "ENABLED", features })
        };
        self.caller.observe(ask, request, read).await
    }

    async fn get(
        &self,
        service: &'static str,
        operation: &'static Operation,
        region: &str,
        target: String,
    ) -> Result<Value, Error> {
        let request = Request {
            service,
            operation: operation.name,
            region,
            host: self.session.host(service, region),
            target,
            headers: &[],
            envelope: None,
            body: None,
        };
        request.send(&self.session.config, self.caller.now()).await
    }
}

fn text(value: &Value, field: &str) -> Option<String> {
    value.get(field).and_then(Value::as_str).map(str::to_owned)
}

fn texts(value: Option<&Value>) -> Vec<String> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// A recorder; `None` where it has no name. One without a recording group records every regional type.
fn recorder(given: &Value, region: &str) -> Option<Recorder> {
    let name = text(given, "name")?;
    let group = given.get("recordingGroup");
    let on = |field: &str| group.and_then(|group| group.get(field)).and_then(Value::as_bool);
    let excluded = group.and_then(|group| group.pointer("/exclusionByResourceTypes/resourceTypes"));
    Some(Recorder {
        status: Observed::Unreadable(unasked(Fact::RecorderStatus).on(region)),
        channel: Observed::Unreadable(unasked(Fact::DeliveryChannels).on(region)),
        name,
        region: region.to_owned(),
        all_types: on("allSupported").unwrap_or(group.is_none()),
        global_types: on("includeGlobalResourceTypes").unwrap_or(false),
        excluded_types: texts(excluded),
        types: texts(group.and_then(|group| group.get("resourceTypes"))),
    })
}

/// The status of a recorder; `None` where it does not say whether it records.
fn status(given: &Value) -> Option<RecorderStatus> {
    let recording = given.get("recording").and_then(Value::as_bool)?;
    Some(RecorderStatus { recording, last_status: text(given, "lastStatus") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recorder_that_does_not_say_whether_it_records_is_not_taken_for_a_stopped_one() {
        assert_eq!(status(&json!({ "name": "default", "lastStatus": "SUCCESS" })), None);
        assert!(!status(&json!({ "recording": false })).unwrap().recording);
    }
}
