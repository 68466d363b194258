#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, In, Judge, Protects, Reason, Reasons, Severity, Side, Verdict};
use forewarn_inventory::{Bucket, Fact};
use forewarn_policy::{AclGrant, BlockSettings, Ownership};

use crate::s3::effective;

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "s3.acl_grants_public",
    title: "Bucket ACL grants access to everybody",
    severity: Severity::High,
    protects: &[Protects::Confidentiality, Protects::Integrity],
    side: Side::Customer,
    needs: &[
        Fact::Buckets,
        Fact::BucketAcl,
        Fact::BucketOwnership,
        Fact::PublicAccessBlock,
        Fact::AccountPublicAccessBlock,
    ],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for bucket in case.buckets() {
        findings.record(&bucket, judge(&bucket));
    }
}

/// An ACL counts unless the bucket's ownership voids it or public ACLs are ignored (facts F6, F8). What could not be read
/// matters only where it could still change the answer.
fn judge(bucket: &In<'_, Bucket>) -> Verdict {
    let void = bucket.ownership.read().map(|ownership| ownership == Some(&Ownership::BucketOwnerEnforced));
    let ignored = effective(bucket, |settings: &BlockSettings| settings.ignore_public_acls);
    if void == Ok(true) || ignored == Ok(true) {
        return Verdict::Pass;
    }
    let unread = || [void.err(), ignored.err()].into_iter().flatten().map(Reason::from);
    let grants = match bucket.acl.read() {
        Ok(Some(acl)) => acl.grants.as_slice(),
        // Nobody asks for an ACL that is void; where it is not known to be, nothing is known.
        Ok(None) => return void.map_or_else(Verdict::unknown, |_| Verdict::Pass),
        Err(gap) => {
            let reasons = Reasons::all(unread().chain([Reason::from(gap)]));
            return reasons.map_or(Verdict::Pass, Verdict::Unknown);
        }
    };
    let public: Vec<(usize, &AclGrant)> = grants
        .iter()
        .enumerate()
        .filter(|(_, grant)| matches!(grant.grantee.as_str(), "AllUsers" | "AuthenticatedUsers"))
        .collect();
    let mut evidence =
        public.iter().map(|(at, _)| bucket.evidence(&format!("/acl/grants/{at}"), "this grant reaches strangers"));
    let Some(first) = evidence.next() else { return Verdict::Pass };
    if let Some(reasons) = Reasons::all(unread()) {
        return Verdict::Unknown(reasons);
    }
    let words: Vec<String> =
        public.iter().map(|(_, grant)| format!("{} to {}", grant.permission, grant.grantee)).collect();
    let reason = format!("the ACL of {} grants {}", bucket.name, words.join(", "));
    evidence
        .fold(Verdict::fail(reason, first), Verdict::also)
        .also(bucket.evidence("/ownership", "ACLs are not turned off").related())
}
