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
        required("require_lowercase", "1 = a lower-case letter must be required"),
        required("require_uppercase", "1 = an upper-case letter must be required"),
        required("require_numbers", "1 = a digit must be required"),
        required("require_symbols", "1 = a symbol must be required"),
    ],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

/// A parameter that says whether a kind of character must be required.
const fn required(name: &'static str, doc: &'static str) -> Parameter {
    Parameter { name, kind: ParameterKind::Count, default: 0, doc }
}

fn run(case: &Case<'_>, findings: &mut Findings) {
    for account in case.accounts() {
        findings.record(account, judge(case, account));
    }
}

/// What a password policy asks for, as far as the parameters are about it.
struct Asked {
    /// Whether AWS's default holds.
    default: bool,
    length: u32,
    remembered: u32,
    max_age_days: Option<u32>,
    /// Lower case, upper case, digits, symbols.
    kinds: [bool; 4],
}

/// What holds in an account without a policy of its own. It asks for three kinds of the four, whichever they are.
const AWS_DEFAULT: Asked = Asked { default: true, length: 8, remembered: 0, max_age_days: None, kinds: [false; 4] };

impl From<&PasswordPolicy> for Asked {
    fn from(policy: &PasswordPolicy) -> Self {
        let kinds =
            [policy.require_lowercase, policy.require_uppercase, policy.require_numbers, policy.require_symbols];
        Self {
            default: false,
            length: policy.minimum_length,
            remembered: policy.reuse_prevention.unwrap_or_default(),
            max_age_days: policy.max_age_days,
            kinds,
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
    let kinds = if asked.default { 3 } else { asked.kinds.iter().filter(|required| **required).count() };
    if i64::try_from(kinds).unwrap_or(i64::MAX) < wanted {
        weak.push(format!("{kinds} kinds of characters are required, {wanted} are wanted"));
    }
    let wanted = [
        case.parameter("require_lowercase"),
        case.parameter("require_uppercase"),
        case.parameter("require_numbers"),
        case.parameter("require_symbols"),
    ];
    let names = ["a lower-case letter", "an upper-case letter", "a digit", "a symbol"];
    let missing = wanted.into_iter().zip(asked.kinds).zip(names);
    weak.extend(
        missing
            .filter(|((wanted, required), _)| *wanted > 0 && !required)
            .map(|(_, name)| format!("{name} is not required")),
    );
    weak
}
