//! What an exception accepts and what not.

use super::*;
use crate::{Grounds, Resource, Severity};

fn finding(verdict: VerdictKind, arn: &str, fingerprint: u8) -> Finding {
    Finding {
        check: "s3.reachable_by_anyone".into(),
        verdict,
        severity: Severity::Critical,
        resource: Arc::new(Resource { arn: arn.to_owned(), account: "111111111111".to_owned(), region: None }),
        grounds: Arc::new(Grounds::default()),
        fingerprint: Fingerprint([fingerprint; 16]),
        change: None,
        exception: None,
        age: None,
    }
}

fn exception(resource: &str, fingerprint: Option<u8>) -> Exception {
    let fingerprint = fingerprint.map(|byte| Fingerprint([byte; 16]));
    Exception {
        id: Exception::id_of("s3.reachable_by_anyone", resource, fingerprint),
        check: "s3.reachable_by_anyone".to_owned(),
        resource: resource.to_owned(),
        fingerprint,
        owner: "press".to_owned(),
        reason: "on purpose".to_owned(),
        expires: "2027-06-30".parse().unwrap(),
    }
}

#[test]
fn a_pattern_accepts_fails_and_what_may_be_one() {
    use VerdictKind::{Fail, NotApplicable, Pass, Unknown};
    let press = "arn:aws:s3:::acme-press-kit";
    let all = exception("arn:aws:s3:::acme-press-*", None);
    for (verdict, accepted) in [(Fail, true), (Unknown, true), (Pass, false), (NotApplicable, false)] {
        assert_eq!(all.accepts(&finding(verdict, press, 1)), accepted, "{verdict:?}");
    }
    assert!(!all.accepts(&finding(Fail, "arn:aws:s3:::acme-secrets", 1)));
    let other = Exception { check: "s3.tls_not_required".to_owned(), ..all };
    assert!(!other.accepts(&finding(Fail, press, 1)));
    // A pattern stays within its part of the ARN.
    let parts = exception("arn:aws:*:::acme-press-kit", None);
    assert!(parts.accepts(&finding(Fail, press, 1)));
    assert!(!exception("arn:aws:*:acme-press-kit", None).accepts(&finding(Fail, press, 1)));
}

#[test]
fn a_fingerprint_accepts_one_evidence_and_never_an_unknown() {
    let press = "arn:aws:s3:::acme-press-kit";
    let one = exception("arn:aws:s3:::acme-press-*", Some(1));
    assert!(one.accepts(&finding(VerdictKind::Fail, press, 1)));
    assert!(!one.accepts(&finding(VerdictKind::Fail, press, 2)));
    assert!(!one.accepts(&finding(VerdictKind::Unknown, press, 1)));
}

#[test]
fn what_accepts_nothing_though_its_check_ran_is_in_the_coverage() {
    let mut report =
        Report { findings: vec![finding(VerdictKind::Fail, "arn:aws:s3:::press", 1)], ..Report::default() };
    let all = [exception("arn:aws:s3:::press", None), exception("arn:aws:s3:::gone", None)].map(Arc::new);
    report.except(&all);
    assert!(report.findings[0].is_excepted());
    assert!(report.coverage.idle_exceptions.is_empty(), "the check did not run, so nobody knows");
    report.checks.insert(
        "s3.reachable_by_anyone".to_owned(),
        crate::CheckCard {
            title: String::new(),
            severity: Severity::Critical,
            protects: Vec::new(),
            side: crate::Side::Customer,
            operations: Vec::new(),
            what: String::new(),
            why: String::new(),
            fix: String::new(),
        },
    );
    report.except(&all);
    assert_eq!(report.coverage.idle_exceptions, all[1..]);
}

#[test]
fn an_exception_holds_to_the_end_of_its_day() {
    let exception = exception("arn:aws:s3:::a", None);
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    assert_eq!(exception.days_left(at("2027-06-29T23:59:59Z")), 1);
    assert_eq!(exception.days_left(at("2027-06-30T23:59:59Z")), 0);
    assert!(!exception.has_ended(at("2027-06-30T23:59:59Z")));
    assert!(exception.has_ended(at("2027-07-01T00:00:00Z")));
}
