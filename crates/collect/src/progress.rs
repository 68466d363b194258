//! Progress, told without a word about terminals.

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
