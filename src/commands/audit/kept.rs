//! `audit --events DIR`: what an event store has in the place of calls to CloudTrail.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::path::Path;

use forewarn_events::Event;
use forewarn_findings::{Covered, lay_store};
use forewarn_inventory::{Inventory, KeyCall};
use forewarn_reports::inert;
use forewarn_store::{Field, Filter, Hit, Store};
use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

use crate::commands::events::{all_changes, failed, threads};
use crate::exit::Failed;
use crate::terminal::Terminal;

/// What a store has that an audit asks for.
pub(super) struct Kept {
    changes: Vec<Event>,
    calls: Vec<(String, KeyCall)>,
    covered: BTreeMap<String, Covered>,
    /// Account and region of every event.
    places: BTreeSet<(String, String)>,
    lacks: Vec<String>,
}

/// What is gathered of an account.
struct Span {
    since: Timestamp,
    until: Timestamp,
    days: BTreeSet<Date>,
    /// Whether calls that only read are in the log too: the use of keys is known only then.
    reads: bool,
}

impl Kept {
    /// Reads the store once.
    pub(super) fn read(root: &Path) -> Result<Self, Failed> {
        let store = Store::open(root).map_err(failed)?;
        let unread = store.unread().map_err(failed)?;
        let lacks: Vec<String> =
            unread.iter().map(|(source, why)| format!("{source} was not imported whole: {why}")).collect();
        let mut spans: BTreeMap<String, Span> = BTreeMap::new();
        let (mut places, mut calls) = (BTreeSet::new(), Vec::new());
        let filter = Filter::parse("category:Management", Timestamp::UNIX_EPOCH);
        let filter = filter.map_err(|error| Failed::internal(anyhow::anyhow!("{error}")))?;
        let all = store.search(&filter, &FIELDS, threads(), |hit| {
            let (Some(at), Some(account)) = (hit.time(), hit.text(Field::Account)) else { return true };
            let new = || Span { since: at, until: at, days: BTreeSet::new(), reads: false };
            let span = spans.entry(account.to_owned()).or_insert_with(new);
            span.until = at;
            span.days.insert(Offset::UTC.to_datetime(at).date());
            span.reads |= hit.flag(Field::ReadOnly) == Some(true);
            let region = hit.text(Field::Region).unwrap_or_default();
            let place = (account.to_owned(), region.to_owned());
            if !places.contains(&place) {
                places.insert(place);
            }
            calls.extend(call(hit, at, region).map(|call| (account.to_owned(), call)));
            true
        });
        all.map_err(failed)?;
        let covered = spans.into_iter().map(|(account, span)| {
            let covered = Covered { since: span.since, until: span.until, lacks: span.lacks(&lacks) };
            (account, covered)
        });
        Ok(Self { changes: all_changes(&store)?, calls, covered: covered.collect(), places, lacks })
    }

    /// Up to when CloudTrail need not be asked, for a look-back of so many days.
    pub(super) fn known(&self, days: u16) -> BTreeMap<(String, String), Timestamp> {
        let back = SignedDuration::from_hours(24 * i64::from(days));
        let since = Timestamp::now().checked_sub(back).unwrap_or(Timestamp::MIN);
        let known = |(account, region): &(String, String)| {
            let until = self.covered.get(account)?.known(since)?;
            Some(((account.clone(), region.clone()), until))
        };
        self.places.iter().filter_map(known).collect()
    }

    /// What the store has of the log of each account.
    pub(super) fn covered(&self) -> &BTreeMap<String, Covered> {
        &self.covered
    }

    /// Joins it with what was read of the accounts.
    pub(super) fn lay(self, inventory: &mut Inventory, terminal: &Terminal) {
        if let Some(first) = self.lacks.first() {
            let more = if self.lacks.len() > 1 { format!(" and {} more", self.lacks.len() - 1) } else { String::new() };
            terminal.note(&format!("warning: the event store is not whole: {}{more}", inert(first)));
        }
        if !inventory.accounts.iter().any(|account| self.covered.contains_key(&account.id)) {
            terminal.note("warning: the event store has no event of the accounts that are audited");
        }
        lay_store(inventory, self.changes, self.calls, &self.covered);
    }
}

impl Span {
    /// Why it is not whole; `None` = it is.
    fn lacks(&self, unread: &[String]) -> Option<String> {
        if let Some(first) = unread.first() {
            return Some(first.clone());
        }
        if !self.reads {
            return Some("the store has no calls that only read".to_owned());
        }
        let (mut day, last) = (*self.days.first()?, *self.days.last()?);
        while day < last {
            day = day.tomorrow().ok()?;
            if !self.days.contains(&day) {
                return Some(format!("the store has no event of {day}"));
            }
        }
        None
    }
}

const FIELDS: [Field; 14] = [
    Field::MetadataUid,
    Field::Account,
    Field::Region,
    Field::ReadOnly,
    Field::Operation,
    Field::Service,
    Field::Key,
    Field::User,
    Field::UserType,
    Field::Issuer,
    Field::InvokedBy,
    Field::Ip,
    Field::Domain,
    Field::UserAgent,
];

/// The call of a row; `None` where no long-lived key signed it.
fn call(hit: &Hit<'_>, time: Timestamp, region: &str) -> Option<KeyCall> {
    let text = |field| hit.text(field);
    let key = text(Field::Key).filter(|key| key.starts_with("AKIA"))?;
    if text(Field::UserType) == Some("AWSService") {
        return None;
    }
    let invoked = text(Field::InvokedBy);
    let address = text(Field::Ip).filter(|_| invoked.is_none()).and_then(|ip| ip.parse::<IpAddr>().ok());
    let service = invoked.or_else(|| text(Field::Domain)).filter(|_| address.is_none());
    let owned = |text: Option<&str>| text.unwrap_or_default().to_owned();
    Some(KeyCall {
        time,
        event: owned(text(Field::MetadataUid)),
        region: region.to_owned(),
        name: owned(text(Field::Operation)),
        source: owned(text(Field::Service)),
        key: key.to_owned(),
        user: owned(text(Field::User)),
        address,
        service: service.map(str::to_owned),
        agent: text(Field::UserAgent).map(str::to_owned),
    })
}
