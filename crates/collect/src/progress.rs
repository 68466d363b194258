//! Progress, told without a word about terminals.

use std::collections::BTreeMap;

use tokio::sync::mpsc;

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

/// The progress of several accounts as one, told from their tasks: the steps of a service are added up.
pub(crate) fn together(progress: &dyn Progress) -> (Teller, Told<'_>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    (Teller(sender), Told { progress, receiver, totals: BTreeMap::new() })
}

/// What a task tells.
struct Event {
    account: String,
    service: String,
    /// The steps of the service; `None` = one of them is done.
    total: Option<usize>,
}

/// Hands out the parts.
pub(crate) struct Teller(mpsc::UnboundedSender<Event>);

impl Teller {
    /// The progress of one account among them.
    pub(crate) fn of(&self, account: &str) -> Part {
        Part { sender: self.0.clone(), account: account.to_owned() }
    }
}

/// The progress of one account among several.
pub(crate) struct Part {
    sender: mpsc::UnboundedSender<Event>,
    account: String,
}

impl Part {
    fn tell(&self, service: &str, total: Option<usize>) {
        // Nobody listens any more once the collection is given up.
        let _ = self.sender.send(Event { account: self.account.clone(), service: service.to_owned(), total });
    }
}

impl Progress for Part {
    fn begin(&self, service: &str, total: usize) {
        self.tell(service, Some(total));
    }

    fn advance(&self, service: &str) {
        self.tell(service, None);
    }

    /// The service ends when it has ended in every account.
    fn end(&self, _service: &str) {}
}

/// What was told by all.
pub(crate) struct Told<'a> {
    progress: &'a dyn Progress,
    receiver: mpsc::UnboundedReceiver<Event>,
    /// Service → account → steps.
    totals: BTreeMap<String, BTreeMap<String, usize>>,
}

impl Told<'_> {
    /// Waits for something to be told and passes it on.
    pub(crate) async fn listen(&mut self) {
        match self.receiver.recv().await {
            Some(event) => self.pass_on(event),
            None => std::future::pending().await,
        }
    }

    fn pass_on(&mut self, Event { account, service, total }: Event) {
        let Some(total) = total else { return self.progress.advance(&service) };
        let accounts = self.totals.entry(service.clone()).or_default();
        accounts.insert(account, total);
        self.progress.begin(&service, accounts.values().sum());
    }
}

impl Drop for Told<'_> {
    fn drop(&mut self) {
        while let Ok(event) = self.receiver.try_recv() {
            self.pass_on(event);
        }
        for service in self.totals.keys() {
            self.progress.end(service);
        }
    }
}
