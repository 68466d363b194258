#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, In, Judge, Severity, Verdict};
use forewarn_inventory::{Bucket, Fact};
use forewarn_policy::{BlockSettings, Ownership};

use crate::s3::effective;

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "s3.acl_grants_public",
    title: "Bucket ACL grants access to everybody",
    severity: Severity::High,
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

fn judge(bucket: &In<'_, Bucket>) -> Verdict {
    match bucket.ownership.read() {
        Ok(Some(Ownership::BucketOwnerEnforced)) => return Verdict::Pass,
        Ok(_) => {}
        Err(gap) => return Verdict::unknown(gap),
    }
    let ignored = effective(bucket, |settings: &BlockSettings| settings.ignore_public_acls);
    if let Ok(true) = ignored {
        return Verdict::Pass;
    }
    let acl = match bucket.acl.read() {
        Ok(Some(acl)) => acl,
        Ok(None) => return Verdict::Pass,
        Err(gap) => return Verdict::unknown(gap),
    };
    let public = |grantee: &str| matches!(grantee, "AllUsers" | "AuthenticatedUsers");
    let Some(at) = acl.grants.iter().position(|grant| public(&grant.grantee)) else { return Verdict::Pass };
    if let Err(gap) = ignored {
        return Verdict::unknown(gap);
    }
    let words: Vec<String> = acl
        .grants
        .iter()
        .filter(|grant| public(&grant.grantee))
        .map(|grant| format!("{} to {}", grant.permission, grant.grantee))
        .collect();
    let reason = format!("the ACL grants {}", words.join(", "));
    Verdict::fail(reason, bucket.evidence(&format!("/acl/grants/{at}"), "this grant reaches strangers"))
        .also(bucket.evidence("/ownership", "ACLs are not turned off").related())
}
