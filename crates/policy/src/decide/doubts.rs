//! What is not known about the layers of a decision.

use std::sync::Arc;

use crate::{Document, Doubt, LayerName, Layers, Reading};

/// What is not known in these layers.
pub(crate) fn doubts(layers: &Layers) -> Vec<Doubt> {
    let mut found = Vec::new();
    let mut document = |layer: LayerName, reading: &Reading<Arc<Document>>| match reading {
        Reading::Unreadable => found.push(Doubt::unreadable(layer)),
        Reading::Read(document) if document.has_holes() => found.push(Doubt::hole(layer, document)),
        Reading::Read(_) => {}
    };
    let lists = [
        (LayerName::Identity, &layers.identity),
        (LayerName::Boundary, &layers.boundary),
        (LayerName::Session, &layers.session),
        (LayerName::Endpoint, &layers.endpoint),
    ];
    for (layer, documents) in lists {
        documents.iter().flatten().for_each(|reading| document(layer, reading));
    }
    for (layer, levels) in [(LayerName::Scp, &layers.scp), (LayerName::Rcp, &layers.rcp)] {
        levels.iter().flatten().flatten().for_each(|reading| document(layer, reading));
    }
    if let Some(reading) = &layers.resource {
        document(LayerName::Resource, reading);
    }
    let mut settings = vec![&layers.block_public_access.account, &layers.block_public_access.bucket];
    if let Some(point) = &layers.access_point {
        match &point.policy {
            Reading::Unreadable => found.push(Doubt::unreadable(LayerName::AccessPoint)),
            Reading::Read(Some(document)) if document.has_holes() => {
                found.push(Doubt::hole(LayerName::AccessPoint, document));
            }
            Reading::Read(_) => {}
        }
        settings.push(&point.block_public_access);
    }
    if settings.contains(&&Reading::Unreadable) {
        found.push(Doubt::unreadable(LayerName::BlockPublicAccess));
    }
    if layers.acl == Some(Reading::Unreadable) {
        found.push(Doubt::unreadable(LayerName::Acl));
    }
    found.sort();
    found.dedup();
    found
}
