//! A review with stand-ins: what its report does not have.
//!
//! The change itself lies in the repository whose readers the review is for: files, lines, types and the names that resources
//! have *in the change* stay, in sentences too. The keys of `for_each` often come out of variables that are kept elsewhere,
//! so they go.

use super::stand_in::StandIns;
use super::walk::{leaf, of_evidence, of_reason, of_witness, resource, sentence, told};
use crate::{AccessDelta, Gain, Proposed, Review, Understood};

/// The first round.
pub(super) fn fields(by: &mut StandIns<'_>, review: &mut Review) {
    let Review { report: _, access, proposed, notes } = review;
    for one in proposed.iter_mut() {
        let Proposed { address, kind: _, action: _, understood, about, place: _ } = one;
        *address = keyless(by, address);
        by.keep(address);
        for arn in about {
            leaf(by, arn);
        }
        for why in reasons(understood) {
            *why = keyless(by, why);
        }
    }
    for note in notes {
        *note = keyless(by, note);
    }
    for AccessDelta { resource: at, of: _, gains, loses } in access {
        resource(by, at);
        match gains {
            Gain::Nothing => {}
            Gain::Yes(gain) => {
                let (witness, evidence) = &mut **gain;
                of_witness(by, witness);
                for piece in evidence {
                    of_evidence(by, piece);
                }
            }
            Gain::Unknown(reasons) => {
                for reason in reasons {
                    reason.message = keyless(by, &reason.message);
                    of_reason(by, reason);
                }
            }
        }
        if let Some(witness) = loses {
            of_witness(by, witness);
        }
    }
}

/// The second round.
pub(super) fn sentences(by: &mut StandIns<'_>, review: &mut Review) {
    review.proposed.iter_mut().flat_map(|one| reasons(&mut one.understood)).for_each(|why| sentence(by, why));
    review.notes.iter_mut().for_each(|note| sentence(by, note));
    for delta in &mut review.access {
        match &mut delta.gains {
            Gain::Nothing => {}
            Gain::Yes(gain) => gain.1.iter_mut().for_each(|piece| sentence(by, &mut piece.note)),
            Gain::Unknown(reasons) => reasons.iter_mut().for_each(|reason| told(by, reason)),
        }
    }
}

fn reasons(understood: &mut Understood) -> &mut [String] {
    match understood {
        Understood::Whole | Understood::NotRelevant => &mut [],
        Understood::Partly(why) => why,
        Understood::Not(why) => std::slice::from_mut(why),
    }
}

/// A text in which the keys of instances (`r["acme-prod"]`) are stand-ins; in the cause of a hole they stand in single quotes.
fn keyless(by: &mut StandIns<'_>, text: &str) -> String {
    let mut made = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("[\"").into_iter().chain(rest.find("['")).min() {
        let (before, key) = rest.split_at(at);
        let (open, key) = key.split_at(2);
        made.push_str(before);
        made.push_str(open);
        let (name, after) = key.split_at(if open == "['" { end_of_single(key) } else { end_of_double(key) });
        made.push_str(&by.leaf(name));
        rest = after;
    }
    made + rest
}

/// Where a key ends: a quote inside it stands behind a backslash.
fn end_of_double(key: &str) -> usize {
    let mut escaped = false;
    let end = key.find(|c: char| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    });
    end.unwrap_or(key.len())
}

/// Where a key ends in the cause of a hole, which has lost what tells its own quotes: at the last end before the next key.
fn end_of_single(key: &str) -> usize {
    let within = key.find("['").and_then(|next| key.get(..next)).unwrap_or(key);
    within.rfind("']").unwrap_or(key.len())
}
