#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, In, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::{Bucket, Fact};

use crate::s3::{SWITCHES, effective};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "s3.block_public_access_off",
    title: "Block Public Access is not fully on for the bucket",
    severity: Severity::Medium,
    protects: &[Protects::Confidentiality, Protects::Integrity],
    side: Side::Customer,
    needs: &[Fact::Buckets, Fact::PublicAccessBlock, Fact::AccountPublicAccessBlock],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for bucket in case.buckets() {
        findings.record(&bucket, judge(&bucket));
    }
}

/// A switch is on where the account or the bucket has it on.
fn judge(bucket: &In<'_, Bucket>) -> Verdict {
    let mut off = Vec::new();
    let mut gap = None;
    for (name, switch) in SWITCHES {
        match effective(bucket, switch) {
            Ok(true) => {}
            Ok(false) => off.push(name),
            Err(found) => gap = Some(found),
        }
    }
    match (off.as_slice(), gap) {
        ([], None) => Verdict::Pass,
        ([], Some(gap)) => Verdict::unknown(gap),
        (off, _) => {
            let reason = format!("off for the bucket and for the account: {}", off.join(", "));
            Verdict::fail(reason, bucket.evidence("/public_access_block", "what the bucket itself has on"))
        }
    }
}
