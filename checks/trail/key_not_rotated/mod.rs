#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Evidence, Findings, In, Judge, Protects, Reason, Severity, Side, Verdict};
use forewarn_inventory::{Fact, Trail};

use super::log_bucket::of_another_account;

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "trail.key_not_rotated",
    title: "The KMS key of a trail is not rotated",
    severity: Severity::Low,
    protects: &[Protects::Integrity],
    side: Side::Customer,
    needs: &[Fact::Trails, Fact::KeyDetails, Fact::KeyRotation],
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
    if let Some(verdict) = of_another_account(case, trail) {
        return verdict;
    }
    let Some(named) = trail.kms_key.as_deref() else {
        return Verdict::not_applicable(format!("{} is under no KMS key of its own", trail.name));
    };
    let unread = |message: String| Verdict::unknown(Reason { code: "key_not_read".to_owned(), message, gap: None });
    let id = named.rsplit('/').next().unwrap_or(named);
    let Some(key) =
        trail.account.kms.keys.iter().find(|key| key.arn == named || key.arn.rsplit('/').next() == Some(id))
    else {
        return unread(format!("key {named} was not read"));
    };
    match key.details.read() {
        Ok(Some(details)) if details.aws_managed => return Verdict::Pass,
        Ok(Some(details)) if !details.is_rotatable() => {
            return Verdict::not_applicable(format!("KMS does not rotate keys of the kind of {}", key.arn));
        }
        Ok(Some(_)) => {}
        Ok(None) => return Verdict::not_applicable(format!("key {} does not exist", key.arn)),
        Err(gap) => return Verdict::unknown(gap),
    }
    match key.rotation.read() {
        Ok(Some(true)) => Verdict::Pass,
        Ok(Some(false)) => {
            let reason = format!("the key of {} is never rotated", trail.name);
            Verdict::fail(reason, Evidence::at(&key.arn, key, "/rotation", "off"))
        }
        Ok(None) => unread(format!("KMS does not say whether {} is rotated", key.arn)),
        Err(gap) => Verdict::unknown(gap),
    }
}
