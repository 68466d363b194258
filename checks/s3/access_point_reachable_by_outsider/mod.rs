#![doc = include_str!("README.md")]

use forewarn_findings::{Ask, Audience, Case, Check, Findings, In, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::AccessPoint;

use super::{BUCKET_REACH, unread_bucket};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "s3.access_point_reachable_by_outsider",
    title: "Access point lets outsiders into its bucket",
    severity: Severity::High,
    protects: Protects::EVERYTHING,
    side: Side::Customer,
    needs: BUCKET_REACH,
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for point in case.access_points() {
        findings.record(&point, judge(case, &point));
    }
}

/// Whether an outsider gets into the bucket by way of this access point: both sides have to let it (fact F9).
fn judge<'a>(case: &Case<'a>, point: &In<'a, AccessPoint>) -> Verdict {
    let owner = point.item().bucket_account.as_deref().unwrap_or(&point.account.id);
    let bucket = case.buckets().find(|bucket| bucket.name == point.bucket && bucket.account.id == owner);
    let Some(bucket) = bucket else { return Verdict::unknown(unread_bucket(point.account, &point.bucket)) };
    let through = [("s3:DataAccessPointArn", Some(point.arn.as_str()))];
    let ask = Ask { audiences: &Audience::OUTSIDERS, actions: &[], given: &through };
    let answer = case.reach_with(&case.bucket(&bucket), &ask);
    Verdict::from_answer(answer, |proof| {
        let reason = format!(
            "{} can {} on {} of {} through it",
            proof.caller(),
            proof.action(),
            proof.hit.witness.resource,
            bucket.name
        );
        Verdict::proved(reason, proof)
    })
}
