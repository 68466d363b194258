//! Controls over checks made for the purpose.

use forewarn_inventory::{Fact, overlay};
use serde_json::json;

use ControlStatus::{Fail, Manual, NotApplicable, Pass, Unknown};

use super::*;
use crate::{
    Case, Check, Findings, Judge, Parameter, ParameterKind, Protects, Settings, Severity, Side, Verdict, assess,
};

/// Fails for a bucket with a name that is longer than allowed; unknown where the versioning is.
static LONG: Check = Check {
    id: "s3.name_long",
    title: "The name is long",
    severity: Severity::Low,
    protects: &[Protects::Availability],
    side: Side::Customer,
    needs: &[Fact::Buckets, Fact::BucketVersioning],
    parameters: &[Parameter { name: "most", kind: ParameterKind::Count, default: 5, doc: "the most letters" }],
    docs: "",
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for bucket in case.buckets() {
        let length = i64::try_from(bucket.name.len()).unwrap();
        let verdict = match bucket.versioning.read() {
            Err(gap) => Verdict::unknown(gap),
            Ok(_) if length > case.parameter("most") => {
                Verdict::fail("it is long", bucket.evidence("/name", "the name"))
            }
            Ok(_) => Verdict::Pass,
        };
        findings.record(&bucket, verdict);
    }
}

fn control(id: &str, checks: &[(&str, &[(&str, i64)])]) -> Control {
    let one = |(check, parameters): &(&str, &[(&str, i64)])| ControlCheck {
        check: (*check).to_owned(),
        parameters: parameters.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect(),
    };
    Control {
        id: id.to_owned(),
        title: "A control".to_owned(),
        level: "L1".to_owned(),
        published_as: None,
        checks: checks.iter().map(one).collect(),
        not_covered: None,
    }
}

fn report(controls: Vec<Control>, configured: Option<i64>, buckets: &serde_json::Value) -> Report {
    let (id, name) = ("acme-1".to_owned(), "Acme".to_owned());
    let (version, reference) = ("1".to_owned(), "ACME-1".to_owned());
    let frameworks = vec![Framework { id, name, version, reference, outcome: false, controls }];
    let parameters = configured.map(|most| (("s3.name_long".to_owned(), "most".to_owned()), most));
    let settings = Settings { frameworks, parameters: parameters.into_iter().collect(), ..Settings::default() };
    assess(&[&LONG], &overlay::inventory(&json!({ "s3": { "buckets": buckets } })).unwrap(), &settings, "test")
}

fn statuses(report: &Report) -> Vec<ControlStatus> {
    let results = Results::of(report);
    report.compliance.frameworks[0].controls.iter().map(|control| results.status(control)).collect()
}

#[test]
fn a_control_has_its_own_thresholds_and_the_findings_list_keeps_the_configured_ones() {
    let controls =
        || vec![control("1.1", &[("s3.name_long", &[("most", 3)])]), control("1.10", &[("s3.name_long", &[])])];
    let made = report(controls(), None, &json!([{ "name": "four" }]));
    assert_eq!(statuses(&made), [Fail, Pass]);
    assert_eq!((made.findings.len(), made.findings[0].verdict), (1, VerdictKind::Pass));
    assert_eq!(made.compliance.variants.len(), 1);
    // The user's own threshold is what a control without one is judged by; one that is the same is no variant.
    let made = report(controls(), Some(3), &json!([{ "name": "four" }]));
    assert_eq!(statuses(&made), [Fail, Fail]);
    assert!(made.compliance.variants.is_empty());
}

#[test]
fn thresholds_are_part_of_the_identity_of_a_finding() {
    let made = report(vec![control("1", &[("s3.name_long", &[("most", 3)])])], None, &json!([{ "name": "sixsix" }]));
    assert_ne!(made.findings[0].fingerprint, made.compliance.variants[0].findings[0].fingerprint);
    let same = report(vec![control("1", &[("s3.name_long", &[("most", 5)])])], None, &json!([{ "name": "sixsix" }]));
    assert!(same.compliance.variants.is_empty());
    assert_eq!(same.findings[0].fingerprint, made.findings[0].fingerprint);
}

#[test]
fn an_unknown_is_never_a_pass_and_a_fail_outweighs_it() {
    let controls = || {
        vec![
            control("1", &[("s3.name_long", &[])]),
            control("2", &[("s3.name_long", &[]), ("s3.not_run", &[])]),
            control("3", &[]),
        ]
    };
    let gap = json!({ "unreadable": { "cause": "denied", "operation": "s3:GetBucketVersioning" } });
    let unread = json!({ "name": "b", "versioning": gap });
    assert_eq!(statuses(&report(controls(), None, &json!([]))), [NotApplicable, Unknown, Manual]);
    assert_eq!(statuses(&report(controls(), None, &json!([{ "name": "a" }]))), [Pass, Unknown, Manual]);
    assert_eq!(statuses(&report(controls(), None, &json!([{ "name": "a" }, unread]))), [Unknown, Unknown, Manual]);
    let failing = json!([{ "name": "too-long" }, unread]);
    assert_eq!(statuses(&report(controls(), None, &failing)), [Fail, Fail, Manual]);
}
