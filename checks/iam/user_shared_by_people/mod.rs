#![doc = include_str!("README.md")]

use forewarn_findings::{
    Case, Check, Evidence, Findings, In, Judge, Parameter, ParameterKind, Protects, Reason, Severity, Side, Verdict,
};
use forewarn_inventory::{CredentialRow, Fact};

use super::credentials::{each_row, not_reported};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "iam.user_shared_by_people",
    title: "Several people seem to sign in as one user",
    severity: Severity::Medium,
    protects: &[Protects::Integrity],
    side: Side::Customer,
    needs: &[Fact::CredentialReport, Fact::Users, Fact::VirtualMfaDevices],
    parameters: &[Parameter {
        name: "mfa_devices",
        kind: ParameterKind::Count,
        default: 1,
        doc: "more virtual MFA devices than this are a sign of several people",
    }],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

/// Words that name a task or a team and no person.
const NOBODY: [&str; 24] = [
    "admin",
    "admins",
    "administrator",
    "aws",
    "common",
    "console",
    "default",
    "dev",
    "devops",
    "developers",
    "everyone",
    "generic",
    "guest",
    "infra",
    "office",
    "operations",
    "ops",
    "root",
    "shared",
    "support",
    "sysadmin",
    "team",
    "test",
    "user",
];

fn run(case: &Case<'_>, findings: &mut Findings) {
    each_row(case, findings, |row| (!row.is_root()).then(|| judge(case, row)));
}

fn judge(case: &Case<'_>, row: &In<'_, CredentialRow>) -> Verdict {
    match row.password_enabled.value() {
        Some(true) => {}
        Some(false) => return Verdict::not_applicable("no console password"),
        None => return not_reported("whether the user has a password"),
    }
    let most = usize::try_from(case.parameter("mfa_devices")).unwrap_or_default();
    let devices = &row.account.iam.virtual_mfa_devices;
    let own: Vec<usize> = devices
        .iter()
        .enumerate()
        .filter(|(_, device)| device.user_arn.as_deref() == Some(row.arn.as_str()))
        .map(|(at, _)| at)
        .collect();
    let (mut signs, mut evidence): (Vec<String>, Vec<Evidence>) = (Vec::new(), Vec::new());
    if own.len() > most {
        signs.push(format!("{} virtual MFA devices", own.len()));
        evidence.extend(own.iter().map(|at| {
            let pointer = format!("/virtual_mfa_devices/{at}/serial");
            crate::on_account(row.account, &row.account.iam, &pointer, "assigned to the user")
        }));
    }
    let mut words = row.user.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty());
    if words.all(|word| NOBODY.contains(&word.to_ascii_lowercase().as_str())) {
        signs.push("a name that is no person's".to_owned());
        evidence.push(row.evidence("/user", "names nobody"));
    }
    let mut evidence = evidence.into_iter();
    match (evidence.next(), devices.rest.first()) {
        (Some(first), _) => {
            let reason = format!("{} has a console password and {}", row.user, signs.join(" and "));
            evidence.fold(Verdict::fail(reason, first), Verdict::also)
        }
        (None, Some(gap)) => Verdict::unknown(Reason::from(gap)),
        (None, None) => Verdict::Pass,
    }
}
