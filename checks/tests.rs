//! The harness: every example of every README is run, and every check is held to what all checks promise.
//!
//! A promise is a function from a check to its faults. All checks have none; `harness/broken.rs` holds a check that breaks each
//! promise, so that no promise is empty.

#[path = "harness/broken.rs"]
mod broken;
#[path = "harness/lists.rs"]
mod lists;
#[path = "harness/turned.rs"]
mod turned;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use forewarn_findings::{
    Assessment, Check, Evidence, ExampleKind, Fact, Finding, Fingerprint, Redaction, Report, Settings, VerdictKind,
    assess, sections,
};
use forewarn_inventory::{Account, Analyzer, AnalyzerFinding, Cause, Gap, Inventory, Listing, Scope, overlay};
use forewarn_policy::batch::answer_line;
use serde_json::Value;

use crate::all;

/// An example of a check, as an inventory, with what the check says of it.
struct Example {
    check: &'static Check,
    kind: ExampleKind,
    inventory: Inventory,
    report: Report,
    place: String,
}

impl Example {
    /// What the check says where something was done to the inventory.
    fn after(&self, change: impl FnOnce(&mut Inventory)) -> Report {
        let mut changed = self.inventory.clone();
        change(&mut changed);
        run(self.check, &changed)
    }
}

fn examples(check: &'static Check) -> Vec<Example> {
    let made = sections(check.docs).examples.into_iter().map(|example| {
        let place = format!("{} README line {}", check.id, example.before.lines().count() + 1);
        let value = serde_json::from_str(&example.overlay).unwrap_or_else(|error| panic!("{place}: {error}"));
        let inventory = overlay::inventory(&value).unwrap_or_else(|error| panic!("{place}: {error}"));
        let report = run(check, &inventory);
        Example { check, kind: example.kind, inventory, report, place }
    });
    made.collect()
}

fn run(check: &'static Check, inventory: &Inventory) -> Report {
    assess(&[check], inventory, &Settings::default(), "0")
}

fn gap() -> Gap {
    Gap::new(Cause::Denied, "hidden:ByTheTest")
}

/// A promise that a check keeps: no faults.
type Promise = fn(&'static Check) -> Vec<String>;

/// Asserts that all checks keep a promise, and names every one that does not.
fn all_keep(promise: Promise) {
    assert!(!all().is_empty());
    let faults: Vec<String> = all().into_iter().flat_map(promise).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The worst verdict of a report: Fail, then Unknown, then Pass, then `NotApplicable`.
fn worst(report: &Report) -> Option<VerdictKind> {
    report.findings.iter().map(|finding| finding.verdict).min()
}

/// What a check decided, resource by resource.
fn verdicts(report: &Report) -> Vec<(&str, &str, VerdictKind)> {
    let findings = report.findings.iter();
    findings.map(|f| (f.resource.account.as_str(), f.resource.arn.as_str(), f.verdict)).collect()
}

fn says_what_its_readme_says(check: &'static Check) -> Vec<String> {
    let mut faults = Vec::new();
    for example in examples(check) {
        let expected = match example.kind {
            ExampleKind::Fail => VerdictKind::Fail,
            ExampleKind::Pass => VerdictKind::Pass,
            ExampleKind::Unknown => VerdictKind::Unknown,
        };
        if worst(&example.report) != Some(expected) {
            let findings = example.report.findings.iter();
            let said: Vec<String> = findings.map(|f| format!("{:?} {}", f.verdict, f.grounds.reason)).collect();
            faults.push(format!("{}: {expected:?} is wanted, not {said:?}", example.place));
        }
        faults
            .extend(example.report.coverage.internal_errors.iter().map(|error| format!("{}: {error}", example.place)));
    }
    faults
}

#[test]
fn every_example_has_the_verdict_that_its_readme_says() {
    all_keep(says_what_its_readme_says);
}

fn has_a_whole_readme(check: &'static Check) -> Vec<String> {
    let parts = sections(check.docs);
    let mut faults = parts.faults.clone();
    let kinds: BTreeSet<ExampleKind> = parts.examples.iter().map(|example| example.kind).collect();
    if kinds.len() < 3 {
        faults.push(format!("examples of {kinds:?} only"));
    }
    for (name, body) in [("What it finds", parts.what), ("Why it matters", parts.why), ("How to fix", parts.fix)] {
        if body.is_empty() {
            faults.push(format!("no `{name}`"));
        }
    }
    if !parts.fix.contains("cost") {
        faults.push("`How to fix` does not say what it costs".to_owned());
    }
    if !parts.fix.contains("```hcl") && !parts.fix.contains("Terraform") {
        faults.push("`How to fix` has no `hcl` and does not say why Terraform cannot".to_owned());
    }
    let ids: BTreeSet<&str> = all().iter().map(|known| known.id).collect();
    let services: BTreeSet<&str> = all().iter().map(|known| known.service()).collect();
    let prose = format!("{}\n{}\n{}", parts.what, parts.why, parts.fix);
    for word in prose.split('`').skip(1).step_by(2) {
        let named =
            word.split_once('.').is_some_and(|(service, defect)| services.contains(service) && defect.contains('_'));
        if named && !ids.contains(word) {
            faults.push(format!("there is no check `{word}`"));
        }
    }
    faults.into_iter().map(|fault| format!("{}: {fault}", check.id)).collect()
}

#[test]
fn every_readme_is_whole() {
    all_keep(has_a_whole_readme);
}

fn is_named_well(check: &'static Check) -> Vec<String> {
    let mut faults = Vec::new();
    let mut wrong = |wrong: bool, what: &str| {
        if wrong {
            faults.push(format!("{}: {what}", check.id));
        }
    };
    wrong(check.title.chars().count() > 80, "the title is longer than 80 characters");
    wrong(check.title.is_empty() || check.title.ends_with('.'), "the title is empty or ends in a full stop");
    let (service, defect) = check.id.split_once('.').unwrap_or_default();
    let plain = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    wrong(!plain(service) || !plain(defect), "the id is not lower case words around one dot");
    wrong(defect.starts_with("ensure") || defect.contains("_not_off"), "the id must name the bad state");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(service).join(defect);
    wrong(!folder.join("mod.rs").is_file(), "there is no such folder");
    let needs: BTreeSet<Fact> = check.needs.iter().copied().collect();
    wrong(check.protects.is_empty() || !check.protects.is_sorted(), "what it protects is empty or out of order");
    wrong(needs.is_empty() || needs.len() != check.needs.len(), "what it needs is empty or said twice");
    faults
}

#[test]
fn ids_titles_and_folders_fit_together() {
    all_keep(is_named_well);
    let ids: BTreeSet<&str> = all().iter().map(|check| check.id).collect();
    assert_eq!(ids.len(), all().len(), "a check is listed twice");
}

fn gives_its_grounds(check: &'static Check) -> Vec<String> {
    let mut faults = Vec::new();
    for example in examples(check) {
        for finding in &example.report.findings {
            let grounds = match finding.verdict {
                VerdictKind::Fail => !finding.grounds.evidence.is_empty() && is_a_sentence(&finding.grounds.reason),
                VerdictKind::Unknown => {
                    !finding.grounds.unknown_because.is_empty() && !finding.grounds.reason.is_empty()
                }
                VerdictKind::NotApplicable => is_a_sentence(&finding.grounds.reason),
                VerdictKind::Pass => true,
            };
            if !grounds {
                faults.push(format!("{}: {:?} `{}`", example.place, finding.verdict, finding.grounds.reason));
            }
            for evidence in finding.grounds.evidence.iter().filter(|evidence| !shows(evidence, &example.inventory)) {
                faults.push(format!("{}: evidence points at nothing: {evidence:?}", example.place));
            }
        }
    }
    faults
}

/// Words, without the full stop that reports add.
fn is_a_sentence(text: &str) -> bool {
    text.contains(' ') && text.trim() == text && !text.ends_with('.')
}

/// Whether what the evidence points at stands in the inventory; an absence must stand there as `null`.
fn shows(evidence: &Evidence, inventory: &Inventory) -> bool {
    if evidence.note.is_empty() {
        return false;
    }
    if !evidence.content.is_null() {
        return true;
    }
    let mut places = Vec::new();
    for account in &inventory.accounts {
        let whole = serde_json::to_value(account).unwrap();
        if *evidence.resource == account.arn() {
            places.extend(["iam", "s3", "trail"].map(|part| whole[part].clone()));
        }
        with_arn(&whole, &evidence.resource, &mut places);
    }
    places.iter().any(|place| place.pointer(&evidence.pointer).is_some_and(Value::is_null))
}

/// Every object below `at` that has this ARN.
fn with_arn(at: &Value, arn: &str, found: &mut Vec<Value>) {
    match at {
        Value::Object(fields) => {
            if fields.get("arn").is_some_and(|own| own == arn) {
                found.push(at.clone());
            }
            fields.values().for_each(|value| with_arn(value, arn, found));
        }
        Value::Array(items) => items.iter().for_each(|value| with_arn(value, arn, found)),
        _ => {}
    }
}

#[test]
fn a_fail_has_evidence_and_an_unknown_has_reasons() {
    all_keep(gives_its_grounds);
}

/// What was asked, where a check says that AWS disagrees, and what the engine answers to it.
fn asked_again(report: &Report) -> Vec<Value> {
    let disagrees = |finding: &&Finding| finding.grounds.reason.starts_with("AWS disagrees");
    let questions =
        report.findings.iter().filter(disagrees).map(|finding| finding.grounds.evidence[0].content.to_string());
    questions.map(|question| serde_json::from_str(&answer_line(question.as_bytes())).unwrap()).collect()
}

/// Whoever looks into a contradiction has the question, and the names need not go with it (DESIGN §5).
#[test]
fn what_contradicts_aws_comes_with_a_question_that_can_be_asked_again() {
    let mut seen = Vec::new();
    for example in all().iter().flat_map(|check| examples(check)) {
        let answers = asked_again(&example.report);
        assert_eq!(answers, asked_again(&example.report.clone().redacted(&Redaction::default())), "{}", example.place);
        assert!(answers.iter().all(|answer| answer.get("error").is_none()), "{}: {answers:?}", example.place);
        seen.extend(answers.iter().map(|_| example.check.id));
    }
    assert!(seen.contains(&"s3.policy_status_public"), "{seen:?}");
}

fn is_deterministic(check: &'static Check) -> Vec<String> {
    let differs = |example: &Example| run(check, &example.inventory) != example.report;
    examples(check).iter().filter(|example| differs(example)).map(|example| example.place.clone()).collect()
}

#[test]
fn the_same_inventory_gives_the_same_findings() {
    all_keep(is_deterministic);
}

/// What the check itself decides. The region of a bucket is part of its name in a finding, and of the fingerprint, and
/// comes with the list of buckets; no check decides by it.
fn judged(report: &Report) -> Vec<Finding> {
    let mut findings = report.findings.clone();
    for finding in &mut findings {
        Arc::make_mut(&mut finding.resource).region = None;
        finding.fingerprint = Fingerprint([0; 16]);
    }
    findings
}

fn rests_on_nothing_else(check: &'static Check) -> Vec<String> {
    let mut faults = Vec::new();
    for example in examples(check) {
        for fact in Fact::ALL.iter().filter(|fact| !check.needs.contains(fact)) {
            let after = example.after(|inventory| fact.hide(inventory, &gap()));
            if judged(&after) != judged(&example.report) {
                faults.push(format!("{}: hiding {fact:?} changes something", example.place));
            }
        }
    }
    faults
}

#[test]
fn hiding_what_a_check_does_not_need_changes_nothing() {
    all_keep(rests_on_nothing_else);
}

/// What has been read of an inventory before all has, as a collection tells it.
fn told(inventory: &Inventory) -> Vec<(Inventory, BTreeSet<Fact>)> {
    let part = |account: Account| Inventory {
        accounts: vec![account],
        organization: inventory.organization.clone(),
        ..Inventory::unasked(inventory.instant)
    };
    let mut told = Vec::new();
    for account in &inventory.accounts {
        let unasked = Account { regions: account.regions.clone(), ..Account::unasked(&account.id, &account.partition) };
        for bucket in &account.s3.buckets {
            let mut some = unasked.clone();
            some.s3.public_access_block = account.s3.public_access_block.clone();
            some.s3.buckets = Listing::whole(vec![bucket.clone()]);
            some.s3.access_points = Listing::whole(Vec::new());
            some.s3.multi_region_access_points = Listing::whole(Vec::new());
            told.push((part(some), BTreeSet::new()));
        }
        told.push((inventory.people_of(account), Fact::about_people()));
    }
    told
}

/// The same with the accounts of another one beside its own.
fn beside(inventory: &Inventory, other: &Inventory) -> Inventory {
    let other = serde_json::to_string(&other.accounts).unwrap().replace("111111111111", "666666666666");
    let others: Vec<Account> = serde_json::from_str(&other).unwrap();
    let known = |id: &str| inventory.accounts.iter().any(|account| account.id == id);
    let mut both = inventory.clone();
    both.accounts.extend(others.into_iter().filter(|account| !known(&account.id)));
    both
}

/// The same with an account beside its own whose analyzer says that the public gets into every role and bucket.
fn watched(inventory: &Inventory) -> Inventory {
    let mut both = beside(inventory, inventory);
    let finding = |arn: &String| AnalyzerFinding {
        id: "f-1".to_owned(),
        resource: arn.clone(),
        public: true,
        principal: [("AWS".to_owned(), "*".to_owned())].into(),
        analyzed: inventory.instant,
    };
    let accounts = inventory.accounts.iter();
    let buckets = accounts.clone().flat_map(|account| account.s3.buckets.iter().map(|bucket| &bucket.arn));
    let roles = accounts.flat_map(|account| account.iam.roles.iter().map(|role| &role.arn));
    let analyzer = Analyzer {
        arn: "arn:aws:access-analyzer:us-east-1:666666666666:analyzer/all".to_owned(),
        region: "us-east-1".to_owned(),
        kind: "ORGANIZATION".to_owned(),
        status: "ACTIVE".to_owned(),
        findings: Listing::whole(roles.chain(buckets).map(finding).collect()),
    };
    if let Some(last) = both.accounts.last_mut() {
        last.iam.analyzers.items.push(analyzer);
    }
    both
}

#[test]
fn what_an_analyzer_of_another_account_says_of_a_role_is_heard() {
    let heard = all().into_iter().filter(|check| check.service() == "iam").flat_map(examples).any(|example| {
        let report = run(example.check, &watched(&example.inventory));
        report.findings.iter().any(|finding| finding.grounds.reason.starts_with("AWS disagrees"))
    });
    assert!(heard);
}

fn says_the_same_when_begun_early(check: &'static Check) -> Vec<String> {
    let checks = [check];
    let settings = Settings::default();
    let differs = |inventory: &Inventory, expected: &Report| {
        let assessment = Assessment::new(&checks, &settings);
        for (part, facts) in told(inventory) {
            assessment.ahead(&part, &facts);
        }
        assessment.of(inventory, "0") != *expected
    };
    let examples = examples(check);
    let mut faults = Vec::new();
    for (example, next) in examples.iter().zip(examples.iter().cycle().skip(1)) {
        if differs(&example.inventory, &example.report) {
            faults.push(example.place.clone());
        }
        for both in [beside(&example.inventory, &next.inventory), watched(&example.inventory)] {
            if differs(&both, &run(check, &both)) {
                faults.push(format!("{} beside {}", example.place, next.place));
            }
        }
    }
    faults
}

#[test]
fn what_is_judged_while_the_rest_is_read_is_judged_as_in_the_end() {
    all_keep(says_the_same_when_begun_early);
}

fn rests_on_all_it_needs(check: &'static Check) -> Vec<String> {
    let examples = examples(check);
    let unknown = |report: &Report| report.count(VerdictKind::Unknown);
    let unless = |report: &Report| report.findings.iter().any(|finding| !finding.grounds.unless.is_empty());
    let idle = check.needs.iter().filter(|fact| {
        !examples.iter().any(|example| {
            let after = example.after(|inventory| fact.hide(inventory, &gap()));
            unknown(&after) > unknown(&example.report) || (unless(&after) && !unless(&example.report))
        })
    });
    idle.map(|fact| format!("{}: no example shows that it needs {fact:?}", check.id)).collect()
}

#[test]
fn hiding_what_a_check_needs_makes_some_example_unknown() {
    all_keep(rests_on_all_it_needs);
}

/// Resources that went from Pass to Fail or back, with one exception that is said on the finding: a guardrail of the
/// organisation that could not be read leaves a Fail a Fail, `unless` it closes it.
fn swaps(before: &Report, after: &Report) -> Vec<String> {
    let earlier = verdicts(before);
    let swapped = |finding: &&Finding| {
        let same = earlier.iter().find(|(account, arn, _)| {
            *arn == finding.resource.arn.as_str() && *account == finding.resource.account.as_str()
        });
        finding.grounds.unless.is_empty()
            && matches!(
                (same.map(|(_, _, verdict)| *verdict), finding.verdict),
                (Some(VerdictKind::Pass), VerdictKind::Fail) | (Some(VerdictKind::Fail), VerdictKind::Pass)
            )
    };
    after.findings.iter().filter(swapped).map(|f| format!("{} became {:?}", f.resource.arn, f.verdict)).collect()
}

fn is_monotone_in_gaps(check: &'static Check) -> Vec<String> {
    let mut faults = Vec::new();
    for example in examples(check) {
        let mut look = |what: &str, after: &Report| {
            let swapped = swaps(&example.report, after);
            faults.extend(swapped.iter().map(|swap| format!("{}: without {what} {swap}", example.place)));
        };
        for fact in Fact::ALL {
            look(&format!("{fact:?}"), &example.after(|inventory| fact.hide(inventory, &gap())));
        }
        // A fact that one item of a list lacks and its neighbours have.
        for fact in check.needs.iter().filter(|fact| fact.scope() == Scope::Item) {
            let mut hidden = example.inventory.clone();
            fact.hide(&mut hidden, &gap());
            for (at, account) in hidden.accounts.iter().enumerate() {
                for (index, bucket) in account.s3.buckets.iter().enumerate() {
                    let one =
                        |inventory: &mut Inventory| inventory.accounts[at].s3.buckets.items[index] = bucket.clone();
                    look(&format!("{fact:?} of {}", bucket.arn), &example.after(one));
                }
                for (index, trail) in account.trail.trails.iter().enumerate() {
                    let one =
                        |inventory: &mut Inventory| inventory.accounts[at].trail.trails.items[index] = trail.clone();
                    look(&format!("{fact:?} of {}", trail.arn), &example.after(one));
                }
            }
        }
    }
    faults
}

#[test]
fn hiding_a_fact_never_swaps_pass_and_fail() {
    all_keep(is_monotone_in_gaps);
}

fn knows_nothing_from_nothing(check: &'static Check) -> Vec<String> {
    let mut faults = Vec::new();
    for example in examples(check) {
        let after = example.after(|inventory| Fact::ALL.iter().for_each(|fact| fact.hide(inventory, &gap())));
        let decided = after.findings.iter().any(|f| matches!(f.verdict, VerdictKind::Pass | VerdictKind::Fail));
        if decided || after.count(VerdictKind::Unknown) == 0 {
            faults.push(format!("{}: with everything hidden it says {:?}", example.place, verdicts(&after)));
        }
    }
    faults
}

#[test]
fn a_check_that_is_shown_nothing_is_unknown() {
    all_keep(knows_nothing_from_nothing);
}

/// The order of resources, of a resource's parts and of the statements of a policy means nothing.
fn ignores_order(check: &'static Check) -> Vec<String> {
    let mut faults = Vec::new();
    let identity = |report: &Report| -> Vec<(String, Fingerprint, VerdictKind)> {
        report.findings.iter().map(|f| (f.resource.arn.clone(), f.fingerprint, f.verdict)).collect()
    };
    for example in examples(check) {
        let after = run(check, &turned::around(&example.inventory));
        if identity(&after) != identity(&example.report) {
            faults.push(format!(
                "{}: {:?} turned around: {:?}",
                example.place,
                identity(&example.report),
                identity(&after)
            ));
        }
    }
    faults
}

#[test]
fn fingerprints_do_not_depend_on_the_order_of_things() {
    all_keep(ignores_order);
}

fn declares_its_parameters(check: &'static Check) -> Vec<String> {
    let mut faults = Vec::new();
    let declared: Vec<&str> = check.parameters.iter().map(|parameter| parameter.name).collect();
    let used = parameters_in(&lists::source(check));
    if declared.iter().copied().collect::<BTreeSet<_>>() != used.iter().map(String::as_str).collect()
        || declared.len() != used.len()
    {
        faults.push(format!("{} declares {declared:?} and uses {used:?}", check.id));
    }
    for parameter in check.parameters {
        let key = (check.id.to_owned(), parameter.name.to_owned());
        let matters = examples(check).iter().any(|example| {
            [0, 1, 3, 1000, 100_000].iter().any(|value| {
                let settings = Settings { parameters: [(key.clone(), *value)].into(), ..Settings::default() };
                judged(&assess(&[check], &example.inventory, &settings, "0")) != judged(&example.report)
            })
        });
        if !matters || parameter.doc.is_empty() {
            faults.push(format!("{}: {} changes no example, or has no sentence", check.id, parameter.name));
        }
    }
    faults
}

/// The names that `case.parameter("…")` is called with.
fn parameters_in(source: &str) -> BTreeSet<String> {
    source.split(".parameter(\"").skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}

#[test]
fn parameters_are_declared_once_and_matter() {
    all_keep(declares_its_parameters);
}
