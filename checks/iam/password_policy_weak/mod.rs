#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, Judge, Parameter, ParameterKind, Severity, Verdict};
use forewarn_inventory::{Account, Fact, PasswordPolicy};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "iam.password_policy_weak",
    title: "Password policy is weak",
    severity: Severity::Medium,
    needs: &[Fact::PasswordPolicy],
    parameters: &[
        Parameter {
            name: "minimum_length",
            kind: ParameterKind::Count,
            default: 14,
            doc: "passwords must be at least this long",
        },
        Parameter {
            name: "reuse_prevention",
            kind: ParameterKind::Count,
            default: 24,
            doc: "at least this many earlier passwords cannot be used again; 0 = do not ask",
        },
        Parameter {
            name: "max_age_days",
            kind: ParameterKind::Days,
            default: 0,
            doc: "passwords must be changed after at most this many days; 0 = do not ask",
        },
        Parameter {
            name: "character_kinds",
            kind: ParameterKind::Count,
            default: 0,
            doc: "how many of lower case, upper case, digits and symbols must be required",
        },
    ],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for account in case.accounts() {
        findings.record(account, judge(case, account));
    }
}

fn judge(case: &Case<'_>, account: &Account) -> Verdict {
    let policy = match account.iam.password_policy.read() {
        Ok(Some(policy)) => policy,
        Ok(None) => {
            let evidence =
                crate::on_account(account, &account.iam, "/password_policy", "the account has none of its own");
            return Verdict::fail(
                "the account has no password policy, so AWS's default of 8 characters holds",
                evidence,
            );
        }
        Err(gap) => return Verdict::unknown(gap),
    };
    let weak = weaknesses(case, policy);
    if weak.is_empty() {
        Verdict::Pass
    } else {
        let evidence = crate::on_account(account, &account.iam, "/password_policy", "the policy in force");
        Verdict::fail(weak.join("; "), evidence)
    }
}

fn weaknesses(case: &Case<'_>, policy: &PasswordPolicy) -> Vec<String> {
    let mut weak = Vec::new();
    let length = case.parameter("minimum_length");
    if i64::from(policy.minimum_length) < length {
        weak.push(format!("passwords may be {} characters long, {length} are wanted", policy.minimum_length));
    }
    let reuse = case.parameter("reuse_prevention");
    let remembered = policy.reuse_prevention.unwrap_or_default();
    if i64::from(remembered) < reuse {
        weak.push(format!("{remembered} earlier passwords are remembered, {reuse} are wanted"));
    }
    let most = case.parameter("max_age_days");
    if most > 0 && policy.max_age_days.is_none_or(|days| i64::from(days) > most) {
        weak.push(format!("passwords may be older than {most} days"));
    }
    let kinds = [policy.require_lowercase, policy.require_uppercase, policy.require_numbers, policy.require_symbols];
    let required = kinds.iter().filter(|required| **required).count();
    let wanted = case.parameter("character_kinds");
    if i64::try_from(required).unwrap_or(i64::MAX) < wanted {
        weak.push(format!("{required} kinds of characters are required, {wanted} are wanted"));
    }
    weak
}
