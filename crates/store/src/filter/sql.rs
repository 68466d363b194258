//! The same question in SQL, in words that the embedded engine and Spark both have.
//!
//! Two things are outside that: a network of IPv6 asks `in_network`, which the embedded engine alone has, and a backslash
//! in a value would have to be written twice for Spark.

use std::fmt::Write as _;

use ipnet::{IpNet, Ipv4Net};
use jiff::civil::Weekday;

use super::name::DOMAIN;
use super::{Asks, Filter, Glob, Name, Pattern, Term};
use crate::field::{Field, Kind};
use crate::read::Span;

/// What a person wants to see of an event first.
const SHOWN: [Field; 9] = [
    Field::Time,
    Field::MetadataUid,
    Field::User,
    Field::Ip,
    Field::Service,
    Field::Operation,
    Field::StatusId,
    Field::Error,
    Field::Resources,
];

impl Filter {
    /// A statement that finds what the filter finds, or counts it by some values.
    pub fn statement(&self, table: &str, by: &[Name]) -> String {
        let clauses: Vec<String> = bounds(&self.span).into_iter().chain(self.terms.iter().map(term)).collect();
        let mut place = format!("FROM {table}");
        for (index, clause) in clauses.iter().enumerate() {
            let word = if index == 0 { "WHERE" } else { "  AND" };
            // Writing into a string cannot fail.
            let _ = write!(place, "\n{word} {clause}");
        }
        if by.is_empty() {
            let columns: Vec<&str> = SHOWN.iter().map(|field| field.name()).collect();
            return format!("SELECT {}\n{place}\nORDER BY time, metadata_uid", columns.join(", "));
        }
        let values: Vec<String> = by.iter().map(|name| format!("{} AS by_{}", value(*name), name.word())).collect();
        let places: Vec<String> = (1..=by.len()).map(|place| place.to_string()).collect();
        let places = places.join(", ");
        let values = values.join(", ");
        format!("SELECT {values}, count(*) AS events\n{place}\nGROUP BY {places}\nORDER BY events DESC, {places}")
    }
}

fn bounds(span: &Span) -> Vec<String> {
    let (since, until) = span.millis();
    let bound = |sign: &str, millis: i64| {
        // An instant that no clock shows is one that nothing is before, or after.
        let at = jiff::Timestamp::from_millisecond(millis).ok()?;
        (0..=9999)
            .contains(&jiff::tz::Offset::UTC.to_datetime(at).year())
            .then(|| format!("time {sign} TIMESTAMP '{at}'"))
    };
    [bound(">=", since), bound("<", until)].into_iter().flatten().collect()
}

fn term(term: &Term) -> String {
    let (clause, may_be_null) = match &term.asks {
        Asks::Failed => return format!("status_id {} 2", if term.negated { "<>" } else { "=" }),
        Asks::Text(text) => (like("lower(raw_data)", &format!("%{}%", escaped(text))), false),
        Asks::Has(name, patterns) => {
            let mut clauses: Vec<String> = patterns.iter().flat_map(|pattern| has(*name, pattern)).collect();
            clauses.dedup();
            match clauses.as_slice() {
                [one] => (one.clone(), true),
                _ => (format!("({})", clauses.join(" OR ")), true),
            }
        }
    };
    match (term.negated, may_be_null) {
        (false, _) => clause,
        (true, false) => format!("NOT {clause}"),
        // What has no value is not what is asked for, so it is what is left.
        (true, true) => format!("NOT COALESCE({clause}, FALSE)"),
    }
}

/// The ways in which a row can have a value; any of them suffices.
fn has(name: Name, pattern: &Pattern) -> Vec<String> {
    let glob = match pattern {
        Pattern::Network(IpNet::V4(network)) => return vec![within(*network)],
        Pattern::Network(network) => return vec![format!("in_network(src_endpoint_ip, '{network}')")],
        Pattern::Glob(glob) => glob,
    };
    let columns = || name.fields().iter().map(|field| fits(&format!("lower({})", field.name()), glob));
    match name {
        Name::Actor | Name::Ip => columns().collect(),
        Name::Service => {
            let long: Vec<char> = glob.chars().iter().copied().chain(DOMAIN.chars()).collect();
            columns().chain([fits_chars("lower(api_service_name)", &long)]).collect()
        }
        Name::Action => {
            let mut ways = vec![fits("lower(api_operation)", glob)];
            if glob.chars().iter().any(|c| matches!(c, ':' | '*' | '?')) {
                let short = format!(
                    "CASE WHEN lower(api_service_name) LIKE '%{DOMAIN}' THEN \
                     substr(lower(api_service_name), 1, length(api_service_name) - {}) \
                     ELSE lower(api_service_name) END",
                    DOMAIN.len()
                );
                ways.push(fits(&format!("concat({short}, ':', lower(api_operation))"), glob));
            }
            ways
        }
        Name::Column(Field::Resources) => vec![line(glob)],
        Name::Column(field) => match field.kind() {
            Kind::Text => columns().collect(),
            Kind::Number | Kind::Time => vec![fits(&value(name), glob)],
            Kind::Flag => chosen([("yes", "TRUE"), ("no", "FALSE")], glob, |word| format!("{} = {word}", field.name())),
        },
        Name::Day => vec![fits(&value(name), glob)],
        Name::Hour => {
            let hours: Vec<String> = (0..24).map(|hour| format!("{hour:02}")).collect();
            let hours: Vec<&str> = hours.iter().filter(|hour| glob.fits(hour)).map(String::as_str).collect();
            let numbers: Vec<&str> = hours.iter().map(|hour| hour.strip_prefix('0').unwrap_or(hour)).collect();
            match numbers.as_slice() {
                [] => vec!["FALSE".to_owned()],
                numbers => vec![format!("EXTRACT(HOUR FROM time) IN ({})", numbers.join(", "))],
            }
        }
        Name::Weekday => {
            let days = weekdays();
            chosen(days.iter().map(|(word, clause)| (word.as_str(), clause.as_str())), glob, str::to_owned)
        }
    }
}

/// Of a few words those that fit.
fn chosen<'a>(
    words: impl IntoIterator<Item = (&'a str, &'a str)>,
    glob: &Glob,
    clause: impl Fn(&str) -> String,
) -> Vec<String> {
    let mut found: Vec<String> =
        words.into_iter().filter(|(word, _)| glob.fits(word)).map(|(_, said)| clause(said)).collect();
    if found.is_empty() {
        found.push("FALSE".to_owned());
    }
    found
}

/// The days of the week, each with what is true on it. Engines count them from different days, but all begin a week on
/// Monday.
fn weekdays() -> Vec<(String, String)> {
    (0..7)
        .zip(Weekday::Monday.cycle_forward())
        .map(|(after, day)| {
            let start = format!("CAST(date_trunc('week', time) + INTERVAL '{after}' DAY AS DATE)");
            (format!("{day:?}").to_lowercase(), format!("CAST(time AS DATE) = {start}"))
        })
        .collect()
}

/// The one value that a row is counted under.
fn value(name: Name) -> String {
    let columns = |fields: &[Field]| fields.iter().map(|field| field.name()).collect::<Vec<_>>().join(", ");
    match name {
        Name::Actor => format!("COALESCE({})", columns(&[Field::SourceIdentity, Field::User, Field::InvokedBy])),
        Name::Ip => format!("COALESCE({})", columns(&[Field::Ip, Field::Domain])),
        Name::Action => Field::Operation.name().to_owned(),
        Name::Service => Field::Service.name().to_owned(),
        Name::Column(field) => match field.kind() {
            Kind::Text => field.name().to_owned(),
            Kind::Number | Kind::Time => format!("CAST({} AS STRING)", field.name()),
            Kind::Flag => format!("CASE WHEN {0} THEN 'yes' WHEN NOT {0} THEN 'no' END", field.name()),
        },
        Name::Day => "CAST(CAST(time AS DATE) AS STRING)".to_owned(),
        Name::Hour => "lpad(CAST(EXTRACT(HOUR FROM time) AS STRING), 2, '0')".to_owned(),
        Name::Weekday => {
            let whens: Vec<String> =
                weekdays().into_iter().map(|(day, clause)| format!("WHEN {clause} THEN '{day}'")).collect();
            format!("CASE {} END", whens.join(" "))
        }
    }
}

fn fits(text: &str, glob: &Glob) -> String {
    fits_chars(text, glob.chars())
}

fn fits_chars(text: &str, glob: &[char]) -> String {
    if !glob.contains(&'*') && !glob.contains(&'?') {
        return format!("{text} = {}", quoted(&glob.iter().collect::<String>()));
    }
    let mut pattern = String::new();
    for c in glob {
        match c {
            '*' => pattern.push('%'),
            '?' => pattern.push('_'),
            c => pattern.push_str(&escaped(c.encode_utf8(&mut [0; 4]))),
        }
    }
    like(text, &pattern)
}

fn like(text: &str, pattern: &str) -> String {
    format!("{text} LIKE {}", quoted(pattern))
}

/// Text as itself within a pattern of `LIKE`, with the escape that both engines have where none is named.
fn escaped(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// One line of `resources_uid` as a whole.
fn line(glob: &Glob) -> String {
    let column = Field::Resources.name();
    if glob.chars().iter().all(|c| *c == '*') {
        return format!("{column} <> ''");
    }
    if glob.chars().contains(&'\n') {
        return "FALSE".to_owned();
    }
    let mut pattern = String::from("(^|\\n)");
    for c in glob.chars() {
        match c {
            '*' => pattern.push_str("[^\\n]*"),
            '?' => pattern.push_str("[^\\n]"),
            '.' | '+' | '(' | ')' | '{' | '}' | '|' | '$' => pattern.extend(['[', *c, ']']),
            '[' | ']' | '^' | '\\' => pattern.extend(['\\', *c]),
            c => pattern.push(*c),
        }
    }
    pattern.push_str("(\\n|$)");
    format!("regexp_like(lower({column}), {})", quoted(&pattern))
}

/// An IPv4 address within a network: the octets that are fixed as text, the one that is fixed in part as a number.
fn within(network: Ipv4Net) -> String {
    let column = Field::Ip.name();
    let octets = network.network().octets();
    let whole = usize::from(network.prefix_len() / 8);
    let part = network.prefix_len() % 8;
    let fixed: Vec<String> = octets.iter().take(whole).map(u8::to_string).collect();
    let fixed = fixed.join(".");
    if whole == octets.len() {
        return format!("{column} = '{}'", network.network());
    }
    let first = octets.get(whole).copied().unwrap_or_default();
    let last = first | u8::MAX.checked_shr(part.into()).unwrap_or_default();
    let number = format!("TRY_CAST(split_part({column}, '.', {}) AS BIGINT) BETWEEN {first} AND {last}", whole + 1);
    match (whole, part) {
        (0, _) => number,
        (_, 0) => format!("{column} LIKE '{fixed}.%'"),
        _ => format!("({column} LIKE '{fixed}.%' AND {number})"),
    }
}
