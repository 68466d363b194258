#![doc = include_str!("README.md")]

use forewarn_findings::{
    Answer, Ask, Audience, Case, Check, Fact, Findings, In, Judge, Protects, Severity, Side, Verdict,
};
use forewarn_inventory::Bucket;

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "s3.sse_c_allowed",
    title: "Objects can be written under keys that only the writer has",
    severity: Severity::Low,
    protects: &[Protects::Availability],
    side: Side::Shared,
    needs: &[
        Fact::Buckets,
        Fact::BucketEncryption,
        Fact::BucketPolicy,
        Fact::BucketAcl,
        Fact::BucketOwnership,
        Fact::PublicAccessBlock,
        Fact::AccountPublicAccessBlock,
        Fact::AccessPoints,
        Fact::AccessPointPolicy,
        Fact::AccessPointPublicAccessBlock,
        Fact::Organization,
        Fact::OrganizationAccounts,
        Fact::OrganizationUnits,
        Fact::ResourceControlPolicies,
    ],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for bucket in case.buckets() {
        findings.record(&bucket, judge(case, &bucket));
    }
}

/// A write that brings its own key.
const OWN_KEY: [(&str, Option<&str>); 1] = [("s3:x-amz-server-side-encryption-customer-algorithm", Some("AES256"))];

/// Others than the account's own who could bring a key. No AWS service brings one.
const OTHERS: [Audience; 7] = [
    Audience::Anyone,
    Audience::AnyAwsAccount,
    Audience::AnyoneInNetwork,
    Audience::FederatedStranger,
    Audience::Accounts,
    Audience::Federated,
    Audience::Organization,
];

/// The bucket refuses such writes by its settings (fact F11), or its policy and the organisation's by a Deny.
fn judge<'a>(case: &Case<'a>, bucket: &In<'a, Bucket>) -> Verdict {
    let encryption = bucket.item().encryption.read();
    if encryption.is_ok_and(|known| known.is_some_and(|known| known.blocked.iter().any(|kind| kind == "SSE-C"))) {
        return Verdict::Pass;
    }
    let asked = case.bucket(bucket);
    let by = |audiences: &[Audience]| {
        case.reach_with(&asked, &Ask { audiences, actions: &["s3:PutObject"], given: &OWN_KEY })
    };
    // The account's own people are enough for a finding; others matter only where those are kept out.
    let answer = match by(&[Audience::SameAccount]) {
        Answer::No => by(&OTHERS),
        answer => answer,
    };
    match (answer, encryption) {
        (Answer::No, _) => Verdict::Pass,
        (Answer::Yes(_), Err(gap)) => Verdict::unknown(gap),
        (Answer::Unknown(reasons), _) => Verdict::Unknown(reasons),
        (Answer::Yes(proof), Ok(_)) => {
            let reason = format!("{} can write to {} under a key of its own", proof.caller(), bucket.name);
            Verdict::proved(reason, *proof).also(bucket.evidence("/encryption", "does not block SSE-C").related())
        }
    }
}
