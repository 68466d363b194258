//! Who in an account can do something to the log that only its keepers should.

use forewarn_findings::{Answer, Asked, Case, Evidence, Identity, In, Proof, Reason, Reasons, Rights, Verdict};
use forewarn_inventory::{Account, Trail};

/// How many of those who can are named.
const NAMED: usize = 5;

/// Something that can be done to the log.
pub(crate) struct Deed<'d, 'a> {
    /// What it does to the log: `delete it`.
    pub(crate) word: &'static str,
    /// The calls; any of them will do.
    pub(crate) actions: &'static [&'static str],
    /// What they are about.
    pub(crate) resource: String,
    /// The resource with its policy; `None` = it leaves all to the account.
    pub(crate) own: Option<&'d Asked<'a>>,
}

/// Somebody who can do a deed.
struct Able<'a> {
    deed: usize,
    identity: Identity<'a>,
    proof: Proof,
}

/// One verdict on a trail: who of `account` can do any of these deeds, the worst first, and is no keeper of the log.
///
/// Keepers are the configured security principals; where none are configured, administrators are. `doubts` are reasons that
/// keep the trail from passing.
pub(crate) fn judge<'a>(
    case: &Case<'a>,
    trail: &In<'a, Trail>,
    account: &'a Account,
    deeds: &[Deed<'_, 'a>],
    mut doubts: Vec<Reason>,
) -> Verdict {
    let mut able: Vec<Able<'a>> = Vec::new();
    for identity in case.identities_of(account) {
        if identity.is_reserved() || case.is_security_principal(identity.arn()) {
            continue;
        }
        let (found, unsure) = worst(case, &case.rights(identity), deeds);
        if found.is_none() && unsure.is_empty() {
            continue;
        }
        if !case.has_security_principals() {
            let standing = case.standing(account);
            if standing.administrators.contains(identity.arn()) {
                continue;
            }
            if let Some(reasons) = standing.undecided.get(identity.arn()) {
                doubts.extend(reasons.iter().cloned());
                continue;
            }
        }
        doubts.extend(unsure);
        able.extend(found.map(|(deed, proof)| Able { deed, identity, proof }));
    }
    able.sort_by_key(|able| (able.deed, able.identity.arn()));
    let Some(first) = able.first() else {
        doubts.extend(case.unlisted_identities(account).map(Reason::from));
        return Reasons::all(doubts).map_or(Verdict::Pass, Verdict::Unknown);
    };
    let others: Vec<Evidence> = able.iter().skip(1).take(NAMED - 1).map(|able| named(able, deeds)).collect();
    let verdict = Verdict::proved(reason(case, trail, &able, deeds), first.proof.clone());
    others.into_iter().fold(verdict, Verdict::also)
}

/// The worst that somebody can do, and why something as bad could not be decided.
fn worst<'a>(case: &Case<'a>, rights: &Rights<'a>, deeds: &[Deed<'_, 'a>]) -> (Option<(usize, Proof)>, Vec<Reason>) {
    let mut unsure = Vec::new();
    for (index, deed) in deeds.iter().enumerate() {
        match case.can(rights, deed.actions, &deed.resource, deed.own) {
            Answer::Yes(proof) => return (Some((index, *proof)), Vec::new()),
            Answer::No => {}
            Answer::Unknown(reasons) => unsure.extend(reasons.iter().cloned()),
        }
    }
    (None, unsure)
}

fn name<'a>(able: &Able<'a>) -> &'a str {
    let arn = able.identity.arn();
    arn.rsplit_once('/').map_or(arn, |(_, name)| name)
}

/// The statement by which somebody can, with the name.
fn named(able: &Able<'_>, deeds: &[Deed<'_, '_>]) -> Evidence {
    let word = deeds.get(able.deed).map_or("do it", |deed| deed.word);
    let mut evidence = able.proof.evidence().clone();
    evidence.note = format!("lets {} {word}", name(able));
    evidence
}

/// Who can do what, in one sentence.
fn reason(case: &Case<'_>, trail: &In<'_, Trail>, able: &[Able<'_>], deeds: &[Deed<'_, '_>]) -> String {
    let mut words: Vec<&str> = deeds.iter().map(|deed| deed.word).collect();
    words.dedup();
    let mut left = NAMED;
    let groups = words.iter().filter_map(|word| {
        let those: Vec<&Able<'_>> =
            able.iter().filter(|able| deeds.get(able.deed).is_some_and(|deed| deed.word == *word)).collect();
        if those.is_empty() {
            return None;
        }
        let names: Vec<&str> = those.iter().take(left).map(|able| name(able)).collect();
        left -= names.len();
        let more = those.len() - names.len();
        Some(match (names.len(), more) {
            (0, more) => format!("{more} can {word}"),
            (_, 0) => format!("{} can {word}", names.join(", ")),
            (_, more) => format!("{} and {more} more can {word}", names.join(", ")),
        })
    });
    let groups: Vec<String> = groups.collect();
    let count = if able.len() == 1 { "one user or role".to_owned() } else { format!("{} users and roles", able.len()) };
    let outside = if case.has_security_principals() {
        "beside the configured security principals"
    } else {
        "beside the administrators (no security principals are configured)"
    };
    format!("{count} {outside} can get at the log of {}: {}", trail.name, groups.join("; "))
}

#[cfg(test)]
#[path = "people_tests.rs"]
mod tests;
