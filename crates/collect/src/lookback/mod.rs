//! What CloudTrail remembers of the last days, within a budget of time for each region.
//!
//! `LookupEvents` gives 50 events a call, newest first, filtered by one attribute, and AWS serves two calls a second to
//! everybody in the account together; one a second is asked. So it matters what is asked for:
//!
//! 1. every call that writes. In a quiet region that is one call. Where the first pages show that the rest would take more
//!    calls than asking for each name of the table of changes, it is given up for
//! 2. the names, worst first, a page each in turn, from where the first question ended;
//! 3. where the use of keys matters: every call that only reads, or, where that would take more calls, each user whose key
//!    the credential report saw in use. (The report does not know the ids of keys, fact H3; a user's calls name them.)
//! 4. who took the sessions in which something was changed, where the records do not say.
//!
//! What the budget does not reach is a gap with the span that was.

mod question;
mod region;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aws_sdk_cloudtrail::Client;
use forewarn_events::{Actor, Event, Sessions};
use forewarn_inventory::{Cause, CredentialReport, Fact, Gap, KeyCall, Lookback, Observed};
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::oneshot;

use self::region::Asked;
use crate::call::Caller;
use crate::clients::Regional;
use crate::progress::Steps;
use crate::unasked::unasked;

/// How far back to look, and how long.
#[derive(Debug, Clone, PartialEq)]
pub struct Lookups {
    /// Days; 0 = not at all. CloudTrail remembers 90.
    pub days: u16,
    /// How long each region may take.
    pub budget: Duration,
    /// Calls a second in a region. AWS serves two, to everybody in the account together.
    pub per_second: f64,
    /// Up to when every call is known from elsewhere, such as from log files, by account and region: only what came later
    /// is asked for there. What is known must go back as far as `days` does.
    pub known: BTreeMap<(String, String), Timestamp>,
}

impl Default for Lookups {
    /// A week, a minute, one call a second.
    fn default() -> Self {
        Self { days: 7, budget: Duration::from_mins(1), per_second: 1.0, known: BTreeMap::new() }
    }
}

/// The most days that CloudTrail remembers.
pub const MOST_DAYS: u16 = 90;

/// How often a session is followed to whoever took it: AWS does not let a chain of roles live long.
const CHAIN: usize = 3;

/// A user whose access key was in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InUse {
    /// The name, as events have it.
    name: String,
    last: Timestamp,
    regions: BTreeSet<String>,
}

/// Asks what CloudTrail remembers.
pub(crate) struct Asker<'a> {
    pub(crate) clients: &'a Regional<Client>,
    pub(crate) caller: &'a Caller,
    /// The account.
    pub(crate) account: &'a str,
    /// The region where events of global services arrive.
    pub(crate) home: &'static str,
    pub(crate) regions: &'a [String],
    pub(crate) needs: &'a BTreeSet<Fact>,
    pub(crate) lookups: Lookups,
    /// When the collection began.
    pub(crate) instant: Timestamp,
}

impl Asker<'_> {
    /// Where the span begins.
    fn since(&self) -> Timestamp {
        let days = SignedDuration::from_hours(24 * i64::from(self.lookups.days.min(MOST_DAYS)));
        let begin = self.instant.checked_sub(days).unwrap_or(Timestamp::MIN);
        Timestamp::from_second(begin.as_second()).unwrap_or(begin)
    }

    /// Where the span begins in a region of which some is known already.
    fn since_in(&self, region: &str) -> Timestamp {
        let known = self.lookups.known.get(&(self.account.to_owned(), region.to_owned()));
        known.copied().into_iter().chain([self.since()]).max().unwrap_or_default()
    }

    /// The regions: those looked at, and the one of the global services.
    pub(crate) fn regions(&self) -> BTreeSet<&str> {
        self.regions.iter().map(String::as_str).chain([self.home]).collect()
    }

    /// Changes, and the use of keys. The credential report is awaited only once it is needed.
    pub(crate) async fn all(
        &self,
        report: oneshot::Receiver<Observed<CredentialReport>>,
        steps: &Steps<'_>,
    ) -> (Lookback<Event>, Lookback<KeyCall>) {
        let wanted = |fact| self.needs.contains(&fact) && self.lookups.days > 0;
        let not_asked = |fact| {
            let gap = unasked(fact);
            if self.needs.contains(&fact) { gap.detail("looking back is switched off: --events-days 0") } else { gap }
        };
        let mut changes = Lookback::unreadable(not_asked(Fact::RecentChanges));
        let mut key_use = Lookback::unreadable(not_asked(Fact::KeyUse));
        if !wanted(Fact::RecentChanges) && !wanted(Fact::KeyUse) {
            return (changes, key_use);
        }
        let since = self.since();
        let mut regions: Vec<Asked<'_>> =
            self.regions().into_iter().map(|name| Asked::new(self, name, self.since_in(name))).collect();
        if wanted(Fact::RecentChanges) {
            join_all(regions.iter_mut().map(Asked::changes)).await;
        }
        if wanted(Fact::KeyUse) {
            match report.await.unwrap_or_default() {
                Observed::Present(report) => {
                    let users = in_use(&report, since);
                    join_all(regions.iter_mut().map(|region| region.key_use(&users))).await;
                    key_use = together(since, regions.iter_mut().map(Asked::key_use_found));
                }
                Observed::Absent => {
                    let gap = Gap::new(Cause::Unsupported, Fact::CredentialReport.operation());
                    key_use = Lookback::unreadable(gap.detail("AWS has made no credential report"));
                }
                Observed::Unreadable(gap) => key_use = Lookback::unreadable(gap),
            }
        }
        if wanted(Fact::RecentChanges) {
            self.follow(&mut regions).await;
            changes = together(since, regions.iter_mut().map(Asked::changes_found));
        }
        join_all(regions.iter().map(|_| steps.step(async {}))).await;
        (changes, key_use)
    }

    /// Looks for the calls that gave out the sessions in which something was changed, in the region of the change and in
    /// that of the global services.
    async fn follow(&self, regions: &mut [Asked<'_>]) {
        let mut asked: BTreeSet<String> = BTreeSet::new();
        for _ in 0..CHAIN {
            let known: Vec<Event> = regions.iter().flat_map(Asked::events).cloned().collect();
            let sessions = Sessions::of(known.iter().map(|event| &event.record));
            let mut wanted: BTreeMap<String, Vec<(String, Timestamp)>> = BTreeMap::new();
            for region in regions.iter() {
                for event in region.events() {
                    let actor = Actor::of(&event.record);
                    let Some(key) = sessions.missing(&actor).filter(|key| !asked.contains(*key)) else { continue };
                    let made = made_at(event).unwrap_or(event.record.event_time);
                    for place in [region.name(), self.home] {
                        let list = wanted.entry(place.to_owned()).or_default();
                        if list.iter().all(|(listed, _)| listed != key) {
                            list.push((key.to_owned(), made));
                        }
                    }
                }
            }
            if wanted.is_empty() {
                return;
            }
            asked.extend(wanted.values().flatten().map(|(key, _)| key.clone()));
            let each = regions.iter_mut().filter_map(|region| {
                let keys = wanted.get(region.name())?;
                Some(region.sessions(keys))
            });
            join_all(each).await;
        }
    }
}

/// When the session of an event was made.
fn made_at(event: &Event) -> Option<Timestamp> {
    let session = event.record.user_identity.session.as_ref()?;
    session.attributes.get("creationDate")?.as_str()?.parse().ok()
}

/// The finds of all regions as one.
fn together<T: Dated>(since: Timestamp, found: impl Iterator<Item = Lookback<T>>) -> Lookback<T> {
    let mut whole = Lookback { since: Some(since), items: Vec::new(), reached: Vec::new(), rest: Vec::new() };
    for part in found {
        whole.items.extend(part.items);
        whole.reached.extend(part.reached);
        whole.rest.extend(part.rest);
    }
    whole.items.sort_by(|one, other| one.place().cmp(&other.place()));
    whole.items.dedup_by(|one, other| one.place() == other.place());
    whole.reached.sort();
    whole
}

/// What an event is sorted by.
trait Dated {
    fn place(&self) -> (Timestamp, &str, &str);
}

impl Dated for Event {
    fn place(&self) -> (Timestamp, &str, &str) {
        (self.record.event_time, self.id(), &self.record.event_name)
    }
}

impl Dated for KeyCall {
    fn place(&self) -> (Timestamp, &str, &str) {
        (self.time, &self.event, &self.name)
    }
}

/// The users of whom a key was used in the span, the latest first.
fn in_use(report: &CredentialReport, since: Timestamp) -> Vec<InUse> {
    let mut found: Vec<InUse> = report
        .rows
        .iter()
        .filter_map(|row| {
            let used = || row.keys.iter().filter(|key| key.last_used.value().is_some_and(|last| *last >= since));
            let last = used().filter_map(|key| key.last_used.value()).max()?;
            let regions = used().filter_map(|key| key.last_used_region.value().cloned()).collect();
            // Events call the root user so.
            let name = if row.is_root() { "root".to_owned() } else { row.user.clone() };
            Some(InUse { name, last: *last, regions })
        })
        .collect();
    found.sort_by(|one, other| other.last.cmp(&one.last).then_with(|| one.name.cmp(&other.name)));
    found
}
