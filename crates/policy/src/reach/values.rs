//! Values that conditions tell apart: addresses, numbers, times, and samples of patterns.

use std::collections::BTreeSet;
use std::net::IpAddr;

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

/// Plain addresses, and those at and beside the bounds of networks.
fn bounds(nets: &[IpNet], public_only: bool) -> Vec<IpAddr> {
    const PRIVATE: [&str; 4] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8"];
    let plain = if public_only {
        ["198.51.100.7", "203.0.113.9", "8.8.8.8", "2600::7"]
    } else {
        ["10.0.0.7", "172.16.0.7", "192.168.0.7", "fd00::7"]
    };
    let private = PRIVATE.iter().filter_map(|net| net.parse::<IpNet>().ok());
    let mut tries: Vec<IpAddr> = plain.iter().filter_map(|text| text.parse::<IpAddr>().ok()).collect();
    for net in nets.iter().copied().chain(private) {
        tries.extend(step(net.network(), 7).into_iter().filter(|address| net.contains(address)));
        tries.extend([net.network(), net.broadcast()]);
        tries.extend(step(net.broadcast(), 1));
        tries.extend(step(net.network(), -1));
    }
    tries.retain(|address| !public_only || is_public(*address));
    tries
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
