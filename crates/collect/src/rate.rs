//! How often something may be asked.
//!
//! The first throttled answer sets the rate to what AWS was seen to serve, later ones lower it, quiet raises it again. The
//! operations of a service in a region share one: the budgets of AWS are not published, and one after the other they are
//! asked of every bucket, so that the slowest of them is the pace of all.

use std::time::{Duration, SystemTime};

/// The rate is not cut twice within this time: answers that were already under way say nothing new.
const SETTLE: Duration = Duration::from_millis(500);

/// Never slower than this many requests a second.
const SLOWEST: f64 = 2.0;

/// What is left of the rate after a throttled answer.
const CUT: f64 = 0.85;

/// What a second of quiet makes of the rate, and what it adds.
const RISE: (f64, f64) = (1.05, 1.0);

/// A rate that goes by what is served.
#[derive(Debug, Default)]
pub(crate) struct Rate {
    /// Requests a second; `None` = as fast as they come, because nobody has complained.
    now: Option<f64>,
    /// Never faster than this many requests a second, whatever AWS serves.
    most: Option<f64>,
    /// The first moment that nobody has taken yet.
    free: Option<SystemTime>,
    /// When the rate was last changed.
    changed: Option<SystemTime>,
    /// The answers of the running second.
    second: Option<(SystemTime, u32)>,
}

impl Rate {
    /// A rate of at most so many requests a second; `None` = no such limit.
    pub(crate) fn at_most(most: Option<f64>) -> Self {
        Self { now: most, most, ..Self::default() }
    }

    /// Whether it has a limit from the start.
    pub(crate) fn is_limited(&self) -> bool {
        self.most.is_some()
    }

    /// Takes the next free moment and says how long it is until then.
    pub(crate) fn wait(&mut self, now: SystemTime) -> Duration {
        let Some(rate) = self.now else {
            return Duration::ZERO;
        };
        let at = self.free.map_or(now, |free| free.max(now));
        self.free = Some(at + Duration::from_secs_f64(1.0 / rate));
        at.duration_since(now).unwrap_or_default()
    }

    /// There was an answer.
    pub(crate) fn answered(&mut self, now: SystemTime) {
        self.second = Some(match self.second {
            Some((start, count)) if elapsed(start, now) < Duration::from_secs(1) => (start, count + 1),
            _ => (now, 1),
        });
        if let (Some(rate), Some(changed)) = (self.now, self.changed)
            && elapsed(changed, now) >= Duration::from_secs(1)
        {
            let faster = rate * RISE.0 + RISE.1;
            self.now = Some(self.most.map_or(faster, |most| faster.min(most)));
            self.changed = Some(now);
        }
    }

    /// AWS asked to slow down.
    pub(crate) fn throttled(&mut self, now: SystemTime) {
        if self.changed.is_some_and(|changed| elapsed(changed, now) < SETTLE) {
            return;
        }
        let served = self.second.map_or(0.0, |(start, count)| {
            f64::from(count) / elapsed(start, now).max(Duration::from_secs(1)).as_secs_f64()
        });
        let slowest = self.most.map_or(SLOWEST, |most| SLOWEST.min(most / 4.0));
        self.now = Some((self.now.unwrap_or(served) * CUT).max(slowest));
        self.changed = Some(now);
    }
}

/// The time between two moments; none where the clock was set back.
pub(crate) fn elapsed(since: SystemTime, now: SystemTime) -> Duration {
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
        let mut rate = Rate::default();
        let (mut now, mut lost) = (0_u64, 0);
        let mut bucket = (0_u64, 0_u32);
        for _ in 0..calls {
            let mut tries = 0;
            loop {
                now += u64::try_from(rate.wait(at(now)).as_millis()).unwrap();
                if now / 1000 != bucket.0 {
                    bucket = (now / 1000, 0);
                }
                bucket.1 += 1;
                if bucket.1 <= limit {
                    rate.answered(at(now));
                    break;
                }
                rate.throttled(at(now));
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
        let mut rate = Rate::default();
        assert_eq!(rate.wait(at(0)), Duration::ZERO);
        rate.throttled(at(0));
        assert_eq!(rate.wait(at(0)), Duration::ZERO);
        assert_eq!(rate.wait(at(0)), Duration::from_millis(500), "two requests a second at the least");
    }

    #[test]
    fn a_limit_holds_from_the_first_call_on_and_after_a_throttle() {
        let mut rate = Rate::at_most(Some(1.0));
        assert_eq!(rate.wait(at(0)), Duration::ZERO);
        assert_eq!(rate.wait(at(0)), Duration::from_secs(1));
        rate.throttled(at(1000));
        rate.wait(at(2000));
        assert!(rate.wait(at(2000)) > Duration::from_secs(1), "slower");
        for second in 4..20 {
            rate.answered(at(second * 1000));
        }
        rate.wait(at(30_000));
        assert_eq!(rate.wait(at(30_000)), Duration::from_secs(1), "and never faster than before");
    }
}
