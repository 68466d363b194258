#![doc = include_str!("README.md")]

use forewarn_findings::{Answer, Case, Check, Findings, Held, In, Judge, Reason, Severity, Subject, Verdict};
use forewarn_inventory::{Fact, InlinePolicy, ManagedPolicy};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "iam.policy_allows_everything",
    title: "Policy allows every action on every resource",
    severity: Severity::High,
    needs: &[Fact::Policies, Fact::Users, Fact::Groups, Fact::Roles],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for policy in case.policies() {
        findings.record(&policy, managed(case, &policy));
    }
    for user in case.users() {
        inline(case, findings, &user, &user.inline);
    }
    for group in case.groups() {
        inline(case, findings, &group, &group.inline);
    }
    for role in case.roles() {
        inline(case, findings, &role, &role.inline);
    }
}

fn managed(case: &Case<'_>, policy: &In<'_, ManagedPolicy>) -> Verdict {
    if policy.is_aws_managed() {
        return Verdict::not_applicable("AWS owns the policy; who has it is another question");
    }
    let Some(index) = policy.versions.iter().position(|version| version.id == policy.default_version) else {
        return Verdict::unknown(Reason {
            code: "not_reported".to_owned(),
            message: format!("AWS did not give version {} of the policy", policy.default_version),
            gap: None,
        });
    };
    let Some(version) = policy.versions.get(index) else { return Verdict::Pass };
    let held = Held {
        arn: &policy.arn,
        node: serde_json::to_value(policy.item()).unwrap_or_default(),
        pointer: format!("/versions/{index}/document"),
        text: &version.document,
    };
    verdict(case.allows_everything(&[held]), "the policy")
}

/// The inline policies of one identity, taken together: they always act together.
fn inline<T: Subject>(case: &Case<'_>, findings: &mut Findings, holder: &In<'_, T>, policies: &[InlinePolicy]) {
    if policies.is_empty() {
        return;
    }
    let node = serde_json::to_value(holder.item()).unwrap_or_default();
    let held: Vec<Held<'_>> = policies
        .iter()
        .enumerate()
        .map(|(index, policy)| Held {
            arn: holder.item().arn(),
            node: node.clone(),
            pointer: format!("/inline/{index}/document"),
            text: &policy.document,
        })
        .collect();
    findings.record(holder, verdict(case.allows_everything(&held), "what stands inline"));
}

fn verdict(answer: Answer, what: &str) -> Verdict {
    Verdict::from_answer(answer, |proof| {
        let statements = proof.hit.because.len();
        let by = if statements == 1 { "one statement".to_owned() } else { format!("{statements} statements together") };
        Verdict::proved(format!("{what} allows every action of every service on every resource, by {by}"), proof)
    })
}
