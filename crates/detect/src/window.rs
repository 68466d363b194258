//! A window that slides over the events of one actor and counts what differs in them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::{SignedDuration, Timestamp};

use crate::run::{Seen, Short};

/// How many ids of events are kept of one episode.
pub(crate) const KEPT: usize = 10_000;

/// Windows that were full enough and share events, as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Episode {
    pub(crate) key: (String, String),
    pub(crate) account: String,
    pub(crate) first: Timestamp,
    pub(crate) last: Timestamp,
    /// Events, also beyond those whose ids are kept.
    pub(crate) events: u64,
    /// By time.
    pub(crate) ids: Vec<(Timestamp, String)>,
    pub(crate) values: BTreeSet<String>,
    /// Who did it.
    pub(crate) actors: BTreeSet<String>,
}

impl Episode {
    /// Each event once, where what was found in several ways shares some.
    pub(crate) fn each_once(mut self) -> Self {
        self.ids.sort();
        let all = self.ids.len();
        self.ids.dedup();
        self.events -= (all - self.ids.len()) as u64;
        self.first = self.ids.first().map_or(self.first, |(at, _)| *at);
        self
    }

    pub(crate) fn event_ids(self) -> Vec<String> {
        self.ids.into_iter().map(|(_, id)| id).collect()
    }
}

/// What an instant added to an episode.
#[derive(Debug, Clone)]
pub(crate) struct Grown {
    pub(crate) key: (String, String),
    /// When the episode began, which tells those of a key apart.
    pub(crate) first: Timestamp,
    pub(crate) at: Timestamp,
    pub(crate) account: String,
    pub(crate) actor: String,
    /// The events that are new in it.
    pub(crate) ids: Vec<(Timestamp, String)>,
}

/// One event as a window sees it.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) at: Timestamp,
    /// The event; of what a correlation found its events.
    pub(crate) ids: Vec<(Timestamp, String)>,
    pub(crate) account: String,
    pub(crate) actor: String,
    pub(crate) values: Vec<String>,
}

impl Entry {
    /// An event that counts with these values.
    pub(crate) fn of(seen: &Seen<'_>, values: Vec<String>) -> Self {
        Self::of_short(&Short::of(seen), values)
    }

    /// The same where a few fields of the event are known.
    pub(crate) fn of_short(short: &Short<'_>, values: Vec<String>) -> Self {
        Self {
            at: short.time,
            ids: vec![(short.time, short.id.to_owned())],
            account: short.account.to_owned(),
            actor: short.person.to_owned(),
            values,
        }
    }
}

/// What is in a window.
pub(crate) struct Filled<'a> {
    /// Each value with the number of events that have it.
    pub(crate) counts: &'a BTreeMap<String, u32>,
    /// The events by time, each with its number.
    pub(crate) entries: &'a VecDeque<(u64, Entry)>,
}

/// Whether a window is full enough. A window that is does not cease to be by more events.
pub(crate) type Full = Box<dyn Fn(&Filled<'_>) -> bool>;

/// A window for each key. Events come by time; two that lie exactly the width apart are in one window.
pub(crate) struct Window {
    width: SignedDuration,
    full: Full,
    groups: BTreeMap<(String, String), Group>,
    swept: Option<Timestamp>,
    done: Vec<Episode>,
    /// The keys of this instant; `None` = nobody asks what an instant adds.
    touched: Option<BTreeSet<(String, String)>>,
}

#[derive(Default)]
struct Group {
    /// Each with its number, which goes up.
    entries: VecDeque<(u64, Entry)>,
    counts: BTreeMap<String, u32>,
    next: u64,
    /// The episode that goes on, and the number of the first event that is not yet in it.
    open: Option<(Episode, u64)>,
}

impl Window {
    pub(crate) fn new(width: SignedDuration, full: Full) -> Self {
        Self { width, full, groups: BTreeMap::new(), swept: None, done: Vec::new(), touched: None }
    }

    /// From here on [`Window::settle`] is asked after each instant.
    pub(crate) fn tell(&mut self) {
        self.touched.get_or_insert_default();
    }

    /// Whether it is.
    pub(crate) fn tells(&self) -> bool {
        self.touched.is_some()
    }

    /// What the events since the last time added to episodes: all events of the instant are there.
    pub(crate) fn settle(&mut self) -> Vec<Grown> {
        let keys = self.touched.as_mut().map(std::mem::take).unwrap_or_default();
        let mut grown = Vec::new();
        for key in keys {
            if let Some(group) = self.groups.get_mut(&key) {
                group.settle(&key, &self.full, &mut self.done, Some(&mut grown));
            }
        }
        grown
    }

    /// Takes the next event of a key.
    pub(crate) fn see(&mut self, key: &(String, String), entry: Entry) {
        self.sweep(entry.at);
        if let Some(touched) = &mut self.touched {
            touched.insert(key.clone());
        }
        let group = self.groups.entry(key.clone()).or_default();
        if group.entries.back().is_some_and(|(_, last)| last.at < entry.at) {
            // Only now are all events of the last instant there, in whatever order they came.
            group.settle(key, &self.full, &mut self.done, None);
            while let Some((_, old)) =
                group.entries.pop_front_if(|(_, old)| entry.at.duration_since(old.at) > self.width)
            {
                for value in &old.values {
                    if let Some(count) = group.counts.get_mut(value) {
                        *count -= 1;
                        if *count == 0 {
                            group.counts.remove(value);
                        }
                    }
                }
            }
        }
        for value in &entry.values {
            *group.counts.entry(value.clone()).or_default() += 1;
        }
        group.entries.push_back((group.next, entry));
        group.next += 1;
    }

    /// Forgets the keys that have been still for longer than the width.
    fn sweep(&mut self, now: Timestamp) {
        let due = self.swept.is_none_or(|swept| now.duration_since(swept) > self.width);
        if !due {
            return;
        }
        self.swept = Some(now);
        let still =
            |group: &Group| group.entries.back().is_none_or(|(_, last)| now.duration_since(last.at) > self.width);
        let keys: Vec<_> = self.groups.iter().filter(|(_, group)| still(group)).map(|(key, _)| key.clone()).collect();
        for key in keys {
            if let Some(mut group) = self.groups.remove(&key) {
                group.end(&key, &self.full, &mut self.done);
            }
        }
    }

    /// The episodes, in no order.
    pub(crate) fn finish(&mut self) -> Vec<Episode> {
        for (key, mut group) in std::mem::take(&mut self.groups) {
            group.end(&key, &self.full, &mut self.done);
        }
        std::mem::take(&mut self.done)
    }
}

impl Group {
    /// Puts what is in the window into an episode, where it is full; `grown` hears what is new in it.
    fn settle(&mut self, key: &(String, String), full: &Full, done: &mut Vec<Episode>, grown: Option<&mut Vec<Grown>>) {
        let Some((oldest, first)) = self.entries.front() else { return };
        if !full(&Filled { counts: &self.counts, entries: &self.entries }) {
            return;
        }
        if let Some((ended, _)) = self.open.take_if(|(_, absorbed)| oldest >= absorbed) {
            done.push(ended);
        }
        let (episode, absorbed) = self.open.get_or_insert_with(|| {
            let episode = Episode {
                key: key.clone(),
                account: first.account.clone(),
                first: first.at,
                last: first.at,
                events: 0,
                ids: Vec::new(),
                values: BTreeSet::new(),
                actors: BTreeSet::new(),
            };
            (episode, *oldest)
        });
        let known = episode.ids.len();
        for (_, entry) in self.entries.iter().filter(|(number, _)| number >= absorbed) {
            episode.last = entry.at;
            episode.events += entry.ids.len() as u64;
            let room = KEPT.saturating_sub(episode.ids.len());
            episode.ids.extend(entry.ids.iter().take(room).cloned());
            episode.values.extend(entry.values.iter().cloned());
            if !episode.actors.contains(&entry.actor) {
                episode.actors.insert(entry.actor.clone());
            }
        }
        *absorbed = self.next;
        if let Some(grown) = grown {
            grown.push(Grown {
                key: key.clone(),
                first: episode.first,
                at: episode.last,
                account: episode.account.clone(),
                actor: episode.actors.iter().cloned().collect::<Vec<_>>().join(", "),
                ids: episode.ids.get(known..).unwrap_or_default().to_vec(),
            });
        }
    }

    fn end(&mut self, key: &(String, String), full: &Full, done: &mut Vec<Episode>) {
        self.settle(key, full, done, None);
        done.extend(self.open.take().map(|(episode, _)| episode));
    }
}
