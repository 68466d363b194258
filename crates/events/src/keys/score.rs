//! A score whose parts are shown.

use serde::Serialize;

use super::{Turn, Turns, Usage};

/// From this score on a key counts as shared.
const SHARED: u32 = 50;

/// From this score on it may be.
const MAYBE: u32 = 20;

/// What a score says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Suspicion {
    /// More than one person or machine uses it.
    Shared,
    /// Something speaks for that, and not enough.
    Maybe,
    /// Nothing does.
    NotSeen,
    /// No call says where it came from.
    Unknown,
}

/// A part of a score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    /// What it counts.
    pub points: u32,
    /// What for.
    pub reason: String,
    /// The calls that show it, at their closest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub turn: Option<Turn>,
}

/// A key with its score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// Its use.
    pub usage: Usage,
    /// 0 to 100: the sum of the parts.
    pub score: u32,
    /// What it adds up from.
    pub parts: Vec<Part>,
    /// What it says.
    pub suspicion: Suspicion,
}

pub(super) fn judged(usage: Usage) -> Judged {
    let mut parts = Vec::new();
    let mut turns = |turns: &Turns, first: u32, each: u32, most: u32, what: &str| {
        if let Some(closest) = &turns.closest {
            let further = u32::try_from(turns.count - 1).unwrap_or(u32::MAX);
            let points = first.saturating_add(each.saturating_mul(further)).min(most);
            let seconds = closest.last_time.duration_since(closest.first_time).as_secs();
            let times = if turns.count == 1 { "once".to_owned() } else { format!("{} times", turns.count) };
            let reason = format!(
                "{what} take turns within an hour, {times}; at the closest {} and {} within {seconds} s",
                closest.here, closest.there
            );
            parts.push(Part { points, reason, turn: Some(closest.clone()) });
        }
    };
    turns(&usage.by_network, 50, 5, 70, "unrelated networks");
    turns(&usage.by_host, 50, 5, 60, "hosts");
    turns(&usage.by_client, 5, 1, 10, "kinds of clients");
    turns(&usage.listed, 10, 2, 20, "known networks");
    turns(&usage.dual_stack, 0, 0, 0, "addresses of one machine, IPv4 and IPv6,");
    if usage.networks.len() > 3 {
        let points = if usage.networks.len() > 10 { 10 } else { 5 };
        parts.push(Part { points, reason: format!("it is used from {} networks", usage.networks.len()), turn: None });
    }
    let score = parts.iter().map(|part| part.points).sum::<u32>().min(100);
    let suspicion = match score {
        SHARED.. => Suspicion::Shared,
        MAYBE.. => Suspicion::Maybe,
        _ if usage.addresses.is_empty() => Suspicion::Unknown,
        _ => Suspicion::NotSeen,
    };
    Judged { usage, score, parts, suspicion }
}
