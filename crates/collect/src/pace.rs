//! How one operation may be asked in one region, and when it is given up.
//!
//! The SDK's standard retry keeps one quota of retries for everybody and loses answers once it runs dry. Here every
//! call may retry, and the [rate](crate::rate) gives way instead. What never gets an answer is given up after [`PATIENCE`],
//! so that one operation that AWS refuses to serve cannot hold up a collection for ever.

use std::time::{Duration, SystemTime};

use crate::rate::{Rate, elapsed};

/// How long one operation in one region may be throttled without a single answer before it is given up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// How many calls in a row may run into the time-out, retries included, before the operation is given up.
const STALLS: u32 = 3;

/// How many calls in a row may fail, retries included, before later ones get one try each.
const BROKEN: u32 = 3;

/// An operation that is throttled for so long without an answer is the only one that AWS does not serve; before that it is
/// the service that has enough.
const ALONE: Duration = Duration::from_secs(2);

/// The pace of one operation in one region.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    /// How often it may be called, whatever its service takes.
    rate: Rate,
    /// Since when every answer has been a throttle.
    throttled_since: Option<SystemTime>,
    /// Calls in a row that ran into the time-out.
    stalls: u32,
    /// Calls in a row whose every try failed or could not be read.
    broken: u32,
}

impl Pace {
    /// A pace of at most so many requests a second; `None` = no such limit.
    pub(crate) fn at_most(most: Option<f64>) -> Self {
        Self { rate: Rate::at_most(most), ..Self::default() }
    }

    /// Takes the next free moment of the operation and of its service, and says how long it is until then.
    pub(crate) fn wait(&mut self, service: &mut Rate, now: SystemTime) -> Duration {
        self.rate.wait(now).max(service.wait(now))
    }

    /// AWS gave an answer of its own, if only that there is nothing.
    pub(crate) fn answered(&mut self, service: &mut Rate, now: SystemTime) {
        self.throttled_since = None;
        self.stalls = 0;
        self.broken = 0;
        self.rate.answered(now);
        service.answered(now);
    }

    /// AWS asked to slow down.
    pub(crate) fn throttled(&mut self, service: &mut Rate, now: SystemTime) {
        let since = *self.throttled_since.get_or_insert(now);
        if self.rate.is_limited() || elapsed(since, now) >= ALONE {
            self.rate.throttled(now);
        } else {
            service.throttled(now);
        }
    }

    /// A call ran into the time-out, retries included.
    pub(crate) fn stalled(&mut self) {
        self.stalls += 1;
    }

    /// A call failed, or its answer could not be read, however often it was tried.
    pub(crate) fn failed(&mut self) {
        self.throttled_since = None;
        self.stalls = 0;
        self.broken += 1;
    }

    /// Whether trying again has lately helped nobody, so that every call gets one try.
    pub(crate) fn is_broken(&self) -> bool {
        self.broken >= BROKEN
    }

    /// Whether every answer of late has been a throttle.
    pub(crate) fn is_throttled(&self) -> bool {
        self.throttled_since.is_some()
    }

    /// Whether the operation has been throttled, or has stalled, for so long that nobody should ask again.
    pub(crate) fn is_hopeless(&self, now: SystemTime) -> bool {
        self.stalls >= STALLS || self.throttled_since.is_some_and(|since| elapsed(since, now) >= PATIENCE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_millis(1_000_000 + millis)
    }

    #[test]
    fn a_limit_of_its_own_holds_and_leaves_the_service_alone() {
        let (mut pace, mut service) = (Pace::at_most(Some(1.0)), Rate::default());
        assert_eq!(pace.wait(&mut service, at(0)), Duration::ZERO);
        assert_eq!(pace.wait(&mut service, at(0)), Duration::from_secs(1));
        pace.throttled(&mut service, at(1000));
        service.wait(at(1000));
        assert_eq!(service.wait(at(1000)), Duration::ZERO, "another operation goes on");
    }

    #[test]
    fn the_service_slows_down_until_one_operation_is_seen_to_be_alone() {
        let (mut pace, mut service) = (Pace::default(), Rate::default());
        pace.throttled(&mut service, at(0));
        service.wait(at(0));
        assert!(service.wait(at(0)) > Duration::ZERO, "whoever asks the service waits");
        let mut service = Rate::default();
        pace.throttled(&mut service, at(2000));
        service.wait(at(2000));
        assert_eq!(service.wait(at(2000)), Duration::ZERO);
        pace.wait(&mut service, at(2000));
        assert!(pace.wait(&mut service, at(2000)) > Duration::ZERO, "whoever asks for the operation waits");
    }

    #[test]
    fn what_is_throttled_without_end_is_given_up_and_one_answer_gives_hope() {
        let (mut pace, mut service) = (Pace::default(), Rate::default());
        for second in 0..30 {
            pace.throttled(&mut service, at(second * 1000));
        }
        assert!(!pace.is_hopeless(at(29_000)));
        assert!(pace.is_hopeless(at(30_000)));
        pace.answered(&mut service, at(30_000));
        assert!(!pace.is_hopeless(at(90_000)));
        for _ in 0..STALLS {
            pace.stalled();
        }
        assert!(pace.is_hopeless(at(90_000)));
    }
}
