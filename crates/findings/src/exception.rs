//! Findings that somebody accepts: with an owner, a reason and an end.

use std::sync::Arc;

use forewarn_policy::arn_matches;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use sha2::{Digest as _, Sha256};

use crate::run::hex;
use crate::{Finding, Fingerprint, Report, VerdictKind};

/// An accepted finding. It is shown with its owner, and it does not fail a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// What names it in reports: derived from what it accepts, so that a new owner or a later end keeps it.
    pub id: String,
    /// The id of the check.
    pub check: String,
    /// A pattern for the ARN of the resource, as `ArnLike` compares them (fact C7).
    pub resource: String,
    /// The one finding that is accepted, on the one evidence; `None` = whatever the check says of the resource.
    pub fingerprint: Option<Fingerprint>,
    /// Who answers for it.
    pub owner: String,
    /// Why it is accepted.
    pub reason: String,
    /// The last day on which it holds, UTC.
    pub expires: Date,
}

impl Exception {
    /// The id of an exception that accepts this.
    pub fn id_of(check: &str, resource: &str, fingerprint: Option<Fingerprint>) -> String {
        let mut hash = Sha256::new();
        let fingerprint = fingerprint.map(|fingerprint| fingerprint.to_string()).unwrap_or_default();
        for part in [check, resource, &fingerprint] {
            hash.update(part.len().to_le_bytes());
            hash.update(part.as_bytes());
        }
        format!("EX-{}", hex(&hash.finalize(), 4))
    }

    /// Whether it accepts a finding.
    ///
    /// An Unknown is accepted only where every Fail would be: whatever it turns out to be, it is accepted. Its own
    /// fingerprint rests on no evidence, so an exception that names one never holds for it.
    pub fn accepts(&self, finding: &Finding) -> bool {
        let verdict = match finding.verdict {
            VerdictKind::Fail => self.fingerprint.is_none_or(|wanted| wanted == finding.fingerprint),
            VerdictKind::Unknown => self.fingerprint.is_none(),
            VerdictKind::Pass | VerdictKind::NotApplicable => false,
        };
        verdict && *self.check == *finding.check && arn_matches(&self.resource, &finding.resource.arn)
    }

    /// Days after this instant's day on which it still holds; negative where it has ended.
    pub fn days_left(&self, instant: Timestamp) -> i64 {
        let today = Offset::UTC.to_datetime(instant).date();
        self.expires.duration_since(today).as_hours() / 24
    }

    /// Whether it has ended by this instant.
    pub fn has_ended(&self, instant: Timestamp) -> bool {
        self.days_left(instant) < 0
    }
}

impl Finding {
    /// Whether somebody accepted it.
    pub fn is_excepted(&self) -> bool {
        self.exception.is_some()
    }
}

impl Report {
    /// Marks every finding that an exception accepts, the first of them where there are several, and notes in the coverage
    /// which exceptions accept nothing although their check ran.
    pub fn except(&mut self, exceptions: &[Arc<Exception>]) {
        let mut used = vec![false; exceptions.len()];
        for finding in self.every_finding_mut() {
            finding.exception = None;
            for (exception, used) in exceptions.iter().zip(&mut used) {
                if exception.accepts(finding) {
                    *used = true;
                    finding.exception.get_or_insert_with(|| exception.clone());
                }
            }
        }
        let idle =
            exceptions.iter().zip(used).filter(|(exception, used)| !used && self.checks.contains_key(&exception.check));
        self.coverage.idle_exceptions = idle.map(|(exception, _)| exception.clone()).collect();
    }

    /// The findings that somebody accepted.
    pub fn excepted(&self) -> impl Iterator<Item = (&Finding, &Exception)> {
        self.findings.iter().filter_map(|finding| Some((finding, finding.exception.as_deref()?)))
    }
}

#[cfg(test)]
mod tests;
