//! Condition blocks: C1–C14.

use std::net::IpAddr;

use serde_json::Value;

use crate::request::{Context, Held};
use crate::text::{arn_parts, globs, pieces};

/// Values of a policy element: one or many, numbers and booleans as their text (B1).
pub(crate) fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(values) => values.iter().flat_map(texts).collect(),
        Value::String(text) => vec![text.clone()],
        Value::Null | Value::Object(_) => Vec::new(),
        other => vec![other.to_string()],
    }
}

/// Whether the whole block holds; `variables` are on in documents of 2012 (D1).
pub(crate) fn holds(block: &Value, context: &Context, variables: bool) -> bool {
    let operators = block.as_object().into_iter().flatten();
    operators
        .flat_map(|(operator, keys)| keys.as_object().into_iter().flatten().map(move |key| (operator, key)))
        .all(|(operator, (key, values))| key_holds(operator, key, &texts(values), context, variables))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Quantifier {
    Every,
    Any,
    Plain,
}

fn key_holds(operator: &str, key: &str, values: &[String], context: &Context, variables: bool) -> bool {
    let (quantifier, rest) = if let Some(rest) = operator.strip_prefix("ForAllValues:") {
        (Quantifier::Every, rest)
    } else if let Some(rest) = operator.strip_prefix("ForAnyValue:") {
        (Quantifier::Any, rest)
    } else {
        (Quantifier::Plain, operator)
    };
    let key = key.to_lowercase();
    // A list of one is the one, but for the keys that are sets by nature (C14).
    let held = context.get(&key).map(|held| match held {
        Held::Many(values) if !is_set(&key) => match values.as_slice() {
            [one] => Held::One(one.clone()),
            _ => held.clone(),
        },
        Held::One(one) if is_set(&key) => Held::Many(vec![one.clone()]),
        other => other.clone(),
    });
    // An empty set is as good as none (C3).
    let missing = match &held {
        None => true,
        Some(Held::Many(values)) => values.is_empty(),
        Some(Held::One(_)) => false,
    };
    if rest == "Null" {
        return values.iter().any(|value| value.eq_ignore_ascii_case(if missing { "true" } else { "false" }));
    }
    let (name, if_exists) = rest.strip_suffix("IfExists").map_or((rest, false), |name| (name, true));
    let Some(operation) = Operation::named(name) else { return false };
    if missing {
        return match quantifier {
            Quantifier::Every => true,
            Quantifier::Any => if_exists,
            Quantifier::Plain => if_exists || operation.negated,
        };
    }
    let with = variables.then_some(context);
    let accepts = |one: &String| {
        let hit = values.iter().any(|value| operation.compares(value, one, with));
        hit != operation.negated
    };
    match (quantifier, &held) {
        // A set without a set operator matches nothing (C12).
        (Quantifier::Plain, Some(Held::Many(_))) => operation.negated,
        (Quantifier::Every, Some(Held::One(one))) => one.is_empty() || accepts(one),
        (_, Some(Held::One(one))) => accepts(one),
        (Quantifier::Every, Some(Held::Many(many))) => many.iter().filter(|one| !one.is_empty()).all(accepts),
        (Quantifier::Any, Some(Held::Many(many))) => many.iter().any(accepts),
        (_, None) => false,
    }
}

/// The global keys that are sets (C14).
fn is_set(key: &str) -> bool {
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

#[derive(Clone, Copy, PartialEq, Eq)]
enum Compare {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Text,
    AnyCase,
    Glob,
    Arn,
    Number(Compare),
    Date(Compare),
    Bool,
    Bytes,
    Address,
}

struct Operation {
    sort: Sort,
    negated: bool,
}

impl Operation {
    fn named(name: &str) -> Option<Self> {
        let (sort, negated) = match name {
            "StringEquals" => (Sort::Text, false),
            "StringNotEquals" => (Sort::Text, true),
            "StringEqualsIgnoreCase" => (Sort::AnyCase, false),
            "StringNotEqualsIgnoreCase" => (Sort::AnyCase, true),
            "StringLike" => (Sort::Glob, false),
            "StringNotLike" => (Sort::Glob, true),
            // ArnEquals is ArnLike (C7).
            "ArnEquals" | "ArnLike" => (Sort::Arn, false),
            "ArnNotEquals" | "ArnNotLike" => (Sort::Arn, true),
            "Bool" => (Sort::Bool, false),
            "BinaryEquals" => (Sort::Bytes, false),
            "IpAddress" => (Sort::Address, false),
            "NotIpAddress" => (Sort::Address, true),
            _ => {
                let (sort, rest): (fn(Compare) -> Sort, _) = if let Some(rest) = name.strip_prefix("Numeric") {
                    (Sort::Number, rest)
                } else {
                    (Sort::Date, name.strip_prefix("Date")?)
                };
                let (compare, negated) = match rest {
                    "Equals" => (Compare::Equal, false),
                    "NotEquals" => (Compare::Equal, true),
                    "LessThan" => (Compare::Less, false),
                    "LessThanEquals" => (Compare::LessOrEqual, false),
                    "GreaterThan" => (Compare::Greater, false),
                    "GreaterThanEquals" => (Compare::GreaterOrEqual, false),
                    _ => return None,
                };
                (sort(compare), negated)
            }
        };
        Some(Self { sort, negated })
    }

    /// Whether the value of the policy meets the one of the request, before any negation.
    fn compares(&self, policy: &str, request: &str, variables: Option<&Context>) -> bool {
        match self.sort {
            Sort::Text => pieces(policy, false, variables).is_some_and(|pattern| globs(&pattern, request)),
            Sort::AnyCase => pieces(policy, false, variables).is_some_and(|pattern| {
                let lower = pattern.iter().map(|piece| match piece {
                    crate::text::Piece::Exactly(letter) => crate::text::Piece::Exactly(letter.to_ascii_lowercase()),
                    other => *other,
                });
                globs(&lower.collect::<Vec<_>>(), &request.to_ascii_lowercase())
            }),
            Sort::Glob => pieces(policy, true, variables).is_some_and(|pattern| globs(&pattern, request)),
            Sort::Arn => arn(policy, request, variables),
            Sort::Number(compare) => ordered(compare, number(request), number(policy)),
            Sort::Date(compare) => ordered(compare, date(request), date(policy)),
            Sort::Bool => ["true", "false"]
                .iter()
                .any(|word| policy.eq_ignore_ascii_case(word) && request.eq_ignore_ascii_case(word)),
            // JSON holds no bytes: the request's stand in base64 too (C11).
            Sort::Bytes => base64(policy).is_some_and(|bytes| base64(request) == Some(bytes)),
            Sort::Address => address(policy, request),
        }
    }
}

fn arn(policy: &str, request: &str, variables: Option<&Context>) -> bool {
    let Some(pattern) = pieces(policy, true, variables).and_then(|pattern| arn_parts(&pattern)) else { return false };
    let parts: Vec<&str> = request.splitn(6, ':').collect();
    request.starts_with("arn:")
        && parts.len() == 6
        && pattern.iter().zip(&parts).all(|(pattern, part)| globs(pattern, part))
}

fn ordered(compare: Compare, request: Option<f64>, policy: Option<f64>) -> bool {
    let (Some(request), Some(policy)) = (request, policy) else { return false };
    match compare {
        Compare::Equal => request.total_cmp(&policy).is_eq(),
        Compare::Less => request < policy,
        Compare::LessOrEqual => request <= policy,
        Compare::Greater => request > policy,
        Compare::GreaterOrEqual => request >= policy,
    }
}

/// Plain decimal numbers (C8).
fn number(text: &str) -> Option<f64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.starts_with(|letter: char| letter.is_ascii_digit())
        && digits.chars().all(|letter| letter.is_ascii_digit() || letter == '.');
    plain.then(|| text.parse().ok()).flatten()
}

/// Seconds since 1970: the whole number itself, or `YYYY-MM-DD` with an optional `Thh:mm:ssZ` (C8).
fn date(text: &str) -> Option<f64> {
    /// The last second whose year has four digits.
    const LAST: f64 = 253_402_300_799.0;
    if let Some(seconds) = number(text) {
        return (seconds <= LAST && !text.contains('.')).then_some(seconds);
    }
    let (day, time) = match text.split_once('T') {
        Some((day, time)) => (day, time.strip_suffix('Z')?),
        None => (text, "00:00:00"),
    };
    let parts = |text: &str, mark: char| -> Option<[f64; 3]> {
        let numbers: Vec<f64> = text.split(mark).map(number).collect::<Option<_>>()?;
        numbers.try_into().ok()
    };
    let ([year, month, day], [hour, minute, second]) = (parts(day, '-')?, parts(time, ':')?);
    // Years counted from March, so that the leap day is the last of its year.
    let (year, month) = if month > 2.0 { (year, month - 3.0) } else { (year - 1.0, month + 9.0) };
    let leap = (year / 4.0).floor() - (year / 100.0).floor() + (year / 400.0).floor();
    let days = year * 365.0 + leap + ((153.0 * month + 2.0) / 5.0).floor() + day - 1.0 - 719_468.0;
    Some(days * 86_400.0 + hour * 3_600.0 + minute * 60.0 + second)
}

fn base64(text: &str) -> Option<Vec<u8>> {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0_u32);
    for letter in text.trim_end_matches('=').chars() {
        bits = (bits << 6) | u32::try_from(LETTERS.find(letter)?).ok()?;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from((bits >> count) & 0xff).ok()?);
        }
    }
    Some(bytes)
}

/// Whether a block of addresses holds an address; the two families never meet (C10).
fn address(policy: &str, request: &str) -> bool {
    let (Some((base, length)), Ok(one)) = (block(policy), request.parse::<IpAddr>()) else { return false };
    let bits = |address: IpAddr| match address {
        IpAddr::V4(four) => u128::from(u32::from(four)) << 96,
        IpAddr::V6(six) => u128::from(six),
    };
    let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
    base.is_ipv4() == one.is_ipv4() && bits(base) & mask == bits(one) & mask
}

/// Base and prefix length of a block of addresses; a lone address is the whole of its block.
pub(crate) fn block(text: &str) -> Option<(IpAddr, u32)> {
    let (base, length) = match text.split_once('/') {
        Some((base, length)) => (base.parse::<IpAddr>().ok()?, Some(length.parse::<u32>().ok()?)),
        None => (text.parse::<IpAddr>().ok()?, None),
    };
    let most = if base.is_ipv4() { 32 } else { 128 };
    let length = length.unwrap_or(most);
    (length <= most).then_some((base, length))
}
