#![doc = include_str!("README.md")]

use forewarn_findings::{
    Answer, Audience, Case, Check, Findings, In, Judge, Protects, Reason, Severity, Side, Verdict,
};
use forewarn_inventory::{Bucket, Gap};
use forewarn_policy::Ownership;

use crate::s3::{BUCKET_REACH, reach_writing_first};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "s3.reachable_by_other_account",
    title: "Bucket can be read or written by another account",
    severity: Severity::High,
    protects: Protects::EVERYTHING,
    side: Side::Customer,
    needs: BUCKET_REACH,
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for bucket in case.buckets() {
        findings.record(&bucket, judge(case, &bucket));
    }
}

fn judge<'a>(case: &Case<'a>, bucket: &In<'a, Bucket>) -> Verdict {
    let asked = case.bucket(bucket);
    let audiences = &[Audience::Accounts];
    match reach_writing_first(case, &asked, audiences) {
        Answer::No => match canonical_user(bucket) {
            Ok(None) => Verdict::Pass,
            Ok(Some(reason)) => Verdict::unknown(reason),
            Err(gap) => Verdict::unknown(gap),
        },
        Answer::Unknown(reasons) => Verdict::Unknown(reasons),
        Answer::Yes(proof) => {
            // Those who may write are some of those who get in.
            let accounts = match case.reach(&asked, audiences) {
                Answer::Yes(all) => all.accounts,
                Answer::No | Answer::Unknown(_) => proof.accounts.clone(),
            };
            let who = match accounts.as_slice() {
                [] => "another account".to_owned(),
                [one] => format!("account {one}"),
                all => format!("accounts {}", all.join(", ")),
            };
            let does = format!("{} can {} on {}", proof.caller(), proof.action(), proof.hit.witness.resource);
            Verdict::proved(format!("{who} can reach it: {does}"), *proof)
        }
    }
}

/// A canonical user other than the owner in an ACL that counts: it is somebody's, and AWS does not say of which account.
fn canonical_user<'a>(bucket: &In<'a, Bucket>) -> Result<Option<Reason>, &'a Gap> {
    if bucket.item().ownership.read()? == Some(&Ownership::BucketOwnerEnforced) {
        return Ok(None);
    }
    let Some(acl) = bucket.item().acl.read()? else { return Ok(None) };
    let groups = ["AllUsers", "AuthenticatedUsers", "LogDelivery"];
    let foreign = |id: &&String| !groups.contains(&id.as_str()) && acl.owner.as_ref() != Some(*id);
    let user = acl.grants.iter().map(|grant| &grant.grantee).filter(foreign).min();
    Ok(user.map(|user| Reason {
        code: "canonical_user".to_owned(),
        message: format!("the ACL lets in the canonical user {user}, and AWS does not say which account that is"),
        gap: None,
    }))
}
