#![doc = include_str!("README.md")]

use forewarn_findings::{
    Case, Check, Findings, In, Judge, Parameter, ParameterKind, Protects, Severity, Side, Verdict,
};
use forewarn_inventory::{CredentialRow, Fact, Reported};
use jiff::Timestamp;

use super::credentials::{each_row, not_reported};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "iam.credential_unused",
    title: "Password or access key is not in use",
    severity: Severity::Medium,
    protects: Protects::EVERYTHING,
    side: Side::Customer,
    needs: &[Fact::CredentialReport, Fact::Users],
    parameters: &[Parameter {
        name: "unused_days",
        kind: ParameterKind::Days,
        default: 45,
        doc: "a password or an active key that nobody used for longer than this fails",
    }],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    each_row(case, findings, |row| (!row.is_root()).then(|| judge(case, row)));
}

/// A password or a key of a user, as the report shows it.
struct Credential<'a> {
    name: &'static str,
    active: &'a Reported<bool>,
    /// When it was made or last changed; a new one is not unused yet.
    made: &'a Reported<Timestamp>,
    used: &'a Reported<Timestamp>,
    /// Where the last use and the making stand in the row.
    at: [&'static str; 2],
}

fn credentials(row: &CredentialRow) -> [Credential<'_>; 3] {
    let [first, second] = &row.keys;
    [
        Credential {
            name: "the password",
            active: &row.password_enabled,
            made: &row.password_last_changed,
            used: &row.password_last_used,
            at: ["/password_last_used", "/password_last_changed"],
        },
        Credential {
            name: "key 1",
            active: &first.active,
            made: &first.last_rotated,
            used: &first.last_used,
            at: ["/keys/0/last_used", "/keys/0/last_rotated"],
        },
        Credential {
            name: "key 2",
            active: &second.active,
            made: &second.last_rotated,
            used: &second.last_used,
            at: ["/keys/1/last_used", "/keys/1/last_rotated"],
        },
    ]
}

fn judge(case: &Case<'_>, row: &In<'_, CredentialRow>) -> Verdict {
    let most = case.parameter("unused_days");
    let (mut idle, mut unknown, mut active) = (Vec::new(), false, 0);
    for credential in credentials(row.item()) {
        match credential.active {
            Reported::Value(true) => active += 1,
            Reported::Value(false) | Reported::NotApplicable | Reported::NotSupported => continue,
            Reported::NoInformation | Reported::Missing => {
                unknown = true;
                continue;
            }
        }
        let [used, made] = credential.at;
        // AWS writes `N/A` and `no_information` where there was no use since it began to keep track.
        let never = matches!(credential.used, Reported::NotApplicable | Reported::NoInformation);
        match (credential.used, credential.made) {
            (Reported::Value(last), Reported::Value(changed)) if case.days_since(*last.max(changed)) > most => {
                idle.push((format!("{} for {} days", credential.name, case.days_since(*last)), used));
            }
            (Reported::Value(last), _) if case.days_since(*last) <= most => {}
            (Reported::Value(_), Reported::Value(_)) => {}
            (_, Reported::Value(changed)) if never => {
                let days = case.days_since(*changed);
                if days > most {
                    idle.push((format!("{} never, in {days} days", credential.name), made));
                }
            }
            _ => unknown = true,
        }
    }
    let mut evidence = idle.iter().map(|(words, at)| row.evidence(at, format!("unused: {words}")));
    match evidence.next() {
        Some(first) => {
            let words: Vec<&str> = idle.iter().map(|(words, _)| words.as_str()).collect();
            let reason = format!("{} did not use {}; {most} are allowed", row.user, words.join(" and "));
            evidence.fold(Verdict::fail(reason, first), Verdict::also)
        }
        None if unknown => not_reported("when a password or key was last used"),
        None if active == 0 => Verdict::not_applicable("no password and no active access key"),
        None => Verdict::Pass,
    }
}
