#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, Identity, In, Judge, Protects, Reason, Severity, Side, Verdict};
use forewarn_inventory::{Fact, Role};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "s3.predictable_service_bucket_not_owned",
    title: "Bucket that the CDK uploads to is not ours",
    severity: Severity::High,
    protects: &[Protects::Confidentiality, Protects::Integrity],
    side: Side::Customer,
    needs: &[
        Fact::Roles,
        Fact::Policies,
        Fact::Buckets,
        Fact::Organization,
        Fact::OrganizationAccounts,
        Fact::OrganizationUnits,
        Fact::ServiceControlPolicies,
    ],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for role in case.roles() {
        if let Some(bucket) = assets(&role) {
            findings.record(&role, judge(case, &role, &bucket));
        }
    }
}

/// The bucket that a publishing role of a CDK bootstrap uploads to, by the names that `cdk bootstrap` gives; `None` = the
/// role is no such role.
fn assets(role: &In<'_, Role>) -> Option<String> {
    let rest = role.name.strip_prefix("cdk-")?;
    let (qualifier, place) = rest.split_once("-file-publishing-role-")?;
    let region = place.strip_prefix(role.account.id.as_str())?.strip_prefix('-')?;
    Some(format!("cdk-{qualifier}-assets-{}-{region}", role.account.id))
}

fn judge<'a>(case: &Case<'a>, role: &In<'a, Role>, bucket: &str) -> Verdict {
    let buckets = &role.account.s3.buckets;
    if buckets.iter().any(|own| own.name == bucket) {
        return Verdict::Pass;
    }
    if let Some(gap) = buckets.rest.first() {
        return Verdict::unknown(Reason::from(gap));
    }
    let rights = case.rights(Identity::Role(*role));
    let key = format!("arn:{}:s3:::{bucket}/asset.zip", role.account.partition);
    Verdict::from_answer(case.would_call_strangers(&rights, "s3:PutObject", &key), |proof| {
        let reason = format!(
            "{} uploads to {bucket}, which is no bucket of the account: whoever takes the name gets it",
            role.name
        );
        Verdict::proved(reason, proof)
    })
}
