//! The search and brute force find the same people.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{answer, cases, in_parts};

type Mix = BTreeMap<String, usize>;

const CASES: u64 = 2_000;

/// The doubts that the search may end in where everything could be read.
const DOUBTS: &[&str] = &[
    "canonical_user",
    "foreign_access_point",
    "ambiguous_wildcard",
    "acl_on_objects",
    "organization_unknown",
    "service_unknown",
    "too_complex",
];

/// The answers that take in a caller of whom brute force says that it gets in.
pub(super) fn takes_in(audience: &str) -> &'static [&'static str] {
    match audience {
        "anyone" => &["anyone"],
        "any_aws_account" => &["any_aws_account"],
        "anyone_in_network" => &["anyone", "any_aws_account", "anyone_in_network"],
        // A named account is one of any where the statement does not single it out.
        "accounts" => &["anyone", "any_aws_account", "anyone_in_network", "accounts"],
        "organization" => &["organization"],
        "same_account" => &["same_account"],
        "federated_stranger" => &["federated_stranger"],
        "federated" => &["federated_stranger", "federated"],
        "aws_service_of_anyone" => &["aws_service_of_anyone"],
        "aws_service" => &["aws_service"],
        other => panic!("{other} is no audience"),
    }
}

fn is_outsider(audience: &str) -> bool {
    !matches!(audience, "aws_service" | "organization" | "same_account")
}

fn agrees(seed: u64, mix: &mut Mix) {
    let case = forewarn_oracle::reach_case(seed);
    let found = answer(&case);
    let brute = forewarn_oracle::brute_reach(&case);
    let verdict = found["reachable_by_outsider"].as_str().unwrap();
    let audiences: Vec<&str> = found["audiences"].as_array().unwrap().iter().filter_map(Value::as_str).collect();

    // Yes: the facts let the witness in.
    if !audiences.is_empty() {
        let word = forewarn_oracle::decide(&found["replay"]).word();
        assert_eq!(word, "allow", "seed {seed}: the witness\n{case}\n{}", found["replay"]);
    }
    // No, for one audience or for all: brute force finds nobody.
    let unknown = found["unknown_because"].as_array();
    for (audience, request) in &brute {
        let taken_in = takes_in(audience).iter().any(|wide| audiences.contains(wide));
        let in_doubt = is_outsider(audience) && unknown.is_some();
        assert!(taken_in || in_doubt, "seed {seed}: {audience} gets in, not only {audiences:?}\n{case}\n{request}");
        *mix.entry(format!("brute {audience}")).or_default() += 1;
    }
    // Brute force finds no outsider: the witness is none that it tried.
    if verdict == "yes" && !brute.keys().any(|audience| is_outsider(audience)) {
        let tried = forewarn_oracle::tries(&case, &found["witness"]);
        assert!(!tried, "seed {seed}: brute force tried the witness in vain\n{case}\n{}", found["witness"]);
        *mix.entry("beyond the small world".to_owned()).or_default() += 1;
    }
    for doubt in unknown.into_iter().flatten() {
        let code = doubt["code"].as_str().unwrap();
        assert!(DOUBTS.contains(&code), "seed {seed}: {doubt}\n{case}");
        *mix.entry(format!("doubt {code}")).or_default() += 1;
    }
    *mix.entry(format!("verdict {verdict}")).or_default() += 1;
}

/// Facts A9 and E1 to E6.
#[test]
fn the_search_finds_whom_brute_force_finds() {
    let all = cases(CASES);
    let mut mix = Mix::new();
    for (what, count) in in_parts::<Mix>(0..all, agrees).into_iter().flatten() {
        *mix.entry(what).or_default() += count;
    }
    let of = |what: &str| mix.get(what).copied().unwrap_or(0);
    let all = usize::try_from(all).unwrap();
    assert!(of("verdict yes") * 4 >= all && of("verdict no") * 4 >= all, "{mix:?}");
    assert!(of("doubt too_complex") * 100 <= all, "more than one in a hundred: {mix:?}");
    assert!(of("beyond the small world") * 10 <= all, "the small world leaves out too much: {mix:?}");
    for audience in ["anyone", "any_aws_account", "accounts", "organization", "same_account", "aws_service_of_anyone"] {
        assert!(of(&format!("brute {audience}")) * 40 >= all, "{audience} too rarely: {mix:?}");
    }
}

/// Whether an outsider gets in where the answer was No. A Deny may cost certainty.
///
/// Services apart: they are tried where a document names them, be it in a Deny.
fn opens(before: &Value, after: &Value) -> bool {
    let mut audiences = after["audiences"].as_array().unwrap().iter().filter_map(Value::as_str);
    openness(before) == 0 && audiences.any(|one| is_outsider(one) && one != "aws_service_of_anyone")
}

/// How open a verdict is.
fn openness(found: &Value) -> u8 {
    match found["reachable_by_outsider"].as_str().unwrap() {
        "yes" => 2,
        "unknown" => 1,
        _ => 0,
    }
}

/// Calls `judge` with the answers before and after a change.
fn each(change: impl Fn(&mut Value, u64) -> bool + Sync, judge: impl Fn(&Value, &Value) -> bool + Sync) {
    const FEW: u64 = 240;
    let work = |seed: u64, count: &mut usize| {
        let case = forewarn_oracle::reach_case(seed);
        let mut changed = case.clone();
        if change(&mut changed, seed) {
            *count += 1;
            let (before, after) = (answer(&case), answer(&changed));
            assert!(judge(&before, &after), "seed {seed}: {before}\nbecame {after}\n{case}\n{changed}");
        }
    };
    let all = cases(FEW);
    let changed: usize = in_parts(CASES..CASES + all, work).into_iter().sum();
    assert!(changed * 3 > usize::try_from(all).unwrap(), "only {changed} of {all} cases were changed");
}

fn statements(case: &mut Value) -> Option<&mut Vec<Value>> {
    let held = case["policy"].get_mut("Statement")?;
    if !held.is_array() {
        *held = json!([held.clone()]);
    }
    held.as_array_mut()
}

/// Adds the statements of another case of the same kind, made to deny or to allow.
fn add(case: &mut Value, seed: u64, effect: &str) -> bool {
    let mut others = (seed + 1_000_000..).map(forewarn_oracle::reach_case);
    let mut other = others.find(|other| other["kind"] == case["kind"] && other["policy"].is_object()).unwrap();
    let mut more = statements(&mut other).unwrap().clone();
    for statement in &mut more {
        statement["Effect"] = json!(effect);
    }
    statements(case).map(|held| held.extend(more)).is_some()
}

#[test]
fn another_deny_opens_to_nobody() {
    each(|case, seed| add(case, seed, "Deny"), |before, after| !opens(before, after));
}

/// Fact F4.
#[test]
fn another_allow_closes_to_nobody_but_on_a_restricted_bucket() {
    each(
        |case, seed| !case.to_string().contains("\"restrict_public_buckets\":true") && add(case, seed, "Allow"),
        |before, after| openness(after) >= openness(before),
    );
}

/// Fact A14.
#[test]
fn the_order_of_statements_changes_no_answer() {
    each(
        |case, _| statements(case).map(|held| held.reverse()).is_some(),
        |before, after| {
            openness(before) == openness(after)
                && before["audiences"] == after["audiences"]
                && before["witness"] == after["witness"]
        },
    );
}

#[test]
fn the_names_of_accounts_and_of_the_bucket_change_no_answer() {
    each(
        |case, _| {
            let text = case.to_string().replace("111111111111", "505050505051").replace(":::b", ":::z");
            *case = serde_json::from_str(&text.replace("222222222222", "606060606060")).unwrap();
            true
        },
        |before, after| {
            before["reachable_by_outsider"] == after["reachable_by_outsider"]
                && before["audiences"] == after["audiences"]
        },
    );
}

/// Organisation policies apart: a Yes that they may close stays a Yes, and says so.
#[test]
fn hiding_what_was_read_never_swaps_yes_and_no() {
    each(
        |case, seed| {
            let parts = ["policy", "block_public_access", "acl", "access_points"];
            let there: Vec<&str> = parts.into_iter().filter(|part| !case[*part].is_null()).collect();
            let Some(part) = there.get(usize::try_from(seed).unwrap() % there.len().max(1)) else { return false };
            match *part {
                "access_points" => case[*part][0]["policy"] = json!("unreadable"),
                part => case[part] = json!("unreadable"),
            }
            true
        },
        |before, after| openness(after) == 1 || openness(before) == 1 || openness(before) == openness(after),
    );
}
