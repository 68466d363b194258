#![doc = include_str!("README.md")]

use forewarn_findings::{Answer, Case, Check, Findings, Held, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::Fact;

use crate::iam::sets::each_set;

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "iam.policy_allows_whole_service",
    title: "Policy allows every action of a service on every resource",
    severity: Severity::Medium,
    protects: Protects::EVERYTHING,
    side: Side::Customer,
    needs: &[Fact::Policies, Fact::Users, Fact::Groups, Fact::Roles],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    each_set(case, findings, |held, what| judge(case, held, what));
}

/// How many services are named.
const NAMED: usize = 5;

fn judge(case: &Case<'_>, held: &[Held<'_>], what: &str) -> Verdict {
    match case.allows_everything(held) {
        Answer::Yes(_) => {
            return Verdict::not_applicable(format!("{what} allows everything, which is a finding of its own"));
        }
        Answer::No => {}
        Answer::Unknown(reasons) => return Verdict::Unknown(reasons),
    }
    match case.whole_services(held) {
        Err(reasons) => Verdict::Unknown(*reasons),
        Ok(None) => Verdict::Pass,
        Ok(Some(whole)) => {
            let named: Vec<&str> = whole.services.iter().take(NAMED).copied().collect();
            let more = whole.services.len() - named.len();
            let all = match more {
                0 => named.join(", "),
                1 => format!("{} and one other service", named.join(", ")),
                more => format!("{} and {more} other services", named.join(", ")),
            };
            Verdict::proved(format!("{what} allows every action of {all} on every resource"), whole.proof)
        }
    }
}
