//! A store as the log of a case: columns of all events, records of some.

use std::collections::BTreeMap;
use std::path::PathBuf;

use forewarn_cases::{Extent, Log, Only, Row, Within, transferred};
use forewarn_events::Event;
use forewarn_store::{Error, Field, Filter, Hit, Span, Store, Test};
use jiff::Timestamp;

use super::threads;

/// The columns that a row of a case has.
const FIELDS: &[Field] = &[
    Field::MetadataUid,
    Field::Time,
    Field::Operation,
    Field::Service,
    Field::StatusId,
    Field::Error,
    Field::ReadOnly,
    Field::EventCategory,
    Field::UserType,
    Field::User,
    Field::UserName,
    Field::UserAccount,
    Field::Key,
    Field::Session,
    Field::Issuer,
    Field::SourceIdentity,
    Field::InvokedBy,
    Field::Ip,
    Field::Domain,
    Field::UserAgent,
    Field::Region,
    Field::Account,
    Field::Resources,
];

/// An open store.
pub(super) struct StoreLog<'s> {
    pub(super) store: &'s Store,
}

impl Log for StoreLog<'_> {
    type Error = Error;

    fn each(&self, within: Within, only: &Only, act: &mut dyn FnMut(&Row<'_>)) -> Result<(), Error> {
        let span = Span { since: within.since, until: within.until };
        let mut act = |hit: &Hit<'_>| {
            let text = |field| hit.text(field);
            let row = Row {
                id: text(Field::MetadataUid).unwrap_or_default(),
                time: hit.time().unwrap_or_default(),
                operation: text(Field::Operation).unwrap_or_default(),
                service: text(Field::Service).unwrap_or_default(),
                failed: hit.failed(),
                error: text(Field::Error),
                read_only: hit.flag(Field::ReadOnly),
                is_data: text(Field::EventCategory) == Some("Data"),
                user_type: text(Field::UserType),
                user: text(Field::User),
                user_name: text(Field::UserName),
                user_account: text(Field::UserAccount),
                key: text(Field::Key),
                session: text(Field::Session),
                issuer: text(Field::Issuer),
                source_identity: text(Field::SourceIdentity),
                invoked_by: text(Field::InvokedBy),
                ip: text(Field::Ip),
                domain: text(Field::Domain),
                agent: text(Field::UserAgent),
                region: text(Field::Region),
                account: text(Field::Account),
                resources: text(Field::Resources).unwrap_or_default(),
            };
            act(&row);
            true
        };
        if only.is_all() {
            let mut filter = parsed("")?;
            filter.span = span;
            return self.store.search(&filter, FIELDS, threads(), act).map(|_| ());
        }
        let text = |text: &str| only.wants_text(text);
        let any: [(Field, Test<'_>); 15] = [
            (Field::MetadataUid, &|id| only.wants_id(id)),
            (Field::Account, &|account| only.wants_account(account)),
            (Field::Operation, &|operation| only.wants_operation(operation)),
            (Field::UserType, &text),
            (Field::User, &text),
            (Field::UserName, &text),
            (Field::UserAccount, &text),
            (Field::Key, &text),
            (Field::Session, &text),
            (Field::Issuer, &text),
            (Field::SourceIdentity, &text),
            (Field::InvokedBy, &text),
            (Field::Ip, &text),
            (Field::Domain, &text),
            (Field::Resources, &|lines| only.wants_touched(lines)),
        ];
        self.store.search_any(span, &any, FIELDS, threads(), &mut act)
    }

    fn extent(&self) -> Result<Extent, Error> {
        let (first, last) = self.store.ends()?.unzip();
        // Nobody wants them: they are counted.
        let data = self.store.search(&parsed("category:Data")?, &[], threads(), |_| false)?;
        Ok(Extent { events: self.store.count()?, first, last, has_data: data > 0 })
    }

    fn transfers(&self, within: Within, act: &mut dyn FnMut(&str, Timestamp, &str, u64)) -> Result<(), Error> {
        let mut filter = parsed("category:Data service:s3 -error")?;
        filter.span = Span { since: within.since, until: within.until };
        self.store.search(&filter, &[Field::MetadataUid, Field::Time, Field::Raw], threads(), |hit| {
            if let Some((bucket, bytes)) = hit.text(Field::Raw).and_then(transferred) {
                let id = hit.text(Field::MetadataUid).unwrap_or_default();
                act(id, hit.time().unwrap_or_default(), &bucket, bytes);
            }
            true
        })?;
        Ok(())
    }

    fn records(&self, wanted: &BTreeMap<String, Timestamp>) -> Result<BTreeMap<String, Event>, Error> {
        let found = self.store.records(wanted)?;
        Ok(found.into_iter().rev().map(|stored| (stored.id, stored.event)).collect())
    }
}

/// A filter of ours, which always reads.
fn parsed(text: &str) -> Result<Filter, Error> {
    Filter::parse(text, Timestamp::UNIX_EPOCH)
        .map_err(|error| Error::Damaged { path: PathBuf::new(), reason: error.to_string() })
}
