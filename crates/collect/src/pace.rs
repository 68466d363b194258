//! How fast one operation may be asked in one region.
//!
//! The SDK's standard retry keeps one quota of retries for everybody and loses answers once it runs dry. Here every
//! call may retry, and the *rate* gives way instead: the first throttled answer sets it to what AWS was seen to serve,
//! later ones lower it, quiet raises it again. What never gets an answer is given up after [`PATIENCE`], so that one
//! operation that AWS refuses to serve cannot hold up a collection for ever.

use std::time::{Duration, SystemTime};

/// How long one operation in one region may be throttled without a single answer before it is given up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// How many calls in a row may run into the time-out, retries included, before the operation is given up.
const STALLS: u32 = 3;

/// How many calls in a row may fail, retries included, before later ones get one try each.
const BROKEN: u32 = 3;

/// The rate is not cut twice within this time: answers that were already under way say nothing new.
const SETTLE: Duration = Duration::from_millis(500);

/// Never slower than this many requests a second.
const SLOWEST: f64 = 2.0;

/// The pace of one operation in one region.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    /// Requests a second; `None` = as fast as they come, because nobody has complained.
    rate: Option<f64>,
    /// Never faster than this many requests a second, whatever AWS serves.
    most: Option<f64>,
    /// The first moment that nobody has taken yet.
    free: Option<SystemTime>,
    /// When the rate was last changed.
    changed: Option<SystemTime>,
    /// The answers of the running second.
    second: Option<(SystemTime, u32)>,
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
        Self { rate: most, most, ..Self::default() }
    }

    /// Takes the next free moment and says how long it is until then.
    pub(crate) fn wait(&mut self, now: SystemTime) -> Duration {
        let Some(rate) = self.rate else {
            return Duration::ZERO;
        };
        let at = self.free.map_or(now, |free| free.max(now));
        self.free = Some(at + Duration::from_secs_f64(1.0 / rate));
        at.duration_since(now).unwrap_or_default()
    }

    /// AWS gave an answer of its own, if only that there is nothing.
    pub(crate) fn answered(&mut self, now: SystemTime) {
        self.throttled_since = None;
        self.stalls = 0;
        self.broken = 0;
        self.second = Some(match self.second {
            Some((start, count)) if elapsed(start, now) < Duration::from_secs(1) => (start, count + 1),
            _ => (now, 1),
        });
        if let (Some(rate), Some(changed)) = (self.rate, self.changed)
            && elapsed(changed, now) >= Duration::from_secs(1)
        {
            let faster = rate * 1.1 + 1.0;
            self.rate = Some(self.most.map_or(faster, |most| faster.min(most)));
            self.changed = Some(now);
        }
    }

    /// AWS asked to slow down.
    pub(crate) fn throttled(&mut self, now: SystemTime) {
        self.throttled_since.get_or_insert(now);
        if self.changed.is_some_and(|changed| elapsed(changed, now) < SETTLE) {
            return;
        }
        let served = self.second.map_or(0.0, |(start, count)| {
            f64::from(count) / elapsed(start, now).max(Duration::from_secs(1)).as_secs_f64()
        });
        let slowest = self.most.map_or(SLOWEST, |most| SLOWEST.min(most / 4.0));
        self.rate = Some((self.rate.unwrap_or(served) * 0.8).max(slowest));
        self.changed = Some(now);
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

fn elapsed(since: SystemTime, now: SystemTime) -> Duration {
    now.duration_since(since).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_millis(1_000_000 + millis)
    }

    /// Asks a service that serves `limit` requests a second and answers at once, for `calls` calls with at most ten
    /// tries each; gives how many were lost, and the seconds that it took.
    fn drive(limit: u32, calls: u32) -> (u32, u64) {
        let mut pace = Pace::default();
        let (mut now, mut lost) = (0_u64, 0);
        let mut bucket = (0_u64, 0_u32);
        for _ in 0..calls {
            let mut tries = 0;
            loop {
                now += u64::try_from(pace.wait(at(now)).as_millis()).unwrap();
                if now / 1000 != bucket.0 {
                    bucket = (now / 1000, 0);
                }
                bucket.1 += 1;
                if bucket.1 <= limit {
                    pace.answered(at(now));
                    break;
                }
                pace.throttled(at(now));
                tries += 1;
                now += 200 << tries.min(5);
                if tries == 10 {
                    lost += 1;
                    break;
                }
            }
        }
        (lost, now / 1000)
    }

    #[test]
    fn a_service_that_throttles_loses_nothing_and_takes_at_most_twice_the_ideal_time() {
        let (lost, seconds) = drive(200, 4000);
        assert_eq!(lost, 0);
        assert!(seconds <= 40, "{seconds} s against an ideal of 20 s");
    }

    #[test]
    fn nobody_waits_until_somebody_complains() {
        let mut pace = Pace::default();
        assert_eq!(pace.wait(at(0)), Duration::ZERO);
        pace.throttled(at(0));
        assert_eq!(pace.wait(at(0)), Duration::ZERO);
        assert_eq!(pace.wait(at(0)), Duration::from_millis(500), "two requests a second at the least");
    }

    #[test]
    fn a_limit_holds_from_the_first_call_on_and_after_a_throttle() {
        let mut pace = Pace::at_most(Some(1.0));
        assert_eq!(pace.wait(at(0)), Duration::ZERO);
        assert_eq!(pace.wait(at(0)), Duration::from_secs(1));
        pace.throttled(at(1000));
        pace.wait(at(2000));
        assert_eq!(pace.wait(at(2000)), Duration::from_millis(1250), "slower");
        for second in 4..20 {
            pace.answered(at(second * 1000));
        }
        pace.wait(at(30_000));
        assert_eq!(pace.wait(at(30_000)), Duration::from_secs(1), "and never faster than before");
    }

    #[test]
    fn what_is_throttled_without_end_is_given_up_and_one_answer_gives_hope() {
        let mut pace = Pace::default();
        for second in 0..30 {
            pace.throttled(at(second * 1000));
        }
        assert!(!pace.is_hopeless(at(29_000)));
        assert!(pace.is_hopeless(at(30_000)));
        pace.answered(at(30_000));
        assert!(!pace.is_hopeless(at(90_000)));
        for _ in 0..STALLS {
            pace.stalled();
        }
        assert!(pace.is_hopeless(at(90_000)));
    }
}
