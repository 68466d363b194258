//! Counts of a day. Every event counts for several subjects under several values; so texts have numbers here.

use std::collections::{BTreeMap, HashMap};

use super::day::{DayOf, Subject};

/// Texts by number.
#[derive(Default)]
pub(super) struct Words {
    numbers: HashMap<String, u32>,
    texts: Vec<String>,
}

impl Words {
    /// The number of a text; the same for the same text.
    pub(super) fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        // A day has fewer texts than that.
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.texts.push(text.to_owned());
        self.numbers.insert(text.to_owned(), number);
        number
    }

    pub(super) fn text(&self, number: u32) -> &str {
        self.texts.get(number as usize).map_or("", String::as_str)
    }
}

/// What a subject is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    Person,
    Role,
    Key,
    Account,
    Bucket,
}

impl Kind {
    pub(super) fn subject(self, name: String) -> Subject {
        match self {
            Self::Person => Subject::Person(name),
            Self::Role => Subject::Role(name),
            Self::Key => Subject::Key(name),
            Self::Account => Subject::Account(name),
            Self::Bucket => Subject::Bucket(name),
        }
    }
}

/// A network, an agent, an action, a region, an account.
const VALUES: usize = 5;

/// The figures of one subject.
#[derive(Default)]
struct Figures {
    events: u64,
    refused: u64,
    hours: [u64; 24],
    values: [HashMap<u32, u64>; VALUES],
}

/// What is counted on a day.
#[derive(Default)]
pub(super) struct Tally(HashMap<(Kind, u32), Figures>);

impl Tally {
    /// Counts an event for a subject.
    pub(super) fn add(&mut self, subject: (Kind, u32), hour: u8, refused: bool, values: [Option<u32>; VALUES]) {
        let figures = self.0.entry(subject).or_default();
        figures.events += 1;
        figures.refused += u64::from(refused);
        if let Some(events) = figures.hours.get_mut(usize::from(hour)) {
            *events += 1;
        }
        for (counts, value) in figures.values.iter_mut().zip(values) {
            if let Some(value) = value {
                *counts.entry(value).or_default() += 1;
            }
        }
    }

    /// All of it, in the form of a baseline.
    pub(super) fn finish(self, words: &Words) -> BTreeMap<Subject, DayOf> {
        let subject = |((kind, name), figures): ((Kind, u32), Figures)| {
            let hours = (0..).zip(figures.hours).filter(|(_, events)| *events > 0).collect();
            let [networks, agents, actions, regions, accounts] = figures
                .values
                .map(|counts| counts.into_iter().map(|(word, events)| (words.text(word).to_owned(), events)).collect());
            let of = DayOf {
                events: figures.events,
                refused: figures.refused,
                hours,
                networks,
                agents,
                actions,
                regions,
                accounts,
                ..DayOf::default()
            };
            (kind.subject(words.text(name).to_owned()), of)
        };
        self.0.into_iter().map(subject).collect()
    }
}
