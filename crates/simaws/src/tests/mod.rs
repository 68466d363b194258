//! Tests over TCP, with a client that knows nothing of the server's code.

mod client;
mod faults;
mod iam;
mod operations;
mod s3;
mod services;

use std::sync::Arc;

use forewarn_inventory::{Inventory, overlay};
use serde_json::Value;

use crate::{Running, Settings, SimAws};

/// The account of overlays that name none.
const ACCOUNT: &str = overlay::ACCOUNT;

/// Serves what the overlay describes.
async fn serve(overlay: Value) -> Running {
    serve_with(overlay, Settings::default()).await
}

async fn serve_with(overlay: Value, settings: Settings) -> Running {
    start(overlay::inventory(&overlay).unwrap(), settings).await
}

async fn start(inventory: Inventory, settings: Settings) -> Running {
    SimAws::start(Arc::new(inventory), settings).await.unwrap()
}
