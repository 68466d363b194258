//! What holds for every case, whatever it says.

use serde_json::{Value, json};

use super::{answer, cases, decision, in_parts};

const CASES: u64 = 5_000;

/// How open an answer is.
fn openness(decision: &str) -> u8 {
    match decision {
        "allow" => 2,
        "unknown" => 1,
        _ => 0,
    }
}

/// The documents below a value.
fn documents(value: &mut Value) -> Vec<&mut Value> {
    if value.get("Statement").is_some() {
        return vec![value];
    }
    match value {
        Value::Array(items) => items.iter_mut().flat_map(documents).collect(),
        Value::Object(fields) => fields.values_mut().flat_map(documents).collect(),
        _ => Vec::new(),
    }
}

fn statements(document: &mut Value) -> &mut Vec<Value> {
    let held = &mut document["Statement"];
    if !held.is_array() {
        *held = json!([held.clone()]);
    }
    held.as_array_mut().unwrap()
}

/// Adds to a document of each layer the statements of another case's, made to deny or to allow.
fn add(case: &mut Value, other: &mut Value, effect: &str) -> bool {
    let mut added = false;
    let layers = case["policies"].as_object_mut().unwrap();
    for (name, layer) in layers.iter_mut().filter(|(name, _)| *name != "rcp" || effect == "Deny") {
        let Some(more) = other["policies"].get_mut(name.as_str()) else { continue };
        let mut more: Vec<Value> =
            documents(more).into_iter().flat_map(|document| statements(document).clone()).collect();
        for statement in &mut more {
            statement["Effect"] = json!(effect);
        }
        if let Some(document) = documents(layer).into_iter().next() {
            added |= !more.is_empty();
            statements(document).extend(more);
        }
    }
    added
}

/// Calls `judge` with each case, the answer before and a changed case; counts the changes that there were.
fn each(change: impl Fn(&mut Value, u64) -> bool + Sync, judge: impl Fn(&str, &str) -> bool + Sync) {
    let work = |seed: u64, count: &mut usize| {
        let case = forewarn_oracle::decide_case(seed);
        let mut changed = case.clone();
        if !change(&mut changed, seed) {
            return;
        }
        *count += 1;
        let (before, after) = (decision(&case), decision(&changed));
        assert!(judge(&before, &after), "seed {seed}: {before} became {after}\n{case}\n{changed}");
    };
    let all = cases(CASES);
    let changed: usize = in_parts(0..all, work).into_iter().sum();
    assert!(changed * 3 > usize::try_from(all).unwrap(), "only {changed} of {all} cases were changed");
}

#[test]
fn another_deny_never_opens() {
    each(
        |case, seed| add(case, &mut forewarn_oracle::decide_case(seed + CASES), "Deny"),
        |before, after| openness(after) <= openness(before),
    );
}

/// Fact F4: an Allow for everyone makes a whole policy public, so that a restricted bucket closes.
#[test]
fn another_allow_never_closes_but_a_restricted_bucket() {
    each(
        |case, seed| {
            !case.to_string().contains("\"restrict_public_buckets\"")
                && !case["policies"].to_string().contains("public_access\":\"unreadable")
                && add(case, &mut forewarn_oracle::decide_case(seed + CASES), "Allow")
        },
        |before, after| openness(after) >= openness(before),
    );
}

/// Fact A14.
#[test]
fn the_order_of_statements_and_documents_means_nothing() {
    let reverse = |case: &mut Value, _| {
        let layers = case["policies"].as_object_mut().unwrap();
        for layer in layers.values_mut() {
            for document in documents(layer) {
                statements(document).reverse();
            }
            if let Some(list) = layer.as_array_mut() {
                list.reverse();
            }
        }
        true
    };
    each(reverse, |before, after| before == after);
}

#[test]
fn the_names_of_accounts_and_buckets_mean_nothing() {
    let rename = |case: &mut Value, _| {
        let text = case.to_string();
        // One pattern of the alphabet ends in `1`, one stands for a single letter.
        let text = text.replace("111111111111", "505050505051").replace("222222222222", "606060606060");
        *case = serde_json::from_str(&text.replace(":::b", ":::z")).unwrap();
        true
    };
    each(rename, |before, after| before == after);
}

/// Hiding a layer may cost certainty; it never turns a yes into a no or a no into a yes.
#[test]
fn what_is_not_readable_never_swaps_yes_and_no() {
    let hide = |case: &mut Value, seed: u64| {
        let layers = case["policies"].as_object_mut().unwrap();
        // An assumption cannot be hidden, and of an access point its parts can.
        let whole = layers.iter().filter(|(name, layer)| *name != "access_point" && *layer != "allow_all");
        let hideable: Vec<String> = whole.map(|(name, _)| name.clone()).collect();
        let Some(name) = usize::try_from(seed).ok().and_then(|seed| hideable.get(seed % hideable.len().max(1))) else {
            return false;
        };
        layers.insert(name.clone(), json!("unreadable"));
        true
    };
    each(hide, |before, after| after == "unknown" || openness(before) == openness(after));
}

/// A case that does not change gives the same bytes.
#[test]
fn the_same_case_gives_the_same_answer() {
    for seed in 0..500 {
        let case = forewarn_oracle::decide_case(seed);
        assert_eq!(answer(&case).to_string(), answer(&case).to_string(), "seed {seed}");
    }
}
