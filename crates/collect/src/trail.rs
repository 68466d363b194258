//! `CloudTrail`: every trail once, however many regions show it.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::types::{AdvancedEventSelector, EventSelector as SelectorType, Trail as TrailType};
use forewarn_inventory::{
    CloudTrail, EventDataStore, EventSelector, Fact, FieldSelector, Listing, Observed, Selectors, Trail, TrailStatus,
};
use futures_util::StreamExt as _;
use futures_util::future::join_all;
use futures_util::stream;

use crate::call::{Ask, Caller};
use crate::clients::Regional;
use crate::convert::when;
use crate::operations::{
    DESCRIBE_TRAILS, GET_EVENT_SELECTORS, GET_INSIGHT_SELECTORS, GET_TRAIL_STATUS, LIST_EVENT_DATA_STORES,
};
use crate::pages::{Part, gathered, pages};
use crate::progress::Steps;
use crate::unasked::{Unasked as _, unasked};

/// Asks `CloudTrail`.
pub(crate) struct Asker<'a> {
    pub(crate) clients: &'a Regional<Client>,
    pub(crate) caller: &'a Caller,
    pub(crate) regions: &'a [String],
    pub(crate) needs: &'a BTreeSet<Fact>,
    /// How many trails are looked at side by side.
    pub(crate) side_by_side: usize,
}

impl Asker<'_> {
    /// The trails and event data stores of the regions.
    pub(crate) async fn all(&self, steps: &Steps<'_>) -> CloudTrail {
        let (trails, event_data_stores) = tokio::join!(self.trails(steps), self.event_data_stores());
        CloudTrail { trails, event_data_stores, ..CloudTrail::default() }
    }

    /// Every region is asked, shadow trails included: the copies that other regions show of a multi-region trail, and
    /// that a member account shows of an organisation's, are the same trail by ARN. So a region that cannot be asked
    /// loses only what lives there alone.
    async fn trails(&self, steps: &Steps<'_>) -> Listing<Trail> {
        if !self.needs.contains(&Fact::Trails) {
            return Listing::unasked(Fact::Trails);
        }
        let asked = self.regions.iter().map(|region| steps.step(self.described(region)));
        let mut found: BTreeMap<String, Trail> = BTreeMap::new();
        let mut rest = Vec::new();
        for (trails, gap) in join_all(asked).await {
            rest.extend(gap);
            for trail in trails {
                found.entry(trail.arn.clone()).or_insert(trail);
            }
        }
        steps.grow(self.regions.len() + found.len());
        let looks = stream::iter(found.into_values()).map(|trail| steps.step(self.trail(trail)));
        let mut items: Vec<Trail> = looks.buffer_unordered(self.side_by_side).collect().await;
        items.sort_by(|one, other| (&one.name, &one.arn).cmp(&(&other.name, &other.arn)));
        Listing { items, rest }
    }

    async fn described(&self, region: &str) -> Part<Trail> {
        let client = self.clients.of(region);
        let ask = Ask::new(&DESCRIBE_TRAILS, region).on(region);
        let answer = match self.caller.call(ask, || client.describe_trails().include_shadow_trails(true).send()).await {
            Ok(answer) => answer,
            Err(gap) => return (Vec::new(), Some(gap)),
        };
        let Some(listed) = answer.and_then(|answer| answer.trail_list) else {
            return (Vec::new(), Some(ask.malformed("no list of trails in it")));
        };
        let all = listed.len();
        let trails: Vec<Trail> = listed.into_iter().filter_map(trail).collect();
        let unclear = (trails.len() < all).then(|| ask.malformed("a trail without name, ARN, bucket or home region"));
        (trails, unclear)
    }

    /// What only the trail's home region knows.
    async fn trail(&self, mut trail: Trail) -> Trail {
        let client = self.clients.of(&trail.home_region);
        let arn = trail.arn.as_str();
        let ask = |operation| Ask::new(operation, &trail.home_region).on(arn);
        let status = async {
            if !self.needs.contains(&Fact::TrailStatus) {
                return Observed::Unreadable(unasked(Fact::TrailStatus).on(arn));
            }
            let ask = ask(&GET_TRAIL_STATUS);
            let read = |answer: aws_sdk_cloudtrail::operation::get_trail_status::GetTrailStatusOutput| {
                let Some(logging) = answer.is_logging else {
                    return Observed::Unreadable(ask.malformed("it does not say whether the trail is logging"));
                };
                Observed::Present(TrailStatus {
                    logging,
                    started: when(answer.start_logging_time),
                    stopped: when(answer.stop_logging_time),
                    latest_delivery: when(answer.latest_delivery_time),
                    delivery_error: said(answer.latest_delivery_error),
                    digest_error: said(answer.latest_digest_delivery_error),
                    latest_log_group_delivery: when(answer.latest_cloud_watch_logs_delivery_time),
                    log_group_error: said(answer.latest_cloud_watch_logs_delivery_error),
                    notification_error: said(answer.latest_notification_error),
                })
            };
            self.caller.observe(ask, || client.get_trail_status().name(arn).send(), read).await
        };
        let selectors = async {
            if !self.needs.contains(&Fact::TrailSelectors) {
                return Observed::Unreadable(unasked(Fact::TrailSelectors).on(arn));
            }
            let read = |answer: aws_sdk_cloudtrail::operation::get_event_selectors::GetEventSelectorsOutput| {
                Observed::Present(Selectors {
                    basic: answer.event_selectors.unwrap_or_default().into_iter().map(basic).collect(),
                    advanced: answer.advanced_event_selectors.unwrap_or_default().into_iter().map(advanced).collect(),
                })
            };
            let send = || client.get_event_selectors().trail_name(arn).send();
            self.caller.observe(ask(&GET_EVENT_SELECTORS), send, read).await
        };
        let insights = async {
            if !self.needs.contains(&Fact::TrailInsights) {
                return Observed::Unreadable(unasked(Fact::TrailInsights).on(arn));
            }
            let read = |answer: aws_sdk_cloudtrail::operation::get_insight_selectors::GetInsightSelectorsOutput| {
                let listed = answer.insight_selectors.unwrap_or_default();
                let kinds = listed.into_iter().filter_map(|selector| selector.insight_type);
                let mut kinds: Vec<String> = kinds.map(|kind| kind.as_str().to_owned()).collect();
                kinds.sort();
                if kinds.is_empty() { Observed::Absent } else { Observed::Present(kinds) }
            };
            let send = || client.get_insight_selectors().trail_name(arn).send();
            self.caller.observe(ask(&GET_INSIGHT_SELECTORS), send, read).await
        };
        let (status, selectors, insights) = tokio::join!(status, selectors, insights);
        trail.status = status;
        trail.selectors = selectors;
        trail.insights = insights;
        trail
    }

    async fn event_data_stores(&self) -> Listing<EventDataStore> {
        if !self.needs.contains(&Fact::EventDataStores) {
            return Listing::unasked(Fact::EventDataStores);
        }
        let asked = self.regions.iter().map(|region| async move {
            let client = self.clients.of(region);
            let ask = Ask::new(&LIST_EVENT_DATA_STORES, region).on(region);
            let mut stores = Vec::new();
            let gap = pages(
                ask,
                self.caller,
                |token| client.list_event_data_stores().max_results(1000).set_next_token(token).send(),
                |page| {
                    let listed =
                        page.event_data_stores.ok_or_else(|| ask.malformed("no list of event data stores in it"))?;
                    stores.extend(listed.into_iter().filter_map(|store| {
                        #[expect(deprecated, reason = "AWS may still give the status here; where it does, it is kept")]
                        let status = store.status.map(|status| status.as_str().to_owned());
                        Some(EventDataStore {
                            arn: store.event_data_store_arn?,
                            name: store.name.unwrap_or_default(),
                            region: region.to_owned(),
                            status,
                        })
                    }));
                    Ok(page.next_token)
                },
            )
            .await
            .err();
            (stores, gap)
        });
        let mut found = gathered(join_all(asked).await);
        found.items.sort_by(|one, other| one.arn.cmp(&other.arn));
        found
    }
}

fn trail(given: TrailType) -> Option<Trail> {
    let arn = given.trail_arn?;
    Some(Trail {
        name: given.name?,
        home_region: given.home_region?,
        bucket: given.s3_bucket_name?,
        prefix: given.s3_key_prefix.filter(|prefix| !prefix.is_empty()),
        multi_region: given.is_multi_region_trail.unwrap_or_default(),
        organization: given.is_organization_trail.unwrap_or_default(),
        global_events: given.include_global_service_events.unwrap_or_default(),
        log_validation: given.log_file_validation_enabled.unwrap_or_default(),
        kms_key: given.kms_key_id,
        log_group_arn: given.cloud_watch_logs_log_group_arn,
        sns_topic_arn: given.sns_topic_arn,
        status: Observed::Unreadable(unasked(Fact::TrailStatus).on(&arn)),
        selectors: Observed::Unreadable(unasked(Fact::TrailSelectors).on(&arn)),
        insights: Observed::Unreadable(unasked(Fact::TrailInsights).on(&arn)),
        arn,
    })
}

/// An error that `CloudTrail` reports; it writes an empty one where there is none.
fn said(error: Option<String>) -> Option<String> {
    error.filter(|error| !error.is_empty())
}

fn basic(given: SelectorType) -> EventSelector {
    EventSelector {
        read_write: given.read_write_type.map_or_else(|| "All".to_owned(), |kind| kind.as_str().to_owned()),
        management_events: given.include_management_events.unwrap_or(true),
        excluded_sources: given.exclude_management_event_sources.unwrap_or_default(),
        data: given
            .data_resources
            .unwrap_or_default()
            .into_iter()
            .map(|data| (data.r#type.unwrap_or_default(), data.values.unwrap_or_default()))
            .collect(),
    }
}

fn advanced(given: AdvancedEventSelector) -> Vec<FieldSelector> {
    given
        .field_selectors
        .into_iter()
        .map(|field| FieldSelector {
            field: field.field,
            equals: field.equals.unwrap_or_default(),
            starts_with: field.starts_with.unwrap_or_default(),
            ends_with: field.ends_with.unwrap_or_default(),
            not_equals: field.not_equals.unwrap_or_default(),
            not_starts_with: field.not_starts_with.unwrap_or_default(),
            not_ends_with: field.not_ends_with.unwrap_or_default(),
        })
        .collect()
}
