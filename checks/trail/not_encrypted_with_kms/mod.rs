#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, In, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::{Fact, Trail};

use super::log_bucket::of_another_account;

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "trail.not_encrypted_with_kms",
    title: "Log files are not under a KMS key of ours",
    severity: Severity::Low,
    protects: &[Protects::Confidentiality],
    side: Side::Shared,
    needs: &[Fact::Trails],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for trail in case.trails() {
        findings.record(&trail, judge(case, &trail));
    }
}

fn judge(case: &Case<'_>, trail: &In<'_, Trail>) -> Verdict {
    if trail.kms_key.is_some() {
        return Verdict::Pass;
    }
    // A member is shown the trail of its organisation whole but for its state; whose it is decides where it is judged.
    if let Some(verdict @ Verdict::NotApplicable(_)) = of_another_account(case, trail) {
        return verdict;
    }
    let reason = format!("the files of {} are under S3's own key", trail.name);
    Verdict::fail(reason, trail.evidence("/kms_key", "no KMS key"))
}
