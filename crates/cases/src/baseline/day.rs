//! One day of one subject, and the file that has them all.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Write};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The form of the file.
const FORMAT: u32 = 1;

/// Whose usual it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A person, by the name that it has everywhere.
    Person(String),
    /// A role, by its ARN.
    Role(String),
    /// A long-lived access key.
    Key(String),
    /// An account.
    Account(String),
    /// A bucket.
    Bucket(String),
}

impl Subject {
    /// What it is, in a word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Person(_) => "person",
            Self::Role(_) => "role",
            Self::Key(_) => "key",
            Self::Account(_) => "account",
            Self::Bucket(_) => "bucket",
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        let (Self::Person(name) | Self::Role(name) | Self::Key(name) | Self::Account(name) | Self::Bucket(name)) = self;
        name
    }

    fn read(text: &str) -> Option<Self> {
        let (word, name) = text.split_once(' ')?;
        let name = name.to_owned();
        Some(match word {
            "person" => Self::Person(name),
            "role" => Self::Role(name),
            "key" => Self::Key(name),
            "account" => Self::Account(name),
            "bucket" => Self::Bucket(name),
            _ => return None,
        })
    }
}

impl Serialize for Subject {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{} {}", self.word(), self.name()))
    }
}

impl<'de> Deserialize<'de> for Subject {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::read(&text).ok_or_else(|| serde::de::Error::custom(format!("`{text}` is no subject of a baseline")))
    }
}

/// What one subject did on one day, in UTC. Each map has how many events there were of each.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DayOf {
    /// Events.
    pub events: u64,
    /// Refused ones.
    pub refused: u64,
    /// By hour of the day.
    pub hours: BTreeMap<u8, u64>,
    /// By network: /16, or /32 of IPv6.
    pub networks: BTreeMap<String, u64>,
    /// By client and system.
    pub agents: BTreeMap<String, u64>,
    /// By action.
    pub actions: BTreeMap<String, u64>,
    /// By region.
    pub regions: BTreeMap<String, u64>,
    /// By account.
    pub accounts: BTreeMap<String, u64>,
    /// Bytes that went out of a bucket, where data events say.
    pub bytes_out: u64,
    /// Whether any event said how many bytes went out.
    pub says_bytes: bool,
    /// Instances that were terminated, each once.
    pub terminated: u64,
}

/// One day of all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    /// Which files of the store it was made from.
    pub stamp: String,
    /// By subject.
    pub subjects: BTreeMap<Subject, DayOf>,
}

/// All days.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baselines {
    /// By day.
    pub days: BTreeMap<Date, Day>,
}

/// A file that has no baselines.
#[derive(Debug)]
pub enum NotBaselines {
    /// It cannot be read.
    Io(io::Error),
    /// It is of a newer forewarn.
    Newer(u32),
    /// It does not read, at a line.
    Line(usize, String),
}

impl std::fmt::Display for NotBaselines {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Io(error) => write!(f, "{error}"),
            Self::Newer(format) => write!(f, "it has format {format}, this forewarn knows {FORMAT}; use a newer one"),
            Self::Line(line, error) => write!(f, "line {line}: {error}"),
        }
    }
}

impl std::error::Error for NotBaselines {}

#[derive(Serialize, Deserialize)]
struct Head {
    format: u32,
}

#[derive(Serialize, Deserialize)]
struct Line {
    day: Date,
    of: Day,
}

impl Baselines {
    /// Reads a file: a line with its form, then a line for each day.
    ///
    /// # Errors
    /// It is no such file, or of a newer forewarn.
    pub fn read(from: impl BufRead) -> Result<Self, NotBaselines> {
        let mut all = Self::default();
        for (index, line) in from.lines().enumerate() {
            let line = line.map_err(NotBaselines::Io)?;
            let broken = |error: serde_json::Error| NotBaselines::Line(index + 1, error.to_string());
            if index == 0 {
                let head: Head = serde_json::from_str(&line).map_err(broken)?;
                if head.format != FORMAT {
                    return Err(NotBaselines::Newer(head.format));
                }
                continue;
            }
            let line: Line = serde_json::from_str(&line).map_err(broken)?;
            all.days.insert(line.day, line.of);
        }
        Ok(all)
    }

    /// Writes the file.
    ///
    /// # Errors
    /// What `out` says.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        serde_json::to_writer(&mut *out, &Head { format: FORMAT })?;
        writeln!(out)?;
        for (day, of) in &self.days {
            serde_json::to_writer(&mut *out, &Line { day: *day, of: of.clone() })?;
            writeln!(out)?;
        }
        Ok(())
    }

    /// The subjects that there are.
    pub fn subjects(&self) -> std::collections::BTreeSet<&Subject> {
        self.days.values().flat_map(|day| day.subjects.keys()).collect()
    }

    /// The days of a subject before a day, as far back as counts.
    pub fn before<'b>(
        &'b self,
        subject: &'b Subject,
        day: Date,
    ) -> impl DoubleEndedIterator<Item = (Date, &'b DayOf)> + 'b {
        let first = day.checked_sub(jiff::Span::new().days(super::HORIZON)).unwrap_or(Date::MIN);
        self.days.range(first..day).filter_map(move |(day, all)| Some((*day, all.subjects.get(subject)?)))
    }
}
