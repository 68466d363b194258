//! The harness: every example of every README is run, and every check is held to what all checks promise.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use forewarn_findings::{Check, ExampleKind, Fact, Finding, Report, Settings, VerdictKind, assess, sections};
use forewarn_inventory::{Cause, Gap, Inventory, overlay};

use crate::all;

/// An example of a check, as an inventory.
struct Case {
    check: &'static Check,
    kind: ExampleKind,
    inventory: Inventory,
    place: String,
}

fn examples() -> Vec<Case> {
    let mut cases = Vec::new();
    for check in all() {
        for example in sections(check.docs).examples {
            let place = format!("{} README line {}", check.id, example.before.lines().count() + 1);
            let value = serde_json::from_str(&example.overlay).unwrap_or_else(|error| panic!("{place}: {error}"));
            let inventory = overlay::inventory(&value).unwrap_or_else(|error| panic!("{place}: {error}"));
            cases.push(Case { check, kind: example.kind, inventory, place });
        }
    }
    cases
}

fn run(check: &'static Check, inventory: &Inventory) -> Report {
    let report = assess(&[check], inventory, &Settings::default(), "0");
    assert_eq!(report.coverage.internal_errors, Vec::<String>::new(), "{}", check.id);
    report
}

/// The worst verdict of a report: Fail, then Unknown, then Pass, then `NotApplicable`.
fn worst(report: &Report) -> Option<VerdictKind> {
    report.findings.iter().map(|finding| finding.verdict).min()
}

fn gap() -> Gap {
    Gap::new(Cause::Denied, "hidden:ByTheTest")
}

#[test]
fn every_example_has_the_verdict_that_its_readme_says() {
    for case in examples() {
        let report = run(case.check, &case.inventory);
        let expected = match case.kind {
            ExampleKind::Fail => VerdictKind::Fail,
            ExampleKind::Pass => VerdictKind::Pass,
            ExampleKind::Unknown => VerdictKind::Unknown,
        };
        let said: Vec<(VerdictKind, &str)> =
            report.findings.iter().map(|finding| (finding.verdict, finding.reason.as_str())).collect();
        assert_eq!(worst(&report), Some(expected), "{}: {said:?}", case.place);
    }
}

#[test]
fn every_check_has_examples_of_all_three_verdicts() {
    for check in all() {
        let kinds: BTreeSet<ExampleKind> = sections(check.docs).examples.iter().map(|example| example.kind).collect();
        assert_eq!(kinds.len(), 3, "{} has {kinds:?}", check.id);
    }
}

#[test]
fn every_readme_has_its_sections_and_nothing_else() {
    for check in all() {
        let parts = sections(check.docs);
        assert_eq!(parts.faults, Vec::<String>::new(), "{}", check.id);
        for (name, body) in [("What it finds", parts.what), ("Why it matters", parts.why), ("How to fix", parts.fix)] {
            assert!(!body.is_empty(), "{} has no `{name}`", check.id);
        }
    }
}

#[test]
fn ids_titles_and_folders_fit_together() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut ids = BTreeSet::new();
    for check in all() {
        assert!(ids.insert(check.id), "{} is listed twice", check.id);
        assert!(check.title.chars().count() <= 80, "{}: the title is too long", check.id);
        assert!(!check.title.ends_with('.'), "{}: no full stop", check.id);
        let (service, defect) = check.id.split_once('.').unwrap();
        let plain = |text: &str| text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        assert!(plain(service) && plain(defect), "{}", check.id);
        assert!(root.join(service).join(defect).join("mod.rs").is_file(), "{} has no folder", check.id);
    }
    for folder in folders(root) {
        let service = folder.parent().and_then(Path::file_name).and_then(|name| name.to_str()).unwrap();
        let defect = folder.file_name().and_then(|name| name.to_str()).unwrap();
        let id = format!("{service}.{defect}");
        assert!(ids.contains(id.as_str()), "{id} has a folder and is not in the list of checks/{service}/mod.rs");
    }
}

/// Every folder of a check: one that holds a README two levels down.
#[expect(clippy::disallowed_methods, reason = "a test reads the folders of this crate")]
fn folders(root: &Path) -> Vec<PathBuf> {
    let list = |folder: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut found: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
        found.sort();
        found
    };
    list(root).iter().flat_map(|service| list(service)).filter(|folder| folder.join("README.md").is_file()).collect()
}

#[test]
fn a_fail_has_evidence_and_an_unknown_has_reasons() {
    for case in examples() {
        for finding in run(case.check, &case.inventory).findings {
            match finding.verdict {
                VerdictKind::Fail => {
                    assert!(!finding.evidence.is_empty(), "{}", case.place);
                    assert!(!finding.reason.is_empty(), "{}", case.place);
                }
                VerdictKind::Unknown => assert!(!finding.unknown_because.is_empty(), "{}", case.place),
                VerdictKind::NotApplicable => assert!(!finding.reason.is_empty(), "{}", case.place),
                VerdictKind::Pass => {}
            }
        }
    }
}

/// Pointers to what is absent show `null`, and only these.
#[test]
fn evidence_points_at_something() {
    let absences = [
        "/policy",
        "/public_access_block",
        "/ownership",
        "/password_policy",
        "/replication",
        "/object_lock",
        "/status/latest_delivery",
    ];
    for case in examples() {
        for finding in run(case.check, &case.inventory).findings {
            for evidence in &finding.evidence {
                let absent = absences.contains(&evidence.pointer.as_str());
                assert!(!evidence.content.is_null() || absent, "{}: {evidence:?}", case.place);
            }
        }
    }
}

#[test]
fn the_same_inventory_gives_the_same_findings() {
    for case in examples() {
        assert_eq!(run(case.check, &case.inventory), run(case.check, &case.inventory), "{}", case.place);
    }
}

/// What a check decided, resource by resource.
fn verdicts(report: &Report) -> Vec<(&str, VerdictKind)> {
    report.findings.iter().map(|finding| (finding.resource.arn.as_str(), finding.verdict)).collect()
}

/// What the check itself decides. The region of a bucket is part of its name in a finding, and of the fingerprint, and
/// comes with the list of buckets; no check decides by it.
fn judged(report: &Report) -> Vec<Finding> {
    let mut findings = report.findings.clone();
    for finding in &mut findings {
        finding.resource.region = None;
        finding.fingerprint = String::new();
    }
    findings
}

#[test]
fn hiding_what_a_check_does_not_need_changes_nothing() {
    for case in examples() {
        let before = run(case.check, &case.inventory);
        for fact in Fact::ALL.iter().filter(|fact| !case.check.needs.contains(fact)) {
            let mut hidden = case.inventory.clone();
            fact.hide(&mut hidden, &gap());
            let after = run(case.check, &hidden);
            assert_eq!(judged(&after), judged(&before), "{} without {fact:?}", case.place);
        }
    }
}

#[test]
fn hiding_what_a_check_needs_makes_some_example_unknown() {
    let cases = examples();
    for check in all() {
        for fact in check.needs {
            let seen = cases.iter().filter(|case| case.check.id == check.id).any(|case| {
                let mut hidden = case.inventory.clone();
                fact.hide(&mut hidden, &gap());
                let before = run(check, &case.inventory);
                let after = run(check, &hidden);
                let unknown = |report: &Report| report.count(VerdictKind::Unknown);
                let unless = |report: &Report| report.findings.iter().any(|finding| !finding.unless.is_empty());
                unknown(&after) > unknown(&before) || (unless(&after) && !unless(&before))
            });
            assert!(seen, "{} says that it needs {fact:?}, and no example shows it", check.id);
        }
    }
}

/// With one exception, said on the finding: a guardrail of the organisation that could not be read leaves a Fail a Fail,
/// `unless` it closes it.
#[test]
fn hiding_a_fact_never_swaps_pass_and_fail() {
    for case in examples() {
        let before = run(case.check, &case.inventory);
        for fact in Fact::ALL {
            let mut hidden = case.inventory.clone();
            fact.hide(&mut hidden, &gap());
            let mut after = run(case.check, &hidden);
            after.findings.retain(|finding| finding.unless.is_empty());
            for (resource, verdict) in verdicts(&after) {
                let earlier = verdicts(&before).into_iter().find(|(known, _)| *known == resource);
                let swapped = matches!(
                    (earlier.map(|(_, verdict)| verdict), verdict),
                    (Some(VerdictKind::Pass), VerdictKind::Fail) | (Some(VerdictKind::Fail), VerdictKind::Pass)
                );
                assert!(!swapped, "{} without {fact:?}: {resource} went from {earlier:?} to {verdict:?}", case.place);
            }
        }
    }
}

#[test]
fn fingerprints_do_not_depend_on_the_order_of_things() {
    for case in examples() {
        let mut turned = case.inventory.clone();
        for account in &mut turned.accounts {
            account.s3.buckets.items.reverse();
            account.iam.users.items.reverse();
            account.iam.roles.items.reverse();
            account.trail.trails.items.reverse();
        }
        let prints = |inventory: &Inventory| -> BTreeSet<String> {
            run(case.check, inventory).findings.into_iter().map(|finding| finding.fingerprint).collect()
        };
        assert_eq!(prints(&turned), prints(&case.inventory), "{}", case.place);
    }
}

#[test]
fn parameters_are_declared_once_and_matter() {
    for check in all() {
        let names: BTreeSet<&str> = check.parameters.iter().map(|parameter| parameter.name).collect();
        assert_eq!(names.len(), check.parameters.len(), "{}", check.id);
        for parameter in check.parameters {
            let key = (check.id.to_owned(), parameter.name.to_owned());
            let changed = examples().iter().filter(|case| case.check.id == check.id).any(|case| {
                let plain = run(check, &case.inventory);
                [0, 1, 3, 1000, 100_000].iter().any(|value| {
                    let settings = Settings { parameters: [(key.clone(), *value)].into(), ..Settings::default() };
                    let other = assess(&[check], &case.inventory, &settings, "0");
                    verdicts(&other) != verdicts(&plain) || other.findings != plain.findings
                })
            });
            assert!(changed, "{}: {} changes no example", check.id, parameter.name);
        }
    }
}
