//! The language: what it understands, and how it says that it does not.

use super::*;

fn now() -> Timestamp {
    "2026-03-08T12:00:00Z".parse().unwrap()
}

fn parse(text: &str) -> Filter {
    Filter::parse(text, now()).unwrap()
}

fn fault(text: &str) -> (String, String) {
    let error = Filter::parse(text, now()).unwrap_err();
    (text.get(error.start..error.end).unwrap().to_owned(), error.message)
}

#[test]
fn times_are_spans_back_days_or_instants() {
    let since = |text: &str| parse(text).span.since.unwrap().to_string();
    assert_eq!(since("since:7d"), "2026-03-01T12:00:00Z");
    assert_eq!(since("since:90m"), "2026-03-08T10:30:00Z");
    assert_eq!(since("since:2026-03-01"), "2026-03-01T00:00:00Z");
    assert_eq!(since("since:2026-03-01T10:00:00"), "2026-03-01T10:00:00Z");
    assert_eq!(since("since:2026-03-01T10:00:00+02:00"), "2026-03-01T08:00:00Z");
    assert_eq!(parse("until:2026-03-02").span.until.unwrap().to_string(), "2026-03-02T00:00:00Z");
}

#[test]
fn a_typo_is_pointed_at_with_what_may_be_meant() {
    assert_eq!(
        fault("since:7d actr:alice"),
        ("actr".to_owned(), "there is no field `actr`; did you mean `actor`?".to_owned())
    );
    assert_eq!(fault("-acton:x").0, "acton");
    let (place, message) = fault("since:yesterday");
    assert_eq!(place, "yesterday");
    assert!(message.contains("`7d`"), "{message}");
    assert_eq!(fault("ip:198.51.100.0/240").0, "198.51.100.0/240");
    assert_eq!(fault("x \"open").0, "\"open");
    assert_eq!(fault("actor: x").0, "actor:");
    assert_eq!(fault("-since:7d").0, "-since:7d");
    assert!(fault("zzzz:1").1.contains("put it in quotes"));
}

#[test]
fn globs_fit_whole_values_whatever_the_case() {
    for (glob, text, fits) in [
        ("Delete*", "DeleteBucket", true),
        ("delete*", "DeleteBucket", true),
        ("*bucket", "DeleteBucketPolicy", false),
        ("*bucket*", "DeleteBucketPolicy", true),
        ("a?c", "abc", true),
        ("a?c", "ac", false),
        ("", "", true),
        ("*", "", true),
        ("a*b*c", "aXbYbZc", true),
        ("a*b*c", "aXbYbZ", false),
        ("*é?", "caféx", true),
        ("*É?", "caféx", true),
        ("kelvin", "\u{212a}elvin", true),
    ] {
        assert_eq!(Glob::new(glob).fits(text), fits, "{glob} {text}");
    }
}

#[test]
fn free_text_is_found_in_any_case() {
    let filter = parse("\"No Such\" -nothere");
    assert!(filter.needs_raw());
    assert!(filter.raw_passes("{\"errorMessage\":\"no SUCH bucket\"}"));
    assert!(!filter.raw_passes("{\"errorMessage\":\"nosuch bucket\"}"));
    assert!(!filter.raw_passes("no such, NOTHERE"));
    assert!(parse("ZOË").raw_passes("{\"userName\":\"Zoë\"}"));
}

/// What SQL must say of each kind of term; that it finds the same is held by the crate that can ask it.
#[test]
fn a_filter_is_a_statement() {
    let clause = |text: &str| {
        let statement = parse(text).statement("t", &[]);
        let (_, rest) = statement.split_once("WHERE ").unwrap();
        rest.split_once("\nORDER BY").unwrap().0.to_owned()
    };
    for (filter, expected) in [
        ("since:2026-03-01", "time >= TIMESTAMP '2026-03-01T00:00:00Z'"),
        ("error", "status_id = 2"),
        ("-error", "status_id <> 2"),
        ("name:o'hara", "lower(actor_user_name) = 'o''hara'"),
        ("name:a_b*", "lower(actor_user_name) LIKE 'a\\_b%'"),
        ("-name:a?", "NOT COALESCE(lower(actor_user_name) LIKE 'a_', FALSE)"),
        ("region:us-*,eu-*", "(lower(cloud_region) LIKE 'us-%' OR lower(cloud_region) LIKE 'eu-%')"),
        ("-\"100%\"", "NOT lower(raw_data) LIKE '%100\\%%'"),
        ("resource:a.b*", "regexp_like(lower(resources_uid), '(^|\\n)a[.]b[^\\n]*(\\n|$)')"),
        ("ip:192.0.2.0/24", "src_endpoint_ip LIKE '192.0.2.%'"),
        (
            "ip:10.1.16.0/20",
            "(src_endpoint_ip LIKE '10.1.%' AND TRY_CAST(split_part(src_endpoint_ip, '.', 3) AS BIGINT) BETWEEN 16 AND 31)",
        ),
        ("ip:192.0.2.7/32", "src_endpoint_ip = '192.0.2.7'"),
        ("ip:2001:db8::/32", "in_network(src_endpoint_ip, '2001:db8::/32')"),
        ("hour:0[", "FALSE"),
        ("mfa:yes", "actor_session_is_mfa = TRUE"),
        ("error:x since:2026-03-01", "time >= TIMESTAMP '2026-03-01T00:00:00Z'\n  AND lower(api_response_error) = 'x'"),
    ] {
        assert_eq!(clause(filter), expected, "{filter}");
    }
}

#[test]
fn every_name_has_columns_and_its_word() {
    for word in Name::words() {
        let name = Name::of(word).unwrap();
        assert_eq!(name.word(), word);
        assert!(!name.fields().is_empty(), "{word}");
    }
}
