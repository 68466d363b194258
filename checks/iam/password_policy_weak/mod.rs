#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, Judge, Parameter, ParameterKind, Protects, Severity, Side, Verdict};
use forewarn_inventory::{Account, Fact, PasswordPolicy};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "iam.password_policy_weak",
    title: "Password policy is weak",
    severity: Severity::Medium,
    protects: Protects::EVERYTHING,
    side: Side::Customer,
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

/// What a password policy asks for, as far as the parameters are about it.
struct Asked {
    length: u32,
    remembered: u32,
    max_age_days: Option<u32>,
    kinds: usize,
}

/// What holds in an account without a policy of its own.
const AWS_DEFAULT: Asked = Asked { length: 8, remembered: 0, max_age_days: None, kinds: 3 };

impl From<&PasswordPolicy> for Asked {
    fn from(policy: &PasswordPolicy) -> Self {
        let kinds =
            [policy.require_lowercase, policy.require_uppercase, policy.require_numbers, policy.require_symbols];
        Self {
            length: policy.minimum_length,
            remembered: policy.reuse_prevention.unwrap_or_default(),
            max_age_days: policy.max_age_days,
            kinds: kinds.iter().filter(|required| **required).count(),
        }
    }
}

fn judge(case: &Case<'_>, account: &Account) -> Verdict {
    let (asked, whose, note) = match account.iam.password_policy.read() {
        Ok(Some(policy)) => (Asked::from(policy), "", "the policy in force"),
        Ok(None) => (AWS_DEFAULT, "AWS's default holds: ", "the account has no policy of its own"),
        Err(gap) => return Verdict::unknown(gap),
    };
    let weak = weaknesses(case, &asked);
    if weak.is_empty() {
        Verdict::Pass
    } else {
        let evidence = crate::on_account(account, &account.iam, "/password_policy", note);
        Verdict::fail(format!("{whose}{}", weak.join("; ")), evidence)
    }
}

fn weaknesses(case: &Case<'_>, asked: &Asked) -> Vec<String> {
    let mut weak = Vec::new();
    let length = case.parameter("minimum_length");
    if i64::from(asked.length) < length {
        weak.push(format!("passwords may be {} characters long, {length} are wanted", asked.length));
    }
    let reuse = case.parameter("reuse_prevention");
    if i64::from(asked.remembered) < reuse {
        weak.push(format!("{} earlier passwords are remembered, {reuse} are wanted", asked.remembered));
    }
    let most = case.parameter("max_age_days");
    if most > 0 && asked.max_age_days.is_none_or(|days| i64::from(days) > most) {
        weak.push(match asked.max_age_days {
            Some(days) => format!("passwords may be {days} days old, {most} are allowed"),
            None => format!("passwords never expire, {most} days are allowed"),
        });
    }
    let wanted = case.parameter("character_kinds");
    if i64::try_from(asked.kinds).unwrap_or(i64::MAX) < wanted {
        weak.push(format!("{} kinds of characters are required, {wanted} are wanted", asked.kinds));
    }
    weak
}
