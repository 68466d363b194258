//! The events of a store at a glance, for the detections. `benches/rules.rs` is made of this file too.

use std::sync::mpsc::sync_channel;

use forewarn_detect::{Glance, Held};
use forewarn_store::{Error, Field, Hit, Span, Store};

/// The columns that a glance has.
const FIELDS: [Field; 17] = [
    Field::Time,
    Field::MetadataUid,
    Field::Operation,
    Field::Service,
    Field::Error,
    Field::ReadOnly,
    Field::UserType,
    Field::User,
    Field::Key,
    Field::Issuer,
    Field::InvokedBy,
    Field::Ip,
    Field::Domain,
    Field::UserAgent,
    Field::Region,
    Field::EventType,
    Field::Raw,
];

/// Events that go from one thread to the other together, and so many such heaps may wait.
const HEAP: usize = 1024;
const HEAPS: usize = 4;

/// Hands every event of a span to `act`, until it fails; a second thread reads ahead.
pub(crate) fn each<E>(
    store: &Store,
    span: Span,
    act: impl FnMut(Held) -> Result<(), E>,
) -> Result<Result<(), E>, Error> {
    let (sender, receiver) = sync_channel::<Vec<Held>>(HEAPS);
    std::thread::scope(|scope| {
        let reader = scope.spawn(move || {
            let mut heap = Vec::with_capacity(HEAP);
            store.walk(span, &FIELDS, |hit| {
                heap.push(Held::of(&glance(hit)));
                // Where nobody listens any more there is nothing left to read for.
                heap.len() < HEAP || sender.send(std::mem::replace(&mut heap, Vec::with_capacity(HEAP))).is_ok()
            })?;
            // As above.
            let _ = sender.send(heap);
            Ok(())
        });
        let taken = receiver.into_iter().flatten().try_for_each(act);
        let read = reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        match taken {
            Ok(()) => read.map(Ok),
            Err(error) => Ok(Err(error)),
        }
    })
}

fn glance<'h>(hit: &'h Hit<'_>) -> Glance<'h> {
    let text = |field| hit.text(field);
    Glance {
        id: text(Field::MetadataUid).unwrap_or_default(),
        time: hit.time().unwrap_or_default(),
        operation: text(Field::Operation).unwrap_or_default(),
        service: text(Field::Service).unwrap_or_default(),
        error: text(Field::Error),
        read_only: hit.flag(Field::ReadOnly),
        user_type: text(Field::UserType),
        user: text(Field::User),
        key: text(Field::Key),
        issuer: text(Field::Issuer),
        invoked_by: text(Field::InvokedBy),
        ip: text(Field::Ip),
        domain: text(Field::Domain),
        agent: text(Field::UserAgent),
        region: text(Field::Region),
        event_type: text(Field::EventType),
        raw: text(Field::Raw).unwrap_or_default(),
    }
}
