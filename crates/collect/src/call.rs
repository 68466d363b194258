//! One call: sent, retried, counted, stopped; its failure made a gap.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_smithy_async::rt::sleep::{AsyncSleep as _, SharedAsyncSleep};
use aws_smithy_async::time::SharedTimeSource;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use forewarn_inventory::{CallCount, Cause, Gap, Observed};
use futures_util::future::{Either, select};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::failure::Failure;
use crate::operations::Operation;
use crate::pace::Pace;
use crate::rate::Rate;
use crate::stop::Stop;

/// How often a throttled call is tried; what bounds it in truth is [`crate::pace::PATIENCE`].
const THROTTLED_TRIES: u32 = 12;

/// How often a call is tried whose connection broke, or that ended in a server error or an unreadable answer.
const BROKEN_TRIES: u32 = 3;

/// How often a call is tried that ran into the time-out.
const STALLED_TRIES: u32 = 2;

/// What is asked, where, and about what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ask<'a> {
    /// The operation.
    pub(crate) operation: &'static Operation,
    /// The region.
    pub(crate) region: &'a str,
    /// The bucket, trail, … that it is about; what a gap names.
    pub(crate) resource: Option<&'a str>,
}

impl<'a> Ask<'a> {
    /// Asks `operation` in `region`, about nothing in particular.
    pub(crate) fn new(operation: &'static Operation, region: &'a str) -> Self {
        Self { operation, region, resource: None }
    }

    /// The same, about `resource`.
    pub(crate) fn on(self, resource: &'a str) -> Self {
        Self { resource: Some(resource), ..self }
    }

    /// A gap of this call.
    pub(crate) fn gap(&self, cause: Cause, detail: impl Into<String>) -> Gap {
        let gap = Gap::new(cause, self.operation.action()).detail(detail);
        match self.resource {
            Some(resource) => gap.on(resource),
            None => gap,
        }
    }

    /// A gap of an answer that lacks what it must have.
    pub(crate) fn malformed(&self, detail: impl Into<String>) -> Gap {
        self.gap(Cause::Malformed, detail)
    }
}

/// What the calls of a run share, whichever account they are about.
#[derive(Debug)]
struct Run {
    sleep: SharedAsyncSleep,
    time: SharedTimeSource,
    stop: Stop,
    places: usize,
    in_flight: Semaphore,
    counts: Mutex<BTreeMap<&'static str, CallCount>>,
}

/// Everything that calls to one account share: the clock, the limits, the counts. AWS throttles an account by itself, so
/// one that is throttled slows down alone.
#[derive(Debug)]
pub(crate) struct Caller {
    run: Arc<Run>,
    in_flight: Semaphore,
    share: Mutex<Share>,
    limits: BTreeMap<&'static str, f64>,
    paces: Mutex<Paces>,
}

/// How many calls to one account may be under way.
#[derive(Debug)]
struct Share {
    places: usize,
    /// How many of them are still to be taken away; `None` = nothing was throttled yet.
    to_withdraw: Option<usize>,
}

/// How fast things may be asked, by region.
#[derive(Debug, Default)]
struct Paces {
    /// By the key of the operation.
    operations: BTreeMap<(&'static str, String), Pace>,
    services: BTreeMap<(&'static str, String), Rate>,
}

impl Caller {
    /// A caller with at most `max_in_flight` calls under way.
    pub(crate) fn new(sleep: SharedAsyncSleep, time: SharedTimeSource, stop: Stop, max_in_flight: usize) -> Self {
        let places = max_in_flight.clamp(1, Semaphore::MAX_PERMITS);
        let in_flight = Semaphore::new(places);
        let run = Run { sleep, time, stop, places, in_flight, counts: Mutex::default() };
        Self::of(Arc::new(run), places, BTreeMap::new())
    }

    /// A caller of the same run for another account, one of `accounts` that share its places evenly: clock, counts and the
    /// limit of all calls are shared too.
    pub(crate) fn for_one_of(&self, accounts: usize) -> Self {
        Self::of(Arc::clone(&self.run), self.run.places.div_ceil(accounts.max(1)), self.limits.clone())
    }

    fn of(run: Arc<Run>, places: usize, limits: BTreeMap<&'static str, f64>) -> Self {
        let share = Mutex::new(Share { places, to_withdraw: None });
        Self { run, in_flight: Semaphore::new(places), share, limits, paces: Mutex::default() }
    }

    /// From now on the account may have every place of the run; half of what it has not had yet where it was throttled.
    pub(crate) fn goes_first(&self) {
        let mut share = lock(&self.share);
        let more = self.run.places.saturating_sub(share.places);
        share.places += more;
        self.in_flight.add_permits(if share.to_withdraw.is_some() { more / 2 } else { more });
    }

    /// The same; `operation` is never called more often than this in a region, whatever AWS serves.
    pub(crate) fn at_most(mut self, operation: &Operation, per_second: f64) -> Self {
        self.limits.insert(operation.key, per_second);
        self
    }

    /// The instant.
    pub(crate) fn now(&self) -> SystemTime {
        self.run.time.now()
    }

    /// Whether the user has asked to stop.
    pub(crate) fn is_stopped(&self) -> bool {
        self.run.stop.is_stopped()
    }

    /// The counts so far.
    pub(crate) fn counts(&self) -> BTreeMap<String, CallCount> {
        lock(&self.run.counts).iter().map(|(key, count)| ((*key).to_owned(), *count)).collect()
    }

    /// Waits, unless the user stops first.
    pub(crate) async fn sleep(&self, ask: &Ask<'_>, time: Duration) -> Result<(), Gap> {
        match select(self.run.sleep.sleep(time), pin!(self.run.stop.stopped())).await {
            Either::Left(_) => Ok(()),
            Either::Right(_) => Err(interrupted(ask)),
        }
    }

    /// Makes a call and reads it as a fact.
    pub(crate) async fn observe<T, U, E, Sending>(
        &self,
        ask: Ask<'_>,
        send: impl Fn() -> Sending,
        read: impl FnOnce(T) -> Observed<U>,
    ) -> Observed<U>
    where
        Sending: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        match self.call(ask, send).await {
            Ok(Some(answer)) => read(answer),
            Ok(None) => Observed::Absent,
            Err(gap) => Observed::Unreadable(gap),
        }
    }

    /// Makes a call; `None` is absence by a code of the operation's own.
    pub(crate) async fn call<T, E, Sending>(&self, ask: Ask<'_>, send: impl Fn() -> Sending) -> Result<Option<T>, Gap>
    where
        Sending: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let mut tries = 0;
        loop {
            match self.attempt(&ask, &send).await? {
                Ok(answer) => return Ok(Some(answer)),
                Err(Failure::Absent) => return Ok(None),
                Err(Failure::Unread { cause, detail }) => {
                    tries += 1;
                    let most = match cause {
                        Cause::Throttled => THROTTLED_TRIES,
                        Cause::Failed | Cause::Malformed if self.pace(&ask, |pace, _, _| pace.is_broken()) => 1,
                        Cause::Failed | Cause::Malformed => BROKEN_TRIES,
                        Cause::TimedOut => STALLED_TRIES,
                        _ => 1,
                    };
                    if tries >= most || self.is_hopeless(&ask) {
                        match cause {
                            Cause::TimedOut => self.pace(&ask, |pace, _, _| pace.stalled()),
                            Cause::Failed | Cause::Malformed => self.pace(&ask, |pace, _, _| pace.failed()),
                            _ => {}
                        }
                        self.count(&ask, |count| count.failed += 1);
                        tracing::debug!(
                            operation = ask.operation.key,
                            region = ask.region,
                            resource = ask.resource,
                            ?cause,
                            detail,
                            "call failed"
                        );
                        return Err(ask.gap(cause, detail));
                    }
                    self.sleep(&ask, backoff(tries)).await?;
                }
            }
        }
    }

    /// Sends once, in its turn.
    async fn attempt<T, E, Sending>(
        &self,
        ask: &Ask<'_>,
        send: &impl Fn() -> Sending,
    ) -> Result<Result<T, Failure>, Gap>
    where
        Sending: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        self.give_up_where_hopeless(ask)?;
        let mut wait = self.pace(ask, Pace::wait);
        while !wait.is_zero() {
            // In short naps, so that a long queue ends soon after somebody at its head has given up.
            let nap = wait.min(Duration::from_secs(1));
            self.sleep(ask, nap).await?;
            wait = wait.saturating_sub(nap);
            self.give_up_where_hopeless(ask)?;
        }
        // The SDK's futures are large; on the heap they do not swell every future above them.
        let sending = Box::pin(async {
            let place = self.in_flight.acquire().await.ok();
            let _turn = self.run.in_flight.acquire().await;
            if self.run.stop.is_stopped() {
                return None;
            }
            self.count(ask, |count| count.sent += 1);
            let answer = send().await;
            self.give_back(place);
            Some(answer)
        });
        let answer = match select(sending, pin!(self.run.stop.stopped())).await {
            Either::Left((Some(answer), _)) => answer,
            Either::Left((None, _)) | Either::Right(_) => return Err(interrupted(ask)),
        };
        Ok(match answer {
            Ok(answer) => {
                self.pace(ask, Pace::answered);
                Ok(answer)
            }
            Err(error) => {
                let failure = Failure::of(ask.operation, &error);
                match &failure {
                    Failure::Unread { cause: Cause::Throttled, .. } => {
                        self.count(ask, |count| count.throttled += 1);
                        self.withdraw_half();
                        self.pace(ask, Pace::throttled);
                    }
                    Failure::Unread { cause: Cause::TimedOut | Cause::Failed | Cause::Malformed, .. } => {}
                    _ => self.pace(ask, Pace::answered),
                }
                Err(failure)
            }
        })
    }

    /// The gap of an operation that has long given no answer to anybody.
    fn give_up_where_hopeless(&self, ask: &Ask<'_>) -> Result<(), Gap> {
        if !self.is_hopeless(ask) {
            return Ok(());
        }
        self.count(ask, |count| count.failed += 1);
        let cause = if self.pace(ask, |pace, _, _| pace.is_throttled()) { Cause::Throttled } else { Cause::TimedOut };
        Err(ask.gap(cause, "not asked again: the operation had long given no answer"))
    }

    fn is_hopeless(&self, ask: &Ask<'_>) -> bool {
        self.pace(ask, |pace, _, now| pace.is_hopeless(now))
    }

    /// Does something with the pace of an operation and the rate of its service.
    fn pace<T>(&self, ask: &Ask<'_>, change: impl FnOnce(&mut Pace, &mut Rate, SystemTime) -> T) -> T {
        let now = self.now();
        let key = ask.operation.key;
        let most = self.limits.get(key).copied();
        let service = key.split_once(':').map_or(key, |(service, _)| service);
        let mut paces = lock(&self.paces);
        let Paces { operations, services } = &mut *paces;
        let pace = operations.entry((key, ask.region.to_owned())).or_insert_with(|| Pace::at_most(most));
        change(pace, services.entry((service, ask.region.to_owned())).or_default(), now)
    }

    fn count(&self, ask: &Ask<'_>, change: impl FnOnce(&mut CallCount)) {
        change(lock(&self.run.counts).entry(ask.operation.key).or_default());
    }

    /// On the first throttle, half of the account's places in flight go, as they come free.
    fn withdraw_half(&self) {
        let mut share = lock(&self.share);
        let half = share.places / 2;
        share.to_withdraw.get_or_insert(half);
    }

    fn give_back(&self, place: Option<SemaphorePermit<'_>>) {
        let Some(place) = place else { return };
        if let Some(left) = lock(&self.share).to_withdraw.as_mut().filter(|left| **left > 0) {
            *left -= 1;
            place.forget();
        }
    }
}

fn interrupted(ask: &Ask<'_>) -> Gap {
    ask.gap(Cause::Interrupted, "the run was stopped")
}

/// How long to wait after `tries` failures: twice as long each time, up to five seconds.
fn backoff(tries: u32) -> Duration {
    Duration::from_millis(100 << tries.min(6)).min(Duration::from_secs(5))
}

/// A lock that is still good when another thread panicked with it: what it guards are counts.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
