#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, In, Judge, Protects, Reason, Reasons, Severity, Side, Verdict};
use forewarn_inventory::{Fact, Trail};

use super::copies::{Altered, LogCopy, altered, copies};
use super::log_bucket::of_another_account;
use super::people::{Able, outside, told};
use crate::joined;

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "trail.every_copy_can_be_altered",
    title: "Every copy of the log can be altered by somebody beside its keepers",
    severity: Severity::High,
    protects: &[Protects::Integrity, Protects::Availability],
    side: Side::Customer,
    needs: &joined::<20>(&[
        super::LOG_KEEPERS,
        &[
            Fact::TrailStatus,
            Fact::TrailSelectors,
            Fact::BucketEncryption,
            Fact::BucketVersioning,
            Fact::BucketObjectLock,
            Fact::BucketReplication,
            Fact::KeyDetails,
            Fact::KeyPolicy,
        ],
    ]),
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for trail in case.trails() {
        findings.record(&trail, judge(case, &trail));
    }
}

/// Looks for one copy that nobody can alter.
fn judge<'a>(case: &Case<'a>, trail: &In<'a, Trail>) -> Verdict {
    if let Some(verdict) = of_another_account(case, trail) {
        return verdict;
    }
    let (copies, mut doubts) = copies(case, trail);
    let mut lost = Vec::new();
    for copy in &copies {
        match altered(case, copy) {
            Altered::ByNobody if copy.doubts.is_empty() => return Verdict::Pass,
            Altered::ByNobody => doubts.extend(copy.doubts.iter().cloned()),
            Altered::Unknown(reasons) => doubts.extend(reasons),
            // Where it may be no copy at all it does not count, and saves nothing either.
            Altered::By(_) if !copy.doubts.is_empty() => {}
            Altered::By(able) => lost.push((copy, able)),
        }
    }
    Reasons::all(doubts).map_or_else(|| fail(case, trail, lost), Verdict::Unknown)
}

/// Fails with the copy that the fewest can alter: its request is the witness.
fn fail<'a>(case: &Case<'a>, trail: &In<'a, Trail>, mut lost: Vec<(&LogCopy<'a>, Vec<Able<'a>>)>) -> Verdict {
    lost.sort_by_key(|(copy, able)| (able.len(), copy.name.as_str()));
    let Some((security, first)) = lost.first().and_then(|(copy, able)| Some((copy, able.first()?))) else {
        return Verdict::unknown(Reason {
            code: "no_copy".to_owned(),
            message: format!("no copy of what {} records is known", trail.name),
            gap: None,
        });
    };
    let each: Vec<String> = lost.iter().map(|(copy, able)| format!("in {} {}", copy.name, told(able))).collect();
    let each = each.join("; ");
    let outside = outside(case);
    let reason = if let [_] = lost.as_slice() {
        format!("what {} records has one copy, and somebody {outside} can alter it: {each}", trail.name)
    } else {
        format!(
            "each of the {} copies of what {} records can be altered by somebody {outside}: {each}; the security copy is {}, \
             which the fewest can alter",
            lost.len(),
            trail.name,
            security.name
        )
    };
    let mut verdict = Verdict::proved(reason, first.proof.clone());
    for (copy, able) in lost.iter().skip(1) {
        if let Some(able) = able.first() {
            let mut evidence = able.evidence();
            evidence.note = format!("{} in {}", evidence.note, copy.name).into();
            verdict = verdict.also(evidence);
        }
    }
    for (copy, _) in &lost {
        if let Ok(bucket) = &copy.bucket {
            verdict = verdict
                .also(bucket.evidence("/versioning", "what is overwritten stays where versions do").related())
                .also(bucket.evidence("/object_lock", "only a lock in compliance mode holds for everybody").related());
        }
    }
    let digests =
        if trail.log_validation { "digests show what was altered" } else { "no digests show what was altered" };
    verdict.also(trail.evidence("/log_validation", digests).related())
}
