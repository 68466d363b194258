//! Checks that each break one promise: a promise that finds nothing wrong with its own is worth nothing.

use std::sync::atomic::{AtomicI64, Ordering};

use forewarn_findings::{
    Case, Check, Fact, Findings, In, Judge, Parameter, ParameterKind, Protects, Severity, Side, Verdict,
};
use forewarn_inventory::Bucket;
use forewarn_policy::Ownership;

use super::{
    Promise, declares_its_parameters, gives_its_grounds, has_a_whole_readme, ignores_order, is_deterministic,
    is_monotone_in_gaps, is_named_well, knows_nothing_from_nothing, rests_on_all_it_needs, rests_on_nothing_else,
    says_the_same_when_begun_early, says_what_its_readme_says,
};

/// A README whose examples are about the ownership of buckets.
const DOCS: &str = r#"## What it finds

Ownership.

## Why it matters

It does.

## How to fix

It costs nothing. Terraform cannot.

## Examples

```json fail
{ "s3": { "buckets": [{ "name": "b", "ownership": "ObjectWriter" }, { "name": "c", "ownership": "ObjectWriter" }] } }
```

```json pass
{ "s3": { "buckets": [{ "name": "b", "ownership": "BucketOwnerEnforced" }] } }
```

```json unknown
{ "s3": { "buckets": [{ "name": "b", "ownership":
  { "unreadable": { "cause": "denied", "operation": "s3:GetBucketOwnershipControls", "resource": "b" } } }] } }
```
"#;

const NEEDS: &[Fact] = &[Fact::Buckets, Fact::BucketOwnership];

const fn check(judge: fn(&Case<'_>, &mut Findings)) -> Check {
    Check {
        id: "s3.made_for_the_test",
        title: "Made for the test",
        severity: Severity::Low,
        protects: Protects::EVERYTHING,
        side: Side::Customer,
        needs: NEEDS,
        parameters: &[],
        docs: DOCS,
        judge: Judge::Inventory(judge),
    }
}

fn each(case: &Case<'_>, findings: &mut Findings, judge: impl Fn(&In<'_, Bucket>) -> Verdict) {
    for bucket in case.buckets() {
        findings.record(&bucket, judge(&bucket));
    }
}

fn owned(bucket: &In<'_, Bucket>) -> Verdict {
    match bucket.ownership.read() {
        Ok(Some(Ownership::BucketOwnerEnforced)) => Verdict::Pass,
        Ok(_) => Verdict::fail("an owner too many", bucket.evidence("/ownership", "here")),
        Err(gap) => Verdict::unknown(gap),
    }
}

static SOUND: Check = check(|case, findings| each(case, findings, owned));

/// A gap passes.
static LOSES_GAPS: Check = check(|case, findings| {
    each(case, findings, |bucket| match bucket.ownership.present() {
        Some(Ownership::ObjectWriter) => Verdict::fail("an owner too many", bucket.evidence("/ownership", "here")),
        _ => Verdict::Pass,
    });
});

static LOOKS_AT_MORE: Check = check(|case, findings| {
    each(case, findings, |bucket| match bucket.policy.read() {
        Ok(_) => owned(bucket),
        Err(gap) => Verdict::unknown(gap),
    });
});

static NEEDS_TOO_MUCH: Check = Check {
    needs: &[Fact::Buckets, Fact::BucketOwnership, Fact::BucketTags],
    ..check(|case, findings| each(case, findings, owned))
};

static POINTS_AT_NOTHING: Check = check(|case, findings| {
    each(case, findings, |bucket| Verdict::fail("an owner too many", bucket.evidence("/owner", "nowhere")));
});

static SAYS_TOO_LITTLE: Check =
    check(|case, findings| each(case, findings, |bucket| Verdict::fail("bad.", bucket.evidence("/ownership", "here"))));

static COUNTS: Check = check(|case, findings| {
    static CALLS: AtomicI64 = AtomicI64::new(0);
    let call = CALLS.fetch_add(1, Ordering::Relaxed);
    each(case, findings, |bucket| Verdict::fail(format!("call number {call}"), bucket.evidence("/ownership", "here")));
});

/// The first bucket of a list is evidence for every one.
static MINDS_ORDER: Check = check(|case, findings| {
    let first = case.buckets().next();
    each(case, findings, |bucket| match &first {
        Some(first) => Verdict::fail("an owner too many", first.evidence("/name", "the first")),
        None => owned(bucket),
    });
});

static NAMED_BADLY: Check = Check {
    id: "s3.Made-for-the-test",
    title: "Made for the test.",
    ..check(|case, findings| each(case, findings, owned))
};

static IDLE_PARAMETER: Check = Check {
    parameters: &[Parameter { name: "idle", kind: ParameterKind::Count, default: 1, doc: "nothing" }],
    ..check(|case, findings| each(case, findings, owned))
};

static POOR_README: Check = Check {
    docs: "## What it finds\n\nSee `s3.no_such_check` and [more](more.md).\n\n## How to fix\n\nDo.\n",
    ..check(|case, findings| each(case, findings, owned))
};

/// Buckets are no business of a check that needs users alone.
static JUDGES_UNREAD: Check =
    Check { id: "iam.made_for_the_test", needs: &[Fact::Users], ..check(|case, findings| each(case, findings, owned)) };

/// One of two accounts is judged otherwise than an only one.
static MINDS_OTHER_ACCOUNTS: Check = Check {
    id: "iam.made_for_the_test",
    needs: &[Fact::Users],
    ..check(|case, findings| {
        for account in case.accounts() {
            let alone = case.accounts().count() == 1;
            let verdict = if alone { Verdict::Pass } else { Verdict::not_applicable("it is one of several accounts") };
            findings.record(account, verdict);
        }
    })
};

static JUDGES_TWICE: Check = check(|case, findings| {
    each(case, findings, owned);
    each(case, findings, owned);
});

#[test]
fn each_promise_is_broken_by_the_check_that_breaks_it() {
    let broken: [(&str, Promise, &'static Check); 15] = [
        ("a gap that passes is not what the README says", says_what_its_readme_says, &LOSES_GAPS),
        ("two verdicts on one resource", says_what_its_readme_says, &JUDGES_TWICE),
        ("a gap that passes swaps", is_monotone_in_gaps, &LOSES_GAPS),
        ("a verdict out of nothing", knows_nothing_from_nothing, &ALWAYS_PASSES),
        ("a fact that is not declared", rests_on_nothing_else, &LOOKS_AT_MORE),
        ("a verdict on what has not been read", says_the_same_when_begun_early, &JUDGES_UNREAD),
        ("a verdict that minds another account", says_the_same_when_begun_early, &MINDS_OTHER_ACCOUNTS),
        ("a fact that is not used", rests_on_all_it_needs, &NEEDS_TOO_MUCH),
        ("evidence that points nowhere", gives_its_grounds, &POINTS_AT_NOTHING),
        ("a reason of one word", gives_its_grounds, &SAYS_TOO_LITTLE),
        ("a verdict of the moment", is_deterministic, &COUNTS),
        ("evidence by order", ignores_order, &MINDS_ORDER),
        ("an id in capitals", is_named_well, &NAMED_BADLY),
        ("a parameter for nothing", declares_its_parameters, &IDLE_PARAMETER),
        ("half a README", has_a_whole_readme, &POOR_README),
    ];
    for (what, promise, check) in broken {
        assert_ne!(promise(check), Vec::<String>::new(), "{what} is not noticed");
    }
}

/// A verdict on the account, whatever is shown.
static ALWAYS_PASSES: Check = check(|case, findings| {
    for account in case.accounts() {
        findings.record_one_suffices(account, Verdict::Pass);
    }
});

#[test]
fn a_sound_check_breaks_none() {
    let promises: [Promise; 10] = [
        says_what_its_readme_says,
        has_a_whole_readme,
        gives_its_grounds,
        is_deterministic,
        says_the_same_when_begun_early,
        rests_on_nothing_else,
        rests_on_all_it_needs,
        is_monotone_in_gaps,
        knows_nothing_from_nothing,
        ignores_order,
    ];
    for promise in promises {
        assert_eq!(promise(&SOUND), Vec::<String>::new());
    }
}
