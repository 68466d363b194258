//! Progress, told without a word about terminals.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use forewarn_inventory::{Fact, Inventory, Observed, Organization};
use tokio::sync::mpsc;

/// What has been read before all has.
#[derive(Debug, Clone)]
pub struct Read {
    /// An inventory in which nothing else has been asked: whole lists of one account, or some of its buckets, whose tags
    /// come later.
    pub part: Inventory,
    /// The facts of which it has all, as the inventory will have them in the end; none where it has some buckets.
    pub facts: BTreeSet<Fact>,
}

/// Somebody who wants to know how far a collection is.
pub trait Progress: Send + Sync {
    /// A service begins, with this many steps; called again when more of them come to light.
    fn begin(&self, service: &str, total: usize);
    /// One step of the service is done.
    fn advance(&self, service: &str);
    /// The service is done.
    fn end(&self, service: &str);
    /// Something has been read, and will not change. What is told, and in which pieces, goes by what arrives when; that
    /// something is told at all is not promised.
    fn read(&self, _read: Read) {}
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
        self.done();
        done
    }

    /// One step has been done.
    pub(crate) fn done(&self) {
        self.progress.advance(self.service);
    }
}

impl Drop for Steps<'_> {
    fn drop(&mut self) {
        self.progress.end(self.service);
    }
}

/// Tells what has been read only with the organisation, which says what an account's policies are worth.
pub(crate) struct WithOrganization<'p> {
    progress: &'p dyn Progress,
    known: Mutex<Known>,
}

/// Whether the organisation has been read.
enum Known {
    /// Not yet; this waits for it.
    NotYet(Vec<Read>),
    Yes(Box<Observed<Organization>>),
}

impl<'p> WithOrganization<'p> {
    pub(crate) fn new(progress: &'p dyn Progress) -> Self {
        Self { progress, known: Mutex::new(Known::NotYet(Vec::new())) }
    }

    /// The organisation has been read.
    pub(crate) fn is(&self, organization: &Observed<Organization>) {
        let known = std::mem::replace(&mut *self.known(), Known::Yes(Box::new(organization.clone())));
        if let Known::NotYet(waiting) = known {
            for read in waiting {
                self.read(read);
            }
        }
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Progress for WithOrganization<'_> {
    fn begin(&self, service: &str, total: usize) {
        self.progress.begin(service, total);
    }

    fn advance(&self, service: &str) {
        self.progress.advance(service);
    }

    fn end(&self, service: &str) {
        self.progress.end(service);
    }

    fn read(&self, mut read: Read) {
        match &mut *self.known() {
            Known::NotYet(waiting) => waiting.push(read),
            Known::Yes(organization) => {
                read.part.organization = Observed::clone(organization);
                self.progress.read(read);
            }
        }
    }
}

/// The progress of several accounts as one, told from their tasks: the steps of a service are added up.
pub(crate) fn together(progress: &dyn Progress) -> (Teller, Told<'_>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    (Teller(sender), Told { progress, receiver, totals: BTreeMap::new() })
}

/// What a task tells.
enum Event {
    /// A service of this account has so many steps.
    Begun {
        account: String,
        service: String,
        total: usize,
    },
    /// One of them is done.
    Step {
        service: String,
    },
    Read(Box<Read>),
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
    fn tell(&self, event: Event) {
        // Nobody listens any more once the collection is given up.
        let _ = self.sender.send(event);
    }
}

impl Progress for Part {
    fn begin(&self, service: &str, total: usize) {
        self.tell(Event::Begun { account: self.account.clone(), service: service.to_owned(), total });
    }

    fn advance(&self, service: &str) {
        self.tell(Event::Step { service: service.to_owned() });
    }

    /// The service ends when it has ended in every account.
    fn end(&self, _service: &str) {}

    fn read(&self, read: Read) {
        self.tell(Event::Read(Box::new(read)));
    }
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

    fn pass_on(&mut self, event: Event) {
        match event {
            Event::Begun { account, service, total } => {
                let accounts = self.totals.entry(service.clone()).or_default();
                accounts.insert(account, total);
                self.progress.begin(&service, accounts.values().sum());
            }
            Event::Step { service } => self.progress.advance(&service),
            Event::Read(read) => self.progress.read(*read),
        }
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
