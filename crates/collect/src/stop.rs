//! How a user ends a collection early.

use tokio::sync::watch;

/// The handle that ends a collection; what was read until then is returned.
#[derive(Debug)]
pub struct Stopper(watch::Sender<bool>);

impl Stopper {
    /// Ends it.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

/// What a collection listens to.
#[derive(Debug, Clone)]
pub struct Stop(Option<watch::Receiver<bool>>);

impl Stop {
    /// A handle and what listens to it.
    pub fn pair() -> (Stopper, Self) {
        let (sender, receiver) = watch::channel(false);
        (Stopper(sender), Self(Some(receiver)))
    }

    /// Nobody will stop it.
    pub fn never() -> Self {
        Self(None)
    }

    /// Whether it was stopped.
    pub fn is_stopped(&self) -> bool {
        self.0.as_ref().is_some_and(|receiver| *receiver.borrow())
    }

    /// Waits until it is stopped; for ever where nobody can stop it.
    pub(crate) async fn stopped(&self) {
        if let Some(mut receiver) = self.0.clone()
            && receiver.wait_for(|stopped| *stopped).await.is_ok()
        {
            return;
        }
        std::future::pending::<()>().await;
    }
}
