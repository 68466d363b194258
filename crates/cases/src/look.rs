//! What every question looks at: the log as it was gathered, and what was asked.

use forewarn_events::Event;
use jiff::Timestamp;
use jiff::tz::Offset;

use crate::asked::Asked;
use crate::fact::Ids;
use crate::follow::Value;
use crate::gather::Gathered;
use crate::past::Past;
use crate::row::Seen;
use crate::who::short;

/// The gathered log under one question after the other.
pub(crate) struct Look<'a> {
    pub(crate) gathered: &'a Gathered,
    pub(crate) asked: &'a Asked,
    /// The event that leads.
    pub(crate) lead: &'a Seen,
}

impl<'a> Look<'a> {
    /// `None` where nothing leads; then there is no case.
    pub(crate) fn new(gathered: &'a Gathered, asked: &'a Asked) -> Option<Self> {
        Some(Self { gathered, asked, lead: gathered.lead()? })
    }

    /// The person, by a short name.
    pub(crate) fn name(&self) -> &'a str {
        short(&self.gathered.who.name)
    }

    /// The account, as far as the event says.
    pub(crate) fn account(&self) -> &'a str {
        self.lead.account.as_deref().unwrap_or("of the event")
    }

    pub(crate) fn past(&self) -> Option<&'a Past> {
        self.gathered.pasts.get(self.lead.account.as_deref()?)
    }

    /// The ids of the events that the case is about.
    pub(crate) fn focus(&self) -> Ids {
        Ids::new(&self.lead.id, self.gathered.focus.iter().skip(1).map(|row| row.id.clone()))
    }

    /// The id of the event that leads.
    pub(crate) fn id(&self) -> Ids {
        Ids::new(&self.lead.id, [])
    }

    /// Events as ids; where there is none, the event that leads.
    pub(crate) fn ids<'r>(&self, rows: impl IntoIterator<Item = &'r Seen>) -> Ids {
        Ids::some(rows.into_iter().map(|row| row.id.as_str())).unwrap_or_else(|| self.id())
    }

    /// What the person did, by time.
    pub(crate) fn own(&self) -> impl DoubleEndedIterator<Item = &'a Seen> + Clone {
        let who = self.gathered.who.name.as_str();
        self.gathered.rows.iter().filter(move |row| row.who == who)
    }

    /// What the person did before the case.
    pub(crate) fn own_before(&self) -> impl DoubleEndedIterator<Item = &'a Seen> + Clone {
        let begun = self.gathered.episode.0;
        self.own().filter(move |row| row.time < begun)
    }

    /// All rows up to the event that leads.
    pub(crate) fn before_lead(&self) -> impl DoubleEndedIterator<Item = &'a Seen> + Clone {
        let at = self.lead.time;
        self.gathered.rows.iter().filter(move |row| row.time < at)
    }

    pub(crate) fn record(&self, row: &Seen) -> Option<&'a Event> {
        self.gathered.records.get(&row.id)
    }

    /// The instances of the events of the case.
    pub(crate) fn instances(&self) -> Vec<&'a str> {
        let mut found: Vec<&str> = self
            .gathered
            .focus
            .iter()
            .flat_map(|row| row.resources.iter())
            .filter(|id| id.starts_with("i-"))
            .map(String::as_str)
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The addresses of the events of the case.
    pub(crate) fn addresses(&self) -> Vec<&'a str> {
        let mut found: Vec<&str> = self.gathered.focus.iter().filter_map(|row| row.ip.as_deref()).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The values of a kind that the case has.
    pub(crate) fn values(&self, wanted: fn(&Value) -> bool) -> Vec<&'a Value> {
        let mut found: Vec<&Value> =
            self.gathered.follower.followed.iter().filter(|one| one.step == 0).map(|one| &one.value).collect();
        found.retain(|value| wanted(value));
        found
    }

    /// When the log begins, in words.
    pub(crate) fn since_ever(&self) -> String {
        match &self.gathered.extent.first {
            Some((at, _)) => format!("since the log begins on {}", date(*at)),
            None => "in the log".to_owned(),
        }
    }
}

/// `2020-11-06`.
pub(crate) fn date(at: Timestamp) -> String {
    Offset::UTC.to_datetime(at).date().to_string()
}

/// `03:21:39`.
pub(crate) fn clock(at: Timestamp) -> String {
    let time = Offset::UTC.to_datetime(at).time();
    format!("{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second())
}

/// `2020-11-06 03:21:39 UTC`.
pub(crate) fn utc(at: Timestamp) -> String {
    format!("{} {} UTC", date(at), clock(at))
}

/// The hour of the day, in UTC.
pub(crate) fn hour(at: Timestamp) -> usize {
    usize::try_from(Offset::UTC.to_datetime(at).hour()).unwrap_or_default()
}

/// `1 event`, `3 events`, `no event`; small numbers as words at the beginning of a sentence are not worth it.
pub(crate) fn count(number: u64, word: &str) -> String {
    let many = match word.strip_suffix('y').filter(|rest| !rest.ends_with(['a', 'e', 'o'])) {
        Some(stem) => format!("{stem}ies"),
        None if word.ends_with('s') => format!("{word}es"),
        None if word == "person" => "people".to_owned(),
        None => format!("{word}s"),
    };
    match number {
        0 => format!("no {word}"),
        1 => format!("1 {word}"),
        _ => format!("{number} {many}"),
    }
}

/// `a, b and c`; the rest is counted.
pub(crate) fn list<S: AsRef<str>>(words: &[S], most: usize) -> String {
    let shown: Vec<&str> = words.iter().take(most).map(AsRef::as_ref).collect();
    match (shown.split_last(), words.len().saturating_sub(most)) {
        (None, _) => "none".to_owned(),
        (Some(_), more @ 1..) => format!("{} and {more} more", shown.join(", ")),
        (Some((one, [])), 0) => (*one).to_owned(),
        (Some((last, rest)), 0) => format!("{} and {last}", rest.join(", ")),
    }
}

/// The middle of some numbers; of an even count the lower one of the two.
pub(crate) fn median(mut numbers: Vec<u64>) -> u64 {
    numbers.sort_unstable();
    numbers.get(numbers.len().saturating_sub(1) / 2).copied().unwrap_or_default()
}
