//! Reports that leave the house: made-up words stand in for account ids, names, addresses and keys.
//!
//! The same thing has the same stand-in throughout a report. A field that holds one thing (an ARN, a name, a value of a
//! policy) is kept only where it is known to be AWS's or forewarn's own word: an action, a condition key, a service, a
//! region, a number, a time. In a sentence of forewarn's, everything that was met in such a field is replaced, and so is
//! whatever looks like a name; a name that is an ordinary word of the checks' own prose (`users`) stays in sentences. What
//! strangers write freely (messages of AWS, reasons of exceptions, user agents) is withheld.
//!
//! Times, counts and the id of the run stay: whoever has the original can find it.

mod review;
mod stand_in;
mod told;
mod walk;

use std::collections::BTreeMap;
use std::fmt;

use self::stand_in::StandIns;
pub use self::told::Redactor;
use crate::{CheckCard, Report, Review};

/// How stand-ins are made.
#[derive(Clone, Default)]
pub struct Redaction {
    key: Option<Vec<u8>>,
}

impl Redaction {
    /// Stand-ins that are the same in every report that is made with this secret. Without one they are numbered in the order
    /// in which things are met, and two reports have nothing in common.
    pub fn keyed(key: &[u8]) -> Self {
        Self { key: Some(key.to_vec()) }
    }
}

/// The secret is not shown.
impl fmt::Debug for Redaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redaction").field("keyed", &self.key.is_some()).finish()
    }
}

/// What forewarn says of everybody.
fn prose(checks: &BTreeMap<String, CheckCard>) -> impl Iterator<Item = &str> {
    checks.values().flat_map(|card| [&card.title, &card.what, &card.why, &card.fix]).map(String::as_str)
}

impl Report {
    /// The same report with stand-ins.
    #[must_use]
    pub fn redacted(mut self, redaction: &Redaction) -> Self {
        let checks = std::mem::take(&mut self.checks);
        let mut stand_ins = StandIns::new(redaction.key.as_deref(), prose(&checks));
        walk::fields(&mut stand_ins, &mut self);
        walk::sentences(&mut stand_ins, &mut self);
        self.checks = checks;
        self
    }
}

impl Review {
    /// The same review with stand-ins; files, lines and the addresses of resources in the change stay.
    #[must_use]
    pub fn redacted(mut self, redaction: &Redaction) -> Self {
        let mut stand_ins = StandIns::new(redaction.key.as_deref(), prose(&self.report.checks));
        walk::fields(&mut stand_ins, &mut self.report);
        review::fields(&mut stand_ins, &mut self);
        walk::sentences(&mut stand_ins, &mut self.report);
        review::sentences(&mut stand_ins, &mut self);
        self
    }
}

#[cfg(test)]
mod tests;
