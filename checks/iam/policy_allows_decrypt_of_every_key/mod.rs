#![doc = include_str!("README.md")]

use forewarn_findings::{Answer, Case, Check, Findings, Held, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::Fact;
use forewarn_policy::Wanted;

use super::sets::each_set;

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "iam.policy_allows_decrypt_of_every_key",
    title: "Policy allows to decrypt with every key",
    severity: Severity::Medium,
    protects: &[Protects::Confidentiality],
    side: Side::Customer,
    needs: &[Fact::Policies, Fact::Users, Fact::Groups, Fact::Roles],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    each_set(case, findings, |held, what| judge(case, held, what));
}

/// What gives away what a key protects.
const DECRYPTS: &[&str] = &["kms:Decrypt", "kms:ReEncryptFrom"];

fn judge(case: &Case<'_>, held: &[Held<'_>], what: &str) -> Verdict {
    match case.allows_everything(held) {
        Answer::Yes(_) => {
            return Verdict::not_applicable(format!("{what} allows everything, which is a finding of its own"));
        }
        Answer::No => {}
        Answer::Unknown(reasons) => return Verdict::Unknown(reasons),
    }
    match case.everywhere(held, Wanted::Named(DECRYPTS)) {
        Err(reasons) => Verdict::Unknown(*reasons),
        Ok(None) => Verdict::Pass,
        Ok(Some(found)) => {
            let names: Vec<&str> = found.actions.values().flatten().map(String::as_str).collect();
            Verdict::proved(format!("{what} allows {} with every key", names.join(" and ")), found.proof)
        }
    }
}
