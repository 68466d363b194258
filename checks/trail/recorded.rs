//! What a trail records, and whose word on its state counts.

use forewarn_findings::{Case, In, Reason};
use forewarn_inventory::{EventSelector, FieldSelector, Selectors, Trail};

/// The trail as the account sees it that could read `known` of it.
///
/// A member sees the trail of its organisation in its list and may read nothing else of it; the management account,
/// where it is in the same inventory, has the rest. Without it the trail is given back as it is, gap and all.
pub(crate) fn as_seen_by<'a>(case: &Case<'a>, trail: &In<'a, Trail>, known: fn(&Trail) -> bool) -> In<'a, Trail> {
    let same = |other: &In<'a, Trail>| other.arn == trail.arn && known(other.item());
    if known(trail.item()) { *trail } else { case.trails().find(same).unwrap_or(*trail) }
}

/// The trail with its status, where anybody could read it.
pub(crate) fn with_status<'a>(case: &Case<'a>, trail: &In<'a, Trail>) -> In<'a, Trail> {
    as_seen_by(case, trail, |trail| trail.status.gap().is_none())
}

/// The trail with its selectors, where anybody could read them.
pub(crate) fn with_selectors<'a>(case: &Case<'a>, trail: &In<'a, Trail>) -> In<'a, Trail> {
    as_seen_by(case, trail, |trail| trail.selectors.gap().is_none())
}

/// AWS answered, and said nothing.
pub(crate) fn no_status() -> Reason {
    Reason { code: "not_reported".to_owned(), message: "AWS gave no status for the trail".to_owned(), gap: None }
}

/// What selectors leave out of the management events; empty = nothing. All selectors of a trail count together.
pub(crate) fn left_out(selectors: Option<&Selectors>) -> Vec<String> {
    let seen: Vec<Seen> = selectors
        .map(|selectors| {
            let basic = selectors.basic.iter().filter(|selector| selector.management_events).map(basic);
            basic.chain(selectors.advanced.iter().filter_map(|fields| advanced(fields))).collect()
        })
        .unwrap_or_default();
    if seen.is_empty() {
        return vec!["all management events".to_owned()];
    }
    let mut left: Vec<String> = Vec::new();
    for (name, kind) in [("reads", (|seen| seen.reads) as fn(&Seen) -> bool), ("writes", |seen| seen.writes)] {
        if seen.iter().any(|seen| kind(seen) && seen.without.is_empty()) {
            continue;
        }
        let narrowed: Vec<&String> = seen.iter().filter(|seen| kind(seen)).flat_map(|seen| &seen.without).collect();
        if narrowed.is_empty() {
            left.push(name.to_owned());
        } else {
            left.extend(narrowed.into_iter().cloned());
        }
    }
    left.sort();
    left.dedup();
    left
}

/// What one selector takes in.
struct Seen {
    reads: bool,
    writes: bool,
    /// What it leaves out of those.
    without: Vec<String>,
}

fn basic(selector: &EventSelector) -> Seen {
    let kind = selector.read_write.as_str();
    Seen { reads: kind != "WriteOnly", writes: kind != "ReadOnly", without: selector.excluded_sources.clone() }
}

/// An advanced selector, where it is one for management events.
fn advanced(fields: &[FieldSelector]) -> Option<Seen> {
    let mut seen = Seen { reads: true, writes: true, without: Vec::new() };
    let mut management = false;
    for field in fields {
        let only = |value: &str| field.equals.iter().any(|known| known == value);
        match field.field.as_str() {
            "eventCategory" => management = only("Management"),
            "readOnly" if !field.equals.is_empty() => {
                seen.reads &= only("true");
                seen.writes &= only("false");
            }
            "eventSource" if !field.not_equals.is_empty() => seen.without.extend(field.not_equals.iter().cloned()),
            other => seen.without.push(format!("what its selector by {other} leaves out")),
        }
    }
    management.then_some(seen)
}
