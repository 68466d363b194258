//! The way of one kind of event through one account, for a reader.

use forewarn_inventory::Account;
use serde::{Deserialize, Serialize};

use super::chain::{Link, Way};
use super::watched::Watched;
use crate::{Evidence, Verdict, VerdictKind};

/// How far one kind of event goes in one account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChainExhibit {
    /// The account.
    pub account: String,
    /// The kind of event, as the check's id names it.
    pub watched: String,
    /// The kind of event in words.
    pub words: String,
    /// The verdict.
    pub verdict: VerdictKind,
    /// The first link that breaks, where one does.
    pub broken: Option<Link>,
    /// What breaks or is not known, as a sentence without a full stop; empty where somebody hears.
    pub reason: String,
    /// The links that hold, in their order: the ARN of each and what it does.
    pub passed: Vec<(String, String)>,
}

impl ChainExhibit {
    pub(super) fn new(account: &Account, what: &Watched, way: &Way, verdict: &Verdict) -> Self {
        let steps = |all: &[Evidence]| {
            all.iter().map(|evidence| (evidence.resource.clone(), evidence.note.clone())).collect::<Vec<_>>()
        };
        let (broken, reason, passed) = match way {
            Way::Whole(passed) => (None, String::new(), steps(passed)),
            Way::Broken(broken) => (Some(broken.link), broken.reason.clone(), steps(&broken.passed)),
            Way::Unknown(reasons) => {
                let messages: Vec<&str> = reasons.iter().map(|reason| reason.message.as_str()).collect();
                (None, messages.join("; "), Vec::new())
            }
        };
        let (verdict, reason) = match verdict {
            Verdict::Pass => (VerdictKind::Pass, reason),
            Verdict::Fail(_) => (VerdictKind::Fail, reason),
            Verdict::Unknown(_) => (VerdictKind::Unknown, reason),
            Verdict::NotApplicable(why) => (VerdictKind::NotApplicable, why.clone()),
        };
        Self {
            account: account.id.clone(),
            watched: what.name.to_owned(),
            words: what.words.to_owned(),
            verdict,
            broken: broken.filter(|_| verdict == VerdictKind::Fail),
            reason,
            passed,
        }
    }
}
