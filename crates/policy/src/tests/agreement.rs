//! The engine and the second opinion decide the same.

use std::collections::BTreeMap;

use serde_json::json;

use super::{answer, cases, in_parts};

/// How often each feature and each verdict occurred.
type Mix = BTreeMap<String, usize>;

const CASES: u64 = 104_000;

/// Layers that a case can have, forms of principals, operators, and the rest that the cases must be rich in.
const FEATURES: &[&str] = &[
    "element NotAction",
    "element NotPrincipal",
    "element NotResource",
    "layer access_point",
    "layer acl",
    "layer block_public_access",
    "layer boundary",
    "layer endpoint",
    "layer identity",
    "layer rcp",
    "layer resource",
    "layer scp",
    "layer session",
    "operator ArnEquals",
    "operator ArnLike",
    "operator ArnNotEquals",
    "operator ArnNotLike",
    "operator BinaryEquals",
    "operator Bool",
    "operator DateEquals",
    "operator DateGreaterThan",
    "operator DateGreaterThanEquals",
    "operator DateLessThan",
    "operator DateLessThanEquals",
    "operator DateNotEquals",
    "operator IpAddress",
    "operator NotIpAddress",
    "operator Null",
    "operator NumericEquals",
    "operator NumericGreaterThan",
    "operator NumericGreaterThanEquals",
    "operator NumericLessThan",
    "operator NumericLessThanEquals",
    "operator NumericNotEquals",
    "operator StringEquals",
    "operator StringEqualsIgnoreCase",
    "operator StringLike",
    "operator StringMatches",
    "operator StringNotEquals",
    "operator StringNotEqualsIgnoreCase",
    "operator StringNotLike",
    "prefix ForAllValues",
    "prefix ForAnyValue",
    "principal account",
    "principal canonical user",
    "principal deleted",
    "principal everyone",
    "principal federated user",
    "principal origin access identity",
    "principal pattern",
    "principal provider",
    "principal role",
    "principal root",
    "principal service",
    "principal session",
    "principal star",
    "principal user",
    "suffix IfExists",
    "unreadable",
    "variable",
];

/// One case: an allow is an allow, an explicit deny an explicit deny, and so on.
fn agrees(seed: u64, mix: &mut Mix) {
    let case = forewarn_oracle::decide_case(seed);
    let wanted = forewarn_oracle::decide(&case).word();
    let found = answer(&case);
    assert_eq!(found["decision"], wanted, "seed {seed}: the facts say {wanted}, the engine says {found}\n{case}");
    let blocked = matches!(wanted, "explicit_deny" | "implicit_deny");
    assert_eq!(found["blocked_by"].is_string(), blocked, "seed {seed}: a deny names its layer: {found}\n{case}");
    for feature in forewarn_oracle::features(&case) {
        *mix.entry(feature).or_default() += 1;
    }
    *mix.entry(format!("decision {wanted}")).or_default() += 1;
}

/// Facts A1 to F9, each as one of us read it.
#[test]
fn two_readings_of_the_facts_decide_alike() {
    let all = cases(CASES);
    let mut mix = Mix::new();
    for (feature, count) in in_parts::<Mix>(0..all, agrees).into_iter().flatten() {
        *mix.entry(feature).or_default() += count;
    }
    let of = |feature: &str| mix.get(feature).copied().unwrap_or(0);
    let all = usize::try_from(all).unwrap();
    let rare: Vec<_> = FEATURES.iter().filter(|feature| of(feature) * 104 < all).collect();
    assert!(rare.is_empty(), "in too few cases: {rare:?} of {mix:?}");
    let closed = of("decision explicit_deny") + of("decision implicit_deny");
    let allowed = of("decision allow");
    assert!(allowed * 4 >= all && closed * 4 >= all && of("decision unknown") * 104 >= all, "{mix:?}");
    println!("proof: the second reading: {all} cases, 0 conflicts");
}

fn calls_alike(seed: u64, mix: &mut Mix) {
    let case = forewarn_oracle::decide_case(seed);
    let policy = &case["policies"]["resource"];
    if !policy.is_object() || case["request"].get("resource_account").is_none() {
        return;
    }
    let wanted = if forewarn_oracle::is_public_policy(policy) { "public" } else { "not_public" };
    let found = answer(&json!({ "id": "1", "op": "status", "policy": policy }));
    assert_eq!(found["s3_policy_status"], wanted, "seed {seed}: {policy}");
    *mix.entry(wanted.to_owned()).or_default() += 1;
}

/// Facts F1 to F4.
#[test]
fn two_readings_of_the_facts_call_the_same_policies_public() {
    let all = cases(20_000);
    let mut mix = Mix::new();
    for (what, count) in in_parts::<Mix>(CASES..CASES + all, calls_alike).into_iter().flatten() {
        *mix.entry(what).or_default() += count;
    }
    assert!(mix.len() == 2 && mix.values().all(|count| u64::try_from(*count).unwrap() * 10 >= all), "{mix:?}");
}
