#![doc = include_str!("README.md")]

use forewarn_findings::monitoring::watch::SIGN_IN_WITHOUT_MFA;
use forewarn_findings::{Check, Judge, Protects, Severity, Side};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "monitoring.sign_in_without_mfa_not_alarmed",
    title: "Console sign-ins without MFA raise no alarm",
    severity: Severity::Medium,
    protects: &[Protects::Integrity],
    side: Side::Customer,
    needs: super::CHAIN,
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(|case, findings| super::judge(case, findings, &SIGN_IN_WITHOUT_MFA)),
};
