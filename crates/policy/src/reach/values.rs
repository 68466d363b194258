//! The values of a context key that are worth trying: one of every class that the conditions on it can tell apart.

use std::collections::BTreeSet;
use std::net::IpAddr;

use ipnet::IpNet;

use crate::ContextValue;
use crate::condition::{Condition, Quantifier, Test, date, number, single};
use crate::glob::{Glob, Search, Token, search};
use crate::status::narrow;
use crate::text::{Piece, Text};

/// Values to try, and whether no other value could behave differently.
#[derive(Debug, Clone, Default)]
pub(crate) struct Values {
    pub(crate) all: Vec<Option<ContextValue>>,
    pub(crate) exact: bool,
}

impl Values {
    /// Only these.
    pub(crate) fn only(all: Vec<Option<ContextValue>>) -> Self {
        Self { all, exact: true }
    }

    /// The key is missing, whatever the caller does.
    pub(crate) fn absent() -> Self {
        Self::only(vec![None])
    }
}

#[expect(clippy::unnecessary_wraps, reason = "a value beside absence, which is a value to try too")]
pub(crate) fn one(text: impl Into<String>) -> Option<ContextValue> {
    Some(ContextValue::One(text.into()))
}

/// How many patterns are told apart in every combination; beyond it each is tried on its own.
const COMBINED: usize = 6;

/// One text of each class that `patterns` tell apart, `defaults` first where they fit. Every text matches one of
/// `within`, where any is given.
pub(crate) fn texts(patterns: &[Glob], within: &[Glob], defaults: &[&str]) -> (Vec<String>, bool) {
    let anything = [Glob::from_tokens([Token::One, Token::Run])];
    let within = if within.is_empty() { &anything[..] } else { within };
    let mut distinct: Vec<&Glob> = Vec::new();
    for pattern in patterns {
        if !distinct.contains(&pattern) && !pattern.is_everything() {
            distinct.push(pattern);
        }
    }
    let mut tries: Vec<String> = defaults.iter().map(|text| (*text).to_owned()).collect();
    for pattern in within.iter().chain(distinct.iter().copied()) {
        tries.extend(pattern.samples());
    }
    tries.retain(|text| within.iter().any(|glob| glob.matches(text)));
    let signature = |text: &str| -> Vec<bool> { distinct.iter().map(|glob| glob.matches(text)).collect() };
    let mut seen = BTreeSet::new();
    let mut found: Vec<String> = Vec::new();
    for text in tries {
        if seen.insert(signature(&text)) {
            found.push(text);
        }
    }
    let literal = distinct.iter().all(|glob| glob.literal().is_some());
    if literal && within.len() == 1 && within.first().is_some_and(|glob| *glob == anything[0]) {
        // Every text is one of the literals or none of them.
        if !seen.contains(&vec![false; distinct.len()])
            && let Search::Found(other) = search(&[&anything[0]], &distinct, "xyz0")
        {
            found.push(other);
        }
        return (found, true);
    }
    if distinct.len() > COMBINED {
        return (found, false);
    }
    let mut exact = true;
    for sign in 0..(1_u32 << distinct.len()) {
        let wanted: Vec<bool> = (0..distinct.len()).map(|bit| sign & (1 << bit) != 0).collect();
        if seen.contains(&wanted) {
            continue;
        }
        let pick = |is: bool| -> Vec<&Glob> {
            distinct.iter().zip(&wanted).filter(|(_, sign)| **sign == is).map(|(glob, _)| *glob).collect()
        };
        let excluded = pick(false);
        for frame in within {
            let mut included = pick(true);
            included.push(frame);
            match search(&included, &excluded, "x0a/:-") {
                Search::Found(text) => {
                    seen.insert(wanted.clone());
                    found.push(text);
                    break;
                }
                Search::None => {}
                Search::OutOfBudget => exact = false,
            }
        }
    }
    (found, exact)
}

impl Glob {
    /// Texts that look like what a person would expect of the pattern.
    pub(crate) fn samples(&self) -> Vec<String> {
        ["x", "", "example"].iter().map(|run| self.with_runs(run)).filter(|text| self.matches(text)).collect()
    }
}

/// The patterns that conditions compare a text with; `false` where one holds a variable that has no value yet.
pub(crate) fn patterns(conditions: &[&Condition], lookup: &dyn Fn(&str) -> Option<ContextValue>) -> (Vec<Glob>, bool) {
    let mut exact = true;
    let mut found = Vec::new();
    for condition in conditions {
        for value in &condition.values {
            let Some(text) = value.text.fill(&|key| single(lookup(key))) else {
                exact = false;
                continue;
            };
            match condition.operator.test {
                Test::StringLike => found.push(text.glob()),
                Test::Arn => found.push(arn_glob(&text)),
                Test::StringEquals | Test::StringEqualsIgnoreCase | Test::Binary | Test::Bool => {
                    found.push(Glob::from_tokens(text.plain().chars().map(Token::Is).collect::<Vec<_>>()));
                }
                _ => {}
            }
        }
    }
    (found, exact)
}

/// An ARN pattern: wildcards stay in their segment (fact C7).
fn arn_glob(text: &Text) -> Glob {
    let mut colons = 0;
    let mut tokens = Vec::new();
    for piece in &text.pieces {
        match piece {
            Piece::Literal(literal) => {
                colons += literal.matches(':').count();
                tokens.extend(literal.chars().map(Token::Is));
            }
            Piece::Run => tokens.push(if colons < 5 { Token::RunInSegment } else { Token::Run }),
            Piece::One => tokens.push(if colons < 5 { Token::OneInSegment } else { Token::One }),
            Piece::Variable { .. } | Piece::Hole(_) => {}
        }
    }
    if text.pieces == [Piece::Run] { Glob::new("arn:*:*:*:*:*") } else { Glob::from_tokens(tokens) }
}

/// Which addresses a caller may come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Addresses {
    /// Any on the internet, but none that a policy singles out.
    Elsewhere,
    /// Only those that a policy singles out.
    SingledOut,
    /// Any.
    All,
}

/// Public addresses of every class that the networks in `conditions` tell apart.
pub(crate) fn addresses(conditions: &[&Condition], which: Addresses, public_only: bool) -> Values {
    let nets: Vec<IpNet> =
        conditions.iter().flat_map(|condition| &condition.values).filter_map(crate::condition::Value::net).collect();
    let mut tries: Vec<IpAddr> = Vec::new();
    let plain = if public_only {
        ["198.51.100.7", "203.0.113.9", "8.8.8.8", "2600::7"]
    } else {
        ["10.0.0.7", "172.16.0.7", "192.168.0.7", "fd00::7"]
    };
    tries.extend(plain.iter().filter_map(|text| text.parse::<IpAddr>().ok()));
    for net in &nets {
        tries.extend(step(net.network(), 7).into_iter().filter(|address| net.contains(address)));
        tries.extend([net.network(), net.broadcast()]);
        tries.extend(step(net.broadcast(), 1));
        tries.extend(step(net.network(), -1));
    }
    let inside = |address: &IpAddr| nets.iter().any(|net| narrow(*net) && net.contains(address));
    tries.retain(|address| {
        (!public_only || is_public(*address))
            && match which {
                Addresses::Elsewhere => !inside(address),
                Addresses::SingledOut => inside(address),
                Addresses::All => true,
            }
    });
    let mut seen = BTreeSet::new();
    tries.retain(|address| seen.insert(nets.iter().map(|net| net.contains(address)).collect::<Vec<_>>()));
    Values::only(tries.into_iter().map(|address| one(address.to_string())).collect())
}

fn step(address: IpAddr, by: i8) -> Option<IpAddr> {
    match address {
        IpAddr::V4(v4) => {
            let bits = u32::from(v4);
            let moved = if by < 0 {
                bits.checked_sub(by.unsigned_abs().into())
            } else {
                bits.checked_add(by.unsigned_abs().into())
            };
            moved.map(|bits| IpAddr::from(bits.to_be_bytes()))
        }
        IpAddr::V6(v6) => {
            let bits = u128::from(v6);
            let moved = if by < 0 {
                bits.checked_sub(by.unsigned_abs().into())
            } else {
                bits.checked_add(by.unsigned_abs().into())
            };
            moved.map(|bits| IpAddr::from(bits.to_be_bytes()))
        }
    }
}

/// `aws:SourceIp` is a public address; private ones never occur in it (fact E4).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_unspecified()
                || v4.is_broadcast()
                || v4.is_multicast())
        }
        IpAddr::V6(v6) => {
            !(v6.is_loopback()
                || v6.is_unspecified()
                || v6.is_multicast()
                || v6.is_unique_local()
                || v6.is_unicast_link_local())
        }
    }
}

/// Values for operators that compare sizes or times: each bound, beside it, and between two of them.
pub(crate) fn ordered(conditions: &[&Condition]) -> Vec<String> {
    let raw = || conditions.iter().flat_map(|condition| &condition.values).map(|value| value.raw.as_str());
    let dated = conditions.iter().any(|condition| matches!(condition.operator.test, Test::Date(_)));
    if dated {
        let mut seconds: Vec<i64> = raw().filter_map(date).map(jiff::Timestamp::as_second).collect();
        seconds.sort_unstable();
        let between = seconds.windows(2).filter_map(|pair| Some(i64::midpoint(*pair.first()?, *pair.last()?)));
        let beside = seconds.iter().flat_map(|second| [*second, second - 1, second + 1]);
        let all: BTreeSet<i64> = beside.chain(between).collect();
        return all
            .into_iter()
            .filter_map(|second| jiff::Timestamp::from_second(second).ok())
            .map(|time| time.to_string())
            .collect();
    }
    let mut bounds: Vec<f64> = raw().filter_map(number).collect();
    bounds.sort_unstable_by(f64::total_cmp);
    let between: Vec<f64> =
        bounds.windows(2).filter_map(|pair| Some(f64::midpoint(*pair.first()?, *pair.last()?))).collect();
    let mut all: Vec<f64> = bounds.iter().flat_map(|bound| [*bound, bound - 1.0, bound + 1.0]).chain(between).collect();
    all.sort_unstable_by(f64::total_cmp);
    all.dedup();
    all.iter().map(ToString::to_string).collect()
}

/// Sets made of `texts` for a key with several values: none, each alone, each pair.
pub(crate) fn sets(texts: &[String]) -> Vec<Option<ContextValue>> {
    let many = |values: &[&String]| Some(ContextValue::Many(values.iter().map(|value| (*value).clone()).collect()));
    let mut all: Vec<Option<ContextValue>> = texts.iter().map(|text| many(&[text])).collect();
    for (index, first) in texts.iter().enumerate() {
        all.extend(texts.iter().skip(index + 1).map(|second| many(&[first, second])));
    }
    all.push(None);
    all
}

/// Whether a key is looked at as a set.
pub(crate) fn is_set(key: &str, conditions: &[&Condition]) -> bool {
    const SETS: [&str; 7] = [
        "aws:calledvia",
        "aws:tagkeys",
        "aws:principalorgpaths",
        "aws:resourceorgpaths",
        "aws:sourceorgpaths",
        "aws:vpceorgpaths",
        "aws:principalservicenameslist",
    ];
    SETS.contains(&key) || conditions.iter().any(|condition| condition.operator.quantifier != Quantifier::Single)
}
