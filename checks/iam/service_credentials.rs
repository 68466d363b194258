//! Service-specific credentials, user by user (fact H4).

use forewarn_findings::{Case, Evidence, Findings, In, Reason, Verdict};
use forewarn_inventory::{ServiceCredential, User};

/// Judges the active service-specific credentials of every user: `wrong` says what is the matter with one, and which of its
/// fields shows it. The reason of a user is these words, joined.
pub(crate) fn each_user(
    case: &Case<'_>,
    findings: &mut Findings,
    wrong: impl Fn(&ServiceCredential) -> Option<(String, &'static str)>,
) {
    for user in case.users() {
        findings.record(&user, judge(&user, &wrong));
    }
}

fn judge(user: &In<'_, User>, wrong: &impl Fn(&ServiceCredential) -> Option<(String, &'static str)>) -> Verdict {
    let credentials = &user.account.iam.service_credentials;
    let active = || credentials.iter().filter(|credential| credential.user == user.name && credential.active);
    let found: Vec<(&ServiceCredential, String, &str)> =
        active().filter_map(|credential| wrong(credential).map(|(words, at)| (credential, words, at))).collect();
    let mut evidence = found.iter().map(|(credential, words, at)| {
        Evidence::at(&user.arn, *credential, at, format!("credential {}: {words}", credential.id))
    });
    if let Some(first) = evidence.next() {
        let words: Vec<String> = found
            .iter()
            .map(|(credential, words, _)| format!("credential for {} {words}", credential.service))
            .collect();
        return evidence.fold(Verdict::fail(words.join(", "), first), Verdict::also);
    }
    match credentials.rest.first() {
        // One of those that were not read may be this user's.
        Some(gap) => Verdict::unknown(Reason::from(gap)),
        None if active().next().is_none() => Verdict::not_applicable("no active service-specific credential"),
        None => Verdict::Pass,
    }
}
