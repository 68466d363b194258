//! What stands before every answer: injected faults and rate limits.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::call::Call;
use crate::settings::{Fault, FaultRule, Settings, Window};

/// The state of fault rules and rate limits.
#[derive(Debug)]
pub(crate) struct Gate {
    hits: Mutex<Vec<Hits>>,
    tokens: Mutex<BTreeMap<String, Tokens>>,
}

#[derive(Debug, Clone, Default)]
struct Hits {
    count: u64,
    first: Option<Instant>,
}

#[derive(Debug)]
struct Tokens {
    left: f64,
    at: Instant,
}

/// A lock that a panic elsewhere cannot take away.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Gate {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self { hits: Mutex::new(vec![Hits::default(); settings.faults.len()]), tokens: Mutex::new(BTreeMap::new()) }
    }

    /// The fault that strikes this call, if one does.
    pub(crate) fn fault(&self, settings: &Settings, call: &Call<'_>) -> Option<Fault> {
        let operation = call.operation;
        let service = operation.split(':').next().unwrap_or_default();
        let own = format!("{operation} in {}", call.region);
        for (limited, bucket) in [(service, service), (operation, own.as_str())] {
            if let Some(rate) = settings.rate_limits.get(limited)
                && !self.take(bucket, f64::from(*rate))
            {
                return Some(Fault::Throttle);
            }
        }
        if settings.faults.is_empty() {
            return None;
        }
        let mut hits = lock(&self.hits);
        settings
            .faults
            .iter()
            .zip(hits.iter_mut())
            .find_map(|(rule, hits)| (fits(rule, call) && hits.strikes(rule.window)).then_some(rule.fault))
    }

    /// Takes a token of a bucket, which holds one second's worth.
    fn take(&self, name: &str, rate: f64) -> bool {
        let now = Instant::now();
        let mut tokens = lock(&self.tokens);
        let bucket = tokens.entry(name.to_owned()).or_insert(Tokens { left: rate, at: now });
        bucket.left = (bucket.left + now.duration_since(bucket.at).as_secs_f64() * rate).min(rate.max(1.0));
        bucket.at = now;
        let granted = bucket.left >= 1.0;
        if granted {
            bucket.left -= 1.0;
        }
        granted
    }
}

impl Hits {
    fn strikes(&mut self, window: Window) -> bool {
        let now = Instant::now();
        let first = *self.first.get_or_insert(now);
        self.count += 1;
        match window {
            Window::Always => true,
            Window::First(calls) => self.count <= calls,
            Window::For(time) => now.duration_since(first) < time,
        }
    }
}

fn fits(rule: &FaultRule, call: &Call<'_>) -> bool {
    let operation = call.operation;
    let named = rule.operation == "*"
        || rule.operation == operation
        || rule.operation.strip_suffix('*').is_some_and(|start| start.ends_with(':') && operation.starts_with(start));
    named
        && rule.resource.as_deref().is_none_or(|wanted| call.resource.as_deref() == Some(wanted))
        && rule.account.as_deref().is_none_or(|wanted| call.account.id == wanted)
}
