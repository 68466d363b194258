#![doc = include_str!("README.md")]

use forewarn_findings::monitoring::watch::SIGN_IN_FAILURES;
use forewarn_findings::{Check, Judge, Protects, Severity, Side};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "monitoring.sign_in_failures_not_alarmed",
    title: "Failed console sign-ins raise no alarm",
    severity: Severity::Low,
    protects: &[Protects::Integrity],
    side: Side::Customer,
    needs: super::CHAIN,
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(|case, findings| super::judge(case, findings, &SIGN_IN_FAILURES)),
};
