//! The names that a filter knows, and the columns behind them.

use jiff::Timestamp;
use jiff::tz::Offset;

use crate::field::{Field, Kind};
use crate::table::Table;

/// A name of the filter language; the same names are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    /// Who: name or ARN of the user, session, role, source identity.
    Actor,
    /// The operation, alone or as `service:Operation`.
    Action,
    /// The service, as `s3` or `s3.amazonaws.com`.
    Service,
    /// The address, or what stands in its place.
    Ip,
    /// One column.
    Column(Field),
    /// The day, in UTC.
    Day,
    /// The hour of the day, in UTC.
    Hour,
    /// The day of the week, in UTC.
    Weekday,
}

/// What names of services end in.
pub(super) const DOMAIN: &str = ".amazonaws.com";

const NAMES: [(&str, Name); 31] = [
    ("account", Name::Column(Field::Account)),
    ("action", Name::Action),
    ("actor", Name::Actor),
    ("agent", Name::Column(Field::UserAgent)),
    ("category", Name::Column(Field::EventCategory)),
    ("class", Name::Column(Field::ClassUid)),
    ("day", Name::Day),
    ("endpoint", Name::Column(Field::Endpoint)),
    ("error", Name::Column(Field::Error)),
    ("hour", Name::Hour),
    ("id", Name::Column(Field::MetadataUid)),
    ("identity", Name::Column(Field::UserType)),
    ("invokedby", Name::Column(Field::InvokedBy)),
    ("ip", Name::Ip),
    ("key", Name::Column(Field::Key)),
    ("message", Name::Column(Field::ErrorMessage)),
    ("mfa", Name::Column(Field::Mfa)),
    ("name", Name::Column(Field::UserName)),
    ("readonly", Name::Column(Field::ReadOnly)),
    ("region", Name::Column(Field::Region)),
    ("request", Name::Column(Field::RequestUid)),
    ("resource", Name::Column(Field::Resources)),
    ("role", Name::Column(Field::Issuer)),
    ("service", Name::Service),
    ("session", Name::Column(Field::Session)),
    ("shared", Name::Column(Field::SharedUid)),
    ("source", Name::Column(Field::SourceIdentity)),
    ("type", Name::Column(Field::EventType)),
    ("user", Name::Column(Field::User)),
    ("version", Name::Column(Field::EventVersion)),
    ("weekday", Name::Weekday),
];

impl Name {
    /// The name with this word.
    pub fn of(word: &str) -> Option<Self> {
        NAMES.iter().find(|(name, _)| *name == word).map(|(_, name)| *name)
    }

    /// All words.
    pub fn words() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|(word, _)| *word)
    }

    /// Its word.
    pub fn word(self) -> &'static str {
        NAMES.iter().find(|(_, name)| *name == self).map_or("", |(word, _)| *word)
    }

    /// The columns that it is read from.
    pub(crate) fn fields(self) -> &'static [Field] {
        match self {
            Self::Actor => {
                &[Field::UserName, Field::User, Field::Session, Field::Issuer, Field::SourceIdentity, Field::InvokedBy]
            }
            Self::Action => &[Field::Operation, Field::Service],
            Self::Service => &[Field::Service],
            Self::Ip => &[Field::Ip, Field::Domain],
            Self::Column(field) => field.alone(),
            Self::Day | Self::Hour | Self::Weekday => &[Field::Time],
        }
    }

    /// Another spelling of a value that also counts.
    pub(super) fn also(self, text: &str) -> Option<&str> {
        match self {
            Self::Service => Some(short(text)).filter(|short| short.len() < text.len()),
            _ => None,
        }
    }

    /// Whether one of the values that a row has for it passes.
    pub(super) fn any(self, table: &Table, row: usize, mut passes: impl FnMut(&str) -> bool) -> bool {
        match self {
            Self::Actor | Self::Ip | Self::Service => {
                self.fields().iter().any(|field| table.text(*field, row).is_some_and(&mut passes))
            }
            Self::Action => {
                let operation = table.text(Field::Operation, row).unwrap_or_default();
                let service = table.text(Field::Service, row).unwrap_or_default();
                passes(operation) || passes(&format!("{}:{operation}", short(service)))
            }
            Self::Column(Field::Resources) => {
                table.text(Field::Resources, row).is_some_and(|lines| lines.lines().any(&mut passes))
            }
            Self::Column(field) if field.kind() == Kind::Text => table.text(field, row).is_some_and(passes),
            Self::Column(_) | Self::Day | Self::Hour | Self::Weekday => {
                self.value(table, row).is_some_and(|text| passes(&text))
            }
        }
    }

    /// Its columns, where each of their texts counts by itself and as a whole.
    pub(super) fn of_texts(self) -> Option<&'static [Field]> {
        match self {
            Self::Actor | Self::Ip | Self::Service => Some(self.fields()),
            Self::Column(field) if field.kind() == Kind::Text && field != Field::Resources => Some(field.alone()),
            _ => None,
        }
    }

    /// The one value that a row is counted under.
    pub(crate) fn value(self, table: &Table, row: usize) -> Option<String> {
        let text = |field| table.text(field, row).map(str::to_owned);
        match self {
            // A service in somebody's name is not who did it, unless nobody is named.
            Self::Actor => text(Field::SourceIdentity).or_else(|| text(Field::User)).or_else(|| text(Field::InvokedBy)),
            Self::Action => text(Field::Operation),
            Self::Service => text(Field::Service),
            Self::Ip => text(Field::Ip).or_else(|| text(Field::Domain)),
            Self::Column(field) => match field.kind() {
                Kind::Text => text(field),
                Kind::Number => Some(table.number(field, row).to_string()),
                Kind::Time => instant(table, row).map(|at| at.to_string()),
                Kind::Flag => table.column(field).flag(row).map(|flag| if flag { "yes" } else { "no" }.to_owned()),
            },
            Self::Day | Self::Hour | Self::Weekday => {
                let at = Offset::UTC.to_datetime(instant(table, row)?);
                Some(match self {
                    Self::Day => at.date().to_string(),
                    Self::Hour => format!("{:02}", at.hour()),
                    _ => format!("{:?}", at.weekday()).to_lowercase(),
                })
            }
        }
    }
}

/// A service without the domain of AWS.
fn short(service: &str) -> &str {
    let at = service.len().saturating_sub(DOMAIN.len());
    match (service.get(..at), service.get(at..)) {
        (Some(short), Some(end)) if end.eq_ignore_ascii_case(DOMAIN) => short,
        _ => service,
    }
}

fn instant(table: &Table, row: usize) -> Option<Timestamp> {
    Timestamp::from_millisecond(table.number(Field::Time, row)).ok()
}
