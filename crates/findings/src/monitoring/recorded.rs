//! What a trail leaves out of the management events.

use forewarn_inventory::{EventSelector, FieldSelector, Selectors};

/// What selectors leave out of the management events; empty = nothing. All selectors count together.
pub fn left_out(selectors: Option<&Selectors>) -> Vec<String> {
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
        let of_kind = || seen.iter().filter(|seen| kind(seen));
        let Some(first) = of_kind().find(|seen| !seen.is_partial) else {
            let narrowed = of_kind().flat_map(|seen| &seen.without).cloned();
            left.extend(narrowed.chain(of_kind().next().is_none().then(|| name.to_owned())));
            continue;
        };
        // What one leaves out another may take in.
        let others = || of_kind().filter(|seen| !seen.is_partial);
        left.extend(first.without.iter().filter(|source| others().all(|seen| seen.without.contains(source))).cloned());
    }
    left.sort();
    left.dedup();
    left
}

/// What one selector takes in.
struct Seen {
    reads: bool,
    writes: bool,
    /// What it leaves out of those: services, or where it is partial words for what that is.
    without: Vec<String>,
    /// It chooses by something else than the service, so that nobody can say what is left.
    is_partial: bool,
}

fn basic(selector: &EventSelector) -> Seen {
    let kind = selector.read_write.as_str();
    Seen {
        reads: kind != "WriteOnly",
        writes: kind != "ReadOnly",
        without: selector.excluded_sources.clone(),
        is_partial: false,
    }
}

/// An advanced selector, where it is one for management events.
fn advanced(fields: &[FieldSelector]) -> Option<Seen> {
    let mut seen = Seen { reads: true, writes: true, without: Vec::new(), is_partial: false };
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
            other => {
                seen.without.push(format!("what its selector by {other} leaves out"));
                seen.is_partial = true;
            }
        }
    }
    management.then_some(seen)
}
