//! Several threads read sources; their rows arrive in the order of the sources.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Condvar, Mutex, PoisonError};

use forewarn_events::{Normal, Summary};

use super::Source;
use crate::error::Error;
use crate::known::hash;
use crate::layout::Partition;
use crate::table::{Room, Table};

/// Rows are handed over in pieces of about so many bytes.
const PIECE: usize = 8 << 20;

/// So many sources at most are handed over at a time: a log has thousands of small ones, and to wake somebody for each
/// costs more than some of them.
const RUN: usize = 16;

/// A thread has so many runs to read, so that all end at about the same time.
const RUNS: usize = 16;

/// So many runs more than are being read may lie ready, each of at most a piece.
const AHEAD: usize = 4;

/// What comes of a source.
pub(super) enum Message {
    /// Some of its rows.
    Rows(BTreeMap<Partition, Table>),
    /// Its end.
    Done(Summary),
    /// It could not be opened.
    Unopened(String),
}

/// What comes of some sources, by their number in the run, in their order.
type Handed = Vec<(usize, Message)>;

/// Keeps the readers from running far ahead of the writer.
#[derive(Default)]
struct Gate {
    /// Runs of sources that are done with; all of them when the writer gave up.
    passed: Mutex<usize>,
    moved: Condvar,
}

impl Gate {
    fn wait(&self, index: usize, ahead: usize) {
        let mut passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
        while index > passed.saturating_add(ahead) {
            passed = self.moved.wait(passed).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn pass(&self, count: usize) {
        *self.passed.lock().unwrap_or_else(PoisonError::into_inner) = count;
        self.moved.notify_all();
    }
}

pub(super) struct Feed;

impl Feed {
    /// Reads sources and hands what comes of them to `act`, in their order.
    pub(super) fn run(
        sources: &[Source],
        threads: usize,
        repair: bool,
        mut act: impl FnMut(&Source, Message) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let (gate, next) = (Gate::default(), AtomicUsize::new(0));
        let threads = threads.max(1);
        let runs: Vec<&[Source]> = sources.chunks((sources.len() / (threads * RUNS)).clamp(1, RUN)).collect();
        let (senders, receivers): (Vec<_>, Vec<_>) = runs
            .iter()
            .map(|_| {
                let (sender, receiver) = sync_channel(1);
                (Mutex::new(Some(sender)), receiver)
            })
            .unzip();
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    let mut room = Room::default();
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        let (Some(run), Some(sender)) = (runs.get(index), senders.get(index)) else { return };
                        gate.wait(index, threads + AHEAD);
                        let Some(to) = sender.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
                        if !read_all(run, repair, &mut room, to) {
                            return;
                        }
                    }
                });
            }
            let outcome = take_all(&runs, receivers, &gate, &mut act);
            // Readers that wait would wait for ever.
            gate.pass(usize::MAX);
            outcome
        })
    }
}

fn take_all(
    runs: &[&[Source]],
    receivers: Vec<Receiver<Handed>>,
    gate: &Gate,
    act: &mut impl FnMut(&Source, Message) -> Result<(), Error>,
) -> Result<(), Error> {
    for (index, (run, receiver)) in runs.iter().zip(receivers).enumerate() {
        for (number, message) in receiver.into_iter().flatten() {
            if let Some(source) = run.get(number) {
                act(source, message)?;
            }
        }
        gate.pass(index + 1);
    }
    Ok(())
}

/// What a reader has in its hands.
struct Hand {
    held: Handed,
    /// So many bytes of records are among it.
    bytes: usize,
    to: SyncSender<Handed>,
    /// Whether anybody listens still.
    heard: bool,
}

impl Hand {
    /// Hands over what is held.
    fn over(&mut self) {
        self.bytes = 0;
        if !self.held.is_empty() {
            self.heard &= self.to.send(std::mem::take(&mut self.held)).is_ok();
        }
    }
}

/// Reads a run of sources; whether anybody still listens.
fn read_all(run: &[Source], repair: bool, room: &mut Room, to: SyncSender<Handed>) -> bool {
    let mut hand = Hand { held: Vec::new(), bytes: 0, to, heard: true };
    for (number, source) in run.iter().enumerate() {
        read(number, source, repair, room, &mut hand);
        if !hand.heard {
            return false;
        }
    }
    hand.over();
    hand.heard
}

/// Reads one source. `room` is what the rows of the source before took: neighbours are alike, so the first partition begins
/// with as much. A source may be of thousands of them.
fn read(number: usize, source: &Source, repair: bool, room: &mut Room, hand: &mut Hand) {
    let opened = match (source.open)() {
        Ok(opened) => opened,
        Err(error) => {
            hand.held.push((number, Message::Unopened(error.to_string())));
            return;
        }
    };
    let mut rows: BTreeMap<Partition, Table> = BTreeMap::new();
    let mut nameless: HashMap<u64, u64> = HashMap::new();
    let mut sink = |raw: &str, event: &Normal<'_>| {
        let hash = hash(raw);
        let uid = uid(event, hash, &mut nameless);
        let partition = Partition::of(event.time, event.region.as_deref(), event.account.as_deref());
        let first = rows.is_empty();
        let table = rows.entry(partition);
        let table = table.or_insert_with(|| if first { Table::with_room_of(room) } else { Table::default() });
        table.push(event, &uid, hash, raw);
        hand.bytes += raw.len();
        if hand.bytes > PIECE {
            hand.held.push((number, Message::Rows(std::mem::take(&mut rows))));
            hand.over();
        }
    };
    let summary = if repair {
        forewarn_events::read_damaged(opened, &mut sink)
    } else {
        forewarn_events::read(opened, &mut sink)
    };
    if !rows.is_empty() {
        *room = rows.values().map(Table::room).fold(Room::default(), Room::or);
        hand.held.push((number, Message::Rows(rows)));
    }
    hand.held.push((number, Message::Done(summary)));
}

/// The id of an event. A record without one gets the hash of its text and the number of its like in the source, so that
/// it keeps it when the source is read again.
fn uid<'e>(event: &'e Normal<'_>, hash: u64, nameless: &mut HashMap<u64, u64>) -> Cow<'e, str> {
    event.id.as_deref().map_or_else(
        || {
            let count = nameless.entry(hash).or_default();
            *count += 1;
            Cow::Owned(format!("record-{hash:016x}-{count}"))
        },
        Cow::Borrowed,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::Field;

    /// One record for each day of a year, and `size` bytes in each.
    fn source(days: u32, each: u32, size: usize) -> Source {
        let record = |day: u32, number: u32| {
            format!(
                "{{\"eventID\":\"{day}-{number}\",\"eventTime\":\"2025-{:02}-{:02}T10:00:00Z\",\"eventName\":\"{}\"}}\n",
                1 + day / 28,
                1 + day % 28,
                "x".repeat(size)
            )
        };
        let text: String = (0..days).flat_map(|day| (0..each).map(move |number| record(day, number))).collect();
        let open = move || Ok(Box::new(std::io::Cursor::new(text.clone().into_bytes())) as Box<dyn std::io::Read>);
        Source { name: "source".to_owned(), identity: None, open: Box::new(open) }
    }

    #[test]
    fn a_source_of_many_days_behind_a_large_one_takes_little_room() {
        let (to, from) = sync_channel(16);
        let mut room = Room::default();
        let mut hand = Hand { held: Vec::new(), bytes: 0, to, heard: true };
        read(0, &source(1, 3000, 1000), false, &mut room, &mut hand);
        read(1, &source(300, 1, 10), false, &mut room, &mut hand);
        hand.over();
        drop(hand);
        let rows = from.iter().flatten().filter_map(|(_, message)| match message {
            Message::Rows(rows) => Some(rows),
            Message::Done(_) | Message::Unopened(_) => None,
        });
        let [large, many] = &rows.collect::<Vec<_>>()[..] else { panic!("rows of two sources") };
        assert_eq!((large.len(), many.len()), (1, 300));
        let held: usize = many.values().map(|table| table.column(Field::Raw).capacity()).sum();
        assert!((3_000_000..10_000_000).contains(&held), "{held} bytes are held for 300 records");
    }
}
