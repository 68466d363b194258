//! Progress, told without a word about terminals.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Somebody who wants to know how far a collection is.
pub trait Progress: Send + Sync {
    /// A service begins, with this many steps; called again when more of them come to light.
    fn begin(&self, service: &str, total: usize);
    /// One step of the service is done.
    fn advance(&self, service: &str);
    /// The service is done.
    fn end(&self, service: &str);
}

/// Nobody wants to know.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _service: &str, _total: usize) {}
    fn advance(&self, _service: &str) {}
    fn end(&self, _service: &str) {}
}

/// The steps of one service.
pub(crate) struct Steps<'a> {
    progress: &'a dyn Progress,
    service: &'static str,
}

impl<'a> Steps<'a> {
    /// Begins a service of `total` steps.
    pub(crate) fn begin(progress: &'a dyn Progress, service: &'static str, total: usize) -> Self {
        progress.begin(service, total);
        Self { progress, service }
    }

    /// More steps have come to light: `total` in all.
    pub(crate) fn grow(&self, total: usize) {
        self.progress.begin(self.service, total);
    }

    /// Does one step.
    pub(crate) async fn step<T>(&self, work: impl Future<Output = T>) -> T {
        let done = work.await;
        self.progress.advance(self.service);
        done
    }
}

impl Drop for Steps<'_> {
    fn drop(&mut self) {
        self.progress.end(self.service);
    }
}

/// The progress of several accounts as one: the steps of a service are added up.
pub(crate) struct Together<'a> {
    progress: &'a dyn Progress,
    /// Service → account → steps.
    totals: Mutex<BTreeMap<String, BTreeMap<String, usize>>>,
}

impl<'a> Together<'a> {
    pub(crate) fn new(progress: &'a dyn Progress) -> Self {
        Self { progress, totals: Mutex::default() }
    }

    /// The progress of one account among them.
    pub(crate) fn of<'t>(&'t self, account: &'t str) -> Part<'t, 'a> {
        Part { whole: self, account }
    }
}

impl Drop for Together<'_> {
    fn drop(&mut self) {
        let totals = self.totals.get_mut().unwrap_or_else(PoisonError::into_inner);
        for service in totals.keys() {
            self.progress.end(service);
        }
    }
}

/// The progress of one account among several.
pub(crate) struct Part<'t, 'a> {
    whole: &'t Together<'a>,
    account: &'t str,
}

impl Progress for Part<'_, '_> {
    fn begin(&self, service: &str, total: usize) {
        let mut totals = self.whole.totals.lock().unwrap_or_else(PoisonError::into_inner);
        let accounts = totals.entry(service.to_owned()).or_default();
        accounts.insert(self.account.to_owned(), total);
        self.whole.progress.begin(service, accounts.values().sum());
    }

    fn advance(&self, service: &str) {
        self.whole.progress.advance(service);
    }

    /// The service ends when it has ended in every account.
    fn end(&self, _service: &str) {}
}
