#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, In, Judge, Protects, Severity, Side, Subject, Verdict};
use forewarn_inventory::{Bucket, Fact, InlinePolicy, ManagedPolicy, PolicyText, Role};
use forewarn_policy::{Diagnostic, PolicyKind, lint};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "iam.policy_lint_error",
    title: "Policy has a fault, or lets in more than it looks",
    severity: Severity::Low,
    protects: &[Protects::Confidentiality, Protects::Integrity],
    side: Side::Customer,
    needs: &[Fact::Policies, Fact::Users, Fact::Groups, Fact::Roles, Fact::Buckets, Fact::BucketPolicy],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

/// A text that hangs on a resource, and the pointer to it.
struct Text<'a> {
    source: &'a PolicyText,
    pointer: String,
    kind: PolicyKind,
}

fn run(case: &Case<'_>, findings: &mut Findings) {
    for policy in case.policies() {
        findings.record(&policy, managed(&policy));
    }
    for user in case.users().filter(|user| !user.inline.is_empty()) {
        findings.record(&user, judge(&user, &inline(&user.item().inline)));
    }
    for group in case.groups().filter(|group| !group.inline.is_empty()) {
        findings.record(&group, judge(&group, &inline(&group.item().inline)));
    }
    for role in case.roles() {
        findings.record(&role, of_role(&role));
    }
    for bucket in case.buckets() {
        findings.record(&bucket, of_bucket(&bucket));
    }
}

fn managed(policy: &In<'_, ManagedPolicy>) -> Verdict {
    if policy.is_aws_managed() {
        return Verdict::not_applicable("AWS owns the policy");
    }
    let versions = policy.item().versions.iter().enumerate();
    let texts: Vec<Text<'_>> = versions
        .filter(|(_, version)| version.id == policy.default_version)
        .map(|(index, version)| Text {
            source: &version.document,
            pointer: format!("/versions/{index}/document"),
            kind: PolicyKind::Identity,
        })
        .collect();
    judge(policy, &texts)
}

fn of_role(role: &In<'_, Role>) -> Verdict {
    if role.is_reserved() {
        return Verdict::not_applicable("AWS owns the role");
    }
    let mut texts = inline(&role.item().inline);
    texts.push(Text { source: &role.item().trust, pointer: "/trust".to_owned(), kind: PolicyKind::Trust });
    judge(role, &texts)
}

fn of_bucket(bucket: &In<'_, Bucket>) -> Verdict {
    match bucket.item().policy.read() {
        Err(gap) => Verdict::unknown(gap),
        Ok(None) => Verdict::not_applicable("it has no policy"),
        Ok(Some(source)) => {
            judge(bucket, &[Text { source, pointer: "/policy".to_owned(), kind: PolicyKind::Resource }])
        }
    }
}

fn inline(policies: &[InlinePolicy]) -> Vec<Text<'_>> {
    let all = policies.iter().enumerate();
    all.map(|(index, policy)| Text {
        source: &policy.document,
        pointer: format!("/inline/{index}/document"),
        kind: PolicyKind::Identity,
    })
    .collect()
}

/// All that is wrong with the texts of one resource, the worst kind first.
fn judge<T: Subject>(holder: &In<'_, T>, texts: &[Text<'_>]) -> Verdict {
    let mut found: Vec<(&Text<'_>, Diagnostic)> = Vec::new();
    for text in texts {
        let wrong = lint(text.source.as_str(), text.kind).into_iter().filter(matters);
        found.extend(wrong.map(|diagnostic| (text, diagnostic)));
    }
    found.sort_by(|(_, one), (_, other)| {
        (one.severity, one.code, &one.message).cmp(&(other.severity, other.code, &other.message))
    });
    let Some((text, first)) = found.first() else { return Verdict::Pass };
    let more = match found.len() - 1 {
        0 => String::new(),
        1 => "; and one more".to_owned(),
        more => format!("; and {more} more"),
    };
    let said = first.message.trim_end_matches('.');
    let reason = format!("{} in line {}, column {}: {said}{more}", first.code, first.place.line, first.place.column);
    let at = |text: &Text<'_>, diagnostic: &Diagnostic| {
        let exact = holder.evidence(&format!("{}{}", text.pointer, diagnostic.place.pointer), diagnostic.code);
        if exact.content.is_null() { holder.evidence(&text.pointer, diagnostic.code) } else { exact }
    };
    let verdict = Verdict::fail(reason, at(text, first));
    found.iter().skip(1).take(SHOWN).fold(verdict, |verdict, (text, diagnostic)| verdict.also(at(text, diagnostic)))
}

/// How many faults are shown beside the first.
const SHOWN: usize = 9;

/// Whether AWS refuses what stands there or it does nothing, or it lets in more than it looks.
fn matters(diagnostic: &Diagnostic) -> bool {
    matches!(diagnostic.severity, forewarn_policy::Severity::Error | forewarn_policy::Severity::Security)
}
