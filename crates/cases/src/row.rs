//! Events as a case sees them: a row of columns for all, the whole record for those that matter.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use forewarn_events::{Event, Normal};
use jiff::Timestamp;

use crate::who::{Names, gives, without_path};

/// One event, as far as the columns of a store have it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Row<'a> {
    /// The id; where the record has none, one that was made from it.
    pub id: &'a str,
    /// When.
    pub time: Timestamp,
    /// The operation.
    pub operation: &'a str,
    /// The service, such as `ec2.amazonaws.com`.
    pub service: &'a str,
    /// Whether the call was refused.
    pub failed: bool,
    /// The error code.
    pub error: Option<&'a str>,
    /// Whether the call could only read.
    pub read_only: Option<bool>,
    /// Whether it is a data event.
    pub is_data: bool,
    /// The type of the identity.
    pub user_type: Option<&'a str>,
    /// Its ARN, else its principal id.
    pub user: Option<&'a str>,
    /// Its name.
    pub user_name: Option<&'a str>,
    /// Its account.
    pub user_account: Option<&'a str>,
    /// The access key.
    pub key: Option<&'a str>,
    /// The name of the session.
    pub session: Option<&'a str>,
    /// The role of the session.
    pub issuer: Option<&'a str>,
    /// The identity that a chain of sessions carries.
    pub source_identity: Option<&'a str>,
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
    /// The account of the event.
    pub account: Option<&'a str>,
    /// What the call touched, one a line.
    pub resources: &'a str,
}

impl<'a> Row<'a> {
    /// The row of a record that was read to its normal form; `resources` are those of it, joined by line breaks.
    pub fn of(normal: &'a Normal<'a>, id: &'a str, resources: &'a str) -> Self {
        Self {
            id,
            time: normal.time,
            operation: &normal.operation,
            service: &normal.service,
            failed: normal.failed,
            error: normal.error.as_deref(),
            read_only: normal.read_only,
            is_data: normal.event_category == "Data",
            user_type: normal.user_type.as_deref(),
            user: normal.user.as_deref(),
            user_name: normal.user_name.as_deref(),
            user_account: normal.user_account.as_deref(),
            key: normal.key.as_deref(),
            session: normal.session.as_deref(),
            issuer: normal.issuer.as_deref(),
            source_identity: normal.source_identity.as_deref(),
            invoked_by: normal.invoked_by.as_deref(),
            ip: normal.ip.as_deref(),
            domain: normal.domain.as_deref(),
            agent: normal.user_agent.as_deref(),
            region: normal.region.as_deref(),
            account: normal.account.as_deref(),
            resources,
        }
    }

    /// What the call touched.
    pub fn touched(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.resources.lines()
    }

    /// The service without `.amazonaws.com`, a colon and the operation.
    pub fn action(&self) -> String {
        let service = self.service.strip_suffix(".amazonaws.com").unwrap_or(self.service);
        if service.is_empty() { self.operation.to_owned() } else { format!("{service}:{}", self.operation) }
    }
}

/// A row that is kept, with who did it.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs, reason = "as in `Row`")]
pub(crate) struct Seen {
    pub(crate) id: String,
    pub(crate) time: Timestamp,
    pub(crate) operation: String,
    pub(crate) service: String,
    pub(crate) failed: bool,
    pub(crate) error: Option<String>,
    pub(crate) read_only: Option<bool>,
    pub(crate) key: Option<String>,
    pub(crate) session: Option<String>,
    pub(crate) invoked_by: Option<String>,
    pub(crate) ip: Option<String>,
    pub(crate) domain: Option<String>,
    pub(crate) agent: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) account: Option<String>,
    pub(crate) resources: Vec<String>,
    /// The person, service or session, by the name that it has everywhere in a case.
    pub(crate) who: String,
    /// Whether that is an AWS service.
    pub(crate) is_service: bool,
    /// The role that it acted with.
    pub(crate) role: Option<String>,
}

impl Seen {
    pub(crate) fn of(row: &Row<'_>, who: &crate::who::Who) -> Self {
        let text = |text: Option<&str>| text.map(str::to_owned);
        Self {
            id: row.id.to_owned(),
            time: row.time,
            operation: row.operation.to_owned(),
            service: row.service.to_owned(),
            failed: row.failed,
            error: text(row.error),
            read_only: row.read_only,
            key: text(row.key),
            session: text(row.session),
            invoked_by: text(row.invoked_by),
            ip: text(row.ip),
            domain: text(row.domain),
            agent: text(row.agent),
            region: text(row.region),
            account: text(row.account),
            resources: row.touched().map(str::to_owned).collect(),
            who: who.name.clone(),
            is_service: who.is_service,
            role: who.role.clone(),
        }
    }

    /// `service:Operation`.
    pub(crate) fn action(&self) -> String {
        let service = self.service.strip_suffix(".amazonaws.com").unwrap_or(&self.service);
        if service.is_empty() { self.operation.clone() } else { format!("{service}:{}", self.operation) }
    }

    /// Whether it changed something, or tried to.
    pub(crate) fn writes(&self) -> bool {
        is_write(self.read_only, &self.operation)
    }

    pub(crate) fn touches(&self, thing: &str) -> bool {
        self.resources.iter().any(|one| one == thing)
    }

    /// A sign-in to the console.
    pub(crate) fn is_sign_in(&self) -> bool {
        self.operation == "ConsoleLogin"
    }
}

/// Whether a call could change something; old records do not say, but operations begin with their verb.
pub(crate) fn is_write(read_only: Option<bool>, operation: &str) -> bool {
    let reads = ["Get", "List", "Describe", "Head", "BatchGet", "Lookup", "Search", "ConsoleLogin"];
    match read_only {
        Some(read_only) => !read_only && operation != "ConsoleLogin",
        None => !reads.iter().any(|verb| operation.starts_with(verb)),
    }
}

/// A time from an instant on and before another.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Within {
    /// `None` = since ever.
    pub since: Option<Timestamp>,
    /// `None` = for ever.
    pub until: Option<Timestamp>,
}

/// Which events matter to whoever goes over a log. Others may be handed out too; none of these is left out.
#[derive(Debug, Clone, Default)]
pub struct Only {
    all: bool,
    ids: HashSet<String>,
    accounts: HashSet<String>,
    operations: Vec<&'static str>,
    /// Names, keys, addresses, things.
    texts: HashSet<String>,
    sessions: bool,
}

impl Only {
    /// All events.
    #[must_use]
    pub fn all() -> Self {
        Self { all: true, ..Self::default() }
    }

    /// Whether it is all events.
    pub fn is_all(&self) -> bool {
        self.all
    }

    /// Those that [`Names`] learns from.
    pub(crate) fn sessions(&mut self) {
        self.sessions = true;
    }

    pub(crate) fn id(&mut self, id: &str) {
        self.ids.insert(id.to_owned());
    }

    pub(crate) fn account(&mut self, account: &str) {
        self.accounts.insert(account.to_owned());
    }

    pub(crate) fn operations(&mut self, operations: &[&'static str]) {
        self.operations.extend(operations);
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.texts.insert(text.to_owned());
    }

    pub(crate) fn person(&mut self, name: &str, names: &Names) {
        match names.texts_of(name) {
            Some(texts) => texts.into_iter().for_each(|text| self.text(text)),
            None => self.all = true,
        }
    }

    /// Whether an event with this id matters.
    pub fn wants_id(&self, id: &str) -> bool {
        self.ids.contains(id)
    }

    /// Whether the events of this account matter.
    pub fn wants_account(&self, account: &str) -> bool {
        self.accounts.contains(account)
    }

    /// Whether events with this operation matter.
    pub fn wants_operation(&self, operation: &str) -> bool {
        self.operations.contains(&operation) || self.sessions && gives(operation)
    }

    /// Whether events matter that have this as the identity, its type, its name, its account, its key, its session, its
    /// role, or as what it carries, called for, or came from.
    pub fn wants_text(&self, text: &str) -> bool {
        self.texts.contains(text) || text.contains(":user/") && self.wants_user(text)
    }

    fn wants_user(&self, arn: &str) -> bool {
        match without_path(arn) {
            Cow::Borrowed(_) => false,
            Cow::Owned(short) => self.sessions || self.texts.contains(&short),
        }
    }

    /// Whether events matter that touched these things, one a line.
    pub fn wants_touched(&self, lines: &str) -> bool {
        !self.texts.is_empty()
            && lines.lines().any(|line| {
                let bucket = line.strip_prefix("arn:aws:s3:::").and_then(|rest| rest.split('/').next());
                let instance = line.split_once(":instance/").map(|(_, id)| id);
                self.wants_text(line) || [bucket, instance].into_iter().flatten().any(|part| self.texts.contains(part))
            })
    }

    /// Whether an event matters.
    pub fn wants(&self, row: &Row<'_>) -> bool {
        let texts = [
            row.user_type,
            row.user,
            row.user_name,
            row.user_account,
            row.key,
            row.session,
            row.issuer,
            row.source_identity,
            row.invoked_by,
            row.ip,
            row.domain,
        ];
        self.all
            || self.wants_id(row.id)
            || row.account.is_some_and(|account| self.wants_account(account))
            || self.wants_operation(row.operation)
            || texts.into_iter().flatten().any(|text| self.wants_text(text))
            || self.wants_touched(row.resources)
    }
}

/// What a log has, all in all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extent {
    /// How many events.
    pub events: u64,
    /// When the first was, and its id.
    pub first: Option<(Timestamp, String)>,
    /// When the last was, and its id.
    pub last: Option<(Timestamp, String)>,
    /// Whether there are data events.
    pub has_data: bool,
}

/// Where events come from. Both see the same events, by time and then by id.
pub trait Log {
    /// What may go wrong.
    type Error;

    /// Hands out every event of a time that matters.
    ///
    /// # Errors
    /// The log cannot be read.
    fn each(&self, within: Within, only: &Only, act: &mut dyn FnMut(&Row<'_>)) -> Result<(), Self::Error>;

    /// What there is, all in all.
    ///
    /// # Errors
    /// The log cannot be read.
    fn extent(&self) -> Result<Extent, Self::Error>;

    /// Hands out how many bytes went out of which bucket, for every data event of a time that says so: the id of the event,
    /// its time, the bucket, the bytes.
    ///
    /// # Errors
    /// The log cannot be read.
    fn transfers(&self, within: Within, act: &mut dyn FnMut(&str, Timestamp, &str, u64)) -> Result<(), Self::Error>;

    /// The whole records of some events, by id; `wanted` has their times.
    ///
    /// # Errors
    /// The log cannot be read.
    fn records(&self, wanted: &BTreeMap<String, Timestamp>) -> Result<BTreeMap<String, Event>, Self::Error>;
}

/// The bucket that a data event of S3 is about, and the bytes that went out of it, where its record says.
pub fn transferred(record: &str) -> Option<(String, u64)> {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Wire {
        #[serde(default)]
        request_parameters: Option<Parameters>,
        additional_event_data: Option<Additional>,
    }
    #[derive(Default, serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Parameters {
        bucket_name: Option<String>,
    }
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Additional {
        /// A whole number, which some writers give a fraction of nought.
        bytes_transferred_out: Option<f64>,
    }
    let wire: Wire = serde_json::from_str(record).ok()?;
    let bytes = wire.additional_event_data?.bytes_transferred_out.filter(|bytes| *bytes >= 0.0)?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is a whole number from 0 on")]
    Some((wire.request_parameters?.bucket_name?, bytes as u64))
}

/// Events in memory.
#[derive(Debug, Clone, Default)]
pub struct Records(Vec<(String, String)>);

impl Records {
    /// Takes the texts of records; one that is none is an error.
    ///
    /// # Errors
    /// Which text is no record.
    pub fn new(texts: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let mut records = Vec::new();
        for text in texts {
            let normal = Normal::of(&text).map_err(|error| format!("{error}: {text}"))?;
            let id = normal.id.as_deref().map_or_else(|| format!("made-{}", records.len()), str::to_owned);
            records.push((normal.time, id, text.clone()));
        }
        records.sort();
        records.dedup();
        Ok(Self(records.into_iter().map(|(_, id, text)| (id, text)).collect()))
    }
}

impl Log for Records {
    type Error = String;

    fn extent(&self) -> Result<Extent, String> {
        let mut extent = Extent::default();
        self.each(Within::default(), &Only::all(), &mut |row| {
            let here = || (row.time, row.id.to_owned());
            extent.events += 1;
            extent.has_data |= row.is_data;
            extent.first.get_or_insert_with(here);
            extent.last = Some(here());
        })?;
        Ok(extent)
    }

    fn each(&self, within: Within, only: &Only, act: &mut dyn FnMut(&Row<'_>)) -> Result<(), String> {
        for (id, text) in &self.0 {
            let normal = Normal::of(text).map_err(|error| error.to_string())?;
            let inside = within.since.is_none_or(|since| normal.time >= since)
                && within.until.is_none_or(|until| normal.time < until);
            if inside {
                let resources = normal.resources.join("\n");
                let row = Row::of(&normal, id, &resources);
                if only.wants(&row) {
                    act(&row);
                }
            }
        }
        Ok(())
    }

    fn transfers(&self, within: Within, act: &mut dyn FnMut(&str, Timestamp, &str, u64)) -> Result<(), String> {
        let mut data: Vec<(String, Timestamp)> = Vec::new();
        self.each(within, &Only::all(), &mut |row| {
            if row.is_data && row.service == "s3.amazonaws.com" && !row.failed {
                data.push((row.id.to_owned(), row.time));
            }
        })?;
        let wanted: BTreeMap<String, Timestamp> = data.into_iter().collect();
        for (id, text) in &self.0 {
            if let (Some(time), Some((bucket, bytes))) = (wanted.get(id), transferred(text)) {
                act(id, *time, &bucket, bytes);
            }
        }
        Ok(())
    }

    fn records(&self, wanted: &BTreeMap<String, Timestamp>) -> Result<BTreeMap<String, Event>, String> {
        let found = self.0.iter().filter(|(id, _)| wanted.contains_key(id));
        found.map(|(id, text)| Ok((id.clone(), Event::parse(text).map_err(|error| error.to_string())?))).collect()
    }
}
