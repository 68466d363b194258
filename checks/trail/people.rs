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
    /// Calls that must be allowed beside it; a lock asks for one.
    pub(crate) besides: &'static [&'static str],
    /// What they are about.
    pub(crate) resource: String,
    /// The resource with its policy; `None` = it leaves all to the account.
    pub(crate) own: Option<&'d Asked<'a>>,
}

/// Somebody who can do a deed.
pub(crate) struct Able<'a> {
    /// The place of the deed; the worst is first.
    rank: usize,
    word: &'static str,
    identity: Identity<'a>,
    /// The request.
    pub(crate) proof: Proof,
}

impl Able<'_> {
    /// Its ARN.
    pub(crate) fn arn(&self) -> &str {
        self.identity.arn()
    }

    fn name(&self) -> &str {
        self.arn().rsplit_once('/').map_or(self.arn(), |(_, name)| name)
    }

    /// The statement by which somebody can, with the name.
    pub(crate) fn evidence(&self) -> Evidence {
        let mut evidence = self.proof.evidence().clone();
        evidence.note = format!("lets {} {}", self.name(), self.word).into();
        evidence
    }
}

/// One verdict on a trail: who of `account` can do any of these deeds, the worst first, and is no keeper of the log.
/// `doubts` are reasons that keep the trail from passing.
pub(crate) fn judge<'a>(
    case: &Case<'a>,
    trail: &In<'a, Trail>,
    account: &'a Account,
    deeds: &[Deed<'_, 'a>],
    mut doubts: Vec<Reason>,
) -> Verdict {
    let (able, unsure) = able(case, account, deeds);
    let Some(first) = able.first() else {
        doubts.extend(unsure);
        return Reasons::all(doubts).map_or(Verdict::Pass, Verdict::Unknown);
    };
    let others: Vec<Evidence> = able.iter().skip(1).take(NAMED - 1).map(Able::evidence).collect();
    let count = if able.len() == 1 { "one user or role".to_owned() } else { format!("{} users and roles", able.len()) };
    let reason = format!("{count} {} can get at the log of {}: {}", outside(case), trail.name, told(&able));
    let verdict = Verdict::proved(reason, first.proof.clone());
    others.into_iter().fold(verdict, Verdict::also)
}

/// Who of an account can do any of these deeds and is no keeper of the log, the worst first; and why there may be others.
///
/// Keepers are the configured security principals; where none are configured, administrators are.
pub(crate) fn able<'a>(case: &Case<'a>, account: &'a Account, deeds: &[Deed<'_, 'a>]) -> (Vec<Able<'a>>, Vec<Reason>) {
    let mut able: Vec<Able<'a>> = Vec::new();
    let mut doubts = Vec::new();
    for identity in case.identities_of(account) {
        if deeds.is_empty() || identity.is_reserved() || case.is_security_principal(identity.arn()) {
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
        able.extend(found.map(|(rank, word, proof)| Able { rank, word, identity, proof }));
    }
    if !deeds.is_empty() {
        doubts.extend(case.unlisted_identities(account).map(Reason::from));
    }
    able.sort_by(|one, other| (one.rank, one.arn()).cmp(&(other.rank, other.arn())));
    (able, doubts)
}

/// A deed by its place and word, with the request that shows it.
type Worst = Option<(usize, &'static str, Proof)>;

/// The worst that somebody can do, and why something as bad could not be decided.
fn worst<'a>(case: &Case<'a>, rights: &Rights<'a>, deeds: &[Deed<'_, 'a>]) -> (Worst, Vec<Reason>) {
    let mut unsure = Vec::new();
    for (rank, deed) in deeds.iter().enumerate() {
        match does(case, rights, deed) {
            Answer::Yes(proof) => return (Some((rank, deed.word, *proof)), Vec::new()),
            Answer::No => {}
            Answer::Unknown(reasons) => unsure.extend(reasons.iter().cloned()),
        }
    }
    (None, unsure)
}

/// Whether somebody can do one deed: any of its calls, and each call beside it.
fn does<'a>(case: &Case<'a>, rights: &Rights<'a>, deed: &Deed<'_, 'a>) -> Answer {
    let answer = case.can(rights, deed.actions, &deed.resource, deed.own);
    deed.besides.iter().fold(answer, |answer, call| {
        if matches!(answer, Answer::No) {
            return answer;
        }
        match case.can(rights, &[call], &deed.resource, deed.own) {
            Answer::Yes(_) => answer,
            other => other,
        }
    })
}

/// Whom the keepers of the log are set apart from, in words.
pub(crate) fn outside(case: &Case<'_>) -> &'static str {
    if case.has_security_principals() {
        "beside the configured security principals"
    } else {
        "beside the administrators (no security principals are configured)"
    }
}

/// Who can do what, the worst first; the first few are named.
pub(crate) fn told(able: &[Able<'_>]) -> String {
    let mut words: Vec<&str> = Vec::new();
    for one in able {
        if !words.contains(&one.word) {
            words.push(one.word);
        }
    }
    let mut left = NAMED;
    let groups = words.iter().map(|word| {
        let those: Vec<&Able<'_>> = able.iter().filter(|able| able.word == *word).collect();
        let names: Vec<&str> = those.iter().take(left).map(|able| able.name()).collect();
        left -= names.len();
        let more = those.len() - names.len();
        match (names.len(), more) {
            (0, more) => format!("{more} can {word}"),
            (_, 0) => format!("{} can {word}", names.join(", ")),
            (_, more) => format!("{} and {more} more can {word}", names.join(", ")),
        }
    });
    groups.collect::<Vec<String>>().join("; ")
}

#[cfg(test)]
#[path = "people_tests.rs"]
mod tests;
