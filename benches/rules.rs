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

#[path = "../src/commands/events/glances.rs"]
mod glances;

use std::path::Path;
use std::time::Instant;

use forewarn_detect::{FOLDERS, Lists, Rules, Run};
use forewarn_store::{Span, Store};
use mimalloc::MiMalloc;

/// As the program has it.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

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
        let take = |held| {
            events += 1;
            run.take(held)
        };
        glances::each(&store, Span::ALL, take).unwrap().unwrap();
        run.finish().unwrap();
        best = best.min(begun.elapsed().as_secs_f64());
    }
    println!("{best} {events}");
}
