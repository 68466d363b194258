//! Values that conditions tell apart: addresses, numbers, times, and samples of patterns.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::LazyLock;

use ipnet::IpNet;

use crate::ContextValue;
use crate::condition::{Condition, Test, date, number};
use crate::glob::{Glob, Token};
use crate::reach::domain::Domain;
use crate::status::narrow;
use crate::text::{Piece, Text};
use crate::work::{is_spent, spend};

#[expect(clippy::unnecessary_wraps, reason = "a value beside absence, which is a value to try too")]
pub(crate) fn one(text: impl Into<String>) -> Option<ContextValue> {
    Some(ContextValue::One(text.into()))
}

impl Glob {
    /// Texts that look like what a person would expect of the pattern.
    pub(crate) fn samples(&self) -> Vec<String> {
        ["x", "", "example"].iter().map(|run| self.with_runs(run)).filter(|text| self.matches(text)).collect()
    }
}

/// An ARN pattern: wildcards stay in their segment (fact C7). `None` where it has too few segments to match an ARN.
pub(crate) fn arn_glob(text: &Text) -> Option<Glob> {
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
    if text.pieces == [Piece::Run] {
        return Some(every_arn());
    }
    (colons >= 5).then(|| Glob::from_tokens(tokens))
}

/// Text that is an ARN at all.
fn every_arn() -> Glob {
    let head = Glob::in_segment("arn:*:*:*:*:");
    Glob::from_tokens(head.tokens().iter().copied().chain([Token::Run]))
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

/// Addresses of every class that the networks in `conditions` tell apart.
pub(crate) fn addresses(conditions: &[&Condition], which: Addresses, public_only: bool) -> Domain {
    let nets = nets(conditions);
    spend(nets.len() * nets.len());
    if is_spent() {
        return Domain::Finite(Vec::new());
    }
    let inside = |address: &IpAddr| nets.iter().any(|net| narrow(*net) && net.contains(address));
    let mut tries = bounds(&nets, public_only);
    tries.retain(|address| match which {
        Addresses::Elsewhere => !inside(address),
        Addresses::SingledOut => inside(address),
        Addresses::All => true,
    });
    let mut seen = BTreeSet::new();
    tries.retain(|address| seen.insert(nets.iter().map(|net| net.contains(address)).collect::<Vec<_>>()));
    Domain::Finite(tries.into_iter().map(|address| one(address.to_string())).collect())
}

/// Addresses of every class for a key that may have any.
pub(crate) fn every_address(conditions: &[&Condition]) -> impl Iterator<Item = String> {
    let nets = nets(conditions);
    let found = if nets.is_empty() { Vec::new() } else { bounds(&nets, false) };
    found.into_iter().map(|address| address.to_string())
}

fn nets(conditions: &[&Condition]) -> Vec<IpNet> {
    conditions.iter().flat_map(|condition| &condition.values).filter_map(crate::condition::Value::net).collect()
}

/// Networks that are nobody's on the internet: private, of one machine or link, for many, and what stands for none or all.
static NOT_PUBLIC: LazyLock<Vec<IpNet>> = LazyLock::new(|| {
    let texts = [
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "224.0.0.0/4",
        "0.0.0.0/32",
        "255.255.255.255/32",
        "::/127",
        "fc00::/7",
        "fe80::/10",
        "ff00::/8",
    ];
    texts.iter().filter_map(|text| text.parse().ok()).collect()
});

/// Plain addresses, and those where networks begin and behind their ends: where something changes, one of either does.
fn bounds(nets: &[IpNet], public_only: bool) -> Vec<IpAddr> {
    let plain = if public_only {
        ["198.51.100.7", "203.0.113.9", "8.8.8.8", "2600::7"]
    } else {
        ["10.0.0.7", "172.16.0.7", "192.168.0.7", "fd00::7"]
    };
    let mut tries: Vec<IpAddr> = plain.iter().filter_map(|text| text.parse::<IpAddr>().ok()).collect();
    for net in nets.iter().chain(NOT_PUBLIC.iter()) {
        tries.extend(ahead(net.network(), 7).into_iter().filter(|address| net.contains(address)));
        tries.push(net.network());
        tries.extend(ahead(net.broadcast(), 1));
    }
    tries.retain(|address| !public_only || is_public(address));
    tries
}

fn ahead(address: IpAddr, by: u8) -> Option<IpAddr> {
    match address {
        IpAddr::V4(v4) => u32::from(v4).checked_add(by.into()).map(|bits| IpAddr::from(bits.to_be_bytes())),
        IpAddr::V6(v6) => u128::from(v6).checked_add(by.into()).map(|bits| IpAddr::from(bits.to_be_bytes())),
    }
}

/// `aws:SourceIp` is a public address; private ones never occur in it (fact E4).
fn is_public(address: &IpAddr) -> bool {
    !NOT_PUBLIC.iter().any(|net| net.contains(address))
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
        let times = all.into_iter().filter_map(|second| jiff::Timestamp::from_second(second).ok());
        return times.map(|time| time.to_string()).chain(raw().map(str::to_owned)).collect();
    }
    let mut bounds: Vec<f64> = raw().filter_map(number).collect();
    bounds.sort_unstable_by(f64::total_cmp);
    let between: Vec<f64> =
        bounds.windows(2).filter_map(|pair| Some(f64::midpoint(*pair.first()?, *pair.last()?))).collect();
    let mut all: Vec<f64> = bounds.iter().flat_map(|bound| [*bound, bound - 1.0, bound + 1.0]).chain(between).collect();
    all.sort_unstable_by(f64::total_cmp);
    all.dedup();
    // An operator for texts may look at the key too.
    all.iter().map(ToString::to_string).chain(raw().map(str::to_owned)).collect()
}
