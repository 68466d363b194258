//! Condition operators (facts C1 to C14).

use std::net::IpAddr;

use base64::Engine as _;
use ipnet::IpNet;
use jiff::Timestamp;

use crate::ContextValue;
use crate::glob::Glob;
use crate::text::{HoleReader, Piece, Text};
use crate::work::spend;

/// The comparison that an operator makes, without its negation, prefix and suffix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Test {
    StringEquals,
    StringEqualsIgnoreCase,
    StringLike,
    /// `ArnEquals` and `ArnLike` alike (fact C7).
    Arn,
    Numeric(Order),
    Date(Order),
    Bool,
    Binary,
    Ip,
    /// `Null`.
    Null,
    /// An operator that does not exist: the statement does not match (fact C4).
    Unknown,
}

/// An order between the request's value and the policy's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// How a multi-valued key is looked at (facts C12, C13).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Quantifier {
    /// One value.
    Single,
    /// `ForAllValues:`.
    All,
    /// `ForAnyValue:`.
    Any,
}

/// An operator taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Operator {
    pub(crate) test: Test,
    /// `…Not…`: the value must match none of the policy's.
    pub(crate) negated: bool,
    pub(crate) quantifier: Quantifier,
    /// `…IfExists`: true where the key is missing.
    pub(crate) if_exists: bool,
}

impl Operator {
    /// Takes an operator's name apart; case does not matter on input (fact C5).
    pub(crate) fn parse(name: &str) -> Self {
        let lower = name.to_ascii_lowercase();
        let (quantifier, rest) = match lower.split_once(':') {
            Some(("forallvalues", rest)) => (Quantifier::All, rest),
            Some(("foranyvalue", rest)) => (Quantifier::Any, rest),
            Some(_) => (Quantifier::Single, "?"),
            None => (Quantifier::Single, lower.as_str()),
        };
        let (rest, if_exists) = rest.strip_suffix("ifexists").map_or((rest, false), |rest| (rest, true));
        let (test, negated) = match rest {
            "stringequals" => (Test::StringEquals, false),
            "stringnotequals" => (Test::StringEquals, true),
            "stringequalsignorecase" => (Test::StringEqualsIgnoreCase, false),
            "stringnotequalsignorecase" => (Test::StringEqualsIgnoreCase, true),
            "stringlike" => (Test::StringLike, false),
            "stringnotlike" => (Test::StringLike, true),
            "arnequals" | "arnlike" => (Test::Arn, false),
            "arnnotequals" | "arnnotlike" => (Test::Arn, true),
            "numericequals" => (Test::Numeric(Order::Equal), false),
            "numericnotequals" => (Test::Numeric(Order::Equal), true),
            "numericlessthan" => (Test::Numeric(Order::Less), false),
            "numericlessthanequals" => (Test::Numeric(Order::LessOrEqual), false),
            "numericgreaterthan" => (Test::Numeric(Order::Greater), false),
            "numericgreaterthanequals" => (Test::Numeric(Order::GreaterOrEqual), false),
            "dateequals" => (Test::Date(Order::Equal), false),
            "datenotequals" => (Test::Date(Order::Equal), true),
            "datelessthan" => (Test::Date(Order::Less), false),
            "datelessthanequals" => (Test::Date(Order::LessOrEqual), false),
            "dategreaterthan" => (Test::Date(Order::Greater), false),
            "dategreaterthanequals" => (Test::Date(Order::GreaterOrEqual), false),
            "bool" => (Test::Bool, false),
            "binaryequals" => (Test::Binary, false),
            "ipaddress" => (Test::Ip, false),
            "notipaddress" => (Test::Ip, true),
            "null" if !if_exists => (Test::Null, false),
            _ => (Test::Unknown, false),
        };
        Self { test, negated, quantifier, if_exists }
    }

    /// Whether variables are put into its values (fact D1).
    fn takes_variables(self) -> bool {
        matches!(
            self.test,
            Test::StringEquals | Test::StringEqualsIgnoreCase | Test::StringLike | Test::Arn | Test::Bool
        )
    }
}

/// One operator, one key and its values.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Condition {
    pub(crate) operator: Operator,
    /// The key, in lower case (fact C2).
    pub(crate) key: String,
    pub(crate) values: Vec<Value>,
}

/// A value of a condition, compiled where no variable is in it.
#[derive(Debug, Clone)]
pub(crate) struct Value {
    pub(crate) text: Text,
    /// The value as it stands in the policy.
    pub(crate) raw: String,
    compiled: Option<Matcher>,
}

impl PartialEq for Value {
    /// What is compiled follows from the text and the operator.
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text && self.raw == other.raw
    }
}

#[derive(Debug, Clone)]
enum Matcher {
    Exactly(String),
    ExactlyIgnoringCase(String),
    Like(Glob),
    /// Six patterns, one a segment.
    Arn(Vec<Glob>),
    Number(Order, f64),
    Date(Order, Timestamp),
    Bool(bool),
    Bytes(Vec<u8>),
    Net(IpNet),
    /// A value that its operator cannot read: it matches nothing.
    Nothing,
}

impl Condition {
    pub(crate) fn new(operator: &str, key: &str, values: &[String], variables: bool, hole: HoleReader<'_>) -> Self {
        let operator = Operator::parse(operator);
        let values = values.iter().map(|raw| {
            let text = Text::parse(raw, variables && operator.takes_variables(), hole);
            let open = text.pieces.iter().any(|piece| matches!(piece, Piece::Variable { .. } | Piece::Hole(_)));
            let compiled = (!open).then(|| Matcher::new(operator.test, &text));
            Value { text, raw: raw.clone(), compiled }
        });
        Self { operator, key: key.to_ascii_lowercase(), values: values.collect() }
    }

    pub(crate) fn has_hole(&self) -> bool {
        self.values.iter().any(|value| value.text.has_hole())
    }

    /// Whether it holds for the value `found` of its key. `lookup` gives the values of variables, by key in lower
    /// case; `hole` says whether a value that is not known yet matches.
    pub(crate) fn holds_for(
        &self,
        found: Option<&ContextValue>,
        lookup: &dyn Fn(&str) -> Option<ContextValue>,
        hole: bool,
    ) -> bool {
        let Operator { test, if_exists, quantifier, negated } = self.operator;
        spend(1);
        if test == Test::Unknown {
            return false;
        }
        // An empty set counts as missing (fact C3).
        let values: &[String] = match found {
            None => &[],
            Some(ContextValue::One(value)) => std::slice::from_ref(value),
            Some(ContextValue::Many(values)) => values,
        };
        if test == Test::Null {
            let missing = values.is_empty();
            return self.values.iter().any(|value| match value.raw.to_ascii_lowercase().as_str() {
                "true" => missing,
                "false" => !missing,
                _ => false,
            });
        }
        if values.is_empty() {
            return match quantifier {
                Quantifier::All => true,
                Quantifier::Any => if_exists,
                Quantifier::Single => if_exists || negated,
            };
        }
        spend(self.values.len() * values.len());
        let one =
            |value: &String| self.values.iter().any(|wanted| wanted.matches(test, value, lookup, hole)) != negated;
        match quantifier {
            Quantifier::All => {
                // An empty string counts as nothing for `ForAllValues` (fact C3).
                values.iter().filter(|value| !value.is_empty()).all(one)
            }
            Quantifier::Any => values.iter().any(one),
            // A set under an operator for one value: no positive match, even where it holds one (fact C12).
            Quantifier::Single if is_set(&self.key) => negated,
            Quantifier::Single => match found {
                Some(ContextValue::Many(values)) if values.len() != 1 => negated,
                _ => values.first().is_some_and(one),
            },
        }
    }
}

/// The global keys that hold sets (fact C14).
pub(crate) fn is_set(key: &str) -> bool {
    matches!(
        key,
        "aws:calledvia"
            | "aws:tagkeys"
            | "aws:principalorgpaths"
            | "aws:resourceorgpaths"
            | "aws:sourceorgpaths"
            | "aws:vpceorgpaths"
            | "aws:principalservicenameslist"
    )
}

impl Value {
    /// Whether the request's value matches this one.
    pub(crate) fn matches(
        &self,
        test: Test,
        given: &str,
        lookup: &dyn Fn(&str) -> Option<ContextValue>,
        hole: bool,
    ) -> bool {
        match &self.compiled {
            Some(matcher) => matcher.matches(given),
            None if self.text.has_hole() => hole,
            None => {
                let filled = self.text.fill(&|key| single(lookup(key)));
                filled.is_some_and(|text| Matcher::new(test, &text).matches(given))
            }
        }
    }

    /// The network, for an address test.
    pub(crate) fn net(&self) -> Option<IpNet> {
        match &self.compiled {
            Some(Matcher::Net(net)) => Some(*net),
            _ => None,
        }
    }
}

/// Whether an ARN matches a pattern, as `ArnLike` compares them (fact C7).
pub fn arn_matches(pattern: &str, arn: &str) -> bool {
    Matcher::new(Test::Arn, &Text::parse(pattern, false, &|_| None)).matches(arn)
}

/// A key with several values has no text to put in place of a variable (fact D1).
pub(crate) fn single(value: Option<ContextValue>) -> Option<String> {
    match value? {
        ContextValue::One(text) => Some(text),
        ContextValue::Many(_) => None,
    }
}

impl Matcher {
    fn new(test: Test, text: &Text) -> Self {
        let plain = || text.plain();
        let made = match test {
            Test::StringEquals => Some(Self::Exactly(plain())),
            Test::StringEqualsIgnoreCase => Some(Self::ExactlyIgnoringCase(plain().to_lowercase())),
            Test::StringLike => Some(Self::Like(text.glob())),
            Test::Arn => segments(text).map(Self::Arn),
            Test::Numeric(order) => number(&plain()).map(|number| Self::Number(order, number)),
            Test::Date(order) => date(&plain()).map(|date| Self::Date(order, date)),
            Test::Bool => truth(&plain()).map(Self::Bool),
            Test::Binary => base64::engine::general_purpose::STANDARD.decode(plain()).ok().map(Self::Bytes),
            Test::Ip => net(&plain()).map(Self::Net),
            Test::Null | Test::Unknown => None,
        };
        made.unwrap_or(Self::Nothing)
    }

    fn matches(&self, given: &str) -> bool {
        match self {
            Self::Exactly(wanted) => wanted == given,
            Self::ExactlyIgnoringCase(wanted) => *wanted == given.to_lowercase(),
            Self::Like(glob) => glob.matches(given),
            Self::Arn(wanted) => {
                let parts: Vec<&str> = given.splitn(6, ':').collect();
                parts.len() == 6
                    && parts.first() == Some(&"arn")
                    && parts.iter().zip(wanted).all(|(part, glob)| glob.matches(part))
            }
            Self::Number(order, wanted) => number(given).is_some_and(|given| order.holds(given.partial_cmp(wanted))),
            Self::Date(order, wanted) => date(given).is_some_and(|given| order.holds(Some(given.cmp(wanted)))),
            Self::Bool(wanted) => truth(given) == Some(*wanted),
            Self::Bytes(wanted) => {
                base64::engine::general_purpose::STANDARD.decode(given).is_ok_and(|given| given == *wanted)
            }
            Self::Net(net) => given.parse::<IpAddr>().is_ok_and(|given| net.contains(&given)),
            Self::Nothing => false,
        }
    }
}

impl Order {
    fn holds(self, found: Option<std::cmp::Ordering>) -> bool {
        found.is_some_and(|found| match self {
            Self::Equal => found.is_eq(),
            Self::Less => found.is_lt(),
            Self::LessOrEqual => found.is_le(),
            Self::Greater => found.is_gt(),
            Self::GreaterOrEqual => found.is_ge(),
        })
    }
}

/// The six segments of an ARN pattern; the last one may hold colons. A `*` for all of it stands for every ARN.
fn segments(text: &Text) -> Option<Vec<Glob>> {
    if text.pieces == [Piece::Run] {
        return Some(vec![Glob::new("*"); 6]);
    }
    let mut parts: Vec<Text> = vec![Text::default()];
    for piece in &text.pieces {
        let Piece::Literal(literal) = piece else {
            parts.last_mut()?.pieces.push(piece.clone());
            continue;
        };
        let room = 7 - parts.len();
        for (index, part) in literal.splitn(room, ':').enumerate() {
            if index > 0 {
                parts.push(Text::default());
            }
            if !part.is_empty() {
                parts.last_mut()?.pieces.push(Piece::Literal(part.to_owned()));
            }
        }
    }
    (parts.len() == 6).then(|| parts.iter().map(Text::glob).collect())
}

/// `true` or `false`, in any case; nothing else is a truth (fact C9).
fn truth(text: &str) -> Option<bool> {
    [true, false].into_iter().find(|truth| text.eq_ignore_ascii_case(&truth.to_string()))
}

/// A decimal number; no wildcards, no exponent words (fact C8).
pub(crate) fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E'));
    (plain && !text.is_empty()).then(|| text.parse().ok()).flatten()
}

/// ISO 8601 as W3C notes it, from a year on, or seconds since 1970 (fact C8); four digits are a year.
pub(crate) fn date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<i64>()
        && !(text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit()))
    {
        return Timestamp::from_second(seconds).ok();
    }
    if let Ok(instant) = text.parse() {
        return Some(instant);
    }
    let padded = match text.len() {
        4 => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        _ => text.trim_end_matches('Z').to_owned(),
    };
    let civil = padded.parse::<jiff::civil::DateTime>().ok()?;
    jiff::tz::Offset::UTC.to_timestamp(civil).ok()
}

/// A network; an address alone is a network of one (fact C10).
pub(crate) fn net(text: &str) -> Option<IpNet> {
    let text = text.trim();
    text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}
