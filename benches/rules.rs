//! So many Sigma rules over a store, without the detections that are written in Rust. Prints the seconds of the best of three
//! times and how many events there were. Beyond the rules of this program each is there again under other names.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a bench"
)]

use std::path::Path;
use std::sync::mpsc::sync_channel;
use std::time::Instant;

use forewarn_detect::{FOLDERS, Glance, Held, Lists, Rules, Run};
use forewarn_store::{Field, Hit, Span, Store};
use mimalloc::MiMalloc;

/// As the program has it.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

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

/// Files of rules with so many conditions in them.
fn files(wanted: usize) -> Vec<(String, String)> {
    let (mut files, mut found) = (Vec::new(), 0);
    for copy in 0.. {
        // A list would have to be given.
        let rules = FOLDERS
            .iter()
            .filter_map(|folder| Some((folder.id, folder.rule.filter(|text| !text.contains("|expand"))?)));
        for (id, text) in rules {
            found += text.matches("\ndetection:").count();
            if found > wanted {
                return files;
            }
            let named = text.replace(id, &format!("{id}_{copy}"));
            let lines = named.lines().map(|line| match line.strip_prefix("id: ") {
                Some(id) => format!("id: {}{copy:03}", id.get(..33).expect("an id")),
                None => line.to_owned(),
            });
            files.push((format!("{id}_{copy}.yml"), lines.collect::<Vec<_>>().join("\n")));
        }
    }
    files
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

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [store, wanted] = words.as_slice() else { panic!("a store, and how many rules") };
    let files = files(wanted.parse().expect("a number"));
    let (mut best, mut events) = (f64::INFINITY, 0);
    for _ in 0..3 {
        let begun = Instant::now();
        let rules = Rules::of(&[], &files, &Lists::default()).unwrap_or_else(|errors| panic!("{errors:?}"));
        let mut run = Run::of_rules(rules);
        let store = Store::open(Path::new(store)).unwrap();
        events = 0;
        std::thread::scope(|scope| {
            let (sender, receiver) = sync_channel::<Vec<Held>>(4);
            scope.spawn(move || {
                let mut heap = Vec::new();
                store
                    .walk(Span::ALL, &FIELDS, |hit| {
                        heap.push(Held::of(&glance(hit)));
                        heap.len() < 1024 || sender.send(std::mem::take(&mut heap)).is_ok()
                    })
                    .unwrap();
                sender.send(heap).unwrap();
            });
            for held in receiver.into_iter().flatten() {
                events += 1;
                run.take(held).unwrap();
            }
        });
        run.flush().unwrap();
        run.finish();
        best = best.min(begun.elapsed().as_secs_f64());
    }
    println!("{best} {events}");
}
