//! The policies that an account wrote, in the sets that act together.

use forewarn_findings::{Answer, Case, Findings, Held, In, Reason, Subject, Verdict};
use forewarn_inventory::{InlinePolicy, ManagedPolicy};

/// Judges each customer managed policy by itself, and the inline policies of each identity together. `judge` gets what
/// stands there and how a person calls it.
pub(crate) fn each_set(case: &Case<'_>, findings: &mut Findings, judge: impl Fn(&[Held<'_>], &str) -> Verdict) {
    for policy in case.policies() {
        findings.record(&policy, managed(&policy, &judge));
    }
    for user in case.users() {
        inline(findings, &user, &user.inline, &judge);
    }
    for group in case.groups() {
        inline(findings, &group, &group.inline, &judge);
    }
    for role in case.roles() {
        inline(findings, &role, &role.inline, &judge);
    }
}

fn managed(policy: &In<'_, ManagedPolicy>, judge: impl Fn(&[Held<'_>], &str) -> Verdict) -> Verdict {
    if policy.is_aws_managed() {
        return Verdict::not_applicable("AWS owns the policy; who has it is another question");
    }
    if policy.attachments == 0 && policy.boundary_uses > 0 {
        return Verdict::not_applicable("it serves as a boundary only: it limits and grants nothing");
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
        node: policy.item(),
        pointer: format!("/versions/{index}/document"),
        text: &version.document,
    };
    judge(&[held], "the policy")
}

/// The inline policies of one identity, taken together: they always act together.
fn inline<T: Subject + std::fmt::Debug>(
    findings: &mut Findings,
    holder: &In<'_, T>,
    policies: &[InlinePolicy],
    judge: impl Fn(&[Held<'_>], &str) -> Verdict,
) {
    if policies.is_empty() {
        return;
    }
    let held: Vec<Held<'_>> = policies
        .iter()
        .enumerate()
        .map(|(index, policy)| Held {
            arn: holder.item().arn(),
            node: holder.item(),
            pointer: format!("/inline/{index}/document"),
            text: &policy.document,
        })
        .collect();
    findings.record(holder, judge(&held, "what stands inline"));
}

/// The verdict on a set that allows everything, or of which that is not known; `None` where it allows less.
pub(crate) fn everything(case: &Case<'_>, held: &[Held<'_>], what: &str) -> Option<Verdict> {
    match case.allows_everything(held) {
        Answer::Yes(_) => {
            Some(Verdict::not_applicable(format!("{what} allows everything, which is a finding of its own")))
        }
        Answer::No => None,
        Answer::Unknown(reasons) => Some(Verdict::Unknown(reasons)),
    }
}

/// The first few of many names, and how many more there are: `a, b and 3 other services`.
pub(crate) fn first_of<'n>(names: impl IntoIterator<Item = &'n str>, one: &str, many: &str) -> String {
    const NAMED: usize = 5;
    let mut names = names.into_iter();
    let named = names.by_ref().take(NAMED).collect::<Vec<_>>().join(", ");
    match names.count() {
        0 => named,
        1 => format!("{named} and one other {one}"),
        more => format!("{named} and {more} other {many}"),
    }
}
