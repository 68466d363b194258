//! `compare` against the second opinion: a Yes is a request that the one side allows and the other does not, a No leaves
//! none among many.

use serde_json::{Value, json};

use super::{answer, cases, in_parts};

const CASES: u64 = 800;

/// What became of the questions.
#[derive(Debug, Default)]
struct Tally {
    yes: usize,
    no: usize,
    unknown: usize,
}

fn compare(new: &Value, old: &Value, kind: &str) -> Value {
    answer(&json!({ "id": "c", "op": "compare", "new": new, "old": old, "kind": kind }))
}

/// The policies of one side in a case made up from a seed; none where a document is not readable.
pub(super) fn policies(seed: u64, kind: &str) -> Option<Value> {
    let case = forewarn_oracle::decide_case(seed);
    let found = case["policies"].get(kind)?.clone();
    let text = found.to_string();
    // A policy of a resource has a resource in each statement; what has none is a trust policy.
    let whole = text.matches("\"Effect\"").count() == text.matches("Resource\":").count();
    (!text.contains("\"unreadable\"") && !found.is_string() && whole).then_some(found)
}

/// Whether the policies allow a request, the other side of it leaving all to them.
fn allows(policies: &Value, kind: &str, request: &Value) -> bool {
    let layers = if kind == "identity" {
        let arn = request["principal"].as_str().unwrap_or_default();
        let account = arn.split(':').nth(4).unwrap_or_default();
        let all = json!({ "Version": "2012-10-17", "Statement":
            { "Effect": "Allow", "Principal": { "AWS": account }, "Action": "*", "Resource": "*" } });
        json!({ "identity": policies, "resource": all })
    } else {
        // In the account of the resource a caller has nothing but what the resource's policy gives.
        let account = |arn: &Value| arn.as_str().and_then(|arn| arn.split(':').nth(4)).unwrap_or_default().to_owned();
        let owner = request["resource_account"].as_str().map_or_else(|| account(&request["resource"]), str::to_owned);
        let inside = owner.is_empty() || owner == account(&request["principal"]);
        json!({ "identity": if inside { json!([]) } else { json!("allow_all") }, "resource": policies })
    };
    let case = json!({ "id": "d", "op": "decide", "request": request, "policies": layers });
    forewarn_oracle::decide(&case).word() == "allow"
}

/// A request that the generator made up, as somebody of an account that the comparison may choose.
fn requests(kind: &str) -> Vec<Value> {
    let made_up = (0..400).map(|seed| forewarn_oracle::decide_case(1_000_000 + seed)["request"].clone());
    made_up
        .filter(|request| {
            let arn = request["principal"].as_str().unwrap_or_default();
            // The root user of the owner needs nobody's leave.
            (kind == "resource" && !arn.ends_with(":root")) || arn.contains(":user/") || arn.contains(":role/")
        })
        // No queue has a colon in its name.
        .filter(|request| !request["resource"].as_str().unwrap_or_default().ends_with(":q:1"))
        .map(as_sent)
        .collect()
}

/// The request with what every request carries, and nothing else but what its caller chooses.
fn as_sent(mut request: Value) -> Value {
    let own = |key: &str| {
        let key = key.to_ascii_lowercase();
        key.starts_with("aws:requesttag/") || key.starts_with("aws:resourcetag/") || key == "aws:useragent"
    };
    let mut context = json!({
        "aws:SecureTransport": "true", "aws:SourceIp": "198.51.100.7", "aws:CurrentTime": "2026-01-01T00:00:00Z",
        "aws:EpochTime": "1767225600",
    });
    // That of a federated user follows from its name.
    if !request["principal"].as_str().unwrap_or_default().contains(":federated-user/") {
        context["aws:userid"] = json!("AIDA99999999999999999");
    }
    for (key, value) in request["context"].as_object().into_iter().flatten().filter(|(key, _)| own(key)) {
        context[key] = value.clone();
    }
    request["context"] = context;
    request
}

fn judged(seed: u64, kind: &str, requests: &[Value], tally: &mut Tally) {
    let Some(new) = policies(seed, kind) else { return };
    let Some(old) = (1..).step_by(3).take(20).find_map(|other| policies(seed + other * CASES, kind)) else { return };
    holds(seed, kind, (&new, &old), requests, tally);
    let same = compare(&new, &new, kind);
    assert_ne!(same["new_allows_more"], "yes", "seed {seed}: {same}\n{new}");
    tally.unknown += usize::from(same["new_allows_more"] == "unknown");
    // With all of the new side added, the old one allows as much.
    let Some(both) = together(&new, &old) else { return };
    let less = holds(seed, kind, (&new, &both), requests, tally);
    assert_eq!(
        less["new_allows_more"] == "yes",
        denies(&old) && less["new_allows_more"] == "yes",
        "{less}\n{new}\n{old}"
    );
    holds(seed, kind, (&both, &new), requests, tally);
}

/// Compares two sides and holds the answer against the second opinion.
fn holds(seed: u64, kind: &str, (new, old): (&Value, &Value), requests: &[Value], tally: &mut Tally) -> Value {
    let found = compare(new, old, kind);
    match found["new_allows_more"].as_str().unwrap() {
        "yes" => {
            tally.yes += 1;
            let witness = &found["witness"];
            assert!(allows(new, kind, witness), "seed {seed}: new does not allow it\n{witness}\n{new}");
            assert!(!allows(old, kind, witness), "seed {seed}: old allows it\n{witness}\n{old}");
        }
        "no" => {
            tally.no += 1;
            for request in requests {
                let more = allows(new, kind, request) && !allows(old, kind, request);
                assert!(!more, "seed {seed}: no, but\n{request}\n{new}\n{old}");
            }
        }
        _ => tally.unknown += 1,
    }
    found
}

/// Two sides as one: several policies of a principal, the statements of a resource's.
fn together(one: &Value, other: &Value) -> Option<Value> {
    if let (Value::Array(one), Value::Array(other)) = (one, other) {
        return Some(Value::Array([one.as_slice(), other].concat()));
    }
    let (statements, more) = (one["Statement"].as_array()?, other["Statement"].as_array()?);
    let mut both = one.clone();
    both["Statement"] = json!([statements.as_slice(), more].concat());
    (one["Version"] == other["Version"]).then_some(both)
}

fn denies(policies: &Value) -> bool {
    policies.to_string().contains("\"Deny\"")
}

#[test]
fn a_comparison_holds_for_requests_of_the_second_opinion() {
    for kind in ["identity", "resource"] {
        let requests = requests(kind);
        assert!(requests.len() > 20, "{} requests", requests.len());
        let all = in_parts::<Tally>(0..cases(CASES), |seed, tally| judged(seed, kind, &requests, tally));
        let sum = |of: fn(&Tally) -> usize| all.iter().map(of).sum::<usize>();
        let (yes, no, unknown) = (sum(|tally| tally.yes), sum(|tally| tally.no), sum(|tally| tally.unknown));
        let asked = yes + no + unknown;
        assert!(yes * 4 > asked && no * 20 > asked, "{kind}: {yes} yes, {no} no, {unknown} unknown");
        assert!(unknown * 100 <= asked, "{kind}: {unknown} of {asked} unknown");
    }
}

/// A document that was not read may allow everything or nothing.
#[test]
fn what_was_not_read_is_compared_both_ways() {
    let statement = |rest: Value| json!({ "Version": "2012-10-17", "Statement": [rest] });
    let read = json!("unreadable");
    let all = statement(json!({ "Effect": "Allow", "Action": "*", "Resource": "*" }));
    let some = statement(json!({ "Effect": "Allow", "Action": "s3:Get*", "Resource": "*" }));
    let public = statement(json!({ "Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*" }));
    let nothing = json!([]);
    for (new, old, kind, expected) in [
        (&read, &some, "identity", "unknown"),
        (&read, &nothing, "identity", "unknown"),
        (&read, &all, "identity", "no"),
        (&some, &read, "identity", "unknown"),
        (&nothing, &read, "identity", "no"),
        (&read, &public, "resource", "unknown"),
        (&public, &read, "resource", "unknown"),
        (&nothing, &read, "resource", "no"),
    ] {
        assert_eq!(compare(new, old, kind)["new_allows_more"], expected, "{new} {old} {kind}");
    }
}

/// Who holds the policies and whose the resource is are chosen apart from each other.
#[test]
fn an_account_that_is_tried_as_the_holder_is_still_tried_as_the_owner() {
    let between = |callers: Value| {
        json!([{ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*",
            "Condition": { "StringEquals": {
                "aws:PrincipalAccount": callers, "aws:ResourceAccount": "444444444444" } } }] }])
    };
    let (both, one) = (between(json!(["444444444444", "555555555555"])), between(json!("444444444444")));
    let found = compare(&both, &one, "identity");
    assert_eq!(found["new_allows_more"], "yes", "{found}");
    assert!(allows(&both, "identity", &found["witness"]) && !allows(&one, "identity", &found["witness"]), "{found}");
    assert_eq!(compare(&one, &both, "identity")["new_allows_more"], "no");
}

/// A statement that both sides have lets nothing more through, unless something else takes it back on the old side.
#[test]
fn a_statement_that_both_sides_have_is_read_in_its_own_place() {
    let policy = |version: &str, statements: &[Value]| json!([{ "Version": version, "Statement": statements }]);
    let home =
        json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::homes/${aws:username}/*" });
    let more = json!({ "Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::homes/*" });
    let deny = json!({ "Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::homes/secret/*" });
    let (now, then) = ("2012-10-17", "2008-10-17");
    let one = std::slice::from_ref(&home);
    for (new, old, expected) in [
        (policy(now, one), policy(now, one), "no"),
        // The same words name one key, and not the name of whoever asks.
        (policy(now, one), policy(then, one), "yes"),
        (policy(now, &[home.clone(), more.clone()]), policy(now, one), "yes"),
        (policy(now, one), policy(now, &[home.clone(), more.clone()]), "no"),
        (policy(now, &[home.clone(), deny.clone()]), policy(now, one), "no"),
        (policy(now, one), policy(now, &[home.clone(), deny.clone()]), "yes"),
        (policy(now, &[home.clone(), more.clone(), deny.clone()]), policy(now, &[home.clone(), deny.clone()]), "yes"),
    ] {
        let found = compare(&new, &old, "identity");
        assert_eq!(found["new_allows_more"], expected, "{new} {old}");
        if expected == "yes" {
            let witness = &found["witness"];
            assert!(allows(&new, "identity", witness) && !allows(&old, "identity", witness), "{found}");
        }
    }
}

/// A public statement that goes opens the bucket to whom another one names, where `RestrictPublicBuckets` is on (fact F4).
#[test]
fn what_a_public_policy_takes_back_is_gained_when_the_public_statement_goes() {
    let named = json!({ "Effect": "Allow", "Principal": { "AWS": "444444444444" }, "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::b/*" });
    let public =
        json!({ "Effect": "Allow", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::b/*" });
    let target = |statements: &[&Value], restricted: bool| {
        let case = json!({
            "id": "1", "op": "reach", "kind": "bucket_policy", "account": "111111111111", "resource": "arn:aws:s3:::b",
            "policy": { "Version": "2012-10-17", "Statement": statements },
            "block_public_access": { "bucket": { "restrict_public_buckets": restricted } },
        });
        super::question(&case).unwrap().target
    };
    for (restricted, opens) in [(true, true), (false, false)] {
        let (new, old) = (target(&[&named], restricted), target(&[&named, &public], restricted));
        let answer = crate::compare_access(&new, &old);
        assert_eq!(matches!(answer, crate::Answer::Yes(_)), opens, "{restricted}: {answer:?}");
    }
}
